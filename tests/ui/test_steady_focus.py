"""What was pressed and is gone leaves the keyboard where it was."""

from __future__ import annotations

import pytest
from PySide6.QtWidgets import QApplication, QFrame, QLineEdit, QPushButton, QVBoxLayout, QWidget
from pytestqt.qtbot import QtBot

from smdesk.ui.steady_focus import keep_near


class Window(QWidget):
    """A strip above, and a form whose last button is the last of all."""

    def __init__(self, *, with_field: bool) -> None:
        super().__init__()
        self.strip, self.form = QFrame(self), QFrame(self)
        self.show_it = QPushButton("Show", self.strip)
        self.field, self.pressed = QLineEdit(self.form), QPushButton("Put forward", self.form)
        column = QVBoxLayout(self)
        for frame, widgets in ((self.strip, [self.show_it]), (self.form, [self.field, self.pressed])):
            inside = QVBoxLayout(frame)
            for each in widgets:
                inside.addWidget(each)
            column.addWidget(frame)
        if with_field:
            self.form.setFocusProxy(self.field)
        app = QApplication.instance()
        assert isinstance(app, QApplication)
        app.focusChanged.connect(self.moved)

    def moved(self, old: QWidget | None, new: QWidget | None) -> None:
        keep_near(old, new, (self.strip,))


def shown(qtbot: QtBot, *, with_field: bool) -> Window:
    window = Window(with_field=with_field)
    qtbot.addWidget(window)
    window.show()
    window.activateWindow()
    qtbot.waitUntil(window.isActiveWindow)
    window.pressed.setFocus()
    return window


@pytest.mark.parametrize("with_field", [True, False])
@pytest.mark.parametrize("how", ["setVisible", "setEnabled"])
def test_the_keyboard_does_not_fall_on_a_strip(qtbot: QtBot, how: str, with_field: bool) -> None:
    window = shown(qtbot, with_field=with_field)
    getattr(window.pressed, how)(False)
    assert window.focusWidget() is (window.field if with_field else window.form)


def test_who_goes_to_the_strip_comes_there(qtbot: QtBot) -> None:
    window = shown(qtbot, with_field=True)
    window.show_it.setFocus()
    assert window.focusWidget() is window.show_it
