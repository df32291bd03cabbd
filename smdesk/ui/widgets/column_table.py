"""The columns of an imported file, each with examples and what it is taken for. One field belongs to one column."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QStandardItem, QStandardItemModel
from PySide6.QtWidgets import (
    QComboBox,
    QHeaderView,
    QLineEdit,
    QTableWidget,
    QTableWidgetItem,
    QVBoxLayout,
    QWidget,
)

from smdesk.services.import_headings import ColumnSample
from smdesk.ui import theme
from smdesk.ui.models.chunked import plain_tooltip
from smdesk.ui.widgets.text import named

_ROWS = 24
"""Columns shown at once; a file with more has them in a list of its own that scrolls."""
_MANY = 16
"""Columns from which on they can be looked for."""
_SHOWN = 60
"""Letters of the examples that are shown; the rest is in the tip."""


class ColumnTable(QWidget):
    """``changed`` whenever somebody chose what a column is taken for. ``boxes`` are the choices by column."""

    changed = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.boxes: dict[int, QComboBox] = {}
        self._quiet = False
        # One list of fields for all of them: there may be hundreds of columns.
        self._fields = QStandardItemModel(self)
        self.find = named(QLineEdit(self), "import_find_column", "Find a column by its heading or content")
        self.find.setPlaceholderText("Find a column by its heading or content")
        self.find.setClearButtonEnabled(True)
        self.find.textChanged.connect(self._narrow)
        self.table = QTableWidget(0, 3)
        named(self.table, "import_columns", "Columns of the file")
        self.table.setHorizontalHeaderLabels(["Column in the file", "For example", "Is taken for"])
        self.table.verticalHeader().hide()
        self.table.setShowGrid(False)
        self.table.setTabKeyNavigation(False)
        self.table.setEditTriggers(QTableWidget.EditTrigger.NoEditTriggers)
        self.table.setSelectionMode(QTableWidget.SelectionMode.NoSelection)
        self.table.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        header = self.table.horizontalHeader()
        header.setDefaultAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
        modes = QHeaderView.ResizeMode
        for place, mode in enumerate((modes.ResizeToContents, modes.Stretch, modes.Fixed)):
            header.setSectionResizeMode(place, mode)
        self.table.setColumnWidth(2, self.fontMetrics().averageCharWidth() * 38)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(theme.SMALL)
        column.addWidget(self.find)
        column.addWidget(self.table)

    def show_columns(
        self, columns: Sequence[ColumnSample], offered: Sequence[tuple[str, str]], meant: Mapping[int, str]
    ) -> None:
        """Show these columns. ``offered`` are codes and labels of fields; ``meant`` is place -> code."""
        self._quiet = True
        self.boxes.clear()
        self.find.clear()
        self.find.setVisible(len(columns) > _MANY)
        self.table.setRowCount(0)
        self._fields.clear()
        for code, label in (("", "Left out"), *offered):
            item = QStandardItem(label)
            item.setData(code, Qt.ItemDataRole.UserRole)
            self._fields.appendRow(item)
        self.table.setRowCount(len(columns))
        for at, each in enumerate(columns):
            self._show_column(at, each, meant.get(each.place, ""))
        rows = self.table.verticalHeader()
        rows.setDefaultSectionSize(self.fontMetrics().height() + 18)
        head = self.table.horizontalHeader().sizeHint().height()
        self.table.setFixedHeight(rows.defaultSectionSize() * min(len(columns), _ROWS) + head + 6)
        self._quiet = False

    def chosen(self) -> dict[str, int]:
        """Code of a field -> place of the column taken for it."""
        return {box.currentData(): place for place, box in self.boxes.items() if box.currentData()}

    def first(self) -> QWidget:
        """Where the keyboard begins."""
        return next(iter(self.boxes.values()), self.table)

    def _show_column(self, at: int, column: ColumnSample, code: str) -> None:
        for where, text in ((0, column.heading), (1, column.examples)):
            item = QTableWidgetItem(text if len(text) <= _SHOWN or where == 0 else f"{text[:_SHOWN]}…")
            item.setToolTip(plain_tooltip(text))
            self.table.setItem(at, where, item)
        spoken = f"Column {column.heading} is taken for"
        box = named(QComboBox(), f"import_column_{column.place}", spoken)
        box.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        box.setMinimumContentsLength(20)
        box.setModel(self._fields)
        box.setCurrentIndex(max(0, box.findData(code)))
        box.currentIndexChanged.connect(self._chosen)
        self.table.setCellWidget(at, 2, box)
        self.boxes[column.place] = box

    def _chosen(self) -> None:
        sender = self.sender()
        if self._quiet or not isinstance(sender, QComboBox):
            return
        wanted = sender.currentData()
        self._quiet = True
        for box in self.boxes.values():
            if box is not sender and wanted and box.currentData() == wanted:
                box.setCurrentIndex(0)
        self._quiet = False
        self.changed.emit()

    def _narrow(self, typed: str) -> None:
        words = typed.casefold().split()
        for at in range(self.table.rowCount()):
            texts = " ".join(self.table.item(at, where).text() for where in (0, 1)).casefold()
            self.table.setRowHidden(at, not all(word in texts for word in words))
