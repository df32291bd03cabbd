"""What waits for one decider, in one list: the headteacher's five minutes (CON-2, CON-4, CON-5, DOC-1).

Everything here is this reader's own to decide; what only may be seen stands in its own tab. Urgent matters come
first, then what has waited longest.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from functools import cache
from typing import Final

from sqlalchemy import select
from sqlalchemy import text as sql_text
from sqlalchemy.orm import Session

from smdesk.db.models import ConnectionDecision, ConnectionException, from_utc_text
from smdesk.policy import connections as policy
from smdesk.policy.vocabulary import (
    CAPACITY_LABELS,
    RELATIONSHIP_LABELS,
    STEP_LABELS,
    Capacity,
    Relationship,
    Step,
)
from smdesk.policy.words import in_a_sentence, written_day
from smdesk.security.permissions import Permission, Sight
from smdesk.services import (
    connection_decisions,
    connection_questions,
    connection_sight,
    connection_state,
    connection_words,
    incident_state,
    letter_sight,
    sight,
)
from smdesk.services.connection_records import (
    DECISION_KIND_LABELS,
    DecisionKind,
    DecisionRecord,
    ExceptionStatus,
)
from smdesk.services.context import LOCAL, Context, needs
from smdesk.services.driver import driver, stored_day
from smdesk.services.incident_fields import people_names
from smdesk.services.incident_state import person_name
from smdesk.services.incident_words import reference as incident_reference
from smdesk.services.letter_records import LetterKind, titled
from smdesk.services.question_records import QuestionRow, QuestionStatus
from smdesk.services.sight import Reader


class QueueKind(StrEnum):
    """What sort of decision is wanted."""

    PAPER = "paper"
    EXCEPTION = "exception"
    REVIEW = "review"
    LETTER = "letter"
    INCIDENT = "incident"
    QUESTION = "question"


QUEUE_KIND_LABELS = {
    QueueKind.PAPER: "Decision on paper to confirm",
    QueueKind.EXCEPTION: "Exception to decide",
    QueueKind.REVIEW: "Exception to review",
    QueueKind.LETTER: "Letter to sign",
    QueueKind.INCIDENT: "Incident you were told of",
    QueueKind.QUESTION: "Answered question to close",
}

_RANK: Final = {kind: rank for rank, kind in enumerate(QueueKind)}


@dataclass(frozen=True, slots=True)
class QueueItem:
    """One thing that waits. ``id`` is the decision's, exception's, letter's, incident's or question's; ``record_id``
    that of the exception or incident it belongs to (a question's may be 0). ``since`` is the day it began to wait,
    ``due`` the day of a review.
    """

    kind: QueueKind
    id: int
    record_id: int
    reference: str
    title: str
    why: str
    since: date
    urgent: bool
    due: date | None = None

    @property
    def key(self) -> tuple[QueueKind, int]:
        """What tells one item from every other."""
        return self.kind, self.id


@dataclass(frozen=True, slots=True)
class Quiet:
    """What to say where nothing waits: this user's last decision and the next review that comes up, or ""."""

    last: str
    coming: str


@needs(Permission.QUEUE_READ)
def waiting(ctx: Context) -> list[QueueItem]:
    """Everything this reader is to decide now: urgent first, then by the day since when it waits."""
    papers = connection_decisions.to_confirm(ctx)
    questions = connection_questions.rows(ctx, open_only=True)
    with ctx.database.reading() as session:
        who = connection_sight.reader(session, ctx)
        found = [
            *_papers(session, papers),
            *_exceptions(session, who, ctx.today()),
            *_letters(session, who),
            *_incidents(session, who),
            *_questions(questions),
        ]
    return sorted(found, key=lambda item: (not item.urgent, item.since, _RANK[item.kind], item.id))


@needs(Permission.QUEUE_READ)
def quiet(ctx: Context) -> Quiet:
    """What was decided last and what comes next, for a queue with nothing in it."""
    with ctx.database.reading() as session:
        who = connection_sight.reader(session, ctx)
        return Quiet(_last(session, who), _coming(session, who, ctx.today()))


def _last(session: Session, who: Reader) -> str:
    rows = session.scalars(
        select(ConnectionDecision)
        # One on paper is theirs once they have signed that it is.
        .where(ConnectionDecision.decided_by == who.user_id, ConnectionDecision.signature.is_not(None))
        .order_by(ConnectionDecision.id.desc())
        .limit(20)
    )
    for row in rows:
        exception = session.get_one(ConnectionException, row.exception_id)
        if connection_sight.sight_of(who, exception) is Sight.FULL:
            decided = in_a_sentence(DECISION_KIND_LABELS[DecisionKind(row.kind)])
            reference = connection_words.reference(exception.year, exception.number)
            return f"Your last decision: {reference}, {decided} on {written_day(row.decided_on)}."
    return ""


def _coming(session: Session, who: Reader, today: date) -> str:
    where = connection_sight.where_full(who)
    rows = session.scalars(
        select(ConnectionException)
        .where(
            ConnectionException.status == ExceptionStatus.APPROVED,
            ConnectionException.review_on > today,
            sql_text(where.sql).bindparams(**where.params),
        )
        .order_by(ConnectionException.review_on, ConnectionException.id)
        .limit(50)
    )
    for exception in rows:
        ends = exception.ends_on
        review_on = exception.review_on or today
        if (ends is None or ends > review_on) and connection_sight.is_decidable(session, who, exception):
            return f"The next review is due on {written_day(review_on)}: {_pair(session, exception)}."
    return ""


def _papers(session: Session, papers: Iterable[DecisionRecord]) -> Iterator[QueueItem]:
    for paper in papers:
        exception = session.get_one(ConnectionException, paper.exception_id)
        decided = DECISION_KIND_LABELS[paper.kind]
        yield QueueItem(
            QueueKind.PAPER,
            paper.id,
            exception.id,
            connection_words.reference(exception.year, exception.number),
            _pair(session, exception),
            f"{decided} on {written_day(paper.decided_on)} by {paper.decider_name}, as {paper.recorded_by} "
            f"recorded it from paper. {'Is that right?' if paper.only_dispute else 'Confirm that it is yours.'}",
            _local(paper.recorded_at),
            urgent=False,
        )


def _exceptions(session: Session, who: Reader, today: date) -> Iterator[QueueItem]:
    """Exceptions put forward, and those whose review is due or announced."""
    # Plain statements here and below: a school may have thousands of them, and the list is read after every change.
    raw = driver(session)
    where = connection_sight.where_decidable(session, who)
    remind_to = today + timedelta(days=connection_state.reminder_days(session))
    rows = raw.execute(
        where.within(
            "SELECT connection_exception.id, year, number, capacity, relationship, adult_joined_on, other_joined_on,"
            " declared_on, since_on, coalesce(submitted_at, recorded_at), from_on, ends_on, review_on, profile_id,"
            " status = 'awaiting', a.given_name, a.family_name, o.given_name, o.family_name"
            " FROM connection_exception JOIN person a ON a.id = adult_id JOIN person o ON o.id = other_id"
            " WHERE (status = 'awaiting' OR (status = 'approved' AND review_on <= :remind_to)) AND {seen}"
        ),
        {**where.params, "remind_to": remind_to.isoformat()},
    )
    reminders: dict[int, int] = {}
    for (
        exception_id, year, number, capacity, relationship, adult_joined, other_joined, declared, began, submitted,
        from_on, ends_on, review, profile_id, awaiting, given, family, other_given, other_family,
    ) in rows.fetchall():  # fmt: skip
        review_on = None
        if awaiting:
            timely = policy.timeliness_words(
                stored_day(adult_joined),
                stored_day(other_joined),
                date.fromisoformat(declared),
                stored_day(began),
            )
            kind, why, since, urgent = (
                QueueKind.EXCEPTION,
                f"{timely}.",
                _local(from_utc_text(submitted)),
                False,
            )
        elif connection_words.is_review_due(
            from_on, ends_on, review, today.isoformat(), remind_to.isoformat()
        ):
            review_on = date.fromisoformat(review)
            if profile_id not in reminders:
                clocks = incident_state.profile_on(raw, profile_id).clocks
                reminders[profile_id] = clocks.exception_reminder_days
            announced = review_on - timedelta(days=reminders[profile_id])
            urgent = review_on <= today
            why = f"Review {'due since' if urgent else 'due on'} {written_day(review_on)}."
            kind, since = QueueKind.REVIEW, min(announced, today)
        else:
            continue
        yield QueueItem(
            kind,
            exception_id,
            exception_id,
            connection_words.reference(year, number),
            f"{person_name(given, family)} and {person_name(other_given, other_family)}",
            f"{_relation(relationship, capacity)}. {why}",
            since,
            urgent,
            review_on,
        )


def _pair(session: Session, exception: ConnectionException) -> str:
    names = people_names(session, {exception.adult_id, exception.other_id})
    return f"{names[exception.adult_id]} and {names[exception.other_id]}"


@cache
def _relation(relationship: str, capacity: str) -> str:
    """For example "Aunt or uncle of a pupil"."""
    other = in_a_sentence(CAPACITY_LABELS[Capacity(capacity)])
    if not relationship:
        return f"Relationship to a {other} not given"
    return f"{RELATIONSHIP_LABELS[Relationship(relationship)]} of a {other}"


def _letters(session: Session, who: Reader) -> Iterator[QueueItem]:
    where = letter_sight.where_decidable(session, who)
    rows = driver(session).execute(
        where.within(
            f"SELECT letter.id, {letter_sight.MATTER_ID_SQL}, {letter_sight.REFERENCE_SQL}, letter.kind,"  # noqa: S608 - bound values
            f" {letter_sight.TO_SQL}, user.name, coalesce(letter.submitted_at, drafted_at)"
            f" FROM {letter_sight.JOINED} {letter_sight.PERSON_JOIN} JOIN user ON user.id = drafted_by"
            " WHERE letter.status = 'submitted' AND {seen}"
        ),
        where.params,
    )
    for letter_id, matter_id, reference, kind, to, drafted_by, submitted in rows.fetchall():
        yield QueueItem(
            QueueKind.LETTER,
            letter_id,
            matter_id,
            reference,
            titled(LetterKind(kind), to),
            f"Drafted by {drafted_by}. Read it, then sign it or return it with a note.",
            _local(from_utc_text(submitted)),
            False,
        )


def _incidents(session: Session, who: Reader) -> Iterator[QueueItem]:
    """Incidents somebody has to act on; one that waits only for a letter stands in the queue as that letter."""
    where = sight.where_decidable(who)
    rows = driver(session).execute(
        where.within(
            # Looked for in the list's index alone: only the rows that wait are read.
            "SELECT id, year, number, summary, next_step, received_at, urgent FROM incident WHERE id IN ("
            "SELECT incident.id FROM incident WHERE status = 'open' AND awaiting_headteacher = 1 AND {seen})"
            " AND NOT EXISTS (SELECT 1 FROM letter WHERE incident_id = incident.id AND letter.status = 'submitted')"
        ),
        where.params,
    )
    for incident_id, year, number, summary, step, received, urgent in rows.fetchall():
        why = "Nothing has been done about it yet."
        if step:
            why += f" Next: {in_a_sentence(STEP_LABELS[Step(step)])}."
        yield QueueItem(
            QueueKind.INCIDENT,
            incident_id,
            incident_id,
            incident_reference(year, number),
            summary,
            why,
            _local(from_utc_text(received)),
            bool(urgent),
        )


def _questions(rows: Iterable[QuestionRow]) -> Iterator[QueueItem]:
    for row in rows:
        if row.status is not QuestionStatus.ANSWERED or not row.may_close:
            continue
        yield QueueItem(
            QueueKind.QUESTION,
            row.id,
            0 if row.exception is None else row.exception[0],
            "" if row.exception is None else row.exception[1],
            f"{row.adult_name} and {row.other_name}",
            f"Asked on {written_day(row.asked_on)}, answered by {row.answered_by}.",
            row.answered_on or row.asked_on,
            urgent=False,
        )


def _local(moment: datetime) -> date:
    return moment.astimezone(LOCAL).date()
