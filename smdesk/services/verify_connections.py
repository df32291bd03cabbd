"""Are the exceptions and their decisions as they were written? Part of ``services.verify``.

Every decision is held to its signature and to its line in the audit chain: a decision without its line, a line
without its decision, and one that differs from what its line vouches for are faults.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import date
from typing import Any, Final

from sqlalchemy.orm import Session

from smdesk.services import connection_signing, connection_state
from smdesk.services.connection_payload import Row
from smdesk.services.connection_records import (
    SEALING,
    DecisionOrigin,
    ExceptionStatus,
    PaperAnswer,
)
from smdesk.services.connection_words import reference, shown_status
from smdesk.services.driver import driver, stored_value
from smdesk.services.incident_state import person_name

Progress = Callable[[int, int], None]

_ENTERED: Final = {
    "decision.signed": DecisionOrigin.SIGNED,
    "decision.paper": DecisionOrigin.PAPER,
    "decision.imported": DecisionOrigin.IMPORTED,
}
_ANSWERED: Final = {
    "decision.confirmed": PaperAnswer.CONFIRMED,
    "decision.disputed": PaperAnswer.DISPUTED,
}


def faults(session: Session, today: date, progress: Progress | None = None) -> list[str]:
    """A sentence for each fault. ``progress`` is told how much of how much is done; it may raise Cancelled."""

    def half(second: int) -> Progress | None:
        return None if progress is None else lambda done, whole: progress(second * whole + done, 2 * whole)

    found = _decisions(session, half(0))
    found += _out_of_step(session, today, half(1))
    return (
        found + _numbers(session) + _declared_as_logged(session) + _chains(session) + _removed_files(session)
    )


def _decisions(session: Session, progress: Progress | None) -> list[str]:
    logged = _logged(session)
    same = connection_signing.merged_into(driver(session))
    found = []
    for row in connection_signing.every_row(session, progress):
        where = f"Decision {row['nth']} on {reference(row['year'], row['exception_number'])}"
        wrong = connection_signing.row_fault(row, same)
        if wrong:
            found.append(wrong)
        elif row["signature"] is not None:
            found += [f"{where} {told}" for told in _renamed(session, row)]
        if row["kind"] in SEALING and not row["sealed"]:
            found.append(f"{where} was taken, but what it was about is open to change.")
        wrong = _as_logged(row, logged.pop(row["id"], []), same)
        if wrong:
            found.append(f"{where} {wrong}")
    for decision_id in sorted(logged):
        seq, _, detail = logged[decision_id][0]
        named = f" on {detail['exception']}" if detail else ""
        found.append(f"A decision{named} was written (audit line {seq}), but is not on record any more.")
    return found


def _renamed(session: Session, row: Row) -> list[str]:
    """Whoever is called otherwise than on the day of the signature was renamed by somebody, which the log says."""
    signed = json.loads(row["signed_payload"])
    found = []
    for side in ("adult", "other"):
        now = person_name(row[f"{side}_given"], row[f"{side}_family"])
        if signed[side]["name"] == now:
            continue
        known = driver(session).execute(
            "SELECT 1 FROM audit_entry WHERE object_kind = 'person' AND object_id IN (?, ?) AND at >= ?"
            " AND action IN ('person.saved', 'person.merged', 'person.unmerged') LIMIT 1",
            (signed[side]["id"], row[f"{side}_id"], signed["signed_at"]),
        )
        if known.fetchone() is None:
            # Without the names: whoever may check the records need not be one who may read this one.
            whom = "the adult" if side == "adult" else "the other person"
            found.append(
                f"calls {whom} otherwise than the records do now, and no line of the audit log says who renamed them."
            )
    return found


def _logged(session: Session) -> dict[int, list[tuple[int, str, dict[str, Any] | None]]]:
    """What the audit chain says of each decision: number of the line, action, detail (None once erased)."""
    rows = driver(session).execute(
        "SELECT e.object_id, e.seq, e.action, d.detail FROM audit_entry e"
        " LEFT JOIN audit_detail d ON d.seq = e.seq WHERE e.object_kind = 'decision' ORDER BY e.seq"
    )
    found: dict[int, list[tuple[int, str, dict[str, Any] | None]]] = {}
    for decision_id, seq, action, detail in rows.fetchall():
        if action in _ENTERED or action in _ANSWERED:
            found.setdefault(decision_id, []).append((seq, action, json.loads(detail) if detail else None))
    return found


def _as_logged(
    row: Row,
    lines: list[tuple[int, str, dict[str, Any] | None]],
    same: Callable[[int, int], bool],
) -> str:
    entered = [line for line in lines if line[1] in _ENTERED]
    answered = [line for line in lines if line[1] in _ANSWERED]
    if not entered:
        return "is on record, but no line of the audit log says who wrote it."
    if len(entered) > 1 or _ENTERED[entered[0][1]] != row["origin"]:
        return f"is not of the kind that was written (audit line {entered[0][0]})."
    if len(answered) != bool(row["answer"]) or (answered and _ANSWERED[answered[0][1]] != row["answer"]):
        return "was confirmed or disputed otherwise than the audit log says."
    seq, _, detail = lines[-1]
    if detail is not None and detail["decision"] != connection_signing.row_digest(row):
        return f"is not the one that was written (audit line {seq})."
    if detail is not None and "facts" in detail:
        if detail["facts"] != connection_signing.row_facts_digest(row):
            return f"is unsigned, and what it is about was changed since (audit line {seq})."
        now = (row["adult_id"], row["other_id"], row["declarant_id"])
        if any(
            a != b and (a is None or b is None or not same(a, b))
            for a, b in zip(detail["people"], now, strict=True)
        ):
            return f"is unsigned, and names somebody else than when it was written (audit line {seq})."
    return ""


def _numbers(session: Session) -> list[str]:
    """Exceptions are numbered one after the other within a year: none can be taken out unseen."""
    rows = driver(session).execute(
        "SELECT year, count(*), max(number) FROM connection_exception GROUP BY year ORDER BY year"
    )
    return [
        f"The exceptions of {year} are not numbered one after the other: {last - count} "
        f"{'is' if last - count == 1 else 'are'} missing."
        for year, count, last in rows.fetchall()
        if count != last
    ]


def _declared_as_logged(session: Session) -> list[str]:
    """Each exception has its line in the audit log, and each line its exception."""
    raw = driver(session)
    gone = raw.execute(
        "SELECT e.seq FROM audit_entry e LEFT JOIN connection_exception x ON x.id = e.object_id"
        " WHERE e.action IN ('exception.declared', 'exception.imported') AND e.object_kind = 'exception'"
        " AND e.object_id IS NOT NULL AND x.id IS NULL ORDER BY e.seq"
    ).fetchall()
    found = [
        f"An exception was declared (audit line {row[0]}), but is not on record any more." for row in gone
    ]
    strange = raw.execute(
        "SELECT x.year, x.number FROM connection_exception x WHERE NOT EXISTS (SELECT 1 FROM audit_entry e"
        " WHERE e.object_kind = 'exception' AND e.object_id = x.id"
        " AND e.action = 'exception.' || x.origin) ORDER BY x.id"
    ).fetchall()
    return found + [
        f"{reference(*row)} is on record, but no line of the audit log says who declared it."
        for row in strange
    ]


def _chains(session: Session) -> list[str]:
    """What takes the place of an exception came after it, and is about the same two people."""
    # Declared while two records were one: parted again, the two exceptions are about two people.
    same = connection_signing.merged_into(driver(session), ever=True)
    rows = driver(session).execute(
        "SELECT n.year, n.number, n.id, n.adult_id, n.other_id, o.year, o.number, o.id, o.adult_id, o.other_id"
        " FROM connection_exception n JOIN connection_exception o ON o.id = n.supersedes_id ORDER BY n.id"
    )
    found = []
    for (
        new_year,
        new_number,
        new,
        adult,
        other,
        old_year,
        old_number,
        old,
        old_adult,
        old_other,
    ) in rows.fetchall():
        if new <= old:
            found.append(
                f"{reference(new_year, new_number)} takes the place of {reference(old_year, old_number)}, which came "
                "after it."
            )
        for before, after in ((old_adult, adult), (old_other, other)):
            if before != after and not same(before, after) and not same(after, before):
                found.append(
                    f"{reference(new_year, new_number)} takes the place of {reference(old_year, old_number)}, but is "
                    "about somebody else."
                )
    return found


def _removed_files(session: Session) -> list[str]:
    """A file goes only by being removed, which the audit log says."""
    rows = driver(session).execute(
        "SELECT f.id, x.year, x.number FROM connection_file f JOIN connection_exception x ON x.id = f.exception_id"
        " WHERE f.stored_name IS NULL AND NOT EXISTS (SELECT 1 FROM audit_entry e"
        " WHERE e.object_kind = 'connection_file' AND e.object_id = f.id AND e.action = 'file.removed') ORDER BY f.id"
    )
    return [
        f"File {file_id} of {reference(year, number)} is gone, but nobody removed it."
        for file_id, year, number in rows.fetchall()
    ]


def _out_of_step(session: Session, today: date, progress: Progress | None) -> list[str]:
    """Status and days in the register must follow from the decisions and the people, as after every write."""
    cursor = driver(session).execute("SELECT * FROM connection_exception ORDER BY id")
    names = [column[0] for column in cursor.description]
    rows = cursor.fetchall()
    found = []
    for done, values in enumerate(rows, 1):
        held = dict(zip(names, values, strict=True))
        wanted = connection_state.worked_out(session, held["id"], today).columns
        if held["status"] == ExceptionStatus.APPROVED:
            # An end that lay ahead passes without a write: the status is looked at as it stands today.
            days = [date.fromisoformat(held[name]) if held[name] else None for name in ("from_on", "ends_on")]
            held["status"] = str(shown_status(held["status"], days[0], days[1], held["end_cause"], today))
        differing = [
            name.replace("_", " ") for name, value in wanted.items() if stored_value(value) != held[name]
        ]
        if differing:
            found.append(
                f"{reference(held['year'], held['number'])} stands in the register otherwise than its records say: "
                f"{', '.join(differing)}."
            )
        if progress is not None and done % 50 == 0:
            progress(done, len(rows))
    return found
