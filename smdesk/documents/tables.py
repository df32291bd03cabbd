"""Tables that run over as many pages as they need, with header cells a screen reader can name.

Only the first header row is content; its repeats on later pages, and every line and tint, are artifacts.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from smdesk.documents.layout import (
    BODY,
    NAVY,
    PALE,
    RULE,
    Block,
    Style,
    draw_lines,
    hairline,
    styled,
)
from smdesk.documents.tagging import Colour, Element, TaggedCanvas
from smdesk.documents.text import Line, break_lines, natural_width
from smdesk.policy.words import MONTHS

_PAD_X = 4.5
_AROUND = 2 * _PAD_X + 2
_PAD_Y = 3.4
_SCOPE = "<</O /Table /Scope /{scope}>>"
_MEASURED_ROWS = 400  # enough to choose column widths; measuring thousands would cost more than setting them
_WORD = 30
"""Letters from which a word (a link) may be cut between letters; its first half stays together."""
_STEPS = (1.0, 0.93, 0.86, 0.79, 0.72)
"""How much smaller the type of a table of many columns is set before a word is cut between letters, or a day before it
is broken (the first three)."""
_FOR_DAYS = 3

_CELL = replace(BODY, size=9.2, leading=12.4, after=0)
_HEAD = replace(BODY, size=8.8, leading=11.8, bold=True, colour=NAVY, after=0)


@dataclass(frozen=True, slots=True)
class Column:
    """A column's heading and how it is set. ``share`` fixes its part of the width; None measures the text."""

    title: str
    align: str = "left"
    share: float | None = None


@dataclass(frozen=True, slots=True)
class TableStyle:
    """Type sizes and colours of a table. ``pad`` is the room above and below the words of a row."""

    cell: Style = _CELL
    head: Style = _HEAD
    pad: float = _PAD_Y
    tint: Colour = PALE
    row_headers: bool = False
    strong_last: bool = False
    whole_days: bool = False
    """Keep a day on one line where its column has the room: "16 Nov / 2026" is read as two things."""


CLOSE = TableStyle(cell=replace(_CELL, size=8.8, leading=11.2), pad=1.5, row_headers=True)
"""Facts of one record as label and words, set close so that they share a page with what is decided about them."""

Row = tuple[list[list[Line]], float]

_DAY = re.compile(
    rf"\b\d{{1,2}} (?:{'|'.join(f'{month[:3]}(?:{month[3:]})?' for month in MONTHS)}) \d{{4}}\b,?"
)


@dataclass(frozen=True, slots=True)
class _Extent:
    """What one column asks for, in points at full size and without padding: its longest text, longest word, longest
    day."""

    text: float
    word: float
    day: float


def _with_whole_days(text: str, style: Style, room: float) -> str:
    """The text with no-break spaces in its days. A day wider than ``room`` stays: it would be cut between letters."""

    def whole(found: re.Match[str]) -> str:
        fits = natural_width(found[0], style.size, style.bold) <= room
        return found[0].replace(" ", "\u00a0") if fits else found[0]

    return _DAY.sub(whole, text)


class Table:
    """Rows of text cells under a header row."""

    def __init__(
        self,
        columns: Sequence[Column],
        rows: Sequence[Sequence[str]],
        style: TableStyle | None = None,
        *,
        base: int | None = None,
        tick: Callable[[int], None] = lambda rows: None,
    ) -> None:
        """``base`` is the reading direction (None: by most of each cell's letters). ``tick`` is called with the
        number of rows measured so far and may raise ``Cancelled``."""
        self.columns, self.rows = list(columns), rows
        self._full = self.style = style or TableStyle()
        self.base, self.tick = base, tick
        self.before, self.after, self.keep_with_next = 2.0, 10.0, False
        self.element = Element("Table")
        self.start, self.stop = 0, len(rows)
        self._set_smaller(1)
        self._broken: dict[tuple[str, bool, float], list[Line]] = {}
        self._set: list[Row] = []
        self._header: Row = ([], 0.0)
        self._widths: list[float] = []
        self._for = -1.0

    def _measure(self, width: float) -> None:
        if self._for == width:
            return
        self._for = width
        self._widths = self._column_widths(width)
        head = self.style.head
        self._header = self._row([column.title for column in self.columns], [head] * len(self.columns))
        self._set = []
        for at, row in enumerate(self.rows):
            self._set.append(self._row(row, self._cell_styles(at)))
            if at % 100 == 99:
                self.tick(at + 1)

    def _row(self, texts: Sequence[str], styles: Sequence[Style]) -> Row:
        cells, tall = [], 0.0
        for text, style, width in zip(texts, styles, self._widths, strict=True):
            # A long list repeats itself ("Open", "Facebook"): each text is broken once for each column.
            key = (text, style.bold, width)
            lines = self._broken.get(key)
            if lines is None:
                room = width - 2 * _PAD_X
                words = _with_whole_days(text, style, room) if self.style.whole_days else text
                lines = break_lines(styled(words, style), style.size, room, self.base)
                self._broken[key] = lines
            cells.append(lines)
            tall = max(tall, len(lines) * style.leading)
        return cells, tall + 2 * self.style.pad

    def _cell_styles(self, row: int) -> list[Style]:
        last = self.style.strong_last and row == len(self.rows) - 1
        return self._strong_styles if last else self._styles

    def _column_widths(self, width: float) -> list[float]:
        """Fixed shares first; the rest by how long the texts are, but never narrower than a long word.

        Where not even the words have room, the type is set smaller.
        """
        room = width - sum(column.share or 0.0 for column in self.columns) * width
        extents = {at: self._extent(at) for at, column in enumerate(self.columns) if column.share is None}

        def least(scale: float, most: float, *, days: bool) -> dict[int, float]:
            return {
                at: max(min(each.word * scale, width * most), each.day * scale if days else 0.0) + _AROUND
                for at, each in extents.items()
            }

        # Broken days are better than names cut between letters, but smaller type is better than either.
        tries = [
            *((scale, 0.22, True) for scale in _STEPS[:_FOR_DAYS]),
            *((scale, 0.22, False) for scale in _STEPS),
            (_STEPS[-1], 0.08, False),  # then the longest words are cut rather than all of them
        ]
        for scale, most, days in tries:
            narrowest = least(scale, most, days=days)
            if not narrowest or sum(narrowest.values()) < room:
                break
        self._set_smaller(scale)
        natural = {at: min(each.text * scale, width * 0.5) + _AROUND for at, each in extents.items()}
        wanted, needed = sum(natural.values()), sum(narrowest.values())
        widths = [(column.share or 0.0) * width for column in self.columns]
        for at in extents:
            if wanted <= room:
                widths[at] = natural[at] + (room - wanted) * natural[at] / wanted
            elif needed < room:
                stretch = (room - needed) / max(wanted - needed, 1e-9)
                widths[at] = narrowest[at] + (natural[at] - narrowest[at]) * stretch
            else:
                widths[at] = narrowest[at] * room / needed
        total = sum(widths)
        return [wide * width / total for wide in widths]

    def _extent(self, at: int) -> _Extent:
        """What a column asks for, by its heading and the rows measured."""
        cell, head = self._full.cell, self._full.head
        title = self.columns[at].title
        text, day = natural_width(title, head.size, True), 0.0
        word = max((natural_width(each, head.size, True) for each in title.split()), default=0.0)
        texts = {row[at] for row in self.rows[:_MEASURED_ROWS]}
        for each in texts:
            text = max(text, natural_width(each, cell.size) if len(each) < 200 else 400.0)
            if self._full.whole_days:
                for found in _DAY.findall(each):
                    day = max(day, natural_width(found, cell.size))
        for each in {word for text in texts for word in text.split()}:
            word = max(word, natural_width(each if len(each) < _WORD else each[: _WORD // 2], cell.size))
        return _Extent(text, word, day)

    def _set_smaller(self, scale: float) -> None:
        """Set the type in this part of its full size."""

        def smaller(style: Style) -> Style:
            return replace(style, size=style.size * scale, leading=style.leading * scale)

        full = self._full
        self.style = full if scale == 1 else replace(full, cell=smaller(full.cell), head=smaller(full.head))
        self._styles = [replace(self.style.cell, align=column.align) for column in self.columns]
        self._strong_styles = [replace(style, bold=True) for style in self._styles]

    def height(self, width: float) -> float:
        self._measure(width)
        return self._header[1] + sum(tall for _cells, tall in self._set[self.start : self.stop])

    def split(self, width: float, room: float) -> tuple[Block | None, Block | None]:
        self._measure(width)
        used, at = self._header[1], self.start
        while at < self.stop and used + self._set[at][1] <= room + 0.01:
            used += self._set[at][1]
            at += 1
        if at == self.stop:
            return self, None
        if at == self.stop - 1 and at - self.start > 2:
            at -= 1  # no single row, least of all the total, alone on the next page
        if at == self.start:
            return self._split_row(room)
        return self._part(self.start, at, 0.0), self._part(at, self.stop, self.after)

    def _part(self, start: int, stop: int, after: float) -> Table:
        part = Table.__new__(Table)
        part.__dict__.update(self.__dict__)
        part.start, part.stop, part.after = start, stop, after
        return part

    def _split_row(self, room: float) -> tuple[Block | None, Block | None]:
        """A row taller than a page (a long quotation) is cut between its lines; else it moves on whole."""
        cells, tall = self._set[self.start]
        leading = self.style.cell.leading
        fits = int((room - self._header[1] - 2 * self.style.pad) // leading)
        if tall < 500 or fits < 3:
            return None, self
        first = [lines[:fits] for lines in cells]
        rest = [lines[fits:] for lines in cells]
        here, later = (
            self._part(self.start, self.start + 1, 0.0),
            self._part(self.start, self.stop, self.after),
        )
        here._set, later._set = list(self._set), list(self._set)
        here._set[self.start] = (first, fits * leading + 2 * self.style.pad)
        longest = max(len(lines) for lines in rest)
        later._set[self.start] = (rest, longest * leading + 2 * self.style.pad)
        return here, later

    def draw(self, canvas: TaggedCanvas, x: float, top: float, width: float) -> None:
        self._measure(width)
        self._draw_header(canvas, x, top, width)
        top -= self._header[1]
        for at in range(self.start, self.stop):
            cells, tall = self._set[at]
            styles = self._cell_styles(at)
            row = Element("TR", self.element)
            left = x
            for number, (lines, wide) in enumerate(zip(cells, self._widths, strict=True)):
                header = self.style.row_headers and number == 0
                element = Element(
                    "TH" if header else "TD", row, attributes=_SCOPE.format(scope="Row") if header else ""
                )
                with canvas.tagged(element):
                    draw_lines(
                        canvas, lines, styles[number], left + _PAD_X, top - self.style.pad, wide - 2 * _PAD_X
                    )
                left += wide
            top -= tall
            with canvas.artifact():
                hairline(canvas, x, top, x + width, top, RULE, 0.45)

    def _draw_header(self, canvas: TaggedCanvas, x: float, top: float, width: float) -> None:
        cells, tall = self._header
        with canvas.artifact():
            canvas.setFillColorRGB(*self.style.tint)
            canvas.rect(x, top - tall, width, tall, stroke=0, fill=1)
            hairline(canvas, x, top - tall, x + width, top - tall, NAVY, 0.8)
        repeated = self.element.drawn
        row = Element("TR", self.element)
        for lines, wide, column in zip(cells, self._widths, self.columns, strict=True):
            style = replace(self.style.head, align=column.align)
            baseline = top - tall + len(lines) * style.leading + self.style.pad
            if repeated:
                with canvas.artifact("Pagination"):
                    draw_lines(canvas, lines, style, x + _PAD_X, baseline, wide - 2 * _PAD_X)
            else:
                element = Element("TH", row, attributes=_SCOPE.format(scope="Column"))
                with canvas.tagged(element):
                    draw_lines(canvas, lines, style, x + _PAD_X, baseline, wide - 2 * _PAD_X)
            x += wide
