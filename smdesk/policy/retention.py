"""How long records are kept: suggestions the school confirms. The end of a period means *review*, never deletion."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from smdesk.policy.platforms import Status
from smdesk.policy.reading import Table, toml_table


class CountedFrom(StrEnum):
    """The day a period runs from."""

    BIRTH = "birth"
    CLOSED = "closed"
    RECEIVED = "received"


@dataclass(frozen=True, slots=True)
class RetentionClass:
    """One class of record: kept ``years`` from ``counted_from``, then reviewed.

    ``until_age``, where not nought, keeps the record at least until the person would reach that age (a staff
    allegation: to normal retirement age where that is longer).
    """

    code: str
    label: str
    years: int
    counted_from: CountedFrom
    until_age: int
    description: str
    source: str
    effective_from: date | None
    checked_on: date
    status: Status


def parse_retention(text: str) -> tuple[RetentionClass, ...]:
    """Read the retention classes from TOML. Raises ``Invalid`` naming the table and key at fault."""
    top = Table(toml_table(text, "The list of retention classes"))
    classes: list[RetentionClass] = []
    for table in top.tables("class"):
        entry = RetentionClass(
            code=table.text("code", longest=40),
            label=table.text("label", longest=120),
            years=table.whole("years", 1, 100),
            counted_from=table.code("counted_from", CountedFrom),
            until_age=table.whole("until_age", 0, 120),
            description=table.text("description", longest=600),
            source=table.text("source", longest=300),
            effective_from=table.day("effective_from") if table.has("effective_from") else None,
            checked_on=table.day("checked_on"),
            status=table.code("status", Status),
        )
        table.done()
        if any(entry.code == earlier.code for earlier in classes):
            raise table.refusal("code", f"the class '{entry.code}' is listed twice.")
        classes.append(entry)
    top.done()
    return tuple(classes)


def review_on(
    entry: RetentionClass, *, received: date, closed: date | None = None, born: date | None = None
) -> date | None:
    """When a record of this class is due for review; None while the day it counts from is not known.

    A record that is still open has no review date unless its class counts from birth or receipt.
    """
    start = {CountedFrom.BIRTH: born, CountedFrom.CLOSED: closed, CountedFrom.RECEIVED: received}[
        entry.counted_from
    ]
    if start is None:
        return None
    review = add_years(start, entry.years)
    if entry.until_age and born is not None:
        review = max(review, add_years(born, entry.until_age))
    return review


def add_years(day: date, years: int) -> date:
    """The same day ``years`` later; 29 February becomes 1 March, so that a period never ends early."""
    try:
        return day.replace(year=day.year + years)
    except ValueError:
        return date(day.year + years, 3, 1)
