"""Pages of one of the program's own PDFs as pictures. For worker threads; evidence never comes here.

PDFium may be used by one thread at a time in a process, hence the lock.
"""

from __future__ import annotations

import threading
from dataclasses import dataclass

from PySide6.QtGui import QImage

_one_at_a_time = threading.Lock()

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


def read(data: bytes) -> Paper:
    """Sizes and text of all pages."""
    import pypdfium2

    sizes, texts = [], []
    with _one_at_a_time:
        document = pypdfium2.PdfDocument(data)
        try:
            for number in range(len(document)):
                page = document[number]
                sizes.append(PageSize(*page.get_size()))
                text_page = page.get_textpage()
                texts.append(text_page.get_text_bounded())
                text_page.close()
                page.close()
        finally:
            document.close()
    return Paper(data, tuple(sizes), tuple(texts))


def draw(data: bytes, number: int, scale: float) -> QImage:
    """One page as a picture, ``scale`` pixels to the point."""
    import pypdfium2

    with _one_at_a_time:
        document = pypdfium2.PdfDocument(data)
        try:
            page = document[number]
            width, height = page.get_size()
            scale = min(scale, WIDEST_PIXELS / max(width, height))
            bitmap = page.render(scale=scale, prefer_bgrx=True, maybe_alpha=False)
            picture = QImage(
                bytes(bitmap.buffer),
                bitmap.width,
                bitmap.height,
                bitmap.stride,
                QImage.Format.Format_RGB32 if bitmap.n_channels == 4 else QImage.Format.Format_BGR888,
            ).copy()
            bitmap.close()
            page.close()
        finally:
            document.close()
    return picture
