"""Letters: drafted by the office, approved by the headteacher, issued and kept (DOC-1); their wording; other papers."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import JSON, ForeignKey, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from smdesk.db.models.base import Base, UtcDateTime


class Letter(Base):
    """One letter. After approval neither text nor addressee changes (a trigger holds it); after issue the PDF
    is kept encrypted with its hash and never rendered anew.
    """

    __tablename__ = "letter"
    __table_args__ = (
        Index("ix_letter_status", "status", "id"),
        Index("ix_letter_back", "returned_on", "id", sqlite_where=text("returned_on IS NOT NULL")),
        Index("ix_letter_unsent", "status", "issued_on", "id", sqlite_where=text("sent_on IS NULL")),
        UniqueConstraint("issue_year", "issue_number"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    incident_id: Mapped[int | None] = mapped_column(ForeignKey("incident.id"), index=True)
    exception_id: Mapped[int | None] = mapped_column(ForeignKey("connection_exception.id"), index=True)
    case_id: Mapped[int | None] = mapped_column(ForeignKey("business_case.id"), index=True)
    message_id: Mapped[int | None] = mapped_column(ForeignKey("account_message.id"), index=True)
    block_id: Mapped[int | None] = mapped_column(ForeignKey("block.id"), index=True)
    """What the letter is about: an incident, an exception, a business case, a message on an account or a block, one of
    them (a trigger holds it).
    """
    person_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"), index=True)
    """Whom it goes to; None where that is no person: the host of a post, the police (``recipient``)."""
    recipient: Mapped[str] = mapped_column(default="")
    """Where it goes to nobody on record: Recipient "host", "posh", "police", "legal"; else ""."""
    kind: Mapped[str]
    """LetterKind: "invitation", "written_warning", "second_warning", "exception_approved" …"""
    language: Mapped[str] = mapped_column(default="en")
    """Of its text: "en", "cy" …"""
    wording_id: Mapped[int | None] = mapped_column(ForeignKey("letter_wording.id"), index=True)
    """The school's own wording it was drafted from; None: the shipped one."""
    look: Mapped[str] = mapped_column(default="standard")
    """PaperLook: "standard", "large", "dyslexia"."""
    envelope: Mapped[str] = mapped_column(default="dl")
    """Envelope whose window the address meets: "dl" or "c5"."""
    status: Mapped[str] = mapped_column(default="draft")
    """"draft", "submitted", "returned", "approved", "issued" or "withdrawn"."""
    subject: Mapped[str]
    addressee: Mapped[str]
    """Name and address lines as printed, newline separated."""
    salutation: Mapped[str]
    body: Mapped[str]
    """Paragraphs separated by blank lines; lines that start with "- " are bullets; "# " is a heading."""
    marks: Mapped[list[list[Any]]] = mapped_column(JSON, default=list)
    """Where the text holds what a field gave: [start, end, field], places in ``body``. The editor keeps each whole."""
    english_subject: Mapped[str] = mapped_column(default="")
    english_salutation: Mapped[str] = mapped_column(default="")
    english_body: Mapped[str] = mapped_column(default="")
    """The English copy that goes with a letter in another language; "" for none."""
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
    sent_proof: Mapped[str] = mapped_column(default="")
    """Number on the proof of posting, where there is one."""
    returned_on: Mapped[date | None]
    """The day it came back undelivered."""
    returned_why: Mapped[str] = mapped_column(default="")
    withdrawn_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    withdrawn_reason: Mapped[str] = mapped_column(default="")
    version: Mapped[int] = mapped_column(default=1)


class LetterWording(Base):
    """The school's own wording of a letter, a version of it. Never changed: an edit is a new version, and so is going
    back to the shipped one. The newest stands; where there is none, the shipped wording does.
    """

    __tablename__ = "letter_wording"
    __table_args__ = (UniqueConstraint("kind", "audience", "language", "number"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[str]
    audience: Mapped[str] = mapped_column(default="")
    """As whom it is written to, for letters about exceptions (Audience); "" for the others."""
    language: Mapped[str]
    number: Mapped[int]
    """1, 2, 3 … of this letter, audience and language."""
    shipped: Mapped[bool] = mapped_column(default=False)
    """The school went back to the shipped wording; subject, closing and parts are then empty."""
    subject: Mapped[str] = mapped_column(default="")
    closing: Mapped[str] = mapped_column(default="")
    parts: Mapped[list[dict[str, Any]]] = mapped_column(JSON, default=list)
    """Pieces in order: {"text": with $fields, "when": condition or ""}."""
    checked: Mapped[bool] = mapped_column(default=True)
    """Somebody who speaks the language has read it."""
    based_on: Mapped[str] = mapped_column(default="")
    """SHA-256 of the shipped wording as it was then: a later SM Desk that ships another one says so."""
    note: Mapped[str] = mapped_column(default="")
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    created_by: Mapped[int] = mapped_column(ForeignKey("user.id"))


class IssuedPaper(Base):
    """A paper that left the program for good: a governor report, a case file, a decision. Kept encrypted with its hash
    and never made anew. Issued letters are kept with their letter.
    """

    __tablename__ = "issued_paper"
    __table_args__ = (Index("ix_issued_paper_object", "object_kind", "object_id", "id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[str]
    """PaperKind: "governor_report", "case_file", "decision", "register" …"""
    title: Mapped[str]
    object_kind: Mapped[str] = mapped_column(default="")
    object_id: Mapped[int] = mapped_column(default=0)
    """What it is about, in the words of the audit log; "" and 0 for the school as a whole."""
    also: Mapped[list[list[Any]]] = mapped_column(JSON, default=list)
    """What else it tells of, [kind, id] each: it opens only to whoever may open all of these."""
    confidential: Mapped[bool] = mapped_column(default=False)
    made_at: Mapped[datetime] = mapped_column(UtcDateTime)
    made_by: Mapped[int] = mapped_column(ForeignKey("user.id"))
    pages: Mapped[int]
    sha256: Mapped[str] = mapped_column(index=True)
    size: Mapped[int]
    stored_name: Mapped[str | None] = mapped_column(unique=True)
    file_key: Mapped[bytes | None]
    note: Mapped[str] = mapped_column(default="")
