"""People and their trainings as a list: who has what, who lacks what, and how many (AUP-2, ACC-3).

A row is one person and one training they have had or need. Its id stands for the pair, so that somebody who has never
had it is a row like any other. Sorting and filtering happen in SQL; only the ids travel.
"""

from __future__ import annotations

import json
from array import array
from collections.abc import Mapping, Sequence
from datetime import date
from operator import itemgetter
from pathlib import Path
from typing import Any, Final

from sqlalchemy.orm import Session

from smdesk.db import search
from smdesk.policy.vocabulary import KIND_LABELS, PersonKind
from smdesk.policy.words import in_a_sentence
from smdesk.security.permissions import Permission
from smdesk.services import list_files, settings, training_state
from smdesk.services.context import Context, needs, open_to_all
from smdesk.services.driver import driver, stored_day
from smdesk.services.incident_state import person_name
from smdesk.services.list_files import Cell, Kind, Progress, unwatched
from smdesk.services.list_sql import Query, holds_words, order_by, ranked
from smdesk.services.training_records import (
    TRAINING_COLUMN_LABELS,
    TRAINING_VIEW_LABELS,
    TrainingColumn,
    TrainingFigures,
    TrainingFilter,
    TrainingRow,
    TrainingSort,
    TrainingView,
    standing_on,
    standing_words,
)

_CHUNK: Final = 500
_SHIFT: Final = 32

_HERE: Final = (
    "((person.left_on IS NULL OR person.left_on > :today)"
    " AND (training_type.retired_on IS NULL OR training_type.retired_on > :today))"
)


def _pairs(among: str = "1") -> str:
    """What is listed: needed or on record. Named as the tables are, since the pieces are put together below."""
    return _PAIRS.replace("{needed}", training_state.needed(among)).replace("{among}", among)


_PAIRS: Final = (
    "WITH {needed}, pair(id, type_id, person_id, needed) AS ("
    "SELECT (type_id << 32) | person_id, type_id, person_id, 1 FROM needed"
    " UNION ALL SELECT (training.type_id << 32) | training.person_id, training.type_id, training.person_id, 0"
    " FROM training JOIN person ON person.id = training.person_id"
    " WHERE training.newest AND {among} AND NOT EXISTS (SELECT 1 FROM needed"
    " WHERE needed.type_id = training.type_id AND needed.person_id = training.person_id))"
)
_AMONG_WANTED: Final = "person.id IN (SELECT value & 4294967295 FROM json_each(:ids))"

_FROM: Final = (
    " FROM pair JOIN person ON person.id = pair.person_id JOIN training_type ON training_type.id = pair.type_id"
    " LEFT JOIN training ON training.person_id = pair.person_id AND training.type_id = pair.type_id"
    " AND training.newest"
)

_STANDING: Final = (
    f"CASE WHEN NOT {_HERE} THEN 4 WHEN training.id IS NULL THEN 0 WHEN training.valid_until < :today THEN 1"
    " WHEN training.valid_until <= :remind_to THEN 2 ELSE 3 END"
)
"""What is to be done first; what is of people who have left comes last."""

_NAME: Final = "person.sort_name"
_TYPE: Final = "training_type.name COLLATE NOCASE"
_KEYS: Final[dict[TrainingColumn, tuple[str, ...]]] = {
    TrainingColumn.PERSON: (_NAME, _TYPE),
    TrainingColumn.KIND: (ranked("person.kind", KIND_LABELS), _NAME, _TYPE),
    TrainingColumn.CLASS: ("nullif(person.class_name, '') COLLATE NOCASE", _NAME, _TYPE),
    TrainingColumn.TRAINING: (_TYPE, _NAME),
    TrainingColumn.STANDING: (_STANDING, "training.valid_until", _NAME, _TYPE),
    TrainingColumn.DONE: ("training.done_on", _NAME, _TYPE),
    TrainingColumn.UNTIL: ("training.valid_until", _NAME, _TYPE),
    TrainingColumn.NEEDED: ("pair.needed", _NAME, _TYPE),
    TrainingColumn.GIVEN_BY: ("nullif(training.given_by, '') COLLATE NOCASE", _NAME, _TYPE),
}
_BLANKS_LAST: Final = frozenset(
    {TrainingColumn.CLASS, TrainingColumn.DONE, TrainingColumn.UNTIL, TrainingColumn.GIVEN_BY}
)

_VIEWS: Final[dict[TrainingView, str]] = {
    TrainingView.MISSING: "training.id IS NULL",
    TrainingView.LAPSED: f"training.valid_until < :today AND {_HERE}",
    TrainingView.LAPSING: (
        f"training.valid_until >= :today AND training.valid_until <= :remind_to AND {_HERE}"
    ),
    TrainingView.VALID: (
        "training.id IS NOT NULL AND (training.valid_until IS NULL OR training.valid_until >= :today)"
        f" AND {_HERE}"
    ),
    TrainingView.ALL: "1",
}
"""A pair without a training is one that is needed: there is no other reason for it to be listed."""


def _filter_from(held: Mapping[str, Any]) -> TrainingFilter:
    return TrainingFilter(
        view=TrainingView(held["view"]),
        text=str(held["text"]),
        type_id=held["type_id"],
        kind=None if held["kind"] is None else PersonKind(held["kind"]),
        needed_only=bool(held["needed_only"]),
        person_id=held["person_id"],
    )


def _sort_from(column: str, descending: bool) -> TrainingSort:
    return TrainingSort(TrainingColumn(column), descending)


SHELF: Final = settings.Shelf("training_filters", _filter_from, _sort_from)
"""Where saved filters of this list are kept."""


@open_to_all("Only takes a number apart.")
def pair_of(row_id: int) -> tuple[int, int]:
    """The training's and the person's id that a row stands for."""
    return row_id >> _SHIFT, row_id & 0xFFFFFFFF


@open_to_all("Only puts a number together.")
def row_id_of(type_id: int, person_id: int) -> int:
    """The id of the row that stands for this training and this person."""
    return type_id << _SHIFT | person_id


@needs(Permission.AGREEMENTS_READ)
def sorted_ids(ctx: Context, filter: TrainingFilter, sort: TrainingSort) -> array[int]:
    """The ids of the rows shown, in order."""
    with ctx.database.raw_reading() as cursor:
        query = ids_query(filter, sort, ctx.today(), training_state.reminder_days(cursor))
        return array("q", map(itemgetter(0), cursor.execute(query.sql, query.params)))


def ids_query(wanted: TrainingFilter, sort: TrainingSort, today: date, reminder_days: int) -> Query:
    """The statement behind ``sorted_ids``."""
    params = training_state.days(today, reminder_days)
    conditions = [f"({_VIEWS[wanted.view]})", *_filter_conditions(wanted, params)]
    order = order_by(
        "pair",
        _KEYS[sort.column],
        blanks_last=sort.column in _BLANKS_LAST,
        descending=sort.descending,
    )
    # Every value is bound; the text is put together from this module's own pieces.
    return Query(
        f"{_pairs()} SELECT pair.id{_FROM} WHERE {' AND '.join(conditions)} ORDER BY {order}",
        params,
    )


_HOLDS: Final = (
    "(training_type.name LIKE :{word} ESCAPE '\\' OR person.sort_name LIKE :{word} ESCAPE '\\'"
    " OR training.given_by LIKE :{word} ESCAPE '\\')"
)


def _filter_conditions(wanted: TrainingFilter, params: dict[str, int | str]) -> list[str]:
    conditions = []
    words = holds_words(wanted.text, "word", params)
    if words:
        # Each word anywhere; or all of them in the names somebody goes by, as in the list of people.
        anywhere = " AND ".join(_HOLDS.replace("{word}", word) for word in words)
        match = search.person_match_expression(wanted.text)
        if match is not None:
            params["match"] = match
            anywhere += " OR person.id IN (SELECT rowid FROM person_search WHERE person_search MATCH :match)"
        conditions.append(f"({anywhere})")
    if wanted.type_id is not None:
        params["type"] = wanted.type_id
        conditions.append("pair.type_id = :type")
    if wanted.kind is not None:
        params["kind"] = str(wanted.kind)
        conditions.append("(person.kind = :kind OR instr(',' || person.also || ',', ',' || :kind || ','))")
    if wanted.needed_only:
        conditions.append("pair.needed")
    if wanted.person_id is not None:
        params["person"] = wanted.person_id
        conditions.append(
            "person.id = coalesce((SELECT merged_into FROM person WHERE id = :person), :person)"
        )
    return conditions


@needs(Permission.AGREEMENTS_READ)
def rows(ctx: Context, ids: Sequence[int]) -> list[TrainingRow]:
    """The rows for these ids, in the same order. Pairs that are neither needed nor on record any more are left out."""
    found: list[TrainingRow] = []
    with ctx.database.raw_reading() as cursor:
        today, remind = ctx.today(), training_state.reminder_days(cursor)
        params = training_state.days(today, remind)
        for start in range(0, len(ids), _CHUNK):
            params["ids"] = json.dumps(list(ids[start : start + _CHUNK]))
            found += [_row(row, today, remind) for row in cursor.execute(_ROWS, params)]
    return found


_ROWS: Final = (
    "{pairs} SELECT pair.id, person.id, person.given_name, person.family_name, person.kind, person.class_name,"
    " training_type.id, training_type.name, pair.needed, {here}, training.done_on, training.valid_until,"
    " training.given_by{from} ORDER BY wanted.key".replace("{pairs}", _pairs(_AMONG_WANTED))
    .replace("{here}", _HERE)
    .replace(
        "{from}",
        _FROM.replace("FROM pair", "FROM json_each(:ids) AS wanted JOIN pair ON pair.id = wanted.value"),
    )
)


def _row(row: tuple[Any, ...], today: date, remind: int) -> TrainingRow:
    done_on, valid_until, here = stored_day(row[10]), stored_day(row[11]), bool(row[9])
    standing = standing_on(done_on, valid_until, today, remind)
    words = standing_words(standing, valid_until)
    return TrainingRow(
        id=row[0],
        person_id=row[1],
        person=person_name(row[2], row[3]),
        kind=PersonKind(row[4]),
        class_name=row[5],
        type_id=row[6],
        training=row[7],
        needed=bool(row[8]),
        here=here,
        standing=standing,
        standing_words=words if here else f"{words}; not needed any more",
        done_on=done_on,
        valid_until=valid_until,
        given_by=row[12] or "",
    )


@needs(Permission.AGREEMENTS_READ)
def view_counts(ctx: Context) -> dict[TrainingView, int]:
    """How many rows each view holds."""
    with ctx.database.raw_reading() as cursor:
        params = training_state.days(ctx.today(), training_state.reminder_days(cursor))
        columns = ", ".join(f"coalesce(sum({condition}), 0)" for condition in _VIEWS.values())
        counts = cursor.execute(f"{_pairs()} SELECT {columns}{_FROM}", params).fetchone()
    return dict(zip(_VIEWS, counts, strict=True))


def figures(session: Session, day: date) -> tuple[TrainingFigures, ...]:
    """How the people who are at the school on ``day`` stand with each training asked for then, by its name.

    For reports and for what is due: only people who need a training are counted (AUP-2). Days before today are told
    from who is at the school and what is on record now.
    """
    raw = driver(session)
    remind = training_state.reminder_days(raw)
    found = raw.execute(
        "WITH {needed} SELECT training_type.id, training_type.name, count(needed.person_id),"
        " coalesce(sum(training.id IS NOT NULL AND (training.valid_until IS NULL"
        " OR training.valid_until >= :today)), 0),"
        " coalesce(sum(training.valid_until >= :today AND training.valid_until <= :remind_to), 0),"
        " coalesce(sum(training.valid_until < :today), 0),"
        " sum(needed.person_id IS NOT NULL AND training.id IS NULL)"
        " FROM training_type LEFT JOIN needed ON needed.type_id = training_type.id"
        " LEFT JOIN training ON training.person_id = needed.person_id"
        " AND training.type_id = needed.type_id AND training.newest"
        " WHERE training_type.retired_on IS NULL OR training_type.retired_on > :today"
        " GROUP BY training_type.id ORDER BY lower(training_type.name), training_type.id".replace(
            "{needed}", training_state.needed()
        ),
        training_state.days(day, remind),
    )
    return tuple(TrainingFigures(*row) for row in found)


# Taken out


@needs(Permission.LISTS_EXPORT)
def export(
    ctx: Context,
    filter: TrainingFilter,
    sort: TrainingSort,
    columns: Sequence[TrainingColumn],
    file: Path,
    kind: Kind,
    progress: Progress = unwatched,
) -> int:
    """Write the list as it is shown to ``file``, whole or not at all; returns the number of rows.

    Raises Cancelled from ``progress``, StorageProblem, Invalid for no columns or an unknown kind.
    """
    going = list_files.Going(
        title="Training",
        object_kind="training",
        description=_in_words(ctx, filter, sort),
        columns=columns,
        labels=TRAINING_COLUMN_LABELS,
        ids=sorted_ids(ctx, filter, sort),
        rows=rows,
        cell=_cell,
    )
    return list_files.send_out(ctx, going, file, kind, progress)


def _cell(row: TrainingRow, column: TrainingColumn) -> Cell:
    match column:
        case TrainingColumn.PERSON:
            return row.person
        case TrainingColumn.KIND:
            return KIND_LABELS[row.kind]
        case TrainingColumn.CLASS:
            return row.class_name
        case TrainingColumn.TRAINING:
            return row.training
        case TrainingColumn.STANDING:
            return row.standing_words
        case TrainingColumn.DONE:
            return row.done_on
        case TrainingColumn.UNTIL:
            return row.valid_until
        case TrainingColumn.NEEDED:
            return "Yes" if row.needed else "No"
        case TrainingColumn.GIVEN_BY:
            return row.given_by


def _in_words(ctx: Context, wanted: TrainingFilter, sort: TrainingSort) -> str:
    """What a list shows, as its printed heading says it."""
    parts = [in_a_sentence(TRAINING_VIEW_LABELS[wanted.view])]
    if wanted.text.strip():
        parts.append(f"holding “{wanted.text.strip()}”")
    with ctx.database.raw_reading() as cursor:
        if wanted.type_id is not None:
            found = cursor.execute(
                "SELECT name FROM training_type WHERE id = ?", (wanted.type_id,)
            ).fetchone()
            parts.append(f"“{found[0]}”" if found else "a training that is not on the list")
        if wanted.person_id is not None:
            found = cursor.execute(
                "SELECT given_name, family_name FROM person WHERE id = ?", (wanted.person_id,)
            ).fetchone()
            parts.append(f"of {person_name(*found)}" if found else "of nobody")
    if wanted.kind is not None:
        parts.append(KIND_LABELS[wanted.kind].lower())
    if wanted.needed_only:
        parts.append("only where it is needed")
    return list_files.described(parts, TRAINING_COLUMN_LABELS[sort.column], descending=sort.descending)
