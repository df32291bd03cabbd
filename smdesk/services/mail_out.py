"""The letters that are to go out: printed in one batch, saved as files, and recorded as gone when somebody says so.

Nothing counts as sent because it was printed. What is printed or saved are the papers that were issued, as they are.
"""

from __future__ import annotations

import io
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from pathlib import Path
from typing import Any, Final

from sqlalchemy import select
from sqlalchemy import text as sql_text

from smdesk.db import audit
from smdesk.db.models import School
from smdesk.errors import Invalid, Refused
from smdesk.security.files import write_whole
from smdesk.security.permissions import Permission
from smdesk.services import letter_matter, letter_sight, letter_state, letters, sight
from smdesk.services.context import LOCAL, Changes, Context, needs
from smdesk.services.letter_records import (
    LETTER_KIND_LABELS,
    Envelope,
    LetterKind,
    SentHow,
    has_address,
    letter_number,
)
from smdesk.services.list_files import Progress, unwatched

MOST: Final = 2000
"""Letters in one batch: more would hold a printer, and its memory, for hours."""
_ENVELOPES: Final = {Envelope.DL: "DL", Envelope.C5: "C5"}


@dataclass(frozen=True, slots=True)
class GoingOut:
    """An issued letter as it is put into its envelope. ``to`` is whom it goes to, ``lines`` the address as printed."""

    id: int
    number: str
    kind_label: str
    to: str
    lines: tuple[str, ...]
    envelope: str
    email: str
    gone: bool

    @property
    def by_post(self) -> bool:
        """Whether it carries an address, and so can go by post."""
        return has_address("\n".join(self.lines))


@dataclass(frozen=True, slots=True)
class Batch:
    """Letters one after another as one paper. ``starts`` are the pages (from 0) that begin a fresh sheet."""

    pdf: bytes
    starts: tuple[int, ...]
    letters: int
    pages: int


@dataclass(frozen=True, slots=True)
class Recorded:
    """What became of recording many letters as gone. ``faults`` are sentences, one for each that was not recorded."""

    done: tuple[int, ...]
    faults: tuple[str, ...]
    changes: Changes


@needs(Permission.LETTERS_ISSUE)
def going_out(ctx: Context, *, gone: bool = False) -> list[GoingOut]:
    """The issued letters of which nobody recorded how they went, by their numbers; with ``gone`` those that went too.

    Only what this reader may see.
    """
    with ctx.database.reading() as session:
        where = letter_sight.where_full(sight.reader(session, ctx))
        sql = (
            "SELECT letter.id, letter.issue_year, letter.issue_number, letter.kind, letter.addressee,"  # noqa: S608 - bound values
            f" letter.envelope, coalesce(person.email, '') AS email, letter.sent_how, {letter_sight.TO_SQL} AS goes_to"
            f" FROM {letter_sight.JOINED} {letter_sight.PERSON_JOIN}"
            " WHERE letter.status = 'issued' AND (:gone OR letter.sent_on IS NULL)"
            f" AND ({where.sql}) ORDER BY letter.issue_year, letter.issue_number"
        )
        return [
            GoingOut(
                id=row.id,
                number=letter_number(row.issue_year, row.issue_number),
                kind_label=LETTER_KIND_LABELS[LetterKind(row.kind)],
                to=row.goes_to,
                lines=tuple(line for line in row.addressee.splitlines() if line.strip()),
                envelope=_ENVELOPES[Envelope(row.envelope)],
                email=row.email,
                gone=bool(row.sent_how),
            )
            for row in session.execute(sql_text(sql), {**where.params, "gone": gone})
        ]


@needs(Permission.LETTERS_ISSUE)
def batch(
    ctx: Context,
    letter_ids: Sequence[int],
    *,
    with_list: bool = True,
    file_copy: bool = False,
    progress: Progress = unwatched,
) -> Batch:
    """These issued letters as one paper to print, in this order, behind a list of them.

    ``file_copy`` puts each in twice: one for the envelope, one for the file. That they were printed is written down.
    ``progress`` is told letters done and in all, and may raise Cancelled. Raises Invalid for none or too many, Refused
    for one that is not issued, NotFound, Tampered or Damaged for one whose paper is not what was issued.
    """
    from smdesk.documents import joining, separator_list

    chosen = _chosen(ctx, letter_ids)
    papers: list[io.BytesIO] = []
    counts: list[int] = []
    steps = 2 * len(chosen)
    for place, letter in enumerate(chosen):
        progress(place, steps)
        paper = io.BytesIO(letters.issued_pdf(ctx, letter.id))
        papers.append(paper)
        counts.append(joining.page_count(paper))
    copies = 2 if file_copy else 1
    pieces: list[joining.Piece] = []
    starts: list[int] = []
    page = 0
    if with_list:
        top = io.BytesIO(separator_list.render_bytes(_list_data(ctx, chosen, counts, copies)))
        pieces.append(joining.Piece(top, "Letters to go out"))
        starts.append(page)
        page += joining.page_count(top)
    for letter, paper, count in zip(chosen, papers, counts, strict=True):
        # A piece is read to its end when the whole is written: the copy for the file is one of its own.
        for file in (paper, io.BytesIO(paper.getvalue()))[:copies]:
            pieces.append(joining.Piece(file, letter.number))
            starts.append(page)
            page += count
    joined = io.BytesIO()
    far = len(chosen)

    def second_half(done: int, whole: int) -> None:
        # Joining counts twice from nothing, papers and then parts of the file: what was said is not taken back.
        nonlocal far
        far = max(far, len(chosen) + len(chosen) * done // max(whole, 1) // 2)
        progress(far, steps)

    marks = [joining.Bookmark(piece.title, start + 1) for piece, start in zip(pieces, starts, strict=True)]
    total = joining.join(pieces, marks, joined, second_half)
    _note(ctx, "letters.printed", {"letters": [letter.number for letter in chosen], "copies": copies})
    progress(steps, steps)
    return Batch(joined.getvalue(), tuple(starts), len(chosen), total)


@needs(Permission.LETTERS_ISSUE)
def save_files(
    ctx: Context, letter_ids: Sequence[int], folder: Path, progress: Progress = unwatched
) -> list[Path]:
    """Write each letter into ``folder`` as it was issued, a file each, named by its number and by nobody's name.

    Nothing there is written over: where a file of that name holds something else, the next free name is taken.
    ``progress`` is told letters done and in all, and may raise Cancelled: what is written by then stays. Raises as
    ``batch``, and StorageProblem.
    """
    chosen = _chosen(ctx, letter_ids)
    written: list[Path] = []
    saved: list[str] = []
    try:
        for place, letter in enumerate(chosen):
            progress(place, len(chosen))
            content = letters.issued_pdf(ctx, letter.id)
            file = _free_name(folder, file_name(letter.number), content)
            write_whole(file, content)
            written.append(file)
            saved.append(letter.number)
    finally:
        if saved:
            _note(ctx, "letters.saved", {"letters": saved})
    progress(len(chosen), len(chosen))
    return written


@needs(Permission.LETTERS_ISSUE)
def record_gone(
    ctx: Context,
    letter_ids: Sequence[int],
    how: SentHow,
    on: date,
    note: str = "",
    proof: str = "",
    progress: Progress = unwatched,
) -> Recorded:
    """Record of each of these letters that it went, how and when. ``proof`` is the number on the certificate of posting
    of the whole bundle.

    Each is recorded by itself: one that cannot have gone so (no address, issued later), or of which it is recorded
    already, is told of, and the others stand.
    """
    chosen = _chosen(ctx, letter_ids)
    done: list[int] = []
    faults: list[str] = []
    changes: set[tuple[str, int]] = set()
    for place, letter in enumerate(chosen):
        progress(place, len(chosen))
        if letter.gone:
            # Twenty days put right by one click too many could not be told from one that was wrong.
            faults.append(
                f"{letter.number} to {letter.to}: how it went is recorded already. Correct it on its own page."
            )
            continue
        try:
            saved = letters.record_sent(ctx, letter.id, how, on, note, proof)
        except (Invalid, Refused) as error:
            faults.append(f"{letter.number} to {letter.to}: {error}")
        else:
            done.append(letter.id)
            changes |= saved.changes
    progress(len(chosen), len(chosen))
    return Recorded(tuple(done), tuple(faults), frozenset(changes))


class Left(StrEnum):
    """How one letter left the program by itself."""

    PRINTED = "printed"
    COPIED = "copied"
    OPENED = "opened_outside"


@needs(Permission.LETTERS_READ)
def note_left(ctx: Context, letter_id: int, how: Left) -> None:
    """Write down that a letter, or its draft, was printed, saved, or opened outside. Raises NotFound."""
    with ctx.database.writing() as session:
        letter, _ = letter_matter.load(session, sight.reader(session, ctx), letter_id)
        audit.write(
            session,
            actor_id=ctx.user.id,
            at=ctx.now(),
            action=f"letter.{how.value}",
            object_kind="letter",
            object_id=letter.id,
            detail={"number": letter_state.number(letter)},
        )


def file_name(number: str) -> str:
    """What the file of an issued letter is called: its number and nobody's name, fit for every system."""
    return f"Letter {number.replace('/', '-')}.pdf"


def _chosen(ctx: Context, letter_ids: Sequence[int]) -> list[GoingOut]:
    """These letters in this order, each once. Raises Invalid, and Refused where one is not issued or not open."""
    ids = list(dict.fromkeys(letter_ids))
    if not ids:
        raise Invalid.one("letters", "Choose at least one letter.")
    if len(ids) > MOST:
        raise Invalid.one("letters", f"At most {MOST:,} letters go into one batch. Choose fewer.")
    known = {letter.id: letter for letter in going_out(ctx, gone=True)}
    missing = [number for number in ids if number not in known]
    if missing:
        raise Refused(
            "One of these letters is not issued, or not open to you any more. Look at the list again."
        )
    return [known[number] for number in ids]


def _list_data(ctx: Context, chosen: Sequence[GoingOut], counts: Sequence[int], copies: int) -> Any:
    from smdesk.documents.separator_list import OutgoingLetter, SeparatorData

    with ctx.database.reading() as session:
        school = session.scalars(select(School.name)).one()
    return SeparatorData(
        school=school,
        printed_by=ctx.user.name,
        printed_at=ctx.now().astimezone(LOCAL),
        letters=tuple(
            OutgoingLetter(
                number=letter.number,
                to="\n".join(letter.lines),
                pages=count,
                envelope=letter.envelope if letter.by_post else "–",
                how="By post" if letter.by_post else "No address: by hand or by e-mail",
            )
            for letter, count in zip(chosen, counts, strict=True)
        ),
        copies=copies,
    )


def _free_name(folder: Path, name: str, content: bytes) -> Path:
    file = folder / name
    number = 1
    while file.exists() and not _holds(file, content):
        number += 1
        file = folder / f"{name.removesuffix('.pdf')} ({number}).pdf"
    return file


def _holds(file: Path, content: bytes) -> bool:
    try:
        return file.stat().st_size == len(content) and file.read_bytes() == content
    except OSError:
        return False


def _note(ctx: Context, action: str, detail: dict[str, Any]) -> None:
    with ctx.database.writing() as session:
        audit.write(
            session,
            actor_id=ctx.user.id,
            at=ctx.now(),
            action=action,
            object_kind="list",
            object_id=None,
            detail=detail,
        )
