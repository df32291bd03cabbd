"""Who is told what became of an exception: the adult, and the pupil's parents or the other person themselves.

Only somebody on record as parent or carer of this very pupil is written to as one, and nobody whose record was merged
away, has left, is not identified or is a child.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from smdesk.db.models import ConnectionException, Person, PersonLink
from smdesk.policy.vocabulary import CAPACITY_LABELS, Capacity, PersonKind
from smdesk.policy.words import written_day
from smdesk.services import sight
from smdesk.services.letter_records import Audience
from smdesk.services.people_base import name_of
from smdesk.services.people_records import kinds_of

_OF_AGE: Final = 18
_PARENTAL: Final = ("parent_of", "carer_of")


@dataclass(frozen=True, slots=True)
class Addressee:
    """Somebody a letter about an exception can be for. ``why`` is what speaks against writing to them, or ""."""

    person: Person | None
    audience: Audience
    words: str
    why: str


def readers(session: Session, exception: ConnectionException, today: date) -> list[Addressee]:
    """Everybody who is told what became of an exception, the adult first, as things stand now."""
    adult = session.get_one(Person, exception.adult_id)
    other = session.get_one(Person, exception.other_id)
    found = [Addressee(adult, Audience.ADULT, "The adult", fault(adult))]
    capacity = Capacity(exception.capacity)
    if capacity in (Capacity.PARENT, Capacity.FORMER_PUPIL_FAMILY):
        why = (
            fault(other)
            or (_left(other, today) if capacity is Capacity.PARENT else "")
            or is_child(other, today)
        )
        return [*found, Addressee(other, Audience.OWN, CAPACITY_LABELS[capacity], why)]
    age = _age(other, today)
    if capacity is Capacity.FORMER_PUPIL and age is None:
        why = (
            f"{name_of(other)}’s date of birth is not on record. Fill it in: from 18 the letter goes to themselves, "
            "until then to their parents."
        )
        return [*found, Addressee(other, Audience.OWN, CAPACITY_LABELS[capacity], why)]
    if age is not None and age >= _OF_AGE:
        found.append(Addressee(other, Audience.OWN, f"{CAPACITY_LABELS[capacity]}, of age", fault(other)))
        if capacity is Capacity.FORMER_PUPIL:
            return found
    return found + _parents(session, exception, other, today)


def _parents(session: Session, exception: ConnectionException, pupil: Person, today: date) -> list[Addressee]:
    """Parents and carers linked with this pupil now. One who is the adult has the adult's letter."""
    words = f"Parent or carer of {name_of(pupil)}"
    adults = sight.same_person(session, exception.adult_id)
    found = []
    for parent in parents_of(session, exception.other_id):
        if parent.id in adults:
            why = "They are the adult of this exception, and are written to as such."
        else:
            why = fault(parent) or _left(parent, today) or is_child(parent, today)
        found.append(Addressee(parent, Audience.PARENT, words, why))
    if not found:
        why = f"No parent or carer of {name_of(pupil)} is on record. Link them with each other under People."
        found.append(Addressee(None, Audience.PARENT, words, why))
    return found


def parents_of(session: Session, pupil_id: int) -> list[Person]:
    """The people on record as parent or carer of this pupil, merged duplicates counted once."""
    ids = session.scalars(
        select(PersonLink.person_id).where(
            PersonLink.other_id.in_(sight.same_person(session, pupil_id)), PersonLink.relation.in_(_PARENTAL)
        )
    )
    people = [session.get_one(Person, each) for each in ids]
    keepers = dict.fromkeys(person.merged_into or person.id for person in people)
    return sorted(
        (session.get_one(Person, each) for each in keepers), key=lambda each: (each.sort_name, each.id)
    )


def fault(person: Person) -> str:
    """What keeps any letter from going to this record."""
    if person.merged_into is not None:
        return f"The record of {name_of(person)} was merged into another. Write to the one that was kept."
    if not person.identified:
        return "Nobody knows who this is, so the letter has no addressee."
    return ""


def _left(person: Person, today: date) -> str:
    if person.left_on is not None and person.left_on <= today:
        return (
            f"{name_of(person)} left the school on {written_day(person.left_on)}, as the record has it. Correct the "
            "date if they are still to be written to."
        )
    return ""


def is_child(person: Person, today: date) -> str:
    age = _age(person, today)
    kinds = kinds_of(person.kind, person.also)
    if (age is not None and age < _OF_AGE) or (age is None and PersonKind.PUPIL in kinds):
        return f"{name_of(person)} is a pupil or under 18, as the record has it. Letters go to adults."
    return ""


def _age(person: Person, today: date) -> int | None:
    born = person.date_of_birth
    return (
        None if born is None else today.year - born.year - ((today.month, today.day) < (born.month, born.day))
    )


def named_in_text(person: Person) -> str:
    """A grown-up with their title, a pupil without one."""
    return " ".join(part for part in (person.title, person.given_name, person.family_name) if part)
