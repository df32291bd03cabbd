"""The register of blocks: ids in order, rows by id, and how many each view holds (ACC-9).

A block that came from an incident this reader may not open says only where and since when: no search, no filter by
person and no order by who or why tells anything of it.
"""

from __future__ import annotations

import json
from array import array
from collections.abc import Mapping, Sequence
from operator import itemgetter
from typing import Any, Final

from smdesk.security.permissions import Permission
from smdesk.services import sight
from smdesk.services.account_records import (
    BLOCK_MASKED,
    BlockColumn,
    BlockFilter,
    BlockRow,
    BlockSort,
    BlockView,
)
from smdesk.services.account_words import account_name
from smdesk.services.context import Context, needs
from smdesk.services.driver import stored_day
from smdesk.services.incident_words import reference
from smdesk.services.list_sql import Query, selected_masked
from smdesk.services.settings import Shelf

_CHUNK: Final = 1000


def _filter_from(held: Mapping[str, Any]) -> BlockFilter:
    return BlockFilter(
        view=BlockView(held["view"]),
        text=str(held["text"]),
        platform=str(held["platform"]),
        person_id=held["person_id"],
        account_id=held["account_id"],
    )


def _sort_from(column: str, descending: bool) -> BlockSort:
    return BlockSort(BlockColumn(column), descending)


SAVED_FILTERS: Final = Shelf("block_filters", _filter_from, _sort_from)
_SEEN: Final = (
    "(block.incident_id IS NULL OR EXISTS"
    " (SELECT 1 FROM incident WHERE incident.id = block.incident_id AND {seen}))"
)
_DUE: Final = "block.ended_on IS NULL AND block.review_on <= :today"
_VIEWS: Final[dict[BlockView, str]] = {
    BlockView.STANDING: "block.ended_on IS NULL",
    BlockView.REVIEW_DUE: _DUE,
    BlockView.ENDED: "block.ended_on IS NOT NULL",
    BlockView.ALL: "1",
}
_WHERE: Final = (
    "coalesce((SELECT handle || ' ' || platform FROM school_account WHERE school_account.id = block.account_id),"
    " block.place)"
)
_INCIDENT: Final = (
    "(SELECT printf('%06d%09d', year, number) FROM incident WHERE incident.id = block.incident_id)"
)
_KEYS: Final[dict[BlockColumn, tuple[str, ...]]] = {
    BlockColumn.WHO: ("block.who COLLATE NOCASE",),
    BlockColumn.WHERE: (f"{_WHERE} COLLATE NOCASE", "block.since_on"),
    BlockColumn.REASON: ("block.reason COLLATE NOCASE",),
    BlockColumn.SINCE: ("block.since_on",),
    BlockColumn.REVIEW: ("CASE WHEN block.ended_on IS NULL THEN block.review_on END", "block.since_on"),
    BlockColumn.STATUS: ("block.ended_on",),
    BlockColumn.INCIDENT: (_INCIDENT,),
}
_TELLS: Final = frozenset({BlockColumn.WHO, BlockColumn.REASON, BlockColumn.INCIDENT})
"""Orders that would tell of what a masked row hides."""


@needs(Permission.ACCOUNTS_READ)
def sorted_ids(ctx: Context, filter: BlockFilter, sort: BlockSort) -> array[int]:
    """The ids the register shows, in order."""
    with ctx.database.raw_reading() as cursor:
        who = sight.reader_on(cursor, ctx.user.id)
        query = _ids_query(who, filter, sort, ctx.today().isoformat())
        found = array("q", map(itemgetter(0), cursor.execute(query.sql, query.params)))
        words = filter.text.casefold().split()
        return _holding(cursor, who, found, words) if words else found


def _ids_query(who: sight.Reader, wanted: BlockFilter, sort: BlockSort, today: str) -> Query:
    full = sight.where_full(who)
    seen = full.within(_SEEN)
    params: dict[str, int | str] = {**full.params, "today": today}
    conditions = [f"({_VIEWS[wanted.view]})"]
    narrowed = bool(wanted.text.split())
    if wanted.account_id is not None:
        params["account"] = wanted.account_id
        conditions.append("block.account_id = :account")
    if wanted.platform:
        params["platform"] = wanted.platform
        conditions.append(
            "block.account_id IN (SELECT id FROM school_account WHERE platform = :platform COLLATE NOCASE)"
        )
    if wanted.person_id is not None:
        narrowed = True
        params["person"] = wanted.person_id
        conditions.append("block.person_id IN (SELECT id FROM person WHERE :person IN (id, merged_into))")
    where = " AND ".join(conditions)
    return selected_masked(
        "block",
        where,
        seen,
        _KEYS[sort.column],
        params,
        narrowed=narrowed,
        tells=sort.column in _TELLS,
        blanks_last=sort.column in (BlockColumn.REVIEW, BlockColumn.INCIDENT),
        descending=sort.descending,
    )


def _holding(cursor: Any, who: sight.Reader, ids: array[int], words: Sequence[str]) -> array[int]:
    """Those in which every word stands somewhere. Capitals are folded here: the database knows English ones only."""
    found = array("q")
    for start in range(0, len(ids), _CHUNK):
        for row in _read(cursor, who, ids[start : start + _CHUNK], ""):
            text = f"{row.who} {row.where} {row.reason} {row.incident}".casefold()
            if not row.masked and all(word in text for word in words):
                found.append(row.id)
    return found


@needs(Permission.ACCOUNTS_READ)
def rows(ctx: Context, ids: Sequence[int]) -> list[BlockRow]:
    """The rows for these ids, in the same order. Ids that are gone are left out."""
    found: list[BlockRow] = []
    with ctx.database.raw_reading() as cursor:
        who = sight.reader_on(cursor, ctx.user.id)
        for start in range(0, len(ids), _CHUNK):
            found += _read(cursor, who, ids[start : start + _CHUNK], ctx.today().isoformat())
    return found


def _read(cursor: Any, who: sight.Reader, ids: Sequence[int], today: str) -> list[BlockRow]:
    full = sight.where_full(who)
    seen = full.within(_SEEN)
    sql = (
        f"SELECT block.id, block.who, block.place, account.handle, account.platform, block.reason, block.since_on,"  # noqa: S608 - bound
        f" block.review_on, {_DUE}, block.ended_on, block.incident_id, about.year, about.number, {seen}"
        " FROM json_each(:ids) AS wanted CROSS JOIN block ON block.id = wanted.value"
        " LEFT JOIN school_account AS account ON account.id = block.account_id"
        " LEFT JOIN incident AS about ON about.id = block.incident_id ORDER BY wanted.key"
    )
    params = {**full.params, "ids": json.dumps(list(ids)), "today": today}
    return [_row(row) for row in cursor.execute(sql, params).fetchall()]


def _row(row: tuple[Any, ...]) -> BlockRow:
    (
        block_id, who, place, handle, platform, reason, since_on, review_on, due, ended_on, incident_id, year, number,
        seen,
    ) = row  # fmt: skip
    since = stored_day(since_on)
    if since is None:
        raise ValueError(f"Block {block_id} has no first day.")
    return BlockRow(
        id=block_id,
        who=who if seen else BLOCK_MASKED,
        where=place if handle is None else account_name(handle, platform),
        reason=reason if seen else "",
        since_on=since,
        review_on=stored_day(review_on),
        review_due=bool(due),
        ended_on=stored_day(ended_on),
        incident_id=incident_id if seen else None,
        incident=reference(year, number) if seen and year is not None else "",
        masked=not seen,
    )


@needs(Permission.ACCOUNTS_READ)
def view_counts(ctx: Context) -> dict[BlockView, int]:
    """How many blocks each view holds."""
    with ctx.database.raw_reading() as cursor:
        whole, ended, due = cursor.execute(
            f"SELECT count(*), count(ended_on), coalesce(sum({_DUE}), 0) FROM block",  # noqa: S608 - own text
            {"today": ctx.today().isoformat()},
        ).fetchone()
    return {
        BlockView.STANDING: whole - ended,
        BlockView.REVIEW_DUE: due,
        BlockView.ENDED: ended,
        BlockView.ALL: whole,
    }
