"""Lines of a table of contents: a title that is a link, dots, and the page it stands on."""

from __future__ import annotations

from dataclasses import replace

from smdesk.documents.layout import BODY, GREY, Block, Style, draw_lines, single_line, width_of
from smdesk.documents.tagging import Element, TaggedCanvas
from smdesk.documents.text import Line, Span, break_lines

_NUMBERS = 34.0
"""Room kept for the page number at the right, in points."""


def contents_element() -> Element:
    """The table of contents that its lines belong to."""
    return Element("TOC")


class ContentsLine:
    """One line. ``link`` is where it leads; ``under`` sets it in, below a line of its own."""

    def __init__(self, title: str, number: int, link: str, parent: Element, *, under: bool = False) -> None:
        self.title, self.number, self.link = title, number, link
        self.indent = 14.0 if under else 0.0
        self.style: Style = replace(BODY, size=9.6, leading=13.4) if under else BODY
        self.before, self.after, self.keep_with_next = (0.0, 1.5, False) if under else (3.0, 2.0, False)
        self.element = Element("TOCI", parent)

    def _lines(self, width: float) -> list[Line]:
        words = [Span(self.title, link=self.link)]
        return break_lines(words, self.style.size, width - self.indent - _NUMBERS)

    def height(self, width: float) -> float:
        return len(self._lines(width)) * self.style.leading

    def split(self, width: float, room: float) -> tuple[Block | None, Block | None]:
        return None, self

    def draw(self, canvas: TaggedCanvas, x: float, top: float, width: float) -> None:
        style = self.style
        lines = self._lines(width)
        reference = Element("Reference", self.element)
        inner = width - self.indent - _NUMBERS
        with canvas.tagged(reference):
            draw_lines(canvas, lines, style, x + self.indent, top, inner)
        base = top - (len(lines) - 1) * style.leading
        number, wide = single_line(str(self.number), style)
        y = base - style.leading * 0.5 - style.size * 0.36
        start, end = x + self.indent + lines[-1].width + 5, x + width - wide - 5
        step = width_of(" .", style)
        with canvas.artifact():
            dots, _wide = single_line(" ." * max(0, int((end - start) / step)), replace(style, colour=GREY))
            if dots.pieces:
                canvas.text_line(dots, end - dots.width, y, style.size, GREY)
        with canvas.tagged(reference):
            canvas.text_line(number, x + width - wide, y, style.size, style.colour)
