"""The editor for letters and for their wordings: paragraphs, headings, lists, and fields that are never half deleted.

``set_body`` and ``body`` are for a letter: its text as it is kept, and where in it stands what a field gave.
``set_template`` and ``template`` are for a wording: its text has ``$fields``, shown by their names in words.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Final

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QAction, QColor, QContextMenuEvent, QTextCharFormat, QTextCursor
from PySide6.QtWidgets import QFrame, QHBoxLayout, QMenu, QPushButton, QTextEdit, QVBoxLayout, QWidget

from smdesk.services import letter_text, letter_wording
from smdesk.services.letter_records import Mark
from smdesk.services.letter_text import BlockKind, Laid, Piece
from smdesk.ui import theme
from smdesk.ui.widgets import letter_document as doc
from smdesk.ui.widgets.buttons import button
from smdesk.ui.widgets.letter_editor_text import LetterText, shown_words
from smdesk.ui.widgets.text import PlainLabel

_LONGEST_CHIP: Final = 60
"""Longer words that a field gave are text: one object cannot go over two lines."""
_BUTTONS: Final = (
    (BlockKind.PARAGRAPH, "Text", "A paragraph (Ctrl+Alt+0)"),
    (BlockKind.HEADING, "Heading", "A heading (Ctrl+Alt+1)"),
    (BlockKind.BULLETS, "• List", "A list (Ctrl+Shift+8)"),
    (BlockKind.NUMBERS, "1. List", "A numbered list (Ctrl+Shift+7)"),
)


class LetterEditor(QWidget):
    """A letter's text with its tool bar. ``changed`` says that somebody changed it, and not that it was filled."""

    changed = Signal()

    def __init__(
        self,
        object_name: str,
        accessible_name: str,
        *,
        label: str = "",
        lines: int = 5,
        parent: QWidget | None = None,
    ) -> None:
        """``label`` stands before the tool bar and its Alt key leads into the text; at least ``lines`` are shown."""
        super().__init__(parent)
        self.setObjectName(f"{object_name}_editor")
        self._quiet = False
        self._body: tuple[str, tuple[Mark, ...]] | None = None
        self._labels: Mapping[str, str] | None = None
        self._underlined: dict[str, list[QTextEdit.ExtraSelection]] = {}
        self.menu_asked: Callable[[QContextMenuEvent], bool] | None = None
        """Asked for a menu before the standard one is shown: whether it has shown another."""
        self.text = LetterText(object_name, accessible_name, lines)
        self.text.setAccessibleDescription(
            "Control, Alt and 1 for a heading, Control, Alt and 0 for text, Control, Shift and 8 for a list, "
            "Control, Shift and 7 for a numbered list."
        )
        self.set_right_to_left(False)
        self.setFocusProxy(self.text)
        self._bar = QFrame()
        line = QHBoxLayout(self._bar)
        line.setContentsMargins(0, 0, 0, 0)
        line.setSpacing(theme.TIGHT)
        self.label = PlainLabel(label, wrap=False)
        self.label.setBuddy(self.text)
        line.addWidget(self.label)
        if not label:
            self.label.hide()
        line.addSpacing(theme.TIGHT)
        self._buttons: dict[BlockKind, QPushButton] = {}
        for kind, words, tip in _BUTTONS:
            made = button(words, f"{object_name}_{kind.value}", self._kind_pressed, look="view", tip=tip)
            made.setAccessibleName(tip.split(" (")[0])
            made.setCheckable(True)
            # The shortcuts do what they do; Tab goes from the field before straight into the text.
            made.setFocusPolicy(Qt.FocusPolicy.NoFocus)
            line.addWidget(made)
            self._buttons[kind] = made
        self.insert = button(
            "&Insert field", f"{object_name}_insert", tip="Insert a field where the cursor is"
        )
        self._menu = QMenu(self.insert)
        self._menu.setObjectName(f"{object_name}_fields")
        self.insert.setMenu(self._menu)
        self.insert.hide()
        line.addWidget(self.insert)
        self.bar_end = QHBoxLayout()
        """Room at the end of the tool bar for whoever uses the editor."""
        line.addLayout(self.bar_end, 1)
        line.addStretch(0)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(theme.TIGHT)
        column.addWidget(self._bar)
        column.addWidget(self.text, 1)
        self.text.textChanged.connect(self._text_changed)
        self.text.kind_changed.connect(self._show_kind)
        self.text.menu_wanted.connect(self._show_menu)
        self._show_kind(BlockKind.PARAGRAPH)

    # A letter

    def set_body(self, text: str, marks: Sequence[Mark] = ()) -> None:
        """Show a letter's text. The cursor stays where it was where that is possible, and ``changed`` says nothing."""
        self._labels = None
        self.insert.hide()
        self.text.label_for = shown_words
        self.text.of_wording = False
        marks = [mark for mark in marks if mark.end - mark.start <= _LONGEST_CHIP]
        if self.body() != (text, tuple(marks)):
            self._fill(letter_text.laid_out(text, marks))

    def body(self) -> tuple[str, tuple[Mark, ...]]:
        """The text as it is kept, and where in it fields stand (code points)."""
        if self._body is None:
            # Asked for at every key, by several: what is saved, kept and shown all starts here.
            self._body = letter_text.written(doc.read(self.text.document()))
        return self._body

    # A wording

    def set_template(self, text: str, labels: Mapping[str, str]) -> None:
        """Show a wording. ``labels`` are the fields that may be inserted, with their names in words; a field that is
        not among them stays as it was typed.
        """
        self._labels = dict(labels)
        self.text.label_for = self._label_for
        self.text.of_wording = True
        self.text.takes = self._labels.__contains__
        self._offer_fields()
        if self.template() != text:
            self._fill(letter_text.laid_out(text, _fields_in(text, labels)))
        else:
            # Another part with the same words: undo must not bring back those of the one before.
            self.text.document().clearUndoRedoStacks()

    def template(self) -> str:
        """The wording with its ``$fields``. What is typed stands as it is, a dollar sign too."""
        return letter_text.written([_as_template(block) for block in doc.read(self.text.document())])[0]

    def insert_field(self, name: str) -> None:
        """Insert a field of the wording where the cursor is."""
        self.text.insert_chip(name, f"${name}")
        self.text.setFocus()

    # Looks

    def set_read_only(self, read_only: bool) -> None:
        self.text.setReadOnly(read_only)
        for made in self._buttons.values():
            made.setVisible(not read_only)
        self.insert.setVisible(bool(self._labels) and not read_only)
        if read_only:
            # Still read with the keyboard: without this it has no cursor.
            self.text.setTextInteractionFlags(
                Qt.TextInteractionFlag.TextSelectableByMouse | Qt.TextInteractionFlag.TextSelectableByKeyboard
            )
        else:
            self.text.setTextInteractionFlags(Qt.TextInteractionFlag.TextEditorInteraction)

    def is_read_only(self) -> bool:
        return self.text.isReadOnly()

    def underline(self, key: str, spans: Sequence[tuple[int, int]], colour: str, ground: str = "") -> None:
        """Draw a wavy line below stretches of the document (its own positions). Each ``key`` has its own lines."""
        made = []
        most = self.text.document().characterCount() - 1
        for start, end in spans:
            if 0 <= start < end <= most:
                mark = QTextEdit.ExtraSelection()
                look = QTextCharFormat()
                look.setUnderlineStyle(QTextCharFormat.UnderlineStyle.WaveUnderline)
                look.setUnderlineColor(QColor(colour))
                if ground:
                    look.setBackground(QColor(ground))
                mark.format = look
                mark.cursor = self.cursor_over(start, end)
                made.append(mark)
        self._underlined[key] = made
        self.text.setExtraSelections([each for all_of in self._underlined.values() for each in all_of])

    def underlined(self, key: str) -> list[str]:
        """The words with a line below them, in order."""
        return [mark.cursor.selectedText() for mark in self._underlined.get(key, ())]

    def is_underlined(self, key: str, start: int, end: int) -> bool:
        """Whether a line with this key stands below any of a stretch of the document."""
        return any(
            mark.cursor.selectionStart() < end and start < mark.cursor.selectionEnd()
            for mark in self._underlined.get(key, ())
        )

    def spans_of(self, wanted: Sequence[tuple[int, int]]) -> list[tuple[int, int]]:
        """Where in the document stretches of ``body`` stand; (-1, -1) for one that stands nowhere."""
        _, places = letter_text.placed(doc.read(self.text.document()))
        found = []
        for start, end in wanted:
            spans = [
                doc.span_of(place, start, end) for place in places if place.start < end and start < place.end
            ]
            found.append((spans[0][0], spans[-1][1]) if spans else (-1, -1))
        return found

    def set_right_to_left(self, rtl: bool) -> None:
        """On which side its lines begin, as on the paper: an Arabic name at the beginning of a line turns no letter."""
        option = self.text.document().defaultTextOption()
        way = Qt.LayoutDirection.RightToLeft if rtl else Qt.LayoutDirection.LeftToRight
        option.setTextDirection(way)
        self.text.document().setDefaultTextOption(option)
        self.text.setLayoutDirection(way)

    def standard_menu(self) -> QMenu:
        """Undo, Cut, Copy … for where the cursor is. It goes when it closes."""
        menu = self.text.createStandardContextMenu()
        menu.setObjectName(f"{self.text.objectName()}_menu")
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        return menu

    def cursor_over(self, start: int, end: int) -> QTextCursor:
        cursor = QTextCursor(self.text.document())
        cursor.setPosition(start)
        cursor.setPosition(end, QTextCursor.MoveMode.KeepAnchor)
        return cursor

    # Inside

    def _fill(self, blocks: Sequence[Laid]) -> None:
        self._quiet = True
        at = self.text.textCursor().position()
        for key in self._underlined:
            self._underlined[key] = []
        self.text.setExtraSelections([])
        doc.fill(self.text.document(), blocks, self.text.label_for)
        self._body = None
        cursor = self.text.textCursor()
        cursor.setPosition(min(at, self.text.document().characterCount() - 1))
        self.text.setTextCursor(cursor)
        self._quiet = False

    def _label_for(self, piece: Piece) -> str:
        return (self._labels or {}).get(piece.field, piece.field)

    def _offer_fields(self) -> None:
        self._menu.clear()
        for name, label in sorted((self._labels or {}).items(), key=lambda each: each[1].casefold()):
            action = self._menu.addAction(label.replace("&", "&&"), self._field_chosen)
            action.setObjectName(f"field_{name}")
            action.setData(name)
        self.insert.setVisible(bool(self._labels) and not self.is_read_only())

    def _field_chosen(self) -> None:
        action = self.sender()
        if isinstance(action, QAction) and not self.is_read_only():
            self.insert_field(str(action.data()))

    def _kind_pressed(self) -> None:
        pressed = self.sender()
        for kind, each in self._buttons.items():
            if each is pressed and self.text.kind() is not kind:
                self.text.set_kind(kind)
        self._show_kind(self.text.kind())
        self.text.setFocus()

    def _show_kind(self, kind: object) -> None:
        for each, made in self._buttons.items():
            made.setChecked(each is kind)

    def _text_changed(self) -> None:
        self._body = None
        if not self._quiet:
            self.changed.emit()

    def _show_menu(self, event: object) -> None:
        if isinstance(event, QContextMenuEvent) and not (self.menu_asked and self.menu_asked(event)):
            self.standard_menu().popup(event.globalPos())


def _fields_in(text: str, labels: Mapping[str, str]) -> list[Mark]:
    return [mark for mark in letter_wording.field_marks(text) if mark.field in labels]


def _as_template(block: Laid) -> Laid:
    """With each field as it is written in a wording: in braces where a letter or a digit comes after it."""
    lines = []
    for line in block.lines:
        pieces = []
        for number, piece in enumerate(line):
            after = line[number + 1].text[:1] if number + 1 < len(line) else ""
            joined = after == "_" or (after.isascii() and after.isalnum())
            field = f"${{{piece.field}}}" if joined else f"${piece.field}"
            pieces.append(replace(piece, text=field) if piece.field else piece)
        lines.append(tuple(pieces))
    return Laid(block.kind, tuple(lines))
