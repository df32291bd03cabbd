"""The governors' figures in three forms, in full, on one page and as a workbook, and always the same (DOC-2)."""

from __future__ import annotations

import io
import re
from pathlib import Path

import openpyxl
import page as checker
import pytest

from smdesk.documents.governor_chapters import chapters, text_of
from smdesk.documents.governor_figures import cell_text
from smdesk.documents.governor_summary import sentences
from smdesk.errors import NotAllowed
from smdesk.policy.suppression import Hidden
from smdesk.policy.vocabulary import Conduct
from smdesk.services import issued_papers, reports
from smdesk.services.paper_records import PaperKind
from tests.documents.reading import texts_of
from tests.scenarios import telling_accounts as tell
from tests.scenarios.telling import Story, local, printed
from tests.scenarios.telling_papers import said_of
from tests.scenarios.test_governor_report import SPRING, YEAR, told
from tests.support.equations import grids
from tests.support.school import PEOPLE


def all_three(story: Story, folder: Path, by: str = "governor") -> tuple[bytes, bytes, list[list[str]]]:
    """The full report, the one page, and the workbook's rows."""
    ctx = story.at(by)
    full, page, book = (folder / name for name in ("full.pdf", "page.pdf", "book.xlsx"))
    reports.governor_pdf(ctx, SPRING, full)
    reports.governor_pdf(ctx, SPRING, page, form="page")
    reports.governor_xlsx(ctx, SPRING, book)
    rows = [
        ["" if value is None else str(value) for value in row]
        for sheet in openpyxl.load_workbook(io.BytesIO(book.read_bytes()))
        for row in sheet.iter_rows(values_only=True)
    ]
    return full.read_bytes(), page.read_bytes(), rows


@pytest.fixture
def term(story: Story) -> Story:
    """A spring term with one member of staff in it, whom everybody would know."""
    told(story)
    story.logged("The one", Conduct.CONFIDENTIAL_INFORMATION, author="teacher", received_at=local(2026, 2, 2))
    tell.made_ready(story, "office", "teacher")
    return story


def test_the_three_forms_print_the_same_cells(term: Story, tmp_path: Path) -> None:
    figures = reports.governor_figures(term.governor, SPRING)
    full, page, rows = all_three(term, tmp_path)
    paper, sheet = printed(full), printed(page)
    for grid in grids(figures):
        for row in grid.rows:
            words = [text_of(value, figures.threshold) for value in row]
            assert " ".join(" ".join(words).split()) in paper, words
            plain = [
                f"{value:g}"
                if isinstance(value, float)
                else text_of(value, figures.threshold).replace(",", "")
                for value in row
            ]
            assert any([each.replace(",", "") for each in line[: len(plain)]] == plain for line in rows), (
                plain
            )
    assert len(texts_of(page)) == 1
    for row in (figures.incidents, figures.still_open, figures.overdue):
        for said in (paper, sheet):
            assert f"{row.label} {cell_text(row.now, figures.threshold)}" in said, row.label
        assert any(line[0] == row.label for line in rows)
    assert "43" in paper
    assert "43" in sheet
    assert any("43" in line for line in rows)
    for content in (full, page):
        for profile in ("2a", "ua1"):
            report = checker.validate_pdf_bytes(content, profile=profile)
            assert sorted({failure.rule_id for failure in report.failures}) == []


def test_what_is_hidden_in_one_form_is_hidden_in_all(term: Story, tmp_path: Path) -> None:
    figures = reports.governor_figures(term.governor, SPRING)
    hidden = [
        (table.title, row.label)
        for table in figures.tables
        for row in table.rows
        if isinstance(row.now, Hidden)
    ]
    assert hidden
    full, _, rows = all_three(term, tmp_path)
    paper = printed(full)
    for _, label in hidden:
        assert re.search(rf"{re.escape(label)} (fewer than 5|not shown)", paper), label
        (line,) = {tuple(each) for each in rows if each[0] == label and len(each) > 1}
        assert not line[1].isdigit(), line


def test_no_form_names_anybody_or_any_incident(term: Story, tmp_path: Path) -> None:
    full, page, rows = all_three(term, tmp_path)
    everything = " ".join([printed(full), printed(page), *(" ".join(row) for row in rows)])
    for person in PEOPLE.values():
        name = str(person["family_name"])
        assert re.search(rf"\b{re.escape(name)}\b", everything) is None, name
    assert re.search(r"\b20\d\d/\d{4}\b", everything) is None


def test_every_number_in_the_summary_stands_in_the_tables(term: Story) -> None:
    figures = reports.governor_figures(term.governor, SPRING)
    said = sentences(figures)
    assert len(said) > 2
    shown = {
        number
        for grid in grids(figures)
        for row in grid.rows
        for value in row
        for number in re.findall(r"\d+(?:\.\d+)?", text_of(value, figures.threshold).replace(",", ""))
    } | set(re.findall(r"\d+", SPRING.title))
    for sentence in said:
        for number in re.findall(r"\d+(?:\.\d+)?", sentence.replace(",", "")):
            # A share is worked out from two cells that are printed.
            if f"{number} %" in sentence or f"{number}%" in sentence or f"{number} per cent" in sentence:
                continue
            assert number in shown | {"24", str(figures.threshold)}, (number, sentence)


def test_full_and_page_are_kept_and_known_again(term: Story, tmp_path: Path) -> None:
    full, page, _ = all_three(term, tmp_path)
    rows = issued_papers.list_papers(term.governor, PaperKind.GOVERNOR_REPORT)
    assert {issued_papers.read_paper(term.governor, row.id) for row in rows} == {full, page}
    for content in (full, page):
        assert said_of(term, content).holds
    assert {each.action for each in term.audit()[-5:]} == {"report.governors", "paper.issued"}


def test_the_full_report_has_a_cover_contents_glossary_and_what_is_due(term: Story, tmp_path: Path) -> None:
    full, _, _ = all_three(term, tmp_path)
    pages = texts_of(full)
    figures = reports.governor_figures(term.governor, SPRING)
    for chapter in chapters(figures):
        assert any(chapter.title in each for each in pages[1:3]), chapter.title
        assert any(chapter.title in each for each in pages[2:]), chapter.title
    assert "Social media policy" in " ".join(pages)


def test_two_reports_side_by_side_do_not_undo_each_other(term: Story, tmp_path: Path) -> None:
    """The term's and the year's: one incident more between them is nobody's to see."""
    term.logged("Autumn", Conduct.ABUSIVE, author="teacher", received_at=local(2025, 11, 3))
    spring = reports.governor_figures(term.governor, SPRING)
    year = reports.governor_figures(term.governor, YEAR)
    assert year.incidents.now != 44 or spring.incidents.now != 43
    for one, other in zip(spring.tables, year.tables, strict=True):
        for row, same in zip(one.rows, other.rows, strict=True):
            if isinstance(row.now, int) and isinstance(same.now, int):
                assert same.now - row.now not in range(1, 5), (one.title, row.label)


@pytest.mark.parametrize("login", ["leadership", "administrator"])
def test_who_is_not_reported_to_gets_none_of_the_three(term: Story, login: str, tmp_path: Path) -> None:
    with pytest.raises(NotAllowed):
        reports.governor_pdf(term.at(login), SPRING, tmp_path / "x.pdf")
    with pytest.raises(NotAllowed):
        reports.governor_xlsx(term.at(login), SPRING, tmp_path / "x.xlsx")
    assert list(tmp_path.glob("x*")) == []
