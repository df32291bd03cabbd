"""Writing a decision about an exception: its row, its line of history, its line in the audit chain, what follows.

These functions take a session: ``services.connection_decisions`` calls them inside its transactions, after it has
checked who may do what.
"""

from __future__ import annotations

from datetime import date
from typing import Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from smdesk.db import audit, search
from smdesk.db.models import ConnectionDecision, ConnectionException, User
from smdesk.errors import Conflict, FieldChange, Refused
from smdesk.policy.words import written_day
from smdesk.services import connection_signing, connection_state
from smdesk.services.connection_records import (
    DECISION_KIND_LABELS,
    SEALING,
    DecisionDraft,
    DecisionKind,
    DecisionOrigin,
    ExceptionStatus,
    PaperAnswer,
)
from smdesk.services.connection_words import reference
from smdesk.services.context import Context, Saved

_FIRST: Final = (DecisionKind.APPROVE, DecisionKind.REFUSE, DecisionKind.ASK_FOR_MORE)
_LATER: Final = (DecisionKind.RENEW, DecisionKind.END, DecisionKind.REVOKE)


def open_decisions(exception: ConnectionException, today: date) -> tuple[DecisionKind, ...]:
    """The decisions that the state allows on this day, whoever takes them."""
    status = connection_state.status_on(exception, today)
    if status is ExceptionStatus.AWAITING:
        return _FIRST
    if status is ExceptionStatus.APPROVED:
        begun = exception.from_on is not None and exception.from_on <= today
        return _LATER if begun else (DecisionKind.REVOKE,)
    return ()


def new_row(
    exception: ConnectionException,
    ctx: Context,
    draft: DecisionDraft,
    origin: DecisionOrigin,
    decided_on: date,
    decider: User,
) -> ConnectionDecision:
    """A decision about this exception as it will be written, without signature and not in the records yet."""
    return ConnectionDecision(
        exception_id=exception.id,
        kind=draft.kind.value,
        origin=origin.value,
        reason=draft.reason,
        conditions=draft.conditions,
        decided_on=decided_on,
        from_on=draft.from_on,
        review_on=draft.review_on,
        decided_by=decider.id,
        decider_name=", ".join(part for part in (decider.name, decider.job_title) if part),
        recorded_by=ctx.user.id,
        recorded_at=ctx.now(),
        answer="",
        answer_reason="",
    )


def enter(
    session: Session, ctx: Context, exception: ConnectionException, row: ConnectionDecision, action: str
) -> Saved:
    """Write the decision with its line of history and of the chain, and work out what follows from it."""
    session.add(row)
    session.flush()
    kind = DecisionKind(row.kind)
    label = DECISION_KIND_LABELS[kind]
    said = f"{label} by {row.decider_name}"
    if row.origin == DecisionOrigin.PAPER:
        said = f"{label} on paper by {row.decider_name} on {written_day(row.decided_on)}, recorded on their behalf"
    connection_state.event(
        session,
        ctx,
        exception,
        "decision",
        said,
        reason=row.reason,
        rule="CON-5" if exception.headteacher_concerned else "CON-2",
        happened_on=row.decided_on,
        decision_id=row.id,
        file_id=row.file_id,
    )
    if kind in SEALING:
        exception.sealed = True
    return _settled(session, ctx, exception, row, action)


def enter_answer(
    session: Session,
    ctx: Context,
    exception: ConnectionException,
    row: ConnectionDecision,
    action: str,
    reason: str,
) -> Saved:
    """Write the decider's answer to a decision on paper, which the row carries already, and what follows."""
    said = "confirmed" if row.answer == PaperAnswer.CONFIRMED else "disputed: it does not count any more"
    connection_state.event(
        session,
        ctx,
        exception,
        "paper_answer",
        f"{DECISION_KIND_LABELS[DecisionKind(row.kind)]} on paper on {written_day(row.decided_on)}: {said}",
        reason=reason,
        rule="CON-2",
        decision_id=row.id,
    )
    return _settled(session, ctx, exception, row, action)


def _settled(
    session: Session, ctx: Context, exception: ConnectionException, row: ConnectionDecision, action: str
) -> Saved:
    exception.version += 1
    session.flush()
    vouch(session, ctx, exception, row, action)
    touched = connection_state.refresh(session, exception.id, ctx.today(), ctx.now())
    search.index_exception(session, exception.id)
    people = {("person", exception.adult_id), ("person", exception.other_id)}
    return Saved(row.id, exception.version, touched | people | {("exception", exception.id)})


def vouch(
    session: Session, ctx: Context, exception: ConnectionException, row: ConnectionDecision, action: str
) -> None:
    """The line that vouches for this row: services.verify_connections holds every decision to it."""
    detail: dict[str, object] = {
        "exception": reference(exception.year, exception.number),
        "decision": connection_signing.digest(row),
    }
    if row.signature is None and row.kind != DecisionKind.ASK_FOR_MORE:
        # No signature holds the declared facts, so the chain does. What is asked about is completed afterwards.
        detail["facts"] = connection_signing.facts_digest(session, exception)
        detail["people"] = [exception.adult_id, exception.other_id, exception.declarant_id]
    audit.write(
        session,
        actor_id=ctx.user.id,
        at=ctx.now(),
        action=action,
        object_kind="decision",
        object_id=row.id,
        detail=detail,
    )


def require_version(
    session: Session, exception: ConnectionException, expected_version: int, draft: DecisionDraft
) -> None:
    """Raise Conflict, saying what was decided meanwhile, where the record moved on since it was opened."""
    if exception.version == expected_version:
        return
    last = session.scalars(
        select(ConnectionDecision)
        .where(ConnectionDecision.exception_id == exception.id)
        .order_by(ConnectionDecision.id.desc())
    ).first()
    name = reference(exception.year, exception.number)
    if last is None:
        raise Conflict(
            f"{name} was changed by somebody else since you opened it. Look at it again before you decide.",
            [],
            exception.version,
        )
    theirs = f"{DECISION_KIND_LABELS[DecisionKind(last.kind)]} by {last.decider_name}"
    raise Conflict(
        f"{name} was changed or decided since you opened it. The last decision on record: {theirs}, "
        f"{written_day(last.decided_on)}. Look at it again; what you typed is still here.",
        [FieldChange("kind", "Decision", theirs, DECISION_KIND_LABELS[draft.kind])],
        exception.version,
    )


def require_open(exception: ConnectionException, kind: DecisionKind, today: date) -> None:
    """Raise Refused, saying why, where the state does not allow this decision."""
    if kind in open_decisions(exception, today):
        return
    name = reference(exception.year, exception.number)
    status = connection_state.status_on(exception, today)
    if kind in _FIRST:
        sentence = {
            ExceptionStatus.DECLARED: f"{name} has not been put forward, so there is nothing to decide yet.",
            ExceptionStatus.MORE_WANTED: f"More was asked for about {name}: it is decided when put forward again.",
            ExceptionStatus.WITHDRAWN: f"{name} was withdrawn, so there is nothing to decide.",
        }.get(status, f"{name} has been decided already. To decide otherwise, have it declared anew.")
    elif status is ExceptionStatus.APPROVED:
        sentence = f"{name} has not begun yet. It can be revoked."
    else:
        sentence = f"{name} does not stand as approved, so there is nothing to renew, end or revoke."
    raise Refused(sentence, "CON-2")
