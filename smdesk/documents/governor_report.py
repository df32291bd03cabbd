"""The governors' report in full: cover, contents, chapters, glossary (DOC-2). Figures only, nobody identifiable.

The counts come in already protected by ``policy.suppression``; what is printed of them is decided in
``governor_chapters``, and here it is set on pages.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from smdesk.documents import governor_chapters, page
from smdesk.documents.governor_chapters import TITLE, Bars, Grid, Points, Topic, Words, text_of
from smdesk.documents.governor_figures import GovernorFigures
from smdesk.documents.page import Progress, no_progress
from smdesk.policy.words import grouped, written_day

if TYPE_CHECKING:
    from smdesk.documents.layout import Block, Page, Style, Text
    from smdesk.documents.tables import Table
    from smdesk.documents.tagging import TaggedCanvas

SHEET = page.Sheet()
_CONTENTS = "Contents"
_SHORT = 14
_TINY = 4
"""Rows of a table that is kept on one page, with its heading and without."""


@dataclass(slots=True)
class _Line:
    """A heading that the contents and the bookmarks lead to by its key, and the page of the paper it stands on."""

    key: str
    title: str
    under: bool
    heading: Text
    page: int = 0


def render_bytes(data: GovernorFigures, progress: Progress = no_progress) -> bytes:
    """The report as a tagged PDF; equal figures give equal bytes. ``progress`` hears of pages and may raise."""
    lines: list[_Line] = []
    body = list(_body(data, lines))
    contents = _contents(lines)
    # Cover, contents and body begin on pages of their own; where each heading comes to stand is known once they flow.
    before = 1 + len(_flowed(contents))
    places = {
        id(block): number for number, each in enumerate(_flowed(body), before + 1) for block in _leaves(each)
    }
    for line in lines:
        line.page = places[id(line.heading)]
    foot = f"{data.letterhead.school}  ·  Social media report, {data.period_title}"
    bookmarks: dict[int, list[tuple[str, int, str]]] = {
        1: [("Cover", 0, "cover")],
        2: [(_CONTENTS, 0, "contents")],
    }
    for line in lines:
        bookmarks.setdefault(line.page, []).append((line.title, int(line.under), line.key))

    def on_each(canvas: TaggedCanvas, number: int, total: int) -> None:
        for title, level, key in bookmarks.get(number, ()):
            canvas.bookmarkPage(key)
            canvas.addOutlineEntry(title, key, level)
        if number > 1:
            page.draw_footer(canvas, SHEET, foot, number, total)

    return page.build_parts(
        [page.Part(_cover(data), on_each), page.Part(_contents(lines), on_each), page.Part(body, on_each)],
        title=f"{TITLE}, {data.period_title} – {data.letterhead.school}",
        author=data.letterhead.school,
        made_on=data.generated_on,
        sheet=SHEET,
        first_top=88,
        on_first=page.letterhead_on(data.letterhead, SHEET),
        progress=progress,
    )


def render(data: GovernorFigures, file: Path, progress: Progress = no_progress) -> None:
    """Write the report to ``file``, whole or not at all. Raises ``StorageProblem``, ``Invalid`` or ``Cancelled``."""
    page.save_pdf(render_bytes(data, progress), file)


def proof(data: GovernorFigures) -> list[Block]:
    """The newest line of the audit chain, by which a later change to anything before it is found out."""
    from smdesk.documents.layout import BODY, Text

    return [
        Text(
            "This code stands for every entry of the record up to the day of this report: if an entry is "
            "altered or removed later, a check of the records against the code printed here will show it."
        ),
        Text(f"Entry {data.head_number:,}", replace(BODY, bold=True, after=0)),
        Text(grouped(data.head_hash), replace(BODY, size=9.5, leading=13.5)),
    ]


def grid_block(data: GovernorFigures, grid: Grid) -> Table:
    """A table as it is set here: labels at the left, figures at the right."""
    from smdesk.documents.tables import Column, Table, TableStyle

    count = len(grid.columns)
    first = {2: 0.5, 3: 0.5, 4: 0.4}.get(count, 0.225)
    if grid.words:
        first = 0.3
    rest = (1 - first) / (count - 1)
    align = "left" if grid.words else "right"
    columns = [
        Column(grid.columns[0], share=first),
        *(Column(title, align, rest) for title in grid.columns[1:]),
    ]
    rows = [tuple(text_of(value, data.threshold, narrow=grid.narrow) for value in row) for row in grid.rows]
    style = TableStyle(row_headers=True, strong_last=grid.strong_last)
    if grid.narrow:
        cell, head = (replace(each, size=8.4, leading=11.2) for each in (style.cell, style.head))
        style = replace(style, cell=cell, head=head)
    return Table(columns, rows, style, base=0)


def _cover(data: GovernorFigures) -> list[Block]:
    from smdesk.documents.layout import BODY, GREY, SUBHEADING, Gap, Rule, Text
    from smdesk.documents.layout import TITLE as BIG

    title: Style = replace(BIG, size=30, leading=36, after=10)
    lead = replace(BODY, size=12, leading=17, after=6)
    return [
        Text(TITLE, title, "H1"),
        Text(data.period_title, replace(BIG, size=17, leading=22, bold=False, after=4, keep_with_next=False)),
        Text(f"Prepared on {written_day(data.generated_on)}.", replace(lead, colour=GREY)),
        Gap(14),
        Rule(),
        Gap(10),
        Text("Figures only: this report names nobody, and small numbers are hidden.", lead),
        *(
            [
                Text(
                    f"The period is not over: it ends on {written_day(data.ends_on)}, so these are the figures so far.",
                    lead,
                )
            ]
            if data.ends_on is not None
            else []
        ),
        Gap(190),
        Text("Proof of the records behind this report", SUBHEADING, "H2"),
        *proof(data),
    ]


def _contents(lines: Sequence[_Line]) -> list[Block]:
    from smdesk.documents.contents import ContentsLine, contents_element
    from smdesk.documents.layout import HEADING, Text
    from smdesk.documents.tagging import PLACE_LINK

    element = contents_element()
    return [
        Text(_CONTENTS, replace(HEADING, size=16, leading=20, after=8), "H2"),
        *(
            ContentsLine(line.title, line.page, PLACE_LINK + line.key, element, under=line.under)
            for line in lines
        ),
    ]


def _body(data: GovernorFigures, lines: list[_Line]) -> list[Block]:
    """The chapters as blocks; each heading goes into ``lines`` as well."""
    from smdesk.documents.layout import HEADING, SUBHEADING, Text

    def head(title: str, *, under: bool) -> Text:
        style = replace(SUBHEADING, before=8) if under else replace(HEADING, size=14.5, leading=18, before=18)
        heading = Text(title, style, "H3" if under else "H2")
        lines.append(_Line(f"h{len(lines) + 1}", title, under, heading))
        return heading

    blocks: list[Block] = []
    for chapter in governor_chapters.chapters(data):
        waiting: list[Block] = [head(chapter.title, under=False)]
        for part in chapter.parts:
            if isinstance(part, Topic):
                if waiting and isinstance(waiting[-1], Text) and waiting[-1].element.role == "P":
                    # What was said before belongs to the chapter and not to this heading and its table.
                    waiting[-1].keep_with_next = False
                    blocks.extend(waiting)
                    waiting = []
                waiting.append(head(part.title, under=True))
                for inner in part.parts:
                    waiting = _set(data, inner, waiting, blocks)
            else:
                waiting = _set(data, part, waiting, blocks)
        if waiting:
            # A chapter may end with a sentence: it stays with its heading, and not with the next chapter's.
            waiting[-1].keep_with_next = False
        blocks.extend(waiting)
    return blocks


def _set(
    data: GovernorFigures, part: Words | Points | Grid | Bars, waiting: list[Block], blocks: list[Block]
) -> list[Block]:
    """One part as a block. Headings and sentences wait for the table, list or chart they belong to: these stay
    together. Gives what waits still.
    """
    from smdesk.documents.charts import bar_chart
    from smdesk.documents.layout import BODY, SMALL, ListBlock, Text, Together

    match part:
        case Words(text, True):
            return [*waiting, Text(text, replace(SMALL, keep_with_next=True, after=4))]
        case Words(text):
            if waiting and isinstance(waiting[-1], Text) and waiting[-1].element.role == "P":
                # Paragraph after paragraph: only the last stays with what follows.
                waiting[-1].keep_with_next = False
                blocks.extend(waiting)
                waiting = []
            return [*waiting, Text(text, replace(BODY, keep_with_next=True))]
        case Bars(alt, bars):
            # The table with the same figures may run on to the next page; the chart stays with its heading.
            blocks.append(Together([*waiting, bar_chart(alt, bars, data.threshold)]))
            return []
        case Points(items):
            # Each sentence a list item: a screen reader says how many there are.
            blocks.append(Together([*waiting, ListBlock(items, replace(BODY, after=8))]))
            return []
        case Grid():
            # A short table is not torn; a long one would leave half a page empty if it were not.
            table = grid_block(data, part)
            whole = len(part.rows) <= (_SHORT if waiting else _TINY)
            blocks.extend([Together([*waiting, table])] if whole else [*waiting, table])
            return []


def _flowed(blocks: Sequence[Block]) -> list[Page]:
    from smdesk.documents.layout import flow

    frame = page.frame(SHEET, SHEET.top)
    return flow(blocks, frame, frame)


def _leaves(each: Page) -> list[Block]:
    """The blocks on a page, those that are kept together one by one."""
    from smdesk.documents.layout import Together

    return [
        leaf
        for block, _top in each.placed
        for leaf in (block.blocks if isinstance(block, Together) else [block])
    ]
