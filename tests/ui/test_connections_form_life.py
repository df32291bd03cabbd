"""A declaration after it is saved: put forward, decided, on paper, declared anew; its files, letters and history."""

from __future__ import annotations

from pathlib import Path

import pytest
from PySide6.QtCore import QPoint
from pytestqt.qtbot import QtBot

from smdesk.policy.vocabulary import Relationship
from smdesk.services import connection_decisions, connection_questions, connection_signing, connections
from smdesk.services.connection_records import (
    DecisionDraft,
    DecisionKind,
    ExceptionStatus,
    FileKind,
    PaperAnswer,
)
from smdesk.ui.pages.connections.actions import NextStep, next_step, reach
from smdesk.ui.pages.connections.attempt_dialog import AttemptDialog
from smdesk.ui.pages.connections.decisions_view import DecisionCard
from smdesk.ui.pages.connections.form import ExceptionForm
from smdesk.ui.pages.connections.form_view import DECISIONS, DETAILS, FILES, LETTERS
from smdesk.ui.pages.connections.paper_dialog import PaperDialog
from smdesk.ui.pages.connections.question_dialog import AskDialog, QuestionDialog
from smdesk.ui.widgets.file_window import FileWindow
from smdesk.ui.widgets.paste import Offered
from smdesk.ui.widgets.preview_window import PreviewWindow
from smdesk.ui.widgets.service_dialog import ReasonService, ServiceDialog
from tests.support.connection_form import (
    MakeExceptionForm,
    decide,
    declared,
    fresh,
    make_form,
    opened,
    press,
    put_forward,
    settle,
)
from tests.support.incident_form import picture
from tests.support.school import SmallSchool
from tests.support.script import Script

__all__ = ["make_form"]

PDF = (
    b"%PDF-1.4\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj\n2 0 obj<</Type/Pages/Kids[]/Count 0>>endobj\n"
    b"trailer<</Root 1 0 R>>\n%%EOF\n"
)


def step_of(form: ExceptionForm) -> NextStep:
    return next_step(form.record, reach(form._desk))


def reason(form: ExceptionForm, name: str, words: str) -> None:
    settle(form)
    asked = [each for each in form.findChildren(ReasonService) if each.isVisible()]
    assert [each.objectName() for each in asked] == [name]
    asked[0].edit.setPlainText(words)
    asked[0].ok.click()
    settle(form)


# What comes next


def test_the_primary_button_is_what_happens_next(make_form: MakeExceptionForm, school: SmallSchool) -> None:
    form = opened(make_form(), declared(school))
    assert step_of(form).primary == "submit"
    press(form, "exception_do_submit")
    assert step_of(form).primary == "paper", (
        "the office cannot decide; what comes back on paper it can record"
    )
    head = opened(make_form("headteacher"), form.object_id)
    assert step_of(head).primary == "decide"
    decide(school, form.object_id, DecisionKind.ASK_FOR_MORE, "Who else knows?")
    form.open(form.object_id)
    settle(form)
    assert step_of(form).primary == "submit"
    assert "Who else knows?" in form.standing.says.text()
    press(form, "exception_do_submit")
    decide(school, form.object_id, DecisionKind.APPROVE)
    form.open(form.object_id)
    settle(form)
    assert step_of(form).primary == "print"


def test_taken_back_withdrawn_and_brought_back(make_form: MakeExceptionForm, school: SmallSchool) -> None:
    form = opened(make_form(), put_forward(school))
    press(form, "exception_do_take_back")
    assert form.record.status is ExceptionStatus.DECLARED
    press(form, "exception_do_withdraw")
    reason(form, "exception_withdraw_dialog", "Declared twice by mistake")
    assert form.record.status is ExceptionStatus.WITHDRAWN
    assert form.fields.known_how.isReadOnly()
    press(form, "exception_do_unwithdraw")
    assert form.record.status is ExceptionStatus.DECLARED
    assert not form.fields.known_how.isReadOnly()


def test_what_is_typed_is_saved_before_it_is_put_forward(
    make_form: MakeExceptionForm, school: SmallSchool
) -> None:
    form = opened(make_form(), declared(school, relationship=None))
    form.fields.relationship.setCurrentIndex(form.fields.relationship.findData(str(Relationship.COUSIN)))
    press(form, "exception_do_submit")
    record = connections.open_exception(school.ctx_for("dsl"), form.object_id)
    assert record.draft.relationship is Relationship.COUSIN
    assert record.status is ExceptionStatus.AWAITING


def test_a_refused_one_is_declared_anew_and_the_two_are_linked(
    make_form: MakeExceptionForm, school: SmallSchool
) -> None:
    number = put_forward(school)
    decide(school, number, DecisionKind.REFUSE, "No tie was shown")
    form = opened(make_form(), number)
    press(form, "exception_do_anew")
    assert form.record is None
    assert not form.already.isVisible(), "the older one is no surprise"
    assert "2026/C0001" in form.standing.says.text()
    assert form.fields.known_how.toPlainText() == "Both families say so"
    form.fields.evidence_seen.setPlainText("A birth certificate")
    form.save()
    settle(form)
    assert form.record.supersedes == (number, "2026/C0001")
    old = opened(make_form(), number)
    press(old, "exception_do_later")
    assert old.object_id == form.object_id


def test_a_draft_of_another_new_one_is_not_thrown_away_unasked(
    make_form: MakeExceptionForm, school: SmallSchool, script: Script
) -> None:
    begun = fresh(make_form())
    begun.fields.notes.setPlainText("Half typed")
    begun.save_draft()
    begun.hide()
    number = put_forward(school)
    decide(school, number, DecisionKind.REFUSE)
    form = opened(make_form(), number)
    script.will_answer("Go on with that draft")
    press(form, "exception_do_anew")
    assert form.fields.notes.toPlainText() == "Half typed"
    assert form.fields.adult.person() is None
    again = opened(make_form(), number)
    script.will_answer("Throw that draft away")
    press(again, "exception_do_anew")
    assert again.fields.notes.toPlainText() == ""
    assert again.fields.adult.person() is not None


# Decisions


def test_the_headteacher_decides_in_the_record(make_form: MakeExceptionForm, school: SmallSchool) -> None:
    form = opened(make_form("headteacher"), put_forward(school))
    assert form.tabs.currentIndex() == DECISIONS
    assert "Aunt or uncle" in [words for _, words in form.decisions.facts.lines]
    panel = form.decisions.panel
    panel.choose(DecisionKind.APPROVE)
    panel.reason.setPlainText("They were close before")
    panel.sign()
    settle(form)
    assert form.record.status is ExceptionStatus.APPROVED
    assert [card.decision.kind for card in form.decisions.cards] == [DecisionKind.APPROVE]
    assert not panel.unsaved()
    assert form.may_leave()


def test_a_decision_half_written_is_asked_about_and_kept(
    make_form: MakeExceptionForm, school: SmallSchool, script: Script
) -> None:
    number = put_forward(school)
    form = opened(make_form("headteacher"), number)
    form.decisions.panel.choose(DecisionKind.REFUSE)
    form.decisions.panel.reason.setPlainText("I am not sure that")
    assert form.unsaved()
    script.will_answer("Go on writing")
    assert not form.may_leave()
    script.will_answer("Keep it as a draft")
    assert form.may_leave()
    form.hide()
    again = opened(make_form("headteacher"), number)
    assert again.decisions.panel.reason.toPlainText() == "I am not sure that"
    assert again.decisions.panel.kind is DecisionKind.REFUSE
    script.will_answer("Throw it away")
    assert again.may_leave()
    assert opened(make_form("headteacher"), number).decisions.panel.reason.toPlainText() == ""


def test_a_signature_is_checked_with_one_button(
    make_form: MakeExceptionForm, school: SmallSchool, script: Script, monkeypatch: pytest.MonkeyPatch
) -> None:
    number = put_forward(school)
    decide(school, number, DecisionKind.APPROVE)
    form = opened(make_form(), number)
    card = form.decisions.cards[0]
    assert card.decision.fingerprint in card.proof.text()
    card.check.click()
    settle(form)
    assert "the signature holds" in card.proof.text()
    monkeypatch.setattr(connection_signing, "check_one", lambda ctx, decision_id: "The reason was changed.")
    card.check.click()
    settle(form)
    assert card.proof.text() == "The reason was changed."
    assert script.take().more == "The reason was changed."


def test_a_decision_is_printed_from_its_card_and_from_the_next_step(
    qtbot: QtBot, make_form: MakeExceptionForm, school: SmallSchool
) -> None:
    number = put_forward(school)
    decide(school, number, DecisionKind.APPROVE)
    form = opened(make_form(), number)
    press(form, "exception_do_print")
    shown = form.findChildren(PreviewWindow)
    assert len(shown) == 1
    shown[0].close()
    form.decisions.cards[0].print.click()
    settle(form)
    assert [window.windowTitle() for window in form.findChildren(PreviewWindow) if window.isVisible()] == [
        "Decision 2026/C0001-1"
    ]


# Paper


def paper(form: ExceptionForm) -> PaperDialog:
    form.act("paper")
    settle(form)
    return next(each for each in form.findChildren(PaperDialog) if each.isVisible())


def recorded_on_paper(form: ExceptionForm, school: SmallSchool) -> None:
    asked = paper(form)
    asked.kind.setCurrentIndex(asked.kind.findData(str(DecisionKind.APPROVE)))
    asked.decided.set_day(school.clock.now.date())
    asked.reason.setPlainText("Family, as the form says")
    asked.take(Offered(images=(picture(),)))
    asked.ok.click()
    settle(form)


def test_a_paper_decision_wants_its_scan_and_its_day(
    make_form: MakeExceptionForm, school: SmallSchool
) -> None:
    form = opened(make_form(), put_forward(school))
    asked = paper(form)
    assert "the headteacher wrote" in asked.explanation.text()
    asked.ok.click()
    settle(form)
    said = " ".join(asked.problems.sentences)
    assert "what was decided" in said
    assert "the day written on the paper" in said
    assert "the paper is what proves it" in said
    asked.kind.setCurrentIndex(asked.kind.findData(str(DecisionKind.REFUSE)))
    assert not asked.review_on.isVisible()
    assert not asked.conditions.isVisible()
    asked.close()
    assert form.record.status is ExceptionStatus.AWAITING


def test_a_paper_decision_is_recorded_and_confirmed_by_its_decider(
    make_form: MakeExceptionForm, school: SmallSchool, script: Script
) -> None:
    form = opened(make_form(), put_forward(school))
    recorded_on_paper(form, school)
    assert form.record.status is ExceptionStatus.APPROVED
    assert form.record.unconfirmed_paper
    card = form.decisions.cards[0]
    assert "Not confirmed yet" in card.proof.text()
    assert card.confirm is None, "the office does not confirm for anybody"
    assert [file.kind for file in form.record.files] == [FileKind.DECISION]
    head = opened(make_form("headteacher"), form.object_id)
    assert head.tabs.currentIndex() == DECISIONS
    confirming: DecisionCard = head.decisions.cards[0]
    assert confirming.y() < head.decisions.panel.mapTo(head.decisions, QPoint(0, 0)).y(), "it stands on top"
    press(head, "exception_do_confirm")
    assert head.focusWidget() is confirming.confirm
    script.will_answer("Go back")
    confirming.confirm.click()
    settle(head)
    assert head.record.decisions[0].answer is None
    script.will_answer("Yes, sign it")
    head.decisions.cards[0].confirm.click()
    settle(head)
    assert head.record.decisions[0].answer is PaperAnswer.CONFIRMED
    assert "Confirmed and signed" in head.decisions.cards[0].proof.text()


def test_a_paper_decision_is_disputed_with_a_reason(
    make_form: MakeExceptionForm, school: SmallSchool
) -> None:
    form = opened(make_form(), put_forward(school))
    recorded_on_paper(form, school)
    head = opened(make_form("headteacher"), form.object_id)
    head.decisions.cards[0].dispute.click()
    reason(head, "decision_dispute_dialog", "I refused this one")
    assert head.record.status is ExceptionStatus.AWAITING
    assert "counts for nothing" in head.decisions.cards[0].proof.text()
    assert step_of(head).primary == "decide"


def test_the_scan_of_a_decision_is_found_from_the_decision(
    make_form: MakeExceptionForm, school: SmallSchool
) -> None:
    form = opened(make_form(), put_forward(school))
    recorded_on_paper(form, school)
    press(form, "decision_1_scan")
    assert form.tabs.currentIndex() == FILES
    assert form.strip.show_file.isEnabled()
    assert not form.strip.remove.isEnabled(), "the scan belongs to its decision for good"


# Files


def test_a_scan_waits_with_a_new_declaration_and_is_kept_with_it(
    make_form: MakeExceptionForm, school: SmallSchool, tmp_path: Path
) -> None:
    from tests.support.connection_form import choose

    scan = tmp_path / "form.pdf"
    scan.write_bytes(PDF)
    form = fresh(make_form())
    form.intake.take(Offered(paths=(str(scan),)))
    settle(form)
    form.strip.new_kind.setCurrentIndex(form.strip.new_kind.findData(str(FileKind.EVIDENCE)))
    form.intake.take(Offered(images=(picture(),)))
    settle(form)
    assert form.tabs.tabText(FILES) == "Files (2)"
    assert form.strip.table.cell_texts()[0][1:] == ["Declaration form", "waits for saving"]
    form.save_draft()
    form.hide()
    again = fresh(make_form())
    assert [piece.kind for piece in again.strip.waiting] == ["form", "evidence"]
    choose(again, "adult", school, "teacher")
    choose(again, "other", school, "sam")
    again.save()
    settle(again)
    assert [file.kind for file in again.record.files] == [FileKind.FORM, FileKind.EVIDENCE]
    assert again.record.files[0].name == "form.pdf"
    assert again.strip.waiting == ()


def test_a_kept_file_is_shown_copied_and_taken_out(
    make_form: MakeExceptionForm, school: SmallSchool, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    number = declared(school)
    form = opened(make_form(), number)
    form.intake.take(Offered(images=(picture(),)))
    settle(form)
    assert len(form.record.files) == 1, "a saved one keeps it at once"
    form.tabs.setCurrentIndex(FILES)
    press(form, "exception_file_show")
    shown = [each for each in form.strip.findChildren(FileWindow) if each.isVisible()]
    assert len(shown) == 1
    shown[0].close()
    copy = tmp_path / "copy.png"
    monkeypatch.setattr(
        "smdesk.ui.widgets.attached_strip.QFileDialog.getSaveFileName", lambda *args: (str(copy), "")
    )
    press(form, "exception_file_copy")
    assert copy.read_bytes().startswith(b"\x89PNG")
    assert "not protected" in form.strip.about.text()
    press(form, "exception_file_remove")
    reason(form, "exception_file_remove_dialog", "The wrong child")
    assert form.record.files[0].removed
    assert not form.strip.show_file.isEnabled()
    assert "The wrong child" in form.strip.about.text()


def test_a_file_that_cannot_be_kept_is_named(
    make_form: MakeExceptionForm, school: SmallSchool, script: Script, tmp_path: Path
) -> None:
    bad = tmp_path / "page.html"
    bad.write_text("<script>alert(1)</script>")
    form = opened(make_form(), declared(school))
    form.intake.take(Offered(paths=(str(bad),)))
    settle(form)
    assert "page.html" in script.take().more
    assert form.record.files == ()


# Letters and history


def test_a_letter_is_written_with_one_click(make_form: MakeExceptionForm, school: SmallSchool) -> None:
    number = put_forward(school)
    decide(school, number, DecisionKind.APPROVE)
    form = opened(make_form(), number)
    opened_letters: list[tuple[str, int]] = []
    form._desk.open_tab = lambda tab, record: opened_letters.append((tab, record))
    form.act("letters")
    assert form.tabs.currentIndex() == LETTERS
    press(form, "exception_letter_0")
    assert [tab for tab, _ in opened_letters] == ["letters"]
    form.open(number)
    settle(form)
    assert form.letters.table.rowCount() == 1
    assert form.tabs.tabText(LETTERS) == "Letters (1)"


def test_no_letter_is_offered_before_a_decision_and_why_is_said(
    make_form: MakeExceptionForm, school: SmallSchool
) -> None:
    form = opened(make_form(), declared(school))
    assert form.letters._choices == ()
    assert form.findChild(ServiceDialog) is None


def test_the_history_says_what_happened_and_takes_a_note(
    make_form: MakeExceptionForm, school: SmallSchool
) -> None:
    number = put_forward(school)
    decide(school, number, DecisionKind.APPROVE, "A tie from before")
    form = opened(make_form(), number)
    rows = [form.history.table.item(line, 1).text() for line in range(form.history.table.rowCount())]
    assert rows[0].startswith("Declared")
    assert "A tie from before" in rows[-1]
    form.history.table.setCurrentCell(len(rows) - 1, 1)
    form.history.open.click()
    settle(form)
    assert form.tabs.currentIndex() == DECISIONS
    form.history.note.click()
    reason(form, "exception_note_dialog", "Rang the mother")
    assert form.record.history[-1].text == "Rang the mother"


def test_the_filled_declaration_is_printed(make_form: MakeExceptionForm, school: SmallSchool) -> None:
    form = opened(make_form(), declared(school))
    form.act("declaration")
    settle(form)
    assert [window.windowTitle() for window in form.findChildren(PreviewWindow)] == ["Declaration 2026/C0001"]


# Questions and attempts


def test_a_question_and_an_attempt_are_begun_from_the_record_with_its_two_people(
    make_form: MakeExceptionForm, school: SmallSchool
) -> None:
    number = declared(school)
    asked = connection_questions.ask(
        school.ctx_for("headteacher"),
        school.people["teacher"],
        school.people["sam"],
        "How do you know each other?",
    )
    form = opened(make_form(), number)
    press(form, f"exception_question_{asked.id}")
    shown = [each for each in form.findChildren(QuestionDialog) if each.isVisible()]
    assert len(shown) == 1
    shown[0].close()
    form.act("attempt")
    settle(form)
    attempt = next(each for each in form.findChildren(AttemptDialog) if each.isVisible())
    assert attempt.adult.person().id == school.people["teacher"]
    assert attempt.other.person().id == school.people["sam"]
    attempt.close()
    head = opened(make_form("headteacher"), number)
    head.act("ask")
    settle(head)
    asking = next(each for each in head.findChildren(AskDialog) if each.isVisible())
    assert asking.other.person().id == school.people["sam"]
    asking.close()


# Two at once


def test_deciding_twice_from_two_windows_tells_the_second(
    make_form: MakeExceptionForm, school: SmallSchool
) -> None:
    number = put_forward(school)
    form = opened(make_form("headteacher"), number)
    panel = form.decisions.panel
    panel.choose(DecisionKind.REFUSE)
    panel.reason.setPlainText("Not shown")
    version = form.record.version
    connection_decisions.decide(
        school.ctx_for("headteacher"), number, version, DecisionDraft(DecisionKind.APPROVE, "From elsewhere")
    )
    panel.sign()
    settle(form)
    assert form.record.status is ExceptionStatus.APPROVED
    assert len(form.record.decisions) == 1
    assert panel.reason.toPlainText() == "Not shown", "what was written stays"


def test_putting_forward_what_somebody_changed_meanwhile_shows_it_anew(
    make_form: MakeExceptionForm, school: SmallSchool, script: Script
) -> None:
    number = declared(school)
    form = opened(make_form(), number)
    ctx = school.ctx_for("dsl")
    connections.withdraw(ctx, number, form.record.version, "A slip")
    press(form, "exception_do_submit")
    assert "2026/C0001" in script.take().text
    assert form.record.status is ExceptionStatus.WITHDRAWN
    assert form.tabs.currentIndex() == DETAILS
