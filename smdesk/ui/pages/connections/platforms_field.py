"""Several platforms: typed or chosen from the known ones, each taken out again with one key."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from PySide6.QtCore import QEvent, QObject, Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QComboBox, QPushButton, QSizePolicy, QVBoxLayout, QWidget

from smdesk.ui import theme
from smdesk.ui.widgets.buttons import button
from smdesk.ui.widgets.flow import flow
from smdesk.ui.widgets.text import named


class PlatformsField(QWidget):
    """Enter, a comma or leaving the box adds what is typed; Backspace in the empty box takes the last one out.

    A known platform is kept by its code, anything else in the school's own words.
    """

    changed = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("exception_platforms")
        self.setAccessibleName("Platforms")
        self._labels: dict[str, str] = {}
        self._also: dict[str, str] = {}
        self._chosen: list[str] = []
        self._read_only = False
        self.box = named(QComboBox(self), "exception_platform", "Platforms: app, site or game")
        self.box.setEditable(True)
        self.box.setInsertPolicy(QComboBox.InsertPolicy.NoInsert)
        self.line = self.box.lineEdit()
        named(
            self.line,
            "exception_platform_line",
            "Platforms: app, site or game",
            "Type one and press Enter; several are possible",
        )
        self.line.setPlaceholderText("Type one, press Enter; then the next")
        self.line.setAcceptDrops(False)
        self.box.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self._tags = flow(spacing=theme.TIGHT, parent=self, scrolls=True)
        self._flow = self._tags.layout()
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Preferred)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(theme.TIGHT)
        column.addWidget(self.box)
        column.addWidget(self._tags)
        self._tags.hide()
        self.setFocusProxy(self.box)
        self.line.installEventFilter(self)
        self.box.activated.connect(self._take)
        self.line.textEdited.connect(self._edited)
        self.line.editingFinished.connect(self._take)

    def offer(self, known: Iterable[tuple[str, str]], also: Iterable[tuple[str, str]] = ()) -> None:
        """The platforms to choose from, (code, label); ``also`` pairs other names with codes."""
        typed = self.line.text()
        self._labels = dict(known)
        self._also = {name.casefold(): code for name, code in also}
        self.box.clear()
        for code, label in self._labels.items():
            self.box.addItem(label, code)
        self.box.setCurrentIndex(-1)
        self.box.setEditText(typed)
        self._draw()

    def value(self) -> tuple[str, ...]:
        """What was chosen, and what still stands in the box: nothing typed is dropped in silence."""
        chosen = list(self._chosen)
        for code in self._codes(self.line.text()):
            if code not in chosen:
                chosen.append(code)
        return tuple(chosen)

    def set_value(self, platforms: Sequence[str]) -> None:
        """Show exactly these, without telling anybody."""
        self._chosen = list(dict.fromkeys(platforms))
        self.box.setCurrentIndex(-1)
        self.box.clearEditText()
        self._draw()

    def set_read_only(self, read_only: bool) -> None:
        self._read_only = read_only
        self.box.setVisible(not read_only)
        self._draw()

    def labels(self) -> list[str]:
        """The chosen ones as shown."""
        return [self._labels.get(code, code) for code in self._chosen]

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() == QEvent.Type.KeyPress and isinstance(event, QKeyEvent):
            enter = event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter)
            if (enter or event.text() == ",") and self.line.text().strip():
                self._take()
                return True
            if event.key() == Qt.Key.Key_Backspace and not self.line.text() and self._chosen:
                self._chosen.pop()
                self._told()
                return True
        return super().eventFilter(watched, event)

    def _codes(self, text: str) -> list[str]:
        found = []
        for part in text.split(","):
            typed = " ".join(part.split())
            if typed:
                by_label = {label.casefold(): code for code, label in self._labels.items()}
                known = by_label.get(typed.casefold()) or self._also.get(typed.casefold())
                found.append(known or typed)
        return found

    def _edited(self) -> None:
        self.changed.emit()

    def _take(self) -> None:
        new = [code for code in self._codes(self.line.text()) if code not in self._chosen]
        had = bool(self.line.text().strip())
        self._chosen += list(dict.fromkeys(new))
        self.box.setCurrentIndex(-1)
        self.box.clearEditText()
        if had:
            self._told()

    def _told(self) -> None:
        self._draw()
        self.changed.emit()

    def _draw(self) -> None:
        while self._flow.count():
            widget = self._flow.takeAt(0).widget()
            if widget is not None:
                widget.hide()
                widget.deleteLater()
        for place, label in enumerate(self.labels()):
            if self._read_only:
                made: QPushButton = button(label.replace("&", "&&"), f"exception_platform_{place}")
                made.setEnabled(False)
            else:
                made = button(f"{label}  ✕".replace("&", "&&"), f"exception_platform_{place}", self._remove)
                made.setAccessibleName(f"Take {label} out")
                made.setToolTip("Take it out")
            made.setProperty("place", place)
            self._flow.addWidget(made)
            made.show()
        self._tags.setVisible(bool(self._chosen))
        self.updateGeometry()

    def _remove(self) -> None:
        self._chosen.pop(int(self.sender().property("place")))
        self.line.setFocus()
        self._told()
