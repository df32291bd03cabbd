"""Encrypted files: what went in comes out, and nothing else ever does."""

from __future__ import annotations

import errno
import hashlib
import io
import os
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from smdesk.errors import Damaged, NewerVersion, StorageProblem, Tampered
from smdesk.security.filecrypt import CHUNK, decrypt, decrypt_bytes, digest_of, encrypt_to, new_key

KEY = bytes(range(32))
HEADER, SEALED = 32, CHUNK + 16
KEPT = (
    "534d4445534b46016711fbf529856794c5f04e1188d712106ffd34512a4a4f"
    "963afe5741236aa5a5b6ad6d3d763c50c6535f11127f332b9147b1c563a8bd"
)
SIZES = [0, 1, CHUNK - 1, CHUNK, CHUNK + 1, 3 * CHUNK, 3 * CHUNK + 17]


def stored(folder: Path, content: bytes, name: str = "a.bin", aad: bytes = b"a") -> Path:
    target = folder / name
    encrypt_to(io.BytesIO(content), target, KEY, aad)
    return target


def content_of(size: int) -> bytes:
    return (b"0123456789abcdef" * (size // 16 + 1))[:size]


@pytest.mark.parametrize("size", SIZES)
def test_what_went_in_comes_out(tmp_path: Path, size: int) -> None:
    content = content_of(size)
    target = tmp_path / "a.bin"
    digest = encrypt_to(io.BytesIO(content), target, KEY, b"a")
    assert decrypt_bytes(target, KEY, b"a") == content
    assert (digest.sha256, digest.size) == (hashlib.sha256(content).hexdigest(), size)
    assert digest_of(target, KEY, b"a") == digest
    assert os.listdir(tmp_path) == ["a.bin"]
    assert max(len(part) for part in decrypt(target, KEY, b"a")) <= CHUNK


class Dribble(io.RawIOBase):
    """Gives a few bytes at a time, as a pipe does."""

    def __init__(self, content: bytes) -> None:
        self._rest = content

    def read(self, size: int = -1) -> bytes:
        part, self._rest = self._rest[: min(size, 4099)], self._rest[min(size, 4099) :]
        return part


def test_a_slow_source_is_read_to_its_end(tmp_path: Path) -> None:
    content = content_of(2 * CHUNK + 5)
    encrypt_to(Dribble(content), tmp_path / "a.bin", KEY, b"a")
    assert decrypt_bytes(tmp_path / "a.bin", KEY, b"a") == content


def test_the_same_content_never_looks_the_same(tmp_path: Path) -> None:
    one, two = stored(tmp_path, b"x" * 100, "one"), stored(tmp_path, b"x" * 100, "two")
    assert one.read_bytes()[HEADER:] != two.read_bytes()[HEADER:]
    assert b"xxxx" not in one.read_bytes()


@pytest.mark.parametrize("size", [0, 1, CHUNK, 3 * CHUNK, 3 * CHUNK + 17])
def test_a_file_cut_short_anywhere_is_noticed(tmp_path: Path, size: int) -> None:
    target = stored(tmp_path, content_of(size))
    whole = target.read_bytes()
    ends = {HEADER + SEALED * number for number in range(4)} | {HEADER + 15, HEADER + 17, len(whole) - 1}
    for end in sorted(end for end in ends if end < len(whole)):
        target.write_bytes(whole[:end])
        with pytest.raises(Tampered, match=r"a\.bin is not what SM Desk stored"):
            decrypt_bytes(target, KEY, b"a")


def test_moved_repeated_removed_and_added_chunks_are_noticed(tmp_path: Path) -> None:
    target = stored(tmp_path, b"".join(bytes([number]) * CHUNK for number in range(4)))
    whole = target.read_bytes()
    head = whole[:HEADER]
    parts = [whole[at : at + SEALED] for at in range(HEADER, len(whole), SEALED)]
    assert len(parts) == 4
    for order in ([1, 0, 2, 3], [0, 2, 1, 3], [0, 0, 1, 2, 3], [0, 2, 3], [1, 2, 3], [3], [0, 1, 2, 3, 3]):
        target.write_bytes(head + b"".join(parts[number] for number in order))
        with pytest.raises(Tampered):
            decrypt_bytes(target, KEY, b"a")
    for extra in (b"\x00", b"appended", bytes(SEALED)):
        target.write_bytes(whole + extra)
        with pytest.raises(Tampered):
            decrypt_bytes(target, KEY, b"a")


def test_chunks_of_two_files_under_one_key_do_not_mix(tmp_path: Path) -> None:
    one = stored(tmp_path, b"1" * CHUNK * 2, "one").read_bytes()
    two = stored(tmp_path, b"2" * CHUNK * 2, "two").read_bytes()
    mixed = tmp_path / "mixed"
    mixed.write_bytes(one[: HEADER + SEALED] + two[HEADER + SEALED :])
    with pytest.raises(Tampered):
        decrypt_bytes(mixed, KEY, b"a")


def test_another_key_or_another_files_name_does_not_open_it(tmp_path: Path) -> None:
    target = stored(tmp_path, b"said about a child")
    for key, aad in ((new_key(), b"a"), (KEY, b"b"), (KEY, b"")):
        with pytest.raises(Tampered):
            decrypt_bytes(target, key, aad)


@settings(max_examples=80, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(place=st.integers(0, 200), change=st.integers(1, 255))
def test_every_changed_byte_is_noticed(tmp_path: Path, place: int, change: int) -> None:
    target = stored(tmp_path, b"a short text in a file")
    whole = bytearray(target.read_bytes())
    whole[place % len(whole)] ^= change
    target.write_bytes(whole)
    with pytest.raises((Tampered, Damaged, NewerVersion)):
        decrypt_bytes(target, KEY, b"a")


def test_other_files_missing_files_and_newer_files(tmp_path: Path) -> None:
    target = stored(tmp_path, b"text")
    whole = target.read_bytes()
    target.write_bytes(whole[:7] + b"\x02" + whole[8:])
    with pytest.raises(NewerVersion, match="newer SM Desk"):
        decrypt_bytes(target, KEY, b"a")
    for data in (b"", b"SMDESKF", b"\x89PNG" + bytes(100)):
        target.write_bytes(data)
        with pytest.raises(Damaged, match=r"a\.bin is damaged") as caught:
            decrypt_bytes(target, KEY, b"a")
        assert caught.value.file == "a.bin"
    target.unlink()
    with pytest.raises(Damaged, match="missing"):
        decrypt_bytes(target, KEY, b"a")


class FullAfter(io.BytesIO):
    """A source during whose reading the disk fills up."""

    def read(self, size: int | None = -1) -> bytes:
        if self.tell() > CHUNK:
            raise OSError(errno.ENOSPC, "No space left on device")
        return super().read(size)


def test_a_full_disk_leaves_no_half_file(tmp_path: Path) -> None:
    target = stored(tmp_path, b"the earlier one")
    with pytest.raises(StorageProblem, match="disk is full"):
        encrypt_to(FullAfter(content_of(3 * CHUNK)), target, KEY, b"a")
    assert decrypt_bytes(target, KEY, b"a") == b"the earlier one"
    assert os.listdir(tmp_path) == ["a.bin"]


def test_a_disk_that_is_really_full(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    # Linux has a device that is always full; elsewhere the write itself is made to say so.
    real_open, real_fdopen = os.open, os.fdopen
    device = Path("/dev/full")

    def open_full(path: str | Path, flags: int, mode: int = 0o777) -> int:
        handle = real_open(path, flags, mode)
        if device.exists() and str(path).endswith(".part"):
            os.close(handle)
            handle = real_open(device, os.O_WRONLY)
        return handle

    class FullFile(io.BytesIO):
        def write(self, _data: object) -> int:
            raise OSError(errno.ENOSPC, "No space left on device")

    def fdopen_full(handle: int, mode: str) -> object:
        if device.exists():
            return real_fdopen(handle, mode)
        os.close(handle)
        return FullFile()

    monkeypatch.setattr(os, "open", open_full)
    monkeypatch.setattr(os, "fdopen", fdopen_full)
    with pytest.raises(StorageProblem, match="disk is full"):
        encrypt_to(io.BytesIO(content_of(CHUNK * 2)), tmp_path / "a.bin", KEY, b"a")
    assert os.listdir(tmp_path) == []


def test_keys_of_the_wrong_length_are_a_bug(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="32 bytes"):
        encrypt_to(io.BytesIO(b""), tmp_path / "a", b"short", b"")
    assert len(new_key()) == 32
    assert new_key() != new_key()


def test_the_format_never_changes(tmp_path: Path) -> None:
    # A file written by version 1, kept here so that a later change cannot lock a school out of its evidence.
    target = tmp_path / "kept.bin"
    target.write_bytes(bytes.fromhex(KEPT))
    assert decrypt_bytes(target, KEY, b"kept") == b"kept for years"
