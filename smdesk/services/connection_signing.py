"""Whether a decision about an exception still stands in the records as it was signed (CON-2).

Names are those of the day of the decision: people may be renamed or merged since, so they are recognised by their
ids. Everything else must be as it was. ``payload`` and the paper's code are re-exported for whoever signs or prints.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any, Final

from sqlalchemy.orm import Session

from smdesk.db.models import ConnectionDecision, ConnectionException
from smdesk.policy.words import listed
from smdesk.security import signatures
from smdesk.security.permissions import Permission
from smdesk.services.connection_payload import (
    DECISION_COLUMNS,
    FORMAT,
    PLAIN,
    PURPOSE,
    TEXTS,
    Row,
    decided,
    declared,
    facts,
    payload,
    plain_columns,
    stored_rows,
    texts,
)
from smdesk.services.connection_records import DecisionKind, DecisionOrigin, PaperAnswer
from smdesk.services.connection_words import reference
from smdesk.services.context import Context, needs
from smdesk.services.driver import driver
from smdesk.services.paper_code import SignedPaper, paper_code, read_code

__all__ = [
    "SignedPaper",
    "check_all",
    "check_one",
    "digest",
    "every_row",
    "facts_digest",
    "fault",
    "merged_into",
    "paper_code",
    "payload",
    "read_code",
    "row_digest",
    "row_facts_digest",
    "row_fault",
    "texts",
]

_CHUNK: Final = 500


# ------------------------------------------------------------------------------------------- does it still hold?


def fault(session: Session, decision: ConnectionDecision, exception: ConnectionException) -> str:
    """What is wrong with this decision and its signature, or "". An unsigned decision has no fault for being so."""
    raw = driver(session)
    for row in stored_rows(raw, "d.id = ? AND e.id = ?", (decision.id, exception.id)):
        return row_fault(row, merged_into(raw))
    return "This decision is not on record."


def row_fault(row: Row, same: Callable[[int, int], bool]) -> str:
    """What is wrong with a stored decision, or "". ``same`` says whether two person ids are one person by now."""
    where = f"Decision {row['nth']} on {reference(row['year'], row['exception_number'])}"
    if row["origin"] == DecisionOrigin.IMPORTED:
        return f"{where} was imported, yet carries a signature." if row["signature"] is not None else ""
    if row["origin"] == DecisionOrigin.PAPER:
        if row["scan_of"] != row["exception_id"] or row["scan_kind"] != "decision":
            return f"{where} was recorded from paper, but its scan is not on record."
        if row["scan_name"] is None and row["answer"] != PaperAnswer.DISPUTED:
            return f"{where} was recorded from paper, but its scan was removed."
        if row["answer"] != PaperAnswer.CONFIRMED:
            # Nobody has put a name to it: whoever looks is told so elsewhere.
            return (
                f"{where} is not confirmed, yet carries a signature." if row["signature"] is not None else ""
            )
    if row["public_key"] is None or row["signature"] is None or row["signed_payload"] is None:
        return f"{where} counts as signed but carries no signature."
    if row["key_owner"] != row["decided_by"]:
        return f"{where} is signed with a key that does not belong to whoever decided it."
    at = row["answered_at"] if row["origin"] == DecisionOrigin.PAPER else row["recorded_at"]
    if at < row["key_made"] or (row["key_retired"] is not None and at > row["key_retired"]):
        return f"{where} is signed with a key that was not in use on that day."
    signed = read_payload(row["public_key"], row["signed_payload"], row["signature"])
    if signed is None:
        return f"{where} carries a signature that is not its decider's."
    return _compared(row, signed, where, same)


def read_payload(public_key: bytes, text: str, signature: bytes) -> dict[str, Any] | None:
    """The payload, where this signature was made over this text with this key; else None."""
    try:
        if not signatures.verify_text(public_key, text, signature):
            return None
        signed = json.loads(text)
    except ValueError:
        return None
    return signed if isinstance(signed, dict) else None


def _compared(row: Row, signed: dict[str, Any], where: str, same: Callable[[int, int], bool]) -> str:
    try:
        if signed["purpose"] != PURPOSE or signed["format"] != FORMAT:
            return f"{where} carries a signature that was made for something else."
        given = {
            "school": signed["school"],
            "decider": signed["decider"],
            "adult": _named(signed["adult"]),
            "other": _named(signed["other"]),
            "declarant": signed["declarant"],
            "platform_names": signed["platform_names"],
            "timeliness": signed["timeliness"],
            "late_days": signed["late_days"],
            "files_kept": signed["files"],
            "files_last": signed["files_last"],
            "recorded_by": signed.get("recorded_by"),
        }
        expected = decided(row, given)
        if row["kind"] == DecisionKind.ASK_FOR_MORE:
            # What was asked about is completed afterwards: only the asking is held to its signature.
            expected.update({name: signed[name] for name in signed if name not in expected})
            return "" if expected == signed else f"{where} is not the one that was signed."
        expected.update(declared(row, given))
        if expected != signed:
            changed = sorted(
                name for name in expected.keys() | signed.keys() if expected.get(name) != signed.get(name)
            )
            return f"{where} is not what was signed: {_in_words(changed)} changed afterwards."
        for name, now in (("adult", row["adult_id"]), ("other", row["other_id"])):
            if signed[name]["id"] != now and not same(signed[name]["id"], now):
                # Without the name: whoever may check the records need not be one who may read this one.
                return f"{where} was signed about somebody else than the record names."
        declarant = signed["declarant"]["id"] if signed["declarant"] else None
        if declarant != row["declarant_id"] and (
            declarant is None or row["declarant_id"] is None or not same(declarant, row["declarant_id"])
        ):
            return f"{where} is not what was signed: who declared it was changed afterwards."
    except (KeyError, TypeError, AttributeError):
        return f"{where} carries a signature over something that cannot be read."
    return ""


def _named(person: Mapping[str, Any]) -> dict[str, Any]:
    return {name: person[name] for name in ("id", "name", "roles")}


_WORDS: Final = {
    "adult": "the adult's joining date",
    "other": "the other person's joining date",
    "adult_kind": "what the adult is",
    "reason_sha256": "the reason",
    "conditions_sha256": "the conditions",
    "texts_sha256": "what was declared in words",
    "files_sha256": "the files",
    "from": "the day it begins",
    "review": "the day of the review",
    "decided_on": "the day of the decision",
    "number": "its place among the decisions",
    "since": "since when",
    "policy": "the version of the policy",
    "declared_on": "the day of the declaration",
    "signed_at": "the time",
    "scan_sha256": "the scan",
    "decider": "the decider",
}


_PLURAL: Final = frozenset({"conditions_sha256", "files_sha256", "files", "late_days", "links", "platforms"})


def _in_words(names: Iterable[str]) -> str:
    names = list(names)
    words = [_WORDS.get(name, f"the {name.replace('_', ' ')}") for name in names]
    one = len(names) == 1 and names[0] not in _PLURAL
    return f"{listed(words)} {'was' if one else 'were'}"


def merged_into(raw: Any, *, ever: bool = False) -> Callable[[int, int], bool]:
    """Whether a person signed about then is, by merges on record, the person named now. Reads only when asked, by
    this plain connection or cursor. ``ever``: by merges taken back since as well.
    """
    standing = "1" if ever else "m.undone_at IS NULL"

    def same(then: int, now: int) -> bool:
        seen: set[int] = set()
        # A merge that nobody wrote down is none, and neither is one into somebody else than was written down:
        # otherwise one changed pointer would exchange a child. So the person's own pointer is not asked.
        while then != now and then not in seen:
            seen.add(then)
            found = raw.execute(
                f"SELECT m.keep_id FROM person_merge m WHERE {standing}"  # noqa: S608 - one of the two above
                " AND m.gone_id = ? AND EXISTS (SELECT 1 FROM audit_entry a LEFT JOIN audit_detail t ON t.seq = a.seq"
                " WHERE a.action = 'person.merged' AND a.object_id = m.keep_id"
                " AND (t.detail IS NULL OR json_extract(t.detail, '$.gone') = m.gone_id)) ORDER BY m.id DESC",
                (then,),
            ).fetchone()
            if found is None:
                return False
            then = found[0]
        return then == now

    return same


@needs(Permission.VERIFY_RUN)
def check_one(ctx: Context, decision_id: int) -> str:
    """What is wrong with one decision and its signature, or "". Open to whoever may check the records."""
    # On a plain cursor: one signature is checked in a tenth of a millisecond.
    with ctx.database.raw_reading() as cursor:
        for row in stored_rows(cursor, "d.id = ?", (decision_id,)):
            return row_fault(row, merged_into(cursor))
    return "There is no such decision on record."


@needs(Permission.VERIFY_RUN)
def check_all(ctx: Context, progress: Callable[[int, int], None] | None = None) -> list[str]:
    """Check every decision there is; a sentence for each fault. ``progress`` is told how many of how many, and may
    raise Cancelled.
    """
    with ctx.database.reading() as session:
        same = merged_into(driver(session))
        return [found for row in every_row(session, progress) if (found := row_fault(row, same))]


def every_row(session: Session, progress: Callable[[int, int], None] | None = None) -> Iterator[Row]:
    """Every decision on record with the facts it is about, oldest first, read in pieces."""
    raw = driver(session)
    total = raw.execute("SELECT count(*) FROM connection_decision").fetchone()[0]
    last, done = 0, 0
    while rows := list(stored_rows(raw, "d.id > ? ORDER BY d.id LIMIT ?", (last, _CHUNK))):
        for row in rows:
            yield row
            done += 1
            if progress is not None and done % 50 == 0:
                progress(done, total)
        last = rows[-1]["id"]
    if progress is not None:
        progress(total, total)


# ----------------------------------------------------------------------------------------- for the audit chain


def digest(decision: ConnectionDecision) -> str:
    """SHA-256 over everything in a decision's row, for its line in the audit chain."""
    return row_digest(plain_columns(decision))


def row_digest(row: Row) -> str:
    """``digest`` of a stored row."""
    return hashlib.sha256(
        signatures.canonical({name: _as_text(row[name]) for name in DECISION_COLUMNS})
    ).hexdigest()


def facts_digest(session: Session, exception: ConnectionException) -> str:
    """SHA-256 over the declared facts of an exception, for the line of a decision that nobody signed."""
    return row_facts_digest(facts(session, exception.id))


def row_facts_digest(row: Row) -> str:
    """``facts_digest`` of a stored row. People may be merged later, so they are no part of it."""
    names = (
        "year",
        "exception_number",
        *PLAIN,
        *TEXTS,
        "since_on",
        "adult_joined_on",
        "other_joined_on",
        "links",
        "platforms",
        "policy",
        "old_year",
        "old_number",
    )
    return hashlib.sha256(signatures.canonical({name: row[name] for name in names})).hexdigest()


def _as_text(value: object) -> object:
    return value.hex() if isinstance(value, bytes) else value
