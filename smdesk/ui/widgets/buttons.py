"""Buttons with everything a button needs, in one call."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QEvent, QSize, Qt
from PySide6.QtGui import QFont, QFontMetrics, QKeyEvent, QKeySequence, QShortcut
from PySide6.QtWidgets import QPushButton, QWidget


class EnterButton(QPushButton):
    """A push button that Enter presses while it has the focus, as well as Space.

    Qt gives Enter to a dialog's default button only: outside a dialog it would do nothing, and with the focus on
    Cancel it would press OK.
    """

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and not event.modifiers() & ~_KEYPAD:
            # A key held down presses once, not the next page's button as well.
            if not event.isAutoRepeat():
                self.click()
            return
        super().keyPressEvent(event)

    def event(self, event: QEvent) -> bool:
        # By its Alt key Qt would go on showing the button pressed after its menu has closed.
        if event.type() == QEvent.Type.Shortcut and self.menu() is not None:
            self.setFocus(Qt.FocusReason.ShortcutFocusReason)
            self.showMenu()
            return True
        return super().event(event)

    def sizeHint(self) -> QSize:
        hint = super().sizeHint()
        if self.isCheckable():
            # What is chosen is written bolder: room for that at once, or a long label would lose its ends.
            bold = QFont(self.font())
            bold.setWeight(QFont.Weight.DemiBold)
            text = self.text().replace("&", "")
            more = QFontMetrics(bold).horizontalAdvance(text) - self.fontMetrics().horizontalAdvance(text)
            hint.setWidth(hint.width() + max(0, more))
        return hint

    def minimumSizeHint(self) -> QSize:
        return self.sizeHint()


_KEYPAD = Qt.KeyboardModifier.KeypadModifier


def button(
    label: str,
    object_name: str,
    pressed: Callable[[], object] | None = None,
    *,
    look: str = "",
    shortcut: str = "",
    tip: str = "",
    parent: QWidget | None = None,
) -> QPushButton:
    """A push button. ``look`` is "", "primary", "danger" or "link"; ``pressed`` must be a bound method."""
    made = EnterButton(label, parent)
    made.setObjectName(object_name)
    made.setAccessibleName(label.replace("&&", "\0").replace("&", "").replace("\0", "&"))
    made.setAutoDefault(False)
    if look:
        made.setProperty("look", look)
    if tip:
        made.setToolTip(tip)
        made.setAccessibleDescription(tip)
    if shortcut:
        press_on(made, shortcut)
        if not tip:
            made.setToolTip(f"{made.accessibleName()} ({shortcut.replace('Return', 'Enter')})")
    if pressed is not None:
        made.clicked.connect(pressed)
    return made


def press_on(made: QPushButton, keys: str) -> None:
    """Let ``keys`` press the button as well as the Alt key of its label, whatever its label becomes.

    Qt's ``setShortcut`` would take the Alt key away (and a new text the shortcut): the underlined letter did nothing.
    """
    also = QShortcut(QKeySequence(keys), made)
    also.setAutoRepeat(False)
    also.activated.connect(made.click)
