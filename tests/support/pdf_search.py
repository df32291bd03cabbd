"""Looking for words everywhere in a PDF: not what it shows, but what is in it."""

from __future__ import annotations

import io
from collections.abc import Iterator
from typing import Any

import pikepdf
import pypdfium2


def everything_in(pdf: bytes) -> str:
    """All that a PDF holds, as one text in small letters: pages, every string of every object (metadata, outline,
    alternative texts, file names), every stream unpacked, and every picture's bytes.
    """
    parts = [*_pages(pdf)]
    with pikepdf.open(io.BytesIO(pdf)) as document:
        for thing in document.objects:
            parts += _strings(thing, 0)
            if isinstance(thing, pikepdf.Stream):
                parts += _read(thing)
        parts += _strings(document.trailer.get("/Info", pikepdf.Dictionary()), 0)
    return "\n".join(parts).casefold()


def _pages(pdf: bytes) -> Iterator[str]:
    document = pypdfium2.PdfDocument(pdf)
    try:
        for page in document:
            # With and without the blanks: a name may be broken over two lines.
            shown = page.get_textpage().get_text_bounded().replace("\x02", "-")
            yield " ".join(shown.split())
            yield "".join(shown.split())
    finally:
        document.close()


def _read(stream: pikepdf.Stream) -> Iterator[str]:
    for content in (_unpacked(stream), stream.read_raw_bytes()):
        yield content.decode("latin-1")
        yield content.decode("utf-8", "ignore")
        yield content.decode("utf-16-be", "ignore")


def _unpacked(stream: pikepdf.Stream) -> bytes:
    try:
        return stream.read_bytes()
    except pikepdf.PdfError:  # a JPEG: its bytes are looked through as they are
        return b""


def _strings(thing: Any, depth: int) -> Iterator[str]:
    if isinstance(thing, pikepdf.String):
        yield str(thing)
        yield bytes(thing).decode("latin-1")
    elif isinstance(thing, pikepdf.Name):
        yield str(thing)
    elif isinstance(thing, pikepdf.Array):
        for each in thing:
            if depth < 40 and not _elsewhere(each):
                yield from _strings(each, depth + 1)
    elif isinstance(thing, pikepdf.Dictionary | pikepdf.Stream):
        for key, each in thing.items():
            yield str(key)
            if depth < 40 and not _elsewhere(each):
                yield from _strings(each, depth + 1)


def _elsewhere(thing: Any) -> bool:
    """An object of its own is gone through by itself."""
    return isinstance(thing, pikepdf.Object) and thing.is_indirect
