"""A private folder for files that another program is to open, such as a letter in the person's PDF viewer.

What lies there is outside the encrypted records, so it is kept as short as can be: it is removed when the program
ends or locks. What a crash left behind is removed at the next start.
"""

from __future__ import annotations

import atexit
import contextlib
import re
import shutil
import stat
import tempfile
import time
from functools import cache
from pathlib import Path

from smdesk.security.files import write_whole

_PREFIX = "smdesk-view-"
_LEFT_BEHIND = 12 * 3600
"""Seconds after which a folder cannot belong to a window still open (it would have locked)."""


@cache
def _folder() -> Path:
    made = Path(tempfile.mkdtemp(prefix=_PREFIX))
    atexit.register(forget)
    return made


def file_name(title: str, suffix: str = ".pdf") -> str:
    """A title as a file name that every system takes: "Letter 2026/L0003" becomes "Letter 2026-L0003.pdf"."""
    title = title.removesuffix(suffix)
    words = re.sub(r"[^\w .,()\-]+", "-", title).strip(" .-")[:100].rstrip(" .-")
    return f"{words or 'paper'}{suffix}"


def place_for(name: str) -> Path:
    """A path in the private folder for a file of this name. Only letters, figures, dots and hyphens stay."""
    clean = re.sub(r"[^\w.\-]+", "-", name).strip("-.") or "paper.pdf"
    folder = Path(tempfile.mkdtemp(dir=_folder()))
    return folder / clean


def copy_for_viewing(data: bytes, name: str) -> Path:
    """A read-only copy in the private folder, for another program to open. Raises StorageProblem."""
    file = place_for(name)
    write_whole(file, data)
    file.chmod(stat.S_IRUSR)
    return file


def forget() -> None:
    """Remove the folder and all that is in it. The program is about to end, lock or hand over."""
    if _folder.cache_info().currsize:
        _remove(_folder())
        _folder.cache_clear()


def clear_left_behind(now: float | None = None) -> None:
    """Remove what an earlier crash left of this user's."""
    limit = (time.time() if now is None else now) - _LEFT_BEHIND
    for old in Path(tempfile.gettempdir()).glob(f"{_PREFIX}*"):
        try:
            if old.is_dir() and not old.is_symlink() and old.stat().st_mtime < limit:
                _remove(old)
        except OSError:
            continue


def _remove(folder: Path) -> None:
    for file in folder.glob("*/*"):
        with contextlib.suppress(OSError):
            # Windows removes nothing that is read-only.
            file.chmod(stat.S_IRUSR | stat.S_IWUSR)
    shutil.rmtree(folder, ignore_errors=True)
