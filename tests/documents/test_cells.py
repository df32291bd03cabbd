"""What a cell of somebody else's table means."""

from __future__ import annotations

from datetime import date, datetime, time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from smdesk.documents.cells import Value, as_day, as_text, as_yes_no, clean_text, read_day

MAY = date(2026, 5, 2)


@pytest.mark.parametrize(
    "text",
    [
        "2/5/2026", "02/05/2026", "2.5.26", "2-5-2026", "2 5 2026", "2 May 2026", "2nd May 2026", "Sat 2 May 2026",
        "Saturday, 2nd of May 2026", "2-May-26", "May 2, 2026", "2026-05-02", "2026/05/02", "2026-05-02T09:30:00Z",
        "02/05/2026 09:30", " 2 / 5 / 2026 ", "2 MAY 2026",
    ],
)  # fmt: skip
def test_a_day_is_read_day_first(text: str) -> None:
    assert read_day(text) == MAY


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("5/13/2026", "month first"),
        ("31/2/2026", "no such day"),
        ("2/5", "with the year"),
        ("2026", "with the year"),
        ("today", "with the year"),
        ("about 2015", "not a date"),
        ("13 13 2026", "no such day"),
        ("2 Mops 2026", "not a date"),
    ],
)
def test_what_is_no_whole_day_is_not_guessed(text: str, says: str) -> None:
    with pytest.raises(ValueError, match=says):
        read_day(text)


@given(st.dates(min_value=date(1950, 1, 1), max_value=date(2069, 12, 31)))
def test_every_day_comes_back_however_it_is_written(day: date) -> None:
    written = [f"{day.day}/{day.month}/{day.year}", day.isoformat(), as_text(day), f"{day:%d.%m.}{day.year}"]
    assert {read_day(each) for each in written} == {day}
    assert as_day(day) == as_day(datetime.combine(day, time(9, 30))) == day


def test_a_date_in_a_column_of_numbers_is_excels_count_of_days() -> None:
    assert as_day(46144) == MAY
    assert as_day(None) is None
    for wrong in (2026, 7, 4.5, True, -1, 10**9):
        with pytest.raises(ValueError, match="not a date"):
            as_day(wrong)


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (None, ""), ("Ann", "Ann"), (7, "7"), (7.5, "7.5"), (True, "Yes"), (MAY, "2 May 2026"),
        (datetime(2026, 5, 2, 9, 30), "2 May 2026, 09:30"), (time(9, 5), "09:05"),  # noqa: DTZ001 - a sheet has no zone
    ],
)  # fmt: skip
def test_a_cell_in_words(value: Value, text: str) -> None:
    assert as_text(value) == text


def test_yes_and_no_as_people_tick_them() -> None:
    assert [as_yes_no(each) for each in ("Yes", "Y", "x", "✓", 1, True, "TRUE")] == [True] * 7
    assert [as_yes_no(each) for each in ("no", "N", "-", 0, False)] == [False] * 5
    assert [as_yes_no(each) for each in ("perhaps", None, "", 2)] == [None] * 4


def test_invisible_signs_do_not_make_a_name_another_name() -> None:
    assert clean_text("\ufeff Zoë\u00a0O\u200bsei\u00ad ") == "Zoë Osei"
    assert clean_text(" \u200b\u00a0 ") is None
    assert clean_text("3 Lane\r\nTown\r") == "3 Lane\nTown"
