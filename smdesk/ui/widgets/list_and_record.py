"""A list, and the record opened from it: in its place, or beside it where the window is wide enough."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QKeyEvent, QResizeEvent
from PySide6.QtWidgets import QSplitter, QVBoxLayout, QWidget

from smdesk.ui import theme
from smdesk.ui.widgets.buttons import button
from smdesk.ui.widgets.forms import row
from smdesk.ui.widgets.text import PlainLabel, named


class ListAndRecord(QWidget):
    """``back_wanted`` comes from the button, Alt+Left and Esc; whoever owns this checks for unsaved words first.

    ``split_at`` is the width in device-independent pixels from which list and record stand side by side.
    """

    back_wanted = Signal()

    def __init__(
        self,
        listing: QWidget,
        object_name: str,
        *,
        split_at: int,
        list_share: int = 2,
        record_share: int = 3,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self.setObjectName(object_name)
        self._split_at = split_at
        self._listing = listing
        self._record: QWidget | None = None
        self._open = False
        self._arranged: bool | None = None
        self._shares = (list_share, record_share)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        self._splitter = named(
            QSplitter(Qt.Orientation.Horizontal), f"{object_name}_splitter", "List and record"
        )
        self._splitter.setChildrenCollapsible(False)
        self._splitter.addWidget(listing)
        self._place = QWidget()
        self._place.setObjectName(f"{object_name}_record")
        self._filled = QVBoxLayout(self._place)
        self._filled.setContentsMargins(0, 0, 0, 0)
        self._filled.setSpacing(0)
        self.back = button(
            "← Back to list",
            f"{object_name}_back",
            look="link",
            shortcut="Alt+Left",
            tip="Back to the list (Esc or Alt+Left)",
        )
        self.back.clicked.connect(self.back_wanted)
        self._what = PlainLabel("", look="muted", wrap=False)
        self._bar = row(self.back, self._what, None)
        margins = (theme.NORMAL, theme.TIGHT, theme.NORMAL, 0)
        self._bar.layout().setContentsMargins(*margins)
        self._filled.addWidget(self._bar)
        self._splitter.addWidget(self._place)
        self._place.hide()
        column.addWidget(self._splitter)

    @property
    def record(self) -> QWidget | None:
        """The record's widget, once there was one; it is kept while the list is shown."""
        return self._record

    @property
    def record_shown(self) -> bool:
        return self._open

    @property
    def beside(self) -> bool:
        """Whether there is room for both."""
        return self.width() >= self._split_at

    def set_record(self, record: QWidget) -> None:
        """The widget that shows a record. Given once."""
        self._record = record
        self._filled.addWidget(record, 1)

    def show_record(self, what: str = "") -> None:
        """Bring the record to the front; ``what`` names it beside the way back."""
        self._open = True
        self.say(what)
        self._arrange()

    def say(self, what: str) -> None:
        self._what.setText(what)

    def show_list(self) -> None:
        """Back to the list alone."""
        self._open = False
        self._arrange()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        # Reached only when nothing inside had a use for Esc (a search box clears itself first).
        if event.key() == Qt.Key.Key_Escape and self._open:
            self.back_wanted.emit()
            return
        super().keyPressEvent(event)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._arrange()

    def _arrange(self) -> None:
        both = self._open and self.beside
        self._place.setVisible(self._open)
        self._listing.setVisible(both or not self._open)
        if both and self._arranged is not True:
            whole = self.width()
            first, second = self._shares
            self._splitter.setSizes([whole * first // (first + second), whole * second // (first + second)])
        self._arranged = both
