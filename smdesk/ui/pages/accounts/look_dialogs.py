"""Writing down a look with what was found or for another day, and the list of who looked when (ACC-4)."""

from __future__ import annotations

from datetime import date, timedelta

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QButtonGroup, QDialog, QRadioButton, QVBoxLayout, QWidget

from smdesk.errors import Invalid
from smdesk.policy.vocabulary import PersonKind
from smdesk.policy.words import narrow_day, weekday
from smdesk.security.permissions import Permission, allowed
from smdesk.services import watching
from smdesk.services.context import Changes
from smdesk.services.watching_records import WEEKS, LookRow
from smdesk.ui import events as bus
from smdesk.ui import theme
from smdesk.ui.desk import Desk
from smdesk.ui.tasks import Progress
from smdesk.ui.widgets.buttons import button
from smdesk.ui.widgets.dates import DateEdit
from smdesk.ui.widgets.forms import closing, row
from smdesk.ui.widgets.person_picker import PersonPicker
from smdesk.ui.widgets.service_dialog import ReasonService, ServiceDialog, Work
from smdesk.ui.widgets.story_table import StoryLine, StoryTable
from smdesk.ui.widgets.text import PlainLabel, heading, named
from smdesk.ui.words import narrow_moment

ADULTS = (
    PersonKind.STAFF,
    PersonKind.GOVERNOR,
    PersonKind.VOLUNTEER,
    PersonKind.CONTRACTOR,
    PersonKind.PARENT,
)
"""Who may look after an account."""


class LookDialog(ServiceDialog):
    """``found_something`` carries the account's id, once it is written down that something was found there."""

    found_something = Signal(object)

    def __init__(
        self,
        desk: Desk,
        account_id: int,
        account: str,
        parent: QWidget | None = None,
        *,
        day: date | None = None,
    ) -> None:
        super().__init__(
            desk,
            "look_dialog",
            f"Looked at {account}",
            "&Write it down",
            parent,
            explanation="What somebody said there is logged under Messages; here stands only that somebody looked.",
        )
        self._account_id = account_id
        self.found = named(QRadioButton("Something was &found"), "look_found", "Something was found")
        self.nothing = named(QRadioButton("&Nothing new"), "look_nothing", "Nothing new")
        self.found.setChecked(True)
        self._choice = QButtonGroup(self)
        for each in (self.found, self.nothing):
            self._choice.addButton(each)
        self.on = DateEdit("look_on", "Day", self, clock=desk.ctx.today)
        self.on.set_day(day or desk.ctx.today())
        self.who = PersonPicker(desk, "look_who", "Who looked", self, kinds=ADULTS, may_add=False)
        self.who.setPlaceholderText(f"You: {desk.ctx.user.name}")
        self.note = self.note_field("look_note", "What was found, in a few words", 3)
        self.form.add_wide(row(self.found, self.nothing, None))
        self.form.add("Da&y", row(self.on, None), "on")
        self.form.fields["on"] = self.on
        self.form.add("Wh&o looked", self.who, "person_id", "Leave it empty where it was you.")
        self.form.add("N&ote", self.note, "note")
        self.note.setFocus()

    def work(self) -> Work:
        ctx, account_id = self._desk.ctx, self._account_id
        found, note, on = self.found.isChecked(), self.note.toPlainText(), self.on.day("on")
        if on is None:
            raise Invalid.one("on", "Say on which day somebody looked.")
        person = self.who.person()
        if person is None and self.who.text().strip():
            raise Invalid.one("person_id", "Choose who looked from the list, or leave the box empty.")
        person_id = None if person is None else person.id

        def do(progress: Progress) -> object:
            return watching.look(ctx, [account_id], found, note, on, person_id)

        return do

    def _accepted(self, result: object) -> None:
        found = self.found.isChecked()
        super()._accepted(result)
        if found:
            self.found_something.emit(self._account_id)


class LooksDialog(QDialog):
    """Who looked at an account in the last weeks, and those taken back."""

    def __init__(
        self,
        desk: Desk,
        account_id: int,
        account: str,
        parent: QWidget | None = None,
        *,
        day: date | None = None,
    ) -> None:
        """``day``: put the keyboard on this day where somebody looked on it."""
        super().__init__(parent)
        self._desk, self._account_id, self._account, self._day = desk, account_id, account, day
        self._fresh = True
        self.setObjectName("looks_dialog")
        self.setWindowTitle(f"Who looked at {account}")
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowModality(Qt.WindowModality.WindowModal)
        self.table = StoryTable("looks", f"Who looked at {account}")
        self.none = PlainLabel(f"Nobody looked in the last {WEEKS} weeks.", look="muted")
        may = allowed(desk.ctx.user.roles, Permission.ACCOUNTS_WATCH)
        self.add = button(
            "&Add a look…", "looks_add", self._add, tip="For another day, or with what was found"
        )
        self.take_back = button("&Take back…", "looks_take_back", self._take_back)
        self.close_button = button("Close", "looks_close", self.reject)
        for each in (self.add, self.take_back):
            each.setVisible(may)
        column = QVBoxLayout(self)
        theme.roomy(column)
        column.addWidget(heading(f"Who looked at {account}", 2))
        column.addWidget(self.none)
        column.addWidget(self.table, 1)
        column.addWidget(closing(self.close_button, self.add, self.take_back))
        self.table.currentCellChanged.connect(self._show_possible)
        theme.fit(self, 720, 460)
        desk.events.changed.connect(self._changed)
        self._show_possible()
        self._load()

    def _changed(self, changes: Changes) -> None:
        if bus.touches(changes, "look", self._account_id):
            self._load()

    def _load(self) -> None:
        ctx, account_id, today = self._desk.ctx, self._account_id, self._desk.ctx.today()

        def work(progress: Progress) -> list[LookRow]:
            return watching.looks(ctx, account_id, today - timedelta(days=7 * WEEKS - 1), today)

        self._desk.tasks.latest(self, "looks", work, self._show)

    def _show(self, rows: list[LookRow]) -> None:
        self.table.show_lines([_line(each) for each in rows])
        self.none.setVisible(not rows)
        self.table.setVisible(bool(rows))
        places = [place for place, each in enumerate(rows) if each.looked_on == self._day]
        if rows and self._fresh:
            # The newest stands first, and is what a slip is looked for in.
            self.table.setCurrentCell(places[0] if places else 0, 1)
            self._fresh = False
        self._show_possible()
        (self.table if rows else self.close_button).setFocus()

    def _show_possible(self) -> None:
        line = self.table.current()
        self.take_back.setEnabled(line is not None and not line.struck)

    def _add(self) -> None:
        LookDialog(self._desk, self._account_id, self._account, self).open()

    def _take_back(self) -> None:
        line = self.table.current()
        if line is None:
            return
        ctx, ids = self._desk.ctx, (line.key,)

        def service(reason: str) -> object:
            return watching.withdraw_look(ctx, ids, reason)

        ReasonService(
            self._desk,
            "look_take_back",
            "Take back that somebody looked",
            "&Why is it taken back?",
            "&Take it back",
            service,
            self,
            explanation="The line stays, struck out, with the reason. The day counts as not looked at again, unless "
            "somebody else looked too.",
        ).open()


def _line(look: LookRow) -> StoryLine:
    what = f"Something was found: {look.note}" if look.found else (look.note or "Nothing new")
    text = f"{look.looked_by}: {what}" if look.found or look.note else f"{look.looked_by}: nothing new"
    if look.withdrawn_at is not None:
        text += f"\nTaken back: {look.withdrawn_reason}"
    return StoryLine(
        look.id,
        f"{weekday(look.looked_on)[:3]} {narrow_day(look.looked_on)}",
        text,
        f"{look.recorded_by}, {narrow_moment(look.recorded_at)}",
        look,
        struck=look.withdrawn_at is not None,
    )
