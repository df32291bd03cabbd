"""Everybody a list of people names, once each: what several lines say of one person is put together.

The same pupil twice with two birthdays is a problem of both lines, not a choice of this program. A contact may stand
beside each of their children; there the first line that says something counts, and what differs is said.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Final

from smdesk.documents.sheet_reading import Line
from smdesk.policy.vocabulary import KIND_LABELS, PersonKind
from smdesk.policy.words import in_a_sentence, written_day
from smdesk.services.import_people import exact
from smdesk.services.list_files import Progress
from smdesk.services.people_import_fields import ColumnMap
from smdesk.services.people_import_lines import LineReader, Mention, Tie, Told

CONTACTS: Final = frozenset({PersonKind.PARENT, PersonKind.THIRD_PARTY})
"""Kinds that systems keep as somebody's contact: named in several lines, without a date of birth."""

COLUMN_LABELS: Final = {
    "title": "Title",
    "given_name": "Given name",
    "family_name": "Family name",
    "known_as": "Also known as",
    "date_of_birth": "Date of birth",
    "year_group": "Year group",
    "class_name": "Class",
    "outside_id": "Outside number",
    "address": "Address",
    "postcode": "Postcode",
    "email": "E-mail",
    "phone": "Telephone",
    "language": "Language",
    "joined_on": "Joined on",
    "left_on": "Left on",
}
"""The columns of a person's record that an import fills, as the person's page calls them."""


@dataclass(slots=True)
class Entry:
    """Somebody the file names, in one or more lines. ``key`` is the same at every reading of the file."""

    key: str
    told: Told
    name: str
    """``told.name`` as names are compared."""
    lines: list[int]
    contact: int
    ties: list[tuple[Tie, int]] = field(default_factory=list)
    """Whose contact they are, each with its line."""
    problems: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)

    @property
    def line(self) -> int:
        return self.lines[0]


def words_of(told: Told) -> str:
    """Name and what the file says besides: "Ann Pear, pupil, born 3 May 2015, 5B, number 1234"."""
    kind = in_a_sentence(KIND_LABELS[told.kind])
    return ", ".join([told.name or "Nobody", kind, *facts_of(told)])


def facts_of(told: Told) -> list[str]:
    """What tells somebody from their namesakes."""
    parts = [] if told.date_of_birth is None else [f"born {written_day(told.date_of_birth)}"]
    parts += [part for part in (told.class_name or told.year_group, told.email or told.phone) if part]
    if told.outside_id:
        parts.append(f"number {told.outside_id}")
    return parts


@dataclass(slots=True)
class People:
    """Everybody in the file; ``of_mention`` tells for each mention, in the file's order, who it is."""

    entries: list[Entry]
    of_mention: list[Entry]


def gather(lines: Sequence[Line], columns: ColumnMap, progress: Progress) -> People:
    """Read the lines and put together what they say of each person. Raises what ``progress`` does."""
    reader = LineReader(columns)
    gathered = _Gathered()
    for done, line in enumerate(lines):
        if done % 500 == 0:
            progress(done, len(lines))
        for mention in reader.read(line, len(gathered.of_mention)):
            gathered.add(mention)
    return People(gathered.entries, gathered.of_mention)


class _Gathered:
    def __init__(self) -> None:
        self.entries: list[Entry] = []
        self.of_mention: list[Entry] = []
        self._by_key: dict[str, Entry] = {}
        self._by_fact: dict[tuple[str, str], Entry] = {}

    def add(self, mention: Mention) -> None:
        told = mention.told
        name = exact(told.name)
        entry = self._known(mention, name)
        if entry is None:
            entry = Entry(
                self._key(mention, name),
                told,
                name,
                [mention.line],
                mention.contact,
                [],
                mention.problems,
                mention.notes,
            )
            self._by_key[entry.key] = entry
            self.entries.append(entry)
        else:
            _join(entry, mention)
        if mention.tie is not None:
            entry.ties.append((mention.tie, mention.line))
        if told.kind in CONTACTS and not told.outside_id and name:
            for fact in _facts(told):
                self._by_fact.setdefault((name, fact), entry)
        self.of_mention.append(entry)

    def _known(self, mention: Mention, name: str) -> Entry | None:
        """Somebody an earlier line names: by number; else by name and birthday; else, for contacts, by name and one
        more thing that agrees.
        """
        told = mention.told
        if told.outside_id:
            return self._by_key.get(f"{told.kind}|{told.outside_id.casefold()}")
        if not name:
            return None
        if told.kind not in CONTACTS:
            born = told.date_of_birth
            return self._by_key.get(f"{told.kind}||{name}|{born}") if born is not None else None
        found = (self._by_fact.get((name, fact)) for fact in _facts(told))
        return next((each for each in found if each is not None and each.told.kind is told.kind), None)

    def _key(self, mention: Mention, name: str) -> str:
        told = mention.told
        if told.outside_id:
            return f"{told.kind}|{told.outside_id.casefold()}"
        key = f"{told.kind}||{name}|{told.date_of_birth}"
        return f"{key}|{mention.line}.{mention.contact}" if key in self._by_key else key


def _facts(told: Told) -> list[str]:
    facts = [f"@{told.email.casefold()}"] if told.email else []
    facts += [f"#{number}" for number in numbers(told.phone)]
    if told.postcode and told.address:
        facts.append(f"{told.postcode}|{told.address.casefold().partition(chr(10))[0]}")
    return facts


def numbers(phone: str) -> list[str]:
    """The telephone numbers in a record's field as runs of digits, +44 as 0."""
    found = []
    for part in re.split(r"[,;/\n]", phone):
        digits = re.sub(r"\D", "", part)
        if part.strip().startswith("+44"):
            digits = "0" + digits[2:].lstrip("0")
        if len(digits) >= 5:
            found.append(digits)
    return found


def _join(entry: Entry, mention: Mention) -> None:
    """Put what another line says of somebody to what is known of them."""
    held, told = entry.told, mention.told
    entry.problems += mention.problems
    entry.notes += mention.notes
    if mention.line not in entry.lines:
        entry.lines.append(mention.line)
    if held == told:
        return
    joined = {}
    for column, label in COLUMN_LABELS.items():
        before, now = getattr(held, column), getattr(told, column)
        if before and now and not same(column, before, now):
            said = f"{label}: line {entry.line} says “{shown(before)}”, line {mention.line} “{shown(now)}”."
            if held.kind in CONTACTS:
                entry.notes.append(f"{said} Line {entry.line} is taken.")
            else:
                what = in_a_sentence(KIND_LABELS[held.kind])
                entry.problems.append(f"The same {what} stands here more than once. {said} Correct the file.")
        joined[column] = before or now
    entry.told = held._replace(**joined)


def same(column: str, before: object, now: object) -> bool:
    """Whether two values of a column say the same, whatever the spelling of signs and spaces."""
    if before == now:
        return True
    if not (isinstance(before, str) and isinstance(now, str)):
        return False
    match column:
        case "given_name" | "family_name" | "title":
            return exact(before) == exact(now)
        case "address":
            return re.split(r"[\s,.]+", before.casefold()) == re.split(r"[\s,.]+", now.casefold())
        case "phone":
            digits = set(numbers(before))
            return bool(digits) and digits == set(numbers(now))
        case "email" | "outside_id" | "language":
            return before.casefold() == now.casefold()
        case "postcode":
            return before.replace(" ", "") == now.replace(" ", "")
    return False


def shown(value: object) -> str:
    """A value of a record in words."""
    if value is None or value == "":
        return "(nothing)"
    return written_day(value) if isinstance(value, date) else str(value).replace("\n", ", ")
