"""Where files are. The only module that knows where ``resources/`` lies and how a school's folder is laid out."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from pathlib import Path

APP_NAME = "SM Desk"


def resources() -> Path:
    """The folder of shipped data: beside the package in a checkout, inside it in an installed copy."""
    frozen = getattr(sys, "_MEIPASS", None)
    if frozen is not None:
        return Path(frozen) / "resources"
    package = Path(__file__).resolve().parent
    inside = package / "resources"
    return inside if inside.is_dir() else package.parent / "resources"


def resource(*parts: str) -> Path:
    """One shipped file, for example ``resource("policy", "complete.toml")``."""
    return resources().joinpath(*parts)


def default_data_folder() -> Path:
    """Where a school's records live unless ``--data`` says otherwise (per user, on this machine's own disk)."""
    import platformdirs

    return Path(platformdirs.user_data_dir("SM Desk", appauthor=False, roaming=False))


def crash_log() -> Path:
    """The file bugs are written to. It holds code positions only, never records."""
    import platformdirs

    return Path(platformdirs.user_log_dir("SM Desk", appauthor=False)) / "crash.log"


@dataclass(frozen=True, slots=True)
class SchoolFolder:
    """The layout of one school's folder."""

    root: Path

    @property
    def database(self) -> Path:
        return self.root / "smdesk.db"

    @property
    def keys(self) -> Path:
        return self.root / "keys.json"

    @property
    def attempts(self) -> Path:
        """Wrong-password counters; beside ``keys.json`` so that a restart does not forget them."""
        return self.root / "attempts.json"

    @property
    def evidence(self) -> Path:
        return self.root / "evidence"

    @property
    def papers(self) -> Path:
        return self.root / "papers"

    @property
    def backups(self) -> Path:
        return self.root / "backups"

    @property
    def exists(self) -> bool:
        """True when a school has been set up here (its keys or its database are present)."""
        return self.keys.exists() or self.database.exists()
