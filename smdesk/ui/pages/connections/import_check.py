"""The import's third page: what each line would become, and who is meant where that is not certain."""

from __future__ import annotations

from collections import Counter
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

from smdesk.services.connection_import import RESULT_LABELS, ImportPlan, PersonNeed, PlanLine, Result
from smdesk.services.import_people import ADD, LEAVE, Choice, Found
from smdesk.services.people_records import PersonHit
from smdesk.ui import theme
from smdesk.ui.desk import Desk
from smdesk.ui.models.chunked import plain_tooltip
from smdesk.ui.widgets.forms import Scrolled, row
from smdesk.ui.widgets.person_picker import PersonPicker, label
from smdesk.ui.widgets.status_chip import status_icon
from smdesk.ui.widgets.text import PlainLabel, heading, muted, named

HEADINGS = ("Line", "Result", "Adult", "Pupil or parent", "What")
_NOT_CHOSEN = "?"
_DETAIL_LETTERS = 42
"""Letters of room for what is said of one line."""
_ATTENTION = (Result.CHOOSE, Result.PROBLEM)


class _Lines(QAbstractTableModel):
    """The lines that are shown; nothing is worked out here."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.lines: list[PlanLine] = []

    def show_lines(self, lines: list[PlanLine]) -> None:
        self.beginResetModel()
        self.lines = lines
        self.endResetModel()

    def rowCount(self, parent: QModelIndex | QPersistentModelIndex | None = None) -> int:
        return 0 if parent is not None and parent.isValid() else len(self.lines)

    def columnCount(self, parent: QModelIndex | QPersistentModelIndex | None = None) -> int:
        return 0 if parent is not None and parent.isValid() else len(HEADINGS)

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = 0) -> Any:
        if role == Qt.ItemDataRole.DisplayRole and orientation is Qt.Orientation.Horizontal:
            return HEADINGS[section]
        return None

    def data(self, index: QModelIndex | QPersistentModelIndex, role: int = 0) -> Any:
        line = self.lines[index.row()]
        texts = (str(line.number), RESULT_LABELS[line.result], line.adult, line.other, line.what)
        if role == Qt.ItemDataRole.DisplayRole:
            return texts[index.column()]
        if role == Qt.ItemDataRole.DecorationRole and index.column() == 1:
            return status_icon(TONES[line.result])
        if role == Qt.ItemDataRole.ToolTipRole:
            return plain_tooltip(" ".join((texts[index.column()], *line.sentences)))
        return None


class CheckPage(QWidget):
    """``chosen`` carries a person's key and the choice, or None where it was taken back."""

    chosen = Signal(object, object)

    def __init__(self, desk: Desk, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._desk = desk
        self.setObjectName("import_check_page")
        self.plan: ImportPlan | None = None
        self._needs: dict[str, PersonNeed] = {}
        self._current: int | None = None
        self.title = heading("What each line would become", 2)
        self.summary = PlainLabel("")
        self.summary.setObjectName("import_summary")
        self.remarks = PlainLabel("", look="warning")
        self.remarks.setObjectName("import_check_remarks")
        self.filter = named(QComboBox(), "import_filter", "Show which lines")
        self.filter.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToContents)
        self.filter.currentIndexChanged.connect(self._filtered)
        self.model = _Lines(self)
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
        for place, width in enumerate((7, 24, 18, 20)):
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
        self.split.setStretchFactor(0, 3)
        self.split.setStretchFactor(1, 2)
        self.detail.setMinimumWidth(letter * _DETAIL_LETTERS)
        self.split.setSizes([3000, 2000])
        column = QVBoxLayout(self)
        theme.roomy(column, theme.LARGE, theme.SMALL)
        column.addWidget(self.title)
        column.addWidget(self.summary)
        column.addWidget(self.remarks)
        column.addWidget(row(PlainLabel("Show", wrap=False), self.filter, None))
        column.addWidget(self.split, 1)

    def show_plan(self, plan: ImportPlan) -> None:
        """Show a dry run; the line looked at stays so."""
        self.plan = plan
        self._needs = {need.key: need for need in plan.people}
        self.remarks.setText("\n".join(plan.remarks))
        self.remarks.setVisible(bool(plan.remarks))
        counts = Counter(line.result for line in plan.lines)
        parts = [f"{RESULT_LABELS[each]}: {counts[each]:,}" for each in Result if counts[each]]
        people = len(plan.people_to_add)
        if people:
            parts.append(f"People added with them: {people:,}")
        lines = "1 line" if len(plan.lines) == 1 else f"{len(plan.lines):,} lines"
        self.summary.setText(f"{lines} in “{plan.sheet.file_name}”. {' · '.join(parts)}.")
        self._offer_filters(counts)
        self._filtered()

    def _offer_filters(self, counts: Counter[Result]) -> None:
        held = self.filter.currentData()
        self.filter.blockSignals(True)
        self.filter.clear()
        attention = sum(counts[each] for each in _ATTENTION)
        self.filter.addItem(f"All lines ({sum(counts.values()):,})", "all")
        self.filter.addItem(f"Lines that need somebody ({attention:,})", "attention")
        for each in Result:
            if counts[each]:
                self.filter.addItem(f"{RESULT_LABELS[each]} ({counts[each]:,})", str(each))
        self.filter.setCurrentIndex(max(0, self.filter.findData(held)))
        self.filter.blockSignals(False)

    def _filtered(self) -> None:
        if self.plan is None:
            return
        wanted = self.filter.currentData()
        # The line looked at stays, though its result may be another by now.
        shown = [
            line
            for line in self.plan.lines
            if wanted == "all"
            or (wanted == "attention" and line.result in _ATTENTION)
            or line.result == wanted
            or line.number == self._current
        ]
        current = self._current
        self.model.show_lines(shown)
        place = next((at for at, line in enumerate(shown) if line.number == current), 0)
        if shown:
            self.table.setCurrentIndex(self.model.index(place, 0))
            self._show_line(shown[place])
        else:
            self._show_line(None)

    def _row_changed(self, now: QModelIndex) -> None:
        if now.isValid() and now.row() < len(self.model.lines):
            line = self.model.lines[now.row()]
            self._current = line.number
            self._show_line(line)

    # One line

    def _show_line(self, line: PlanLine | None) -> None:
        body = self.detail.body
        while body.count():
            item = body.takeAt(0)
            if item is not None and item.widget() is not None:
                item.widget().hide()
                item.widget().deleteLater()
        if line is None:
            body.addWidget(muted("No such line."))
            body.addStretch(1)
            return
        self._current = line.number
        body.addWidget(heading(f"Line {line.number}: {RESULT_LABELS[line.result]}", 3))
        if line.result is not Result.CHOOSE:  # who is to be chosen, and why, is said with the person
            for sentence in line.sentences:
                body.addWidget(PlainLabel(sentence, look="danger" if line.result is Result.PROBLEM else ""))
        for note in line.notes:
            body.addWidget(muted(f"To know: {note}"))
        sides = list(zip(("Adult", "Pupil or parent"), line.needs, strict=True))
        sides.sort(key=lambda side: self._needs[side[1]].match.state is not Found.CHOOSE)
        for side, key in sides:
            self._add_person(body, side, self._needs[key])
        body.addStretch(1)

    def _add_person(self, body: QVBoxLayout, side: str, need: PersonNeed) -> None:
        frame = QFrame()
        frame.setProperty("card", "true")
        column = QVBoxLayout(frame)
        theme.roomy(column, theme.SMALL, theme.TIGHT)
        column.addWidget(PlainLabel(f"{side} in the file: {need.words if need.named.name else 'nobody'}"))
        state = need.match
        if state.state is Found.FOUND and not state.candidates:
            column.addWidget(muted("On record under this name."))
        else:
            column.addWidget(muted(state.why))
            column.addWidget(self._box(side, need))
            column.addWidget(self._picker(side, need))
            others = len(need.lines) - 1
            if others:
                column.addWidget(
                    muted(f"Named in {others:,} other {'line' if others == 1 else 'lines'} too.")
                )
        body.addWidget(frame)

    def _box(self, side: str, need: PersonNeed) -> QComboBox:
        name = "import_adult_choice" if side == "Adult" else "import_other_choice"
        box = named(QComboBox(), name, f"{side}: who is meant")
        box.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        box.setMinimumContentsLength(18)
        box.setProperty("key", need.key)
        new = need.match.state is Found.ADDED and not need.match.candidates
        if not new:
            box.addItem("Choose who is meant…", _NOT_CHOSEN)
        for hit in need.candidates:
            box.addItem(label(hit), hit.id)
            box.setItemData(box.count() - 1, plain_tooltip(label(hit)), Qt.ItemDataRole.ToolTipRole)
        if need.can_add:
            box.addItem(f"Somebody new: add {need.named.name}", ADD)
        box.addItem("Leave the lines with this name out", LEAVE)
        chosen: Choice | str = _NOT_CHOSEN
        if self.plan is not None and need.key in self.plan.choices:
            chosen = self.plan.choices[need.key]
        elif need.match.state is Found.ADDED:
            chosen = ADD
        box.setCurrentIndex(max(0, box.findData(chosen)))
        box.activated.connect(self._person_chosen)
        return box

    def _picker(self, side: str, need: PersonNeed) -> PersonPicker:
        """For somebody who is on record under a name that the file's does not resemble."""
        name = "import_adult_search" if side == "Adult" else "import_other_search"
        picker = PersonPicker(
            self._desk, name, f"{side}: find somebody else on record", may_add=False, keep=False
        )
        picker.setPlaceholderText("Or find somebody else on record")
        picker.setProperty("key", need.key)
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


TONES = {
    Result.NEW: "ok",
    Result.THERE: "neutral",
    Result.CHOOSE: "warning",
    Result.PROBLEM: "danger",
    Result.LEFT_OUT: "neutral",
}
