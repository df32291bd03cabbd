"""Days and times as they are typed in an office."""

from __future__ import annotations

from datetime import date, time

import pytest

from smdesk.ui.widgets.day_parsing import long_day, parse_day, parse_time

TODAY = date(2026, 5, 6)  # a Wednesday


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("2/5/26", date(2026, 5, 2)),
        ("02/05/2026", date(2026, 5, 2)),
        ("2.5.2026", date(2026, 5, 2)),
        ("2-5-26", date(2026, 5, 2)),
        ("2 5 26", date(2026, 5, 2)),
        ("2026-05-02", date(2026, 5, 2)),
        ("2 May 2026", date(2026, 5, 2)),
        ("2nd may 26", date(2026, 5, 2)),
        ("Sat 2 May 2026", date(2026, 5, 2)),
        ("Saturday, 2 May 2026", date(2026, 5, 2)),
        ("2/5", date(2026, 5, 2)),
        ("2 May", date(2026, 5, 2)),
        ("7/5", date(2025, 5, 7)),  # without a year: the last one that is not to come
        ("1 Sept", date(2025, 9, 1)),
        ("14/9/15", date(2015, 9, 14)),
        ("3/2/71", date(1971, 2, 3)),
        ("29/2/2024", date(2024, 2, 29)),
        ("today", TODAY),
        (" Yesterday ", date(2026, 5, 5)),
        ("tomorrow", date(2026, 5, 7)),
        ("friday", date(2026, 5, 1)),
        ("Wed", date(2026, 4, 29)),
        ("", None),
    ],
)
def test_a_day_is_read_day_first(typed: str, meant: date | None) -> None:
    assert parse_day(typed, TODAY) == meant


@pytest.mark.parametrize(
    "typed", ["5/13/26", "31/2/26", "0/1/26", "soon", "2/", "29/2/2025", "1/1/1/1", "12345"]
)
def test_what_is_no_day_is_said_in_a_sentence(typed: str) -> None:
    with pytest.raises(ValueError, match="day first") as refused:
        parse_day(typed, TODAY)
    assert typed in str(refused.value)


def test_what_is_shown_can_be_read_again() -> None:
    for day in (date(2026, 1, 1), date(2024, 2, 29), date(1999, 12, 31)):
        assert parse_day(long_day(day), TODAY) == day


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("23:50", time(23, 50)),
        ("2350", time(23, 50)),
        ("23.50", time(23, 50)),
        ("9", time(9)),
        ("9am", time(9)),
        ("12am", time(0)),
        ("12 pm", time(12)),
        ("11.50 pm", time(23, 50)),
        ("7h05", time(7, 5)),
        ("", None),
    ],
)
def test_a_time_is_read_as_it_is_written(typed: str, meant: time | None) -> None:
    assert parse_time(typed) == meant


@pytest.mark.parametrize("typed", ["24:00", "13pm", "0am", "12:60", "noonish", "1:2:3"])
def test_what_is_no_time_is_said_in_a_sentence(typed: str) -> None:
    with pytest.raises(ValueError, match="not a time"):
        parse_time(typed)
