"""A table of any length: it holds the ids of all rows and the contents of a few.

The page asks its service for the sorted ids (in SQL, on a worker) and gives them to ``reload``. Rows are fetched
by id in chunks of 200 on a worker, once they come into sight; ``data()`` only looks them up and never queries.
"""

from __future__ import annotations

from array import array
from collections import OrderedDict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from PySide6.QtCore import (
    QAbstractTableModel,
    QModelIndex,
    QObject,
    QPersistentModelIndex,
    Qt,
    QTimer,
    Signal,
)
from PySide6.QtGui import QFont, QIcon

from smdesk.services.context import Changes
from smdesk.ui import events as bus
from smdesk.ui.events import Events
from smdesk.ui.tasks import Progress, Tasks

CHUNK = 200
KEEP_CHUNKS = 40
MOST_AT_ONCE = 4
"""Chunks fetched in one go: what fits on a tall screen, and a little more while scrolling."""

LOADING = "…"
ROW_ROLE = Qt.ItemDataRole.UserRole
"""``index.data(ROW_ROLE)`` is the row's record, or None while it is being fetched."""

R = TypeVar("R")
Index = QModelIndex | QPersistentModelIndex


@dataclass(frozen=True)
class Column(Generic[R]):
    """One column: how to read it from a row. ``accessible`` is what a screen reader says (default: label, text)."""

    key: str
    label: str
    text: Callable[[R], str]
    width: int = 120
    tooltip: Callable[[R], str] | None = None
    icon: Callable[[R], QIcon | None] | None = None
    alignment: Qt.AlignmentFlag = Qt.AlignmentFlag.AlignLeft
    accessible: Callable[[R], str] | None = None
    strong: Callable[[R], bool] | None = None
    sortable: bool = True
    hidden: bool = False
    """Not shown until the user asks for it."""


def columns_named(labels: Mapping[Any, str]) -> Callable[..., Column[Any]]:
    """A maker of columns that go by the codes and labels of a service's own: (code, text, width, and what else)."""

    def made(code: Any, text: Callable[[Any], str], width: int, **more: Any) -> Column[Any]:
        return Column(key=str(code), label=labels[code], text=text, width=width, **more)

    return made


class ChunkedModel(QAbstractTableModel):
    """``fetch(ids)`` gives the rows for these ids (missing ones left out) and runs on a worker.

    ``kind`` is the kind in ``Changes`` whose ids are this table's: changed rows that are loaded are fetched again.
    """

    loaded = Signal()
    """Rows that were asked for have arrived."""

    def __init__(
        self,
        tasks: Tasks,
        columns: Sequence[Column[Any]],
        fetch: Callable[[Sequence[int]], Sequence[Any]],
        *,
        row_id: Callable[[Any], int] | None = None,
        events: Events | None = None,
        kind: str = "",
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self.columns = tuple(columns)
        self._tasks = tasks
        self._fetch = fetch
        self._id_of = row_id if row_id is not None else _id
        self._kind = kind
        self._ids: array[int] = array("q")
        self._chunks: OrderedDict[int, dict[int, Any]] = OrderedDict()
        self._before: dict[int, Any] = {}
        self._wanted: OrderedDict[int, None] = OrderedDict()
        self._underway: tuple[int, ...] = ()
        self._stale: set[int] = set()
        self._generation = 0
        self._strong = QFont()
        self._strong.setWeight(QFont.Weight.DemiBold)
        # Collects all cells of one paint into one fetch.
        self._soon = QTimer(self)
        self._soon.setSingleShot(True)
        self._soon.setInterval(0)
        self._soon.timeout.connect(self._fetch_wanted)
        if events is not None and kind:
            events.changed.connect(self._changed)

    # What the page uses

    def reload(self, ids: Iterable[int]) -> None:
        """Show these rows from now on, in this order. What was known of them stays on screen until it is fetched."""
        self.beginResetModel()
        self._before = {key: row for chunk in self._chunks.values() for key, row in chunk.items()}
        self._ids = ids if isinstance(ids, array) else array("q", ids)
        self._chunks.clear()
        self._wanted.clear()
        self._stale.clear()
        self._underway = ()
        self._generation += 1
        self.endResetModel()

    def refresh(self, ids: Iterable[int]) -> None:
        """Fetch these rows anew where they are loaded; the others are read when they come into sight."""
        loaded = {key for chunk in self._chunks.values() for key in chunk}
        self._stale |= loaded.intersection(ids)
        if self._stale:
            wanted, generation, fetch = list(self._stale), self._generation, self._fetch
            self._tasks.latest(self, "refresh", lambda progress: (generation, fetch(wanted)), self._refreshed)

    def row_id(self, row: int) -> int:
        """The id of this row. Raises IndexError outside the table."""
        return self._ids[row]

    def row_of(self, record_id: int) -> int:
        """Where this record stands, or -1."""
        try:
            return self._ids.index(record_id)
        except ValueError:
            return -1

    def record(self, row: int) -> Any | None:
        """The row's record if it has been fetched."""
        if not 0 <= row < len(self._ids):
            return None
        record_id = self._ids[row]
        chunk = self._chunks.get(row // CHUNK)
        if chunk is not None:
            return chunk.get(record_id)
        return self._before.get(record_id)

    @property
    def ids(self) -> array[int]:
        return self._ids

    # What Qt asks

    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008 - Qt's own signature; it is never changed.
        return 0 if parent.isValid() else len(self._ids)

    def columnCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008 - as above.
        return 0 if parent.isValid() else len(self.columns)

    def headerData(
        self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole
    ) -> object:
        if orientation == Qt.Orientation.Horizontal and 0 <= section < len(self.columns):
            if role in (Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.AccessibleTextRole):
                return self.columns[section].label
            if role == Qt.ItemDataRole.TextAlignmentRole:
                return self.columns[section].alignment | Qt.AlignmentFlag.AlignVCenter
        return None

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        if not index.isValid():
            return None
        row_number = index.row()
        column = self.columns[index.column()]
        if role == Qt.ItemDataRole.TextAlignmentRole:
            return column.alignment | Qt.AlignmentFlag.AlignVCenter
        row = self._look_up(row_number)
        if role == ROW_ROLE:
            return row
        if row is None:
            if role == Qt.ItemDataRole.DisplayRole:
                return LOADING
            return f"{column.label}: loading" if role == Qt.ItemDataRole.AccessibleTextRole else None
        if role == Qt.ItemDataRole.DisplayRole:
            return column.text(row)
        if role == Qt.ItemDataRole.AccessibleTextRole:
            return column.accessible(row) if column.accessible else f"{column.label}: {column.text(row)}"
        if role == Qt.ItemDataRole.ToolTipRole and column.tooltip is not None:
            # Qt shows a tool tip that looks like HTML as HTML; what people typed is text.
            return plain_tooltip(column.tooltip(row))
        if role == Qt.ItemDataRole.DecorationRole and column.icon is not None:
            return column.icon(row)
        if role == Qt.ItemDataRole.FontRole and column.strong is not None and column.strong(row):
            return self._strong
        return None

    # Fetching

    def _look_up(self, row: int) -> Any | None:
        number = row // CHUNK
        chunk = self._chunks.get(number)
        record_id = self._ids[row]
        if chunk is not None:
            self._chunks.move_to_end(number)
            return chunk.get(record_id)
        if number not in self._underway:
            self._wanted[number] = None
            self._wanted.move_to_end(number)
            if not self._soon.isActive():
                self._soon.start()
        return self._before.get(record_id)

    def _fetch_wanted(self) -> None:
        if not self._wanted:
            return
        # What is under way is asked for again with the new: the older job will not be delivered.
        numbers = [n for n in self._underway if n not in self._wanted] + list(self._wanted)
        numbers = numbers[-MOST_AT_ONCE:]
        self._wanted.clear()
        self._underway = tuple(numbers)
        parts = [(n, self._ids[n * CHUNK : (n + 1) * CHUNK]) for n in numbers]
        generation, fetch = self._generation, self._fetch

        def work(progress: Progress) -> tuple[int, list[tuple[int, Sequence[Any]]]]:
            found = []
            for number, ids in parts:
                progress.check_cancelled()
                found.append((number, fetch(ids)))
            return generation, found

        self._tasks.latest(self, "rows", work, self._arrived, self._not_arrived)

    def _arrived(self, result: tuple[int, list[tuple[int, Sequence[Any]]]]) -> None:
        generation, found = result
        if generation != self._generation:
            return
        self._underway = ()
        for number, rows in found:
            self._chunks[number] = {self._id_of(row): row for row in rows}
            self._chunks.move_to_end(number)
            last = min((number + 1) * CHUNK, len(self._ids)) - 1
            if last >= number * CHUNK:
                self.dataChanged.emit(
                    self.index(number * CHUNK, 0), self.index(last, len(self.columns) - 1), []
                )
        while len(self._chunks) > KEEP_CHUNKS:
            self._chunks.popitem(last=False)
        self.loaded.emit()

    def _not_arrived(self, error: Exception) -> None:
        # The rows stay "…" and are asked for again when they are next painted; the page's own load says why.
        self._underway = ()

    def _changed(self, changes: Changes) -> None:
        self.refresh(bus.ids(changes, self._kind))

    def _refreshed(self, result: tuple[int, Sequence[Any]]) -> None:
        generation, rows = result
        if generation != self._generation:
            return
        fresh = {self._id_of(row): row for row in rows}
        asked, self._stale = self._stale, set()
        for number, chunk in self._chunks.items():
            for record_id in asked.intersection(chunk):
                if record_id in fresh:
                    chunk[record_id] = fresh[record_id]
                else:
                    del chunk[record_id]
                row = self._ids.index(record_id, number * CHUNK)
                self.dataChanged.emit(self.index(row, 0), self.index(row, len(self.columns) - 1), [])


def plain_tooltip(text: str) -> str:
    """Text that Qt shows as it stands, wrapped, whatever somebody typed into it."""
    from html import escape

    return f"<p style='white-space:pre-wrap'>{escape(text)}</p>" if text else ""


def _id(row: Any) -> int:
    return int(row.id)
