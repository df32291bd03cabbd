"""The large sample schools the benchmarks read, built once and kept in a cache folder."""

from __future__ import annotations

import tempfile
import time
from pathlib import Path

from smdesk.paths import SchoolFolder
from smdesk.security import vault
from smdesk.services import session
from smdesk.services.context import Context
from smdesk.services.sample import build, people


def cache_folder() -> Path:
    """Where the large logs are kept between runs."""
    return Path(tempfile.gettempdir()) / "smdesk-benchmarks"


def large(size: int) -> SchoolFolder:
    """A sample school with ``size`` incidents; says how long it took to make where it has to be made."""
    folder = SchoolFolder(cache_folder() / f"incidents-{size}")
    if not folder.exists:
        start = time.perf_counter()
        build.build_school(folder, size)
        print(f"Made the sample log of {size:,} incidents in {time.perf_counter() - start:.0f} s.")
    return folder


def signed_in(folder: SchoolFolder, login: str = "head") -> Context:
    """A context as the window has it."""
    return session.sign_in(folder, login, people.PASSWORD)


def data_key(folder: SchoolFolder, login: str = "head") -> bytes:
    """The key of the database, for the floors that open it with sqlcipher3 alone."""
    return vault.unlock(folder, login, people.PASSWORD).data_key
