"""Files handed in to be kept, whatever they belong to: how large they may be, reading them, and what they are."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import select
from sqlalchemy.orm import Session

from smdesk.db.models import School
from smdesk.errors import Invalid, StorageProblem
from smdesk.services import evidence_types
from smdesk.services.school import SchoolSettings


@dataclass(frozen=True, slots=True)
class HandedIn:
    """A file that may be kept: its content, what it is by that content, the name to keep, and a small picture of it."""

    content: bytes
    media_type: str
    name: str
    thumbnail: bytes | None


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
                "Shorten the video or take screenshots, or raise the limit under Settings, School.",
            )
        return data.read_bytes() if isinstance(data, Path) else data
    except OSError as error:
        raise StorageProblem(
            f"“{shown}” cannot be read: {error.strerror}. Check that it is still there and open to you."
        ) from error


def judged(data: bytes | Path, name: str, most: int, fallback: str) -> HandedIn:
    """What was handed in, judged by its content; ``fallback`` names what came without a name.

    Raises Invalid for a kind or size that is not kept and for a damaged picture, StorageProblem.
    """
    content = read_source(data, name, most)
    media_type = evidence_types.media_type_of(name or "This file", content)
    kept_name = evidence_types.safe_name(name, media_type, fallback)
    # Unpacked once: that is the check that a picture is sound.
    return HandedIn(content, media_type, kept_name, evidence_types.thumbnail(kept_name, media_type, content))
