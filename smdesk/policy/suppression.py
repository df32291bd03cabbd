"""Hiding small counts in figures for governors so that nobody can be picked out (DOC-2).

A count from 1 to one below the threshold is hidden (``FEW``). Where a total is printed, hiding one count
alone is no use: the others subtracted from the total give it back. So further, larger counts are withheld
(``WITHHELD``) until every hidden small count could be *any* small number; where that cannot be done, the
whole table is withheld. A nought is shown: it is about nobody.

What a reader is taken to know: every shown count, the printed total, that ``FEW`` is 1 to threshold - 1 and
that a count withheld beside it is the threshold or more. Tables of one report share only the total, which is
printed, so each can be protected by itself. A term is protected by its own counts alone, so it comes out the
same on every paper that shows it. A year is the sum of its terms and is protected against all of them at once
(``protect_whole``, ``protect_sums``): nothing is shown of it that would give back what one of its terms hides.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from enum import Enum

THRESHOLD = 5


class Hidden(Enum):
    """Why a count is not shown: it is small, or it would give a small one away."""

    FEW = "few"
    WITHHELD = "withheld"


Cell = int | Hidden


@dataclass(frozen=True, slots=True)
class Bounds:
    """What a reader knows of one hidden count. ``high`` is None where nothing limits it but the total."""

    low: int
    high: int | None


def is_small(count: int, threshold: int = THRESHOLD) -> bool:
    """True for a count that could point at a person: from 1 to one below the threshold."""
    return 0 < count < threshold


def protect_total(count: int, threshold: int = THRESHOLD) -> Cell:
    """A count that stands by itself, such as the number of incidents in the period."""
    return Hidden.FEW if is_small(count, threshold) else count


def protect_partition(
    counts: Sequence[int], threshold: int = THRESHOLD, *, also_hide: Collection[int] = ()
) -> tuple[Cell, ...]:
    """Counts of which each incident is in exactly one (author kind, stage, platform, month), total printed.

    ``also_hide`` gives positions to withhold whatever they count: those hidden in a published report over
    a part of the period. If the total is itself small, everything is withheld.
    """
    return _protect(counts, sum(counts), threshold, frozenset(also_hide), overlapping=False)


def protect_overlapping(
    counts: Sequence[int], total: int, threshold: int = THRESHOLD, *, also_hide: Collection[int] = ()
) -> tuple[Cell, ...]:
    """Counts of which an incident may be in several (conduct). ``total`` is the number of incidents.

    The counts do not add up to the total, but if each incident has at least one they reach it: a reader
    could still learn a least possible number. That, too, is guarded against.
    """
    return _protect(counts, total, threshold, frozenset(also_hide), overlapping=True)


def protect_whole(parts: Sequence[int], threshold: int = THRESHOLD) -> Cell:
    """The sum of counts that are themselves printed, each where it is not small: the total of a year by its terms'.

    One small part would come back by taking the others off the sum. Several cover each other, as long as each could
    still be any small number.
    """
    small = [part for part in parts if is_small(part, threshold)]
    if not small:
        return sum(parts)
    if len(small) == 1:
        return Hidden.FEW if sum(parts) == small[0] else Hidden.WITHHELD
    left, others = sum(small), len(small) - 1
    return (
        sum(parts)
        if left - others * (threshold - 1) <= 1 and left - others >= threshold - 1
        else Hidden.WITHHELD
    )


def protect_sums(
    parts: Sequence[Sequence[int]],
    totals: Sequence[int],
    threshold: int = THRESHOLD,
    *,
    overlapping: bool = False,
) -> tuple[Cell, ...]:
    """The sums, place by place, of tables that are themselves printed, each protected by itself; ``totals`` are theirs.

    A sum is shown only where each table shows its own count, so it tells nothing that they do not tell. Tables whose
    total is small show no count; where the sum of all totals is shown nevertheless, a reader knows what such tables
    hold together, so that sum of theirs is protected like one more table.
    """
    places = range(len(parts[0]))
    if isinstance(protect_whole(totals, threshold), Hidden):
        return tuple(Hidden.WITHHELD for _place in places)
    told = [place for place, total in enumerate(totals) if not is_small(total, threshold)]
    silent = [place for place in range(len(parts)) if place not in told]
    tables = [(parts[at], totals[at]) for at in told]
    if silent:
        together = [sum(parts[at][place] for at in silent) for place in places]
        tables.append((together, sum(totals[at] for at in silent)))
    shown = [
        protect_overlapping(counts, total, threshold) if overlapping else protect_partition(counts, threshold)
        for counts, total in tables
    ]
    return tuple(sum_of([cells[place] for cells in shown]) for place in places)


def sum_of(cells: Sequence[Cell]) -> Cell:
    """The sum of cells, shown where each is; where all others are nought, it is hidden as the one that is hidden."""
    hidden = [cell for cell in cells if isinstance(cell, Hidden)]
    numbers = [cell for cell in cells if isinstance(cell, int)]
    if not hidden:
        return sum(numbers)
    return hidden[0] if len(hidden) == 1 and not any(numbers) else Hidden.WITHHELD


def change(now: Cell, before: Cell) -> int | None:
    """The difference between two periods, only where both counts are shown anyway."""
    return now - before if isinstance(now, int) and isinstance(before, int) else None


def reader_bounds(
    cells: Sequence[Cell],
    total: int,
    threshold: int = THRESHOLD,
    *,
    also_hidden: Collection[int] = (),
    overlapping: bool = False,
) -> dict[int, Bounds]:
    """The closest a reader can get to each hidden count, by position, from what is printed.

    ``also_hidden`` are positions withheld for another report's sake: they may hold any number.
    """
    own = {
        at: _label_bounds(cell, threshold, at in also_hidden)
        for at, cell in enumerate(cells)
        if isinstance(cell, Hidden)
    }
    shown = sum(cell for cell in cells if isinstance(cell, int))
    return {at: _narrowed(at, own, total - shown, overlapping) for at in own}


def _label_bounds(cell: Hidden, threshold: int, anything: bool) -> Bounds:
    if cell is Hidden.FEW:
        return Bounds(1, threshold - 1)
    return Bounds(0 if anything else threshold, None)


def _narrowed(at: int, own: dict[int, Bounds], hidden_sum: int, overlapping: bool) -> Bounds:
    """One hidden count's bounds once the others and their sum are taken into account."""
    others = [bounds for position, bounds in own.items() if position != at]
    low, high = own[at].low, own[at].high
    if all(bounds.high is not None for bounds in others):
        low = max(low, hidden_sum - sum(bounds.high or 0 for bounds in others))
    if not overlapping:
        most = hidden_sum - sum(bounds.low for bounds in others)
        high = most if high is None else min(high, most)
    return Bounds(low, high)


def _protect(
    counts: Sequence[int], total: int, threshold: int, forced: frozenset[int], *, overlapping: bool
) -> tuple[Cell, ...]:
    if any(count < 0 for count in counts) or total < 0:
        raise ValueError("a count cannot be negative")
    everything: tuple[Cell, ...] = tuple(Hidden.WITHHELD for _count in counts)
    if is_small(total, threshold):
        return everything
    cells: list[Cell] = [
        Hidden.WITHHELD if at in forced else Hidden.FEW if is_small(count, threshold) else count
        for at, count in enumerate(counts)
    ]
    sensitive = [
        at for at, cell in enumerate(cells) if cell is Hidden.FEW or (at in forced and counts[at] < threshold)
    ]
    # Smallest first: as little as possible is taken from the governors' view.
    spare = sorted(
        (at for at, cell in enumerate(cells) if isinstance(cell, int) and cell >= threshold),
        key=lambda at: (counts[at], at),
    )
    while True:
        bounds = reader_bounds(cells, total, threshold, also_hidden=forced, overlapping=overlapping)
        if all(_could_be_any_small(bounds[at], threshold) for at in sensitive):
            return tuple(cells)
        if not spare:
            return everything
        cells[spare.pop(0)] = Hidden.WITHHELD


def _could_be_any_small(bounds: Bounds, threshold: int) -> bool:
    return bounds.low <= 1 and (bounds.high is None or bounds.high >= threshold - 1)
