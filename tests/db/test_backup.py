from __future__ import annotations

import hashlib
import json
import shutil
from collections import namedtuple
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import select

from smdesk.db import audit, backup, evidence, presence, whole_copy
from smdesk.db.engine import open_database
from smdesk.db.models import Person
from smdesk.errors import Cancelled, Damaged, NewerVersion, StorageProblem
from smdesk.security import keysfile
from tests.support.database import NOON, Made, add_evidence, add_incident, add_person


def names(made: Made) -> list[str]:
    database = open_database(made.folder.database, made.key)
    try:
        with database.reading() as session:
            return list(session.scalars(select(Person.family_name).order_by(Person.id)))
    finally:
        database.dispose()


def add(made: Made, name: str) -> None:
    with made.database.writing() as session:
        add_person(session, name)


@pytest.fixture
def school(made: Made) -> Made:
    """One person, one piece of evidence, two audit lines, and a keys.json that is only bytes here."""
    add(made, "Quillfeather")
    stored = evidence.store(made.folder.evidence, b"a picture", "evidence")
    with made.database.writing() as session:
        add_evidence(
            session, add_incident(session, 1), "a.png", stored_name=stored.stored_name, file_key=stored.key
        )
        for _ in range(2):
            audit.write(session, actor_id=1, at=NOON, action="a.b", object_kind="a", object_id=1)
    made.folder.keys.write_bytes(b'{"not": "read here"}')
    return made


def test_a_backup_opens_with_the_same_key_and_says_what_it_holds(school: Made) -> None:
    path = backup.make(school.database, school.folder, "asked for", NOON)
    assert path == school.folder.backups / "2026-05-06T120000"
    assert sorted(each.name for each in path.iterdir()) == ["keys.json", "manifest.json", "smdesk.db"]
    assert school.database.check_copy(path / "smdesk.db") == []
    manifest = backup.read_manifest(path)
    with school.database.reading() as session:
        assert manifest.head == audit.head(session)
    assert manifest.evidence == tuple(evidence.stored_names(school.folder.evidence))
    assert manifest.papers == ()
    (listed,) = backup.listing(school.folder)
    assert (listed.path, listed.made_at, listed.reason) == (path, NOON, "asked for")
    assert backup.newest_usable(school.folder) == path


def test_a_backup_is_as_unreadable_as_the_original(school: Made) -> None:
    path = backup.make(school.database, school.folder, "test", NOON)
    for file in path.iterdir():
        raw = file.read_bytes()
        assert b"Quillfeather" not in raw
        assert b"SQLite format" not in raw
        assert file.stat().st_mode & 0o077 == 0


def test_a_backup_while_another_window_saves_holds_one_moment(school: Made) -> None:
    other = open_database(school.folder.database, school.key)
    try:
        with other.writing() as session:
            add_person(session, "Half")
            path = backup.make(school.database, school.folder, "test", NOON)
            add_person(session, "Done")
    finally:
        other.dispose()
    with school.database.copy(path / "smdesk.db") as connection:
        assert connection.execute("SELECT family_name FROM person").fetchall() == [("Quillfeather",)]


def test_two_backups_in_one_second_have_names_of_their_own(school: Made) -> None:
    made = [backup.make(school.database, school.folder, str(number), NOON) for number in range(11)]
    assert len(set(made)) == 11
    assert [each.reason for each in backup.listing(school.folder)] == [
        str(number) for number in range(10, -1, -1)
    ]


def test_a_disk_that_fills_up_leaves_no_half_backup(school: Made, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*args: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(backup, "write_whole", full)
    with pytest.raises(StorageProblem, match="full"):
        backup.make(school.database, school.folder, "test", NOON)
    assert list(school.folder.backups.iterdir()) == []


def test_damage_in_a_backup_is_noticed_and_the_one_before_is_offered(school: Made) -> None:
    older = backup.make(school.database, school.folder, "older", NOON)
    newer = backup.make(school.database, school.folder, "newer", NOON + timedelta(days=1))
    raw = bytearray((newer / "smdesk.db").read_bytes())
    raw[5000] ^= 1
    (newer / "smdesk.db").write_bytes(raw)
    assert "has changed" in backup.check(newer)[0]
    assert backup.newest_usable(school.folder) == older
    (older / "keys.json").unlink()
    assert "missing" in backup.check(older)[0]
    assert backup.newest_usable(school.folder) is None


@pytest.mark.parametrize(
    "manifest",
    [b"", b"{", b"[]", b"null", b'{"version": 1}', b'{"version": 1, "files": []}', b"\xff\xfe",
     (b'{"version":1,"made_at":"x","reason":"","app_version":"","revision":"","head":[0,""],"evidence":[],"papers":[],'
     b'"files":{"smdesk.db":"0"}}'),
     (b'{"version":1,"made_at":"2026-01-01T00:00:00Z","reason":"","app_version":"","revision":"","head":[0,""],'
     b'"evidence":[],"papers":[],"files":{"smdesk.db":"0","../../x":"0"}}')],
)  # fmt: skip
def test_a_manifest_that_is_not_one(school: Made, manifest: bytes) -> None:
    path = backup.make(school.database, school.folder, "test", NOON)
    (path / "manifest.json").write_bytes(manifest)
    with pytest.raises(Damaged, match="manifest"):
        backup.read_manifest(path)
    assert backup.check(path) != []
    assert backup.listing(school.folder) == []
    assert backup.newest_usable(school.folder) is None


def test_a_manifest_of_a_newer_program(school: Made) -> None:
    path = backup.make(school.database, school.folder, "test", NOON)
    (path / "manifest.json").write_text(json.dumps({"version": 2}), encoding="utf-8")
    with pytest.raises(NewerVersion):
        backup.read_manifest(path)


def test_restoring_puts_the_records_back_and_keeps_what_was_there(school: Made) -> None:
    path = backup.make(school.database, school.folder, "test", NOON)
    add(school, "Later")
    school.database.dispose()
    wal = school.folder.database.with_name("smdesk.db-wal")
    wal.write_bytes(b"a log left by a crash")
    school.folder.database.write_bytes(b"damaged")
    done = backup.restore(school.folder, path, NOON)
    assert done.missing == ()
    assert done.kept_aside == school.folder.root / "before-restore-2026-05-06T120000"
    assert (done.kept_aside / "smdesk.db").read_bytes() == b"damaged"
    assert (done.kept_aside / "smdesk.db-wal").read_bytes() == b"a log left by a crash"
    assert not wal.exists()
    assert names(school) == ["Quillfeather"]
    assert done.keys_restored  # the test's keys.json is not a sound one
    assert backup.check(path) == []


def test_restoring_again_keeps_both_former_states(school: Made) -> None:
    path = backup.make(school.database, school.folder, "test", NOON)
    school.database.dispose()
    first = backup.restore(school.folder, path, NOON)
    second = backup.restore(school.folder, path, NOON)
    assert first.kept_aside != second.kept_aside
    assert first.kept_aside is not None
    assert (first.kept_aside / "smdesk.db").is_file()


def test_restoring_where_nothing_is_left(school: Made) -> None:
    path = backup.make(school.database, school.folder, "test", NOON)
    school.database.dispose()
    for each in school.folder.root.glob("smdesk.db*"):
        each.unlink()
    school.folder.keys.unlink()
    done = backup.restore(school.folder, path, NOON)
    assert done.kept_aside is None
    assert done.keys_restored
    assert names(school) == ["Quillfeather"]


def test_sound_keys_of_the_same_school_stay(school: Made, monkeypatch: pytest.MonkeyPatch) -> None:
    Keys = namedtuple("Keys", "vault_id")
    monkeypatch.setattr(keysfile, "read", lambda path: Keys("same"))
    path = backup.make(school.database, school.folder, "test", NOON)
    school.database.dispose()
    school.folder.keys.write_bytes(b"changed passwords")
    assert not backup.restore(school.folder, path, NOON).keys_restored
    assert school.folder.keys.read_bytes() == b"changed passwords"
    done = backup.restore(school.folder, path, NOON, old_passwords=True)
    assert done.keys_restored
    assert done.kept_aside is not None
    assert (done.kept_aside / "keys.json").read_bytes() == b"changed passwords"
    assert school.folder.keys.read_bytes() == b'{"not": "read here"}'


def test_keys_of_another_school_do_not_stay(school: Made, monkeypatch: pytest.MonkeyPatch) -> None:
    Keys = namedtuple("Keys", "vault_id")
    monkeypatch.setattr(keysfile, "read", lambda path: Keys(path.parent.name))
    path = backup.make(school.database, school.folder, "test", NOON)
    school.database.dispose()
    assert backup.restore(school.folder, path, NOON).keys_restored


def test_restoring_says_which_files_are_gone(school: Made) -> None:
    path = backup.make(school.database, school.folder, "test", NOON)
    school.database.dispose()
    shutil.rmtree(school.folder.evidence)
    (missing,) = backup.restore(school.folder, path, NOON).missing
    assert missing == f"evidence/{backup.read_manifest(path).evidence[0]}"


def test_restoring_refuses_while_a_window_is_open(school: Made) -> None:
    path = backup.make(school.database, school.folder, "test", NOON)
    with pytest.raises(StorageProblem, match="Another SM Desk window"):
        backup.restore(school.folder, path, NOON)
    add(school, "Still saving")
    school.database.dispose()
    assert names(school) == ["Quillfeather", "Still saving"]


def test_no_window_opens_while_a_restore_is_under_way(school: Made) -> None:
    school.database.dispose()
    with presence.alone(school.folder), pytest.raises(StorageProblem, match="restored"):
        open_database(school.folder.database, school.key)
    open_database(school.folder.database, school.key).dispose()


def test_a_damaged_backup_is_not_restored(school: Made) -> None:
    path = backup.make(school.database, school.folder, "test", NOON)
    school.database.dispose()
    (path / "smdesk.db").write_bytes(b"")
    before = school.folder.database.read_bytes()
    with pytest.raises(Damaged, match="Nothing was changed"):
        backup.restore(school.folder, path, NOON)
    assert school.folder.database.read_bytes() == before


def test_a_restore_that_cannot_write_changes_nothing(school: Made, monkeypatch: pytest.MonkeyPatch) -> None:
    path = backup.make(school.database, school.folder, "test", NOON)
    school.database.dispose()

    def full(source: Path, target: Path) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(backup, "_copy_file", full)
        with pytest.raises(StorageProblem, match="full"):
            backup.restore(school.folder, path, NOON)
    assert names(school) == ["Quillfeather"]
    assert not list(school.folder.root.glob(".*.restoring"))


def test_pruning_keeps_the_newest_and_one_a_month(school: Made) -> None:
    first = backup.make(school.database, school.folder, "x", datetime(2026, 1, 5, tzinfo=UTC))
    stays = {first.name}
    for day in (
        "2026-02-01",
        "2026-02-20",
        "2026-03-01",
        "2026-03-30",
        "2026-04-01",
        "2026-04-02",
        "2026-04-03",
    ):
        shutil.copytree(first, school.folder.backups / f"{day}T080000")
    (school.folder.backups / "my own notes").mkdir()
    removed = backup.prune(school.folder, keep=2)
    left = {path.name for path in school.folder.backups.iterdir()}
    stays |= {
        "2026-02-20T080000",
        "2026-03-30T080000",
        "2026-04-02T080000",
        "2026-04-03T080000",
        "my own notes",
    }
    assert left == stays
    assert {path.name for path in removed} == {"2026-02-01T080000", "2026-03-01T080000", "2026-04-01T080000"}
    assert backup.prune(school.folder, keep=2) == []


def test_pruning_never_takes_the_last_usable_one(school: Made) -> None:
    usable = backup.make(school.database, school.folder, "x", datetime(2026, 4, 1, tzinfo=UTC))
    for day in ("2026-04-02", "2026-04-03"):
        shutil.copytree(usable, school.folder.backups / f"{day}T080000")
        (school.folder.backups / f"{day}T080000" / "smdesk.db").write_bytes(b"damaged")
    backup.prune(school.folder, keep=1)
    assert backup.newest_usable(school.folder) == usable
    with pytest.raises(ValueError, match="At least one"):
        backup.prune(school.folder, keep=0)


@pytest.fixture
def stick(tmp_path: Path) -> Path:
    path = tmp_path / "stick"
    path.mkdir()
    return path


def test_a_whole_copy_opens_by_itself_and_can_be_restored(school: Made, stick: Path) -> None:
    seen: list[tuple[int, int]] = []
    copied = whole_copy.copy_all(
        school.database, school.folder, stick, NOON, progress=lambda done, total: seen.append((done, total))
    )
    assert seen[-1][0] == seen[-1][1] == copied.size
    assert copied.missing == ()
    assert copied.files == 3
    assert [path.name for path in stick.iterdir()] == ["SM Desk copy 2026-05-06T120000"]
    names_in_original = evidence.stored_names(school.folder.evidence)
    assert evidence.stored_names(copied.path / "evidence") == names_in_original
    for file in copied.path.rglob("*"):
        assert file.is_dir() or b"Quillfeather" not in file.read_bytes()
    alone = open_database(copied.path / "smdesk.db", school.key)
    alone.dispose()

    add(school, "Later")
    school.database.dispose()
    shutil.rmtree(school.folder.evidence)
    done = backup.restore(school.folder, copied.path, NOON)
    assert done.missing == ()
    assert evidence.stored_names(school.folder.evidence) == names_in_original
    assert names(school) == ["Quillfeather"]


def test_a_whole_copy_does_not_go_into_the_school_itself(school: Made) -> None:
    for inside in (school.folder.root, school.folder.backups, school.folder.root / "evidence" / ".."):
        with pytest.raises(StorageProblem, match="own folder"):
            whole_copy.copy_all(school.database, school.folder, inside, NOON)
    with pytest.raises(StorageProblem, match="not a folder"):
        whole_copy.copy_all(school.database, school.folder, school.folder.root / "nowhere", NOON)


def test_a_whole_copy_that_was_stopped_leaves_nothing(school: Made, stick: Path) -> None:
    with pytest.raises(Cancelled):
        whole_copy.copy_all(school.database, school.folder, stick, NOON, cancelled=lambda: True)
    assert list(stick.iterdir()) == []


def test_a_whole_copy_says_what_was_missing_already(school: Made, stick: Path) -> None:
    shutil.rmtree(school.folder.evidence)
    copied = whole_copy.copy_all(school.database, school.folder, stick, NOON)
    assert len(copied.missing) == 1


def test_a_whole_copy_without_room_is_refused_before_it_starts(
    school: Made, stick: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    Usage = namedtuple("Usage", "total used free")
    monkeypatch.setattr(shutil, "disk_usage", lambda path: Usage(10, 9, 1))
    with pytest.raises(StorageProblem, match="MB free"):
        whole_copy.copy_all(school.database, school.folder, stick, NOON)
    assert list(stick.iterdir()) == []


def test_a_failing_stick_is_noticed(school: Made, stick: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    class Flipped:
        """What came back from the stick differs from what went there."""

        def digest(self) -> bytes:
            return b"something else"

    def differently(file: object, name: str) -> object:
        path = Path(str(getattr(file, "name", "")))
        return Flipped() if path.parent.parent.name == "evidence" else file_digest(file, name)

    file_digest = hashlib.file_digest
    monkeypatch.setattr(hashlib, "file_digest", differently)
    with pytest.raises(StorageProblem, match="did not arrive unchanged"):
        whole_copy.copy_all(school.database, school.folder, stick, NOON)
    assert list(stick.iterdir()) == []


def test_a_backup_is_named_by_the_day_and_hour_people_know(tmp_path: Path) -> None:
    # 18:30 in UTC is half past seven in summer.
    assert backup.made_in_words(tmp_path / "2026-07-01T183000") == "1 July 2026 at 19:30"
    assert backup.made_in_words(tmp_path / "2026-11-21T064127-2") == "21 November 2026 at 06:41"
    assert backup.made_in_words(tmp_path / "copy") == "copy"
