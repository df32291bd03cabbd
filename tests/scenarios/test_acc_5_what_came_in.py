"""Messages on the school's accounts where a clock or a hand slipped: each said in a sentence, nothing lost (ACC-5)."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from smdesk.errors import Conflict, Invalid, NotAllowed, Refused
from smdesk.policy.vocabulary import Conduct
from smdesk.services import canned, incidents, message_list, messages, today
from smdesk.services.context import LOCAL
from smdesk.services.incident_records import Confidentiality
from smdesk.services.message_records import (
    MessageFilter,
    MessageKind,
    MessageRecord,
    MessageSort,
    MessageStatus,
    MessageView,
)
from smdesk.services.today_records import DueKind, Target
from tests.scenarios import telling_accounts as tell
from tests.scenarios.telling import Story, local


def opened(story: Story, message: int) -> MessageRecord:
    return messages.open_message(story.office, message)


def acknowledged(story: Story, message: int, at: datetime, text: str = "We have read this.") -> None:
    version = opened(story, message).version
    messages.acknowledge(story.office, message, version, at, "Ms B. Cedar", text)


def due_at(story: Story, message: int) -> datetime | None:
    due = opened(story, message).due_at
    return None if due is None else due.astimezone(LOCAL)


@pytest.mark.parametrize(
    ("received", "due"),
    [
        (local(2026, 5, 2, 23, 50), local(2026, 5, 5, 23, 59)),
        (local(2026, 5, 1, 16), local(2026, 5, 2, 16)),
        (local(2026, 12, 26, 10), local(2026, 12, 29, 23, 59)),
        # Received on the bank holiday itself, a Monday: literally 24 hours.
        (local(2026, 5, 4, 9), local(2026, 5, 5, 9)),
        (local(2026, 5, 3, 0, 0), local(2026, 5, 5, 23, 59)),
    ],
)
def test_the_worked_examples_by_the_clock_on_the_wall(
    story: Story, received: datetime, due: datetime
) -> None:
    account = tell.on_the_register(story)
    story.time_is(received + timedelta(minutes=1))
    found = due_at(story, tell.message(story, account, received))
    assert found is not None
    assert found.replace(second=0, microsecond=0) == due
    # The next minute it is overdue, and not before.
    (message,) = message_list.sorted_ids(story.office, MessageFilter(MessageView.ALL), MessageSort())
    story.time_is(found)
    assert today.overdue_replies(story.office).count == 0
    story.time_is(found + timedelta(seconds=1))
    overdue = today.overdue_replies(story.office)
    assert (overdue.count, overdue.target) == (1, Target("accounts", "messages", message))


def test_the_night_the_clocks_go_back_has_two_half_past_ones_and_both_are_kept(story: Story) -> None:
    """Sunday 25 October 2026: 02:00 summer time is 01:00 winter time."""
    account = tell.on_the_register(story)
    first, second = local(2026, 10, 25, 1, 30), local(2026, 10, 25, 1, 30).replace(fold=1)
    story.time_is(second + timedelta(minutes=45))
    early, late = tell.message(story, account, first), tell.message(story, account, second, "And the gate?")
    received = [opened(story, each).draft.received_at for each in (early, late)]
    assert received[0] is not None
    assert received[1] is not None
    assert received[1] - received[0] == timedelta(hours=1)
    # The weekend gives both until the end of Monday, which is a day of 24 hours again.
    assert {due_at(story, each) for each in (early, late)} == {local(2026, 10, 26, 23, 59).replace(second=59)}
    ids = message_list.sorted_ids(story.office, MessageFilter(MessageView.ALL), MessageSort(descending=False))
    assert set(ids) == {early, late}
    with pytest.raises(Invalid, match="cannot be older"):
        acknowledged(story, late, first)
    acknowledged(story, late, second)
    assert opened(story, late).replied_at == second.astimezone(UTC)
    # On the Friday before, 24 hours end on Saturday at the same time by the wall; over the change they would not.
    story.time_is(local(2026, 10, 23, 12))
    friday = tell.message(story, account, local(2026, 10, 23, 11))
    assert due_at(story, friday) == local(2026, 10, 24, 11)


def test_a_reply_logged_before_the_message_is_refused_and_what_was_typed_is_not_lost(story: Story) -> None:
    account = tell.on_the_register(story)
    story.time_is(local(2026, 5, 6, 9))
    message = tell.message(story, account, local(2026, 5, 6, 8))
    before = story.audited
    for at, said in (
        (local(2026, 5, 6, 7, 59), "The message came in on 6 May 2026, 08:00: a reply cannot be older"),
        (local(2026, 5, 6, 9, 10), "lies in the future"),
    ):
        with pytest.raises(Invalid) as caught:
            acknowledged(story, message, at)
        assert said in str(caught.value)
        assert [each.field for each in caught.value.problems] == ["at"]
    # Nothing was written, and the clock runs on.
    assert story.audited == before
    assert opened(story, message).status is MessageStatus.WAITING
    # The other way round: the message cannot be moved behind its reply.
    acknowledged(story, message, local(2026, 5, 6, 8, 30))
    record = opened(story, message)
    with pytest.raises(Invalid, match="It was replied to on"):
        moved = replace(record.draft, received_at=local(2026, 5, 6, 8, 45))
        messages.save(story.office, moved, message, record.version)
    assert opened(story, message).draft.received_at == local(2026, 5, 6, 8)


def test_two_desks_one_message_the_second_is_told_and_loses_nothing(story: Story) -> None:
    account = tell.on_the_register(story)
    story.time_is(local(2026, 5, 6, 9))
    message = tell.message(story, account, local(2026, 5, 6, 8))
    seen_by_both = opened(story, message)
    messages.acknowledge(
        story.at("leadership"), message, seen_by_both.version, story.school.clock.now, "Mr L. Damson", "Seen."
    )
    with pytest.raises(Conflict, match="Nothing of yours is lost"):
        messages.acknowledge(
            story.office, message, seen_by_both.version, story.school.clock.now, "Ms B. Cedar", "Also seen."
        )
    with pytest.raises(Refused, match="acknowledged already"):
        acknowledged(story, message, story.school.clock.now)
    record = opened(story, message)
    assert record.acknowledgement is not None
    assert (record.acknowledgement.by, record.acknowledgement.text) == ("Mr L. Damson", "Seen.")


def test_acc_5_an_acknowledgement_counts_and_the_answer_may_come_later(story: Story) -> None:
    account = tell.on_the_register(story)
    story.time_is(local(2026, 5, 6, 9))
    message = tell.message(story, account, local(2026, 5, 6, 8), kind=MessageKind.COMPLAINT)
    (item,) = tell.due(story)[DueKind.REPLY].items
    assert (item.target, item.overdue) == (Target("accounts", "messages", message), False)
    acknowledged(story, message, local(2026, 5, 6, 9))
    assert DueKind.REPLY not in tell.due(story)
    story.time_is(local(2026, 5, 9, 9))
    assert today.overdue_replies(story.office).count == 0
    (row,) = message_list.rows(story.office, [message])
    assert (row.status, row.late, row.overdue) == (MessageStatus.ACKNOWLEDGED, False, False)
    # The acknowledgement was of another message: taken back, the clock stands where it stood, and has run out.
    messages.take_back_reply(
        story.office, message, opened(story, message).version, "acknowledgement", "That was for another one"
    )
    assert today.overdue_replies(story.office).count == 1
    messages.answer(
        story.office,
        message,
        opened(story, message).version,
        local(2026, 5, 9, 9),
        "Ms B. Cedar",
        "We rang you.",
    )
    (row,) = message_list.rows(story.office, [message])
    assert (row.status, row.late) == (MessageStatus.ANSWERED, True)


def test_acc_5_praise_has_no_clock_and_only_two_policies_run_one(story: Story) -> None:
    account = tell.on_the_register(story)
    found = {}
    for profile in ("complete", "policy-s", "policy-g", "policy-o", "policy-c", "policy-r"):
        tell.under(story, profile)
        found[profile] = due_at(story, tell.message(story, account, story.school.clock.now)) is not None
    assert [name for name, runs in found.items() if runs] == ["complete", "policy-g"]
    tell.under(story, "complete")
    praise = tell.message(story, account, story.school.clock.now, "Lovely concert!", kind=MessageKind.PRAISE)
    assert due_at(story, praise) is None
    # On second thought it was a complaint: then the clock starts when it came in.
    record = opened(story, praise)
    messages.save(story.office, replace(record.draft, kind=MessageKind.COMPLAINT), praise, record.version)
    assert due_at(story, praise) is not None


def test_acc_5_a_message_keeps_the_clock_it_came_in_under_when_the_policy_changes(story: Story) -> None:
    account = tell.on_the_register(story)
    under_g = tell.message(story, account, story.school.clock.now - timedelta(hours=2))
    before = due_at(story, under_g)
    assert before is not None
    tell.under(story, "policy-r")
    record = opened(story, under_g)
    later = replace(record.draft, received_at=story.school.clock.now - timedelta(hours=1))
    messages.save(story.office, later, under_g, record.version)
    assert due_at(story, under_g) == before + timedelta(hours=1)
    under_r = tell.message(story, account, story.school.clock.now)
    assert due_at(story, under_r) is None
    # Handed over, too: the incident's clock is the message's.
    incident = messages.hand_over(story.office, under_g, opened(story, under_g).version).id
    assert story.opened(incident).reply_by == before + timedelta(hours=1)


def test_ppl_5_ready_made_replies_name_no_child_and_point_to_the_schools_own_channels(story: Story) -> None:
    offered = {each.code: each for kind in MessageKind for each in canned.replies(story.office, kind)}
    text = " ".join(each.text for each in offered.values())
    assert "Class Dojo" in text
    assert "on our website and from the school office" in text
    assert not re.search(r"\{[a-z]+\}", text)
    assert {each.rule for each in offered.values()} >= {"ACC-5", "PPL-5", "INC-13"}
    complaint = [each.code for each in canned.replies(story.office, MessageKind.COMPLAINT)]
    praise = [each.code for each in canned.replies(story.office, MessageKind.PRAISE)]
    assert set(complaint) != set(praise)


def test_inc_14_a_complaint_about_the_headteacher_becomes_an_incident_she_does_not_read(story: Story) -> None:
    """What stood on the page for all to see is read there; what the school makes of it is not hers."""
    account = tell.on_the_register(story)
    story.time_is(local(2026, 5, 6, 9))
    message = tell.message(
        story, account, local(2026, 5, 6, 8), "The head hit my boy", kind=MessageKind.COMPLAINT
    )
    incident = messages.hand_over(story.dsl, message, opened(story, message).version).id
    record = incidents.open_incident(story.dsl, incident)
    assert record.reply_by == opened(story, message).due_at
    draft = replace(
        record.draft,
        conduct=(Conduct.ALLEGATION,),
        confidentiality=Confidentiality.SAFEGUARDING,
    )
    incidents.save(story.dsl, draft, incident, record.version)
    for login in ("business_manager", "leadership"):
        seen = messages.open_message(story.at(login), message)
        assert (seen.masked, seen.draft.said, seen.draft.from_name, seen.incident) == (True, "", "", None)
        (row,) = message_list.rows(story.at(login), [message])
        assert (row.masked, row.incident) == (True, "")
        assert "hit my boy" not in row.said
        found = message_list.sorted_ids(
            story.at(login), MessageFilter(MessageView.ALL, text="hit my boy"), MessageSort()
        )
        assert list(found) == []
        assert "hit my boy" not in tell.due_words(story, login)
    with pytest.raises(NotAllowed):
        messages.open_message(story.governor, message)
    with pytest.raises(Refused, match="handled as an incident"):
        messages.reopen(story.office, message, opened(story, message).version, "Let me see")


def test_acc_8_a_message_logged_by_mistake_keeps_its_line_and_number(story: Story) -> None:
    account = tell.on_the_register(story)
    slip = tell.message(story, account, story.school.clock.now)
    messages.withdraw(story.office, slip, opened(story, slip).version, "Logged twice")
    following = tell.message(story, account, story.school.clock.now)
    assert [opened(story, each).reference for each in (slip, following)] == ["2026/M0001", "2026/M0002"]
    assert [line.kind for line in opened(story, slip).history] == ["logged", "withdrawn"]
    story.days_pass(9)
    assert [each.id for each in tell.due(story)[DueKind.REPLY].items] == [following]
    assert messages.overdue(story.office).count == today.overdue_replies(story.office).count == 1
