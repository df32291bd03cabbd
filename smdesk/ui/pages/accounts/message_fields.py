"""What is typed of a message: shown, read, kept half typed, and marked where it is wrong (ACC-5)."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QLineEdit, QVBoxLayout, QWidget

from smdesk.errors import Invalid, Problem
from smdesk.services.account_records import AccountHit
from smdesk.services.message_records import MESSAGE_KIND_LABELS, MessageDraft, MessageKind
from smdesk.services.people_records import PersonHit
from smdesk.ui.desk import Desk
from smdesk.ui.pages.accounts.message_loading import Typed
from smdesk.ui.widgets.code_box import CodeBox
from smdesk.ui.widgets.dates import DateTimeEdit
from smdesk.ui.widgets.forms import Form, sentences
from smdesk.ui.widgets.person_on_record import PersonOnRecord
from smdesk.ui.widgets.text import PlainLabel, named


class MessageFields(QWidget):
    """Everything of a message that can be typed. ``changed`` when something was."""

    changed = Signal()

    def __init__(self, desk: Desk, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._quiet = False
        self.setObjectName("message_fields")
        self.account = CodeBox("message_account", "School account", nothing="Choose the account…")
        self.account.setMinimumContentsLength(36)
        self.received = DateTimeEdit("message_received", "Received", self, clock=desk.ctx.today, exact=True)
        self.kind = CodeBox("message_kind", "Kind of message", MESSAGE_KIND_LABELS.items())
        self.from_name = named(QLineEdit(self), "message_from", "From: the name as it stands there")
        self.from_name.setPlaceholderText("As it stands there, for example a screen name")
        self.person = PersonOnRecord(desk, "message_person", "The person, where they are on record", self)
        self.said = sentences(self, "message_said", "What was said", 7)
        self.link = named(QLineEdit(self), "message_link", "Link to it")
        self.link.setPlaceholderText("https://…")
        self.notes = sentences(self, "message_notes", "Notes for the office", 3)
        self.why = PlainLabel("", self, look="muted")
        self.why.hide()
        self.form = Form(self)
        self.form.add_wide(self.why)
        self.form.add("Acc&ount", self.account, "account_id")
        self.form.add("&Received", self.received, "received_at")
        self.form.add("&Kind", self.kind, "kind", "Praise has no reply clock; the others have.")
        self.form.add("Fro&m", self.from_name, "from_name")
        if self.person.offered:
            self.form.add("&Person", self.person, "person_id", "Only where you are sure who it is.")
        self.form.add("&What was said", self.said, "said")
        self.form.add("&Link", self.link, "link")
        self.form.add("&Notes", self.notes, "notes")
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(self.form)
        column.addStretch(1)
        self.form.order_keys()
        self.setFocusProxy(self.account)
        self._listen()

    # What the form uses

    def fields(self) -> dict[str, QWidget]:
        """Widgets by the names services call them, for showing problems."""
        return self.form.fields

    def offer(self, accounts: Sequence[AccountHit], shown: int | None) -> None:
        """The accounts to choose from: the open ones, and the one ``shown`` even where it is closed by now."""
        self.account.offer(
            (hit.id, f"{hit.name} (closed)" if hit.closed else hit.name)
            for hit in accounts
            if not hit.closed or hit.id == shown
        )

    def show_draft(self, draft: MessageDraft, person: PersonHit | None) -> None:
        """Put a draft into the fields."""
        self._quiet = True
        self.account.choose(draft.account_id)
        self.received.set_moment(draft.received_at)
        self.kind.choose(str(draft.kind))
        self.from_name.setText(draft.from_name)
        self.person.show_chosen(draft.person_id, person)
        self.said.setPlainText(draft.said)
        self.link.setText(draft.link)
        self.notes.setPlainText(draft.notes)
        self._quiet = False

    def show_typed(self, typed: Typed, person: PersonHit | None) -> None:
        """Put back what was typed, readable or not."""
        self._quiet = True
        self.account.choose(typed.account_id)
        self.received.set_texts(typed.day, typed.time, typed.which)
        self.kind.choose(typed.kind)
        self.from_name.setText(typed.from_name)
        self.person.show_chosen(typed.person_id, person, typed.person_text)
        self.said.setPlainText(typed.said)
        self.link.setText(typed.link)
        self.notes.setPlainText(typed.notes)
        self._quiet = False

    def typed(self) -> Typed:
        """Everything in the fields, what no record can hold yet included."""
        day, time, which = self.received.texts()
        account = self.account.code()
        return Typed(
            account_id=account if isinstance(account, int) else None,
            day=day,
            time=time,
            which=which,
            kind=str(self.kind.code()),
            from_name=self.from_name.text(),
            person_id=self.person.person_id(),
            person_text=self.person.only_typed(),
            said=self.said.toPlainText(),
            link=self.link.text(),
            notes=self.notes.toPlainText(),
        )

    def draft(self) -> MessageDraft:
        """What is typed. Raises Invalid for a time that cannot be read and a name nobody was chosen for."""
        found: list[Problem] = []
        received = None
        try:
            received = self.received.moment("received_at")
        except Invalid as error:
            found += error.problems
        found += self.person.problems("person_id", "write the name under “From” instead")
        if found:
            raise Invalid(found)
        account = self.account.code()
        return MessageDraft(
            account_id=account if isinstance(account, int) else None,
            received_at=received,
            kind=MessageKind(str(self.kind.code())),
            from_name=self.from_name.text(),
            person_id=self.person.person_id(),
            said=self.said.toPlainText(),
            link=self.link.text(),
            notes=self.notes.toPlainText(),
        )

    def set_read_only(self, read_only: bool, why: str = "") -> None:
        """``why`` says above the fields why nothing can be changed."""
        for box in (self.account, self.kind):
            box.setEnabled(not read_only)
        for field in (self.from_name, self.said, self.link, self.notes):
            field.setReadOnly(read_only)
        self.received.set_read_only(read_only)
        self.person.set_read_only(read_only)
        self.why.setText(why)
        self.why.setVisible(bool(why))

    # Typing

    def _listen(self) -> None:
        for box in (self.account, self.kind):
            box.currentIndexChanged.connect(self._touched)
        for line in (self.from_name, self.link):
            line.textChanged.connect(self._touched)
        for text in (self.said, self.notes):
            text.textChanged.connect(self._touched)
        self.received.changed.connect(self._touched)
        self.person.chosen.connect(self._touched)
        self.person.textEdited.connect(self._touched)

    def _touched(self, _what: object = None) -> None:
        if not self._quiet:
            self.changed.emit()
