"""The bar chart of the governors' report, drawn so that a hidden count looks the same whatever it is."""

from __future__ import annotations

from collections.abc import Sequence

from smdesk.documents.layout import GREY, NAVY, RULE, Figure, Style, hairline, single_line, width_of
from smdesk.documents.tagging import Colour, TaggedCanvas
from smdesk.policy.suppression import Cell, Hidden

_BAR: Colour = (0.20, 0.38, 0.62)
_STRIPE: Colour = (0.62, 0.69, 0.79)
_LABEL = Style(size=8, leading=10, colour=GREY)
_VALUE = Style(size=8.2, leading=10, bold=True, colour=NAVY)
_TALL = 165.0


def nice_top(largest: int) -> tuple[int, int]:
    """The top of the axis and the step between its lines, both whole numbers."""
    for step in (1, 2, 5, 10, 20, 25, 50, 100, 200, 250, 500, 1000, 2000, 5000, 10000, 20000, 50000):
        if step * 5 >= largest:
            lines = max(1, -(-largest // step))
            return lines * step, step
    step = -(-largest // 5)
    return step * 5, step


def bar_chart(alt: str, bars: Sequence[tuple[str, Cell]], threshold: int) -> Figure:
    """A bar for each shown count with its number on it; a striped stub of one height for each hidden one.

    The axis is chosen from shown counts alone, so it gives nothing away. Colour is never the only sign.
    """
    shown = [count for _label, count in bars if isinstance(count, int)]
    top, step = nice_top(max([*shown, threshold]))

    def paint(canvas: TaggedCanvas, x: float, y: float, wide: float, tall: float) -> None:
        axis = max(width_of(str(top), _LABEL) + 6, 18)
        left, foot, high = x + axis, y + 26, tall - 26 - 16
        for value in range(0, top + 1, step):
            level = foot + high * value / top
            hairline(canvas, left, level, x + wide, level, RULE, 0.8 if value == 0 else 0.4)
            line, extent = single_line(str(value), _LABEL)
            canvas.text_line(line, left - 5 - extent, level - 2.8, _LABEL.size, _LABEL.colour)
        slot = (wide - axis) / len(bars)
        bar = min(slot * 0.62, 46.0)
        for number, (label, count) in enumerate(bars):
            middle = left + slot * (number + 0.5)
            _bar(canvas, count, middle - bar / 2, foot, bar, high, top, threshold)
            for row, part in enumerate(label.split(" ", 1)):
                centred(canvas, part, middle, y + 14 - 10 * row, slot - 1, _LABEL)
            if isinstance(count, int):
                centred(canvas, f"{count:,}", middle, foot + high * count / top + 3, slot, _VALUE)

    return Figure(alt, _TALL, paint)


def _bar(
    canvas: TaggedCanvas, count: Cell, x: float, foot: float, wide: float, high: float, top: int, limit: int
) -> None:
    if isinstance(count, int):
        canvas.setFillColorRGB(*_BAR)
        canvas.rect(x, foot, wide, high * count / top, stroke=0, fill=1)
        return
    stub = 11.0
    canvas.saveState()
    outline = canvas.beginPath()
    outline.rect(x, foot, wide, stub)
    canvas.clipPath(outline, stroke=0, fill=0)
    offset = -stub
    while offset < wide:
        hairline(canvas, x + offset, foot, x + offset + stub, foot + stub, _STRIPE, 1.4)
        offset += 5
    canvas.restoreState()
    canvas.setStrokeColorRGB(*_STRIPE)
    canvas.setLineWidth(0.7)
    canvas.rect(x, foot, wide, stub, stroke=1, fill=0)
    words = f"< {limit}" if count is Hidden.FEW else "n/s"
    centred(canvas, words, x + wide / 2, foot + stub + 3, wide * 2, _VALUE)


def centred(canvas: TaggedCanvas, text: str, middle: float, y: float, room: float, style: Style) -> None:
    """A line of text around ``middle``, smaller where ``room`` is too narrow for it."""
    line, extent = single_line(text, style)
    size = style.size if extent <= room else max(5.0, style.size * room / extent)
    line, extent = single_line(text, Style(size=size, leading=10, bold=style.bold, colour=style.colour))
    canvas.text_line(line, middle - extent / 2, y, size, style.colour)
