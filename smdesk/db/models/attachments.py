"""What the newer records share: files kept with them, and the lines of their history."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column

from smdesk.db.models.base import Base, UtcDateTime


class AttachedFile(Base):
    """A picture of a post to be signed off, a screenshot of a finding, the PDF of a policy; encrypted one by one."""

    __tablename__ = "attached_file"

    id: Mapped[int] = mapped_column(primary_key=True)
    sign_off_id: Mapped[int | None] = mapped_column(ForeignKey("sign_off.id"), index=True)
    finding_id: Mapped[int | None] = mapped_column(ForeignKey("finding.id"), index=True)
    message_id: Mapped[int | None] = mapped_column(ForeignKey("account_message.id"), index=True)
    policy_version_id: Mapped[int | None] = mapped_column(ForeignKey("policy_version.id"), index=True)
    name: Mapped[str]
    media_type: Mapped[str]
    size: Mapped[int]
    sha256: Mapped[str]
    stored_name: Mapped[str | None] = mapped_column(unique=True)
    file_key: Mapped[bytes | None]
    note: Mapped[str] = mapped_column(default="")
    added_at: Mapped[datetime] = mapped_column(UtcDateTime)
    added_by: Mapped[int] = mapped_column(ForeignKey("user.id"))
    removed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    removed_reason: Mapped[str] = mapped_column(default="")


class HistoryLine(Base):
    """One line of a record's history. Never edited and never removed (INC-14)."""

    __tablename__ = "history_line"
    __table_args__ = (Index("ix_history_line_object", "object_kind", "object_id", "id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    object_kind: Mapped[str]
    """"case", "account", "message", "sign_off", "block", "place", "finding" or "policy"."""
    object_id: Mapped[int]
    kind: Mapped[str]
    """What happened, in one word the services know: added, changed, submitted, decided, closed …"""
    happened_on: Mapped[date]
    text: Mapped[str] = mapped_column(default="")
    reason: Mapped[str] = mapped_column(default="")
    rule: Mapped[str] = mapped_column(default="")
    recorded_at: Mapped[datetime] = mapped_column(UtcDateTime)
    recorded_by: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
    """None: the program itself."""
