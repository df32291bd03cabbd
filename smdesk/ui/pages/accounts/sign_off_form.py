"""The form of a post put to a senior leader: its text, its pictures, and what was decided (ACC-6)."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Final

from PySide6.QtWidgets import QWidget

from smdesk.errors import Invalid, SmdeskError
from smdesk.security.permissions import Permission, allowed
from smdesk.services import sign_offs
from smdesk.services.context import Saved
from smdesk.services.sign_off_records import (
    SIGN_OFF_STATUS_LABELS,
    SignOffDraft,
    SignOffRecord,
    SignOffStatus,
)
from smdesk.ui.desk import Desk
from smdesk.ui.draft_keeper import Write
from smdesk.ui.pages.accounts import sign_off_loading as loading
from smdesk.ui.pages.accounts.sign_off_dialogs import DecideDialog, PublishedDialog
from smdesk.ui.pages.accounts.sign_off_fields import SignOffFields
from smdesk.ui.pages.accounts.sign_off_loading import KeptDraft, Opened
from smdesk.ui.pages.accounts.sign_off_panel import STATUS_TONES, SignOffPanel
from smdesk.ui.tasks import Progress
from smdesk.ui.widgets.attached_strip import AttachedStrip, StripWords
from smdesk.ui.widgets.bars import RecordHeader
from smdesk.ui.widgets.file_intake import FileIntake
from smdesk.ui.widgets.history_table import HistoryTable
from smdesk.ui.widgets.pending import Pending, SavedForm
from smdesk.ui.widgets.record_frame import FramedForm
from smdesk.ui.widgets.service_dialog import ReasonService

DETAILS, FILES, HISTORY = range(3)
"""Places of the tabs."""
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


class SignOffForm(FramedForm):
    """One post, new or opened."""

    def __init__(self, desk: Desk, parent: QWidget | None = None) -> None:
        super().__init__(desk, "sign_off", "post", "sign_off", loading.forget_draft, parent)
        self._given: SignOffDraft | None = None
        self.header = RecordHeader("sign_off", "New post", self)
        self.header.confidential.hide()
        self.fields = SignOffFields(desk, self)
        self.panel = SignOffPanel(desk, self)
        self.strip = AttachedStrip(desk, _STRIP, self)
        self.history = HistoryTable("sign_off", SIGN_OFF_HISTORY, self)
        self.scrolled.body.addWidget(self.fields)
        parts = (self.scrolled, self.strip, self.history)
        self.lay_out(self.fields, list(zip(parts, _TITLES, strict=True)), self.panel, (5, 3))
        self.intake = FileIntake(
            desk, self.strip, self.keeper, self, kept_as=self.kept_as, add=loading.add_files, thing="picture"
        )
        self.withdraw_it = self.header.add_action(
            "&Withdraw this request…", "sign_off_withdraw", self._withdraw
        )
        self.header.save.clicked.connect(self.save)
        self.fields.changed.connect(self._touched)
        self.intake.waiting_changed.connect(self.waiting_changed)
        self.intake.waiting_changed.connect(self._count_files)
        self.intake.taken.connect(desk.say)
        self.panel.action_wanted.connect(self.act)
        self._enable()

    # What the page calls

    def new(self, draft: SignOffDraft | None = None) -> None:
        """An empty form, or one begun with ``draft``; a draft of one that was never saved is brought back."""
        self._given = draft
        self._load(0)

    # Opening

    def reading(self, record_id: int) -> Callable[[], Opened]:
        return partial(loading.load, self._desk.ctx, record_id)

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
        self._show_head(record)
        self._protect(record)

    def show_kept(self, kept: KeptDraft) -> None:
        self.fields.show_typed(kept.typed)

    def show_parts(self, found: Opened, waiting: tuple[Pending, ...]) -> None:
        record = found.record
        self._show_head(record)
        self._protect(record)
        self.panel.show_record(record)
        self.strip.show_files(
            record.files if record is not None else (),
            waiting,
            may_add=self.editable(),
            may_remove=self._watches,
        )
        self.history.show_lines(record.history if record is not None else ())
        lines = len(record.history) if record is not None else 0
        self.tabs.setTabText(HISTORY, f"{_TITLES[HISTORY]} ({lines})" if lines else _TITLES[HISTORY])
        self.tabs.setTabEnabled(HISTORY, record is not None)
        self._count_files()

    def _show_head(self, record: SignOffRecord | None) -> None:
        header = self.header
        header.status.setVisible(record is not None)
        header.title.setText("New post" if record is None else "Post to sign off")
        header.summary.show_text("" if record is None else f"{record.draft.title}, for {record.account_name}")
        if record is not None:
            header.status.show_status(SIGN_OFF_STATUS_LABELS[record.status], STATUS_TONES[record.status])

    def _protect(self, record: SignOffRecord | None) -> None:
        why = ""
        if record is not None and record.status is SignOffStatus.WITHDRAWN:
            why = "This request was withdrawn."
        elif record is not None and not record.editable:
            why = "This is decided and does not change any more. Ask anew for another text."
        self.fields.set_read_only(not self._watches or bool(why), why)

    def _count_files(self) -> None:
        number = self.strip.count
        self.tabs.setTabText(FILES, f"{_TITLES[FILES]} ({number})" if number else _TITLES[FILES])

    # Typing and saving

    @property
    def _watches(self) -> bool:
        return allowed(self._desk.ctx.user.roles, Permission.ACCOUNTS_WATCH)

    def _touched(self) -> None:
        if self._ready:
            self.touched()

    def typed(self) -> object:
        return self.fields.typed()

    def keeping(self) -> Write:
        return partial(loading.keep_draft, typed=self.fields.typed(), version=self._version)

    def waiting(self) -> tuple[Pending, ...]:
        return self.strip.waiting

    @property
    def kept_as(self) -> str:
        return loading.WAITING

    def editable(self) -> bool:
        record = self.record
        return self._watches and (record is None or record.editable)

    def draft(self) -> SignOffDraft:
        return self.fields.draft()

    def writing(self, draft: SignOffDraft, version: int | None) -> Callable[[], SavedForm]:
        return partial(
            loading.save,
            self._desk.ctx,
            draft,
            self.object_id or None,
            version,
            self.strip.waiting,
            self.keeper.forgetting(),
        )

    def show_wrong(self, error: SmdeskError) -> None:
        if isinstance(error, Invalid):
            self.tabs.setCurrentIndex(DETAILS)
        self.problems.show_problems(error, self.fields.fields())
        self.bring_into_view(self.focusWidget())

    def enable(self) -> None:
        record = self.record
        can = record is not None and self.panel.can("withdraw", record)
        self.withdraw_it.setVisible(can)
        self.header.menu_button.setVisible(can)

    # Doing

    def act(self, code: str) -> None:
        """Do something to the saved post; what is typed is saved first."""
        record = self.record
        if not self._ready or record is None:
            return
        self.problems.clear()
        if self.unsaved() and self.editable():
            self.save_then("act", code)
            return
        match code:
            case "decide":
                DecideDialog(self._desk, record, self).open()
            case "published":
                PublishedDialog(self._desk, record, self).open()
            case "not_published":
                self._not_published(record)
            case "anew":
                self._ask_anew(record)

    def go_on(self, kind: str, argument: object) -> None:
        if kind == "act" and isinstance(argument, str):
            self.act(argument)
        elif kind == "new_with" and isinstance(argument, SignOffDraft):
            self.new(argument)

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
        ReasonService(
            self._desk,
            "sign_off_withdraw_dialog",
            "Withdraw the request",
            "Why is it withdrawn?",
            "&Withdraw it",
            partial(sign_offs.withdraw, self._desk.ctx, record.id, record.version),
            self,
            explanation="The post is not put to anybody any more. The line and your reason stay.",
        ).open()
