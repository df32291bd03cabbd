"""The editor of letters by its keys: blocks, fields as whole objects, pasting, undo, and nothing lost either way."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PySide6.QtCore import QMimeData, QPoint, Qt
from PySide6.QtGui import QGuiApplication, QKeySequence, QTextCursor
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QLineEdit, QVBoxLayout, QWidget
from pytestqt.qtbot import QtBot

from smdesk.services.letter_records import Mark
from smdesk.services.letter_text import BlockKind, parse, write
from smdesk.ui.widgets.letter_editor import LetterEditor

CTRL, SHIFT, ALT = (
    Qt.KeyboardModifier.ControlModifier,
    Qt.KeyboardModifier.ShiftModifier,
    Qt.KeyboardModifier.AltModifier,
)
RETURN, BACKSPACE, DELETE = Qt.Key.Key_Return, Qt.Key.Key_Backspace, Qt.Key.Key_Delete
BODY = "Dear all, answer by 3 March 2026.\n\n# What we ask\n\n- remove it\n- ring us\n\n1. First\n2. Second"
DAY = (Mark(20, 32, "reply_by"),)
FIELDS = {"school": "the school's name", "reply_by": "day to answer by"}


@pytest.fixture
def editor(qtbot: QtBot) -> LetterEditor:
    made = LetterEditor("letter_body", "Text of the letter")
    qtbot.addWidget(made)
    made.resize(500, 400)
    made.show()
    qtbot.waitExposed(made)
    made.text.setFocus()
    return made


def key(
    editor: LetterEditor, which: Qt.Key, held: Qt.KeyboardModifier = Qt.KeyboardModifier.NoModifier
) -> None:
    QTest.keyClick(editor.text, which, held)


def typed(editor: LetterEditor, text: str) -> None:
    QTest.keyClicks(editor.text, text)


def at(editor: LetterEditor, words: str, *, end: bool = False) -> None:
    """Put the cursor before (or behind) these words."""
    found = editor.text.document().find(words)
    assert not found.isNull(), words
    cursor = editor.text.textCursor()
    cursor.setPosition(found.selectionEnd() if end else found.selectionStart())
    editor.text.setTextCursor(cursor)


def to_end(editor: LetterEditor) -> None:
    editor.text.moveCursor(QTextCursor.MoveOperation.End)


def test_a_letter_comes_back_as_it_was_shown(editor: LetterEditor) -> None:
    editor.set_body(BODY, DAY)
    assert editor.body() == (BODY, DAY)
    assert editor.text.toPlainText().splitlines()[0] == "Dear all, answer by \ufffc."


def test_filling_says_nothing_and_typing_does(editor: LetterEditor, qtbot: QtBot) -> None:
    with qtbot.assertNotEmitted(editor.changed):
        editor.set_body(BODY, DAY)
    to_end(editor)
    with qtbot.waitSignal(editor.changed):
        typed(editor, "!")
    assert editor.body()[0] == BODY + "!"


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.lists(
        st.one_of(
            st.sampled_from(
                ["- a", "1. b", "# c", "", "\\- d", "plain 😀 words", "  in between ", "محمد", "\\"]
            ),
            st.text(st.characters(exclude_categories=["C"]), max_size=8),
        ),
        max_size=8,
    )
)
def test_any_text_comes_back_with_its_blocks(editor: LetterEditor, lines: list[str]) -> None:
    text = write(parse("\n".join(lines)))
    editor.set_body(text)
    assert editor.body() == (text, ())


# Blocks


def test_headings_and_lists_by_keys(editor: LetterEditor) -> None:
    typed(editor, "What we ask")
    key(editor, Qt.Key.Key_1, CTRL | ALT)
    assert editor.text.kind() is BlockKind.HEADING
    key(editor, RETURN)
    assert editor.text.kind() is BlockKind.PARAGRAPH
    typed(editor, "Please")
    key(editor, RETURN)
    key(editor, Qt.Key.Key_8, CTRL | SHIFT)
    typed(editor, "remove it")
    key(editor, RETURN)
    typed(editor, "ring us")
    key(editor, RETURN)
    key(editor, RETURN)
    assert editor.text.kind() is BlockKind.PARAGRAPH
    typed(editor, "Then")
    key(editor, RETURN)
    key(editor, Qt.Key.Key_7, CTRL | SHIFT)
    typed(editor, "First")
    key(editor, RETURN)
    typed(editor, "Second")
    assert editor.body()[0] == (
        "# What we ask\n\nPlease\n\n- remove it\n- ring us\n\nThen\n\n1. First\n2. Second"
    )


def test_the_signs_above_the_digits_are_the_same_keys(editor: LetterEditor) -> None:
    typed(editor, "one")
    key(editor, Qt.Key.Key_Asterisk, CTRL | SHIFT)
    assert editor.body()[0] == "- one"
    key(editor, Qt.Key.Key_Ampersand, CTRL | SHIFT)
    assert editor.body()[0] == "1. one"
    key(editor, Qt.Key.Key_0, CTRL | ALT)
    assert editor.body()[0] == "one"


def test_backspace_at_the_beginning_makes_text_of_an_item_and_a_heading(editor: LetterEditor) -> None:
    editor.set_body("- one\n\n# two")
    at(editor, "one")
    key(editor, BACKSPACE)
    at(editor, "two")
    key(editor, BACKSPACE)
    assert editor.body()[0] == "one\n\ntwo"


def test_a_list_of_several_paragraphs_is_one_list(editor: LetterEditor) -> None:
    editor.set_body("one\n\ntwo\n\nthree")
    editor.text.selectAll()
    key(editor, Qt.Key.Key_7, CTRL | SHIFT)
    assert editor.body()[0] == "1. one\n2. two\n3. three"


def test_shift_and_enter_break_the_line_in_a_paragraph_only(editor: LetterEditor) -> None:
    typed(editor, "one")
    key(editor, RETURN, SHIFT)
    typed(editor, "two")
    assert editor.body()[0] == "one\ntwo"
    key(editor, RETURN)
    key(editor, Qt.Key.Key_8, CTRL | SHIFT)
    typed(editor, "a")
    key(editor, RETURN, SHIFT)
    typed(editor, "b")
    assert editor.body()[0] == "one\ntwo\n\n- a\n- b"


def test_typed_marks_stay_text(editor: LetterEditor) -> None:
    typed(editor, "- not an item")
    assert editor.body()[0] == "\\- not an item"
    text = editor.body()[0]
    editor.set_body("")
    editor.set_body(text)
    assert editor.text.toPlainText() == "- not an item"


def test_the_tool_bar_says_what_the_cursor_is_in(editor: LetterEditor) -> None:
    editor.set_body(BODY)
    at(editor, "ring us")
    pressed = [made.objectName() for made in editor._buttons.values() if made.isChecked()]
    assert pressed == ["letter_body_bullets"]
    QTest.mouseClick(editor._buttons[BlockKind.HEADING], Qt.MouseButton.LeftButton)
    assert "# ring us" in editor.body()[0]
    assert editor.text.hasFocus()


def test_tab_leaves_the_text(qtbot: QtBot) -> None:
    window = QWidget()
    qtbot.addWidget(window)
    column = QVBoxLayout(window)
    before, editor, after = QLineEdit(), LetterEditor("body", "Text"), QLineEdit()
    for each in (before, editor, after):
        column.addWidget(each)
    window.show()
    qtbot.waitExposed(window)
    window.activateWindow()
    before.setFocus()
    qtbot.waitUntil(before.hasFocus)
    QTest.keyClick(before, Qt.Key.Key_Tab)
    assert editor.text.hasFocus()
    QTest.keyClick(editor.text, Qt.Key.Key_Tab)
    assert after.hasFocus()
    assert editor.body()[0] == ""


# Fields


def test_a_field_goes_as_a_whole_and_comes_back(editor: LetterEditor) -> None:
    editor.set_body(BODY, DAY)
    at(editor, "\ufffc", end=True)
    key(editor, BACKSPACE)
    assert editor.body()[0].startswith("Dear all, answer by .")
    assert editor.body()[1] == ()
    editor.text.undo()
    assert editor.body() == (BODY, DAY)
    at(editor, "\ufffc")
    key(editor, DELETE)
    assert editor.body()[1] == ()


def test_the_keys_step_over_a_field_and_select_all_of_it(editor: LetterEditor) -> None:
    editor.set_body("x 3 March 2026 y", (Mark(2, 14, "reply_by"),))
    at(editor, "\ufffc")
    key(editor, Qt.Key.Key_Right, SHIFT)
    copied = editor.text.createMimeDataFromSelection()
    assert copied.text() == "3 March 2026"
    key(editor, Qt.Key.Key_X, CTRL)
    assert editor.body()[0] == "x  y"
    to_end(editor)
    key(editor, Qt.Key.Key_V, CTRL)
    assert editor.body() == ("x  y3 March 2026", (Mark(4, 16, "reply_by"),))


def test_text_typed_behind_a_field_is_text(editor: LetterEditor) -> None:
    editor.set_body("By 3 March 2026", (Mark(3, 15, "reply_by"),))
    to_end(editor)
    typed(editor, " at noon")
    assert editor.body() == ("By 3 March 2026 at noon", (Mark(3, 15, "reply_by"),))
    key(editor, Qt.Key.Key_Home)
    typed(editor, "x")
    assert editor.body() == ("xBy 3 March 2026 at noon", (Mark(4, 16, "reply_by"),))


def test_words_too_long_for_one_object_are_text(editor: LetterEditor) -> None:
    long = "word " * 30
    editor.set_body(f"{long}end", (Mark(0, len(long), "rules"),))
    assert editor.body() == (f"{long}end", ())
    assert "\ufffc" not in editor.text.toPlainText()


def test_the_words_of_a_field_are_its_tip(editor: LetterEditor) -> None:
    editor.set_body("By <b>3 March</b> x", (Mark(3, 17, "reply_by"),))
    found = editor.text.document().find("\ufffc")
    right = editor.text.cursorRect(found)
    assert editor.text.chip_at(right.center() - QPoint(6, 0)) == "<b>3 March</b>"
    assert editor.text.chip_at(right.center() + QPoint(12, 0)) == ""
    assert editor.text.chip_at(QPoint(4, right.center().y())) == ""


def test_a_name_from_right_to_left_turns_no_english_letter(editor: LetterEditor) -> None:
    editor.set_body("محمد wrote")
    block = editor.text.document().firstBlock()
    assert block.textDirection() is Qt.LayoutDirection.LeftToRight
    editor.set_right_to_left(True)
    assert block.textDirection() is Qt.LayoutDirection.RightToLeft


def test_a_wording_has_its_fields_by_name(editor: LetterEditor) -> None:
    text = "We at ${school}s ask by $reply_by. It costs $$5, $unknown."
    editor.set_template(text, FIELDS)
    assert editor.text.toPlainText() == "We at \ufffcs ask by \ufffc. It costs $$5, $unknown."
    assert editor.template() == text
    to_end(editor)
    editor.insert_field("school")
    assert editor.template() == text + "$school"
    typed(editor, "s")
    assert editor.template() == text + "${school}s"


def test_a_field_is_inserted_from_the_menu(editor: LetterEditor) -> None:
    editor.set_template("From", FIELDS)
    assert editor.insert.isVisible()
    to_end(editor)
    typed(editor, " ")
    (action,) = [each for each in editor._menu.actions() if each.objectName() == "field_school"]
    action.trigger()
    assert editor.template() == "From $school"
    assert editor.body()[1] == (Mark(5, 12, "school"),)


def test_a_field_of_another_wording_is_pasted_as_text(editor: LetterEditor, qtbot: QtBot) -> None:
    other = LetterEditor("other", "Other")
    qtbot.addWidget(other)
    other.set_template("by $asked_on", {"asked_on": "day it was asked for"})
    other.text.selectAll()
    editor.set_template("", FIELDS)
    editor.text.insertFromMimeData(other.text.createMimeDataFromSelection())
    assert editor.template() == "by $asked_on"
    assert editor.body()[1] == (), "a field that this wording does not have is no chip in it"


def test_what_a_letter_holds_is_no_field_of_a_wording(editor: LetterEditor, qtbot: QtBot) -> None:
    other = LetterEditor("other", "Other")
    qtbot.addWidget(other)
    other.set_body("by 3 March", (Mark(3, 10, "reply_by"),))
    other.text.selectAll()
    editor.set_template("", FIELDS)
    editor.text.insertFromMimeData(other.text.createMimeDataFromSelection())
    assert editor.template() == "by 3 March"
    editor.text.selectAll()
    editor.set_template("by $reply_by", FIELDS)
    editor.text.selectAll()
    other.text.selectAll()
    other.text.insertFromMimeData(editor.text.createMimeDataFromSelection())
    assert other.body() == ("by $reply_by", ())


# Pasting


def pasted(editor: LetterEditor, text: str, html: str = "") -> None:
    mime = QMimeData()
    mime.setText(text)
    if html:
        mime.setHtml(html)
    QGuiApplication.clipboard().setMimeData(mime)
    key(editor, Qt.Key.Key_V, CTRL)


def test_text_is_pasted_as_text(editor: LetterEditor) -> None:
    hostile = '<b>O\'Brien & Sons\n- x\n</para><para>\n\n<img src="/etc/passwd"/> \ufffc\x00$parent محمد 😀'
    pasted(editor, hostile, "<h1>Something else</h1>")
    assert editor.body()[0] == (
        '<b>O\'Brien & Sons\n\\- x\n</para><para>\n\n<img src="/etc/passwd"/> $parent محمد 😀'
    )


def test_a_pasted_paragraph_takes_the_look_of_where_it_goes(editor: LetterEditor) -> None:
    editor.set_body("- one \n- two")
    at(editor, "one", end=True)
    pasted(editor, " and a half")
    assert editor.body()[0] == "- one and a half\n- two"


def test_pasting_is_undone_in_one_step(editor: LetterEditor) -> None:
    editor.set_body(BODY, DAY)
    to_end(editor)
    pasted(editor, "a\n\nb\n\nc")
    key(editor, Qt.Key.Key_Z, CTRL)
    assert editor.body() == (BODY, DAY)
    key(editor, Qt.Key.Key_Y, CTRL)
    assert editor.body() == (f"{BODY}a\n\nb\n\nc", DAY)


def test_a_broken_clipboard_of_ours_is_read_as_text(editor: LetterEditor) -> None:
    mime = QMimeData()
    mime.setText("text")
    for broken in (b"[3]", b"\xff", b'{"wording": false, "blocks": [{"kind": "no", "lines": 3}]}', b"{}"):
        mime.setData("application/x-smdesk-letter-text", broken)
        editor.set_body("")
        editor.text.insertFromMimeData(mime)
        assert editor.body()[0] == "text"


# Only reading


def test_what_may_only_be_read_is_not_changed_by_any_key(editor: LetterEditor) -> None:
    editor.set_body(BODY, DAY)
    editor.set_read_only(True)
    assert not any(made.isVisible() for made in editor._buttons.values())
    for which, held in (
        (Qt.Key.Key_X, Qt.KeyboardModifier.NoModifier),
        (BACKSPACE, Qt.KeyboardModifier.NoModifier),
        (RETURN, Qt.KeyboardModifier.NoModifier),
        (Qt.Key.Key_8, CTRL | SHIFT),
        (Qt.Key.Key_V, CTRL),
    ):
        key(editor, which, held)
    assert editor.body() == (BODY, DAY)
    key(editor, Qt.Key.Key_A, CTRL)
    key(editor, Qt.Key.Key_C, CTRL)
    assert QGuiApplication.clipboard().text() == BODY
    assert QKeySequence("Ctrl+C") in [QKeySequence(QKeySequence.StandardKey.Copy)]


# Marks below the text


def test_places_in_the_text_are_found_in_the_document(editor: LetterEditor) -> None:
    text = "😀 Dear all 3 March\n\n- Sam Quill\n\n\\- Sam Quill"
    editor.set_body(text, (Mark(11, 18, "reply_by"),))
    wanted = [(at, at + 9) for at in (text.index("Sam"), text.rindex("Sam"))]
    for start, end in editor.spans_of(wanted):
        assert editor.cursor_over(start, end).selectedText() == "Sam Quill"
    ((start, end),) = editor.spans_of([(13, 15)])
    assert editor.cursor_over(start, end).selectedText() == "\ufffc"
    assert editor.spans_of([(500, 505)]) == [(-1, -1)]


def test_each_kind_of_underline_stands_by_itself(editor: LetterEditor) -> None:
    editor.set_body("one two three")
    editor.underline("names", [(0, 3)], "#a4201a")
    editor.underline("spelling", [(4, 7), (90, 95)], "#a4201a")
    assert [each.cursor.selectedText() for each in editor.text.extraSelections()] == ["one", "two"]
    editor.underline("names", [], "#a4201a")
    assert [each.cursor.selectedText() for each in editor.text.extraSelections()] == ["two"]
    assert (editor.underlined("names"), editor.underlined("spelling")) == ([], ["two"])


# Any keys at all

NO = Qt.KeyboardModifier.NoModifier
PRESSES = [
    *(
        (which, held)
        for which in (Qt.Key.Key_Left, Qt.Key.Key_Right, Qt.Key.Key_Up)
        for held in (NO, SHIFT, CTRL)
    ),
    *((which, NO) for which in (Qt.Key.Key_Home, Qt.Key.Key_End, RETURN, BACKSPACE, DELETE)),
    *((which, CTRL) for which in (BACKSPACE, DELETE, Qt.Key.Key_A, Qt.Key.Key_X, Qt.Key.Key_C, Qt.Key.Key_V)),
    *((which, CTRL) for which in (Qt.Key.Key_Z, Qt.Key.Key_Y, Qt.Key.Key_Home, Qt.Key.Key_End)),
    *((which, CTRL | SHIFT) for which in (Qt.Key.Key_7, Qt.Key.Key_8, Qt.Key.Key_Right)),
    (Qt.Key.Key_1, CTRL | ALT),
    (RETURN, SHIFT),
    (Qt.Key.Key_X, NO),
    (Qt.Key.Key_Space, NO),
    (Qt.Key.Key_Minus, NO),
]


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.sampled_from(PRESSES), min_size=3, max_size=40))
def test_no_keys_break_a_field_or_lose_a_line(
    editor: LetterEditor, presses: list[tuple[Qt.Key, Qt.KeyboardModifier]]
) -> None:
    editor.set_body("")
    editor.set_body(BODY, DAY)
    for which, held in presses:
        key(editor, which, held)
        text, marks = editor.body()
        assert {text[mark.start : mark.end] for mark in marks} <= {"3 March 2026"}
        assert write(parse(text)) == text, "what was typed is read back as it is"
    text, marks = editor.body()
    editor.set_body("")
    editor.set_body(text, marks)
    assert editor.body() == (text, marks)
