"""Is this file a paper that left the program, unchanged? Letters, reports and case files by their content's hash,
signed decisions by their signature as well (CON-2, DOC-1 to DOC-4).

Whoever holds the file may ask: nothing is told that does not stand on the paper itself.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from smdesk.db.models import AuditDetail, AuditEntry, IssuedPaper, Letter
from smdesk.errors import Invalid
from smdesk.policy.words import in_a_sentence, written_day
from smdesk.security.permissions import Permission
from smdesk.services import letter_matter, letter_signing, letter_state, letter_views, paper_check, sight
from smdesk.services.context import Context, needs, open_to_all
from smdesk.services.incident_state import local_date
from smdesk.services.letter_records import letter_number
from smdesk.services.paper_check import PaperFinding
from smdesk.services.paper_records import PAPER_KIND_LABELS, PaperKind

_RUN_CHECK: Final = "Do not rely on it, and run “smdesk verify”."
_NOT_THE_FILE: Final = (
    "The file itself is not, byte for byte, one that is kept here: it was saved again or changed since, or printed "
    "before copies were kept."
)


@dataclass(frozen=True, slots=True)
class PaperVerdict:
    """What came of checking a paper. ``lines`` begin with the verdict itself."""

    holds: bool
    lines: tuple[str, ...]
    by_eye: bool = False
    """Nothing speaks against it, but the pages are still to be compared by whoever holds it."""


@open_to_all("Needs no records: whoever holds the paper may check it.")
def check_alone(file: Path) -> PaperVerdict:
    """Check a signed decision without records. Raises Invalid where the file is none."""
    try:
        return _signed(paper_check.check_paper(file))
    except Invalid as error:
        if not _is_pdf(file):
            raise
        raise Invalid.one(
            "file",
            f"{error} Whether it is a letter or another paper this school issued, only its records can tell: sign in "
            "to check it.",
        ) from error


@needs(Permission.VERIFY_RUN)
def check_here(ctx: Context, file: Path) -> PaperVerdict:
    """Tell whether a file is a paper issued here, unchanged.

    Raises Invalid where it cannot be read or is no PDF.
    """
    digest, size = _digest(file)
    with ctx.database.reading() as session:
        known = _letter_lines(session, digest, size) or _paper_lines(session, digest, size)
    try:
        signed = paper_check.check_paper_here(ctx, file)
    except Invalid:
        signed = None
    if known is not None:
        holds, lines = known
        if signed is None:
            return PaperVerdict(holds, lines)
        return PaperVerdict(
            holds and signed.holds, (*lines, *paper_check.report(signed)), holds and signed.by_eye
        )
    if signed is not None:
        found = _signed(signed)
        # What is signed counts, yet nobody is to take another file for the one that went out.
        return replace(found, lines=(*found.lines, _NOT_THE_FILE)) if found.holds else found
    return _unknown(ctx, file)


def _signed(finding: PaperFinding) -> PaperVerdict:
    return PaperVerdict(finding.holds, paper_check.report(finding), finding.by_eye)


def _digest(file: Path) -> tuple[str, int]:
    """SHA-256 and size of a file, however large."""
    try:
        with file.open("rb") as opened:
            return hashlib.file_digest(opened, "sha256").hexdigest(), file.stat().st_size
    except OSError as error:
        raise Invalid.one(
            "file", f"“{file.name}” cannot be read: {error.strerror or 'an unknown fault'}."
        ) from error


def _is_pdf(file: Path) -> bool:
    try:
        with file.open("rb") as opened:
            return opened.read(5) == b"%PDF-"
    except OSError:
        return False


def _letter_lines(session: Session, digest: str, size: int) -> tuple[bool, tuple[str, ...]] | None:
    """The verdict on a file that is an issued letter by its hash."""
    letter = session.scalar(
        select(Letter).where(Letter.sha256 == digest, Letter.status == "issued").order_by(Letter.id).limit(1)
    )
    if letter is None or letter.size != size or letter.issued_on is None:
        return None
    number, day = letter_state.number(letter), written_day(letter.issued_on)
    faults = []
    if _logged(session, "letter.issued", "letter", letter.id) not in (digest, None):
        faults.append(f"The audit log says that another file was issued as {number}. {_RUN_CHECK}")
    fault = letter_signing.signature_fault(session, letter, letter_matter.stored(session, letter))
    if fault:
        faults.append(f"{fault} {_RUN_CHECK}")
    if faults:
        return False, (f"The records name this file as letter {number}, but they do not hold:", *faults)
    return True, (
        f"This is letter {number}, issued on {day}, unchanged.",
        "The file is the one that was issued, byte for byte.",
        "The signature of whoever approved it holds.",
        f"SHA-256 of the file: {digest}",
    )


def _paper_lines(session: Session, digest: str, size: int) -> tuple[bool, tuple[str, ...]] | None:
    """The verdict on a file that is another issued paper by its hash."""
    row = session.scalar(
        select(IssuedPaper).where(IssuedPaper.sha256 == digest).order_by(IssuedPaper.id).limit(1)
    )
    if row is None or row.size != size:
        return None
    kind = in_a_sentence(PAPER_KIND_LABELS[PaperKind(row.kind)])
    if _logged(session, "paper.issued", "paper", row.id) not in (digest, None):
        return False, (
            f"The records name this file as a {kind}, but the audit log says that another was issued.",
            _RUN_CHECK,
        )
    return True, (
        f"This is the {kind} “{row.title}”, issued on {written_day(local_date(row.made_at))}, unchanged.",
        "The file is the one that was issued, byte for byte.",
        f"SHA-256 of the file: {digest}",
    )


def _logged(session: Session, action: str, kind: str, object_id: int) -> str | None:
    """The hash the audit log noted when it was issued; None where the detail was erased when its time was over."""
    detail = session.execute(
        select(AuditEntry.seq, AuditDetail.detail)
        .outerjoin(AuditDetail, AuditDetail.seq == AuditEntry.seq)
        .where(AuditEntry.object_kind == kind, AuditEntry.object_id == object_id, AuditEntry.action == action)
        .order_by(AuditEntry.seq)
        .limit(1)
    ).first()
    if detail is None:
        return ""  # never logged as issued: no hash agrees with that
    return None if detail[1] is None else str(detail[1]["sha256"])


def _unknown(ctx: Context, file: Path) -> PaperVerdict:
    """The verdict on a file whose content was not issued here: what it says it is decides which sentence helps."""
    from smdesk.documents import paper_marks

    if file.stat().st_size > paper_marks.LARGEST:
        raise Invalid.one("file", f"“{file.name}” is larger than any paper of SM Desk.")
    marks = paper_marks.read(file.read_bytes())
    lines = []
    with ctx.database.reading() as session:
        who = sight.reader(session, ctx)
        for year, number in marks.numbers:
            letter = session.scalar(
                select(Letter).where(Letter.issue_year == year, Letter.issue_number == number)
            )
            called = letter_number(year, number)
            if letter is None or letter.issued_on is None:
                lines.append(
                    f"This paper calls itself letter {called}. No letter with this number was issued here."
                )
            else:
                # Numbers follow each other: nobody is to ask, with made-up files, on which days hidden letters went.
                seen = letter_views.rows(session, who, [letter.id])
                day = f", on {written_day(letter.issued_on)}" if seen else ""
                lines.append(
                    f"SM Desk issued a letter with this number, {called}{day}, and this file is not it: it was changed."
                )
    if lines:
        return PaperVerdict(
            False,
            (
                *lines,
                "A file that was only opened and saved again, printed to a file or scanned is another file too.",
                "Compare it, word for word, with the one kept on the Letters tab.",
            ),
        )
    if marks.draft:
        return PaperVerdict(False, ("This is a draft of a letter. It was never issued.",))
    if marks.ours:
        return PaperVerdict(
            False,
            (
                "This file says that SM Desk made it, but no paper with this content was issued here.",
                "It was changed since, comes from another school, or is of a kind no copy is kept of, such as a list.",
            ),
        )
    return PaperVerdict(
        False,
        (
            "This is no paper that was issued here.",
            "A scan or a photograph cannot be compared. A printed decision carries a code: scan that.",
        ),
    )
