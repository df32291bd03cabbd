"""Rows of school accounts, messages, sign-offs, findings and policies for tests: put in as they stand, or through
their services."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

from smdesk.db.models import (
    AccountMessage,
    Finding,
    PolicyDocument,
    PolicyVersion,
    SchoolAccount,
    SignOff,
    WatchedPlace,
)
from tests.support.school import START, SmallSchool


def _put(school: SmallSchool, row: Any) -> int:
    with school.database.writing() as session:
        session.add(row)
        session.flush()
        return int(row.id)


def an_account(school: SmallSchool, handle: str = "brambleford", **more: object) -> int:
    """An open account on Facebook, straight into the table."""
    fields: dict[str, object] = {
        "platform": "facebook",
        "opened_on": date(2025, 9, 1),
        "recorded_by": school.users["business_manager"],
        "recorded_at": datetime(2025, 9, 1, 9, tzinfo=UTC),
        "words": handle.casefold(),
        **more,
    }
    return _put(school, SchoolAccount(handle=handle, **fields))


def a_sign_off(school: SmallSchool, account_id: int, **more: object) -> int:
    """A post that waits for a senior leader, straight into the table."""
    fields: dict[str, object] = {
        "title": "New uniform",
        "post": "From September the tie is green.",
        "asked_by": school.users["business_manager"],
        "asked_at": START,
        **more,
    }
    return _put(school, SignOff(account_id=account_id, **fields))


def a_message(school: SmallSchool, account_id: int, number: int = 1, **more: object) -> int:
    """A complaint that came in at the start, straight into the table."""
    fields: dict[str, object] = {
        "received_at": START,
        "kind": "complaint",
        "said": "Nobody answers the telephone.",
        "profile_id": 1,
        "recorded_by": school.users["business_manager"],
        "recorded_at": START,
        **more,
    }
    return _put(school, AccountMessage(year=2026, number=number, account_id=account_id, **fields))


def a_finding(school: SmallSchool, number: int = 1, **more: object) -> int:
    """Criticism found at a review site, straight into the tables."""
    place = _put(school, WatchedPlace(name="Reviews", kind="reviews"))
    fields: dict[str, object] = {
        "found_on": START.date(),
        "tone": "criticism",
        "said": "The gate is never locked.",
        "recorded_by": school.users["business_manager"],
        "recorded_at": START,
        **more,
    }
    return _put(school, Finding(year=2026, number=number, place_id=place, **fields))


def a_policy_version(school: SmallSchool) -> tuple[int, int]:
    """Ids of a policy and its one version, straight into the tables."""
    policy = _put(school, PolicyDocument(title="Social media policy", kind="social_media"))
    version = PolicyVersion(
        policy_id=policy,
        label="3",
        adopted_on=date(2026, 1, 5),
        recorded_by=school.users["headteacher"],
        recorded_at=START,
    )
    return policy, _put(school, version)
