"""List, search and save against the bare database."""

from __future__ import annotations

import itertools
from array import array
from datetime import timedelta
from typing import Any

from sqlcipher3 import dbapi2

from benchmarks import schools
from benchmarks.measure import Result, in_turn
from smdesk.db import search
from smdesk.db.models import utc_text
from smdesk.paths import SchoolFolder
from smdesk.policy.vocabulary import Conduct, PersonKind
from smdesk.services import incident_list, incidents
from smdesk.services.context import Context
from smdesk.services.incident_records import (
    Column,
    IncidentDraft,
    IncidentFilter,
    PersonInIncident,
    PersonRole,
    Sort,
    View,
)

_ROWS = (
    "SELECT incident.id, year, number, received_at, summary, author_name, author_kind, platform, next_step,"
    " next_due, urgent, status, handled_by, confidentiality FROM incident WHERE id IN"
    " (SELECT value FROM json_each(?))"
)


def bare(folder: SchoolFolder) -> Any:
    """A connection by sqlcipher3 alone, with the settings the program uses."""
    connection = dbapi2.connect(str(folder.database), isolation_level=None)
    connection.execute(f"PRAGMA key=\"x'{schools.data_key(folder).hex()}'\"")
    for setting in ("journal_mode=WAL", "synchronous=FULL", "cache_size=-65536", "secure_delete=ON"):
        connection.execute(f"PRAGMA {setting}")
    return connection


def _query(ctx: Context, wanted: IncidentFilter, sort: Sort) -> incident_list.Query:
    return incident_list.ids_query(incident_list._reader(ctx), wanted, sort, ctx.now())


def _floor(connection: Any, query: incident_list.Query) -> array[int]:
    """The same SQL with sqlcipher3 alone: the sorted ids and the first chunk of rows."""
    ids = array("q", [row[0] for row in connection.execute(query.sql, query.params).fetchall()])
    first = "[" + ",".join(map(str, ids[:200])) + "]"
    connection.execute(_ROWS, (first,)).fetchall()
    connection.execute(
        "SELECT incident_id, conduct FROM incident_conduct WHERE incident_id IN (SELECT value FROM json_each(?))",
        (first,),
    ).fetchall()
    return ids


def _ours(ctx: Context, wanted: IncidentFilter, sort: Sort) -> int:
    ids = incident_list.sorted_ids(ctx, wanted, sort)
    return len(incident_list.rows(ctx, ids[:200]))


def lists(folder: SchoolFolder, size: int) -> list[Result]:
    """Open the list, sort it by another column, filter it."""
    ctx, connection = schools.signed_in(folder), bare(folder)
    cases = (
        ("open list", IncidentFilter(view=View.ALL), Sort()),
        ("sort list by author", IncidentFilter(view=View.ALL), Sort(Column.AUTHOR, False)),
        ("filter list", IncidentFilter(view=View.ALL, conduct=Conduct.ABUSIVE), Sort()),
    )
    results = []
    for work, wanted, sort in cases:
        query = _query(ctx, wanted, sort)
        floor, ours = in_turn(lambda q=query: _floor(connection, q), lambda w=wanted, s=sort: _ours(ctx, w, s), 15)
        results.append(Result(work, size, floor, ours, 1.5))
    ctx.database.dispose()
    connection.close()
    return results


def keystroke(folder: SchoolFolder, size: int) -> list[Result]:
    """One more letter of a name typed into the search box: from the query to rows."""
    ctx, connection = schools.signed_in(folder), bare(folder)
    typed = "quillf"
    match = search.match_expression(typed)

    def floor() -> None:
        found = connection.execute(
            "SELECT rowid FROM incident_search WHERE incident_search MATCH ?", (match,)
        ).fetchall()
        ids = "[" + ",".join(str(row[0]) for row in found[:200]) + "]"
        connection.execute(_ROWS, (ids,)).fetchall()

    wanted = IncidentFilter(view=View.ALL, text=typed)
    floor_ms, ours = in_turn(floor, lambda: _ours(ctx, wanted, Sort()), 25)
    ctx.database.dispose()
    connection.close()
    return [Result("keystroke of search to rows", size, floor_ms, ours, 2.0)]


def save(folder: SchoolFolder, size: int) -> list[Result]:
    """Log an incident with its author, conduct, search entry and audit line."""
    ctx, connection = schools.signed_in(folder, "office"), bare(folder)
    parent = connection.execute(
        "SELECT id FROM person WHERE kind = 'parent' AND merged_into IS NULL AND id NOT IN"
        " (SELECT person_id FROM entry WHERE person_id NOT NULL) ORDER BY id DESC LIMIT 1"
    ).fetchone()
    person = (parent or connection.execute("SELECT max(id) FROM person WHERE kind = 'parent'").fetchone())[0]
    columns = [row[1] for row in connection.execute("PRAGMA table_info(incident)")]
    model = dict(
        zip(columns, connection.execute("SELECT * FROM incident ORDER BY id DESC LIMIT 1").fetchone(), strict=True)
    )
    count = itertools.count(1)

    def floor() -> None:
        # A year of its own, so that the numbers never meet the program's.
        row = {**model, "id": None, "year": 1900, "number": next(count)}
        connection.execute("BEGIN IMMEDIATE")
        connection.execute(
            f"INSERT INTO incident ({', '.join(columns)}) VALUES ({', '.join(':' + name for name in columns)})", row
        )
        connection.execute("COMMIT")

    def ours() -> None:
        incidents.save(
            ctx,
            IncidentDraft(
                received_at=ctx.now() - timedelta(minutes=5),
                summary="A parent's remark in the village group",
                platform="facebook",
                said="Something unkind about the office.",
                conduct=(Conduct.NEGATIVE_ABOUT_PERSON,),
                people=(PersonInIncident(person, PersonRole.AUTHOR, PersonKind.PARENT),),
            ),
        )

    connection.execute("DELETE FROM incident WHERE year = 1900")
    floor_ms, ours_ms = in_turn(floor, ours, 40)
    connection.execute("DELETE FROM incident WHERE year = 1900")
    ctx.database.dispose()
    connection.close()
    return [Result("save an incident with its audit entry", size, floor_ms, ours_ms, 4.0)]


__all__ = ["bare", "keystroke", "lists", "save", "utc_text"]
