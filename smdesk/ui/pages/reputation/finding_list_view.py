"""The list of findings: what it shows, and the words it says it in (REP-1, REP-2)."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from PySide6.QtGui import QIcon
from PySide6.QtWidgets import QWidget

from smdesk.policy.words import narrow_day
from smdesk.security.permissions import Permission, allowed
from smdesk.services import findings_list, reputation
from smdesk.services.reputation_records import (
    FINDING_COLUMN_LABELS,
    FINDING_VIEW_LABELS,
    TO_BE_DONE,
    TONE_LABELS,
    FindingColumn,
    FindingFilter,
    FindingRow,
    FindingSort,
    FindingView,
    Tone,
)
from smdesk.ui.desk import Desk
from smdesk.ui.models.chunked import Column, columns_named
from smdesk.ui.pages.reputation.words import TONE_SHAPES
from smdesk.ui.tasks import Progress
from smdesk.ui.widgets.dates import DateEdit
from smdesk.ui.widgets.filter_fields import choice, choose, code_in, day_in, label_for, offer
from smdesk.ui.widgets.filter_fields import narrow_day as narrow
from smdesk.ui.widgets.filter_row import FilterRow
from smdesk.ui.widgets.forms import row
from smdesk.ui.widgets.listing import Listing
from smdesk.ui.widgets.record_list import RecordList
from smdesk.ui.widgets.status_chip import status_icon

_EMPTY_VIEWS: Final = {
    FindingView.TO_DECIDE: "Nothing waits to be decided",
    FindingView.TO_DO: "Nothing that was decided is still to be done",
    FindingView.DONE: "Nothing was settled yet",
    FindingView.ALL: "Nothing was found yet",
}
_Name = FindingColumn
_column = columns_named(FINDING_COLUMN_LABELS)


def finding_list_view(desk: Desk) -> RecordList:
    """The list of what was found."""
    return RecordList(desk, _listing(desk), FindingFilters(desk))


def _listing(desk: Desk) -> Listing:
    return Listing(
        name="finding",
        title="Findings",
        one="finding",
        many="findings",
        nothing=FindingFilter(),
        sort=FindingSort(),
        shelf=findings_list.SHELF,
        view_labels=FINDING_VIEW_LABELS,
        whole=FindingView.ALL,
        empty_views=_EMPTY_VIEWS,
        none=(
            "Nothing was found yet",
            (
                "What is said about the school elsewhere stands here: praise, neutral or criticism, with link and "
                "screenshot, and what was decided about it. Places to look at are under Places."
            ),
        ),
        first="Record the first finding",
        search="Search references, places, names and what was said",
        new="&New finding",
        new_tip="Record what was found (Ctrl+N)",
        columns=_columns(),
        column_labels=FINDING_COLUMN_LABELS,
        sorted_ids=findings_list.sorted_ids,
        rows=findings_list.rows,
        view_counts=findings_list.view_counts,
        export=findings_list.export,
        may_add=allowed(desk.ctx.user.roles, Permission.REPUTATION_EDIT),
        # Who may read a finding that became an incident hangs on the incident.
        also_on=("person", "incident", "place"),
    )


def _columns() -> tuple[Column[FindingRow], ...]:
    """The list's columns in their usual order. Nothing is said by colour alone."""
    return (
        _column(_Name.REFERENCE, lambda row: row.reference, 105, strong=_pressing),
        _column(_Name.FOUND, lambda row: narrow_day(row.found_on), 105),
        _column(_Name.PLACE, lambda row: row.place, 160, tooltip=lambda row: row.place),
        _column(_Name.TONE, lambda row: TONE_LABELS[row.tone], 105, icon=_tone_icon),
        _column(_Name.BY, lambda row: row.by_name, 140, tooltip=lambda row: row.by_name),
        _column(_Name.SAID, lambda row: row.said, 300, tooltip=lambda row: row.said),
        _column(
            _Name.DECISION,
            findings_list.decision_words,
            210,
            tooltip=findings_list.decision_words,
            icon=_decision_icon,
            strong=_pressing,
        ),
        _column(_Name.DONE, lambda row: "" if row.done_on is None else narrow_day(row.done_on), 105),
    )


def _pressing(row: FindingRow) -> bool:
    return row.journalist and row.decision is None and not row.withdrawn


def _tone_icon(row: FindingRow) -> QIcon | None:
    return status_icon(TONE_SHAPES[row.tone])


def _decision_icon(row: FindingRow) -> QIcon | None:
    if row.withdrawn:
        return status_icon("neutral")
    if row.decision is None:
        return status_icon("danger" if row.journalist else "warning")
    if row.decision in TO_BE_DONE:
        return status_icon("info" if row.done_on is None else "ok")
    return status_icon("neutral")


class FindingFilters(FilterRow):
    """What narrows the list of findings."""

    def __init__(self, desk: Desk, parent: QWidget | None = None) -> None:
        super().__init__(desk, "finding", FindingFilter(), "", parent)
        self.place = choice("finding_filter_place", "Where it was found", "Any place", (), 150)
        self.tone = choice("finding_filter_tone", "Tone", "Any tone", TONE_LABELS.items(), 110)
        today = desk.ctx.today
        self.found_from = narrow(DateEdit("finding_filter_from", "Found from", clock=today), "any day")
        self.found_to = narrow(DateEdit("finding_filter_to", "Found up to", clock=today), "any day")
        first = row(label_for("F&rom", self.found_from), self.found_from, spacing=4)
        last = row(label_for("&to", self.found_to), self.found_to, spacing=4)
        combos = (self.place, self.tone)
        self.fill((*combos, first, last), combos, (self.found_from, self.found_to))
        ctx = desk.ctx

        def work(progress: Progress) -> list[tuple[int, str]]:
            checked = [(each.id, each.draft.name) for each in reputation.places(ctx)]
            stopped = [
                (each.id, f"{each.draft.name} (stopped)") for each in reputation.places(ctx, stopped=True)
            ]
            return checked + stopped

        desk.tasks.run(self, work, self._offer_places, title="Reading the places")

    def _offer_places(self, places: list[tuple[int, str]]) -> None:
        offer(self.place, places)

    def narrow(self, wanted: FindingFilter) -> FindingFilter:
        return replace(
            wanted,
            place_id=code_in(int, self.place),
            tone=code_in(Tone, self.tone),
            found_from=day_in(self.found_from),
            found_to=day_in(self.found_to),
        )

    def put(self, wanted: FindingFilter) -> None:
        choose(self.place, wanted.place_id)
        choose(self.tone, wanted.tone)
        self.found_from.set_day(wanted.found_from)
        self.found_to.set_day(wanted.found_to)
