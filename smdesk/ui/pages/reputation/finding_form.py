"""The form of a finding: what was said where, with its screenshot, and what is decided about it (REP-1 to REP-3)."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import Final

from PySide6.QtWidgets import QWidget

from smdesk.policy.words import written_day
from smdesk.security.permissions import Permission
from smdesk.services import findings
from smdesk.services.reputation_records import (
    FINDING_DECISION_LABELS,
    MASKED_FINDING,
    TONE_LABELS,
    FindingDecision,
    FindingDraft,
    FindingRecord,
)
from smdesk.ui.desk import Desk
from smdesk.ui.pages.reputation import finding_loading as loading
from smdesk.ui.pages.reputation.finding_dialogs import DoneDialog, MediaDialog
from smdesk.ui.pages.reputation.finding_fields import FindingFields
from smdesk.ui.pages.reputation.finding_loading import Opened, Typed
from smdesk.ui.pages.reputation.finding_panel import DECIDES, FindingPanel, chip_of
from smdesk.ui.widgets.attached_strip import StripWords
from smdesk.ui.widgets.filed_drafts import KeptDraft
from smdesk.ui.widgets.filed_form import FiledForm
from smdesk.ui.widgets.pending import Pending

_TITLES: Final = ("Finding", "Pictures", "History")
_STRIP: Final = StripWords(
    name="finding",
    noun="finding",
    told="Paste a screenshot with Ctrl+V, drop it here, or choose a file. Up to saving the finding it waits with the "
    "form; then it is kept encrypted.",
    title="Screenshots and other files of this finding",
)
FINDING_HISTORY: Final = {
    "added": "Found",
    "changed": "Changed",
    "media": "Media contact told",
    "decided": "Decided",
    "done": "Done",
    "reopened": "To decide again",
    "withdrawn": "Taken back",
    "handed over": "Handed over to an incident",
    "file": "Pictures and files",
}
_AFTER: Final = {
    "thank": "Then thank them where it was said, and write down here that it was done.",
    "answer": "Then answer fairly where it was said, naming no child, and write down here that it was done.",
    "private_talk": "Then invite them to talk, and write down here when you did.",
    "ignore": "Nothing more is to be done. It can be opened again.",
}


class FindingForm(FiledForm):
    """One finding, new or opened."""

    asks = Permission.REPUTATION_EDIT
    fields: FindingFields
    panel: FindingPanel

    def __init__(self, desk: Desk, parent: QWidget | None = None) -> None:
        super().__init__(desk, _STRIP, _TITLES, FINDING_HISTORY, loading, FindingFields, FindingPanel, parent)
        add = self.header.add_action
        self.take_back = {
            "reopen": add("&Open it again…", "finding_reopen", self._reopen),
            "withdraw": add("&Take this finding back…", "finding_withdraw", self._withdraw),
        }
        self._enable()

    # Opening

    def show_masked(self, record: FindingRecord) -> None:
        self.show_head(record)
        day = record.draft.found_on or record.recorded_at.date()
        self.masked.say(
            f"{record.reference} was found on {record.place} on {written_day(day)}. It was handed over to an incident "
            "that is not open to you; what was said stands there.\n\n"
            "If you know something more about it, tell the headteacher or the designated safeguarding lead."
        )
        self.show_editor(False)

    def show_saved(self, found: Opened) -> None:
        record = found.record
        self.show_editor(True)
        given, self._given = self._given, None
        begun = given if isinstance(given, FindingDraft) else None
        shown = record.draft.place_id if record is not None else None
        self.fields.offer(found.places, shown)
        if record is not None:
            self.fields.show_draft(record.draft, found.person)
        elif begun is not None and (found.kept is None or self.drops_kept()):
            self.fields.show_draft(begun, None)
            self.data = replace(found, person=None, kept=None)
        else:
            self.fields.show_draft(FindingDraft(found_on=self._desk.ctx.today()), None)
        self.show_head(record)
        self.protect(record)

    def show_kept(self, kept: KeptDraft[Typed]) -> None:
        self.fields.show_typed(kept.typed, kept.person)

    def show_parts(self, found: Opened, waiting: tuple[Pending, ...]) -> None:
        super().show_parts(found, waiting)
        if found.record is not None:
            # Written down by a button of its own, perhaps by a colleague while this is being typed.
            self.fields.media = (found.record.draft.media_told_on, found.record.draft.media_told)

    def show_head(self, record: FindingRecord | None) -> None:
        header = self.header
        header.confidential.setVisible(record is not None and record.masked)
        header.status.setVisible(record is not None)
        if record is None:
            header.title.setText("New finding")
            header.summary.show_text("")
            return
        header.title.setText(record.reference)
        header.status.show_status(*chip_of(record))
        said = MASKED_FINDING if record.masked else record.draft.said
        header.summary.show_text(f"{TONE_LABELS[record.draft.tone]} on {record.place}: {said}")

    def why_fixed(self, record: FindingRecord) -> str:
        if record.incident is not None:
            return "This finding is handled as an incident and does not change any more. Go on there."
        return "" if record.editable else "This finding was taken back and does not change any more."

    # Doing

    def do(self, code: str, record: FindingRecord) -> None:
        match code:
            case "media":
                MediaDialog(self._desk, record, self.data.media, self).open()
            case "done":
                DoneDialog(self._desk, record, self).open()
            case "incident":
                self.hand_over(
                    findings.hand_over,
                    "What was said, who, the link and the pictures go over, and what was done so far.",
                )
            case "open_incident":
                if record.incident is not None:
                    self._desk.open_incident(record.incident[0])
            case _ if code in DECIDES:
                self._decide(record, FindingDecision(code))

    def _decide(self, record: FindingRecord, decision: FindingDecision) -> None:
        ctx, number, version = self._desk.ctx, record.id, record.version
        self.ask_reason(
            "finding_decide_dialog",
            FINDING_DECISION_LABELS[decision],
            "&Why?",
            "&Decide so",
            lambda reason: findings.decide(ctx, number, version, decision, reason),
            f"{_AFTER[str(decision)]} The reason is kept.",
        )

    def _reopen(self) -> None:
        record = self.record
        if record is not None:
            self.ask_reason(
                "finding_reopen_dialog",
                "Open the finding again",
                "&Why is it opened again?",
                "&Open it again",
                partial(findings.undecide, self._desk.ctx, record.id, record.version),
                "For a slip, or when something new was said. What was decided stays in the history.",
            )

    def _withdraw(self) -> None:
        record = self.record
        if record is not None:
            self.ask_reason(
                "finding_withdraw_dialog",
                "Take the finding back",
                "&Why is it taken back?",
                "&Take it back",
                partial(findings.withdraw, self._desk.ctx, record.id, record.version),
                "For one recorded by mistake. Its number, its line and your reason stay on record.",
            )
