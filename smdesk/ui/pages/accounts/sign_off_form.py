"""The form of a post put to a senior leader: its text, its pictures, and what was decided (ACC-6)."""

from __future__ import annotations

from functools import partial
from typing import Final

from PySide6.QtWidgets import QWidget

from smdesk.services import sign_offs
from smdesk.services.context import Saved
from smdesk.services.sign_off_records import (
    SIGN_OFF_STATUS_LABELS,
    SignOffDraft,
    SignOffRecord,
    SignOffStatus,
)
from smdesk.ui.desk import Desk
from smdesk.ui.pages.accounts import sign_off_loading as loading
from smdesk.ui.pages.accounts.sign_off_dialogs import DecideDialog, PublishedDialog
from smdesk.ui.pages.accounts.sign_off_fields import SignOffFields
from smdesk.ui.pages.accounts.sign_off_loading import Opened, Typed
from smdesk.ui.pages.accounts.sign_off_panel import STATUS_TONES, SignOffPanel
from smdesk.ui.tasks import Progress
from smdesk.ui.widgets.attached_strip import StripWords
from smdesk.ui.widgets.filed_drafts import KeptDraft
from smdesk.ui.widgets.filed_form import FiledForm

_TITLES: Final = ("Post", "Pictures", "History")
_STRIP: Final = StripWords(
    name="sign_off",
    noun="post",
    told="The pictures that are to be published with it. Paste one with Ctrl+V, drop it here, or choose a file. The "
    "leader decides about text and pictures together.",
    title="Pictures of this post",
)
SIGN_OFF_HISTORY: Final = {
    "asked": "Put to a senior leader",
    "changed": "Changed",
    "decided": "Decided",
    "withdrawn": "Withdrawn",
    "published": "",
    "file": "Pictures and files",
}


class SignOffForm(FiledForm):
    """One post, new or opened."""

    fields: SignOffFields
    panel: SignOffPanel

    def __init__(self, desk: Desk, parent: QWidget | None = None) -> None:
        super().__init__(
            desk, _STRIP, _TITLES, SIGN_OFF_HISTORY, loading, SignOffFields, SignOffPanel, parent
        )
        self.header.confidential.hide()
        self.take_back = {
            "withdraw": self.header.add_action("&Withdraw this request…", "sign_off_withdraw", self._withdraw)
        }
        self._enable()

    # Opening

    def show_masked(self, record: SignOffRecord) -> None:
        """No post is masked: it is to be public."""

    def show_saved(self, found: Opened) -> None:
        record = found.record
        self.show_editor(True)
        given, self._given = self._given, None
        self.fields.offer(found.accounts, found.leaders, record)
        if record is not None:
            self.fields.show_draft(record.draft)
        elif given is not None and (found.kept is None or self.drops_kept()):
            self.fields.show_draft(given)
            self.data = Opened(None, found.accounts, found.leaders, None)
        else:
            only = found.accounts[0].id if len(found.accounts) == 1 else None
            self.fields.show_draft(SignOffDraft(account_id=only))
        self.show_head(record)
        self.protect(record)

    def show_kept(self, kept: KeptDraft[Typed]) -> None:
        self.fields.show_typed(kept.typed)

    def show_head(self, record: SignOffRecord | None) -> None:
        header = self.header
        header.status.setVisible(record is not None)
        header.title.setText("New post" if record is None else "Post to sign off")
        header.summary.show_text("" if record is None else f"{record.draft.title}, for {record.account_name}")
        if record is not None:
            header.status.show_status(SIGN_OFF_STATUS_LABELS[record.status], STATUS_TONES[record.status])

    def why_fixed(self, record: SignOffRecord) -> str:
        if record.status is SignOffStatus.WITHDRAWN:
            return "This request was withdrawn."
        return (
            ""
            if record.editable
            else "This is decided and does not change any more. Ask anew for another text."
        )

    # Doing

    def do(self, code: str, record: SignOffRecord) -> None:
        match code:
            case "decide":
                DecideDialog(self._desk, record, self).open()
            case "published":
                PublishedDialog(self._desk, record, self).open()
            case "not_published":
                self._not_published(record)
            case "anew":
                self._ask_anew(record)

    def _not_published(self, record: SignOffRecord) -> None:
        ctx, number, version = self._desk.ctx, record.id, record.version

        def work(progress: Progress) -> Saved:
            return sign_offs.mark_published(ctx, number, version, None)

        self._desk.tasks.run(self, work, failed=self.show_wrong, title="Taking the day back")

    def _ask_anew(self, record: SignOffRecord) -> None:
        ctx, number = self._desk.ctx, record.id

        def work(progress: Progress) -> SignOffDraft:
            return sign_offs.ask_anew(ctx, number)

        self._desk.tasks.run(self, work, self.new, self.show_wrong, "Asking anew")

    def _withdraw(self) -> None:
        record = self.record
        if record is None:
            return
        self.ask_reason(
            "sign_off_withdraw_dialog",
            "Withdraw the request",
            "Why is it withdrawn?",
            "&Withdraw it",
            partial(sign_offs.withdraw, self._desk.ctx, record.id, record.version),
            "The post is not put to anybody any more. The line and your reason stay.",
        )
