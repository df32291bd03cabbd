"""The incident list: what it shows, and the words it says it in."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from smdesk.security.permissions import Permission, Role, allowed
from smdesk.services import incident_list, settings
from smdesk.services.context import Context
from smdesk.services.incident_records import COLUMN_LABELS, VIEW_LABELS, IncidentFilter, Sort, View
from smdesk.ui.desk import Desk
from smdesk.ui.pages.incidents import list_columns
from smdesk.ui.pages.incidents.filter_bar import FilterBar
from smdesk.ui.widgets.listing import Listing
from smdesk.ui.widgets.record_list import RecordList

_EMPTY_VIEWS: Final = {
    View.OPEN: "No incident is open",
    View.OVERDUE: "Nothing is overdue",
    View.MINE: "Nothing is waiting for you",
    View.AWAITING_HEADTEACHER: "Nothing is waiting for the headteacher",
    View.CLOSED: "No incident has been closed yet",
    View.ALL: "Nothing logged yet",
}


def incident_list_view(desk: Desk) -> RecordList:
    """The list of the incidents tab."""
    return RecordList(desk, _listing(desk), FilterBar(desk))


def _listing(desk: Desk) -> Listing:
    roles = desk.ctx.user.roles
    may_add = allowed(roles, Permission.INCIDENTS_EDIT)
    return Listing(
        name="incident",
        title="Incidents",
        one="incident",
        many="incidents",
        nothing=IncidentFilter(),
        sort=Sort(),
        shelf=settings.INCIDENTS,
        view_labels=VIEW_LABELS,
        whole=View.ALL,
        empty_views=_EMPTY_VIEWS,
        none=("Nothing logged yet" if may_add else "Nothing here for you", _nothing_words(roles, may_add)),
        first="Log the first incident",
        search="Search references, summaries, people and evidence",
        new="&New incident",
        new_tip="Log an incident (Ctrl+N)",
        columns=list_columns.columns(desk.ctx.now),
        column_labels=COLUMN_LABELS,
        sorted_ids=incident_list.sorted_ids,
        rows=incident_list.rows,
        view_counts=_counts,
        export=_export,
        may_add=may_add,
    )


def _nothing_words(roles: frozenset[Role], may_add: bool) -> str:
    if may_add:
        return "When somebody posts about the school, log it here: who, where, what and when."
    if Role.CHAIR_OF_GOVERNORS in roles:
        return "Incidents in which the headteacher is the one concerned come here: the chair of governors decides."
    return "Incidents come here when somebody gives them to you to handle."


def _counts(ctx: Context) -> Mapping[View, int]:
    return incident_list.view_counts(ctx).counts


def _export(*wanted: object) -> int:
    from smdesk.services import exports  # only here: the list is there sooner without it

    return exports.incidents(*wanted)
