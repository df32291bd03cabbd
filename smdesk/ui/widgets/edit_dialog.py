"""A dialog in which a record is changed: where somebody else saved it first, the person chooses."""

from __future__ import annotations

from PySide6.QtWidgets import QLineEdit, QWidget

from smdesk.errors import Conflict, SmdeskError
from smdesk.ui.desk import Desk
from smdesk.ui.widgets.dialogs import MINE, THEIRS, ask_conflict
from smdesk.ui.widgets.service_dialog import ServiceDialog


class EditDialog(ServiceDialog):
    """``version`` is the version what is typed is saved over; ``work`` passes it to the service. None: a new record."""

    def __init__(
        self,
        desk: Desk,
        name: str,
        title: str,
        action: str,
        parent: QWidget | None = None,
        *,
        version: int | None,
        explanation: str = "",
    ) -> None:
        super().__init__(desk, name, title, action, parent, explanation=explanation)
        self.version = version
        self._again = False

    def _written(self) -> list[str]:
        return [*super()._written(), *(field.text().strip() for field in self.findChildren(QLineEdit))]

    def _refused(self, error: SmdeskError) -> None:
        if not isinstance(error, Conflict):
            super()._refused(error)
            return
        answer = ask_conflict(error, self)
        if answer == MINE:
            self.version = error.current_version
            # Still busy with the try that was refused: the next one begins once that has ended.
            self._again = True
        elif answer == THEIRS:
            self.accept()

    def _ended(self) -> None:
        super()._ended()
        if self._again:
            self._again = False
            self._submit()
