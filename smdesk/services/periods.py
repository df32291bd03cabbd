"""School years and terms, as reports speak of them.

A school year runs from 1 September to 31 August. Its terms are fixed dates, so that a report over the same term is
the same report for everybody who makes it: autumn from 1 September, spring from 1 January, summer from 16 April. The
three terms make up the year with nothing left out; holidays belong to the term before them.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Literal

from smdesk.errors import Invalid
from smdesk.services.context import LOCAL, open_to_all

_TERMS = {"autumn": ((9, 1), (12, 31)), "spring": ((1, 1), (4, 15)), "summer": ((4, 16), (8, 31))}
_TERM_TEXT = re.compile(
    r"(?:(\d{4})\s+(autumn|spring|summer)|(autumn|spring|summer)\s+(\d{4}))", re.IGNORECASE
)
_YEAR_TEXT = re.compile(r"(\d{4})\s*[-–/]\s*(\d{2}|\d{4})")


@dataclass(frozen=True, slots=True)
class Period:
    """A term or a school year, both ends included. ``label`` is "2026 autumn" or "2025-26"."""

    kind: Literal["term", "year"]
    start: date
    end: date
    label: str

    @property
    def title(self) -> str:
        """As a heading has it: "Autumn term 2026", "School year 2025-26"."""
        if self.kind == "year":
            return f"School year {self.label}"
        year, name = self.label.split()
        return f"{name.capitalize()} term {year}"

    def terms(self) -> tuple[Period, ...]:
        """The terms that make up the period, in order; a term is its own."""
        if self.kind == "term":
            return (self,)
        year = self.start.year
        return (_term(year, "autumn"), _term(year + 1, "spring"), _term(year + 1, "summer"))

    def before(self) -> Period:
        """The period of the same kind before this one."""
        if self.kind == "year":
            return _year(self.start.year - 1)
        return _term_of(self.start - timedelta(days=1))

    def after(self) -> Period:
        """The period of the same kind after this one: its report prints this one beside its own figures."""
        return _year(self.start.year + 1) if self.kind == "year" else _term_of(self.end + timedelta(days=1))

    def months(self) -> tuple[tuple[date, date], ...]:
        """The months of the period, cut at its ends: first and last day of each."""
        found = []
        first = self.start
        while first <= self.end:
            following = (first.replace(day=1) + timedelta(days=32)).replace(day=1)
            found.append((first, min(following - timedelta(days=1), self.end)))
            first = following
        return tuple(found)

    def month_ends(self) -> tuple[tuple[date, datetime], ...]:
        """For each month of ``months`` its first day and the first moment after it, in UTC."""
        return tuple((first, _midnight(last + timedelta(days=1))) for first, last in self.months())

    def bounds(self) -> tuple[datetime, datetime]:
        """The first moment of the period and the first one after it, in UTC."""
        return _midnight(self.start), _midnight(self.end + timedelta(days=1))


@open_to_all("Only reads a period's name.")
def parse_period(text: str) -> Period:
    """A term ("2026 autumn", "Autumn 2026") or a school year ("2025-26"). Raises Invalid, saying the forms."""
    cleaned = text.strip()
    term = _TERM_TEXT.fullmatch(cleaned)
    if term:
        return _term(int(term[1] or term[4]), (term[2] or term[3]).lower())
    year = _YEAR_TEXT.fullmatch(cleaned)
    if year and int(year[2]) % 100 == (int(year[1]) + 1) % 100 and len(year[2]) in (2, 4):
        return _year(int(year[1]))
    raise Invalid.one(
        "period", f"“{cleaned}” is not a period. Write a term as “2026 autumn” or a school year as “2025-26”."
    )


@open_to_all("Only counts days.")
def between(first: date, last: date) -> list[Period]:
    """Every school year and term that touches these days, newest first, each year before its terms."""
    found: list[Period] = []
    for year in range(year_of(last).start.year, year_of(first).start.year - 1, -1):
        whole = _year(year)
        found.append(whole)
        found.extend(term for term in reversed(whole.terms()) if term.start <= last and term.end >= first)
    return found


def _term(year: int, name: str) -> Period:
    (first_month, first_day), (last_month, last_day) = _TERMS[name]
    return Period(
        "term", date(year, first_month, first_day), date(year, last_month, last_day), f"{year} {name}"
    )


def _year(start: int) -> Period:
    return Period("year", date(start, 9, 1), date(start + 1, 8, 31), f"{start}-{(start + 1) % 100:02d}")


@open_to_all("Only reads a calendar.")
def year_of(day: date) -> Period:
    """The school year a day falls in."""
    return _year(day.year if day.month >= 9 else day.year - 1)


def _term_of(day: date) -> Period:
    return next(term for term in year_of(day).terms() if term.start <= day <= term.end)


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time(), LOCAL).astimezone(UTC)
