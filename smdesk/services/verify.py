"""Is everything as it was written? The chain of who did what, signatures, policy versions, files, the database.

Nothing is repaired here and nothing is hidden: each fault is a sentence that a headteacher can read out to whoever
looks after the computer.
"""

from __future__ import annotations

import contextlib
import hashlib
import re
from collections.abc import Callable
from typing import Any, Final

from sqlalchemy import and_, func, select
from sqlalchemy.orm import Session

from smdesk.db import audit, evidence, search
from smdesk.db.models import (
    AttachedFile,
    AuditDetail,
    AuditEntry,
    ConnectionException,
    ConnectionFile,
    Evidence,
    Incident,
    IssuedPaper,
    Letter,
    PolicyProfile,
    School,
    SigningKey,
    User,
)
from smdesk.errors import Invalid, SmdeskError, StorageProblem
from smdesk.security import vault
from smdesk.security.permissions import Permission
from smdesk.services import (
    attached_files,
    connection_files,
    connection_words,
    incident_words,
    issued_papers,
    letter_matter,
    letter_signing,
    letter_state,
    verify_cases,
    verify_connections,
)
from smdesk.services import evidence as evidence_service
from smdesk.services.context import Context, needs, open_to_all

Progress = Callable[[int, int], None]

_MEND_SEARCH: Final = "Nothing is lost: press “Make the search anew” under Settings, Check the records."
_STAGES: Final = 7
_PARTS: Final = 1000
"""Each of the stages is told as this many steps."""


@needs(Permission.VERIFY_RUN)
def check(
    ctx: Context, progress: Progress | None = None, expected_head: tuple[int, str] | None = None
) -> list[str]:
    """Check everything; returns a plain sentence for each fault, none where all is well.

    ``expected_head`` is a line of the audit chain noted outside the folder, as printed on a governor report: the
    chain must still hold it. ``progress`` is told steps done and in all, and may raise Cancelled. The finding is
    itself written down.
    """
    faults: list[str] = []

    def at(stage: int, part: float = 0.0) -> None:
        if progress is not None:
            progress(int((stage + part) * _PARTS), _STAGES * _PARTS)

    at(0)
    faults += ctx.database.check_whole_file()
    if faults:
        return faults  # what cannot be read cannot be checked further
    at(1)
    try:
        vault.verify(ctx.folder, ctx.database.data_key)
    except SmdeskError as error:
        faults.append(str(error))
    with ctx.database.reading() as session:

        def lines(done: int, whole: int) -> bool:
            at(1, done / max(whole, 1))
            return False

        faults += audit.verify(session, lines, expected_head=expected_head)
        at(2)
        faults += _keys(ctx, session)
        faults += _profiles(session)
        at(3)
        faults += _letters(session)
        faults += _papers_as_logged(session)
        at(4)
        faults += verify_connections.faults(
            session, ctx.today(), lambda done, whole: at(4, done / max(whole, 1))
        )
        faults += verify_cases.faults(session)
        at(5)
        files = _files(ctx, session)
        for done, (root, row) in enumerate(files):
            at(5, done / len(files))
            fault = evidence.check(root, row["name"], row["key"], row["bound"], row["sha256"], row["size"])
            if fault:
                faults.append(f"{row['what']}: {fault}")
        at(6)
        faults += _strays(ctx, session)
    # A full disk does not make the finding less true.
    with contextlib.suppress(StorageProblem), ctx.database.writing() as session:
        audit.write(
            session,
            actor_id=ctx.user.id,
            at=ctx.now(),
            action="records.checked",
            object_kind="school",
            object_id=None,
            detail={"faults": len(faults)},
        )
    at(_STAGES)
    return faults


@needs(Permission.VERIFY_RUN)
def head(ctx: Context) -> tuple[int, str]:
    """The last line of the audit chain, as the governor report prints it: its number and its hash."""
    with ctx.database.reading() as session:
        return audit.head(session)


@open_to_all("Only reads what was typed.")
def parse_head(text: str) -> tuple[int, str]:
    """A line of the chain as the report prints it: "1234:" and 64 hexadecimal digits. Raises Invalid."""
    found = re.fullmatch(r"(\d{1,12}):([0-9a-f]{64})", "".join(text.split()).lower())
    if found is None:
        raise Invalid.one(
            "head", "Write the line as on the report: its number, a colon, and its 64 digits (0-9 and a-f)."
        )
    return int(found[1]), found[2]


def _keys(ctx: Context, session: Session) -> list[str]:
    """Whoever can sign in must have the signing key that the records know."""
    faults = []
    try:
        held = {entry.user_key: entry for entry in vault.list_users(ctx.folder)}
    except SmdeskError:
        return []  # told already
    recorded = {
        row.user_id: row.public_key
        for row in session.scalars(select(SigningKey).where(SigningKey.retired_at.is_(None)))
    }
    for user in session.scalars(select(User).order_by(User.id)):
        entry = held.pop(user.vault_key, None)
        if not user.active:
            if entry is not None:
                faults.append(
                    f"The account of {user.name} is closed, but keys.json still holds its keys. They go when "
                    "somebody signs in."
                )
        elif entry is None:
            faults.append(f"keys.json holds no keys for {user.name}, who cannot sign in. Reset the password.")
        elif recorded.get(user.id) != entry.public_key:
            faults.append(
                f"The signing key of {user.name} in keys.json is not the one on record. It counts as reset when "
                f"{user.name} signs in next."
            )
    if held:
        faults.append(
            f"keys.json holds {len(held)} entr{'y' if len(held) == 1 else 'ies'} of nobody on record "
            f"({', '.join(sorted(entry.login for entry in held.values()))})."
        )
    return faults


def _profiles(session: Session) -> list[str]:
    faults = []
    numbers = []
    for row in session.scalars(select(PolicyProfile).order_by(PolicyProfile.number)):
        numbers.append(row.number)
        if hashlib.sha256(row.toml.encode("utf-8")).hexdigest() != row.sha256:
            faults.append(f"Version {row.number} of the policy is not what was stored.")
    if numbers != list(range(1, len(numbers) + 1)):
        faults.append("The versions of the policy are not numbered one after the other: one is missing.")
    if session.scalar(select(School.profile_id)) is None:
        faults.append("The school has no policy.")
    return faults


def _letters(session: Session) -> list[str]:
    faults = []
    issued: dict[int, list[int]] = {}
    for letter in session.scalars(select(Letter).order_by(Letter.id)):
        if letter.status in ("approved", "issued") or letter.approved_at is not None:
            fault = letter_signing.signature_fault(session, letter, letter_matter.stored(session, letter))
            if fault:
                faults.append(fault)
        if letter.issue_year is not None and letter.issue_number is not None:
            issued.setdefault(letter.issue_year, []).append(letter.issue_number)
        if letter.status == "issued" and (letter.stored_name is None or letter.sha256 is None):
            faults.append(
                f"The letter {letter_state.number(letter)} counts as issued, but no paper is kept of it."
            )
    for year, numbers in sorted(issued.items()):
        if sorted(numbers) != list(range(1, len(numbers) + 1)):
            faults.append(f"The letters of {year} are not numbered one after the other: one is missing.")
    return faults + _issued_as_logged(session)


def _issued_as_logged(session: Session) -> list[str]:
    """Each issued letter's paper must be the one the audit chain says was issued: the chain cannot be rewritten."""
    rows = session.execute(
        select(AuditEntry.seq, AuditDetail.detail, Letter.sha256)
        .outerjoin(AuditDetail, AuditDetail.seq == AuditEntry.seq)
        .outerjoin(Letter, and_(Letter.id == AuditEntry.object_id, Letter.status == "issued"))
        .where(AuditEntry.action == "letter.issued")
        .order_by(AuditEntry.seq)
    )
    faults = []
    for seq, detail, sha256 in rows:
        name = f"The letter {detail['number']}" if detail else "A letter"
        if sha256 is None:
            faults.append(f"{name} was issued (audit line {seq}), but is not on record any more.")
        elif detail and detail["sha256"] != sha256:
            faults.append(f"{name} is not the one that was issued (audit line {seq}).")
    return faults


def _papers_as_logged(session: Session) -> list[str]:
    """Each paper must be the one the audit chain says was issued, as with letters."""
    rows = session.execute(
        select(AuditEntry.seq, AuditDetail.detail, IssuedPaper.sha256)
        .outerjoin(AuditDetail, AuditDetail.seq == AuditEntry.seq)
        .outerjoin(IssuedPaper, IssuedPaper.id == AuditEntry.object_id)
        .where(AuditEntry.action == "paper.issued")
        .order_by(AuditEntry.seq)
    )
    faults = []
    logged = 0
    for seq, detail, sha256 in rows:
        logged += 1
        name = f"The paper “{detail['title']}”" if detail else "A paper"
        if sha256 is None:
            faults.append(f"{name} was issued (audit line {seq}), but is not on record any more.")
        elif detail and detail["sha256"] != sha256:
            faults.append(f"{name} is not the one that was issued (audit line {seq}).")
    given_up = set(session.scalars(select(AuditEntry.object_id).where(AuditEntry.action == "paper.removed")))
    for paper in session.scalars(select(IssuedPaper).where(IssuedPaper.stored_name.is_(None))):
        if paper.id not in given_up:
            faults.append(
                f"The file of {issued_papers.words_of(paper)} is not kept any more, and the audit log does not say "
                "who gave it up."
            )
    if session.scalar(select(func.count()).select_from(IssuedPaper)) != logged:
        faults.append("Papers are on record of which the audit log does not know that they were issued.")
    return faults


def _files(ctx: Context, session: Session) -> list[tuple[Any, dict[str, Any]]]:
    """Every stored file with what its record says of it."""
    found: list[tuple[Any, dict[str, Any]]] = []
    for row, incident in session.execute(
        select(Evidence, Incident).join(Incident, Incident.id == Evidence.incident_id)
    ):
        if row.stored_name is not None and row.file_key is not None:
            what = f"Evidence {row.id} of {incident_words.reference(incident.year, incident.number)}"
            found.append((ctx.folder.evidence, _record(row, what, evidence_service.AAD)))
    for kept, exception in session.execute(
        select(ConnectionFile, ConnectionException)
        .join(ConnectionException, ConnectionException.id == ConnectionFile.exception_id)
        .where(ConnectionFile.stored_name.is_not(None))
    ):
        what = f"File {kept.id} of {connection_words.reference(exception.year, exception.number)}"
        found.append((ctx.folder.evidence, _record(kept, what, connection_files.AAD)))
    for attached in session.scalars(select(AttachedFile).where(AttachedFile.stored_name.is_not(None))):
        what = attached_files.words_of(attached)
        found.append((ctx.folder.evidence, _record(attached, what, attached_files.AAD)))
    for letter in session.scalars(select(Letter).where(Letter.stored_name.is_not(None))):
        what = f"Letter {letter_state.number(letter)}"
        found.append((ctx.folder.papers, _record(letter, what, letter_signing.PAPER)))
    for issued in session.scalars(select(IssuedPaper).where(IssuedPaper.stored_name.is_not(None))):
        what = issued_papers.words_of(issued)
        found.append((ctx.folder.papers, _record(issued, what, issued_papers.PAPER)))
    return found


def _record(
    row: Evidence | ConnectionFile | AttachedFile | Letter | IssuedPaper, what: str, bound: str
) -> dict[str, Any]:
    return {
        "name": row.stored_name,
        "key": row.file_key,
        "sha256": row.sha256,
        "size": row.size,
        "what": what,
        "bound": bound,
    }


def _strays(ctx: Context, session: Session) -> list[str]:
    faults = []
    for root, columns in (
        (
            ctx.folder.evidence,
            (Evidence.stored_name, ConnectionFile.stored_name, AttachedFile.stored_name),
        ),
        (ctx.folder.papers, (Letter.stored_name, IssuedPaper.stored_name)),
    ):
        known = {name for column in columns for name in session.scalars(select(column)) if name is not None}
        for path in evidence.orphans(root, known):
            faults.append(
                f"{root.name}/{path.name} belongs to no record. It was left by a save that was cut short, and may "
                "be removed."
            )
    if session.scalar(select(AuditEntry.seq).limit(1)) is None:
        faults.append("The audit log is empty.")
    # What cannot be found counts as lost to whoever looks for it.
    return faults + [f"{fault} {_MEND_SEARCH}" for fault in search.out_of_step(session)]
