"""The headteacher's own nephew: the chair of governors decides, the headteacher under no hat at all (CON-5)."""

from __future__ import annotations

from dataclasses import replace

import pytest

from smdesk.errors import NotAllowed, NotFound, Refused
from smdesk.policy.vocabulary import Capacity, Initiator, Notify, Relationship
from smdesk.security.permissions import Role
from smdesk.services import (
    connection_decisions,
    connection_list,
    connection_papers,
    connection_questions,
    connections,
    paper_check,
    people,
    users,
)
from smdesk.services.connection_records import (
    DecisionDraft,
    ExceptionFilter,
    ExceptionSort,
    ExceptionStatus,
    ExceptionView,
)
from smdesk.services.incident_records import Confidentiality
from smdesk.services.letter_records import LetterKind
from smdesk.services.people_records import Relation
from tests.scenarios.telling import APPROVE, END, REFUSE, Story, printed

EVERYTHING = ExceptionFilter(view=ExceptionView.ALL)
DECISION = DecisionDraft(APPROVE, "Her sister’s son.")


@pytest.fixture
def nephew(story: Story) -> int:
    """Tariq is the headteacher's nephew; the office puts it forward."""
    return story.put_forward("head", "tariq")


def roles(story: Story, login: str, *held: Role) -> None:
    """The administrator gives somebody these roles, as under Settings."""
    administrator = story.at("administrator")
    row = next(each for each in users.list_users(administrator) if each.draft.login == login)
    users.save(administrator, row.id, replace(row.draft, roles=held), row.version)


def held(story: Story, exception: int) -> int:
    return story.exception(exception, "chair").version


def test_con_5_it_waits_for_the_chair_who_decides_and_signs(story: Story, nephew: int) -> None:
    record = story.exception(nephew, "headteacher")
    assert (record.headteacher_concerned, record.awaits, record.may_decide) == (
        True,
        Role.CHAIR_OF_GOVERNORS,
        False,
    )
    assert "about yourself" in record.why_not
    assert "Mrs C. Fir (chair of governors) decides" in record.why_not
    assert story.waits_for("headteacher") == []
    assert story.waits_for("chair") == [("exception", "2026/C0001")]
    for kind in (APPROVE, REFUSE):
        with pytest.raises(NotAllowed, match=r"CON-5.*Mrs C\. Fir"):
            connection_decisions.decide(story.head, nephew, held(story, nephew), DecisionDraft(kind, "Mine."))
    decision = story.decided(nephew, APPROVE, "Her sister’s son.", by="chair")
    file = story.printed_decision(decision, "chair")
    assert "Chair of governors" in printed(file.read_bytes())
    assert "Signed with the key of Mrs C. Fir." in paper_check.check_paper_here(story.dsl, file).here

    # What comes later is the chair's too, and the headteacher's view says so.
    assert story.exception(nephew, "headteacher").in_force
    story.days_pass(1)
    with pytest.raises(NotAllowed, match="CON-5"):
        connection_decisions.decide(story.head, nephew, held(story, nephew), DecisionDraft(END, "Enough."))
    story.decided(nephew, END, "Asked for by both.", by="chair")
    assert story.exception(nephew).status is ExceptionStatus.ENDED
    assert story.faults() == []


def test_con_5_the_letter_about_it_is_the_chairs_to_sign(story: Story, nephew: int) -> None:
    story.changed("head", address="1 Hill Top\nBrambleford")
    story.known("amir", "Osei-Marsh", "Amir", address="3 Vale Road\nBrambleford")
    people.link(story.office, story.school.people["amir"], Relation.PARENT_OF, story.school.people["tariq"])
    story.decided(nephew, APPROVE, "Her sister’s son.", by="chair")
    with pytest.raises(NotAllowed, match="CON-5"):
        story.told(nephew, LetterKind.EXCEPTION_APPROVED, "amir")
    waiting = [reference for kind, reference in story.waits_for("chair") if kind == "letter"]
    assert len(waiting) == 1
    assert [kind for kind, _ in story.waits_for("headteacher")] == []
    letter = story.told(nephew, LetterKind.EXCEPTION_APPROVED, "head", decider="chair")
    assert "Tariq Osei-Marsh" in story.paper(letter)
    assert "Mrs C. Fir" in story.paper(letter)


@pytest.mark.parametrize("mark", [Confidentiality.SAFEGUARDING, Confidentiality.STAFF])
def test_con_5_a_confidential_one_is_nowhere_to_be_seen_by_the_headteacher(
    story: Story, mark: Confidentiality
) -> None:
    exception = story.put_forward("head", "tariq", by="dsl", confidentiality=mark)
    head = story.head
    shown = [
        lambda: connections.open_exception(head, exception),
        lambda: connections.find_by_reference(head, "2026/C0001"),
        lambda: connection_decisions.decide(head, exception, 2, DECISION),
        lambda: connection_decisions.defaults(head, exception),
        lambda: connection_papers.declaration_pdf(head, exception),
        lambda: connection_questions.for_exception(head, exception),
        lambda: connections.withdraw(head, exception, 2, "Please"),
    ]
    for look in shown:
        with pytest.raises(NotFound):
            look()
    assert list(connection_list.sorted_ids(head, EVERYTHING, ExceptionSort())) == []
    assert connection_list.view_counts(head)[ExceptionView.ALL] == 0
    ids = story.school.people
    assert connections.between(head, ids["head"], ids["tariq"]) == []
    view = story.looked_at(story.attempt(Initiator.OTHER, "head", "tariq"), "headteacher")
    assert (view.covering, view.near, view.partial) == ((), (), True)
    assert story.waits_for("headteacher") == []

    decision = story.decided(exception, APPROVE, "Her sister’s son.", by="chair")
    with pytest.raises(NotFound):
        connection_papers.decision_pdf(head, decision)
    assert story.allowed_on(story.today, "headteacher") == []
    assert story.allowed_on(story.today, "business_manager") == []
    assert story.allowed_on(story.today, "dsl") == ["2026/C0001"]
    # It covers an attempt for those who may know of it, and not for those who may not.
    attempt = story.attempt(Initiator.OTHER, "head", "tariq")
    assert story.looked_at(attempt, "dsl").covered
    assert not story.looked_at(attempt, "headteacher").covered
    assert story.faults() == []
    # Each opening by those who may is written down.
    before = story.audited
    story.exception(exception, "dsl")
    assert [line.action for line in story.audit(before)] == ["exception.opened"]


def test_con_5_a_second_hat_does_not_help(story: Story, nephew: int) -> None:
    roles(story, "headteacher", Role.HEADTEACHER, Role.CHAIR_OF_GOVERNORS, Role.DSL)
    with pytest.raises(NotAllowed, match="CON-5"):
        connection_decisions.decide(story.head, nephew, held(story, nephew), DECISION)
    # Neither does a paper of one's own: it is the chair's to have signed.
    with pytest.raises(NotAllowed, match="about yourself"):
        story.decided_on_paper(nephew, APPROVE, story.today, by="headteacher")


def test_con_5_whoever_becomes_headteacher_meanwhile_loses_their_own_to_the_chair(story: Story) -> None:
    """The deputy's exception awaits the headteacher when the deputy is made headteacher."""
    administrator = story.at("administrator")
    row = next(each for each in users.list_users(administrator) if each.draft.login == "leadership")
    users.save(
        administrator, row.id, replace(row.draft, person_id=story.school.people["teacher"]), row.version
    )
    exception = story.put_forward("teacher", "sam")
    assert story.waits_for("headteacher") == [("exception", "2026/C0001")]
    roles(story, "headteacher", Role.LEADERSHIP)
    roles(story, "leadership", Role.HEADTEACHER)
    assert story.exception(exception).awaits is Role.CHAIR_OF_GOVERNORS
    assert story.waits_for("leadership") == []
    assert story.waits_for("chair") == [("exception", "2026/C0001")]
    with pytest.raises(NotAllowed, match="CON-5"):
        connection_decisions.decide(story.at("leadership"), exception, held(story, exception), DECISION)
    story.decided(exception, APPROVE, by="chair")
    assert story.faults() == []


def test_con_5_the_nephews_mother_counts_as_one_of_the_two_as_well(story: Story) -> None:
    """The other side may be the headteacher too: a friend on the staff and the head as a parent."""
    story.changed("head", also=("parent",))
    exception = story.put_forward(
        "teacher", "head", capacity=Capacity.PARENT, relationship=Relationship.FAMILY_FRIEND
    )
    assert story.exception(exception).headteacher_concerned
    with pytest.raises(NotAllowed, match="CON-5"):
        connection_decisions.decide(story.head, exception, held(story, exception), DECISION)


def test_con_5_where_there_is_no_chair_nobody_decides_it_and_that_is_said(story: Story, nephew: int) -> None:
    roles(story, "chair", Role.GOVERNOR)
    record = story.exception(nephew)
    assert "Nobody among the users decides it as chair of governors" in record.why_not
    with pytest.raises(Refused, match="Nobody among the users decides") as caught:
        story.decided_on_paper(nephew, APPROVE, story.today)
    assert caught.value.rule == "CON-5"
    assert story.exception(nephew).files == ()


def test_con_3_an_attempt_of_the_headteachers_is_told_to_the_chair(story: Story) -> None:
    view = story.looked_at(story.attempt(Initiator.ADULT, "head", "tariq"))
    assert view.tell == (Notify.CHAIR_OF_GOVERNORS,)
    # The DSL hears of what a child began, whoever the adult is.
    assert story.looked_at(story.attempt(Initiator.OTHER, "head", "tariq")).tell == (Notify.DSL,)
