"""Dialogs that record what was done: a step, a removal, a reply, a decision, an end."""

from __future__ import annotations

from datetime import date

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QComboBox, QLineEdit, QWidget

from smdesk.errors import Invalid, SmdeskError
from smdesk.policy.vocabulary import STEP_LABELS, Step
from smdesk.security.permissions import Permission, allowed
from smdesk.services import incidents, steps
from smdesk.services.incident_records import OUTCOME_LABELS, Outcome, StepDraft
from smdesk.services.letter_records import LETTER_STEPS, LetterKind
from smdesk.ui.desk import Desk
from smdesk.ui.tasks import Progress
from smdesk.ui.widgets.buttons import button
from smdesk.ui.widgets.dates import DateEdit, DateTimeEdit
from smdesk.ui.widgets.service_dialog import ServiceDialog, Work
from smdesk.ui.widgets.text import named

WHAT_TO_WRITE: dict[Step, str] = {
    Step.TALK: "What was said and agreed",
    Step.ASK_REMOVAL: "How you asked, and what was answered",
    Step.MEET_WITH_CHAIR: "Who met, what was said and agreed",
    Step.REFER_TO_COMPLAINTS: "How you pointed to the procedure",
    Step.BLOCK: "What was blocked, on which account, and when to look at it again",
    Step.BEHAVIOUR_POLICY: "What was done under the behaviour policy",
    Step.DISCIPLINARY: "What was done under the code of conduct",
    Step.ADVISE_FAMILY: "What you advised, and to whom",
    Step.REPORT_TO_PLATFORM: "What you reported, and the platform's reference",
    Step.POSH: "Whom you spoke to or wrote to, and what they said",
    Step.POLICE: "Whom you told, the crime or log number, and what they said",
    Step.LEGAL_ADVICE: "Whom you asked, and what they advised",
    Step.LEGAL_ACTION: "What was begun, and by whom",
    Step.IWF: "What you reported, and the reference",
    Step.WRITTEN_WARNING: "How the warning was given (on paper, before SM Desk)",
    Step.SECOND_WARNING: "How the warning was given (on paper, before SM Desk)",
}

LETTER_INSTEAD = {**{step: kind for kind, step in LETTER_STEPS.items()}, Step.TALK: LetterKind.INVITATION}
"""Steps that can be taken with a letter (DOC-1): a talk with the one that invites to it and asks for removal."""

RECORD_NOTE = "Write it as if the person it is about will read it: what happened, in plain words."


class RecordStepDialog(ServiceDialog):
    """Records a step: when, with whom, what happened, and when to look again."""

    letter_wanted = Signal()

    def __init__(
        self,
        desk: Desk,
        incident_id: int,
        step: Step,
        people: tuple[tuple[int, str], ...],
        chase_on: date | None,
        parent: QWidget | None = None,
    ) -> None:
        label = STEP_LABELS[step]
        super().__init__(desk, "step_dialog", label, "&Record it", parent, explanation=RECORD_NOTE)
        self._incident_id, self._step = incident_id, step
        self.on = DateEdit("step_on", "Day it was done", self, clock=desk.ctx.today)
        self.on.set_day(desk.ctx.today())
        self.form.add("&Day", self.on, "happened_on")
        self.at = named(QLineEdit(self), "step_at", "Time, if it matters")
        self.at.setPlaceholderText("15:30 (may be left empty)")
        self.form.add("&Time", self.at, "happened_at")
        self.who = named(QComboBox(self), "step_who", "With whom")
        for person_id, name in people:
            self.who.addItem(name, person_id)
        if people:
            self.form.add("&With", self.who, "person_id")
        else:
            self.who.hide()
        self.text = self.note_field("step_text", WHAT_TO_WRITE.get(step, "What was done"))
        self.form.add("What &happened", self.text, "text", WHAT_TO_WRITE.get(step, ""))
        self.chase = DateEdit("step_chase", "Look again on", self, clock=desk.ctx.today)
        self.chase.set_day(chase_on)
        hint = "Left empty, the policy's chase date is used." if step is Step.ASK_REMOVAL else ""
        self.form.add("Loo&k again on", self.chase, "chase_on", hint)
        self.reason = self.note_field("step_reason", "Reason for taking this step before its turn", 3)
        self._reason_label = self.form.add("Reas&on", self.reason, "reason")
        self._show_reason(False)
        if step in LETTER_INSTEAD and allowed(desk.ctx.user.roles, Permission.LETTERS_DRAFT):
            self.letter = button("Write a &letter instead…", "step_letter", self._letter)
            self.add_button(self.letter)
        self._width = 560
        self.text.setFocus()

    def work(self) -> Work:
        ctx, incident_id = self._desk.ctx, self._incident_id
        on = self.on.day("happened_on")
        if on is None:
            raise Invalid.one("happened_on", "Say on which day it was done.")
        draft = StepDraft(
            step=self._step,
            person_id=self.who.currentData(),
            happened_on=on,
            text=self.text.toPlainText(),
            reason=self.reason.toPlainText(),
            chase_on=self.chase.day("chase_on"),
            happened_at=self.at.text(),
        )

        def do(progress: Progress) -> object:
            return steps.record(ctx, incident_id, draft)

        return do

    def _refused(self, error: SmdeskError) -> None:
        if isinstance(error, Invalid) and any(each.field == "reason" for each in error.problems):
            self._show_reason(True)
        super()._refused(error)

    def _show_reason(self, on: bool) -> None:
        self._reason_label.setVisible(on)
        self.reason.setVisible(on)

    def _letter(self) -> None:
        if self._may_close():
            self.letter_wanted.emit()
            self.done(self.DialogCode.Rejected)


class RemovedDialog(ServiceDialog):
    """The post has gone: since when, and how that is known."""

    def __init__(self, desk: Desk, incident_id: int, parent: QWidget | None = None) -> None:
        super().__init__(desk, "removed_dialog", "The post has gone", "&Record it", parent)
        self._incident_id = incident_id
        self.on = DateEdit("removed_on", "Day it was found gone", self, clock=desk.ctx.today)
        self.on.set_day(desk.ctx.today())
        self.form.add("&Found gone on", self.on, "on")
        self.how = self.note_field("removed_how", "How you know, for example: looked at the page", 3)
        self.form.add("&How you know", self.how, "how")
        self.how.setFocus()

    def work(self) -> Work:
        ctx, incident_id, how = self._desk.ctx, self._incident_id, self.how.toPlainText()
        on = self.on.day("on")
        if on is None:
            raise Invalid.one("on", "Say on which day the post was found gone.")
        day = on

        def do(progress: Progress) -> object:
            return steps.mark_removed(ctx, incident_id, day, how)

        return do


class RepliedDialog(ServiceDialog):
    """A comment on a school account was answered; an acknowledgement counts (ACC-5)."""

    def __init__(self, desk: Desk, incident_id: int, parent: QWidget | None = None) -> None:
        super().__init__(
            desk,
            "replied_dialog",
            "The comment was answered",
            "&Record it",
            parent,
            explanation="An acknowledgement counts as an answer.",
        )
        self._incident_id = incident_id
        self.at = DateTimeEdit("replied_at", "Answered at", self, clock=desk.ctx.today)
        self.at.set_moment(desk.ctx.now())
        self.form.add("&Answered at", self.at, "at")
        self.text = self.note_field("replied_text", "What was answered")
        self.form.add("&What was answered", self.text, "text")
        self.text.setFocus()

    def work(self) -> Work:
        ctx, incident_id, said = self._desk.ctx, self._incident_id, self.text.toPlainText()
        moment = self.at.moment("at")
        if moment is None:
            raise Invalid.one("at", "Say when the comment was answered.")
        at = moment

        def do(progress: Progress) -> object:
            return steps.mark_replied(ctx, incident_id, at, said)

        return do


class PreventDialog(ServiceDialog):
    """The DSL decides whether to refer under Prevent, with a reason either way (INC-9)."""

    def __init__(self, desk: Desk, incident_id: int, parent: QWidget | None = None) -> None:
        super().__init__(
            desk,
            "prevent_dialog",
            "Prevent: refer or not",
            "&Record the decision",
            parent,
            explanation="Deciding not to refer lets ordinary letters go out again. After a referral they keep "
            "waiting until you clear them.",
        )
        self._incident_id = incident_id
        self.decision = named(QComboBox(self), "prevent_decision", "Decision")
        self.decision.addItem("Choose…", None)
        self.decision.addItem("Refer under Prevent", True)
        self.decision.addItem("Do not refer", False)
        self.form.add("&Decision", self.decision, "refer")
        self.reason = self.note_field("prevent_reason", "Reason for the decision")
        self.form.add("Reas&on", self.reason, "reason")
        self.decision.setFocus()

    def work(self) -> Work:
        ctx, incident_id, reason = self._desk.ctx, self._incident_id, self.reason.toPlainText()
        refer = self.decision.currentData()
        if refer is None:
            raise Invalid.one("refer", "Choose whether to refer.")

        def do(progress: Progress) -> object:
            return steps.decide_prevent(ctx, incident_id, refer, reason)

        return do


class CloseDialog(ServiceDialog):
    """How the incident ended, and why it is closed (INC-14)."""

    def __init__(
        self, desk: Desk, incident_id: int, reference: str, version: int, parent: QWidget | None = None
    ) -> None:
        super().__init__(
            desk,
            "close_dialog",
            f"Close {reference}",
            "&Close the incident",
            parent,
            explanation="It stays on record with everything in it, and can be opened again.",
        )
        self._incident_id, self._version = incident_id, version
        self.outcome = named(QComboBox(self), "close_outcome", "How it ended")
        self.outcome.addItem("Choose…", None)
        for outcome, label in OUTCOME_LABELS.items():
            self.outcome.addItem(label, str(outcome))
        self.form.add("&How it ended", self.outcome, "outcome")
        self.reason = self.note_field("close_reason", "Why it is closed")
        self.form.add("&Why it is closed", self.reason, "reason")
        self.outcome.setFocus()

    def work(self) -> Work:
        ctx, incident_id, version = self._desk.ctx, self._incident_id, self._version
        reason, code = self.reason.toPlainText(), self.outcome.currentData()
        if code is None:
            raise Invalid.one("outcome", "Choose how it ended.")
        outcome = Outcome(code)

        def do(progress: Progress) -> object:
            return incidents.close(ctx, incident_id, version, outcome, reason)

        return do
