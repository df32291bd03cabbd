"""Files of an exception: the scanned form, a decision on paper, and what shows the relationship (CON-2).

Kept as evidence is kept: each encrypted under its own key, on the disk before the row that names it. A file that
a decision rests on is never removed; any other may be, with a reason, and its line stays.
"""

from __future__ import annotations

import hashlib
from datetime import datetime, timedelta
from pathlib import Path
from typing import Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from smdesk.db import audit
from smdesk.db import evidence as store
from smdesk.db.models import ConnectionDecision, ConnectionException, ConnectionFile
from smdesk.errors import Invalid, NotAllowed, NotFound, Refused, Tampered
from smdesk.security.files import write_whole
from smdesk.security.permissions import Permission, Sight
from smdesk.services import (
    connection_sight,
    connection_state,
    file_keeping,
    incident_fields,
    reasons,
)
from smdesk.services.connection_records import FILE_KIND_LABELS, FileKind, KeptFile
from smdesk.services.context import LOCAL, Context, Saved, needs

AAD: Final = "connection"
"""What the files are bound to; ``services.verify`` reads them under the same word."""

NO_SUCH_FILE: Final = "There is no such file, or it is not open to you."
LONGEST_NOTE: Final = 500
_HAND_IN: Final = timedelta(minutes=15)
_ON_PAPER: Final = frozenset({"image/png", "image/jpeg", "image/webp", "application/pdf"})


@needs(Permission.CONNECTIONS_EDIT)
def add(
    ctx: Context, exception_id: int, kind: FileKind, name: str, data: bytes | Path, note: str = ""
) -> Saved:
    """Keep a file with an exception. Its type is judged by content; a form or a decision is a picture or a PDF.

    Raises Refused where the same content is kept there already, Invalid for a kind or size that is not kept,
    StorageProblem when the disk refuses.
    """
    note = note.strip()
    if len(note) > LONGEST_NOTE:
        raise Invalid.one("note", f"At most {LONGEST_NOTE:,} letters can be kept.")
    with ctx.database.reading() as session:
        _open_to_add(session, ctx, exception_id)
        most = file_keeping.limit(session)
    stored, media_type, kept_name = put(ctx.folder.evidence, most, kind, name, data, ctx.now())
    try:
        with ctx.database.writing() as session:
            exception = _open_to_add(session, ctx, exception_id)
            row = enter(session, ctx, exception, kind, stored, media_type, kept_name, note)
            return Saved(row.id, exception.version, frozenset({("exception", exception.id)}))
    except BaseException:
        store.remove_unless_saved(
            ctx.database, ctx.folder.evidence, ConnectionFile.stored_name, stored.stored_name
        )
        raise


@needs(Permission.CONNECTIONS_READ)
def read(ctx: Context, file_id: int) -> bytes:
    """The content, checked against its record. Opening one of a confidential exception is written down.

    Raises NotFound, Refused for a removed file, Damaged or Tampered for a spoilt one.
    """
    return _content(ctx, file_id, "")


@needs(Permission.CONNECTIONS_READ)
def save_copy(ctx: Context, file_id: int, file: Path) -> None:
    """Write an unprotected copy to ``file``, whole or not at all; that it was made is written down.

    Raises as ``read`` does, and StorageProblem.
    """
    write_whole(file, _content(ctx, file_id, "file.copied"))


@needs(Permission.CONNECTIONS_EDIT)
def remove(ctx: Context, file_id: int, reason: str) -> Saved:
    """Take a file out for good: its key and content are destroyed, its line and the reason stay.

    Raises Invalid without a reason; Refused where it was removed already, or is the paper a decision rests on.
    """
    reason = reasons.given(reason, "Say why it is removed: the line stays on record without the file.")
    with ctx.database.writing() as session:
        row, exception = _piece(session, ctx, file_id)
        if row.stored_name is None:
            raise Refused("This file was removed already.")
        rests = select(ConnectionDecision.id).where(
            ConnectionDecision.file_id == row.id, ConnectionDecision.answer != "disputed"
        )
        if session.scalar(rests.limit(1)) is not None:
            raise Refused("This is the paper that a decision rests on, so it stays.", "CON-2")
        stored_name = row.stored_name
        row.stored_name, row.file_key = None, None
        row.removed_at, row.removed_reason = ctx.now(), reason
        _note(session, ctx, exception, row, f"File removed: {row.name}", "file.removed", reason)
        saved = Saved(row.id, exception.version, frozenset({("exception", exception.id)}))
    ctx.database.checkpoint()  # the key must not live on in the write-ahead log, even where the file cannot go
    store.remove(ctx.folder.evidence, stored_name)
    return saved


def records(session: Session, exception: ConnectionException) -> tuple[KeptFile, ...]:
    """All files of an exception, oldest first, removed ones included (as such)."""
    rows = session.scalars(
        select(ConnectionFile).where(ConnectionFile.exception_id == exception.id).order_by(ConnectionFile.id)
    ).all()
    users = incident_fields.user_names(session, [row.added_by for row in rows])
    return tuple(
        KeptFile(
            id=row.id,
            kind=FileKind(row.kind),
            name=row.name,
            media_type=row.media_type,
            size=row.size,
            sha256=row.sha256,
            note=row.note,
            added_at=row.added_at,
            added_by=users[row.added_by],
            removed=row.removed_at is not None,
            removed_reason=row.removed_reason,
        )
        for row in rows
    )


def put(
    root: Path, most: int, kind: FileKind, name: str, data: bytes | Path, at: datetime
) -> tuple[store.StoredFile, str, str]:
    """Judge a file handed in and write it, encrypted, under ``root``; no row names it yet.

    ``most`` is the largest size in bytes, ``at`` when it was handed in. Returns where it lies, its media type and the
    name it is kept under. Raises Invalid, StorageProblem.
    """
    fallback = f"{FILE_KIND_LABELS[kind]} {at.astimezone(LOCAL):%Y-%m-%d %H.%M}"
    handed_in = file_keeping.judged(data, name, most, fallback)
    if kind is not FileKind.EVIDENCE and handed_in.media_type not in _ON_PAPER:
        raise Invalid.one(
            "data",
            f"“{name or 'This file'}” is no picture and no PDF. {FILE_KIND_LABELS[kind]}: add the scan or a "
            "photograph of the paper.",
        )
    return store.store(root, handed_in.content, AAD), handed_in.media_type, handed_in.name


def enter(
    session: Session,
    ctx: Context,
    exception: ConnectionException,
    kind: FileKind,
    stored: store.StoredFile,
    media_type: str,
    name: str,
    note: str = "",
) -> ConnectionFile:
    """Name a file written by ``put`` in the records. Raises Refused where the same content is kept there already."""
    twice = session.scalar(
        select(ConnectionFile.name).where(
            ConnectionFile.exception_id == exception.id,
            ConnectionFile.sha256 == stored.sha256,
            ConnectionFile.kind == kind.value,
            ConnectionFile.stored_name.is_not(None),
        )
    )
    if twice is not None:
        raise Refused(f"The same file is kept here already, as “{twice}”. It was not added a second time.")
    row = ConnectionFile(
        exception_id=exception.id,
        kind=kind.value,
        name=name,
        media_type=media_type,
        size=stored.size,
        sha256=stored.sha256,
        stored_name=stored.stored_name,
        file_key=stored.key,
        note=note,
        added_at=ctx.now(),
        added_by=ctx.user.id,
    )
    session.add(row)
    session.flush()
    _note(session, ctx, exception, row, f"{FILE_KIND_LABELS[kind]} kept: {name}", "file.added", "")
    return row


def _content(ctx: Context, file_id: int, action: str) -> bytes:
    with ctx.database.reading() as session:
        row, exception = _piece(session, ctx, file_id)
        if row.stored_name is None or row.file_key is None:
            raise Refused(f"“{row.name}” was removed: {row.removed_reason}")
        confidential = connection_sight.is_confidential(exception)
    content = store.read(ctx.folder.evidence, row.stored_name, row.file_key, AAD)
    if len(content) != row.size or hashlib.sha256(content).hexdigest() != row.sha256:
        raise Tampered(f"“{row.name}” is not the file that was kept. Run “smdesk verify”.")
    if action or confidential:
        with ctx.database.writing() as session:
            audit.write(
                session,
                actor_id=ctx.user.id,
                at=ctx.now(),
                action=action or "file.opened",
                object_kind="connection_file",
                object_id=file_id,
                detail={"exception": row.exception_id},
            )
    return content


def _piece(session: Session, ctx: Context, file_id: int) -> tuple[ConnectionFile, ConnectionException]:
    row = session.get(ConnectionFile, file_id)
    if row is None:
        raise NotFound(NO_SUCH_FILE)
    try:
        who = connection_sight.reader(session, ctx)
        return row, connection_sight.require_full(session, who, row.exception_id)
    except (NotFound, NotAllowed):
        raise NotFound(NO_SUCH_FILE) from None


def _open_to_add(session: Session, ctx: Context, exception_id: int) -> ConnectionException:
    """The exception, for somebody who adds to it.

    Whoever records one as confidential may no longer open it, yet the scanned form belongs to it: for some minutes
    they may hand it in, seeing nothing.
    """
    who = connection_sight.reader(session, ctx)
    exception, seen = connection_sight.glimpse(session, who, exception_id)
    if seen is not Sight.EXISTS or ctx.now() - exception.recorded_at > _HAND_IN:
        exception = connection_sight.require_full(session, who, exception_id)
    if exception.withdrawn_at is not None:
        raise Refused("This declaration was withdrawn. Bring it back before you add a file.")
    return exception


def _note(
    session: Session,
    ctx: Context,
    exception: ConnectionException,
    row: ConnectionFile,
    said: str,
    action: str,
    reason: str,
) -> None:
    connection_state.event(session, ctx, exception, "file", text=said, reason=reason, file_id=row.id)
    audit.write(
        session,
        actor_id=ctx.user.id,
        at=ctx.now(),
        action=action,
        object_kind="connection_file",
        object_id=row.id,
        detail={"exception": exception.id, "name": row.name, "sha256": row.sha256, "reason": reason},
    )
