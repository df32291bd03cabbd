"""The files of a declaration: the form filled in by hand, the decision on paper, what shows the relationship."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QComboBox, QFileDialog, QVBoxLayout, QWidget

from smdesk.services import connection_files
from smdesk.services.connection_records import FILE_KIND_LABELS, FileKind, KeptFile
from smdesk.ui import theme
from smdesk.ui.desk import Desk
from smdesk.ui.tasks import Progress
from smdesk.ui.widgets.buttons import button
from smdesk.ui.widgets.file_window import FileWindow
from smdesk.ui.widgets.flow import flow
from smdesk.ui.widgets.forms import row
from smdesk.ui.widgets.pending import Pending
from smdesk.ui.widgets.service_dialog import ReasonService
from smdesk.ui.widgets.short_table import Line, ShortTable
from smdesk.ui.widgets.text import PlainLabel, named
from smdesk.ui.words import moment_in_words, size_in_words

KINDS_OFFERED = "Scans and files (*.pdf *.png *.jpg *.jpeg *.webp *.txt *.eml);;All files (*)"

_TOLD = (
    "Drop a scan here, press Ctrl+V, or choose a file. Up to saving the declaration it waits with the form; then it "
    "is kept encrypted."
)


class FilesStrip(QWidget):
    """Files that are kept and files that wait. Enter shows one."""

    files_chosen = Signal(object)
    """Carries a list of paths."""
    paste_wanted = Signal()
    waiting_dropped = Signal(int)
    """Carries the key of a file that waited and was taken out."""

    def __init__(self, desk: Desk, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._desk = desk
        self._kept: tuple[KeptFile, ...] = ()
        self._waiting: tuple[Pending, ...] = ()
        self._may_add = False
        self.setObjectName("exception_files")
        self.setAccessibleName("Scans and other files")
        self.told = PlainLabel(_TOLD, look="muted")
        self.table = ShortTable(
            "exception_files_table", "Files of this declaration", ("File", "What it is", "Kept"), wide=0
        )
        self.about = PlainLabel("", self, selectable=True)
        self.about.setObjectName("exception_file_about")
        self.new_kind = named(QComboBox(self), "exception_file_kind", "What new files are")
        for kind in (FileKind.FORM, FileKind.EVIDENCE):
            self.new_kind.addItem(FILE_KIND_LABELS[kind], str(kind))
        self.choose = button("Choose files…", "exception_files_choose", self._choose)
        self.paste = button(
            "Paste", "exception_files_paste", self.paste_wanted.emit, tip="Ctrl+V does the same"
        )
        self.show_file = button(
            "Show", "exception_file_show", self._show, tip="Enter on the file does the same"
        )
        self.copy = button("Save a copy…", "exception_file_copy", self._save_copy)
        self.remove = button("Take out…", "exception_file_remove", self._remove)
        column = QVBoxLayout(self)
        theme.roomy(column, theme.SMALL, theme.SMALL)
        column.addWidget(self.told)
        self._adding = row(
            PlainLabel("New files are:", wrap=False), self.new_kind, self.choose, self.paste, None
        )
        column.addWidget(self._adding)
        column.addWidget(self.table, 1)
        column.addWidget(self.about)
        column.addWidget(flow(self.show_file, self.copy, self.remove))
        self.table.currentCellChanged.connect(self._chosen)
        self.table.opened.connect(self._show)
        self.table.remove_wanted.connect(self._remove)
        self._draw()

    # What the form uses

    def show_files(self, kept: Sequence[KeptFile], waiting: Sequence[Pending], *, may_add: bool) -> None:
        """Another record, or the same one anew."""
        self._kept, self._waiting, self._may_add = tuple(kept), tuple(waiting), may_add
        self._draw()

    def show_waiting(self, waiting: Sequence[Pending]) -> None:
        """Draw what waits anew."""
        self._waiting = tuple(waiting)
        self._draw()

    @property
    def waiting(self) -> tuple[Pending, ...]:
        """What waits for the declaration to be saved."""
        return self._waiting

    @property
    def may_add(self) -> bool:
        return self._may_add

    @property
    def why_not(self) -> str:
        """Why nothing can be taken in, in a sentence."""
        return "Files cannot be added here: your role only lets you read this declaration."

    @property
    def kind(self) -> str:
        """What a new file is."""
        return str(self.new_kind.currentData())

    @property
    def count(self) -> int:
        """How many there are, those that wait included."""
        return sum(not each.removed for each in self._kept) + len(self._waiting)

    def choose_file(self, file_id: int) -> None:
        """Put the cursor on a file."""
        for place in range(self.table.rowCount()):
            if self.table.key_at(place) == file_id:
                self.table.setCurrentCell(place, 0)

    # Drawing

    def _draw(self) -> None:
        kept = [
            Line(each.id, (each.name, _what(each), moment_in_words(each.added_at))) for each in self._kept
        ]
        # A file that waits has no id yet: its key below zero tells it apart.
        waiting = [
            Line(-piece.key, (piece.name, _kind_words(piece.kind), "waits for saving"))
            for piece in self._waiting
        ]
        self.table.show_lines([*kept, *waiting])
        self._adding.setVisible(self._may_add)
        self.told.setVisible(self._may_add)
        self._chosen()

    def _current(self) -> KeptFile | Pending | None:
        key = self.table.current_key()
        for each in self._kept:
            if each.id == key:
                return each
        for piece in self._waiting:
            if -piece.key == key:
                return piece
        return None

    def _chosen(self) -> None:
        piece = self._current()
        kept = isinstance(piece, KeptFile) and not piece.removed
        self.show_file.setEnabled(kept)
        self.copy.setEnabled(kept)
        self.remove.setEnabled(
            isinstance(piece, Pending) or (kept and self._may_add and not _is_decision(piece))
        )
        self.about.setText(_about(piece))
        self.about.setVisible(piece is not None)

    # Doing

    def _choose(self) -> None:
        names, _ = QFileDialog.getOpenFileNames(self, "Choose scans or files", "", KINDS_OFFERED)
        if names:
            self.files_chosen.emit(names)

    def _show(self) -> None:
        piece = self._current()
        if not isinstance(piece, KeptFile) or piece.removed:
            return
        ctx, file = self._desk.ctx, piece

        def work(progress: Progress) -> tuple[KeptFile, bytes]:
            return file, connection_files.read(ctx, file.id)

        self._desk.tasks.run(self, work, self._read, title="Opening the file")

    def _read(self, result: tuple[KeptFile, bytes]) -> None:
        file, data = result
        FileWindow(self._desk, file, data, self).open()

    def _save_copy(self) -> None:
        piece = self._current()
        if not isinstance(piece, KeptFile):
            return
        name, _ = QFileDialog.getSaveFileName(self, "Save an unprotected copy", piece.name)
        if not name:
            return
        ctx, file_id, file = self._desk.ctx, piece.id, Path(name)

        def work(progress: Progress) -> str:
            connection_files.save_copy(ctx, file_id, file)
            return file.name

        self._desk.tasks.run(self, work, self._copied, title="Saving a copy")

    def _copied(self, name: str) -> None:
        self.about.setText(
            f"Saved as {name}. That copy is not protected: delete it when you are done with it."
        )

    def _remove(self) -> None:
        piece = self._current()
        if isinstance(piece, Pending):
            self.waiting_dropped.emit(piece.key)
        elif piece is not None and self.remove.isEnabled():
            ctx, file_id = self._desk.ctx, piece.id
            ReasonService(
                self._desk,
                "exception_file_remove_dialog",
                "Take a file out for good",
                "Reason",
                "&Take it out",
                lambda reason: connection_files.remove(ctx, file_id, reason),
                self,
                explanation=f"“{piece.name}” is destroyed and cannot be brought back. Its line and your reason stay "
                "on record.",
                look="danger",
            ).open()


def _is_decision(piece: KeptFile | Pending | None) -> bool:
    """The scan of a decision belongs to that decision for good."""
    return isinstance(piece, KeptFile) and piece.kind is FileKind.DECISION


def _kind_words(code: str) -> str:
    return FILE_KIND_LABELS[FileKind(code)] if code else FILE_KIND_LABELS[FileKind.FORM]


def _what(file: KeptFile) -> str:
    return f"{FILE_KIND_LABELS[file.kind]} (taken out)" if file.removed else FILE_KIND_LABELS[file.kind]


def _about(piece: KeptFile | Pending | None) -> str:
    if piece is None:
        return ""
    if isinstance(piece, Pending):
        where = f" from {piece.path}" if piece.path else ""
        return f"{piece.name}{where}: kept when you save the declaration."
    added = f"added by {piece.added_by}, {moment_in_words(piece.added_at)}"
    if piece.removed:
        return f"{piece.name}: taken out · reason: {piece.removed_reason} · {added}"
    parts = [piece.name, size_in_words(piece.size), added, piece.note, f"SHA-256 {piece.sha256[:12]}…"]
    return " · ".join(part for part in parts if part)
