"""The tab "To decide": everything that waits for one decider, one after the other, by keyboard alone.

Up and Down (Alt+Up and Alt+Down from anywhere) go through the list; the item stands beside it with all that is needed
to decide. After a decision the next one opens.
"""

from __future__ import annotations

from typing import cast

from PySide6.QtCore import QEvent, QSize, Qt
from PySide6.QtGui import QKeyEvent, QKeySequence, QResizeEvent, QShortcut
from PySide6.QtWidgets import QSplitter, QStackedWidget, QVBoxLayout, QWidget

from smdesk.errors import SmdeskError
from smdesk.services.context import Changes, Context
from smdesk.services.queue import QUEUE_KIND_LABELS, QueueItem, QueueKind
from smdesk.ui import events as bus
from smdesk.ui import theme
from smdesk.ui.desk import Desk
from smdesk.ui.pages.queue import work
from smdesk.ui.pages.queue.item_screen import ItemScreen
from smdesk.ui.pages.queue.list import Key, QueueList, waited
from smdesk.ui.pages.queue.work import Waiting
from smdesk.ui.tasks import Progress
from smdesk.ui.widgets.buttons import button
from smdesk.ui.widgets.empty_state import EmptyState
from smdesk.ui.widgets.forms import row
from smdesk.ui.widgets.text import OneLine, named

BESIDE = 1060
"""Device-independent pixels from which the list stands beside what is decided; below, a button brings it."""
LIST_WIDTH = 290
_KINDS = ("exception", "letter", "incident", "question", "person", "profile")


class Page(QWidget):
    """What the main window shows under "To decide"."""

    def __init__(self, desk: Desk, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("queue_page")
        self._desk = desk
        self._current: QueueItem | None = None
        self._wanted_record = 0
        self._wanted_key: Key | None = None
        self._read_once = False
        self._screens: dict[str, ItemScreen] = {}
        self.list = QueueList()
        self.pack = button(
            "Print the pac&k…",
            "queue_pack",
            self._print_pack,
            tip="Everything that waits, on paper: decide with a pen, and the office records it",
        )
        self._side = QWidget()
        side = QVBoxLayout(self._side)
        side.setContentsMargins(0, 0, 0, 0)
        side.setSpacing(theme.SMALL)
        side.addWidget(self.list, 1)
        side.addWidget(self.pack)
        self.show_list = button("&List", "queue_show_list", tip="Show or hide the list")
        self.show_list.setCheckable(True)
        self.show_list.toggled.connect(self._list_wanted)
        self.where = named(OneLine("", look="muted"), "queue_where")
        self.previous = button("↑", "queue_previous", self.go_up, tip="The one before (Alt+Up)")
        self.previous.setAccessibleName("The one before")
        self.next = button("↓", "queue_next", self.go_down, tip="The next one (Alt+Down)")
        self.next.setAccessibleName("The next one")
        self.bar = row(self.show_list, self.where, self.previous, self.next)
        self.bar.layout().setStretch(1, 1)
        self.stack = QStackedWidget()
        # As wide as it is given: the widest of the screens is not the least width of the window.
        self.stack.setMinimumWidth(0)
        self._right = QWidget()
        right = QVBoxLayout(self._right)
        right.setContentsMargins(0, 0, 0, 0)
        right.setSpacing(theme.SMALL)
        right.addWidget(self.bar)
        right.addWidget(self.stack, 1)
        self.split = named(QSplitter(Qt.Orientation.Horizontal), "queue_split", "List and decision")
        self.split.addWidget(self._side)
        self.split.addWidget(self._right)
        self.split.setChildrenCollapsible(False)
        self.split.setHandleWidth(theme.NORMAL)
        self.split.setStretchFactor(0, 0)
        self.split.setStretchFactor(1, 1)
        self.split.setSizes([LIST_WIDTH, 1000])
        self.empty = EmptyState(
            "Nothing waits for you",
            "",
            action="Open the register",
            pressed=self._open_register,
            object_name="queue_empty",
        )
        self.front = QStackedWidget()
        self.front.addWidget(self.empty)
        self.front.addWidget(self.split)
        column = QVBoxLayout(self)
        theme.roomy(column, theme.NORMAL, theme.SMALL)
        column.addWidget(self.front)
        self.empty.say("What waits for you is being looked up…")
        for keys, does in (("Alt+Up", self.go_up), ("Alt+Down", self.go_down)):
            made = QShortcut(QKeySequence(keys), self)
            # Of the window: they lead back to the list from wherever the keyboard strayed.
            made.setContext(Qt.ShortcutContext.WindowShortcut)
            made.activated.connect(does)
        # The key of the button that brings the list leads to it where it stands there anyway.
        self._to_list = QShortcut(QKeySequence("Alt+L"), self)
        self._to_list.activated.connect(self._focus_list)
        self.list.chosen.connect(self._chosen)
        self.list.taken_up.connect(self._take_up)
        desk.events.changed.connect(self._changed)
        self._arrange()

    # The page's agreement with the main window

    def activate(self) -> None:
        self.reload()

    def open_record(self, record_id: int) -> None:
        """Show what waits about this exception; where nothing does, its record."""
        self._wanted_record = record_id
        self.reload()

    def open_part(self, kind: str, item_id: int) -> None:
        """Show one thing that waits, by its kind and id; where it waits no more, the list."""
        self._wanted_key = (QueueKind(kind), item_id)
        self.reload()

    def new_record(self) -> None:
        """Nothing is begun here: what waits comes from the other tabs."""

    def focus_search(self) -> None:
        """There is no search: the list is what waits, and short."""
        self._focus_list()

    def unsaved(self) -> bool:
        return any(screen.unsaved() for screen in self._screens.values())

    def save_draft(self) -> None:
        for screen in self._screens.values():
            if screen.unsaved():
                screen.save_draft()

    # The list

    def reload(self) -> None:
        """Read again what waits."""
        ctx = self._desk.ctx
        self._desk.tasks.latest(
            self, "waiting", lambda progress: work.waiting(ctx), self._listed, self._not_listed
        )

    def _listed(self, found: Waiting) -> None:
        first_time, self._read_once = not self._read_once, True
        before, items = self.list.items, found.items
        self._desk.set_badge("queue", len(items))
        wanted_key, self._wanted_key = self._wanted_key, None
        if self._wanted_record:
            wanted, self._wanted_record = self._wanted_record, 0
            if not self._open_wanted(items, wanted):
                return
        current = self._current
        held = current is not None and self._busy_with_it()
        keys = {item.key for item in items}
        self.list.show_items(items, self._desk.ctx.today(), current.key if current else None)
        if not items and not held:
            self._current = None
            self._say_empty(found)
            return
        self.front.setCurrentWidget(self.split)
        if current is not None and (current.key in keys or held):
            self._say_where()
        else:
            if current is not None:
                self._desk.say(f"{_called(current)} waits for you no more.")
            self._show(_after(before, items, current))
            if current is not None and self.isVisible():
                # What the keyboard was in has gone with its item.
                self._focus_list()
        if first_time:
            self._focus_list()
        item = next((each for each in items if each.key == wanted_key), None)
        if item is not None:
            self._chosen(item)

    def _open_wanted(self, items: tuple[QueueItem, ...], record_id: int) -> bool:
        """Come to what waits about a record; False where nothing does and its own tab was opened."""
        kinds = (QueueKind.PAPER, QueueKind.EXCEPTION, QueueKind.REVIEW)
        about = [each for each in items if each.kind in kinds and each.record_id == record_id]
        item = min(about, key=lambda each: kinds.index(each.kind), default=None)
        if item is None:
            ctx = self._desk.ctx
            # A decision half typed here was taken by somebody else: its draft would be offered for ever.
            self._desk.tasks.run(self, lambda progress: work.forget(ctx, record_id))
            self._desk.open_exception(record_id)
            return False
        if self._current is None or self._current.key != item.key:
            if not self._may_leave(item):
                return False
            self._show(item)
            # A paper is looked at before anything else: Enter pressed twice must not sign it.
            self._screen_for(item).take_keyboard |= item.kind is not QueueKind.PAPER
        return True

    def _not_listed(self, error: SmdeskError) -> None:
        self.front.setCurrentWidget(self.empty)
        self.empty.say("What waits for you could not be read", str(error))

    def _say_empty(self, found: Waiting) -> None:
        more = (found.quiet.last, found.quiet.coming) if found.quiet is not None else ()
        lines = [
            "Exceptions put forward, letters to sign, incidents you are told of and answered questions come here.",
            *(line for line in more if line),
        ]
        self.empty.say("Nothing waits for you", "\n".join(lines))
        had_focus = self.isAncestorOf(self.window().focusWidget() or self.window())
        self.front.setCurrentWidget(self.empty)
        if had_focus and self.empty.action is not None:
            self.empty.action.setFocus()

    def _busy_with_it(self) -> bool:
        screen = self._screen()
        return screen is not None and (screen.busy or screen.unsaved())

    # Going through it

    def go_down(self) -> None:
        """The next item (Alt+Down)."""
        self._step(1)

    def go_up(self) -> None:
        """The one before (Alt+Up)."""
        self._step(-1)

    def _step(self, by: int) -> None:
        items = self.list.items
        place = self._place()
        if place is None:
            if items:
                self._chosen(items[0])
        elif 0 <= place + by < len(items):
            self._chosen(items[place + by])
        if not self._side.isHidden():
            self.list.setFocus()

    def _place(self) -> int | None:
        current = self._current
        if current is None:
            return None
        return next((n for n, item in enumerate(self.list.items) if item.key == current.key), None)

    def _chosen(self, item: QueueItem) -> None:
        if self._current is not None and item.key == self._current.key:
            return
        if not self._may_leave(item):
            self.list.mark(self._current.key if self._current is not None else None)
            return
        self._show(item)

    def _may_leave(self, item: QueueItem) -> bool:
        """Whether what is shown may be left: a half typed decision is kept by itself, a changed letter asks."""
        screen = self._screen()
        if screen is None:
            return True
        if screen.busy:
            return False
        return screen.may_leave(item)

    def _show(self, item: QueueItem | None) -> None:
        if item is None:
            return
        self._current = item
        self.list.mark(item.key)
        screen = self._screen_for(item)
        self.stack.setCurrentWidget(screen)
        # With no list in sight the keyboard would be lost with what is left.
        screen.take_keyboard = self._side.isHidden() and self.isVisible()
        screen.show_item(item)
        self._say_where()

    def _say_where(self) -> None:
        item, place = self._current, self._place()
        if item is None:
            self.where.show_text("")
            return
        total = len(self.list.items)
        first = f"{place + 1} of {total}" if place is not None else "Waits no more"
        since = waited(item, self._desk.ctx.today())
        waits = since if since.startswith(("new", "due")) else f"waiting for {since}"
        parts = [first, QUEUE_KIND_LABELS[item.kind], item.reference, waits]
        self.where.show_text(" · ".join(part for part in parts if part))
        self.previous.setEnabled(place is not None and place > 0)
        self.next.setEnabled(place is None or place + 1 < total)

    def _screen(self) -> ItemScreen | None:
        widget = self.stack.currentWidget()
        return cast(ItemScreen, widget) if widget is not None else None

    def _screen_for(self, item: QueueItem) -> ItemScreen:
        name = _SCREENS[item.kind]
        if name not in self._screens:
            made = _make(name, self._desk)
            made.decided.connect(self._decided)
            made.gone.connect(self._gone)
            made.left_for.connect(self._show)
            made.outdated.connect(self.reload)
            self._screens[name] = made
            self.stack.addWidget(made)
        return self._screens[name]

    # After a decision

    def _decided(self) -> None:
        """The item in front is done with: the next one opens, and the keyboard goes on in the list."""
        current = self._current
        if current is None:
            return
        left = tuple(item for item in self.list.items if item.key != current.key)
        following = _after(self.list.items, left, current)
        self._current = None
        self._desk.say(f"{_called(current)}: what you decided is on record.")
        self.list.show_items(left, self._desk.ctx.today(), None)
        self._show(following)
        self._focus_list()
        self.reload()

    def _gone(self, error: SmdeskError | None) -> None:
        """What should be shown is not there any more: say so where it was not said, and read the list again."""
        if error is not None:
            self._desk.messages.error(error)
        self._current = None
        self.reload()

    def _changed(self, changes: Changes) -> None:
        if not any(bus.touches(changes, kind) for kind in _KINDS):
            return
        if self.isVisible():
            self.reload()
        screen, item = self._screen(), self._current
        if screen is not None and item is not None and not screen.busy and _concerns(item, changes):
            screen.refresh()

    # Looks and keys

    def event(self, event: QEvent) -> bool:
        # Somebody who comes back to the window sees what was put forward on another computer meanwhile.
        if event.type() == QEvent.Type.WindowActivate and self._read_once and self.isVisible():
            self.reload()
        return super().event(event)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._arrange()

    def minimumSizeHint(self) -> QSize:
        return QSize(400, 260)

    def _list_wanted(self) -> None:
        self._arrange()
        self._focus_list()

    def _arrange(self) -> None:
        beside = self.width() >= BESIDE
        self.show_list.setVisible(not beside)
        self._to_list.setEnabled(beside)
        wanted = beside or self.show_list.isChecked()
        if self._side.isHidden() == wanted:
            self._side.setVisible(wanted)
            if wanted:
                self.split.setSizes([LIST_WIDTH, max(1, self.width() - LIST_WIDTH)])

    def keyPressEvent(self, event: QKeyEvent) -> None:
        # Reached only when nothing inside had a use for Esc.
        if event.key() == Qt.Key.Key_Escape:
            self._focus_list()
            return
        # What signs by Ctrl+Enter from anywhere has heard it already; a decision is signed from where it is typed.
        held = bool(event.modifiers() & Qt.KeyboardModifier.ControlModifier)
        if held and event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self._take_up()
            return
        super().keyPressEvent(event)

    def _focus_list(self) -> None:
        if self.front.currentWidget() is self.empty:
            if self.empty.action is not None:
                self.empty.action.setFocus()
        elif not self._side.isHidden():
            self.list.setFocus()
        else:
            screen = self._screen()
            if screen is not None:
                screen.put_keyboard()

    def _take_up(self) -> None:
        screen = self._screen()
        if screen is not None:
            screen.put_keyboard()

    def _open_register(self) -> None:
        self._desk.open_tab("connections", 0)

    # On paper

    def _print_pack(self) -> None:
        ctx = self._desk.ctx
        self._desk.tasks.run(
            self, lambda progress: _pack(ctx, progress), self._show_pack, title="Making the pack", long=True
        )

    def _show_pack(self, data: bytes) -> None:
        from smdesk.ui.widgets.preview_window import PreviewWindow

        PreviewWindow(self._desk, data, "What waits for a decision", self).open()


_SCREENS = {
    QueueKind.PAPER: "paper",
    QueueKind.EXCEPTION: "exception",
    QueueKind.REVIEW: "exception",
    QueueKind.LETTER: "letter",
    QueueKind.INCIDENT: "incident",
    QueueKind.QUESTION: "question",
}


def _make(name: str, desk: Desk) -> ItemScreen:
    """A screen, made when something it shows is first come to."""
    if name == "paper":
        from smdesk.ui.pages.queue.paper_screen import PaperScreen

        return PaperScreen(desk)
    if name == "letter":
        from smdesk.ui.pages.queue.letter_place import LetterPlace

        return LetterPlace(desk)
    if name == "incident":
        from smdesk.ui.pages.queue.matter_screens import IncidentScreen

        return IncidentScreen(desk)
    if name == "question":
        from smdesk.ui.pages.queue.matter_screens import QuestionScreen

        return QuestionScreen(desk)
    from smdesk.ui.pages.queue.exception_screen import ExceptionScreen

    return ExceptionScreen(desk)


def _after(
    before: tuple[QueueItem, ...], now: tuple[QueueItem, ...], current: QueueItem | None
) -> QueueItem | None:
    """What follows ``current`` among those there are now: the one below it, else the last, else None."""
    if not now:
        return None
    keys: list[Key] = [item.key for item in before]
    if current is None or current.key not in keys:
        return now[0]
    there = {item.key: item for item in now}
    for key in keys[keys.index(current.key) + 1 :]:
        if key in there:
            return there[key]
    return now[-1]


def _called(item: QueueItem) -> str:
    """The item as a passing line names it."""
    return f"{item.title} ({item.reference})" if item.reference else item.title


def _concerns(item: QueueItem, changes: Changes) -> bool:
    kind = {QueueKind.LETTER: "letter", QueueKind.INCIDENT: "incident", QueueKind.QUESTION: "question"}
    return bus.touches(changes, kind.get(item.kind, "exception"), item.id) or (
        item.kind is QueueKind.PAPER and bus.touches(changes, "exception", item.record_id)
    )


def _pack(ctx: Context, progress: Progress) -> bytes:
    from smdesk.services import connection_papers

    progress.check_cancelled()
    return connection_papers.pack_pdf(ctx)
