"""One incident's chronology on paper (DOC-4): what happened, when, who did it and why."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from smdesk.documents import page
from smdesk.policy.words import narrow_day, written_day

if TYPE_CHECKING:
    from smdesk.documents.layout import Text


@dataclass(frozen=True, slots=True)
class TimelineRow:
    """One entry: its day, and "HH:MM" where the time is known. ``withdrawn`` entries stay on paper, marked."""

    on: date
    time: str
    what: str
    who: str
    detail: str = ""
    withdrawn: str = ""


@dataclass(frozen=True, slots=True)
class TimelineData:
    """An incident's head lines (label and value) and everything that happened, oldest first.

    ``said`` is what was posted, quoted as it was written.
    """

    school: str
    reference: str
    summary: str
    facts: tuple[tuple[str, str], ...]
    said: str
    rows: tuple[TimelineRow, ...]
    printed_by: str
    printed_at: datetime
    evidence: tuple[str, ...] = ()


def render_bytes(data: TimelineData) -> bytes:
    """The chronology as a PDF/UA-1 file."""
    from smdesk.documents.layout import BODY, HEADING, SMALL, TITLE, Block, ListBlock, Text
    from smdesk.documents.tables import Column, Table, TableStyle

    when = f"{written_day(data.printed_at.date())}, {data.printed_at:%H:%M}"
    blocks: list[Block] = [
        Text(f"Incident {data.reference}", TITLE, "H1"),
        Text(data.summary, replace(BODY, size=11.5, leading=16)),
        Text(f"Printed {when} by {data.printed_by}. Confidential: keep it with the record.", SMALL),
    ]
    if data.facts:
        blocks.append(
            Table(
                [Column("About this incident", share=0.3), Column("Recorded", share=0.7)],
                data.facts,
                TableStyle(row_headers=True),
            )
        )
    if data.said:
        blocks.append(Text("What was said", HEADING, "H2"))
        blocks.append(quotation(data.said))
    blocks.append(Text("What happened", HEADING, "H2"))
    if data.rows:
        blocks.append(
            Table(
                [Column("When", share=0.17), Column("What", share=0.61), Column("By whom", share=0.22)],
                [(f"{narrow_day(row.on)}\n{row.time}".rstrip(), _what(row), row.who) for row in data.rows],
            )
        )
    else:
        blocks.append(Text("Nothing has been recorded yet.", BODY))
    if data.evidence:
        blocks.append(Text("Evidence held", HEADING, "H2"))
        blocks.append(ListBlock(data.evidence))
    sheet = page.Sheet()
    foot = f"{data.school}  ·  Incident {data.reference}  ·  Confidential"
    return page.build(
        blocks,
        title=f"Incident {data.reference}: chronology – {data.school}",
        author=data.school,
        made_on=data.printed_at.date(),
        sheet=sheet,
        on_each=lambda canvas, number, total: page.draw_footer(canvas, sheet, foot, number, total),
    )


def render(data: TimelineData, file: Path) -> None:
    """Write the chronology to ``file``, whole or not at all. Raises ``StorageProblem``."""
    page.save_pdf(render_bytes(data), file)


def quotation(said: str) -> Text:
    """What was posted, as written: set from the right where its script runs that way."""
    from smdesk.documents.layout import BODY, GREY, Text
    from smdesk.documents.tagging import Element
    from smdesk.documents.text import reads_right_to_left

    align = "right" if reads_right_to_left(said) else "left"
    style = replace(BODY, colour=GREY, italic=True, align=align)
    return Text(said, style, parent=Element("BlockQuote"), base=None)


def _what(row: TimelineRow) -> str:
    lines = [row.what, row.detail]
    if row.withdrawn:
        lines.insert(0, f"TAKEN BACK: {row.withdrawn}")
    return "\n".join(line for line in lines if line)
