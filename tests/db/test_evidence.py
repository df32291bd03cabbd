from __future__ import annotations

import hashlib
import io
import os
from pathlib import Path

import pytest

from smdesk.db import evidence
from smdesk.errors import Damaged, SmdeskError, StorageProblem, Tampered

CONTENT = b"\x89PNG a rude comment " * 20_000


@pytest.fixture
def root(tmp_path: Path) -> Path:
    return tmp_path / "evidence"


@pytest.mark.parametrize("how", ["bytes", "stream", "file"])
def test_what_goes_in_comes_out(root: Path, tmp_path: Path, how: str) -> None:
    original = tmp_path / "shot.png"
    original.write_bytes(CONTENT)
    source: bytes | io.BytesIO | Path = {"bytes": CONTENT, "stream": io.BytesIO(CONTENT), "file": original}[
        how
    ]
    stored = evidence.store(root, source, "evidence")
    assert (stored.sha256, stored.size) == (hashlib.sha256(CONTENT).hexdigest(), len(CONTENT))
    assert evidence.read(root, stored.stored_name, stored.key, "evidence") == CONTENT
    assert b"".join(evidence.stream(root, stored.stored_name, stored.key, "evidence")) == CONTENT
    assert (
        evidence.check(root, stored.stored_name, stored.key, "evidence", stored.sha256, stored.size) is None
    )


def test_the_disk_shows_neither_name_nor_content(root: Path) -> None:
    stored = evidence.store(root, CONTENT, "evidence")
    (path,) = [each for each in root.rglob("*") if each.is_file()]
    assert path == root / stored.stored_name[:2] / stored.stored_name
    assert b"rude" not in path.read_bytes()
    assert os.name == "nt" or path.stat().st_mode & 0o077 == 0
    assert "key=" not in repr(stored)


def test_the_same_picture_twice_looks_different(root: Path) -> None:
    first, second = (evidence.store(root, CONTENT, "evidence") for _ in range(2))
    assert first.key != second.key
    paths = [evidence.path_of(root, each.stored_name) for each in (first, second)]
    assert paths[0].read_bytes() != paths[1].read_bytes()


def test_every_kind_of_damage_is_a_sentence(root: Path) -> None:
    stored = evidence.store(root, CONTENT, "evidence")
    other = evidence.store(root, CONTENT, "evidence")
    path = evidence.path_of(root, stored.stored_name)
    whole = path.read_bytes()

    def fault(**wrong: object) -> str | None:
        values = {"aad": "evidence", "sha256": stored.sha256, "size": stored.size, **wrong}
        return evidence.check(root, stored.stored_name, stored.key, **values)

    assert fault() is None
    for damaged in (whole[:-1], whole[: len(whole) // 2], whole + b"x", b"", whole[:100] + b"!" + whole[101:],
                    evidence.path_of(root, other.stored_name).read_bytes()):  # fmt: skip
        path.write_bytes(damaged)
        assert stored.stored_name in (fault() or "")
        with pytest.raises((Tampered, Damaged)):
            evidence.read(root, stored.stored_name, stored.key, "evidence")
    path.unlink()
    assert "missing" in (fault() or "")
    path.write_bytes(whole)
    assert fault(aad="paper") is not None
    assert "something other" in (fault(sha256="0" * 64) or "")
    assert "something other" in (fault(size=1) or "")


@pytest.mark.parametrize("name", ["../../keys.json", "", "A" * 32, "a" * 31, "a" * 32 + "\n", "/etc/passwd"])
def test_a_name_that_was_tampered_with_leads_nowhere(root: Path, name: str) -> None:
    with pytest.raises(Tampered):
        evidence.read(root, name, b"k" * 32, "evidence")


def test_a_source_that_fails_half_way_leaves_nothing(root: Path) -> None:
    class Failing(io.RawIOBase):
        def __init__(self) -> None:
            self.given = 0

        def read(self, size: int = -1) -> bytes:
            self.given += 1
            if self.given > 3:
                raise OSError(5, "Input/output error")
            return b"x" * 65536

    with pytest.raises((SmdeskError, OSError)):
        evidence.store(root, Failing(), "evidence")  # reads like a file
    assert [each for each in root.rglob("*") if each.is_file()] == []
    with pytest.raises(StorageProblem, match="missing"):
        evidence.store(root, root / "not there", "evidence")


def test_files_without_a_row_are_found_once_they_are_old_enough(root: Path) -> None:
    known = evidence.store(root, b"a", "evidence")
    lost = evidence.store(root, b"b", "evidence")
    half = evidence.path_of(root, lost.stored_name).with_name(".half.part")
    half.write_bytes(b"x")
    now = half.stat().st_mtime
    assert evidence.orphans(root, {known.stored_name}, now + 60) == []
    found = evidence.orphans(root, {known.stored_name}, now + evidence.GRACE_SECONDS + 60)
    assert sorted(found) == sorted([half, evidence.path_of(root, lost.stored_name)])
    assert evidence.stored_names(root) == {known.stored_name, lost.stored_name}


def test_removing_is_final_and_may_be_repeated(root: Path) -> None:
    stored = evidence.store(root, b"a", "evidence")
    evidence.remove(root, stored.stored_name)
    evidence.remove(root, stored.stored_name)
    assert evidence.stored_names(root) == set()


def test_a_folder_that_may_not_be_written_is_said(tmp_path: Path) -> None:
    blocked = tmp_path / "evidence"
    blocked.write_bytes(b"a file where a folder belongs")
    with pytest.raises(StorageProblem):
        evidence.store(blocked, b"a", "evidence")
