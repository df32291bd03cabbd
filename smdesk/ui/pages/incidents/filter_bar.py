"""The filters of the incident list in one row, and the filters a user has saved."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import date
from typing import Any

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtWidgets import QComboBox, QHBoxLayout, QLabel, QWidget

from smdesk.errors import Invalid
from smdesk.policy.vocabulary import CONDUCT_LABELS, KIND_LABELS, ROUTE_LABELS, Conduct, PersonKind, Route
from smdesk.security.permissions import Permission, allowed
from smdesk.services.incident_records import IncidentFilter
from smdesk.services.people_records import PersonHit
from smdesk.ui.desk import Desk
from smdesk.ui.widgets.buttons import button
from smdesk.ui.widgets.dates import DateEdit
from smdesk.ui.widgets.flow import flow
from smdesk.ui.widgets.forms import row
from smdesk.ui.widgets.person_picker import PersonPicker
from smdesk.ui.widgets.text import named

DAY_PAUSE_MS = 350
"""A date is typed in several strokes, and half of it may be another date."""


class FilterBar(QWidget):
    """Everything that narrows the list but the view and the search text. ``changed`` when one of them did."""

    changed = Signal()
    clear_wanted = Signal()

    def __init__(self, desk: Desk, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("incident_filters")
        self._desk = desk
        self.conduct = _choice(
            "filter_conduct", "What was done", "Anything done", CONDUCT_LABELS.items(), 150
        )
        self.who = _choice("filter_who", "Who posted it", "Anybody", KIND_LABELS.items(), 125)
        self.platform = _choice("filter_platform", "Platform", "Any platform", (), 125)
        self.route = _choice("filter_route", "Route", "Any route", ROUTE_LABELS.items(), 125)
        self.received_from = DateEdit("filter_from", "Received from", clock=desk.ctx.today)
        self.received_to = DateEdit("filter_to", "Received to", clock=desk.ctx.today)
        for field, hint in ((self.received_from, "from"), (self.received_to, "to")):
            field.line.setPlaceholderText(hint)
            field.line.setMinimumWidth(field.line.fontMetrics().horizontalAdvance("Wed 30 Nov 2026") + 18)
            field.line.setMaximumWidth(field.line.minimumWidth())
        self.person: PersonPicker | None = None
        if allowed(desk.ctx.user.roles, Permission.PEOPLE_READ):
            self.person = PersonPicker(desk, "filter_person", "Person in the incident", may_add=False)
            self.person.setPlaceholderText("Any person")
            self.person.setMinimumWidth(150)
            self.person.setMaximumWidth(190)
            self.person.chosen.connect(self._told)
        self.clear = button("&Clear", "filter_clear", tip="Show everything in this view again")
        self.clear.clicked.connect(self.clear_wanted)
        received = row(
            _label("&Received", self.received_from), self.received_from, self.received_to, spacing=4
        )
        parts: list[QWidget] = [self.conduct, self.who, self.platform, self.route, received]
        if self.person is not None:
            parts.append(self.person)
        line = QHBoxLayout(self)
        line.setContentsMargins(0, 0, 0, 0)
        line.addWidget(flow(*parts, self.clear))
        self._pause = QTimer(self)
        self._pause.setSingleShot(True)
        self._pause.setInterval(DAY_PAUSE_MS)
        self._pause.timeout.connect(self.changed)
        for combo in (self.conduct, self.who, self.platform, self.route):
            combo.currentIndexChanged.connect(self._told)
        self.received_from.changed.connect(self._day_typed)
        self.received_to.changed.connect(self._day_typed)
        self._show_clear()

    def offer_platforms(self, platforms: Sequence[tuple[str, str]]) -> None:
        """The platforms to choose from, as (code, label). Given once they were read."""
        chosen = self.platform.currentData()
        self.platform.blockSignals(True)
        while self.platform.count() > 1:
            self.platform.removeItem(1)
        for code, label in platforms:
            self.platform.addItem(label, code)
        self.platform.blockSignals(False)
        _choose(self.platform, chosen)

    def narrow(self, wanted: IncidentFilter) -> IncidentFilter:
        """``wanted`` (its view and text) with what stands in this row. A date that cannot be read does not count."""
        who = self.person.person() if self.person is not None else None
        return replace(
            wanted,
            conduct=_code(Conduct, self.conduct),
            author_kind=_code(PersonKind, self.who),
            platform=str(self.platform.currentData() or ""),
            route=_code(Route, self.route),
            person_id=None if who is None else who.id,
            received_from=_day(self.received_from),
            received_to=_day(self.received_to),
        )

    def show_filter(self, wanted: IncidentFilter, person: PersonHit | None = None) -> None:
        """Put a filter into the row without telling anybody."""
        self.blockSignals(True)
        _choose(self.conduct, wanted.conduct)
        _choose(self.who, wanted.author_kind)
        if wanted.platform and self.platform.findData(wanted.platform) < 0:
            self.platform.addItem(wanted.platform, wanted.platform)
        _choose(self.platform, wanted.platform or None)
        _choose(self.route, wanted.route)
        self.received_from.set_day(wanted.received_from)
        self.received_to.set_day(wanted.received_to)
        if self.person is not None:
            self.person.set_person(person)
        self._pause.stop()
        self.blockSignals(False)
        self._show_clear()

    def narrows(self) -> bool:
        """Whether anything stands in the row."""
        return self.narrow(IncidentFilter()) != IncidentFilter()

    def _told(self, _what: object = None) -> None:
        self._show_clear()
        self.changed.emit()

    def _day_typed(self) -> None:
        self._show_clear()
        self._pause.start()

    def _show_clear(self) -> None:
        dates = self.received_from.text() or self.received_to.text()
        self.clear.setEnabled(self.narrows() or bool(dates))


def _choice(
    object_name: str, accessible_name: str, nothing: str, labels: Iterable[tuple[Any, str]], width: int
) -> QComboBox:
    combo = named(QComboBox(), object_name, accessible_name)
    combo.setToolTip(accessible_name)
    combo.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
    combo.setMinimumContentsLength(8)
    combo.setMinimumWidth(width)
    combo.setMaxVisibleItems(30)
    combo.addItem(nothing, None)
    for code, label in labels:
        combo.addItem(label, code)
    # The list may be wider than the box: labels are sentences.
    combo.view().setMinimumWidth(combo.view().sizeHintForColumn(0) + 24)
    return combo


def _choose(combo: QComboBox, code: object) -> None:
    combo.setCurrentIndex(max(0, next((i for i in range(combo.count()) if combo.itemData(i) == code), 0)))


def _code(codes: Any, combo: QComboBox) -> Any:
    held = combo.currentData()
    return None if held is None else codes(held)


def _day(field: DateEdit) -> date | None:
    try:
        return field.day()
    except Invalid:
        return None


def _label(text: str, field: QWidget) -> QLabel:
    shown = QLabel(text)
    shown.setTextFormat(Qt.TextFormat.PlainText)
    shown.setBuddy(field.focusProxy() or field)
    return shown
