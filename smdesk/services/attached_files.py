"""Files of posts to be signed off, findings, messages and versions of a policy (ACC-6, REP-1, AUP-3).

Kept as evidence is kept: each encrypted under its own key, on the disk before the row that names it. Who may read or
add follows from what the file belongs to. What was handed over to an incident is read where the incident may be.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from pathlib import Path
from typing import Final

from sqlalchemy import select
from sqlalchemy.orm import InstrumentedAttribute, Session

from smdesk.db import audit
from smdesk.db import evidence as store
from smdesk.db.models import (
    AccountMessage,
    AttachedFile,
    Finding,
    Incident,
    PolicyVersion,
    SignOff,
)
from smdesk.errors import Invalid, NotFound, Refused, Tampered
from smdesk.security.files import write_whole
from smdesk.security.permissions import Permission, require
from smdesk.services import evidence, file_keeping, handed_files, history, incident_fields, reasons, sight
from smdesk.services.context import LOCAL, Changes, Context, Saved, needs

AAD: Final = "attached"
"""What the files are bound to; ``services.verify`` reads them under the same word."""

NO_SUCH_FILE: Final = "There is no such file, or it is not open to you."
LONGEST_NOTE: Final = 500


class OwnerKind(StrEnum):
    """What a file can belong to."""

    SIGN_OFF = "sign_off"
    FINDING = "finding"
    MESSAGE = "message"
    POLICY_VERSION = "policy_version"


@dataclass(frozen=True, slots=True)
class Owner:
    """The one record a file belongs to."""

    kind: OwnerKind
    id: int


@dataclass(frozen=True, slots=True)
class AttachedFileRecord:
    """A kept file as shown. One that was taken out keeps its line and the reason."""

    id: int
    name: str
    media_type: str
    size: int
    sha256: str
    note: str
    added_at: datetime
    added_by: str
    removed: bool
    removed_reason: str


_Row = SignOff | Finding | AccountMessage | PolicyVersion

_READ: Final = {
    OwnerKind.SIGN_OFF: Permission.ACCOUNTS_READ,
    OwnerKind.FINDING: Permission.REPUTATION_READ,
    OwnerKind.MESSAGE: Permission.ACCOUNTS_READ,
    OwnerKind.POLICY_VERSION: Permission.AGREEMENTS_READ,
}
_WRITE: Final = {
    OwnerKind.SIGN_OFF: Permission.ACCOUNTS_WATCH,
    OwnerKind.FINDING: Permission.REPUTATION_EDIT,
    OwnerKind.MESSAGE: Permission.ACCOUNTS_WATCH,
    OwnerKind.POLICY_VERSION: Permission.AGREEMENTS_EDIT,
}
_COLUMNS: Final[dict[OwnerKind, InstrumentedAttribute[int | None]]] = {
    OwnerKind.SIGN_OFF: AttachedFile.sign_off_id,
    OwnerKind.FINDING: AttachedFile.finding_id,
    OwnerKind.MESSAGE: AttachedFile.message_id,
    OwnerKind.POLICY_VERSION: AttachedFile.policy_version_id,
}


@needs(Permission.TODAY_READ)  # everybody with a desk; what the owner asks for is looked at below
def add(ctx: Context, owner: Owner, name: str, data: bytes | Path, note: str = "") -> Saved:
    """Keep a file with ``owner``; its type is judged by content, and a policy's is a PDF. Returns the file's id.

    Raises NotAllowed and NotFound as for the owner; Refused where it takes no files any more or holds the same one;
    Invalid for a kind or size that is not kept; StorageProblem when the disk refuses.
    """
    note = note.strip()
    if len(note) > LONGEST_NOTE:
        raise Invalid.one("note", f"At most {LONGEST_NOTE:,} letters can be kept.")
    with ctx.database.reading() as session:
        _open_to_add(session, ctx, owner)
        most = file_keeping.limit(session)
    handed_in = file_keeping.judged(data, name, most, f"Picture {ctx.now().astimezone(LOCAL):%Y-%m-%d %H.%M}")
    if owner.kind is OwnerKind.POLICY_VERSION and handed_in.media_type != "application/pdf":
        raise Invalid.one(
            "data",
            f"“{handed_in.name}” is no PDF. Save the policy as PDF, so that it reads the same everywhere.",
        )
    stored = store.store(ctx.folder.evidence, handed_in.content, AAD)
    try:
        with ctx.database.writing() as session:
            held = _open_to_add(session, ctx, owner)
            _refuse_twice(session, owner, stored.sha256)
            row = AttachedFile(
                name=handed_in.name,
                media_type=handed_in.media_type,
                size=stored.size,
                sha256=stored.sha256,
                stored_name=stored.stored_name,
                file_key=stored.key,
                note=note,
                added_at=ctx.now(),
                added_by=ctx.user.id,
            )
            setattr(row, _COLUMNS[owner.kind].key, owner.id)
            session.add(row)
            session.flush()
            return _written(session, ctx, owner, held, row, f"File kept: {row.name}", "file.added", "")
    except BaseException:
        # If it cannot be deleted now, the orphan check finds it later.
        store.remove_unless_saved(
            ctx.database, ctx.folder.evidence, AttachedFile.stored_name, stored.stored_name
        )
        raise


@needs(Permission.TODAY_READ)  # as for ``add``
def read(ctx: Context, file_id: int) -> bytes:
    """The content, checked against its record. Raises NotFound, Refused for a removed file, Damaged or Tampered."""
    return _content(ctx, file_id, copied=False)


@needs(Permission.TODAY_READ)  # as for ``add``
def save_copy(ctx: Context, file_id: int, file: Path) -> None:
    """Write an unprotected copy to ``file``, whole or not at all; that it was made is written down.

    Raises as ``read`` does, and StorageProblem.
    """
    write_whole(file, _content(ctx, file_id, copied=True))


@needs(Permission.TODAY_READ)  # as for ``add``
def remove(ctx: Context, file_id: int, reason: str) -> Saved:
    """Take a file out for good: its key and content are destroyed, its line and the reason stay.

    At any time: a picture of the wrong child must come out at once, and out of the incident it was handed over to as
    well. Raises Invalid without a reason, Refused where it was removed already, NotAllowed where it is evidence by now
    and this user removes none.
    """
    reason = reasons.given(reason, "Say why it is removed: the line stays on record without the file.")
    with ctx.database.writing() as session:
        row, owner, held = _piece(session, ctx, file_id, _WRITE)
        if row.stored_name is None:
            raise Refused("This file was removed already.")
        gone = [handed_files.forget(row, ctx, reason), *_out_of_incident(session, ctx, held, row, reason)]
        saved = _written(session, ctx, owner, held, row, f"File removed: {row.name}", "file.removed", reason)
    ctx.database.checkpoint()  # the key must not live on in the write-ahead log, even where the file cannot go
    for stored_name in gone:
        store.remove(ctx.folder.evidence, stored_name)
    return saved


def _out_of_incident(session: Session, ctx: Context, held: _Row, row: AttachedFile, reason: str) -> list[str]:
    """Take a file that was handed over out of its incident too; returns the files to be deleted."""
    number = _incident(held)
    pieces = [] if number is None else handed_files.pieces(session, number, row.sha256)
    if not pieces:
        return []
    require(sight.reader(session, ctx).roles, Permission.EVIDENCE_REMOVE)
    incident = session.get_one(Incident, number)
    gone = [piece.stored_name for piece in pieces if piece.stored_name is not None]
    for piece in pieces:
        evidence.take_out(session, ctx, incident, piece, reason)
    return gone


def records(session: Session, owner: Owner) -> tuple[AttachedFileRecord, ...]:
    """All files of a record, oldest first, removed ones included (as such). Whoever asks has looked at who may."""
    rows = session.scalars(
        select(AttachedFile).where(_COLUMNS[owner.kind] == owner.id).order_by(AttachedFile.id)
    ).all()
    users = incident_fields.user_names(session, [row.added_by for row in rows])
    return tuple(
        AttachedFileRecord(
            id=row.id,
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


def contents(session: Session, root: Path, owner: Owner) -> list[tuple[AttachedFile, bytes]]:
    """The kept files of a record with what is in them, for handing them over. Raises Damaged or Tampered."""
    rows = session.scalars(
        select(AttachedFile)
        .where(_COLUMNS[owner.kind] == owner.id, AttachedFile.stored_name.is_not(None))
        .order_by(AttachedFile.id)
    )
    return [(row, _checked(root, row)) for row in rows]


def words_of(row: AttachedFile) -> str:
    """What a file belongs to, for whoever checks the records."""
    return f"File {row.id} of {_KIND_WORDS[_owner_of(row).kind]} {_owner_of(row).id}"


_KIND_WORDS: Final = {
    OwnerKind.SIGN_OFF: "sign-off",
    OwnerKind.FINDING: "finding",
    OwnerKind.MESSAGE: "message",
    OwnerKind.POLICY_VERSION: "policy version",
}


def _owner_of(row: AttachedFile) -> Owner:
    for kind, column in _COLUMNS.items():
        number = getattr(row, column.key)
        if number is not None:
            return Owner(kind, number)
    raise ValueError("a trigger sees to it that every file has an owner")


def _content(ctx: Context, file_id: int, *, copied: bool) -> bytes:
    with ctx.database.reading() as session:
        row, _, held = _piece(session, ctx, file_id, _READ)
        if row.stored_name is None:
            raise Refused(f"“{row.name}” was removed: {row.removed_reason}")
        _refuse_imagery(session, held)
        content = _checked(ctx.folder.evidence, row)
        noted = copied or _confidential(session, held)
    if noted:
        with ctx.database.writing() as session:
            audit.write(
                session,
                actor_id=ctx.user.id,
                at=ctx.now(),
                action="file.copied" if copied else "file.opened",
                object_kind="attached_file",
                object_id=file_id,
                detail=None,
            )
    return content


def _checked(root: Path, row: AttachedFile) -> bytes:
    if row.stored_name is None or row.file_key is None:
        raise ValueError("only a kept file has content")
    content = store.read(root, row.stored_name, row.file_key, AAD)
    if len(content) != row.size or hashlib.sha256(content).hexdigest() != row.sha256:
        raise Tampered(f"“{row.name}” is not the file that was kept. Run “smdesk verify”.")
    return content


def _piece(
    session: Session, ctx: Context, file_id: int, permissions: dict[OwnerKind, Permission]
) -> tuple[AttachedFile, Owner, _Row]:
    row = session.get(AttachedFile, file_id)
    if row is None:
        raise NotFound(NO_SUCH_FILE)
    owner = _owner_of(row)
    return row, owner, _seen(session, ctx, owner, permissions)


def _open_to_add(session: Session, ctx: Context, owner: Owner) -> _Row:
    held = _seen(session, ctx, owner, _WRITE)
    if isinstance(held, SignOff) and held.status != "waiting":
        # What the leader saw is what was approved: pictures are not added afterwards (ACC-6).
        raise Refused(
            "This post was decided or withdrawn. Ask for a new sign-off with the other pictures.", "ACC-6"
        )
    if isinstance(held, Finding | AccountMessage) and held.withdrawn_at is not None:
        raise Refused("This entry was withdrawn. Bring it back before you add a file.")
    _refuse_imagery(session, held)
    if isinstance(held, Finding | AccountMessage) and held.incident_id is not None:
        raise Refused("This was handed over to an incident. Add the file there.")
    return held


def _seen(session: Session, ctx: Context, owner: Owner, permissions: dict[OwnerKind, Permission]) -> _Row:
    """The owner, for somebody who may see it. Raises NotAllowed, NotFound."""
    who = sight.reader(session, ctx)
    require(who.roles, permissions[owner.kind])
    held = _row(session, owner)
    if held is None:
        raise NotFound(NO_SUCH_FILE)
    incident = _incident(held)
    if incident is not None and not incident_fields.visible_among(session, who, [incident]):
        raise NotFound(NO_SUCH_FILE)
    return held


def _row(session: Session, owner: Owner) -> _Row | None:
    match owner.kind:
        case OwnerKind.SIGN_OFF:
            return session.get(SignOff, owner.id)
        case OwnerKind.FINDING:
            return session.get(Finding, owner.id)
        case OwnerKind.MESSAGE:
            return session.get(AccountMessage, owner.id)
        case OwnerKind.POLICY_VERSION:
            return session.get(PolicyVersion, owner.id)


def _incident(held: _Row) -> int | None:
    return held.incident_id if isinstance(held, Finding | AccountMessage) else None


def _confidential(session: Session, held: _Row) -> bool:
    number = _incident(held)
    return number is not None and sight.is_confidential(session.get_one(Incident, number))


def _refuse_imagery(session: Session, held: _Row) -> None:
    number = _incident(held)
    if number is not None and evidence.is_imagery(session, session.get_one(Incident, number)):
        raise Refused(
            "The incident this was handed over to is marked as sexual imagery of a child, so SM Desk neither shows "
            "nor copies its files. Tell the DSL.",
            "INC-6",
        )


def _refuse_twice(session: Session, owner: Owner, sha256: str) -> None:
    name = session.scalar(
        select(AttachedFile.name).where(
            _COLUMNS[owner.kind] == owner.id,
            AttachedFile.sha256 == sha256,
            AttachedFile.stored_name.is_not(None),
        )
    )
    if name is not None:
        raise Refused(f"The same file is kept here already, as “{name}”. It was not added a second time.")


def _written(
    session: Session,
    ctx: Context,
    owner: Owner,
    held: _Row,
    row: AttachedFile,
    said: str,
    action: str,
    reason: str,
) -> Saved:
    if isinstance(held, SignOff):
        held.version += 1  # a leader who has not seen this picture does not decide about it (ACC-6)
    kind, number = _history_of(held, owner)
    history.add(session, ctx, kind, number, "file", said, reason=reason)
    audit.write(
        session,
        actor_id=ctx.user.id,
        at=ctx.now(),
        action=action,
        object_kind="attached_file",
        object_id=row.id,
        detail={str(owner.kind): owner.id, "name": row.name, "sha256": row.sha256, "reason": reason},
    )
    changes: Changes = frozenset({(kind, number)})
    return Saved(row.id, held.version, changes)


def _history_of(held: _Row, owner: Owner) -> tuple[str, int]:
    """Whose history tells of it: a version's is that of its policy."""
    if isinstance(held, PolicyVersion):
        return "policy", held.policy_id
    return str(owner.kind), owner.id
