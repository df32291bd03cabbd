"""What stands before every write to an exception, and what follows it: shared by all that declare or move one."""

from __future__ import annotations

from typing import Any, Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from smdesk.db import audit, search
from smdesk.db.models import ConnectionException
from smdesk.errors import Conflict, FieldChange, Invalid, NotAllowed, Refused
from smdesk.policy import connections as policy
from smdesk.policy.words import listed
from smdesk.security.permissions import Sight
from smdesk.services import (
    connection_fields,
    connection_problems,
    connection_sight,
    connection_state,
    incident_state,
)
from smdesk.services.connection_records import DeclarationDraft, ExceptionStatus
from smdesk.services.connection_words import reference
from smdesk.services.context import Changes, Context, Saved
from smdesk.services.sight import Reader

_OPEN: Final = (ExceptionStatus.DECLARED, ExceptionStatus.AWAITING, ExceptionStatus.MORE_WANTED)


def editable(session: Session, who: Reader, exception_id: int) -> ConnectionException:
    """The exception, for a reader who keeps it. Raises NotFound, NotAllowed."""
    exception = connection_sight.require_full(session, who, exception_id)
    if not connection_sight.is_editable(who, exception):
        raise NotAllowed("You may read this exception but not change it. Ask the business manager.")
    return exception


def same_version(exception: ConnectionException, expected: int, what: str) -> None:
    """Raise Conflict where somebody saved since this window opened it."""
    if exception.version != expected:
        raise Conflict(
            f"Somebody else changed {name_of(exception)} since you opened it. Look at it as it is now, then {what}.",
            [],
            exception.version,
        )


def refuse_unless_open(exception: ConnectionException, facts: list[FieldChange]) -> None:
    """What was decided on is not changed, and neither is a withdrawn declaration."""
    if exception.sealed:
        raise Refused(
            f"{name_of(exception)} is decided, so its facts stay as they were decided on: "
            f"{listed([each.label for each in facts])} cannot be changed. Choose “Declare anew”; the new "
            "declaration takes its place once it is approved (CON-2).",
            "CON-2",
        )
    if exception.withdrawn_at is not None:
        raise Refused(f"{name_of(exception)} is withdrawn. Bring it back to change it.")


def refuse_unless_provided(session: Session, profile_id: int, draft: DeclarationDraft) -> None:
    """Refuse what the policy provides no exception for (CON-2, CON-4)."""
    profile = incident_state.stored_profile(session, profile_id)
    refusal = policy.may_put_forward(profile, draft.adult_kind, draft.capacity)
    if refusal is not None:
        raise Refused(f"{refusal.why} ({refusal.rule})", refusal.rule)


def check(
    session: Session,
    ctx: Context,
    who: Reader,
    draft: DeclarationDraft,
    exception: ConnectionException | None,
    supersedes: int | None,
    *,
    complete: bool,
    alone: bool = True,
) -> None:
    """Raise Invalid with everything wrong with a declaration; ``complete``: to be put to the decider.

    ``alone``: there must be no other live one about the same pair and platform. Two that a merge brought together
    may still be put right, until one of them is put forward.
    """
    found = connection_problems.problems(session, draft, ctx.today(), complete=complete)
    if alone:
        rivals = connection_problems.rivals(
            session,
            connection_sight.where_full(who),
            draft,
            None if exception is None else exception.id,
            supersedes,
            ctx.today(),
        )
        found += connection_problems.rival_problems(rivals)
    if exception is not None and supersedes is not None:
        before = session.get_one(ConnectionException, supersedes)
        if not _same_pair(session, before, draft):
            raise Refused(_OTHER_PEOPLE.format(name=name_of(before)))
    if found:
        raise Invalid(found)


def check_office_fields(draft: DeclarationDraft) -> None:
    """Raise Invalid for what may still be written about a decided one and is too long."""
    found = [
        each
        for each in connection_problems.length_problems(draft)
        if each.field in connection_fields.OFFICE_FIELDS
    ]
    if found:
        raise Invalid(found)


_OTHER_PEOPLE: Final = (
    "A new declaration takes the place of {name} only for the same two people. For others, declare it by itself, and "
    "let the decider end {name}."
)


def check_supersedes(
    session: Session, who: Reader, supersedes: int, draft: DeclarationDraft, *, but: int | None = None
) -> None:
    """Refuse to declare anew what is not decided, is about others, or was declared anew already."""
    before = connection_sight.require_full(session, who, supersedes)
    if not before.sealed:
        raise Refused(f"{name_of(before)} is not decided yet. Change that one instead of declaring it anew.")
    if not _same_pair(session, before, draft):
        raise Refused(_OTHER_PEOPLE.format(name=name_of(before)))
    rows = session.scalars(
        select(ConnectionException).where(
            ConnectionException.supersedes_id == supersedes, ConnectionException.id != (but or 0)
        )
    ).all()
    for row in rows:
        if connection_sight.sight_of(who, row) is not Sight.FULL:
            continue  # that a hidden record exists must not be learnt from a refusal
        if row.status in _OPEN or row.from_on is not None:
            raise Refused(
                f"{name_of(row)} was declared in place of {name_of(before)} already. Open that one."
            )


def _same_pair(session: Session, before: ConnectionException, draft: DeclarationDraft) -> bool:
    # Somebody left out is no other person: that nobody is named is said where the fields are checked.
    return all(
        after is None or not connection_sight.same_person(session, earlier).isdisjoint({after})
        for earlier, after in ((before.adult_id, draft.adult_id), (before.other_id, draft.other_id))
    )


def settled(
    session: Session, ctx: Context, exception: ConnectionException, changes: Changes = frozenset()
) -> Saved:
    """Work out the columns, bring the search up to date, and say what changed."""
    session.flush()
    changes |= connection_state.refresh(session, exception.id, ctx.today(), ctx.now())
    search.index_exception(session, exception.id)
    return Saved(exception.id, exception.version, changes)


def touched(draft: DeclarationDraft | None, supersedes: int | None) -> Changes:
    """The people of a declaration and the exception whose place it takes, as services tell what changed."""
    people = () if draft is None else (draft.adult_id, draft.other_id)
    found = {("person", each) for each in people if each is not None}
    return frozenset(found | ({("exception", supersedes)} if supersedes is not None else set()))


def name_of(exception: ConnectionException) -> str:
    """How a sentence names it."""
    return reference(exception.year, exception.number)


def write_audit(
    session: Session, ctx: Context, action: str, exception_id: int, detail: dict[str, Any] | None
) -> None:
    """Write what was done with an exception to the audit log."""
    audit.write(
        session,
        actor_id=ctx.user.id,
        at=ctx.now(),
        action=action,
        object_kind="exception",
        object_id=exception_id,
        detail=detail,
    )
