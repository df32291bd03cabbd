"""What stands in the cells of a list of people: years, postcodes, telephones, addresses, relations, headings."""

from __future__ import annotations

import string

import pytest
from hypothesis import given
from hypothesis import strategies as some

from smdesk.documents.sheet_reading import Line
from smdesk.policy.vocabulary import PersonKind
from smdesk.services.people_import_entries import COLUMN_LABELS, numbers, same
from smdesk.services.people_import_fields import (
    ColumnMap,
    Field,
    Layout,
    Target,
    contact_of,
    guess,
    guess_layout,
    is_heading,
    kind_of_contact,
    read_kind,
    read_relation,
    read_responsible,
    read_year,
    targets,
)
from smdesk.services.people_import_lines import LineReader, Told, read_postcode
from smdesk.services.people_records import Relation

TEXT = some.text(string.printable + "éßŻ’–", max_size=30)


def told(
    *pairs: tuple[Field, object], kind: PersonKind = PersonKind.PUPIL
) -> tuple[Told, list[str], list[str]]:
    """One line's person, from the cells of these fields."""
    columns = ColumnMap(columns={Target(code): at for at, (code, _) in enumerate(pairs)}, kind=kind)
    (mention,) = LineReader(columns).read(Line(2, tuple(value for _, value in pairs)), 0)
    return mention.told, mention.problems, mention.notes


@pytest.mark.parametrize(
    ("cell", "year"),
    [
        ("5", "Year 5"), ("05", "Year 5"), ("Y5", "Year 5"), ("Yr 05", "Year 5"), ("year 11", "Year 11"),
        ("R", "Reception"), ("Reception", "Reception"), ("N2", "Nursery"), ("Year 5", "Year 5"), ("15", "15"),
        ("Class of Ms Ash", "Class of Ms Ash"), ("", ""),
    ],
)  # fmt: skip
def test_years_as_systems_write_them(cell: str, year: str) -> None:
    assert read_year(cell) == year


@given(TEXT)
def test_a_year_or_a_postcode_read_twice_is_as_read_once(text: str) -> None:
    assert read_year(read_year(text)) == read_year(text)
    assert read_postcode(read_postcode(text)) == read_postcode(text)


@given(some.sampled_from(list(COLUMN_LABELS)), TEXT, TEXT)
def test_two_values_say_the_same_either_way_round(column: str, one: str, other: str) -> None:
    assert same(column, one, one)
    assert same(column, one, other) == same(column, other, one)


@given(some.lists(some.from_regex(r"0[1-9][0-9]{9}", fullmatch=True), min_size=1, max_size=2, unique=True))
def test_no_digit_of_a_telephone_number_is_lost(digits: list[str]) -> None:
    spaced = [f"{each[:5]} {each[5:8]} {each[8:]}" for each in digits]
    fields = list(zip((Field.PHONE, Field.PHONE_2), spaced, strict=False))
    person, _, _ = told((Field.FAMILY, "Ash"), (Field.GIVEN, "Ann"), *fields)
    assert numbers(person.phone) == digits
    cut, _, _ = told((Field.FAMILY, "Ash"), (Field.PHONE, int(digits[0])))
    assert numbers(cut.phone) in ([digits[0]], [digits[0].removeprefix("0")])


def test_a_nought_a_spreadsheet_took_off_stands_again() -> None:
    assert told((Field.FAMILY, "Ash"), (Field.PHONE, 7700900123))[0].phone == "07700900123"
    assert told((Field.FAMILY, "Ash"), (Field.PHONE, "+44 7700 900123"))[0].phone == "+44 7700 900123"


@given(some.lists(TEXT, min_size=27, max_size=27))
def test_no_line_whatever_stands_in_it_breaks_the_reader(cells: list[str]) -> None:
    for layout in Layout:
        wanted = targets(layout)[: len(cells)]
        columns = ColumnMap(layout, {target: at for at, target in enumerate(wanted)})
        values = tuple(cell.strip() or None for cell in cells)
        for mention in LineReader(columns).read(Line(2, values), 0):
            assert len(mention.told.address.splitlines()) <= 6
            assert "\n" not in mention.told.family_name + mention.told.given_name + mention.told.email


@pytest.mark.parametrize(
    ("cells", "address", "postcode"),
    [
        ({Field.ADDRESS: "3 Orchard Way, Brambleford, zz9 9zz"}, "3 Orchard Way\nBrambleford", "ZZ9 9ZZ"),
        ({Field.ADDRESS: "12, High Street, Brambleford"}, "12 High Street\nBrambleford", ""),
        ({Field.ADDRESS: "Flat 2, 12 High Street"}, "Flat 2 12 High Street", ""),
        ({Field.ADDRESS: "3 Orchard Way\nBrambleford"}, "3 Orchard Way\nBrambleford", ""),
        (
            {Field.ADDRESS: "3 Orchard Way", Field.TOWN: "Brambleford", Field.COUNTY: "Brambleford",
             Field.POSTCODE: "zz99zz"},
            "3 Orchard Way\nBrambleford",
            "ZZ9 9ZZ",
        ),
        ({Field.ADDRESS: "1\n2\n3\n4\n5\n6\n7"}, "1\n2\n3\n4\n5\n6, 7", ""),
        ({Field.POSTCODE: "somewhere"}, "", "SOMEWHERE"),
    ],
)  # fmt: skip
def test_addresses_in_one_column_or_several(cells: dict[Field, str], address: str, postcode: str) -> None:
    person, _, _ = told((Field.FAMILY, "Ash"), *cells.items())
    assert (person.address, person.postcode) == (address, postcode)


@pytest.mark.parametrize(
    ("cell", "email", "note"),
    [
        ("ann@ash.example", "ann@ash.example", ""),
        ("o'neil-x@ash.example", "o'neil-x@ash.example", ""),
        ("ann@ash.example; bob@ash.example", "ann@ash.example", "the first of"),
        ("ring the office", "", "is no address"),
        ("@ash.example", "", "is no address"),
        ("a@b@c", "", "is no address"),
    ],
)
def test_email_addresses(cell: str, email: str, note: str) -> None:
    person, problems, notes = told((Field.FAMILY, "Ash"), (Field.GIVEN, "Ann"), (Field.EMAIL, cell))
    assert person.email == email
    assert problems == []
    assert note in " ".join(notes)
    assert bool(notes) == bool(note)


@pytest.mark.parametrize(
    ("cell", "relation", "kind"),
    [
        ("Mother", Relation.PARENT_OF, PersonKind.PARENT),
        ("Natural father", Relation.PARENT_OF, PersonKind.PARENT),
        ("Step-mother", Relation.CARER_OF, PersonKind.PARENT),
        ("Foster carer", Relation.CARER_OF, PersonKind.PARENT),
        ("Mother's partner", None, PersonKind.PARENT),
        ("Grandparent", Relation.RELATED_TO, PersonKind.PARENT),
        ("Step-brother", Relation.RELATED_TO, PersonKind.PARENT),
        ("Social Worker", Relation.RELATED_TO, PersonKind.THIRD_PARTY),
        ("Wizard", None, PersonKind.PARENT),
    ],
)
def test_relations_of_contacts(cell: str, relation: Relation | None, kind: PersonKind) -> None:
    if cell == "Mother's partner":
        assert read_relation("Mothers partner") is Relation.CARER_OF
    else:
        assert read_relation(cell) is relation
    assert kind_of_contact(cell) is kind


def test_parental_responsibility_as_systems_write_it() -> None:
    for yes in ("Y", "yes", "TRUE", "1", "✓", "PR", "Full"):
        assert read_responsible(yes) is True
    for no in ("N", "No", "0", "None", "without"):
        assert read_responsible(no) is False
    assert read_responsible("see file") is None


def test_kinds_as_systems_write_them() -> None:
    words = {
        "Pupil": PersonKind.PUPIL, "Students": PersonKind.PUPIL, "Teaching staff": PersonKind.STAFF,
        "TA": PersonKind.STAFF, "Parent/Carer": PersonKind.PARENT, "Contacts": PersonKind.PARENT,
        "Governor": PersonKind.GOVERNOR, "Supply teacher": PersonKind.CONTRACTOR, "Wizard": None,
    }  # fmt: skip
    assert {word: read_kind(word) for word in words} == words


def test_headings_of_contacts_beside_a_pupil() -> None:
    assert contact_of("contact 2 email") == (2, "email")
    assert contact_of("surname contact 1") == (1, "surname")
    assert contact_of("mothers mobile") == (1, "mobile")
    assert contact_of("father first name") == (2, "first name")
    assert contact_of("address 2") == (0, "address 2")
    assert contact_of("contact 9 email") == (0, "contact 9 email")
    headings = ("UPN", "Legal Forename", "Legal Surname", "Mother", "Mother email", "Father", "Father mobile")
    assert guess_layout(headings) is Layout.PUPIL
    found = {target.code: place for target, place in guess(headings, Layout.PUPIL).items()}
    assert found == {
        "outside_id": 0, "given": 1, "family": 2, "c1.name": 3, "c1.email": 4, "c2.name": 5, "c2.phone": 6,
    }  # fmt: skip
    assert guess_layout(("Surname", "Forename", "Contact number")) is Layout.PERSON


def test_one_parent_beside_a_pupil_needs_no_number() -> None:
    headings = ("Forename", "Surname", "Parent/Carer forename", "Parent/Carer surname", "Parent email", "PR")
    assert guess_layout(headings) is Layout.PUPIL
    found = guess(headings, Layout.PUPIL)
    # A parent's address never becomes the child's.
    assert {headings[place]: (target.contact, target.field) for target, place in found.items()} == {
        "Forename": (0, Field.GIVEN),
        "Surname": (0, Field.FAMILY),
        "Parent/Carer forename": (1, Field.GIVEN),
        "Parent/Carer surname": (1, Field.FAMILY),
        "Parent email": (1, Field.EMAIL),
        "PR": (1, Field.RESPONSIBLE),
    }
    # Whose contact has it is not known where there are two.
    two = guess(("Name", "Contact 1 name", "Contact 2 name", "PR"), Layout.PUPIL)
    assert Field.RESPONSIBLE not in {target.field for target in two}


def test_a_list_of_parents_has_a_row_for_each() -> None:
    headings = ("Parent forename", "Parent surname", "Parent email", "Child name", "Relationship")
    assert guess_layout(headings) is Layout.PERSON
    assert guess(headings, Layout.PERSON) == {
        Target(Field.GIVEN): 0,
        Target(Field.FAMILY): 1,
        Target(Field.EMAIL): 2,
        Target(Field.PUPIL_NAME): 3,
        Target(Field.RELATION): 4,
    }
    assert is_heading("Contact 1 Surname")
    assert not is_heading("Brambleford Primary School")


@given(
    some.lists(some.sampled_from(["Surname", "Forename", "UPN", "DOB", "Contact 1 Email", "x"]), max_size=12)
)
def test_a_field_has_one_column_and_a_column_one_field(headings: list[str]) -> None:
    for layout in Layout:
        found = guess(headings, layout)
        assert len(set(found.values())) == len(found)
        assert set(found) <= set(targets(layout))
