"""Words on screen. Everything a person typed is shown as plain text: a name may look like HTML."""

from __future__ import annotations

import html
from typing import TypeVar

from PySide6.QtCore import QEvent, QObject, QSize, Qt
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QAbstractSpinBox, QComboBox, QLabel, QSizePolicy, QWidget

from smdesk.ui import theme

W = TypeVar("W", bound=QWidget)


def named(widget: W, object_name: str, accessible_name: str = "", help_text: str = "") -> W:
    """Give a control its stable ``objectName`` and what a screen reader calls it. Returns the control."""
    widget.setObjectName(object_name)
    if isinstance(widget, (QComboBox, QAbstractSpinBox)):
        widget.installEventFilter(_WheelIsForThePage(widget))
        widget.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
    if accessible_name:
        widget.setAccessibleName(accessible_name.replace("&", ""))
    if help_text:
        widget.setAccessibleDescription(help_text)
        if not widget.toolTip():
            widget.setToolTip(help_text)
    return widget


def dress(widget: QWidget, **looks: str) -> None:
    """Give a widget that is on the screen another look or tone: the style sheet reads them only when it is told."""
    for name, value in looks.items():
        widget.setProperty(name, value)
    widget.style().unpolish(widget)
    widget.style().polish(widget)


class _WheelIsForThePage(QObject):
    """Turning the mouse wheel over a list of choices or a number scrolls the page; it never changes a record."""

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() == QEvent.Type.Wheel:
            event.ignore()  # not taken: it goes on to the scroll area
            return True
        return False


class PlainLabel(QLabel):
    """A wrapping label that shows its text as it is. Never an HTML label by accident."""

    def __init__(
        self,
        text: str = "",
        parent: QWidget | None = None,
        *,
        look: str = "",
        wrap: bool = True,
        selectable: bool = False,
    ) -> None:
        super().__init__(parent)
        self.setTextFormat(Qt.TextFormat.PlainText)
        self.setWordWrap(wrap)
        self._laid_out_width = 0
        if wrap:
            policy = QSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Preferred)
            policy.setHeightForWidth(True)
            self.setSizePolicy(policy)
        if look:
            self.setProperty("look", look)
        if selectable:
            self.setTextInteractionFlags(
                Qt.TextInteractionFlag.TextSelectableByMouse | Qt.TextInteractionFlag.TextSelectableByKeyboard
            )
        self.setText(text)

    def minimumSizeHint(self) -> QSize:
        # Qt's own least height of a wrapping text is one line, which cuts it off, and its preferred height is for
        # a narrow column, which makes pages scroll into nothing. The right one is for the width it really has.
        hint = super().minimumSizeHint()
        if self.wordWrap() and self._laid_out_width:
            hint.setHeight(self.heightForWidth(self._laid_out_width))
        return hint

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        if self.wordWrap() and event.size().width() != self._laid_out_width:
            self._laid_out_width = event.size().width()
            self.updateGeometry()


class OneLine(QLabel):
    """Text in whatever room is left on a line; what does not fit ends in "…" and is the tip."""

    def __init__(self, text: str = "", parent: QWidget | None = None, *, look: str = "") -> None:
        super().__init__(parent)
        self.setTextFormat(Qt.TextFormat.PlainText)
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        if look:
            self.setProperty("look", look)
        self._whole = ""
        self.show_text(text)

    def show_text(self, text: str) -> None:
        """Show this, its line breaks as spaces."""
        self._whole = " ".join(text.split())
        self.setAccessibleName(self._whole)
        self._cut()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._cut()

    def _cut(self) -> None:
        shown = self.fontMetrics().elidedText(self._whole, Qt.TextElideMode.ElideRight, self.width())
        self.setText(shown)
        # A tip is HTML where it looks like it.
        self.setToolTip("" if shown == self._whole else html.escape(self._whole))


def heading(text: str, level: int = 1, parent: QWidget | None = None) -> PlainLabel:
    """A heading: 1 for a page, 2 for a section, 3 for a part of one."""
    label = PlainLabel(text, parent)
    label.setFont(theme.heading_font(label.font(), level))
    return label


def muted(text: str, parent: QWidget | None = None) -> PlainLabel:
    """An explanation beside something more important."""
    return PlainLabel(text, parent, look="muted")
