"""Whatever was typed comes out literally and in its place on every paper, or stops with a clear sentence."""

from __future__ import annotations

import csv
import email
import io
import re
import struct
import tracemalloc
import zlib
from collections.abc import Iterator
from dataclasses import replace
from email.policy import default
from pathlib import Path

import openpyxl
import page as checker
import pytest

from smdesk.errors import Invalid
from smdesk.policy.vocabulary import Conduct
from smdesk.services import case_files, eml, exports, letters, mail_out, reports, school
from smdesk.services.case_file_records import CaseWish
from smdesk.services.letter_records import Envelope, LetterKind, PaperLook, SentHow
from tests.documents.reading import text_of, text_within
from tests.documents.test_names import spelt
from tests.scenarios import bad_input
from tests.scenarios.bad_input import (
    ALL_IN_ONE,
    HEADED,
    LISTS,
    NAMELESS,
    SCHOOL,
    TO_THEM,
    VALUES,
    WITHOUT_THEM,
    World,
    pictures_in,
    squeezed,
)
from tests.scenarios.telling import INVITATION, Story
from tests.support.pdf_search import everything_in
from tests.support.school import Template, school_from

NAMES = tuple(value for value in VALUES if squeezed(value) not in squeezed(SCHOOL))
"""Those that do not stand in the school's own name."""


@pytest.fixture(scope="module")
def world(school_template: Template, tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    folder = tmp_path_factory.mktemp("bad")
    with school_from(school_template, folder / "school") as opened:
        yield bad_input.build(Story(opened), folder)


def words_in(content: bytes) -> str:
    return squeezed(text_of(content) + spelt(content))


def holds(content: bytes, *values: str) -> None:
    for profile in ("2a", "ua1"):
        report = checker.validate_pdf_bytes(content, profile=profile)
        assert sorted({failure.rule_id for failure in report.failures}) == []
    found = words_in(content)
    assert [value for value in values if squeezed(value) not in found] == []
    assert pictures_in(content) == 0


@pytest.mark.parametrize("paper", ALL_IN_ONE)
def test_a_paper_about_all_of_them_names_each_as_typed(world: World, paper: str) -> None:
    holds(ALL_IN_ONE[paper](world), *VALUES)


@pytest.mark.parametrize("paper", HEADED)
def test_a_paper_about_nobody_bears_the_schools_name_as_typed(world: World, paper: str) -> None:
    holds(HEADED[paper](world), SCHOOL)


@pytest.mark.parametrize("paper", TO_THEM)
def test_a_paper_about_one_of_them_holds_the_name_as_typed(world: World, paper: str) -> None:
    for value in VALUES:
        holds(TO_THEM[paper](world, value), value)


@pytest.mark.parametrize("paper", NAMELESS)
def test_a_paper_that_names_nobody_names_none_of_them(world: World, paper: str) -> None:
    for value in NAMES:
        content = NAMELESS[paper](world, value)
        holds(content)
        assert squeezed(value) not in words_in(content)
        assert value.casefold() not in everything_in(content)


@pytest.mark.parametrize("paper", LISTS)
def test_a_list_as_a_paper_holds_each_as_typed(world: World, paper: str) -> None:
    LISTS[paper](world, "pdf")
    holds(world.file.read_bytes(), SCHOOL, *(() if paper in WITHOUT_THEM else VALUES))


@pytest.mark.parametrize("paper", sorted(set(LISTS) - WITHOUT_THEM))
def test_a_list_as_a_sheet_holds_text_and_nothing_that_is_worked_out(world: World, paper: str) -> None:
    LISTS[paper](world, "csv")
    cells = [cell for row in csv.reader(world.file.read_text("utf-8-sig").splitlines()) for cell in row]
    assert not [cell for cell in cells if cell[:1] in ("=", "+", "-", "@")]
    for value in VALUES:
        assert any(value in cell for cell in cells), value
    LISTS[paper](world, "xlsx")
    book = openpyxl.load_workbook(io.BytesIO(world.file.read_bytes()))
    found = [cell for sheet in book for row in sheet.iter_rows() for cell in row]
    assert not [cell.coordinate for cell in found if cell.data_type == "f" or cell.hyperlink]
    for value in VALUES:
        assert any(value in str(cell.value) for cell in found), value


def test_the_figures_as_a_workbook_bear_the_schools_name(world: World) -> None:
    reports.governor_xlsx(world.story.head, bad_input.SPRING, world.file)
    book = openpyxl.load_workbook(io.BytesIO(world.file.read_bytes()))
    found = [cell for sheet in book for row in sheet.iter_rows() for cell in row]
    assert any(SCHOOL in str(cell.value) for cell in found)
    assert not [cell.coordinate for cell in found if cell.data_type == "f" or cell.hyperlink]


def test_an_email_has_the_schools_name_in_its_headers_and_nobodys(world: World) -> None:
    for letter in bad_input.issued(world):
        eml.save_email(world.story.office, letter, world.file)
        message = email.message_from_bytes(world.file.read_bytes(), policy=default)
        assert SCHOOL in message["Subject"]
        assert {key.casefold() for key in message} >= {"x-unsent", "to", "subject"}
        assert len(message.get_all("To")) == 1
        text = message.get_body().get_content()
        assert SCHOOL in text
        assert [value for value in NAMES if value in f"{message['Subject']} {message['To']} {text}"] == []
        (attached,) = message.iter_attachments()
        assert attached.get_filename().startswith("Letter 2026-L")


def test_files_of_letters_are_called_by_their_numbers(world: World, tmp_path: Path) -> None:
    files = mail_out.save_files(world.story.office, bad_input.issued(world), tmp_path)
    assert len(files) == len(VALUES)
    assert all(re.fullmatch(r"Letter 2026-L\d{4}\.pdf", file.name) for file in files)


# Each in its place


def test_the_name_stands_in_the_envelopes_window_and_the_greeting(world: World) -> None:
    for value in VALUES:
        content = TO_THEM["invitation"](world, value)
        window = squeezed("".join(text_within(content, 20, 40, 110, 95)) + spelt(content))
        assert squeezed(value) in window, value
        assert squeezed(f"DearMs{value}") in squeezed(text_of(content)) or not value.isascii(), value


OVERSEAS = "\n".join(
    (
        "Apartment 12, Building <b>C</b>",
        "Rue de l'Église & Fils 14",
        "Zażółć Gęślą",
        "Quartier $parent",
        '=HYPERLINK("x")',
        "Nirgendland-Süd",
        "99999 ΑΘΗΝΑ",
        "PROVINCE OF NOWHERE",
        "FARAWAYLAND",
    )
)


@pytest.mark.parametrize("look", PaperLook)
@pytest.mark.parametrize("envelope", Envelope)
def test_an_overseas_address_of_nine_lines_stands_whole_in_either_window(
    story: Story, look: PaperLook, envelope: Envelope
) -> None:
    story.changed("anna", address=OVERSEAS, postcode="", paper_look=look)
    letter = letters.draft(story.office, story.logged("Abroad", Conduct.ABUSIVE), INVITATION).id
    record = letters.get(story.office, letter)
    letters.save(story.office, letter, replace(record.edit, envelope=envelope), record.version)
    content = letters.preview_pdf(story.office, letter)
    found = text_of(content)
    places = [found.index(line) for line in OVERSEAS.splitlines()]
    assert places == sorted(places)
    holds(content)
    assert "FARAWAYLAND" in " ".join(text_within(content, 18, 35, 115, 100))


def test_a_tenth_line_stops_with_a_sentence(story: Story) -> None:
    with pytest.raises(Invalid, match="lines"):
        story.changed("anna", address=f"{OVERSEAS}\nA tenth", postcode="")


def test_without_an_address_the_letter_is_made_and_the_list_and_the_post_say_so(story: Story) -> None:
    story.changed("anna", address="", postcode="", email="")
    letter = story.handed_in(story.logged("Nowhere", Conduct.ABUSIVE), INVITATION)
    story.approved(letter)
    story.issued(letter)
    holds(letters.issued_pdf(story.office, letter), "Ms Anna Quillfeather")
    batch = mail_out.batch(story.office, [letter])
    assert "No address" in text_of(batch.pdf)
    with pytest.raises(Invalid, match="no address"):
        letters.record_sent(story.office, letter, SentHow.POST, story.today)


def test_a_post_of_forty_lines_is_quoted_in_full_line_by_line(story: Story, tmp_path: Path) -> None:
    lines = [f"{number}. {VALUES[number % len(VALUES)]} - # line {number};" for number in range(40)]
    incident = story.logged(
        "Forty lines",
        Conduct.THREAT_OF_VIOLENCE,
        author="stranger",
        platform="facebook",
        link="https://facebook.com/p/1",
        said="\n".join(lines),
    )
    made = {
        kind: letters.preview_pdf(
            story.office, letters.draft(story.office, incident, kind, step_reason="Now").id
        )
        for kind in (LetterKind.REFERRAL_POLICE, LetterKind.REFERRAL_LEGAL)
    }
    case_files.make(story.office, incident, CaseWish(), tmp_path / "case.pdf")
    exports.timeline_pdf(story.office, incident, tmp_path / "timeline.pdf")
    contents = [*made.values(), *((tmp_path / name).read_bytes() for name in ("case.pdf", "timeline.pdf"))]
    for content in contents:
        holds(content)
        found = words_in(content)
        places = [found.find(f"-#line{number};") for number in range(40)]
        assert -1 not in places
        assert places == sorted(places)


@pytest.mark.parametrize("kind", ["PNG", "JPEG"])
def test_a_logo_of_thirty_thousand_pixels_is_refused_before_it_is_unpacked(story: Story, kind: str) -> None:
    logo = header(kind, 30_000, 30_000)
    record = school.get(story.head)
    tracemalloc.start()
    try:
        with pytest.raises(Invalid, match="30,000 by 30,000 pixels"):
            school.save(story.head, replace(record, logo=logo), record.version)
        assert tracemalloc.get_traced_memory()[1] < 20_000_000
    finally:
        tracemalloc.stop()
    assert school.get(story.head).logo is None


def header(kind: str, wide: int, tall: int) -> bytes:
    """A picture that says it is that large, and of which no more than its head is there."""
    if kind == "PNG":
        head = struct.pack(">IIBBBBB", wide, tall, 8, 2, 0, 0, 0)
        chunk = b"IHDR" + head
        return (
            b"\x89PNG\r\n\x1a\n"
            + struct.pack(">I", len(head))
            + chunk
            + struct.pack(">I", zlib.crc32(chunk))
            + struct.pack(">I", 0)
            + b"IDAT"
            + struct.pack(">I", zlib.crc32(b"IDAT"))
        )
    frame = struct.pack(">BHHB", 8, tall, wide, 3) + bytes((1, 0x11, 0, 2, 0x11, 0, 3, 0x11, 0))
    return b"\xff\xd8\xff\xc0" + struct.pack(">H", len(frame) + 2) + frame + b"\xff\xd9"
