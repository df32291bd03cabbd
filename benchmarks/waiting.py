"""What waits for the headteacher, in a school where much does, against its own SQL (CON-2)."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import insert, literal, select, text

from benchmarks import register, schools
from benchmarks.measure import Result, in_turn
from benchmarks.schools import School
from smdesk.db.models import Incident, Letter
from smdesk.services import queue
from smdesk.services.context import Context

LETTERS = 2_000
INCIDENTS = 500
DECLARED = 10
"""One in so many of the 5,000 exceptions waits for a decision; of the others one in eight comes up for review."""

_FLOOR = (
    (
        "SELECT d.*, e.*, a.given_name, a.family_name, o.given_name, o.family_name FROM connection_decision d"
        " JOIN connection_exception e ON e.id = d.exception_id JOIN person a ON a.id = e.adult_id"
        " JOIN person o ON o.id = e.other_id WHERE d.origin = 'paper' AND d.answer = ''"
    ),
    (
        "SELECT e.id, e.year, e.number, e.status, e.profile_id, e.confidentiality, e.headteacher_concerned,"
        " e.adult_id, e.other_id, e.submitted_by, e.declarant_id, e.relationship, e.capacity, e.adult_joined_on,"
        " e.other_joined_on, e.declared_on, e.since_on, e.submitted_at, e.recorded_at, e.from_on, e.ends_on,"
        " e.review_on, a.given_name, a.family_name, o.given_name, o.family_name FROM connection_exception e"
        " JOIN person a ON a.id = e.adult_id JOIN person o ON o.id = e.other_id"
        " WHERE e.status = 'awaiting' OR (e.status = 'approved' AND e.review_on <= date('now', '+28 days'))"
    ),
    (
        "SELECT l.id, l.kind, l.submitted_at, l.drafted_at, p.given_name, p.family_name, u.name, i.id, i.year,"
        " i.number, i.confidentiality, i.headteacher_is_subject, i.logged_by, i.handled_by, e.id, e.year, e.number"
        " FROM letter l LEFT JOIN incident i ON i.id = l.incident_id"
        " LEFT JOIN connection_exception e ON e.id = l.exception_id JOIN person p ON p.id = l.person_id"
        " JOIN user u ON u.id = l.drafted_by WHERE l.status = 'submitted'"
    ),
    (
        "SELECT id, year, number, summary, next_step, received_at, urgent, confidentiality, headteacher_is_subject,"
        " logged_by, handled_by FROM incident WHERE id IN (SELECT id FROM incident WHERE status = 'open' AND"
        " awaiting_headteacher = 1) AND id NOT IN"
        " (SELECT incident_id FROM letter WHERE status = 'submitted' AND incident_id IS NOT NULL)"
    ),
    (
        "SELECT q.*, a.given_name, a.family_name, o.given_name, o.family_name FROM relationship_question q"
        " JOIN person a ON a.id = q.adult_id JOIN person o ON o.id = q.other_id WHERE q.status <> 'closed'"
    ),
)
"""What the queue shows, asked for at once and with nothing looked up twice."""


@contextmanager
def crowded(school: School) -> Iterator[School]:
    """A copy of the school with 5,000 exceptions, 2,000 letters that wait for a signature and 500 incidents
    to act on.
    """
    with register.filled(school) as copy:
        with schools.signed_in(copy) as ctx:
            _crowd(ctx)
        yield copy


def _crowd(ctx: Context) -> None:
    with ctx.database.writing() as session:
        session.execute(
            text(
                "UPDATE connection_exception SET status = 'awaiting', from_on = NULL, review_on = NULL,"
                " ends_on = NULL, end_cause = '', awaits = 'headteacher', submitted_at = recorded_at,"
                " submitted_by = (SELECT id FROM user WHERE login = 'office')"
                " WHERE year = 1900 AND number % :every = 0"
            ),
            {"every": DECLARED},
        )
        given = {
            "incident_id": Incident.id,
            "person_id": Incident.author_id,
            "kind": literal("written_warning"),
            "status": literal("submitted"),
            "subject": literal("What was posted"),
            "addressee": literal("The address"),
            "salutation": literal("Dear Parent"),
            "body": literal("What is asked."),
            "drafted_by": Incident.logged_by,
            "drafted_at": Incident.logged_at,
            "submitted_at": Incident.logged_at,
        }
        written = select(*given.values()).where(Incident.author_id.is_not(None))
        newest = written.order_by(Incident.id.desc()).limit(LETTERS)
        # Everything else a letter has comes from the model's own defaults.
        session.execute(insert(Letter).from_select(list(given), newest))
        session.execute(
            text(
                "UPDATE incident SET status = 'open', awaiting_headteacher = 1 WHERE id IN (SELECT id FROM incident"
                " WHERE headteacher_is_subject = 0 ORDER BY id LIMIT :most)"
            ),
            {"most": INCIDENTS},
        )


def waiting(school: School, times: int) -> list[Result]:
    """The whole queue, as the window reads it on a worker after every change. Floor: the same records in one
    statement for each kind with sqlcipher3 alone.
    """
    with crowded(school) as copy, schools.signed_in(copy) as ctx, schools.bare(copy) as connection:

        def floor() -> None:
            for statement in _FLOOR:
                connection.execute(statement).fetchall()

        items = len(queue.waiting(ctx))
        floor_ms, ours_ms = in_turn(floor, lambda: queue.waiting(ctx), times)
    return [Result(f"queue of {items:,} that wait", school.size, floor_ms, ours_ms, 2.0)]
