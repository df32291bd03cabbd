"""The register: ids in order, rows by id, and how many each view holds.

Sorting and filtering happen in SQL on a plain cursor, and only the ids travel; rows are fetched for what is on the
screen, or for a printed register. What an exception is on a day is asked in SQL too: the stored days are enough for
it, because every write works them out.

A *masked* row is one this reader recorded but may not read: it shows reference, days and status. Such rows appear
only where nothing but the view narrows the list, and where the sort order is not by one of those, they come last:
neither a filter nor a sort can be used to feel for what they hold.
"""

from __future__ import annotations

import json
from array import array
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from functools import lru_cache
from operator import itemgetter
from typing import Any, Final

from smdesk.db import search
from smdesk.policy.vocabulary import (
    CAPACITY_LABELS,
    KIND_LABELS,
    RELATIONSHIP_LABELS,
    TIMELINESS_LABELS,
    Capacity,
    Link,
    PersonKind,
    Relationship,
    Timeliness,
)
from smdesk.security.permissions import Permission
from smdesk.services import connection_sight, incident_state, reference_data
from smdesk.services.connection_records import (
    EXCEPTION_STATUS_LABELS,
    ExceptionColumn,
    ExceptionFilter,
    ExceptionRow,
    ExceptionSort,
    ExceptionStatus,
    ExceptionView,
)
from smdesk.services.connection_words import (
    MASKED_NAME,
    is_review_due,
    review_ahead,
    shown_status,
    status_words,
)
from smdesk.services.context import Context, needs
from smdesk.services.incident_records import CONFIDENTIALITY_LABELS, Confidentiality
from smdesk.services.list_sql import Query, masked_last, ranked, selected
from smdesk.services.sight import Reader

_CHUNK: Final = 1000

_SHOWN: Final = (
    "CASE WHEN connection_exception.from_on IS NULL THEN connection_exception.status"
    " WHEN connection_exception.ends_on IS NULL OR connection_exception.ends_on > :today THEN 'approved'"
    " WHEN connection_exception.end_cause IN ('revoked', 'superseded') THEN connection_exception.end_cause"
    " ELSE 'ended' END"
)
"""``connection_words.shown_status`` in SQL."""

_REVIEW: Final = (
    "CASE WHEN connection_exception.ends_on IS NULL OR (connection_exception.ends_on > :today"
    " AND connection_exception.ends_on > connection_exception.review_on) THEN connection_exception.review_on END"
)
"""``connection_words.review_ahead`` in SQL."""

_PLATFORMS: Final = (
    "(SELECT group_concat(platform, char(10)) FROM (SELECT platform FROM exception_platform"
    " WHERE exception_id = connection_exception.id ORDER BY platform))"
)

_KEYS: Final[dict[ExceptionColumn, tuple[str, ...]]] = {
    ExceptionColumn.REFERENCE: ("connection_exception.year", "connection_exception.number"),
    ExceptionColumn.ADULT: ("connection_exception.adult_name", "connection_exception.other_name"),
    ExceptionColumn.ADULT_KIND: (ranked("connection_exception.adult_kind", KIND_LABELS),),
    ExceptionColumn.OTHER: ("connection_exception.other_name", "connection_exception.adult_name"),
    ExceptionColumn.CAPACITY: (ranked("connection_exception.capacity", CAPACITY_LABELS),),
    ExceptionColumn.RELATIONSHIP: (ranked("connection_exception.relationship", RELATIONSHIP_LABELS),),
    ExceptionColumn.PLATFORMS: (_PLATFORMS,),
    ExceptionColumn.LINKS: ("connection_exception.links",),
    ExceptionColumn.DECLARED: ("connection_exception.declared_on",),
    ExceptionColumn.TIMELINESS: (
        ranked("connection_exception.timeliness", TIMELINESS_LABELS),
        "connection_exception.late_days",
    ),
    ExceptionColumn.STATUS: (ranked(f"({_SHOWN})", EXCEPTION_STATUS_LABELS),),
    ExceptionColumn.FROM: ("connection_exception.from_on",),
    ExceptionColumn.REVIEW: (_REVIEW,),
    ExceptionColumn.ENDS: ("connection_exception.ends_on",),
    ExceptionColumn.CONFIDENTIALITY: (
        ranked("connection_exception.confidentiality", CONFIDENTIALITY_LABELS),
    ),
}
_BLANKS_LAST: Final = frozenset(
    {ExceptionColumn.PLATFORMS, ExceptionColumn.FROM, ExceptionColumn.REVIEW, ExceptionColumn.ENDS}
)
_SHOWN_MASKED: Final = frozenset(
    {
        ExceptionColumn.REFERENCE,
        ExceptionColumn.DECLARED,
        ExceptionColumn.STATUS,
        ExceptionColumn.FROM,
        ExceptionColumn.REVIEW,
        ExceptionColumn.ENDS,
    }
)

_IN_FORCE: Final = (
    "connection_exception.from_on <= :{day} AND"
    " (connection_exception.ends_on IS NULL OR connection_exception.ends_on > :{day})"
)
"""In force on a day: begun by then and not ended by then. The one place that says so in SQL."""

_VIEWS: Final[dict[ExceptionView, str]] = {
    ExceptionView.IN_FORCE: _IN_FORCE.replace("{day}", "today"),
    ExceptionView.AWAITING: "connection_exception.from_on IS NULL AND connection_exception.status = 'awaiting'",
    ExceptionView.TO_COMPLETE: (
        "connection_exception.from_on IS NULL AND connection_exception.status IN ('declared', 'more_wanted')"
    ),
    ExceptionView.REVIEW_DUE: (
        "connection_exception.from_on IS NOT NULL AND connection_exception.review_on <= :remind_to AND"
        " (connection_exception.ends_on IS NULL OR"
        " (connection_exception.ends_on > :today AND connection_exception.ends_on > connection_exception.review_on))"
    ),
    ExceptionView.PAST: (
        "(connection_exception.from_on IS NULL AND connection_exception.status IN ('refused', 'withdrawn'))"
        " OR connection_exception.ends_on <= :today"
    ),
    ExceptionView.ALL: "1",
}
"""Every view is told by status and days, which a masked row shows too."""


@needs(Permission.CONNECTIONS_READ)
def sorted_ids(ctx: Context, filter: ExceptionFilter, sort: ExceptionSort) -> array[int]:
    """The ids this reader's register shows, in order."""
    with ctx.database.raw_reading() as cursor:
        who = connection_sight.reader_on(cursor, ctx.user.id)
        query = ids_query(who, filter, sort, ctx.today(), _reminder_days(cursor))
        return array("q", map(itemgetter(0), cursor.execute(query.sql, query.params)))


def ids_query(
    who: Reader, wanted: ExceptionFilter, sort: ExceptionSort, today: date, reminder_days: int
) -> Query:
    """The statement behind ``sorted_ids``."""
    full = connection_sight.where_full(who)
    params = {**full.params, **_days(today, reminder_days)}
    # A chosen day looks back whatever the view: the view is about today.
    if wanted.on_day is not None:
        params["on_day"] = wanted.on_day.isoformat()
        view = _IN_FORCE.replace("{day}", "on_day")
    else:
        view = _VIEWS[wanted.view]
    conditions = [f"({full.sql})", f"({view})", *_filter_conditions(wanted, params)]
    where = " AND ".join(condition for condition in conditions if condition != "(1)") or "1"
    keys, blanks_last = _KEYS[sort.column], sort.column in _BLANKS_LAST
    if wanted == ExceptionFilter(view=wanted.view):
        hidden = connection_sight.where_exists_only(who)
        params |= hidden.params
        masked = f"{hidden.sql} AND ({view})"
        if sort.column not in _SHOWN_MASKED:
            statement = masked_last(
                "connection_exception",
                keys,
                where,
                masked,
                blanks_last=blanks_last,
                descending=sort.descending,
            )
            return Query(statement, params)
        where = f"({where}) OR ({masked})"
    return selected(
        "connection_exception", where, keys, params, blanks_last=blanks_last, descending=sort.descending
    )


def _days(today: date, reminder_days: int) -> dict[str, int | str]:
    return {
        "today": today.isoformat(),
        "remind_to": (today + timedelta(days=reminder_days)).isoformat(),
    }


def _reminder_days(cursor: Any) -> int:
    profile_id = cursor.execute("SELECT profile_id FROM school").fetchone()[0]
    return incident_state.profile_on(cursor, profile_id).clocks.exception_reminder_days


def _filter_conditions(wanted: ExceptionFilter, params: dict[str, int | str]) -> list[str]:
    conditions = []
    match = search.exception_match_expression(wanted.text)
    if match is not None:
        params["match"] = match
        conditions.append(
            "connection_exception.id IN (SELECT rowid FROM exception_search WHERE exception_search MATCH :match)"
        )
    if wanted.platform:
        params["platform"] = wanted.platform
        conditions.append(
            "connection_exception.id IN (SELECT exception_id FROM exception_platform"
            " WHERE platform = :platform COLLATE NOCASE)"
        )
    if wanted.person_id is not None:
        params["person"] = wanted.person_id
        same = "(SELECT :person UNION SELECT id FROM person WHERE merged_into = :person)"
        conditions.append(
            f"(connection_exception.adult_id IN {same} OR connection_exception.other_id IN {same})"
        )
    for column, value in (
        ("relationship", wanted.relationship),
        ("capacity", wanted.capacity),
        ("adult_kind", wanted.adult_kind),
        ("timeliness", wanted.timeliness),
    ):
        if value:
            params[column] = str(value)
            conditions.append(f"connection_exception.{column} = :{column}")
    return conditions


@needs(Permission.CONNECTIONS_READ)
def rows(ctx: Context, ids: Sequence[int]) -> list[ExceptionRow]:
    """The rows for these ids, in the same order. Ids that are gone or not visible are left out."""
    found: list[ExceptionRow] = []
    with ctx.database.raw_reading() as cursor:
        who = connection_sight.reader_on(cursor, ctx.user.id)
        today = _Today.on(ctx.today(), _reminder_days(cursor))
        for start in range(0, len(ids), _CHUNK):
            query = rows_query(who, ids[start : start + _CHUNK])
            found += [
                _row(row, today) if row[20] else _masked_row(row, today)
                for row in cursor.execute(query.sql, query.params)
            ]
    return found


def rows_query(who: Reader, ids: Sequence[int]) -> Query:
    """The statement behind ``rows`` for one chunk, in the order of ``ids``."""
    full = connection_sight.where_full(who)
    return Query(
        full.within(
            "SELECT connection_exception.id, printf('%d/C%04d', year, number),"
            " ltrim(adult.given_name || ' ' || adult.family_name), adult_kind,"
            " ltrim(other.given_name || ' ' || other.family_name), capacity, relationship,"
            " {platforms}, links, declared_on, timeliness, late_days, status, from_on, review_on, ends_on, end_cause,"
            " confidentiality, origin,"
            " unconfirmed_paper, {seen} AS seen FROM json_each(:ids) AS wanted"
            # CROSS: the ids are gone through one by one, so that the rows come in their order.
            " CROSS JOIN connection_exception ON connection_exception.id = wanted.value"
            " JOIN person AS adult ON adult.id = adult_id JOIN person AS other ON other.id = other_id"
            " WHERE seen OR recorded_by = :me ORDER BY wanted.key"
        ).replace("{platforms}", _PLATFORMS),
        {**full.params, "me": who.user_id, "ids": json.dumps(list(ids))},
    )


@dataclass(frozen=True, slots=True)
class _Today:
    """The day the rows are worked out for, as a date and as the records hold it."""

    day: date
    text: str
    reminder_days: int
    remind_to: str

    @classmethod
    def on(cls, day: date, reminder_days: int) -> _Today:
        ahead = day + timedelta(days=reminder_days)
        return cls(day, day.isoformat(), reminder_days, ahead.isoformat())


def _row(row: tuple[Any, ...], today: _Today) -> ExceptionRow:
    (
        exception_id, reference, adult, adult_kind, other, capacity, relationship, platforms, links, declared_on,
        timeliness, late_days, stored, from_on, review_on, ends_on, end_cause, confidentiality, origin, paper, _,
    ) = row  # fmt: skip
    imported, unconfirmed = origin == "imported", paper == 1
    if (
        ends_on is None
        and from_on is not None
        and from_on <= today.text
        and (review_on is None or review_on > today.remind_to)
        and not imported
        and not unconfirmed
    ):
        # As nearly all of a register are, and 5,000 of them are waited for: nothing more to find out.
        status, words, due = ExceptionStatus.APPROVED, _APPROVED, False
    else:
        status = shown_status(stored, from_on, ends_on, end_cause, today.text)
        review_on = review_ahead(from_on, ends_on, review_on, today.text)
        due = is_review_due(from_on, ends_on, review_on, today.text, today.remind_to)
        words = _words(status, from_on, review_on, ends_on, end_cause, capacity, today, imported, unconfirmed)
    # In the order of the fields: by name takes as long again.
    return ExceptionRow(
        exception_id,
        reference,
        adult,
        _KINDS[adult_kind],
        other,
        _CAPACITIES[capacity],
        _RELATIONSHIPS[relationship],
        _platform_words(platforms),
        _links(links),
        _known_day(declared_on),
        _TIMELINESSES[timeliness],
        late_days,
        status,
        words,
        None if from_on is None else _known_day(from_on),
        None if review_on is None else _known_day(review_on),
        due,
        None if ends_on is None else _known_day(ends_on),
        _CONFIDENTIALITIES[confidentiality],
        imported,
        unconfirmed,
        False,
    )


_APPROVED: Final = EXCEPTION_STATUS_LABELS[ExceptionStatus.APPROVED]
_KINDS: Final = {str(each): each for each in PersonKind}
_CAPACITIES: Final = {str(each): each for each in Capacity}
_RELATIONSHIPS: Final = {"": None, **{str(each): each for each in Relationship}}
_TIMELINESSES: Final = {str(each): each for each in Timeliness}
_CONFIDENTIALITIES: Final = {str(each): each for each in Confidentiality}


@lru_cache(maxsize=4096)
def _words(
    status: ExceptionStatus,
    from_on: str | None,
    review_on: str | None,
    ends_on: str | None,
    end_cause: str,
    capacity: str,
    today: _Today,
    imported: bool,
    unconfirmed: bool,
) -> str:
    return status_words(
        status,
        from_on=_day(from_on),
        review_on=_day(review_on),
        ends_on=_day(ends_on),
        end_cause=end_cause,
        capacity=_CAPACITIES[capacity],
        day=today.day,
        reminder_days=today.reminder_days,
        imported=imported,
        unconfirmed_paper=unconfirmed,
    )


_known_day = lru_cache(maxsize=4096)(date.fromisoformat)
"""Thousands of rows hold the same few days."""


def _day(stored: str | None) -> date | None:
    return None if stored is None else _known_day(stored)


@lru_cache(maxsize=1024)
def _platform_words(codes: str | None) -> str:
    if not codes:
        return ""
    return ", ".join(
        sorted((reference_data.platform_label(code) for code in codes.split("\n")), key=str.casefold)
    )


@lru_cache(maxsize=256)
def _links(codes: str) -> tuple[Link, ...]:
    return tuple(Link(code) for code in codes.split(",") if code)


def _masked_row(row: tuple[Any, ...], today: _Today) -> ExceptionRow:
    from_on, review_on, ends_on = _day(row[13]), _day(row[14]), _day(row[15])
    status = shown_status(row[12], from_on, ends_on, row[16], today.day)
    return ExceptionRow(
        id=row[0],
        reference=row[1],
        adult=MASKED_NAME,
        adult_kind=PersonKind.UNKNOWN,
        other=MASKED_NAME,
        capacity=Capacity.PUPIL,
        relationship=None,
        platforms="",
        links=(),
        declared_on=_known_day(row[9]),
        timeliness=Timeliness.UNKNOWN,
        late_days=None,
        status=status,
        status_words=EXCEPTION_STATUS_LABELS[status],
        from_on=from_on,
        review_on=review_ahead(from_on, ends_on, review_on, today.day),
        review_due=False,
        ends_on=ends_on,
        # Which of the two it is, is part of what is hidden.
        confidentiality=Confidentiality.SAFEGUARDING,
        imported=False,
        unconfirmed_paper=False,
        masked=True,
    )


@needs(Permission.CONNECTIONS_READ)
def view_counts(ctx: Context) -> dict[ExceptionView, int]:
    """How many records each view holds for this reader, masked ones included where the view shows them."""
    with ctx.database.raw_reading() as cursor:
        who = connection_sight.reader_on(cursor, ctx.user.id)
        full = connection_sight.where_full(who)
        params = {**full.params, **_days(ctx.today(), _reminder_days(cursor)), "me": who.user_id}
        columns = ", ".join(f"coalesce(sum({condition}), 0)" for condition in _VIEWS.values())
        counts = cursor.execute(
            f"SELECT {columns} FROM connection_exception WHERE {full.sql}"  # noqa: S608 - bound
            " OR connection_exception.recorded_by = :me",
            params,
        ).fetchone()
    return dict(zip(_VIEWS, counts, strict=True))
