"""Watching the school's accounts: who looks today, "looked, nothing new", and what the last weeks show (ACC-4)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date, timedelta
from typing import Any, Final

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from smdesk.db import audit
from smdesk.db.models import AccountLook, Person, SchoolAccount, WatchTurn
from smdesk.errors import Invalid, NotFound, Problem, Refused
from smdesk.policy import watching as policy
from smdesk.policy.accounts import AccountFacts, watch_gap
from smdesk.policy.watching import Duty, Turn
from smdesk.policy.words import listed, written_day
from smdesk.security.permissions import Permission
from smdesk.services import account_state, history, incident_fields, watching_state
from smdesk.services.account_words import account_name
from smdesk.services.context import Changes, Context, Saved, needs
from smdesk.services.people_base import name_of, standing_person
from smdesk.services.watching_records import (
    NOTE_AFTER_DAYS,
    WEEKS,
    AccountWatch,
    DueLook,
    Looked,
    LookRow,
    WatchBoard,
)
from smdesk.services.watching_state import Facts

NO_SUCH_ACCOUNT: Final = "There is no such account on the register."
_LONGEST: Final = 4_000
_AHEAD: Final = timedelta(days=13)
"""How far ahead days on which nobody can look are told of."""


@needs(Permission.ACCOUNTS_WATCH)
def look(
    ctx: Context,
    account_ids: Sequence[int],
    found: bool = False,
    note: str = "",
    on: date | None = None,
    person_id: int | None = None,
) -> Looked:
    """Write down that somebody looked at these accounts on a day (today unless given).

    ``person_id`` is who looked, where it was not whoever writes it down. Raises Invalid for a day in the future or
    before the account was on the register, for something found without a word, and for a day long past without a note;
    NotFound, and Refused for a closed account.
    """
    day, note = on or ctx.today(), note.strip()
    with ctx.database.writing() as session:
        accounts = [_standing_account(session, each) for each in dict.fromkeys(account_ids)]
        person = None if person_id is None else standing_person(session, person_id)
        problems = list(_look_problems(ctx, accounts, found, note, day, person))
        if problems:
            raise Invalid(problems)
        rows = [
            AccountLook(
                account_id=account.id,
                looked_on=day,
                looked_by=ctx.user.name if person is None else name_of(person),
                person_id=ctx.user.person_id if person is None else person.id,
                found=found,
                note=note,
                recorded_by=ctx.user.id,
                recorded_at=ctx.now(),
            )
            for account in accounts
        ]
        session.add_all(rows)
        session.flush()
        for account in accounts:
            account.looked_on = max(day, account.looked_on or day)
        detail = {"on": day, "accounts": [each.id for each in accounts], "found": found, "note": note}
        _audit(session, ctx, "account.looked", accounts, detail)
        return Looked(rows[0].id, 1, _changes(accounts), tuple(row.id for row in rows))


def _look_problems(
    ctx: Context,
    accounts: Sequence[SchoolAccount],
    found: bool,
    note: str,
    day: date,
    person: Person | None,
) -> Iterable[Problem]:
    if not accounts:
        yield Problem("account_ids", "Choose the account that was looked at.")
    if day > ctx.today():
        yield Problem("on", "That day lies in the future: nobody can have looked yet. Check the date.")
    for account in accounts:
        first = watching_state.first_day(account)
        if day < first:
            yield Problem("on", f"{_name(account)} is on the register since {written_day(first)} only.")
    if person is not None and person.left_on is not None and person.left_on <= day:
        yield Problem(
            "person_id",
            f"{name_of(person)} left the school on {written_day(person.left_on)}. Check who looked.",
        )
    if len(note) > _LONGEST:
        yield Problem("note", f"At most {_LONGEST:,} letters can be kept.")
    elif found and not note:
        yield Problem("note", "Say in a few words what was found.")
    elif not note and (ctx.today() - day).days > NOTE_AFTER_DAYS:
        yield Problem(
            "note",
            f"That is more than {NOTE_AFTER_DAYS} days ago: add a note of how you know that somebody looked.",
        )


@needs(Permission.ACCOUNTS_WATCH)
def withdraw_look(ctx: Context, look_ids: Sequence[int], reason: str) -> Saved:
    """Take back looks that were a slip; their lines stay, struck out, with the reason.

    Raises Invalid without a reason, NotFound, Refused for one taken back already.
    """
    reason = reason.strip()
    if not reason:
        raise Invalid.one("reason", "Say why it is taken back. The line stays, with the reason.")
    with ctx.database.writing() as session:
        rows = [session.get(AccountLook, each) for each in dict.fromkeys(look_ids)]
        found = [row for row in rows if row is not None]
        if not found or len(found) != len(rows):
            raise NotFound("There is no such entry any more.")
        accounts = {row.account_id: session.get_one(SchoolAccount, row.account_id) for row in found}
        for row in found:
            if row.withdrawn_at is not None:
                raise Refused("This entry has been taken back already.")
            row.withdrawn_at, row.withdrawn_reason = ctx.now(), reason
            said = f"Taken back: looked at on {written_day(row.looked_on)} by {row.looked_by}."
            history.add(session, ctx, "account", row.account_id, "look_withdrawn", said, reason=reason)
        session.flush()
        for account in accounts.values():
            account.looked_on = session.scalar(
                select(func.max(AccountLook.looked_on)).where(
                    AccountLook.account_id == account.id, AccountLook.withdrawn_at.is_(None)
                )
            )
        detail = {"looks": [row.id for row in found], "reason": reason}
        _audit(session, ctx, "account.look_withdrawn", list(accounts.values()), detail)
        return Saved(found[0].id, 1, _changes(accounts.values()))


@needs(Permission.ACCOUNTS_READ)
def looks(ctx: Context, account_id: int, from_on: date, until: date) -> list[LookRow]:
    """Every look at an account from one day to another, both included, the newest first; those taken back as well."""
    with ctx.database.reading() as session:
        _account(session, account_id)
        return _rows(session, [account_id], from_on, until).get(account_id, [])


def _rows(session: Session, account_ids: Sequence[int], first: date, last: date) -> dict[int, list[LookRow]]:
    rows = session.scalars(
        select(AccountLook)
        .where(AccountLook.account_id.in_(list(account_ids)), AccountLook.looked_on.between(first, last))
        .order_by(AccountLook.looked_on.desc(), AccountLook.id.desc())
    ).all()
    users = incident_fields.user_names(session, (row.recorded_by for row in rows))
    found: dict[int, list[LookRow]] = {}
    for row in rows:
        found.setdefault(row.account_id, []).append(
            LookRow(
                row.id,
                row.looked_on,
                row.looked_by,
                row.found,
                row.note,
                users[row.recorded_by],
                row.recorded_at,
                row.withdrawn_at,
                row.withdrawn_reason,
            )
        )
    return found


# Who looks, and what the last weeks show


@needs(Permission.ACCOUNTS_READ)
def due_on(ctx: Context, day: date) -> list[DueLook]:
    """Which open accounts somebody should look at on a day, who that is, and whether somebody has."""
    return due_between(ctx, day, day)[day]


@needs(Permission.ACCOUNTS_READ)
def due_between(ctx: Context, first: date, last: date) -> dict[date, list[DueLook]]:
    """``due_on`` for every day from ``first`` to ``last``."""
    today = ctx.today()
    with ctx.database.reading() as session:
        ids = watching_state.open_accounts(session)
        facts = watching_state.facts(session, ids)
        seen = watching_state.looks(session, ids, first, last)
        asked = {each: facts.asked(each, first, last, seen[each], today) for each in ids}
        found: dict[date, list[DueLook]] = {}
        for ahead in range((last - first).days + 1):
            day = first + timedelta(days=ahead)
            found[day] = [
                due
                for each in ids
                for due in _due(ctx, facts, each, day, asked=day in asked[each], looked=day in seen[each])
            ]
        return found


def _due(
    ctx: Context, facts: Facts, account_id: int, day: date, *, asked: bool, looked: bool
) -> tuple[DueLook, ...]:
    return tuple(
        _due_look(ctx, facts, duty, looked=looked) for duty in facts.duties(account_id, day, asked=asked)
    )


def _due_look(ctx: Context, facts: Facts, duty: Duty, *, looked: bool) -> DueLook:
    return DueLook(
        duty.account_id,
        facts.names[duty.account_id],
        duty.person_id,
        "" if duty.person_id is None else facts.watchers[duty.person_id].name,
        "" if duty.instead_of is None else facts.watchers[duty.instead_of].name,
        looked,
        duty.problem,
        duty.person_id is not None and duty.person_id == ctx.user.person_id,
    )


@needs(Permission.ACCOUNTS_READ)
def coverage(
    ctx: Context, weeks: int = WEEKS, account_ids: Sequence[int] | None = None
) -> list[AccountWatch]:
    """The last weeks of the open accounts, or of these ones, up to today: a cell a day, and the same in words."""
    with ctx.database.reading() as session:
        ids = watching_state.open_accounts(session) if account_ids is None else list(account_ids)
        return _watch(session, ctx, watching_state.facts(session, ids), weeks)


@needs(Permission.ACCOUNTS_READ)
def board(ctx: Context, weeks: int = WEEKS) -> WatchBoard:
    """Everything the watching screen shows: the accounts by name, and what to know of the next two weeks."""
    with ctx.database.reading() as session:
        facts = watching_state.facts(session, watching_state.open_accounts(session))
        accounts = _watch(session, ctx, facts, weeks)
        return WatchBoard(
            ctx.today(), facts.days_a_week, tuple(accounts), tuple(_warnings(facts, ctx.today()))
        )


def _watch(session: Session, ctx: Context, facts: Facts, weeks: int) -> list[AccountWatch]:
    today = ctx.today()
    first = today - timedelta(days=7 * weeks - 1)
    ids = list(facts.accounts)
    seen = watching_state.looks(session, ids, first, today)
    now = _rows(session, ids, today, today)
    rules = account_state.rules(session)
    accounts = {
        row.id: row for row in session.scalars(select(SchoolAccount).where(SchoolAccount.id.in_(ids)))
    }
    found = []
    for each in ids:
        account, strip = accounts[each], facts.strip(each, first, today, seen[each], today)
        counted = policy.coverage(strip)
        turns = [turn for turn in facts.accounts[each].turns if _runs(turn, today)]
        opened = watching_state.first_day(account)
        since = account.looked_on or opened
        late = watch_gap(rules, AccountFacts(None, True, None, opened, account.looked_on, ()), today)
        asked_today = strip[-1].asked
        found.append(
            AccountWatch(
                each,
                account.version,
                facts.names[each],
                strip,
                counted,
                policy.coverage_words(counted),
                _due(ctx, facts, each, today, asked=asked_today, looked=today in seen[each]),
                asked_today,
                tuple(row for row in now.get(each, []) if row.withdrawn_at is None),
                account.looked_on,
                None if late is None or account.closed_on is not None else (today - since).days,
                turns_words(turns, {key: who.name for key, who in facts.watchers.items()}),
                policy.rota_words(facts.days_a_week, turns),
            )
        )
    return found


def _runs(turn: Turn | WatchTurn, day: date) -> bool:
    return turn.until_on is None or turn.until_on >= day


def turns_words(turns: Iterable[Turn], names: dict[int, str]) -> str:
    """A rota in a sentence: "Tim Hazel Monday to Friday, not on bank holidays; Bea Cedar Saturday and Sunday"."""
    lines = []
    for turn in turns:
        said = f"{names[turn.person_id]} {policy.days_words(turn.days)}"
        if not turn.holidays:
            said += ", not on bank holidays"
        if turn.until_on is not None:
            said += f", until {written_day(turn.until_on)}"
        lines.append(said)
    return "; ".join(lines)


def _warnings(facts: Facts, today: date) -> Iterable[str]:
    """What stands on a rota and cannot be kept in the next two weeks: somebody left, or away without cover."""
    days: dict[str, dict[int, list[date]]] = {}
    day = today
    while day <= today + _AHEAD:
        for account_id in facts.accounts:
            for duty in facts.duties(account_id, day, asked=False):
                if duty.problem:
                    days.setdefault(duty.problem, {}).setdefault(account_id, []).append(day)
        day += timedelta(days=1)
    for problem, where in days.items():
        every = [each for found in where.values() for each in found]
        span = policy.span_words(min(every), max(every))
        # Twenty names in one sentence tell nobody more than their number does.
        names = [facts.names[each] for each in where]
        named = listed(names) if len(names) <= 4 else f"{len(names)} accounts"
        yield f"{problem.removesuffix('.')}: {named}, {span}."


# Inside a transaction


def _account(session: Session, account_id: int) -> SchoolAccount:
    account = session.get(SchoolAccount, account_id)
    if account is None:
        raise NotFound(NO_SUCH_ACCOUNT)
    return account


def _standing_account(session: Session, account_id: int) -> SchoolAccount:
    account = _account(session, account_id)
    if account.closed_on is not None:
        raise Refused(
            f"{_name(account)} was closed on {written_day(account.closed_on)}: nobody looks after it any more."
        )
    return account


def _name(account: SchoolAccount) -> str:
    return account_name(account.handle, account.platform)


def _changes(accounts: Iterable[SchoolAccount]) -> Changes:
    return frozenset(("look", account.id) for account in accounts)


def _audit(
    session: Session, ctx: Context, action: str, accounts: Sequence[SchoolAccount], detail: dict[str, Any]
) -> None:
    audit.write(
        session,
        actor_id=ctx.user.id,
        at=ctx.now(),
        action=action,
        object_kind="account",
        object_id=accounts[0].id if len(accounts) == 1 else None,
        detail=detail,
    )
