"""What every screen that shows an item of the queue says to the page."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QWidget

from smdesk.errors import SmdeskError
from smdesk.services.queue import QueueItem


class ItemScreen(QWidget):
    """As it stands, for a screen in which nothing is typed but in a dialog; others say more."""

    decided = Signal()
    """The item is off the list: the next one may come."""
    gone = Signal(object)
    """It cannot be shown. Carries why, or None where the screen has said so itself."""
    left_for = Signal(object)
    """Carries the item to come to, once what kept the person here is saved."""
    outdated = Signal()
    """Somebody else changed it: the list may be old too."""
    busy = False
    """A signature is on its way: nothing else may be opened."""
    take_keyboard = False
    """Whether the keyboard is wanted in it once it has been read."""

    def show_item(self, item: QueueItem) -> None:
        """Read this item and show it."""
        raise NotImplementedError

    def put_keyboard(self) -> None:
        """To what is done first."""
        raise NotImplementedError

    def refresh(self) -> None:
        """It changed elsewhere. What is typed stays."""

    def unsaved(self) -> bool:
        """Whether something typed would be lost."""
        return False

    def save_draft(self) -> None:
        """Keep what is typed, now."""

    def may_leave(self, item: QueueItem) -> bool:
        """Whether nothing is lost by going on to ``item``. A screen that asks says so by ``left_for`` after a save."""
        if self.unsaved():
            self.save_draft()
        return True

    def have_read(self) -> None:
        """The item is on the screen: take the keyboard where it is wanted."""
        if self.take_keyboard:
            self.take_keyboard = False
            self.put_keyboard()

    def not_read(self, error: SmdeskError) -> None:
        """It cannot be read."""
        self.gone.emit(error)
