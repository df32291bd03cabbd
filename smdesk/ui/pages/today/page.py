"""The tab "Today": what is due or overdue across everything, each one click or Enter from its form."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QTimer
from PySide6.QtGui import QHideEvent, QKeySequence, QShortcut, QShowEvent
from PySide6.QtWidgets import QStackedWidget, QVBoxLayout, QWidget

from smdesk.errors import SmdeskError
from smdesk.policy.words import weekday, written_day
from smdesk.security.permissions import Permission, allowed
from smdesk.services import today
from smdesk.services.context import LOCAL, Changes
from smdesk.services.today_records import Target, Today, summary_words
from smdesk.ui import theme
from smdesk.ui.desk import Desk
from smdesk.ui.pages.today.list import TodayList
from smdesk.ui.widgets.buttons import button
from smdesk.ui.widgets.empty_state import EmptyState
from smdesk.ui.widgets.forms import row
from smdesk.ui.widgets.problem_bar import ProblemBar
from smdesk.ui.widgets.text import OneLine, PlainLabel, heading, muted, named

MINUTE_MS = 60_000
"""A clock runs out without anybody writing anything: what is shown is looked up anew every minute."""
AFTER_A_CHANGE_MS = 250
"""Several changes told one after the other are looked up once."""


class Page(QWidget):
    """What the main window shows first."""

    def __init__(self, desk: Desk, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("today_page")
        self._desk = desk
        self._found: Today | None = None
        self.greeting = named(heading("", 2), "today_greeting")
        self.greeting.setWordWrap(False)
        self.day = named(OneLine("", look="muted"), "today_day")
        self.summary = named(PlainLabel(""), "today_summary")
        self.refresh = button("Loo&k up again", "today_refresh", self.reload, tip="Look up again (F5)")
        self.print = button(
            "P&rint for the meeting…",
            "today_print",
            self._print,
            tip="Everything that is due, on paper for the morning meeting",
        )
        self.calendar = button(
            "E&xport calendar…",
            "today_calendar",
            self._export_calendar,
            tip="The rota and every due date as a calendar file",
        )
        roles = desk.ctx.user.roles
        self.print.setVisible(allowed(roles, Permission.LISTS_EXPORT))
        self.calendar.setVisible(allowed(roles, Permission.ACCOUNTS_READ))
        self.problems = ProblemBar("today_problems")
        self.list = TodayList("today_list", "What is due")
        self.list.opened.connect(self.open)
        self.keys = muted("Enter opens it. Alt+Down and Alt+Up go from one section to the next.")
        self.keys.setObjectName("today_keys")
        self.done = _Done(desk)
        self.done.coming.opened.connect(self.open)
        self.figures = EmptyState(
            "You see figures, not cases",
            "The board gets figures: how many incidents, how quickly comments were answered, whether accounts were "
            "looked after. No child, parent or member of staff is named in them.",
            action="Open the &reports",
            pressed=self._open_reports,
            object_name="today_figures",
        )
        self.nothing = EmptyState(
            "Nothing here is yours to do",
            "Your role keeps no records. Users, backups and the school's details stand under Settings.",
            action="Open the &settings",
            pressed=self._open_settings,
            object_name="today_nothing",
        )
        self.wait = EmptyState("What is due is being looked up…", object_name="today_wait")
        self.front = QStackedWidget()
        for each in (self.wait, self.list, self.done, self.figures, self.nothing):
            self.front.addWidget(each)
        top = row(self.greeting, self.day, self.refresh, self.calendar, self.print)
        top.layout().setStretch(1, 1)
        column = QVBoxLayout(self)
        theme.roomy(column, theme.NORMAL, theme.SMALL)
        column.addWidget(top)
        column.addWidget(self.summary)
        column.addWidget(self.problems)
        column.addWidget(self.front, 1)
        column.addWidget(self.keys)
        self.keys.hide()
        again = QShortcut(QKeySequence("F5"), self)
        again.activated.connect(self.reload)
        self._minute = _timer(self, MINUTE_MS, self.reload)
        self._soon = _timer(self, AFTER_A_CHANGE_MS, self.reload, once=True)
        desk.events.changed.connect(self._changed)
        self._greet()

    # The page's agreement with the main window

    def activate(self) -> None:
        self.reload()

    def open_record(self, record_id: int) -> None:
        """There is no record here: what is due stands in the other tabs."""
        self.activate()

    def new_record(self) -> None:
        """Nothing is added here."""

    def focus_search(self) -> None:
        """There is no search: the keyboard goes to the list."""
        shown = self.front.currentWidget()
        if shown is self.done and not self.done.coming.isHidden():
            self.done.coming.setFocus()
        elif isinstance(shown, EmptyState) and shown.action is not None:
            shown.action.setFocus()
        else:
            self.list.setFocus()

    def unsaved(self) -> bool:
        return False

    def save_draft(self) -> None:
        """Nothing is typed here."""

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self._minute.start()

    def hideEvent(self, event: QHideEvent) -> None:
        super().hideEvent(event)
        self._minute.stop()
        self._soon.stop()

    # Reading

    def reload(self) -> None:
        """Look up what is due, off the GUI thread."""
        ctx = self._desk.ctx
        self._desk.tasks.latest(self, "today", lambda progress: today.items(ctx), self._read, self._not_read)

    def _changed(self, changes: Changes) -> None:
        # Nearly every record can be due, so every change counts. Looked up when the tab is seen.
        if self.isVisible():
            self._soon.start()

    def _not_read(self, error: SmdeskError) -> None:
        self.problems.show_problems(error)

    def _read(self, found: Today) -> None:
        first_time, self._found = self._found is None, found
        had_keyboard = self.front.isAncestorOf(self.window().focusWidget() or self.window())
        self.problems.clear()
        self._greet()
        works = bool(found.sections or found.coming) or self._keeps_records()
        self.summary.setText(summary_words(found.count, found.overdue) if works else "")
        self.summary.setVisible(bool(found.sections))
        self.keys.setVisible(bool(found.sections))
        self.print.setEnabled(bool(found.sections))
        if found.sections:
            self.list.show_sections(found.sections, found.as_of)
            self._bring(self.list)
        elif found.figures_only:
            self._bring(self.figures)
        elif not works:
            self._bring(self.nothing)
        else:
            self.done.show_coming(found)
            self._bring(self.done)
        if first_time or had_keyboard:
            self.focus_search()

    def _keeps_records(self) -> bool:
        roles = self._desk.ctx.user.roles
        records = (Permission.INCIDENTS_READ, Permission.CONNECTIONS_READ, Permission.ACCOUNTS_READ)
        return any(allowed(roles, each) for each in records)

    def _bring(self, front: QWidget) -> None:
        if self.front.currentWidget() is not front:
            self.front.setCurrentWidget(front)

    def _greet(self) -> None:
        ctx = self._desk.ctx
        now = ctx.now().astimezone(LOCAL)
        part = "morning" if now.hour < 12 else "afternoon" if now.hour < 18 else "evening"
        self.greeting.setText(f"Good {part}, {ctx.user.name}")
        self.day.show_text(f"{weekday(now.date())} {written_day(now.date())}, {now:%H:%M}")

    # Leading on

    def open(self, target: Target) -> None:
        """Open what somebody chose: a record's form, or the list of a section."""
        self._desk.open_part(target.tab, target.part, target.id)

    def _open_reports(self) -> None:
        self._desk.open_tab("reports", 0)

    def _open_settings(self) -> None:
        self._desk.open_tab("settings", 0)

    def _export_calendar(self) -> None:
        from smdesk.ui.calendar_dialog import CalendarDialog

        CalendarDialog(self._desk, self).open()

    def _print(self) -> None:
        ctx = self._desk.ctx
        self.print.setEnabled(False)
        self._desk.tasks.run(
            self,
            lambda progress: today.paper(ctx),
            self._show_paper,
            self._not_read,
            "Making the paper for the meeting",
            ended=self._printed,
        )

    def _printed(self) -> None:
        self.print.setEnabled(True)

    def _show_paper(self, data: bytes) -> None:
        from smdesk.ui.widgets.preview_window import PreviewWindow

        PreviewWindow(self._desk, data, "What is due today", self).open()


class _Done(QWidget):
    """A day on which nothing is due: that it is so, and what comes up next."""

    def __init__(self, desk: Desk) -> None:
        super().__init__()
        self.setObjectName("today_done")
        self._state = EmptyState("Nothing is due", object_name="today_empty")
        if allowed(desk.ctx.user.roles, Permission.INCIDENTS_EDIT):
            self._state.add("&Log an incident", self._log, "today_log_incident")
        self._desk = desk
        self.coming = TodayList("today_coming", "What comes up next")
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(self._state, 1)
        column.addWidget(self.coming, 1)

    def show_coming(self, found: Today) -> None:
        """Show when it was looked up, and the next things that have a day."""
        at = found.as_of.astimezone(LOCAL)
        self._state.say(
            "Nothing is due, and nothing is overdue",
            f"Nothing of what you look after waits for you, as of {at:%H:%M}. It is looked up again every minute.",
        )
        self.coming.setVisible(bool(found.coming))
        if found.coming:
            self.coming.show_coming(found.coming, found.as_of)

    def _log(self) -> None:
        self._desk.new_with("incidents", None)


def _timer(owner: Page, every: int, does: Callable[[], None], *, once: bool = False) -> QTimer:
    made = QTimer(owner)
    made.setInterval(every)
    made.setSingleShot(once)
    made.timeout.connect(does)
    return made
