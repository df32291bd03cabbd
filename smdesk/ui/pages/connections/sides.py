"""The two sides of a connection as fields: the adult who works with the school, and the pupil or parent."""

from __future__ import annotations

from dataclasses import dataclass

from PySide6.QtWidgets import QWidget

from smdesk.policy.vocabulary import CAPACITY_LABELS, KIND_LABELS, Capacity, PersonKind
from smdesk.services.connection_records import ExceptionRecord
from smdesk.services.people_records import PersonHit
from smdesk.ui.desk import Desk
from smdesk.ui.widgets.person_field import PersonField

ADULTS = (PersonKind.STAFF, PersonKind.GOVERNOR, PersonKind.VOLUNTEER, PersonKind.CONTRACTOR)
"""Who counts as an adult of the school (PPL-2)."""

_OTHER_KINDS = {
    Capacity.PUPIL: PersonKind.PUPIL,
    Capacity.FORMER_PUPIL: PersonKind.PUPIL,
    Capacity.PARENT: PersonKind.PARENT,
    Capacity.FORMER_PUPIL_FAMILY: PersonKind.PARENT,
}


def adult_field(desk: Desk, name: str, parent: QWidget) -> PersonField:
    """An adult of the school, and what they are to it."""
    return PersonField(
        desk,
        name,
        "The adult who works with the school",
        {str(kind): KIND_LABELS[kind] for kind in ADULTS},
        str(PersonKind.STAFF),
        parent,
        usual_for={kind: str(kind) for kind in ADULTS},
        as_kind={str(kind): kind for kind in ADULTS},
        kinds=ADULTS,
        about="What the adult is to the school. Somebody may be a volunteer and a pupil.",
    )


def other_field(desk: Desk, name: str, parent: QWidget) -> PersonField:
    """A pupil or parent, and in what capacity."""
    return PersonField(
        desk,
        name,
        "The pupil or parent",
        {str(each): label for each, label in CAPACITY_LABELS.items()},
        str(Capacity.PUPIL),
        parent,
        usual_for={PersonKind.PUPIL: str(Capacity.PUPIL), PersonKind.PARENT: str(Capacity.PARENT)},
        as_kind={str(each): kind for each, kind in _OTHER_KINDS.items()},
        about="In what capacity this person comes into it.",
    )


@dataclass(frozen=True, slots=True)
class Both:
    """Two people who are known already where something is begun about them."""

    adult: PersonHit
    adult_kind: PersonKind
    other: PersonHit
    capacity: Capacity


def both(
    adult: tuple[int, str],
    other: tuple[int, str],
    adult_kind: PersonKind = PersonKind.STAFF,
    capacity: Capacity = Capacity.PARENT,
) -> Both:
    """The two by id and name."""
    return Both(
        PersonHit(*adult, adult_kind, "", False),
        adult_kind,
        PersonHit(*other, _OTHER_KINDS[capacity], "", False),
        capacity,
    )


def both_of(record: ExceptionRecord) -> Both | None:
    """The two people of an exception; None for one whose people this reader may not know."""
    draft = record.draft
    if record.masked or draft.adult_id is None or draft.other_id is None:
        return None
    return both(
        (draft.adult_id, record.adult_name),
        (draft.other_id, record.other_name),
        draft.adult_kind,
        draft.capacity,
    )
