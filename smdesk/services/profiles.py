"""The school's policy in its versions. A version is never changed: an edit is a new one, and every incident
keeps the one it was handled under.
"""

from __future__ import annotations

import functools
import hashlib
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from smdesk.db import audit
from smdesk.db.models import PolicyProfile, School, User
from smdesk.errors import Conflict, FieldChange, Invalid, NotFound, Refused, StorageProblem, Tampered
from smdesk.paths import resource
from smdesk.policy import profile as policy
from smdesk.policy.profile import Profile
from smdesk.security.permissions import Permission
from smdesk.services.context import Context, Saved, needs, open_to_all

NOTE_MOST: Final = 500


@dataclass(frozen=True, slots=True)
class StoredProfile:
    """One version of the school's policy. ``number`` counts 1, 2, 3 … within the school; ``base`` names the
    shipped profile it started from.
    """

    id: int
    number: int
    title: str
    base: str
    note: str
    created_at: datetime
    created_by: str
    is_current: bool
    profile: Profile


@dataclass(frozen=True, slots=True)
class ShippedProfile:
    """A profile the program carries, to choose from on first run and later."""

    name: str
    title: str
    description: str


@needs(Permission.PROFILE_READ)
def current(ctx: Context) -> StoredProfile:
    """The version new incidents are handled under."""
    with ctx.database.reading() as session:
        return _stored(session, _current_id(session))


@needs(Permission.PROFILE_READ)
def versions(ctx: Context) -> list[StoredProfile]:
    """Every version, newest first."""
    with ctx.database.reading() as session:
        ids = session.scalars(select(PolicyProfile.id).order_by(PolicyProfile.number.desc()))
        return [_stored(session, each) for each in ids]


@needs(Permission.PROFILE_EDIT)
def save_edit(ctx: Context, profile: Profile, note: str, expected_id: int | None = None) -> Saved:
    """Store ``profile`` as a new version that counts for new incidents from now on; open ones keep theirs.

    ``expected_id`` is the version the edit started from: where another has been saved meanwhile, Conflict.
    Raises Invalid for a profile that would not be read back, Refused where nothing changed.
    """
    toml = policy.dump(profile)
    # What is stored must be readable by every later start: it goes through the reader before it is kept.
    policy.parse(toml)
    return _store(ctx, toml, profile.title, None, note, "profile.edited", expected_id)


@needs(Permission.PROFILE_EDIT)
def adopt(ctx: Context, shipped_name: str, note: str = "", expected_id: int | None = None) -> Saved:
    """Take a shipped profile as a new version. Raises Invalid for an unknown name, naming the allowed ones."""
    toml = _shipped_text(shipped_name)
    title = policy.parse(toml).title
    return _store(ctx, toml, title, shipped_name, note, "profile.adopted", expected_id)


@open_to_all("The shipped profiles are part of the program and shown before anybody can sign in.")
def shipped() -> list[ShippedProfile]:
    """The profiles the program carries, the default first."""
    found = []
    for name in policy.SHIPPED_NAMES:
        read = policy.parse(_shipped_text(name))
        found.append(ShippedProfile(name, read.title, read.description))
    return found


@open_to_all("The shipped profiles are part of the program.")
def load_shipped(name: str) -> Profile:
    """One shipped profile. Raises Invalid for an unknown name, naming the allowed ones."""
    return policy.parse(_shipped_text(name))


def first_version(session: Session, shipped_name: str, at: datetime) -> PolicyProfile:
    """Version 1 on first run (``services.setup``). Raises Invalid for an unknown name."""
    toml = _shipped_text(shipped_name)
    row = PolicyProfile(
        number=1,
        base=shipped_name,
        title=policy.parse(toml).title,
        toml=toml,
        sha256=_digest(toml),
        note="Chosen on first run",
        created_at=at,
    )
    session.add(row)
    session.flush()
    return row


def _shipped_text(name: str) -> str:
    if name not in policy.SHIPPED_NAMES:
        raise Invalid.one(
            "profile", f"There is no policy profile “{name}”. Allowed: {', '.join(policy.SHIPPED_NAMES)}."
        )
    try:
        return resource("policy", f"{name}.toml").read_text(encoding="utf-8")
    except OSError as error:
        raise StorageProblem(
            f"The shipped policy profile “{name}” is missing from this installation. Install SM Desk again."
        ) from error


@functools.lru_cache(maxsize=32)
def _parsed(toml: str) -> Profile:
    return policy.parse(toml)


def _current_id(session: Session) -> int:
    found: int | None = session.scalar(select(School.profile_id))
    if found is None:
        raise NotFound("This school has no policy yet. Choose one under Settings, Policy.")
    return found


def _stored(session: Session, profile_id: int) -> StoredProfile:
    row = session.get(PolicyProfile, profile_id)
    if row is None:
        raise NotFound("There is no such version of the policy.")
    if _digest(row.toml) != row.sha256:
        raise Tampered(
            f"Version {row.number} of the policy is not what was stored: its text and its hash differ. "
            "Run “smdesk verify” and restore a backup."
        )
    author = session.get(User, row.created_by) if row.created_by is not None else None
    return StoredProfile(
        id=row.id,
        number=row.number,
        title=row.title,
        base=row.base,
        note=row.note,
        created_at=row.created_at,
        created_by=author.name if author else "",
        is_current=row.id == session.scalar(select(School.profile_id)),
        profile=_parsed(row.toml),
    )


def _digest(toml: str) -> str:
    return hashlib.sha256(toml.encode("utf-8")).hexdigest()


def _store(
    ctx: Context, toml: str, title: str, base: str | None, note: str, action: str, expected_id: int | None
) -> Saved:
    note = note.strip()
    if len(note) > NOTE_MOST:
        raise Invalid.one("note", f"Please keep the note to {NOTE_MOST} letters.")
    with ctx.database.writing() as session:
        school = session.scalars(select(School)).one()
        before = session.get(PolicyProfile, school.profile_id) if school.profile_id is not None else None
        if expected_id is not None and (before is None or before.id != expected_id):
            number = before.number if before else 0
            raise Conflict(
                f"Somebody else saved version {number} of the policy while you were editing it.",
                [FieldChange("profile", "Policy", f"version {number}", "your edit of an older version")],
                before.id if before else 0,
            )
        if before is not None and before.sha256 == _digest(toml):
            raise Refused("Nothing was changed: this is the policy as it stands.")
        row = PolicyProfile(
            number=1 + (session.scalar(select(func.max(PolicyProfile.number))) or 0),
            base=base or (before.base if before else ""),
            title=title,
            toml=toml,
            sha256=_digest(toml),
            note=note,
            created_at=ctx.now(),
            created_by=ctx.user.id,
        )
        session.add(row)
        session.flush()
        school.profile_id = row.id
        school.version += 1
        audit.write(
            session,
            actor_id=ctx.user.id,
            at=ctx.now(),
            action=action,
            object_kind="profile",
            object_id=row.id,
            detail={"number": row.number, "base": row.base, "sha256": row.sha256, "note": note},
        )
        return Saved(row.id, row.number, frozenset({("profile", row.id), ("school", school.id)}))
