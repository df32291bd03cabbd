"""DOC-2 on paper: figures, no names, nothing hidden that leaks."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import date
from pathlib import Path

import page as checker
import pytest

from smdesk.documents import governor_book, governor_page, governor_report
from smdesk.documents.charts import bar_chart, nice_top
from smdesk.documents.governor_figures import (
    CountRow,
    FactTable,
    Month,
    Removal,
    Section,
    cell_text,
    change_text,
    days_text,
    percent_text,
)
from smdesk.policy.suppression import Hidden
from tests.documents.governor_samples import full_figures
from tests.documents.reading import opened, roles, text_of, texts_of
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


def test_contents_bookmarks_and_links_lead_to_the_headings() -> None:
    pdf = governor_report.render_bytes(full_figures())
    pages = texts_of(pdf)
    with opened(pdf) as document:
        outline = document.open_outline()
        with outline:
            lines = [(item.title, item.children) for item in outline.root]
        assert [title for title, _ in lines[:3]] == ["Cover", "Contents", "Summary"]
        under = {title: [child.title for child in children] for title, children in lines}
        assert under["Incidents"][0] == "Month by month"
        links = [
            note for page in document.pages for note in page.get("/Annots", []) if note.Subtype == "/Link"
        ]
        assert len(links) == sum(1 + len(children) for _, children in lines) - 2
        assert all("/Dest" in link for link in links)
    assert {"TOC", "TOCI", "Link", "H1", "H2", "H3", "Figure", "TH"} <= set(roles(pdf))
    contents = pages[1]
    for title, children in lines[2:]:
        for each in (title, *(child.title for child in children)):
            found = re.search(rf"{re.escape(each)}[ .]* (\d+)", contents)
            assert found is not None, each
            assert each in pages[int(found[1]) - 1]


def test_the_page_is_one_page_however_much_there_is_to_say() -> None:
    data = full_figures()
    long = "A gist that is rather long, as those of some sections are, and runs over more than one line of the page."
    full = replace(
        data,
        period_title="School year 2025-26",
        ends_on=date(2026, 8, 31),
        sections=tuple(replace(each, gist=long) for each in (*data.sections, *data.sections)),
        trend=tuple(
            replace(
                term, incidents=Hidden.FEW, removed=Hidden.WITHHELD, messages=Hidden.WITHHELD, so_far=True
            )
            for term in data.trend
        ),
    )
    for each in (full, data, replace(figures(), previous_title=None)):
        pdf = governor_page.render_bytes(each)
        assert len(texts_of(pdf)) == 1
        assert checker.is_pdf_compliant_bytes(pdf, profile="ua1")
    said = texts_of(governor_page.render_bytes(data))[0]
    assert "Entry 10,432".lower() in said.lower()
    assert "Spring 2024 under 5 7 18 13 22 9 under 5" in said


def test_a_first_trend_of_one_term() -> None:
    data = full_figures()
    found = text_of(governor_report.render_bytes(replace(data, trend=data.trend[:1])))
    assert "Trend over one term" in found


def test_the_workbook_has_numbers_as_numbers_and_words_as_words(tmp_path: Path) -> None:
    from openpyxl import load_workbook

    file = tmp_path / "book.xlsx"
    policy = FactTable(("Policy", "Version"), (('=HYPERLINK("x")', "007"), ("$parent", "3")))
    data = replace(
        full_figures(),
        letterhead=replace(figures().letterhead, school="=1+1 & <b>O'Brien</b>"),
        sections=(
            *full_figures().sections,
            Section("A [very] long title: more than Excel can hold", "x", (policy,)),
        ),
    )
    governor_book.render(data, file)
    book = load_workbook(file)
    assert all(cell.data_type != "f" for sheet in book for row in sheet.iter_rows() for cell in row)
    cells = {row[0].value: [cell.value for cell in row[1:]] for row in book["Summary"].iter_rows()}
    assert cells["Recorded in the period"][:3] == [47, 38, "9 more"]
    assert cells["Still open at the end"][:2] == ["fewer than 5", 6]
    about = {row[0].value: row[1].value for row in book["About"].iter_rows()}
    assert about["School"] == "=1+1 & <b>O'Brien</b>"
    assert about["Audit entry"] == "10,432"
    last = book.worksheets[-2]
    assert last.title == "A very long title more than"
    found = {row[0].value: row[1].value for row in last.iter_rows() if row[1].value}
    assert found['=HYPERLINK("x")'] == "007"


def test_two_chapters_of_one_long_name_have_two_sheets(tmp_path: Path) -> None:
    from openpyxl import load_workbook

    title = "What is said about the school elsewhere"
    file = tmp_path / "book.xlsx"
    governor_book.render(
        replace(figures(), sections=(Section(title, "x"), Section(title.upper(), "y"))), file
    )
    names = load_workbook(file).sheetnames
    assert len({name.casefold() for name in names}) == len(names)
    assert max(map(len, names)) <= 31
