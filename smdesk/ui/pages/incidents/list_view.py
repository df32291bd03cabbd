"""The incident list: views with counts, search as one types, filters, and the table itself."""

from __future__ import annotations

from array import array
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Final

from PySide6.QtCore import QSignalBlocker, Qt, QTimer, Signal
from PySide6.QtGui import QHideEvent, QKeyEvent, QKeySequence, QShortcut, QShowEvent
from PySide6.QtWidgets import QButtonGroup, QHBoxLayout, QPushButton, QStackedWidget, QVBoxLayout, QWidget

from smdesk.security.permissions import Permission, Role, allowed
from smdesk.services import incident_list, reference_data, settings
from smdesk.services.context import Changes, Context
from smdesk.services.incident_records import (
    VIEW_LABELS,
    Column,
    IncidentFilter,
    IncidentRow,
    Sort,
    View,
    ViewCounts,
)
from smdesk.services.people_records import PersonHit
from smdesk.services.settings import SavedFilter
from smdesk.ui import events as bus
from smdesk.ui import theme
from smdesk.ui.desk import Desk
from smdesk.ui.models.chunked import ChunkedModel
from smdesk.ui.pages.incidents import list_columns
from smdesk.ui.pages.incidents.filter_bar import FilterBar
from smdesk.ui.pages.incidents.saved_filters import SavedFilters
from smdesk.ui.tasks import Progress
from smdesk.ui.widgets.buttons import button
from smdesk.ui.widgets.empty_state import EmptyState
from smdesk.ui.widgets.flow import flow
from smdesk.ui.widgets.forms import row
from smdesk.ui.widgets.record_table import RecordTable
from smdesk.ui.widgets.search_box import SearchBox
from smdesk.ui.widgets.text import PlainLabel, named

ROOM_FOR_FILTERS: Final = 600
"""Height of the window, in device-independent pixels, from which the filters stand open at first."""
REFRESH_MS: Final = 120_000
"""Deadlines pass while the list stands open."""

_EMPTY_VIEWS: Final = {
    View.OPEN: "No incident is open",
    View.OVERDUE: "Nothing is overdue",
    View.MINE: "Nothing is waiting for you",
    View.AWAITING_HEADTEACHER: "Nothing is waiting for the headteacher",
    View.CLOSED: "No incident has been closed yet",
    View.ALL: "Nothing logged yet",
}


def _nothing_words(roles: frozenset[Role], may_add: bool) -> str:
    if may_add:
        return "When somebody posts about the school, log it here: who, where, what and when."
    if Role.CHAIR_OF_GOVERNORS in roles:
        return "Incidents in which the headteacher is the one concerned come here: the chair of governors decides."
    return "Incidents come here when somebody gives them to you to handle."


@dataclass(frozen=True, slots=True)
class _Found:
    wanted: IncidentFilter
    sort: Sort
    ids: array[int]


class IncidentListView(QWidget):
    """``opened`` carries the incident to open; ``new_wanted`` and ``export_wanted`` come from the buttons."""

    opened = Signal(object)
    new_wanted = Signal()
    export_wanted = Signal()

    def __init__(self, desk: Desk, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("incident_list")
        self._desk = desk
        self._filter = IncidentFilter()
        self._sort = Sort()
        self._counts: dict[View, int] = {}
        self._loaded = False
        self._rest_wanted = True
        self._keep_place = True
        self._to_select = 0
        roles = desk.ctx.user.roles
        self.may_add = allowed(roles, Permission.INCIDENTS_EDIT)
        column = QVBoxLayout(self)
        theme.roomy(column, theme.NORMAL + theme.TIGHT, theme.SMALL)
        column.addWidget(self._make_top())
        column.addWidget(self._make_search_row(allowed(roles, Permission.LISTS_EXPORT)))
        self.filters = FilterBar(desk)
        self.filters.changed.connect(self._narrowed)
        self.filters.clear_wanted.connect(self.clear_filters)
        self.filter_button.toggled.connect(self._show_filters)
        column.addWidget(self.filters)
        ctx = desk.ctx
        self.model = ChunkedModel(
            desk.tasks,
            list_columns.columns(ctx.now),
            _fetcher(ctx),
            events=desk.events,
            kind="incident",
            parent=self,
        )
        self.table = RecordTable(desk, self.model, "incident_table", "Incidents", "incidents.columns")
        self.table.show_sort(str(self._sort.column), self._sort.descending)
        self.table.opened.connect(self.opened)
        self.table.sort_wanted.connect(self._sort_by)
        self._make_empty_states()
        column.addWidget(self._stack, 1)
        self.total = PlainLabel("", look="muted", wrap=False)
        self.total.setObjectName("incident_total")
        column.addWidget(self.total)
        refresh = QShortcut(QKeySequence(Qt.Key.Key_F5), self)
        refresh.setContext(Qt.ShortcutContext.WidgetWithChildrenShortcut)
        refresh.activated.connect(self.refresh)
        self._tick = QTimer(self)
        self._tick.setInterval(REFRESH_MS)
        self._tick.timeout.connect(self.refresh)
        desk.events.changed.connect(self._changed)

    # What the page uses

    def activate(self) -> None:
        """Load once; after that the list keeps itself up to date."""
        if self._loaded:
            return
        self._loaded = True
        # In a low window the rows need the room more; what narrows the list is never hidden unsaid.
        self.filter_button.setChecked(self.window().height() >= ROOM_FOR_FILTERS)
        self._load()
        self.table.restore_columns()

    def refresh(self) -> None:
        """Ask again what there is (F5), keeping selection and place."""
        self._keep_place = True
        self._load()
        self._load_counts()
        self.model.refresh(self.model.ids)

    def focus_search(self) -> None:
        self.search.setFocus(Qt.FocusReason.ShortcutFocusReason)
        self.search.selectAll()

    def focus_list(self) -> None:
        """The keyboard goes to the list, or to the search box where the list is empty."""
        (self.table if self._stack.currentWidget() is self.table else self.search).setFocus()

    def select(self, incident_id: int) -> None:
        """Make this incident the current row, now or when the list next arrives (it may just have been logged)."""
        self._to_select = 0 if self.table.select_id(incident_id) else incident_id

    @property
    def shown(self) -> IncidentFilter:
        """The filter whose result is on the screen, or soon will be."""
        return self._filter

    @property
    def sort(self) -> Sort:
        return self._sort

    def show_filter(self, wanted: IncidentFilter, sort: Sort, person: PersonHit | None = None) -> None:
        """Show this filter, as if it had been put together by hand."""
        self._sort = sort
        self.table.show_sort(str(sort.column), sort.descending)
        with QSignalBlocker(self._group):  # else the list would be asked for twice
            self.views[wanted.view].setChecked(True)
        self.search.set_quietly(wanted.text)
        self.filters.show_filter(wanted, person)
        self._use(wanted)

    def clear_filters(self) -> None:
        """Nothing but the view counts any more."""
        self.search.set_quietly("")
        self.filters.show_filter(IncidentFilter())
        self._use(IncidentFilter(view=self._filter.view))

    # Parts

    def _make_top(self) -> QWidget:
        self._group = QButtonGroup(self)
        self.views: dict[View, QPushButton] = {}
        for view in View:
            made = button(VIEW_LABELS[view], f"view_{view}", look="view")
            made.setCheckable(True)
            made.setChecked(view is self._filter.view)
            self._group.addButton(made)
            self.views[view] = made
        self._group.buttonToggled.connect(self._view_chosen)
        self.new = button("&New incident", "incident_new", look="primary", tip="Log an incident (Ctrl+N)")
        self.new.clicked.connect(self.new_wanted)
        self.new.setVisible(self.may_add)
        views = flow(*self.views.values(), spacing=theme.TIGHT)
        views.setAccessibleName("Views")
        line = QWidget()
        inside = QHBoxLayout(line)
        inside.setContentsMargins(0, 0, 0, 0)
        inside.addWidget(views, 1)
        inside.addWidget(self.new, 0, Qt.AlignmentFlag.AlignTop)
        return line

    def _make_search_row(self, may_export: bool) -> QWidget:
        self.search = SearchBox("Search references, summaries, people and evidence", "incident_search")
        self.search.searched.connect(self._searched)
        self.saved_filters = SavedFilters(self._desk, self._current, self)
        self.saved_filters.chosen.connect(self._use_saved)
        self.saved = button("Sa&ved filters", "saved_filters", tip="Filters you keep for yourself")
        self.saved.setMenu(self.saved_filters.menu)
        self.columns = button(
            "C&olumns", "incident_columns", self._columns_menu, tip="Show, hide and move columns"
        )
        self.export = button(
            "&Print or export…", "incident_export", tip="Print or save the list as it is shown"
        )
        self.export.clicked.connect(self.export_wanted)
        self.export.setVisible(may_export)
        self.filter_button = button(
            "F&ilters", "incident_filters_shown", look="view", tip="Show or hide the filters"
        )
        self.filter_button.setCheckable(True)
        self.filter_button.setChecked(True)
        made = row(self.search, self.filter_button, self.saved, self.columns, self.export)
        layout = made.layout()
        if isinstance(layout, QHBoxLayout):
            layout.setStretch(0, 1)
        return made

    def _make_empty_states(self) -> None:
        self._stack = named(QStackedWidget(), "incident_list_stack")
        self._nothing = EmptyState(
            "Nothing logged yet" if self.may_add else "Nothing here for you",
            _nothing_words(self._desk.ctx.user.roles, self.may_add),
            "Log the first incident" if self.may_add else "",
            self.new_wanted.emit if self.may_add else None,
            "incidents_none",
        )
        self._no_match = EmptyState(
            "Nothing matches", "", "Clear search and filters", self.clear_filters, "incidents_no_match"
        )
        self._view_empty = EmptyState("", "", "Show all incidents", self._show_all, "incidents_view_empty")
        for each in (self.table, self._nothing, self._no_match, self._view_empty):
            self._stack.addWidget(each)

    # Loading

    def _load(self) -> None:
        ctx, wanted, sort = self._desk.ctx, self._filter, self._sort

        def work(progress: Progress) -> _Found:
            return _Found(wanted, sort, incident_list.sorted_ids(ctx, wanted, sort))

        self._desk.tasks.latest(self, "ids", work, self._found)

    def _found(self, found: _Found) -> None:
        if found.ids != self.model.ids:
            bar = self.table.verticalScrollBar()
            place, had_current = bar.value(), self.table.current_id() is not None
            self.table.show_ids(found.ids)
            if not self._keep_place:
                self.table.scrollToTop()
            elif not had_current:
                bar.setValue(place)
        self._keep_place = True
        if self._to_select and self.table.select_id(self._to_select):
            self._to_select = 0
            # Once the new rows have their places: until then there is nothing to scroll.
            QTimer.singleShot(0, self._show_current)
        self._show_total()
        if len(found.ids):
            self._stack.setCurrentWidget(self.table)
        else:
            self._show_why_empty()
        if self._rest_wanted:
            # The counts read all there is: they would keep the first rows waiting, and hold it in memory twice.
            self._rest_wanted = False
            self.model.loaded.connect(self._load_rest)
            if not len(found.ids):
                self._load_rest()

    def _load_rest(self) -> None:
        """What is not needed to look at the first rows: the counts of the views, and what the filters offer."""
        self.model.loaded.disconnect(self._load_rest)
        self._load_counts()
        ctx = self._desk.ctx
        self._desk.tasks.latest(self, "choices", lambda progress: _choices(ctx), self._offer)

    def _show_why_empty(self) -> None:
        wanted = self._filter
        if wanted != IncidentFilter(view=wanted.view):
            where = (
                ""
                if wanted.view is View.ALL
                else f" Only the view “{VIEW_LABELS[wanted.view]}” was looked through."
            )
            self._no_match.say("Nothing matches", f"No incident fits this search and these filters.{where}")
            self._stack.setCurrentWidget(self._no_match)
        elif wanted.view is View.ALL or self._counts.get(View.ALL, 1) == 0:
            self._stack.setCurrentWidget(self._nothing)
        else:
            self._view_empty.say(_EMPTY_VIEWS[wanted.view])
            self._stack.setCurrentWidget(self._view_empty)

    def _load_counts(self) -> None:
        ctx = self._desk.ctx
        self._desk.tasks.latest(
            self, "counts", lambda progress: incident_list.view_counts(ctx), self._counted
        )

    def _counted(self, counts: ViewCounts) -> None:
        self._counts = counts.counts
        for view, shown in self.views.items():
            number = counts.counts.get(view, 0)
            shown.setText(f"{VIEW_LABELS[view]} ({number:,})")
            shown.setAccessibleName(f"{VIEW_LABELS[view]}, {number:,}")
        if self._loaded and not len(self.model.ids) and self._stack.currentWidget() is not self.table:
            self._show_why_empty()
        self._show_total()

    def _show_total(self) -> None:
        number = len(self.model.ids)
        of = self._counts.get(View.ALL)
        words = "1 incident" if number == 1 else f"{number:,} incidents"
        if of is not None and of > number:
            words += f" of {of:,}"
        self.total.setText(f"{words} shown" if number else "")

    def _offer(self, result: tuple[list[tuple[str, str]], list[SavedFilter]]) -> None:
        platforms, filters = result
        self.filters.offer_platforms(platforms)
        self.saved_filters.menu.offer(filters)

    def _show_current(self) -> None:
        self.table.scrollTo(self.table.currentIndex())

    def _changed(self, changes: Changes) -> None:
        # The rows themselves are fetched anew by the model; here only which there are and in what order.
        if self._loaded and bus.touches(changes, "incident"):
            self._keep_place = True
            self._load()
            self._load_counts()

    # What the person does

    def _use(self, wanted: IncidentFilter) -> None:
        self._filter = wanted
        self._keep_place = False
        self._name_filter_button()
        self._load()

    def _show_filters(self, shown: bool) -> None:
        self.filters.setVisible(shown)
        self._name_filter_button()

    def _name_filter_button(self) -> None:
        narrowed = self._filter != IncidentFilter(view=self._filter.view, text=self._filter.text)
        hidden = narrowed and not self.filter_button.isChecked()
        self.filter_button.setText("F&ilters (in use)" if hidden else "F&ilters")
        self.filter_button.setAccessibleName("Filters, in use" if narrowed else "Filters")

    def _view_chosen(self, chosen: QPushButton, checked: bool) -> None:
        view = next((each for each, made in self.views.items() if made is chosen), None)
        if checked and view is not None and view is not self._filter.view:
            self._use(replace(self._filter, view=view))

    def _searched(self, text: str) -> None:
        self._use(replace(self._filter, text=text))

    def _narrowed(self) -> None:
        wanted = self.filters.narrow(IncidentFilter(view=self._filter.view, text=self._filter.text))
        if wanted != self._filter:
            self._use(wanted)

    def _show_all(self) -> None:
        self.views[View.ALL].setChecked(True)

    def _sort_by(self, key: str, descending: bool) -> None:
        self._sort = Sort(Column(key), descending)
        self._keep_place = False
        self._load()

    def _columns_menu(self) -> None:
        self.table.pop_columns_menu(self.columns)

    # Saved filters

    def _current(self) -> tuple[IncidentFilter, Sort]:
        return self._filter, self._sort

    def _use_saved(self, saved: SavedFilter) -> None:
        if saved.filter.person_id is None or self.filters.person is None:
            self.show_filter(saved.filter, saved.sort)
            return
        ctx, person_id = self._desk.ctx, saved.filter.person_id

        def work(progress: Progress) -> tuple[SavedFilter, list[PersonHit]]:
            from smdesk.services import people  # only here: the list is there sooner without it

            return saved, people.rows(ctx, [person_id])

        self._desk.tasks.latest(self, "saved", work, self._saved_with_person)

    def _saved_with_person(self, result: tuple[SavedFilter, list[PersonHit]]) -> None:
        saved, hits = result
        self.show_filter(saved.filter, saved.sort, hits[0] if hits else None)
        if not hits:
            self._desk.messages.info(
                "The person this filter looks for is not on record under that name any more. "
                "It may have been merged into another record.",
            )

    # Qt

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if (
            event.key() == Qt.Key.Key_Down
            and self.search.hasFocus()
            and self._stack.currentWidget() is self.table
        ):
            self.table.enter()
            return
        super().keyPressEvent(event)

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self._tick.start()

    def hideEvent(self, event: QHideEvent) -> None:
        self._tick.stop()
        super().hideEvent(event)


def _fetcher(ctx: Context) -> Callable[[Sequence[int]], list[IncidentRow]]:
    def fetch(ids: Sequence[int]) -> list[IncidentRow]:
        return incident_list.rows(ctx, ids)

    return fetch


def _choices(ctx: Context) -> tuple[list[tuple[str, str]], list[SavedFilter]]:
    platforms = [(each.code, each.label) for each in reference_data.platforms()]
    return platforms, settings.list_filters(ctx)
