"""The figures of the governors' report as plain data, protected already, and the words for one of them (DOC-2).

The report, its one page and its sheet are all made from one ``GovernorFigures``: they print the same protected cells.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from smdesk.documents.page import Letterhead
from smdesk.policy.suppression import THRESHOLD, Cell, Hidden, change


@dataclass(frozen=True, slots=True)
class CountRow:
    """One line of a table: this period and, where there is one, the period before."""

    label: str
    now: Cell
    before: Cell | None = None


@dataclass(frozen=True, slots=True)
class CountTable:
    """A table of counts. ``total`` is printed under it; None where rows overlap and have no sum.

    ``note`` explains how to read it, for example that an incident may be of several kinds.
    """

    title: str
    rows: tuple[CountRow, ...]
    total: CountRow | None = None
    note: str = ""


@dataclass(frozen=True, slots=True)
class Removal:
    """How long posts stayed up after the school knew of them. Days; None where ``count`` is not shown."""

    count: Cell
    lower_quartile: float | None = None
    median: float | None = None
    upper_quartile: float | None = None


@dataclass(frozen=True, slots=True)
class ReplyClock:
    """Comments on the school's accounts that were owed a reply (ACC-5)."""

    due: Cell
    in_time: Cell
    late: Cell
    waiting: Cell


@dataclass(frozen=True, slots=True)
class Month:
    """One bar of the chart."""

    label: str
    count: Cell


@dataclass(frozen=True, slots=True)
class FactTable:
    """A table of words and figures in the order printed; the first column names what each line is about."""

    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    note: str = ""


@dataclass(frozen=True, slots=True)
class Section:
    """A part of the report beside the incidents: a sentence or two, then its tables. ``gist`` is its one sentence in
    the summary, where it has one.
    """

    title: str
    opening: str
    tables: tuple[CountTable | FactTable, ...] = ()
    gist: str = ""


@dataclass(frozen=True, slots=True)
class TrendTerm:
    """One term of the trend, with the very figures of its own report. ``so_far``: it is not over."""

    title: str
    incidents: Cell
    removed: Cell
    replies: ReplyClock
    messages: Cell
    praise: Cell
    criticism: Cell
    so_far: bool = False

    @property
    def short(self) -> str:
        """ "Autumn 2025", under a bar and in a narrow column."""
        return self.title.replace(" term ", " ")


@dataclass(frozen=True, slots=True)
class GovernorFigures:
    """Everything in one report. ``previous_title`` is None where there is no earlier period to compare with.

    ``incidents``, ``still_open`` and ``overdue`` are single lines; ``tables`` come in the order printed.
    ``head_hash`` is the newest entry of the audit chain in hexadecimal, ``head_number`` its place in it.
    """

    letterhead: Letterhead
    period_title: str
    previous_title: str | None
    generated_on: date
    head_hash: str
    head_number: int
    incidents: CountRow
    still_open: CountRow
    overdue: CountRow
    tables: tuple[CountTable, ...]
    removal: Removal
    removal_before: Removal | None
    replies: ReplyClock
    replies_before: ReplyClock | None
    months: tuple[Month, ...]
    sections: tuple[Section, ...] = ()
    trend: tuple[TrendTerm, ...] = ()
    """The last terms up to the end of the period, eight at most, oldest first."""
    threshold: int = THRESHOLD
    ends_on: date | None = None
    """The last day of a period that is not over yet: its figures are not to be read as those of a whole one."""


def cell_text(cell: Cell | None, threshold: int = THRESHOLD) -> str:
    """A count as governors read it."""
    if cell is None:
        return "–"
    if cell is Hidden.FEW:
        return f"fewer than {threshold}"
    return "not shown" if cell is Hidden.WITHHELD else f"{cell:,}"


def change_text(row: CountRow) -> str:
    """The difference to the period before, in words a screen reader reads rightly; a dash where not known."""
    difference = None if row.before is None else change(row.now, row.before)
    if difference is None:
        return "–"
    return "no change" if difference == 0 else f"{abs(difference):,} {'more' if difference > 0 else 'fewer'}"


def days_text(days: float | None) -> str:
    """A number of days with at most one decimal."""
    if days is None:
        return "not shown"
    text = f"{days:.1f}".removesuffix(".0")
    return f"{text} day" if text == "1" else f"{text} days"


def percent_text(part: Cell, whole: Cell) -> str:
    """A share, only where both counts are shown anyway."""
    if isinstance(part, int) and isinstance(whole, int) and whole:
        return f"{100 * part / whole:.0f}%"
    return "–" if whole == 0 else "not shown"
