"""One policy: what it is, how it stands, its versions with the file, and its history (AUP-1 to AUP-3)."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import Any, Final

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QTabWidget, QVBoxLayout, QWidget

from smdesk.errors import SmdeskError
from smdesk.policy.words import narrow_day, written_day
from smdesk.services import policies
from smdesk.services.agreement_records import (
    POLICY_KIND_LABELS,
    AnswerView,
    PolicyRecord,
    PolicyVersionRecord,
)
from smdesk.services.attached_files import OwnerKind
from smdesk.services.context import Changes
from smdesk.services.policy_base import asked_of_words
from smdesk.ui import theme
from smdesk.ui.desk import Desk
from smdesk.ui.events import touches
from smdesk.ui.pages.agreements.answer_dialog import AnswerDialog, slips_of
from smdesk.ui.pages.agreements.policy_dialogs import PolicyDialog, VersionDialog
from smdesk.ui.tasks import Progress
from smdesk.ui.widgets.attached_strip import AttachedStrip, StripWords, add_to
from smdesk.ui.widgets.bars import RecordHeader
from smdesk.ui.widgets.buttons import button
from smdesk.ui.widgets.fact_grid import FactGrid
from smdesk.ui.widgets.flow import flow
from smdesk.ui.widgets.forms import Scrolled
from smdesk.ui.widgets.history_table import HistoryTable
from smdesk.ui.widgets.pending import Pending, SavedForm
from smdesk.ui.widgets.preview_window import Papers
from smdesk.ui.widgets.service_dialog import ReasonService
from smdesk.ui.widgets.short_table import Line, ShortTable
from smdesk.ui.widgets.status_chip import status_icon
from smdesk.ui.widgets.text import PlainLabel
from smdesk.ui.words import count

_TITLES: Final = {
    "added": "Put on record",
    "changed": "Changed",
    "version": "Version",
    "retired": "Retired",
    "unretired": "Brought back",
    "answered": "Answers recorded",
    "withdrawn": "Answer withdrawn",
    "file": "File",
}
_COLUMNS: Final = ("Version", "Adopted", "Next review", "Approved by", "File", "Signed", "Declined", "")


class PolicyPanel(QWidget):
    """What the list opens. Nothing is typed here: every change has a dialog of its own."""

    closed = Signal()
    saved = Signal(object)
    answers_wanted = Signal(object, object)
    """Carries the policy and the view of the list of answers to show."""

    def __init__(self, desk: Desk, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("policy_panel")
        self.setAccessibleName("Policy")
        self._desk = desk
        self._wanted = 0
        self.record: PolicyRecord | None = None
        self._papers = Papers(desk, self)
        self.header = RecordHeader("policy", "Policy", self)
        self.header.save.hide()
        self.header.confidential.hide()
        self.change = self.header.add_action("&Change…", "policy_change", self._change)
        self.retire = self.header.add_action("&Retire…", "policy_retire", self._retire)
        self.unretire = self.header.add_action("&Bring back into use", "policy_unretire", self._unretire)
        self.blank = self.header.add_action("Print blank &slips", "policy_blank_slips", self._blank_slips)
        self.facts = FactGrid("policy_facts")
        self.standing = PlainLabel("", selectable=True)
        self.standing.setObjectName("policy_standing")
        self.record_answers = button(
            "&Record answers…",
            "policy_record",
            self._record_answers,
            look="primary",
            tip="Who signed or declined",
        )
        self.outstanding = button("Show the &outstanding", "policy_outstanding", self._show_outstanding)
        self.declined = button("Show who &declined", "policy_declined", self._show_declined)
        self.signed = button("Show who s&igned", "policy_signed", self._show_signed)
        self.tabs = QTabWidget(self)
        self.tabs.setObjectName("policy_tabs")
        self.tabs.setAccessibleName("Parts of the policy")
        self.tabs.tabBar().setAccessibleName("Parts of the policy")
        self.tabs.setDocumentMode(True)
        self.tabs.addTab(self._make_versions(), "Versions")
        words = StripWords(
            "policy", "version", "The policy itself, as PDF.", "The file of the version", "PDF files (*.pdf)"
        )
        self.files = AttachedStrip(desk, words)
        self.files.paste.hide()
        self.files.files_chosen.connect(self._add_files)
        self.tabs.addTab(self.files, "File")
        self.history = HistoryTable("policy", _TITLES)
        self.tabs.addTab(self.history, "History")
        inside = Scrolled(self, margin=theme.NORMAL)
        column = inside.body
        column.setSpacing(theme.SMALL)
        column.addWidget(self.facts)
        column.addWidget(self.standing)
        column.addWidget(flow(self.record_answers, self.outstanding, self.declined, self.signed))
        column.addWidget(self.tabs, 1)
        outer = QVBoxLayout(self)
        outer.setContentsMargins(0, 0, 0, 0)
        outer.setSpacing(0)
        outer.addWidget(self.header)
        outer.addWidget(inside, 1)
        self.setFocusProxy(self.versions)
        desk.events.changed.connect(self._changed)

    def _make_versions(self) -> QWidget:
        self.versions = ShortTable("policy_versions", "Versions, the newest first", _COLUMNS, wide=3)
        self.versions.currentCellChanged.connect(self._version_chosen)
        self.versions.opened.connect(self._open_file)
        self.add = button("Add a &version…", "version_add", self._add_version)
        self.put_right = button("&Put it right…", "version_change", self._change_version)
        self.take_back = button("&Take it back…", "version_remove", self._remove_version)
        self.show_file = button("Show the fi&le", "version_show_file", self._open_file, tip="Enter")
        box = QWidget(self)
        column = QVBoxLayout(box)
        theme.roomy(column, theme.SMALL, theme.SMALL)
        column.addWidget(self.versions, 1)
        column.addWidget(flow(self.add, self.show_file, self.put_right, self.take_back))
        return box

    # What the list calls

    def open(self, record_id: int) -> None:
        """Show this policy."""
        self._wanted = record_id
        self._load()

    def new(self, draft: Any = None) -> None:
        """A new policy has a dialog of its own; the page opens it."""

    def unsaved(self) -> bool:
        return False

    def save_draft(self) -> None:
        """Nothing is typed here."""

    def may_leave(self, then: tuple[str, object]) -> bool:
        return True

    # Showing

    def _load(self) -> None:
        ctx, number = self._desk.ctx, self._wanted
        if number:
            self._desk.tasks.latest(
                self, "policy", lambda progress: policies.open_policy(ctx, number), self._show, self._failed
            )

    def _failed(self, error: SmdeskError) -> None:
        self._desk.messages.error(error)
        self.closed.emit()

    def _show(self, record: PolicyRecord) -> None:
        if record.id != self._wanted:
            return
        same = self.record is not None and self.record.id == record.id
        self.record = record
        retired = record.retired_on is not None
        self.header.title.setText(record.draft.title)
        self._show_status(record)
        for action, there in (
            (self.change, record.editable and not retired),
            (self.retire, record.editable and not retired),
            (self.unretire, record.editable and retired),
            (self.blank, record.in_use is not None and not retired),
        ):
            action.setVisible(there)
        self.facts.show_lines(_facts(record))
        self.standing.setText(_standing(record))
        asked = record.in_use is not None and not retired
        self.record_answers.setVisible(asked and record.editable)
        for made in (self.outstanding, self.declined, self.signed):
            made.setVisible(asked)
        self._show_versions(record)
        self.history.show_lines(record.history)
        self.add.setVisible(record.editable and not retired)
        if not same and record.in_use is not None:
            place = next(at for at, each in enumerate(record.versions) if each.in_use)
            self.versions.setCurrentCell(place, 0)
        self._version_chosen()

    def _show_status(self, record: PolicyRecord) -> None:
        if record.retired_on is not None:
            self.header.status.show_status("Retired", "neutral")
        elif record.in_use is None:
            self.header.status.show_status("No version in use yet", "warning")
        elif record.review_overdue:
            overdue = record.review_words.startswith("Overdue")
            self.header.status.show_status(
                "Review overdue" if overdue else "Review due", "danger" if overdue else "warning"
            )
        else:
            self.header.status.show_status("In use", "ok")

    def _show_versions(self, record: PolicyRecord) -> None:
        today = self._desk.ctx.today()
        lines = []
        for each in record.versions:
            draft = each.draft
            to_come = draft.adopted_on is not None and draft.adopted_on > today
            kept = [file.name for file in each.files if not file.removed]
            cells = (
                draft.label,
                "" if draft.adopted_on is None else narrow_day(draft.adopted_on),
                "" if draft.review_on is None else narrow_day(draft.review_on),
                draft.approved_by,
                kept[-1] if kept else "No file",
                f"{each.signed:,}",
                f"{each.declined:,}",
                "In use" if each.in_use else "To come" if to_come else "",
            )
            icon = status_icon("ok") if each.in_use else status_icon("info") if to_come else None
            lines.append(Line(each.id, cells, icon, 7))
        self.versions.show_lines(lines)

    def version(self) -> PolicyVersionRecord | None:
        """The version chosen in the table."""
        key = self.versions.current_key()
        found = () if self.record is None else self.record.versions
        return next((each for each in found if each.id == key), None)

    def _version_chosen(self) -> None:
        version = self.version()
        editable = self.record is not None and self.record.editable and self.record.retired_on is None
        self.put_right.setVisible(editable and version is not None)
        self.take_back.setVisible(editable and version is not None and version.removable)
        kept = version is not None and any(not file.removed for file in version.files)
        self.show_file.setEnabled(kept)
        self.files.show_files(
            () if version is None else version.files, (), may_add=editable and version is not None
        )
        self.tabs.setTabText(1, "File" if version is None else f"File of version {version.draft.label}")

    def _changed(self, changes: Changes) -> None:
        if self._wanted and self.isVisible() and touches(changes, "policy", self._wanted):
            self._load()

    # Doing

    def _change(self) -> None:
        if self.record is not None:
            PolicyDialog(self._desk, self.record, self).open()

    def _retire(self) -> None:
        if self.record is None:
            return
        ctx, number, version = self._desk.ctx, self.record.id, self.record.version
        ReasonService(
            self._desk,
            "policy_retire_dialog",
            f"Retire “{self.record.draft.title}”",
            "Reason",
            "&Retire it",
            lambda reason: policies.retire(ctx, number, version, reason),
            self,
            explanation="Nobody is asked for it any more. Its versions and all answers stay on record, and it can be "
            "brought back.",
        ).open()

    def _unretire(self) -> None:
        if self.record is None:
            return
        ctx, number, version = self._desk.ctx, self.record.id, self.record.version

        def work(progress: Progress) -> object:
            return policies.unretire(ctx, number, version)

        self._desk.tasks.run(self, work, title="Bringing the policy back")

    def _add_version(self) -> None:
        if self.record is not None:
            VersionDialog(self._desk, self.record, None, self).open()

    def _change_version(self) -> None:
        version = self.version()
        if self.record is not None and version is not None:
            VersionDialog(self._desk, self.record, version, self).open()

    def _remove_version(self) -> None:
        version = self.version()
        if version is None:
            return
        ctx, number = self._desk.ctx, version.id
        ReasonService(
            self._desk,
            "version_remove_dialog",
            f"Take back version {version.draft.label}",
            "Reason",
            "&Take it back",
            lambda reason: policies.remove_version(ctx, number, reason),
            self,
            explanation="Nobody has answered about it. The history says that it was taken back, and why.",
        ).open()

    def _open_file(self, _key: object = None) -> None:
        version = self.version()
        kept = [file for file in version.files if not file.removed] if version is not None else []
        if kept:
            self.files.choose_file(kept[-1].id)
            self.files.show_file.click()

    def _add_files(self, names: Sequence[str]) -> None:
        version = self.version()
        if version is None:
            return
        pieces = tuple(
            Pending(key=place, kind="", name=name.replace("\\", "/").rpartition("/")[2], path=name)
            for place, name in enumerate(names, 1)
        )
        keep = partial(add_to, OwnerKind.POLICY_VERSION, self._desk.ctx, version.id, pieces)

        def work(progress: Progress) -> SavedForm:
            return keep()

        self._desk.tasks.run(self, work, self._files_added, title="Keeping the file")

    def _files_added(self, result: SavedForm) -> None:
        if result.failures:
            self._desk.messages.warning(
                "Not every file could be kept.",
                more="\n".join(f"{piece.name}: {sentence}" for piece, sentence in result.failures),
            )
        self._load()

    def _record_answers(self) -> None:
        AnswerDialog(self._desk, self._wanted, (), self).open()

    def _blank_slips(self) -> None:
        self._papers.show_many("Slips to sign", partial(slips_of, self._desk.ctx, self._wanted, ()))

    def _show_outstanding(self) -> None:
        self.answers_wanted.emit(self._wanted, AnswerView.OUTSTANDING)

    def _show_declined(self) -> None:
        self.answers_wanted.emit(self._wanted, AnswerView.DECLINED)

    def _show_signed(self) -> None:
        self.answers_wanted.emit(self._wanted, AnswerView.SIGNED)


def _facts(record: PolicyRecord) -> list[tuple[str, str]]:
    draft, in_use = record.draft, record.in_use
    lines = [
        ("Kind", POLICY_KIND_LABELS[draft.kind]),
        (
            "Asked of",
            asked_of_words(draft.asked_of, draft.for_accounts) or "Nobody is asked to acknowledge it",
        ),
    ]
    if in_use is not None and in_use.draft.adopted_on is not None:
        by = f", approved by {in_use.draft.approved_by}" if in_use.draft.approved_by else ""
        lines.append(
            ("In use", f"Version {in_use.draft.label}, adopted on {written_day(in_use.draft.adopted_on)}{by}")
        )
    every = count(draft.review_months, "month") if draft.review_months else ""
    lines += [
        ("Next review", record.review_words),
        (
            "Reviewed",
            f"every {every}{f' by {draft.reviewers}' if draft.reviewers else ''}"
            if every
            else draft.reviewers,
        ),
        ("Notes", draft.notes),
    ]
    if record.retired_on is not None:
        lines.append(("Retired", f"{written_day(record.retired_on)}: {record.retired_reason}"))
    return lines


def _standing(record: PolicyRecord) -> str:
    tally = record.tally
    if record.retired_on is not None:
        return "It is retired: nobody is asked for it."
    if record.in_use is None:
        return "Nobody is asked for it until it has a version in use. Add its first version."
    asked = f"{count(tally.asked, 'person is', 'people are')} asked"
    return (
        f"{asked}: {tally.signed:,} signed, {tally.declined:,} declined, {tally.outstanding:,} outstanding."
    )
