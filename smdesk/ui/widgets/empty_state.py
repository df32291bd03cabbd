"""What stands where a list would be when there is nothing to list."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QPushButton, QVBoxLayout, QWidget

from smdesk.ui import theme
from smdesk.ui.widgets.buttons import button
from smdesk.ui.widgets.text import PlainLabel, heading


class EmptyState(QWidget):
    """A sentence that says why it is empty, and the one thing to do about it."""

    def __init__(
        self,
        title: str,
        text: str = "",
        action: str = "",
        pressed: Callable[[], object] | None = None,
        object_name: str = "empty_state",
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self.setObjectName(object_name)
        column = QVBoxLayout(self)
        theme.roomy(column, theme.HUGE, theme.SMALL)
        column.addStretch(1)
        self._title = heading(title, 2)
        self._title.setAlignment(Qt.AlignmentFlag.AlignHCenter)
        self._text = PlainLabel(text, look="muted")
        self._text.setAlignment(Qt.AlignmentFlag.AlignHCenter)
        column.addWidget(self._title)
        column.addWidget(self._text)
        self.action: QPushButton | None = None
        if action:
            self.action = button(action, f"{object_name}_action", pressed)
            column.addSpacing(theme.SMALL)
            column.addWidget(self.action, 0, Qt.AlignmentFlag.AlignHCenter)
        column.addStretch(2)

    def add(self, action: str, pressed: Callable[[], object], object_name: str) -> QPushButton:
        """One more thing to do about it, above the other."""
        made = button(action, object_name, pressed)
        column = self.layout()
        if isinstance(column, QVBoxLayout):
            place = column.count() - 1 if self.action is None else column.indexOf(self.action)
            column.insertWidget(place, made, 0, Qt.AlignmentFlag.AlignHCenter)
        return made

    def say(self, title: str, text: str = "") -> None:
        """Other words, for example when a filter rather than an empty school is the reason."""
        self._title.setText(title)
        self._text.setText(text)
