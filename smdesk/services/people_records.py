"""Plain data about people that travels between the window and the services."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

from smdesk.policy.vocabulary import PersonKind, Step
from smdesk.services.letter_records import PaperLook


class Relation(StrEnum):
    """``person`` is … of ``other``."""

    PARENT_OF = "parent_of"
    CARER_OF = "carer_of"
    CHILD_OF = "child_of"
    PARTNER_OF = "partner_of"
    RELATED_TO = "related_to"


RELATION_LABELS = {
    Relation.PARENT_OF: "Parent of",
    Relation.CARER_OF: "Carer of",
    Relation.CHILD_OF: "Child of",
    Relation.PARTNER_OF: "Partner of",
    Relation.RELATED_TO: "Related to",
}


RESPONSIBLE = frozenset({Relation.PARENT_OF, Relation.CARER_OF})
"""Links of which parental responsibility is recorded."""
RESPONSIBILITY_LABELS = {None: "Not said", True: "Yes", False: "No"}


def kinds_of(kind: str, also: str) -> tuple[PersonKind, ...]:
    """All that somebody is to the school, as the two columns of a person's record hold it; the main one first."""
    return tuple(PersonKind(code) for code in (kind, *also.split(",")) if code)


@dataclass(frozen=True, slots=True)
class PersonDraft:
    """Everything the person form can hold. Only ``family_name`` and ``kind`` are required."""

    kind: PersonKind = PersonKind.PARENT
    also: tuple[PersonKind, ...] = ()
    title: str = ""
    given_name: str = ""
    family_name: str = ""
    known_as: str = ""
    identified: bool = True
    date_of_birth: date | None = None
    year_group: str = ""
    class_name: str = ""
    outside_id: str = ""
    """What the school's management system calls them."""
    address: str = ""
    postcode: str = ""
    email: str = ""
    phone: str = ""
    online_names: str = ""
    language: str = "English"
    letter_name: str = ""
    paper_look: PaperLook = PaperLook.STANDARD
    """How papers to them are set."""
    joined_on: date | None = None
    left_on: date | None = None
    notes: str = ""


@dataclass(frozen=True, slots=True)
class PersonHit:
    """One person found: enough to tell namesakes apart (class, date left, whose parent)."""

    id: int
    name: str
    kind: PersonKind
    hint: str
    left: bool
    identified: bool = True


@dataclass(frozen=True, slots=True)
class LinkedPerson:
    """``label`` reads from this person's side: "Parent of Sam Example"."""

    link_id: int
    person_id: int
    name: str
    kind: PersonKind
    relation: Relation
    label: str
    note: str
    parental_responsibility: bool | None = None
    """Whether the adult of the two holds it for the child; None where nobody said."""


@dataclass(frozen=True, slots=True)
class ConsentAnswer:
    id: int
    purpose: str
    given: bool
    answered_on: date
    given_by: str
    note: str
    current: bool


@dataclass(frozen=True, slots=True)
class LadderEntry:
    """A step taken with this person, across incidents and years (INC-5)."""

    step: Step
    on: date
    incident_id: int
    reference: str
    text: str


@dataclass(frozen=True, slots=True)
class PersonIncident:
    incident_id: int
    reference: str
    received_at: datetime
    role: str
    summary: str
    status: str


@dataclass(frozen=True, slots=True)
class PersonRecord:
    """One person's page."""

    id: int
    version: int
    draft: PersonDraft
    name: str
    links: tuple[LinkedPerson, ...]
    consents: tuple[ConsentAnswer, ...]
    ladder: tuple[LadderEntry, ...]
    incidents: tuple[PersonIncident, ...]
    merged: tuple[tuple[int, str], ...]
    """Duplicates merged into this person: (merge id, name), newest first, each can be taken back."""
    editable: bool
