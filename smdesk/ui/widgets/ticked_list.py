"""A list of which each line has a tick, for a handful or for everybody of a large school."""

from __future__ import annotations

from collections.abc import Iterable

from PySide6.QtCore import QAbstractListModel, QModelIndex, QPersistentModelIndex, Qt, Signal
from PySide6.QtWidgets import QListView, QWidget

from smdesk.ui.models.chunked import plain_tooltip

Index = QModelIndex | QPersistentModelIndex
_Check = Qt.ItemDataRole.CheckStateRole


class _Lines(QAbstractListModel):
    """Plain lists and a set: an object of Qt's own for each line took a second for the parents of a large school."""

    changed = Signal()

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.ids: list[int] = []
        self.texts: list[str] = []
        self.off: set[int] = set()
        """Those that are not ticked."""
        self.known: set[int] = set()

    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008 - Qt's own signature; it is never changed.
        return 0 if parent.isValid() else len(self.ids)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        if not index.isValid():
            return None
        row = index.row()
        if role == Qt.ItemDataRole.DisplayRole:
            return self.texts[row]
        if role == _Check:
            return Qt.CheckState.Unchecked if self.ids[row] in self.off else Qt.CheckState.Checked
        return plain_tooltip(self.texts[row]) if role == Qt.ItemDataRole.ToolTipRole else None

    def flags(self, index: Index) -> Qt.ItemFlag:
        flags = Qt.ItemFlag
        return flags.ItemIsEnabled | flags.ItemIsSelectable | flags.ItemIsUserCheckable

    def setData(self, index: Index, value: object, role: int = Qt.ItemDataRole.EditRole) -> bool:
        if role != _Check or not index.isValid():
            return False
        line = self.ids[index.row()]
        if Qt.CheckState(value) == Qt.CheckState.Checked:
            self.off.discard(line)
        else:
            self.off.add(line)
        self.dataChanged.emit(index, index, [role])
        self.changed.emit()
        return True

    def add(self, lines: Iterable[tuple[int, str]]) -> None:
        fresh = {line: text for line, text in lines if line not in self.known}
        if not fresh:
            return
        first = len(self.ids)
        self.beginInsertRows(QModelIndex(), first, first + len(fresh) - 1)
        self.ids += fresh.keys()
        self.texts += fresh.values()
        self.known |= fresh.keys()
        self.endInsertRows()
        self.changed.emit()

    def clear(self) -> None:
        self.beginResetModel()
        self.ids, self.texts, self.off, self.known = [], [], set(), set()
        self.endResetModel()
        self.changed.emit()


class TickedList(QListView):
    """``ticks_changed`` whenever a line is added, ticked or not any more."""

    ticks_changed = Signal()

    def __init__(self, object_name: str, accessible_name: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName(object_name)
        self.setAccessibleName(accessible_name)
        self._lines = _Lines(self)
        self.setModel(self._lines)
        self.setUniformItemSizes(True)
        self.setEditTriggers(QListView.EditTrigger.NoEditTriggers)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setTextElideMode(Qt.TextElideMode.ElideRight)
        self._lines.changed.connect(self.ticks_changed)

    def add(self, lines: Iterable[tuple[int, str]]) -> None:
        """Add lines at the end, ticked: an id and what is shown. Those that are there already stay as they are."""
        self._lines.add(lines)
        if not self.currentIndex().isValid():
            self.go_to(0)

    def clear(self) -> None:
        """Nothing stands in it any more."""
        self._lines.clear()

    def ids(self) -> list[int]:
        """Every line from top to bottom, ticked or not."""
        return list(self._lines.ids)

    def texts(self) -> list[str]:
        """What is shown, from top to bottom."""
        return list(self._lines.texts)

    def ticked(self) -> tuple[int, ...]:
        """Those that are ticked, from top to bottom."""
        return tuple(line for line in self._lines.ids if line not in self._lines.off)

    @property
    def number_ticked(self) -> int:
        return len(self._lines.ids) - len(self._lines.off)

    def tick(self, row: int, *, on: bool = True) -> None:
        """Tick this line, or take its tick off."""
        state = Qt.CheckState.Checked if on else Qt.CheckState.Unchecked
        self._lines.setData(self._lines.index(row), state, _Check)

    def go_to(self, row: int) -> None:
        """Make this line the current one."""
        if row < len(self._lines.ids):
            self.setCurrentIndex(self._lines.index(row))
