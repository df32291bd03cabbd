"""Backups inside the school's folder: made before every upgrade and on request, checked, restored, thinned out.

A backup is a folder ``backups/YYYY-MM-DDTHHMMSS`` (UTC) with the encrypted database, ``keys.json`` and
``manifest.json``. Stored files (evidence, issued letters) are never changed once written, so they are not
copied again each time; the manifest lists those the database refers to, and a restore says which are missing.
``whole_copy`` makes the backup that goes to another disk, with everything in it.

The database is copied by SQLite itself (VACUUM INTO): a plain copy of a file in use is sometimes torn.
"""

from __future__ import annotations

import hashlib
import json
import re
import shutil
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from smdesk.db import evidence, presence
from smdesk.db.models.base import from_utc_text, utc_text
from smdesk.errors import Damaged, NewerVersion, SmdeskError
from smdesk.paths import SchoolFolder
from smdesk.policy.words import written_day
from smdesk.security import keysfile
from smdesk.security.files import storage_problem, sync_folder, write_whole, writing_whole

if TYPE_CHECKING:
    from smdesk.db.engine import Database

_NAME = re.compile(r"\d{4}-\d{2}-\d{2}T\d{6}(-\d+)?")
_MANIFEST = "manifest.json"
_MANIFEST_VERSION = 1
_MANIFEST_LIMIT = 64 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class Manifest:
    """What a backup holds. ``files`` maps a file's name to its SHA-256; ``evidence`` and ``papers`` are the
    stored names the database refers to; ``head`` is the audit chain's last number and hash.
    """

    made_at: str
    reason: str
    app_version: str
    revision: str
    head: tuple[int, str]
    files: dict[str, str]
    evidence: tuple[str, ...]
    papers: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Backup:
    """One line of the list of backups."""

    path: Path
    made_at: datetime
    reason: str
    size: int
    """Bytes of the database copy."""


@dataclass(frozen=True, slots=True)
class Restored:
    """What a restore did: where the former files are kept now, and which stored files are nowhere to be found."""

    kept_aside: Path | None
    missing: tuple[str, ...]
    keys_restored: bool
    """False where the present keys.json was sound and stayed: passwords changed since then still hold."""


def make(database: Database, folder: SchoolFolder, reason: str, now: datetime) -> Path:
    """Write and check a backup; returns its folder. It appears complete or not at all.

    Raises StorageProblem (disk full …) or Damaged when the database itself cannot be read to its end.
    """
    stamp = now.astimezone(UTC).strftime("%Y-%m-%dT%H%M%S")
    target = folder.backups / stamp
    number = 1
    while target.exists():
        number += 1
        target = folder.backups / f"{stamp}-{number}"
    part = folder.backups / f".{target.name}.part"
    try:
        folder.backups.mkdir(mode=0o700, parents=True, exist_ok=True)
        for leftover in folder.backups.glob(".*.part"):
            if leftover.stat().st_mtime < now.timestamp() - 24 * 3600:
                shutil.rmtree(leftover, ignore_errors=True)
        part.mkdir(mode=0o700)
    except OSError as error:
        raise storage_problem(error, folder.backups) from error
    try:
        write_into(database, folder, part, reason, now)
        part.rename(target)
        sync_folder(folder.backups)
    except OSError as error:
        shutil.rmtree(part, ignore_errors=True)
        raise storage_problem(error, target) from error
    except BaseException:
        shutil.rmtree(part, ignore_errors=True)
        raise
    return target


def write_into(database: Database, folder: SchoolFolder, part: Path, reason: str, now: datetime) -> Manifest:
    """Write database copy, keys and manifest into the existing, empty folder ``part``; returns the manifest."""
    from smdesk import __version__

    copy = part / folder.database.name
    database.write_copy(copy)
    if faults := database.check_copy(copy):
        raise Damaged(
            f"The backup could not be made, because its database did not pass the check: {faults[0]} "
            "The records may be damaged: run “smdesk verify”.",
            folder.database.name,
        )
    with database.copy(copy) as connection:
        head = connection.execute("SELECT seq, hash FROM audit_entry ORDER BY seq DESC LIMIT 1").fetchone()
        revision = connection.execute("SELECT version_num FROM alembic_version").fetchone()
        tables = {row[0] for row in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
        # Files of incidents, exceptions and all else lie in one folder. Before an upgrade there may be none of those.
        stored, papers = (
            sorted(
                row[0]
                for table in each
                if table in tables
                for row in connection.execute(
                    f"SELECT stored_name FROM {table} WHERE stored_name IS NOT NULL"  # noqa: S608  fixed names
                )
            )
            for each in (("evidence", "connection_file", "attached_file"), ("letter", "issued_paper"))
        )
    files = {copy.name: _sha256(copy)}
    if folder.keys.is_file():
        write_whole(part / folder.keys.name, folder.keys.read_bytes())
        files[folder.keys.name] = _sha256(part / folder.keys.name)
    manifest = Manifest(
        made_at=utc_text(now),
        reason=reason,
        app_version=__version__,
        revision="" if revision is None else str(revision[0]),
        head=(0, "") if head is None else (int(head[0]), str(head[1])),
        files=files,
        evidence=tuple(stored),
        papers=tuple(papers),
    )
    text = json.dumps({"version": _MANIFEST_VERSION, **asdict(manifest)}, indent=1)
    write_whole(part / _MANIFEST, text.encode())
    return manifest


def listing(folder: SchoolFolder) -> list[Backup]:
    """The backups in the folder, newest first. Only their manifests are read, not their contents."""
    found = []
    for path in _folders(folder):
        with suppress(SmdeskError, OSError):
            manifest = read_manifest(path)
            size = (path / folder.database.name).stat().st_size
            found.append(Backup(path, from_utc_text(manifest.made_at), manifest.reason, size))
    return found


def newest_usable(folder: SchoolFolder) -> Path | None:
    """The newest backup whose files are all there and unchanged; None where there is none."""
    return next((path for path in _folders(folder) if not check(path)), None)


def made_in_words(backup: Path) -> str:
    """When ``backup`` was made, as people say it: "21 November 2026 at 06:41". Its name where that is no time."""
    from smdesk.policy.deadlines import LONDON

    try:
        made = datetime.strptime(backup.name[:17], "%Y-%m-%dT%H%M%S").replace(tzinfo=UTC).astimezone(LONDON)
    except ValueError:
        return backup.name
    return f"{written_day(made)} at {made:%H:%M}"


def check(backup: Path) -> list[str]:
    """Compare a backup's files with its manifest. Returns a sentence per fault. Needs no key."""
    try:
        manifest = read_manifest(backup)
        wrong = []
        for name, sha256 in manifest.files.items():
            file = backup / name
            if not file.is_file():
                wrong.append(f"{name} is missing from the backup {backup.name}.")
            elif _sha256(file) != sha256:
                wrong.append(f"{name} in the backup {backup.name} has changed since it was made.")
    except SmdeskError as error:
        return [str(error)]
    except OSError as error:
        return [f"The backup {backup.name} cannot be read: {error.strerror}."]
    return wrong


def read_manifest(backup: Path) -> Manifest:
    """What a backup says of itself. Raises Damaged, NewerVersion or StorageProblem."""
    path = backup / _MANIFEST
    try:
        if path.stat().st_size > _MANIFEST_LIMIT:
            raise ValueError("too large")
        data: Any = json.loads(path.read_bytes())
        if data["version"] != _MANIFEST_VERSION:
            raise NewerVersion(f"The backup {backup.name} was made by a newer SM Desk than this one.")
        files = {str(name): str(sha256) for name, sha256 in data["files"].items()}
        if SchoolFolder(backup).database.name not in files or any(Path(name).name != name for name in files):
            raise ValueError("no database")
        manifest = Manifest(
            made_at=str(data["made_at"]),
            reason=str(data["reason"]),
            app_version=str(data["app_version"]),
            revision=str(data["revision"]),
            head=(int(data["head"][0]), str(data["head"][1])),
            files=files,
            evidence=tuple(str(name) for name in data["evidence"]),
            papers=tuple(str(name) for name in data["papers"]),
        )
        from_utc_text(manifest.made_at)
    except OSError as error:
        raise storage_problem(error, path) from error
    except (ValueError, KeyError, TypeError, AttributeError, IndexError, RecursionError) as error:
        raise Damaged(f"{path} is damaged, so this backup cannot be used.", _MANIFEST) from error
    return manifest


def restore(folder: SchoolFolder, backup: Path, now: datetime, *, old_passwords: bool = False) -> Restored:
    """Put a backup's database in place. What was there is moved into a folder of its own, never deleted.

    ``keys.json`` stays where it is sound and belongs to the same school, so that somebody removed since the
    backup stays out; ``old_passwords`` asks for the backup's all the same. Close every window first: raises
    StorageProblem where one is open, and Damaged where the backup does not pass its own check.
    """
    if faults := check(backup):
        raise Damaged(f"{faults[0]} Nothing was changed.", backup.name)
    manifest = read_manifest(backup)
    with presence.alone(folder):
        keep_keys = not old_passwords and _same_school(folder.keys, backup / folder.keys.name)
        has_keys = folder.keys.name in manifest.files
        fresh = [folder.database] + ([] if keep_keys or not has_keys else [folder.keys])
        try:
            for target in fresh:
                _copy_file(backup / target.name, _arriving(target))
            missing = _fetch_missing(folder, backup, manifest)
            kept_aside = _move_aside(folder, fresh, now)
            for target in reversed(fresh):  # the keys first: a database without its keys is of no use
                _arriving(target).rename(target)
            sync_folder(folder.root)
        except OSError as error:
            raise storage_problem(error, folder.root) from error
        finally:
            for target in fresh:
                with suppress(OSError):
                    _arriving(target).unlink(missing_ok=True)
    return Restored(kept_aside, missing, keys_restored=folder.keys in fresh)


def prune(folder: SchoolFolder, keep: int = 10) -> list[Path]:
    """Remove backups beyond the newest ``keep``, except the newest of each month. Returns what was removed.

    The newest usable backup always stays. Anything else in the folder is left alone.
    """
    if keep < 1:
        raise ValueError("At least one backup is kept.")
    usable = newest_usable(folder)
    months: set[str] = set()
    removed = []
    for place, path in enumerate(_folders(folder)):
        month = path.name[:7]
        if place >= keep and month in months and path != usable:
            gone = path.with_name(f".{path.name}.part")  # never half a backup under a backup's name
            try:
                path.rename(gone)
                shutil.rmtree(gone)
            except OSError as error:
                raise storage_problem(error, path) from error
            removed.append(path)
        months.add(month)
    return removed


def _folders(folder: SchoolFolder) -> list[Path]:
    """The backup folders by name, newest first."""
    try:
        names = [path for path in folder.backups.iterdir() if _NAME.fullmatch(path.name) and path.is_dir()]
    except OSError:
        return []
    return sorted(names, key=lambda path: (path.name[:17], int(path.name[18:] or 0)), reverse=True)


def _same_school(present: Path, saved: Path) -> bool:
    try:
        ours = keysfile.read(present)
        return not saved.exists() or ours.vault_id == keysfile.read(saved).vault_id
    except (SmdeskError, OSError):
        return False


def _move_aside(folder: SchoolFolder, replaced: Sequence[Path], now: datetime) -> Path | None:
    """Move the files that will be replaced, with the database's log, into ``before-restore-…``."""
    old = [path for path in (*replaced, *_logs(folder)) if path.exists()]
    if not old:
        return None
    stamp = now.astimezone(UTC).strftime("%Y-%m-%dT%H%M%S")
    aside = folder.root / f"before-restore-{stamp}"
    number = 1
    while aside.exists():
        number += 1
        aside = folder.root / f"before-restore-{stamp}-{number}"
    aside.mkdir(mode=0o700)
    # A log left beside a restored database would be played into it. The database goes last: until it does, a cut
    # leaves the folder recognisably as it was.
    for path in sorted(old, key=lambda path: path == folder.database):
        path.rename(aside / path.name)
    sync_folder(aside)
    sync_folder(folder.root)
    return aside


def _logs(folder: SchoolFolder) -> list[Path]:
    return [folder.database.with_name(folder.database.name + ending) for ending in ("-wal", "-shm")]


def _fetch_missing(folder: SchoolFolder, backup: Path, manifest: Manifest) -> tuple[str, ...]:
    """Copy stored files that are not in the folder from a whole copy; returns those found in neither."""
    missing = []
    for root, names in ((folder.evidence, manifest.evidence), (folder.papers, manifest.papers)):
        present = evidence.stored_names(root)
        for name in names:
            if name in present:
                continue
            saved = evidence.path_of(backup / root.name, name)
            if saved.is_file():
                target = evidence.path_of(root, name)
                target.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
                _copy_file(saved, target)
            else:
                missing.append(f"{root.name}/{name}")
    return tuple(missing)


def _arriving(target: Path) -> Path:
    return target.with_name(f".{target.name}.restoring")


def _copy_file(source: Path, target: Path) -> None:
    with source.open("rb") as reader, writing_whole(target) as writer:
        shutil.copyfileobj(reader, writer, 1024 * 1024)


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
