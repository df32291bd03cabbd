"""What is said about the school elsewhere: places, checks and findings (REP-1 to REP-3)."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import ForeignKey, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from smdesk.db.models.base import Base, UtcDateTime


class WatchedPlace(Base):
    """A place where the school looks what is said about it, its named person and its rhythm (REP-1, PPL-3)."""

    __tablename__ = "watched_place"
    __table_args__ = (Index("ix_watched_place_due", "due_on", "id", sqlite_where=text("stopped_on IS NULL")),)

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str]
    kind: Mapped[str]
    """PlaceKind: search_engine, reviews, forum, encyclopaedia, local_group, news, other."""
    link: Mapped[str] = mapped_column(default="")
    look_for: Mapped[str] = mapped_column(default="")
    responsible_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"), index=True)
    every_days: Mapped[int] = mapped_column(default=7)
    due_on: Mapped[date | None]
    """The next check; worked out from the newest check and the rhythm."""
    stopped_on: Mapped[date | None]
    stopped_reason: Mapped[str] = mapped_column(default="")
    notes: Mapped[str] = mapped_column(default="")
    version: Mapped[int] = mapped_column(default=1)


class PlaceCheck(Base):
    """Somebody looked at a place. Never edited: a slip is withdrawn."""

    __tablename__ = "place_check"
    __table_args__ = (Index("ix_place_check_place", "place_id", "checked_on"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    place_id: Mapped[int] = mapped_column(ForeignKey("watched_place.id"))
    checked_on: Mapped[date]
    checked_by: Mapped[str]
    person_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"), index=True)
    note: Mapped[str] = mapped_column(default="")
    rating_tenths: Mapped[int | None]
    """The place's rating in tenths of a star, where it has one: 43 for 4.3."""
    reviews: Mapped[int | None]
    """How many reviews the place counts."""
    recorded_by: Mapped[int] = mapped_column(ForeignKey("user.id"))
    recorded_at: Mapped[datetime] = mapped_column(UtcDateTime)
    withdrawn_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    withdrawn_reason: Mapped[str] = mapped_column(default="")


class Finding(Base):
    """Something said about the school, and what was decided about it (REP-2, REP-3)."""

    __tablename__ = "finding"
    __table_args__ = (
        UniqueConstraint("year", "number"),
        Index(
            "ix_finding_waiting",
            "found_on",
            "id",
            sqlite_where=text("decision = '' AND withdrawn_at IS NULL"),
        ),
        Index(
            "ix_finding_to_do",
            "found_on",
            "id",
            sqlite_where=text(
                "decision IN ('thank', 'answer', 'private_talk') AND done_on IS NULL AND withdrawn_at IS NULL"
            ),
        ),
        Index("ix_finding_place", "place_id", "found_on"),
        Index("ix_finding_day", "found_on", "id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    year: Mapped[int]
    number: Mapped[int]
    """Reference is year/Rnumber, for example 2026/R0005."""
    place_id: Mapped[int] = mapped_column(ForeignKey("watched_place.id"))
    check_id: Mapped[int | None] = mapped_column(ForeignKey("place_check.id"), index=True)
    found_on: Mapped[date]
    posted_on: Mapped[date | None]
    tone: Mapped[str]
    """Tone: praise, neutral, criticism."""
    said: Mapped[str]
    link: Mapped[str] = mapped_column(default="")
    by_name: Mapped[str] = mapped_column(default="")
    person_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"), index=True)
    journalist: Mapped[bool] = mapped_column(default=False)
    """A journalist got in touch or wrote it: the media policy comes first (REP-3)."""
    media_told_on: Mapped[date | None]
    media_told: Mapped[str] = mapped_column(default="")
    """Who looks after the media policy and was told, in words."""
    decision: Mapped[str] = mapped_column(default="")
    """FindingDecision: thank, answer, ignore, private_talk, incident, or "" (to decide)."""
    decision_reason: Mapped[str] = mapped_column(default="")
    decided_by: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
    decided_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    done_on: Mapped[date | None]
    """When the thanks or the answer was given, or the talk held."""
    done_note: Mapped[str] = mapped_column(default="")
    incident_id: Mapped[int | None] = mapped_column(ForeignKey("incident.id"), index=True)
    notes: Mapped[str] = mapped_column(default="")
    recorded_by: Mapped[int] = mapped_column(ForeignKey("user.id"))
    recorded_at: Mapped[datetime] = mapped_column(UtcDateTime)
    withdrawn_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    withdrawn_reason: Mapped[str] = mapped_column(default="")
    words: Mapped[str] = mapped_column(default="")
    version: Mapped[int] = mapped_column(default=1)
