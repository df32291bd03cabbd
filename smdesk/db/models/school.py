"""The school itself, its users, their signing keys, and the versions of its policy."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, ForeignKey, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from smdesk.db.models.base import Base, UtcDateTime


class School(Base):
    """One row. ``settings`` holds the few switches listed in ``services.school``."""

    __tablename__ = "school"

    id: Mapped[int] = mapped_column(primary_key=True)
    vault_id: Mapped[str]
    name: Mapped[str]
    address: Mapped[str]
    """Lines separated by newlines, as they stand on the letterhead."""
    phone: Mapped[str] = mapped_column(default="")
    email: Mapped[str] = mapped_column(default="")
    website: Mapped[str] = mapped_column(default="")
    nation: Mapped[str]
    logo: Mapped[bytes | None]
    complaints_procedure: Mapped[str] = mapped_column(default="")
    """Where a parent finds the complaints procedure (INC-13)."""
    official_channels: Mapped[str] = mapped_column(default="")
    """Comma-separated names of the channels between school and home (PPL-5)."""
    contacts: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)
    """Named contacts for questions (PPL-4): code -> {name, detail}."""
    settings: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)
    profile_id: Mapped[int | None] = mapped_column(ForeignKey("policy_profile.id"))
    """The version of the policy that new incidents are handled under."""
    version: Mapped[int] = mapped_column(default=1)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)


class User(Base):
    """Somebody who signs in. ``vault_key`` names their entry in keys.json; roles are codes from permissions."""

    __tablename__ = "user"

    id: Mapped[int] = mapped_column(primary_key=True)
    vault_key: Mapped[str] = mapped_column(unique=True)
    login: Mapped[str] = mapped_column(unique=True)
    """Casefolded."""
    name: Mapped[str]
    """As it stands under a letter, for example "Mrs J. Example"."""
    job_title: Mapped[str] = mapped_column(default="")
    roles: Mapped[list[str]] = mapped_column(JSON, default=list)
    person_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    """The person record that is this user, so that nobody decides about themselves (CON-5)."""
    active: Mapped[bool] = mapped_column(default=True)
    must_change_password: Mapped[bool] = mapped_column(default=False)
    version: Mapped[int] = mapped_column(default=1)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    last_seen_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class SigningKey(Base):
    """A user's public signing key. Old keys stay: what they signed still stands.

    A key made by a password reset is flagged until somebody other than the resetter confirms it.
    """

    __tablename__ = "signing_key"

    id: Mapped[int] = mapped_column(primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("user.id"), index=True)
    public_key: Mapped[bytes]
    origin: Mapped[str]
    """"first", "reset" or "recovery"."""
    made_by: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    retired_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    confirmed_by: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
    confirmed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class PolicyProfile(Base):
    """One version of the school's policy, as TOML. Never changed: an edit is a new version."""

    __tablename__ = "policy_profile"
    __table_args__ = (UniqueConstraint("number"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    number: Mapped[int]
    """1, 2, 3 … within this school."""
    base: Mapped[str]
    """The shipped profile it started from."""
    title: Mapped[str]
    toml: Mapped[str]
    sha256: Mapped[str]
    note: Mapped[str] = mapped_column(default="")
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    created_by: Mapped[int | None] = mapped_column(ForeignKey("user.id"))


class UserSetting(Base):
    """What one user's windows remember: column widths, saved filters, the last tab."""

    __tablename__ = "user_setting"

    user_id: Mapped[int] = mapped_column(ForeignKey("user.id"), primary_key=True)
    key: Mapped[str] = mapped_column(primary_key=True)
    value: Mapped[Any] = mapped_column(JSON)


class Draft(Base):
    """A half-typed form, so that a lock, a crash or a telephone call loses nothing."""

    __tablename__ = "draft"
    __table_args__ = (UniqueConstraint("user_id", "form", "object_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("user.id"), index=True)
    form: Mapped[str]
    object_id: Mapped[int] = mapped_column(default=0)
    """0 for a record not saved yet."""
    data: Mapped[dict[str, Any]] = mapped_column(JSON)
    saved_at: Mapped[datetime] = mapped_column(UtcDateTime)


class AppliedMigration(Base):
    """Which SM Desk brought the records to which format, so that an older one can say what is needed."""

    __tablename__ = "applied_migration"

    revision: Mapped[str] = mapped_column(primary_key=True)
    app_version: Mapped[str]
    applied_at: Mapped[datetime] = mapped_column(UtcDateTime)
