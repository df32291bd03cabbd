"""Reads days and times as people in a school office type them: day first, short or long, "yesterday"."""

from __future__ import annotations

import re
from datetime import date, time, timedelta

from smdesk.policy.words import narrow_day, weekday

_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


def parse_day(text: str, today: date, *, ahead: bool = False) -> date | None:
    """The day meant, or None for an empty text.

    Day first: "2/5/26", "2.5.2026", "2-5", "2 May", "Sat 2 May 2026", also "2026-05-02", "today", "yesterday",
    "tomorrow" and a weekday ("friday": the last one before today). Without a year, the last such day that is not
    after today; with ``ahead`` (a day somebody is asked to answer by) the next one that is not before it.
    Raises ValueError with a sentence for the person.
    """
    words = " ".join(text.replace(",", " ").casefold().split())
    if not words:
        return None
    near = {"today": 0, "yesterday": -1, "tomorrow": 1}
    if words in near:
        return today + timedelta(days=near[words])
    if words.isalpha() and words[:3] in _DAYS and len(words) >= 3:
        back = (today.weekday() - _DAYS.index(words[:3])) % 7
        return today + timedelta(days=(7 - back) if ahead else -(back or 7))
    parts = _numbers(words)
    if parts is None:
        raise ValueError(
            f"“{text.strip()}” is not a date. Write it day first, for example 2/5/2026, 2 May or today."
        )
    day, month, year = parts
    try:
        if year is not None:
            return date(year, month, day)
        this = date(today.year, month, day)
        if ahead:
            return this if this >= today else date(today.year + 1, month, day)
        return this if this <= today else date(today.year - 1, month, day)
    except ValueError:
        raise ValueError(f"There is no such day as “{text.strip()}”. Dates are written day first.") from None


def _numbers(words: str) -> tuple[int, int, int | None] | None:
    iso = re.fullmatch(r"(\d{4})-(\d{1,2})-(\d{1,2})", words)
    if iso:
        return int(iso[3]), int(iso[2]), int(iso[1])
    digits = re.fullmatch(r"(\d{1,2})[/.\- ](\d{1,2})(?:[/.\- ](\d{4}|\d{2}))?", words)
    if digits:
        return int(digits[1]), int(digits[2]), _year(digits[3])
    named = re.fullmatch(
        r"(?:[a-z]{3,9}\s+)?(\d{1,2})(?:st|nd|rd|th)?[ \-]?([a-z]{3,9})\.?(?:[ \-](\d{4}|\d{2}))?", words
    )
    if named and named[2][:3] in _MONTHS:
        return int(named[1]), _MONTHS.index(named[2][:3]) + 1, _year(named[3])
    return None


def _year(text: str | None) -> int | None:
    if text is None:
        return None
    number = int(text)
    # A two-figure year is this century, except birth years that would lie far ahead.
    if len(text) == 2:
        return number + (2000 if number < 70 else 1900)
    return number


def parse_time(text: str) -> time | None:
    """The time of day meant, or None for an empty text: "23:50", "2350", "23.50", "9", "9am", "11.50 pm".

    Raises ValueError with a sentence for the person.
    """
    words = "".join(text.casefold().split())
    if not words:
        return None
    found = re.fullmatch(r"(\d{1,2})(?:[:.h]?(\d{2}))?(am|pm)?", words)
    sentence = f"“{text.strip()}” is not a time. Write it like 14:30 or 2.30pm."
    if not found:
        raise ValueError(sentence)
    hour, minute, half = int(found[1]), int(found[2] or 0), found[3]
    if half:
        if not 1 <= hour <= 12:
            raise ValueError(sentence)
        hour = hour % 12 + (12 if half == "pm" else 0)
    try:
        return time(hour, minute)
    except ValueError:
        raise ValueError(sentence) from None


def long_day(day: date) -> str:
    """As shown: "Sat 2 May 2026"."""
    return f"{weekday(day)[:3]} {narrow_day(day)}"
