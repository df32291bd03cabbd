"""The register of connection exceptions as a list: what it shows, and the words it says it in (CON-1 to CON-5)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Final

from PySide6.QtWidgets import QWidget

from smdesk.security.permissions import Permission, Role, allowed
from smdesk.services import connection_list, settings
from smdesk.services.connection_records import (
    EXCEPTION_COLUMN_LABELS,
    EXCEPTION_VIEW_LABELS,
    ExceptionFilter,
    ExceptionSort,
    ExceptionView,
)
from smdesk.ui.desk import Desk
from smdesk.ui.pages.connections import list_columns
from smdesk.ui.pages.connections.filter_bar import FilterBar
from smdesk.ui.widgets.listing import Listing
from smdesk.ui.widgets.record_list import RecordList
from smdesk.ui.words import day_in_words

_EMPTY_VIEWS: Final = {
    ExceptionView.IN_FORCE: "No exception is in force",
    ExceptionView.AWAITING: "Nothing awaits a decision",
    ExceptionView.TO_COMPLETE: "Nothing is waiting to be completed",
    ExceptionView.REVIEW_DUE: "No review is due",
    ExceptionView.PAST: "Nothing was refused or has ended yet",
    ExceptionView.ALL: "No connection has been declared yet",
}


def exception_list_view(desk: Desk, beside_new: Sequence[QWidget], above_table: QWidget) -> RecordList:
    """The list of the connections tab."""
    return RecordList(desk, _listing(desk), FilterBar(desk), beside_new=beside_new, above_table=above_table)


def _listing(desk: Desk) -> Listing:
    roles, today = desk.ctx.user.roles, desk.ctx.today
    may_add = allowed(roles, Permission.CONNECTIONS_EDIT)

    def nothing_fits(wanted: ExceptionFilter) -> str:
        """Where one day is looked at, that nobody was allowed on it is an answer rather than a bad search."""
        if (
            wanted.on_day is None
            or replace(wanted, on_day=None, view=ExceptionView.IN_FORCE) != ExceptionFilter()
        ):
            return ""
        return f"No connection was allowed on {day_in_words(wanted.on_day, today())}"

    return Listing(
        name="exception",
        title="Connection exceptions",
        one="exception",
        many="exceptions",
        nothing=ExceptionFilter(),
        sort=ExceptionSort(),
        shelf=settings.CONNECTIONS,
        view_labels=EXCEPTION_VIEW_LABELS,
        whole=ExceptionView.ALL,
        empty_views=_EMPTY_VIEWS,
        none=(
            "No connection has been declared yet" if may_add else "Nothing here for you",
            _nothing_words(roles, may_add),
        ),
        first="Record the first declaration",
        search="Search references, names and what was declared",
        new="&New declaration",
        new_tip="Record what somebody declared (Ctrl+N)",
        columns=list_columns.columns(),
        column_labels=EXCEPTION_COLUMN_LABELS,
        sorted_ids=connection_list.sorted_ids,
        rows=connection_list.rows,
        view_counts=connection_list.view_counts,
        export=_export,
        may_add=may_add,
        also_on=("person",),
        view_of=_view_of,
        in_view=_in_view,
        nothing_fits=nothing_fits,
    )


def _view_of(wanted: ExceptionFilter) -> ExceptionView | None:
    return wanted.view if wanted.on_day is None else None


def _in_view(wanted: ExceptionFilter, view: ExceptionView) -> ExceptionFilter:
    return replace(wanted, view=view, on_day=None)


def _nothing_words(roles: frozenset[Role], may_add: bool) -> str:
    if may_add:
        return (
            "When a pupil and an adult who works with the school are connected online, for example as relatives, "
            "record what they declare here. The headteacher decides."
        )
    if Role.CHAIR_OF_GOVERNORS in roles:
        return (
            "Exceptions in which the headteacher is one of the two come here: the chair of governors decides."
        )
    return "You may not open any exception."


def _export(*wanted: object) -> int:
    from smdesk.services import connection_papers  # only here: the list is there sooner without it

    return connection_papers.export_list(*wanted)
