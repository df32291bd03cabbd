"""What is asked before a letter is approved, and after it was sent."""

from __future__ import annotations

from datetime import date
from typing import Final

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QComboBox, QDialog, QLineEdit, QPlainTextEdit, QSizePolicy, QVBoxLayout, QWidget

from smdesk.errors import Invalid, Problem, SmdeskError
from smdesk.policy.words import in_a_sentence
from smdesk.services import letter_text
from smdesk.services.context import Context
from smdesk.services.letter_records import (
    ASKS_FOR_AN_ANSWER,
    LetterRecord,
    SentHow,
    has_address,
    kind_words,
)
from smdesk.ui import theme
from smdesk.ui.pages.letters import words
from smdesk.ui.pages.letters.names_panel import NamesPanel
from smdesk.ui.pages.letters.sent_fields import SentFields
from smdesk.ui.pages.letters.work import Decision
from smdesk.ui.widgets.buttons import button
from smdesk.ui.widgets.dates import DateEdit
from smdesk.ui.widgets.day_parsing import long_day
from smdesk.ui.widgets.forms import Form, closing, row
from smdesk.ui.widgets.problem_bar import ProblemBar
from smdesk.ui.widgets.text import PlainLabel, heading, named


class ApproveDialog(QDialog):
    """Shows exactly what will be signed and with which key. ``reason`` after it was accepted."""

    def __init__(self, decision: Decision, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.decision = decision
        record = decision.record
        self.setObjectName("approve_dialog")
        self.setWindowTitle("Approve and sign")
        column = QVBoxLayout(self)
        theme.roomy(column, theme.LARGE, theme.SMALL)
        column.addWidget(heading(f"Approve this {words.called(record)}?", 2))
        about = in_a_sentence(words.matter(record))
        said_above = words.title(record) == kind_words(record.kind)
        what = f"About {about}" if said_above else f"To {record.person_name}, about {about}"
        column.addWidget(
            PlainLabel(
                f"{what}. With your signature this text, as it stands here, may be issued. It cannot be changed "
                "afterwards."
            )
        )
        self.text = named(
            QPlainTextEdit(signed_text(record)), "approve_text", "The letter you are about to sign"
        )
        self.text.setReadOnly(True)
        self.text.setTabChangesFocus(True)
        self.text.setMinimumHeight(self.text.fontMetrics().lineSpacing() * 5)
        column.addWidget(self.text, 1)
        if record.matter_note:
            note = PlainLabel(record.matter_note, look="danger")
            note.setObjectName("approve_matter_note")
            column.addWidget(note)

        self.names = NamesPanel("approve_names")
        self.names.show_hits(decision.hits)
        column.addWidget(self.names)
        self.reason_edit = named(QLineEdit(), "approve_reason", "Why the names must stand")
        self.reason_edit.setPlaceholderText("Why the names must stand in this letter (kept with it)")
        self.reason_edit.setMaxLength(2000)
        self.reason_edit.setVisible(bool(decision.hits))
        column.addWidget(self.reason_edit)
        self.problem = PlainLabel("", look="danger")
        self.problem.setObjectName("approve_problem")
        self.problem.hide()
        column.addWidget(self.problem)

        self.key = PlainLabel(
            f"It is signed with your key {words.short_key(decision.key)}."
            if decision.key
            else "Your signing key is not at hand. Sign in again to approve letters.",
            selectable=True,
        )
        self.key.setObjectName("approve_key")
        self.key.setToolTip(decision.key)
        column.addWidget(self.key)
        if decision.key_flag:
            flag = PlainLabel(decision.key_flag, look="danger")
            flag.setObjectName("approve_key_flag")
            column.addWidget(flag)
        self.ok = button(
            "&Approve and sign",
            "approve_ok",
            self._take,
            look="primary",
            shortcut="Ctrl+Return",
            tip="Ctrl+Enter",
        )
        self.ok.setEnabled(bool(decision.key))
        self.cancel = button("Cancel", "approve_cancel", self.reject)
        column.addWidget(closing(self.cancel, self.ok))
        theme.fit(self, 680, 560)
        (self.reason_edit if decision.hits else self.ok).setFocus()

    @property
    def reason(self) -> str:
        return self.reason_edit.text().strip()

    def _take(self) -> None:
        if self.decision.hits and len(self.reason) < 3:
            self.problem.setText(
                "Say why the names must stand, or go back and return the letter to have them taken out."
            )
            self.problem.show()
            self.reason_edit.setFocus()
            return
        self.accept()


class _OnItsWay(QDialog):
    """Something about an issued letter that the school writes down. It says ``wanted`` and stays open, with what was
    typed, until whoever opened it closes it: the service may refuse.
    """

    wanted = Signal()

    def __init__(
        self, name: str, title: str, question: str, explanation: str, parent: QWidget | None
    ) -> None:
        super().__init__(parent)
        self.setObjectName(f"{name}_dialog")
        self.setWindowTitle(title)
        column = QVBoxLayout(self)
        theme.roomy(column)
        column.addWidget(heading(question, 2))
        if explanation:
            column.addWidget(PlainLabel(explanation))
        self.problems = ProblemBar(f"{name}_problems")
        column.addWidget(self.problems)
        self.form = Form()
        column.addWidget(self.form)
        column.addStretch(1)
        self.ok = button(
            "&Record", f"{name}_ok", self._take, look="primary", shortcut="Ctrl+Return", tip="Ctrl+Enter"
        )
        self.ok.setDefault(True)
        self.cancel = button("Cancel", f"{name}_cancel", self.reject)
        column.addWidget(closing(self.cancel, self.ok))
        self.setMinimumWidth(480)

    def wrong(self) -> list[Problem]:
        """What cannot be right as it is typed."""
        return []

    def _take(self) -> None:
        wrong = self.wrong()
        if wrong:
            self.refuse(Invalid(wrong))
            return
        self.ok.setEnabled(False)
        self.wanted.emit()

    def refuse(self, error: SmdeskError) -> None:
        """Say what is wrong, and let it be put right."""
        self.ok.setEnabled(True)
        self.problems.show_problems(error, self.form.fields)


def _no_day(edit: DateEdit, missing: str) -> list[Problem]:
    """What is wrong with a day as typed, where one must be given."""
    try:
        return [] if edit.day("on") is not None else [Problem("on", missing)]
    except Invalid as error:
        return list(error.problems)


class SentDialog(_OnItsWay):
    """How and when an issued letter went: ``sent``."""

    def __init__(self, ctx: Context, record: LetterRecord, parent: QWidget | None = None) -> None:
        question = f"How did {record.number} go to {record.person_name}?"
        super().__init__("sent", "How the letter went", question, "", parent)
        self.sent = SentFields(
            ctx,
            self.form,
            "sent",
            they="it",
            proof_hint="The number on the receipt, if the post office gave one. May stay empty.",
            note_hint="For example: handed over at the gate. May stay empty.",
        )
        if record.sent_how is not None:
            self.sent.choose(record.sent_how)
        elif not has_address(record.edit.addressee):
            self.sent.choose(SentHow.HAND)
        # What came back goes again today, and with another receipt.
        again = record.returned_on is not None
        usual = words.usual_sent_day(record, ctx.today())
        self.sent.on_edit.set_day(usual if again else record.sent_on or usual)
        self.sent.proof_edit.setText("" if again else record.sent_proof)
        self.sent.note_edit.setText("" if again else record.sent_note)
        self.sent.how_box.setFocus()

    def wrong(self) -> list[Problem]:
        return _no_day(self.sent.on_edit, "Say on which day the letter went.")


class CameBackDialog(_OnItsWay):
    """When and why a letter came back undelivered: ``on`` and ``why``."""

    def __init__(self, ctx: Context, record: LetterRecord, parent: QWidget | None = None) -> None:
        super().__init__(
            "came_back",
            "The letter came back",
            f"{record.number} to {record.person_name} came back",
            "It then shows as come back here, on Today and in the history of what it is about, until it is recorded as "
            "sent again.",
            parent,
        )
        self.on_edit = DateEdit("came_back_on", "Day it came back", clock=ctx.today)
        self.on_edit.set_day(record.returned_on or ctx.today())
        self.why_box = named(QComboBox(), "came_back_why", "Why it came back")
        self.why_box.setEditable(True)
        self.why_box.setInsertPolicy(QComboBox.InsertPolicy.NoInsert)
        self.why_box.addItems(CAME_BACK)
        self.why_box.setCurrentText(record.returned_why)
        self.why_box.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.why_box.lineEdit().setMaxLength(2000)
        self.why_box.lineEdit().setPlaceholderText("What stands on the envelope")
        why = row(self.why_box)  # a box of choices by itself stays as narrow as its longest choice
        why.setFocusProxy(self.why_box)
        self.form.add("&Day", self.on_edit, "on")
        self.form.add("&Why", why, "why", hint="Choose, or write what stands on the envelope.")
        self.why_box.setFocus()

    @property
    def on(self) -> date | None:
        return self.on_edit.day("on")

    @property
    def why(self) -> str:
        return self.why_box.currentText().strip()

    def wrong(self) -> list[Problem]:
        found = _no_day(self.on_edit, "Say on which day it came back.")
        if not self.why:
            found.append(Problem("why", "Say why it came back, as it stands on the envelope."))
        return found


CAME_BACK: Final = (
    "",
    "Gone away",
    "Address incomplete or wrong",
    "Nobody of that name there",
    "Not called for",
    "Refused",
)
"""What is usually written on an envelope that comes back."""


def signed_text(record: LetterRecord) -> str:
    """The parts of a letter that the signature covers, as they will read, the English copy with them."""
    edit = record.edit
    asked = "Answer asked for" if record.kind in ASKS_FOR_AN_ANSWER else "To be done"
    answer = f"\n\n[{asked} by {long_day(edit.reply_by)}]" if edit.reply_by else ""
    skipped = f"\n[A step was left out: {edit.step_reason}]" if edit.step_reason else ""
    copy = ""
    if edit.english_body or edit.english_subject:
        english = letter_text.plain(edit.english_body)
        copy = f"\n\n[English copy]\n\n{edit.english_salutation}\n\n{edit.english_subject}\n\n{english}"
    body = letter_text.plain(edit.body)
    return f"{edit.addressee}\n\n{edit.salutation}\n\n{edit.subject}\n\n{body}{copy}{answer}{skipped}"
