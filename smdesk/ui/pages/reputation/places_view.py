"""The part "Places" of the reputation tab: where to look, one click for "nothing new", and what is due (REP-1)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtGui import QHideEvent, QShowEvent
from PySide6.QtWidgets import QPushButton, QVBoxLayout, QWidget

from smdesk.errors import SmdeskError
from smdesk.security.permissions import Permission, allowed
from smdesk.services import people, reputation
from smdesk.services.context import Changes, Context, Saved
from smdesk.services.people_records import PersonHit
from smdesk.services.reputation_records import CheckDraft, PlaceRow
from smdesk.ui import events as bus
from smdesk.ui import theme
from smdesk.ui.desk import Desk
from smdesk.ui.pages.reputation.place_dialogs import CheckDialog, ChecksDialog, PlaceDialog
from smdesk.ui.pages.reputation.place_row import PlaceCard
from smdesk.ui.tasks import Progress
from smdesk.ui.widgets.bars import Bar
from smdesk.ui.widgets.buttons import button
from smdesk.ui.widgets.card_column import CardColumn
from smdesk.ui.widgets.flow import flow
from smdesk.ui.widgets.forms import Card, Scrolled, row
from smdesk.ui.widgets.problem_bar import ProblemBar
from smdesk.ui.widgets.text import PlainLabel, muted
from smdesk.ui.words import count

_CARES: Final = ("place", "finding", "person")
TICK_MS: Final = 120_000
"""Days pass while the screen stands open."""


@dataclass(frozen=True, slots=True)
class Board:
    """The places that are checked and those that are not any more."""

    checked: tuple[PlaceRow, ...]
    stopped: tuple[PlaceRow, ...]


class PlacesView(QWidget):
    """``finding_wanted`` carries the draft of a finding that a check came upon."""

    finding_wanted = Signal(object)

    def __init__(self, desk: Desk, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("places_view")
        self._desk = desk
        self._stale = True
        self._board: Board | None = None
        self._wanted = 0
        self._undo = 0
        self._may_edit = allowed(desk.ctx.user.roles, Permission.REPUTATION_EDIT)
        self.summary = PlainLabel("", self)
        self.summary.setObjectName("places_summary")
        self.summary.setFont(theme.heading_font(self.summary.font(), 2))
        self.add = button("&New place…", "places_new", self.new_record, tip="Add a place to check (Ctrl+N)")
        self.add.setVisible(self._may_edit)
        self.stopped = button("Not checked any &more", "places_stopped", look="view")
        self.stopped.setCheckable(True)
        self.stopped.toggled.connect(self._redraw)
        self.done = Bar("places_done", "info", self)
        self.done.add("&Undo", "places_undo", self._take_back)
        self.problems = ProblemBar("places_problems", self)
        self.scrolled = Scrolled(margin=0)
        self.scrolled.body.setSpacing(theme.SMALL)
        self.suggested = Suggested(self._may_edit)
        self.suggested.wanted.connect(self._add_suggested)
        self.suggested.hide()
        self._column = CardColumn(self.scrolled.body, 0, self._make_card, self._show_card, self)
        self.scrolled.body.addWidget(self.suggested)
        self.scrolled.body.addStretch(1)
        column = QVBoxLayout(self)
        theme.roomy(column, theme.NORMAL, theme.SMALL)
        column.addWidget(self.summary)
        column.addWidget(flow(self.add, self.stopped))
        column.addWidget(self.done)
        column.addWidget(self.problems)
        column.addWidget(self.scrolled, 1)
        self._tick = QTimer(self)
        self._tick.setInterval(TICK_MS)
        self._tick.timeout.connect(self._load)
        desk.events.changed.connect(self._changed)

    # What the page of parts calls

    def activate(self) -> None:
        if self._stale or self._board is None:
            self._load()

    def open_record(self, record_id: int) -> None:
        """Bring a place into view, and the keyboard to its first button."""
        self._wanted = record_id
        if self._board is not None and not self._stale:
            self._go_to_wanted()
        else:
            self.activate()

    def new_record(self) -> None:
        """Add a place (Ctrl+N)."""
        if self._may_edit:
            PlaceDialog(self._desk, None, None, self).open()

    def focus_search(self) -> None:
        """There is nothing to search; the first place is as near as it gets."""
        if self._cards:
            _first_button(next(iter(self._cards.values()))).setFocus()

    def unsaved(self) -> bool:
        return False

    def save_draft(self) -> None:
        """Nothing is typed here outside a dialog."""

    def card(self, place_id: int) -> PlaceCard | None:
        """What is shown of a place."""
        card: PlaceCard | None = self._column.have(place_id)
        return card

    @property
    def _cards(self) -> dict[int, PlaceCard]:
        return self._column.cards

    # Loading and showing

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self._tick.start()
        if self._stale and self._board is not None:
            self._load()

    def hideEvent(self, event: QHideEvent) -> None:
        super().hideEvent(event)
        self._tick.stop()

    def _changed(self, changes: Changes) -> None:
        if any(bus.touches(changes, kind) for kind in _CARES):
            self._stale = True
            if self.isVisible():
                self._load()

    def _load(self) -> None:
        self._stale = False
        ctx = self._desk.ctx
        self._desk.tasks.latest(self, "board", lambda progress: _board(ctx), self._show, self._failed)

    def _failed(self, error: SmdeskError) -> None:
        self._stale = True
        self.problems.show_problems(error)

    def _show(self, board: Board) -> None:
        self.problems.clear()
        self._board = board
        if not board.stopped and self.stopped.isChecked():
            self.stopped.setChecked(False)
        self.stopped.setText(f"Not checked any &more ({len(board.stopped)})")
        self.stopped.setVisible(bool(board.stopped))
        self._redraw()
        self._go_to_wanted()

    def _redraw(self) -> None:
        board = self._board
        if board is None:
            return
        shown = board.stopped if self.stopped.isChecked() else board.checked
        at = self._current()
        if self._column.show({each.id: each for each in shown}) and at in self._cards:
            # A checked place moves down; the keyboard goes with it.
            _first_button(self._cards[at]).setFocus()
        self.summary.setText(self._summed(board))
        self.suggested.setVisible(not board.checked and not self.stopped.isChecked())

    def _summed(self, board: Board) -> str:
        if self.stopped.isChecked():
            return f"{count(len(board.stopped), 'place')} not checked any more"
        today = self._desk.ctx.today()
        due = sum(each.due_on is not None and each.due_on <= today for each in board.checked)
        if not board.checked:
            return "No place is checked yet"
        if not due:
            return f"{count(len(board.checked), 'place')}: none is due today."
        verb = "is" if due == 1 else "are"
        return f"{due} of {count(len(board.checked), 'place')} {verb} to be checked."

    def _make_card(self, place: PlaceRow) -> PlaceCard:
        card = PlaceCard(place, self._desk.ctx.today(), may_edit=self._may_edit)
        card.nothing_new.connect(self._nothing_new)
        card.check_wanted.connect(self._check)
        card.checks_wanted.connect(self._checks)
        card.change_wanted.connect(self._change)
        return card

    def _show_card(self, card: PlaceCard, place: PlaceRow) -> None:
        card.show_place(place, self._desk.ctx.today())

    def _current(self) -> int:
        """The place the keyboard is on; 0 for none."""
        focus = self.focusWidget()
        for number, card in self._cards.items():
            if focus is not None and card.isAncestorOf(focus):
                return number
        return 0

    def _go_to_wanted(self) -> None:
        board = self._board
        if not self._wanted or board is None:
            return
        if self._wanted in {each.id for each in board.stopped} and not self.stopped.isChecked():
            self.stopped.setChecked(True)
        elif self._wanted in {each.id for each in board.checked} and self.stopped.isChecked():
            self.stopped.setChecked(False)
        if self.card(self._wanted) is not None:
            # A card that was just made has no place yet.
            QTimer.singleShot(0, self, self._bring_into_view)

    def _bring_into_view(self) -> None:
        card, self._wanted = self._cards.get(self._wanted), 0
        if card is not None:
            self.scrolled.ensureWidgetVisible(card)
            _first_button(card).setFocus()

    # Nothing new

    def _nothing_new(self, place_id: int) -> None:
        ctx, on = self._desk.ctx, self._desk.ctx.today()

        def work(progress: Progress) -> Saved:
            return reputation.check(ctx, place_id, CheckDraft(on))

        name = self._cards[place_id].place.draft.name
        self.done.setProperty("place", name)
        self._desk.tasks.run(self, work, self._written, self._not_written)

    def _written(self, saved: Saved) -> None:
        self._undo = saved.id
        self.done.say(f"Written down: {self.done.property('place')} checked today, nothing new.")

    def _not_written(self, error: SmdeskError) -> None:
        self._load()
        self._desk.messages.error(error)

    def _take_back(self) -> None:
        ctx, check_id = self._desk.ctx, self._undo

        def work(progress: Progress) -> Saved:
            return reputation.withdraw_check(ctx, check_id, "Pressed by mistake")

        self.done.hide()
        self._undo = 0
        if check_id:
            self._desk.tasks.run(self, work, None, self._not_written)

    # Dialogs

    def _check(self, place_id: int) -> None:
        self.done.hide()
        dialog = CheckDialog(self._desk, self._cards[place_id].place, self)
        dialog.found_something.connect(self.finding_wanted)
        dialog.open()

    def _checks(self, place_id: int) -> None:
        ChecksDialog(self._desk, self._cards[place_id].place, self).open()

    def _change(self, place_id: int) -> None:
        ctx = self._desk.ctx

        def work(progress: Progress) -> tuple[PlaceRow, PersonHit | None]:
            place = reputation.place(ctx, place_id)
            return place, _person(ctx, place.draft.responsible_id)

        self._desk.tasks.latest(self, "change", work, self._open_change)

    def _open_change(self, found: tuple[PlaceRow, PersonHit | None]) -> None:
        PlaceDialog(self._desk, *found, self).open()

    def _add_suggested(self, names: object) -> None:
        ctx = self._desk.ctx
        wanted = tuple(str(each) for each in names) if isinstance(names, tuple) else ()

        def work(progress: Progress) -> Saved:
            return reputation.add_suggested(ctx, wanted)

        self._desk.tasks.run(self, work, None, self._not_written, "Adding the places")


class Suggested(Card):
    """What most schools check, offered while nothing is. ``wanted`` carries the names to add."""

    wanted = Signal(object)

    def __init__(self, may_edit: bool, parent: QWidget | None = None) -> None:
        super().__init__("Where most schools look", parent)
        self.setObjectName("places_suggested")
        told = (
            "Add them with one click, then change what is different for you: who looks, how often, the link."
        )
        if not may_edit:
            told = "Nobody has chosen places to check yet."
        self.body.addWidget(muted(told))
        self.buttons: dict[str, QPushButton] = {}
        for place, draft in enumerate(reputation.suggested()):
            made = button("Add", f"place_suggested_{place}", self._one)
            made.setAccessibleName(f"Add {draft.name}")
            made.setProperty("place", draft.name)
            made.setVisible(may_edit)
            self.buttons[draft.name] = made
            said = PlainLabel(f"{draft.name}: {draft.look_for} Every {draft.every_days} days.")
            line = row(made, said)
            line.layout().setStretch(1, 1)
            self.body.addWidget(line)
        self.all = button("Add a&ll of them", "places_suggested_all", self._all, look="primary")
        self.all.setVisible(may_edit)
        self.body.addWidget(self.all, 0, Qt.AlignmentFlag.AlignLeft)

    def _one(self) -> None:
        self.wanted.emit((str(self.sender().property("place")),))

    def _all(self) -> None:
        self.wanted.emit(tuple(self.buttons))


def _first_button(card: PlaceCard) -> QPushButton:
    return next(each for each in (card.look, card.checks) if not each.isHidden())


def _board(ctx: Context) -> Board:
    return Board(tuple(reputation.places(ctx)), tuple(reputation.places(ctx, stopped=True)))


def _person(ctx: Context, person_id: int | None) -> PersonHit | None:
    if person_id is None or not allowed(ctx.user.roles, Permission.PEOPLE_READ):
        return None
    return next(iter(people.rows(ctx, [person_id])), None)
