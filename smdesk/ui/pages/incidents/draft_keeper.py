"""Keeps what is typed as a draft, a few seconds after each change and off the GUI thread.

One lock orders keeping and forgetting: a keep that was asked for before a save must not bring the draft back after it.
"""

from __future__ import annotations

import threading
from collections.abc import Sequence
from datetime import datetime

from PySide6.QtCore import QObject, QTimer, Signal

from smdesk.errors import SmdeskError
from smdesk.services.context import Context
from smdesk.services.incident_records import IncidentDraft
from smdesk.ui.desk import Desk
from smdesk.ui.pages.incidents import loading, pending
from smdesk.ui.pages.incidents.pending import Pending
from smdesk.ui.tasks import Progress

EVERY_MS = 3000


class _Gate:
    """Shared with the workers: plain Python, nothing of Qt."""

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.turn = 0


class DraftKeeper(QObject):
    """``due`` asks the form for what stands in it; ``kept`` says when it was kept."""

    due = Signal()
    kept = Signal(object)
    failed = Signal(object)

    def __init__(self, desk: Desk, parent: QObject) -> None:
        super().__init__(parent)
        self._desk = desk
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

    def keep(
        self,
        incident_id: int,
        draft: IncidentDraft,
        version: int | None,
        references: Sequence[tuple[int, str]],
    ) -> None:
        """Keep this on a worker."""
        ctx, gate = self._desk.ctx, self._gate
        turn, links = gate.turn, tuple(references)

        def work(progress: Progress) -> datetime | None:
            with gate.lock:
                if gate.turn != turn:
                    return None
                return loading.keep_draft(ctx, incident_id, draft, version, links)

        self._desk.tasks.run(self, work, self._was_kept, self._not_kept)

    def remember(self, incident_id: int, waiting: Sequence[Pending]) -> None:
        """Keep the evidence that waits, on a worker."""
        ctx, gate = self._desk.ctx, self._gate
        turn, pieces = gate.turn, tuple(waiting)

        def work(progress: Progress) -> datetime | None:
            with gate.lock:
                if gate.turn != turn:
                    return None
                pending.remember(ctx, incident_id, pieces)
                return ctx.now()

        self._desk.tasks.run(self, work, self._was_kept, self._not_kept)

    def keep_now(
        self,
        incident_id: int,
        draft: IncidentDraft,
        version: int | None,
        references: Sequence[tuple[int, str]],
        waiting: Sequence[Pending],
    ) -> datetime:
        """Keep everything before this returns: the program is about to lock. Raises StorageProblem."""
        self._timer.stop()
        with self._gate.lock:
            at = loading.keep_draft(self._desk.ctx, incident_id, draft, version, tuple(references))
            pending.remember(self._desk.ctx, incident_id, waiting)
        return at

    def forget(self, incident_id: int) -> None:
        """Throw the draft away, on a worker."""
        self.stop()
        ctx, forget = self._desk.ctx, self.forgetting()

        def work(progress: Progress) -> None:
            forget(ctx, incident_id)

        self._desk.tasks.run(self, work)

    def forget_now(self, incident_id: int) -> None:
        """Throw the draft away before this returns: the form may be opened anew at once."""
        self.stop()
        self.forgetting()(self._desk.ctx, incident_id)

    def forgetting(self) -> Forget:
        """What a save calls on its worker once it is through."""
        return Forget(self._gate)

    def _was_kept(self, at: datetime | None) -> None:
        if at is not None:
            self.kept.emit(at)

    def _not_kept(self, error: SmdeskError) -> None:
        self.failed.emit(error)


class Forget:
    """Forgets a draft in its turn. Holds the gate only, so that a worker may keep it."""

    def __init__(self, gate: _Gate) -> None:
        self._gate = gate

    def __call__(self, ctx: Context, incident_id: int) -> None:
        with self._gate.lock:
            loading.forget_draft(ctx, incident_id)
