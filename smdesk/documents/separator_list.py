"""The list that lies on top of a mail-out: which letters follow, to whom, in which envelope, to be ticked when gone."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from smdesk.documents import page
from smdesk.policy.words import written_day


@dataclass(frozen=True, slots=True)
class OutgoingLetter:
    """One letter of the batch. ``to`` is the addressee and, on further lines, where it goes; ``how`` is in words."""

    number: str
    to: str
    pages: int
    envelope: str
    how: str


@dataclass(frozen=True, slots=True)
class SeparatorData:
    """The list. ``printed_at`` is local time; ``copies`` is how often each letter was printed."""

    school: str
    printed_by: str
    printed_at: datetime
    letters: tuple[OutgoingLetter, ...]
    copies: int = 1


def render_bytes(data: SeparatorData) -> bytes:
    """The list as a tagged PDF."""
    from smdesk.documents.layout import BODY, SMALL, TITLE, Block, Text
    from smdesk.documents.tables import Column, Table, TableStyle

    day = data.printed_at.date()
    count = len(data.letters)
    pages = sum(letter.pages for letter in data.letters)
    blocks: list[Block] = [
        Text("Letters to go out", TITLE, "H1"),
        Text(
            f"{count:,} letter{'' if count == 1 else 's'}, {pages:,} page{'' if pages == 1 else 's'}"
            f"{', and a copy of each for the file' if data.copies > 1 else ''}. They follow in this order.",
            BODY,
        ),
        Text(
            f"Printed on {written_day(day)} at {data.printed_at:%H:%M} by {data.printed_by}. Check that each letter "
            "is in the envelope with its own address in the window. Tick what has gone and record it in SM Desk; then "
            "shred this list.",
            SMALL,
        ),
    ]
    columns = [
        Column("No.", "right", 0.06),
        Column("Letter", share=0.15),
        Column("To", share=0.33),
        Column("Pages", "right", 0.08),
        Column("Envelope", share=0.12),
        Column("How", share=0.14),
        Column("Gone", share=0.12),
    ]
    rows = [
        (
            str(place),
            letter.number,
            letter.to,
            str(letter.pages),
            letter.envelope,
            letter.how,
            "",
        )
        for place, letter in enumerate(data.letters, start=1)
    ]
    if rows:
        blocks.append(Table(columns, rows, TableStyle(whole_days=True)))
    else:
        blocks.append(Text("There is no letter to go out.", BODY))
    sheet = page.Sheet()
    foot = f"{data.school}  ·  Letters to go out  ·  Confidential"
    return page.build(
        blocks,
        title=f"Letters to go out on {written_day(day)} – {data.school}",
        author=data.school,
        made_on=day,
        sheet=sheet,
        on_each=lambda canvas, number, total: page.draw_footer(canvas, sheet, foot, number, total),
    )
