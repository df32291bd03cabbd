"""Declaring a connection on paper: the blank form to fill in by hand, and one record as it was declared (CON-2)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from typing import TYPE_CHECKING

from smdesk.documents import page
from smdesk.documents.page import Letterhead

if TYPE_CHECKING:
    from smdesk.documents.layout import Block, Style, Text


@dataclass(frozen=True, slots=True)
class BlankForm:
    """What a school's policy puts on the form. ``decides`` says who decides; ``others`` are the kinds of people that
    the policy covers; ``contact`` is whom to ask. ``made_on`` is the day of printing.
    """

    letterhead: Letterhead
    made_on: date
    purpose: str
    decides: str
    contact: str
    adults: tuple[str, ...]
    others: tuple[str, ...]
    relationships: tuple[str, ...]
    platforms: tuple[str, ...]
    links: tuple[str, ...]
    initiators: tuple[str, ...]
    decider: str


@dataclass(frozen=True, slots=True)
class Declaration:
    """One declaration as recorded: label and words, heading and full text, and what was decided so far."""

    letterhead: Letterhead
    reference: str
    status: str
    facts: tuple[tuple[str, str], ...]
    texts: tuple[tuple[str, str], ...]
    printed: str
    made_on: date
    decisions: tuple[tuple[str, str, str], ...] = field(default=())
    """Day and decision, by whom, reason and conditions."""


def form_bytes(data: BlankForm) -> bytes:
    """The blank form as a PDF/UA-1 file, two pages, to fill in by hand or on screen."""
    from smdesk.documents.forms import Entry, Fields, Panel, Ticks, WriteLines
    from smdesk.documents.layout import BODY, HEADING, SMALL, TITLE, Text, Together

    body = replace(BODY, size=9.8, leading=13.4, after=4)
    section = replace(HEADING, size=11.5, leading=15, before=7, after=2)
    label = replace(BODY, size=9.6, leading=13, before=4, after=2, keep_with_next=True)

    def part(title: str, *blocks: Block) -> Block:
        return Together([Text(title, section, "H2"), *blocks])

    blocks: list[Block] = [
        Text(
            "Declaration of a connection on social media", replace(TITLE, size=16, leading=21, after=3), "H1"
        ),
        Text(data.purpose, body),
        Text(data.decides, body),
        part(
            "1  The adult who works with the school",
            Fields(
                Entry("Name", 0.62, about="The adult:"),
                Entry("Joined the school on", 0.38, about="The adult:"),
            ),
            Text("At the school I am (tick all that apply)", label),
            Ticks(data.adults, 4, about="At the school I am"),
        ),
        part(
            "2  The other person",
            Fields(
                Entry("Name", 0.62, about="The other person:"),
                Entry("Year or class", 0.38, about="The other person:"),
            ),
            Fields(
                Entry("Joined the school on", 0.44, about="The other person:"),
                Entry("Pupil’s name, for a relative", 0.56),
            ),
            Text("This person is a", label),
            Ticks(data.others, min(4, max(1, len(data.others))), about="The other person is a"),
        ),
        part(
            "3  The relationship",
            Text("The adult is the other person’s (tick one)", label),
            Ticks(data.relationships, 3, about="The adult is the other person’s"),
            Fields(Entry("Something else, or more about it"), tall=26),
            Fields(Entry("Since when (a date, or for example “birth”)"), tall=26),
            Text("Was it there before both were at the school?", label),
            Ticks(("Yes", "No", "Not sure"), 3, about="The relationship was there before"),
        ),
        Together(
            [
                Text("How can the school know this (for example papers shown to the office)?", label),
                WriteLines(2, "How the school can know this"),
            ]
        ),
        part(
            "4  The connection",
            Text("On which platforms?", label),
            Ticks(data.platforms, 4, about="Platform"),
            Fields(Entry("Others, and the names used there"), tall=26),
            Text("What kind of link?", label),
            Ticks(data.links, 3, about="Kind of link"),
            Text("Who began it?", label),
            Ticks(data.initiators, 2, about="Who began it"),
        ),
        part(
            "5  Conditions I offer, or anything the school should know",
            WriteLines(4, "Conditions I offer, or anything the school should know"),
        ),
        part(
            "6  Agreement",
            Text(
                "I have been given the school’s acceptable use policy and its rules on social media. What I have "
                "written here is true, and I shall tell the school when it changes.",
                body,
            ),
            Ticks(
                (
                    "I agree to keep to the acceptable use policy",
                    "I do not agree (this is noted, and is my choice)",
                ),
                2,
            ),
            Fields(Entry("Signed", 0.64, by_hand=True), Entry("Date", 0.36, by_hand=True), tall=34),
        ),
        Panel(
            [
                Text("For the office", replace(BODY, bold=True, after=0)),
                Fields(Entry("Received by", 0.6), Entry("on", 0.4, about="Received"), tall=28),
                Fields(Entry("Seen as evidence", 1.0), tall=28),
                Fields(
                    Entry("Entered in the register on", 0.6),
                    Entry("as", 0.4, about="Entered in the register"),
                    tall=28,
                ),
                Fields(
                    Entry(f"Put to the {data.decider} on", 0.6),
                    Entry("by", 0.4, about=f"Put to the {data.decider}"),
                    tall=28,
                ),
            ],
            weight=0.7,
        ),
        Text(data.contact, SMALL),
    ]
    title = "Declaration of a connection on social media"
    return page.plain_paper(
        blocks,
        data.letterhead,
        title,
        f"{title}  ·  Confidential when filled in",
        data.made_on,
        fillable=True,
    )


def declaration_bytes(data: Declaration) -> bytes:
    """A declaration as recorded, as a PDF/UA-1 file, with room for the declarant's signature."""
    from smdesk.documents.forms import Entry, Fields, Panel
    from smdesk.documents.layout import BODY, SMALL, TITLE, Rule, Text
    from smdesk.documents.tables import Column, Table

    body = replace(BODY, after=4)
    blocks: list[Block] = [
        Text(f"Declaration of a connection, {data.reference}", replace(TITLE, size=16, leading=21), "H1"),
        Text(data.status, replace(BODY, size=11.5, leading=16, bold=True)),
        *record_blocks(data.facts, data.texts),
    ]
    if data.decisions:
        blocks.append(_heading("Decisions"))
        blocks.append(
            Table(
                [
                    Column("Decision", share=0.24),
                    Column("By", share=0.26),
                    Column("Reason and conditions", share=0.5),
                ],
                data.decisions,
            )
        )
    blocks += [
        Panel(
            [
                Text(
                    "This is what I declared. Corrections are written beside the line they belong to.", body
                ),
                Fields(Entry("Signed", 0.64), Entry("Date", 0.36), tall=38),
            ],
            weight=0.7,
        ),
        Rule(before=6, after=5),
        Text(data.printed, SMALL),
    ]
    title = f"Declaration of a connection, {data.reference}"
    return page.plain_paper(
        blocks,
        data.letterhead,
        title,
        f"{data.letterhead.school}  ·  {data.reference}  ·  Confidential",
        data.made_on,
    )


def record_blocks(
    facts: Sequence[tuple[str, str]],
    texts: Sequence[tuple[str, str]],
    level: str = "H2",
    style: Style | None = None,
    columns: tuple[str, str] = ("About the connection", "Declared"),
) -> list[Block]:
    """Facts as a table of label and words, then each text under a heading of ``level``; empty ones are left out.

    ``columns`` head the table.
    """
    from smdesk.documents.layout import BODY, Text
    from smdesk.documents.tables import CLOSE, Column, Table

    blocks: list[Block] = [
        Table(
            [Column(columns[0], share=0.3), Column(columns[1], share=0.7)],
            [row for row in facts if row[1]],
            CLOSE,
        )
    ]
    for heading, words in texts:
        if words.strip():
            blocks += [_heading(heading, level), Text(words, style or BODY)]
    return blocks


def _heading(words: str, level: str = "H2") -> Text:
    from smdesk.documents.layout import SUBHEADING, Text

    return Text(words, SUBHEADING, level)
