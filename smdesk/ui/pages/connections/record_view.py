"""Beside the fields: where the declaration stands and what comes next, whether it is late, what the policy says, and
what else there is between the two."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QPushButton, QVBoxLayout, QWidget

from smdesk.policy.connections import STANDING_LABELS, Standing
from smdesk.policy.vocabulary import Timeliness
from smdesk.policy.words import in_a_sentence, written_day
from smdesk.services.connection_records import ExceptionRecord, ExceptionRow
from smdesk.services.question_records import STATUS_LABELS, QuestionRow
from smdesk.ui import theme
from smdesk.ui.pages.connections.actions import LABELS, NextStep, Reach, next_step
from smdesk.ui.pages.connections.loading import Opened, Words
from smdesk.ui.pages.connections.words import tone
from smdesk.ui.widgets.buttons import button
from smdesk.ui.widgets.flow import flow
from smdesk.ui.widgets.forms import Card, Scrolled
from smdesk.ui.widgets.status_chip import StatusChip
from smdesk.ui.widgets.text import PlainLabel, muted, named
from smdesk.ui.widgets.wrapped_link import WrappedLink
from smdesk.ui.words import moment_in_words

TIMELINESS_TONES = {
    Timeliness.ON_ENTRY: "ok",
    Timeliness.LATE: "warning",
    Timeliness.UNKNOWN: "neutral",
}
_STANDING_TONES = {
    Standing.BREACH: "danger",
    Standing.ADVICE: "warning",
    Standing.PRIOR_ONLY: "warning",
    Standing.NOT_COVERED: "neutral",
}

_CHIP_MOST = 34
"""Letters that a chip holds beside narrow fields."""

NEW_SAYS = (
    "Choose the two people and say what is known; Ctrl+S saves. Nobody decides anything before it is put forward, and "
    "everything can be completed later."
)


class StandingPanel(QWidget):
    """Read from top to bottom it answers: where does it stand, what do I do now, and why."""

    action_wanted = Signal(object)
    """Carries the code of what to do."""
    record_wanted = Signal(object)
    """Carries the id of another declaration."""
    incident_wanted = Signal(object)
    question_wanted = Signal(object)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("exception_standing")
        self.setAccessibleName("Where it stands and what the policy says")
        self._buttons: list[QPushButton] = []
        self._links: list[QWidget] = []
        self._record: ExceptionRecord | None = None
        self._questions: tuple[QuestionRow, ...] = ()

        self.status = StatusChip("Not saved yet", "neutral", self)
        self.status.setObjectName("exception_standing_status")
        self.status_words = named(PlainLabel("", self), "exception_status_words")
        self.days = named(muted(""), "exception_days")
        self.says = named(PlainLabel("", self), "exception_next")
        self._doing = flow(parent=self, scrolls=True)
        stands = self.stands = Card("Where it stands")
        for widget in (flow(self.status), self.status_words, self.days, self.says, self._doing):
            stands.body.addWidget(widget)

        self.late = StatusChip("", "neutral", self)
        self.late.setObjectName("exception_late")
        self.late_words = named(PlainLabel("", self), "exception_timeliness")
        on_entry = Card("On entry or late")
        on_entry.body.addWidget(flow(self.late))
        on_entry.body.addWidget(self.late_words)

        self.standing = StatusChip("", "neutral", self)
        self.standing.setObjectName("exception_ruling_chip")
        self.ruling = named(PlainLabel("", self), "exception_ruling")
        self.refusal = named(PlainLabel("", self, look="danger"), "exception_refusal")
        self.policy = Card("What the policy says")
        self._standing_line = flow(self.standing)
        for widget in (self._standing_line, self.ruling, self.refusal):
            self.policy.body.addWidget(widget)

        self.between = Card("Between these two")
        self.nothing = muted("Nothing else is on record between them.")
        self.between.body.addWidget(self.nothing)
        self._others = QVBoxLayout()
        self._others.setSpacing(theme.TIGHT)
        self.between.body.addLayout(self._others)
        self.foot = named(muted(""), "exception_foot")

        scrolled = Scrolled(margin=theme.NORMAL)
        for card in (stands, on_entry, self.policy, self.between, self.foot):
            scrolled.body.addWidget(card)
        scrolled.body.addStretch(1)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(scrolled)

    # What the form uses

    def show_record(self, found: Opened, can: Reach, *, supersedes: str = "") -> None:
        """Where a declaration stands; ``supersedes`` is the reference of the one it is declared anew for."""
        record = self._record = found.record
        self._questions = found.questions
        if record is None:
            self.status.show_status("New", "neutral")
            self.status_words.hide()
            self.days.hide()
            said = NEW_SAYS
            if supersedes:
                said = f"Declared anew for {supersedes}, which stays as it is until this one is approved. {NEW_SAYS}"
            self._show_next(NextStep(said, ""))
            self.foot.setText("")
            return
        self.status.show_status(_short_status(record), tone(record))
        self.status_words.setText(record.status_words)
        self.status_words.setVisible(record.status_words != _short_status(record))
        self.days.setText(_days(record))
        self.days.setVisible(bool(self.days.text()))
        self._show_next(next_step(record, can, bool(found.to_confirm)))
        self.foot.setText(
            f"Recorded by {record.recorded_by}, {moment_in_words(record.recorded_at)}. Under version "
            f"{record.profile_number} of the school’s policy ({record.profile_title})."
        )

    def show_words(self, words: Words) -> None:
        """What is said about the fields as they stand."""
        self.late.show_status(_late_chip(words), TIMELINESS_TONES[words.timeliness])
        more = _after_chip(words.timeliness_words)
        self.late_words.setText(more)
        self.late_words.setVisible(bool(more))
        self._standing_line.setVisible(words.standing is not None)
        if words.standing is not None:
            self.standing.show_status(
                f"Without an exception: {in_a_sentence(STANDING_LABELS[words.standing])}",
                _STANDING_TONES[words.standing],
            )
        self.ruling.setText(
            f"{words.ruling} ({words.rule})"
            if words.ruling
            else "Choose the two people and the kind of link: what the policy says about it then stands here."
        )
        refusal = words.refusal
        self.refusal.setText(f"{refusal.why} ({refusal.rule})" if refusal is not None else "")
        self.refusal.setVisible(refusal is not None)
        self._show_between(words)

    # Drawing

    def _show_next(self, step: NextStep) -> None:
        self.says.setText(step.says)
        layout = self._doing.layout()
        for made in self._buttons:
            layout.removeWidget(made)
            made.hide()
            made.deleteLater()
        self._buttons = []
        for what in (step.primary, *step.others):
            if not what:
                continue
            primary = what == step.primary
            made = button(
                LABELS[what], f"exception_do_{what}", self._pressed, look="primary" if primary else ""
            )
            made.setProperty("what", what)
            layout.addWidget(made)
            made.show()
            self._buttons.append(made)
        self._doing.setVisible(bool(self._buttons))
        self._doing.updateGeometry()

    def _pressed(self) -> None:
        self.action_wanted.emit(str(self.sender().property("what")))

    def _show_between(self, words: Words) -> None:
        for widget in self._links:
            self._others.removeWidget(widget)
            widget.hide()
            widget.deleteLater()
        self._links = []
        record = self._record
        for number, row in enumerate(words.between):
            self._link(_row_words(row), f"exception_between_{number}", self._open_record, row.id)
        if record is not None:
            for incident_id, reference, summary in record.incidents:
                label = f"Attempt {reference}: {_short(summary)}"
                self._link(label, f"exception_attempt_{incident_id}", self._open_incident, incident_id)
        for question in self._questions:
            self._link(
                _question_words(question),
                f"exception_question_{question.id}",
                self._open_question,
                question.id,
            )
        self.nothing.setVisible(not self._links)
        both = None not in words.pair
        self.between.setVisible(both or bool(self._links))

    def _link(self, label: str, name: str, does: object, record_id: int) -> None:
        made = WrappedLink(label, name)
        made.setProperty("record", record_id)
        made.clicked.connect(does)
        self._others.addWidget(made)
        made.show()
        self._links.append(made)

    def _open_record(self) -> None:
        self.record_wanted.emit(int(self.sender().property("record")))

    def _open_incident(self) -> None:
        self.incident_wanted.emit(int(self.sender().property("record")))

    def _open_question(self) -> None:
        self.question_wanted.emit(int(self.sender().property("record")))

    @property
    def links(self) -> Sequence[QWidget]:
        """What leads elsewhere, in order."""
        return tuple(self._links)


def _short_status(record: ExceptionRecord) -> str:
    """The status; where that is long, without what the day adds to it."""
    if len(record.status_words) <= _CHIP_MOST:
        return record.status_words
    return record.status_words.split(",")[0].split(":")[0]


def _days(record: ExceptionRecord) -> str:
    parts = []
    if record.from_on is not None:
        parts.append(f"From {written_day(record.from_on)}")
    if record.review_on is not None:
        parts.append(f"review on {written_day(record.review_on)}")
    if record.ends_on is not None:
        parts.append(f"until {written_day(record.ends_on)}")
    return " · ".join(parts)


def _late_chip(words: Words) -> str:
    if words.timeliness is Timeliness.LATE:
        return words.timeliness_words.split(":")[0]
    if words.timeliness is Timeliness.ON_ENTRY:
        return "On entry"
    return "Not known yet"


def _after_chip(words: str) -> str:
    """What the words add to the chip: "both had joined by …", or that the tie is no older than that."""
    more = words.split(": ", 1)[1] if ": " in words else words.removeprefix("On entry").removeprefix(". ")
    return more[:1].upper() + more[1:]


def _row_words(row: ExceptionRow) -> str:
    return f"{row.reference}: {row.platforms or 'no platform yet'}. {row.status_words}"


def _question_words(question: QuestionRow) -> str:
    state = STATUS_LABELS[question.status]
    return (
        f"Question of {written_day(question.asked_on)}: {_short(question.question)} ({in_a_sentence(state)})"
    )


def _short(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= 70 else f"{line[:69].rstrip()}…"
