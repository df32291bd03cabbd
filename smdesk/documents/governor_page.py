"""The governors' report on one page: its sentences, the lines at a glance, the trend (DOC-2).

Made from the same protected figures as the full report, and from fewer of them.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from smdesk.documents import governor_chapters, governor_summary, page
from smdesk.documents.governor_chapters import Grid, text_of
from smdesk.documents.governor_figures import CountRow, GovernorFigures
from smdesk.documents.page import Progress, no_progress
from smdesk.policy.words import grouped, written_day

if TYPE_CHECKING:
    from smdesk.documents.layout import Block
    from smdesk.documents.tables import Table

TITLE = "Social media at a glance"
_MOST_SENTENCES = 9
_SHEET = page.Sheet(left=20, right=18, top=16, bottom=16)


def render_bytes(data: GovernorFigures, progress: Progress = no_progress) -> bytes:
    """The page as a tagged PDF. Equal figures give equal bytes."""
    from smdesk.documents.charts import bar_chart
    from smdesk.documents.layout import BODY, GREY, SUBHEADING, ListBlock, Text
    from smdesk.documents.layout import TITLE as BIG

    small = replace(BODY, size=9, leading=12, after=3)
    bars = governor_chapters.trend_bars(data)
    blocks: list[Block] = [
        Text(f"{TITLE}: {data.period_title}", replace(BIG, size=16, leading=20, after=2), "H1"),
        Text(
            f"For the governors, prepared on {written_day(data.generated_on)}. Figures only: small numbers are hidden.",
            replace(small, colour=GREY, after=5),
        ),
        ListBlock(governor_summary.sentences(data)[:_MOST_SENTENCES], replace(small, after=5)),
        Text("In figures", replace(SUBHEADING, before=2), "H2"),
        _figures(data),
    ]
    if data.trend:
        chart = bar_chart(bars.alt, bars.bars, data.threshold)
        chart.tall, chart.after = 112.0, 2.0
        blocks += [
            Text("Incidents term by term", replace(SUBHEADING, before=2), "H2"),
            chart,
            _close(data, governor_chapters.trend_grid(data), 0.22),
        ]
    blocks.append(
        Text(
            f"“Fewer than {data.threshold}” is at least one. “Not shown” keeps a small number from being worked out. "
            f"Proof of the records: entry {data.head_number:,}, {grouped(data.head_hash)}",
            replace(small, size=7.8, leading=10.4, colour=GREY),
        )
    )
    foot = f"{data.letterhead.school}  ·  {TITLE}, {data.period_title}"
    return page.build(
        blocks,
        title=f"{TITLE}, {data.period_title} – {data.letterhead.school}",
        author=data.letterhead.school,
        made_on=data.generated_on,
        sheet=_SHEET,
        first_top=40,
        on_first=page.letterhead_on(data.letterhead, _SHEET),
        on_each=lambda canvas, number, total: page.draw_footer(canvas, _SHEET, foot, number, total),
        progress=progress,
    )


def render(data: GovernorFigures, file: Path, progress: Progress = no_progress) -> None:
    """Write the page to ``file``, whole or not at all. Raises ``StorageProblem``, ``Invalid`` or ``Cancelled``."""
    page.save_pdf(render_bytes(data, progress), file)


def _figures(data: GovernorFigures) -> Table:
    """The lines at a glance and the replies, with the period before beside them."""
    now, before, gone = data.replies, data.replies_before, data.removal_before
    removed = CountRow("Posts removed", data.removal.count, None if gone is None else gone.count)
    due = CountRow("Replies due", now.due, None if before is None else before.due)
    in_time = CountRow("Answered in time", now.in_time, None if before is None else before.in_time)
    return _close(data, governor_chapters.glance(data, removed, due, in_time), 0.34)


def _close(data: GovernorFigures, grid: Grid, first: float) -> Table:
    """A table set close."""
    from smdesk.documents.layout import BODY, NAVY
    from smdesk.documents.tables import Column, Table, TableStyle

    rest = (1 - first) / (len(grid.columns) - 1)
    cell = replace(BODY, size=8.4, leading=10.8, after=0)
    head = replace(cell, bold=True, colour=NAVY)
    columns = [
        Column(grid.columns[0], share=first),
        *(Column(each, "right", rest) for each in grid.columns[1:]),
    ]
    rows = [tuple(text_of(value, data.threshold, narrow=grid.narrow) for value in row) for row in grid.rows]
    return Table(columns, rows, TableStyle(cell=cell, head=head, pad=2.0, row_headers=True), base=0)
