"""What is known beside what is to be done about it, or above it where the window is narrow."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QSplitter, QWidget

from smdesk.ui import theme
from smdesk.ui.widgets.text import named


class Sides(QSplitter):
    """Keeps the two in their shares of the room until somebody moves the handle."""

    def __init__(
        self,
        object_name: str,
        spoken: str,
        first: QWidget,
        second: QWidget,
        *,
        shares: tuple[int, int] = (1, 1),
        beside_from: int = 640,
        parent: QWidget | None = None,
    ) -> None:
        """``beside_from``: device-independent pixels of width from which they stand side by side."""
        super().__init__(Qt.Orientation.Horizontal, parent)
        named(self, object_name, spoken)
        self._shares = shares
        self._beside_from = beside_from
        self._moved = False
        self.addWidget(first)
        self.addWidget(second)
        self.setChildrenCollapsible(False)
        self.setHandleWidth(theme.LARGE)
        self.splitterMoved.connect(self._was_moved)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        beside = self.width() >= self._beside_from
        wanted = Qt.Orientation.Horizontal if beside else Qt.Orientation.Vertical
        if self.orientation() is not wanted:
            self.setOrientation(wanted)
            self._moved = False
        if not self._moved:
            whole = self.width() if beside else self.height()
            first, second = self._shares if beside else (1, 1)
            self.setSizes([whole * first // (first + second), whole * second // (first + second)])

    def _was_moved(self) -> None:
        self._moved = True
