"""Two records of one person made one, and taken apart again where that was a slip.

The duplicate keeps its row and points to the record kept; everything that named it names the kept one, and what was
moved is written down so that it can be moved back. Blank details of the kept record are filled from the duplicate.
"""

from __future__ import annotations

import json
from typing import Any, Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from smdesk.db import search as full_text
from smdesk.db.models import Consent, Entry, IncidentPerson, Letter, Person, PersonLink, PersonMerge, User
from smdesk.errors import Invalid, NotFound, Refused
from smdesk.policy.words import written_day
from smdesk.security.permissions import Permission
from smdesk.services import connection_merging, connection_people, person_places, sight
from smdesk.services.context import Context, Saved, needs
from smdesk.services.letter_records import PaperLook
from smdesk.services.people_base import name_of, refresh_incidents, standing_person, write_audit

_FILLED: Final = (
    "title",
    "given_name",
    "date_of_birth",
    "year_group",
    "class_name",
    "outside_id",
    "address",
    "postcode",
    "email",
    "phone",
    "online_names",
    "letter_name",
    "joined_on",
)
"""Details taken over from the duplicate where the kept record has none."""

_OWNED: Final = (("entry", Entry), ("letter", Letter), ("consent", Consent), ("user", User))


@needs(Permission.PEOPLE_MERGE)
def merge(ctx: Context, keep_id: int, gone_id: int) -> Saved:
    """Make ``gone_id`` a duplicate of ``keep_id``: incidents, steps, letters, exceptions, links and consents go over.

    The duplicate's names are still found. Raises Refused where the dates of birth differ, one of them is merged
    already, ``gone_id`` is a user's own record or an exception is about the two of them; Invalid for one and the
    same record; NotFound.
    """
    if keep_id == gone_id:
        raise Invalid.one("gone_id", "Choose two different records.")
    with ctx.database.writing() as session:
        keep, gone = standing_person(session, keep_id), standing_person(session, gone_id)
        if keep.date_of_birth and gone.date_of_birth and keep.date_of_birth != gone.date_of_birth:
            raise Refused(
                f"{name_of(keep)} was born on {written_day(keep.date_of_birth)}, {name_of(gone)} on "
                f"{written_day(gone.date_of_birth)}: these are two people. Correct the date first if it is wrong."
            )
        _refuse_a_users_own(session, keep, gone)
        connection_merging.refuse_both_sides(session, sight.reader(session, ctx), keep, gone)
        also_kept = connection_merging.kept_facts(session, keep, gone)
        moved: dict[str, Any] = {name: _repoint(session, table, gone_id, keep_id) for name, table in _OWNED}
        moved["incident_person"], moved["doubled"] = _move_places(session, gone_id, keep_id)
        moved["link"], moved["dropped_links"] = _move_links(session, gone_id, keep_id)
        moved["merged"] = _repoint_duplicates(session, gone_id, keep_id)
        moved.update(connection_merging.move(session, ctx, keep, gone))
        moved.update(person_places.move(session, keep_id, gone_id))
        moved["filled"] = _fill(keep, gone, also_kept)
        gone.merged_into = keep_id
        row = PersonMerge(
            keep_id=keep_id,
            gone_id=gone_id,
            moved=json.dumps(moved),
            merged_at=ctx.now(),
            merged_by=ctx.user.id,
        )
        session.add(row)
        session.flush()
        write_audit(session, ctx, "person.merged", keep_id, {"gone": gone_id, "name": name_of(gone)})
        return _settled(session, ctx, row, (keep, gone))


@needs(Permission.PEOPLE_MERGE)
def unmerge(ctx: Context, merge_id: int) -> Saved:
    """Take a merge back. What was added to the kept record since stays with it.

    Raises NotFound, Refused where it was taken back already or the kept record was itself merged since.
    """
    with ctx.database.writing() as session:
        row = session.get(PersonMerge, merge_id)
        if row is None:
            raise NotFound("There is no such merge on record.")
        if row.undone_at is not None:
            raise Refused("This merge was taken back already.")
        keep, gone = session.get_one(Person, row.keep_id), session.get_one(Person, row.gone_id)
        if keep.merged_into is not None or gone.merged_into != keep.id:
            raise Refused(f"{name_of(keep)} was merged again since. Take that merge back first.")
        moved = json.loads(row.moved)
        gone.merged_into = None
        for name, table in _OWNED:
            _give_back(session, table, moved[name], keep.id, gone.id)
        _give_back(session, IncidentPerson, moved["incident_person"], keep.id, gone.id)
        _restore_doubled(session, moved["doubled"], gone.id)
        _restore_links(session, moved, keep.id)
        connection_merging.give_back(session, ctx, moved, keep, gone)
        person_places.give_back(session, moved, keep.id, gone.id)
        for other in session.scalars(select(Person).where(Person.id.in_(moved["merged"]))):
            other.merged_into = gone.id
        for field, (before, after) in moved["filled"].items():
            if _plain(getattr(keep, field)) == after:
                setattr(keep, field, _typed(field, before))
        row.undone_at = ctx.now()
        session.flush()
        write_audit(session, ctx, "person.unmerged", keep.id, {"gone": gone.id, "name": name_of(gone)})
        return _settled(session, ctx, row, (keep, gone))


def _refuse_a_users_own(session: Session, keep: Person, gone: Person) -> None:
    """A user keeps their own record: pointed to another, everything about that person would become theirs (CON-5)."""
    user = session.scalar(select(User.name).where(User.person_id == gone.id))
    if user is None:
        return
    other = session.scalar(select(User.name).where(User.person_id == keep.id))
    if other is not None:
        raise Refused(
            f"Both records belong to users ({user} and {other}), so they are not merged. If the two accounts are "
            "one person's, take the person record off one of them under Settings, Users and keys, first.",
            "CON-5",
        )
    raise Refused(
        f"{name_of(gone)} is the record of the user {user}, and decides which incidents are about that user. "
        f"Keep that one and merge {name_of(keep)} into it.",
        "CON-5",
    )


def _settled(session: Session, ctx: Context, row: PersonMerge, both: tuple[Person, Person]) -> Saved:
    """Bring the incidents, the exceptions and the search up to date with both records."""
    for person in both:
        person.version += 1
    session.flush()
    for person in both:
        full_text.index_person(session, person.id)
        full_text.index_incidents_of(session, person.id)
    ids = [person.id for person in both]
    incidents = set(refresh_incidents(session, ctx, ids))
    incidents |= set(
        session.scalars(select(IncidentPerson.incident_id).where(IncidentPerson.person_id.in_(ids)))
    )
    changes = {("person", each) for each in ids} | {("incident", each) for each in incidents}
    changes |= connection_people.refresh_people(session, ctx, ids)
    for person in both:
        full_text.index_exceptions_of(session, person.id)
    return Saved(row.id, both[0].version, frozenset(changes))


def _repoint(session: Session, table: Any, gone_id: int, keep_id: int) -> list[int]:
    rows = session.scalars(select(table).where(table.person_id == gone_id)).all()
    for row in rows:
        row.person_id = keep_id
    return [row.id for row in rows]


def _give_back(session: Session, table: Any, ids: list[int], keep_id: int, gone_id: int) -> None:
    for row in session.scalars(select(table).where(table.id.in_(ids), table.person_id == keep_id)):
        row.person_id = gone_id


def _move_places(session: Session, gone_id: int, keep_id: int) -> tuple[list[int], list[dict[str, Any]]]:
    """Move the duplicate's places in incidents; where the kept record has the same place already, drop one."""
    taken = {
        (row.incident_id, row.role)
        for row in session.scalars(select(IncidentPerson).where(IncidentPerson.person_id == keep_id))
    }
    moved, doubled = [], []
    for row in session.scalars(select(IncidentPerson).where(IncidentPerson.person_id == gone_id)).all():
        if (row.incident_id, row.role) in taken:
            doubled.append(
                {"incident_id": row.incident_id, "role": row.role, "kind": row.kind, "position": row.position}
            )
            session.delete(row)
        else:
            row.person_id = keep_id
            moved.append(row.id)
    session.flush()
    return moved, doubled


def _restore_doubled(session: Session, doubled: list[dict[str, Any]], gone_id: int) -> None:
    for place in doubled:
        known = session.scalar(
            select(IncidentPerson.id).where(
                IncidentPerson.incident_id == place["incident_id"],
                IncidentPerson.person_id == gone_id,
                IncidentPerson.role == place["role"],
            )
        )
        if known is None:
            session.add(IncidentPerson(person_id=gone_id, **place))


def _move_links(session: Session, gone_id: int, keep_id: int) -> tuple[list[list[Any]], list[list[Any]]]:
    """Move the duplicate's family links; a link between the two, or one the kept record has too, is dropped.

    Both lists hold [id, person, other, relation, note, parental responsibility] as they stood.
    """
    known = {
        (row.person_id, row.other_id, row.relation)
        for row in session.scalars(
            select(PersonLink).where((PersonLink.person_id == keep_id) | (PersonLink.other_id == keep_id))
        )
    }
    moved, dropped = [], []
    found = session.scalars(
        select(PersonLink).where((PersonLink.person_id == gone_id) | (PersonLink.other_id == gone_id))
    ).all()
    for row in found:
        before = [*(row.id, row.person_id, row.other_id, row.relation, row.note), row.parental_responsibility]
        person = keep_id if row.person_id == gone_id else row.person_id
        other = keep_id if row.other_id == gone_id else row.other_id
        if person == other or (person, other, row.relation) in known:
            session.delete(row)
            dropped.append(before)
        else:
            row.person_id, row.other_id = person, other
            known.add((person, other, row.relation))
            moved.append(before)
    session.flush()
    return moved, dropped


def _restore_links(session: Session, moved: dict[str, Any], keep_id: int) -> None:
    for link_id, person_id, other_id, *_ in moved["link"]:
        row = session.get(PersonLink, link_id)
        if row is not None and keep_id in (row.person_id, row.other_id):
            row.person_id, row.other_id = person_id, other_id
    for _, person_id, other_id, relation, said, *held in moved["dropped_links"]:
        # A merge made before parental responsibility was recorded knows nothing of it.
        session.add(
            PersonLink(
                person_id=person_id,
                other_id=other_id,
                relation=relation,
                note=said,
                parental_responsibility=held[0] if held else None,
            )
        )


def _repoint_duplicates(session: Session, gone_id: int, keep_id: int) -> list[int]:
    """Duplicates merged into the duplicate earlier now stand behind the kept record."""
    others = session.scalars(select(Person).where(Person.merged_into == gone_id)).all()
    for other in others:
        other.merged_into = keep_id
    return [other.id for other in others]


def _fill(keep: Person, gone: Person, also_kept: dict[str, Any]) -> dict[str, tuple[Any, Any]]:
    """Fill the kept record's blanks and keep the duplicate's names findable; field -> (before, after)."""
    wanted: dict[str, Any] = {
        field: getattr(gone, field) for field in _FILLED if not getattr(keep, field) and getattr(gone, field)
    } | also_kept
    if keep.paper_look == PaperLook.STANDARD != gone.paper_look:
        # Somebody said that they cannot read the ordinary print.
        wanted["paper_look"] = gone.paper_look
    known = [part.strip() for part in keep.known_as.split(",") if part.strip()]
    names = [name_of(gone), *(part.strip() for part in gone.known_as.split(","))]
    fresh = [name for name in names if name and name not in known and name != name_of(keep)]
    if fresh:
        wanted["known_as"] = ", ".join([*known, *dict.fromkeys(fresh)])[:300]
    if keep.online_names and gone.online_names and gone.online_names not in keep.online_names:
        wanted["online_names"] = f"{keep.online_names}, {gone.online_names}"[:500]
    filled = {}
    for field, value in wanted.items():
        filled[field] = (_plain(getattr(keep, field)), _plain(value))
        setattr(keep, field, value)
    return filled


def _plain(value: Any) -> Any:
    return value.isoformat() if hasattr(value, "isoformat") else value


def _typed(field: str, value: Any) -> Any:
    from datetime import date

    return (
        date.fromisoformat(value) if value and field in ("date_of_birth", "joined_on", "left_on") else value
    )
