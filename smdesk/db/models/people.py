"""People: everyone an incident can be by, about or reported by (PPL-1, PPL-2)."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import ForeignKey, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from smdesk.db.models.base import Base, UtcDateTime


class Person(Base):
    """One person. A merged duplicate keeps its row and points to the one that stands for it."""

    __tablename__ = "person"
    __table_args__ = (
        Index("ix_person_sort", "sort_name", "id"),
        Index("ix_person_kind", "kind", "sort_name"),
        Index("ix_person_outside", "outside_id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[str]
    also: Mapped[str] = mapped_column(default="")
    """Further kinds, comma separated: a member of staff who is also a parent."""
    title: Mapped[str] = mapped_column(default="")
    given_name: Mapped[str] = mapped_column(default="")
    family_name: Mapped[str]
    """For a poster known only by a screen name, that name stands here."""
    known_as: Mapped[str] = mapped_column(default="")
    """Names also looked for before a letter goes out: short form, former surname (comma separated)."""
    sort_name: Mapped[str]
    """Casefolded "family given", kept by services.people."""
    identified: Mapped[bool] = mapped_column(default=True)
    """False for a screen name nobody has put a face to: no letter can be addressed to it (INC-7)."""
    date_of_birth: Mapped[date | None]
    year_group: Mapped[str] = mapped_column(default="")
    class_name: Mapped[str] = mapped_column(default="", server_default="")
    """Class or registration group, for recording a whole class at once (AUP-1)."""
    outside_id: Mapped[str] = mapped_column(default="", server_default="")
    """What the school's management system calls them; an import finds them again by it."""
    address: Mapped[str] = mapped_column(default="")
    postcode: Mapped[str] = mapped_column(default="")
    email: Mapped[str] = mapped_column(default="")
    phone: Mapped[str] = mapped_column(default="")
    online_names: Mapped[str] = mapped_column(default="")
    language: Mapped[str] = mapped_column(default="English")
    letter_name: Mapped[str] = mapped_column(default="")
    """How letters address them, where it is not title and surname."""
    paper_look: Mapped[str] = mapped_column(default="standard", server_default="standard")
    """How papers to them are set: PaperLook "standard", "large", "dyslexia"."""
    joined_on: Mapped[date | None]
    left_on: Mapped[date | None]
    notes: Mapped[str] = mapped_column(default="")
    merged_into: Mapped[int | None] = mapped_column(ForeignKey("person.id"), index=True)
    version: Mapped[int] = mapped_column(default=1)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)


class PersonLink(Base):
    """``person_id`` is ``relation`` of ``other_id``: parent_of, carer_of, related_to, partner_of."""

    __tablename__ = "person_link"
    __table_args__ = (UniqueConstraint("person_id", "other_id", "relation"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"), index=True)
    other_id: Mapped[int] = mapped_column(ForeignKey("person.id"), index=True)
    relation: Mapped[str]
    note: Mapped[str] = mapped_column(default="")
    parental_responsibility: Mapped[bool | None]
    """Whether they hold parental responsibility; None where nobody said."""


class Consent(Base):
    """One answer about one purpose on one day. Consent is per purpose (INC-12); the newest answer counts."""

    __tablename__ = "consent"

    id: Mapped[int] = mapped_column(primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"), index=True)
    purpose: Mapped[str]
    given: Mapped[bool]
    answered_on: Mapped[date]
    given_by: Mapped[str] = mapped_column(default="")
    note: Mapped[str] = mapped_column(default="")


class PersonMerge(Base):
    """What a merge moved, so that it can be taken back (a slip must be undoable)."""

    __tablename__ = "person_merge"

    id: Mapped[int] = mapped_column(primary_key=True)
    keep_id: Mapped[int] = mapped_column(ForeignKey("person.id"), index=True)
    gone_id: Mapped[int] = mapped_column(ForeignKey("person.id"), index=True)
    moved: Mapped[str]
    """JSON: table name -> list of row ids moved."""
    merged_at: Mapped[datetime] = mapped_column(UtcDateTime)
    merged_by: Mapped[int] = mapped_column(ForeignKey("user.id"))
    undone_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
