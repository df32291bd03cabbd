"""The files of a record: kept ones and ones that wait for it to be saved. Shown, copied, taken out with a reason."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any, Final, Protocol

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QFileDialog, QVBoxLayout, QWidget

from smdesk.services import attached_files
from smdesk.services.attached_files import AttachedFileRecord, Owner, OwnerKind
from smdesk.services.connection_records import KeptFile
from smdesk.services.context import Context, Saved
from smdesk.ui import theme
from smdesk.ui.desk import Desk
from smdesk.ui.tasks import Progress
from smdesk.ui.widgets import pending
from smdesk.ui.widgets.buttons import button
from smdesk.ui.widgets.file_window import FileWindow
from smdesk.ui.widgets.flow import flow
from smdesk.ui.widgets.forms import row
from smdesk.ui.widgets.pending import Pending, SavedForm
from smdesk.ui.widgets.service_dialog import ReasonService
from smdesk.ui.widgets.short_table import Line, ShortTable
from smdesk.ui.widgets.text import PlainLabel
from smdesk.ui.words import TYPE_WORDS, moment_in_words, size_in_words

ShownFile = KeptFile | AttachedFileRecord

PICTURES_OFFERED: Final = (
    "Pictures and files (*.png *.jpg *.jpeg *.webp *.pdf *.mp4 *.m4v *.txt *.eml);;All files (*)"
)


class FileService(Protocol):
    """What looks after the files: ``services.attached_files`` or ``services.connection_files``."""

    def read(self, ctx: Context, file_id: int, /) -> bytes: ...

    def save_copy(self, ctx: Context, file_id: int, file: Path, /) -> None: ...

    def remove(self, ctx: Context, file_id: int, reason: str, /) -> Saved: ...


@dataclass(frozen=True, slots=True)
class StripWords:
    """``name`` begins the object names, ``noun`` is what the person calls the record, ``told`` how to add a file."""

    name: str
    noun: str
    told: str
    title: str
    offered: str = PICTURES_OFFERED


class AttachedStrip(QWidget):
    """Files that are kept and files that wait. Enter shows one. A ``FilePlace`` for ``FileIntake``."""

    files_chosen = Signal(object)
    """Carries a list of paths."""
    paste_wanted = Signal()
    waiting_dropped = Signal(int)
    """Carries the key of a file that waited and was taken out."""

    def __init__(
        self,
        desk: Desk,
        words: StripWords,
        parent: QWidget | None = None,
        *,
        service: FileService = attached_files,
        before_choose: Sequence[QWidget] = (),
    ) -> None:
        """``before_choose`` stands before the buttons that add."""
        super().__init__(parent)
        self._desk = desk
        self._words = words
        self._service = service
        self._kept: tuple[ShownFile, ...] = ()
        self._waiting: tuple[Pending, ...] = ()
        self._may_add = False
        self._may_remove = False
        name = words.name
        self.setObjectName(f"{name}_files")
        self.setAccessibleName(words.title)
        self.told = PlainLabel(words.told, look="muted")
        self.table = ShortTable(f"{name}_files_table", words.title, ("File", "What it is", "Kept"), wide=0)
        self.about = PlainLabel("", self, selectable=True)
        self.about.setObjectName(f"{name}_file_about")
        self.choose = button("Choose files…", f"{name}_files_choose", self._choose)
        self.paste = button(
            "Paste", f"{name}_files_paste", self.paste_wanted.emit, tip="Ctrl+V does the same"
        )
        self.show_file = button(
            "Show", f"{name}_file_show", self._show, tip="Enter on the file does the same"
        )
        self.copy = button("Save a copy…", f"{name}_file_copy", self._save_copy)
        self.remove = button("Take out…", f"{name}_file_remove", self._remove)
        column = QVBoxLayout(self)
        theme.roomy(column, theme.SMALL, theme.SMALL)
        column.addWidget(self.told)
        self._adding = row(*before_choose, self.choose, self.paste, None)
        column.addWidget(self._adding)
        column.addWidget(self.table, 1)
        column.addWidget(self.about)
        column.addWidget(flow(self.show_file, self.copy, self.remove))
        self.table.currentCellChanged.connect(self._chosen)
        self.table.opened.connect(self._show)
        self.table.remove_wanted.connect(self._remove)
        self._draw()

    # What the form uses

    def show_files(
        self,
        kept: Sequence[ShownFile],
        waiting: Sequence[Pending],
        *,
        may_add: bool,
        may_remove: bool | None = None,
    ) -> None:
        """Another record, or the same one anew. Who may add may take out, unless ``may_remove`` says otherwise."""
        self._kept, self._waiting, self._may_add = tuple(kept), tuple(waiting), may_add
        self._may_remove = may_add if may_remove is None else may_remove
        self._draw()

    def show_waiting(self, waiting: Sequence[Pending]) -> None:
        """Draw what waits anew."""
        self._waiting = tuple(waiting)
        self._draw()

    @property
    def waiting(self) -> tuple[Pending, ...]:
        """What waits for the record to be saved."""
        return self._waiting

    @property
    def may_add(self) -> bool:
        return self._may_add

    @property
    def why_not(self) -> str:
        """Why nothing can be taken in, in a sentence."""
        return f"Files cannot be added to this {self._words.noun}: it is settled, or your role only lets you read it."

    @property
    def kind(self) -> str:
        """What a new file is; all are of one kind here."""
        return ""

    @property
    def count(self) -> int:
        """How many there are, those that wait included."""
        return sum(not each.removed for each in self._kept) + len(self._waiting)

    def choose_file(self, file_id: int) -> None:
        """Put the cursor on a file."""
        for place in range(self.table.rowCount()):
            if self.table.key_at(place) == file_id:
                self.table.setCurrentCell(place, 0)

    # What another kind of record says differently

    def what_is(self, file: ShownFile | Pending) -> str:
        """The second column."""
        if isinstance(file, Pending):
            return "picture" if file.data else "file"
        return TYPE_WORDS.get(file.media_type, "file") + (" (taken out)" if file.removed else "")

    def may_take_out(self, file: ShownFile) -> bool:
        """Whether this one, of those that may be taken out at all, may be."""
        return True

    # Drawing

    def _draw(self) -> None:
        kept = [
            Line(each.id, (each.name, self.what_is(each), moment_in_words(each.added_at)))
            for each in self._kept
        ]
        # A file that waits has no id yet: its key below zero tells it apart.
        waiting = [
            Line(-piece.key, (piece.name, self.what_is(piece), "waits for saving")) for piece in self._waiting
        ]
        self.table.show_lines([*kept, *waiting])
        self._adding.setVisible(self._may_add)
        self.told.setVisible(self._may_add)
        self._chosen()

    def current(self) -> Any:
        """The file under the cursor: a kept one, one that waits (``Pending``), or None."""
        key = self.table.current_key()
        for each in self._kept:
            if each.id == key:
                return each
        for piece in self._waiting:
            if -piece.key == key:
                return piece
        return None

    def _chosen(self) -> None:
        piece = self.current()
        waits = isinstance(piece, Pending)
        kept = piece is not None and not waits and not piece.removed
        self.show_file.setEnabled(kept)
        self.copy.setEnabled(kept)
        self.remove.setEnabled(waits or (kept and self._may_remove and self.may_take_out(piece)))
        self.about.setText(_about(piece, self._words.noun))
        self.about.setVisible(piece is not None)

    # Doing

    def _choose(self) -> None:
        names, _ = QFileDialog.getOpenFileNames(self, "Choose files", "", self._words.offered)
        if names:
            self.files_chosen.emit(names)

    def _show(self) -> None:
        piece = self.current()
        if piece is None or isinstance(piece, Pending) or piece.removed:
            return
        ctx, file, service = self._desk.ctx, piece, self._service

        def work(progress: Progress) -> tuple[ShownFile, bytes]:
            return file, service.read(ctx, file.id)

        self._desk.tasks.run(self, work, self._read, title="Opening the file")

    def _read(self, result: tuple[ShownFile, bytes]) -> None:
        file, data = result
        FileWindow(self._desk, file, data, self).open()

    def _save_copy(self) -> None:
        piece = self.current()
        if piece is None or isinstance(piece, Pending):
            return
        name, _ = QFileDialog.getSaveFileName(self, "Save an unprotected copy", piece.name)
        if not name:
            return
        ctx, file_id, file, service = self._desk.ctx, piece.id, Path(name), self._service

        def work(progress: Progress) -> str:
            service.save_copy(ctx, file_id, file)
            return file.name

        self._desk.tasks.run(self, work, self._copied, title="Saving a copy")

    def _copied(self, name: str) -> None:
        self.about.setText(
            f"Saved as {name}. That copy is not protected: delete it when you are done with it."
        )

    def _remove(self) -> None:
        piece = self.current()
        if isinstance(piece, Pending):
            self.waiting_dropped.emit(piece.key)
        elif piece is not None and self.remove.isEnabled():
            ctx, file_id, service = self._desk.ctx, piece.id, self._service
            ReasonService(
                self._desk,
                f"{self._words.name}_file_remove_dialog",
                "Take a file out for good",
                "Reason",
                "&Take it out",
                lambda reason: service.remove(ctx, file_id, reason),
                self,
                explanation=f"“{piece.name}” is destroyed and cannot be brought back. Its line and your reason stay "
                "on record.",
                look="danger",
            ).open()


def add_to(kind: OwnerKind, ctx: Context, record_id: int, pieces: Sequence[Pending]) -> SavedForm:
    """Keep files of a saved record at once; each that cannot be kept is reported. For ``FileIntake``, on a worker."""
    return keep_with(kind, ctx, Saved(record_id, 0, frozenset()), pieces)


def keep_with(kind: OwnerKind, ctx: Context, saved: Saved, pieces: Sequence[Pending]) -> SavedForm:
    """Keep what waited with a record that was just saved. For a worker."""
    return pending.keep_all(saved, pieces, partial(_keep, ctx, Owner(kind, saved.id)))


def _keep(ctx: Context, owner: Owner, piece: Pending, data: Path | bytes) -> Saved:
    return attached_files.add(ctx, owner, piece.name, data)


def _about(piece: ShownFile | Pending | None, noun: str) -> str:
    if piece is None:
        return ""
    if isinstance(piece, Pending):
        where = f" from {piece.path}" if piece.path else ""
        return f"{piece.name}{where}: kept when you save the {noun}."
    added = f"added by {piece.added_by}, {moment_in_words(piece.added_at)}"
    if piece.removed:
        return f"{piece.name}: taken out · reason: {piece.removed_reason} · {added}"
    parts = [piece.name, size_in_words(piece.size), added, piece.note, f"SHA-256 {piece.sha256[:12]}…"]
    return " · ".join(part for part in parts if part)
