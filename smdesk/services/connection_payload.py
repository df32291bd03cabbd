"""What a decision about an exception is signed over: the payload, read from the records.

The payload says all that was decided about in plain words and codes, so that a printed decision proves itself years
later on another computer; long texts go in by their hash. Names are those of that day: people may be renamed or merged
since, so they are recognised by their ids. Everything else must stand in the records as it was signed (CON-2).
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping
from datetime import date, datetime
from typing import Any, Final

from sqlalchemy.orm import Session

from smdesk.db.models import ConnectionDecision, ConnectionException
from smdesk.policy import connections as policy
from smdesk.security import signatures
from smdesk.services import connection_sight
from smdesk.services.connection_records import DecisionOrigin
from smdesk.services.connection_words import reference, roles_in_words
from smdesk.services.driver import driver, stored_day, stored_value
from smdesk.services.incident_state import person_name
from smdesk.services.reference_data import platform_label

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

PLAIN: Final = ("adult_kind", "capacity", "relationship", "initiator", "declared_on")

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
    f.sha256 AS scan_sha256, f.exception_id AS scan_of, f.kind AS scan_kind, f.stored_name AS scan_name,
    u.name AS recorder"""
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
    row = {**facts(session, exception.id), **plain_columns(decision)}
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
    return {**decided(row, given), **declared(row, given)}


def _given(session: Session, row: Row, exception: ConnectionException) -> dict[str, Any]:
    """What goes in as it is known on the day and is not compared later: names, roles, and sums over other values."""
    raw = driver(session)
    school = raw.execute("SELECT name FROM school").fetchone()[0]
    found, late = policy.timeliness(
        stored_day(row["adult_joined_on"]),
        stored_day(row["other_joined_on"]),
        date.fromisoformat(row["declared_on"]),
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
            "roles": roles_in_words(row["adult_is"], row["adult_also"], row["adult_kind"]),
        },
        "other": {
            "id": row["other_id"],
            "name": person_name(row["other_given"], row["other_family"]),
            "roles": roles_in_words(row["other_is"], row["other_also"]),
        },
        "declarant": None
        if row["declarant_id"] is None
        else {
            "id": row["declarant_id"],
            "name": person_name(row["declarant_given"], row["declarant_family"]),
        },
        # In words too: what a platform is called may change, and a paper is compared word by word.
        "platform_names": [platform_label(each) for each in json.loads(row["platforms"])],
        "timeliness": str(found),
        "late_days": late,
        "files_kept": kept,
        "files_last": int(files[-1].partition(":")[0]) if files else 0,
    }


def decided(row: Row, given: Mapping[str, Any]) -> dict[str, Any]:
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


def declared(row: Row, given: Mapping[str, Any]) -> dict[str, Any]:
    """The part of the payload that says what was decided about."""
    part = {name: row[name] for name in PLAIN}
    part["since"] = row["since_on"]
    part["adult"] = {**given["adult"], "joined": row["adult_joined_on"]}
    part["other"] = {**given["other"], "joined": row["other_joined_on"]}
    part["declarant"] = given["declarant"]
    part["platforms"] = json.loads(row["platforms"])
    part["platform_names"] = given["platform_names"]
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
    row = plain_columns(exception, TEXTS)
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


# --------------------------------------------------------------------------------------------------- small parts


def facts(session: Session, exception_id: int) -> dict[str, Any]:
    cursor = driver(session).execute(
        f"SELECT {_FACTS} FROM connection_exception e {_FACTS_FROM} WHERE e.id = ?",  # noqa: S608 - as _ALL
        (exception_id,),
    )
    return dict(zip((column[0] for column in cursor.description), cursor.fetchone(), strict=True))


def stored_rows(raw: Any, where: str, values: tuple[Any, ...]) -> Iterator[dict[str, Any]]:
    cursor = raw.execute(f"{_ALL} WHERE {where}", values)
    names = [column[0] for column in cursor.description]
    for row in cursor.fetchall():
        yield dict(zip(names, row, strict=True))


def plain_columns(
    record: ConnectionDecision | ConnectionException, names: Iterable[str] = DECISION_COLUMNS
) -> dict[str, Any]:
    """A record's columns as the database keeps them."""
    return {name: stored_value(getattr(record, name)) for name in names}


def _files_hash(files: list[str], last: int) -> str:
    """Over the files there were on that day; what was added later is no part of it."""
    there = [each for each in files if int(each.partition(":")[0]) <= last]
    return text_hash("\n".join(there))
