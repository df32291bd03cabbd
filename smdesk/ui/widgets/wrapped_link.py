"""A sentence that leads somewhere, as long as it needs to be."""

from __future__ import annotations

from PySide6.QtCore import QSize
from PySide6.QtGui import QResizeEvent, QTextLayout
from PySide6.QtWidgets import QSizePolicy

from smdesk.ui.widgets.buttons import EnterButton


class WrappedLink(EnterButton):
    """A sentence to press. A button of Qt's cuts a long one off; this one wraps it."""

    def __init__(self, sentence: str, object_name: str) -> None:
        super().__init__(sentence.replace("&", "&&"))
        self._sentence = sentence
        self.setObjectName(object_name)
        self.setAccessibleName(sentence)
        self.setAutoDefault(False)
        self.setProperty("look", "link")
        policy = QSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Preferred)
        policy.setHeightForWidth(True)
        self.setSizePolicy(policy)

    def heightForWidth(self, width: int) -> int:
        return len(self._lines(width)) * self.fontMetrics().lineSpacing() + 2 * _LINK_EDGE

    def minimumSizeHint(self) -> QSize:
        return QSize(120, self.heightForWidth(self.width()))

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self.setText("\n".join(self._lines(self.width())).replace("&", "&&"))
        self.updateGeometry()

    def _lines(self, width: int) -> list[str]:
        layout = QTextLayout(self._sentence, self.font())
        layout.beginLayout()
        while True:
            line = layout.createLine()
            if not line.isValid():
                break
            line.setLineWidth(max(width - 2 * _LINK_EDGE - 4, 60))
        layout.endLayout()
        found = [layout.lineAt(place) for place in range(layout.lineCount())]
        return [
            self._sentence[line.textStart() : line.textStart() + line.textLength()].strip() for line in found
        ]


_LINK_EDGE = 5
"""Pixels between the sentence and the button's edge, as the style sheet gives them."""
