"""Starts the step somebody chose: the record of a talk, a letter, a summary for the police …"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime
from functools import partial

from PySide6.QtCore import QObject
from PySide6.QtWidgets import QWidget

from smdesk.policy.vocabulary import STEP_LABELS, Step
from smdesk.services import steps
from smdesk.services.context import LOCAL
from smdesk.services.incident_records import AdviceView, IncidentRecord, PersonRole
from smdesk.services.letter_records import LetterKind, LetterRow
from smdesk.ui.desk import Desk
from smdesk.ui.pages.incidents import letter_dialog, summary_dialog
from smdesk.ui.pages.incidents.letter_dialog import LetterDialog, Letters
from smdesk.ui.pages.incidents.step_dialogs import (
    LETTER_INSTEAD,
    PreventDialog,
    RecordStepDialog,
    RemovedDialog,
    RepliedDialog,
)
from smdesk.ui.pages.incidents.summary_dialog import Outward, OutwardDialog
from smdesk.ui.pages.incidents.withhold_dialog import WithholdDialog
from smdesk.ui.pages.letters.matters import LetterStart
from smdesk.ui.tasks import Progress
from smdesk.ui.widgets.service_dialog import ReasonService, ServiceDialog

LETTERS = {
    Step.WRITTEN_WARNING: LetterKind.WRITTEN_WARNING,
    Step.SECOND_WARNING: LetterKind.SECOND_WARNING,
}
"""Steps that are taken by a letter and nothing else."""


@dataclass(frozen=True, slots=True)
class Situation:
    """The saved incident a step is taken in."""

    record: IncidentRecord
    view: AdviceView | None
    letters: tuple[LetterRow, ...]

    @property
    def people(self) -> tuple[tuple[int, str], ...]:
        """With whom a step may be taken, whoever posted first."""
        lines = sorted(self.record.draft.people, key=lambda line: line.role is not PersonRole.AUTHOR)
        return tuple(dict.fromkeys((line.person_id, line.name) for line in lines))


class StepActions(QObject):
    """Every way to act on an incident. All dialogs belong to ``window`` and none of them blocks."""

    def __init__(self, desk: Desk, window: QWidget) -> None:
        super().__init__(window)
        self._desk = desk
        self._window = window
        self._situation: Situation | None = None
        self._step: Step | None = None
        self._letters = LetterStart(desk, window)

    def start(self, step: Step, situation: Situation) -> None:
        """Begin a step; the dialog leads on."""
        self._situation, self._step = situation, step
        incident_id = situation.record.id
        if step in LETTERS:
            self._letters.begin_in_incident(incident_id, LETTERS[step])
        elif step in summary_dialog.READERS:
            ctx = self._desk.ctx

            def work(progress: Progress) -> Outward:
                return summary_dialog.gather(ctx, incident_id, step)

            # Not ``latest``: for a confidential incident the audit log notes that a summary was made.
            self._desk.tasks.run(self, work, self._outward, title="Preparing the summary")
        elif step is Step.PREVENT_DECISION:
            self._open(PreventDialog(self._desk, incident_id, self._window))
        elif step is Step.IWF:
            self.withhold(situation)
        elif step is Step.NO_ACTION:
            self.no_action(situation)
        else:
            dialog = RecordStepDialog(
                self._desk, incident_id, step, situation.people, self._chase(), self._window
            )
            dialog.letter_wanted.connect(self._letter_instead)
            self._open(dialog)

    def write(self, situation: Situation) -> None:
        """Choose among all letters there are for this incident; the one that comes next is chosen already (DOC-1)."""
        self._situation = situation
        authors = [each for each in situation.record.draft.people if each.role is PersonRole.AUTHOR]
        ask = partial(
            letter_dialog.gather,
            self._desk.ctx,
            situation.record.id,
            authors[0].person_id if authors else None,
        )

        def work(progress: Progress) -> Letters:
            return ask()

        self._desk.tasks.latest(self, "letters", work, self._which)

    def skip(self, step: Step, situation: Situation) -> None:
        """Leave a step out, with the reason (INC-5)."""
        ctx, incident_id = self._desk.ctx, situation.record.id

        def service(reason: str) -> object:
            return steps.skip(ctx, incident_id, step, reason)

        self._ask(
            "skip_dialog",
            f"Leave out: {STEP_LABELS[step]}",
            "Why it is left out",
            "&Leave it out",
            service,
            "The policy puts this step next. It can be left out only with a reason, which is kept with the record.",
        )

    def no_action(self, situation: Situation) -> None:
        """Decide not to act, with the reason (INC-14)."""
        ctx, incident_id = self._desk.ctx, situation.record.id

        def service(reason: str) -> object:
            return steps.no_action(ctx, incident_id, reason)

        self._ask(
            "no_action_dialog",
            "Decide not to act",
            "Why the school takes no step",
            "&Record the decision",
            service,
            "Deciding not to act is a decision too, and kept with its reason. The incident stays open until you "
            "close it.",
        )

    def clear_letters(self, situation: Situation) -> None:
        """The DSL opens ordinary steps again after a referral (INC-9) or after imagery was reported (INC-6)."""
        ctx, incident_id = self._desk.ctx, situation.record.id

        def service(reason: str) -> object:
            return steps.clear_letters(ctx, incident_id, reason)

        self._ask(
            "clear_letters_dialog",
            "Clear ordinary steps and letters",
            "Why they may be taken now",
            "&Clear them",
            service,
            "After a Prevent referral, and after sexual imagery of a child, ordinary steps and letters wait until you "
            "clear them. Imagery must have been reported to the Internet Watch Foundation and the police first.",
        )

    def withhold(self, situation: Situation) -> None:
        """Record imagery of a child without keeping any (INC-6)."""
        contacts = situation.view.contacts if situation.view is not None else ()
        self._open(WithholdDialog(self._desk, situation.record.id, contacts, self._window))

    def removed(self, situation: Situation) -> None:
        """The post has gone (INC-4)."""
        self._open(RemovedDialog(self._desk, situation.record.id, self._window))

    def replied(self, situation: Situation) -> None:
        """The comment was answered (ACC-5)."""
        self._open(RepliedDialog(self._desk, situation.record.id, self._window))

    def _open(self, dialog: ServiceDialog) -> None:
        dialog.open()

    def _ask(
        self,
        name: str,
        title: str,
        question: str,
        action: str,
        service: Callable[[str], object],
        explanation: str,
    ) -> None:
        ReasonService(
            self._desk, name, title, question, action, service, self._window, explanation=explanation
        ).open()

    def _chase(self) -> date | None:
        """The day to look again that the advice gives for a removal request."""
        if self._step is not Step.ASK_REMOVAL or self._situation is None or self._situation.view is None:
            return None
        for each in self._situation.view.advice.next:
            if each.step is Step.ASK_REMOVAL and each.by is not None:
                day = each.by.astimezone(LOCAL).date() if isinstance(each.by, datetime) else each.by
                return day if day >= self._desk.ctx.today() else None
        return None

    def _outward(self, outward: Outward) -> None:
        if self._situation is None or self._step is None:
            return
        situation = self._situation
        contacts = situation.view.contacts if situation.view is not None else ()
        dialog = OutwardDialog(
            self._desk,
            situation.record.id,
            self._step,
            (),
            None,
            outward,
            contacts,
            self._window,
        )
        dialog.letter_wanted.connect(self._letter_instead)
        self._open(dialog)

    def _letter_instead(self) -> None:
        if self._situation is not None and self._step in LETTER_INSTEAD:
            self._letters.begin_in_incident(self._situation.record.id, LETTER_INSTEAD[self._step])

    def _which(self, found: Letters) -> None:
        if self._situation is None:
            return
        view, record = self._situation.view, self._situation.record
        steps_next = [each.step for each in view.advice.next] if view is not None else []
        wanted = next((LETTER_INSTEAD[each] for each in steps_next if each in LETTER_INSTEAD), None)
        authors = [
            (each.person_id, each.name) for each in record.draft.people if each.role is PersonRole.AUTHOR
        ]
        dialog = LetterDialog(
            self._desk, record.id, list(dict.fromkeys(authors)), found, wanted, self._window
        )
        dialog.accomplished.connect(self._desk.open_letter)
        dialog.open()
