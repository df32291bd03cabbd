"""Knowing whether another SM Desk window has the school's records open.

Restoring a backup moves the database away; a window that still had the old file open would go on saving into
it, and those records would be lost. Every open ``Database`` therefore holds a shared lock on a small file
beside the records, and a restore takes it alone. The operating system drops the lock however a process ends.
On Windows nothing is held: there an open file cannot be moved, so the restore itself fails and says so.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager

from smdesk.errors import StorageProblem
from smdesk.paths import SchoolFolder
from smdesk.security.files import storage_problem


def announce(folder: SchoolFolder) -> int | None:
    """Hold the records open. Returns what ``leave`` wants. Raises StorageProblem while they are being restored."""
    return _lock(folder, alone=False)


def leave(held: int | None) -> None:
    """Give up what ``announce`` returned."""
    if held is not None:
        os.close(held)


@contextmanager
def alone(folder: SchoolFolder) -> Iterator[None]:
    """Be the only one. Raises StorageProblem where any window, this one included, has the records open."""
    held = _lock(folder, alone=True)
    try:
        yield
    finally:
        leave(held)


if sys.platform == "win32":

    def _lock(folder: SchoolFolder, *, alone: bool) -> int | None:
        return None

else:
    import fcntl

    def _lock(folder: SchoolFolder, *, alone: bool) -> int | None:
        path = folder.root / "open.lock"
        try:
            handle = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
        except OSError as error:
            raise storage_problem(error, path) from error
        try:
            fcntl.flock(handle, (fcntl.LOCK_EX if alone else fcntl.LOCK_SH) | fcntl.LOCK_NB)
        except OSError as error:
            os.close(handle)
            if not isinstance(error, BlockingIOError):
                raise storage_problem(error, path) from error
            raise StorageProblem(
                "Another SM Desk window has these records open. Close every window of SM Desk and try again."
                if alone
                else "A backup is being restored into this folder. Wait until that is done and try again."
            ) from error
        return handle
