"""Plain data about what is said elsewhere about the school (REP-1 to REP-3)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import TYPE_CHECKING

from smdesk.services.history import History

if TYPE_CHECKING:  # plain data: who shows a list need not load what keeps the files
    from smdesk.services.attached_files import AttachedFileRecord


class PlaceKind(StrEnum):
    SEARCH_ENGINE = "search_engine"
    REVIEWS = "reviews"
    FORUM = "forum"
    ENCYCLOPAEDIA = "encyclopaedia"
    LOCAL_GROUP = "local_group"
    NEWS = "news"
    OTHER = "other"


PLACE_KIND_LABELS = {
    PlaceKind.SEARCH_ENGINE: "Search engine",
    PlaceKind.REVIEWS: "Review site",
    PlaceKind.FORUM: "Forum",
    PlaceKind.ENCYCLOPAEDIA: "Encyclopaedia",
    PlaceKind.LOCAL_GROUP: "Local group",
    PlaceKind.NEWS: "Local news",
    PlaceKind.OTHER: "Other",
}


class Tone(StrEnum):
    PRAISE = "praise"
    NEUTRAL = "neutral"
    CRITICISM = "criticism"


TONE_LABELS = {Tone.PRAISE: "Praise", Tone.NEUTRAL: "Neutral", Tone.CRITICISM: "Criticism"}


class FindingDecision(StrEnum):
    THANK = "thank"
    ANSWER = "answer"
    IGNORE = "ignore"
    PRIVATE_TALK = "private_talk"
    INCIDENT = "incident"


FINDING_DECISION_LABELS = {
    FindingDecision.THANK: "Thank them",
    FindingDecision.ANSWER: "Answer publicly",
    FindingDecision.IGNORE: "Leave it",
    FindingDecision.PRIVATE_TALK: "Talk in private",
    FindingDecision.INCIDENT: "Handled as an incident",
}

MASKED_FINDING = "Handed over to an incident"
"""What stands for the words of a finding whose incident this reader may not open."""

TO_BE_DONE = (FindingDecision.THANK, FindingDecision.ANSWER, FindingDecision.PRIVATE_TALK)
"""Decisions after which somebody has to do something, and says when it was done."""


@dataclass(frozen=True, slots=True)
class PlaceDraft:
    """A place to check. Name, kind and rhythm must be there; a named person should be (PPL-3)."""

    name: str = ""
    kind: PlaceKind = PlaceKind.OTHER
    link: str = ""
    look_for: str = ""
    responsible_id: int | None = None
    every_days: int = 7
    notes: str = ""


@dataclass(frozen=True, slots=True)
class PlaceRow:
    """One place in the list. ``late_days`` is how many days its check is overdue, 0 where it is not."""

    id: int
    version: int
    draft: PlaceDraft
    responsible: str
    responsible_left: bool
    """The named person has left the school: somebody else must be named."""
    due_on: date | None
    late_days: int
    checked_on: date | None
    checked_by: str
    rating_tenths: int | None
    open_findings: int
    stopped_on: date | None
    stopped_reason: str


@dataclass(frozen=True, slots=True)
class CheckDraft:
    """A look at one place. ``rating_tenths`` is 43 for 4.3 stars; ``reviews`` how many reviews the place counts."""

    on: date
    note: str = ""
    rating_tenths: int | None = None
    reviews: int | None = None


@dataclass(frozen=True, slots=True)
class CheckRow:
    id: int
    checked_on: date
    checked_by: str
    note: str
    rating_tenths: int | None
    reviews: int | None
    findings: int
    withdrawn: bool
    withdrawn_reason: str


@dataclass(frozen=True, slots=True)
class FindingDraft:
    """Something found. Place, day, tone and what was said must be there."""

    place_id: int | None = None
    check_id: int | None = None
    found_on: date | None = None
    posted_on: date | None = None
    tone: Tone = Tone.NEUTRAL
    said: str = ""
    link: str = ""
    by_name: str = ""
    person_id: int | None = None
    journalist: bool = False
    media_told_on: date | None = None
    media_told: str = ""
    notes: str = ""


@dataclass(frozen=True, slots=True)
class FindingRecord:
    """One finding as opened. ``masked``: it became an incident this reader may not open, and its text is left out."""

    id: int
    reference: str
    version: int
    masked: bool
    draft: FindingDraft
    place: str
    person_name: str
    decision: FindingDecision | None
    decision_reason: str
    decided_by: str
    decided_at: datetime | None
    done_on: date | None
    done_note: str
    incident: tuple[int, str] | None
    """Id and reference, where this reader may open it."""
    withdrawn_at: datetime | None
    withdrawn_reason: str
    waits_for_media: bool
    """A journalist's: the person for the media policy has not been told yet (REP-3)."""
    files: tuple[AttachedFileRecord, ...]
    history: tuple[History, ...]
    recorded_by: str
    recorded_at: datetime

    @property
    def editable(self) -> bool:
        """Whether what is written down of it can still be put right."""
        return not self.masked and self.withdrawn_at is None and self.decision is not FindingDecision.INCIDENT

    @property
    def to_be_done(self) -> bool:
        """Decided, and somebody still has to do it."""
        return self.editable and self.decision in TO_BE_DONE and self.done_on is None


class FindingView(StrEnum):
    TO_DECIDE = "to_decide"
    TO_DO = "to_do"
    DONE = "done"
    ALL = "all"


FINDING_VIEW_LABELS = {
    FindingView.TO_DECIDE: "To decide",
    FindingView.TO_DO: "Decided, to be done",
    FindingView.DONE: "Settled",
    FindingView.ALL: "All",
}


class FindingColumn(StrEnum):
    REFERENCE = "reference"
    FOUND = "found"
    PLACE = "place"
    TONE = "tone"
    BY = "by"
    SAID = "said"
    DECISION = "decision"
    DONE = "done"


FINDING_COLUMN_LABELS = {
    FindingColumn.REFERENCE: "Reference",
    FindingColumn.FOUND: "Found",
    FindingColumn.PLACE: "Where",
    FindingColumn.TONE: "Tone",
    FindingColumn.BY: "By",
    FindingColumn.SAID: "What was said",
    FindingColumn.DECISION: "Decision",
    FindingColumn.DONE: "Done",
}


@dataclass(frozen=True, slots=True)
class FindingFilter:
    view: FindingView = FindingView.TO_DECIDE
    text: str = ""
    tone: Tone | None = None
    place_id: int | None = None
    found_from: date | None = None
    found_to: date | None = None


@dataclass(frozen=True, slots=True)
class FindingSort:
    column: FindingColumn = FindingColumn.FOUND
    descending: bool = True


@dataclass(slots=True)
class FindingRow:
    """One line of the list, ready to show. Not frozen, as ``IncidentRow``."""

    id: int
    reference: str
    found_on: date
    place: str
    tone: Tone
    by_name: str
    said: str
    decision: FindingDecision | None
    done_on: date | None
    journalist: bool
    withdrawn: bool
    masked: bool


@dataclass(frozen=True, slots=True)
class MonthOfFindings:
    """How often the school was praised and criticised in one month (``first`` is its first day)."""

    first: date
    praise: int
    neutral: int
    criticism: int


@dataclass(frozen=True, slots=True)
class RatingPoint:
    place_id: int
    place: str
    on: date
    tenths: int


@dataclass(frozen=True, slots=True)
class Trend:
    """What was said in a time, month by month, and the ratings written down in it, oldest first."""

    first: date
    last: date
    months: tuple[MonthOfFindings, ...]
    ratings: tuple[RatingPoint, ...]
