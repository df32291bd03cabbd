"""Plain data about the headteacher's questions that travels between the window and the services (CON-4)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

from smdesk.policy.vocabulary import Capacity, PersonKind


class QuestionStatus(StrEnum):
    OPEN = "open"
    ANSWERED = "answered"
    CLOSED = "closed"


STATUS_LABELS = {
    QuestionStatus.OPEN: "Waits for an answer",
    QuestionStatus.ANSWERED: "Answered, to be closed",
    QuestionStatus.CLOSED: "Closed",
}


class QuestionOutcome(StrEnum):
    NO_CONCERN = "no_concern"
    TO_BE_DECLARED = "to_be_declared"
    MUST_END = "must_end"
    INCIDENT = "incident"


OUTCOME_LABELS = {
    QuestionOutcome.NO_CONCERN: "No concern",
    QuestionOutcome.TO_BE_DECLARED: "To be declared and decided",
    QuestionOutcome.MUST_END: "The connection must end",
    QuestionOutcome.INCIDENT: "Handled as an incident",
}


@dataclass(frozen=True, slots=True)
class QuestionRow:
    """One question, complete. ``adult_kind`` and ``capacity`` are what the two usually are; ``may_answer``,
    ``may_close`` and ``may_reopen`` are for this reader and this state.
    """

    id: int
    version: int
    adult_id: int
    adult_name: str
    adult_kind: PersonKind
    other_id: int
    other_name: str
    capacity: Capacity
    exception: tuple[int, str] | None
    status: QuestionStatus
    question: str
    asked_on: date
    asked_by: str
    answer: str
    answered_on: date | None
    answered_by: str
    outcome: QuestionOutcome | None
    outcome_reason: str
    closed_at: datetime | None
    closed_by: str
    headteacher_concerned: bool
    may_answer: bool
    may_close: bool
    may_reopen: bool
