"""The audit chain (append-only by trigger, see migrations)."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column

from smdesk.db.models.base import Base, UtcDateTime


class AuditEntry(Base):
    """One write, or one opening of a confidential record. ``hash`` covers the line and the hash before it.

    Personal detail is not in the line itself: the line holds only a salted commitment to it, and the detail
    stands in ``AuditDetail``, which can be erased on request without breaking the chain.
    """

    __tablename__ = "audit_entry"
    __table_args__ = (Index("ix_audit_object", "object_kind", "object_id"),)

    seq: Mapped[int] = mapped_column(primary_key=True)
    at: Mapped[datetime] = mapped_column(UtcDateTime)
    actor_id: Mapped[int | None]
    """User id; None for the program itself (first run, migration)."""
    action: Mapped[str]
    """"subject.verb", for example "incident.saved" or "incident.opened"."""
    object_kind: Mapped[str]
    object_id: Mapped[int | None]
    commitment: Mapped[str]
    """SHA-256 over salt and detail, or "" where there is no detail."""
    previous: Mapped[str]
    hash: Mapped[str]


class AuditDetail(Base):
    """What changed, field by field. Erasing sets ``detail`` and ``salt`` to NULL and says when."""

    __tablename__ = "audit_detail"

    seq: Mapped[int] = mapped_column(ForeignKey("audit_entry.seq"), primary_key=True)
    salt: Mapped[bytes | None]
    detail: Mapped[dict[str, Any] | None] = mapped_column(JSON)
    erased_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
