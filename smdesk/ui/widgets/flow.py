"""Controls in a row that breaks into further rows when the window is narrow or the letters are large."""

from __future__ import annotations

from PySide6.QtCore import QPoint, QRect, QSize, Qt
from PySide6.QtWidgets import QLayout, QLayoutItem, QSizePolicy, QWidget

from smdesk.ui import theme


class FlowLayout(QLayout):
    """Left to right at each widget's own size, then on to the next line. No margins."""

    def __init__(self, parent: QWidget | None = None, spacing: int = theme.SMALL) -> None:
        super().__init__(parent)
        self._items: list[QLayoutItem] = []
        self.setContentsMargins(0, 0, 0, 0)
        self.setSpacing(spacing)

    def addItem(self, item: QLayoutItem) -> None:
        self._items.append(item)

    def count(self) -> int:
        return len(self._items)

    def itemAt(self, index: int) -> QLayoutItem | None:
        return self._items[index] if 0 <= index < len(self._items) else None

    def takeAt(self, index: int) -> QLayoutItem | None:
        return self._items.pop(index) if 0 <= index < len(self._items) else None

    def expandingDirections(self) -> Qt.Orientation:
        return Qt.Orientation(0)

    def hasHeightForWidth(self) -> bool:
        return True

    def heightForWidth(self, width: int) -> int:
        return self._place(QRect(0, 0, width, 0), move=False)

    def setGeometry(self, rect: QRect) -> None:
        super().setGeometry(rect)
        self._place(rect, move=True)

    def sizeHint(self) -> QSize:
        return self.minimumSize()

    def minimumSize(self) -> QSize:
        size = QSize()
        for item in self._items:
            if not item.isEmpty():
                size = size.expandedTo(item.minimumSize())
        return size

    def _place(self, rect: QRect, *, move: bool) -> int:
        """Lay the items out in ``rect`` and give the height they need."""
        lines: list[list[tuple[QLayoutItem, QSize]]] = [[]]
        used = 0
        for item in self._items:
            if item.isEmpty():
                continue
            size = item.sizeHint().expandedTo(item.minimumSize())
            if lines[-1] and used + size.width() > rect.width():
                lines.append([])
                used = 0
            lines[-1].append((item, size))
            used += size.width() + self.spacing()
        top = rect.y()
        for line in lines:
            height = max((size.height() for _, size in line), default=0)
            left = rect.x()
            for item, size in line:
                if move:
                    at = QPoint(left, top + (height - size.height()) // 2)
                    item.setGeometry(QRect(at, size.boundedTo(QSize(max(1, rect.width()), size.height()))))
                left += size.width() + self.spacing()
            top += height + self.spacing()
        return max(0, top - self.spacing() - rect.y())


def flow(
    *widgets: QWidget, spacing: int = theme.SMALL, parent: QWidget | None = None, scrolls: bool = False
) -> QWidget:
    """A widget that holds these in breaking rows. ``scrolls``: it stands in a page that scrolls, and need not keep
    free the room its rows would take in the narrowest window."""
    made = QWidget(parent)
    least = QSizePolicy.Policy.Preferred if scrolls else QSizePolicy.Policy.Minimum
    policy = QSizePolicy(QSizePolicy.Policy.Expanding, least)
    policy.setHeightForWidth(True)
    made.setSizePolicy(policy)
    layout = FlowLayout(made, spacing)
    for widget in widgets:
        layout.addWidget(widget)
    return made
