"""The list of findings: ids in order, rows by id, how many each view holds, and the figures (REP-1, REP-2)."""

from __future__ import annotations

import json
from array import array
from collections.abc import Sequence
from datetime import date, timedelta
from operator import itemgetter
from typing import Any, Final

from smdesk.security.permissions import Permission
from smdesk.services import sight
from smdesk.services.context import Context, needs
from smdesk.services.findings import reference
from smdesk.services.list_sql import Query, order_by, ranked
from smdesk.services.reputation_records import (
    FINDING_DECISION_LABELS,
    TONE_LABELS,
    FindingColumn,
    FindingDecision,
    FindingFilter,
    FindingRow,
    FindingSort,
    FindingView,
    MonthOfFindings,
    RatingPoint,
    Tone,
)

_CHUNK: Final = 1000

_PLACE: Final = "(SELECT lower(name) FROM watched_place WHERE watched_place.id = finding.place_id)"
_KEYS: Final[dict[FindingColumn, tuple[str, ...]]] = {
    FindingColumn.REFERENCE: ("finding.year", "finding.number"),
    FindingColumn.FOUND: ("finding.found_on",),
    FindingColumn.PLACE: (_PLACE, "finding.found_on"),
    FindingColumn.TONE: (ranked("finding.tone", TONE_LABELS), "finding.found_on"),
    FindingColumn.BY: ("lower(finding.by_name)",),
    FindingColumn.SAID: ("lower(finding.said)",),
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


_ROWS: Final = (
    "SELECT finding.id, finding.year, finding.number, found_on, watched_place.name, tone, by_name,"
    " substr(said, 1, 200), decision, done_on, journalist, withdrawn_at, {open}"
    " FROM json_each(:ids) AS wanted CROSS JOIN finding ON finding.id = wanted.value"
    " JOIN watched_place ON watched_place.id = place_id ORDER BY wanted.key"
).replace("{open}", _OPEN)


@needs(Permission.REPUTATION_READ)
def sorted_ids(ctx: Context, filter: FindingFilter, sort: FindingSort) -> array[int]:  # noqa: A002  (as in the records)
    """The ids the list shows, in order."""
    with ctx.database.raw_reading() as cursor:
        query = ids_query(sight.reader_on(cursor, ctx.user.id), filter, sort)
        return array("q", map(itemgetter(0), cursor.execute(query.sql, query.params)))


def ids_query(who: sight.Reader, wanted: FindingFilter, sort: FindingSort) -> Query:
    """The statement behind ``sorted_ids``."""
    full = sight.where_full(who)
    seen = full.within(_OPEN)
    params: dict[str, int | str] = dict(full.params)
    conditions = [f"({_VIEWS[wanted.view]})"]
    if wanted.text.strip():
        for at, word in enumerate(wanted.text.casefold().split()):
            params[f"word{at}"] = (
                "%" + word.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_") + "%"
            )
            conditions.append(f"finding.words LIKE :word{at} ESCAPE '\\' AND {seen}")
    if wanted.tone:
        params["tone"] = wanted.tone.value
        conditions.append("finding.tone = :tone")
    if wanted.place_id is not None:
        params["place"] = wanted.place_id
        conditions.append("finding.place_id = :place")
    keys = _KEYS[sort.column]
    if sort.column in _TELLS:
        keys = tuple(f"CASE WHEN {seen} THEN {key} END" for key in keys)
    order = order_by("finding", keys, blanks_last=sort.column in _BLANKS_LAST, descending=sort.descending)
    sql = f"SELECT finding.id FROM finding WHERE {' AND '.join(conditions)} ORDER BY {order}"  # noqa: S608 - bound
    return Query(sql, params)


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
        by_name="" if masked else row[6],
        said="Handed over to an incident" if masked else " ".join(row[7].split()),
        decision=FindingDecision(row[8]) if row[8] else None,
        done_on=None if row[9] is None else date.fromisoformat(row[9]),
        journalist=bool(row[10]),
        withdrawn=row[11] is not None,
        masked=masked,
    )


@needs(Permission.REPUTATION_READ)
def view_counts(ctx: Context) -> dict[FindingView, int]:
    """How many findings each view holds."""
    columns = ", ".join(f"coalesce(sum({condition}), 0)" for condition in _VIEWS.values())
    with ctx.database.raw_reading() as cursor:
        counts = cursor.execute(f"SELECT {columns} FROM finding").fetchone()  # noqa: S608 - fixed pieces
    return dict(zip(_VIEWS, counts, strict=True))


@needs(Permission.REPUTATION_READ)
def months(ctx: Context, first: date, last: date) -> list[MonthOfFindings]:
    """Praise, neutral and criticism month by month from ``first`` to ``last``, months without any included."""
    with ctx.database.raw_reading() as cursor:
        counted = {
            (month, tone): count
            for month, tone, count in cursor.execute(
                "SELECT substr(found_on, 1, 7), tone, count(*) FROM finding"
                " WHERE withdrawn_at IS NULL AND found_on BETWEEN :first AND :last GROUP BY 1, 2",
                {"first": first.isoformat(), "last": last.isoformat()},
            )
        }
    shown = []
    month = first.replace(day=1)
    while month <= last:
        of = f"{month:%Y-%m}"
        shown.append(MonthOfFindings(month, *(counted.get((of, tone.value), 0) for tone in Tone)))
        month = (month.replace(day=28) + timedelta(days=4)).replace(day=1)
    return shown


@needs(Permission.REPUTATION_READ)
def ratings(ctx: Context, first: date, last: date) -> list[RatingPoint]:
    """The ratings written down at checks, oldest first."""
    with ctx.database.raw_reading() as cursor:
        return [
            RatingPoint(place_id, name, date.fromisoformat(on), tenths)
            for place_id, name, on, tenths in cursor.execute(
                "SELECT place_id, watched_place.name, checked_on, rating_tenths FROM place_check"
                " JOIN watched_place ON watched_place.id = place_id"
                " WHERE rating_tenths IS NOT NULL AND withdrawn_at IS NULL AND checked_on BETWEEN :first AND :last"
                " ORDER BY checked_on, place_check.id",
                {"first": first.isoformat(), "last": last.isoformat()},
            )
        ]
