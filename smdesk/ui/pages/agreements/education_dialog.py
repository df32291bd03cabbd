"""One entry of the education log: what was done, for whom, and how many it reached (AUP-4)."""

from __future__ import annotations

from PySide6.QtWidgets import QComboBox, QLineEdit, QWidget

from smdesk.errors import Invalid, Problem
from smdesk.security.permissions import Permission, allowed
from smdesk.services import education
from smdesk.services.education_records import (
    AUDIENCE_LABELS,
    EDUCATION_KIND_LABELS,
    EducationDraft,
    EducationKind,
    EducationRecord,
)
from smdesk.ui.desk import Desk
from smdesk.ui.tasks import Progress
from smdesk.ui.widgets.buttons import button
from smdesk.ui.widgets.dates import DateEdit
from smdesk.ui.widgets.edit_dialog import EditDialog
from smdesk.ui.widgets.kind_boxes import KindBoxes
from smdesk.ui.widgets.service_dialog import ReasonService, Work
from smdesk.ui.widgets.text import named
from smdesk.ui.words import moment_in_words


class EducationDialog(EditDialog):
    """A new entry, or one changed or withdrawn. ``accomplished`` carries ``Saved``. Use ``open()``."""

    def __init__(
        self, desk: Desk, record: EducationRecord | None = None, parent: QWidget | None = None
    ) -> None:
        new = record is None
        super().__init__(
            desk,
            "education_dialog",
            "Log online-safety education" if new else "Online-safety education",
            "&Log it" if new else "&Save",
            parent,
            version=None if record is None else record.version,
            explanation=_explained(record),
        )
        self._record = record
        self._width = 600
        draft = EducationDraft(held_on=desk.ctx.today()) if record is None else record.draft
        self.held_on = DateEdit("education_held_on", "Day", clock=desk.ctx.today)
        self.held_on.set_day(draft.held_on)
        self.form.add("&Day", self.held_on, "held_on")
        self.kind = named(QComboBox(self), "education_kind", "What it was")
        for kind, label in EDUCATION_KIND_LABELS.items():
            self.kind.addItem(label, str(kind))
        self.kind.setCurrentIndex(self.kind.findData(str(draft.kind)))
        self.form.add("&What it was", self.kind, "kind")
        self.title = named(QLineEdit(draft.title, self), "education_title", "What it was about")
        self.title.setPlaceholderText("For example: Group chats and kindness")
        self.form.add("&About", self.title, "title")
        self.audience = KindBoxes("education_audience", "For whom", AUDIENCE_LABELS, self)
        self.audience.set_kinds(draft.audience)
        self.form.add("&For whom", self.audience, "audience")
        self.audience_note = named(
            QLineEdit(draft.audience_note, self), "education_audience_note", "Which of them"
        )
        self.audience_note.setPlaceholderText("For example: Year 5 and 6")
        self.form.add("Wh&ich of them", self.audience_note, "audience_note")
        self.reached = named(QLineEdit(self), "education_reached", "People reached")
        self.reached.setText("" if draft.reached is None else str(draft.reached))
        self.reached.setMaximumWidth(120)
        self.form.add("&People reached", self.reached, "reached", "Empty where nobody counted.")
        self.led_by = named(QLineEdit(draft.led_by, self), "education_led_by", "Led by")
        self.form.add("Led &by", self.led_by, "led_by")
        self.notes = self.note_field("education_notes", "Notes", 3, draft.notes)
        self.form.add("&Notes", self.notes, "notes")
        may_edit = allowed(desk.ctx.user.roles, Permission.AGREEMENTS_EDIT)
        editable = may_edit and (record is None or not record.withdrawn)
        self.withdraw = button("Wi&thdraw…", "education_withdraw", self._withdraw)
        self.withdraw.setVisible(editable and not new)
        self.add_button(self.withdraw)
        if not editable:
            self._only_read()
        self.title.setFocus()

    def work(self) -> Work:
        found: list[Problem] = []
        held_on = None
        try:
            held_on = self.held_on.day("held_on")
        except Invalid as error:
            found += error.problems
        typed = self.reached.text().replace(",", "").strip()
        reached = None
        if typed:
            # ``int`` would take other scripts' digits and signs; nobody means those here.
            if typed.isascii() and typed.isdigit() and len(typed) < 10:
                reached = int(typed)
            else:
                found.append(
                    Problem(
                        "reached",
                        f"People reached: “{self.reached.text()}” is no number. Write 58, or nothing.",
                    )
                )
        if found:
            raise Invalid(found)
        draft = EducationDraft(
            held_on,
            EducationKind(self.kind.currentData()),
            self.title.text(),
            self.audience.kinds(),
            self.audience_note.text(),
            reached,
            self.led_by.text(),
            self.notes.toPlainText(),
        )
        ctx, version = self._desk.ctx, self.version
        event_id = None if self._record is None else self._record.id

        def do(progress: Progress) -> object:
            return education.save(ctx, draft, event_id, version)

        return do

    def _withdraw(self) -> None:
        if self._record is None:
            return
        ctx, event_id = self._desk.ctx, self._record.id
        dialog = ReasonService(
            self._desk,
            "education_withdrawal",
            "Withdraw this entry",
            "&Why it is withdrawn",
            "Wi&thdraw",
            lambda reason: education.withdraw(ctx, event_id, reason),
            self,
            explanation="It stays on record as withdrawn and counts in no figure.",
        )
        dialog.accomplished.connect(self.accept)
        dialog.open()

    def _only_read(self) -> None:
        self.held_on.set_read_only(True)
        self.kind.setEnabled(False)
        self.audience.set_read_only(True)
        for line in (self.title, self.audience_note, self.reached, self.led_by):
            line.setReadOnly(True)
        self.notes.setReadOnly(True)
        self.ok.hide()
        self.cancel.setText("Close")
        self.cancel.setAccessibleName("Close")


def _explained(record: EducationRecord | None) -> str:
    if record is None:
        return "A session, an assembly, a leaflet: what the school did so that people are safer online."
    said = f"Logged by {record.recorded_by}, {moment_in_words(record.recorded_at)}."
    return f"Withdrawn: {record.withdrawn_reason} {said}" if record.withdrawn else said
