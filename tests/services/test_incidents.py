"""Incidents: logged, changed, opened, closed, reopened."""

from __future__ import annotations

import threading
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest
from sqlalchemy import text

from smdesk.db import audit
from smdesk.db.models import Letter
from smdesk.errors import Conflict, Invalid, NotAllowed, NotFound, Refused, SmdeskError
from smdesk.policy.vocabulary import Conduct, FourC, PersonKind, Step
from smdesk.services import advice, incident_list, incident_state, incidents, steps
from smdesk.services.incident_records import (
    Confidentiality,
    IncidentFilter,
    Outcome,
    PersonInIncident,
    PersonRole,
    Sort,
    StepDraft,
    View,
)
from tests.support.school import SmallSchool


def audit_actions(school: SmallSchool) -> list[str]:
    with school.database.reading() as session:
        return list(session.scalars(text("SELECT action FROM audit_entry ORDER BY seq")))


def fields_of(error: pytest.ExceptionInfo[Invalid]) -> set[str]:
    return {problem.field for problem in error.value.problems}


def test_what_is_worked_out_at_logging_is_what_the_records_say(school: SmallSchool) -> None:
    office = school.ctx_for("business_manager")
    warned = school.incident(named="teacher")
    steps.record(
        office, warned, StepDraft(Step.TALK, school.people["anna"], school.clock.now.date(), "Talked.")
    )
    for login, fields in (
        ("business_manager", {}),
        ("business_manager", {"received_at": school.clock.now - timedelta(days=4, microseconds=7)}),
        ("business_manager", {"platform": "facebook", "on_school_account": True, "author": None}),
        ("business_manager", {"posted_on": date(2026, 3, 1), "conduct": (Conduct.THREAT_OF_VIOLENCE,)}),
        ("business_manager", {"author": "sam", "named": "teacher", "conduct": (Conduct.FOLLOW,)}),
        ("dsl", {"author": "teacher", "named": "sam", "confidentiality": Confidentiality.STAFF}),
        ("dsl", {"author": "head", "conduct": (Conduct.EXTREMISM, Conduct.DISREPUTE)}),
        ("dsl", {"conduct": (), "confidentiality": Confidentiality.SAFEGUARDING}),
    ):
        incident = school.incident(login, **fields)
        row = text("SELECT * FROM incident WHERE id = :id").bindparams(id=incident)
        with school.database.writing() as session:
            logged = session.execute(row).mappings().one()
            incident_state.refresh(session, incident)
            assert session.execute(row).mappings().one() == logged, fields


def test_everything_typed_comes_back(school: SmallSchool) -> None:
    ctx = school.ctx_for("business_manager")
    other = school.incident(summary="An earlier one")
    draft = replace(
        school.draft("  Insults   under the fair's photograph ", named="teacher"),
        posted_on=date(2026, 3, 10),
        posted_time="22:15",
        platform="facebook",
        link="https://social.example/post/1",
        visibility="public",
        said="“You should all be ashamed”",
        conduct=(Conduct.NEGATIVE_ABOUT_PERSON, Conduct.ABUSIVE),
        four_cs=(FourC.CONDUCT, FourC.CONTENT),
        consent_notes="No consent for photographs",
        data_protection=True,
        handled_by=school.users["leadership"],
        linked=(other,),
    )
    saved = incidents.save(ctx, draft)
    record = incidents.open_incident(ctx, saved.id)
    assert record.reference == "2026/0002"
    assert record.draft.summary == "Insults under the fair's photograph"
    assert record.draft.conduct == (Conduct.ABUSIVE, Conduct.NEGATIVE_ABOUT_PERSON)
    assert record.draft.four_cs == (FourC.CONTENT, FourC.CONDUCT)
    assert record.draft.said == draft.said
    assert [(line.name, line.role) for line in record.draft.people] == [
        ("Anna Quillfeather", PersonRole.AUTHOR),
        ("Tim Hazel", PersonRole.NAMED),
    ]
    assert record.linked_references == ((other, "2026/0001"),)
    assert record.logged_by_name == "Ms B. Cedar"
    assert record.handled_by_name == "Mr L. Damson"
    assert (record.profile_number, record.version, record.status, record.editable) == (1, 1, "open", True)
    assert ("incident", saved.id) in saved.changes
    assert ("incident", other) in saved.changes
    assert ("person", school.people["anna"]) in saved.changes
    # Saving what is there already changes nothing and writes nothing.
    before = audit_actions(school)
    again = incidents.save(ctx, record.draft, saved.id, 1)
    assert (again.version, again.changes) == (1, frozenset())
    assert audit_actions(school) == before


def test_all_problems_are_told_at_once(school: SmallSchool) -> None:
    ctx = school.ctx_for("business_manager")
    anna = PersonInIncident(school.people["anna"], PersonRole.AUTHOR, PersonKind.PARENT)
    nobody = PersonInIncident(9999, PersonRole.NAMED, PersonKind.PARENT)
    draft = replace(
        school.draft(" "),
        received_at=school.clock.now + timedelta(hours=2),
        posted_time="25:00",
        link="java\tscript:alert(1)",
        visibility="secret",
        people=(anna, anna, nobody),
        handled_by=school.users["governor"],
        linked=(4711,),
    )
    with pytest.raises(Invalid) as error:
        incidents.save(ctx, draft)
    assert fields_of(error) == {
        "summary", "received_at", "posted_time", "posted_on", "link", "visibility", "people", "handled_by", "linked",
    }  # fmt: skip
    assert "Anna Quillfeather is there twice" in str(error.value)
    assert audit_actions(school) == []
    assert list(incident_list.sorted_ids(ctx, IncidentFilter(view=View.ALL), Sort())) == []


@pytest.mark.parametrize(
    ("posted_on", "posted_time", "field"),
    [
        (date(2026, 3, 12), "", "posted_on"),
        (date(2026, 3, 11), "08:31", "posted_time"),
        (date(1999, 1, 1), "", "posted_on"),
        (None, "08:00", "posted_on"),
        (date(2026, 3, 10), "8:00", "posted_time"),
    ],
)
def test_a_post_is_older_than_the_report_of_it(
    school: SmallSchool, posted_on: date | None, posted_time: str, field: str
) -> None:
    draft = replace(school.draft(), posted_on=posted_on, posted_time=posted_time)
    with pytest.raises(Invalid) as error:
        incidents.save(school.ctx_for("business_manager"), draft)
    assert fields_of(error) == {field}


def test_in_summer_the_post_is_compared_by_the_schools_clock(school: SmallSchool) -> None:
    school.clock.now = datetime(2026, 6, 30, 23, 30, tzinfo=UTC)  # 00:30 on 1 July at the school
    draft = replace(
        school.draft(), received_at=school.clock.now, posted_on=date(2026, 7, 1), posted_time="00:10"
    )
    assert incidents.save(school.ctx_for("business_manager"), draft).id


@pytest.mark.parametrize(
    "link",
    [
        "",
        "social.example/post/1",
        "social.example:8080/x",
        "the class group: see screenshot",
        "HTTPS://a.example",
    ],
)
def test_links_and_words_are_kept(school: SmallSchool, link: str) -> None:
    ctx = school.ctx_for("business_manager")
    saved = incidents.save(ctx, replace(school.draft(), link=link))
    assert incidents.open_incident(ctx, saved.id).draft.link == link


@pytest.mark.parametrize(
    "link", ["javascript:alert(1)", " JavaScript:x", "data:text/html,x", "file:///c:/x", "vbscript:x"]
)
def test_links_that_would_run_something_are_not(school: SmallSchool, link: str) -> None:
    with pytest.raises(Invalid, match="is not kept"):
        incidents.save(school.ctx_for("business_manager"), replace(school.draft(), link=link))


@pytest.mark.parametrize("login", ["leadership", "governor", "chair", "administrator"])
def test_who_may_not_log(school: SmallSchool, login: str) -> None:
    with pytest.raises(NotAllowed):
        school.incident(login)


def test_who_may_change_what(school: SmallSchool) -> None:
    ordinary = school.incident("business_manager")
    guarded = school.incident("dsl", confidentiality=Confidentiality.SAFEGUARDING)
    for login in ("business_manager", "headteacher"):
        ctx = school.ctx_for(login)
        record = incidents.open_incident(ctx, ordinary)
        assert record.editable
        incidents.save(ctx, replace(record.draft, summary=f"By {login}"), ordinary, record.version)
    with pytest.raises(NotAllowed, match="record steps and notes"):
        incidents.save(school.ctx_for("dsl"), school.draft("By the DSL"), ordinary, 3)
    draft = incidents.open_incident(school.ctx_for("dsl"), guarded).draft
    for version, login in enumerate(("dsl", "headteacher"), 1):
        incidents.save(school.ctx_for(login), replace(draft, summary=f"By {login}"), guarded, version)
    with pytest.raises(NotFound):
        incidents.save(school.ctx_for("business_manager"), draft, guarded, 3)


def test_a_role_taken_away_counts_at_once(school: SmallSchool) -> None:
    ctx = school.ctx_for("business_manager")
    with school.database.writing() as session:
        session.execute(
            text("UPDATE user SET roles = '[\"governor\"]' WHERE id = :id"),
            {"id": school.users["business_manager"]},
        )
    with pytest.raises(NotAllowed):
        incidents.save(ctx, school.draft())


def test_the_second_of_two_writers_is_told_what_differs(school: SmallSchool) -> None:
    office, head = school.ctx_for("business_manager"), school.ctx_for("headteacher")
    incident_id = school.incident(summary="As first logged")
    opened = incidents.open_incident(office, incident_id)
    incidents.save(
        head,
        replace(opened.draft, summary="As the head put it", conduct=(Conduct.DEFAMATION,)),
        incident_id,
        opened.version,
    )
    mine = replace(opened.draft, posted_on=date(2026, 3, 9), conduct=(), people=())
    with pytest.raises(Conflict) as error:
        incidents.save(office, mine, incident_id, opened.version)
    told = {change.field: (change.label, change.theirs, change.mine) for change in error.value.changes}
    assert told == {
        "summary": ("Summary", "As the head put it", "As first logged"),
        "posted_on": ("Posted on", "(nothing)", "9 March 2026"),
        "conduct": ("What was done", "Defamatory statement", "(nothing)"),
        "people": ("People", "Anna Quillfeather (posted it, as parent or carer)", "(nothing)"),
    }
    assert incidents.open_incident(office, incident_id).draft.summary == "As the head put it"
    # Having seen it, one may save over it knowingly.
    saved = incidents.save(office, mine, incident_id, error.value.current_version)
    assert saved.version == 3
    assert incidents.open_incident(office, incident_id).draft.people == ()


def test_numbers_have_no_gaps_and_no_doubles_under_many_writers(school: SmallSchool) -> None:
    failures: list[SmdeskError] = []

    def log_five(login: str) -> None:
        try:
            for _ in range(5):
                school.incident(login)
        except SmdeskError as error:  # shown by the assertion below
            failures.append(error)

    threads = [threading.Thread(target=log_five, args=(login,)) for login in ("business_manager", "dsl") * 3]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []
    with school.database.reading() as session:
        assert list(session.scalars(text("SELECT number FROM incident ORDER BY id"))) == list(range(1, 31))
        assert audit.verify(session) == []


def test_a_failed_save_takes_no_number(school: SmallSchool) -> None:
    school.incident()
    with pytest.raises(Invalid):
        school.incident(summary="")
    assert incidents.open_incident(school.ctx_for("dsl"), school.incident()).reference == "2026/0002"


def test_numbers_start_anew_with_the_schools_year(school: SmallSchool) -> None:
    school.incident()
    school.clock.now = datetime(2026, 12, 31, 23, 59, tzinfo=UTC)
    last = school.incident()
    school.clock.forward(minutes=2)
    first = school.incident()
    ctx = school.ctx_for("headteacher")
    assert incidents.open_incident(ctx, last).reference == "2026/0002"
    assert incidents.open_incident(ctx, first).reference == "2027/0001"
    assert incidents.find_by_reference(ctx, " 2027/1 ") == first
    with pytest.raises(NotFound):
        incidents.find_by_reference(ctx, "2027/0002")
    with pytest.raises(Invalid):
        incidents.find_by_reference(ctx, "the first one")


def test_only_weighty_changes_reach_the_timeline_all_reach_the_history(school: SmallSchool) -> None:
    ctx = school.ctx_for("business_manager")
    incident_id = school.incident()
    draft = incidents.open_incident(ctx, incident_id).draft
    incidents.save(ctx, replace(draft, summary="Reworded"), incident_id, 1)
    school.clock.forward(hours=1)
    incidents.save(
        ctx, replace(draft, summary="Reworded", conduct=(Conduct.THREAT_OF_VIOLENCE,)), incident_id, 2
    )
    changes = [line for line in steps.timeline(ctx, incident_id) if line.kind == "change"]
    assert [line.text for line in changes] == [
        "What was done: Aggressive, rude or insulting → Threatens or encourages violence"
    ]
    newest, oldest = incidents.history(ctx, incident_id)
    assert [change.label for change in newest.changes] == ["What was done"]
    assert [(change.theirs, change.mine) for change in oldest.changes] == [
        ("Rude comment on the village page", "Reworded")
    ]
    assert newest.who == "Ms B. Cedar"


def test_links_one_cannot_see_stay(school: SmallSchool) -> None:
    hidden = school.incident("dsl", confidentiality=Confidentiality.SAFEGUARDING)
    shown = school.incident()
    head, office = school.ctx_for("headteacher"), school.ctx_for("business_manager")
    middle = incidents.save(head, replace(school.draft(), linked=(hidden, shown))).id
    record = incidents.open_incident(office, middle)
    assert record.linked_references == ((shown, "2026/0002"),)
    incidents.save(office, replace(record.draft, linked=()), middle, 1)
    assert incidents.open_incident(head, middle).draft.linked == (hidden,)
    with pytest.raises(Invalid, match="not open to you"):
        incidents.save(office, replace(record.draft, linked=(hidden,)), middle, 2)


def test_an_incident_keeps_the_policy_it_was_logged_under(school: SmallSchool) -> None:
    old = school.incident()
    with school.database.writing() as session:
        session.execute(
            text(
                "INSERT INTO policy_profile (number, base, title, toml, sha256, note, created_at)"
                " SELECT 2, base, 'Revised', replace(toml, 'removal_chase_days = 2', 'removal_chase_days = 5'),"
                " 'other', '', created_at FROM policy_profile"
            )
        )
        session.execute(text("UPDATE school SET profile_id = (SELECT max(id) FROM policy_profile)"))
    new = school.incident()
    ctx = school.ctx_for("business_manager")
    assert incidents.open_incident(ctx, old).profile_number == 1
    assert incidents.open_incident(ctx, new).profile_title == "Revised"
    assert advice.for_incident(ctx, new).profile_number == 2


def test_the_reply_clock_stands_in_the_record(school: SmallSchool) -> None:
    # ACC-5: Saturday 2 May 2026 23:50 at the school; Monday is a bank holiday.
    school.clock.now = datetime(2026, 5, 5, 9, 0, tzinfo=UTC)
    ctx = school.ctx_for("business_manager")
    incident_id = school.incident(
        received_at=datetime(2026, 5, 2, 22, 50, tzinfo=UTC),
        on_school_account=True,
        conduct=(Conduct.ABUSIVE,),
    )
    due = datetime(2026, 5, 5, 22, 59, 59, tzinfo=UTC)
    assert incidents.open_incident(ctx, incident_id).reply_by == due
    (row,) = incident_list.rows(ctx, [incident_id])
    assert (row.due, row.overdue) == (due, False)
    steps.mark_replied(ctx, incident_id, datetime(2026, 5, 5, 8, 0, tzinfo=UTC), "Acknowledged")
    record = incidents.open_incident(ctx, incident_id)
    assert record.replied_at == datetime(2026, 5, 5, 8, 0, tzinfo=UTC)
    (row,) = incident_list.rows(ctx, [incident_id])
    assert row.due is None or row.due > due


def test_closing_asks_for_outcome_and_reason_and_reopening_keeps_them(school: SmallSchool) -> None:
    ctx = school.ctx_for("business_manager")
    incident_id = school.incident()
    with pytest.raises(Invalid) as error:
        incidents.close(ctx, incident_id, 1, Outcome.NO_ACTION, "  ")
    assert fields_of(error) == {"reason"}
    closed = incidents.close(ctx, incident_id, 1, Outcome.RESOLVED_BY_TALK, "She apologised")
    record = incidents.open_incident(ctx, incident_id)
    assert (record.status, record.outcome, record.outcome_reason) == (
        "closed",
        Outcome.RESOLVED_BY_TALK,
        "She apologised",
    )
    (row,) = incident_list.rows(ctx, [incident_id])
    assert (row.next_step, row.due) == (None, None)
    with pytest.raises(Refused, match="closed already"):
        incidents.close(ctx, incident_id, closed.version, Outcome.NO_ACTION, "again")
    with pytest.raises(Refused, match="closed"):
        steps.no_action(ctx, incident_id, "too late")
    steps.note(ctx, incident_id, "Her husband rang to say thanks")
    incidents.reopen(ctx, incident_id, "She posted again")
    assert incidents.open_incident(ctx, incident_id).status == "open"
    kept = [(line.kind, line.text, line.reason) for line in steps.timeline(ctx, incident_id)][1:]
    assert kept == [
        ("closed", "Settled by talking", "She apologised"),
        ("note", "Her husband rang to say thanks", ""),
        ("reopened", "Was closed as: Settled by talking", "She posted again"),
    ]
    assert audit_actions(school)[-3:] == ["incident.closed", "note.added", "incident.reopened"]


def test_closing_what_changed_meanwhile_is_a_conflict(school: SmallSchool) -> None:
    ctx = school.ctx_for("business_manager")
    incident_id = school.incident()
    draft = incidents.open_incident(ctx, incident_id).draft
    incidents.save(
        school.ctx_for("headteacher"), replace(draft, summary="Worse than thought"), incident_id, 1
    )
    with pytest.raises(Conflict) as error:
        incidents.close(ctx, incident_id, 1, Outcome.NO_ACTION, "trifling")
    assert error.value.current_version == 2


def test_no_closing_while_a_letter_waits(school: SmallSchool) -> None:
    ctx = school.ctx_for("business_manager")
    incident_id = school.incident()
    with school.database.writing() as session:
        session.add(
            Letter(
                incident_id=incident_id,
                person_id=school.people["anna"],
                kind="invitation",
                status="submitted",
                subject="An invitation",
                addressee="A",
                salutation="S",
                body="B",
                drafted_by=ctx.user.id,
                drafted_at=ctx.now(),
            )
        )
    with pytest.raises(Refused, match="“An invitation” waits for approval"):
        incidents.close(ctx, incident_id, 1, Outcome.WARNED, "done")


def test_no_closing_before_the_prevent_decision(school: SmallSchool) -> None:
    dsl = school.ctx_for("dsl")
    incident_id = school.incident(conduct=(Conduct.EXTREMISM,))
    with pytest.raises(Refused) as error:
        incidents.close(school.ctx_for("business_manager"), incident_id, 1, Outcome.REFERRED, "passed on")
    assert error.value.rule == "INC-9"
    steps.decide_prevent(dsl, incident_id, True, "A pattern of such posts")
    assert incidents.close(dsl, incident_id, 1, Outcome.REFERRED, "With the local authority").version == 2


def test_about_the_headteacher_the_chair_decides(school: SmallSchool) -> None:
    incident_id = school.incident("dsl", author="head", conduct=(Conduct.WORKS_DEVICE_USE,))
    assert incidents.open_incident(school.ctx_for("dsl"), incident_id).headteacher_is_subject
    with pytest.raises(NotFound):
        incidents.open_incident(school.ctx_for("headteacher"), incident_id)
    with pytest.raises(NotAllowed, match="chair of governors decides"):
        incidents.close(school.ctx_for("dsl"), incident_id, 1, Outcome.NOT_UPHELD, "no")
    chair = school.ctx_for("chair")
    assert not incidents.open_incident(chair, incident_id).editable
    assert incidents.close(chair, incident_id, 1, Outcome.HANDLED_INTERNALLY, "Spoken to").version == 2


def test_a_handler_must_be_able_to_see_it(school: SmallSchool) -> None:
    office = school.ctx_for("business_manager")
    incident_id = school.incident(handled_by="leadership")
    assert (school.users["leadership"], "Mr L. Damson") in incidents.handlers(office)
    assert school.users["governor"] not in dict(incidents.handlers(office))
    draft = incidents.open_incident(office, incident_id).draft
    with pytest.raises(Invalid, match="Damson may not open"):
        incidents.save(office, replace(draft, confidentiality=Confidentiality.STAFF), incident_id, 1)
    own = replace(school.draft(author="office"), handled_by=school.users["business_manager"])
    with pytest.raises(Invalid, match="may not open"):
        incidents.save(school.ctx_for("headteacher"), own)


def test_the_columns_follow_the_record(school: SmallSchool) -> None:
    ctx = school.ctx_for("business_manager")
    incident_id = school.incident(author="stranger", conduct=(Conduct.THREAT_OF_VIOLENCE,))
    (row,) = incident_list.rows(ctx, [incident_id])
    assert (row.author, row.author_kind, row.next_step, row.urgent) == (
        "village_watcher",
        PersonKind.UNKNOWN,
        Step.POLICE,
        True,
    )
    draft = replace(
        incidents.open_incident(ctx, incident_id).draft,
        people=(PersonInIncident(school.people["anna"], PersonRole.AUTHOR, PersonKind.PARENT),),
        conduct=(Conduct.ABUSIVE,),
    )
    incidents.save(ctx, draft, incident_id, 1)
    (row,) = incident_list.rows(ctx, [incident_id])
    assert (row.author, row.author_kind, row.urgent) == ("Anna Quillfeather", PersonKind.PARENT, False)
    assert row.next_step is not Step.POLICE
