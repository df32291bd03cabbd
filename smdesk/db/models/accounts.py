"""School accounts: proposed with a business case, run, watched, answered for (ACC-1 to ACC-9)."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import ForeignKey, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from smdesk.db.models.base import Base, UtcDateTime


class BusinessCase(Base):
    """One proposal of an account, or of one that exists already (ACC-1).

    The five points and the names stay as they were once the leadership team has approved or rejected it (a trigger
    holds them): whoever wants something else proposes anew, and the new case ``supersedes`` this one.
    """

    __tablename__ = "business_case"
    __table_args__ = (
        UniqueConstraint("year", "number"),
        Index("ix_business_case_status", "status", "submitted_on", "id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    year: Mapped[int]
    number: Mapped[int]
    """Reference is year/Bnumber, for example 2026/B0007."""
    platform: Mapped[str] = mapped_column(default="")
    """A code from resources/data/platforms.toml, or the school's own words."""
    proposed_name: Mapped[str] = mapped_column(default="")
    link: Mapped[str] = mapped_column(default="")
    """For an account that exists already."""
    exists_already: Mapped[bool] = mapped_column(default=False)
    account_id: Mapped[int | None] = mapped_column(ForeignKey("school_account.id"), index=True)
    """The account it is about: there before, or opened by the approval."""
    proposer_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"), index=True)
    proposer_name: Mapped[str] = mapped_column(default="")
    """Where the proposer is nobody on record: anyone may propose, employed or not."""
    aim: Mapped[str] = mapped_column(default="")
    audience: Mapped[str] = mapped_column(default="")
    promotion: Mapped[str] = mapped_column(default="")
    openness: Mapped[str] = mapped_column(default="")
    """Openness: "open", "closed" or "" (not answered). Who will run it stands in case_runner."""
    openness_note: Mapped[str] = mapped_column(default="")
    audience_age: Mapped[str] = mapped_column(default="")
    """The age the audience has, or the account is meant for."""
    consents: Mapped[str] = mapped_column(default="")
    holidays: Mapped[str] = mapped_column(default="")
    when_runners_leave: Mapped[str] = mapped_column(default="")
    notes: Mapped[str] = mapped_column(default="")
    """For the office; not put to the leadership team."""
    profile_id: Mapped[int] = mapped_column(ForeignKey("policy_profile.id"))
    supersedes_id: Mapped[int | None] = mapped_column(ForeignKey("business_case.id"), index=True)
    recorded_by: Mapped[int] = mapped_column(ForeignKey("user.id"))
    recorded_at: Mapped[datetime] = mapped_column(UtcDateTime)
    submitted_by: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
    submitted_on: Mapped[date | None]
    withdrawn_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    withdrawn_reason: Mapped[str] = mapped_column(default="")
    sealed: Mapped[bool] = mapped_column(default=False)
    status: Mapped[str] = mapped_column(default="draft")
    """CaseStatus: draft, submitted, more_wanted, approved, rejected, withdrawn."""
    decided_on: Mapped[date | None]
    words: Mapped[str] = mapped_column(default="")
    """Casefolded reference, name, people and points, for the search; kept by services.business_cases."""
    version: Mapped[int] = mapped_column(default=1)


class CaseRunner(Base):
    """Somebody who is to run the proposed account. The same person twice is refused by the service, in words."""

    __tablename__ = "case_runner"

    id: Mapped[int] = mapped_column(primary_key=True)
    case_id: Mapped[int] = mapped_column(ForeignKey("business_case.id"), index=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"), index=True)
    position: Mapped[int] = mapped_column(default=0)
    responsible: Mapped[bool] = mapped_column(default=False)
    """The named responsible person (PPL-3)."""


class CaseDecision(Base):
    """One decision of the leadership team about one case, signed by whoever recorded it (ACC-2). Never changed."""

    __tablename__ = "case_decision"

    id: Mapped[int] = mapped_column(primary_key=True)
    case_id: Mapped[int] = mapped_column(ForeignKey("business_case.id"), index=True)
    kind: Mapped[str]
    """CaseDecisionKind: ask_for_more, approve, reject."""
    reason: Mapped[str]
    conditions: Mapped[str] = mapped_column(default="")
    decided_on: Mapped[date]
    present: Mapped[str] = mapped_column(default="")
    """Who else was there, in words; members who agreed or not stand in case_vote."""
    minute_ref: Mapped[str] = mapped_column(default="")
    review_on: Mapped[date | None]
    recorded_by: Mapped[int] = mapped_column(ForeignKey("user.id"))
    recorder_name: Mapped[str]
    """With the job title, as it stands on paper."""
    recorded_at: Mapped[datetime] = mapped_column(UtcDateTime)
    signed_payload: Mapped[str]
    signature: Mapped[bytes]
    signing_key_id: Mapped[int] = mapped_column(ForeignKey("signing_key.id"))


class CaseVote(Base):
    """A member of the leadership team at a decision. Never changed."""

    __tablename__ = "case_vote"

    id: Mapped[int] = mapped_column(primary_key=True)
    decision_id: Mapped[int] = mapped_column(ForeignKey("case_decision.id"), index=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("user.id"))
    name: Mapped[str]
    agreed: Mapped[bool]


class SchoolAccount(Base):
    """One account of the school (ACC-1 to ACC-9). Columns from ``looked_on`` down are worked out by the services."""

    __tablename__ = "school_account"
    __table_args__ = (
        Index(
            "ix_school_account_open",
            "looked_on",
            "review_on",
            "id",
            sqlite_where=text("closed_on IS NULL"),
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    platform: Mapped[str]
    handle: Mapped[str]
    link: Mapped[str] = mapped_column(default="")
    purpose: Mapped[str] = mapped_column(default="")
    audience: Mapped[str] = mapped_column(default="")
    openness: Mapped[str] = mapped_column(default="")
    responsible_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"), index=True)
    """The named responsible person (PPL-3)."""
    approved_on: Mapped[date | None]
    """None: not approved yet. The case that approved it names this account."""
    approved_by: Mapped[str] = mapped_column(default="")
    """In words, as at the approval."""
    opened_on: Mapped[date | None]
    review_on: Mapped[date | None]
    credentials_place: Mapped[str] = mapped_column(default="")
    """Where the password is kept, never the password."""
    checklist: Mapped[str] = mapped_column(default="")
    """Codes of the points of ACC-7 that are seen to, comma separated."""
    checklist_on: Mapped[date | None]
    watch_days: Mapped[int] = mapped_column(default=0)
    """Days it is looked at: Monday 1, Tuesday 2, Wednesday 4 … Sunday 64, added up; 0: no rota."""
    watch_holidays: Mapped[bool] = mapped_column(default=True)
    """Looked at on bank holidays and in the school's holidays too (ACC-4)."""
    notes: Mapped[str] = mapped_column(default="")
    closed_on: Mapped[date | None]
    closed_reason: Mapped[str] = mapped_column(default="")
    recorded_by: Mapped[int] = mapped_column(ForeignKey("user.id"))
    recorded_at: Mapped[datetime] = mapped_column(UtcDateTime)
    looked_on: Mapped[date | None]
    """The newest day somebody looked at it."""
    words: Mapped[str] = mapped_column(default="")
    """Casefolded handle, link, purpose and people, for the search."""
    version: Mapped[int] = mapped_column(default=1)


class AccountRunner(Base):
    """Somebody who runs an account, from a day to a day (until: first day not any more)."""

    __tablename__ = "account_runner"

    id: Mapped[int] = mapped_column(primary_key=True)
    account_id: Mapped[int] = mapped_column(ForeignKey("school_account.id"), index=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"), index=True)
    from_on: Mapped[date]
    until_on: Mapped[date | None]
    note: Mapped[str] = mapped_column(default="")


class WatchTurn(Base):
    """One line of an account's rota: who looks on which days (ACC-4)."""

    __tablename__ = "watch_turn"

    id: Mapped[int] = mapped_column(primary_key=True)
    account_id: Mapped[int] = mapped_column(ForeignKey("school_account.id"), index=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"), index=True)
    days: Mapped[int]
    """Monday 1, Tuesday 2, Wednesday 4 … Sunday 64, added up."""
    holidays: Mapped[bool] = mapped_column(default=True)
    """Also on bank holidays."""
    from_on: Mapped[date]
    until_on: Mapped[date | None]
    """The last day of it."""


class WatchCover(Base):
    """Somebody is away, from a day to a day (both included), and who looks in their place."""

    __tablename__ = "watch_cover"

    id: Mapped[int] = mapped_column(primary_key=True)
    account_id: Mapped[int | None] = mapped_column(ForeignKey("school_account.id"), index=True)
    """None: every account the absent person looks after."""
    absent_id: Mapped[int] = mapped_column(ForeignKey("person.id"), index=True)
    cover_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"), index=True)
    """None: nobody yet, and their days show as nobody's."""
    from_on: Mapped[date]
    until_on: Mapped[date]
    note: Mapped[str] = mapped_column(default="")
    recorded_by: Mapped[int] = mapped_column(ForeignKey("user.id"))
    recorded_at: Mapped[datetime] = mapped_column(UtcDateTime)


class AccountLook(Base):
    """Somebody looked at an account. Never edited: a slip is withdrawn, and its line stays."""

    __tablename__ = "account_look"
    __table_args__ = (
        Index(
            "ix_account_look_day",
            "account_id",
            "looked_on",
            sqlite_where=text("withdrawn_at IS NULL"),
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    account_id: Mapped[int] = mapped_column(ForeignKey("school_account.id"))
    looked_on: Mapped[date]
    looked_by: Mapped[str]
    """Who looked, as shown; usually the user who recorded it."""
    person_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"), index=True)
    found: Mapped[bool] = mapped_column(default=False)
    note: Mapped[str] = mapped_column(default="")
    recorded_by: Mapped[int] = mapped_column(ForeignKey("user.id"))
    recorded_at: Mapped[datetime] = mapped_column(UtcDateTime)
    withdrawn_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    withdrawn_reason: Mapped[str] = mapped_column(default="")


class AccountMessage(Base):
    """A message or comment on a school account, its clock, and what was answered (ACC-5)."""

    __tablename__ = "account_message"
    __table_args__ = (
        UniqueConstraint("year", "number"),
        Index(
            "ix_account_message_waiting",
            "due_at",
            "id",
            sqlite_where=text("replied_at IS NULL AND settled_at IS NULL AND withdrawn_at IS NULL"),
        ),
        Index(
            "ix_account_message_open",
            "received_at",
            "id",
            sqlite_where=text("replied_at IS NOT NULL AND settled_at IS NULL AND withdrawn_at IS NULL"),
        ),
        Index("ix_account_message_account", "account_id", "received_at"),
        Index("ix_account_message_received", "received_at", "id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    year: Mapped[int]
    number: Mapped[int]
    """Reference is year/Mnumber, for example 2026/M0031."""
    account_id: Mapped[int] = mapped_column(ForeignKey("school_account.id"))
    received_at: Mapped[datetime] = mapped_column(UtcDateTime)
    kind: Mapped[str]
    """MessageKind: comment, query, complaint, praise."""
    from_name: Mapped[str] = mapped_column(default="")
    person_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"), index=True)
    said: Mapped[str]
    link: Mapped[str] = mapped_column(default="")
    notes: Mapped[str] = mapped_column(default="")
    profile_id: Mapped[int] = mapped_column(ForeignKey("policy_profile.id"))
    due_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    """When it must have had a reply; None where the policy has no reply clock or it asks for none (praise)."""
    acknowledged_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    acknowledged_by: Mapped[str] = mapped_column(default="")
    acknowledgement: Mapped[str] = mapped_column(default="")
    answered_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    answered_by: Mapped[str] = mapped_column(default="")
    answer: Mapped[str] = mapped_column(default="")
    replied_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    """The earlier of acknowledgement and answer: that stops the clock."""
    settled_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    """Answered, closed without an answer, or handed over: nothing more to do here."""
    settled_how: Mapped[str] = mapped_column(default="")
    """"answered", "closed" or "incident"."""
    settled_reason: Mapped[str] = mapped_column(default="")
    incident_id: Mapped[int | None] = mapped_column(ForeignKey("incident.id"), index=True)
    recorded_by: Mapped[int] = mapped_column(ForeignKey("user.id"))
    recorded_at: Mapped[datetime] = mapped_column(UtcDateTime)
    withdrawn_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    withdrawn_reason: Mapped[str] = mapped_column(default="")
    words: Mapped[str] = mapped_column(default="")
    version: Mapped[int] = mapped_column(default=1)


class SignOff(Base):
    """A post put to a senior leader before it is published (ACC-6)."""

    __tablename__ = "sign_off"
    __table_args__ = (
        Index("ix_sign_off_waiting", "asked_at", "id", sqlite_where=text("status = 'waiting'")),
        Index("ix_sign_off_account", "account_id", "id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    account_id: Mapped[int] = mapped_column(ForeignKey("school_account.id"))
    title: Mapped[str]
    post: Mapped[str]
    """The text as it is to be published; pictures are attached files."""
    concern: Mapped[str] = mapped_column(default="")
    """What may be controversial about it."""
    planned_for: Mapped[date | None]
    asked_by: Mapped[int] = mapped_column(ForeignKey("user.id"))
    asked_at: Mapped[datetime] = mapped_column(UtcDateTime)
    asked_of: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
    """The senior leader asked; None: any of them."""
    status: Mapped[str] = mapped_column(default="waiting")
    """SignOffStatus: waiting, approved, changed, refused, withdrawn."""
    decided_by: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
    decided_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    reason: Mapped[str] = mapped_column(default="")
    changed_post: Mapped[str] = mapped_column(default="")
    """The text it is approved with, where the leader changed it."""
    published_on: Mapped[date | None]
    version: Mapped[int] = mapped_column(default=1)


class Block(Base):
    """A follower or a sender blocked, why, and when that is looked at again (ACC-9)."""

    __tablename__ = "block"
    __table_args__ = (Index("ix_block_review", "review_on", "id", sqlite_where=text("ended_on IS NULL")),)

    id: Mapped[int] = mapped_column(primary_key=True)
    account_id: Mapped[int | None] = mapped_column(ForeignKey("school_account.id"), index=True)
    """None: e-mail, or a platform as a whole."""
    place: Mapped[str] = mapped_column(default="")
    """Where, in words, when it is no account on the register."""
    who: Mapped[str]
    person_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"), index=True)
    reason: Mapped[str]
    since_on: Mapped[date]
    review_on: Mapped[date | None]
    incident_id: Mapped[int | None] = mapped_column(ForeignKey("incident.id"), index=True)
    ended_on: Mapped[date | None]
    ended_reason: Mapped[str] = mapped_column(default="")
    recorded_by: Mapped[int] = mapped_column(ForeignKey("user.id"))
    recorded_at: Mapped[datetime] = mapped_column(UtcDateTime)
    version: Mapped[int] = mapped_column(default=1)
