"""The headteacher questions a relationship: opened, answered, closed, and what comes of it (CON-4, CON-5)."""

from __future__ import annotations

from datetime import timedelta

import pytest

from smdesk.errors import Conflict, Invalid, NotAllowed, NotFound, Refused
from smdesk.policy.vocabulary import Capacity, Relationship
from smdesk.services import connection_questions as questions
from smdesk.services.incident_records import Confidentiality
from smdesk.services.question_records import QuestionOutcome, QuestionStatus
from tests.scenarios.telling import APPROVE, END, Story

ASKED = "Since when are you friends, and how did it begin?"


def asked(story: Story, adult: str = "teacher", other: str = "anna", by: str = "headteacher") -> int:
    people = story.school.people
    return questions.ask(story.at(by), people[adult], people[other], ASKED).id


def answered(story: Story, question: int, text: str = "From university, 2009.") -> None:
    version = questions.get(story.office, question).version
    questions.answer(story.office, question, version, text, "Mr T. Hazel, in person", story.today)


def closed(
    story: Story, question: int, outcome: QuestionOutcome, reason: str, by: str = "headteacher"
) -> None:
    questions.close(story.at(by), question, questions.get(story.at(by), question).version, outcome, reason)


def test_con_4_opened_answered_and_closed_with_the_reason_and_then_declared(story: Story) -> None:
    question = asked(story)
    # It waits for the office, not for the headteacher, until there is an answer.
    assert story.waits_for("headteacher") == []
    assert [row.status for row in questions.rows(story.office)] == [QuestionStatus.OPEN]
    with pytest.raises(Refused, match="being asked about already") as caught:
        asked(story)
    assert caught.value.rule == "CON-4"
    story.days_pass(3)
    answered(story, question)
    assert [kind for kind, _ in story.waits_for("headteacher")] == ["question"]
    with pytest.raises(Invalid, match="reason"):
        closed(story, question, QuestionOutcome.TO_BE_DECLARED, " ")
    closed(story, question, QuestionOutcome.TO_BE_DECLARED, "A tie from before: to go in the register.")
    assert story.waits_for("headteacher") == []
    row = questions.get(story.office, question)
    assert (row.status, row.answer, row.answered_by, row.closed_by) == (
        QuestionStatus.CLOSED,
        "From university, 2009.",
        "Mr T. Hazel, in person",
        "Mrs H. Alder",
    )
    exception = story.put_forward(
        "teacher", "anna", capacity=Capacity.PARENT, relationship=Relationship.OLD_FRIEND
    )
    story.decided(exception, APPROVE, "They met at university.")
    assert story.exception(exception).in_force


def test_con_4_a_question_about_a_record_stands_in_its_history(story: Story) -> None:
    exception = story.put_forward("teacher", "anna", relationship=Relationship.OLD_FRIEND)
    story.decided(exception, APPROVE)
    story.days_pass(20)
    question = asked(story)
    answered(story, question, "They have fallen out.")
    closed(story, question, QuestionOutcome.MUST_END, "There is no tie any more.")
    story.decided(exception, END, "There is no tie any more.")
    told = [
        (line.text, line.reason) for line in story.exception(exception).history if line.kind == "question"
    ]
    assert told == [
        (f"Asked about the relationship: {ASKED}", ""),
        ("Answered by Mr T. Hazel, in person: They have fallen out.", ""),
        ("Question closed: The connection must end", "There is no tie any more."),
    ]
    assert story.exception(exception).questions == (question,)
    assert not story.exception(exception).in_force
    assert story.faults() == []


def test_con_4_nobody_answers_closes_or_asks_who_may_not(story: Story) -> None:
    for login in ("business_manager", "dsl", "governor", "leadership", "administrator", "chair"):
        with pytest.raises(NotAllowed):
            asked(story, by=login)
    question = asked(story)
    with pytest.raises(NotAllowed):
        closed(story, question, QuestionOutcome.NO_CONCERN, "Never mind", by="business_manager")
    with pytest.raises(NotAllowed):
        questions.rows(story.governor)
    with pytest.raises(NotFound):
        questions.get(story.chair, question)
    assert questions.get(story.head, question).status is QuestionStatus.OPEN


def test_con_5_about_the_headteachers_own_the_chair_asks_and_closes(story: Story) -> None:
    with pytest.raises(NotAllowed, match="CON-5"):
        asked(story, "head", "anna")
    question = asked(story, "head", "anna", by="chair")
    answered(story, question)
    assert [kind for kind, _ in story.waits_for("chair")] == ["question"]
    assert story.waits_for("headteacher") == []
    with pytest.raises(NotAllowed, match="CON-5"):
        closed(story, question, QuestionOutcome.NO_CONCERN, "I know myself.")
    closed(story, question, QuestionOutcome.NO_CONCERN, "Known to the governors.", by="chair")
    assert questions.get(story.chair, question).closed_by == "Mrs C. Fir"


def test_con_4_two_windows_and_an_answer_from_before_the_question(story: Story) -> None:
    question = asked(story)
    held = questions.get(story.office, question).version
    with pytest.raises(Invalid, match="the answer cannot be older"):
        questions.answer(story.office, question, held, "x", "Mr T. Hazel", story.today - timedelta(days=1))
    questions.answer(story.office, question, held, "From university.", "Mr T. Hazel", story.today)
    with pytest.raises(Conflict) as caught:
        questions.answer(story.dsl, question, held, "From a choir.", "Mr T. Hazel", story.today)
    assert [(each.theirs, each.mine) for each in caught.value.changes] == [
        ("From university.", "From a choir.")
    ]
    closed(story, question, QuestionOutcome.NO_CONCERN, "Fine.")
    with pytest.raises(Refused, match="closed"):
        answered(story, question, "And a choir.")
    # What it was closed with is not lost when it is opened again.
    row = questions.get(story.head, question)
    questions.reopen(story.head, question, row.version, "There was more to it.")
    assert questions.get(story.head, question).status is QuestionStatus.ANSWERED
    actions = [line.action for line in story.audit() if line.action.startswith("question.")]
    assert actions == ["question.asked", "question.answered", "question.closed", "question.reopened"]


def test_con_4_a_question_about_a_confidential_record_is_seen_by_those_who_see_the_record(
    story: Story,
) -> None:
    exception = story.put_forward(
        "teacher",
        "anna",
        by="dsl",
        relationship=Relationship.OLD_FRIEND,
        confidentiality=Confidentiality.SAFEGUARDING,
    )
    question = asked(story)
    assert questions.get(story.dsl, question).exception == (exception, "2026/C0001")
    assert questions.rows(story.office) == []
    with pytest.raises(NotFound):
        questions.get(story.office, question)
