"""What becomes of exceptions and questions when two records of one person are made one, and when they are parted.

Two exceptions of one pair both stay: each was decided by itself, and a signed record is not thrown away.
"""

from __future__ import annotations

from typing import Any, Final

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from smdesk.db.models import ConnectionException, Person, RelationshipQuestion
from smdesk.errors import Refused
from smdesk.policy.vocabulary import PersonKind
from smdesk.security.permissions import Sight
from smdesk.services import connection_people, connection_state
from smdesk.services.connection_records import EndCause
from smdesk.services.connection_sight import Reader, sight_of
from smdesk.services.connection_words import reference
from smdesk.services.context import Context
from smdesk.services.driver import driver
from smdesk.services.people_base import name_of
from smdesk.services.people_records import kinds_of

_PLACES: Final[tuple[tuple[str, Any, str], ...]] = (
    ("exception_adult", ConnectionException, "adult_id"),
    ("exception_other", ConnectionException, "other_id"),
    ("exception_declarant", ConnectionException, "declarant_id"),
    ("question_adult", RelationshipQuestion, "adult_id"),
    ("question_other", RelationshipQuestion, "other_id"),
)
"""Where exceptions and questions name a person."""

_LEFT: Final = (str(EndCause.ADULT_LEFT), str(EndCause.OTHER_LEFT))


def refuse_both_sides(session: Session, who: Reader, keep: Person, gone: Person) -> None:
    """Refuse to make one person of the two sides of a connection. A hidden record is not named."""
    found = [
        row
        for table in (ConnectionException, RelationshipQuestion)
        for row in session.scalars(
            select(table).where(
                or_(
                    (table.adult_id == keep.id) & (table.other_id == gone.id),
                    (table.adult_id == gone.id) & (table.other_id == keep.id),
                )
            )
        )
    ]
    if not found:
        return
    named = [
        reference(row.year, row.number)
        for row in found
        if isinstance(row, ConnectionException) and sight_of(who, row) is Sight.FULL
    ]
    because = f" {', '.join(named)} is about the two of them." if named else ""
    raise Refused(
        f"{name_of(keep)} and {name_of(gone)} are on record as two people who know each other, so the two records "
        f"are not merged.{because}"
    )


def move(session: Session, ctx: Context, keep: Person, gone: Person) -> dict[str, list[int]]:
    """Point everything that names the duplicate at the kept record. Returns what was moved, to be given back.

    Where the two are called differently, the history of what was decided says so.
    """
    moved = {}
    for name, table, column in _PLACES:
        rows = session.scalars(select(table).where(getattr(table, column) == gone.id)).all()
        for row in rows:
            setattr(row, column, keep.id)
        moved[name] = [row.id for row in rows]
    connection_people.note_name(
        session,
        ctx,
        moved["exception_adult"] + moved["exception_other"],
        name_of(gone),
        name_of(keep),
        "two records were made one",
    )
    return moved


def give_back(session: Session, ctx: Context, moved: dict[str, Any], keep: Person, gone: Person) -> None:
    """Point what ``move`` moved at the duplicate again, where it still names the kept record.

    An exception that was decided since the merge was decided about the kept record and stays with it: a decision is
    never turned to somebody else. Its history says so (CON-2).
    """
    decided = _decided_since(session, keep, gone)
    told: set[int] = set()
    given: list[int] = []
    for name, table, column in _PLACES:
        # A merge from before the register knows nothing of these.
        wanted = moved.get(name, [])
        if table is ConnectionException:
            told |= decided & set(wanted)
            wanted = [each for each in wanted if each not in decided]
        for row in session.scalars(
            select(table).where(table.id.in_(wanted), getattr(table, column) == keep.id)
        ):
            setattr(row, column, gone.id)
            if name in ("exception_adult", "exception_other"):
                given.append(row.id)
    connection_people.note_name(
        session, ctx, given, name_of(keep), name_of(gone), "two records were parted again"
    )
    for exception in session.scalars(select(ConnectionException).where(ConnectionException.id.in_(told))):
        connection_state.event(
            session,
            ctx,
            exception,
            "note",
            f"The record of {name_of(gone)} was parted from {name_of(keep)}’s again. This was decided while the two "
            f"were one and stays with {name_of(keep)}. If {name_of(gone)} is meant, have it revoked and declared anew.",
            rule="CON-2",
        )


def _decided_since(session: Session, keep: Person, gone: Person) -> set[int]:
    """The exceptions decided about the kept record since the merge, by their lines in the audit chain."""
    rows = driver(session).execute(
        "SELECT DISTINCT d.exception_id FROM connection_decision d JOIN audit_entry a ON a.object_kind = 'decision'"
        " AND a.object_id = d.id AND a.action IN ('decision.signed', 'decision.paper', 'decision.imported',"
        " 'decision.confirmed') WHERE (d.kind <> 'ask_for_more' OR d.signature IS NULL)"
        " AND a.seq > (SELECT max(m.seq) FROM audit_entry m LEFT JOIN audit_detail t ON t.seq = m.seq"
        " WHERE m.action = 'person.merged' AND m.object_id = ?"
        " AND (t.detail IS NULL OR json_extract(t.detail, '$.gone') = ?))",
        (keep.id, gone.id),
    )
    return {row[0] for row in rows.fetchall()}


def kept_facts(session: Session, keep: Person, gone: Person) -> dict[str, Any]:
    """What the kept record must take over so that a merge alone neither ends an exception nor begins it again.

    The capacity an adult was in belongs to the person; and whoever left according to the duplicate has left.
    """
    rows = session.scalars(
        select(ConnectionException).where(
            or_(ConnectionException.adult_id == gone.id, ConnectionException.other_id == gone.id)
        )
    ).all()
    has, had = kinds_of(keep.kind, keep.also), kinds_of(gone.kind, gone.also)
    works_as = {PersonKind(row.adult_kind) for row in rows if row.adult_id == gone.id}
    missing = (works_as & set(had)) - set(has)
    wanted: dict[str, Any] = {}
    if missing:
        also = (set(has[1:]) | missing) - {has[0]}
        wanted["also"] = ",".join(kind for kind in PersonKind if kind in also)
    ended = any(row.end_cause in _LEFT and row.ends_on == gone.left_on for row in rows)
    is_back = keep.joined_on is not None and gone.left_on is not None and gone.left_on < keep.joined_on
    if gone.left_on is not None and keep.left_on is None and ended and not is_back:
        wanted["left_on"] = gone.left_on
    return wanted
