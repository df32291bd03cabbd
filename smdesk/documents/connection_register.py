"""The register of connections as it stood on one day: who was allowed, what, and by whom (DOC-3, CON-2)."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

from smdesk.documents import page
from smdesk.documents.page import Letterhead, Progress, no_progress
from smdesk.errors import Cancelled
from smdesk.policy.words import written_day

if TYPE_CHECKING:
    from smdesk.documents.layout import Block


@dataclass(frozen=True, slots=True)
class RegisterRow:
    """One exception that allowed a connection on the day. Every field is in words; line breaks stay."""

    reference: str
    adult: str
    other: str
    relationship: str
    platforms: str
    allowed: str
    decided: str
    conditions: str


@dataclass(frozen=True, slots=True)
class RegisterData:
    """The register on ``day``. ``scope`` says what is in it and what is not, ``printed`` when and by whom."""

    letterhead: Letterhead
    day: date
    rows: Sequence[RegisterRow]
    scope: tuple[str, ...]
    printed: str
    made_on: date


def render_bytes(
    data: RegisterData, progress: Progress = no_progress, cancelled: Callable[[], bool] = lambda: False
) -> bytes:
    """The register as a PDF/UA-1 file, landscape. ``progress`` hears rows, then pages. Raises ``Cancelled``."""
    from smdesk.documents.layout import BODY, SMALL, TITLE, Text
    from smdesk.documents.tables import Column, Table, TableStyle

    count = len(data.rows)

    def tick(rows: int) -> None:
        if cancelled():
            raise Cancelled("Stopped. No file was written.")
        progress(rows, count)

    day = written_day(data.day)
    title = f"Connections allowed on {day}"
    number = "No connection" if not count else "One connection" if count == 1 else f"{count:,} connections"
    past = data.day < data.made_on
    verb = ("was" if past else "is") if count < 2 else ("were" if past else "are")
    blocks: list[Block] = [
        Text(title, TITLE, "H1"),
        Text(f"{number} {verb} allowed on this day.", BODY),
        *(Text(line, SMALL) for line in data.scope),
        Text(data.printed, SMALL),
    ]
    if count:
        columns = [
            Column("Reference", share=0.085),
            Column("The adult", share=0.14),
            Column("The other person", share=0.14),
            Column("The adult is their", share=0.11),
            Column("Where and how", share=0.14),
            Column("Allowed", share=0.13),
            Column("Decided", share=0.125),
            Column("Conditions", share=0.13),
        ]
        rows = [
            (
                row.reference,
                row.adult,
                row.other,
                row.relationship,
                row.platforms,
                row.allowed,
                row.decided,
                row.conditions,
            )
            for row in data.rows
        ]
        blocks.append(Table(columns, rows, TableStyle(row_headers=True, whole_days=True), base=0, tick=tick))
    sheet = page.Sheet(page.A4_LANDSCAPE, left=14, right=14, top=15, bottom=17)
    head = data.letterhead
    foot = f"{head.school}  ·  {title}  ·  Confidential"

    return page.build(
        blocks,
        title=f"{title} – {head.school}",
        author=head.school,
        made_on=data.made_on,
        sheet=sheet,
        first_top=41,
        on_first=page.letterhead_on(data.letterhead, sheet),
        on_each=lambda canvas, at, total: page.draw_footer(canvas, sheet, foot, at, total),
        progress=progress,
        cancelled=cancelled,
    )


def render(
    data: RegisterData,
    file: Path,
    progress: Progress = no_progress,
    cancelled: Callable[[], bool] = lambda: False,
) -> None:
    """Write the register to ``file``, whole or not at all. Raises ``StorageProblem`` or ``Cancelled``."""
    page.save_pdf(render_bytes(data, progress, cancelled), file)
