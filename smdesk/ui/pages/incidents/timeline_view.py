"""Everything that happened with an incident, oldest first, with notes, corrections, letters and print (INC-14)."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtGui import QFont
from PySide6.QtWidgets import QHeaderView, QTableWidget, QTableWidgetItem, QVBoxLayout, QWidget

from smdesk.services import steps
from smdesk.services.context import LOCAL
from smdesk.services.incident_records import TimelineEntry
from smdesk.services.letter_records import LETTER_KIND_LABELS, LETTER_STATUS_LABELS, LetterRow, LetterStatus
from smdesk.ui import theme
from smdesk.ui.desk import Desk
from smdesk.ui.widgets.buttons import button
from smdesk.ui.widgets.forms import row
from smdesk.ui.widgets.service_dialog import ReasonService
from smdesk.ui.widgets.text import PlainLabel, named
from smdesk.ui.words import short_day

_ENTRY = Qt.ItemDataRole.UserRole


class TimelineView(QWidget):
    """A table of three columns: when, what happened, who wrote it down. Enter opens the letter of a line."""

    print_wanted = Signal()

    def __init__(self, desk: Desk, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._desk = desk
        self._incident_id = 0
        self._letters: tuple[LetterRow, ...] = ()
        self.setObjectName("timeline_view")
        self.table = named(QTableWidget(0, 3, self), "timeline", "What happened, oldest first")
        self.table.setHorizontalHeaderLabels(["When", "What happened", "Written down"])
        self.table.verticalHeader().hide()
        self.table.setWordWrap(True)
        self.table.setTextElideMode(Qt.TextElideMode.ElideNone)
        self.table.setShowGrid(False)
        self.table.setAlternatingRowColors(True)
        self.table.setTabKeyNavigation(False)
        self.table.setEditTriggers(QTableWidget.EditTrigger.NoEditTriggers)
        self.table.setSelectionBehavior(QTableWidget.SelectionBehavior.SelectRows)
        self.table.setSelectionMode(QTableWidget.SelectionMode.SingleSelection)
        self.table.setVerticalScrollMode(QTableWidget.ScrollMode.ScrollPerPixel)
        header = self.table.horizontalHeader()
        header.setSectionResizeMode(0, QHeaderView.ResizeMode.ResizeToContents)
        header.setSectionResizeMode(1, QHeaderView.ResizeMode.Stretch)
        header.setSectionResizeMode(2, QHeaderView.ResizeMode.Fixed)
        self.table.setColumnWidth(2, self.fontMetrics().horizontalAdvance("Designated safeguarding") + 24)
        header.setDefaultAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
        self._fit = QTimer(self)
        self._fit.setObjectName("timeline_fit")
        self._fit.setSingleShot(True)
        self._fit.setInterval(0)
        self._fit.timeout.connect(self._fit_rows)
        header.sectionResized.connect(self._fit_soon)
        self.waiting = PlainLabel("", self)
        self.waiting.setObjectName("timeline_letters")
        self.add = button("Add a &note…", "timeline_note", self._add_note)
        self.back = button("Ta&ke back…", "timeline_withdraw", self._withdraw)
        self.back.setToolTip("For a slip: the line stays, struck through, with the reason.")
        self.open = button("Open &letter", "timeline_letter", self._open_letter)
        self.print = button("P&rint…", "timeline_print", self.print_wanted.emit)
        column = QVBoxLayout(self)
        theme.roomy(column, theme.SMALL, theme.SMALL)
        column.addWidget(self.waiting)
        column.addWidget(self.table, 1)
        column.addWidget(row(self.add, self.back, self.open, None, self.print))
        self.table.currentCellChanged.connect(self._chosen)
        self.table.cellActivated.connect(self._open_letter)
        self.show_entries(0, (), (), may_add=False)

    def show_entries(
        self,
        incident_id: int,
        entries: Sequence[TimelineEntry],
        letters: Sequence[LetterRow],
        *,
        may_add: bool,
    ) -> None:
        """Draw the timeline; the chosen line stays chosen."""
        held = self._current()
        self._incident_id, self._letters = incident_id, tuple(letters)
        self.table.setRowCount(0)
        self.table.setRowCount(len(entries))
        for line, entry in enumerate(entries):
            for place, item in enumerate(_items(entry)):
                self.table.setItem(line, place, item)
        again = [line for line, entry in enumerate(entries) if held is not None and entry.id == held.id]
        if entries:
            self.table.setCurrentCell(again[0] if again else len(entries) - 1, 1)
        self._fit.start()
        open_letters = [
            each for each in letters if each.status not in (LetterStatus.ISSUED, LetterStatus.WITHDRAWN)
        ]
        said = [
            f"{LETTER_KIND_LABELS[each.kind]} to {each.person_name}: {LETTER_STATUS_LABELS[each.status].lower()}"
            for each in open_letters
        ]
        self.waiting.setText("Letters under way: " + "; ".join(said) if said else "")
        self.waiting.setVisible(bool(said))
        self.add.setVisible(may_add)
        self.back.setVisible(may_add)
        self._chosen()

    def _fit_soon(self) -> None:
        self._fit.start()

    def _fit_rows(self) -> None:
        # A timeline has tens of lines, not thousands: each may be as high as its text, with some air.
        self.table.resizeRowsToContents()
        for line in range(self.table.rowCount()):
            self.table.setRowHeight(line, self.table.rowHeight(line) + theme.SMALL)
        self.table.doItemsLayout()
        if self.table.currentItem() is not None:
            self.table.scrollToItem(self.table.currentItem())

    def _current(self) -> TimelineEntry | None:
        item = self.table.item(self.table.currentRow(), 0)
        return None if item is None else item.data(_ENTRY)

    def _chosen(self) -> None:
        entry = self._current()
        self.back.setEnabled(entry is not None and entry.can_withdraw)
        self.open.setEnabled(self._letter() is not None)

    def _letter(self) -> int | None:
        entry = self._current()
        if entry is not None and entry.letter_id is not None:
            return entry.letter_id
        under_way = [
            each for each in self._letters if each.status not in (LetterStatus.ISSUED, LetterStatus.WITHDRAWN)
        ]
        return under_way[0].id if under_way else None

    def _open_letter(self) -> None:
        letter = self._letter()
        if letter is not None:
            self._desk.open_letter(letter)

    def _add_note(self) -> None:
        ctx, incident_id = self._desk.ctx, self._incident_id

        def service(text: str) -> object:
            return steps.note(ctx, incident_id, text)

        ReasonService(
            self._desk,
            "note_dialog",
            "Add a note",
            "Note",
            "&Add it",
            service,
            self,
            field="text",
            explanation="Write it as if the person it is about will read it.",
        ).open()

    def _withdraw(self) -> None:
        entry = self._current()
        if entry is None or not entry.can_withdraw:
            return
        ctx, entry_id = self._desk.ctx, entry.id

        def service(reason: str) -> object:
            return steps.withdraw(ctx, entry_id, reason)

        ReasonService(
            self._desk,
            "withdraw_dialog",
            "Take an entry back",
            "What was wrong with it",
            "&Take it back",
            service,
            self,
            explanation=f"“{entry.title}”, {short_day(entry.happened_on)}. It stays on the timeline, struck "
            "through, with your reason. What followed from it is undone.",
        ).open()


def _items(entry: TimelineEntry) -> tuple[QTableWidgetItem, QTableWidgetItem, QTableWidgetItem]:
    at = f"\n{entry.happened_at}" if entry.happened_at else ""
    when = QTableWidgetItem(f"{entry.happened_on:%a} {entry.happened_on.day} {entry.happened_on:%b %Y}{at}")
    what = QTableWidgetItem(what_happened(entry))
    recorded = entry.recorded_at.astimezone(LOCAL)
    who = f"{entry.recorded_by}\n{recorded.day} {recorded:%b %Y, %H:%M}"
    if entry.withdrawn:
        who += f"\nTaken back: {entry.withdrawn_reason}"
    written = QTableWidgetItem(who)
    for item in (when, what, written):
        item.setData(_ENTRY, entry)
        item.setTextAlignment(Qt.AlignmentFlag.AlignTop | Qt.AlignmentFlag.AlignLeft)
    if entry.withdrawn:
        font = QFont(what.font())
        font.setStrikeOut(True)
        for item in (when, what):
            item.setFont(font)
        what.setData(Qt.ItemDataRole.AccessibleTextRole, f"Taken back. {what.text()}")
    return when, what, written


def what_happened(entry: TimelineEntry) -> str:
    """A line of the timeline in words."""
    # "Evidence" above "Evidence kept: …" would only say it twice.
    title = "" if entry.text.startswith(entry.title) else entry.title
    head = title + (f": {entry.person_name}" if title and entry.person_name else "")
    parts = [head, entry.text]
    if entry.reason:
        parts.append(f"Reason: {entry.reason}")
    if entry.chase_on is not None:
        done = " (done)" if entry.chased else ""
        parts.append(f"Look again on {short_day(entry.chase_on)}{done}")
    if entry.rule:
        parts.append(f"Rule {entry.rule}")
    return "\n".join(part for part in parts if part)
