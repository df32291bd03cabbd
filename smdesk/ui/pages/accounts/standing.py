"""Beside the fields of an account: whether it complies and what is missing, with a button for each; its approval, its
business cases, who is blocked on it."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QVBoxLayout, QWidget

from smdesk.policy.accounts import Gap, GapKind
from smdesk.policy.words import written_day
from smdesk.security.permissions import Permission, allowed
from smdesk.services.account_records import AccountRecord
from smdesk.services.account_words import COMPLIES
from smdesk.ui import gap_fixes, theme
from smdesk.ui.desk import Desk
from smdesk.ui.pages.accounts.words import account_tone
from smdesk.ui.widgets.buttons import button
from smdesk.ui.widgets.fact_grid import FactGrid
from smdesk.ui.widgets.flow import flow
from smdesk.ui.widgets.forms import Card, Scrolled
from smdesk.ui.widgets.gap_list import GapList
from smdesk.ui.widgets.status_chip import StatusChip
from smdesk.ui.widgets.text import PlainLabel, muted, named
from smdesk.ui.widgets.wrapped_link import WrappedLink
from smdesk.ui.words import count, moment_in_words

_EDITED = frozenset(
    {GapKind.STAFF, GapKind.NOBODY_RESPONSIBLE, GapKind.CHECKLIST, GapKind.REVIEW_OVERDUE, GapKind.POINT}
)
NEW_SAYS = (
    "Platform and name are enough to save; the rest can follow. An account without an approved business case shows as "
    "not yet approved, and what else is missing is said here as soon as it is saved."
)


class StandingPanel(QWidget):
    """Read from top to bottom it answers: does it comply, what is missing, and what do I press."""

    fix_wanted = Signal(object)
    slip_wanted = Signal(object)
    case_wanted = Signal(object)
    """Carries the id of a business case."""
    part_wanted = Signal(object)
    """Carries the name of another part of the tab: what there is about this account."""

    def __init__(self, desk: Desk, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("account_standing")
        self.setAccessibleName("Whether it complies and what is missing")
        self._desk = desk
        self._links: list[QWidget] = []
        self.status = StatusChip("New", "neutral", self)
        self.status.setObjectName("account_standing_status")
        self.says = named(PlainLabel("", self), "account_standing_words")
        self.gaps = GapList("account_gaps", self, can_fix=self._can_fix, can_slip=gap_fixes.can_slip(desk))
        self.gaps.fix.connect(self.fix_wanted)
        self.gaps.slip.connect(self.slip_wanted)
        standing = Card("Whether it complies")
        for widget in (flow(self.status), self.says, self.gaps):
            standing.body.addWidget(widget)

        self.facts = FactGrid("account_facts")
        self._cases = QVBoxLayout()
        self._cases.setSpacing(theme.TIGHT)
        self.approval = Card("Approval and watching")
        self.approval.body.addWidget(self.facts)
        self.approval.body.addLayout(self._cases)
        self.watching = button(
            "Watching", "account_watching", self._part, tip="When it was looked at, and by whom"
        )
        self.messages = button("Messages", "account_messages", self._part, tip="What came in on it")
        self.blocks = button("Blocks", "account_blocks", self._part, tip="Who is blocked on it")
        for made, part in ((self.watching, "watching"), (self.messages, "messages"), (self.blocks, "blocks")):
            made.setProperty("part", part)
        self.approval.body.addWidget(flow(self.watching, self.messages, self.blocks))
        self.foot = named(muted(""), "account_foot")

        scrolled = Scrolled(margin=theme.NORMAL)
        for card in (standing, self.approval, self.foot):
            scrolled.body.addWidget(card)
        scrolled.body.addStretch(1)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(scrolled)

    def show_record(self, record: AccountRecord | None) -> None:
        """How one account stands; None for one that is not saved yet."""
        self.approval.setVisible(record is not None)
        self._show_cases(record)
        if record is None:
            self.status.show_status("New", "neutral")
            self.says.setText(NEW_SAYS)
            self.gaps.show_gaps(())
            self.foot.setText("")
            return
        closed = record.closed_on is not None
        gaps = record.standing.gaps
        self.status.show_status(_chip(record), account_tone(record.standing, closed=closed))
        self.says.setText(record.closed_reason if closed else "" if gaps else f"{COMPLIES} today.")
        self.says.setVisible(bool(self.says.text()))
        self.gaps.show_gaps(gaps)
        self.facts.show_lines(_facts(record))
        self.blocks.setText(f"Blocks ({record.blocks})" if record.blocks else "Blocks")
        self.foot.setText(
            f"Put on the register by {record.recorded_by}, {moment_in_words(record.recorded_at)}."
        )

    def _show_cases(self, record: AccountRecord | None) -> None:
        for link in self._links:
            self._cases.removeWidget(link)
            link.hide()
            link.deleteLater()
        self._links = []
        if record is None or not allowed(self._desk.ctx.user.roles, Permission.CASES_READ):
            return
        for case_id, reference, status in record.cases:
            made = WrappedLink(f"Business case {reference}: {status}", f"account_case_{case_id}")
            made.setProperty("case", case_id)
            made.clicked.connect(self._case_pressed)
            self._cases.addWidget(made)
            made.show()
            self._links.append(made)

    def _can_fix(self, gap: Gap) -> bool:
        roles = self._desk.ctx.user.roles
        if gap.kind is GapKind.NOT_APPROVED:
            return allowed(roles, Permission.CASES_EDIT)
        if gap.kind is GapKind.NOT_WATCHED:
            return allowed(roles, Permission.ACCOUNTS_WATCH)
        if gap.kind in _EDITED:
            return allowed(roles, Permission.ACCOUNTS_EDIT)
        return gap_fixes.can_fix(self._desk, gap)

    def _case_pressed(self) -> None:
        self.case_wanted.emit(int(self.sender().property("case")))

    def _part(self) -> None:
        self.part_wanted.emit(str(self.sender().property("part")))


def _chip(record: AccountRecord) -> str:
    if record.closed_on is not None:
        return f"Closed on {written_day(record.closed_on)}"
    gaps = len(record.standing.gaps)
    return f"{count(gaps, 'thing')} missing" if gaps else "Complies"


def _facts(record: AccountRecord) -> list[tuple[str, str]]:
    draft = record.draft
    return [
        ("Approved", written_day(record.approved_on) if record.approved_on else "Not yet approved"),
        ("By", record.approved_by),
        ("Next review", written_day(draft.review_on) if draft.review_on else "No day is set"),
        ("Looked at", written_day(record.looked_on) if record.looked_on else "Never yet"),
        ("Checklist", f"Last changed on {written_day(record.checklist_on)}" if record.checklist_on else ""),
    ]
