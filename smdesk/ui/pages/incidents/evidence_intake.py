"""Takes in what is pasted, dropped or picked: kept at once for a saved incident, waiting for one that is not."""

from __future__ import annotations

from functools import partial

from PySide6.QtCore import QObject, Signal
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QWidget

from smdesk.ui.desk import Desk
from smdesk.ui.draft_keeper import DraftKeeper
from smdesk.ui.pages.incidents import loading
from smdesk.ui.pages.incidents.evidence_strip import EvidenceStrip
from smdesk.ui.pages.incidents.loading import SavedForm
from smdesk.ui.tasks import Progress
from smdesk.ui.widgets import paste, pending
from smdesk.ui.widgets.pending import Pending
from smdesk.ui.words import count


class EvidenceIntake(QObject):
    """Stands between the form's Ctrl+V, drops and buttons, and the evidence service."""

    taken = Signal(str)
    """Says what was taken in, in a few words."""
    waiting_changed = Signal()
    """What waits for the first save is not what it was."""

    def __init__(self, desk: Desk, strip: EvidenceStrip, keeper: DraftKeeper, form: QWidget) -> None:
        super().__init__(form)
        self._desk = desk
        self._strip = strip
        self._keeper = keeper
        self._target: int | None = None
        self._next_key = 1
        self._catcher = paste.PasteCatcher(form)
        self._catcher.pasted.connect(self.take)
        strip.files_chosen.connect(self._files_chosen)
        strip.paste_wanted.connect(self._paste_pressed)
        strip.waiting_dropped.connect(self._waiting_dropped)

    def aim(self, incident_id: int | None, waiting: tuple[Pending, ...] = ()) -> None:
        """Where evidence goes from now on: an incident, 0 for one not saved yet, None for nowhere."""
        self._target = incident_id
        self._next_key = 1 + max((piece.key for piece in waiting), default=0)

    def take(self, offered: paste.Offered) -> None:
        """Pictures and files: read on a worker."""
        if self._target is None:
            return
        if not self._strip.may_add:
            self._desk.messages.info(self._strip.why_not)
            return
        target, key, at = self._target, self._next_key, self._desk.ctx.now()
        self._next_key += len(offered.images) + len(offered.paths)

        def work(progress: Progress) -> tuple[int, tuple[Pending, ...]]:
            return target, paste.as_pieces(offered, key, at)

        self._desk.tasks.run(self, work, self._ready, title="Reading the picture")

    def set_waiting(self, waiting: tuple[Pending, ...]) -> None:
        """Exactly this waits for the incident to be saved."""
        if self._target is None:
            return
        self._strip.show_waiting(waiting)
        self._keeper.keep(
            self._target, partial(pending.remember, form=loading.WAITING, waiting=waiting), "evidence"
        )
        self.waiting_changed.emit()

    def _ready(self, result: tuple[int, tuple[Pending, ...]]) -> None:
        target, pieces = result
        # Meanwhile the form may show another incident, or be marked so that nothing may be kept.
        if target != self._target or not self._strip.may_add:
            return
        if target == 0:
            self.set_waiting((*self._strip.waiting, *pieces))
            self.taken.emit(
                f"{count(len(pieces), 'piece of evidence', 'pieces of evidence')} added, kept when you save"
            )
            return
        ctx = self._desk.ctx

        def work(progress: Progress) -> SavedForm:
            return loading.add_evidence(ctx, target, pieces)

        self._desk.tasks.run(self, work, self._added, title="Keeping the evidence")

    def _added(self, result: SavedForm) -> None:
        if result.changes:
            self.taken.emit("Evidence kept")
        if result.failures:
            self._desk.messages.warning(
                "Not everything could be kept as evidence.",
                more="\n".join(f"{piece.name}: {sentence}" for piece, sentence in result.failures),
            )

    def _waiting_dropped(self, key: int) -> None:
        self.set_waiting(tuple(piece for piece in self._strip.waiting if piece.key != key))

    def _files_chosen(self, names: list[str]) -> None:
        self.take(paste.Offered(paths=tuple(names)))

    def _paste_pressed(self) -> None:
        found = paste.offered(QGuiApplication.clipboard().mimeData())
        if found:
            self.take(found)
        else:
            self._desk.messages.info(
                "There is no picture or file on the clipboard. Copy a screenshot, then press Paste."
            )
