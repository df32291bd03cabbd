"""An exception while it lasts: it ends by itself with whoever leaves, is reviewed before, and follows corrections."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import pytest

from smdesk.errors import Invalid, Refused
from smdesk.policy.vocabulary import Capacity, Initiator, Link, PersonKind
from smdesk.services import connection_list, connections, profiles
from smdesk.services.connection_records import (
    EndCause,
    ExceptionFilter,
    ExceptionRecord,
    ExceptionSort,
    ExceptionStatus,
    ExceptionView,
)
from smdesk.services.letter_records import LetterKind
from tests.scenarios.telling import APPROVE, END, REFUSE, RENEW, REVOKE, Story, local

LEAVES = date(2026, 7, 22)
DAY = timedelta(days=1)
REF = "2026/C0001"


@pytest.fixture
def allowed(story: Story) -> int:
    """Sam and his uncle, approved."""
    exception = story.put_forward()
    story.decided(exception, APPROVE)
    return exception


def in_view(story: Story, view: ExceptionView) -> list[int]:
    return list(connection_list.sorted_ids(story.office, ExceptionFilter(view=view), ExceptionSort()))


def standing(record: ExceptionRecord) -> tuple[ExceptionStatus, date | None, EndCause | None]:
    return record.status, record.ends_on, record.end_cause


def story_is_on(story: Story, day: date) -> None:
    story.time_is(local(day.year, day.month, day.day, 9))


def test_con_2_the_pupil_leaves_and_it_ends_by_itself_on_that_day(story: Story, allowed: int) -> None:
    story.changed("sam", left_on=LEAVES)
    record = story.exception(allowed)
    assert standing(record) == (ExceptionStatus.APPROVED, LEAVES, EndCause.OTHER_LEFT)
    assert record.status_words == "Approved, ends on 22 July 2026"
    assert [story.allowed_on(day) for day in (LEAVES - DAY, LEAVES)] == [[REF], []]

    # Nobody does anything; the day passes.
    lines = story.audited
    story_is_on(story, LEAVES - DAY)
    assert story.exception(allowed).in_force
    story_is_on(story, LEAVES)
    record = story.exception(allowed)
    assert standing(record) == (ExceptionStatus.ENDED, LEAVES, EndCause.OTHER_LEFT)
    assert not record.in_force
    assert in_view(story, ExceptionView.IN_FORCE) == []
    assert in_view(story, ExceptionView.PAST) == [allowed]
    assert story.audited == lines
    assert story.allowed_on(LEAVES - DAY) == [REF]
    with pytest.raises(Refused, match="nothing to renew"):
        story.decided(allowed, RENEW)
    # An attempt of the next day is told what there was, and why it does not cover it.
    view = story.looked_at(
        story.attempt(Initiator.OTHER, capacity=Capacity.FORMER_PUPIL, on=LEAVES), "headteacher"
    )
    assert not view.covered
    assert "It had ended on 22 July 2026 (the other person left the school)" in view.near[0].text
    letter = story.told(allowed, LetterKind.EXCEPTION_ENDED, "anna")
    assert "22 July 2026" in story.paper(letter)
    assert story.faults() == []


def test_con_2_a_leaving_date_that_was_wrong_is_put_right_and_it_goes_on(story: Story, allowed: int) -> None:
    story.changed("sam", left_on=story.today)
    assert story.exception(allowed).status is ExceptionStatus.ENDED
    story.days_pass(2)
    story.changed("sam", left_on=None)
    record = story.exception(allowed)
    assert standing(record) == (ExceptionStatus.APPROVED, None, None)
    assert record.in_force
    assert story.allowed_on(story.today - DAY) == [REF]
    # Both are in the history: that it was thought to have ended, and that it had not.
    assert [line.kind for line in record.history][-2:] == ["other_left", "resumed"]
    assert [each.fault for each in record.decisions] == [""]

    # Another date is put down: it ends then, and not before.
    story.changed("sam", left_on=LEAVES)
    story.changed("sam", left_on=LEAVES + DAY)
    assert [story.allowed_on(day) for day in (LEAVES, LEAVES + DAY)] == [[REF], []]
    assert story.faults() == []


def test_con_2_whoever_left_and_comes_back_is_asked_about_anew(story: Story, allowed: int) -> None:
    story.changed("teacher", joined_on=date(2020, 9, 1))
    story.days_pass(30)
    story.changed("teacher", left_on=story.today)
    gone = story.today
    story.days_pass(60)
    story.changed("teacher", joined_on=story.today, left_on=None)
    assert standing(story.exception(allowed)) == (ExceptionStatus.ENDED, gone, EndCause.ADULT_LEFT)
    assert story.allowed_on(story.today) == []
    again = connections.save(
        story.office, connections.successor_draft(story.office, allowed), supersedes=allowed
    ).id
    story.decided(story.submitted(again), APPROVE)
    assert story.allowed_on(story.today) == ["2026/C0002"]
    assert story.faults() == []


def test_con_2_a_former_pupils_own_does_not_end_with_the_old_leaving_date(story: Story) -> None:
    story.changed("sam", left_on=date(2025, 7, 22))
    exception = story.put_forward(capacity=Capacity.FORMER_PUPIL, other_joined_on=None)
    story.decided(exception, APPROVE)
    assert story.exception(exception).in_force
    story.changed("teacher", left_on=LEAVES)
    assert [story.allowed_on(day) for day in (LEAVES - DAY, LEAVES)] == [[REF], []]


@pytest.mark.parametrize(("base", "ends"), [("complete", True), ("policy-s", False), ("policy-c", False)])
def test_con_2_a_change_of_role_ends_it_only_where_the_policy_says_so(
    story: Story, base: str, ends: bool
) -> None:
    if base != "complete":
        profiles.adopt(story.head, base)
    exception = story.put_forward()
    story.decided(exception, APPROVE)
    story.days_pass(10)
    story.changed("teacher", kind=PersonKind.VOLUNTEER)
    record = story.exception(exception)
    assert record.in_force is not ends
    assert record.end_cause is (EndCause.ROLE_CHANGED if ends else None)
    assert story.allowed_on(story.today - DAY) == [REF]
    # Back in the old role the next week: what ended does not begin again by itself.
    story.days_pass(7)
    story.changed("teacher", kind=PersonKind.STAFF)
    assert story.exception(exception).in_force is not ends
    assert story.faults() == []


def test_con_2_a_review_is_announced_waits_urgently_once_due_and_is_renewed(
    story: Story, allowed: int
) -> None:
    review = date(2027, 3, 11)
    story_is_on(story, review - timedelta(days=29))
    assert story.waits_for("headteacher") == []
    story_is_on(story, review - timedelta(days=28))
    assert story.waits_for("headteacher") == [("review", REF)]
    assert story.exception(allowed).status_words == "Approved, review due on 11 March 2027"
    story_is_on(story, review + DAY)
    assert story.exception(allowed).status_words == "Approved, due for review since 11 March 2027"
    # A review that nobody held ends nothing: the headteacher does.
    assert story.exception(allowed).in_force
    assert in_view(story, ExceptionView.REVIEW_DUE) == [allowed]
    story.decided(allowed, RENEW, "Nothing has changed.", conditions="As before.")
    assert story.waits_for("headteacher") == []
    # 12 March 2028 is a Sunday: nobody would be there to look at it.
    assert story.exception(allowed).review_on == date(2028, 3, 13)
    assert story.faults() == []


def test_con_2_revoked_from_a_day_ahead_and_then_the_pupil_leaves_earlier(story: Story, allowed: int) -> None:
    ahead = LEAVES + timedelta(days=10)
    story.decided(allowed, REVOKE, "A condition was not kept.", from_on=ahead)
    assert standing(story.exception(allowed)) == (ExceptionStatus.APPROVED, ahead, EndCause.REVOKED)
    with pytest.raises(Invalid, match="ends on 1 August 2026 already"):
        story.decided(allowed, REVOKE, "Again.", from_on=ahead)
    story.changed("sam", left_on=LEAVES)
    assert story.exception(allowed).ends_on == LEAVES
    story.changed("sam", left_on=None)
    assert story.exception(allowed).ends_on == ahead
    with pytest.raises(Invalid, match="not taken back"):
        story.decided(allowed, REVOKE, "From before.", from_on=story.today - DAY)
    story_is_on(story, ahead)
    assert story.exception(allowed).status is ExceptionStatus.REVOKED
    assert story.faults() == []


def test_con_2_renewed_although_its_end_is_decided_the_review_comes_before_that_end(
    story: Story, allowed: int
) -> None:
    story.decided(allowed, END, "They move away in the summer.", from_on=LEAVES)
    with pytest.raises(
        Invalid, match=r"The exception ends on 22 July 2026\. Choose a review before that day"
    ) as caught:
        story.decided(allowed, RENEW, review_on=LEAVES + DAY)
    assert [problem.field for problem in caught.value.problems] == ["review_on"]
    story.decided(allowed, RENEW, review_on=LEAVES - DAY)
    assert story.exception(allowed).ends_on == LEAVES


def test_con_2_who_is_no_longer_what_was_declared_is_not_approved_where_that_ends_it(story: Story) -> None:
    """The teacher becomes a volunteer while his declaration lies before the headteacher."""
    exception = story.put_forward()
    story.changed("teacher", kind=PersonKind.VOLUNTEER)
    with pytest.raises(Refused, match="not any more what the declaration says") as caught:
        story.decided(exception, APPROVE)
    assert caught.value.rule == "CON-2"
    story.decided(exception, REFUSE, "He has left the staff.")
    again = replace(connections.successor_draft(story.office, exception), adult_kind=PersonKind.VOLUNTEER)
    second = connections.save(story.office, again, supersedes=exception).id
    story.decided(story.submitted(second), APPROVE)
    assert story.exception(second).in_force


def test_con_2_what_has_not_begun_may_be_revoked_and_never_was(story: Story) -> None:
    exception = story.put_forward(links=(Link.GAME,))
    begins = story.today + timedelta(days=5)
    story.decided(exception, APPROVE, from_on=begins)
    assert story.allowed_on(story.today) == []
    with pytest.raises(Refused, match="has not begun yet"):
        story.decided(exception, RENEW)
    story.decided(exception, REVOKE, "They changed their minds.")
    for day in (story.today, begins, begins + DAY):
        assert story.allowed_on(day) == []
    assert "Never began" in story.exception(exception).status_words
    assert story.faults() == []
