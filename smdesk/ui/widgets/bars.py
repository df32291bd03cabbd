"""The quiet lines above a form, and what stands in its place for whoever may only know that the record exists."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import Qt
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QFrame, QHBoxLayout, QMenu, QPushButton, QVBoxLayout, QWidget

from smdesk.ui import theme
from smdesk.ui.widgets.buttons import button
from smdesk.ui.widgets.status_chip import StatusChip
from smdesk.ui.widgets.text import OneLine, PlainLabel, heading, named


class RecordHeader(QWidget):
    """Reference, state, whether it is kept, and the buttons that act on the whole record.

    ``name`` begins the object names of what is in it; ``menu`` is filled with ``add_action``.
    """

    def __init__(self, name: str, title: str, parent: QWidget) -> None:
        super().__init__(parent)
        self.title = heading(title, 2)
        self.title.setWordWrap(False)
        self.title.setObjectName(f"{name}_title")
        self.status = StatusChip("", "info", self)
        self.status.setObjectName(f"{name}_status")
        self.confidential = StatusChip("Confidential", "warning", self)
        self.confidential.setObjectName(f"{name}_confidential")
        self.summary = named(OneLine("", self, look="muted"), f"{name}_header_summary")
        self.note = PlainLabel("", look="muted", wrap=False)
        self.note.setObjectName(f"{name}_draft_note")
        self.note.setAccessibleName("Whether what is typed is kept")
        self.menu_button = button("A&ctions", f"{name}_actions")
        self.menu = QMenu(self.menu_button)
        self.menu.setObjectName(f"{name}_actions_menu")
        self.menu_button.setMenu(self.menu)
        self.save = button("Save", f"{name}_save", look="primary", shortcut="Ctrl+S")
        line = QHBoxLayout(self)
        line.setContentsMargins(theme.NORMAL, theme.TIGHT, theme.NORMAL, theme.TIGHT)
        line.setSpacing(theme.SMALL)
        for widget in (self.title, self.status, self.confidential):
            line.addWidget(widget)
        # On the other parts of the form, too, one sees what it is about.
        line.addWidget(self.summary, 1)
        for widget in (self.note, self.menu_button, self.save):
            line.addWidget(widget)

    def add_action(self, label: str, name: str, does: Callable[[], object]) -> QAction:
        """A line of the menu; ``does`` must be a bound method."""
        action = QAction(label, self.menu)
        action.setObjectName(name)
        action.triggered.connect(does)
        self.menu.addAction(action)
        return action


class Bar(QFrame):
    """A quiet line above the form with up to two things to do about it."""

    def __init__(self, name: str, tone: str, parent: QWidget) -> None:
        super().__init__(parent)
        self.setObjectName(name)
        self.setProperty("tone", tone)
        self.text = PlainLabel("", self)
        self._line = QHBoxLayout(self)
        self._line.setContentsMargins(theme.NORMAL, theme.TIGHT, theme.SMALL, theme.TIGHT)
        self._line.addWidget(self.text, 1)
        self.hide()

    def add(self, label: str, name: str, does: Callable[[], object]) -> QPushButton:
        made = button(label, name, does)
        self._line.addWidget(made, 0, Qt.AlignmentFlag.AlignTop)
        return made

    def say(self, text: str) -> None:
        """Show the bar with this sentence."""
        self.text.setText(text)
        self.setAccessibleName(text)
        self.show()


class MaskedView(QWidget):
    """What whoever recorded something confidential still sees of it: that it is there and being handled."""

    def __init__(self, name: str, parent: QWidget) -> None:
        super().__init__(parent)
        self.setObjectName(name)
        self.text = named(PlainLabel("", self, selectable=True), f"{name}_text")
        self.text.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        column = QVBoxLayout(self)
        theme.roomy(column, theme.HUGE, theme.NORMAL)
        column.addWidget(heading("This record is confidential", 2))
        column.addWidget(self.text)
        column.addStretch(1)
        self.setFocusProxy(self.text)

    def say(self, text: str) -> None:
        """Show these sentences."""
        self.text.setText(text)
        self.text.setAccessibleName(text)
