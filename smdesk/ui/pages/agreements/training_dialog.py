"""Records a training for one person, or for as many as were there (AUP-2, ACC-3)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from PySide6.QtWidgets import QComboBox, QLineEdit, QWidget

from smdesk.errors import Invalid, Problem
from smdesk.policy.words import written_day
from smdesk.services import people_list, training
from smdesk.services.people_records import PersonHit
from smdesk.services.training_records import Recorded, TrainingTypeRecord
from smdesk.ui.desk import Desk
from smdesk.ui.tasks import Progress
from smdesk.ui.widgets.buttons import button
from smdesk.ui.widgets.dates import DateEdit
from smdesk.ui.widgets.people_field import PeopleField
from smdesk.ui.widgets.service_dialog import ServiceDialog, Work
from smdesk.ui.widgets.text import PlainLabel, named

NO_TYPES = "No training is on the list yet. Add one under Agreements, Training, “Kinds of training…” first."


class TrainingDialog(ServiceDialog):
    """Begun with a training and people, both may be changed. ``accomplished`` carries ``Recorded``. Use ``open()``."""

    def __init__(
        self,
        desk: Desk,
        training_type_id: int | None = None,
        person_ids: Sequence[int] = (),
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(desk, "training_dialog", "Record training", "&Record", parent)
        self._wanted = training_type_id
        self._types: dict[int, TrainingTypeRecord] = {}
        self.type = named(QComboBox(self), "training_type", "Training")
        self.type.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        self.type.setMinimumContentsLength(28)
        self.form.add("&Training", self.type, "type_id")
        self.people = PeopleField(desk, "training_people", "Who had it")
        self.form.add("&Who had it", self.people, "person_ids")
        self.lacking = button(
            "Add &everybody who lacks it",
            "training_add_lacking",
            self._add_lacking,
            tip="Everybody at the school who needs this training and has none that counts today",
        )
        self.form.add("", self.lacking)
        self.lacking.setAccessibleName("Add everybody who lacks it")
        self.done_on = DateEdit("training_done_on", "Done on", clock=desk.ctx.today)
        self.done_on.set_day(desk.ctx.today())
        self.form.add("&Done on", self.done_on, "done_on")
        self.until = PlainLabel("", look="muted")
        self.until.setObjectName("training_until")
        self.form.add("", self.until)
        self.given_by = named(QLineEdit(self), "training_given_by", "Given by")
        self.given_by.setPlaceholderText("Who gave it, or where it was taken")
        self.form.add("&Given by", self.given_by, "given_by")
        self.note = self.note_field("training_note", "Note", lines=2)
        self.form.add("&Note", self.note, "note")
        self.type.currentIndexChanged.connect(self._show_until)
        self.done_on.changed.connect(self._show_until)
        self._load(tuple(person_ids))
        (self.people if not person_ids else self.done_on).setFocus()

    def work(self) -> Work:
        found = []
        type_id = self.type.currentData()
        if type_id is None:
            found.append(Problem("type_id", NO_TYPES if not self._types else "Choose which training it was."))
        if self.people.only_typed():
            found.append(
                Problem(
                    "person_ids",
                    f"“{self.people.only_typed()}” is only typed: choose somebody from the list, or empty the box.",
                )
            )
        done_on: date | None = None
        try:
            done_on = self.done_on.day("done_on")
        except Invalid as error:
            found += error.problems
        if found:
            raise Invalid(found)
        ctx, people = self._desk.ctx, self.people.ids()
        given_by, note = self.given_by.text(), self.note.toPlainText()

        def do(progress: Progress) -> object:
            return training.record(ctx, int(type_id), people, done_on, given_by, note)

        return do

    def _accepted(self, result: object) -> None:
        if isinstance(result, Recorded):
            if result.already:
                # Who was passed over must be read; that all went well need not.
                self._desk.messages.info(result.words)
            else:
                self._desk.say(result.words)
        super()._accepted(result)

    def _load(self, person_ids: tuple[int, ...]) -> None:
        ctx = self._desk.ctx

        def work(progress: Progress) -> tuple[tuple[TrainingTypeRecord, ...], list[PersonHit]]:
            return training.types(ctx), people_list.rows(ctx, person_ids)

        self._desk.tasks.latest(self, "begin", work, self._loaded)

    def _loaded(self, result: tuple[tuple[TrainingTypeRecord, ...], list[PersonHit]]) -> None:
        kinds, hits = result
        self._types = {each.id: each for each in kinds}
        for each in kinds:
            self.type.addItem(each.draft.name, each.id)
        self.type.setCurrentIndex(self.type.findData(self._wanted) if self._wanted else -1)
        if self.type.currentIndex() < 0 and len(kinds) == 1:
            self.type.setCurrentIndex(0)
        if not kinds:
            self.type.setPlaceholderText("No training on the list yet")
            self.explanation.setText(NO_TYPES)
            self.explanation.show()
            self.grow()
        self.people.add_people(hits)
        self._show_until()

    def _show_until(self) -> None:
        kind = self._types.get(self.type.currentData())
        self.lacking.setEnabled(kind is not None)
        if kind is None:
            self.until.setText("")
            return
        if not kind.draft.valid_months:
            self.until.setText("This training does not lapse.")
            return
        try:
            done_on = self.done_on.day()
        except Invalid:
            done_on = None
        if done_on is None or done_on > self._desk.ctx.today():
            self.until.setText("")
            return
        until = training.counts_until(kind.draft, done_on)
        self.until.setText(
            "" if until is None else f"It counts until {written_day(until)}, that day included."
        )

    def _add_lacking(self) -> None:
        ctx, type_id = self._desk.ctx, self.type.currentData()
        if type_id is None:
            return

        def work(progress: Progress) -> list[PersonHit]:
            return training.lacking(ctx, int(type_id))

        self._desk.tasks.latest(self, "lacking", work, self._add)

    def _add(self, hits: list[PersonHit]) -> None:
        if not hits:
            self._desk.messages.info("Everybody who needs this training has one that counts today.")
            return
        self.people.add_people(hits)
