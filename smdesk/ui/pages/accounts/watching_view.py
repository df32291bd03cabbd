"""Watching the accounts: one click for "looked, nothing new", the last twelve weeks, the rota and cover (ACC-4)."""

from __future__ import annotations

from PySide6.QtCore import Qt, QTimer
from PySide6.QtGui import QShowEvent
from PySide6.QtWidgets import QVBoxLayout, QWidget

from smdesk.errors import SmdeskError
from smdesk.security.permissions import Permission, allowed
from smdesk.services import watching
from smdesk.services.context import Changes, Saved
from smdesk.services.watching_records import AccountWatch, Looked, Rota, WatchBoard
from smdesk.ui import events as bus
from smdesk.ui import theme
from smdesk.ui.desk import Desk
from smdesk.ui.pages.accounts.watching_row import AccountRow
from smdesk.ui.tasks import Progress
from smdesk.ui.widgets.bars import Bar
from smdesk.ui.widgets.buttons import button
from smdesk.ui.widgets.card_column import CardColumn
from smdesk.ui.widgets.empty_state import EmptyState
from smdesk.ui.widgets.flow import flow
from smdesk.ui.widgets.forms import Scrolled
from smdesk.ui.widgets.heat_strip import heat_legend
from smdesk.ui.widgets.problem_bar import ProblemBar
from smdesk.ui.widgets.text import PlainLabel
from smdesk.ui.words import count, day_in_words

_CARES = ("look", "account", "cover", "person", "profile", "school", "training", "agreement")
MOST_ROWS = 40
"""Accounts shown at once; further ones when they are asked for."""


class WatchingView(QWidget):
    """What stands under "Watching"; the page of the accounts tab calls it like a tab of its own."""

    def __init__(self, desk: Desk, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("watching_view")
        self._desk = desk
        self._stale = True
        self._board: WatchBoard | None = None
        self._most = MOST_ROWS
        self._wanted = 0
        self._undo: tuple[int, ...] = ()
        self._may_watch = allowed(desk.ctx.user.roles, Permission.ACCOUNTS_WATCH)
        self.summary = PlainLabel("", self)
        self.summary.setObjectName("watching_summary")
        self.summary.setFont(theme.heading_font(self.summary.font(), 2))
        self.all_today = button(
            "&Looked at all of today’s, nothing new",
            "watching_all_today",
            self._look_at_all,
            look="primary",
            tip="Writes down that you looked at every account that is asked for today and not looked at yet",
        )
        self.cover = button("Away and co&ver…", "watching_cover", self._covers)
        self.calendar = button("&Export calendar…", "watching_calendar", self._calendar)
        self.all_today.setVisible(self._may_watch)
        self.done = Bar("watching_done", "info", self)
        self.done.add("&Undo", "watching_undo", self._take_back)
        self.warnings = Bar("watching_warnings", "warning", self)
        self.problems = ProblemBar("watching_problems", self)
        self.scrolled = Scrolled(margin=0)
        self.more = button("Show &more accounts", "watching_more", self._show_more)
        self.empty = EmptyState(
            "watching_empty",
            "No account to look at",
            "Accounts stand under Register. Each that is open there is looked at from here.",
        )
        self.legend = heat_legend(self)
        column = QVBoxLayout(self)
        theme.roomy(column, theme.NORMAL, theme.SMALL)
        column.addWidget(self.summary)
        column.addWidget(flow(self.all_today, self.cover, self.calendar))
        column.addWidget(self.done)
        column.addWidget(self.problems)
        column.addWidget(self.scrolled, 1)
        column.addWidget(self.empty, 1)
        self.scrolled.body.setSpacing(theme.SMALL)
        # On a low screen the accounts need the room: only what was just written down stays in view.
        self.scrolled.body.addWidget(self.warnings)
        self._column = CardColumn(self.scrolled.body, 1, self._make_row, self._show_row, self)
        self.scrolled.body.addWidget(self.more, 0, Qt.AlignmentFlag.AlignLeft)
        self.scrolled.body.addWidget(self.legend)
        self.scrolled.body.addStretch(1)
        self.more.hide()
        self.empty.hide()
        self.setTabOrder(self.all_today, self.cover)
        self.setTabOrder(self.cover, self.calendar)
        desk.events.changed.connect(self._changed)

    # What the tab calls

    def activate(self) -> None:
        if self._stale or self._board is None or self._board.today != self._desk.ctx.today():
            self._load()

    def open_record(self, record_id: int) -> None:
        """Bring an account into view, and the keyboard to what writes down a look, or to its days."""
        self._wanted = record_id
        if self._board is not None and not self._stale:
            self._go_to_wanted()
        else:
            self.activate()

    def new_record(self) -> None:
        """Ctrl+N: write down a look at the account the keyboard is on, or the first one still to be looked at."""
        row = self._current_row()
        if row is not None and self._may_watch:
            self._found(row)

    def focus_search(self) -> None:
        """There is nothing to search; the first account is as near as it gets."""
        for row in self._rows.values():
            row.strip.setFocus()
            return

    def unsaved(self) -> bool:
        return False

    def save_draft(self) -> None:
        """Nothing is typed here outside a dialog."""

    def row(self, account_id: int) -> AccountRow | None:
        """What is shown of an account."""
        row: AccountRow | None = self._column.have(account_id)
        return row

    @property
    def _rows(self) -> dict[int, AccountRow]:
        return self._column.cards

    # Loading and showing

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        if self._stale and self._board is not None:
            self._load()

    def _changed(self, changes: Changes) -> None:
        if any(bus.touches(changes, kind) for kind in _CARES):
            self._stale = True
            if self.isVisible():
                self._load()

    def _load(self) -> None:
        self._stale = False
        ctx = self._desk.ctx
        self._desk.tasks.latest(self, "board", lambda progress: watching.board(ctx), self._show, self._failed)

    def _failed(self, error: SmdeskError) -> None:
        self._stale = True
        self.problems.show_problems(error)

    def _show(self, board: WatchBoard) -> None:
        self.problems.clear()
        self._board = board
        self._show_head(board)
        shown = board.accounts[: self._most]
        self._column.show({each.account_id: each for each in shown})
        left = len(board.accounts) - len(shown)
        self.more.setText(f"Show {count(min(left, MOST_ROWS), '&more account', '&more accounts')}")
        self.more.setVisible(left > 0)
        empty = not board.accounts
        self.scrolled.setVisible(not empty)
        self.empty.setVisible(empty)
        self._go_to_wanted()

    def _show_head(self, board: WatchBoard) -> None:
        day = day_in_words(board.today, board.today)
        to_do = len(board.to_do)
        if not board.asked:
            said = "no account is asked for today."
        elif not to_do:
            said = f"{count(board.asked, 'account')} asked for, all looked at."
        else:
            said = f"{board.asked - to_do} of {count(board.asked, 'account')} looked at so far."
        self.summary.setText(f"{day}: {said}")
        self.all_today.setEnabled(to_do > 0)
        if board.warnings:
            self.warnings.say("\n".join(board.warnings))
        else:
            self.warnings.hide()

    def _make_row(self, watch: AccountWatch) -> AccountRow:
        row = AccountRow(watch, may_watch=self._may_watch)
        row.looked.connect(self._looked)
        row.found.connect(self._found)
        row.rota_wanted.connect(self._rota)
        row.looks_wanted.connect(self._looks)
        return row

    def _show_row(self, row: AccountRow, watch: AccountWatch) -> None:
        row.show_watch(watch)

    def _show_more(self) -> None:
        if self._board is not None:
            self._most += MOST_ROWS
            self._show(self._board)

    def _go_to_wanted(self) -> None:
        places = [] if self._board is None else [each.account_id for each in self._board.accounts]
        if self._wanted not in places:
            return
        if self.row(self._wanted) is None and self._board is not None:
            self._most = places.index(self._wanted) + MOST_ROWS
            self._show(self._board)
            return
        # A row that was just made has no place yet.
        QTimer.singleShot(0, self, self._bring_into_view)

    def _bring_into_view(self) -> None:
        row, self._wanted = self._rows.get(self._wanted), 0
        if row is not None:
            self.scrolled.ensureWidgetVisible(row)
            (row.look if self._may_watch and not row.watch.looked_today else row.strip).setFocus()

    def _current_row(self) -> AccountRow | None:
        for row in self._rows.values():
            if row.isAncestorOf(self.focusWidget() or self):
                return row
        waiting = [row for row in self._rows.values() if row.watch.to_do]
        return next(iter([*waiting, *self._rows.values()]), None)

    # Looked, nothing new

    def _looked(self, row: AccountRow) -> None:
        self._write([row.watch.account_id], row.watch.name)

    def _look_at_all(self) -> None:
        if self._board is not None and self._board.to_do:
            waiting = self._board.to_do
            one = waiting[0].name if len(waiting) == 1 else count(len(waiting), "account")
            self.all_today.setEnabled(False)
            self._write([each.account_id for each in waiting], one)

    def _write(self, ids: list[int], what: str) -> None:
        ctx = self._desk.ctx

        def work(progress: Progress) -> tuple[Looked, str]:
            return watching.look(ctx, ids), what

        self._desk.tasks.run(self, work, self._written, self._not_written)

    def _written(self, result: tuple[Looked, str]) -> None:
        saved, what = result
        self._undo = saved.look_ids
        self.done.say(f"Written down: {what} looked at today, nothing new.")
        # A pair tells nobody by itself.
        self._desk.events.tell(saved.changes)

    def _not_written(self, error: SmdeskError) -> None:
        self._load()
        self._desk.messages.error(error)

    def _take_back(self) -> None:
        ctx, ids = self._desk.ctx, self._undo

        def work(progress: Progress) -> Saved:
            return watching.withdraw_look(ctx, ids, "Pressed by mistake")

        self.done.hide()
        self._undo = ()
        if ids:
            self._desk.tasks.run(self, work, None, self._not_written)

    # Dialogs

    def _found(self, row: AccountRow) -> None:
        from smdesk.ui.pages.accounts.look_dialogs import LookDialog

        self.done.hide()
        dialog = LookDialog(self._desk, row.watch.account_id, row.watch.name, self)
        dialog.found_something.connect(self._offer_message)
        dialog.open()

    def _offer_message(self, account_id: object) -> None:
        from smdesk.services.message_records import MessageDraft

        if isinstance(account_id, int) and self._desk.messages.confirm(
            "Log what came in as a message or comment?",
            "Log a message",
            "Not now",
            more="A comment, a question or a complaint has a clock from the time it came in (ACC-5).",
        ):
            self._desk.new_with("accounts", MessageDraft(account_id=account_id))

    def _looks(self, row: AccountRow) -> None:
        from smdesk.ui.pages.accounts.look_dialogs import LooksDialog

        cell = row.strip.current()
        day = cell.day if cell is not None and row.strip.hasFocus() else None
        LooksDialog(self._desk, row.watch.account_id, row.watch.name, self, day=day).open()

    def _rota(self, row: AccountRow) -> None:
        from smdesk.services import watching_rota

        ctx, account_id = self._desk.ctx, row.watch.account_id

        def work(progress: Progress) -> Rota:
            return watching_rota.rota(ctx, account_id)

        self._desk.tasks.latest(self, "rota", work, self._open_rota)

    def _open_rota(self, rota: Rota) -> None:
        from smdesk.ui.pages.accounts.rota_dialog import RotaDialog

        RotaDialog(self._desk, rota, self).open()

    def _covers(self) -> None:
        from smdesk.ui.pages.accounts.cover_dialogs import CoversDialog

        CoversDialog(self._desk, self).open()

    def _calendar(self) -> None:
        from smdesk.ui.calendar_dialog import CalendarDialog

        CalendarDialog(self._desk, self).open()
