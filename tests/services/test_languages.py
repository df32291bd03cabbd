"""Which language is meant, and how each writes a day and a list."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from smdesk.services import languages

MARCH = date(2026, 3, 9)


@pytest.mark.parametrize(
    ("words", "code"),
    [
        ("Welsh", "cy"),
        (" cymraeg ", "cy"),
        ("CY-GB", "cy"),
        ("English", "en"),
        ("Polski", "pl"),
        ("polish", "pl"),
        ("Urdu", "ur"),
        ("اردو", "ur"),
        ("Farsi", "fa"),
        ("Kurdish (Sorani)", "ckb"),
        ("Bengali (Sylheti)", "bn"),
        ("Mandarin", "zh"),
        ("", None),
        ("  ", None),
        ("()", None),
        ("Kurdish", None),
        ("Welsh and English", None),
        ("$language", None),
    ],
)
def test_a_language_is_known_by_any_of_its_names(words: str, code: str | None) -> None:
    assert languages.code_of(words) == code


@given(st.text())
def test_any_text_names_a_language_or_none(words: str) -> None:
    code = languages.code_of(words)
    assert code is None or code in languages.languages()


@pytest.mark.parametrize("code", list(languages.languages()))
def test_every_language_can_write_each_day_of_a_year(code: str) -> None:
    days = {languages.written_day(date(2026, month, day), code) for month in range(1, 13) for day in (1, 28)}
    assert len(days) == 24
    for words in days:
        assert "2026" in words
        assert "$" not in words
    language = languages.find(code)
    assert len(language.months) in (0, 12)
    assert language.name
    assert language.own
    assert languages.code_of(language.name) == languages.code_of(language.own) == code


def test_no_two_languages_share_a_name() -> None:
    every = [
        name.casefold()
        for each in languages.languages().values()
        for name in {each.code, each.name.casefold(), each.own.casefold(), *each.also}
    ]
    assert len(every) == len(set(every))


def test_days_stand_as_each_language_writes_them() -> None:
    assert languages.written_day(MARCH) == "9 March 2026"
    assert languages.written_day(MARCH, "cy") == "9 Mawrth 2026"
    assert languages.written_day(MARCH, "pl") == "9 marca 2026"
    assert languages.written_day(MARCH, "es") == "9 de marzo de 2026"
    assert languages.written_day(MARCH, "zh") == "2026年3月9日"
    # No names of months, or no such language: figures say it everywhere.
    assert languages.written_day(MARCH, "so") == "09/03/2026"
    assert languages.written_day(MARCH, "xx") == "09/03/2026"


def test_lists_stand_as_each_language_joins_them() -> None:
    assert languages.listed(["a", "b", "c"]) == "a, b and c"
    assert languages.listed(["Facebook", "Signal"], "cy") == "Facebook a Signal"
    assert languages.listed(["Facebook", "Instagram"], "cy") == "Facebook ac Instagram"
    assert languages.listed(["a", "b"], "ar") == "a, b"
    assert languages.listed(["a"], "cy") == "a"
    assert languages.listed([], "cy") == ""


def test_what_is_written_from_right_to_left_is_known() -> None:
    assert {code for code in languages.languages() if languages.is_rtl(code)} == {
        "ar",
        "ckb",
        "fa",
        "ps",
        "ur",
    }
    assert not languages.is_rtl("xx")
    assert languages.label("cy") == "Welsh"
    assert languages.label("xx") == "xx"
    assert list(languages.languages())[:2] == ["en", "cy"]
