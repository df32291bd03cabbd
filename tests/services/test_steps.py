"""Steps, decisions and notes: what the policy allows, what follows, and how a slip is taken back."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest
from sqlalchemy import text

from smdesk.db.models import Letter
from smdesk.errors import Invalid, NotAllowed, NotFound, Refused
from smdesk.policy.vocabulary import Conduct, Step
from smdesk.services import advice, evidence, incident_list, incidents, people, steps
from smdesk.services.incident_records import Confidentiality, Outcome, StepDraft, TimelineEntry
from smdesk.services.people_records import PersonDraft, Relation
from tests.support.school import SmallSchool

TODAY = date(2026, 3, 11)


def last(school: SmallSchool, incident_id: int, login: str = "headteacher") -> TimelineEntry:
    return max(steps.timeline(school.ctx_for(login), incident_id), key=lambda line: line.id)


def test_a_removal_request_is_chased_after_two_school_working_days(school: SmallSchool) -> None:
    school.clock.now = datetime(2026, 4, 2, 9, 0, tzinfo=UTC)  # Maundy Thursday
    ctx = school.ctx_for("business_manager")
    incident_id = school.incident()
    saved = steps.record(
        ctx, incident_id, StepDraft(Step.ASK_REMOVAL, None, date(2026, 4, 2), "Rang her", happened_at="09:00")
    )
    line = last(school, incident_id)
    # INC-4: Good Friday, the weekend and Easter Monday are not working days.
    assert (line.chase_on, line.chased, line.person_name) == (date(2026, 4, 8), False, "Anna Quillfeather")
    assert saved.changes == {("incident", incident_id), ("person", school.people["anna"])}
    record = incidents.open_incident(ctx, incident_id)
    assert (record.removal_asked_on, record.removed_on, record.version) == (date(2026, 4, 2), None, 1)
    (row,) = incident_list.rows(ctx, [incident_id])
    assert row.due == datetime(2026, 4, 8, 22, 59, 59, tzinfo=UTC)  # the end of that day, in summer time
    steps.mark_removed(ctx, incident_id, date(2026, 4, 2), "Looked for it, it is gone")
    record = incidents.open_incident(ctx, incident_id)
    assert record.removed_on == date(2026, 4, 2)
    (row,) = incident_list.rows(ctx, [incident_id])
    assert row.due is None


def test_a_chase_date_of_ones_own_and_what_settles_it(school: SmallSchool) -> None:
    ctx = school.ctx_for("business_manager")
    incident_id = school.incident()
    steps.record(ctx, incident_id, StepDraft(Step.ASK_REMOVAL, None, TODAY, chase_on=date(2026, 3, 20)))
    assert last(school, incident_id).chase_on == date(2026, 3, 20)
    school.clock.forward(days=10)
    steps.record(ctx, incident_id, StepDraft(Step.TALK, None, date(2026, 3, 21)))
    chased = [line.chased for line in steps.timeline(ctx, incident_id) if line.step is Step.ASK_REMOVAL]
    assert chased == [True]


def test_what_the_policy_refuses_is_refused_with_its_rule(school: SmallSchool) -> None:
    head = school.ctx_for("headteacher")
    stranger = school.incident(author="stranger", conduct=(Conduct.THREAT_OF_VIOLENCE,))
    with pytest.raises(Refused, match="Nobody knows who posted") as error:
        steps.record(head, stranger, StepDraft(Step.WRITTEN_WARNING, None, TODAY, reason="I want to"))
    assert error.value.rule == "INC-7"
    extremist = school.incident(conduct=(Conduct.EXTREMISM,))
    with pytest.raises(Refused) as error:
        steps.record(head, extremist, StepDraft(Step.TALK, None, TODAY))
    assert error.value.rule == "INC-9"
    assert len(steps.timeline(head, stranger)) == 1


def test_a_step_before_its_turn_needs_a_reason(school: SmallSchool) -> None:
    ctx = school.ctx_for("business_manager")
    incident_id = school.incident(conduct=(Conduct.DEFAMATION,))
    with pytest.raises(Invalid) as error:
        steps.record(ctx, incident_id, StepDraft(Step.LEGAL_ADVICE, None, TODAY))
    assert [problem.field for problem in error.value.problems] == ["reason"]
    steps.record(
        ctx, incident_id, StepDraft(Step.LEGAL_ADVICE, None, TODAY, reason="The governors asked for it")
    )
    line = last(school, incident_id)
    assert (line.rule, line.reason) == ("INC-5", "The governors asked for it")


def test_leaving_a_step_out_opens_the_next(school: SmallSchool) -> None:
    ctx = school.ctx_for("business_manager")
    incident_id = school.incident()

    def is_open(step: Step) -> bool:
        return any(each.step is step for each in advice.for_incident(ctx, incident_id).advice.next)

    assert is_open(Step.TALK)
    assert not is_open(Step.WRITTEN_WARNING)
    with pytest.raises(Invalid):
        steps.skip(ctx, incident_id, Step.TALK, " ")
    for step in (Step.ASK_REMOVAL, Step.TALK):
        steps.skip(ctx, incident_id, step, "She will not come to the telephone")
    assert is_open(Step.WRITTEN_WARNING)
    line = last(school, incident_id)
    assert (line.kind, line.title, line.rule) == ("skip", "Left out: Talk in private", "INC-5")
    # Left out is not taken: nothing climbs her ladder.
    assert people.record_of(ctx, school.people["anna"]).ladder == ()


def test_a_warning_is_not_the_offices_to_record(school: SmallSchool) -> None:
    incident_id = school.incident()
    draft = StepDraft(Step.WRITTEN_WARNING, None, TODAY, "On paper, before we had SM Desk", reason="As above")
    with pytest.raises(NotAllowed, match="letter"):
        steps.record(school.ctx_for("business_manager"), incident_id, draft)
    steps.record(school.ctx_for("headteacher"), incident_id, draft)
    assert [each.step for each in people.record_of(school.ctx_for("dsl"), school.people["anna"]).ladder] == [
        Step.WRITTEN_WARNING
    ]


def test_steps_count_for_the_person_across_years_not_for_the_co_parent(school: SmallSchool) -> None:
    head = school.ctx_for("headteacher")
    first = school.incident()
    for step in (Step.ASK_REMOVAL, Step.TALK, Step.WRITTEN_WARNING):
        steps.record(head, first, StepDraft(step, None, TODAY))
    school.clock.now = datetime(2027, 2, 1, 9, 0, tzinfo=UTC)
    again, other_parent = school.incident(), school.incident(author="ben")

    def open_steps(incident_id: int) -> set[Step]:
        return {each.step for each in advice.for_incident(head, incident_id).advice.next}

    assert Step.SECOND_WARNING in open_steps(again)
    assert not {Step.WRITTEN_WARNING, Step.SECOND_WARNING} & open_steps(other_parent)
    taken = dict(advice.for_incident(head, again).ladder)
    assert taken[Step.WRITTEN_WARNING] == TODAY
    assert dict(advice.for_incident(head, other_parent).ladder)[Step.WRITTEN_WARNING] is None


def test_a_step_with_somebody_else_does_not_climb_the_authors_ladder(school: SmallSchool) -> None:
    ctx = school.ctx_for("business_manager")
    incident_id = school.incident(named="ben")
    steps.record(ctx, incident_id, StepDraft(Step.TALK, school.people["ben"], TODAY))
    assert people.record_of(ctx, school.people["anna"]).ladder == ()
    assert [each.incident_id for each in people.record_of(ctx, school.people["ben"]).ladder] == [incident_id]


def test_a_warning_is_recorded_with_whoever_posted_alone(school: SmallSchool) -> None:
    head = school.ctx_for("headteacher")
    incident_id = school.incident(named="ben")
    draft = StepDraft(Step.WRITTEN_WARNING, school.people["ben"], TODAY, reason="Given on paper")
    for person in ("ben", "teacher"):
        with pytest.raises(Invalid, match="whoever posted") as error:
            steps.record(head, incident_id, replace(draft, person_id=school.people[person]))
        assert [problem.field for problem in error.value.problems] == ["person_id"]
    assert people.record_of(head, school.people["ben"]).ladder == ()
    steps.record(head, incident_id, replace(draft, person_id=school.people["anna"]))
    assert [line.step for line in people.record_of(head, school.people["anna"]).ladder] == [
        Step.WRITTEN_WARNING
    ]


def test_a_step_is_recorded_with_people_in_the_incident_or_a_pupils_family(school: SmallSchool) -> None:
    head = school.ctx_for("headteacher")
    stranger_to_it = school.people["teacher"]
    incident_id = school.incident(author="tariq", named="sam")
    family = people.save(head, PersonDraft(given_name="Ife", family_name="Osei-Marsh")).id
    talk = StepDraft(Step.TALK, family, TODAY)
    with pytest.raises(Invalid, match="not linked as parent or carer") as error:
        steps.record(head, incident_id, talk)
    assert [problem.field for problem in error.value.problems] == ["person_id"]
    people.link(head, family, Relation.CARER_OF, school.people["tariq"], "")
    for step in (Step.TALK, Step.ADVISE_FAMILY):
        steps.record(head, incident_id, replace(talk, step=step))
    assert last(school, incident_id).person_name == "Ife Osei-Marsh"
    for step, person in ((Step.ASK_REMOVAL, family), (Step.TALK, stranger_to_it)):
        with pytest.raises(Invalid, match="no part in this incident"):
            steps.record(head, incident_id, StepDraft(step, person, TODAY))
    steps.record(head, incident_id, StepDraft(Step.TALK, school.people["sam"], TODAY))


@pytest.mark.parametrize(
    ("draft", "field"),
    [
        (StepDraft(Step.TALK, None, TODAY + timedelta(days=1)), "happened_on"),
        (StepDraft(Step.TALK, None, date(2024, 3, 1)), "happened_on"),
        (StepDraft(Step.TALK, None, TODAY, happened_at="noon"), "happened_at"),
        (StepDraft(Step.TALK, None, TODAY, chase_on=TODAY - timedelta(days=1)), "chase_on"),
        (StepDraft(Step.TALK, 4711, TODAY), "person_id"),
    ],
)
def test_slips_of_the_keyboard(school: SmallSchool, draft: StepDraft, field: str) -> None:
    with pytest.raises(Invalid) as error:
        steps.record(school.ctx_for("business_manager"), school.incident(), draft)
    assert [problem.field for problem in error.value.problems] == [field]


def test_only_the_dsl_decides_under_prevent(school: SmallSchool) -> None:
    incident_id = school.incident(conduct=(Conduct.EXTREMISM,))
    dsl = school.ctx_for("dsl")
    for login in ("headteacher", "business_manager", "leadership"):
        with pytest.raises(NotAllowed):
            steps.decide_prevent(school.ctx_for(login), incident_id, False, "no")
    with pytest.raises(Invalid):
        steps.decide_prevent(dsl, incident_id, False, "")
    with pytest.raises(Refused, match="not marked"):
        steps.decide_prevent(dsl, school.incident(), False, "nothing to it")
    with pytest.raises(Refused):
        steps.skip(dsl, incident_id, Step.PREVENT_DECISION, "busy")
    steps.decide_prevent(dsl, incident_id, False, "A clumsy joke, talked through")
    assert incidents.open_incident(dsl, incident_id).dsl_cleared_at == school.clock.now
    steps.record(school.ctx_for("headteacher"), incident_id, StepDraft(Step.TALK, None, TODAY))


def test_imagery_of_a_child_is_cleared_by_the_dsl_once_both_reports_are_recorded(school: SmallSchool) -> None:
    dsl, head = school.ctx_for("dsl"), school.ctx_for("headteacher")
    incident_id = school.incident(author="tariq", conduct=(Conduct.SEXUAL_IMAGERY_OF_CHILD,))
    behaviour = StepDraft(Step.BEHAVIOUR_POLICY, None, TODAY)
    with pytest.raises(NotAllowed):
        steps.clear_letters(head, incident_id, "the police agree")
    with pytest.raises(Invalid):
        steps.clear_letters(dsl, incident_id, " ")
    steps.record(head, incident_id, StepDraft(Step.POLICE, None, TODAY))
    with pytest.raises(Refused, match="before the imagery is reported") as error:
        steps.clear_letters(dsl, incident_id, "the police agree")
    assert error.value.rule == "INC-6"
    steps.record(head, incident_id, StepDraft(Step.IWF, None, TODAY))
    reported = last(school, incident_id)
    with pytest.raises(Refused):
        steps.record(head, incident_id, behaviour)
    steps.clear_letters(dsl, incident_id, "The police have no objection")
    cleared = last(school, incident_id)
    assert (cleared.rule, cleared.reason) == ("INC-6", "The police have no objection")
    with pytest.raises(Refused, match="cleared already"):
        steps.clear_letters(dsl, incident_id, "again")
    steps.record(head, incident_id, behaviour)
    with pytest.raises(Refused, match="no copy"):  # the imagery itself is never kept
        evidence.add(dsl, incident_id, "seen.txt", b"text")
    with pytest.raises(NotAllowed):
        steps.withdraw(head, cleared.id, "too soon")
    # Taking one of the reports back takes away what the clearance rested on.
    steps.withdraw(head, reported.id, "It was not sent after all")
    assert incidents.open_incident(dsl, incident_id).dsl_cleared_at is None
    with pytest.raises(Refused):
        steps.record(head, incident_id, behaviour)


def test_what_was_cleared_for_prevent_does_not_clear_imagery(school: SmallSchool) -> None:
    dsl = school.ctx_for("dsl")
    both = school.incident(conduct=(Conduct.EXTREMISM, Conduct.SEXUAL_IMAGERY_OF_CHILD))
    steps.decide_prevent(dsl, both, False, "A quotation")
    assert incidents.open_incident(dsl, both).dsl_cleared_at is None
    later = school.incident(conduct=(Conduct.EXTREMISM,))
    steps.decide_prevent(dsl, later, False, "A quotation")
    record = incidents.open_incident(dsl, later)
    assert record.dsl_cleared_at is not None
    conduct = (Conduct.EXTREMISM, Conduct.SEXUAL_IMAGERY_OF_CHILD)
    office = school.ctx_for("business_manager")
    incidents.save(office, replace(record.draft, conduct=conduct), later, record.version)
    assert incidents.open_incident(dsl, later).dsl_cleared_at is None
    for incident_id in (both, later):
        for step in (Step.IWF, Step.POLICE):
            steps.record(dsl, incident_id, StepDraft(step, None, TODAY))
        with pytest.raises(Refused):
            steps.record(dsl, incident_id, StepDraft(Step.TALK, None, TODAY))
        steps.clear_letters(dsl, incident_id, "The police have no objection")
        steps.record(dsl, incident_id, StepDraft(Step.TALK, None, TODAY))


def test_after_a_referral_letters_wait_until_they_are_cleared(school: SmallSchool) -> None:
    dsl = school.ctx_for("dsl")
    incident_id = school.incident(conduct=(Conduct.EXTREMISM,))
    with pytest.raises(Refused, match="Decide first"):
        steps.clear_letters(dsl, incident_id, "too early")
    steps.decide_prevent(dsl, incident_id, True, "A pattern")
    assert incidents.open_incident(dsl, incident_id).dsl_cleared_at is None
    with pytest.raises(Refused):
        steps.record(school.ctx_for("headteacher"), incident_id, StepDraft(Step.TALK, None, TODAY))
    steps.clear_letters(dsl, incident_id, "The panel has no objection")
    cleared = last(school, incident_id)
    steps.record(school.ctx_for("headteacher"), incident_id, StepDraft(Step.TALK, None, TODAY))
    # Taking the clearance back makes letters wait again; that too is the DSL's alone.
    with pytest.raises(NotAllowed):
        steps.withdraw(school.ctx_for("headteacher"), cleared.id, "too soon")
    steps.withdraw(dsl, cleared.id, "too soon")
    assert incidents.open_incident(dsl, incident_id).dsl_cleared_at is None


def test_taking_back_a_slip_undoes_what_followed(school: SmallSchool) -> None:
    ctx = school.ctx_for("business_manager")
    incident_id = school.incident()
    steps.record(ctx, incident_id, StepDraft(Step.ASK_REMOVAL, None, TODAY))
    slip = last(school, incident_id)
    assert slip.can_withdraw
    with pytest.raises(Invalid):
        steps.withdraw(ctx, slip.id, "")
    saved = steps.withdraw(ctx, slip.id, "It was the other mother")
    assert ("person", school.people["anna"]) in saved.changes
    kept = last(school, incident_id)
    assert (kept.id, kept.withdrawn, kept.withdrawn_reason, kept.can_withdraw) == (
        slip.id,
        True,
        "It was the other mother",
        False,
    )
    record = incidents.open_incident(ctx, incident_id)
    assert record.removal_asked_on is None
    assert people.record_of(ctx, school.people["anna"]).ladder == ()
    (row,) = incident_list.rows(ctx, [incident_id])
    assert row.next_step is Step.ASK_REMOVAL
    with pytest.raises(Refused, match="withdrawn already"):
        steps.withdraw(ctx, slip.id, "again")
    with pytest.raises(NotFound):
        steps.withdraw(ctx, 4711, "nothing")


def test_who_may_take_back_what_and_when(school: SmallSchool) -> None:
    office, head = school.ctx_for("business_manager"), school.ctx_for("headteacher")
    incident_id = school.incident()
    steps.record(office, incident_id, StepDraft(Step.TALK, None, TODAY))
    talk = last(school, incident_id)
    with pytest.raises(Refused, match="Only whoever recorded"):
        steps.withdraw(school.ctx_for("dsl"), talk.id, "no")
    school.clock.forward(days=1)
    with pytest.raises(Refused, match="same day"):
        steps.withdraw(office, talk.id, "too late")
    steps.withdraw(head, talk.id, "It never took place")
    with school.database.writing() as session:
        session.add(
            Letter(
                incident_id=incident_id,
                person_id=school.people["anna"],
                kind="written_warning",
                status="issued",
                subject="s",
                addressee="a",
                salutation="s",
                body="b",
                drafted_by=head.user.id,
                drafted_at=head.now(),
            )
        )
        session.flush()
        session.execute(
            text(
                "INSERT INTO entry (incident_id, kind, step, person_id, happened_on, happened_at, text, reason, rule,"
                " chased, letter_id, recorded_at, recorded_by, withdrawn_reason) VALUES (:i, 'step',"
                " 'written_warning', :p, '2026-03-12', '', '', '', 'INC-5', 0, 1, '2026-03-12T09:00:00Z', :u, '')"
            ),
            {"i": incident_id, "p": school.people["anna"], "u": head.user.id},
        )
    with pytest.raises(Refused, match="issued letter"):
        steps.withdraw(head, last(school, incident_id).id, "changed my mind")


def test_doing_nothing_needs_its_reason(school: SmallSchool) -> None:
    ctx = school.ctx_for("business_manager")
    incident_id = school.incident()
    with pytest.raises(Invalid):
        steps.no_action(ctx, incident_id, "\n")
    steps.no_action(ctx, incident_id, "Fair criticism, fairly put")
    line = last(school, incident_id)
    assert (line.kind, line.title, line.reason, line.rule) == (
        "decision",
        "Decide not to act",
        "Fair criticism, fairly put",
        "INC-14",
    )
    with pytest.raises(Refused, match="decision"):
        steps.record(ctx, incident_id, StepDraft(Step.NO_ACTION, None, TODAY))


def test_a_leader_records_on_what_is_assigned(school: SmallSchool) -> None:
    leader = school.ctx_for("leadership")
    mine, other = school.incident(handled_by="leadership"), school.incident()
    steps.note(leader, mine, "Spoke with the class teacher")
    assert last(school, mine).recorded_by == "Mr L. Damson"
    with pytest.raises(NotFound):
        steps.note(leader, other, "not mine")
    with pytest.raises(Invalid):
        steps.note(leader, mine, "  ")


def test_replies_stop_the_clock_at_the_first_one(school: SmallSchool) -> None:
    ctx = school.ctx_for("business_manager")
    incident_id = school.incident(on_school_account=True)
    received = school.clock.now - timedelta(hours=1)
    for wrong in (school.clock.now + timedelta(hours=1), received - timedelta(hours=1)):
        with pytest.raises(Invalid):
            steps.mark_replied(ctx, incident_id, wrong, "")
    school.clock.forward(hours=3)
    steps.mark_replied(ctx, incident_id, school.clock.now, "Full answer")
    steps.mark_replied(ctx, incident_id, received + timedelta(minutes=30), "Acknowledged first")
    assert incidents.open_incident(ctx, incident_id).replied_at == received + timedelta(minutes=30)


def test_the_post_cannot_go_before_it_came(school: SmallSchool) -> None:
    ctx = school.ctx_for("business_manager")
    incident_id = school.incident(posted_on=date(2026, 3, 9))
    for wrong in (date(2026, 3, 8), date(2026, 3, 12)):
        with pytest.raises(Invalid):
            steps.mark_removed(ctx, incident_id, wrong, "")


def test_the_timeline_starts_with_the_logging_and_runs_in_order(school: SmallSchool) -> None:
    ctx = school.ctx_for("business_manager")
    incident_id = school.incident()
    steps.note(ctx, incident_id, "Noted today")
    steps.record(ctx, incident_id, StepDraft(Step.TALK, None, date(2026, 3, 10), "At the gate, yesterday"))
    lines = steps.timeline(ctx, incident_id)
    assert [line.text for line in lines] == [
        "Rude comment on the village page",
        "At the gate, yesterday",
        "Noted today",
    ]
    assert (lines[0].kind, lines[0].happened_at, lines[0].can_withdraw) == ("logged", "08:30", False)


def test_nobody_records_about_themselves(school: SmallSchool) -> None:
    incident_id = school.incident("headteacher", author="dsl", conduct=(Conduct.WORKS_DEVICE_USE,))
    with pytest.raises(NotFound):
        steps.note(school.ctx_for("dsl"), incident_id, "It was not like that")


def test_a_step_counts_at_once_in_the_list_for_the_persons_other_incidents(school: SmallSchool) -> None:
    first = school.incident()
    school.clock.forward(days=1)
    today = school.clock.now.date()
    head = school.ctx_for("headteacher")
    for step in (Step.ASK_REMOVAL, Step.TALK):
        steps.record(head, first, StepDraft(step, None, today))
    school.clock.forward(days=30)
    later, other_parents, closed = school.incident(), school.incident(author="ben"), school.incident()
    incidents.close(head, closed, 1, Outcome.NO_ACTION, "Nothing in it")

    def next_steps() -> list[Step | None]:
        return [row.next_step for row in incident_list.rows(head, [later, other_parents, closed])]

    assert next_steps() == [Step.WRITTEN_WARNING, Step.ASK_REMOVAL, None]
    saved = steps.record(head, first, StepDraft(Step.WRITTEN_WARNING, None, today))
    assert next_steps() == [Step.SECOND_WARNING, Step.ASK_REMOVAL, None]
    assert ("incident", later) in saved.changes
    entry = steps.timeline(head, first)[-1]
    steps.withdraw(head, entry.id, "It was never sent")
    assert next_steps() == [Step.WRITTEN_WARNING, Step.ASK_REMOVAL, None]
    # Marked confidential, the first incident no longer speaks through the others.
    steps.record(head, first, StepDraft(Step.WRITTEN_WARNING, None, today))
    draft = incidents.open_incident(head, first).draft
    incidents.save(head, replace(draft, confidentiality=Confidentiality.SAFEGUARDING), first, 1)
    assert next_steps() == [Step.ASK_REMOVAL, Step.ASK_REMOVAL, None]
