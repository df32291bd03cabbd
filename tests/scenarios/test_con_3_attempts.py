"""An attempt at a connection: who is told, what covers it or nearly does, and what each policy says (CON-1, CON-3)."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import pytest

from smdesk.errors import Invalid, Refused
from smdesk.policy import profile as policy
from smdesk.policy.connections import Standing
from smdesk.policy.vocabulary import (
    Capacity,
    Conduct,
    Initiator,
    Link,
    Notify,
    PersonKind,
    Relationship,
    Route,
)
from smdesk.services import advice, connections, profiles
from smdesk.services.connection_attempts import AttemptView
from smdesk.services.connection_records import ExceptionStatus
from smdesk.services.incident_records import Confidentiality, PersonRole
from tests.scenarios.telling import APPROVE, REFUSE, Story

PUPIL, ADULT, BOTH, UNKNOWN = Initiator.OTHER, Initiator.ADULT, Initiator.BOTH, Initiator.UNKNOWN


def under(story: Story, name: str) -> None:
    if profiles.current(story.head).base != name:
        profiles.adopt(story.head, name)


def each_policy(story: Story, **attempt: object) -> dict[str, AttemptView]:
    """What each of the six says to one and the same attempt."""
    found = {}
    for name in policy.SHIPPED_NAMES:
        under(story, name)
        found[name] = story.looked_at(story.attempt(**attempt))
    return found


# ------------------------------------------------------------------------------------- the policies differ for real


def test_con_1_four_policies_give_four_answers_to_the_same_follow(story: Story) -> None:
    """Sam follows his teacher's public account: a breach, advice, the adult's matter, or not spoken of."""
    said = each_policy(story, initiator=PUPIL, link=Link.FOLLOW, platform="instagram")
    four = {name: (view.ruling.standing, view.ruling.rule) for name, view in said.items()}
    assert four["policy-s"] == (Standing.BREACH, "CON-1")
    assert four["policy-c"] == (Standing.ADVICE, "CON-1")
    assert four["policy-g"] == four["policy-r"] == (Standing.NOT_COVERED, "CON-3")
    words = {name: said[name].ruling.why for name in ("policy-s", "policy-c", "policy-g", "policy-r")}
    assert len(set(words.values())) == 4
    assert "does not allow pupils to follow members of staff: this is a breach" in words["policy-s"]
    assert "has broken no rule" in words["policy-c"]
    assert "puts its rule on members of staff alone" in words["policy-g"]
    assert "The adult may not accept, follow back or answer" in words["policy-g"]
    assert "says nothing about pupils who follow members of staff" in words["policy-r"]
    # Whatever it is called, the DSL hears of it: a child began it.
    assert {view.tell for view in said.values()} == {(Notify.DSL,)}


def test_con_1_and_the_incident_gives_those_answers_too(story: Story) -> None:
    """Logged from the incident form, a breach closes it to the office and advice does not."""
    marks = {}
    for name in ("policy-s", "policy-c", "policy-g", "policy-r"):
        under(story, name)
        attempt = story.attempt(PUPIL, link=Link.FOLLOW, platform="instagram")
        incident = story.logged_attempt(attempt)
        record = story.opened(incident, "dsl")
        assert record.route is Route.BEHAVIOUR_POLICY
        assert story.advice(incident, "dsl").notify[0] is Notify.DSL
        marks[name] = record.draft.confidentiality
    assert marks.pop("policy-s") is Confidentiality.SAFEGUARDING
    assert set(marks.values()) == {Confidentiality.NORMAL}


def test_con_1_a_member_of_staff_who_follows_a_pupil_is_in_breach_under_all_six(story: Story) -> None:
    said = each_policy(story, initiator=ADULT, link=Link.FOLLOW, platform="instagram")
    assert len(said) == 6
    assert {view.ruling.standing for view in said.values()} == {Standing.BREACH}
    assert {name for name, view in said.items() if view.ruling.rule == "INC-8"} == {"policy-r"}
    assert "code of conduct" in said["policy-r"].ruling.why
    assert {view.tell for view in said.values()} == {(Notify.HEADTEACHER,)}
    # As an incident: the code of conduct, about a member of staff, and told to the headteacher.
    for name in policy.SHIPPED_NAMES:
        under(story, name)
        attempt = story.attempt(ADULT, link=Link.FOLLOW, platform="instagram")
        incident = story.logged_attempt(attempt, "headteacher")
        record = story.opened(incident, "headteacher")
        assert (record.route, record.draft.confidentiality) == (Route.CODE_OF_CONDUCT, Confidentiality.STAFF)
        assert record.draft.conduct == (Conduct.FOLLOW,)
        assert Notify.HEADTEACHER in story.advice(incident).notify


def test_con_1_governors_volunteers_and_contractors_are_bound_where_the_policy_binds_them(
    story: Story,
) -> None:
    said = each_policy(story, initiator=ADULT, adult="chair", adult_kind=PersonKind.GOVERNOR)
    breach = {name for name, view in said.items() if view.ruling.standing is Standing.BREACH}
    assert breach == {"complete", "policy-s", "policy-o"}


def test_con_1_former_pupils_are_covered_where_the_policy_covers_them(story: Story) -> None:
    story.changed("sam", left_on=date(2025, 7, 22))
    said = each_policy(story, initiator=ADULT, capacity=Capacity.FORMER_PUPIL)
    assert {name: view.ruling.standing for name, view in said.items()} == {
        "complete": Standing.ADVICE,
        "policy-s": Standing.NOT_COVERED,
        "policy-g": Standing.BREACH,
        "policy-o": Standing.NOT_COVERED,
        "policy-c": Standing.NOT_COVERED,
        "policy-r": Standing.NOT_COVERED,
    }


def test_con_4_parents_as_friends_need_a_tie_from_before_or_are_not_spoken_of(story: Story) -> None:
    said = each_policy(story, initiator=BOTH, other="anna", capacity=Capacity.PARENT)
    assert {name for name, view in said.items() if view.ruling.standing is Standing.PRIOR_ONLY} == {
        "complete",
        "policy-g",
    }
    assert said["policy-g"].ruling.rule == "CON-4"
    # Where the school forbids it, it is a breach of the adult's, and nothing can be put forward.
    current = profiles.current(story.head).profile
    rules = replace(current.connections, staff_with_parents=policy.Strictness.FORBIDDEN)
    profiles.save_edit(story.head, replace(current, connections=rules), "No parents at all")
    view = story.looked_at(story.attempt(ADULT, other="anna", capacity=Capacity.PARENT))
    assert (view.ruling.standing, view.ruling.rule) == (Standing.BREACH, "CON-4")
    with pytest.raises(Refused, match="CON-4"):
        story.put_forward("teacher", "anna", relationship=Relationship.OLD_FRIEND)


@pytest.mark.parametrize("base", ["policy-g", "policy-r"])
def test_con_2_a_policy_without_exceptions_keeps_the_declaration_and_puts_nothing_forward(
    story: Story, base: str
) -> None:
    under(story, base)
    exception = story.declared()
    with pytest.raises(Refused, match="provides for no exceptions about pupils") as caught:
        story.submitted(exception)
    assert caught.value.rule == "CON-2"
    assert story.exception(exception).status is ExceptionStatus.DECLARED
    # A tie with a parent from before may be decided all the same (CON-4, under G), or may simply be kept (R).
    parent = story.put_forward("teacher", "anna", relationship=Relationship.OLD_FRIEND)
    story.decided(parent, APPROVE)
    assert story.exception(parent).in_force
    # Once the policy allows it the same declaration can be put forward.
    under(story, "policy-s")
    story.decided(story.submitted(exception), APPROVE)
    assert story.exception(exception).in_force


# ------------------------------------------------------------------------------- without, with, nearly an exception


@pytest.mark.parametrize(
    ("began", "told", "mark", "route"),
    [
        (PUPIL, (Notify.DSL,), Confidentiality.SAFEGUARDING, Route.BEHAVIOUR_POLICY),
        (ADULT, (Notify.HEADTEACHER,), Confidentiality.STAFF, Route.CODE_OF_CONDUCT),
        (BOTH, (Notify.DSL, Notify.HEADTEACHER), Confidentiality.STAFF, Route.CODE_OF_CONDUCT),
        (UNKNOWN, (Notify.DSL, Notify.HEADTEACHER), Confidentiality.STAFF, Route.CODE_OF_CONDUCT),
    ],
)
def test_con_3_without_an_exception_whoever_began_it_decides_who_is_told(
    story: Story, began: Initiator, told: tuple[Notify, ...], mark: Confidentiality, route: Route
) -> None:
    attempt = story.attempt(began, said="Seen by a classmate.")
    view = story.looked_at(attempt)
    assert (view.tell, view.covering, view.near) == (told, (), ())
    record = story.opened(story.logged_attempt(attempt), "dsl")
    assert (record.draft.confidentiality, record.route) == (mark, route)
    author = next(each for each in record.draft.people if each.role is PersonRole.AUTHOR)
    assert author.person_id == story.school.people["sam" if began is PUPIL else "teacher"]
    assert record.draft.said == "Seen by a classmate."
    # No name stands in the line that lists show.
    assert "Sam" not in record.draft.summary
    assert "Hazel" not in record.draft.summary


def test_con_3_with_an_exception_it_is_found_and_there_is_nothing_to_log(story: Story) -> None:
    exception = story.put_forward(links=(Link.FRIEND, Link.MESSAGE))
    story.decided(exception, APPROVE, conditions="Not at night.")
    attempt = story.attempt(PUPIL, link=Link.MESSAGE)
    view = story.looked_at(attempt)
    assert view.covered
    assert view.covering[0].text.startswith(
        "Allowed: 2026/C0001 covers this (approved, in force since 11 March"
    )
    with pytest.raises(Invalid, match="2026/C0001 allows this"):
        story.logged_attempt(attempt)
    # A condition was not kept: logged all the same, with the reason.
    incident = story.logged_attempt(replace(attempt, reason="At two in the morning."))
    said = story.opened(incident, "dsl").draft.said
    assert said == "Logged although 2026/C0001 covers it: At two in the morning."


def test_con_3_what_nearly_covers_it_is_named_with_what_it_lacks(story: Story) -> None:
    # On Facebook as friends, in force; one that awaits; one refused; all between the same two.
    first = story.put_forward()
    story.decided(first, APPROVE, from_on=story.today + timedelta(days=2))
    awaiting = story.put_forward(platforms=("instagram",))
    refused = story.put_forward(platforms=("tiktok",))
    story.decided(refused, REFUSE, "Not TikTok.")
    story.declared(platforms=("discord",))
    story.days_pass(5)

    def near(**more: object) -> list[str]:
        view = story.looked_at(story.attempt(PUPIL, **more))
        assert not view.covered
        return [each.text for each in view.near]

    assert "Nearly: 2026/C0002 does not cover this. It still awaits a decision." in near(platform="instagram")
    assert "Nearly: 2026/C0003 does not cover this. It was refused." in near(platform="tiktok")
    assert any("has not been put forward" in each for each in near(platform="discord"))
    assert near(platform="snapchat")[0] == (
        "Nearly: 2026/C0001 does not cover this. It is for Facebook, not Snapchat."
    )
    assert near(link=Link.GAME)[0].endswith("It is for being friends or contacts, not for playing together.")
    assert any("allows the connection only from 13 March 2026" in each for each in near(on=date(2026, 3, 12)))
    assert story.looked_at(story.attempt(PUPIL)).covered
    # Withdrawn it is no more than a slip: it is not named.
    connections.withdraw(story.office, awaiting, story.exception(awaiting).version, "Entered by mistake")
    assert not any("2026/C0002" in each for each in near(platform="instagram"))


def test_con_3_an_ordinary_incident_leaves_its_line_with_the_exceptions_it_touches(story: Story) -> None:
    """From the incident form, under a policy that gives advice: those who keep the register see it there."""
    under(story, "policy-c")
    exception = story.put_forward(platforms=("instagram",))
    story.decided(exception, APPROVE)
    incident = story.logged_attempt(story.attempt(PUPIL), "business_manager")
    record = story.exception(exception)
    assert [line.text for line in record.history if line.kind == "attempt"] == [
        "A contact on Facebook that it does not cover was logged as an incident (2026/0001)."
    ]
    assert [each[:2] for each in record.incidents] == [(incident, "2026/0001")]
    found = advice.for_incident(story.office, incident).exceptions
    assert found[0].reference == "2026/C0001"
    assert "not open to you were not looked at" in found[1].text


def test_con_3_whoever_may_not_see_a_confidential_one_learns_nothing_of_it(story: Story) -> None:
    exception = story.put_forward(by="dsl", confidentiality=Confidentiality.SAFEGUARDING)
    story.decided(exception, APPROVE)
    attempt = story.attempt(PUPIL)
    assert story.looked_at(attempt, "dsl").covered
    office = story.looked_at(attempt, "business_manager")
    assert (office.covering, office.near, office.partial) == ((), (), True)
    # The office logs it; what it has to do with the exception is not told in a history or by a refusal.
    before = [line.kind for line in story.exception(exception, "dsl").history]
    story.logged_attempt(attempt, "business_manager")
    assert [line.kind for line in story.exception(exception, "dsl").history] == before


def test_con_3_the_date_decides_and_not_the_day_it_is_logged(story: Story) -> None:
    story.days_pass(10)
    exception = story.put_forward()
    story.decided(exception, APPROVE)
    began = story.today
    story.days_pass(10)
    for on, covered in ((began - timedelta(days=1), False), (began, True), (story.today, True)):
        assert story.looked_at(story.attempt(PUPIL, on=on)).covered is covered
    with pytest.raises(Invalid, match="lies in the future"):
        story.looked_at(story.attempt(PUPIL, on=story.today + timedelta(days=1)))
