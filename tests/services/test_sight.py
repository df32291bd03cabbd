"""Who sees which incident: the SQL and the rule must agree, and nothing may leak."""

from __future__ import annotations

from dataclasses import replace
from itertools import product

import pytest
from sqlalchemy import select, text

from smdesk.db.models import Incident
from smdesk.errors import NotAllowed, NotFound
from smdesk.policy.vocabulary import Conduct, Step
from smdesk.security.permissions import Role, Sight, may_see
from smdesk.services import advice, evidence, exports, incident_list, incidents, people, sight, steps
from smdesk.services.incident_records import (
    Column,
    Confidentiality,
    IncidentFilter,
    Sort,
    StepDraft,
    View,
)
from smdesk.services.sight import Reader
from tests.support.school import SmallSchool


def everything(school: SmallSchool, login: str, **filters: object) -> list[int]:
    chosen = IncidentFilter(**{"view": View.ALL, **filters})
    return list(incident_list.sorted_ids(school.ctx_for(login), chosen, Sort()))


@pytest.mark.parametrize(
    "roles", [*({role} for role in Role), {Role.HEADTEACHER, Role.DSL}, {Role.LEADERSHIP, Role.DSL}]
)
def test_the_sql_condition_is_the_rule(school: SmallSchool, roles: set[Role]) -> None:
    me, other = school.users["dsl"], school.users["administrator"]
    my_record, other_record = school.people["dsl"], school.people["anna"]
    who = Reader(me, frozenset(roles), frozenset({my_record}))
    expected: dict[int, Sight] = {}
    with school.database.writing() as session:
        cases = product([*Confidentiality, "future"], *[(False, True)] * 4)
        for number, (confidentiality, logged, assigned, head, subject) in enumerate(cases, 1):
            session.execute(
                text(
                    "INSERT INTO incident (id, year, number, received_at, posted_time, logged_at, logged_by,"
                    " handled_by,"
                    " platform, link, visibility, on_school_account, summary, said, consent_notes, data_protection,"
                    " confidentiality, retention_class, profile_id, status, outcome, outcome_reason, next_step, urgent,"
                    " route, author_kind, author_name, stage, headteacher_is_subject, awaiting_headteacher, version)"
                    " VALUES (:n, 2026, :n, '2026-03-11T08:00:00Z', '', '2026-03-11T08:00:00Z', :logged, :handled, '',"
                    " '', '', 0, 'x', '', '', 0, :confidentiality, '', 1, 'open', '', '', '', 0, '', 'unknown', '', '',"
                    " :head, 0, 1)"
                ),
                {
                    "n": number,
                    "logged": me if logged else other,
                    "handled": me if assigned else None,
                    "confidentiality": confidentiality,
                    "head": head,
                },
            )
            session.execute(
                text(
                    "INSERT INTO incident_person (incident_id, person_id, role, kind, position)"
                    " VALUES (:n, :p, 'author', 'staff', 0), (:n, :me, 'named', 'staff', 1)"
                ),
                {"n": number, "p": my_record if subject else other_record, "me": my_record},
            )
            expected[number] = may_see(
                roles,
                str(confidentiality),
                logged_by_me=logged,
                assigned_to_me=assigned,
                headteacher_is_subject=head,
                i_am_subject=subject,
            )
    full, exists = sight.where_full(who), sight.where_exists_only(who)
    with school.database.reading() as session:
        seen = set(session.scalars(text(full.within("SELECT id FROM incident WHERE {seen}")), full.params))
        known = set(
            session.scalars(text(exists.within("SELECT id FROM incident WHERE {seen}")), exists.params)
        )
        decides = sight.where_decidable(who)
        decided = set(
            session.scalars(text(decides.within("SELECT id FROM incident WHERE {seen}")), decides.params)
        )
        every = session.scalars(select(Incident)).all()
        assert decided == {each.id for each in every if sight.is_decidable(session, who, each)}
    assert seen == {number for number, answer in expected.items() if answer is Sight.FULL}
    assert known == {number for number, answer in expected.items() if answer is Sight.EXISTS}


def test_each_role_sees_its_own(school: SmallSchool) -> None:
    ordinary = school.incident()
    assigned = school.incident(handled_by="leadership")
    guarded = school.incident("business_manager", confidentiality=Confidentiality.SAFEGUARDING)
    staff = school.incident("dsl", author="teacher", confidentiality=Confidentiality.STAFF)
    about_head = school.incident("dsl", author="head")
    about_office = school.incident("headteacher", author="office")
    expected = {
        "headteacher": {ordinary, assigned, guarded, staff, about_office},
        "dsl": {ordinary, assigned, guarded, staff, about_head, about_office},
        "business_manager": {ordinary, assigned, guarded},
        "leadership": {assigned},
        "chair": {about_head},
    }
    for login, ids in expected.items():
        assert set(everything(school, login)) == ids, login
        counts = incident_list.view_counts(school.ctx_for(login)).counts
        assert counts[View.ALL] == len(ids), login
    for login in ("governor", "administrator"):
        with pytest.raises(NotAllowed):
            everything(school, login)


def test_missing_and_invisible_sound_the_same(school: SmallSchool) -> None:
    hidden = school.incident("dsl", confidentiality=Confidentiality.SAFEGUARDING)
    office = school.ctx_for("business_manager")
    picture = evidence.withhold(school.ctx_for("dsl"), hidden, "a group", school.clock.now, "police").id
    asked = [
        incidents.open_incident,
        incidents.history,
        steps.timeline,
        advice.for_incident,
        advice.platform_route,
        evidence.list_for,
        evidence.check,
        lambda ctx, each: steps.note(ctx, each, "x"),
        lambda ctx, each: incidents.save(ctx, school.draft(), each, 1),
        lambda ctx, each: advice.summary_text(ctx, each, "police"),
        lambda ctx, each: exports.timeline_pdf(ctx, each, school.folder.root / "x.pdf"),
        lambda ctx, each: evidence.add(ctx, each, "a.txt", b"text"),
    ]
    for ask in asked:
        said = set()
        for incident_id in (hidden, 4711):
            with pytest.raises(NotFound) as error:
                ask(office, incident_id)
            said.add(str(error.value))
        assert said == {sight.NO_SUCH_INCIDENT}
    said = set()
    for evidence_id in (picture, 4711):
        with pytest.raises(NotFound) as error:
            evidence.read(office, evidence_id)
        said.add(str(error.value))
    assert len(said) == 1
    assert incident_list.rows(office, [hidden, 4711]) == []
    assert not (school.folder.root / "x.pdf").exists()


def test_who_logged_it_sees_that_it_exists_and_no_more(school: SmallSchool) -> None:
    secret = school.incident(
        "business_manager",
        summary="Zzz secret words",
        confidentiality=Confidentiality.SAFEGUARDING,
        platform="facebook",
        conduct=(Conduct.BULLYING,),
    )
    plain = school.incident(summary="Aaa plain words")
    office = school.ctx_for("business_manager")
    (row,) = incident_list.rows(office, [secret])
    assert (row.masked, row.summary, row.reference, row.status) == (True, "Confidential", "2026/0001", "open")
    assert (row.author, row.platform, row.conduct, row.next_step, row.due) == ("", "", (), None, None)
    record = incidents.open_incident(office, secret)
    assert record.masked
    assert not record.editable
    assert "secret" not in repr(record)
    assert "Anna" not in repr(record)
    for hidden_thing in (steps.timeline, advice.for_incident, evidence.list_for, incidents.history):
        with pytest.raises(NotAllowed, match="confidential"):
            hidden_thing(office, secret)
    # Nothing that narrows the list can be used to feel for what it holds.
    assert secret in everything(school, "business_manager")
    for narrowing in (
        {"text": "secret"},
        {"text": "2026/0001"},
        {"platform": "facebook"},
        {"conduct": Conduct.BULLYING},
        {"person_id": school.people["anna"]},
        {"view": View.OVERDUE},
        {"view": View.AWAITING_HEADTEACHER},
    ):
        assert secret not in everything(school, "business_manager", **narrowing)
    assert secret in everything(school, "dsl", text="secret")
    # Nor the order: by anything a masked row does not show, it comes last both ways.
    for column in set(Column) - {Column.REFERENCE, Column.RECEIVED, Column.STATUS}:
        for descending in (False, True):
            order = incident_list.sorted_ids(office, IncidentFilter(view=View.ALL), Sort(column, descending))
            assert list(order) == [plain, secret], (column, descending)


def test_opening_a_confidential_record_is_written_down(school: SmallSchool) -> None:
    guarded = school.incident("business_manager", confidentiality=Confidentiality.SAFEGUARDING)
    plain = school.incident()
    dsl = school.ctx_for("dsl")
    incidents.open_incident(dsl, plain)
    incidents.open_incident(school.ctx_for("business_manager"), guarded)  # masked: not an opening
    incidents.open_incident(dsl, guarded)
    advice.summary_text(dsl, guarded, "police")
    with school.database.reading() as session:
        lines = session.execute(
            text(
                "SELECT actor_id, action, object_id FROM audit_entry WHERE action != 'incident.logged' ORDER BY seq"
            )
        ).all()
    assert [tuple(line) for line in lines] == [
        (dsl.user.id, "incident.opened", guarded),
        (dsl.user.id, "incident.summarised", guarded),
    ]


def test_a_persons_page_shows_only_what_its_reader_may_open(school: SmallSchool) -> None:
    anna = school.people["anna"]
    plain = school.incident()
    guarded = school.incident("dsl", confidentiality=Confidentiality.SAFEGUARDING)
    for incident_id in (plain, guarded):
        steps.record(school.ctx_for("dsl"), incident_id, StepDraft(Step.TALK, anna, school.clock.now.date()))
    seen = {
        login: people.record_of(school.ctx_for(login), anna) for login in ("business_manager", "headteacher")
    }
    assert [line.incident_id for line in seen["business_manager"].incidents] == [plain]
    assert [line.incident_id for line in seen["business_manager"].ladder] == [plain]
    assert {line.incident_id for line in seen["headteacher"].incidents} == {plain, guarded}
    assert {line.incident_id for line in seen["headteacher"].ladder} == {plain, guarded}


def test_advice_does_not_tell_of_a_hidden_warning(school: SmallSchool) -> None:
    anna = school.people["anna"]
    head = school.ctx_for("headteacher")
    guarded = school.incident("headteacher", confidentiality=Confidentiality.SAFEGUARDING)
    today = school.clock.now.date()
    steps.record(head, guarded, StepDraft(Step.ASK_REMOVAL, anna, today))
    steps.record(head, guarded, StepDraft(Step.TALK, anna, today))
    steps.record(head, guarded, StepDraft(Step.WRITTEN_WARNING, anna, today))
    school.clock.forward(days=30)
    plain = school.incident()

    def open_steps(login: str) -> set[Step]:
        return {each.step for each in advice.for_incident(school.ctx_for(login), plain).advice.next}

    assert Step.SECOND_WARNING in open_steps("headteacher")
    assert Step.SECOND_WARNING not in open_steps("business_manager")
    # The list's columns are the same for every reader, so they say no more than the most restricted may know.
    (row,) = incident_list.rows(head, [plain])
    assert row.next_step is Step.ASK_REMOVAL
    with pytest.raises(NotFound):
        steps.timeline(school.ctx_for("business_manager"), guarded)


def test_marking_it_confidential_hides_it_at_once(school: SmallSchool) -> None:
    office = school.ctx_for("business_manager")
    incident_id = school.incident("headteacher")
    draft = incidents.open_incident(office, incident_id).draft
    incidents.save(office, replace(draft, confidentiality=Confidentiality.SAFEGUARDING), incident_id, 1)
    with pytest.raises(NotFound):
        incidents.open_incident(office, incident_id)
    assert everything(school, "business_manager") == []


def test_the_history_of_an_ordinary_incident_names_no_hidden_one(school: SmallSchool) -> None:
    guarded = school.incident("dsl", confidentiality=Confidentiality.SAFEGUARDING)
    plain, other = school.incident(), school.incident()
    head, office = school.ctx_for("headteacher"), school.ctx_for("business_manager")
    draft = incidents.open_incident(head, plain).draft
    incidents.save(head, replace(draft, linked=(guarded,)), plain, 1)
    assert incidents.history(office, plain) == []
    (line,) = incidents.history(head, plain)
    assert [(each.theirs, each.mine) for each in line.changes] == [("(nothing)", "2026/0001")]
    incidents.save(head, replace(draft, linked=(guarded, other), summary="Changed"), plain, 2)
    newest = incidents.history(office, plain)[0]
    assert [(each.field, each.theirs, each.mine) for each in newest.changes] == [
        ("summary", draft.summary, "Changed"),
        ("linked", "(nothing)", "2026/0003"),
    ]
    assert "2026/0001" not in repr(incidents.history(office, plain))
