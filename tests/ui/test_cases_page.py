"""The business cases tab as it is used: written, completed by its buttons, put forward, decided and printed (ACC-1)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QWidget
from pytestqt.qtbot import QtBot

from smdesk.db.models import Acknowledgement, Person
from smdesk.policy.accounts import GapKind, Openness
from smdesk.services import business_cases, drafts, training
from smdesk.services.case_records import CaseColumn, CaseDecisionKind, CaseDraft, CaseStatus, CaseView
from smdesk.ui.desk import Desk
from smdesk.ui.pages.cases.form import DECISIONS, DETAILS, HISTORY, CaseForm
from smdesk.ui.pages.cases.page import Page
from smdesk.ui.tasks import Tasks
from smdesk.ui.widgets.preview_window import PreviewWindow
from smdesk.ui.widgets.service_dialog import ReasonService
from tests.support import cases, forms
from tests.support.accounts import an_account
from tests.support.forms import DeskFor, maker
from tests.support.pages import settle as settle_page
from tests.support.pages import shown
from tests.support.school import SmallSchool
from tests.support.script import Script
from tests.ui.test_alt_keys import Open, clashes, window_for

__all__ = ["window_for"]

# The list of names found takes the keyboard, which the test's own screen does not give away.
pytestmark = pytest.mark.qt_log_ignore("This plugin does not support grabbing the keyboard", extend=True)

MakeForm = Callable[..., CaseForm]


@pytest.fixture
def make_form(qtbot: QtBot, desk_for: DeskFor) -> MakeForm:
    """``make_form("headteacher")``: a form on screen, of this user."""
    return maker(qtbot, desk_for, CaseForm, 1200, 660)


def settle(form: CaseForm) -> None:
    """Until nothing is being read or written any more, what is missing included."""
    for _ in range(5):
        if form._pause.isActive():
            form._ask_gaps()
        assert form._desk.tasks.wait_all()
        QApplication.processEvents()


def opened(form: CaseForm, case_id: int) -> CaseForm:
    form.open(case_id)
    settle(form)
    return form


def fresh(form: CaseForm, draft: CaseDraft | None = None) -> CaseForm:
    form.new(draft)
    settle(form)
    return form


def press(form: CaseForm, name: str) -> None:
    forms.press(form, name)
    settle(form)


def name_runner(form: CaseForm, typed: str) -> None:
    """Type a name, and take the first found with Enter."""
    picker = form.fields.runners.picker
    picker.setFocus()
    QTest.keyClicks(picker, typed)
    popup = picker._completer.popup()
    for _ in range(200):
        settle(form)
        if popup.isVisible():
            break
        QTest.qWait(20)
    QTest.keyClick(popup, Qt.Key.Key_Return)
    settle(form)


def has_keyboard(form: CaseForm, field: QWidget) -> bool:
    """Whether typing would go there, whatever window the screen gives the keyboard to."""
    return form.window().focusWidget() is field


def texts(form: CaseForm) -> list[str]:
    return [gap.text for gap in form.standing.gaps.gaps]


# --------------------------------------------------------------------------------------------------------- writing


def test_a_case_is_typed_and_saved_with_the_keyboard(make_form: MakeForm, school: SmallSchool) -> None:
    form = fresh(make_form("leadership"))
    assert form.focusProxy() is form.fields
    form.fields.aim.setFocus()
    QTest.keyClicks(form.fields.aim, "To show what we do")
    QTest.keyClick(form.fields.aim, Qt.Key.Key_Tab)
    assert has_keyboard(form, form.fields.audience)
    QTest.keyClicks(form.fields.audience, "Families")
    QTest.keyClick(form.fields.audience, Qt.Key.Key_Tab)
    QTest.keyClicks(form.fields.promotion, "Newsletter")
    name_runner(form, "hazel")
    form.fields.openness.setCurrentIndex(form.fields.openness.findData("closed"))
    form.fields.platform.setEditText("instagram")
    form.fields.proposed_name.setText("choir")
    form.fields.proposer_name.setText("Mr Q. Nutley")
    settle(form)
    form.header.save.click()
    settle(form)
    record = cases.opened(school, form.object_id)
    assert record.draft.aim == "To show what we do"
    assert (record.draft.platform, record.draft.openness) == ("instagram", Openness.CLOSED)
    assert [(each.name, each.responsible) for each in record.runners] == [("Tim Hazel", True)]
    assert record.proposer == "Mr Q. Nutley"
    assert form.header.title.text() == "2026/B0001"
    assert not form.unsaved()


def test_what_is_missing_changes_as_one_types(make_form: MakeForm, school: SmallSchool) -> None:
    cases.set_up(school, "office", "teacher")
    form = fresh(make_form())
    assert any("aim" in text for text in texts(form))
    form.fields.aim.setPlainText("News")
    settle(form)
    assert not any("its aim" in text for text in texts(form))
    name_runner(form, "hazel")
    assert any("so far only Tim Hazel" in text for text in texts(form))
    name_runner(form, "quillfeather anna")
    assert any("Anna Quillfeather has not acknowledged" in text for text in texts(form))


def test_somebody_named_twice_is_said_at_once_and_named_once(
    make_form: MakeForm, school: SmallSchool
) -> None:
    form = fresh(make_form())
    name_runner(form, "hazel")
    name_runner(form, "hazel")
    assert form.fields.runners.note.isVisibleTo(form)
    assert "named already" in form.fields.runners.note.text()
    assert len(form.fields.runners.value()) == 1
    name_runner(form, "cedar")
    lines = form.fields.runners.lines
    lines[1].responsible.click()
    assert [each.responsible for each in form.fields.runners.value()] == [False, True]
    lines[0].off.click()
    assert [each.person_id for each in form.fields.runners.value()] == [school.people["office"]]


def test_a_name_nobody_was_chosen_for_is_not_lost_in_silence(make_form: MakeForm) -> None:
    form = fresh(make_form())
    form.fields.aim.setPlainText("News")
    form.fields.runners.picker.setText("Tim Haz")
    form.fields.proposer.setText("Somebody")
    form.header.save.click()
    settle(form)
    said = " ".join(form.problems.sentences)
    assert "“Tim Haz” is nobody on record yet" in said
    assert "“Somebody” is nobody on record" in said
    assert form.object_id == 0


def test_an_account_from_the_register_fills_what_is_not_typed(
    make_form: MakeForm, school: SmallSchool
) -> None:
    account = an_account(school, "brambleford", link="https://facebook.com/brambleford")
    form = fresh(make_form())
    fields = form.fields
    assert not fields.link.isVisibleTo(form)
    fields.exists.click()
    assert fields.link.isVisibleTo(form)
    assert "not approved yet" in fields.account.itemText(1)
    fields.account.setCurrentIndex(1)
    fields.account.activated.emit(1)
    assert fields.draft().account_id == account
    assert (fields.proposed_name.text(), fields.platform.currentText()) == ("brambleford", "Facebook")
    # A link of another platform is told at its field.
    fields.link.setText("https://www.instagram.com/brambleford")
    form.header.save.click()
    settle(form)
    assert "Instagram" in " ".join(form.problems.sentences)
    assert fields.link.property("wrong") == "true"


def test_what_is_typed_is_kept_as_a_draft_and_brought_back(make_form: MakeForm, school: SmallSchool) -> None:
    form = fresh(make_form())
    form.fields.aim.setPlainText("Half a thought")
    form.fields.proposer.setText("Nobody yet")
    name_runner(form, "cedar")
    form.fields.runners.picker.setText("Tim Ha")
    form.save_draft()
    assert drafts.get(school.ctx_for("business_manager"), "case", 0)
    again = fresh(make_form())
    assert again.fields.aim.toPlainText() == "Half a thought"
    assert again.fields.runners.only_typed == "Tim Ha"
    assert again.fields.proposer.text() == "Nobody yet"
    assert [each.person_id for each in again.fields.runners.value()] == [school.people["office"]]
    assert again.draft_bar.isVisibleTo(again)
    forms.press(again, "case_draft_discard")
    settle(again)
    assert again.fields.aim.toPlainText() == ""
    assert drafts.get(school.ctx_for("business_manager"), "case", 0) is None


def test_another_persons_save_is_shown_and_chosen_from(make_form: MakeForm, school: SmallSchool) -> None:
    case_id = cases.propose(school)
    form = opened(make_form(), case_id)
    form.fields.aim.setPlainText("Mine")
    record = cases.opened(school, case_id)
    business_cases.save(school.ctx_for("dsl"), replace(record.draft, aim="Theirs"), case_id, record.version)
    form.header.save.click()
    settle(form)
    assert form._conflict is not None
    form._conflict.mine.click()
    settle(form)
    assert cases.opened(school, case_id).draft.aim == "Mine"


# ------------------------------------------------------------------------------------------------ the buttons of gaps


def test_each_gap_leads_to_where_it_is_put_right(make_form: MakeForm, school: SmallSchool) -> None:
    cases.set_up(school, "teacher")
    form = opened(make_form(), cases.propose(school, "teacher", "anna", promotion=""))
    gaps = form.standing.gaps
    by_kind = {gap.kind: place for place, gap in enumerate(gaps.gaps)}
    assert set(by_kind) == {GapKind.POINT, GapKind.STAFF, GapKind.NOT_ACKNOWLEDGED, GapKind.NOT_TRAINED}
    gaps.buttons["fix", by_kind[GapKind.POINT]].click()
    assert has_keyboard(form, form.fields.promotion)
    gaps.buttons["fix", by_kind[GapKind.STAFF]].click()
    assert has_keyboard(form, form.fields.runners.picker)
    gaps.buttons["slip", by_kind[GapKind.NOT_ACKNOWLEDGED]].click()
    settle(form)
    (slip,) = form.findChildren(PreviewWindow)
    assert slip.windowTitle() == "Acknowledgement slip"
    slip.reject()
    gaps.buttons["fix", by_kind[GapKind.NOT_ACKNOWLEDGED]].click()
    settle(form)
    dialog = next(each for each in form.findChildren(object) if each.objectName() == "answer_dialog")
    dialog.ok.click()
    settle(form)
    assert not any("acknowledged" in text for text in texts(form))
    place = next(at for at, gap in enumerate(gaps.gaps) if gap.kind is GapKind.NOT_TRAINED)
    gaps.buttons["fix", place].click()
    settle(form)
    dialog = next(each for each in form.findChildren(object) if each.objectName() == "training_dialog")
    dialog.ok.click()
    settle(form)
    assert not any("No training" in text for text in texts(form))


def test_training_recorded_elsewhere_closes_the_gap_by_itself(
    make_form: MakeForm, school: SmallSchool
) -> None:
    _, version, kind = cases.set_up(school, "office")
    cases.put(
        school,
        Acknowledgement(
            version_id=version,
            person_id=school.people["teacher"],
            answer="signed",
            answered_on=date(2026, 1, 12),
            recorded_by=school.users["dsl"],
            recorded_at=school.clock.now,
        ),
    )
    form = opened(make_form(), cases.propose(school))
    assert any("No training" in text for text in texts(form))
    saved = training.record(
        school.ctx_for("business_manager"), kind, [school.people["teacher"]], date(2026, 3, 10)
    )
    form._desk.events.changed.emit(getattr(saved, "changes", getattr(saved, "saved", saved)))
    settle(form)
    assert texts(form) == []
    assert form.standing.complete.isVisibleTo(form)


def test_a_leader_sees_the_sentence_without_a_button_they_may_not_press(
    make_form: MakeForm, school: SmallSchool
) -> None:
    cases.set_up(school, "teacher", "office")
    form = opened(make_form("leadership"), cases.propose(school, "teacher", "office", "anna"))
    assert len(texts(form)) == 2
    assert form.standing.gaps.buttons == {}


# ------------------------------------------------------------------------------------------------------- what follows


def test_put_forward_taken_back_withdrawn_and_brought_back(make_form: MakeForm, school: SmallSchool) -> None:
    form = opened(make_form(), cases.propose(school))
    form.fields.aim.setPlainText("Typed and not saved")
    settle(form)
    press(form, "case_do_submit")
    assert form.case is not None
    assert (form.case.status, form.case.draft.aim) == (CaseStatus.SUBMITTED, "Typed and not saved")
    press(form, "case_do_take_back")
    assert form.case.status is CaseStatus.DRAFT
    press(form, "case_do_withdraw")
    (asked,) = [each for each in form.findChildren(ReasonService) if each.isVisible()]
    asked.edit.setPlainText("Nobody has time")
    asked.ok.click()
    settle(form)
    assert form.case.status is CaseStatus.WITHDRAWN
    assert form.fields.aim.isReadOnly()
    press(form, "case_do_unwithdraw")
    assert form.case.status is CaseStatus.DRAFT
    form.tabs.setCurrentIndex(HISTORY)
    assert form.history.rowCount() == 6


def test_nobody_named_as_the_proposer_is_told_at_the_field(make_form: MakeForm, school: SmallSchool) -> None:
    form = opened(make_form(), cases.propose(school, proposer_id=None))
    press(form, "case_do_submit")
    assert "Say who proposes it" in " ".join(form.problems.sentences)
    assert has_keyboard(form, form.fields.proposer)


def test_the_headteacher_records_the_approval_and_the_account_is_there(
    make_form: MakeForm, school: SmallSchool, qtbot: QtBot
) -> None:
    cases.set_up(school, "office", "teacher")
    case_id = cases.submit(school, cases.propose(school))
    form = opened(make_form("headteacher"), case_id)
    assert form.tabs.currentIndex() == DECISIONS
    panel = form.decisions.panel
    assert not panel.sign_button.isEnabled()
    panel.choices[CaseDecisionKind.APPROVE].click()
    settle(form)
    assert has_keyboard(form, panel.reason)
    assert panel.decided_on.day("decided_on") == date(2026, 3, 11)
    assert panel.review_on.day("review_on") == date(2027, 3, 11)
    head, leader = school.users["headteacher"], school.users["leadership"]
    assert [panel.votes[each].currentData() for each in (head, leader)] == ["agreed", ""]
    form.activateWindow()
    qtbot.waitUntil(form.isActiveWindow, timeout=3000)
    panel.reason.setFocus()
    QTest.keyClicks(panel.reason, "It helps families")
    QTest.keyClick(panel.reason, Qt.Key.Key_Return, Qt.KeyboardModifier.ControlModifier)
    settle(form)
    assert "2 different members" in " ".join(panel.problems.sentences)
    panel.votes[leader].setCurrentIndex(panel.votes[leader].findData("agreed"))
    panel.minute.setText("SLT 12")
    panel.sign_button.click()
    settle(form)
    assert form.case is not None
    assert form.case.status is CaseStatus.APPROVED
    assert not panel.unsaved()
    (card,) = form.decisions.cards
    assert "the signature holds" in card.proof.text()
    card.print.click()
    settle(form)
    (paper,) = form.findChildren(PreviewWindow)
    assert paper.windowTitle() == "Decision 2026/B0001"
    opened_tabs: list[tuple[str, int]] = []
    form._desk.open_tab = lambda tab, number: opened_tabs.append((tab, number))
    press(form, "case_do_account")
    assert form.case.account is not None
    assert opened_tabs == [("accounts", form.case.account[0])]
    assert form.fields.aim.isReadOnly()
    assert "propose it anew" in form.fields.sealed_note.text()


def test_an_approval_that_lacks_something_says_what_and_leads_there(
    make_form: MakeForm, school: SmallSchool
) -> None:
    cases.set_up(school, "teacher")
    case_id = cases.submit(school, cases.propose(school, "teacher"))
    form = opened(make_form("headteacher"), case_id)
    panel = form.decisions.panel
    panel.choices[CaseDecisionKind.APPROVE].click()
    settle(form)
    assert panel.gaps.isVisibleTo(form)
    panel.reason.setPlainText("Yes")
    panel.votes[school.users["leadership"]].setCurrentIndex(1)
    panel.sign()
    settle(form)
    assert "cannot be approved yet" in " ".join(panel.problems.sentences)
    assert panel.reason.toPlainText() == "Yes"
    panel.gaps.buttons["fix", 0].click()
    assert form.tabs.currentIndex() == DETAILS
    assert has_keyboard(form, form.fields.runners.picker)
    # Rejecting needs none of it.
    form.tabs.setCurrentIndex(DECISIONS)
    panel.choices[CaseDecisionKind.REJECT].click()
    assert not panel.gaps.isVisibleTo(form)
    panel.sign()
    settle(form)
    assert cases.opened(school, case_id).status is CaseStatus.REJECTED


def test_a_half_written_decision_is_kept(make_form: MakeForm, school: SmallSchool, script: Script) -> None:
    cases.set_up(school, "office", "teacher")
    case_id = cases.submit(school, cases.propose(school))
    form = opened(make_form("headteacher"), case_id)
    panel = form.decisions.panel
    panel.choices[CaseDecisionKind.REJECT].click()
    panel.reason.setPlainText("We have one already")
    settle(form)
    assert form.unsaved()
    script.will_answer("draft")
    assert form.may_leave()
    again = opened(make_form("headteacher"), case_id)
    assert again.decisions.panel.kind is CaseDecisionKind.REJECT
    assert again.decisions.panel.reason.toPlainText() == "We have one already"


def test_a_decision_begun_is_signed_and_not_saved(make_form: MakeForm, school: SmallSchool) -> None:
    cases.set_up(school, "office", "teacher")
    case_id = cases.submit(school, cases.propose(school))
    form = opened(make_form("headteacher"), case_id)
    assert form.case is not None
    version = form.case.version
    panel = form.decisions.panel
    panel.choices[CaseDecisionKind.REJECT].click()
    panel.reason.setPlainText("We have one already")
    settle(form)
    assert form.unsaved()
    assert not form.header.save.isEnabled()
    form.save()
    settle(form)
    assert cases.opened(school, case_id).version == version
    # With the record's own fields it is saved, and what is begun beside them stays kept.
    form.fields.aim.setPlainText("Said better")
    settle(form)
    assert form.header.save.isEnabled()
    form.header.save.click()
    settle(form)
    assert cases.opened(school, case_id).version == version + 1
    assert panel.reason.toPlainText() == "We have one already"
    form._draft_due()
    settle(form)
    again = opened(make_form("headteacher"), case_id)
    assert again.decisions.panel.reason.toPlainText() == "We have one already"


def test_what_is_wrong_with_a_decision_is_scrolled_to(
    qtbot: QtBot, make_form: MakeForm, school: SmallSchool
) -> None:
    cases.set_up(school, "office", "teacher")
    case_id = cases.submit(school, cases.propose(school))
    form = opened(make_form("headteacher"), case_id)
    form.resize(1000, 360)
    panel = form.decisions.panel
    panel.choices[CaseDecisionKind.APPROVE].click()
    panel.reason.setPlainText("It helps families")
    settle(form)
    bar = form.decisions._scrolled.verticalScrollBar()
    bar.setValue(bar.maximum())
    panel.sign_button.click()
    settle(form)
    qtbot.waitUntil(lambda: not panel.problems.visibleRegion().isEmpty(), timeout=3000)


def test_the_proposer_is_told_why_they_do_not_decide(make_form: MakeForm, school: SmallSchool) -> None:
    case_id = cases.submit(school, cases.propose(school, proposer_id=school.people["head"]))
    form = opened(make_form("headteacher"), case_id)
    form.tabs.setCurrentIndex(DECISIONS)
    assert not form.decisions.panel.isVisibleTo(form)
    assert "You proposed this case" in form.decisions.why_not.text()
    other = opened(make_form("leadership"), case_id)
    box = other.decisions.panel.votes[school.users["headteacher"]]
    assert not box.isEnabled()


def test_a_rejected_case_is_proposed_anew(make_form: MakeForm, school: SmallSchool) -> None:
    case_id = cases.submit(school, cases.propose(school))
    cases.decide(school, case_id, CaseDecisionKind.REJECT)
    form = opened(make_form(), case_id)
    press(form, "case_do_anew")
    assert form.object_id == 0
    assert "Proposed anew after 2026/B0001" in form.standing.says.text()
    form.fields.aim.setPlainText("Better said")
    form.header.save.click()
    settle(form)
    assert cases.opened(school, form.object_id).supersedes == (case_id, "2026/B0001")
    form.open(case_id)
    settle(form)
    press(form, "case_do_later")
    assert form.header.title.text() == "2026/B0002"


# --------------------------------------------------------------------------------------------------------- the list


def test_the_list_opens_searches_and_prints_the_pack(
    qtbot: QtBot, desk_for: Callable[[str], Desk], tasks: Tasks, school: SmallSchool
) -> None:
    cases.set_up(school, "office", "teacher")
    one = cases.submit(school, cases.propose(school, proposed_name="Choir"))
    cases.propose(school, proposed_name="<b>Sports</b>")
    page = shown(Page(desk_for("leadership")), qtbot, tasks, 1200, 660)
    table = page.list.table
    assert page.list.model.rowCount() == 1
    page.list.show_filter(replace(page.list.shown, view=CaseView.ALL), page.list.sort)
    settle_page(tasks)
    assert page.list.model.rowCount() == 2
    places = [each.key for each in page.list.model.columns]
    cell = page.list.model.index(page.list.model.row_of(one), places.index(CaseColumn.MISSING))
    assert cell.data() == "Nothing"
    page.pack.click()
    settle_page(tasks)
    (paper,) = page.findChildren(PreviewWindow)
    assert paper.windowTitle() == "Business cases for the next meeting"
    paper.reject()
    page.blank.click()
    settle_page(tasks)
    assert any(each.windowTitle() == "Business case form" for each in page.findChildren(PreviewWindow))
    table.setFocus()
    page.list.select(one)
    settle_page(tasks)
    QTest.keyClick(table, Qt.Key.Key_Return)
    settle_page(tasks)
    form = page.form()
    assert isinstance(form, CaseForm)
    assert form.object_id == one
    assert page.back()


def test_a_new_case_begun_elsewhere_is_looked_at_and_saved(
    qtbot: QtBot, desk_for: Callable[[str], Desk], tasks: Tasks, school: SmallSchool
) -> None:
    account = an_account(school, "brambleford")
    page = shown(Page(desk_for("business_manager")), qtbot, tasks, 1200, 660)
    page.new_with(business_cases.draft_for_account(school.ctx_for("dsl"), account))
    settle_page(tasks)
    form = page.form()
    assert isinstance(form, CaseForm)
    assert form.fields.exists.isChecked()
    assert form.fields.rough_draft().account_id == account


@pytest.mark.parametrize("login", ["business_manager", "headteacher"])
def test_alt_keys_lead_to_one_place_each(window_for: Open, school: SmallSchool, login: str) -> None:
    cases.set_up(school, "teacher")
    draft = cases.propose(school, "teacher", "anna", proposed_name="One")
    waits = cases.submit(
        school, cases.propose(school, "teacher", "anna", proposed_name="Two", exists_already=True)
    )
    assert clashes(window_for(login, "cases")) == []
    for case_id in (draft, waits):
        window = window_for(login, "cases", case_id)
        form = window.findChild(CaseForm, "case_form")
        for place in range(form.tabs.count()):
            form.tabs.setCurrentIndex(place)
            QApplication.processEvents()
            assert clashes(window) == [], (case_id, place)


def test_somebody_who_left_is_shown_as_gone(make_form: MakeForm, school: SmallSchool) -> None:
    case_id = cases.propose(school)
    with school.database.writing() as session:
        session.get_one(Person, school.people["teacher"]).left_on = date(2026, 3, 1)
    form = opened(make_form(), case_id)
    assert "has left" in form.fields.runners.lines[1].name.text()
    assert any("left the school" in text for text in texts(form))
