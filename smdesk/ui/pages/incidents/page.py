"""The incidents tab: the list, and the form that opens from it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtWidgets import QWidget

from smdesk.ui.desk import Desk
from smdesk.ui.pages.incidents.list_view import incident_list_view
from smdesk.ui.widgets.list_and_form import ListAndForm

if TYPE_CHECKING:
    from smdesk.ui.pages.incidents.form import IncidentForm


class Page(ListAndForm):
    """What the main window shows under "Incidents"."""

    def __init__(self, desk: Desk, parent: QWidget | None = None) -> None:
        super().__init__(desk, incident_list_view(desk), _make_form, "incidents", parent)


def _make_form(desk: Desk) -> IncidentForm:
    from smdesk.ui.pages.incidents.form import IncidentForm

    return IncidentForm(desk)
