"""A private folder for files that another program is to open, such as a letter in the person's PDF viewer.

What lies there is outside the encrypted records, so it is kept as short as can be: it is removed when the program
ends or locks. What a crash left behind is removed at the next start.
"""

from __future__ import annotations

import atexit
import re
import shutil
import tempfile
import time
from functools import cache
from pathlib import Path

_PREFIX = "smdesk-view-"
_LEFT_BEHIND = 12 * 3600
"""Seconds after which a folder cannot belong to a window still open (it would have locked)."""


@cache
def _folder() -> Path:
    made = Path(tempfile.mkdtemp(prefix=_PREFIX))
    atexit.register(forget)
    return made


def place_for(name: str) -> Path:
    """A path in the private folder for a file of this name. Only letters, figures, dots and hyphens stay."""
    clean = re.sub(r"[^\w.\-]+", "-", name).strip("-.") or "paper.pdf"
    folder = Path(tempfile.mkdtemp(dir=_folder()))
    return folder / clean


def forget() -> None:
    """Remove the folder and all that is in it. The program is about to end, lock or hand over."""
    if _folder.cache_info().currsize:
        shutil.rmtree(_folder(), ignore_errors=True)
        _folder.cache_clear()


def clear_left_behind(now: float | None = None) -> None:
    """Remove what an earlier crash left of this user's."""
    limit = (time.time() if now is None else now) - _LEFT_BEHIND
    for old in Path(tempfile.gettempdir()).glob(f"{_PREFIX}*"):
        try:
            if old.is_dir() and not old.is_symlink() and old.stat().st_mtime < limit:
                shutil.rmtree(old, ignore_errors=True)
        except OSError:
            continue
