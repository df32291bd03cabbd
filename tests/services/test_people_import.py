"""People from another system: a dry run that tells everything, then all of it or nothing, and twice changes nothing."""

from __future__ import annotations

import csv
from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from pathlib import Path

import openpyxl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as some

from smdesk.db import audit, search
from smdesk.db.models import AuditDetail, AuditEntry, Person, PersonLink
from smdesk.errors import Cancelled, Invalid, NotAllowed, Refused
from smdesk.policy.vocabulary import PersonKind
from smdesk.services import backups, incident_list, people
from smdesk.services import people_import as importing
from smdesk.services.import_people import ADD, LEAVE
from smdesk.services.incident_records import IncidentFilter, Sort, View
from smdesk.services.people_import import PeoplePlan, PlanEntry, Result
from smdesk.services.people_import_fields import Field, Layout, Target
from smdesk.services.people_records import PersonDraft, Relation
from tests.support import connections as connected
from tests.support.school import SmallSchool

PUPILS = ("UPN", "Forename", "Surname", "Date of birth", "Year", "Reg group", "Address 1", "Town", "Postcode")
SAM = ("B100", "Sam", "Quillfeather", "14/09/2015", "5", "5A", "3 Orchard Way", "Brambleford", "zz99zz")
NORA = ("B101", "Nora", "Newcome", "02/11/2016", "4", "4B", "9 Mill Lane", "Brambleford", "ZZ9 9AB")
CONTACTS = (
    "UPN", "Forename", "Surname", "DOB", "Reg", "Contact 1 Name", "Contact 1 Relationship",
    "Contact 1 Parental Responsibility", "Contact 1 Email", "Contact 1 Mobile", "Contact 2 Name",
    "Contact 2 Relationship", "Contact 2 Parental Responsibility", "Contact 2 Email", "Contact 2 Mobile",
)  # fmt: skip


class Office:
    """The business manager with a file to import."""

    def __init__(self, school: SmallSchool, folder: Path) -> None:
        self.school, self.folder = school, folder
        self.ctx = school.ctx_for("business_manager")

    def file(self, *rows: Sequence[object], name: str = "pupils.csv", encoding: str = "utf-8-sig") -> Path:
        path = self.folder / name
        with path.open("w", encoding=encoding, newline="") as stream:
            csv.writer(stream).writerows(rows)
        return path

    def plan(
        self, *rows: Sequence[object], choices: dict[str, int | str] | None = None, **more: object
    ) -> PeoplePlan:
        name = str(more.pop("name", "pupils.csv"))
        sheet = importing.read(self.ctx, self.file(*rows, name=name))
        return importing.plan(self.ctx, sheet, replace(importing.guess(self.ctx, sheet), **more), choices)

    def bring_in(self, planned: PeoplePlan, confirmed: str = "") -> importing.Imported:
        return importing.apply(self.ctx, planned, importing.back_up(self.ctx), confirmed)

    def person(self, name: str) -> people.PersonRecord:
        (hit,) = people.search(self.ctx, name)
        return people.record_of(self.ctx, hit.id)

    def count(self) -> int:
        with self.school.database.reading() as session:
            return session.query(Person).count()


@pytest.fixture
def office(school: SmallSchool, tmp_path: Path) -> Office:
    return Office(school, tmp_path)


def results(planned: PeoplePlan) -> list[Result]:
    return [each.result for each in planned.entries]


def said(entry: PlanEntry) -> str:
    return " ".join((*entry.sentences, *entry.notes))


def test_new_and_changed_people_are_told_field_by_field_and_then_written(office: Office) -> None:
    planned = office.plan(PUPILS, SAM, NORA)
    assert results(planned) == [Result.CHANGED, Result.NEW]
    sam, _ = planned.entries
    assert [each.words for each in sam.changes] == [
        "Class: (nothing) → 5A", "Outside number: (nothing) → B100",
        "Address: (nothing) → 3 Orchard Way, Brambleford", "Postcode: (nothing) → ZZ9 9ZZ",
    ]  # fmt: skip
    before = office.count()
    done = office.bring_in(planned)
    assert (done.added, done.changed, done.left) == (1, 1, 0)
    assert office.count() == before + 1
    nora = office.person("Nora Newcome")
    assert nora.draft == PersonDraft(
        kind=PersonKind.PUPIL, given_name="Nora", family_name="Newcome", date_of_birth=date(2016, 11, 2),
        year_group="Year 4", class_name="4B", outside_id="B101", address="9 Mill Lane\nBrambleford",
        postcode="ZZ9 9AB",
    )  # fmt: skip
    assert office.person("Sam Quillfeather").draft.class_name == "5A"
    assert done.changes == {("person", nora.id), ("person", office.school.people["sam"])}


def test_the_same_file_again_changes_nothing_and_another_name_or_class_changes_just_that(
    office: Office,
) -> None:
    office.bring_in(office.plan(PUPILS, SAM, NORA))
    again = office.plan(PUPILS, SAM, NORA)
    assert results(again) == [Result.SAME, Result.SAME]
    with pytest.raises(Invalid, match="nobody to add and nothing to change"):
        office.bring_in(again)
    married = office.plan(PUPILS, SAM, ("B101", "Nora", "Newcome-Hay", *NORA[3:5], "5C", *NORA[6:]))
    assert [each.words for each in married.entries[1].changes] == [
        "Family name: Newcome → Newcome-Hay",
        "Class: 4B → 5C",
    ]
    office.bring_in(married)
    assert office.person("Newcome-Hay").draft.class_name == "5C"
    assert people.sorted_ids(office.ctx, "newcome-hay")


def test_what_the_office_wrote_itself_is_never_overwritten(office: Office) -> None:
    sam = office.school.people["sam"]
    record = people.record_of(office.ctx, sam)
    own = replace(
        record.draft, notes="Sits in front.", known_as="Sammy", online_names="samq", letter_name="Master Sam"
    )
    people.save(office.ctx, own, sam, record.version)
    headings = (*PUPILS, "Preferred name", "E-mail")
    line = ("B100", "SAMMY", *SAM[2:6], "", "", "", "Samwise", "")
    planned = office.plan(headings, line)
    assert planned.entries[0].result is Result.CHANGED
    assert {each.column for each in planned.entries[0].changes} == {"outside_id", "class_name"}
    office.bring_in(planned)
    kept = people.record_of(office.ctx, sam).draft
    assert replace(kept, outside_id="", class_name="") == replace(own, outside_id="", class_name="")


def test_somebody_is_found_by_number_also_as_a_merged_duplicate(office: Office) -> None:
    duplicate = people.save(
        office.ctx, PersonDraft(PersonKind.PUPIL, given_name="Samuel", family_name="Quill", outside_id="B100")
    ).id
    with_number = people.record_of(office.ctx, office.school.people["sam"])
    people.save(
        office.ctx, replace(with_number.draft, outside_id="OLD7"), with_number.id, with_number.version
    )
    people.merge(office.school.ctx_for("headteacher"), with_number.id, duplicate)
    planned = office.plan(PUPILS, SAM)
    assert planned.entries[0].person_id == office.school.people["sam"]
    office.bring_in(planned)
    assert people.record_of(office.ctx, with_number.id).draft.outside_id == "B100"


def test_a_number_that_went_to_another_child_is_put_to_the_person(office: Office) -> None:
    office.bring_in(office.plan(PUPILS, SAM))
    planned = office.plan(PUPILS, ("B100", "Zoe", "Zimmer", "1/1/2014", *SAM[4:]))
    (entry,) = planned.entries
    assert entry.result is Result.CHOOSE
    assert "number B100 is on record for somebody else: Sam Quillfeather, born 14 September 2015" in said(
        entry
    )
    assert not entry.may_add
    assert [hit.name for hit in entry.candidates] == ["Sam Quillfeather"]
    with pytest.raises(Invalid):
        office.bring_in(planned)


@pytest.mark.parametrize(
    ("line", "why"),
    [
        (("", "Sam", "Quillfeather", "", *SAM[4:]), "nothing else tells whether it is the same person"),
        (("", "Sam", "Quillfeather", "15/9/2015", *SAM[4:]), "another date of birth: 14 September 2015"),
        (("", "Samuel", "Quillfeather", "14/9/2015", *SAM[4:]), "comes near it: Sam Quillfeather"),
        (("", "Sam", "Feather", "14/9/2015", *SAM[4:]), "comes near it: Sam Quillfeather"),
    ],
)
def test_whoever_is_not_certain_is_asked_about(office: Office, line: Sequence[str], why: str) -> None:
    (entry,) = (planned := office.plan(PUPILS, line)).entries
    assert entry.result is Result.CHOOSE
    assert why in said(entry)
    chosen = office.plan(PUPILS, line, choices={entry.key: office.school.people["sam"]})
    assert chosen.entries[0].result is Result.CHANGED
    assert office.plan(PUPILS, line, choices={entry.key: ADD}).entries[0].result is Result.NEW
    assert office.plan(PUPILS, line, choices={entry.key: LEAVE}).entries[0].result is Result.LEFT_OUT
    assert planned.to_write == 0


def test_a_staff_list_finds_those_with_one_more_thing_in_common(office: Office) -> None:
    headings = ("Staff code", "Title", "Name", "Email", "Start date")
    lines = (
        ("T1", "Mr", "Hazel, Tim", "t.hazel@brambleford.example", "1/9/2020"),
        ("T2", "", "Ms Gwen GREY", "g.grey@brambleford.example", "1/9/2021"),
    )
    planned = office.plan(headings, *lines, name="Staff list.csv")
    assert planned.columns.kind is PersonKind.STAFF
    assert results(planned) == [Result.CHOOSE, Result.NEW], "a name alone is not enough"
    tim = {planned.entries[0].key: office.school.people["teacher"]}
    done = office.bring_in(office.plan(headings, *lines, name="Staff list.csv", choices=tim))
    assert (done.added, done.changed) == (1, 1)
    gwen = office.person("Gwen Grey").draft
    assert (gwen.kind, gwen.title, gwen.joined_on) == (PersonKind.STAFF, "Ms", date(2021, 9, 1))
    without = [(each[0].replace("T", ""), *each[1:]) for each in lines]
    renumbered = office.plan(headings, *without, name="Staff list.csv")
    assert results(renumbered) == [Result.CHANGED, Result.CHANGED]
    assert {each.column for entry in renumbered.entries for each in entry.changes} == {"outside_id"}


def test_contacts_beside_their_pupils_come_with_links_and_responsibility(office: Office) -> None:
    line = (
        "B100", "Sam", "Quillfeather", "14/9/2015", "5A", "Ms Anna Quillfeather", "Mother", "Yes",
        "anna@quillfeather.example", "07700 900123", "Rosa Newcome", "Grandmother", "N", "", "07700900456",
    )  # fmt: skip
    nora = (
        "B101", "Nora", "Newcome", "2/11/2016", "4B", "Rosa Newcome", "Mother", "Y", "rosa@newcome.example",
        "7700900456", "", "", "", "", "",
    )  # fmt: skip
    planned = office.plan(CONTACTS, line, nora)
    assert planned.columns.layout is Layout.PUPIL
    assert [(each.name, each.result) for each in planned.entries] == [
        ("Sam Quillfeather", Result.CHANGED), ("Anna Quillfeather", Result.CHANGED),
        ("Rosa Newcome", Result.NEW), ("Nora Newcome", Result.NEW),
    ]  # fmt: skip
    rosa = planned.entries[2]
    assert rosa.lines == (2, 3)
    assert "Related to Sam Quillfeather; Parent of Nora Newcome, with parental responsibility" in rosa.what
    assert "Parent of Sam Quillfeather, with parental responsibility" in planned.entries[1].what
    done = office.bring_in(planned)
    assert (done.added, done.links) == (2, 3)
    links = {each.label: each for each in office.person("Rosa Newcome").links}
    assert links["Related to Sam Quillfeather"].note == "Grandmother"
    assert links["Parent of Nora Newcome"].parental_responsibility is True
    anna = people.record_of(office.ctx, office.school.people["anna"])
    assert [each.parental_responsibility for each in anna.links] == [True]
    assert anna.draft.phone == "07700 900123"
    assert anna.draft.address == "3 Orchard Way\nBrambleford"
    again = office.plan(CONTACTS, line, nora)
    assert set(results(again)) == {Result.SAME}


def test_contacts_in_rows_of_their_own_name_their_pupil(office: Office) -> None:
    headings = (
        "Kind",
        "ID",
        "Name",
        "Reg",
        "DOB",
        "Pupil's number",
        "Child",
        "Child's class",
        "Relationship",
        "PR",
    )
    rows = [
        ("Pupil", "B101", "Newcome, Nora", "4B", "2/11/2016", "", "", "", "", ""),
        ("Contact", "C1", "Rosa Newcome", "", "", "B101", "", "", "Mother", "✓"),
        ("Contact", "C1", "Rosa Newcome", "", "", "", "Sam Quillfeather", "", "Childminder", ""),
        ("Contact", "C2", "Olga Osei", "", "", "", "Nobody Known", "", "Mother", ""),
        ("Contact", "C3", "Ina Iden", "", "", "X9", "", "", "Mother", ""),
        ("Contact", "C4", "Uta Uhl", "", "", "", "", "", "", ""),
        ("Chimney sweep", "C5", "Sue Soot", "", "", "", "", "", "", ""),
    ]
    planned = office.plan(headings, *rows)
    assert [each.result for each in planned.entries] == [
        Result.NEW, Result.NEW, Result.PROBLEM, Result.PROBLEM, Result.NEW, Result.PROBLEM,
    ]  # fmt: skip
    assert "the pupil Nobody Known is neither in the file nor on record" in said(planned.entries[2])
    assert "no pupil with the number X9" in said(planned.entries[3])
    assert "“Chimney sweep” is not understood" in said(planned.entries[5])
    assert office.bring_in(planned).links == 2
    assert {each.label for each in office.person("Rosa Newcome").links} == {
        "Parent of Nora Newcome",
        "Related to Sam Quillfeather",
    }


def test_a_contact_whose_pupil_stays_out_stays_out_too(office: Office) -> None:
    line = ["B7", "Una", "Unborn", "31/2/2015", "5A", "Max Unborn", "Father", "", "", "", *[""] * 5]
    planned = office.plan(CONTACTS, line)
    assert results(planned) == [Result.PROBLEM, Result.PROBLEM]
    assert "no such day as “31/2/2015”" in said(planned.entries[0])
    assert "Una Unborn in line 2, is not brought in" in said(planned.entries[1])


def test_the_same_pupil_twice_in_one_file(office: Office) -> None:
    other_class = (*NORA[:5], "4C", *NORA[6:])
    planned = office.plan(PUPILS, NORA, NORA, SAM)
    assert [(each.result, each.lines) for each in planned.entries] == [
        (Result.NEW, (2, 3)),
        (Result.CHANGED, (4,)),
    ]
    (nora,) = office.plan(PUPILS, NORA, other_class).entries
    assert nora.result is Result.PROBLEM
    assert "The same pupil stands here more than once. Class: line 2 says “4B”, line 3 “4C”." in said(nora)
    two_numbers = office.plan(PUPILS, NORA, ("B999", *NORA[1:]))
    assert results(two_numbers) == [Result.PROBLEM, Result.PROBLEM]
    assert "Line 3 names somebody of the same name and date of birth, under another number" in said(
        two_numbers.entries[0]
    )
    nameless_births = office.plan(
        PUPILS, ("", "Max", "Muster", "", *NORA[4:]), ("", "Max", "Muster", "", *SAM[4:])
    )
    assert results(nameless_births) == [Result.PROBLEM, Result.PROBLEM]
    namesakes = office.plan(PUPILS, NORA, ("B999", "Nora", "Newcome", "3/3/2013", *NORA[4:]))
    assert results(namesakes) == [Result.NEW, Result.NEW]


def test_contacts_of_one_name_whom_nothing_joins_come_in_as_two_and_that_is_said(office: Office) -> None:
    row = ["", "", "", "", *[""] * 6]
    lines = [
        ["B1", "Ann", "Ash", "1/1/2015", "5A", "Jo Ash", "Mother", "", "jo@ash.example", "", *[""] * 5],
        ["B2", "Bob", "Ash", "1/1/2016", "4A", "Jo Ash", "Mother", "", "", "07700 900999", *[""] * 5],
    ]
    planned = office.plan(CONTACTS, *lines)
    assert len(row) == 10
    assert [each.name for each in planned.entries].count("Jo Ash") == 2
    assert "They come in as two people" in said(planned.entries[3])


def test_who_is_not_in_a_file_that_holds_everybody_has_left(office: Office) -> None:
    planned = office.plan(PUPILS, SAM, NORA, whole=frozenset({PersonKind.PUPIL}))
    assert results(planned) == [Result.CHANGED, Result.NEW, Result.LEAVES]
    tariq = planned.entries[2]
    assert (tariq.name, tariq.changes[0].words) == ("Tariq Osei-Marsh", "Left on: (nothing) → 11 March 2026")
    assert planned.confirmation == "1 pupil left"
    for wrong in ("", "2 pupils left", "yes"):
        with pytest.raises(Refused, match="Half a file looks as if many had left"):
            office.bring_in(planned, wrong)
    assert office.bring_in(planned, " 1 Pupil  left").left == 1
    assert people.record_of(office.ctx, office.school.people["tariq"]).draft.left_on == date(2026, 3, 11)
    back = ("B102", "Tariq", "Osei-Marsh", "2/12/2014", "6", "6A", "", "", "")
    unsaid = office.plan(PUPILS, back)
    assert "the file names no leaving date, and that stays" in said(unsaid.entries[0])
    whole = office.plan(PUPILS, SAM, NORA, back, whole=frozenset({PersonKind.PUPIL}))
    assert "Left on: 11 March 2026 → (nothing)" in whole.entries[2].what
    assert whole.confirmation == ""
    office.bring_in(whole)
    assert people.record_of(office.ctx, office.school.people["tariq"]).draft.left_on is None


def test_nobody_leaves_whom_a_line_with_a_problem_may_mean(office: Office) -> None:
    unsure = ("", "Tariq", "Osei-Marsh", "", "6", "6A", "", "", "")
    wrong = ("", "Sam", "Quillfeather", "14/09/2015", "5", "5A", "", "", "")
    planned = office.plan(
        (*PUPILS, "Leaving date"), (*unsure, ""), (*wrong, "13/14/2026"), whole=frozenset({PersonKind.PUPIL})
    )
    assert results(planned) == [Result.CHOOSE, Result.PROBLEM]
    assert planned.leaving[0].leaving == 0


def test_a_file_without_anybody_of_a_kind_marks_nobody_of_it_as_left(office: Office) -> None:
    planned = office.plan(PUPILS, SAM, whole=frozenset({PersonKind.PUPIL, PersonKind.STAFF}))
    assert not any(each.kind is PersonKind.STAFF for each in planned.entries)
    assert any("no staff" in remark for remark in planned.remarks)


def test_a_half_file_must_be_confirmed_in_words_and_a_few_leavers_need_not(office: Office) -> None:
    many = [(f"B{n}", f"Child{n}", f"Family{n}", "1/2/2015", "5", "5A", "", "", "") for n in range(200, 220)]
    office.bring_in(office.plan(PUPILS, SAM, *many))
    whole = frozenset({PersonKind.PUPIL})
    tariq = ("B102", "Tariq", "Osei-Marsh", "2/12/2014", "6", "6A", "", "", "")
    few = office.plan(PUPILS, SAM, tariq, *many[4:], whole=whole)
    assert (few.count(Result.LEAVES), few.confirmation) == (4, "")
    half = office.plan(PUPILS, SAM, tariq, *many[10:], whole=whole)
    assert half.confirmation == "10 pupils left"


@pytest.mark.parametrize(
    ("line", "says"),
    [
        (("B1", '=HYPERLINK("x")', *NORA[2:]), "looks like a formula"),
        (("B1", "Ann", "12345", *NORA[3:]), "has no letter in it"),
        (("B1", "Ann", "", *NORA[3:]), "The family name is missing"),
        (("B1", "", "Pear", *NORA[3:]), "A pupil needs a given name"),
        (("B1", "Ann", "Pear", "9/13/2015", *NORA[4:]), "month first"),
        (("B1", "Ann", "Pear", "1/1/2099", *NORA[4:]), "lies in the future"),
        (("B1", "A" * 150, "Pear", *NORA[3:]), "at most 100 letters"),
    ],
)
def test_what_is_wrong_with_a_line_is_said_and_the_others_come_in(
    office: Office, line: Sequence[str], says: str
) -> None:
    planned = office.plan(PUPILS, line, SAM)
    assert results(planned) == [Result.PROBLEM, Result.CHANGED]
    assert says in said(planned.entries[0])
    done = office.bring_in(planned)
    assert (done.added, done.changed) == (0, 1)


def test_a_formula_that_a_csv_hides_a_number_in_is_read_as_the_number(office: Office) -> None:
    planned = office.plan(PUPILS, ('="00100"', *NORA[1:]))
    office.bring_in(planned)
    assert office.person("Nora").draft.outside_id == "00100"


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1252", "utf-16"])
def test_encodings(office: Office, encoding: str) -> None:
    file = office.file(PUPILS, ("B1", "Zoë", "Müller-Oñate", *NORA[3:]), encoding=encoding)
    sheet = importing.read(office.ctx, file)
    planned = importing.plan(office.ctx, sheet, replace(importing.guess(office.ctx, sheet)))
    assert planned.entries[0].name == "Zoë Müller-Oñate"


def test_merged_cells_of_a_pupil_over_the_rows_of_two_contacts(office: Office, tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    sheet = book.active
    sheet.append(
        ["UPN", "Forename", "Surname", "DOB", "Contact 1 name", "Contact 1 email", "Contact 1 relationship"]
    )
    sheet.append(
        ["B101", "Nora", "Newcome", date(2016, 11, 2), "Rosa Newcome", "rosa@newcome.example", "Mother"]
    )
    sheet.append([None, None, None, None, "Rolf Newcome", "rolf@newcome.example", "Father"])
    for column in "ABCD":
        sheet.merge_cells(f"{column}2:{column}3")
    book.save(tmp_path / "pupils.xlsx")
    read = importing.read(office.ctx, tmp_path / "pupils.xlsx")
    planned = importing.plan(office.ctx, read, importing.guess(office.ctx, read))
    assert [(each.name, each.result, each.lines) for each in planned.entries] == [
        ("Nora Newcome", Result.NEW, (2, 3)), ("Rosa Newcome", Result.NEW, (2,)),
        ("Rolf Newcome", Result.NEW, (3,)),
    ]  # fmt: skip
    assert office.bring_in(planned).links == 2


def test_columns_are_remembered_for_files_with_such_headings(office: Office) -> None:
    headings = ("Ref", "Forename", "Surname", "Odd heading")
    sheet = importing.read(office.ctx, office.file(headings, ("B1", "Ann", "Pear", "5B")))
    guessed = importing.guess(office.ctx, sheet)
    assert Target(Field.CLASS) not in guessed.columns
    columns = {**guessed.columns, Target(Field.CLASS): 3, Target(Field.OUTSIDE_ID): 0}
    chosen = replace(
        guessed, columns=columns, kind=PersonKind.VOLUNTEER, relation=Relation.CARER_OF,
        whole=frozenset({PersonKind.VOLUNTEER}),
    )  # fmt: skip
    importing.remember(office.ctx, sheet, chosen)
    again = importing.guess(office.ctx, sheet)
    assert again == replace(chosen, whole=frozenset()), "who left is said anew each time"
    reordered = importing.read(office.ctx, office.file(headings[::-1], ("5B", "Pear", "Ann", "B1")))
    assert importing.guess(office.ctx, reordered).columns[Target(Field.CLASS)] == 0
    assert importing.guess(office.ctx, sheet, Layout.PUPIL).layout is Layout.PUPIL


def test_what_must_be_chosen_is_said(office: Office) -> None:
    sheet = importing.read(office.ctx, office.file(("Colour", "Forename"), ("red", "Ann"), name="list.csv"))
    columns = importing.guess(office.ctx, sheet)
    for wrong, says in (
        (columns, "the name, or the family name"),
        (replace(columns, columns={Target(Field.FAMILY): 1, Target(Field.TITLE): 1}), "chosen twice"),
        (replace(columns, columns={Target(Field.FAMILY): 1}), "Say who the people in this file are"),
        (
            replace(
                columns, columns={Target(Field.FAMILY): 1}, kind=PersonKind.STAFF, left_on=date(2030, 1, 1)
            ),
            "lies in the future",
        ),
    ):
        with pytest.raises(Invalid, match=says):
            importing.plan(office.ctx, sheet, wrong)


def test_cancelled_or_failed_nothing_is_left_of_it(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    planned = office.plan(PUPILS, SAM, NORA)
    backup = importing.back_up(office.ctx)
    before = office.count()

    def stop(done: int, total: int) -> None:
        raise Cancelled("Stopped.")

    with pytest.raises(Cancelled):
        importing.apply(office.ctx, planned, backup, progress=stop)
    with pytest.raises(Refused, match="backup"):
        importing.apply(office.ctx, planned, office.folder / "gone")
    assert office.count() == before
    assert people.search(office.ctx, "Newcome") == []
    assert people.record_of(office.ctx, office.school.people["sam"]).draft.class_name == ""
    with pytest.raises(Cancelled):
        importing.plan(office.ctx, planned.sheet, planned.columns, progress=stop)


def test_a_change_meanwhile_is_noticed_and_one_that_does_not_matter_is_not(office: Office) -> None:
    planned = office.plan(PUPILS, SAM, NORA)
    people.save(office.ctx, PersonDraft(family_name="Elsewhere"))
    office.bring_in(planned)
    planned = office.plan(PUPILS, (*SAM[:5], "5Z", *SAM[6:]))
    sam = people.record_of(office.ctx, office.school.people["sam"])
    people.save(office.ctx, replace(sam.draft, class_name="5Y"), sam.id, sam.version)
    with pytest.raises(Refused, match="changed since the check"):
        office.bring_in(planned)


def test_the_import_is_audited_backed_up_and_found_whole(office: Office) -> None:
    done = office.bring_in(office.plan(PUPILS, SAM, NORA))
    with office.school.database.reading() as session:
        lines = session.query(AuditEntry).order_by(AuditEntry.seq.desc()).limit(2).all()
        assert [each.action for each in lines] == ["person.import", "person.saved"]
        details = [session.get_one(AuditDetail, each.seq).detail for each in lines]
        assert "'class_name': ['', '5A']" in str(details[1])
        assert "Newcome" not in str(details[0]), "who was added is told by number, not by name"
        assert audit.verify(session) == []
        assert search.out_of_step(session) == []
    backup = backups.listing(office.ctx)[0]
    assert backup.reason == "before people were imported"
    assert done.added == 1


def test_a_leaver_ends_the_exceptions_they_are_in_and_a_new_name_reaches_the_incident(office: Office) -> None:
    exception_id = connected.approved(office.school)
    incident = office.school.incident(author="anna")
    done = office.bring_in(office.plan((*PUPILS, "Leaving date"), (*SAM, "10/03/2026")))
    assert ("exception", exception_id) in done.changes
    with office.school.database.raw_reading() as cursor:
        (ends,) = cursor.execute(
            "SELECT ends_on FROM connection_exception WHERE id = ?", (exception_id,)
        ).fetchone()
    assert ends is not None
    anna = people.record_of(office.ctx, office.school.people["anna"])
    people.save(office.ctx, replace(anna.draft, outside_id="C1"), anna.id, anna.version)
    headings = ("Kind", "ID", "Name", "Email")
    line = ("Parent", "C1", "Anna Featherquill", "anna@quillfeather.example")
    done = office.bring_in(office.plan(headings, line))
    assert ("incident", incident) in done.changes
    found = incident_list.sorted_ids(office.ctx, IncidentFilter(View.ALL, text="Featherquill"), Sort())
    assert list(found) == [incident]


def test_only_those_who_may(school: SmallSchool, office: Office, tmp_path: Path) -> None:
    planned = office.plan(PUPILS, NORA)
    for login in ("dsl", "leadership", "governor", "administrator"):
        ctx = school.ctx_for(login)
        with pytest.raises(NotAllowed):
            importing.plan(ctx, planned.sheet, planned.columns)
        with pytest.raises(NotAllowed):
            importing.apply(ctx, planned, tmp_path)
    assert importing.apply(
        school.ctx_for("headteacher"), planned, importing.back_up(school.ctx_for("headteacher"))
    )


def test_the_report_says_of_everybody_what_became_of_them(office: Office, tmp_path: Path) -> None:
    planned = office.plan(
        PUPILS, NORA, ("B1", "Ann", "", *NORA[3:]), SAM, whole=frozenset({PersonKind.PUPIL})
    )
    rows = list(importing.report_rows(planned))
    assert [row[3] for row in rows] == ["New", "Cannot be brought in", "Changed", "Not in the file: has left"]
    done = office.bring_in(planned, planned.confirmation)
    rows = list(importing.report_rows(planned, done))
    assert [row[3] for row in rows] == ["Added", "Cannot be brought in", "Changed", "Marked as left"]
    for kind in ("csv", "xlsx", "pdf"):
        file = tmp_path / f"report.{kind}"
        assert importing.save_report(office.ctx, planned, file, kind, done) == 4
        assert file.stat().st_size > 200


def test_links_are_kept_once_and_as_the_office_put_them(office: Office) -> None:
    line = (
        "B100",
        "Sam",
        "Quillfeather",
        "14/9/2015",
        "5A",
        "Anna Quillfeather",
        "Foster carer",
        "No",
        *[""] * 7,
    )
    office.bring_in(office.plan(CONTACTS, line))
    with office.school.database.reading() as session:
        anna = session.query(PersonLink).filter_by(person_id=office.school.people["anna"]).all()
        assert [(each.relation, each.parental_responsibility) for each in anna] == [("parent_of", False)]
        lines = session.query(AuditEntry).filter_by(action="person.responsibility").all()
        assert [each.object_id for each in lines] == [office.school.people["anna"]]
        told = session.get_one(AuditDetail, lines[0].seq).detail
        assert "'parental_responsibility': [None, False]" in str(told)


def test_nobody_is_taken_for_somebody_they_cannot_be(office: Office) -> None:
    line = ("B100", "Sam", "Quillfeather", "14/9/2015", "5A", "A. Quillfeather", "Mother", "", *[""] * 7)
    asked = office.plan(CONTACTS, line).entries[1]
    assert asked.result is Result.CHOOSE
    for wrong, says in (("sam", "is on record as pupil"), ("tariq", "is on record as pupil")):
        planned = office.plan(CONTACTS, line, choices={asked.key: office.school.people[wrong]})
        assert planned.entries[1].result is Result.CHOOSE
        assert says in said(planned.entries[1])
    right = office.plan(CONTACTS, line, choices={asked.key: office.school.people["anna"]})
    assert right.entries[1].result is Result.CHANGED


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    some.lists(
        some.tuples(
            some.sampled_from(["", "B1", "B2", "B3"]),
            some.sampled_from(["Ann", "Bob", "Sam", "Ann-Marie"]),
            some.sampled_from(["Ash", "Birch", "Quillfeather"]),
            some.sampled_from(["", "1/2/2015", "3/4/2016", "14/9/2015"]),
            some.sampled_from(["5A", ""]),
            some.sampled_from(["", "Jo Ash", "Anna Quillfeather"]),
            some.sampled_from(["", "jo@ash.example"]),
            some.sampled_from(["Mother", "Nan", ""]),
        ),
        max_size=6,
    )
)
def test_whatever_a_file_holds_importing_it_again_adds_nobody_and_changes_nothing(
    office: Office, lines: list[tuple[str, ...]]
) -> None:
    """The second dry run over what the first one wrote: nobody twice, whatever the file and the records were."""
    headings = (
        "UPN", "Forename", "Surname", "DOB", "Reg", "Contact 1 Name", "Contact 1 Email", "Contact 1 Relationship",
    )  # fmt: skip
    if not lines:
        return
    office.school.clock.forward(minutes=1)  # backups of one moment would push each other out
    first = office.plan(headings, *lines)
    if first.to_write:
        office.bring_in(first)
    again = office.plan(headings, *lines)
    before = {each.key: each.result for each in first.entries}
    for each in again.entries:
        if before[each.key] is Result.CHOOSE:
            # Nobody chose, so it was not brought in; what the first import wrote may have settled who it is.
            continue
        assert each.result not in (Result.NEW, Result.CHANGED), (before[each.key], each.words, each.what)
