"""Are the business cases and what was decided about them as they were written? Part of ``services.verify``.

Every decision is held to its signature and to its line in the audit chain: a decision without its line, a line without
its decision, and one that differs from what its line vouches for are faults (ACC-2).
"""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from smdesk.db.models import BusinessCase
from smdesk.services import case_signing, case_state
from smdesk.services.account_words import account_name
from smdesk.services.case_records import SEALING
from smdesk.services.case_signing import Row
from smdesk.services.connection_signing import merged_into
from smdesk.services.driver import driver

Progress = Callable[[int, int], None]


def faults(session: Session, progress: Progress | None = None) -> list[str]:
    """A sentence for each fault. ``progress`` is told how much of how much is done; it may raise Cancelled."""
    return [
        *_decisions(session, progress),
        *_numbers(session),
        *_as_logged(session),
        *_out_of_step(session),
        *_approved_accounts(session),
    ]


def _decisions(session: Session, progress: Progress | None) -> list[str]:
    logged = _logged(session)
    same = merged_into(driver(session))
    found = []
    for row in case_signing.every_row(session, progress):
        where = f"Decision {row['nth']} on {case_state.reference(row['year'], row['number'])}"
        wrong = case_signing.row_fault(row, same)
        if wrong:
            found.append(wrong)
        if row["kind"] in SEALING and not row["sealed"]:
            found.append(f"{where} was taken, but what it was about is open to change.")
        wrong = _line_fault(row, logged.pop(row["id"], []))
        if wrong:
            found.append(f"{where} {wrong}")
    for decision_id in sorted(logged):
        seq, detail = logged[decision_id][0]
        named = f" on {detail['case']}" if detail else ""
        found.append(f"A decision{named} was written (audit line {seq}), but is not on record any more.")
    return found


def _logged(session: Session) -> dict[int, list[tuple[int, dict[str, Any] | None]]]:
    """What the audit chain says of each decision: number of the line, detail (None once erased)."""
    rows = driver(session).execute(
        "SELECT e.object_id, e.seq, d.detail FROM audit_entry e LEFT JOIN audit_detail d ON d.seq = e.seq"
        " WHERE e.object_kind = 'case_decision' AND e.action = 'case.decided' ORDER BY e.seq"
    )
    found: dict[int, list[tuple[int, dict[str, Any] | None]]] = {}
    for decision_id, seq, detail in rows.fetchall():
        found.setdefault(decision_id, []).append((seq, json.loads(detail) if detail else None))
    return found


def _line_fault(row: Row, lines: list[tuple[int, dict[str, Any] | None]]) -> str:
    if not lines:
        return "is on record, but no line of the audit log says who wrote it."
    seq, detail = lines[0]
    if len(lines) > 1:
        return f"was written more than once (audit line {seq})."
    if detail is not None and detail["decision"] != case_signing.row_digest(row):
        return f"is not the one that was written (audit line {seq})."
    return ""


def _numbers(session: Session) -> list[str]:
    """Cases are numbered one after the other within a year: none can be taken out unseen."""
    rows = driver(session).execute(
        "SELECT year, count(*), max(number) FROM business_case GROUP BY year ORDER BY year"
    )
    return [
        f"The business cases of {year} are not numbered one after the other: {last - count} "
        f"{'is' if last - count == 1 else 'are'} missing."
        for year, count, last in rows.fetchall()
        if count != last
    ]


def _as_logged(session: Session) -> list[str]:
    """Each case has its line in the audit log, and each line its case."""
    raw = driver(session)
    gone = raw.execute(
        "SELECT e.seq FROM audit_entry e LEFT JOIN business_case c ON c.id = e.object_id"
        " WHERE e.action = 'case.proposed' AND e.object_kind = 'case' AND c.id IS NULL ORDER BY e.seq"
    ).fetchall()
    strange = raw.execute(
        "SELECT c.year, c.number FROM business_case c WHERE NOT EXISTS (SELECT 1 FROM audit_entry e"
        " WHERE e.object_kind = 'case' AND e.object_id = c.id AND e.action = 'case.proposed') ORDER BY c.id"
    ).fetchall()
    return [
        *(
            f"A business case was written (audit line {row[0]}), but is not on record any more."
            for row in gone
        ),
        *(
            f"{case_state.reference(*row)} is on record, but no line of the audit log says who proposed it."
            for row in strange
        ),
    ]


def _out_of_step(session: Session) -> list[str]:
    """The status in the list must follow from what was decided, as after every write."""
    found = []
    for case in session.scalars(select(BusinessCase).order_by(BusinessCase.id)):
        if case.status != case_state.status_of(session, case):
            found.append(
                f"{case_state.name_of_case(case)} stands in the list otherwise than its decisions say."
            )
    return found


def _approved_accounts(session: Session) -> list[str]:
    """An account counts as approved only where a decision says so, on the day it was taken (ACC-2)."""
    rows = driver(session).execute(
        "SELECT handle, platform FROM school_account a WHERE approved_on IS NOT NULL AND NOT EXISTS (SELECT 1"
        " FROM case_decision d JOIN business_case c ON c.id = d.case_id WHERE c.account_id = a.id"
        " AND d.kind = 'approve' AND d.decided_on = a.approved_on) ORDER BY a.id"
    )
    return [
        f"{account_name(handle, platform)} counts as approved, but no decision of that day is on record."
        for handle, platform in rows.fetchall()
    ]
