"""What is due, on paper for the morning meeting: section by section, with room to write who takes it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from typing import TYPE_CHECKING

from smdesk.documents import page
from smdesk.policy.words import weekday, written_day

if TYPE_CHECKING:
    from smdesk.documents.tagging import TaggedCanvas

_TOGETHER = 6
"""Lines up to which a section is not broken over two pages."""


@dataclass(frozen=True, slots=True)
class DueLine:
    """One thing: what, why it stands there, and when it is due in words ("" where only somebody waits for it)."""

    title: str
    why: str
    due: str


@dataclass(frozen=True, slots=True)
class DueSection:
    """Things of one kind. ``more`` is how many there are besides the lines."""

    title: str
    lines: tuple[DueLine, ...]
    more: int = 0


@dataclass(frozen=True, slots=True)
class TodayData:
    """The paper. ``summary`` says in a sentence how much there is; ``printed_at`` is local time."""

    school: str
    printed_by: str
    printed_at: datetime
    summary: str
    sections: tuple[DueSection, ...]


def render_bytes(data: TodayData) -> bytes:
    """The paper as a PDF/UA-1 file."""
    from smdesk.documents.layout import BODY, SMALL, SUBHEADING, TITLE, Block, Text, Together
    from smdesk.documents.tables import CLOSE, Column, Table

    day = data.printed_at.date()
    blocks: list[Block] = [
        Text(f"Due on {weekday(day)} {written_day(day)}", TITLE, "H1"),
        Text(data.summary, BODY),
        Text(
            f"As of {data.printed_at:%H:%M}, printed by {data.printed_by}, who sees what stands here. Shred it after "
            "the meeting.",
            SMALL,
        ),
    ]
    columns = [
        Column("What", share=0.29),
        Column("Why", share=0.38),
        Column("Due", share=0.18),
        Column("Taken by", share=0.15),
    ]
    style = replace(CLOSE, whole_days=True)
    for section in data.sections:
        rows = [(line.title, line.why, line.due, "") for line in section.lines]
        parts: list[Block] = [Text(section.title, SUBHEADING, "H2"), Table(columns, rows, style)]
        if section.more:
            things = "1 more stands" if section.more == 1 else f"{section.more:,} more stand"
            parts.append(Text(f"{things} in SM Desk.", SMALL))
        # A few things stay with their heading; a long section may run on.
        blocks += [Together(parts)] if len(rows) <= _TOGETHER else parts
    if not data.sections:
        blocks.append(Text("Nothing is due, and nothing is overdue.", BODY))
    sheet = page.Sheet()
    foot = f"{data.school}  ·  Due on {written_day(day)}  ·  Confidential"

    def each(canvas: TaggedCanvas, number: int, total: int) -> None:
        page.draw_footer(canvas, sheet, foot, number, total)

    return page.build_parts(
        [page.Part(blocks, each)],
        title=f"What is due on {written_day(day)} – {data.school}",
        author=data.school,
        made_on=day,
        sheet=sheet,
        bookmarks=True,
    )
