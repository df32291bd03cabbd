"""Who runs an account: one line each, with the days from and until, and a box to add the next."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QFrame, QGridLayout, QLineEdit, QVBoxLayout, QWidget

from smdesk.errors import Invalid, Problem
from smdesk.services.account_records import AccountRunnerDraft
from smdesk.services.people_records import PersonHit
from smdesk.ui import theme
from smdesk.ui.desk import Desk
from smdesk.ui.pages.accounts.typed import TypedRunner
from smdesk.ui.widgets.buttons import button
from smdesk.ui.widgets.dates import DateEdit
from smdesk.ui.widgets.day_parsing import long_day
from smdesk.ui.widgets.person_picker import PersonPicker
from smdesk.ui.widgets.text import PlainLabel, named


class RunnerLine(QFrame):
    """One person. ``remove_wanted`` when the line is to go."""

    changed = Signal()
    remove_wanted = Signal()

    def __init__(self, desk: Desk, place: int, typed: TypedRunner, parent: QWidget) -> None:
        super().__init__(parent)
        name = f"account_runner_{place}"
        self.setObjectName(name)
        self.person_id, self.person_name, self.kinds = typed.person_id, typed.name, typed.kinds
        who = PlainLabel(f"{typed.name} · {typed.kinds}" if typed.kinds else typed.name, self)
        who.setObjectName(f"{name}_who")
        self.from_on = DateEdit(f"{name}_from", f"{typed.name} runs it from", self, clock=desk.ctx.today)
        self.until_on = DateEdit(f"{name}_until", f"{typed.name} runs it until", self, clock=desk.ctx.today)
        self._until_label = PlainLabel("until", self, look="muted", wrap=False)
        self.note = named(QLineEdit(self), f"{name}_note", f"Note about {typed.name}")
        self.note.setPlaceholderText("Note, for example cover in the holidays")
        self.remove = button(
            "Remove", f"{name}_remove", self.remove_wanted.emit, tip="A slip: they never ran it"
        )
        self.remove.setAccessibleName(f"Remove {typed.name}")
        grid = QGridLayout(self)
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setHorizontalSpacing(theme.SMALL)
        grid.setVerticalSpacing(theme.TIGHT)
        grid.addWidget(who, 0, 0, 1, 5)
        grid.addWidget(self.remove, 0, 5)
        grid.addWidget(PlainLabel("from", self, look="muted", wrap=False), 1, 0)
        grid.addWidget(self.from_on, 1, 1)
        grid.addWidget(self._until_label, 1, 2)
        grid.addWidget(self.until_on, 1, 3)
        grid.addWidget(self.note, 1, 4, 1, 2)
        grid.setColumnStretch(4, 1)
        self.from_on.set_text(typed.from_text)
        self.until_on.set_text(typed.until_text)
        self.note.setText(typed.note)
        self.from_on.changed.connect(self.changed)
        self.until_on.changed.connect(self.changed)
        self.note.textChanged.connect(self.changed)

    def typed(self) -> TypedRunner:
        """What stands in the line, word for word."""
        return TypedRunner(
            self.person_id,
            self.person_name,
            self.kinds,
            self.from_on.text(),
            self.until_on.text(),
            self.note.text(),
        )

    def draft(self) -> AccountRunnerDraft:
        """The line as a record. Raises Invalid for a day that cannot be read, or none at all."""
        from_on, until_on = self.from_on.day("runners"), self.until_on.day("runners")
        if from_on is None:
            raise Invalid.one("runners", f"Say from which day {self.person_name} runs the account.")
        return AccountRunnerDraft(self.person_id, from_on, until_on, self.note.text())

    def stops(self) -> Iterator[QWidget]:
        """Where Tab stops, in order."""
        yield from (self.from_on.line, self.until_on.line, self.note, self.remove)

    def set_read_only(self, read_only: bool) -> None:
        self.from_on.set_read_only(read_only)
        self.until_on.set_read_only(read_only)
        self.note.setReadOnly(read_only)
        self.note.setVisible(not read_only or bool(self.note.text()))
        for part in (self._until_label, self.until_on):
            part.setVisible(not read_only or bool(self.until_on.text()))
        self.remove.setVisible(not read_only)


class RunnersField(QWidget):
    """Everybody who runs the account; somebody new is found by name."""

    changed = Signal()

    def __init__(self, desk: Desk, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("account_runners")
        self.setAccessibleName("Who runs it")
        self._desk = desk
        self._made = 0
        self._read_only = False
        self.lines: list[RunnerLine] = []
        self.nobody = PlainLabel("Nobody is named yet.", self, look="muted")
        self.picker = PersonPicker(
            desk,
            "account_runner_picker",
            "Who runs it: add somebody by name",
            self,
            may_add=False,
            keep=False,
        )
        self.picker.setPlaceholderText("Type a name to add somebody who runs it")
        self.picker.chosen.connect(self._chosen)
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(0, 0, 0, 0)
        self._column.setSpacing(theme.SMALL)
        self._column.addWidget(self.nobody)
        self._column.addWidget(self.picker)
        self.setFocusProxy(self.picker)

    def show_runners(self, runners: Sequence[TypedRunner]) -> None:
        """Show these and no others."""
        for line in list(self.lines):
            self._take_out(line)
        for runner in runners:
            self._add(runner)
        self._arrange()

    def typed(self) -> tuple[TypedRunner, ...]:
        return tuple(line.typed() for line in self.lines)

    def drafts(self) -> tuple[AccountRunnerDraft, ...]:
        """The lines as records. Raises Invalid with all that cannot be read, and for a name nobody was chosen for."""
        found, wrong = [], []
        for line in self.lines:
            try:
                found.append(line.draft())
            except Invalid as error:
                wrong += error.problems
        if self.picker.text().strip():
            wrong.append(
                Problem(
                    "runners",
                    f"“{self.picker.text().strip()}” is nobody yet: choose somebody from the list that "
                    "opens as you type, or empty the box.",
                )
            )
        if wrong:
            raise Invalid(wrong)
        return tuple(found)

    def set_read_only(self, read_only: bool) -> None:
        self._read_only = read_only
        self._arrange()

    def stops(self) -> Iterator[QWidget]:
        """Where Tab stops, in order."""
        for line in self.lines:
            yield from line.stops()
        yield self.picker

    def _chosen(self, hit: PersonHit | None) -> None:
        if hit is None:
            return
        today: date = self._desk.ctx.today()
        self._add(TypedRunner(hit.id, hit.name, hit.hint, long_day(today), "", ""))
        self._arrange()
        self.changed.emit()

    def _add(self, runner: TypedRunner) -> None:
        line = RunnerLine(self._desk, self._made, runner, self)
        self._made += 1
        line.changed.connect(self.changed)
        line.remove_wanted.connect(self._remove)
        self.lines.append(line)
        self._column.insertWidget(self._column.indexOf(self.picker), line)

    def _remove(self) -> None:
        line = self.sender()
        if isinstance(line, RunnerLine):
            self._take_out(line)
            self._arrange()
            self.picker.setFocus()
            self.changed.emit()

    def _take_out(self, line: RunnerLine) -> None:
        self.lines.remove(line)
        self._column.removeWidget(line)
        line.hide()
        line.deleteLater()

    def _arrange(self) -> None:
        for line in self.lines:
            line.set_read_only(self._read_only)
        self.nobody.setVisible(not self.lines)
        self.picker.setVisible(not self._read_only)
        # Fields that come later come later to Tab as well.
        before: QWidget | None = None
        for stop in self.stops():
            if before is not None:
                QWidget.setTabOrder(before, stop)
            before = stop
        self.updateGeometry()
