"""Any list the program shows, as a landscape PDF table: incidents, people, letters, registers (DOC-3)."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from smdesk.documents import page
from smdesk.documents.page import Letterhead, Progress, no_progress
from smdesk.errors import Cancelled
from smdesk.policy.words import written_day


@dataclass(frozen=True, slots=True)
class ListColumn:
    """A column: its heading, and “right” for numbers."""

    title: str
    align: str = "left"


@dataclass(frozen=True, slots=True)
class ListingData:
    """A list as it is shown. ``description`` says in words what was filtered and how it is sorted.

    Every row has one text for each column. ``printed_at`` is local time. ``letterhead`` stands on the first page.
    """

    title: str
    description: str
    school: str
    printed_by: str
    printed_at: datetime
    columns: tuple[ListColumn, ...]
    rows: Sequence[Sequence[str]]
    letterhead: Letterhead | None = None


def render_bytes(
    data: ListingData, progress: Progress = no_progress, cancelled: Callable[[], bool] = lambda: False
) -> bytes:
    """The list as a PDF/UA-1 file. ``progress`` hears rows, then pages. Raises ``Cancelled``."""
    from smdesk.documents.layout import BODY, SMALL, TITLE, Block, Text
    from smdesk.documents.tables import Column, Table, TableStyle

    count = len(data.rows)

    def tick(rows: int) -> None:
        if cancelled():
            raise Cancelled("Stopped. No file was written.")
        progress(rows, count)

    when = f"{written_day(data.printed_at.date())}, {data.printed_at:%H:%M}"
    blocks: list[Block] = [Text(data.title, TITLE, "H1")]
    if data.description:
        blocks.append(Text(data.description, BODY))
    entries = "1 entry" if count == 1 else f"{count:,} entries"
    blocks.append(Text(f"{entries}. Printed {when} by {data.printed_by}.", SMALL))
    if count:
        columns = [Column(column.title, column.align) for column in data.columns]
        blocks.append(Table(columns, data.rows, TableStyle(whole_days=True), tick=tick))
    else:
        blocks.append(Text("There is nothing in this list.", BODY))
    sheet = page.Sheet(page.A4_LANDSCAPE, left=14, right=14, top=15, bottom=19)
    foot = f"{data.school}  ·  {data.title}  ·  Confidential"
    head = data.letterhead
    return page.build(
        blocks,
        title=f"{data.title} – {data.school}",
        author=data.school,
        made_on=data.printed_at.date(),
        sheet=sheet,
        first_top=None if head is None else 41,
        on_first=None if head is None else page.letterhead_on(head, sheet),
        on_each=lambda canvas, number, total: page.draw_footer(canvas, sheet, foot, number, total),
        progress=progress,
        cancelled=cancelled,
    )


def render(
    data: ListingData,
    file: Path,
    progress: Progress = no_progress,
    cancelled: Callable[[], bool] = lambda: False,
) -> None:
    """Write the list to ``file``, whole or not at all. Raises ``StorageProblem`` or ``Cancelled``."""
    page.save_pdf(render_bytes(data, progress, cancelled), file)
