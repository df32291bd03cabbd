"""The list of messages: ids in order, rows by id, how many each view holds, and the list on paper or as a file.

Sorting and filtering happen in SQL on a plain cursor, and only the ids travel; rows are fetched for what is on screen.

A *masked* row is one that became an incident this reader may not open: it shows reference, times, account and kind. It
is found by none of its words, and where the sort order is by one of them it comes last.
"""

from __future__ import annotations

import json
from array import array
from collections.abc import Mapping, Sequence
from datetime import datetime
from operator import itemgetter
from pathlib import Path
from typing import Any, Final

from smdesk.db.models import from_utc_text, utc_text
from smdesk.policy.words import in_a_sentence
from smdesk.security.permissions import Permission
from smdesk.services import (
    account_words,
    handing_over,
    incident_fields,
    list_files,
    message_fields,
    messages,
    sight,
)
from smdesk.services.context import LOCAL, Context, needs
from smdesk.services.incident_words import reference as incident_reference
from smdesk.services.list_files import Cell, Kind, Progress, unwatched
from smdesk.services.list_sql import Query, count_each, holds_words, ranked, selected_masked
from smdesk.services.message_records import (
    MASKED_MESSAGE,
    MESSAGE_COLUMN_LABELS,
    MESSAGE_KIND_LABELS,
    MESSAGE_STATUS_LABELS,
    MESSAGE_VIEW_LABELS,
    MessageColumn,
    MessageFilter,
    MessageKind,
    MessageRow,
    MessageSort,
    MessageStatus,
    MessageView,
)
from smdesk.services.settings import Shelf
from smdesk.services.sight import Reader


def _filter_from(held: Mapping[str, Any]) -> MessageFilter:
    kind = held.get("kind")
    return MessageFilter(
        view=MessageView(held["view"]),
        text=str(held.get("text", "")),
        kind=None if kind is None else MessageKind(kind),
        account_id=held.get("account_id"),
        person_id=held.get("person_id"),
    )


def _sort_from(column: str, descending: bool) -> MessageSort:
    return MessageSort(MessageColumn(column), descending)


SAVED_FILTERS: Final = Shelf("message_filters", _filter_from, _sort_from)

_WAITS: Final = (
    "account_message.replied_at IS NULL AND account_message.settled_at IS NULL"
    " AND account_message.withdrawn_at IS NULL"
)
"""The condition of the partial index, so that SQLite uses it."""

_VIEWS: Final[dict[MessageView, str]] = {
    MessageView.WAITING: _WAITS,
    MessageView.OVERDUE: f"{_WAITS} AND account_message.due_at < :now",
    MessageView.ACKNOWLEDGED: (
        "account_message.replied_at IS NOT NULL AND account_message.settled_at IS NULL"
        " AND account_message.withdrawn_at IS NULL"
    ),
    MessageView.SETTLED: "account_message.settled_at IS NOT NULL AND account_message.withdrawn_at IS NULL",
    MessageView.ALL: "1",
}

_STATUS: Final = (
    "CASE WHEN account_message.withdrawn_at IS NOT NULL THEN 'withdrawn'"
    " WHEN account_message.settled_how <> '' THEN account_message.settled_how"
    " WHEN account_message.answered_at IS NOT NULL THEN 'reopened'"
    " WHEN account_message.replied_at IS NOT NULL THEN 'acknowledged' ELSE 'waiting' END"
)
"""``messages.status_of`` in SQL."""

_ACCOUNT: Final = (
    "(SELECT lower(handle) FROM school_account WHERE school_account.id = account_message.account_id)"
)
_FROM: Final = (
    "coalesce((SELECT sort_name FROM person WHERE person.id = account_message.person_id),"
    " nullif(lower(account_message.from_name), ''))"
)

_KEYS: Final[dict[MessageColumn, tuple[str, ...]]] = {
    MessageColumn.REFERENCE: ("account_message.year", "account_message.number"),
    MessageColumn.RECEIVED: ("account_message.received_at",),
    MessageColumn.ACCOUNT: (_ACCOUNT,),
    MessageColumn.KIND: (ranked("account_message.kind", MESSAGE_KIND_LABELS),),
    MessageColumn.FROM: (_FROM,),
    MessageColumn.SAID: ("account_message.said COLLATE NOCASE",),
    MessageColumn.STATUS: (ranked(f"({_STATUS})", MESSAGE_STATUS_LABELS),),
    MessageColumn.DUE: ("account_message.due_at",),
    MessageColumn.REPLIED: ("account_message.replied_at",),
    MessageColumn.INCIDENT: ("account_message.incident_id",),
}
_OPEN: Final = (
    "(account_message.incident_id IS NULL OR EXISTS (SELECT 1 FROM incident"
    " WHERE incident.id = account_message.incident_id AND {seen}))"
)
_HOLDS: Final = (
    "account_message.words LIKE :{word} ESCAPE '\\' OR account_message.person_id IN"
    " (SELECT id FROM person WHERE sort_name LIKE :{word} ESCAPE '\\')"
)
"""A person's name may have changed since the message was logged."""
_BLANKS_LAST: Final = frozenset(
    {MessageColumn.DUE, MessageColumn.REPLIED, MessageColumn.INCIDENT, MessageColumn.FROM}
)
_HIDDEN_MASKED: Final = frozenset({MessageColumn.FROM, MessageColumn.SAID, MessageColumn.INCIDENT})


@needs(Permission.ACCOUNTS_READ)
def sorted_ids(ctx: Context, filter: MessageFilter, sort: MessageSort) -> array[int]:
    """The ids this reader's list shows, in order."""
    with ctx.database.raw_reading() as cursor:
        query = ids_query(sight.reader_on(cursor, ctx.user.id), filter, sort, ctx.now())
        return array("q", map(itemgetter(0), cursor.execute(query.sql, query.params)))


def ids_query(who: Reader, wanted: MessageFilter, sort: MessageSort, now: datetime) -> Query:
    """The statement behind ``sorted_ids``."""
    params: dict[str, int | str] = {}
    conditions = [_VIEWS[wanted.view]]
    if ":now" in conditions[0]:
        params["now"] = utc_text(now)
    if wanted.kind is not None:
        params["kind"] = wanted.kind.value
        conditions.append("account_message.kind = :kind")
    if wanted.account_id is not None:
        params["account"] = wanted.account_id
        conditions.append("account_message.account_id = :account")
    sees = sight.where_full(who)
    full = sees.within(_OPEN)
    by_words = []
    for word in holds_words(wanted.text, "word", params):
        by_words.append(_HOLDS.replace("{word}", word))
    if wanted.person_id is not None:
        params["person"] = wanted.person_id
        by_words.append(
            "account_message.person_id IN (SELECT :person UNION SELECT id FROM person WHERE merged_into = :person)"
        )
    where = " AND ".join(f"({each})" for each in (*conditions, *by_words) if each != "1") or "1"
    return selected_masked(
        "account_message",
        where,
        full,
        _KEYS[sort.column],
        params | sees.params,
        narrowed=bool(by_words),
        tells=sort.column in _HIDDEN_MASKED,
        blanks_last=sort.column in _BLANKS_LAST,
        descending=sort.descending,
    )


@needs(Permission.ACCOUNTS_READ)
def rows(ctx: Context, ids: Sequence[int]) -> list[MessageRow]:
    """The rows with these ids, in this order; ids that are gone are left out."""
    now = ctx.now()
    with ctx.database.raw_reading() as cursor:
        found = cursor.execute(
            "SELECT m.id, m.year, m.number, m.received_at, a.handle, a.platform, m.kind, m.from_name, m.said,"
            " m.settled_how, m.replied_at, m.answered_at, m.withdrawn_at, m.due_at, m.incident_id, p.given_name,"
            " p.family_name, i.year, i.number"
            " FROM account_message AS m JOIN school_account AS a ON a.id = m.account_id"
            " LEFT JOIN person AS p ON p.id = m.person_id LEFT JOIN incident AS i ON i.id = m.incident_id"
            " WHERE m.id IN (SELECT value FROM json_each(?))",
            (json.dumps(list(ids)),),
        ).fetchall()
        seen = _seen(cursor, ctx, [row[14] for row in found if row[14] is not None])
    by_id = {row[0]: _row(row, row[14] is not None and row[14] not in seen, now) for row in found}
    return [by_id[each] for each in ids if each in by_id]


def _seen(cursor: Any, ctx: Context, incident_ids: list[int]) -> set[int]:
    if not incident_ids:
        return set()
    where = sight.where_full(sight.reader_on(cursor, ctx.user.id))
    return {
        row[0]
        for row in cursor.execute(
            where.within(
                "SELECT id FROM incident WHERE id IN (SELECT value FROM json_each(:wanted)) AND {seen}"
            ),
            {**where.params, "wanted": json.dumps(incident_ids)},
        )
    }


def _row(row: tuple[Any, ...], masked: bool, now: datetime) -> MessageRow:
    due, replied = (None if each is None else from_utc_text(each) for each in (row[13], row[10]))
    status = messages.status_of(
        row[9],
        acknowledged=row[10] is not None,
        answered=row[11] is not None,
        withdrawn=row[12] is not None,
    )
    person = " ".join(part for part in (row[15], row[16]) if part)
    incident = "" if row[14] is None or masked else incident_reference(row[17], row[18])
    return MessageRow(
        id=row[0],
        reference=messages.reference(row[1], row[2]),
        received_at=from_utc_text(row[3]),
        account=account_words.account_name(row[4], row[5]),
        kind=MessageKind(row[6]),
        from_name="" if masked else person or row[7],
        said=MASKED_MESSAGE if masked else handing_over.short(row[8], 200),
        status=status,
        due_at=due,
        replied_at=replied,
        overdue=status is MessageStatus.WAITING and due is not None and due < now,
        late=due is not None and replied is not None and replied > due,
        incident=incident,
        masked=masked,
    )


@needs(Permission.ACCOUNTS_READ)
def view_counts(ctx: Context) -> dict[MessageView, int]:
    """How many messages each view holds."""
    with ctx.database.raw_reading() as cursor:
        return count_each(cursor, "account_message", _VIEWS, {"now": utc_text(ctx.now())})


@needs(Permission.LISTS_EXPORT)
def export(
    ctx: Context,
    filter: MessageFilter,
    sort: MessageSort,
    columns: Sequence[MessageColumn],
    file: Path,
    kind: Kind,
    progress: Progress = unwatched,
) -> int:
    """Write the list as it is shown to ``file``, whole or not at all; returns the number of rows. It is audited.

    Raises Cancelled from ``progress``, StorageProblem, Invalid for no columns or an unknown kind.
    """
    going = list_files.Going(
        title="Messages and comments",
        object_kind="message",
        description=_described(ctx, filter, sort),
        columns=columns,
        labels=MESSAGE_COLUMN_LABELS,
        ids=sorted_ids(ctx, filter, sort),
        rows=rows,
        cell=_cell,
    )
    return list_files.send_out(ctx, going, file, kind, progress)


def _cell(row: MessageRow, column: MessageColumn) -> Cell:
    match column:
        case MessageColumn.REFERENCE:
            return row.reference
        case MessageColumn.RECEIVED:
            return row.received_at.astimezone(LOCAL)
        case MessageColumn.ACCOUNT:
            return row.account
        case MessageColumn.KIND:
            return MESSAGE_KIND_LABELS[row.kind]
        case MessageColumn.FROM:
            return row.from_name
        case MessageColumn.SAID:
            return row.said
        case MessageColumn.STATUS:
            return status_words(row)
        case MessageColumn.DUE:
            return None if row.due_at is None else row.due_at.astimezone(LOCAL)
        case MessageColumn.REPLIED:
            return None if row.replied_at is None else row.replied_at.astimezone(LOCAL)
        case MessageColumn.INCIDENT:
            return row.incident


def status_words(row: MessageRow) -> str:
    """The status as a list shows it, with what went wrong with the clock."""
    words = MESSAGE_STATUS_LABELS[row.status]
    if row.overdue:
        return f"{words}, overdue"
    return f"{words}, replied to late" if row.late else words


def _described(ctx: Context, wanted: MessageFilter, sort: MessageSort) -> str:
    parts = [in_a_sentence(MESSAGE_VIEW_LABELS[wanted.view])]
    if wanted.text.strip():
        parts.append(f"holding “{wanted.text.strip()}”")
    if wanted.kind is not None:
        parts.append(MESSAGE_KIND_LABELS[wanted.kind].lower())
    with ctx.database.reading() as session:
        if wanted.account_id is not None:
            names = message_fields.account_names(session, [wanted.account_id])
            parts.append(f"on {names.get(wanted.account_id, 'no account')}")
        if wanted.person_id is not None:
            people = incident_fields.people_names(session, [wanted.person_id])
            parts.append(f"from {people.get(wanted.person_id, 'nobody')}")
    return list_files.described(parts, MESSAGE_COLUMN_LABELS[sort.column], descending=sort.descending)
