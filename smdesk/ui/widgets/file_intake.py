"""Takes in what is pasted, dropped or picked: kept at once for a saved record, waiting for one that is not."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial
from typing import Any, Protocol

from PySide6.QtCore import QObject, Signal
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QWidget

from smdesk.services.context import Context
from smdesk.ui.desk import Desk
from smdesk.ui.draft_keeper import DraftKeeper
from smdesk.ui.tasks import Progress
from smdesk.ui.widgets import paste, pending
from smdesk.ui.widgets.pending import Pending, SavedForm
from smdesk.ui.words import count


class FilePlace(Protocol):
    """What shows the files: a strip of pictures, or a list. ``kind`` is the code new files get, "" where none."""

    files_chosen: Any
    paste_wanted: Any
    waiting_dropped: Any

    @property
    def may_add(self) -> bool: ...

    @property
    def why_not(self) -> str: ...

    @property
    def kind(self) -> str: ...

    @property
    def waiting(self) -> tuple[Pending, ...]: ...

    def show_waiting(self, waiting: Sequence[Pending]) -> None: ...


Add = Callable[[Context, int, Sequence[Pending]], SavedForm]
"""Keeps pieces with a saved record, on a worker; each piece that cannot be kept is reported, not raised."""


class FileIntake(QObject):
    """Stands between the form's Ctrl+V, drops and buttons, and the service that keeps the files."""

    taken = Signal(str)
    """Says what was taken in, in a few words."""
    waiting_changed = Signal()
    """What waits for the first save is not what it was."""

    def __init__(
        self,
        desk: Desk,
        place: FilePlace,
        keeper: DraftKeeper,
        form: QWidget,
        *,
        kept_as: str,
        add: Add,
        thing: str,
        things: str = "",
    ) -> None:
        """``kept_as`` is the draft's name for what waits; ``thing`` and ``things`` are what the pieces are called."""
        super().__init__(form)
        self._desk = desk
        self._place = place
        self._keeper = keeper
        self._kept_as = kept_as
        self._add = add
        self._called = (thing, things)
        self._target: int | None = None
        self._next_key = 1
        self._catcher = paste.PasteCatcher(form)
        self._catcher.pasted.connect(self.take)
        place.files_chosen.connect(self._files_chosen)
        place.paste_wanted.connect(self._paste_pressed)
        place.waiting_dropped.connect(self._waiting_dropped)

    def aim(self, record_id: int | None, waiting: tuple[Pending, ...] = ()) -> None:
        """Where files go from now on: a record, 0 for one not saved yet, None for nowhere."""
        self._target = record_id
        self._next_key = 1 + max((piece.key for piece in waiting), default=0)

    def take(self, offered: paste.Offered) -> None:
        """Pictures and files: read on a worker."""
        if self._target is None:
            return
        if not self._place.may_add:
            self._desk.messages.info(self._place.why_not)
            return
        target, key, at, kind = self._target, self._next_key, self._desk.ctx.now(), self._place.kind
        self._next_key += len(offered.images) + len(offered.paths)

        def work(progress: Progress) -> tuple[int, tuple[Pending, ...]]:
            return target, tuple(replace(each, kind=kind) for each in paste.as_pieces(offered, key, at))

        self._desk.tasks.run(self, work, self._ready, title="Reading the picture")

    def set_waiting(self, waiting: tuple[Pending, ...]) -> None:
        """Exactly this waits for the record to be saved."""
        if self._target is None:
            return
        self._place.show_waiting(waiting)
        keep = partial(pending.remember, form=self._kept_as, waiting=waiting)
        self._keeper.keep(self._target, keep, "evidence")
        self.waiting_changed.emit()

    def _ready(self, result: tuple[int, tuple[Pending, ...]]) -> None:
        target, pieces = result
        # Meanwhile the form may show another record, or be marked so that nothing may be kept.
        if target != self._target or not self._place.may_add:
            return
        if target == 0:
            self.set_waiting((*self._place.waiting, *pieces))
            self.taken.emit(f"{count(len(pieces), *self._called)} added, kept when you save")
            return
        ctx, add = self._desk.ctx, self._add

        def work(progress: Progress) -> SavedForm:
            return add(ctx, target, pieces)

        self._desk.tasks.run(self, work, self._added, title="Keeping the files")

    def _added(self, result: SavedForm) -> None:
        kept = result.pieces - len(result.failures)
        if kept:
            self.taken.emit(f"{count(kept, *self._called)} kept")
        if result.failures:
            self._desk.messages.warning(
                "Not everything could be kept.",
                more="\n".join(f"{piece.name}: {sentence}" for piece, sentence in result.failures),
            )

    def _waiting_dropped(self, key: int) -> None:
        self.set_waiting(tuple(piece for piece in self._place.waiting if piece.key != key))

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
