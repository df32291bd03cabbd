"""The fields of a declaration, in the order in which one asks on the telephone: who, what, when, what was seen."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

from PySide6.QtCore import Signal
from PySide6.QtWidgets import (
    QCheckBox,
    QComboBox,
    QLineEdit,
    QPlainTextEdit,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from smdesk.errors import Invalid, Problem
from smdesk.policy.vocabulary import (
    CAPACITY_LABELS,
    INITIATOR_LABELS,
    KIND_LABELS,
    LINK_LABELS,
    RELATIONSHIP_LABELS,
    Capacity,
    Initiator,
    Link,
    PersonKind,
    Relationship,
    Timeliness,
)
from smdesk.services.connection_records import AGREEMENT_LABELS, Agreement, DeclarationDraft
from smdesk.services.incident_records import CONFIDENTIALITY_LABELS, Confidentiality
from smdesk.services.people_records import PersonHit
from smdesk.ui import theme
from smdesk.ui.desk import Desk
from smdesk.ui.pages.connections.declarant_field import DeclarantField
from smdesk.ui.pages.connections.draft_json import HalfTyped, Typed
from smdesk.ui.pages.connections.platforms_field import PlatformsField
from smdesk.ui.widgets.buttons import button
from smdesk.ui.widgets.dates import DateEdit
from smdesk.ui.widgets.flow import flow
from smdesk.ui.widgets.forms import Card, Form, row
from smdesk.ui.widgets.person_field import PersonField
from smdesk.ui.widgets.text import PlainLabel, named

ADULTS = (PersonKind.STAFF, PersonKind.GOVERNOR, PersonKind.VOLUNTEER, PersonKind.CONTRACTOR)
"""Who counts as an adult of the school (PPL-2)."""

_OTHER_KINDS = {
    Capacity.PUPIL: PersonKind.PUPIL,
    Capacity.FORMER_PUPIL: PersonKind.PUPIL,
    Capacity.PARENT: PersonKind.PARENT,
    Capacity.FORMER_PUPIL_FAMILY: PersonKind.PARENT,
}

CONFIDENTIALITY_EXPLAINED = {
    Confidentiality.NORMAL: "Headteacher, DSL and business manager can open it.",
    Confidentiality.SAFEGUARDING: "Only the headteacher and the DSL can open it; where the headteacher is one of the "
    "two, the chair of governors and the DSL. Whoever recorded it sees that it exists, no more.",
    Confidentiality.STAFF: "Only the headteacher and the DSL can open it; where the headteacher is one of the two, "
    "the chair of governors and the DSL. Whoever recorded it sees that it exists, no more.",
}
_LABELS_LIKE = "Conditions proposed"
_LOOKS = {Timeliness.ON_ENTRY: "ok", Timeliness.LATE: "warning", Timeliness.UNKNOWN: "muted"}


class DeclarationFields(QWidget):
    """Everything of a declaration that can be typed."""

    changed = Signal()
    pair_changed = Signal()
    """Another person was chosen on one of the two sides: their joining dates are wanted."""

    def __init__(self, desk: Desk, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("exception_fields")
        self._today = desk.ctx.today
        self._quiet = False
        self._pair: tuple[int | None, int | None] = (None, None)
        self._filled: dict[str, date | None] = {"adult_joined_on": None, "other_joined_on": None}
        self._make_who(desk)
        self._make_what()
        self._make_when(desk)
        self._make_seen()
        self._days = {
            "since_on": self.since_on,
            "adult_joined_on": self.adult_joined,
            "other_joined_on": self.other_joined,
            "declared_on": self.declared,
            "agreement_on": self.agreement_on,
        }
        self._names = {"adult_id": self.adult, "other_id": self.other, "declarant_id": self.declarant}
        self.sealed_note = PlainLabel("", self, look="muted")
        self.sealed_note.setObjectName("exception_sealed_note")
        self.sealed_note.hide()
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(theme.NORMAL)
        column.addWidget(self.sealed_note)
        self._forms: list[Form] = []
        for title, form in (
            ("Who", self._who),
            ("The connection", self._what),
            ("Joined and declared", self._when),
            ("Seen and agreed", self._seen),
        ):
            card = Card(title)
            card.body.addWidget(form)
            self._forms.append(form)
            column.addWidget(card)
        column.addStretch(1)
        self.setFocusProxy(self.adult)
        self._explain()
        self._listen()

    # Building

    def _make_who(self, desk: Desk) -> None:
        adults = {str(kind): KIND_LABELS[kind] for kind in ADULTS}
        self.adult = PersonField(
            desk,
            "exception_adult",
            "The adult who works with the school",
            adults,
            str(PersonKind.STAFF),
            self,
            usual_for={kind: str(kind) for kind in ADULTS},
            as_kind={str(kind): kind for kind in ADULTS},
            kinds=ADULTS,
            about="What the adult is to the school. Somebody may be a volunteer and a pupil.",
        )
        self.other = PersonField(
            desk,
            "exception_other",
            "The pupil or parent",
            {str(each): label for each, label in CAPACITY_LABELS.items()},
            str(Capacity.PUPIL),
            self,
            usual_for={PersonKind.PUPIL: str(Capacity.PUPIL), PersonKind.PARENT: str(Capacity.PARENT)},
            as_kind={str(each): kind for each, kind in _OTHER_KINDS.items()},
            about="In what capacity this person is declared here.",
        )
        self._new_buttons: list[QPushButton] = []
        for field, name, side in (
            (self.adult, "exception_adult_new", "the adult"),
            (self.other, "exception_other_new", "the pupil or parent"),
        ):
            new = button("New person…", name, field.add_person, tip=f"Add {side}, who is not on record yet")
            new.setAccessibleName(f"New person: {side}")
            field.add_button(new)
            self._new_buttons.append(new)
        self.relationship = named(QComboBox(self), "exception_relationship", "The adult is their …")
        self.relationship.setSizeAdjustPolicy(
            QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon
        )
        self.relationship.setMinimumContentsLength(14)
        self.relationship.addItem("Choose …", "")
        for each, label in RELATIONSHIP_LABELS.items():
            self.relationship.addItem(label, str(each))
        self.relationship_note = named(
            QLineEdit(self), "exception_relationship_note", "About the relationship, in a few words"
        )
        self.relationship_note.setPlaceholderText("In a few words, for example mother’s sister")
        self.known_how = _text(self, "exception_known_how", "How the school knows that it is so", 2)
        self.known_how.setPlaceholderText("How the school knows: told by both families, taught his brother …")
        self.since_on = DateEdit("exception_since", "Since", self, clock=self._today)
        self.since_words = named(QLineEdit(self), "exception_since_words", "Since when, in words")
        self.since_words.setPlaceholderText("or in words: since birth, about 2015")
        self._who = Form(self, labels_like=_LABELS_LIKE)
        self._who.add("Ad&ult", self.adult, "adult_id")
        self._who.add("Pupil or paren&t", self.other, "other_id")
        self._who.add("The adult is their", _pair(self.relationship, self.relationship_note), "relationship")
        self._who.add("How it is &known", self.known_how, "known_how")
        self._who.add("Since", _pair(self.since_on, self.since_words), "since_on")

    def _make_what(self) -> None:
        self.platforms = PlatformsField(self)
        self.links = {
            link: named(QCheckBox(label, self), f"exception_link_{link}", f"Kind of link: {label}")
            for link, label in LINK_LABELS.items()
        }
        kinds = flow(*self.links.values(), spacing=theme.NORMAL, parent=self, scrolls=True)
        kinds.setObjectName("exception_links")
        kinds.setAccessibleName("Kinds of link")
        kinds.setFocusProxy(self.links[Link.FRIEND])
        self.initiator = named(QComboBox(self), "exception_initiator", "Who began it")
        for each, label in INITIATOR_LABELS.items():
            self.initiator.addItem(label, str(each))
        self._what = Form(self, labels_like=_LABELS_LIKE)
        self._what.add("Platforms", self.platforms, "platforms")
        self._what.add("Kind of link", kinds, "links")
        self._what.add("Who &began it", row(self.initiator, None), "initiator")

    def _make_when(self, desk: Desk) -> None:
        self.adult_joined = DateEdit("exception_adult_joined", "Adult joined on", self, clock=self._today)
        self.other_joined = DateEdit(
            "exception_other_joined", "Pupil or parent joined on", self, clock=self._today
        )
        self.declared = DateEdit("exception_declared", "Declared on", self, clock=self._today)
        self.declarant = DeclarantField(desk, self)
        self.timeliness = named(PlainLabel("", self), "exception_timeliness_here")
        self._when = Form(self, labels_like=_LABELS_LIKE)
        self._when.add("Adult &joined", self.adult_joined, "adult_joined_on")
        self._when.add("Other joined", self.other_joined, "other_joined_on")
        self._when.add("Declared &on", self.declared, "declared_on")
        self._when.add_wide(self.timeliness)
        self._when.add("Declared by", self.declarant, "declarant_id")

    def _make_seen(self) -> None:
        self.evidence_seen = _text(self, "exception_evidence_seen", "Evidence seen", 2)
        self.evidence_seen.setPlaceholderText("What was shown: a family record, messages, nothing yet …")
        self.conditions = _text(self, "exception_conditions", "Conditions proposed", 2)
        self.conditions.setPlaceholderText(
            "What the adult offers or the office suggests: no messages in term time …"
        )
        self.agreement = named(QComboBox(self), "exception_agreement", "Acceptable use agreement")
        for each, label in AGREEMENT_LABELS.items():
            self.agreement.addItem(label, str(each))
        self.agreement_on = DateEdit("exception_agreement_on", "Agreement dated", self, clock=self._today)
        self.notes = _text(self, "exception_notes", "Notes for the office", 3)
        self.confidentiality = named(QComboBox(self), "exception_confidentiality", "Confidentiality")
        for each, label in CONFIDENTIALITY_LABELS.items():
            self.confidentiality.addItem(label, str(each))
        self.explained = PlainLabel("", self, look="muted")
        self.explained.setObjectName("exception_confidentiality_explained")
        self._seen = Form(self, labels_like=_LABELS_LIKE)
        self._seen.add("E&vidence seen", self.evidence_seen, "evidence_seen")
        self._seen.add("Conditions proposed", self.conditions, "conditions_proposed")
        self._seen.add("Agreement", _pair(self.agreement, self.agreement_on), "agreement")
        self._seen.add("Notes", self.notes, "notes")
        self._seen.add("Confidentiality", self.confidentiality, "confidentiality")
        self._seen.add_wide(self.explained)

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
        self.timeliness.setProperty("look", _LOOKS[found])
        self.timeliness.style().unpolish(self.timeliness)
        self.timeliness.style().polish(self.timeliness)

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


def _text(parent: QWidget, name: str, spoken: str, lines: int) -> QPlainTextEdit:
    """A field for some sentences; Tab leaves it."""
    field = named(QPlainTextEdit(parent), name, spoken)
    field.setTabChangesFocus(True)
    field.setFixedHeight(field.fontMetrics().lineSpacing() * lines + 18)
    return field


def _hint(field: QLineEdit | QPlainTextEdit, read_only: bool) -> None:
    """What may be typed is said only where something may be typed."""
    if field.placeholderText():
        field.setProperty("hint", field.placeholderText())
    field.setPlaceholderText("" if read_only else str(field.property("hint") or ""))


def _pair(first: QWidget, second: QWidget) -> QWidget:
    """Two fields that belong together, side by side; the keyboard goes to the first."""
    made = row(first, second)
    made.layout().setStretch(0, 2)
    made.layout().setStretch(1, 3)
    made.setFocusProxy(first)
    return made


def _named(people: Mapping[int, PersonHit], person_id: int | None) -> PersonHit | None:
    return None if person_id is None else people.get(person_id)


def _choose(box: QComboBox, code: str) -> None:
    box.setCurrentIndex(max(0, box.findData(code)))
