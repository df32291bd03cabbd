"""Whatever a name holds is printed as it is, in whatever script, and nothing in it is ever obeyed."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import replace

import page as checker
import pikepdf
import pytest

from smdesk.documents import fonts, letter, listing, text, timeline
from smdesk.documents.letter import Bullets, Heading, Paragraph
from smdesk.errors import Invalid
from tests.documents.reading import opened, text_of
from tests.documents.samples import HOSTILE_NAMES, SHAPED_NAMES, letter_data, listing_data, timeline_data


def letter_to(name: str) -> bytes:
    data = letter_data()
    body = (Paragraph(f"We write to {name} today."), Heading(f"About {name}"), Bullets((f"For {name}.",)))
    return letter.render_bytes(
        replace(data, addressee=name, salutation=f"Dear {name}", body=body, heading=f"To {name}", footer=name)
    )


def squeezed(words: str) -> str:
    return "".join(words.split())


@pytest.mark.parametrize("name", HOSTILE_NAMES)
def test_a_name_is_printed_as_typed(name: str) -> None:
    pdf = letter_to(name)
    # Blanks are left out: a long name is broken over lines.
    assert squeezed(text_of(pdf)).count(squeezed(name)) >= 7
    assert checker.is_pdf_compliant_bytes(pdf, profile="ua1")


def spelt(pdf: bytes) -> str:
    """What the text layer says for shaped words: their ActualText, in reading order."""
    words = []
    with opened(pdf) as document:
        for sheet in document.pages:
            for operands, operator in pikepdf.parse_content_stream(sheet):
                if str(operator) == "BDC" and "/ActualText" in operands[1]:
                    words.append(str(operands[1].ActualText))
    return "".join(words)


@pytest.mark.parametrize("name", SHAPED_NAMES)
def test_a_name_in_another_script_keeps_its_spelling_and_is_drawn(name: str) -> None:
    pdf = letter_to(name)
    assert checker.is_pdf_compliant_bytes(pdf, profile="ua1")
    runs = [run for word in name.split() for run in text.runs(word, rtl=text.reads_right_to_left(name))]
    assert runs
    for run in runs:
        assert run.font.stem.removesuffix("-Regular") != "NotoSans"
        assert all(glyph.number for glyph in run.glyphs), "a missing glyph was drawn"
    # Scripts that need no reordering are spelt by their glyphs, the others by ActualText.
    layer = squeezed(spelt(pdf)) + squeezed(text_of(pdf))
    assert squeezed(name) in layer


def test_no_file_on_the_disk_gets_into_a_paper() -> None:
    with opened(letter_to('<img src="/etc/passwd"/>')) as document:
        images = [
            thing
            for thing in document.objects
            if isinstance(thing, pikepdf.Stream) and thing.get("/Subtype") == pikepdf.Name.Image
        ]
    assert len(images) == 1  # the logo


def test_hostile_names_in_lists_and_chronologies() -> None:
    rows = [(name, "", "", "", name, "1") for name in HOSTILE_NAMES]
    pdf = listing.render_bytes(replace(listing_data(), rows=rows))
    found = squeezed(text_of(pdf))
    for name in HOSTILE_NAMES:
        assert squeezed(name) in found
    data = timeline_data(1)
    row = replace(data.rows[0], what="</para><para>", detail="<b>&amp;", who="$parent")
    found = text_of(timeline.render_bytes(replace(data, rows=(row,), said='=HYPERLINK("x") <i>')))
    for words in ("</para><para>", "<b>&amp;", "$parent", '=HYPERLINK("x") <i>'):
        assert words in found


def test_a_character_nothing_covers_shows_a_box_and_is_not_lost() -> None:
    choice = fonts.choose("\U00010348")
    assert choice.missing
    (run,) = text.runs("\U00010348")
    assert run.glyphs[0].number == run.font.glyph(fonts.BOX) != 0
    data = timeline_data(1)
    row = replace(data.rows[0], what="Ana \U00010348 Example")
    pdf = timeline.render_bytes(replace(data, rows=(row,)))
    assert checker.is_pdf_compliant_bytes(pdf, profile="ua1")
    assert "\U00010348" in spelt(pdf)


@pytest.mark.parametrize("name", ["Ana \U00010348 Example", "ދިވެހި"])
def test_a_letter_is_not_sent_with_boxes_for_letters(name: str) -> None:
    with pytest.raises(Invalid, match=r"no typeface for “.” \((gothic letter hwair|thaana letter dhaalu)\)"):
        letter_to(name)
    assert text.undrawable("Zażółć محمد রহিমা 王小明 \U0001f600 \u2620\ufe0f") == ()


def test_direction_overrides_and_controls_cannot_disguise_a_name() -> None:
    assert text.clean("Ann\u202egnp.exe\u202c") == "Anngnp.exe"
    assert text.clean("a\x00b\x07") == "a\ufffdb\ufffd"
    assert text.clean("a\ud800b") == "a\ufffdb"
    assert text.clean("one\r\ntwo\tthree") == "one\ntwo    three"
    assert checker.is_pdf_compliant_bytes(letter_to("A\ud800\x00\u202eB"), profile="ua1")


def order_on_paper(words: str, base: int | None = 0) -> list[str]:
    (line,) = text.break_lines(words, 10, 10_000, base)
    pieces = sorted((piece for piece in line.pieces if piece.run.text != " "), key=lambda piece: piece.x)
    return [piece.run.text for piece in pieces]


def test_right_to_left_words_stand_in_their_own_order() -> None:
    assert order_on_paper("Dear محمد علی Khan") == ["Dear", "علی", "محمد", "Khan"]
    assert order_on_paper("محمد 2026 علی end") == ["علی", "2026", "محمد", "end"]


def test_brackets_stay_around_what_they_hold() -> None:
    on_paper = order_on_paper("by خان (2026) and")
    assert (on_paper[0], on_paper[-1]) == ("by", "and")
    assert on_paper.index("خان") == len(on_paper) - 2
    assert order_on_paper("see (محمد) now")[0] == "see"


def test_a_quotation_goes_by_most_of_its_letters() -> None:
    assert text.reads_right_to_left("محمد said no") is False
    assert text.reads_right_to_left("محمد علی رحيم ok") is True
    assert order_on_paper("محمد ok", base=None) == ["ok", "محمد"]


def test_nothing_typed_is_lost_in_breaking_lines() -> None:
    for name in (*HOSTILE_NAMES, *SHAPED_NAMES):
        for width in (12.0, 60.0, 300.0):
            lines = text.break_lines(f"To {name}, with regards", 10, width, None)
            back = "".join(piece.run.text for line in lines for piece in line.pieces)
            assert squeezed(back) == squeezed(text.clean(f"To {name}, with regards"))
            assert all(line.width <= width + 0.1 or len(line.pieces) <= 2 for line in lines)


def test_a_plain_letter_opens_no_fallback_font() -> None:
    code = (
        "from tests.documents.samples import letter_data; from smdesk.documents import fonts, letter;"
        "letter.render_bytes(letter_data()); print(sorted(fonts.loaded()))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_bundled_fonts_stay_small_and_carry_their_licences() -> None:
    from smdesk import paths

    folder = paths.resource("fonts")
    assert sum(file.stat().st_size for file in folder.glob("*.ttf")) < 15_000_000
    for licence in ("OFL-1.1.txt", "Apache-2.0.txt", "Bitstream-Vera.txt", "README.txt"):
        assert (folder / "LICENCES" / licence).stat().st_size > 100
    for _first, _last, face in fonts._SCRIPTS:
        stem = face if face == "DroidSansFallbackFull" else f"{face}-Regular"
        assert (folder / f"{stem}.ttf").exists()
