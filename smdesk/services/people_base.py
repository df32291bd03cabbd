"""What the services about people share: names, tidying, and writing to a person's record and incidents."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import Any, Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from smdesk.db import audit
from smdesk.db.models import IncidentPerson, Person
from smdesk.errors import NotFound, Refused
from smdesk.policy.vocabulary import PersonKind
from smdesk.services import incident_state
from smdesk.services.context import Context
from smdesk.services.incident_records import PersonRole
from smdesk.services.incident_state import person_name
from smdesk.services.people_records import PersonDraft

NO_SUCH_PERSON: Final = "There is no such person on record."


def tidied(draft: PersonDraft) -> PersonDraft:
    """The draft without stray spaces; further kinds in the vocabulary's order."""
    lines = (" ".join(line.split()) for line in draft.address.splitlines())
    return replace(
        draft,
        title=_one_line(draft.title),
        given_name=_one_line(draft.given_name),
        family_name=_one_line(draft.family_name),
        known_as=_one_line(draft.known_as),
        year_group=_one_line(draft.year_group),
        email=_one_line(draft.email),
        phone=_one_line(draft.phone),
        address="\n".join(line for line in lines if line),
        postcode=" ".join(draft.postcode.upper().split()),
        online_names=_one_line(draft.online_names),
        language=draft.language.strip(),
        letter_name=_one_line(draft.letter_name),
        notes=draft.notes.strip(),
        also=tuple(kind for kind in PersonKind if kind in draft.also and kind is not draft.kind),
    )


def sort_name(draft: PersonDraft) -> str:
    """How the list orders people: family name, then given name."""
    return f"{draft.family_name} {draft.given_name}".strip().casefold()


def _one_line(typed: str) -> str:
    return " ".join(typed.split())


def name_of(person: Person) -> str:
    return person_name(person.given_name, person.family_name)


def standing_person(session: Session, person_id: int) -> Person:
    """The person, to be written to. Raises NotFound, or Refused for a duplicate that was merged."""
    person = session.get(Person, person_id)
    if person is None:
        raise NotFound(NO_SUCH_PERSON)
    if person.merged_into is not None:
        raise Refused(f"This record of {name_of(person)} was merged into another. Open that one.")
    return person


def refresh_incidents(session: Session, ctx: Context, person_ids: Iterable[int]) -> list[int]:
    """Work out anew the incidents these people posted; returns their ids."""
    found = session.scalars(
        select(IncidentPerson.incident_id)
        .where(IncidentPerson.person_id.in_(set(person_ids)), IncidentPerson.role == str(PersonRole.AUTHOR))
        .distinct()
    ).all()
    for incident_id in found:
        incident_state.refresh(session, incident_id)
    return list(found)


def write_audit(session: Session, ctx: Context, action: str, person_id: int, detail: dict[str, Any]) -> None:
    audit.write(
        session,
        actor_id=ctx.user.id,
        at=ctx.now(),
        action=action,
        object_kind="person",
        object_id=person_id,
        detail=detail,
    )
