"""Every sentence of the summary is held up by figures that are printed, and says no more than they do (DOC-2)."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import date

import pytest

from smdesk.documents import governor_chapters
from smdesk.documents.governor_chapters import Grid, Topic, text_of
from smdesk.documents.governor_figures import (
    CountRow,
    CountTable,
    GovernorFigures,
    Month,
    Removal,
    ReplyClock,
    TrendTerm,
)
from smdesk.documents.governor_summary import sentences
from smdesk.policy.suppression import Hidden
from tests.documents.governor_samples import full_figures
from tests.documents.samples import figures

FEW, WITHHELD = Hidden.FEW, Hidden.WITHHELD
NUMBER = re.compile(r"\d[\d,.]*\d|\d")


def said(data: GovernorFigures) -> str:
    return " ".join(sentences(data))


def table(*cells: tuple[str, int | Hidden], title: str = "Who posted") -> CountTable:
    return CountTable(title, tuple(CountRow(*cell) for cell in cells))


def printed(data: GovernorFigures) -> set[str]:
    """Every word that stands in a table, and the differences and shares that follow from two of them."""
    found: set[str] = set()
    for chapter in governor_chapters.chapters(data):
        for part in chapter.parts:
            for inner in part.parts if isinstance(part, Topic) else (part,):
                for row in inner.rows if isinstance(inner, Grid) else ():
                    for value in row:
                        found.update(text_of(value, data.threshold).split())
    return found


def test_every_number_stands_in_a_table_too() -> None:
    data = replace(
        full_figures(),
        tables=(table(("Parent or carer", 28), ("Pupil", 17), ("Third party", FEW)),),
        replies=ReplyClock(18, 12, 6, 0),
    )
    shown = printed(data) | {"2025-26", "2024-25", "2026", "2025"}
    shown |= {str(len([term for term in data.trend if not term.so_far])), "67", "100"}
    for sentence in sentences(data):
        if "accounts lack" in sentence:
            continue  # the section's own words
        for number in NUMBER.findall(re.sub(r"20\d\d-\d\d", "", sentence)):
            assert number in shown, sentence
    assert "Posted most often by: “Parent or carer” (28 of 47)." in said(data)
    assert "12 of 18 comments owed a reply were answered in time (67%; 100% in the period before)." in said(
        data
    )


def test_where_all_is_hidden_no_sentence_says_a_number() -> None:
    data = full_figures()
    hidden = replace(
        data,
        incidents=CountRow("Incidents received", FEW, WITHHELD),
        still_open=CountRow("Still open", WITHHELD),
        overdue=CountRow("Open and overdue", WITHHELD),
        tables=tuple(
            replace(each, rows=tuple(replace(row, now=WITHHELD) for row in each.rows)) for each in data.tables
        ),
        removal=Removal(WITHHELD),
        replies=ReplyClock(*(WITHHELD,) * 4),
        trend=tuple(replace(term, incidents=FEW) for term in data.trend),
        sections=(),
    )
    assert NUMBER.findall(said(hidden)) == ["5"]
    assert said(hidden) == "Fewer than 5 incidents were recorded in this period."


@pytest.mark.parametrize(
    ("rows", "words"),
    [
        ([("Parent or carer", 9), ("Pupil", 9)], "“Parent or carer” and “Pupil” (9 of 47 each)"),
        ([("Parent or carer", 9), ("Pupil", FEW)], "“Parent or carer” (9 of 47)"),
        ([("Parent or carer", 9), ("Pupil", WITHHELD)], ""),  # the pupils may be more
        ([("Parent or carer", FEW), ("Pupil", 0)], ""),
        ([("Parent or carer", 9), ("Not recorded", 20)], ""),
        ([("Parent or carer", 9), ("Not recorded", 5)], "“Parent or carer” (9 of 47)"),
    ],
)
def test_most_is_said_only_where_it_is_known(rows: list[tuple[str, int | Hidden]], words: str) -> None:
    found = said(replace(figures(), tables=(table(*rows),)))
    assert (f"Posted most often by: {words}." in found) if words else ("Posted most often by" not in found)


@pytest.mark.parametrize(
    ("now", "before", "words"),
    [
        (47, 38, "47 incidents were recorded in this period, 9 more than in the period before"),
        (38, 47, "38 incidents were recorded in this period, 9 fewer than in the period before"),
        (38, 38, "38 incidents were recorded in this period, as many as in the period before"),
        (38, FEW, "38 incidents were recorded in this period."),
        (WITHHELD, 9, "is not shown"),
    ],
)
def test_the_opening_compares_only_what_is_shown(now: int | Hidden, before: int | Hidden, words: str) -> None:
    assert words in sentences(replace(figures(), incidents=CountRow("Incidents", now, before)))[0]


def test_a_period_that_is_not_over_is_not_set_against_a_whole_one() -> None:
    opening = sentences(replace(figures(), ends_on=date(2026, 8, 31)))[0]
    assert opening.startswith("47 incidents were recorded in this period. The period is not over")


@pytest.mark.parametrize(
    ("still", "overdue", "words"),
    [
        (0, 0, "All of them are closed."),
        (12, 0, "12 are still open, and none of these is overdue."),
        (12, 5, "12 are still open; of these, 5 are overdue."),
        (12, FEW, "12 are still open."),
        (FEW, FEW, ""),
    ],
)
def test_open_and_overdue(still: int | Hidden, overdue: int | Hidden, words: str) -> None:
    data = replace(figures(), still_open=CountRow("", still), overdue=CountRow("", overdue))
    found = said(data)
    assert words in found
    assert words or "open" not in found


def trend(*counts: int | Hidden, so_far: bool = False) -> tuple[TrendTerm, ...]:
    clock = ReplyClock(0, 0, 0, 0)
    names = [f"{name} term {year}" for year in range(2023, 2027) for name in ("Spring", "Summer", "Autumn")]
    last = len(counts) - 1
    return tuple(
        TrendTerm(name, count, 0, clock, 0, 0, 0, so_far and place == last)
        for place, (name, count) in enumerate(zip(names, counts, strict=False))
    )


@pytest.mark.parametrize(
    ("terms", "words"),
    [
        (
            trend(5, 9, 12),
            "Of the last 3 whole terms, Autumn term 2023 had the most incidents (12); the number has risen",
        ),
        (
            trend(20, 9, 6),
            "Spring term 2023 had the most incidents (20); the number has fallen in each of the last two.",
        ),
        (trend(9, 20, 9), "Summer term 2023 had the most incidents (20)."),
        (trend(9, 9, FEW), "Spring term 2023 and Summer term 2023 had the most incidents (9)."),
        (trend(9, 8), ""),
        (trend(FEW, FEW, 0), ""),
        (trend(9, 8, 20, so_far=True), ""),
    ],
)
def test_the_trend_speaks_of_whole_terms(terms: tuple[TrendTerm, ...], words: str) -> None:
    found = said(replace(figures(), trend=terms))
    assert (words in found) if words else ("whole terms" not in found)


def test_a_table_that_hides_everything_is_one_sentence_under_its_total() -> None:
    rows = tuple(CountRow(label, WITHHELD, WITHHELD) for label in ("Parent or carer", "Pupil"))
    data = replace(
        figures(), tables=(CountTable("Who posted", rows, CountRow("All incidents", FEW, WITHHELD)),)
    )
    chapter = next(each for each in governor_chapters.chapters(data) if each.title == "Incidents")
    topic = next(each for each in chapter.parts if isinstance(each, Topic) and each.title == "Who posted")
    grid, words = topic.parts
    assert isinstance(grid, Grid)
    assert [row[0] for row in grid.rows] == ["All incidents"]
    assert words == governor_chapters.Words(governor_chapters.TOO_FEW, note=True)


def test_months_that_are_all_hidden_have_no_chart() -> None:
    data = replace(figures(), months=(Month("Sep 2026", WITHHELD), Month("Oct 2026", WITHHELD)))
    chapter = next(each for each in governor_chapters.chapters(data) if each.title == "Incidents")
    topic = next(each for each in chapter.parts if isinstance(each, Topic))
    assert topic.parts == (governor_chapters.Words(governor_chapters.TOO_FEW),)
