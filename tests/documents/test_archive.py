"""Every paper is PDF/A-2a, for keeping, and PDF/UA-1, and the checkers used here do notice faults."""

from __future__ import annotations

import io
import zlib
from collections.abc import Callable
from dataclasses import replace
from datetime import date
from pathlib import Path

import page as checker
import pikepdf
import pytest
from PIL import Image, ImageCms

from smdesk.documents import colour_profile, letter, page, paper_marks, xmp
from smdesk.documents.layout import Figure, Text
from smdesk.errors import Invalid
from tests.documents import verapdf
from tests.documents.look_samples import welsh
from tests.documents.papers import PAPERS
from tests.documents.reading import opened, text_of
from tests.documents.samples import HOSTILE_NAMES, SHAPED_NAMES

DAY = date(2026, 5, 5)


def faults(pdf: bytes) -> list[str]:
    report = checker.validate_pdf_bytes(pdf, profile="2a")
    return sorted({failure.rule_id for failure in report.failures})


def paper_of(*words: str, ours: xmp.Ours | None = None) -> bytes:
    blocks = [Text("Title", role="H1"), *(Text(each) for each in words)]
    sheet = page.Sheet()
    return page.build(blocks, title=words[0], author="A & B", made_on=DAY, sheet=sheet, ours=ours)


def changed(pdf: bytes, change: Callable[[pikepdf.Pdf], None]) -> bytes:
    out = io.BytesIO()
    with opened(pdf) as document:
        change(document)
        document.save(out, fix_metadata_version=False)
    return out.getvalue()


@pytest.fixture(scope="module")
def names_paper() -> bytes:
    return paper_of(
        *HOSTILE_NAMES, *SHAPED_NAMES, "\ufeffMark\u00ad, \ue000 private, \U0001f600 and \u200dthe rest\ufe0f"
    )


@pytest.mark.parametrize("name", PAPERS)
def test_paper_passes_pdf_a(name: str) -> None:
    assert faults(PAPERS[name]()) == []


def test_names_in_all_scripts_pass_pdf_a(names_paper: bytes) -> None:
    assert faults(names_paper) == []


def _without_colours(document: pikepdf.Pdf) -> None:
    del document.Root["/OutputIntents"]


def _attached(document: pikepdf.Pdf) -> None:
    document.attachments["another.json"] = b"{}"


def _scripted(document: pikepdf.Pdf) -> None:
    document.Root.OpenAction = pikepdf.Dictionary(S=pikepdf.Name.JavaScript, JS="app.alert(1)")


def _without_metadata(document: pikepdf.Pdf) -> None:
    del document.Root["/Metadata"]


@pytest.mark.parametrize("spoil", [_without_colours, _attached, _scripted, _without_metadata])
def test_checker_notices_what_does_not_belong_into_an_archive(spoil: Callable[[pikepdf.Pdf], None]) -> None:
    assert faults(changed(PAPERS["letter"](), spoil)) != []


if verapdf.here():  # where it is not, ``dev.py test`` says so

    def test_vera_pdf_finds_nothing_but_what_was_spoilt(tmp_path: Path, names_paper: bytes) -> None:
        papers = {name: make() for name, make in PAPERS.items()}
        papers |= {"names": names_paper, "spoilt": changed(papers["letter"], _without_colours)}
        found = verapdf.faults(papers, tmp_path)
        assert len(found) == 2 * len(papers)
        spoilt = found.pop("spoilt 2a")
        assert any(fault.startswith("6.2.4.3-") for fault in spoilt)
        assert {name: broken for name, broken in found.items() if broken} == {}


# ------------------------------------------------------------------------------------- what the file says of itself


def test_properties_and_metadata_say_the_same() -> None:
    with opened(paper_of('<b>O\'Brien & Sons "x"')) as document:
        info, meta = document.docinfo, document.open_metadata()
        assert str(info.Title) == meta["dc:title"] == '<b>O\'Brien & Sons "x"'
        assert str(info.Author) == meta["dc:creator"][0] == "A & B"
        assert str(info.Producer) == meta["pdf:Producer"] == "SM Desk"
        assert str(info.Creator) == meta["xmp:CreatorTool"]
        assert str(info.CreationDate) == str(info.ModDate) == "D:20260505000000+00'00'"
        assert meta["xmp:CreateDate"] == meta["xmp:ModifyDate"] == "2026-05-05T00:00:00+00:00"
        assert (meta["pdfaid:part"], meta["pdfaid:conformance"], meta["pdfuaid:part"]) == ("2", "A", "1")


def test_papers_that_differ_in_one_letter_have_identities_of_their_own() -> None:
    first, same, other = (opened(paper_of("T", word)) for word in ("Anna", "Anna", "Hanna"))
    with first, same, other:
        assert bytes(first.trailer.ID[0]) == bytes(same.trailer.ID[0])
        assert bytes(first.trailer.ID[0]) != bytes(other.trailer.ID[0])


def test_the_colour_profile_is_srgb() -> None:
    ours = ImageCms.ImageCmsProfile(io.BytesIO(colour_profile.srgb()))
    assert ImageCms.getProfileDescription(ours).strip() == "sRGB"
    colours = Image.new("RGB", (3, 1))
    colours.putdata([(24, 62, 120), (200, 30, 30), (250, 250, 250)])
    to = ImageCms.profileToProfile(colours, ours, ImageCms.createProfile("sRGB"))
    assert to is not None
    assert all(
        abs(one - other) <= 1
        for place in range(3)
        for one, other in zip(colours.getpixel((place, 0)), to.getpixel((place, 0)), strict=True)
    )


def test_a_picture_is_kept_once_however_often_it_is_shown() -> None:
    picture = Image.effect_noise((60, 40), 50).convert("RGB")
    jpeg = io.BytesIO()
    picture.save(jpeg, "JPEG")

    def figure(draw: str) -> Figure:
        what = picture if draw == "picture" else jpeg.getvalue()
        return Figure("Noise", 300, lambda canvas, *box: getattr(canvas, draw)(what, *box), wide=400)

    blocks = [Text("T", role="H1"), *(figure(draw) for draw in ("picture", "photograph") * 3)]
    pdf = page.build(blocks, title="T", author="A", made_on=DAY, sheet=page.Sheet())
    assert faults(pdf) == []
    with opened(pdf) as document:
        assert len(document.pages) == 3
        pictures = [
            thing
            for thing in document.objects
            if isinstance(thing, pikepdf.Stream) and thing.get("/Subtype") == "/Image"
        ]
        assert len(pictures) == 2
        assert jpeg.getvalue() in [thing.read_raw_bytes() for thing in pictures]


# ----------------------------------------------------------------------------------------- what we keep in the file


@pytest.mark.parametrize("name", [*HOSTILE_NAMES, "</smdesk:kept>", "]]>", "&amp;lt;", "a\x00b"])
def test_what_is_kept_comes_back_letter_for_letter(name: str) -> None:
    pdf = paper_of("T", ours=xmp.Ours("2026/L0003", name))
    assert faults(pdf) == []
    assert xmp.ours_in(pdf) == xmp.Ours("2026/L0003", name.replace("\x00", "\ufffd"))
    assert name not in text_of(pdf)


def test_it_is_found_after_another_program_saved_the_file() -> None:
    pdf = paper_of("T", ours=xmp.Ours("2026/L0003", '{"a": "<&>"}'))

    def packed(document: pikepdf.Pdf) -> None:
        with document.open_metadata(set_pikepdf_as_editor=False) as meta:
            meta["dc:description"] = "changed"
        held = document.Root.Metadata.read_bytes()
        document.Root.Metadata.write(zlib.compress(held), filter=pikepdf.Name.FlateDecode)

    assert xmp.ours_in(changed(pdf, packed)) == xmp.Ours("2026/L0003", '{"a": "<&>"}')


def test_other_files_are_not_ours_and_hostile_ones_are_told() -> None:
    assert xmp.ours_in(paper_of("T")) is None
    assert xmp.ours_in(changed(paper_of("T", ours=xmp.Ours("1")), _without_metadata)) is None
    for content in (b"", b"%PDF-1.7\nno", b"GIF89a"):
        with pytest.raises(Invalid):
            xmp.ours_in(content)

    def bomb(document: pikepdf.Pdf) -> None:
        packed = zlib.compressobj(9)
        content = b"".join([*(packed.compress(b" " * 2**20) for _ in range(64)), packed.flush()])
        document.Root.Metadata.write(content, filter=pikepdf.Name.FlateDecode)

    assert xmp.ours_in(changed(paper_of("T", ours=xmp.Ours("1")), bomb)) is None

    def twice(document: pikepdf.Pdf) -> None:
        document.Root.Metadata.write(document.Root.Metadata.read_bytes() * 2)

    with pytest.raises(Invalid, match="damaged"):
        xmp.ours_in(changed(paper_of("T", ours=xmp.Ours("1")), twice))


def test_the_number_of_a_letter_is_found_whatever_its_language_and_title() -> None:
    pdf = letter.render_bytes(replace(welsh(), reference="2026/L0042"))

    def without_title(document: pikepdf.Pdf) -> None:
        del document.docinfo["/Title"]

    marks = paper_marks.read(changed(pdf, without_title))
    assert marks.numbers == ((2026, 42),)
    assert marks.ours
