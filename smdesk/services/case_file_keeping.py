"""Kept case files that show a picture which had to come out of the record (DOC-4).

A picture of the wrong child is removed at once, with its key. A case file in which it is shown holds it as well, so the
kept file goes too; that it was made, its hash and the reason stay, and a copy outside is still recognised by its hash.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from smdesk.db import audit
from smdesk.db.models import AuditDetail, AuditEntry, IncidentConduct, IssuedPaper
from smdesk.errors import Refused
from smdesk.policy.vocabulary import Conduct
from smdesk.services.context import Context
from smdesk.services.paper_records import PaperKind

MADE = "case_file.made"
"""The line of the audit log that says what a case file holds."""


_NOT_SHOWN = (
    "The incident was marked as sexual imagery of a child since this case file was made, so SM Desk does not show the "
    "pictures in it. Tell the DSL."
)


def check_shown(session: Session, paper: IssuedPaper) -> None:
    """Raise Refused for a case file with pictures whose incident was marked as sexual imagery of a child (INC-6)."""
    if paper.kind != PaperKind.CASE_FILE or paper.object_kind != "incident":
        return
    marked = session.get(IncidentConduct, (paper.object_id, str(Conduct.SEXUAL_IMAGERY_OF_CHILD)))
    said = _said(session, paper.object_id).get(paper.id)
    if marked is not None and (said is None or said["pictures"]):
        raise Refused(_NOT_SHOWN, "INC-6")


def _said(session: Session, incident_id: int) -> dict[int, dict[str, Any]]:
    """What the log says each case file of an incident holds, by paper."""
    return {
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


def give_up_showing(
    session: Session, ctx: Context, incident_id: int, evidence_id: int, reason: str
) -> list[str]:
    """Forget the kept case files of an incident that show this picture; returns the files to be deleted.

    Where the log no longer says what a file holds, it counts as showing it.
    """
    said = _said(session, incident_id)
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
