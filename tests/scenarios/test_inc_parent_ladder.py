"""The parent ladder from the first talk to the second warning: INC-4, INC-5, INC-13."""

from __future__ import annotations

from datetime import date

import pytest

from smdesk.errors import Invalid, NotAllowed, Refused
from smdesk.policy.vocabulary import Conduct, Step
from smdesk.services import incident_list, incidents, letters, people, steps
from smdesk.services.incident_records import IncidentFilter, Outcome, Sort, View
from smdesk.services.letter_records import LetterStatus, SentHow
from smdesk.services.people_records import PersonDraft
from tests.scenarios.telling import INVITATION, SECOND, WARNING, Story

BEN_AT_HOME = PersonDraft(
    title="Mr", given_name="Ben", family_name="Quillfeather", address="3 Orchard Way\nBrambleford"
)


def test_inc_4_a_post_is_asked_down_chased_and_found_gone(story: Story) -> None:
    """Asked on Wednesday: the school looks again on Friday, two school working days later."""
    incident = story.logged("Insults on the village page", Conduct.ABUSIVE)
    story.does(incident, Step.ASK_REMOVAL, "Rang her and asked")
    assert story.entry(incident, Step.ASK_REMOVAL).chase_on == date(2026, 3, 13)
    assert Step.ASK_REMOVAL not in story.open_steps(incident)

    story.days_pass(3)
    overdue = incident_list.sorted_ids(story.office, IncidentFilter(View.OVERDUE), Sort())
    assert list(overdue) == [incident]

    steps.mark_removed(story.office, incident, story.today, "Looked: it has gone")
    assert list(incident_list.sorted_ids(story.office, IncidentFilter(View.OVERDUE), Sort())) == []
    assert story.opened(incident).removed_on == story.today
    assert Step.WRITTEN_WARNING not in story.open_steps(incident)


def test_inc_4_the_chase_leaps_over_weekend_and_bank_holidays(story: Story) -> None:
    """Asked on Thursday before Easter 2026: Good Friday, the weekend and Easter Monday do not count."""
    from tests.scenarios.telling import local

    story.time_is(local(2026, 4, 2, 10))
    incident = story.logged("Insults", Conduct.ABUSIVE)
    story.does(incident, Step.ASK_REMOVAL)
    assert story.entry(incident, Step.ASK_REMOVAL).chase_on == date(2026, 4, 8)


def test_inc_5_from_a_talk_to_a_second_warning_that_cites_the_first_a_year_later(story: Story) -> None:
    # The talk comes first, then the removal request. A warning is not yet its turn.
    first = story.logged("Calls the caretaker a thief", Conduct.ABUSIVE)
    assert story.open_steps(first)[:2] == [Step.ASK_REMOVAL, Step.TALK]
    assert Step.WRITTEN_WARNING not in story.open_steps(first)
    story.does(first, Step.TALK, "She was calm, but keeps to it")
    story.does(first, Step.ASK_REMOVAL, "Asked at the same talk")

    # The post stays: a written warning, drafted by the office and signed with the headteacher's key.
    story.days_pass(2)
    assert Step.WRITTEN_WARNING in story.open_steps(first)
    letter = story.handed_in(first, WARNING)
    assert incidents.open_incident(story.head, first).status == "open"
    assert list(letters.sorted_ids(story.head, "waiting")) == [letter]
    story.approved(letter)
    story.issued(letter)
    letters.record_sent(story.office, letter, SentHow.POST, story.today, "First class")
    record = letters.get(story.office, letter)
    assert (record.status, record.number, record.approved_by) == (
        LetterStatus.ISSUED,
        "2026/L0001",
        "Mrs H. Alder",
    )
    assert "13 March 2026" in story.paper(letter)
    assert story.entry(first, Step.WRITTEN_WARNING).letter_id == letter

    # It works, and the incident is closed.
    story.days_pass(3)
    steps.mark_removed(story.office, first, story.today, "Gone")
    incidents.close(
        story.office, first, story.opened(first).version, Outcome.WARNED, "Removed after the letter"
    )

    # A year on she posts again. The steps are hers, whatever the year: the second warning is open.
    story.days_pass(365)
    again = story.logged("Calls the caretaker a thief once more", Conduct.ABUSIVE)
    assert story.opened(again).reference == "2027/0001"
    assert story.open_steps(again)[0] is Step.SECOND_WARNING
    assert story.refusals(again)[Step.WRITTEN_WARNING] == "INC-5"
    assert {Step.REPORT_TO_PLATFORM, Step.BLOCK, Step.LEGAL_ADVICE} <= set(story.open_steps(again))
    second = story.written(again, SECOND)
    assert "13 March 2026 (our reference 2026/L0001)" in story.paper(second)
    assert "2027/L0001" in story.paper(second)

    # Her page shows her ladder across both incidents.
    ladder = people.record_of(story.office, story.school.people["anna"]).ladder
    assert [(each.step, each.reference) for each in ladder if each.step is not Step.ASK_REMOVAL] == [
        (Step.TALK, "2026/0001"),
        (Step.WRITTEN_WARNING, "2026/0001"),
        (Step.SECOND_WARNING, "2027/0001"),
    ]
    # And after both there is no third.
    story.days_pass(30)
    third = story.logged("And again", Conduct.ABUSIVE)
    assert story.refusals(third)[Step.SECOND_WARNING] == "INC-5"
    assert Step.LEGAL_ADVICE in story.open_steps(third)


def test_inc_5_the_co_parent_starts_at_the_bottom_of_a_ladder_of_his_own(story: Story) -> None:
    hers = story.logged("Insults", Conduct.ABUSIVE)
    story.does(hers, Step.TALK)
    story.written(hers, WARNING)

    version = people.record_of(story.office, story.school.people["ben"]).version
    people.save(story.office, BEN_AT_HOME, story.school.people["ben"], version)
    his = story.logged("Insults, by him", Conduct.ABUSIVE, author="ben")
    assert story.open_steps(his)[:2] == [Step.ASK_REMOVAL, Step.TALK]
    assert people.record_of(story.office, story.school.people["ben"]).ladder == ()
    with pytest.raises(Refused, match="no first warning") as caught:
        letters.draft(story.office, his, SECOND)
    assert caught.value.rule == "INC-5"
    with pytest.raises(Invalid) as ahead:
        letters.draft(story.office, his, WARNING)
    assert ahead.value.problems[0].field == "step_reason"


def test_inc_5_with_two_authors_each_has_a_ladder_of_their_own(story: Story) -> None:
    """One post by both parents: she was warned before, he never."""
    from smdesk.policy.vocabulary import PersonKind
    from smdesk.services.incident_records import PersonRole

    earlier = story.logged("Hers alone", Conduct.ABUSIVE)
    story.does(earlier, Step.TALK)
    story.written(earlier, WARNING)
    story.days_pass(60)
    both = story.logged("Theirs", Conduct.ABUSIVE)
    story.edited(
        both,
        people=tuple(story.in_it(who, PersonRole.AUTHOR, PersonKind.PARENT) for who in ("anna", "ben")),
    )
    anna, ben = story.school.people["anna"], story.school.people["ben"]
    assert letters.draft(story.office, both, SECOND, anna).id
    with pytest.raises(Refused) as caught:
        letters.draft(story.office, both, SECOND, ben)
    assert caught.value.rule == "INC-5"


def test_inc_5_a_step_is_left_out_only_with_a_reason_and_the_timeline_keeps_it(story: Story) -> None:
    incident = story.logged("Insults", Conduct.ABUSIVE)
    with pytest.raises(Invalid) as caught:
        story.does(incident, Step.BLOCK, "Blocked")
    assert caught.value.problems[0].field == "reason"
    with pytest.raises(Invalid):
        steps.skip(story.office, incident, Step.TALK, "  ")
    assert [line.kind for line in story.timeline(incident)] == ["logged"]

    steps.skip(story.office, incident, Step.TALK, "She will not come in or answer the telephone")
    left_out = story.entry(incident, Step.TALK)
    assert (left_out.kind, left_out.reason, left_out.rule) == (
        "skip",
        "She will not come in or answer the telephone",
        "INC-5",
    )
    assert left_out.recorded_by == "Ms B. Cedar"
    assert Step.WRITTEN_WARNING in story.open_steps(incident)
    # Left out is not taken: it is no part of her ladder.
    assert people.record_of(story.office, story.school.people["anna"]).ladder == ()


def test_inc_5_a_warning_ahead_of_its_turn_carries_its_reason_to_signature_and_timeline(story: Story) -> None:
    incident = story.logged("Insults", Conduct.ABUSIVE)
    letter = story.written(incident, WARNING, reason="He has moved abroad and cannot be met")
    assert story.entry(incident, Step.WRITTEN_WARNING).reason == "He has moved abroad and cannot be met"
    assert letters.get(story.head, letter).edit.step_reason == "He has moved abroad and cannot be met"


def test_inc_5_the_office_cannot_record_a_warning_around_the_headteacher(story: Story) -> None:
    incident = story.logged("Insults", Conduct.ABUSIVE)
    story.does(incident, Step.TALK)
    with pytest.raises(NotAllowed, match="draft the letter"):
        story.does(incident, Step.WRITTEN_WARNING, "Sent one")
    story.does(incident, Step.WRITTEN_WARNING, "Given on paper last week", by="headteacher")
    assert story.refusals(incident)[Step.WRITTEN_WARNING] == "INC-5"


def test_inc_5_two_records_of_one_parent_become_one_ladder_and_can_be_parted_again(story: Story) -> None:
    from smdesk.policy.vocabulary import PersonKind
    from smdesk.services import people_merge
    from smdesk.services.incident_records import PersonRole

    twice = story.person("Quillfeather", "A.", address="3 Orchard Way")
    under_the_other_name = story.logged("Insults", Conduct.ABUSIVE, author=None)
    story.edited(under_the_other_name, people=(story.in_it(twice, PersonRole.AUTHOR, PersonKind.PARENT),))
    story.does(under_the_other_name, Step.TALK)
    story.written(under_the_other_name, WARNING)
    story.days_pass(40)
    hers = story.logged("Again", Conduct.ABUSIVE)
    assert Step.SECOND_WARNING not in story.open_steps(hers)

    people_merge.merge(story.office, story.school.people["anna"], twice)
    assert story.open_steps(hers)[0] is Step.SECOND_WARNING
    (merge_id, _), *_ = people.record_of(story.office, story.school.people["anna"]).merged
    people_merge.unmerge(story.office, merge_id)
    assert Step.SECOND_WARNING not in story.open_steps(hers)


def test_inc_13_a_public_complaint_is_moved_into_a_talk_and_on_to_the_complaints_procedure(
    story: Story,
) -> None:
    incident = story.logged("Lunch prices, at length", Conduct.PUBLIC_COMPLAINT, named="head")
    assert story.open_step(incident, Step.REFER_TO_COMPLAINTS).rule == "INC-13"
    assert Step.TALK in story.open_steps(incident)
    letter = story.written(incident, INVITATION)
    assert "on our website and from the school office" in story.paper(letter)
    story.does(incident, Step.TALK, "She came in; not settled")
    story.does(incident, Step.REFER_TO_COMPLAINTS, "Gave her the procedure")
    incidents.close(
        story.office, incident, story.opened(incident).version, Outcome.COMPLAINTS_PROCEDURE, "Complaint made"
    )
    assert story.opened(incident).outcome is Outcome.COMPLAINTS_PROCEDURE
