"""The list of findings: ids in order, rows by id, how many each view holds, and the list as a file (REP-1, REP-2).

A *masked* row is one that became an incident this reader may not open: it shows reference, day, place and tone. It is
found by none of its words, and where the sort order is by one of them it comes last.
"""

from __future__ import annotations

import json
from array import array
from collections.abc import Mapping, Sequence
from datetime import date
from operator import itemgetter
from pathlib import Path
from typing import Any, Final

from sqlalchemy import select

from smdesk.db.models import WatchedPlace
from smdesk.policy.words import in_a_sentence, written_day
from smdesk.security.permissions import Permission
from smdesk.services import list_files, settings, sight
from smdesk.services.context import Context, needs
from smdesk.services.driver import stored_day
from smdesk.services.finding_fields import reference
from smdesk.services.incident_state import person_name
from smdesk.services.list_files import Cell, Kind, Progress, unwatched
from smdesk.services.list_sql import Query, count_each, holds_words, ranked, selected_masked
from smdesk.services.reputation_records import (
    FINDING_COLUMN_LABELS,
    FINDING_DECISION_LABELS,
    FINDING_VIEW_LABELS,
    MASKED_FINDING,
    TONE_LABELS,
    FindingColumn,
    FindingDecision,
    FindingFilter,
    FindingRow,
    FindingSort,
    FindingView,
    Tone,
)

_CHUNK: Final = 1000


def _filter_from(held: Mapping[str, Any]) -> FindingFilter:
    tone = held.get("tone")
    return FindingFilter(
        view=FindingView(held["view"]),
        text=str(held.get("text", "")),
        tone=None if tone is None else Tone(tone),
        place_id=held.get("place_id"),
        found_from=stored_day(held.get("found_from")),
        found_to=stored_day(held.get("found_to")),
    )


def _sort_from(column: str, descending: bool) -> FindingSort:
    return FindingSort(FindingColumn(column), descending)


SHELF: Final = settings.Shelf("finding_filters", _filter_from, _sort_from)
"""Where saved filters of this list are kept."""

_PLACE: Final = "(SELECT lower(name) FROM watched_place WHERE watched_place.id = finding.place_id)"
_BY: Final = (
    "coalesce((SELECT sort_name FROM person WHERE person.id = finding.person_id),"
    " nullif(lower(finding.by_name), ''))"
)
_KEYS: Final[dict[FindingColumn, tuple[str, ...]]] = {
    FindingColumn.REFERENCE: ("finding.year", "finding.number"),
    FindingColumn.FOUND: ("finding.found_on",),
    FindingColumn.PLACE: (_PLACE, "finding.found_on"),
    FindingColumn.TONE: (ranked("finding.tone", TONE_LABELS), "finding.found_on"),
    FindingColumn.BY: (_BY,),
    FindingColumn.SAID: ("finding.said COLLATE NOCASE",),
    FindingColumn.DECISION: (ranked("finding.decision", FINDING_DECISION_LABELS), "finding.found_on"),
    FindingColumn.DONE: ("finding.done_on",),
}
_BLANKS_LAST: Final = frozenset({FindingColumn.DONE, FindingColumn.BY})
_TELLS: Final = frozenset({FindingColumn.BY, FindingColumn.SAID})
"""Sorting by these would tell what a masked row holds."""

_VIEWS: Final[dict[FindingView, str]] = {
    FindingView.TO_DECIDE: "finding.decision = '' AND finding.withdrawn_at IS NULL",
    FindingView.TO_DO: (
        "finding.decision IN ('thank', 'answer', 'private_talk') AND finding.done_on IS NULL"
        " AND finding.withdrawn_at IS NULL"
    ),
    FindingView.DONE: (
        "(finding.decision IN ('ignore', 'incident') OR finding.done_on IS NOT NULL)"
        " AND finding.withdrawn_at IS NULL"
    ),
    FindingView.ALL: "1",
}

_OPEN: Final = (
    "(finding.incident_id IS NULL OR finding.incident_id IN (SELECT id FROM incident WHERE {seen}))"
)
"""The text of a finding that became an incident is for those who may open that incident."""


_HOLDS: Final = (
    "(finding.words LIKE :{word} ESCAPE '\\'"
    " OR finding.person_id IN (SELECT id FROM person WHERE sort_name LIKE :{word} ESCAPE '\\')"
    " OR finding.place_id IN (SELECT id FROM watched_place WHERE lower(name) LIKE :{word} ESCAPE '\\'))"
)
"""Names of people and places may have changed since the finding was recorded."""

_ROWS: Final = (
    "SELECT finding.id, finding.year, finding.number, found_on, watched_place.name, tone, by_name,"
    " substr(said, 1, 200), decision, done_on, journalist, withdrawn_at, {open}, person.given_name, person.family_name"
    " FROM json_each(:ids) AS wanted CROSS JOIN finding ON finding.id = wanted.value"
    " JOIN watched_place ON watched_place.id = place_id LEFT JOIN person ON person.id = finding.person_id"
    " ORDER BY wanted.key"
).replace("{open}", _OPEN)


@needs(Permission.REPUTATION_READ)
def sorted_ids(ctx: Context, filter: FindingFilter, sort: FindingSort) -> array[int]:
    """The ids the list shows, in order."""
    with ctx.database.raw_reading() as cursor:
        query = ids_query(sight.reader_on(cursor, ctx.user.id), filter, sort)
        return array("q", map(itemgetter(0), cursor.execute(query.sql, query.params)))


def ids_query(who: sight.Reader, wanted: FindingFilter, sort: FindingSort) -> Query:
    """The statement behind ``sorted_ids``."""
    sees = sight.where_full(who)
    full = sees.within(_OPEN)
    params: dict[str, int | str] = {}
    conditions = [f"({_VIEWS[wanted.view]})"]
    if wanted.tone is not None:
        params["tone"] = wanted.tone.value
        conditions.append("finding.tone = :tone")
    if wanted.place_id is not None:
        params["place"] = wanted.place_id
        conditions.append("finding.place_id = :place")
    for name, day, way in (("found_from", wanted.found_from, ">="), ("found_to", wanted.found_to, "<=")):
        if day is not None:
            params[name] = day.isoformat()
            conditions.append(f"finding.found_on {way} :{name}")
    by_words = [_HOLDS.replace("{word}", word) for word in holds_words(wanted.text, "word", params)]
    where = " AND ".join([*conditions, *by_words])
    return selected_masked(
        "finding",
        where,
        full,
        _KEYS[sort.column],
        params | sees.params,
        narrowed=bool(by_words),
        tells=sort.column in _TELLS,
        blanks_last=sort.column in _BLANKS_LAST,
        descending=sort.descending,
    )


@needs(Permission.REPUTATION_READ)
def rows(ctx: Context, ids: Sequence[int]) -> list[FindingRow]:
    """The rows for these ids, in the same order. Ids that are gone are left out."""
    found: list[FindingRow] = []
    with ctx.database.raw_reading() as cursor:
        full = sight.where_full(sight.reader_on(cursor, ctx.user.id))
        statement = full.within(_ROWS)
        for start in range(0, len(ids), _CHUNK):
            params = {**full.params, "ids": json.dumps(list(ids[start : start + _CHUNK]))}
            found += [_row(row) for row in cursor.execute(statement, params)]
    return found


def _row(row: tuple[Any, ...]) -> FindingRow:
    masked = not row[12]
    return FindingRow(
        id=row[0],
        reference=reference(row[1], row[2]),
        found_on=date.fromisoformat(row[3]),
        place=row[4],
        tone=Tone(row[5]),
        by_name="" if masked else (person_name(row[13], row[14]) if row[14] else row[6]),
        said=MASKED_FINDING if masked else " ".join(row[7].split()),
        decision=FindingDecision(row[8]) if row[8] else None,
        done_on=None if row[9] is None else date.fromisoformat(row[9]),
        journalist=bool(row[10]) and not masked,
        withdrawn=row[11] is not None,
        masked=masked,
    )


@needs(Permission.REPUTATION_READ)
def view_counts(ctx: Context) -> dict[FindingView, int]:
    """How many findings each view holds."""
    with ctx.database.raw_reading() as cursor:
        return count_each(cursor, "finding", _VIEWS)


# Taken out


@needs(Permission.LISTS_EXPORT)
def export(
    ctx: Context,
    filter: FindingFilter,
    sort: FindingSort,
    columns: Sequence[FindingColumn],
    file: Path,
    kind: Kind,
    progress: Progress = unwatched,
) -> int:
    """Write the list as it is shown to ``file``, whole or not at all; returns the number of rows. It is audited.

    Raises Cancelled from ``progress``, StorageProblem, Invalid for no columns or an unknown kind.
    """
    going = list_files.Going(
        title="Findings",
        object_kind="finding",
        description=_described(ctx, filter, sort),
        columns=columns,
        labels=FINDING_COLUMN_LABELS,
        ids=sorted_ids(ctx, filter, sort),
        rows=rows,
        cell=_cell,
    )
    return list_files.send_out(ctx, going, file, kind, progress)


def decision_words(row: FindingRow) -> str:
    """What became of it, as a list shows it."""
    if row.withdrawn:
        return "Taken back"
    if row.decision is None:
        return "To decide, from a journalist" if row.journalist else "To decide"
    return FINDING_DECISION_LABELS[row.decision]


def _cell(row: FindingRow, column: FindingColumn) -> Cell:
    match column:
        case FindingColumn.REFERENCE:
            return row.reference
        case FindingColumn.FOUND:
            return row.found_on
        case FindingColumn.PLACE:
            return row.place
        case FindingColumn.TONE:
            return TONE_LABELS[row.tone]
        case FindingColumn.BY:
            return row.by_name
        case FindingColumn.SAID:
            return row.said
        case FindingColumn.DECISION:
            return decision_words(row)
        case FindingColumn.DONE:
            return row.done_on


def _described(ctx: Context, wanted: FindingFilter, sort: FindingSort) -> str:
    parts = [in_a_sentence(FINDING_VIEW_LABELS[wanted.view])]
    if wanted.text.strip():
        parts.append(f"holding “{wanted.text.strip()}”")
    if wanted.tone is not None:
        parts.append(TONE_LABELS[wanted.tone].lower())
    if wanted.place_id is not None:
        with ctx.database.reading() as session:
            name = session.scalar(select(WatchedPlace.name).where(WatchedPlace.id == wanted.place_id))
        parts.append(f"on {name or 'no place'}")
    if wanted.found_from is not None:
        parts.append(f"found from {written_day(wanted.found_from)}")
    if wanted.found_to is not None:
        parts.append(f"found up to {written_day(wanted.found_to)}")
    return list_files.described(parts, FINDING_COLUMN_LABELS[sort.column], descending=sort.descending)
