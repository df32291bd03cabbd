"""Policies people agree to, training, and online-safety education (AUP-1 to AUP-4)."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import ForeignKey, Index, text
from sqlalchemy.orm import Mapped, mapped_column

from smdesk.db.models.base import Base, UtcDateTime


class PolicyDocument(Base):
    """A policy or agreement of the school: who must acknowledge it, who reviews it (AUP-1 to AUP-3)."""

    __tablename__ = "policy_document"

    id: Mapped[int] = mapped_column(primary_key=True)
    title: Mapped[str]
    kind: Mapped[str]
    """PolicyKind: social_media, acceptable_use, other."""
    asked_of: Mapped[str] = mapped_column(default="")
    """PersonKind codes of those who must acknowledge it, comma separated."""
    for_accounts: Mapped[bool] = mapped_column(default=False)
    """Whoever runs a school account must have acknowledged it (ACC-3)."""
    reviewers: Mapped[str] = mapped_column(default="")
    """Named reviewers, in words (AUP-3)."""
    review_months: Mapped[int] = mapped_column(default=12)
    retired_on: Mapped[date | None]
    retired_reason: Mapped[str] = mapped_column(default="")
    notes: Mapped[str] = mapped_column(default="")
    version: Mapped[int] = mapped_column(default=1)


class PolicyVersion(Base):
    """One version of a policy, with its file. In use on a day: the one adopted last up to that day."""

    __tablename__ = "policy_version"
    __table_args__ = (Index("ix_policy_version_policy", "policy_id", "adopted_on", "id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    policy_id: Mapped[int] = mapped_column(ForeignKey("policy_document.id"))
    label: Mapped[str]
    """What the school calls it: "3", "2026", "September 2026"."""
    adopted_on: Mapped[date]
    review_on: Mapped[date | None]
    """The next review."""
    approved_by: Mapped[str] = mapped_column(default="")
    changes: Mapped[str] = mapped_column(default="")
    """What is new against the version before."""
    ask_again: Mapped[bool] = mapped_column(default=True)
    """False for a slip put right: who acknowledged the version before need not do so again."""
    recorded_by: Mapped[int] = mapped_column(ForeignKey("user.id"))
    recorded_at: Mapped[datetime] = mapped_column(UtcDateTime)
    version: Mapped[int] = mapped_column(default=1)


class Acknowledgement(Base):
    """One person's answer about one version on one day. Never edited: a slip is withdrawn (AUP-1, AUP-2)."""

    __tablename__ = "acknowledgement"
    __table_args__ = (
        Index(
            "ix_acknowledgement_version", "version_id", "person_id", "answer", "answered_on", "withdrawn_at"
        ),
        Index("ix_acknowledgement_person", "person_id", "version_id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    version_id: Mapped[int] = mapped_column(ForeignKey("policy_version.id"))
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    answer: Mapped[str]
    """"signed" or "declined"."""
    answered_on: Mapped[date]
    how: Mapped[str] = mapped_column(default="")
    """On paper, in a meeting, by e-mail: in words."""
    note: Mapped[str] = mapped_column(default="")
    recorded_by: Mapped[int] = mapped_column(ForeignKey("user.id"))
    recorded_at: Mapped[datetime] = mapped_column(UtcDateTime)
    withdrawn_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    withdrawn_by: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
    withdrawn_reason: Mapped[str] = mapped_column(default="")


class TrainingType(Base):
    """A kind of training and how long it lasts (AUP-2, ACC-3)."""

    __tablename__ = "training_type"

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str]
    valid_months: Mapped[int] = mapped_column(default=0)
    """0: it does not lapse."""
    asked_of: Mapped[str] = mapped_column(default="")
    """PersonKind codes of those who need it, comma separated."""
    for_accounts: Mapped[bool] = mapped_column(default=False)
    """Whoever runs a school account needs it (ACC-3)."""
    retired_on: Mapped[date | None]
    notes: Mapped[str] = mapped_column(default="")
    version: Mapped[int] = mapped_column(default=1)


class Training(Base):
    """One person's training on one day. Never edited: a slip is withdrawn."""

    __tablename__ = "training"
    __table_args__ = (
        Index("ix_training_person", "person_id", "type_id", "done_on"),
        Index("ix_training_lapses", "valid_until", "id", sqlite_where=text("newest")),
        Index("ix_training_type", "type_id", "done_on"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    type_id: Mapped[int] = mapped_column(ForeignKey("training_type.id"))
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    done_on: Mapped[date]
    valid_until: Mapped[date | None]
    """The last day it counts, from the type's months when it was recorded; None: it does not lapse."""
    given_by: Mapped[str] = mapped_column(default="")
    note: Mapped[str] = mapped_column(default="")
    newest: Mapped[bool] = mapped_column(default=True)
    """The newest of this person and type that is not withdrawn; kept by services.training."""
    recorded_by: Mapped[int] = mapped_column(ForeignKey("user.id"))
    recorded_at: Mapped[datetime] = mapped_column(UtcDateTime)
    withdrawn_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    withdrawn_by: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
    withdrawn_reason: Mapped[str] = mapped_column(default="")


class EducationEvent(Base):
    """Online-safety education: a session, an assembly, a leaflet (AUP-4)."""

    __tablename__ = "education_event"
    __table_args__ = (Index("ix_education_event_day", "held_on", "id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    held_on: Mapped[date]
    kind: Mapped[str]
    """EducationKind: session, assembly, lesson, leaflet, website, newsletter, other."""
    title: Mapped[str]
    audience: Mapped[str] = mapped_column(default="")
    """PersonKind codes, comma separated."""
    audience_note: Mapped[str] = mapped_column(default="")
    """Which of them: "Year 5 and 6"."""
    reached: Mapped[int | None]
    """How many people it reached; None where nobody counted."""
    led_by: Mapped[str] = mapped_column(default="")
    notes: Mapped[str] = mapped_column(default="")
    recorded_by: Mapped[int] = mapped_column(ForeignKey("user.id"))
    recorded_at: Mapped[datetime] = mapped_column(UtcDateTime)
    withdrawn_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    withdrawn_reason: Mapped[str] = mapped_column(default="")
    version: Mapped[int] = mapped_column(default=1)
