"""Above the register while it shows one day: which day, the days beside it, its printed register, and the way back."""

from __future__ import annotations

from datetime import date, timedelta

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QFrame, QHBoxLayout, QWidget

from smdesk.ui import theme
from smdesk.ui.widgets.buttons import button
from smdesk.ui.widgets.flow import flow
from smdesk.ui.widgets.text import PlainLabel
from smdesk.ui.words import day_in_words


class DayBar(QFrame):
    """Hidden while no day is looked at."""

    day_wanted = Signal(object)
    """Carries the day to look at instead; None for the views again."""
    print_wanted = Signal(object)
    """Carries the day whose register is to be printed."""

    def __init__(self, may_print: bool, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("exception_day_bar")
        self.setProperty("tone", "info")
        self._day: date | None = None
        self.text = PlainLabel("", wrap=False)
        self.text.setObjectName("exception_day_text")
        self.before = button(
            "Day &before", "exception_day_before", self._before, tip="The register a day earlier"
        )
        self.after = button("Day af&ter", "exception_day_after", self._after, tip="The register a day later")
        self.print = button(
            "Print the r&egister…",
            "exception_day_print",
            self._print,
            tip="The whole register of this day, whatever else narrows the list",
        )
        self.print.setVisible(may_print)
        self.leave = button(
            "Back to toda&y", "exception_day_leave", self._leave, tip="The views of the register again"
        )
        line = QHBoxLayout(self)
        line.setContentsMargins(theme.NORMAL, theme.TIGHT, theme.NORMAL, theme.TIGHT)
        line.addWidget(flow(self.text, self.before, self.after, self.print, self.leave))
        self.hide()

    @property
    def day(self) -> date | None:
        return self._day

    def show_day(self, day: date | None, today: date) -> None:
        """Say what the list below shows; None hides the bar."""
        self._day = day
        self.setVisible(day is not None)
        if day is not None:
            self.text.setText(day_sentence(day, today))

    def _before(self) -> None:
        self._step(-1)

    def _after(self) -> None:
        self._step(1)

    def _step(self, days: int) -> None:
        if self._day is not None:
            self.day_wanted.emit(self._day + timedelta(days=days))

    def _print(self) -> None:
        self.print_wanted.emit(self._day)

    def _leave(self) -> None:
        self.day_wanted.emit(None)


def day_sentence(day: date, today: date) -> str:
    """What a list of one day shows."""
    name = day_in_words(day, today)
    if day == today:
        return f"Allowed today, {name}"
    if day > today:
        return f"Allowed on {name}, if nothing changes until then. The status shown is today's."
    return f"Allowed on {name}. The status shown is today's."
