"""Today: what is due across everything, for whoever asks (ACC, CON, DOC-1, INC-4, REP, AUP)."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from smdesk.policy.vocabulary import Conduct, Step
from smdesk.services import letters, steps, today
from smdesk.services.incident_records import Confidentiality, StepDraft
from smdesk.services.letter_records import LetterKind, SentHow
from smdesk.services.today_records import DueKind, Overdue, Section, Target, Today, due_words
from tests.support import connections as make
from tests.support import due
from tests.support.due import TODAY, at
from tests.support.school import START, SmallSchool


def of(school: SmallSchool, login: str = "business_manager") -> Today:
    return today.items(school.ctx_for(login))


def sections(school: SmallSchool, login: str = "business_manager") -> dict[DueKind, Section]:
    found = of(school, login).sections
    assert len({section.kind for section in found}) == len(found)
    return {section.kind: section for section in found}


def ready(school: SmallSchool, **more: object) -> int:
    """An account that lacks nothing: two trained members of staff run it, who know the policy."""
    account = due.account(
        school,
        responsible_id=school.people["teacher"],
        checklist="who_posts,disclaimer,credit,tagging",
        **more,
    )
    for person in ("teacher", "office"):
        due.runner(school, account, person)
    return account


def with_policy_and_training(school: SmallSchool) -> None:
    policy = due.policy(school, TODAY + timedelta(days=300), for_accounts=True)
    kind = due.training_type(school, asked_of="", for_accounts=True)
    for person in ("teacher", "office"):
        due.answer(school, policy, person)
        due.training(school, kind, person, TODAY + timedelta(days=200))


def letter_waiting(school: SmallSchool) -> int:
    office = school.ctx_for("business_manager")
    incident = school.incident(summary="A post")
    steps.record(office, incident, StepDraft(Step.TALK, school.people["anna"], TODAY, "Talked"))
    letter = letters.draft(office, incident, LetterKind.WRITTEN_WARNING).id
    letters.submit(office, letter, letters.get(office, letter).version)
    return letter


def test_a_quiet_school_has_nothing_and_says_what_comes(school: SmallSchool) -> None:
    due.place(school, TODAY + timedelta(days=12))
    found = of(school)
    assert found.sections == ()
    assert (found.count, found.overdue) == (0, 0)
    assert [each.title for each in found.coming] == ["Check what is said: Town reviews"]


def test_comments_come_first_by_their_clocks(school: SmallSchool) -> None:
    account = ready(school)
    later = due.message(school, account, at(12, 8))
    late = due.message(school, account, at(11, 8), from_name="", kind="complaint")
    due.message(school, account, at(10), replied_at=START)
    due.message(school, account, None, kind="praise")
    incident = school.incident(on_school_account=True, received_at=START - timedelta(hours=2))
    section = of(school).sections[0]
    assert section.kind is DueKind.REPLY
    assert (section.count, section.overdue, section.more) == (3, 1, 0)
    assert [each.target for each in section.items] == [
        Target("accounts", "messages", late),
        Target("incidents", "", incident),
        Target("accounts", "messages", later),
    ]
    assert [each.overdue for each in section.items] == [True, False, False]
    assert section.items[0].title == "Complaint on @brambleford on Facebook"
    assert section.items[2].title == "Comment from Anna Quillfeather on @brambleford on Facebook"
    assert "Why is the gate locked?" in section.items[2].why


def test_the_first_few_are_told_and_the_rest_counted(school: SmallSchool) -> None:
    account = ready(school)
    for hour in range(20):
        due.message(school, account, at(11, hour))
    section = of(school).sections[0]
    assert (section.count, len(section.items), section.more) == (20, today.SHOWN, 20 - today.SHOWN)
    assert section.overdue == 10
    assert [each.due for each in section.items] == [at(11, hour) for hour in range(today.SHOWN)]


def test_a_removal_request_is_chased_on_its_day(school: SmallSchool) -> None:
    office = school.ctx_for("business_manager")
    incident = school.incident()
    asked = StepDraft(
        Step.ASK_REMOVAL,
        school.people["anna"],
        TODAY,
        "Asked to remove it",
        chase_on=TODAY + timedelta(days=2),
    )
    steps.record(office, incident, asked)
    assert DueKind.CHASE not in sections(school)
    school.clock.forward(days=2)
    section = sections(school)[DueKind.CHASE]
    assert [each.target for each in section.items] == [Target("incidents", "", incident)]
    assert "INC-4" in section.items[0].why
    assert not section.items[0].overdue
    school.clock.forward(days=1)
    assert sections(school)[DueKind.CHASE].items[0].overdue


def test_a_letter_goes_round(school: SmallSchool) -> None:
    letter = letter_waiting(school)
    assert DueKind.LETTER_SIGN not in sections(school)
    (item,) = sections(school, "headteacher")[DueKind.LETTER_SIGN].items
    assert item.title == "Written warning to Anna Quillfeather"
    assert item.target == Target("queue", "letter", letter)
    head, office = school.ctx_for("headteacher"), school.ctx_for("business_manager")
    letters.return_with_note(head, letter, letters.get(head, letter).version, "Say when it was.")
    (item,) = sections(school)[DueKind.LETTER_MEND].items
    assert "Say when it was." in item.why
    letters.submit(office, letter, letters.get(office, letter).version)
    letters.approve(head, letter, letters.get(head, letter).version)
    (item,) = sections(school)[DueKind.LETTER_ISSUE].items
    assert item.target == Target("letters", "", letter)
    assert DueKind.LETTER_SIGN not in sections(school, "headteacher")


def test_exceptions_are_completed_decided_and_reviewed(school: SmallSchool) -> None:
    exception = make.declare(school)
    assert sections(school)[DueKind.EXCEPTION_TO_COMPLETE].items[0].target.id == exception
    make.submit(school, exception)
    assert DueKind.EXCEPTION_TO_COMPLETE not in sections(school)
    assert DueKind.EXCEPTION not in sections(school)
    (item,) = sections(school, "headteacher")[DueKind.EXCEPTION].items
    assert item.title == "Tim Hazel and Sam Quillfeather"
    reviewed = make.approved(school, other="tariq", review_on=TODAY + timedelta(days=28))
    assert sections(school, "headteacher")[DueKind.EXCEPTION_REVIEW].items[0].target.id == reviewed
    assert DueKind.EXCEPTION_REVIEW not in sections(school)  # the office is told once it is due
    school.clock.forward(days=28)
    assert sections(school)[DueKind.EXCEPTION_REVIEW].items[0].due == TODAY + timedelta(days=28)


def test_incidents_the_headteacher_was_told_of(school: SmallSchool) -> None:
    school.incident(author="teacher", named="sam", conduct=(Conduct.CONTACT_REQUEST,))
    assert sections(school, "headteacher")[DueKind.INCIDENT].count == 1
    assert DueKind.INCIDENT not in sections(school)


def test_a_confidential_incident_is_told_to_nobody_else(school: SmallSchool) -> None:
    school.incident(
        "headteacher",
        summary="A worry about a child",
        on_school_account=True,
        confidentiality=Confidentiality.SAFEGUARDING,
    )
    for login in ("business_manager", "leadership", "chair", "governor", "administrator"):
        said = " ".join(
            f"{item.title} {item.why}" for section in of(school, login).sections for item in section.items
        )
        assert "worry" not in said
        assert sum(section.count for section in of(school, login).sections) == 0
        assert of(school, login).coming == ()
    assert sections(school, "dsl")[DueKind.REPLY].items[0].title == "A worry about a child"


def test_cases_wait_for_the_meeting_and_drafts_for_their_writer(school: SmallSchool) -> None:
    case = due.case(school)
    more = due.case(school, "more_wanted")
    draft = due.case(school, "draft", submitted_on=None)
    due.case(school, "approved")
    for login in ("headteacher", "leadership", "business_manager"):
        (item,) = sections(school, login)[DueKind.CASE].items
        assert item.target == Target("cases", "", case)
    assert item.title == "Friends of Brambleford on Facebook"
    assert "Olive Tree" in item.why
    assert [each.id for each in sections(school)[DueKind.CASE_TO_COMPLETE].items] == [more, draft]
    assert [each.id for each in sections(school, "leadership")[DueKind.CASE_TO_COMPLETE].items] == [more]


def test_a_post_waits_for_another_leader_than_who_asked(school: SmallSchool) -> None:
    account = ready(school)
    anyone = due.sign_off(school, account)
    heads = due.sign_off(
        school, account, asked_of=school.users["headteacher"], planned_for=TODAY + timedelta(days=1)
    )
    due.sign_off(school, account, asked_by=school.users["leadership"], asked_of=school.users["headteacher"])
    assert [each.id for each in sections(school, "leadership")[DueKind.SIGN_OFF].items] == [anyone]
    found = sections(school, "headteacher")[DueKind.SIGN_OFF]
    assert found.count == 3
    assert found.items[0].id == heads  # it is to be published tomorrow
    assert DueKind.SIGN_OFF not in sections(school)


def test_an_account_nobody_looked_at_is_overdue(school: SmallSchool) -> None:
    with_policy_and_training(school)
    account = ready(school, looked_on=TODAY - timedelta(days=4))
    section = sections(school, "leadership")[DueKind.UNWATCHED]
    assert (section.count, section.overdue) == (1, 1)
    assert section.items[0].target == Target("accounts", "watching", account)
    assert "4 days" in section.items[0].why
    assert DueKind.ACCOUNT not in sections(school)


def test_an_account_whose_trained_runner_left_does_not_comply(school: SmallSchool) -> None:
    with_policy_and_training(school)
    account = ready(school)
    assert DueKind.ACCOUNT not in sections(school)
    make.leaves(school, "office", TODAY)
    (item,) = sections(school)[DueKind.ACCOUNT].items
    assert item.target == Target("accounts", "register", account)
    assert "too few staff" in item.why.casefold()


def test_reviews_are_announced_as_the_policy_says(school: SmallSchool) -> None:
    with_policy_and_training(school)
    ready(school, review_on=TODAY + timedelta(days=28))
    due.policy(school, TODAY - timedelta(days=1))
    due.block(school, TODAY)
    due.block(school, TODAY + timedelta(days=1))
    found = sections(school)
    assert [each.overdue for each in found[DueKind.ACCOUNT_REVIEW].items] == [False]
    assert [each.overdue for each in found[DueKind.POLICY].items] == [True]
    assert found[DueKind.POLICY].items[0].target.part == "policies"
    assert found[DueKind.BLOCK].count == 1
    assert DueKind.POLICY not in sections(school, "leadership")


def test_what_was_said_elsewhere_and_where_to_look(school: SmallSchool) -> None:
    place = due.place(school, TODAY)
    due.place(school, TODAY + timedelta(days=1), "Encyclopaedia")
    due.finding(school, place)
    asked = due.finding(school, place, journalist=True, said="May I quote you?")
    due.finding(school, place, decision="ignore")
    found = sections(school, "leadership")
    assert found[DueKind.PLACE].count == 1
    assert found[DueKind.FINDING].count == 2
    assert found[DueKind.FINDING].items[0].id == asked
    assert "REP-3" in found[DueKind.FINDING].items[0].why
    assert found[DueKind.FINDING].items[1].title == "Criticism on Town reviews"


def test_training_that_lapses_is_told_for_those_who_need_it(school: SmallSchool) -> None:
    kind = due.training_type(school)
    due.training(school, kind, "teacher", TODAY - timedelta(days=1))
    due.training(school, kind, "office", TODAY + timedelta(days=28))
    due.training(school, kind, "head", TODAY + timedelta(days=29))
    due.training(school, kind, "anna", TODAY)
    found = sections(school)
    assert [each.title for each in found[DueKind.TRAINING].items] == ["Tim Hazel", "Bea Cedar"]
    assert [each.overdue for each in found[DueKind.TRAINING].items] == [True, False]
    (missing,) = found[DueKind.UNTRAINED].items
    assert missing.title == "Social media for staff"
    assert missing.why.startswith("1 person ")  # the DSL


def test_answers_outstanding_are_counted_for_each_policy(school: SmallSchool) -> None:
    policy = due.policy(school, None, asked_of="parent")
    due.answer(school, policy, "anna", "declined")
    (item,) = sections(school)[DueKind.OUTSTANDING].items
    # Ben and, as a parent too, the business manager: who declined has answered (AUP-1).
    assert item.why == "2 people to answer, version 1."
    assert item.target == Target("agreements", "outstanding", policy)


def test_a_governor_sees_figures_only_and_an_administrator_nothing(school: SmallSchool) -> None:
    due.message(school, due.account(school), at(10))
    governor = of(school, "governor")
    assert (governor.sections, governor.figures_only) == ((), True)
    administrator = of(school, "administrator")
    assert (administrator.sections, administrator.figures_only) == ((), False)


def test_overdue_replies_are_counted_wherever_they_went(school: SmallSchool) -> None:
    ctx = school.ctx_for("business_manager")
    assert today.overdue_replies(ctx) == Overdue()
    message = due.message(school, due.account(school), at(11, 8))
    assert today.overdue_replies(ctx) == Overdue(
        1, "1 hour 30 minutes overdue", Target("accounts", "messages", message)
    )
    incident = school.incident(
        "headteacher",
        on_school_account=True,
        received_at=START - timedelta(days=2),
        confidentiality=Confidentiality.SAFEGUARDING,
    )
    assert today.overdue_replies(ctx).count == 1
    found = today.overdue_replies(school.ctx_for("dsl"))
    assert found == Overdue(2, "1 day overdue", Target("incidents", "", incident))


@pytest.mark.parametrize(
    ("wanted", "words"),
    [
        (at(11, 9, 29), "1 minute overdue"),
        (at(11, 7), "2 hours 30 minutes overdue"),
        (at(9, 9, 29), "2 days overdue"),
        (at(11, 16, 5), "due today at 16:05"),
        (at(12, 23, 59), "due tomorrow"),
        (at(10, 23, 59), "1 day overdue"),
        (date(2026, 3, 10), "1 day overdue"),
        (date(2026, 3, 11), "due today"),
        (date(2026, 3, 16), "due on Monday"),
        (date(2026, 3, 18), "due on 18 March 2026"),
    ],
)
def test_when_something_is_due_in_words(wanted: date, words: str) -> None:
    assert due_words(wanted, START) == words


def test_what_is_only_half_done_stays_in_sight_until_it_is_done(school: SmallSchool) -> None:
    account, place = ready(school), due.place(school, TODAY + timedelta(days=12))
    acknowledged = due.message(school, account, at(10), replied_at=START, acknowledged_at=START)
    reopened = due.message(school, account, at(10), replied_at=START, answered_at=START)
    due.message(school, account, at(10), replied_at=START, answered_at=START, settled_at=START)
    incident = school.incident()
    due.message(school, account, at(10), replied_at=START, incident_id=incident)
    thanks = due.finding(school, place, tone="praise", decision="thank")
    due.finding(school, place, decision="answer", done_on=TODAY)
    due.finding(school, place, decision="ignore")
    found = sections(school)
    messages = found[DueKind.MESSAGE_OPEN]
    assert [(each.target.id, each.why.split(". ", 1)[1]) for each in messages.items] == [
        (acknowledged, "Acknowledged on 11 March 2026, not answered yet. “Why is the gate locked?”"),
        (reopened, "Answered, and opened again. “Why is the gate locked?”"),
    ]
    assert messages.count == 2
    findings = found[DueKind.FINDING_TO_DO]
    (item,) = findings.items
    assert item.target == Target("reputation", "findings", thanks)
    assert item.title == "Praise on Town reviews"
    assert item.why.endswith(". Decided: thank them. “The gate is always locked.”")
    assert today.counts(school.ctx_for("business_manager"))["reputation"] == 1
    assert sections(school, "headteacher").keys() >= {DueKind.MESSAGE_OPEN, DueKind.FINDING_TO_DO}
    assert not {DueKind.MESSAGE_OPEN, DueKind.FINDING_TO_DO} & sections(school, "governor").keys()


def test_a_letter_that_was_issued_stays_in_sight_until_it_has_gone(school: SmallSchool) -> None:
    letter = letter_waiting(school)
    office, head = school.ctx_for("business_manager"), school.ctx_for("headteacher")
    letters.approve(head, letter, letters.get(head, letter).version)
    letters.issue(office, letter, letters.get(office, letter).version)
    (item,) = sections(school)[DueKind.LETTER_SEND].items
    assert item.target == Target("letters", "", letter)
    assert item.why == "2026/L0001, issued on 11 March 2026. How and when it went is not recorded."
    assert DueKind.LETTER_SEND not in sections(school, "governor")
    letters.record_sent(office, letter, SentHow.HAND, TODAY)
    assert DueKind.LETTER_SEND not in sections(school)
