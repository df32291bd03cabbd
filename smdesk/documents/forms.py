"""Blocks of papers that are filled in by hand: lines to write on, boxes to tick, frames, things side by side.

Lines and frames are decoration; the words beside them, and the box of each choice, are content. On a paper that may be
filled in on screen too (``canvas.fields``) each line and each box is a field as well.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from smdesk.documents.form_fields import FormFields
from smdesk.documents.layout import MM, NAVY, Block, Figure, Style, Text, Together, hairline
from smdesk.documents.tagging import Colour, Element, TaggedCanvas
from smdesk.documents.text import break_lines

LINE = 9.0 * MM
"""From one writing line to the next: room for an adult's handwriting."""

_INK: Colour = (0.25, 0.25, 0.25)
_LABEL = Style(size=9.6, leading=13, after=0)
_BOX = "\u2610"
_PAD = 9.0
"""Between a frame and what is in it, in points."""
_ASIDE = 14.0
"""Between a figure and what stands beside it."""


class WriteLines:
    """Empty ruled lines across the column. ``words`` say what belongs there, to a screen reader."""

    def __init__(self, count: int, words: str = "", *, after: float = 8.0) -> None:
        self.count, self.words = count, words
        self.before, self.after, self.keep_with_next = 0.0, after, False

    def height(self, width: float) -> float:
        return self.count * LINE

    def split(self, width: float, room: float) -> tuple[Block | None, Block | None]:
        return None, self

    def draw(self, canvas: TaggedCanvas, x: float, top: float, width: float) -> None:
        if canvas.fields is not None:
            # Typed lines would not meet ruled ones: a frame serves pen and keyboard alike.
            low = top - self.count * LINE
            with canvas.artifact():
                canvas.setStrokeColorRGB(*_INK)
                canvas.setLineWidth(0.6)
                canvas.rect(x, low, width, self.count * LINE - 2, stroke=1, fill=0)
            box = (x + 2, low + 2, x + width - 2, top - 4)
            canvas.fields.text(canvas, None, self.words, box, lines=self.count)
            return
        with canvas.artifact():
            for number in range(1, self.count + 1):
                hairline(canvas, x, top - number * LINE, x + width, top - number * LINE, _INK)


@dataclass(frozen=True, slots=True)
class Entry:
    """One thing to fill in: its label, its share of the row's width, and what is already known.

    ``by_hand``: written with a pen whatever else is typed, as a signature is. ``about`` goes before the label where
    the label alone does not say what is meant ("Name").
    """

    label: str
    share: float = 1.0
    value: str = ""
    by_hand: bool = False
    about: str = ""


class Fields:
    """Things to fill in beside each other, each a label and a line to write on."""

    def __init__(self, *entries: Entry, tall: float = 11.0 * MM) -> None:
        self.tall = tall
        self.before, self.after, self.keep_with_next = 0.0, 2.0, False
        whole = sum(entry.share for entry in entries)
        self.entries = [(entry, entry.share / whole, Text(entry.label, _LABEL)) for entry in entries]

    def height(self, width: float) -> float:
        tallest = max(
            text.height((width - _GUTTER * (len(self.entries) - 1)) * share * 0.62)
            for _entry, share, text in self.entries
        )
        return max(self.tall, tallest + 3)

    def split(self, width: float, room: float) -> tuple[Block | None, Block | None]:
        return None, self

    def draw(self, canvas: TaggedCanvas, x: float, top: float, width: float) -> None:
        base = top - self.height(width)
        room = width - _GUTTER * (len(self.entries) - 1)
        for entry, share, text in self.entries:
            wide = room * share
            least = min(wide * 0.62, max(line.width for line in text.lines(wide * 0.62)) + 4)
            # The label stands on the line, the way forms are read: word, then space to write.
            text.draw(canvas, x, base + text.height(wide * 0.62) - 1, wide * 0.62)
            with canvas.artifact():
                hairline(canvas, x + least, base, x + wide, base, _INK)
            if entry.value:
                value = Text(entry.value, replace(_LABEL, bold=True))
                value.draw(canvas, x + least + 3, base + value.height(wide - least) - 1, wide - least)
            elif canvas.fields is not None and not entry.by_hand:
                box = (x + least + 1, base - 2, x + wide, base + min(self.height(width) - 5, 14))
                canvas.fields.text(canvas, None, f"{entry.about} {entry.label}", box)
            x += wide + _GUTTER


_GUTTER = 12.0


class Ticks:
    """Choices, each with a box to tick, in columns. A list to a screen reader: box, then words.

    ``about`` is what the choices answer, for whoever hears one by itself.
    """

    def __init__(
        self, choices: Sequence[str], columns: int = 3, *, size: float = 9.6, about: str = ""
    ) -> None:
        self.columns, self.about = columns, about
        self.style = Style(size=size, leading=size * 1.3, after=0)
        self.box = size * 1.75
        self.before, self.after, self.keep_with_next = 0.0, 6.0, False
        self.element = Element("L", attributes="<</O /List /ListNumbering /None>>")
        self.items: list[tuple[Element, Text]] = []
        self.choices = tuple(choices)
        for words in choices:
            entry = Element("LI", self.element)
            self.items.append((Element("Lbl", entry), Text(words, self.style, "LBody", parent=entry)))

    def _rows(self) -> list[list[tuple[Element, Text]]]:
        return [self.items[at : at + self.columns] for at in range(0, len(self.items), self.columns)]

    def _tall(self, row: list[tuple[Element, Text]], width: float) -> float:
        inner = width / self.columns - self.box - 4
        return max(self.box * 1.22, max(text.height(inner) for _label, text in row) + 4)

    def height(self, width: float) -> float:
        return sum(self._tall(row, width) for row in self._rows())

    def split(self, width: float, room: float) -> tuple[Block | None, Block | None]:
        return None, self

    def draw(self, canvas: TaggedCanvas, x: float, top: float, width: float) -> None:
        step = width / self.columns
        box = break_lines(_BOX, self.box, step)
        words = iter(self.choices)
        for row in self._rows():
            left = x
            for label, text in row:
                with canvas.tagged(label):
                    canvas.text_line(box[0], left, top - self.box * 0.86, self.box)
                if canvas.fields is not None:
                    self._field(canvas.fields, canvas, label, next(words), left, top - self.box * 0.86)
                text.draw(canvas, left + self.box + 2, top - self.box * 0.16, step - self.box - 6)
                left += step
            top -= self._tall(row, width)

    def _field(
        self, fields: FormFields, canvas: TaggedCanvas, label: Element, words: str, left: float, base: float
    ) -> None:
        # The square within the glyph of the box.
        box = (left + self.box * 0.12, base - self.box * 0.04, left + self.box * 0.8, base + self.box * 0.64)
        fields.tick(canvas, label, f"{self.about}: {words}" if self.about else words, box)


class Panel:
    """Blocks inside a frame, kept together on one page."""

    def __init__(self, blocks: Sequence[Block], *, weight: float = 1.2) -> None:
        self.inner, self.weight = Together(blocks), weight
        self.before, self.after, self.keep_with_next = 6.0, 9.0, False

    def height(self, width: float) -> float:
        return self.inner.height(width - 2 * _PAD) + 2 * _PAD

    def split(self, width: float, room: float) -> tuple[Block | None, Block | None]:
        return None, self

    def draw(self, canvas: TaggedCanvas, x: float, top: float, width: float) -> None:
        tall = self.height(width)
        with canvas.artifact():
            canvas.setStrokeColorRGB(*NAVY)
            canvas.setLineWidth(self.weight)
            canvas.rect(x, top - tall, width, tall, stroke=1, fill=0)
        self.inner.draw(canvas, x + _PAD, top - _PAD, width - 2 * _PAD)


class Beside:
    """A figure with blocks to the right of it, kept together on one page."""

    def __init__(self, figure: Figure, blocks: Sequence[Block]) -> None:
        self.figure, self.inner = figure, Together(blocks)
        self.aside = (figure.wide or 0.0) + _ASIDE
        self.before, self.after, self.keep_with_next = 2.0, 5.0, False

    def height(self, width: float) -> float:
        return max(self.figure.tall, self.inner.height(width - self.aside))

    def split(self, width: float, room: float) -> tuple[Block | None, Block | None]:
        return None, self

    def draw(self, canvas: TaggedCanvas, x: float, top: float, width: float) -> None:
        self.figure.draw(canvas, x, top, width)
        self.inner.draw(canvas, x + self.aside, top, width - self.aside)
