"""What follows for a declaration, and doing it: put forward, taken back, withdrawn, declared anew, printed."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial

from PySide6.QtWidgets import QWidget

from smdesk.policy.words import in_a_sentence
from smdesk.security.permissions import ROLE_LABELS, Permission
from smdesk.services import connections
from smdesk.services.connection_records import (
    DecisionKind,
    DecisionRecord,
    ExceptionRecord,
    ExceptionStatus,
    PaperAnswer,
)
from smdesk.ui.desk import Desk
from smdesk.ui.pages.connections import loading
from smdesk.ui.pages.connections.sides import both_of
from smdesk.ui.tasks import Progress
from smdesk.ui.widgets.action_menu import ActionMenu
from smdesk.ui.widgets.bars import RecordHeader
from smdesk.ui.widgets.service_dialog import ReasonService

LABELS = {
    "submit": "&Put forward",
    "take_back": "Take &it back",
    "withdraw": "&Withdraw…",
    "unwithdraw": "Brin&g it back",
    "confirm": "Confir&m the paper decision…",
    "decide": "&Decide…",
    "paper": "&Record the paper decision…",
    "print": "&Print the decision",
    "anew": "Declare ane&w…",
    "later": "Open th&e later one",
    "letters": "&Letters…",
    "declaration": "Pri&nt the declaration",
    "note": "Add a n&ote…",
    "attempt": "Lo&g an attempt…",
    "ask": "A&sk about this relationship…",
}
"""What can be done, in the order of the menu."""

_OVER = (
    ExceptionStatus.REFUSED,
    ExceptionStatus.ENDED,
    ExceptionStatus.REVOKED,
    ExceptionStatus.SUPERSEDED,
)


@dataclass(frozen=True, slots=True)
class Reach:
    """What this person's role lets them do, as it stood at sign-in; the service decides when it is done."""

    edits: bool
    decides: bool
    asks: bool
    logs: bool


@dataclass(frozen=True, slots=True)
class NextStep:
    """What happens next in a sentence, the button for it ("" for none), and what else lies near."""

    says: str
    primary: str
    others: tuple[str, ...] = ()


def reach(desk: Desk) -> Reach:
    ctx = desk.ctx
    return Reach(
        loading.may(ctx, Permission.CONNECTIONS_EDIT),
        loading.may(ctx, Permission.CONNECTIONS_DECIDE),
        loading.may(ctx, Permission.CONNECTIONS_ASK),
        loading.may(ctx, Permission.INCIDENTS_EDIT),
    )


def next_step(record: ExceptionRecord, can: Reach, to_confirm: bool = False) -> NextStep:
    """What happens next with a saved declaration, for this reader. ``to_confirm``: a decision recorded from paper on
    their behalf waits for their answer."""
    offered = [what for what in LABELS if may(what, record, can)]
    if to_confirm:
        says = "A decision was recorded from paper on your behalf. Hold it against the scan; confirm or dispute it."
        return NextStep(says, "confirm", tuple(what for what in ("print", "decide") if what in offered))

    def near(*wanted: str) -> tuple[str, ...]:
        return tuple(what for what in wanted if what in offered)

    match record.status:
        case ExceptionStatus.DECLARED:
            says = "Nobody decides anything yet. Put it forward once what you know is in it."
            wanted = ("submit", "withdraw")
        case ExceptionStatus.MORE_WANTED:
            says = f"More was asked for: {_asked(record)}"
            wanted = ("submit", "withdraw")
        case ExceptionStatus.AWAITING:
            says = _waits_for(record)
            wanted = ("decide", "paper", "take_back", "withdraw")
        case ExceptionStatus.APPROVED:
            says = _approved_words(record)
            wanted = ("print", "letters", "decide")
            if "review" in record.status_words:
                wanted = ("decide", "paper", "print", "letters")
        case ExceptionStatus.WITHDRAWN:
            says = "It was withdrawn before it was decided. If that was a slip, bring it back."
            wanted = ("unwithdraw",)
        case _:
            says = "It does not allow the connection. If something has changed, declare it anew."
            if record.superseded_by is not None:
                says = f"{record.superseded_by[1]} was declared in its place."
            wanted = ("later", "anew", "print", "letters")
    buttons = near(*wanted)
    return NextStep(says, buttons[0] if buttons else "", buttons[1:])


def may(what: str, record: ExceptionRecord, can: Reach) -> bool:
    """Whether to offer something for a record that is open to this reader."""
    status = record.status
    match what:
        case "submit":
            return record.may_submit
        case "take_back":
            return can.edits and status is ExceptionStatus.AWAITING and not record.sealed
        case "withdraw":
            open_ = (ExceptionStatus.DECLARED, ExceptionStatus.AWAITING, ExceptionStatus.MORE_WANTED)
            return can.edits and status in open_ and not record.sealed
        case "unwithdraw":
            return can.edits and status is ExceptionStatus.WITHDRAWN
        case "decide":
            return record.may_decide and bool(record.open_decisions)
        case "paper":
            # Whoever decides signs in the program; the office records what came back on paper.
            return can.edits and bool(record.open_decisions) and not record.may_decide
        case "print":
            return printable(record) is not None
        case "anew":
            decided = status in _OVER or status is ExceptionStatus.APPROVED
            return can.edits and decided and record.superseded_by is None
        case "later":
            return record.superseded_by is not None
        case "letters":
            return status in _OVER or status is ExceptionStatus.APPROVED
        case "confirm":
            return (
                False  # offered as the next step alone: it is known only where decisions to confirm were read
            )
        case "note":
            return can.edits
        case "attempt":
            return can.logs
        case "ask":
            return can.asks
    return True


def printable(record: ExceptionRecord) -> DecisionRecord | None:
    """The decision a paper is printed of: the last that counts."""
    for decision in reversed(record.decisions):
        if decision.kind is not DecisionKind.ASK_FOR_MORE and decision.answer is not PaperAnswer.DISPUTED:
            return decision
    return None


def _asked(record: ExceptionRecord) -> str:
    asked = [each.reason for each in record.decisions if each.kind is DecisionKind.ASK_FOR_MORE]
    return asked[-1] if asked else "see the history."


def _waits_for(record: ExceptionRecord) -> str:
    if record.may_decide:
        return "It waits for your decision."
    if record.why_not:
        # It names who decides; whoever decides others and may not decide this one is told why.
        return f"It waits for a decision. {record.why_not}"
    who = "" if record.awaits is None else ROLE_LABELS[record.awaits]
    return f"It waits for the {in_a_sentence(who)} to decide." if who else "It waits for a decision."


def _approved_words(record: ExceptionRecord) -> str:
    if record.unconfirmed_paper:
        return "Recorded from paper. It counts from now on, and waits for the decider to confirm it."
    if record.imported:
        return "Approved before SM Desk and taken over from an earlier register, unsigned."
    if not record.in_force:
        return "It is approved and does not allow the connection yet."
    return "It allows the connection."


class RecordActions(ActionMenu):
    """What is done with a declaration."""

    def __init__(self, desk: Desk, header: RecordHeader, form: QWidget) -> None:
        super().__init__(desk, header, form, "exception", LABELS)
        self._can = reach(desk)

    @property
    def can(self) -> Reach:
        return self._can

    def enable(self, record: ExceptionRecord | None) -> None:
        """Offer what fits the record and the reader."""
        if record is None or record.masked:
            self.offer(None)
            return
        shown = record
        self.offer(lambda what: may(what, shown, self._can))

    def do(self, what: str, record: ExceptionRecord) -> None:
        """Do it to the saved declaration."""
        ctx, number, version = self._desk.ctx, record.id, record.version
        match what:
            case "submit":
                self.run(partial(connections.submit, ctx, number, version), "Putting it forward")
            case "take_back":
                self.run(partial(connections.take_back, ctx, number, version), "Taking it back")
            case "unwithdraw":
                self.run(partial(connections.unwithdraw, ctx, number, version), "Bringing it back")
            case "withdraw":
                self._ask_reason(record)
            case "note":
                self._note(record)
            case "print":
                self._print_decision(record)
            case "declaration":
                self._print_declaration(record)
            case "paper":
                self._paper(record)
            case "attempt":
                self._attempt(record)
            case "ask":
                self._ask(record)
            case "later" if record.superseded_by is not None:
                self.elsewhere.emit("open", record.superseded_by[0])
            case _:
                self.elsewhere.emit(what, record.id)

    def print_decision(self, decision_id: int, title: str) -> None:
        """Show a decision as the paper that proves itself."""
        ctx = self._desk.ctx

        def work(progress: Progress) -> tuple[str, bytes]:
            from smdesk.services import connection_papers

            return title, connection_papers.decision_pdf(ctx, decision_id)

        self._desk.tasks.run(self, work, self._printed, title="Making the paper", long=True)

    def _ask_reason(self, record: ExceptionRecord) -> None:
        ctx, number, version = self._desk.ctx, record.id, record.version
        ReasonService(
            self._desk,
            "exception_withdraw_dialog",
            f"Withdraw {record.reference}",
            "Why it is withdrawn",
            "&Withdraw it",
            lambda reason: connections.withdraw(ctx, number, version, reason),
            self._form,
            explanation="It stays on record, with your reason, and can be brought back.",
        ).open()

    def _note(self, record: ExceptionRecord) -> None:
        ctx, number = self._desk.ctx, record.id
        ReasonService(
            self._desk,
            "exception_note_dialog",
            "Add a note",
            "Note",
            "&Add it",
            lambda text: connections.add_note(ctx, number, text),
            self._form,
            field="text",
            explanation="It goes into the history and stays there. Write it as if the two will read it.",
        ).open()

    def _paper(self, record: ExceptionRecord) -> None:
        from smdesk.ui.pages.connections.paper_dialog import PaperDialog

        PaperDialog(self._desk, record, self._form).open()

    def _attempt(self, record: ExceptionRecord) -> None:
        from smdesk.ui.pages.connections.attempt_dialog import AttemptDialog

        AttemptDialog(self._desk, self._form, about=both_of(record)).open()

    def _ask(self, record: ExceptionRecord) -> None:
        from smdesk.ui.pages.connections.question_dialog import AskDialog

        AskDialog(self._desk, self._form, about=both_of(record)).open()

    def _print_decision(self, record: ExceptionRecord) -> None:
        decision = printable(record)
        if decision is not None:
            self.print_decision(decision.id, f"Decision {record.reference}")

    def _print_declaration(self, record: ExceptionRecord) -> None:
        ctx, number, title = self._desk.ctx, record.id, f"Declaration {record.reference}"

        def work(progress: Progress) -> tuple[str, bytes]:
            from smdesk.services import connection_papers

            return title, connection_papers.declaration_pdf(ctx, number)

        self._desk.tasks.run(self, work, self._printed, title="Making the paper", long=True)

    def _printed(self, result: tuple[str, bytes]) -> None:
        from smdesk.ui.widgets.preview_window import PreviewWindow

        title, data = result
        PreviewWindow(self._desk, data, title, self._form).open()
