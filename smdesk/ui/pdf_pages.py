"""Pages of one of the program's own PDFs as pictures and as text. For worker threads; evidence never comes here.

PDFium may be used by one thread at a time in a process, and closing counts as use. So every function takes the one
lock, opens the paper, does its work and closes everything again before it lets go: nothing of PDFium is left for
the garbage collector to close at some other moment. Opening one of our papers takes a few milliseconds at most.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from PySide6.QtCore import QRectF
from PySide6.QtGui import QImage

from smdesk.documents.pdfium import one_at_a_time
from smdesk.errors import Damaged

WIDEST_PIXELS = 12_000


@dataclass(frozen=True, slots=True)
class PageSize:
    """In points (1/72 inch)."""

    width: float
    height: float


@dataclass(frozen=True, slots=True)
class Paper:
    """What is known of a PDF before any page is drawn: sizes, and the text for a screen reader."""

    data: bytes
    sizes: tuple[PageSize, ...]
    texts: tuple[str, ...]
    starts: tuple[int, ...] = ()
    """Pages (from 0) that begin a fresh sheet where both sides are printed: letters one after another."""


@dataclass(frozen=True, slots=True)
class Found:
    """A place where searched words stand: the page (from 0) and boxes in points from the page's top left."""

    page: int
    boxes: tuple[QRectF, ...]


def read(data: bytes, starts: tuple[int, ...] = ()) -> Paper:
    """Sizes and text of all pages; ``starts`` as in ``Paper``. Raises Damaged where the paper cannot be read."""
    sizes, texts = [], []
    with _opened(data) as document:
        for number in range(len(document)):
            with _page(document, number) as page, _words(page) as words:
                sizes.append(PageSize(*page.get_size()))
                texts.append(words.get_text_bounded().replace("\r\n", "\n"))
    return Paper(data, tuple(sizes), tuple(texts), starts)


def draw(data: bytes, number: int, scale: float, *, for_print: bool = False) -> QImage:
    """One page (from 0) as a picture, ``scale`` pixels to the point. Raises Damaged."""
    with _opened(data) as document, _page(document, number) as page:
        scale = min(scale, WIDEST_PIXELS / max(page.get_size()))
        bitmap = page.render(
            scale=scale,
            prefer_bgrx=True,
            maybe_alpha=False,
            may_draw_forms=False,
            optimize_mode="print" if for_print else None,
        )
        try:
            return QImage(
                memoryview(bitmap.buffer),
                bitmap.width,
                bitmap.height,
                bitmap.stride,
                QImage.Format.Format_RGB32 if bitmap.n_channels == 4 else QImage.Format.Format_BGR888,
            ).copy()
        finally:
            bitmap.close()


def find(data: bytes, text: str) -> tuple[Found, ...]:
    """Every place where ``text`` stands, whatever its capitals, in reading order. Raises Damaged."""
    places: list[Found] = []
    if not text.strip():
        return ()
    with _opened(data) as document:
        for number in range(len(document)):
            with _page(document, number) as page, _words(page) as words:
                height = page.get_height()
                search = words.search(text.strip())
                try:
                    while (hit := search.get_next()) is not None:
                        places.append(Found(number, _boxes(words, height, *hit)))
                finally:
                    search.close()
    return tuple(places)


def _boxes(words: Any, height: float, start: int, count: int) -> tuple[QRectF, ...]:
    boxes = []
    for place in range(words.count_rects(start, count)):
        left, bottom, right, top = words.get_rect(place)
        boxes.append(QRectF(left, height - top, right - left, top - bottom))
    return tuple(boxes)


@contextmanager
def _opened(data: bytes) -> Iterator[Any]:
    import pypdfium2

    with one_at_a_time:
        try:
            document = pypdfium2.PdfDocument(data)
        except pypdfium2.PdfiumError as error:
            raise Damaged("This paper cannot be read: the file is damaged.", "the paper") from error
        try:
            yield document
        finally:
            document.close()


@contextmanager
def _page(document: Any, number: int) -> Iterator[Any]:
    page = document[number]
    try:
        yield page
    finally:
        page.close()


@contextmanager
def _words(page: Any) -> Iterator[Any]:
    words = page.get_textpage()
    try:
        yield words
    finally:
        words.close()
