"""Buttons with everything a button needs, in one call."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import Qt
from PySide6.QtGui import QKeyEvent, QKeySequence
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
        made.setShortcut(QKeySequence(shortcut))
        if not tip:
            made.setToolTip(f"{made.accessibleName()} ({shortcut})")
    if pressed is not None:
        made.clicked.connect(pressed)
    return made
