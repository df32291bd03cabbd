"""A letter's blocks in a text document, and read back from it. Positions there count in UTF-16, as Qt does."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Final

from PySide6.QtGui import (
    QFont,
    QTextBlock,
    QTextBlockFormat,
    QTextCharFormat,
    QTextCursor,
    QTextDocument,
    QTextListFormat,
)

from smdesk.services.letter_text import BlockKind, Laid, Line, Piece, Place
from smdesk.ui import theme
from smdesk.ui.widgets.letter_chips import CHIP, chip_format, field_of, words_of

LINE_BREAK: Final = "\u2028"
_LIST_STYLES: Final = {
    BlockKind.BULLETS: QTextListFormat.Style.ListDisc,
    BlockKind.NUMBERS: QTextListFormat.Style.ListDecimal,
}
_UNWANTED: Final = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ufdd0\ufdd1\ufffc\u2066-\u2069\u202a-\u202e]")
"""What no letter holds: control characters, Qt's own marks, and marks that would turn the text around them."""

LabelOf = Callable[[Piece], str]


def cleaned(text: str) -> str:
    """Text from elsewhere without what no letter holds."""
    return _UNWANTED.sub("", text)


def utf16(text: str) -> int:
    """How long Qt says a text is."""
    return len(text.encode("utf-16-le", "surrogatepass")) // 2


# Reading


def read(document: QTextDocument, start: int = 0, end: int = -1) -> list[Laid]:
    """The document's blocks, or what of them lies between two positions."""
    if end < 0:
        end = document.characterCount()
    blocks: list[Laid] = []
    before = -1
    block = document.findBlock(start)
    while block.isValid() and block.position() <= end:
        kind = kind_of(block)
        lines = _lines(block, start, end)
        of_list = block.blockFormat().objectIndex()
        if of_list >= 0 and of_list == before and blocks:
            blocks[-1] = Laid(kind, (*blocks[-1].lines, *lines))
        else:
            blocks.append(Laid(kind, lines))
        before = of_list
        block = block.next()
    return blocks


def kind_of(block: QTextBlock) -> BlockKind:
    held = block.textList()
    if held is not None:
        numbered = held.format().style() == QTextListFormat.Style.ListDecimal
        return BlockKind.NUMBERS if numbered else BlockKind.BULLETS
    return BlockKind.HEADING if block.blockFormat().headingLevel() else BlockKind.PARAGRAPH


def span_of(place: Place, start: int, end: int) -> tuple[int, int]:
    """Where in the document a stretch of the written text stands that lies in this place."""
    piece = place.piece
    if piece.field:
        return piece.at, piece.at + 1
    first = place.skipped + max(start, place.start) - place.start
    last = place.skipped + min(end, place.end) - place.start
    return piece.at + utf16(piece.text[:first]), piece.at + utf16(piece.text[:last])


def _lines(block: QTextBlock, start: int, end: int) -> tuple[Line, ...]:
    lines: list[list[Piece]] = [[]]
    for text, chars, begins in _fragments(block):
        if field_of(chars) and set(text) == {CHIP}:
            for at in range(begins, begins + len(text)):
                if start <= at < end:
                    lines[-1].append(Piece(words_of(chars), field_of(chars), at))
            continue
        # Qt counts in UTF-16; the ends of a selection never fall between the halves of a character.
        held = text.encode("utf-16-le", "surrogatepass")
        first, last = max(start - begins, 0), max(min(end - begins, len(held) // 2), 0)
        kept = held[first * 2 : last * 2].decode("utf-16-le", "replace")
        at = begins + first
        for number, part in enumerate(kept.split(LINE_BREAK)):
            if number:
                lines.append([])
                at += 1
            if part:
                lines[-1].append(Piece(part.replace(CHIP, ""), "", at))
            at += utf16(part)
    return tuple(tuple(line) for line in lines)


def _fragments(block: QTextBlock) -> Iterator[tuple[str, QTextCharFormat, int]]:
    at = block.begin()
    while not at.atEnd():
        fragment = at.fragment()
        if fragment.isValid():
            yield fragment.text(), fragment.charFormat(), fragment.position()
        at += 1


# Writing


def fill(document: QTextDocument, blocks: Sequence[Laid], label_of: LabelOf) -> None:
    """Put these blocks in the place of everything there is. What was there cannot be brought back by undo."""
    document.setUndoRedoEnabled(False)
    document.clear()
    cursor = QTextCursor(document)
    _begin(cursor, BlockKind.PARAGRAPH)
    insert(cursor, blocks, label_of)
    document.setUndoRedoEnabled(True)
    document.setModified(False)


def insert(cursor: QTextCursor, blocks: Sequence[Laid], label_of: LabelOf) -> None:
    """Insert blocks where the cursor is. The first goes on in the block that is there unless that one is empty."""
    cursor.beginEditBlock()
    cursor.removeSelectedText()
    fresh = cursor.block().length() <= 1
    for number, (kind, lines, new_list) in enumerate(_one_by_one(blocks)):
        if number:
            cursor.insertBlock()
        if number or fresh:
            set_kind(cursor, kind, new_list=new_list)
        insert_line(cursor, lines, label_of)
    cursor.endEditBlock()


def insert_line(cursor: QTextCursor, lines: Iterable[Line], label_of: LabelOf) -> None:
    """Insert text and chips into the block the cursor is in, in its look."""
    base = text_format(kind_of(cursor.block()))
    for number, line in enumerate(lines):
        if number:
            cursor.insertText(LINE_BREAK, base)
        for piece in line:
            if piece.field:
                cursor.insertText(CHIP, chip_format(base, piece.field, piece.text, label_of(piece)))
            else:
                cursor.insertText(piece.text, base)


def _one_by_one(blocks: Sequence[Laid]) -> Iterator[tuple[BlockKind, tuple[Line, ...], bool]]:
    """Each block of the document: an item of a list is one of its own."""
    for block in blocks:
        if block.kind is BlockKind.PARAGRAPH:
            yield block.kind, block.lines, False
        else:
            for number, line in enumerate(block.lines):
                yield block.kind, (line,), number == 0


def set_kind(cursor: QTextCursor, kind: BlockKind, *, new_list: bool = False) -> None:
    """Make every block of the selection this kind. An item joins a list of its kind before it, unless ``new_list``."""
    document = cursor.document()
    first, last = document.findBlock(cursor.selectionStart()), document.findBlock(cursor.selectionEnd())
    cursor.beginEditBlock()
    block = first
    while block.isValid():
        at = QTextCursor(block)
        _begin(at, kind)
        if kind in _LIST_STYLES:
            before = block.previous()
            joins = before.isValid() and kind_of(before) is kind and not (new_list and block == first)
            if joins:
                before.textList().add(block)
            else:
                made = QTextListFormat()
                made.setStyle(_LIST_STYLES[kind])
                made.setIndent(1)
                at.createList(made)
        if block == last:
            break
        block = block.next()
    cursor.endEditBlock()


def _begin(at: QTextCursor, kind: BlockKind) -> None:
    """Give the block of the cursor the look of its kind, out of any list."""
    held = at.block().textList()
    if held is not None:
        held.remove(at.block())
    at.setBlockFormat(_block_format(kind))
    look = text_format(kind)
    at.setBlockCharFormat(look)
    at.movePosition(QTextCursor.MoveOperation.StartOfBlock)
    at.movePosition(QTextCursor.MoveOperation.EndOfBlock, QTextCursor.MoveMode.KeepAnchor)
    if at.hasSelection():
        at.mergeCharFormat(look)
    at.movePosition(QTextCursor.MoveOperation.StartOfBlock)


def _block_format(kind: BlockKind) -> QTextBlockFormat:
    made = QTextBlockFormat()
    made.setHeadingLevel(2 if kind is BlockKind.HEADING else 0)
    made.setTopMargin(theme.SMALL if kind is BlockKind.HEADING else 0)
    made.setBottomMargin(theme.SMALL if kind is BlockKind.PARAGRAPH else theme.TIGHT)
    return made


def text_format(kind: BlockKind) -> QTextCharFormat:
    """The look of text in a block of this kind."""
    made = QTextCharFormat()
    heading = kind is BlockKind.HEADING
    made.setFontWeight(QFont.Weight.DemiBold if heading else QFont.Weight.Normal)
    made.setProperty(QTextCharFormat.Property.FontSizeAdjustment.value, 1 if heading else 0)
    return made
