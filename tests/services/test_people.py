"""People: added, changed, found, linked, and what they consented to."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest
from sqlalchemy import text

from smdesk.errors import Conflict, Invalid, NotAllowed, NotFound, Refused
from smdesk.policy.vocabulary import PersonKind
from smdesk.services import incident_list, people
from smdesk.services.incident_records import IncidentFilter, Sort, View
from smdesk.services.letter_records import PaperLook
from smdesk.services.people_records import PersonDraft, Relation
from tests.support.school import SmallSchool


def names(school: SmallSchool, typed: str, *kinds: PersonKind) -> list[str]:
    return [hit.name for hit in people.search(school.ctx_for("business_manager"), typed, kinds)]


def test_everything_typed_comes_back(school: SmallSchool) -> None:
    ctx = school.ctx_for("business_manager")
    draft = PersonDraft(
        kind=PersonKind.PARENT,
        also=(PersonKind.VOLUNTEER, PersonKind.PARENT),
        title="Mrs",
        given_name=" Zofia ",
        family_name="Nowak-Lis",
        known_as="Zosia",
        date_of_birth=date(1988, 2, 29),
        address="1 High Street\n\n  Brambleford ",
        postcode="zz9  1aa",
        email="zofia@nowak.example",
        phone="01632 960111",
        online_names="zosia88",
        language="Polish",
        letter_name="Mrs Nowak-Lis",
        paper_look=PaperLook.LARGE,
        joined_on=date(2020, 9, 1),
        notes="Prefers e-mail",
    )
    saved = people.save(ctx, draft)
    record = people.record_of(ctx, saved.id)
    assert record.name == "Zofia Nowak-Lis"
    assert record.draft == replace(
        draft,
        also=(PersonKind.VOLUNTEER,),
        given_name="Zofia",
        address="1 High Street\nBrambleford",
        postcode="ZZ9 1AA",
    )
    assert (record.version, record.editable) == (1, True)
    for typed in ("zof", "nowak", "zosia", "zosia88", "zofia@now", "01632960111", "+44 1632 960111"):
        assert names(school, typed) == ["Zofia Nowak-Lis"], typed


def test_all_problems_at_once(school: SmallSchool) -> None:
    draft = PersonDraft(
        kind=PersonKind.PUPIL,
        email="two@@at",
        date_of_birth=date(2030, 1, 1),
        joined_on=date(2020, 1, 1),
        left_on=date(2019, 1, 1),
        address="\n".join("1234567890"),
        phone="1" * 101,
    )
    with pytest.raises(Invalid) as error:
        people.save(school.ctx_for("business_manager"), draft)
    assert {problem.field for problem in error.value.problems} == {
        "family_name", "given_name", "email", "date_of_birth", "left_on", "joined_on", "address", "phone",
    }  # fmt: skip


def test_somebody_known_only_online_needs_one_name(school: SmallSchool) -> None:
    ctx = school.ctx_for("business_manager")
    saved = people.save(ctx, PersonDraft(kind=PersonKind.UNKNOWN, family_name="moonbeam_x", identified=False))
    (hit,) = people.search(ctx, "moonb")
    assert (hit.id, hit.identified) == (saved.id, False)
    assert "not identified" in hit.hint


@pytest.mark.parametrize("login", ["leadership", "governor", "chair", "administrator"])
def test_who_has_no_business_with_people(school: SmallSchool, login: str) -> None:
    ctx = school.ctx_for(login)
    with pytest.raises(NotAllowed):
        people.search(ctx, "a")
    with pytest.raises(NotAllowed):
        people.record_of(ctx, school.people["anna"])
    with pytest.raises(NotAllowed):
        people.save(ctx, PersonDraft(family_name="X"))


def test_the_second_of_two_writers_is_told(school: SmallSchool) -> None:
    office, dsl = school.ctx_for("business_manager"), school.ctx_for("dsl")
    anna = school.people["anna"]
    opened = people.record_of(office, anna)
    people.save(dsl, replace(opened.draft, email="new@quillfeather.example"), anna, opened.version)
    with pytest.raises(Conflict) as error:
        people.save(office, replace(opened.draft, identified=False), anna, opened.version)
    assert {change.field: (change.theirs, change.mine) for change in error.value.changes} == {
        "email": ("new@quillfeather.example", "anna@quillfeather.example"),
        "identified": ("Yes", "No"),
    }
    people.save(office, replace(opened.draft, phone="1"), anna, error.value.current_version)
    assert people.record_of(office, anna).draft.email == "anna@quillfeather.example"


def test_incidents_follow_a_new_name(school: SmallSchool) -> None:
    ctx = school.ctx_for("business_manager")
    incident_id = school.incident(author="stranger")
    record = people.record_of(ctx, school.people["stranger"])
    found = replace(
        record.draft, kind=PersonKind.PARENT, given_name="Gwen", family_name="Tarn", identified=True,
        known_as="village_watcher",
    )  # fmt: skip
    saved = people.save(ctx, found, record.id, record.version)
    assert ("incident", incident_id) in saved.changes
    assert incident_list.rows(ctx, [incident_id])[0].author == "Gwen Tarn"
    for typed in ("tarn", "village_watcher"):
        wanted = IncidentFilter(view=View.ALL, text=typed)
        assert list(incident_list.sorted_ids(ctx, wanted, Sort())) == [incident_id]


def test_hints_tell_namesakes_apart(school: SmallSchool) -> None:
    ctx = school.ctx_for("business_manager")
    hits = {hit.id: hit for hit in people.search(ctx, "quillfeather")}
    assert hits[school.people["sam"]].hint == "Pupil, Year 5, born 14 September 2015"
    assert hits[school.people["anna"]].hint == "Parent or carer, parent or carer of Sam Quillfeather"
    record = people.record_of(ctx, school.people["ben"])
    people.save(ctx, replace(record.draft, left_on=date(2026, 1, 31)), record.id, record.version)
    ordered = people.search(ctx, "quillfeather")
    assert ordered[-1].id == school.people["ben"]
    assert ordered[-1].left
    assert ordered[-1].hint.endswith("left 31 January 2026")


def test_the_list_sorts_and_narrows(school: SmallSchool) -> None:
    ctx = school.ctx_for("business_manager")
    everyone = people.sorted_ids(ctx, "", (), True, "name", False)
    listing = [hit.name for hit in people.rows(ctx, everyone)]
    assert listing == sorted(
        listing, key=lambda name: name.split()[-1].casefold() + name.split()[0].casefold()
    )
    assert list(people.sorted_ids(ctx, "", (), True, "name", True)) == list(everyone)[::-1]
    parents = {hit.name for hit in people.rows(ctx, people.sorted_ids(ctx, kinds=(PersonKind.PARENT,)))}
    assert parents == {"Anna Quillfeather", "Ben Quillfeather", "Bea Cedar"}  # staff who are parents too
    record = people.record_of(ctx, school.people["ben"])
    people.save(ctx, replace(record.draft, left_on=date(2026, 3, 11)), record.id, record.version)
    assert school.people["ben"] not in people.sorted_ids(ctx, include_left=False)
    for column in ("kind", "year_group", "left", "postcode"):
        for descending in (False, True):
            ids = people.sorted_ids(ctx, "", (), True, column, descending)
            assert set(ids) == set(everyone)
    assert people.sorted_ids(ctx, sort_column="left", descending=True)[0] == school.people["ben"]
    with pytest.raises(ValueError, match="cannot be sorted"):
        people.sorted_ids(ctx, sort_column="name; DROP TABLE person")


def test_families_read_from_either_side(school: SmallSchool) -> None:
    ctx = school.ctx_for("business_manager")
    anna, ben, sam, tariq = (school.people[name] for name in ("anna", "ben", "sam", "tariq"))
    assert [(link.label, link.relation) for link in people.record_of(ctx, sam).links] == [
        ("Child of Anna Quillfeather", Relation.CHILD_OF),
        ("Child of Ben Quillfeather", Relation.CHILD_OF),
    ]
    people.link(ctx, ben, Relation.PARTNER_OF, anna, "since 2010")
    for again in ((anna, ben), (ben, anna)):
        with pytest.raises(Refused, match="already"):
            people.link(ctx, again[0], Relation.PARTNER_OF, again[1], "")
    people.link(ctx, tariq, Relation.CHILD_OF, anna, "")
    people.link(ctx, ben, Relation.CARER_OF, tariq, "")
    labels = {link.label for link in people.record_of(ctx, anna).links}
    assert labels == {
        "Parent of Sam Quillfeather",
        "Partner of Ben Quillfeather",
        "Parent of Tariq Osei-Marsh",
    }
    cared = [link for link in people.record_of(ctx, tariq).links if link.person_id == ben]
    assert [link.label for link in cared] == ["Cared for by Ben Quillfeather"]
    people.unlink(ctx, cared[0].link_id)
    assert [link.name for link in people.record_of(ctx, tariq).links] == ["Anna Quillfeather"]
    with pytest.raises(NotFound):
        people.unlink(ctx, cared[0].link_id)
    with pytest.raises(Invalid):
        people.link(ctx, anna, Relation.RELATED_TO, anna, "")


def test_consent_is_per_purpose_and_the_newest_answer_counts(school: SmallSchool) -> None:
    ctx = school.ctx_for("business_manager")
    sam = school.people["sam"]
    people.record_consent(ctx, sam, "Class Dojo", True, date(2025, 9, 3), "Anna Quillfeather", "")
    people.record_consent(ctx, sam, "Social media", False, date(2025, 9, 3), "Anna Quillfeather", "")
    people.record_consent(ctx, sam, "class dojo", False, date(2026, 1, 8), "Ben Quillfeather", "By e-mail")
    answers = people.record_of(ctx, sam).consents
    assert [(each.purpose, each.given, each.current) for each in answers] == [
        ("class dojo", False, True),
        ("Social media", False, True),
        ("Class Dojo", True, False),
    ]
    with pytest.raises(Invalid) as error:
        people.record_consent(ctx, sam, " ", True, date(2027, 1, 1), "", "")
    assert {problem.field for problem in error.value.problems} == {"purpose", "answered_on"}


def test_possible_duplicates_before_adding(school: SmallSchool) -> None:
    ctx = school.ctx_for("business_manager")

    def alike(**fields: object) -> list[str]:
        hits = people.possible_duplicates(ctx, PersonDraft(**fields))
        return [hit.name for hit in hits]

    assert alike(given_name="ANNA", family_name="quillfeather") == ["Anna Quillfeather"]
    assert alike(given_name="Quillfeather", family_name="Anna") == ["Anna Quillfeather"]
    assert alike(family_name="Other", email="Anna@Quillfeather.example") == ["Anna Quillfeather"]
    assert alike(family_name="Other", online_names="annaQ_79") == ["Anna Quillfeather"]
    sam = {"given_name": "Sam", "family_name": "Quillfeather"}
    assert alike(**sam, date_of_birth=date(2015, 9, 14)) == ["Sam Quillfeather"]
    assert alike(**sam, date_of_birth=date(2012, 9, 14)) == []
    assert alike(family_name="Nobody") == []


def test_changes_are_written_down(school: SmallSchool) -> None:
    ctx = school.ctx_for("business_manager")
    saved = people.save(ctx, PersonDraft(family_name="Brook"))
    people.save(ctx, PersonDraft(family_name="Brooke"), saved.id, 1)
    with school.database.reading() as session:
        lines = session.execute(
            text(
                "SELECT action, detail FROM audit_entry JOIN audit_detail USING (seq) WHERE object_kind = 'person'"
                " ORDER BY seq"
            )
        ).all()
    assert [line.action for line in lines] == ["person.added", "person.saved"]
    assert '"family_name":["Brook","Brooke"]' in lines[1].detail


def test_no_such_person(school: SmallSchool) -> None:
    ctx = school.ctx_for("business_manager")
    with pytest.raises(NotFound):
        people.record_of(ctx, 4711)
    with pytest.raises(NotFound):
        people.save(ctx, PersonDraft(family_name="X"), 4711, 1)
