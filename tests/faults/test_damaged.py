"""A damaged, emptied, missing or newer folder: said which file, offered the newest backup, and brought back."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from sqlalchemy import text

from smdesk.db import backup
from smdesk.db.folder import Mount
from smdesk.errors import Damaged, NewerVersion, StorageProblem, UnsuitableFolder
from smdesk.paths import SchoolFolder
from smdesk.security import vault
from smdesk.services import backups, evidence, incidents, letters, session, setup, verify
from tests.faults.lived_in import ANSWERS, EVIDENCE_TEXT, MORNING, OFFICE, SUMMARY, Lived


def scramble(path: Path, start: int, length: int) -> None:
    content = bytearray(path.read_bytes())
    content[start : start + length] = bytes(byte ^ 0x5A for byte in content[start : start + length])
    path.write_bytes(content)


def shorten(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:5000])


DAMAGE: dict[str, Callable[[Path], None]] = {
    "its first page is scrambled": lambda path: scramble(path, 0, 4096),
    "every page is scrambled": lambda path: scramble(path, 0, path.stat().st_size),
    "it is cut short": shorten,
    "it is empty": lambda path: path.write_bytes(b"") and None,
    "another program's file lies there": lambda path: path.write_bytes(b"PK\x03\x04" * 9000) and None,
}


@pytest.mark.parametrize("what", DAMAGE)
def test_a_damaged_database_is_named_with_its_newest_backup_and_restored(lived: Lived, what: str) -> None:
    newest = backup.newest_usable(lived.folder)
    assert newest is not None
    DAMAGE[what](lived.folder.database)
    broken = lived.folder.database.read_bytes()
    with pytest.raises(Damaged) as caught:
        session.sign_in(lived.folder, "office", OFFICE, lambda: MORNING)
    assert caught.value.file == "smdesk.db"
    assert caught.value.backup == str(newest)
    assert "smdesk.db" in str(caught.value)
    assert backup.made_in_words(newest) in str(caught.value)
    assert lived.folder.database.read_bytes() == broken  # nothing is "repaired" behind anybody's back

    (choice,) = backups.choices(lived.folder)
    restored = backups.restore(lived.folder, choice.path, MORNING)
    assert restored.missing == ()
    assert restored.kept_aside is not None
    assert (restored.kept_aside / "smdesk.db").read_bytes() == broken
    everything_is_back(lived)


def everything_is_back(lived: Lived) -> None:
    with lived.signed_in() as office:
        assert incidents.open_incident(office, lived.incident).draft.summary == SUMMARY
        assert evidence.read(office, lived.evidence) == EVIDENCE_TEXT
        assert letters.issued_pdf(office, lived.letter).startswith(b"%PDF")
        assert verify.check(office) == []


def what_is_told(lived: Lived) -> list[str]:
    """What somebody hears who signs in and has everything checked."""
    try:
        with lived.signed_in() as office:
            return verify.check(office)
    except Damaged as error:
        return [str(error)]


def test_one_scrambled_page_anywhere_is_noticed_and_said(lived: Lived) -> None:
    """Every page carries its own seal: a flipped byte is never shown as a record."""
    path = lived.folder.database
    pristine = path.read_bytes()
    pages = len(pristine) // 4096
    assert what_is_told(lived) == []
    for page in range(0, pages, max(1, pages // 16)):
        path.write_bytes(pristine)
        for log in ("smdesk.db-wal", "smdesk.db-shm"):
            (lived.folder.root / log).unlink(missing_ok=True)
        scramble(path, page * 4096 + 2000, 1)
        told = what_is_told(lived)
        assert told, f"a flipped byte on page {page} of {pages} was not noticed"
        assert "smdesk.db" in told[0]
    (choice,) = backups.choices(lived.folder)
    backups.restore(lived.folder, choice.path, MORNING)
    everything_is_back(lived)


def test_a_missing_database_is_missed_and_not_made_anew(lived: Lived) -> None:
    lived.folder.database.unlink()
    state = session.folder_state(lived.folder)
    assert (state.state, "smdesk.db" in state.sentence) == ("damaged", True)
    assert state.backup is not None
    with pytest.raises(StorageProblem):
        session.sign_in(lived.folder, "office", OFFICE, lambda: MORNING)
    assert not lived.folder.database.exists()
    backups.restore(lived.folder, Path(state.backup), MORNING)
    everything_is_back(lived)


def test_a_backup_that_was_changed_is_not_offered(lived: Lived) -> None:
    newest = backup.newest_usable(lived.folder)
    assert newest is not None
    scramble(newest / "smdesk.db", 9000, 10)
    shorten(lived.folder.database)
    with pytest.raises(Damaged) as caught:
        session.sign_in(lived.folder, "office", OFFICE, lambda: MORNING)
    assert caught.value.backup is None
    with pytest.raises(Damaged, match="Nothing was changed"):
        backups.restore(lived.folder, newest, MORNING)


def test_a_database_of_a_newer_version_is_left_alone(lived: Lived) -> None:
    with lived.signed_in() as office, office.database.writing() as db:
        db.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    content = lived.folder.database.read_bytes()
    with pytest.raises(NewerVersion, match="9999"):
        session.sign_in(lived.folder, "office", OFFICE, lambda: MORNING)
    assert lived.folder.database.read_bytes() == content


@pytest.mark.parametrize("kind", ["cifs", "nfs4", "smb3", "fuse.sshfs"])
def test_a_folder_on_a_network_share_is_refused_at_every_door(
    lived: Lived, kind: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    from smdesk.db import folder as folders

    share = str(lived.folder.root.parent)
    monkeypatch.setattr(
        folders,
        "mounted",
        lambda: [mount_at("/", "ext4", "/dev/sda1"), mount_at(share, kind, "server:/office")],
    )
    state = session.folder_state(lived.folder)
    assert state.state == "unsuitable"
    assert "network share" in state.sentence
    fresh = SchoolFolder(lived.folder.root.parent / "new school")
    doors: list[Callable[[], object]] = [
        lambda: session.sign_in(lived.folder, "office", OFFICE, lambda: MORNING),
        lambda: session.recover(
            lived.folder, lived.recovery_code, "office", "a fresh password", lambda: MORNING, vault.TESTING
        ),
        lambda: setup.create_school(fresh, ANSWERS, lambda: MORNING, params=vault.TESTING),
    ]
    for door in doors:
        with pytest.raises(UnsuitableFolder, match="network share"):
            door()
    assert not fresh.root.exists()


def mount_at(point: str, kind: str, source: str) -> Mount:
    return Mount(point=point, kind=kind, source=source)


@pytest.mark.parametrize("where", [r"\\server\office\school", "//server/office/school"])
def test_a_share_written_the_windows_way_is_refused(where: str) -> None:
    with pytest.raises(UnsuitableFolder):
        session.sign_in(SchoolFolder(Path(where)), "office", OFFICE, lambda: MORNING)
    with pytest.raises(UnsuitableFolder):
        setup.create_school(SchoolFolder(Path(where)), ANSWERS, lambda: MORNING, params=vault.TESTING)


def test_a_mapped_drive_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    from smdesk.db import folder as folders

    monkeypatch.setattr(folders, "_ask_drive", lambda root: 4 if root == "Z:\\" else 3)
    with pytest.raises(UnsuitableFolder, match="mapped network drive"):
        setup.create_school(SchoolFolder(Path("Z:\\school")), ANSWERS, lambda: MORNING, params=vault.TESTING)
    assert session.folder_state(SchoolFolder(Path("Z:\\school"))).state == "unsuitable"
