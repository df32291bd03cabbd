"""The log of online-safety education as a list: ids in order, rows by id, counts, and what goes out (AUP-4)."""

from __future__ import annotations

import json
from array import array
from collections.abc import Mapping, Sequence
from datetime import date
from operator import itemgetter
from pathlib import Path
from typing import Any, Final

from smdesk.policy.vocabulary import PersonKind
from smdesk.policy.words import in_a_sentence, written_day
from smdesk.security.permissions import Permission
from smdesk.services import list_files, periods, settings
from smdesk.services.context import Context, needs
from smdesk.services.driver import stored_day
from smdesk.services.education_records import (
    AUDIENCE_LABELS,
    EDUCATION_COLUMN_LABELS,
    EDUCATION_KIND_LABELS,
    EDUCATION_VIEW_LABELS,
    EducationColumn,
    EducationFilter,
    EducationKind,
    EducationRow,
    EducationSort,
    EducationView,
    audience_words,
)
from smdesk.services.list_files import Cell, Kind, Progress, unwatched
from smdesk.services.list_sql import Query, count_each, holds_words, ranked, selected
from smdesk.services.people_records import kinds_of

_CHUNK: Final = 500
_KEYS: Final[dict[EducationColumn, tuple[str, ...]]] = {
    EducationColumn.HELD: ("held_on",),
    EducationColumn.KIND: (ranked("kind", EDUCATION_KIND_LABELS), "held_on"),
    EducationColumn.TITLE: ("title COLLATE NOCASE", "held_on"),
    EducationColumn.AUDIENCE: ("audience", "audience_note COLLATE NOCASE", "held_on"),
    EducationColumn.REACHED: ("reached", "held_on"),
    EducationColumn.LED_BY: ("nullif(led_by, '') COLLATE NOCASE", "held_on"),
    EducationColumn.NOTES: ("nullif(notes, '') COLLATE NOCASE", "held_on"),
}
_BLANKS_LAST: Final = frozenset({EducationColumn.REACHED, EducationColumn.LED_BY, EducationColumn.NOTES})
_VIEWS: Final[dict[EducationView, str]] = {
    EducationView.THIS_YEAR: "withdrawn_at IS NULL AND held_on >= :year",
    EducationView.LAST_YEAR: "withdrawn_at IS NULL AND held_on >= :year_before AND held_on < :year",
    EducationView.ALL: "withdrawn_at IS NULL",
    EducationView.WITHDRAWN: "withdrawn_at IS NOT NULL",
}


def _filter_from(held: Mapping[str, Any]) -> EducationFilter:
    return EducationFilter(
        view=EducationView(held["view"]),
        text=str(held["text"]),
        kind=None if held["kind"] is None else EducationKind(held["kind"]),
        audience=None if held["audience"] is None else PersonKind(held["audience"]),
        held_from=stored_day(held["held_from"]),
        held_to=stored_day(held["held_to"]),
    )


def _sort_from(column: str, descending: bool) -> EducationSort:
    return EducationSort(EducationColumn(column), descending)


SHELF: Final = settings.Shelf("education_filters", _filter_from, _sort_from)
"""Where saved filters of this list are kept."""


_HOLDS: Final = (
    "(title LIKE :{word} ESCAPE '\\' OR audience_note LIKE :{word} ESCAPE '\\' OR led_by LIKE :{word} ESCAPE '\\'"
    " OR notes LIKE :{word} ESCAPE '\\')"
)


@needs(Permission.AGREEMENTS_READ)
def sorted_ids(ctx: Context, filter: EducationFilter, sort: EducationSort) -> array[int]:
    """The ids of the events shown, in order."""
    query = ids_query(filter, sort, ctx.today())
    with ctx.database.raw_reading() as cursor:
        return array("q", map(itemgetter(0), cursor.execute(query.sql, query.params)))


def ids_query(wanted: EducationFilter, sort: EducationSort, today: date) -> Query:
    """The statement behind ``sorted_ids``."""
    params = _years(today)
    conditions = [f"({_VIEWS[wanted.view]})"]
    conditions += [_HOLDS.replace("{word}", word) for word in holds_words(wanted.text, "word", params)]
    if wanted.kind is not None:
        params["kind"] = str(wanted.kind)
        conditions.append("kind = :kind")
    if wanted.audience is not None:
        params["audience"] = str(wanted.audience)
        conditions.append("instr(',' || audience || ',', ',' || :audience || ',')")
    if wanted.held_from is not None:
        params["held_from"] = wanted.held_from.isoformat()
        conditions.append("held_on >= :held_from")
    if wanted.held_to is not None:
        params["held_to"] = wanted.held_to.isoformat()
        conditions.append("held_on <= :held_to")
    return selected(
        "education_event",
        " AND ".join(conditions),
        _KEYS[sort.column],
        params,
        blanks_last=sort.column in _BLANKS_LAST,
        descending=sort.descending,
    )


def _years(today: date) -> dict[str, int | str]:
    year = periods.year_of(today)
    return {"year": year.start.isoformat(), "year_before": year.before().start.isoformat()}


@needs(Permission.AGREEMENTS_READ)
def rows(ctx: Context, ids: Sequence[int]) -> list[EducationRow]:
    """The rows for these ids, in the same order. Ids that are gone are left out."""
    found: list[EducationRow] = []
    with ctx.database.raw_reading() as cursor:
        for start in range(0, len(ids), _CHUNK):
            found += [
                EducationRow(
                    id=row[0],
                    held_on=date.fromisoformat(row[1]),
                    kind=EducationKind(row[2]),
                    title=row[3],
                    audience=audience_words(kinds_of("", row[4]), row[5]),
                    reached=row[6],
                    led_by=row[7],
                    notes=row[8],
                    withdrawn=bool(row[9]),
                )
                for row in cursor.execute(
                    "SELECT education_event.id, held_on, kind, title, audience, audience_note, reached, led_by, notes,"
                    " withdrawn_at IS NOT NULL FROM json_each(:ids) AS wanted"
                    " CROSS JOIN education_event ON education_event.id = wanted.value ORDER BY wanted.key",
                    {"ids": json.dumps(list(ids[start : start + _CHUNK]))},
                )
            ]
    return found


@needs(Permission.AGREEMENTS_READ)
def view_counts(ctx: Context) -> dict[EducationView, int]:
    """How many events each view holds."""
    with ctx.database.raw_reading() as cursor:
        return count_each(cursor, "education_event", _VIEWS, _years(ctx.today()))


@needs(Permission.AGREEMENTS_READ)
def periods_logged(ctx: Context) -> list[periods.Period]:
    """The school years and terms the log reaches into, newest first; this school year is always there."""
    today = ctx.today()
    with ctx.database.raw_reading() as cursor:
        first = cursor.execute(
            "SELECT min(held_on) FROM education_event WHERE withdrawn_at IS NULL"
        ).fetchone()[0]
    return periods.between(stored_day(first) or periods.year_of(today).start, today)


# Taken out


@needs(Permission.LISTS_EXPORT)
def export(
    ctx: Context,
    filter: EducationFilter,
    sort: EducationSort,
    columns: Sequence[EducationColumn],
    file: Path,
    kind: Kind,
    progress: Progress = unwatched,
) -> int:
    """Write the log as it is shown to ``file``, whole or not at all; returns the number of rows.

    Raises Cancelled from ``progress``, StorageProblem, Invalid for no columns or an unknown kind.
    """
    going = list_files.Going(
        title="Online-safety education",
        object_kind="education",
        description=_in_words(filter, sort),
        columns=columns,
        labels=EDUCATION_COLUMN_LABELS,
        ids=sorted_ids(ctx, filter, sort),
        rows=rows,
        cell=_cell,
        numbers=frozenset({EducationColumn.REACHED}),
    )
    return list_files.send_out(ctx, going, file, kind, progress)


def _cell(row: EducationRow, column: EducationColumn) -> Cell:
    match column:
        case EducationColumn.HELD:
            return row.held_on
        case EducationColumn.KIND:
            return EDUCATION_KIND_LABELS[row.kind]
        case EducationColumn.TITLE:
            return row.title
        case EducationColumn.AUDIENCE:
            return row.audience
        case EducationColumn.REACHED:
            return row.reached
        case EducationColumn.LED_BY:
            return row.led_by
        case EducationColumn.NOTES:
            return row.notes


def _in_words(wanted: EducationFilter, sort: EducationSort) -> str:
    """What a list shows, as its printed heading says it."""
    parts = [in_a_sentence(EDUCATION_VIEW_LABELS[wanted.view])]
    if wanted.text.strip():
        parts.append(f"holding “{wanted.text.strip()}”")
    if wanted.kind is not None:
        parts.append(EDUCATION_KIND_LABELS[wanted.kind].lower())
    if wanted.audience is not None:
        parts.append(f"for {AUDIENCE_LABELS[wanted.audience].lower()}")
    if wanted.held_from is not None:
        parts.append(f"from {written_day(wanted.held_from)}")
    if wanted.held_to is not None:
        parts.append(f"up to {written_day(wanted.held_to)}")
    return list_files.described(parts, EDUCATION_COLUMN_LABELS[sort.column], descending=sort.descending)
