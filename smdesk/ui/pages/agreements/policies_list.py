"""The list of policies: what it shows, and the words it says it in (AUP-1, AUP-3)."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from PySide6.QtCore import Qt
from PySide6.QtGui import QIcon
from PySide6.QtWidgets import QWidget

from smdesk.policy.vocabulary import PersonKind
from smdesk.policy.words import narrow_day
from smdesk.security.permissions import Permission, allowed
from smdesk.services import policy_list
from smdesk.services.agreement_records import (
    ASKED_LABELS,
    POLICY_COLUMN_LABELS,
    POLICY_KIND_LABELS,
    POLICY_VIEW_LABELS,
    PolicyColumn,
    PolicyFilter,
    PolicyKind,
    PolicyRow,
    PolicySort,
    PolicyView,
)
from smdesk.ui.desk import Desk
from smdesk.ui.models.chunked import Column, columns_named
from smdesk.ui.widgets.filter_fields import choice, choose, code_in
from smdesk.ui.widgets.filter_row import FilterRow
from smdesk.ui.widgets.listing import Listing
from smdesk.ui.widgets.record_list import RecordList
from smdesk.ui.widgets.status_chip import status_icon

_EMPTY_VIEWS: Final = {
    PolicyView.IN_USE: "No policy is in use",
    PolicyView.REVIEW: "No review is due",
    PolicyView.RETIRED: "No policy was retired",
    PolicyView.ALL: "No policy is on record yet",
}


class PolicyFilters(FilterRow):
    """Which kind of policy, and who is asked for it."""

    def __init__(self, desk: Desk, parent: QWidget | None = None) -> None:
        super().__init__(desk, "policy", PolicyFilter(), "", parent)
        self.person = None  # policies name nobody
        self.kind = choice(
            "policy_filter_kind", "Kind of policy", "Any kind", POLICY_KIND_LABELS.items(), 160
        )
        self.asked = choice("policy_filter_asked", "Asked of", "Asked of anybody", ASKED_LABELS.items(), 150)
        self.fill((self.kind, self.asked), (self.kind, self.asked), ())

    def narrow(self, wanted: PolicyFilter) -> PolicyFilter:
        return replace(wanted, kind=code_in(PolicyKind, self.kind), asked=code_in(PersonKind, self.asked))

    def put(self, wanted: PolicyFilter) -> None:
        choose(self.kind, wanted.kind)
        choose(self.asked, wanted.asked)


def policy_list_view(desk: Desk) -> RecordList:
    """The list of the part "Policies"."""
    may_add = allowed(desk.ctx.user.roles, Permission.AGREEMENTS_EDIT)
    listing = Listing(
        name="policy",
        title="Policies",
        one="policy",
        many="policies",
        nothing=PolicyFilter(),
        sort=PolicySort(),
        shelf=policy_list.SHELF,
        view_labels=POLICY_VIEW_LABELS,
        whole=PolicyView.ALL,
        empty_views=_EMPTY_VIEWS,
        none=(
            "No policy is on record yet",
            (
                "Put the school’s policies here, with who must acknowledge each and the file itself. Who has signed, "
                "declined or not answered, and when the next review is due, follow from it."
            ),
        ),
        first="Put the first policy on record",
        search="Search titles and reviewers",
        new="&New policy…",
        new_tip="Put a policy on record (Ctrl+N)",
        columns=_columns(),
        column_labels=POLICY_COLUMN_LABELS,
        sorted_ids=policy_list.sorted_ids,
        rows=policy_list.rows,
        view_counts=policy_list.view_counts,
        export=_export,
        may_add=may_add,
        also_on=("agreement", "person", "account", "case"),
    )
    return RecordList(desk, listing, PolicyFilters(desk))


def _export(*wanted: object) -> int:
    from smdesk.services import agreement_papers  # only here: the list is there sooner without it

    return agreement_papers.export_policies(*wanted)


Name = PolicyColumn
_column = columns_named(POLICY_COLUMN_LABELS)
_RIGHT: Final = Qt.AlignmentFlag.AlignRight


def _columns() -> tuple[Column[PolicyRow], ...]:
    return (
        _column(Name.TITLE, lambda row: row.title, 250, tooltip=lambda row: row.title, strong=_pressing),
        _column(Name.KIND, lambda row: POLICY_KIND_LABELS[row.kind], 170),
        _column(Name.VERSION, lambda row: row.label, 90),
        _column(Name.ADOPTED, _adopted, 105, hidden=True),
        _column(
            Name.REVIEW,
            lambda row: row.review_words,
            225,
            tooltip=lambda row: row.review_words,
            icon=_review_icon,
            strong=_pressing,
        ),
        _column(
            Name.REVIEWERS, lambda row: row.reviewers, 150, tooltip=lambda row: row.reviewers, hidden=True
        ),
        _column(Name.ASKED_OF, lambda row: row.asked_of, 190, tooltip=lambda row: row.asked_of),
        _column(Name.SIGNED, lambda row: f"{row.tally.signed:,}", 80, alignment=_RIGHT),
        _column(Name.DECLINED, lambda row: f"{row.tally.declined:,}", 85, alignment=_RIGHT),
        _column(Name.OUTSTANDING, lambda row: f"{row.tally.outstanding:,}", 105, alignment=_RIGHT),
    )


def _adopted(row: PolicyRow) -> str:
    return "" if row.adopted_on is None else narrow_day(row.adopted_on)


def _pressing(row: PolicyRow) -> bool:
    return row.review_due


def _review_icon(row: PolicyRow) -> QIcon | None:
    if row.retired_on is not None:
        return status_icon("neutral")
    return status_icon("warning") if row.review_due or not row.label else None
