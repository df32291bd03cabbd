"""What a cell of somebody else's table means: a text, a whole date, yes or no. Nothing is guessed."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import date, datetime, time, timedelta
from typing import Final

from smdesk.documents.sheets import guarded
from smdesk.policy.words import narrow_day

Value = str | int | float | bool | date | datetime | time | None
"""A cell as read. A text is never empty and has no spaces around it; an empty cell is None."""


LONGEST_CELL: Final = 100_000
_INVISIBLE: Final = dict.fromkeys(map(ord, "\u200b\u200c\u200d\u2060\ufeff\u00ad\0"))


def clean_text(cell: str) -> str | None:
    """A text without invisible signs, odd spaces and spaces around it; nothing becomes None."""
    clean = cell.translate(_INVISIBLE).replace("\u00a0", " ").replace("\u202f", " ")
    clean = clean.replace("\r\n", "\n").replace("\r", "\n").strip()
    return clean[:LONGEST_CELL] or None


def csv_values(cells: Sequence[str]) -> tuple[Value, ...]:
    """What the cells of a line of CSV hold: texts, or nothing."""
    line = "".join(cells)
    odd = "=" in line or "'" in line or "\r" in line or "\0" in line
    if not odd and line.isascii() and len(line) <= LONGEST_CELL:
        return tuple([cell.strip() or None for cell in cells])  # most lines, with millions of cells
    return tuple(map(_csv_value, cells))


def _csv_value(cell: str) -> Value:
    value = clean_text(cell)
    if value is None or value[0] not in "='":
        return value
    quoted = re.fullmatch(r'="(.*)"', value, re.DOTALL)
    if quoted:  # how Excel is told to leave a number as text
        return clean_text(quoted[1].replace('""', '"'))
    if value.startswith("'") and guarded(value[1:]) == value:
        return clean_text(value[1:])  # as SM Desk's own exports guard a cell
    return value


def xlsx_value(cell: object) -> Value:
    """What an Excel cell holds: whole numbers and whole days as such, a length of time as text."""
    match cell:
        case None:
            return None
        case str():
            return clean_text(cell)
        case datetime():
            return cell.date() if cell.time() == time(0) else cell
        case bool() | int() | date() | time():
            return cell
        case float():
            return int(cell) if cell.is_integer() and abs(cell) < 1e15 else cell
        case timedelta():
            return str(cell)
    return clean_text(str(cell))


def as_text(value: Value) -> str:
    """A cell in words: "" for an empty one, numbers without a needless ".0", days as "2 May 2026"."""
    match value:
        case None:
            return ""
        case str():
            return value
        case bool():
            return "Yes" if value else "No"
        case datetime():
            return f"{narrow_day(value.date())}, {value:%H:%M}"
        case date():
            return narrow_day(value)
        case time():
            return f"{value:%H:%M}"
    return str(value)


def as_day(value: Value) -> date | None:
    """The day a cell means, None for an empty one. Raises ValueError with a sentence for what is no whole date."""
    match value:
        case None:
            return None
        case datetime():
            return value.date()
        case date():
            return value
        case str():
            return read_day(value)
        case bool():
            pass
        case int() if _FIRST_SERIAL <= value <= _LAST_SERIAL:
            return _EXCEL_ZERO + timedelta(days=value)  # a date in a column that was formatted as numbers
    raise ValueError(
        f"“{as_text(value)}” is not a date. Write it day first with the year, for example 2/5/2026."
    )


_EXCEL_ZERO: Final = date(1899, 12, 30)
_FIRST_SERIAL: Final = 14_611  # 1 January 1940
_LAST_SERIAL: Final = 73_050  # 31 December 2099
_MONTHS: Final = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_YEAR: Final = r"(\d{4}|\d{2})"
_CLOCK: Final = r"(?:[ t,]+\d{1,2}[:.]\d{2}(?:[:.]\d{2}(?:\.\d+)?)?z?(?:\s*[ap]m)?)?"
_ISO: Final = re.compile(rf"(\d{{4}})[-/.](\d{{1,2}})[-/.](\d{{1,2}}){_CLOCK}")
_DAY_FIRST: Final = re.compile(rf"(\d{{1,2}})\s*[/.\- ]\s*(\d{{1,2}})\s*[/.\- ]\s*{_YEAR}{_CLOCK}")
_NAMED: Final = re.compile(
    rf"(?:[a-z]{{3,9}}[., ]+)?(\d{{1,2}})(?:st|nd|rd|th)?[ \-./]*(?:of )?([a-z]{{3,9}})[., \-/]*{_YEAR}{_CLOCK}"
)
_NAMED_FIRST: Final = re.compile(rf"([a-z]{{3,9}})\.?\s+(\d{{1,2}})(?:st|nd|rd|th)?,?\s+{_YEAR}{_CLOCK}")


def read_day(text: str) -> date:
    """A whole date as people write it, day first: "2/5/2026", "2.5.26", "2 May 2026", "2026-05-02".

    Nothing is guessed: without a year, or with a month above 12, it is refused. Raises ValueError with a sentence.
    """
    words = " ".join(text.casefold().split())
    year, month, day = 0, 0, 0
    if found := _ISO.fullmatch(words):
        year, month, day = int(found[1]), int(found[2]), int(found[3])
    elif found := _DAY_FIRST.fullmatch(words):
        year, month, day = _full_year(found[3]), int(found[2]), int(found[1])
        if month > 12 and day <= 12:
            raise ValueError(
                f"“{text.strip()}” has no month {month}: it seems to be written month first. Dates are read day first."
            )
    elif (found := _NAMED.fullmatch(words)) and found[2][:3] in _MONTHS:
        year, month, day = _full_year(found[3]), _MONTHS.index(found[2][:3]) + 1, int(found[1])
    elif (found := _NAMED_FIRST.fullmatch(words)) and found[1][:3] in _MONTHS:
        year, month, day = _full_year(found[3]), _MONTHS.index(found[1][:3]) + 1, int(found[2])
    else:
        raise ValueError(
            f"“{text.strip()}” is not a date. Write it day first with the year, for example 2/5/2026."
        )
    try:
        return date(year, month, day)
    except ValueError:
        raise ValueError(f"There is no such day as “{text.strip()}”. Dates are read day first.") from None


def read_day_or_none(text: str) -> date | None:
    """``read_day``, or None for what is no date."""
    try:
        return read_day(text)
    except ValueError:
        return None


def _full_year(text: str) -> int:
    number = int(text)
    if len(text) == 2:
        return number + (2000 if number < 70 else 1900)
    return number


_YES: Final = frozenset({"yes", "y", "true", "t", "1", "x", "✓", "✔", "ja", "ok"})
_NO: Final = frozenset({"no", "n", "false", "f", "0", "-", "–", "✗", "✘", "none"})


def as_yes_no(value: Value) -> bool | None:
    """A tick, "yes", "no" and their like; None for anything else and for an empty cell."""
    if isinstance(value, bool):
        return value
    word = as_text(value).casefold().rstrip(".")
    return True if word in _YES else False if word in _NO else None
