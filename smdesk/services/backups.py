"""Backups: in the school's folder by themselves, and whole copies to another disk when somebody asks."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Final

from smdesk.db import audit, backup, whole_copy
from smdesk.paths import SchoolFolder
from smdesk.security.permissions import Permission
from smdesk.services.context import Context, needs, open_to_all, utc_now

DAILY: Final = timedelta(hours=20)
"""A backup is due when the newest is older: once on each day the program is used, whenever it is opened."""

KEEP: Final = 14
"""Newest backups kept; of older ones the newest of each month stays."""


@dataclass(frozen=True, slots=True)
class BackupRow:
    """One backup as listed. ``size`` is of its database, in bytes."""

    path: Path
    made_at: datetime
    reason: str
    size: int


@needs(Permission.BACKUPS_MAKE)
def make(ctx: Context, reason: str = "asked for") -> Path:
    """Make a backup in the school's folder now; returns its folder. Raises StorageProblem, Damaged."""
    return _make(ctx, reason.strip() or "asked for")


@open_to_all("A backup shows nobody anything; whoever changes many records at once must not go without.")
def make_before(ctx: Context, what: str) -> Path:
    """Make a backup before a large change, said as ``what``; returns its folder. Raises StorageProblem, Damaged."""
    return _make(ctx, what)


@open_to_all("A backup shows nobody anything, and must not wait until somebody with the role signs in.")
def make_if_due(ctx: Context) -> Path | None:
    """Make the daily backup where the newest is older than a day of use; None where there is one already."""
    newest = backup.listing(ctx.folder)
    # A backup from the future (a clock put right since) does not count as new.
    if newest and timedelta(0) <= ctx.now() - newest[0].made_at < DAILY:
        return None
    return _make(ctx, "daily")


@needs(Permission.BACKUPS_MAKE)
def listing(ctx: Context) -> list[BackupRow]:
    """The backups in the school's folder, newest first."""
    return _listing(ctx.folder)


@open_to_all("Restoring is for when nobody can sign in; a backup shows nothing without a password.")
def choices(folder: SchoolFolder) -> list[BackupRow]:
    """The backups that could be restored, newest first, as the sign-in window offers them."""
    return _listing(folder)


@open_to_all("Says only when a backup was made, for when nobody can sign in.")
def made_in_words(path: Path) -> str:
    """When the backup in this folder was made: "21 November 2026 at 06:41"."""
    return backup.made_in_words(path)


@needs(Permission.BACKUPS_MAKE)
def copy_to(
    ctx: Context, destination: Path, progress: Callable[[int, int], None] | None = None
) -> whole_copy.Copied:
    """Copy the whole folder, evidence and papers included, to another disk and read every file back.

    ``progress`` is told bytes done and in all, and may raise Cancelled. Raises StorageProblem (no room, the place is
    inside the folder itself), Damaged.
    """
    # A progress that raises stops the copy, and the half copy is removed.
    copied = whole_copy.copy_all(ctx.database, ctx.folder, destination, ctx.now(), progress=progress)
    _note(ctx, "backup.copied", {"to": str(destination)})
    return copied


@open_to_all("Restoring is for when nobody can sign in; a backup shows nothing without a password.")
def restore(
    folder: SchoolFolder, chosen: Path, now: datetime | None = None, *, old_passwords: bool = False
) -> backup.Restored:
    """Put a backup's records in place of what is there, which is kept aside and never deleted.

    Passwords stay as they are now unless ``old_passwords`` asks for the backup's. Raises StorageProblem while any
    window has the records open, Damaged where the backup is not sound.
    """
    return backup.restore(folder, chosen, now or utc_now(), old_passwords=old_passwords)


def _make(ctx: Context, reason: str) -> Path:
    made = backup.make(ctx.database, ctx.folder, reason, ctx.now())
    backup.prune(ctx.folder, KEEP)
    _note(ctx, "backup.made", {"reason": reason, "name": made.name})
    return made


def _listing(folder: SchoolFolder) -> list[BackupRow]:
    return [BackupRow(each.path, each.made_at, each.reason, each.size) for each in backup.listing(folder)]


def _note(ctx: Context, action: str, detail: dict[str, str]) -> None:
    with ctx.database.writing() as session:
        audit.write(
            session,
            actor_id=ctx.user.id,
            at=ctx.now(),
            action=action,
            object_kind="backup",
            object_id=None,
            detail=detail,
        )
