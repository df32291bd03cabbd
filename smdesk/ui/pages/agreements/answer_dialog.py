"""Records what one person, a class or everyone in a list answered about a policy (AUP-1, AUP-2)."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial

from PySide6.QtWidgets import QComboBox, QRadioButton, QVBoxLayout, QWidget

from smdesk.errors import Invalid, Problem, SmdeskError
from smdesk.policy.words import written_day
from smdesk.services import agreement_outstanding, agreements
from smdesk.services.agreement_records import (
    ANSWER_LABELS,
    HOW_OFFERED,
    Answer,
    AnswerChoices,
    AnswerFilter,
    AnswerView,
    AskedPerson,
    Asking,
    Recorded,
)
from smdesk.services.context import Context
from smdesk.services.people_records import PersonHit
from smdesk.ui.desk import Desk
from smdesk.ui.tasks import Progress
from smdesk.ui.widgets.buttons import button
from smdesk.ui.widgets.dates import DateEdit
from smdesk.ui.widgets.flow import flow
from smdesk.ui.widgets.forms import row
from smdesk.ui.widgets.person_picker import PersonPicker
from smdesk.ui.widgets.preview_window import Papers
from smdesk.ui.widgets.service_dialog import ServiceDialog, Work
from smdesk.ui.widgets.text import PlainLabel, named
from smdesk.ui.widgets.ticked_list import TickedList
from smdesk.ui.words import count

_LINES = 6
"""People to be seen at once."""


class AnswerDialog(ServiceDialog):
    """``accomplished`` carries ``Recorded``. The people given are ticked; more are added by name, by class, or all.

    ``policy_id`` 0: the policy is chosen here.
    """

    def __init__(
        self, desk: Desk, policy_id: int, person_ids: Sequence[int] = (), parent: QWidget | None = None
    ) -> None:
        super().__init__(
            desk,
            "answer_dialog",
            "Record answers to a policy",
            "&Record it",
            parent,
            explanation="Declining is a choice, and is recorded as one. A mistake can be withdrawn later, with a "
            "reason.",
        )
        self._width = 640
        self._policy_id = policy_id
        self._wanted = list(dict.fromkeys(person_ids))
        self._choices: AnswerChoices | None = None
        self._looking = False
        self._papers = Papers(desk, self)
        self.policy = _choice(self, "answer_policy", "Policy")
        self.version = _choice(self, "answer_version", "Version")
        self.form.add("&Policy", self.policy, "policy")
        self.form.add("&Version", self.version, "version")
        self.form.add_wide(self._make_people())
        self.signed = named(QRadioButton("&Signed", self), "answer_signed", ANSWER_LABELS[Answer.SIGNED])
        self.declined = named(
            QRadioButton("Decli&ned", self), "answer_declined", ANSWER_LABELS[Answer.DECLINED]
        )
        self.signed.setChecked(True)
        self.form.add("They", row(self.signed, self.declined, None), "answer")
        self.on = DateEdit("answer_on", "Day of the answer", self, clock=desk.ctx.today)
        self.on.set_day(desk.ctx.today())
        self.form.add("&Day", row(self.on, None), "on")
        self.how = named(QComboBox(self), "answer_how", "How they answered")
        self.how.setEditable(True)
        self.how.addItems(HOW_OFFERED)
        self.form.add("Ho&w", row(self.how, None), "how")
        self.note = self.note_field("answer_note", "Note", 2)
        self.form.add("No&te", self.note, "note")
        self.form.fields |= {"on": self.on, "version": self.version, "how": self.how, "people": self.list}
        self.slips = button(
            "Print their s&lips", "answer_slips", self._print, tip="A slip to sign for each person ticked"
        )
        self.add_button(self.slips)
        self.policy.currentIndexChanged.connect(self._policy_chosen)
        self._enable()
        # Not on Cancel, where Qt would put it: Record it can be pressed only once the people are read.
        (self.signed if self._wanted else self.picker).setFocus()
        self._load_choices()

    # Parts

    def _make_people(self) -> QWidget:
        self.list = TickedList("answer_people", "People the answer is recorded for", self)
        self.list.setMinimumHeight(self.fontMetrics().lineSpacing() * (_LINES + 1) + 16)
        self.list.ticks_changed.connect(self._enable)
        self.picker = PersonPicker(
            self._desk, "answer_add_person", "Add somebody by name", self, may_add=False, keep=False
        )
        self.picker.setPlaceholderText("Add somebody: type a name")
        self.picker.chosen.connect(self._person_chosen)
        self.group = _choice(self, "answer_group", "A class or year group")
        self.group.setMinimumContentsLength(22)
        self.add_group = button(
            "&Add those outstanding",
            "answer_add_group",
            self._add_group,
            tip="Everybody in the class who has not answered yet, with the parents and carers who are asked",
        )
        self.number = PlainLabel("", look="muted", wrap=False)
        self.number.setObjectName("answer_number")
        box = QWidget(self)
        column = QVBoxLayout(box)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(self.picker)
        column.addWidget(flow(self.group, self.add_group))
        column.addWidget(self.list)
        column.addWidget(self.number)
        return box

    # Reading

    def _load_choices(self) -> None:
        ctx = self._desk.ctx
        self._desk.tasks.latest(
            self, "choices", lambda progress: agreement_outstanding.choices(ctx), self._offer, self._refused
        )

    def _offer(self, choices: AnswerChoices) -> None:
        self._choices = choices
        self.policy.blockSignals(True)
        for policy_id, title in choices.policies:
            self.policy.addItem(title, policy_id)
        self.policy.setCurrentIndex(self.policy.findData(self._policy_id) if self._policy_id else 0)
        self.policy.blockSignals(False)
        self.group.addItem("Everybody who is asked", ("", ""))
        for name in choices.classes:
            self.group.addItem(f"Class {name}", ("class_name", name))
        for name in choices.year_groups:
            self.group.addItem(name, ("year_group", name))
        if not self._policy_id and not choices.policies:
            self.problems.show_problems(
                Invalid.one("policy", "No policy has a version in use yet. Add one under Policies first.")
            )
            return
        if not self._policy_id:
            self._policy_id = int(self.policy.currentData())
        self._load_people(self._wanted)

    def _policy_chosen(self, place: int) -> None:
        chosen = self.policy.itemData(place)
        if chosen is not None and int(chosen) != self._policy_id:
            self._policy_id = int(chosen)
            ids = self.list.ids()
            self.list.clear()
            self.version.clear()
            self._load_people(ids)

    def _load_people(self, person_ids: Sequence[int]) -> None:
        ctx, policy_id, ids = self._desk.ctx, self._policy_id, list(person_ids)
        self._desk.tasks.run(
            self, lambda progress: agreements.asking(ctx, policy_id, ids), self._asked, self._refused
        )

    def _asked(self, asking: Asking) -> None:
        if asking.policy_id != self._policy_id:
            return
        self.problems.clear()
        if self.version.count() == 0:
            for each in asking.versions:
                in_use = ", in use" if each.in_use else ""
                self.version.addItem(f"{each.label}, adopted {written_day(each.adopted_on)}{in_use}", each.id)
        self._add(asking.people)

    def _add(self, people: Sequence[AskedPerson]) -> None:
        self.list.add((each.id, f"{each.name}  –  {each.words}  ({each.hint})") for each in people)
        self._enable()

    def _person_chosen(self, hit: PersonHit | None) -> None:
        if hit is not None and self._policy_id:
            self._load_people([hit.id])

    def _add_group(self) -> None:
        kept = self.group.currentData()
        if kept is None or not self._policy_id:
            return
        column, name = kept
        wanted = AnswerFilter(
            AnswerView.OUTSTANDING,
            policy_id=self._policy_id,
            class_name=name if column == "class_name" else "",
            year_group=name if column == "year_group" else "",
        )
        ctx = self._desk.ctx
        self._looking = True
        self._enable()
        self._desk.tasks.latest(
            self,
            "group",
            lambda progress: agreement_outstanding.people_of(ctx, wanted),
            self._group_found,
            self._refused,
        )

    def _group_found(self, people: tuple[AskedPerson, ...]) -> None:
        self._looking = False
        self._add(people)
        if not people:
            self._desk.say("Nobody there is outstanding.")

    # What stands in it

    def chosen(self) -> tuple[int, ...]:
        """The people who are ticked, from top to bottom."""
        return self.list.ticked()

    def work(self) -> Work:
        people, version = self.chosen(), self.version.currentData()
        found: list[Problem] = []
        day = None
        if not people:
            found.append(Problem("people", "Nobody is ticked: choose who answered."))
        try:
            day = self.on.day("on")
        except Invalid as error:
            found += error.problems
        else:
            if day is None:
                found.append(Problem("on", "Say on which day they answered."))
        if found or day is None:
            raise Invalid(found)
        ctx, policy_id, on = self._desk.ctx, self._policy_id, day
        answer = Answer.DECLINED if self.declined.isChecked() else Answer.SIGNED
        how, note = self.how.currentText(), self.note.toPlainText()

        def do(progress: Progress) -> object:
            return agreements.record(
                ctx,
                policy_id,
                people,
                answer,
                on,
                how,
                note,
                version_id=None if version is None else int(version),
            )

        return do

    def _accepted(self, result: object) -> None:
        super()._accepted(result)
        if isinstance(result, Recorded):
            self._desk.say(result.words)

    def _refused(self, error: SmdeskError) -> None:
        super()._refused(error)
        self._looking = False
        self._enable()

    def _print(self) -> None:
        make = partial(slips_of, self._desk.ctx, self._policy_id, self.chosen())
        self._papers.show_many("Slips to sign", make)

    def _enable(self) -> None:
        if self._looking:
            self.number.setText("Looking up who has not answered…")
        elif self.list.ids():
            self.number.setText(f"{count(self.list.number_ticked, 'person', 'people')} ticked")
        else:
            self.number.setText("Nobody yet")
        ready = self.version.count() > 0
        self.ok.setEnabled(ready and not self._busy)
        self.slips.setEnabled(ready)
        self.add_group.setEnabled(ready)


def _choice(parent: QWidget, name: str, spoken: str) -> QComboBox:
    """A box filled later, as wide as there is room for what it will hold."""
    made = named(QComboBox(parent), name, spoken)
    made.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
    made.setMinimumContentsLength(30)
    return made


def slips_of(
    ctx: Context, policy_id: int, person_ids: Sequence[int], progress: Callable[[int, int], None]
) -> bytes:
    """Slips to sign, made on a worker."""
    from smdesk.services import agreement_papers  # only here: the dialog is there sooner without it

    return agreement_papers.slip_pdf(ctx, policy_id, person_ids, progress)
