"""What happened, line by line: when, what, and who wrote it down. As high as its words need."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from PySide6.QtCore import Qt, QTimer
from PySide6.QtGui import QFont
from PySide6.QtWidgets import QHeaderView, QTableWidget, QTableWidgetItem, QWidget

from smdesk.ui import theme

_LINE = Qt.ItemDataRole.UserRole


@dataclass(frozen=True, slots=True)
class StoryLine:
    """One line; ``key`` tells it apart and ``what`` is the record it stands for. ``struck``: it was taken back."""

    key: int
    when: str
    text: str
    written: str
    what: Any
    struck: bool = False


class StoryTable(QTableWidget):
    """Three columns. The chosen line stays chosen when it is drawn anew."""

    def __init__(self, object_name: str, accessible_name: str, parent: QWidget | None = None) -> None:
        super().__init__(0, 3, parent)
        self.setObjectName(object_name)
        self.setAccessibleName(accessible_name)
        self.setHorizontalHeaderLabels(["When", "What happened", "Written down"])
        self.verticalHeader().hide()
        for header, place in ((self.verticalHeader(), "lines"), (self.horizontalHeader(), "columns")):
            header.setObjectName(f"{object_name}_{place}")
            header.setAccessibleName(f"{accessible_name}: {place}")
        self.setWordWrap(True)
        self.setTextElideMode(Qt.TextElideMode.ElideNone)
        self.setShowGrid(False)
        self.setAlternatingRowColors(True)
        self.setTabKeyNavigation(False)
        self.setEditTriggers(QTableWidget.EditTrigger.NoEditTriggers)
        self.setSelectionBehavior(QTableWidget.SelectionBehavior.SelectRows)
        self.setSelectionMode(QTableWidget.SelectionMode.SingleSelection)
        self.setVerticalScrollMode(QTableWidget.ScrollMode.ScrollPerPixel)
        header = self.horizontalHeader()
        header.setSectionResizeMode(0, QHeaderView.ResizeMode.ResizeToContents)
        header.setSectionResizeMode(1, QHeaderView.ResizeMode.Stretch)
        header.setSectionResizeMode(2, QHeaderView.ResizeMode.Fixed)
        self.setColumnWidth(2, self.fontMetrics().horizontalAdvance("Designated safeguarding") + 24)
        header.setDefaultAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
        self._fit = QTimer(self)
        self._fit.setObjectName(f"{object_name}_fit")
        self._fit.setSingleShot(True)
        self._fit.setInterval(0)
        self._fit.timeout.connect(self._fit_rows)
        header.sectionResized.connect(self._fit_soon)

    def show_lines(self, lines: Sequence[StoryLine]) -> None:
        """Draw these; where the chosen one is gone, the last is chosen."""
        held = self.current()
        self.setRowCount(0)
        self.setRowCount(len(lines))
        for place, line in enumerate(lines):
            for column, item in enumerate(_items(line)):
                self.setItem(place, column, item)
        again = [place for place, line in enumerate(lines) if held is not None and line.key == held.key]
        if lines:
            self.setCurrentCell(again[0] if again else len(lines) - 1, 1)
        self._fit.start()

    def current(self) -> StoryLine | None:
        """The chosen line."""
        item = self.item(self.currentRow(), 0)
        return None if item is None else item.data(_LINE)

    def _fit_soon(self) -> None:
        self._fit.start()

    def _fit_rows(self) -> None:
        # A story has tens of lines, not thousands: each may be as high as its text, with some air.
        self.resizeRowsToContents()
        for line in range(self.rowCount()):
            self.setRowHeight(line, self.rowHeight(line) + theme.SMALL)
        self.doItemsLayout()
        if self.currentItem() is not None:
            self.scrollToItem(self.currentItem())


def _items(line: StoryLine) -> tuple[QTableWidgetItem, QTableWidgetItem, QTableWidgetItem]:
    when, what, written = (QTableWidgetItem(text) for text in (line.when, line.text, line.written))
    for item in (when, what, written):
        item.setData(_LINE, line)
        item.setTextAlignment(Qt.AlignmentFlag.AlignTop | Qt.AlignmentFlag.AlignLeft)
    if line.struck:
        font = QFont(what.font())
        font.setStrikeOut(True)
        for item in (when, what):
            item.setFont(font)
        what.setData(Qt.ItemDataRole.AccessibleTextRole, f"Taken back. {line.text}")
    return when, what, written
