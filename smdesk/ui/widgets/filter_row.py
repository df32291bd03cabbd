"""What every filter bar does alike: fields in breaking rows, a way to clear them, and one word when they changed."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from PySide6.QtCore import QTimer, Signal
from PySide6.QtWidgets import QComboBox, QHBoxLayout, QWidget

from smdesk.security.permissions import Permission, allowed
from smdesk.services.people_records import PersonHit
from smdesk.ui.desk import Desk
from smdesk.ui.widgets.buttons import button
from smdesk.ui.widgets.dates import DateEdit
from smdesk.ui.widgets.filter_fields import choice, offer
from smdesk.ui.widgets.flow import flow
from smdesk.ui.widgets.person_picker import PersonPicker

DAY_PAUSE_MS = 350
"""A date is typed in several strokes, and half of it may be another date."""


class FilterRow(QWidget):
    """Everything that narrows a list but the view and the search text. ``changed`` when one of them did.

    A tab's own bar says how its fields make a filter (``narrow``) and show one (``put``).
    """

    changed = Signal()
    clear_wanted = Signal()

    def __init__(
        self, desk: Desk, name: str, nothing: Any, person: str, parent: QWidget | None = None
    ) -> None:
        """``name`` begins the names of its controls, ``nothing`` is the filter that narrows nothing, ``person`` says
        what the field for a person finds; "" where the list is not about people. Only who may open the list of people
        gets that field.
        """
        super().__init__(parent)
        self.setObjectName(f"{name}_filters")
        self._nothing = nothing
        self._days: tuple[DateEdit, ...] = ()
        self.platform = choice(f"{name}_filter_platform", "Platform", "Any platform", (), 120)
        self.person: PersonPicker | None = None
        if person and allowed(desk.ctx.user.roles, Permission.PEOPLE_READ):
            self.person = PersonPicker(desk, f"{name}_filter_person", person, may_add=False)
            self.person.setPlaceholderText("Any person")
            self.person.setMinimumWidth(150)
            self.person.setMaximumWidth(190)
            self.person.chosen.connect(self._told)
        self.clear = button("&Clear", f"{name}_filter_clear", tip="Show everything in this view again")
        self.clear.clicked.connect(self.clear_wanted)
        self._pause = QTimer(self)
        self._pause.setSingleShot(True)
        self._pause.setInterval(DAY_PAUSE_MS)
        self._pause.timeout.connect(self.changed)

    def fill(self, parts: Sequence[QWidget], combos: Sequence[QComboBox], days: Sequence[DateEdit]) -> None:
        """Lay out ``parts`` (with ``combos`` and ``days`` among or within them), then the person and the way out."""
        self._days = tuple(days)
        for combo in combos:
            combo.currentIndexChanged.connect(self._told)
        for day in days:
            day.changed.connect(self._day_typed)
        line = QHBoxLayout(self)
        line.setContentsMargins(0, 0, 0, 0)
        person = () if self.person is None else (self.person,)
        line.addWidget(flow(*parts, *person, self.clear))
        self._show_clear()

    def offer_platforms(self, platforms: Sequence[tuple[str, str]]) -> None:
        """The platforms to choose from, as (code, label). Given once they were read."""
        offer(self.platform, platforms)

    def narrow(self, wanted: Any) -> Any:
        """``wanted`` (its view and text) with what stands in this row. A date that cannot be read does not count."""
        raise NotImplementedError

    def put(self, wanted: Any) -> None:
        """Show this filter's fields but the person."""
        raise NotImplementedError

    def show_filter(self, wanted: Any, person: PersonHit | None = None) -> None:
        """Put a filter into the row without telling anybody."""
        self.blockSignals(True)
        self.put(wanted)
        if self.person is not None:
            self.person.set_person(person)
        self._pause.stop()
        self.blockSignals(False)
        self._show_clear()

    def chosen_person(self) -> PersonHit | None:
        """Who the list is narrowed to."""
        return self.person.person() if self.person is not None else None

    def platform_code(self) -> str:
        return str(self.platform.currentData() or "")

    def person_id(self) -> int | None:
        who = self.chosen_person()
        return None if who is None else who.id

    def narrows(self) -> bool:
        """Whether anything stands in the row."""
        return bool(self.narrow(self._nothing) != self._nothing)

    def _told(self, _what: object = None) -> None:
        self._show_clear()
        self.changed.emit()

    def _day_typed(self) -> None:
        self._show_clear()
        self._pause.start()

    def _show_clear(self) -> None:
        self.clear.setEnabled(self.narrows() or any(day.text() for day in self._days))
