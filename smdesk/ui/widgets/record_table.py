"""The list on every tab: fixed rows, movable and hideable columns that are remembered, all by keyboard."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from PySide6.QtCore import QEvent, QItemSelectionModel, QModelIndex, QPoint, Qt, QTimer, Signal
from PySide6.QtGui import (
    QAction,
    QFontMetrics,
    QGuiApplication,
    QHideEvent,
    QKeyEvent,
    QKeySequence,
    QResizeEvent,
)
from PySide6.QtWidgets import QAbstractItemView, QHeaderView, QMenu, QTableView, QWidget

from smdesk.services import settings
from smdesk.ui import theme
from smdesk.ui.desk import Desk
from smdesk.ui.models.chunked import ChunkedModel

REMEMBER_AFTER_MS = 700
NARROWEST, WIDEST = 0.8, 1.5
"""How far the usual columns give way to a small window, or spread in a large one, as shares of their width."""
MEASURED = 40
"""So many rows are looked at to see which columns have room to spare, and which are cut."""
CELL_AIR = 4
"""What a cell is given besides what it needs, in device-independent pixels."""


class RecordTable(QTableView):
    """A table over a ``ChunkedModel``.

    ``remember_as`` is the settings key its columns are kept under (per user). Sorting is asked for with
    ``sort_wanted`` and done by the page in SQL.
    """

    opened = Signal(object)
    """The id of the row that was opened (Enter, double click)."""
    current_changed = Signal(object)
    """The id of the current row, or None."""
    sort_wanted = Signal(str, bool)
    """The column's key, and whether descending."""

    def __init__(
        self,
        desk: Desk,
        model: ChunkedModel,
        object_name: str,
        accessible_name: str,
        remember_as: str,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self._desk = desk
        self._model = model
        self._remember_as = remember_as
        self._dressing = False
        self._usual = True
        """Nobody has arranged the columns yet: they follow the window."""
        self._needs: dict[int, int] = {}
        """How wide each column would have to be for what has been seen of these rows. It only grows: columns settle."""
        self._other_rows = False
        self.setObjectName(object_name)
        self.setAccessibleName(accessible_name)
        self.setModel(model)
        self.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.setSelectionMode(QAbstractItemView.SelectionMode.ExtendedSelection)
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setAlternatingRowColors(True)
        self.setShowGrid(False)
        self.setWordWrap(False)
        # Tab leaves the list; arrows move in it.
        self.setTabKeyNavigation(False)
        self.setHorizontalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self._set_row_height()

        header = self.horizontalHeader()
        header.setObjectName(f"{object_name}_header")
        header.setSectionsMovable(True)
        header.setSectionsClickable(True)
        header.setHighlightSections(False)
        # Columns are never marked. A header that shares the rows' selection asks, for each of its sections, whether
        # every single row is: with fifty thousand of them marked (Ctrl+A) the window stood still for a second.
        header.setSelectionModel(QItemSelectionModel(model, header))
        header.setStretchLastSection(True)
        header.setMinimumSectionSize(48)
        header.setSortIndicatorShown(True)
        header.setSortIndicatorClearable(False)
        header.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        header.customContextMenuRequested.connect(self._header_menu)
        self.doubleClicked.connect(self._double_clicked)

        self._remember = QTimer(self)
        self._remember.setSingleShot(True)
        self._remember.setInterval(REMEMBER_AFTER_MS)
        self._remember.timeout.connect(self._store_columns)
        self._usual_columns()
        model.loaded.connect(self._measure)
        header.sectionMoved.connect(self._columns_changed)
        header.sectionResized.connect(self._section_resized)
        header.sortIndicatorChanged.connect(self._sort_changed)

    # What the page uses

    def show_ids(self, ids: Iterable[int]) -> None:
        """Show these rows; the current and the selected ones stay so, where they are still in the list."""
        current = self.current_id()
        chosen = self.selected_ids()
        top = self.rowAt(1)
        top_id = self._model.row_id(top) if top > 0 else None
        self._other_rows = True
        self._model.reload(ids)
        if current is None:
            return
        row = self._model.row_of(current)
        if row < 0:
            return
        selection = self.selectionModel()
        flags = selection.SelectionFlag
        selection.setCurrentIndex(self._model.index(row, 0), flags.NoUpdate)
        for record_id in chosen[:200]:
            at = self._model.row_of(record_id)
            if at >= 0:
                selection.select(self._model.index(at, 0), flags.Select | flags.Rows)
        at = self._model.row_of(top_id) if top_id is not None else -1
        if at >= 0:
            self.scrollTo(self._model.index(at, 0), QAbstractItemView.ScrollHint.PositionAtTop)

    def restore_columns(self) -> None:
        """Read the remembered columns (on a worker) and show them. Call once, when the page is first shown."""
        ctx, key = self._desk.ctx, self._remember_as
        self._desk.tasks.latest(self, "columns", lambda progress: settings.get(ctx, key, None), self.dress)

    def current_id(self) -> int | None:
        index = self.currentIndex()
        return self._model.row_id(index.row()) if index.isValid() else None

    def selected_ids(self) -> list[int]:
        """In the order of the list."""
        # By spans: asked for its rows, Qt makes an index for each, and a second goes by where all are marked.
        spans = sorted((each.top(), each.bottom()) for each in self.selectionModel().selection())
        rows = dict.fromkeys(row for top, bottom in spans for row in range(top, bottom + 1))
        ids = self._model.ids
        return [ids[row] for row in rows]

    def select_id(self, record_id: int) -> bool:
        """Make this record the current row. False when it is not in the list."""
        row = self._model.row_of(record_id)
        if row < 0:
            return False
        self.setCurrentIndex(self._model.index(row, self._first_shown()))
        return True

    def shown_columns(self) -> list[str]:
        """Keys of the columns on screen, from left to right: what an export should hold."""
        header = self.horizontalHeader()
        order = [header.logicalIndex(place) for place in range(header.count())]
        return [self._model.columns[i].key for i in order if not self.isColumnHidden(i)]

    def show_sort(self, key: str, descending: bool) -> None:
        """Show how the list is sorted, without asking for it."""
        keys = [column.key for column in self._model.columns]
        header = self.horizontalHeader()
        header.blockSignals(True)
        header.setSortIndicator(
            keys.index(key), Qt.SortOrder.DescendingOrder if descending else Qt.SortOrder.AscendingOrder
        )
        header.blockSignals(False)
        header.viewport().update()

    # Columns

    def columns_state(self) -> dict[str, Any]:
        """What is remembered: order, hidden ones and widths, by key."""
        header = self.horizontalHeader()
        keys = [column.key for column in self._model.columns]
        return {
            "order": [keys[header.logicalIndex(place)] for place in range(header.count())],
            "hidden": [key for i, key in enumerate(keys) if self.isColumnHidden(i)],
            "widths": {key: self.columnWidth(i) for i, key in enumerate(keys) if not self.isColumnHidden(i)},
        }

    def dress(self, state: object) -> None:
        """Arrange the columns as remembered. What does not fit this version's columns is passed over."""
        if not isinstance(state, dict):
            return
        keys = [column.key for column in self._model.columns]
        header = self.horizontalHeader()
        self._usual = False
        self._dressing = True
        try:
            order = [key for key in state.get("order", []) if key in keys]
            for place, key in enumerate(order):
                header.moveSection(header.visualIndex(keys.index(key)), place)
            hidden = set(state.get("hidden", []))
            if len(hidden & set(keys)) < len(keys):
                for i, key in enumerate(keys):
                    self.setColumnHidden(i, key in hidden)
            for key, width in state.get("widths", {}).items():
                if key in keys and isinstance(width, int) and 30 <= width <= 2000:
                    self.setColumnWidth(keys.index(key), width)
        finally:
            self._dressing = False

    def _usual_columns(self) -> None:
        header = self.horizontalHeader()
        self._dressing = True
        for i, column in enumerate(self._model.columns):
            header.moveSection(header.visualIndex(i), i)
            self.setColumnHidden(i, column.hidden)
            if not column.hidden:
                self.setColumnWidth(i, column.width)
        self._dressing = False
        self._usual = True
        self._fit_usual_columns()

    def _fit_usual_columns(self) -> None:
        """Share the room out among the usual columns, so that the last is not beyond the edge of a small window."""
        columns = self._model.columns
        shown = [i for i in range(len(columns)) if not self.isColumnHidden(i)]
        room = self.viewport().width()
        if not shown or room <= 0:
            return
        # In a small window the headings stay whole: a column nobody can name is worse than a scroll bar. What they
        # need beyond their share is taken from the others.
        headings = {i: self.horizontalHeader().sectionSizeHint(i) for i in shown}
        sharing = list(shown)
        while sharing:
            taken = sum(headings[i] for i in shown if i not in sharing)
            share = min(max((room - taken) / sum(columns[i].width for i in sharing), NARROWEST), WIDEST)
            narrow = [i for i in sharing if columns[i].width * share < headings[i]]
            if not narrow:
                break
            sharing = [i for i in sharing if i not in narrow]
        widths = {i: int(columns[i].width * share) if i in sharing else headings[i] for i in shown}
        self._even_out(widths, headings, room)
        last = max(shown, key=self.horizontalHeader().visualIndex)
        self._dressing = True
        # The last one takes what is left by itself; set wide first, it would leave a scroll bar behind.
        for i in sorted(shown, key=lambda each: (each != last, widths[each] - self.columnWidth(each))):
            self.setColumnWidth(i, widths[i] if i != last else min(widths[i], columns[i].width))
        self._dressing = False

    def _even_out(self, widths: dict[int, int], headings: dict[int, int], room: int) -> None:
        """Give what columns have to spare to those that are cut. The last one has what is left over besides."""
        last = max(widths, key=self.horizontalHeader().visualIndex)
        widths[last] = max(widths[last], widths[last] + room - sum(widths.values()))
        spare = {i: widths[i] - max(headings[i], self._needs.get(i, widths[i])) for i in widths}
        there = sum(each for each in spare.values() if each > 0)
        short = sorted((-each, i) for i, each in spare.items() if each < 0)
        given = 0
        for place, (wanted, i) in enumerate(short):
            # The least cut first: what is left of their share goes to those that no room is enough for.
            more = min(wanted, (there - given) // (len(short) - place))
            widths[i] += more
            given += more
        for i, each in spare.items():
            if each > 0:
                # Rounded up: a pixel too many is a scroll bar; one too few goes to the last column.
                widths[i] -= -(-each * given // there)

    def _measure(self) -> None:
        """See how much room the rows want that have arrived; columns nobody has arranged follow."""
        if not self._usual:
            return
        grew = self._other_rows
        if self._other_rows:
            self._other_rows, self._needs = False, {}
        top = max(0, self.rowAt(1))
        for i in range(len(self._model.columns)):
            if self.isColumnHidden(i):
                continue
            for row in range(top, min(top + MEASURED, self._model.rowCount())):
                wide = self.sizeHintForIndex(self._model.index(row, i)).width() + CELL_AIR
                if wide > self._needs.get(i, 0):
                    self._needs[i], grew = wide, True
        if grew:
            self._fit_usual_columns()

    def columns_menu(self, parent: QWidget | None = None) -> QMenu:
        """A menu to show and hide columns and move the current one; also for a button beside the list."""
        menu = QMenu(parent or self)
        menu.setObjectName(f"{self.objectName()}_columns_menu")
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        shown = sum(not self.isColumnHidden(i) for i in range(len(self._model.columns)))
        for i, column in enumerate(self._model.columns):
            action = QAction(column.label.replace("&", "&&"), menu)
            action.setCheckable(True)
            action.setChecked(not self.isColumnHidden(i))
            # The last column cannot be hidden: there would be no header left to bring one back with.
            action.setEnabled(self.isColumnHidden(i) or shown > 1)
            action.setData(i)
            action.triggered.connect(self._toggle_column)
            menu.addAction(action)
        menu.addSeparator()
        left = menu.addAction("Move column &left")
        left.triggered.connect(self._move_left)
        right = menu.addAction("Move column &right")
        right.triggered.connect(self._move_right)
        usual = menu.addAction("&Usual columns")
        usual.triggered.connect(self._back_to_usual)
        return menu

    def pop_columns_menu(self, below: QWidget) -> None:
        """Open the columns menu under a button beside the list."""
        self.columns_menu(below).popup(below.mapToGlobal(below.rect().bottomLeft()))

    def _header_menu(self, at: QPoint) -> None:
        header = self.horizontalHeader()
        section = header.logicalIndexAt(at)
        if section >= 0 and self._model.rowCount():
            row = max(0, self.currentIndex().row())
            self.selectionModel().setCurrentIndex(
                self._model.index(row, section), self.selectionModel().SelectionFlag.NoUpdate
            )
        self.columns_menu().popup(header.mapToGlobal(at))

    def _toggle_column(self) -> None:
        action = self.sender()
        if isinstance(action, QAction):
            i = int(action.data())
            self.setColumnHidden(i, not action.isChecked())
            if action.isChecked() and self.columnWidth(i) < 40:
                self.setColumnWidth(i, self._model.columns[i].width)
            self._columns_changed()

    def _move_left(self) -> None:
        self._move(-1)

    def _move_right(self) -> None:
        self._move(1)

    def _move(self, by: int) -> None:
        header = self.horizontalHeader()
        place = header.visualIndex(max(0, self.currentIndex().column()))
        target = place + by
        while 0 <= target < header.count() and self.isColumnHidden(header.logicalIndex(target)):
            target += by
        if 0 <= target < header.count():
            header.moveSection(place, target)

    def _back_to_usual(self) -> None:
        self._usual_columns()
        # Forgotten rather than remembered: they follow the window again next time, too.
        self._remember.stop()
        ctx, key = self._desk.ctx, self._remember_as
        self._desk.tasks.run(self, lambda progress: settings.put(ctx, key, None))

    def _section_resized(self, section: int, _old: int, _new: int) -> None:
        # The last column takes what room is left: that is the window's doing, nobody's wish.
        header = self.horizontalHeader()
        shown = [i for i in range(header.count()) if not self.isColumnHidden(i)]
        if section != max(shown, key=header.visualIndex, default=-1):
            self._columns_changed()

    def _columns_changed(self, *_: int) -> None:
        if not self._dressing:
            self._usual = False
            self._remember.start()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        if self._usual:
            self._fit_usual_columns()

    def _store_columns(self) -> None:
        ctx, key, state = self._desk.ctx, self._remember_as, self.columns_state()
        self._desk.tasks.run(self, lambda progress: settings.put(ctx, key, state))

    def _sort_changed(self, section: int, order: Qt.SortOrder) -> None:
        if 0 <= section < len(self._model.columns) and self._model.columns[section].sortable:
            self.sort_wanted.emit(self._model.columns[section].key, order == Qt.SortOrder.DescendingOrder)

    # Keys and mouse

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.matches(QKeySequence.StandardKey.Copy):
            self.copy_cells()
            return
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and self.current_id() is not None:
            self.opened.emit(self.current_id())
            return
        if event.key() == Qt.Key.Key_Home and not event.modifiers():
            self._to_row(0)
            return
        if event.key() == Qt.Key.Key_End and not event.modifiers():
            self._to_row(self._model.rowCount() - 1)
            return
        super().keyPressEvent(event)

    def enter(self) -> None:
        """Take the keyboard, and make the first row the current one where none is (Down in the search box)."""
        self.setFocus()
        if self.current_id() is None and self._model.rowCount():
            self._to_row(0)

    def copy_cells(self) -> None:
        """The selected rows as text, cells parted by tabs, as any spreadsheet takes them."""
        keys = [column.key for column in self._model.columns]
        places = [keys.index(key) for key in self.shown_columns()]
        lines = []
        for index in sorted(self.selectionModel().selectedRows(), key=QModelIndex.row):
            cells = [str(self._model.index(index.row(), place).data() or "") for place in places]
            lines.append("\t".join(" ".join(cell.split()) for cell in cells))
        if lines:
            QGuiApplication.clipboard().setText("\n".join(lines))

    def currentChanged(self, current: QModelIndex, previous: QModelIndex) -> None:
        super().currentChanged(current, previous)
        if current.row() != previous.row() or not current.isValid():
            self.current_changed.emit(self._model.row_id(current.row()) if current.isValid() else None)

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() in (QEvent.Type.FontChange, QEvent.Type.StyleChange):
            self._set_row_height()

    def hideEvent(self, event: QHideEvent) -> None:
        if self._remember.isActive():
            self._remember.stop()
            self._store_columns()
        super().hideEvent(event)

    def _set_row_height(self) -> None:
        # One height for all rows: measuring 100,000 of them takes twenty seconds.
        rows = self.verticalHeader()
        rows.hide()
        rows.setSectionResizeMode(QHeaderView.ResizeMode.Fixed)
        rows.setDefaultSectionSize(int(QFontMetrics(self.font()).height() * theme.ROW_HEIGHT_FACTOR))

    def _double_clicked(self, index: QModelIndex) -> None:
        self.opened.emit(self._model.row_id(index.row()))

    def _to_row(self, row: int) -> None:
        if 0 <= row < self._model.rowCount():
            self.setCurrentIndex(self._model.index(row, self._first_shown()))

    def _first_shown(self) -> int:
        header = self.horizontalHeader()
        for place in range(header.count()):
            if not self.isColumnHidden(header.logicalIndex(place)):
                return header.logicalIndex(place)
        return 0
