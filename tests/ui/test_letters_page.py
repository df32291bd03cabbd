"""The letters tab as the office and the headteacher use it: by keyboard, on the real services."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace

import pytest
from PySide6.QtCore import Qt, QTimer
from PySide6.QtGui import QTextCursor
from PySide6.QtWidgets import (
    QAbstractButton,
    QApplication,
    QComboBox,
    QLineEdit,
    QPlainTextEdit,
    QWidget,
)
from pytestqt.qtbot import QtBot

from smdesk.db.models import Person
from smdesk.services import drafts, letters
from smdesk.services.letter_records import LetterKind, LetterStatus, SentHow
from smdesk.ui import pdf_pages
from smdesk.ui.desk import Desk
from smdesk.ui.pages.letters import work
from smdesk.ui.pages.letters.dialogs import SentDialog
from smdesk.ui.pages.letters.screen import LOWEST
from smdesk.ui.tasks import Tasks
from smdesk.ui.widgets.dialogs import ConflictDialog, ReasonDialog
from tests.support.letters_page import (
    PageFor,
    add_text,
    approved,
    dialog_of,
    drafted,
    opened,
    pages,
    press,
    status,
    version,
    waiting,
)
from tests.support.pages import settle
from tests.support.school import SmallSchool
from tests.support.script import Script

CTRL, SHIFT = Qt.KeyboardModifier.ControlModifier, Qt.KeyboardModifier.ShiftModifier
RETURN = Qt.Key.Key_Return


@pytest.fixture
def page_for(qtbot: QtBot, desk_for: Callable[[str], Desk], tasks: Tasks) -> Iterator[PageFor]:
    with pages(qtbot, desk_for, tasks) as make:
        yield make


# The office


def test_the_office_edits_saves_and_sends_for_approval(
    qtbot: QtBot, school: SmallSchool, page_for: PageFor, tasks: Tasks
) -> None:
    letter = drafted(school)
    page = page_for("business_manager")
    assert page.list.view == "drafts"
    assert page.list.buttons["drafts"].text() == "&Drafts and returned (1)"
    page.list.table.setFocus()
    press(qtbot, page, RETURN)
    settle(tasks)
    screen = page.screen
    assert screen.letter_id == letter
    assert screen.chip.text == "Draft"
    assert "Anna Quillfeather" in screen.title.text()
    assert "3 Orchard Way" in screen.preview.text
    assert not screen.actions.approve.isVisible()
    screen.form.subject.setFocus()
    screen.form.subject.selectAll()
    qtbot.keyClicks(screen.form.subject, "About your post")
    assert page.unsaved()
    press(qtbot, page, Qt.Key.Key_S, CTRL)
    settle(tasks)
    assert not page.unsaved()
    assert letters.get(school.ctx_for("business_manager"), letter).edit.subject == "About your post"
    press(qtbot, page, RETURN, CTRL)
    settle(tasks)
    assert status(school, letter) is LetterStatus.SUBMITTED
    assert screen.chip.text == "Waiting for approval"
    assert (
        "The headteacher approves letters." in screen.findChild(QWidget, "letter_notice_0").accessibleName()
    )


def test_the_preview_follows_the_typing_and_keeps_its_place(
    qtbot: QtBot, school: SmallSchool, page_for: PageFor, tasks: Tasks
) -> None:
    letter = drafted(school)
    page = page_for("business_manager")
    opened(page, letter, tasks)
    page.screen.preview.canvas.set_zoom(1.5)
    page.screen.preview.canvas.verticalScrollBar().setValue(120)
    add_text(page, "# One more thing\n\nPlease ring us on Friday.")
    with qtbot.waitSignal(page.screen.preview.shown):
        pass
    assert "Please ring us on Friday." in page.screen.preview.text
    assert page.screen.preview.canvas.zoom == 1.5
    assert page.screen.preview.canvas.verticalScrollBar().value() == 120


def test_another_letter_is_read_from_its_start(school: SmallSchool, page_for: PageFor, tasks: Tasks) -> None:
    first, second = drafted(school), drafted(school, summary="Another post")
    page = page_for("business_manager")
    opened(page, first, tasks)
    text = page.screen.form.body.text
    text.moveCursor(QTextCursor.MoveOperation.End)
    opened(page, first, tasks)
    assert text.textCursor().atEnd(), "the same letter: where somebody was"
    opened(page, second, tasks)
    assert text.textCursor().atStart()


def test_names_are_found_while_typing_and_lead_to_their_place(
    qtbot: QtBot, school: SmallSchool, page_for: PageFor, tasks: Tasks
) -> None:
    letter = drafted(school)
    page = page_for("business_manager")
    opened(page, letter, tasks)
    names = page.screen.names
    assert names.sentence.text() == "✓ No other person is named."
    add_text(page, "😀 This upset Tariq Osei-Marsh very much.")
    qtbot.waitUntil(lambda: len(names.hits) == 1)
    settle(tasks)
    assert names.hits[0].name == "Tariq Osei-Marsh"
    assert names.sentence.text().startswith("▲ One other person")
    names.places.setFocus()
    names.places.setCurrentRow(0)
    press(qtbot, page, RETURN)
    body = page.screen.form.body.text
    assert body.textCursor().selectedText() == "Tariq Osei-Marsh"
    assert page.screen.form.body.underlined("names") == ["Tariq Osei-Marsh"]
    qtbot.keyClick(body, Qt.Key.Key_Delete)
    qtbot.waitUntil(lambda: names.hits == ())
    assert page.screen.form.body.underlined("names") == []


def test_in_the_lowest_window_the_letter_has_the_room(
    qtbot: QtBot, school: SmallSchool, page_for: PageFor, tasks: Tasks
) -> None:
    page = page_for("business_manager")
    opened(page, drafted(school), tasks)
    said = page.screen.history.text()
    assert said.startswith("Drafted by")
    page.screen.resize(910, LOWEST)
    assert page.screen.history.isVisible()
    page.screen.resize(910, LOWEST - 1)
    assert not page.screen.history.isVisible()
    assert page.screen.chip.toolTip() == said


def test_what_cannot_be_saved_is_said_at_its_field(
    qtbot: QtBot, school: SmallSchool, page_for: PageFor, tasks: Tasks
) -> None:
    letter = drafted(school)
    page = page_for("business_manager")
    opened(page, letter, tasks)
    page.screen.form.reply_by.set_text("whenever")
    press(qtbot, page, Qt.Key.Key_S, CTRL)
    settle(tasks)
    assert "is not a date" in page.screen.problems.sentences[0]
    page.screen.form.reply_by.set_text("1/1/2020")
    page.screen.form.subject.setText("")
    page.screen.actions.save.click()
    settle(tasks)
    assert any("must lie ahead" in each for each in page.screen.problems.sentences)
    assert any("Subject" in each for each in page.screen.problems.sentences)
    assert page.unsaved()


def test_a_day_without_a_year_lies_ahead(school: SmallSchool, page_for: PageFor, tasks: Tasks) -> None:
    letter = drafted(school)
    page = page_for("business_manager")
    opened(page, letter, tasks)
    page.screen.form.reply_by.set_text("2/3")  # today is 11 March 2026
    assert page.screen.form.reply_by.text() == "Tue 2 Mar 2027"
    page.screen.form.reply_by.set_text("friday")
    assert page.screen.form.reply_by.text() == "Fri 13 Mar 2026"


# The headteacher


def test_an_approved_letter_is_issued_printed_from_its_stored_bytes_and_sent(
    qtbot: QtBot, school: SmallSchool, page_for: PageFor, tasks: Tasks, script: Script
) -> None:
    letter = approved(school)
    page = page_for("business_manager")
    page.list.show_view("approved")
    settle(tasks)
    assert list(page.list.model.ids) == [letter]
    opened(page, letter, tasks)
    assert page.screen.form.body.is_read_only()
    script.will_answer("Issue it")
    press(qtbot, page, RETURN, CTRL)
    settle(tasks)
    record = letters.get(school.ctx_for("business_manager"), letter)
    assert record.status is LetterStatus.ISSUED
    assert record.number == "2026/L0001"
    stored = letters.issued_pdf(school.ctx_for("business_manager"), letter)
    assert page.screen.preview.paper is not None
    assert page.screen.preview.paper.data == stored
    assert not page.screen.form.isVisible()
    assert "Issued as 2026/L0001 by Ms B. Cedar" in page.screen.history.text()
    press(qtbot, page, RETURN, CTRL | SHIFT)
    dialog = dialog_of(page, SentDialog)
    dialog.sent.how_box.setCurrentIndex(1)
    qtbot.keyClicks(dialog.sent.note_edit, "at the gate")
    press(qtbot, dialog, RETURN, CTRL)
    settle(tasks)
    record = letters.get(school.ctx_for("business_manager"), letter)
    assert (record.sent_how, record.sent_note) == (SentHow.HAND, "at the gate")
    assert page.screen.chip.text == "Issued as 2026/L0001, sent by hand"


def test_what_was_typed_about_sending_stays_when_it_cannot_be_so(
    qtbot: QtBot, school: SmallSchool, page_for: PageFor, tasks: Tasks
) -> None:
    with school.database.writing() as session:
        session.get_one(Person, school.people["anna"]).address = ""
        session.get_one(Person, school.people["anna"]).postcode = ""
    letter = drafted(school)
    page = page_for("business_manager")
    opened(page, letter, tasks)
    assert page.screen.findChild(QWidget, "letter_no_address").isVisible()
    office, head = school.ctx_for("business_manager"), school.ctx_for("headteacher")
    letters.submit(office, letter, version(school, letter))
    letters.approve(head, letter, version(school, letter))
    letters.issue(office, letter, version(school, letter))
    page = page_for("business_manager")
    opened(page, letter, tasks)
    page.screen.actions.sent.click()
    dialog = dialog_of(page, SentDialog)
    assert dialog.sent.how is SentHow.HAND, "there is nowhere to post it to"
    dialog.sent.how_box.setCurrentIndex(list(SentHow).index(SentHow.POST))
    dialog.sent.note_edit.setText("second class")
    press(qtbot, dialog, RETURN, CTRL)
    settle(tasks)
    assert dialog.isVisible()
    assert dialog.problems.sentences[0].startswith("The letter carries no address")
    assert dialog.sent.note_edit.text() == "second class"
    dialog.sent.how_box.setCurrentIndex(list(SentHow).index(SentHow.EMAIL))
    press(qtbot, dialog, RETURN, CTRL)
    settle(tasks)
    assert letters.get(office, letter).sent_how is SentHow.EMAIL


def test_a_second_warning_cites_the_first_by_its_date(
    school: SmallSchool, page_for: PageFor, tasks: Tasks
) -> None:
    first = approved(school)
    letters.issue(school.ctx_for("business_manager"), first, version(school, first))
    school.clock.forward(days=40)
    incident = school.incident(summary="And again")
    second = letters.draft(school.ctx_for("business_manager"), incident, LetterKind.SECOND_WARNING).id
    page = page_for("business_manager")
    opened(page, second, tasks)
    assert "11 March 2026" in " ".join(page.screen.preview.text.split())
    assert "2026/L0001" in page.screen.preview.text


def test_a_letter_that_names_a_child_is_sent_only_when_that_is_meant(
    qtbot: QtBot, school: SmallSchool, page_for: PageFor, tasks: Tasks, script: Script
) -> None:
    letter = drafted(school)
    page = page_for("business_manager")
    opened(page, letter, tasks)
    add_text(page, "Tariq Osei-Marsh saw it.")
    qtbot.waitUntil(lambda: len(page.screen.names.hits) == 1)
    script.will_answer("Go back to the text")
    page.screen.actions.submit.click()
    settle(tasks)
    assert script.take().text == "This letter names Tariq Osei-Marsh (Pupil)."
    assert status(school, letter) is LetterStatus.DRAFT
    assert page.screen.unsaved()
    script.will_answer("Send it all the same")
    page.screen.actions.submit.click()
    settle(tasks)
    assert status(school, letter) is LetterStatus.SUBMITTED


def test_esc_leads_back_to_the_list(
    qtbot: QtBot, school: SmallSchool, page_for: PageFor, tasks: Tasks
) -> None:
    letter = drafted(school)
    page = page_for("business_manager")
    opened(page, letter, tasks)
    assert page.record_shown
    qtbot.keyClick(page.screen.form.salutation, Qt.Key.Key_Escape)
    assert not page.record_shown


def test_withdrawing_keeps_the_reason(
    qtbot: QtBot, school: SmallSchool, page_for: PageFor, tasks: Tasks
) -> None:
    letter = drafted(school)
    page = page_for("business_manager")
    opened(page, letter, tasks)
    page.screen.actions.withdraw.click()
    dialog = dialog_of(page, ReasonDialog)
    press(qtbot, dialog, RETURN, CTRL)
    assert dialog.isVisible()  # no reason, no withdrawal
    qtbot.keyClicks(dialog.edit, "They rang and said sorry")
    press(qtbot, dialog, RETURN, CTRL)
    settle(tasks)
    assert status(school, letter) is LetterStatus.WITHDRAWN
    assert not any(
        control.isVisible()
        for control in (page.screen.actions.save, page.screen.actions.submit, page.screen.actions.withdraw)
    )


# What is typed is never lost


def choose_in_conflict(button_name: str) -> None:
    for window in QApplication.topLevelWidgets():
        if isinstance(window, ConflictDialog) and window.isVisible():
            getattr(window, button_name).click()
            return
    QTimer.singleShot(20, lambda: choose_in_conflict(button_name))


@pytest.mark.parametrize(
    ("button_name", "kept"), [("mine", "Mine"), ("theirs", "Theirs"), ("back", "Theirs")]
)
def test_a_concurrent_edit_is_shown_and_chosen(
    school: SmallSchool, page_for: PageFor, tasks: Tasks, button_name: str, kept: str
) -> None:
    letter = drafted(school)
    page = page_for("business_manager")
    opened(page, letter, tasks)
    dsl = school.ctx_for("dsl")
    record = letters.get(dsl, letter)
    letters.save(dsl, letter, replace(record.edit, subject="Theirs"), record.version)
    page.screen.form.subject.setText("Mine")
    page.screen.save()
    QTimer.singleShot(20, lambda: choose_in_conflict(button_name))
    settle(tasks)
    assert letters.get(dsl, letter).edit.subject == kept
    assert page.screen.form.subject.text() == ("Mine" if button_name != "theirs" else "Theirs")
    assert page.unsaved() is (button_name == "back")


def test_a_draft_survives_the_lock(school: SmallSchool, page_for: PageFor, tasks: Tasks) -> None:
    letter = drafted(school)
    page = page_for("business_manager")
    opened(page, letter, tasks)
    page.screen.form.subject.setText("Half a thou")
    assert page.unsaved()
    page.save_draft()
    again = page_for("business_manager")
    opened(again, letter, tasks)
    assert again.screen.form.subject.text() == "Half a thou"
    assert again.unsaved()
    assert (
        again.screen.findChild(QWidget, "letter_kept").accessibleName().startswith("Your draft on Wed 11 Mar")
    )
    again.screen.save()
    settle(tasks)
    assert drafts.get(school.ctx_for("business_manager"), work.FORM, letter) is None
    assert not again.unsaved()


def test_leaving_with_changes_asks(
    school: SmallSchool, page_for: PageFor, tasks: Tasks, script: Script
) -> None:
    letter = drafted(school)
    page = page_for("business_manager")
    opened(page, letter, tasks)
    page.screen.form.subject.setText("Other words")
    script.will_answer("Go on typing")
    page.screen.back.click()
    assert page.record_shown
    script.will_answer("Save it")
    page.screen.back.click()
    settle(tasks)
    assert not page.record_shown
    assert letters.get(school.ctx_for("business_manager"), letter).edit.subject == "Other words"
    opened(page, letter, tasks)
    page.screen.form.subject.setText("Dropped words")
    script.will_answer("Throw it away")
    page.screen.back.click()
    settle(tasks)
    assert letters.get(school.ctx_for("business_manager"), letter).edit.subject == "Other words"


# The list


def test_views_search_and_empty_states(school: SmallSchool, page_for: PageFor, tasks: Tasks) -> None:
    page = page_for("business_manager")
    assert page.list.empty._title.text() == "No drafts"
    letter = drafted(school)
    page.activate()
    settle(tasks)
    assert list(page.list.model.ids) == [letter]
    page.list.search.setText("quillf")
    settle(tasks)
    page.list.search.setText("nobody at all")
    page.list.search.returnPressed.emit()
    settle(tasks)
    assert page.list.empty._title.text() == "No letter found"
    page.list.search.clear()
    page.list.show_view("waiting")
    settle(tasks)
    assert page.list.empty._title.text() == "No letter waits for approval"


def test_every_control_has_a_name(school: SmallSchool, page_for: PageFor, tasks: Tasks) -> None:
    letter = waiting(school, "This upset Tariq Osei-Marsh.")
    page = page_for("headteacher")
    opened(page, letter, tasks)
    for kind in (QAbstractButton, QComboBox, QLineEdit, QPlainTextEdit):
        for control in page.findChildren(kind):
            if control.objectName().startswith("qt_") or not control.isVisible():
                continue
            assert control.objectName(), control
            assert control.accessibleName(), control.objectName()


def test_text_like_html_is_shown_as_text(school: SmallSchool, page_for: PageFor, tasks: Tasks) -> None:
    with school.database.writing() as session:
        session.get_one(Person, school.people["anna"]).family_name = "<b>Quill</b>"
    letter = drafted(school)
    page = page_for("business_manager")
    opened(page, letter, tasks)
    assert page.screen.title.textFormat() is Qt.TextFormat.PlainText
    assert "<b>Quill</b>" in page.screen.title.text()
    assert (
        "<b>Quill</b>"
        in pdf_pages.read(letters.preview_pdf(school.ctx_for("business_manager"), letter)).texts[0]
    )
