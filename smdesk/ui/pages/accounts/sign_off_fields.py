"""What is typed of a post to be signed off: shown, read, kept half typed, and marked where it is wrong (ACC-6)."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QLineEdit, QVBoxLayout, QWidget

from smdesk.services.account_records import AccountHit
from smdesk.services.sign_off_records import Leader, SignOffDraft, SignOffRecord
from smdesk.ui.desk import Desk
from smdesk.ui.pages.accounts.sign_off_loading import Typed
from smdesk.ui.widgets.code_box import CodeBox
from smdesk.ui.widgets.dates import DateEdit
from smdesk.ui.widgets.forms import Form, sentences
from smdesk.ui.widgets.text import PlainLabel, named


class SignOffFields(QWidget):
    """Everything of a post that can be typed. ``changed`` when something was."""

    changed = Signal()

    def __init__(self, desk: Desk, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._quiet = False
        self.setObjectName("sign_off_fields")
        self.account = CodeBox("sign_off_account", "School account", nothing="Choose the account…")
        self.account.setMinimumContentsLength(36)
        self.title = named(QLineEdit(self), "sign_off_title_edit", "What the post is about")
        self.post = sentences(self, "sign_off_post", "The post as it is to be published", 7)
        self.concern = sentences(self, "sign_off_concern", "What may be controversial about it", 3)
        self.planned = DateEdit("sign_off_planned", "Planned for", self, clock=desk.ctx.today, ahead=True)
        self.asked_of = CodeBox("sign_off_asked_of", "Put to", nothing="Any senior leader")
        self.why = PlainLabel("", self, look="muted")
        self.why.hide()
        self.form = Form(self)
        self.form.add_wide(self.why)
        self.form.add("Acc&ount", self.account, "account_id")
        self.form.add("A&bout", self.title, "title")
        self.form.add("&Text", self.post, "post", "Word for word. Pictures belong under “Pictures”.")
        self.form.add("&What may be controversial", self.concern, "concern")
        self.form.add("&Planned for", self.planned, "planned_for")
        self.form.add("P&ut to", self.asked_of, "asked_of")
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(self.form)
        column.addStretch(1)
        self.form.order_keys()
        self.setFocusProxy(self.account)
        for box in (self.account, self.asked_of):
            box.currentIndexChanged.connect(self._touched)
        self.title.textChanged.connect(self._touched)
        for text in (self.post, self.concern):
            text.textChanged.connect(self._touched)
        self.planned.changed.connect(self._touched)

    def fields(self) -> dict[str, QWidget]:
        """Widgets by the names services call them, for showing problems."""
        return self.form.fields

    def offer(
        self, accounts: Sequence[AccountHit], leaders: Sequence[Leader], record: SignOffRecord | None
    ) -> None:
        """What to choose from; what the record names is there even where it could not be chosen now."""
        self.account.offer((hit.id, hit.name) for hit in accounts)
        self.asked_of.offer((each.id, each.name) for each in leaders)
        if record is not None:
            self._quiet = True
            self.account.choose(record.draft.account_id, record.account_name)
            self.asked_of.choose(record.draft.asked_of, record.asked_of)
            self._quiet = False

    def show_draft(self, draft: SignOffDraft) -> None:
        """Put a draft into the fields."""
        self._quiet = True
        self.account.choose(draft.account_id)
        self.title.setText(draft.title)
        self.post.setPlainText(draft.post)
        self.concern.setPlainText(draft.concern)
        self.planned.set_day(draft.planned_for)
        self.asked_of.choose(draft.asked_of)
        self._quiet = False

    def show_typed(self, typed: Typed) -> None:
        """Put back what was typed, readable or not."""
        self.show_draft(
            SignOffDraft(typed.account_id, typed.title, typed.post, typed.concern, asked_of=typed.asked_of)
        )
        self._quiet = True
        self.planned.set_text(typed.planned)
        self._quiet = False

    def typed(self) -> Typed:
        """Everything in the fields, an unreadable day included."""
        return Typed(
            self._id(self.account),
            self.title.text(),
            self.post.toPlainText(),
            self.concern.toPlainText(),
            self.planned.text(),
            self._id(self.asked_of),
        )

    def draft(self) -> SignOffDraft:
        """What is typed. Raises Invalid for a day that cannot be read."""
        return SignOffDraft(
            account_id=self._id(self.account),
            title=self.title.text(),
            post=self.post.toPlainText(),
            concern=self.concern.toPlainText(),
            planned_for=self.planned.day("planned_for"),
            asked_of=self._id(self.asked_of),
        )

    def set_read_only(self, read_only: bool, why: str = "") -> None:
        """``why`` says above the fields why nothing can be changed."""
        for box in (self.account, self.asked_of):
            box.setEnabled(not read_only)
        for field in (self.title, self.post, self.concern):
            field.setReadOnly(read_only)
        self.planned.set_read_only(read_only)
        self.why.setText(why)
        self.why.setVisible(bool(why))

    def _id(self, box: CodeBox) -> int | None:
        held = box.code()
        return held if isinstance(held, int) else None

    def _touched(self, _what: object = None) -> None:
        if not self._quiet:
            self.changed.emit()
