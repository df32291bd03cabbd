"""Slips to sign: complete in themselves, two to a page, declining beside signing for those who may (AUP-1)."""

from __future__ import annotations

from dataclasses import replace

import pytest

from smdesk.documents.agreement_slip import Slip, slips_bytes
from smdesk.errors import Cancelled
from tests.documents.agreement_samples import ADOPTED, slips
from tests.documents.reading import text_of, text_within, texts_of

DECLINE = "I do not wish to sign it"


def test_two_to_a_page_each_with_school_policy_version_and_name() -> None:
    pages = texts_of(slips_bytes(slips()))
    assert len(pages) == 2
    # Twice on the slips and once at the foot.
    assert all(page.count("Larkfield Primary School") == 3 for page in pages)
    assert "Acceptable use: parents and carers Version 3, in use since 1 September 2025" in pages[0]
    # What somebody typed is text, whatever it looks like.
    assert "Anna <b>Quillfeather</b>" in pages[0]
    assert "Sam Quillfeather" in pages[0]
    assert "Year 5, 5 Oak" in pages[0]


def test_one_stroke_across_the_middle_parts_the_two() -> None:
    pdf = slips_bytes(slips())
    assert text_within(pdf, 0, 148.5 - 4, 210, 148.5 + 4) == []
    assert "Sam Quillfeather" in " ".join(text_within(pdf, 0, 148.5, 210, 297))


def test_a_parent_and_a_pupil_may_decline_and_a_parent_signs_beside_the_pupil() -> None:
    both, staff = texts_of(slips_bytes(slips()))
    assert both.count(DECLINE) == 2
    # Beside the parent's own "Parent or carer", once more where a parent signs for the pupil.
    assert both.count("Parent or carer") == 2
    assert staff.count(DECLINE) == 1


def test_a_title_too_long_for_half_a_page_takes_a_page_and_loses_nothing() -> None:
    long = Slip("Acceptable use of everything " * 30, "3", ADOPTED, "Anna " * 12 + "Quillfeather")
    data = replace(slips(), slips=(long, long))
    pages = texts_of(slips_bytes(data))
    assert len(pages) == 2
    assert text_of(slips_bytes(data)).count("everything") >= 60


def test_a_whole_school_of_slips_can_be_stopped() -> None:
    data = replace(slips(), slips=slips().slips * 20)
    heard: list[tuple[int, int]] = []
    slips_bytes(data, lambda done, total: heard.append((done, total)))
    assert heard[-1] == (40, 40)
    with pytest.raises(Cancelled):
        slips_bytes(data, cancelled=lambda: True)


def test_it_can_be_stopped_before_the_first_page_is_filled() -> None:
    heard: list[tuple[int, int]] = []

    def stop_at_third(done: int, total: int) -> None:
        heard.append((done, total))
        if len(heard) == 3:
            raise Cancelled("Stopped.")

    data = slips()
    many = replace(data, slips=data.slips[:1] * 1000)
    with pytest.raises(Cancelled):
        slips_bytes(many, stop_at_third)
    assert heard == [(0, 0)] * 3, "how many pages it will be is not known yet"
