"""What is typed of a message: shown, read, kept half typed, and marked where it is wrong (ACC-5)."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QLineEdit, QPlainTextEdit, QVBoxLayout, QWidget

from smdesk.errors import Invalid, Problem
from smdesk.security.permissions import Permission, allowed
from smdesk.services.account_records import AccountHit
from smdesk.services.message_records import MESSAGE_KIND_LABELS, MessageDraft, MessageKind
from smdesk.services.people_records import PersonHit
from smdesk.ui.desk import Desk
from smdesk.ui.pages.accounts.message_loading import Typed
from smdesk.ui.widgets.code_box import CodeBox
from smdesk.ui.widgets.dates import DateTimeEdit
from smdesk.ui.widgets.forms import Form
from smdesk.ui.widgets.person_picker import PersonPicker
from smdesk.ui.widgets.text import PlainLabel, named


class MessageFields(QWidget):
    """Everything of a message that can be typed. ``changed`` when something was."""

    changed = Signal()

    def __init__(self, desk: Desk, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._quiet = False
        self._person_id: int | None = None
        self.setObjectName("message_fields")
        self.account = CodeBox("message_account", "School account", nothing="Choose the account…")
        self.account.setMinimumContentsLength(36)
        self.received = DateTimeEdit("message_received", "Received", self, clock=desk.ctx.today, exact=True)
        self.kind = CodeBox("message_kind", "Kind of message", MESSAGE_KIND_LABELS.items())
        self.from_name = named(QLineEdit(self), "message_from", "From: the name as it stands there")
        self.from_name.setPlaceholderText("As it stands there, for example a screen name")
        self.person: PersonPicker | None = None
        if allowed(desk.ctx.user.roles, Permission.PEOPLE_READ):
            self.person = PersonPicker(
                desk, "message_person", "The person, where they are on record", self, may_add=False
            )
            self.person.setAcceptDrops(False)
        self.said = self._text("message_said", "What was said", 7)
        self.link = named(QLineEdit(self), "message_link", "Link to it")
        self.link.setPlaceholderText("https://…")
        self.notes = self._text("message_notes", "Notes for the office", 3)
        self.why = PlainLabel("", self, look="muted")
        self.why.hide()
        self.form = Form(self)
        self.form.add_wide(self.why)
        self.form.add("Acc&ount", self.account, "account_id")
        self.form.add("&Received", self.received, "received_at")
        self.form.add("&Kind", self.kind, "kind", "Praise has no reply clock; the others have.")
        self.form.add("Fro&m", self.from_name, "from_name")
        if self.person is not None:
            self.form.add("&Person", self.person, "person_id", "Only where you are sure who it is.")
        self.form.add("&What was said", self.said, "said")
        self.form.add("&Link", self.link, "link")
        self.form.add("&Notes", self.notes, "notes")
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(self.form)
        column.addStretch(1)
        self.setFocusProxy(self.account)
        self._listen()

    def _text(self, name: str, spoken: str, lines: int) -> QPlainTextEdit:
        field = named(QPlainTextEdit(self), name, spoken)
        field.setTabChangesFocus(True)
        field.setFixedHeight(self.fontMetrics().lineSpacing() * lines + 16)
        return field

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
        self._show_person(draft.person_id, person)
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
        self._show_person(typed.person_id, person)
        if typed.person_text and self.person is not None:
            self.person.setText(typed.person_text)
        self.said.setPlainText(typed.said)
        self.link.setText(typed.link)
        self.notes.setPlainText(typed.notes)
        self._quiet = False

    def _show_person(self, person_id: int | None, person: PersonHit | None) -> None:
        # Whoever may not look people up keeps whom somebody else chose.
        self._person_id = person_id
        if self.person is not None:
            self.person.set_person(person)
            self.person.setCursorPosition(0)

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
            person_id=self.person_id(),
            person_text=self._only_typed(),
            said=self.said.toPlainText(),
            link=self.link.text(),
            notes=self.notes.toPlainText(),
        )

    def person_id(self) -> int | None:
        """Who was chosen."""
        if self.person is None:
            return self._person_id
        hit = self.person.person()
        return None if hit is None else hit.id

    def _only_typed(self) -> str:
        if self.person is None or self.person.person() is not None:
            return ""
        return self.person.text().strip()

    def draft(self) -> MessageDraft:
        """What is typed. Raises Invalid for a time that cannot be read and a name nobody was chosen for."""
        found = []
        received = None
        try:
            received = self.received.moment("received_at")
        except Invalid as error:
            found += error.problems
        if self._only_typed():
            found.append(
                Problem(
                    "person_id",
                    f"“{self._only_typed()}” is nobody on record: choose somebody from the list that opens as you "
                    "type, or write the name under “From” instead.",
                )
            )
        if found:
            raise Invalid(found)
        account = self.account.code()
        return MessageDraft(
            account_id=account if isinstance(account, int) else None,
            received_at=received,
            kind=MessageKind(str(self.kind.code())),
            from_name=self.from_name.text(),
            person_id=self.person_id(),
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
        if self.person is not None:
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
        if self.person is not None:
            self.person.chosen.connect(self._touched)
            self.person.textEdited.connect(self._touched)

    def _touched(self, _what: object = None) -> None:
        if not self._quiet:
            self.changed.emit()
