"""Letters: drafted by the office, approved by the headteacher, issued and kept (DOC-1)."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import ForeignKey, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from smdesk.db.models.base import Base, UtcDateTime


class Letter(Base):
    """One letter. After approval neither text nor addressee changes (a trigger holds it); after issue the PDF
    is kept encrypted with its hash and never rendered anew.
    """

    __tablename__ = "letter"
    __table_args__ = (
        Index("ix_letter_status", "status", "id"),
        Index("ix_letter_unsent", "status", "issued_on", "id", sqlite_where=text("sent_on IS NULL")),
        UniqueConstraint("issue_year", "issue_number"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    incident_id: Mapped[int | None] = mapped_column(ForeignKey("incident.id"), index=True)
    exception_id: Mapped[int | None] = mapped_column(ForeignKey("connection_exception.id"), index=True)
    """What the letter is about: an incident or an exception, one of the two (a trigger holds it)."""
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"), index=True)
    kind: Mapped[str]
    """LetterKind: "invitation", "written_warning", "second_warning", "exception_approved" …"""
    status: Mapped[str] = mapped_column(default="draft")
    """"draft", "submitted", "returned", "approved", "issued" or "withdrawn"."""
    subject: Mapped[str]
    addressee: Mapped[str]
    """Name and address lines as printed, newline separated."""
    salutation: Mapped[str]
    body: Mapped[str]
    """Paragraphs separated by blank lines; lines that start with "- " are bullets; "# " is a heading."""
    reply_by: Mapped[date | None]
    drafted_by: Mapped[int] = mapped_column(ForeignKey("user.id"))
    drafted_at: Mapped[datetime] = mapped_column(UtcDateTime)
    submitted_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    returned_note: Mapped[str] = mapped_column(default="")
    names_reason: Mapped[str] = mapped_column(default="")
    """Why a name that the check found may stand (given by the decider)."""
    step_reason: Mapped[str] = mapped_column(default="")
    """Why a ladder step was skipped, where one was (INC-5)."""
    approved_by: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
    approved_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    signed_payload: Mapped[str | None]
    """Canonical JSON that was signed."""
    signature: Mapped[bytes | None]
    signing_key_id: Mapped[int | None] = mapped_column(ForeignKey("signing_key.id"))
    issue_year: Mapped[int | None]
    issue_number: Mapped[int | None]
    issued_on: Mapped[date | None]
    issued_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    issued_by: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
    sha256: Mapped[str | None]
    size: Mapped[int | None]
    stored_name: Mapped[str | None] = mapped_column(unique=True)
    file_key: Mapped[bytes | None]
    sent_how: Mapped[str] = mapped_column(default="")
    """"post", "hand" or "email"."""
    sent_on: Mapped[date | None]
    sent_note: Mapped[str] = mapped_column(default="")
    withdrawn_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    withdrawn_reason: Mapped[str] = mapped_column(default="")
    version: Mapped[int] = mapped_column(default=1)
