"""Which column of somebody else's table is likely what, going by its heading. Shared by every import."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, TypeVar

from smdesk.documents.cells import as_text
from smdesk.documents.sheet_reading import Sheet

F = TypeVar("F")
T = TypeVar("T")

CERTAIN: Final = 100
"""The least score of a heading that says the very words."""
_APOSTROPHES: Final = str.maketrans("", "", "'’")
_SIGNS: Final = re.compile(r"[^0-9a-zà-ÿ]+")


def heading_words(text: str) -> str:
    """A heading for comparing: small letters, signs as spaces, "Pupil's name" as "pupils name"."""
    return _SIGNS.sub(" ", text.casefold().translate(_APOSTROPHES)).strip()


def phrases(words: str) -> tuple[str, ...]:
    """Headings as they are listed in a table of words: comma separated."""
    return tuple(words.split(", "))


def score(words: str, wanted: Sequence[str]) -> int:
    """How surely a heading (in ``heading_words``) means one of these phrases: ``CERTAIN`` and more for the same
    words, less where it has further words, 0 for none.
    """
    best = 0
    for phrase in wanted:
        if words == phrase:
            return CERTAIN + len(phrase)
        if len(phrase) > 4 and f" {phrase} " in f" {words} ":
            best = max(best, 10 + len(phrase))
    return best


def assign(scores: Iterable[tuple[int, int, F]], chosen: dict[F, int]) -> dict[F, int]:
    """``chosen`` with what the scores (how sure, the column's place, what it means) add, the surest and leftmost
    first. Each field gets at most one column and each column one field.
    """
    taken = set(chosen.values())
    for points, place, field in sorted(scores, key=lambda entry: (-entry[0], entry[1])):
        if points and field not in chosen and place not in taken:
            chosen[field] = place
            taken.add(place)
    return chosen


def recalled(
    headings: Sequence[str], remembered: Mapping[str, str], fields: Mapping[str, F]
) -> tuple[dict[F, int], set[int]]:
    """What somebody chose for such headings before, and the places that are thereby settled.

    ``remembered`` is heading in words -> code of a field, or "" for a column to be left out; a code this version does
    not know settles nothing more than that.
    """
    chosen: dict[F, int] = {}
    settled: set[int] = set()
    for place, heading in enumerate(headings):
        kept = remembered.get(heading_words(heading))
        if kept is None:
            continue
        settled.add(place)
        field = fields.get(kept)
        if field is not None and field not in chosen:
            chosen[field] = place
    return chosen, settled


def first_meant(table: Iterable[tuple[T, str]], text: str) -> T | None:
    """The first code whose pattern stands in a cell as a word of its own, also in the plural."""
    words = " ".join(text.casefold().split())
    return next((code for code, pattern in table if re.search(rf"\b(?:{pattern})s?\b", words)), None)


@dataclass(frozen=True, slots=True)
class ColumnSample:
    """A column with something in it: its place from 0, its heading, and a few of its values in words."""

    place: int
    heading: str
    examples: str


_EXAMPLES: Final = 9
_LOOKED_AT: Final = 200
"""Lines from the top in which examples are looked for."""


def samples(sheet: Sheet) -> tuple[ColumnSample, ...]:
    """The columns that have something in them. It looks through the whole table: not for the window's own thread."""
    empty = set(range(len(sheet.headings)))
    for line in sheet.lines:
        if not empty:
            break
        empty = {place for place in empty if line.cells[place] is None}
    found = []
    for place, heading in enumerate(sheet.headings):
        if place in empty:
            continue
        values = (
            as_text(line.cells[place]) for line in sheet.lines[:_LOOKED_AT] if line.cells[place] is not None
        )
        first = list(
            dict.fromkeys(
                " ".join(value.split())[:_LOOKED_AT]
                for value, _ in zip(values, range(_EXAMPLES), strict=False)
            )
        )
        found.append(ColumnSample(place, heading, " · ".join(first)))
    return tuple(found)
