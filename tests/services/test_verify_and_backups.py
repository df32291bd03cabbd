"""Checking everything, and getting it back."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import text

from smdesk.db import audit, search
from smdesk.db.models import Person
from smdesk.errors import Cancelled, Damaged, Invalid, NotAllowed, StorageProblem
from smdesk.paths import SchoolFolder
from smdesk.policy.vocabulary import Conduct, PersonKind
from smdesk.security import vault
from smdesk.security.permissions import Role
from smdesk.services import backups, incidents, letters, search_mending, session, setup, users, verify
from smdesk.services.context import Context
from smdesk.services.incident_records import IncidentDraft, PersonInIncident, PersonRole
from smdesk.services.letter_records import LetterKind

NOW = datetime(2026, 9, 7, 8, 0, tzinfo=UTC)
PASSWORD = "orange kettle window"


class Clock:
    now = NOW

    def __call__(self) -> datetime:
        return self.now


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A school with one issued letter."""
    folder = SchoolFolder(tmp_path_factory.mktemp("verify") / "school")
    people = (
        setup.NewUser("head", "Mrs H. Alder", "Headteacher", (Role.HEADTEACHER, Role.DSL), PASSWORD),
        setup.NewUser("office", "Ms B. Cedar", "", (Role.BUSINESS_MANAGER,), PASSWORD),
    )
    answers = setup.SetupAnswers(
        "Thistledown Primary School",
        "1 School Lane\nZZ1 1ZZ",
        people,
        phone="01632 960001",
        complaints_procedure="on our website",
    )
    setup.create_school(folder, answers, Clock(), params=vault.TESTING)
    office = session.sign_in(folder, "office", PASSWORD, Clock())
    head = session.sign_in(folder, "head", PASSWORD, Clock())
    with office.database.writing() as db:
        parent = Person(
            kind="parent",
            title="Ms",
            given_name="Anna",
            family_name="Quillfeather",
            sort_name="q",
            created_at=NOW,
        )
        db.add(parent)
        db.flush()
        search.index_person(db, parent.id)
        author = PersonInIncident(parent.id, PersonRole.AUTHOR, PersonKind.PARENT)
    draft = IncidentDraft(received_at=NOW, summary="Rude", conduct=(Conduct.ABUSIVE,), people=(author,))
    incident = incidents.save(office, draft).id
    letter = letters.draft(office, incident, LetterKind.INVITATION)
    letter = letters.submit(office, letter.id, letter.version)
    letter = letters.approve(head, letter.id, letter.version)
    letters.issue(office, letter.id, letter.version)
    for ctx in (office, head):
        session.sign_out(ctx)
    return folder.root


@pytest.fixture
def folder(template: Path, tmp_path: Path) -> SchoolFolder:
    shutil.copytree(template, tmp_path / "school")
    return SchoolFolder(tmp_path / "school")


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def office(folder: SchoolFolder, clock: Clock) -> Iterator[Context]:
    ctx = session.sign_in(folder, "office", PASSWORD, clock)
    yield ctx
    ctx.database.dispose()


def paper(folder: SchoolFolder) -> Path:
    (file,) = [path for path in folder.papers.rglob("*") if path.is_file()]
    return file


def test_a_sound_school_has_no_faults_and_progress_reaches_the_end(office: Context) -> None:
    told: list[tuple[int, int]] = []
    assert verify.check(office, lambda done, whole: told.append((done, whole))) == []
    assert told[-1][0] == told[-1][1]
    assert told == sorted(told)


def test_a_noted_line_of_the_chain_must_still_be_there(office: Context) -> None:
    with office.database.reading() as db:
        number, digest = audit.head(db)
    assert verify.check(office, expected_head=verify.parse_head(f"{number}:{digest.upper()}")) == []
    (fault,) = verify.check(office, expected_head=(number, "0" * 64))
    assert str(number) in fault
    with pytest.raises(Invalid, match="64"):
        verify.parse_head("12:xyz")


@pytest.mark.parametrize(
    ("statements", "said"),
    [
        (
            ("DROP TRIGGER audit_entry_unchanged", "UPDATE audit_entry SET action = 'x' WHERE seq = 3"),
            "line 3",
        ),
        (
            ("DROP TRIGGER letter_approved_unchanged", "UPDATE letter SET body = body || ' And pay.'"),
            "changed afterwards",
        ),
        (
            ("DROP TRIGGER letter_approved_unchanged", "UPDATE letter SET signature = zeroblob(64)"),
            "not its approver",
        ),
        (
            (
                "DROP TRIGGER letter_issued_unchanged",
                "UPDATE letter SET sha256 = replace(sha256, 'a', 'b') || 'c'",
            ),
            "Letter 2026/L0001",
        ),
        (
            ("DROP TRIGGER policy_profile_unchanged", "UPDATE policy_profile SET toml = toml || ' '"),
            "Version 1",
        ),
        (
            ("DROP TRIGGER signing_key_unchanged", "UPDATE signing_key SET public_key = zeroblob(32)"),
            "signing key",
        ),
        (
            ("DROP TRIGGER letter_issued_unchanged", "UPDATE letter SET issue_number = 2"),
            "numbered one after the other",
        ),
        (
            ("DROP TRIGGER letter_issued_unchanged", "UPDATE letter SET sha256 = lower(hex(zeroblob(32)))"),
            "2026/L0001 is not the one that was issued (audit line",
        ),
        (
            (
                "DROP TRIGGER letter_issued_unchanged",
                "DROP TRIGGER letter_approved_unchanged",
                "UPDATE letter SET status = 'draft', issue_year = NULL, issue_number = NULL",
            ),
            "2026/L0001 was issued (audit line",
        ),
        (("DELETE FROM incident_search",), "1 of the incidents cannot be found"),
        (("DELETE FROM person_search WHERE rowid = 1",), "1 of the people cannot be found"),
    ],
)
def test_what_was_changed_behind_the_programs_back_is_told(
    office: Context, statements: tuple[str, ...], said: str
) -> None:
    with office.database.writing() as db:
        for each in statements:
            db.execute(text(each))
    faults = verify.check(office)
    assert any(said in fault for fault in faults), faults


def test_the_search_is_made_anew_as_the_check_says(office: Context) -> None:
    with office.database.writing() as db:
        db.execute(text("DELETE FROM incident_search"))
        db.execute(text("INSERT INTO person_search (rowid, name) VALUES (7777, 'ghost')"))
    faults = verify.check(office)
    assert len(faults) == 2
    assert all("“Make the search anew”" in fault for fault in faults)
    steps: list[tuple[int, int]] = []

    def stop(done: int, whole: int) -> None:
        raise Cancelled("Cancelled.")

    assert search_mending.rebuild_search(office, lambda done, whole: steps.append((done, whole))) == []
    assert verify.check(office) == []
    with office.database.reading() as db:
        assert db.scalar(text("SELECT count(*) FROM audit_entry WHERE action = 'search.rebuilt'")) == 1
    with office.database.writing() as db:
        db.execute(text("DELETE FROM incident_search"))
        for number in range(8000, 8250):
            search_row = {"id": number, "name": f"Nobody {number}"}
            db.execute(text("INSERT INTO person_search (rowid, name) VALUES (:id, :name)"), search_row)
            db.add(Person(kind="parent", family_name=f"N{number}", sort_name=f"n{number}", created_at=NOW))
    with pytest.raises(Cancelled):
        search_mending.rebuild_search(office, stop)
    with office.database.reading() as db:  # left as it was
        assert db.scalar(text("SELECT count(*) FROM incident_search")) == 0
        assert db.scalar(text("SELECT count(*) FROM audit_entry WHERE action = 'search.rebuilt'")) == 1


def test_a_changed_and_a_missing_paper_are_told(office: Context, folder: SchoolFolder) -> None:
    file = paper(folder)
    content = bytearray(file.read_bytes())
    content[len(content) // 2] ^= 1
    file.write_bytes(content)
    (fault,) = verify.check(office)
    assert "2026/L0001" in fault
    file.unlink()
    (fault,) = verify.check(office)
    assert "2026/L0001" in fault


def test_a_stray_file_is_told_once_it_is_no_save_under_way(office: Context, folder: SchoolFolder) -> None:
    import os

    stray = paper(folder).with_name("0" * 32)
    stray.write_bytes(b"left over")
    assert verify.check(office) == []
    old = (datetime.now(UTC) - timedelta(days=1)).timestamp()
    os.utime(stray, (old, old))
    (fault,) = verify.check(office)
    assert "belongs to no record" in fault


def test_an_entry_of_keys_json_that_nobody_knows_is_told(office: Context, folder: SchoolFolder) -> None:
    vault.add_user(
        folder, office.database.data_key, vault.new_user_key(), "ghost", "walks at midnight", vault.TESTING
    )
    (fault,) = verify.check(office)
    assert "ghost" in fault


def test_a_key_exchanged_in_keys_json_is_told(office: Context, folder: SchoolFolder) -> None:
    entry = next(each for each in vault.list_users(folder) if each.login == "head")
    vault.reset_password(
        folder, office.database.data_key, entry.user_key, "smuggled in by hand", vault.TESTING
    )
    (fault,) = verify.check(office)
    assert "Mrs H. Alder" in fault


def test_a_damaged_database_is_told_instead_of_raised(office: Context, folder: SchoolFolder) -> None:
    office.database.checkpoint()
    size = folder.database.stat().st_size
    with folder.database.open("r+b") as file:
        file.seek(size - 3000)
        file.write(b"\x00" * 2000)
    assert verify.check(office)


def test_a_daily_backup_is_made_once_a_day(office: Context, clock: Clock) -> None:
    assert backups.make_if_due(office) is not None
    assert backups.make_if_due(office) is None
    clock.now += timedelta(hours=21)
    assert backups.make_if_due(office) is not None
    assert [row.reason for row in backups.listing(office)] == ["daily", "daily"]


def test_a_backup_brings_back_what_was_lost(office: Context, folder: SchoolFolder, clock: Clock) -> None:
    made = backups.make(office)
    session.sign_out(office)
    folder.database.write_bytes(b"")
    state = session.folder_state(folder)
    assert state.state == "damaged"
    assert state.backup == str(made)
    clock.now += timedelta(minutes=5)
    restored = backups.restore(folder, Path(state.backup), clock.now)
    assert restored.kept_aside is not None
    assert [row.path for row in backups.choices(folder)] == [made]
    ctx = session.sign_in(folder, "office", PASSWORD, clock)
    try:
        assert verify.check(ctx) == []
        assert len(letters.sorted_ids(ctx, "issued")) == 1
    finally:
        session.sign_out(ctx)


def test_damage_found_at_sign_in_offers_the_backup(
    office: Context, folder: SchoolFolder, clock: Clock
) -> None:
    made = backups.make(office)
    session.sign_out(office)
    with folder.database.open("r+b") as file:
        file.write(b"\x00" * 512)
    with pytest.raises(Damaged) as caught:
        session.sign_in(folder, "office", PASSWORD, clock)
    assert caught.value.backup == str(made)


def test_a_restore_waits_until_every_window_is_closed(office: Context, folder: SchoolFolder) -> None:
    made = backups.make(office)
    with pytest.raises(StorageProblem):
        backups.restore(folder, made)


def test_a_whole_copy_can_be_opened_elsewhere(office: Context, tmp_path: Path, clock: Clock) -> None:
    (tmp_path / "stick").mkdir()
    told: list[tuple[int, int]] = []
    backups.copy_to(office, tmp_path / "stick", lambda done, whole: told.append((done, whole)))
    (copy,) = (tmp_path / "stick").iterdir()
    ctx = session.sign_in(SchoolFolder(copy), "office", PASSWORD, clock)
    try:
        assert verify.check(ctx) == []
    finally:
        session.sign_out(ctx)
    assert told[-1][0] == told[-1][1]


def test_a_cancelled_copy_leaves_nothing(office: Context, tmp_path: Path) -> None:
    (tmp_path / "stick").mkdir()

    def stop(_done: int, _whole: int) -> None:
        raise Cancelled("Stopped.")

    with pytest.raises(Cancelled):
        backups.copy_to(office, tmp_path / "stick", stop)
    assert list((tmp_path / "stick").iterdir()) == []


def test_backups_are_for_the_office_and_administrators(folder: SchoolFolder, clock: Clock) -> None:
    head = session.sign_in(folder, "head", PASSWORD, clock)
    try:
        with pytest.raises(NotAllowed):
            backups.make(head)
        assert backups.make_if_due(head) is not None
        assert len(users.list_users(head)) == 2
        assert date(2026, 9, 7) == head.today()
    finally:
        session.sign_out(head)
