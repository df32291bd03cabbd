"""What is typed in a declaration: shown, read, kept half typed, and marked where it is wrong."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

from PySide6.QtCore import Signal
from PySide6.QtWidgets import (
    QComboBox,
    QLineEdit,
    QPlainTextEdit,
    QWidget,
)

from smdesk.errors import Invalid, Problem
from smdesk.policy.vocabulary import (
    Capacity,
    Initiator,
    PersonKind,
    Relationship,
    Timeliness,
)
from smdesk.services.connection_records import Agreement, DeclarationDraft
from smdesk.services.incident_records import Confidentiality
from smdesk.services.people_records import PersonHit
from smdesk.ui.desk import Desk
from smdesk.ui.pages.connections.draft_json import HalfTyped, Typed
from smdesk.ui.pages.connections.field_widgets import FieldWidgets
from smdesk.ui.widgets.dates import DateEdit
from smdesk.ui.widgets.text import dress

_FOR_FEW = (
    "Only the headteacher and the DSL can open it; where the headteacher is one of the two, the chair of governors and "
    "the DSL. Whoever recorded it sees that it exists, no more."
)
CONFIDENTIALITY_EXPLAINED = {
    Confidentiality.NORMAL: "Headteacher, DSL and business manager can open it.",
    Confidentiality.SAFEGUARDING: _FOR_FEW,
    Confidentiality.STAFF: _FOR_FEW,
}
_LOOKS = {Timeliness.ON_ENTRY: "ok", Timeliness.LATE: "warning", Timeliness.UNKNOWN: "muted"}


class DeclarationFields(FieldWidgets):
    """Everything of a declaration that can be typed."""

    changed = Signal()
    pair_changed = Signal()
    """Another person was chosen on one of the two sides: their joining dates are wanted."""

    def __init__(self, desk: Desk, parent: QWidget | None = None) -> None:
        super().__init__(desk, parent)
        self._quiet = False
        self._pair: tuple[int | None, int | None] = (None, None)
        self._filled: dict[str, date | None] = {"adult_joined_on": None, "other_joined_on": None}
        self._explain()
        self._listen()

    # What the form uses

    def fields(self) -> dict[str, QWidget]:
        """Widgets by the names services call them, for showing problems."""
        found: dict[str, QWidget] = {}
        for form in self._forms:
            found |= form.fields
        return {
            **found,
            "adult_kind": self.adult.kind,
            "capacity": self.other.kind,
            "relationship": self.relationship,
            "relationship_note": self.relationship_note,
            "since_on": self.since_on,
            "since_words": self.since_words,
            "initiator": self.initiator,
            "agreement": self.agreement,
            "agreement_on": self.agreement_on,
        }

    def offer(self, platforms: Mapping[str, str], also: Mapping[str, str]) -> None:
        """The platforms to choose from, code -> label, and other names -> codes."""
        self.platforms.offer(platforms.items(), also.items())

    def show_draft(self, draft: DeclarationDraft, people: Mapping[int, PersonHit]) -> None:
        """Put a draft into the fields; ``people`` are those named in it."""
        self._quiet = True
        self.adult.show_person(_named(people, draft.adult_id), str(draft.adult_kind))
        self.other.show_person(_named(people, draft.other_id), str(draft.capacity))
        self._pair = (draft.adult_id, draft.other_id)
        _choose(self.relationship, "" if draft.relationship is None else str(draft.relationship))
        self.relationship_note.setText(draft.relationship_note)
        self.known_how.setPlainText(draft.known_how)
        self.since_on.set_day(draft.since_on)
        self.since_words.setText(draft.since_words)
        self.platforms.set_value(draft.platforms)
        for link, box in self.links.items():
            box.setChecked(link in draft.links)
        _choose(self.initiator, str(draft.initiator))
        self.adult_joined.set_day(draft.adult_joined_on)
        self.other_joined.set_day(draft.other_joined_on)
        self._filled = {
            "adult_joined_on": draft.adult_joined_on,
            "other_joined_on": draft.other_joined_on,
        }
        self.declared.set_day(draft.declared_on)
        self.declarant.show_declarant(_named(people, draft.declarant_id), self._pair)
        self.evidence_seen.setPlainText(draft.evidence_seen)
        self.conditions.setPlainText(draft.conditions_proposed)
        _choose(self.agreement, str(draft.agreement))
        self.agreement_on.set_day(draft.agreement_on)
        self.notes.setPlainText(draft.notes)
        _choose(self.confidentiality, str(draft.confidentiality))
        self._explain()
        self._quiet = False

    def show_half_typed(self, half: HalfTyped) -> None:
        """Put back what a draft could not hold as a record; call after ``show_draft``."""
        self._quiet = True
        if half.declarant:
            self.declarant.choose(half.declarant)
        for field, text in half.names:
            if field in self._names:
                self._names[field].set_only_typed(text)
        for field, text in half.days:
            if field in self._days:
                self._days[field].set_text(text)
        self._quiet = False

    def fill_joined(self, adult: date | None, other: date | None) -> None:
        """Joining dates from the people's records, where nobody typed something else."""
        for field, day in (("adult_joined_on", adult), ("other_joined_on", other)):
            edit = self._days[field]
            if not edit.text().strip() or self._read(edit) == self._filled[field]:
                self._quiet = True
                edit.set_day(day)
                self._quiet = False
                self._filled[field] = day

    @property
    def pair(self) -> tuple[int | None, int | None]:
        """The two people chosen."""
        return self._pair

    def show_timeliness(self, found: Timeliness, words: str) -> None:
        """Say below the dates what they come to (CON-2)."""
        self.timeliness.setText(words)
        dress(self.timeliness, look=_LOOKS[found])

    def draft(self) -> DeclarationDraft:
        """What is typed. Raises Invalid for dates that cannot be read and names nobody was chosen for."""
        found = [
            Problem(
                field,
                f"“{name.only_typed}” is nobody on record yet: choose somebody from the list that opens as you type, "
                "or add a new person.",
            )
            for field, name in self._names.items()
            if name.only_typed
        ]
        for field, edit in self._days.items():
            try:
                edit.day(field)
            except Invalid as error:
                found += error.problems
        if found:
            raise Invalid(found)
        return self.rough_draft()

    def rough_draft(self) -> DeclarationDraft:
        """What is typed as far as it can be read, for keeping it and for the words beside it."""
        adult, other = self.adult.person(), self.other.person()
        relationship = str(self.relationship.currentData())
        return DeclarationDraft(
            adult_id=None if adult is None else adult.id,
            adult_kind=PersonKind(self.adult.capacity()),
            other_id=None if other is None else other.id,
            capacity=Capacity(self.other.capacity()),
            relationship=Relationship(relationship) if relationship else None,
            relationship_note=self.relationship_note.text(),
            known_how=self.known_how.toPlainText(),
            since_on=self._read(self.since_on),
            since_words=self.since_words.text(),
            platforms=self.platforms.value(),
            links=tuple(link for link, box in self.links.items() if box.isChecked()),
            initiator=Initiator(self.initiator.currentData()),
            adult_joined_on=self._read(self.adult_joined),
            other_joined_on=self._read(self.other_joined),
            declared_on=self._read(self.declared),
            declarant_id=self.declarant.person_id(self._pair),
            evidence_seen=self.evidence_seen.toPlainText(),
            conditions_proposed=self.conditions.toPlainText(),
            agreement=Agreement(self.agreement.currentData()),
            agreement_on=self._read(self.agreement_on),
            notes=self.notes.toPlainText(),
            confidentiality=Confidentiality(self.confidentiality.currentData()),
        )

    def typed(self) -> Typed:
        """Everything in the fields, what no record can hold yet included: a draft brings back all of it."""
        names = tuple((field, name.only_typed) for field, name in self._names.items() if name.only_typed)
        days = tuple(
            (field, edit.text())
            for field, edit in self._days.items()
            if edit.text().strip() and self._read(edit) is None
        )
        return Typed(self.rough_draft(), HalfTyped(names, days, self.declarant.way()))

    def set_read_only(self, facts: bool, office: bool, why: str = "") -> None:
        """``facts``: what is decided on can only be read; ``office``: the notes and the mark as well. ``why`` says so
        above the fields."""
        self.adult.set_read_only(facts)
        self.other.set_read_only(facts)
        for new in self._new_buttons:
            new.setVisible(not facts)
        for box in (self.relationship, self.initiator, self.agreement, *self.links.values()):
            box.setEnabled(not facts)
        for line in (
            self.relationship_note,
            self.since_words,
            self.known_how,
            self.evidence_seen,
            self.conditions,
        ):
            line.setReadOnly(facts)
            _hint(line, facts)
        for edit in self._days.values():
            edit.set_read_only(facts)
        self.platforms.set_read_only(facts)
        self.declarant.set_read_only(facts)
        self.notes.setReadOnly(office)
        self.confidentiality.setEnabled(not office)
        self.sealed_note.setText(why)
        self.sealed_note.setVisible(bool(why))

    # Typing

    def _read(self, edit: DateEdit) -> date | None:
        try:
            return edit.day()
        except Invalid:
            return None

    def _listen(self) -> None:
        for name in (self.adult, self.other, self.declarant):
            name.changed.connect(self._touched)
        for line in (self.relationship_note, self.since_words):
            line.textChanged.connect(self._touched)
        for text in (self.known_how, self.evidence_seen, self.conditions, self.notes):
            text.textChanged.connect(self._touched)
        for edit in self._days.values():
            edit.changed.connect(self._touched)
        for box in (self.relationship, self.initiator, self.agreement, self.confidentiality):
            box.currentIndexChanged.connect(self._touched)
        for box in self.links.values():
            box.toggled.connect(self._touched)
        self.platforms.changed.connect(self._touched)
        self.confidentiality.currentIndexChanged.connect(self._explain)

    def _touched(self) -> None:
        if self._quiet:
            return
        adult, other = self.adult.person(), self.other.person()
        pair = (None if adult is None else adult.id, None if other is None else other.id)
        if pair != self._pair:
            self._pair = pair
            self.pair_changed.emit()
        self.changed.emit()

    def _explain(self) -> None:
        self.explained.setText(CONFIDENTIALITY_EXPLAINED[Confidentiality(self.confidentiality.currentData())])


def _hint(field: QLineEdit | QPlainTextEdit, read_only: bool) -> None:
    """What may be typed is said only where something may be typed."""
    if field.placeholderText():
        field.setProperty("hint", field.placeholderText())
    field.setPlaceholderText("" if read_only else str(field.property("hint") or ""))


def _named(people: Mapping[int, PersonHit], person_id: int | None) -> PersonHit | None:
    return None if person_id is None else people.get(person_id)


def _choose(box: QComboBox, code: str) -> None:
    box.setCurrentIndex(max(0, box.findData(code)))
