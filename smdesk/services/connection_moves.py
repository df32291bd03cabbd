"""A declaration put forward, taken back, withdrawn, and its withdrawal undone (CON-2, CON-5)."""

from __future__ import annotations

from typing import Final

from smdesk.errors import Refused
from smdesk.security.permissions import Permission
from smdesk.services import connection_fields, connection_sight, connection_state, incident_state, reasons
from smdesk.services.connection_checks import (
    check,
    check_supersedes,
    editable,
    name_of,
    refuse_unless_provided,
    same_version,
    settled,
    touched,
    write_audit,
)
from smdesk.services.connection_records import ExceptionStatus
from smdesk.services.context import Context, Saved, needs

_STANDS: Final = {
    ExceptionStatus.AWAITING: "awaits a decision already.",
    ExceptionStatus.APPROVED: "is approved already.",
    ExceptionStatus.REFUSED: "was refused. Declare it anew to put it forward again (CON-2).",
    ExceptionStatus.ENDED: "has ended. Declare it anew to put it forward again (CON-2).",
    ExceptionStatus.REVOKED: "was revoked. Declare it anew to put it forward again (CON-2).",
    ExceptionStatus.SUPERSEDED: "was superseded by a later one.",
    ExceptionStatus.WITHDRAWN: "is withdrawn. Bring it back first.",
}


@needs(Permission.CONNECTIONS_EDIT)
def submit(ctx: Context, exception_id: int, expected_version: int) -> Saved:
    """Put a declaration to the decider, under the policy as it is now (CON-2).

    Whoever does so never decides it. Raises Invalid for what is missing, Refused where the policy provides for no
    exception or the state does not allow it, Conflict where somebody saved meanwhile, NotFound, NotAllowed.
    """
    with ctx.database.writing() as session:
        who = connection_sight.reader(session, ctx)
        exception = editable(session, who, exception_id)
        same_version(exception, expected_version, "put it forward")
        if exception.status not in (ExceptionStatus.DECLARED, ExceptionStatus.MORE_WANTED):
            raise Refused(f"{name_of(exception)} {_STANDS[ExceptionStatus(exception.status)]}")
        draft = connection_fields.tidied(connection_fields.stored(session, exception))
        profile_id = exception.profile_id if exception.sealed else incident_state.current_profile_id(session)
        refuse_unless_provided(session, profile_id, draft)
        check(session, ctx, who, draft, exception, exception.supersedes_id, complete=True)
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
        write_audit(session, ctx, "exception.submitted", exception.id, None)
        return settled(session, ctx, exception)


@needs(Permission.CONNECTIONS_EDIT)
def take_back(ctx: Context, exception_id: int, expected_version: int) -> Saved:
    """Take a declaration back from the decider, to be changed and put forward again.

    Raises Refused unless it awaits its first decision, Conflict, NotFound, NotAllowed.
    """
    with ctx.database.writing() as session:
        who = connection_sight.reader(session, ctx)
        exception = editable(session, who, exception_id)
        same_version(exception, expected_version, "take it back")
        if exception.status != ExceptionStatus.AWAITING:
            raise Refused(
                f"{name_of(exception)} is not awaiting a decision, so there is nothing to take back."
            )
        if exception.sealed:
            # Its paper decision was disputed: it can only be decided, by whoever does so.
            raise Refused(
                f"A decision on paper about {name_of(exception)} stands on record and was disputed. It is not taken "
                "back: the decider decides it again."
            )
        exception.submitted_by = exception.submitted_at = None
        exception.version += 1
        connection_state.event(session, ctx, exception, "taken_back")
        write_audit(session, ctx, "exception.taken_back", exception.id, None)
        return settled(session, ctx, exception)


@needs(Permission.CONNECTIONS_EDIT)
def withdraw(ctx: Context, exception_id: int, expected_version: int, reason: str) -> Saved:
    """Withdraw a declaration that is not decided: it stays on record with the reason.

    Raises Invalid without a reason, Refused for a decided one, Conflict, NotFound, NotAllowed.
    """
    reason = reasons.given(reason, "Say why it is withdrawn: the record stays, with your reason.")
    with ctx.database.writing() as session:
        who = connection_sight.reader(session, ctx)
        exception = editable(session, who, exception_id)
        same_version(exception, expected_version, "withdraw it")
        if exception.withdrawn_at is not None:
            raise Refused(f"{name_of(exception)} is withdrawn already.")
        if exception.sealed:
            raise Refused(
                f"{name_of(exception)} is decided and stays on record as it is. An approved one is ended or revoked by "
                "the decider (CON-2).",
                "CON-2",
            )
        exception.withdrawn_at, exception.withdrawn_reason = ctx.now(), reason
        exception.version += 1
        connection_state.event(session, ctx, exception, "withdrawn", reason=reason)
        write_audit(session, ctx, "exception.withdrawn", exception.id, {"reason": reason})
        return settled(session, ctx, exception, touched(None, exception.supersedes_id))


@needs(Permission.CONNECTIONS_EDIT)
def unwithdraw(ctx: Context, exception_id: int, expected_version: int) -> Saved:
    """Undo a withdrawal that was a slip: the declaration stands where it stood.

    Raises Refused where it is not withdrawn, Invalid where another was declared for the same pair and platform
    meanwhile, Conflict, NotFound, NotAllowed.
    """
    with ctx.database.writing() as session:
        who = connection_sight.reader(session, ctx)
        exception = editable(session, who, exception_id)
        same_version(exception, expected_version, "bring it back")
        if exception.withdrawn_at is None:
            raise Refused(f"{name_of(exception)} is not withdrawn.")
        draft = connection_fields.stored(session, exception)
        if exception.supersedes_id is not None:
            check_supersedes(session, who, exception.supersedes_id, draft, but=exception.id)
        check(session, ctx, who, draft, exception, exception.supersedes_id, complete=False)
        exception.withdrawn_at, exception.withdrawn_reason = None, ""
        exception.version += 1
        connection_state.event(session, ctx, exception, "unwithdrawn")
        write_audit(session, ctx, "exception.unwithdrawn", exception.id, None)
        return settled(session, ctx, exception, touched(None, exception.supersedes_id))
