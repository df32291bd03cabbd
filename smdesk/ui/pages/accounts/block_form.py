"""One block: who, where, why, since when, and when it is looked at again (ACC-9)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date
from functools import partial

from PySide6.QtWidgets import QComboBox, QLineEdit, QSizePolicy, QWidget

from smdesk.errors import Invalid, Problem, SmdeskError
from smdesk.policy.words import written_day
from smdesk.security.permissions import Permission, allowed
from smdesk.services import blocks, letters
from smdesk.services.account_records import BLOCK_MASKED, AccountHit, BlockDraft, BlockRecord
from smdesk.services.letter_records import LetterKind
from smdesk.services.people_records import PersonHit
from smdesk.ui import theme
from smdesk.ui.desk import Desk
from smdesk.ui.draft_keeper import Write
from smdesk.ui.pages.accounts import block_loading
from smdesk.ui.pages.accounts.block_loading import KeptDraft, Opened, Typed
from smdesk.ui.pages.accounts.words import BLOCK_HISTORY
from smdesk.ui.pages.letters.matters import LetterStart
from smdesk.ui.tasks import Progress
from smdesk.ui.widgets.bars import RecordHeader
from smdesk.ui.widgets.buttons import button
from smdesk.ui.widgets.dates import DateEdit
from smdesk.ui.widgets.flow import flow
from smdesk.ui.widgets.forms import Card, Form, Scrolled, row, sentences
from smdesk.ui.widgets.history_table import HistoryTable
from smdesk.ui.widgets.pending import Pending, SavedForm
from smdesk.ui.widgets.person_on_record import PersonOnRecord
from smdesk.ui.widgets.record_frame import FramedForm
from smdesk.ui.widgets.text import PlainLabel, muted, named
from smdesk.ui.words import moment_in_words


class BlockForm(FramedForm):
    """One block, new or opened."""

    def __init__(self, desk: Desk, parent: QWidget | None = None) -> None:
        super().__init__(desk, "block", "block", "block", block_loading.forget_draft, parent)
        self._begun: BlockDraft | None = None
        self._incident_id: int | None = None
        self.letters = LetterStart(desk, self)
        self.header = RecordHeader("block", "New block", self)
        self.header.confidential.hide()
        self._make_fields(desk)
        self.history = HistoryTable("block", BLOCK_HISTORY, self)
        parts = ((self.scrolled, "Details"), (self.history, "History"))
        self.lay_out(self.who, parts, self._make_beside(), (5, 3))
        add = self.header.add_action
        self.keep = add("&Reviewed: it stays…", "block_action_keep", self._keep)
        self.end = add("&End the block…", "block_action_end", self._end)
        self.notice = add("Write the &notice…", "block_action_notice", self._notice)
        self.reopen = add("&Bring it back…", "block_action_reopen", self._reopen)
        self.header.save.clicked.connect(self.save)
        self._enable()

    def _make_beside(self) -> QWidget:
        """What comes next, with a button for it."""
        self.says = named(PlainLabel("", self), "block_next")
        self.keep_here = button("It stays…", "block_keep", self._keep, look="primary")
        self.end_here = button("End it…", "block_end", self._end)
        self.reopen_here = button("Bring it back…", "block_reopen", self._reopen)
        self.notice_here = button(
            "Write the notice…", "block_notice", self._notice, tip="A letter to whoever is blocked (ACC-9)"
        )
        card = Card("What comes next")
        card.body.addWidget(self.says)
        card.body.addWidget(flow(self.keep_here, self.notice_here, self.end_here, self.reopen_here))
        beside = Scrolled(margin=theme.NORMAL)
        beside.body.addWidget(card)
        beside.body.addStretch(1)
        return beside

    def _make_fields(self, desk: Desk) -> None:
        self.note = PlainLabel("", self, look="muted")
        self.note.setObjectName("block_note")
        self.who = named(QLineEdit(self), "block_who", "Who is blocked")
        self.who.setPlaceholderText("The name the account or the sender goes by")
        self.person = PersonOnRecord(desk, "block_person", "Person on record, if it is known", self)
        self.account = named(QComboBox(self), "block_account", "On which account")
        self.account.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        where = row(self.account)  # a box of choices by itself stays as narrow as its longest choice
        where.setFocusProxy(self.account)
        self.place = named(QLineEdit(self), "block_place", "Where else")
        self.place.setPlaceholderText("E-mail to the office, a whole platform …")
        self.reason = sentences(self, "block_reason", "Why", 4)
        self.since = DateEdit("block_since", "Since", self, clock=desk.ctx.today)
        self.review = DateEdit("block_review", "Review on", self, clock=desk.ctx.today, ahead=True)
        self.incident = button("", "block_incident", self._open_incident, look="link")
        self.form = Form(self, labels_like="Person on record")
        self.form.add("&Who", self.who, "who")
        if self.person.offered:
            self.form.add("Person on recor&d", self.person, "person_id")
        self.form.add("On which acco&unt", where, "account_id")
        self.form.add("Where e&lse", self.place, "place")
        self.form.add("Why", self.reason, "reason")
        self.form.add("&Since", self.since, "since_on")
        self.form.add("&Review on", self.review, "review_on")
        self.form.add_wide(self.incident)
        card = Card("The block")
        card.body.addWidget(self.note)
        card.body.addWidget(self.form)
        self.foot = muted("")
        self.foot.setObjectName("block_foot")
        self.scrolled.body.addWidget(card)
        self.scrolled.body.addWidget(self.foot)
        self.scrolled.body.addStretch(1)
        for line in (self.who, self.place, self.person):
            line.textChanged.connect(self._touched)
        self.reason.textChanged.connect(self._touched)
        self.account.currentIndexChanged.connect(self._account_chosen)
        self.since.changed.connect(self._touched)
        self.review.changed.connect(self._touched)

    # What the page calls

    def new(self, draft: BlockDraft | None = None) -> None:
        """An empty form, or one begun with ``draft`` (from an incident)."""
        self._begun = draft
        self._load(0)

    # Opening

    def reading(self, record_id: int) -> Callable[[], Opened]:
        return partial(block_loading.load, self._desk.ctx, record_id, None if record_id else self._begun)

    def show_masked(self, record: BlockRecord) -> None:
        self._show_head(record)
        state = f"ended on {written_day(record.ended_on)}" if record.ended_on else "in force"
        since = written_day(record.draft.since_on) if record.draft.since_on else ""
        self.masked.say(f"{BLOCK_MASKED}.\n\n{record.where}: since {since}, {state}.")
        self.show_editor(False)

    def show_saved(self, found: Opened) -> None:
        self.show_editor(True)
        self._offer(found.accounts, found.begun.account_id)
        begun, self._begun = self._begun, None
        if begun is not None and found.kept is not None and found.record is None:
            if self.drops_kept():
                self.data = replace(found, kept=None)
            else:
                found = replace(found, begun=BlockDraft(), people={})
        self._show_typed(block_loading.typed_of(found.begun), found.people)

    def show_kept(self, kept: KeptDraft) -> None:
        people_named = {**(self.data.people if self.data is not None else {}), **kept.people}
        self._show_typed(kept.typed, people_named)

    def show_parts(self, found: Opened, waiting: tuple[Pending, ...]) -> None:
        record = found.record
        self._show_head(record)
        self.history.show_lines(record.history if record is not None else ())
        lines = len(record.history) if record is not None else 0
        self.tabs.setTabText(1, f"History ({lines})" if lines else "History")
        self.tabs.setTabEnabled(1, record is not None)
        self.says.setText(_next_words(record))
        self._show_incident(record)
        ended = record is not None and record.ended_on is not None
        self._set_read_only(
            ended or not self._may(), "This block has ended. Bring it back to change it." if ended else ""
        )
        self.foot.setText(
            f"Registered by {record.recorded_by}, {moment_in_words(record.recorded_at)}."
            if record is not None
            else ""
        )

    def _show_head(self, record: BlockRecord | None) -> None:
        header = self.header
        header.status.setVisible(record is not None)
        header.title.setText(
            "New block" if record is None else "Block" if record.masked else record.draft.who
        )
        header.summary.show_text("" if record is None else record.where)
        if record is not None:
            ended = record.ended_on is not None
            due = (
                not ended
                and record.draft.review_on is not None
                and record.draft.review_on <= self._desk.ctx.today()
            )
            words = "Ended" if ended else "Due for review" if due else "In force"
            header.status.show_status(words, "neutral" if ended else "warning" if due else "info")

    def _show_incident(self, record: BlockRecord | None) -> None:
        said = ""
        if record is not None and record.incident:
            said = f"From incident {record.incident}"
        elif self._incident_id is not None:
            said = "From the incident it was begun in"
        self.incident.setText(said)
        self.incident.setAccessibleName(said or "Incident")
        self.incident.setVisible(bool(said))

    # Fields

    def _offer(self, places: tuple[AccountHit, ...], chosen: int | None) -> None:
        self.account.blockSignals(True)
        self.account.clear()
        self.account.addItem("Not on an account of the register", None)
        for hit in places:
            if not hit.closed or hit.id == chosen:
                self.account.addItem(f"{hit.name} (closed)" if hit.closed else hit.name, hit.id)
        self.account.blockSignals(False)

    def _show_typed(self, typed: Typed, people_named: dict[int, PersonHit]) -> None:
        ready, self._ready = self._ready, False
        self.who.setText(typed.who)
        hit = None if typed.person_id is None else people_named.get(typed.person_id)
        self.person.show_chosen(typed.person_id, hit, typed.person_text)
        self.account.setCurrentIndex(max(0, self.account.findData(typed.account_id)))
        self.place.setText(typed.place)
        self.reason.setPlainText(typed.reason)
        self.since.set_text(typed.since_text)
        self.review.set_text(typed.review_text)
        self._incident_id = typed.incident_id
        self._show_place()
        self._ready = ready

    def _show_place(self) -> None:
        """Where else is asked only where no account says where."""
        self.place.setEnabled(self.account.currentData() is None)

    def _account_chosen(self) -> None:
        self._show_place()
        self._touched()

    def typed(self) -> Typed:
        return Typed(
            account_id=self.account.currentData(),
            place=self.place.text(),
            who=self.who.text(),
            person_id=self.person.person_id(),
            person_text=self.person.only_typed(),
            reason=self.reason.toPlainText(),
            since_text=self.since.text(),
            review_text=self.review.text(),
            incident_id=self._incident_id,
        )

    def draft(self) -> BlockDraft:
        typed = self.typed()
        wrong: list[Problem] = []
        days: dict[str, date | None] = {}
        for field, edit in (("since_on", self.since), ("review_on", self.review)):
            try:
                days[field] = edit.day(field)
            except Invalid as error:
                wrong += error.problems
        wrong += self.person.problems("person_id", "empty the box")
        if wrong:
            raise Invalid(wrong)
        return BlockDraft(
            account_id=typed.account_id,
            place=typed.place,
            who=typed.who,
            person_id=typed.person_id,
            reason=typed.reason,
            since_on=days["since_on"],
            review_on=days["review_on"],
            incident_id=typed.incident_id,
        )

    def _set_read_only(self, read_only: bool, why: str) -> None:
        for line in (self.who, self.place):
            line.setReadOnly(read_only)
        self.reason.setReadOnly(read_only)
        self.person.set_read_only(read_only)
        self.account.setEnabled(not read_only)
        self.since.set_read_only(read_only)
        self.review.set_read_only(read_only)
        self.note.setText(why)
        self.note.setVisible(bool(why))

    def _touched(self, _what: object = None) -> None:
        if self._ready:
            self.touched()

    # Saving

    def keeping(self) -> Write:
        return partial(block_loading.keep_draft, typed=self.typed(), version=self._version)

    def editable(self) -> bool:
        record = self.record
        return self._may() and (record is None or (record.ended_on is None and not record.masked))

    def writing(self, draft: BlockDraft, version: int | None) -> Callable[[], SavedForm]:
        forget = self.keeper.forgetting()
        return partial(block_loading.save, self._desk.ctx, draft, self.object_id or None, version, forget)

    def show_wrong(self, error: SmdeskError) -> None:
        self.problems.show_problems(error, self.form.fields)
        self.bring_into_view(self.focusWidget())

    def enable(self) -> None:
        record = self.record
        there = record is not None and not record.masked and self._may()
        stands = record is not None and record.ended_on is None
        for each in (self.keep, self.end, self.keep_here, self.end_here):
            each.setVisible(there and stands)
        for each in (self.reopen, self.reopen_here):
            each.setVisible(there and not stands)
        writes = there and stands and allowed(self._desk.ctx.user.roles, Permission.LETTERS_DRAFT)
        known = record is not None and record.draft.person_id is not None
        for each in (self.notice, self.notice_here):
            each.setVisible(writes and known)
        self.header.menu_button.setVisible(there)

    def _may(self) -> bool:
        return allowed(self._desk.ctx.user.roles, Permission.ACCOUNTS_WATCH)

    # Doing

    def go_on(self, kind: str, argument: object) -> None:
        {"keep": self._keep, "end": self._end, "notice": self._notice}[kind]()

    def _open_incident(self) -> None:
        if self._incident_id is not None:
            self._desk.open_incident(self._incident_id)

    def _keep(self) -> None:
        if self.record is None or self.save_then("keep", None):
            return
        ctx = self._desk.ctx

        def work(progress: Progress) -> date:
            return blocks.proposed_review(ctx, ctx.today())

        self._desk.tasks.run(self, work, self._ask_keep, title="Looking up the next review")

    def _ask_keep(self, proposed: date) -> None:
        from smdesk.ui.pages.accounts.dialogs import DayAndReason

        ctx, block_id, version = self._desk.ctx, self.object_id, self._version or 0
        DayAndReason(
            self._desk,
            "block_keep_dialog",
            "Reviewed: the block stays",
            "It stays",
            lambda reason, day: blocks.keep(ctx, block_id, version, reason, day),
            self,
            day_label="Next review on",
            day_field="review_on",
            day=proposed,
            ahead=True,
            question="Why does it stay?",
        ).open()

    def _notice(self) -> None:
        """A letter to whoever is blocked. One from an incident is a step with the person, and is written there."""
        record = self.record
        if record is None or self.save_then("notice", None):
            return
        ctx, block_id, incident_id = self._desk.ctx, record.id, record.draft.incident_id
        if incident_id is None:
            self.letters.begin(
                LetterKind.BLOCK_NOTICE,
                partial(letters.for_block, ctx, block_id),
                partial(letters.draft_for_block, ctx, block_id),
            )
        else:
            self.letters.begin_in_incident(incident_id, LetterKind.BLOCK_NOTICE, record.draft.person_id)

    def _end(self) -> None:
        from smdesk.ui.pages.accounts.dialogs import DayAndReason

        if self.record is None or self.save_then("end", None):
            return
        ctx, block_id, version = self._desk.ctx, self.object_id, self._version or 0
        DayAndReason(
            self._desk,
            "block_end_dialog",
            "End the block",
            "End it",
            lambda reason, day: blocks.end(ctx, block_id, version, reason, day),
            self,
            day_label="Ended on",
            day_field="on",
            day=ctx.today(),
            question="Why does it end?",
            explanation="SM Desk does not unblock anybody on the platform: do that there.",
        ).open()

    def _reopen(self) -> None:
        from smdesk.ui.widgets.service_dialog import ReasonService

        if self.record is None:
            return
        ctx, block_id, version = self._desk.ctx, self.object_id, self._version or 0
        ReasonService(
            self._desk,
            "block_reopen_dialog",
            "Put the block in force again",
            "Why is it in force again?",
            "Bring it back",
            lambda reason: blocks.reopen(ctx, block_id, version, reason),
            self,
        ).open()


def _next_words(record: BlockRecord | None) -> str:
    if record is None:
        return (
            "Say who is blocked, where and why. The review date is what your policy says; change it where it should be "
            "sooner. SM Desk keeps the register: the block itself is set on the platform or in the mailbox."
        )
    if record.ended_on is not None:
        return f"Ended on {written_day(record.ended_on)}. {record.ended_reason}"
    if record.draft.review_on is None:
        return "No review is set. Give it a day on which it is looked at again."
    day = written_day(record.draft.review_on)
    return f"It is looked at again on {day}. Then it stays, with a reason, or ends (ACC-9)."
