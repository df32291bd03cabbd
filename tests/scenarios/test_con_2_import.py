"""A register kept in a spreadsheet so far is taken over: looked at first, all of it or nothing, once (CON-2)."""

from __future__ import annotations

import csv
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest
from sqlalchemy import func, select

from smdesk.db.models import AuditEntry, ConnectionDecision, ConnectionEvent, ConnectionException, Person
from smdesk.errors import Cancelled, Invalid, NotAllowed, Refused
from smdesk.services import connection_import, connection_papers, connections, people
from smdesk.services.connection_import import ImportPlan, Result
from smdesk.services.connection_records import DecisionKind, DecisionOrigin, ExceptionStatus
from tests.scenarios.telling import RENEW, Story, printed

HEADINGS = ("Member of staff", "Role", "Pupil", "Relationship", "Platform", "Link", "Declared", "Decision",
            "Date of decision", "Approved by", "Review", "Ended", "Conditions")  # fmt: skip
ROWS = (
    # Allowed since 2024, ended in 2025, refused, waiting; one who is new, one unclear, one that cannot be.
    ("Tim Hazel", "Teacher", "Sam Quillfeather", "uncle", "Facebook; WhatsApp", "friends", "02/09/2024",
     "Approved", "03/09/2024", "Mr O. Oldhead", "03/09/2027", "", "Family matters only"),
    ("Carol Fir", "Governor", "Tariq Osei-Marsh", "Godmother", "Facebook", "messages", "01/11/2024",
     "Approved", "04/11/2024", "Mr O. Oldhead", "", "10/02/2025", ""),
    ("Dan Birch", "Teacher", "Tariq Osei-Marsh", "friend of the family", "Instagram", "follows", "05/01/2025",
     "Refused", "06/01/2025", "Mr O. Oldhead", "", "", ""),
    ("Bea Cedar", "Office", "Sam Quillfeather", "cousin", "Snapchat", "friends", "01/03/2026",
     "Waiting for head", "", "", "", "", ""),
    ("Hazel, Tim", "Teacher", "Nora Newcome", "cousin", "Facebook", "friends", "01/03/2025",
     "Approved", "03/03/2025", "Mr O. Oldhead", "01/09/2026", "", ""),
    ("Tim Hazel", "Teacher", "Samuel Quillfeather", "uncle", "TikTok", "friends", "01/03/2025",
     "Approved", "03/03/2025", "Mr O. Oldhead", "01/09/2026", "", ""),
    ("Tim Hazel", "Teacher", "Sam Quillfeather", "uncle", "Discord", "friends", "31/02/2025",
     "Approved", "03/03/2025", "Mr O. Oldhead", "", "", ""),
)  # fmt: skip


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "Social media exceptions.csv"
    with path.open("w", encoding="cp1252", newline="") as stream:
        csv.writer(stream, delimiter=";").writerows([HEADINGS, *ROWS])
    return path


def checked(story: Story, file: Path, choices: dict[str, int | str] | None = None) -> ImportPlan:
    sheet = connection_import.read(story.office, file)
    columns = connection_import.guess(story.office, sheet)
    return connection_import.plan(story.office, sheet, columns, choices)


def counts(story: Story) -> tuple[int | None, ...]:
    tables = (ConnectionException, ConnectionDecision, ConnectionEvent, Person, AuditEntry)
    with story.school.database.reading() as session:
        return tuple(session.scalar(select(func.count()).select_from(table)) for table in tables)


def results(planned: ImportPlan) -> list[Result]:
    return [line.result for line in planned.lines]


def test_con_2_checked_first_then_taken_over_once_and_unsigned(story: Story, file: Path) -> None:
    before = counts(story)
    planned = checked(story, file)
    assert counts(story) == before
    assert results(planned) == [
        Result.NEW,
        Result.NEW,
        Result.NEW,
        Result.NEW,
        Result.NEW,
        Result.CHOOSE,
        Result.PROBLEM,
    ]
    assert "no such day" in " ".join(planned.lines[6].sentences)
    assert [need.words for need in planned.people_to_add] == ["Nora Newcome, pupil"]

    # "Samuel" is somebody's guess: a person says who is meant.
    (unclear,) = [need for need in planned.people if need.named.name == "Samuel Quillfeather"]
    planned = checked(story, file, {unclear.key: story.school.people["sam"]})
    assert results(planned)[5] is Result.NEW
    done = connection_import.apply(story.office, planned)
    assert [number for number, _, _ in done.added] == [2, 3, 4, 5, 6, 7]
    assert done.people_added == 1
    records = [story.exception(exception) for _, exception, _ in done.added]
    assert [record.status for record in records] == [
        ExceptionStatus.APPROVED,
        ExceptionStatus.ENDED,
        ExceptionStatus.REFUSED,
        ExceptionStatus.DECLARED,
        ExceptionStatus.APPROVED,
        ExceptionStatus.APPROVED,
    ]
    first = records[0]
    assert first.status_words == "Approved before SM Desk"
    (decision,) = first.decisions
    assert (decision.origin, decision.decider_name, decision.fingerprint, decision.fault) == (
        DecisionOrigin.IMPORTED,
        "Mr O. Oldhead",
        "",
        "",
    )
    paper = printed(connection_papers.decision_pdf(story.office, decision.id))
    assert "Not signed in SM Desk Approved before SM Desk." in paper
    assert "nobody has signed it" in paper
    # Who decided it elsewhere, and as what, nobody here can vouch for.
    assert "Decided as" not in paper
    # The register answers for days before the program was there.
    assert story.allowed_on(date(2024, 9, 2)) == []
    assert story.allowed_on(date(2024, 9, 3)) == ["2026/C0001"]
    assert story.allowed_on(date(2025, 2, 9)) == ["2026/C0001", "2026/C0002"]
    assert story.allowed_on(date(2025, 3, 3)) == ["2026/C0001", "2026/C0005", "2026/C0006"]
    assert story.faults() == []

    # The same file again, and again with more lines: what is there stays there once.
    again = checked(story, file, {unclear.key: story.school.people["sam"]})
    assert results(again) == [Result.THERE] * 6 + [Result.PROBLEM]
    with pytest.raises(Invalid, match="no line to add"):
        connection_import.apply(story.office, again)

    # Looked at in SM Desk it is taken up by a signature of today's headteacher.
    renewed = story.decided(records[0].id, RENEW, "Looked at the old file.", review_on=date(2027, 3, 1))
    assert [each.origin for each in story.exception(records[0].id).decisions] == [
        DecisionOrigin.IMPORTED,
        DecisionOrigin.SIGNED,
    ]
    assert story.printed_decision(renewed).exists()
    assert story.faults() == []


@pytest.mark.parametrize("after", [0, 1, 3, 5])
def test_con_2_stopped_half_way_nothing_of_it_is_there(story: Story, file: Path, after: int) -> None:
    planned = checked(story, file)
    before = counts(story)

    def stop(done: int, total: int) -> None:
        if done == after:
            raise Cancelled

    with pytest.raises(Cancelled):
        connection_import.apply(story.office, planned, stop)
    assert counts(story) == before
    assert people.search(story.office, "Newcome") == []
    # Tried again it goes through, from the first number on.
    done = connection_import.apply(story.office, planned)
    assert done.added[0][2] == "2026/C0001"
    assert story.faults() == []


def test_con_2_a_disk_or_a_bug_that_stops_it_leaves_nothing_either(
    story: Story, file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    planned = checked(story, file)
    before = counts(story)
    entered = connection_import.connection_decisions.enter_imported
    calls = []

    def failing(*arguments: object, **named: object) -> object:
        calls.append(1)
        if len(calls) == 4:
            raise OSError("No space left on device")
        return entered(*arguments, **named)

    monkeypatch.setattr(connection_import.connection_decisions, "enter_imported", failing)
    with pytest.raises(OSError, match="No space"):
        connection_import.apply(story.office, planned)
    assert len(calls) == 4
    assert counts(story) == before


def test_con_2_what_changed_since_the_check_stops_it(story: Story, file: Path) -> None:
    planned = checked(story, file)
    exception = story.declared(platforms=("facebook",))
    before = counts(story)
    with pytest.raises(Refused, match="records have changed since the check"):
        connection_import.apply(story.office, planned)
    assert counts(story) == before
    assert "2026/C0001 is about the same two people on Facebook" in " ".join(
        checked(story, file).lines[0].sentences
    )
    assert story.exception(exception).status is ExceptionStatus.DECLARED


def test_con_2_only_the_office_takes_over_and_the_decided_stay_as_they_came(story: Story, file: Path) -> None:
    for login in ("governor", "chair", "leadership", "administrator"):
        with pytest.raises(NotAllowed):
            connection_import.read(story.at(login), file)
    done = connection_import.apply(story.office, checked(story, file))
    record = story.exception(done.added[0][1])
    with pytest.raises(Refused, match="is decided, so its facts stay"):
        connections.save(
            story.office, replace(record.draft, platforms=("tiktok",)), record.id, record.version
        )
    assert [each.kind for each in story.exception(done.added[1][1]).decisions] == [
        DecisionKind.APPROVE,
        DecisionKind.END,
    ]
