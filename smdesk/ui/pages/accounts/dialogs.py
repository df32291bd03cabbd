"""What is asked before an account or a block is closed, reviewed or put back: a reason, and a day where one counts."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date

from PySide6.QtWidgets import QWidget

from smdesk.errors import Invalid
from smdesk.ui.desk import Desk
from smdesk.ui.tasks import Progress
from smdesk.ui.widgets.dates import DateEdit
from smdesk.ui.widgets.service_dialog import ServiceDialog, Work


class DayAndReason(ServiceDialog):
    """A day and some words, handed to ``service``, which runs on a worker and closes over plain data only."""

    def __init__(
        self,
        desk: Desk,
        name: str,
        title: str,
        action: str,
        service: Callable[[str, date], object],
        parent: QWidget | None = None,
        *,
        day_label: str,
        day_field: str,
        day: date | None,
        ahead: bool = False,
        question: str,
        explanation: str = "",
        look: str = "primary",
    ) -> None:
        """``day`` stands in the field at first; with ``ahead`` a day without a year is the next such day."""
        super().__init__(desk, name, title, action, parent, explanation=explanation, look=look)
        self._service = service
        self._day_field = day_field
        self.reason = self.note_field(f"{name}_reason", question)
        self.day = DateEdit(f"{name}_day", day_label, self, clock=desk.ctx.today, ahead=ahead)
        self.day.set_day(day)
        self.form.add(question, self.reason, "reason")
        self.form.add(day_label, self.day, day_field)
        self.reason.setFocus()

    def work(self) -> Work:
        service, reason, day = self._service, self.reason.toPlainText(), self.day.day(self._day_field)
        if day is None:
            raise Invalid.one(self._day_field, "Give the day.")

        def do(progress: Progress) -> object:
            return service(reason, day)

        return do
