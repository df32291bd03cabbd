"""Letters written before exceptions were kept: the records of format 0002 come through migration 0003 as they were."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError

from smdesk.db import backup, migrations
from smdesk.db.engine import Database, database_format, open_database
from smdesk.db.models import Letter
from smdesk.paths import SchoolFolder
from smdesk.policy.vocabulary import Step
from smdesk.services import letter_matter, letter_signing, letters, steps
from smdesk.services.context import Context
from smdesk.services.incident_records import StepDraft
from smdesk.services.letter_records import LetterKind, LetterStatus, SentHow
from tests.support.school import SmallSchool

INVITATION = LetterKind.INVITATION


@dataclass
class Old:
    """A school as it was kept before: format 0002, closed. ``letters`` by the state they were left in."""

    root: Path
    key: bytes
    letters: dict[str, int]
    rows: list[dict[str, Any]]
    papers: dict[str, bytes]


def written(school: SmallSchool) -> dict[str, int]:
    """One letter in every state there is."""
    office, head = school.ctx_for("business_manager"), school.ctx_for("headteacher")

    def at(letter: int) -> int:
        return letters.get(head, letter).version

    made: dict[str, int] = {}
    for state in ("draft", "submitted", "returned", "withdrawn", "approved", "given up", "issued", "sent"):
        incident = school.incident(summary=f"A post ({state})")
        steps.record(
            office, incident, StepDraft(Step.TALK, school.people["anna"], school.clock.now.date(), "Talked")
        )
        letter = made[state] = letters.draft(office, incident, INVITATION).id
        if state == "withdrawn":
            letters.withdraw(office, letter, "A slip")
        if state in ("draft", "withdrawn"):
            continue
        letters.submit(office, letter, at(letter))
        if state == "returned":
            letters.return_with_note(head, letter, at(letter), "Warmer, please")
        if state in ("submitted", "returned"):
            continue
        letters.approve(head, letter, at(letter))
        if state == "given up":
            letters.withdraw(office, letter, "Overtaken by a talk")
        if state in ("issued", "sent"):
            letters.issue(office, letter, at(letter))
        if state == "sent":
            letters.record_sent(office, letter, SentHow.POST, school.clock.now.date(), "First class")
    return made


def in_the_old_format(school: SmallSchool) -> None:
    """Write the school's database anew in format 0002: the tables that were there then, with their rows."""
    path, key = school.folder.database, school.data_key
    fresh = path.with_name("before.db")
    fresh.touch()
    old = Database(fresh, key, school.folder)
    try:
        migrations.upgrade(old, None, revisions=migrations.REVISIONS[:2])
        with school.database.raw_reading() as there, old.migrating() as here:
            names = here.exec_driver_sql(
                "SELECT name, sql FROM sqlite_master WHERE type = 'table' AND name NOT GLOB '*_search_*'"
                " AND name NOT LIKE 'sqlite%' AND name NOT IN ('alembic_version', 'applied_migration')"
            ).fetchall()
            for name, sql in names:
                columns = [row[1] for row in here.exec_driver_sql(f"PRAGMA table_info({name})")]
                if "VIRTUAL" in sql:
                    columns.insert(0, "rowid")
                listed = ", ".join(f'"{column}"' for column in columns)
                rows = there.execute(f"SELECT {listed} FROM {name} ORDER BY rowid").fetchall()
                if rows:
                    marks = ", ".join("?" for _ in columns)
                    raw = here.connection.dbapi_connection
                    assert raw is not None
                    raw.executemany(f"INSERT INTO {name} ({listed}) VALUES ({marks})", rows)
        assert database_format(old) == "0002"
        old.checkpoint()
    finally:
        old.dispose()
    school.database.dispose()
    for end in ("", "-wal", "-shm"):
        path.with_name(path.name + end).unlink(missing_ok=True)
    fresh.rename(path)
    for end in ("-wal", "-shm"):
        fresh.with_name(fresh.name + end).unlink(missing_ok=True)


@pytest.fixture
def old(school: SmallSchool) -> Old:
    made = written(school)
    head = school.ctx_for("headteacher")
    papers = {state: letters.issued_pdf(head, made[state]) for state in ("issued", "sent")}
    with school.database.reading() as session:
        rows = [dict(row) for row in session.execute(text("SELECT * FROM letter ORDER BY id")).mappings()]
    in_the_old_format(school)
    return Old(school.folder.root, school.data_key, made, rows, papers)


@pytest.fixture
def upgraded(school: SmallSchool, old: Old) -> Iterator[SmallSchool]:
    database = open_database(school.folder.database, old.key)
    yield replace(school, database=database, folder=SchoolFolder(old.root))
    database.dispose()


def test_every_letter_comes_through_as_it_was(upgraded: SmallSchool, old: Old) -> None:
    assert database_format(upgraded.database) == migrations.HEAD
    (kept,) = backup.listing(upgraded.folder)
    assert backup.read_manifest(kept.path).revision == "0002"
    with upgraded.database.reading() as session:
        rows = [dict(row) for row in session.execute(text("SELECT * FROM letter ORDER BY id")).mappings()]
        # Where fields had put their words was not noted before.
        assert rows == [{**row, "marks": "[]"} for row in old.rows]
        assert all(row["exception_id"] is None for row in rows)
        assert session.execute(text("PRAGMA foreign_key_check")).all() == []
        tables = set(session.scalars(text("SELECT name FROM sqlite_master")))
        # The lines of the timeline still mean this table, not the one it was copied from.
        pointing = session.scalars(
            text("SELECT \"table\" FROM pragma_foreign_key_list('entry') WHERE \"from\" = 'letter_id'")
        ).all()
    assert "letter_before" not in tables
    assert pointing == ["letter"]
    assert upgraded.database.check_whole_file() == []


def test_signatures_papers_and_timelines_still_hold(upgraded: SmallSchool, old: Old) -> None:
    head = upgraded.ctx_for("headteacher")
    with upgraded.database.reading() as session:
        for state in ("approved", "given up", "issued", "sent"):
            letter = session.get_one(Letter, old.letters[state])
            matter = letter_matter.stored(session, letter)
            assert letter_signing.signature_fault(session, letter, matter) == ""
    for state, content in old.papers.items():
        assert letters.issued_pdf(head, old.letters[state]) == content
    sent = letters.get(head, old.letters["sent"])
    assert (sent.number, sent.sent_how, sent.sent_note) == ("2026/L0002", SentHow.POST, "First class")
    lines = steps.timeline(upgraded.ctx_for("business_manager"), sent.matter_id)
    assert {line.letter_id for line in lines if line.step is Step.ASK_REMOVAL} == {old.letters["sent"]}


def test_letters_go_on_from_where_they_stood(upgraded: SmallSchool, old: Old) -> None:
    office, head = upgraded.ctx_for("business_manager"), upgraded.ctx_for("headteacher")

    def now(ctx: Context, state: str) -> int:
        return letters.get(ctx, old.letters[state]).version

    returned = letters.get(office, old.letters["returned"])
    assert (returned.status, returned.returned_note) == (LetterStatus.RETURNED, "Warmer, please")
    edit = replace(returned.edit, body=f"{returned.edit.body}\n\nWith kind regards.")
    letters.save(office, returned.id, edit, returned.version)
    letters.submit(office, returned.id, now(office, "returned"))
    letters.approve(head, old.letters["submitted"], now(head, "submitted"))
    letters.issue(office, old.letters["approved"], now(office, "approved"))
    assert letters.get(office, old.letters["approved"]).number == "2026/L0003"
    assert len(letters.sorted_ids(head, "all")) == len(old.letters)


@pytest.mark.parametrize(
    ("statement", "why"),
    [
        ("UPDATE letter SET body = 'x' WHERE id = :approved", "approved letter is not changed"),
        ("UPDATE letter SET exception_id = 1 WHERE id = :approved", "approved letter is not changed"),
        ("UPDATE letter SET addressee = 'x' WHERE id = :issued", "approved letter is not changed"),
        ("UPDATE letter SET sha256 = 'x' WHERE id = :issued", "issued letter is not changed"),
        ("UPDATE letter SET status = 'draft' WHERE id = :issued", "letter is not changed"),
        ("DELETE FROM letter WHERE id = :approved", "not removed"),
        ("INSERT OR REPLACE INTO letter SELECT * FROM letter WHERE id = :issued", "letter is"),
        (
            "INSERT INTO letter (person_id, recipient, kind, status, subject, addressee, salutation, body, drafted_by,"
            " drafted_at, returned_note, names_reason, step_reason, sent_how, sent_note, withdrawn_reason, version)"
            " SELECT person_id, '', kind, 'draft', subject, addressee, salutation, body, drafted_by, drafted_at,"
            " '', '', '', '', '', '', 1 FROM letter WHERE id = :draft",
            "about one matter",
        ),
    ],
)
def test_the_guards_still_bite(upgraded: SmallSchool, old: Old, statement: str, why: str) -> None:
    with pytest.raises(IntegrityError, match=why), upgraded.database.writing() as session:
        session.execute(
            text(statement), {state: old.letters[state] for state in ("draft", "approved", "issued")}
        )


def test_a_draft_may_still_be_changed_and_removed(upgraded: SmallSchool, old: Old) -> None:
    with upgraded.database.writing() as session:
        changed = session.execute(
            text("UPDATE letter SET body = 'x' WHERE id = :id"), {"id": old.letters["draft"]}
        )
        gone = session.execute(text("DELETE FROM letter WHERE id = :id"), {"id": old.letters["draft"]})
    assert (changed.rowcount, gone.rowcount) == (1, 1)
