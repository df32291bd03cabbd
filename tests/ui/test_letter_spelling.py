"""Words spelt wrong, as whoever types a letter meets them: red lines, the menu, and the school's own words."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QContextMenuEvent, QInputMethodEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QMenu
from pytestqt.qtbot import QtBot

from smdesk.services import spelling
from smdesk.services.letter_records import Mark
from smdesk.ui.desk import Desk
from smdesk.ui.tasks import Tasks
from smdesk.ui.widgets.letter_editor import LetterEditor
from smdesk.ui.widgets.letter_spelling import Spelling
from tests.support.pages import settle
from tests.support.school import SmallSchool

pytestmark = pytest.mark.qt_log_ignore("This plugin does not support grabbing the keyboard", extend=True)

Writing = tuple[LetterEditor, Spelling]


@pytest.fixture
def writing(qtbot: QtBot, desk_for: Callable[[str], Desk], tasks: Tasks) -> Iterator[Writing]:
    editor = LetterEditor("letter_body", "Text of the letter")
    qtbot.addWidget(editor)
    found = Spelling(desk_for("business_manager"), editor)
    editor.resize(500, 300)
    editor.show()
    qtbot.waitExposed(editor)
    editor.text.setFocus()
    found.follow("en", ("Miss A Quillfeather",))
    yield editor, found
    editor.hide()
    settle(tasks)


def checked(writing: Writing, tasks: Tasks) -> list[str]:
    writing[1].look()
    settle(tasks)
    return writing[1].wrong


def menu(qtbot: QtBot) -> QMenu:
    qtbot.waitUntil(lambda: isinstance(QApplication.activePopupWidget(), QMenu))
    found = QApplication.activePopupWidget()
    assert isinstance(found, QMenu)
    return found


def labels(shown: QMenu) -> dict[str, str]:
    return {action.objectName(): action.text() for action in shown.actions() if not action.isSeparator()}


def choose(shown: QMenu, name: str) -> None:
    (action,) = [each for each in shown.actions() if each.objectName() == name]
    shown.setActiveAction(action)
    QTest.keyClick(shown, Qt.Key.Key_Return)


def right_click(editor: LetterEditor, word: str) -> None:
    found = editor.text.document().find(word)
    at = editor.text.cursorRect(found).center() - QPoint(8, 0)
    where = editor.text.viewport().mapToGlobal(at)
    QApplication.sendEvent(
        editor.text.viewport(), QContextMenuEvent(QContextMenuEvent.Reason.Mouse, at, where)
    )


def test_words_spelt_wrong_are_underlined_after_a_pause(qtbot: QtBot, writing: Writing, tasks: Tasks) -> None:
    editor, found = writing
    QTest.keyClicks(editor.text, "Dear Miss Quillfeather, we recieved teh post.")
    qtbot.waitUntil(lambda: found.wrong == ["recieved", "teh"])
    assert editor.underlined("spelling") == ["recieved", "teh"]
    settle(tasks)


def test_what_stands_behind_a_picture_sign_and_a_field_is_found_in_its_place(
    writing: Writing, tasks: Tasks
) -> None:
    writing[0].set_body("😀 By 3 March 2026 plaese\n\n- wierd", (Mark(5, 17, "reply_by"),))
    assert checked(writing, tasks) == ["plaese", "wierd"]


def test_a_word_is_put_right_from_the_menu_by_key(qtbot: QtBot, writing: Writing, tasks: Tasks) -> None:
    editor, _ = writing
    editor.set_body("# A wierd post\n\nText", ())
    assert checked(writing, tasks) == ["wierd"]
    QTest.keyClick(editor.text, Qt.Key.Key_F7)
    shown = menu(qtbot)
    assert labels(shown)["suggestion_0"] == "weird"
    choose(shown, "suggestion_0")
    assert editor.body()[0] == "# A weird post\n\nText"
    editor.text.undo()
    assert editor.body()[0] == "# A wierd post\n\nText"
    settle(tasks)


def test_a_right_click_offers_what_may_be_meant_and_the_usual(
    qtbot: QtBot, writing: Writing, tasks: Tasks
) -> None:
    editor, _ = writing
    editor.set_body("The wierd post")
    checked(writing, tasks)
    right_click(editor, "wierd")
    shown = menu(qtbot)
    assert {"suggestion_0", "add_word", "edit-paste", "select-all"} <= set(labels(shown))
    shown.close()
    right_click(editor, "post")
    assert "suggestion_0" not in labels(menu(qtbot))
    menu(qtbot).close()
    settle(tasks)


def test_a_word_is_added_to_the_schools_and_removed(
    qtbot: QtBot, writing: Writing, tasks: Tasks, school: SmallSchool
) -> None:
    editor, found = writing
    editor.set_body("Our Brambledown festival")
    assert checked(writing, tasks) == ["Brambledown"]
    QTest.keyClick(editor.text, Qt.Key.Key_F7)
    choose(menu(qtbot), "add_word")
    qtbot.waitUntil(lambda: found.wrong == [])
    settle(tasks)
    assert spelling.own_words(school.ctx_for("headteacher")) == {"brambledown"}
    right_click(editor, "Brambledown")
    shown = menu(qtbot)
    assert labels(shown)["remove_word"] == "Remove “Brambledown” from the school's words"
    choose(shown, "remove_word")
    qtbot.waitUntil(lambda: found.wrong == ["Brambledown"])
    settle(tasks)


def test_a_name_on_record_is_not_offered_as_a_word(qtbot: QtBot, writing: Writing, tasks: Tasks) -> None:
    editor, _ = writing
    editor.set_body("Tariq Brambledown saw it")
    assert "Brambledown" in checked(writing, tasks)
    editor.underline("names", [(0, 17)], "#a4201a")
    right_click(editor, "Brambledown")
    shown = menu(qtbot)
    assert "add_word" not in labels(shown)
    shown.close()
    settle(tasks)


def test_what_cannot_be_guessed_is_said(qtbot: QtBot, writing: Writing, tasks: Tasks) -> None:
    editor, _ = writing
    editor.set_body("qxzvjkqxzvjkqxzvjkqxzvjk")
    checked(writing, tasks)
    QTest.keyClick(editor.text, Qt.Key.Key_F7)
    shown = menu(qtbot)
    assert labels(shown)["no_suggestion"] == "Nothing like it is in the list"
    shown.close()
    settle(tasks)


def test_other_languages_are_not_checked_and_that_is_said(writing: Writing, tasks: Tasks) -> None:
    editor, found = writing
    editor.set_body("wierd")
    assert checked(writing, tasks) == ["wierd"]
    found.follow("cy")
    assert checked(writing, tasks) == []
    assert found.note.accessibleName() == "Spelling is checked in English only"
    assert editor.underlined("spelling") == []


def test_a_letter_that_is_only_read_has_no_lines(writing: Writing, tasks: Tasks) -> None:
    writing[0].set_body("wierd")
    writing[0].set_read_only(True)
    assert checked(writing, tasks) == []


def test_a_result_for_an_older_text_is_not_shown(writing: Writing, tasks: Tasks) -> None:
    editor, found = writing
    editor.set_body("wierd")
    found.look()
    editor.set_body("weird and well")
    settle(tasks)
    assert found.wrong == []


def test_without_its_list_a_letter_can_be_written(
    writing: Writing, tasks: Tasks, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    editor, found = writing
    spelling._dictionary.cache_clear()
    monkeypatch.setattr(spelling, "resource", lambda *parts: tmp_path.joinpath(*parts))
    editor.set_body("wierd")
    assert checked(writing, tasks) == []
    assert "spelling is not checked" in found.note.accessibleName()
    QTest.keyClicks(editor.text, "x")
    assert editor.body()[0] == "xwierd"
    spelling._dictionary.cache_clear()


def test_twenty_thousand_letters_do_not_hold_up_the_keys(writing: Writing, tasks: Tasks) -> None:
    editor, found = writing
    spelling.check("the list is read once")
    editor.set_body("Plaese mind the quick brown fox that jumps over the lazy dog.\n\n" * 320)
    began = time.perf_counter()
    found.look()
    asked = time.perf_counter() - began
    settle(tasks)
    assert len(found.wrong) == 320
    # Measured at 4 ms; what must not happen is that the window does the checking (60 ms and more).
    assert asked < 0.05


def test_words_from_an_input_method_are_checked_too(qtbot: QtBot, writing: Writing, tasks: Tasks) -> None:
    editor, found = writing
    composed = QInputMethodEvent()
    composed.setCommitString("café wierd")
    QApplication.sendEvent(editor.text, composed)
    qtbot.waitUntil(lambda: found.wrong == ["wierd"])
    settle(tasks)
