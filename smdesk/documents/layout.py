"""Blocks of a paper (paragraphs, lists, figures) and the flow that sets them on pages.

Lengths are points. A block knows its height at a width, can be split where a page ends, and draws itself
under a given top edge. Tables are in ``documents.tables``.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import Protocol

from smdesk.documents.tagging import BLACK, Colour, Element, TaggedCanvas
from smdesk.documents.text import Line, Rich, Span, break_lines, natural_width, spans_of

MM = 72 / 25.4
NAVY: Colour = (0.09, 0.17, 0.33)
GREY: Colour = (0.33, 0.35, 0.38)
PALE: Colour = (0.93, 0.95, 0.97)
RULE: Colour = (0.72, 0.76, 0.82)
_LAST_LINES = 3  # of a long last paragraph, for the page of its signature


@dataclass(frozen=True, slots=True)
class Style:
    """How a paragraph is set. ``leading`` is the distance between baselines, ``tracking`` as in ``text.Span``."""

    size: float = 10.5
    leading: float = 14.6
    bold: bool = False
    italic: bool = False
    colour: Colour = BLACK
    before: float = 0.0
    after: float = 7.0
    align: str = "left"
    keep_with_next: bool = False
    tracking: float = 0.0


BODY = Style()
SMALL = Style(size=8.5, leading=11.6, colour=GREY, after=3)
TITLE = Style(size=19, leading=24, bold=True, colour=NAVY, after=5, keep_with_next=True)
HEADING = Style(size=12.5, leading=16, bold=True, colour=NAVY, before=10, after=5, keep_with_next=True)
SUBHEADING = Style(size=10.5, leading=14, bold=True, colour=NAVY, before=5, after=3, keep_with_next=True)


class Block(Protocol):
    """Anything the flow can set. ``split`` gives what fits in ``room`` and the rest; None where nothing."""

    before: float
    after: float
    keep_with_next: bool

    def height(self, width: float) -> float: ...

    def split(self, width: float, room: float) -> tuple[Block | None, Block | None]: ...

    def draw(self, canvas: TaggedCanvas, x: float, top: float, width: float) -> None: ...


def styled(rich: Rich, style: Style) -> Sequence[Span]:
    """The spans with the style's bold, italic and tracking applied."""
    if not (style.bold or style.italic or style.tracking):
        return spans_of(rich)
    return [
        Span(s.text, s.bold or style.bold, s.italic or style.italic, s.link, style.tracking)
        for s in spans_of(rich)
    ]


def draw_lines(
    canvas: TaggedCanvas, lines: Sequence[Line], style: Style, x: float, top: float, width: float
) -> None:
    """Draw lines under ``top``, without opening any element."""
    baseline = top - style.leading * 0.5 - style.size * 0.36
    for line in lines:
        shift = {"right": width - line.width, "centre": (width - line.width) / 2}.get(style.align, 0.0)
        canvas.text_line(line, x + shift, baseline, style.size, style.colour)
        baseline -= style.leading


class Text:
    """A paragraph or heading. One structure element, however many pages it runs over."""

    def __init__(
        self,
        rich: Rich,
        style: Style = BODY,
        role: str = "P",
        *,
        parent: Element | None = None,
        base: int | None = 0,
    ) -> None:
        self.style, self.rich, self.base = style, rich, base
        self.element = Element(role, parent)
        self.before, self.after, self.keep_with_next = style.before, style.after, style.keep_with_next
        self._lines: list[Line] | None = None
        self._width = -1.0

    def lines(self, width: float) -> list[Line]:
        """The text broken at this width."""
        if self._lines is None or (self._width >= 0 and self._width != width):
            self._lines = break_lines(styled(self.rich, self.style), self.style.size, width, self.base)
            self._width = width
        return self._lines

    def height(self, width: float) -> float:
        return len(self.lines(width)) * self.style.leading

    def split(self, width: float, room: float) -> tuple[Block | None, Block | None]:
        lines = self.lines(width)
        fits = int((room + 0.01) // self.style.leading)
        if fits >= len(lines):
            return self, None
        # No single line of a paragraph alone at the foot or the head of a page.
        fits = min(fits, len(lines) - 2)
        if fits < 2:
            return None, self
        return self._part(lines[:fits], after=0.0), self._part(lines[fits:], before=0.0)

    def divided(self, width: float, lines: int) -> tuple[Text, Text] | None:
        """The paragraph without its last lines, and these; None where it is too short to be divided."""
        held = self.lines(width)
        if len(held) < lines + 2:
            return None
        return self._part(held[:-lines], after=0.0), self._part(held[-lines:], before=0.0)

    def _part(self, lines: list[Line], before: float | None = None, after: float | None = None) -> Text:
        part = Text("", self.style, base=self.base)
        part.element, part._lines = self.element, lines
        part.before = self.before if before is None else before
        part.after = self.after if after is None else after
        part.keep_with_next = self.keep_with_next
        return part

    def draw(self, canvas: TaggedCanvas, x: float, top: float, width: float) -> None:
        lines = self.lines(width)
        if not any(line.pieces for line in lines):
            return
        with canvas.tagged(self.element):
            draw_lines(canvas, lines, self.style, x, top, width)


@dataclass(slots=True)
class Gap:
    """Empty space."""

    space: float
    before: float = 0.0
    after: float = 0.0
    keep_with_next: bool = False

    def height(self, width: float) -> float:
        return self.space

    def split(self, width: float, room: float) -> tuple[Block | None, Block | None]:
        return None, None

    def draw(self, canvas: TaggedCanvas, x: float, top: float, width: float) -> None:
        return


@dataclass(slots=True)
class Rule:
    """A thin line across the column: decoration."""

    before: float = 4.0
    after: float = 4.0
    keep_with_next: bool = False
    colour: Colour = RULE

    def height(self, width: float) -> float:
        return 0.6

    def split(self, width: float, room: float) -> tuple[Block | None, Block | None]:
        return None, None

    def draw(self, canvas: TaggedCanvas, x: float, top: float, width: float) -> None:
        with canvas.artifact():
            hairline(canvas, x, top, x + width, top, self.colour)


def hairline(
    canvas: TaggedCanvas, x1: float, y1: float, x2: float, y2: float, colour: Colour, weight: float = 0.6
) -> None:
    """A line; the caller has opened an artifact or a figure."""
    canvas.setStrokeColorRGB(*colour)
    canvas.setLineWidth(weight)
    canvas.line(x1, y1, x2, y2)


class ListBlock:
    """A list: L with an LI for each item, its label and body. ``rtl``: the labels stand at the right."""

    def __init__(
        self,
        items: Sequence[Rich],
        style: Style = BODY,
        *,
        numbered: bool = False,
        indent: float = 14.0,
        rtl: bool = False,
        parent: Element | None = None,
    ) -> None:
        self.style, self.indent, self.rtl = style, indent, rtl
        kind = "Decimal" if numbered else "Disc"
        self.element = Element("L", parent, attributes=f"<</O /List /ListNumbering /{kind}>>")
        self.before, self.after, self.keep_with_next = style.before, style.after, False
        self.rows: list[tuple[str, Element, Text]] = []
        for number, item in enumerate(items, start=1):
            entry = Element("LI", self.element)
            label = Element("Lbl", entry)
            body = Text(item, replace(style, after=0), "LBody", parent=entry, base=int(rtl))
            self.rows.append((f"{number}." if numbered else "•", label, body))

    @property
    def _between(self) -> float:
        return self.style.leading * 0.22

    def _copy(self, rows: list[tuple[str, Element, Text]], after: float) -> ListBlock:
        part = ListBlock((), self.style, indent=self.indent, rtl=self.rtl)
        part.element, part.rows, part.after = self.element, rows, after
        return part

    def divided(self, width: float, lines: int) -> tuple[ListBlock, ListBlock] | None:
        """The list without its last item, and that; of a long last item its last lines, of short ones the last two.
        None for a list of one short item.
        """
        inner = width - self.indent
        mark, label, text = self.rows[-1]
        parts = text.divided(inner, lines)
        if parts is not None:
            stays = [*self.rows[:-1], (mark, label, parts[0])]
            return self._copy(stays, 0.0), self._copy([("", label, parts[1])], self.after)
        if len(self.rows) < 2:
            return None
        short = len(self.rows) > 3 and all(len(row[2].lines(inner)) == 1 for row in self.rows[-2:])
        last = 2 if short else 1
        return self._copy(self.rows[:-last], self._between), self._copy(self.rows[-last:], self.after)

    def height(self, width: float) -> float:
        inner = width - self.indent
        total = sum(text.height(inner) for _mark, _label, text in self.rows)
        return total + self._between * max(0, len(self.rows) - 1)

    def split(self, width: float, room: float) -> tuple[Block | None, Block | None]:
        used, inner = 0.0, width - self.indent
        for at, (mark, label, text) in enumerate(self.rows):
            extent = text.height(inner)
            if used + extent > room + 0.01:
                first, rest = text.split(inner, room - used)
                here = list(self.rows[:at])
                if isinstance(first, Text):
                    here.append((mark, label, first))
                later = [(mark if first is None else "", label, rest if isinstance(rest, Text) else text)]
                if not here:
                    return None, self
                return self._copy(here, 0.0), self._copy(later + self.rows[at + 1 :], self.after)
            used += extent + self._between
        return self, None

    def draw(self, canvas: TaggedCanvas, x: float, top: float, width: float) -> None:
        inner = width - self.indent
        for mark, label, text in self.rows:
            if mark:
                lines = break_lines(mark, self.style.size, width, int(self.rtl))
                with canvas.tagged(label):
                    draw_lines(canvas, lines, self.style, x, top, width)
            text.draw(canvas, x if self.rtl else x + self.indent, top, inner)
            top -= text.height(inner) + self._between


class Figure:
    """A drawing with a description. ``paint`` draws inside the box given as left, bottom, width, height."""

    def __init__(
        self,
        alt: str,
        tall: float,
        paint: Callable[[TaggedCanvas, float, float, float, float], None],
        *,
        wide: float | None = None,
    ) -> None:
        self.alt, self.tall, self.wide, self.paint = alt, tall, wide, paint
        self.before, self.after, self.keep_with_next = 4.0, 8.0, False

    def height(self, width: float) -> float:
        return self.tall

    def split(self, width: float, room: float) -> tuple[Block | None, Block | None]:
        return None, self

    def draw(self, canvas: TaggedCanvas, x: float, top: float, width: float) -> None:
        wide = self.wide or width
        box = f"[{x:.2f} {top - self.tall:.2f} {x + wide:.2f} {top:.2f}]"
        element = Element("Figure", alt=self.alt, attributes=f"<</O /Layout /Placement /Block /BBox {box}>>")
        with canvas.tagged(element):
            self.paint(canvas, x, top - self.tall, wide, self.tall)


class Together:
    """Blocks that are moved to the next page as one (a sign-off and its signature)."""

    def __init__(self, blocks: Sequence[Block]) -> None:
        self.blocks = list(blocks)
        self.before = self.blocks[0].before if self.blocks else 0.0
        self.after = self.blocks[-1].after if self.blocks else 0.0
        self.keep_with_next = False

    def height(self, width: float) -> float:
        total = 0.0
        for at, block in enumerate(self.blocks):
            total += block.height(width)
            if at:
                total += max(block.before, self.blocks[at - 1].after)
        return total

    def split(self, width: float, room: float) -> tuple[Block | None, Block | None]:
        return None, self

    def draw(self, canvas: TaggedCanvas, x: float, top: float, width: float) -> None:
        for at, block in enumerate(self.blocks):
            if at:
                top -= max(block.before, self.blocks[at - 1].after)
            block.draw(canvas, x, top, width)
            top -= block.height(width)


@dataclass(frozen=True, slots=True)
class Frame:
    """The text area of a page: left and top edge (from the sheet's lower left), width and height."""

    left: float
    top: float
    width: float
    height: float


@dataclass(slots=True)
class Page:
    """What goes on one page: each block with its top edge."""

    frame: Frame
    placed: list[tuple[Block, float]] = field(default_factory=list)


def flow(
    blocks: Sequence[Block],
    first: Frame,
    later: Frame,
    tick: Callable[[int], None] = lambda pages: None,
) -> list[Page]:
    """Set the blocks on as many pages as they need. ``tick`` is called as each page fills and may raise."""
    pages = [Page(first)]
    y, fresh, gap = first.top, True, 0.0

    def turn() -> None:
        nonlocal y, fresh, gap
        pages.append(Page(later))
        tick(len(pages))
        y, fresh, gap = later.top, True, 0.0

    queue = list(reversed(blocks))
    while queue:
        block = queue.pop()
        frame = pages[-1].frame
        space = 0.0 if fresh else max(gap, block.before)
        room = y - space - (frame.top - frame.height)
        tall = block.height(frame.width)
        needed = tall + _company(block, queue, frame.width)
        if needed <= room + 0.01 or (fresh and tall <= room + 0.01):
            pages[-1].placed.append((block, y - space))
            y, gap, fresh = y - space - tall, block.after, False
            continue
        if isinstance(block, Gap | Rule):
            if not fresh:
                turn()
            continue
        if isinstance(block, Together) and tall > max(later.height, first.height):
            # Taller than any page: it cannot stay together, so its parts are set one after another.
            queue.extend(reversed(block.blocks))
            continue
        head, rest = (None, block) if tall <= room else block.split(frame.width, room)
        if head is not None:
            pages[-1].placed.append((head, y - space))
            y, fresh, gap = y - space - head.height(frame.width), False, head.after
        elif fresh:
            # Nothing of it fits an empty page: set it anyway rather than loop for ever or lose it.
            pages[-1].placed.append((block, y))
            rest = None
        if rest is not None:
            queue.append(rest)
            turn()
    return pages


def _company(block: Block, queue: Sequence[Block], width: float) -> float:
    """How much of the following blocks must share the page with a heading."""
    if not block.keep_with_next or not queue:
        return 0.0
    following = queue[-1]
    space = max(block.after, following.before)
    if following.keep_with_next:
        return space + following.height(width) + _company(following, queue[:-1], width)
    two_lines = 2 * following.style.leading if isinstance(following, Text | ListBlock) else 0.0
    return space + min(following.height(width), max(44.0, two_lines))


def taken_along(blocks: list[Block], column: float, most: float, *, groups: int = 1) -> list[Block]:
    """What a signature or a box to sign takes to its page, taken off the end of ``blocks``: a page that carries
    nothing else could end any paper.

    The last paragraph or list with its heading, ``groups`` of them, together up to ``most`` points; of a longer last
    one its last lines, of a list its last items. The first two blocks (a salutation and a title) stay.
    """
    taken: list[Block] = []
    for _ in range(groups):
        if len(blocks) <= 2:
            break
        last = blocks[-1]
        tall = last.height(column)
        if tall <= most:
            most -= tall
            taken.insert(0, blocks.pop())
            if blocks[-1].keep_with_next:
                taken.insert(0, blocks.pop())
            continue
        parts: tuple[Block, Block] | None = None
        if (not taken and isinstance(last, Text)) or (not taken and isinstance(last, ListBlock)):
            parts = last.divided(column, _LAST_LINES)
        if parts is not None and parts[1].height(column) <= most:
            blocks[-1] = parts[0]
            taken.append(parts[1])
        break
    return taken


def single_line(text: str, style: Style) -> tuple[Line, float]:
    """One unbroken line and its width, for headers, axes and labels."""
    line = break_lines(styled(text, style), style.size, 1e9)[0]
    return line, line.width


def width_of(rich: Rich, style: Style) -> float:
    """The width of a text set on one line."""
    return natural_width(rich, style.size, style.bold, style.tracking)
