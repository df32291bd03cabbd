"""The reputation tab: places to check, what was found there, and how it went over time (REP-1 to REP-3)."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from PySide6.QtWidgets import QWidget

from smdesk.security.permissions import Permission
from smdesk.ui.desk import Desk
from smdesk.ui.widgets.parts import Part, PartsPage

if TYPE_CHECKING:
    from smdesk.ui.pages.reputation.places_view import PlacesView


def _places(desk: Desk) -> QWidget:
    from smdesk.ui.pages.reputation.places_view import PlacesView

    return PlacesView(desk)


def _findings(desk: Desk) -> QWidget:
    from smdesk.ui.pages.reputation.findings_view import FindingsView

    return FindingsView(desk)


def _trend(desk: Desk) -> QWidget:
    from smdesk.ui.pages.reputation.trend_view import TrendView

    return TrendView(desk)


PARTS = (
    Part("places", "Places", Permission.REPUTATION_READ, _places),
    Part("findings", "Findings", Permission.REPUTATION_READ, _findings),
    Part("trend", "Over time", Permission.REPUTATION_READ, _trend),
)


class Page(PartsPage):
    """What the main window shows under "Reputation"."""

    def __init__(self, desk: Desk, parent: QWidget | None = None) -> None:
        super().__init__(desk, "reputation", "Parts of the reputation tab", PARTS, parent)

    def part(self, name: str) -> QWidget:
        fresh = name not in self._made
        made = super().part(name)
        if fresh and name == "places":
            cast("PlacesView", made).finding_wanted.connect(self.new_with)
        return made

    def new_with(self, draft: object) -> None:
        """A finding begun elsewhere: from the check that came upon it."""
        self.new_part_with("findings", draft)
