"""The history of a record: what happened, why, and who wrote it down. Nothing in it is ever changed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from PySide6.QtWidgets import QVBoxLayout, QWidget

from smdesk.services.history import History
from smdesk.ui import theme
from smdesk.ui.widgets.day_parsing import long_day
from smdesk.ui.widgets.story_table import StoryLine, StoryTable
from smdesk.ui.words import narrow_moment


class HistoryTable(QWidget):
    """``titles`` says in words what each kind of line is."""

    def __init__(self, name: str, titles: Mapping[str, str], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName(f"{name}_history_view")
        self._titles = titles
        self.table = StoryTable(f"{name}_history", "What happened, oldest first")
        column = QVBoxLayout(self)
        theme.roomy(column, theme.SMALL, theme.SMALL)
        column.addWidget(self.table, 1)

    def show_lines(self, lines: Sequence[History]) -> None:
        """Draw the history; the chosen line stays chosen."""
        self.table.show_lines([self._line(each) for each in lines])

    def _line(self, line: History) -> StoryLine:
        title = self._titles.get(line.kind, "")
        parts = [title, line.text, f"Reason: {line.reason}" if line.reason else ""]
        if line.rule:
            parts.append(f"Rule {line.rule}")
        who = f"{line.who}\n{narrow_moment(line.recorded_at)}"
        return StoryLine(line.id, long_day(line.happened_on), "\n".join(filter(None, parts)), who, line)
