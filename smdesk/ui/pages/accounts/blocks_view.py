"""The register of blocks: a list, and one block beside or in place of it (ACC-9)."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final

from PySide6.QtGui import QIcon
from PySide6.QtWidgets import QWidget

from smdesk.policy.words import narrow_day
from smdesk.security.permissions import Permission, allowed
from smdesk.services import block_list
from smdesk.services.account_records import (
    BLOCK_COLUMN_LABELS,
    BLOCK_VIEW_LABELS,
    BlockColumn,
    BlockFilter,
    BlockRow,
    BlockSort,
    BlockView,
)
from smdesk.services.account_words import block_status
from smdesk.ui.desk import Desk
from smdesk.ui.models.chunked import Column, columns_named
from smdesk.ui.pages.accounts.account_filter import AccountFilterRow
from smdesk.ui.pages.accounts.words import block_tone
from smdesk.ui.widgets.filter_fields import choose_text
from smdesk.ui.widgets.list_and_form import ListAndForm
from smdesk.ui.widgets.listing import Listing
from smdesk.ui.widgets.record_list import RecordList
from smdesk.ui.widgets.status_chip import status_icon

if TYPE_CHECKING:
    from smdesk.ui.pages.accounts.block_form import BlockForm

_EMPTY_VIEWS: Final = {
    BlockView.STANDING: "Nobody is blocked",
    BlockView.REVIEW_DUE: "No review is due",
    BlockView.ENDED: "No block has ended yet",
    BlockView.ALL: "No block is on the register yet",
}
_column = columns_named(BLOCK_COLUMN_LABELS)
_Name = BlockColumn


class BlocksView(ListAndForm):
    """The last part of the accounts tab."""

    def __init__(self, desk: Desk, parent: QWidget | None = None) -> None:
        super().__init__(
            desk, RecordList(desk, _listing(desk), BlockFilters(desk)), _make_form, "blocks", parent
        )


def _make_form(desk: Desk) -> BlockForm:
    from smdesk.ui.pages.accounts.block_form import BlockForm

    return BlockForm(desk)


def _listing(desk: Desk) -> Listing:
    return Listing(
        name="block",
        title="Blocks",
        one="block",
        many="blocks",
        nothing=BlockFilter(),
        sort=BlockSort(),
        shelf=block_list.SAVED_FILTERS,
        view_labels=BLOCK_VIEW_LABELS,
        whole=BlockView.ALL,
        empty_views=_EMPTY_VIEWS,
        none=(
            "No block is on the register yet",
            (
                "When a follower or the sender of an e-mail is blocked, write down who, where and why. Every block is "
                "looked at again."
            ),
        ),
        first="Register the first block",
        search="Search who, where and why",
        new="&New block",
        new_tip="Register a block (Ctrl+N)",
        columns=columns(),
        column_labels=BLOCK_COLUMN_LABELS,
        sorted_ids=block_list.sorted_ids,
        rows=block_list.rows,
        view_counts=block_list.view_counts,
        export=_export,
        may_add=allowed(desk.ctx.user.roles, Permission.ACCOUNTS_WATCH),
        also_on=("account", "incident"),
    )


def _export(*wanted: object) -> int:
    from smdesk.services import account_papers  # only here: the list is there sooner without it

    return account_papers.export_blocks(*wanted)


def columns() -> tuple[Column[BlockRow], ...]:
    """The register's columns in their usual order."""
    return (
        _column(
            _Name.WHO, lambda row: row.who, 210, tooltip=lambda row: row.who, icon=_who_icon, strong=_due
        ),
        _column(_Name.WHERE, lambda row: row.where, 220, tooltip=lambda row: row.where),
        _column(_Name.REASON, lambda row: " ".join(row.reason.split()), 300, tooltip=lambda row: row.reason),
        _column(_Name.SINCE, lambda row: narrow_day(row.since_on), 105),
        _column(_Name.REVIEW, _review, 105),
        _column(_Name.STATUS, block_status, 190, icon=lambda row: status_icon(block_tone(row)), strong=_due),
        _column(_Name.INCIDENT, lambda row: row.incident, 105),
    )


def _due(row: BlockRow) -> bool:
    return row.review_due


def _who_icon(row: BlockRow) -> QIcon | None:
    return status_icon("neutral") if row.masked else None


def _review(row: BlockRow) -> str:
    return "" if row.ended_on is not None or row.review_on is None else narrow_day(row.review_on)


class BlockFilters(AccountFilterRow):
    """What narrows the register of blocks."""

    def __init__(self, desk: Desk, parent: QWidget | None = None) -> None:
        super().__init__(desk, "block", BlockFilter(), "Somebody who is blocked", parent)
        combos = (self.account, self.platform)
        self.fill(combos, combos, ())

    def narrow(self, wanted: BlockFilter) -> BlockFilter:
        return replace(
            wanted,
            platform=self.platform_code(),
            person_id=self.person_id(),
            account_id=self.account_id(),
        )

    def put(self, wanted: BlockFilter) -> None:
        choose_text(self.platform, wanted.platform)
        self.put_account(wanted.account_id)
