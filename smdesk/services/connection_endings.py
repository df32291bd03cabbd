"""Ends of an exception that nobody decides, and those that do not stand any more, as its history tells them."""

from __future__ import annotations

from datetime import date, datetime
from typing import Final

from sqlalchemy.orm import Session

from smdesk.db.models import ConnectionEvent
from smdesk.policy.words import written_day
from smdesk.services.connection_records import END_CAUSE_LABELS, EndCause

_BY_ITSELF: Final = (EndCause.ADULT_LEFT, EndCause.OTHER_LEFT, EndCause.ROLE_CHANGED, EndCause.SUPERSEDED)
"""Ends that nobody decides. Each is written to the history when it is first seen, under its own code."""
RESUMED: Final = "resumed"
"""History: an end that was written came of a slip, and does not stand any more."""


def write_end(
    session: Session,
    exception_id: int,
    before: tuple[date | None, str],
    after: tuple[date | None, str],
    from_on: date | None,
    adult_name: str,
    other_name: str,
    today: date,
    now: datetime,
) -> None:
    """Write an end nobody decided to the history, or that one written earlier does not stand."""
    ends_on, cause = after
    if ends_on is not None and cause in _BY_ITSELF:
        kind, text = str(cause), _end_words(EndCause(cause), ends_on, adult_name, other_name, today)
    elif (
        before[0] is not None
        and before[1] in _BY_ITSELF
        and from_on is not None
        and (ends_on is None or ends_on > before[0])
    ):
        kind, ends_on = RESUMED, today
        text = (
            "Does not end by itself any more. Noted before: "
            f"{END_CAUSE_LABELS[EndCause(before[1])]}, {written_day(before[0])}."
        )
    else:
        return
    session.add(
        ConnectionEvent(
            exception_id=exception_id,
            kind=kind,
            happened_on=ends_on,
            text=text,
            rule="CON-2",
            recorded_at=now,
            recorded_by=None,
        )
    )
    session.flush()


def _end_words(cause: EndCause, ends_on: date, adult_name: str, other_name: str, today: date) -> str:
    ahead = ends_on > today
    day = written_day(ends_on)
    if cause is EndCause.SUPERSEDED:
        return f"A later exception {'takes' if ahead else 'took'} its place on {day}."
    if cause is EndCause.ROLE_CHANGED:
        return f"{adult_name} has not been in the role it was declared for since {day}."
    name = adult_name if cause is EndCause.ADULT_LEFT else other_name
    return f"{name} {'leaves' if ahead else 'left'} the school on {day}."
