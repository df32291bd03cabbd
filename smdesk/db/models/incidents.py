"""The incident log: incidents, who is in them, what was done, and the evidence."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import ForeignKey, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from smdesk.db.models.base import Base, UtcDateTime


class Incident(Base):
    """One incident. Columns from ``next_step`` down are worked out by services.advice after every write,
    so that the list can sort and filter on them in SQL; they are never typed.
    """

    __tablename__ = "incident"
    __table_args__ = (
        UniqueConstraint("year", "number"),
        # Everything the list's views and filters and the rule of who sees what look at, so that they never read
        # the records themselves: 25 ms in place of 180 for 100,000 incidents, and one index to keep up, not six.
        Index(
            "ix_incident_list",
            "received_at",
            "id",
            "status",
            "confidentiality",
            "headteacher_is_subject",
            "logged_by",
            "handled_by",
            "next_due",
            "awaiting_headteacher",
            "platform",
            "author_kind",
            "route",
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    year: Mapped[int]
    number: Mapped[int]
    """Reference is year/number, for example 2026/0042."""
    received_at: Mapped[datetime] = mapped_column(UtcDateTime)
    posted_on: Mapped[date | None]
    posted_time: Mapped[str] = mapped_column(default="")
    """HH:MM as shown on the post, where known."""
    logged_at: Mapped[datetime] = mapped_column(UtcDateTime)
    logged_by: Mapped[int] = mapped_column(ForeignKey("user.id"))
    handled_by: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
    platform: Mapped[str] = mapped_column(default="")
    """A code from resources/data/platforms.toml, or the school's own words."""
    link: Mapped[str] = mapped_column(default="")
    visibility: Mapped[str] = mapped_column(default="")
    """"public", "private" or "" (not known) (INC-1)."""
    on_school_account: Mapped[bool] = mapped_column(default=False)
    summary: Mapped[str]
    said: Mapped[str] = mapped_column(default="")
    """What was said, word for word."""
    consent_notes: Mapped[str] = mapped_column(default="")
    data_protection: Mapped[bool] = mapped_column(default=False)
    """Marked for the data protection lead (INC-12)."""
    confidentiality: Mapped[str] = mapped_column(default="normal")
    """"normal", "safeguarding" or "staff"."""
    retention_class: Mapped[str] = mapped_column(default="")
    profile_id: Mapped[int] = mapped_column(ForeignKey("policy_profile.id"))
    """The policy version this incident is handled under; kept when the policy changes."""
    status: Mapped[str] = mapped_column(default="open")
    """"open" or "closed"."""
    outcome: Mapped[str] = mapped_column(default="")
    outcome_reason: Mapped[str] = mapped_column(default="")
    closed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    removal_asked_on: Mapped[date | None]
    removed_on: Mapped[date | None]
    dsl_cleared_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    """When the DSL cleared an extremism incident for ordinary letters (INC-9)."""
    replied_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    """First acknowledgement or answer to a comment on a school account (ACC-5)."""

    next_step: Mapped[str] = mapped_column(default="")
    next_due: Mapped[datetime | None] = mapped_column(UtcDateTime)
    """The earliest open deadline: reply, chase, or step; None when nothing is timed."""
    reply_by: Mapped[datetime | None] = mapped_column(UtcDateTime)
    urgent: Mapped[bool] = mapped_column(default=False)
    route: Mapped[str] = mapped_column(default="")
    author_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    """First person in the role "author"."""
    author_kind: Mapped[str] = mapped_column(default="unknown")
    author_name: Mapped[str] = mapped_column(default="")
    stage: Mapped[str] = mapped_column(default="")
    """The furthest ladder step taken in this incident, for figures."""
    headteacher_is_subject: Mapped[bool] = mapped_column(default=False)
    """The headteacher posted it or it is about the headteacher's conduct: the chair decides (CON-5)."""
    awaiting_headteacher: Mapped[bool] = mapped_column(default=False)
    version: Mapped[int] = mapped_column(default=1)


class IncidentPerson(Base):
    """A person in an incident: author, named, affected or reported_by, and in what capacity."""

    __tablename__ = "incident_person"
    __table_args__ = (
        UniqueConstraint("incident_id", "person_id", "role"),
        Index("ix_incident_person_person", "person_id", "role", "incident_id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    incident_id: Mapped[int] = mapped_column(ForeignKey("incident.id", ondelete="CASCADE"))
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    role: Mapped[str]
    kind: Mapped[str]
    """PersonKind they acted in: a teacher posting as a parent is "parent" here."""
    position: Mapped[int] = mapped_column(default=0)


class IncidentConduct(Base):
    __tablename__ = "incident_conduct"

    incident_id: Mapped[int] = mapped_column(ForeignKey("incident.id", ondelete="CASCADE"), primary_key=True)
    conduct: Mapped[str] = mapped_column(primary_key=True, index=True)


class IncidentFourC(Base):
    __tablename__ = "incident_four_c"

    incident_id: Mapped[int] = mapped_column(ForeignKey("incident.id", ondelete="CASCADE"), primary_key=True)
    four_c: Mapped[str] = mapped_column(primary_key=True)


class IncidentLink(Base):
    """Two incidents that belong together; stored once, smaller id first."""

    __tablename__ = "incident_link"

    first_id: Mapped[int] = mapped_column(ForeignKey("incident.id", ondelete="CASCADE"), primary_key=True)
    second_id: Mapped[int] = mapped_column(
        ForeignKey("incident.id", ondelete="CASCADE"), primary_key=True, index=True
    )


class Entry(Base):
    """One line of an incident's timeline. Never edited: a slip is withdrawn, with a reason, and stays (INC-14)."""

    __tablename__ = "entry"
    __table_args__ = (
        Index("ix_entry_incident", "incident_id", "id"),
        Index("ix_entry_person", "person_id", "kind", "happened_on"),
        Index("ix_entry_chase", "chase_on"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    incident_id: Mapped[int] = mapped_column(ForeignKey("incident.id", ondelete="CASCADE"))
    kind: Mapped[str]
    """"step", "skip", "note", "decision", "change", "closed", "reopened", "letter", "evidence", "removed", "reply"."""
    step: Mapped[str] = mapped_column(default="")
    """Step code for kinds step, skip and decision."""
    person_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    """With whom: the ladder counts steps per person (INC-5)."""
    happened_on: Mapped[date]
    happened_at: Mapped[str] = mapped_column(default="")
    """HH:MM where known."""
    text: Mapped[str] = mapped_column(default="")
    reason: Mapped[str] = mapped_column(default="")
    rule: Mapped[str] = mapped_column(default="")
    chase_on: Mapped[date | None]
    chased: Mapped[bool] = mapped_column(default=False)
    letter_id: Mapped[int | None] = mapped_column(ForeignKey("letter.id"))
    evidence_id: Mapped[int | None] = mapped_column(ForeignKey("evidence.id"))
    recorded_at: Mapped[datetime] = mapped_column(UtcDateTime)
    recorded_by: Mapped[int] = mapped_column(ForeignKey("user.id"))
    withdrawn_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    withdrawn_by: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
    withdrawn_reason: Mapped[str] = mapped_column(default="")


class Evidence(Base):
    """A piece of evidence. ``withheld`` rows hold no file: sexual imagery of a child is never stored, only
    where and when it was seen and whom it was reported to (facts.md).
    """

    __tablename__ = "evidence"

    id: Mapped[int] = mapped_column(primary_key=True)
    incident_id: Mapped[int] = mapped_column(ForeignKey("incident.id", ondelete="CASCADE"), index=True)
    name: Mapped[str]
    media_type: Mapped[str] = mapped_column(default="")
    size: Mapped[int] = mapped_column(default=0)
    sha256: Mapped[str] = mapped_column(default="")
    """Of the plain content, hexadecimal."""
    stored_name: Mapped[str | None] = mapped_column(unique=True)
    file_key: Mapped[bytes | None]
    """This file's own key; removing the row's key makes the file unreadable for good."""
    thumbnail: Mapped[bytes | None]
    note: Mapped[str] = mapped_column(default="")
    seen_at: Mapped[str] = mapped_column(default="")
    """Link or place where it was seen."""
    taken_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    added_at: Mapped[datetime] = mapped_column(UtcDateTime)
    added_by: Mapped[int] = mapped_column(ForeignKey("user.id"))
    withheld: Mapped[bool] = mapped_column(default=False)
    removed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    removed_reason: Mapped[str] = mapped_column(default="")
