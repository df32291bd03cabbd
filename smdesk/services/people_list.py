"""Finding people: as one types, in the list, and before the same person is added twice."""

from __future__ import annotations

import json
from array import array
from collections.abc import Sequence
from datetime import date
from typing import Any, Final

from sqlalchemy import func, or_, select

from smdesk.db import search as full_text
from smdesk.db.models import Person
from smdesk.policy.vocabulary import KIND_LABELS, PersonKind
from smdesk.policy.words import written_day
from smdesk.security.permissions import Permission
from smdesk.services.context import Context, needs
from smdesk.services.driver import stored_day
from smdesk.services.incident_state import person_name
from smdesk.services.people_base import sort_name, tidied
from smdesk.services.people_records import PersonDraft, PersonHit

_SORTS: Final[dict[str, str]] = {
    "name": "sort_name",
    "kind": "kind",
    "year_group": "year_group COLLATE NOCASE",
    "left": "left_on",
    "postcode": "postcode COLLATE NOCASE",
}


@needs(Permission.PEOPLE_READ)
def search(ctx: Context, text: str, kinds: Sequence[PersonKind] = (), limit: int = 20) -> list[PersonHit]:
    """People found as one types: by name, former or online name, e-mail or telephone; those who left come last."""
    with ctx.database.raw_reading() as cursor:
        return found_while_typing(cursor, text, kinds, limit, ctx.today())


def found_while_typing(
    cursor: Any, text: str, kinds: Sequence[PersonKind], limit: int, today: date
) -> list[PersonHit]:
    """``search`` on a plain cursor, for services that offer people to others than those who keep the list."""
    conditions, params = _conditions(text, kinds, include_left=True)
    params["limit"] = max(1, min(limit, 200))
    params["today"] = today.isoformat()
    ids = [
        row[0]
        for row in cursor.execute(
            "SELECT id FROM person WHERE {conditions}"
            " ORDER BY left_on IS NOT NULL AND left_on <= :today, sort_name, id LIMIT :limit".replace(
                "{conditions}", conditions
            ),
            params,
        ).fetchall()
    ]
    return _hits(cursor, ids, today)


@needs(Permission.PEOPLE_READ)
def sorted_ids(
    ctx: Context,
    text: str = "",
    kinds: Sequence[PersonKind] = (),
    include_left: bool = True,
    sort_column: str = "name",
    descending: bool = False,
) -> array[int]:
    """The ids of the people list, in order. ``sort_column``: name, kind, year_group, left or postcode."""
    if sort_column not in _SORTS:
        raise ValueError(f"People cannot be sorted by {sort_column!r}: {', '.join(_SORTS)}.")
    conditions, params = _conditions(text, kinds, include_left)
    if not include_left:
        params["today"] = ctx.today().isoformat()
    key, way = _SORTS[sort_column], " DESC" if descending else ""
    order = f"{key} IS NULL, {key} = '', {key}{way}, sort_name{way}, id{way}"
    statement = "SELECT id FROM person WHERE {conditions} ORDER BY {order}"
    with ctx.database.raw_reading() as cursor:
        rows = cursor.execute(
            statement.replace("{conditions}", conditions).replace("{order}", order), params
        ).fetchall()
    return array("q", [row[0] for row in rows])


@needs(Permission.PEOPLE_READ)
def rows(ctx: Context, ids: Sequence[int]) -> list[PersonHit]:
    """The people with these ids, in the same order; ids that are gone are left out."""
    with ctx.database.raw_reading() as cursor:
        found: list[PersonHit] = []
        for start in range(0, len(ids), 200):
            found.extend(_hits(cursor, list(ids[start : start + 200]), ctx.today()))
        return found


def _conditions(
    typed: str, kinds: Sequence[PersonKind], include_left: bool
) -> tuple[str, dict[str, int | str]]:
    conditions, params = ["merged_into IS NULL"], dict[str, int | str]()
    match = full_text.person_match_expression(typed)
    if match is not None:
        conditions.append("id IN (SELECT rowid FROM person_search WHERE person_search MATCH :match)")
        params["match"] = match
    if kinds:
        # Who is a member of staff and also a parent is found as either.
        conditions.append(
            "(kind IN (SELECT value FROM json_each(:kinds)) OR EXISTS (SELECT 1 FROM json_each(:kinds)"
            " WHERE instr(',' || also || ',', ',' || value || ',')))"
        )
        params["kinds"] = json.dumps([str(kind) for kind in kinds])
    if not include_left:
        conditions.append("(left_on IS NULL OR left_on > :today)")
    return " AND ".join(conditions), params


def _hits(cursor: Any, ids: Sequence[int], today: date) -> list[PersonHit]:
    wanted = {"ids": json.dumps([int(each) for each in ids])}
    children: dict[int, list[str]] = {}
    for person_id, name in cursor.execute(
        "SELECT link.person_id, trim(child.given_name || ' ' || child.family_name) FROM person_link AS link"
        " JOIN person AS child ON child.id = link.other_id WHERE link.relation IN ('parent_of', 'carer_of')"
        " AND link.person_id IN (SELECT value FROM json_each(:ids)) ORDER BY link.id",
        wanted,
    ).fetchall():
        children.setdefault(person_id, []).append(name)
    found = {}
    for row in cursor.execute(
        "SELECT id, given_name, family_name, kind, year_group, left_on, identified, date_of_birth, known_as, class_name"
        " FROM person WHERE id IN (SELECT value FROM json_each(:ids)) AND merged_into IS NULL",
        wanted,
    ).fetchall():
        left_on = stored_day(row[5])
        born = stored_day(row[7])
        has_left = left_on is not None and left_on <= today
        parts = [KIND_LABELS[PersonKind(row[3])]]
        if not row[6]:
            parts.append("not identified")
        if row[4]:
            parts.append(row[4])
        if row[9] and row[9] != row[4]:
            parts.append(f"class {row[9]}")
        if born is not None and row[3] == PersonKind.PUPIL:
            parts.append(f"born {written_day(born)}")
        if children.get(row[0]):
            parts.append(f"parent or carer of {' and '.join(children[row[0]][:3])}")
        if row[8]:
            parts.append(f"also {row[8]}")
        if left_on is not None and has_left:
            parts.append(f"left {written_day(left_on)}")
        found[row[0]] = PersonHit(
            row[0], person_name(row[1], row[2]), PersonKind(row[3]), ", ".join(parts), has_left, bool(row[6])
        )
    return [found[each] for each in ids if each in found]


@needs(Permission.PEOPLE_READ)
def possible_duplicates(ctx: Context, draft: PersonDraft) -> list[PersonHit]:
    """People who may be the one being added: same name (or the other way round), unless their dates of birth
    differ; or the same e-mail address or online name.
    """
    draft = tidied(draft)
    names = {sort_name(draft), f"{draft.given_name} {draft.family_name}".strip().casefold()}
    with ctx.database.reading() as session:
        same_name = select(Person.id).where(Person.merged_into.is_(None), Person.sort_name.in_(names))
        if draft.date_of_birth is not None:
            same_name = same_name.where(
                or_(Person.date_of_birth.is_(None), Person.date_of_birth == draft.date_of_birth)
            )
        ids = set(session.scalars(same_name))
        for column, value in ((Person.email, draft.email), (Person.online_names, draft.online_names)):
            if value:
                ids |= set(
                    session.scalars(
                        select(Person.id).where(
                            Person.merged_into.is_(None), func.lower(column) == value.lower()
                        )
                    )
                )
    with ctx.database.raw_reading() as cursor:
        return _hits(cursor, sorted(ids), ctx.today())
