"""The governors' report as chapters of plain parts: words, tables and bars, before any of it is set on a page (DOC-2).

The printed report and the sheet are both made from these, so that no figure stands in one and not in the other.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from smdesk.documents import governor_summary
from smdesk.documents.governor_figures import (
    CountRow,
    CountTable,
    FactTable,
    GovernorFigures,
    Removal,
    ReplyClock,
    Section,
    cell_text,
    change_text,
    days_text,
    percent_text,
)
from smdesk.policy.suppression import Cell, Hidden

TITLE = "Social media report to governors"
"""What the report is called, on paper and as a sheet."""

Value = str | int | float | Hidden | None
"""What stands in a table: words, a count or why it is hidden, days (a float), or nothing."""

TOO_FEW = "Not broken down further: so few are counted here that a breakdown could point at a person."


@dataclass(frozen=True, slots=True)
class Words:
    """A paragraph. ``note`` sets it small."""

    text: str
    note: bool = False


@dataclass(frozen=True, slots=True)
class Points:
    """Sentences, each by itself."""

    items: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Grid:
    """A table; the first column names what each line is about. ``strong_last`` for a total."""

    columns: tuple[str, ...]
    rows: tuple[tuple[Value, ...], ...]
    strong_last: bool = False
    words: bool = False
    """Whether the columns beside the first are words rather than figures."""
    narrow: bool = False
    """Whether there are so many columns that a hidden count is said in a shorter word."""


@dataclass(frozen=True, slots=True)
class Bars:
    """A chart, with what it shows in words. The table after it has the same figures."""

    alt: str
    bars: tuple[tuple[str, Cell], ...]


@dataclass(frozen=True, slots=True)
class Topic:
    """A heading inside a chapter and what stands under it."""

    title: str
    parts: tuple[Words | Points | Grid | Bars, ...]


@dataclass(frozen=True, slots=True)
class Chapter:
    """A line of the contents."""

    title: str
    parts: tuple[Words | Points | Grid | Bars | Topic, ...]


def chapters(data: GovernorFigures) -> tuple[Chapter, ...]:
    """The whole report behind its cover and its contents, in the order printed."""
    return (
        Chapter("Summary", (Points(tuple(governor_summary.sentences(data))), glance(data))),
        _incidents(data),
        Chapter("Replies on the school's own accounts", (_replies(data),)),
        *([_trend(data)] if data.trend else []),
        *(_section(data, section) for section in data.sections),
        Chapter("How to read this report", (*(Words(text) for text in _reading(data)), _glossary(data))),
    )


def text_of(value: Value, threshold: int, *, narrow: bool = False) -> str:
    """What stands in a table, as it is printed."""
    if isinstance(value, str):
        return value
    if narrow and value is Hidden.FEW:
        return f"under {threshold}"
    return days_text(value) if isinstance(value, float) else cell_text(value, threshold)


def glance(data: GovernorFigures, *more: CountRow) -> Grid:
    """Incidents, open and overdue, and what else is to stand with them."""
    return _counts(data, CountTable("Incidents", (data.incidents, data.still_open, data.overdue, *more)))


def trend_bars(data: GovernorFigures) -> Bars:
    """Incidents of each term, as a chart."""
    bars = tuple((term.short, term.incidents) for term in data.trend)
    said = "; ".join(
        f"{term.title}{' so far' if term.so_far else ''}: {cell_text(term.incidents, data.threshold)}"
        for term in data.trend
    )
    return Bars(f"Bar chart of incidents recorded in each term. {said}.", bars)


def trend_grid(data: GovernorFigures) -> Grid:
    """What each term came to, in the figures of its own report."""
    columns = (
        "Term",
        "Incidents",
        "Posts removed",
        "Replies due",
        "In time",
        "Messages",
        "Praise",
        "Criticism",
    )
    rows = tuple(
        (
            term.short + (" (so far)" if term.so_far else ""),
            term.incidents,
            term.removed,
            term.replies.due,
            term.replies.in_time,
            term.messages,
            term.praise,
            term.criticism,
        )
        for term in data.trend
    )
    return Grid(columns, rows, narrow=True)


def _incidents(data: GovernorFigures) -> Chapter:
    topics = [Topic("Month by month", _months(data))]
    for table in data.tables:
        note = [Words(table.note, note=True)] if table.note else []
        topics.append(Topic(table.title, (*note, *_count_parts(data, table))))
    topics.append(Topic("How quickly posts came down", (_removal(data),)))
    opening = Words("What the school wrote down and dealt with, confidential incidents included.")
    return Chapter("Incidents", (opening, *topics))


def _columns(data: GovernorFigures, first: str, last: str | None) -> tuple[str, ...]:
    if data.previous_title is None:
        return (first, data.period_title)
    return (first, data.period_title, data.previous_title, *([last] if last is not None else []))


def _counts(data: GovernorFigures, table: CountTable) -> Grid:
    lines = [*table.rows, *([table.total] if table.total is not None else [])]
    return Grid(
        _columns(data, table.title, "Change"),
        tuple(_count_line(data, row) for row in lines),
        strong_last=table.total is not None,
    )


def _count_parts(data: GovernorFigures, table: CountTable) -> tuple[Grid | Words, ...]:
    """The table; its total and a sentence where the rest would only say "not shown" line after line."""
    cells = [cell for row in table.rows for cell in (row.now, row.before) if cell is not None]
    if not cells:
        return (Words("There is nothing to count in this period."),)
    if len(table.rows) == 1 or any(cell is not Hidden.WITHHELD for cell in cells):
        return (_counts(data, table),)
    if table.total is None:
        return (Words(TOO_FEW),)
    return (_counts(data, CountTable(table.title, (table.total,))), Words(TOO_FEW, note=True))


def _count_line(data: GovernorFigures, row: CountRow) -> tuple[Value, ...]:
    if data.previous_title is None:
        return (row.label, row.now)
    return (row.label, row.now, row.before, change_text(row))


def _months(data: GovernorFigures) -> tuple[Words | Grid | Bars, ...]:
    if not data.months:
        return (Words("There is no month to show."),)
    if all(month.count is Hidden.WITHHELD for month in data.months):
        return (Words(TOO_FEW),)
    bars = tuple((month.label, month.count) for month in data.months)
    said = "; ".join(f"{label}: {cell_text(count, data.threshold)}" for label, count in bars)
    alt = f"Bar chart of incidents recorded in each month of {data.period_title}. {said}."
    return (Bars(alt, bars), Grid(("Month", "Incidents recorded"), bars))


def _removal(data: GovernorFigures) -> Grid:
    now, before = data.removal, data.removal_before or Removal(Hidden.WITHHELD)

    def days(removal: Removal, value: float | None) -> Value:
        if value is None:
            # Where no post came down there is nothing to hide.
            return "–" if removal.count == 0 else "not shown"
        return float(value)

    def line(label: str, mine: Value, theirs: Value) -> tuple[Value, ...]:
        return (label, mine) if data.previous_title is None else (label, mine, theirs)

    rows = (
        line("Posts removed", now.count, before.count),
        line(
            "A quarter were down within", days(now, now.lower_quartile), days(before, before.lower_quartile)
        ),
        line("Half were down within (median)", days(now, now.median), days(before, before.median)),
        line(
            "Three quarters were down within",
            days(now, now.upper_quartile),
            days(before, before.upper_quartile),
        ),
    )
    return Grid(_columns(data, "From the school's knowing to removal", None), rows)


def _replies(data: GovernorFigures) -> Grid:
    now = data.replies
    before = data.replies_before or ReplyClock(*(Hidden.WITHHELD,) * 4)

    def line(label: str, mine: Value, theirs: Value) -> tuple[Value, ...]:
        return (label, mine) if data.previous_title is None else (label, mine, theirs)

    rows = (
        line("Answered in time", now.in_time, before.in_time),
        line("Answered late", now.late, before.late),
        line("Still waiting for an answer", now.waiting, before.waiting),
        line("A reply was due", now.due, before.due),
        line(
            "Share answered in time",
            percent_text(now.in_time, now.due),
            percent_text(before.in_time, before.due),
        ),
    )
    return Grid(_columns(data, "Comments, queries and complaints", None), rows)


def _trend(data: GovernorFigures) -> Chapter:
    count = len(data.trend)
    named = "one term" if count == 1 else f"{_NUMBERS.get(count, str(count))} terms"
    return Chapter(
        f"Trend over {named}",
        (
            Words(
                f"Each term with the figures of its own report. “Under {data.threshold}” is fewer than "
                f"{data.threshold}, but not nought."
            ),
            trend_bars(data),
            trend_grid(data),
        ),
    )


_NUMBERS = {2: "two", 3: "three", 4: "four", 5: "five", 6: "six", 7: "seven", 8: "eight"}


def _section(data: GovernorFigures, section: Section) -> Chapter:
    parts: list[Words | Grid] = [Words(section.opening)]
    for table in section.tables:
        if table.note:
            parts.append(Words(table.note, note=True))
        if isinstance(table, FactTable):
            parts.append(Grid(table.columns, table.rows, words=not _figures_only(table.rows)))
        else:
            parts += _count_parts(data, table)
    return Chapter(section.title, tuple(parts))


def _figures_only(rows: Sequence[tuple[str, ...]]) -> bool:
    """Whether all beside the first column are figures, hidden or not: then they are set to the right."""
    hidden = ("–", "fewer than", "not shown")
    return all(each[:1].isdigit() or each.startswith(hidden) for row in rows for each in row[1:])


def _reading(data: GovernorFigures) -> tuple[str, ...]:
    few = (
        f"“Fewer than {data.threshold}” means at least one and at most {data.threshold - 1}. Numbers this "
        "small are not printed, because they could point at a person."
    )
    withheld = (
        "“Not shown” means that the number was left out so that a small one cannot be found by subtracting "
        "the others from a total, or one report from another. A whole table may be left out for this reason."
    )
    same = (
        "The figures of a term are the same in its own report, in the trend, on the one-page report and in the "
        "spreadsheet; a school year shows no more than its terms do. What one hides, none of the others gives away."
    )
    return (few, withheld, same, "An incident is counted in the period in which the school received it.")


def _glossary(data: GovernorFigures) -> Topic:
    terms: list[tuple[str, str]] = [
        ("Incident", "Something posted or sent that the school wrote down and dealt with under its policy."),
        ("Still open", "Not closed on the day this report was made."),
        ("Open and overdue", "Still open, and the day by which the next step was to be taken has passed."),
        (
            "Furthest step taken",
            "The most serious step so far: talking first, the police or the courts last.",
        ),
        ("Removal", "The post was seen to be gone. Days are counted from the day the school knew of it."),
        ("Median", "The middle value: half of the posts were down sooner, half later."),
        (
            "A reply was due",
            "A comment, query or complaint on one of the school's accounts; the policy wants it answered in time.",
        ),
        (
            "Exception",
            "A connection online between a pupil and an adult of the school, allowed because it existed before.",
        ),
        ("Block", "A follower or a sender whom the school no longer lets through."),
        ("Term", "Autumn from 1 September, spring from 1 January, summer from 16 April; holidays included."),
        ("School year", "From 1 September to 31 August: its three terms together."),
    ]
    return Topic("Words used", (Grid(("Word", "What it means here"), tuple(terms), words=True),))
