"""Where the keyboard goes when what had it is gone: it stays near, and never lands on a strip above the tabs.

Qt hands it to the next widget in the window, which after the last one of a form is the first of all: a button whose
Enter would lead to another tab.
"""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtWidgets import QWidget


def keep_near(old: QWidget | None, new: QWidget | None, strips: Sequence[QWidget]) -> None:
    """Bring the keyboard back from one of the ``strips``, if it fell there because ``old`` was hidden or disabled."""
    if old is None or not any(strip.isAncestorOf(new) for strip in strips if new is not None):
        return
    if any(strip.isAncestorOf(old) for strip in strips) or (old.isVisible() and old.isEnabled()):
        return
    around = old.parentWidget()
    while around is not None and not (around.isVisible() and around.isEnabled()):
        around = around.parentWidget()
    near = around
    while near is not None and not near.isWindow():
        if near.focusProxy() is not None and near.focusProxy().isVisible():
            # A form has a field it begins with.
            near.setFocus()
            return
        near = near.parentWidget()
    if around is not None and not around.isWindow():
        # It holds the place; Tab goes on from there.
        around.setFocus()
