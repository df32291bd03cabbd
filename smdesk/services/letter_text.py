"""The text of a letter: paragraphs, headings and lists, as blocks and as the plain text that is kept (DOC-1).

In the text a blank line starts a new paragraph and a line break stays one; a line beginning with "# " is a heading,
with "- " an item of a list, with "1. " an item of a numbered one. A line of a paragraph that only looks like one
has a backslash before it, so that a quoted post comes out as it was written.

``Mark`` says where in a text something stands that a field gave. It keeps to one line: what a field gave over several
lines is text like any other.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from itertools import groupby
from typing import Final

from smdesk.documents.letter import BodyBlock, Bullets, Heading, Paragraph
from smdesk.services.letter_records import Mark


class BlockKind(StrEnum):
    PARAGRAPH = "paragraph"
    HEADING = "heading"
    BULLETS = "bullets"
    NUMBERS = "numbers"


@dataclass(frozen=True, slots=True)
class Piece:
    """Part of a line. ``field`` names the field that gave it, "" for text. ``at`` is where it stood in what it was read
    from: in a text (code points), or in an editor's document.
    """

    text: str
    field: str = ""
    at: int = 0


Line = tuple[Piece, ...]


@dataclass(frozen=True, slots=True)
class Laid:
    """A block with its lines; each line of a list is an item, and a heading has one."""

    kind: BlockKind
    lines: tuple[Line, ...]


@dataclass(frozen=True, slots=True)
class Place:
    """Where a piece came to stand in the written text. ``skipped`` code points at its beginning were left out."""

    start: int
    end: int
    piece: Piece
    skipped: int = 0


_BREAK: Final = re.compile("\r\n|[\n\r\u2028\u2029]")
_HEADING, _BULLET = "# ", "- "
_NUMBER: Final = re.compile(r"[0-9]{1,3}\. ", re.ASCII)
_LOOKS_LIKE_A_MARK: Final = re.compile(r"\\*(?:# |- |[0-9]{1,3}\. )", re.ASCII)


def parse(text: str) -> tuple[BodyBlock, ...]:
    """The blocks of a text, as the document draws them."""
    return tuple(_as_body(block) for block in laid_out(text))


def write(blocks: Iterable[BodyBlock]) -> str:
    """The text that ``parse`` reads back as these blocks. What is empty is left out; in a heading
    or an item a line break becomes a space.
    """
    return written([_as_laid(block) for block in blocks])[0]


def plain(text: str) -> str:
    """The text as it reads on paper, where nothing can be set large or bold: no marks, and bullets before items."""
    return "\n\n".join(
        "\n".join(_plain_line(block.kind, number, line) for number, line in enumerate(block.lines, start=1))
        for block in laid_out(text)
    )


def literal(text: str) -> str:
    """Somebody else's words as they are: no line of theirs becomes a heading or an item."""
    return "\n".join(_escaped(line.strip()) for line in _BREAK.split(text))


def laid_out(text: str, marks: Sequence[Mark] = ()) -> tuple[Laid, ...]:
    """A text's blocks with what its fields gave as pieces. A mark that goes beyond its line is passed over."""
    blocks: list[Laid] = []
    lines: list[Line] = []
    kind = BlockKind.PARAGRAPH
    numbered = 0
    """How many items a numbered list has so far that a blank line may have interrupted."""

    def close() -> None:
        if lines:
            blocks.append(Laid(kind, tuple(lines)))
            lines.clear()

    for start, line in _lines(text):
        found, skip, number = _kind_of(line)
        if not line:
            close()
            continue
        goes_on = (
            found is BlockKind.NUMBERS
            and not lines
            and bool(blocks)
            and blocks[-1].kind is BlockKind.NUMBERS
            and number == numbered + 1
        )
        if goes_on:
            # Items typed with a blank line between them are one list: 1., 2., 3. and not 1., 1., 1.
            lines.extend(blocks.pop().lines)
            kind = found
        elif found is not kind or found is BlockKind.HEADING:
            close()
            kind = found
        lines.append(_pieces(line[skip:], start + skip, marks))
        numbered = len(lines)
    close()
    return tuple(blocks)


def written(blocks: Iterable[Laid]) -> tuple[str, tuple[Mark, ...]]:
    """The text of these blocks, and where in it fields stand."""
    text, places = placed(blocks)
    return text, tuple(
        Mark(place.start, place.end, place.piece.field) for place in places if place.piece.field
    )


def placed(blocks: Iterable[Laid]) -> tuple[str, list[Place]]:
    """The text of these blocks, and where in it each piece came to stand."""
    out: list[str] = []
    places: list[Place] = []
    at = 0
    for kind, lines in _without_gaps(blocks):
        if out:
            out.append("\n")
            at += 1
        for number, line in enumerate(lines, 1):
            if out:
                out.append("\n")
                at += 1
            whole = _one_line(line)
            shown = whole.strip()
            before = _prefix(kind, number, shown)
            out += [before, shown]
            places.extend(_places(line, at + len(before), whole, shown))
            at += len(before) + len(shown)
    return "".join(out), places


def follow(text: str, spans: Iterable[tuple[int, int]]) -> list[tuple[int, int]]:
    """Where stretches of ``text`` stand once it has been read and written again; (-1, -1) for one that is not there."""
    _, places = placed(laid_out(text))
    found = []
    for start, end in spans:
        moved = [
            (max(start, at) + shift, min(end, at + long) + shift)
            for place in places
            for at, long in [(place.piece.at + place.skipped, place.end - place.start)]
            for shift in [place.start - at]
            if at < end and start < at + long
        ]
        found.append((moved[0][0], moved[-1][1]) if moved else (-1, -1))
    return found


def _lines(text: str) -> Iterator[tuple[int, str]]:
    """The lines without what is blank around them, each with where it begins."""
    at = 0
    for found in [*_BREAK.finditer(text), None]:
        end = len(text) if found is None else found.start()
        line = text[at:end]
        yield at + len(line) - len(line.lstrip()), line.strip()
        at = end if found is None else found.end()


def _kind_of(line: str) -> tuple[BlockKind, int, int]:
    """What a line is, how many characters say so, and its number in a list."""
    if line.startswith(_HEADING):
        return BlockKind.HEADING, _and_spaces(line, 2), 0
    if line.startswith(_BULLET):
        return BlockKind.BULLETS, _and_spaces(line, 2), 0
    number = _NUMBER.match(line)
    if number is not None:
        return BlockKind.NUMBERS, _and_spaces(line, number.end()), int(line[: number.end() - 2])
    return BlockKind.PARAGRAPH, int(line.startswith("\\") and bool(_LOOKS_LIKE_A_MARK.match(line))), 0


def _and_spaces(line: str, at: int) -> int:
    return len(line) - len(line[at:].lstrip())


def _pieces(line: str, start: int, marks: Sequence[Mark]) -> Line:
    found: list[Piece] = []
    at = start
    for mark in marks:
        if at <= mark.start < mark.end <= start + len(line):
            if at < mark.start:
                found.append(Piece(line[at - start : mark.start - start], at=at))
            found.append(Piece(line[mark.start - start : mark.end - start], mark.field, mark.start))
            at = mark.end
    if at < start + len(line):
        found.append(Piece(line[at - start :], at=at))
    return tuple(found)


def _one_line(line: Line) -> str:
    return "".join(_BREAK.sub(lambda found: " " * len(found[0]), piece.text) for piece in line)


def _plain_line(kind: BlockKind, number: int, line: Line) -> str:
    before = {BlockKind.BULLETS: "• ", BlockKind.NUMBERS: f"{number}. "}.get(kind, "")
    return before + "".join(piece.text for piece in line)


def _without_gaps(blocks: Iterable[Laid]) -> Iterator[tuple[BlockKind, list[Line]]]:
    """The blocks without empty lines; in a paragraph an empty line starts the next one."""
    for block in blocks:
        for empty, run in groupby(block.lines, key=lambda line: not _one_line(line).strip()):
            if not empty and block.kind is BlockKind.PARAGRAPH:
                yield block.kind, list(run)
        if block.kind is not BlockKind.PARAGRAPH:
            kept = [line for line in block.lines if _one_line(line).strip()]
            if block.kind is BlockKind.HEADING:
                yield from ((block.kind, [line]) for line in kept)
            elif kept:
                yield block.kind, kept


def _prefix(kind: BlockKind, number: int, shown: str) -> str:
    if kind is BlockKind.HEADING:
        return _HEADING
    if kind is BlockKind.BULLETS:
        return _BULLET
    if kind is BlockKind.NUMBERS:
        return f"{number}. "
    return "\\" if _LOOKS_LIKE_A_MARK.match(shown) else ""


def _escaped(line: str) -> str:
    return f"\\{line}" if _LOOKS_LIKE_A_MARK.match(line) else line


def _places(line: Line, start: int, whole: str, shown: str) -> Iterator[Place]:
    """Where a line's pieces stand, less what is blank at its ends. ``start`` is where ``shown`` begins."""
    left = len(whole) - len(whole.lstrip())
    at = -left
    for piece in line:
        begin, end = max(at, 0), min(at + len(piece.text), len(shown))
        if begin < end:
            yield Place(start + begin, start + end, piece, begin - at)
        at += len(piece.text)


def _as_body(block: Laid) -> BodyBlock:
    lines = ["".join(piece.text for piece in line) for line in block.lines]
    if block.kind is BlockKind.HEADING:
        return Heading(lines[0])
    if block.kind is BlockKind.PARAGRAPH:
        return Paragraph("\n".join(lines))
    return Bullets(tuple(lines), numbered=block.kind is BlockKind.NUMBERS)


def _as_laid(block: BodyBlock) -> Laid:
    if isinstance(block, Heading):
        return Laid(BlockKind.HEADING, ((Piece(block.text),),))
    if isinstance(block, Paragraph):
        return Laid(BlockKind.PARAGRAPH, tuple((Piece(line),) for line in _BREAK.split(block.text)))
    kind = BlockKind.NUMBERS if block.numbered else BlockKind.BULLETS
    return Laid(kind, tuple((Piece(item),) for item in block.items))
