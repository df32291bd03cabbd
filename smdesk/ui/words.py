"""Dates, numbers and sizes as people say them."""

from __future__ import annotations

from datetime import date, datetime

from smdesk.policy.deadlines import clock_words
from smdesk.policy.words import narrow_day, weekday, written_day
from smdesk.services.context import LOCAL


def day_in_words(day: date, today: date) -> str:
    """For example "Tuesday 5 May"; the year is added where it is not this one."""
    written = written_day(day)
    return f"{weekday(day)} {written.removesuffix(f' {today.year}')}"


def moment_in_words(moment: datetime) -> str:
    """The school's clock, for example "5 May 2026, 16:00"."""
    local = moment.astimezone(LOCAL)
    return f"{written_day(local)}, {clock_words(local)}"


def narrow_moment(moment: datetime) -> str:
    """The same for a narrow column: "28 Apr 2026, 16:00"."""
    local = moment.astimezone(LOCAL)
    return f"{narrow_day(local)}, {clock_words(local)}"


def clock_time(moment: datetime, now: datetime) -> str:
    """ "10:42" today, "Monday 4 May, 10:42" on another day."""
    local, today = moment.astimezone(LOCAL), now.astimezone(LOCAL).date()
    return (
        f"{local:%H:%M}" if local.date() == today else f"{day_in_words(local.date(), today)}, {local:%H:%M}"
    )


def count(number: int, thing: str, things: str = "") -> str:
    """For example "1 day", "3 days"."""
    return f"{number:,} {thing}" if number == 1 else f"{number:,} {things or thing + 's'}"


def size_in_words(size: int) -> str:
    """For example "240 KB" or "1.4 MB"."""
    if size < 1024:
        return count(size, "byte")
    if size < 1024 * 1024:
        return f"{size / 1024:.0f} KB"
    return f"{size / 1024 / 1024:.1f} MB"


TYPE_WORDS = {
    "image/png": "picture (PNG)",
    "image/jpeg": "picture (JPEG)",
    "image/webp": "picture (WebP)",
    "application/pdf": "PDF",
    "video/mp4": "video (MP4)",
    "text/plain": "plain text",
}
"""Media types of evidence as shown."""
