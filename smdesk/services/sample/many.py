"""Make the sample log as long as a benchmark wants: closed copies of its own incidents under other dates.

This writes rows directly, which nothing else outside the services' own modules may do: 100,000 incidents one at
a time would take the better part of an hour. Every copy still has its number, its place in the search index and
its line in the audit chain, so that ``smdesk verify`` finds the large log as sound as the small one.
"""

from __future__ import annotations

import random
from collections import defaultdict
from collections.abc import Callable
from datetime import timedelta
from typing import Any

from sqlalchemy import text
from sqlalchemy.orm import Session

from smdesk.db import audit
from smdesk.db.models import from_utc_text, utc_text
from smdesk.security.permissions import Permission
from smdesk.services.context import LOCAL, Context, needs

_BATCH = 5_000
_SPREAD_DAYS = 700
_PARTS = {"incident_conduct": "conduct", "incident_four_c": "four_c"}


@needs(Permission.INCIDENTS_EDIT)
def multiply(ctx: Context, wanted: int, progress: Callable[[int, int], None] | None = None) -> None:
    """Copy closed incidents until the log holds ``wanted``. For size only; evidence and letters are not copied."""
    with ctx.database.reading() as session:
        model = _Model(session)
    chance = random.Random(4_1972)
    made = model.count
    while made < wanted:
        batch = min(_BATCH, wanted - made)
        with ctx.database.writing() as session:
            _write_batch(session, ctx, model, batch, chance)
        made += batch
        if progress is not None:
            progress(made, wanted)


class _Model:
    """The incidents to copy, read once, and the next free number of each year."""

    def __init__(self, session: Session) -> None:
        self.count = int(session.execute(text("SELECT count(*) FROM incident")).scalar_one())
        self.next_id = int(session.execute(text("SELECT max(id) FROM incident")).scalar_one()) + 1
        rows = session.execute(text("SELECT * FROM incident WHERE status = 'closed'"))
        self.columns = list(rows.keys())
        self.incidents: list[dict[str, Any]] = [dict(row) for row in rows.mappings()]
        self.parts = {table: _by_incident(session, table) for table in (*_PARTS, "incident_person", "entry")}
        self.numbers: dict[int, int] = dict(
            row for row in session.execute(text("SELECT year, max(number) FROM incident GROUP BY year"))
        )
        self.people: dict[str, list[tuple[int, str]]] = defaultdict(list)
        for row in session.execute(
            text(
                "SELECT id, kind, trim(given_name || ' ' || family_name) FROM person"
                " WHERE merged_into IS NULL AND id NOT IN (SELECT person_id FROM user WHERE person_id NOT NULL)"
            )
        ):
            self.people[row[1]].append((row[0], row[2]))


def _by_incident(session: Session, table: str) -> dict[int, list[dict[str, Any]]]:
    found: dict[int, list[dict[str, Any]]] = defaultdict(list)
    for row in session.execute(text(f"SELECT * FROM {table}")).mappings():  # noqa: S608  fixed names
        found[row["incident_id"]].append(dict(row))
    return found


def _write_batch(session: Session, ctx: Context, model: _Model, size: int, chance: random.Random) -> None:
    out: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for _ in range(size):
        _copy(model, chance.choice(model.incidents), out, chance)
    for table, rows in out.items():
        names = list(rows[0])
        marks = ", ".join(f":{name}" for name in names)
        session.execute(
            text(f"INSERT INTO {table} ({', '.join(names)}) VALUES ({marks})"),  # noqa: S608  fixed names
            rows,
        )
    first = out["incident"][0]["id"]
    session.execute(text(_INDEX), {"first": first})
    for row in out["incident"]:
        audit.write(
            session,
            actor_id=ctx.user.id,
            at=ctx.now(),
            action="incident.copied",
            object_kind="incident",
            object_id=row["id"],
            detail={"reference": f"{row['year']}/{row['number']:04d}"},
        )


_INDEX = (
    "INSERT INTO incident_search (rowid, reference, summary, said, people, evidence)"
    " SELECT i.id, printf('%d/%04d %d/%d', i.year, i.number, i.year, i.number), i.summary, i.said,"
    " coalesce((SELECT group_concat(trim(p.title || ' ' || p.given_name || ' ' || p.family_name), char(10))"
    "  FROM incident_person ip JOIN person p ON p.id = ip.person_id WHERE ip.incident_id = i.id), ''), ''"
    " FROM incident i WHERE i.id >= :first"
)


def _copy(
    model: _Model, original: dict[str, Any], out: dict[str, list[dict[str, Any]]], chance: random.Random
) -> None:
    shift = timedelta(days=chance.randrange(-_SPREAD_DAYS, 1), minutes=chance.randrange(600))
    row = dict(original)
    row["id"] = model.next_id
    model.next_id += 1
    for column in ("received_at", "logged_at", "closed_at", "replied_at", "reply_by", "dsl_cleared_at"):
        if row[column] is not None:
            row[column] = utc_text(from_utc_text(row[column]) + shift)
    days = shift.days
    for column in ("posted_on", "removal_asked_on", "removed_on"):
        row[column] = _moved(row[column], days)
    row["year"] = from_utc_text(row["logged_at"]).astimezone(LOCAL).year
    row["number"] = model.numbers[row["year"]] = model.numbers.get(row["year"], 0) + 1
    row["version"] = 1
    recast = _recast(model, original["id"], row, chance)
    out["incident"].append(row)
    for table, column in _PARTS.items():
        for part in model.parts[table][original["id"]]:
            out[table].append({"incident_id": row["id"], column: part[column]})
    for part in model.parts["incident_person"][original["id"]]:
        out["incident_person"].append(
            {
                **{key: part[key] for key in ("role", "kind", "position")},
                "incident_id": row["id"],
                "person_id": recast[part["person_id"]],
            }
        )
    for part in model.parts["entry"][original["id"]]:
        if part["letter_id"] is None and part["evidence_id"] is None:
            entry = {key: value for key, value in part.items() if key != "id"}
            entry.update(
                incident_id=row["id"],
                person_id=recast.get(part["person_id"]),
                happened_on=_moved(part["happened_on"], days),
                chase_on=_moved(part["chase_on"], days),
                recorded_at=utc_text(from_utc_text(part["recorded_at"]) + shift),
            )
            out["entry"].append(entry)


def _moved(day: str | None, days: int) -> str | None:
    from datetime import date

    return None if day is None else (date.fromisoformat(day) + timedelta(days=days)).isoformat()


def _recast(model: _Model, original_id: int, row: dict[str, Any], chance: random.Random) -> dict[int, int]:
    """Other people of the same kinds in the same parts; never one person in two parts."""
    recast: dict[int, int] = {}
    for part in model.parts["incident_person"][original_id]:
        pool = [each for each in model.people[part["kind"]] if each[0] not in recast.values()]
        person_id, name = chance.choice(pool)
        recast[part["person_id"]] = person_id
        if part["person_id"] == row["author_id"]:
            row["author_id"], row["author_name"] = person_id, name
    return recast
