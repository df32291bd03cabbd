"""What a letter's page says around its text: in the reader's language and print, for the envelope, for keeping."""

from __future__ import annotations

from dataclasses import replace
from io import BytesIO

import page as checker
import pikepdf
import pytest

from smdesk.documents import xmp
from smdesk.errors import Invalid
from smdesk.services import letters
from smdesk.services import school as school_service
from smdesk.services.letter_records import Envelope, PaperLook
from smdesk.services.school_look import ColourFrom, SchoolLook
from tests.documents.reading import text_of, text_within, texts_of
from tests.services.test_letter_languages import drafted, issued, reads
from tests.support.school import SmallSchool


def test_a_welsh_letter_in_large_print_is_welsh_all_over_and_fit_for_keeping(school: SmallSchool) -> None:
    reads(school, "Welsh", PaperLook.LARGE)
    head = school.ctx_for("headteacher")
    before = school_service.get(head)
    look = SchoolLook(ColourFrom.OWN, "#ffd21a", Envelope.C5)
    school_service.save(head, replace(before, look=look), before.version)
    letter = drafted(school)
    pdf = issued(school, letter)
    for profile in ("ua1", "2a"):
        assert [fault.rule_id for fault in checker.validate_pdf_bytes(pdf, profile=profile).failures] == []
    pages = texts_of(pdf)
    own = pages[0]
    for words in ("Dyddiad", "11 Mawrth 2026", "Ein cyfeirnod", f"Tudalen 1 o {len(pages)}"):
        assert words in own
    assert text_within(pdf, 20, 53.5, 110, 88.5)[0] == "Preifat a chyfrinachol"
    assert "Cymeradwywyd gan" in text_of(pdf)
    assert "Cewch ofyn am weld" in text_of(pdf)
    copy = next(number for number, text in enumerate(pages) if "English copy" in text)
    assert "You may ask to see" in " ".join(pages[copy:])
    assert "You may ask to see" not in " ".join(pages[:copy])
    with pikepdf.Pdf.open(BytesIO(pdf)) as document:
        assert str(document.Root.Lang) == "cy"
    assert xmp.ours_in(pdf) == xmp.Ours("2026/L0001")


def test_an_english_letter_has_no_copy_and_a_draft_no_number(school: SmallSchool) -> None:
    letter = drafted(school)
    office = school.ctx_for("business_manager")
    draft = letters.preview_pdf(office, letter, letters.get(office, letter).edit)
    assert xmp.ours_in(draft) is None
    assert "English copy" not in text_of(draft)
    assert "Private and confidential" in text_of(draft)
    assert "Page 1 of" in text_of(draft)


@pytest.mark.parametrize(
    ("field", "words"),
    [
        ("body", "We read: ދިވެހި"),
        ("addressee", "Ms ދިވެހި\n1 Lane"),
        ("english_body", "We read: ދިވެހި"),
    ],
)
def test_a_script_without_a_typeface_stops_the_letter_naming_the_letter(
    school: SmallSchool, field: str, words: str
) -> None:
    reads(school, "Welsh")
    letter = drafted(school)
    office = school.ctx_for("business_manager")
    edit = letters.get(office, letter).edit
    with pytest.raises(Invalid, match="no typeface for “ދ”") as caught:
        letters.preview_pdf(office, letter, replace(edit, **{field: words}, marks=()))
    assert [problem.field for problem in caught.value.problems] == [field]
