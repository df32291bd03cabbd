"""The headteacher's pack: everything that waits for a decision, on paper, a page for each matter (CON-2).

What is decided on a page with a pen is recorded by the office afterwards, marked as recorded on behalf of the decider;
the reference stands on every page, so that a scan is filed with its own record.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import TYPE_CHECKING

from smdesk.documents import page
from smdesk.documents.page import Letterhead, Progress, no_progress

if TYPE_CHECKING:
    from smdesk.documents.layout import Block
    from smdesk.documents.tagging import TaggedCanvas


@dataclass(frozen=True, slots=True)
class DecisionBlank:
    """Where a decision is written by hand. ``who`` is the decider's role or name, ``choices`` what may be ticked,
    ``first_day`` the label of the day it counts from. ``note`` is printed small below the choices.
    """

    who: str
    choices: tuple[str, ...]
    first_day: str = "Allowed from"
    review: bool = True
    conditions: bool = True
    note: str = ""


@dataclass(frozen=True, slots=True)
class PackItem:
    """One matter to decide, on pages of its own. ``why`` says in a line what is wanted; ``notes`` are what the policy
    says and what to mind, in whole sentences.
    """

    reference: str
    title: str
    why: str
    facts: tuple[tuple[str, str], ...]
    texts: tuple[tuple[str, str], ...]
    notes: tuple[str, ...]
    blank: DecisionBlank


@dataclass(frozen=True, slots=True)
class PackList:
    """Matters that are looked at in SM Desk itself and are only listed here: rows under ``columns``."""

    heading: str
    note: str
    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


@dataclass(frozen=True, slots=True)
class PackData:
    """``reader`` is whom the pack is for; ``left_out`` says what is not in it and where that is seen."""

    letterhead: Letterhead
    reader: str
    items: tuple[PackItem, ...]
    lists: tuple[PackList, ...]
    left_out: tuple[str, ...]
    printed: str
    made_on: date


def render_bytes(
    data: PackData, progress: Progress = no_progress, cancelled: Callable[[], bool] = lambda: False
) -> bytes:
    """The pack as a PDF/UA-1 file: contents, lists, then the matters. Raises ``Cancelled``."""

    sheet = page.Sheet(left=22, right=20, top=20, bottom=17)
    head = data.letterhead

    def part(blocks: Sequence[Block], note: str, reference: str = "") -> page.Part:
        def each(canvas: TaggedCanvas, number: int, total: int) -> None:
            page.draw_footer(canvas, sheet, f"{head.school}  ·  {note}  ·  Confidential", number, total)
            if reference:
                _corner(canvas, sheet, reference)

        return page.Part(blocks, each)

    parts = [part(_contents(data), "To decide")]
    for number, item in enumerate(data.items, start=1):
        blocks = _item(item, number, len(data.items), sheet)
        parts.append(part(blocks, item.reference, item.reference))
    return page.build_parts(
        parts,
        title=f"To decide: pack for the {data.reader} – {head.school}",
        author=head.school,
        made_on=data.made_on,
        bookmarks=True,
        sheet=sheet,
        first_top=42,
        on_first=page.letterhead_on(head, sheet),
        progress=progress,
        cancelled=cancelled,
    )


def _contents(data: PackData) -> list[Block]:
    from smdesk.documents.layout import BODY, HEADING, SMALL, TITLE, ListBlock, Text
    from smdesk.documents.tables import Column, Table

    blocks: list[Block] = [
        Text(f"To decide: pack for the {data.reader}", replace(TITLE, size=16, leading=21), "H1"),
        Text(data.printed, SMALL),
    ]
    if data.items:
        blocks.append(Text("In this pack, one matter a page", HEADING, "H2"))
        blocks.append(
            Table(
                [
                    Column("Done", share=0.09),
                    Column("Reference", share=0.16),
                    Column("What it is", share=0.45),
                    Column("What is wanted", share=0.3),
                ],
                [(_BOX, item.reference, item.title, item.why) for item in data.items],
            )
        )
        blocks.append(ListBlock(_HOW, replace(BODY, size=9.6, leading=13), numbered=True))
    else:
        blocks.append(Text("Nothing waits for a decision on paper.", BODY))
    for listed in data.lists:
        blocks += [Text(listed.heading, HEADING, "H2"), Text(listed.note, replace(BODY, keep_with_next=True))]
        blocks.append(Table([Column(title) for title in listed.columns], listed.rows))
    if data.left_out:
        blocks.append(Text("Not in this pack", HEADING, "H2"))
        blocks.append(ListBlock(data.left_out))
    return blocks


_BOX = "\u2610"
# How much of what is to be minded, in lines, may go over to the next page with the box to decide in.
_TAKEN_ALONG = 14
_HOW = (
    "Tick what you decide, always write a reason, and sign and date the page.",
    "Nobody decides about themselves, nor about what they themselves declared.",
    "Give the signed pages back to the office, which scans them and records them on your behalf.",
    "You are asked to confirm each of them when you next sign in. Until then each is marked as not confirmed.",
)


def _item(item: PackItem, number: int, total: int, sheet: page.Sheet) -> list[Block]:
    from smdesk.documents.declaration_form import record_blocks
    from smdesk.documents.forms import Panel
    from smdesk.documents.layout import (
        BODY,
        HEADING,
        SMALL,
        SUBHEADING,
        ListBlock,
        Text,
        Together,
        taken_along,
    )

    small = replace(BODY, size=9.4, leading=12.8, after=4)
    blocks: list[Block] = [
        Text(
            f"{number} of {total}: {item.title}",
            replace(HEADING, size=13.5, leading=17.5, before=0, after=2),
            "H2",
        ),
        Text(f"{item.reference}. {item.why}", replace(SMALL, size=9.4, leading=12.8, after=4)),
        *record_blocks(item.facts, item.texts, "H3", small),
    ]
    if item.notes:
        blocks += [Text("To mind", SUBHEADING, "H3"), ListBlock(item.notes, small)]
    # Should it come to stand on another page, it still says what is decided, and takes with it what to mind.
    box = Panel(_decision(item.blank, f"Decision of the {item.blank.who} on {item.reference}: {item.title}"))
    column = page.frame(sheet, sheet.top).width
    blocks.append(Together([*taken_along(blocks, column, small.leading * _TAKEN_ALONG), box]))
    return blocks


def _decision(blank: DecisionBlank, title: str) -> list[Block]:
    """The part in which a decision is made with a pen: choices, reason, conditions, days, signature."""
    from smdesk.documents.forms import Entry, Fields, Ticks, WriteLines
    from smdesk.documents.layout import BODY, SMALL, Text

    label = replace(BODY, size=9.6, leading=13, before=3, after=0)
    blocks: list[Block] = [
        Text(title, replace(BODY, size=11.5, leading=15, bold=True, after=4)),
        Ticks(blank.choices, min(3, len(blank.choices)), size=11),
    ]
    if blank.note:
        blocks.append(Text(blank.note, SMALL))
    blocks += [Text("Reason (always needed)", label), WriteLines(3, after=4)]
    if blank.conditions:
        blocks += [Text("Conditions", label), WriteLines(2, after=4)]
    days = [Entry(blank.first_day)]
    if blank.review:
        days.append(Entry("To be reviewed on"))
    blocks.append(Fields(*days, tall=28))
    blocks += [
        Fields(Entry("Name", 0.6), Entry("Date", 0.4), tall=30),
        Fields(Entry("Signature"), tall=38),
    ]
    return blocks


def _corner(canvas: TaggedCanvas, sheet: page.Sheet, reference: str) -> None:
    """The reference at the top right of a page, where whoever files the scan looks first."""
    from smdesk.documents.layout import MM, NAVY, Style, single_line

    style = Style(size=12, leading=15, bold=True)
    line, wide = single_line(reference, style)
    with canvas.artifact("Pagination", "Header"):
        canvas.text_line(
            line, sheet.size[0] - sheet.right * MM - wide, sheet.size[1] - 13 * MM, style.size, NAVY
        )
