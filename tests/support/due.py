"""Rows put straight into the tables, so that something is due: the tests of Today and of the calendar share them."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from smdesk.db.models import (
    AccountMessage,
    AccountRunner,
    Acknowledgement,
    Base,
    Block,
    BusinessCase,
    Finding,
    PolicyDocument,
    PolicyVersion,
    SchoolAccount,
    SignOff,
    Training,
    TrainingType,
    WatchedPlace,
)
from tests.support.school import START, SmallSchool

TODAY = START.date()


def add(school: SmallSchool, row: Base) -> int:
    """Store one row; its id."""
    with school.database.writing() as session:
        session.add(row)
        session.flush()
        return int(row.id)  # type: ignore[attr-defined]  # every table added here has one


def _by(school: SmallSchool, login: str = "business_manager") -> dict[str, Any]:
    return {"recorded_by": school.users[login], "recorded_at": START}


def account(school: SmallSchool, handle: str = "brambleford", **more: Any) -> int:
    """An account somebody looked at this morning, so that nothing is due of it."""
    fields: dict[str, Any] = {
        "platform": "facebook",
        "handle": handle,
        "approved_on": TODAY - timedelta(days=90),
        "opened_on": TODAY - timedelta(days=90),
        "review_on": TODAY + timedelta(days=200),
        "looked_on": TODAY,
    }
    return add(school, SchoolAccount(**(fields | more), **_by(school)))


_numbers: dict[str, int] = {}


def _number(kind: str) -> dict[str, int]:
    _numbers[kind] = _numbers.get(kind, 0) + 1
    return {"year": 2026, "number": _numbers[kind]}


def message(school: SmallSchool, account_id: int, due_at: datetime | None, **more: Any) -> int:
    fields: dict[str, Any] = {
        "received_at": START - timedelta(hours=3),
        "kind": "comment",
        "from_name": "Anna Quillfeather",
        "said": "Why is the gate locked?",
        "profile_id": 1,
        "due_at": due_at,
    }
    return add(
        school, AccountMessage(account_id=account_id, **(fields | more), **_number("message"), **_by(school))
    )


def sign_off(school: SmallSchool, account_id: int, **more: Any) -> int:
    fields: dict[str, Any] = {
        "title": "The new gate",
        "post": "We have a new gate.",
        "asked_by": school.users["business_manager"],
        "asked_at": START,
    }
    return add(school, SignOff(account_id=account_id, **(fields | more)))


def block(school: SmallSchool, review_on: date, **more: Any) -> int:
    fields: dict[str, Any] = {"who": "annaq_79", "reason": "Insults", "since_on": TODAY - timedelta(days=180)}
    return add(school, Block(review_on=review_on, **(fields | more), **_by(school)))


def place(school: SmallSchool, due_on: date, name: str = "Town reviews", **more: Any) -> int:
    return add(school, WatchedPlace(name=name, kind="reviews", due_on=due_on, **more))


def finding(school: SmallSchool, place_id: int, **more: Any) -> int:
    fields: dict[str, Any] = {"found_on": TODAY, "tone": "criticism", "said": "The gate is always locked."}
    return add(school, Finding(place_id=place_id, **(fields | more), **_number("finding"), **_by(school)))


def case(school: SmallSchool, status: str = "submitted", **more: Any) -> int:
    fields: dict[str, Any] = {
        "platform": "facebook",
        "proposed_name": "Friends of Brambleford",
        "profile_id": 1,
        "submitted_on": TODAY,
        "proposer_name": "Olive Tree",
        "status": status,
    }
    return add(school, BusinessCase(**(fields | more), **_number("case"), **_by(school)))


def policy(school: SmallSchool, review_on: date | None, asked_of: str = "", **more: Any) -> int:
    """A policy in its first version, adopted a year ago."""
    with school.database.writing() as session:
        row = PolicyDocument(
            title="Social media policy", kind="social_media", asked_of=asked_of, reviewers="Governors", **more
        )
        session.add(row)
        session.flush()
        _version(session, school, row.id, review_on)
        return row.id


def _version(session: Session, school: SmallSchool, policy_id: int, review_on: date | None) -> None:
    adopted = TODAY - timedelta(days=365)
    session.add(
        PolicyVersion(policy_id=policy_id, label="1", adopted_on=adopted, review_on=review_on, **_by(school))
    )


def training_type(school: SmallSchool, asked_of: str = "staff", **more: Any) -> int:
    return add(
        school, TrainingType(name="Social media for staff", valid_months=12, asked_of=asked_of, **more)
    )


def training(school: SmallSchool, type_id: int, person: str, valid_until: date | None, **more: Any) -> int:
    fields: dict[str, Any] = {"done_on": TODAY - timedelta(days=360)}
    return add(
        school,
        Training(
            type_id=type_id,
            person_id=school.people[person],
            valid_until=valid_until,
            **(fields | more),
            **_by(school),
        ),
    )


def answer(school: SmallSchool, policy_id: int, person: str, said: str = "signed") -> int:
    """What somebody answered about the first version of a policy."""
    with school.database.reading() as session:
        version = session.scalars(select(PolicyVersion.id).where(PolicyVersion.policy_id == policy_id)).one()
    return add(
        school,
        Acknowledgement(
            version_id=version,
            person_id=school.people[person],
            answer=said,
            answered_on=TODAY,
            **_by(school),
        ),
    )


def runner(school: SmallSchool, account_id: int, person: str) -> int:
    return add(
        school,
        AccountRunner(
            account_id=account_id, person_id=school.people[person], from_on=TODAY - timedelta(days=90)
        ),
    )


def at(day: int, hour: int = 12, minute: int = 0) -> datetime:
    """A moment of March 2026, in UTC, which is the school's own time until the 29th."""
    return datetime(2026, 3, day, hour, minute, tzinfo=UTC)


def everything(school: SmallSchool) -> None:
    """One of each thing that an account, a place, a policy or a training can have due."""
    open_account = account(school, looked_on=TODAY - timedelta(days=9), review_on=TODAY)
    message(school, open_account, at(11, 8))
    sign_off(school, open_account)
    block(school, TODAY, account_id=open_account)
    found_at = place(school, TODAY)
    finding(school, found_at)
    case(school)
    case(school, "more_wanted")
    policy(school, TODAY, asked_of="staff")
    kind = training_type(school)
    training(school, kind, "teacher", TODAY)
    school.incident(on_school_account=True, received_at=START - timedelta(hours=2))
