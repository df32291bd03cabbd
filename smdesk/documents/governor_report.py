"""The governors' report: figures only, nobody identifiable (DOC-2).

The counts come in already protected by ``policy.suppression``; this module only says what is hidden and why.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

from smdesk.documents import page
from smdesk.documents.page import Letterhead
from smdesk.policy.suppression import THRESHOLD, Cell, Hidden, change
from smdesk.policy.words import written_day

if TYPE_CHECKING:
    from smdesk.documents.layout import Block
    from smdesk.documents.tables import Table


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
    """A part of the report beside the incidents: a sentence or two, then its tables."""

    title: str
    opening: str
    tables: tuple[CountTable | FactTable, ...] = ()


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


def render_bytes(data: GovernorFigures) -> bytes:
    """The report as a PDF/UA-1 file. Equal figures give equal bytes."""
    from smdesk.documents.layout import BODY, HEADING, MM, SMALL, TITLE, Text, Together

    blocks: list[Block] = [
        Text("Social media report to governors", TITLE, "H1"),
        Text(_subtitle(data), replace(BODY, size=12, leading=16.5, after=8)),
        Text(_opening(data)),
        Text("Incidents at a glance", HEADING, "H2"),
        _count_table(data, CountTable("", (data.incidents, data.still_open, data.overdue))),
        Text("Month by month", HEADING, "H2"),
    ]
    blocks.extend(_months(data))
    for table in data.tables:
        part: list[Block] = [Text(table.title, HEADING, "H2")]
        if table.note:
            part.append(Text(table.note, replace(SMALL, keep_with_next=True, after=4)))
        part.append(_count_table(data, table))
        blocks.append(Together(part))
    blocks.append(Together([Text("How quickly posts came down", HEADING, "H2"), _removal_table(data)]))
    replies = Text("Replies on the school's own accounts", HEADING, "H2")
    blocks.append(Together([replies, _reply_table(data)]))
    for section in data.sections:
        blocks.extend(_section(data, section))
    blocks.append(Text("How to read this report", HEADING, "H2"))
    blocks.extend(Text(text) for text in _reading(data))
    proof: list[Block] = [
        Text("Proof of the records behind this report", HEADING, "H2"),
        Text(
            "This code stands for every entry of the record up to the day of this report: if an entry is "
            "altered or removed later, a check of the records against the code printed here will show it."
        ),
        Text(f"Entry {data.head_number:,}", replace(BODY, bold=True, after=0)),
        Text(_grouped(data.head_hash), replace(BODY, size=9.5, leading=13.5)),
    ]
    blocks.append(Together(proof))
    sheet = page.Sheet()
    foot = f"{data.letterhead.school}  ·  Social media report, {data.period_title}"
    left, right = sheet.left * MM, sheet.size[0] - sheet.right * MM
    return page.build(
        blocks,
        title=f"Social media report to governors, {data.period_title} – {data.letterhead.school}",
        author=data.letterhead.school,
        made_on=data.generated_on,
        sheet=sheet,
        first_top=46,
        on_first=lambda canvas: _ignore(
            page.draw_letterhead(canvas, data.letterhead, left, right, sheet.size[1] - 13 * MM)
        ),
        on_each=lambda canvas, number, total: page.draw_footer(canvas, sheet, foot, number, total),
    )


def render(data: GovernorFigures, file: Path) -> None:
    """Write the report to ``file``, whole or not at all. Raises ``StorageProblem`` or ``Invalid``."""
    page.save_pdf(render_bytes(data), file)


def _ignore(_used: float) -> None:
    """The letterhead tells the height it took; here the text starts at a fixed place."""


def _subtitle(data: GovernorFigures) -> str:
    return f"{data.period_title}. Prepared on {written_day(data.generated_on)}."


def _opening(data: GovernorFigures) -> str:
    count = data.incidents.now
    if count == 0:
        first = "No incident was recorded in this period."
    elif count == 1:
        first = "One incident was recorded in this period."
    elif count is Hidden.FEW:
        first = f"Fewer than {data.threshold} incidents were recorded in this period."
    else:
        first = f"{cell_text(count)} incidents were recorded in this period."
    if data.ends_on is not None:
        first += f" It is not over: it ends on {written_day(data.ends_on)}, and the figures are those so far."
    if data.previous_title is None:
        return f"{first} There is no earlier period to compare it with."
    return (
        f"{first} The figures are set beside those of the period before, {data.previous_title}. "
        "The report gives figures only and names nobody."
    )


def _columns(data: GovernorFigures, first: str, last: str | None) -> list[str]:
    titles = [first, data.period_title]
    if data.previous_title is not None:
        titles.append(data.previous_title)
        if last is not None:
            titles.append(last)
    return titles


def _table(titles: Sequence[str], rows: Sequence[tuple[str, ...]], *, total: bool = False) -> Table:
    from smdesk.documents.tables import Column, Table, TableStyle

    first = 0.40 if len(titles) == 4 else 0.5
    rest = (1 - first) / (len(titles) - 1)
    columns = [Column(titles[0], share=first), *(Column(title, "right", rest) for title in titles[1:])]
    return Table(columns, rows, TableStyle(row_headers=True, strong_last=total), base=0)


def _count_table(data: GovernorFigures, table: CountTable) -> Table:
    rows = [_count_line(data, row) for row in table.rows]
    if table.total is not None:
        rows.append(_count_line(data, table.total))
    return _table(_columns(data, table.title or "Incidents", "Change"), rows, total=table.total is not None)


def _count_line(data: GovernorFigures, row: CountRow) -> tuple[str, ...]:
    line = [row.label, cell_text(row.now, data.threshold)]
    if data.previous_title is not None:
        line += [cell_text(row.before, data.threshold), change_text(row)]
    return tuple(line)


def _section(data: GovernorFigures, section: Section) -> list[Block]:
    from smdesk.documents.layout import BODY, HEADING, SMALL, Text, Together

    opening = replace(BODY, keep_with_next=bool(section.tables))
    first: list[Block] = [Text(section.title, HEADING, "H2"), Text(section.opening, opening)]
    blocks: list[Block] = []
    for table in section.tables:
        part = first
        if table.note:
            part.append(Text(table.note, replace(SMALL, keep_with_next=True, after=4)))
        part.append(
            _count_table(data, table) if isinstance(table, CountTable) else _table(table.columns, table.rows)
        )
        blocks.append(Together(part))
        first = []
    return blocks or [Together(first)]


def _months(data: GovernorFigures) -> list[Block]:
    from smdesk.documents.charts import bar_chart
    from smdesk.documents.layout import BODY, Text

    if not data.months:
        return [Text("There is no month to show.", BODY)]
    bars = [(month.label, month.count) for month in data.months]
    said = "; ".join(f"{label}: {cell_text(count, data.threshold)}" for label, count in bars)
    alt = f"Bar chart of incidents recorded in each month of {data.period_title}. {said}."
    rows = [(label, cell_text(count, data.threshold)) for label, count in bars]
    return [bar_chart(alt, bars, data.threshold), _table(["Month", "Incidents recorded"], rows)]


def _removal_table(data: GovernorFigures) -> Table:
    now, before = data.removal, data.removal_before or Removal(Hidden.WITHHELD)

    def line(label: str, mine: str, theirs: str) -> tuple[str, ...]:
        return (label, mine) if data.previous_title is None else (label, mine, theirs)

    rows = [
        line("Posts removed", cell_text(now.count, data.threshold), cell_text(before.count, data.threshold)),
        line("A quarter were down within", days_text(now.lower_quartile), days_text(before.lower_quartile)),
        line("Half were down within (median)", days_text(now.median), days_text(before.median)),
        line(
            "Three quarters were down within", days_text(now.upper_quartile), days_text(before.upper_quartile)
        ),
    ]
    return _table(_columns(data, "From the school's knowing to removal", None), rows)


def _reply_table(data: GovernorFigures) -> Table:
    now = data.replies
    before = data.replies_before or ReplyClock(*(Hidden.WITHHELD,) * 4)

    def line(label: str, mine: Cell, theirs: Cell) -> tuple[str, ...]:
        values = [cell_text(cell, data.threshold) for cell in (mine, theirs)]
        return (label, *values[: 1 if data.previous_title is None else 2])

    share = ["Share answered in time", percent_text(now.in_time, now.due)]
    if data.previous_title is not None:
        share.append(percent_text(before.in_time, before.due))
    rows = [
        line("Answered in time", now.in_time, before.in_time),
        line("Answered late", now.late, before.late),
        line("Still waiting for an answer", now.waiting, before.waiting),
        line("A reply was due", now.due, before.due),
        tuple(share),
    ]
    return _table(_columns(data, "Comments, queries and complaints", None), rows)


def _reading(data: GovernorFigures) -> list[str]:
    few = (
        f"“Fewer than {data.threshold}” means at least one and at most {data.threshold - 1}. Numbers this "
        "small are not printed, because they could point at a person."
    )
    withheld = (
        "“Not shown” means that the number was left out so that a small one cannot be found by subtracting "
        "the others from a total. A whole table may be left out for this reason."
    )
    return [few, withheld, "An incident is counted in the period in which the school received it."]


def _grouped(digest: str) -> str:
    return " ".join(digest[at : at + 8] for at in range(0, len(digest), 8))
