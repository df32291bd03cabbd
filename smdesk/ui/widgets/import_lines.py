"""The check of an import: what each line would become, one line beside the others, and who is meant where asked."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass
from typing import Any

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QPersistentModelIndex, Qt, Signal
from PySide6.QtWidgets import (
    QAbstractItemView,
    QComboBox,
    QFrame,
    QHeaderView,
    QSplitter,
    QTableView,
    QVBoxLayout,
    QWidget,
)

from smdesk.services.import_people import ADD, LEAVE, Choice
from smdesk.services.people_records import PersonHit
from smdesk.ui import theme
from smdesk.ui.desk import Desk
from smdesk.ui.models.chunked import plain_tooltip
from smdesk.ui.widgets.forms import Scrolled, row
from smdesk.ui.widgets.person_picker import PersonPicker, label
from smdesk.ui.widgets.status_chip import status_icon
from smdesk.ui.widgets.text import PlainLabel, heading, muted, named

_NOT_CHOSEN = "?"
_DETAIL_LETTERS = 42
"""Letters of room for what is said of one line."""
Index = QModelIndex | QPersistentModelIndex


@dataclass(frozen=True, slots=True)
class Shown:
    """How one line stands in the table. ``tone`` is of its result, ``tip`` what more there is to say."""

    texts: tuple[str, ...]
    tone: str
    tip: str = ""


@dataclass(frozen=True, slots=True)
class Filter:
    """Some of the lines, by what the box calls them."""

    label: str
    code: str
    fits: Callable[[Any], bool]


@dataclass(frozen=True, slots=True)
class Asked:
    """Somebody who has to be chosen, or was. ``name`` begins the names of the controls, ``side`` what is spoken."""

    key: str
    name: str
    side: str
    candidates: tuple[PersonHit, ...]
    add_label: str
    """"" where nobody can be added."""
    leave_label: str
    chosen: Choice | None
    settled_new: bool = False
    """Whether they are somebody new without anybody having been asked."""


class _Lines(QAbstractTableModel):
    """The lines that are shown; nothing is worked out here but the words of a row that is painted."""

    def __init__(
        self, headings: Sequence[str], result_at: int, show: Callable[[Any], Shown], parent: QWidget
    ) -> None:
        super().__init__(parent)
        self.lines: list[Any] = []
        self._headings = headings
        self._result_at = result_at
        self._show = show

    def show_lines(self, lines: list[Any]) -> None:
        self.beginResetModel()
        self.lines = lines
        self.endResetModel()

    def rowCount(self, parent: Index | None = None) -> int:
        return 0 if parent is not None and parent.isValid() else len(self.lines)

    def columnCount(self, parent: Index | None = None) -> int:
        return 0 if parent is not None and parent.isValid() else len(self._headings)

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = 0) -> Any:
        if role == Qt.ItemDataRole.DisplayRole and orientation is Qt.Orientation.Horizontal:
            return self._headings[section]
        return None

    def data(self, index: Index, role: int = 0) -> Any:
        if role not in (
            Qt.ItemDataRole.DisplayRole,
            Qt.ItemDataRole.DecorationRole,
            Qt.ItemDataRole.ToolTipRole,
        ):
            return None
        shown = self._show(self.lines[index.row()])
        if role == Qt.ItemDataRole.DisplayRole:
            return shown.texts[index.column()]
        if role == Qt.ItemDataRole.ToolTipRole:
            return plain_tooltip(f"{shown.texts[index.column()]} {shown.tip}".strip())
        return status_icon(shown.tone) if index.column() == self._result_at else None


class LinesPage(QWidget):
    """``chosen`` carries a person's key and the choice, or None where it was taken back.

    A subclass says how a line is shown (``_shown``) and fills the detail beside (``_fill``).
    """

    chosen = Signal(object, object)

    def __init__(
        self,
        desk: Desk,
        title: str,
        headings: Sequence[str],
        widths: Sequence[int],
        result_at: int,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self._desk = desk
        self.setObjectName("import_check_page")
        self._all: Sequence[Any] = ()
        self._filters: dict[str, Filter] = {}
        self._current: Hashable = None
        self.title = heading(title, 2)
        self.summary = PlainLabel("")
        self.summary.setObjectName("import_summary")
        self.remarks = PlainLabel("", look="warning")
        self.remarks.setObjectName("import_check_remarks")
        self.filter = named(QComboBox(), "import_filter", "Show which lines")
        self.filter.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToContents)
        self.filter.currentIndexChanged.connect(self._filtered)
        self.model = _Lines(headings, result_at, self._shown, self)
        self.table = named(QTableView(), "import_lines", "Lines of the file")
        self.table.setModel(self.model)
        self.table.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.table.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.table.setAlternatingRowColors(True)
        self.table.setShowGrid(False)
        self.table.setWordWrap(False)
        self.table.setTabKeyNavigation(False)
        self.table.verticalHeader().hide()
        self.table.verticalHeader().setSectionResizeMode(QHeaderView.ResizeMode.Fixed)
        self.table.verticalHeader().setDefaultSectionSize(
            int(self.fontMetrics().height() * theme.ROW_HEIGHT_FACTOR)
        )
        header = self.table.horizontalHeader()
        header.setHighlightSections(False)
        header.setDefaultAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
        letter = self.fontMetrics().averageCharWidth()
        for place, width in enumerate(widths):
            self.table.setColumnWidth(place, letter * width)
        header.setStretchLastSection(True)
        self.table.selectionModel().currentRowChanged.connect(self._row_changed)
        self.detail = Scrolled(margin=theme.NORMAL)
        self.detail.setObjectName("import_detail")
        self.detail.body.setSpacing(theme.SMALL)
        self.split = QSplitter(Qt.Orientation.Horizontal)
        self.split.setObjectName("import_split")
        self.split.setChildrenCollapsible(False)
        self.split.addWidget(self.table)
        self.split.addWidget(self.detail)
        self.split.setStretchFactor(0, 2)
        self.split.setStretchFactor(1, 1)
        self.detail.setMinimumWidth(letter * _DETAIL_LETTERS)
        self.split.setSizes([4000, 2000])
        column = QVBoxLayout(self)
        theme.roomy(column, theme.LARGE, theme.SMALL)
        column.addWidget(self.title)
        column.addWidget(self.summary)
        column.addWidget(self.remarks)
        column.addWidget(row(PlainLabel("Show", wrap=False), self.filter, None))
        column.addWidget(self.split, 1)

    # What a subclass says

    def _shown(self, line: Any) -> Shown:
        """How a line stands in the table."""
        raise NotImplementedError

    def _fill(self, body: QVBoxLayout, line: Any) -> None:
        """Show one line beside the table."""
        raise NotImplementedError

    # The lines

    def show_lines(
        self, summary: str, remarks: Sequence[str], lines: Sequence[Any], filters: Sequence[Filter]
    ) -> None:
        """Show the lines of a dry run; the line looked at stays so, and the filter."""
        self._all = lines
        self.summary.setText(summary)
        self.remarks.setText("\n".join(remarks))
        self.remarks.setVisible(bool(remarks))
        held = self.filter.currentData()
        self.filter.blockSignals(True)
        self.filter.clear()
        self._filters = {each.code: each for each in filters}
        for each in filters:
            self.filter.addItem(each.label, each.code)
        self.filter.setCurrentIndex(max(0, self.filter.findData(held)))
        self.filter.blockSignals(False)
        self._filtered()

    def _filtered(self) -> None:
        wanted = self._filters.get(self.filter.currentData())
        if wanted is None:
            return
        current = self._current
        # The line looked at stays, though its result may be another by now.
        shown = [line for line in self._all if wanted.fits(line) or self._key(line) == current]
        self.model.show_lines(shown)
        place = next((at for at, line in enumerate(shown) if self._key(line) == current), 0)
        if shown:
            self.table.setCurrentIndex(self.model.index(place, 0))
            self._show_line(shown[place])
        else:
            self._show_line(None)

    def _key(self, line: Any) -> Hashable:
        """What stays the same of a line from one dry run to the next."""
        raise NotImplementedError

    def _row_changed(self, now: QModelIndex) -> None:
        if now.isValid() and now.row() < len(self.model.lines):
            self._show_line(self.model.lines[now.row()])

    def _show_line(self, line: Any) -> None:
        body = self.detail.body
        while body.count():
            item = body.takeAt(0)
            if item is not None and item.widget() is not None:
                item.widget().hide()
                item.widget().deleteLater()
        if line is None:
            body.addWidget(muted("No such line."))
        else:
            self._current = self._key(line)
            self._fill(body, line)
        body.addStretch(1)

    # Who is meant

    def _person_card(
        self, body: QVBoxLayout, words: str, why: str, asked: Asked | None, after: str = ""
    ) -> None:
        """Somebody of the file, and where they are asked about the means to say who it is."""
        frame = QFrame()
        frame.setProperty("card", "true")
        column = QVBoxLayout(frame)
        theme.roomy(column, theme.SMALL, theme.TIGHT)
        column.addWidget(PlainLabel(words))
        if why:
            column.addWidget(muted(why))
        if asked is not None:
            column.addWidget(self._box(asked))
            column.addWidget(self._picker(asked))
        if after:
            column.addWidget(muted(after))
        body.addWidget(frame)

    def _box(self, asked: Asked) -> QComboBox:
        box = named(QComboBox(), f"{asked.name}_choice", f"{asked.side}: who is meant")
        box.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        box.setMinimumContentsLength(18)
        box.setProperty("key", asked.key)
        if not asked.settled_new:
            box.addItem("Choose who is meant…", _NOT_CHOSEN)
        for hit in asked.candidates:
            box.addItem(label(hit), hit.id)
            box.setItemData(box.count() - 1, plain_tooltip(label(hit)), Qt.ItemDataRole.ToolTipRole)
        if asked.add_label:
            box.addItem(asked.add_label, ADD)
        box.addItem(asked.leave_label, LEAVE)
        chosen = asked.chosen if asked.chosen is not None else _NOT_CHOSEN
        box.setCurrentIndex(max(0, box.findData(chosen)))
        box.activated.connect(self._person_chosen)
        return box

    def _picker(self, asked: Asked) -> PersonPicker:
        """For somebody who is on record under a name that the file's does not resemble."""
        picker = PersonPicker(
            self._desk,
            f"{asked.name}_search",
            f"{asked.side}: find somebody else on record",
            may_add=False,
            keep=False,
        )
        picker.setPlaceholderText("Or find somebody else on record")
        picker.setProperty("key", asked.key)
        picker.chosen.connect(self._person_found)
        return picker

    def _person_found(self, hit: PersonHit | None) -> None:
        if hit is not None:
            self.chosen.emit(self.sender().property("key"), hit.id)

    def _person_chosen(self) -> None:
        box = self.sender()
        if isinstance(box, QComboBox):
            choice = box.currentData()
            self.chosen.emit(box.property("key"), None if choice == _NOT_CHOSEN else choice)
