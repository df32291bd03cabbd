"""Choosing a person by keyboard: the answers stay under the arrow keys."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from smdesk.ui.desk import Desk
from smdesk.ui.widgets.person_picker import PersonPicker

# A popup wants the keyboard for itself; the windowless platform cannot give it and says so.
pytestmark = pytest.mark.qt_log_ignore("This plugin does not support grabbing the keyboard")


def test_down_on_the_only_answer_keeps_it_so_that_enter_takes_it(
    desk_for: Callable[[str], Desk], qtbot: QtBot
) -> None:
    picker = PersonPicker(desk_for("business_manager"), "who", "Who posted it")
    qtbot.addWidget(picker)
    picker.show()
    QTest.keyClicks(picker, "Zebedee Nobody")
    popup = picker._completer.popup()
    qtbot.waitUntil(popup.isVisible, timeout=3000)
    with qtbot.waitSignal(picker.add_new, timeout=2000) as wanted:
        QTest.keyClick(popup, Qt.Key.Key_Down)
        QTest.keyClick(popup, Qt.Key.Key_Return)
    assert wanted.args == ["Zebedee Nobody"]
