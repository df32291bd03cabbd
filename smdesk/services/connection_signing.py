"""What stands behind a decision about an exception: the signed payload, and whether the records still agree with it.

The payload says all that was decided about in plain words and codes, so that a printed decision proves itself years
later on another computer; long texts go in by their hash. Names are those of that day: people may be renamed or merged
since, so they are recognised by their ids. Everything else must stand in the records as it was signed (CON-2).
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import date, datetime
from typing import Any, Final

from sqlalchemy.orm import Session

from smdesk.db.models import ConnectionDecision, ConnectionException
from smdesk.policy import connections as policy
from smdesk.policy.vocabulary import KIND_LABELS, PersonKind
from smdesk.security import signatures
from smdesk.security.permissions import Permission
from smdesk.services import connection_sight
from smdesk.services.connection_records import DecisionKind, DecisionOrigin, PaperAnswer
from smdesk.services.connection_words import reference
from smdesk.services.context import Context, needs
from smdesk.services.driver import driver, stored_value
from smdesk.services.incident_state import person_name

PURPOSE: Final = "decide connection exception"
FORMAT: Final = 1
"""Of the payload. A later program reads every format there ever was."""

TEXTS: Final = (
    "relationship_note",
    "known_how",
    "since_words",
    "evidence_seen",
    "conditions_proposed",
    "agreement",
    "agreement_on",
)
"""What was declared in free words and goes in by one hash, with the adult's agreement (AUP-1)."""

_CHUNK: Final = 500
_PLAIN: Final = ("adult_kind", "capacity", "relationship", "initiator", "declared_on")

_FACTS: Final = """
    e.id AS exception_id, e.year, e.number AS exception_number, e.adult_id, e.adult_kind, e.other_id, e.capacity,
    e.relationship, e.relationship_note, e.known_how, e.since_on, e.since_words, e.links, e.initiator,
    e.adult_joined_on, e.other_joined_on, e.declared_on, e.declarant_id, e.evidence_seen, e.conditions_proposed,
    e.agreement, e.agreement_on, e.origin AS exception_origin, e.sealed,
    p.number AS policy, s.year AS old_year, s.number AS old_number,
    a.given_name AS adult_given, a.family_name AS adult_family, a.kind AS adult_is, a.also AS adult_also,
    o.given_name AS other_given, o.family_name AS other_family, o.kind AS other_is, o.also AS other_also,
    w.given_name AS declarant_given, w.family_name AS declarant_family,
    (SELECT json_group_array(platform) FROM (
        SELECT platform FROM exception_platform WHERE exception_id = e.id ORDER BY platform)) AS platforms,
    (SELECT json_group_array(id || ':' || sha256) FROM (
        SELECT id, sha256 FROM connection_file WHERE exception_id = e.id ORDER BY id)) AS files"""
_FACTS_FROM: Final = """
    JOIN policy_profile p ON p.id = e.profile_id
    JOIN person a ON a.id = e.adult_id
    JOIN person o ON o.id = e.other_id
    LEFT JOIN person w ON w.id = e.declarant_id
    LEFT JOIN connection_exception s ON s.id = e.supersedes_id"""
_DECISION: Final = """
    d.id, d.kind, d.origin, d.reason, d.conditions, d.decided_on, d.from_on, d.review_on, d.decided_by,
    d.decider_name, d.recorded_by, d.recorded_at, d.file_id, d.answer, d.answered_at, d.answer_reason,
    d.signed_payload, d.signature, d.signing_key_id,
    (SELECT count(*) FROM connection_decision x WHERE x.exception_id = d.exception_id AND x.id <= d.id) AS nth,
    k.user_id AS key_owner, k.public_key, k.created_at AS key_made, k.retired_at AS key_retired,
    f.sha256 AS scan_sha256, f.exception_id AS scan_of, f.kind AS scan_kind, u.name AS recorder"""
_DECISION_FROM: Final = """
    LEFT JOIN signing_key k ON k.id = d.signing_key_id
    LEFT JOIN connection_file f ON f.id = d.file_id
    LEFT JOIN user u ON u.id = d.recorded_by"""
_ALL: Final = (
    f"SELECT {_DECISION}, {_FACTS} FROM connection_decision d"  # noqa: S608 - the names above
    f" JOIN connection_exception e ON e.id = d.exception_id {_FACTS_FROM} {_DECISION_FROM}"
)

DECISION_COLUMNS: Final = (
    "kind",
    "origin",
    "reason",
    "conditions",
    "decided_on",
    "from_on",
    "review_on",
    "decided_by",
    "decider_name",
    "recorded_by",
    "recorded_at",
    "file_id",
    "answer",
    "answered_at",
    "answer_reason",
    "signed_payload",
    "signature",
    "signing_key_id",
)
"""What of a decision the audit chain vouches for."""

Row = Mapping[str, Any]
"""A decision with the facts it is about, as stored: dates and times as text."""


# ------------------------------------------------------------------------------------------------- the payload


def payload(
    session: Session,
    decision: ConnectionDecision,
    exception: ConnectionException,
    signed_at: datetime | None = None,
) -> dict[str, Any]:
    """What is signed for this decision as the records stand now. The decision need not have been written yet.

    For one recorded from paper the hash of its scan belongs to it, and who recorded it; ``signed_at`` is when its
    decider confirms it, unless that is on record already. Raises nothing.
    """
    row = {**_facts(session, exception.id), **_plain_columns(decision)}
    if signed_at is not None:
        row["answered_at"] = stored_value(signed_at)
    count = "SELECT count(*) FROM connection_decision WHERE exception_id = ?"
    values: list[Any] = [exception.id]
    if decision.id is not None:
        count += " AND id < ?"
        values.append(decision.id)
    raw = driver(session)
    row["nth"] = raw.execute(count, values).fetchone()[0] + 1
    row["recorder"] = raw.execute("SELECT name FROM user WHERE id = ?", (decision.recorded_by,)).fetchone()[0]
    if decision.file_id is not None:
        found = raw.execute("SELECT sha256 FROM connection_file WHERE id = ?", (decision.file_id,)).fetchone()
        row["scan_sha256"] = found[0]
    given = _given(session, row, exception)
    return {**_decided(row, given), **_declared(row, given)}


def _given(session: Session, row: Row, exception: ConnectionException) -> dict[str, Any]:
    """What goes in as it is known on the day and is not compared later: names, roles, and sums over other values."""
    raw = driver(session)
    school = raw.execute("SELECT name FROM school").fetchone()[0]
    found, late = policy.timeliness(
        _day(row["adult_joined_on"]), _day(row["other_joined_on"]), date.fromisoformat(row["declared_on"])
    )
    files = json.loads(row["files"])
    kept = raw.execute(
        "SELECT count(*) FROM connection_file WHERE exception_id = ? AND removed_at IS NULL",
        (row["exception_id"],),
    ).fetchone()[0]
    return {
        "school": school,
        "decider": {"role": str(connection_sight.decider_role(session, exception))},
        "adult": {
            "id": row["adult_id"],
            "name": person_name(row["adult_given"], row["adult_family"]),
            "roles": roles_in_words(row["adult_kind"], row["adult_is"], row["adult_also"]),
        },
        "other": {
            "id": row["other_id"],
            "name": person_name(row["other_given"], row["other_family"]),
            "roles": roles_in_words("", row["other_is"], row["other_also"]),
        },
        "declarant": None
        if row["declarant_id"] is None
        else {
            "id": row["declarant_id"],
            "name": person_name(row["declarant_given"], row["declarant_family"]),
        },
        "timeliness": str(found),
        "late_days": late,
        "files_kept": kept,
        "files_last": int(files[-1].partition(":")[0]) if files else 0,
    }


def _decided(row: Row, given: Mapping[str, Any]) -> dict[str, Any]:
    """The part of the payload that is the decision itself."""
    part = {
        "purpose": PURPOSE,
        "format": FORMAT,
        "school": given["school"],
        "reference": reference(row["year"], row["exception_number"]),
        "number": row["nth"],
        "kind": row["kind"],
        "origin": row["origin"],
        "decided_on": row["decided_on"],
        "from": row["from_on"],
        "review": row["review_on"],
        "decider": {
            "id": row["decided_by"],
            "name": row["decider_name"],
            "role": given["decider"]["role"],
        },
        "reason_sha256": text_hash(row["reason"]),
        "conditions_sha256": text_hash(row["conditions"]),
        "signed_at": row["recorded_at"],
    }
    if row["origin"] == DecisionOrigin.PAPER:
        part["signed_at"] = row["answered_at"]
        part["recorded_by"] = row["recorder"] if "recorded_by" not in given else given["recorded_by"]
        part["recorded_at"] = row["recorded_at"]
        part["scan_sha256"] = row["scan_sha256"]
    return part


def _declared(row: Row, given: Mapping[str, Any]) -> dict[str, Any]:
    """The part of the payload that says what was decided about."""
    part = {name: row[name] for name in _PLAIN}
    part["since"] = row["since_on"]
    part["adult"] = {**given["adult"], "joined": row["adult_joined_on"]}
    part["other"] = {**given["other"], "joined": row["other_joined_on"]}
    part["declarant"] = given["declarant"]
    part["platforms"] = json.loads(row["platforms"])
    part["links"] = row["links"].split(",") if row["links"] else []
    part["timeliness"], part["late_days"] = given["timeliness"], given["late_days"]
    part["texts_sha256"] = declared_hash({name: row[name] for name in TEXTS})
    part["files"], part["files_last"] = given["files_kept"], given["files_last"]
    part["files_sha256"] = _files_hash(json.loads(row["files"]), given["files_last"])
    part["policy"] = row["policy"]
    part["supersedes"] = reference(row["old_year"], row["old_number"]) if row["old_year"] else None
    return part


def texts(decision: ConnectionDecision, exception: ConnectionException) -> dict[str, str]:
    """The full texts behind the hashes, for the file of the printed paper: reason, conditions, and ``TEXTS``."""
    row = _plain_columns(exception, TEXTS)
    return {
        "reason": decision.reason,
        "conditions": decision.conditions,
        **{name: row[name] or "" for name in TEXTS},
    }


def text_hash(text: str) -> str:
    """SHA-256 of a text, hexadecimal."""
    return hashlib.sha256(text.encode("utf-8")).hexdigest()


def declared_hash(declared: Mapping[str, str | None]) -> str:
    """SHA-256 over the declared free texts (``TEXTS``); a date that is not there counts as an empty text."""
    return hashlib.sha256(signatures.canonical({name: declared[name] or "" for name in TEXTS})).hexdigest()


def roles_in_words(first: str, kind: str, also: str) -> str:
    """All that somebody is to the school: "Volunteer, also pupil". ``first`` is the kind named first, "" their own."""
    held = [kind, *(each for each in also.split(",") if each)]
    lead = first if first in held else kind
    others = [KIND_LABELS[PersonKind(each)].lower() for each in dict.fromkeys(held) if each != lead]
    words = KIND_LABELS[PersonKind(lead)]
    return f"{words}, also {' and '.join(others)}" if others else words


# ------------------------------------------------------------------------------------------- does it still hold?


def fault(session: Session, decision: ConnectionDecision, exception: ConnectionException) -> str:
    """What is wrong with this decision and its signature, or "". An unsigned decision has no fault for being so."""
    for row in _rows(driver(session), "d.id = ? AND e.id = ?", (decision.id, exception.id)):
        return row_fault(row, merged_into(session))
    return "This decision is not on record."


def row_fault(row: Row, same: Callable[[int, int], bool]) -> str:
    """What is wrong with a stored decision, or "". ``same`` says whether two person ids are one person by now."""
    where = f"Decision {row['nth']} on {reference(row['year'], row['exception_number'])}"
    if row["origin"] == DecisionOrigin.IMPORTED:
        return f"{where} was imported, yet carries a signature." if row["signature"] is not None else ""
    if row["origin"] == DecisionOrigin.PAPER:
        if row["scan_of"] != row["exception_id"] or row["scan_kind"] != "decision":
            return f"{where} was recorded from paper, but its scan is not on record."
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
            "timeliness": signed["timeliness"],
            "late_days": signed["late_days"],
            "files_kept": signed["files"],
            "files_last": signed["files_last"],
            "recorded_by": signed.get("recorded_by"),
        }
        expected = _decided(row, given)
        if row["kind"] == DecisionKind.ASK_FOR_MORE:
            # What was asked about is completed afterwards: only the asking is held to its signature.
            expected.update({name: signed[name] for name in signed if name not in expected})
            return "" if expected == signed else f"{where} is not the one that was signed."
        expected.update(_declared(row, given))
        if expected != signed:
            changed = sorted(
                name for name in expected.keys() | signed.keys() if expected.get(name) != signed.get(name)
            )
            return f"{where} is not what was signed: {_in_words(changed)} changed afterwards."
        for name, now in (("adult", row["adult_id"]), ("other", row["other_id"])):
            if signed[name]["id"] != now and not same(signed[name]["id"], now):
                return f"{where} was signed about {signed[name]['name']}; the record names somebody else."
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


def _in_words(names: Iterable[str]) -> str:
    words = [_WORDS.get(name, f"the {name.replace('_', ' ')}") for name in names]
    joined = words[0] if len(words) == 1 else f"{', '.join(words[:-1])} and {words[-1]}"
    return f"{joined} {'was' if len(words) == 1 else 'were'}"


def merged_into(session: Session) -> Callable[[int, int], bool]:
    """Whether a person signed about then is, by merges on record, the person named now. Reads only when asked."""
    raw = driver(session)

    def same(then: int, now: int) -> bool:
        seen: set[int] = set()
        # A merge that nobody wrote down is none: otherwise one changed pointer would exchange a child.
        while then != now and then not in seen:
            seen.add(then)
            found = raw.execute(
                "SELECT p.merged_into FROM person p WHERE p.id = ? AND EXISTS (SELECT 1 FROM audit_entry a"
                " JOIN audit_detail t ON t.seq = a.seq WHERE a.action = 'person.merged'"
                " AND json_extract(t.detail, '$.gone') = p.id)",
                (then,),
            ).fetchone()
            if found is None or found[0] is None:
                return False
            then = found[0]
        return then == now

    return same


@needs(Permission.VERIFY_RUN)
def check_one(ctx: Context, decision_id: int) -> str:
    """What is wrong with one decision and its signature, or "". Open to whoever may check the records."""
    with ctx.database.reading() as session:
        for row in _rows(driver(session), "d.id = ?", (decision_id,)):
            return row_fault(row, merged_into(session))
    return "There is no such decision on record."


@needs(Permission.VERIFY_RUN)
def check_all(ctx: Context, progress: Callable[[int, int], None] | None = None) -> list[str]:
    """Check every decision there is; a sentence for each fault. ``progress`` is told how many of how many, and may
    raise Cancelled.
    """
    with ctx.database.reading() as session:
        same = merged_into(session)
        return [found for row in every_row(session, progress) if (found := row_fault(row, same))]


def every_row(session: Session, progress: Callable[[int, int], None] | None = None) -> Iterator[Row]:
    """Every decision on record with the facts it is about, oldest first, read in pieces."""
    raw = driver(session)
    total = raw.execute("SELECT count(*) FROM connection_decision").fetchone()[0]
    last, done = 0, 0
    while rows := list(_rows(raw, "d.id > ? ORDER BY d.id LIMIT ?", (last, _CHUNK))):
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
    return row_digest(_plain_columns(decision))


def row_digest(row: Row) -> str:
    """``digest`` of a stored row."""
    return hashlib.sha256(
        signatures.canonical({name: _as_text(row[name]) for name in DECISION_COLUMNS})
    ).hexdigest()


def facts_digest(session: Session, exception: ConnectionException) -> str:
    """SHA-256 over the declared facts of an exception, for the line of a decision that nobody signed."""
    return row_facts_digest(_facts(session, exception.id))


def row_facts_digest(row: Row) -> str:
    """``facts_digest`` of a stored row. People may be merged later, so they are no part of it."""
    names = (
        *_PLAIN,
        *TEXTS,
        "since_on",
        "adult_joined_on",
        "other_joined_on",
        "links",
        "platforms",
        "policy",
    )
    return hashlib.sha256(signatures.canonical({name: row[name] for name in names})).hexdigest()


# --------------------------------------------------------------------------------------------------- small parts


def _facts(session: Session, exception_id: int) -> dict[str, Any]:
    cursor = driver(session).execute(
        f"SELECT {_FACTS} FROM connection_exception e {_FACTS_FROM} WHERE e.id = ?",  # noqa: S608 - as _ALL
        (exception_id,),
    )
    return dict(zip((column[0] for column in cursor.description), cursor.fetchone(), strict=True))


def _rows(raw: Any, where: str, values: tuple[Any, ...]) -> Iterator[dict[str, Any]]:
    cursor = raw.execute(f"{_ALL} WHERE {where}", values)
    names = [column[0] for column in cursor.description]
    for row in cursor.fetchall():
        yield dict(zip(names, row, strict=True))


def _plain_columns(
    record: ConnectionDecision | ConnectionException, names: Iterable[str] = DECISION_COLUMNS
) -> dict[str, Any]:
    """A record's columns as the database keeps them."""
    return {name: stored_value(getattr(record, name)) for name in names}


def _as_text(value: object) -> object:
    return value.hex() if isinstance(value, bytes) else value


def _files_hash(files: list[str], last: int) -> str:
    """Over the files there were on that day; what was added later is no part of it."""
    there = [each for each in files if int(each.partition(":")[0]) <= last]
    return text_hash("\n".join(there))


def _day(text: str | None) -> date | None:
    return None if text is None else date.fromisoformat(text)
