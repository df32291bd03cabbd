"""Every paper is tagged PDF/UA-1, and the checker used here does notice faults."""

from __future__ import annotations

import io
from datetime import date

import page as checker
import pikepdf
import pytest

from tests.documents.papers import PAPERS
from tests.documents.reading import elements, fonts, opened, roles


@pytest.fixture(scope="module")
def papers() -> dict[str, bytes]:
    return {name: make() for name, make in PAPERS.items()}


def faults(pdf: bytes) -> list[str]:
    report = checker.validate_pdf_bytes(pdf, profile="ua1")
    return sorted({failure.rule_id for failure in report.failures})


@pytest.mark.parametrize("name", PAPERS)
def test_paper_passes_pdf_ua(papers: dict[str, bytes], name: str) -> None:
    assert faults(papers[name]) == []


def _without_figure_description(document: pikepdf.Pdf) -> None:
    for element in elements(document):
        if pikepdf.Name.Figure == element.S:
            del element["/Alt"]


def _without_language(document: pikepdf.Pdf) -> None:
    del document.Root["/Lang"]


def _without_scope(document: pikepdf.Pdf) -> None:
    for element in elements(document):
        if element.S == pikepdf.Name.TH:
            del element["/A"]


def _without_fonts(document: pikepdf.Pdf) -> None:
    for thing in document.objects:
        if isinstance(thing, pikepdf.Dictionary) and thing.get("/Type") == pikepdf.Name.FontDescriptor:
            del thing["/FontFile2"]


def _unmarked(document: pikepdf.Pdf) -> None:
    first = document.pages[0]
    extra = document.make_stream(b"0 0 50 50 re f")
    first.Contents = pikepdf.Array([first.Contents, extra])


@pytest.mark.parametrize(
    "spoil", [_without_figure_description, _without_language, _without_scope, _without_fonts, _unmarked]
)
def test_checker_notices_a_seeded_fault(papers: dict[str, bytes], spoil) -> None:
    out = io.BytesIO()
    with opened(papers["governors"]) as document:
        spoil(document)
        document.save(out)
    assert faults(out.getvalue()) != []


@pytest.mark.parametrize("name", PAPERS)
def test_every_font_is_embedded(papers: dict[str, bytes], name: str) -> None:
    found = fonts(papers[name])
    assert found
    assert all(embedded for _font, embedded in found)
    assert all(font[7] == "+" for font, _embedded in found), "a font is not cut down to the glyphs used"


@pytest.mark.parametrize("name", PAPERS)
def test_title_language_and_headings(papers: dict[str, bytes], name: str) -> None:
    with opened(papers[name]) as document:
        assert str(document.Root.Lang) == {"letter-welsh": "cy", "letter-urdu": "ur"}.get(name, "en-GB")
        assert document.Root.ViewerPreferences.DisplayDocTitle
        assert "Larkfield" in document.Root.Metadata.read_bytes().decode()
        assert [page.obj.get("/Tabs") for page in document.pages] == [pikepdf.Name.S] * len(document.pages)
        assert str(document.docinfo.CreationDate).startswith(("D:202605", "D:202607"))
    # A case file holds a letter, which has a title of its own.
    assert roles(papers[name]).count("H1") == (2 if name == "case-file" else 1)


def test_letter_reads_in_order(papers: dict[str, bytes]) -> None:
    found = roles(papers["letter"])
    # Logo, letterhead and address come first, then salutation, heading, text, list, sign-off.
    assert found[:3] == ["Document", "Figure", "P"]
    assert found.index("H1") < found.index("H2") < found.index("L")
    assert found[found.index("L") : found.index("L") + 4] == ["L", "LI", "Lbl", "LBody"]
    assert found.count("LI") == 3


def test_a_table_over_several_pages_has_one_header_row(papers: dict[str, bytes]) -> None:
    with opened(papers["listing"]) as document:
        assert len(document.pages) > 2
        heads = [element for element in elements(document) if element.S == pikepdf.Name.TH]
        assert len(heads) == 6
        assert {str(head.A.Scope) for head in heads} == {"/Column"}
    found = roles(papers["listing"])
    assert found.count("Table") == 1
    assert found.count("TR") == 61
    assert found.count("TD") == 360


def test_report_rows_have_row_headers_and_the_chart_a_description(papers: dict[str, bytes]) -> None:
    with opened(papers["governors"]) as document:
        scopes = [str(e.A.Scope) for e in elements(document) if e.S == pikepdf.Name.TH]
        assert scopes.count("/Row") > 20
        described = [str(e.Alt) for e in elements(document) if pikepdf.Name.Figure == e.S]
    assert described[0] == "Logo of Larkfield Primary School"
    assert "Dec 2026: fewer than 5" in described[1] or "fewer than 5" in described[1]


def test_links_are_tagged_with_their_words() -> None:
    from smdesk.documents import page
    from smdesk.documents.layout import Text
    from smdesk.documents.text import Span

    spans = [Span("Write to "), Span("the helpline", link="mailto:help@example.org"), Span(" first.")]
    pdf = page.build(
        [Text("Title", role="H1"), Text(spans)],
        title="T",
        author="A",
        made_on=date(2026, 5, 5),
        sheet=page.Sheet(),
    )
    assert faults(pdf) == []
    assert roles(pdf) == ["Document", "H1", "P", "Link"]
    with opened(pdf) as document:
        note = document.pages[0].Annots[0]
        assert str(note.A.URI) == "mailto:help@example.org"
        assert str(note.Contents) == "the helpline"
