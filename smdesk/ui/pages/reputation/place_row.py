"""One place on the screen of places: when it is due, who looks, and what one click does (REP-1)."""

from __future__ import annotations

from datetime import date

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QHBoxLayout, QWidget

from smdesk.policy.words import written_day
from smdesk.services.reputation_records import PLACE_KIND_LABELS, PlaceRow
from smdesk.ui import theme
from smdesk.ui.pages.reputation.words import stars
from smdesk.ui.widgets.buttons import button
from smdesk.ui.widgets.forms import Card
from smdesk.ui.widgets.status_chip import StatusChip
from smdesk.ui.widgets.text import OneLine, PlainLabel
from smdesk.ui.words import count, day_in_words


class PlaceCard(Card):
    """The buttons have no Alt keys: there is one of each for every place. The signals carry the place's id."""

    nothing_new = Signal(object)
    check_wanted = Signal(object)
    checks_wanted = Signal(object)
    change_wanted = Signal(object)

    def __init__(
        self, place: PlaceRow, today: date, parent: QWidget | None = None, *, may_edit: bool
    ) -> None:
        super().__init__(parent=parent)
        self.place = place
        self._may_edit = may_edit
        number = place.id
        self.setObjectName(f"place_{number}")
        self.name = OneLine("", self)
        self.name.setFont(theme.heading_font(self.name.font(), 3))
        self.chip = StatusChip("", "neutral", self)
        self.chip.setObjectName(f"place_chip_{number}")
        self.look = button(
            "Nothing new",
            f"place_nothing_{number}",
            self._nothing,
            tip="One click: you looked today and found nothing new",
        )
        self.check = button(
            "Checked…", f"place_check_{number}", self._check, tip="With rating, a note, or what was found"
        )
        self.checks = button(
            "All checks…", f"place_checks_{number}", self._checks, tip="Who looked when; take back a slip"
        )
        self.change = button("Change…", f"place_change_{number}", self._change)
        top = QHBoxLayout()
        top.setSpacing(theme.SMALL)
        top.addWidget(self.name, 1)
        for widget in (self.chip, self.look, self.check, self.checks, self.change):
            top.addWidget(widget)
        self.body.addLayout(top)
        self.said = PlainLabel("", self)
        self.said.setObjectName(f"place_words_{number}")
        self.more = PlainLabel("", self, look="muted", selectable=True)
        self.more.setObjectName(f"place_more_{number}")
        self.body.addWidget(self.said)
        self.body.addWidget(self.more)
        self.show_place(place, today)

    def show_place(self, place: PlaceRow, today: date) -> None:
        """Draw it anew, in place."""
        self.place = place
        stopped = place.stopped_on is not None
        self.name.show_text(place.draft.name)
        self.setAccessibleName(place.draft.name)
        words, kind = state_of(place, today)
        self.chip.show_status(words, kind)
        self.said.setText(said_of(place, today))
        more = more_of(place)
        self.more.setText(more)
        self.more.setVisible(bool(more))
        for each in (self.look, self.check):
            each.setVisible(self._may_edit and not stopped)
            each.setEnabled(True)
        self.change.setVisible(self._may_edit)
        # Read aloud, one button must be told from its likes on the other places.
        for each in (self.look, self.check, self.checks, self.change):
            each.setAccessibleName(f"{each.text()} {place.draft.name}")

    def _nothing(self) -> None:
        self.look.setEnabled(False)
        self.nothing_new.emit(self.place.id)

    def _check(self) -> None:
        self.check_wanted.emit(self.place.id)

    def _checks(self) -> None:
        self.checks_wanted.emit(self.place.id)

    def _change(self) -> None:
        self.change_wanted.emit(self.place.id)


def state_of(place: PlaceRow, today: date) -> tuple[str, str]:
    """What the chip of a place says, and its shape."""
    if place.stopped_on is not None:
        return "Not checked any more", "neutral"
    if place.late_days:
        return f"{count(place.late_days, 'day')} overdue", "danger"
    if place.due_on is not None and place.due_on <= today:
        return "To check today", "warning"
    if place.checked_on == today:
        return "Checked today", "ok"
    return "Not due yet", "neutral"


def said_of(place: PlaceRow, today: date) -> str:
    """Who looks and how often, when it was last done, and what came of it."""
    if place.stopped_on is not None:
        return f"Stopped on {written_day(place.stopped_on)}: {place.stopped_reason}"
    every = "every day" if place.draft.every_days == 1 else f"every {place.draft.every_days} days"
    if place.responsible and place.responsible_left:
        said = [f"{place.responsible} has left the school: name somebody else (PPL-3)."]
    elif place.responsible:
        said = [f"{place.responsible} looks {every}."]
    else:
        said = [f"Nobody is named yet (PPL-3). To be checked {every}."]
    if place.checked_on is None:
        said.append("It was not checked yet.")
    else:
        said.append(f"Last checked {day_in_words(place.checked_on, today)} by {place.checked_by}.")
        if place.due_on is not None and place.due_on > today:
            said.append(f"Next {day_in_words(place.due_on, today)}.")
    if place.rating_tenths is not None:
        said.append(f"Rated {stars(place.rating_tenths)}.")
    if place.open_findings:
        said.append(f"{count(place.open_findings, 'finding')} to decide.")
    return " ".join(said)


def more_of(place: PlaceRow) -> str:
    """What to look for, and where."""
    parts = [PLACE_KIND_LABELS[place.draft.kind]]
    if place.draft.look_for:
        parts.append(f"Look for: {place.draft.look_for}")
    if place.draft.link:
        parts.append(place.draft.link)
    return " · ".join(parts)
