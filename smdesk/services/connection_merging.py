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
from smdesk.services.connection_records import EndCause
from smdesk.services.connection_sight import Reader, sight_of
from smdesk.services.connection_words import reference
from smdesk.services.people_base import name_of

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


def move(session: Session, keep: Person, gone: Person) -> dict[str, list[int]]:
    """Point everything that names the duplicate at the kept record. Returns what was moved, to be given back."""
    moved = {}
    for name, table, column in _PLACES:
        rows = session.scalars(select(table).where(getattr(table, column) == gone.id)).all()
        for row in rows:
            setattr(row, column, keep.id)
        moved[name] = [row.id for row in rows]
    return moved


def give_back(session: Session, moved: dict[str, Any], keep: Person, gone: Person) -> None:
    """Point what ``move`` moved at the duplicate again, where it still names the kept record."""
    for name, table, column in _PLACES:
        # A merge from before the register knows nothing of these.
        wanted = moved.get(name, [])
        for row in session.scalars(
            select(table).where(table.id.in_(wanted), getattr(table, column) == keep.id)
        ):
            setattr(row, column, gone.id)


def kept_facts(session: Session, keep: Person, gone: Person) -> dict[str, Any]:
    """What the kept record must take over so that a merge alone neither ends an exception nor begins it again.

    The capacity an adult was in belongs to the person; and whoever left according to the duplicate has left.
    """
    rows = session.scalars(
        select(ConnectionException).where(
            or_(ConnectionException.adult_id == gone.id, ConnectionException.other_id == gone.id)
        )
    ).all()
    has, had = _kinds(keep), _kinds(gone)
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


def _kinds(person: Person) -> list[PersonKind]:
    return [PersonKind(code) for code in (person.kind, *person.also.split(",")) if code]
