"""Where letters begin: at the incident, the business case, the message and the block; and how they went (DOC-1)."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QApplication, QPushButton, QWidget
from pytestqt.qtbot import QtBot

from smdesk.db.models import IncidentPerson
from smdesk.policy.vocabulary import Conduct, Step
from smdesk.services import letters
from smdesk.services.incident_records import PersonRole
from smdesk.services.letter_records import LetterKind, LetterStatus, SentHow
from smdesk.ui.desk import Desk
from smdesk.ui.pages.accounts.block_form import BlockForm
from smdesk.ui.pages.accounts.message_form import MessageForm
from smdesk.ui.pages.cases.form import CaseForm
from smdesk.ui.pages.incidents.form import IncidentForm
from smdesk.ui.pages.incidents.letter_dialog import LetterDialog
from smdesk.ui.pages.letters.dialogs import ApproveDialog, CameBackDialog, SentDialog, signed_text
from smdesk.ui.tasks import Tasks
from smdesk.ui.widgets.service_dialog import ReasonService
from tests.support import cases, pages
from tests.support.account_letters import (
    MORE,
    WHATS,
    block_for,
    case_for,
    drafted,
    issued,
    letter_of,
    matter,
    message_for,
    office,
)
from tests.support.forms import DeskFor, maker, press
from tests.support.letters_page import PageFor, dialog_of, opened
from tests.support.letters_page import pages as letter_pages
from tests.support.school import START, SmallSchool
from tests.support.script import Script
from tests.ui.test_alt_keys import Open, clashes, window_for

__all__ = ["window_for"]

FORMS: dict[str, Any] = {
    "incident": IncidentForm,
    "case": CaseForm,
    "message": MessageForm,
    "block": BlockForm,
}
Shown = Callable[..., Any]


@pytest.fixture
def shown(qtbot: QtBot, desk_for: DeskFor) -> Shown:
    """``shown("case", id)``: its form on screen; ``form.went`` is what was opened elsewhere."""

    def make(what: str, number: int, login: str = "business_manager") -> Any:
        form = maker(qtbot, desk_for, FORMS[what], 1200, 700)(login)
        form.went = []
        form._desk.open_tab = lambda tab, record: form.went.append((tab, record))
        form.open(number)
        settle(form)
        return form

    return make


@pytest.fixture
def page_for(qtbot: QtBot, desk_for: Callable[[str], Desk], tasks: Tasks) -> Iterator[PageFor]:
    with letter_pages(qtbot, desk_for, tasks) as make:
        yield make


def settle(form: Any) -> None:
    for _ in range(5):
        assert form._desk.tasks.wait_all()
        QApplication.processEvents()


def asked(form: QWidget, kind: type[Any]) -> Any:
    found = [each for each in form.findChildren(kind) if each.isVisible()]
    assert len(found) == 1
    return found[0]


def choose(form: Any, action: str) -> None:
    line = form.header.menu.findChild(QAction, action)
    assert line.isVisible()
    line.trigger()
    settle(form)


# At the incident


def begun(form: Any) -> LetterDialog:
    choose(form, "incident_action_write")
    found = asked(form, LetterDialog)
    assert isinstance(found, LetterDialog)
    return found


def take(dialog: LetterDialog, kind: LetterKind) -> None:
    """Choose a kind as with the arrow keys."""
    for place in range(dialog.list.count()):
        if dialog.list.item(place).data(Qt.ItemDataRole.UserRole) == kind.value:
            dialog.list.setCurrentRow(place)
            return
    raise AssertionError(f"{kind} is not offered")


def test_every_letter_of_an_incident_is_offered_and_the_next_one_chosen(
    shown: Shown, school: SmallSchool
) -> None:
    form = shown("incident", school.incident())
    dialog = begun(form)
    assert dialog.list.count() == len(letters.choices(office(school), 1))
    choice = dialog.choice()
    assert choice is not None
    assert choice.kind is LetterKind.INVITATION
    assert not dialog.to.isVisible()
    dialog.ok.click()
    settle(form)
    ((tab, letter),) = form.went
    assert tab == "letters"
    assert letter_of(school, letter).kind == LetterKind.INVITATION
    again = begun(form)
    assert again.ok.text() == "&Open the draft"
    again.ok.click()
    settle(form)
    assert form.went[-1] == ("letters", letter)


def test_a_letter_that_is_closed_says_why_and_cannot_be_drafted(shown: Shown, school: SmallSchool) -> None:
    form = shown("incident", school.incident(author=None))
    dialog = begun(form)
    take(dialog, LetterKind.WRITTEN_WARNING)
    assert not dialog.ok.isEnabled()
    assert "INC-7" in dialog.why.text()
    dialog.reject()


def test_a_letter_before_its_turn_asks_for_the_reason(shown: Shown, school: SmallSchool) -> None:
    form = shown("incident", school.incident())
    dialog = begun(form)
    take(dialog, LetterKind.WRITTEN_WARNING)
    assert dialog.reason.isVisible()
    dialog.ok.click()
    settle(form)
    assert dialog.isVisible()
    assert form.went == []
    dialog.reason.setPlainText("She asked for it in writing")
    dialog.ok.click()
    settle(form)
    assert letter_of(school, form.went[0][1]).step_reason == "She asked for it in writing"


def test_one_of_several_who_posted_is_chosen(shown: Shown, school: SmallSchool) -> None:
    number = school.incident()
    with school.database.writing() as session:
        session.add(
            IncidentPerson(
                incident_id=number,
                person_id=school.people["ben"],
                role=PersonRole.AUTHOR.value,
                kind="parent",
                position=2,
            )
        )
    form = shown("incident", number)
    dialog = begun(form)
    assert dialog.to.isVisible()
    dialog.to.setCurrentIndex(1)
    settle(form)
    take(dialog, LetterKind.INVITATION)
    dialog.ok.click()
    settle(form)
    assert letter_of(school, form.went[0][1]).person_id == school.people["ben"]


@pytest.mark.parametrize(
    ("step", "kind"),
    [
        (Step.POLICE, LetterKind.REFERRAL_POLICE),
        (Step.POSH, LetterKind.REFERRAL_POSH),
        (Step.REPORT_TO_PLATFORM, LetterKind.HOST_REPORT),
    ],
)
def test_an_outward_step_leads_to_its_letter(
    shown: Shown, school: SmallSchool, step: Step, kind: LetterKind
) -> None:
    number = school.incident(
        conduct=(Conduct.THREAT_OF_VIOLENCE,), platform="facebook", link="https://example.org/post/1"
    )
    form = shown("incident", number)
    form.act(("start", step))
    settle(form)
    press(form, "step_letter")
    settle(form)
    reason = [each for each in form.findChildren(ReasonService) if each.isVisible()]
    if reason:
        reason[0].edit.setPlainText("It cannot wait")
        reason[0].ok.click()
        settle(form)
    assert letter_of(school, form.went[0][1]).kind == kind


def test_whoever_may_not_draft_is_not_offered_a_letter(shown: Shown, school: SmallSchool) -> None:
    form = shown("incident", school.incident(handled_by="leadership"), "leadership")
    line = form.header.menu.findChild(QAction, "incident_action_write")
    assert not line.isVisible()


# At the business case, the message and the block


NAMES = {"case": "case_do_letter", "message": "message_letter", "block": "block_notice"}


@pytest.mark.parametrize("what", WHATS)
def test_a_letter_begins_where_its_matter_stands(shown: Shown, school: SmallSchool, what: str) -> None:
    form = shown(what, matter(school, what))
    press(form, NAMES[what])
    settle(form)
    ((tab, letter),) = form.went
    assert tab == "letters"
    row = letter_of(school, letter)
    assert {"case": row.case_id, "message": row.message_id, "block": row.block_id}[what] == form.object_id
    press(form, NAMES[what])
    settle(form)
    assert form.went == [("letters", letter)] * 2, "the draft is gone on with"


@pytest.mark.parametrize("what", WHATS)
def test_one_that_was_issued_is_shown_or_written_again(
    shown: Shown, school: SmallSchool, script: Script, what: str
) -> None:
    number = matter(school, what)
    letter = issued(school, drafted(school, what, number))
    form = shown(what, number)
    script.will_answer("cancel", "open", "again")
    for _ in range(3):
        press(form, NAMES[what])
        settle(form)
    assert script.texts == ["This letter was written before, as 2026/L0001."] * 3
    assert script.seen[0].labels == ["Open that one", "Write it again", "Cancel"]
    assert form.went[0] == ("letters", letter)
    assert form.went[1][1] != letter
    assert len(form.went) == 2


def test_a_question_to_the_proposer_is_offered_too(shown: Shown, school: SmallSchool) -> None:
    form = shown("case", case_for(school, MORE))
    choose(form, "case_action_letter")
    assert letter_of(school, form.went[0][1]).kind == LetterKind.CASE_MORE


def test_nobody_is_told_before_it_is_decided(shown: Shown, school: SmallSchool) -> None:
    form = shown("case", cases.propose(school))
    assert form.findChild(QPushButton, "case_do_letter") is None
    assert not form.header.menu.findChild(QAction, "case_action_letter").isVisible()


def test_a_proposer_who_is_not_on_record_is_said_with_what_to_do(
    shown: Shown, school: SmallSchool, script: Script
) -> None:
    form = shown("case", case_for(school, MORE, proposer_id=None, proposer_name="Mrs Thistlewood"))
    choose(form, "case_action_letter")
    assert "choose them as the proposer" in script.texts[0]
    assert form.went == []


def test_a_message_and_a_block_of_nobody_on_record_offer_no_letter(shown: Shown, school: SmallSchool) -> None:
    message = shown("message", message_for(school, None))
    assert not message.findChild(QPushButton, "message_letter").isVisible()
    block = shown("block", block_for(school, None))
    assert not block.findChild(QPushButton, "block_notice").isVisible()


def test_a_leader_sees_them_and_writes_none(shown: Shown, school: SmallSchool) -> None:
    for what in WHATS:
        form = shown(what, matter(school, what), "leadership")
        button = form.findChild(QPushButton, NAMES[what])
        assert button is None or not button.isVisible()


def test_the_notice_of_a_block_from_an_incident_is_the_incidents_step(
    shown: Shown, school: SmallSchool
) -> None:
    number = school.incident()
    form = shown("block", block_for(school, incident_id=number))
    press(form, "block_notice")
    settle(form)
    reason = asked(form, ReasonService)
    reason.edit.setPlainText("She floods the mailbox")
    reason.ok.click()
    settle(form)
    row = letter_of(school, form.went[0][1])
    assert (row.incident_id, row.block_id, row.kind) == (number, None, LetterKind.BLOCK_NOTICE)


def test_a_letter_under_way_shows_in_the_history_of_its_matter(shown: Shown, school: SmallSchool) -> None:
    number = block_for(school)
    issued(school, drafted(school, "block", number))
    form = shown("block", number)
    table = form.history.table
    said = [table.item(place, 1).text() for place in range(table.rowCount())]
    assert any("issued as 2026/L0001" in each for each in said)


# In the list, and on its way


@pytest.mark.parametrize("what", WHATS)
def test_the_link_leads_to_what_a_letter_is_about(
    school: SmallSchool, page_for: PageFor, tasks: Tasks, what: str
) -> None:
    number = matter(school, what)
    letter = drafted(school, what, number)
    page = page_for("business_manager")
    went: list[tuple[str, str, int]] = []
    page._desk.open_tab = lambda tab, record: went.append((tab, "", record))
    page._desk.open_part = lambda tab, part, record: went.append((tab, part, record))
    opened(page, letter, tasks)
    page.screen.matter.click()
    tab, part = {
        "case": ("cases", ""),
        "message": ("accounts", "messages"),
        "block": ("accounts", "blocks"),
    }[what]
    assert went == [(tab, part, number)]
    label = {"case": "Business case 2026/B0001", "message": "Message 2026/M0001", "block": f"Block {number}"}
    assert page.screen.matter.text() == label[what]


def test_the_list_is_narrowed_to_one_kind(school: SmallSchool, page_for: PageFor, tasks: Tasks) -> None:
    notice = drafted(school, "block", block_for(school))
    other = drafted(school, "message", message_for(school))
    page = page_for("business_manager")
    assert list(page.list.model.ids) == [other, notice]
    page.list.kind_box.setCurrentIndex(page.list.kind_box.findData(LetterKind.BLOCK_NOTICE))
    pages.settle(tasks)
    assert list(page.list.model.ids) == [notice]
    page.list.kind_box.setCurrentIndex(page.list.kind_box.findData(LetterKind.MEETING))
    pages.settle(tasks)
    assert page.list.empty.isVisible()
    assert "(2)" in page.list.buttons["drafts"].text(), "the counts stay those of the views"


def test_a_proof_of_posting_is_kept_and_shown(school: SmallSchool, page_for: PageFor, tasks: Tasks) -> None:
    letter = issued(school, drafted(school, "block", block_for(school)))
    page = page_for("business_manager")
    opened(page, letter, tasks)
    assert not page.screen.actions.came_back.isVisible()
    press(page, "letter_sent")
    dialog = dialog_of(page, SentDialog)
    assert isinstance(dialog, SentDialog)
    dialog.sent.how_box.setCurrentIndex(list(SentHow).index(SentHow.HAND))
    assert not dialog.sent.proof_edit.isEnabled()
    dialog.sent.how_box.setCurrentIndex(list(SentHow).index(SentHow.POST))
    dialog.sent.proof_edit.setText(" AB 1234 5678 GB ")
    dialog.ok.click()
    pages.settle(tasks)
    record = letters.get(office(school), letter)
    assert (record.sent_how, record.sent_proof) == (SentHow.POST, "AB 1234 5678 GB")
    assert "proof of posting AB 1234 5678 GB" in page.screen.history.text()


def test_a_letter_that_came_back_says_so_until_it_goes_again(
    school: SmallSchool, page_for: PageFor, tasks: Tasks
) -> None:
    letter = issued(school, drafted(school, "block", block_for(school)))
    letters.record_sent(office(school), letter, SentHow.POST, START.date())
    page = page_for("business_manager")
    opened(page, letter, tasks)
    press(page, "letter_came_back")
    dialog = dialog_of(page, CameBackDialog)
    assert isinstance(dialog, CameBackDialog)
    dialog.ok.click()
    assert dialog.isVisible()
    assert dialog.problems.sentences == ["Say why it came back, as it stands on the envelope."]
    dialog.why_box.setCurrentIndex(1)
    dialog.ok.click()
    pages.settle(tasks)
    assert not [each for each in page.findChildren(CameBackDialog) if each.isVisible()]
    assert (page.screen.chip.text, page.screen.chip.kind) == ("Issued as 2026/L0001, came back", "danger")
    assert "Gone away" in page.screen.history.text()
    page.list.show_view("came_back")
    pages.settle(tasks)
    assert list(page.list.model.ids) == [letter]
    assert "(1)" in page.list.buttons["came_back"].text()
    assert page.screen.actions.sent.text() == "Re&cord that it went again…"
    press(page, "letter_sent")
    dialog_of(page, SentDialog).ok.click()
    pages.settle(tasks)
    assert letters.get(office(school), letter).returned_on is None
    assert page.screen.chip.text == "Issued as 2026/L0001, sent by post"


def test_a_day_it_cannot_have_come_back_is_said_and_nothing_lost(
    school: SmallSchool, page_for: PageFor, tasks: Tasks
) -> None:
    letter = issued(school, drafted(school, "message", message_for(school)))
    letters.record_sent(office(school), letter, SentHow.POST, START.date())
    page = page_for("business_manager")
    opened(page, letter, tasks)
    press(page, "letter_came_back")
    dialog = dialog_of(page, CameBackDialog)
    dialog.on_edit.set_text("10.3.2026")
    dialog.why_box.setCurrentText("No letter box")
    dialog.ok.click()
    pages.settle(tasks)
    assert dialog.isVisible()
    assert "cannot have come back before that" in dialog.problems.sentences[0]
    assert dialog.why == "No letter box"


def test_whoever_signs_is_shown_what_a_letter_is_called_and_about(
    school: SmallSchool, page_for: PageFor, tasks: Tasks
) -> None:
    letter = drafted(school, "case", case_for(school))
    letters.submit(office(school), letter, 1)
    page = page_for("headteacher")
    opened(page, letter, tasks)
    press(page, "letter_approve")
    pages.settle(tasks)
    dialog = dialog_of(page, ApproveDialog)
    said = " ".join(each.text() for each in dialog.findChildren(QWidget) if hasattr(each, "text"))
    assert "Approve this letter “Business case approved”?" in said
    assert "about business case 2026/B0001" in said
    assert "The audience is on the website already." in dialog.text.toPlainText()
    dialog.ok.click()
    pages.settle(tasks)
    assert letter_of(school, letter).status == LetterStatus.APPROVED


def test_the_english_copy_is_part_of_what_is_signed(school: SmallSchool) -> None:
    letter = drafted(school, "message", message_for(school))
    record = letters.get(office(school), letter)
    with_copy = replace(
        record, edit=replace(record.edit, english_subject="Copy", english_body="Word for word.")
    )
    assert "Word for word." in signed_text(with_copy)
    assert "[English copy]" not in signed_text(record)


@pytest.mark.parametrize("what", WHATS)
def test_no_alt_key_leads_to_two_places(
    window_for: Open, school: SmallSchool, tasks: Tasks, what: str
) -> None:
    number = matter(school, what)
    window = window_for("business_manager", "cases" if what == "case" else "accounts")
    if what == "case":
        window.open_tab("cases", number)
    else:
        window.open_part("accounts", f"{what}s", number)
    pages.settle(tasks)
    assert window.findChild(QPushButton, NAMES[what]).isVisible()
    assert clashes(window) == []
    letter = issued(school, drafted(school, what, number))
    letters.record_sent(office(school), letter, SentHow.HAND, START.date())
    letters.record_returned(office(school), letter, START.date(), "Gone away")
    window = window_for("business_manager", "letters", letter)
    assert window.findChild(QPushButton, "letter_came_back").isVisible()
    assert clashes(window) == []
