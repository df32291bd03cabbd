"""Whether the accounts comply on a day, worked out live: an account whose only trained runner has left turns red by
itself (ACC-1 to ACC-4, ACC-7, PPL-3).

These functions take a session: they are called inside somebody's transaction, after that service has checked who may
do what.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

from sqlalchemy.orm import Session

from smdesk.db.models import SchoolAccount, from_utc_text
from smdesk.policy import accounts as policy
from smdesk.policy.profile import AccountRules
from smdesk.services import incident_state
from smdesk.services.account_fields import checklist_of
from smdesk.services.account_records import CHECKLIST_LABELS, AccountStanding, ChecklistPoint
from smdesk.services.account_words import standing_words
from smdesk.services.driver import driver, stored_day
from smdesk.services.readiness import Readiness, readiness

_CHUNK: Final = 5_000
"""Accounts looked at in one statement."""


def rules(session: Session) -> AccountRules:
    """What the school's policy asks of its accounts now."""
    return incident_state.stored_profile(session, incident_state.current_profile_id(session)).accounts


def standing(session: Session, account: SchoolAccount, day: date) -> AccountStanding:
    """Whether one account complies on ``day``. A closed account lacks nothing any more."""
    session.flush()
    return standings(session, [account.id], day)[account.id]


def standings(session: Session, account_ids: Sequence[int], day: date) -> dict[int, AccountStanding]:
    """Whether these accounts comply on ``day``, by id; ids that are gone are left out."""
    found: dict[int, AccountStanding] = {}
    for start in range(0, len(account_ids), _CHUNK):
        found |= _standings(session, account_ids[start : start + _CHUNK], day)
    return found


def open_ids(session: Session) -> list[int]:
    """The accounts that are not closed."""
    rows = driver(session).execute("SELECT id FROM school_account WHERE closed_on IS NULL ORDER BY id")
    return [row[0] for row in rows.fetchall()]


def not_compliant(session: Session, day: date) -> dict[int, AccountStanding]:
    """The open accounts that lack something on ``day``, by id."""
    found = standings(session, open_ids(session), day)
    return {account_id: each for account_id, each in found.items() if not each.compliant}


@dataclass(frozen=True, slots=True)
class _Account:
    """The columns compliance hangs on, as they are stored."""

    id: int
    approved_on: str | None
    responsible_id: int | None
    review_on: str | None
    opened_on: str | None
    looked_on: str | None
    checklist: str
    recorded_at: str
    closed_on: str | None


def _standings(session: Session, account_ids: Sequence[int], day: date) -> dict[int, AccountStanding]:
    raw, ids = driver(session), json.dumps(list(account_ids))
    rows = raw.execute(
        "SELECT id, approved_on, responsible_id, review_on, opened_on, looked_on, checklist, recorded_at, closed_on"
        " FROM school_account WHERE id IN (SELECT value FROM json_each(?))",
        (ids,),
    ).fetchall()
    accounts = [_Account(*row) for row in rows]
    running = _running(raw, ids, day)
    people = {person for each in running.values() for person in each}
    people |= {each.responsible_id for each in accounts if each.responsible_id is not None}
    ready = readiness(session, sorted(people), day)
    wanted = rules(session)
    found = {}
    for each in accounts:
        if each.closed_on is not None:
            found[each.id] = AccountStanding((), True, standing_words((), stored_day(each.closed_on)))
            continue
        runners = [ready.runners[person] for person in running.get(each.id, ()) if person in ready.runners]
        gaps = policy.account_gaps(
            wanted,
            _facts(each, ready, day),
            runners,
            day,
            policies=ready.policies,
            trainings=ready.trainings,
        )
        found[each.id] = AccountStanding(gaps, not gaps, standing_words(gaps))
    return found


def _running(raw: Any, ids: str, day: date) -> dict[int, list[int]]:
    """Who runs each account on the day, in the order in which they began."""
    found: dict[int, list[int]] = {}
    for account_id, person_id in raw.execute(
        "SELECT account_id, person_id FROM account_runner WHERE account_id IN (SELECT value FROM json_each(:ids))"
        " AND from_on <= :day AND (until_on IS NULL OR until_on > :day) ORDER BY from_on, id",
        {"ids": ids, "day": day.isoformat()},
    ).fetchall():
        found.setdefault(account_id, []).append(person_id)
    return found


def _facts(account: _Account, ready: Readiness, day: date) -> policy.AccountFacts:
    responsible = ready.runners.get(account.responsible_id) if account.responsible_id is not None else None
    ticked = checklist_of(account.checklist)
    return policy.AccountFacts(
        approved_on=stored_day(account.approved_on),
        responsible=responsible is not None and not responsible.has_left(day),
        review_on=stored_day(account.review_on),
        # A page of many years that came on the register last week was watched by nobody before (ACC-4).
        opened_on=incident_state.local_date(from_utc_text(account.recorded_at)),
        looked_on=stored_day(account.looked_on),
        checklist_missing=tuple(CHECKLIST_LABELS[point] for point in ChecklistPoint if point not in ticked),
    )
