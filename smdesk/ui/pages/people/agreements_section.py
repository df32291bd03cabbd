"""What one person has signed or declined, how they are trained, and what is still asked of them (AUP-1, AUP-2)."""

from __future__ import annotations

from dataclasses import dataclass

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QVBoxLayout, QWidget

from smdesk.policy.words import narrow_day
from smdesk.security.permissions import Permission, allowed
from smdesk.services.agreement_records import AnswerState, PersonPolicy
from smdesk.services.context import Changes, Context
from smdesk.services.training_records import PersonTraining, TrainingStanding
from smdesk.ui import events as bus
from smdesk.ui import theme
from smdesk.ui.desk import Desk
from smdesk.ui.pages.agreements.tones import ANSWER_TONES, TRAINING_TONES
from smdesk.ui.tasks import Progress
from smdesk.ui.widgets.buttons import button
from smdesk.ui.widgets.forms import row
from smdesk.ui.widgets.short_table import Line, ShortTable
from smdesk.ui.widgets.status_chip import status_icon
from smdesk.ui.widgets.text import heading, muted

_CHANGED_BY = ("agreement", "policy", "training", "training_type", "account")


@dataclass(frozen=True, slots=True)
class _Found:
    person_id: int
    policies: tuple[PersonPolicy, ...]
    trainings: tuple[PersonTraining, ...]


class AgreementsSection(QWidget):
    """Reads by itself whose page it is told. ``counted`` carries how many things are still asked of the person."""

    counted = Signal(object)

    def __init__(self, desk: Desk, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("person_agreements")
        self._desk = desk
        self._person_id = 0
        roles = desk.ctx.user.roles
        self._may_read = allowed(roles, Permission.AGREEMENTS_READ)
        self._may_edit = allowed(roles, Permission.AGREEMENTS_EDIT)
        self.policies = ShortTable(
            "person_policies_table",
            "Policies this person is asked to agree to, or has answered",
            ("Policy", "Version", "Standing"),
            wide=0,
        )
        self.policies.opened.connect(self._open_answers)
        self.no_policies = muted("No policy in use is asked of this person, and none was answered.")
        self.answer = button(
            "Record an ans&wer…", "person_answer", self._answer, tip="For the policy that is marked"
        )
        self.show_answers = button(
            "Show what was answered", "person_answers_show", self._show_answers, tip="Enter or double click"
        )
        self.trainings = ShortTable(
            "person_trainings_table",
            "Trainings this person needs or has had",
            ("Training", "Standing", "Done on", "Counts until"),
            wide=0,
        )
        self.trainings.opened.connect(self._open_training)
        self.no_trainings = muted("No training is asked of this person, and none is on record.")
        self.record = button("Record &training…", "person_training_record_new", self._record_training)
        self.show_training = button(
            "Show what is recor&ded", "person_training_show", self._show_training, tip="Enter or double click"
        )
        column = QVBoxLayout(self)
        theme.roomy(column, theme.NORMAL, theme.SMALL)
        column.addWidget(heading("Policies", 3))
        column.addWidget(self.policies, 1)
        column.addWidget(self.no_policies)
        column.addWidget(row(self.answer, self.show_answers, None))
        column.addWidget(heading("Training", 3))
        column.addWidget(self.trainings, 1)
        column.addWidget(self.no_trainings)
        column.addWidget(row(self.record, self.show_training, None))
        column.addStretch(0)
        desk.events.changed.connect(self._changed)
        self._show(_Found(0, (), ()))

    def show_person(self, person_id: int) -> None:
        """Whose page it is; 0 for somebody not on record yet."""
        if person_id != self._person_id:
            self._show(_Found(person_id, (), ()))
        self._person_id = person_id
        self._load()

    def _load(self) -> None:
        ctx, person_id = self._desk.ctx, self._person_id
        if not person_id or not self._may_read:
            return

        def work(progress: Progress) -> _Found:
            return _read(ctx, person_id)

        self._desk.tasks.latest(self, "agreements", work, self._found)

    def _found(self, found: _Found) -> None:
        if found.person_id == self._person_id:
            self._show(found)

    def _show(self, found: _Found) -> None:
        self.policies.show_lines(
            [
                Line(
                    each.policy_id,
                    (each.title, each.label, each.words),
                    status_icon(ANSWER_TONES[each.state]),
                    2,
                )
                for each in found.policies
            ]
        )
        self.trainings.show_lines([_training_line(each) for each in found.trainings])
        there = bool(found.person_id)
        self.policies.setVisible(bool(found.policies))
        self.no_policies.setVisible(not found.policies)
        self.answer.setVisible(self._may_edit and bool(found.policies))
        self.show_answers.setVisible(bool(found.policies))
        self.trainings.setVisible(bool(found.trainings))
        self.no_trainings.setVisible(not found.trainings)
        self.show_training.setVisible(bool(found.trainings))
        self.record.setVisible(self._may_edit and there)
        asked = sum(each.state in (AnswerState.OUTSTANDING, AnswerState.OLDER) for each in found.policies)
        asked += sum(
            each.needed and each.standing in (TrainingStanding.MISSING, TrainingStanding.LAPSED)
            for each in found.trainings
        )
        self.counted.emit(asked)

    def _changed(self, changes: Changes) -> None:
        if any(bus.touches(changes, kind) for kind in _CHANGED_BY):
            self._load()

    # What the buttons do

    def _answer(self) -> None:
        policy_id = self.policies.current_key()
        if policy_id is not None:
            self._record_answer(policy_id)

    def _show_answers(self) -> None:
        policy_id = self.policies.current_key()
        if policy_id is not None:
            self._open_answers(policy_id)

    def _open_answers(self, policy_id: int) -> None:
        from smdesk.ui.pages.agreements.person_answers_dialog import PersonAnswersDialog

        PersonAnswersDialog(self._desk, policy_id, self._person_id, self).open()

    def _record_answer(self, policy_id: int) -> None:
        from smdesk.ui.pages.agreements.answer_dialog import AnswerDialog

        if self._may_edit:
            AnswerDialog(self._desk, policy_id, [self._person_id], self).open()

    def _record_training(self) -> None:
        from smdesk.ui.pages.agreements.training_dialog import TrainingDialog

        TrainingDialog(self._desk, self.trainings.current_key(), [self._person_id], self).open()

    def _show_training(self) -> None:
        type_id = self.trainings.current_key()
        if type_id is not None:
            self._open_training(type_id)

    def _open_training(self, type_id: int) -> None:
        from smdesk.ui.pages.agreements.person_training_dialog import PersonTrainingDialog

        PersonTrainingDialog(self._desk, type_id, self._person_id, self).open()


def _read(ctx: Context, person_id: int) -> _Found:
    from smdesk.services import (  # only here: a person's page is there sooner without them
        agreements,
        training,
    )

    return _Found(
        person_id, agreements.of_person(ctx, person_id).policies, training.of_person(ctx, person_id)
    )


def _training_line(each: PersonTraining) -> Line:
    until = ""
    if each.done_on is not None:
        until = "Does not lapse" if each.valid_until is None else narrow_day(each.valid_until)
    withdrawn = each.done_on is None and not each.needed
    return Line(
        each.type_id,
        (each.type_name, each.words, "" if each.done_on is None else narrow_day(each.done_on), until),
        status_icon("neutral" if withdrawn else TRAINING_TONES[each.standing]),
        1,
    )
