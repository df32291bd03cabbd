"""Beside the fields of a post: how it stands, what was decided, the text to publish, and what to do next (ACC-6)."""

from __future__ import annotations

from typing import Final

from PySide6.QtCore import Signal
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QPushButton, QVBoxLayout, QWidget

from smdesk.policy.words import written_day
from smdesk.security.permissions import Permission, allowed
from smdesk.services.sign_off_records import (
    MAY_BE_PUBLISHED,
    SIGN_OFF_STATUS_LABELS,
    SignOffRecord,
    SignOffStatus,
)
from smdesk.ui import theme
from smdesk.ui.desk import Desk
from smdesk.ui.widgets.buttons import button
from smdesk.ui.widgets.fact_grid import FactGrid
from smdesk.ui.widgets.flow import flow
from smdesk.ui.widgets.forms import Card, Scrolled
from smdesk.ui.widgets.status_chip import StatusChip
from smdesk.ui.widgets.text import PlainLabel, muted, named
from smdesk.ui.words import moment_in_words

ACTIONS: Final = (
    ("decide", "&Decide…", "Approve it, change it or refuse it"),
    ("published", "It was pub&lished…", "Write down when"),
    ("not_published", "Not publi&shed after all", "Takes a slip back"),
    ("anew", "Ask an&ew…", "Another request with this text to begin from"),
)
STATUS_TONES: Final = {
    SignOffStatus.WAITING: "info",
    SignOffStatus.APPROVED: "ok",
    SignOffStatus.CHANGED: "ok",
    SignOffStatus.REFUSED: "danger",
    SignOffStatus.WITHDRAWN: "neutral",
}
NEW_SAYS: Final = (
    "A post that may be controversial is put to a senior leader with its text and pictures, and published once it is "
    "approved. Nobody signs off their own post."
)


class SignOffPanel(QWidget):
    """Read from top to bottom it answers: how does it stand, may it be published, and what do I press."""

    action_wanted = Signal(object)
    """Carries the code of what to do."""

    def __init__(self, desk: Desk, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._desk = desk
        self._record: SignOffRecord | None = None
        self.setObjectName("sign_off_panel")
        self.setAccessibleName("How the post stands")
        self.status = StatusChip("New", "neutral", self)
        self.status.setObjectName("sign_off_panel_status")
        self.says = named(PlainLabel("", self), "sign_off_says")
        self.buttons: dict[str, QPushButton] = {}
        for code, label, tip in ACTIONS:
            made = button(
                label, f"sign_off_{code}", self._pressed, tip=tip, look="primary" if code == "decide" else ""
            )
            made.setProperty("code", code)
            self.buttons[code] = made
        stands = Card("How it stands")
        for widget in (flow(self.status), self.says, flow(*self.buttons.values())):
            stands.body.addWidget(widget)
        self.facts = FactGrid("sign_off_facts")
        self.decision = Card("What was decided")
        self.decision.body.addWidget(self.facts)
        self.text = named(PlainLabel("", self, selectable=True), "sign_off_to_publish")
        self.copy = button("Copy the te&xt", "sign_off_copy", self._copy, tip="To paste it on the platform")
        self.publish = Card("The text to publish")
        for widget in (self.text, flow(self.copy)):
            self.publish.body.addWidget(widget)
        self.foot = named(muted(""), "sign_off_foot")
        scrolled = Scrolled(margin=theme.NORMAL)
        for card in (stands, self.decision, self.publish, self.foot):
            scrolled.body.addWidget(card)
        scrolled.body.addStretch(1)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(scrolled)

    def show_record(self, record: SignOffRecord | None) -> None:
        """How one post stands; None for one that is not saved yet."""
        self._record = record
        for code, made in self.buttons.items():
            made.setVisible(record is not None and self.can(code, record))
        self.decision.setVisible(record is not None and bool(record.decided_by or record.reason))
        self.publish.setVisible(record is not None and bool(record.to_publish))
        if record is None:
            self.status.show_status("New", "neutral")
            self.says.setText(NEW_SAYS)
            self.says.show()
            self.foot.setText("")
            return
        self.status.show_status(SIGN_OFF_STATUS_LABELS[record.status], STATUS_TONES[record.status])
        self.says.setText(_says(record))
        self.says.setVisible(bool(self.says.text()))
        self.facts.show_lines(
            [
                ("By", record.decided_by),
                ("On", "" if record.decided_at is None else moment_in_words(record.decided_at)),
                ("Reason", record.reason),
                (
                    "Published",
                    "" if record.published_on is None else written_day(record.published_on),
                ),
            ]
        )
        self.text.setText(record.to_publish)
        self.foot.setText(f"Asked by {record.asked_by}, {moment_in_words(record.asked_at)}.")

    def can(self, code: str, record: SignOffRecord) -> bool:
        """Whether this reader may do this with the post as it stands."""
        watches = allowed(self._desk.ctx.user.roles, Permission.ACCOUNTS_WATCH)
        waits = record.status is SignOffStatus.WAITING
        match code:
            case "decide":
                return waits and not record.why_not_mine
            case "published":
                return watches and record.status in MAY_BE_PUBLISHED and record.published_on is None
            case "not_published":
                return watches and record.published_on is not None
            case "anew":
                return watches and not waits
            case "withdraw":
                return watches and waits
        return False

    def _copy(self) -> None:
        QGuiApplication.clipboard().setText(self.text.text())
        self._desk.say("The text is on the clipboard.")

    def _pressed(self) -> None:
        self.action_wanted.emit(str(self.sender().property("code")))


def _says(record: SignOffRecord) -> str:
    match record.status:
        case SignOffStatus.WAITING:
            who = f"It was put to {record.asked_of}." if record.asked_of else "Any senior leader may decide."
            return f"{who} {record.why_not_mine}".strip()
        case SignOffStatus.REFUSED:
            return "It is not published."
        case SignOffStatus.APPROVED | SignOffStatus.CHANGED if record.published_on is None:
            return "It may be published as it stands below."
    return ""
