"""Advice as the window shows it, the reporting route, and summaries for others."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest
from sqlalchemy import select

from smdesk.db.models import School
from smdesk.errors import Invalid, NotAllowed
from smdesk.policy.vocabulary import Conduct, Notify, PersonKind, Route, Step
from smdesk.services import advice, incidents, people, steps
from smdesk.services.incident_records import (
    Confidentiality,
    IncidentDraft,
    PersonInIncident,
    PersonRole,
    StepDraft,
)
from smdesk.services.people_records import PersonDraft
from tests.support.school import SmallSchool


def test_the_advice_on_a_draft_is_the_advice_on_it_saved(school: SmallSchool) -> None:
    ctx = school.ctx_for("business_manager")
    draft = school.draft(
        conduct=(Conduct.DEFAMATION, Conduct.ABUSIVE), on_school_account=True, named="teacher"
    )
    typed = advice.for_draft(ctx, draft)
    saved = incidents.save(ctx, draft)
    stored = advice.for_incident(ctx, saved.id)
    assert typed == stored
    assert stored.author_name == "Anna Quillfeather"
    assert stored.profile_number == 1
    assert stored.advice.reply_by is not None
    cited = {each.rule for each in stored.advice.next}
    assert cited <= set(stored.rules)
    assert all(rule.wording and rule.title for rule in stored.rules.values())


def test_an_empty_form_has_advice_too(school: SmallSchool) -> None:
    view = advice.for_draft(school.ctx_for("business_manager"), IncidentDraft())
    assert view.author_name == ""
    assert not view.advice.urgent


def test_a_draft_of_a_saved_incident_knows_its_steps(school: SmallSchool) -> None:
    ctx = school.ctx_for("business_manager")
    incident_id = school.incident()
    steps.record(ctx, incident_id, StepDraft(Step.ASK_REMOVAL, None, school.clock.now.date()))
    draft = incidents.open_incident(ctx, incident_id).draft
    asked = {each.step for each in advice.for_draft(ctx, draft).advice.next}
    known = {each.step for each in advice.for_draft(ctx, draft, incident_id).advice.next}
    assert Step.ASK_REMOVAL not in known
    assert asked >= known - {Step.ASK_REMOVAL}


def test_a_stranger_is_asked_about_not_written_to(school: SmallSchool) -> None:
    view = advice.for_draft(
        school.ctx_for("business_manager"),
        school.draft(author="stranger", conduct=(Conduct.THREAT_OF_VIOLENCE,)),
    )
    assert view.advice.urgent
    assert view.advice.next[0].step is Step.POLICE
    assert Step.WRITTEN_WARNING in {each.step for each in view.advice.refused}
    assert any("101" in line for line in view.contacts)


def test_the_capacity_in_the_incident_decides_the_route(school: SmallSchool) -> None:
    ctx = school.ctx_for("headteacher")
    for kind, route in ((PersonKind.PARENT, Route.LADDER), (PersonKind.STAFF, Route.CODE_OF_CONDUCT)):
        draft = replace(
            school.draft(author=None),
            people=(PersonInIncident(school.people["office"], PersonRole.AUTHOR, kind),),
        )
        assert advice.for_draft(ctx, draft).advice.route is route


def test_age_and_former_pupils_come_from_the_persons_record(school: SmallSchool) -> None:
    ctx = school.ctx_for("business_manager")
    leaver = people.save(
        ctx,
        PersonDraft(
            kind=PersonKind.PUPIL,
            given_name="Lee",
            family_name="Moss",
            date_of_birth=date(2009, 5, 1),
            left_on=date(2020, 7, 20),
        ),
    ).id
    draft = replace(
        school.draft(author=None, conduct=(Conduct.CONTACT_REQUEST,), named="teacher"),
        people=(
            PersonInIncident(leaver, PersonRole.AUTHOR, PersonKind.PUPIL),
            PersonInIncident(school.people["teacher"], PersonRole.NAMED, PersonKind.STAFF),
        ),
    )
    view = advice.for_draft(ctx, draft)
    assert Notify.DSL in view.advice.notify
    from smdesk.services import incident_state, sight

    with school.database.reading() as session:
        lines = incident_state.person_lines(session, [(leaver, PersonRole.AUTHOR, PersonKind.PUPIL)])
        case = incident_state.Case(
            None, school.clock.now, None, "", False, (), lines, removed=False, dsl_cleared=False
        )
        facts = advice.facts_for_reader(session, sight.reader(session, ctx), case)
    assert (facts.author.age, facts.author.former_pupil) == (16, True)


def test_the_platforms_own_way_to_report(school: SmallSchool) -> None:
    ctx = school.ctx_for("business_manager")
    known = advice.platform_route(ctx, school.incident(platform="facebook"))
    assert known.label == "Facebook"
    assert known.checked_on is not None
    unknown = advice.platform_route(ctx, school.incident(platform="The allotment forum"))
    assert (unknown.label, unknown.url, unknown.checked_on) == ("The allotment forum", "", None)


def test_summaries_say_what_their_reader_needs(school: SmallSchool) -> None:
    ctx = school.ctx_for("business_manager")
    incident_id = school.incident(
        summary="Anna Quillfeather threatened Mr Hazel",
        named="teacher",
        conduct=(Conduct.THREAT_OF_VIOLENCE,),
        platform="facebook",
        link="https://social.example/p/9",
        said="I know where you park",
    )
    steps.record(ctx, incident_id, StepDraft(Step.POLICE, None, school.clock.now.date()))
    police = advice.summary_text(ctx, incident_id, "police")
    for part in ("Anna Quillfeather (parent or carer)", "Tim Hazel", "I know where you park", "2026/0001",
                 "Brambleford Primary School", "01632 960000", "11 March 2026: Tell the police"):  # fmt: skip
        assert part in police, part
    platform = advice.summary_text(ctx, incident_id, "platform")
    assert "https://social.example/p/9" in platform
    assert "Quillfeather" not in platform
    assert "Hazel" not in platform
    posh = advice.summary_text(ctx, incident_id, "posh")
    assert "Posted by: a parent or carer" in posh
    with pytest.raises(Invalid):
        advice.summary_text(ctx, incident_id, "newspaper")


def test_a_confidential_summary_is_not_answered_to_the_offices_mailbox(school: SmallSchool) -> None:
    dsl = school.ctx_for("dsl")
    with school.database.writing() as session:
        ours = session.scalars(select(School)).one()
        ours.email = "office@test.example"
        ours.contacts = {"safeguarding": {"name": "Ms D. Lead", "detail": "safeguarding@test.example"}}
    guarded = school.incident("dsl", confidentiality=Confidentiality.SAFEGUARDING)
    told = advice.summary_text(dsl, guarded, "police")
    assert "Contact: Ms D. Lead, safeguarding@test.example" in told
    assert "office@test.example" not in told
    assert "office@test.example" in advice.summary_text(dsl, school.incident(), "police")


def test_leaders_do_not_draft(school: SmallSchool) -> None:
    with pytest.raises(NotAllowed):
        advice.for_draft(school.ctx_for("leadership"), IncidentDraft())
