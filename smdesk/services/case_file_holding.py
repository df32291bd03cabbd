"""What goes into a case file beside words: issued letters and cleaned pictures, each read once into temporary files."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import BinaryIO, Final

from sqlalchemy import select

from smdesk.db import evidence as store
from smdesk.db.models import Evidence
from smdesk.documents.joining import page_count
from smdesk.errors import Damaged, Invalid, Refused, Tampered
from smdesk.security.permissions import Permission
from smdesk.services import case_file_content, evidence, letter_signing, letter_state, sight
from smdesk.services.case_file_content import Record
from smdesk.services.case_file_records import CaseWish
from smdesk.services.context import Context, needs
from smdesk.services.incident_records import EvidenceItem
from smdesk.services.list_files import Progress

IMAGERY: Final = "Marked as sexual imagery of a child: nothing kept of it is shown or copied (INC-6)."


def is_picture(item: EvidenceItem) -> bool:
    """Whether it is kept and can be shown as a picture."""
    from smdesk.documents.case_file_pictures import PICTURES

    return item.media_type in PICTURES and not item.withheld and not item.removed


@dataclass(frozen=True, slots=True)
class HeldLetter:
    letter_id: int
    file: BinaryIO
    pages: int


@dataclass(frozen=True, slots=True)
class HeldPicture:
    """Where a cleaned picture lies in the file of them all, and how many points it has of how many."""

    evidence_id: int
    start: int
    length: int
    size: tuple[int, int]
    original: tuple[int, int]


@dataclass(slots=True)
class Held:
    """What goes in beside words, in temporary files. ``why_not`` is by evidence id; ``steps`` counts what was told."""

    pool: BinaryIO
    letters: list[HeldLetter] = field(default_factory=list)
    pictures: list[HeldPicture] = field(default_factory=list)
    why_not: dict[int, str] = field(default_factory=dict)
    letters_why_not: dict[int, str] = field(default_factory=dict)
    left_out: list[str] = field(default_factory=list)
    steps: int = 0

    def picture(self, at: int) -> bytes:
        wanted = self.pictures[at]
        self.pool.seek(wanted.start)
        return self.pool.read(wanted.length)


@needs(Permission.CASE_FILES_MAKE)
def hold(
    ctx: Context, record: Record, wish: CaseWish, new_file: Callable[[], BinaryIO], progress: Progress
) -> Held:
    """Read every letter and picture wished for, one at a time. What is damaged is left out, and said to be."""
    from smdesk.documents.case_file_pictures import clean

    incident_id = record.incident.id
    held = Held(new_file())
    with ctx.database.reading() as session:
        sight.require_full(session, sight.reader(session, ctx), incident_id)
        if wish.pictures and not case_file_content.may_show_pictures(session, incident_id):
            raise Refused(IMAGERY, "INC-6")
        letters = [
            letter
            for letter in case_file_content.letters_of(session, incident_id)
            if letter.id in wish.letters
        ]
        rows = {
            row.id: (row.stored_name, row.file_key)
            for row in session.scalars(select(Evidence).where(Evidence.incident_id == incident_id))
        }
        numbers = {letter.id: letter_state.number(letter) for letter in letters}
        session.expunge_all()
    pictures = [
        (number, item)
        for number, item in enumerate(record.held, start=1)
        if item.id in wish.pictures and is_picture(item)
    ]
    if len(letters) != len(wish.letters) or len(pictures) != len(wish.pictures):
        raise Invalid.one(
            "wish", "A letter or picture that was chosen is not there any more. Open the window again."
        )
    whole = len(letters) + len(pictures)
    for letter in letters:
        progress(held.steps, whole)
        held.steps += 1
        try:
            content = letter_signing.stored_paper(ctx.folder.papers, letter)
        except (Tampered, Damaged) as error:
            held.letters_why_not[letter.id] = "Not as it was issued: left out"
            held.left_out.append(f"Letter {numbers[letter.id]} was left out. {error}")
            continue
        kept = new_file()
        kept.write(content)
        held.letters.append(HeldLetter(letter.id, kept, page_count(kept)))
    for number, item in pictures:
        progress(held.steps, whole)
        held.steps += 1
        stored_name, key = rows[item.id]
        if stored_name is None or key is None:
            continue
        try:
            content = store.read(ctx.folder.evidence, stored_name, key, evidence.AAD)
            picture = clean(item.name, item.media_type, content)
        except (Tampered, Damaged, Invalid) as error:
            held.why_not[item.id] = "The kept file cannot be read: left out."
            held.left_out.append(f"Item {number} was left out. {error}")
            continue
        start = held.pool.seek(0, 2)
        held.pool.write(picture.jpeg)
        held.pictures.append(HeldPicture(item.id, start, len(picture.jpeg), picture.size, picture.original))
    return held
