"""The reply clock of messages on school accounts, and the time that is left of it in words (ACC-5)."""

from __future__ import annotations

from datetime import UTC, datetime

from sqlalchemy.orm import Session

from smdesk.policy.deadlines import reply_by
from smdesk.services import incident_state
from smdesk.services.message_records import MessageKind

_MINUTE, _HOUR, _DAY = 60, 3600, 86_400


def due_at(session: Session, received: datetime, kind: MessageKind, profile_id: int) -> datetime | None:
    """When a message must have had a reply under one version of the policy, in UTC; None where none is asked for.

    Praise is not answered against a clock: the rule speaks of comments, queries and complaints.
    """
    if kind is MessageKind.PRAISE:
        return None
    profile = incident_state.stored_profile(session, profile_id)
    due = reply_by(received, profile.clocks, incident_state.nation(session))
    return None if due is None else due.astimezone(UTC)


def time_left_words(due: datetime, now: datetime) -> str:
    """ "3 hours 20 minutes left", "2 days overdue". Both aware; counted in time that passes, whatever the clocks do."""
    seconds = int((due.astimezone(UTC) - now.astimezone(UTC)).total_seconds())
    if seconds >= 0:
        return "less than a minute left" if seconds < _MINUTE else f"{_length(seconds)} left"
    return "just overdue" if -seconds < _MINUTE else f"{_length(-seconds)} overdue"


def _length(seconds: int) -> str:
    days, rest = divmod(seconds, _DAY)
    hours, rest = divmod(rest, _HOUR)
    parts = [(days, "day"), (hours, "hour"), (rest // _MINUTE, "minute")]
    while parts and not parts[0][0]:
        parts.pop(0)
    # Over two days the hours say nothing any more; minutes say nothing beside days.
    shown = parts[:1] if days >= 2 else parts[:2]
    return " ".join(f"{number} {unit}{'' if number == 1 else 's'}" for number, unit in shown if number)
