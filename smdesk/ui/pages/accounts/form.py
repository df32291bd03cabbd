"""The form of a school account: what it is, who looks after it, and whether it complies (ACC-1 to ACC-7)."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from functools import partial

from PySide6.QtWidgets import QWidget

from smdesk.errors import Invalid, SmdeskError
from smdesk.policy.accounts import Gap, GapKind
from smdesk.security.permissions import Permission, allowed
from smdesk.services.account_records import AccountDraft, AccountRecord, BlockFilter
from smdesk.services.context import Changes
from smdesk.services.message_records import MessageColumn, MessageFilter, MessageSort, MessageView
from smdesk.ui import gap_fixes
from smdesk.ui.desk import Desk
from smdesk.ui.draft_keeper import Write
from smdesk.ui.events import touches
from smdesk.ui.pages.accounts import loading
from smdesk.ui.pages.accounts.fields import AccountFields
from smdesk.ui.pages.accounts.loading import KeptDraft, Opened
from smdesk.ui.pages.accounts.standing import StandingPanel
from smdesk.ui.pages.accounts.typed import Typed
from smdesk.ui.pages.accounts.words import ACCOUNT_HISTORY, account_tone
from smdesk.ui.tasks import Progress
from smdesk.ui.widgets.bars import RecordHeader
from smdesk.ui.widgets.history_table import HistoryTable
from smdesk.ui.widgets.pending import Pending, SavedForm
from smdesk.ui.widgets.record_frame import FramedForm

DETAILS, HISTORY = range(2)
"""Places of the tabs."""
_STANDS_ON = ("person", "look", "training", "agreement", "policy", "case", "block", "profile")
"""Kinds of change after which an account may lack something else."""


class AccountForm(FramedForm):
    """One account, new or opened."""

    def __init__(self, desk: Desk, parent: QWidget | None = None) -> None:
        super().__init__(desk, "account", "account", "account", loading.forget_draft, parent)
        self.header = RecordHeader("account", "New account", self)
        self.header.confidential.hide()
        self.fields = AccountFields(desk, self)
        self.standing = StandingPanel(desk, self)
        self.history = HistoryTable("account", ACCOUNT_HISTORY, self)
        self.scrolled.body.addWidget(self.fields)
        parts = ((self.scrolled, "Details"), (self.history, "History"))
        self.lay_out(self.fields, parts, self.standing, (5, 3))
        add = self.header.add_action
        self.review = add("Write down a &review…", "account_action_review", self._review)
        self.case = add("Write a &business case…", "account_action_case", self._write_case)
        self.close_it = add("&Close the account…", "account_action_close", self._close)
        self.reopen = add("&Reopen the account…", "account_action_reopen", self._reopen)
        self.header.save.clicked.connect(self.save)
        self.fields.changed.connect(self._touched)
        self.standing.fix_wanted.connect(self.fix)
        self.standing.slip_wanted.connect(self._slip)
        self.standing.case_wanted.connect(self._open_case)
        self.standing.part_wanted.connect(self._open_part)
        desk.events.changed.connect(self._stands_on_changed)
        self._enable()

    # What the page calls

    def new(self, draft: object = None) -> None:
        """An empty form; a draft of an account that was never saved is brought back."""
        self._load(0)

    # Opening

    def reading(self, record_id: int) -> Callable[[], Opened]:
        return partial(loading.load, self._desk.ctx, record_id)

    def show_masked(self, record: AccountRecord) -> None:
        """No account is masked."""

    def show_saved(self, found: Opened) -> None:
        record = found.record
        self.show_editor(True)
        self.fields.offer(found.platforms)
        self.fields.show_typed(Typed() if record is None else self.fields.typed_of(record), found.people)
        self._protect(record)

    def show_kept(self, kept: KeptDraft) -> None:
        people = {**(self.data.people if self.data is not None else {}), **kept.people}
        self.fields.show_typed(kept.typed, people)

    def show_parts(self, found: Opened, waiting: tuple[Pending, ...]) -> None:
        record = found.record
        self._show_head(record)
        self.standing.show_record(record)
        self.history.show_lines(record.history if record is not None else ())
        lines = len(record.history) if record is not None else 0
        self.tabs.setTabText(HISTORY, f"History ({lines})" if lines else "History")
        self.tabs.setTabEnabled(HISTORY, record is not None)
        self._protect(record)

    def shown(self) -> None:
        """Nothing is worked out beside the fields while somebody types."""

    def _show_head(self, record: AccountRecord | None) -> None:
        header = self.header
        header.title.setText("New account" if record is None else record.name)
        header.status.setVisible(record is not None)
        header.summary.show_text("" if record is None else record.draft.purpose)
        if record is not None:
            closed = record.closed_on is not None
            header.status.show_status(
                "Closed" if closed else "Complies" if record.standing.compliant else "Something missing",
                account_tone(record.standing, closed=closed),
            )

    def _protect(self, record: AccountRecord | None) -> None:
        why = ""
        if record is not None and record.closed_on is not None:
            why = "This account is closed and does not change any more. Reopen it to change it."
        may = self._may(Permission.ACCOUNTS_EDIT)
        self.fields.set_read_only(not may or bool(why), why)

    # Typing and saving

    def _touched(self) -> None:
        if self._ready:
            self.touched()

    def typed(self) -> object:
        return self.fields.typed()

    def keeping(self) -> Write:
        return partial(loading.keep_draft, typed=self.fields.typed(), version=self._version)

    def editable(self) -> bool:
        record = self.record
        return self._may(Permission.ACCOUNTS_EDIT) and (record is None or record.closed_on is None)

    def draft(self) -> AccountDraft:
        return self.fields.draft()

    def writing(self, draft: AccountDraft, version: int | None) -> Callable[[], SavedForm]:
        forget = self.keeper.forgetting()
        return partial(loading.save, self._desk.ctx, draft, self.object_id or None, version, forget)

    def show_wrong(self, error: SmdeskError) -> None:
        if isinstance(error, Invalid):
            self.tabs.setCurrentIndex(DETAILS)
        self.problems.show_problems(error, self.fields.fields())
        self.bring_into_view(self.focusWidget())

    def enable(self) -> None:
        record = self.record
        edits = self._may(Permission.ACCOUNTS_EDIT) and record is not None
        is_open = record is not None and record.closed_on is None
        self.review.setVisible(edits and is_open)
        self.close_it.setVisible(edits and is_open)
        self.reopen.setVisible(edits and not is_open)
        self.case.setVisible(record is not None and is_open and self._may(Permission.CASES_EDIT))
        self.header.menu_button.setVisible(any(action.isVisible() for action in self.header.menu.actions()))

    def _may(self, permission: Permission) -> bool:
        return allowed(self._desk.ctx.user.roles, permission)

    # What is missing

    def fix(self, gap: Gap) -> None:
        """Do what the button beside a gap says."""
        if gap_fixes.fix(self._desk, gap, self):
            return
        match gap.kind:
            case GapKind.STAFF:
                self._go_to(self.fields.runners)
            case GapKind.NOBODY_RESPONSIBLE:
                self._go_to(self.fields.responsible)
            case GapKind.CHECKLIST:
                self._go_to(self.fields.checklist[next(iter(self.fields.checklist))])
            case GapKind.REVIEW_OVERDUE:
                self._review()
            case GapKind.NOT_WATCHED:
                self._looked()
            case GapKind.NOT_APPROVED:
                self._write_case()

    def _go_to(self, field: QWidget) -> None:
        self.tabs.setCurrentIndex(DETAILS)
        field.setFocus()
        self.bring_into_view(self.focusWidget())

    def _slip(self, gap: Gap) -> None:
        gap_fixes.slip(self._desk, gap, self)

    def _looked(self) -> None:
        ctx, account_id = self._desk.ctx, self.object_id

        def work(progress: Progress) -> object:
            from smdesk.services import watching

            return watching.look(ctx, [account_id])

        self._desk.tasks.run(self, work, self._have_looked, title="Writing down the look")

    def _have_looked(self, _saved: object) -> None:
        self._desk.say(f"{self.header.title.text()}: looked at today, nothing new.")

    def _write_case(self) -> None:
        """To the case that is still being written or waits, or to a new one filled in from here."""
        record = self.record
        if record is None or self.save_then("case", None):
            return
        for case_id, _, status in record.cases:
            if status not in ("approved", "rejected"):
                self._open_case(case_id)
                return
        ctx, account_id = self._desk.ctx, record.id

        def work(progress: Progress) -> object:
            from smdesk.services import business_cases

            return business_cases.draft_for_account(ctx, account_id)

        self._desk.tasks.run(self, work, self._have_case, title="Beginning the business case")

    def _have_case(self, draft: object) -> None:
        self._desk.new_with("cases", draft)

    def _open_case(self, case_id: int) -> None:
        self._desk.open_tab("cases", case_id)

    def _open_part(self, part: str) -> None:
        """What there is about this account in another part: its row, or the list narrowed to it."""
        if part == "watching":
            self._desk.open_part("accounts", part, self.object_id)
        elif part == "messages":
            wanted = MessageFilter(MessageView.ALL, account_id=self.object_id)
            newest = MessageSort(MessageColumn.RECEIVED, descending=True)
            self._desk.open_narrowed("accounts", part, wanted, newest)
        else:
            self._desk.open_narrowed("accounts", part, BlockFilter(account_id=self.object_id), None)

    # Reviewing, closing, reopening

    def go_on(self, kind: str, argument: object) -> None:
        {"case": self._write_case, "review": self._review, "close": self._close}[kind]()

    def _review(self) -> None:
        record = self.record
        if record is None or self.save_then("review", None):
            return
        ctx = self._desk.ctx

        def work(progress: Progress) -> date:
            from smdesk.services import accounts

            return accounts.proposed_review(ctx)

        self._desk.tasks.run(self, work, self._ask_review, title="Looking up the next review")

    def _ask_review(self, proposed: date) -> None:
        from smdesk.services import accounts
        from smdesk.ui.pages.accounts.dialogs import DayAndReason

        ctx, account_id, version = self._desk.ctx, self.object_id, self._version or 0
        DayAndReason(
            self._desk,
            "account_review_dialog",
            "Write down a review",
            "Write it down",
            lambda found, day: accounts.reviewed(ctx, account_id, version, found, day),
            self,
            day_label="Next review on",
            day_field="review_on",
            day=proposed,
            ahead=True,
            question="What did the review find?",
        ).open()

    def _close(self) -> None:
        from smdesk.services import accounts
        from smdesk.ui.pages.accounts.dialogs import DayAndReason

        record = self.record
        if record is None or self.save_then("close", None):
            return
        ctx, account_id, version = self._desk.ctx, record.id, self._version or 0
        DayAndReason(
            self._desk,
            "account_close_dialog",
            "Close the account",
            "Close it",
            lambda reason, day: accounts.close(ctx, account_id, version, reason, day),
            self,
            day_label="Closed on",
            day_field="on",
            day=ctx.today(),
            question="Why is it closed?",
            explanation="It leaves the list of open accounts; its record stays, and it can be reopened. SM Desk does "
            "not close it on the platform: do that there.",
            look="danger",
        ).open()

    def _reopen(self) -> None:
        from smdesk.services import accounts
        from smdesk.ui.widgets.service_dialog import ReasonService

        record = self.record
        if record is None:
            return
        ctx, account_id, version = self._desk.ctx, record.id, record.version
        ReasonService(
            self._desk,
            "account_reopen_dialog",
            "Reopen the account",
            "Why is it used again?",
            "Reopen it",
            lambda reason: accounts.reopen(ctx, account_id, version, reason),
            self,
        ).open()

    # Others

    def _stands_on_changed(self, changes: Changes) -> None:
        """Somebody signed, was trained, left or looked: what is missing may be another thing now."""
        if self.record is None or not self._ready or self._saving:
            return
        if any(touches(changes, kind) for kind in _STANDS_ON) and not touches(
            changes, "account", self.object_id
        ):
            read = self.reading(self.object_id)

            def work(progress: Progress) -> Opened:
                return read()

            self._desk.tasks.latest(self, "standing", work, self._refreshed, self._refresh_failed)
