"""A search box that waits for a pause in the typing."""

from __future__ import annotations

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QLineEdit, QWidget

PAUSE_MS = 90
"""Short enough to feel like "as you type", long enough to leave out half-typed words."""


class SearchBox(QLineEdit):
    """``searched`` carries the text after a pause, at once on Enter and when it is cleared. Esc clears."""

    searched = Signal(str)

    def __init__(self, placeholder: str, object_name: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName(object_name)
        self.setAccessibleName(placeholder)
        self.setPlaceholderText(placeholder)
        self.setClearButtonEnabled(True)
        self._said = ""
        self._pause = QTimer(self)
        self._pause.setSingleShot(True)
        self._pause.setInterval(PAUSE_MS)
        self._pause.timeout.connect(self._say)
        self.textChanged.connect(self._typed)
        self.returnPressed.connect(self._say)

    def set_quietly(self, text: str) -> None:
        """Show a text without searching for it (a saved filter was chosen and is loaded anyway)."""
        self._pause.stop()
        self._said = text.strip()
        self.blockSignals(True)
        self.setText(text)
        self.blockSignals(False)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Escape and self.text():
            self.clear()
            return
        super().keyPressEvent(event)

    def _typed(self, text: str) -> None:
        if text.strip():
            self._pause.start()
        else:
            self._say()

    def _say(self) -> None:
        self._pause.stop()
        text = self.text().strip()
        if text != self._said:
            self._said = text
            self.searched.emit(text)
