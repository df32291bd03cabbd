"""Plain data of an import of people: who would be new, changed or have left, and what a dry run comes to."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Final

from smdesk.documents.sheet_reading import Sheet
from smdesk.policy.vocabulary import KIND_LABELS, PersonKind
from smdesk.policy.words import in_a_sentence, listed
from smdesk.services.import_people import Choice, Match
from smdesk.services.people_import_entries import facts_of, shown, words_of
from smdesk.services.people_import_fields import ColumnMap
from smdesk.services.people_import_lines import Told
from smdesk.services.people_import_ties import NewLink
from smdesk.services.people_records import PersonHit


class Result(StrEnum):
    """What becomes of somebody."""

    NEW = "new"
    CHANGED = "changed"
    SAME = "same"
    LEAVES = "leaves"
    CHOOSE = "choose"
    PROBLEM = "problem"
    LEFT_OUT = "left_out"


RESULT_LABELS: Final = {
    Result.NEW: "New",
    Result.CHANGED: "Changed",
    Result.SAME: "As on record",
    Result.LEAVES: "Not in the file: has left",
    Result.CHOOSE: "Choose who is meant",
    Result.PROBLEM: "Cannot be brought in",
    Result.LEFT_OUT: "Left out",
}
WRITTEN: Final = frozenset({Result.NEW, Result.CHANGED, Result.LEAVES})
GUARD: Final = 0.2
"""The share of a kind that may leave with one file before it must be confirmed in words: half a file looks so."""


@dataclass(frozen=True, slots=True)
class Change:
    """One field that would differ: its column, and what it holds now and then, as they are stored."""

    column: str
    label: str
    before: Any
    after: Any

    @property
    def words(self) -> str:
        return f"{self.label}: {shown(self.before)} → {shown(self.after)}"


@dataclass(slots=True)
class PlanEntry:
    """Somebody in the file, or on record and missing from it, and what becomes of them.

    ``sentences`` say why where they are not brought in; ``notes`` are what somebody should know of one that is.
    ``links`` would be written with them.
    """

    key: str
    line: int
    name: str
    kind: PersonKind
    result: Result
    match: Match
    person_id: int | None
    told: Told | None
    lines: tuple[int, ...] = ()
    changes: tuple[Change, ...] = ()
    links: tuple[NewLink, ...] = ()
    sentences: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    may_add: bool = False
    candidates: tuple[PersonHit, ...] = ()

    @property
    def words(self) -> str:
        """Name and what is known besides, for telling namesakes apart."""
        return words_of(self.told) if self.told is not None else self.name

    @property
    def what(self) -> str:
        """What would change, in words: "Class: 4A → 5A; Parent of Sam Pear". Of somebody new, what the file tells."""
        parts = [each.words for each in self.changes]
        if self.result is Result.NEW and self.told is not None:
            parts = [", ".join(facts_of(self.told))] if facts_of(self.told) else []
        return "; ".join((*parts, *(each.words for each in self.links)))


@dataclass(frozen=True, slots=True)
class Leaving:
    """Of one kind: how many of those here now would leave with the file."""

    kind: PersonKind
    leaving: int
    here: int

    @property
    def must_be_confirmed(self) -> bool:
        return self.leaving > GUARD * self.here


@dataclass(frozen=True, slots=True)
class PeoplePlan:
    """A dry run: nothing is written. ``stamp`` is the audit line the records stood at."""

    sheet: Sheet
    columns: ColumnMap
    choices: Mapping[str, Choice]
    entries: tuple[PlanEntry, ...]
    leaving: tuple[Leaving, ...]
    remarks: tuple[str, ...]
    stamp: int
    counts: Mapping[Result, int] = field(default_factory=dict)

    def count(self, result: Result) -> int:
        return self.counts.get(result, 0)

    @property
    def to_write(self) -> int:
        """People who would be written to."""
        return sum(self.count(each) for each in WRITTEN)

    @property
    def confirmation(self) -> str:
        """The words that must be typed before so many are marked as left; "" where none need be."""
        parts = [counted(each.leaving, each.kind) for each in self.leaving if each.must_be_confirmed]
        return f"{listed(parts)} left" if parts else ""


SEVERAL: Final = {
    PersonKind.PARENT: "parents or carers",
    PersonKind.PUPIL: "pupils",
    PersonKind.STAFF: "staff",
    PersonKind.GOVERNOR: "governors",
    PersonKind.VOLUNTEER: "volunteers",
    PersonKind.CONTRACTOR: "contractors",
    PersonKind.THIRD_PARTY: "third parties",
    PersonKind.UNKNOWN: "people",
}


def counted(count: int, kind: PersonKind) -> str:
    """People of a kind in words: "1 pupil", "1,204 parents or carers"."""
    return f"1 {in_a_sentence(KIND_LABELS[kind])}" if count == 1 else f"{count:,} {SEVERAL[kind]}"


def outcome(plan: PeoplePlan) -> list[tuple[object, ...]]:
    """What a dry run comes to, to be compared with another."""
    return [(each.key, each.result, each.person_id, each.changes, each.links) for each in plan.entries]
