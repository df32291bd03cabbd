"""The list of messages: what it shows, and the words it says it in (ACC-5)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from typing import Final

from PySide6.QtGui import QIcon
from PySide6.QtWidgets import QWidget

from smdesk.security.permissions import Permission, allowed
from smdesk.services import message_list
from smdesk.services.message_clock import time_left_words
from smdesk.services.message_records import (
    MESSAGE_COLUMN_LABELS,
    MESSAGE_KIND_LABELS,
    MESSAGE_VIEW_LABELS,
    MessageColumn,
    MessageFilter,
    MessageKind,
    MessageRow,
    MessageSort,
    MessageStatus,
    MessageView,
)
from smdesk.ui.desk import Desk
from smdesk.ui.models.chunked import Column, columns_named
from smdesk.ui.pages.accounts.account_filter import AccountFilterRow
from smdesk.ui.pages.accounts.message_panel import STATUS_TONES
from smdesk.ui.widgets.filter_fields import choice, choose, code_in
from smdesk.ui.widgets.listing import Listing
from smdesk.ui.widgets.record_list import RecordList
from smdesk.ui.widgets.status_chip import status_icon
from smdesk.ui.words import narrow_moment

_EMPTY_VIEWS: Final = {
    MessageView.WAITING: "Nothing waits for a reply",
    MessageView.OVERDUE: "Nothing is overdue",
    MessageView.ACKNOWLEDGED: "Nothing was acknowledged and is still to be answered",
    MessageView.SETTLED: "Nothing was settled yet",
    MessageView.ALL: "No message was logged yet",
}
_Name = MessageColumn
_column = columns_named(MESSAGE_COLUMN_LABELS)


def message_list_view(desk: Desk) -> RecordList:
    """The list of messages and comments."""
    return RecordList(desk, _listing(desk), MessageFilters(desk))


def _listing(desk: Desk) -> Listing:
    return Listing(
        name="message",
        title="Messages and comments",
        one="message",
        many="messages",
        nothing=MessageFilter(),
        sort=MessageSort(),
        shelf=message_list.SAVED_FILTERS,
        view_labels=MESSAGE_VIEW_LABELS,
        whole=MessageView.ALL,
        empty_views=_EMPTY_VIEWS,
        none=(
            "No message was logged yet",
            (
                "Log what comes in on the school’s own accounts: comments, queries, complaints and praise. The clock "
                "for the reply starts when it came in, and what is overdue is seen from every tab."
            ),
        ),
        first="Log the first message",
        search="Search references, names and what was said",
        new="&New message",
        new_tip="Log what came in (Ctrl+N)",
        columns=columns(desk.ctx.now),
        column_labels=MESSAGE_COLUMN_LABELS,
        sorted_ids=message_list.sorted_ids,
        rows=message_list.rows,
        view_counts=message_list.view_counts,
        export=message_list.export,
        may_add=allowed(desk.ctx.user.roles, Permission.ACCOUNTS_WATCH),
        # Who may read a message that became an incident hangs on the incident.
        also_on=("person", "incident", "account"),
    )


def columns(now: Callable[[], datetime]) -> tuple[Column[MessageRow], ...]:
    """The list's columns in their usual order. Nothing is said by colour alone."""

    def due(row: MessageRow) -> str:
        if row.due_at is None:
            return ""
        if row.status is MessageStatus.WAITING:
            return f"{time_left_words(row.due_at, now())}, {narrow_moment(row.due_at)}"
        return narrow_moment(row.due_at)

    return (
        _column(_Name.REFERENCE, lambda row: row.reference, 102, strong=_pressing),
        _column(_Name.DUE, due, 250, tooltip=due, strong=_pressing),
        _column(
            _Name.STATUS,
            message_list.status_words,
            200,
            tooltip=message_list.status_words,
            icon=_icon,
            strong=_pressing,
        ),
        _column(_Name.KIND, lambda row: MESSAGE_KIND_LABELS[row.kind], 90),
        _column(_Name.FROM, lambda row: row.from_name, 135, tooltip=lambda row: row.from_name),
        _column(_Name.SAID, lambda row: row.said, 250, tooltip=lambda row: row.said),
        _column(_Name.ACCOUNT, lambda row: row.account, 170, tooltip=lambda row: row.account),
        _column(_Name.RECEIVED, lambda row: narrow_moment(row.received_at), 140),
        _column(
            _Name.REPLIED,
            lambda row: "" if row.replied_at is None else narrow_moment(row.replied_at),
            140,
            hidden=True,
        ),
        _column(_Name.INCIDENT, lambda row: row.incident, 100, hidden=True),
    )


def _pressing(row: MessageRow) -> bool:
    return row.overdue


def _icon(row: MessageRow) -> QIcon | None:
    if row.overdue:
        return status_icon("danger")
    return status_icon("warning" if row.late else STATUS_TONES[row.status])


class MessageFilters(AccountFilterRow):
    """What narrows the list of messages."""

    def __init__(self, desk: Desk, parent: QWidget | None = None) -> None:
        super().__init__(desk, "message", MessageFilter(), "Who it is from", parent)
        self.kind = choice(
            "message_filter_kind", "Kind of message", "Any kind", MESSAGE_KIND_LABELS.items(), 110
        )
        combos = (self.account, self.kind)
        self.fill(combos, combos, ())

    def narrow(self, wanted: MessageFilter) -> MessageFilter:
        return replace(
            wanted,
            kind=code_in(MessageKind, self.kind),
            account_id=self.account_id(),
            person_id=self.person_id(),
        )

    def put(self, wanted: MessageFilter) -> None:
        choose(self.kind, wanted.kind)
        self.put_account(wanted.account_id)
