"""A record's form on screen, and the small moves every test of one makes."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

from PySide6.QtWidgets import QApplication, QPushButton, QWidget
from pytestqt.qtbot import QtBot

from smdesk.ui.desk import Desk
from smdesk.ui.widgets.record_form import RecordForm

DeskFor = Callable[[str], Desk]
F = TypeVar("F", bound=RecordForm)


def maker(
    qtbot: QtBot, desk_for: DeskFor, form_of: Callable[[Desk], F], width: int, height: int
) -> Callable[..., F]:
    """``make("headteacher")``: a form on screen, of this user."""

    def make(login: str = "business_manager") -> F:
        form = form_of(desk_for(login))
        qtbot.addWidget(form)
        form.resize(width, height)
        form.show()
        form.activateWindow()
        qtbot.waitExposed(form)
        return form

    return make


def settle(form: Any) -> None:
    """Until nothing is being read or written any more."""
    for _ in range(4):
        assert form._desk.tasks.wait_all()
        QApplication.processEvents()


def press(form: QWidget, name: str) -> None:
    """Press a button that is there and can be pressed."""
    found = form.findChild(QPushButton, name)
    assert found is not None, f"there is no button {name}"
    assert found.isEnabled()
    found.click()
