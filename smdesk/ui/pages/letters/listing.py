"""The list of letters: six views with their counts, a search, one kind or all, and a table of any length."""

from __future__ import annotations

from datetime import datetime

from PySide6.QtCore import Signal
from PySide6.QtGui import QFont, QFontMetrics
from PySide6.QtWidgets import QButtonGroup, QComboBox, QPushButton, QStackedWidget, QVBoxLayout, QWidget

from smdesk.errors import SmdeskError
from smdesk.security.permissions import Permission
from smdesk.services import letters
from smdesk.services.context import Changes
from smdesk.services.letter_records import (
    LETTER_KIND_LABELS,
    LETTER_STATUS_LABELS,
    SENT_HOW_LABELS,
    LetterKind,
    LetterRow,
)
from smdesk.services.letter_views import ListView
from smdesk.ui import events as bus
from smdesk.ui import theme
from smdesk.ui.desk import Desk
from smdesk.ui.models.chunked import ChunkedModel, Column
from smdesk.ui.pages.letters import words, work
from smdesk.ui.pages.letters.work import VIEWS, Listed
from smdesk.ui.widgets.buttons import button
from smdesk.ui.widgets.empty_state import EmptyState
from smdesk.ui.widgets.flow import flow
from smdesk.ui.widgets.forms import row
from smdesk.ui.widgets.record_table import RecordTable
from smdesk.ui.widgets.search_box import SearchBox
from smdesk.ui.widgets.status_chip import status_icon
from smdesk.ui.widgets.text import named

_DRAFTED_FROM = (
    "A letter is drafted from what it is about: an incident, an exception or a business case that was decided, a "
    "message on an account, or a block."
)
_EMPTY = {
    "drafts": (
        "No drafts",
        _DRAFTED_FROM,
    ),
    "approved": (
        "Nothing to issue",
        "Letters come here when they are approved, to be numbered, printed and sent.",
    ),
    "issued": ("No letter has been issued yet", "Issued letters are kept here as they were printed."),
    "came_back": (
        "No letter came back",
        "Letters that the post returned stand here until they go out again.",
    ),
    "all": (
        "No letters yet",
        _DRAFTED_FROM,
    ),
}


def _status(line: LetterRow) -> str:
    return LETTER_STATUS_LABELS[line.status]


def _changed_at(line: LetterRow) -> str:
    at: datetime = line.changed_at
    return words.moment(at)


def _sent(line: LetterRow) -> str:
    if line.returned_on is not None:
        return "Came back"
    return SENT_HOW_LABELS[line.sent_how] if line.sent_how else ""


COLUMNS: tuple[Column[LetterRow], ...] = (
    Column(
        "status",
        "Status",
        _status,
        200,
        icon=lambda line: status_icon(words.chip_kind(line)),
        sortable=False,
    ),
    Column(
        "person",
        "To",
        lambda line: line.person_name,
        200,
        tooltip=lambda line: line.person_name,
        sortable=False,
    ),
    Column("kind", "Letter", lambda line: LETTER_KIND_LABELS[line.kind], 260, sortable=False),
    Column(
        "reference",
        "About",
        lambda line: line.reference,
        110,
        tooltip=words.matter,
        sortable=False,
    ),
    Column("number", "Number", lambda line: line.number, 100, sortable=False),
    Column("drafted_by", "Drafted by", lambda line: line.drafted_by, 150, sortable=False),
    Column("sent", "Sent", _sent, 90, sortable=False),
    Column("changed", "Last change", _changed_at, 170, sortable=False),
)


class LetterList(QWidget):
    """Asks the service for one view at a time. Reloads when a letter changed."""

    opened = Signal(object)
    """The id of the letter to show."""
    counted = Signal(object)
    """``dict`` of view and number of letters, after each load."""

    def __init__(self, desk: Desk, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._desk = desk
        self.view: ListView = "waiting" if work.may(desk.ctx, Permission.LETTERS_APPROVE) else "drafts"
        self.setObjectName("letter_list")
        self._group = QButtonGroup(self)
        self._group.setExclusive(True)
        self.buttons: dict[str, QPushButton] = {}
        for place, (view, label) in enumerate(VIEWS):
            made = button(label, f"letters_view_{view}", look="view")
            made.setCheckable(True)
            made.setChecked(view == self.view)
            self._group.addButton(made, place)
            self.buttons[view] = made
        self.search = SearchBox("Search letters by name, number or reference", "letters_search")
        self.search.setMinimumWidth(300)
        self.kind_box = named(QComboBox(), "letters_kind", "Which letters")
        self.kind_box.addItem("Every kind of letter", None)
        for kind in LetterKind:
            self.kind_box.addItem(LETTER_KIND_LABELS[kind], kind)
        ctx = desk.ctx
        self.model = ChunkedModel(
            desk.tasks,
            COLUMNS,
            lambda ids: letters.rows(ctx, ids),
            events=desk.events,
            kind="letter",
            parent=self,
        )
        self.table = RecordTable(desk, self.model, "letters_table", "Letters", "letters.columns")
        self.table.horizontalHeader().setSortIndicatorShown(False)
        self.empty = EmptyState("", object_name="letters_empty")
        self.stack = QStackedWidget()
        self.stack.addWidget(self.table)
        self.stack.addWidget(self.empty)

        column = QVBoxLayout(self)
        theme.roomy(column, theme.NORMAL + theme.TIGHT, theme.SMALL)
        column.addWidget(flow(*self.buttons.values(), spacing=theme.TIGHT))
        self.mail_out = button(
            "Letters to go o&ut…",
            "letters_mail_out",
            self._mail_out,
            tip="Print or save all issued letters that have not gone yet, and record when they went",
        )
        self.mail_out.setVisible(work.may(desk.ctx, Permission.LETTERS_ISSUE))
        column.addWidget(row(self.search, self.kind_box, None, self.mail_out))
        column.addWidget(self.stack, 1)
        self._group.idClicked.connect(self._view_chosen)
        self.search.searched.connect(self._searched)
        self.kind_box.currentIndexChanged.connect(self._searched)
        self.table.opened.connect(self.opened)
        desk.events.changed.connect(self._changed)
        self._restored = False

    def _mail_out(self) -> None:
        from smdesk.ui.pages.letters.mail_out_dialog import MailOutDialog

        MailOutDialog(self._desk, self).open()

    def reload(self) -> None:
        """Read the view again."""
        if not self._restored:
            self._restored = True
            self.table.restore_columns()
        ctx, view, text, kind = self._desk.ctx, self.view, self.search.text().strip(), self._kind()
        self._desk.tasks.latest(
            self, "ids", lambda progress: work.listed(ctx, view, text, kind), self._listed, self._not_listed
        )

    def _kind(self) -> LetterKind | None:
        """The one kind that is wanted, or None for all; the box of choices gives its code back as plain text."""
        code = self.kind_box.currentData()
        return LetterKind(code) if code else None

    def show_view(self, view: ListView) -> None:
        """Another view, as if its button had been pressed."""
        self.view = view
        self.buttons[view].setChecked(True)
        self.reload()

    def _view_chosen(self, place: int) -> None:
        self.view = VIEWS[place][0]
        self.reload()

    def _searched(self) -> None:
        self.reload()

    def _changed(self, changes: Changes) -> None:
        # Who may open what a letter is about decides which letters are seen at all.
        if any(bus.touches(changes, kind) for kind in ("letter", *words.MATTER_LABELS)):
            self.reload()

    def _listed(self, found: Listed) -> None:
        for view, label in VIEWS:
            count = found.counts[view]
            shown = f"{label} ({count:,})"
            self.buttons[view].setText(shown)
            self.buttons[view].setAccessibleName(shown.replace("&", ""))
            _make_room(self.buttons[view])
        self.table.show_ids(found.ids)
        if found.ids and self.table.current_id() is None:
            self.table.select_id(found.ids[0])
        self.stack.setCurrentWidget(self.table if found.ids else self.empty)
        if not found.ids:
            self._say_empty(found.view)
        self.counted.emit(found.counts)

    def _not_listed(self, error: SmdeskError) -> None:
        self.stack.setCurrentWidget(self.empty)
        self.empty.say("The letters could not be read", str(error))

    def _say_empty(self, view: ListView) -> None:
        searched = self.search.text().strip()
        if self._kind() is not None:
            self.empty.say("No letter of this kind", "Choose “Every kind of letter”, or another view.")
        elif searched:
            self.empty.say(
                "No letter found", f"Nothing in this view has “{searched}” in it. Try “All”, or fewer words."
            )
        elif view == "waiting":
            if work.may(self._desk.ctx, Permission.LETTERS_APPROVE):
                self.empty.say(
                    "Nothing waits for you", "Letters sent for approval appear here, the oldest first."
                )
            else:
                self.empty.say(
                    "No letter waits for approval",
                    "Letters you send for approval are listed here until then.",
                )
        else:
            self.empty.say(*_EMPTY[view])


def _make_room(control: QPushButton) -> None:
    """The chosen view is written in bold, which Qt does not reckon with when it sizes the button."""
    font = QFont(control.font())
    font.setWeight(QFont.Weight.DemiBold)
    control.setMinimumWidth(QFontMetrics(font).horizontalAdvance(control.accessibleName()) + 30)
