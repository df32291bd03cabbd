"""A decision on paper proves itself: its code can be scanned, and a changed letter on the page is found."""

from __future__ import annotations

import io
import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from xml.sax.saxutils import escape

import page as checker
import pikepdf
import pypdfium2
import pytest
import zxingcpp

from smdesk.documents import decision_paper, qr, signed_paper, xmp
from smdesk.documents.decision_paper import DecisionPaper
from smdesk.errors import Invalid
from tests.documents.connection_samples import TEXTS, code, decision, signed, unconfirmed, unsigned
from tests.documents.reading import opened, text_of, texts_of
from tests.documents.samples import HOSTILE_NAMES, SHAPED_NAMES

MM = 72 / 25.4


@pytest.fixture(scope="module")
def paper() -> bytes:
    return decision_paper.render_bytes(decision(), TEXTS)


def as_signed(pdf: bytes) -> DecisionPaper:
    """What a checker builds from a genuine signature and what the file keeps beside it."""
    kept = signed_paper.embedded(pdf)
    assert kept is not None
    return DecisionPaper(signed(), kept.unsigned)


# ------------------------------------------------------------------------------------------------ the QR code


@pytest.mark.parametrize("length", [60, 700, 1200, 1790])
def test_the_code_is_read_from_the_printed_page(length: int) -> None:
    pdf = decision_paper.render_bytes(decision(code=code(length)), TEXTS)
    document = pypdfium2.PdfDocument(pdf)
    try:
        pictures = [document[at].render(scale=200 / 72).to_pil().convert("L") for at in range(len(document))]
    finally:
        document.close()
    found = [
        each
        for picture in pictures
        for each in zxingcpp.read_barcodes(picture, formats=zxingcpp.BarcodeFormat.QRCode)
    ]
    assert [each.text for each in found] == [code(length)]
    corners = found[0].position
    assert (corners.top_right.x - corners.top_left.x) / 200 * 25.4 >= 35


def test_the_code_has_a_white_border_as_wide_as_the_standard_asks() -> None:
    figure = qr.figure(code(1000), "described")
    assert figure.wide is not None
    modules = len(qr.matrix(code(1000)))
    module = figure.wide / (modules + 2 * qr.QUIET)
    assert qr.QUIET >= 4
    assert modules * module / MM >= 35
    assert module / MM >= 0.4


def test_an_ordinary_decision_fills_one_page_and_no_page_holds_only_when_it_was_printed() -> None:
    """With every fact a declaration can have; longer reasons go over with the signature, never the last lines alone."""
    facts = tuple((f"Fact {number}", "As it was declared then, in a line of its own") for number in range(18))
    texts = (("Reason", TEXTS["reason"]), ("Conditions", "No messages during the school day."))
    turned = 0
    for lines in range(16):
        reason = TEXTS["reason"] + "\nAnd one more line." * lines
        said = (("Reason", reason), *texts[1:])
        pages = texts_of(decision_paper.render_bytes(decision(facts=facts, texts=said), TEXTS))
        if not lines:
            assert len(pages) == 1
        if len(pages) > 1:
            turned += 1
            assert "Fingerprint of the signing key" in pages[-1]
            assert "Added when this was printed" in pages[-1]
    assert turned


def test_text_too_long_for_one_code_is_refused_not_cut() -> None:
    with pytest.raises(Invalid, match="too much text"):
        qr.figure("x" * 4000, "described")


# ------------------------------------------------------------------------------------------ what the file keeps


def test_the_file_keeps_code_and_texts(paper: bytes, tmp_path: Path) -> None:
    file = tmp_path / "decision.pdf"
    file.write_bytes(paper)
    kept = signed_paper.embedded(file)
    assert kept is not None
    assert kept.code == code()
    assert kept.texts == TEXTS
    assert kept.unsigned.printed == unsigned().printed
    assert signed_paper.unsigned_lines(kept.unsigned)[0] == unsigned().standing


def test_equal_papers_are_equal_files(paper: bytes) -> None:
    assert decision_paper.render_bytes(decision(), TEXTS) == paper


def test_an_unsigned_decision_says_so_and_keeps_nothing() -> None:
    pdf = decision_paper.render_bytes(unconfirmed())
    assert signed_paper.embedded(pdf) is None
    words = text_of(pdf)
    assert "Not signed in SM Desk" in words
    assert "on behalf of Dr A. Hartley" in words
    assert "Fingerprint" not in words


def test_another_programs_pdf_keeps_nothing_and_no_pdf_is_told() -> None:
    empty = pikepdf.new()
    empty.add_blank_page()
    out = io.BytesIO()
    empty.save(out)
    assert signed_paper.embedded(out.getvalue()) is None
    for content in (b"", b"hello", b"%PDF-1.7\nnot really"):
        with pytest.raises(Invalid, match="not a PDF"):
            signed_paper.embedded(content)
    with pytest.raises(Invalid, match="cannot be read"):
        signed_paper.embedded(Path("no such file.pdf"))


def with_kept(pdf: bytes, content: str) -> bytes:
    """The paper with other data kept in its file, as whoever has the file can do."""
    with opened(pdf) as document:
        packet = document.Root.Metadata.read_bytes().decode()
        start, end = packet.index("<smdesk:kept>") + 13, packet.index("</smdesk:kept>")
        document.Root.Metadata.write((packet[:start] + escape(content) + packet[end:]).encode())
        out = io.BytesIO()
        document.save(out, fix_metadata_version=False)
    return out.getvalue()


@pytest.mark.parametrize(
    "content",
    [
        "{}",
        "[]",
        "null",
        '{"format": 1}',
        '{"format": "x"}',
        "[" * 100_000,
        "<kept/>",
        "9" * 5000,
    ],
)
def test_damaged_data_in_the_file_is_told_not_raised(paper: bytes, content: str) -> None:
    with pytest.raises(Invalid, match="damaged"):
        signed_paper.embedded(with_kept(paper, content))


def test_hostile_sizes_and_a_newer_format_are_told(paper: bytes) -> None:
    ours = xmp.ours_in(paper)
    assert ours is not None
    kept = json.loads(ours.kept)
    huge = {**kept, "printed": {**kept["printed"], "logo": [10**9, 10**9]}}
    with pytest.raises(Invalid, match="damaged"):
        signed_paper.embedded(with_kept(paper, json.dumps(huge)))
    with pytest.raises(Invalid, match="newer SM Desk"):
        signed_paper.embedded(with_kept(paper, json.dumps({**kept, "format": 99})))


# ------------------------------------------------------------------------------------------------ the comparison


def test_an_honest_paper_is_what_was_signed(paper: bytes) -> None:
    assert signed_paper.compare(paper, as_signed(paper)) == ()
    again = io.BytesIO()
    with opened(paper) as document:
        document.save(again)  # saved by another program, nothing changed
    assert signed_paper.compare(again.getvalue(), as_signed(paper)) == ()


def test_a_paper_in_the_schools_colour_is_compared_in_that_colour(paper: bytes) -> None:
    coloured = DecisionPaper(signed(), replace(unsigned(), colour=(0.1, 0.5, 0.3)))
    pdf = decision_paper.render_bytes(coloured, TEXTS)
    assert pdf != paper
    assert signed_paper.compare(pdf, as_signed(pdf)) == ()
    other = decision_paper.render_bytes(
        DecisionPaper(coloured.signed, replace(coloured.unsigned, colour=(0.5, 0.1, 0.3))), TEXTS
    )
    assert signed_paper.compare(other, as_signed(pdf)) != ()


def test_no_colour_kept_in_the_file_hides_the_schools_name(paper: bytes) -> None:
    ours = xmp.ours_in(paper)
    assert ours is not None
    kept = json.loads(ours.kept)
    pale = with_kept(paper, json.dumps({**kept, "printed": {**kept["printed"], "colour": "#ffffff"}}))
    assert signed_paper.compare(pale, as_signed(pale)) != ()
    with pytest.raises(Invalid, match="damaged"):
        signed_paper.embedded(
            with_kept(paper, json.dumps({**kept, "printed": {**kept["printed"], "colour": "red"}}))
        )


@pytest.mark.parametrize(
    "change",
    [
        {"headline": signed().headline.replace("6 May 2026", "6 May 2025")},
        {"kind": "Refused"},
        {"reference": "2026/C0001"},
        {"decider": "Dr A. Hartlev, Headteacher"},
        {"fingerprint": "7F3A 91C2 0B5E D44A 1188 C0DE 77AA 0F1O"},
        {"facts": (*signed().facts[:-1], ("Policy", "Social media policy, version 4"))},
        {"texts": (("Reason", TEXTS["reason"].replace("gives", "gave")), *signed().texts[1:])},
        {"texts": (*signed().texts, ("Further conditions", "None of the above counts."))},
        {"school": "Larkfield Secondary School"},
    ],
)
def test_a_changed_letter_on_the_page_is_found(change: dict[str, object]) -> None:
    forged = decision_paper.render_bytes(decision(**change), TEXTS)
    assert signed_paper.compare(forged, as_signed(forged)) != ()


def test_the_differing_words_are_named() -> None:
    facts = tuple(
        ("Platforms", "WhatsApp, TikTok") if row[0] == "Platforms" else row for row in signed().facts
    )
    forged = decision_paper.render_bytes(decision(facts=facts), TEXTS)
    (said,) = signed_paper.compare(forged, as_signed(forged))
    assert "TikTok" in said
    assert "Instagram" in said
    assert said.startswith("Page 1 ")


def _covered(document: pikepdf.Pdf) -> None:
    sheet = document.pages[0]
    patch = document.make_stream(b"q 1 1 1 rg 200 430 200 20 re f Q")
    sheet.Contents = pikepdf.Array(
        [*sheet.Contents, patch] if isinstance(sheet.Contents, pikepdf.Array) else [sheet.Contents, patch]
    )


def _noted(document: pikepdf.Pdf) -> None:
    look = document.make_stream(
        b"0 0 0 rg 0 0 40 12 re f", Type=pikepdf.Name.XObject, Subtype=pikepdf.Name.Form, BBox=[0, 0, 40, 12]
    )
    note = pikepdf.Dictionary(
        Type=pikepdf.Name.Annot, Subtype=pikepdf.Name.Stamp, Rect=[250, 500, 290, 512], F=4, AP={"/N": look}
    )
    document.pages[0].Annots = pikepdf.Array([document.make_indirect(note)])


def _letters_exchanged(document: pikepdf.Pdf) -> None:
    """The text layer stays, but the page shows another shape: the font's glyph programs are exchanged."""
    fonts = [
        thing
        for thing in document.objects
        if isinstance(thing, pikepdf.Dictionary) and thing.get("/Type") == pikepdf.Name.FontDescriptor
    ]
    assert len(fonts) >= 2
    fonts[0].FontFile2, fonts[1].FontFile2 = fonts[1].FontFile2, fonts[0].FontFile2


def _longer(document: pikepdf.Pdf) -> None:
    document.add_blank_page()


def _turned(document: pikepdf.Pdf) -> None:
    document.pages[0].Rotate = 180


def _drawing(content: bytes) -> Callable[[pikepdf.Pdf], None]:
    """Drawn in the margin, where nothing else stands, as curves rather than as text."""

    def spoil(document: pikepdf.Pdf) -> None:
        sheet = document.pages[0]
        patch = document.make_stream(content)
        sheet.Contents = pikepdf.Array(
            [*sheet.Contents, patch] if isinstance(sheet.Contents, pikepdf.Array) else [sheet.Contents, patch]
        )

    return spoil


def _annotated(subtype: str, flags: int) -> Callable[[pikepdf.Pdf], None]:
    """A note or a form field that this program's reader does not draw, and others or a printer do."""

    def spoil(document: pikepdf.Pdf) -> None:
        look = document.make_stream(
            b"0 0 0 rg 0 0 40 12 re f",
            Type=pikepdf.Name.XObject,
            Subtype=pikepdf.Name.Form,
            BBox=[0, 0, 40, 12],
        )
        note = document.make_indirect(
            pikepdf.Dictionary(
                Type=pikepdf.Name.Annot,
                Subtype=pikepdf.Name(subtype),
                Rect=[250, 500, 290, 512],
                F=flags,
                FT=pikepdf.Name.Tx,
                T="a",
                AP={"/N": look},
            )
        )
        document.pages[0].Annots = pikepdf.Array([note])
        if subtype == "/Widget":
            document.Root.AcroForm = pikepdf.Dictionary(Fields=[note])

    return spoil


def _layers(document: pikepdf.Pdf) -> pikepdf.Object:
    layer = document.make_indirect(pikepdf.Dictionary(Type=pikepdf.Name.OCG, Name="x"))
    document.Root.OCProperties = pikepdf.Dictionary(
        OCGs=[layer],
        D=pikepdf.Dictionary(
            OFF=[layer], AS=[pikepdf.Dictionary(Event=pikepdf.Name.Print, OCGs=[layer])], Order=[]
        ),
    )
    return layer


def _shown_in_print_only(document: pikepdf.Pdf) -> None:
    form = document.make_stream(
        b"0 0 0 rg 250 500 40 12 re f",
        Type=pikepdf.Name.XObject,
        Subtype=pikepdf.Name.Form,
        BBox=[0, 0, 600, 850],
        OC=_layers(document),
    )
    document.pages[0].Resources.XObject["/Zz"] = form
    _drawing(b"q /Zz Do Q")(document)


def _hidden_in_print(document: pikepdf.Pdf) -> None:
    """What was signed stands in a layer: shown here, left out by whoever switches the layer off."""
    layer = _layers(document)
    document.Root.OCProperties.D = pikepdf.Dictionary(Order=[])
    sheet = document.pages[0]
    sheet.Resources.Properties = pikepdf.Dictionary(Mc=layer)
    before, after = document.make_stream(b"/OC /Mc BDC"), document.make_stream(b"EMC")
    inner = list(sheet.Contents) if isinstance(sheet.Contents, pikepdf.Array) else [sheet.Contents]
    sheet.Contents = pikepdf.Array([before, *inner, after])


def _attached(document: pikepdf.Pdf) -> None:
    document.attachments["another.json"] = b"{}"


def _with_a_program(document: pikepdf.Pdf) -> None:
    document.Root.OpenAction = pikepdf.Dictionary(S=pikepdf.Name.JavaScript, JS="this.addAnnot({})")


@pytest.mark.parametrize(
    "spoil",
    [
        _covered,
        _noted,
        _letters_exchanged,
        _longer,
        _turned,
        _drawing(b"q 0.72 g 20 20 60 8 re f Q"),
        _drawing(b"q 1 1 0 rg 20 20 60 8 re f Q"),
        _annotated("/Widget", 4),
        _annotated("/FreeText", 4 | 32),
        _annotated("/Stamp", 2),
        _shown_in_print_only,
        _hidden_in_print,
        _attached,
        _with_a_program,
    ],
)
def test_what_the_eye_sees_is_compared_too(paper: bytes, spoil: Callable[[pikepdf.Pdf], None]) -> None:
    out = io.BytesIO()
    with opened(paper) as document:
        spoil(document)
        document.save(out, fix_metadata_version=False)
    assert signed_paper.compare(out.getvalue(), as_signed(paper)) != ()


def test_a_page_of_endless_text_is_told_at_once(paper: bytes) -> None:
    out = io.BytesIO()
    with opened(paper) as document:
        font = next(iter(document.pages[0].Resources.Font.keys()))
        words = (b"<" + b"0024002500260027" * 1_000 + b"> Tj 0 2 Td ") * 40
        _drawing(b"BT " + font.encode() + b" 1 Tf 20 20 Td " + words + b" ET")(document)
        document.save(out, fix_metadata_version=False)
    (said,) = signed_paper.compare(out.getvalue(), as_signed(paper))[:1]
    assert "far more text than any paper" in said


def test_one_digit_painted_over_another_is_found(paper: bytes) -> None:
    """The same words in the text layer, and on the page an 8 in place of a 6."""
    shown = decision_paper.render_bytes(decision(headline=signed().headline.replace("6 May", "8 May")), TEXTS)
    document = pypdfium2.PdfDocument(paper), pypdfium2.PdfDocument(shown)
    try:
        assert signed_paper._looks_different(*document, 0, unsigned().logo)
        assert not signed_paper._looks_different(document[0], document[0], 0, unsigned().logo)
    finally:
        for each in document:
            each.close()


@pytest.mark.parametrize("name", [*HOSTILE_NAMES, *SHAPED_NAMES])
def test_whatever_a_name_holds_the_paper_can_be_checked(name: str) -> None:
    made = DecisionPaper(
        replace(signed(), headline=f"{name} may be connected with {name}.", facts=(("The adult", name),) * 2),
        unsigned(record=(name,), standing=name),
    )
    pdf = decision_paper.render_bytes(made, {"reason": name})
    assert checker.is_pdf_compliant_bytes(pdf, profile="ua1")
    kept = signed_paper.embedded(pdf)
    assert kept is not None
    assert kept.texts == {"reason": name}
    assert signed_paper.compare(pdf, DecisionPaper(made.signed, kept.unsigned)) == ()
