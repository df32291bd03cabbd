"""Files handed in to be kept, whatever they belong to: how large they may be, and reading them from where they lie."""

from __future__ import annotations

from pathlib import Path

from sqlalchemy import select
from sqlalchemy.orm import Session

from smdesk.db.models import School
from smdesk.errors import Invalid, StorageProblem
from smdesk.services.school import SchoolSettings


def limit(session: Session) -> int:
    """The largest file that is kept, in bytes: the school's setting for evidence."""
    held = session.scalars(select(School.settings)).one()
    return int(held.get("evidence_limit_mb", SchoolSettings().evidence_limit_mb)) * 1024 * 1024


def read_source(data: bytes | Path, name: str, most: int) -> bytes:
    """The content of what was handed in. Raises Invalid over ``most`` bytes, StorageProblem where it cannot be read."""
    shown = name or (data.name if isinstance(data, Path) else "This picture")
    try:
        size = data.stat().st_size if isinstance(data, Path) else len(data)
        if size > most:
            raise Invalid.one(
                "data",
                f"“{shown}” has {size / 1024 / 1024:.1f} MB; at most {most // 1024 // 1024} MB are kept. "
                "Shorten the video or take screenshots, or raise the limit under School.",
            )
        return data.read_bytes() if isinstance(data, Path) else data
    except OSError as error:
        raise StorageProblem(
            f"“{shown}” cannot be read: {error.strerror}. Check that it is still there and open to you."
        ) from error
