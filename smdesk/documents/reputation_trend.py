"""What was said about the school over a term or a year, for a meeting: two charts, their figures, the newest findings.

Each chart is followed by a table with the same figures, and no bar or line is told from another by colour alone.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import TYPE_CHECKING

from smdesk.documents import page
from smdesk.policy.words import MONTHS, narrow_day, written_day

if TYPE_CHECKING:
    from smdesk.documents.layout import Block

MOST_DRAWN = 4
"""Places in the chart of ratings: more lines cross each other too often to be read. The table has them all."""
TONES = ("Praise", "Neutral", "Criticism")


@dataclass(frozen=True, slots=True)
class MonthLine:
    """How often the school was praised and criticised in the month that begins on ``first``."""

    first: date
    praise: int
    neutral: int
    criticism: int

    @property
    def counts(self) -> tuple[int, int, int]:
        return (self.praise, self.neutral, self.criticism)


@dataclass(frozen=True, slots=True)
class RatingLine:
    """A rating written down at a check, in tenths of a star."""

    place: str
    on: date
    tenths: int


@dataclass(frozen=True, slots=True)
class TrendData:
    """The paper. ``printed_at`` is local time. ``findings`` are (reference, found, where, tone, said, decision), newest
    first; ``more`` is how many there are besides.
    """

    title: str
    first: date
    last: date
    school: str
    printed_by: str
    printed_at: datetime
    months: Sequence[MonthLine]
    ratings: Sequence[RatingLine]
    findings: Sequence[tuple[str, str, str, str, str, str]]
    more: int = 0


def stars(tenths: int) -> str:
    """ "4.3 stars"."""
    return f"{tenths / 10:.1f} stars"


def summary(months: Sequence[MonthLine]) -> str:
    """The months in one sentence: "24 findings: 10 praise, 9 neutral, 5 criticism."."""
    totals = [sum(each) for each in zip(*(month.counts for month in months), strict=True)]
    number = sum(totals)
    if not number:
        return "Nothing was found in this time."
    parts = ", ".join(f"{count:,} {tone.lower()}" for count, tone in zip(totals, TONES, strict=True))
    return f"{'1 finding' if number == 1 else f'{number:,} findings'}: {parts}."


def rating_lines(ratings: Sequence[RatingLine]) -> list[tuple[str, list[RatingLine]]]:
    """The ratings place by place, the one with most of them first."""
    places: dict[str, list[RatingLine]] = {}
    for each in ratings:
        places.setdefault(each.place, []).append(each)
    return sorted(places.items(), key=lambda item: (-len(item[1]), item[0].casefold()))


def render_bytes(data: TrendData) -> bytes:
    """The paper as a PDF/UA-1 file."""
    from smdesk.documents.layout import BODY, SMALL, SUBHEADING, TITLE, Text, Together
    from smdesk.documents.tables import CLOSE, Column, Table
    from smdesk.documents.trend_charts import rating_chart, tone_chart

    style = replace(CLOSE, whole_days=True)
    said = f"From {written_day(data.first)} to {written_day(data.last)}. {summary(data.months)}"
    blocks: list[Block] = [
        Text(f"What is said about us: {data.title}", TITLE, "H1"),
        Text(said, BODY),
        Text(
            f"Printed {written_day(data.printed_at.date())}, {data.printed_at:%H:%M} by {data.printed_by}.",
            SMALL,
        ),
    ]
    # A column a month: a year then leaves room on the page for the ratings and the findings.
    by_tone = list(zip(*(each.counts for each in data.months), strict=True))
    rows = [
        (tone, *(f"{count:,}" for count in counts), f"{sum(counts):,}")
        for tone, counts in zip(TONES, by_tone, strict=True)
    ]
    heads = [
        Column("Tone", share=0.12),
        *(Column(MONTHS[each.first.month - 1][:3], "right") for each in data.months),
    ]
    heads.append(Column("All", "right"))
    blocks.append(
        Together(
            [
                Text("Month by month", SUBHEADING, "H2"),
                tone_chart(_months_alt(data), data.months),
                Table(heads, rows, style),
            ]
        )
    )
    if data.ratings:
        places = rating_lines(data.ratings)
        lines = [
            (
                place,
                str(len(points)),
                f"{stars(points[0].tenths)}, {narrow_day(points[0].on)}",
                f"{stars(points[-1].tenths)}, {narrow_day(points[-1].on)}",
            )
            for place, points in places
        ]
        columns = [
            Column("Where", share=0.34),
            Column("Ratings", "right", 0.12),
            Column("First"),
            Column("Last"),
        ]
        blocks.append(
            Together(
                [
                    Text("Ratings", SUBHEADING, "H2"),
                    rating_chart(_ratings_alt(data), data.first, data.last, places[:MOST_DRAWN]),
                    Table(columns, lines, style),
                ]
            )
        )
    if data.findings:
        columns = [
            Column("Reference", share=0.13),
            Column("Found", share=0.13),
            Column("Where", share=0.19),
            Column("Tone", share=0.1),
            Column("What was said", share=0.31),
            Column("Decision", share=0.14),
        ]
        blocks += [
            Text("The newest findings", SUBHEADING, "H2"),
            Table(columns, [tuple(row) for row in data.findings], style),
        ]
    if data.more:
        stand = "1 more stands" if data.more == 1 else f"{data.more:,} more stand"
        blocks.append(Text(f"{stand} in SM Desk.", SMALL))
    sheet = page.Sheet()
    foot = f"{data.school}  ·  What is said about us  ·  Confidential"
    return page.build(
        blocks,
        title=f"What is said about us: {data.title} – {data.school}",
        author=data.school,
        made_on=data.printed_at.date(),
        sheet=sheet,
        on_each=lambda canvas, number, total: page.draw_footer(canvas, sheet, foot, number, total),
    )


def _month(first: date) -> str:
    return f"{MONTHS[first.month - 1]} {first.year}"


def _months_alt(data: TrendData) -> str:
    said = "; ".join(
        f"{_month(each.first)}: "
        + ", ".join(f"{count} {tone.lower()}" for count, tone in zip(each.counts, TONES, strict=True))
        for each in data.months
    )
    return f"Bar chart of praise, neutral findings and criticism in each month. {said}."


def _ratings_alt(data: TrendData) -> str:
    said = "; ".join(
        f"{place}: " + ", ".join(f"{stars(each.tenths)} on {written_day(each.on)}" for each in points)
        for place, points in rating_lines(data.ratings)
    )
    return f"Line chart of the ratings written down at checks. {said}."
