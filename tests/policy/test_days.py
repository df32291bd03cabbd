"""Days counted in months, over the ends of months and years."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from smdesk.policy.days import months_after


@pytest.mark.parametrize(
    ("day", "months", "expected"),
    [
        (date(2026, 3, 11), 12, date(2027, 3, 11)),
        (date(2026, 1, 31), 1, date(2026, 2, 28)),
        (date(2024, 2, 29), 12, date(2025, 2, 28)),
        (date(2024, 2, 29), 48, date(2028, 2, 29)),
        (date(2026, 11, 30), 3, date(2027, 2, 28)),
        (date(2026, 12, 1), 0, date(2026, 12, 1)),
    ],
)
def test_the_same_day_so_many_months_later(day: date, months: int, expected: date) -> None:
    assert months_after(day, months) == expected


@given(st.dates(date(1900, 1, 1), date(2100, 1, 1)), st.integers(0, 600))
def test_it_falls_in_the_month_so_many_months_later(day: date, months: int) -> None:
    later = months_after(day, months)
    assert (later.year - day.year) * 12 + later.month - day.month == months
    assert later.day <= day.day
    assert later >= day


def test_beyond_the_calendar() -> None:
    with pytest.raises(OverflowError, match="no day"):
        months_after(date(9999, 6, 1), 12)
