"""Recording what the leadership team decided on one case: what, why, who agreed, when, and what was minuted (ACC-2).

Choosing a decision puts the keyboard where the reason is typed, and Ctrl+Enter signs.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date
from functools import partial
from typing import Any, Final

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QButtonGroup, QComboBox, QLineEdit, QPushButton, QVBoxLayout, QWidget

from smdesk.errors import Invalid
from smdesk.policy.accounts import Gap
from smdesk.security.signatures import fingerprint
from smdesk.services.case_records import CaseDecisionDraft, CaseDecisionKind, CaseRecord, Member
from smdesk.services.context import Context, Saved
from smdesk.ui import gap_fixes, theme
from smdesk.ui.desk import Desk
from smdesk.ui.pages.cases import loading
from smdesk.ui.pages.cases.loading import Deciding
from smdesk.ui.tasks import Progress
from smdesk.ui.widgets.buttons import button
from smdesk.ui.widgets.dates import DateEdit
from smdesk.ui.widgets.flow import flow
from smdesk.ui.widgets.forms import Form, row, sentences
from smdesk.ui.widgets.gap_list import GapList
from smdesk.ui.widgets.signing_panel import SigningPanel
from smdesk.ui.widgets.text import PlainLabel, heading, muted, named

CHOICES: Final[dict[CaseDecisionKind, tuple[str, str]]] = {
    CaseDecisionKind.APPROVE: (
        "A&pproved",
        "The account may be opened, or stays as an account of the school",
    ),
    CaseDecisionKind.REJECT: ("Re&jected", "There is to be no such account"),
    CaseDecisionKind.ASK_FOR_MORE: (
        "&More asked for",
        "Goes back with what the leadership team wants to know",
    ),
}
_SIGN: Final = {
    CaseDecisionKind.APPROVE: "Record the approval and sign",
    CaseDecisionKind.REJECT: "Record the rejection and sign",
    CaseDecisionKind.ASK_FOR_MORE: "Record the question and sign",
}
_REASONS: Final = {
    CaseDecisionKind.APPROVE: "Why the leadership team approved it",
    CaseDecisionKind.REJECT: "Why the leadership team rejected it",
    CaseDecisionKind.ASK_FOR_MORE: "What does the leadership team need to know?",
}
_LEFT_OVER: Final = "It does not wait for a decision any more. What you typed stays here to be copied."
_VOTES: Final = (("Not there", ""), ("Agreed", "agreed"), ("Did not agree", "against"))


class DecidePanel(SigningPanel):
    """``show_case`` shows what may be decided about one case. It signs on a worker."""

    fix_wanted = Signal(object)
    slip_wanted = Signal(object)

    def __init__(self, desk: Desk, parent: QWidget | None = None) -> None:
        super().__init__(desk, "case_decide", parent)
        self.setObjectName("case_decide")
        self._record: CaseRecord | None = None
        self._deciding: Deciding | None = None
        self._kind: CaseDecisionKind | None = None
        self.votes: dict[int, QComboBox] = {}
        self.title = heading("What the leadership team decided", 3)
        self.note = named(PlainLabel(""), "case_decide_note")
        self._group = QButtonGroup(self)
        self.choices: dict[CaseDecisionKind, QPushButton] = {}
        for number, (kind, (label, tip)) in enumerate(CHOICES.items()):
            made = button(label, f"case_decide_{kind}", look="view", tip=tip)
            made.setCheckable(True)
            made.installEventFilter(self)
            self._group.addButton(made, number)
            self.choices[kind] = made
        self.gaps_head = named(
            PlainLabel("It cannot be approved yet:", look="danger"), "case_decide_gaps_head"
        )
        self.gaps = GapList(
            "case_decide_gaps",
            can_fix=partial(_elsewhere_only, desk),
            can_slip=gap_fixes.can_slip(desk),
        )
        self._make_form(desk)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(theme.SMALL)
        for widget in (
            self.title,
            self.note,
            flow(*self.choices.values(), spacing=theme.TIGHT),
            self.problems,
            self.gaps_head,
            self.gaps,
            self.form,
            self._signing,
        ):
            column.addWidget(widget)
        self._group.idClicked.connect(self._chosen)
        self.gaps.fix.connect(self.fix_wanted)
        self.gaps.slip.connect(self.slip_wanted)
        self._show_kind()

    def _make_form(self, desk: Desk) -> None:
        self.reason = sentences(self, "case_decide_reason", "Reason", 3)
        self.conditions = sentences(self, "case_decide_conditions", "Conditions", 2)
        self.conditions.setPlaceholderText("May stay empty")
        self.decided_on = DateEdit("case_decide_on", "Decided on", clock=desk.ctx.today)
        self.review_on = DateEdit("case_decide_review", "Review on", clock=desk.ctx.today, ahead=True)
        self._votes = QWidget()
        self._votes_form = QVBoxLayout(self._votes)
        self._votes_form.setContentsMargins(0, 0, 0, 0)
        self._votes_form.setSpacing(theme.TIGHT)
        self.present = named(QLineEdit(), "case_decide_present", "Also present")
        self.present.setPlaceholderText("Who else was there")
        self.minute = named(QLineEdit(), "case_decide_minute", "Minute")
        self.minute.setPlaceholderText("Where it stands in the minutes")
        self.form = Form(labels_like="Leadership team")
        self.form.add("Reason", self.reason, "reason")
        self._conditions_label = self.form.add("Conditions", self.conditions, "conditions")
        self.form.add("Leadership team", self._votes, "agreed")
        self.form.fields["against"] = self._votes
        self.form.add("Also present", self.present, "present")
        self.form.add("Decided on", self.decided_on, "decided_on")
        self._review_label = self.form.add("Review on", self.review_on, "review_on")
        self.form.add("Minute", self.minute, "minute_ref")
        for text in (self.reason, self.conditions):
            text.textChanged.connect(self._typed)
        for line in (self.present, self.minute):
            line.textChanged.connect(self._typed)
        self.review_on.changed.connect(self._typed)
        self.decided_on.changed.connect(self._day_typed)

    # What the form around it calls

    def show_case(self, record: CaseRecord, deciding: Deciding | None) -> None:
        """Show what may be decided about this case. What is typed stays while it is the same one."""
        same = self._record is not None and self._record.id == record.id
        self._record, self._deciding = record, deciding
        if not same:
            self.problems.clear()
            self.clear()
        if deciding is not None:
            self._draw_votes(deciding)
            signing = self._desk.ctx.signing
            if signing is None:
                self.key.setText("Your signing key is not at hand. Sign in again to record a decision.")
            else:
                short = " ".join(fingerprint(signing.public).split()[:4])
                self.key.setText(f"Ctrl+Enter. Signed with your key {short}. {deciding.key_flag}".strip())
        self._show_kind()
        self._ask_gaps()

    def clear(self) -> None:
        """Nothing is typed any more."""
        self._filling = True
        self._kind = None
        for text in (self.reason, self.conditions, self.present, self.minute):
            text.clear()
        self.decided_on.set_day(None)
        self.review_on.set_day(None)
        for box in self.votes.values():
            box.setCurrentIndex(0)
        self._filling = False
        self._show_kind()

    def unsaved(self) -> bool:
        """Whether something is typed here that no decision has taken up. A choice alone is nothing to lose."""
        if self._record is None:
            return False
        return any(
            text.strip()
            for text in (
                self.reason.toPlainText(),
                self.conditions.toPlainText(),
                self.present.text(),
                self.minute.text(),
            )
        )

    def typed(self) -> dict[str, Any]:
        """What stands here, as it is kept for a draft."""
        return {
            "kind": str(self._kind or ""),
            "reason": self.reason.toPlainText(),
            "conditions": self.conditions.toPlainText(),
            "present": self.present.text(),
            "minute": self.minute.text(),
            "decided_on": self.decided_on.text(),
            "review_on": self.review_on.text(),
            "votes": {str(user): str(box.currentData()) for user, box in self.votes.items()},
        }

    def restore(self, typed: dict[str, Any]) -> None:
        """Show what ``typed`` gave before, as far as this case still allows it."""
        self._filling = True
        code = str(typed.get("kind", ""))
        self._kind = next((kind for kind in CHOICES if kind == code and self._deciding is not None), None)
        self.reason.setPlainText(str(typed.get("reason", "")))
        self.conditions.setPlainText(str(typed.get("conditions", "")))
        self.present.setText(str(typed.get("present", "")))
        self.minute.setText(str(typed.get("minute", "")))
        self.decided_on.set_text(str(typed.get("decided_on", "")))
        self.review_on.set_text(str(typed.get("review_on", "")))
        votes = typed.get("votes")
        for user, box in self.votes.items():
            code = str(votes.get(str(user), "")) if isinstance(votes, dict) else ""
            box.setCurrentIndex(max(0, box.findData(code)) if box.isEnabled() else 0)
        self._filling = False
        self._show_kind()

    def put_keyboard(self) -> None:
        """The keyboard to where deciding begins."""
        if self._kind is not None:
            self.reason.setFocus()
        else:
            self.choices[CaseDecisionKind.APPROVE].setFocus()

    @property
    def kind(self) -> CaseDecisionKind | None:
        """The decision chosen so far."""
        return self._kind

    # Choosing and typing

    def _draw_votes(self, deciding: Deciding) -> None:
        if list(self.votes) == [each.user_id for each in deciding.members]:
            return
        while self._votes_form.count():
            old = self._votes_form.takeAt(0).widget()
            if old is not None:
                old.hide()
                old.deleteLater()
        self.votes = {}
        for member in deciding.members:
            self._votes_form.addWidget(self._vote(member))
        wanted = deciding.needed
        must = "One of them must agree" if wanted == 1 else f"{wanted} of them must agree"
        self._votes_form.addWidget(muted(f"{must} to an approval."))
        first = next((box for box in self.votes.values() if box.isEnabled()), None)
        self._votes.setFocusProxy(first)

    def _vote(self, member: Member) -> QWidget:
        box = named(QComboBox(), f"case_vote_{member.user_id}", f"{member.name}, {member.role}")
        for label, code in _VOTES:
            box.addItem(label, code)
        box.setEnabled(not member.why_not)
        box.currentIndexChanged.connect(self._typed)
        self.votes[member.user_id] = box
        said = f"{member.name}, {member.role.lower()}"
        more = member.why_not or member.note
        line = row(box, PlainLabel(f"{said}. {more}" if more else said))
        line.layout().setStretch(1, 1)
        return line

    def _chosen(self, number: int) -> None:
        self._kind = list(CHOICES)[number]
        self._show_kind()
        self._offer()
        self._ask_gaps()
        self.reason.setFocus()
        self.edited.emit()

    def _offer(self) -> None:
        """Fill in what is usual, where nothing is typed yet: today, the policy's review, oneself as having agreed."""
        if self._deciding is None:
            return
        usual = self._deciding.defaults
        self._filling = True
        if not self.decided_on.text():
            self.decided_on.set_day(usual.decided_on)
        if not self.review_on.text():
            self.review_on.set_day(usual.review_on)
        if not any(box.currentData() for box in self.votes.values()):
            for user in usual.agreed:
                box = self.votes.get(user)
                if box is not None:
                    box.setCurrentIndex(box.findData("agreed"))
        self._filling = False

    def _show_kind(self) -> None:
        record, kind = self._record, self._kind
        can = self._deciding is not None
        for each, made in self.choices.items():
            made.setVisible(can)
            # The group is exclusive: nothing chosen has to be allowed for a moment.
            self._group.setExclusive(False)
            made.setChecked(each is kind)
            self._group.setExclusive(kind is not None)
        why_not = record.decidable_why_not if record is not None and record.open_decisions and not can else ""
        left_over = record is not None and not can and self.unsaved()
        self.note.setText(
            why_not
            or (
                "It does not wait for a decision any more. What you typed stays here to be copied."
                if left_over
                else ""
            )
        )
        self.note.setVisible(bool(self.note.text()))
        self.title.setVisible(can)
        self.form.setVisible(can or left_over)
        self._signing.setVisible(can)
        self.reason.setPlaceholderText(
            _REASONS[kind] if kind is not None else "Choose above first what was decided"
        )
        approving = kind in (None, CaseDecisionKind.APPROVE)
        for widget in (self.conditions, self._conditions_label, self.review_on, self._review_label):
            widget.setVisible(approving)
        for field in (self.reason, self.conditions, self.present, self.minute):
            field.setEnabled(left_over or kind is not None)
            field.setReadOnly(left_over or self._busy)
        for day in (self.decided_on, self.review_on):
            day.setEnabled(kind is not None and not self._busy)
        self._votes.setEnabled(kind is not None and not self._busy)
        gaps = kind is CaseDecisionKind.APPROVE and can and bool(self.gaps.gaps)
        self.gaps_head.setVisible(gaps)
        self.gaps.setVisible(gaps)
        self.sign_button.setText(_SIGN[kind] if kind is not None else "Sign")
        self.sign_button.setAccessibleName(self.sign_button.text())
        self.sign_button.setEnabled(
            kind is not None and self._desk.ctx.signing is not None and not self._busy
        )

    def _day_typed(self) -> None:
        self._typed()
        if not self._filling:
            self._ask_gaps()

    def _ask_gaps(self) -> None:
        """What was missing on the day of the decision (ACC-3)."""
        record = self._record
        if record is None or self._deciding is None:
            return
        self._desk.tasks.latest(
            self, "gaps", partial(_gaps, self._desk.ctx, record.id, self._day()), self._have_gaps
        )

    def _day(self) -> date | None:
        try:
            return self.decided_on.day("decided_on")
        except Invalid:
            return None

    def _have_gaps(self, found: tuple[int, tuple[Gap, ...]]) -> None:
        if self._record is not None and found[0] == self._record.id:
            self.gaps.show_gaps(found[1])
            self._show_kind()

    # Signing

    def draft(self) -> CaseDecisionDraft:
        """The decision as it stands here. Raises Invalid naming what cannot be read or is missing."""
        kind = self._kind
        if kind is None:
            raise Invalid.one("kind", "Choose what was decided first.")
        reason = self.reason.toPlainText().strip()
        if not reason:
            raise Invalid.one("reason", "Write the reason. It is part of what is signed.")
        return CaseDecisionDraft(
            kind=kind,
            reason=reason,
            conditions=self.conditions.toPlainText(),
            decided_on=self.decided_on.day("decided_on"),
            agreed=self._voted("agreed"),
            against=self._voted("against"),
            present=self.present.text(),
            minute_ref=self.minute.text(),
            review_on=self.review_on.day("review_on") if kind is CaseDecisionKind.APPROVE else None,
        )

    def _voted(self, how: str) -> tuple[int, ...]:
        return tuple(user for user, box in self.votes.items() if box.currentData() == how)

    def deciding(self, draft: CaseDecisionDraft) -> Callable[[Progress], Saved]:
        record = self._record
        return partial(_decide, self._desk.ctx, record.id, record.version, draft)


def _elsewhere_only(desk: Desk, gap: Gap) -> bool:
    """The case's own fields are on another tab: the form leads there for them too."""
    return bool(gap.field) or gap_fixes.can_fix(desk, gap)


def _gaps(ctx: Context, case_id: int, day: date | None, progress: Progress) -> tuple[int, Sequence[Gap]]:
    return case_id, loading.gaps_on(ctx, case_id, day)


def _decide(ctx: Context, case_id: int, version: int, draft: CaseDecisionDraft, progress: Progress) -> Saved:
    from smdesk.services import case_decisions

    return case_decisions.decide(ctx, case_id, version, draft)
