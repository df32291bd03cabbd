"""The part "Outstanding" of the agreements tab."""

from __future__ import annotations

from PySide6.QtWidgets import QVBoxLayout, QWidget

from smdesk.ui.desk import Desk
from smdesk.ui.widgets.empty_state import EmptyState


class OutstandingView(QWidget):
    """What the agreements tab shows under "Outstanding"."""

    def __init__(self, desk: Desk, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("outstanding_view")
        self._desk = desk
        column = QVBoxLayout(self)
        column.addWidget(EmptyState("Nothing is on record yet", "", "", None, "outstanding_none"))

    def activate(self) -> None:
        """Nothing is read yet."""

    def open_record(self, record_id: int) -> None:
        self.activate()

    def new_record(self) -> None:
        """Nothing is added here."""

    def focus_search(self) -> None:
        """There is no search box."""

    def unsaved(self) -> bool:
        return False

    def save_draft(self) -> None:
        """Nothing is typed here."""
