"""A person's family and other links, and who holds parental responsibility."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QComboBox, QLineEdit, QWidget

from smdesk.errors import Invalid, SmdeskError
from smdesk.policy.vocabulary import KIND_LABELS
from smdesk.services import people
from smdesk.services.context import Saved
from smdesk.services.people_records import (
    RELATION_LABELS,
    RESPONSIBILITY_LABELS,
    RESPONSIBLE,
    LinkedPerson,
    PersonRecord,
    Relation,
)
from smdesk.ui.desk import Desk
from smdesk.ui.pages.people.sections import scrolled
from smdesk.ui.tasks import Progress
from smdesk.ui.widgets.buttons import button
from smdesk.ui.widgets.forms import Card, Form, row
from smdesk.ui.widgets.person_picker import PersonPicker
from smdesk.ui.widgets.problem_bar import ProblemBar
from smdesk.ui.widgets.short_table import Line, ShortTable
from smdesk.ui.widgets.text import PlainLabel, named


class FamilySection(QWidget):
    """Links to other people. ``opened`` carries the id of the person to open."""

    opened = Signal(object)

    def __init__(self, desk: Desk, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("person_family")
        self._desk = desk
        self._person = 0
        self._editable = False
        self._links: dict[int, LinkedPerson] = {}
        column = scrolled(self)
        self.table = ShortTable(
            "links_table",
            "Family and other links",
            ("Link", "Who they are", "Parental responsibility", "Note"),
            wide=0,
        )
        self.table.opened.connect(self._open)
        self.table.remove_wanted.connect(self._remove)
        column.addWidget(self.table, 1)
        self.show_button = button(
            "Op&en", "link_open", self._open_current, tip="Open the other person (Enter)"
        )
        self.remove_button = button(
            "&Remove link", "link_remove", self._remove, tip="Take this link back (Delete)"
        )
        self.table.currentCellChanged.connect(self._current_changed)
        self.responsible = _responsibility("link_responsible", "Parental responsibility of the link chosen")
        self.responsible.activated.connect(self._say_responsible)
        self.responsible_label = PlainLabel("Parental responsibility", wrap=False)
        column.addWidget(
            row(self.show_button, self.remove_button, None, self.responsible_label, self.responsible)
        )
        self.card = Card("Add a link")
        self.problems = ProblemBar("link_problems")
        self.relation = named(QComboBox(), "link_relation", "How they belong together")
        for relation, label in RELATION_LABELS.items():
            self.relation.addItem(label, str(relation))
        self.other = PersonPicker(desk, "link_other", "The other person", may_add=False)
        self.note = named(QLineEdit(), "link_note", "Note about the link")
        self.note.setPlaceholderText("for example: lives with, court order")
        self.add = button("Add &link", "link_add", self._add)
        form = Form()
        self.new_responsible = _responsibility("link_new_responsible", "Parental responsibility")
        self.relation.currentIndexChanged.connect(self._relation_chosen)
        form.add("This person is", row(self.relation, self.other))
        form.add("Parental responsibility", row(self.new_responsible, None), "parental_responsibility")
        form.add("No&te", self.note, "note")
        self.card.body.addWidget(self.problems)
        self.card.body.addWidget(form)
        self.card.body.addWidget(row(None, self.add))
        column.addWidget(self.card)

    def show_record(self, record: PersonRecord) -> None:
        if record.id != self._person:
            self.other.set_person(None)
            self.note.clear()
        self._person = record.id
        self._links = {each.link_id: each for each in record.links}
        self._editable = record.editable
        self.table.show_lines(
            [
                Line(each.link_id, (each.label, KIND_LABELS[each.kind], _responsible_words(each), each.note))
                for each in record.links
            ]
        )
        self._current_changed()
        self.problems.clear()
        self.card.setVisible(record.editable)
        self.show_button.setEnabled(bool(record.links))
        self.remove_button.setEnabled(bool(record.links))
        self.remove_button.setVisible(record.editable)

    def _open(self, link_id: int) -> None:
        if link_id in self._links:
            self.opened.emit(self._links[link_id].person_id)

    def _open_current(self) -> None:
        key = self.table.current_key()
        if key is not None:
            self._open(key)

    def _add(self) -> None:
        hit = self.other.person()
        if hit is None:
            self._refused(
                Invalid.one("other_id", "Choose the other person from the list that opens as you type.")
            )
            return
        ctx, person, note = self._desk.ctx, self._person, self.note.text()
        relation, other = Relation(self.relation.currentData()), hit.id
        held = self.new_responsible.currentData()

        def work(progress: Progress) -> Saved:
            return people.link(ctx, person, relation, other, note, held)

        self.problems.clear()
        self._desk.tasks.run(self, work, self._added, self._refused)

    def _added(self, _saved: Saved) -> None:
        self.other.set_person(None)
        self.note.clear()
        self.new_responsible.setCurrentIndex(0)
        self.other.setFocus()

    def _refused(self, error: SmdeskError) -> None:
        self.problems.show_problems(error, {"other_id": self.other, "note": self.note})

    def _current_changed(self) -> None:
        key = self.table.current_key()
        chosen = self._links.get(key) if key is not None else None
        possible = chosen is not None and (
            chosen.relation in RESPONSIBLE or chosen.relation is Relation.CHILD_OF
        )
        for each in (self.responsible, self.responsible_label):
            each.setVisible(possible and self._editable)
        if chosen is not None:
            self.responsible.setCurrentIndex(self.responsible.findData(chosen.parental_responsibility))

    def _say_responsible(self) -> None:
        key, held = self.table.current_key(), self.responsible.currentData()
        if key is not None:
            ctx = self._desk.ctx
            self._desk.tasks.run(
                self, lambda progress: people.set_responsibility(ctx, key, held), None, self._refused
            )

    def _relation_chosen(self) -> None:
        relation = Relation(self.relation.currentData())
        possible = relation in RESPONSIBLE or relation is Relation.CHILD_OF
        self.new_responsible.setEnabled(possible)
        if not possible:
            self.new_responsible.setCurrentIndex(0)

    def _remove(self) -> None:
        key = self.table.current_key()
        if key is None or not self.card.isVisibleTo(self):
            return
        what = self.table.item(self.table.currentRow(), 0).text()
        if self._desk.messages.confirm(f"Remove the link “{what}”?", "Remove the link", danger=True):
            ctx = self._desk.ctx
            self._desk.tasks.run(self, lambda progress: people.unlink(ctx, key), None, self._refused)


def _responsibility(name: str, spoken: str) -> QComboBox:
    box = named(QComboBox(), name, spoken)
    for held, label in RESPONSIBILITY_LABELS.items():
        box.addItem(label, held)
    return box


def _responsible_words(each: LinkedPerson) -> str:
    said = each.parental_responsibility
    return "" if said is None else RESPONSIBILITY_LABELS[said]
