"""What counts as an incident, and which procedure takes it: INC-1, INC-2, INC-3, INC-8, INC-10, INC-11."""

from __future__ import annotations

from datetime import date

import pytest

from smdesk.policy.vocabulary import Conduct, Notify, PersonKind, Route, Step
from smdesk.services import incident_list, incidents, letters, people, steps
from smdesk.services.incident_records import IncidentFilter, Outcome, PersonRole, Sort, View
from smdesk.services.letter_records import OFFICES
from tests.scenarios.telling import INVITATION, SECOND, WARNING, Story, local


@pytest.mark.parametrize(
    ("platform", "visibility"),
    [("facebook", "public"), ("whatsapp", "private"), ("Blockville (a children's game)", "private")],
)
def test_inc_1_a_public_page_a_private_chat_and_a_game_are_all_incidents(
    story: Story, platform: str, visibility: str
) -> None:
    incident = story.logged(
        "Insults", Conduct.ABUSIVE, platform=platform, visibility=visibility, said="Useless, the lot of them"
    )
    kept = story.opened(incident).draft
    assert (kept.platform, kept.visibility) == (platform, visibility)
    assert story.open_steps(incident)[0] is Step.ASK_REMOVAL
    found = incident_list.sorted_ids(story.office, IncidentFilter(platform=platform), Sort())
    assert list(found) == [incident]


def test_inc_2_every_kind_of_conduct_can_be_logged_found_and_is_given_a_way_forward(story: Story) -> None:
    by_kind = {kind: story.logged(f"About {kind}", kind, named="sam") for kind in Conduct}
    for kind, incident in by_kind.items():
        found = incident_list.sorted_ids(story.head, IncidentFilter(View.ALL, conduct=kind), Sort())
        assert list(found) == [incident]
        advice = story.advice(incident)
        assert advice.next, f"nothing to do about {kind}"
        assert all(each.rule and each.why for each in (*advice.next, *advice.refused))


def test_inc_2_without_a_kind_of_conduct_it_is_logged_all_the_same_and_the_advice_asks_for_one(
    story: Story,
) -> None:
    """Quick first, complete later."""
    incident = story.logged("Something on the village page", ())
    assert story.open_steps(incident) == []
    assert "at least one kind" in story.notes(incident, "INC-2")
    story.edited(incident, conduct=(Conduct.DEFAMATION,))
    assert Step.TALK in story.open_steps(incident)


def test_inc_3_each_goes_the_way_of_the_person_who_posted(story: Story) -> None:
    ways = {
        "anna": Route.LADDER,
        "sam": Route.BEHAVIOUR_POLICY,
        "teacher": Route.CODE_OF_CONDUCT,
        "chair": Route.CODE_OF_CONDUCT,
        "stranger": Route.THIRD_PARTY,
    }
    for author, route in ways.items():
        incident = story.logged(f"Rude, by {author}", Conduct.ABUSIVE, author=author)
        assert story.opened(incident).route is route
        shown = incident_list.sorted_ids(story.office, IncidentFilter(View.ALL, route=route), Sort())
        assert incident in shown


def test_inc_3_somebody_who_is_staff_and_a_parent_goes_the_way_of_the_capacity_they_posted_in(
    story: Story,
) -> None:
    """The business manager is a parent too; as a parent she climbs the parents' ladder."""
    as_parent = story.in_it("office", PersonRole.AUTHOR, PersonKind.PARENT)
    as_staff = story.in_it("office", PersonRole.AUTHOR, PersonKind.STAFF)
    incident = story.logged("Rude about the lunch queue", Conduct.ABUSIVE, by="headteacher", author=None)
    story.edited(incident, "headteacher", people=(as_parent,))
    assert story.opened(incident, "headteacher").route is Route.LADDER
    story.edited(incident, "headteacher", people=(as_staff,))
    assert story.opened(incident, "headteacher").route is Route.CODE_OF_CONDUCT


def test_inc_3_a_pupil_is_handled_under_the_behaviour_policy_and_gets_no_letter(story: Story) -> None:
    incident = story.logged("Mocking a classmate", Conduct.BULLYING, author="sam", named="tariq")
    assert Step.BEHAVIOUR_POLICY in story.open_steps(incident)
    assert Notify.DSL in story.advice(incident).notify
    # The platform, the police and an adviser may be written to; the pupil is not.
    choices = letters.choices(story.office, incident)
    assert {each.kind for each in choices if each.open} <= set(OFFICES)
    assert {INVITATION, WARNING, SECOND} <= {each.kind for each in choices if not each.open}
    story.does(incident, Step.BEHAVIOUR_POLICY, "Two detentions and an apology")
    story.does(incident, Step.ADVISE_FAMILY, "Rang home")
    assert story.opened(incident).status == "open"


def test_inc_8_what_a_member_of_staff_does_stays_inside_and_is_seen_by_headteacher_and_dsl_alone(
    story: Story,
) -> None:
    from smdesk.services.incident_records import Confidentiality

    incident = story.logged(
        "Shared a colleague's sick note",
        Conduct.CONFIDENTIAL_INFORMATION,
        author="teacher",
        confidentiality=Confidentiality.STAFF,
    )
    advice = story.advice(incident)
    assert advice.route is Route.CODE_OF_CONDUCT
    assert story.open_step(incident, Step.DISCIPLINARY).rule == "INC-8"
    assert {Notify.HEADTEACHER, Notify.SENIOR_LEADER} & set(advice.notify)
    assert story.refusals(incident)[Step.WRITTEN_WARNING] == "INC-3"
    assert story.opened(incident).masked
    story.does(incident, Step.DISCIPLINARY, "Spoke with him under the code of conduct", by="headteacher")
    closed = incidents.close(
        story.head,
        incident,
        story.opened(incident, "headteacher").version,
        Outcome.HANDLED_INTERNALLY,
        "He took it down and wrote to the colleague",
    )
    assert closed.version > 1


def test_inc_10_bullying_on_a_school_account_is_acted_on_the_same_day(story: Story) -> None:
    incident = story.logged(
        "A parent hounds a child under our open-day post",
        Conduct.BULLYING,
        named="tariq",
        on_school_account=True,
    )
    assert story.advice(incident).urgent
    asked = story.open_step(incident, Step.ASK_REMOVAL)
    assert (asked.rule, asked.by) == ("INC-10", story.today)
    (row,) = incident_list.rows(story.office, [incident])
    assert row.urgent
    steps.mark_removed(story.office, incident, story.today, "Hidden by us at once")
    assert not story.advice(incident).urgent


def test_inc_11_under_age_use_is_met_with_advice_by_the_age_in_force_that_day(story: Story) -> None:
    """WhatsApp's age went down on 11 April 2024, and some policies still print the old one."""
    before, after = story.person("Reed", "Ida", kind=PersonKind.PUPIL), story.school.people["sam"]
    people.record_of(story.office, before)
    ages = {}
    for day, pupil in ((date(2024, 4, 10), before), (date(2024, 4, 11), after)):
        incident = story.logged(
            f"On WhatsApp in {day}",
            Conduct.UNDER_AGE_USE,
            author=None,
            platform="whatsapp",
            posted_on=day,
            received_at=local(2024, 4, 12),
        )
        story.edited(incident, people=(story.in_it(pupil, PersonRole.AUTHOR, PersonKind.PUPIL),))
        ages[day] = story.notes(incident, "INC-11")
        assert story.open_steps(incident)[0] is Step.ADVISE_FAMILY
        refused = story.refusals(incident)
        assert refused[Step.BEHAVIOUR_POLICY] == refused[Step.DISCIPLINARY] == "INC-11"
    assert "was 16" in ages[date(2024, 4, 10)]
    assert "was 13" in ages[date(2024, 4, 11)]
    assert "still print 16" in ages[date(2024, 4, 11)]
