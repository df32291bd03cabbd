"""Today, in a school with as many records of each kind as it has incidents, against its own SQL."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Final

from sqlalchemy import event

from benchmarks import schools
from benchmarks.measure import Result, in_turn
from benchmarks.schools import School
from smdesk.db.models import (
    AccountLook,
    AccountMessage,
    AccountRunner,
    Acknowledgement,
    Base,
    Block,
    BusinessCase,
    ConnectionException,
    Finding,
    Letter,
    Person,
    PersonLink,
    PolicyDocument,
    PolicyVersion,
    SchoolAccount,
    SignOff,
    Training,
    TrainingType,
    WatchedPlace,
)
from smdesk.services import today
from smdesk.services.context import Context

OPEN_ACCOUNTS: Final = 60
"""Accounts that are still open, of all there ever were: more than any school has."""

_DAY: Final = "date('now', '-' || (n % 900) || ' days')"
_AROUND: Final = "date('now', (n % 300 - 20) || ' days')"
_MOMENT: Final = "strftime('%Y-%m-%dT%H:%M:%SZ', 'now', '-' || n || ' minutes')"
_ONE: Final = "(SELECT {which}(id) FROM person WHERE kind = '{kind}')"
_STAFF: Final = _ONE.replace("{which}", "min").replace("{kind}", "staff")
_PUPIL: Final = _ONE.replace("{which}", "min").replace("{kind}", "pupil")
_PARENT: Final = _ONE.replace("{which}", "min").replace("{kind}", "parent")
_OFFICE: Final = "(SELECT id FROM user WHERE login = 'office')"
_SOMEBODY: Final = "(SELECT min(id) FROM person) + n % :people"
_FILLED: Final = "(SELECT max(id) FROM person) - :people"
_ACCOUNT: Final = f"1 + n % min({OPEN_ACCOUNTS}, :size)"

# One in so many of each kind waits; the rest is done with, as after many years.
_FILLINGS: Final[tuple[tuple[type[Base], dict[str, str]], ...]] = (
    (
        Person,
        {"family_name": "'Family' || n", "given_name": "'Given'", "sort_name": "'family' || n", "created_at": _MOMENT}
        | {"kind": "CASE WHEN n % 50 = 0 THEN 'staff' WHEN n % 2 THEN 'pupil' ELSE 'parent' END"}
        | {"left_on": f"CASE WHEN n % 10 THEN {_DAY} END"},
    ),
    # Half of the parents have a child who is still here, half only one who has left.
    (
        PersonLink,
        {"person_id": f"{_FILLED} + n", "other_id": f"{_FILLED} + n - CASE WHEN n / 10 % 2 THEN 10 ELSE 1 END"}
        | {"relation": "'parent_of'"},
    ),
    (
        SchoolAccount,
        {"platform": "'facebook'", "handle": "'account' || n", "responsible_id": _STAFF, "approved_on": _DAY}
        | {"opened_on": _DAY, "review_on": _AROUND, "looked_on": "date('now', '-' || (n % 7) || ' days')"}
        | {"closed_on": f"CASE WHEN n > {OPEN_ACCOUNTS} THEN {_DAY} END"},
    ),
    (AccountRunner, {"account_id": "n", "person_id": f"{_STAFF} + n % 20", "from_on": _DAY}),
    (AccountLook, {"account_id": _ACCOUNT, "looked_on": _DAY, "looked_by": "''"}),
    (
        AccountMessage,
        {"account_id": _ACCOUNT, "received_at": _MOMENT, "kind": "'comment'", "from_name": "'Somebody ' || n"}
        | {"said": "'A question about the gate.'", "due_at": _MOMENT}
        | {"replied_at": f"CASE WHEN n % 300 THEN {_MOMENT} END"}
        | {"settled_at": f"CASE WHEN n % 300 > 1 THEN {_MOMENT} END"},
    ),
    (
        SignOff,
        {"account_id": _ACCOUNT, "title": "'A post'", "post": "'Its text'", "asked_by": _OFFICE}
        | {"asked_at": _MOMENT, "status": "CASE WHEN n % 500 THEN 'approved' ELSE 'waiting' END"},
    ),
    (
        Block,
        {"account_id": _ACCOUNT, "who": "'follower' || n", "reason": "'Insults'", "since_on": _DAY}
        | {"review_on": _AROUND, "ended_on": f"CASE WHEN n % 50 THEN {_DAY} END"},
    ),
    (
        WatchedPlace,
        {"name": "'Place ' || n", "kind": "'reviews'", "due_on": "date('now', (n % 30 - 5) || ' days')"}
        | {"stopped_on": f"CASE WHEN n > 50 THEN {_DAY} END"},
    ),
    (
        Finding,
        {"place_id": "1 + n % min(50, :size)", "found_on": _DAY, "tone": "'criticism'", "said": "'The gate is locked.'"}
        | {"decision": "CASE n % 400 WHEN 0 THEN '' WHEN 1 THEN 'thank' ELSE 'ignore' END"},
    ),
    (
        BusinessCase,
        {"proposed_name": "'Case ' || n", "submitted_on": _DAY}
        | {"status": "CASE WHEN n % 1000 THEN 'withdrawn' ELSE 'submitted' END"},
    ),
    (PolicyDocument, {"title": "'Policy ' || n", "kind": "'other'", "retired_on": f"CASE WHEN n > 12 THEN {_DAY} END"}
     | {"asked_of": "CASE n % 3 WHEN 0 THEN 'staff' WHEN 1 THEN 'staff,governor' ELSE 'parent' END"}
     | {"for_accounts": "n = 3"}),
    (PolicyVersion, {"policy_id": "n", "label": "n", "adopted_on": _DAY, "review_on": _AROUND}),
    (
        Acknowledgement,
        {"version_id": "1 + n % 12", "person_id": _SOMEBODY, "answer": "'signed'", "answered_on": _DAY},
    ),
    (
        TrainingType,
        {"name": "'Training ' || n", "asked_of": "CASE n WHEN 2 THEN 'staff' ELSE '' END", "for_accounts": "n = 1"}
        | {"retired_on": f"CASE WHEN n > 2 THEN {_DAY} END"},
    ),
    (
        Training,
        {"type_id": "1 + n % 2", "person_id": _SOMEBODY, "done_on": _DAY, "newest": "n <= :people"}
        | {"valid_until": "date('now', (n % 365 - 60) || ' days')"},
    ),
    (
        ConnectionException,
        {"adult_id": _STAFF, "adult_kind": "'staff'", "other_id": _PUPIL, "capacity": "'pupil'"}
        | {"relationship": "''", "links": "'friend'", "initiator": "'both'", "declared_on": _DAY}
        | {"status": "CASE WHEN n % 500 THEN 'approved' ELSE 'awaiting' END"}
        | {"from_on": f"CASE WHEN n % 500 THEN {_DAY} END", "review_on": "date('now', (n % 800 - 5) || ' days')"},
    ),
    (
        Letter,
        {"incident_id": "(SELECT min(id) FROM incident) + n % (SELECT count(*) FROM incident)"}
        | {"person_id": _PARENT, "kind": "'invitation'", "drafted_by": _OFFICE, "drafted_at": _MOMENT}
        | {"status": "CASE WHEN n % 700 THEN 'withdrawn' ELSE 'submitted' END"}
        | dict.fromkeys(("subject", "addressee", "salutation", "body"), "''"),
    ),
)  # fmt: skip
_SHARED: Final = {
    "year": "1900",
    "number": "n",
    "profile_id": ":profile",
    "recorded_by": ":me",
    "recorded_at": _MOMENT,
}


@contextmanager
def filled(school: School) -> Iterator[School]:
    """A copy of the school with as many records of each kind as it has incidents."""
    with schools.twin(school) as copy:
        with schools.signed_in(copy) as ctx, ctx.database.writing() as session:
            raw: Any = session.connection().connection.dbapi_connection
            values = {
                "size": school.size,
                "me": ctx.user.id,
                "profile": raw.execute("SELECT profile_id FROM school").fetchone()[0],
                "people": school.size,
            }
            for model, columns in _FILLINGS:
                statement = _insert(model, columns)
                raw.execute(
                    statement, {key: value for key, value in values.items() if f":{key}" in statement}
                )
        yield copy


def _insert(model: type[Base], given: dict[str, str]) -> str:
    """So many rows of a table: what is given, what all have, and for the rest what the table itself would put."""
    columns = {}
    for column in model.__table__.columns:
        if column.name in given:
            columns[column.name] = given[column.name]
        elif column.name in _SHARED and not column.nullable:
            columns[column.name] = _SHARED[column.name]
        elif not column.nullable and not column.primary_key:
            columns[column.name] = _usual(column.default)
    return (
        "WITH RECURSIVE n(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM n WHERE n < :size)"
        f" INSERT INTO {model.__tablename__} ({', '.join(columns)}) SELECT {', '.join(columns.values())} FROM n"
    )


def _usual(default: Any) -> str:
    """A column's default as SQL: a text, a number, or a list or the like that is kept as JSON."""
    if default.is_callable:
        return repr(json.dumps(default.arg(None)))
    return repr(default.arg) if isinstance(default.arg, str) else str(int(default.arg))


def its_sql(ctx: Context) -> list[str]:
    """Every statement Today reads with, its values in place."""
    said: list[str] = []

    def listen(connection: Any, *_: object) -> None:
        connection.set_trace_callback(said.append)

    def stop(connection: Any, *_: object) -> None:
        connection.set_trace_callback(None)

    pool = ctx.database._engine.pool
    event.listen(pool, "checkout", listen)
    event.listen(pool, "checkin", stop)
    try:
        today.items(ctx)
    finally:
        event.remove(pool, "checkout", listen)
        event.remove(pool, "checkin", stop)
    return [each for each in said if each.lstrip().upper().startswith(("SELECT", "WITH"))]


def due(school: School, times: int) -> list[Result]:
    """What is due, for the headteacher and for the office. Floor: the same statements with sqlcipher3 alone."""
    results = []
    with filled(school) as copy, schools.bare(copy) as connection:
        for login, name in (("head", "the headteacher"), ("office", "the office")):
            with schools.signed_in(copy, login) as ctx:
                statements = its_sql(ctx)

                def floor(statements: list[str] = statements) -> None:
                    for statement in statements:
                        connection.execute(statement).fetchall()

                def ours(ctx: Context = ctx) -> None:
                    today.items(ctx)

                count = today.items(ctx).count
                work = f"what is due today for {name}: {count:,} things"
                results.append(Result(work, school.size, *in_turn(floor, ours, times), 2.0))
    return results
