"""Who sees which exception: the SQL and the rule must agree, and nothing may leak."""

from __future__ import annotations

import hashlib
import re
from dataclasses import replace
from itertools import product

import pytest
from sqlalchemy import select, text

from smdesk.db.models import AuditEntry, ConnectionException, PolicyProfile
from smdesk.errors import NotAllowed, NotFound
from smdesk.policy.vocabulary import Capacity, PersonKind, Relationship, Timeliness
from smdesk.security.permissions import Role, Sight, may_see_exception
from smdesk.services import connection_list, connection_sight, connections
from smdesk.services.connection_records import (
    DecisionKind,
    ExceptionColumn,
    ExceptionFilter,
    ExceptionRow,
    ExceptionSort,
    ExceptionStatus,
    ExceptionView,
)
from smdesk.services.connection_words import MASKED_NAME
from smdesk.services.incident_records import Confidentiality
from smdesk.services.sight import Reader
from tests.support import connections as made
from tests.support.database import add_exception
from tests.support.school import SmallSchool

ALL = ExceptionFilter(view=ExceptionView.ALL)
OFFICE = "business_manager"


def shown(school: SmallSchool, login: str, **filters: object) -> list[int]:
    wanted = ExceptionFilter(**{"view": ExceptionView.ALL, **filters})
    return list(connection_list.sorted_ids(school.ctx_for(login), wanted, ExceptionSort()))


@pytest.mark.parametrize(
    "roles",
    [set(), *({role} for role in Role), {Role.HEADTEACHER, Role.DSL}, {Role.CHAIR_OF_GOVERNORS, Role.DSL}],
)
def test_the_sql_condition_is_the_rule(school: SmallSchool, roles: set[Role]) -> None:
    me, other = school.users["dsl"], school.users["administrator"]
    who = Reader(me, frozenset(roles), frozenset())
    expected: dict[int, Sight] = {}
    with school.database.writing() as session:
        cases = product([*Confidentiality, "future"], (False, True), (False, True))
        for number, (confidentiality, recorded, concerned) in enumerate(cases, 1):
            exception_id = add_exception(
                session,
                number,
                school.people["teacher"],
                school.people["sam"],
                (f"platform {number}",),
                confidentiality=str(confidentiality),
                recorded_by=me if recorded else other,
                headteacher_concerned=concerned,
            )
            expected[exception_id] = may_see_exception(
                roles, str(confidentiality), recorded_by_me=recorded, headteacher_concerned=concerned
            )
    full, exists = connection_sight.where_full(who), connection_sight.where_exists_only(who)
    statement = "SELECT id FROM connection_exception WHERE {seen}"
    with school.database.reading() as session:
        seen = set(session.scalars(text(full.within(statement)), full.params))
        known = set(session.scalars(text(exists.within(statement)), exists.params))
    assert seen == {each for each, sight in expected.items() if sight is Sight.FULL}
    assert known == {each for each, sight in expected.items() if sight is Sight.EXISTS}


@pytest.mark.parametrize("linked", [True, False])
def test_the_sql_condition_decides_as_the_rule_does(school: SmallSchool, linked: bool) -> None:
    me, other = school.users["headteacher"], school.users["business_manager"]
    mine = frozenset({school.people["head"], school.people["dsl"]}) if linked else frozenset[int]()
    with school.database.writing() as session:
        if not linked:
            session.execute(text("UPDATE user SET person_id = NULL WHERE id = :id"), {"id": me})
        first = session.get_one(PolicyProfile, 1)
        # A version in which the two deciders have changed places.
        turned = {"headteacher": "chair_of_governors", "chair_of_governors": "headteacher"}
        toml = re.sub(r'(?<=decided_by = ")(\w+)(?=")', lambda found: turned[found[0]], first.toml)
        assert toml != first.toml
        second = PolicyProfile(
            number=2,
            base=first.base,
            title="Another",
            toml=toml,
            sha256=hashlib.sha256(toml.encode()).hexdigest(),
            created_at=first.created_at,
        )
        session.add(second)
        session.flush()
        people = {name: school.people[name] for name in ("head", "teacher", "sam", "dsl")}
        pairs = (("teacher", "sam"), ("head", "sam"), ("teacher", "head"), ("dsl", "sam"))
        cases = product(
            [*Confidentiality, "future"],
            (False, True),
            (1, second.id),
            pairs,
            (None, me, other),
            (None, "dsl", "sam"),
        )
        for number, (kind, concerned, profile_id, (adult, child), by, declarant) in enumerate(cases, 1):
            add_exception(
                session,
                number,
                people[adult],
                people[child],
                (),
                confidentiality=str(kind),
                headteacher_concerned=concerned,
                profile_id=profile_id,
                submitted_by=by,
                declarant_id=None if declarant is None else people[declarant],
            )
    with school.database.reading() as session:
        every = session.scalars(select(ConnectionException)).all()
        for roles in (
            set(),
            *({role} for role in Role),
            {Role.HEADTEACHER, Role.CHAIR_OF_GOVERNORS},
            {Role.CHAIR_OF_GOVERNORS, Role.DSL},
        ):
            who = Reader(me, frozenset(roles), mine)
            where = connection_sight.where_decidable(session, who)
            statement = where.within("SELECT id FROM connection_exception WHERE {seen}")
            found = set(session.scalars(text(statement), where.params))
            assert found == {each.id for each in every if connection_sight.is_decidable(session, who, each)}
            if Role.HEADTEACHER in roles:
                assert 0 < len(found) < len(every)


def test_what_is_hidden_and_what_is_not_there_sound_alike(school: SmallSchool) -> None:
    hidden = made.declare(school, login="dsl", confidentiality=Confidentiality.SAFEGUARDING)
    sentences = set()
    for exception_id in (hidden, 999):
        with pytest.raises(NotFound) as caught:
            connections.open_exception(school.ctx_for(OFFICE), exception_id)
        sentences.add(str(caught.value))
    assert len(sentences) == 1
    assert shown(school, OFFICE) == []
    assert connection_list.rows(school.ctx_for(OFFICE), [hidden]) == []
    assert connection_list.view_counts(school.ctx_for(OFFICE))[ExceptionView.ALL] == 0
    assert shown(school, "dsl") == shown(school, "headteacher") == [hidden]


def test_a_confidential_one_about_the_headteacher_is_the_chairs_and_the_dsls(school: SmallSchool) -> None:
    plain = made.declare(school, adult="head")
    hidden = made.declare(
        school, adult="head", login="dsl", platforms=("tiktok",), confidentiality=Confidentiality.STAFF
    )
    assert set(shown(school, "headteacher")) == set(shown(school, OFFICE)) == {plain}
    assert set(shown(school, "chair")) == set(shown(school, "dsl")) == {plain, hidden}
    ordinary = made.declare(school)
    assert ordinary not in shown(school, "chair")


def test_opening_a_confidential_one_is_written_down(school: SmallSchool) -> None:
    plain = made.declare(school)
    hidden = made.declare(school, other="tariq", confidentiality=Confidentiality.SAFEGUARDING)
    for login, exception_id in (("dsl", plain), ("dsl", hidden), ("headteacher", hidden), (OFFICE, hidden)):
        connections.open_exception(school.ctx_for(login), exception_id)
    with school.database.reading() as session:
        opened = session.execute(
            select(AuditEntry.actor_id, AuditEntry.object_id).where(AuditEntry.action == "exception.opened")
        ).all()
    # The office only learnt that it exists: nothing was opened.
    assert [tuple(each) for each in opened] == [
        (school.users["dsl"], hidden),
        (school.users["headteacher"], hidden),
    ]


@pytest.fixture
def masked(school: SmallSchool) -> int:
    """Recorded by the office, then marked by the DSL: the office knows that it exists, no more."""
    exception_id = made.approved(
        school, adult="dsl", other="tariq", platforms=("discord",), confidentiality=Confidentiality.NORMAL
    )
    dsl = school.ctx_for("dsl")
    record = connections.open_exception(dsl, exception_id)
    draft = replace(record.draft, confidentiality=Confidentiality.SAFEGUARDING, notes="Not to be known")
    connections.save(dsl, draft, exception_id, record.version)
    return exception_id


def test_a_masked_record_tells_that_it_is_there_and_no_more(school: SmallSchool, masked: int) -> None:
    office = school.ctx_for(OFFICE)
    record = connections.open_exception(office, masked)
    assert record.masked
    assert (record.reference, record.status) == ("2026/C0001", ExceptionStatus.APPROVED)
    (row,) = connection_list.rows(office, [masked])
    assert row.masked
    for said in (repr(record), repr(row)):
        for secret in (
            "Birch",
            "Dan",
            "Osei",
            "Tariq",
            "discord",
            "Discord",
            "uncle",
            "family",
            "Not to be known",
        ):
            assert secret not in said, secret
    assert (record.decisions, record.files, record.history, record.incidents) == ((), (), (), ())
    assert (record.draft.adult_id, record.draft.other_id, record.draft.relationship) == (None, None, None)
    assert row.adult == row.other == MASKED_NAME
    with pytest.raises(NotAllowed, match="confidential"):
        connections.save(office, record.draft, masked, record.version)
    for step in (connections.submit, connections.take_back):
        with pytest.raises(NotAllowed):
            step(office, masked, record.version)
    with pytest.raises(NotAllowed):
        connections.add_note(office, masked, "x")


NARROWING: list[dict[str, object]] = [
    {"text": "tariq"},
    {"text": "2026/C1"},
    {"text": "Not to be known"},
    {"platform": "discord"},
    {"relationship": Relationship.AUNT_OR_UNCLE},
    {"capacity": Capacity.PUPIL},
    {"adult_kind": PersonKind.STAFF},
    {"timeliness": Timeliness.ON_ENTRY},
]


@pytest.mark.parametrize("narrowing", NARROWING, ids=lambda each: next(iter(each)))
def test_no_filter_feels_for_what_is_hidden(
    school: SmallSchool, masked: int, narrowing: dict[str, object]
) -> None:
    assert masked in shown(school, OFFICE)
    assert shown(school, OFFICE, **narrowing) == []
    assert shown(school, "dsl", **narrowing) == [masked]


def test_neither_person_nor_day_feels_for_what_is_hidden(school: SmallSchool, masked: int) -> None:
    today = school.clock.now.date()
    for narrowing in ({"person_id": school.people["tariq"]}, {"on_day": today}):
        assert shown(school, OFFICE, **narrowing) == []
        assert shown(school, "dsl", **narrowing) == [masked]
    office = school.ctx_for(OFFICE)
    assert connections.between(office, school.people["dsl"], school.people["tariq"]) == []


@pytest.mark.parametrize("column", list(ExceptionColumn))
@pytest.mark.parametrize("descending", [False, True])
def test_no_sort_order_feels_for_what_is_hidden(
    school: SmallSchool, masked: int, column: ExceptionColumn, descending: bool
) -> None:
    """Whatever a masked record holds, it stands where its shown columns put it, or last."""
    made.declare(school, adult="teacher", other="sam", platforms=("tiktok",))
    made.approved(school, adult="head", other="sam", decider="chair", platforms=("zoom",))
    ctx = school.ctx_for(OFFICE)
    sort = ExceptionSort(column, descending)
    before = list(connection_list.sorted_ids(ctx, ALL, sort))
    with school.database.writing() as session:
        # Not sealed for this test: what matters is where the row comes to stand.
        session.execute(text("DROP TRIGGER connection_exception_sealed"))
        session.execute(text("DROP TRIGGER exception_platform_changed"))
        session.execute(
            text(
                "UPDATE connection_exception SET adult_name = 'zz', other_name = 'zz', adult_kind = 'volunteer',"
                " capacity = 'parent', relationship = 'sibling', links = 'message', timeliness = 'late',"
                " late_days = 400, confidentiality = 'staff' WHERE id = :id"
            ),
            {"id": masked},
        )
        session.execute(
            text("UPDATE exception_platform SET platform = 'zz' WHERE exception_id = :id"), {"id": masked}
        )
    assert list(connection_list.sorted_ids(ctx, ALL, sort)) == before


def test_masked_rows_stand_in_the_views_their_status_puts_them_in(school: SmallSchool, masked: int) -> None:
    office = school.ctx_for(OFFICE)
    counts = connection_list.view_counts(office)
    assert counts == {
        ExceptionView.IN_FORCE: 1,
        ExceptionView.AWAITING: 0,
        ExceptionView.TO_COMPLETE: 0,
        ExceptionView.REVIEW_DUE: 0,
        ExceptionView.PAST: 0,
        ExceptionView.ALL: 1,
    }
    for view in ExceptionView:
        found = connection_list.sorted_ids(office, ExceptionFilter(view=view), ExceptionSort())
        assert len(found) == counts[view]
    made.decide(school, masked, DecisionKind.REVOKE)
    assert connection_list.view_counts(office)[ExceptionView.PAST] == 1
    (row,) = connection_list.rows(office, [masked])
    assert isinstance(row, ExceptionRow)
    assert row.status is ExceptionStatus.REVOKED


def test_what_supersedes_a_record_is_not_named_to_whoever_may_not_know(school: SmallSchool) -> None:
    first = made.approved(school)
    dsl, office = school.ctx_for("dsl"), school.ctx_for(OFFICE)
    draft = replace(connections.successor_draft(dsl, first), confidentiality=Confidentiality.SAFEGUARDING)
    hidden = connections.save(dsl, draft, supersedes=first).id
    assert connections.open_exception(office, first).superseded_by is None
    assert connections.open_exception(dsl, first).superseded_by == (hidden, "2026/C0002")
    connections.successor_draft(office, first)  # nor is it learnt from a refusal
