"""The list of posts to be signed off: ids in order, rows by id, how many each view holds, and the list as a file."""

from __future__ import annotations

import json
from array import array
from collections.abc import Mapping, Sequence
from datetime import date
from operator import itemgetter
from pathlib import Path
from typing import Any, Final

from smdesk.db.models import from_utc_text
from smdesk.policy.words import in_a_sentence
from smdesk.security.permissions import Permission, Role, allowed
from smdesk.services import account_words, list_files, message_fields, sight
from smdesk.services.context import LOCAL, Context, needs
from smdesk.services.driver import stored_day
from smdesk.services.list_files import Cell, Kind, Progress, unwatched
from smdesk.services.list_sql import Query, count_each, holds_words, ranked, selected
from smdesk.services.settings import Shelf
from smdesk.services.sight import Reader
from smdesk.services.sign_off_records import (
    SIGN_OFF_COLUMN_LABELS,
    SIGN_OFF_STATUS_LABELS,
    SIGN_OFF_VIEW_LABELS,
    SignOffColumn,
    SignOffFilter,
    SignOffRow,
    SignOffSort,
    SignOffStatus,
    SignOffView,
)


def _filter_from(held: Mapping[str, Any]) -> SignOffFilter:
    return SignOffFilter(
        view=SignOffView(held["view"]), text=str(held.get("text", "")), account_id=held.get("account_id")
    )


def _sort_from(column: str, descending: bool) -> SignOffSort:
    return SignOffSort(SignOffColumn(column), descending)


SAVED_FILTERS: Final = Shelf("sign_off_filters", _filter_from, _sort_from)
_USER: Final = "(SELECT name FROM user WHERE user.id = sign_off.{column}) COLLATE NOCASE"
_ACCOUNT: Final = "(SELECT lower(handle) FROM school_account WHERE school_account.id = sign_off.account_id)"

_KEYS: Final[dict[SignOffColumn, tuple[str, ...]]] = {
    SignOffColumn.TITLE: ("sign_off.title COLLATE NOCASE",),
    SignOffColumn.ACCOUNT: (_ACCOUNT,),
    SignOffColumn.ASKED: ("sign_off.asked_at",),
    SignOffColumn.ASKED_BY: (_USER.replace("{column}", "asked_by"),),
    SignOffColumn.ASKED_OF: (_USER.replace("{column}", "asked_of"),),
    SignOffColumn.PLANNED: ("sign_off.planned_for", "sign_off.asked_at"),
    SignOffColumn.STATUS: (ranked("sign_off.status", SIGN_OFF_STATUS_LABELS),),
    SignOffColumn.DECIDED_BY: (_USER.replace("{column}", "decided_by"),),
    SignOffColumn.DECIDED: ("sign_off.decided_at",),
    SignOffColumn.PUBLISHED: ("sign_off.published_on",),
}
_BLANKS_LAST: Final = frozenset(
    {
        SignOffColumn.ASKED_OF,
        SignOffColumn.PLANNED,
        SignOffColumn.DECIDED_BY,
        SignOffColumn.DECIDED,
        SignOffColumn.PUBLISHED,
    }
)

_VIEWS: Final[dict[SignOffView, str]] = {
    SignOffView.WAITING: "sign_off.status = 'waiting'",
    # ``sign_offs._why_not`` in SQL: not one's own, and put to this reader, to anybody, or to be seen by the head.
    SignOffView.MINE: (
        "sign_off.status = 'waiting' AND :decides AND (SELECT id <> :me AND (person_id IS NULL OR person_id NOT IN"
        " (SELECT value FROM json_each(:mine))) FROM user WHERE user.id = sign_off.asked_by)"
        " AND (sign_off.asked_of IS NULL OR sign_off.asked_of = :me OR :head)"
    ),
    SignOffView.READY: "sign_off.status IN ('approved', 'changed') AND sign_off.published_on IS NULL",
    SignOffView.DECIDED: "sign_off.status IN ('approved', 'changed', 'refused')",
    SignOffView.ALL: "1",
}


@needs(Permission.ACCOUNTS_READ)
def sorted_ids(ctx: Context, filter: SignOffFilter, sort: SignOffSort) -> array[int]:
    """The ids the list shows, in order."""
    with ctx.database.raw_reading() as cursor:
        query = ids_query(sight.reader_on(cursor, ctx.user.id), filter, sort)
        return array("q", map(itemgetter(0), cursor.execute(query.sql, query.params)))


def ids_query(who: Reader, wanted: SignOffFilter, sort: SignOffSort) -> Query:
    """The statement behind ``sorted_ids``."""
    params = _params(who) if wanted.view is SignOffView.MINE else {}
    conditions = [f"({_VIEWS[wanted.view]})"]
    for word in holds_words(wanted.text, "word", params):
        # No column of words here: posts are few, and LIKE takes either case.
        conditions.append(
            "(sign_off.title || ' ' || sign_off.post || ' ' || sign_off.concern) LIKE :{word} ESCAPE '\\'".replace(
                "{word}", word
            )
        )
    if wanted.account_id is not None:
        params["account"] = wanted.account_id
        conditions.append("sign_off.account_id = :account")
    where = " AND ".join(conditions)
    return selected(
        "sign_off",
        where,
        _KEYS[sort.column],
        params,
        blanks_last=sort.column in _BLANKS_LAST,
        descending=sort.descending,
    )


def _params(who: Reader) -> dict[str, int | str]:
    return {
        "me": who.user_id,
        "mine": json.dumps(sorted(who.person_ids)),
        "decides": int(allowed(who.roles, Permission.SIGN_OFFS_DECIDE)),
        "head": int(Role.HEADTEACHER in who.roles),
    }


@needs(Permission.ACCOUNTS_READ)
def rows(ctx: Context, ids: Sequence[int]) -> list[SignOffRow]:
    """The rows with these ids, in this order; ids that are gone are left out."""
    today = ctx.today()
    with ctx.database.raw_reading() as cursor:
        found = cursor.execute(
            "SELECT s.id, s.title, a.handle, a.platform, s.asked_at, asked.name, of.name, s.planned_for, s.status,"
            " decided.name, s.decided_at, s.published_on FROM sign_off AS s"
            " JOIN school_account AS a ON a.id = s.account_id JOIN user AS asked ON asked.id = s.asked_by"
            " LEFT JOIN user AS of ON of.id = s.asked_of LEFT JOIN user AS decided ON decided.id = s.decided_by"
            " WHERE s.id IN (SELECT value FROM json_each(?))",
            (json.dumps(list(ids)),),
        ).fetchall()
    by_id = {row[0]: _row(row, today) for row in found}
    return [by_id[each] for each in ids if each in by_id]


def _row(row: tuple[Any, ...], today: date) -> SignOffRow:
    planned, status = stored_day(row[7]), SignOffStatus(row[8])
    return SignOffRow(
        id=row[0],
        title=row[1],
        account=account_words.account_name(row[2], row[3]),
        asked_at=from_utc_text(row[4]),
        asked_by=row[5],
        asked_of=row[6] or "",
        planned_for=planned,
        status=status,
        decided_by=row[9] or "",
        decided_at=None if row[10] is None else from_utc_text(row[10]),
        published_on=stored_day(row[11]),
        late=status is SignOffStatus.WAITING and planned is not None and planned <= today,
    )


@needs(Permission.ACCOUNTS_READ)
def view_counts(ctx: Context) -> dict[SignOffView, int]:
    """How many posts each view holds."""
    with ctx.database.raw_reading() as cursor:
        return count_each(cursor, "sign_off", _VIEWS, _params(sight.reader_on(cursor, ctx.user.id)))


@needs(Permission.LISTS_EXPORT)
def export(
    ctx: Context,
    filter: SignOffFilter,
    sort: SignOffSort,
    columns: Sequence[SignOffColumn],
    file: Path,
    kind: Kind,
    progress: Progress = unwatched,
) -> int:
    """Write the list as it is shown to ``file``, whole or not at all; returns the number of rows. It is audited.

    Raises Cancelled from ``progress``, StorageProblem, Invalid for no columns or an unknown kind.
    """
    parts = [in_a_sentence(SIGN_OFF_VIEW_LABELS[filter.view])]
    if filter.text.strip():
        parts.append(f"holding “{filter.text.strip()}”")
    if filter.account_id is not None:
        with ctx.database.reading() as session:
            names = message_fields.account_names(session, [filter.account_id])
        parts.append(f"on {names.get(filter.account_id, 'no account')}")
    going = list_files.Going(
        title="Posts put to a senior leader",
        object_kind="sign_off",
        description=list_files.described(
            parts, SIGN_OFF_COLUMN_LABELS[sort.column], descending=sort.descending
        ),
        columns=columns,
        labels=SIGN_OFF_COLUMN_LABELS,
        ids=sorted_ids(ctx, filter, sort),
        rows=rows,
        cell=_cell,
    )
    return list_files.send_out(ctx, going, file, kind, progress)


def status_words(row: SignOffRow) -> str:
    """The status as a list shows it."""
    words = SIGN_OFF_STATUS_LABELS[row.status]
    return f"{words}, planned for today or before" if row.late else words


def _cell(row: SignOffRow, column: SignOffColumn) -> Cell:
    match column:
        case SignOffColumn.TITLE:
            return row.title
        case SignOffColumn.ACCOUNT:
            return row.account
        case SignOffColumn.ASKED:
            return row.asked_at.astimezone(LOCAL)
        case SignOffColumn.ASKED_BY:
            return row.asked_by
        case SignOffColumn.ASKED_OF:
            return row.asked_of
        case SignOffColumn.PLANNED:
            return row.planned_for
        case SignOffColumn.STATUS:
            return status_words(row)
        case SignOffColumn.DECIDED_BY:
            return row.decided_by
        case SignOffColumn.DECIDED:
            return None if row.decided_at is None else row.decided_at.astimezone(LOCAL)
        case SignOffColumn.PUBLISHED:
            return row.published_on
