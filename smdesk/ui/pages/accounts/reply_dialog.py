"""Writing down that a message was acknowledged or answered, beginning from ready-made words (ACC-5)."""

from __future__ import annotations

from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QLineEdit, QWidget

from smdesk.errors import Invalid
from smdesk.services import canned, messages
from smdesk.services.message_records import CannedReply, MessageRecord
from smdesk.ui.desk import Desk
from smdesk.ui.tasks import Progress
from smdesk.ui.widgets.buttons import button
from smdesk.ui.widgets.code_box import CodeBox
from smdesk.ui.widgets.dates import DateTimeEdit
from smdesk.ui.widgets.service_dialog import ServiceDialog, Work
from smdesk.ui.widgets.text import named

_TOLD = (
    "SM Desk sends nothing. Copy the words, reply on the platform, and write down here when that was. Look at the "
    "words first: no child is named in a reply."
)


class ReplyDialog(ServiceDialog):
    """``answers``: the answer, which settles the message; else the acknowledgement, which only stops the clock."""

    def __init__(
        self, desk: Desk, record: MessageRecord, *, answers: bool, parent: QWidget | None = None
    ) -> None:
        super().__init__(
            desk,
            "message_reply",
            "The answer" if answers else "The acknowledgement",
            "&Write it down",
            parent,
            explanation=_TOLD,
        )
        self._record = record
        self._answers = answers
        self._offered: tuple[CannedReply, ...] = ()
        self.canned = CodeBox(
            "message_reply_canned", "Ready-made words", nothing="Our own words for this message"
        )
        self.canned.setMinimumContentsLength(34)
        self.text = self.note_field("message_reply_text", "What was replied", lines=7)
        self.at = DateTimeEdit("message_reply_at", "Replied at", self, clock=desk.ctx.today, exact=True)
        self.at.set_moment(desk.ctx.now())
        self.by = named(QLineEdit(desk.ctx.user.name, self), "message_reply_by", "Who replied")
        self.form.add("Words to &begin from", self.canned)
        self.form.add("&What was replied", self.text, "text")
        self.form.add("Replied &at", self.at, "at")
        self.form.add("Replied b&y", self.by, "by")
        self.copy = button(
            "&Copy the words", "message_reply_copy", self._copy, tip="To paste them on the platform"
        )
        self.add_button(self.copy)
        self.canned.activated.connect(self._begin_from)
        self.text.setFocus()
        ctx, kind = desk.ctx, record.draft.kind

        def work(progress: Progress) -> tuple[CannedReply, ...]:
            return canned.replies(ctx, kind)

        desk.tasks.run(self, work, self._have_canned, title="Reading the ready-made words")

    def _have_canned(self, found: tuple[CannedReply, ...]) -> None:
        # An acknowledgement is offered first where one is wanted, and not where the answer is.
        fitting = sorted(
            (each for each in found if not (self._answers and each.acknowledges)),
            key=lambda each: not each.acknowledges,
        )
        self._offered = tuple(fitting)
        self.canned.offer((each.code, f"{each.label} ({each.rule})") for each in fitting)
        if not self._answers and fitting and not self.text.toPlainText():
            self.canned.choose(fitting[0].code)
            self._begin_from()
            self._begun = self._written()

    def _begin_from(self) -> None:
        chosen = next((each for each in self._offered if each.code == self.canned.code()), None)
        if chosen is None:
            return
        typed = self.text.toPlainText().strip()
        untouched = not typed or typed in [each.text for each in self._offered]
        if untouched or self._desk.messages.confirm(
            "Put the ready-made words in place of what you wrote?", "Replace them", "Keep mine"
        ):
            self.text.setPlainText(chosen.text)
        else:
            self.canned.choose(None)

    def _copy(self) -> None:
        QGuiApplication.clipboard().setText(self.text.toPlainText())
        self._desk.say("The words are on the clipboard.")

    def work(self) -> Work:
        ctx, record = self._desk.ctx, self._record
        at = self.at.moment("at")
        if at is None:
            raise Invalid.one("at", "Say when it was replied to: that stops the clock.")
        moment, by, text = at, self.by.text(), self.text.toPlainText()
        service = messages.answer if self._answers else messages.acknowledge

        def do(progress: Progress) -> object:
            return service(ctx, record.id, record.version, moment, by, text)

        return do
