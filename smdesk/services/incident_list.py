"""The incident list: ids in order, rows by id, and how many each view holds.

The list may hold 100,000 incidents, so sorting and filtering happen in SQL on a plain cursor, and only the ids
travel; rows are fetched for what is on the screen.

A *masked* row is one this reader logged but may not read: it shows reference, received time and status. Such
rows appear only where nothing but the view narrows the list, and where the sort order is not by one of the
three they show, they come last: neither a filter nor a sort can be used to feel for what they hold.
"""

from __future__ import annotations

import json
from array import array
from collections.abc import Sequence
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from operator import itemgetter
from typing import Any, Final

from smdesk.db import search
from smdesk.db.models import from_utc_text, utc_text
from smdesk.policy.vocabulary import KIND_LABELS, STEP_LABELS, Conduct, PersonKind, Step
from smdesk.security.permissions import Permission
from smdesk.services import reference_data, sight
from smdesk.services.context import LOCAL, Context, needs
from smdesk.services.incident_records import (
    CONFIDENTIALITY_LABELS,
    Column,
    Confidentiality,
    IncidentFilter,
    IncidentRow,
    Sort,
    View,
    ViewCounts,
)
from smdesk.services.incident_words import MASKED_SUMMARY, in_order, reference
from smdesk.services.list_sql import Query, masked_last, ranked, selected
from smdesk.services.sight import Reader

_CHUNK: Final = 200


_FIRST_CONDUCT = (
    "(SELECT min(CASE conduct {ranks} END) FROM incident_conduct WHERE incident_id = incident.id)"
).replace("{ranks}", " ".join(f"WHEN '{code}' THEN {rank}" for rank, code in enumerate(Conduct)))

_KEYS: Final[dict[Column, tuple[str, ...]]] = {
    Column.REFERENCE: ("incident.year", "incident.number"),
    Column.RECEIVED: ("incident.received_at",),
    Column.SUMMARY: ("incident.summary COLLATE NOCASE",),
    Column.AUTHOR: ("incident.author_name COLLATE NOCASE",),
    Column.AUTHOR_KIND: (ranked("incident.author_kind", KIND_LABELS),),
    Column.PLATFORM: ("incident.platform COLLATE NOCASE",),
    Column.CONDUCT: (_FIRST_CONDUCT,),
    Column.NEXT_STEP: (ranked("incident.next_step", STEP_LABELS),),
    Column.DUE: ("incident.next_due",),
    Column.STATUS: ("incident.status",),
    Column.HANDLED_BY: ("(SELECT name FROM user WHERE user.id = incident.handled_by) COLLATE NOCASE",),
    Column.CONFIDENTIALITY: (ranked("incident.confidentiality", CONFIDENTIALITY_LABELS),),
}
_BLANKS_LAST: Final = frozenset({Column.DUE, Column.CONDUCT, Column.HANDLED_BY})
_SHOWN_MASKED: Final = frozenset({Column.REFERENCE, Column.RECEIVED, Column.STATUS})

_VIEWS: Final[dict[View, str]] = {
    View.ALL: "1",
    View.OPEN: "incident.status = 'open'",
    View.CLOSED: "incident.status = 'closed'",
    View.OVERDUE: "incident.status = 'open' AND incident.next_due < :now",
    View.MINE: (
        "incident.status = 'open' AND "
        "(incident.handled_by = :me OR (incident.handled_by IS NULL AND incident.logged_by = :me))"
    ),
    View.AWAITING_HEADTEACHER: "incident.status = 'open' AND incident.awaiting_headteacher = 1",
}
_MASKED_VIEWS: Final[dict[View, str]] = {
    View.ALL: "1",
    View.OPEN: "incident.status = 'open'",
    View.CLOSED: "incident.status = 'closed'",
    View.MINE: "incident.status = 'open'",
}
"""Views that do not tell anything a masked row hides. Overdue and awaiting would."""


@needs(Permission.INCIDENTS_READ)
def sorted_ids(ctx: Context, filter: IncidentFilter, sort: Sort) -> array[int]:
    """The ids this reader's list shows, in order."""
    with ctx.database.raw_reading() as cursor:
        query = ids_query(sight.reader_on(cursor, ctx.user.id), filter, sort, ctx.now())
        # One by one: a list of 100,000 rows would take 10 MB to throw away again.
        return array("q", map(itemgetter(0), cursor.execute(query.sql, query.params)))


def ids_query(who: Reader, wanted: IncidentFilter, sort: Sort, now: datetime) -> Query:
    """The statement behind ``sorted_ids``."""
    full = sight.where_full(who)
    params: dict[str, int | str] = dict(full.params)
    view = _VIEWS[wanted.view]
    if ":now" in view:
        params["now"] = utc_text(now)
    if ":me" in view:
        params["me"] = who.user_id
    conditions = [f"({full.sql})", f"({view})", *_filter_conditions(wanted, params)]
    where = " AND ".join(condition for condition in conditions if condition != "(1)") or "1"
    keys, blanks_last = _KEYS[sort.column], sort.column in _BLANKS_LAST
    if wanted == IncidentFilter(view=wanted.view) and wanted.view in _MASKED_VIEWS:
        hidden = sight.where_exists_only(who)
        params |= hidden.params
        masked = f"{hidden.sql} AND ({_MASKED_VIEWS[wanted.view]})"
        if sort.column not in _SHOWN_MASKED:
            statement = masked_last(
                "incident", keys, where, masked, blanks_last=blanks_last, descending=sort.descending
            )
            return Query(statement, params)
        where = f"({where}) OR ({masked})"
    return selected("incident", where, keys, params, blanks_last=blanks_last, descending=sort.descending)


def _filter_conditions(wanted: IncidentFilter, params: dict[str, int | str]) -> list[str]:
    conditions = []
    match = search.match_expression(wanted.text)
    if match is not None:
        params["match"] = match
        conditions.append(
            "incident.id IN (SELECT rowid FROM incident_search WHERE incident_search MATCH :match)"
        )
    if wanted.conduct is not None:
        params["conduct"] = str(wanted.conduct)
        conditions.append(
            "incident.id IN (SELECT incident_id FROM incident_conduct WHERE conduct = :conduct)"
        )
    if wanted.person_id is not None:
        params["person"] = wanted.person_id
        conditions.append(
            "incident.id IN (SELECT incident_id FROM incident_person WHERE person_id IN"
            " (SELECT :person UNION SELECT id FROM person WHERE merged_into = :person))"
        )
    for column, value in (
        ("author_kind", wanted.author_kind),
        ("platform", wanted.platform),
        ("route", wanted.route),
    ):
        if value:
            params[column] = str(value)
            conditions.append(f"incident.{column} = :{column}")
    if wanted.received_from is not None:
        params["received_from"] = utc_text(_start_of(wanted.received_from))
        conditions.append("incident.received_at >= :received_from")
    if wanted.received_to is not None:
        params["received_to"] = utc_text(_start_of(wanted.received_to + timedelta(days=1)))
        conditions.append("incident.received_at < :received_to")
    return conditions


def _start_of(day: date) -> datetime:
    """Midnight at the school: in summer an hour earlier in UTC."""
    return datetime.combine(day, time(), LOCAL).astimezone(UTC)


@needs(Permission.INCIDENTS_READ)
def rows(ctx: Context, ids: Sequence[int]) -> list[IncidentRow]:
    """The rows for these ids, in the same order. Ids that are gone or not visible are left out."""
    now = ctx.now()
    found: dict[int, IncidentRow] = {}
    with ctx.database.raw_reading() as cursor:
        who = sight.reader_on(cursor, ctx.user.id)
        users = dict(cursor.execute("SELECT id, name FROM user").fetchall())
        for start in range(0, len(ids), _CHUNK):
            query = rows_query(who, ids[start : start + _CHUNK])
            for row in cursor.execute(query.sql, query.params).fetchall():
                found[row[0]] = _row(row, users, now) if row[15] else _masked_row(row)
    return [found[each] for each in ids if each in found]


def rows_query(who: Reader, ids: Sequence[int]) -> Query:
    """The statement behind ``rows`` for one chunk."""
    full = sight.where_full(who)
    return Query(
        full.within(
            "SELECT incident.id, year, number, received_at, summary, author_name, author_kind, platform,"
            " next_step, next_due, urgent, status, handled_by, confidentiality,"
            " (SELECT group_concat(conduct) FROM incident_conduct WHERE incident_id = incident.id),"
            " {seen} AS seen FROM incident"
            " WHERE incident.id IN (SELECT value FROM json_each(:ids)) AND (seen OR logged_by = :me)"
        ),
        {**full.params, "me": who.user_id, "ids": json.dumps([int(each) for each in ids])},
    )


def _row(row: tuple[Any, ...], users: dict[int, str], now: datetime) -> IncidentRow:
    due = None if row[9] is None else from_utc_text(row[9])
    is_open = row[11] == "open"
    # In the order of the fields: by name takes as long again, and a screenful waits for this.
    return IncidentRow(
        row[0],
        reference(row[1], row[2]),
        from_utc_text(row[3]),
        row[4],
        row[5],
        _AUTHOR_KINDS[row[6]],
        _platform_label(row[7]),
        _conduct(row[14]),
        _STEPS[row[8]],
        due,
        is_open and due is not None and due < now,
        is_open and bool(row[10]),
        row[11],
        "" if row[12] is None else users.get(row[12], ""),
        _CONFIDENTIALITIES[row[13]],
        False,
    )


_AUTHOR_KINDS: Final = {str(kind): kind for kind in PersonKind}
_STEPS: Final = {"": None, **{str(step): step for step in Step}}
_CONFIDENTIALITIES: Final = {str(each): each for each in Confidentiality}
_platform_label = lru_cache(maxsize=512)(reference_data.platform_label)


@lru_cache(maxsize=1024)
def _conduct(codes: str | None) -> tuple[Conduct, ...]:
    return in_order(codes.split(",")) if codes else ()


def _masked_row(row: tuple[Any, ...]) -> IncidentRow:
    return IncidentRow(
        id=row[0],
        reference=reference(row[1], row[2]),
        received_at=from_utc_text(row[3]),
        summary=MASKED_SUMMARY,
        author="",
        author_kind=PersonKind.UNKNOWN,
        platform="",
        conduct=(),
        next_step=None,
        due=None,
        overdue=False,
        urgent=False,
        status=row[11],
        handled_by="",
        # Which of the two it is, is part of what is hidden.
        confidentiality=Confidentiality.SAFEGUARDING,
        masked=True,
    )


@needs(Permission.INCIDENTS_READ)
def view_counts(ctx: Context) -> ViewCounts:
    """How many records each view holds for this reader, masked ones included where the view shows them."""
    with ctx.database.raw_reading() as cursor:
        who = sight.reader_on(cursor, ctx.user.id)
        full = sight.where_full(who)
        params: dict[str, int | str] = {**full.params, "me": who.user_id, "now": utc_text(ctx.now())}
        columns = ", ".join(
            f"coalesce(sum(CASE WHEN seen THEN ({condition}) ELSE ({_MASKED_VIEWS.get(view, '0')}) END), 0)"
            for view, condition in _VIEWS.items()
        )
        counts = cursor.execute(
            f"SELECT {columns} FROM (SELECT status, next_due, handled_by, logged_by, awaiting_headteacher,"  # noqa: S608 - bound
            f" ({full.sql}) AS seen FROM incident) AS incident WHERE seen OR incident.logged_by = :me",
            params,
        ).fetchone()
    return ViewCounts(dict(zip(_VIEWS, counts, strict=True)))
