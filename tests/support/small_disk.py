"""A disk that is soon full."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def small_disk(place: Path, megabytes: int) -> Iterator[Path | None]:
    """A disk of so many MB mounted at ``place``; None where this machine does not let a test mount one."""
    mount, umount = shutil.which("mount"), shutil.which("umount")
    place.mkdir()
    options = ["-t", "tmpfs", "-o", f"size={megabytes}m,mode=700", "tmpfs", str(place)]
    if mount is None or umount is None or subprocess.run([mount, *options], check=False).returncode != 0:
        yield None
        return
    try:
        yield place
    finally:
        subprocess.run([umount, str(place)], check=True)
