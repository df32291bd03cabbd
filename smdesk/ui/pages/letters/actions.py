"""What can be done with a letter, as its state and the reader's role allow: the row of buttons below it."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject
from PySide6.QtWidgets import QPushButton, QWidget

from smdesk.errors import SmdeskError
from smdesk.security.permissions import Permission
from smdesk.services import letters
from smdesk.services.context import Saved
from smdesk.services.letter_records import LETTER_STEPS, LetterStatus
from smdesk.ui.desk import Desk
from smdesk.ui.pages.letters import words, work
from smdesk.ui.pages.letters.dialogs import ApproveDialog, CameBackDialog, SentDialog
from smdesk.ui.pages.letters.email_file import EmailFile
from smdesk.ui.pages.letters.work import Decision, Opened
from smdesk.ui.tasks import Progress
from smdesk.ui.widgets.buttons import button
from smdesk.ui.widgets.dialogs import ReasonDialog
from smdesk.ui.widgets.flow import flow

if TYPE_CHECKING:
    from smdesk.ui.pages.letters.screen import LetterScreen

_OPEN = frozenset({LetterStatus.DRAFT, LetterStatus.RETURNED, LetterStatus.SUBMITTED})


class Actions(QObject):
    """Belongs to the screen. Every deed runs on a worker and shows the letter as it is afterwards."""

    def __init__(self, screen: LetterScreen, desk: Desk) -> None:
        super().__init__(screen)
        self._screen = screen
        self._desk = desk
        self._dialog: QWidget | None = None
        self._email_file = EmailFile(desk, screen)
        self.approve = button(
            "Approve an&d sign…",
            "letter_approve",
            self._ask_approval,
            look="primary",
            tip="Shows what you sign, then asks (Ctrl+Enter)",
            shortcut="Ctrl+Return",
        )
        self.return_it = button(
            "&Return with a note…",
            "letter_return",
            self._ask_note,
            tip="Gives it back to be changed (Ctrl+Shift+Enter)",
            shortcut="Ctrl+Shift+Return",
        )
        self.submit = button(
            "Sen&d for approval",
            "letter_submit",
            self._submit,
            look="primary",
            tip="Saves the letter and hands it to whoever decides (Ctrl+Enter)",
            shortcut="Ctrl+Return",
        )
        self.issue = button(
            "&Issue",
            "letter_issue",
            self._issue,
            look="primary",
            tip="Gives it its number and keeps it for good (Ctrl+Enter)",
            shortcut="Ctrl+Return",
        )
        self.sent = button(
            "Re&cord how it went…", "letter_sent", self._ask_sent, shortcut="Ctrl+Shift+Return"
        )
        self.came_back = button(
            "It came &back…", "letter_came_back", self._ask_came_back, tip="The post returned it undelivered"
        )
        self.email = button(
            "As an e-&mail…",
            "letter_email",
            self._make_email,
            tip="Saves a ready-made e-mail with the letter in it, to be looked over and sent by you",
        )
        self.save = button("&Save", "letter_save", screen.save, shortcut="Ctrl+S")
        self.withdraw = button("&Withdraw…", "letter_withdraw", self._ask_withdrawal, look="danger")
        self.bar = flow(
            self.approve,
            self.return_it,
            self.submit,
            self.issue,
            self.sent,
            self.came_back,
            self.email,
            self.save,
            self.withdraw,
        )
        self.bar.setObjectName("letter_actions")
        self.refresh()

    def refresh(self) -> None:
        """Show the buttons that fit the letter; grey while something is being done."""
        record, screen = self._screen.record, self._screen
        status = record.status if record is not None else None
        may_draft = work.may(self._desk.ctx, Permission.LETTERS_DRAFT)
        may_issue = work.may(self._desk.ctx, Permission.LETTERS_ISSUE)
        decides = record is not None and record.may_approve
        shown: list[tuple[QPushButton, bool]] = [
            (self.approve, decides),
            (self.return_it, decides),
            (self.submit, status in (LetterStatus.DRAFT, LetterStatus.RETURNED) and may_draft),
            (self.issue, status is LetterStatus.APPROVED and may_issue),
            (self.sent, status is LetterStatus.ISSUED and may_issue),
            (self.save, status in _OPEN and record is not None and record.may_edit),
            (self.withdraw, (status in _OPEN or status is LetterStatus.APPROVED) and may_draft),
        ]
        unsaved = record is not None and screen.unsaved()
        for control, there in shown:
            control.setVisible(there)
            control.setEnabled(there and not screen.busy)
        gone = record is not None and record.sent_on is not None
        self.came_back.setVisible(gone and status is LetterStatus.ISSUED and may_issue)
        self.came_back.setEnabled(gone and not screen.busy)
        self.email.setVisible(status is LetterStatus.ISSUED and may_issue)
        self.email.setEnabled(not screen.busy)
        self.save.setEnabled(unsaved and not screen.busy)
        again = record is not None and record.sent_how is not None
        back = record is not None and record.returned_on is not None
        self.sent.setText(
            "Re&cord that it went again…"
            if back
            else "&Correct how it went…"
            if again
            else "Re&cord how it went…"
        )

    # Drafting

    def _submit(self) -> None:
        """Save what is typed, then hand the letter over."""
        record, screen, ctx = self._screen.record, self._screen, self._desk.ctx
        if record is None or screen.busy or not self._names_meant():
            return
        letter_id = record.id
        if not screen.unsaved():
            version = record.version
            self._do(lambda: letters.submit(ctx, letter_id, version), "Sending for approval")
            return
        try:
            edit, version = screen.form.edit(), screen.form.version
        except SmdeskError as error:
            screen.failed(error)
            return
        forget = screen.keeper.forgetting()
        screen.keeper.stop()

        def both() -> Saved:
            saved = letters.save(ctx, letter_id, edit, version)
            forget(ctx, letter_id)
            return letters.submit(ctx, letter_id, saved.version)

        self._do(both, "Sending for approval")

    def _names_meant(self) -> bool:
        """Ask before a letter that names somebody else goes on; the headteacher is asked again when deciding."""
        hits = self._screen.names.hits
        return not hits or self._desk.messages.confirm(
            f"This letter names {words.named_people(hits)}.",
            "Send it all the same",
            "Go back to the text",
            more=words.names_rule(self._screen.record),
            danger=True,
        )

    # Deciding

    def _ask_approval(self) -> None:
        record, screen, ctx = self._screen.record, self._screen, self._desk.ctx
        if record is None or screen.busy or self._dialog is not None:
            return
        if self._changed_here():
            return
        letter_id, version = record.id, record.version
        screen.start()
        self._desk.tasks.run(
            screen,
            lambda progress: work.decision(ctx, letter_id, version),
            self._show_decision,
            screen.failed,
            ended=screen.ended,
        )

    def _changed_here(self) -> bool:
        """Whether the reader has typed in the letter they decide about; then says what to do first."""
        if not self._screen.unsaved():
            return False
        self._desk.messages.info(
            "You have changed this letter.",
            more="Save it first. A changed letter is a draft again: send it for approval, then approve it.",
        )
        return True

    def _show_decision(self, decision: Decision) -> None:
        if decision.record.id == self._screen.letter_id:
            dialog = ApproveDialog(decision, self._screen)
            dialog.accepted.connect(self._approve)
            self._open(dialog)

    def _approve(self) -> None:
        dialog, ctx = self._dialog, self._desk.ctx
        if isinstance(dialog, ApproveDialog):
            letter_id, version, reason = (
                dialog.decision.record.id,
                dialog.decision.record.version,
                dialog.reason,
            )
            self._do(lambda: letters.approve(ctx, letter_id, version, reason), "Signing", self._decided)

    def _ask_note(self) -> None:
        record = self._screen.record
        if record is None or self._screen.busy or self._dialog is not None or self._changed_here():
            return
        dialog = ReasonDialog(
            "Return with a note",
            "What should be changed?",
            "&Return the letter",
            self._screen,
            explanation=f"{words.title(record)} goes back to {record.drafted_by} with this note.",
        )
        dialog.accepted.connect(self._return)
        self._open(dialog)

    def _return(self) -> None:
        dialog, record, ctx = self._dialog, self._screen.record, self._desk.ctx
        if isinstance(dialog, ReasonDialog) and record is not None:
            letter_id, version, note = record.id, record.version, dialog.reason
            self._do(
                lambda: letters.return_with_note(ctx, letter_id, version, note), "Returning", self._decided
            )

    def _decided(self, done: Opened) -> None:
        self._screen.show_opened(done)
        self._screen.decided.emit(done.record.id)

    # Sending

    def _issue(self) -> None:
        record, ctx = self._screen.record, self._desk.ctx
        if record is None or self._screen.busy:
            return
        if record.kind in LETTER_STEPS and record.matter_kind == "incident":
            noted = "the step is recorded"
            if record.recipient is None:
                noted += f" with {record.person_name}"
        else:
            noted = f"it is written into the history of {record.reference}"
        if not self._desk.messages.confirm(
            f"Issue the letter to {record.person_name}?",
            "Issue it",
            more=f"It gets its number and today's date, is kept unchangeably, and {noted}. Then print it and record "
            "how it went.",
        ):
            return
        letter_id, version = record.id, record.version
        self._do(lambda: letters.issue(ctx, letter_id, version), "Issuing the letter", self._issued)

    def _issued(self, done: Opened) -> None:
        self._screen.show_opened(done)
        self._screen.preview.print_button.setFocus()

    def _make_email(self) -> None:
        record = self._screen.record
        if record is not None and not self._screen.busy:
            self._email_file.make(record)

    def _ask_sent(self) -> None:
        record = self._screen.record
        if record is None or self._screen.busy or self._dialog is not None:
            return
        dialog = SentDialog(self._desk.ctx, record, self._screen)
        dialog.wanted.connect(self._record_sent)
        self._open(dialog)

    def _record_sent(self) -> None:
        dialog, record, ctx = self._dialog, self._screen.record, self._desk.ctx
        if isinstance(dialog, SentDialog) and record is not None and dialog.sent.on is not None:
            sent, letter_id = dialog.sent, record.id
            how, on, note, proof = sent.how, sent.on, sent.note, sent.proof
            self._do(
                lambda: letters.record_sent(ctx, letter_id, how, on, note, proof),
                "Recording",
                self._sent_recorded,
                self._sent_refused,
            )

    def _ask_came_back(self) -> None:
        record = self._screen.record
        if record is None or self._screen.busy or self._dialog is not None:
            return
        dialog = CameBackDialog(self._desk.ctx, record, self._screen)
        dialog.wanted.connect(self._record_came_back)
        self._open(dialog)

    def _record_came_back(self) -> None:
        dialog, record, ctx = self._dialog, self._screen.record, self._desk.ctx
        if isinstance(dialog, CameBackDialog) and record is not None and dialog.on is not None:
            letter_id, on, why = record.id, dialog.on, dialog.why
            self._do(
                lambda: letters.record_returned(ctx, letter_id, on, why),
                "Recording",
                self._sent_recorded,
                self._sent_refused,
            )

    def _sent_recorded(self, done: Opened) -> None:
        if isinstance(self._dialog, SentDialog | CameBackDialog):
            self._dialog.accept()
        self._screen.show_opened(done)

    def _sent_refused(self, error: SmdeskError) -> None:
        if isinstance(self._dialog, SentDialog | CameBackDialog):
            self._dialog.refuse(error)
        else:
            self._screen.failed(error)

    def _ask_withdrawal(self) -> None:
        record = self._screen.record
        if record is None or self._screen.busy or self._dialog is not None:
            return
        dialog = ReasonDialog(
            "Withdraw the letter",
            "Why is this letter not to go out?",
            "&Withdraw it",
            self._screen,
            explanation="The letter stays in the records as withdrawn, with this reason. It cannot be taken up again.",
        )
        dialog.accepted.connect(self._withdraw)
        self._open(dialog)

    def _withdraw(self) -> None:
        dialog, record, ctx = self._dialog, self._screen.record, self._desk.ctx
        if isinstance(dialog, ReasonDialog) and record is not None:
            letter_id, reason = record.id, dialog.reason
            self._screen.keeper.stop()
            self._do(lambda: letters.withdraw(ctx, letter_id, reason), "Withdrawing")

    # How each is done

    def _do(
        self,
        deed: Callable[[], Saved],
        title: str,
        done: Callable[[Opened], object] | None = None,
        refused: Callable[[SmdeskError], object] | None = None,
    ) -> None:
        ctx, screen = self._desk.ctx, self._screen
        letter_id = screen.letter_id

        def doing(progress: Progress) -> Opened:
            return work.after(ctx, letter_id, deed)

        screen.start()
        self._desk.tasks.run(
            screen, doing, done or screen.show_opened, refused or screen.failed, title, ended=screen.ended
        )

    def _open(self, dialog: ApproveDialog | SentDialog | CameBackDialog | ReasonDialog) -> None:
        self._dialog = dialog
        dialog.finished.connect(self._closed)
        dialog.open()

    def _closed(self) -> None:
        # The dialog is read by the slot of ``accepted``, which Qt calls before this one.
        if self._dialog is not None:
            self._dialog.deleteLater()
            self._dialog = None
