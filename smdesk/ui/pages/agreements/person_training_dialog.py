"""One person and one training: all that is recorded of it, and taking back what was recorded by mistake (AUP-2)."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtWidgets import QWidget

from smdesk.policy.words import narrow_day
from smdesk.services import training
from smdesk.services.context import Context
from smdesk.services.training_records import PersonTraining, TrainingRecord
from smdesk.ui.desk import Desk
from smdesk.ui.pages.agreements.one_person_dialog import OnePersonDialog
from smdesk.ui.pages.agreements.tones import TRAINING_TONES
from smdesk.ui.pages.agreements.training_dialog import TrainingDialog
from smdesk.ui.widgets.service_dialog import ReasonService
from smdesk.ui.widgets.short_table import Line
from smdesk.ui.widgets.status_chip import status_icon


class PersonTrainingDialog(OnePersonDialog):
    """Everything recorded of one training, the newest first."""

    def __init__(self, desk: Desk, type_id: int, person_id: int, parent: QWidget | None = None) -> None:
        self._type_id = type_id
        self._records: dict[int, TrainingRecord] = {}
        super().__init__(
            desk,
            "person_training",
            "Training of one person",
            person_id,
            ("Done on", "Counts until", "Given by", "Note", "Recorded by", "Standing"),
            record="&Record training…",
            what="What is recorded of this training",
            wide=3,
            told_by=("training", "training_type"),
            parent=parent,
        )

    def read(self, ctx: Context, person_id: int) -> tuple[PersonTraining, ...]:
        return training.of_person(ctx, person_id)

    def show_found(self, name: str, found: tuple[PersonTraining, ...]) -> Sequence[Line]:
        mine = next((each for each in found if each.type_id == self._type_id), None)
        if mine is None:
            self._records = {}
            self.title.setText(name)
            self.standing.show_status("Neither needed nor on record", "neutral")
            self.beside.setText("")
            return []
        self._records = {each.id: each for each in mine.records}
        self.title.setText(f"{name}: {mine.type_name}" if name else mine.type_name)
        self.standing.show_status(mine.words, TRAINING_TONES[mine.standing])
        self.beside.setText("Needed" if mine.needed else "Not needed, but on record")
        return [_line(each) for each in mine.records]

    def may_withdraw(self, key: int) -> bool:
        return key in self._records and not self._records[key].withdrawn

    def record_new(self) -> None:
        TrainingDialog(self._desk, self._type_id, [self._person_id], self).open()

    def withdraw_chosen(self, key: int) -> None:
        chosen, ctx = self._records[key], self._desk.ctx
        ReasonService(
            self._desk,
            "training_withdraw",
            "Withdraw this training",
            "&Why it is withdrawn",
            "Wi&thdraw",
            lambda reason: training.withdraw(ctx, key, reason),
            self,
            explanation=f"{chosen.type_name}, {narrow_day(chosen.done_on)}. It stays on record as withdrawn; the one "
            "before it counts again.",
        ).open()


def _line(each: TrainingRecord) -> Line:
    words = each.standing_words
    if each.withdrawn:
        words = f"Withdrawn: {each.withdrawn_reason}"
    elif not each.newest:
        words = "Followed by a later one"
    tone = TRAINING_TONES[each.standing] if each.newest else "neutral"
    return Line(
        each.id,
        (
            narrow_day(each.done_on),
            "Does not lapse" if each.valid_until is None else narrow_day(each.valid_until),
            each.given_by,
            each.note,
            each.recorded_by,
            words,
        ),
        status_icon(tone),
        5,
    )
