"""The other things that wait: an incident the headteacher was told of, and an answered question."""

from __future__ import annotations

from PySide6.QtWidgets import QVBoxLayout, QWidget

from smdesk.policy.vocabulary import CONDUCT_LABELS, KIND_LABELS, Step
from smdesk.policy.words import written_day
from smdesk.services import connection_questions
from smdesk.services.context import Saved
from smdesk.services.incident_records import PERSON_ROLE_LABELS, IncidentRecord
from smdesk.services.question_records import OUTCOME_LABELS, QuestionOutcome
from smdesk.services.queue import QueueItem
from smdesk.services.reference_data import platform_label
from smdesk.ui import theme
from smdesk.ui.desk import Desk
from smdesk.ui.pages.connections import facts
from smdesk.ui.pages.incidents.advice_panel import AdvicePanel, AdviceSetting
from smdesk.ui.pages.incidents.step_actions import Situation, StepActions
from smdesk.ui.pages.queue import work
from smdesk.ui.pages.queue.item_screen import ItemScreen
from smdesk.ui.pages.queue.sides import Sides
from smdesk.ui.pages.queue.work import IncidentMatter, QuestionMatter
from smdesk.ui.widgets.buttons import button
from smdesk.ui.widgets.fact_grid import FactGrid, Line, section
from smdesk.ui.widgets.flow import flow
from smdesk.ui.widgets.forms import Scrolled
from smdesk.ui.widgets.service_dialog import ReasonService
from smdesk.ui.widgets.status_chip import StatusChip
from smdesk.ui.widgets.text import PlainLabel, heading
from smdesk.ui.words import moment_in_words


class IncidentScreen(ItemScreen):
    """What was logged, and the policy's steps to take from here. Recording one takes it off the list."""

    def __init__(self, desk: Desk, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("queue_incident")
        self._desk = desk
        self.matter: IncidentMatter | None = None
        self._wanted = 0
        self.title = heading("", 2)
        self.title.setObjectName("queue_incident_title")
        self.urgent = StatusChip("Urgent", "danger")
        self.confidential = StatusChip("Confidential", "warning")
        self.open_record = button(
            "&Open the incident", "queue_incident_open", self._open, look="link", tip="In the Incidents tab"
        )
        self.facts = FactGrid("queue_incident_facts")
        reading = Scrolled(margin=0)
        reading.body.setSpacing(theme.SMALL)
        reading.body.setContentsMargins(0, 0, theme.SMALL, 0)
        reading.body.addWidget(self.title)
        reading.body.addWidget(flow(self.urgent, self.confidential, self.open_record, spacing=theme.TIGHT))
        reading.body.addWidget(self.facts)
        reading.body.addStretch(1)
        self.advice = AdvicePanel()
        self.advice.setObjectName("queue_advice")
        self._steps = StepActions(desk, self)
        self.split = Sides("queue_incident_split", "Incident and advice", reading, self.advice, shares=(5, 4))
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(self.split)
        self.advice.step_wanted.connect(self._start)
        self.advice.skip_wanted.connect(self._skip)
        self.advice.reply_wanted.connect(self._reply)

    def show_item(self, item: QueueItem) -> None:
        self._wanted = item.id
        ctx = self._desk.ctx
        # Not ``latest``: opening a confidential record is written to the audit log.
        self._desk.tasks.run(self, lambda progress: work.matter(ctx, item), self._opened, self.not_read)

    def put_keyboard(self) -> None:
        """To the first step's button."""
        first = self.matter.view.advice.next if self.matter is not None else ()
        made = self.advice.findChild(QWidget, f"advice_{first[0].step}_start") if first else None
        (made or self.open_record).setFocus()
        if made is not None:
            # No further than it must: what is urgent stands above the first step.
            self.advice.ensureWidgetVisible(made, 0, theme.SMALL)

    def refresh(self) -> None:
        """Read it again: a step was recorded, here or elsewhere."""
        if self.matter is not None:
            ctx, number = self._desk.ctx, self.matter.record.id
            self._desk.tasks.latest(
                self, "again", lambda progress: work.incident(ctx, number), self._opened, self.not_read
            )

    def _opened(self, matter: IncidentMatter) -> None:
        record = matter.record
        if record.id != self._wanted:
            return
        again = self.matter is not None and self.matter.record.id == record.id
        self.matter = matter
        self.title.setText(record.draft.summary)
        self.urgent.setVisible(matter.view.advice.urgent)
        self.confidential.setVisible(
            record.draft.confidentiality != "normal" or record.headteacher_is_subject
        )
        self.facts.show_lines(_incident_lines(record, matter.evidence))
        self.advice.show_advice(
            matter.view,
            AdviceSetting(
                matter.now,
                matter.nation,
                can_act=record.status == "open",
                may_decide_prevent=False,
                closed=record.status != "open",
                replied=record.replied_at is not None,
                left_out=matter.left_out,
            ),
        )
        if not again:
            # Where the last one was read to is no place in this one.
            self.advice.verticalScrollBar().setValue(0)
        self.have_read()

    def _situation(self) -> Situation | None:
        matter = self.matter
        return Situation(matter.record, matter.view, matter.letters) if matter is not None else None

    def _start(self, step: Step) -> None:
        situation = self._situation()
        if situation is not None:
            self._steps.start(step, situation)

    def _skip(self, step: Step) -> None:
        situation = self._situation()
        if situation is not None:
            self._steps.skip(step, situation)

    def _reply(self) -> None:
        situation = self._situation()
        if situation is not None:
            self._steps.replied(situation)

    def _open(self) -> None:
        if self.matter is not None:
            self._desk.open_incident(self.matter.record.id)


def _incident_lines(record: IncidentRecord, evidence: int) -> list[Line]:
    """What was logged about an incident."""
    draft = record.draft
    lines = [
        ("Received", moment_in_words(draft.received_at) if draft.received_at is not None else ""),
        ("What was done", ", ".join(CONDUCT_LABELS[code] for code in draft.conduct)),
        *(
            (PERSON_ROLE_LABELS[person.role], f"{person.name} ({KIND_LABELS[person.kind].lower()})")
            for person in draft.people
        ),
        ("Platform", platform_label(draft.platform) if draft.platform else ""),
        ("Link", draft.link),
        ("What was said", draft.said),
        ("Evidence", f"{evidence} kept with the incident" if evidence else "None kept"),
        ("Logged by", f"{record.logged_by_name}, {moment_in_words(record.logged_at)}"),
    ]
    return lines


OUTCOME_KEYS = {
    QuestionOutcome.NO_CONCERN: "&No concern…",
    QuestionOutcome.TO_BE_DECLARED: "To be &declared…",
    QuestionOutcome.MUST_END: "Must &end…",
    QuestionOutcome.INCIDENT: "An &incident…",
}


class QuestionScreen(ItemScreen):
    """The question, its answer, and what comes of it (CON-4). Each outcome asks for the reason."""

    def __init__(self, desk: Desk, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("queue_question")
        self._desk = desk
        self.matter: QuestionMatter | None = None
        self._wanted = 0
        self.title = heading("", 2)
        self.title.setObjectName("queue_question_title")
        self.facts = FactGrid("queue_question_facts")
        self.earlier_title, self.earlier = section("Exceptions of these two", "queue_question_earlier")
        self.outcomes = {
            outcome: button(label, f"queue_question_{outcome}", tip=OUTCOME_LABELS[outcome])
            for outcome, label in OUTCOME_KEYS.items()
        }
        for outcome, made in self.outcomes.items():
            made.setProperty("outcome", str(outcome))
            made.clicked.connect(self._chosen)
        self.open_record = button("&Open the record", "queue_question_open", self._open, look="link")
        page = Scrolled(margin=0, widest=760)
        page.body.setSpacing(theme.SMALL)
        for widget in (
            self.title,
            self.facts,
            heading("What comes of it", 3),
            PlainLabel("Choose; you are asked for the reason, which is kept.", look="muted"),
            flow(*self.outcomes.values()),
            self.open_record,
            self.earlier_title,
            self.earlier,
        ):
            page.body.addWidget(widget)
        page.body.addStretch(1)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(page)

    def show_item(self, item: QueueItem) -> None:
        self._wanted = item.id
        ctx = self._desk.ctx
        self._desk.tasks.latest(
            self, "question", lambda progress: work.matter(ctx, item), self._opened, self.not_read
        )

    def put_keyboard(self) -> None:
        self.outcomes[QuestionOutcome.NO_CONCERN].setFocus()

    def refresh(self) -> None:
        """Read it again: the office put the answer right."""
        if self.matter is not None:
            ctx, number = self._desk.ctx, self.matter.row.id
            self._desk.tasks.latest(
                self, "question", lambda progress: work.question(ctx, number), self._opened, self.not_read
            )

    def _opened(self, matter: QuestionMatter) -> None:
        row = matter.row
        if row.id != self._wanted:
            return
        self.matter = matter
        self.title.setText(f"{row.adult_name} and {row.other_name}")
        answered = f", {written_day(row.answered_on)}" if row.answered_on is not None else ""
        self.facts.show_lines(
            [
                ("Asked", f"{row.question}\n({row.asked_by}, {written_day(row.asked_on)})"),
                ("Answer", f"{row.answer}\n({row.answered_by}{answered})" if row.answer else "None yet"),
            ]
        )
        lines = facts.earlier_lines(matter.earlier)
        self.earlier.show_lines(lines)
        self.earlier_title.setVisible(bool(lines))
        self.open_record.setVisible(row.exception is not None)
        for made in self.outcomes.values():
            made.setEnabled(row.may_close)
        self.have_read()

    def _chosen(self) -> None:
        matter, ctx = self.matter, self._desk.ctx
        if matter is None:
            return
        outcome = QuestionOutcome(self.sender().property("outcome"))
        question_id, version = matter.row.id, matter.row.version

        def service(reason: str) -> object:
            return connection_questions.close(ctx, question_id, version, outcome, reason)

        dialog = ReasonService(
            self._desk,
            "queue_close_question",
            OUTCOME_LABELS[outcome],
            "Why",
            "&Close the question",
            service,
            self,
            explanation=f"About {matter.row.adult_name} and {matter.row.other_name}. Kept with the question.",
        )
        dialog.accomplished.connect(self._done)
        dialog.open()

    def _done(self, _saved: Saved) -> None:
        self.decided.emit()

    def _open(self) -> None:
        if self.matter is not None and self.matter.row.exception is not None:
            self._desk.open_exception(self.matter.row.exception[0])
