"""QR codes as vector drawings: sharp at any size, and readable from a photocopy."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from smdesk.errors import Invalid

if TYPE_CHECKING:
    from smdesk.documents.layout import Figure
    from smdesk.documents.tagging import TaggedCanvas

SMALLEST_MM = 38.0
MODULE_MM = 0.42
"""A phone reads modules of this size from arm's length, and a copier keeps them apart."""

MOST = 2_331
"""Characters of a code like ours that the largest symbol holds at its level."""

QUIET = 4
"""White modules around the symbol, as the standard asks for."""


def matrix(text: str) -> list[list[bool]]:
    """The modules of the code for ``text``, row by row from the top, True for black, without the quiet zone.

    A fifteenth of it may be damaged (level M). Raises ``Invalid`` where the text is too long for one code.
    """
    import segno

    try:
        code = segno.make_qr(text, error="M", boost_error=False)
    except segno.DataOverflowError as error:
        raise Invalid.one("code", "This is too much text for one QR code.") from error
    return [[bool(module) for module in row] for row in code.matrix]


def size_mm(modules: int) -> float:
    """How wide the symbol is printed, quiet zone not counted."""
    return max(SMALLEST_MM, modules * MODULE_MM)


def figure(text: str, alt: str) -> Figure:
    """The code with its quiet zone, as a figure described by ``alt``. Raises ``Invalid`` as ``matrix``."""
    from smdesk.documents.layout import MM, Figure

    modules = matrix(text)
    count = len(modules)
    module = size_mm(count) * MM / count
    side = (count + 2 * QUIET) * module

    def paint(canvas: TaggedCanvas, x: float, y: float, _wide: float, tall: float) -> None:
        canvas.setFillColorRGB(1, 1, 1)
        canvas.rect(x, y, side, side, stroke=0, fill=1)
        path = canvas.beginPath()
        for row, start, length in _bars(modules):
            left, top = x + (QUIET + start) * module, y + tall - (QUIET + row) * module
            path.rect(left, top - module, length * module, module)
        canvas.setFillColorRGB(0, 0, 0)
        canvas.drawPath(path, stroke=0, fill=1)

    drawing = Figure(alt, side, paint, wide=side)
    drawing.before = drawing.after = 0.0
    return drawing


def _bars(modules: list[list[bool]]) -> Iterator[tuple[int, int, int]]:
    """Runs of black modules as row, first column and length: a tenth of the rectangles of single modules."""
    for number, row in enumerate(modules):
        start = None
        for column, black in enumerate([*row, False]):
            if black and start is None:
                start = column
            elif not black and start is not None:
                yield number, start, column - start
                start = None
