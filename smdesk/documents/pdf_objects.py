"""PDF objects whose source we write ourselves, as PDF/A wants them and cheaper than ReportLab's own."""

from __future__ import annotations

import zlib
from typing import Any

from reportlab.pdfbase.pdfdoc import PDFObject


class Raw(PDFObject):
    """An indirect object whose source is already known: far cheaper than a PDFDictionary for each cell."""

    __RefOnly__ = 1

    def __init__(self, content: str = "") -> None:
        self.content = content

    def format(self, document: Any) -> bytes:
        return self.content.encode("ascii")


class Stream(PDFObject):
    """A stream, compressed unless ``plain``. ``entries`` is the source of what else stands in its dictionary.

    PDF/A wants a line end before ``endstream`` that is not part of the stream (ISO 19005-2, 6.1.7.1); ReportLab's
    own streams have none. Both characters of it: after a stream that happens to end in the first of them, the second
    alone would count as half of a line end, and the length as one too many.
    """

    __RefOnly__ = 1

    def __init__(self, data: bytes, entries: str = "", *, plain: bool = False) -> None:
        content = data if plain else zlib.compress(data, 6)
        packed = "" if plain else " /Filter /FlateDecode"
        head = f"<</Length {len(content)}{packed}{' ' + entries if entries else ''}>>\nstream\n"
        self._source = head.encode("ascii") + content + b"\r\nendstream"

    def format(self, document: Any) -> bytes:
        return self._source


def pdf_text(text: str) -> str:
    """A text string as PDF source: UTF-16 in hexadecimal, so no character of it can mean anything else."""
    return "<FEFF" + text.encode("utf-16-be", "replace").hex().upper() + ">"
