"""DOC-2 on paper: figures, no names, nothing hidden that leaks."""

from __future__ import annotations

from dataclasses import replace

import page as checker
import pytest

from smdesk.documents import governor_report
from smdesk.documents.charts import bar_chart, nice_top
from smdesk.documents.governor_figures import (
    CountRow,
    Month,
    Removal,
    cell_text,
    change_text,
    days_text,
    percent_text,
)
from smdesk.policy.suppression import Hidden
from tests.documents.reading import text_of
from tests.documents.samples import figures


def test_the_figures_are_printed() -> None:
    found = text_of(governor_report.render_bytes(figures()))
    for words in (
        "47 incidents were recorded in this period, 9 more than in the period before (School year 2024-25).",
        "Recorded in the period 47 38 9 more",
        "Still open at the end fewer than 5 6 –",
        "Threatens or encourages violence fewer than 5 0 –",
        "Half were down within (median) 2.5 days 3 days",
        "Answered in time not shown 15",
        "Share answered in time not shown 100%",
        "Total 47 38 9 more",
        "Entry 10,432",
        "9f2c9f2c 9f2c9f2c",
        "will show it.",
    ):
        assert words in found


def test_words_for_cells() -> None:
    assert cell_text(Hidden.FEW) == "fewer than 5"
    assert cell_text(Hidden.FEW, 10) == "fewer than 10"
    assert cell_text(Hidden.WITHHELD) == "not shown"
    assert cell_text(0) == "0"
    assert cell_text(1234) == "1,234"
    assert cell_text(None) == "–"
    assert change_text(CountRow("", 5, 9)) == "4 fewer"
    assert change_text(CountRow("", 9, 9)) == "no change"
    assert change_text(CountRow("", Hidden.FEW, 9)) == "–"
    assert change_text(CountRow("", 9)) == "–"
    assert (days_text(1), days_text(2.5), days_text(8.25), days_text(None)) == (
        "1 day",
        "2.5 days",
        "8.2 days",
        "not shown",
    )
    assert percent_text(9, 12) == "75%"
    assert percent_text(Hidden.WITHHELD, 12) == "not shown"
    assert percent_text(0, 0) == "–"


@pytest.mark.parametrize(
    ("count", "words"),
    [
        (0, "No incident was recorded"),
        (1, "One incident was recorded"),
        (Hidden.FEW, "Fewer than 5 incidents were recorded"),
    ],
)
def test_opening_sentence(count: int | Hidden, words: str) -> None:
    data = replace(figures(), incidents=CountRow("Recorded", count, 3))
    assert words in text_of(governor_report.render_bytes(data))


def test_a_first_period_has_no_comparison() -> None:
    data = replace(
        figures(), previous_title=None, removal=Removal(Hidden.FEW), removal_before=None, replies_before=None
    )
    pdf = governor_report.render_bytes(data)
    found = text_of(pdf)
    assert "There is no earlier period to compare it with." in found
    assert "School year 2024-25" not in found
    assert "Posts removed fewer than 5" in found
    assert checker.is_pdf_compliant_bytes(pdf, profile="ua1")


def test_hidden_months_look_the_same_whatever_they_hold() -> None:
    # The paper is made from protected cells only, so two schools with 1 and 4 give equal bytes.
    months = (Month("Sep 2026", 6), Month("Oct 2026", Hidden.FEW), Month("Nov 2026", Hidden.WITHHELD))
    figure = bar_chart("Chart.", [(month.label, month.count) for month in months], 5)
    assert figure.alt == "Chart."
    found = text_of(governor_report.render_bytes(replace(figures(), months=months)))
    assert "Oct 2026 fewer than 5" in found
    assert "Nov 2026 not shown" in found


def test_the_axis_reaches_the_largest_bar_in_whole_steps() -> None:
    for largest in (1, 4, 5, 7, 23, 99, 100, 1234, 99999, 1_000_000):
        top, step = nice_top(largest)
        assert top >= largest
        assert top % step == 0
        assert top // step <= 6


def test_a_report_of_many_rows_breaks_over_pages() -> None:
    data = figures()
    long = replace(data.tables[0], rows=tuple(CountRow(f"Kind {number}", 9, 9) for number in range(70)))
    pdf = governor_report.render_bytes(replace(data, tables=(long,)))
    assert all(f"Kind {number} 9 9 no change" in text_of(pdf) for number in range(70))
    assert checker.is_pdf_compliant_bytes(pdf, profile="ua1")


def test_no_month_at_all() -> None:
    pdf = governor_report.render_bytes(replace(figures(), months=()))
    assert "There is no month to show." in text_of(pdf)
