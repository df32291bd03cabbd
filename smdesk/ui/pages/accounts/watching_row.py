"""One account on the watching screen: today, the last weeks, and what one click does (ACC-4)."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QHBoxLayout, QWidget

from smdesk.policy.watching import Mark
from smdesk.services.watching_records import WEEKS, AccountWatch
from smdesk.ui import theme
from smdesk.ui.widgets.buttons import button
from smdesk.ui.widgets.forms import Card
from smdesk.ui.widgets.heat_strip import HeatStrip
from smdesk.ui.widgets.status_chip import StatusChip
from smdesk.ui.widgets.text import OneLine, PlainLabel
from smdesk.ui.words import count


class AccountRow(Card):
    """The buttons have no Alt keys: there is one of each for every account."""

    looked = Signal(object)
    """Looked, nothing new. Like the others it carries this row."""
    found = Signal(object)
    rota_wanted = Signal(object)
    looks_wanted = Signal(object)

    def __init__(self, watch: AccountWatch, parent: QWidget | None = None, *, may_watch: bool) -> None:
        super().__init__(parent=parent)
        self.watch = watch
        number = watch.account_id
        self.setObjectName(f"watch_{number}")
        self.name = OneLine(watch.name, self)
        self.name.setFont(theme.heading_font(self.name.font(), 3))
        self.chip = StatusChip("", "neutral", self)
        self.chip.setObjectName(f"watch_chip_{number}")
        self.look = button("Looked, nothing new", f"watch_look_{number}", self._looked)
        self.find = button("Looked, found…", f"watch_found_{number}", self._found)
        self.rota = button(
            "Rota…", f"watch_rota_{number}", self._rota, tip="Who looks at it, and on which days"
        )
        self.history = button(
            "All looks…", f"watch_looks_{number}", self._looks, tip="Who looked when; take back a slip"
        )
        for each in (self.look, self.find):
            each.setVisible(may_watch)
        top = QHBoxLayout()
        top.setSpacing(theme.SMALL)
        top.addWidget(self.name, 1)
        for widget in (self.chip, self.look, self.find, self.rota, self.history):
            top.addWidget(widget)
        self.strip = HeatStrip(f"watch_strip_{number}", "", self)
        self.strip.chosen.connect(self._looks)
        self.words = PlainLabel("", self)
        self.words.setObjectName(f"watch_words_{number}")
        self.who = PlainLabel("", self, look="muted")
        self.who.setObjectName(f"watch_who_{number}")
        self.body.addLayout(top)
        self.body.addWidget(self.strip)
        self.body.addWidget(self.words)
        self.body.addWidget(self.who)
        self.show_watch(watch)

    def show_watch(self, watch: AccountWatch) -> None:
        """Show another state of the same account."""
        self.watch = watch
        self.name.show_text(watch.name)
        self.setAccessibleName(watch.name)
        for each in (self.look, self.find, self.rota, self.history):
            # Of several buttons of one label it is heard which account each is for.
            each.setAccessibleName(f"{each.text().rstrip('…')}: {watch.name}")
        self.look.setEnabled(True)
        text, kind = state_of(watch)
        self.chip.show_status(text, kind)
        self.strip.set_title(f"Last {WEEKS} weeks of {watch.name}")
        self.strip.show_cells(watch.cells, watch.words)
        self.words.setText(watch.words)
        self.who.setText(who_words(watch))

    def _looked(self) -> None:
        self.look.setEnabled(False)
        self.looked.emit(self)

    def _found(self) -> None:
        self.found.emit(self)

    def _rota(self) -> None:
        self.rota_wanted.emit(self)

    def _looks(self) -> None:
        self.looks_wanted.emit(self)


def state_of(watch: AccountWatch) -> tuple[str, str]:
    """What the chip of an account says, and its kind."""
    if watch.looked_today:
        if watch.cells[-1].mark is Mark.FOUND:
            return "Found something today", "info"
        return "Looked at today", "ok"
    if watch.unwatched_days is not None:
        return f"Nobody for {count(watch.unwatched_days, 'day')}", "danger"
    if watch.to_do:
        return "To look at today", "warning"
    return "Not asked for today", "neutral"


def who_words(watch: AccountWatch) -> str:
    """Whose turn it is today, and the rota, in sentences."""
    parts = []
    # Without any line that nobody is on the rota is said once, with what the policy asks for.
    for due in watch.today if watch.rota else ():
        if due.problem:
            parts.append(f"Today: {due.problem}")
        else:
            instead = f", instead of {due.instead_of}" if due.instead_of else ""
            parts.append(f"Today: {due.name}{instead}.")
    if watch.looked_today:
        names = list(dict.fromkeys(row.looked_by for row in watch.looked_today))
        parts.append(f"Looked at by {', '.join(names)}.")
    if watch.rota:
        parts.append(f"Rota: {watch.rota}.")
    if watch.rota_lacks:
        parts.append(watch.rota_lacks)
    return " ".join(parts)
