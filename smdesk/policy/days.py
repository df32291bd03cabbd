"""Days counted in months: when a review is due, until when a training counts."""

from __future__ import annotations

from calendar import monthrange
from datetime import date


def months_after(day: date, months: int) -> date:
    """The same day of the month so many months later; the last of the month where it has no such day.

    31 January and one month make 28 (or 29) February. Raises OverflowError beyond the year 9999.
    """
    ahead = day.month - 1 + months
    year, month = day.year + ahead // 12, ahead % 12 + 1
    if year > date.max.year:
        raise OverflowError(f"{months} months after {day.isoformat()} is no day of the calendar.")
    return date(year, month, min(day.day, monthrange(year, month)[1]))
