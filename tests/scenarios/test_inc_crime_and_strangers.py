"""What does not wait, and whom no letter reaches: INC-6, INC-7, INC-9, and imagery that is never kept."""

from __future__ import annotations

import pytest

from smdesk.errors import Invalid, NotAllowed, Refused
from smdesk.policy.vocabulary import Conduct, Notify, Step
from smdesk.services import advice, evidence, incident_list, incidents, letters, steps
from smdesk.services.incident_records import Confidentiality, IncidentFilter, Outcome, Sort, View
from smdesk.services.letter_records import ASKS_FOR_AN_ANSWER
from tests.scenarios.telling import INVITATION, WARNING, Story, printed

PICTURE = b"%PDF-1.4 any content is enough: it is never looked at"


def test_inc_6_a_parents_threat_goes_to_the_police_before_anything_else(story: Story) -> None:
    incident = story.logged(
        "Says he will wait for her at the gate", Conduct.THREAT_OF_VIOLENCE, named="teacher"
    )
    first = story.advice(incident).next[0]
    assert (first.step, first.rule) == (Step.POLICE, "INC-6")
    assert story.advice(incident).urgent
    awaiting = incident_list.sorted_ids(story.head, IncidentFilter(View.AWAITING_HEADTEACHER), Sort())
    assert list(awaiting) == [incident]

    story.does(incident, Step.POLICE, "Rang 101; reference 12 of today", by="headteacher")
    assert not story.advice(incident).urgent
    assert Step.POLICE not in story.open_steps(incident)
    assert list(incident_list.sorted_ids(story.head, IncidentFilter(View.AWAITING_HEADTEACHER), Sort())) == []


@pytest.mark.parametrize(
    "conduct",
    [Conduct.HARASSMENT, Conduct.RACIAL_ELEMENT, Conduct.GROSSLY_OBSCENE, Conduct.THREAT_OF_VIOLENCE],
)
def test_inc_6_each_of_the_four_that_look_like_crimes_is_urgent_in_the_list(
    story: Story, conduct: Conduct
) -> None:
    (row,) = incident_list.rows(story.office, [story.logged("A post", conduct)])
    assert (row.urgent, row.next_step) == (True, Step.POLICE)


def test_inc_7_a_strangers_threat_police_platform_and_posh_at_once_and_nobody_to_warn(story: Story) -> None:
    incident = story.logged(
        "An unknown account threatens the sports day",
        Conduct.THREAT_OF_VIOLENCE,
        author="stranger",
        named="tariq",
        platform="facebook",
        link="https://social.example/posts/17",
        said="You will see what happens on sports day",
        received_at=None,
    )
    assert story.open_steps(incident)[:3] == [Step.POLICE, Step.REPORT_TO_PLATFORM, Step.POSH]
    assert story.refusals(incident)[Step.WRITTEN_WARNING] == "INC-7"
    for kind in ASKS_FOR_AN_ANSWER:
        with pytest.raises(Refused, match="addressee") as caught:
            letters.draft(story.office, incident, kind)
        assert caught.value.rule == "INC-7"
    assert letters.for_incident(story.office, incident) == []

    route = advice.platform_route(story.office, incident)
    assert "Facebook" in route.label
    assert route.url or route.text
    platform = advice.summary_text(story.office, incident, "platform")
    posh = advice.summary_text(story.office, incident, "posh")
    police = advice.summary_text(story.office, incident, "police")
    for text in (platform, posh, police):
        assert "https://social.example/posts/17" in text
        assert "Brambleford Primary School" in text
    # The platform needs the post and POSH the matter; only the police need the child's name.
    assert "Osei-Marsh" not in platform
    assert "Osei-Marsh" not in posh
    assert "Tariq Osei-Marsh" in police
    assert "You will see what happens on sports day" in police

    story.does(incident, Step.POLICE, "Told 101")
    story.does(incident, Step.REPORT_TO_PLATFORM, "Reported the account")
    story.does(incident, Step.POSH, "Rang the helpline")
    assert story.open_steps(incident) == [Step.NO_ACTION]
    incidents.close(
        story.office, incident, story.opened(incident).version, Outcome.REFERRED, "With the police"
    )


def test_inc_7_an_ordinary_strangers_post_waits_for_the_platform_before_posh(story: Story) -> None:
    incident = story.logged("Mocks the school play", Conduct.ABUSIVE, author="stranger")
    assert story.open_steps(incident)[:2] == [Step.REPORT_TO_PLATFORM, Step.POSH]
    assert "48 hours" in story.open_step(incident, Step.POSH).why
    story.does(incident, Step.REPORT_TO_PLATFORM)
    assert "13 March 2026" in story.open_step(incident, Step.POSH).why


def test_inc_7_a_stranger_who_becomes_known_as_a_parent_can_be_spoken_to(story: Story) -> None:
    """The same incident: first nobody to write to, then somebody."""
    from smdesk.policy.vocabulary import PersonKind
    from smdesk.services.incident_records import PersonRole

    incident = story.logged("Mocks the school play", Conduct.ABUSIVE, author="stranger")
    story.edited(incident, people=(story.in_it("anna", PersonRole.AUTHOR, PersonKind.PARENT),))
    assert story.open_steps(incident)[:2] == [Step.ASK_REMOVAL, Step.TALK]
    changed = next(line for line in story.timeline(incident) if line.kind == "change")
    assert "village_watcher" in changed.text
    assert "Anna Quillfeather" in changed.text


def test_inc_9_after_an_extremist_post_letters_wait_until_the_dsl_clears_them(story: Story) -> None:
    incident = story.logged("Shares a banned group's leaflet", Conduct.EXTREMISM)
    assert story.open_steps(incident)[0] is Step.PREVENT_DECISION
    assert Notify.DSL in story.advice(incident).notify
    for kind in (INVITATION, WARNING):
        with pytest.raises(Refused) as caught:
            letters.draft(story.office, incident, kind)
        assert caught.value.rule == "INC-9"
    with pytest.raises(Refused) as talking:
        story.does(incident, Step.TALK)
    assert talking.value.rule == "INC-9"

    # Nobody but the DSL decides, the decision cannot be left out, and the incident cannot be closed around it.
    for desk in (story.office, story.head):
        with pytest.raises(NotAllowed):
            steps.decide_prevent(desk, incident, False, "It was a joke")
    with pytest.raises(Refused):
        steps.skip(story.office, incident, Step.PREVENT_DECISION, "No time")
    with pytest.raises(Refused) as closing:
        incidents.close(story.office, incident, story.opened(incident).version, Outcome.NO_ACTION, "Old news")
    assert closing.value.rule == "INC-9"
    with pytest.raises(Invalid):
        steps.decide_prevent(story.dsl, incident, True, " ")

    # Referred: letters go on waiting until the DSL says that they no longer get in anybody's way.
    steps.decide_prevent(story.dsl, incident, True, "Pattern over some weeks")
    with pytest.raises(Refused):
        letters.draft(story.office, incident, INVITATION)
    story.days_pass(5)
    steps.clear_letters(story.dsl, incident, "The local authority has no objection")
    story.does(incident, Step.TALK, "Came in")
    assert story.written(incident, WARNING)
    decision = story.entry(incident, Step.PREVENT_DECISION)
    assert (decision.text, decision.reason) == ("Referred under Prevent", "Pattern over some weeks")


def test_inc_9_a_decision_not_to_refer_needs_its_reason_too_and_clears_the_letters(story: Story) -> None:
    incident = story.logged("Shares a leaflet", Conduct.EXTREMISM)
    with pytest.raises(Invalid):
        steps.decide_prevent(story.dsl, incident, False, "")
    steps.decide_prevent(story.dsl, incident, False, "Quoted it to condemn it")
    assert Step.ASK_REMOVAL in story.open_steps(incident)
    assert story.entry(incident, Step.PREVENT_DECISION).reason == "Quoted it to condemn it"


def test_inc_6_sexual_imagery_of_a_child_is_refused_and_only_where_and_when_is_written_down(
    story: Story,
) -> None:
    incident = story.logged(
        "A picture is going round a chat",
        Conduct.SEXUAL_IMAGERY_OF_CHILD,
        author="stranger",
        confidentiality=Confidentiality.SAFEGUARDING,
        by="dsl",
    )
    assert story.open_steps(incident, "dsl")[:2] == [Step.IWF, Step.POLICE]
    with pytest.raises(Refused, match="no copy"):
        evidence.add(story.dsl, incident, "chat.pdf", PICTURE)
    stored = [path for path in story.school.folder.evidence.rglob("*") if path.is_file()]
    assert stored == []

    with pytest.raises(Invalid) as caught:
        evidence.withhold(story.dsl, incident, "", story.school.clock.now, "")
    assert {problem.field for problem in caught.value.problems} == {"where", "reported_to"}
    evidence.withhold(
        story.dsl, incident, "A class chat, account pixel_77", story.school.clock.now, "IWF and police, 09:40"
    )
    (item,) = evidence.list_for(story.dsl, incident)
    assert (item.withheld, item.size, item.seen_at) == (True, 0, "A class chat, account pixel_77")
    assert "IWF and police" in item.note
    with pytest.raises(Refused):
        evidence.read(story.dsl, item.id)


def test_inc_6_a_copy_kept_before_anybody_knew_can_be_destroyed_and_the_line_stays(story: Story) -> None:
    incident = story.logged("A picture", Conduct.PHOTO_OF_OTHERS, by="dsl")
    kept = evidence.add(story.dsl, incident, "chat.pdf", PICTURE).id
    story.edited(incident, "dsl", conduct=(Conduct.SEXUAL_IMAGERY_OF_CHILD,))
    evidence.remove(story.dsl, kept, "Handed to the police; nothing may be kept")
    assert [path for path in story.school.folder.evidence.rglob("*") if path.is_file()] == []
    (item,) = evidence.list_for(story.dsl, incident)
    assert (item.removed, item.removed_reason) == (True, "Handed to the police; nothing may be kept")


def test_a_paper_of_the_chronology_tells_all_of_it(story: Story) -> None:
    """Printed for the police or the governors' panel: withdrawn entries struck through, nothing left out."""
    from smdesk.services import exports

    incident = story.logged("Threat", Conduct.THREAT_OF_VIOLENCE, said="Wait and see")
    story.does(incident, Step.POLICE, "Rang 101")
    steps.note(story.office, incident, "Meant for another incident")
    slip = story.timeline(incident, "business_manager")[-1]
    steps.withdraw(story.office, slip.id, "Wrong incident")
    file = story.school.folder.root.parent / "chronology.pdf"
    exports.timeline_pdf(story.office, incident, file)
    paper = printed(file.read_bytes())
    for words in ("2026/0001", "Wait and see", "Rang 101", "Meant for another incident", "Wrong incident"):
        assert words in paper
