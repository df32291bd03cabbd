"""Each letter of DOC-1 at its step, under each policy it belongs to, from draft to envelope and archive."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import pytest

from smdesk.errors import Invalid, Refused
from smdesk.policy import profile as policy
from smdesk.policy.vocabulary import Conduct, PersonKind, Step
from smdesk.services import blocks, incidents, letters, school, steps
from smdesk.services.account_records import BlockDraft
from smdesk.services.case_records import CaseDecisionKind
from smdesk.services.connection_records import DecisionKind
from smdesk.services.incident_records import Outcome, PersonRole
from smdesk.services.letter_records import EXCEPTION_KINDS, LETTER_STEPS, OFFICES, LetterKind
from tests.scenarios import telling_accounts as tell
from tests.scenarios.telling import INVITATION, SECOND, WARNING, Story, local
from tests.scenarios.telling_accounts import under
from tests.scenarios.telling_papers import open_kinds, whole_way

ALL = policy.SHIPPED_NAMES
MEETING, BLOCK = LetterKind.MEETING, LetterKind.BLOCK_NOTICE
HOST, POSH = LetterKind.HOST_REPORT, LetterKind.REFERRAL_POSH
POLICE, LEGAL = LetterKind.REFERRAL_POLICE, LetterKind.REFERRAL_LEGAL
ACKNOWLEDGEMENT = LetterKind.ACKNOWLEDGEMENT
LINK = "https://facebook.com/groups/brambleford/posts/17"


def posted(story: Story, conduct: Conduct = Conduct.ABUSIVE, **more: object) -> int:
    return story.logged(
        "About the caretaker", conduct, platform="facebook", link=LINK, said="A thief!", **more
    )


def steps_taken(story: Story, incident: int) -> list[Step]:
    return [line.step for line in story.timeline(incident) if line.kind == "step" and line.step]


# INC-5: to parents and carers


@pytest.mark.parametrize("name", ALL)
def test_inc_5_the_letters_to_a_parent_come_in_the_order_of_the_schools_own_ladder(
    story: Story, name: str
) -> None:
    under(story, name)
    incident = posted(story)
    ladder = {"complete": [WARNING, SECOND, MEETING], "policy-r": [WARNING]}.get(name, [])

    # Nothing but the invitation is in its turn before somebody has talked.
    assert open_kinds(story, incident) & {INVITATION, WARNING, SECOND, MEETING} == {INVITATION}
    words = whole_way(story, letters.draft(story.office, incident, INVITATION).id)
    assert "2026/L0001" in words
    assert "Ms Anna Quillfeather" in words
    story.does(incident, Step.TALK, "She came in", who="anna")

    for kind in (WARNING, SECOND, MEETING):
        if kind not in ladder:
            with pytest.raises(Refused, match="no such step") as caught:
                letters.draft(story.office, incident, kind)
            assert caught.value.rule == "INC-5"
    if WARNING in ladder:
        story.days_pass(4)
        assert WARNING in open_kinds(story, incident)
        words = whole_way(story, letters.draft(story.office, incident, WARNING).id)
        assert "2026/L0002" in words
    if SECOND in ladder:
        story.days_pass(20)
        again = posted(story)
        assert SECOND in open_kinds(story, again)
        words = whole_way(story, letters.draft(story.office, again, SECOND).id)
        # It cites the first by date and number, though that was about another post.
        assert "15 March 2026 (our reference 2026/L0002)" in words
        words = whole_way(story, letters.draft(story.office, again, MEETING).id)
        assert "chair of governors" in words.casefold()
        assert steps_taken(story, again) == [Step.SECOND_WARNING, Step.MEET_WITH_CHAIR]
    assert steps_taken(story, incident)[0] is Step.ASK_REMOVAL
    assert story.faults() == []


@pytest.mark.parametrize("name", ["complete", "policy-r"])
def test_inc_5_a_letter_before_its_turn_needs_a_reason_which_is_kept(story: Story, name: str) -> None:
    under(story, name)
    incident = posted(story)
    with pytest.raises(Invalid, match="Taking it now needs a reason"):
        letters.draft(story.office, incident, HOST)
    letter = letters.draft(story.office, incident, HOST, step_reason="The post shows a child's address").id
    whole_way(story, letter)
    entry = story.entry(incident, Step.REPORT_TO_PLATFORM)
    assert (entry.reason, entry.letter_id) == ("The post shows a child's address", letter)


@pytest.mark.parametrize("name", ALL)
def test_acc_9_the_notice_of_a_block_needs_the_block_on_the_register_first(story: Story, name: str) -> None:
    under(story, name)
    incident = posted(story, on_school_account=True)
    with pytest.raises(Refused, match="Put it there first") as caught:
        letters.draft(story.office, incident, BLOCK)
    assert caught.value.rule == "ACC-9"
    account = tell.on_the_register(story)
    draft = BlockDraft(
        account_id=account,
        who="annaq_79",
        person_id=story.school.people["anna"],
        reason="Insults under nine posts, about one colleague by name",
        since_on=story.today,
        incident_id=incident,
    )
    block = blocks.save(story.office, draft).id
    with pytest.raises(Refused, match="Write its notice there"):
        letters.draft_for_block(story.office, block)
    needed = any(each.kind is BLOCK and each.needs_reason for each in letters.choices(story.office, incident))
    letter = letters.draft(
        story.office, incident, BLOCK, step_reason="It goes on every day" if needed else ""
    )
    words = whole_way(story, letter.id)
    assert "@brambleford on Facebook" in words
    assert "11 March 2026" in words
    # What was noted for ourselves, with somebody's name in it perhaps, is not told.
    assert "nine posts" not in words


@pytest.mark.parametrize("name", ALL)
def test_acc_9_a_block_of_a_sender_is_told_where_no_incident_was_logged(story: Story, name: str) -> None:
    under(story, name)
    draft = BlockDraft(
        place="E-mail to the office",
        who="anna@quillfeather.example",
        person_id=story.school.people["anna"],
        reason="Forty messages in two nights",
        since_on=story.today,
    )
    block = blocks.save(story.office, draft).id
    words = whole_way(story, letters.draft_for_block(story.office, block).id)
    assert "E-mail to the office" in words
    assert "Forty messages in two nights" in words
    version = blocks.open_block(story.office, block).version
    blocks.end(story.office, block, version, "An apology", story.today)
    with pytest.raises(Refused):
        letters.draft_for_block(story.office, block)


# INC-7: strangers


@pytest.mark.parametrize("name", ALL)
def test_inc_7_a_stranger_gets_no_letter_and_the_offices_do(story: Story, name: str) -> None:
    under(story, name)
    incident = posted(story, author="stranger")
    for kind in (INVITATION, WARNING, SECOND, MEETING, BLOCK):
        with pytest.raises(Refused, match="no addressee") as caught:
            letters.draft(story.office, incident, kind, step_reason="Whoever it is must be told")
        assert caught.value.rule == "INC-7"
    assert {HOST, POLICE, LEGAL} <= open_kinds(story, incident)

    # The helpline wants the platform asked first.
    with pytest.raises(Refused, match="platform first") as caught:
        letters.draft(story.office, incident, POSH)
    assert caught.value.rule == "INC-7"
    told = {HOST: whole_way(story, letters.draft(story.office, incident, HOST).id)}
    story.days_pass(3)
    for kind in (POSH, POLICE, LEGAL):
        told[kind] = whole_way(
            story, letters.draft(story.office, incident, kind).id, names_reason="They need to know who."
        )
    assert "We reported it to Facebook on 11 March 2026" in told[POSH]
    for kind, words in told.items():
        assert LINK in "".join(words.split()), kind
    for kind in (HOST, POSH):
        assert "village_watcher" not in told[kind]
        assert "A thief!" not in told[kind]
    for kind in (POLICE, LEGAL):
        assert "A thief!" in told[kind]
    assert steps_taken(story, incident) == [LETTER_STEPS[kind] for kind in (HOST, POSH, POLICE, LEGAL)]
    assert [each.person_id for each in letters.for_incident(story.office, incident)] == [None] * 4
    assert set(told) == set(OFFICES)


@pytest.mark.parametrize("name", ALL)
def test_inc_7_where_somebody_may_be_hurt_the_helpline_does_not_wait(story: Story, name: str) -> None:
    under(story, name)
    incident = posted(story, Conduct.THREAT_OF_VIOLENCE, author="stranger")
    assert story.open_steps(incident)[0] is Step.POLICE
    for kind in (POLICE, POSH, HOST):
        whole_way(story, letters.draft(story.office, incident, kind).id, names_reason="Who it is about.")


def test_inc_9_ordinary_letters_wait_for_the_lead_and_what_keeps_people_safe_does_not(story: Story) -> None:
    incident = posted(story, Conduct.EXTREMISM)
    for kind in (INVITATION, WARNING, SECOND, MEETING, BLOCK):
        with pytest.raises(Refused) as caught:
            letters.draft(story.office, incident, kind, step_reason="It cannot wait")
        assert caught.value.rule == "INC-9"
    for kind in (HOST, POSH, POLICE):
        assert letters.draft(story.office, incident, kind, step_reason="It is still up").id
    steps.decide_prevent(story.dsl, incident, refer=False, reason="A quotation out of a history book")
    assert INVITATION in open_kinds(story, incident)


def test_inc_3_a_pupil_and_a_colleague_are_written_no_warning(story: Story) -> None:
    for author in ("sam", "teacher"):
        incident = posted(story, author=author)
        for kind in (INVITATION, WARNING):
            with pytest.raises(Refused):
                letters.draft(story.office, incident, kind, step_reason="Now")


def test_inc_3_a_pupil_is_sent_no_notice_of_a_block_either(story: Story) -> None:
    incident = posted(story, author="sam", on_school_account=True)
    draft = BlockDraft(
        account_id=tell.on_the_register(story),
        who="sam_q",
        person_id=story.school.people["sam"],
        reason="Foul words",
        since_on=story.today,
        incident_id=incident,
    )
    blocks.save(story.office, draft)
    with pytest.raises(Refused, match="behaviour policy") as caught:
        letters.draft(story.office, incident, BLOCK, step_reason="Now")
    assert caught.value.rule == "INC-3"


# ACC-2 and ACC-5: accounts


@pytest.mark.parametrize("name", ["complete", "policy-g"])
def test_acc_2_the_proposer_is_told_what_became_of_the_case(story: Story, name: str) -> None:
    under(story, name)
    story.changed("ben", address="3 Orchard Way\nBrambleford", postcode="ZZ9 9ZZ")
    tell.made_ready(story, "office", "teacher")
    outcomes = {
        CaseDecisionKind.ASK_FOR_MORE: LetterKind.CASE_MORE,
        CaseDecisionKind.REJECT: LetterKind.CASE_REJECTED,
        CaseDecisionKind.APPROVE: LetterKind.CASE_APPROVED,
    }
    for number, (outcome, kind) in enumerate(outcomes.items()):
        case = tell.proposed(story, "office", "teacher", proposed_name=f"Brambleford {number}")
        for early in outcomes.values():
            with pytest.raises(Refused):
                letters.draft_for_case(story.office, case, early)
        tell.decided(story, case, outcome, reason="Because of the newsletter we have.")
        for other in outcomes.values():
            if other is not kind:
                with pytest.raises(Refused):
                    letters.draft_for_case(story.office, case, other)
        words = whole_way(story, letters.draft_for_case(story.office, case, kind).id)
        assert "Mr Ben Quillfeather" in words
        assert "Because of the newsletter we have." in words
        assert f"Brambleford {number}" in words


@pytest.mark.parametrize("name", ALL)
def test_acc_5_a_comment_is_acknowledged_and_so_is_whoever_reported_a_post(story: Story, name: str) -> None:
    under(story, name)
    account = tell.on_the_register(story)
    message = tell.message(
        story, account, local(2026, 3, 11, 8), "Who locks the gate?", person_id=story.school.people["anna"]
    )
    words = whole_way(story, letters.draft_for_message(story.office, message).id)
    assert "11 March 2026" in words
    nobody = tell.message(story, account, local(2026, 3, 11, 8, 30))
    with pytest.raises(Refused):
        letters.draft_for_message(story.office, nobody)

    incident = posted(story, author="stranger")
    with pytest.raises(Refused, match="having reported") as caught:
        letters.draft(story.office, incident, ACKNOWLEDGEMENT)
    assert caught.value.rule == "ACC-5"
    people = story.opened(incident).draft.people
    reporter = story.in_it("anna", PersonRole.REPORTED_BY, PersonKind.PARENT)
    story.edited(incident, people=(*people, reporter))
    words = whole_way(story, letters.draft(story.office, incident, ACKNOWLEDGEMENT).id)
    assert "Ms Anna Quillfeather" in words
    # Whoever reports a post learns nothing of what was said or by whom.
    assert "thief" not in words
    assert "village_watcher" not in words


# CON-2: exceptions


@pytest.mark.parametrize("name", ["complete", "policy-s", "policy-o", "policy-c"])
def test_con_2_adult_and_family_are_each_told_what_became_of_an_exception(story: Story, name: str) -> None:
    under(story, name)
    story.changed("teacher", address="7 Mill Row\nBrambleford")
    approved, refused, ended = EXCEPTION_KINDS

    def told(exception: int, kind: LetterKind, reader: str) -> str:
        person = story.school.people[reader]
        return whole_way(story, letters.draft_for_exception(story.office, exception, kind, person).id)

    exception = story.put_forward()
    for early in EXCEPTION_KINDS:
        with pytest.raises(Refused):
            told(exception, early, "teacher")
    review = story.today + timedelta(days=100)
    story.decided(exception, DecisionKind.APPROVE, review_on=review)
    for reader in ("teacher", "anna"):
        assert "19 June 2026" in told(exception, approved, reader)
    story.days_pass(10)
    story.decided(exception, DecisionKind.REVOKE, "It is over.", from_on=story.today)
    assert "21 March 2026" in told(exception, ended, "anna")
    other = story.put_forward(other="tariq")
    story.decided(other, DecisionKind.REFUSE, "There is no tie.")
    assert "Mr Tim Hazel" in told(other, refused, "teacher")


# The reply date, the closing of an incident, and what is not on record


def test_no_letter_asks_for_an_answer_on_a_day_that_has_gone(story: Story) -> None:
    incident = posted(story)
    letter = story.handed_in(incident, INVITATION)
    story.approved(letter)
    story.days_pass(60)
    with pytest.raises(Refused, match="that day has come"):
        story.issued(letter)


def test_nothing_is_closed_over_a_letter_under_way_nor_written_about_what_is_closed(story: Story) -> None:
    incident = posted(story)
    letter = story.handed_in(incident, INVITATION)
    story.approved(letter)

    def close() -> None:
        version = story.opened(incident).version
        incidents.close(story.office, incident, version, Outcome.RESOLVED_BY_TALK, "She took it down")

    with pytest.raises(Refused, match="approved but not issued"):
        close()
    letters.withdraw(story.office, letter, "She has taken it down")
    close()
    with pytest.raises(Refused, match="closed"):
        letters.draft(story.office, incident, INVITATION)


def test_a_school_with_no_complaints_procedure_is_told_before_it_writes(story: Story) -> None:
    record = school.get(story.office)
    school.save(story.head, replace(record, complaints_procedure=""), record.version)
    incident = posted(story)
    with pytest.raises(Invalid) as caught:
        letters.draft(story.office, incident, INVITATION)
    assert "complaints" in str(caught.value)
    assert letters.for_incident(story.office, incident) == []


def test_steps_that_a_letter_took_are_not_taken_back_with_the_letter(story: Story) -> None:
    incident = posted(story)
    whole_way(story, letters.draft(story.office, incident, INVITATION).id)
    letter = letters.for_incident(story.office, incident)[0].id
    with pytest.raises(Refused, match="cannot be taken back"):
        letters.withdraw(story.office, letter, "I think again")
    assert story.entry(incident, Step.ASK_REMOVAL).happened_on == date(2026, 3, 11)
    steps.note(story.office, incident, "She rang")
