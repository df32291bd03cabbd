"""The September list from the school's own system, as such files really look; nothing lost, nobody twice."""

from __future__ import annotations

import csv
from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from pathlib import Path

import openpyxl
import pytest

from smdesk.errors import Invalid, NotAllowed, Refused
from smdesk.policy.vocabulary import Conduct, PersonKind
from smdesk.services import incident_list, people
from smdesk.services import people_import as importing
from smdesk.services.incident_records import IncidentFilter, Sort, View
from smdesk.services.people_import import PeoplePlan, PlanEntry, Result
from smdesk.services.people_import_fields import Field, Target
from tests.scenarios import telling_accounts as tell
from tests.scenarios.telling import Story

HEADINGS = ("UPN", "Forename", "Surname", "DOB", "Year", "Reg", "Postcode")
SAM = ("B100", "Sam", "Quillfeather", "14/09/2015", "5", "5A", "ZZ9 9ZZ")
TARIQ = ("B102", "Tariq", "Osei-Marsh", "02/12/2014", "6", "6A", "")
NORA = ("B101", "Nora", "Newcome", "02/11/2016", "4", "4B", "ZZ9 9AB")


def sheet_of(story: Story, *rows: Sequence[object], name: str = "pupils.xlsx") -> importing.Sheet:
    """The rows in a file of the kind its name says."""
    file = story.school.folder.root.parent / name
    if file.suffix == ".csv":
        with file.open("w", encoding="utf-8-sig", newline="") as stream:
            csv.writer(stream).writerows(rows)
    else:
        book = openpyxl.Workbook()
        for row in rows:
            book.active.append(list(row))
        book.save(file)
    return importing.read(story.office, file)


def planned(story: Story, *rows: Sequence[object], name: str = "pupils.xlsx", **more: object) -> PeoplePlan:
    sheet = sheet_of(story, *rows, name=name)
    return importing.plan(story.office, sheet, replace(importing.guess(story.office, sheet), **more))


def brought_in(story: Story, plan: PeoplePlan, confirmed: str = "") -> importing.Imported:
    return importing.apply(story.office, plan, importing.back_up(story.office), confirmed)


def results(plan: PeoplePlan) -> list[Result]:
    return [each.result for each in plan.entries]


def said(entry: PlanEntry) -> str:
    return " ".join((*entry.sentences, *entry.notes))


def hits(story: Story, text: str) -> list[str]:
    return [hit.name for hit in people.search(story.office, text)]


def test_the_list_of_september_and_the_same_list_again(story: Story) -> None:
    """Sam moves up, Nora is new, Tariq has left for secondary school; his incident and his classes stay."""
    incident = story.logged("Insults", Conduct.ABUSIVE, author="anna", named="tariq")
    plan = planned(story, HEADINGS, SAM, NORA, whole=frozenset({PersonKind.PUPIL}), left_on=date(2026, 3, 1))
    assert results(plan) == [Result.CHANGED, Result.NEW, Result.LEAVES]
    before = story.audited
    assert plan.confirmation == "1 pupil left"
    with pytest.raises(Refused, match="Nothing was written"):
        brought_in(story, plan, "yes")
    assert hits(story, "Newcome") == []
    done = brought_in(story, plan, "1 pupil left")
    assert (done.added, done.changed, done.left) == (1, 1, 1)
    assert story.audited > before
    tariq = people.record_of(story.office, story.school.people["tariq"]).draft
    assert tariq.left_on == date(2026, 3, 1)
    # He is found in the incident he was in, as ever.
    found = incident_list.sorted_ids(story.office, IncidentFilter(View.ALL, text="Osei-Marsh"), Sort())
    assert list(found) == [incident]
    again = planned(story, HEADINGS, SAM, NORA, whole=frozenset({PersonKind.PUPIL}))
    assert set(results(again)) == {Result.SAME}
    with pytest.raises(Invalid, match="nobody to add and nothing to change"):
        brought_in(story, again)
    assert hits(story, "Newcome") == ["Nora Newcome"]
    assert story.faults() == []


def test_a_staff_list_that_lacks_somebody_turns_their_account_red(story: Story) -> None:
    """The leaver is marked by the import, and the account she ran alone with a colleague says so at once."""
    tell.made_ready(story, "teacher", "dsl")
    account = tell.opened_by_case(story, "teacher", "dsl")
    assert tell.lacks(story, account) == []
    staff = ("Staff code", "Forename", "Surname", "E-mail", "Leaving date")
    rows = [
        ("S1", "Tim", "Hazel", "tim@brambleford.example", "01/03/2026"),
        ("S2", "Jo", "Lark", "jo@brambleford.example", ""),
    ]
    sheet = sheet_of(story, staff, *rows, name="staff.csv")
    columns = replace(importing.guess(story.office, sheet), kind=PersonKind.STAFF)
    plan = importing.plan(story.office, sheet, columns)
    teacher = story.school.people["teacher"]
    choices = {each.key: teacher for each in plan.entries if each.result is Result.CHOOSE}
    plan = importing.plan(story.office, sheet, columns, choices)
    assert results(plan) == [Result.CHANGED, Result.NEW]
    brought_in(story, plan)
    assert people.record_of(story.office, teacher).draft.left_on == date(2026, 3, 1)
    assert {str(kind) for kind, _ in tell.lacks(story, account)} >= {"staff", "left", "nobody_responsible"}


def test_a_spreadsheet_of_400_columns_is_read_and_its_four_are_found(story: Story) -> None:
    wide = [f"Field {number}" for number in range(396)]
    wide[17:17], wide[200:200] = ["UPN", "Surname"], ["Forename"]
    wide.append("DOB")

    def row(upn: str, given: str, family: str, born: str) -> list[str]:
        named = {"UPN": upn, "Forename": given, "Surname": family, "DOB": born}
        return [named.get(heading, "x") for heading in wide]

    plan = planned(
        story, wide, row("B100", "Sam", "Quillfeather", "14/09/2015"), row("B7", "Ada", "Pear", "1/2/2016")
    )
    assert len(plan.sheet.headings) == 400
    assert results(plan) == [Result.CHANGED, Result.NEW]
    brought_in(story, plan)
    assert hits(story, "Pear") == ["Ada Pear"]
    # What is not known stays out: no "x" got anywhere.
    assert people.record_of(story.office, people.search(story.office, "Ada Pear")[0].id).draft.notes == ""
    # Beyond what can be read it is said, with what to do.
    with pytest.raises(Invalid, match="columns"):
        sheet_of(story, [f"F{number}" for number in range(1_001)], ["x"] * 1_001)


def test_formulas_stay_text_and_never_become_a_name(story: Story) -> None:
    plan = planned(
        story,
        HEADINGS,
        ("B1", "=1+1", "Pear", "1/2/2016", "4", "4B", ""),
        ("B2", "Ann", '=HYPERLINK("https://evil.example","Ann")', "1/2/2016", "4", "4B", ""),
        ("B3", "@SUM(A1)", "+Plum", "1/2/2016", "4", "4B", ""),
        SAM,
        name="pupils.csv",
    )
    assert results(plan)[0] is Result.PROBLEM
    assert results(plan)[1] is Result.PROBLEM
    assert "looks like a formula" in said(plan.entries[0])
    assert results(plan)[-1] is Result.CHANGED
    done = brought_in(story, plan)
    assert done.changed == 1
    assert hits(story, "Pear") == []
    # The report that goes out holds them as text too, in a file a spreadsheet program opens.
    file = story.school.folder.root.parent / "report.csv"
    importing.save_report(story.office, plan, file, "csv")
    with file.open(encoding="utf-8-sig", newline="") as stream:
        cells = [cell for line in csv.reader(stream) for cell in line]
    assert not any(cell.startswith(("=", "+", "@")) for cell in cells)
    # In a workbook a formula is one whatever it looks like.
    book = planned(
        story, HEADINGS, ("B9", "Ann", "=A1&A2", "1/2/2016", "4", "4B", ""), SAM, name="formula.xlsx"
    )
    assert results(book) == [Result.PROBLEM, Result.SAME]


def test_the_same_pupil_twice_in_one_file_is_one_or_is_said(story: Story) -> None:
    twice = planned(story, HEADINGS, NORA, SAM, NORA)
    assert [(each.name, each.result, each.lines) for each in twice.entries] == [
        ("Nora Newcome", Result.NEW, (2, 4)),
        ("Sam Quillfeather", Result.CHANGED, (3,)),
    ]
    unlike = planned(story, HEADINGS, NORA, (*NORA[:5], "4C", NORA[6]), SAM)
    assert results(unlike) == [Result.PROBLEM, Result.CHANGED]
    assert "line 2 says “4B”, line 3 “4C”" in said(unlike.entries[0])
    brought_in(story, unlike)
    assert hits(story, "Newcome") == []  # and nothing of her is half there
    brought_in(story, planned(story, HEADINGS, NORA, NORA))
    assert hits(story, "Newcome") == ["Nora Newcome"]


def test_two_lines_are_never_taken_for_one_pupil_on_record(story: Story) -> None:
    """One is found by name and birthday; for the other, a namesake without one, somebody chooses the same child."""
    other = ("B900", "Sam", "Quillfeather", "", "5", "5C", "")
    first = planned(story, HEADINGS, SAM, other)
    (asked,) = [each for each in first.entries if each.result in (Result.CHOOSE, Result.PROBLEM, Result.NEW)]
    sam = story.school.people["sam"]
    again = importing.plan(story.office, first.sheet, first.columns, {asked.key: sam})
    assert {each.person_id for each in again.entries if each.result is Result.CHANGED} == {sam}
    assert len([each for each in again.entries if each.result is Result.CHANGED]) == 1
    (wrong,) = [each for each in again.entries if each.result is not Result.CHANGED]
    assert "taken for the same pupil" in said(wrong) or "same name" in said(wrong)
    brought_in(story, again)
    assert people.record_of(story.office, sam).draft.class_name == "5A"


def test_whom_a_number_names_is_not_meant_by_another_line_too(story: Story) -> None:
    """A second line of the same name, without the number, is not quietly written over the first."""
    staff = ("Staff code", "Forename", "Surname", "E-mail", "Telephone")
    columns = {"kind": PersonKind.STAFF}
    first = ("S1", "Jo", "Lark", "jo@brambleford.example", "01632 960001")
    brought_in(story, planned(story, staff, first, name="staff.csv", **columns))
    again = planned(
        story,
        staff,
        first,
        ("", "Jo", "Lark", "jo@brambleford.example", "01632 960999"),
        name="staff.csv",
        **columns,
    )
    assert [each.result for each in again.entries] == [Result.SAME, Result.PROBLEM]
    assert "names somebody of the same name" in said(again.entries[1])


def test_a_half_file_a_wrong_file_and_a_wrong_column_write_nothing(story: Story, tmp_path: Path) -> None:
    before = story.audited
    picture = tmp_path / "pupils.xlsx"
    picture.write_bytes(b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR" + bytes(400))
    with pytest.raises(Invalid) as caught:
        importing.read(story.office, picture)
    assert "pupils.xlsx" in str(caught.value)
    empty = tmp_path / "empty.csv"
    empty.write_bytes(b"")
    with pytest.raises(Invalid):
        importing.read(story.office, empty)
    sheet = sheet_of(story, HEADINGS, SAM)
    columns = importing.guess(story.office, sheet)
    with pytest.raises(Invalid, match="Choose the column that holds the name"):
        importing.plan(story.office, sheet, replace(columns, columns={Target(Field.BORN): 3}))
    # Dates month first are not guessed at: 13 is no month, and 04/05 is the fourth of May.
    american = planned(story, HEADINGS, ("B7", "Ada", "Pear", "09/14/2015", "5", "5A", ""), name="us.csv")
    assert results(american) == [Result.PROBLEM]
    assert "month first" in said(american.entries[0])
    assert story.audited == before
    british = planned(story, HEADINGS, ("B7", "Ada", "Pear", "04/05/2015", "5", "5A", ""), name="gb.csv")
    brought_in(story, british)
    (hit,) = people.search(story.office, "Pear")
    assert people.record_of(story.office, hit.id).draft.date_of_birth == date(2015, 5, 4)


def test_contacts_come_with_their_responsibility_and_only_the_office_brings_in(story: Story) -> None:
    headings = (*HEADINGS, "Contact 1 Name", "Contact 1 Relationship", "Contact 1 Parental Responsibility")
    line = (*NORA, "Mrs Rosa Newcome", "Mother", "Yes")
    plan = planned(story, headings, line)
    assert results(plan) == [Result.NEW, Result.NEW]
    assert brought_in(story, plan).links == 1
    (rosa,) = people.search(story.office, "Rosa")
    (link,) = people.record_of(story.office, rosa.id).links
    assert link.parental_responsibility is True
    for login in ("dsl", "leadership", "governor", "chair", "administrator"):
        with pytest.raises(NotAllowed):
            importing.plan(story.at(login), plan.sheet, plan.columns)
        with pytest.raises(NotAllowed):
            importing.read(story.at(login), Path("/nowhere.csv"))
