"""Putting a policy or a version of it on record, and changing them (AUP-1, AUP-3)."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from PySide6.QtCore import Qt
from PySide6.QtGui import QDragEnterEvent, QDropEvent
from PySide6.QtWidgets import (
    QCheckBox,
    QComboBox,
    QDialog,
    QFileDialog,
    QGridLayout,
    QLineEdit,
    QSpinBox,
    QWidget,
)

from smdesk.errors import Conflict, Invalid, Problem, SmdeskError
from smdesk.policy.vocabulary import PersonKind
from smdesk.services import policies
from smdesk.services.agreement_records import (
    ASKED_LABELS,
    POLICY_KIND_LABELS,
    AddedVersion,
    PolicyDraft,
    PolicyKind,
    PolicyRecord,
    PolicyVersionRecord,
    VersionDraft,
)
from smdesk.ui.desk import Desk
from smdesk.ui.tasks import Progress
from smdesk.ui.widgets import paste
from smdesk.ui.widgets.buttons import button
from smdesk.ui.widgets.dates import DateEdit
from smdesk.ui.widgets.dialogs import MINE, THEIRS, ConflictDialog
from smdesk.ui.widgets.forms import row
from smdesk.ui.widgets.service_dialog import ServiceDialog, Work
from smdesk.ui.widgets.text import OneLine, named

_ASKED: Final = tuple(kind for kind in PersonKind if kind is not PersonKind.UNKNOWN)
_COLUMNS: Final = 3


class _OverAVersion(ServiceDialog):
    """Saves over the version it was opened at; where somebody else saved meanwhile, the person chooses."""

    _at: int | None = None

    def _refused(self, error: SmdeskError) -> None:
        if not isinstance(error, Conflict):
            super()._refused(error)
            return
        self._dialog = ConflictDialog(error, self)
        self._dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self._dialog.setProperty("version", error.current_version)
        self._dialog.finished.connect(self._chosen)
        self._dialog.open()

    def _chosen(self) -> None:
        if self._dialog.choice == MINE:
            self._at = int(self._dialog.property("version"))
            self._submit()
        elif self._dialog.choice == THEIRS:
            QDialog.reject(self)


class PolicyDialog(_OverAVersion):
    """A new policy, or the one in ``record``. ``accomplished`` carries ``Saved``."""

    def __init__(self, desk: Desk, record: PolicyRecord | None, parent: QWidget | None = None) -> None:
        super().__init__(
            desk,
            "policy_dialog",
            "Put a policy on record" if record is None else "Change a policy",
            "&Save",
            parent,
            explanation=(
                "Next comes its version in use, with the file: people are asked from the day it was adopted."
                if record is None
                else ""
            ),
        )
        self._width = 640
        self._record = record
        self._at = None if record is None else record.version
        draft = PolicyDraft() if record is None else record.draft
        self.title = named(QLineEdit(draft.title, self), "policy_title", "Title")
        self.title.setPlaceholderText("For example: Acceptable use, parents and carers")
        self.kind = named(QComboBox(self), "policy_kind", "Kind")
        for kind, label in POLICY_KIND_LABELS.items():
            self.kind.addItem(label, str(kind))
        self.kind.setCurrentIndex(self.kind.findData(str(draft.kind)))
        self.asked: dict[PersonKind, QCheckBox] = {}
        self.accounts = named(
            QCheckBox("Whoever runs a school &account", self),
            "policy_for_accounts",
            "Whoever runs a school account must have acknowledged it",
        )
        self.accounts.setChecked(draft.for_accounts)
        self.reviewers = named(QLineEdit(draft.reviewers, self), "policy_reviewers", "Reviewed by")
        self.reviewers.setPlaceholderText("For example: headteacher and online safety lead")
        self.months = named(QSpinBox(self), "policy_months", "Months between reviews")
        self.months.setRange(0, 120)
        self.months.setSuffix(" months")
        self.months.setSpecialValueText("No reviews")
        self.months.setValue(draft.review_months)
        self.notes = self.note_field("policy_notes", "Notes", 2, draft.notes)
        self.form.add("&Title", self.title, "title")
        self.form.add("&Kind", row(self.kind, None), "kind")
        self.form.add("Who must acknowledge it", self._make_asked(draft), "asked_of")
        self.form.add("Re&viewed by", self.reviewers, "reviewers")
        self.form.add("Reviewed &every", row(self.months, None), "review_months")
        self.form.add("&Notes", self.notes, "notes")
        self.title.setFocus()

    def _make_asked(self, draft: PolicyDraft) -> QWidget:
        box = QWidget(self)
        grid = QGridLayout(box)
        grid.setContentsMargins(0, 0, 0, 0)
        for place, kind in enumerate(_ASKED):
            label = ASKED_LABELS[kind]
            tick = named(QCheckBox(label, box), f"policy_asked_{kind}", f"Asked of: {label}")
            tick.setChecked(kind in draft.asked_of)
            self.asked[kind] = tick
            grid.addWidget(tick, place // _COLUMNS, place % _COLUMNS)
        last = (len(_ASKED) - 1) // _COLUMNS + 1
        grid.addWidget(self.accounts, last, 0, 1, _COLUMNS)
        box.setFocusProxy(self.asked[_ASKED[0]])
        return box

    def draft(self) -> PolicyDraft:
        """What stands in the fields."""
        return PolicyDraft(
            self.title.text(),
            PolicyKind(self.kind.currentData()),
            tuple(kind for kind, tick in self.asked.items() if tick.isChecked()),
            self.accounts.isChecked(),
            self.reviewers.text(),
            self.months.value(),
            self.notes.toPlainText(),
        )

    def work(self) -> Work:
        ctx, draft, record, at = self._desk.ctx, self.draft(), self._record, self._at

        def do(progress: Progress) -> object:
            if record is None:
                return policies.save(ctx, draft)
            return policies.save(ctx, draft, record.id, at)

        return do


class VersionDialog(_OverAVersion):
    """A new version of a policy with its PDF, or a slip in one put right. ``accomplished`` carries what was saved."""

    def __init__(
        self,
        desk: Desk,
        policy: PolicyRecord,
        version: PolicyVersionRecord | None,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(
            desk,
            "version_dialog",
            f"{'A new version of' if version is None else 'Put right a version of'} “{policy.draft.title}”",
            "&Save",
            parent,
            explanation=""
            if version is None
            else "For a slip of the pen. What is new in the policy is a new version.",
        )
        self._width = 620
        self._policy = policy
        self._version = version
        self._at = None if version is None else version.version
        self._file = ""
        draft = VersionDraft() if version is None else version.draft
        self.label = named(QLineEdit(draft.label, self), "version_label", "What the version is called")
        self.label.setPlaceholderText("For example: 3, or September 2026")
        self.adopted = DateEdit("version_adopted", "Adopted on", self, clock=desk.ctx.today)
        self.adopted.set_day(draft.adopted_on)
        self.review = DateEdit("version_review", "Next review", self, clock=desk.ctx.today, ahead=True)
        self.review.set_day(draft.review_on)
        if version is None and policy.draft.review_months:
            self.review.line.setPlaceholderText(f"{policy.draft.review_months} months on")
        self.approved = named(QLineEdit(draft.approved_by, self), "version_approved", "Approved by")
        self.approved.setPlaceholderText("For example: full governing body")
        self.changes = self.note_field("version_changes", "What is new", 3, draft.changes)
        self.again = named(
            QCheckBox("&Everybody is asked again", self), "version_ask_again", "Everybody is asked again"
        )
        self.again.setChecked(draft.ask_again)
        self.again.setToolTip(
            "Off for a slip put right: who acknowledged the version before need not do so again"
        )
        self.form.add("&Version", self.label, "label")
        self.form.add("&Adopted on", row(self.adopted, None), "adopted_on")
        self.form.add("Next &review", row(self.review, None), "review_on")
        self.form.add("Approved &by", self.approved, "approved_by")
        self.form.add("What is &new", self.changes, "changes")
        self.form.add(
            "",
            self.again,
            "ask_again",
            "Take the tick away for a slip put right: who acknowledged the version before is not asked again.",
        )
        self.form.fields |= {"adopted_on": self.adopted, "review_on": self.review}
        self.chosen = named(OneLine("No file yet", self), "version_file", "The file")
        self.choose = button("Choose the &PDF…", "version_choose", self._choose)
        line = row(self.choose, self.chosen)
        line.layout().setStretch(1, 1)
        line.setFocusProxy(self.choose)
        if version is None:
            self.form.add("The policy itself", line, "data")
            self.setAcceptDrops(True)
        else:
            line.hide()
        self.label.setFocus()

    def take(self, path: str) -> None:
        """This is the file."""
        self._file = path
        self.chosen.show_text(Path(path).name)

    def work(self) -> Work:
        found: list[Problem] = []
        days = {}
        for field, edit in (("adopted_on", self.adopted), ("review_on", self.review)):
            try:
                days[field] = edit.day(field)
            except Invalid as error:
                found += error.problems
        if found:
            raise Invalid(found)
        draft = VersionDraft(
            self.label.text(),
            days["adopted_on"],
            days["review_on"],
            self.approved.text(),
            self.changes.toPlainText(),
            self.again.isChecked(),
        )
        ctx, policy_id, version = self._desk.ctx, self._policy.id, self._version
        file = Path(self._file) if self._file else None
        at = self._at

        def do(progress: Progress) -> object:
            if version is not None and at is not None:
                return policies.change_version(ctx, version.id, draft, at)
            return policies.add_version(ctx, policy_id, draft, "" if file is None else file.name, file)

        return do

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        if paste.offered(event.mimeData()).paths:
            event.acceptProposedAction()

    def dropEvent(self, event: QDropEvent) -> None:
        found = paste.offered(event.mimeData()).paths
        if found and self._version is None:
            event.acceptProposedAction()
            self.take(found[0])

    def _choose(self) -> None:
        name, _ = QFileDialog.getOpenFileName(self, "Choose the policy as PDF", "", "PDF files (*.pdf)")
        if name:
            self.take(name)

    def _accepted(self, result: object) -> None:
        super()._accepted(result)
        if isinstance(result, AddedVersion) and result.file_problem:
            self._desk.messages.warning(
                "The version is on record, but its file could not be kept.",
                more=f"{result.file_problem} Add the file again under “File”.",
            )
