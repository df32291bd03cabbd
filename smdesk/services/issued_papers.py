"""Papers that left the program for good, kept byte for byte: governor reports, case files, decisions, registers.

A paper opens again to whoever may open everything it tells of; who may not is told that there is none. Issued letters
are kept with their letter (``services.letters``).
"""

from __future__ import annotations

import hashlib
import io
import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from smdesk.db import audit, evidence
from smdesk.db.evidence import StoredFile
from smdesk.db.models import IssuedPaper
from smdesk.db.models.base import from_utc_text
from smdesk.errors import NotFound, Refused, Tampered
from smdesk.security.permissions import Permission, allowed
from smdesk.services import case_file_keeping, connection_sight, sight
from smdesk.services.context import Context, Saved, needs, open_to_all
from smdesk.services.driver import driver
from smdesk.services.paper_records import PAPER_KIND_LABELS, PaperDraft, PaperKind, PaperRow
from smdesk.services.sight import Reader, Where

PAPER: Final = "smdesk paper 1"
"""What an issued paper's file is bound to."""

NO_SUCH_PAPER: Final = "There is no such paper, or it is not open to you."

NEEDED: Final = {
    PaperKind.GOVERNOR_REPORT: Permission.REPORTS_FIGURES,
    PaperKind.CASE_FILE: Permission.INCIDENTS_READ,
    PaperKind.DECISION: Permission.SCHOOL_READ,
    PaperKind.REGISTER: Permission.LISTS_EXPORT,
    PaperKind.FORM: Permission.SCHOOL_READ,
}
"""What a paper of each kind asks for, beside the sight of what it is about."""

OBJECTS: Final = frozenset({"", "report", "register", "form", "incident", "exception", "case"})
"""What a paper may be about."""


@open_to_all("Whoever makes a paper was asked for its own permission; keeping it shows nobody anything.")
def keep(ctx: Context, draft: PaperDraft, content: bytes | Path) -> Saved:
    """Keep a paper that goes out, for good. The very same paper about the same thing is kept once.

    Raises StorageProblem; then nothing is kept.
    """
    with keeping(ctx, content) as stored, ctx.database.writing() as session:
        return keep_in(session, ctx, draft, stored)


@open_to_all("Whoever prints a decision was asked for its own permission; keeping it shows nobody anything.")
def keep_decision(
    ctx: Context, title: str, object_kind: str, object_id: int, content: bytes, *, confidential: bool = False
) -> Saved:
    """``keep`` for a decision that was put on paper. Raises StorageProblem."""
    from smdesk.documents import joining

    pages = joining.page_count(io.BytesIO(content))
    draft = PaperDraft(PaperKind.DECISION, title, object_kind, object_id, confidential, pages)
    return keep(ctx, draft, content)


@contextmanager
def _keeping(ctx: Context, content: bytes | Path) -> Iterator[StoredFile]:
    # On the disk before the row: a cut leaves a file without a row, never a row without its file.
    stored = evidence.store(ctx.folder.papers, content, PAPER)
    try:
        yield stored
    finally:
        # Where the transaction failed, or the very same paper was kept already, no row names the file.
        evidence.remove_unless_saved(
            ctx.database, ctx.folder.papers, IssuedPaper.stored_name, stored.stored_name
        )


keeping = open_to_all("Writes a file that only a row opens; who makes a paper was asked before.")(_keeping)
"""Write a paper's file, for ``keep_in`` inside the caller's transaction: the transaction goes within this ``with``, so
that the file is removed where it fails. Raises StorageProblem.
"""


def keep_in(session: Session, ctx: Context, draft: PaperDraft, stored: StoredFile) -> Saved:
    """``keep`` inside somebody's transaction, with a file that ``keeping`` wrote."""
    if draft.object_kind not in OBJECTS or any(kind not in OBJECTS for kind, _ in draft.also):
        raise ValueError(f"a paper about {draft.object_kind!r} could be opened by nobody")
    same = session.scalar(
        select(IssuedPaper).where(
            IssuedPaper.sha256 == stored.sha256,
            IssuedPaper.kind == draft.kind.value,
            IssuedPaper.object_kind == draft.object_kind,
            IssuedPaper.object_id == draft.object_id,
            IssuedPaper.made_by == ctx.user.id,
            IssuedPaper.stored_name.is_not(None),
        )
    )
    if same is not None:
        return Saved(same.id, 1, frozenset())
    row = IssuedPaper(
        kind=draft.kind.value,
        title=draft.title,
        object_kind=draft.object_kind,
        object_id=draft.object_id,
        also=[[kind, number] for kind, number in sorted(set(draft.also))],
        confidential=draft.confidential,
        made_at=ctx.now(),
        made_by=ctx.user.id,
        pages=draft.pages,
        sha256=stored.sha256,
        size=stored.size,
        stored_name=stored.stored_name,
        file_key=stored.key,
        note=draft.note,
    )
    session.add(row)
    session.flush()
    audit.write(
        session,
        actor_id=ctx.user.id,
        at=ctx.now(),
        action="paper.issued",
        object_kind="paper",
        object_id=row.id,
        detail={
            "kind": row.kind,
            "title": row.title,
            "about": [row.object_kind, row.object_id],
            "sha256": row.sha256,
        },
    )
    return Saved(row.id, 1, frozenset({("paper", row.id)}))


@needs(Permission.PAPERS_READ)
def read_paper(ctx: Context, paper_id: int) -> bytes:
    """A paper as it went out, byte for byte. Opening a confidential one is written down.

    Raises NotFound where it is missing or tells of something this reader may not open, Refused where its file was
    given up after its time, Tampered or Damaged where the file is not the one that was kept.
    """
    with ctx.database.reading() as session:
        who = sight.reader(session, ctx)
        if not _visible(session, who, [paper_id]):
            raise NotFound(NO_SUCH_PAPER)
        row = session.get_one(IssuedPaper, paper_id)
        case_file_keeping.check_shown(session, row)
    if row.stored_name is None or row.file_key is None:
        raise Refused(f"“{row.title}” was kept as long as it had to be; its file has been removed since.")
    content: bytes = evidence.read(ctx.folder.papers, row.stored_name, row.file_key, PAPER)
    if hashlib.sha256(content).hexdigest() != row.sha256 or len(content) != row.size:
        raise Tampered(
            f"“{row.title}” is not the paper that was issued: file and record differ. Restore it from a backup."
        )
    if row.confidential:
        with ctx.database.writing() as session:
            audit.write(
                session,
                actor_id=ctx.user.id,
                at=ctx.now(),
                action="paper.opened",
                object_kind="paper",
                object_id=paper_id,
            )
    return content


@needs(Permission.PAPERS_READ)
def list_papers(
    ctx: Context, kind: PaperKind | None = None, about: tuple[str, int] | None = None
) -> list[PaperRow]:
    """The papers this reader may open, newest first; of one kind, or about one thing ("incident", 7) only."""
    with ctx.database.reading() as session:
        ids = _visible(session, sight.reader(session, ctx), None)
        rows = _rows(session, ids)
    return [
        row
        for row in rows
        if (kind is None or row.kind is kind) and (about is None or (row.object_kind, row.object_id) == about)
    ]


@needs(Permission.PAPERS_READ)
def find_by_sha256(ctx: Context, sha256: str) -> list[PaperRow]:
    """The papers with exactly this content (SHA-256, hexadecimal) that this reader may open, newest first."""
    with ctx.database.reading() as session:
        same = list(session.scalars(select(IssuedPaper.id).where(IssuedPaper.sha256 == sha256.lower())))
        return _rows(session, _visible(session, sight.reader(session, ctx), same))


def where_open(who: Reader) -> Where:
    """The condition for the papers this reader may open, over the table ``issued_paper``."""
    kinds = ", ".join(f"'{kind.value}'" for kind, needed in NEEDED.items() if allowed(who.roles, needed))
    incidents, exceptions = sight.where_full(who), connection_sight.where_full(who)
    reads_exceptions = allowed(who.roles, Permission.CONNECTIONS_READ)
    # A register shows what its maker may see, line by line: it opens again to nobody else.
    rule = """CASE {kind}
        WHEN '' THEN 1 WHEN 'form' THEN 1
        WHEN 'report' THEN {reports}
        WHEN 'register' THEN issued_paper.made_by = :reader
        WHEN 'case' THEN {cases}
        WHEN 'incident' THEN EXISTS (SELECT 1 FROM incident WHERE incident.id = {id} AND {incidents})
        WHEN 'exception' THEN EXISTS
            (SELECT 1 FROM connection_exception WHERE connection_exception.id = {id} AND {exceptions})
        ELSE 0 END"""
    rule = (
        rule.replace("{reports}", str(int(allowed(who.roles, Permission.REPORTS_FIGURES))))
        .replace("{cases}", str(int(allowed(who.roles, Permission.CASES_READ))))
        .replace(
            "{incidents}", f"({incidents.sql})" if allowed(who.roles, Permission.INCIDENTS_READ) else "0"
        )
        .replace("{exceptions}", f"({exceptions.sql})" if reads_exceptions else "0")
    )
    first = rule.replace("{kind}", "issued_paper.object_kind").replace("{id}", "issued_paper.object_id")
    others = rule.replace("{kind}", "json_extract(piece.value, '$[0]')").replace(
        "{id}", "json_extract(piece.value, '$[1]')"
    )
    return Where(
        f"issued_paper.kind IN ({kinds}) AND ({first})"  # noqa: S608 - codes of our own; values are bound
        f" AND NOT EXISTS (SELECT 1 FROM json_each(issued_paper.also) AS piece WHERE NOT ({others}))",
        {**incidents.params, **exceptions.params, "reader": who.user_id},
    )


def _visible(session: Session, who: Reader, ids: Sequence[int] | None) -> list[int]:
    """Those of these papers (None: of all) that this reader may open, newest first."""
    where = where_open(who)
    params: dict[str, Any] = {**where.params, "among": None if ids is None else json.dumps(list(ids))}
    found = driver(session).execute(
        where.within(
            "SELECT id FROM issued_paper WHERE {seen}"
            " AND (:among IS NULL OR id IN (SELECT value FROM json_each(:among))) ORDER BY id DESC"
        ),
        params,
    )
    return [row[0] for row in found]


def _rows(session: Session, ids: Sequence[int]) -> list[PaperRow]:
    found = driver(session).execute(
        "SELECT p.id, p.kind, p.title, p.object_kind, p.object_id, p.confidential, p.made_at, user.name, p.pages,"
        " p.size, p.sha256, p.note, p.stored_name IS NOT NULL"
        " FROM issued_paper p JOIN user ON user.id = p.made_by"
        " WHERE p.id IN (SELECT value FROM json_each(?)) ORDER BY p.id DESC",
        (json.dumps(list(ids)),),
    )
    return [
        PaperRow(
            id=row[0],
            kind=PaperKind(row[1]),
            title=row[2],
            object_kind=row[3],
            object_id=row[4],
            confidential=bool(row[5]),
            made_at=from_utc_text(row[6]),
            made_by=row[7],
            pages=row[8],
            size=row[9],
            sha256=row[10],
            note=row[11],
            kept=bool(row[12]),
        )
        for row in found
    ]


def words_of(row: IssuedPaper) -> str:
    """What a paper is called where its file is checked."""
    return f"{PAPER_KIND_LABELS[PaperKind(row.kind)]} “{row.title}” (paper {row.id})"
