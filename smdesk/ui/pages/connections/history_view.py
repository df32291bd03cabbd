"""The history of a declaration: what happened, why, and who wrote it down. Nothing in it is ever changed."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QVBoxLayout, QWidget

from smdesk.services.connection_records import HistoryLine
from smdesk.ui import theme
from smdesk.ui.widgets.buttons import button
from smdesk.ui.widgets.day_parsing import long_day
from smdesk.ui.widgets.forms import row
from smdesk.ui.widgets.story_table import StoryLine, StoryTable
from smdesk.ui.words import narrow_moment


class HistoryView(QWidget):
    """Enter opens the letter, the decision or the file of a line."""

    note_wanted = Signal()
    letter_wanted = Signal(object)
    decision_wanted = Signal(object)
    file_wanted = Signal(object)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("exception_history_view")
        self.table = StoryTable("exception_history", "What happened, oldest first")
        self.note = button("Add a note…", "exception_note", self.note_wanted.emit)
        self.open = button("Open", "exception_history_open", self._open, tip="What the line is about (Enter)")
        column = QVBoxLayout(self)
        theme.roomy(column, theme.SMALL, theme.SMALL)
        column.addWidget(self.table, 1)
        column.addWidget(row(self.note, self.open, None))
        self.table.currentCellChanged.connect(self._chosen)
        self.table.cellActivated.connect(self._open)

    def show_lines(self, lines: Sequence[HistoryLine], *, may_add: bool) -> None:
        """Draw the history; the chosen line stays chosen."""
        self.table.show_lines([_line(each) for each in lines])
        self.note.setVisible(may_add)
        self._chosen()

    def _chosen(self) -> None:
        line = self._current()
        self.open.setEnabled(line is not None and any((line.letter_id, line.decision_id, line.file_id)))

    def _current(self) -> HistoryLine | None:
        line = self.table.current()
        return None if line is None else line.what

    def _open(self) -> None:
        line = self._current()
        if line is None:
            return
        if line.letter_id is not None:
            self.letter_wanted.emit(line.letter_id)
        elif line.decision_id is not None:
            self.decision_wanted.emit(line.decision_id)
        elif line.file_id is not None:
            self.file_wanted.emit(line.file_id)


def _line(line: HistoryLine) -> StoryLine:
    who = f"{line.who}\n{narrow_moment(line.recorded_at)}"
    return StoryLine(line.id, long_day(line.happened_on), what_happened(line), who, line)


def what_happened(line: HistoryLine) -> str:
    """A line of the history in words."""
    # "File" above "File kept: …" would only say it twice.
    title = "" if line.text.startswith(line.title) else line.title
    parts = [title, line.text]
    if line.reason and line.reason not in line.text:
        parts.append(f"Reason: {line.reason}")
    if line.rule:
        parts.append(f"Rule {line.rule}")
    return "\n".join(part for part in parts if part)
