"""The case file on paper (DOC-4): cover, contents, sections, then letters as issued and pictures, in one PDF.

The service says everything in words; here it is set. What is drawn for it alone (front, the sheet before each letter,
the picture pages) is made in pieces that go to files at once, so that memory does not grow with the pictures.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, replace
from datetime import date
from typing import TYPE_CHECKING, BinaryIO

from smdesk.documents import page
from smdesk.documents.joining import PAGE_LINK, Bookmark, Piece, join
from smdesk.documents.page import Letterhead, Progress, no_progress

if TYPE_CHECKING:
    from smdesk.documents.layout import Block
    from smdesk.documents.tagging import TaggedCanvas

SHEET = page.Sheet(left=22, right=20, top=18, bottom=17)
_FIRST_TOP = 44.0
"""Where the text of the first page begins, below the letterhead, in millimetres."""


@dataclass(frozen=True, slots=True)
class Words:
    """A paragraph. ``small`` sets it as a note."""

    text: str
    small: bool = False


@dataclass(frozen=True, slots=True)
class Subheading:
    text: str


@dataclass(frozen=True, slots=True)
class Points:
    """A list with bullets."""

    items: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Quoted:
    """What was posted, word for word."""

    text: str


@dataclass(frozen=True, slots=True)
class Facts:
    """Label and words, under the heading ``title``."""

    title: str
    rows: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Grid:
    """A table. ``columns`` are headings with their part of the width; together 1."""

    columns: tuple[tuple[str, float], ...]
    rows: tuple[tuple[str, ...], ...]
    small: bool = False


Passage = Words | Subheading | Points | Quoted | Facts | Grid


@dataclass(frozen=True, slots=True)
class Section:
    title: str
    passages: tuple[Passage, ...]


@dataclass(frozen=True, slots=True)
class LetterSheet:
    """The sheet before a letter as issued. ``pages`` is how many the letter has."""

    title: str
    facts: tuple[tuple[str, str], ...]
    pages: int


@dataclass(frozen=True, slots=True)
class PictureSheet:
    """A page with one picture. ``alt`` is what a screen reader says of it."""

    title: str
    facts: tuple[tuple[str, str], ...]
    alt: str


@dataclass(frozen=True, slots=True)
class CaseFile:
    """Everything printed. ``cover`` are label and words on the first page, ``notes`` what to mind with the file."""

    letterhead: Letterhead
    title: str
    subtitle: str
    cover: tuple[tuple[str, str], ...]
    notes: tuple[str, ...]
    sections: tuple[Section, ...]
    letters: tuple[LetterSheet, ...]
    pictures: tuple[PictureSheet, ...]
    foot: str
    made_on: date


Picture = Callable[[int], bytes]
"""The JPEG of a picture sheet by its place, as ``case_file_pictures.clean`` gives it. Called once for each."""

NewFile = Callable[[], BinaryIO]
"""A fresh temporary file, open for writing and reading, that is gone when it is closed."""

_AT_ONCE = 12
"""Picture pages in one piece: so many pictures are in memory at a time."""

_MOST_PIECES = 60
"""Pieces of pictures at most, for each is an open file; of more than 720 pictures there are more in a piece."""


def render(
    data: CaseFile,
    letters: Sequence[BinaryIO],
    picture: Picture,
    new_file: NewFile,
    out: BinaryIO,
    progress: Progress = no_progress,
) -> int:
    """Write the case file to ``out`` as PDF/A-2a and PDF/UA-1; returns the number of pages.

    ``letters`` are the issued letters, open for reading, in the order of ``data.letters``. ``progress`` is told pages
    done and in all, and may raise ``Cancelled``; whatever ``new_file`` gave is closed then.
    """
    heads, body = _body(data)
    plan = _plan(data, heads, body)
    total = plan.total
    work = total + total // 10 + 1  # joining goes faster than drawing

    with ExitStack() as stack:

        def kept(content: bytes) -> BinaryIO:
            file = stack.enter_context(new_file())
            file.write(content)
            file.seek(0)
            return file

        pieces = [Piece(kept(_front(data, body, plan, lambda done: progress(done, work))), data.title)]
        for sheet, letter, first in zip(data.letters, letters, plan.letters, strict=True):
            progress(first, work)
            pieces.append(Piece(kept(_letter_sheet(data, sheet, first, total)), sheet.title))
            pieces.append(Piece(letter, sheet.title))
        step = max(_AT_ONCE, -(-len(data.pictures) // _MOST_PIECES))
        for start in range(0, len(data.pictures), step):
            end = min(start + step, len(data.pictures))
            progress(plan.pictures[start], work)
            content = _picture_pages(data, range(start, end), picture, plan, work, progress)
            pieces.append(Piece(kept(content), "Pictures"))

        def joining(done: int, whole: int) -> None:
            progress(total + (work - total) * done // max(whole, 1), work)

        count = join(pieces, _bookmarks(data, plan), out, joining)
    if count != total:
        raise RuntimeError(f"The case file has {count} pages; {total} were counted.")
    return count


# ------------------------------------------------------------------------------------------------- where what is


@dataclass(frozen=True, slots=True)
class _Plan:
    """Page numbers, from 1: the contents, each section, each letter's sheet, each picture; and how many there are."""

    contents: int
    sections: tuple[int, ...]
    letters: tuple[int, ...]
    pictures: tuple[int, ...]
    total: int


def _plan(data: CaseFile, heads: Sequence[Block], body: Sequence[Block]) -> _Plan:
    """Where everything comes to stand.

    Breaking texts into lines is what takes time, and blocks keep their lines: set again for drawing they cost little.
    """
    cover = len(_set(_cover(data, "0"), first=True))
    # With any numbers: the column's width is fixed, so the rows are as high as with the right ones.
    contents = len(_set(_contents(data, None)))
    at = cover + contents
    where: dict[int, int] = {}
    pages = _set(body)
    for number, placed in enumerate(pages, start=at + 1):
        for block in placed:
            where.setdefault(id(block), number)
    front = at + len(pages)
    letters: list[int] = []
    after = front
    for sheet in data.letters:
        letters.append(after + 1)
        after += 1 + sheet.pages
    pictures = tuple(range(after + 1, after + 1 + len(data.pictures)))
    return _Plan(
        contents=cover + 1,
        sections=tuple(where[id(head)] for head in heads),
        letters=tuple(letters),
        pictures=pictures,
        total=after + len(data.pictures),
    )


def _set(blocks: Sequence[Block], *, first: bool = False) -> list[list[Block]]:
    """The blocks page by page, as ``page.build_parts`` will set them."""
    from smdesk.documents.layout import flow

    top = _FIRST_TOP if first else SHEET.top
    pages = flow(blocks, page.frame(SHEET, top), page.frame(SHEET, SHEET.top))
    return [[block for block, _top in each.placed] for each in pages]


def _bookmarks(data: CaseFile, plan: _Plan) -> list[Bookmark]:
    lines = [Bookmark("Cover", 1), Bookmark("Contents", plan.contents)]
    lines += [Bookmark(section.title, at) for section, at in zip(data.sections, plan.sections, strict=True)]
    for title, sheets, places in _annexes(data, plan):
        under = tuple(Bookmark(sheet.title, at) for sheet, at in zip(sheets, places, strict=True))
        lines.append(Bookmark(title, places[0], under))
    return lines


def _annexes(
    data: CaseFile, plan: _Plan | None
) -> Iterator[tuple[str, Sequence[LetterSheet | PictureSheet], Sequence[int]]]:
    if data.letters:
        yield "Letters as issued", data.letters, plan.letters if plan else (0,) * len(data.letters)
    if data.pictures:
        yield "Pictures kept as evidence", data.pictures, plan.pictures if plan else (0,) * len(data.pictures)


# --------------------------------------------------------------------------------------------------------- pieces


def _foot(data: CaseFile, offset: int, total: int) -> Callable[[TaggedCanvas, int, int], None]:
    """The line at the foot of pages that begin after ``offset`` others of the whole file."""

    def draw(canvas: TaggedCanvas, number: int, _of_this_piece: int) -> None:
        page.draw_footer(canvas, SHEET, data.foot, offset + number, total)

    return draw


def _front(data: CaseFile, body: Sequence[Block], plan: _Plan, progress: Callable[[int], None]) -> bytes:
    foot = _foot(data, 0, plan.total)
    return page.build_parts(
        [
            page.Part(_cover(data, f"{plan.total:,}"), foot),
            page.Part(_contents(data, plan), foot),
            page.Part(body, foot),
        ],
        title=f"{data.title} – {data.letterhead.school}",
        author=data.letterhead.school,
        made_on=data.made_on,
        sheet=SHEET,
        first_top=_FIRST_TOP,
        on_first=page.letterhead_on(data.letterhead, SHEET),
        progress=lambda done, _whole: progress(done),
    )


def _cover(data: CaseFile, pages: str) -> list[Block]:
    from smdesk.documents.layout import BODY, HEADING, TITLE, ListBlock, Text

    return [
        Text(data.title, replace(TITLE, size=24, leading=30, before=40), "H1"),
        Text(data.subtitle, replace(BODY, size=13, leading=18, after=16)),
        _facts(Facts("This file", (*data.cover, ("Pages", pages)))),
        Text("Before it is handed on", HEADING, "H2"),
        ListBlock(data.notes),
    ]


def _contents(data: CaseFile, plan: _Plan | None) -> list[Block]:
    from smdesk.documents.contents import ContentsLine, contents_element
    from smdesk.documents.layout import HEADING, Text

    entries: list[tuple[str, int, bool]] = []
    for section, at in zip(data.sections, plan.sections if plan else (0,) * len(data.sections), strict=True):
        entries.append((section.title, at, False))
    for title, sheets, places in _annexes(data, plan):
        entries.append((title, places[0], False))
        entries += [(sheet.title, at, True) for sheet, at in zip(sheets, places, strict=True)]
    table = contents_element()
    return [
        Text("Contents", replace(HEADING, size=15, leading=20, before=0), "H2"),
        *(ContentsLine(title, at, f"{PAGE_LINK}{at}", table, under=under) for title, at, under in entries),
    ]


def _body(data: CaseFile) -> tuple[list[Block], list[Block]]:
    """The sections' headings, and all their blocks, these headings among them."""
    from smdesk.documents.layout import HEADING, Text

    style = replace(HEADING, size=15, leading=20, before=18, after=7)
    heads: list[Block] = []
    blocks: list[Block] = []
    for section in data.sections:
        head = Text(section.title, style, "H2")
        heads.append(head)
        blocks.append(head)
        for passage in section.passages:
            blocks += _passage(passage)
    return heads, blocks


def _passage(passage: Passage) -> list[Block]:
    from smdesk.documents.layout import BODY, SMALL, SUBHEADING, ListBlock, Text
    from smdesk.documents.tables import Column, Table, TableStyle
    from smdesk.documents.timeline import quotation

    match passage:
        case Words():
            return [Text(passage.text, SMALL if passage.small else BODY)] if passage.text else []
        case Subheading():
            return [Text(passage.text, replace(SUBHEADING, before=9), "H3")]
        case Points():
            return [ListBlock(passage.items)] if passage.items else []
        case Quoted():
            # Set from the right where its script runs that way.
            return [quotation(passage.text)] if passage.text.strip() else []
        case Facts():
            return [_facts(passage)] if passage.rows else []
        case Grid():
            style = TableStyle()
            if passage.small:
                style = replace(
                    style,
                    cell=replace(style.cell, size=7.4, leading=9.6),
                    head=replace(style.head, size=7.8, leading=10.2),
                    pad=2,
                )
            columns = [Column(title, share=share) for title, share in passage.columns]
            return [Table(columns, passage.rows, style)] if passage.rows else []


def _facts(facts: Facts) -> Block:
    from smdesk.documents.tables import Column, Table, TableStyle

    columns = [Column(facts.title, share=0.3), Column("As recorded", share=0.7)]
    return Table(columns, facts.rows, TableStyle(row_headers=True))


def _letter_sheet(data: CaseFile, sheet: LetterSheet, first: int, total: int) -> bytes:
    from smdesk.documents.layout import BODY, HEADING, Text

    pages = "the next page" if sheet.pages == 1 else f"the next {sheet.pages} pages"
    blocks: list[Block] = [
        Text(sheet.title, replace(HEADING, size=15, leading=20, before=0), "H2"),
        Text(
            f"The letter stands on {pages}, as it was issued: those pages are copied from the kept paper and "
            "carry its own page numbers.",
            BODY,
        ),
        _facts(Facts("This letter", sheet.facts)),
    ]
    return page.build(
        blocks,
        title=sheet.title,
        author=data.letterhead.school,
        made_on=data.made_on,
        sheet=SHEET,
        on_each=_foot(data, first - 1, total),
    )


def _picture_pages(
    data: CaseFile, places: range, picture: Picture, plan: _Plan, work: int, progress: Progress
) -> bytes:
    from smdesk.documents.case_file_pictures import picture_blocks

    parts = []
    for at in places:
        progress(plan.pictures[at], work)
        parts.append(
            page.Part(
                picture_blocks(data.pictures[at], picture(at)),
                _foot(data, plan.pictures[places.start] - 1, plan.total),
            )
        )
    return page.build_parts(
        parts,
        title="Pictures",
        author=data.letterhead.school,
        made_on=data.made_on,
        sheet=SHEET,
    )
