"""Keeps what stands half typed in a form as the user's own draft, a few seconds after a change, off the GUI thread.

One lock orders keeping and forgetting. A keep asked for before a save must not bring the draft back after it, and
an older keep must not lie down over a newer one.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import datetime

from PySide6.QtCore import QObject, QTimer, Signal

from smdesk.errors import SmdeskError
from smdesk.services.context import Context
from smdesk.ui.desk import Desk
from smdesk.ui.tasks import Progress

EVERY_MS = 3000

Write = Callable[[Context, int], object]
"""Writes or drops drafts of a record (0: a new one), on a worker: it holds plain data and nothing of Qt."""


class _Gate:
    """Shared with the workers: plain Python, nothing of Qt."""

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.turn = 0
        self.asked = 0
        self.newest: dict[tuple[int, str], int] = {}


class DraftKeeper(QObject):
    """``due`` asks the form for what stands in it; ``kept`` carries when it was kept, ``failed`` why it was not.

    ``forget`` drops all that is kept of a record's form.
    """

    due = Signal()
    kept = Signal(object)
    failed = Signal(object)

    def __init__(self, desk: Desk, forget: Write, parent: QObject) -> None:
        super().__init__(parent)
        self._desk = desk
        self._forget = forget
        self._gate = _Gate()
        self._timer = QTimer(self)
        self._timer.setObjectName("draft_timer")
        self._timer.setSingleShot(True)
        self._timer.setInterval(EVERY_MS)
        self._timer.timeout.connect(self.due)

    def touch(self) -> None:
        """Something changed: it is kept soon. Typing on does not put it off."""
        if not self._timer.isActive():
            self._timer.start()

    def stop(self) -> None:
        """From now on nothing asked for earlier is kept any more."""
        self._timer.stop()
        self._gate.turn += 1

    def keep(self, record_id: int, write: Write, part: str = "") -> None:
        """Keep something on a worker; ``part`` tells apart what is kept side by side of one form."""
        ctx, gate = self._desk.ctx, self._gate
        gate.asked += 1
        turn, number = gate.turn, gate.asked
        gate.newest[record_id, part] = number

        def work(progress: Progress) -> datetime | None:
            with gate.lock:
                if gate.turn != turn or gate.newest[record_id, part] != number:
                    return None
                write(ctx, record_id)
                return ctx.now()

        self._desk.tasks.run(self, work, self._was_kept, self._not_kept)

    def keep_now(self, record_id: int, *writes: Write) -> datetime:
        """Keep all of this before returning: the program is about to lock. Raises StorageProblem."""
        self.stop()
        with self._gate.lock:
            for write in writes:
                write(self._desk.ctx, record_id)
        return self._desk.ctx.now()

    def forget(self, record_id: int) -> None:
        """Throw the draft away, on a worker."""
        self.stop()
        ctx, forget = self._desk.ctx, self.forgetting()

        def work(progress: Progress) -> None:
            forget(ctx, record_id)

        self._desk.tasks.run(self, work)

    def forget_now(self, record_id: int) -> None:
        """Throw the draft away before this returns: the form may be opened anew at once."""
        self.stop()
        self.forgetting()(self._desk.ctx, record_id)

    def forgetting(self) -> Write:
        """What a save calls on its worker once it is through. It holds the gate only, never this object."""
        gate, forget = self._gate, self._forget

        def in_its_turn(ctx: Context, record_id: int) -> None:
            with gate.lock:
                forget(ctx, record_id)

        return in_its_turn

    def _was_kept(self, at: datetime | None) -> None:
        if at is not None:
            self.kept.emit(at)

    def _not_kept(self, error: SmdeskError) -> None:
        self.failed.emit(error)
