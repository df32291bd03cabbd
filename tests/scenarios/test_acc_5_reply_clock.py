"""The clock for comments on a school account (ACC-5), from Saturday night to the day it is met or missed."""

from __future__ import annotations

from datetime import timedelta

import pytest

from smdesk.errors import Invalid
from smdesk.policy.vocabulary import Conduct
from smdesk.services import incident_list, profiles, steps
from smdesk.services.context import LOCAL
from smdesk.services.incident_records import IncidentFilter, Sort, View
from tests.scenarios.telling import Story, local

SATURDAY_NIGHT = local(2026, 5, 2, 23, 50)
TUESDAY = local(2026, 5, 5)
"""Monday 4 May 2026 is a bank holiday in England, so the next working day is Tuesday."""


def comment(story: Story, at: object = SATURDAY_NIGHT, **more: object) -> int:
    return story.logged(
        "A question under our post, with an edge",
        Conduct.PUBLIC_COMPLAINT,
        on_school_account=True,
        received_at=at,
        **more,
    )


def overdue(story: Story) -> list[int]:
    return list(incident_list.sorted_ids(story.office, IncidentFilter(View.OVERDUE), Sort()))


def test_acc_5_a_comment_of_saturday_night_is_acknowledged_in_time_on_tuesday(story: Story) -> None:
    story.time_is(local(2026, 5, 5, 8, 30))
    incident = comment(story)
    due = story.opened(incident).reply_by
    assert due is not None
    assert due.astimezone(LOCAL).date() == TUESDAY.date()
    assert due.astimezone(LOCAL) > local(2026, 5, 5, 23, 58)
    assert overdue(story) == []

    story.time_is(local(2026, 5, 5, 23, 30))
    steps.mark_replied(story.office, incident, local(2026, 5, 5, 23, 20), "Thank you, we are looking into it")
    record = story.opened(incident)
    assert record.replied_at is not None
    assert record.replied_at <= due
    story.time_is(local(2026, 5, 6, 8))
    assert overdue(story) == []
    line = next(each for each in story.timeline(incident) if each.kind == "reply")
    assert (line.rule, line.happened_at, line.text) == ("ACC-5", "23:20", "Thank you, we are looking into it")


def test_acc_5_not_answered_by_the_end_of_tuesday_it_is_overdue_and_the_late_answer_is_late(
    story: Story,
) -> None:
    story.time_is(local(2026, 5, 5, 8, 30))
    incident = comment(story)
    story.time_is(local(2026, 5, 6, 0, 5))
    assert overdue(story) == [incident]
    steps.mark_replied(story.office, incident, local(2026, 5, 6, 0, 5), "Sorry to be late")
    record = story.opened(incident)
    assert record.reply_by is not None
    assert record.replied_at is not None
    assert record.replied_at > record.reply_by
    assert overdue(story) == []


def test_acc_5_only_the_first_answer_stops_the_clock_and_a_slip_starts_it_again(story: Story) -> None:
    story.time_is(local(2026, 5, 6, 9))
    incident = comment(story)
    assert overdue(story) == [incident]
    steps.mark_replied(story.office, incident, local(2026, 5, 5, 9), "Acknowledged")
    steps.mark_replied(story.office, incident, local(2026, 5, 6, 9), "Answered in full")
    assert story.opened(incident).replied_at == local(2026, 5, 5, 9)
    first = next(line for line in story.timeline(incident) if line.kind == "reply")
    steps.withdraw(story.head, first.id, "That was another comment")
    assert story.opened(incident).replied_at == local(2026, 5, 6, 9)


def test_acc_5_on_a_friday_afternoon_it_is_literally_24_hours(story: Story) -> None:
    story.time_is(local(2026, 5, 1, 17))
    incident = comment(story, local(2026, 5, 1, 16))
    assert story.opened(incident).reply_by == local(2026, 5, 2, 16)


def test_acc_5_when_the_clocks_go_forward_24_hours_are_24_hours(story: Story) -> None:
    """Received on Saturday it would be the next working day; Friday 27 March 2026 to Saturday the 28th has none;
    the change itself falls in the night to Sunday 29 March.
    """
    story.time_is(local(2026, 3, 27, 18))
    incident = comment(story, local(2026, 3, 27, 17))
    due = story.opened(incident).reply_by
    assert due is not None
    assert due - local(2026, 3, 27, 17) == timedelta(hours=24)


def test_acc_5_a_reply_cannot_lie_in_the_future_or_before_the_comment(story: Story) -> None:
    story.time_is(local(2026, 5, 5, 9))
    incident = comment(story)
    for at in (local(2026, 5, 5, 10), local(2026, 5, 2, 23, 40)):
        with pytest.raises(Invalid):
            steps.mark_replied(story.office, incident, at, "x")
    assert story.opened(incident).replied_at is None


def test_acc_5_a_comment_elsewhere_or_under_a_policy_without_the_rule_has_no_clock(story: Story) -> None:
    story.time_is(local(2026, 5, 5, 9))
    elsewhere = story.logged("On the village page", Conduct.PUBLIC_COMPLAINT, received_at=SATURDAY_NIGHT)
    assert story.opened(elsewhere).reply_by is None
    profiles.adopt(story.head, "policy-r")
    assert story.opened(comment(story)).reply_by is None
    profiles.adopt(story.head, "policy-g")
    assert story.opened(comment(story)).reply_by is not None
