"""Blocks: followers and senders kept out, why, and when that is looked at again (ACC-9).

The letter about a block comes from its incident. A block that came from an incident says who and why only to those
who may open that incident.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from typing import Any, Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from smdesk.db import audit
from smdesk.db.models import Block, Incident, IncidentPerson, Person, SchoolAccount
from smdesk.errors import Conflict, FieldChange, Invalid, NotAllowed, NotFound, Problem, Refused
from smdesk.policy.days import months_after
from smdesk.policy.words import written_day
from smdesk.security.permissions import Permission, Sight
from smdesk.services import accounts, history, incident_state, reasons, sight
from smdesk.services.account_records import BLOCK_MASKED, BlockDraft, BlockRecord
from smdesk.services.context import Context, Saved, needs
from smdesk.services.incident_fields import people_names, user_names
from smdesk.services.incident_records import PersonRole
from smdesk.services.incident_words import reference

NO_SUCH_BLOCK: Final = "There is no such block on the register."
FIELD_LABELS: Final[dict[str, str]] = {
    "account_id": "On which account",
    "place": "Where else",
    "who": "Who",
    "person_id": "Person on record",
    "reason": "Why",
    "since_on": "Since",
    "review_on": "Review on",
    "incident_id": "Incident",
}
_WHY: Final = "Write down the reason."
_LONGEST: Final = {"place": 200, "who": 200, "reason": 5_000}


@needs(Permission.ACCOUNTS_WATCH)
def save(
    ctx: Context, draft: BlockDraft, block_id: int | None = None, expected_version: int | None = None
) -> Saved:
    """Register a block, or change one opened at ``expected_version``.

    Without a review date it is looked at again after as many months as the policy says. Raises Invalid with every
    problem, Conflict, Refused for one that has ended, NotFound, NotAllowed where it came from an incident that is not
    open to this reader.
    """
    draft = _tidied(draft)
    with ctx.database.writing() as session:
        who = sight.reader(session, ctx)
        if block_id is None:
            draft = replace(
                draft, review_on=draft.review_on or _review_after(session, draft.since_on or ctx.today())
            )
            _check(session, ctx, who, draft, None)
            block = Block(**_columns(draft), recorded_by=ctx.user.id, recorded_at=ctx.now(), version=0)
            session.add(block)
            session.flush()
            return _settled(session, ctx, block, "added", audited={"who": draft.who})
        block = _readable(session, who, block_id)
        before = _stored(block)
        _require_incident(session, who, draft, before)
        changed = _differences(session, before, draft)
        if not changed:
            return Saved(block.id, block.version, frozenset())
        if block.version != expected_version:
            raise Conflict(
                "Somebody else saved this block while you were editing it. Nothing of yours is lost: see what differs "
                "and choose.",
                changed,
                block.version,
            )
        if block.ended_on is not None:
            raise Refused(f"This block ended on {written_day(block.ended_on)}. Bring it back to change it.")
        _check(session, ctx, who, draft, before)
        for column, value in _columns(draft).items():
            setattr(block, column, value)
        said = "\n".join(f"{each.label}: {each.theirs} → {each.mine}" for each in changed)
        audited = {"changes": {each.field: [each.theirs, each.mine] for each in changed}}
        return _settled(session, ctx, block, "changed", said, audited=audited)


@needs(Permission.ACCOUNTS_WATCH)
def end(ctx: Context, block_id: int, expected_version: int, reason: str, on: date) -> Saved:
    """End a block from a day on. Raises Invalid, Conflict, Refused where it has ended, NotFound, NotAllowed."""
    reason = reasons.given(reason, _WHY)
    with ctx.database.writing() as session:
        block = _readable(session, sight.reader(session, ctx), block_id)
        _same_version(block, expected_version)
        if block.ended_on is not None:
            raise Refused(f"This block ended on {written_day(block.ended_on)} already.")
        if on > ctx.today():
            raise Invalid.one("on", f"{written_day(on)} is still to come. End the block on the day it ends.")
        if on < block.since_on:
            raise Invalid.one(
                "on", f"The block has stood since {written_day(block.since_on)}: it cannot end before that."
            )
        block.ended_on, block.ended_reason = on, reason
        audited = {"reason": reason, "on": on.isoformat()}
        return _settled(session, ctx, block, "ended", reason=reason, happened_on=on, audited=audited)


@needs(Permission.ACCOUNTS_WATCH)
def reopen(ctx: Context, block_id: int, expected_version: int, reason: str) -> Saved:
    """Put an ended block in force again. Raises Invalid, Conflict, Refused where it stands, NotFound, NotAllowed."""
    reason = reasons.given(reason, _WHY)
    with ctx.database.writing() as session:
        block = _readable(session, sight.reader(session, ctx), block_id)
        _same_version(block, expected_version)
        if block.ended_on is None:
            raise Refused("This block is in force.")
        block.ended_on, block.ended_reason = None, ""
        return _settled(session, ctx, block, "reopened", reason=reason, audited={"reason": reason})


@needs(Permission.ACCOUNTS_WATCH)
def keep(
    ctx: Context, block_id: int, expected_version: int, reason: str, review_on: date | None = None
) -> Saved:
    """Say after a review that a block stays, why, and when it is looked at again (without a day: as the policy says).

    Raises Invalid, Conflict, Refused where it has ended, NotFound, NotAllowed.
    """
    reason = reasons.given(reason, _WHY)
    with ctx.database.writing() as session:
        block = _readable(session, sight.reader(session, ctx), block_id)
        _same_version(block, expected_version)
        if block.ended_on is not None:
            raise Refused(f"This block ended on {written_day(block.ended_on)}. Bring it back first.")
        ahead = review_on or _review_after(session, ctx.today())
        if ahead <= ctx.today():
            raise Invalid.one("review_on", "The next review must be on a day to come.")
        block.review_on = ahead
        said = f"Reviewed, and stays. Next review on {written_day(ahead)}"
        return _settled(
            session, ctx, block, "reviewed", said, reason=reason, audited={"review_on": ahead.isoformat()}
        )


@needs(Permission.ACCOUNTS_READ)
def open_block(ctx: Context, block_id: int) -> BlockRecord:
    """One block, complete; masked where it came from an incident that is not open to this reader. Raises NotFound."""
    with ctx.database.reading() as session:
        block = _require(session, block_id)
        seen = _seen(session, sight.reader(session, ctx), block)
        draft = _stored(block)
        incident = None if block.incident_id is None else session.get_one(Incident, block.incident_id)
        names = people_names(session, [block.person_id]) if block.person_id is not None else {}
        return BlockRecord(
            id=block.id,
            version=block.version,
            draft=draft if seen else replace(draft, who="", reason="", person_id=None, incident_id=None),
            where=_where(session, block),
            person_name=names.get(block.person_id or 0, "") if seen else "",
            incident=reference(incident.year, incident.number) if seen and incident is not None else "",
            ended_on=block.ended_on,
            ended_reason=block.ended_reason if seen else "",
            recorded_by=user_names(session, [block.recorded_by]).get(block.recorded_by, ""),
            recorded_at=block.recorded_at,
            history=history.lines(session, "block", block.id) if seen else (),
            masked=not seen,
        )


@needs(Permission.ACCOUNTS_READ)
def proposed_review(ctx: Context, since_on: date) -> date:
    """When a block is looked at again, as the school's policy says."""
    with ctx.database.reading() as session:
        return _review_after(session, since_on)


@needs(Permission.ACCOUNTS_READ)
def draft_for_incident(ctx: Context, incident_id: int) -> BlockDraft:
    """A block begun from an incident: its first author, and where. Raises NotFound, NotAllowed as incidents do."""
    with ctx.database.reading() as session:
        incident = sight.require_full(session, sight.reader(session, ctx), incident_id)
        author = session.scalars(
            select(IncidentPerson.person_id)
            .where(IncidentPerson.incident_id == incident.id, IncidentPerson.role == PersonRole.AUTHOR.value)
            .order_by(IncidentPerson.position, IncidentPerson.id)
        ).first()
        names = people_names(session, [author]) if author is not None else {}
        return BlockDraft(
            who=names.get(author or 0, ""),
            person_id=author,
            reason="",
            since_on=ctx.today(),
            review_on=_review_after(session, ctx.today()),
            incident_id=incident.id,
        )


def _tidied(draft: BlockDraft) -> BlockDraft:
    return replace(
        draft,
        # An account on the register says where; other words beside it would say it twice.
        place="" if draft.account_id is not None else " ".join(draft.place.split()),
        who=" ".join(draft.who.split()),
        reason=draft.reason.strip().replace("\r\n", "\n"),
    )


def _check(
    session: Session, ctx: Context, who: sight.Reader, draft: BlockDraft, before: BlockDraft | None
) -> None:
    found = [
        Problem(
            field,
            f"{FIELD_LABELS[field]}: {len(getattr(draft, field)):,} letters; at most {most:,} can be kept.",
        )
        for field, most in _LONGEST.items()
        if len(getattr(draft, field)) > most
    ]
    if not draft.who:
        found.append(Problem("who", "Say who is blocked: the name the account or the sender goes by."))
    if not draft.reason:
        found.append(
            Problem("reason", "Say why: a block is looked at again, and its reason with it (ACC-9).")
        )
    if draft.account_id is None and not draft.place:
        found.append(
            Problem(
                "place", "Choose the account they are blocked on, or say where else (e-mail, for example)."
            )
        )
    elif draft.account_id is not None and session.get(SchoolAccount, draft.account_id) is None:
        found.append(Problem("account_id", accounts.NO_SUCH_ACCOUNT))
    if draft.since_on is None:
        found.append(Problem("since_on", "Say since when."))
    elif draft.since_on > ctx.today():
        found.append(
            Problem(
                "since_on", f"{written_day(draft.since_on)} is still to come. Register the block on its day."
            )
        )
    elif draft.review_on is not None and draft.review_on <= draft.since_on:
        found.append(Problem("review_on", "The review must be after the day the block began."))
    if draft.person_id is not None:
        person = session.get(Person, draft.person_id)
        if person is None or person.merged_into is not None:
            found.append(Problem("person_id", "That person is not on record any more. Choose again."))
    if found:
        raise Invalid(found)
    _require_incident(session, who, draft, before)


def _require_incident(
    session: Session, who: sight.Reader, draft: BlockDraft, before: BlockDraft | None
) -> None:
    """A block names only an incident that this reader may open; asked before anything is said of it."""
    if draft.incident_id is not None and (before is None or before.incident_id != draft.incident_id):
        sight.require_full(session, who, draft.incident_id)


def _review_after(session: Session, day: date) -> date:
    profile = incident_state.stored_profile(session, incident_state.current_profile_id(session))
    return months_after(day, profile.clocks.block_review_months)


def _columns(draft: BlockDraft) -> dict[str, Any]:
    return {name: getattr(draft, name) for name in FIELD_LABELS}


def _stored(block: Block) -> BlockDraft:
    return BlockDraft(**{name: getattr(block, name) for name in FIELD_LABELS})


def _differences(session: Session, theirs: BlockDraft, mine: BlockDraft) -> list[FieldChange]:
    changed = [field for field in FIELD_LABELS if getattr(theirs, field) != getattr(mine, field)]
    return [
        FieldChange(
            field,
            FIELD_LABELS[field],
            *(_in_words(session, field, getattr(draft, field)) for draft in (theirs, mine)),
        )
        for field in changed
    ]


def _in_words(session: Session, field: str, value: Any) -> str:
    if value is None or value == "":
        return "(nothing)"
    if isinstance(value, date):
        return written_day(value)
    if field == "account_id":
        account = session.get(SchoolAccount, value)
        return "an account no longer on record" if account is None else accounts.called(account)
    if field == "person_id":
        return people_names(session, [value]).get(value, "somebody no longer on record")
    if field == "incident_id":
        incident = session.get_one(Incident, value)
        return reference(incident.year, incident.number)
    return str(value)


def _where(session: Session, block: Block) -> str:
    if block.account_id is None:
        return block.place
    return accounts.called(session.get_one(SchoolAccount, block.account_id))


def _require(session: Session, block_id: int) -> Block:
    block = session.get(Block, block_id)
    if block is None:
        raise NotFound(NO_SUCH_BLOCK)
    return block


def _seen(session: Session, who: sight.Reader, block: Block) -> bool:
    if block.incident_id is None:
        return True
    return sight.sight_of(session, who, session.get_one(Incident, block.incident_id)) is Sight.FULL


def _readable(session: Session, who: sight.Reader, block_id: int) -> Block:
    """The block, for a reader who may see who it is about. Raises NotFound, NotAllowed."""
    block = _require(session, block_id)
    if not _seen(session, who, block):
        raise NotAllowed(
            f"{BLOCK_MASKED}, so this block is not yours to change. Ask the headteacher or the designated safeguarding "
            "lead."
        )
    return block


def _same_version(block: Block, expected: int) -> None:
    if block.version != expected:
        raise Conflict(
            "Somebody else changed this block since you opened it. Look at it as it is now, then decide.",
            [],
            block.version,
        )


def _settled(
    session: Session,
    ctx: Context,
    block: Block,
    kind: str,
    text: str = "",
    *,
    reason: str = "",
    happened_on: date | None = None,
    audited: Mapping[str, Any],
) -> Saved:
    block.version += 1
    session.flush()
    history.add(
        session, ctx, "block", block.id, kind, text, reason=reason, rule="ACC-9", happened_on=happened_on
    )
    audit.write(
        session,
        actor_id=ctx.user.id,
        at=ctx.now(),
        action="block.saved" if kind == "changed" else f"block.{kind}",
        object_kind="block",
        object_id=block.id,
        detail=dict(audited),
    )
    changes = {("block", block.id)}
    if block.account_id is not None:
        changes.add(("account", block.account_id))
    if block.incident_id is not None:
        changes.add(("incident", block.incident_id))
    return Saved(block.id, block.version, frozenset(changes))
