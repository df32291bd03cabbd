"""A line above the tabs that asks for something: words, and two buttons."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtWidgets import QFrame, QHBoxLayout

from smdesk.ui import theme
from smdesk.ui.widgets.buttons import button
from smdesk.ui.widgets.text import PlainLabel

Answer = tuple[str, str, Callable[[], None]]
"""A button's label, its name and what it does."""


class Banner(QFrame):
    """Hidden until there is something to ask."""

    def __init__(self, name: str, tone: str, text_name: str, yes: Answer, no: Answer) -> None:
        super().__init__()
        self.setObjectName(name)
        self.setProperty("tone", tone)
        self.text = PlainLabel("")
        self.text.setObjectName(text_name)
        # No Alt keys: every letter they could have belongs to a menu or to the page below. Enter and Tab do.
        self.yes = button(*yes, look="primary")
        self.no = button(*no)
        line = QHBoxLayout(self)
        line.setContentsMargins(theme.NORMAL, theme.TIGHT, theme.NORMAL, theme.TIGHT)
        line.addWidget(self.text, 1)
        line.addWidget(self.no)
        line.addWidget(self.yes)
        self.hide()
