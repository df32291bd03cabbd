"""Keeps a half-typed letter as the user's own draft, a few seconds after each change and off the GUI thread.

One lock orders keeping and forgetting: a keep asked for before a save must not bring the draft back after it.
"""

from __future__ import annotations

import threading

from PySide6.QtCore import QObject, QTimer, Signal

from smdesk.services import drafts
from smdesk.services.context import Context
from smdesk.ui.desk import Desk
from smdesk.ui.pages.letters import work
from smdesk.ui.pages.letters.work import Typed
from smdesk.ui.tasks import Progress

EVERY_MS = 3000


class _Gate:
    """Shared with the workers: plain Python, nothing of Qt."""

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.turn = 0


class Keeper(QObject):
    """``due`` asks the screen for what stands in the form."""

    due = Signal()

    def __init__(self, desk: Desk, parent: QObject) -> None:
        super().__init__(parent)
        self._desk = desk
        self._gate = _Gate()
        self._timer = QTimer(self)
        self._timer.setObjectName("letter_draft_timer")
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

    def keep(self, letter_id: int, typed: Typed) -> None:
        """Keep this on a worker."""
        ctx, gate, turn = self._desk.ctx, self._gate, self._gate.turn

        def keeping(progress: Progress) -> None:
            with gate.lock:
                if gate.turn == turn:
                    work.keep(ctx, letter_id, typed)

        self._desk.tasks.run(self, keeping)

    def keep_now(self, letter_id: int, typed: Typed) -> None:
        """Keep this before returning: the program is about to lock. Raises StorageProblem."""
        self.stop()
        with self._gate.lock:
            work.keep(self._desk.ctx, letter_id, typed)

    def forget(self, letter_id: int) -> None:
        """Throw the draft away, on a worker."""
        self.stop()
        ctx, forgetting = self._desk.ctx, self.forgetting()
        self._desk.tasks.run(self, lambda progress: forgetting(ctx, letter_id))

    def forgetting(self) -> Forget:
        """What a save calls on its worker once it is through."""
        return Forget(self._gate)


class Forget:
    """Forgets a draft in its turn. Holds the gate only, so that a worker may keep it."""

    def __init__(self, gate: _Gate) -> None:
        self._gate = gate

    def __call__(self, ctx: Context, letter_id: int) -> None:
        with self._gate.lock:
            drafts.drop(ctx, work.FORM, letter_id)
