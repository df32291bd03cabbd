"""What a PDF says it is: whether SM Desk made it, and the number of the letter it wants to be.

Whoever made or changed a file chose these words, so they prove nothing: they only say what to compare it with.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

from smdesk.documents import xmp
from smdesk.documents.pdfium import one_at_a_time
from smdesk.errors import Invalid

LARGEST: Final = 512 * 1024 * 1024
"""Bytes. No paper of ours comes near it."""

_NUMBER: Final = re.compile(r"\b(20\d\d)/L(\d{4,6})\b")
_LAST: Final = re.compile(r"\b(20\d\d/L\d{4,6})\s*$")
_REFERENCE: Final = re.compile(r"Our reference\s+(20\d\d/L\d{4,6})\b")


@dataclass(frozen=True, slots=True)
class Marks:
    """``numbers`` are the letter's numbers in its title, its reference line and its metadata, usually one."""

    ours: bool
    draft: bool
    numbers: tuple[tuple[int, int], ...]
    pages: int


def read(content: bytes) -> Marks:
    """The marks of a PDF. Raises Invalid where it is none, is damaged or is locked with a password."""
    import pypdfium2

    with one_at_a_time:
        try:
            document = pypdfium2.PdfDocument(content)
            try:
                told = document.get_metadata_dict()
                pages = len(document)
                words = _words(document) if pages else ""
            finally:
                document.close()
        except pypdfium2.PdfiumError as error:
            raise Invalid.one(
                "file", "This file is not a PDF, is damaged, or is locked with a password."
            ) from error
    title = str(told.get("Title", ""))
    # A subject may speak of another letter: in the title only what stands last counts.
    found = " ".join([*_LAST.findall(title), *_REFERENCE.findall(words)[:1], _kept(content)])
    numbers = {(int(year), int(number)) for year, number in _NUMBER.findall(found)}
    return Marks(
        ours="SM Desk" in f"{told.get('Creator', '')} {told.get('Producer', '')}",
        draft="Draft, not issued" in title,
        numbers=tuple(sorted(numbers)),
        pages=pages,
    )


def _kept(content: bytes) -> str:
    """The number we kept in the file, whatever the language of its page; "" for none."""
    try:
        ours = xmp.ours_in(content)
    except Invalid:
        return ""
    return "" if ours is None else ours.reference


def _words(document: object) -> str:
    first = document[0]  # type: ignore[index]  # pypdfium2 comes without types
    try:
        page = first.get_textpage()
        try:
            return str(page.get_text_bounded())
        finally:
            page.close()
    finally:
        first.close()
