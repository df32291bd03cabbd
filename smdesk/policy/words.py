"""Words as they stand in a sentence: days, lists, labels. The same on every machine, screen and paper.

None of these use ``strftime`` for names of months: Qt sets the machine's language for the whole process, and a letter
written on another computer would read otherwise.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

MONTHS = (
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
)
_WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")

TITLES = frozenset(
    {
        "mr",
        "mrs",
        "ms",
        "miss",
        "mx",
        "dr",
        "prof",
        "professor",
        "rev",
        "revd",
        "sir",
        "dame",
        "lady",
        "fr",
        "sr",
    }
)
"""What stands before a name and is no part of it, in small letters and without a full stop."""


def written_day(day: date) -> str:
    """A date as people write it: 4 May 2026."""
    return f"{day.day} {MONTHS[day.month - 1]} {day.year}"


def grouped(digits: str) -> str:
    """Hexadecimal digits in eights, so that they can be read, compared and typed in again."""
    return " ".join(digits[at : at + 8] for at in range(0, len(digits), 8))


def narrow_day(day: date) -> str:
    """A date for a narrow column: 4 May 2026, 28 Apr 2026."""
    return f"{day.day} {MONTHS[day.month - 1][:3]} {day.year}"


def weekday(day: date) -> str:
    """The name of the day: Monday."""
    return _WEEKDAYS[day.weekday()]


def listed(words: Sequence[str]) -> str:
    """Several words as they stand in a sentence: "a, b and c"; "" for none."""
    return " and ".join((", ".join(words[:-1]), words[-1])) if len(words) > 1 else "".join(words)


def in_a_sentence(label: str) -> str:
    """A label as it stands inside a sentence: "Aunt or uncle" as "aunt or uncle", and "DSL decides" as it is."""
    first = label.partition(" ")[0]
    return label if len(first) > 1 and first.isupper() else label[:1].lower() + label[1:]
