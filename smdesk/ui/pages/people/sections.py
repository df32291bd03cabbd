"""The further parts of a person's page: consents, the ladder, and the incidents they are in."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QCheckBox, QComboBox, QLineEdit, QRadioButton, QVBoxLayout, QWidget

from smdesk.errors import Invalid, SmdeskError
from smdesk.policy.vocabulary import STEP_LABELS
from smdesk.services import people
from smdesk.services.context import LOCAL, Context, Saved
from smdesk.services.people_records import PersonRecord
from smdesk.ui import theme
from smdesk.ui.desk import Desk
from smdesk.ui.tasks import Progress
from smdesk.ui.widgets.buttons import button
from smdesk.ui.widgets.dates import DateEdit
from smdesk.ui.widgets.day_parsing import long_day
from smdesk.ui.widgets.forms import Card, Form, Scrolled, row
from smdesk.ui.widgets.problem_bar import ProblemBar
from smdesk.ui.widgets.short_table import Line, ShortTable
from smdesk.ui.widgets.status_chip import status_icon
from smdesk.ui.widgets.text import PlainLabel, muted, named

PURPOSES = (
    "School website",
    "School social media",
    "Class Dojo",
    "Local newspaper",
    "Displays in school",
    "School prospectus",
)
"""Offered to choose from; a school may type any other."""

LADDER_EXPLAINED = (
    "Steps count for this person across incidents and school years. "
    "Another parent or carer of the same child has a ladder of their own."
)


class ConsentSection(QWidget):
    """Consents, each for one purpose (INC-12): the answer that counts, and the earlier ones."""

    def __init__(self, desk: Desk, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("person_consents")
        self._desk = desk
        self._record: PersonRecord | None = None
        column = scrolled(self)
        column.addWidget(
            muted("Consent is for one purpose: an answer about Class Dojo says nothing about social media.")
        )
        columns = ("Purpose", "Answer", "Date", "Given by", "Note")
        self.table = ShortTable("consents_table", "Consents", columns, wide=0)
        column.addWidget(self.table, 1)
        self.earlier = named(QCheckBox("Show &earlier answers"), "consent_earlier", "Show earlier answers")
        self.earlier.toggled.connect(self._show)
        column.addWidget(self.earlier)
        self.card = Card("Record an answer")
        self.problems = ProblemBar("consent_problems")
        self.purpose = named(QComboBox(), "consent_purpose", "What the consent is for")
        self.purpose.setEditable(True)
        self.purpose.setInsertPolicy(QComboBox.InsertPolicy.NoInsert)
        self.purpose.setMinimumContentsLength(30)
        typed = self.purpose.lineEdit()
        if typed is not None:
            named(typed, "consent_purpose_line", "What the consent is for")
        self.given = named(QRadioButton("Consent gi&ven"), "consent_given", "Consent given")
        self.refused = named(QRadioButton("&Refused or withdrawn"), "consent_refused", "Refused or withdrawn")
        self.day = DateEdit("consent_day", "Day of the answer", clock=desk.ctx.today)
        self.by = named(QLineEdit(), "consent_by", "Who answered")
        self.by.setPlaceholderText("for example the mother, on the form of September")
        self.note = named(QLineEdit(), "consent_note", "Note")
        self.add = button("Record ans&wer", "consent_add", self._add)
        form = Form()
        form.add("&Purpose", self.purpose, "purpose")
        form.add("Answer", row(self.given, self.refused, None))
        form.add("&Date", self.day, "answered_on")
        form.add("Given &by", self.by, "given_by")
        form.add("No&te", self.note, "note")
        self._form = form
        self.card.body.addWidget(self.problems)
        self.card.body.addWidget(form)
        self.card.body.addWidget(row(None, self.add))
        column.addWidget(self.card)

    def show_record(self, record: PersonRecord) -> None:
        if self._record is None or self._record.id != record.id:
            self._empty_form()
        self._record = record
        typed = self.purpose.currentText()
        known = dict.fromkeys([*(each.purpose for each in record.consents), *PURPOSES])
        self.purpose.clear()
        self.purpose.addItems(list(known))
        self.purpose.setEditText(typed)
        self.card.setVisible(record.editable)
        self._show()

    def _show(self) -> None:
        if self._record is None:
            return
        lines = []
        for each in self._record.consents:
            if not each.current and not self.earlier.isChecked():
                continue
            answer = "Given" if each.given else "Refused"
            icon = status_icon(("ok" if each.given else "warning") if each.current else "neutral")
            if not each.current:
                answer += " (earlier answer)"
            cells = (each.purpose, answer, _day(each.answered_on), each.given_by, each.note)
            lines.append(Line(each.id, cells, icon, 1))
        self.table.show_lines(lines)
        hidden = sum(not each.current for each in self._record.consents)
        self.earlier.setText(f"Show &earlier answers ({hidden})" if hidden else "Show &earlier answers")
        self.earlier.setEnabled(bool(hidden))

    def _add(self) -> None:
        if self._record is None:
            return
        if not (self.given.isChecked() or self.refused.isChecked()):
            self._refused_save(Invalid.one("given", "Say whether consent was given or refused."))
            return
        try:
            day = self.day.day("answered_on")
        except Invalid as error:
            self._refused_save(error)
            return
        if day is None:
            self._refused_save(Invalid.one("answered_on", "The day of the answer is missing."))
            return
        ctx, person, purpose = self._desk.ctx, self._record.id, self.purpose.currentText()
        given, by, note = self.given.isChecked(), self.by.text(), self.note.text()

        def work(progress: Progress) -> Saved:
            return people.record_consent(ctx, person, purpose, given, day, by, note)

        self.problems.clear()
        self._desk.tasks.run(self, work, self._added, self._refused_save)

    def _added(self, _saved: Saved) -> None:
        self._empty_form()
        self.purpose.setFocus()

    def _empty_form(self) -> None:
        for choice in (self.given, self.refused):
            choice.setAutoExclusive(False)
            choice.setChecked(False)
            choice.setAutoExclusive(True)
        self.purpose.setEditText("")
        self.day.set_day(self._desk.ctx.today())
        self.by.clear()
        self.note.clear()
        self.problems.clear()

    def _refused_save(self, error: SmdeskError) -> None:
        self.problems.show_problems(error, {**self._form.fields, "given": self.given})


class LadderSection(QWidget):
    """The steps taken with this person, across incidents and years (INC-5). ``opened`` carries the incident."""

    opened = Signal(object)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("person_ladder")
        self._incidents: list[int] = []
        column = _column(self)
        column.addWidget(PlainLabel(LADDER_EXPLAINED))
        columns = ("School year", "Date", "Step", "Incident", "What was recorded")
        self.table = ShortTable("ladder_table", "Steps taken with this person", columns, wide=4)
        self.table.opened.connect(self._open)
        column.addWidget(self.table, 1)
        self.none = muted("No step has been taken with this person in an incident you may open.")
        column.addWidget(self.none)
        self.show_button = button(
            "Op&en incident", "ladder_open", self._open_current, tip="Enter or double click"
        )
        column.addWidget(row(self.show_button, None))

    def show_record(self, record: PersonRecord) -> None:
        self._incidents = [each.incident_id for each in record.ladder]
        lines, year_before = [], ""
        for place, each in enumerate(record.ladder):
            year = school_year(each.on)
            cells = (
                year if year != year_before else "",
                _day(each.on),
                STEP_LABELS[each.step],
                each.reference,
            )
            lines.append(Line(place, (*cells, each.text)))
            year_before = year
        self.table.show_lines(lines)
        self.table.setVisible(bool(lines))
        self.show_button.setVisible(bool(lines))
        self.none.setVisible(not lines)

    def _open(self, place: int) -> None:
        self.opened.emit(self._incidents[place])

    def _open_current(self) -> None:
        key = self.table.current_key()
        if key is not None:
            self._open(key)


class IncidentsSection(QWidget):
    """Every incident this person is in that the reader may open."""

    opened = Signal(object)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("person_incidents")
        column = _column(self)
        columns = ("Reference", "Received", "Part in it", "Summary", "Status")
        self._incidents: list[int] = []
        self.table = ShortTable("person_incidents_table", "Incidents this person is in", columns, wide=3)
        self.table.opened.connect(self._open)
        column.addWidget(self.table, 1)
        self.none = muted("This person is in no incident that you may open.")
        column.addWidget(self.none)
        self.show_button = button(
            "Op&en incident", "person_incident_open", self._open_current, tip="Enter or double click"
        )
        column.addWidget(row(self.show_button, None))

    def show_record(self, record: PersonRecord) -> None:
        # One line for each part they have in it; the same incident may stand here twice.
        self._incidents = [each.incident_id for each in record.incidents]
        lines = []
        for place, each in enumerate(record.incidents):
            received = _day(each.received_at.astimezone(LOCAL).date())
            status = "Closed" if each.status == "closed" else "Open"
            icon = status_icon("ok" if each.status == "closed" else "neutral")
            lines.append(Line(place, (each.reference, received, each.role, each.summary, status), icon, 4))
        self.table.show_lines(lines)
        self.table.setVisible(bool(lines))
        self.show_button.setVisible(bool(lines))
        self.none.setVisible(not lines)

    def _open(self, place: int) -> None:
        self.opened.emit(self._incidents[place])

    def _open_current(self) -> None:
        key = self.table.current_key()
        if key is not None:
            self._open(key)


class MergedSection(QWidget):
    """Duplicates merged into this record, each with the way back."""

    def __init__(self, desk: Desk, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("person_merged")
        self._desk = desk
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        self.card = Card("Merged into this record")
        self.table = ShortTable("merged_table", "Records merged into this one", ("Was recorded as",), wide=0)
        self.undo = button("Take the merge back…", "merge_undo", self._take_back)
        self.card.body.addWidget(self.table)
        self.card.body.addWidget(row(None, self.undo))
        column.addWidget(self.card)

    def show_record(self, record: PersonRecord | None, *, may_undo: bool) -> None:
        merged: Sequence[tuple[int, str]] = () if record is None else record.merged
        self.table.show_lines([Line(key, (name,)) for key, name in merged])
        # Its heading and up to three rows: there is seldom more than one.
        self.table.setFixedHeight(
            self.table.verticalHeader().defaultSectionSize() * (min(len(merged), 3) + 1) + 8
        )
        self.setVisible(bool(merged))
        self.undo.setVisible(may_undo)

    def _take_back(self) -> None:
        key = self.table.current_key()
        if key is None:
            return
        name = self.table.item(self.table.currentRow(), 0).text()
        if self._desk.messages.confirm(
            f"Take the merge of “{name}” back?",
            "Make two records again",
            more="Incidents, steps, letters, links and consents that came over go back. "
            "What was added since stays here.",
        ):
            self._desk.tasks.run(self, _unmerge(self._desk.ctx, key), title="Taking the merge back")


def school_year(day: date) -> str:
    """The school year a day lies in, September to August, for example "2025–26"."""
    first = day.year if day.month >= 9 else day.year - 1
    return f"{first}–{(first + 1) % 100:02}"


def _unmerge(ctx: Context, merge_id: int) -> Callable[[Progress], Saved]:
    def work(progress: Progress) -> Saved:
        return people.unmerge(ctx, merge_id)

    return work


def _column(widget: QWidget) -> QVBoxLayout:
    column = QVBoxLayout(widget)
    theme.roomy(column, theme.NORMAL, theme.SMALL)
    return column


def scrolled(widget: QWidget) -> QVBoxLayout:
    """A column that scrolls where the window is too low for the table and the form below it."""
    outer = QVBoxLayout(widget)
    outer.setContentsMargins(0, 0, 0, 0)
    inside = Scrolled(margin=theme.NORMAL)
    outer.addWidget(inside)
    return inside.body


def _day(day: date) -> str:
    return long_day(day)
