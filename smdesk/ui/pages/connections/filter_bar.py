"""The filters of the register in one row, and the day it looks back at."""

from __future__ import annotations

from dataclasses import replace

from PySide6.QtWidgets import QWidget

from smdesk.policy.vocabulary import (
    CAPACITY_LABELS,
    KIND_LABELS,
    RELATIONSHIP_LABELS,
    TIMELINESS_LABELS,
    Capacity,
    PersonKind,
    Relationship,
    Timeliness,
)
from smdesk.services.connection_records import ExceptionFilter
from smdesk.ui.desk import Desk
from smdesk.ui.pages.connections.sides import ADULTS
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
    """What narrows the register. ``on_day`` shows who was allowed on a day, past the views."""

    def __init__(self, desk: Desk, parent: QWidget | None = None) -> None:
        super().__init__(desk, "exception", ExceptionFilter(), "One of the two people", parent)
        self.adult_kind = choice(
            "exception_filter_adult",
            "Who the adult is",
            "Any adult",
            [(kind, KIND_LABELS[kind]) for kind in ADULTS],
            115,
        )
        self.capacity = choice(
            "exception_filter_capacity",
            "Who the other person is",
            "Pupil or parent",
            CAPACITY_LABELS.items(),
            125,
        )
        self.relationship = choice(
            "exception_filter_relationship",
            "What the adult is to them",
            "Any relationship",
            RELATIONSHIP_LABELS.items(),
            130,
        )
        self.timeliness = choice(
            "exception_filter_timeliness",
            "On entry or late",
            "On entry or late",
            TIMELINESS_LABELS.items(),
            130,
        )
        self.on_day = narrow_day(
            DateEdit("exception_filter_day", "In force on", clock=desk.ctx.today), "any day"
        )
        day = row(label_for("In force on &day", self.on_day), self.on_day, spacing=4)
        combos = (self.adult_kind, self.capacity, self.relationship, self.platform, self.timeliness)
        self.fill((day, *combos), combos, (self.on_day,))

    def narrow(self, wanted: ExceptionFilter) -> ExceptionFilter:
        return replace(
            wanted,
            adult_kind=code_in(PersonKind, self.adult_kind),
            capacity=code_in(Capacity, self.capacity),
            relationship=code_in(Relationship, self.relationship),
            platform=self.platform_code(),
            timeliness=code_in(Timeliness, self.timeliness),
            person_id=self.person_id(),
            on_day=day_in(self.on_day),
        )

    def put(self, wanted: ExceptionFilter) -> None:
        choose(self.adult_kind, wanted.adult_kind)
        choose(self.capacity, wanted.capacity)
        choose(self.relationship, wanted.relationship)
        choose_text(self.platform, wanted.platform)
        choose(self.timeliness, wanted.timeliness)
        self.on_day.set_day(wanted.on_day)
