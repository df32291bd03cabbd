"""Plain data about training and how long it counts (AUP-2, ACC-3)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum

from smdesk.policy.vocabulary import PersonKind
from smdesk.policy.words import written_day
from smdesk.services.context import Saved


class TrainingStanding(StrEnum):
    """How one person stands with one training on a day, the most pressing first."""

    MISSING = "missing"
    LAPSED = "lapsed"
    LAPSING = "lapsing"
    VALID = "valid"


STANDING_LABELS = {
    TrainingStanding.MISSING: "Needed and missing",
    TrainingStanding.LAPSED: "Lapsed",
    TrainingStanding.LAPSING: "Lapsing soon",
    TrainingStanding.VALID: "In date",
}


def standing_on(
    done_on: date | None, valid_until: date | None, day: date, reminder_days: int
) -> TrainingStanding:
    """How a training stands on ``day``. ``valid_until`` is the last day it counts; None: it does not lapse."""
    if done_on is None:
        return TrainingStanding.MISSING
    if valid_until is None or valid_until > day + timedelta(days=reminder_days):
        return TrainingStanding.VALID
    return TrainingStanding.LAPSING if valid_until >= day else TrainingStanding.LAPSED


def standing_words(standing: TrainingStanding, valid_until: date | None) -> str:
    """For example "Lapsed after 1 March 2026"."""
    if standing is TrainingStanding.MISSING:
        return STANDING_LABELS[standing]
    if valid_until is None:
        return "In date, does not lapse"
    day = written_day(valid_until)
    match standing:
        case TrainingStanding.LAPSED:
            return f"Lapsed after {day}"
        case TrainingStanding.LAPSING:
            return f"Lapses after {day}"
    return f"In date until {day}"


@dataclass(frozen=True, slots=True)
class TrainingTypeDraft:
    """A kind of training. ``valid_months`` 0: it does not lapse. Only ``name`` is required."""

    name: str = ""
    valid_months: int = 0
    asked_of: tuple[PersonKind, ...] = ()
    for_accounts: bool = False
    notes: str = ""


@dataclass(frozen=True, slots=True)
class TrainingTypeRecord:
    """A kind of training as listed. ``retired_on``: the first day it is not asked for any more."""

    id: int
    version: int
    draft: TrainingTypeDraft
    retired_on: date | None
    recorded: int
    """How many times it is on record, withdrawn ones not counted."""


@dataclass(frozen=True, slots=True)
class TrainingRecord:
    """One training of one person as recorded."""

    id: int
    type_id: int
    type_name: str
    person_id: int
    done_on: date
    valid_until: date | None
    given_by: str
    note: str
    newest: bool
    standing: TrainingStanding
    standing_words: str
    recorded_by: str
    recorded_at: datetime
    withdrawn: bool
    withdrawn_reason: str


@dataclass(frozen=True, slots=True)
class PersonTraining:
    """One person and one training they have had or need: how it stands, and all that is recorded of it, newest first.

    ``needed``: their kind is asked for it, or they run a school account that needs it (ACC-3).
    """

    type_id: int
    type_name: str
    needed: bool
    standing: TrainingStanding
    words: str
    done_on: date | None
    valid_until: date | None
    records: tuple[TrainingRecord, ...]


@dataclass(frozen=True, slots=True)
class Recorded(Saved):
    """What recording a training for several people came to; ``id`` is the first new record's (0: none was new)."""

    recorded: int
    already: tuple[str, ...]
    """Names of those for whom the same training of the same day stood on record before."""
    words: str


class TrainingView(StrEnum):
    """The ready-made views over people and their trainings."""

    MISSING = "missing"
    LAPSED = "lapsed"
    LAPSING = "lapsing"
    VALID = "valid"
    ALL = "all"


TRAINING_VIEW_LABELS = {
    TrainingView.MISSING: "Needed and missing",
    TrainingView.LAPSED: "Lapsed",
    TrainingView.LAPSING: "Lapsing soon",
    TrainingView.VALID: "In date",
    TrainingView.ALL: "All",
}


@dataclass(frozen=True, slots=True)
class TrainingFilter:
    """What the list shows. ``text`` is looked for in names of people, of trainings and of who gave them."""

    view: TrainingView = TrainingView.ALL
    text: str = ""
    type_id: int | None = None
    kind: PersonKind | None = None
    needed_only: bool = False
    person_id: int | None = None


class TrainingColumn(StrEnum):
    """Columns of the list, all sortable."""

    PERSON = "person"
    KIND = "kind"
    CLASS = "class"
    TRAINING = "training"
    STANDING = "standing"
    DONE = "done"
    UNTIL = "until"
    NEEDED = "needed"
    GIVEN_BY = "given_by"


TRAINING_COLUMN_LABELS = {
    TrainingColumn.PERSON: "Person",
    TrainingColumn.KIND: "Who they are",
    TrainingColumn.CLASS: "Class",
    TrainingColumn.TRAINING: "Training",
    TrainingColumn.STANDING: "Standing",
    TrainingColumn.DONE: "Done on",
    TrainingColumn.UNTIL: "Counts until",
    TrainingColumn.NEEDED: "Needed",
    TrainingColumn.GIVEN_BY: "Given by",
}


@dataclass(frozen=True, slots=True)
class TrainingSort:
    """What is to be done comes first, unless somebody sorts otherwise."""

    column: TrainingColumn = TrainingColumn.STANDING
    descending: bool = False


@dataclass(slots=True)
class TrainingRow:
    """One person and one training, ready to show. ``id`` stands for the pair (``training_list.pair_of``)."""

    id: int
    person_id: int
    person: str
    kind: PersonKind
    class_name: str
    type_id: int
    training: str
    needed: bool
    here: bool
    """False for somebody who has left, or a training that is not asked for any more."""
    standing: TrainingStanding
    standing_words: str
    done_on: date | None
    valid_until: date | None
    given_by: str


@dataclass(frozen=True, slots=True)
class TrainingFigures:
    """One training over the people who are at the school, for reports: no names (DOC-2).

    ``needed`` people need it; of them ``in_date`` (``lapsing`` soon among these), ``lapsed`` and ``missing`` add up.
    """

    type_id: int
    name: str
    needed: int
    in_date: int
    lapsing: int
    lapsed: int
    missing: int
