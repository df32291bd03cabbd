"""Whose names are taken out of a case file, in whatever way they are written, and whose stay (DOC-4)."""

from __future__ import annotations

from dataclasses import dataclass, replace

import pytest

from smdesk.db.models import Person, PersonLink
from smdesk.policy.vocabulary import PersonKind
from smdesk.services import case_file_names, incidents
from smdesk.services.case_file_names import Names
from smdesk.services.incident_records import PersonInIncident, PersonRole
from tests.documents.samples import HOSTILE_NAMES, SHAPED_NAMES
from tests.support.school import SmallSchool

LONG = "Featherstonehaugh-Cholmondeley-Montgomery-Wolstenholme-Marjoribanks-Throckmorton"


def names(
    school: SmallSchool, keep: tuple[str, ...] = (), also: tuple[str, ...] = (), incident: int | None = None
) -> Names:
    number = incident or school.incident(named="teacher")
    with school.database.reading() as session:
        return case_file_names.load(session, [number], {school.people[each] for each in keep}, also)


A, HAZEL, SAM, BEN = (
    "Person A (parent or carer)",
    "Person B (member of staff)",
    "Person C (pupil)",
    "Person C (parent or carer)",
)


@pytest.mark.parametrize(
    ("text", "masked"),
    [
        ("Anna Quillfeather", A),
        ("ANNA QUILLFEATHER", A),
        ("Quillfeather, Anna", A),
        ("Ms Quillfeather’s post", f"{A}’s post"),
        ("ms. a. quillfeather rang", f"{A} rang"),
        ("@annaq_79 wrote", f"{A} wrote"),
        ("annaq_79", A),
        ("#AnnaQuillfeather2026", f"#{A}"),
        ("anna.quillfeather.79", A),
        ("mail ANNA@quillfeather.example now", f"mail {A} now"),
        ("lives at 3  Orchard Way", f"lives at {A}"),
        ("Hazel is rude", f"{HAZEL} is rude"),
        ("Mr T. Hazel", HAZEL),
        ("Tim’s class, Hazels way", f"{HAZEL}’s class, {HAZEL} way"),
        ("Ánna Quillfeáther", A),
        ("Anna\nQuillfeather", A),
        ("Note\nAnna came", f"Note\n{A} came"),
        ("Sam Quillfeather", SAM),
        ("Mr Quillfeather", BEN),
        ("https://x.example/anna-quillfeather/1 there", f"{case_file_names.LINK_LEFT_OUT} there"),
    ],
)
def test_a_name_goes_however_it_is_written(school: SmallSchool, text: str, masked: str) -> None:
    assert names(school).masked(text) == masked


@pytest.mark.parametrize(
    "text",
    [
        "",
        "   \n ",
        "The post has gone. Nobody was hurt.",
        "Ms B. Cedar rang Mrs H. Alder",
        "Brambleford Primary School",
        "https://x.example/posts/12345",
        "hazelnut cake",
        "annals of the school",
    ],
)
def test_what_is_nobody_s_name_stays(school: SmallSchool, text: str) -> None:
    assert names(school).masked(text) == text


def test_one_name_may_stay_though_a_family_bears_it(school: SmallSchool) -> None:
    found = names(school, keep=("anna",))
    assert found.masked("Anna Quillfeather, Ms Quillfeather and Quillfeather") == (
        "Anna Quillfeather, Ms Quillfeather and Quillfeather"
    )
    assert "Sam" not in found.masked("Sam Quillfeather and Sam")
    assert "Ben" not in found.masked("Ben and Ben Quillfeather")
    assert "Hazel" not in found.masked("Tim Hazel")


def test_a_family_s_address_is_that_of_whoever_is_named(school: SmallSchool) -> None:
    with school.database.writing() as session:
        for each in ("ben", "sam"):
            row = session.get_one(Person, school.people[each])
            row.address, row.postcode = "3 Orchard Way\nBrambleford", "ZZ9 9ZX"
        session.get_one(Person, school.people["anna"]).postcode = "ZZ9 9ZX"
    number = school.incident()
    envelope = "Ms Anna Quillfeather\n3 Orchard Way\nBrambleford\nZZ9 9ZX"
    assert names(school, ("anna",), incident=number).masked(envelope) == envelope
    anna, tariq = school.people["anna"], school.people["tariq"]
    nobody = names(school, incident=number)
    assert nobody.found_in(f"{envelope}\nDear Ms Quillfeather", anna) == {anna}
    assert nobody.found_in(f"{envelope}\nTariq Osei-Marsh", anna) == {anna, tariq}
    assert "Orchard" not in nobody.masked(envelope)


def test_somebody_else_on_record_goes_by_the_whole_name(school: SmallSchool) -> None:
    found = names(school)
    assert found.masked("Tariq Osei-Marsh saw it") == f"{found.labels[school.people['tariq']]} saw it"
    assert "Tariq" not in found.masked("Tariq saw it")
    found.look_through(["Tariq Osei-Marsh saw it"])
    assert "Osei" not in found.masked("Tariq Osei-Marsh saw it")


def test_words_given_by_hand_go_too(school: SmallSchool) -> None:
    found = names(school, also=("the  lady from number 7", "Timmy", " "))
    assert found.masked("The lady from\nnumber 7 and timmy") == "Person C and Person D"
    assert found.masked("Timmyson") == "Timmyson"


def test_a_colleague_it_is_about_is_not_named_as_who_recorded_it_either(school: SmallSchool) -> None:
    number = school.incident(named="head")
    found = names(school, incident=number)
    label = found.labels[school.people["head"]]
    assert found.masked("Mrs H. Alder") == label
    assert found.masked("Helen Alder said") == f"{label} said"
    assert found.masked("Ms B. Cedar") == "Ms B. Cedar"


def test_a_merged_record_is_the_same_person(school: SmallSchool) -> None:
    with school.database.writing() as session:
        session.add(
            Person(
                kind="parent",
                given_name="Annie",
                family_name="Feather",
                sort_name="feather annie",
                merged_into=school.people["anna"],
                created_at=school.clock.now,
            )
        )
    assert names(school).masked("Annie Feather") == A


@pytest.mark.parametrize("name", [*HOSTILE_NAMES, *SHAPED_NAMES, LONG])
@pytest.mark.parametrize("split", [True, False])
def test_names_in_all_scripts_go(school: SmallSchool, name: str, split: bool) -> None:
    given, _, family = name.partition(" ") if split else ("", "", name)
    if not family:
        given, family = "", name
    ctx = school.ctx_for("business_manager")
    with school.database.writing() as session:
        row = Person(
            kind="parent",
            given_name=given,
            family_name=family,
            sort_name=family.casefold(),
            created_at=school.clock.now,
        )
        session.add(row)
        session.flush()
        person_id = row.id
    number = school.incident()
    record = incidents.open_incident(ctx, number)
    line = PersonInIncident(person_id, PersonRole.AFFECTED, PersonKind.PARENT)
    incidents.save(ctx, replace(record.draft, people=(*record.draft.people, line)), number, record.version)
    found = names(school, incident=number)
    text = f"Before {name}, and after; “{name}” again.\n{name}"
    masked = found.masked(text)
    assert name not in masked
    assert masked.count(found.labels[person_id]) == 3
    assert masked.startswith("Before ")
    assert found.masked(name) == found.labels[person_id]


def test_labels_go_on_after_z() -> None:
    assert [case_file_names._letters(number) for number in (0, 25, 26, 27, 701, 702)] == [
        "A",
        "Z",
        "AA",
        "AB",
        "ZZ",
        "AAA",
    ]


@dataclass(frozen=True)
class Part:
    title: str
    parts: tuple[tuple[str, int], ...]


def test_every_text_of_a_value_is_changed() -> None:
    assert case_file_names.changed(Part("a", (("b", 1),)), str.upper) == Part("A", (("B", 1),))


def test_relatives_are_looked_for_though_they_are_not_in_it(school: SmallSchool) -> None:
    with school.database.writing() as session:
        session.add(
            PersonLink(person_id=school.people["anna"], other_id=school.people["tariq"], relation="carer_of")
        )
    assert "Tariq" not in names(school).masked("I saw tariq there")
