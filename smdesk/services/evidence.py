"""Evidence: screenshots and files, kept encrypted one by one, with their hash.

The file is on the disk for good before the row that names it is written, so a crash leaves at worst a file nobody
knows, never a record without its file. Sexual imagery of a child is never stored, not even for a moment.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path
from typing import Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from smdesk.db import audit, search
from smdesk.db import evidence as store
from smdesk.db.models import Entry, Evidence, Incident, IncidentConduct
from smdesk.errors import Invalid, NotFound, Problem, Refused
from smdesk.policy.vocabulary import Conduct
from smdesk.security.files import write_whole
from smdesk.security.permissions import Permission, Sight
from smdesk.services import case_file_keeping, file_keeping, handed_files, incident_fields, reasons, sight
from smdesk.services.context import LOCAL, Context, Saved, needs
from smdesk.services.incident_records import EvidenceItem
from smdesk.services.incident_words import reference

AAD: Final = "evidence"
"""What the files are bound to; ``services.verify`` reads them under the same word."""

NO_SUCH_EVIDENCE: Final = "There is no such piece of evidence, or it is not open to you."
_HAND_IN: Final = timedelta(minutes=15)
WITHHELD_NAME: Final = "Not kept: sexual imagery of a child"
_DO_NOT_COPY: Final = (
    "This incident is marked as sexual imagery of a child, so SM Desk keeps no copy of anything in it. Do not copy, "
    "forward or print it: having it is a crime. Write down where and when it was seen, tell the DSL, and report it "
    "to the police and the Internet Watch Foundation; then record that here."
)
_NOT_SHOWN: Final = (
    "This incident is marked as sexual imagery of a child, so SM Desk neither shows nor copies what was kept of it "
    "before. Tell the DSL. Once the police have said that it is not needed, remove it here: file and key are destroyed."
)


@needs(Permission.EVIDENCE_ADD)
def add(
    ctx: Context,
    incident_id: int,
    name: str,
    data: bytes | Path,
    note: str = "",
    seen_at: str = "",
    taken_at: datetime | None = None,
) -> Saved:
    """Keep a piece of evidence. ``seen_at`` is where it was seen, ``taken_at`` (aware) when.

    The type is judged by content. Raises Refused where nothing may be kept (sexual imagery of a child) or the same
    content is there already; Invalid for a kind or size that is not kept; StorageProblem when the disk refuses.
    """
    with ctx.database.reading() as session:
        incident = _open_to_add(session, ctx, incident_id)
        _refuse_if_imagery(session, incident)
        limit = file_keeping.limit(session)
    handed_in = file_keeping.judged(data, name, limit, f"Pasted {ctx.now().astimezone(LOCAL):%Y-%m-%d %H.%M}")
    _check_when(ctx, taken_at)
    stored = store.store(ctx.folder.evidence, handed_in.content, AAD)
    try:
        with ctx.database.writing() as session:
            incident = _open_to_add(session, ctx, incident_id)
            # Asked again: another window may have marked or closed it while the file was being written.
            _refuse_if_imagery(session, incident)
            _refuse_twice(session, incident, stored.sha256)
            row = Evidence(
                incident_id=incident_id,
                name=handed_in.name,
                media_type=handed_in.media_type,
                size=stored.size,
                sha256=stored.sha256,
                stored_name=stored.stored_name,
                file_key=stored.key,
                thumbnail=handed_in.thumbnail,
                note=note.strip(),
                seen_at=seen_at.strip(),
                taken_at=taken_at,
                added_at=ctx.now(),
                added_by=ctx.user.id,
            )
            return enter(session, ctx, incident, row, f"Evidence kept: {row.name}", "evidence.added")
    except BaseException:
        # If it cannot be deleted now, the orphan check finds it later.
        store.remove_unless_saved(ctx.database, ctx.folder.evidence, Evidence.stored_name, stored.stored_name)
        raise


@needs(Permission.EVIDENCE_ADD)
def withhold(
    ctx: Context, incident_id: int, where: str, when: datetime, reported_to: str, note: str = ""
) -> Saved:
    """Record sexual imagery of a child without keeping any: where and when it was seen, and who was told.

    ``when`` is aware. Raises Invalid where one of them is missing.
    """
    where, reported_to, note = where.strip(), reported_to.strip(), note.strip()
    found = []
    if not where:
        found.append(
            Problem("where", "Write down where it was seen: the address, app or account. Do not copy it.")
        )
    if not reported_to:
        found.append(
            Problem("reported_to", "Write down whom it was reported to: police, Internet Watch Foundation.")
        )
    if when > ctx.now() + timedelta(minutes=5):
        found.append(Problem("when", "The time it was seen lies in the future. Check date and time."))
    if found:
        raise Invalid(found)
    with ctx.database.writing() as session:
        incident = sight.require_full(session, sight.reader(session, ctx), incident_id)
        row = Evidence(
            incident_id=incident_id,
            name=WITHHELD_NAME,
            note="\n".join(part for part in (f"Reported to: {reported_to}", note) if part),
            seen_at=where,
            taken_at=when,
            added_at=ctx.now(),
            added_by=ctx.user.id,
            withheld=True,
        )
        return enter(
            session, ctx, incident, row, f"{WITHHELD_NAME}. Reported to: {reported_to}", "evidence.withheld"
        )


@needs(Permission.EVIDENCE_READ)
def list_for(ctx: Context, incident_id: int) -> list[EvidenceItem]:
    """All evidence of an incident, oldest first, removed and withheld pieces included (as such).

    No small pictures where it is marked as sexual imagery of a child.
    """
    with ctx.database.reading() as session:
        incident = sight.require_full(session, sight.reader(session, ctx), incident_id)
        imagery = is_imagery(session, incident)
        found = session.scalars(
            select(Evidence).where(Evidence.incident_id == incident_id).order_by(Evidence.id)
        ).all()
        users = incident_fields.user_names(session, [row.added_by for row in found])
    return [
        EvidenceItem(
            id=row.id,
            name=row.name,
            media_type=row.media_type,
            size=row.size,
            sha256=row.sha256,
            note=row.note,
            seen_at=row.seen_at,
            added_at=row.added_at,
            added_by=users[row.added_by],
            thumbnail=None if imagery else row.thumbnail,
            withheld=row.withheld,
            removed=row.removed_at is not None,
            removed_reason=row.removed_reason,
            taken_at=row.taken_at,
        )
        for row in found
    ]


@needs(Permission.EVIDENCE_READ)
def read(ctx: Context, evidence_id: int) -> bytes:
    """The content, checked against what was stored. Opening a confidential incident's is written down.

    Raises NotFound; Refused for a piece that is withheld or removed, or whose incident was marked as sexual imagery
    of a child since it was kept; Damaged or Tampered for a spoilt file.
    """
    return _content(ctx, evidence_id, always_note=False)


@needs(Permission.EVIDENCE_READ)
def save_copy(ctx: Context, evidence_id: int, file: Path) -> None:
    """Write an unprotected copy to ``file``, whole or not at all; that it was made is written down.

    Raises as ``read`` does, and StorageProblem.
    """
    write_whole(file, _content(ctx, evidence_id, always_note=True))


def _content(ctx: Context, evidence_id: int, *, always_note: bool) -> bytes:
    with ctx.database.reading() as session:
        row, incident = _piece(session, ctx, evidence_id)
        if row.withheld:
            raise Refused("Nothing was kept of this: only where and when it was seen, and who was told.")
        if row.stored_name is None or row.file_key is None:
            raise Refused(f"“{row.name}” was removed: {row.removed_reason}")
        if is_imagery(session, incident):
            raise Refused(_NOT_SHOWN, "INC-6")
        noted = always_note or sight.is_confidential(incident)
    content = store.read(ctx.folder.evidence, row.stored_name, row.file_key, AAD)
    if noted:
        with ctx.database.writing() as session:
            audit.write(
                session,
                actor_id=ctx.user.id,
                at=ctx.now(),
                action="evidence.copied" if always_note else "evidence.opened",
                object_kind="evidence",
                object_id=evidence_id,
            )
    return content


@needs(Permission.EVIDENCE_READ)
def check(ctx: Context, incident_id: int) -> dict[int, str]:
    """Read every kept file of an incident whole: evidence id -> "" where it is as stored, else a sentence."""
    with ctx.database.reading() as session:
        sight.require_full(session, sight.reader(session, ctx), incident_id)
        kept = session.execute(
            select(Evidence.id, Evidence.stored_name, Evidence.file_key, Evidence.sha256, Evidence.size)
            .where(Evidence.incident_id == incident_id, Evidence.stored_name.is_not(None))
            .order_by(Evidence.id)
        ).all()
    return {
        row.id: store.check(ctx.folder.evidence, row.stored_name, row.file_key, AAD, row.sha256, row.size)
        or ""
        for row in kept
    }


@needs(Permission.EVIDENCE_REMOVE)
def remove(ctx: Context, evidence_id: int, reason: str) -> Saved:
    """Take a piece of evidence out for good: its key and file are destroyed, its line and the reason stay.

    Whoever may remove evidence and see the incident may do it at any time: a picture of the wrong child must come
    out at once. What the incident was made from loses its copy as well, and so do kept case files that show it. Raises
    Invalid without a reason, Refused where there is nothing to remove.
    """
    reason = reasons.given(reason, "Say why it is removed: the line stays on record without the file.")
    with ctx.database.writing() as session:
        row, incident = _piece(session, ctx, evidence_id)
        if row.withheld or row.stored_name is None:
            raise Refused("There is no file to remove.")
        gone = handed_files.take_out_of_sources(session, ctx, incident.id, row.sha256, reason)
        gone.append(row.stored_name)
        papers = case_file_keeping.give_up_showing(session, ctx, incident.id, row.id, reason)
        saved = take_out(session, ctx, incident, row, reason)
    ctx.database.checkpoint()  # the key must not live on in the write-ahead log, even where the file cannot go
    for stored_name in gone:
        store.remove(ctx.folder.evidence, stored_name)
    for stored_name in papers:
        store.remove(ctx.folder.papers, stored_name)
    return saved


def take_out(session: Session, ctx: Context, incident: Incident, row: Evidence, reason: str) -> Saved:
    """Forget the key and the file of a piece, inside somebody's transaction; its line and the reason stay."""
    row.stored_name, row.file_key, row.thumbnail = None, None, None
    row.removed_at = ctx.now()
    row.removed_reason = reason
    return enter(
        session, ctx, incident, row, f"Evidence removed: {row.name}", "evidence.removed", reason=reason
    )


def _piece(session: Session, ctx: Context, evidence_id: int) -> tuple[Evidence, Incident]:
    row = session.get(Evidence, evidence_id)
    if row is None:
        raise NotFound(NO_SUCH_EVIDENCE)
    try:
        incident = sight.require_full(session, sight.reader(session, ctx), row.incident_id)
    except NotFound:
        raise NotFound(NO_SUCH_EVIDENCE) from None
    return row, incident


def _open_to_add(session: Session, ctx: Context, incident_id: int) -> Incident:
    """The incident, for somebody who adds to it. Raises NotFound and NotAllowed as for reading it.

    Whoever logs an incident as confidential may no longer open it, yet the screenshot pasted into the form belongs to
    it: for some minutes they may hand it in, seeing nothing.
    """
    who = sight.reader(session, ctx)
    incident, seen = sight.glimpse(session, who, incident_id)
    if seen is Sight.EXISTS and ctx.now() - incident.logged_at <= _HAND_IN:
        return incident
    return sight.require_full(session, who, incident_id)


def _refuse_if_imagery(session: Session, incident: Incident) -> None:
    if incident.status == "closed":
        ref = reference(incident.year, incident.number)
        raise Refused(f"{ref} is closed. Open it again before you add evidence.")
    if is_imagery(session, incident):
        raise Refused(_DO_NOT_COPY, "INC-6")


def is_imagery(session: Session, incident: Incident) -> bool:
    """Whether it is marked as sexual imagery of a child: then nothing of it is kept, shown or copied (INC-6)."""
    return session.get(IncidentConduct, (incident.id, str(Conduct.SEXUAL_IMAGERY_OF_CHILD))) is not None


def _refuse_twice(session: Session, incident: Incident, sha256: str) -> None:
    name = session.scalar(
        select(Evidence.name).where(
            Evidence.incident_id == incident.id, Evidence.sha256 == sha256, Evidence.stored_name.is_not(None)
        )
    )
    if name is not None:
        raise Refused(f"The same file is kept here already, as “{name}”. It was not added a second time.")


def _check_when(ctx: Context, taken_at: datetime | None) -> None:
    if taken_at is not None and taken_at > ctx.now() + timedelta(minutes=5):
        raise Invalid.one("taken_at", "The time it was seen lies in the future. Check date and time.")


def enter(
    session: Session,
    ctx: Context,
    incident: Incident,
    row: Evidence,
    said: str,
    action: str,
    reason: str = "",
) -> Saved:
    """Write a piece of evidence, its line and its audit entry, inside somebody's transaction."""
    session.add(row)
    session.flush()
    session.add(
        Entry(
            incident_id=incident.id,
            kind="evidence",
            happened_on=ctx.today(),
            text=said,
            reason=reason,
            evidence_id=row.id,
            recorded_at=ctx.now(),
            recorded_by=ctx.user.id,
        )
    )
    search.index_incident(session, incident.id)
    audit.write(
        session,
        actor_id=ctx.user.id,
        at=ctx.now(),
        action=action,
        object_kind="evidence",
        object_id=row.id,
        detail={"incident": incident.id, "name": row.name, "sha256": row.sha256, "reason": reason},
    )
    return Saved(row.id, incident.version, frozenset({("incident", incident.id), ("evidence", row.id)}))
