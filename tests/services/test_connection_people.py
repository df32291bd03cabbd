"""Exceptions, declarants, questions and letters follow a merge and its undoing; nothing ends or begins by it."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Any

import pytest
from sqlalchemy import select, text

from smdesk.db.models import ConnectionException, Letter, PersonMerge, RelationshipQuestion
from smdesk.errors import Refused
from smdesk.policy.vocabulary import Capacity, PersonKind
from smdesk.services import connection_list, connections, people
from smdesk.services.connection_records import (
    DecisionKind,
    EndCause,
    ExceptionFilter,
    ExceptionSort,
    ExceptionView,
)
from smdesk.services.incident_records import Confidentiality
from smdesk.services.people_records import PersonDraft
from tests.support import connections as made
from tests.support.school import SmallSchool

OFFICE = "business_manager"


def add(school: SmallSchool, key: str, **fields: Any) -> int:
    """A second record of somebody, as a person in a hurry would add it; known by ``key`` from then on."""
    draft = PersonDraft(**{"given_name": "Second", "family_name": "Record", **fields})
    school.people[key] = people.save(school.ctx_for(OFFICE), draft).id
    return school.people[key]


def merge(school: SmallSchool, keep: str, gone: str) -> int:
    ctx = school.ctx_for(OFFICE)
    return people.merge(ctx, school.people[keep], school.people[gone]).id


def sides(school: SmallSchool, exception_id: int) -> tuple[int, int, int | None]:
    with school.database.reading() as session:
        row = session.get_one(ConnectionException, exception_id)
        return row.adult_id, row.other_id, row.declarant_id


def test_two_records_of_one_pair_survive_a_merge_and_are_parted_again(school: SmallSchool) -> None:
    ids = school.people
    add(school, "twin", kind=PersonKind.PUPIL, given_name="Sammy", family_name="Quillfether")
    first = made.approved(school)
    second = made.approved(school, other="twin", declarant_id=ids["twin"])
    with school.database.writing() as session:
        question = RelationshipQuestion(
            adult_id=ids["teacher"],
            other_id=ids["twin"],
            exception_id=second,
            question="How?",
            asked_on=date(2026, 3, 11),
            asked_by=school.users["headteacher"],
        )
        letter = Letter(
            exception_id=second, person_id=ids["twin"], kind="exception_approved", subject="s", addressee="a",
            salutation="d", body="b", drafted_by=school.users[OFFICE], drafted_at=school.clock.now,
        )  # fmt: skip
        session.add_all([question, letter])
        session.flush()
        question_id, letter_id = question.id, letter.id
    ctx = school.ctx_for(OFFICE)
    saved = people.merge(ctx, ids["sam"], ids["twin"])
    assert {("exception", first), ("exception", second), ("question", question_id)} <= saved.changes
    assert sides(school, second) == (ids["teacher"], ids["sam"], ids["sam"])
    with school.database.reading() as session:
        assert session.get_one(RelationshipQuestion, question_id).other_id == ids["sam"]
        assert session.get_one(Letter, letter_id).person_id == ids["sam"]
    today = school.clock.now.date()
    both = connection_list.sorted_ids(ctx, ExceptionFilter(on_day=today), ExceptionSort())
    assert sorted(both) == [first, second]
    assert [made.opened(school, each).other_name for each in both] == ["Sam Quillfeather"] * 2
    # Both are decided and both signatures stand.
    assert [made.opened(school, each).decisions[0].fault for each in both] == ["", ""]
    assert [row.id for row in connections.between(ctx, ids["teacher"], ids["twin"])] == [second, first]
    wanted = ExceptionFilter(view=ExceptionView.ALL, person_id=ids["sam"], text="sammy")
    assert list(connection_list.sorted_ids(ctx, wanted, ExceptionSort())) == [first, second]
    with school.database.reading() as session:
        merge_id = session.scalars(select(PersonMerge.id)).one()
    people.unmerge(ctx, merge_id)
    assert sides(school, first) == (ids["teacher"], ids["sam"], None)
    assert sides(school, second) == (ids["teacher"], ids["twin"], ids["twin"])
    with school.database.reading() as session:
        assert session.get_one(RelationshipQuestion, question_id).other_id == ids["twin"]
        assert session.get_one(Letter, letter_id).person_id == ids["twin"]
    assert made.opened(school, second).decisions[0].fault == ""
    wanted = ExceptionFilter(view=ExceptionView.ALL, text="sammy")
    assert list(connection_list.sorted_ids(ctx, wanted, ExceptionSort())) == [second]


def test_two_undecided_ones_that_a_merge_brought_together_can_still_be_put_right(school: SmallSchool) -> None:
    add(school, "twin", kind=PersonKind.PUPIL, given_name="Sammy", family_name="Quillfether")
    first, second = made.declare(school), made.declare(school, other="twin")
    merge(school, "sam", "twin")
    ctx = school.ctx_for(OFFICE)
    record = made.opened(school, second)
    connections.save(ctx, replace(record.draft, known_how="Seen"), second, record.version)
    with pytest.raises(Exception, match=r"2026/C0001 is about the same two people"):
        made.submit(school, second)
    connections.withdraw(ctx, first, 1, "Declared twice")
    made.submit(school, second)


def test_the_two_sides_of_a_connection_are_never_made_one(school: SmallSchool) -> None:
    add(school, "sixth", kind=PersonKind.VOLUNTEER)
    exception_id = made.declare(school, adult="sixth", adult_kind=PersonKind.VOLUNTEER)
    for keep, gone in (("sam", "sixth"), ("sixth", "sam")):
        with pytest.raises(Refused, match="2026/C0001 is about the two of them"):
            merge(school, keep, gone)
    # One whom the reader may not know of keeps them apart too, without a name.
    dsl = school.ctx_for("dsl")
    record = connections.open_exception(dsl, exception_id)
    hidden = replace(record.draft, confidentiality=Confidentiality.SAFEGUARDING)
    connections.save(dsl, hidden, exception_id, record.version)
    with pytest.raises(Refused, match="two people who know each other") as refused:
        merge(school, "sam", "sixth")
    assert "2026/C" not in str(refused.value)


def test_a_merge_is_no_change_of_role(school: SmallSchool) -> None:
    add(school, "helper", kind=PersonKind.VOLUNTEER)
    exception_id = made.approved(school, adult="helper", adult_kind=PersonKind.VOLUNTEER, other="tariq")
    merge_id = merge(school, "anna", "helper")
    record = made.opened(school, exception_id)
    assert record.in_force
    assert record.adult_roles == "Volunteer, also parent or carer"
    people.unmerge(school.ctx_for(OFFICE), merge_id)
    assert people.record_of(school.ctx_for(OFFICE), school.people["anna"]).draft.also == ()
    assert made.opened(school, exception_id).in_force


def test_a_merge_does_not_bring_an_ended_exception_back(school: SmallSchool) -> None:
    add(school, "twin", kind=PersonKind.PUPIL, given_name="Sammy", family_name="Quillfether")
    exception_id = made.approved(school, other="twin")
    school.clock.now = datetime(2026, 4, 20, 9, 0, tzinfo=UTC)
    made.leaves(school, "twin", date(2026, 4, 2))
    merge_id = merge(school, "sam", "twin")
    record = made.opened(school, exception_id)
    assert (record.ends_on, record.end_cause) == (date(2026, 4, 2), EndCause.OTHER_LEFT)
    ctx = school.ctx_for(OFFICE)
    assert people.record_of(ctx, school.people["sam"]).draft.left_on == date(2026, 4, 2)
    people.unmerge(ctx, merge_id)
    assert people.record_of(ctx, school.people["sam"]).draft.left_on is None
    assert not made.opened(school, exception_id).in_force


def test_a_record_of_an_earlier_time_at_the_school_does_not_make_somebody_leave_again(
    school: SmallSchool,
) -> None:
    add(school, "then", kind=PersonKind.PUPIL, given_name="Sammy", family_name="Quillfether")
    before = made.approved(school, other="then")
    school.clock.now = datetime(2026, 9, 10, 9, 0, tzinfo=UTC)
    made.leaves(school, "then", date(2026, 4, 2))
    ctx = school.ctx_for(OFFICE)
    record = people.record_of(ctx, school.people["sam"])
    people.save(ctx, replace(record.draft, joined_on=date(2026, 9, 1)), record.id, record.version)
    now = made.approved(school)
    merge(school, "sam", "then")
    assert people.record_of(ctx, school.people["sam"]).draft.left_on is None
    assert made.opened(school, before).ends_on == date(2026, 4, 2)
    assert made.opened(school, now).in_force


def test_a_merge_into_a_record_that_left_ends_it_and_parting_resumes_it(school: SmallSchool) -> None:
    add(school, "twin", kind=PersonKind.PUPIL, given_name="Sammy", family_name="Quillfether")
    made.leaves(school, "sam", date(2026, 3, 12))
    exception_id = made.approved(school, other="twin")
    school.clock.forward(days=5)
    merge_id = merge(school, "sam", "twin")
    record = made.opened(school, exception_id)
    assert not record.in_force
    assert record.history[-1].kind == "other_left"
    people.unmerge(school.ctx_for(OFFICE), merge_id)
    record = made.opened(school, exception_id)
    assert record.in_force
    assert record.history[-1].kind == "resumed"


def test_a_merge_from_before_the_register_is_taken_back_all_the_same(school: SmallSchool) -> None:
    add(school, "twin", kind=PersonKind.PARENT)
    merge_id = merge(school, "anna", "twin")
    with school.database.writing() as session:
        row = session.get_one(PersonMerge, merge_id)
        row.moved = json.dumps(
            {
                name: ids
                for name, ids in json.loads(row.moved).items()
                if not name.startswith(("exception", "question"))
            }
        )
    people.unmerge(school.ctx_for(OFFICE), merge_id)
    with school.database.reading() as session:
        assert (
            session.scalar(
                text("SELECT merged_into FROM person WHERE id = :id"), {"id": school.people["twin"]}
            )
            is None
        )


def test_a_rename_is_followed_in_the_list_and_in_its_order(school: SmallSchool) -> None:
    hazel = made.declare(school)
    birch = made.declare(school, adult="dsl", other="tariq")
    ctx = school.ctx_for(OFFICE)

    def names() -> list[str]:
        ids = connection_list.sorted_ids(ctx, ExceptionFilter(view=ExceptionView.ALL), ExceptionSort())
        return [row.adult for row in connection_list.rows(ctx, ids)]

    assert names() == ["Dan Birch", "Tim Hazel"]
    record = people.record_of(ctx, school.people["teacher"])
    saved = people.save(ctx, replace(record.draft, family_name="Ash"), record.id, record.version)
    assert ("exception", hazel) in saved.changes
    assert ("exception", birch) not in saved.changes
    assert names() == ["Tim Ash", "Dan Birch"]


def test_a_signature_stands_whatever_becomes_of_the_people(school: SmallSchool) -> None:
    exception_id = made.approved(school)
    ctx = school.ctx_for(OFFICE)
    for person, fields in (
        ("sam", {"family_name": "Marsh", "joined_on": date(2021, 9, 1)}),
        ("teacher", {"kind": PersonKind.GOVERNOR, "left_on": date(2026, 7, 22)}),
    ):
        record = people.record_of(ctx, school.people[person])
        people.save(ctx, replace(record.draft, **fields), record.id, record.version)
    made.decide(school, made.approved(school, other="tariq", adult="dsl"), DecisionKind.REVOKE)
    (decision,) = made.opened(school, exception_id).decisions
    assert decision.fault == ""


def test_capacity_is_what_was_declared_whatever_they_become(school: SmallSchool) -> None:
    exception_id = made.approved(school)
    ctx = school.ctx_for(OFFICE)
    record = people.record_of(ctx, school.people["sam"])
    people.save(
        ctx,
        replace(record.draft, kind=PersonKind.PARENT, left_on=date(2026, 3, 12)),
        record.id,
        record.version,
    )
    opened = made.opened(school, exception_id)
    assert opened.draft.capacity is Capacity.PUPIL
    assert opened.other_roles == "Parent or carer"


def names_told(school: SmallSchool, exception_id: int) -> list[str]:
    return [line.text for line in made.opened(school, exception_id).history if line.text.startswith("Name:")]


def test_a_decided_exception_tells_when_somebody_in_it_is_called_otherwise(school: SmallSchool) -> None:
    """What was signed keeps the name of its day; the history says why the register has another."""
    decided = made.approved(school)
    open_one = made.declare(school, platforms=("tiktok",))
    ctx = school.ctx_for("business_manager")
    record = people.record_of(ctx, school.people["sam"])
    people.save(ctx, replace(record.draft, family_name="Brightwater"), record.id, record.version)
    assert names_told(school, decided) == [
        "Name: Sam Quillfeather → Sam Brightwater (the person’s record was changed)"
    ]
    record = people.record_of(ctx, school.people["sam"])
    people.save(ctx, replace(record.draft, year_group="6"), record.id, record.version)
    assert len(names_told(school, decided)) == 1
    assert names_told(school, open_one) == []


def test_an_approval_that_a_merge_gives_to_somebody_else_says_so(school: SmallSchool) -> None:
    """Two adults made one: the approval of the one is the other's now, and nobody has decided that."""
    decided = made.approved(school)
    ctx = school.ctx_for("business_manager")
    other = people.save(ctx, PersonDraft(kind=PersonKind.STAFF, given_name="Tom", family_name="Ash")).id
    merged = people.merge(ctx, other, school.people["teacher"])
    assert made.opened(school, decided).adult_name == "Tom Ash"
    assert names_told(school, decided) == ["Name: Tim Hazel → Tom Ash (two records were made one)"]
    people.unmerge(ctx, merged.id)
    assert names_told(school, decided)[1:] == ["Name: Tom Ash → Tim Hazel (two records were parted again)"]
