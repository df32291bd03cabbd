"""The files a case file is made in, so that nothing of it stays behind: not on Cancel, not when the program is killed.

Pieces go to temporary files without a name, beside the place it is saved to (the disk the person chose): the system
takes them away however the program ends. Only the finished file has a name for the moment in which it is written; one
that a power cut or a kill leaves behind is known by that name and cleared away the next time.
"""

from __future__ import annotations

import contextlib
import os
import secrets
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO, Final, cast

from smdesk.errors import StorageProblem
from smdesk.security.files import storage_problem, sync_folder
from smdesk.security.permissions import Permission
from smdesk.services import settings
from smdesk.services.context import Context, needs

PREFIX: Final = ".smdesk-case-file-"
SUFFIX: Final = ".part"
PLACE: Final = "case_file_place"
"""The user's setting that holds the folder a case file is just being written to."""
_CHUNK: Final = 1024 * 1024


@needs(Permission.OWN_SETTINGS)
def clear_strays(ctx: Context) -> int:
    """Remove what a killed program left where this user was just saving a case file. Returns how many files."""
    place = settings.get(ctx, PLACE, "")
    if not place:
        return 0
    gone = sweep(Path(str(place)))
    settings.put(ctx, PLACE, "")
    return gone


def new_file(folder: Path) -> BinaryIO:
    """A temporary file in ``folder``, gone when it is closed or the program ends. Raises StorageProblem."""
    try:
        return cast(BinaryIO, tempfile.TemporaryFile(prefix=PREFIX, suffix=SUFFIX, dir=folder))
    except OSError as error:
        raise storage_problem(error, folder / "case file") from error


@contextlib.contextmanager
def named(source: BinaryIO, target: Path) -> Iterator[Path]:
    """``source`` as a file beside ``target``, on the disk for good; it takes the target's place when the block ends.

    Where the block raises, the target is as it was and nothing is left. Raises StorageProblem.
    """
    part = target.with_name(f"{PREFIX}{secrets.token_hex(8)}{SUFFIX}")
    try:
        with contextlib.ExitStack() as stack:
            try:
                handle = os.open(part, os.O_RDWR | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0), 0o600)
                file = stack.enter_context(os.fdopen(handle, "r+b"))
                _lock(file)
                source.seek(0)
                while chunk := source.read(_CHUNK):
                    file.write(chunk)
                file.flush()
                os.fsync(file.fileno())
            except OSError as error:
                raise storage_problem(error, target) from error
            yield part
        try:
            os.replace(part, target)
            sync_folder(target.parent)
        except OSError as error:
            raise storage_problem(error, target) from error
    finally:
        with contextlib.suppress(OSError):
            part.unlink(missing_ok=True)


def sweep(folder: Path) -> int:
    """Remove what a killed program left in ``folder``; what another window is just writing stays. Returns how many."""
    gone = 0
    with contextlib.suppress(OSError):
        for stray in sorted(folder.glob(f"{PREFIX}*{SUFFIX}")):
            with contextlib.suppress(OSError):
                with stray.open("rb") as file:
                    _lock(file)  # refused while somebody writes it
                stray.unlink()
                gone += 1
    return gone


def _lock(file: BinaryIO) -> None:
    """Say that this file is being written. Raises OSError where somebody else says so.

    Windows needs none: what is open there cannot be removed.
    """
    if sys.platform != "win32":
        import fcntl

        fcntl.flock(file.fileno(), fcntl.LOCK_EX | fcntl.LOCK_NB)


def check_place(file: Path) -> None:
    """Raise StorageProblem where nothing can be saved: told before minutes of work, not after them."""
    if not file.parent.is_dir():
        raise StorageProblem(
            f"“{file.name}” cannot be saved in {file.parent}: the folder does not exist. Choose another place."
        )
    try:
        with new_file(file.parent) as probe:
            probe.write(b"\0")
    except OSError as error:
        raise storage_problem(error, file) from error
