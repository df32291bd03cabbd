"""A copy of everything on another disk: database, keys, evidence and issued letters.

The copy is as encrypted as the original, so it may lie on a memory stick or a network share. It is laid out
like a school's folder and like a backup at once: ``backup.restore`` takes it, and it can be opened by itself
once it has been copied to a local disk.
"""

from __future__ import annotations

import hashlib
import os
import shutil
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from smdesk.db import backup, evidence
from smdesk.errors import Cancelled, StorageProblem
from smdesk.paths import SchoolFolder
from smdesk.security.files import storage_problem, sync_folder

if TYPE_CHECKING:
    from smdesk.db.engine import Database

_BLOCK = 1024 * 1024


@dataclass(frozen=True, slots=True)
class Copied:
    """Where the copy is, how much it holds, and which stored files were missing in the original already."""

    path: Path
    files: int
    size: int
    missing: tuple[str, ...]


def copy_all(
    database: Database,
    folder: SchoolFolder,
    destination: Path,
    now: datetime,
    *,
    progress: Callable[[int, int], None] | None = None,
    cancelled: Callable[[], bool] | None = None,
) -> Copied:
    """Copy the school's folder into a new folder under ``destination`` and read every file back.

    ``progress`` is told bytes done and bytes in all. The copy appears complete or not at all. Raises
    StorageProblem (no space, no permission, a place inside the school's own folder), Damaged, Cancelled.
    """
    if not destination.is_dir():
        raise StorageProblem(f"{destination} is not a folder. Choose one on another disk.")
    if destination.resolve().is_relative_to(folder.root.resolve()):
        raise StorageProblem(
            "The copy cannot go inside the school's own folder: it would be lost together with it. "
            "Choose a folder on another disk."
        )
    target = destination / f"SM Desk copy {now.astimezone(UTC):%Y-%m-%dT%H%M%S}"
    part = destination / f".{target.name}.part"
    if target.exists() or part.exists():
        raise StorageProblem(f"{target} exists already. It was left as it is; try again in a moment.")
    try:
        _check_space(folder, destination)
        part.mkdir(mode=0o700)
    except OSError as error:
        raise storage_problem(error, destination) from error
    try:
        copied = _fill(database, folder, part, now, progress or _no_progress, cancelled or _never)
        part.rename(target)
        with suppress(OSError):  # some network shares cannot flush a folder
            sync_folder(destination)
    except OSError as error:
        shutil.rmtree(part, ignore_errors=True)
        raise storage_problem(error, target) from error
    except BaseException:
        shutil.rmtree(part, ignore_errors=True)
        raise
    return Copied(target, copied.files, copied.size, copied.missing)


def _fill(
    database: Database,
    folder: SchoolFolder,
    part: Path,
    now: datetime,
    progress: Callable[[int, int], None],
    cancelled: Callable[[], bool],
) -> Copied:
    manifest = backup.write_into(database, folder, part, "copy to another disk", now)
    jobs: list[tuple[Path, Path, int]] = []
    missing = []
    for root, names in ((folder.evidence, manifest.evidence), (folder.papers, manifest.papers)):
        (part / root.name).mkdir(mode=0o700)
        for name in names:
            source = evidence.path_of(root, name)
            try:
                jobs.append((source, evidence.path_of(part / root.name, name), source.stat().st_size))
            except FileNotFoundError:
                missing.append(f"{root.name}/{name}")
    (part / folder.backups.name).mkdir(mode=0o700)
    done = sum((part / name).stat().st_size for name in manifest.files)
    total = done + sum(size for _, _, size in jobs)
    for source, target, size in jobs:
        if cancelled():
            raise Cancelled("The copy was stopped and removed. The school's folder is unchanged.")
        target.parent.mkdir(mode=0o700, exist_ok=True)
        _copy_checked(source, target)
        done += size
        progress(done, total)
    progress(total, total)
    return Copied(part, len(jobs) + len(manifest.files), total, tuple(missing))


def _copy_checked(source: Path, target: Path) -> None:
    digest = hashlib.sha256()
    with source.open("rb") as reader, target.open("xb") as writer:
        while block := reader.read(_BLOCK):
            digest.update(block)
            writer.write(block)
        writer.flush()
        os.fsync(writer.fileno())
    with target.open("rb") as reader:
        if hashlib.file_digest(reader, "sha256").digest() != digest.digest():
            raise StorageProblem(
                f"{target.name} did not arrive unchanged on {target.parent.parent.parent}. The copy was removed; "
                "the disk may be failing."
            )


def _check_space(folder: SchoolFolder, destination: Path) -> None:
    needed = folder.database.stat().st_size
    for root in (folder.evidence, folder.papers):
        needed += sum(path.stat().st_size for path in root.glob("??/*"))
    free = shutil.disk_usage(destination).free
    if free < needed:
        raise StorageProblem(
            f"{destination} has {free // 2**20} MB free, but the copy needs about {needed // 2**20 + 1} MB. "
            "Nothing was copied."
        )


def _no_progress(done: int, total: int) -> None:
    """Nobody is watching."""


def _never() -> bool:
    return False
