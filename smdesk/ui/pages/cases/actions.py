"""What follows for a business case, and doing it: put forward, taken back, withdrawn, proposed anew, printed."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial

from PySide6.QtWidgets import QWidget

from smdesk.security.permissions import Permission
from smdesk.services import business_cases
from smdesk.services.case_records import CASE_LETTERS, OPEN, CaseDecisionKind, CaseRecord, CaseStatus
from smdesk.services.context import Context
from smdesk.services.letter_records import LetterKind
from smdesk.ui.desk import Desk
from smdesk.ui.pages.cases import loading
from smdesk.ui.pages.letters.matters import LetterStart
from smdesk.ui.widgets.action_menu import ActionMenu
from smdesk.ui.widgets.bars import RecordHeader
from smdesk.ui.widgets.preview_window import Papers
from smdesk.ui.widgets.service_dialog import ReasonService

LABELS = {
    "submit": "&Put forward",
    "take_back": "Take &it back",
    "decide": "Record the deci&sion…",
    "withdraw": "With&draw…",
    "unwithdraw": "Bring it bac&k",
    "account": "Open &the account",
    "letter": "Te&ll the proposer…",
    "print": "&Print the decision",
    "case": "Pri&nt the case",
    "anew": "Propose an&ew…",
    "later": "Open the later one",
}
"""What can be done, in the order of the menu."""

_BACKWARDS = ("take_back", "withdraw")
"""Possible, and never what comes next."""


@dataclass(frozen=True, slots=True)
class NextStep:
    """What happens next in a sentence, the button for it ("" for none), and what else lies near."""

    says: str
    primary: str
    others: tuple[str, ...] = ()


def may(what: str, record: CaseRecord, edits: bool, writes: bool = False) -> bool:
    """Whether to offer something for this record; ``edits``: the reader may change cases, ``writes``: draft letters."""
    status = record.status
    match what:
        case "submit":
            return edits and status in (CaseStatus.DRAFT, CaseStatus.MORE_WANTED)
        case "take_back":
            return edits and status is CaseStatus.SUBMITTED
        case "decide":
            return bool(record.open_decisions) and not record.decidable_why_not
        case "withdraw":
            return edits and status in OPEN
        case "unwithdraw":
            return edits and status is CaseStatus.WITHDRAWN
        case "account":
            return record.account is not None
        case "letter":
            return writes and status in CASE_LETTERS
        case "print":
            return bool(record.decisions)
        case "anew":
            return edits and record.sealed and not record.superseded_by
        case "later":
            return bool(record.superseded_by)
    return True


def next_step(record: CaseRecord, edits: bool, writes: bool = False) -> NextStep:
    """What happens next with a saved case, for this reader (ACC-1, ACC-2)."""

    def near(*wanted: str) -> tuple[str, ...]:
        return tuple(what for what in wanted if may(what, record, edits, writes))

    match record.status:
        case CaseStatus.DRAFT:
            says = "Put it forward for the next meeting of the leadership team."
            if record.gaps:
                says += " What is still missing stands below; it must be there before it can be approved."
            wanted = near("submit", "withdraw")
        case CaseStatus.MORE_WANTED:
            asked = [each.reason for each in record.decisions if each.kind is CaseDecisionKind.ASK_FOR_MORE]
            says = f"More was asked for: {asked[-1] if asked else 'see the history.'}"
            wanted = near("submit", "letter", "withdraw")
        case CaseStatus.SUBMITTED:
            says = "It waits for the leadership team."
            if record.decidable_why_not:
                says = f"{says} {record.decidable_why_not}"
            wanted = near("decide", "take_back", "withdraw")
        case CaseStatus.APPROVED:
            says = "The leadership team approved it; the account is on the register."
            wanted = near("account", "letter", "print", "anew", "later")
        case CaseStatus.REJECTED:
            says = "The leadership team rejected it. If something has changed, propose it anew."
            wanted = near("later", "anew", "letter", "print")
        case _:
            says = f"It was withdrawn: {record.withdrawn_reason}"
            wanted = near("unwithdraw")
    if not wanted or wanted[0] in _BACKWARDS:
        return NextStep(says, "", wanted)
    return NextStep(says, wanted[0], wanted[1:])


class RecordActions(ActionMenu):
    """What is done with a case."""

    def __init__(self, desk: Desk, header: RecordHeader, form: QWidget) -> None:
        super().__init__(desk, header, form, "case", LABELS)
        self.edits = loading.may(desk.ctx, Permission.CASES_EDIT)
        self.writes = loading.may(desk.ctx, Permission.LETTERS_DRAFT)
        self.papers = Papers(desk, form)
        self._letters = LetterStart(desk, form)

    def enable(self, record: CaseRecord | None) -> None:
        """Offer what fits the record and the reader."""
        if record is None:
            self.offer(None)
            return
        shown = record
        self.offer(lambda what: may(what, shown, self.edits, self.writes))

    def do(self, what: str, record: CaseRecord) -> None:
        """Do it to the saved case."""
        ctx, number, version = self._desk.ctx, record.id, record.version
        match what:
            case "submit":
                self.run(partial(business_cases.submit, ctx, number, version), "Putting it forward")
            case "take_back":
                self.run(partial(business_cases.take_back, ctx, number, version), "Taking it back")
            case "unwithdraw":
                self.run(partial(business_cases.unwithdraw, ctx, number, version), "Bringing it back")
            case "withdraw":
                self._ask_reason(record)
            case "letter" if record.status in CASE_LETTERS:
                self._tell(number, CASE_LETTERS[record.status])
            case "print" if record.decisions:
                self.print_decision(record.decisions[-1].id, record.reference)
            case "case":
                self.papers.show(f"Business case {record.reference}", partial(_case, ctx, number))
            case "account" if record.account is not None:
                self._desk.open_account(record.account[0])
            case "later" if record.superseded_by:
                self.elsewhere.emit("open", record.superseded_by[-1][0])
            case _:
                self.elsewhere.emit(what, number)

    def _tell(self, case_id: int, kind: LetterKind) -> None:
        """Draft the letter that tells whoever proposed it, or go on with the one that is under way (ACC-2)."""
        from smdesk.services import letters

        ctx = self._desk.ctx
        self._letters.begin(
            kind,
            partial(letters.for_case, ctx, case_id),
            partial(letters.draft_for_case, ctx, case_id, kind),
        )

    def print_decision(self, decision_id: int, reference: str) -> None:
        """Show a decision as the paper that proves itself."""
        self.papers.show(f"Decision {reference}", partial(_decision, self._desk.ctx, decision_id))

    def _ask_reason(self, record: CaseRecord) -> None:
        ctx, number, version = self._desk.ctx, record.id, record.version
        ReasonService(
            self._desk,
            "case_withdraw_dialog",
            f"Withdraw {record.reference}",
            "Why it is withdrawn",
            "&Withdraw it",
            lambda reason: business_cases.withdraw(ctx, number, version, reason),
            self._form,
            explanation="It stays on record, with your reason, and can be brought back.",
        ).open()


def _case(ctx: Context, case_id: int) -> bytes:
    from smdesk.services import case_papers

    return case_papers.case_pdf(ctx, case_id)


def _decision(ctx: Context, decision_id: int) -> bytes:
    from smdesk.services import case_papers

    return case_papers.decision_pdf(ctx, decision_id)
