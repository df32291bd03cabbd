"""One line of a register kept elsewhere, read into a declaration and what became of it. No records are touched here."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from typing import TypeVar

from smdesk.documents.cells import Value, as_day, as_text
from smdesk.documents.sheet_reading import Line
from smdesk.policy.platforms import find
from smdesk.policy.vocabulary import (
    CAPACITY_LABELS,
    RELATIONSHIP_LABELS,
    Capacity,
    Initiator,
    Link,
    PersonKind,
    Relationship,
)
from smdesk.policy.words import in_a_sentence, written_day
from smdesk.services import import_fields, reference_data
from smdesk.services.connection_records import Agreement, DeclarationDraft
from smdesk.services.decision_fields import MOST_AHEAD, MOST_YEARS
from smdesk.services.import_fields import ColumnMap, Field, ImportedDecision
from smdesk.services.import_people import Named, named_of

T = TypeVar("T")

BEFORE = "Approved before SM Desk"
"""What stands in place of a reason, and of a decider, that the file does not tell."""
_SIDE_KINDS = {
    Capacity.PUPIL: PersonKind.PUPIL,
    Capacity.FORMER_PUPIL: PersonKind.THIRD_PARTY,
    Capacity.PARENT: PersonKind.PARENT,
    Capacity.FORMER_PUPIL_FAMILY: PersonKind.THIRD_PARTY,
}
_REASON_MOST = 4_000


@dataclass(frozen=True, slots=True)
class Decided:
    """What the file says was decided. ``ended_on`` is the first day it was not allowed any more."""

    kind: ImportedDecision
    decided_on: date
    decided_by: str
    reason: str
    conditions: str
    from_on: date | None = None
    review_on: date | None = None
    ended_on: date | None = None


@dataclass(frozen=True, slots=True)
class ReadLine:
    """A line as understood. ``draft`` has no people yet; ``problems`` keep it from being imported, ``notes`` do not."""

    number: int
    adult: Named
    other: Named
    draft: DeclarationDraft
    decided: Decided | None
    problems: tuple[str, ...]
    notes: tuple[str, ...]


class _Reader:
    """Reads the cells of one line and collects what is wrong with them."""

    def __init__(self, line: Line, columns: ColumnMap) -> None:
        self._line = line
        self._map = columns
        self.problems: list[str] = []
        self.notes: list[str] = []

    def value(self, field: Field) -> Value:
        place = self._map.columns.get(field)
        return None if place is None else self._line.cells[place]

    def text(self, field: Field) -> str:
        return as_text(self.value(field))

    def one_line(self, field: Field) -> str:
        return " ".join(self.text(field).split())

    def day(self, field: Field) -> date | None:
        try:
            return as_day(self.value(field))
        except ValueError as error:
            self.problems.append(f"{import_fields.FIELD_LABELS[field]}: {error}")
            return None

    def code(self, field: Field, read: Callable[[str], T | None], default: T, words: str) -> T:
        """What a cell means, ``default`` for an empty one; a word that is not understood is a problem."""
        text = self.one_line(field)
        if not text:
            return default
        found = read(text)
        if found is None:
            label = import_fields.FIELD_LABELS[field]
            self.problems.append(f"{label}: “{_short(text)}” is not understood. Write {words}.")
            return default
        return found


def read_line(line: Line, columns: ColumnMap, today: date, file_name: str) -> ReadLine:
    """Read one line. Everything wrong with it is said at once."""
    cells = _Reader(line, columns)
    defaults = columns.defaults
    capacity = cells.code(
        Field.CAPACITY, import_fields.read_capacity, defaults.capacity, "pupil, former pupil or parent"
    )
    adult, other = _people(cells, columns, capacity)
    relationship, about = _relationship(cells, capacity)
    platforms, links = _links(cells, columns)
    since_on, since_words = _since(cells)
    declared_on = cells.day(Field.DECLARED_ON)
    decided = _decided(cells, columns, declared_on, today)
    if declared_on is None and decided is not None:
        declared_on = decided.decided_on
        cells.notes.append("No day of declaration in the file: the day of the decision is taken.")
    elif declared_on is None and not cells.problems:
        cells.problems.append("Declared on: no day stands here, and none can be made up.")
    initiator = cells.code(
        Field.INITIATOR, import_fields.read_initiator, Initiator.UNKNOWN, "the adult, the pupil or both"
    )
    agreement = cells.code(
        Field.AGREEMENT, import_fields.read_agreement, Agreement.NOT_ASKED, "signed or declined"
    )
    source = f"From line {line.number} of “{file_name}”."
    draft = DeclarationDraft(
        adult_kind=adult.kind,
        capacity=capacity,
        relationship=relationship,
        relationship_note=about,
        known_how=cells.text(Field.KNOWN_HOW),
        since_on=since_on,
        since_words=since_words,
        platforms=platforms,
        links=links,
        initiator=initiator,
        adult_joined_on=adult.joined_on,
        other_joined_on=other.joined_on,
        declared_on=declared_on,
        evidence_seen=cells.text(Field.EVIDENCE),
        conditions_proposed="" if decided is not None else cells.text(Field.CONDITIONS),
        agreement=agreement,
        notes="\n".join(part for part in (cells.text(Field.NOTES), source) if part),
    )
    return ReadLine(
        line.number, adult, other, draft, decided, tuple(cells.problems), tuple(dict.fromkeys(cells.notes))
    )


def _people(cells: _Reader, columns: ColumnMap, capacity: Capacity) -> tuple[Named, Named]:
    kind = cells.code(
        Field.ADULT_KIND, _any_kind, columns.defaults.adult_kind, "staff, governor, volunteer or contractor"
    )
    role = cells.one_line(Field.ADULT_KIND)
    if role and import_fields.read_kind(role) is None:
        cells.notes.append(f"“{_short(role)}” is taken for a member of staff.")
    adult = named_of(
        "adult",
        cells.one_line(Field.ADULT),
        cells.one_line(Field.ADULT_GIVEN),
        cells.one_line(Field.ADULT_FAMILY),
        kind,
        joined_on=cells.day(Field.ADULT_JOINED),
    )
    other = named_of(
        "other",
        cells.one_line(Field.OTHER),
        cells.one_line(Field.OTHER_GIVEN),
        cells.one_line(Field.OTHER_FAMILY),
        _SIDE_KINDS[capacity],
        born=cells.day(Field.OTHER_BORN),
        year_group=cells.one_line(Field.OTHER_CLASS)[:40],
        joined_on=cells.day(Field.OTHER_JOINED),
    )
    if not adult.family:
        cells.problems.append("The adult's name is missing.")
    if not other.family:
        cells.problems.append(f"The name of the {in_a_sentence(CAPACITY_LABELS[capacity])} is missing.")
    return adult, other


def _any_kind(text: str) -> PersonKind:
    """A job title nobody listed is still a job at the school."""
    return import_fields.read_kind(text) or PersonKind.STAFF


def _relationship(cells: _Reader, capacity: Capacity) -> tuple[Relationship | None, str]:
    text = cells.one_line(Field.RELATIONSHIP)
    if not text:
        cells.notes.append("The file does not say what the relationship is.")
        return None, ""
    found = import_fields.read_relationship(text, capacity)
    label = RELATIONSHIP_LABELS[found]
    if text.casefold() == label.casefold():
        return found, ""
    if found is Relationship.OTHER:
        cells.notes.append(f"The relationship “{_short(text)}” is kept in the file's own words.")
    return found, text[:500]


def _links(cells: _Reader, columns: ColumnMap) -> tuple[tuple[str, ...], tuple[Link, ...]]:
    text = cells.one_line(Field.PLATFORMS)
    platforms: tuple[str, ...] = tuple(import_fields.split_list(text))
    if any(each.casefold() in _EVERY for each in platforms):
        cells.problems.append(
            f"Platforms: “{_short(text)}”. An exception is for certain platforms only: name them."
        )
    for each in platforms:
        if find(reference_data.platforms(), each) is None:
            cells.notes.append(f"The platform “{_short(each)}” is kept in the file's own words.")
    platforms = platforms or columns.defaults.platforms
    if not platforms:
        cells.problems.append(
            "Platforms: none stands here. Name them in the file, or choose some for empty cells."
        )
    links = cells.code(
        Field.LINKS,
        _some_links,
        columns.defaults.links,
        "friend, follower, messages, group or game",
    )
    if not links and not cells.one_line(Field.LINKS):
        cells.problems.append(
            "Kind of link: none stands here. Name it in the file, or choose some for empty cells."
        )
    return platforms, links


_EVERY = frozenset(
    {"all", "any", "every", "all platforms", "any platform", "various", "social media", "everything"}
)


def _some_links(text: str) -> tuple[Link, ...] | None:
    return import_fields.read_links(text) or None


def _since(cells: _Reader) -> tuple[date | None, str]:
    value = cells.value(Field.SINCE)
    try:
        return as_day(value), ""
    except ValueError:
        # "Since birth", "about 2015": kept as it stands.
        return None, cells.one_line(Field.SINCE)[:200]


def _decided(cells: _Reader, columns: ColumnMap, declared_on: date | None, today: date) -> Decided | None:
    kind = cells.code(
        Field.DECISION, import_fields.read_decision, columns.defaults.decision, "approved, refused or pending"
    )
    told = cells.day(Field.DECIDED_ON)
    from_on, review_on, ended_on = (
        cells.day(each) for each in (Field.FROM_ON, Field.REVIEW_ON, Field.ENDED_ON)
    )
    if kind is ImportedDecision.UNDECIDED:
        return None
    decided_on = told or columns.defaults.decided_on
    if decided_on is None:
        if not any(problem.startswith("Decided on") for problem in cells.problems):
            cells.problems.append(
                "Decided on: no day stands here. Name it in the file, or choose a day for empty cells."
            )
        return None
    if told is None:
        cells.notes.append(f"Decided on {written_day(decided_on)}: chosen for lines without a day.")
    if decided_on > today:
        cells.problems.append("Decided on: the day lies in the future. Check the date.")
    if declared_on is not None and declared_on > decided_on:
        cells.problems.append(
            f"It was decided on {written_day(decided_on)}, before it was declared on {written_day(declared_on)}. Check "
            "the two dates."
        )
    by = cells.one_line(Field.DECIDED_BY) or columns.defaults.decided_by.strip()
    reason = cells.text(Field.REASON)[:_REASON_MOST]
    if kind is ImportedDecision.REFUSED:
        return Decided(
            kind, decided_on, by or "Refused before SM Desk", reason or "Refused before SM Desk", ""
        )
    if from_on is not None and from_on < decided_on:
        # CON-2: an approval is never dated back, whatever the old register says.
        cells.notes.append(
            f"Allowed from {written_day(from_on)} in the file: an approval is never dated back, so it counts from the "
            f"day of the decision, {written_day(decided_on)}."
        )
        from_on = None
    begins = from_on or decided_on
    if review_on is not None and review_on <= begins:
        cells.problems.append(
            f"Review on: {written_day(review_on)} is not after the day it is allowed from, {written_day(begins)}."
        )
    if ended_on is not None and ended_on <= begins:
        cells.problems.append(
            f"Ended on: {written_day(ended_on)} is not after the day it is allowed from, {written_day(begins)}."
        )
    cells.problems += _far_days(decided_on, begins, review_on, ended_on)
    if ended_on is None and _sounds_ended(cells.one_line(Field.DECISION)):
        cells.problems.append("It has ended, but no day stands in “Ended on”. Name the day.")
    return Decided(
        kind,
        decided_on,
        (by or BEFORE)[:200],
        reason or BEFORE,
        cells.text(Field.CONDITIONS)[:_REASON_MOST],
        begins,
        review_on,
        ended_on,
    )


def _far_days(decided_on: date, begins: date, review_on: date | None, ended_on: date | None) -> list[str]:
    """A year that was mistyped would leave an approval without an end that anybody looks at."""
    days = ((Field.FROM_ON, decided_on, begins, MOST_AHEAD), (Field.REVIEW_ON, begins, review_on, MOST_YEARS),
            (Field.ENDED_ON, begins, ended_on, MOST_ENDED))  # fmt: skip
    return [
        f"{import_fields.FIELD_LABELS[field]}: {written_day(day)} is more than {most} years after "
        f"{written_day(start)}. Check the year."
        for field, start, day, most in days
        if day is not None and day.year - start.year > most
    ]


MOST_ENDED = 30
"""Years an exception in an older register may have lasted."""


def _sounds_ended(text: str) -> bool:
    return any(word in text.casefold() for word in ("ended", "expired", "lapsed", "revoked"))


def _short(text: str) -> str:
    return text if len(text) <= 40 else f"{text[:39]}…"
