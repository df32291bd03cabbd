"""The fields of a declaration and their places, in the order in which one asks on the telephone."""

from __future__ import annotations

from itertools import pairwise

from PySide6.QtWidgets import (
    QCheckBox,
    QComboBox,
    QLineEdit,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from smdesk.policy.vocabulary import (
    INITIATOR_LABELS,
    LINK_LABELS,
    RELATIONSHIP_LABELS,
    Link,
)
from smdesk.services.connection_records import AGREEMENT_LABELS
from smdesk.services.incident_records import CONFIDENTIALITY_LABELS
from smdesk.ui import theme
from smdesk.ui.desk import Desk
from smdesk.ui.pages.connections.declarant_field import DeclarantField
from smdesk.ui.pages.connections.platforms_field import PlatformsField
from smdesk.ui.pages.connections.sides import adult_field, other_field
from smdesk.ui.widgets.buttons import button
from smdesk.ui.widgets.dates import DateEdit
from smdesk.ui.widgets.flow import flow
from smdesk.ui.widgets.forms import Card, Form, pair, row, sentences
from smdesk.ui.widgets.text import PlainLabel, named

_LABELS_LIKE = "How the school knows it"


class FieldWidgets(QWidget):
    """Who, what, when, and what was seen and agreed. What the fields do is ``fields.DeclarationFields``."""

    def __init__(self, desk: Desk, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("exception_fields")
        self._today = desk.ctx.today
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
        self._order_keys()

    def _make_who(self, desk: Desk) -> None:
        self.adult = adult_field(desk, "exception_adult", self)
        self.other = other_field(desk, "exception_other", self)
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
        self.known_how = sentences(self, "exception_known_how", "How the school knows that it is so", 2)
        self.known_how.setPlaceholderText("How the school knows: told by both families, taught his brother …")
        self.since_on = DateEdit("exception_since", "Since", self, clock=self._today)
        self.since_words = named(QLineEdit(self), "exception_since_words", "Since when, in words")
        self.since_words.setPlaceholderText("or in words: since birth, about 2015")
        self._who = Form(self, labels_like=_LABELS_LIKE)
        self._who.add("Ad&ult", self.adult, "adult_id")
        self._who.add("Pupil or paren&t", self.other, "other_id")
        self._who.add("The adult is their", pair(self.relationship, self.relationship_note), "relationship")
        self._who.add("How the school &knows it", self.known_how, "known_how")
        self._who.add("Since", pair(self.since_on, self.since_words), "since_on")

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
        self._when.add("Pupil or parent joined", self.other_joined, "other_joined_on")
        self._when.add("Declared &on", self.declared, "declared_on")
        self._when.add_wide(self.timeliness)
        self._when.add("Declared by", self.declarant, "declarant_id")

    def _make_seen(self) -> None:
        self.evidence_seen = sentences(self, "exception_evidence_seen", "Evidence seen", 2)
        self.evidence_seen.setPlaceholderText("What was shown: a family record, messages, nothing yet …")
        self.conditions = sentences(self, "exception_conditions", "Conditions proposed", 2)
        self.conditions.setPlaceholderText(
            "What the adult offers or the office suggests: no messages in term time …"
        )
        self.agreement = named(QComboBox(self), "exception_agreement", "Acceptable use agreement")
        for each, label in AGREEMENT_LABELS.items():
            self.agreement.addItem(label, str(each))
        self.agreement_on = DateEdit("exception_agreement_on", "Agreement dated", self, clock=self._today)
        self.notes = sentences(self, "exception_notes", "Notes for the office", 3)
        self.confidentiality = named(QComboBox(self), "exception_confidentiality", "Confidentiality")
        for each, label in CONFIDENTIALITY_LABELS.items():
            self.confidentiality.addItem(label, str(each))
        self.explained = PlainLabel("", self, look="muted")
        self.explained.setObjectName("exception_confidentiality_explained")
        self._seen = Form(self, labels_like=_LABELS_LIKE)
        self._seen.add("E&vidence seen", self.evidence_seen, "evidence_seen")
        self._seen.add("Conditions proposed", self.conditions, "conditions_proposed")
        self._seen.add("Agreement", pair(self.agreement, self.agreement_on), "agreement")
        self._seen.add("Notes", self.notes, "notes")
        self._seen.add("Confidentiality", self.confidentiality, "confidentiality")
        self._seen.add_wide(self.explained)

    def _order_keys(self) -> None:
        """Tab goes as one asks. Left to itself Qt goes in the order in which things came to their places."""
        order = (
            self.adult.picker,
            self.adult.kind,
            self._new_buttons[0],
            self.other.picker,
            self.other.kind,
            self._new_buttons[1],
            self.relationship,
            self.relationship_note,
            self.known_how,
            self.since_on.line,
            self.since_words,
            self.platforms,
            *self.links.values(),
            self.initiator,
            self.adult_joined.line,
            self.other_joined.line,
            self.declared.line,
            self.declarant.box,
            self.declarant.picker,
            self.evidence_seen,
            self.conditions,
            self.agreement,
            self.agreement_on.line,
            self.notes,
            self.confidentiality,
        )
        for before, after in pairwise(order):
            QWidget.setTabOrder(before, after)
