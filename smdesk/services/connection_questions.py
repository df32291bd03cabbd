"""The headteacher's question about a relationship: asked, answered, closed (CON-4).

Whoever decides exceptions asks and closes: the headteacher, or the chair of governors where the headteacher is one of
the two (CON-5). The office writes the answer down. A question about a record of the register is seen by whoever sees
that record; any other by whoever keeps the register.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any, Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from smdesk.db import audit
from smdesk.db.models import ConnectionException, Person, RelationshipQuestion
from smdesk.errors import Conflict, FieldChange, Invalid, NotAllowed, NotFound, Problem, Refused
from smdesk.policy.conduct import SCHOOL_ADULTS
from smdesk.policy.vocabulary import Capacity, PersonKind
from smdesk.policy.words import written_day
from smdesk.security.permissions import Permission, Role, Sight, allowed, may_see_exception
from smdesk.services import connection_sight, connection_state, incident_fields, incident_state, reasons
from smdesk.services.connection_words import reference
from smdesk.services.context import Context, Saved, needs
from smdesk.services.incident_records import Confidentiality
from smdesk.services.people_base import name_of, standing_person
from smdesk.services.people_records import kinds_of
from smdesk.services.question_records import (
    OUTCOME_LABELS,
    STATUS_LABELS,
    QuestionOutcome,
    QuestionRow,
    QuestionStatus,
)
from smdesk.services.sight import Reader

NO_SUCH_QUESTION: Final = "There is no such question, or it is not open to you."
_LONGEST: Final = 4_000


@needs(Permission.CONNECTIONS_ASK)
def ask(ctx: Context, adult_id: int, other_id: int, question: str) -> Saved:
    """Ask about the relationship of these two. One record of theirs in the register is found and goes with it.

    Raises Invalid, NotFound, Refused for a merged duplicate or where the same two are being asked about already,
    NotAllowed where it is not this person's to ask (CON-5).
    """
    question = question.strip()
    with ctx.database.writing() as session:
        who = connection_sight.reader(session, ctx)
        adult, other = standing_person(session, adult_id), standing_person(session, other_id)
        _check_asked(adult, other, question)
        concerned = incident_state.headteacher_among(session, [adult.id, other.id])
        _require_asker(who, concerned, (adult.id, other.id))
        _check_not_asked(session, who, adult, other)
        exception = _exception(session, who, adult, other)
        row = RelationshipQuestion(
            adult_id=adult.id,
            other_id=other.id,
            exception_id=None if exception is None else exception.id,
            question=question,
            asked_on=ctx.today(),
            asked_by=ctx.user.id,
            headteacher_concerned=concerned,
        )
        session.add(row)
        session.flush()
        _event(session, ctx, row, "Asked about the relationship", question)
        _audit(session, ctx, "question.asked", row, {"question": question})
        return _saved(row)


def _check_asked(adult: Person, other: Person, question: str) -> None:
    found = []
    if adult.id == other.id:
        found.append(Problem("other_id", "One person cannot stand on both sides. Choose somebody else."))
    if not _is_school_adult(adult):
        found.append(
            Problem(
                "adult_id",
                f"{name_of(adult)} is not on record as staff, governor, volunteer or contractor. Choose the adult who "
                "works with the school, or put their record right under People.",
            )
        )
    if not question:
        found.append(Problem("question", "Write down what you want to know about the relationship."))
    elif len(question) > _LONGEST:
        found.append(Problem("question", f"At most {_LONGEST:,} letters can be kept."))
    if found:
        raise Invalid(found)


def _is_school_adult(person: Person) -> bool:
    return not SCHOOL_ADULTS.isdisjoint(kinds_of(person.kind, person.also))


def _adult_kind(person: Person) -> PersonKind:
    return next(
        (kind for kind in kinds_of(person.kind, person.also) if kind in SCHOOL_ADULTS), PersonKind.STAFF
    )


def _capacity(person: Person, today: date) -> Capacity:
    if PersonKind.PUPIL not in kinds_of(person.kind, person.also):
        return Capacity.PARENT
    left = person.left_on is not None and person.left_on <= today
    return Capacity.FORMER_PUPIL if left else Capacity.PUPIL


def _check_not_asked(session: Session, who: Reader, adult: Person, other: Person) -> None:
    pending = session.scalars(
        select(RelationshipQuestion).where(
            RelationshipQuestion.adult_id == adult.id,
            RelationshipQuestion.other_id == other.id,
            RelationshipQuestion.status != QuestionStatus.CLOSED,
        )
    )
    for row in pending:
        if _sees(session, who, row):
            raise Refused(
                f"{name_of(adult)} and {name_of(other)} are being asked about already, since "
                f"{written_day(row.asked_on)}. Open that question and go on there.",
                "CON-4",
            )


def _exception(session: Session, who: Reader, adult: Person, other: Person) -> ConnectionException | None:
    """The newest record of these two that this reader may see; its history tells of the question."""
    newest = session.scalars(
        select(ConnectionException)
        .where(
            ConnectionException.adult_id == adult.id,
            ConnectionException.other_id == other.id,
            ConnectionException.withdrawn_at.is_(None),
        )
        .order_by(ConnectionException.id.desc())
    )
    return next((each for each in newest if connection_sight.sight_of(who, each) is Sight.FULL), None)


@needs(Permission.CONNECTIONS_EDIT)
def answer(ctx: Context, question_id: int, version: int, text: str, answered_by: str, on: date) -> Saved:
    """Write down the answer, who gave it and when. One given before is replaced; the log keeps it.

    Raises Invalid, NotFound, Conflict, Refused for a closed question.
    """
    text, answered_by = text.strip(), " ".join(answered_by.split())
    with ctx.database.writing() as session:
        row = _require(session, connection_sight.reader(session, ctx), question_id)
        found = []
        if not text or len(text) > _LONGEST:
            found.append(Problem("answer", f"Write down the answer, in at most {_LONGEST:,} letters."))
        if not answered_by or len(answered_by) > 200:
            found.append(Problem("answered_by", "Say who answered, for example “Mr T. Hazel, in person”."))
        if on > ctx.today():
            found.append(Problem("on", "The day of the answer lies in the future. Check the date."))
        elif on < row.asked_on:
            found.append(
                Problem(
                    "on",
                    f"The question was asked on {written_day(row.asked_on)}: the answer cannot be older.",
                )
            )
        if found:
            raise Invalid(found)
        if row.status == QuestionStatus.CLOSED:
            raise Refused("This question is closed. Whoever closed it can open it again.")
        _require_version(row, version, ("answer", "Answer", row.answer, text))
        before = {"answer": row.answer, "by": row.answered_by} if row.answer else {}
        row.status = QuestionStatus.ANSWERED
        row.answer, row.answered_on, row.answered_by = text, on, answered_by
        row.answer_recorded_by = ctx.user.id
        row.version += 1
        _event(session, ctx, row, f"Answered by {answered_by}", text)
        _audit(session, ctx, "question.answered", row, {"answer": text, "by": answered_by, "before": before})
        return _saved(row)


@needs(Permission.CONNECTIONS_ASK)
def close(ctx: Context, question_id: int, version: int, outcome: QuestionOutcome, reason: str) -> Saved:
    """Close a question with what came of it, answered or not; always with the reason (INC-14).

    Raises Invalid, NotFound, Conflict, Refused where it is closed already, NotAllowed (CON-5).
    """
    reason = reason.strip()
    if not reason or len(reason) > _LONGEST:
        raise Invalid.one("reason", f"Write the reason, in at most {_LONGEST:,} letters. It is kept.")
    with ctx.database.writing() as session:
        who = connection_sight.reader(session, ctx)
        row = _require(session, who, question_id)
        _require_asker(who, _concerned(session, row), (row.adult_id, row.other_id))
        if row.status == QuestionStatus.CLOSED:
            raise Refused("This question has been closed meanwhile. Look at what was decided.")
        _require_version(row, version, ("outcome", "Outcome", row.outcome, OUTCOME_LABELS[outcome]))
        row.status, row.outcome, row.outcome_reason = QuestionStatus.CLOSED, outcome, reason
        row.closed_at, row.closed_by = ctx.now(), ctx.user.id
        row.version += 1
        _event(session, ctx, row, f"Question closed: {OUTCOME_LABELS[outcome]}", "", reason)
        _audit(session, ctx, "question.closed", row, {"outcome": str(outcome), "reason": reason})
        return _saved(row)


@needs(Permission.CONNECTIONS_ASK)
def reopen(ctx: Context, question_id: int, version: int, reason: str) -> Saved:
    """Open a closed question again, with a reason. What it was closed with stays in the log.

    Raises Invalid, NotFound, Conflict, Refused, NotAllowed as ``close`` does.
    """
    reason = reasons.given(reason, "Write why it is opened again. It is kept.")
    with ctx.database.writing() as session:
        who = connection_sight.reader(session, ctx)
        row = _require(session, who, question_id)
        _require_asker(who, _concerned(session, row), (row.adult_id, row.other_id))
        if row.status != QuestionStatus.CLOSED:
            raise Refused("This question is open.")
        _require_version(row, version, ("status", "State", STATUS_LABELS[QuestionStatus.CLOSED], "Open"))
        _check_not_asked(
            session, who, session.get_one(Person, row.adult_id), session.get_one(Person, row.other_id)
        )
        before = {"outcome": row.outcome, "reason": row.outcome_reason}
        row.status = QuestionStatus.ANSWERED if row.answer else QuestionStatus.OPEN
        row.outcome, row.outcome_reason, row.closed_at, row.closed_by = "", "", None, None
        row.version += 1
        _event(session, ctx, row, "Question opened again", "", reason)
        _audit(session, ctx, "question.reopened", row, {"reason": reason, "before": before})
        return _saved(row)


@needs(Permission.CONNECTIONS_READ)
def rows(ctx: Context, open_only: bool = True) -> list[QuestionRow]:
    """The questions this reader may see, those that wait longest first; closed ones, the newest first, after them."""
    with ctx.database.reading() as session:
        statement = select(RelationshipQuestion)
        if open_only:
            statement = statement.where(RelationshipQuestion.status != QuestionStatus.CLOSED)
        found = session.scalars(
            statement.order_by(RelationshipQuestion.asked_on, RelationshipQuestion.id)
        ).all()
        shown = _shown(session, ctx, connection_sight.reader(session, ctx), found)
    waiting = [each for each in shown if each.status is not QuestionStatus.CLOSED]
    return waiting + [each for each in reversed(shown) if each.status is QuestionStatus.CLOSED]


@needs(Permission.CONNECTIONS_READ)
def get(ctx: Context, question_id: int) -> QuestionRow:
    """One question. Raises NotFound where it is missing or not open to this reader."""
    with ctx.database.reading() as session:
        who = connection_sight.reader(session, ctx)
        return _shown(session, ctx, who, [_require(session, who, question_id)])[0]


@needs(Permission.CONNECTIONS_READ)
def for_exception(ctx: Context, exception_id: int) -> list[QuestionRow]:
    """The questions about the two people of an exception, the oldest first. Raises NotFound, NotAllowed."""
    with ctx.database.reading() as session:
        who = connection_sight.reader(session, ctx)
        exception = connection_sight.require_full(session, who, exception_id)
        return _shown(session, ctx, who, about(session, who, exception))


def about(session: Session, who: Reader, exception: ConnectionException) -> list[RelationshipQuestion]:
    """The questions about the two people of an exception that this reader may see, the oldest first."""
    found = session.scalars(
        select(RelationshipQuestion)
        .where(
            RelationshipQuestion.adult_id == exception.adult_id,
            RelationshipQuestion.other_id == exception.other_id,
        )
        .order_by(RelationshipQuestion.id)
    )
    return [row for row in found if _sees(session, who, row)]


def _shown(
    session: Session, ctx: Context, who: Reader, found: Sequence[RelationshipQuestion]
) -> list[QuestionRow]:
    seen = [row for row in found if _sees(session, who, row)]
    people = incident_fields.people_names(
        session, (each for row in seen for each in (row.adult_id, row.other_id))
    )
    users = incident_fields.user_names(
        session, (each for row in seen for each in (row.asked_by, row.closed_by))
    )
    return [_row(session, who, row, people, users, ctx.today()) for row in seen]


def _row(
    session: Session,
    who: Reader,
    row: RelationshipQuestion,
    people: dict[int, str],
    users: dict[int, str],
    today: date,
) -> QuestionRow:
    concerned = _concerned(session, row)
    closed = row.status == QuestionStatus.CLOSED
    decides = not _why_not_asker(who, concerned, (row.adult_id, row.other_id))
    exception = None
    if row.exception_id is not None:
        held = session.get_one(ConnectionException, row.exception_id)
        if connection_sight.sight_of(who, held) is Sight.FULL:
            exception = (held.id, reference(held.year, held.number))
    return QuestionRow(
        id=row.id,
        version=row.version,
        adult_id=row.adult_id,
        adult_name=people[row.adult_id],
        adult_kind=_adult_kind(session.get_one(Person, row.adult_id)),
        other_id=row.other_id,
        other_name=people[row.other_id],
        capacity=_capacity(session.get_one(Person, row.other_id), today),
        exception=exception,
        status=QuestionStatus(row.status),
        question=row.question,
        asked_on=row.asked_on,
        asked_by=users[row.asked_by],
        answer=row.answer,
        answered_on=row.answered_on,
        answered_by=row.answered_by,
        outcome=QuestionOutcome(row.outcome) if row.outcome else None,
        outcome_reason=row.outcome_reason,
        closed_at=row.closed_at,
        closed_by="" if row.closed_by is None else users[row.closed_by],
        headteacher_concerned=concerned,
        may_answer=not closed and allowed(who.roles, Permission.CONNECTIONS_EDIT),
        may_close=not closed and decides,
        may_reopen=closed and decides,
    )


def _concerned(session: Session, row: RelationshipQuestion) -> bool:
    """Whether the headteacher is one of the two now: somebody else may have become headteacher since (CON-5)."""
    return incident_state.headteacher_among(session, [row.adult_id, row.other_id])


def _sees(session: Session, who: Reader, row: RelationshipQuestion) -> bool:
    """Asked of the strictest marking among the records of the two: the question tells as much as they do."""
    concerned = _concerned(session, row)
    return all(
        may_see_exception(who.roles, mark, recorded_by_me=False, headteacher_concerned=concerned)
        is Sight.FULL
        for mark in (*_marks(session, row), Confidentiality.NORMAL)
    )


def _marks(session: Session, row: RelationshipQuestion) -> Sequence[str]:
    """How the records of the two are marked; withdrawing one makes nothing known that was confidential in it."""
    return session.scalars(
        select(ConnectionException.confidentiality)
        .where(ConnectionException.adult_id == row.adult_id, ConnectionException.other_id == row.other_id)
        .distinct()
    ).all()


def _require(session: Session, who: Reader, question_id: int) -> RelationshipQuestion:
    row = session.get(RelationshipQuestion, question_id)
    if row is None or not _sees(session, who, row):
        raise NotFound(NO_SUCH_QUESTION)
    return row


def _require_asker(who: Reader, concerned: bool, pair: tuple[int, int]) -> None:
    why = _why_not_asker(who, concerned, pair)
    if why:
        raise NotAllowed(why)


def _why_not_asker(who: Reader, concerned: bool, pair: tuple[int, int]) -> str:
    """Why this reader does not ask or close a question about these two; "" where they do (CON-5)."""
    if not who.person_ids.isdisjoint(pair):
        return "This is about yourself: somebody else asks and decides (CON-5)."
    if concerned and (Role.HEADTEACHER in who.roles or Role.CHAIR_OF_GOVERNORS not in who.roles):
        return "The headteacher is one of the two: the chair of governors asks and decides (CON-5)."
    if not concerned and Role.HEADTEACHER not in who.roles:
        return "The headteacher asks about this relationship; the chair does where the headteacher is one of the two."
    return ""


def _require_version(row: RelationshipQuestion, version: int, change: tuple[str, str, str, str]) -> None:
    if row.version != version:
        raise Conflict(
            "Somebody else wrote to this question meanwhile. Nothing of yours is lost: see what differs and choose.",
            [FieldChange(*change)],
            row.version,
        )


def _event(
    session: Session, ctx: Context, row: RelationshipQuestion, title: str, text: str, reason: str = ""
) -> None:
    """A line in the history of the record the question goes with, if there is one."""
    if row.exception_id is None:
        return
    exception = session.get_one(ConnectionException, row.exception_id)
    if exception.confidentiality == Confidentiality.NORMAL and set(_marks(session, row)) - {
        Confidentiality.NORMAL
    }:
        # Another record of the two is confidential, and so is the question: more people read this history.
        return
    words = f"{title}: {text}" if text else title
    connection_state.event(session, ctx, exception, "question", text=words, reason=reason, rule="CON-4")


def _audit(
    session: Session, ctx: Context, action: str, row: RelationshipQuestion, detail: dict[str, Any]
) -> None:
    audit.write(
        session,
        actor_id=ctx.user.id,
        at=ctx.now(),
        action=action,
        object_kind="question",
        object_id=row.id,
        detail={"adult": row.adult_id, "other": row.other_id, **detail},
    )


def _saved(row: RelationshipQuestion) -> Saved:
    changes = {("question", row.id), ("person", row.adult_id), ("person", row.other_id)}
    if row.exception_id is not None:
        changes.add(("exception", row.exception_id))
    return Saved(row.id, row.version, frozenset(changes))
