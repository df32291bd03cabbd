"""The incident form as it looks: what is opened comes into sight."""

from __future__ import annotations

from PySide6.QtCore import QPoint, Qt
from pytestqt.qtbot import QtBot

from tests.support.incident_form import MakeForm, fresh, make_form

__all__ = ["make_form"]


def test_opening_the_complete_form_shows_it(qtbot: QtBot, make_form: MakeForm) -> None:
    form = fresh(make_form())
    form.resize(1100, 500)
    more, port = form.fields.more, form.scrolled.viewport()
    qtbot.mouseClick(more.fold, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: 0 <= more.mapTo(port, QPoint(0, 0)).y() < 40, timeout=2000)
    assert not more.people.add.visibleRegion().isEmpty()
    qtbot.mouseClick(more.fold, Qt.MouseButton.LeftButton)
    assert not more.form.isVisible()
