"""Exceptions and questions follow their people: who leaves, comes back, changes role, is renamed or merged, and who
becomes headteacher (CON-2, CON-5).
"""

from __future__ import annotations

import json
from collections.abc import Iterable

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from smdesk.db import audit, search
from smdesk.db.models import ConnectionException, RelationshipQuestion
from smdesk.services import incident_state
from smdesk.services.connection_state import event, refresh
from smdesk.services.context import Changes, Context
from smdesk.services.driver import driver, store


def person_changed(session: Session, ctx: Context, person_id: int) -> Changes:
    """Bring a person's exceptions and questions up to date after a change to the person's record.

    Call it inside the transaction of every write to a person that may bear on them: names, kinds, joining and
    leaving dates, merges. An exception that thereby ends or begins again is written to its history and to the audit
    log. Returns what was touched.
    """
    return refresh_people(session, ctx, [person_id])


def refresh_people(session: Session, ctx: Context, person_ids: Iterable[int]) -> Changes:
    """``person_changed`` for several people, for example after a role went from one user to another."""
    wanted = sorted(set(person_ids))
    raw = driver(session)
    rows = raw.execute(
        "SELECT id, ends_on, end_cause, from_on FROM connection_exception WHERE adult_id IN"
        " (SELECT value FROM json_each(:ids)) OR other_id IN (SELECT value FROM json_each(:ids)) ORDER BY id",
        {"ids": json.dumps(wanted)},
    ).fetchall()
    touched: set[tuple[str, int]] = set()
    for exception_id, *before in rows:
        touched |= refresh(session, exception_id, ctx.today(), ctx.now())
        search.index_exception(session, exception_id)
        after = raw.execute(
            "SELECT ends_on, end_cause, from_on FROM connection_exception WHERE id = ?", (exception_id,)
        ).fetchone()
        if list(after) != before:
            audit.write(
                session,
                actor_id=ctx.user.id,
                at=ctx.now(),
                action="exception.ended" if after[0] is not None else "exception.resumed",
                object_kind="exception",
                object_id=exception_id,
                detail={"was": before[:2], "is": list(after[:2])},
            )
    return frozenset(touched | _refresh_questions(session, wanted))


def note_name(
    session: Session, ctx: Context, exception_ids: Iterable[int], was: str, now: str, why: str
) -> None:
    """Write to the history of decided exceptions that one of the two is called otherwise than when it was decided.

    What was signed keeps the name of that day, and whoever compares the two must not have to guess (CON-2).
    """
    if was == now:
        return
    for exception in session.scalars(
        select(ConnectionException)
        .where(ConnectionException.id.in_(set(exception_ids)), ConnectionException.sealed)
        .order_by(ConnectionException.id)
    ):
        event(session, ctx, exception, "changed", f"Name: {was} → {now} ({why})", rule="CON-2")


def renamed(session: Session, ctx: Context, person_id: int, was: str, now: str) -> None:
    """``note_name`` for all exceptions of somebody whose record was given another name."""
    ids = session.scalars(
        select(ConnectionException.id).where(
            or_(ConnectionException.adult_id == person_id, ConnectionException.other_id == person_id)
        )
    )
    note_name(session, ctx, ids, was, now, "the person’s record was changed")


def _refresh_questions(session: Session, person_ids: list[int]) -> Changes:
    """Who closes a question follows from whether the headteacher is one of the two (CON-5)."""
    raw = driver(session)
    rows = raw.execute(
        "SELECT id, adult_id, other_id, headteacher_concerned FROM relationship_question WHERE adult_id IN"
        " (SELECT value FROM json_each(:ids)) OR other_id IN (SELECT value FROM json_each(:ids))",
        {"ids": json.dumps(person_ids)},
    ).fetchall()
    for question_id, adult_id, other_id, before in rows:
        concerned = incident_state.headteacher_among(session, [adult_id, other_id])
        if concerned != bool(before):
            store(session, RelationshipQuestion, question_id, {"headteacher_concerned": concerned})
    return frozenset(("question", row[0]) for row in rows)
