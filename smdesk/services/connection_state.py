"""What an exception's records add up to: its status, its days, whom it waits for (CON-2, CON-5).

These functions take a session, not a context: they are called inside somebody's transaction, after that service
has checked who may do what. Whoever writes a decision, an answer to one, a declaration or a person that bears on
an exception calls ``refresh`` (or ``person_changed``) before committing.

In force on a day means: approved at some time, begun by then and not ended by then. Nothing else asks that in
another way. An end may lie ahead, so what a reader is shown is worked out for the day (``status_on``).
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, Final

from sqlalchemy.orm import Session

from smdesk.db.models import ConnectionEvent, ConnectionException
from smdesk.policy import connections as policy
from smdesk.policy.connections import Held
from smdesk.policy.profile import Profile
from smdesk.policy.vocabulary import Capacity, Link, PersonKind
from smdesk.policy.words import written_day
from smdesk.services import incident_state
from smdesk.services.connection_endings import write_end
from smdesk.services.connection_records import (
    SEALING,
    DecisionKind,
    DecisionOrigin,
    EndCause,
    ExceptionStatus,
    PaperAnswer,
)
from smdesk.services.connection_sight import decider_role, role_for, where_full
from smdesk.services.connection_words import (
    is_in_force,
    is_review_due,
    reference,
    review_ahead,
    shown_status,
)
from smdesk.services.context import Changes, Context
from smdesk.services.driver import driver, store, stored_day
from smdesk.services.people_records import kinds_of
from smdesk.services.sight import Reader, same_person

__all__ = [
    "decider_role",
    "event",
    "held_of",
    "leaving",
    "next_review",
    "profile_of",
    "reference",
    "refresh",
    "reminder_days",
    "status_on",
    "worked_out",
]

_FORMER: Final = (Capacity.FORMER_PUPIL, Capacity.FORMER_PUPIL_FAMILY)


@dataclass(frozen=True, slots=True)
class _Decision:
    id: int
    kind: DecisionKind
    origin: DecisionOrigin
    answered: bool
    decided_on: date
    from_on: date | None
    review_on: date | None

    @property
    def begins(self) -> date:
        return self.from_on or self.decided_on


@dataclass(frozen=True, slots=True)
class _Side:
    """One of the two as their person record stands now."""

    name: str
    sort_name: str
    kinds: frozenset[PersonKind]
    joined_on: date | None
    left_on: date | None


def profile_of(session: Session, exception: ConnectionException) -> Profile:
    """The version of the school's policy this exception is decided under."""
    return incident_state.stored_profile(session, exception.profile_id)


def reminder_days(session: Session) -> int:
    """How many days before a review the school as it is now wants to be reminded."""
    profile = incident_state.stored_profile(session, incident_state.current_profile_id(session))
    return profile.clocks.exception_reminder_days


def status_on(exception: ConnectionException, day: date) -> ExceptionStatus:
    """Where an exception stands on ``day``: the stored status, with an end that has passed since."""
    return shown_status(exception.status, exception.from_on, exception.ends_on, exception.end_cause, day)


def next_review(exception: ConnectionException, day: date) -> date | None:
    """The review an exception has before it on ``day``, or has missed; None where there is none."""
    return review_ahead(exception.from_on, exception.ends_on, exception.review_on, day)


def is_review_due_on(session: Session, exception: ConnectionException, day: date) -> bool:
    """Whether on ``day`` a review is due, or so near that the school wants to be reminded."""
    remind_to = day + timedelta(days=reminder_days(session))
    return is_review_due(exception.from_on, exception.ends_on, exception.review_on, day, remind_to)


def in_force_on(exception: ConnectionException, day: date) -> bool:
    """Whether this exception allows the connection on ``day``."""
    return is_in_force(exception.from_on, exception.ends_on, day)


def event(
    session: Session,
    ctx: Context,
    exception: ConnectionException,
    kind: str,
    text: str = "",
    *,
    reason: str = "",
    rule: str = "",
    happened_on: date | None = None,
    decision_id: int | None = None,
    letter_id: int | None = None,
    file_id: int | None = None,
) -> ConnectionEvent:
    """Write a line of the history of an exception, by the user who is asking (INC-14)."""
    row = ConnectionEvent(
        exception_id=exception.id,
        kind=kind,
        happened_on=happened_on or ctx.today(),
        text=text,
        reason=reason,
        rule=rule,
        decision_id=decision_id,
        letter_id=letter_id,
        file_id=file_id,
        recorded_at=ctx.now(),
        recorded_by=ctx.user.id,
    )
    session.add(row)
    session.flush()
    return row


def refresh(session: Session, exception_id: int, today: date, now: datetime) -> Changes:
    """Work out an exception's columns anew from its own records, and those of the one whose place it takes.

    Everything in them follows from what is stored, so a disputed paper or a corrected leaving date undoes itself
    here. An end nobody decided, or one that does not stand any more, is written to the history. Returns what was
    touched.
    """
    found = _refresh_one(session, exception_id, today, now)
    touched = {("exception", exception_id)}
    before = found.supersedes_id if found.before_from != found.columns["from_on"] else None
    while before is not None:
        # The last approved one before it ends the day this one begins; refused ones between them pass that on.
        found = _refresh_one(session, before, today, now)
        touched.add(("exception", before))
        before = found.supersedes_id if found.columns["from_on"] is None else None
    return frozenset(touched)


@dataclass(frozen=True, slots=True)
class WorkedOut:
    """What an exception's columns should be, and what is needed to write that an end moved."""

    columns: dict[str, Any]
    adult: _Side
    other: _Side
    before_from: date | None
    before_end: tuple[date | None, str]
    supersedes_id: int | None


def _refresh_one(session: Session, exception_id: int, today: date, now: datetime) -> WorkedOut:
    """Store what is worked out for one exception, and write an end that moved to its history."""
    found = worked_out(session, exception_id, today)
    store(session, ConnectionException, exception_id, found.columns)
    ends = (found.columns["ends_on"], found.columns["end_cause"])
    if found.before_end != ends:
        from_on = found.columns["from_on"]
        names = found.adult.name, found.other.name
        write_end(session, exception_id, found.before_end, ends, from_on, *names, today, now)
    return found


def worked_out(session: Session, exception_id: int, today: date) -> WorkedOut:
    """An exception's columns as its own records give them on this day. Writes nothing."""
    raw = driver(session)
    row = raw.execute(
        "SELECT adult_id, adult_kind, other_id, capacity, declared_on, adult_joined_on, other_joined_on, profile_id,"
        " submitted_at, withdrawn_at, role_changed_on, sealed, from_on, ends_on, end_cause, supersedes_id"
        " FROM connection_exception WHERE id = ?",
        (exception_id,),
    ).fetchone()
    if row is None:
        raise RuntimeError(f"There is no exception {exception_id} to refresh.")
    (
        adult_id, adult_kind, other_id, capacity, declared_on, adult_joined, other_joined, profile_id,
        submitted_at, withdrawn_at, role_changed, sealed, before_from, before_end, before_cause, supersedes_id,
    ) = row  # fmt: skip
    adult, other = _side(raw, adult_id), _side(raw, other_id)
    profile = incident_state.stored_profile(session, profile_id)
    every = _decisions(raw, exception_id)
    standing = [each for each in every if each[1]]
    decisions = [each for each, _ in standing]
    verdict = next((one for one in reversed(decisions) if one.kind in SEALING), None)
    role_changed_on = _role_changed_on(adult_kind in adult.kinds, stored_day(role_changed), today)
    from_on = review_on = ends_on = None
    cause = ""
    if verdict is not None and verdict.kind is DecisionKind.APPROVE and withdrawn_at is None:
        from_on, review_on = verdict.begins, verdict.review_on
        ends: list[tuple[date, EndCause]] = []
        for one in decisions:
            if one.id < verdict.id:
                continue
            if one.kind is DecisionKind.RENEW:
                review_on = one.review_on
            elif one.kind is DecisionKind.REVOKE:
                ends.append((one.begins, EndCause.REVOKED))
            elif one.kind is DecisionKind.END:
                ends.append((one.begins, EndCause.ENDED))
        ends += [
            (day, EndCause.ADULT_LEFT)
            for day in _left(raw, exception_id, EndCause.ADULT_LEFT, adult, from_on)
        ]
        if capacity not in _FORMER:
            ends += [
                (day, EndCause.OTHER_LEFT)
                for day in _left(raw, exception_id, EndCause.OTHER_LEFT, other, from_on)
            ]
        if role_changed_on is not None and profile.connections.ends_on_role_change:
            ends.append((role_changed_on, EndCause.ROLE_CHANGED))
        ends += [(day, EndCause.SUPERSEDED) for day in _successors(raw, exception_id)]
        if ends:
            # Of several on one day the decision counts first, then the order above.
            ends_on, cause = min(ends, key=lambda end: (end[0], list(EndCause).index(end[1])))
    status = _status(raw, exception_id, verdict, decisions, submitted_at, withdrawn_at)
    declared = date.fromisoformat(declared_on)
    found, late_days = policy.timeliness(stored_day(adult_joined), stored_day(other_joined), declared)
    concerned = incident_state.headteacher_among(session, [adult_id, other_id])
    shown = shown_status(str(status), from_on, ends_on, str(cause), today)
    columns: dict[str, Any] = {
        "status": str(shown),
        "sealed": bool(sealed) or any(one.kind in SEALING for one, _ in every),
        "timeliness": str(found),
        "late_days": late_days,
        "from_on": from_on,
        "review_on": review_on,
        "ends_on": ends_on,
        "end_cause": str(cause),
        "role_changed_on": role_changed_on,
        "headteacher_concerned": concerned,
        "unconfirmed_paper": _is_unconfirmed(decisions),
        "adult_name": adult.sort_name,
        "other_name": other.sort_name,
        "awaits": str(role_for(profile, concerned)) if shown is ExceptionStatus.AWAITING else "",
    }  # fmt: skip
    return WorkedOut(
        columns, adult, other, stored_day(before_from), (stored_day(before_end), before_cause), supersedes_id
    )


def _side(raw: Any, person_id: int) -> _Side:
    given, family, kind, also, joined_on, left_on = raw.execute(
        "SELECT given_name, family_name, kind, also, joined_on, left_on FROM person WHERE id = ?",
        (person_id,),
    ).fetchone()
    return _Side(
        incident_state.person_name(given, family),
        f"{family} {given}".strip().casefold(),
        frozenset(kinds_of(kind, also)),
        stored_day(joined_on),
        stored_day(left_on),
    )


def _decisions(raw: Any, exception_id: int) -> list[tuple[_Decision, bool]]:
    """All decisions in order, each with whether it counts: a paper its decider disputed never did."""
    rows = raw.execute(
        "SELECT id, kind, origin, answer, decided_on, from_on, review_on FROM connection_decision"
        " WHERE exception_id = ? ORDER BY id",
        (exception_id,),
    ).fetchall()
    return [
        (
            _Decision(
                row[0],
                DecisionKind(row[1]),
                DecisionOrigin(row[2]),
                bool(row[3]),
                date.fromisoformat(row[4]),
                stored_day(row[5]),
                stored_day(row[6]),
            ),
            row[3] != PaperAnswer.DISPUTED,
        )
        for row in rows
    ]


def _is_unconfirmed(decisions: list[_Decision]) -> bool:
    """Whether what stands rests on a paper its decider has not confirmed. A later signed decision has taken it up."""
    for one in reversed(decisions):
        if one.kind is DecisionKind.ASK_FOR_MORE:
            continue
        if one.origin is DecisionOrigin.PAPER and not one.answered:
            return True
        if one.origin is not DecisionOrigin.IMPORTED:
            return False
    return False


def _role_changed_on(is_still: bool, before: date | None, today: date) -> date | None:
    """The first day the adult was seen not to be what they were. Put right the same day it was a slip; whoever
    comes back to a role later has been without it, and what ended then does not begin again by itself.
    """
    if is_still:
        return None if before == today else before
    return before or today


def _left(raw: Any, exception_id: int, cause: EndCause, side: _Side, from_on: date | None) -> list[date]:
    """The days on which this one of the two left.

    Somebody who left, came back and so has a new joining date had left all the same: the day written in the history
    still counts, or the exception would begin again by itself. Without a later joining date the leaving date was a
    slip that was put right. A leaving from before the exception began is over and done with.
    """
    days = [side.left_on] if side.left_on is not None else []
    if side.joined_on is not None and from_on is not None:
        earlier = raw.execute(
            "SELECT happened_on FROM connection_event WHERE exception_id = ? AND kind = ? AND happened_on > ?"
            " AND happened_on <= ? ORDER BY id DESC LIMIT 1",
            (exception_id, str(cause), from_on.isoformat(), side.joined_on.isoformat()),
        ).fetchone()
        if earlier is not None:
            days.append(date.fromisoformat(earlier[0]))
    return days


def _successors(raw: Any, exception_id: int) -> list[date]:
    """The first days of the exceptions that took this one's place: declared anew, or anew after such a one was refused.

    What becomes of those afterwards does not bring this one back: ending the new one would otherwise allow the old
    connection again.
    """
    rows = raw.execute(
        "WITH RECURSIVE later(id, from_on) AS (SELECT id, from_on FROM connection_exception WHERE supersedes_id = ?"
        " UNION SELECT next.id, next.from_on FROM connection_exception AS next"
        " JOIN later ON next.supersedes_id = later.id WHERE later.from_on IS NULL)"
        " SELECT from_on FROM later WHERE from_on IS NOT NULL",
        (exception_id,),
    ).fetchall()
    return [date.fromisoformat(row[0]) for row in rows]


def _status(
    raw: Any,
    exception_id: int,
    verdict: _Decision | None,
    decisions: list[_Decision],
    submitted_at: str | None,
    withdrawn_at: str | None,
) -> ExceptionStatus:
    if withdrawn_at is not None:
        return ExceptionStatus.WITHDRAWN
    if verdict is not None:
        approved = verdict.kind is DecisionKind.APPROVE
        return ExceptionStatus.APPROVED if approved else ExceptionStatus.REFUSED
    if submitted_at is None:
        return ExceptionStatus.DECLARED
    asked = max((one.id for one in decisions if one.kind is DecisionKind.ASK_FOR_MORE), default=None)
    if asked is None:
        return ExceptionStatus.AWAITING
    answered = raw.execute(
        "SELECT max(decision_id) FROM connection_event WHERE exception_id = ? AND kind = 'submitted'",
        (exception_id,),
    ).fetchone()[0]
    # Putting it forward again names the question it answers: moments are too coarse to tell which came first.
    return (
        ExceptionStatus.AWAITING
        if answered is not None and answered >= asked
        else ExceptionStatus.MORE_WANTED
    )


def last_asked(session: Session, exception_id: int) -> int | None:
    """The id of the newest decision that asked for more, which putting it forward again answers."""
    asked = [
        one.id
        for one, counts in _decisions(driver(session), exception_id)
        if counts and one.kind is DecisionKind.ASK_FOR_MORE
    ]
    return max(asked, default=None)


def leaving(session: Session, exception: ConnectionException) -> tuple[date, str] | None:
    """The earliest known day on which the exception ends because one of the two leaves, with a sentence that says
    who; None where nobody's leaving is known. A review after that day has nothing to look at.
    """
    raw = driver(session)
    adult, other = _side(raw, exception.adult_id), _side(raw, exception.other_id)
    days = [
        (day, adult.name) for day in _left(raw, exception.id, EndCause.ADULT_LEFT, adult, exception.from_on)
    ]
    if exception.capacity not in _FORMER:
        days += [
            (day, other.name)
            for day in _left(raw, exception.id, EndCause.OTHER_LEFT, other, exception.from_on)
        ]
    if not days:
        return None
    day, name = min(days)
    return day, f"{name}’s leaving date is {written_day(day)}, and the exception ends with it."


def held_of(
    session: Session, who: Reader, adult_id: int, other_id: int, day: date | None = None
) -> list[Held]:
    """The exceptions between two people that this reader may see, as the policy looks at them (CON-3).

    Records of merged duplicates count. Withdrawn ones are left out. With ``day`` their state is the one of that day.
    """
    where = where_full(who)
    raw = driver(session)
    rows = raw.execute(
        where.within(
            "SELECT id, year, number, links, from_on, ends_on, status, end_cause, declared_on, unconfirmed_paper,"
            " (SELECT json_group_array(platform) FROM exception_platform WHERE exception_id = connection_exception.id)"
            " FROM connection_exception WHERE adult_id IN"
            " (SELECT value FROM json_each(:adults)) AND other_id IN (SELECT value FROM json_each(:others))"
            " AND withdrawn_at IS NULL AND {seen} ORDER BY id"
        ),
        {
            **where.params,
            "adults": json.dumps(sorted(same_person(session, adult_id))),
            "others": json.dumps(sorted(same_person(session, other_id))),
        },
    ).fetchall()
    return [
        Held(
            exception_id=row[0],
            reference=reference(row[1], row[2]),
            platforms=frozenset(json.loads(row[10])),
            links=frozenset(Link(code) for code in row[3].split(",") if code),
            from_on=stored_day(row[4]),
            ends_on=stored_day(row[5]),
            state=row[6]
            if day is None
            else str(shown_status(row[6], stored_day(row[4]), stored_day(row[5]), row[7], day)),
            end_cause=row[7],
            declared_on=date.fromisoformat(row[8]),
            unconfirmed_paper=bool(row[9]),
        )
        for row in rows
    ]
