"""The window after sign-in: the tabs this person may use, the menu, and a line saying who is where."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from typing import Any, cast

from PySide6.QtCore import QRect, QSize, Qt, QTimer, Signal
from PySide6.QtGui import QAction, QCloseEvent, QGuiApplication, QKeySequence, QShowEvent
from PySide6.QtWidgets import QApplication, QLabel, QMainWindow, QVBoxLayout, QWidget

from smdesk.paths import APP_NAME
from smdesk.security.permissions import ROLE_LABELS, Role
from smdesk.services import settings
from smdesk.services.context import LOCAL, Changes
from smdesk.ui import events as bus
from smdesk.ui import waiting
from smdesk.ui.desk import Desk, PageProtocol
from smdesk.ui.draft_banner import DRAFT_FORMS, DraftBanner
from smdesk.ui.main_tabs import DIGITS, MainTabs, Place, with_keys
from smdesk.ui.messages import Choice
from smdesk.ui.opening import WINDOW_KEY
from smdesk.ui.overdue_strip import OverdueStrip
from smdesk.ui.paper_banner import PaperBanner
from smdesk.ui.steady_focus import keep_near
from smdesk.ui.tabs import TABS, Tab, tabs_for
from smdesk.ui.tasks import Job, Progress
from smdesk.ui.widgets.day_parsing import long_day

AFTER_THE_LIST_MS = 1500
"""Counting what waits loads a third of the program: it waits until what is due is on the screen."""

MINUTE_MS = 60_000

USUAL_SIZE = QSize(1240, 720)
SMALLEST = QSize(760, 440)


class MainWindow(QMainWindow):
    """Shows the pages of ``desk`` and fills in the desk's ``open_tab``, ``new_with`` and ``set_badge``.

    ``school_name`` is for the title, ``last_backup`` a sentence part for the status bar. ``remembered`` is the
    user's stored window place, or None.
    """

    lock_wanted = Signal()
    help_wanted = Signal(str)
    """Carries the name of the tab in front."""

    def __init__(
        self,
        desk: Desk,
        school_name: str,
        *,
        last_backup: str = "",
        remembered: object = None,
        tabs: tuple[Tab, ...] = TABS,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self.setObjectName("main_window")
        self._desk = desk
        self._school_name = school_name
        self._pages: dict[str, PageProtocol] = {}
        self._closing_agreed = False
        self._counting: Job | None = None
        self._count_again = False
        desk.open_tab = self.open_tab
        desk.open_part = self.open_part
        desk.new_with = self.new_with
        desk.open_narrowed = self.open_narrowed
        desk.set_badge = self.set_badge
        desk.say = self.say
        self._shown = tabs_for(desk.ctx.user.roles, tabs)

        self._tabs = MainTabs(self._shown)
        self._drafts = DraftBanner()
        self._drafts.go_on.connect(self._open_draft)
        self._papers = PaperBanner(desk)
        self._papers.wanted.connect(self._show_paper)
        self._overdue = OverdueStrip(desk)
        middle = QWidget()
        column = QVBoxLayout(middle)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self._drafts)
        column.addWidget(self._papers)
        column.addWidget(self._overdue)
        column.addWidget(self._tabs, 1)
        self.setCentralWidget(middle)
        self._make_menus()
        self._make_status_bar(last_backup)
        self._tabs.currentChanged.connect(self._tab_chosen)
        self._count_later = QTimer(self)
        self._count_later.setSingleShot(True)
        self._count_later.setInterval(AFTER_THE_LIST_MS)
        self._count_later.timeout.connect(self._count_waiting)
        self._count_later.timeout.connect(self._papers.load)
        self._count_later.timeout.connect(self._overdue.load)
        # A clock runs out without anybody writing anything.
        self._every_minute = QTimer(self)
        self._every_minute.setInterval(MINUTE_MS)
        self._every_minute.timeout.connect(self._overdue.load)
        self._every_minute.timeout.connect(self._count_waiting)
        app = QApplication.instance()
        if isinstance(app, QApplication):
            app.focusChanged.connect(self._focus_moved)
        desk.events.changed.connect(self._changed)
        desk.tasks.started.connect(self._work_changed)
        desk.tasks.finished.connect(self._work_changed)
        self._place_window(remembered)
        self._say_title()

    # Tabs

    def open_tab(self, name: str, record_id: int = 0) -> None:
        """Show a tab and, where ``record_id`` is not 0, a record in it. A tab this user has not is passed over."""
        for place, tab in enumerate(self._shown):
            if tab.name == name:
                page = self.page(name)
                self._tabs.setCurrentIndex(place)
                if record_id:
                    page.open_record(record_id)

    def open_part(self, name: str, part: str, record_id: int = 0) -> None:
        """``open_tab`` for a record in one part of a tab. A tab without parts shows the record itself."""
        self.open_tab(name)
        if any(tab.name == name for tab in self._shown):
            page = self.page(name)
            into_part = getattr(page, "open_part", None)
            if part and into_part is not None:
                into_part(part, record_id)
            elif record_id:
                page.open_record(record_id)

    def open_narrowed(self, name: str, part: str, wanted: object, sort: object) -> None:
        """Show a part of a tab, and of its list what this filter finds. A tab this user has not is passed over."""
        if any(tab.name == name for tab in self._shown):
            self.open_part(name, part)
            narrow = getattr(self.page(name), "narrow_part", None)
            if narrow is not None:
                narrow(part, wanted, sort)

    def new_with(self, name: str, draft: object) -> None:
        """Show a tab and in it a new record begun with this draft. A tab this user has not is passed over."""
        if any(tab.name == name for tab in self._shown):
            self.open_tab(name)
            begin = getattr(self.page(name), "new_with", None)
            if begin is not None:
                begin(draft)

    def page(self, name: str) -> PageProtocol:
        """The tab's page, made now if it was not yet. Raises KeyError for a tab this user has not."""
        if name not in self._pages:
            place = self._tabs.place_of(name)
            if place is None:
                raise KeyError(name)
            holder = cast(Place, self._tabs.widget(place))
            page = holder.tab.make(self._desk)
            holder.fill(page)
            self._pages[name] = cast(PageProtocol, page)
        return self._pages[name]

    def current_tab(self) -> str:
        """The name of the tab in front; "" when there is none."""
        place = self._tabs.currentIndex()
        return self._shown[place].name if 0 <= place < len(self._shown) else ""

    def set_badge(self, name: str, count: int) -> None:
        """Show a count on a tab, in words for a screen reader too."""
        self._tabs.set_count(name, count)

    def unsaved_tabs(self) -> list[str]:
        """Labels of the tabs with something typed and not saved."""
        return [
            tab.label for tab in self._shown if tab.name in self._pages and self._pages[tab.name].unsaved()
        ]

    def save_drafts(self) -> None:
        """Have every page store what is typed, now. One page's failure does not cost another's draft."""
        failures = []
        for page in self._pages.values():
            try:
                if page.unsaved():
                    page.save_draft()
            except Exception as error:  # noqa: BLE001 - every other page's draft must still be saved; raised below.
                failures.append(error)
        if failures:
            raise failures[0]

    def offer_drafts(self, found: Sequence[tuple[str, int, datetime]]) -> None:
        """Offer what was half typed when the program locked or closed: (form, record id or 0, when)."""
        names = {tab.name for tab in self._shown}
        self._drafts.offer(
            [draft for draft in found if DRAFT_FORMS.get(draft[0], ("", ""))[0].partition("/")[0] in names]
        )

    def _open_draft(self, form: str, record_id: int) -> None:
        tab, _, part = DRAFT_FORMS[form][0].partition("/")
        self.open_part(tab, part, record_id)
        if not record_id:
            self.page(tab).new_record()

    def _show_paper(self, exception_id: int) -> None:
        self.open_tab("queue", exception_id)

    def _tab_chosen(self) -> None:
        name = self.current_tab()
        if name:
            self.page(name).activate()
        if name == "queue":
            self._papers.put_off()
        self._say_title()

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        if not event.spontaneous():
            self._tab_chosen()
            # The first key typed searches; the tabs are a Shift+Tab away.
            if self.current_tab():
                self.page(self.current_tab()).focus_search()
            self._count_later.start()
            self._every_minute.start()

    # Menu and keys

    def _make_menus(self) -> None:
        bar = self.menuBar()
        bar.setObjectName("menu_bar")
        file = bar.addMenu("&File")
        self._add(file, "&New", "new", "Ctrl+N", self._new)
        self._add(file, "&Search", "search", "Ctrl+F", self._search)
        file.addSeparator()
        self._add(file, "&Lock", "lock", "Ctrl+L", self.lock_wanted.emit)
        self._add(file, "&Quit", "quit", "Ctrl+Q", self.close)
        go = bar.addMenu("&Go")
        for place, label in enumerate(with_keys([tab.label for tab in self._shown])):
            keys = f"Ctrl+{DIGITS[place]}" if place < len(DIGITS) else ""
            action = self._add(go, label, f"go_{self._shown[place].name}", keys, self._go)
            action.setData(place)
        go.addSeparator()
        self._add(go, "Ne&xt tab", "next_tab", "Ctrl+PgDown", self._go_next)
        self._add(go, "Tab be&fore", "previous_tab", "Ctrl+PgUp", self._go_before)
        account = bar.addMenu("&Account")
        self._add(account, "Change my &password…", "change_password", "", self._change_password)
        help_menu = bar.addMenu("&Help")
        self._add(help_menu, "&Help", "help", "F1", self._help)
        self._add(help_menu, "&Check the records…", "check_records", "", self._check_records)
        self._add(help_menu, f"&About {APP_NAME}", "about", "", self._about)
        for menu in (file, go, account, help_menu):
            menu.setObjectName(f"menu_{menu.title().replace('&', '').lower()}")

    def _add(self, menu: Any, label: str, name: str, keys: str, does: Callable[..., object]) -> QAction:
        action = QAction(label, self)
        action.setObjectName(f"action_{name}")
        if keys:
            action.setShortcut(QKeySequence(keys))
        action.triggered.connect(does)
        menu.addAction(action)
        return action

    def _go(self) -> None:
        action = self.sender()
        if isinstance(action, QAction):
            self._tabs.setCurrentIndex(int(action.data()))

    def _go_next(self) -> None:
        self._tabs.setCurrentIndex((self._tabs.currentIndex() + 1) % max(1, self._tabs.count()))

    def _go_before(self) -> None:
        self._tabs.setCurrentIndex((self._tabs.currentIndex() - 1) % max(1, self._tabs.count()))

    def _new(self) -> None:
        if self.current_tab():
            self.page(self.current_tab()).new_record()

    def _search(self) -> None:
        if self.current_tab():
            self.page(self.current_tab()).focus_search()

    def _help(self) -> None:
        self.help_wanted.emit(self.current_tab())

    def _change_password(self) -> None:
        from smdesk.ui.pages.settings.password_dialog import PasswordDialog

        dialog = PasswordDialog(self._desk, self)
        dialog.open()

    def _check_records(self) -> None:
        from smdesk.ui.pages.settings.verify_section import VerifyDialog

        VerifyDialog(self._desk, self).open()

    def _about(self) -> None:
        import smdesk

        self._desk.messages.info(
            f"{APP_NAME} {smdesk.__version__}",
            more="Runs a school's social media policy: what was posted, what the policy says to do next, "
            "the letters and the report to governors. Records stay on this computer, encrypted.",
        )

    # Status bar and title

    def _make_status_bar(self, last_backup: str) -> None:
        bar = self.statusBar()
        bar.setObjectName("status_bar")
        user = self._desk.ctx.user
        roles = ", ".join(ROLE_LABELS[role] for role in Role if role in user.roles)
        self._who = _status(f"{user.name} · {roles}", "status_user", "Signed in")
        self._where = _status(self._school_name, "status_school", "School")
        self._backup = _status("", "status_backup", "Last backup")
        self._busy = _status("", "status_work", "Work going on")
        bar.addWidget(self._who)
        bar.addWidget(self._where)
        bar.addPermanentWidget(self._busy)
        bar.addPermanentWidget(self._backup)
        self.show_last_backup(last_backup)

    def show_last_backup(self, words: str) -> None:
        """For example "2 May 2026, 15:30"; empty where there is none."""
        text = f"Last backup: {words}" if words else "No backup yet"
        self._backup.setText(text)
        self._backup.setAccessibleName(text)

    def say(self, text: str, seconds: int = 6) -> None:
        """A passing word in the status bar that something was done; "" takes it away."""
        self.statusBar().showMessage(text, seconds * 1000)

    def _work_changed(self, _job: Job) -> None:
        titles = [job.title for job in self._desk.tasks.jobs() if job.title and not job.finished]
        self._busy.setText(f"{titles[0]}…" if titles else "")

    def _changed(self, changes: Changes) -> None:
        if bus.touches(changes, "school"):
            self._load_school()
        if bus.touches(changes, "backup"):
            self._load_backup()
        if any(bus.touches(changes, kind) for kind in waiting.SHOWS_IN_COUNTS):
            self._count_waiting()

    def _focus_moved(self, old: QWidget | None, new: QWidget | None) -> None:
        keep_near(old, new, (self._drafts, self._papers, self._overdue))

    def _count_waiting(self) -> None:
        """What waits for this person is seen from every tab, before its own is opened.

        One count at a time: it reads all there is, and several changes one after the other would hold every thread.
        """
        if self._counting is not None and not self._counting.finished:
            self._count_again = True
            return
        self._count_again = False
        ctx, shown = self._desk.ctx, {tab.name for tab in self._shown}

        def work(progress: Progress) -> dict[str, int]:
            return waiting.counts(ctx, shown)

        self._counting = self._desk.tasks.latest(self, "waiting", work, self._waiting_counted)

    def _waiting_counted(self, counts: dict[str, int]) -> None:
        if self._count_again:
            self._count_waiting()
        for tab, number in counts.items():
            self.set_badge(tab, number)

    def _load_school(self) -> None:
        from smdesk.services import school

        ctx = self._desk.ctx
        self._desk.tasks.latest(self, "school", lambda progress: school.get(ctx).name, self._school_read)

    def _school_read(self, name: str) -> None:
        self._school_name = name
        self._where.setText(name)
        self._say_title()

    def _load_backup(self) -> None:
        ctx = self._desk.ctx
        self._desk.tasks.latest(
            self, "backup", lambda progress: last_backup_words(ctx.folder.backups), self.show_last_backup
        )

    def _say_title(self) -> None:
        label = next((tab.label for tab in self._shown if tab.name == self.current_tab()), "")
        self.setWindowTitle(" – ".join(part for part in (label, self._school_name, APP_NAME) if part))

    # Place on the screen, closing

    def _place_window(self, remembered: object) -> None:
        self.setMinimumSize(SMALLEST)
        screen = QGuiApplication.primaryScreen()
        room = screen.availableGeometry() if screen is not None else QRect(0, 0, 1366, 768)
        place = _rectangle(remembered)
        if place is not None and _on_screen(place):
            self.setGeometry(place)
        else:
            size = USUAL_SIZE.boundedTo(room.size() - QSize(16, 48))
            self.resize(size)
            self.move(room.center() - self.rect().center())
        if isinstance(remembered, dict) and remembered.get("maximized"):
            self.setWindowState(Qt.WindowState.WindowMaximized)

    def window_state(self) -> dict[str, Any]:
        """What is remembered of the window."""
        box = self.normalGeometry() if self.isMaximized() else self.geometry()
        return {
            "at": [box.x(), box.y(), box.width(), box.height()],
            "maximized": self.isMaximized(),
            "tab": self.current_tab(),
        }

    def close_without_asking(self) -> None:
        """Close now: the drafts are stored, the program is about to lock."""
        self._closing_agreed = True
        self.close()

    def closeEvent(self, event: QCloseEvent) -> None:
        if not self._closing_agreed and not self._may_close():
            event.ignore()
            return
        self._count_later.stop()
        self._every_minute.stop()
        ctx, state = self._desk.ctx, self.window_state()

        def remember(progress: Progress) -> None:
            settings.put(ctx, WINDOW_KEY, state)

        self._desk.tasks.run(self, remember)
        event.accept()

    def _may_close(self) -> bool:
        unsaved = self.unsaved_tabs()
        if not unsaved:
            return True
        answer = self._desk.messages.choose(
            f"Something you typed is not saved yet ({', '.join(unsaved)}).",
            (
                Choice("draft", "Keep as draft and close"),
                Choice("drop", "Close without it", danger=True),
                Choice("stay", "Go back"),
            ),
            more="A draft is offered to you when you sign in again. Nobody else can see it.",
            cancel="stay",
            default="draft",
        )
        if answer == "draft":
            self.save_drafts()
        return answer != "stay"


def _status(text: str, object_name: str, accessible_name: str) -> QLabel:
    label = QLabel(text)
    label.setTextFormat(Qt.TextFormat.PlainText)
    label.setObjectName(object_name)
    label.setAccessibleName(f"{accessible_name}: {text}")
    label.setContentsMargins(8, 2, 8, 2)
    return label


def _rectangle(remembered: object) -> QRect | None:
    at = remembered.get("at") if isinstance(remembered, dict) else None
    if isinstance(at, list) and len(at) == 4 and all(isinstance(n, int) and abs(n) < 20_000 for n in at):
        return QRect(*at) if at[2] >= SMALLEST.width() and at[3] >= SMALLEST.height() else None
    return None


def _on_screen(place: QRect) -> bool:
    """Whether enough of the title bar can be reached: the second screen may have been unplugged."""
    title = QRect(place.x(), place.y(), place.width(), 40)
    for screen in QGuiApplication.screens():
        seen = screen.availableGeometry().intersected(title)
        room = screen.availableGeometry()
        if seen.width() >= 200 and seen.height() >= 20 and place.height() <= room.height() + 20:
            return True
    return False


def last_backup_words(folder: Any) -> str:
    """When the newest backup in this folder was made, in words; "" where there is none."""
    newest = None
    if folder.is_dir():
        for entry in folder.iterdir():
            try:
                made = datetime.strptime(entry.name[:17], "%Y-%m-%dT%H%M%S").replace(tzinfo=UTC)
            except ValueError:
                continue
            newest = made if newest is None or made > newest else newest
    if newest is None:
        return ""
    local = newest.astimezone(LOCAL)
    return f"{long_day(local.date())}, {local:%H:%M}"
