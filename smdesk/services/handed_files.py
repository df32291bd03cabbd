"""Files of a message or a finding that became an incident: the incident holds a copy, and removed is removed in both.

A picture of the wrong child that is taken out at one place must not live on at the other.
"""

from __future__ import annotations

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from smdesk.db import audit
from smdesk.db.models import AccountMessage, AttachedFile, Evidence, Finding
from smdesk.services import history
from smdesk.services.context import Context


def pieces(session: Session, incident_id: int, sha256: str) -> list[Evidence]:
    """The kept evidence of an incident with this content."""
    wanted = select(Evidence).where(
        Evidence.incident_id == incident_id, Evidence.sha256 == sha256, Evidence.stored_name.is_not(None)
    )
    return list(session.scalars(wanted))


def sources(session: Session, incident_id: int, sha256: str) -> list[AttachedFile]:
    """The kept files of this content with what the incident was made from."""
    messages = select(AccountMessage.id).where(AccountMessage.incident_id == incident_id)
    findings = select(Finding.id).where(Finding.incident_id == incident_id)
    wanted = select(AttachedFile).where(
        or_(AttachedFile.message_id.in_(messages), AttachedFile.finding_id.in_(findings)),
        AttachedFile.sha256 == sha256,
        AttachedFile.stored_name.is_not(None),
    )
    return list(session.scalars(wanted))


def forget(row: AttachedFile, ctx: Context, reason: str) -> str:
    """Take the key and the file from a row, whose line and reason stay; returns the name of the file to be deleted."""
    stored_name = row.stored_name
    if stored_name is None:
        raise ValueError("only a kept file can be taken out")
    row.stored_name, row.file_key = None, None
    row.removed_at, row.removed_reason = ctx.now(), reason
    return stored_name


def take_out_of_sources(
    session: Session, ctx: Context, incident_id: int, sha256: str, reason: str
) -> list[str]:
    """Take a file out of the message or finding the incident was made from; returns the files to be deleted."""
    gone = []
    for row in sources(session, incident_id, sha256):
        gone.append(forget(row, ctx, reason))
        kind, number = (
            ("finding", row.finding_id) if row.finding_id is not None else ("message", row.message_id)
        )
        history.add(session, ctx, kind, number or 0, "file", f"File removed: {row.name}", reason=reason)
        audit.write(
            session,
            actor_id=ctx.user.id,
            at=ctx.now(),
            action="file.removed",
            object_kind="attached_file",
            object_id=row.id,
            detail={kind: number, "name": row.name, "sha256": row.sha256, "reason": reason},
        )
    return gone
