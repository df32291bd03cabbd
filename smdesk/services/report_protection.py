"""What of one period's counts may be shown, and what other reports make of it (DOC-2).

A term is counted once; a school year is the sum of its terms. Where reports over some of those terms have been made,
the year hides what they hid and what would be left after taking them off it; and where the year's was made first, its
terms hide what the others would: a term's small number does not come back by subtraction, in whatever order reports
are made. A report counts for the period before it too, which stands beside its own figures.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from itertools import accumulate

from smdesk.documents.governor_report import Removal, ReplyClock
from smdesk.policy import suppression
from smdesk.policy.suppression import Cell, Hidden
from smdesk.services import periods as period_rules
from smdesk.services.periods import Period
from smdesk.services.report_counts import Counts, month_name, summed


class Protected:
    """One period's counts with what may be shown of them. A class because every table asks the same four things:
    what is counted, what else is known beside it, the threshold, and whether the total itself may be shown.
    """

    def __init__(
        self, period: Period, counted: dict[str, Counts], published: set[int | None], threshold: int
    ) -> None:
        self.period = period
        self.threshold = threshold
        terms = period.terms()
        self.sum = summed(counted[term.label] for term in terms)
        self.beside = beside(period, counted, published)
        # A term's printed year, as it shows most: with nothing hidden for its terms' sake.
        self.above = summed([self.sum, *self.beside]) if period.kind == "term" and self.beside else None
        # A year's total less two terms' totals is the third's: where that one is small, nothing is said.
        self.silent = any(suppression.is_small(each.total, threshold) for each in self.beside)

    def total(self) -> Cell:
        return Hidden.WITHHELD if self.silent else suppression.protect_total(self.sum.total, self.threshold)

    def partition(self, pick: Callable[[Counts], Sequence[int]]) -> tuple[Cell, ...]:
        """Counts that add up to the total, or to a printed part of it."""
        return self._parts(pick, self.silent)

    def apart(self, pick: Callable[[Counts], Sequence[int]]) -> tuple[Cell, tuple[Cell, ...]]:
        """Counts of something other than incidents: their own total, and the counts that add up to it."""
        silent = any(suppression.is_small(sum(pick(each)), self.threshold) for each in self.beside)
        whole = sum(pick(self.sum))
        total = Hidden.WITHHELD if silent else suppression.protect_total(whole, self.threshold)
        return total, self._parts(pick, silent)

    def _parts(self, pick: Callable[[Counts], Sequence[int]], silent: bool) -> tuple[Cell, ...]:
        if silent:
            return tuple(Hidden.WITHHELD for _ in pick(self.sum))
        hidden = self._given_away(lambda part: suppression.protect_partition(pick(part), self.threshold))
        return suppression.protect_partition(pick(self.sum), self.threshold, also_hide=hidden)

    def conduct(self, codes: Sequence[str]) -> tuple[Cell, ...]:
        if self.silent:
            return tuple(Hidden.WITHHELD for _ in codes)

        def picked(part: Counts) -> list[int]:
            return [part.conduct[code] for code in codes]

        hidden = self._given_away(
            lambda part: suppression.protect_overlapping(picked(part), part.total, self.threshold)
        )
        return suppression.protect_overlapping(
            picked(self.sum), self.sum.total, self.threshold, also_hide=hidden
        )

    def _given_away(self, protect: Callable[[Counts], Sequence[Cell]]) -> set[int]:
        """The places whose counts would bring back one that is hidden in what is known beside them."""
        above = None if self.above is None else protect(self.above)
        return {
            place
            for part in self.beside
            for place, cell in enumerate(protect(part))
            # Where the year says nothing, there is nothing to take a term off.
            if isinstance(cell, Hidden) and not (above and isinstance(above[place], Hidden))
        }

    def open_cells(self) -> tuple[Cell, Cell]:
        """Still open, and of these overdue. What is shown of the second never gives the first away."""
        still_open, _ = self.partition(lambda part: (part.open, part.total - part.open))
        if isinstance(still_open, Hidden):
            if still_open is Hidden.WITHHELD:
                return still_open, Hidden.WITHHELD
            return still_open, 0 if self.sum.overdue == 0 else Hidden.FEW
        overdue, _ = self.partition(lambda part: (part.overdue, part.open - part.overdue))
        return still_open, overdue

    def removal(self) -> Removal:
        days = self.sum.removal_days
        count, _ = self.partition(
            lambda part: (sum(part.removal_days.values()), part.total - sum(part.removal_days.values()))
        )
        if not isinstance(count, int) or count == 0:
            return Removal(count)
        return Removal(count, *(_quantile(days, share) for share in (0.25, 0.5, 0.75)))

    def replies(self) -> ReplyClock:
        """Comments owed a reply. Most were logged as messages, so they are no part of the incidents' total (ACC-5)."""
        due, (in_time, late, waiting) = self.apart(
            lambda part: (part.reply["in_time"], part.reply["late"], part.reply["waiting"])
        )
        return ReplyClock(due, in_time, late, waiting)

    def months(self) -> tuple[Cell, ...]:
        names = [month_name(first) for first, _ in self.period.months()]
        return self.partition(lambda part: [part.month[name] for name in names])


def period_number(period: Period) -> int:
    """A period as a number for the audit line: 2026 autumn is 20261, the year that starts in 2026 is 20260."""
    if period.kind == "year":
        return period.start.year * 10
    names = ("spring", "summer", "autumn")
    return period.start.year * 10 + 1 + names.index(period.label.split()[1])


def beside(period: Period, counted: dict[str, Counts], published: set[int | None]) -> list[Counts]:
    """What readers of earlier reports could set against this one, part by part."""
    if period.kind == "year":
        shown = [term for term in period.terms() if is_published(term, published)]
        rest = [term for term in period.terms() if term not in shown]
        known = [counted[term.label] for term in shown]
        # The year less what was printed is the rest, whether or not there ever is a report on it.
        return [*known, summed(counted[term.label] for term in rest)] if known and rest else known
    year = year_around(period)
    if not is_published(year, published):
        return []
    return [counted[term.label] for term in year.terms() if term != period]


def is_published(period: Period, published: set[int | None]) -> bool:
    """Whether the period stands in a report that was made: its own, or as the one before in the next one's."""
    return not published.isdisjoint({period_number(period), period_number(period.after())})


def year_around(period: Period) -> Period:
    return period if period.kind == "year" else period_rules.year_of(period.start)


def _quantile(days: Counter[int], share: float) -> float:
    """The value below which ``share`` of the counted days lie, between neighbours where it falls between two."""
    values = sorted(days)
    upto = list(accumulate(days[value] for value in values))
    place = share * (upto[-1] - 1)
    low = next(value for value, count in zip(values, upto, strict=True) if count > int(place))
    high = next(
        value for value, count in zip(values, upto, strict=True) if count > min(int(place) + 1, upto[-1] - 1)
    )
    return low + (place - int(place)) * (high - low)
