"""The words on a paper, as whoever reads it sees them."""

from __future__ import annotations

from pathlib import Path

import pypdfium2


def printed_pages(pdf: bytes | Path) -> list[str]:
    """The words of each page, line by line."""
    document = pypdfium2.PdfDocument(pdf)
    try:
        return [page.get_textpage().get_text_range() for page in document]
    finally:
        document.close()


def printed(pdf: bytes | Path) -> str:
    """The words of all pages, in one line."""
    return " ".join(" ".join(printed_pages(pdf)).split())
