"""Short tables on a record's page: a few rows, opened with Enter or a double click."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from PySide6.QtCore import QModelIndex, Qt, Signal
from PySide6.QtGui import QFontMetrics, QIcon, QKeyEvent
from PySide6.QtWidgets import QAbstractItemView, QHeaderView, QTableWidget, QTableWidgetItem, QWidget

from smdesk.ui import theme
from smdesk.ui.models.chunked import plain_tooltip

_KEY = Qt.ItemDataRole.UserRole


@dataclass(frozen=True, slots=True)
class Line:
    """One row: the id it stands for, its cells, and an icon that repeats what the cell ``icon_at`` says."""

    key: int
    cells: tuple[str, ...]
    icon: QIcon | None = None
    icon_at: int = 0


class ShortTable(QTableWidget):
    """``opened`` carries the key of the row; ``remove_wanted`` comes from the Delete key."""

    opened = Signal(object)
    remove_wanted = Signal()

    def __init__(
        self,
        object_name: str,
        accessible_name: str,
        columns: Sequence[str],
        *,
        wide: int,
        parent: QWidget | None = None,
    ) -> None:
        """``wide`` is the column that takes what room there is."""
        super().__init__(0, len(columns), parent)
        self.setObjectName(object_name)
        self.setAccessibleName(accessible_name)
        self.setHorizontalHeaderLabels(list(columns))
        self.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setAlternatingRowColors(True)
        self.setShowGrid(False)
        self.setWordWrap(False)
        self.setTabKeyNavigation(False)
        rows = self.verticalHeader()
        rows.hide()
        rows.setSectionResizeMode(QHeaderView.ResizeMode.Fixed)
        rows.setDefaultSectionSize(int(QFontMetrics(self.font()).height() * theme.ROW_HEIGHT_FACTOR))
        self.setMinimumHeight(rows.defaultSectionSize() * 5)
        header = self.horizontalHeader()
        header.setHighlightSections(False)
        header.setDefaultAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
        for place in range(len(columns)):
            mode = (
                QHeaderView.ResizeMode.Stretch if place == wide else QHeaderView.ResizeMode.ResizeToContents
            )
            header.setSectionResizeMode(place, mode)
        self.doubleClicked.connect(self._double_clicked)

    def show_lines(self, lines: Sequence[Line]) -> None:
        """Show these rows; the current one stays so where it is still there."""
        current = self.current_key()
        header = self.horizontalHeader()
        modes = [header.sectionResizeMode(at) for at in range(self.columnCount())]
        # A column as wide as what is in it would measure all of it again after each cell.
        header.setSectionResizeMode(QHeaderView.ResizeMode.Fixed)
        self.setRowCount(0)
        self.setRowCount(len(lines))
        for place, line in enumerate(lines):
            for at, text in enumerate(line.cells):
                item = QTableWidgetItem(" ".join(text.split()))
                item.setData(_KEY, line.key)
                item.setToolTip(plain_tooltip(text))
                if line.icon is not None and at == line.icon_at:
                    item.setIcon(line.icon)
                self.setItem(place, at, item)
            if line.key == current:
                self.setCurrentCell(place, 0)
        for at, mode in enumerate(modes):
            header.setSectionResizeMode(at, mode)
        if lines and self.currentRow() < 0:
            self.setCurrentCell(0, 0)

    def current_key(self) -> int | None:
        return self.key_at(self.currentRow())

    def key_at(self, place: int) -> int | None:
        """The key of a row; None where there is no such row."""
        item = self.item(place, 0)
        return None if item is None else int(item.data(_KEY))

    def cell_texts(self) -> list[list[str]]:
        """What is shown, row by row."""
        return [
            [self.item(place, at).text() for at in range(self.columnCount())]
            for place in range(self.rowCount())
        ]

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and self.current_key() is not None:
            self.opened.emit(self.current_key())
        elif event.key() == Qt.Key.Key_Delete and self.current_key() is not None:
            self.remove_wanted.emit()
        else:
            super().keyPressEvent(event)

    def _double_clicked(self, index: QModelIndex) -> None:
        self.opened.emit(int(index.data(_KEY)))
