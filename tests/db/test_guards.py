"""What the database refuses whoever asks: the triggers of migration 0002."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError

from smdesk.db import audit
from smdesk.db.models import SigningKey
from tests.support.database import (
    NOON,
    Made,
    add_entry,
    add_evidence,
    add_incident,
    add_letter,
    add_person,
)

APPROVED: dict[str, Any] = {
    "status": "approved", "approved_by": 1, "approved_at": NOON, "signed_payload": "{}", "signature": b"s",
}  # fmt: skip
ISSUED: dict[str, Any] = {
    **APPROVED, "status": "issued", "issue_year": 2026, "issue_number": 1, "issued_at": NOON, "issued_by": 1,
    "sha256": "ab", "size": 2, "stored_name": "c" * 32, "file_key": b"k",
}  # fmt: skip


@pytest.fixture
def rows(made: Made) -> Made:
    """One of each, all with id 1 except letters: 1 draft, 2 approved, 3 issued."""
    with made.database.writing() as session:
        incident = add_incident(session, 1)
        person = add_person(session, "Quillfeather")
        add_person(session, "Quillfeather-Duplicate")
        add_evidence(session, incident, "a.png", sha256="ab", size=3, stored_name="d" * 32, file_key=b"k")
        add_entry(session, incident)
        add_letter(session, incident, person)
        add_letter(session, incident, person, **APPROVED)
        add_letter(session, incident, person, **ISSUED)
        session.add(SigningKey(user_id=1, public_key=b"p", origin="first", created_at=NOON))
        for _ in range(3):
            audit.write(
                session,
                actor_id=1,
                at=NOON,
                action="a.b",
                object_kind="a",
                object_id=1,
                detail={"was": "x"},
            )
    return made


def run(made: Made, statement: str) -> int:
    with made.database.writing() as session:
        return session.connection().exec_driver_sql(statement).rowcount


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE audit_entry SET action = 'x' WHERE seq = 2",
        "DELETE FROM audit_entry WHERE seq = 3",
        (
            "INSERT OR REPLACE INTO audit_entry SELECT seq, at, actor_id, 'x', object_kind, object_id, commitment,"
            " previous, hash FROM audit_entry WHERE seq = 2"
        ),
        (
            "INSERT INTO audit_entry SELECT 9, at, actor_id, action, object_kind, object_id, commitment,"
            " previous, hash FROM audit_entry WHERE seq = 2"
        ),
        "UPDATE audit_detail SET detail = '{}' WHERE seq = 1",
        "UPDATE audit_detail SET detail = NULL, salt = NULL WHERE seq = 1",
        "UPDATE audit_detail SET salt = NULL, erased_at = '2026-01-01T00:00:00Z' WHERE seq = 1",
        "DELETE FROM audit_detail",
        "INSERT OR REPLACE INTO audit_detail (seq, salt, detail) VALUES (1, x'00', '{}')",
        "UPDATE letter SET body = 'x' WHERE id = 2",
        "UPDATE letter SET addressee = 'x' WHERE id = 2",
        "UPDATE letter SET kind = 'invitation' WHERE id = 2",
        "UPDATE letter SET signature = NULL WHERE id = 2",
        "UPDATE letter SET status = 'draft' WHERE id = 2",
        "UPDATE letter SET approved_at = NULL, body = 'x' WHERE id = 2",
        "UPDATE letter SET body = 'x' WHERE id = 3",
        "UPDATE letter SET sha256 = 'x' WHERE id = 3",
        "UPDATE letter SET stored_name = NULL WHERE id = 3",
        "UPDATE letter SET issue_number = 7 WHERE id = 3",
        "UPDATE letter SET issued_at = NULL WHERE id = 3",
        "UPDATE letter SET status = 'approved' WHERE id = 3",
        "DELETE FROM letter WHERE id = 2",
        "DELETE FROM letter WHERE id = 3",
        "INSERT OR REPLACE INTO letter SELECT * FROM letter WHERE id = 3",
        "UPDATE policy_profile SET toml = 'x'",
        "DELETE FROM policy_profile",
        "INSERT OR REPLACE INTO policy_profile SELECT * FROM policy_profile",
        "UPDATE signing_key SET public_key = x'00'",
        "UPDATE signing_key SET origin = 'first', user_id = 2",
        "DELETE FROM signing_key",
        "INSERT OR REPLACE INTO signing_key SELECT * FROM signing_key",
        "UPDATE entry SET text = 'x'",
        "UPDATE entry SET happened_on = '2020-01-01'",
        "UPDATE entry SET recorded_by = 2",
        "DELETE FROM entry",
        "INSERT OR REPLACE INTO entry SELECT * FROM entry",
        "UPDATE evidence SET sha256 = 'x'",
        "UPDATE evidence SET stored_name = 'x'",
        "UPDATE evidence SET file_key = x'00'",
    ],
)
def test_refused(rows: Made, statement: str) -> None:
    with pytest.raises(IntegrityError, match=r"line|detail|letter|version|key|evidence"):
        run(rows, statement)


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE letter SET body = 'x', addressee = 'y' WHERE id = 1",
        "DELETE FROM letter WHERE id = 1",
        "UPDATE letter SET status = 'issued', issued_at = '2026-05-07T00:00:00Z', sha256 = 'q' WHERE id = 2",
        "UPDATE letter SET status = 'withdrawn', withdrawn_reason = 'wrong family' WHERE id = 2",
        "UPDATE letter SET sent_how = 'post', sent_on = '2026-05-07' WHERE id = 3",
        "UPDATE letter SET status = 'withdrawn' WHERE id = 3",
        "UPDATE letter SET person_id = 2 WHERE id = 3",
        "UPDATE entry SET withdrawn_at = '2026-05-07T00:00:00Z', withdrawn_by = 1, withdrawn_reason = 'slip'",
        "UPDATE entry SET chased = 1",
        "UPDATE entry SET person_id = 2",
        "UPDATE signing_key SET confirmed_by = 1, confirmed_at = '2026-05-07T00:00:00Z'",
        "UPDATE signing_key SET retired_at = '2026-05-07T00:00:00Z'",
        "UPDATE evidence SET stored_name = NULL, file_key = NULL, removed_reason = 'not ours'",
        "UPDATE evidence SET note = 'seen again'",
    ],
)
def test_allowed(rows: Made, statement: str) -> None:
    assert run(rows, statement) == 1


def test_a_whole_incident_can_go_with_its_lines(made: Made) -> None:
    with made.database.writing() as session:
        incident = add_incident(session, 5)
        add_entry(session, incident)
    assert run(made, "DELETE FROM incident WHERE number = 5") == 1
    with made.database.reading() as session:
        assert session.scalar(text("SELECT count(*) FROM entry")) == 0
