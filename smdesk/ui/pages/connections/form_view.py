"""The form of a declaration as it looks: its parts on tabs, and beside them where it stands and what comes next."""

from __future__ import annotations

from typing import Any

from PySide6.QtWidgets import (
    QWidget,
)

from smdesk.policy.words import in_a_sentence
from smdesk.services.connection_records import ExceptionRow
from smdesk.ui.desk import Desk
from smdesk.ui.pages.connections import loading
from smdesk.ui.pages.connections.decisions_view import DecisionsView
from smdesk.ui.pages.connections.fields import DeclarationFields
from smdesk.ui.pages.connections.files_strip import FilesStrip
from smdesk.ui.pages.connections.history_view import HistoryView
from smdesk.ui.pages.connections.letters_view import LettersView
from smdesk.ui.pages.connections.loading import Opened
from smdesk.ui.pages.connections.record_view import StandingPanel
from smdesk.ui.widgets.bars import Bar, RecordHeader
from smdesk.ui.widgets.deciding_form import DecidingForm

DETAILS, DECISIONS, FILES, LETTERS, HISTORY = range(5)
"""Places of the tabs."""
_TITLES = ("Details", "Decisions", "Files", "Letters", "History")


class FormView(DecidingForm):
    """The widgets and their places. What they do is ``form.ExceptionForm``."""

    def __init__(self, desk: Desk, parent: QWidget | None = None) -> None:
        super().__init__(desk, "exception", "declaration", "exception", loading.forget_draft, parent)
        self._half_decision: dict[str, Any] = {}
        self.header = RecordHeader("exception", "New declaration", self)
        self.fields = DeclarationFields(desk, self)
        self.decisions = DecisionsView(desk, self)
        self.panel = self.decisions.panel
        self.strip = FilesStrip(desk, self)
        self.letters = LettersView(desk, self)
        self.history = HistoryView(self)
        self.standing = StandingPanel(self)
        self.already = Bar("exception_already", "warning", self)
        self.already_open = self.already.add("Open it", "exception_already_open", self.open_already)
        self._already_id = 0
        self.scrolled.body.addWidget(self.fields)
        parts = (self.scrolled, self.decisions, self.strip, self.letters, self.history)
        self.lay_out(self.fields, list(zip(parts, _TITLES, strict=True)), self.standing, (5, 3), self.already)

    def count_parts(self, found: Opened) -> None:
        """Say on the tabs how much is behind them, and keep those shut that need a saved record."""
        record = found.record
        numbers = (
            0,
            len(record.decisions) if record is not None else 0,
            self.strip.count,
            len(found.letters),
            len(record.history) if record is not None else 0,
        )
        for place, (title, number) in enumerate(zip(_TITLES, numbers, strict=True)):
            self.tabs.setTabText(place, f"{title} ({number})" if number else title)
            self.tabs.setTabToolTip(place, f"Alt+{place + 1}")
            # A scan can be dropped before the declaration is saved; what follows a decision cannot be there yet.
            there = record is not None or place in (DETAILS, FILES)
            self.tabs.setTabEnabled(place, there)

    def show_already(self, row: ExceptionRow | None) -> None:
        """Say at once that the two have a record already, while a new one is being typed."""
        self._already_id = 0 if row is None else row.id
        self.already.setVisible(row is not None)
        if row is not None:
            where = f" for {row.platforms}" if row.platforms else ""
            self.already.say(
                f"These two have a record already{where}: {row.reference}, {in_a_sentence(row.status_words)}."
            )
            self.already_open.setAccessibleName(f"Open {row.reference}")

    def open_already(self) -> None:
        """Go to the record the bar speaks of."""
        self.go_to(self._already_id)

    def go_to(self, record_id: int) -> None:
        """Another record in place of this one; what is typed is asked about first."""
        if record_id and self.may_leave(("open", record_id)):
            self.open(record_id)

    def count_files(self) -> None:
        """What waits is counted too."""
        number = self.strip.count
        self.tabs.setTabText(FILES, f"{_TITLES[FILES]} ({number})" if number else _TITLES[FILES])
