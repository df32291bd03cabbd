"""The business cases as a list: its columns, its filters, and the words it says it in (ACC-1, ACC-2)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from typing import Final

from PySide6.QtGui import QIcon
from PySide6.QtWidgets import QWidget

from smdesk.policy.accounts import OPENNESS_LABELS
from smdesk.policy.words import narrow_day
from smdesk.security.permissions import Permission, allowed
from smdesk.services import case_list
from smdesk.services.case_records import (
    CASE_COLUMN_LABELS,
    CASE_VIEW_LABELS,
    CaseColumn,
    CaseFilter,
    CaseRow,
    CaseSort,
    CaseStatus,
    CaseView,
)
from smdesk.ui.desk import Desk
from smdesk.ui.models.chunked import Column, columns_named
from smdesk.ui.pages.cases.words import TONES
from smdesk.ui.widgets.filter_fields import choice, choose, choose_text
from smdesk.ui.widgets.filter_row import FilterRow
from smdesk.ui.widgets.listing import Listing
from smdesk.ui.widgets.record_list import RecordList
from smdesk.ui.widgets.status_chip import status_icon
from smdesk.ui.words import count

_EMPTY_VIEWS: Final = {
    CaseView.TO_COMPLETE: "Nothing is waiting to be completed",
    CaseView.AWAITING: "Nothing awaits the meeting",
    CaseView.APPROVED: "No account was approved yet",
    CaseView.PAST: "Nothing was rejected or withdrawn",
    CaseView.ALL: "No account has been proposed yet",
}

_NOTHING: Final = (
    "Anybody may propose an account in the school’s name, or one that exists already. The leadership team approves or "
    "rejects it."
)

Name = CaseColumn
_column = columns_named(CASE_COLUMN_LABELS)


class FilterBar(FilterRow):
    """What narrows the list."""

    def __init__(self, desk: Desk, parent: QWidget | None = None) -> None:
        super().__init__(desk, "case", CaseFilter(), "", parent)
        self.existing = choice(
            "case_filter_existing",
            "New or existing accounts",
            "New or existing",
            [(True, "Exists already")],
            130,
        )
        combos = (self.platform, self.existing)
        self.fill(combos, combos, ())

    def narrow(self, wanted: CaseFilter) -> CaseFilter:
        return replace(
            wanted,
            platform=self.platform_code(),
            existing_only=bool(self.existing.currentData()),
        )

    def put(self, wanted: CaseFilter) -> None:
        choose_text(self.platform, wanted.platform)
        choose(self.existing, wanted.existing_only or None)


def case_list_view(desk: Desk, beside_new: Sequence[QWidget]) -> RecordList:
    """The list of the business cases tab."""
    return RecordList(desk, _listing(desk), FilterBar(desk), beside_new=beside_new)


def _listing(desk: Desk) -> Listing:
    return Listing(
        name="case",
        title="Business cases",
        one="business case",
        many="business cases",
        nothing=CaseFilter(),
        sort=CaseSort(),
        shelf=case_list.SHELF,
        view_labels=CASE_VIEW_LABELS,
        whole=CaseView.ALL,
        empty_views=_EMPTY_VIEWS,
        none=(
            "No account has been proposed yet",
            _NOTHING,
        ),
        first="Write the first business case",
        search="Search references, names, people and points",
        new="&New business case",
        new_tip="Propose an account (Ctrl+N)",
        columns=columns(),
        column_labels=CASE_COLUMN_LABELS,
        sorted_ids=case_list.sorted_ids,
        rows=case_list.rows,
        view_counts=case_list.view_counts,
        export=case_list.export,
        may_add=allowed(desk.ctx.user.roles, Permission.CASES_EDIT),
        also_on=("person", "training", "agreement", "policy", "account"),
    )


def columns() -> tuple[Column[CaseRow], ...]:
    """The columns in their usual order."""
    return (
        _column(Name.REFERENCE, lambda row: row.reference, 102),
        _column(Name.NAME, lambda row: row.name, 175, tooltip=lambda row: row.name),
        _column(Name.PLATFORM, lambda row: row.platform, 110),
        _column(Name.PROPOSER, lambda row: row.proposer, 125, tooltip=lambda row: row.proposer),
        _column(Name.RUNNERS, lambda row: row.runners, 165, tooltip=lambda row: row.runners),
        _column(
            Name.OPENNESS,
            lambda row: OPENNESS_LABELS[row.openness] if row.openness else "",
            130,
            hidden=True,
        ),
        _column(
            Name.STATUS,
            lambda row: row.status_words,
            265,
            tooltip=lambda row: row.status_words,
            icon=_status_icon,
            strong=lambda row: row.status is CaseStatus.MORE_WANTED,
        ),
        _column(Name.MISSING, missing_in_words, 115, icon=_missing_icon),
        _column(Name.SUBMITTED, lambda row: _day(row.submitted_on), 105),
        _column(Name.DECIDED, lambda row: _day(row.decided_on), 105),
    )


def missing_in_words(row: CaseRow) -> str:
    """ "Nothing", "3 things", or nothing to say of a case that is decided."""
    if row.missing is None:
        return ""
    return count(row.missing, "thing") if row.missing else "Nothing"


def _missing_icon(row: CaseRow) -> QIcon | None:
    if row.missing is None:
        return None
    return status_icon("warning" if row.missing else "ok")


def _status_icon(row: CaseRow) -> QIcon | None:
    return status_icon(TONES[row.status])


def _day(day: date | None) -> str:
    return "" if day is None else narrow_day(day)
