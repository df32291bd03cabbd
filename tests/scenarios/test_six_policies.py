"""One set of facts, six schools: each answers as its own policy has it where the policies differ."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from smdesk.errors import Refused
from smdesk.policy import profile as policy
from smdesk.policy.vocabulary import Conduct, Notify, Step
from smdesk.services import letters, profiles, steps
from tests.scenarios.telling import WARNING, Story, local

ALL = policy.SHIPPED_NAMES


def under(story: Story, name: str) -> None:
    if profiles.current(story.head).base != name:
        profiles.adopt(story.head, name)


def answers(story: Story, tell: Callable[[], object]) -> dict[str, object]:
    """What each of the six policies says to one and the same story."""
    found = {}
    for name in ALL:
        under(story, name)
        found[name] = tell()
    return found


def test_there_are_six_and_each_says_what_it_is(story: Story) -> None:
    assert len(ALL) == 6
    assert ALL[0] == "complete"
    titles = {each.title for each in profiles.shipped()}
    assert len(titles) == 6


def test_the_warning_letter_is_two_schools_alone_and_the_second_only_one(story: Story) -> None:
    def letters_open() -> tuple[bool, bool]:
        incident = story.logged("Insults", Conduct.ABUSIVE, author="ben")
        story.does(incident, Step.TALK)
        refused = story.refusals(incident)
        story.school.clock.forward(days=1)
        return (Step.WRITTEN_WARNING not in refused, "no such step" not in why(story, incident))

    assert answers(story, letters_open) == {
        "complete": (True, True),
        "policy-s": (False, False),
        "policy-g": (False, False),
        "policy-o": (False, False),
        "policy-c": (False, False),
        "policy-r": (True, False),
    }


def why(story: Story, incident: int) -> str:
    """Why a second warning is refused."""
    return next((each.why for each in story.advice(incident).refused if each.step is Step.SECOND_WARNING), "")


def test_a_school_without_warnings_refuses_the_letter_itself(story: Story) -> None:
    under(story, "policy-o")
    incident = story.logged("Insults", Conduct.ABUSIVE)
    story.does(incident, Step.TALK)
    with pytest.raises(Refused, match="no such step") as caught:
        letters.draft(story.office, incident, WARNING)
    assert caught.value.rule == "INC-5"


def test_only_two_schools_run_a_reply_clock(story: Story) -> None:
    story.time_is(local(2026, 5, 5, 8))

    def clock() -> bool:
        comment = story.logged(
            "A question",
            Conduct.PUBLIC_COMPLAINT,
            on_school_account=True,
            received_at=local(2026, 5, 2, 23, 50),
        )
        return story.opened(comment).reply_by is not None

    assert [name for name, runs in answers(story, clock).items() if runs] == ["complete", "policy-g"]


def test_a_pupils_request_to_a_teacher_is_forbidden_discouraged_or_not_spoken_of(story: Story) -> None:
    def said() -> tuple[bool, bool]:
        incident = story.logged("Friend request", Conduct.CONTACT_REQUEST, author="sam", named="teacher")
        assert story.advice(incident).notify[0] is Notify.DSL
        return (Step.BEHAVIOUR_POLICY in story.open_steps(incident), bool(story.notes(incident, "CON-1")))

    found = answers(story, said)
    assert [name for name, (penalty, _) in found.items() if penalty] == ["complete", "policy-s", "policy-o"]
    assert found["policy-c"] == (False, True)
    assert found["policy-g"] == found["policy-r"] == (False, False)


def test_racial_abuse_goes_to_the_police_at_once_in_two_and_is_considered_in_the_others(
    story: Story,
) -> None:
    def at_once() -> bool:
        return story.advice(story.logged("A slur", Conduct.RACIAL_ELEMENT)).urgent

    assert [name for name, urgent in answers(story, at_once).items() if urgent] == ["complete", "policy-r"]

    def considered() -> bool:
        return Step.POLICE in story.open_steps(story.logged("A slur", Conduct.RACIAL_ELEMENT))

    assert all(answers(story, considered).values())


def test_no_school_stores_imagery_of_a_child_or_writes_to_a_stranger_or_waits_with_a_threat(
    story: Story,
) -> None:
    """Where safety is at stake the six do not differ."""

    def same() -> tuple[object, ...]:
        imagery = story.logged("A picture", Conduct.SEXUAL_IMAGERY_OF_CHILD, author="stranger")
        threat = story.logged("A threat", Conduct.THREAT_OF_VIOLENCE, author="stranger")
        leaflet = story.logged("A leaflet", Conduct.EXTREMISM)
        return (
            story.open_steps(imagery)[:2],
            story.open_steps(threat)[:3],
            story.refusals(threat)[Step.WRITTEN_WARNING],
            story.open_steps(leaflet)[0],
            story.refusals(leaflet)[Step.TALK],
        )

    first, *others = answers(story, same).values()
    assert first == (
        [Step.IWF, Step.POLICE],
        [Step.POLICE, Step.REPORT_TO_PLATFORM, Step.POSH],
        "INC-7",
        Step.PREVENT_DECISION,
        "INC-9",
    )
    assert all(other == first for other in others)


def test_a_follower_who_abuses_a_school_account_may_be_blocked_where_the_policy_says_so(
    story: Story,
) -> None:
    def block() -> bool:
        incident = story.logged("Foul message", Conduct.ABUSIVE, author="stranger", on_school_account=True)
        return Step.BLOCK in story.open_steps(incident)

    assert [name for name, may in answers(story, block).items() if may] == ["complete", "policy-r"]


def test_staff_and_parents_online_turns_on_an_earlier_friendship_only_where_the_policy_asks(
    story: Story,
) -> None:
    def talk() -> bool:
        incident = story.logged("Friends online", Conduct.CONTACT_REQUEST, author="teacher", named="anna")
        return Step.TALK in story.open_steps(incident)

    assert [name for name, asks in answers(story, talk).items() if asks] == ["complete", "policy-g"]


def test_the_talk_comes_before_the_request_where_the_ladder_puts_it_first(story: Story) -> None:
    def first_step() -> Step:
        return story.open_steps(story.logged("Insults", Conduct.ABUSIVE, author="anna"))[0]

    found = answers(story, first_step)
    assert found.pop("policy-r") is Step.TALK
    assert set(found.values()) == {Step.ASK_REMOVAL}


def test_the_wording_shown_is_the_schools_own(story: Story) -> None:
    from smdesk.services import advice

    def ladder_rule() -> str:
        incident = story.logged("Insults", Conduct.ABUSIVE)
        steps.note(story.office, incident, "x")
        return advice.for_incident(story.office, incident).rules["INC-4"].wording

    found = answers(story, ladder_rule)
    assert all(found.values())
    assert len(set(found.values())) > 1
