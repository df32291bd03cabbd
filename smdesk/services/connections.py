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
from typing import Any, Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from smdesk.db import audit, search
from smdesk.db.models import ConnectionException, Person
from smdesk.errors import Conflict, FieldChange, Invalid, NotAllowed, NotFound, Refused
from smdesk.policy import connections as policy
from smdesk.policy.conduct import SCHOOL_ADULTS
from smdesk.policy.vocabulary import Capacity, PersonKind
from smdesk.security.permissions import Permission, Sight
from smdesk.services import (
    connection_fields,
    connection_list,
    connection_sight,
    connection_state,
    incident_state,
)
from smdesk.services.connection_records import (
    DeclarationDraft,
    ExceptionRecord,
    ExceptionRow,
    ExceptionStatus,
)
from smdesk.services.connection_state import reference
from smdesk.services.connection_views import masked_record, record
from smdesk.services.context import Changes, Context, Saved, needs
from smdesk.services.driver import driver
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
_REASON_MOST: Final = 2_000
_OPEN: Final = (ExceptionStatus.DECLARED, ExceptionStatus.AWAITING, ExceptionStatus.MORE_WANTED)


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
                _check_supersedes(session, who, supersedes, draft)
            _check(session, ctx, who, draft, None, supersedes, complete=False)
            exception = enter(session, ctx, draft, supersedes=supersedes)
            return _settled(session, ctx, exception, _touched(draft, supersedes))
        exception = _editable(session, who, exception_id)
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
    _audit(
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
        raise Conflict(
            f"Somebody else saved {_name(exception)} while you were editing it. Nothing of yours is lost: see what "
            "differs and choose.",
            changed,
            exception.version,
        )
    facts = [each for each in changed if each.field not in connection_fields.OFFICE_FIELDS]
    if facts:
        _refuse_unless_open(exception, facts)
        lies_before_decider = exception.status == ExceptionStatus.AWAITING
        _check(session, ctx, who, draft, exception, exception.supersedes_id, complete=lies_before_decider)
        if lies_before_decider:
            _refuse_unless_provided(session, exception.profile_id, draft)
            # CON-5: who changes what lies before the decider has put it forward as it now stands.
            exception.submitted_by = ctx.user.id
    else:
        _check_lengths(draft)
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
    _audit(
        session,
        ctx,
        "exception.saved",
        exception.id,
        {"changes": {each.field: [each.theirs, each.mine] for each in changed}},
    )
    return _settled(
        session, ctx, exception, _touched(draft, exception.supersedes_id) | _touched(before, None)
    )


@needs(Permission.CONNECTIONS_EDIT)
def submit(ctx: Context, exception_id: int, expected_version: int) -> Saved:
    """Put a declaration to the decider, under the policy as it is now (CON-2).

    Whoever does so never decides it. Raises Invalid for what is missing, Refused where the policy provides for no
    exception or the state does not allow it, Conflict where somebody saved meanwhile, NotFound, NotAllowed.
    """
    with ctx.database.writing() as session:
        who = connection_sight.reader(session, ctx)
        exception = _editable(session, who, exception_id)
        _same_version(exception, expected_version, "put it forward")
        if exception.status not in (ExceptionStatus.DECLARED, ExceptionStatus.MORE_WANTED):
            raise Refused(f"{_name(exception)} {_STANDS[ExceptionStatus(exception.status)]}")
        draft = connection_fields.tidied(connection_fields.stored(session, exception))
        profile_id = exception.profile_id if exception.sealed else incident_state.current_profile_id(session)
        _refuse_unless_provided(session, profile_id, draft)
        _check(session, ctx, who, draft, exception, exception.supersedes_id, complete=True)
        exception.profile_id = profile_id
        exception.submitted_by = ctx.user.id
        exception.submitted_at = ctx.now()
        exception.version += 1
        connection_state.event(
            session,
            ctx,
            exception,
            "submitted",
            rule="CON-2",
            # What was asked for and is answered by this: it tells the one from the other in the same second.
            decision_id=connection_state.last_asked(session, exception.id),
        )
        _audit(session, ctx, "exception.submitted", exception.id, None)
        return _settled(session, ctx, exception)


@needs(Permission.CONNECTIONS_EDIT)
def take_back(ctx: Context, exception_id: int, expected_version: int) -> Saved:
    """Take a declaration back from the decider, to be changed and put forward again.

    Raises Refused unless it awaits its first decision, Conflict, NotFound, NotAllowed.
    """
    with ctx.database.writing() as session:
        who = connection_sight.reader(session, ctx)
        exception = _editable(session, who, exception_id)
        _same_version(exception, expected_version, "take it back")
        if exception.status != ExceptionStatus.AWAITING:
            raise Refused(f"{_name(exception)} is not awaiting a decision, so there is nothing to take back.")
        if exception.sealed:
            # Its paper decision was disputed: it can only be decided, by whoever does so.
            raise Refused(
                f"A decision on paper about {_name(exception)} stands on record and was disputed. It is not taken "
                "back: the decider decides it again."
            )
        exception.submitted_by = exception.submitted_at = None
        exception.version += 1
        connection_state.event(session, ctx, exception, "taken_back")
        _audit(session, ctx, "exception.taken_back", exception.id, None)
        return _settled(session, ctx, exception)


@needs(Permission.CONNECTIONS_EDIT)
def withdraw(ctx: Context, exception_id: int, expected_version: int, reason: str) -> Saved:
    """Withdraw a declaration that is not decided: it stays on record with the reason.

    Raises Invalid without a reason, Refused for a decided one, Conflict, NotFound, NotAllowed.
    """
    reason = _reason(reason, "Say why it is withdrawn: the record stays, with your reason.")
    with ctx.database.writing() as session:
        who = connection_sight.reader(session, ctx)
        exception = _editable(session, who, exception_id)
        _same_version(exception, expected_version, "withdraw it")
        if exception.withdrawn_at is not None:
            raise Refused(f"{_name(exception)} is withdrawn already.")
        if exception.sealed:
            raise Refused(
                f"{_name(exception)} is decided and stays on record as it is. An approved one is ended or revoked by "
                "the decider (CON-2).",
                "CON-2",
            )
        exception.withdrawn_at, exception.withdrawn_reason = ctx.now(), reason
        exception.version += 1
        connection_state.event(session, ctx, exception, "withdrawn", reason=reason)
        _audit(session, ctx, "exception.withdrawn", exception.id, {"reason": reason})
        return _settled(session, ctx, exception, _touched(None, exception.supersedes_id))


@needs(Permission.CONNECTIONS_EDIT)
def unwithdraw(ctx: Context, exception_id: int, expected_version: int) -> Saved:
    """Undo a withdrawal that was a slip: the declaration stands where it stood.

    Raises Refused where it is not withdrawn, Invalid where another was declared for the same pair and platform
    meanwhile, Conflict, NotFound, NotAllowed.
    """
    with ctx.database.writing() as session:
        who = connection_sight.reader(session, ctx)
        exception = _editable(session, who, exception_id)
        _same_version(exception, expected_version, "take the withdrawal back")
        if exception.withdrawn_at is None:
            raise Refused(f"{_name(exception)} is not withdrawn.")
        draft = connection_fields.stored(session, exception)
        if exception.supersedes_id is not None:
            _check_supersedes(session, who, exception.supersedes_id, draft, but=exception.id)
        _check(session, ctx, who, draft, exception, exception.supersedes_id, complete=False)
        exception.withdrawn_at, exception.withdrawn_reason = None, ""
        exception.version += 1
        connection_state.event(session, ctx, exception, "unwithdrawn")
        _audit(session, ctx, "exception.unwithdrawn", exception.id, None)
        return _settled(session, ctx, exception, _touched(None, exception.supersedes_id))


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
        exception = _editable(session, who, exception_id)
        connection_state.event(session, ctx, exception, "note", text)
        _audit(session, ctx, "exception.noted", exception.id, None)
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
        exception = _editable(session, who, exception_id)
        draft = connection_fields.stored(session, exception)
        _check_supersedes(session, who, exception.id, draft)
        adult, other = (session.get_one(Person, each) for each in (exception.adult_id, exception.other_id))
        return _as_now(draft, adult, other, ctx.today())


def _as_now(draft: DeclarationDraft, adult: Person, other: Person, today: date) -> DeclarationDraft:
    kinds = [PersonKind(code) for code in (adult.kind, *adult.also.split(",")) if code]
    works_as = [kind for kind in kinds if kind in SCHOOL_ADULTS]
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


def _editable(session: Session, who: Reader, exception_id: int) -> ConnectionException:
    exception = connection_sight.require_full(session, who, exception_id)
    if not connection_sight.is_editable(who, exception):
        raise NotAllowed("You may read this exception but not change it. Ask the business manager.")
    return exception


def _same_version(exception: ConnectionException, expected: int, what: str) -> None:
    if exception.version != expected:
        raise Conflict(
            f"Somebody else changed {_name(exception)} since you opened it. Look at it as it is now, then {what}.",
            [],
            exception.version,
        )


_STANDS: Final = {
    ExceptionStatus.AWAITING: "awaits a decision already.",
    ExceptionStatus.APPROVED: "is approved already.",
    ExceptionStatus.REFUSED: "was refused. Declare it anew to put it forward again (CON-2).",
    ExceptionStatus.ENDED: "has ended. Declare it anew to put it forward again (CON-2).",
    ExceptionStatus.REVOKED: "was revoked. Declare it anew to put it forward again (CON-2).",
    ExceptionStatus.SUPERSEDED: "was superseded by a later one.",
    ExceptionStatus.WITHDRAWN: "is withdrawn. Take the withdrawal back first.",
}


def _refuse_unless_open(exception: ConnectionException, facts: list[FieldChange]) -> None:
    """What was decided on is not changed, and neither is a withdrawn declaration."""
    if exception.sealed:
        raise Refused(
            f"{_name(exception)} is decided, so its facts stay as they were decided on. To change "
            f"{_listed([each.label for each in facts])}, choose “Declare anew”: the new declaration takes its place "
            "once it is approved (CON-2).",
            "CON-2",
        )
    if exception.withdrawn_at is not None:
        raise Refused(f"{_name(exception)} is withdrawn. Take the withdrawal back to change it.")


def _refuse_unless_provided(session: Session, profile_id: int, draft: DeclarationDraft) -> None:
    """Refuse what the policy provides no exception for (CON-2, CON-4)."""
    profile = incident_state.stored_profile(session, profile_id)
    refusal = policy.may_put_forward(profile, draft.adult_kind, draft.capacity)
    if refusal is not None:
        raise Refused(f"{refusal.why} ({refusal.rule})", refusal.rule)


def _check(
    session: Session,
    ctx: Context,
    who: Reader,
    draft: DeclarationDraft,
    exception: ConnectionException | None,
    supersedes: int | None,
    *,
    complete: bool,
) -> None:
    found = connection_fields.problems(session, draft, ctx.today(), complete=complete)
    rivals = connection_fields.rivals(
        session,
        connection_sight.where_full(who),
        draft,
        None if exception is None else exception.id,
        supersedes,
        ctx.today(),
    )
    found += connection_fields.rival_problems(rivals)
    if exception is not None and supersedes is not None:
        before = session.get_one(ConnectionException, supersedes)
        if not _same_pair(session, before, draft):
            raise Refused(_OTHER_PEOPLE.format(name=_name(before)))
    if found:
        raise Invalid(found)


def _check_lengths(draft: DeclarationDraft) -> None:
    found = [
        each
        for each in connection_fields.length_problems(draft)
        if each.field in connection_fields.OFFICE_FIELDS
    ]
    if found:
        raise Invalid(found)


_OTHER_PEOPLE: Final = (
    "A new declaration takes the place of {name} only for the same two people. For others, declare it by itself, and "
    "let the decider end {name}."
)


def _check_supersedes(
    session: Session, who: Reader, supersedes: int, draft: DeclarationDraft, *, but: int | None = None
) -> None:
    """Refuse to declare anew what is not decided, is about others, or was declared anew already."""
    before = connection_sight.require_full(session, who, supersedes)
    if not before.sealed:
        raise Refused(f"{_name(before)} is not decided yet. Change that one instead of declaring it anew.")
    if not _same_pair(session, before, draft):
        raise Refused(_OTHER_PEOPLE.format(name=_name(before)))
    rows = session.scalars(
        select(ConnectionException).where(
            ConnectionException.supersedes_id == supersedes, ConnectionException.id != (but or 0)
        )
    ).all()
    for row in rows:
        if row.status in _OPEN or row.from_on is not None:
            raise Refused(f"{_name(row)} was declared in place of {_name(before)} already. Open that one.")


def _same_pair(session: Session, before: ConnectionException, draft: DeclarationDraft) -> bool:
    return all(
        after is not None and not connection_sight.same_person(session, earlier).isdisjoint({after})
        for earlier, after in ((before.adult_id, draft.adult_id), (before.other_id, draft.other_id))
    )


def _settled(
    session: Session, ctx: Context, exception: ConnectionException, touched: Changes = frozenset()
) -> Saved:
    """Work out the columns, bring the search up to date, and say what changed."""
    session.flush()
    touched |= connection_state.refresh(session, exception.id, ctx.today(), ctx.now())
    search.index_exception(session, exception.id)
    return Saved(exception.id, exception.version, touched)


def _touched(draft: DeclarationDraft | None, supersedes: int | None) -> Changes:
    people = () if draft is None else (draft.adult_id, draft.other_id)
    found = {("person", each) for each in people if each is not None}
    return frozenset(found | ({("exception", supersedes)} if supersedes is not None else set()))


def _name(exception: ConnectionException) -> str:
    return reference(exception.year, exception.number)


def _reason(typed: str, missing: str) -> str:
    reason = typed.strip().replace("\r\n", "\n")
    if not reason:
        raise Invalid.one("reason", missing)
    if len(reason) > _REASON_MOST:
        raise Invalid.one(
            "reason", f"The reason is {len(reason):,} letters long; at most {_REASON_MOST:,} can be kept."
        )
    return reason


def _listed(words: list[str]) -> str:
    return " and ".join([", ".join(words[:-1]), words[-1]] if len(words) > 1 else words)


def _audit(
    session: Session, ctx: Context, action: str, exception_id: int, detail: dict[str, Any] | None
) -> None:
    audit.write(
        session,
        actor_id=ctx.user.id,
        at=ctx.now(),
        action=action,
        object_kind="exception",
        object_id=exception_id,
        detail=detail,
    )
