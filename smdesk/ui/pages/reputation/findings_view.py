"""The part "Findings" of the reputation tab: what was said, and the form that opens from it (REP-2)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtWidgets import QWidget

from smdesk.ui.desk import Desk
from smdesk.ui.pages.reputation.finding_list_view import finding_list_view
from smdesk.ui.widgets.list_and_form import ListAndForm

if TYPE_CHECKING:
    from smdesk.ui.pages.reputation.finding_form import FindingForm


class FindingsView(ListAndForm):
    """What the reputation tab shows under "Findings"."""

    def __init__(self, desk: Desk, parent: QWidget | None = None) -> None:
        super().__init__(desk, finding_list_view(desk), _make_form, "findings", parent)


def _make_form(desk: Desk) -> FindingForm:
    from smdesk.ui.pages.reputation.finding_form import FindingForm

    return FindingForm(desk)
