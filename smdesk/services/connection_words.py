"""How an exception is referred to, and its standing on a day in words. Every screen and paper asks here."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Final, TypeVar

from smdesk.policy.vocabulary import CAPACITY_LABELS, KIND_LABELS, Capacity, PersonKind
from smdesk.policy.words import in_a_sentence, written_day
from smdesk.services.connection_records import (
    END_CAUSE_LABELS,
    EXCEPTION_STATUS_LABELS,
    EndCause,
    ExceptionStatus,
)
from smdesk.services.people_records import kinds_of

MASKED_NAME: Final = "Confidential"
"""What stands in place of a name where the reader may only know that a record exists."""

FOR_THE_CHAIR: Final = (
    "The headteacher is one of the two, and nobody decides their own exception: it is for the chair of governors "
    "(CON-5)."
)
"""Why an exception with the headteacher in it lies before somebody else, whatever the policy's words for the rest."""

_OVER: Final = {
    str(EndCause.REVOKED): ExceptionStatus.REVOKED,
    str(EndCause.SUPERSEDED): ExceptionStatus.SUPERSEDED,
}
_STATUSES: Final = {str(each): each for each in ExceptionStatus}


def reference(year: int, number: int) -> str:
    """How the office speaks of an exception: "2026/C0007"."""
    return f"{year}/C{number:04d}"


Day = TypeVar("Day", date, str)
"""A day as a date, or as the ISO text the records hold: both compare alike, and a long list saves the conversion."""


def shown_status(
    stored: str, from_on: Day | None, ends_on: Day | None, end_cause: str, day: Day
) -> ExceptionStatus:
    """Where an exception stands on ``day``. An end that lay ahead at the last write passes without another."""
    if from_on is None:  # approved at no time
        return _STATUSES[stored]
    if ends_on is None or day < ends_on:
        return ExceptionStatus.APPROVED
    return _OVER.get(end_cause, ExceptionStatus.ENDED)


def is_in_force(from_on: Day | None, ends_on: Day | None, day: Day) -> bool:
    """Whether the connection is allowed on ``day``: approved, begun, and not ended."""
    return from_on is not None and from_on <= day and (ends_on is None or day < ends_on)


def review_ahead(from_on: Day | None, ends_on: Day | None, review_on: Day | None, day: Day) -> Day | None:
    """The review an exception has before it on ``day``, or has missed; None where there is none: not approved, over,
    or ending before it would be looked at.
    """
    if from_on is None or review_on is None:
        return None
    return review_on if ends_on is None or (ends_on > day and ends_on > review_on) else None


def is_review_due(
    from_on: Day | None, ends_on: Day | None, review_on: Day | None, day: Day, remind_to: Day
) -> bool:
    """Whether on ``day`` a review is due, or so near that it is announced: reviews up to ``remind_to`` are."""
    ahead = review_ahead(from_on, ends_on, review_on, day)
    return ahead is not None and ahead <= remind_to


def status_words(
    status: ExceptionStatus,
    *,
    from_on: date | None,
    review_on: date | None,
    ends_on: date | None,
    end_cause: str,
    capacity: Capacity,
    day: date,
    reminder_days: int,
    imported: bool = False,
    unconfirmed_paper: bool = False,
) -> str:
    """A status with what the day adds to it, for example "Approved, due for review since 3 May 2026"."""
    label = EXCEPTION_STATUS_LABELS[status]
    if status is ExceptionStatus.APPROVED and from_on is not None:
        parts = ["Approved before SM Desk" if imported else label]
        if from_on > day:
            parts.append(f"begins on {written_day(from_on)}")
        if ends_on is not None:
            parts.append(f"ends on {written_day(ends_on)}")
        remind_to = day + timedelta(days=reminder_days)
        if review_on is not None and is_review_due(from_on, ends_on, review_on, day, remind_to):
            due = "due for review since" if review_on <= day else "review due on"
            parts.append(f"{due} {written_day(review_on)}")
        label = ", ".join(parts)
    elif (
        status in (ExceptionStatus.ENDED, ExceptionStatus.REVOKED, ExceptionStatus.SUPERSEDED)
        and ends_on is not None
    ):
        if from_on is not None and ends_on <= from_on:
            label = f"Never began: {in_a_sentence(end_cause_words(EndCause(end_cause), capacity))}"
        elif status is ExceptionStatus.ENDED:
            cause = EndCause(end_cause)
            label = f"Ended on {written_day(ends_on)}"
            if cause is EndCause.ENDED:
                label += " by decision"
            else:
                label += f": {in_a_sentence(end_cause_words(cause, capacity))}"
        else:
            label = f"{label} on {written_day(ends_on)}"
    if unconfirmed_paper:
        label += ", on paper, not confirmed yet"
    return label


def end_cause_words(cause: EndCause, capacity: Capacity) -> str:
    """Why an exception ended; the one who left is called what they were."""
    if cause is EndCause.OTHER_LEFT and capacity is not Capacity.PUPIL:
        return f"The {in_a_sentence(CAPACITY_LABELS[capacity])} left the school"
    return END_CAUSE_LABELS[cause]


def roles_in_words(kind: str, also: str, first: str = "") -> str:
    """All that somebody is to the school, in words: "Volunteer, also pupil" (PPL-2).

    ``kind`` and ``also`` are as on the person's record; ``first`` is in what capacity they are in the exception, and
    leads where that is one of their kinds.
    """
    kinds = list(dict.fromkeys(kinds_of(kind, also)))
    if first in kinds:
        kinds = [PersonKind(first), *(each for each in kinds if each != first)]
    rest = " and ".join(in_a_sentence(KIND_LABELS[each]) for each in kinds[1:])
    return KIND_LABELS[kinds[0]] + (f", also {rest}" if rest else "")
