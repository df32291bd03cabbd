"""Looking into a PDF the way a reader, a screen reader and a checker do."""

from __future__ import annotations

import io
from collections.abc import Iterator
from typing import Any

import pikepdf
import pypdfium2
from PIL import Image

MM = 72 / 25.4


def text_of(pdf: bytes) -> str:
    """All text, pages joined, blanks and line ends as single blanks; a hyphen at a line's end is a hyphen."""
    return " ".join(texts_of(pdf))


def texts_of(pdf: bytes) -> list[str]:
    """The text of each page, as ``text_of`` gives it."""
    document = pypdfium2.PdfDocument(pdf)
    try:
        pages = [document[number].get_textpage().get_text_bounded() for number in range(len(document))]
    finally:
        document.close()
    return [" ".join(page.replace("\x02", "-").split()) for page in pages]


def text_within(pdf: bytes, left: float, top: float, right: float, bottom: float) -> list[str]:
    """The lines of the first page inside a box given in millimetres from the top left."""
    document = pypdfium2.PdfDocument(pdf)
    try:
        page = document[0]
        tall = page.get_height()
        found = page.get_textpage().get_text_bounded(
            left * MM, tall - bottom * MM, right * MM, tall - top * MM
        )
    finally:
        document.close()
    return [line.strip() for line in found.replace("\x02", "-\n").splitlines() if line.strip()]


def picture_of(pdf: bytes, page: int = 0, scale: float = 0.6) -> Image.Image:
    """A page as a small grey picture."""
    document = pypdfium2.PdfDocument(pdf)
    try:
        return document[page].render(scale=scale).to_pil().convert("L")
    finally:
        document.close()


def opened(pdf: bytes) -> pikepdf.Pdf:
    return pikepdf.Pdf.open(io.BytesIO(pdf))


def elements(pdf: pikepdf.Pdf) -> Iterator[Any]:
    """Every structure element in reading order."""

    def walk(node: Any) -> Iterator[Any]:
        kids = node.get("/K")
        if kids is None:
            return
        for kid in kids if isinstance(kids, pikepdf.Array) else [kids]:
            if isinstance(kid, pikepdf.Dictionary) and kid.get("/Type") == pikepdf.Name.StructElem:
                yield kid
                yield from walk(kid)

    yield from walk(pdf.Root.StructTreeRoot)


def roles(pdf: bytes) -> list[str]:
    with opened(pdf) as document:
        return [str(element.S)[1:] for element in elements(document)]


def fonts(pdf: bytes) -> list[Any]:
    """The name of each font in the file, and whether its program is embedded."""
    found = []
    with opened(pdf) as document:
        for thing in document.objects:
            if isinstance(thing, pikepdf.Dictionary) and thing.get("/Type") == pikepdf.Name.Font:
                if "/DescendantFonts" in thing:
                    continue
                found.append((str(thing.BaseFont), "/FontFile2" in thing.FontDescriptor))
    return found
