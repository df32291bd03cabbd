"""The text of a letter under the keys: headings and lists by shortcut, pasted text as text, chips whole."""

from __future__ import annotations

import html
import json
from collections.abc import Callable
from typing import Any, Final

from PySide6.QtCore import QEvent, QMimeData, QPoint, QSize, Qt, Signal
from PySide6.QtGui import (
    QAccessible,
    QAccessibleAnnouncementEvent,
    QContextMenuEvent,
    QHelpEvent,
    QInputMethodEvent,
    QKeyEvent,
    QTextCursor,
)
from PySide6.QtWidgets import QTextEdit, QToolTip, QWidget

from smdesk.services import letter_text
from smdesk.services.letter_text import BlockKind, Laid, Piece
from smdesk.ui.widgets import letter_document as doc
from smdesk.ui.widgets.letter_chips import CHIP, OBJECT, ChipLook, field_of, label_of
from smdesk.ui.widgets.text import named

_OWN_KIND: Final = "application/x-smdesk-letter-text"
_CTRL, _SHIFT, _ALT = (
    Qt.KeyboardModifier.ControlModifier,
    Qt.KeyboardModifier.ShiftModifier,
    Qt.KeyboardModifier.AltModifier,
)
# With Shift a British keyboard gives the signs above the digits. Ctrl and a digit alone are the main tabs'.
_KINDS: Final[dict[tuple[Qt.KeyboardModifier, int], BlockKind]] = {
    (_CTRL | _ALT, Qt.Key.Key_1): BlockKind.HEADING,
    (_CTRL | _ALT, Qt.Key.Key_0): BlockKind.PARAGRAPH,
    (_CTRL | _SHIFT, Qt.Key.Key_7): BlockKind.NUMBERS,
    (_CTRL | _SHIFT, Qt.Key.Key_Ampersand): BlockKind.NUMBERS,
    (_CTRL | _SHIFT, Qt.Key.Key_8): BlockKind.BULLETS,
    (_CTRL | _SHIFT, Qt.Key.Key_Asterisk): BlockKind.BULLETS,
}
_RETURN: Final = (Qt.Key.Key_Return, Qt.Key.Key_Enter)


class LetterText(QTextEdit):
    """Where a letter is typed. ``kind_changed`` says what the block of the cursor is now."""

    kind_changed = Signal(object)
    menu_wanted = Signal(object)
    """Carries the QContextMenuEvent."""

    def __init__(
        self, object_name: str, accessible_name: str, lines: int, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        named(self, object_name, accessible_name)
        self.setAcceptRichText(False)
        self.setTabChangesFocus(True)
        self.setUndoRedoEnabled(True)
        self._look = ChipLook(self)
        self.document().documentLayout().registerHandler(OBJECT, self._look)
        self.document().setDocumentMargin(2)
        self.document().setIndentWidth(24)
        self.label_for: Callable[[Piece], str] = shown_words
        self.takes: Callable[[str], bool] = _takes_any
        """Whether a chip of a field may be pasted here."""
        self.of_wording = False
        """In a wording a chip stands for a field, in a letter for what a field gave: neither is pasted as the other."""
        self._lines = lines
        self.setMinimumHeight(self.height_of(lines))
        self.cursorPositionChanged.connect(self._moved)

    def height_of(self, lines: int) -> int:
        return self.fontMetrics().lineSpacing() * lines + 26

    def sizeHint(self) -> QSize:
        # Qt's own asks for 192 pixels, and the form around it would scroll before it has to.
        return QSize(super().sizeHint().width(), self.minimumHeight())

    # Blocks

    def kind(self) -> BlockKind:
        return doc.kind_of(self.textCursor().block())

    def set_kind(self, kind: BlockKind) -> None:
        """Make the blocks of the cursor this kind; text again where they are it already."""
        if self.isReadOnly():
            return
        cursor = self.textCursor()
        doc.set_kind(cursor, BlockKind.PARAGRAPH if self.kind() is kind else kind)
        self._moved()

    def insert_chip(self, field: str, words: str) -> None:
        """A field where the cursor is, in the place of what is selected."""
        cursor = self.textCursor()
        cursor.beginEditBlock()
        cursor.removeSelectedText()
        doc.insert_line(cursor, [(Piece(words, field),)], self.label_for)
        cursor.endEditBlock()
        self.setTextCursor(cursor)
        self._moved()

    def selected(self) -> list[Laid]:
        cursor = self.textCursor()
        return doc.read(self.document(), cursor.selectionStart(), cursor.selectionEnd())

    # Keys

    def event(self, event: QEvent) -> bool:
        if event.type() == QEvent.Type.ShortcutOverride and isinstance(event, QKeyEvent) and _kind_for(event):
            event.accept()
            return True
        return super().event(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        kind = _kind_for(event)
        if kind is not None:
            self.set_kind(kind)
        elif event.key() == Qt.Key.Key_Y and event.modifiers() == _CTRL and not self.isReadOnly():
            # Qt has it on Windows only; the help promises it everywhere.
            self.redo()
        elif self.isReadOnly() or not self._in_a_block(event):
            super().keyPressEvent(event)

    def _in_a_block(self, event: QKeyEvent) -> bool:
        """Keys that mean something else in a heading or a list. Says whether it was one."""
        cursor, kind = self.textCursor(), self.kind()
        plain = not event.modifiers() & ~Qt.KeyboardModifier.KeypadModifier
        broken = event.key() in _RETURN and not event.modifiers() & ~(
            Qt.KeyboardModifier.KeypadModifier | _SHIFT
        )
        if kind is BlockKind.PARAGRAPH:
            if broken and plain:
                cursor.insertBlock()
                self.setTextCursor(cursor)
                self.ensureCursorVisible()
                return True
            return False
        if broken:
            # In a heading and in an item a line break has no place: Shift and Enter do as Enter does.
            self._next_block(cursor, kind)
            return True
        at_start = not cursor.hasSelection() and cursor.atBlockStart()
        if event.key() == Qt.Key.Key_Backspace and plain and at_start:
            doc.set_kind(cursor, BlockKind.PARAGRAPH)
            self._moved()
            return True
        return False

    def _next_block(self, cursor: QTextCursor, kind: BlockKind) -> None:
        cursor.beginEditBlock()
        cursor.removeSelectedText()
        if kind is not BlockKind.HEADING and cursor.block().length() <= 1:
            # Enter in an empty item ends the list.
            doc.set_kind(cursor, BlockKind.PARAGRAPH)
        else:
            at_end = cursor.atBlockEnd()
            cursor.insertBlock()
            if kind is BlockKind.HEADING and at_end:
                doc.set_kind(cursor, BlockKind.PARAGRAPH)
        cursor.endEditBlock()
        self.setTextCursor(cursor)
        self.ensureCursorVisible()
        self._moved()

    def inputMethodEvent(self, event: QInputMethodEvent) -> None:
        super().inputMethodEvent(event)
        self._moved()

    def _moved(self) -> None:
        # Text typed behind a chip or at the beginning of a heading takes its block's look, not the chip's.
        if field_of(self.currentCharFormat()) or self.currentCharFormat().objectType() == OBJECT:
            cursor = self.textCursor()
            if not cursor.hasSelection():
                self.setCurrentCharFormat(doc.text_format(self.kind()))
        self._say_chip()
        self.kind_changed.emit(self.kind())

    # Clipboard and dragging

    def createMimeDataFromSelection(self) -> QMimeData:
        made = QMimeData()
        blocks = self.selected()
        text = letter_text.written(blocks)[0]
        made.setText(text)
        held = {"wording": self.of_wording, "blocks": [_as_json(block) for block in blocks]}
        made.setData(_OWN_KIND, json.dumps(held).encode())
        return made

    def canInsertFromMimeData(self, source: QMimeData) -> bool:
        return source.hasText()

    def insertFromMimeData(self, source: QMimeData) -> None:
        """Text comes as text, whatever it looked like where it was: a blank line starts a paragraph."""
        if self.isReadOnly():
            return
        blocks = self._from_here(source) or _from_elsewhere(source.text())
        cursor = self.textCursor()
        doc.insert(cursor, blocks, self.label_for)
        self.setTextCursor(cursor)
        self.ensureCursorVisible()
        self._moved()

    def _from_here(self, source: QMimeData) -> list[Laid]:
        if not source.hasFormat(_OWN_KIND):
            return []
        try:
            held = json.loads(bytes(source.data(_OWN_KIND).data()))
            takes = self.takes if held["wording"] is self.of_wording else _takes_none
            return [_from_json(block, takes) for block in held["blocks"]]
        except (ValueError, KeyError, TypeError, AttributeError):
            # Another program may put anything under this name.
            return []

    # Menu

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        self.menu_wanted.emit(event)

    def viewportEvent(self, event: QEvent) -> bool:
        if event.type() == QEvent.Type.ToolTip and isinstance(event, QHelpEvent):
            words = self.chip_at(event.pos())
            # In tags, so that words that look like HTML are shown as they are.
            QToolTip.showText(event.globalPos(), f"<span>{html.escape(words)}</span>" if words else "", self)
            return True
        return super().viewportEvent(event)

    def chip_at(self, where: QPoint) -> str:
        """The whole words of the chip there, which may be cut off where it is drawn; "" beside one."""
        near = self.cursorForPosition(where)
        for at in (near.position(), near.position() - 1):
            words = self._chip_after(at)
            if words:
                edges = []
                for each in (at, at + 1):
                    cursor = QTextCursor(self.document())
                    cursor.setPosition(each)
                    edges.append(self.cursorRect(cursor).left())
                if min(edges) <= where.x() <= max(edges):
                    return words
        return ""

    def _chip_after(self, at: int) -> str:
        if at < 0 or self.document().characterAt(at) != CHIP:
            return ""
        cursor = QTextCursor(self.document())
        cursor.setPosition(at + 1)
        return label_of(cursor.charFormat())

    def _say_chip(self) -> None:
        """To a screen reader the document holds one odd character there."""
        words = self._chip_after(self.textCursor().position())
        if words and QAccessible.isActive():
            QAccessible.updateAccessibility(QAccessibleAnnouncementEvent(self, f"Field: {words}"))


def shown_words(piece: Piece) -> str:
    return piece.text


def _takes_any(field: str) -> bool:
    return True


def _takes_none(field: str) -> bool:
    return False


def _kind_for(event: QKeyEvent) -> BlockKind | None:
    held = event.modifiers() & ~Qt.KeyboardModifier.KeypadModifier
    return _KINDS.get((held, event.key()))


def _from_elsewhere(text: str) -> list[Laid]:
    text = doc.cleaned(text)
    if not text.strip():
        return []
    if len(text.splitlines()) == 1:
        # A few words go in with the spaces around them.
        return [Laid(BlockKind.PARAGRAPH, ((Piece(text.rstrip("\r\n")),),))]
    return list(letter_text.laid_out(letter_text.literal(text)))


def _as_json(block: Laid) -> dict[str, Any]:
    return {
        "kind": block.kind.value,
        "lines": [[[piece.text, piece.field] for piece in line] for line in block.lines],
    }


def _from_json(held: dict[str, Any], takes: Callable[[str], bool]) -> Laid:
    lines = tuple(
        tuple(
            Piece(doc.cleaned(str(text)), str(field) if takes(str(field)) else "")
            for text, field in line
            if text
        )
        for line in held["lines"]
    )
    return Laid(BlockKind(held["kind"]), lines)
