"""School accounts: put on the register, changed, closed and reopened (ACC-1 to ACC-7, PPL-3).

The register holds where a password is kept, never the password.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any, Final

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from smdesk.db import audit
from smdesk.db.models import AccountRunner, Block, BusinessCase, Person, SchoolAccount
from smdesk.errors import Conflict, Invalid, NotFound, Refused
from smdesk.policy.days import months_after
from smdesk.policy.vocabulary import KIND_LABELS
from smdesk.policy.words import listed, written_day
from smdesk.security.permissions import Permission
from smdesk.services import account_fields, account_state, history, reasons, reference_data
from smdesk.services.account_records import (
    MOST_REVIEW_YEARS,
    AccountDraft,
    AccountHit,
    AccountRecord,
    RunnerRecord,
)
from smdesk.services.account_words import account_name
from smdesk.services.context import Context, Saved, needs
from smdesk.services.incident_fields import people_names, user_names
from smdesk.services.people_base import name_of
from smdesk.services.people_records import kinds_of

NO_SUCH_ACCOUNT: Final = "There is no such account on the register."
_WHY: Final = "Write down the reason."
_CASE_WORDS: Final = {
    "draft": "being written",
    "submitted": "awaits the meeting",
    "more_wanted": "more was asked for",
    "approved": "approved",
    "rejected": "rejected",
    "withdrawn": "withdrawn",
}


@needs(Permission.ACCOUNTS_EDIT)
def save(
    ctx: Context,
    draft: AccountDraft,
    account_id: int | None = None,
    expected_version: int | None = None,
) -> Saved:
    """Put an account on the register, or change one opened at ``expected_version``.

    An account put there without a business case shows as not yet approved (ACC-2). Raises Invalid with every problem
    found; Conflict, field by field, where somebody saved since; Refused for a closed one; NotFound.
    """
    draft = account_fields.tidied(draft)
    with ctx.database.writing() as session:
        if account_id is None:
            return _add(session, ctx, draft)
        account = require(session, account_id)
        before = account_fields.stored(session, account)
        changed = account_fields.differences(session, before, draft)
        if not changed:
            return Saved(account.id, account.version, frozenset())
        if account.version != expected_version:
            raise Conflict(
                f"Somebody else saved {called(account)} while you were editing it. Nothing of yours is lost: see what "
                "differs and choose.",
                changed,
                account.version,
            )
        _refuse_closed(account)
        if account.approved_on is not None and draft.platform.casefold() != before.platform.casefold():
            # ACC-2: what the leadership team approved is not turned into something else.
            raise Refused(
                f"{called(account)} was approved as it is. An account on another platform is proposed with a business "
                "case of its own; close this one where it is not used any more.",
                "ACC-2",
            )
        _check(session, ctx, draft, before, account.id)
        for column, value in account_fields.columns(draft).items():
            setattr(account, column, value)
        if before.checklist != draft.checklist:
            account.checklist_on = ctx.today()
        account_fields.write_runners(session, account.id, draft.runners)
        account.words = account_fields.search_words(draft)
        said = "\n".join(f"{each.label}: {each.theirs} → {each.mine}" for each in changed)
        changes = {each.field: [each.theirs, each.mine] for each in changed}
        return _settled(session, ctx, account, "changed", said, audited={"changes": changes})


def _add(session: Session, ctx: Context, draft: AccountDraft) -> Saved:
    _check(session, ctx, draft, None, None)
    account = SchoolAccount(
        **account_fields.columns(draft),
        checklist_on=ctx.today() if draft.checklist else None,
        words=account_fields.search_words(draft),
        recorded_by=ctx.user.id,
        recorded_at=ctx.now(),
        version=0,
    )
    session.add(account)
    session.flush()
    account_fields.write_runners(session, account.id, draft.runners)
    names = people_names(session, {each.person_id for each in draft.runners})
    said = f"Run by {listed(sorted(names.values()))}" if names else ""
    return _settled(session, ctx, account, "added", said, audited={"account": called(account)})


def _check(
    session: Session, ctx: Context, draft: AccountDraft, before: AccountDraft | None, account_id: int | None
) -> None:
    found = account_fields.problems(session, draft, ctx.today(), before=before, account_id=account_id)
    if found:
        raise Invalid(found)


@needs(Permission.ACCOUNTS_READ)
def open_account(ctx: Context, account_id: int) -> AccountRecord:
    """One account, complete, with what it lacks today. Raises NotFound."""
    with ctx.database.reading() as session:
        account = require(session, account_id)
        responsible = (
            None if account.responsible_id is None else session.get_one(Person, account.responsible_id)
        )
        return AccountRecord(
            id=account.id,
            version=account.version,
            draft=account_fields.stored(session, account),
            name=called(account),
            platform_label=reference_data.platform_label(account.platform),
            runners=_runners(session, account.id, ctx.today()),
            responsible_name="" if responsible is None else name_of(responsible),
            responsible_kinds="" if responsible is None else _kinds(responsible, ctx.today()),
            approved_on=account.approved_on,
            approved_by=account.approved_by,
            cases=_cases(session, account.id),
            checklist_on=account.checklist_on,
            closed_on=account.closed_on,
            closed_reason=account.closed_reason,
            recorded_by=user_names(session, [account.recorded_by]).get(account.recorded_by, ""),
            recorded_at=account.recorded_at,
            looked_on=account.looked_on,
            standing=account_state.standing(session, account, ctx.today()),
            blocks=session.scalar(
                select(func.count(Block.id)).where(Block.account_id == account.id, Block.ended_on.is_(None))
            )
            or 0,
            history=history.lines(session, "account", account.id),
        )


def _runners(session: Session, account_id: int, day: date) -> tuple[RunnerRecord, ...]:
    rows = account_fields.runner_rows(session, account_id)
    wanted = select(Person).where(Person.id.in_({row.person_id for row in rows}))
    people = {person.id: person for person in session.scalars(wanted)}
    return tuple(
        RunnerRecord(
            id=row.id,
            person_id=row.person_id,
            name=name_of(people[row.person_id]),
            kinds=_kinds(people[row.person_id], day),
            from_on=row.from_on,
            until_on=row.until_on,
            note=row.note,
            left_on=people[row.person_id].left_on,
            runs=row.from_on <= day and (row.until_on is None or row.until_on > day),
        )
        for row in rows
    )


def _kinds(person: Person, day: date) -> str:
    """ "Staff and parent", "Staff, left 3 March 2026"."""
    labels = [KIND_LABELS[kind] for kind in kinds_of(person.kind, person.also)]
    said = listed([labels[0], *(label.lower() for label in labels[1:])])
    if person.left_on is not None and person.left_on <= day:
        said += f", left {written_day(person.left_on)}"
    return said


def _cases(session: Session, account_id: int) -> tuple[tuple[int, str, str], ...]:
    rows = session.scalars(
        select(BusinessCase)
        .where(BusinessCase.account_id == account_id, BusinessCase.withdrawn_at.is_(None))
        .order_by(BusinessCase.id.desc())
    )
    return tuple(
        (case.id, f"{case.year}/B{case.number:04d}", _CASE_WORDS.get(case.status, case.status))
        for case in rows
    )


# ---------------------------------------------------------------------------------- reviewing, closing and reopening


@needs(Permission.ACCOUNTS_EDIT)
def reviewed(
    ctx: Context, account_id: int, expected_version: int, found: str, review_on: date | None = None
) -> Saved:
    """Write down that the account was reviewed, what was found, and when it is next (as the policy says unless given).

    Raises Invalid without words or for a next review that is not to come, Conflict, Refused for a closed one, NotFound.
    """
    found = reasons.given(found, "Write down what the review found.")
    with ctx.database.writing() as session:
        account = _to_change(session, account_id, expected_version, "write down the review")
        ahead = review_on or months_after(ctx.today(), account_state.rules(session).review_months)
        if ahead <= ctx.today():
            raise Invalid.one("review_on", "The next review must be on a day to come.")
        if ahead.year - ctx.today().year > MOST_REVIEW_YEARS:
            raise Invalid.one(
                "review_on", f"Choose a review within {MOST_REVIEW_YEARS} years. Check the year."
            )
        account.review_on = ahead
        said = f"Next review on {written_day(ahead)}"
        audited = {"found": found, "review_on": ahead.isoformat()}
        return _settled(session, ctx, account, "reviewed", said, reason=found, audited=audited)


@needs(Permission.ACCOUNTS_READ)
def proposed_review(ctx: Context) -> date:
    """When an account reviewed today is reviewed next, as the school's policy says."""
    with ctx.database.reading() as session:
        return months_after(ctx.today(), account_state.rules(session).review_months)


@needs(Permission.ACCOUNTS_EDIT)
def close(ctx: Context, account_id: int, expected_version: int, reason: str, on: date) -> Saved:
    """Take an account out of use, with the day and the reason. Its record stays.

    Raises Invalid without a reason, for a day to come and for one before the account was opened; Conflict, Refused
    where it is closed already, NotFound.
    """
    reason = reasons.given(reason, _WHY)
    with ctx.database.writing() as session:
        account = _to_change(session, account_id, expected_version, "close it")
        if on > ctx.today():
            raise Invalid.one(
                "on", f"{written_day(on)} is still to come. Close the account on the day it is closed."
            )
        if account.opened_on is not None and on < account.opened_on:
            raise Invalid.one(
                "on",
                f"The account was opened on {written_day(account.opened_on)}: it cannot be closed before.",
            )
        account.closed_on, account.closed_reason = on, reason
        return _settled(
            session,
            ctx,
            account,
            "closed",
            reason=reason,
            happened_on=on,
            audited={"reason": reason, "on": on.isoformat()},
        )


@needs(Permission.ACCOUNTS_EDIT)
def reopen(ctx: Context, account_id: int, expected_version: int, reason: str) -> Saved:
    """Take a closed account back into use. Whatever it lacks shows again at once.

    Raises Invalid without a reason, Refused where it is not closed or another account of its name is open, Conflict,
    NotFound.
    """
    reason = reasons.given(reason, _WHY)
    with ctx.database.writing() as session:
        account = require(session, account_id)
        _same_version(account, expected_version, "reopen it")
        if account.closed_on is None:
            raise Refused(f"{called(account)} is open.")
        if (
            account_fields.open_account_called(session, account.platform, account.handle, but=account.id)
            is not None
        ):
            raise Refused(
                f"Another account called {called(account)} is open on the register. Close that one first."
            )
        account.closed_on, account.closed_reason = None, ""
        return _settled(session, ctx, account, "reopened", reason=reason, audited={"reason": reason})


# ---------------------------------------------------------------------------------------------------------- choosing


@needs(Permission.ACCOUNTS_READ)
def choices(ctx: Context, *, closed: bool = False) -> list[AccountHit]:
    """The accounts to choose from, by name; with ``closed`` those too, after the others."""
    with ctx.database.reading() as session:
        rows = session.execute(
            select(SchoolAccount.id, SchoolAccount.handle, SchoolAccount.platform, SchoolAccount.closed_on)
        ).all()
    hits = [
        AccountHit(row.id, account_name(row.handle, row.platform), row.closed_on is not None)
        for row in rows
        if closed or row.closed_on is None
    ]
    return sorted(hits, key=lambda hit: (hit.closed, hit.name.casefold(), hit.id))


@needs(Permission.ACCOUNTS_READ)
def find(ctx: Context, text: str, limit: int = 20) -> list[AccountHit]:
    """The accounts whose name, platform, link or purpose hold every word typed; open ones first."""
    wanted = text.casefold().split()
    with ctx.database.reading() as session:
        rows = session.execute(select(SchoolAccount.id, SchoolAccount.words)).all()
    fits = {row.id for row in rows if all(word in row.words for word in wanted)}
    return [hit for hit in choices(ctx, closed=True) if hit.id in fits][: max(1, limit)]


@needs(Permission.ACCOUNTS_READ)
def of_person(ctx: Context, person_id: int) -> list[AccountHit]:
    """The open accounts this person runs today or is responsible for."""
    with ctx.database.reading() as session:
        today = ctx.today()
        runs = select(AccountRunner.account_id).where(
            AccountRunner.person_id == person_id,
            AccountRunner.from_on <= today,
            AccountRunner.until_on.is_(None) | (AccountRunner.until_on > today),
        )
        ids = set(
            session.scalars(
                select(SchoolAccount.id).where(
                    SchoolAccount.closed_on.is_(None),
                    (SchoolAccount.responsible_id == person_id) | SchoolAccount.id.in_(runs),
                )
            )
        )
    return [hit for hit in choices(ctx) if hit.id in ids]


# ------------------------------------------------------------------------------------------------------------ shared


def require(session: Session, account_id: int) -> SchoolAccount:
    """The account. Raises NotFound."""
    account = session.get(SchoolAccount, account_id)
    if account is None:
        raise NotFound(NO_SUCH_ACCOUNT)
    return account


def called(account: SchoolAccount) -> str:
    """How the account is spoken of: "@brambleschool on Instagram"."""
    return account_name(account.handle, account.platform)


def _to_change(session: Session, account_id: int, expected_version: int, what: str) -> SchoolAccount:
    account = require(session, account_id)
    _same_version(account, expected_version, what)
    _refuse_closed(account)
    return account


def _same_version(account: SchoolAccount, expected: int, what: str) -> None:
    if account.version != expected:
        raise Conflict(
            f"Somebody else changed {called(account)} since you opened it. Look at it as it is now, then {what}.",
            [],
            account.version,
        )


def _refuse_closed(account: SchoolAccount) -> None:
    if account.closed_on is not None:
        raise Refused(
            f"{called(account)} was closed on {written_day(account.closed_on)} and does not change any more. Reopen it "
            "first."
        )


def _settled(
    session: Session,
    ctx: Context,
    account: SchoolAccount,
    kind: str,
    text: str = "",
    *,
    reason: str = "",
    happened_on: date | None = None,
    audited: Mapping[str, Any],
) -> Saved:
    """A new version, a line of history and an audit entry."""
    account.version += 1
    session.flush()
    history.add(session, ctx, "account", account.id, kind, text, reason=reason, happened_on=happened_on)
    audit.write(
        session,
        actor_id=ctx.user.id,
        at=ctx.now(),
        action="account.saved" if kind == "changed" else f"account.{kind}",
        object_kind="account",
        object_id=account.id,
        detail=dict(audited),
    )
    return Saved(account.id, account.version, frozenset({("account", account.id)}))
