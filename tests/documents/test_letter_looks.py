"""A letter in large print, for readers with dyslexia, in other languages, for other envelopes, in a school's colour."""

from __future__ import annotations

from dataclasses import replace

import pikepdf
import pypdfium2
import pypdfium2.raw as pdfium
import pytest

from smdesk.documents import contrast, letter, paper_look
from smdesk.documents.letter import Bullets, LetterData, Paragraph
from tests.documents.look_samples import QUOTE, dyslexia, large_print, overseas, urdu, welsh
from tests.documents.reading import MM, elements, opened, roles, text_of, text_within, texts_of
from tests.documents.samples import letter_data


def sizes(pdf: bytes) -> dict[str, float]:
    """Each word on the first page with the size of its type, in points."""
    document = pypdfium2.PdfDocument(pdf)
    found: dict[str, float] = {}
    try:
        for page in document:
            words = page.get_textpage()
            for thing in page.get_objects(filter=[pdfium.FPDF_PAGEOBJ_TEXT], textpage=words):
                found[thing.extract().strip()] = round(thing.get_font_size() * thing.get_matrix().a, 1)
    finally:
        document.close()
    return {words: size for words, size in found.items() if words}


def test_in_large_print_nothing_but_the_window_is_below_sixteen_points() -> None:
    pdf = letter.render_bytes(large_print())
    window = " ".join(text_within(pdf, 20, 46, 110, 92))
    small = [words for words, size in sizes(pdf).items() if size < 16 and words not in window]
    assert small == []
    assert any(size >= 17 for size in sizes(pdf).values())


def test_a_letterhead_in_large_print_ends_above_the_window() -> None:
    data = large_print()
    head = replace(
        data.letterhead,
        school="The Larkfield and Brambleford Church of England Voluntary Aided Primary School",
        address=("The Old Rectory", "Meadow Lane", "Larkfield", "Near Maidstone", "Kent", "ME99 1AA"),
        website="www.larkfield-and-brambleford.example",
    )
    pdf = letter.render_bytes(replace(data, letterhead=head))
    assert text_within(pdf, 20, 46, 110, 92)[0] == "Private and confidential"
    assert "www.larkfield-and-brambleford.example" in " ".join(text_within(pdf, 20, 10, 200, 46))


def test_letters_words_and_lines_stand_further_apart_for_dyslexia() -> None:
    look = paper_look.look("dyslexia")
    assert look.body.size >= 12
    assert look.body.leading >= 1.5 * look.body.size
    assert look.body.align == "left"
    from smdesk.documents.layout import Style, width_of

    apart, plain = (width_of("Nguyễn of Zażółć", Style(size=10, tracking=each)) for each in (50, 0))
    # Fourteen letters further apart, and two blanks three and a half times as far.
    assert apart - plain == pytest.approx(10 * 0.05 * (14 + 2 * 3.5), abs=0.01)
    assert "fi fl ffi" in text_of(letter.render_bytes(replace(dyslexia(), body=(Paragraph("fi fl ffi"),))))
    with opened(letter.render_bytes(dyslexia())) as document:
        assert not [thing for thing in document.objects if "Italic" in str(thing)[:400]]


def test_scripts_that_join_are_never_set_apart() -> None:
    from smdesk.documents.text import runs

    (joined,) = runs("رحيم", rtl=True)
    (apart,) = runs("رحيم", rtl=True, tracking=80)
    assert joined.advance == apart.advance


@pytest.mark.parametrize(("code", "folds"), [("dl", [99, 198]), ("c5", [148.5])])
def test_fold_marks_are_where_the_envelope_wants_them(code: str, folds: list[float]) -> None:
    document = pypdfium2.PdfDocument(letter.render_bytes(replace(letter_data(), envelope=code)))
    try:
        page = document[0]
        found = [
            round((page.get_height() - thing.get_bounds()[1]) / MM, 1)
            for thing in page.get_objects(filter=[pdfium.FPDF_PAGEOBJ_PATH])
            if thing.get_bounds()[2] < 10 * MM
        ]
    finally:
        document.close()
    assert found == pytest.approx(folds, abs=0.3)


def test_what_stands_in_the_window_of_a_c5_envelope() -> None:
    data = replace(letter_data(), envelope="c5")
    # However the sheet has slipped: 13.5 mm up and down, 19 mm sideways.
    assert text_within(letter.render_bytes(data), 20, 43.5, 110, 102) == [data.addressee, *data.address]


@pytest.mark.parametrize("field", [{"look": "tiny"}, {"envelope": "c4"}])
def test_unknown_looks_and_envelopes_are_bugs(field: dict[str, str]) -> None:
    with pytest.raises(ValueError, match=r"tiny|c4"):
        letter.render_bytes(replace(letter_data(), **field))


# ------------------------------------------------------------------------------------------------------- languages


def test_the_english_copy_follows_on_its_own_page_in_its_own_language() -> None:
    pdf = letter.render_bytes(welsh())
    own, copy = texts_of(pdf)
    for words in (
        "Dyddiad",
        "5 Mai 2026",
        "Ein cyfeirnod",
        "Yn gywir",
        "Tudalen 1 o 2",
        "Amgaeir: Complaints",
    ):
        assert words in own
    assert "Cymeradwywyd gan Dr A. Hartley ar 5 Mai 2026. Allwedd lofnodi 7F3A" in own
    assert "Dear Mrs Example" not in own
    for words in (
        "English copy",
        "Dear Mrs Example",
        "• Bring concerns to me.",
        "Yours sincerely",
        "Dr A. Hartley",
    ):
        assert words in copy
    assert "2026/0042-L1 of 5 May 2026" in copy
    with opened(pdf) as document:
        assert str(document.Root.Lang) == "cy"
        (section,) = [each for each in elements(document) if pikepdf.Name.Sect == each.S]
        assert str(section.Lang) == "en-GB"
    assert [role for role in roles(pdf) if role.startswith("H")] == ["H1", "H2", "H2", "H3", "H4"]


def order_in(words: str) -> str:
    from smdesk.documents.text import break_lines

    (line,) = break_lines(words, 10, 10_000, 1)
    return "".join(piece.run.text for piece in sorted(line.pieces, key=lambda piece: piece.x))


@pytest.mark.parametrize(
    "whole",
    [
        "28 April 2026",
        "28 April 2026, 16:40",
        "01632 960123",
        "+44 (0)1632 960123",
        "2026/0042-L1",
        "office@larkfield.example",
        "https://www.larkfield.example/a/b?c=1",
        "ME99 1AA",
    ],
)
def test_dates_numbers_and_addresses_stay_whole_from_right_to_left(whole: str) -> None:
    for words in (f"تاریخ {whole} ہے۔", f"{whole} ہے۔", f"تاریخ {whole}", f"تاریخ ({whole})."):
        assert whole in order_in(words)
    # The full stop of the sentence is at its left end, not inside the number.
    assert order_in(f"تاریخ {whole}.").startswith("." + whole)


def test_numbers_and_english_lines_in_a_letter_from_right_to_left() -> None:
    assert order_in("12.") == ".12"  # the label of a list: its full stop is towards the text
    assert order_in("You are all liars!") == "You are all liars!"


def test_right_to_left_is_set_from_the_right_edge() -> None:
    pdf = letter.render_bytes(urdu())
    document = pypdfium2.PdfDocument(pdf)
    try:
        page = document[0]
        marks = [
            thing.get_bounds()
            for thing in page.get_objects(filter=[pdfium.FPDF_PAGEOBJ_TEXT])
            if thing.get_bounds()[3] < page.get_height() - 97 * MM and thing.get_bounds()[1] > 20 * MM
        ]
        right = page.get_width() - 22 * MM
    finally:
        document.close()
    lines: dict[int, list[float]] = {}
    for left, bottom, edge, _top in marks:
        lines.setdefault(round(bottom / 6), []).extend((left, edge))
    assert len(lines) > 8
    assert sum(max(edges) > right - 20 for edges in lines.values()) >= len(lines) * 0.8
    # The address keeps to the left, where the envelope's window is.
    assert text_within(pdf, 20, 46, 110, 92)[1:] == list(urdu().address)
    with opened(pdf) as held:
        assert str(held.Root.Lang) == "ur"


# ---------------------------------------------------------------------------------------------- quoted posts, colour


def test_forty_quoted_lines_stand_line_by_line() -> None:
    pdf = letter.render_bytes(overseas())
    pages = texts_of(pdf)
    found = " ".join(pages)
    assert all(line in found for line in QUOTE.splitlines())
    assert len(pages) == 2
    assert "Line 39" in pages[1], "a page that begins with one line of a paragraph"
    assert text_within(pdf, 20, 46, 110, 92)[-1] == "NEW ZEALAND"


@pytest.mark.parametrize("look", paper_look.LOOKS)
def test_a_pale_colour_is_darkened_until_it_can_be_read(look: str) -> None:
    yellow = (1.0, 0.85, 0.1)
    assert contrast.on_white(yellow) < 1.6
    data = letter_data()
    pdf = letter.render_bytes(replace(data, letterhead=replace(data.letterhead, colour=yellow), look=look))
    document = pypdfium2.PdfDocument(pdf)
    try:
        import ctypes

        seen = set()
        for thing in document[0].get_objects(filter=[pdfium.FPDF_PAGEOBJ_TEXT]):
            parts = [ctypes.c_uint() for _ in range(4)]
            assert pdfium.FPDFPageObj_GetFillColor(thing.raw, *parts)
            seen.add(tuple(part.value / 255 for part in parts[:3]))
    finally:
        document.close()
    coloured = [colour for colour in seen if max(colour) - min(colour) > 0.2]
    assert coloured
    least = contrast.ENOUGH if look == "standard" else contrast.ENHANCED
    # A file rounds colours to 255 shades, so a hair of contrast may go.
    assert all(contrast.on_white(colour) >= (least if colour in coloured else 4.5) - 0.05 for colour in seen)


@pytest.mark.parametrize(
    "colour", [(1, 1, 1), (1, 1, 0), (0, 1, 1), (0.5, 0.5, 0.5), (0, 0, 0), (0.09, 0.17, 0.33)]
)
def test_readable_shades_keep_the_hue_and_what_is_dark_already(colour: contrast.Colour) -> None:
    shade = contrast.readable(colour)
    assert contrast.on_white(shade) >= contrast.ENOUGH
    assert contrast.on_white(shade) < 4.7 or shade == colour
    assert contrast.read(contrast.written(shade)) == pytest.approx(shade, abs=0.002)
    for part, other in zip(colour, shade, strict=True):
        assert other <= part


@pytest.mark.parametrize("text", ["", "red", "#12345", "#12345g", "#1234567", "123456", "＃123456"])
def test_only_colours_are_read_as_colours(text: str) -> None:
    with pytest.raises(ValueError, match="not a colour"):
        contrast.read(text)


def test_lists_and_long_letters_in_every_look_lose_nothing() -> None:
    body = (
        *(Paragraph(f"Paragraph {n}. " + "Some more words. " * 12) for n in range(12)),
        Bullets(("Item. " * 90,) * 4),
    )
    for look in paper_look.LOOKS:
        data: LetterData = replace(letter_data(), body=body, look=look)
        found = text_of(letter.render_bytes(data))
        assert all(f"Paragraph {n}." in found for n in range(12))
        assert found.count("Item.") == 360
