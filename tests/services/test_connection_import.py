"""An older register taken over: a dry run that tells every line, then all of it or nothing, and twice adds nothing."""

from __future__ import annotations

import csv
from collections.abc import Sequence
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

import openpyxl
import pytest

from smdesk.db.models import AuditEntry, ConnectionDecision, ConnectionException, Person
from smdesk.errors import Cancelled, Invalid, NotAllowed, Refused
from smdesk.policy.vocabulary import Capacity, Link, PersonKind, Relationship, Timeliness
from smdesk.services import connection_import as importing
from smdesk.services import connections, people, verify
from smdesk.services.connection_import import ImportPlan, Result
from smdesk.services.connection_records import DecisionKind, DecisionOrigin, ExceptionStatus
from smdesk.services.import_fields import ColumnMap, Defaults, Field, ImportedDecision
from smdesk.services.import_people import ADD, LEAVE, Found
from smdesk.services.incident_records import Confidentiality
from tests.support import connections as made
from tests.support.school import SmallSchool

HEADINGS = (
    "Staff name", "Role", "Pupil", "Class", "Date of birth", "Relationship", "Platform", "Kind of link",
    "Declared", "Decision", "Decided on", "Approved by", "Review", "Ended on", "Conditions",
)  # fmt: skip
SAM = ("Tim Hazel", "Teacher", "Sam Quillfeather", "Year 5", "14/9/2015", "Nephew", "Facebook, Instagram", "friends",
       "1/9/2024", "Approved", "3/9/2024", "Mrs A. Head", "3/9/2027", "", "Family matters only")  # fmt: skip


def line(**cells: object) -> list[object]:
    """Sam's line with other cells; the keys are the headings in small letters, "_" for a space."""
    keys = [heading.casefold().replace(" ", "_") for heading in HEADINGS]
    assert set(cells) <= set(keys)
    return [cells.get(key, value) for key, value in zip(keys, SAM, strict=True)]


class Office:
    """The business manager with a file to import."""

    def __init__(self, school: SmallSchool, folder: Path, login: str = "business_manager") -> None:
        self.school, self.folder = school, folder
        self.ctx = school.ctx_for(login)

    def file(self, *rows: Sequence[object], headings: Sequence[str] = HEADINGS) -> Path:
        path = self.folder / "register.csv"
        with path.open("w", encoding="utf-8-sig", newline="") as stream:
            csv.writer(stream).writerows([headings, *rows])
        return path

    def plan(
        self, *rows: Sequence[object], choices: dict[str, int | str] | None = None, **more: object
    ) -> ImportPlan:
        sheet = importing.read(self.ctx, self.file(*rows))
        columns = replace(importing.guess(self.ctx, sheet), **more)
        return importing.plan(self.ctx, sheet, columns, choices)

    def records(self) -> list[ConnectionException]:
        with self.school.database.reading() as session:
            found = session.query(ConnectionException).order_by(ConnectionException.id).all()
            session.expunge_all()
            return found


@pytest.fixture
def office(school: SmallSchool, tmp_path: Path) -> Office:
    # Namesakes apart, everybody the file names is on record.
    school.clock.forward(days=365)
    return Office(school, tmp_path)


def said(planned: ImportPlan, place: int = 0) -> str:
    return " ".join(planned.lines[place].sentences)


def test_an_approved_line_comes_in_as_approved_before_sm_desk(office: Office) -> None:
    planned = office.plan(SAM)
    assert [each.result for each in planned.lines] == [Result.NEW]
    assert (planned.people_to_add, office.records()) == ((), [])
    done = importing.apply(office.ctx, planned)
    (_, exception_id, name), *_ = done.added
    record = connections.open_exception(office.ctx, exception_id)
    assert record.reference == name
    assert (record.adult_name, record.other_name) == ("Tim Hazel", "Sam Quillfeather")
    assert (record.status, record.in_force, record.imported, record.sealed) == (
        ExceptionStatus.APPROVED, True, True, True,
    )  # fmt: skip
    assert record.status_words.startswith("Approved before SM Desk")
    assert record.from_on == date(2024, 9, 3)
    assert record.review_on == date(2027, 9, 3)
    draft = record.draft
    assert (draft.relationship, draft.relationship_note) == (Relationship.AUNT_OR_UNCLE, "Nephew")
    assert (draft.platforms, draft.links) == (("facebook", "instagram"), (Link.FRIEND,))
    assert "From line 2 of “register.csv”" in draft.notes
    (decision,) = record.decisions
    assert (decision.kind, decision.origin) == (DecisionKind.APPROVE, DecisionOrigin.IMPORTED)
    assert (decision.decider_name, decision.reason) == ("Mrs A. Head", "Approved before SM Desk")
    assert (decision.conditions, decision.fingerprint, decision.fault) == ("Family matters only", "", "")
    assert done.changes >= {("exception", exception_id)}


def test_the_same_file_again_adds_nothing(office: Office) -> None:
    new = line(pupil="Nora Newcome")
    first = office.plan(SAM, new)
    importing.apply(office.ctx, first)
    again = office.plan(SAM, new)
    assert [each.result for each in again.lines] == [Result.THERE, Result.THERE]
    assert "On record as 2027/C0001." in said(again)
    with pytest.raises(Invalid, match="no line to add"):
        importing.apply(office.ctx, again)
    assert len(office.records()) == 2


def test_what_was_marked_confidential_since_is_not_added_again_either(office: Office) -> None:
    done = importing.apply(office.ctx, office.plan(SAM))
    dsl = office.school.ctx_for("dsl")
    record = connections.open_exception(dsl, done.added[0][1])
    marked = replace(record.draft, confidentiality=Confidentiality.SAFEGUARDING)
    connections.save(dsl, marked, record.id, record.version)
    again = office.plan(SAM)
    assert again.lines[0].result is Result.THERE
    assert said(again) == "On record already."  # no reference of a record that is closed to the office


def test_people_who_are_not_on_record_are_added_once_from_the_file(office: Office) -> None:
    rows = [
        line(staff_name="Ms Gwen Grey", role="Governor", pupil="Nora Newcome"),
        line(staff_name="GREY, GWEN", role="Governor", pupil="Max Muster", platform="WhatsApp"),
    ]
    planned = office.plan(*rows)
    assert [need.words for need in planned.people_to_add] == [
        "Ms Gwen Grey, governor", "Nora Newcome, pupil, born 14 September 2015, Year 5",
        "Max Muster, pupil, born 14 September 2015, Year 5",
    ]  # fmt: skip
    done = importing.apply(office.ctx, planned)
    assert done.people_added == 3
    record = connections.open_exception(office.ctx, done.added[1][1])
    gwen = people.record_of(office.ctx, record.draft.adult_id or 0)
    assert (gwen.draft.kind, gwen.draft.title, gwen.draft.given_name) == (PersonKind.GOVERNOR, "Ms", "Gwen")
    nora = people.search(office.ctx, "Nora Newcome")[0]
    assert people.record_of(office.ctx, nora.id).draft.date_of_birth == date(2015, 9, 14)
    with office.school.database.reading() as session:
        actions = [each[0] for each in session.query(AuditEntry.action).order_by(AuditEntry.seq)]
    assert actions.count("person.added") == 3
    assert actions.count("exception.imported") == 2
    assert actions[-1] == "exception.import"


def test_with_adding_switched_off_they_are_asked_about(office: Office) -> None:
    planned = office.plan(line(pupil="Nora Newcome"), add_people=False)
    assert planned.lines[0].result is Result.CHOOSE
    assert "Nobody of this name is on record" in said(planned)


def test_ambiguous_people_are_chosen_by_hand_or_stay_out(office: Office) -> None:
    row = line(pupil="Samuel Quillfeather")
    planned = office.plan(row, SAM)
    assert [each.result for each in planned.lines] == [Result.CHOOSE, Result.NEW]
    need = next(each for each in planned.people if each.match.state is Found.CHOOSE)
    assert [hit.name for hit in need.candidates] == ["Sam Quillfeather"]
    assert need.can_add
    chosen = office.plan(row, choices={need.key: office.school.people["sam"]})
    assert [each.result for each in chosen.lines] == [Result.NEW]
    added = office.plan(row, choices={need.key: ADD})
    assert [each.key for each in added.people_to_add] == [need.key]
    left = office.plan(row, SAM, choices={need.key: LEAVE})
    assert [each.result for each in left.lines] == [Result.LEFT_OUT, Result.NEW]
    importing.apply(office.ctx, left)
    assert len(office.records()) == 1


def test_somebody_chosen_who_does_not_fit_is_a_problem_of_the_line(office: Office) -> None:
    row = line(staff_name="Anna Quillfeather")
    need = office.plan(row).people[0]
    assert need.match.state is Found.CHOOSE
    planned = office.plan(row, choices={need.key: office.school.people["anna"]})
    assert planned.lines[0].result is Result.PROBLEM
    assert "not as somebody who works with the school" in said(planned)


@pytest.mark.parametrize(
    ("cells", "says"),
    [
        ({"declared": "9/13/2024"}, "month first"),
        ({"declared": "soon"}, "Declared on: “soon” is not a date"),
        ({"declared": "4/9/2024"}, "before it was declared on 4 September 2024"),
        ({"decided_on": ""}, "Decided on: no day stands here"),
        ({"decided_on": "1/1/2099"}, "lies in the future"),
        ({"review": "1/1/2024"}, "is not after the day it is allowed from"),
        ({"ended_on": "1/1/2024"}, "is not after the day it is allowed from"),
        ({"decision": "Expired"}, "It has ended, but no day stands"),
        ({"decision": "banana"}, "Decision: “banana” is not understood"),
        ({"platform": ""}, "Platforms: none stands here"),
        ({"platform": "all"}, "name them"),
        ({"kind_of_link": "dunno"}, "Kind of link: “dunno” is not understood"),
        ({"kind_of_link": ""}, "Kind of link: none stands here"),
        ({"staff_name": ""}, "The adult's name is missing"),
        ({"pupil": " "}, "The name of the pupil is missing"),
        ({"date_of_birth": "31/2/2015"}, "no such day"),
        ({"declared": "", "decided_on": ""}, "Decided on: no day"),
        ({"declared": "", "decision": "pending"}, "Declared on: no day stands here"),
    ],
)
def test_what_is_wrong_with_a_line_is_said_and_keeps_it_out(
    office: Office, cells: dict[str, str], says: str
) -> None:
    planned = office.plan(line(**cells))
    assert planned.lines[0].result is Result.PROBLEM
    assert says in said(planned)
    assert bool(planned.remarks) == (says == "month first")
    with pytest.raises(Invalid, match="no line to add"):
        importing.apply(office.ctx, planned)


def test_good_lines_come_in_and_wrong_ones_are_reported(office: Office, tmp_path: Path) -> None:
    planned = office.plan(
        SAM, line(platform=""), line(platform="WhatsApp", pupil="Tariq Osei-Marsh", date_of_birth="")
    )
    assert [planned.count(each) for each in (Result.NEW, Result.PROBLEM)] == [2, 1]
    done = importing.apply(office.ctx, planned)
    assert [each[0] for each in done.added] == [2, 4]
    rows = list(importing.report_rows(planned, done))
    assert [row[4] for row in rows] == [
        "Added as 2027/C0001",
        "Not added (cannot be added)",
        "Added as 2027/C0002",
    ]
    for kind in ("csv", "xlsx", "pdf"):
        file = tmp_path / f"report.{kind}"
        assert importing.save_report(office.ctx, planned, file, kind, done) == 3
        assert file.stat().st_size > 200
    text = (tmp_path / "report.csv").read_text(encoding="utf-8-sig")
    assert "none stands here" in text
    assert "Sam Quillfeather" in text
    with pytest.raises(NotAllowed):
        importing.save_report(office.school.ctx_for("governor"), planned, tmp_path / "x.csv", "csv")


def test_an_undecided_line_waits_to_be_put_forward(office: Office) -> None:
    done = importing.apply(office.ctx, office.plan(line(decision="Awaiting head", decided_on="")))
    record = connections.open_exception(office.ctx, done.added[0][1])
    assert (record.status, record.decisions, record.may_submit) == (ExceptionStatus.DECLARED, (), True)
    assert record.draft.conditions_proposed == "Family matters only"


def test_refused_and_ended_lines_are_history(office: Office) -> None:
    rows = [
        line(decision="Refused"),
        line(ended_on="1/9/2025", declared="1/8/2023", decided_on="1/9/2023", platform="WhatsApp"),
        line(declared="2/9/2024"),
    ]
    planned = office.plan(*rows)
    assert [each.result for each in planned.lines] == [Result.NEW] * 3
    done = importing.apply(office.ctx, planned)
    refused, ended, standing = (connections.open_exception(office.ctx, each[1]) for each in done.added)
    assert (refused.status, refused.from_on) == (ExceptionStatus.REFUSED, None)
    assert (ended.status, ended.ends_on, ended.in_force) == (ExceptionStatus.ENDED, date(2025, 9, 1), False)
    assert [each.kind for each in ended.decisions] == [DecisionKind.APPROVE, DecisionKind.END]
    assert standing.in_force


def test_an_approval_is_never_dated_back(office: Office) -> None:
    headings = [*HEADINGS, "Allowed from"]
    sheet = importing.read(office.ctx, office.file([*SAM, "1/9/2020"], headings=headings))
    planned = importing.plan(office.ctx, sheet, importing.guess(office.ctx, sheet))
    assert any("never dated back" in note for note in planned.lines[0].notes)
    done = importing.apply(office.ctx, planned)
    assert connections.open_exception(office.ctx, done.added[0][1]).from_on == date(2024, 9, 3)


def test_what_the_file_leaves_out_is_filled_from_the_choices_and_said(office: Office) -> None:
    headings = ("Staff", "Child", "Relation")
    sheet = importing.read(
        office.ctx, office.file(("Tim Hazel", "Sam Quillfeather", "uncle"), headings=headings)
    )
    columns = importing.guess(office.ctx, sheet)
    assert importing.plan(office.ctx, sheet, columns).lines[0].result is Result.PROBLEM
    defaults = Defaults(decided_on=date(2024, 9, 3), platforms=("facebook",), links=(Link.FRIEND,))
    planned = importing.plan(office.ctx, sheet, replace(columns, defaults=defaults))
    assert planned.lines[0].result is Result.NEW
    assert any("No day of declaration" in note for note in planned.lines[0].notes)
    done = importing.apply(office.ctx, planned)
    record = connections.open_exception(office.ctx, done.added[0][1])
    assert (record.draft.declared_on, record.timeliness) == (date(2024, 9, 3), Timeliness.UNKNOWN)
    assert record.review_on == date(2025, 9, 3)  # the policy's: somebody should look at it again
    assert record.decisions[0].decider_name == "Approved before SM Desk"


def test_the_same_two_and_platform_twice(office: Office) -> None:
    other_day = line(declared="1/9/2025", decided_on="2/9/2025", platform="Instagram")
    planned = office.plan(SAM, other_day, line(platform="WhatsApp"))
    assert [each.result for each in planned.lines] == [Result.NEW, Result.PROBLEM, Result.NEW]
    assert said(planned, 1) == "The same two people and platform stand in line 2 already."
    made.declare(office.school, platforms=("instagram",))
    planned = office.plan(SAM)
    assert planned.lines[0].result is Result.PROBLEM
    assert "2027/C0001 is about the same two people on Instagram already" in said(planned)


def test_nothing_half_imported(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    rows = [line(pupil="Nora Newcome"), line(pupil="Max Muster"), SAM]
    planned = office.plan(*rows)
    people_before = len(people.sorted_ids(office.ctx))

    def stop(done: int, total: int) -> None:
        if done == 2:
            raise Cancelled("Cancelled.")

    with pytest.raises(Cancelled):
        importing.apply(office.ctx, planned, stop)
    real, calls = connections.enter, []

    def fail_at_third(*args: object, **more: object) -> ConnectionException:
        calls.append(args)
        if len(calls) == 3:
            raise Refused("The disk is full.")
        return real(*args, **more)

    with monkeypatch.context() as patch:
        patch.setattr(connections, "enter", fail_at_third)
        with pytest.raises(Refused):
            importing.apply(office.ctx, planned)
    assert office.records() == []
    assert len(people.sorted_ids(office.ctx)) == people_before
    assert len(importing.apply(office.ctx, planned).added) == 3


def test_records_that_changed_since_the_check_are_looked_at_again(office: Office) -> None:
    planned = office.plan(SAM)
    made.declare(office.school, platforms=("facebook",))
    with pytest.raises(Refused, match="changed since the check"):
        importing.apply(office.ctx, planned)
    with office.school.database.writing() as session:
        session.get_one(ConnectionException, 1).withdrawn_at = office.school.clock.now
        session.get_one(Person, office.school.people["sam"]).given_name = "Samson"
    with pytest.raises(Refused, match="changed since the check"):
        importing.apply(office.ctx, planned)


def test_the_dry_run_tells_how_far_it_is_and_can_be_stopped(office: Office) -> None:
    sheet = importing.read(office.ctx, office.file(*[line(pupil=f"Pupil{n} Number") for n in range(100)]))
    columns = importing.guess(office.ctx, sheet)
    heard: list[tuple[int, int]] = []
    importing.plan(office.ctx, sheet, columns, None, lambda done, total: heard.append((done, total)))
    assert heard[-1] == (100, 100)

    def stop(done: int, total: int) -> None:
        raise Cancelled("Cancelled.")

    with pytest.raises(Cancelled):
        importing.plan(office.ctx, sheet, columns, None, stop)


def test_columns_must_name_two_people_and_each_mean_one_thing(office: Office) -> None:
    sheet = importing.read(office.ctx, office.file(SAM))
    with pytest.raises(Invalid, match="Choose the column that holds “Pupil or parent: name”"):
        importing.plan(office.ctx, sheet, ColumnMap({Field.ADULT: 0}))
    with pytest.raises(Invalid, match="Column 1 is chosen twice"):
        importing.plan(office.ctx, sheet, ColumnMap({Field.ADULT: 0, Field.OTHER: 0}))


def test_what_was_chosen_is_remembered_for_this_user(office: Office) -> None:
    sheet = importing.read(office.ctx, office.file(SAM))
    columns = importing.guess(office.ctx, sheet)
    changed = {each: place for each, place in columns.columns.items() if each is not Field.CONDITIONS}
    changed[Field.NOTES] = HEADINGS.index("Conditions")
    defaults = Defaults(
        ImportedDecision.UNDECIDED, date(2024, 1, 1), "Mrs A. Head", platforms=("x",), links=(Link.GAME,)
    )
    importing.remember(office.ctx, sheet, ColumnMap(changed, defaults))
    again = importing.guess(office.ctx, sheet)
    assert again.columns == changed
    assert again.defaults == replace(defaults, decided_on=None)
    assert importing.guess(office.school.ctx_for("dsl"), sheet) == columns


def test_a_workbook_with_real_dates_and_a_merged_name(office: Office, tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    sheet = book.active
    sheet.append(["Register of exceptions, kept by the office"])
    sheet.append(["Member of staff", "Pupil", "Network", "Type of link", "Date declared", "Date approved"])
    sheet.append(["Tim Hazel", "Sam Quillfeather", "Facebook", "friend", date(2024, 9, 1), date(2024, 9, 3)])
    sheet.append([None, "Tariq Osei-Marsh", "Facebook", "friend", date(2024, 9, 1), 45538])
    sheet.merge_cells("A3:A4")
    book.save(tmp_path / "register.xlsx")
    found = importing.read(office.ctx, tmp_path / "register.xlsx")
    planned = importing.plan(office.ctx, found, importing.guess(office.ctx, found))
    assert [(each.number, each.adult, each.result) for each in planned.lines] == [
        (3, "Tim Hazel", Result.NEW), (4, "Tim Hazel", Result.NEW),
    ]  # fmt: skip
    assert planned.lines[1].read.decided is not None
    assert planned.lines[1].read.decided.decided_on == date(2024, 9, 3)


def test_a_former_pupil_who_is_added_is_no_pupil(office: Office) -> None:
    headings = [*HEADINGS, "Capacity"]
    row = [*line(pupil="Nora Newcome"), "Former pupil"]
    for expected in (Result.NEW, Result.THERE):
        sheet = importing.read(office.ctx, office.file(row, headings=headings))
        planned = importing.plan(office.ctx, sheet, importing.guess(office.ctx, sheet))
        assert planned.lines[0].result is expected, said(planned)
        if expected is Result.NEW:
            done = importing.apply(office.ctx, planned)
    record = connections.open_exception(office.ctx, done.added[0][1])
    assert record.draft.capacity is Capacity.FORMER_PUPIL
    assert people.record_of(office.ctx, record.draft.other_id or 0).draft.kind is PersonKind.THIRD_PARTY


def test_what_was_imported_stands_the_check_of_the_records(office: Office) -> None:
    importing.apply(
        office.ctx, office.plan(SAM, line(decision="Refused", platform="X"), line(pupil="Nora Newcome"))
    )
    done = office.plan(
        line(ended_on="1/9/2025", declared="1/8/2023", decided_on="1/9/2023", platform="WhatsApp")
    )
    importing.apply(office.ctx, done)
    assert [fault for fault in verify.check(office.ctx) if "keys.json" not in fault] == []
    with office.school.database.reading() as session:
        rows = session.query(ConnectionDecision.origin, ConnectionDecision.signature).all()
    assert {tuple(row) for row in rows} == {("imported", None)}


def test_a_review_already_past_is_due_at_once(office: Office) -> None:
    done = importing.apply(office.ctx, office.plan(line(review="3/9/2025")))
    record = connections.open_exception(office.ctx, done.added[0][1])
    assert "due for review since 3 September 2025" in record.status_words
    assert record.review_on is not None
    assert record.review_on < office.ctx.today() - timedelta(days=1)


def test_nobody_else_imports(office: Office) -> None:
    for login in ("governor", "chair", "leadership", "administrator"):
        with pytest.raises(NotAllowed):
            importing.read(office.school.ctx_for(login), office.file(SAM))
