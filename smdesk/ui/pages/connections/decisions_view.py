"""The decisions about one declaration: the one to take now, and those taken, each with what proves it."""

from __future__ import annotations

from collections.abc import Set as AbstractSet

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QPushButton, QVBoxLayout, QWidget

from smdesk.errors import SmdeskError
from smdesk.policy.words import written_day
from smdesk.services import connection_decisions, connection_signing
from smdesk.services.connection_records import (
    DECISION_KIND_LABELS,
    DECISION_ORIGIN_LABELS,
    DecisionKind,
    DecisionOrigin,
    DecisionRecord,
    ExceptionRecord,
    ExceptionStatus,
    PaperAnswer,
)
from smdesk.ui import theme
from smdesk.ui.desk import Desk
from smdesk.ui.pages.connections.decide_panel import DecidePanel
from smdesk.ui.pages.connections.facts import exception_lines
from smdesk.ui.tasks import Progress
from smdesk.ui.widgets.buttons import button
from smdesk.ui.widgets.fact_grid import FactGrid
from smdesk.ui.widgets.flow import flow
from smdesk.ui.widgets.forms import Card, Scrolled
from smdesk.ui.widgets.service_dialog import ReasonService
from smdesk.ui.widgets.status_chip import StatusChip
from smdesk.ui.widgets.text import PlainLabel, dress, muted, named
from smdesk.ui.words import moment_in_words

_TONES = {
    DecisionKind.APPROVE: "ok",
    DecisionKind.RENEW: "ok",
    DecisionKind.REFUSE: "danger",
    DecisionKind.REVOKE: "danger",
    DecisionKind.END: "neutral",
    DecisionKind.ASK_FOR_MORE: "warning",
}


class DecisionsView(QWidget):
    """Newest first. ``panel`` is where a decider decides."""

    print_wanted = Signal(object, str)
    """Carries the decision's id and what the paper is called."""
    scan_wanted = Signal(object)
    """Carries the id of the file that is the scan."""

    def __init__(self, desk: Desk, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("exception_decisions")
        self._desk = desk
        self._cards: list[DecisionCard] = []
        self.panel = DecidePanel(desk, self)
        self._deciding = Card("")
        self._deciding.body.addWidget(self.panel)
        # Nobody decides on what they have to look for on another tab.
        self._declared = Card("What is declared")
        self.facts = FactGrid("exception_facts")
        self._declared.body.addWidget(self.facts)
        self.none = muted(
            "Nothing is decided yet. Decisions stand here, newest first, with what proves them."
        )
        scrolled = self._scrolled = Scrolled(margin=theme.SMALL)
        scrolled.body.addWidget(self._deciding)
        scrolled.body.addWidget(self._declared)
        scrolled.body.addWidget(self.none)
        # A widget, so that what is to be decided can stand above or below it.
        self._taken = QWidget()
        self._list = QVBoxLayout(self._taken)
        self._list.setContentsMargins(0, 0, 0, 0)
        self._list.setSpacing(theme.NORMAL)
        scrolled.body.addWidget(self._taken)
        scrolled.body.addStretch(1)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(scrolled)

    def show_record(self, record: ExceptionRecord | None, to_confirm: AbstractSet[int]) -> None:
        """Draw the decisions of this record; ``to_confirm`` are those this reader can confirm or dispute."""
        for card in self._cards:
            self._list.removeWidget(card)
            card.hide()
            card.deleteLater()
        self._cards = []
        decisions = record.decisions if record is not None else ()
        reference = record.reference if record is not None else ""
        for decision in reversed(decisions):
            card = DecisionCard(self._desk, decision, reference, decision.id in to_confirm, self)
            card.print_wanted.connect(self.print_wanted)
            card.scan_wanted.connect(self.scan_wanted)
            self._list.addWidget(card)
            self._cards.append(card)
        self.none.setVisible(not decisions)
        self._taken.setVisible(bool(decisions))
        awaited = record is not None and record.status is ExceptionStatus.AWAITING
        self._order(deciding_first=awaited and not to_confirm)
        deciding = record is not None and record.may_decide and bool(record.open_decisions)
        if record is not None:
            self.panel.show_exception(record)
        else:
            self.panel.clear()
        self._deciding.setVisible(deciding)
        self._declared.setVisible(deciding)
        if deciding and record is not None:
            self.facts.show_lines(exception_lines(record))

    def _order(self, *, deciding_first: bool) -> None:
        """What waits for this reader stands on top: a decision to take, or one recorded on their behalf."""
        body = self._scrolled.body
        for widget in (self._deciding, self._declared, self.none, self._taken):
            body.removeWidget(widget)
        deciding, taken = (self._deciding, self._declared), (self.none, self._taken)
        for place, widget in enumerate((*deciding, *taken) if deciding_first else (*taken, *deciding)):
            body.insertWidget(place, widget)

    def put_keyboard(self) -> None:
        """The keyboard to what waits for this reader."""
        for card in self._cards:
            if card.confirm is not None:
                card.confirm.setFocus()
                return
        self.panel.put_keyboard()
        self._scrolled.ensureWidgetVisible(self.panel, 0, theme.NORMAL)

    @property
    def cards(self) -> tuple[DecisionCard, ...]:
        return tuple(self._cards)

    def bring(self, decision_id: int) -> None:
        """Put the keyboard on a decision and scroll to it."""
        for card in self._cards:
            if card.decision.id == decision_id:
                card.check.setFocus()
                self._scrolled.ensureWidgetVisible(card, 0, theme.NORMAL)


class DecisionCard(Card):
    """One decision as it stands on record."""

    print_wanted = Signal(object, str)
    scan_wanted = Signal(object)

    def __init__(
        self, desk: Desk, decision: DecisionRecord, reference: str, may_answer: bool, parent: QWidget
    ) -> None:
        super().__init__("", parent)
        self._desk = desk
        self.decision = decision
        self._reference = reference
        name = f"decision_{decision.number}"
        self.setObjectName(name)
        counts = decision.answer is not PaperAnswer.DISPUTED
        chip = StatusChip(
            DECISION_KIND_LABELS[decision.kind], _TONES[decision.kind] if counts else "neutral", self
        )
        chip.setObjectName(f"{name}_kind")
        line = PlainLabel(_head(decision), self)
        top = flow(chip, parent=self)
        self.body.addWidget(top)
        self.body.addWidget(line)
        for label, text in (
            ("Reason", decision.reason),
            ("Conditions", decision.conditions),
            ("Disputed", decision.answer_reason),
        ):
            if text:
                self.body.addWidget(PlainLabel(f"{label}: {text}", self, selectable=True))
        self.proof = named(
            PlainLabel(_proof(decision), self, look=_look(decision), selectable=True), f"{name}_proof"
        )
        self.body.addWidget(self.proof)
        if decision.key_flag:
            self.body.addWidget(PlainLabel(decision.key_flag, self, look="warning"))
        spoken = f"decision {decision.number}, {DECISION_KIND_LABELS[decision.kind]}"
        self.check = button("Check the signature", f"{name}_check", self._check)
        self.check.setAccessibleName(f"Check the signature of {spoken}")
        self.print = button("Print it…", f"{name}_print", self._print)
        self.print.setAccessibleName(f"Print {spoken}")
        self.confirm: QPushButton | None = None
        buttons = [self.check, self.print]
        if decision.file_id is not None:
            scan = button("Show the scan", f"{name}_scan", self._scan)
            scan.setAccessibleName(f"Show the scan of {spoken}")
            buttons.append(scan)
        if may_answer:
            if not decision.only_dispute:
                self.confirm = button("Confirm and sign", f"{name}_confirm", self._confirm, look="primary")
                buttons.insert(0, self.confirm)
            self.dispute = button("Dispute…", f"{name}_dispute", self._dispute, look="danger")
            buttons.append(self.dispute)
        self.check.setVisible(decision.origin is not DecisionOrigin.IMPORTED and bool(decision.fingerprint))
        self.body.addWidget(flow(*buttons, parent=self, scrolls=True))

    def _check(self) -> None:
        ctx, decision_id = self._desk.ctx, self.decision.id

        def work(progress: Progress) -> str:
            return connection_signing.check_one(ctx, decision_id)

        self.check.setEnabled(False)
        self._desk.tasks.run(
            self, work, self._checked, self._not_checked, "Checking the signature", ended=self._ended
        )

    def _checked(self, fault: str) -> None:
        if fault:
            self.proof.setText(fault)
            look = "danger"
            self._desk.messages.warning("The signature does not hold.", more=fault, title="Signature")
        else:
            self.proof.setText(
                f"Checked just now: the signature holds, and nothing that was decided has changed since. Key "
                f"{self.decision.fingerprint}."
            )
            look = "ok"
        dress(self.proof, look=look)

    def _not_checked(self, error: SmdeskError) -> None:
        self._desk.messages.error(error)

    def _ended(self) -> None:
        self.check.setEnabled(True)

    def _print(self) -> None:
        self.print_wanted.emit(self.decision.id, f"Decision {self._reference}-{self.decision.number}")

    def _scan(self) -> None:
        self.scan_wanted.emit(self.decision.file_id)

    def _confirm(self) -> None:
        ctx, decision_id = self._desk.ctx, self.decision.id
        if not self._desk.messages.confirm(
            "Is this the decision you made on paper?",
            "Yes, sign it",
            "Go back",
            more="Look at the scan first. Your signature is put over exactly what stands here.",
        ):
            return

        def work(progress: Progress) -> object:
            return connection_decisions.confirm_paper(ctx, decision_id)

        self._desk.tasks.run(self, work, None, self._not_checked, "Confirming the decision")

    def _dispute(self) -> None:
        ctx, decision_id = self._desk.ctx, self.decision.id
        ReasonService(
            self._desk,
            "decision_dispute_dialog",
            "Dispute a decision recorded on your behalf",
            "What is wrong with what was recorded",
            "&Dispute it",
            lambda reason: connection_decisions.dispute_paper(ctx, decision_id, reason),
            self,
            explanation="It counts for nothing from now on. It stays on record with your reason, and the declaration "
            "waits for a decision again.",
            look="danger",
        ).open()


def _head(decision: DecisionRecord) -> str:
    parts = [f"{decision.decider_name}, {written_day(decision.decided_on)}"]
    if decision.kind is DecisionKind.APPROVE and decision.from_on is not None:
        parts.append(f"allowed from {written_day(decision.from_on)}")
    elif decision.kind in (DecisionKind.END, DecisionKind.REVOKE) and decision.from_on is not None:
        parts.append(f"not allowed any more from {written_day(decision.from_on)}")
    if decision.review_on is not None:
        parts.append(f"review on {written_day(decision.review_on)}")
    return " · ".join(parts)


def _proof(decision: DecisionRecord) -> str:
    """What stands behind the decision: a signature, a paper, or neither."""
    if decision.fault:
        return decision.fault
    recorded = f"{decision.recorded_by}, {moment_in_words(decision.recorded_at)}"
    if decision.origin is DecisionOrigin.IMPORTED:
        return f"{DECISION_ORIGIN_LABELS[decision.origin]}. Taken over by {recorded}."
    if decision.origin is DecisionOrigin.PAPER:
        on = f"Recorded from paper on behalf of {decision.decider_name}, by {recorded}."
        if decision.answer is PaperAnswer.DISPUTED:
            return f"{on} Disputed: it counts for nothing."
        if decision.answer is None:
            return f"{on} Not confirmed yet."
        when = "" if decision.answered_at is None else f", {moment_in_words(decision.answered_at)}"
        return f"{on} Confirmed and signed{when}. Key {decision.fingerprint}."
    return f"Signed in SM Desk, {moment_in_words(decision.recorded_at)}. Key {decision.fingerprint}."


def _look(decision: DecisionRecord) -> str:
    if decision.fault:
        return "danger"
    return "muted"
