"""The incident report form: what somebody without SM Desk writes down about a post, for the office (DOC-3, INC-14)."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date
from typing import TYPE_CHECKING

from smdesk.documents import page
from smdesk.documents.page import Letterhead

if TYPE_CHECKING:
    from smdesk.documents.layout import Block


_ROW = 23.0
"""How tall a row to write in is, in points: two pages in all, so that it can be one sheet."""


@dataclass(frozen=True, slots=True)
class BlankIncident:
    """What the form offers to tick. ``contact`` says where to hand it in, ``at_once`` what cannot wait for a form,
    ``imagery`` what is never copied, as whole sentences.
    """

    letterhead: Letterhead
    made_on: date
    contact: str
    at_once: str
    imagery: str
    platforms: tuple[str, ...]
    authors: tuple[str, ...]
    conduct: tuple[str, ...]


def form_bytes(data: BlankIncident) -> bytes:
    """The blank form as a PDF/UA-1 file, two pages, to fill in by hand or on screen."""
    from smdesk.documents.forms import Entry, Fields, Panel, Ticks, WriteLines
    from smdesk.documents.layout import BODY, HEADING, SMALL, TITLE, Gap, Text, Together

    body = replace(BODY, size=9.8, leading=13.4, after=4)
    section = replace(HEADING, size=11.5, leading=15, before=8, after=2)
    label = replace(BODY, size=9.6, leading=13, before=8, after=2, keep_with_next=True)

    def part(title: str, *blocks: Block) -> Block:
        return Together([Text(title, section, "H2"), *blocks])

    title = "Report of an incident on social media"
    blocks: list[Block] = [
        Text(title, replace(TITLE, size=16, leading=21, after=3), "H1"),
        Text("Write down what you know, and leave out what you do not. The office does the rest.", body),
        Panel(
            [
                Text(data.at_once, replace(body, bold=True, after=3)),
                Text(data.imagery, replace(body, after=0)),
            ]
        ),
        part(
            "1  You",
            Fields(Entry("Name", 0.6, about="Your"), Entry("You are (staff, parent …)", 0.4), tall=_ROW),
            Fields(
                Entry("Telephone or e-mail", 0.6, about="Your"), Entry("Date of this report", 0.4), tall=_ROW
            ),
        ),
        part(
            "2  What you saw",
            Fields(
                Entry("Seen on", 0.34),
                Entry("at (time)", 0.26, about="Seen"),
                Entry("Posted on", 0.4),
                tall=_ROW,
            ),
            Text("Where?", label),
            Ticks(data.platforms, 4, about="Where"),
            Fields(Entry("Elsewhere, or the name of the group or page"), tall=_ROW),
            Fields(Entry("Link, copied from the address line"), tall=_ROW),
            Gap(4),
            Ticks(("On one of the school’s own accounts", "Somewhere else"), 2, about="It stands"),
        ),
        part("3  What it says or shows, word for word where you can", WriteLines(5, "What it says or shows")),
        part(
            "4  Who posted it?",
            Fields(Entry("Name, or the name used there"), tall=_ROW),
            Text("As far as you know, this is a", label),
            Ticks(data.authors, 3, about="Whoever posted it is a"),
        ),
        part(
            "5  Who is named, shown or affected?",
            Text(
                "Full names, and year or class for pupils. They are needed to help, and stay in the office.",
                label,
            ),
            WriteLines(3, "Who is named, shown or affected"),
        ),
        part(
            "6  What kind of post is it? Tick all that fit",
            Ticks(data.conduct, 2, about="The post is or has"),
        ),
        part(
            "7  What has been done already?",
            Ticks(
                (
                    "A screenshot was taken (hand it in with this form)",
                    "Whoever posted it was spoken to",
                    "The platform was told",
                    "It can no longer be seen",
                ),
                2,
                about="Done already",
            ),
            Fields(Entry("By whom and when"), tall=_ROW),
            WriteLines(2, "What else was done"),
            # In the same part: where a long policy makes a third page, the office's box is not alone on it.
            Panel(
                [
                    Text("For the office", replace(BODY, bold=True, after=0)),
                    Fields(Entry("Received on", 0.5), Entry("by", 0.5, about="Received"), tall=_ROW),
                    Fields(Entry("Logged on", 0.5), Entry("as incident", 0.5), tall=_ROW),
                ],
                weight=0.7,
            ),
            Text(data.contact, SMALL),
        ),
    ]
    foot = f"{title}  ·  Confidential when filled in"
    return page.plain_paper(blocks, data.letterhead, title, foot, data.made_on, fillable=True)
