"""Questions about a relationship: the list, one question, and asking (CON-4)."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QCheckBox, QComboBox, QDialog, QLineEdit, QVBoxLayout, QWidget

from smdesk.errors import Invalid, SmdeskError
from smdesk.policy.words import written_day
from smdesk.security.permissions import Permission, allowed
from smdesk.services import connection_questions
from smdesk.services.connection_records import DeclarationDraft
from smdesk.services.context import Changes
from smdesk.services.question_records import (
    OUTCOME_LABELS,
    STATUS_LABELS,
    QuestionOutcome,
    QuestionRow,
    QuestionStatus,
)
from smdesk.ui import theme
from smdesk.ui.desk import Desk
from smdesk.ui.events import touches
from smdesk.ui.pages.connections.sides import Both, adult_field, both, other_field
from smdesk.ui.tasks import Progress
from smdesk.ui.widgets.buttons import button
from smdesk.ui.widgets.dates import DateEdit
from smdesk.ui.widgets.forms import Scrolled, closing, row
from smdesk.ui.widgets.service_dialog import ReasonService, ServiceDialog, Work
from smdesk.ui.widgets.short_table import Line, ShortTable
from smdesk.ui.widgets.text import PlainLabel, heading, muted, named

WRITE_FAIRLY = "Write it as if the two will read it: they may ask to."


class AskDialog(ServiceDialog):
    """Asks about two people. ``accomplished`` carries ``Saved``."""

    def __init__(self, desk: Desk, parent: QWidget | None = None, *, about: Both | None = None) -> None:
        """``about``: these two are chosen already."""
        super().__init__(
            desk,
            "ask_dialog",
            "Ask about a relationship",
            "&Ask",
            parent,
            explanation="The office asks, and writes the answer down. You close the question with what came of it.",
        )
        self._width = 640
        self.adult = adult_field(desk, "ask_adult", self)
        self.other = other_field(desk, "ask_other", self)
        for side in (self.adult, self.other):
            # What they are is no part of a question.
            side.kind.hide()
            side.grid.setColumnStretch(1, 0)
        self.question = self.note_field("ask_question", "What you want to know", 4)
        self.question.setPlaceholderText("For example: since when do they know each other, and how?")
        self.form.add("Ad&ult", self.adult, "adult_id")
        self.form.add("Pupil or paren&t", self.other, "other_id")
        self.form.add("&Question", self.question, "question", WRITE_FAIRLY)
        if about is not None:
            self.adult.show_person(about.adult, str(about.adult_kind))
            self.other.show_person(about.other, str(about.capacity))
        (self.question if about is not None else self.adult).setFocus()

    def work(self) -> Work:
        ctx, question = self._desk.ctx, self.question.toPlainText()
        chosen = []
        for field, side, missing in (
            ("adult_id", self.adult, "Choose the adult who works with the school."),
            ("other_id", self.other, "Choose the pupil or parent."),
        ):
            hit = side.person()
            if hit is None:
                raise Invalid.one(field, missing)
            chosen.append(hit.id)
        adult_id, other_id = chosen

        def do(progress: Progress) -> object:
            return connection_questions.ask(ctx, adult_id, other_id, question)

        return do


class AnswerDialog(ServiceDialog):
    """Writes down what was answered, by whom and when."""

    def __init__(self, desk: Desk, question: QuestionRow, parent: QWidget | None = None) -> None:
        super().__init__(
            desk, "answer_dialog", "Write down the answer", "&Record the answer", parent, explanation=question.question
        )  # fmt: skip
        self._question = question
        self.answer = self.note_field("answer_text", "The answer", 5, question.answer)
        self.by = named(QLineEdit(question.answered_by, self), "answer_by", "Who answered")
        self.by.setPlaceholderText("For example: Mr T. Hazel, in person")
        self.on = DateEdit("answer_on", "Day of the answer", self, clock=desk.ctx.today)
        self.on.set_day(question.answered_on or desk.ctx.today())
        self.form.add("&Answer", self.answer, "answer", WRITE_FAIRLY)
        self.form.add("&By whom", self.by, "answered_by")
        self.form.add("Da&y", self.on, "on")
        self.answer.setFocus()

    def work(self) -> Work:
        ctx, question = self._desk.ctx, self._question
        text, by, on = self.answer.toPlainText(), self.by.text(), self.on.day("on")
        if on is None:
            raise Invalid.one("on", "Say on which day it was answered.")
        day = on

        def do(progress: Progress) -> object:
            return connection_questions.answer(ctx, question.id, question.version, text, by, day)

        return do


class CloseDialog(ServiceDialog):
    """Closes a question with what came of it."""

    def __init__(self, desk: Desk, question: QuestionRow, parent: QWidget | None = None) -> None:
        said = question.answer or "No answer is recorded. It can be closed all the same."
        super().__init__(
            desk, "close_question_dialog", "Close the question", "&Close it", parent, explanation=said
        )
        self._question = question
        self.outcome = named(QComboBox(self), "close_question_outcome", "What came of it")
        self.outcome.addItem("Choose…", "")
        for each, label in OUTCOME_LABELS.items():
            self.outcome.addItem(label, str(each))
        self.reason = self.note_field("close_question_reason", "Reason", 4)
        self.form.add("&What came of it", row(self.outcome, None), "outcome")
        self.form.add("&Reason", self.reason, "reason", WRITE_FAIRLY)
        self.form.fields["outcome"] = self.outcome
        self.outcome.setFocus()

    def work(self) -> Work:
        ctx, question, reason = self._desk.ctx, self._question, self.reason.toPlainText()
        if not self.outcome.currentData():
            raise Invalid.one("outcome", "Choose what came of it.")
        outcome = QuestionOutcome(self.outcome.currentData())

        def do(progress: Progress) -> object:
            return connection_questions.close(ctx, question.id, question.version, outcome, reason)

        return do


class QuestionDialog(QDialog):
    """One question, and what its reader may do with it now."""

    def __init__(self, desk: Desk, question_id: int, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._desk = desk
        self._id = question_id
        self.row: QuestionRow | None = None
        self.setObjectName("question_dialog")
        self.setWindowTitle("Question about a relationship")
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowModality(Qt.WindowModality.WindowModal)
        self.scrolled = Scrolled(margin=theme.LARGE)
        body = self.scrolled.body
        body.setSpacing(theme.SMALL)
        self.title = heading("", 2)
        self.title.setObjectName("question_title")
        self.state = PlainLabel("", look="muted")
        self.state.setObjectName("question_state")
        body.addWidget(self.title)
        body.addWidget(self.state)
        self.parts: dict[str, tuple[PlainLabel, PlainLabel]] = {}
        for name, label in (("question", "Question"), ("answer", "Answer"), ("outcome", "What came of it")):
            over, words = heading(label, 3), PlainLabel("", selectable=True)
            words.setObjectName(f"question_{name}")
            self.parts[name] = (over, words)
            body.addWidget(over)
            body.addWidget(words)
        self.open_record = button("&Open the exception", "question_open_exception", self._open, look="link")
        body.addWidget(row(self.open_record, None))
        body.addStretch(1)
        self.answer = button("Write down the &answer…", "question_answer_button", self._answer)
        self.close_it = button("Close the &question…", "question_close_button", self._close, look="primary")
        self.again = button("Open it a&gain…", "question_again_button", self._again)
        self.declare = button("&Declare it…", "question_declare_button", self._declare)
        self.attempt = button("Log an &incident…", "question_attempt_button", self._attempt)
        self.leave = button("Close window", "question_leave", self.reject, tip="Esc")
        for each in (self.answer, self.close_it, self.again, self.declare, self.attempt, self.open_record):
            each.hide()
        foot = row(self.again, self.declare, self.attempt, None, self.leave, self.answer, self.close_it)
        foot.layout().setContentsMargins(theme.LARGE, theme.SMALL, theme.LARGE, theme.NORMAL)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self.scrolled, 1)
        column.addWidget(foot)
        theme.fit(self, 640, 440)
        desk.events.changed.connect(self._changed)
        self._load()

    def _load(self) -> None:
        ctx, question_id = self._desk.ctx, self._id

        def work(progress: Progress) -> QuestionRow:
            return connection_questions.get(ctx, question_id)

        self._desk.tasks.latest(self, "question", work, self._show, self._gone)

    def _changed(self, changes: Changes) -> None:
        if touches(changes, "question", self._id):
            self._load()

    def _gone(self, error: SmdeskError) -> None:
        self._desk.messages.error(error)
        self.reject()

    def _show(self, found: QuestionRow) -> None:
        self.row = found
        self.title.setText(f"{found.adult_name} and {found.other_name}")
        who = "the chair of governors" if found.headteacher_concerned else "the headteacher"
        decides = f" Asked and closed by {who} (CON-4)." if not found.headteacher_concerned else ""
        if found.headteacher_concerned:
            decides = f" The headteacher is one of the two: asked and closed by {who} (CON-5)."
        self.state.setText(f"{STATUS_LABELS[found.status]}.{decides}")
        self._part("question", f"{found.question}\n({found.asked_by}, {written_day(found.asked_on)})")
        answered = ""
        if found.answered_on is not None:
            answered = f"{found.answer}\n({found.answered_by}, {written_day(found.answered_on)})"
        self._part("answer", answered)
        closed = ""
        if found.outcome is not None and found.closed_at is not None:
            label = OUTCOME_LABELS[found.outcome]
            closed = (
                f"{label}. {found.outcome_reason}\n({found.closed_by}, {written_day(found.closed_at.date())})"
            )
        self._part("outcome", closed)
        self.open_record.setVisible(found.exception is not None)
        if found.exception is not None:
            self.open_record.setText(f"&Open {found.exception[1]}")
            self.open_record.setAccessibleName(f"Open exception {found.exception[1]}")
        may_edit = allowed(self._desk.ctx.user.roles, Permission.CONNECTIONS_EDIT)
        words = "Write down the &answer…" if found.answered_on is None else "Change the &answer…"
        self.answer.setText(words)
        self.answer.setAccessibleName(words.replace("&", ""))
        self.answer.setVisible(found.may_answer)
        self.close_it.setVisible(found.may_close)
        self.again.setVisible(found.may_reopen)
        self.declare.setVisible(found.outcome is QuestionOutcome.TO_BE_DECLARED and may_edit)
        self.attempt.setVisible(found.outcome is QuestionOutcome.INCIDENT and may_edit)
        if self.focusWidget() in (None, self.leave):
            next_step = next(
                (each for each in (self.close_it, self.answer) if not each.isHidden()), self.leave
            )
            next_step.setFocus()

    def _part(self, name: str, text: str) -> None:
        over, words = self.parts[name]
        words.setText(text)
        over.setVisible(bool(text))
        words.setVisible(bool(text))

    def _answer(self) -> None:
        if self.row is not None:
            AnswerDialog(self._desk, self.row, self).open()

    def _close(self) -> None:
        if self.row is not None:
            CloseDialog(self._desk, self.row, self).open()

    def _again(self) -> None:
        if self.row is None:
            return
        ctx, question_id, version = self._desk.ctx, self.row.id, self.row.version

        def service(reason: str) -> object:
            return connection_questions.reopen(ctx, question_id, version, reason)

        ReasonService(
            self._desk,
            "reopen_question_dialog",
            "Open the question again",
            "Why it is opened again",
            "&Open it",
            service,
            self,
        ).open()

    def _both(self) -> Both | None:
        if self.row is None:
            return None
        found = self.row
        return both(
            (found.adult_id, found.adult_name),
            (found.other_id, found.other_name),
            found.adult_kind,
            found.capacity,
        )

    def _declare(self) -> None:
        two = self._both()
        if two is None:
            return
        self.accept()
        draft = DeclarationDraft(
            adult_id=two.adult.id,
            adult_kind=two.adult_kind,
            other_id=two.other.id,
            capacity=two.capacity,
            declared_on=self._desk.ctx.today(),
        )
        self._desk.new_with("connections", draft)

    def _attempt(self) -> None:
        from smdesk.ui.pages.connections.attempt_dialog import AttemptDialog

        AttemptDialog(self._desk, self, about=self._both()).open()

    def _open(self) -> None:
        if self.row is not None and self.row.exception is not None:
            exception_id = self.row.exception[0]
            self.accept()
            self._desk.open_exception(exception_id)


class QuestionsDialog(QDialog):
    """The questions this reader may see: those that wait first, the closed ones on request."""

    def __init__(self, desk: Desk, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._desk = desk
        self.setObjectName("questions_dialog")
        self.setWindowTitle("Questions about relationships")
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowModality(Qt.WindowModality.WindowModal)
        column = QVBoxLayout(self)
        theme.roomy(column)
        column.addWidget(heading("Questions about relationships", 2))
        column.addWidget(
            muted(
                "The headteacher may question any relationship between a member of staff and a parent or pupil; where "
                "the headteacher is one of the two, the chair of governors does (CON-4, CON-5)."
            )
        )
        self.table = ShortTable(
            "questions_table",
            "Questions",
            ("Asked", "Adult", "Pupil or parent", "Question", "State"),
            wide=3,
        )
        self.table.opened.connect(self._open)
        self.nothing = muted("No question waits.")
        self.nothing.setObjectName("questions_none")
        self.closed = named(QCheckBox("Closed ones &too"), "questions_closed", "Show closed questions too")
        self.closed.toggled.connect(self._load)
        column.addWidget(self.table, 1)
        column.addWidget(self.nothing)
        self.ask = button("&Ask about a relationship…", "questions_ask", self._ask)
        self.ask.setVisible(allowed(desk.ctx.user.roles, Permission.CONNECTIONS_ASK))
        self.show_one = button("&Open", "questions_open", self._open_current, look="primary")
        self.leave = button("Close window", "questions_leave", self.reject, tip="Esc")
        column.addWidget(closing(self.leave, self.show_one, self.ask, self.closed))
        theme.fit(self, 860, 460)
        desk.events.changed.connect(self._changed)
        self._load()
        self.table.setFocus()

    def _load(self) -> None:
        ctx, open_only = self._desk.ctx, not self.closed.isChecked()

        def work(progress: Progress) -> list[QuestionRow]:
            return connection_questions.rows(ctx, open_only)

        self._desk.tasks.latest(self, "questions", work, self._show)

    def _changed(self, changes: Changes) -> None:
        if touches(changes, "question"):
            self._load()

    def _show(self, rows: list[QuestionRow]) -> None:
        self.table.show_lines(
            [
                Line(
                    each.id,
                    (
                        written_day(each.asked_on),
                        each.adult_name,
                        each.other_name,
                        each.question,
                        _state(each),
                    ),
                )
                for each in rows
            ]
        )
        self.nothing.setVisible(not rows)
        self.show_one.setEnabled(bool(rows))

    def _open_current(self) -> None:
        key = self.table.current_key()
        if key is not None:
            self._open(key)

    def _open(self, question_id: int) -> None:
        QuestionDialog(self._desk, question_id, self).open()

    def _ask(self) -> None:
        AskDialog(self._desk, self).open()


def _state(found: QuestionRow) -> str:
    if found.status is QuestionStatus.CLOSED and found.outcome is not None:
        return f"Closed: {OUTCOME_LABELS[found.outcome].lower()}"
    return STATUS_LABELS[found.status]
