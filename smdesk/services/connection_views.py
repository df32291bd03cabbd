"""One exception as it is shown: everything on record about it that its reader may see, in one piece."""

from __future__ import annotations

import json
from datetime import date
from typing import Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from smdesk.db.models import (
    ConnectionEvent,
    ConnectionException,
    Person,
    PolicyProfile,
)
from smdesk.policy import connections as policy
from smdesk.policy.vocabulary import Capacity, Conduct, Timeliness
from smdesk.security.permissions import Role, Sight
from smdesk.services import (
    connection_decisions,
    connection_fields,
    connection_files,
    connection_questions,
    connection_sight,
    connection_state,
    sight,
)
from smdesk.services.connection_endings import RESUMED
from smdesk.services.connection_records import (
    EXCEPTION_STATUS_LABELS,
    DeclarationDraft,
    EndCause,
    ExceptionRecord,
    ExceptionStatus,
    HistoryLine,
)
from smdesk.services.connection_words import (
    MASKED_NAME,
    reference,
    roles_in_words,
    status_words,
)
from smdesk.services.context import Context
from smdesk.services.driver import driver
from smdesk.services.incident_fields import people_names, user_names
from smdesk.services.incident_words import reference as incident_reference
from smdesk.services.sight import Reader

EVENT_TITLES: Final[dict[str, str]] = {
    "declared": "Declared",
    "imported": "Taken over from the register kept before SM Desk",
    "changed": "Changed",
    "submitted": "Put forward",
    "taken_back": "Taken back",
    "withdrawn": "Withdrawn",
    "unwithdrawn": "Brought back",
    "decision": "Decision",
    "paper_answer": "Decision on paper answered",
    "file": "File",
    "letter": "Letter",
    "note": "Note",
    "attempt": "Attempt",
    "question": "Question about the relationship",
    str(EndCause.ADULT_LEFT): "The adult leaves",
    str(EndCause.OTHER_LEFT): "The pupil or parent leaves",
    str(EndCause.ROLE_CHANGED): "Change of role",
    str(EndCause.SUPERSEDED): "A later exception",
    RESUMED: "Does not end by itself",
}
"""What each line of the history is headed with."""


def record(session: Session, ctx: Context, who: Reader, exception: ConnectionException) -> ExceptionRecord:
    """One exception for a reader who may see all of it."""
    today = ctx.today()
    draft = connection_fields.stored(session, exception)
    status = connection_state.status_on(exception, today)
    adult, other = (session.get_one(Person, each) for each in (exception.adult_id, exception.other_id))
    names = people_names(session, {adult.id, other.id, exception.declarant_id or adult.id})
    users = user_names(session, [exception.recorded_by])
    profile = session.execute(
        select(PolicyProfile.number, PolicyProfile.title).where(PolicyProfile.id == exception.profile_id)
    ).one()
    decidable = connection_sight.is_decidable(session, who, exception)
    open_decisions = connection_decisions.open_decisions(exception, today)
    return ExceptionRecord(
        id=exception.id,
        reference=reference(exception.year, exception.number),
        version=exception.version,
        masked=False,
        draft=draft,
        adult_name=names[adult.id],
        adult_roles=roles_in_words(adult.kind, adult.also, exception.adult_kind),
        other_name=names[other.id],
        other_roles=roles_in_words(other.kind, other.also),
        declarant_name="" if exception.declarant_id is None else names[exception.declarant_id],
        status=status,
        status_words=words_on(session, exception, today),
        in_force=connection_state.in_force_on(exception, today),
        timeliness=Timeliness(exception.timeliness),
        late_days=exception.late_days,
        timeliness_words=policy.timeliness_words(
            exception.adult_joined_on, exception.other_joined_on, exception.declared_on, exception.since_on
        ),
        from_on=exception.from_on,
        review_on=connection_state.next_review(exception, today),
        review_due=connection_state.is_review_due_on(session, exception, today),
        ends_on=exception.ends_on,
        end_cause=EndCause(exception.end_cause) if exception.end_cause else None,
        headteacher_concerned=exception.headteacher_concerned,
        unconfirmed_paper=exception.unconfirmed_paper,
        sealed=exception.sealed,
        imported=exception.origin == "imported",
        awaits=Role(exception.awaits) if exception.awaits else None,
        supersedes=_supersedes(session, who, exception),
        superseded_by=_superseded_by(session, who, exception),
        decisions=connection_decisions.records(session, exception),
        files=connection_files.records(session, exception),
        history=history(session, exception),
        incidents=_incidents(session, who, exception),
        questions=tuple(row.id for row in connection_questions.about(session, who, exception)),
        profile_number=profile.number,
        profile_title=profile.title,
        recorded_by=users[exception.recorded_by],
        recorded_at=exception.recorded_at,
        may_edit=connection_sight.is_editable(who, exception)
        and not exception.sealed
        and exception.withdrawn_at is None,
        may_submit=connection_sight.is_editable(who, exception)
        and status in (ExceptionStatus.DECLARED, ExceptionStatus.MORE_WANTED),
        may_decide=decidable and bool(open_decisions),
        why_not=connection_sight.why_not(session, who, exception) if open_decisions else "",
        open_decisions=open_decisions,
    )


def masked_record(session: Session, exception: ConnectionException, today: date) -> ExceptionRecord:
    """What somebody who recorded an exception they may not read any more is shown: that it was not lost."""
    status = connection_state.status_on(exception, today)
    profile = session.execute(
        select(PolicyProfile.number, PolicyProfile.title).where(PolicyProfile.id == exception.profile_id)
    ).one()
    return ExceptionRecord(
        id=exception.id,
        reference=reference(exception.year, exception.number),
        version=exception.version,
        masked=True,
        draft=DeclarationDraft(declared_on=exception.declared_on),
        adult_name=MASKED_NAME,
        adult_roles="",
        other_name=MASKED_NAME,
        other_roles="",
        declarant_name="",
        status=status,
        status_words=EXCEPTION_STATUS_LABELS[status],
        in_force=connection_state.in_force_on(exception, today),
        timeliness=Timeliness.UNKNOWN,
        late_days=None,
        timeliness_words="",
        from_on=exception.from_on,
        review_on=connection_state.next_review(exception, today),
        review_due=False,
        ends_on=exception.ends_on,
        end_cause=None,
        headteacher_concerned=False,
        unconfirmed_paper=False,
        sealed=exception.sealed,
        imported=False,
        awaits=None,
        supersedes=None,
        superseded_by=None,
        decisions=(),
        files=(),
        history=(),
        incidents=(),
        questions=(),
        profile_number=profile.number,
        profile_title=profile.title,
        recorded_by=user_names(session, [exception.recorded_by])[exception.recorded_by],
        recorded_at=exception.recorded_at,
        may_edit=False,
        may_submit=False,
        may_decide=False,
        why_not="",
        open_decisions=(),
    )


def words_on(session: Session, exception: ConnectionException, day: date) -> str:
    """An exception's status on a day, in words."""
    return status_words(
        connection_state.status_on(exception, day),
        from_on=exception.from_on,
        review_on=exception.review_on,
        ends_on=exception.ends_on,
        end_cause=exception.end_cause,
        capacity=Capacity(exception.capacity),
        day=day,
        reminder_days=connection_state.reminder_days(session),
        imported=exception.origin == "imported",
        unconfirmed_paper=exception.unconfirmed_paper,
    )


def history(session: Session, exception: ConnectionException) -> tuple[HistoryLine, ...]:
    """The lines of an exception's history, oldest first."""
    rows = session.scalars(
        select(ConnectionEvent)
        .where(ConnectionEvent.exception_id == exception.id)
        .order_by(ConnectionEvent.id)
    ).all()
    names = user_names(session, {row.recorded_by for row in rows})
    return tuple(
        HistoryLine(
            id=row.id,
            kind=row.kind,
            happened_on=row.happened_on,
            title=EVENT_TITLES.get(row.kind, row.kind),
            text=row.text,
            reason=row.reason,
            rule=row.rule,
            who="SM Desk" if row.recorded_by is None else names[row.recorded_by],
            recorded_at=row.recorded_at,
            decision_id=row.decision_id,
            letter_id=row.letter_id,
            file_id=row.file_id,
        )
        for row in rows
    )


def _supersedes(session: Session, who: Reader, exception: ConnectionException) -> tuple[int, str] | None:
    if exception.supersedes_id is None:
        return None
    before = session.get_one(ConnectionException, exception.supersedes_id)
    return _named(who, before)


def _superseded_by(session: Session, who: Reader, exception: ConnectionException) -> tuple[int, str] | None:
    after = session.scalars(
        select(ConnectionException)
        .where(ConnectionException.supersedes_id == exception.id, ConnectionException.withdrawn_at.is_(None))
        .order_by(ConnectionException.id.desc())
    ).first()
    return None if after is None else _named(who, after)


def _named(who: Reader, exception: ConnectionException) -> tuple[int, str] | None:
    """One that is hidden from the reader is not named."""
    if connection_sight.sight_of(who, exception) is not Sight.FULL:
        return None
    return exception.id, reference(exception.year, exception.number)


def _incidents(
    session: Session, who: Reader, exception: ConnectionException
) -> tuple[tuple[int, str, str], ...]:
    """Attempts between the two that this reader may open, the newest first (CON-3)."""
    where = sight.where_full(who)
    rows = driver(session).execute(
        where.within(
            "SELECT incident.id, year, number, summary FROM incident WHERE incident.id IN"
            " (SELECT incident_id FROM incident_conduct WHERE conduct IN (:request, :follow))"
            " AND incident.id IN (SELECT incident_id FROM incident_person WHERE person_id IN"
            " (SELECT value FROM json_each(:adults)))"
            " AND incident.id IN (SELECT incident_id FROM incident_person WHERE person_id IN"
            " (SELECT value FROM json_each(:others)))"
            " AND {seen} ORDER BY incident.received_at DESC, incident.id DESC"
        ),
        {
            **where.params,
            "request": str(Conduct.CONTACT_REQUEST),
            "follow": str(Conduct.FOLLOW),
            "adults": json.dumps(sorted(sight.same_person(session, exception.adult_id))),
            "others": json.dumps(sorted(sight.same_person(session, exception.other_id))),
        },
    )
    return tuple((row[0], incident_reference(row[1], row[2]), row[3]) for row in rows.fetchall())
