"""Beside the fields: where the case stands and what comes next, and what still stands in the way of its approval."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QPushButton, QVBoxLayout, QWidget

from smdesk.policy.accounts import Gap
from smdesk.policy.words import written_day
from smdesk.services.case_records import CASE_STATUS_LABELS, CaseRecord
from smdesk.ui import gap_fixes, theme
from smdesk.ui.desk import Desk
from smdesk.ui.pages.cases.actions import LABELS, NextStep, next_step
from smdesk.ui.pages.cases.words import TONES
from smdesk.ui.widgets.buttons import button
from smdesk.ui.widgets.flow import flow
from smdesk.ui.widgets.forms import Card, Scrolled
from smdesk.ui.widgets.gap_list import GapList
from smdesk.ui.widgets.status_chip import StatusChip
from smdesk.ui.widgets.text import PlainLabel, muted, named

NEW_SAYS = (
    "Answer the five points as far as they are known; Ctrl+S saves. Nothing is decided before it is put forward, and "
    "everything can be completed later."
)
COMPLETE = "Nothing: it can be approved."


class StandingPanel(QWidget):
    """Read from top to bottom it answers: where does it stand, what do I do now, and what is missing."""

    action_wanted = Signal(object)
    """Carries the code of what to do."""
    fix_wanted = Signal(object)
    slip_wanted = Signal(object)
    """Both carry the ``Gap``."""

    def __init__(self, desk: Desk, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("case_standing")
        self.setAccessibleName("Where it stands and what is missing")
        self._desk = desk
        self._buttons: list[QPushButton] = []
        self._editable = True
        self.status = StatusChip("Not saved yet", "neutral", self)
        self.status.setObjectName("case_standing_status")
        self.status_words = named(PlainLabel("", self), "case_status_words")
        self.days = named(muted(""), "case_days")
        self.says = named(PlainLabel("", self), "case_next")
        self._doing = flow(parent=self, scrolls=True)
        stands = Card("Where it stands")
        for widget in (flow(self.status), self.status_words, self.days, self.says, self._doing):
            stands.body.addWidget(widget)
        self.missing = Card("Still missing for an approval")
        self.complete = named(PlainLabel(COMPLETE, self, look="ok"), "case_complete")
        self.gaps = GapList("case_gaps", self, can_fix=self._can_fix, can_slip=gap_fixes.can_slip(desk))
        self.gaps.fix.connect(self.fix_wanted)
        self.gaps.slip.connect(self.slip_wanted)
        self.missing.body.addWidget(self.complete)
        self.missing.body.addWidget(self.gaps)
        self.foot = named(muted(""), "case_foot")
        scrolled = Scrolled(margin=theme.NORMAL)
        for card in (stands, self.missing, self.foot):
            scrolled.body.addWidget(card)
        scrolled.body.addStretch(1)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(scrolled)

    def show_record(
        self, record: CaseRecord | None, edits: bool, supersedes: str = "", writes: bool = False
    ) -> None:
        """Where a case stands; ``supersedes`` is the reference of the one it is proposed anew after. ``writes``: the
        reader may draft letters.
        """
        self._editable = edits and (record is None or record.editable)
        self.missing.setVisible(record is None or record.editable)
        if record is None:
            self.status.show_status("New", "neutral")
            self.status_words.hide()
            self.days.hide()
            said = (
                f"Proposed anew after {supersedes}, which stays as it is. {NEW_SAYS}"
                if supersedes
                else NEW_SAYS
            )
            self._show_next(NextStep(said, ""))
            self.foot.setText("")
            return
        self.status.show_status(CASE_STATUS_LABELS[record.status], TONES[record.status])
        exists = record.draft.exists_already and record.editable and not record.account_approved
        self.status_words.setText("The account exists already and is not approved yet." if exists else "")
        self.status_words.setVisible(exists)
        self.days.setText(_days(record))
        self.days.setVisible(bool(self.days.text()))
        self._show_next(next_step(record, edits, writes))
        after = f" Proposed anew after {record.supersedes[1]}." if record.supersedes else ""
        self.foot.setText(
            f"Written down by {record.recorded_by}, {written_day(record.recorded_on)}. Under version "
            f"{record.policy_number} of the school’s policy.{after}"
        )

    def show_gaps(self, gaps: Sequence[Gap]) -> None:
        """What is missing as the fields stand."""
        self.gaps.show_gaps(gaps)
        self.gaps.setVisible(bool(gaps))
        self.complete.setVisible(not gaps)

    def _can_fix(self, gap: Gap) -> bool:
        return self._editable if gap.field else gap_fixes.can_fix(self._desk, gap)

    def _show_next(self, step: NextStep) -> None:
        self.says.setText(step.says)
        layout = self._doing.layout()
        for made in self._buttons:
            layout.removeWidget(made)
            made.hide()
            made.deleteLater()
        self._buttons = []
        for what in (step.primary, *step.others):
            if not what:
                continue
            primary = what == step.primary
            made = button(LABELS[what], f"case_do_{what}", self._pressed, look="primary" if primary else "")
            made.setProperty("what", what)
            layout.addWidget(made)
            made.show()
            self._buttons.append(made)
        self._doing.setVisible(bool(self._buttons))
        self._doing.updateGeometry()

    def _pressed(self) -> None:
        self.action_wanted.emit(str(self.sender().property("what")))


def _days(record: CaseRecord) -> str:
    parts = []
    if record.submitted_on is not None:
        by = f" by {record.submitted_by}" if record.submitted_by else ""
        parts.append(f"Put forward on {written_day(record.submitted_on)}{by}")
    if record.decided_on is not None:
        parts.append(f"decided on {written_day(record.decided_on)}")
    if record.account is not None:
        parts.append(record.account[1])
    return " · ".join(parts)
