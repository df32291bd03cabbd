"""The list on top of a mail-out: who, which letter, how many pages, which envelope; every word as it was typed."""

from __future__ import annotations

from dataclasses import replace

from smdesk.documents import separator_list
from tests.documents.reading import text_of
from tests.documents.separator_samples import LONG, separator_data


def test_every_letter_stands_in_order_with_all_that_is_needed_to_fill_the_envelopes() -> None:
    data = separator_data()
    found = text_of(separator_list.render_bytes(data))
    places = [found.index(letter.number) for letter in data.letters]
    assert places == sorted(places)
    pages = sum(letter.pages for letter in data.letters)
    assert f"33 letters, {pages} pages, and a copy of each for the file." in found
    assert "Printed on 5 May 2026 at 14:05 by Ms B. Cedar." in found
    assert "No address: by hand or by e-mail" in found
    assert "33 2026/L0099 Mr B. Noaddress 2 – No address" in found


def test_names_come_out_literally() -> None:
    found = text_of(separator_list.render_bytes(separator_data()))
    for words in (
        "<b>O'Brien & Sons",
        "</para><para>",
        "$parent",
        '=HYPERLINK("x")',
        '<img src="/etc/passwd"/>',
        "Zażółć Nguyễn",
        "王小明",
        "Nirgendland EUROPE",
    ):
        assert words in found
    assert LONG.replace(" ", "") in found.replace(" ", "")


def test_one_letter_and_none() -> None:
    data = separator_data()
    one = text_of(separator_list.render_bytes(replace(data, letters=data.letters[:1], copies=1)))
    assert "1 letter, 2 pages. They follow in this order." in one
    none = text_of(separator_list.render_bytes(replace(data, letters=())))
    assert "There is no letter to go out." in none
