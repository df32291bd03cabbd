"""The letters tab: the list, and the letter that opens from it. Whoever decides is led from one to the next."""

from __future__ import annotations

from array import array

from PySide6.QtWidgets import QStackedWidget, QVBoxLayout, QWidget

from smdesk.security.permissions import Permission
from smdesk.services.context import Changes
from smdesk.ui import events as bus
from smdesk.ui.desk import Desk
from smdesk.ui.pages.letters import work
from smdesk.ui.pages.letters.listing import LetterList
from smdesk.ui.pages.letters.screen import LetterScreen


class Page(QWidget):
    """What the main window shows under "Letters"."""

    def __init__(self, desk: Desk, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("letters_page")
        self._desk = desk
        self._decides = work.may(desk.ctx, Permission.LETTERS_APPROVE)
        self._just_decided: set[int] = set()
        self.list = LetterList(desk)
        self.screen = LetterScreen(desk)
        self.stack = QStackedWidget()
        self.stack.addWidget(self.list)
        self.stack.addWidget(self.screen)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(self.stack)
        self.list.opened.connect(self._open)
        self.list.counted.connect(self._counted)
        self.screen.back_wanted.connect(self._back)
        self.screen.gone.connect(self._show_list)
        self.screen.decided.connect(self._decided)
        self.screen.left_for.connect(self._go_on)
        desk.events.changed.connect(self._changed)

    # The page's agreement with the main window

    def activate(self) -> None:
        self.list.reload()
        if not self.record_shown:
            self.list.table.setFocus()

    def open_record(self, record_id: int) -> None:
        if record_id == self.screen.letter_id and self.screen.unsaved():
            self.stack.setCurrentWidget(self.screen)
        elif self.screen.may_leave(("open", record_id)):
            self._show(record_id)

    def new_record(self) -> None:
        """A letter begins with what it is about, so there is no empty one."""
        self._desk.messages.info(
            "A letter is drafted from what it is about.",
            more="Open the incident: “What the policy says” shows which letter is open there, and “Write a letter” in "
            "its menu lists them all. An exception, a business case, a message on an account and a block have their "
            "own letters: open it and choose the letter there.",
        )

    def focus_search(self) -> None:
        if self.record_shown:
            self.screen.preview.search.setFocus()
        else:
            self.list.search.setFocus()
            self.list.search.selectAll()

    def unsaved(self) -> bool:
        return self.screen.unsaved()

    def save_draft(self) -> None:
        self.screen.save_draft()

    # List and letter

    @property
    def record_shown(self) -> bool:
        return self.stack.currentWidget() is self.screen

    def _open(self, letter_id: int) -> None:
        waiting = self.list.view == "waiting" and self._decides
        self._show(letter_id, len(self.list.model.ids) - 1 if waiting else None)

    def _show(self, letter_id: int, left: int | None = None) -> None:
        self.stack.setCurrentWidget(self.screen)
        self.screen.show_letter(letter_id, left=left)

    def _back(self) -> None:
        if self.screen.may_leave(("back", 0)):
            self._show_list()

    def _go_on(self, then: tuple[str, int]) -> None:
        if then[0] == "open":
            self._show(then[1])
        else:
            self._show_list()

    def _show_list(self) -> None:
        if self.screen.letter_id:
            self.list.table.select_id(self.screen.letter_id)
        self.stack.setCurrentWidget(self.list)
        self.list.table.setFocus()

    # One decision after the other

    def _decided(self, letter_id: int) -> None:
        self._just_decided.add(letter_id)
        ctx = self._desk.ctx
        self._desk.tasks.latest(self, "next", lambda progress: work.waiting(ctx), self._next_found)

    def _next_found(self, ids: array[int]) -> None:
        if not self.record_shown or self.screen.letter_id not in self._just_decided:
            # The reader has gone somewhere else meanwhile.
            return
        self._just_decided.clear()
        if ids:
            self._show(ids[0], len(ids) - 1)
        else:
            self.list.show_view("waiting")
            self._show_list()

    # What changed elsewhere

    def _changed(self, changes: Changes) -> None:
        if self.screen.letter_id and bus.touches(changes, "letter", self.screen.letter_id):
            self.screen.changed_elsewhere()

    def _counted(self, counts: dict[str, int]) -> None:
        if self._decides:
            self._desk.set_badge("letters", counts["waiting"])
