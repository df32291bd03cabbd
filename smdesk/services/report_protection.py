"""What of one period's counts may be shown (DOC-2).

Every paper on every period prints the same: what a term shows is decided by the term's own counts and by nothing else,
and what a school year shows by its three terms' counts, as though all its terms' reports lay beside it. So it does not
matter which reports are made, in what order, on one page or on twenty, on paper or as a sheet: no figure that one of
them hides comes back by subtraction from another. The year is what gives way, because a term's report is on the
governors' table before the year is over. What no report can hide is what changed between two of them over the same,
unfinished period.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from itertools import accumulate

from smdesk.documents.governor_figures import Removal, ReplyClock
from smdesk.policy import suppression
from smdesk.policy.suppression import Cell, Hidden
from smdesk.services.message_records import MessageKind
from smdesk.services.periods import Period
from smdesk.services.report_counts import Counts, month_name, summed


class Protected:
    """One period's counts with what may be shown of them. A class because every table asks the same two things: what
    each of its terms holds, and the threshold.
    """

    def __init__(self, period: Period, counted: dict[str, Counts], threshold: int) -> None:
        self.period = period
        self.threshold = threshold
        self.terms = [counted[term.label] for term in period.terms()]
        self.sum = summed(self.terms)

    def total(self) -> Cell:
        return suppression.protect_whole([part.total for part in self.terms], self.threshold)

    def partition(self, pick: Callable[[Counts], Sequence[int]]) -> tuple[Cell, ...]:
        """Counts that add up to the total, or to a printed part of it."""
        parts = [tuple(pick(part)) for part in self.terms]
        return suppression.protect_sums(parts, [sum(part) for part in parts], self.threshold)

    def apart(self, pick: Callable[[Counts], Sequence[int]]) -> tuple[Cell, tuple[Cell, ...]]:
        """Counts of something other than incidents: their own total, and the counts that add up to it."""
        totals = [sum(pick(part)) for part in self.terms]
        return suppression.protect_whole(totals, self.threshold), self.partition(pick)

    def conduct(self, codes: Sequence[str]) -> tuple[Cell, ...]:
        """Counts of which an incident may be in several."""
        parts = [tuple(part.conduct[code] for code in codes) for part in self.terms]
        totals = [part.total for part in self.terms]
        return suppression.protect_sums(parts, totals, self.threshold, overlapping=True)

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

    def messages(self, codes: Sequence[str]) -> tuple[Cell, tuple[Cell, ...]]:
        """All messages on the school's accounts, and those of each kind.

        Every message but praise is owed a reply. Taken off all that was owed one, they leave the comments that were
        logged as incidents at once, less the messages that nobody answered: where that is few, the messages are not
        told.
        """
        if any(suppression.is_small(abs(_besides_messages(part)), self.threshold) for part in self.terms):
            return Hidden.WITHHELD, tuple(Hidden.WITHHELD for _ in codes)
        return self.apart(lambda part: [part.message[code] for code in codes])

    def months(self) -> tuple[Cell, ...]:
        """Each month as its term's own report shows it: a month is known to lie in its term, so no term's months can
        hide behind another's. April is in two terms; it is shown where both their parts are.
        """
        shown: dict[str, list[Cell]] = {}
        for term, part in zip(self.period.terms(), self.terms, strict=True):
            names = [month_name(first) for first, _ in term.months()]
            cells = suppression.protect_partition([part.month[name] for name in names], self.threshold)
            for name, cell in zip(names, cells, strict=True):
                shown.setdefault(name, []).append(cell)
        return tuple(suppression.sum_of(shown[month_name(first)]) for first, _ in self.period.months())


def _besides_messages(part: Counts) -> int:
    """What is left of all that was owed a reply once the messages are taken off; 0 where there were none."""
    if not any(part.message.values()):
        return 0
    return sum(part.reply.values()) - sum(part.message.values()) + part.message[str(MessageKind.PRAISE)]


def period_number(period: Period) -> int:
    """A period as a number for the audit line: 2026 autumn is 20261, the year that starts in 2026 is 20260."""
    if period.kind == "year":
        return period.start.year * 10
    names = ("spring", "summer", "autumn")
    return period.start.year * 10 + 1 + names.index(period.label.split()[1])


def terms_up_to(period: Period, count: int) -> list[Period]:
    """The last ``count`` terms that end with the period's own, oldest first."""
    found = [period.terms()[-1]]
    while len(found) < count:
        found.append(found[-1].before())
    return found[::-1]


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
