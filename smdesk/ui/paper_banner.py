"""At sign-in: decisions that were recorded on somebody's behalf from paper and wait for them to confirm (CON-2)."""

from __future__ import annotations

from PySide6.QtCore import Signal

from smdesk.security.permissions import Permission, allowed
from smdesk.services.context import Changes, Context
from smdesk.ui import events as bus
from smdesk.ui.desk import Desk
from smdesk.ui.widgets.banner import Banner


class PaperBanner(Banner):
    """Hidden while nothing waits. "Not now" hides it until the next sign-in; the list under To decide stays."""

    wanted = Signal(object)
    """Carries the id of the exception whose decision has waited longest."""

    def __init__(self, desk: Desk) -> None:
        super().__init__(
            "paper_banner",
            "warning",
            "paper_banner_text",
            ("Look at it", "paper_banner_look", self._look),
            ("Not now", "paper_banner_later", self.put_off),
        )
        self._desk = desk
        self._first = 0
        self._put_off = not allowed(desk.ctx.user.roles, Permission.CONNECTIONS_DECIDE)
        desk.events.changed.connect(self._changed)

    def load(self) -> None:
        """Look whether anything waits, on a worker."""
        ctx = self._desk.ctx
        if not self._put_off:
            self._desk.tasks.latest(self, "papers", lambda progress: _waiting(ctx), self._found)

    def _changed(self, changes: Changes) -> None:
        if not self.isHidden() and bus.touches(changes, "exception"):
            self.load()

    def _found(self, exceptions: tuple[int, ...]) -> None:
        number = len(exceptions)
        self._first = exceptions[0] if exceptions else 0
        several = number > 1
        self.text.setText(
            f"{f'{number:,} decisions were' if several else 'A decision was'} recorded on your behalf from paper. "
            f"Please look whether {'each is' if several else 'it is'} what you decided, and confirm it."
        )
        self.setAccessibleName(self.text.text() if number else "")
        self.setVisible(number > 0 and not self._put_off)

    def put_off(self) -> None:
        """Say nothing more of it until the next sign-in: the list has come to the front, or it was asked to."""
        self._put_off = True
        self.hide()

    def _look(self) -> None:
        self.put_off()
        self.wanted.emit(self._first)


def _waiting(ctx: Context) -> tuple[int, ...]:
    from smdesk.services import connection_decisions

    return tuple(each.exception_id for each in connection_decisions.to_confirm(ctx))
