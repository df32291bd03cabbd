"""What is due, as plain data: what Today shows, what the calendar is given, and where each thing is opened."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

from smdesk.policy.words import weekday, written_day
from smdesk.services.context import LOCAL
from smdesk.services.message_clock import time_left_words


@dataclass(frozen=True, slots=True)
class Target:
    """Where something is opened: a tab by its name, a part of it ("" where it has none), a record (0: none)."""

    tab: str
    part: str = ""
    id: int = 0


class DueKind(StrEnum):
    """What sort of thing is due. Every section of Today is of one kind, and so is every entry of a calendar."""

    REPLY = "reply"
    CHASE = "chase"
    INCIDENT = "incident"
    LETTER_SIGN = "letter_sign"
    LETTER_ISSUE = "letter_issue"
    LETTER_MEND = "letter_mend"
    LETTER_SEND = "letter_send"
    LETTER_BACK = "letter_back"
    ANSWER = "answer"
    PAPER = "paper"
    EXCEPTION = "exception"
    EXCEPTION_TO_COMPLETE = "exception_to_complete"
    EXCEPTION_REVIEW = "exception_review"
    QUESTION = "question"
    CASE = "case"
    CASE_TO_COMPLETE = "case_to_complete"
    SIGN_OFF = "sign_off"
    UNWATCHED = "unwatched"
    ACCOUNT = "account"
    ACCOUNT_REVIEW = "account_review"
    MESSAGE_OPEN = "message_open"
    FINDING = "finding"
    FINDING_TO_DO = "finding_to_do"
    PLACE = "place"
    BLOCK = "block"
    POLICY = "policy"
    TRAINING = "training"
    UNTRAINED = "untrained"
    OUTSTANDING = "outstanding"


SECTION_TITLES: dict[DueKind, str] = {
    DueKind.REPLY: "Comments and messages to answer",
    DueKind.INCIDENT: "Incidents you were told of",
    DueKind.PAPER: "Decisions on paper to confirm",
    DueKind.LETTER_SIGN: "Letters to sign",
    DueKind.EXCEPTION: "Exceptions to decide",
    DueKind.QUESTION: "Answered questions to close",
    DueKind.SIGN_OFF: "Posts to sign off",
    DueKind.CHASE: "Removal requests to chase and steps that are due",
    DueKind.LETTER_MEND: "Letters returned to the office",
    DueKind.LETTER_ISSUE: "Letters to issue",
    DueKind.LETTER_SEND: "Letters issued, not sent yet",
    DueKind.LETTER_BACK: "Letters that came back",
    DueKind.MESSAGE_OPEN: "Comments and messages acknowledged, still to be answered",
    DueKind.FINDING: "What was said elsewhere, to decide",
    DueKind.FINDING_TO_DO: "What was said elsewhere, decided and still to be done",
    DueKind.UNWATCHED: "Accounts to look at",
    DueKind.PLACE: "Places to check",
    DueKind.ACCOUNT: "Accounts that do not comply",
    DueKind.CASE: "Business cases for the next meeting",
    DueKind.CASE_TO_COMPLETE: "Business cases to complete",
    DueKind.EXCEPTION_TO_COMPLETE: "Declarations to complete",
    DueKind.EXCEPTION_REVIEW: "Exceptions to review",
    DueKind.ACCOUNT_REVIEW: "Accounts to review",
    DueKind.BLOCK: "Blocks to review",
    DueKind.POLICY: "Policies to review",
    DueKind.TRAINING: "Training that lapses",
    DueKind.UNTRAINED: "Training that is needed",
    DueKind.OUTSTANDING: "Agreements outstanding",
}
"""What each section of Today is called, in the order in which they stand: what cannot wait comes first. An answer to
a letter has none: it is for the calendar alone.
"""


@dataclass(frozen=True, slots=True)
class Item:
    """One thing to do. ``due`` is a day, an aware moment, or None where only somebody waits for it."""

    kind: DueKind
    id: int
    title: str
    why: str
    due: date | datetime | None
    overdue: bool
    target: Target

    @property
    def key(self) -> str:
        """What tells one item from every other, for the window to find it again after a change."""
        return f"{self.kind}-{self.target.tab}-{self.id}"


@dataclass(frozen=True, slots=True)
class Section:
    """Things of one kind: the first few of ``count``. ``overdue`` is how many of all of them are. ``target`` opens
    the list they all stand in.
    """

    kind: DueKind
    count: int
    overdue: int
    items: tuple[Item, ...]
    target: Target

    @property
    def title(self) -> str:
        return SECTION_TITLES[self.kind]

    @property
    def more(self) -> int:
        """How many there are besides those listed."""
        return self.count - len(self.items)


@dataclass(frozen=True, slots=True)
class DueDate:
    """A day or an aware moment by which something is due, for a calendar that leaves the program.

    ``title`` names no pupil and no parent: references and the names of accounts, places and policies only.
    ``key`` stays the same as long as the thing does, whatever day it moves to.
    """

    kind: DueKind
    key: str
    due: date | datetime
    title: str
    target: Target

    @property
    def day(self) -> date:
        """The day at the school."""
        return day_of(self.due)


@dataclass(frozen=True, slots=True)
class Today:
    """What one reader has to do. ``coming`` is what comes up next, for a day on which nothing is due.

    ``figures_only``: this reader has no work here, only figures (a governor).
    """

    as_of: datetime
    sections: tuple[Section, ...]
    coming: tuple[DueDate, ...]
    figures_only: bool = False

    @property
    def count(self) -> int:
        return sum(section.count for section in self.sections)

    @property
    def overdue(self) -> int:
        return sum(section.overdue for section in self.sections)


def summary_words(count: int, overdue: int) -> str:
    """How much there is to do, in a sentence."""
    if not count:
        return "Nothing is due, and nothing is overdue."
    late = f", {overdue:,} of them overdue" if overdue and count > 1 else ""
    if count == 1 and overdue:
        late = ", and it is overdue"
    return f"{_count(count, 'thing')} to see to{late}."


def item_words(item: Item, as_of: datetime) -> str:
    """When a thing is due, in words; "" where only somebody waits for it."""
    if item.due is not None:
        return due_words(item.due, as_of)
    return "overdue" if item.overdue else ""


def due_words(due: date | datetime, as_of: datetime) -> str:
    """When something is due, as people say it at ``as_of``: "2 hours overdue", "due today at 16:05", "due tomorrow".

    A day is over when it is over: what was due yesterday is overdue, what is due today is not.
    """
    today = as_of.astimezone(LOCAL).date()
    if isinstance(due, datetime):
        local = due.astimezone(LOCAL)
        if (local.hour, local.minute) == (23, 59):
            # The end of a day is said as the day: 23:59 is nobody's appointment.
            return due_words(local.date(), as_of)
        if due < as_of:
            return time_left_words(due, as_of)
        return f"due {_day_words(local.date(), today)} at {local:%H:%M}"
    if due < today:
        return f"{_count((today - due).days, 'day')} overdue"
    return f"due {_day_words(due, today)}"


def _day_words(day: date, today: date) -> str:
    away = (day - today).days
    if away in (0, 1):
        return "today" if away == 0 else "tomorrow"
    return f"on {weekday(day)}" if away < 7 else f"on {written_day(day)}"


def _count(number: int, what: str) -> str:
    return f"{number:,} {what}" if number == 1 else f"{number:,} {what}s"


def day_of(due: date | datetime) -> date:
    """The day at the school that a due day or moment falls on."""
    return due.astimezone(LOCAL).date() if isinstance(due, datetime) else due


@dataclass(frozen=True, slots=True)
class Overdue:
    """Comments on school accounts past their time: how many, and of the one that has waited longest how long it is
    overdue in words, and where it is opened.
    """

    count: int = 0
    words: str = ""
    target: Target | None = None
