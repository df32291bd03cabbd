"""DOC-1: the letter a parent receives."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

import page as checker
import pytest

from smdesk.documents import letter, paper_look
from smdesk.documents.letter import Bullets, Heading, Paragraph
from smdesk.errors import Invalid
from tests.documents.reading import opened, roles, text_of, text_within, texts_of
from tests.documents.samples import letter_data

WINDOW = (20, 46, 110, 92)  # what a DL window shows, however the sheet has slipped


def test_everything_given_is_on_the_letter() -> None:
    found = text_of(letter.render_bytes(letter_data()))
    for words in (
        "Larkfield Primary School",
        "Meadow Lane, Larkfield, Kent ME99 1AA",
        "01632 960123 · office@larkfield.example",
        "5 May 2026",
        "2026/0042-L1",
        "Dear Mrs Example",
        "“Larkfield Mums & Dads”",
        "• Tell me when this is done.",
        "Yours sincerely",
        "Approved by Dr A. Hartley on 5 May 2026. Signing key 7F3A 91C2 0B5E D44A.",
        "Enclosed: Complaints procedure",
        "Copy to: School file",
        "You may ask to see what it holds about you.",
        "Page 1 of 1",
    ):
        assert words in found


def test_the_window_shows_the_address_and_nothing_else() -> None:
    data = letter_data()
    assert text_within(letter.render_bytes(data), *WINDOW) == [data.addressee, *data.address]


def test_a_marking_stands_above_the_name() -> None:
    data = replace(letter_data(), marking="Private and confidential")
    found = text_within(letter.render_bytes(data), *WINDOW)
    assert found == ["Private and confidential", data.addressee, *data.address]


@pytest.mark.parametrize("look", paper_look.LOOKS)
@pytest.mark.parametrize("envelope", paper_look.ENVELOPES)
def test_nine_lines_from_overseas_stay_inside_the_window(envelope: str, look: str) -> None:
    address = (*(f"Line {number} of a long address abroad" for number in range(1, 9)), "NEW ZEALAND")
    data = replace(
        letter_data(), address=address, marking="Private and confidential", envelope=envelope, look=look
    )
    pdf = letter.render_bytes(data)
    seen = {"dl": (46, 81, 92), "c5": (53.5, 88.5, 102)}[envelope]
    expected = [data.marking, data.addressee, *address]
    assert text_within(pdf, 20, seen[0], 110, seen[1]) == expected
    assert text_within(pdf, 20, seen[0], 110, seen[2]) == expected
    assert text_within(pdf, 0, seen[0], 20, seen[2]) == []


def test_an_empty_address_leaves_the_name_alone() -> None:
    data = replace(letter_data(), address=("", "  "))
    assert text_within(letter.render_bytes(data), *WINDOW) == [data.addressee]
    assert text_within(letter.render_bytes(replace(data, addressee="", address=())), *WINDOW) == []


def test_a_very_long_name_is_broken_inside_the_window() -> None:
    data = replace(letter_data(), addressee="Featherstonehaugh-" * 5)
    found = text_within(letter.render_bytes(data), *WINDOW)
    assert "".join(found).startswith("Featherstonehaugh-" * 5)
    assert found[-1] == data.address[-1]


def test_a_draft_says_so_and_carries_no_number() -> None:
    pdf = letter.render_bytes(replace(letter_data(), reference=None, approval=None))
    found = text_of(pdf)
    assert "Draft, not issued" in found
    assert "DRAFT" in found
    assert "2026/0042-L1" not in found
    assert "Approved by" not in found
    assert checker.is_pdf_compliant_bytes(pdf, profile="ua1")
    assert "DRAFT" not in text_of(letter.render_bytes(letter_data()))


def test_a_long_letter_runs_over_pages_that_are_counted() -> None:
    body = tuple(
        Paragraph(f"Paragraph {number}. " + "Some more words to fill it. " * 9) for number in range(30)
    )
    pdf = letter.render_bytes(replace(letter_data(), body=(*body, Bullets(("One item. " * 60,) * 9))))
    found = text_of(pdf)
    with opened(pdf) as document:
        pages = len(document.pages)
    assert pages > 3
    assert [f"Page {number} of {pages}" in found for number in range(1, pages + 1)] == [True] * pages
    assert all(f"Paragraph {number}." in found for number in range(30))
    assert len(re.findall(r"\bOne\b", found)) == 540
    assert len(re.findall(r"\bitem\.", found)) == 540
    assert checker.is_pdf_compliant_bytes(pdf, profile="ua1")
    # A paragraph or an item that runs over a page is still one element.
    assert roles(pdf).count("LI") == 9


def test_no_page_carries_a_signature_and_nothing_else() -> None:
    last = "Please get in touch with us, and give the reference of this letter."
    over = 0
    for lines in range(18, 34):
        body = (
            *(Paragraph(f"Line {number}") for number in range(lines)),
            Heading("Contact"),
            Paragraph(last),
        )
        pages = texts_of(letter.render_bytes(replace(letter_data(), body=body)))
        assert "Yours sincerely" in pages[-1], "a page with nothing but the note below the signature"
        if len(pages) > 1:
            over += 1
            assert f"Contact {last}" in pages[-1]
    assert over


@pytest.mark.parametrize("look", paper_look.LOOKS)
@pytest.mark.parametrize(
    "last", [Paragraph("Words to end it. " * 90), Bullets(("One item to end it. " * 6,) * 6)]
)
def test_a_long_last_part_leaves_some_of_it_to_the_signature(last: Paragraph | Bullets, look: str) -> None:
    over = 0
    for lines in range(0, 20, 2):
        body = (*(Paragraph(f"Line {number}") for number in range(lines)), last)
        pdf = letter.render_bytes(replace(letter_data(), body=body, look=look))
        pages = texts_of(pdf)
        assert "Yours sincerely" in pages[-1]
        if len(pages) > 1:
            over += 1
            assert pages[-1].index("end it.") < pages[-1].index("Yours sincerely")
        assert "".join(pages).count("end it.") == (90 if isinstance(last, Paragraph) else 36)
        assert roles(pdf).count("LI") == (0 if isinstance(last, Paragraph) else 6)
    assert over


def test_equal_data_gives_equal_bytes_and_other_data_other_bytes() -> None:
    first = letter.render_bytes(letter_data())
    letter.render_bytes(replace(letter_data(), addressee="Somebody else entirely محمد"))
    assert letter.render_bytes(letter_data()) == first
    assert letter.render_bytes(replace(letter_data(), salutation="Dear Ms Example")) != first


@pytest.mark.parametrize("logo", [b"", b"not a picture", b"\x89PNG\r\n\x1a\n broken", b"GIF89a" + b"\0" * 40])
def test_an_unusable_logo_is_refused_in_words(logo: bytes) -> None:
    data = letter_data()
    head = replace(data.letterhead, logo=logo)
    with pytest.raises(Invalid, match="PNG or JPEG"):
        letter.render_bytes(replace(data, letterhead=head))


def test_a_school_without_a_logo() -> None:
    data = letter_data()
    pdf = letter.render_bytes(
        replace(data, letterhead=replace(data.letterhead, logo=None, phone="", address=()))
    )
    assert "Figure" not in roles(pdf)
    assert "Larkfield Primary School office@larkfield.example" in text_of(pdf)


def test_render_writes_the_same_bytes_to_a_file(tmp_path: Path) -> None:
    file = tmp_path / "letter.pdf"
    letter.render(letter_data(), file)
    assert file.read_bytes() == letter.render_bytes(letter_data())
    assert [entry.name for entry in tmp_path.iterdir()] == ["letter.pdf"]
