"""What the records say about watching the accounts, gathered for ``policy.watching`` to judge (ACC-4).

These functions take a session: they are called inside somebody's transaction, after that service has checked who may
do what.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from smdesk.db.models import AccountLook, Person, SchoolAccount, WatchCover, WatchTurn
from smdesk.policy import watching as policy
from smdesk.policy.deadlines import bank_holidays
from smdesk.policy.watching import Absence, Cell, Duty, Turn, Watched, Watcher
from smdesk.services import account_state, incident_state
from smdesk.services.account_words import account_name
from smdesk.services.incident_state import local_date
from smdesk.services.people_base import name_of
from smdesk.services.watching_records import WatchFigures

Looks = dict[int, dict[date, bool]]
"""Days somebody looked, by account; True where something was found."""


@dataclass(frozen=True, slots=True)
class Facts:
    """The rotas of some accounts, who is away, who has left, and what the policy asks."""

    days_a_week: int
    bank_holidays: frozenset[date]
    accounts: dict[int, Watched]
    names: dict[int, str]
    absences: tuple[Absence, ...]
    watchers: dict[int, Watcher]

    def asked(
        self, account_id: int, first: date, last: date, looked: Iterable[date], today: date
    ) -> frozenset[date]:
        """The days somebody should look at this account. ``looked`` reaches back to the Monday before ``first``."""
        return policy.asked_days(
            self.accounts[account_id],
            first,
            last,
            days_a_week=self.days_a_week,
            looked=frozenset(looked),
            bank_holidays=self.bank_holidays,
            today=today,
        )

    def strip(
        self, account_id: int, first: date, last: date, looked: dict[date, bool], today: date
    ) -> tuple[Cell, ...]:
        """The days of one account as cells."""
        asked = self.asked(account_id, first, last, looked, today)
        return policy.cells(self.accounts[account_id], first, last, looked=looked, asked=asked, today=today)

    def duties(self, account_id: int, day: date, *, asked: bool) -> tuple[Duty, ...]:
        """Who looks at this account on a day."""
        return policy.duties(
            self.accounts[account_id], day, self.absences, self.watchers, self.bank_holidays, asked=asked
        )


def facts(session: Session, account_ids: Sequence[int]) -> Facts:
    """Everything the rota of these accounts hangs on, in the order of ``account_ids``."""
    wanted = list(account_ids)
    rows = {row.id: row for row in session.scalars(select(SchoolAccount).where(SchoolAccount.id.in_(wanted)))}
    turns: dict[int, list[Turn]] = {}
    for turn in session.scalars(
        select(WatchTurn).where(WatchTurn.account_id.in_(wanted)).order_by(WatchTurn.id)
    ):
        turns.setdefault(turn.account_id, []).append(
            Turn(turn.person_id, turn.days, turn.holidays, turn.from_on, turn.until_on)
        )
    absences = tuple(
        Absence(each.account_id, each.absent_id, each.cover_id, each.from_on, each.until_on)
        for each in session.scalars(
            select(WatchCover)
            .where(or_(WatchCover.account_id.is_(None), WatchCover.account_id.in_(wanted)))
            .order_by(WatchCover.id)
        )
    )
    named = {turn.person_id for lines in turns.values() for turn in lines}
    named |= {each.absent_id for each in absences}
    named |= {each.cover_id for each in absences if each.cover_id is not None}
    accounts = {each: _watched(rows[each], turns.get(each, [])) for each in wanted if each in rows}
    return Facts(
        account_state.rules(session).monitor_days_a_week,
        bank_holidays(incident_state.nation(session)),
        accounts,
        {each: account_name(rows[each].handle, rows[each].platform) for each in accounts},
        absences,
        watchers(session, named),
    )


def watchers(session: Session, person_ids: Iterable[int]) -> dict[int, Watcher]:
    """These people as the rota knows them, by id."""
    rows = session.scalars(select(Person).where(Person.id.in_(set(person_ids))))
    return {row.id: Watcher(row.id, name_of(row), row.left_on) for row in rows}


def first_day(account: SchoolAccount) -> date:
    """The first day somebody could have looked at an account."""
    return account.opened_on or local_date(account.recorded_at)


def _watched(account: SchoolAccount, turns: Sequence[Turn]) -> Watched:
    closed = account.closed_on
    return Watched(
        account.id, tuple(turns), first_day(account), None if closed is None else closed - timedelta(days=1)
    )


def open_accounts(session: Session) -> list[int]:
    """The accounts that are not closed, by their names."""
    rows = session.execute(
        select(SchoolAccount.id, SchoolAccount.handle, SchoolAccount.platform).where(
            SchoolAccount.closed_on.is_(None)
        )
    ).all()
    return [row.id for row in sorted(rows, key=lambda row: (row.handle.casefold(), row.platform, row.id))]


def looks(session: Session, account_ids: Sequence[int], first: date, last: date) -> Looks:
    """Days somebody looked, by account, from the Monday before ``first``: the policy counts whole weeks."""
    monday = first - timedelta(days=first.weekday())
    found: Looks = {each: {} for each in account_ids}
    rows = session.execute(
        select(AccountLook.account_id, AccountLook.looked_on, AccountLook.found).where(
            AccountLook.account_id.in_(list(account_ids)),
            AccountLook.looked_on.between(monday, last),
            AccountLook.withdrawn_at.is_(None),
        )
    )
    for row in rows:
        found[row.account_id][row.looked_on] = found[row.account_id].get(row.looked_on, False) or row.found
    return found


def figures(session: Session, first: date, last: date, today: date) -> WatchFigures:
    """How far the accounts were watched from ``first`` to ``last``, over all that were on the register then."""
    last = min(last, today)
    ids = [
        row.id
        for row in session.scalars(
            select(SchoolAccount).where(SchoolAccount.closed_on.is_(None) | (SchoolAccount.closed_on > first))
        )
        if first_day(row) <= last
    ]
    found = facts(session, ids)
    seen = looks(session, ids, first, last)
    asked = looked = weekends = 0
    for each in ids:
        strip = found.strip(each, first, last, seen[each], today)
        counted = policy.coverage(strip)
        asked += counted.asked
        looked += counted.looked
        missed = {cell.day for cell in strip if cell.mark is policy.Mark.MISSED}
        weekends += sum(1 for day in missed if day.weekday() == 5 and day + timedelta(days=1) in missed)
    return WatchFigures(len(ids), asked, looked, weekends)
