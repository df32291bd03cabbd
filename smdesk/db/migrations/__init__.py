"""Bringing a school's records from an older format to the present one.

Each format is one Alembic revision in ``versions/``, applied in one transaction of its own with foreign keys
off and checked before it commits: it happens entirely or not at all. A backup is made first. Nothing here
imports Alembic until there is something to do.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sqlalchemy import Connection, inspect, text

from smdesk.db.models.base import utc_text
from smdesk.errors import StorageProblem
from smdesk.paths import SchoolFolder

if TYPE_CHECKING:
    from smdesk.db.engine import Database

REVISIONS: tuple[str, ...] = ("0001", "0002", "0003", "0004", "0005", "0006")
"""Every format this SM Desk can read, oldest first."""

HEAD = REVISIONS[-1]
"""The format this SM Desk writes."""

_HERE = Path(__file__).resolve().parent


def upgrade(
    database: Database,
    folder: SchoolFolder | None,
    *,
    revisions: Sequence[str] = REVISIONS,
    versions: Path = _HERE / "versions",
) -> None:
    """Apply every revision not yet applied, oldest first.

    ``folder`` is where the backup goes; None only for a database that was just made and holds nothing. If one
    fails, the records stay at the last complete format and StorageProblem names the backup.
    """
    with database.reading() as session:
        if revisions[-1] in _applied(session.connection(), revisions):
            return
    kept: Path | None = None
    if folder is not None:
        from smdesk.db import backup

        kept = backup.make(database, folder, "before an upgrade", datetime.now(UTC))
    for revision in revisions:
        try:
            with database.migrating() as connection:
                # Asked inside the transaction: another window may have upgraded while this one waited.
                if revision in _applied(connection, revisions):
                    continue
                _apply(connection, revision, versions)
        except StorageProblem:
            raise
        except Exception as error:
            where = "" if kept is None else f" A backup from just before is in {kept}."
            raise StorageProblem(
                f"The records could not be brought to format {revision} and were left exactly as they were "
                f"({error}).{where} Use the SM Desk version you had before, and report this."
            ) from error


def _applied(connection: Connection, revisions: Sequence[str]) -> Sequence[str]:
    if not inspect(connection).has_table("alembic_version"):
        return ()
    found = connection.execute(text("SELECT version_num FROM alembic_version")).scalar()
    return () if found is None else revisions[: revisions.index(found) + 1]


def _apply(connection: Connection, revision: str, versions: Path) -> None:
    from alembic import command
    from alembic.config import Config

    from smdesk import __version__

    config = Config()
    config.set_main_option("script_location", str(_HERE).replace("%", "%%"))
    config.set_main_option("version_locations", str(versions).replace("%", "%%"))
    config.set_main_option("path_separator", "newline")
    config.attributes["connection"] = connection
    command.upgrade(config, revision)
    broken: Sequence[Any] = connection.exec_driver_sql("PRAGMA foreign_key_check").fetchall()
    if broken:
        raise RuntimeError(f"{len(broken)} rows of {broken[0][0]} would refer to missing rows")
    connection.execute(
        text("INSERT INTO applied_migration (revision, app_version, applied_at) VALUES (:r, :v, :at)"),
        {"r": revision, "v": __version__, "at": utc_text(datetime.now(UTC))},
    )
