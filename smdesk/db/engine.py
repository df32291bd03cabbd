"""The encrypted database: how it is opened, read, written, and how its failures are told.

Opening reads the first page (SQLCipher checks its HMAC, so a wrong key or a damaged head shows at once), the
schema and the format number; it does *not* read the whole file, because that would cost every start a second
for each hundred megabytes. SQLCipher checks every page's HMAC when the page is first read, so damage further
in is caught before anything false is shown. The whole file is read by ``check_whole_file``, which
``smdesk verify`` and every backup call.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session
from sqlalchemy.pool import QueuePool
from sqlcipher3 import dbapi2

from smdesk.db import migrations, presence
from smdesk.errors import Damaged, NewerVersion, SmdeskError, StorageProblem
from smdesk.paths import SchoolFolder
from smdesk.security import files

OLDEST_SQLITE = (3, 51, 3)
"""Before this, SQLite could damage a database while resetting its write-ahead log."""

BUSY_SECONDS = 5.0
"""How long a save waits for another window's save before it gives up."""


class Database:
    """An open school database. Usable from any thread; each ``reading`` or ``writing`` block has its own
    connection. Close it with ``dispose``.
    """

    def __init__(self, path: Path, data_key: bytes, folder: SchoolFolder) -> None:
        self.path = path
        self.folder = folder
        self._data_key = data_key
        self._presence = presence.announce(folder)
        self._write_lock = threading.Lock()
        self._writer_thread: int | None = None
        self._engine = _engine(path, data_key)
        self._writing_engine = self._engine.execution_options(smdesk_writing=True)

    @property
    def data_key(self) -> bytes:
        """The key of these records, for ``services.users`` to wrap for a new user. Never written or shown."""
        return self._data_key

    @contextmanager
    def reading(self) -> Iterator[Session]:
        """A session on one unchanging snapshot. It cannot write.

        Raises StorageProblem or Damaged in place of the database's own errors.
        """
        with self._told_in_words(reading=True), Session(self._engine, expire_on_commit=False) as session:
            yield session
            if session.new or session.dirty or session.deleted:
                raise RuntimeError("Records were changed in a reading block; they would be lost.")

    @contextmanager
    def raw_reading(self) -> Iterator[Any]:
        """A plain DB-API cursor on one snapshot, for lists where objects would be too slow. It cannot write."""
        with self._told_in_words(reading=True):
            pooled = self._engine.raw_connection()
            try:
                cursor = pooled.cursor()
                _query_only(pooled, True)
                cursor.execute("BEGIN")
                yield cursor
            finally:
                pooled.close()

    @contextmanager
    def writing(self) -> Iterator[Session]:
        """A session in one write transaction: committed when the block ends, rolled back when it raises.

        Everything in the block is saved or nothing is. Raises StorageProblem (disk full, another window
        busy, read-only disk) or Damaged; constraint violations come through as IntegrityError.
        """
        with (
            self._told_in_words(),
            self._only_writer(),
            Session(self._writing_engine, expire_on_commit=False) as session,
        ):
            session.connection()  # BEGIN IMMEDIATE now: what is read in here cannot change before it is written
            yield session
            session.commit()

    @contextmanager
    def migrating(self) -> Iterator[Connection]:
        """One write transaction with foreign keys off, for a migration.

        With them on, rebuilding a table deletes every row that refers to it. The migration itself must
        check them before the block ends. Renaming is the old-fashioned kind too, which leaves triggers and
        references to the rebuilt table's name alone: a migration that renames for good says so in them itself.
        """
        with self._told_in_words(), self._only_writer(), self._writing_engine.connect() as connection:
            raw = connection.connection.dbapi_connection
            if raw is None:
                raise RuntimeError("The connection was closed.")
            raw.execute("PRAGMA foreign_keys=OFF")  # has no effect inside a transaction
            raw.execute("PRAGMA legacy_alter_table=ON")
            try:
                with connection.begin():
                    yield connection
            finally:
                raw.execute("PRAGMA legacy_alter_table=OFF")
                raw.execute("PRAGMA foreign_keys=ON")

    def check_whole_file(self) -> list[str]:
        """Read every page and every index. Returns one sentence per fault, none when the file is sound."""
        return check_file(self.path, self._data_key)

    def checkpoint(self) -> None:
        """Move everything from the write-ahead log into the database file and empty the log.

        After an erasure this takes the old pages out of the log as well.
        """
        with self._told_in_words():
            pooled = self._engine.raw_connection()
            try:
                _query_only(pooled, False)
                pooled.cursor().execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
            finally:
                pooled.close()

    def write_copy(self, target: Path) -> None:
        """Write a complete, equally encrypted copy of the present state to the new file ``target``, flushed.

        Raises StorageProblem, or Damaged when the database cannot be read to its end.
        """
        try:
            os.close(os.open(target, os.O_CREAT | os.O_EXCL | os.O_RDWR, 0o600))
        except OSError as error:
            raise files.storage_problem(error, target) from error
        with self._told_in_words():
            pooled = self._engine.raw_connection()
            try:
                _query_only(pooled, False)
                pooled.cursor().execute("VACUUM INTO ?", (str(target),))
            finally:
                pooled.close()
        with target.open("rb+") as file:
            os.fsync(file.fileno())

    def check_copy(self, target: Path) -> list[str]:
        """Like ``check_whole_file`` for another file under the same key, for example a backup."""
        return check_file(target, self._data_key)

    @contextmanager
    def copy(self, target: Path) -> Iterator[Any]:
        """A DB-API connection to another file under the same key, for example a backup."""
        with self._told_in_words():
            connection = connect(target, self._data_key, log=False)
            try:
                yield connection
            finally:
                connection.close()

    def dispose(self) -> None:
        """Close every connection. The last one to close folds the write-ahead log into the file."""
        self._engine.dispose()
        presence.leave(self._presence)
        self._presence = None

    @contextmanager
    def _only_writer(self) -> Iterator[None]:
        """Writers of one process queue here: SQLite itself only polls, which is slow and unfair."""
        me = threading.get_ident()
        if self._writer_thread == me:
            raise RuntimeError("A writing block was opened inside another; pass the session on instead.")
        if not self._write_lock.acquire(timeout=2 * BUSY_SECONDS):
            raise StorageProblem(_busy_sentence())
        self._writer_thread = me
        try:
            yield
        finally:
            self._writer_thread = None
            self._write_lock.release()

    @contextmanager
    def _told_in_words(self, reading: bool = False) -> Iterator[None]:
        try:
            yield
        except (DBAPIError, dbapi2.Error) as error:
            problem = storage_problem(error, self.path, self.folder, reading=reading)
            if problem is None:
                raise
            raise problem from error


def open_database(
    path: Path, data_key: bytes, *, create: bool = False, folder: SchoolFolder | None = None
) -> Database:
    """Open the school's database, bringing an older format up to date (a backup is made first).

    ``create`` makes a new one; it never replaces an existing file. Raises StorageProblem where the file is
    missing, exists already, or the disk refuses; Damaged where it cannot be read with this key; NewerVersion
    where a newer SM Desk wrote it.
    """
    if dbapi2.sqlite_version_info < OLDEST_SQLITE:
        raise StorageProblem(
            f"This installation carries SQLite {dbapi2.sqlite_version}, which can damage a database. "
            "Install SM Desk again to get a newer one. Nothing was opened."
        )
    folder = folder or SchoolFolder(path.parent)
    if create:
        _create(path, data_key, folder)
    elif not path.is_file():
        raise StorageProblem(
            f"The database {path} is not there. If the folder was moved, open it at its new place; "
            "otherwise restore a backup."
        )
    elif path.stat().st_size == 0:
        # SQLite would take an empty file for a new database, and the school's records would seem gone.
        raise _damaged(path, folder, f"{path.name} is empty.")
    database = Database(path, data_key, folder)
    try:
        found = database_format(database)
        if found is None:
            raise _damaged(path, folder, f"{path.name} holds no SM Desk records.")
        if found not in migrations.REVISIONS:
            raise _newer(database, found)
        if found != migrations.HEAD:
            migrations.upgrade(database, folder)
    except BaseException:
        database.dispose()
        raise
    return database


def database_format(database: Database) -> str | None:
    """The format (migration) the database file is at; None where it has none. Does not import Alembic."""
    with database.raw_reading() as cursor:
        known = cursor.execute("SELECT 1 FROM sqlite_master WHERE name = 'alembic_version'").fetchone()
        if known is None:
            return None
        row = cursor.execute("SELECT version_num FROM alembic_version").fetchone()
        return None if row is None else str(row[0])


def check_file(path: Path, data_key: bytes) -> list[str]:
    """Read a whole database file: every page's HMAC, then its structure and foreign keys.

    Returns a sentence per fault. Leaves nothing behind beside the file.
    """
    try:
        connection = connect(path, data_key)
    except (dbapi2.Error, SmdeskError) as error:
        return [f"{path.name} cannot be opened: {error}."]
    try:
        faults = [f"{path.name}: {row[0]}." for row in connection.execute("PRAGMA cipher_integrity_check")]
        if not faults:
            rows = connection.execute("PRAGMA integrity_check(20)").fetchall()
            faults = [f"{path.name}: {row[0]}." for row in rows if row[0] != "ok"]
        if not faults:
            broken = connection.execute("PRAGMA foreign_key_check").fetchall()
            faults = [
                f"{path.name}: a row of {row[0]} refers to a missing row of {row[2]}." for row in broken
            ]
        return faults[:20]
    except dbapi2.Error as error:
        return [f"{path.name} cannot be read: {error}."]
    finally:
        connection.close()


def connect(path: Path, data_key: bytes, *, log: bool = True) -> Any:
    """A DB-API connection with every setting the records rely on. Never creates a file.

    ``log=False`` leaves the file's journal mode alone, for copies that are only read.
    """
    if len(data_key) != 32:
        raise ValueError("The data key has 32 bytes.")
    # A missing file opened in the default mode becomes a new, empty database.
    connection = dbapi2.connect(
        f"{path.absolute().as_uri()}?mode=rw", uri=True, isolation_level=None, check_same_thread=False
    )
    try:
        connection.execute("PRAGMA cipher_log_level=NONE")
        connection.execute(f"PRAGMA key=\"x'{data_key.hex()}'\"")
        connection.execute(f"PRAGMA busy_timeout={int(BUSY_SECONDS * 1000)}")
        connection.execute("PRAGMA trusted_schema=OFF")
        connection.execute("PRAGMA temp_store=MEMORY")
        connection.execute("PRAGMA cache_size=-65536")
        if log:
            connection.execute("PRAGMA journal_mode=WAL")
        # NORMAL loses acknowledged saves when the power goes.
        connection.execute("PRAGMA synchronous=FULL")
        connection.execute("PRAGMA secure_delete=ON")
        connection.execute("PRAGMA foreign_keys=ON")
    except BaseException:
        connection.close()
        raise
    return connection


def storage_problem(
    error: BaseException, path: Path, folder: SchoolFolder, *, reading: bool = False
) -> StorageProblem | None:
    """The sentence for a database error that has to do with the disk or the file; None for any other."""
    original = error.orig if isinstance(error, DBAPIError) else error
    code = getattr(original, "sqlite_errorcode", None)
    match None if code is None else code & 0xFF:
        case 13:  # SQLITE_FULL
            return StorageProblem(
                f"The disk that holds {path.parent} is full. Nothing of this change was saved; everything saved "
                "before is safe. Free some space and save again."
            )
        case 5 | 6:  # SQLITE_BUSY, SQLITE_LOCKED
            return StorageProblem(_busy_sentence())
        case 8 if not reading:  # SQLITE_READONLY
            return StorageProblem(
                f"{path} may only be read, not written. Nothing was saved. Check the permissions of the folder "
                "and of the disk."
            )
        case 10:  # SQLITE_IOERR
            return StorageProblem(
                f"The disk that holds {path.parent} failed to read or write. Nothing of this change was saved. "
                "Check that the disk is connected and has space, then try again."
            )
        case 14:  # SQLITE_CANTOPEN
            return StorageProblem(
                f"{path} cannot be opened. Check that the disk is connected and that you may read and write "
                "the folder."
            )
        case 11 | 26:  # SQLITE_CORRUPT, SQLITE_NOTADB
            return _damaged(path, folder, f"{path.name} is damaged, or is not this school's database.")
    return None


def _engine(path: Path, data_key: bytes) -> Engine:
    engine = create_engine(
        "sqlite://",
        module=dbapi2,
        creator=lambda: connect(path, data_key),
        poolclass=QueuePool,
        pool_size=4,
        max_overflow=12,
        pool_use_lifo=True,  # one connection keeps its pages warm; each has a cache of its own
        hide_parameters=True,
    )

    # The library's own transactions start late and lost updates between two windows.
    @event.listens_for(engine, "begin")
    def begin(connection: Connection) -> None:
        writing = bool(connection.get_execution_options().get("smdesk_writing"))
        pooled: Any = connection.connection
        _query_only(pooled, not writing)
        # Straight to the driver: every service call opens a block or two.
        pooled.dbapi_connection.execute("BEGIN IMMEDIATE" if writing else "BEGIN")

    return engine


def _query_only(pooled: Any, wanted: bool) -> None:
    """Hold readers to reading. Remembered per connection, so that it costs nothing when it stands already."""
    if pooled.info.get("query_only", False) != wanted:
        pooled.dbapi_connection.execute(f"PRAGMA query_only={'ON' if wanted else 'OFF'}")
        pooled.info["query_only"] = wanted


def _create(path: Path, data_key: bytes, folder: SchoolFolder) -> None:
    """Make the database beside its place and move it there complete, so that no half-made one is ever found."""
    if path.exists():
        raise StorageProblem(f"There are records at {path} already. They were left as they are.")
    fresh = path.with_name(path.name + ".new")
    try:
        for leftover in (fresh, fresh.with_name(fresh.name + "-wal"), fresh.with_name(fresh.name + "-shm")):
            leftover.unlink(missing_ok=True)
        os.close(os.open(fresh, os.O_CREAT | os.O_EXCL | os.O_RDWR, 0o600))
    except OSError as error:
        raise StorageProblem(
            f"{path.parent} cannot be written to: {error.strerror}. Nothing was made."
        ) from error
    database = Database(fresh, data_key, folder)
    try:
        migrations.upgrade(database, None)
        database.checkpoint()
    finally:
        database.dispose()
    try:
        os.link(fresh, path)  # unlike a rename, fails where another window made one meanwhile
        fresh.unlink()
    except FileExistsError as error:
        raise StorageProblem(f"There are records at {path} already. They were left as they are.") from error
    except OSError:
        fresh.rename(path)  # a file system without hard links
    files.sync_folder(path.parent)


def _busy_sentence() -> str:
    return (
        "Another window has been saving for several seconds, so this could not be saved yet. Nothing was lost "
        "here: wait a moment and save again."
    )


def _damaged(path: Path, folder: SchoolFolder, what: str) -> Damaged:
    from smdesk.db import backup

    newest = backup.newest_usable(folder)
    offer = (
        f"The newest usable backup is of {backup.made_in_words(newest)}; the sign-in window offers to "
        "restore it."
        if newest
        else "No usable backup was found in the folder; look for a copy on another disk."
    )
    return Damaged(f"{what} Nothing was changed. {offer}", path.name, str(newest) if newest else None)


def _newer(database: Database, found: str) -> NewerVersion:
    from smdesk import __version__

    with database.raw_reading() as cursor:
        columns = {row[1] for row in cursor.execute("PRAGMA table_info(applied_migration)")}
        row = None
        if {"revision", "app_version"} <= columns:
            row = cursor.execute(
                "SELECT app_version FROM applied_migration WHERE revision = ?", (found,)
            ).fetchone()
    writer = f"SM Desk {row[0]}" if row else "a newer SM Desk"
    return NewerVersion(
        f"These records were written by {writer} (format {found}). This is SM Desk {__version__}, which knows "
        f"formats up to {migrations.HEAD}. Install the newer version to open them; nothing was changed."
    )
