"""The queue: everything that waits for one decider, nothing that is not theirs to decide (CON-2, CON-4, CON-5)."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import pytest

from smdesk.errors import NotAllowed
from smdesk.policy.vocabulary import Conduct, PersonKind, Step
from smdesk.services import (
    connection_decisions,
    connection_questions,
    connections,
    incidents,
    letters,
    people,
    queue,
    steps,
)
from smdesk.services.connection_records import DecisionDraft, DecisionKind
from smdesk.services.incident_records import Confidentiality, PersonInIncident, PersonRole, StepDraft
from smdesk.services.letter_records import LetterKind
from smdesk.services.question_records import QuestionOutcome
from smdesk.services.queue import QueueItem, QueueKind
from tests.support import connections as make
from tests.support.school import SmallSchool

SCAN = b"%PDF-1.4\n1 0 obj<</Type/Catalog>>endobj\ntrailer<</Root 1 0 R>>\n%%EOF\n"


def waiting(school: SmallSchool, login: str = "headteacher") -> list[QueueItem]:
    return queue.waiting(school.ctx_for(login))


def kinds(school: SmallSchool, login: str = "headteacher") -> list[QueueKind]:
    return [item.kind for item in waiting(school, login)]


def paper(school: SmallSchool, **declared: object) -> int:
    """An approval recorded from paper; returns the exception's id."""
    exception = make.submit(school, make.declare(school, **declared))
    today = school.clock.now.date()
    draft = DecisionDraft(
        DecisionKind.APPROVE, "Family since birth.", from_on=today, review_on=today + timedelta(days=300)
    )
    connection_decisions.record_paper(
        school.ctx_for("business_manager"),
        exception,
        make.version(school, exception),
        draft,
        today,
        "decision.pdf",
        SCAN,
    )
    return exception


def letter_waiting(school: SmallSchool) -> int:
    office = school.ctx_for("business_manager")
    incident = school.incident(summary="A post")
    day = school.clock.now.date()
    steps.record(office, incident, StepDraft(Step.TALK, school.people["anna"], day, "Talked"))
    letter = letters.draft(office, incident, LetterKind.WRITTEN_WARNING).id
    letters.submit(office, letter, letters.get(office, letter).version)
    return letter


def question_answered(school: SmallSchool, other: str = "anna") -> int:
    head, office = school.ctx_for("headteacher"), school.ctx_for("business_manager")
    people_ = school.people
    asked = connection_questions.ask(head, people_["teacher"], people_[other], "Since when?")
    connection_questions.answer(office, asked.id, 1, "Since school.", "Mr T. Hazel", office.today())
    return asked.id


def about_head(school: SmallSchool, summary: str = "Follows a pupil") -> int:
    draft = replace(
        school.draft(summary, author=None, conduct=(Conduct.FOLLOW,)),
        people=(
            PersonInIncident(school.people["head"], PersonRole.AUTHOR, PersonKind.STAFF),
            PersonInIncident(school.people["sam"], PersonRole.AFFECTED, PersonKind.PUPIL),
        ),
    )
    return incidents.save(school.ctx_for("dsl"), draft).id


def test_nothing_waits_in_a_quiet_school(school: SmallSchool) -> None:
    make.declare(school)  # declared, not put forward
    school.incident(summary="A rude comment")
    assert waiting(school) == waiting(school, "chair") == []


@pytest.mark.parametrize("login", ["business_manager", "dsl", "leadership", "governor", "administrator"])
def test_only_those_who_decide_have_a_queue(school: SmallSchool, login: str) -> None:
    with pytest.raises(NotAllowed):
        waiting(school, login)


def test_each_kind_of_thing_that_waits(school: SmallSchool) -> None:
    exception = make.submit(school, make.declare(school))
    on_paper = paper(school, other="tariq")
    letter = letter_waiting(school)
    staff = school.incident(
        summary="Friend request to a pupil", author="teacher", named="sam", conduct=(Conduct.CONTACT_REQUEST,)
    )
    question = question_answered(school)
    found = {item.kind: item for item in waiting(school)}
    assert len(found) == len(waiting(school)) == 5
    assert (found[QueueKind.EXCEPTION].id, found[QueueKind.EXCEPTION].record_id) == (exception, exception)
    assert found[QueueKind.EXCEPTION].title == "Tim Hazel and Sam Quillfeather"
    assert found[QueueKind.EXCEPTION].why == "Aunt or uncle of a pupil. On entry."
    assert found[QueueKind.EXCEPTION].reference == "2026/C0001"
    assert found[QueueKind.PAPER].record_id == on_paper
    assert "Mrs H. Alder" in found[QueueKind.PAPER].why
    assert "Ms B. Cedar" in found[QueueKind.PAPER].why
    assert found[QueueKind.LETTER].id == letter
    assert found[QueueKind.LETTER].title == "Written warning to Anna Quillfeather"
    assert found[QueueKind.INCIDENT].id == staff
    assert "code of conduct" in found[QueueKind.INCIDENT].why
    assert found[QueueKind.QUESTION].id == question
    assert "answered by Mr T. Hazel" in found[QueueKind.QUESTION].why
    assert waiting(school, "chair") == []


def test_what_is_decided_is_gone(school: SmallSchool) -> None:
    head = school.ctx_for("headteacher")
    exception = make.submit(school, make.declare(school))
    paper(school, other="tariq")
    question = question_answered(school)
    make.decide(school, exception, DecisionKind.REFUSE)
    connection_decisions.confirm_paper(head, waiting(school)[0].id)
    connection_questions.close(
        head,
        question,
        connection_questions.get(head, question).version,
        QuestionOutcome.NO_CONCERN,
        "Old friends.",
    )
    assert waiting(school) == []


def test_what_goes_back_to_the_office_waits_no_more_until_it_is_put_forward_again(
    school: SmallSchool,
) -> None:
    exception = make.submit(school, make.declare(school))
    make.decide(school, exception, DecisionKind.ASK_FOR_MORE, from_on=None, review_on=None)
    assert kinds(school) == []
    make.submit(school, exception)
    assert kinds(school) == [QueueKind.EXCEPTION]
    office = school.ctx_for("business_manager")
    connections.take_back(office, exception, make.version(school, exception))
    assert kinds(school) == []


def test_con_5_the_headteachers_own_waits_for_the_chair(school: SmallSchool) -> None:
    own = make.submit(school, make.declare(school, adult="head"))
    incident = about_head(school)
    assert waiting(school) == []
    assert {(item.kind, item.id) for item in waiting(school, "chair")} == {
        (QueueKind.EXCEPTION, own),
        (QueueKind.INCIDENT, incident),
    }


def test_con_5_what_the_headteacher_put_forward_is_not_theirs_to_decide(school: SmallSchool) -> None:
    exception = make.declare(school)
    make.submit(school, exception, "headteacher")
    assert waiting(school) == []
    # Taken back and put forward by the office, it is.
    office = school.ctx_for("business_manager")
    connections.take_back(office, exception, make.version(school, exception))
    make.submit(school, exception)
    assert kinds(school) == [QueueKind.EXCEPTION]


def test_a_review_comes_up_before_it_is_due_and_is_urgent_once_it_is(school: SmallSchool) -> None:
    start = school.clock.now.date()
    exception = make.approved(school, review_on=start + timedelta(days=100))
    assert waiting(school) == []
    school.clock.forward(days=71)
    assert waiting(school) == []
    school.clock.forward(days=1)  # 28 days before (the complete policy)
    (item,) = waiting(school)
    assert (item.kind, item.id, item.urgent) == (QueueKind.REVIEW, exception, False)
    assert item.since == start + timedelta(days=72)
    school.clock.forward(days=28)
    (item,) = waiting(school)
    assert item.urgent
    assert "Review due since 19 June 2026" in item.why
    make.decide(school, exception, DecisionKind.RENEW)
    assert waiting(school) == []


def test_an_exception_that_has_ended_or_ends_before_its_review_needs_none(school: SmallSchool) -> None:
    start = school.clock.now.date()
    make.approved(school, review_on=start + timedelta(days=30))
    make.leaves(school, "sam", start + timedelta(days=20))
    school.clock.forward(days=15)
    assert waiting(school) == []
    school.clock.forward(days=30)
    assert waiting(school) == []


def test_urgent_comes_first_then_the_longest_waiting(school: SmallSchool) -> None:
    first = make.submit(school, make.declare(school))
    school.clock.forward(days=1)
    letter = letter_waiting(school)
    school.clock.forward(days=1)
    second = make.submit(school, make.declare(school, other="tariq"))
    threat = school.incident(
        summary="Threat by a colleague",
        author="teacher",
        named="anna",
        conduct=(Conduct.THREAT_OF_VIOLENCE,),
    )
    found = waiting(school)
    assert [item.key for item in found] == [
        (QueueKind.INCIDENT, threat),
        (QueueKind.EXCEPTION, first),
        (QueueKind.LETTER, letter),
        (QueueKind.EXCEPTION, second),
    ]
    assert [item.urgent for item in found] == [True, False, False, False]
    assert found[1].since == date(2026, 3, 11)


def test_an_incident_with_a_letter_that_waits_stands_once(school: SmallSchool) -> None:
    letter_waiting(school)
    assert kinds(school) == [QueueKind.LETTER]


def test_an_incident_that_was_acted_on_waits_no_more(school: SmallSchool) -> None:
    staff = school.incident(
        summary="Friend request", author="teacher", named="sam", conduct=(Conduct.CONTACT_REQUEST,)
    )
    assert kinds(school) == [QueueKind.INCIDENT]
    day = school.clock.now.date()
    head = school.ctx_for("headteacher")
    steps.record(head, staff, StepDraft(Step.DISCIPLINARY, school.people["teacher"], day, "Spoke with him"))
    assert kinds(school) == []


def test_confidential_matters_reach_who_decides_them(school: SmallSchool) -> None:
    make.submit(
        school, make.declare(school, login="dsl", confidentiality=Confidentiality.SAFEGUARDING), "dsl"
    )
    assert kinds(school) == [QueueKind.EXCEPTION]
    assert kinds(school, "chair") == []


def test_a_question_waits_only_once_it_is_answered(school: SmallSchool) -> None:
    head = school.ctx_for("headteacher")
    connection_questions.ask(head, school.people["teacher"], school.people["anna"], "Since when?")
    assert kinds(school) == []


def test_late_declarations_say_so(school: SmallSchool) -> None:
    make.submit(school, make.declare(school, other_joined_on=date(2025, 9, 1)))
    (item,) = waiting(school)
    assert item.why == "Aunt or uncle of a pupil. Late by 191 days: both had joined by 1 September 2025."


def test_a_person_renamed_or_merged_is_named_as_now(school: SmallSchool) -> None:
    make.submit(school, make.declare(school))
    office = school.ctx_for("business_manager")
    record = people.record_of(office, school.people["sam"])
    people.save(office, replace(record.draft, given_name="Samuel"), record.id, record.version)
    assert waiting(school)[0].title == "Tim Hazel and Samuel Quillfeather"


def test_con_2_a_paper_decision_waits_for_the_very_person_it_was_recorded_for(school: SmallSchool) -> None:
    exception = paper(school)
    (item,) = waiting(school)
    assert (item.kind, item.record_id) == (QueueKind.PAPER, exception)
    assert "Confirm that it is yours." in item.why
    assert kinds(school, "chair") == []
    # Disputed, it counts for nothing, and the exception waits for a decision again.
    connection_decisions.dispute_paper(school.ctx_for("headteacher"), item.id, "I refused it.")
    assert kinds(school) == [QueueKind.EXCEPTION]


def test_a_quiet_queue_says_what_was_signed_last_and_what_comes_next(school: SmallSchool) -> None:
    head = school.ctx_for("headteacher")
    assert queue.quiet(head) == queue.Quiet("", "")
    start = school.clock.now.date()
    make.approved(school, review_on=start + timedelta(days=90))
    make.approved(school, other="tariq", review_on=start + timedelta(days=80))
    make.leaves(school, "tariq", start + timedelta(days=60))  # gone before its review
    paper(school, adult="dsl")  # nobody has signed it yet
    said = queue.quiet(head)
    assert said.last == "Your last decision: 2026/C0002, approved on 11 March 2026."
    assert said.coming == "The next review is due on 9 June 2026: Tim Hazel and Sam Quillfeather."
    assert queue.quiet(school.ctx_for("chair")) == queue.Quiet("", "")
