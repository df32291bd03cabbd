"""A short, read-only list of a few dozen lines: users, keys, backups, versions. Long lists are RecordTable's."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Qt
from PySide6.QtGui import QIcon
from PySide6.QtWidgets import QHeaderView, QTableWidget, QTableWidgetItem, QWidget

from smdesk.ui.models.chunked import plain_tooltip


class PlainTable(QTableWidget):
    """Whole rows are chosen; ``stretch`` is the column that takes the room left over (-1: all share it)."""

    def __init__(
        self,
        labels: Sequence[str],
        object_name: str,
        accessible_name: str,
        parent: QWidget | None = None,
        *,
        stretch: int = -1,
        wrap: bool = False,
    ) -> None:
        super().__init__(0, len(labels), parent)
        self.setObjectName(object_name)
        self.setAccessibleName(accessible_name)
        self.setHorizontalHeaderLabels(list(labels))
        self.setEditTriggers(QTableWidget.EditTrigger.NoEditTriggers)
        self.setSelectionBehavior(QTableWidget.SelectionBehavior.SelectRows)
        self.setSelectionMode(QTableWidget.SelectionMode.SingleSelection)
        # Tab leaves the list; arrows move in it.
        self.setTabKeyNavigation(False)
        self.setShowGrid(wrap)
        self.setWordWrap(wrap)
        self.verticalHeader().hide()
        header = self.horizontalHeader()
        header.setHighlightSections(False)
        header.setDefaultAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
        modes = QHeaderView.ResizeMode
        for place in range(len(labels)):
            header.setSectionResizeMode(
                place, modes.Stretch if stretch in (-1, place) else modes.ResizeToContents
            )
        self._wrap = wrap
        if wrap:
            self.verticalHeader().setSectionResizeMode(modes.ResizeToContents)
            # A line with a whole letter in it is higher than the list: it is read from its top, bit by bit.
            self.setVerticalScrollMode(QTableWidget.ScrollMode.ScrollPerPixel)

    def show_rows(self, rows: Sequence[Sequence[str]]) -> None:
        """Show these texts, one sequence a line. The chosen line stays chosen by its place."""
        self.setRowCount(len(rows))
        for line, texts in enumerate(rows):
            for place, text in enumerate(texts):
                item = QTableWidgetItem(text)
                if self._wrap:
                    item.setTextAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignTop)
                self.setItem(line, place, item)

    def explain(self, line: int, place: int, icon: QIcon, why: str) -> None:
        """Give a cell the shape of its state, and a sentence for whoever points at it or hears it read."""
        item = self.item(line, place)
        if item is not None:
            item.setIcon(icon)
            item.setToolTip(plain_tooltip(why))
            item.setData(Qt.ItemDataRole.AccessibleDescriptionRole, why)
