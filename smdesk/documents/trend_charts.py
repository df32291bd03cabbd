"""The two charts of what is said about the school: bars by month in three patterns, ratings as lines with markers."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from itertools import pairwise
from typing import TYPE_CHECKING

from smdesk.documents.charts import centred, nice_top
from smdesk.documents.layout import GREY, NAVY, RULE, Figure, Style, hairline, single_line, width_of
from smdesk.documents.tagging import Colour, TaggedCanvas
from smdesk.policy.words import MONTHS

if TYPE_CHECKING:
    from smdesk.documents.reputation_trend import MonthLine, RatingLine

_PRAISE: Colour = (0.11, 0.39, 0.22)
_NEUTRAL: Colour = (0.45, 0.50, 0.57)
_CRITICISM: Colour = (0.64, 0.13, 0.10)
_PATTERNS: tuple[tuple[str, Colour, str], ...] = (
    ("Praise", _PRAISE, "full"),
    ("Neutral", _NEUTRAL, "open"),
    ("Criticism", _CRITICISM, "striped"),
)
_LINES: tuple[Colour, ...] = ((0.05, 0.35, 0.53), (0.64, 0.13, 0.10), (0.11, 0.39, 0.22), (0.45, 0.28, 0.0))
_LABEL = Style(size=7.6, leading=9.6, colour=GREY)
_VALUE = Style(size=7.2, leading=9, bold=True, colour=NAVY)
_TALL, _FOOT, _HEAD = 108.0, 22.0, 18.0


def tone_chart(alt: str, months: Sequence[MonthLine]) -> Figure:
    """Three bars a month: full for praise, an open frame for neutral, striped for criticism, each with its number."""
    top, step = nice_top(max([1, *(count for month in months for count in month.counts)]))

    def paint(canvas: TaggedCanvas, x: float, y: float, wide: float, tall: float) -> None:
        left, foot, high = _axis(
            canvas, x, y, wide, tall, [(value, str(value)) for value in range(0, top + 1, step)]
        )
        _legend(canvas, left, y + tall - 8)
        slot = (x + wide - left) / max(1, len(months))
        bar = min(slot * 0.27, 15.0)
        for number, month in enumerate(months):
            middle = left + slot * (number + 0.5)
            for place, ((_, ink, pattern), count) in enumerate(zip(_PATTERNS, month.counts, strict=True)):
                at = middle + (place - 1.5) * bar
                _bar(canvas, at + 0.6, foot, bar - 1.2, high * count / top, ink, pattern)
                if count:
                    centred(canvas, str(count), at + bar / 2, foot + high * count / top + 2, bar + 3, _VALUE)
            centred(canvas, MONTHS[month.first.month - 1][:3], middle, y + 10, slot - 1, _LABEL)
            if number == 0 or month.first.month == 1:
                centred(canvas, str(month.first.year), middle, y + 1, slot + 6, _LABEL)

    return Figure(alt, _TALL, paint)


def rating_chart(
    alt: str, first: date, last: date, places: Sequence[tuple[str, Sequence[RatingLine]]]
) -> Figure:
    """A line a place, from no star to five; places are told apart by their markers and their names at the end."""
    days = max(1, (last - first).days)

    def paint(canvas: TaggedCanvas, x: float, y: float, wide: float, tall: float) -> None:
        left, foot, high = _axis(canvas, x, y, wide, tall, [(value, str(value)) for value in range(6)])
        right = x + wide - 6
        at = left
        for number, (place, points) in enumerate(places):
            ink = _LINES[number % len(_LINES)]
            spots = [
                (
                    left + 6 + (right - left - 12) * (each.on - first).days / days,
                    foot + high * each.tenths / 50,
                )
                for each in points
            ]
            for (before_x, before_y), (here_x, here_y) in pairwise(spots):
                hairline(canvas, before_x, before_y, here_x, here_y, ink, 1.2)
            for here_x, here_y in spots:
                _marker(canvas, here_x, here_y, number, ink)
            _marker(canvas, at + 4, y + tall - 6, number, ink)
            line, extent = single_line(place, _LABEL)
            canvas.text_line(line, at + 11, y + tall - 9, _LABEL.size, _LABEL.colour)
            at += extent + 26
        for day, where in ((first, left), (last, right)):
            text = f"{day.day} {MONTHS[day.month - 1][:3]} {day.year}"
            line, extent = single_line(text, _LABEL)
            start = where if where == left else where - extent
            canvas.text_line(line, start, y + 8, _LABEL.size, _LABEL.colour)

    return Figure(alt, _TALL, paint)


def _axis(
    canvas: TaggedCanvas, x: float, y: float, wide: float, tall: float, marks: Sequence[tuple[int, str]]
) -> tuple[float, float, float]:
    """Lines across with their numbers; gives the left edge, the foot and the height of what is drawn on them."""
    top = max(1, marks[-1][0])
    room = max(width_of(text, _LABEL) for _, text in marks) + 6
    left, foot, high = x + max(room, 16), y + _FOOT, tall - _FOOT - _HEAD
    for value, text in marks:
        level = foot + high * value / top
        hairline(canvas, left, level, x + wide, level, RULE, 0.8 if value == 0 else 0.4)
        line, extent = single_line(text, _LABEL)
        canvas.text_line(line, left - 5 - extent, level - 2.6, _LABEL.size, _LABEL.colour)
    return left, foot, high


def _legend(canvas: TaggedCanvas, x: float, y: float) -> None:
    for name, ink, pattern in _PATTERNS:
        _bar(canvas, x, y, 8, 7, ink, pattern)
        line, extent = single_line(name, _LABEL)
        canvas.text_line(line, x + 12, y + 0.8, _LABEL.size, _LABEL.colour)
        x += extent + 28


def _bar(
    canvas: TaggedCanvas, x: float, foot: float, wide: float, high: float, ink: Colour, pattern: str
) -> None:
    if high <= 0:
        return
    if pattern == "full":
        canvas.setFillColorRGB(*ink)
        canvas.rect(x, foot, wide, high, stroke=0, fill=1)
        return
    canvas.setStrokeColorRGB(*ink)
    canvas.setLineWidth(0.9)
    canvas.rect(x + 0.45, foot, wide - 0.9, max(0.1, high - 0.45), stroke=1, fill=0)
    if pattern == "striped":
        canvas.saveState()
        outline = canvas.beginPath()
        outline.rect(x, foot, wide, high)
        canvas.clipPath(outline, stroke=0, fill=0)
        level = foot - wide
        while level < foot + high:
            hairline(canvas, x, level, x + wide, level + wide, ink, 0.9)
            level += 2.6
        canvas.restoreState()


def _marker(canvas: TaggedCanvas, x: float, y: float, number: int, ink: Colour) -> None:
    """A disc, a square, a triangle or an open ring, in turn."""
    canvas.setFillColorRGB(*ink)
    canvas.setStrokeColorRGB(*ink)
    canvas.setLineWidth(1.1)
    match number % 4:
        case 0:
            canvas.circle(x, y, 2.6, stroke=0, fill=1)
        case 1:
            canvas.rect(x - 2.4, y - 2.4, 4.8, 4.8, stroke=0, fill=1)
        case 2:
            path = canvas.beginPath()
            path.moveTo(x, y + 3.2)
            path.lineTo(x + 3, y - 2.4)
            path.lineTo(x - 3, y - 2.4)
            path.close()
            canvas.drawPath(path, stroke=0, fill=1)
        case _:
            canvas.circle(x, y, 2.4, stroke=1, fill=0)
