"""Merging duplicates loses nothing, and can be taken back."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest
from sqlalchemy import text

from smdesk.errors import Invalid, NotAllowed, NotFound, Refused
from smdesk.policy.vocabulary import PersonKind, Step
from smdesk.services import advice, incident_list, incidents, people, steps
from smdesk.services.incident_records import (
    IncidentFilter,
    PersonInIncident,
    PersonRole,
    Sort,
    StepDraft,
    View,
)
from smdesk.services.letter_records import PaperLook
from smdesk.services.people_records import PersonDraft, Relation
from tests.support.school import SmallSchool


def twin(school: SmallSchool, **fields: object) -> int:
    """A second record of Anna, as somebody in a hurry would add it."""
    draft = PersonDraft(given_name="Annie", family_name="Quillfether", phone="01632 960222", **fields)
    return people.save(school.ctx_for("business_manager"), draft).id


def log_by(school: SmallSchool, person_id: int, **fields: object) -> int:
    line = PersonInIncident(person_id, PersonRole.AUTHOR, PersonKind.PARENT)
    draft = replace(school.draft(author=None), people=(line,), **fields)
    return incidents.save(school.ctx_for("business_manager"), draft).id


def test_everything_goes_over(school: SmallSchool) -> None:
    head = school.ctx_for("headteacher")
    anna, gone = school.people["anna"], twin(school)
    hers, twins = log_by(school, anna), log_by(school, gone)
    today = school.clock.now.date()
    for step in (Step.ASK_REMOVAL, Step.TALK, Step.WRITTEN_WARNING):
        steps.record(head, twins, StepDraft(step, None, today))
    people.record_consent(head, gone, "Newsletter", True, today, "", "")
    people.link(head, gone, Relation.PARENT_OF, school.people["tariq"], "")
    school.clock.forward(days=20)
    later = log_by(school, anna)
    assert Step.SECOND_WARNING not in {each.step for each in advice.for_incident(head, later).advice.next}

    saved = people.merge(head, anna, gone)
    assert {("person", anna), ("person", gone), ("incident", twins)} <= saved.changes
    record = people.record_of(head, anna)
    assert {line.incident_id for line in record.incidents} == {hers, twins, later}
    assert [line.step for line in record.ladder] == [Step.ASK_REMOVAL, Step.TALK, Step.WRITTEN_WARNING]
    assert [answer.purpose for answer in record.consents] == ["Newsletter"]
    assert "Parent of Tariq Osei-Marsh" in {link.label for link in record.links}
    assert record.merged == ((saved.id, "Annie Quillfether"),)
    assert record.draft.phone == "01632 960222"  # a blank filled from the duplicate
    assert record.draft.email == "anna@quillfeather.example"
    # INC-5: the warning given under the other record counts for the person.
    assert Step.SECOND_WARNING in {each.step for each in advice.for_incident(head, later).advice.next}
    assert incident_list.rows(head, [twins])[0].author == "Anna Quillfeather"
    # The name it was filed under still finds her, and opens the record kept.
    assert [hit.id for hit in people.search(head, "quillfether")] == [anna]
    assert people.record_of(head, gone).id == anna
    found = incident_list.sorted_ids(head, IncidentFilter(view=View.ALL, text="quillfether"), Sort())
    assert set(found) == {hers, twins, later}
    assert gone not in people.sorted_ids(head)


def test_taking_it_back_restores_both(school: SmallSchool) -> None:
    head = school.ctx_for("headteacher")
    anna, gone = school.people["anna"], twin(school)
    hers, twins = log_by(school, anna), log_by(school, gone)
    steps.record(head, twins, StepDraft(Step.TALK, None, school.clock.now.date()))
    people.link(head, gone, Relation.PARENT_OF, school.people["sam"], "says she is")
    people.record_consent(head, gone, "Newsletter", True, school.clock.now.date(), "", "")
    before = {person: people.record_of(head, person) for person in (anna, gone)}

    merged = people.merge(head, anna, gone)
    draft = incidents.open_incident(head, twins).draft
    incidents.save(head, replace(draft, summary="Edited while merged"), twins, 1)
    people.unmerge(head, merged.id)

    for person, was in before.items():
        now = people.record_of(head, person)
        assert now.draft == was.draft
        assert now.ladder == was.ladder
        assert [line.incident_id for line in now.incidents] == [line.incident_id for line in was.incidents]
        assert {(link.person_id, link.label, link.note) for link in now.links} == {
            (link.person_id, link.label, link.note) for link in was.links
        }
        assert [answer.purpose for answer in now.consents] == [answer.purpose for answer in was.consents]
        assert now.merged == ()
    assert incident_list.rows(head, [twins])[0].author == "Annie Quillfether"
    assert incident_list.rows(head, [hers])[0].author == "Anna Quillfeather"
    assert [hit.id for hit in people.search(head, "quillfether")] == [gone]
    with pytest.raises(Refused, match="taken back already"):
        people.unmerge(head, merged.id)


def test_both_in_one_incident(school: SmallSchool) -> None:
    ctx = school.ctx_for("business_manager")
    anna, gone = school.people["anna"], twin(school)
    both = tuple(
        PersonInIncident(person, role, PersonKind.PARENT)
        for person, role in (
            (anna, PersonRole.AUTHOR),
            (gone, PersonRole.AUTHOR),
            (gone, PersonRole.REPORTED_BY),
        )
    )
    incident_id = incidents.save(ctx, replace(school.draft(author=None), people=both)).id
    merged = people.merge(ctx, anna, gone)
    held = {(line.person_id, line.role) for line in incidents.open_incident(ctx, incident_id).draft.people}
    assert held == {(anna, PersonRole.AUTHOR), (anna, PersonRole.REPORTED_BY)}
    people.unmerge(ctx, merged.id)
    held = {(line.person_id, line.role) for line in incidents.open_incident(ctx, incident_id).draft.people}
    assert held == {(anna, PersonRole.AUTHOR), (gone, PersonRole.AUTHOR), (gone, PersonRole.REPORTED_BY)}


def test_what_is_not_one_person_is_not_merged(school: SmallSchool) -> None:
    ctx = school.ctx_for("business_manager")
    anna, sam, tariq = (school.people[name] for name in ("anna", "sam", "tariq"))
    with pytest.raises(Refused, match="two people"):
        people.merge(ctx, sam, tariq)
    with pytest.raises(Invalid):
        people.merge(ctx, anna, anna)
    with pytest.raises(NotAllowed):
        people.merge(school.ctx_for("leadership"), anna, school.people["ben"])


def test_chains_of_duplicates(school: SmallSchool) -> None:
    ctx = school.ctx_for("business_manager")
    anna, second, third = school.people["anna"], twin(school), twin(school, date_of_birth=date(1990, 1, 1))
    incident_id = log_by(school, third)
    first_merge = people.merge(ctx, second, third)
    second_merge = people.merge(ctx, anna, second)
    assert people.record_of(ctx, third).id == anna
    assert [line.incident_id for line in people.record_of(ctx, anna).incidents] == [incident_id]
    with pytest.raises(Refused, match="merged"):
        people.merge(ctx, second, school.people["ben"])
    with pytest.raises(Refused, match="first"):
        people.unmerge(ctx, first_merge.id)
    people.unmerge(ctx, second_merge.id)
    assert people.record_of(ctx, third).id == second
    people.unmerge(ctx, first_merge.id)
    assert [line.incident_id for line in people.record_of(ctx, third).incidents] == [incident_id]


def test_a_form_with_the_duplicate_in_it_is_told(school: SmallSchool) -> None:
    ctx = school.ctx_for("business_manager")
    anna, gone = school.people["anna"], twin(school)
    opened = people.record_of(ctx, gone)
    people.merge(ctx, anna, gone)
    with pytest.raises(Invalid, match="merged into another"):
        log_by(school, gone)
    with pytest.raises(Refused, match="merged into another"):
        people.save(ctx, replace(opened.draft, phone="1"), gone, opened.version)


def test_merging_cannot_bring_somebody_their_own_incident(school: SmallSchool) -> None:
    # CON-5: a duplicate record of the business manager posted it; once merged, it is about her.
    head = school.ctx_for("headteacher")
    gone = people.save(
        head, PersonDraft(kind=PersonKind.PARENT, given_name="B.", family_name="Cedar-Smith")
    ).id
    incident_id = log_by(school, gone)
    office = school.ctx_for("business_manager")
    assert not incidents.open_incident(office, incident_id).masked
    people.merge(head, school.people["office"], gone)
    assert incidents.open_incident(office, incident_id).masked
    with school.database.reading() as session:
        assert session.scalar(text("SELECT count(*) FROM audit_entry WHERE action = 'person.merged'")) == 1


def test_the_headteachers_duplicate_makes_it_the_chairs(school: SmallSchool) -> None:
    dsl = school.ctx_for("dsl")
    gone = people.save(dsl, PersonDraft(kind=PersonKind.STAFF, given_name="H", family_name="Alder")).id
    incident_id = log_by(school, gone)
    people.merge(dsl, school.people["head"], gone)
    assert incidents.open_incident(school.ctx_for("chair"), incident_id).headteacher_is_subject


def test_a_users_own_record_is_the_one_kept(school: SmallSchool) -> None:
    # CON-5: pointed to Anna, the office's account would be Anna, and Anna's incidents would be the office's own.
    head = school.ctx_for("headteacher")
    anna, office = school.people["anna"], school.people["office"]
    incident_id = log_by(school, anna)
    with pytest.raises(Refused, match="merge Anna Quillfeather into it") as error:
        people.merge(head, anna, office)
    assert error.value.rule == "CON-5"
    assert not incidents.open_incident(school.ctx_for("business_manager"), incident_id).masked
    assert people.record_of(head, office).id == office
    with pytest.raises(Refused, match="Both records belong to users"):
        people.merge(head, school.people["head"], office)
    people.merge(head, office, anna)  # the other way round nobody's account changes hands


def test_a_merge_fills_the_outside_number_and_gives_back_who_was_responsible(school: SmallSchool) -> None:
    ctx, office = school.ctx_for("headteacher"), school.ctx_for("business_manager")
    anna, sam = school.people["anna"], school.people["sam"]
    twin = people.save(office, PersonDraft(family_name="Quillfeather", outside_id="C17", class_name="5B")).id
    people.link(office, twin, Relation.PARENT_OF, sam, "", True)
    merged = people.merge(ctx, anna, twin)
    kept = people.record_of(office, anna)
    assert (kept.draft.outside_id, kept.draft.class_name) == ("C17", "5B")
    people.unmerge(ctx, merged.id)
    assert people.record_of(office, anna).draft.outside_id == ""
    assert [each.parental_responsibility for each in people.record_of(office, twin).links] == [True]


def test_parental_responsibility_is_said_of_parents_and_carers_only(school: SmallSchool) -> None:
    ctx = school.ctx_for("business_manager")
    anna, ben, sam = (school.people[each] for each in ("anna", "ben", "sam"))
    (link,) = people.record_of(ctx, anna).links
    for held in (True, False, None):
        saved = people.set_responsibility(ctx, link.link_id, held)
        assert saved.changes == {("person", anna), ("person", sam)}
        assert people.record_of(ctx, sam).links[0].parental_responsibility is held
    assert people.set_responsibility(ctx, link.link_id, None).changes == frozenset()
    partner = people.link(ctx, anna, Relation.PARTNER_OF, ben, "", True)
    assert people.record_of(ctx, ben).links[-1].parental_responsibility is None
    with pytest.raises(Refused, match="parent or carer"):
        people.set_responsibility(ctx, partner.id, True)
    with pytest.raises(NotFound):
        people.set_responsibility(ctx, 999, True)


def test_large_print_asked_of_either_record_stays_asked(school: SmallSchool) -> None:
    ctx = school.ctx_for("business_manager")
    again = people.save(
        ctx, PersonDraft(family_name="Quillfeather", given_name="Ann", paper_look=PaperLook.LARGE)
    )
    merged = people.merge(ctx, school.people["anna"], again.id)
    assert people.record_of(ctx, school.people["anna"]).draft.paper_look is PaperLook.LARGE
    people.unmerge(ctx, merged.id)
    assert people.record_of(ctx, school.people["anna"]).draft.paper_look is PaperLook.STANDARD
    assert people.record_of(ctx, again.id).draft.paper_look is PaperLook.LARGE
