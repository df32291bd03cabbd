"""Beside the fields of a finding: how it stands, who is told first, what was decided, and what to press (REP-2)."""

from __future__ import annotations

from typing import Final

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QPushButton, QVBoxLayout, QWidget

from smdesk.policy.words import written_day
from smdesk.security.permissions import Permission, allowed
from smdesk.services.reputation_records import FINDING_DECISION_LABELS, FindingRecord, Tone
from smdesk.ui.desk import Desk
from smdesk.ui.pages.reputation.words import state_of
from smdesk.ui.widgets.buttons import button
from smdesk.ui.widgets.fact_grid import FactGrid
from smdesk.ui.widgets.flow import flow
from smdesk.ui.widgets.forms import Card, Scrolled
from smdesk.ui.widgets.status_chip import StatusChip
from smdesk.ui.widgets.text import PlainLabel, dress, muted, named
from smdesk.ui.words import moment_in_words

ACTIONS: Final = (
    ("media", "Th&e media contact has been told…", "Write down who was told, and when (REP-3)"),
    ("thank", "Than&k…", "Decide to thank them"),
    ("answer", "Answer p&ublicly…", "Decide to answer where it was said"),
    ("private_talk", "Talk &in private…", "Decide to talk with them away from the public"),
    ("ignore", "Lea&ve it…", "Decide to do nothing, with the reason"),
    ("done", "It was d&one…", "Write down when, and in what words"),
    ("incident", "&Make an incident of it", "Everything goes over; nothing is typed again"),
    ("open_incident", "Open the &incident", ""),
)
DECIDES: Final = ("thank", "answer", "private_talk", "ignore")
NEW_SAYS: Final = (
    "Place, day and what was said are enough to save. Add a screenshot: what is public today may be gone "
    "tomorrow."
)
WAITS_SAYS: Final = (
    "This comes from a journalist. Nobody replies, and nothing is decided, before the person for the media policy was "
    "told."
)


class FindingPanel(QWidget):
    """Read from top to bottom it answers: how does it stand, what was decided, and what do I press."""

    action_wanted = Signal(object)
    """Carries the code of what to do."""

    def __init__(self, desk: Desk, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._desk = desk
        self.setObjectName("finding_panel")
        self.setAccessibleName("What is decided about the finding")
        self.status = StatusChip("New", "neutral", self)
        self.status.setObjectName("finding_panel_status")
        self.says = named(PlainLabel("", self), "finding_says")
        self.buttons: dict[str, QPushButton] = {}
        for code, label, tip in ACTIONS:
            made = button(label, f"finding_{code}", self._pressed, tip=tip)
            made.setProperty("code", code)
            self.buttons[code] = made
        card = Card("What to do about it")
        for widget in (flow(self.status), self.says, flow(*self.buttons.values())):
            card.body.addWidget(widget)
        self.decided = Card("What was decided")
        self.facts = FactGrid("finding_decided")
        self.decided.body.addWidget(self.facts)
        self.foot = named(muted(""), "finding_foot")
        scrolled = Scrolled(margin=12)
        for part in (card, self.decided, self.foot):
            scrolled.body.addWidget(part)
        scrolled.body.addStretch(1)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(scrolled)

    def show_record(self, record: FindingRecord | None) -> None:
        """How one finding stands; None for one that is not saved yet."""
        usual = None if record is None else self._usual(record)
        for code, made in self.buttons.items():
            made.setVisible(record is not None and self.can(code, record))
            dress(made, look="primary" if code == usual else "")
        facts = [] if record is None else _facts(record)
        self.decided.setVisible(bool(facts))
        self.facts.show_lines(facts)
        if record is None:
            self.status.show_status("New", "neutral")
            self.says.setText(NEW_SAYS)
            self.foot.setText("")
            return
        self.status.show_status(*chip_of(record))
        self.says.setText(_says(record))
        self.says.setVisible(bool(self.says.text()))
        self.foot.setText(f"Recorded by {record.recorded_by}, {moment_in_words(record.recorded_at)}.")

    def can(self, code: str, record: FindingRecord) -> bool:
        """Whether this reader may do this with the finding as it stands."""
        roles = self._desk.ctx.user.roles
        edits = allowed(roles, Permission.REPUTATION_EDIT) and record.editable
        match code:
            case "media":
                return edits and record.waits_for_media
            case "incident":
                return edits and allowed(roles, Permission.INCIDENTS_EDIT) and not record.waits_for_media
            case "done":
                return edits and record.to_be_done and not record.waits_for_media
            case "open_incident":
                return record.incident is not None
            case "reopen":
                return edits and record.decision is not None
            case "withdraw":
                return edits
        return code in DECIDES and edits and record.decision is None and not record.waits_for_media

    def _usual(self, record: FindingRecord) -> str | None:
        """What comes next stands out."""
        for code in ("media", "done"):
            if self.can(code, record):
                return code
        if record.decision is not None or not record.editable:
            return None
        return {Tone.PRAISE: "thank", Tone.CRITICISM: "answer"}.get(record.draft.tone)

    def _pressed(self) -> None:
        self.action_wanted.emit(str(self.sender().property("code")))


def chip_of(record: FindingRecord) -> tuple[str, str]:
    """Word and shape of a finding's state."""
    return state_of(
        record, record.done_on is not None, record.withdrawn_at is not None, record.waits_for_media
    )


def _says(record: FindingRecord) -> str:
    if record.withdrawn_at is not None:
        return f"Taken back: {record.withdrawn_reason}"
    if record.waits_for_media:
        return WAITS_SAYS
    if record.incident is not None:
        return f"Handled as incident {record.incident[1]}."
    if record.to_be_done:
        return "Decided. Write down when it was done."
    if record.decision is None and record.draft.tone is Tone.CRITICISM:
        return "Criticism is answered fairly, by whoever the school decides (REP-2)."
    return ""


def _facts(record: FindingRecord) -> list[tuple[str, str]]:
    facts = []
    if record.draft.media_told_on is not None:
        told = f"{record.draft.media_told}, {written_day(record.draft.media_told_on)}"
        facts.append(("Told first", told))
    if record.decision is not None and record.decided_at is not None:
        facts.append(("Decision", FINDING_DECISION_LABELS[record.decision]))
        facts.append(("Decided", f"{moment_in_words(record.decided_at)}, by {record.decided_by}"))
        if record.decision_reason:
            facts.append(("Reason", record.decision_reason))
    if record.done_on is not None:
        facts.append(("Done", written_day(record.done_on)))
        if record.done_note:
            facts.append(("", record.done_note))
    return facts
