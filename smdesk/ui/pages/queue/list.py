"""The list of what waits: two lines for each, the urgent ones first with a sign of their own."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QListWidget, QListWidgetItem, QWidget

from smdesk.services.queue import QUEUE_KIND_LABELS, QueueItem, QueueKind
from smdesk.ui import theme
from smdesk.ui.widgets.status_chip import status_icon
from smdesk.ui.widgets.text import named
from smdesk.ui.words import count

Key = tuple[QueueKind, int]

_SIGNS = {
    QueueKind.PAPER: "warning",
    QueueKind.EXCEPTION: "info",
    QueueKind.REVIEW: "neutral",
    QueueKind.LETTER: "info",
    QueueKind.INCIDENT: "warning",
    QueueKind.QUESTION: "neutral",
}


class QueueList(QListWidget):
    """``chosen`` when another item is come to, ``taken_up`` on Enter or a double click."""

    chosen = Signal(object)
    """Carries the ``QueueItem``."""
    taken_up = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        named(self, "queue_list", "What waits for your decision")
        self.setProperty("look", "answers")
        self.setUniformItemSizes(True)
        self.setIconSize(QSize(14, 14))
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setTextElideMode(Qt.TextElideMode.ElideRight)
        # Dressed before the rows are measured, or they are too low for their padding.
        self.ensurePolished()
        self.items: tuple[QueueItem, ...] = ()
        self.currentRowChanged.connect(self._come_to)
        self.itemDoubleClicked.connect(self._double_clicked)

    def show_items(self, items: Sequence[QueueItem], today: date, current: Key | None) -> None:
        """Show these and mark ``current`` without telling anybody."""
        self.blockSignals(True)
        self.clear()
        self.items = tuple(items)
        high = 2 * self.fontMetrics().lineSpacing() + 2 * theme.SMALL
        for item in self.items:
            title = " ".join(item.title.split())
            line = QListWidgetItem(status_icon("danger" if item.urgent else _SIGNS[item.kind]), "")
            line.setText(f"{title}\n{QUEUE_KIND_LABELS[item.kind]} · {waited(item, today)}")
            line.setData(
                Qt.ItemDataRole.AccessibleTextRole,
                f"{'Urgent. ' if item.urgent else ''}{QUEUE_KIND_LABELS[item.kind]}: {title}. {item.why} "
                f"Waiting: {waited(item, today)}.",
            )
            line.setSizeHint(QSize(120, high))
            self.addItem(line)
        self.blockSignals(False)
        self.mark(current)

    def mark(self, current: Key | None) -> None:
        """Put the mark on this item without telling anybody."""
        place = next((n for n, item in enumerate(self.items) if item.key == current), -1)
        self.blockSignals(True)
        self.setCurrentRow(place)
        self.blockSignals(False)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and not event.isAutoRepeat():
            if not event.modifiers() & Qt.KeyboardModifier.ControlModifier:
                self.taken_up.emit()
                return
            event.ignore()
            return
        super().keyPressEvent(event)

    def _come_to(self, place: int) -> None:
        if 0 <= place < len(self.items):
            self.chosen.emit(self.items[place])

    def _double_clicked(self) -> None:
        self.taken_up.emit()


def waited(item: QueueItem, today: date) -> str:
    """How long something has waited: "new today", "12 days"; of a review how far its day is: "due in 9 days"."""
    if item.due is not None:
        away = (item.due - today).days
        if away:
            return f"due in {count(away, 'day')}" if away > 0 else f"due for {count(-away, 'day')}"
        return "due today"
    days = (today - item.since).days
    return "new today" if days <= 0 else count(days, "day")
