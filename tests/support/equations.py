"""Every figure a report prints as a linear equation over the counts behind it, and what can be solved (DOC-2)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import combinations

from smdesk.documents import governor_chapters
from smdesk.documents.governor_chapters import Grid, Topic, Value
from smdesk.documents.governor_figures import GovernorFigures
from smdesk.policy.suppression import Cell, Hidden
from smdesk.services import periods

_PRIME = (1 << 61) - 1
Unknown = tuple[str, str, str]
"""What is counted, in which line, in which term: ("Who posted", "Pupil", "2026 spring")."""

Printed = dict[tuple[str, str, str], Cell]
"""What papers print, by table, line and period."""

RECEIVED, OPEN, OVERDUE = "Incidents received", "Still open", "Open and overdue"
REMOVAL = "From the school's knowing to removal"
REPLIES = "Comments, queries and complaints"
BESIDES = "logged as incidents"
"""What is owed a reply besides the messages: comments logged as incidents at once, less messages never answered."""
TOTALS = {
    "Who posted": "All incidents",
    "Where it was posted": "All incidents",
    "Furthest step taken": "All incidents",
    "Kind": "All messages and comments",
    "Decision": "All decisions",
    "Letter": "All letters",
    "Declared": "All declared",
    "Tone": "All findings",
    REPLIES: "A reply was due",
}
"""The tables that add up, and the line under them."""

_TREND = {
    "Incidents": ("Incidents", RECEIVED),
    "Posts removed": (REMOVAL, "Posts removed"),
    "Replies due": (REPLIES, "A reply was due"),
    "In time": (REPLIES, "Answered in time"),
    "Messages": ("Kind", "All messages and comments"),
    "Praise": ("Tone", "Praise"),
    "Criticism": ("Tone", "Criticism"),
}


def grids(figures: GovernorFigures) -> Iterator[Grid]:
    """Every table of a report."""
    for chapter in governor_chapters.chapters(figures):
        for part in chapter.parts:
            yield from (
                each
                for each in (part.parts if isinstance(part, Topic) else (part,))
                if isinstance(each, Grid)
            )


def printed(figures: GovernorFigures) -> tuple[Printed, set[tuple[str, str]]]:
    """Every count of a report by what it is about, and which tables stand in it with all their lines. Shares and days
    follow from the counts and are left out.
    """
    found: Printed = {}
    whole: set[tuple[str, str]] = set()

    def note(table: str, line: str, period: str, value: Value) -> None:
        if isinstance(value, int | Hidden):
            label = _label(period)
            assert found.setdefault((table, line, label), value) == value, (table, line, label)

    for grid in grids(figures):
        if grid.columns[0] == "Term":
            for row in grid.rows:
                for column, value in zip(grid.columns[1:], row[1:], strict=True):
                    note(*_TREND[column], str(row[0]), value)
        elif grid.columns[0] == "Month":
            for row in grid.rows:
                note("Month", str(row[0]), figures.period_title, row[1])
            whole.add(("Month", _label(figures.period_title)))
        elif figures.period_title in grid.columns:
            for row in grid.rows:
                for column, value in zip(grid.columns[1:3], row[1:3], strict=False):
                    note(grid.columns[0], str(row[0]), column, value)
            only_total = [str(row[0]) for row in grid.rows] == [TOTALS.get(grid.columns[0])]
            # These leave no line out, or all of them.
            if grid.columns[0] not in ("Incidents", REMOVAL, REPLIES) and not only_total:
                whole |= {
                    (grid.columns[0], _label(column)) for column in grid.columns[1:3] if column != "Change"
                }
    return found, whole


def _label(title: str) -> str:
    words = title.removesuffix(" (so far)").replace(" term ", " ").removeprefix("School year ")
    return periods.parse_period(words).label


@dataclass
class Equations:
    """Sums of unknown counts that are known, reduced as they come in; and what is known of single ones."""

    rows: dict[Unknown, dict[Unknown, int]] = field(default_factory=dict)
    values: dict[Unknown, int] = field(default_factory=dict)
    unknowns: set[Unknown] = field(default_factory=set)
    raw: list[tuple[dict[Unknown, int], int]] = field(default_factory=list)
    few: list[list[Unknown]] = field(default_factory=list)

    def add(self, form: Mapping[Unknown, int], value: int) -> None:
        self.unknowns.update(form)
        self.raw.append((dict(form), value))
        left, right = self._reduced(form, value)
        if not left:
            assert right == 0, "the printed figures contradict each other"
            return
        pivot = min(left)
        inverse = pow(left[pivot], -1, _PRIME)
        self.rows[pivot] = {at: factor * inverse % _PRIME for at, factor in left.items()}
        self.values[pivot] = right * inverse % _PRIME

    def _reduced(self, form: Mapping[Unknown, int], value: int) -> tuple[dict[Unknown, int], int]:
        left, right = {at: factor % _PRIME for at, factor in form.items()}, value % _PRIME
        while True:
            pivot = min((at for at in left if at in self.rows), default=None)
            if pivot is None:
                return left, right
            factor = left[pivot]
            for at, part in self.rows[pivot].items():
                rest = (left.get(at, 0) - factor * part) % _PRIME
                if rest:
                    left[at] = rest
                else:
                    left.pop(at, None)
            right = (right - factor * self.values[pivot]) % _PRIME

    def solved(self, form: Iterable[Unknown]) -> int | None:
        """The sum of these, where the equations settle it; None where they do not."""
        left, right = self._reduced(dict.fromkeys(form, 1), 0)
        if left:
            return None
        found = -right % _PRIME
        return found if found < _PRIME // 2 else found - _PRIME

    def bounds(self, threshold: int) -> dict[Unknown, tuple[int, int]]:
        """The least and the most each may be: counts are no less than nought, and what is "few" is 1 or more."""
        most = 1 << 40
        known = {at: (-most if at[1] == BESIDES else 0, most) for at in self.unknowns}
        for group in self.few:
            for at in group:
                known[at] = (int(len(group) == 1), threshold - 1)
        for _round in range(40):
            changed = False
            for form, value in self.raw:
                for at, factor in form.items():
                    low = high = value
                    for other, times in form.items():
                        if other != at:
                            ends = [times * end for end in known[other]]
                            low, high = low - max(ends), high - min(ends)
                    if factor < 0:
                        low, high = -high, -low
                    before = known[at]
                    known[at] = (max(before[0], low), min(before[1], high))
                    changed |= known[at] != before
            if not changed:
                break
        return known


def equations(papers: Iterable[GovernorFigures], lines: Mapping[str, set[str]]) -> Equations:
    """What the papers say together. ``lines`` are all lines each table may have: one left out is nought."""
    system = Equations()
    told: Printed = {}
    for figures in papers:
        cells, whole = printed(figures)
        for table, period in whole:
            for line in lines.get(table, ()):
                cells.setdefault((table, line, period), 0)
        for key, cell in cells.items():
            assert told.setdefault(key, cell) == cell, f"{key}: {told[key]} on one paper, {cell} on another"
    terms = {term.label for _, _, label in told for term in periods.parse_period(label).terms()}
    for (table, line, label), cell in told.items():
        form = [
            (table, line, term.label)
            for term in periods.parse_period(label).terms()
            if table != "Month" or _is_in(line, term.label)
        ]
        if not form:
            continue
        system.unknowns.update(form)
        if isinstance(cell, int):
            system.add(dict.fromkeys(form, 1), cell)
        elif cell is Hidden.FEW:
            system.few.append(form)
    for term in terms:
        _structure(system, term, lines)
    return system


def _structure(system: Equations, term: str, lines: Mapping[str, set[str]]) -> None:
    """What everybody knows of how the counts hang together."""
    received: Unknown = ("Incidents", RECEIVED, term)
    still_open: Unknown = ("Incidents", OPEN, term)
    removed: Unknown = (REMOVAL, "Posts removed", term)
    sums: list[tuple[Unknown, list[Unknown]]] = [
        (received, [still_open, ("Incidents", "closed", term)]),
        (still_open, [("Incidents", OVERDUE, term), ("Incidents", "open in time", term)]),
        (received, [removed, (REMOVAL, "not removed", term)]),
        (received, [("Month", each, term) for each in lines["Month"] if _is_in(each, term)]),
    ]
    for table, total in TOTALS.items():
        whole = (table, total, term)
        sums.append((whole, [(table, each, term) for each in lines[table] if each != total]))
        if total == "All incidents":
            system.add({received: 1, whole: -1}, 0)
    for whole, parts in sums:
        if parts:
            system.add({whole: 1, **dict.fromkeys(parts, -1)}, 0)
    owed = {("Kind", each, term): -1 for each in lines["Kind"] if each not in ("Praise", TOTALS["Kind"])}
    system.add({(REPLIES, TOTALS[REPLIES], term): 1, **owed, (REPLIES, BESIDES, term): -1}, 0)


def _is_in(month: str, term: str) -> bool:
    names = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
    name, year = month.split()
    whole = (int(year), names.index(name) + 1)
    return any((first.year, first.month) == whole for first, _ in periods.parse_period(term).months())


def small_ones_given_away(system: Equations, threshold: int) -> list[tuple[list[Unknown], int]]:
    """Every count of a term, of some terms of one year or of the year that the equations settle though it is small."""
    found = []
    groups: dict[tuple[str, str, str], list[Unknown]] = {}
    for each in sorted(system.unknowns):
        year = periods.year_of(periods.parse_period(each[2]).start).label
        groups.setdefault((*each[:2], year), []).append(each)
    for group in groups.values():
        for size in range(1, len(group) + 1):
            for form in combinations(group, size):
                value = system.solved(form)
                if value is not None and 0 < abs(value) < threshold:
                    found.append((list(form), value))
    for at, (low, high) in system.bounds(threshold).items():
        if low == high and 0 < low < threshold:
            found.append(([at], low))
    return found
