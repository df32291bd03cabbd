"""Kill -9, two windows at once, a full disk: with real processes on real files."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy import select, text

from smdesk.db import audit, backup, evidence, search
from smdesk.db.engine import Database, open_database
from smdesk.db.models import Evidence, Incident, User
from smdesk.paths import SchoolFolder
from tests.support.database import NOON, Made
from tests.support.small_disk import small_disk

ROOT = Path(__file__).resolve().parents[2]


def start(made: Made, name: str, argument: str = "-") -> subprocess.Popen[str]:
    command = [
        sys.executable,
        "-m",
        "tests.db.children",
        name,
        str(made.folder.database),
        made.key.hex(),
        argument,
    ]
    return subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True)


def finish(child: subprocess.Popen[str]) -> list[str]:
    output, _ = child.communicate(timeout=120)
    return output.split("\n")


@contextmanager
def reopened(made: Made) -> Iterator[Database]:
    database = open_database(made.folder.database, made.key)
    try:
        yield database
    finally:
        database.dispose()


def everything_sound(made: Made) -> set[int]:
    """Check the whole folder as ``verify`` does; returns the numbers of the incidents saved."""
    with reopened(made) as database:
        assert database.check_whole_file() == []
        with database.reading() as session:
            assert audit.verify(session) == []
            assert search.out_of_step(session) == []
            saved = set(session.scalars(select(Incident.number)))
            rows = session.scalars(select(Evidence)).all()
            lines = session.scalar(text("SELECT count(*) FROM audit_entry"))
    assert len(rows) == len(saved) == lines
    for row in rows:
        assert row.stored_name is not None
        assert row.file_key is not None
        fault = evidence.check(
            made.folder.evidence, row.stored_name, row.file_key, "evidence", row.sha256, row.size
        )
        assert fault is None
    return saved


def test_kill_9_at_any_moment_loses_no_saved_record(made: Made) -> None:
    made.database.dispose()
    acknowledged: set[int] = set()
    for number, wait in enumerate((0.03, 0.31, 0.11, 0.23, 0.17)):
        child = start(made, "save_for_ever", str(number * 10_000 + 1))
        assert child.stdout is not None
        assert child.stdout.readline() == "open\n"
        time.sleep(wait)
        child.kill()
        lines, _ = child.communicate(timeout=30)
        # A last line without its end was cut while being printed; its save was done before.
        acknowledged |= {int(line) for line in lines.split("\n")[:-1]}
        saved = everything_sound(made)
        assert acknowledged <= saved
        assert len(saved - acknowledged) <= number + 1  # at most the one being saved at the kill
    assert acknowledged


def test_a_file_left_by_a_kill_between_file_and_row_is_found(made: Made) -> None:
    lost = evidence.store(made.folder.evidence, b"x", "evidence")
    path = evidence.path_of(made.folder.evidence, lost.stored_name)
    later = path.stat().st_mtime + 2 * evidence.GRACE_SECONDS
    with made.database.reading() as session:
        known = set(session.scalars(select(Evidence.stored_name)))
    assert evidence.orphans(made.folder.evidence, {name for name in known if name}, later) == [path]


def test_two_windows_lose_no_update_of_each_other(made: Made) -> None:
    made.database.dispose()
    children = [start(made, "count_up", "150") for _ in range(3)]
    for child in children:
        finish(child)
    assert [child.returncode for child in children] == [0, 0, 0]
    with reopened(made) as database, database.reading() as session:
        assert session.scalars(select(User.version)).one() == 1 + 450


def test_two_windows_never_give_one_reference_twice(made: Made) -> None:
    made.database.dispose()
    children = [start(made, "number_incidents", "60") for _ in range(2)]
    for child in children:
        finish(child)
    assert [child.returncode for child in children] == [0, 0]
    with reopened(made) as database, database.reading() as session:
        assert sorted(session.scalars(select(Incident.number))) == list(range(1, 121))


def fills_up(made: Made, limit: str) -> None:
    lines = finish(start(made, "save_until_full", limit))
    saved = {int(line) for line in lines if line.isdigit()}
    (told,) = [line for line in lines if line.startswith("told: ")]
    assert "disk" in told
    assert "saved before" in told or "Nothing of this change was saved" in told
    assert f"readable: {len(saved)}" in lines
    assert saved
    assert everything_sound(made) == saved


def test_a_database_that_cannot_grow_is_told_and_harms_nothing(made: Made) -> None:
    made.database.dispose()
    fills_up(made, "pages:120")


def test_a_file_that_cannot_grow_is_told_and_harms_nothing(made: Made) -> None:
    made.database.dispose()
    size = made.folder.database.stat().st_size + 200_000
    fills_up(made, "pages:150" if os.name == "nt" else f"bytes:{size}")


def test_a_full_disk_is_told_and_harms_nothing(made: Made, tmp_path: Path) -> None:
    made.database.dispose()
    with small_disk(tmp_path / "small disk", 3) as disk:
        if disk is None:  # the nearest there is: the database says "full" by itself
            fills_up(made, "pages:200")
        else:
            shutil.copytree(made.folder.root, disk, dirs_exist_ok=True)
            fills_up(Made(made.database, SchoolFolder(disk), made.key), "none")


def test_killed_while_making_a_backup(made: Made) -> None:
    with made.database.writing() as session:
        session.execute(text("UPDATE user SET name = 'x'"))
    made.database.dispose()
    finished: set[str] = set()
    for wait in (0.05, 0.21, 0.13, 0.29):
        child = start(made, "back_up_for_ever")
        assert child.stdout is not None
        child.stdout.readline()
        time.sleep(wait)
        child.kill()
        lines, _ = child.communicate(timeout=30)
        finished |= set(lines.split("\n")[:-1])
    listed = backup.listing(made.folder)
    assert finished <= {each.path.name for each in listed}
    for each in listed:
        assert backup.check(each.path) == []


def test_a_killed_window_does_not_stand_in_the_way_of_a_restore(made: Made) -> None:
    path = backup.make(made.database, made.folder, "test", NOON)
    made.database.dispose()
    child = start(made, "save_for_ever", "1")
    assert child.stdout is not None
    child.stdout.readline()
    child.kill()
    child.communicate(timeout=30)
    backup.restore(made.folder, path, NOON)
    with reopened(made) as database, database.reading() as session:
        assert session.scalars(select(Incident)).all() == []
