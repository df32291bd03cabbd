"""Whole files or none, and one writer at a time."""

from __future__ import annotations

import errno
import os
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from smdesk.errors import StorageProblem
from smdesk.security import files
from smdesk.security.files import locked, read_limited, storage_problem, write_whole, writing_whole


def test_an_error_half_way_leaves_the_old_file_and_no_other(tmp_path: Path) -> None:
    target = tmp_path / "keys.json"
    write_whole(target, b"old")

    def stop_half_way() -> None:
        with writing_whole(target) as file:
            file.write(b"half of the ne")
            raise KeyError("power")

    with pytest.raises(KeyError):
        stop_half_way()
    assert target.read_bytes() == b"old"
    assert os.listdir(tmp_path) == ["keys.json"]
    write_whole(target, b"new")
    assert target.read_bytes() == b"new"


def test_it_is_flushed_before_the_rename_and_the_folder_after(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    order: list[str] = []
    real_sync, real_replace = os.fsync, Path.replace

    def sync(handle: int) -> None:
        order.append("fsync folder" if os.path.isdir(f"/proc/self/fd/{handle}") else "fsync file")
        real_sync(handle)

    def rename(self: Path, target: Path) -> Path:
        order.append("rename")
        return real_replace(self, target)

    monkeypatch.setattr(os, "fsync", sync)
    monkeypatch.setattr(Path, "replace", rename)
    write_whole(tmp_path / "keys.json", b"new")
    assert [step.split(" ", maxsplit=1)[0] for step in order][:2] == ["fsync", "rename"]
    if sys.platform == "linux":
        assert order == ["fsync file", "rename", "fsync folder"]


@pytest.mark.parametrize(
    ("number", "says"),
    [
        (errno.ENOSPC, "disk is full"),
        (errno.EROFS, "may not be read or written"),
        (errno.EACCES, "may not be read or written"),
        (errno.ENOENT, "is missing"),
        (errno.EIO, "could not be read or written"),
    ],
)
def test_disk_errors_are_told_in_words(tmp_path: Path, number: int, says: str) -> None:
    problem = storage_problem(OSError(number, os.strerror(number)), tmp_path / "keys.json")
    assert says in str(problem)
    assert "keys.json" in str(problem)


def test_a_full_disk_leaves_nothing_behind(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    target = tmp_path / "keys.json"
    write_whole(target, b"old")

    def full(_handle: int) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(StorageProblem, match=r"disk is full, so keys\.json"):
        write_whole(target, b"new")
    assert target.read_bytes() == b"old"
    assert os.listdir(tmp_path) == ["keys.json"]


def test_a_missing_folder_is_a_storage_problem(tmp_path: Path) -> None:
    with pytest.raises(StorageProblem):
        write_whole(tmp_path / "gone" / "keys.json", b"")
    with pytest.raises(StorageProblem), locked(tmp_path / "gone" / "keys.json"):
        pass


def test_reading_stops_at_the_limit(tmp_path: Path) -> None:
    path = tmp_path / "f"
    path.write_bytes(b"12345")
    assert read_limited(path, 5) == b"12345"
    assert read_limited(path, 4) is None


def test_a_second_writer_waits_and_then_gives_up_in_words(tmp_path: Path) -> None:
    path = tmp_path / "keys.json"
    with locked(path):
        with (
            pytest.raises(StorageProblem, match=r"Another SM Desk window is changing keys\.json"),
            locked(path, 0.05),
        ):
            pass
        entered = threading.Event()

        def second() -> None:
            with locked(path):
                entered.set()

        thread = threading.Thread(target=second)
        thread.start()
        assert not entered.wait(0.1)
    thread.join(10)
    assert entered.is_set()


def test_a_killed_process_leaves_no_lock(tmp_path: Path) -> None:
    path = tmp_path / "keys.json"
    script = (
        "import sys, pathlib\n"
        "from smdesk.security.files import locked\n"
        "with locked(pathlib.Path(sys.argv[1])):\n"
        "    print('locked', flush=True)\n"
        "    sys.stdin.read()\n"
    )
    with subprocess.Popen(
        [sys.executable, "-c", script, str(path)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "locked\n"
        with pytest.raises(StorageProblem), locked(path, 0.05):
            pass
        process.kill()
    with locked(path, 1):
        pass


def test_a_rename_held_up_on_windows_is_tried_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    tries: list[int] = []

    def held(self: Path, target: Path) -> Path:
        tries.append(1)
        if len(tries) < 4:
            raise PermissionError(errno.EACCES, "held by another program")
        os.replace(self, target)
        return target

    monkeypatch.setattr(Path, "replace", held)
    monkeypatch.setattr(files, "_HELD_BRIEFLY", True)
    monkeypatch.setattr(files.time, "sleep", lambda _seconds: None)
    write_whole(tmp_path / "keys.json", b"new")
    assert len(tries) == 4
    monkeypatch.setattr(files, "_HELD_BRIEFLY", False)
    tries.clear()
    with pytest.raises(StorageProblem):
        write_whole(tmp_path / "keys.json", b"newer")
    assert len(tries) == 1
    assert (tmp_path / "keys.json").read_bytes() == b"new"
