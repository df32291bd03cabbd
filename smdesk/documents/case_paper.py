"""Business cases on paper: the blank form, one case as put forward, the pack for the next meeting (ACC-1, DOC-3)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import TYPE_CHECKING

from smdesk.documents import page
from smdesk.documents.page import Letterhead

if TYPE_CHECKING:
    from smdesk.documents.forms import Panel
    from smdesk.documents.layout import Block
    from smdesk.documents.tagging import TaggedCanvas

# How much of what stands in the way, in lines, may go over to the next page with the box to decide in.
_TAKEN_ALONG = 14
_COLUMNS = ("About the account", "As put forward")


@dataclass(frozen=True, slots=True)
class BlankCase:
    """What a school's policy puts on the form. ``points`` explain the five points in a sentence each, in order;
    ``platforms`` have a box each. ``made_on`` is the day of printing.
    """

    letterhead: Letterhead
    made_on: date
    purpose: str
    needs: tuple[str, ...]
    platforms: tuple[str, ...]
    contact: str


@dataclass(frozen=True, slots=True)
class CasePaper:
    """One case as put forward. ``missing`` says what still stands between it and its approval; ``decisions`` are
    what was decided so far: decision and day, by whom, reason and conditions.
    """

    reference: str
    title: str
    status: str
    facts: tuple[tuple[str, str], ...]
    texts: tuple[tuple[str, str], ...]
    missing: tuple[str, ...]
    decisions: tuple[tuple[str, str, str], ...]


@dataclass(frozen=True, slots=True)
class MeetingPack:
    """The cases for the next meeting. ``members`` are the leadership team, ``rule`` says how many must agree."""

    letterhead: Letterhead
    cases: tuple[CasePaper, ...]
    members: tuple[str, ...]
    rule: str
    printed: str
    made_on: date


def form_bytes(data: BlankCase) -> bytes:
    """The blank form as a PDF/UA-1 file, two pages, to fill in by hand or on screen."""
    from smdesk.documents.forms import Entry, Fields, Panel, Ticks, WriteLines
    from smdesk.documents.layout import BODY, HEADING, SMALL, TITLE, Gap, ListBlock, Text, Together

    body = replace(BODY, size=9.8, leading=13.4, after=4)
    section = replace(HEADING, size=11.5, leading=15, before=11, after=2)
    label = replace(BODY, size=9.6, leading=13, before=4, after=2, keep_with_next=True)

    def part(title: str, *blocks: Block) -> Block:
        return Together([Text(title, section, "H2"), *blocks])

    title = "Business case for a school social media account"
    blocks: list[Block] = [
        Text(title, replace(TITLE, size=16, leading=21, after=3), "H1"),
        Text(data.purpose, body),
        ListBlock(data.needs, body),
        part(
            "The account",
            Text("On which platform?", label),
            Ticks(data.platforms, 4, about="Platform"),
            Fields(Entry("Another platform"), tall=26),
            Fields(Entry("Name the account is to have"), tall=26),
            Gap(5),
            Ticks(("It is to be opened", "It exists already"), 2, about="The account"),
            Fields(Entry("Its link, where it exists already"), tall=26),
        ),
        part("1  Aim: what is the account for?", WriteLines(3, "Aim: what the account is for")),
        part(
            "2  Audience: whom is it for, and how old are they?",
            WriteLines(2, "Audience: whom it is for, and how old they are"),
        ),
        part(
            "3  Promotion: how will people hear of it?",
            WriteLines(2, "Promotion: how people will hear of it"),
        ),
        part(
            "4  Who will run it? Members of staff first",
            *(
                Fields(
                    Entry(f"{number}.  Name", 0.55, about="Who runs it:"),
                    Entry("At the school as", 0.45, about=f"Who runs it, {number}:"),
                    tall=27,
                )
                for number in range(1, 5)
            ),
            Fields(Entry("Which of them is responsible for it?"), tall=27),
        ),
        part(
            "5  Open or private?",
            Ticks(("Open to everybody", "Private or closed"), 2, about="The account is"),
            Fields(Entry("Who is let in, and by whom"), tall=26),
        ),
        part(
            "Consents: whose pictures and words may be shown, and how is that known?",
            WriteLines(2, "Consents: whose pictures and words may be shown, and how that is known"),
        ),
        part(
            "Who looks at it in the holidays and at weekends?",
            WriteLines(2, "Who looks at it in the holidays and at weekends"),
        ),
        part(
            "What happens when somebody who runs it leaves?",
            WriteLines(2, "What happens when somebody who runs it leaves"),
        ),
        part(
            "Proposed by",
            Fields(
                Entry("Name", 0.6, about="Proposed by:"), Entry("Date", 0.4, about="Proposed on:"), tall=28
            ),
            Fields(Entry("Signature", by_hand=True), tall=34),
        ),
        Panel(
            [
                Text("For the office", replace(BODY, bold=True, after=0)),
                Fields(Entry("Entered on", 0.5), Entry("as", 0.5, about="Entered"), tall=28),
                Fields(Entry("Put to the leadership team on", 1.0), tall=28),
            ],
            weight=0.7,
        ),
        Text(data.contact, SMALL),
    ]
    return page.plain_paper(blocks, data.letterhead, title, title, data.made_on, fillable=True)


def case_bytes(letterhead: Letterhead, case: CasePaper, printed: str, made_on: date) -> bytes:
    """One case as it stands, as a PDF/UA-1 file."""
    from smdesk.documents.layout import BODY, SMALL, TITLE, Rule, Text

    title = f"Business case {case.reference}"
    blocks: list[Block] = [
        Text(f"{title}: {case.title}", replace(TITLE, size=16, leading=21), "H1"),
        Text(case.status, replace(BODY, size=11.5, leading=16, bold=True)),
        *_case(case, "H2"),
        Rule(before=6, after=5),
        Text(printed, SMALL),
    ]
    return page.plain_paper(
        blocks, letterhead, title, f"{letterhead.school}  ·  {case.reference}  ·  Confidential", made_on
    )


def pack_bytes(data: MeetingPack) -> bytes:
    """The cases for the next meeting as a PDF/UA-1 file: what is to be decided, then each case on pages of its own."""
    sheet = page.Sheet(left=22, right=20, top=20, bottom=17)
    head = data.letterhead

    def part(blocks: Sequence[Block], note: str) -> page.Part:
        def each(canvas: TaggedCanvas, number: int, total: int) -> None:
            page.draw_footer(canvas, sheet, f"{head.school}  ·  {note}  ·  Confidential", number, total)

        return page.Part(blocks, each)

    parts = [part(_agenda(data), "Business cases")]
    parts += [
        part(_decided_on_paper(data, case, number, sheet), case.reference)
        for number, case in enumerate(data.cases, start=1)
    ]
    return page.build_parts(
        parts,
        title=f"Business cases for the next meeting – {head.school}",
        author=head.school,
        made_on=data.made_on,
        bookmarks=True,
        sheet=sheet,
        first_top=42,
        on_first=page.letterhead_on(head, sheet),
    )


def _agenda(data: MeetingPack) -> list[Block]:
    from smdesk.documents.layout import BODY, HEADING, SMALL, TITLE, ListBlock, Text
    from smdesk.documents.tables import Column, Table

    blocks: list[Block] = [
        Text("Business cases for the next meeting", replace(TITLE, size=16, leading=21), "H1"),
        Text(data.printed, SMALL),
    ]
    if not data.cases:
        return [*blocks, Text("No business case waits for the leadership team.", BODY)]
    blocks += [
        Table(
            [
                Column("Reference", share=0.17),
                Column("Account", share=0.45),
                Column("Still missing", share=0.38),
            ],
            [
                (case.reference, case.title, "\n".join(case.missing) or "Nothing: it can be approved")
                for case in data.cases
            ],
        ),
        Text("To mind", HEADING, "H2"),
        ListBlock(
            (
                data.rule,
                "Whoever proposed a case does not decide about it and is not counted.",
                "Always write the reason. A case that lacks something can be rejected, or more can be asked for.",
                "One of the leadership team records the decision in SM Desk and signs it there.",
            )
        ),
        Text(f"The leadership team: {', '.join(data.members)}.", BODY),
    ]
    return blocks


def _case(case: CasePaper, level: str) -> list[Block]:
    from smdesk.documents.declaration_form import record_blocks
    from smdesk.documents.layout import SUBHEADING, ListBlock, Text
    from smdesk.documents.tables import Column, Table

    blocks = record_blocks(case.facts, case.texts, level, columns=_COLUMNS)
    if case.missing:
        blocks += [
            Text("What still stands between it and its approval", SUBHEADING, level),
            ListBlock(case.missing),
        ]
    if case.decisions:
        blocks.append(Text("Decisions", SUBHEADING, level))
        blocks.append(
            Table(
                [
                    Column("Decision", share=0.24),
                    Column("By", share=0.26),
                    Column("Reason and conditions", share=0.5),
                ],
                case.decisions,
            )
        )
    return blocks


def _decided_on_paper(data: MeetingPack, case: CasePaper, number: int, sheet: page.Sheet) -> list[Block]:
    from smdesk.documents.layout import BODY, HEADING, SMALL, Text, Together, taken_along

    title = f"{case.reference}: {case.title}"
    blocks = [
        Text(f"{number} of {len(data.cases)}: {case.title}", replace(HEADING, size=13.5, leading=17.5), "H2"),
        Text(f"{case.reference}. {case.status}", SMALL),
        *_case(case, "H3"),
    ]
    # With what still stands in the way of it: a box alone on a sheet does not tell whoever ticks it what is wanting.
    column = page.frame(sheet, sheet.top).width
    along = taken_along(blocks, column, BODY.leading * _TAKEN_ALONG)
    blocks.append(Together([*along, _decision_box(title)]))
    return blocks


def _decision_box(title: str) -> Panel:
    from smdesk.documents.forms import Entry, Fields, Panel, Ticks, WriteLines
    from smdesk.documents.layout import BODY, Text

    return Panel(
        [
            Text(f"Decision on {title}", replace(BODY, size=11.5, leading=15, bold=True, after=4)),
            Ticks(("Approved", "Rejected", "More asked for"), 3, size=11),
            Fields(Entry("Reason (always needed)"), tall=22),
            WriteLines(1, after=2),
            Fields(Entry("Conditions"), tall=26),
            Fields(Entry("Agreed"), tall=26),
            Fields(Entry("Did not agree"), tall=26),
            Fields(Entry("To be looked at again", 0.5), Entry("Minute", 0.5), tall=26),
            Fields(Entry("Date of the meeting", 0.5), Entry("Written down by", 0.5), tall=26),
        ]
    )
