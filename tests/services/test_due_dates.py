"""Due dates for a calendar: everything that has a day, for whoever may see it, and nobody's name (ACC-4, ACC-5)."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from smdesk.policy.vocabulary import Conduct
from smdesk.services.due_dates import due_dates
from smdesk.services.incident_records import Confidentiality
from smdesk.services.today_records import DueDate, DueKind, Target
from tests.support import connections as make
from tests.support import due
from tests.support.due import TODAY
from tests.support.school import START, SmallSchool

LAST = TODAY + timedelta(days=400)


def found(school: SmallSchool, login: str = "business_manager") -> list[DueDate]:
    return due_dates(school.ctx_for(login), TODAY - timedelta(days=400), LAST)


@pytest.fixture
def full(school: SmallSchool) -> SmallSchool:
    """One of each thing that has a day."""
    account = due.account(school)
    due.message(school, account, due.at(12, 9, 30))
    due.sign_off(school, account, planned_for=TODAY + timedelta(days=1))
    due.block(school, TODAY + timedelta(days=2), account_id=account)
    due.block(school, TODAY + timedelta(days=2))
    due.place(school, TODAY)
    due.policy(school, TODAY - timedelta(days=3))
    kind = due.training_type(school)
    for person in ("teacher", "office", "anna"):  # anna is a parent: nobody asks it of her
        due.training(school, kind, person, TODAY + timedelta(days=9))
    school.incident(summary="Anna Quillfeather shouts", on_school_account=True, received_at=START)
    return school


def test_everything_with_a_day_is_there(full: SmallSchool) -> None:
    titles = {each.title: each for each in found(full)}
    message = next(each for title, each in titles.items() if title.startswith("Reply to 2026/M"))
    assert message.due == due.at(12, 9, 30)
    assert message.target.part == "messages"
    assert titles["Reply in incident 2026/0001"].due == START + timedelta(hours=24)
    assert titles["A post for @brambleford on Facebook is to be signed off"].due == date(2026, 3, 12)
    assert titles["Review of the account @brambleford on Facebook"].kind is DueKind.ACCOUNT_REVIEW
    assert titles["Review of a block on @brambleford on Facebook"].target.part == "blocks"
    assert "Review of a block" in titles
    assert titles["Check what is said: Town reviews"].due == TODAY
    assert titles["Review of the policy “Social media policy”"].due == TODAY - timedelta(days=3)
    assert titles["Last day of the training “Social media for staff” of 2 people"].due == date(2026, 3, 20)


def test_nobody_is_named(full: SmallSchool) -> None:
    said = " ".join(f"{each.title} {each.key}" for each in found(full)).casefold()
    for name in ("anna", "quillfeather", "hazel", "gate", "shouts"):
        assert name not in said


def test_they_stand_in_order_each_with_a_key_of_its_own(full: SmallSchool) -> None:
    everything = found(full)
    assert [each.day for each in everything] == sorted(each.day for each in everything)
    assert len({each.key for each in everything}) == len(everything)


def test_both_ends_of_the_time_asked_for_are_in_it(school: SmallSchool) -> None:
    account = due.account(school, review_on=None)
    due.message(school, account, due.at(12, 23, 59))
    due.place(school, TODAY)
    ctx = school.ctx_for("business_manager")
    assert [each.kind for each in due_dates(ctx, TODAY, TODAY)] == [DueKind.PLACE]
    assert [each.kind for each in due_dates(ctx, TODAY + timedelta(days=1), date(2026, 3, 12))] == [
        DueKind.REPLY
    ]
    assert due_dates(ctx, date(2026, 3, 13), LAST) == []


def test_a_moment_in_summer_time_falls_on_the_schools_day(school: SmallSchool) -> None:
    account = due.account(school, review_on=None)
    due.message(school, account, due.at(31, 23, 30))  # half past midnight on 1 April at the school
    ctx = school.ctx_for("business_manager")
    assert due_dates(ctx, date(2026, 3, 31), date(2026, 3, 31)) == []
    assert [each.day for each in due_dates(ctx, date(2026, 4, 1), date(2026, 4, 1))] == [date(2026, 4, 1)]


def test_what_is_over_is_not_there(school: SmallSchool) -> None:
    account = due.account(school, review_on=None)
    closed = due.account(school, "old", closed_on=TODAY, review_on=TODAY)
    due.message(school, account, due.at(12), replied_at=START)
    due.message(school, account, due.at(12), withdrawn_at=START)
    due.message(school, account, None)
    due.sign_off(school, closed, planned_for=TODAY, status="approved")
    due.block(school, TODAY, ended_on=TODAY)
    due.place(school, TODAY, stopped_on=TODAY)
    due.policy(school, TODAY, retired_on=TODAY)
    kind = due.training_type(school)
    due.training(school, kind, "teacher", TODAY, newest=False)
    assert found(school) == []


@pytest.mark.parametrize("login", ["governor", "administrator"])
def test_who_keeps_no_records_has_no_days(full: SmallSchool, login: str) -> None:
    assert found(full, login) == []


def test_a_leader_is_not_told_of_agreements_or_of_others_incidents(full: SmallSchool) -> None:
    kinds = {each.kind for each in found(full, "leadership")}
    assert DueKind.POLICY not in kinds
    assert DueKind.TRAINING not in kinds
    assert DueKind.CHASE not in kinds
    assert "Reply in incident 2026/0001" not in {each.title for each in found(full, "leadership")}


def test_a_confidential_incident_is_not_in_the_offices_calendar(school: SmallSchool) -> None:
    incident = school.incident(
        "headteacher",
        summary="A worry",
        conduct=(Conduct.ABUSIVE,),
        on_school_account=True,
        confidentiality=Confidentiality.SAFEGUARDING,
    )
    assert found(school) == []
    assert Target("incidents", "", incident) in [each.target for each in found(school, "dsl")]


def test_an_exceptions_review_is_there_until_it_has_ended(school: SmallSchool) -> None:
    exception = make.approved(school)
    (review,) = found(school)
    assert review.kind is DueKind.EXCEPTION_REVIEW
    assert review.target == Target("connections", "", exception)
    assert review.title == "Review of exception 2026/C0001"
    make.leaves(school, "teacher", TODAY)
    assert found(school) == []
