"""The decisions on one case: the one to record now, and those taken, each with what proves it (ACC-2)."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QVBoxLayout, QWidget

from smdesk.policy.words import listed, written_day
from smdesk.services.case_records import CASE_DECISION_LABELS, CaseDecisionRecord, CaseRecord
from smdesk.ui import theme
from smdesk.ui.desk import Desk
from smdesk.ui.pages.cases.decide_panel import DecidePanel
from smdesk.ui.pages.cases.loading import Deciding
from smdesk.ui.pages.cases.words import DECISION_TONES
from smdesk.ui.widgets.buttons import button
from smdesk.ui.widgets.fact_grid import FactGrid
from smdesk.ui.widgets.flow import flow
from smdesk.ui.widgets.forms import Card, Scrolled
from smdesk.ui.widgets.status_chip import StatusChip
from smdesk.ui.widgets.text import PlainLabel, muted, named


class DecisionsView(QWidget):
    """Newest first. ``panel`` is where a decision of the leadership team is recorded."""

    print_wanted = Signal(object)
    """Carries the decision's id."""

    def __init__(self, desk: Desk, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("case_decisions")
        self.panel = DecidePanel(desk, self)
        self._deciding = Card("")
        self._deciding.body.addWidget(self.panel)
        # Nobody decides on what they have to look for on another tab.
        self._proposed = Card("What is proposed")
        self.facts = FactGrid("case_facts")
        self._proposed.body.addWidget(self.facts)
        self.why_not = named(PlainLabel(""), "case_why_not")
        self.none = muted(
            "Nothing is decided yet. Decisions stand here, newest first, with what proves them."
        )
        self.cards: list[DecisionCard] = []
        taken = QWidget()
        self._list = QVBoxLayout(taken)
        self._list.setContentsMargins(0, 0, 0, 0)
        self._list.setSpacing(theme.NORMAL)
        scrolled = self._scrolled = Scrolled(margin=theme.SMALL)
        for widget in (self.why_not, self._deciding, self._proposed, self.none, taken):
            scrolled.body.addWidget(widget)
        scrolled.body.addStretch(1)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(scrolled)

    def show_record(self, record: CaseRecord | None, deciding: Deciding | None) -> None:
        """Draw the decisions of this record, and the panel where this reader may record one."""
        for card in self.cards:
            self._list.removeWidget(card)
            card.hide()
            card.deleteLater()
        self.cards = []
        for decision in reversed(record.decisions if record is not None else ()):
            card = DecisionCard(decision, self)
            card.print_wanted.connect(self.print_wanted)
            self._list.addWidget(card)
            self.cards.append(card)
        self.none.setVisible(not self.cards)
        if record is None:
            self.panel.clear()
        else:
            self.panel.show_case(record, deciding)
            self.facts.show_lines(_lines(record))
        left_over = record is not None and deciding is None and self.panel.unsaved()
        self._deciding.setVisible(deciding is not None or left_over)
        self._proposed.setVisible(deciding is not None)
        waits = record is not None and bool(record.open_decisions) and deciding is None
        self.why_not.setText(record.decidable_why_not if record is not None and waits else "")
        self.why_not.setVisible(bool(self.why_not.text()))

    def put_keyboard(self) -> None:
        """The keyboard to where deciding begins."""
        self.panel.put_keyboard()
        self._scrolled.ensureWidgetVisible(self.panel, 0, theme.NORMAL)


def _lines(record: CaseRecord) -> list[tuple[str, str]]:
    draft = record.draft
    runners = [
        f"{each.name} ({'staff' if each.staff else 'not staff'}{', responsible' if each.responsible else ''})"
        for each in record.runners
    ]
    return [
        ("Account", f"{draft.proposed_name} on {record.platform_label}"),
        ("Proposed by", record.proposer),
        ("Aim", draft.aim),
        ("Audience", draft.audience),
        ("Promotion", draft.promotion),
        ("Who will run it", "; ".join(runners)),
        ("Open or private", " ".join(part for part in (_openness(record), draft.openness_note) if part)),
        ("Age of the audience", draft.audience_age),
        ("Consents", draft.consents),
        ("In the holidays", draft.holidays),
        ("When somebody leaves", draft.when_runners_leave),
    ]


def _openness(record: CaseRecord) -> str:
    from smdesk.policy.accounts import OPENNESS_LABELS

    return f"{OPENNESS_LABELS[record.draft.openness]}." if record.draft.openness else ""


class DecisionCard(Card):
    """One decision as it stands on record."""

    print_wanted = Signal(object)

    def __init__(self, decision: CaseDecisionRecord, parent: QWidget) -> None:
        super().__init__("", parent)
        self.decision = decision
        name = f"case_decision_{decision.number}"
        self.setObjectName(name)
        label = CASE_DECISION_LABELS[decision.kind]
        chip = StatusChip(label, DECISION_TONES[decision.kind], self)
        chip.setObjectName(f"{name}_kind")
        self.body.addWidget(flow(chip, parent=self))
        for text in _told(decision):
            self.body.addWidget(PlainLabel(text, self, selectable=True))
        proof = decision.fault or (
            f"Recorded and signed by {decision.recorder}; the signature holds. Key {decision.fingerprint}."
        )
        self.proof = named(
            PlainLabel(proof, self, look="danger" if decision.fault else "muted", selectable=True),
            f"{name}_proof",
        )
        self.body.addWidget(self.proof)
        self.print = button("Print it…", f"{name}_print", self._print)
        self.print.setAccessibleName(f"Print decision {decision.number}, {label}")
        self.print.setVisible(not decision.fault)
        self.body.addWidget(flow(self.print, parent=self, scrolls=True))

    def _print(self) -> None:
        self.print_wanted.emit(self.decision.id)


def _told(decision: CaseDecisionRecord) -> list[str]:
    head = written_day(decision.decided_on)
    if decision.review_on is not None:
        head += f" · review on {written_day(decision.review_on)}"
    if decision.minute_ref:
        head += f" · minute {decision.minute_ref}"
    pairs = (
        ("Reason", decision.reason),
        ("Conditions", decision.conditions),
        ("Agreed", listed(decision.agreed) if decision.agreed else ""),
        ("Did not agree", listed(decision.against) if decision.against else ""),
        ("Also present", decision.present),
    )
    return [head, *(f"{label}: {text}" for label, text in pairs if text)]
