from __future__ import annotations

import hashlib
import json
import time
from datetime import date, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import text

from smdesk.db import audit
from smdesk.errors import Cancelled, NotFound
from tests.support.database import NOON, Made, add_incident

TRIGGERS = ("audit_entry_in_order", "audit_entry_unchanged", "audit_entry_kept", "audit_detail_once",
            "audit_detail_only_erased", "audit_detail_kept")  # fmt: skip


def write(made: Made, **more: Any) -> int:
    fields: dict[str, Any] = {
        "actor_id": 1, "at": NOON, "action": "incident.saved", "object_kind": "incident", "object_id": 4,
        "detail": {"summary": ["before", "after"]},
    }  # fmt: skip
    with made.database.writing() as session:
        return audit.write(session, **{**fields, **more})


def verify(made: Made, **more: Any) -> list[str]:
    with made.database.reading() as session:
        return audit.verify(session, **more)


def tamper(made: Made, *statements: str) -> None:
    """Somebody who has the key and takes the triggers off first."""
    made.database.dispose()
    with made.database.writing() as session:
        connection = session.connection()
        for trigger in TRIGGERS:
            connection.exec_driver_sql(f"DROP TRIGGER IF EXISTS {trigger}")
        for statement in statements:
            connection.exec_driver_sql(statement)


@pytest.fixture
def chain(made: Made) -> Made:
    for number in range(1, 11):
        write(made, object_id=number, detail=None if number == 4 else {"number": number})
    return made


def test_a_sound_chain_has_no_faults(chain: Made) -> None:
    assert verify(chain) == []
    with chain.database.reading() as session:
        seq, sealed = audit.head(session)
    assert seq == 10
    assert verify(chain, expected_head=(seq, sealed)) == []


def test_an_empty_chain(made: Made) -> None:
    assert verify(made) == []
    with made.database.reading() as session:
        assert audit.head(session) == (0, audit.START)


def test_the_line_and_the_record_are_saved_together_or_not_at_all(chain: Made) -> None:
    def save_and_fail() -> None:
        with chain.database.writing() as session:
            add_incident(session, 1)
            audit.write(session, actor_id=1, at=NOON, action="a.b", object_kind="a", object_id=1)
            raise RuntimeError("stop")

    with pytest.raises(RuntimeError, match="stop"):
        save_and_fail()
    with chain.database.reading() as session:
        assert audit.head(session)[0] == 10
    assert write(chain) == 11
    assert verify(chain) == []


def test_the_seal_is_what_the_description_says(made: Made) -> None:
    """Anyone can recompute the chain with a few lines, without this program."""
    write(made, at=datetime.fromisoformat("2026-07-01T10:00:00+01:00"), detail={"Grüße": date(2026, 5, 6)})
    with made.database.raw_reading() as cursor:
        entry = cursor.execute("SELECT * FROM audit_entry").fetchone()
        salt, detail = cursor.execute("SELECT salt, detail FROM audit_detail").fetchone()
    assert entry[1] == "2026-07-01T09:00:00Z"
    assert json.loads(detail) == {"Grüße": "2026-05-06"}
    assert len(salt) == 32
    assert entry[6] == hashlib.sha256(salt + detail.encode()).hexdigest()
    line = json.dumps(list(entry[:8]), separators=(",", ":"), ensure_ascii=False)
    assert entry[8] == hashlib.sha256(line.encode()).hexdigest()


def test_equal_details_have_unequal_commitments(made: Made) -> None:
    """Without the salt a name could be guessed from the line after the detail was erased."""
    write(made)
    write(made)
    with made.database.raw_reading() as cursor:
        found = cursor.execute("SELECT commitment FROM audit_entry").fetchall()
    assert found[0] != found[1]


@pytest.mark.parametrize(
    ("statement", "expected"),
    [
        ("UPDATE audit_entry SET actor_id = 2 WHERE seq = 5", ["line 5 (incident.saved) was changed"]),
        ("UPDATE audit_entry SET at = '2020-01-01T00:00:00Z' WHERE seq = 1", ["line 1 (incident.saved) was changed"]),
        ("UPDATE audit_entry SET object_id = NULL WHERE seq = 10", ["line 10 (incident.saved) was changed"]),
        ("DELETE FROM audit_detail WHERE seq = 5; DELETE FROM audit_entry WHERE seq = 5", ["line 5 is missing"]),
        ("DELETE FROM audit_detail WHERE seq < 4; DELETE FROM audit_entry WHERE seq < 4", ["lines 1 to 3 are missing"]),
        ("UPDATE audit_detail SET detail = '{\"number\":6}' WHERE seq = 5", ["detail of audit line 5 was changed"]),
        ("UPDATE audit_detail SET salt = x'00' WHERE seq = 5", ["detail of audit line 5 was changed"]),
        ("DELETE FROM audit_detail WHERE seq = 5", ["detail of audit line 5 is missing"]),
        ("INSERT INTO audit_detail (seq, salt, detail) VALUES (4, x'00', '{}')", ["line 4 has a detail"]),
        (
            "UPDATE audit_detail SET detail = NULL, salt = NULL, erased_at = '2026-01-01T00:00:00Z' WHERE seq = 5",
            ["line 5 was erased, but no line records"],
        ),
        (  # two lines exchanged, details and all
            ("UPDATE audit_entry SET seq = -1 WHERE seq = 5; UPDATE audit_entry SET seq = 5 WHERE seq = 6;"
            "UPDATE audit_entry SET seq = 6 WHERE seq = -1;"
            "UPDATE audit_detail SET seq = -1 WHERE seq = 5; UPDATE audit_detail SET seq = 5 WHERE seq = 6;"
            "UPDATE audit_detail SET seq = 6 WHERE seq = -1"),
            ["line 5 does not follow", "line 5 (incident.saved) was changed", "line 6 does not follow",
             "line 6 (incident.saved) was changed", "line 7 does not follow"],
        ),
    ],
)  # fmt: skip
def test_tampering_is_told_line_by_line(chain: Made, statement: str, expected: list[str]) -> None:
    chain.database.dispose()
    with chain.database.migrating() as connection:  # foreign keys off, as somebody with another tool would
        for trigger in TRIGGERS:
            connection.exec_driver_sql(f"DROP TRIGGER {trigger}")
        for each in statement.split(";"):
            connection.exec_driver_sql(each)
    faults = verify(chain)
    assert len(faults) == len(expected), faults
    for fault, words in zip(faults, expected, strict=True):
        assert words in fault


def test_a_line_resealed_after_a_change_does_not_fit_the_next(chain: Made) -> None:
    with chain.database.raw_reading() as cursor:
        line = list(cursor.execute("SELECT * FROM audit_entry WHERE seq = 5").fetchone())[:8]
    line[2] = 99
    sealed = hashlib.sha256(json.dumps(line, separators=(",", ":")).encode()).hexdigest()
    tamper(chain, f"UPDATE audit_entry SET actor_id = 99, hash = '{sealed}' WHERE seq = 5")
    (fault,) = verify(chain)
    assert "line 6 does not follow from line 5" in fault


def test_a_line_put_in_at_the_end_with_a_wrong_seal(chain: Made) -> None:
    tamper(
        chain,
        "INSERT INTO audit_entry SELECT 11, at, actor_id, action, object_kind, object_id, '', hash, hash"
        " FROM audit_entry WHERE seq = 10",
    )
    (fault,) = verify(chain)
    assert "line 11" in fault


def test_lines_cut_off_at_the_end_show_against_a_printed_head(chain: Made) -> None:
    with chain.database.reading() as session:
        printed = audit.head(session)
    tamper(chain, "DELETE FROM audit_detail WHERE seq > 8", "DELETE FROM audit_entry WHERE seq > 8")
    assert verify(chain) == []
    (fault,) = verify(chain, expected_head=printed)
    assert "ends at line 8" in fault


def test_a_chain_written_afresh_shows_against_a_printed_head(chain: Made) -> None:
    with chain.database.reading() as session:
        printed = audit.head(session)
    tamper(chain, "DELETE FROM audit_detail", "DELETE FROM audit_entry")
    for number in range(1, 13):
        write(chain, object_id=number)
    assert verify(chain) == []
    (fault,) = verify(chain, expected_head=printed)
    assert "rewritten" in fault


def test_erasing_a_detail_keeps_the_chain_whole_and_is_recorded(chain: Made) -> None:
    with chain.database.writing() as session:
        seq = audit.erase_detail(
            session, 5, actor_id=1, at=NOON + timedelta(days=1), reason="asked by the parent"
        )
    assert seq == 11
    assert verify(chain) == []
    with chain.database.reading() as session:
        row = session.execute(text("SELECT salt, detail, erased_at FROM audit_detail WHERE seq = 5")).one()
    assert tuple(row) == (None, None, "2026-05-07T12:00:00Z")


@pytest.mark.parametrize("seq", [4, 5, 99])
def test_nothing_left_to_erase(chain: Made, seq: int) -> None:
    with chain.database.writing() as session:
        audit.erase_detail(session, 5, actor_id=1, at=NOON, reason="x")
    with pytest.raises(NotFound), chain.database.writing() as session:
        audit.erase_detail(session, seq, actor_id=1, at=NOON, reason="x")
    assert verify(chain) == []


def test_verifying_can_be_watched_and_stopped(chain: Made) -> None:
    seen: list[tuple[int, int]] = []
    verify(chain, progress=lambda done, total: seen.append((done, total)) or False)
    assert seen == [(10, 10)]
    with pytest.raises(Cancelled):
        verify(chain, progress=lambda done, total: True)


def test_a_detail_that_is_no_plain_value_is_a_bug(made: Made) -> None:
    with pytest.raises(TypeError, match="set has no place"):
        write(made, detail={"x": {1, 2}})


def test_many_lines_are_cheap(made: Made) -> None:
    """A line costs far less than the save it belongs to; the bound is loose so that a busy machine passes."""
    with made.database.writing() as session:
        started = time.perf_counter()
        for number in range(3000):
            audit.write(
                session, actor_id=1, at=NOON, action="a.b", object_kind="a", object_id=number, detail={"n": 1}
            )
        spent = time.perf_counter() - started
    assert spent / 3000 < 0.001
    assert verify(made) == []
