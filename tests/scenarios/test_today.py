"""The Monday morning: what each finds on Today, and that nobody finds what is not theirs."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import pytest

from smdesk.errors import NotAllowed
from smdesk.policy.vocabulary import Conduct, PersonKind, Step
from smdesk.services import (
    accounts,
    business_cases,
    findings,
    letters,
    messages,
    people,
    policies,
    reputation,
    sign_offs,
    steps,
    today,
)
from smdesk.services.incident_records import Confidentiality
from smdesk.services.letter_records import LetterKind
from smdesk.services.message_records import MessageKind
from smdesk.services.reputation_records import FindingDraft, PlaceDraft, PlaceKind, Tone
from smdesk.services.sign_off_records import SignOffDraft
from smdesk.services.today_records import DueKind, Today
from tests.scenarios import telling_accounts as tell
from tests.scenarios.telling import Story, local, printed

MONDAY = local(2026, 3, 23, 8)


def a_term_under_way(story: Story) -> dict[str, int]:
    """By Monday morning something of nearly every kind is due."""
    story.time_is(local(2026, 3, 16, 9))
    policy, kind = tell.made_ready(story, "teacher", "office")
    page = tell.opened_by_case(story, "teacher", "office")
    waiting = tell.proposed(story, "teacher", "office", proposed_name="Choir")
    draft = business_cases.save(story.office, tell.case_for(story, "teacher", proposed_name="Chess")).id
    incident = story.logged("Insults on the village page", Conduct.ABUSIVE)
    story.does(incident, Step.TALK, who="anna")
    story.does(incident, Step.ASK_REMOVAL, "Please take it down", who="anna", chase_on=date(2026, 3, 19))
    post = sign_offs.ask(
        story.office, SignOffDraft(page, "The tie", "It is green.", "Petition", date(2026, 3, 23))
    ).id
    place = reputation.save(story.office, PlaceDraft("Town reviews", PlaceKind.REVIEWS)).id
    finding = findings.save(
        story.office, FindingDraft(place, found_on=story.today, tone=Tone.CRITICISM, said="The gate!")
    ).id
    story.time_is(local(2026, 3, 20, 16))
    letter = story.handed_in(incident, LetterKind.WRITTEN_WARNING)
    comment = tell.message(story, page, local(2026, 3, 20, 15), kind=MessageKind.COMPLAINT)
    story.time_is(MONDAY)
    return {
        "policy": policy,
        "training": kind,
        "page": page,
        "case": waiting,
        "draft": draft,
        "incident": incident,
        "letter": letter,
        "post": post,
        "place": place,
        "finding": finding,
        "comment": comment,
    }


def kinds(found: Today) -> dict[DueKind, list[int]]:
    return {section.kind: [item.id for item in section.items] for section in found.sections}


def test_on_monday_everything_due_is_there_for_whom_it_is_and_opens_where_it_is_done(story: Story) -> None:
    made = a_term_under_way(story)
    office = kinds(today.items(story.office))
    assert office[DueKind.REPLY] == [made["comment"]]
    assert office[DueKind.CHASE] == [made["incident"]]
    assert office[DueKind.FINDING] == [made["finding"]]
    assert office[DueKind.UNWATCHED] == [made["page"]]
    assert office[DueKind.PLACE] == [made["place"]]
    assert office[DueKind.CASE] == [made["case"]]
    assert office[DueKind.CASE_TO_COMPLETE] == [made["draft"]]
    # Of the staff, three have not acknowledged the policy: head, DSL, and nobody else is asked.
    assert DueKind.OUTSTANDING in office
    assert DueKind.LETTER_SIGN not in office
    assert DueKind.SIGN_OFF not in office
    head = kinds(today.items(story.head))
    assert head[DueKind.LETTER_SIGN] == [made["letter"]]
    assert head[DueKind.SIGN_OFF] == [made["post"]]
    leader = kinds(today.items(story.at("leadership")))
    assert leader[DueKind.SIGN_OFF] == [made["post"]]
    assert not {DueKind.CHASE, DueKind.LETTER_SIGN, DueKind.OUTSTANDING, DueKind.TRAINING} & set(leader)
    # What cannot wait comes first; the comment is overdue and seen from every tab.
    assert today.items(story.office).sections[0].kind is DueKind.REPLY
    overdue = today.overdue_replies(story.at("leadership"))
    assert overdue.count == 1
    assert overdue.target is not None
    assert overdue.target.id == made["comment"]
    for login in ("business_manager", "headteacher", "dsl", "leadership"):
        found = today.items(story.at(login))
        counts = today.counts(story.at(login))
        assert counts["today"] == found.count
        assert sum(number for tab, number in counts.items() if tab != "today") == found.count
        # Every item leads to a record the same reader can open.
        for section in found.sections:
            for item in section.items:
                opens(story, login, item.target.tab, item.target.part, item.target.id)


def opens(story: Story, login: str, tab: str, part: str, number: int) -> None:
    ctx = story.at(login)
    match (tab, part):
        case ("accounts", "messages"):
            assert messages.open_message(ctx, number).draft.said
        case ("accounts", "sign_offs"):
            assert sign_offs.open_sign_off(ctx, number)
        case ("accounts", _):
            assert accounts.open_account(ctx, number)
        case ("cases", _):
            assert business_cases.open_case(ctx, number)
        case ("incidents", _):
            assert steps.timeline(ctx, number)
        case ("queue", "letter"):
            assert letters.get(ctx, number)
        case ("reputation", "findings"):
            assert findings.open_finding(ctx, number)
        case ("reputation", "places"):
            assert reputation.place(ctx, number)
        case ("agreements", "policies" | "outstanding"):
            assert policies.open_policy(ctx, number)
        case _:
            raise AssertionError((tab, part))


def test_done_it_goes_and_nothing_left_is_worth_seeing(story: Story) -> None:
    made = a_term_under_way(story)
    before = today.items(story.office).count
    record = messages.open_message(story.office, made["comment"])
    messages.acknowledge(
        story.office, made["comment"], record.version, story.school.clock.now, "Ms B. Cedar", "Thank you."
    )
    # It is not overdue any more, but an answer is still owed; given, nothing is left of it.
    found = kinds(today.items(story.office))
    assert (DueKind.REPLY in found, found[DueKind.MESSAGE_OPEN]) == (False, [made["comment"]])
    assert today.items(story.office).sections[0].kind is DueKind.CHASE
    version = messages.open_message(story.office, made["comment"]).version
    messages.answer(
        story.office, made["comment"], version, story.school.clock.now, "Ms B. Cedar", "We rang you."
    )
    assert today.items(story.office).count == before - 1
    assert today.overdue_replies(story.office).count == 0
    letters.approve(story.head, made["letter"], letters.get(story.head, made["letter"]).version)
    assert DueKind.LETTER_SIGN not in tell.due(story, "headteacher")
    assert kinds(today.items(story.office))[DueKind.LETTER_ISSUE] == [made["letter"]]


def test_the_morning_meetings_paper_says_the_same_and_is_written_down(story: Story) -> None:
    a_term_under_way(story)
    before = story.audited
    paper = printed(today.paper(story.office))
    for section in today.items(story.office).sections:
        assert section.title in paper
        for item in section.items:
            assert " ".join(item.title.split())[:40] in paper
    assert [line.action for line in story.audit(before)] == ["today.printed"]
    for login in ("leadership", "governor", "chair", "administrator"):
        with pytest.raises(NotAllowed):
            today.paper(story.at(login))


def test_nobody_is_told_of_what_they_may_not_read(story: Story) -> None:
    a_term_under_way(story)
    secret = story.logged(
        "Bruises, says a comment",
        Conduct.BULLYING,
        by="dsl",
        named="tariq",
        on_school_account=True,
        received_at=local(2026, 3, 20, 12),
        confidentiality=Confidentiality.SAFEGUARDING,
    )
    assert secret in kinds(today.items(story.dsl))[DueKind.REPLY]
    for login in ("business_manager", "leadership", "governor", "chair", "administrator"):
        words = tell.due_words(story, login)
        for word in ("Bruises", "Tariq", "Osei"):
            assert word not in words
        # Nor is it counted: two are late, and they are told of one.
        if login in ("business_manager", "leadership"):
            assert today.overdue_replies(story.at(login)).count == 1
    assert today.overdue_replies(story.dsl).count == 2
    governor = today.items(story.governor)
    assert (governor.count, governor.sections, governor.figures_only) == (0, (), True)
    with pytest.raises(NotAllowed):
        today.overdue_replies(story.governor)


def test_the_headteachers_own_matter_is_the_chairs(story: Story) -> None:
    story.time_is(MONDAY)
    story.known("niece", "Alder", "Ida", kind=PersonKind.PUPIL)
    exception = story.put_forward("head", "niece")
    assert kinds(today.items(story.chair))[DueKind.EXCEPTION] == [exception]
    assert DueKind.EXCEPTION not in tell.due(story, "headteacher")
    assert "Ida" not in tell.due_words(story, "leadership")


def test_a_day_is_over_at_midnight_by_the_clock_on_the_wall(story: Story) -> None:
    """In summer UTC is an hour behind: at half past midnight it is still yesterday there."""
    story.time_is(local(2026, 6, 1, 9))
    place = reputation.save(story.office, PlaceDraft("Town reviews", PlaceKind.REVIEWS, every_days=1)).id
    assert [item.overdue for item in tell.due(story)[DueKind.PLACE].items] == [False]
    story.time_is(local(2026, 6, 1, 23, 59))
    section = tell.due(story)[DueKind.PLACE]
    assert ([item.overdue for item in section.items], section.overdue) == ([False], 0)
    story.time_is(local(2026, 6, 2, 0, 30))
    section = tell.due(story)[DueKind.PLACE]
    assert ([(item.id, item.overdue) for item in section.items], section.overdue) == ([(place, True)], 1)


def test_a_runner_who_left_stays_in_no_list_of_what_people_must_do(story: Story) -> None:
    policy, kind = tell.made_ready(story, "office")
    tell.signs(story, policy, "teacher")
    tell.is_trained(story, kind, "teacher", on=story.today - timedelta(days=350))
    account = tell.on_the_register(
        story, runners=(tell.runs_it(story, "teacher"), tell.runs_it(story, "office"))
    )
    assert "Tim Hazel" in " ".join(item.title for item in tell.due(story)[DueKind.TRAINING].items)
    record = people.record_of(story.office, story.school.people["teacher"])
    people.save(story.office, replace(record.draft, left_on=story.today), record.id, record.version)
    assert DueKind.TRAINING not in tell.due(story)
    assert account in kinds(today.items(story.office))[DueKind.ACCOUNT]
