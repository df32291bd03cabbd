"""Papers joined into one: pages untouched, tags under this file's own numbers, links and bookmarks that lead there."""

from __future__ import annotations

import io
import zlib

import page as checker
import pikepdf
import pytest

from smdesk.documents import letter, timeline
from smdesk.documents.joining import Bookmark, Piece, join, page_count
from tests.documents import samples
from tests.documents.case_file_samples import case_file_bytes
from tests.documents.reading import elements, roles, texts_of


def joined(*papers: bytes, bookmarks: tuple[Bookmark, ...] = ()) -> bytes:
    out = io.BytesIO()
    count = join([Piece(io.BytesIO(each), f"Part {at}") for at, each in enumerate(papers)], bookmarks, out)
    assert count == page_count(out)
    return out.getvalue()


def faults(pdf: bytes) -> list[str]:
    return sorted(
        {
            f"{profile}: {failure.rule_id}"
            for profile in ("ua1", "2a")
            for failure in checker.validate_pdf_bytes(pdf, profile=profile).failures
        }
    )


@pytest.fixture(scope="module")
def papers() -> tuple[bytes, bytes]:
    return timeline.render_bytes(samples.timeline_data()), letter.render_bytes(samples.letter_data())


def test_all_pages_come_along_with_all_their_tags(papers: tuple[bytes, bytes]) -> None:
    whole = joined(*papers, papers[1])
    assert texts_of(whole) == [*texts_of(papers[0]), *texts_of(papers[1]), *texts_of(papers[1])]
    parts = [roles(each)[1:] for each in papers]
    assert roles(whole) == ["Document", *parts[0], *["Part", "Document", *parts[1]] * 2]
    assert faults(whole) == []


def test_each_mark_on_a_page_leads_to_its_own_element(papers: tuple[bytes, bytes]) -> None:
    with pikepdf.open(io.BytesIO(joined(*papers, papers[1]))) as document:
        flat = list(document.Root.StructTreeRoot.ParentTree.Nums)
        numbers = dict(zip(map(int, flat[::2]), flat[1::2], strict=True))
        keys = [int(each.obj.StructParents) for each in document.pages]
        assert len(set(keys)) == len(keys)
        for each, key in zip(document.pages, keys, strict=True):
            for owner in numbers[key]:
                # An element that runs over pages says of each mark where it is; others are on this very page.
                homes = [owner.get("/Pg")] + [
                    kid.get("/Pg") for kid in owner.K if isinstance(kid, pikepdf.Dictionary)
                ]
                assert each.obj in homes


def test_every_element_knows_what_it_hangs_from(papers: tuple[bytes, bytes]) -> None:
    with pikepdf.open(io.BytesIO(joined(*papers))) as document:
        for element in elements(document):
            for kid in element.get("/K", []):
                if isinstance(kid, pikepdf.Dictionary) and kid.get("/Type") == pikepdf.Name.StructElem:
                    assert element == kid.P


def test_a_letter_in_another_language_says_so(papers: tuple[bytes, bytes]) -> None:
    out = io.BytesIO()
    with pikepdf.open(io.BytesIO(papers[1])) as welsh:
        welsh.Root.Lang = pikepdf.String("cy")
        welsh.save(out)
    with pikepdf.open(io.BytesIO(joined(papers[0], out.getvalue()))) as document:
        assert str(document.Root.Lang) == "en-GB"
        assert [str(each.Lang) for each in elements(document) if "/Lang" in each] == ["cy"]


def test_what_has_no_tags_is_refused(papers: tuple[bytes, bytes]) -> None:
    out = io.BytesIO()
    with pikepdf.new() as bare:
        bare.add_blank_page()
        bare.save(out)
    with pytest.raises(ValueError, match="tags"):
        joined(papers[0], out.getvalue())


def test_a_stream_that_ends_like_half_a_line_keeps_its_length(papers: tuple[bytes, bytes]) -> None:
    out = io.BytesIO()
    with pikepdf.open(io.BytesIO(papers[1])) as letter_paper:
        page = letter_paper.pages[0]
        drawn = page.Contents.read_bytes()
        # The last byte of a packed stream is that of its sum: tabulators are added until it is the one.
        padded = next(
            each
            for each in (drawn + b"\t" * more for more in range(1, 257))
            if zlib.compress(each).endswith(b"\r")
        )
        page.Contents.write(zlib.compress(padded), filter=pikepdf.Name.FlateDecode)
        letter_paper.save(out, compress_streams=False)
    assert b"\r\nendstream" in out.getvalue()
    whole = joined(papers[0], out.getvalue())
    assert b"\r\nendstream" not in whole
    assert faults(whole) == []
    with pikepdf.open(io.BytesIO(whole)) as document:
        assert padded in [page.Contents.read_bytes() for page in document.pages]


def test_bookmarks_and_contents_lead_to_their_pages() -> None:
    content = case_file_bytes(3)
    texts = texts_of(content)
    with pikepdf.open(io.BytesIO(content)) as document:
        places = {each.obj.objgen: at for at, each in enumerate(document.pages)}
        with document.open_outline() as outline:
            lines = [line for top in outline.root for line in (top, *top.children)]
        for line in lines[2:]:
            if not line.children:
                assert line.title in texts[places[line.destination[0].objgen]], line.title
        links = [
            (str(each.Contents), each.A)
            for page in document.pages
            for each in page.obj.get("/Annots", [])
            if pikepdf.Name.GoTo == each.A.S
        ]
        assert len(links) == len([line for line in lines if line.title not in ("Cover", "Contents")])
        for title, action in links:
            at = places[action.D[0].objgen]
            # The contents say the page in figures too.
            assert f"{title} " in texts[1]
            assert f" {at + 1}" in texts[1]


def test_the_pages_are_numbered_through(papers: tuple[bytes, bytes]) -> None:
    texts = texts_of(case_file_bytes(2))
    total = len(texts)
    for number, text in enumerate(texts, start=1):
        if "Case file 2026/0042 · Confidential" in text:
            assert f"Page {number} of {total}" in text
