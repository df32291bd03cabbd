"""Letters about an exception in the letters tab: shown, sent for approval, decided, issued, and what stops them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication, QLabel, QWidget
from pytestqt.qtbot import QtBot

from smdesk.services import connection_decisions, letters
from smdesk.services import connections as register
from smdesk.services.connection_records import DecisionDraft, DecisionKind
from smdesk.services.incident_records import Confidentiality
from smdesk.services.letter_records import LetterKind, LetterStatus
from smdesk.ui.desk import Desk
from smdesk.ui.pages.letters.dialogs import ApproveDialog
from smdesk.ui.pages.letters.page import Page
from smdesk.ui.tasks import Tasks
from smdesk.ui.widgets.dialogs import ReasonDialog
from tests.support import connections
from tests.support.letters_page import PageFor, dialog_of, opened, pages, press, status, type_over, version
from tests.support.pages import settle
from tests.support.school import SmallSchool
from tests.support.script import Script

CTRL, SHIFT = Qt.KeyboardModifier.ControlModifier, Qt.KeyboardModifier.ShiftModifier
RETURN = Qt.Key.Key_Return


@pytest.fixture
def page_for(qtbot: QtBot, desk_for: Callable[[str], Desk], tasks: Tasks) -> Iterator[PageFor]:
    with pages(qtbot, desk_for, tasks) as make:
        yield make


def drafted(
    school: SmallSchool, to: str = "anna", kind: LetterKind = LetterKind.EXCEPTION_APPROVED, **fields: object
) -> int:
    exception = connections.approved(school, **fields)
    office = school.ctx_for("business_manager")
    return letters.draft_for_exception(office, exception, kind, school.people[to]).id


def refused(school: SmallSchool) -> int:
    exception = connections.submit(school, connections.declare(school))
    connections.decide(school, exception, DecisionKind.REFUSE)
    office = school.ctx_for("business_manager")
    return letters.draft_for_exception(
        office, exception, LetterKind.EXCEPTION_REFUSED, school.people["teacher"]
    ).id


def submitted(school: SmallSchool, letter: int) -> int:
    letters.submit(school.ctx_for("business_manager"), letter, version(school, letter))
    return letter


def notices(page: Page) -> list[str]:
    column = page.screen._notices
    return [column.itemAt(place).widget().accessibleName() for place in range(column.count())]


def test_the_list_shows_both_kinds_and_finds_each_by_its_reference(
    school: SmallSchool, page_for: PageFor, tasks: Tasks
) -> None:
    incident = school.incident()
    about_incident = letters.draft(school.ctx_for("business_manager"), incident, LetterKind.INVITATION).id
    letter = drafted(school)
    page = page_for("business_manager")
    model = page.list.model
    assert list(model.ids) == [letter, about_incident]
    settle(tasks)
    shown = {
        (model.index(line, 1).data(), model.index(line, 2).data(), model.index(line, 3).data())
        for line in range(2)
    }
    assert shown == {
        ("Anna Quillfeather", "Exception approved", "2026/C0001"),
        ("Anna Quillfeather", "Invitation to talk, with removal request", "2026/0001"),
    }
    page.list.search.setText("c0001")
    page.list.search.searched.emit("c0001")
    settle(tasks)
    assert list(model.ids) == [letter]


def test_the_office_sends_it_and_the_headteacher_signs_by_keyboard(
    qtbot: QtBot, school: SmallSchool, page_for: PageFor, tasks: Tasks, script: Script
) -> None:
    letter = drafted(school)
    page = page_for("business_manager")
    went: list[tuple[str, int]] = []
    page._desk.open_tab = lambda tab, number: went.append((tab, number))
    opened(page, letter, tasks)
    screen = page.screen
    assert screen.title.text() == "Letter “Exception approved” to Anna Quillfeather"
    assert screen.matter.text() == "Exception 2026/C0001"
    screen.matter.click()
    assert went == [("connections", letters.get(page._desk.ctx, letter).matter_id)]
    assert not screen.form.reply_by.isVisible(), "an approval asks for nothing to be done"
    assert not screen.names.hits, "the two it is about may be named"
    assert "Sam Quillfeather" in screen.preview.text
    press(qtbot, page, RETURN, CTRL)
    settle(tasks)
    assert status(school, letter) is LetterStatus.SUBMITTED

    page = page_for("headteacher")
    assert page.list.view == "waiting"
    opened(page, letter, tasks)
    press(qtbot, page, RETURN, CTRL)
    settle(tasks)
    dialog = dialog_of(page, ApproveDialog)
    said = [each.text() for each in dialog.findChildren(QLabel)]
    assert any("To Anna Quillfeather, about exception 2026/C0001." in each for each in said)
    assert dialog.findChild(QWidget, "approve_matter_note") is None
    press(qtbot, dialog, RETURN, CTRL)
    settle(tasks)
    assert status(school, letter) is LetterStatus.APPROVED

    page = page_for("business_manager")
    opened(page, letter, tasks)
    script.will_answer("Issue it")
    press(qtbot, page, RETURN, CTRL)
    settle(tasks)
    assert "history of 2026/C0001" in script.take().more
    assert page.screen.chip.text == "Issued as 2026/L0001, not sent yet"


def test_it_is_returned_with_a_note_and_changed(
    qtbot: QtBot, school: SmallSchool, page_for: PageFor, tasks: Tasks
) -> None:
    letter = submitted(school, drafted(school))
    page = page_for("headteacher")
    opened(page, letter, tasks)
    press(qtbot, page, RETURN, CTRL | SHIFT)
    note = dialog_of(page, ReasonDialog)
    qtbot.keyClicks(QApplication.focusWidget(), "Say that we are glad.")
    press(qtbot, note, RETURN, CTRL)
    settle(tasks)
    assert status(school, letter) is LetterStatus.RETURNED
    page = page_for("business_manager")
    opened(page, letter, tasks)
    assert notices(page) == ["Returned to be changed: Say that we are glad."]


def test_a_refusal_says_by_when_and_the_day_may_be_moved(
    qtbot: QtBot, school: SmallSchool, page_for: PageFor, tasks: Tasks
) -> None:
    letter = refused(school)
    page = page_for("business_manager")
    opened(page, letter, tasks)
    form = page.screen.form
    assert form.reply_by.isVisible()
    assert form._reply_label.text() == "To be done &by"
    form.reply_by.set_text("20/3/2026")
    page.screen.save()
    settle(tasks)
    assert "by 20 March 2026" in letters.get(page._desk.ctx, letter).edit.body
    incident = school.incident()
    other = letters.draft(page._desk.ctx, incident, LetterKind.INVITATION).id
    opened(page, other, tasks)
    assert form._reply_label.text() == "Answer &by"


def test_another_child_is_found_while_typing_and_a_lost_name_stops_it(
    qtbot: QtBot, school: SmallSchool, page_for: PageFor, tasks: Tasks, script: Script
) -> None:
    letter = drafted(school)
    page = page_for("business_manager")
    opened(page, letter, tasks)
    type_over(page, "Sam Quillfeather", "Tariq Osei-Marsh")
    qtbot.waitUntil(lambda: bool(page.screen.names.hits))
    assert {hit.name for hit in page.screen.names.hits} == {"Tariq Osei-Marsh"}
    script.will_answer("Send it all the same")
    page.screen.actions.submit.click()
    settle(tasks)
    script.take()
    assert any("whom it is about, Sam Quillfeather" in each for each in page.screen.problems.sentences)
    assert status(school, letter) is LetterStatus.DRAFT
    assert "Tariq" in page.screen.form.body.body()[0], "nothing typed is lost"


def test_a_paper_that_is_not_confirmed_is_said_to_whoever_signs(
    qtbot: QtBot, school: SmallSchool, page_for: PageFor, tasks: Tasks
) -> None:
    office, today = school.ctx_for("business_manager"), school.clock.now.date()
    exception = connections.submit(school, connections.declare(school))
    wanted = DecisionDraft(
        DecisionKind.APPROVE, reason="Family", from_on=today, review_on=today.replace(year=2027)
    )
    connection_decisions.record_paper(
        office,
        exception,
        connections.version(school, exception),
        wanted,
        today,
        "scan.pdf",
        b"%PDF-1.4\n%%EOF\n",
    )
    letter = letters.draft_for_exception(
        office, exception, LetterKind.EXCEPTION_APPROVED, school.people["teacher"]
    ).id
    page = page_for("headteacher")
    opened(page, submitted(school, letter), tasks)
    assert any("not confirmed yet" in each for each in notices(page))
    press(qtbot, page, RETURN, CTRL)
    settle(tasks)
    dialog = dialog_of(page, ApproveDialog)
    assert dialog.findChild(QWidget, "approve_matter_note").isVisible()
    dialog.reject()


def test_the_headteacher_sees_but_does_not_sign_in_their_own_matter(
    school: SmallSchool, page_for: PageFor, tasks: Tasks
) -> None:
    exception = connections.approved(school, "head", "sam", decider="chair")
    office = school.ctx_for("business_manager")
    letter = letters.draft_for_exception(
        office, exception, LetterKind.EXCEPTION_APPROVED, school.people["anna"]
    ).id
    submitted(school, letter)
    page = page_for("headteacher")
    opened(page, letter, tasks)
    assert not page.screen.actions.approve.isVisible()
    assert any("CON-5" in each for each in notices(page))
    page = page_for("chair")
    opened(page, letter, tasks)
    assert page.screen.actions.approve.isVisible()


def test_confidential_ones_are_not_in_the_offices_list(
    school: SmallSchool, page_for: PageFor, tasks: Tasks
) -> None:
    dsl = school.ctx_for("dsl")
    exception = connections.declare(school, confidentiality=Confidentiality.SAFEGUARDING, login="dsl")
    connections.decide(school, connections.submit(school, exception, "dsl"), DecisionKind.APPROVE)
    letter = letters.draft_for_exception(
        dsl, exception, LetterKind.EXCEPTION_APPROVED, school.people["teacher"]
    ).id
    page = page_for("business_manager")
    page.list.show_view("all")
    settle(tasks)
    assert list(page.list.model.ids) == []
    page = page_for("dsl")
    page.list.show_view("all")
    settle(tasks)
    assert list(page.list.model.ids) == [letter]


def test_the_list_follows_when_an_exception_becomes_confidential(
    school: SmallSchool, page_for: PageFor, tasks: Tasks
) -> None:
    letter = drafted(school)
    page = page_for("business_manager")
    assert list(page.list.model.ids) == [letter]
    exception = letters.get(page._desk.ctx, letter).matter_id
    head = school.ctx_for("headteacher")
    record = register.open_exception(head, exception)
    changed = replace(record.draft, confidentiality=Confidentiality.SAFEGUARDING)
    saved = register.save(head, changed, exception, record.version)
    page._desk.events.tell(saved.changes)
    settle(tasks)
    assert list(page.list.model.ids) == []
