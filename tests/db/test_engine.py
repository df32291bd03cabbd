from __future__ import annotations

import os
import secrets
import stat
import threading
from pathlib import Path

import pytest
from sqlalchemy import select, text
from sqlalchemy.exc import IntegrityError

from smdesk.db import backup, engine, migrations
from smdesk.db.engine import open_database
from smdesk.db.models import Incident, Person, User
from smdesk.errors import Damaged, NewerVersion, StorageProblem
from tests.support.database import NOON, Made, add_incident, add_person, make_database


def corrupt(path: Path, at: int, length: int = 64) -> None:
    with path.open("r+b") as file:
        file.seek(at)
        old = file.read(length)
        file.seek(at)
        file.write(bytes(byte ^ 0xFF for byte in old))


def test_nothing_readable_lies_on_the_disk(made: Made) -> None:
    with made.database.writing() as session:
        add_person(session, "Quillfeather", "Anna", notes="rude about the Christmas play")
    wal = made.folder.database.with_name("smdesk.db-wal")
    assert wal.stat().st_size > 0
    raw = made.folder.database.read_bytes() + wal.read_bytes()
    for word in (b"Quillfeather", b"Christmas", b"SQLite format", b"CREATE TABLE"):
        assert word not in raw


def test_only_the_owner_may_read_the_files(made: Made) -> None:
    with made.database.writing() as session:
        add_person(session, "Quillfeather")
    for path in made.folder.root.glob("smdesk.db*"):
        assert os.name == "nt" or stat.S_IMODE(path.stat().st_mode) == 0o600, path.name


def test_settings_on_every_connection(made: Made) -> None:
    with made.database.raw_reading() as cursor:
        found = {
            name: cursor.execute(f"PRAGMA {name}").fetchone()[0]
            for name in (
                "journal_mode", "synchronous", "foreign_keys", "busy_timeout", "secure_delete", "temp_store",
                "trusted_schema", "cache_size",
            )
        }  # fmt: skip
    assert found == {
        "journal_mode": "wal", "synchronous": 2, "foreign_keys": 1, "busy_timeout": 5000, "secure_delete": 1,
        "temp_store": 2, "trusted_schema": 0, "cache_size": -65536,
    }  # fmt: skip


def test_a_writing_block_saves_everything_or_nothing(made: Made) -> None:
    def save_and_fail() -> None:
        with made.database.writing() as session:
            add_person(session, "Quillfeather")
            raise RuntimeError("stop")

    with pytest.raises(RuntimeError, match="stop"):
        save_and_fail()
    with made.database.writing() as session:
        add_person(session, "Osei")
    with made.database.reading() as session:
        assert session.scalars(select(Person.family_name)).all() == ["Osei"]


def test_broken_references_are_refused_and_undone(made: Made) -> None:
    def save() -> None:
        with made.database.writing() as session:
            add_person(session, "Quillfeather")
            add_incident(session, 1, author_id=999)

    with pytest.raises(IntegrityError):
        save()
    with made.database.reading() as session:
        assert session.scalars(select(Person)).all() == []


def test_a_reading_block_cannot_write_by_statement_or_by_object(made: Made) -> None:
    # Its changes would vanish at the end: that is a bug and must not look like a full or read-only disk.
    with pytest.raises(Exception, match="readonly") as caught, made.database.reading() as session:
        session.execute(text("UPDATE user SET name = 'X'"))
    assert not isinstance(caught.value, StorageProblem)
    with pytest.raises(RuntimeError, match="would be lost"), made.database.reading() as session:
        session.scalars(select(User)).one().name = "X"
    with pytest.raises(Exception, match="readonly"), made.database.raw_reading() as cursor:
        cursor.execute("UPDATE user SET name = 'X'")
    with made.database.writing() as session:  # the same pooled connection writes again
        session.scalars(select(User)).one().name = "Y"
    with made.database.reading() as session:
        assert session.scalars(select(User.name)).one() == "Y"


def test_a_reader_keeps_its_snapshot_while_another_saves(made: Made) -> None:
    with made.database.reading() as before:
        assert before.scalars(select(Person)).all() == []
        with made.database.writing() as session:
            add_person(session, "Quillfeather")
        assert before.scalars(select(Person)).all() == []
    with made.database.reading() as after:
        assert len(after.scalars(select(Person)).all()) == 1


def test_a_writing_block_inside_another_is_a_bug_not_a_stall(made: Made) -> None:
    with (
        made.database.writing(),
        pytest.raises(RuntimeError, match="inside another"),
        made.database.writing(),
    ):
        pass


def test_threads_of_one_window_lose_no_update(made: Made) -> None:
    def add_fifty() -> None:
        for _ in range(50):
            with made.database.writing() as session:
                user = session.scalars(select(User)).one()
                user.version = user.version + 1

    threads = [threading.Thread(target=add_fifty) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    with made.database.reading() as session:
        assert session.scalars(select(User.version)).one() == 201


def test_a_save_that_waits_too_long_says_so(made: Made, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(engine, "BUSY_SECONDS", 0.05)
    other = open_database(made.folder.database, made.key)
    try:
        with made.database.writing(), pytest.raises(StorageProblem, match="Another window"), other.writing():
            pass
    finally:
        other.dispose()


def test_parameters_do_not_stand_in_error_messages(made: Made) -> None:
    with pytest.raises(IntegrityError) as caught, made.database.writing() as session:
        session.add(User(vault_key="b" * 32, login="office", name="Secret Name", created_at=NOON))
    assert "Secret Name" not in str(caught.value)


def test_a_missing_file_is_said_and_not_created(tmp_path: Path) -> None:
    path = tmp_path / "smdesk.db"
    with pytest.raises(StorageProblem, match="is not there"):
        open_database(path, secrets.token_bytes(32))
    assert not path.exists()


def test_a_database_is_never_created_over_another(made: Made) -> None:
    made.database.dispose()
    before = made.folder.database.read_bytes()
    with pytest.raises(StorageProblem, match="already"):
        open_database(made.folder.database, secrets.token_bytes(32), create=True)
    assert made.folder.database.read_bytes() == before


def test_a_half_made_database_is_never_found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def stop(*args: object, **kwargs: object) -> None:
        raise OSError("the power went")

    with monkeypatch.context() as patch:
        patch.setattr(migrations, "upgrade", stop)
        with pytest.raises(OSError, match="power"):
            make_database(tmp_path)
    assert not (tmp_path / "smdesk.db").exists()
    made = make_database(tmp_path)
    assert made.database.check_whole_file() == []
    made.database.dispose()
    assert sorted(path.name for path in tmp_path.glob("smdesk.db*")) == ["smdesk.db"]


def test_an_empty_file_is_damage_not_a_new_school(made: Made) -> None:
    made.database.dispose()
    made.folder.database.write_bytes(b"")
    with pytest.raises(Damaged, match="empty") as caught:
        open_database(made.folder.database, made.key)
    assert caught.value.file == "smdesk.db"
    assert made.folder.database.stat().st_size == 0


def test_another_key_does_not_open_it(made: Made) -> None:
    made.database.dispose()
    with pytest.raises(Damaged, match="not this school's"):
        open_database(made.folder.database, secrets.token_bytes(32))


def test_damage_names_the_file_and_offers_the_newest_usable_backup(made: Made) -> None:
    kept = backup.make(made.database, made.folder, "test", NOON)
    made.database.dispose()
    corrupt(made.folder.database, 100)
    with pytest.raises(Damaged) as caught:
        open_database(made.folder.database, made.key)
    assert caught.value.file == "smdesk.db"
    assert caught.value.backup == str(kept)
    assert backup.made_in_words(kept) in str(caught.value)


def test_without_a_backup_damage_says_where_to_look(made: Made) -> None:
    made.database.dispose()
    corrupt(made.folder.database, 100)
    with pytest.raises(Damaged, match="copy on another disk") as caught:
        open_database(made.folder.database, made.key)
    assert caught.value.backup is None


@pytest.fixture
def large(made: Made) -> Made:
    """Some hundred pages, all in the database file itself."""
    with made.database.writing() as session:
        for number in range(1, 801):
            add_incident(session, number, f"Comment {number} " + "said again " * 80)
    made.database.checkpoint()
    return made


def test_a_damaged_page_among_the_records_is_noticed_when_it_is_read(large: Made) -> None:
    path = large.folder.database
    large.database.dispose()
    pages = path.stat().st_size // 4096
    # The tables' descriptions lie in the first half, and the start reads them.
    for page in range(pages * 3 // 4, pages * 3 // 4 + 20):
        corrupt(path, page * 4096 + 500)
    database = open_database(path, large.key)
    try:
        with pytest.raises(Damaged), database.reading() as session:
            session.scalars(select(Incident.summary)).all()
        faults = database.check_whole_file()
        assert len(faults) == 20
        assert "HMAC" in faults[0]
        with pytest.raises(Damaged):
            backup.make(database, large.folder, "test", NOON)
        assert backup.listing(large.folder) == []
    finally:
        database.dispose()


def test_a_file_cut_short_is_noticed_at_the_start(large: Made) -> None:
    path = large.folder.database
    large.database.dispose()
    os.truncate(path, path.stat().st_size // 4096 // 2 * 4096)
    with pytest.raises(Damaged):
        open_database(path, large.key)


def test_a_newer_database_is_refused_with_both_versions(made: Made) -> None:
    with made.database.writing() as session:
        session.execute(text("UPDATE alembic_version SET version_num = '0999'"))
        session.execute(
            text("INSERT INTO applied_migration VALUES ('0999', '7.3.1', '2030-01-01T00:00:00Z')"),
        )
    made.database.dispose()
    before = made.folder.database.read_bytes()
    with pytest.raises(NewerVersion) as caught:
        open_database(made.folder.database, made.key)
    for part in ("7.3.1", "0999", migrations.HEAD):
        assert part in str(caught.value)
    assert made.folder.database.read_bytes() == before


def test_a_foreign_database_under_the_same_key_is_not_taken_for_records(tmp_path: Path) -> None:
    path, key = tmp_path / "smdesk.db", secrets.token_bytes(32)
    path.touch()
    connection = engine.connect(path, key)
    connection.execute("CREATE TABLE other (id INTEGER)")
    connection.close()
    with pytest.raises(Damaged, match="no SM Desk records"):
        open_database(path, key)


def test_an_old_sqlite_is_refused(made: Made, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(engine.dbapi2, "sqlite_version_info", (3, 51, 2))
    with pytest.raises(StorageProblem, match="SQLite"):
        open_database(made.folder.database, made.key)


def test_starting_up_does_not_import_alembic(made: Made) -> None:
    import subprocess
    import sys

    code = (
        "import sys; from pathlib import Path; from smdesk.db.engine import open_database\n"
        f"open_database(Path({str(made.folder.database)!r}), bytes.fromhex({made.key.hex()!r})).dispose()\n"
        "sys.exit('alembic' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_odd_characters_in_the_path(tmp_path: Path) -> None:
    made = make_database(tmp_path / "Schule #1 %20 ümlaut? (alt)")
    made.database.dispose()
    open_database(made.folder.database, made.key).dispose()
    assert [path.name for path in tmp_path.iterdir()] == ["Schule #1 %20 ümlaut? (alt)"]
