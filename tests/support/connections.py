"""Exceptions for tests, through the services: declared, put forward, decided, with days and people to choose."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from typing import Any

from smdesk.policy.vocabulary import Capacity, Initiator, Link, PersonKind, Relationship
from smdesk.services import connection_decisions, connections, people
from smdesk.services.connection_records import DecisionDraft, DecisionKind, DeclarationDraft, ExceptionRecord
from tests.support.school import PEOPLE, SmallSchool


def draft(school: SmallSchool, adult: str = "teacher", other: str = "sam", **fields: Any) -> DeclarationDraft:
    """A complete declaration: the teacher is Sam's uncle, friends on Facebook since Sam joined."""
    today = school.clock.now.date()
    usual: dict[str, Any] = {
        "adult_id": school.people[adult],
        "adult_kind": PersonKind(str(PEOPLE[adult]["kind"])) if adult in PEOPLE else PersonKind.STAFF,
        "other_id": school.people[other],
        "capacity": Capacity.PARENT if other in ("anna", "ben") else Capacity.PUPIL,
        "relationship": Relationship.AUNT_OR_UNCLE,
        "known_how": "Both families told the office.",
        "platforms": ("facebook",),
        "links": (Link.FRIEND,),
        "initiator": Initiator.BOTH,
        "adult_joined_on": date(2020, 9, 1),
        "other_joined_on": today,
        "declared_on": today,
    }
    return replace(DeclarationDraft(), **{**usual, **fields})


def declare(
    school: SmallSchool,
    adult: str = "teacher",
    other: str = "sam",
    *,
    login: str = "business_manager",
    supersedes: int | None = None,
    **fields: Any,
) -> int:
    """Record a declaration through the service; the fields are those of ``draft``. Returns its id."""
    made = draft(school, adult, other, **fields)
    return connections.save(school.ctx_for(login), made, supersedes=supersedes).id


def opened(school: SmallSchool, exception_id: int, login: str = "business_manager") -> ExceptionRecord:
    return connections.open_exception(school.ctx_for(login), exception_id)


def version(school: SmallSchool, exception_id: int) -> int:
    """The version a window that opened the exception now would hold, whoever may see it."""
    from smdesk.db.models import ConnectionException

    with school.database.reading() as session:
        return session.get_one(ConnectionException, exception_id).version


def submit(school: SmallSchool, exception_id: int, login: str = "business_manager") -> int:
    """Put it forward; returns its id again, so that calls can be chained."""
    connections.submit(school.ctx_for(login), exception_id, version(school, exception_id))
    return exception_id


def decide(
    school: SmallSchool,
    exception_id: int,
    kind: DecisionKind,
    login: str = "headteacher",
    *,
    reason: str = "They are family.",
    **fields: Any,
) -> int:
    """Decide it with a signature; returns its id. Begins today, review in a year, unless said otherwise."""
    today = school.clock.now.date()
    days: dict[str, Any] = {}
    if kind in (DecisionKind.APPROVE, DecisionKind.RENEW):
        days = {"from_on": today, "review_on": today + timedelta(days=365)}
    wanted = DecisionDraft(kind, reason=reason, **{**days, **fields})
    connection_decisions.decide(school.ctx_for(login), exception_id, version(school, exception_id), wanted)
    return exception_id


def approved(
    school: SmallSchool,
    adult: str = "teacher",
    other: str = "sam",
    *,
    decider: str = "headteacher",
    from_on: date | None = None,
    review_on: date | None = None,
    **fields: Any,
) -> int:
    """Declared, put forward and approved; returns its id. Fields beyond these are those of ``draft``."""
    exception_id = submit(school, declare(school, adult, other, **fields))
    today = school.clock.now.date()
    begins = from_on or today
    return decide(
        school,
        exception_id,
        DecisionKind.APPROVE,
        decider,
        from_on=begins,
        review_on=review_on or begins + timedelta(days=365),
    )


def leaves(school: SmallSchool, person: str, on: date | None) -> None:
    """Put a leaving date on a person's record, or take it off, as the office does."""
    ctx = school.ctx_for("business_manager")
    record = people.record_of(ctx, school.people[person])
    people.save(ctx, replace(record.draft, left_on=on), record.id, record.version)
