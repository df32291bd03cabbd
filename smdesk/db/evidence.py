"""Files too large for the database: evidence and issued letters, each encrypted under a key of its own.

A file is written and flushed before the row that names it is saved, so a crash can leave a file without a row
(``orphans`` finds those) but never a row without its file. A stored file is never changed; removing it, or
only its key, is all that can happen to it.
"""

from __future__ import annotations

import io
import re
import secrets
import time
from collections.abc import Collection, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO

from sqlalchemy import select
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import InstrumentedAttribute

from smdesk.db.engine import Database
from smdesk.errors import SmdeskError, Tampered
from smdesk.security import filecrypt
from smdesk.security.files import storage_problem, sync_folder

_NAME = re.compile(r"[0-9a-f]{32}")

GRACE_SECONDS = 3600.0
"""A file younger than this may belong to a save that is still under way, so it is no orphan yet."""


@dataclass(frozen=True, slots=True)
class StoredFile:
    """Where a file went and how to get it back. ``sha256`` (hexadecimal) and ``size`` are of the plain content."""

    stored_name: str
    sha256: str
    size: int
    key: bytes = field(repr=False)


def store(root: Path, source: bytes | BinaryIO | Path, aad: str) -> StoredFile:
    """Encrypt ``source`` into ``root`` (the folder's evidence or papers) under a new name and a new key.

    ``aad`` says what kind of file it is and must be given again to read it. On return the file is on the disk
    for good. Raises StorageProblem; then nothing is left behind.
    """
    stored_name = secrets.token_hex(16)
    target = path_of(root, stored_name)
    key = filecrypt.new_key()
    _make_folder(target.parent)
    if isinstance(source, Path):
        try:
            with source.open("rb") as stream:
                digest = filecrypt.encrypt_to(stream, target, key, _bound(aad, stored_name))
        except OSError as error:
            raise storage_problem(error, source) from error
    else:
        opened = io.BytesIO(source) if isinstance(source, bytes) else source
        digest = filecrypt.encrypt_to(opened, target, key, _bound(aad, stored_name))
    return StoredFile(stored_name, digest.sha256, digest.size, key)


def read(root: Path, stored_name: str, key: bytes, aad: str) -> bytes:
    """The whole content. Raises Damaged or Tampered when it is not what was stored."""
    return filecrypt.decrypt_bytes(path_of(root, stored_name), key, _bound(aad, stored_name))


def stream(root: Path, stored_name: str, key: bytes, aad: str) -> Iterator[bytes]:
    """The content in pieces, for a video. Only when the last piece came was the file whole."""
    return filecrypt.decrypt(path_of(root, stored_name), key, _bound(aad, stored_name))


def check(root: Path, stored_name: str, key: bytes, aad: str, sha256: str, size: int) -> str | None:
    """Read the whole file and compare it with its record. Returns a sentence when something is wrong."""
    try:
        digest = filecrypt.digest_of(path_of(root, stored_name), key, _bound(aad, stored_name))
    except SmdeskError as error:
        return str(error)
    if (digest.sha256, digest.size) != (sha256, size):
        return f"{root.name}/{stored_name} holds something other than its record says."
    return None


def remove(root: Path, stored_name: str) -> None:
    """Delete a stored file whose row has already been emptied. A file that is gone already is fine."""
    target = path_of(root, stored_name)
    try:
        target.unlink(missing_ok=True)
        if target.parent.is_dir():
            sync_folder(target.parent)
    except OSError as error:
        raise storage_problem(error, target) from error


def remove_unless_saved(
    database: Database, root: Path, column: InstrumentedAttribute[str | None], stored_name: str
) -> None:
    """Delete a file whose save failed, unless a row names it all the same; raises nothing.

    A commit may report a failure (a disk that answers too late) and yet be on the disk: its row must keep its file.
    Where the records cannot be asked, the file stays, and ``orphans`` finds it later if no row knows it.
    ``column`` is where the names of files under ``root`` are kept.
    """
    with suppress(SmdeskError, SQLAlchemyError):
        with database.reading() as session:
            saved = session.scalar(select(column).where(column == stored_name))
        if saved is None:
            remove(root, stored_name)


def stored_names(root: Path) -> set[str]:
    """The names of all files stored under ``root``."""
    return {path.name for path in root.glob("??/*") if _NAME.fullmatch(path.name)}


def orphans(root: Path, known: Collection[str], now: float | None = None) -> list[Path]:
    """Files no row knows: left by a crash between a file and its row, or by half a write.

    Anything younger than GRACE_SECONDS is left out. ``now`` is in seconds since 1970.
    """
    now = time.time() if now is None else now
    wanted = set(known)
    found = []
    for path in sorted(root.glob("??/*")):
        if path.is_file() and path.name not in wanted:
            with suppress(FileNotFoundError):
                if now - path.stat().st_mtime > GRACE_SECONDS:
                    found.append(path)
    return found


def path_of(root: Path, stored_name: str) -> Path:
    """Where a stored file lies. Raises Tampered for a name SM Desk never gives, such as one with ``..`` in it."""
    if not _NAME.fullmatch(stored_name):
        raise Tampered(f"“{stored_name}” is not a name of a stored file. The record was changed.")
    return root / stored_name[:2] / stored_name


def _bound(aad: str, stored_name: str) -> bytes:
    """Binds the content to its kind and its name, so that no stored file can stand in for another."""
    return f"{aad}/{stored_name}".encode()


def _make_folder(folder: Path) -> None:
    if folder.is_dir():
        return
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        sync_folder(folder.parent)
    except OSError as error:
        raise storage_problem(error, folder) from error
