"""Saves the rota and the due dates as a calendar file for other programs (ACC-4)."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtWidgets import QCheckBox, QSpinBox, QWidget

from smdesk.errors import Cancelled, Invalid
from smdesk.security.permissions import Permission, allowed
from smdesk.services import calendar_export
from smdesk.services.calendar_export import MOST_WEEKS
from smdesk.services.watching_records import WEEKS
from smdesk.ui.desk import Desk
from smdesk.ui.tasks import Progress
from smdesk.ui.widgets.forms import row
from smdesk.ui.widgets.save_as import ChooseFile, asking, chosen_file
from smdesk.ui.widgets.service_dialog import ServiceDialog, Work
from smdesk.ui.widgets.text import PlainLabel, muted, named


class CalendarDialog(ServiceDialog):
    """What goes into the file and for how many weeks; then where it is saved."""

    def __init__(
        self, desk: Desk, parent: QWidget | None = None, *, choose_file: ChooseFile | None = None
    ) -> None:
        super().__init__(
            desk,
            "calendar_dialog",
            "Export calendar",
            "&Save as file…",
            parent,
            explanation="A calendar file (.ics) can be opened in Outlook, Google Calendar, a telephone and other "
            "programs. Opened again later, a newer file takes the place of the same entries.",
        )
        self._choose_file = choose_file or asking("Save the calendar")
        rota = allowed(desk.ctx.user.roles, Permission.ACCOUNTS_READ)
        self.rota = named(
            QCheckBox("The &rota: who looks at which account"),
            "calendar_rota",
            "The rota: who looks at which account",
        )
        self.mine = named(QCheckBox("Only &my own days"), "calendar_mine", "Only my own days of the rota")
        self.due = named(
            QCheckBox("Every &due date you may see"), "calendar_due", "Every due date you may see"
        )
        self.rota.setChecked(rota)
        self.due.setChecked(True)
        self.rota.setVisible(rota)
        self.mine.setVisible(rota and desk.ctx.user.person_id is not None)
        self.weeks = named(QSpinBox(self), "calendar_weeks", "Number of weeks")
        self.weeks.setRange(1, MOST_WEEKS)
        self.weeks.setValue(WEEKS)
        self.form.add_wide(self.rota)
        self.form.add_wide(self.mine)
        self.form.add_wide(self.due)
        self.form.add("For the ne&xt", row(self.weeks, PlainLabel("weeks", wrap=False), None), "weeks")
        self.form.fields |= {"rota": self.rota, "mine": self.mine, "weeks": self.weeks}
        self.form.add_wide(
            muted(
                "The file is not protected by SM Desk. It holds references, names of accounts and of the people on the "
                "rota; no pupil and no parent is named in it. Who took it out is kept on record."
            )
        )
        self.rota.toggled.connect(self.mine.setEnabled)
        (self.rota if rota else self.due).setFocus()

    def work(self) -> Work:
        ctx, rota, due = self._desk.ctx, self.rota.isChecked(), self.due.isChecked()
        mine, weeks = self.mine.isChecked() and rota, self.weeks.value()
        if not (rota or due):
            raise Invalid.one(
                "rota", "Choose what the calendar is to hold: the rota, the due dates, or both."
            )
        name = f"SM Desk calendar {ctx.today():%Y-%m-%d}.ics"
        file = chosen_file(self._choose_file, self, name, "Calendar (*.ics)")
        if file is None:
            return _changed_mind

        def do(progress: Progress) -> Path:
            calendar_export.save(
                ctx, file, rota=rota, due=due, weeks=weeks, mine=mine, progress=progress.counted
            )
            return file

        return do

    def _accepted(self, result: object) -> None:
        super()._accepted(result)
        if isinstance(result, Path):
            self._desk.messages.info(
                f"Saved as “{result.name}”.",
                more="Open it with your calendar program. The file is not encrypted: delete it when it is no longer "
                "needed.",
            )


def _changed_mind(progress: Progress) -> object:
    raise Cancelled("No file was chosen.")
