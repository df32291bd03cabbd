"""The register of exceptions on a chosen day against its own SQL (CON-2)."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

from benchmarks import schools
from benchmarks.measure import Result, in_turn
from benchmarks.schools import School
from smdesk.db.models import ConnectionException, ExceptionPlatform
from smdesk.policy.vocabulary import Link, Relationship
from smdesk.services import connection_list, connection_sight, incident_state
from smdesk.services.connection_records import ExceptionColumn, ExceptionFilter, ExceptionSort
from smdesk.services.context import Context
from smdesk.services.list_sql import Query
from smdesk.services.sight import Reader

EXCEPTIONS = 5_000
CHUNK = 200
"""Rows the window fetches at once."""
_PLATFORMS = ("facebook", "whatsapp", "instagram", "tiktok", "discord", "Village Chess Club")


@contextmanager
def filled(school: School) -> Iterator[School]:
    """A copy of the school with 5,000 approved exceptions, one in ten of them over on the day asked for."""
    with schools.twin(school) as copy:
        with schools.signed_in(copy) as ctx:
            _fill(ctx)
        yield copy


def _fill(ctx: Context) -> None:
    today = ctx.today()
    with ctx.database.writing() as session:
        raw = session.connection().connection.dbapi_connection
        assert raw is not None
        people: dict[str, list[Any]] = {
            kind: raw.execute(
                "SELECT id, family_name || ' ' || given_name FROM person WHERE kind = ? AND merged_into IS NULL",
                (kind,),
            ).fetchall()
            for kind in ("staff", "pupil")
        }
        profile_id = incident_state.current_profile_id(session)
        relations = list(Relationship)
        for number in range(1, EXCEPTIONS + 1):
            adult, other = (
                rows[number * step % len(rows)] for rows, step in ((people["staff"], 1), (people["pupil"], 7))
            )
            begins = today - timedelta(days=30 + number % 900)
            row = ConnectionException(
                year=1900,
                number=number,
                adult_id=adult[0],
                adult_kind="staff",
                other_id=other[0],
                capacity="pupil",
                relationship=str(relations[number % len(relations)]),
                known_how="The family told the office.",
                links=",".join((Link.FRIEND, Link.GROUP)[: 1 + number % 2]),
                initiator="both",
                declared_on=begins,
                profile_id=profile_id,
                recorded_by=ctx.user.id,
                recorded_at=ctx.now(),
                status="approved",
                timeliness=("on_entry", "late")[number % 2],
                late_days=number % 400 if number % 2 else None,
                from_on=begins,
                review_on=today + timedelta(days=number % 365 - 20),
                ends_on=today - timedelta(days=20) if number % 10 == 0 else None,
                end_cause="other_left" if number % 10 == 0 else "",
                adult_name=adult[1].casefold(),
                other_name=other[1].casefold(),
            )
            session.add(row)
            session.flush()
            for platform in _PLATFORMS[number % 5 : number % 5 + 1 + number % 2]:
                session.add(ExceptionPlatform(exception_id=row.id, platform=platform))


def on_a_day(school: School, times: int) -> list[Result]:
    """The register on a day a week ago: what the window does, sorted by adult and by review, and all of its rows as
    the printed register takes them. Floor: the same statements with sqlcipher3 alone.
    """
    results = []
    with filled(school) as copy, schools.signed_in(copy) as ctx, schools.bare(copy) as connection:
        with ctx.database.reading() as session:
            who = connection_sight.reader(session, ctx)
        wanted = ExceptionFilter(on_day=ctx.today() - timedelta(days=7))
        for work, sort, most in (
            ("register of 5,000 on a day", ExceptionSort(), CHUNK),
            ("register of 5,000 on a day, by review", ExceptionSort(ExceptionColumn.REVIEW), CHUNK),
            ("register of 5,000 on a day, every row", ExceptionSort(), EXCEPTIONS),
        ):
            query = connection_list.ids_query(who, wanted, sort, ctx.today(), 28)

            def floor(query: Query = query, most: int = most) -> None:
                ids = [row[0] for row in connection.execute(query.sql, query.params).fetchall()]
                _fetch(connection, who, ids[:most])

            def ours(sort: ExceptionSort = sort, most: int = most) -> None:
                ids = connection_list.sorted_ids(ctx, wanted, sort)
                connection_list.rows(ctx, ids[:most])

            results.append(Result(work, school.size, *in_turn(floor, ours, times), 1.5))
    return results


def _fetch(connection: Any, who: Reader, ids: list[int]) -> None:
    query = connection_list.rows_query(who, ids)
    connection.execute(query.sql, query.params).fetchall()
