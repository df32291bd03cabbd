"""The letters' own screen, standing in the queue."""

from __future__ import annotations

from PySide6.QtWidgets import QVBoxLayout, QWidget

from smdesk.services.queue import QueueItem
from smdesk.ui.desk import Desk
from smdesk.ui.pages.letters.screen import LetterScreen
from smdesk.ui.pages.queue.item_screen import ItemScreen


class LetterPlace(ItemScreen):
    """Shows a letter that waits for a signature, with the letters' own keys: Ctrl+Enter approves."""

    def __init__(self, desk: Desk, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("queue_letter")
        self._item: QueueItem | None = None
        self.screen = LetterScreen(desk)
        # The list beside it is the way back.
        self.screen.back.hide()
        # The keyboard stays in the list while the reader goes through it.
        self.screen.takes_keyboard = False
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(self.screen)
        self.screen.layout().setContentsMargins(0, 0, 0, 0)
        self.screen.decided.connect(self._decided)
        self.screen.gone.connect(self._gone)
        self.screen.left_for.connect(self._left)

    def show_item(self, item: QueueItem) -> None:
        self._item = item
        self.screen.show_letter(item.id)
        self.have_read()

    def put_keyboard(self) -> None:
        self.screen.preview.setFocus()

    @property
    def busy(self) -> bool:
        return self.screen.busy

    def unsaved(self) -> bool:
        return self.screen.unsaved()

    def save_draft(self) -> None:
        self.screen.save_draft()

    def may_leave(self, item: QueueItem) -> bool:
        """Whether nothing is lost by going on to ``item``; it asks, and goes on by itself after a save."""
        return self.screen.may_leave(("item", item))

    def refresh(self) -> None:
        self.screen.changed_elsewhere()

    def _decided(self, letter_id: int) -> None:
        if self._item is not None and letter_id == self._item.id:
            self.decided.emit()

    def _gone(self) -> None:
        # The screen has said why itself; the page reads its list again.
        self.gone.emit(None)

    def _left(self, then: tuple[str, object]) -> None:
        if then[0] == "item":
            self.left_for.emit(then[1])
