"""A list with ticks: one line or thousands of them, each once, by mouse and keyboard."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from smdesk.ui.widgets.ticked_list import TickedList


def made(qtbot: QtBot) -> TickedList:
    shown = TickedList("people", "People")
    qtbot.addWidget(shown)
    shown.show()
    return shown


def test_lines_are_ticked_once_each_and_keep_their_order(qtbot: QtBot) -> None:
    shown = made(qtbot)
    shown.add([(7, "Anna"), (3, "Ben")])
    shown.tick(0, on=False)
    shown.add([(3, "Ben"), (7, "Anna"), (9, "Cedar")])
    assert shown.texts() == ["Anna", "Ben", "Cedar"]
    # Whose tick was taken off is not ticked again by being added with a class.
    assert shown.ticked() == (3, 9)
    assert shown.number_ticked == 2
    shown.clear()
    assert shown.ids() == []
    assert shown.ticked() == ()


def test_space_ticks_and_every_change_is_told(qtbot: QtBot) -> None:
    shown = made(qtbot)
    shown.add([(1, "Anna"), (2, "Ben")])
    shown.setFocus()
    with qtbot.waitSignal(shown.ticks_changed):
        QTest.keyClick(shown, Qt.Key.Key_Space)
    assert shown.ticked() == (2,)
    QTest.keyClick(shown, Qt.Key.Key_Space)
    assert shown.ticked() == (1, 2)


def test_a_name_stays_text(qtbot: QtBot) -> None:
    shown = made(qtbot)
    shown.add([(1, "<b>Anna</b>")])
    index = shown.model().index(0, 0)
    assert index.data() == "<b>Anna</b>"
    assert "&lt;b&gt;" in index.data(Qt.ItemDataRole.ToolTipRole)


def test_everybody_of_a_large_school_is_added_at_once(qtbot: QtBot) -> None:
    shown = made(qtbot)
    told: list[int] = []
    shown.ticks_changed.connect(lambda: told.append(shown.number_ticked))
    shown.add((number, f"Person {number}") for number in range(20_000))
    assert told == [20_000], "the dialog counts once, not once for each"
    shown.tick(19_999, on=False)
    assert shown.number_ticked == 19_999
