"""Print what a list shows, or take it out as a file: which columns, which kind, and how far it is."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import (
    QDialog,
    QListWidget,
    QListWidgetItem,
    QRadioButton,
    QVBoxLayout,
    QWidget,
)

from smdesk.services.context import Context
from smdesk.services.list_files import Kind
from smdesk.ui import theme
from smdesk.ui.desk import Desk
from smdesk.ui.tasks import Progress
from smdesk.ui.widgets.buttons import button
from smdesk.ui.widgets.dialogs import ProgressDialog
from smdesk.ui.widgets.forms import closing, row
from smdesk.ui.widgets.save_as import ChooseFile, asking, chosen_file
from smdesk.ui.widgets.text import PlainLabel, heading, muted, named

FORMATS: tuple[tuple[Kind, str, str], ...] = (
    ("pdf", "PDF", "to print or pass on as it is"),
    ("xlsx", "Excel workbook (XLSX)", "to sort and count in a spreadsheet"),
    ("csv", "Text table (CSV)", "for other programs"),
)

Write = Callable[[Context, Any, Any, Sequence[Any], Path, Kind, Callable[[int, int], None]], int]
"""Writes a list to a file and gives its number of rows: context, filter, sorting, columns, file, kind, progress."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """What goes out: a list as it stands on the screen. Filter, sorting and columns are the service's own."""

    filter: Any
    sort: Any
    shown: tuple[Any, ...]
    count: int
    labels: Mapping[Any, str]
    """Every column there is, in the usual order, with its label."""
    title: str
    one: str
    many: str
    write: Write


@dataclass(frozen=True, slots=True)
class _Written:
    file: Path
    rows: int


class ExportDialog(QDialog):
    """``finished_file`` carries the path written, ``previewed`` the PDF's bytes. Use ``open()``."""

    finished_file = Signal(object)
    previewed = Signal(object)

    def __init__(
        self,
        desk: Desk,
        wanted: Wanted,
        parent: QWidget | None = None,
        *,
        choose_file: ChooseFile | None = None,
    ) -> None:
        super().__init__(parent)
        self._desk = desk
        self._wanted = wanted
        self._choose_file = choose_file or asking("Save the list")
        self.setObjectName("export_dialog")
        self.setWindowTitle("Print or export the list")
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowModality(Qt.WindowModality.WindowModal)
        column = QVBoxLayout(self)
        theme.roomy(column)
        column.addWidget(heading("Print or export the list", 2))
        column.addWidget(PlainLabel(f"{self._number(wanted.count)}, filtered and sorted as on the screen."))
        column.addWidget(heading("Columns", 3))
        self.columns = named(QListWidget(), "export_columns", "Columns to include")
        self.columns.setDragDropMode(QListWidget.DragDropMode.InternalMove)
        self.columns.setToolTip("Space includes or leaves out. Drag, or Ctrl+Up and Ctrl+Down, to move.")
        rest = [each for each in wanted.labels if each not in wanted.shown]
        for each in (*wanted.shown, *rest):
            item = QListWidgetItem(wanted.labels[each])
            item.setData(Qt.ItemDataRole.UserRole, str(each))
            item.setFlags(item.flags() | Qt.ItemFlag.ItemIsUserCheckable)
            item.setCheckState(Qt.CheckState.Checked if each in wanted.shown else Qt.CheckState.Unchecked)
            self.columns.addItem(item)
        self.columns.setCurrentRow(0)
        self.columns.itemChanged.connect(self._show_possible)
        self.up = button("Move &up", "export_up", self._up, shortcut="Ctrl+Up")
        self.down = button("Move &down", "export_down", self._down, shortcut="Ctrl+Down")
        column.addWidget(self.columns, 1)
        column.addWidget(row(self.up, self.down, None))
        column.addWidget(heading("File", 3))
        self.formats: dict[Kind, QRadioButton] = {}
        for kind, label, use in FORMATS:
            choice = named(QRadioButton(f"{label}, {use}"), f"export_{kind}", f"{label}, {use}")
            choice.setChecked(kind == "pdf")
            self.formats[kind] = choice
            column.addWidget(choice)
        column.addWidget(
            muted(
                "A file or a print-out is no longer protected by SM Desk. Who took out what is kept on record."
            )
        )
        self.print = button(
            "&Print preview…", "export_print", self._print, tip="Shows the pages; print from there"
        )
        self.save = button(
            "&Save as file…", "export_save", self._save, look="primary", shortcut="Ctrl+Return"
        )
        self.save.setDefault(True)
        self.cancel = button("Cancel", "export_cancel", self.reject)
        column.addWidget(closing(self.cancel, self.save, self.print))
        self.columns.setMinimumHeight(90)
        room = self.screen().availableGeometry()
        self.resize(520, min(600, room.height() - 60))
        self.columns.setFocus()
        self._show_possible()

    def chosen_columns(self) -> tuple[Any, ...]:
        """The ticked columns, from top to bottom."""
        columns = {str(each): each for each in self._wanted.labels}
        items = [self.columns.item(place) for place in range(self.columns.count())]
        return tuple(
            columns[item.data(Qt.ItemDataRole.UserRole)]
            for item in items
            if item.checkState() == Qt.CheckState.Checked
        )

    def chosen_kind(self) -> Kind:
        return next(kind for kind, choice in self.formats.items() if choice.isChecked())

    def _number(self, count: int) -> str:
        return f"1 {self._wanted.one}" if count == 1 else f"{count:,} {self._wanted.many}"

    def _show_possible(self) -> None:
        possible = bool(self.chosen_columns())
        self.save.setEnabled(possible)
        self.print.setEnabled(possible)

    def _up(self) -> None:
        self._move(-1)

    def _down(self) -> None:
        self._move(1)

    def _move(self, by: int) -> None:
        place = self.columns.currentRow()
        if 0 <= place + by < self.columns.count():
            item = self.columns.takeItem(place)
            self.columns.insertItem(place + by, item)
            self.columns.setCurrentRow(place + by)

    def _save(self) -> None:
        kind = self.chosen_kind()
        name = f"{self._wanted.title} {self._desk.ctx.today():%Y-%m-%d}.{kind}"
        label = next(label for each, label, _ in FORMATS if each == kind)
        file = chosen_file(self._choose_file, self, name, f"{label} (*.{kind})")
        if file is None:
            return
        work = _export(self._desk.ctx, self._wanted, self.chosen_columns(), file, kind)
        job = self._desk.tasks.run(
            self, work, self._written, title="Exporting the list", ended=self._ended, long=True
        )
        self._busy(True)
        ProgressDialog(self._desk.tasks, job, "Exporting the list", self).open()

    def _print(self) -> None:
        work = _for_preview(self._desk.ctx, self._wanted, self.chosen_columns())
        job = self._desk.tasks.run(
            self, work, self._ready, title="Preparing the pages", ended=self._ended, long=True
        )
        self._busy(True)
        ProgressDialog(self._desk.tasks, job, "Preparing the pages", self).open()

    def _written(self, written: _Written) -> None:
        self.finished_file.emit(written.file)
        self._desk.messages.info(
            f"Saved {self._number(written.rows)} as “{written.file.name}”.",
            more="The file is not encrypted. Keep it where only those who need it can open it, and delete it when "
            "it is no longer needed.",
        )
        self.accept()

    def _ready(self, data: bytes) -> None:
        self.previewed.emit(data)
        self.accept()

    def _ended(self) -> None:
        self._busy(False)

    def _busy(self, busy: bool) -> None:
        for each in (self.save, self.print, self.columns):
            each.setEnabled(not busy)
        if not busy:
            self._show_possible()


def _export(
    ctx: Context, wanted: Wanted, columns: Sequence[Any], file: Path, kind: Kind
) -> Callable[[Progress], _Written]:
    def work(progress: Progress) -> _Written:
        rows = wanted.write(ctx, wanted.filter, wanted.sort, columns, file, kind, progress.counted)
        return _Written(file, rows)

    return work


def _for_preview(ctx: Context, wanted: Wanted, columns: Sequence[Any]) -> Callable[[Progress], bytes]:
    def work(progress: Progress) -> bytes:
        # In a folder only this person can look into, and gone before the pages are shown.
        with tempfile.TemporaryDirectory(prefix="smdesk-") as place:
            file = Path(place) / "list.pdf"
            _export(ctx, wanted, columns, file, "pdf")(progress)
            return file.read_bytes()

    return work
