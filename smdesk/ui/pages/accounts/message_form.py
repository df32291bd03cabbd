"""The form of a message on a school account: what came in, its clock, and what was replied (ACC-5)."""

from __future__ import annotations

from datetime import datetime
from functools import partial
from typing import Final

from PySide6.QtCore import QTimer
from PySide6.QtGui import QHideEvent
from PySide6.QtWidgets import QWidget

from smdesk.errors import Invalid, SmdeskError
from smdesk.services import letters, messages
from smdesk.services.letter_records import LetterKind
from smdesk.services.message_records import (
    MASKED_MESSAGE,
    MESSAGE_KIND_LABELS,
    MessageDraft,
    MessageRecord,
)
from smdesk.services.people_records import PersonHit
from smdesk.ui.desk import Desk
from smdesk.ui.pages.accounts import message_loading as loading
from smdesk.ui.pages.accounts.message_fields import MessageFields
from smdesk.ui.pages.accounts.message_loading import Opened, Typed
from smdesk.ui.pages.accounts.message_panel import MessagePanel, chip_of
from smdesk.ui.pages.accounts.reply_dialog import ReplyDialog
from smdesk.ui.pages.letters.matters import LetterStart
from smdesk.ui.tasks import Progress
from smdesk.ui.widgets.attached_strip import StripWords
from smdesk.ui.widgets.filed_drafts import KeptDraft
from smdesk.ui.widgets.filed_form import FiledForm
from smdesk.ui.words import moment_in_words

_TITLES: Final = ("Message", "Pictures", "History")
_PAUSE_MS: Final = 300
_STRIP: Final = StripWords(
    name="message",
    noun="message",
    told="Paste a screenshot with Ctrl+V, drop it here, or choose a file. Up to saving the message it waits with the "
    "form; then it is kept encrypted.",
    title="Screenshots and other files of this message",
)
MESSAGE_HISTORY: Final = {
    "logged": "Logged",
    "changed": "Changed",
    "acknowledged": "Acknowledged",
    "answered": "Answered",
    "taken back": "A reply taken back",
    "closed": "Closed without an answer",
    "reopened": "Opened again",
    "withdrawn": "Withdrawn",
    "handed over": "Handed over to an incident",
    "file": "Pictures and files",
}


class MessageForm(FiledForm):
    """One message, new or opened."""

    fields: MessageFields
    panel: MessagePanel

    def __init__(self, desk: Desk, parent: QWidget | None = None) -> None:
        super().__init__(desk, _STRIP, _TITLES, MESSAGE_HISTORY, loading, MessageFields, MessagePanel, parent)
        add = self.header.add_action
        self.take_back = {
            "take_back_acknowledgement": add(
                "Take the ac&knowledgement back…", "message_take_back_acknowledgement", self._take_back_first
            ),
            "take_back_answer": add(
                "Take the a&nswer back…", "message_take_back_answer", self._take_back_answer
            ),
            "withdraw": add("&Withdraw this message…", "message_withdraw", self._withdraw),
        }
        self.letters = LetterStart(desk, self)
        self._pause = QTimer(self)
        self._pause.setObjectName("message_pause")
        self._pause.setSingleShot(True)
        self._pause.setInterval(_PAUSE_MS)
        self._pause.timeout.connect(self._ask_due)
        self._enable()

    # What the page calls

    def new(self, draft: MessageDraft | None = None) -> None:
        """An empty form, or one begun with ``draft``; a draft of one that was never saved is brought back."""
        if draft is None:
            super().new()
            return
        ctx, given = self._desk.ctx, draft

        def work(progress: Progress) -> tuple[MessageDraft, PersonHit | None]:
            return given, loading.named(ctx, given)

        self._desk.tasks.run(self, work, self._begin, title="Beginning the message")

    def _begin(self, given: tuple[MessageDraft, PersonHit | None]) -> None:
        super().new(given)

    # Opening

    def show_masked(self, record: MessageRecord) -> None:
        self.show_head(record)
        self.masked.say(
            f"{record.reference} came in on {record.account_name} on {moment_in_words(_received(record))}. It was "
            "handed over to an incident that is not open to you; what was said stands there.\n\n"
            "If you know something more about it, tell the headteacher or the designated safeguarding lead."
        )
        self.show_editor(False)

    def show_saved(self, found: Opened) -> None:
        record = found.record
        self.show_editor(True)
        given, self._given = self._given, None
        self.fields.offer(found.accounts, None if record is None else record.draft.account_id)
        if record is not None:
            self.fields.show_draft(record.draft, found.person)
        elif given is not None and (found.kept is None or self.drops_kept()):
            self.fields.show_draft(*given)
            self.data = Opened(None, given[1], found.accounts, None)
        else:
            self.fields.show_draft(self._empty(found), None)
        self.show_head(record)
        self.protect(record)

    def _empty(self, found: Opened) -> MessageDraft:
        """A school with one account need not choose it."""
        open_ones = [hit.id for hit in found.accounts if not hit.closed]
        return MessageDraft(account_id=open_ones[0] if len(open_ones) == 1 else None)

    def show_kept(self, kept: KeptDraft[Typed]) -> None:
        self.fields.show_typed(kept.typed, kept.person)

    def shown(self) -> None:
        self._ask_due()

    def show_head(self, record: MessageRecord | None) -> None:
        header = self.header
        header.confidential.setVisible(record is not None and record.masked)
        header.status.setVisible(record is not None)
        if record is None:
            header.title.setText("New message")
            header.summary.show_text("")
            return
        header.title.setText(record.reference)
        header.status.show_status(*chip_of(record, self._desk.ctx.now()))
        kind = MESSAGE_KIND_LABELS[record.draft.kind]
        said = MASKED_MESSAGE if record.masked else record.draft.said
        header.summary.show_text(f"{kind} on {record.account_name}: {said}")

    def why_fixed(self, record: MessageRecord) -> str:
        if record.incident is not None:
            return "This message is handled as an incident and does not change any more. Go on there."
        return "" if record.editable else "This message was withdrawn. Open it again to change it."

    # Typing and saving

    def _touched(self) -> None:
        if self._ready:
            self._pause.start()
        super()._touched()

    def hideEvent(self, event: QHideEvent) -> None:
        super().hideEvent(event)
        self._pause.stop()

    def _ask_due(self) -> None:
        """By when a reply would be due, while a message is being typed (ACC-5)."""
        self._pause.stop()
        if not self._ready or self.record is not None:
            return
        try:
            draft = self.fields.draft()
        except Invalid:
            return
        if draft.received_at is None:
            return
        ctx, received, kind = self._desk.ctx, draft.received_at, draft.kind

        def work(progress: Progress) -> datetime | None:
            return messages.due_for(ctx, received, kind)

        self._desk.tasks.latest(self, "due", work, self.panel.show_would_be_due, self._no_due)

    def _no_due(self, error: SmdeskError) -> None:
        """What is typed may be half a date yet; saving tells."""

    # Doing

    def do(self, code: str, record: MessageRecord) -> None:
        match code:
            case "acknowledge" | "answer":
                ReplyDialog(self._desk, record, answers=code == "answer", parent=self).open()
            case "letter":
                ctx, message_id = self._desk.ctx, record.id
                self.letters.begin(
                    LetterKind.ACKNOWLEDGEMENT,
                    partial(letters.for_message, ctx, message_id),
                    partial(letters.draft_for_message, ctx, message_id),
                )
            case "incident":
                self.hand_over(
                    messages.hand_over,
                    "What was said, who, when, the replies and the pictures go over, and the reply clock runs on "
                    "there.",
                )
            case "open_incident":
                if record.incident is not None:
                    self._desk.open_incident(record.incident[0])
            case "close":
                self.ask_reason(
                    "message_close_dialog",
                    "Close without an answer",
                    "Why does it get no answer?",
                    "C&lose it",
                    partial(messages.close_without_answer, self._desk.ctx, record.id, record.version),
                )
            case "reopen":
                self.ask_reason(
                    "message_reopen_dialog",
                    "Open the message again",
                    "Why is it opened again?",
                    "&Open it again",
                    partial(messages.reopen, self._desk.ctx, record.id, record.version),
                )

    def _take_back_first(self) -> None:
        self._take_back("acknowledgement")

    def _take_back_answer(self) -> None:
        self._take_back("answer")

    def _take_back(self, which: messages.Which) -> None:
        record = self.record
        if record is None:
            return
        ctx, message_id, version = self._desk.ctx, record.id, record.version
        self.ask_reason(
            "message_take_back_dialog",
            f"Take the {which} back",
            "What was wrong with it?",
            "&Take it back",
            lambda reason: messages.take_back_reply(ctx, message_id, version, which, reason),
            "The clock runs on as if it had not been recorded. What was recorded stays in the history.",
        )

    def _withdraw(self) -> None:
        record = self.record
        if record is None:
            return
        self.ask_reason(
            "message_withdraw_dialog",
            "Withdraw the message",
            "Why is it withdrawn?",
            "&Withdraw it",
            partial(messages.withdraw, self._desk.ctx, record.id, record.version),
            "For a message that was logged by mistake. Its number, its line and your reason stay on record.",
        )


def _received(record: MessageRecord) -> datetime:
    received = record.draft.received_at
    return record.recorded_at if received is None else received
