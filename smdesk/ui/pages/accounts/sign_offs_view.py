"""The part "Sign-offs" of the accounts tab: posts put to a senior leader, and the form that opens from it (ACC-6)."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import TYPE_CHECKING, Final

from PySide6.QtGui import QIcon
from PySide6.QtWidgets import QWidget

from smdesk.policy.words import narrow_day
from smdesk.security.permissions import Permission, allowed
from smdesk.services import sign_off_list
from smdesk.services.sign_off_records import (
    SIGN_OFF_COLUMN_LABELS,
    SIGN_OFF_VIEW_LABELS,
    SignOffColumn,
    SignOffFilter,
    SignOffRow,
    SignOffSort,
    SignOffView,
)
from smdesk.ui.desk import Desk
from smdesk.ui.models.chunked import Column, columns_named
from smdesk.ui.pages.accounts.account_filter import AccountFilterRow
from smdesk.ui.pages.accounts.sign_off_panel import STATUS_TONES
from smdesk.ui.widgets.list_and_form import ListAndForm
from smdesk.ui.widgets.listing import Listing
from smdesk.ui.widgets.record_list import RecordList
from smdesk.ui.widgets.status_chip import status_icon
from smdesk.ui.words import narrow_moment

if TYPE_CHECKING:
    from smdesk.ui.pages.accounts.sign_off_form import SignOffForm

_EMPTY_VIEWS: Final = {
    SignOffView.WAITING: "No post waits for a decision",
    SignOffView.MINE: "No post waits for you",
    SignOffView.READY: "No approved post is still to be published",
    SignOffView.DECIDED: "No post was decided yet",
    SignOffView.ALL: "No post was put to a senior leader yet",
}
_Name = SignOffColumn
_column = columns_named(SIGN_OFF_COLUMN_LABELS)


class SignOffsView(ListAndForm):
    """What the accounts tab shows under "Sign-offs"."""

    def __init__(self, desk: Desk, parent: QWidget | None = None) -> None:
        super().__init__(
            desk, RecordList(desk, _listing(desk), SignOffFilters(desk)), _make_form, "sign_offs", parent
        )


def _make_form(desk: Desk) -> SignOffForm:
    from smdesk.ui.pages.accounts.sign_off_form import SignOffForm

    return SignOffForm(desk)


def _listing(desk: Desk) -> Listing:
    return Listing(
        name="sign_off",
        title="Posts to sign off",
        one="post",
        many="posts",
        nothing=SignOffFilter(),
        sort=SignOffSort(),
        shelf=sign_off_list.SAVED_FILTERS,
        view_labels=SIGN_OFF_VIEW_LABELS,
        whole=SignOffView.ALL,
        empty_views=_EMPTY_VIEWS,
        none=(
            "No post was put to a senior leader yet",
            (
                "When a post may be controversial, put its text and pictures to a senior leader here before it is "
                "published. What was asked, who decided and why stays on record."
            ),
        ),
        first="Put the first post to a leader",
        search="Search what the posts say",
        new="&New post",
        new_tip="Put a post to a senior leader (Ctrl+N)",
        columns=columns(),
        column_labels=SIGN_OFF_COLUMN_LABELS,
        sorted_ids=sign_off_list.sorted_ids,
        rows=sign_off_list.rows,
        view_counts=sign_off_list.view_counts,
        export=sign_off_list.export,
        may_add=allowed(desk.ctx.user.roles, Permission.ACCOUNTS_WATCH),
        also_on=("user", "account"),
    )


def columns() -> tuple[Column[SignOffRow], ...]:
    """The list's columns in their usual order. Nothing is said by colour alone."""
    return (
        _column(_Name.TITLE, lambda row: row.title, 250, tooltip=lambda row: row.title, strong=_late),
        _column(_Name.ACCOUNT, lambda row: row.account, 190, tooltip=lambda row: row.account),
        _column(
            _Name.STATUS,
            sign_off_list.status_words,
            260,
            tooltip=sign_off_list.status_words,
            icon=_icon,
            strong=_late,
        ),
        _column(_Name.PLANNED, lambda row: _day(row.planned_for), 115),
        _column(_Name.ASKED_BY, lambda row: row.asked_by, 135),
        _column(_Name.ASKED_OF, lambda row: row.asked_of or "Any of them", 135),
        _column(_Name.ASKED, lambda row: narrow_moment(row.asked_at), 140),
        _column(_Name.DECIDED_BY, lambda row: row.decided_by, 135, hidden=True),
        _column(
            _Name.DECIDED,
            lambda row: "" if row.decided_at is None else narrow_moment(row.decided_at),
            140,
            hidden=True,
        ),
        _column(_Name.PUBLISHED, lambda row: _day(row.published_on), 115),
    )


def _day(day: date | None) -> str:
    return "" if day is None else narrow_day(day)


def _late(row: SignOffRow) -> bool:
    return row.late


def _icon(row: SignOffRow) -> QIcon | None:
    return status_icon("warning" if row.late else STATUS_TONES[row.status])


class SignOffFilters(AccountFilterRow):
    """What narrows the list of posts."""

    def __init__(self, desk: Desk, parent: QWidget | None = None) -> None:
        super().__init__(desk, "sign_off", SignOffFilter(), "", parent)
        self.fill((self.account,), (self.account,), ())

    def narrow(self, wanted: SignOffFilter) -> SignOffFilter:
        return replace(wanted, account_id=self.account_id())

    def put(self, wanted: SignOffFilter) -> None:
        self.put_account(wanted.account_id)
