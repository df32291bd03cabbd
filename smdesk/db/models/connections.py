"""Connections: exceptions declared and decided, their papers, and questions about a relationship (CON-1 to CON-5)."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import ForeignKey, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from smdesk.db.models.base import Base, UtcDateTime


class ConnectionException(Base):
    """One declaration about one adult and one other person, and what became of it.

    The declared facts are sealed by the first decision that is signed over them (a trigger holds them): whoever
    wants something else declares anew, and the new record ``supersedes`` this one. Columns from ``status`` down to
    ``awaits`` are worked out by services.connection_state after every write, so that the register can sort, filter
    and look back in SQL; they are never typed.
    """

    __tablename__ = "connection_exception"
    __table_args__ = (
        UniqueConstraint("year", "number"),
        Index("ix_connection_exception_pair", "adult_id", "other_id"),
        Index(
            "ix_connection_exception_day",
            "from_on",
            "ends_on",
            "id",
            "confidentiality",
            "headteacher_concerned",
        ),
        Index("ix_connection_exception_status", "status", "review_on", "id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    year: Mapped[int]
    number: Mapped[int]
    """Reference is year/Cnumber, for example 2026/C0042."""
    adult_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    adult_kind: Mapped[str]
    """PersonKind the adult has at the school: staff, governor, volunteer or contractor."""
    other_id: Mapped[int] = mapped_column(ForeignKey("person.id"), index=True)
    capacity: Mapped[str]
    """Capacity of the other person."""
    relationship: Mapped[str]
    relationship_note: Mapped[str] = mapped_column(default="")
    known_how: Mapped[str] = mapped_column(default="")
    """How the school knows that it is so."""
    since_on: Mapped[date | None]
    since_words: Mapped[str] = mapped_column(default="")
    """Where no date is known: "since birth", "about 2015"."""
    links: Mapped[str]
    """Link codes in the vocabulary's order, comma separated. The platforms are rows of their own."""
    initiator: Mapped[str]
    adult_joined_on: Mapped[date | None]
    other_joined_on: Mapped[date | None]
    declared_on: Mapped[date]
    declarant_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    """Who declared it to the school, where that is on record: such a person never decides it (CON-5)."""
    evidence_seen: Mapped[str] = mapped_column(default="")
    conditions_proposed: Mapped[str] = mapped_column(default="")
    agreement: Mapped[str] = mapped_column(default="")
    """The adult's acceptable use agreement: "signed", "declined" or "" (not asked yet) (AUP-1)."""
    agreement_on: Mapped[date | None]
    notes: Mapped[str] = mapped_column(default="")
    """For the office; not part of what is signed."""
    confidentiality: Mapped[str] = mapped_column(default="normal")
    profile_id: Mapped[int] = mapped_column(ForeignKey("policy_profile.id"))
    supersedes_id: Mapped[int | None] = mapped_column(ForeignKey("connection_exception.id"), index=True)
    origin: Mapped[str] = mapped_column(default="declared")
    """"declared", or "imported" from a register kept before SM Desk."""
    recorded_by: Mapped[int] = mapped_column(ForeignKey("user.id"))
    recorded_at: Mapped[datetime] = mapped_column(UtcDateTime)
    submitted_by: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
    """Who put it to the decider; such a user never decides it."""
    submitted_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    withdrawn_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    withdrawn_reason: Mapped[str] = mapped_column(default="")
    role_changed_on: Mapped[date | None]
    """First day on which the adult was seen not to be ``adult_kind`` any more. Put right the same day it is None again;
    whoever comes back to the role later has been without it."""
    sealed: Mapped[bool] = mapped_column(default=False)
    """The declared facts are part of a decision and do not change any more."""

    status: Mapped[str] = mapped_column(default="declared")
    """ExceptionStatus: declared, awaiting, more_wanted, approved, refused, ended, revoked, superseded, withdrawn."""
    timeliness: Mapped[str] = mapped_column(default="unknown")
    late_days: Mapped[int | None]
    from_on: Mapped[date | None]
    """First day it allows the connection; None unless approved at some time."""
    review_on: Mapped[date | None]
    ends_on: Mapped[date | None]
    """First day it does not allow it any more; None while no end is known. May lie in the future."""
    end_cause: Mapped[str] = mapped_column(default="")
    """EndCause: revoked, ended, adult_left, other_left, role_changed, superseded or ""."""
    headteacher_concerned: Mapped[bool] = mapped_column(default=False)
    """The headteacher is one of the two: the chair of governors decides (CON-5)."""
    unconfirmed_paper: Mapped[bool] = mapped_column(default=False)
    """The decision that counts was recorded from paper and the decider has not confirmed it yet."""
    adult_name: Mapped[str] = mapped_column(default="")
    """Casefolded "family given" for sorting."""
    other_name: Mapped[str] = mapped_column(default="")
    awaits: Mapped[str] = mapped_column(default="")
    """Whom it waits for: a Role code (headteacher, chair_of_governors), or ""."""
    version: Mapped[int] = mapped_column(default=1)


class ExceptionPlatform(Base):
    """A platform an exception is for: a code from resources/data/platforms.toml, or the school's own words."""

    __tablename__ = "exception_platform"

    exception_id: Mapped[int] = mapped_column(
        ForeignKey("connection_exception.id", ondelete="CASCADE"), primary_key=True
    )
    platform: Mapped[str] = mapped_column(primary_key=True, index=True)


class ConnectionDecision(Base):
    """One decision about one exception. Never changed. One recorded from paper may be confirmed (and then carries
    the decider's signature) or disputed, once.
    """

    __tablename__ = "connection_decision"
    __table_args__ = (Index("ix_connection_decision_exception", "exception_id", "id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    exception_id: Mapped[int] = mapped_column(ForeignKey("connection_exception.id"))
    kind: Mapped[str]
    """DecisionKind: approve, refuse, ask_for_more, renew, end, revoke."""
    origin: Mapped[str]
    """"signed" in the program, "paper" (recorded on behalf of the decider) or "imported" (unsigned)."""
    reason: Mapped[str]
    conditions: Mapped[str] = mapped_column(default="")
    decided_on: Mapped[date]
    """The day of the decision; on paper the day written there."""
    from_on: Mapped[date | None]
    """approve: first day allowed. end, revoke: first day not allowed any more. renew: day of the renewal."""
    review_on: Mapped[date | None]
    decided_by: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
    """Whose decision it is; None where it was imported."""
    decider_name: Mapped[str]
    """As it stands on paper, with the job title."""
    recorded_by: Mapped[int] = mapped_column(ForeignKey("user.id"))
    recorded_at: Mapped[datetime] = mapped_column(UtcDateTime)
    file_id: Mapped[int | None] = mapped_column(ForeignKey("connection_file.id"))
    """The scan of a decision made on paper."""
    answer: Mapped[str] = mapped_column(default="")
    """For one on paper: "confirmed" or "disputed" by the decider, "" until then."""
    answered_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    answer_reason: Mapped[str] = mapped_column(default="")
    signed_payload: Mapped[str | None]
    """Canonical JSON that was signed."""
    signature: Mapped[bytes | None]
    signing_key_id: Mapped[int | None] = mapped_column(ForeignKey("signing_key.id"))


class ConnectionFile(Base):
    """A scanned form, a decision on paper, or something that shows the relationship; kept encrypted one by one."""

    __tablename__ = "connection_file"

    id: Mapped[int] = mapped_column(primary_key=True)
    exception_id: Mapped[int] = mapped_column(ForeignKey("connection_exception.id"), index=True)
    kind: Mapped[str]
    """"form", "decision" or "evidence"."""
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


class ConnectionEvent(Base):
    """One line of an exception's history. Never edited and never removed (INC-14)."""

    __tablename__ = "connection_event"
    __table_args__ = (Index("ix_connection_event_exception", "exception_id", "id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    exception_id: Mapped[int] = mapped_column(ForeignKey("connection_exception.id"))
    kind: Mapped[str]
    """declared, imported, changed, submitted, taken_back, withdrawn, unwithdrawn, decision, paper_answer, file, letter,
    note, attempt, question; by the program itself: an EndCause nobody decides (adult_left, other_left, role_changed,
    superseded), or resumed."""
    happened_on: Mapped[date]
    text: Mapped[str] = mapped_column(default="")
    reason: Mapped[str] = mapped_column(default="")
    rule: Mapped[str] = mapped_column(default="")
    decision_id: Mapped[int | None] = mapped_column(ForeignKey("connection_decision.id"))
    """The decision it tells of; for submitted: the one that asked for more and is answered by it."""
    letter_id: Mapped[int | None] = mapped_column(ForeignKey("letter.id"))
    file_id: Mapped[int | None] = mapped_column(ForeignKey("connection_file.id"))
    recorded_at: Mapped[datetime] = mapped_column(UtcDateTime)
    recorded_by: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
    """None: the program itself, because somebody left or changed role."""


class RelationshipQuestion(Base):
    """The headteacher's question about a relationship: opened, answered, closed (CON-4)."""

    __tablename__ = "relationship_question"
    __table_args__ = (
        Index("ix_relationship_question_pair", "adult_id", "other_id"),
        Index("ix_relationship_question_status", "status", "id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    adult_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    other_id: Mapped[int] = mapped_column(ForeignKey("person.id"), index=True)
    exception_id: Mapped[int | None] = mapped_column(ForeignKey("connection_exception.id"), index=True)
    status: Mapped[str] = mapped_column(default="open")
    """"open", "answered" or "closed"."""
    question: Mapped[str]
    asked_on: Mapped[date]
    asked_by: Mapped[int] = mapped_column(ForeignKey("user.id"))
    answer: Mapped[str] = mapped_column(default="")
    answered_on: Mapped[date | None]
    answered_by: Mapped[str] = mapped_column(default="")
    """Who answered, as written down."""
    answer_recorded_by: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
    outcome: Mapped[str] = mapped_column(default="")
    """QuestionOutcome: no_concern, to_be_declared, must_end, incident or ""."""
    outcome_reason: Mapped[str] = mapped_column(default="")
    closed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    closed_by: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
    headteacher_concerned: Mapped[bool] = mapped_column(default=False)
    version: Mapped[int] = mapped_column(default=1)
