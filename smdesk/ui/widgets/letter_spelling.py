"""Red lines below words that are in no list, and what may be meant, on a right click or F7. Workers look it up."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Final

from PySide6.QtCore import QEvent, QObject, QPoint, Qt, QTimer
from PySide6.QtGui import QAction, QContextMenuEvent, QKeySequence, QShortcut, QTextCursor
from PySide6.QtWidgets import QMenu

from smdesk.errors import SmdeskError
from smdesk.security.permissions import Permission, allowed
from smdesk.services import spelling
from smdesk.services.context import Changes
from smdesk.services.languages import ENGLISH
from smdesk.ui import theme
from smdesk.ui.desk import Desk
from smdesk.ui.events import touches
from smdesk.ui.tasks import Progress
from smdesk.ui.widgets.letter_document import utf16
from smdesk.ui.widgets.letter_editor import LetterEditor
from smdesk.ui.widgets.text import OneLine

PAUSE_MS: Final = 400
"""Long enough not to call every half word wrong."""
_KEY: Final = "spelling"


class Spelling(QObject):
    """Checks what stands in an editor for letters once ``follow`` has said in which language it is."""

    def __init__(self, desk: Desk, editor: LetterEditor) -> None:
        super().__init__(editor)
        self._desk = desk
        self._editor = editor
        self._on = False
        self._failed = False
        self._known: frozenset[str] = frozenset()
        self._own: frozenset[str] = frozenset()
        self._wrong: list[tuple[int, int]] = []
        self._asked = QPoint()
        self._may_add = allowed(desk.ctx.user.roles, Permission.LETTERS_DRAFT)
        self.note = OneLine(look="muted")
        self.note.setObjectName(f"{editor.text.objectName()}_spelling")
        editor.bar_end.addWidget(self.note, 1)
        self._pause = QTimer(self)
        self._pause.setObjectName("letter_spelling_pause")
        self._pause.setSingleShot(True)
        self._pause.setInterval(PAUSE_MS)
        self._pause.timeout.connect(self.look)
        editor.text.textChanged.connect(self._soon)
        editor.text.installEventFilter(self)
        editor.menu_asked = self._menu_asked
        keys = QShortcut(QKeySequence("F7"), editor, context=Qt.ShortcutContext.WidgetWithChildrenShortcut)
        keys.activated.connect(self.go_to_next)
        desk.events.changed.connect(self._changed)

    def follow(self, language: str, known: Iterable[str] = ()) -> None:
        """Check from now on where ``language`` is English. The words of the ``known`` texts are spelt right: whoever
        the letter is to.
        """
        self._on = language == ENGLISH
        self._known = spelling.words_in(known)
        self.note.show_text("" if self._on else "Spelling is checked in English only")
        self._soon()

    @property
    def wrong(self) -> list[str]:
        """The words that are underlined, in order."""
        return [self._editor.cursor_over(start, end).selectedText() for start, end in self._wrong]

    def look(self) -> None:
        """Check what stands there now, on a worker."""
        self._pause.stop()
        if not self._on or self._editor.is_read_only():
            self._show(())
            return
        ctx, known = self._desk.ctx, self._known
        text, at = self._editor.text.toPlainText(), self._editor.text.document().revision()

        def work(progress: Progress) -> tuple[int, str, frozenset[str], Sequence[tuple[int, int]]]:
            own = spelling.own_words(ctx)
            return at, text, own, spelling.check(text, own | known | spelling.school_words(ctx))

        self._desk.tasks.latest(self, "spelling", work, self._checked, self._not_checked)

    def go_to_next(self) -> None:
        """The next word that is underlined, with what may be meant (F7)."""
        if self._wrong:
            here = self._editor.text.textCursor().selectionEnd()
            start, end = next((each for each in self._wrong if each[0] >= here), self._wrong[0])
            self._editor.text.setTextCursor(self._editor.cursor_over(start, end))
            self._editor.text.ensureCursorVisible()
            where = self._editor.text.cursorRect().bottomRight()
            self._ask(start, end, self._editor.text.viewport().mapToGlobal(where))

    # Inside

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() == QEvent.Type.Hide:
            self._pause.stop()
        elif event.type() == QEvent.Type.Show:
            self._soon()
        return False

    def _soon(self) -> None:
        if self._on and not self._failed and self._editor.text.isVisible():
            self._pause.start()
        elif self._wrong:
            self._show(())

    def _changed(self, changes: Changes) -> None:
        if touches(changes, "spelling"):
            self._soon()

    def _checked(self, found: tuple[int, str, frozenset[str], Sequence[tuple[int, int]]]) -> None:
        at, text, self._own, spans = found
        if at != self._editor.text.document().revision() or not self._on:
            return  # somebody typed on: the next look is on its way
        # Qt counts in UTF-16, Python in characters: an emoji before a word shifts it.
        shifted = []
        done = place = 0
        for start, end in spans:
            place += utf16(text[done:start])
            shifted.append((place, place + utf16(text[start:end])))
            done, place = end, shifted[-1][1]
        self._show(shifted)

    def _not_checked(self, error: SmdeskError) -> None:
        # Said once beside the text; a letter can be written without.
        self._failed = True
        self.note.show_text(str(error))
        self._show(())

    def _show(self, spans: Sequence[tuple[int, int]]) -> None:
        self._wrong = list(spans)
        self._editor.underline(_KEY, self._wrong, theme.colours().danger)

    def _menu_asked(self, event: QContextMenuEvent) -> bool:
        """Whether the menu comes from here: it is asked for on a word that is underlined, or is of the school's own."""
        text = self._editor.text
        by_key = event.reason() == QContextMenuEvent.Reason.Keyboard
        cursor = text.textCursor() if by_key else text.cursorForPosition(event.pos())
        at = cursor.position()
        for start, end in self._wrong:
            if start <= at <= end:
                self._ask(start, end, event.globalPos())
                return True
        cursor.select(QTextCursor.SelectionType.WordUnderCursor)
        word = cursor.selectedText()
        if self._may_add and not self._editor.is_read_only() and word.casefold() in self._own:
            menu = self._editor.standard_menu()
            first = menu.actions()[0]
            self._action(
                menu, first, f"Remove “{word}” from the school's words", "remove_word", self._remove, word
            )
            menu.insertSeparator(first)
            menu.popup(event.globalPos())
            return True
        return False

    def _ask(self, start: int, end: int, where: QPoint) -> None:
        self._asked = where
        word = self._editor.cursor_over(start, end).selectedText()
        self._desk.tasks.latest(
            self,
            "suggestions",
            lambda progress: (start, end, word, spelling.suggestions(word)),
            self._suggested,
            self._not_checked,
        )

    def _suggested(self, found: tuple[int, int, str, tuple[str, ...]]) -> None:
        start, end, word, offered = found
        if self._editor.cursor_over(start, end).selectedText() != word or not self._editor.text.isVisible():
            return
        menu = self._editor.standard_menu()
        first = menu.actions()[0]
        bold = menu.font()
        bold.setBold(True)
        for number, each in enumerate(offered):
            action = self._action(
                menu, first, each, f"suggestion_{number}", self._replace, (start, end, word, each)
            )
            action.setFont(bold)
        if not offered:
            self._action(menu, first, "Nothing like it is in the list", "no_suggestion", None, None)
        menu.insertSeparator(first)
        # Somebody's name is no word of the school's: it would outlive their record.
        if self._may_add and not self._editor.is_underlined("names", start, end):
            self._action(menu, first, "Add to the school's words", "add_word", self._add, word)
            menu.insertSeparator(first)
        menu.popup(self._asked)
        menu.setActiveAction(menu.actions()[0])

    def _action(
        self, menu: QMenu, before: QAction, label: str, name: str, pressed: object, data: object
    ) -> QAction:
        made = QAction(label.replace("&", "&&"), menu)
        made.setObjectName(name)
        made.setData(data)
        if callable(pressed):
            made.triggered.connect(pressed)
        else:
            made.setEnabled(False)
        menu.insertAction(before, made)
        return made

    def _replace(self) -> None:
        start, end, word, better = self.sender().data()
        cursor = self._editor.cursor_over(start, end)
        if cursor.selectedText() == word:
            cursor.insertText(better, cursor.charFormat())
            self._editor.text.setTextCursor(cursor)

    def _add(self) -> None:
        ctx, word = self._desk.ctx, str(self.sender().data())
        self._desk.tasks.run(
            self, lambda progress: spelling.add_word(ctx, word), title="Adding to the school's words"
        )

    def _remove(self) -> None:
        ctx, word = self._desk.ctx, str(self.sender().data())
        self._desk.tasks.run(
            self, lambda progress: spelling.remove_word(ctx, word), title="Removing from the school's words"
        )
