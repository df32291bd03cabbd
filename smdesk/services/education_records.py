"""Plain data about online-safety education: sessions, assemblies, leaflets and the like (AUP-4)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

from smdesk.policy.vocabulary import KIND_LABELS, PersonKind


class EducationKind(StrEnum):
    SESSION = "session"
    ASSEMBLY = "assembly"
    LESSON = "lesson"
    LEAFLET = "leaflet"
    WEBSITE = "website"
    NEWSLETTER = "newsletter"
    OTHER = "other"


EDUCATION_KIND_LABELS = {
    EducationKind.SESSION: "Session or workshop",
    EducationKind.ASSEMBLY: "Assembly",
    EducationKind.LESSON: "Lesson",
    EducationKind.LEAFLET: "Leaflet or letter",
    EducationKind.WEBSITE: "Website",
    EducationKind.NEWSLETTER: "Newsletter",
    EducationKind.OTHER: "Other",
}

AUDIENCES = (
    PersonKind.PUPIL,
    PersonKind.PARENT,
    PersonKind.STAFF,
    PersonKind.GOVERNOR,
    PersonKind.VOLUNTEER,
    PersonKind.CONTRACTOR,
    PersonKind.THIRD_PARTY,
)
"""Whom education can be for, the usual first."""

AUDIENCE_LABELS = {
    PersonKind.PUPIL: "Pupils",
    PersonKind.PARENT: "Parents and carers",
    PersonKind.STAFF: "Staff",
    PersonKind.GOVERNOR: "Governors",
    PersonKind.VOLUNTEER: "Volunteers",
    PersonKind.CONTRACTOR: "Contractors",
    PersonKind.THIRD_PARTY: "Others outside the school",
}


def audience_words(audience: tuple[PersonKind, ...], note: str) -> str:
    """For example "Pupils, parents and carers (Year 5 and 6)"."""
    labels = [AUDIENCE_LABELS.get(kind, KIND_LABELS[kind]) for kind in audience]
    said = ", ".join([*labels[:1], *(label[:1].lower() + label[1:] for label in labels[1:])])
    return f"{said} ({note})" if note else said


@dataclass(frozen=True, slots=True)
class EducationDraft:
    """What was done, when and for whom. ``reached``: how many people; None where nobody counted."""

    held_on: date | None = None
    kind: EducationKind = EducationKind.SESSION
    title: str = ""
    audience: tuple[PersonKind, ...] = ()
    audience_note: str = ""
    reached: int | None = None
    led_by: str = ""
    notes: str = ""


@dataclass(frozen=True, slots=True)
class EducationRecord:
    """One event as opened."""

    id: int
    version: int
    draft: EducationDraft
    recorded_by: str
    recorded_at: datetime
    withdrawn: bool
    withdrawn_reason: str


class EducationView(StrEnum):
    """The ready-made views over the log. Withdrawn events are in their own view only."""

    THIS_YEAR = "this_year"
    LAST_YEAR = "last_year"
    ALL = "all"
    WITHDRAWN = "withdrawn"


EDUCATION_VIEW_LABELS = {
    EducationView.THIS_YEAR: "This school year",
    EducationView.LAST_YEAR: "Last school year",
    EducationView.ALL: "All",
    EducationView.WITHDRAWN: "Withdrawn",
}


@dataclass(frozen=True, slots=True)
class EducationFilter:
    """What the log shows. ``text`` is looked for in titles, audiences, leaders and notes."""

    view: EducationView = EducationView.ALL
    text: str = ""
    kind: EducationKind | None = None
    audience: PersonKind | None = None
    held_from: date | None = None
    held_to: date | None = None


class EducationColumn(StrEnum):
    """Columns of the log, all sortable."""

    HELD = "held"
    KIND = "kind"
    TITLE = "title"
    AUDIENCE = "audience"
    REACHED = "reached"
    LED_BY = "led_by"
    NOTES = "notes"


EDUCATION_COLUMN_LABELS = {
    EducationColumn.HELD: "Day",
    EducationColumn.KIND: "What",
    EducationColumn.TITLE: "About",
    EducationColumn.AUDIENCE: "For whom",
    EducationColumn.REACHED: "People reached",
    EducationColumn.LED_BY: "Led by",
    EducationColumn.NOTES: "Notes",
}


@dataclass(frozen=True, slots=True)
class EducationSort:
    column: EducationColumn = EducationColumn.HELD
    descending: bool = True


@dataclass(slots=True)
class EducationRow:
    """One event, ready to show."""

    id: int
    held_on: date
    kind: EducationKind
    title: str
    audience: str
    """In words."""
    reached: int | None
    led_by: str
    notes: str
    withdrawn: bool


@dataclass(frozen=True, slots=True)
class EducationCount:
    """Events, the people they reached, and how many of the events nobody counted."""

    events: int = 0
    reached: int = 0
    uncounted: int = 0


@dataclass(frozen=True, slots=True)
class EducationFigures:
    """The log in figures over a period, both ends included: no names (AUP-4, DOC-2).

    An event for several audiences counts under each of them, with all it reached: the audiences do not add up to
    ``whole``, where it counts once.
    """

    first: date
    last: date
    whole: EducationCount
    by_audience: tuple[tuple[PersonKind, EducationCount], ...]
    by_kind: tuple[tuple[EducationKind, EducationCount], ...]
