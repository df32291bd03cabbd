"""The decisions about an exception: approve, refuse, ask for more, renew, end, revoke (CON-2, CON-5).

A decision is signed with the decider's own key over the exact record and never changes afterwards. One made on paper
is recorded on behalf of the decider with its scan, counts at once, and waits for the decider to confirm it with their
signature or to dispute it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Final

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from smdesk.db import evidence
from smdesk.db.models import ConnectionDecision, ConnectionException, ConnectionFile, SigningKey, User
from smdesk.errors import Invalid, NotAllowed, NotFound, Refused
from smdesk.policy.words import listed
from smdesk.security import signatures
from smdesk.security.permissions import ROLE_LABELS, Permission
from smdesk.services import (
    connection_files,
    connection_sight,
    connection_signing,
    connection_state,
    decision_entry,
    decision_fields,
    file_keeping,
    incident_fields,
    key_trust,
)
from smdesk.services.connection_records import (
    DecisionDraft,
    DecisionKind,
    DecisionOrigin,
    DecisionRecord,
    FileKind,
    PaperAnswer,
)
from smdesk.services.context import Context, Saved, needs
from smdesk.services.decision_entry import open_decisions
from smdesk.services.user_records import key_flag

__all__ = [
    "NO_SUCH_DECISION",
    "confirm_paper",
    "decide",
    "defaults",
    "dispute_paper",
    "enter_imported",
    "open_decisions",
    "record_of",
    "record_paper",
    "records",
    "to_confirm",
]

NO_SUCH_DECISION: Final = "There is no such decision, or it is not open to you."


@needs(Permission.CONNECTIONS_DECIDE)
def decide(ctx: Context, exception_id: int, expected_version: int, draft: DecisionDraft) -> Saved:
    """Decide, and sign the decision over the record as it stands.

    Raises NotAllowed for whoever does not decide here (CON-5), Conflict where the record was changed or decided in
    another window since, Invalid field by field, Refused where the state does not allow it or the own key may not sign.
    """
    draft = decision_fields.tidied(draft)
    with ctx.database.writing() as session:
        who = connection_sight.reader(session, ctx)
        exception = connection_sight.require_full(session, who, exception_id)
        if not connection_sight.is_decidable(session, who, exception):
            raise NotAllowed(connection_sight.why_not(session, who, exception))
        decision_entry.require_version(session, exception, expected_version, draft)
        decision_entry.require_open(exception, draft.kind, ctx.today())
        draft = decision_fields.completed(session, exception, draft, ctx.today())
        key, signing = key_trust.own_key(session, ctx, "decide")
        decider = session.get_one(User, ctx.user.id)
        row = decision_entry.new_row(exception, ctx, draft, DecisionOrigin.SIGNED, ctx.today(), decider)
        row.signing_key_id = key.id
        payload = connection_signing.payload(session, row, exception)
        row.signed_payload = signatures.canonical(payload).decode("utf-8")
        row.signature = signatures.sign(signing, payload)
        return decision_entry.enter(session, ctx, exception, row, "decision.signed")


@needs(Permission.CONNECTIONS_EDIT)
def record_paper(
    ctx: Context,
    exception_id: int,
    expected_version: int,
    draft: DecisionDraft,
    decided_on: date,
    scan_name: str,
    scan: bytes | Path,
) -> Saved:
    """Record a decision made on paper, on behalf of whoever decides this exception, with the scan of the paper.

    It counts at once and waits for its decider to confirm it. Whose decision it is follows from the policy, never
    from a choice. Raises as ``decide`` and ``connection_files.add`` do; NotAllowed for one of the two concerned,
    Refused where nobody or more than one person could have decided, or for the decider, who signs instead.
    """
    draft = decision_fields.tidied(draft)
    with ctx.database.reading() as session:
        # Everything that can be refused is refused before the scan is put on the disk.
        _paper_ready(session, ctx, exception_id, expected_version, draft, decided_on)
        most = file_keeping.limit(session)
    stored, media_type, name = connection_files.put(
        ctx.folder.evidence, most, FileKind.DECISION, scan_name, scan, ctx.now()
    )
    try:
        with ctx.database.writing() as session:
            exception, ready, decider = _paper_ready(
                session, ctx, exception_id, expected_version, draft, decided_on
            )
            file = connection_files.enter(
                session, ctx, exception, FileKind.DECISION, stored, media_type, name
            )
            row = decision_entry.new_row(exception, ctx, ready, DecisionOrigin.PAPER, decided_on, decider)
            row.file_id = file.id
            return decision_entry.enter(session, ctx, exception, row, "decision.paper")
    except BaseException:
        evidence.remove_unless_saved(
            ctx.database, ctx.folder.evidence, ConnectionFile.stored_name, stored.stored_name
        )
        raise


@needs(Permission.CONNECTIONS_DECIDE)
def confirm_paper(ctx: Context, decision_id: int) -> Saved:
    """Confirm that a decision recorded from paper is one's own, by signing it, the scan of the paper included.

    Raises NotAllowed for anybody else than its decider, or once the decider does not decide this exception any more;
    Refused where it was answered already or the own key may not sign; Tampered or Damaged where the scan is spoilt.
    """
    with ctx.database.reading() as session:
        row, exception = _answerable(session, ctx, decision_id)
        _require_own(session, ctx, row, exception)
        file_id = row.file_id
    if file_id is not None:
        connection_files.read(ctx, file_id)  # what is signed for is there and is what was scanned
    with ctx.database.writing() as session:
        row, exception = _answerable(session, ctx, decision_id)
        _require_own(session, ctx, row, exception)
        key, signing = key_trust.own_key(session, ctx, "confirm a decision")
        at = ctx.now()
        payload = connection_signing.payload(session, row, exception, signed_at=at)
        # Answer and signature go in by one statement: the records take them once.
        row.answer, row.answered_at, row.signing_key_id = PaperAnswer.CONFIRMED.value, at, key.id
        row.signed_payload = signatures.canonical(payload).decode("utf-8")
        row.signature = signatures.sign(signing, payload)
        return decision_entry.enter_answer(session, ctx, exception, row, "decision.confirmed", "")


@needs(Permission.CONNECTIONS_DECIDE)
def dispute_paper(ctx: Context, decision_id: int, reason: str) -> Saved:
    """Say that a decision recorded from paper is not one's own, or not what was decided: it counts for nothing.

    Where its decider does not decide this exception any more, whoever does now may dispute it in their place. Raises
    Invalid without a reason, NotAllowed, Refused as ``confirm_paper`` does.
    """
    reason = decision_fields.required(reason, "reason", "Say what is wrong with what was recorded.")
    with ctx.database.writing() as session:
        row, exception = _answerable(session, ctx, decision_id)
        if row.decided_by != ctx.user.id and not _in_place_of(session, ctx, row, exception):
            raise NotAllowed(_whose(row))
        row.answer, row.answered_at, row.answer_reason = PaperAnswer.DISPUTED.value, ctx.now(), reason
        return decision_entry.enter_answer(session, ctx, exception, row, "decision.disputed", reason)


@needs(Permission.CONNECTIONS_DECIDE)
def to_confirm(ctx: Context) -> list[DecisionRecord]:
    """The decisions recorded from paper that wait for this reader's answer, oldest first.

    Those whose decider does not decide them any more wait for whoever does now (``only_dispute``): a new headteacher
    disputes them, or takes them up by a decision of their own.
    """
    with ctx.database.reading() as session:
        found = []
        for row in session.scalars(
            select(ConnectionDecision)
            .where(ConnectionDecision.origin == DecisionOrigin.PAPER.value, ConnectionDecision.answer == "")
            .order_by(ConnectionDecision.decided_on, ConnectionDecision.id)
        ):
            exception = session.get_one(ConnectionException, row.exception_id)
            mine = row.decided_by == ctx.user.id
            # What a later signed decision has taken up is left to its own decider.
            if mine or (exception.unconfirmed_paper and _in_place_of(session, ctx, row, exception)):
                who = connection_sight.reader(session, ctx)
                able = mine and connection_sight.is_decidable(session, who, exception)
                number = _number(session, row)
                found.append(replace(_record(session, row, exception, number), only_dispute=not able))
        return found


@needs(Permission.CONNECTIONS_DECIDE)
def defaults(ctx: Context, exception_id: int) -> DecisionDraft:
    """What the form for a decision begins with: the first open kind, the proposed conditions, from today, the
    policy's review date (never after a known leaving date).
    """
    with ctx.database.reading() as session:
        who = connection_sight.reader(session, ctx)
        exception = connection_sight.require_full(session, who, exception_id)
        today = ctx.today()
        kinds = open_decisions(exception, today) or (DecisionKind.APPROVE,)
        return DecisionDraft(
            kinds[0],
            conditions=decision_fields.conditions_now(session, exception),
            from_on=today,
            review_on=decision_fields.review_day(session, exception, today),
        )


def records(session: Session, exception: ConnectionException) -> tuple[DecisionRecord, ...]:
    """All decisions of an exception as shown, oldest first, each with what is wrong with it."""
    rows = session.scalars(
        select(ConnectionDecision)
        .where(ConnectionDecision.exception_id == exception.id)
        .order_by(ConnectionDecision.id)
    ).all()
    return tuple(_record(session, row, exception, number) for number, row in enumerate(rows, 1))


def record_of(session: Session, decision_id: int) -> tuple[DecisionRecord, ConnectionException]:
    """One decision as shown, with its exception; who may see it is asked elsewhere. Raises NotFound."""
    row = session.get(ConnectionDecision, decision_id)
    if row is None:
        raise NotFound(NO_SUCH_DECISION)
    exception = session.get_one(ConnectionException, row.exception_id)
    return _record(session, row, exception, _number(session, row)), exception


def enter_imported(
    session: Session,
    ctx: Context,
    exception: ConnectionException,
    *,
    decided_on: date,
    from_on: date | None,
    review_on: date | None,
    decider_name: str,
    reason: str,
    conditions: str = "",
    kind: DecisionKind = DecisionKind.APPROVE,
) -> ConnectionDecision:
    """Enter the approval of an exception from a register kept before, or its refusal or end there: unsigned, and
    known to the audit chain.

    Raises Invalid where it would begin before it was decided (CON-2), or lie in the future.
    """
    if decided_on > ctx.today():
        raise Invalid.one("decided_on", "The day of the decision lies in the future. Check the date.")
    if (from_on or decided_on) < decided_on:
        raise Invalid.one("from_on", "An approval never begins before it was given (CON-2).")
    row = ConnectionDecision(
        exception_id=exception.id,
        kind=kind.value,
        origin=DecisionOrigin.IMPORTED.value,
        reason=reason,
        conditions=conditions,
        decided_on=decided_on,
        from_on=from_on or decided_on,
        review_on=review_on,
        decided_by=None,
        decider_name=decider_name,
        recorded_by=ctx.user.id,
        recorded_at=ctx.now(),
        answer="",
        answer_reason="",
    )
    session.add(row)
    session.flush()
    decision_entry.vouch(session, ctx, exception, row, "decision.imported")
    connection_state.refresh(session, exception.id, ctx.today(), ctx.now())
    return row


def _paper_ready(
    session: Session,
    ctx: Context,
    exception_id: int,
    expected_version: int,
    draft: DecisionDraft,
    decided_on: date,
) -> tuple[ConnectionException, DecisionDraft, User]:
    """All that is asked of a decision on paper besides its scan."""
    who = connection_sight.reader(session, ctx)
    exception = connection_sight.require_full(session, who, exception_id)
    if connection_sight.is_concerned(session, who, exception):
        raise NotAllowed("This is about yourself: somebody else records the decision (CON-5).")
    decision_entry.require_version(session, exception, expected_version, draft)
    decision_entry.require_open(exception, draft.kind, ctx.today())
    decider = _decider(session, exception)
    if decider.id == ctx.user.id:
        raise Refused("You decide this yourself: sign it here rather than recording a paper of your own.")
    decision_fields.check_paper_day(session, exception, decided_on, ctx.today())
    return exception, decision_fields.completed(session, exception, draft, decided_on), decider


def _decider(session: Session, exception: ConnectionException) -> User:
    """Whose decision on paper this is: the one user who decides this exception."""
    role = connection_state.decider_role(session, exception)
    able = connection_sight.deciders(session, exception)
    if len(able) == 1:
        return able[0]
    label = ROLE_LABELS[role].lower()
    if able:
        names = listed([user.name for user in able])
        raise Refused(
            f"More than one person decides as {label}: {names}. Whose paper it is cannot be worked out; have it "
            "decided in SM Desk.",
            "CON-2",
        )
    raise Refused(
        f"Nobody among the users decides this exception as {label}, so it cannot be said whose decision the paper is.",
        "CON-5",
    )


def _answerable(
    session: Session, ctx: Context, decision_id: int
) -> tuple[ConnectionDecision, ConnectionException]:
    row = session.get(ConnectionDecision, decision_id)
    if row is None or row.origin != DecisionOrigin.PAPER:
        raise NotFound(NO_SUCH_DECISION)
    exception = session.get_one(ConnectionException, row.exception_id)
    if row.decided_by != ctx.user.id:
        try:
            connection_sight.require_full(session, connection_sight.reader(session, ctx), exception.id)
        except (NotFound, NotAllowed):
            raise NotFound(NO_SUCH_DECISION) from None
    if row.answer:
        said = "confirmed" if row.answer == PaperAnswer.CONFIRMED else "disputed"
        raise Refused(f"This decision was {said} already.")
    return row, exception


def _require_own(
    session: Session, ctx: Context, row: ConnectionDecision, exception: ConnectionException
) -> None:
    if row.decided_by != ctx.user.id:
        raise NotAllowed(_whose(row))
    who = connection_sight.reader(session, ctx)
    if not connection_sight.is_decidable(session, who, exception):
        why = connection_sight.why_not(session, who, exception)
        raise NotAllowed(f"You do not decide this exception any more, so you cannot confirm it. {why}")


def _in_place_of(
    session: Session, ctx: Context, row: ConnectionDecision, exception: ConnectionException
) -> bool:
    """Whether this reader answers for a decider who does not decide this exception any more."""
    decider = session.get(User, row.decided_by) if row.decided_by is not None else None
    if (
        decider is not None
        and decider.active
        and connection_sight.is_decidable(session, connection_sight.reader_of(session, decider), exception)
    ):
        return False
    return connection_sight.is_decidable(session, connection_sight.reader(session, ctx), exception)


def _whose(row: ConnectionDecision) -> str:
    return (
        f"This decision was recorded on behalf of {row.decider_name}, and only they can confirm it. If they do not "
        "decide any more, dispute it or decide anew."
    )


def _number(session: Session, row: ConnectionDecision) -> int:
    found = session.scalar(
        select(func.count(ConnectionDecision.id)).where(
            ConnectionDecision.exception_id == row.exception_id, ConnectionDecision.id <= row.id
        )
    )
    return found or 0


def _record(
    session: Session, row: ConnectionDecision, exception: ConnectionException, number: int
) -> DecisionRecord:
    key = session.get(SigningKey, row.signing_key_id) if row.signing_key_id is not None else None
    users: Mapping[int, str] = incident_fields.user_names(session, [row.recorded_by])
    return DecisionRecord(
        id=row.id,
        exception_id=row.exception_id,
        kind=DecisionKind(row.kind),
        origin=DecisionOrigin(row.origin),
        reason=row.reason,
        conditions=row.conditions,
        decided_on=row.decided_on,
        from_on=row.from_on,
        review_on=row.review_on,
        decider_name=row.decider_name,
        recorded_by=users[row.recorded_by],
        recorded_at=row.recorded_at,
        file_id=row.file_id,
        answer=PaperAnswer(row.answer) if row.answer else None,
        answered_at=row.answered_at,
        answer_reason=row.answer_reason,
        fingerprint="" if key is None else signatures.fingerprint(key.public_key),
        key_flag=key_flag(key),
        fault=connection_signing.fault(session, row, exception),
        number=number,
    )
