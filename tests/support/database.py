"""Real encrypted databases for tests of the records, and the few rows most of them need."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path

from sqlalchemy.orm import Session

from smdesk.db.engine import Database, open_database
from smdesk.db.models import (
    ConnectionDecision,
    ConnectionException,
    Entry,
    Evidence,
    ExceptionPlatform,
    Incident,
    IncidentPerson,
    Letter,
    Person,
    PolicyProfile,
    User,
)
from smdesk.paths import SchoolFolder

NOON = datetime(2026, 5, 6, 12, 0, tzinfo=UTC)


@dataclass(frozen=True)
class Made:
    """A new database, open, with its key."""

    database: Database
    folder: SchoolFolder
    key: bytes


def make_database(root: Path) -> Made:
    """An empty encrypted database in ``root``; the caller disposes of it."""
    folder = SchoolFolder(root)
    for each in (folder.root, folder.evidence, folder.papers, folder.backups):
        each.mkdir(parents=True, exist_ok=True)
    key = secrets.token_bytes(32)
    return Made(open_database(folder.database, key, create=True), folder, key)


def fill(session: Session) -> None:
    """User 1 and policy version 1, which every incident refers to."""
    session.add(User(id=1, vault_key="a" * 32, login="office", name="Ms O. Pear", created_at=NOON))
    session.add(
        PolicyProfile(id=1, number=1, base="complete", title="Complete", toml="", sha256="", created_at=NOON)
    )
    session.flush()


def add_incident(session: Session, number: int, summary: str = "A comment", **more: object) -> int:
    incident = Incident(
        year=2026, number=number, received_at=NOON, logged_at=NOON, logged_by=1, profile_id=1, summary=summary, **more
    )  # fmt: skip
    session.add(incident)
    session.flush()
    return incident.id


def add_person(session: Session, family_name: str, given_name: str = "", **more: object) -> int:
    fields: dict[str, object] = {"kind": "parent", "created_at": NOON, **more}
    person = Person(
        family_name=family_name,
        given_name=given_name,
        sort_name=f"{family_name} {given_name}".strip().casefold(),
        **fields,
    )
    session.add(person)
    session.flush()
    return person.id


def put_in(session: Session, incident_id: int, person_id: int, role: str = "author") -> None:
    session.add(IncidentPerson(incident_id=incident_id, person_id=person_id, role=role, kind="parent"))
    session.flush()


def add_evidence(session: Session, incident_id: int, name: str, **more: object) -> int:
    row = Evidence(incident_id=incident_id, name=name, added_at=NOON, added_by=1, **more)
    session.add(row)
    session.flush()
    return row.id


def add_entry(session: Session, incident_id: int, text: str = "Talked on the telephone") -> int:
    row = Entry(
        incident_id=incident_id, kind="note", happened_on=date(2026, 5, 6), text=text, recorded_at=NOON, recorded_by=1
    )  # fmt: skip
    session.add(row)
    session.flush()
    return row.id


def add_letter(session: Session, incident_id: int | None, person_id: int, **more: object) -> int:
    row = Letter(
        incident_id=incident_id, person_id=person_id, kind="written_warning", subject="Your comment",
        addressee="Ms A. Person\n1 Lane", salutation="Dear Ms Person", body="Please remove it.",
        drafted_by=1, drafted_at=NOON, **more,
    )  # fmt: skip
    session.add(row)
    session.flush()
    return row.id


def add_exception(
    session: Session,
    number: int,
    adult_id: int,
    other_id: int,
    platforms: tuple[str, ...] = ("facebook",),
    **more: object,
) -> int:
    """An exception as it stands in the table; ``more`` sets any further column, for example ``sealed=True``."""
    fields: dict[str, object] = {
        "adult_kind": "staff",
        "capacity": "pupil",
        "relationship": "cousin",
        "links": "friend",
        "initiator": "both",
        "declared_on": date(2026, 5, 6),
        "profile_id": 1,
        "recorded_by": 1,
        "recorded_at": NOON,
        **more,
    }
    sealed = bool(fields.pop("sealed", False))
    row = ConnectionException(year=2026, number=number, adult_id=adult_id, other_id=other_id, **fields)
    session.add(row)
    session.flush()
    for platform in platforms:
        session.add(ExceptionPlatform(exception_id=row.id, platform=platform))
    session.flush()
    row.sealed = sealed  # from here on the guard holds its facts
    session.flush()
    return row.id


def add_decision(session: Session, exception_id: int, kind: str = "approve", **more: object) -> int:
    fields: dict[str, object] = {
        "origin": "signed",
        "reason": "They are family.",
        "decided_on": date(2026, 5, 6),
        "from_on": date(2026, 5, 6),
        "decided_by": 1,
        "decider_name": "Mrs H. Alder",
        "recorded_by": 1,
        "recorded_at": NOON,
        **more,
    }
    row = ConnectionDecision(exception_id=exception_id, kind=kind, **fields)
    session.add(row)
    session.flush()
    return row.id
