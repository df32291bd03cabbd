"""The people list: search as one types, kinds, those who left, and sorting, all in SQL."""

from __future__ import annotations

from array import array
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtGui import QIcon, QKeyEvent, QKeySequence, QShortcut
from PySide6.QtWidgets import QCheckBox, QComboBox, QHBoxLayout, QStackedWidget, QVBoxLayout, QWidget

from smdesk.policy.vocabulary import KIND_LABELS, PersonKind
from smdesk.security.permissions import Permission, allowed
from smdesk.services import people
from smdesk.services.context import Changes, Context
from smdesk.services.people_records import PersonHit
from smdesk.ui import events as bus
from smdesk.ui import theme
from smdesk.ui.desk import Desk
from smdesk.ui.models.chunked import ChunkedModel, Column
from smdesk.ui.tasks import Progress
from smdesk.ui.widgets.buttons import button
from smdesk.ui.widgets.empty_state import EmptyState
from smdesk.ui.widgets.flow import flow
from smdesk.ui.widgets.record_table import RecordTable
from smdesk.ui.widgets.search_box import SearchBox
from smdesk.ui.widgets.status_chip import status_icon
from smdesk.ui.widgets.text import PlainLabel, named


@dataclass(frozen=True, slots=True)
class Asked:
    """What the list shows."""

    text: str = ""
    kind: PersonKind | None = None
    include_left: bool = True
    column: str = "name"
    descending: bool = False

    @property
    def narrowed(self) -> bool:
        return bool(self.text) or self.kind is not None or not self.include_left


def columns() -> tuple[Column[PersonHit], ...]:
    return (
        Column("name", "Name", lambda hit: hit.name, 210, tooltip=lambda hit: f"{hit.name}, {hit.hint}"),
        Column("kind", "Who they are", _kind, 150, icon=_kind_icon),
        Column("year_group", "More about them", _more, 380, tooltip=_more),
        Column("left", "Left", lambda hit: "Left" if hit.left else "", 70),
    )


class PeopleListView(QWidget):
    """``opened`` carries the id of the person to open."""

    opened = Signal(object)
    moved_to = Signal(object)
    """The current row changed to this id (or None)."""
    new_wanted = Signal()
    import_wanted = Signal()

    def __init__(self, desk: Desk, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("people_list")
        self._desk = desk
        self._asked = Asked()
        self._loaded = False
        self._keep_place = True
        self._to_select = 0
        self.may_add = allowed(desk.ctx.user.roles, Permission.PEOPLE_EDIT)
        column = QVBoxLayout(self)
        theme.roomy(column, theme.NORMAL + theme.TIGHT, theme.SMALL)
        self.search = SearchBox("Search names, online names, e-mail, telephone", "people_search")
        self.search.searched.connect(self._searched)
        self.bring_in = button(
            "Bring in from a file…", "people_import", tip="Bring in people from the school's own system"
        )
        self.bring_in.clicked.connect(self.import_wanted)
        self.bring_in.setVisible(allowed(desk.ctx.user.roles, Permission.PEOPLE_IMPORT))
        self.new = button("&New person", "person_new", look="primary", tip="Add a person (Ctrl+N)")
        self.new.clicked.connect(self.new_wanted)
        self.new.setVisible(self.may_add)
        top = QHBoxLayout()
        top.addWidget(self.search, 1)
        top.addWidget(self.bring_in)
        top.addWidget(self.new)
        column.addLayout(top)
        self.kind = named(QComboBox(), "people_kind", "Who they are")
        self.kind.addItem("Everybody", None)
        for kind, label in KIND_LABELS.items():
            self.kind.addItem(label, str(kind))
        self.kind.currentIndexChanged.connect(self._narrowed)
        self.left = named(QCheckBox("&Include those who left"), "people_left", "Include those who left")
        self.left.setChecked(True)
        self.left.toggled.connect(self._narrowed)
        self.columns = button("C&olumns", "people_columns", self._columns_menu)
        column.addWidget(flow(self.kind, self.left, self.columns))
        self.model = ChunkedModel(
            desk.tasks, columns(), _fetcher(desk.ctx), events=desk.events, kind="person", parent=self
        )
        self.table = RecordTable(desk, self.model, "people_table", "People", "people.columns")
        self.table.show_sort(self._asked.column, self._asked.descending)
        self.table.opened.connect(self.opened)
        self.table.current_changed.connect(self.moved_to)
        self.table.sort_wanted.connect(self._sort_by)
        self._none = EmptyState(
            "Nobody is on record yet",
            "People are added here, or while an incident is logged.",
            "Add the first person" if self.may_add else "",
            self.new_wanted.emit if self.may_add else None,
            "people_none",
        )
        self._no_match = EmptyState(
            "Nobody matches", "", "Clear search and filters", self.clear_filters, "people_no_match"
        )
        self._stack = named(QStackedWidget(), "people_list_stack")
        for each in (self.table, self._none, self._no_match):
            self._stack.addWidget(each)
        column.addWidget(self._stack, 1)
        self.total = PlainLabel("", look="muted", wrap=False)
        self.total.setObjectName("people_total")
        column.addWidget(self.total)
        refresh = QShortcut(QKeySequence(Qt.Key.Key_F5), self)
        refresh.setContext(Qt.ShortcutContext.WidgetWithChildrenShortcut)
        refresh.activated.connect(self.refresh)
        desk.events.changed.connect(self._changed)

    def activate(self) -> None:
        """Load once; after that the list keeps itself up to date."""
        if not self._loaded:
            self._loaded = True
            self._load()
            self.table.restore_columns()

    def select(self, person_id: int) -> None:
        """Make this person the current row, now or when the list next arrives."""
        self._to_select = 0 if self.table.select_id(person_id) else person_id

    def refresh(self) -> None:
        """Ask again who there is (F5)."""
        self._keep_place = True
        self._load()
        self.model.refresh(self.model.ids)

    def focus_search(self) -> None:
        self.search.setFocus(Qt.FocusReason.ShortcutFocusReason)
        self.search.selectAll()

    def focus_list(self) -> None:
        (self.table if self._stack.currentWidget() is self.table else self.search).setFocus()

    def clear_filters(self) -> None:
        self.search.set_quietly("")
        for each in (self.kind, self.left):
            each.blockSignals(True)
        self.kind.setCurrentIndex(0)
        self.left.setChecked(True)
        for each in (self.kind, self.left):
            each.blockSignals(False)
        self._use(Asked(column=self._asked.column, descending=self._asked.descending))

    @property
    def asked(self) -> Asked:
        return self._asked

    def _use(self, asked: Asked) -> None:
        if asked != self._asked:
            self._asked = asked
            self._keep_place = False
            self._load()

    def _load(self) -> None:
        ctx, asked = self._desk.ctx, self._asked

        def work(progress: Progress) -> array[int]:
            kinds = () if asked.kind is None else (asked.kind,)
            return people.sorted_ids(
                ctx, asked.text, kinds, asked.include_left, asked.column, asked.descending
            )

        self._desk.tasks.latest(self, "ids", work, self._found)

    def _found(self, ids: array[int]) -> None:
        if ids != self.model.ids:
            self.table.show_ids(ids)
            if not self._keep_place:
                self.table.scrollToTop()
        self._keep_place = True
        if self._to_select and self.table.select_id(self._to_select):
            self._to_select = 0
            # Once the new rows have their places: until then there is nothing to scroll.
            QTimer.singleShot(0, self._show_current)
        self.total.setText("1 person shown" if len(ids) == 1 else f"{len(ids):,} people shown" if ids else "")
        if ids:
            self._stack.setCurrentWidget(self.table)
        elif self._asked.narrowed:
            self._no_match.say("Nobody matches", "Nobody on record fits this search and these filters.")
            self._stack.setCurrentWidget(self._no_match)
        else:
            self._stack.setCurrentWidget(self._none)

    def _show_current(self) -> None:
        self.table.scrollTo(self.table.currentIndex())

    def _changed(self, changes: Changes) -> None:
        if self._loaded and bus.touches(changes, "person"):
            self._load()

    def _searched(self, text: str) -> None:
        now = self._asked
        self._use(Asked(text, now.kind, now.include_left, now.column, now.descending))

    def _narrowed(self) -> None:
        now, code = self._asked, self.kind.currentData()
        kind = None if code is None else PersonKind(code)
        self._use(Asked(now.text, kind, self.left.isChecked(), now.column, now.descending))

    def _sort_by(self, key: str, descending: bool) -> None:
        now = self._asked
        self._use(Asked(now.text, now.kind, now.include_left, key, descending))

    def _columns_menu(self) -> None:
        self.table.pop_columns_menu(self.columns)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if (
            event.key() == Qt.Key.Key_Down
            and self.search.hasFocus()
            and self._stack.currentWidget() is self.table
        ):
            self.table.enter()
            return
        super().keyPressEvent(event)


def _fetcher(ctx: Context) -> Callable[[Sequence[int]], list[PersonHit]]:
    def fetch(ids: Sequence[int]) -> list[PersonHit]:
        return people.rows(ctx, ids)

    return fetch


def _kind(hit: PersonHit) -> str:
    label = KIND_LABELS[hit.kind]
    if not hit.identified and hit.kind is not PersonKind.UNKNOWN:
        return f"{label}, not identified"
    return label


def _kind_icon(hit: PersonHit) -> QIcon | None:
    return None if hit.identified else status_icon("neutral")


def _more(hit: PersonHit) -> str:
    """The hint without the kind, which has a column of its own."""
    return hit.hint.removeprefix(KIND_LABELS[hit.kind]).removeprefix(", ")
