"""Comments on school accounts that are past their time, said on every tab until they are answered (ACC-5)."""

from __future__ import annotations

from PySide6.QtWidgets import QFrame, QHBoxLayout

from smdesk.security.permissions import Permission, allowed
from smdesk.services.context import Changes, Context
from smdesk.services.today_records import Overdue, Target
from smdesk.ui import events as bus
from smdesk.ui import theme
from smdesk.ui.desk import Desk
from smdesk.ui.widgets.buttons import button
from smdesk.ui.widgets.text import OneLine

_KINDS = ("message", "incident")


class OverdueStrip(QFrame):
    """Hidden while nothing is overdue. There is no way to put it off: an answer, or a word that it was seen, is."""

    def __init__(self, desk: Desk) -> None:
        super().__init__()
        self.setObjectName("overdue_strip")
        self.setProperty("tone", "danger")
        self._desk = desk
        self._target: Target | None = None
        self._may = allowed(desk.ctx.user.roles, Permission.ACCOUNTS_READ)
        self.text = OneLine("")
        self.text.setObjectName("overdue_text")
        # No Alt key: every letter it could have belongs to a menu or to the page below.
        self.show_button = button("Show", "overdue_show", self._show, look="primary")
        line = QHBoxLayout(self)
        line.setContentsMargins(theme.NORMAL, theme.TIGHT, theme.NORMAL, theme.TIGHT)
        line.addWidget(self.text, 1)
        line.addWidget(self.show_button)
        self.hide()
        desk.events.changed.connect(self._changed)

    def load(self) -> None:
        """Look whether anything is overdue, on a worker."""
        ctx = self._desk.ctx
        if self._may:
            self._desk.tasks.latest(self, "overdue", lambda progress: _overdue(ctx), self._found)

    def _changed(self, changes: Changes) -> None:
        if any(bus.touches(changes, kind) for kind in _KINDS):
            self.load()

    def _found(self, found: Overdue) -> None:
        self._target = found.target
        if found.count:
            several = found.count > 1
            things = f"{found.count:,} comments" if several else "A comment"
            oldest = ", the oldest" if several else ""
            said = f"{things} on school accounts {'are' if several else 'is'} past the time for a reply{oldest}: "
            self.text.show_text(f"{said}{found.words}.")
            self.setAccessibleName(f"{said}{found.words}.")
        self.setVisible(found.count > 0)

    def _show(self) -> None:
        if self._target is not None:
            self._desk.open_part(self._target.tab, self._target.part, self._target.id)


def _overdue(ctx: Context) -> Overdue:
    from smdesk.services import today

    return today.overdue_replies(ctx)
