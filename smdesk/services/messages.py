"""Messages and comments on school accounts: logged, acknowledged, answered, closed, handed over (ACC-5, ACC-8)."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import date, datetime
from functools import partial
from typing import Any, Final, Literal

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from smdesk.db import audit
from smdesk.db.models import AccountMessage, SchoolAccount, from_utc_text, utc_text
from smdesk.errors import Conflict, FieldChange, Invalid, NotFound, Refused
from smdesk.security.permissions import Permission
from smdesk.services import (
    account_words,
    attached_files,
    handing_over,
    history,
    incident_fields,
    incident_state,
    message_clock,
    message_fields,
    reasons,
)
from smdesk.services.attached_files import Owner, OwnerKind
from smdesk.services.context import Changes, Context, Saved, needs
from smdesk.services.handing_over import Matter, Reply
from smdesk.services.message_records import (
    MESSAGE_KIND_LABELS,
    MessageDraft,
    MessageKind,
    MessageRecord,
    MessageStatus,
    OverdueSummary,
    ReplyRecord,
)

NO_SUCH_MESSAGE: Final = "There is no such message."
_REFERENCE: Final = re.compile(r"(\d{4})/M(\d{4,})", re.IGNORECASE)

Which = Literal["acknowledgement", "answer"]


@needs(Permission.ACCOUNTS_WATCH)
def save(
    ctx: Context, draft: MessageDraft, message_id: int | None = None, expected_version: int | None = None
) -> Saved:
    """Log a message, or put right one opened at ``expected_version``; its clock follows (ACC-5).

    The clock runs by the version of the policy in use when it was logged. Raises Invalid with every problem, Conflict
    field by field, Refused for one withdrawn or handed over, NotFound.
    """
    draft = message_fields.tidied(draft)
    with ctx.database.writing() as session:
        row = None if message_id is None else _changeable(session, message_id)
        before = None if row is None else message_fields.draft_of(row)
        found = message_fields.problems(session, draft, row, ctx.now())
        if found:
            raise Invalid(found)
        if row is None:
            year = ctx.today().year
            last = session.scalar(select(func.max(AccountMessage.number)).where(AccountMessage.year == year))
            row = AccountMessage(
                year=year,
                number=(last or 0) + 1,
                profile_id=incident_state.current_profile_id(session),
                recorded_by=ctx.user.id,
                recorded_at=ctx.now(),
                **message_fields.columns(draft),
            )
            session.add(row)
            what, said = "logged", MESSAGE_KIND_LABELS[draft.kind]
            changed: list[FieldChange] = []
        else:
            changed = message_fields.differences(session, before or draft, draft)
            if not changed:
                return Saved(row.id, row.version, frozenset())
            _require_version(row, expected_version, changed)
            for column, value in message_fields.columns(draft).items():
                setattr(row, column, value)
            row.version += 1
            what, said = "changed", ", ".join(each.label for each in changed)
        row.due_at = message_clock.due_at(session, row.received_at, draft.kind, row.profile_id)
        session.flush()
        row.words = message_fields.words(session, row)
        detail = {"changes": {each.field: [each.theirs, each.mine] for each in changed}}
        return _written(session, ctx, row, what, said, detail=detail)


@needs(Permission.ACCOUNTS_WATCH)
def acknowledge(ctx: Context, message_id: int, version: int, at: datetime, by: str, text: str) -> Saved:
    """Record that somebody was told that their message was read; that stops the clock (ACC-5). ``at`` is aware.

    Raises Invalid, Conflict; Refused where it is acknowledged, withdrawn, closed or handed over already; NotFound.
    """
    with ctx.database.writing() as session:
        row = _open_for(session, message_id, version)
        if row.acknowledged_at is not None:
            raise Refused(
                "This was acknowledged already. Take that back first if it was a slip, or record the answer.",
                "ACC-5",
            )
        by, text = message_fields.reply(row, ctx.now(), "acknowledgement", at, by, text)
        row.acknowledged_at, row.acknowledged_by, row.acknowledgement = at, by, text
        return _replied(session, ctx, row, "acknowledged", f"{by}: {text}", at)


@needs(Permission.ACCOUNTS_WATCH)
def answer(ctx: Context, message_id: int, version: int, at: datetime, by: str, text: str) -> Saved:
    """Record the answer; the message is settled (ACC-5). ``at`` is aware. Raises as ``acknowledge`` does."""
    with ctx.database.writing() as session:
        row = _open_for(session, message_id, version)
        if row.answered_at is not None and row.settled_at is not None:
            raise Refused("This was answered already. Open it again to record another answer.", "ACC-5")
        by, text = message_fields.reply(row, ctx.now(), "answer", at, by, text)
        row.answered_at, row.answered_by, row.answer = at, by, text
        row.settled_at, row.settled_how, row.settled_reason = ctx.now(), "answered", ""
        return _replied(session, ctx, row, "answered", f"{by}: {text}", at)


@needs(Permission.ACCOUNTS_WATCH)
def take_back_reply(ctx: Context, message_id: int, version: int, which: Which, reason: str) -> Saved:
    """Take back an acknowledgement or an answer that was recorded by mistake: the clock runs on as before.

    What stood there stays in the history. Raises Invalid without a reason, Refused where there is none, Conflict.
    """
    reason = reasons.given(reason, "Say what was wrong with it. The reason is kept.")
    with ctx.database.writing() as session:
        row = _changeable(session, message_id)
        _require_version(row, version, ())
        if which == "answer" and row.answered_at is not None:
            row.answered_at, row.answered_by, row.answer = None, "", ""
            if row.settled_how == "answered":
                row.settled_at, row.settled_how = None, ""
        elif which == "acknowledgement" and row.acknowledged_at is not None:
            row.acknowledged_at, row.acknowledged_by, row.acknowledgement = None, "", ""
        else:
            raise Refused(f"There is no {which} to take back.")
        return _replied(session, ctx, row, "taken back", which.capitalize(), None, reason=reason)


@needs(Permission.ACCOUNTS_WATCH)
def close_without_answer(ctx: Context, message_id: int, version: int, reason: str) -> Saved:
    """Settle a message that gets no answer, with the reason (INC-14). Raises Invalid, Refused, Conflict, NotFound."""
    reason = reasons.given(reason, "Say why it gets no answer. The reason is kept.")
    with ctx.database.writing() as session:
        row = _open_for(session, message_id, version)
        if row.settled_at is not None:
            raise Refused("This message was answered already.")
        row.settled_at, row.settled_how, row.settled_reason = ctx.now(), "closed", reason
        row.version += 1
        return _written(session, ctx, row, "closed", "", reason=reason)


@needs(Permission.ACCOUNTS_WATCH)
def reopen(ctx: Context, message_id: int, version: int, reason: str) -> Saved:
    """Open a settled or withdrawn message again. Replies that were given stay; a slip among them is taken back.

    Raises Invalid without a reason, Refused for one that is open or was handed over, Conflict, NotFound.
    """
    reason = reasons.given(reason, "Say why it is opened again. The reason is kept.")
    with ctx.database.writing() as session:
        row = _row(session, message_id)
        _refuse_handed_over(row)
        _require_version(row, version, ())
        if row.settled_at is None and row.withdrawn_at is None:
            raise Refused("This message is open.")
        if row.withdrawn_at is not None:
            row.withdrawn_at, row.withdrawn_reason = None, ""
        else:
            row.settled_at, row.settled_how, row.settled_reason = None, "", ""
        row.version += 1
        return _written(session, ctx, row, "reopened", "", reason=reason)


@needs(Permission.ACCOUNTS_WATCH)
def withdraw(ctx: Context, message_id: int, version: int, reason: str) -> Saved:
    """Take back a message that was logged by mistake; its line and number stay. Raises as ``reopen`` does."""
    reason = reasons.given(reason, "Say why it is taken back. The line and the reason stay.")
    with ctx.database.writing() as session:
        row = _changeable(session, message_id)
        _require_version(row, version, ())
        row.withdrawn_at, row.withdrawn_reason = ctx.now(), reason
        row.version += 1
        return _written(session, ctx, row, "withdrawn", "", reason=reason)


@needs(Permission.ACCOUNTS_WATCH)
def hand_over(ctx: Context, message_id: int, version: int) -> Saved:
    """Make an incident of a message, nothing typed again; the message is settled. ``Saved`` is the incident's.

    Its clock, its replies and its files go over. Raises NotAllowed for who may not log incidents, Conflict, Refused
    where it was withdrawn or handed over, StorageProblem, NotFound.
    """
    return handing_over.hand_over(
        ctx, partial(_matter, message_id, version), partial(_settled_by, ctx, message_id)
    )


@needs(Permission.ACCOUNTS_READ)
def open_message(ctx: Context, message_id: int) -> MessageRecord:
    """One message with its history and files. Its words are left out where it became an incident that this reader may
    not open. Raises NotFound.
    """
    with ctx.database.reading() as session:
        row = _row(session, message_id)
        seen = handing_over.visible(session, ctx, [] if row.incident_id is None else [row.incident_id])
        masked = row.incident_id is not None and row.incident_id not in seen
        account = session.get_one(SchoolAccount, row.account_id)
        users = incident_fields.user_names(session, [row.recorded_by])
        people = {} if row.person_id is None else incident_fields.people_names(session, [row.person_id])
        draft = message_fields.draft_of(row)
        if masked:
            draft = MessageDraft(draft.account_id, draft.received_at, draft.kind)
        owner = Owner(OwnerKind.MESSAGE, row.id)
        return MessageRecord(
            id=row.id,
            reference=reference(row.year, row.number),
            version=row.version,
            masked=masked,
            draft=draft,
            account_name=account_words.account_name(account.handle, account.platform),
            person_name="" if masked or row.person_id is None else people[row.person_id],
            status=status_of(
                row.settled_how,
                acknowledged=row.replied_at is not None,
                answered=row.answered_at is not None,
                withdrawn=row.withdrawn_at is not None,
            ),
            due_at=row.due_at,
            replied_at=row.replied_at,
            acknowledgement=_reply_record(
                row.acknowledged_at, row.acknowledged_by, row.acknowledgement, masked
            ),
            answer=_reply_record(row.answered_at, row.answered_by, row.answer, masked),
            settled_at=row.settled_at,
            settled_reason="" if masked else row.settled_reason,
            incident=None if row.incident_id is None or masked else (row.incident_id, seen[row.incident_id]),
            withdrawn_reason=row.withdrawn_reason,
            recorded_by=users[row.recorded_by],
            recorded_at=row.recorded_at,
            files=() if masked else attached_files.records(session, owner),
            history=() if masked else history.lines(session, "message", row.id),
        )


@needs(Permission.ACCOUNTS_READ)
def find_by_reference(ctx: Context, text: str) -> int:
    """The id of "2026/M0031". Raises Invalid for what is no reference, NotFound."""
    found = _REFERENCE.fullmatch(text.strip())
    if found is None:
        raise Invalid.one("reference", "Write the reference as in 2026/M0031.")
    with ctx.database.reading() as session:
        number = session.scalar(
            select(AccountMessage.id).where(
                AccountMessage.year == int(found[1]), AccountMessage.number == int(found[2])
            )
        )
    if number is None:
        raise NotFound(NO_SUCH_MESSAGE)
    return number


@needs(Permission.ACCOUNTS_READ)
def overdue(ctx: Context) -> OverdueSummary:
    """How many messages are past their clock without a reply. Cheap: asked every minute, over every tab (ACC-5)."""
    now = ctx.now()
    with ctx.database.raw_reading() as cursor:
        # The conditions are those of the partial index, word for word.
        rows = cursor.execute(
            "SELECT id, due_at FROM account_message WHERE replied_at IS NULL AND settled_at IS NULL"
            " AND withdrawn_at IS NULL AND due_at < ? ORDER BY due_at, id LIMIT 1",
            (utc_text(now),),
        ).fetchall()
        number = cursor.execute(
            "SELECT count(*) FROM account_message WHERE replied_at IS NULL AND settled_at IS NULL"
            " AND withdrawn_at IS NULL AND due_at < ?",
            (utc_text(now),),
        ).fetchone()[0]
    if not rows:
        return OverdueSummary(0, None, "")
    return OverdueSummary(number, rows[0][0], message_clock.time_left_words(from_utc_text(rows[0][1]), now))


@needs(Permission.ACCOUNTS_READ)
def due_for(ctx: Context, received: datetime, kind: MessageKind) -> datetime | None:
    """When a message as it is being typed must have a reply, were it saved now; None where no clock runs (ACC-5)."""
    with ctx.database.reading() as session:
        return message_clock.due_at(session, received, kind, incident_state.current_profile_id(session))


def reference(year: int, number: int) -> str:
    """ "2026/M0031"."""
    return f"{year}/M{number:04d}"


def status_of(settled_how: str, *, acknowledged: bool, answered: bool, withdrawn: bool) -> MessageStatus:
    """What is left to do about a message, from its columns."""
    if withdrawn:
        return MessageStatus.WITHDRAWN
    if settled_how:
        return MessageStatus(settled_how)
    if answered:
        return MessageStatus.REOPENED
    return MessageStatus.ACKNOWLEDGED if acknowledged else MessageStatus.WAITING


def _matter(message_id: int, version: int, session: Session) -> Matter:
    row = _changeable(session, message_id)
    _require_version(row, version, ())
    account = session.get_one(SchoolAccount, row.account_id)
    name = account_words.account_name(account.handle, account.platform)
    said = handing_over.short(row.said)
    replies = (
        (row.acknowledged_at, row.acknowledged_by, row.acknowledgement),
        (row.answered_at, row.answered_by, row.answer),
    )
    return Matter(
        owner=Owner(OwnerKind.MESSAGE, row.id),
        source=f"message {reference(row.year, row.number)} on {name}",
        summary=f"{MESSAGE_KIND_LABELS[MessageKind(row.kind)]} on {name}: {said}",
        said=row.said,
        received_at=row.received_at,
        link=row.link,
        platform=account.platform,
        on_school_account=True,
        person_id=row.person_id,
        by_name=row.from_name,
        replies=tuple(Reply(at, f"{by}: {text}") for at, by, text in replies if at is not None),
        profile_id=row.profile_id,
    )


def _settled_by(ctx: Context, message_id: int, session: Session, incident: Saved) -> Changes:
    row = _row(session, message_id)
    row.incident_id = incident.id
    row.settled_at, row.settled_how, row.settled_reason = ctx.now(), "incident", ""
    row.version += 1
    # No reference here: whoever may read the message may not know of the incident.
    return _written(session, ctx, row, "handed over", "").changes


def _row(session: Session, message_id: int) -> AccountMessage:
    row = session.get(AccountMessage, message_id)
    if row is None:
        raise NotFound(NO_SUCH_MESSAGE)
    return row


def _changeable(session: Session, message_id: int) -> AccountMessage:
    row = _row(session, message_id)
    _refuse_handed_over(row)
    if row.withdrawn_at is not None:
        raise Refused("This message was withdrawn. Open it again first.")
    return row


def _refuse_handed_over(row: AccountMessage) -> None:
    if row.incident_id is not None:
        raise Refused("This message is handled as an incident. Go on there.")


def _open_for(session: Session, message_id: int, version: int) -> AccountMessage:
    """A message that can be replied to. Raises NotFound, Refused, Conflict."""
    row = _changeable(session, message_id)
    _require_version(row, version, ())
    if row.settled_how == "closed":
        raise Refused("This message was closed without an answer. Open it again first.")
    return row


def _require_version(row: AccountMessage, version: int | None, changes: Sequence[FieldChange]) -> None:
    if version != row.version:
        raise Conflict(
            f"Somebody else changed {reference(row.year, row.number)} meanwhile. Nothing of yours is lost: see what "
            "differs and choose.",
            changes,
            row.version,
        )


def _reply_record(at: datetime | None, by: str, text: str, masked: bool) -> ReplyRecord | None:
    if at is None:
        return None
    return ReplyRecord(at, "" if masked else by, "" if masked else text)


def _replied(
    session: Session,
    ctx: Context,
    row: AccountMessage,
    what: str,
    said: str,
    at: datetime | None,
    *,
    reason: str = "",
) -> Saved:
    """The earlier of the two replies stops the clock (ACC-5)."""
    given = [each for each in (row.acknowledged_at, row.answered_at) if each is not None]
    row.replied_at = min(given, default=None)
    row.version += 1
    on = None if at is None else incident_state.local_date(at)
    return _written(session, ctx, row, what, said, reason=reason, on=on)


def _written(
    session: Session,
    ctx: Context,
    row: AccountMessage,
    what: str,
    said: str,
    *,
    reason: str = "",
    on: date | None = None,
    detail: dict[str, Any] | None = None,
) -> Saved:
    history.add(session, ctx, "message", row.id, what, said, reason=reason, rule="ACC-5", happened_on=on)
    audit.write(
        session,
        actor_id=ctx.user.id,
        at=ctx.now(),
        action=f"message.{what.replace(' ', '_')}",
        object_kind="message",
        object_id=row.id,
        detail={**(detail or {}), "reason": reason},
    )
    return Saved(row.id, row.version, frozenset({("message", row.id), ("account", row.account_id)}))
