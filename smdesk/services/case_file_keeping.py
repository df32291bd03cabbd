"""Kept case files that show a picture which had to come out of the record (DOC-4).

A picture of the wrong child is removed at once, with its key. A case file in which it is shown holds it as well, so the
kept file goes too; that it was made, its hash and the reason stay, and a copy outside is still recognised by its hash.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from smdesk.db import audit
from smdesk.db.models import AuditDetail, AuditEntry, IssuedPaper
from smdesk.services.context import Context
from smdesk.services.paper_records import PaperKind

MADE = "case_file.made"
"""The line of the audit log that says what a case file holds."""


def give_up_showing(
    session: Session, ctx: Context, incident_id: int, evidence_id: int, reason: str
) -> list[str]:
    """Forget the kept case files of an incident that show this picture; returns the files to be deleted.

    Where the log no longer says what a file holds, it counts as showing it.
    """
    said: dict[int, dict[str, Any]] = {
        detail["paper"]: detail
        for detail in session.scalars(
            select(AuditDetail.detail)
            .join(AuditEntry, AuditEntry.seq == AuditDetail.seq)
            .where(
                AuditEntry.action == MADE,
                AuditEntry.object_kind == "incident",
                AuditEntry.object_id == incident_id,
                AuditDetail.detail.is_not(None),
            )
        )
        if detail
    }
    gone = []
    for paper in session.scalars(
        select(IssuedPaper).where(
            IssuedPaper.kind == PaperKind.CASE_FILE.value,
            IssuedPaper.object_kind == "incident",
            IssuedPaper.object_id == incident_id,
            IssuedPaper.stored_name.is_not(None),
        )
    ):
        if paper.id in said and evidence_id not in said[paper.id]["pictures"]:
            continue
        if paper.stored_name is not None:
            gone.append(paper.stored_name)
        paper.stored_name, paper.file_key = None, None
        audit.write(
            session,
            actor_id=ctx.user.id,
            at=ctx.now(),
            action="paper.removed",
            object_kind="paper",
            object_id=paper.id,
            detail={"sha256": paper.sha256, "evidence": evidence_id, "reason": reason},
        )
    session.flush()
    return gone
