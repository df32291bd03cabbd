"""The rota of one account: lines of who looks on which days (ACC-4)."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QCheckBox, QFrame, QHBoxLayout, QVBoxLayout, QWidget

from smdesk.errors import Conflict, Invalid, Problem, SmdeskError
from smdesk.policy import watching as policy
from smdesk.policy.vocabulary import PersonKind
from smdesk.policy.watching import DAY_NAMES, EVERY_DAY, WEEKDAYS, Turn
from smdesk.security.permissions import Permission, allowed
from smdesk.services import watching_rota
from smdesk.services.people_records import PersonHit
from smdesk.services.watching_records import Rota, TurnDraft
from smdesk.ui import theme
from smdesk.ui.desk import Desk
from smdesk.ui.pages.accounts.look_dialogs import ADULTS
from smdesk.ui.tasks import Progress
from smdesk.ui.widgets.buttons import button
from smdesk.ui.widgets.dates import DateEdit
from smdesk.ui.widgets.dialogs import MINE, THEIRS, ask_conflict
from smdesk.ui.widgets.flow import flow
from smdesk.ui.widgets.person_picker import PersonPicker
from smdesk.ui.widgets.service_dialog import ServiceDialog, Work
from smdesk.ui.widgets.text import PlainLabel, muted, named


class RotaLine(QFrame):
    """One line: a person, days of the week, from when until when."""

    changed = Signal()
    remove_wanted = Signal(object)
    """Carries the line."""

    def __init__(self, desk: Desk, number: int, parent: QWidget, *, read_only: bool) -> None:
        super().__init__(parent)
        self._id: int | None = None
        name = f"rota_{number}"
        self.setObjectName(name)
        self.setProperty("card", "true")
        self.picker = PersonPicker(desk, f"{name}_who", "Who looks", self, kinds=ADULTS, may_add=False)
        self.remove = button("Take off", f"{name}_remove", self._remove)
        self.days = [named(QCheckBox(day[:3]), f"{name}_{day.lower()}", day) for day in DAY_NAMES]
        self.every = button("Every day", f"{name}_every", self._every)
        self.week = button("Monday to Friday", f"{name}_week", self._week)
        self.holidays = named(
            QCheckBox("Bank holidays too"),
            f"{name}_holidays",
            "Also on bank holidays that fall on these days",
        )
        self.holidays.setChecked(True)
        self.from_on = DateEdit(f"{name}_from", "First day", self, clock=desk.ctx.today, ahead=True)
        self.until_on = DateEdit(f"{name}_until", "Last day", self, clock=desk.ctx.today, ahead=True)
        self.from_on.set_day(desk.ctx.today())
        top = QHBoxLayout()
        top.setSpacing(theme.SMALL)
        top.addWidget(self.picker, 1)
        top.addWidget(self.remove)
        column = QVBoxLayout(self)
        theme.roomy(column, theme.SMALL, theme.TIGHT)
        column.addLayout(top)
        column.addWidget(flow(*self.days, self.holidays, self.every, self.week, scrolls=True))
        dates = QHBoxLayout()
        dates.setSpacing(theme.SMALL)
        for words, field in (("From", self.from_on), ("Last day", self.until_on)):
            shown = PlainLabel(words, wrap=False)
            shown.setBuddy(field)
            dates.addWidget(shown)
            dates.addWidget(field)
        dates.addStretch(1)
        column.addLayout(dates)
        for box in (*self.days, self.holidays):
            box.toggled.connect(self.changed)
            box.setEnabled(not read_only)
        self.picker.chosen.connect(self.changed)
        self.until_on.changed.connect(self.changed)
        self.picker.set_read_only(read_only)
        self.from_on.set_read_only(read_only)
        self.until_on.set_read_only(read_only)
        self.until_on.line.setPlaceholderText("no end")
        for each in (self.remove, self.every, self.week):
            each.setVisible(not read_only)

    def show_turn(self, turn: TurnDraft) -> None:
        """Show a line of the rota as it is kept."""
        self._id = turn.id
        if turn.person_id is not None:
            self.picker.set_person(PersonHit(turn.person_id, turn.name, PersonKind.UNKNOWN, "", True))
        self._tick(turn.days)
        self.holidays.setChecked(turn.holidays)
        self.from_on.set_day(turn.from_on)
        self.until_on.set_day(turn.until_on)

    def chosen_days(self) -> int:
        return sum(1 << place for place, box in enumerate(self.days) if box.isChecked())

    def turn(self, place: int) -> TurnDraft:
        """What stands in the line. Raises Invalid for a day that cannot be read."""
        person = self.picker.person()
        return TurnDraft(
            None if person is None else person.id,
            self.chosen_days(),
            self.holidays.isChecked(),
            self.from_on.day(f"turns.{place}"),
            self.until_on.day(f"turns.{place}"),
            self._id,
        )

    def _tick(self, days: int) -> None:
        for place, box in enumerate(self.days):
            box.setChecked(bool(days >> place & 1))

    def _every(self) -> None:
        self._tick(EVERY_DAY)
        self.holidays.setChecked(True)

    def _week(self) -> None:
        self._tick(WEEKDAYS)

    def _remove(self) -> None:
        self.remove_wanted.emit(self)


class RotaDialog(ServiceDialog):
    """Lines are added, changed and taken off here; what was asked for on days gone by stays as it was."""

    def __init__(self, desk: Desk, rota: Rota, parent: QWidget | None = None) -> None:
        super().__init__(
            desk,
            "rota_dialog",
            f"Rota: {rota.account}",
            "&Save the rota",
            parent,
            explanation="Who looks at this account, and on which days. A change counts from today on.",
        )
        self._width = 820
        self._rota = rota
        self._version = rota.version
        self._made = 0
        self.lines: list[RotaLine] = []
        self._read_only = not allowed(desk.ctx.user.roles, Permission.ACCOUNTS_EDIT)
        self._column = QVBoxLayout()
        self._column.setSpacing(theme.SMALL)
        place = self.column.indexOf(self.form)
        self.column.insertLayout(place, self._column)
        self.add = button("&Add a line", "rota_add", self._add)
        self.lacks = PlainLabel("", look="warning")
        self.lacks.setObjectName("rota_lacks")
        self.column.insertWidget(place + 1, self.lacks)
        self.column.insertWidget(place + 2, self.add, 0, Qt.AlignmentFlag.AlignLeft)
        if self._read_only:
            self.column.insertWidget(place + 3, muted("The office changes the rota."))
            self.ok.hide()
            self.add.hide()
        for turn in rota.turns:
            self._add_line().show_turn(turn)
        if not rota.turns and not self._read_only:
            self._add_line()
        self._show_lacks()
        if self.lines:
            self.lines[0].picker.setFocus()

    def turns(self) -> list[TurnDraft]:
        """What stands in the lines. Raises Invalid with everything that cannot be read."""
        found, problems = [], []
        for place, line in enumerate(self.lines):
            if line.picker.person() is None and line.picker.text().strip():
                said = f"Line {place + 1}: choose who looks from the list of people found."
                problems.append(Problem(f"turns.{place}", said))
                continue
            try:
                found.append(line.turn(place))
            except Invalid as error:
                problems.extend(error.problems)
        if problems:
            raise Invalid(problems)
        return found

    def work(self) -> Work:
        self.form.fields = {f"turns.{place}": line.picker for place, line in enumerate(self.lines)}
        ctx, account_id, version, turns = self._desk.ctx, self._rota.account_id, self._version, self.turns()

        def do(progress: Progress) -> object:
            return watching_rota.save_turns(ctx, account_id, version, turns)

        return do

    def _refused(self, error: SmdeskError) -> None:
        if not isinstance(error, Conflict):
            super()._refused(error)
            return
        choice = ask_conflict(error, self)
        if choice == MINE:
            self._version = error.current_version
            self._submit()
        elif choice == THEIRS:
            self.done(self.DialogCode.Rejected)

    def _written(self) -> list[str]:
        parts = []
        for line in self.lines:
            person = line.picker.person()
            dates = f"{line.from_on.text()} {line.until_on.text()}"
            ticked = f"{line.chosen_days()} {line.holidays.isChecked()}"
            parts.append(f"{line.picker.text() if person is None else person.id} {ticked} {dates}")
        return parts

    def _add(self) -> None:
        self._add_line().picker.setFocus()
        self._show_lacks()
        self.grow()

    def _add_line(self) -> RotaLine:
        self._made += 1
        line = RotaLine(self._desk, self._made, self, read_only=self._read_only)
        line.changed.connect(self._show_lacks)
        line.remove_wanted.connect(self._take_off)
        self._column.addWidget(line)
        self.lines.append(line)
        line.show()
        return line

    def _take_off(self, line: RotaLine) -> None:
        self.lines.remove(line)
        self._column.removeWidget(line)
        line.hide()
        line.deleteLater()
        self._show_lacks()
        (self.lines[0].picker if self.lines else self.add).setFocus()

    def _show_lacks(self) -> None:
        """What the policy asks for and nobody here does, while one ticks."""
        today = self._desk.ctx.today()
        turns = [
            Turn(person.id, line.chosen_days(), line.holidays.isChecked(), today)
            for line in self.lines
            if (person := line.picker.person()) is not None
        ]
        said = policy.rota_words(self._rota.days_a_week, turns)
        self.lacks.setText(said)
        self.lacks.setVisible(bool(said))
