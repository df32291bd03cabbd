"""The fields of an incident: the quick ones first, the complete form below "More"."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QCheckBox, QComboBox, QPlainTextEdit, QVBoxLayout, QWidget

from smdesk.errors import Invalid, Problem
from smdesk.services.incident_records import IncidentDraft, PersonRole
from smdesk.ui import theme
from smdesk.ui.desk import Desk
from smdesk.ui.pages.incidents.conduct_list import ConductList
from smdesk.ui.pages.incidents.draft_json import HalfTyped, Typed
from smdesk.ui.pages.incidents.loading import Lists
from smdesk.ui.pages.incidents.more_fields import MoreFields
from smdesk.ui.pages.incidents.people_rows import AuthorField
from smdesk.ui.widgets.dates import DateTimeEdit
from smdesk.ui.widgets.forms import Card, Form, row
from smdesk.ui.widgets.text import named


class IncidentFields(QWidget):
    """Everything of an incident that can be typed. ``evidence_place`` is where the form puts the screenshots."""

    changed = Signal()

    def __init__(self, desk: Desk, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._quiet = False
        self._received_shown: tuple[tuple[str, str, str], datetime | None] = (("", "", ""), None)
        today = desk.ctx.today
        self.setObjectName("incident_fields")

        self.summary = named(QPlainTextEdit(self), "incident_summary", "What happened, in a sentence")
        self.summary.setTabChangesFocus(True)
        self.summary.setPlaceholderText("What happened, in a sentence")
        self.summary.setFixedHeight(self.fontMetrics().lineSpacing() * 2 + 18)
        self.author = AuthorField(desk, self)
        self.platform = named(QComboBox(self), "incident_platform", "Platform: app, site or game")
        self.platform.setEditable(True)
        self.platform.setInsertPolicy(QComboBox.InsertPolicy.NoInsert)
        self.platform.lineEdit().setPlaceholderText("App, site or game")
        self.platform.lineEdit().setObjectName("incident_platform_line")
        self.platform.lineEdit().setAccessibleName("Platform: app, site or game")
        self.visibility = named(QComboBox(self), "incident_visibility", "Public or private")
        for code, label in (
            ("", "Public or private?"),
            ("public", "Public: anybody can see it"),
            ("private", "Private: a closed group or chat"),
        ):
            self.visibility.addItem(label, code)
        self.on_school_account = named(
            QCheckBox("On one of the school's &own accounts", self),
            "incident_on_school_account",
            "It is on one of the school's own accounts",
            "The reply clock runs for comments on the school's own accounts.",
        )
        self.conduct = ConductList(self)
        self.received = DateTimeEdit(
            "incident_received", "Received: when the school heard", self, clock=today, exact=True
        )
        self.posted = DateTimeEdit("incident_posted", "Posted: when it was put online", self, clock=today)

        self.quick = Form(self)
        self.quick.add("&Summary", self.summary, "summary")
        self.quick.add("Who &posted it", self.author, "people")
        where = QWidget(self)
        places = QVBoxLayout(where)
        places.setContentsMargins(0, 0, 0, 0)
        places.setSpacing(theme.TIGHT)
        line = row(self.platform, self.visibility, parent=where)
        line.layout().setStretch(0, 1)
        line.layout().setStretch(1, 1)
        places.addWidget(line)
        places.addWidget(self.on_school_account)
        where.setFocusProxy(self.platform)
        where.setAccessibleName("Where")
        self.quick.add("&Where", where, "platform")
        self.quick.add("Wha&t was done", self.conduct, "conduct")
        self.quick.add("&Received", self.received, "received_at")
        self.quick.add("Poste&d", self.posted, "posted_on")
        self.evidence_place = Card("")
        self.more = MoreFields(desk, self)

        card = Card("")
        card.body.addWidget(self.quick)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(theme.NORMAL)
        column.addWidget(card)
        column.addWidget(self.evidence_place)
        column.addWidget(self.more)
        column.addStretch(1)
        self.setFocusProxy(self.summary)
        self._listen()

    def fields(self) -> dict[str, QWidget]:
        """Widgets by the names services call them, for showing problems."""
        return {
            **self.quick.fields,
            **self.more.form.fields,
            "posted_time": self.posted.time,
            "visibility": self.visibility,
        }

    def is_in_more(self, field: str) -> bool:
        """Whether a field lies in the part that may be folded away."""
        return field in self.more.form.fields

    def offer(self, lists: Lists) -> None:
        """Fill the lists to choose from."""
        self._quiet = True
        typed = self.platform.currentText()
        self.platform.clear()
        for code, label in lists.platforms:
            self.platform.addItem(label, code)
        self.platform.setCurrentIndex(-1)
        self.platform.setEditText(typed)
        self.conduct.set_labels(lists.conduct_labels, lists.conduct_in_use)
        self.more.offer(lists)
        self._quiet = False

    def show_draft(self, draft: IncidentDraft, references: Iterable[tuple[int, str]], known: bool) -> None:
        """Put a draft into the fields. ``known``: it was saved before, so nobody as author means not known."""
        self._quiet = True
        self.summary.setPlainText(draft.summary)
        people = list(draft.people)
        author = next((line for line in people if line.role is PersonRole.AUTHOR), None)
        if author is not None:
            people.remove(author)
        self.author.set_line(author, known)
        place = self.platform.findData(draft.platform) if draft.platform else -1
        self.platform.setCurrentIndex(place)
        if place < 0:
            self.platform.setEditText(draft.platform)
        self.visibility.setCurrentIndex(max(0, self.visibility.findData(draft.visibility)))
        self.on_school_account.setChecked(draft.on_school_account)
        self.conduct.set_value(draft.conduct)
        self.received.set_moment(draft.received_at)
        self._received_shown = (self.received.texts(), draft.received_at)
        self.posted.set_moment(None)
        self.posted.date.set_day(draft.posted_on)
        self.posted.time.setText(draft.posted_time)
        self.more.show_draft(draft, people, references)
        self._quiet = False

    def draft(self) -> IncidentDraft:
        """What is typed. Raises Invalid for dates that cannot be read and names nobody was chosen for."""
        found: list[Problem] = []
        for typed in (self.author.only_typed, *(name for name, _ in self.more.people.only_typed)):
            if typed:
                found.append(
                    Problem(
                        "people",
                        f"“{typed}” is nobody on record yet: choose somebody from the list, or add a new person. "
                        "Where nobody knows who posted it, tick “Not known”.",
                    )
                )
        received: datetime | None = None
        posted_on: date | None = None
        try:
            received = self._received()
        except Invalid as error:
            found += error.problems
        try:
            posted_on = self.posted.date.day("posted_on")
        except Invalid as error:
            found += error.problems
        if found:
            raise Invalid(found)
        return self._draft(received, posted_on)

    def rough_draft(self) -> IncidentDraft:
        """What is typed as far as it can be read, for keeping it and for live advice."""
        try:
            received = self._received()
        except Invalid:
            received = None
        try:
            posted_on = self.posted.date.day("posted_on")
        except Invalid:
            posted_on = None
        return self._draft(received, posted_on)

    def typed(self) -> Typed:
        """Everything in the fields, what no record can hold yet included: a draft brings back all of it."""
        draft = self.rough_draft()
        received = (self.received.date.text(), self.received.time.text())
        half = HalfTyped(
            author=self.author.only_typed,
            not_known=self.author.unknown.isChecked(),
            others=self.more.people.only_typed,
            received=received if draft.received_at is None else ("", ""),
            posted=self.posted.date.text() if draft.posted_on is None else "",
        )
        return Typed(draft, half)

    def show_half_typed(self, half: HalfTyped) -> None:
        """Put back what a draft could not hold as a record; call after ``show_draft``."""
        self._quiet = True
        if half.author:
            self.author.set_only_typed(half.author)
        self.author.set_unknown(half.not_known)
        self.more.people.add_only_typed(half.others)
        if any(half.received):
            self.received.date.set_text(half.received[0])
            self.received.time.setText(half.received[1])
        if half.posted:
            self.posted.date.set_text(half.posted)
        self._quiet = False

    def set_read_only(self, read_only: bool) -> None:
        """Show only."""
        self.summary.setReadOnly(read_only)
        self.author.set_read_only(read_only)
        self.platform.setEnabled(not read_only)
        self.visibility.setEnabled(not read_only)
        self.on_school_account.setEnabled(not read_only)
        self.conduct.set_read_only(read_only)
        self.received.set_read_only(read_only)
        self.posted.set_read_only(read_only)
        self.more.set_read_only(read_only)

    def _draft(self, received: datetime | None, posted_on: date | None) -> IncidentDraft:
        author = self.author.line()
        people = (author, *self.more.people.lines()) if author is not None else self.more.people.lines()
        typed_time = self.posted.time.text().strip()
        return self.more.into(
            IncidentDraft(
                received_at=received,
                summary=self.summary.toPlainText(),
                posted_on=posted_on,
                posted_time=self.posted.time_text() or typed_time,
                platform=self._platform(),
                visibility=str(self.visibility.currentData() or ""),
                on_school_account=self.on_school_account.isChecked(),
                conduct=self.conduct.value(),
                people=people,
            )
        )

    def _received(self) -> datetime | None:
        # A field nobody touched keeps its seconds, which the window does not show.
        texts, moment = self._received_shown
        if self.received.texts() == texts:
            return moment
        return self.received.moment("received_at")

    def _platform(self) -> str:
        typed = " ".join(self.platform.currentText().split())
        for place in range(self.platform.count()):
            if self.platform.itemText(place).casefold() == typed.casefold():
                return str(self.platform.itemData(place))
        return typed

    def _listen(self) -> None:
        self.summary.textChanged.connect(self._touched)
        self.author.changed.connect(self._touched)
        self.platform.editTextChanged.connect(self._touched)
        self.visibility.currentIndexChanged.connect(self._touched)
        self.on_school_account.toggled.connect(self._touched)
        self.conduct.changed.connect(self._touched)
        self.received.changed.connect(self._touched)
        self.posted.changed.connect(self._touched)
        self.more.changed.connect(self._touched)

    def _touched(self) -> None:
        if not self._quiet:
            self.changed.emit()
