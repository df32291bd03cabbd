"""Writing files so that a power cut leaves the old one or the new one, never half of either.

A rename is only final once the *directory* has been flushed too; both are done here. Windows has no directory
flush and needs none for this (its rename is journalled with the file), so there it is left out.
"""

from __future__ import annotations

import contextlib
import errno
import os
import secrets
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

from smdesk.errors import StorageProblem

_FULL = {errno.ENOSPC, errno.EDQUOT} if hasattr(errno, "EDQUOT") else {errno.ENOSPC}
_DENIED = {errno.EACCES, errno.EPERM, errno.EROFS}
_LOCK_SECONDS = 10.0
_RENAME_TRIES = 20
_HELD_BRIEFLY = os.name == "nt"
"""On Windows a virus scanner, or a second window reading the old file, holds it for a moment."""


def storage_problem(error: OSError, path: Path) -> StorageProblem:
    """``error`` as a sentence naming the file and what to do."""
    if error.errno in _FULL:
        return StorageProblem(
            f"The disk is full, so {path.name} could not be written. Make room in {path.parent} and try again."
            " What was saved before is untouched."
        )
    if error.errno in _DENIED:
        return StorageProblem(
            f"{path} may not be read or written by this user account. Ask whoever looks after this computer to"
            " allow it, then try again."
        )
    if isinstance(error, FileNotFoundError):
        return StorageProblem(f"{path} is missing. If the folder was moved, open it where it is now.")
    reason = error.strerror or type(error).__name__
    return StorageProblem(f"{path} could not be read or written ({reason}). Check the disk and try again.")


def sync_folder(folder: Path) -> None:
    """Flush a folder's entries to the disk. Raises OSError."""
    if sys.platform != "win32":
        handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)


@contextlib.contextmanager
def writing_whole(target: Path) -> Iterator[BinaryIO]:
    """A new file for ``target``, readable by its owner only, that takes the old one's place when all is written.

    The file is flushed, renamed over ``target`` and the folder flushed when the block ends normally; on any
    error the temporary file is removed and ``target`` is as it was. Raises StorageProblem for disk errors.
    """
    temporary = target.with_name(f".{target.name}.{secrets.token_hex(6)}.part")
    try:
        handle = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0), 0o600)
        try:
            with os.fdopen(handle, "wb") as file:
                yield file
                file.flush()
                os.fsync(file.fileno())
            _rename(temporary, target)
        except BaseException:
            with contextlib.suppress(OSError):
                temporary.unlink(missing_ok=True)
            raise
        sync_folder(target.parent)
    except OSError as error:
        raise storage_problem(error, target) from error


def write_whole(target: Path, data: bytes) -> None:
    """``writing_whole`` for data already in memory. Raises StorageProblem."""
    with writing_whole(target) as file:
        file.write(data)


def read_limited(path: Path, limit: int) -> bytes | None:
    """The whole file, or None when it is longer than ``limit`` bytes (then little of it was read).

    Raises OSError, so that the caller can say what a missing file means.
    """
    with path.open("rb") as file:
        data = file.read(limit + 1)
    return None if len(data) > limit else data


@contextlib.contextmanager
def locked(path: Path, seconds: float = _LOCK_SECONDS) -> Iterator[None]:
    """Keep other processes and threads from changing ``path`` meanwhile, by a lock on ``path``.lock beside it.

    The operating system drops the lock when its process ends, however it ends, so there is no stale lock to
    guess about; the empty lock file itself stays. Raises StorageProblem when the lock is not had in ``seconds``.
    """
    lock = path.with_name(path.name + ".lock")
    try:
        handle = os.open(lock, os.O_RDWR | os.O_CREAT, 0o600)
    except OSError as error:
        raise storage_problem(error, lock) from error
    try:
        deadline = time.monotonic() + seconds
        while not _try_lock(handle):
            if time.monotonic() >= deadline:
                raise StorageProblem(
                    f"Another SM Desk window is changing {path.name}. Wait a moment and try again; if it stays"
                    " so, close the other window."
                )
            time.sleep(0.02)
        try:
            yield
        finally:
            _unlock(handle)
    finally:
        os.close(handle)


if sys.platform == "win32":
    import msvcrt

    def _try_lock(handle: int) -> bool:
        try:
            msvcrt.locking(handle, msvcrt.LK_NBLCK, 1)
        except OSError:
            return False
        return True

    def _unlock(handle: int) -> None:
        os.lseek(handle, 0, os.SEEK_SET)
        msvcrt.locking(handle, msvcrt.LK_UNLCK, 1)

else:
    import fcntl

    def _try_lock(handle: int) -> bool:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        return True

    def _unlock(handle: int) -> None:
        fcntl.flock(handle, fcntl.LOCK_UN)


def _rename(temporary: Path, target: Path) -> None:
    for _ in range(_RENAME_TRIES):
        try:
            temporary.replace(target)
        except PermissionError:
            if not _HELD_BRIEFLY:
                raise
            time.sleep(0.05)
        else:
            return
    temporary.replace(target)
