"""Comments on the school's own page: a Saturday night before a bank holiday, a complaint that becomes more (ACC-5)."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from smdesk.policy.vocabulary import Conduct, Step
from smdesk.services import (
    attached_files,
    canned,
    evidence,
    incidents,
    letters,
    message_list,
    messages,
    steps,
)
from smdesk.services.attached_files import Owner, OwnerKind
from smdesk.services.context import LOCAL
from smdesk.services.incident_records import StepDraft
from smdesk.services.letter_records import LetterKind
from smdesk.services.message_records import (
    MessageDraft,
    MessageFilter,
    MessageKind,
    MessageSort,
    MessageStatus,
    MessageView,
)
from tests.scenarios.telling import Story, local
from tests.support.accounts import an_account

SATURDAY_NIGHT = local(2026, 5, 2, 23, 50)
"""Monday 4 May 2026 is a bank holiday in England."""


def logged(story: Story, at: datetime, **more: object) -> int:
    draft = MessageDraft(
        an_account(story.school), at, MessageKind.COMPLAINT, "annaq_79", said="Nobody answers the telephone!"
    )
    return messages.save(story.at("leadership"), replace(draft, **more)).id


def overdue(story: Story) -> list[int]:
    found = message_list.sorted_ids(story.office, MessageFilter(MessageView.OVERDUE), MessageSort())
    assert messages.overdue(story.office).count == len(found)
    return list(found)


def test_acc_5_a_comment_of_saturday_night_is_acknowledged_on_time_after_the_bank_holiday(
    story: Story,
) -> None:
    story.time_is(local(2026, 5, 3, 9))
    message = logged(story, SATURDAY_NIGHT)
    record = messages.open_message(story.office, message)
    assert record.due_at is not None
    assert record.due_at.astimezone(LOCAL) == local(2026, 5, 5, 23, 59).replace(second=59)
    story.time_is(local(2026, 5, 5, 8, 30))
    assert overdue(story) == []
    (ready, *_) = canned.replies(story.office, record.draft.kind)
    assert ready.acknowledges
    messages.acknowledge(
        story.office, message, record.version, local(2026, 5, 5, 8, 25), "Ms B. Cedar", ready.text
    )
    story.time_is(local(2026, 5, 6, 8))
    assert overdue(story) == []
    (row,) = message_list.rows(story.office, [message])
    assert (row.status, row.late) == (MessageStatus.ACKNOWLEDGED, False)


def test_acc_5_nobody_looked_and_on_wednesday_it_is_overdue_until_somebody_replies(story: Story) -> None:
    story.time_is(local(2026, 5, 6, 0, 5))
    message = logged(story, SATURDAY_NIGHT)
    assert overdue(story) == [message]
    story.time_is(local(2026, 5, 6, 9))
    messages.answer(story.office, message, 1, local(2026, 5, 6, 8, 55), "Ms B. Cedar", "We have rung you.")
    assert overdue(story) == []
    (row,) = message_list.rows(story.office, [message])
    assert (row.status, row.late) == (MessageStatus.ANSWERED, True)


def test_inc_13_a_complaint_on_the_page_becomes_an_incident_and_a_letter_with_nothing_typed_again(
    story: Story,
) -> None:
    story.time_is(local(2026, 5, 6, 9))
    message = logged(
        story,
        local(2026, 5, 6, 8),
        said="That teacher is a liar and everybody should know her address.",
        person_id=story.school.people["anna"],
        link="https://example.org/posts/77",
    )
    attached_files.add(
        story.office, Owner(OwnerKind.MESSAGE, message), "post.txt", b"That teacher is a liar."
    )
    messages.acknowledge(
        story.office, message, 1, local(2026, 5, 6, 8, 50), "Ms B. Cedar", "We have read this."
    )
    incident = messages.hand_over(story.office, message, 2).id
    held = incidents.open_incident(story.office, incident)
    assert held.draft.said.startswith("That teacher is a liar")
    assert (held.draft.link, held.draft.platform) == ("https://example.org/posts/77", "facebook")
    assert held.replied_at is not None
    assert held.reply_by == messages.open_message(story.office, message).due_at
    assert [piece.name for piece in evidence.list_for(story.office, incident)] == ["post.txt"]
    # The office adds what kind of conduct it is, and goes on as with any incident: a talk, then a letter.
    story.edited(incident, conduct=(Conduct.ALLEGATION,))
    steps.record(
        story.office, incident, StepDraft(Step.TALK, story.school.people["anna"], story.today, "Rang her")
    )
    letter = story.handed_in(incident, LetterKind.INVITATION)
    story.approved(letter)
    story.issued(letter)
    assert letters.get(story.office, letter).status == "issued"
    assert overdue(story) == []
