"""Buttons: the underlined letter works, and so do the keys beside it."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt, QTimer
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QLineEdit, QMenu, QVBoxLayout, QWidget
from pytestqt.qtbot import QtBot

from smdesk.ui.widgets.buttons import button


class Beside(QWidget):
    """A field with two buttons that share their keys, as the letter's buttons do; one is shown at a time."""

    def __init__(self) -> None:
        super().__init__()
        self.pressed: list[str] = []
        self.field = QLineEdit()
        self.first = button("&Add", "first", self._first, shortcut="Ctrl+Return")
        self.second = button("&Record", "second", self._second, shortcut="Ctrl+Return")
        column = QVBoxLayout(self)
        for widget in (self.field, self.first, self.second):
            column.addWidget(widget)
        self.second.hide()

    def _first(self) -> None:
        self.pressed.append("first")

    def _second(self) -> None:
        self.pressed.append("second")


def page(qtbot: QtBot) -> Beside:
    made = Beside()
    qtbot.addWidget(made)
    made.show()
    made.activateWindow()
    QTest.qWaitForWindowActive(made)
    made.field.setFocus()
    return made


def test_the_underlined_letter_works_beside_the_other_keys(qtbot: QtBot) -> None:
    made = page(qtbot)
    QTest.keyClick(made.field, Qt.Key.Key_A, Qt.KeyboardModifier.AltModifier)
    qtbot.waitUntil(lambda: made.pressed == ["first"])
    assert made.field.text() == ""
    QTest.keyClick(made.field, Qt.Key.Key_Return, Qt.KeyboardModifier.ControlModifier)
    assert made.pressed == ["first", "first"]


def test_a_new_label_keeps_the_keys_and_brings_its_own_letter(qtbot: QtBot) -> None:
    made = page(qtbot)
    made.first.setText("No, add a &new person")
    QTest.keyClick(made.field, Qt.Key.Key_N, Qt.KeyboardModifier.AltModifier)
    qtbot.waitUntil(lambda: made.pressed == ["first"])
    QTest.keyClick(made.field, Qt.Key.Key_Return, Qt.KeyboardModifier.ControlModifier)
    assert made.pressed == ["first", "first"]


def test_keys_go_to_the_button_that_is_there_and_may_be_pressed(qtbot: QtBot) -> None:
    made = page(qtbot)
    made.first.hide()
    made.second.show()
    qtbot.waitUntil(made.second.isVisible)
    QTest.keyClick(made.field, Qt.Key.Key_Return, Qt.KeyboardModifier.ControlModifier)
    assert made.pressed == ["second"]
    made.second.setEnabled(False)
    QTest.keyClick(made.field, Qt.Key.Key_Return, Qt.KeyboardModifier.ControlModifier)
    assert made.pressed == ["second"]


# A popup wants the keyboard for itself; the windowless platform cannot give it and says so.
@pytest.mark.qt_log_ignore("This plugin does not support grabbing the keyboard")
def test_a_menu_opened_by_its_alt_key_leaves_the_button_up(qtbot: QtBot) -> None:
    made = page(qtbot)
    menu = QMenu(made)
    menu.addAction("One")
    made.first.setMenu(menu)
    seen: list[bool] = []

    def close() -> None:
        seen.append(made.first.isDown())
        menu.close()

    menu.aboutToShow.connect(lambda: QTimer.singleShot(50, close))
    QTest.keyClick(made.field, Qt.Key.Key_A, Qt.KeyboardModifier.AltModifier)
    qtbot.waitUntil(lambda: bool(seen))
    qtbot.wait(200)  # Qt presses a button for a tenth of a second
    assert seen == [True]
    assert not made.first.isDown()
    assert made.first.hasFocus()
