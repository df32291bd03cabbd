"""What is known, as lines of "what: how it is". Lines with nothing to say are left out."""

from __future__ import annotations

from collections.abc import Iterable

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QGridLayout, QSizePolicy, QVBoxLayout, QWidget

from smdesk.ui import theme
from smdesk.ui.widgets.text import PlainLabel, heading

Line = tuple[str, str]


class FactGrid(QWidget):
    """Two columns of text. Each line is read out as one: its label stands in the accessible name of its words."""

    def __init__(self, object_name: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName(object_name)
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(0, 0, 0, 0)
        self._grid: QWidget | None = None
        self.lines: tuple[Line, ...] = ()

    def show_lines(self, lines: Iterable[Line]) -> None:
        """Show these; a line with no words is left out."""
        self.lines = tuple((label, words) for label, words in lines if words.strip())
        if self._grid is not None:
            self._column.removeWidget(self._grid)
            self._grid.hide()
            self._grid.deleteLater()
        self._grid = QWidget(self)
        grid = QGridLayout(self._grid)
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setHorizontalSpacing(theme.NORMAL)
        grid.setVerticalSpacing(theme.TIGHT)
        grid.setColumnStretch(1, 1)
        for place, (label, words) in enumerate(self.lines):
            name = PlainLabel(label, look="muted", wrap=False)
            said = PlainLabel(words, selectable=True)
            said.setAccessibleName(f"{label}: {words}")
            # Reading is by the eye and the screen reader; Tab goes to what can be done.
            said.setFocusPolicy(Qt.FocusPolicy.NoFocus)
            said.setSizePolicy(QSizePolicy.Policy.Expanding, said.sizePolicy().verticalPolicy())
            grid.addWidget(name, place, 0, Qt.AlignmentFlag.AlignTop)
            grid.addWidget(said, place, 1)
        self._column.addWidget(self._grid)
        self.setVisible(bool(self.lines))


def section(title: str, object_name: str) -> tuple[PlainLabel, FactGrid]:
    """A heading with its lines."""
    return heading(title, 3), FactGrid(object_name)
