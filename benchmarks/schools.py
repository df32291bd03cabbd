"""The large sample schools the benchmarks read: built once, kept in a cache folder, and copied for each run.

A run saves incidents and makes reports; on a copy, so that the next run measures the same log.
"""

from __future__ import annotations

import hashlib
import shutil
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from sqlcipher3 import dbapi2

from smdesk.db import engine, migrations
from smdesk.paths import SchoolFolder
from smdesk.security import vault
from smdesk.services import session
from smdesk.services.context import Context
from smdesk.services.sample import build, people


@dataclass(frozen=True, slots=True)
class School:
    """A copy of a large log, and how many incidents are in it."""

    folder: SchoolFolder
    size: int


def cache_folder() -> Path:
    """Where the large logs are kept between runs, unless another place is named."""
    return Path(tempfile.gettempdir()) / "smdesk-benchmarks"


def large(kept: Path, size: int) -> SchoolFolder:
    """A sample school with ``size`` incidents; says how long it took to make where it has to be made."""
    folder = place(kept, size)
    if not folder.exists:
        unfinished = folder.root.with_name(folder.root.name + ".part")
        shutil.rmtree(unfinished, ignore_errors=True)
        unfinished.parent.mkdir(parents=True, exist_ok=True)
        start = time.perf_counter()
        build.build_school(SchoolFolder(unfinished), size)
        unfinished.rename(folder.root)
        print(
            f"Made the sample log of {size:,} incidents in {time.perf_counter() - start:.0f} s.", flush=True
        )
    return folder


def place(kept: Path, size: int) -> SchoolFolder:
    """Where a large log is kept. Named also after the tables and indexes as they are now, so that a log made
    before they changed is not measured.
    """
    digest = hashlib.sha256()
    for file in sorted((Path(migrations.__file__).parent / "versions").glob("*.py")):
        digest.update(file.read_bytes())
    return SchoolFolder(kept / f"incidents-{size}-{digest.hexdigest()[:12]}")


@contextmanager
def borrowed(kept: Path, size: int) -> Iterator[School]:
    """A copy of the large log to measure on, gone afterwards."""
    original = large(kept, size)
    with tempfile.TemporaryDirectory(prefix="smdesk-bench-", dir=kept) as place:
        copy = Path(place) / "school"
        shutil.copytree(original.root, copy)
        yield School(SchoolFolder(copy), size)


@contextmanager
def twin(school: School) -> Iterator[School]:
    """A second, equal copy. Of two connections that write to one file each makes the other forget its pages."""
    with tempfile.TemporaryDirectory(prefix="smdesk-bench-", dir=school.folder.root.parent) as place:
        copy = Path(place) / "school"
        shutil.copytree(school.folder.root, copy)
        yield School(SchoolFolder(copy), school.size)


@contextmanager
def signed_in(school: School, login: str = "head") -> Iterator[Context]:
    """A context as the window has it."""
    ctx = session.sign_in(school.folder, login, people.PASSWORD)
    try:
        yield ctx
    finally:
        ctx.database.dispose()


@cache
def data_key(root: Path) -> bytes:
    """The key of the database, for what opens it without signing in."""
    return vault.unlock(SchoolFolder(root), "head", people.PASSWORD).data_key


@contextmanager
def bare(school: School) -> Iterator[Any]:
    """A connection by sqlcipher3 alone, with the settings the program uses."""
    connection = dbapi2.connect(str(school.folder.database), isolation_level=None)
    try:
        connection.execute(f"PRAGMA key=\"x'{data_key(school.folder.root).hex()}'\"")
        for setting in (
            f"busy_timeout={int(engine.BUSY_SECONDS * 1000)}",
            "temp_store=MEMORY",
            "cache_size=-65536",
            "journal_mode=WAL",
            "synchronous=FULL",
            "secure_delete=ON",
            "foreign_keys=ON",
        ):
            connection.execute(f"PRAGMA {setting}")
        yield connection
    finally:
        connection.close()
