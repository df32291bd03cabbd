"""The filters of the incident list in one row."""

from __future__ import annotations

from dataclasses import replace

from PySide6.QtWidgets import QWidget

from smdesk.policy.vocabulary import CONDUCT_LABELS, KIND_LABELS, ROUTE_LABELS, Conduct, PersonKind, Route
from smdesk.services.incident_records import IncidentFilter
from smdesk.ui.desk import Desk
from smdesk.ui.widgets.dates import DateEdit
from smdesk.ui.widgets.filter_fields import (
    choice,
    choose,
    choose_text,
    code_in,
    day_in,
    label_for,
    narrow_day,
)
from smdesk.ui.widgets.filter_row import FilterRow
from smdesk.ui.widgets.forms import row


class FilterBar(FilterRow):
    """What narrows the incident list."""

    def __init__(self, desk: Desk, parent: QWidget | None = None) -> None:
        super().__init__(desk, "incident", IncidentFilter(), "Person in the incident", parent)
        self.conduct = choice("filter_conduct", "What was done", "Anything done", CONDUCT_LABELS.items(), 150)
        self.who = choice("filter_who", "Who posted it", "Anybody", KIND_LABELS.items(), 125)
        self.route = choice("filter_route", "Route", "Any route", ROUTE_LABELS.items(), 125)
        today = desk.ctx.today
        self.received_from = narrow_day(DateEdit("filter_from", "Received from", clock=today), "from")
        self.received_to = narrow_day(DateEdit("filter_to", "Received to", clock=today), "to")
        received = row(
            label_for("&Received", self.received_from), self.received_from, self.received_to, spacing=4
        )
        combos = (self.conduct, self.who, self.platform, self.route)
        self.fill((*combos, received), combos, (self.received_from, self.received_to))

    def narrow(self, wanted: IncidentFilter) -> IncidentFilter:
        return replace(
            wanted,
            conduct=code_in(Conduct, self.conduct),
            author_kind=code_in(PersonKind, self.who),
            platform=self.platform_code(),
            route=code_in(Route, self.route),
            person_id=self.person_id(),
            received_from=day_in(self.received_from),
            received_to=day_in(self.received_to),
        )

    def put(self, wanted: IncidentFilter) -> None:
        choose(self.conduct, wanted.conduct)
        choose(self.who, wanted.author_kind)
        choose_text(self.platform, wanted.platform)
        choose(self.route, wanted.route)
        self.received_from.set_day(wanted.received_from)
        self.received_to.set_day(wanted.received_to)
