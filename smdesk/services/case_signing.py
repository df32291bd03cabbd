"""What a decision about a business case is signed over, and whether it still stands in the records so (ACC-2).

The payload says in plain words and codes what was decided, so that a printed decision proves itself later on another
computer; long texts go in by their hash. Names are those of that day: people may be renamed or merged since, so they
are recognised by their ids. Everything else must stand in the records as it was signed.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import date
from typing import Any, Final

from sqlalchemy.orm import Session

from smdesk.db.models import BusinessCase, CaseDecision
from smdesk.policy.accounts import Runner
from smdesk.policy.words import listed
from smdesk.security import signatures
from smdesk.services.case_fields import TEXTS
from smdesk.services.case_records import (
    SEALING,
    CaseDecisionKind,
    CaseDecisionRecord,
)
from smdesk.services.connection_signing import merged_into, read_payload
from smdesk.services.driver import driver, stored_value
from smdesk.services.incident_state import person_name
from smdesk.services.reference_data import platform_label

PURPOSE: Final = "decide business case"
FORMAT: Final = 1
"""Of the payload. A later program reads every format there ever was."""

DECISION_TEXTS: Final = ("reason", "conditions", "present")
"""What goes in by a hash of its own each."""

COLUMNS: Final = (
    "case_id",
    "kind",
    "reason",
    "conditions",
    "decided_on",
    "present",
    "minute_ref",
    "review_on",
    "recorded_by",
    "recorder_name",
    "recorded_at",
    "signed_payload",
    "signature",
    "signing_key_id",
)
"""What of a decision the audit chain vouches for, with who agreed."""

_CHUNK: Final = 500
_PLAIN: Final = ("platform", "proposed_name", "link", "exists_already", "openness", "submitted_on")
_ALL: Final = """
    SELECT d.id, d.case_id, d.kind, d.reason, d.conditions, d.decided_on, d.present, d.minute_ref, d.review_on,
    d.recorded_by, d.recorder_name, d.recorded_at, d.signed_payload, d.signature, d.signing_key_id,
    (SELECT count(*) FROM case_decision x WHERE x.case_id = d.case_id AND x.id <= d.id) AS nth,
    (SELECT json_group_array(json_array(user_id, name, agreed)) FROM (
        SELECT user_id, name, agreed FROM case_vote WHERE decision_id = d.id ORDER BY id)) AS votes,
    k.user_id AS key_owner, k.public_key, k.created_at AS key_made, k.retired_at AS key_retired,
    {facts}
    FROM case_decision d JOIN business_case c ON c.id = d.case_id JOIN policy_profile p ON p.id = c.profile_id
    LEFT JOIN business_case s ON s.id = c.supersedes_id
    LEFT JOIN person w ON w.id = c.proposer_id
    LEFT JOIN signing_key k ON k.id = d.signing_key_id WHERE """
_FACTS: Final = """c.year, c.number, c.platform, c.proposed_name, c.link, c.exists_already, c.openness, c.submitted_on,
    c.aim, c.audience, c.promotion, c.openness_note, c.audience_age, c.consents, c.holidays, c.when_runners_leave,
    c.proposer_id, c.proposer_name, c.sealed, c.status, c.decided_on AS case_decided_on, p.number AS policy,
    s.year AS old_year, s.number AS old_number, w.given_name AS proposer_given, w.family_name AS proposer_family,
    (SELECT json_group_array(json_array(person_id, responsible)) FROM (
        SELECT person_id, responsible FROM case_runner WHERE case_id = c.id ORDER BY position, id)) AS runners"""

Row = Mapping[str, Any]
"""A decision with the case it is about, as stored: dates and times as text."""


# ------------------------------------------------------------------------------------------------- the payload


def payload(
    session: Session,
    decision: CaseDecision,
    votes: Sequence[tuple[int, str, bool]],
    case: BusinessCase,
    runners: Sequence[Runner],
) -> dict[str, Any]:
    """What is signed for this decision as the records stand now; it is not written yet.

    ``votes`` are user id, name and whether they agreed; ``runners`` say by what the leadership team was satisfied that
    each has acknowledged the policy and been trained (ACC-3). Raises nothing.
    """
    raw = driver(session)
    cursor = raw.execute(
        f"SELECT {_FACTS} FROM business_case c JOIN policy_profile p ON p.id = c.profile_id"  # noqa: S608 - the names above
        " LEFT JOIN business_case s ON s.id = c.supersedes_id LEFT JOIN person w ON w.id = c.proposer_id"
        " WHERE c.id = ?",
        (case.id,),
    )
    row = dict(zip((column[0] for column in cursor.description), cursor.fetchone(), strict=True))
    row |= {name: stored_value(getattr(decision, name)) for name in COLUMNS}
    row["nth"] = (
        raw.execute("SELECT count(*) FROM case_decision WHERE case_id = ?", (case.id,)).fetchone()[0] + 1
    )
    row["votes"] = json.dumps([list(vote) for vote in votes])
    known = {runner.person_id: runner for runner in runners}
    held = raw.execute(
        "SELECT r.person_id, p.given_name, p.family_name FROM case_runner r JOIN person p ON p.id = r.person_id"
        " WHERE r.case_id = ?",
        (case.id,),
    )
    names = {person_id: person_name(given, family) for person_id, given, family in held.fetchall()}
    given = {
        "school": raw.execute("SELECT name FROM school").fetchone()[0],
        "platform_name": platform_label(row["platform"]),
        "proposer": {"id": row["proposer_id"], "name": _proposer(row)},
        "runners": [
            _runner(person_id, names[person_id], known.get(person_id))
            for person_id, _ in json.loads(row["runners"])
        ],
    }
    return {**_decided(row, given["school"]), **_proposed(row, given)}


def _runner(person_id: int, name: str, runner: Runner | None) -> dict[str, Any]:
    if runner is None:
        return {"id": person_id, "name": name, "staff": False, "ready": []}
    ready = [
        [f"“{answer.title}” version {answer.label}", answer.signed_on.isoformat()]
        for answer in runner.policies
        if answer.signed_on is not None
    ]
    ready += [[held.name, held.done_on.isoformat()] for held in runner.trainings if held.done_on is not None]
    return {"id": person_id, "name": name, "staff": runner.staff, "ready": ready}


def _proposer(row: Row) -> str:
    if row["proposer_id"] is None:
        return str(row["proposer_name"])
    return person_name(row["proposer_given"], row["proposer_family"])


def _decided(row: Row, school: str) -> dict[str, Any]:
    """The part of the payload that is the decision itself."""
    return {
        "purpose": PURPOSE,
        "format": FORMAT,
        "school": school,
        "reference": f"{row['year']}/B{row['number']:04d}",
        "number": row["nth"],
        "kind": row["kind"],
        "decided_on": row["decided_on"],
        "review": row["review_on"],
        "minute": row["minute_ref"],
        "recorder": {"id": row["recorded_by"], "name": row["recorder_name"]},
        "signed_at": row["recorded_at"],
        "members": [[user, name, bool(agreed)] for user, name, agreed in json.loads(row["votes"])],
        **{f"{name}_sha256": text_hash(row[name]) for name in DECISION_TEXTS},
    }


def _proposed(row: Row, given: Mapping[str, Any]) -> dict[str, Any]:
    """The part of the payload that says what was decided about."""
    responsible = [bool(each) for _, each in json.loads(row["runners"])]
    part = {name: row[name] for name in _PLAIN}
    part["exists_already"] = bool(part["exists_already"])
    part["platform_name"] = given["platform_name"]
    part["proposer"] = given["proposer"]
    part["runners"] = [
        {**each, "responsible": held} for each, held in zip(given["runners"], responsible, strict=True)
    ]
    part["texts_sha256"] = texts_hash({name: row[name] for name in TEXTS})
    part["policy"] = row["policy"]
    part["supersedes"] = f"{row['old_year']}/B{row['old_number']:04d}" if row["old_year"] else None
    return part


def texts(decision: CaseDecision, case: BusinessCase) -> dict[str, str]:
    """The full texts behind the hashes, for the file of the printed paper."""
    return {
        **{name: getattr(decision, name) for name in DECISION_TEXTS},
        **{name: getattr(case, name) for name in TEXTS},
    }


def text_hash(text: str) -> str:
    """SHA-256 of a text, hexadecimal."""
    return hashlib.sha256(text.encode("utf-8")).hexdigest()


def texts_hash(held: Mapping[str, str]) -> str:
    """SHA-256 over what was put forward in free words (``TEXTS``)."""
    return hashlib.sha256(signatures.canonical({name: held.get(name) or "" for name in TEXTS})).hexdigest()


# ------------------------------------------------------------------------------------------- does it still hold?


def every_row(session: Session, progress: Callable[[int, int], None] | None = None) -> Iterator[Row]:
    """Every decision on record with the case it is about, oldest first, read in pieces."""
    raw = driver(session)
    total = raw.execute("SELECT count(*) FROM case_decision").fetchone()[0]
    last, done = 0, 0
    while rows := list(_stored_rows(raw, "d.id > ? ORDER BY d.id LIMIT ?", (last, _CHUNK))):
        for row in rows:
            yield row
            done += 1
            if progress is not None and done % 50 == 0:
                progress(done, total)
        last = rows[-1]["id"]


def _stored_rows(raw: Any, where: str, values: tuple[Any, ...]) -> Iterator[dict[str, Any]]:
    cursor = raw.execute(f"{_ALL.replace('{facts}', _FACTS)}{where}", values)
    names = [column[0] for column in cursor.description]
    for row in cursor.fetchall():
        yield dict(zip(names, row, strict=True))


def row_fault(row: Row, same: Callable[[int, int], bool]) -> str:
    """What is wrong with a stored decision, or "". ``same`` says whether two person ids are one person by now."""
    where = f"Decision {row['nth']} on {row['year']}/B{row['number']:04d}"
    if row["public_key"] is None:
        return f"{where} counts as signed but names no key."
    if row["key_owner"] != row["recorded_by"]:
        return f"{where} is signed with a key that does not belong to whoever recorded it."
    if row["recorded_at"] < row["key_made"] or (
        row["key_retired"] is not None and row["recorded_at"] > row["key_retired"]
    ):
        return f"{where} is signed with a key that was not in use on that day."
    signed = read_payload(row["public_key"], row["signed_payload"], row["signature"])
    if signed is None:
        return f"{where} carries a signature that is not its recorder's."
    try:
        return _compared(row, signed, where, same)
    except (KeyError, TypeError, AttributeError, ValueError):
        return f"{where} carries a signature over something that cannot be read."


def _compared(row: Row, signed: dict[str, Any], where: str, same: Callable[[int, int], bool]) -> str:
    if signed["purpose"] != PURPOSE or signed["format"] != FORMAT:
        return f"{where} carries a signature that was made for something else."
    expected = _decided(row, signed["school"])
    if row["kind"] not in SEALING:
        # What was asked about is completed afterwards: only the asking is held to its signature.
        expected.update({name: signed[name] for name in signed if name not in expected})
        return "" if expected == signed else f"{where} is not the one that was signed."
    now = json.loads(row["runners"])
    if len(now) != len(signed["runners"]):
        return f"{where} was signed about other people than the record names to run it."
    given = {
        "platform_name": signed["platform_name"],
        "proposer": signed["proposer"],
        "runners": [
            {name: each[name] for name in ("id", "name", "staff", "ready")} for each in signed["runners"]
        ],
    }
    expected.update(_proposed(row, given))
    if expected != signed:
        changed = sorted(
            name for name in expected.keys() | signed.keys() if expected.get(name) != signed.get(name)
        )
        words = [_WORDS.get(name, f"the {name.replace('_', ' ')}") for name in changed]
        return f"{where} is not what was signed: {listed(words)} changed afterwards."
    people = [(each["id"], person_id) for each, (person_id, _) in zip(signed["runners"], now, strict=True)]
    if any(then != present and not same(then, present) for then, present in people):
        return f"{where} was signed about other people than the record names to run it."
    then, present = signed["proposer"]["id"], row["proposer_id"]
    if then != present and (then is None or present is None or not same(then, present)):
        return f"{where} is not what was signed: who proposed it was changed afterwards."
    if then is None and signed["proposer"]["name"] != row["proposer_name"]:
        return f"{where} is not what was signed: who proposed it was changed afterwards."
    return ""


_WORDS: Final = {
    "reason_sha256": "the reason",
    "conditions_sha256": "the conditions",
    "present_sha256": "who was there",
    "texts_sha256": "what was put forward in words",
    "review": "the day of the review",
    "decided_on": "the day of the decision",
    "number": "its place among the decisions",
    "members": "who agreed",
    "minute": "the minute",
    "policy": "the version of the policy",
    "recorder": "who recorded it",
    "signed_at": "the time",
    "exists_already": "whether the account was there",
    "runners": "who is to run it",
}


def row_digest(row: Row) -> str:
    """SHA-256 over everything in a decision's row and its votes, for its line in the audit chain."""
    held: dict[str, Any] = {name: _as_text(row[name]) for name in COLUMNS}
    held["votes"] = [[user, name, bool(agreed)] for user, name, agreed in json.loads(row["votes"])]
    return hashlib.sha256(signatures.canonical(held)).hexdigest()


def digest(session: Session, decision_id: int) -> str:
    """``row_digest`` of a decision on record."""
    (row,) = _stored_rows(driver(session), "d.id = ?", (decision_id,))
    return row_digest(row)


def _as_text(value: object) -> object:
    return value.hex() if isinstance(value, bytes) else value


# ------------------------------------------------------------------------------------------------------ as shown


def records(session: Session, case: BusinessCase) -> tuple[CaseDecisionRecord, ...]:
    """All decisions on a case as shown, oldest first, each with what is wrong with it."""
    raw = driver(session)
    same = merged_into(raw)
    return tuple(_record(row, same) for row in _stored_rows(raw, "d.case_id = ? ORDER BY d.id", (case.id,)))


def _record(row: Row, same: Callable[[int, int], bool]) -> CaseDecisionRecord:
    votes = json.loads(row["votes"])
    return CaseDecisionRecord(
        id=row["id"],
        number=row["nth"],
        kind=CaseDecisionKind(row["kind"]),
        reason=row["reason"],
        conditions=row["conditions"],
        decided_on=date.fromisoformat(row["decided_on"]),
        agreed=tuple(name for _, name, agreed in votes if agreed),
        against=tuple(name for _, name, agreed in votes if not agreed),
        present=row["present"],
        minute_ref=row["minute_ref"],
        review_on=date.fromisoformat(row["review_on"]) if row["review_on"] else None,
        recorder=row["recorder_name"],
        fingerprint=signatures.fingerprint(row["public_key"]) if row["public_key"] else "",
        fault=row_fault(row, same),
    )


def by_signature(session: Session, signature: bytes) -> Row | None:
    """The decision on record that carries this signature."""
    return next(iter(_stored_rows(driver(session), "d.signature = ?", (signature,))), None)
