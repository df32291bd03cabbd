"""The part "Issued papers" of the reports tab: what left the program for good, to look at or print again as it was."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QComboBox, QStackedWidget, QVBoxLayout, QWidget

from smdesk.errors import SmdeskError
from smdesk.policy.words import written_day
from smdesk.security.permissions import Permission, allowed
from smdesk.services import issued_papers
from smdesk.services.context import LOCAL, Changes
from smdesk.services.paper_records import PAPER_KIND_LABELS, PaperKind, PaperRow
from smdesk.ui import events as bus
from smdesk.ui import theme
from smdesk.ui.desk import Desk
from smdesk.ui.widgets.buttons import button
from smdesk.ui.widgets.empty_state import EmptyState
from smdesk.ui.widgets.forms import row
from smdesk.ui.widgets.preview_window import Papers
from smdesk.ui.widgets.short_table import Line, ShortTable
from smdesk.ui.widgets.text import PlainLabel, muted, named

MOST = 500
"""Lines shown at once; the newest. What is older is found by its kind."""


class PapersView(QWidget):
    """A list, the newest first. Enter or "Open" shows a paper byte for byte as it went out."""

    def __init__(self, desk: Desk, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("papers_view")
        self._desk = desk
        self._papers = Papers(desk, self)
        self._rows: dict[int, PaperRow] = {}
        self._kinds: list[PaperKind | None] = [None, *PaperKind]
        self.kind = named(QComboBox(), "papers_kind", "Kind of paper")
        for kind in self._kinds:
            self.kind.addItem("All papers" if kind is None else PAPER_KIND_LABELS[kind])
        label = PlainLabel("S&how", wrap=False)
        label.setBuddy(self.kind)
        self.table = ShortTable(
            "papers_table", "Issued papers", ("Paper", "Kind", "Issued", "By", "Pages", "Note"), wide=0
        )
        self.open_button = button(
            "&Open…",
            "papers_open",
            self._open,
            look="primary",
            tip="Look at it, print or save it again (Enter)",
        )
        self.count = muted("")
        self.count.setObjectName("papers_count")
        self.empty = EmptyState("", object_name="papers_empty")
        self.stack = QStackedWidget()
        self.stack.addWidget(self.table)
        self.stack.addWidget(self.empty)
        column = QVBoxLayout(self)
        theme.roomy(column, theme.NORMAL + theme.TIGHT, theme.SMALL)
        self.said = muted(_what_stands_here(desk))
        self.said.setObjectName("papers_said")
        column.addWidget(self.said)
        column.addWidget(row(label, self.kind, self.open_button, None, self.count))
        column.addWidget(self.stack, 1)
        self.kind.currentIndexChanged.connect(self.reload)
        self.table.opened.connect(self.open_record)
        desk.events.changed.connect(self._changed)
        self._show([])

    # The page's agreement with the main window

    def activate(self) -> None:
        self.reload()

    def open_record(self, record_id: int) -> None:
        ctx = self._desk.ctx
        known = self._rows.get(record_id)
        title = known.title if known is not None else "Paper"
        self._papers.show(title, lambda: issued_papers.read_paper(ctx, record_id))

    def new_record(self) -> None:
        """A paper begins where what it is about stands."""

    def focus_search(self) -> None:
        self.kind.setFocus(Qt.FocusReason.ShortcutFocusReason)

    def unsaved(self) -> bool:
        return False

    def save_draft(self) -> None:
        """Nothing is typed here."""

    # The list

    def reload(self) -> None:
        """Read the list again."""
        ctx, kind = self._desk.ctx, self._kinds[self.kind.currentIndex()]
        self._desk.tasks.latest(
            self, "papers", lambda progress: issued_papers.list_papers(ctx, kind), self._show, self._failed
        )

    def _changed(self, changes: Changes) -> None:
        # Who may see an incident decides who sees its papers.
        if self.isVisible() and any(
            bus.touches(changes, kind) for kind in ("paper", "incident", "exception")
        ):
            self.reload()

    def _show(self, rows: list[PaperRow]) -> None:
        shown = rows[:MOST]
        self._rows = {each.id: each for each in shown}
        self.table.show_lines([_line(each) for each in shown])
        self.stack.setCurrentWidget(self.table if shown else self.empty)
        self.empty.say("No paper yet", "What is printed or saved for good is kept here as it went out.")
        self.open_button.setEnabled(bool(shown))
        more = f"The newest {MOST:,} of {len(rows):,}" if len(rows) > MOST else f"{len(rows):,} papers"
        self.count.setText("1 paper" if len(rows) == 1 else more if rows else "")

    def _failed(self, error: SmdeskError) -> None:
        self.stack.setCurrentWidget(self.empty)
        self.empty.say("The papers could not be read", str(error))

    def _open(self) -> None:
        chosen = self.table.current_key()
        if chosen is not None:
            self.open_record(chosen)


def _line(paper: PaperRow) -> Line:
    made = paper.made_at.astimezone(LOCAL)
    note = paper.note if paper.kept else "Its file was removed when its time was over"
    return Line(
        paper.id,
        (
            paper.title,
            PAPER_KIND_LABELS[paper.kind],
            f"{written_day(made)}, {made:%H:%M}",
            paper.made_by,
            f"{paper.pages:,}",
            note,
        ),
    )


def _what_stands_here(desk: Desk) -> str:
    """For this reader: nobody is sent to a tab they do not have."""
    checked = "Whether a file is one of them, unchanged, is told under Help, Check the records."
    if not allowed(desk.ctx.user.roles, Permission.LETTERS_READ):
        return f"Reports are kept as they went out, and open again byte for byte. {checked}"
    return (
        "Reports, case files and decisions are kept as they went out, and open again byte for byte. "
        f"Issued letters stand on the tab Letters. {checked}"
    )
