"""Beside the fields of a message: the clock with the time left in words, what was replied, and what to do next."""

from __future__ import annotations

from datetime import datetime
from typing import Final

from PySide6.QtCore import QTimer, Signal
from PySide6.QtGui import QHideEvent, QShowEvent
from PySide6.QtWidgets import QPushButton, QVBoxLayout, QWidget

from smdesk.policy.deadlines import clock_words, to_london
from smdesk.security.permissions import Permission, allowed
from smdesk.services.message_clock import time_left_words
from smdesk.services.message_records import (
    MESSAGE_STATUS_LABELS,
    MessageRecord,
    MessageStatus,
    ReplyRecord,
)
from smdesk.ui.desk import Desk
from smdesk.ui.widgets.buttons import button
from smdesk.ui.widgets.fact_grid import FactGrid
from smdesk.ui.widgets.flow import flow
from smdesk.ui.widgets.forms import Card, Scrolled
from smdesk.ui.widgets.status_chip import StatusChip
from smdesk.ui.widgets.text import PlainLabel, muted, named
from smdesk.ui.words import day_in_words, moment_in_words

TICK_MS: Final = 20_000
"""The words change by the minute."""
ACTIONS: Final = (
    ("acknowledge", "Acknowle&dge…", "Write down that they were told it was read: that stops the clock"),
    (
        "letter",
        "Acknowledge b&y letter…",
        "To whoever wrote it, where they are on record; sent, it stops the clock",
    ),
    ("answer", "An&swer…", "Write down the answer: that settles it"),
    ("incident", "Make an &incident of it", "Everything goes over; nothing is typed again"),
    ("close", "Close wi&thout an answer…", "With the reason"),
    ("open_incident", "Open the incid&ent", ""),
    ("reopen", "Op&en it again…", ""),
)
STATUS_TONES: Final = {
    MessageStatus.WAITING: "info",
    MessageStatus.ACKNOWLEDGED: "info",
    MessageStatus.REOPENED: "info",
    MessageStatus.ANSWERED: "ok",
    MessageStatus.CLOSED: "neutral",
    MessageStatus.INCIDENT: "neutral",
    MessageStatus.WITHDRAWN: "neutral",
}
NEW_SAYS: Final = (
    "Account, time and what was said are enough to save. The reply clock starts when the message came in, not when it "
    "is logged; an acknowledgement counts as a reply."
)


class MessagePanel(QWidget):
    """Read from top to bottom it answers: how long is left, what was replied, and what do I press."""

    action_wanted = Signal(object)
    """Carries the code of what to do."""

    def __init__(self, desk: Desk, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._desk = desk
        self._record: MessageRecord | None = None
        self.setObjectName("message_panel")
        self.setAccessibleName("The reply clock and what was replied")
        self.status = StatusChip("New", "neutral", self)
        self.status.setObjectName("message_panel_status")
        self.left = named(PlainLabel("", self), "message_time_left")
        self.due = named(muted(""), "message_due")
        self.buttons: dict[str, QPushButton] = {}
        for code, label, tip in ACTIONS:
            made = button(label, f"message_{code}", self._pressed, tip=tip)
            made.setProperty("code", code)
            self.buttons[code] = made
        clock = Card("The reply clock")
        for widget in (flow(self.status), self.left, self.due, flow(*self.buttons.values())):
            clock.body.addWidget(widget)
        self.replies = Card("What was replied")
        self.facts = FactGrid("message_replies")
        self.replies.body.addWidget(self.facts)
        self.foot = named(muted(""), "message_foot")
        scrolled = Scrolled(margin=12)
        for card in (clock, self.replies, self.foot):
            scrolled.body.addWidget(card)
        scrolled.body.addStretch(1)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(scrolled)
        self._tick = QTimer(self)
        self._tick.setInterval(TICK_MS)
        self._tick.timeout.connect(self._show_left)

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self._show_left()
        self._tick.start()

    def hideEvent(self, event: QHideEvent) -> None:
        super().hideEvent(event)
        self._tick.stop()

    def show_record(self, record: MessageRecord | None) -> None:
        """How one message stands; None for one that is not saved yet."""
        self._record = record
        self.replies.setVisible(record is not None and bool(record.acknowledgement or record.answer))
        for code, made in self.buttons.items():
            made.setVisible(record is not None and self.can(code, record))
        self._mark_next(record)
        if record is None:
            self.status.show_status("New", "neutral")
            self.due.hide()
            self.foot.setText("")
            self.left.setText(NEW_SAYS)
            return
        self.facts.show_lines(
            [
                *_reply_lines("Acknowledged", record.acknowledgement),
                *_reply_lines("Answered", record.answer),
            ]
        )
        self.foot.setText(f"Logged by {record.recorded_by}, {moment_in_words(record.recorded_at)}.")
        self._show_left()

    def show_would_be_due(self, due: datetime | None) -> None:
        """By when a reply is due to what is being typed."""
        if self._record is None:
            self.due.setText(
                f"Saved like this, a reply is due by {_by(due)}."
                if due is not None
                else "Saved like this, no clock runs."
            )
            self.due.show()

    def can(self, code: str, record: MessageRecord) -> bool:
        """Whether this reader may do this with the message as it stands."""
        roles, status = self._desk.ctx.user.roles, record.status
        watches = allowed(roles, Permission.ACCOUNTS_WATCH)
        settled = record.settled_at is not None or status is MessageStatus.WITHDRAWN
        match code:
            case "acknowledge":
                return watches and not settled and record.acknowledgement is None
            case "letter":
                writes = allowed(roles, Permission.LETTERS_DRAFT)
                return writes and not settled and record.draft.person_id is not None
            case "answer" | "close":
                return watches and not settled
            case "incident":
                logs = allowed(roles, Permission.INCIDENTS_EDIT)
                return watches and logs and status not in (MessageStatus.INCIDENT, MessageStatus.WITHDRAWN)
            case "open_incident":
                return record.incident is not None
            case "reopen":
                return watches and settled and status is not MessageStatus.INCIDENT
            case "withdraw":
                return watches and record.editable
            case "take_back_acknowledgement":
                return watches and record.editable and record.acknowledgement is not None
            case "take_back_answer":
                return watches and record.editable and record.answer is not None
        return False

    def _mark_next(self, record: MessageRecord | None) -> None:
        """The button that comes next stands out."""
        usual = None
        if record is not None:
            usual = next((code for code in ("acknowledge", "answer") if self.can(code, record)), None)
            if record.due_at is None and usual is not None:
                usual = "answer"
        for code, made in self.buttons.items():
            made.setProperty("look", "primary" if code == usual else "")
            made.style().unpolish(made)
            made.style().polish(made)

    def _show_left(self) -> None:
        record = self._record
        if record is None:
            return
        now = self._desk.ctx.now()
        words, tone = chip_of(record, now)
        self.status.show_status(words, tone)
        waits = record.status is MessageStatus.WAITING
        if waits and record.due_at is not None:
            self.left.setText(f"{_capital(time_left_words(record.due_at, now))}.")
            self.due.setText(f"A reply is due by {_by(record.due_at)}. An acknowledgement counts (ACC-5).")
        else:
            self.left.setText(_how_it_went(record))
            self.due.setText("" if record.due_at is None else f"A reply was due by {_by(record.due_at)}.")
        self.left.setVisible(bool(self.left.text()))
        self.due.setVisible(bool(self.due.text()))

    def _pressed(self) -> None:
        self.action_wanted.emit(str(self.sender().property("code")))


def chip_of(record: MessageRecord, now: datetime) -> tuple[str, str]:
    """Word and tone of a message's state: overdue stands before anything else."""
    if record.status is MessageStatus.WAITING and record.due_at is not None and record.due_at < now:
        return "Overdue", "danger"
    return MESSAGE_STATUS_LABELS[record.status], STATUS_TONES[record.status]


def _how_it_went(record: MessageRecord) -> str:
    if record.status is MessageStatus.WITHDRAWN:
        return f"Withdrawn: {record.withdrawn_reason}"
    if record.status is MessageStatus.WAITING:
        return "Nobody waits for an answer to praise; a word of thanks is kind."
    if record.status is MessageStatus.CLOSED:
        return record.settled_reason
    if record.replied_at is None or record.due_at is None:
        return ""
    late = record.replied_at > record.due_at
    kept = "after the clock had run out" if late else "in time"
    return f"First replied to {kept}, on {moment_in_words(record.replied_at)}."


def _by(due: datetime) -> str:
    local = to_london(due)
    end = (local.hour, local.minute) == (23, 59)
    day = day_in_words(local.date(), local.date())
    return f"the end of {day}" if end else f"{day}, {clock_words(local)}"


def _reply_lines(label: str, reply: ReplyRecord | None) -> list[tuple[str, str]]:
    if reply is None:
        return []
    return [(label, f"{moment_in_words(reply.at)}, by {reply.by}"), ("", reply.text)]


def _capital(words: str) -> str:
    return words[:1].upper() + words[1:]
