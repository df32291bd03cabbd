"""Connections: exceptions declared, put forward, taken back and withdrawn (CON-1 to CON-5).

Until it is decided a declaration may be changed. From then on it is sealed: whoever wants something else declares
anew, and the new record takes the older one's place on the day it begins.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from dataclasses import replace
from datetime import date
from typing import Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from smdesk.db.models import ConnectionException, Person
from smdesk.errors import Conflict, Invalid, NotFound
from smdesk.policy.conduct import SCHOOL_ADULTS
from smdesk.policy.vocabulary import Capacity
from smdesk.security.permissions import Permission, Sight
from smdesk.services import (
    connection_fields,
    connection_list,
    connection_sight,
    connection_state,
    incident_state,
)
from smdesk.services.connection_checks import (
    check,
    check_office_fields,
    check_supersedes,
    editable,
    name_of,
    refuse_unless_open,
    refuse_unless_provided,
    settled,
    touched,
    write_audit,
)
from smdesk.services.connection_moves import submit, take_back, unwithdraw, withdraw
from smdesk.services.connection_records import (
    DeclarationDraft,
    ExceptionRecord,
    ExceptionRow,
    ExceptionStatus,
)
from smdesk.services.connection_state import reference
from smdesk.services.connection_views import masked_record, record
from smdesk.services.context import Context, Saved, needs
from smdesk.services.driver import driver
from smdesk.services.people_records import kinds_of
from smdesk.services.sight import Reader

__all__ = [
    "add_note",
    "between",
    "enter",
    "find_by_reference",
    "joined_dates",
    "open_exception",
    "save",
    "submit",
    "successor_draft",
    "take_back",
    "unwithdraw",
    "withdraw",
]

_REFERENCE: Final = re.compile(r"\s*(\d{4})\s*/\s*[cC]?\s*(\d{1,9})\s*", re.ASCII)
_NOTE_MOST: Final = 5_000


@needs(Permission.CONNECTIONS_EDIT)
def save(
    ctx: Context,
    draft: DeclarationDraft,
    exception_id: int | None = None,
    expected_version: int | None = None,
    supersedes: int | None = None,
) -> Saved:
    """Record a declaration, or change one opened at ``expected_version``.

    A new one gets the next number of the year at the school; with ``supersedes`` it is declared anew in place of a
    decided one (CON-2). Facts that lie before the decider count as put forward by whoever changed them last.
    Raises Invalid with every problem found; Conflict, field by field, where somebody saved since
    ``expected_version``; Refused for facts that are decided; NotFound and NotAllowed where this person may not see
    or change it.
    """
    draft = connection_fields.tidied(draft)
    with ctx.database.writing() as session:
        who = connection_sight.reader(session, ctx)
        if exception_id is None:
            if supersedes is not None:
                check_supersedes(session, who, supersedes, draft)
            check(session, ctx, who, draft, None, supersedes, complete=False)
            exception = enter(session, ctx, draft, supersedes=supersedes)
            return settled(session, ctx, exception, touched(draft, supersedes))
        exception = editable(session, who, exception_id)
        return _change(session, ctx, who, exception, draft, expected_version)


def enter(
    session: Session,
    ctx: Context,
    draft: DeclarationDraft,
    *,
    supersedes: int | None = None,
    origin: str = "declared",
) -> ConnectionException:
    """Write a checked declaration as a new record, with its number, history and audit entry.

    For ``save`` and the import, inside their transaction: the draft is tidied and found without problems there.
    ``connection_state.refresh`` and the search follow once its decisions are written.
    """
    year = ctx.today().year
    raw = driver(session)
    # BEGIN IMMEDIATE lets one writer in at a time, so that the number cannot be given twice.
    last = (
        raw.execute("SELECT max(number) FROM connection_exception WHERE year = ?", (year,)).fetchone()[0] or 0
    )
    exception = ConnectionException(
        **connection_fields.columns(draft),
        year=year,
        number=last + 1,
        profile_id=incident_state.current_profile_id(session),
        supersedes_id=supersedes,
        origin=origin,
        recorded_by=ctx.user.id,
        recorded_at=ctx.now(),
    )
    session.add(exception)
    session.flush()
    _write_platforms(session, exception.id, draft.platforms, new=True)
    imported = origin == "imported"
    connection_state.event(
        session,
        ctx,
        exception,
        "imported" if imported else "declared",
        happened_on=ctx.today() if imported else draft.declared_on,
    )
    write_audit(
        session,
        ctx,
        "exception.imported" if imported else "exception.declared",
        exception.id,
        {"reference": reference(year, last + 1), "supersedes": supersedes},
    )
    return exception


def _write_platforms(
    session: Session, exception_id: int, platforms: Iterable[str], *, new: bool = False
) -> None:
    raw = driver(session)
    if not new:
        raw.execute("DELETE FROM exception_platform WHERE exception_id = ?", (exception_id,))
    raw.executemany(
        "INSERT INTO exception_platform (exception_id, platform) VALUES (?, ?)",
        [(exception_id, platform) for platform in platforms],
    )


def _change(
    session: Session,
    ctx: Context,
    who: Reader,
    exception: ConnectionException,
    draft: DeclarationDraft,
    expected_version: int | None,
) -> Saved:
    before = connection_fields.stored(session, exception)
    changed = connection_fields.differences(session, before, draft)
    if not changed:
        return Saved(exception.id, exception.version, frozenset())
    if exception.version != expected_version:
        happened = f"Somebody else saved {name_of(exception)} while you were editing it."
        if exception.sealed and {each.field for each in changed} - connection_fields.OFFICE_FIELDS:
            happened = (
                f"{name_of(exception)} has been decided, and its facts stay as they are. What you typed about them can "
                "only be declared anew (CON-2): keep theirs, then choose “Declare anew”."
            )
        raise Conflict(
            f"{happened} Nothing of yours is lost: see what differs and choose.",
            changed,
            exception.version,
        )
    facts = [each for each in changed if each.field not in connection_fields.OFFICE_FIELDS]
    if facts:
        refuse_unless_open(exception, facts)
        lies_before_decider = exception.status == ExceptionStatus.AWAITING
        moved = not {"adult_id", "other_id", "platforms"}.isdisjoint(each.field for each in facts)
        check(
            session,
            ctx,
            who,
            draft,
            exception,
            exception.supersedes_id,
            complete=lies_before_decider,
            alone=moved,
        )
        if lies_before_decider:
            refuse_unless_provided(session, exception.profile_id, draft)
            # CON-5: who changes what lies before the decider has put it forward as it now stands.
            exception.submitted_by = ctx.user.id
    else:
        check_office_fields(draft)
    for column, value in connection_fields.columns(draft).items():
        if getattr(exception, column) != value:
            setattr(exception, column, value)
    if facts:
        session.flush()
        if before.platforms != draft.platforms:
            _write_platforms(session, exception.id, draft.platforms)
        connection_state.event(
            session,
            ctx,
            exception,
            "changed",
            "\n".join(f"{each.label}: {each.theirs} → {each.mine}" for each in facts),
        )
    exception.version += 1
    write_audit(
        session,
        ctx,
        "exception.saved",
        exception.id,
        {"changes": {each.field: [each.theirs, each.mine] for each in changed}},
    )
    return settled(session, ctx, exception, touched(draft, exception.supersedes_id) | touched(before, None))


@needs(Permission.CONNECTIONS_EDIT)
def add_note(ctx: Context, exception_id: int, text: str) -> Saved:
    """Add a line to the history, whatever state the exception is in. Raises Invalid, NotFound, NotAllowed."""
    text = text.strip().replace("\r\n", "\n")
    if not text:
        raise Invalid.one("text", "Write the note first.")
    if len(text) > _NOTE_MOST:
        raise Invalid.one(
            "text", f"The note is {len(text):,} letters long; at most {_NOTE_MOST:,} can be kept."
        )
    with ctx.database.writing() as session:
        who = connection_sight.reader(session, ctx)
        exception = editable(session, who, exception_id)
        connection_state.event(session, ctx, exception, "note", text)
        write_audit(session, ctx, "exception.noted", exception.id, None)
        return Saved(exception.id, exception.version, frozenset({("exception", exception.id)}))


@needs(Permission.CONNECTIONS_READ)
def open_exception(ctx: Context, exception_id: int) -> ExceptionRecord:
    """One exception, complete. Opening a confidential one is written to the audit log first.

    For whoever recorded an exception they may not read, the record is *masked*: reference, status and days only.
    Raises NotFound where it is missing or invisible.
    """
    with ctx.database.reading() as session:
        who = connection_sight.reader(session, ctx)
        exception, seen = connection_sight.glimpse(session, who, exception_id)
        if seen is not Sight.FULL:
            return masked_record(session, exception, ctx.today())
        opened = record(session, ctx, who, exception)
        confidential = connection_sight.is_confidential(exception)
    if confidential:
        with ctx.database.writing() as session:
            connection_sight.note_opening(session, ctx, exception)
    return opened


@needs(Permission.CONNECTIONS_READ)
def find_by_reference(ctx: Context, text: str) -> int:
    """The id of the exception with this reference ("2026/C0007", "2026/c7").

    Raises Invalid where the text is no reference, NotFound where there is none that this person may know of.
    """
    written = _REFERENCE.fullmatch(text)
    if written is None:
        raise Invalid.one("reference", "Write the reference as year/Cnumber, for example 2026/C0007.")
    year, number = (int(part) for part in written.groups())
    with ctx.database.reading() as session:
        found = session.scalar(
            select(ConnectionException.id).where(
                ConnectionException.year == year, ConnectionException.number == number
            )
        )
        if found is None:
            raise NotFound(connection_sight.NO_SUCH_EXCEPTION)
        connection_sight.glimpse(session, connection_sight.reader(session, ctx), found)
    return found


@needs(Permission.CONNECTIONS_READ)
def between(ctx: Context, adult_id: int, other_id: int) -> list[ExceptionRow]:
    """The exceptions between two people that this reader may see in full, the newest first.

    Records of merged duplicates count, whichever of the two is named as the adult.
    """
    with ctx.database.reading() as session:
        who = connection_sight.reader(session, ctx)
        ids = _between(session, who, adult_id, other_id)
    return connection_list.rows(ctx, ids)


def _between(session: Session, who: Reader, adult_id: int, other_id: int) -> list[int]:
    where = connection_sight.where_full(who)
    one, two = (
        json.dumps(sorted(connection_sight.same_person(session, each))) for each in (adult_id, other_id)
    )
    rows = driver(session).execute(
        where.within(
            "SELECT id FROM connection_exception WHERE {seen} AND ("
            " (adult_id IN (SELECT value FROM json_each(:one)) AND other_id IN (SELECT value FROM json_each(:two)))"
            " OR (adult_id IN (SELECT value FROM json_each(:two)) AND other_id IN (SELECT value FROM json_each(:one))))"
            " ORDER BY id DESC"
        ),
        {**where.params, "one": one, "two": two},
    )
    return [row[0] for row in rows.fetchall()]


@needs(Permission.CONNECTIONS_READ)
def joined_dates(ctx: Context, adult_id: int | None, other_id: int | None) -> tuple[date | None, date | None]:
    """When each of the two joined the school, as far as their records say, to fill the form."""
    with ctx.database.reading() as session:
        found = [
            None if each is None else session.scalar(select(Person.joined_on).where(Person.id == each))
            for each in (adult_id, other_id)
        ]
    return found[0], found[1]


@needs(Permission.CONNECTIONS_EDIT)
def successor_draft(ctx: Context, exception_id: int) -> DeclarationDraft:
    """A decided exception as a draft to declare it anew: today's date, and the people as they are now (CON-2).

    Raises Refused where it is not decided yet or another was declared in its place already; NotFound, NotAllowed.
    """
    with ctx.database.reading() as session:
        who = connection_sight.reader(session, ctx)
        exception = editable(session, who, exception_id)
        draft = connection_fields.stored(session, exception)
        check_supersedes(session, who, exception.id, draft)
        adult, other = (session.get_one(Person, each) for each in (exception.adult_id, exception.other_id))
        return _as_now(draft, adult, other, ctx.today())


def _as_now(draft: DeclarationDraft, adult: Person, other: Person, today: date) -> DeclarationDraft:
    works_as = [kind for kind in kinds_of(adult.kind, adult.also) if kind in SCHOOL_ADULTS]
    kind = draft.adult_kind if draft.adult_kind in works_as or not works_as else works_as[0]
    capacity = draft.capacity
    if capacity is Capacity.PUPIL and other.left_on is not None and other.left_on <= today:
        capacity = Capacity.FORMER_PUPIL
    return replace(
        draft,
        adult_kind=kind,
        capacity=capacity,
        declared_on=today,
        adult_joined_on=adult.joined_on or draft.adult_joined_on,
        other_joined_on=other.joined_on or draft.other_joined_on,
        notes="",
    )
