"""A tab's list: views with counts, search as one types, filters, columns, printing and exporting, and the table.

What differs between two lists is told by a ``Listing`` (``widgets/listing.py``); what they do alike is here.
"""

from __future__ import annotations

from array import array
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, Final

from PySide6.QtCore import QSignalBlocker, Qt, QTimer, Signal
from PySide6.QtGui import QHideEvent, QKeyEvent, QKeySequence, QShortcut, QShowEvent
from PySide6.QtWidgets import QButtonGroup, QHBoxLayout, QPushButton, QStackedWidget, QVBoxLayout, QWidget

from smdesk.security.permissions import Permission, allowed
from smdesk.services import reference_data, settings
from smdesk.services.context import Changes, Context
from smdesk.services.people_records import PersonHit
from smdesk.services.settings import SavedFilter, Shelf
from smdesk.ui import events as bus
from smdesk.ui import theme
from smdesk.ui.desk import Desk
from smdesk.ui.models.chunked import ChunkedModel
from smdesk.ui.tasks import Progress
from smdesk.ui.widgets.buttons import button
from smdesk.ui.widgets.empty_state import EmptyState
from smdesk.ui.widgets.filter_row import FilterRow
from smdesk.ui.widgets.flow import flow
from smdesk.ui.widgets.forms import row
from smdesk.ui.widgets.listing import Listing
from smdesk.ui.widgets.record_table import RecordTable
from smdesk.ui.widgets.saved_filters import SavedFilters
from smdesk.ui.widgets.search_box import SearchBox
from smdesk.ui.widgets.text import PlainLabel, named

ROOM_FOR_FILTERS: Final = 600
"""Height of the window, in device-independent pixels, from which the filters stand open at first."""
REFRESH_MS: Final = 120_000
"""Deadlines and days pass while a list stands open."""


class RecordList(QWidget):
    """``opened`` carries the id of the record to open; ``new_wanted`` comes from the button and the empty list."""

    opened = Signal(object)
    new_wanted = Signal()
    shown_changed = Signal()
    """Another filter is shown, whoever chose it."""

    def __init__(
        self,
        desk: Desk,
        listing: Listing,
        filters: FilterRow,
        *,
        beside_new: Sequence[QWidget] = (),
        above_table: QWidget | None = None,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self.listing = listing
        self.setObjectName(f"{listing.name}_list")
        self._desk = desk
        self._filter = listing.nothing
        self._sort = listing.sort
        self._counts: Mapping[Any, int] = {}
        self._loaded = False
        self._rest_wanted = True
        self._keep_place = True
        self._to_select = 0
        self.may_add = listing.may_add
        column = QVBoxLayout(self)
        theme.roomy(column, theme.NORMAL + theme.TIGHT, theme.SMALL)
        column.addWidget(self._make_top(beside_new))
        column.addWidget(self._make_search_row())
        self.filters = filters
        self.filters.changed.connect(self._narrowed)
        self.filters.clear_wanted.connect(self.clear_filters)
        self.filter_button.toggled.connect(self._show_filters)
        column.addWidget(self.filters)
        if above_table is not None:
            column.addWidget(above_table)
        ctx = desk.ctx
        self.model = ChunkedModel(
            desk.tasks,
            listing.columns,
            lambda ids: listing.rows(ctx, ids),
            events=desk.events,
            kind=listing.name,
            parent=self,
        )
        self.table = RecordTable(
            desk, self.model, f"{listing.name}_table", listing.title, f"{listing.name}s.columns"
        )
        self.table.show_sort(str(self._sort.column), self._sort.descending)
        self.table.opened.connect(self.opened)
        self.table.sort_wanted.connect(self.sort_by)
        self._make_empty_states()
        column.addWidget(self._stack, 1)
        self.total = PlainLabel("", look="muted", wrap=False)
        self.total.setObjectName(f"{listing.name}_total")
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

    def select(self, record_id: int) -> None:
        """Make this record the current row, now or when the list next arrives (it may just have been added)."""
        self._to_select = 0 if self.table.select_id(record_id) else record_id

    @property
    def shown(self) -> Any:
        """The filter whose result is on the screen, or soon will be."""
        return self._filter

    @property
    def sort(self) -> Any:
        return self._sort

    def show_filter(self, wanted: Any, sort: Any, person: PersonHit | None = None) -> None:
        """Show this filter, as if it had been put together by hand."""
        self._sort = sort
        self.table.show_sort(str(sort.column), sort.descending)
        self.search.set_quietly(wanted.text)
        self.filters.show_filter(wanted, person)
        self._use(wanted)

    def clear_filters(self) -> None:
        """Nothing but the view counts any more."""
        self.search.set_quietly("")
        self.filters.show_filter(self.listing.nothing)
        self._use(replace(self.listing.nothing, view=self._filter.view))

    def sort_by(self, key: str, descending: bool) -> None:
        self._sort = self.listing.shelf.sort_from(key, descending)
        self._keep_place = False
        self._load()

    def print_or_export(self) -> None:
        """Ask what of the list goes out, and how."""
        from smdesk.ui.widgets.export_dialog import ExportDialog

        dialog = ExportDialog(self._desk, self.going_out(), self)
        dialog.previewed.connect(self._preview)
        dialog.open()

    def going_out(self) -> Any:
        """The list as it stands on the screen, for the export dialog (its ``Wanted``)."""
        from smdesk.ui.widgets.export_dialog import Wanted

        what = self.listing
        columns = {str(each): each for each in what.column_labels}
        return Wanted(
            self._filter,
            self._sort,
            tuple(columns[key] for key in self.table.shown_columns()),
            len(self.model.ids),
            what.column_labels,
            what.title,
            what.one,
            what.many,
            what.export,
        )

    def _preview(self, data: object) -> None:
        from smdesk.ui.widgets.preview_window import PreviewWindow

        if isinstance(data, bytes):
            PreviewWindow(self._desk, data, self.listing.title, self).open()

    # Parts

    def _make_top(self, beside_new: Sequence[QWidget]) -> QWidget:
        what = self.listing
        self._group = QButtonGroup(self)
        self.views: dict[Any, QPushButton] = {}
        for view, label in what.view_labels.items():
            made = button(label, f"{what.name}_view_{view}", look="view")
            made.setCheckable(True)
            made.setChecked(view is self._filter.view)
            self._group.addButton(made)
            self.views[view] = made
        self._group.buttonToggled.connect(self._view_chosen)
        self.new = button(what.new, f"{what.name}_new", look="primary", tip=what.new_tip)
        self.new.clicked.connect(self.new_wanted)
        self.new.setVisible(self.may_add)
        views = flow(*self.views.values(), spacing=theme.TIGHT)
        views.setAccessibleName("Views")
        line = QWidget()
        inside = QHBoxLayout(line)
        inside.setContentsMargins(0, 0, 0, 0)
        inside.addWidget(views, 1)
        for each in (self.new, *beside_new):
            inside.addWidget(each, 0, Qt.AlignmentFlag.AlignTop)
        return line

    def _make_search_row(self) -> QWidget:
        what = self.listing
        self.search = SearchBox(what.search, f"{what.name}_search")
        self.search.searched.connect(self._searched)
        self.saved_filters = SavedFilters(
            self._desk, what.shelf, self._current, self, f"No {what.one} is touched."
        )
        self.saved_filters.chosen.connect(self._use_saved)
        self.saved = button(
            "Sa&ved filters", f"{what.name}_saved_filters", tip="Filters you keep for yourself"
        )
        self.saved.setMenu(self.saved_filters.menu)
        self.columns = button(
            "C&olumns", f"{what.name}_columns", self._columns_menu, tip="Show, hide and move columns"
        )
        self.export = button(
            "&Print or export…", f"{what.name}_export", tip="Print or save the list as it is shown"
        )
        self.export.clicked.connect(self.print_or_export)
        self.export.setVisible(allowed(self._desk.ctx.user.roles, Permission.LISTS_EXPORT))
        self.filter_button = button(
            "F&ilters", f"{what.name}_filters_shown", look="view", tip="Show or hide the filters"
        )
        self.filter_button.setCheckable(True)
        self.filter_button.setChecked(True)
        made = row(self.search, self.filter_button, self.saved, self.columns, self.export)
        layout = made.layout()
        if isinstance(layout, QHBoxLayout):
            layout.setStretch(0, 1)
        return made

    def _make_empty_states(self) -> None:
        what = self.listing
        self._stack = named(QStackedWidget(), f"{what.name}_list_stack")
        self._nothing = EmptyState(
            *what.none,
            what.first if self.may_add else "",
            self.new_wanted.emit if self.may_add else None,
            f"{what.name}s_none",
        )
        self._no_match = EmptyState(
            "Nothing matches", "", "Clear search and filters", self.clear_filters, f"{what.name}s_no_match"
        )
        # What is looked for is more often in another view than nowhere.
        self._everywhere = self._no_match.add(
            f"Look in “{what.view_labels[what.whole]}”", self._show_all, f"{what.name}s_look_everywhere"
        )
        self._view_empty = EmptyState(
            "", "", f"Show all {what.many}", self._show_all, f"{what.name}s_view_empty"
        )
        for each in (self.table, self._nothing, self._no_match, self._view_empty):
            self._stack.addWidget(each)

    # Loading

    def _load(self) -> None:
        ctx, wanted, sort, sorted_ids = self._desk.ctx, self._filter, self._sort, self.listing.sorted_ids
        self._desk.tasks.latest(self, "ids", lambda progress: sorted_ids(ctx, wanted, sort), self._found)

    def _found(self, ids: array[int]) -> None:
        if ids != self.model.ids:
            bar = self.table.verticalScrollBar()
            place, had_current = bar.value(), self.table.current_id() is not None
            self.table.show_ids(ids)
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
        if len(ids):
            self._stack.setCurrentWidget(self.table)
        else:
            self._show_why_empty()
        if self._rest_wanted:
            # The counts read all there is: they would keep the first rows waiting, and hold it in memory twice.
            self._rest_wanted = False
            self.model.loaded.connect(self._load_rest)
            if not len(ids):
                self._load_rest()

    def _load_rest(self) -> None:
        """What is not needed to look at the first rows: the counts of the views, and what the filters offer."""
        self.model.loaded.disconnect(self._load_rest)
        self._load_counts()
        ctx, shelf = self._desk.ctx, self.listing.shelf
        self._desk.tasks.latest(self, "choices", lambda progress: _choices(ctx, shelf), self._offer)

    def _show_why_empty(self) -> None:
        what, wanted = self.listing, self._filter
        view = what.view_of(wanted)
        if wanted != replace(what.nothing, view=wanted.view):
            where = (
                ""
                if view is None or view is what.whole
                else f" Only the view “{what.view_labels[view]}” was looked through."
            )
            said = what.nothing_fits(wanted)
            plain = f"No {what.one} fits this search and these filters.{where}"
            self._no_match.say(said or "Nothing matches", "" if said else plain)
            self._everywhere.setVisible(bool(where) and not said)
            self._stack.setCurrentWidget(self._no_match)
        elif view is what.whole or self._counts.get(what.whole, 1) == 0:
            self._stack.setCurrentWidget(self._nothing)
        else:
            self._view_empty.say(what.empty_views[view])
            self._stack.setCurrentWidget(self._view_empty)

    def _load_counts(self) -> None:
        ctx, view_counts = self._desk.ctx, self.listing.view_counts
        self._desk.tasks.latest(self, "counts", lambda progress: view_counts(ctx), self._counted)

    def _counted(self, counts: Mapping[Any, int]) -> None:
        self._counts = counts
        for view, shown in self.views.items():
            number, label = counts.get(view, 0), self.listing.view_labels[view]
            shown.setText(f"{label} ({number:,})")
            shown.setAccessibleName(f"{label}, {number:,}")
        if self._loaded and not len(self.model.ids) and self._stack.currentWidget() is not self.table:
            self._show_why_empty()
        self._show_total()

    def _show_total(self) -> None:
        number = len(self.model.ids)
        of = self._counts.get(self.listing.whole)
        words = f"1 {self.listing.one}" if number == 1 else f"{number:,} {self.listing.many}"
        if of is not None and of > number:
            words += f" of {of:,}"
        self.total.setText(f"{words} shown" if number else "")

    def _offer(self, result: tuple[list[tuple[str, str]], list[SavedFilter[Any, Any]]]) -> None:
        platforms, filters = result
        self.filters.offer_platforms(platforms)
        self.saved_filters.menu.offer(filters)

    def _show_current(self) -> None:
        self.table.scrollTo(self.table.currentIndex())

    def _changed(self, changes: Changes) -> None:
        if not self._loaded:
            return
        if any(bus.touches(changes, kind) for kind in self.listing.also_on):
            self.refresh()
        elif bus.touches(changes, self.listing.name):
            # The rows themselves are fetched anew by the model; here only which there are and in what order.
            self._keep_place = True
            self._load()
            self._load_counts()

    # What the person does

    def _use(self, wanted: Any) -> None:
        self._filter = wanted
        self._keep_place = False
        self._show_view()
        self._name_filter_button()
        self._load()
        self.shown_changed.emit()

    def _show_view(self) -> None:
        """Press the button of the view that is looked through, or none."""
        view = self.listing.view_of(self._filter)
        with QSignalBlocker(self._group):  # else the list would be asked for twice
            self._group.setExclusive(False)
            for each, made in self.views.items():
                made.setChecked(each is view)
            self._group.setExclusive(True)

    def _show_filters(self, shown: bool) -> None:
        self.filters.setVisible(shown)
        self._name_filter_button()

    def _name_filter_button(self) -> None:
        now = self._filter
        narrowed = now != replace(self.listing.nothing, view=now.view, text=now.text)
        hidden = narrowed and not self.filter_button.isChecked()
        self.filter_button.setText("F&ilters (in use)" if hidden else "F&ilters")
        self.filter_button.setAccessibleName("Filters, in use" if narrowed else "Filters")

    def _view_chosen(self, chosen: QPushButton, checked: bool) -> None:
        view = next((each for each, made in self.views.items() if made is chosen), None)
        if checked and view is not None and view is not self.listing.view_of(self._filter):
            wanted = self.listing.in_view(self._filter, view)
            if replace(wanted, view=self._filter.view) != self._filter:
                # Choosing the view took something out of the filters as well.
                self.filters.show_filter(wanted, self.filters.chosen_person())
            self._use(wanted)

    def _searched(self, text: str) -> None:
        self._use(replace(self._filter, text=text))

    def _narrowed(self) -> None:
        now = self._filter
        wanted = self.filters.narrow(replace(self.listing.nothing, view=now.view, text=now.text))
        if wanted != now:
            self._use(wanted)

    def _show_all(self) -> None:
        self.views[self.listing.whole].setChecked(True)

    def _columns_menu(self) -> None:
        self.table.pop_columns_menu(self.columns)

    # Saved filters

    def _current(self) -> tuple[Any, Any]:
        return self._filter, self._sort

    def _use_saved(self, saved: SavedFilter[Any, Any]) -> None:
        if self.filters.person is None or saved.filter.person_id is None:
            self.show_filter(saved.filter, saved.sort)
            return
        ctx, person_id = self._desk.ctx, saved.filter.person_id

        def work(progress: Progress) -> tuple[SavedFilter[Any, Any], list[PersonHit]]:
            from smdesk.services import people  # only here: the list is there sooner without it

            return saved, people.rows(ctx, [person_id])

        self._desk.tasks.latest(self, "saved", work, self._saved_with_person)

    def _saved_with_person(self, result: tuple[SavedFilter[Any, Any], list[PersonHit]]) -> None:
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


def _choices(
    ctx: Context, shelf: Shelf[Any, Any]
) -> tuple[list[tuple[str, str]], list[SavedFilter[Any, Any]]]:
    platforms = [(each.code, each.label) for each in reference_data.platforms()]
    return platforms, settings.list_filters(ctx, shelf)
