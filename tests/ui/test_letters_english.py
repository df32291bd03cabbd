"""A letter in another language: its English copy is typed beside it, looked at with it, and kept with it."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QWidget
from pytestqt.qtbot import QtBot

from smdesk.db.models import Person
from smdesk.services import drafts, letters
from smdesk.services.letter_records import Envelope, LetterKind, PaperLook
from smdesk.ui.desk import Desk
from smdesk.ui.pages.letters import work
from smdesk.ui.tasks import Tasks
from tests.support.letters_page import PageFor, opened, pages, press
from tests.support.pages import settle
from tests.support.school import SmallSchool

CTRL = Qt.KeyboardModifier.ControlModifier
RETURN = Qt.Key.Key_Return


@pytest.fixture
def page_for(qtbot: QtBot, desk_for: Callable[[str], Desk], tasks: Tasks) -> Iterator[PageFor]:
    with pages(qtbot, desk_for, tasks) as make:
        yield make


def drafted(school: SmallSchool, language: str = "Welsh") -> int:
    with school.database.writing() as session:
        session.get_one(Person, school.people["anna"]).language = language
    return letters.draft(school.ctx_for("business_manager"), school.incident(), LetterKind.INVITATION).id


def test_the_english_copy_is_a_page_of_its_own(
    qtbot: QtBot, school: SmallSchool, page_for: PageFor, tasks: Tasks
) -> None:
    letter = drafted(school)
    page = page_for("business_manager")
    opened(page, letter, tasks)
    form = page.screen.form
    assert form.tabs.isVisible()
    assert [form.tabs.tabText(at) for at in (0, 1)] == ["Letter (Welsh)", "English copy"]
    assert form.spelling.note.accessibleName() == "Spelling is checked in English only"
    form.tabs.setFocus()
    QTest.keyClick(form.tabs, Qt.Key.Key_Right)
    assert form.english_body.isVisible()
    assert not form.body.isVisible()
    form.english_subject.setFocus()
    form.english_subject.selectAll()
    QTest.keyClicks(form.english_subject, "About a post")
    form.english_body.text.setFocus()
    QTest.keyClicks(form.english_body.text, "Hello. ")
    press(qtbot, page, Qt.Key.Key_S, CTRL)
    settle(tasks)
    edit = letters.get(page._desk.ctx, letter).edit
    assert edit.english_subject == "About a post"
    assert edit.english_body.startswith("Hello. ")
    assert not page.unsaved()


def test_a_letter_in_english_has_no_second_page(school: SmallSchool, page_for: PageFor, tasks: Tasks) -> None:
    first, second = drafted(school), drafted(school, "English")
    page = page_for("business_manager")
    opened(page, first, tasks)
    page.screen.form.tabs.setCurrentIndex(1)
    opened(page, second, tasks)
    assert not page.screen.form.tabs.isVisible()
    assert page.screen.form.body.isVisible()
    assert not page.screen.form.body.text.isReadOnly()


def test_what_is_missing_in_the_copy_leads_to_it(
    qtbot: QtBot, school: SmallSchool, page_for: PageFor, tasks: Tasks
) -> None:
    letter = drafted(school)
    page = page_for("business_manager")
    opened(page, letter, tasks)
    form = page.screen.form
    form.english_subject.clear()
    assert form.body.isVisible()
    press(qtbot, page, Qt.Key.Key_S, CTRL)
    settle(tasks)
    press(qtbot, page, RETURN, CTRL)
    settle(tasks)
    assert any("English copy" in each for each in page.screen.problems.sentences)
    assert form.tabs.currentIndex() == 1
    assert form.english_subject.hasFocus()


def test_a_name_in_the_copy_is_underlined_and_led_to(
    qtbot: QtBot, school: SmallSchool, page_for: PageFor, tasks: Tasks
) -> None:
    letter = drafted(school)
    page = page_for("business_manager")
    opened(page, letter, tasks)
    form, names = page.screen.form, page.screen.names
    form.tabs.setCurrentIndex(1)
    QTest.keyClicks(form.english_body.text, "Tariq Osei-Marsh saw it. ")
    qtbot.waitUntil(lambda: form.english_body.underlined("names") == ["Tariq Osei-Marsh"])
    form.tabs.setCurrentIndex(0)
    names.places.setFocus()
    names.places.setCurrentRow(0)
    press(qtbot, page, RETURN)
    assert form.tabs.currentIndex() == 1
    assert form.english_body.text.textCursor().selectedText() == "Tariq Osei-Marsh"


def test_look_and_envelope_are_chosen_with_the_letter(
    qtbot: QtBot, school: SmallSchool, page_for: PageFor, tasks: Tasks
) -> None:
    letter = drafted(school, "English")
    page = page_for("business_manager")
    opened(page, letter, tasks)
    form = page.screen.form
    assert not page.unsaved()
    form.look.setFocus()
    QTest.keyClick(form.look, Qt.Key.Key_Down)
    form.envelope.setFocus()
    QTest.keyClick(form.envelope, Qt.Key.Key_Down)
    assert page.unsaved()
    press(qtbot, page, Qt.Key.Key_S, CTRL)
    settle(tasks)
    edit = letters.get(page._desk.ctx, letter).edit
    assert (edit.look, edit.envelope) == (PaperLook.LARGE, Envelope.C5)


def test_fields_are_chips_and_stay_in_a_kept_draft(
    qtbot: QtBot, school: SmallSchool, page_for: PageFor, tasks: Tasks
) -> None:
    letter = drafted(school)
    page = page_for("business_manager")
    opened(page, letter, tasks)
    form = page.screen.form
    marks = form.typed().marks
    assert {"platform", "seen_on", "reply_by"} <= {mark.field for mark in marks}
    form.english_salutation.setText("Dear all")
    form.look.setCurrentIndex(2)
    page.save_draft()
    page.screen.show_letter(letter)
    settle(tasks)
    assert page.screen.findChild(QWidget, "letter_kept") is not None
    typed = form.typed()
    assert (typed.marks, typed.english_salutation, typed.look) == (marks, "Dear all", PaperLook.DYSLEXIA)


def test_a_draft_kept_before_there_were_copies_is_read(school: SmallSchool) -> None:
    ctx = school.ctx_for("business_manager")
    letter = drafted(school)
    old = dict.fromkeys(("subject", "addressee", "salutation", "body", "reply_by", "step_reason"), "x")
    drafts.put(ctx, work.FORM, letter, {**old, "version": 1})
    kept = work.kept(ctx, letter)
    assert kept is not None
    assert (kept.body, kept.marks, kept.look, kept.english_body) == ("x", (), PaperLook.STANDARD, "")
    drafts.put(ctx, work.FORM, letter, {**old, "version": 1, "marks": [["a"]]})
    assert work.kept(ctx, letter) is None


def test_a_moved_day_is_moved_in_the_text_where_its_chip_stands(
    qtbot: QtBot, school: SmallSchool, page_for: PageFor, tasks: Tasks
) -> None:
    letter = drafted(school, "English")
    page = page_for("business_manager")
    opened(page, letter, tasks)
    form = page.screen.form
    QTest.keyClicks(form.body.text, "x ")
    form.reply_by.set_text("27 March 2026")
    press(qtbot, page, Qt.Key.Key_S, CTRL)
    settle(tasks)
    body, marks = form.body.body()
    assert [body[each.start : each.end] for each in marks if each.field == "reply_by"] == ["27 March 2026"]
