"""The incident form on screen, and the small moves every test of it makes."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QColor, QImage
from PySide6.QtWidgets import QLabel, QWidget
from pytestqt.qtbot import QtBot

from smdesk.policy.vocabulary import Conduct
from smdesk.ui.pages.incidents.form import IncidentForm
from smdesk.ui.widgets.service_dialog import ServiceDialog
from tests.support.forms import DeskFor, maker, settle

MakeForm = Callable[..., IncidentForm]


@pytest.fixture
def make_form(qtbot: QtBot, desk_for: DeskFor) -> MakeForm:
    """``make_form("dsl")``: a form on screen, of this user."""
    return maker(qtbot, desk_for, IncidentForm, 1100, 700)


def opened(form: IncidentForm, incident_id: int) -> IncidentForm:
    form.open(incident_id)
    settle(form)
    return form


def fresh(form: IncidentForm) -> IncidentForm:
    form.new()
    settle(form)
    return form


def dialog(form: IncidentForm, name: str) -> ServiceDialog:
    settle(form)
    shown = [each for each in form.findChildren(ServiceDialog) if each.isVisible()]
    assert [each.objectName() for each in shown] == [name]
    return shown[0]


def picture(colour: str = "#336699") -> QImage:
    image = QImage(320, 200, QImage.Format.Format_RGB32)
    image.fill(QColor(colour))
    return image


def texts(widget: QWidget) -> str:
    return "\n".join(label.text() for label in widget.findChildren(QLabel))


def tick(form: IncidentForm, *conduct: Conduct) -> None:
    """As if the space bar had been pressed on each."""
    for each in conduct:
        form.fields.conduct._items[each].setCheckState(0, Qt.CheckState.Checked)
