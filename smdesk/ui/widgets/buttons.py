"""Buttons with everything a button needs, in one call."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtGui import QKeySequence
from PySide6.QtWidgets import QPushButton, QWidget


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
    made = QPushButton(label, parent)
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
