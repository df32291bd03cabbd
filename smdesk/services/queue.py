"""What waits for one decider, in one list: the headteacher's five minutes (CON-2, CON-4, CON-5, DOC-1).

Everything here is this reader's own to decide; what only may be seen stands in its own tab. Urgent matters come
first, then what has waited longest.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import Final

from sqlalchemy import or_, select
from sqlalchemy import text as sql_text
from sqlalchemy.orm import Session

from smdesk.db.models import ConnectionDecision, ConnectionException, Incident, Letter
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
    letter_matter,
    sight,
)
from smdesk.services.connection_records import (
    DECISION_KIND_LABELS,
    DecisionKind,
    DecisionRecord,
    ExceptionStatus,
)
from smdesk.services.context import LOCAL, Context, needs
from smdesk.services.incident_fields import people_names, user_names
from smdesk.services.incident_words import reference as incident_reference
from smdesk.services.letter_records import LETTER_KIND_LABELS, LetterKind, LetterStatus
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
    that of the exception or incident it belongs to (a question's may be 0). ``since`` is the day it began to wait.
    """

    kind: QueueKind
    id: int
    record_id: int
    reference: str
    title: str
    why: str
    since: date
    urgent: bool

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
    where = connection_sight.where_full(who)
    remind_to = today + timedelta(days=connection_state.reminder_days(session))
    candidates = session.scalars(
        select(ConnectionException).where(
            or_(
                ConnectionException.status == ExceptionStatus.AWAITING,
                (ConnectionException.status == ExceptionStatus.APPROVED)
                & (ConnectionException.review_on <= remind_to),
            ),
            sql_text(where.sql).bindparams(**where.params),
        )
    ).all()
    for exception in candidates:
        awaiting = exception.status == ExceptionStatus.AWAITING
        due = not awaiting and connection_words.is_review_due(
            exception.from_on, exception.ends_on, exception.review_on, today, remind_to
        )
        if not (awaiting or due) or not connection_sight.is_decidable(session, who, exception):
            continue
        yield _awaiting(session, exception) if awaiting else _review(session, exception, today)


def _awaiting(session: Session, exception: ConnectionException) -> QueueItem:
    timely = policy.timeliness_words(
        exception.adult_joined_on, exception.other_joined_on, exception.declared_on, exception.since_on
    )
    return QueueItem(
        QueueKind.EXCEPTION,
        exception.id,
        exception.id,
        connection_words.reference(exception.year, exception.number),
        _pair(session, exception),
        f"{_relation(exception)}. {timely}.",
        _local(exception.submitted_at or exception.recorded_at),
        urgent=False,
    )


def _review(session: Session, exception: ConnectionException, today: date) -> QueueItem:
    review_on = exception.review_on or today
    overdue = review_on <= today
    announced = policy.reminder_from(connection_state.profile_of(session, exception), review_on)
    return QueueItem(
        QueueKind.REVIEW,
        exception.id,
        exception.id,
        connection_words.reference(exception.year, exception.number),
        _pair(session, exception),
        f"{_relation(exception)}. Review {'due since' if overdue else 'due on'} {written_day(review_on)}.",
        min(announced, review_on, today),
        urgent=overdue,
    )


def _pair(session: Session, exception: ConnectionException) -> str:
    names = people_names(session, {exception.adult_id, exception.other_id})
    return f"{names[exception.adult_id]} and {names[exception.other_id]}"


def _relation(exception: ConnectionException) -> str:
    """For example "Aunt or uncle of a pupil"."""
    other = in_a_sentence(CAPACITY_LABELS[Capacity(exception.capacity)])
    if not exception.relationship:
        return f"Relationship to a {other} not given"
    return f"{RELATIONSHIP_LABELS[Relationship(exception.relationship)]} of a {other}"


def _letters(session: Session, who: Reader) -> Iterator[QueueItem]:
    rows = session.scalars(select(Letter).where(Letter.status == LetterStatus.SUBMITTED)).all()
    people = people_names(session, {letter.person_id for letter in rows})
    users = user_names(session, [letter.drafted_by for letter in rows])
    for letter in rows:
        matter = letter_matter.stored(session, letter)
        if not letter_matter.is_decidable(session, who, matter):
            continue
        yield QueueItem(
            QueueKind.LETTER,
            letter.id,
            matter.id,
            letter_matter.reference(matter),
            f"{LETTER_KIND_LABELS[LetterKind(letter.kind)]} to {people[letter.person_id]}",
            f"Drafted by {users[letter.drafted_by]}. Read it, then sign it or return it with a note.",
            _local(letter.submitted_at or letter.drafted_at),
            urgent=False,
        )


def _incidents(session: Session, who: Reader) -> Iterator[QueueItem]:
    """Incidents somebody has to act on; one that waits only for a letter stands in the queue as that letter."""
    where = sight.where_full(who)
    rows = session.scalars(
        select(Incident).where(
            Incident.status == "open",
            Incident.awaiting_headteacher.is_(True),
            ~select(Letter.id)
            .where(Letter.incident_id == Incident.id, Letter.status == LetterStatus.SUBMITTED)
            .exists(),
            sql_text(where.sql).bindparams(**where.params),
        )
    ).all()
    for incident in rows:
        if not sight.is_decidable(session, who, incident):
            continue
        step = STEP_LABELS[Step(incident.next_step)] if incident.next_step else ""
        yield QueueItem(
            QueueKind.INCIDENT,
            incident.id,
            incident.id,
            incident_reference(incident.year, incident.number),
            incident.summary,
            f"Nothing has been done about it yet. Next: {in_a_sentence(step)}."
            if step
            else "Nothing has been done about it yet.",
            _local(incident.received_at),
            urgent=incident.urgent,
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
