from __future__ import annotations

import re
import subprocess
import sys
import time
from pathlib import Path

import pytest
import sqlalchemy as sa
from sqlalchemy import text

from smdesk.db import backup, migrations
from smdesk.db.engine import Database, database_format, open_database
from smdesk.db.models import Base
from smdesk.errors import StorageProblem
from tests.support.database import Made, add_incident, add_person, put_in

SHADOW = re.compile(r"(incident|person|exception)_search.*|sqlite_.*|alembic_version")
REVISION = '''
"""A test migration."""
from alembic import op
import sqlalchemy as sa
revision = "0900"
down_revision = "{down}"
def upgrade() -> None:
{body}
'''
FAILING = """
    op.add_column("person", sa.Column("shoe_size", sa.Integer()))
    op.execute("DELETE FROM incident_person")
    op.execute("INSERT INTO no_such_table VALUES (1)")
"""


def versions_with(tmp_path: Path, body: str) -> Path:
    """The real revisions and one more, number 0900."""
    folder = tmp_path / "versions"
    folder.mkdir()
    for path in (Path(migrations.__file__).parent / "versions").glob("*.py"):
        (folder / path.name).write_bytes(path.read_bytes())
    script = REVISION.format(down=migrations.HEAD, body=body)
    (folder / "0900_test.py").write_text(script, encoding="utf-8")
    return folder


def upgrade_to_0900(made: Made, folder: Path) -> None:
    migrations.upgrade(made.database, made.folder, revisions=(*migrations.REVISIONS, "0900"), versions=folder)


def schema(database: Database) -> dict[tuple[str, str], str]:
    with database.raw_reading() as cursor:
        rows = cursor.execute("SELECT type, name, sql FROM sqlite_master WHERE sql IS NOT NULL").fetchall()
    return {(row[0], row[1]): re.sub(r"\s+", " ", row[2]) for row in rows}


def test_the_revisions_on_disk_are_the_ones_the_program_knows() -> None:
    from alembic.config import Config
    from alembic.script import ScriptDirectory

    config = Config()
    config.set_main_option("script_location", str(Path(migrations.__file__).parent))
    script = ScriptDirectory.from_config(config)
    assert [each.revision for each in script.walk_revisions()][::-1] == list(migrations.REVISIONS)
    assert script.get_current_head() == migrations.HEAD


def test_the_migrated_tables_are_those_of_the_models(made: Made) -> None:
    fresh = sa.create_engine("sqlite://")
    Base.metadata.create_all(fresh)
    with fresh.connect() as connection:
        rows = connection.exec_driver_sql(
            "SELECT type, name, sql FROM sqlite_master WHERE sql IS NOT NULL"
        ).all()
    fresh.dispose()
    wanted = {(row[0], row[1]): re.sub(r"\s+", " ", row[2]) for row in rows}
    found = {
        key: sql for key, sql in schema(made.database).items() if key[0] != "trigger" and not SHADOW.fullmatch(key[1])
    }  # fmt: skip
    assert sorted(found) == sorted(wanted)
    assert {key: _parts(sql) for key, sql in found.items()} == {
        key: _parts(sql) for key, sql in wanted.items()
    }


def _parts(sql: str) -> list[str]:
    """The columns and constraints of a table, in an order that does not depend on who wrote them down."""
    return sorted(re.split(r", (?![^()]*\))", sql.partition("(")[2].rpartition(")")[0].strip()))


def test_alembic_sees_no_difference_either(made: Made) -> None:
    from alembic.autogenerate import compare_metadata
    from alembic.migration import MigrationContext

    def ours(name: str | None, kind: str, parents: object) -> bool:
        return kind != "table" or not SHADOW.fullmatch(name or "")

    with made.database.reading() as session:
        context = MigrationContext.configure(
            session.connection(), opts={"include_name": ours, "compare_type": True}
        )
        assert compare_metadata(context, Base.metadata) == []


def test_every_guard_is_in_place(made: Made) -> None:
    assert {name for kind, name in schema(made.database) if kind == "trigger"} == {
        "audit_entry_in_order", "audit_entry_unchanged", "audit_entry_kept",
        "audit_detail_once", "audit_detail_only_erased", "audit_detail_kept",
        "letter_approved_unchanged", "letter_issued_unchanged", "letter_approved_kept", "letter_not_replaced",
        "letter_one_matter",
        "connection_exception_sealed", "connection_exception_kept", "connection_exception_not_replaced",
        "exception_platform_added", "exception_platform_changed", "exception_platform_removed",
        "connection_decision_unchanged", "connection_decision_kept", "connection_decision_not_replaced",
        "connection_event_unchanged", "connection_event_kept", "connection_event_not_replaced",
        "connection_file_unchanged", "connection_file_kept",
        "policy_profile_unchanged", "policy_profile_kept", "policy_profile_not_replaced",
        "signing_key_unchanged", "signing_key_kept", "signing_key_not_replaced",
        "entry_unchanged", "entry_kept", "entry_not_replaced", "evidence_unchanged",
        "business_case_sealed", "business_case_kept", "business_case_not_replaced", "case_runner_added",
        "case_runner_changed", "case_runner_removed", "case_decision_unchanged", "case_decision_kept",
        "case_decision_not_replaced", "case_vote_unchanged", "case_vote_kept", "case_vote_not_replaced",
        "school_account_kept", "account_look_unchanged", "account_look_kept", "account_look_not_replaced",
        "account_message_kept", "sign_off_decided", "sign_off_kept", "block_kept", "acknowledgement_unchanged",
        "acknowledgement_kept", "acknowledgement_not_replaced", "training_unchanged", "training_kept",
        "training_not_replaced", "policy_version_kept", "place_check_unchanged", "place_check_kept",
        "place_check_not_replaced", "finding_kept", "attached_file_one_owner", "attached_file_unchanged",
        "attached_file_kept", "history_line_unchanged", "history_line_kept", "history_line_not_replaced",
            "letter_to_somebody", "letter_wording_unchanged", "letter_wording_kept", "letter_wording_not_replaced",
            "issued_paper_unchanged", "issued_paper_kept", "issued_paper_not_replaced",
    }  # fmt: skip


def test_nothing_to_do_makes_no_backup(made: Made) -> None:
    migrations.upgrade(made.database, made.folder)
    assert backup.listing(made.folder) == []


def test_an_upgrade_makes_a_backup_first_and_records_itself(made: Made, tmp_path: Path) -> None:
    upgrade_to_0900(
        made, versions_with(tmp_path, '    op.add_column("person", sa.Column("x", sa.Integer()))')
    )
    (kept,) = backup.listing(made.folder)
    assert kept.reason == "before an upgrade"
    assert backup.read_manifest(kept.path).revision == migrations.HEAD
    assert database_format(made.database) == "0900"
    with made.database.reading() as session:
        assert session.scalar(text("SELECT count(*) FROM applied_migration WHERE revision = '0900'")) == 1


def test_a_failing_migration_leaves_everything_as_it_was(made: Made, tmp_path: Path) -> None:
    with made.database.writing() as session:
        put_in(session, add_incident(session, 1), add_person(session, "Quillfeather"))
    before = schema(made.database)
    with pytest.raises(StorageProblem, match="0900") as caught:
        upgrade_to_0900(made, versions_with(tmp_path, FAILING))
    assert str(made.folder.backups) in str(caught.value)
    assert schema(made.database) == before
    assert database_format(made.database) == migrations.HEAD
    with made.database.reading() as session:
        assert session.scalar(text("SELECT count(*) FROM incident_person")) == 1
        assert session.scalar(text("PRAGMA foreign_keys")) == 1
    assert made.database.check_whole_file() == []


def test_a_migration_that_breaks_references_is_not_kept(made: Made, tmp_path: Path) -> None:
    with made.database.writing() as session:
        put_in(session, add_incident(session, 1), add_person(session, "Quillfeather"))
    with pytest.raises(StorageProblem, match="missing rows"):
        upgrade_to_0900(made, versions_with(tmp_path, '    op.execute("DELETE FROM person")'))
    with made.database.reading() as session:
        assert session.scalar(text("SELECT count(*) FROM person")) == 1


def test_rebuilding_a_table_keeps_the_rows_that_refer_to_it(made: Made, tmp_path: Path) -> None:
    with made.database.writing() as session:
        put_in(session, add_incident(session, 1), add_person(session, "Quillfeather"))
    body = (
        '    with op.batch_alter_table("incident", recreate="always") as batch:\n'
        '        batch.add_column(sa.Column("x", sa.Integer()))'
    )
    upgrade_to_0900(made, versions_with(tmp_path, body))
    with made.database.reading() as session:
        assert session.scalar(text("SELECT count(*) FROM incident_person")) == 1
    with made.database.writing() as session:  # references and triggers still mean the rebuilt table
        put_in(session, add_incident(session, 2), add_person(session, "Osei"))
    assert made.database.check_whole_file() == []


def test_killed_in_the_middle_of_a_migration(made: Made, tmp_path: Path) -> None:
    with made.database.writing() as session:
        put_in(session, add_incident(session, 1), add_person(session, "Quillfeather"))
    made.database.dispose()
    reached = tmp_path / "reached"
    body = (
        '    op.execute("ALTER TABLE person ADD COLUMN x INTEGER")\n'
        '    op.execute("DELETE FROM incident_person")\n'
        "    import pathlib, time\n"
        f"    pathlib.Path({str(reached)!r}).touch()\n"
        "    time.sleep(60)"
    )
    code = (
        "from pathlib import Path; from smdesk.db import migrations; from smdesk.db.engine import open_database\n"
        f"db = open_database(Path({str(made.folder.database)!r}), bytes.fromhex({made.key.hex()!r}))\n"
        f"migrations.upgrade(db, db.folder, revisions=(*migrations.REVISIONS, '0900'),"
        f" versions=Path({str(versions_with(tmp_path, body))!r}))"
    )
    child = subprocess.Popen([sys.executable, "-c", code])
    try:
        deadline = time.monotonic() + 30
        while not reached.exists() and time.monotonic() < deadline and child.poll() is None:
            time.sleep(0.01)
        assert reached.exists()
    finally:
        child.kill()
        child.wait()
    database = open_database(made.folder.database, made.key)
    try:
        with database.reading() as session:
            assert session.scalar(text("SELECT count(*) FROM incident_person")) == 1
            assert "x" not in {row[1] for row in session.execute(text("PRAGMA table_info(person)"))}
        assert database_format(database) == migrations.HEAD
        assert database.check_whole_file() == []
    finally:
        database.dispose()
