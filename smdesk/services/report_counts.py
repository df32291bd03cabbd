"""What a term holds, counted in SQL for the governors' report (DOC-2).

Every record counts, confidential ones too; what may be shown is decided in ``report_protection``.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field, fields
from datetime import date, datetime
from typing import Any, Final

from smdesk.db.models import utc_text
from smdesk.policy.vocabulary import STEP_LABELS
from smdesk.services import incident_state, reference_data
from smdesk.services.periods import Period

NONE: Final = ""
"""Not recorded."""
OTHER: Final = "other"


@dataclass
class Counts:
    """What one term, or the sum of some, holds. Keys are codes; "" stands for not recorded."""

    total: int = 0
    open: int = 0
    overdue: int = 0
    kind: Counter[str] = field(default_factory=Counter)
    platform: Counter[str] = field(default_factory=Counter)
    stage: Counter[str] = field(default_factory=Counter)
    conduct: Counter[str] = field(default_factory=Counter)
    month: Counter[str] = field(default_factory=Counter)
    removal_days: Counter[int] = field(default_factory=Counter)
    reply: Counter[str] = field(default_factory=Counter)
    """Comments owed a reply, whether logged as an incident or as a message: in_time, late, waiting (ACC-5)."""
    message: Counter[str] = field(default_factory=Counter)
    """Messages on school accounts by MessageKind."""
    declared: Counter[str] = field(default_factory=Counter)
    """Connection exceptions declared, by Timeliness (CON-2)."""
    tone: Counter[str] = field(default_factory=Counter)
    """What was found said elsewhere, by Tone (REP-2)."""
    sessions: Counter[str] = field(default_factory=Counter)
    """Online-safety education by kind (AUP-4)."""
    reached: Counter[str] = field(default_factory=Counter)
    """People it reached, by audience. A session for two audiences counts for both."""
    letter: Counter[str] = field(default_factory=Counter)
    """Letters issued, by LetterKind (DOC-1)."""
    decision: Counter[str] = field(default_factory=Counter)
    """What was decided about business cases, by CaseDecisionKind (ACC-2)."""
    blocked: int = 0
    """Followers and senders blocked (ACC-9)."""


def count(cursor: Any, term: Period, now: datetime) -> Counts:
    """One term's incidents, counted in SQL."""
    start, end = (utc_text(moment) for moment in term.bounds())
    counts = Counts()
    months = [(month_name(first), utc_text(end)) for first, end in term.month_ends()]
    month = " ".join(f"WHEN received_at < ? THEN {place}" for place in range(len(months)))
    rows = cursor.execute(
        f"SELECT author_kind, platform, stage, CASE {month} END, count(*), sum(status = 'open'),"  # noqa: S608 - bound values
        " sum(status = 'open' AND next_due < ?), sum(reply_by IS NOT NULL AND replied_at <= reply_by),"
        " sum(reply_by IS NOT NULL AND replied_at > reply_by), sum(reply_by IS NOT NULL AND replied_at IS NULL)"
        " FROM incident WHERE received_at >= ? AND received_at < ? GROUP BY 1, 2, 3, 4",
        [*(ends for _, ends in months), utc_text(now), start, end],
    )
    for kind, platform, stage, place, number, opened, overdue, in_time, late, waiting in rows:
        counts.total += number
        counts.open += opened
        counts.overdue += overdue or 0
        counts.kind[kind] += number
        counts.platform[_platform(platform)] += number
        counts.stage[stage if stage in _STAGES else NONE] += number
        counts.month[months[place][0]] += number
        counts.reply.update(in_time=in_time or 0, late=late or 0, waiting=waiting or 0)
    rows = cursor.execute(
        "SELECT conduct, count(*) FROM incident JOIN incident_conduct ON incident_conduct.incident_id = incident.id"
        " WHERE received_at >= ? AND received_at < ? GROUP BY conduct",
        (start, end),
    )
    counts.conduct.update(dict(rows.fetchall()))
    (without,) = cursor.execute(
        "SELECT count(*) FROM incident WHERE received_at >= ? AND received_at < ?"
        " AND NOT EXISTS (SELECT 1 FROM incident_conduct WHERE incident_conduct.incident_id = incident.id)",
        (start, end),
    ).fetchone()
    counts.conduct[NONE] = without
    # A post made late in the evening and gone the next day was up for a day: days at the school, not hours.
    rows = cursor.execute(
        "SELECT substr(received_at, 1, 13), removed_on, count(*) FROM incident"
        " WHERE received_at >= ? AND received_at < ? AND removed_on IS NOT NULL GROUP BY 1, 2",
        (start, end),
    )
    for hour, removed, number in rows:
        received = incident_state.local_date(datetime.fromisoformat(f"{hour}:00:00+00:00"))
        counts.removal_days[max(0, (date.fromisoformat(removed) - received).days)] += number
    _count_others(cursor, term, counts, start, end)
    return counts


def _count_others(cursor: Any, term: Period, counts: Counts, start: str, end: str) -> None:
    """Messages, declarations, findings and education of the term."""
    first, last = term.start.isoformat(), term.end.isoformat()
    for kind, handed_over, number, in_time, late, waiting in cursor.execute(
        "SELECT kind, incident_id IS NOT NULL, count(*),"
        " sum(due_at IS NOT NULL AND replied_at <= due_at), sum(due_at IS NOT NULL AND replied_at > due_at),"
        " sum(due_at IS NOT NULL AND replied_at IS NULL AND settled_at IS NULL) FROM account_message"
        " WHERE received_at >= ? AND received_at < ? AND withdrawn_at IS NULL GROUP BY 1, 2",
        (start, end),
    ):
        counts.message[kind] += number
        if not handed_over:  # its clock runs on in the incident it became
            counts.reply.update(in_time=in_time or 0, late=late or 0, waiting=waiting or 0)
    for statement, counted in (
        (_DECLARED, counts.declared),
        (_FOUND, counts.tone),
        (_HELD, counts.sessions),
        (_ISSUED, counts.letter),
        (_DECIDED, counts.decision),
    ):
        counted.update(dict(cursor.execute(statement, (first, last)).fetchall()))
    (counts.blocked,) = cursor.execute(
        "SELECT count(*) FROM block WHERE since_on BETWEEN ? AND ?", (first, last)
    ).fetchone()
    for audience, reached in cursor.execute(
        "SELECT audience, sum(reached) FROM education_event WHERE held_on BETWEEN ? AND ?"
        " AND withdrawn_at IS NULL AND reached IS NOT NULL GROUP BY 1",
        (first, last),
    ):
        for kind in audience.split(","):
            counts.reached[kind] += reached


_DECLARED: Final = (
    "SELECT timeliness, count(*) FROM connection_exception"
    " WHERE declared_on BETWEEN ? AND ? AND withdrawn_at IS NULL GROUP BY 1"
)
_FOUND: Final = (
    "SELECT tone, count(*) FROM finding WHERE found_on BETWEEN ? AND ? AND withdrawn_at IS NULL GROUP BY 1"
)
_HELD: Final = (
    "SELECT kind, count(*) FROM education_event"
    " WHERE held_on BETWEEN ? AND ? AND withdrawn_at IS NULL GROUP BY 1"
)
_ISSUED: Final = "SELECT kind, count(*) FROM letter WHERE issued_on BETWEEN ? AND ? GROUP BY 1"
_DECIDED: Final = "SELECT kind, count(*) FROM case_decision WHERE decided_on BETWEEN ? AND ? GROUP BY 1"
_STAGES: Final = frozenset(str(step) for step in STEP_LABELS)


def _platform(stored: str) -> str:
    """A platform's code for the table. What a school typed itself is "other": its words could name somebody."""
    if not stored:
        return NONE
    label = reference_data.platform_label(stored)
    return next((each.code for each in reference_data.platforms() if each.label == label), OTHER)


def summed(parts: Iterable[Counts]) -> Counts:
    whole = Counts()
    for part in parts:
        for each in fields(Counts):
            held = getattr(part, each.name)
            if isinstance(held, Counter):
                getattr(whole, each.name).update(held)
            else:
                setattr(whole, each.name, getattr(whole, each.name) + held)
    return whole


def month_name(first: date) -> str:
    return f"{first:%Y-%m}"
