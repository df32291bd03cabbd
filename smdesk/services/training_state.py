"""Who needs which training, and which of a person's trainings is the newest: worked out in SQL, for everybody at once.

The statements are this module's own pieces; every value is bound.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from datetime import date, timedelta
from typing import Any, Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from smdesk.db.models import Training
from smdesk.services import incident_state
from smdesk.services.driver import driver
from smdesk.services.family_state import FAMILY_STAYS

# The plus keeps SQLite from going through the index of merged records: nearly everybody is merged into nothing.
_HERE: Final = "+person.merged_into IS NULL AND (person.left_on IS NULL OR person.left_on > :today)"
_ASKED: Final = "(training_type.retired_on IS NULL OR training_type.retired_on > :today)"


def needed(among: str = "1") -> str:
    """What follows WITH: ``needed`` holds the pairs of training and person, for people who are at the school on
    ``:today`` and trainings that are asked for then (AUP-2, ACC-3). Parents whose children have all left need none.

    ``among`` is a condition on ``person``, for where only a few people are asked about.
    """
    return _NEEDED.replace("{among}", among)


# CROSS: the few trainings and open accounts first, whatever SQLite guesses of how many there are.
_NEEDED: Final = (
    (
        "asked(type_id, kind) AS (SELECT training_type.id, wanted.value FROM training_type,"
        " json_each('[\"' || replace(training_type.asked_of, ',', '\",\"') || '\"]') AS wanted"
        " WHERE training_type.asked_of <> '' AND {asked}),"
        " needed(type_id, person_id) AS ("
        "SELECT asked.type_id, person.id FROM asked CROSS JOIN person ON person.kind = asked.kind"
        " WHERE {here} AND {among} AND (asked.kind <> 'parent' OR {stays})"
        # A member of staff who is also a parent is asked as both.
        " UNION SELECT asked.type_id, person.id FROM asked CROSS JOIN person ON person.also <> ''"
        " AND instr(',' || person.also || ',', ',' || asked.kind || ',') WHERE {here} AND {among}"
        # ACC-3: whoever runs an account, employed or not.
        " UNION SELECT training_type.id, person.id FROM training_type"
        " CROSS JOIN school_account ON school_account.closed_on IS NULL"
        " CROSS JOIN account_runner ON account_runner.account_id = school_account.id"
        " AND account_runner.from_on <= :today"
        " AND (account_runner.until_on IS NULL OR account_runner.until_on > :today)"
        " CROSS JOIN person ON person.id = account_runner.person_id"
        " WHERE training_type.for_accounts AND {asked} AND {here} AND {among})"
    )
    .replace("{asked}", _ASKED)
    .replace("{here}", _HERE)
    .replace("{stays}", FAMILY_STAYS)
)

_NEWEST: Final = (
    "UPDATE training SET newest = coalesce(withdrawn_at IS NULL AND id = (SELECT other.id FROM training AS other"
    " WHERE other.person_id = training.person_id AND other.type_id = training.type_id"
    " AND other.withdrawn_at IS NULL ORDER BY other.done_on DESC, other.id DESC LIMIT 1), 0)"
    " WHERE person_id IN (SELECT value FROM json_each(:people))"
)


def refresh_newest(session: Session, person_ids: Iterable[int]) -> None:
    """Mark anew which training of each type is these people's newest: after one was recorded, withdrawn, or moved
    with a person's record.
    """
    people = sorted(set(person_ids))
    driver(session).execute(_NEWEST, {"people": json.dumps(people)})
    for training in session.identity_map.values():
        if isinstance(training, Training) and training.person_id in people:
            session.expire(training)


def days(today: date, reminder_days: int) -> dict[str, int | str]:
    """The days the statements ask for: today, and until when a training counts as lapsing soon."""
    return {"today": today.isoformat(), "remind_to": (today + timedelta(days=reminder_days)).isoformat()}


def reminder_days(cursor: Any) -> int:
    """How many days before its end a training is announced, as the school's policy says now."""
    profile_id = cursor.execute("SELECT profile_id FROM school").fetchone()[0]
    return incident_state.profile_on(cursor, profile_id).accounts.reminder_days


def trainings_of(session: Session, person_ids: Iterable[int]) -> list[Training]:
    """Everything recorded of these people, withdrawn ones too, newest first."""
    return list(
        session.scalars(
            select(Training)
            .where(Training.person_id.in_(set(person_ids)))
            .order_by(Training.done_on.desc(), Training.id.desc())
        )
    )
