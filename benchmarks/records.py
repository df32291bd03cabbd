"""List, search and save against the bare database."""

from __future__ import annotations

import itertools
from datetime import timedelta
from typing import Any

from benchmarks import schools
from benchmarks.measure import Result, in_turn
from benchmarks.schools import School
from smdesk.db import search
from smdesk.policy.vocabulary import Conduct, PersonKind
from smdesk.services import incident_list, incidents, people, sight
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
from smdesk.services.list_sql import Query
from smdesk.services.people_records import PersonDraft
from smdesk.services.sight import Reader

CHUNK = 200
"""Rows the window fetches at once."""

TYPED = "Quillfeather"
"""A family name of the sample school, searched for letter by letter."""


def lists(school: School, times: int) -> list[Result]:
    """Open the list as the window does at the start, sort it by other columns, filter it."""
    cases = (
        ("open list (open incidents)", IncidentFilter(view=View.OPEN), Sort()),
        ("open list (all)", IncidentFilter(view=View.ALL), Sort()),
        ("sort list by author", IncidentFilter(view=View.ALL), Sort(Column.AUTHOR, False)),
        ("sort list by next step", IncidentFilter(view=View.ALL), Sort(Column.NEXT_STEP, True)),
        ("filter list by conduct", IncidentFilter(view=View.ALL, conduct=Conduct.ABUSIVE), Sort()),
        ("filter list by platform", IncidentFilter(view=View.ALL, platform="facebook"), Sort()),
    )
    results = []
    with schools.signed_in(school) as ctx, schools.bare(school) as connection:
        with ctx.database.reading() as session:
            who = sight.reader(session, ctx)
        for work, wanted, sort in cases:
            query = incident_list.ids_query(who, wanted, sort, ctx.now())

            def floor(query: Query = query) -> None:
                ids = [row[0] for row in connection.execute(query.sql, query.params).fetchall()]
                _fetch(connection, who, ids[:CHUNK])

            def ours(wanted: IncidentFilter = wanted, sort: Sort = sort) -> None:
                _ours(ctx, wanted, sort)

            results.append(Result(work, school.size, *in_turn(floor, ours, times), 1.5))
    return results


def _fetch(connection: Any, who: Reader, ids: list[int]) -> None:
    """One chunk of rows with sqlcipher3 alone."""
    query = incident_list.rows_query(who, ids)
    connection.execute(query.sql, query.params).fetchall()


def _ours(ctx: Context, wanted: IncidentFilter, sort: Sort) -> None:
    ids = incident_list.sorted_ids(ctx, wanted, sort)
    incident_list.rows(ctx, ids[:CHUNK])


def keystroke(school: School, times: int) -> list[Result]:
    """A family name typed into the search box, from each letter to the rows it finds. Floor and program answer
    all its keystrokes; the figures are for one.
    """
    words = [TYPED[:length] for length in range(1, len(TYPED) + 1)]
    results = []
    with schools.signed_in(school) as ctx, schools.bare(school) as connection:
        with ctx.database.reading() as session:
            who = sight.reader(session, ctx)

        def floor(word: str) -> None:
            found = connection.execute(
                "SELECT rowid FROM incident_search WHERE incident_search MATCH ?",
                (search.match_expression(word),),
            ).fetchall()
            _fetch(connection, who, [row[0] for row in found[:CHUNK]])

        def ours(word: str) -> None:
            _ours(ctx, IncidentFilter(view=View.ALL, text=word), Sort())

        for work, some in (
            ("keystroke of search, 1st to 3rd letter", words[:3]),
            ("keystroke of search, later letters", words[3:]),
        ):
            floor_ms, ours_ms = in_turn(
                lambda some=some: [floor(word) for word in some],
                lambda some=some: [ours(word) for word in some],
                times,
            )
            results.append(Result(work, school.size, floor_ms / len(some), ours_ms / len(some), 2.0))
    return results


def save(school: School, times: int) -> list[Result]:
    """Log an incident with its author, conduct, search entry and audit line; floor: its one row."""
    with (
        schools.twin(school) as other,
        schools.signed_in(school, "office") as ctx,
        schools.bare(other) as connection,
    ):
        # A parent the school has had nothing to do with yet: in the sample log of 100,000, made of some 200
        # people, everybody else has a ladder of a thousand steps behind them, as nobody has in life.
        author = people.save(ctx, PersonDraft(kind=PersonKind.PARENT, family_name="Elderkin")).id
        draft = IncidentDraft(
            received_at=ctx.now() - timedelta(minutes=5),
            summary="A parent's remark in the village group",
            platform="facebook",
            said="Something unkind about the office.",
            conduct=(Conduct.NEGATIVE_ABOUT_PERSON,),
            people=(PersonInIncident(author, PersonRole.AUTHOR, PersonKind.PARENT),),
        )
        # The floor writes a row as full as the program's, under a year of its own.
        cursor = connection.execute(
            "SELECT * FROM incident WHERE platform = 'facebook' ORDER BY id DESC LIMIT 1"
        )
        columns = [column[0] for column in cursor.description]
        model = {
            **dict(zip(columns, cursor.fetchone(), strict=True)),
            "summary": draft.summary,
            "said": draft.said,
        }
        numbers = itertools.count(1)
        statement = f"INSERT INTO incident ({', '.join(columns)}) VALUES ({', '.join(':' + name for name in columns)})"

        def floor() -> None:
            row = {**model, "id": None, "year": 1900, "number": next(numbers)}
            connection.execute("BEGIN IMMEDIATE")
            connection.execute(statement, row)
            connection.execute("COMMIT")

        floor_ms, ours_ms = in_turn(floor, lambda: incidents.save(ctx, draft), times)
    return [Result("save an incident with its audit entry", school.size, floor_ms, ours_ms, 4.0)]
