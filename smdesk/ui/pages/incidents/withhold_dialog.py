"""Records sexual imagery of a child without keeping any of it: where, when, and who was told (INC-6)."""

from __future__ import annotations

from PySide6.QtWidgets import QCheckBox, QWidget

from smdesk.errors import Invalid, SmdeskError
from smdesk.policy.vocabulary import Step
from smdesk.services import evidence, steps
from smdesk.services.context import Saved
from smdesk.services.incident_records import StepDraft
from smdesk.ui.desk import Desk
from smdesk.ui.pages.incidents.evidence_strip import IMAGERY_TOLD
from smdesk.ui.tasks import Progress
from smdesk.ui.widgets.dates import DateTimeEdit
from smdesk.ui.widgets.service_dialog import ServiceDialog, Work
from smdesk.ui.widgets.text import named


class WithholdDialog(ServiceDialog):
    """Where and when it was seen, and to whom it was reported."""

    def __init__(
        self, desk: Desk, incident_id: int, contacts: tuple[str, ...], parent: QWidget | None = None
    ) -> None:
        super().__init__(
            desk,
            "withhold_dialog",
            "Record where and when only",
            "&Record it",
            parent,
            explanation=IMAGERY_TOLD + ("\n\n" + "\n".join(contacts) if contacts else ""),
        )
        self._incident_id = incident_id
        self.where = self.note_field("withhold_where", "Where it was seen: address, app or account", 2)
        self.form.add("&Where it was seen", self.where, "where", "Address, app or account, in words.")
        self.when = DateTimeEdit("withhold_when", "When it was seen", self, clock=desk.ctx.today)
        self.when.set_moment(desk.ctx.now())
        self.form.add("W&hen it was seen", self.when, "when")
        self.told = self.note_field("withhold_reported", "Reported to whom, with their reference", 2)
        self.form.add(
            "&Reported to", self.told, "reported_to", "Police, Internet Watch Foundation; the reference."
        )
        self.note = self.note_field("withhold_note", "Anything else", 2)
        self.form.add("&Anything else", self.note, "note")
        self.step = named(
            QCheckBox(
                "It has been reported to the Internet Watch Foundation and the police: record the &step", self
            ),
            "withhold_step",
            "Record the step: reported to the Internet Watch Foundation and the police",
        )
        self.step.setChecked(True)
        self.form.add_wide(self.step)
        self._width = 620
        self.where.setFocus()

    def work(self) -> Work:
        ctx, incident_id, with_step = self._desk.ctx, self._incident_id, self.step.isChecked()
        where, told, note = self.where.toPlainText(), self.told.toPlainText(), self.note.toPlainText()
        seen = self.when.moment("when")
        if seen is None:
            raise Invalid.one("when", "Say when it was seen.")
        when = seen

        def do(progress: Progress) -> object:
            saved = evidence.withhold(ctx, incident_id, where, when, told, note)
            if not with_step:
                return saved
            try:
                draft = StepDraft(Step.IWF, None, ctx.today(), f"Reported to: {told.strip()}")
                step = steps.record(ctx, incident_id, draft)
            except SmdeskError:
                # The record of what was seen stands; the step can still be taken from the advice beside the form.
                return saved
            return Saved(saved.id, saved.version, saved.changes | step.changes)

        return do
