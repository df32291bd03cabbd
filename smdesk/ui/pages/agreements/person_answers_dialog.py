"""One person and one policy: every answer of theirs, and taking back one recorded by mistake (AUP-1)."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtWidgets import QWidget

from smdesk.policy.words import narrow_day
from smdesk.services import agreements
from smdesk.services.agreement_records import ANSWER_LABELS, Answer, GivenAnswer, PersonAgreements
from smdesk.services.context import Context
from smdesk.ui.desk import Desk
from smdesk.ui.pages.agreements.answer_dialog import AnswerDialog
from smdesk.ui.pages.agreements.one_person_dialog import OnePersonDialog
from smdesk.ui.pages.agreements.tones import ANSWER_TONES
from smdesk.ui.widgets.service_dialog import ReasonService
from smdesk.ui.widgets.short_table import Line
from smdesk.ui.widgets.status_chip import status_icon


class PersonAnswersDialog(OnePersonDialog):
    """Answers about all versions of the policy, the newest first."""

    def __init__(self, desk: Desk, policy_id: int, person_id: int, parent: QWidget | None = None) -> None:
        self._policy_id = policy_id
        self._answers: dict[int, GivenAnswer] = {}
        super().__init__(
            desk,
            "person_answers",
            "Answers of one person",
            person_id,
            ("Answer", "Version", "Day", "How", "Note", "Recorded by", "Standing"),
            record="&Record an answer…",
            what="What this person answered about this policy",
            wide=4,
            told_by=("agreement", "policy"),
            parent=parent,
        )

    def read(self, ctx: Context, person_id: int) -> PersonAgreements:
        return agreements.of_person(ctx, person_id)

    def show_found(self, name: str, found: PersonAgreements) -> Sequence[Line]:
        self._answers = {each.id: each for each in found.answers if each.policy_id == self._policy_id}
        mine = next((each for each in found.policies if each.policy_id == self._policy_id), None)
        titles = [mine.title] if mine is not None else [each.policy for each in self._answers.values()][:1]
        self.title.setText(": ".join([name, *titles]) if name else "".join(titles))
        if mine is not None:
            self.standing.show_status(mine.words, ANSWER_TONES[mine.state])
            self.beside.setText(f"Version in use: {mine.label}")
        else:
            self.standing.show_status("Not asked, and no answer that counts", "neutral")
            self.beside.setText("")
        return [_line(each) for each in self._answers.values()]

    def may_withdraw(self, key: int) -> bool:
        return key in self._answers and not self._answers[key].withdrawn

    def record_new(self) -> None:
        AnswerDialog(self._desk, self._policy_id, (self._person_id,), self).open()

    def withdraw_chosen(self, key: int) -> None:
        chosen, ctx = self._answers[key], self._desk.ctx
        ReasonService(
            self._desk,
            "answer_withdraw",
            "Withdraw this answer",
            "&Why it is withdrawn",
            "Wi&thdraw",
            lambda reason: agreements.withdraw(ctx, key, reason),
            self,
            explanation=f"{ANSWER_LABELS[chosen.answer]}, {narrow_day(chosen.answered_on)}, version {chosen.label}. It "
            "stays on record as withdrawn; the answer before it counts again.",
        ).open()


def _line(each: GivenAnswer) -> Line:
    if each.withdrawn:
        words, tone = f"Withdrawn: {each.withdrawn_reason}", "neutral"
    elif each.counts:
        words, tone = "Counts", "ok" if each.answer is Answer.SIGNED else "neutral"
    else:
        words, tone = "Followed by a later answer or version", "neutral"
    return Line(
        each.id,
        (
            ANSWER_LABELS[each.answer],
            each.label,
            narrow_day(each.answered_on),
            each.how,
            each.note,
            each.recorded_by,
            words,
        ),
        status_icon(tone),
        6,
    )
