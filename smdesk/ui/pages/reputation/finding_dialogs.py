"""What is asked about a finding: who was told of a journalist, and when something was done (REP-2, REP-3)."""

from __future__ import annotations

from PySide6.QtWidgets import QLineEdit, QWidget

from smdesk.errors import Invalid
from smdesk.services import findings
from smdesk.services.reputation_records import FINDING_DECISION_LABELS, FindingRecord
from smdesk.ui.desk import Desk
from smdesk.ui.pages.reputation.words import TOLD
from smdesk.ui.tasks import Progress
from smdesk.ui.widgets.dates import DateEdit
from smdesk.ui.widgets.service_dialog import ServiceDialog, Work
from smdesk.ui.widgets.text import named


class MediaDialog(ServiceDialog):
    """That the media contact was told. ``usual`` is whom the school's settings name; "" where they name nobody."""

    def __init__(self, desk: Desk, record: FindingRecord, usual: str, parent: QWidget | None = None) -> None:
        told = (
            f"For journalists the school’s settings name {usual}."
            if usual
            else "The school’s settings name nobody for journalists yet (Settings, School, Contacts for questions)."
        )
        super().__init__(
            desk,
            "finding_media_dialog",
            "The media contact has been told",
            "&Write it down",
            parent,
            explanation=f"{told} SM Desk tells nobody: ring or write to them, then write it down.",
        )
        self._record = record
        self.who = named(QLineEdit(usual, self), "finding_media_who", "Who was told")
        self.on = DateEdit("finding_media_on", "Told on", self, clock=desk.ctx.today)
        self.on.set_day(desk.ctx.today())
        self.form.add("W&ho was told", self.who, "media_told")
        self.form.add("&Told on", self.on, "media_told_on")
        (self.on if usual else self.who).setFocus()

    def work(self) -> Work:
        ctx, record = self._desk.ctx, self._record
        on, who = self.on.day("media_told_on"), self.who.text()

        def do(progress: Progress) -> object:
            return findings.media_told(ctx, record.id, record.version, on, who)

        return do


class DoneDialog(ServiceDialog):
    """That the thanks or the answer was given, or the talk held."""

    def __init__(self, desk: Desk, record: FindingRecord, parent: QWidget | None = None) -> None:
        decided = "" if record.decision is None else FINDING_DECISION_LABELS[record.decision]
        super().__init__(
            desk,
            "finding_done_dialog",
            f"Done: {decided.lower()}",
            "&Write it down",
            parent,
            explanation=TOLD,
        )
        self._record = record
        self.on = DateEdit("finding_done_on", "Done on", self, clock=desk.ctx.today)
        self.on.set_day(desk.ctx.today())
        self.note = self.note_field("finding_done_note", "In what words, or what was agreed", 5)
        self.form.add("&Done on", self.on, "on")
        self.form.add("In what w&ords", self.note, "note")
        self.note.setFocus()

    def work(self) -> Work:
        ctx, record = self._desk.ctx, self._record
        on, note = self.on.day("on"), self.note.toPlainText()
        if on is None:
            raise Invalid.one("on", "Say on which day it was done.")

        def do(progress: Progress) -> object:
            return findings.mark_done(ctx, record.id, record.version, on, note)

        return do
