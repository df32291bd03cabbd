"""The audit chain: who did what and when, each line sealed by a hash over itself and the line before.

The lines are append-only by trigger. Anything personal stands apart, in ``audit_detail``; the line holds only
a salted commitment to it, so that it can be erased on request without breaking the chain.

A chain shows what was changed, taken out, put in or moved *inside* it. That its last lines were cut off, or
that all of it was written afresh, shows only against a head noted elsewhere: each governor report prints one,
and ``verify`` takes it as ``expected_head``.
"""

from __future__ import annotations

import hashlib
import json
import secrets
from collections.abc import Callable, Mapping
from datetime import date, datetime
from typing import Any

from sqlalchemy.orm import Session

from smdesk.db.models.base import utc_text
from smdesk.errors import Cancelled, NotFound

START = "0" * 64
"""What the first line follows."""

ERASED = "audit.detail_erased"
"""The action of the line that records an erasure; its object is the line whose detail went."""

_SALT_BYTES = 32
_CHUNK = 2000
_MOST_FAULTS = 200

Progress = Callable[[int, int], bool]
"""Called with lines done and lines in all; returns True to stop."""


def write(
    session: Session,
    *,
    actor_id: int | None,
    at: datetime,
    action: str,
    object_kind: str,
    object_id: int | None,
    detail: Mapping[str, Any] | None = None,
) -> int:
    """Add a line to the chain in the session's own transaction and return its number.

    Call it inside ``Database.writing`` after flushing new rows, so that ``object_id`` is known. ``action`` is
    "subject.verb"; ``actor_id`` is None for the program itself; ``detail`` holds whatever is personal, as
    JSON values (dates are allowed).
    """
    raw = _raw(session)
    last = raw.execute("SELECT seq, hash FROM audit_entry ORDER BY seq DESC LIMIT 1").fetchone()
    seq, previous = (1, START) if last is None else (last[0] + 1, last[1])
    salt, text, commitment = None, None, ""
    if detail is not None:
        salt = secrets.token_bytes(_SALT_BYTES)
        text = _canonical(dict(detail))
        commitment = _commitment(salt, text)
    moment = utc_text(at)
    line = (seq, moment, actor_id, action, object_kind, object_id, commitment, previous)
    raw.execute(
        "INSERT INTO audit_entry (seq, at, actor_id, action, object_kind, object_id, commitment, previous, hash)"
        " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
        (*line, _seal(line)),
    )
    if text is not None:
        raw.execute("INSERT INTO audit_detail (seq, salt, detail) VALUES (?, ?, ?)", (seq, salt, text))
    return seq


def head(session: Session) -> tuple[int, str]:
    """The number and hash of the last line; ``(0, START)`` where there is none."""
    last = _raw(session).execute("SELECT seq, hash FROM audit_entry ORDER BY seq DESC LIMIT 1").fetchone()
    return (0, START) if last is None else (int(last[0]), str(last[1]))


def erase_detail(session: Session, seq: int, *, actor_id: int | None, at: datetime, reason: str) -> int:
    """Take the personal detail out of one line for good, and record that in a line of its own.

    The old pages are overwritten (secure_delete); call ``Database.checkpoint`` after the transaction so that
    the write-ahead log forgets them too. Raises NotFound where there is nothing left to erase.
    """
    erased = _raw(session).execute(
        "UPDATE audit_detail SET detail = NULL, salt = NULL, erased_at = ? WHERE seq = ? AND erased_at IS NULL",
        (utc_text(at), seq),
    )
    if erased.rowcount != 1:
        raise NotFound(f"Audit line {seq} has no detail that could be erased.")
    return write(
        session,
        actor_id=actor_id,
        at=at,
        action=ERASED,
        object_kind="audit",
        object_id=seq,
        detail={"reason": reason},
    )


def verify(
    session: Session, progress: Progress | None = None, *, expected_head: tuple[int, str] | None = None
) -> list[str]:
    """Walk the whole chain. Returns a sentence for each fault, none when it is whole.

    ``expected_head`` is a number and hash noted outside the folder, for example on a governor report: the
    chain must still hold that very line. Raises Cancelled when ``progress`` asks to stop.
    """
    cursor = _raw(session).cursor()
    total = int(cursor.execute("SELECT count(*) FROM audit_entry").fetchone()[0])
    erasures = {
        row[0] for row in cursor.execute("SELECT object_id FROM audit_entry WHERE action = ?", (ERASED,))
    }
    faults: list[str] = []
    seq_before, hash_before, done = 0, START, 0
    while rows := cursor.execute(
        "SELECT e.seq, e.at, e.actor_id, e.action, e.object_kind, e.object_id, e.commitment, e.previous, e.hash,"
        " d.seq, d.salt, d.detail, d.erased_at"
        " FROM audit_entry e LEFT JOIN audit_detail d ON d.seq = e.seq"
        " WHERE e.seq > ? ORDER BY e.seq LIMIT ?",
        (seq_before, _CHUNK),
    ).fetchall():
        for row in rows:
            seq, stored = row[0], row[8]
            if seq != seq_before + 1:
                faults.append(_missing(seq_before + 1, seq - 1))
            elif row[7] != hash_before:
                faults.append(
                    f"Audit line {seq} does not follow from line {seq_before}: one was changed, moved or put in."
                )
            if _seal(row[:8]) != stored:
                faults.append(f"Audit line {seq} ({row[3]}) was changed after it was written.")
            if fault := _detail_fault(seq, row[6], row[9:], erasures):
                faults.append(fault)
            seq_before, hash_before = seq, stored
            if expected_head is not None and expected_head[0] == seq and expected_head[1] != stored:
                faults.append(
                    f"Audit line {seq} is not the one whose hash was printed: the chain was rewritten."
                )
        done += len(rows)
        if progress is not None and progress(done, total):
            raise Cancelled("The check was stopped. Nothing was changed.")
    strays = cursor.execute(
        "SELECT seq FROM audit_detail WHERE seq NOT IN (SELECT seq FROM audit_entry) ORDER BY seq"
    ).fetchall()
    faults.extend(f"There is an audit detail for line {row[0]}, but no such line." for row in strays)
    if expected_head is not None and expected_head[0] > seq_before:
        faults.append(
            f"The audit chain ends at line {seq_before}, but line {expected_head[0]} was printed: "
            "its last lines are missing."
        )
    if len(faults) > _MOST_FAULTS:
        more = len(faults) - _MOST_FAULTS
        faults = [*faults[:_MOST_FAULTS], f"There are {more} more faults in the audit chain."]
    return faults


def _detail_fault(seq: int, commitment: str, stored: tuple[Any, ...], erasures: set[int]) -> str | None:
    present, salt, text, erased_at = stored
    if not commitment:
        return f"Audit line {seq} has a detail that was put in later." if present is not None else None
    if present is None:
        return f"The detail of audit line {seq} is missing."
    if erased_at is not None and text is None and salt is None:
        if seq in erasures:
            return None
        return f"The detail of audit line {seq} was erased, but no line records who erased it."
    if text is None or salt is None or _commitment(salt, text) != commitment:
        return f"The detail of audit line {seq} was changed after it was written."
    return None


def _missing(first: int, last: int) -> str:
    if first == last:
        return f"Audit line {first} is missing."
    return f"Audit lines {first} to {last} are missing."


def _seal(line: tuple[Any, ...]) -> str:
    """SHA-256 over a line's canonical form: everything in it, and the hash of the line before."""
    return hashlib.sha256(_canonical(line).encode()).hexdigest()


def _commitment(salt: bytes, text: str) -> str:
    return hashlib.sha256(salt + text.encode()).hexdigest()


def _canonical(value: object) -> str:
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False, default=_plain)


def _plain(value: object) -> str:
    if isinstance(value, datetime):
        return utc_text(value)
    if isinstance(value, date):
        return value.isoformat()
    raise TypeError(f"{type(value).__name__} has no place in an audit detail.")


def _raw(session: Session) -> Any:
    """The driver's own connection, inside the session's transaction: the chain is on every save's hot path."""
    return session.connection().connection.dbapi_connection
