"""The register of school accounts as a list: what it shows, and the words it says it in (ACC-1 to ACC-7)."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Final

from PySide6.QtWidgets import QWidget

from smdesk.policy.accounts import OPENNESS_LABELS, Openness
from smdesk.policy.words import narrow_day
from smdesk.security.permissions import Permission, allowed
from smdesk.services import account_list
from smdesk.services.account_records import (
    ACCOUNT_COLUMN_LABELS,
    ACCOUNT_VIEW_LABELS,
    AccountColumn,
    AccountFilter,
    AccountRow,
    AccountSort,
    AccountView,
)
from smdesk.ui.desk import Desk
from smdesk.ui.models.chunked import Column, columns_named
from smdesk.ui.pages.accounts.words import account_tone
from smdesk.ui.widgets.filter_fields import choice, choose, choose_text, code_in
from smdesk.ui.widgets.filter_row import FilterRow
from smdesk.ui.widgets.listing import Listing
from smdesk.ui.widgets.record_list import RecordList
from smdesk.ui.widgets.status_chip import status_icon

_EMPTY_VIEWS: Final = {
    AccountView.OPEN: "No account is open",
    AccountView.NOT_COMPLIANT: "Nothing is missing: every open account complies",
    AccountView.NOT_APPROVED: "Every open account is approved",
    AccountView.CLOSED: "No account was closed yet",
    AccountView.ALL: "No account is on the register yet",
}
_column = columns_named(ACCOUNT_COLUMN_LABELS)
_Name = AccountColumn


def account_list_view(desk: Desk) -> RecordList:
    """The list of the register."""
    return RecordList(desk, _listing(desk), AccountFilters(desk))


def _listing(desk: Desk) -> Listing:
    may_add = allowed(desk.ctx.user.roles, Permission.ACCOUNTS_EDIT)
    return Listing(
        name="account",
        title="School accounts",
        one="account",
        many="accounts",
        nothing=AccountFilter(),
        sort=AccountSort(),
        shelf=account_list.SAVED_FILTERS,
        view_labels=ACCOUNT_VIEW_LABELS,
        whole=AccountView.ALL,
        empty_views=_EMPTY_VIEWS,
        none=(
            "No account is on the register yet",
            (
                "Put every account of the school here, also those that have been there for years: who runs it, who is "
                "responsible, and where the password is kept. What is missing then shows by itself."
            ),
        ),
        first="Add the first account",
        search="Search names, links, purposes and people",
        new="&New account",
        new_tip="Put an account on the register (Ctrl+N)",
        columns=columns(),
        column_labels=ACCOUNT_COLUMN_LABELS,
        sorted_ids=account_list.sorted_ids,
        rows=account_list.rows,
        view_counts=account_list.view_counts,
        export=_export,
        may_add=may_add,
        # What an account lacks hangs on all of these.
        also_on=("person", "look", "training", "agreement", "policy", "case", "school", "profile"),
    )


def _export(*wanted: object) -> int:
    from smdesk.services import account_papers  # only here: the list is there sooner without it

    return account_papers.export_accounts(*wanted)


def columns() -> tuple[Column[AccountRow], ...]:
    """The register's columns in their usual order. Nothing is said by colour alone."""
    return (
        _column(_Name.NAME, lambda row: row.name, 225, tooltip=lambda row: row.name, strong=_lacking),
        _column(_Name.PLATFORM, lambda row: row.platform, 110, hidden=True),
        _column(
            _Name.STANDING,
            lambda row: row.standing.words,
            300,
            tooltip=_standing_tip,
            icon=lambda row: status_icon(account_tone(row.standing, closed=row.closed_on is not None)),
            strong=_lacking,
        ),
        _column(
            _Name.RESPONSIBLE,
            lambda row: row.responsible or "Nobody",
            130,
            tooltip=lambda row: row.responsible,
        ),
        _column(_Name.RUNNERS, lambda row: row.runners, 175, tooltip=lambda row: row.runners),
        _column(_Name.OPENNESS, _openness, 120),
        _column(_Name.APPROVED, lambda row: _day(row.approved_on) or "Not yet", 100),
        _column(_Name.REVIEW, lambda row: _day(row.review_on), 98),
        _column(_Name.LOOKED, lambda row: _day(row.looked_on) or "Never", 110),
        _column(_Name.CREDENTIALS, lambda row: row.credentials_place, 160, hidden=True),
        _column(_Name.LINK, lambda row: row.link, 200, hidden=True),
        _column(_Name.PURPOSE, lambda row: row.purpose, 200, tooltip=lambda row: row.purpose, hidden=True),
        _column(_Name.AUDIENCE, lambda row: row.audience, 160, hidden=True),
        _column(_Name.OPENED, lambda row: _day(row.opened_on), 100, hidden=True),
        _column(_Name.CLOSED, lambda row: _day(row.closed_on), 100, hidden=True),
    )


def _lacking(row: AccountRow) -> bool:
    return not row.standing.compliant


def _standing_tip(row: AccountRow) -> str:
    return "\n".join(f"{gap.text} ({gap.rule})" for gap in row.standing.gaps) or row.standing.words


def _openness(row: AccountRow) -> str:
    return "" if row.openness is Openness.NOT_ANSWERED else OPENNESS_LABELS[row.openness]


def _day(day: date | None) -> str:
    return "" if day is None else narrow_day(day)


class AccountFilters(FilterRow):
    """What narrows the register of accounts."""

    def __init__(self, desk: Desk, parent: QWidget | None = None) -> None:
        super().__init__(desk, "account", AccountFilter(), "Somebody who runs it or is responsible", parent)
        self.openness = choice(
            "account_filter_openness", "Open or closed", "Open or closed", OPENNESS_LABELS.items(), 130
        )
        combos = (self.platform, self.openness)
        self.fill(combos, combos, ())

    def narrow(self, wanted: AccountFilter) -> AccountFilter:
        return replace(
            wanted,
            platform=self.platform_code(),
            openness=code_in(Openness, self.openness),
            person_id=self.person_id(),
        )

    def put(self, wanted: AccountFilter) -> None:
        choose_text(self.platform, wanted.platform)
        choose(self.openness, wanted.openness)
