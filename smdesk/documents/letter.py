"""A letter from the school, tagged and ready for a DL window envelope (DOC-1).

``LetterData`` is plain data: the words come filled in from ``services.letters``. All of it is drawn as typed.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

from smdesk.documents import page
from smdesk.documents.page import Letterhead
from smdesk.policy.words import written_day

if TYPE_CHECKING:
    from smdesk.documents.layout import Block
    from smdesk.documents.tagging import TaggedCanvas


@dataclass(frozen=True, slots=True)
class Paragraph:
    """Running text. A line break in it stays a line break."""

    text: str


@dataclass(frozen=True, slots=True)
class Heading:
    """A short heading inside the letter."""

    text: str


@dataclass(frozen=True, slots=True)
class Bullets:
    """A list, one string for each item."""

    items: tuple[str, ...]
    numbered: bool = False


BodyBlock = Paragraph | Heading | Bullets


@dataclass(frozen=True, slots=True)
class Approval:
    """Who approved the letter with their signing key, when, and the short fingerprint of that key."""

    name: str
    on: date
    fingerprint: str


@dataclass(frozen=True, slots=True)
class LetterData:
    """Everything on one letter. ``reference`` is None for a draft, which is then marked as one on each page.

    ``address`` excludes the addressee's name. ``marking`` is printed above the address, for example
    “Private and confidential”. ``footer`` says how the school keeps the record (privacy).
    """

    letterhead: Letterhead
    reference: str | None
    date: date
    addressee: str
    address: tuple[str, ...]
    salutation: str
    heading: str
    body: tuple[BodyBlock, ...]
    sign_name: str
    sign_role: str
    closing: str = "Yours sincerely"
    approval: Approval | None = None
    footer: str = ""
    enclosures: tuple[str, ...] = ()
    copies: tuple[str, ...] = ()
    marking: str = ""


DRAFT_REFERENCE = "Draft, not issued"

# BS 4264 DL window: 35 by 90 mm, 20 mm from the left and 18 mm from the foot of a 220 by 110 mm envelope.
# On a sheet folded in three it shows the band below; the address keeps inside it, everything else outside.
_ADDRESS_LEFT, _ADDRESS_RIGHT = 24.0, 108.0
_ADDRESS_TOP, _ADDRESS_BOTTOM = 47.0, 77.0
_TEXT_TOP = 96.5
_FOLDS = (99.0, 198.0)
# Points: about the width of the text, and what of it may go over to the next page with the signature.
_COLUMN, _SHORT = 465.0, 120.0


def render_bytes(data: LetterData) -> bytes:
    """The letter as a PDF/UA-1 file. Equal data gives equal bytes. Raises ``Invalid`` for an unusable logo."""
    from smdesk.documents.layout import BODY, HEADING, SMALL, SUBHEADING, Gap, ListBlock, Rule, Text, Together

    blocks: list[Block] = [Text(data.salutation, BODY)]
    blocks.append(Text(data.heading, replace(HEADING, before=2, after=6), "H1"))
    for part in data.body:
        if isinstance(part, Paragraph):
            blocks.append(Text(part.text))
        elif isinstance(part, Heading):
            blocks.append(Text(part.text, SUBHEADING, "H2"))
        elif part.items:
            blocks.append(ListBlock(part.items, numbered=part.numbered))
    sign: list[Block] = [
        Text(data.closing, replace(BODY, before=6, after=0)),
        Gap(40),
        Text(data.sign_name, replace(BODY, bold=True, after=0)),
        Text(data.sign_role, replace(BODY, after=4)),
    ]
    if data.approval is not None:
        sign.append(Text(_approval_line(data.approval), SMALL))
    sign.extend(_notes("Enclosed", data.enclosures))
    sign.extend(_notes("Copy to", data.copies))
    if data.footer:
        sign += [Rule(before=6, after=5), Text(data.footer, replace(SMALL, size=8, leading=10.8))]
    # With the signature: a second page with nothing but a note on it looks like a mistake.
    blocks.append(Together([*_taken_along(blocks), *sign]))
    sheet = page.Sheet(bottom=17)
    title = f"{data.heading} – {data.reference or DRAFT_REFERENCE}"
    foot = f"{data.letterhead.school}  ·  {data.reference or DRAFT_REFERENCE}"

    def each(canvas: TaggedCanvas, number: int, total: int) -> None:
        page.draw_footer(canvas, sheet, foot, number, total)
        if data.reference is None:
            _draft_mark(canvas, sheet.size)

    return page.build(
        blocks,
        title=title,
        author=data.letterhead.school,
        made_on=data.date,
        sheet=sheet,
        first_top=_TEXT_TOP,
        on_first=lambda canvas: _first_page(canvas, data, sheet),
        on_each=each,
    )


def render(data: LetterData, file: Path) -> None:
    """Write the letter to ``file``, whole or not at all. Raises ``StorageProblem`` or ``Invalid``."""
    page.save_pdf(render_bytes(data), file)


def _approval_line(approval: Approval) -> str:
    return f"Approved by {approval.name} on {written_day(approval.on)}. Signing key {approval.fingerprint}."


def _taken_along(blocks: list[Block]) -> list[Block]:
    """The last paragraph, with its heading: a page that carries nothing but a signature could end any letter."""
    taken: list[Block] = []
    if len(blocks) > 2 and blocks[-1].height(_COLUMN) <= _SHORT:
        taken.append(blocks.pop())
        if blocks[-1].keep_with_next:
            taken.insert(0, blocks.pop())
    return taken


def _notes(label: str, entries: Sequence[str]) -> list[Block]:
    from smdesk.documents.layout import BODY, Text
    from smdesk.documents.text import Span

    if not entries:
        return []
    small = replace(BODY, size=9.5, leading=13, before=3, after=1)
    return [Text([Span(f"{label}: ", bold=True), Span("; ".join(entries))], small)]


def _first_page(canvas: TaggedCanvas, data: LetterData, sheet: page.Sheet) -> None:
    from smdesk.documents.layout import MM, RULE, hairline

    width, height = sheet.size
    left, right = sheet.left * MM, width - sheet.right * MM
    page.draw_letterhead(canvas, data.letterhead, left, right, height - page.LETTERHEAD_MM * MM)
    _address(canvas, data, height)
    _date_and_reference(canvas, data, right, height)
    with canvas.artifact("Layout"):
        for fold in _FOLDS:
            y = height - fold * MM
            hairline(canvas, 4 * MM, y, 8 * MM, y, RULE)


def _address(canvas: TaggedCanvas, data: LetterData, height: float) -> None:
    """Addressee and address, in a size at which even a long overseas address stays inside the window."""
    from smdesk.documents.layout import MM, Style, Text

    wide = (_ADDRESS_RIGHT - _ADDRESS_LEFT) * MM
    room = (_ADDRESS_BOTTOM - _ADDRESS_TOP) * MM
    lines = [line for line in (data.addressee, *data.address) if line.strip()]
    marking = [data.marking] if data.marking else []
    size = 10.5
    while True:
        style = Style(size=size, leading=size * 1.27, after=0)
        mark_style = Style(size=min(size, 8.6), leading=size * 1.27, bold=True, after=0)
        texts = [Text(line, mark_style) for line in marking] + [Text(line, style) for line in lines]
        if size <= 6.5 or sum(text.height(wide) for text in texts) <= room:
            break
        size -= 0.5
    y = height - _ADDRESS_TOP * MM
    for text in texts:
        text.draw(canvas, _ADDRESS_LEFT * MM, y, wide)
        y -= text.height(wide)


def _date_and_reference(canvas: TaggedCanvas, data: LetterData, right: float, height: float) -> None:
    from smdesk.documents.layout import GREY, MM, Style, Text

    label = Style(size=8, leading=10.5, colour=GREY, after=0)
    value = Style(size=10.5, leading=14.5, after=5)
    x = 134 * MM
    y = height - _ADDRESS_TOP * MM
    entries = [("Date", written_day(data.date)), ("Our reference", data.reference or DRAFT_REFERENCE)]
    for name, text in entries:
        for block in (Text(name, label), Text(text, value)):
            block.draw(canvas, x, y, right - x)
            y -= block.height(right - x) + block.after


def _draft_mark(canvas: TaggedCanvas, size: tuple[float, float]) -> None:
    """A large pale word across the page. An artifact: the reference line says “draft” in words as well."""
    from smdesk.documents.layout import Style, single_line

    style = Style(size=118, leading=120, bold=True)
    line, wide = single_line("DRAFT", style)
    with canvas.artifact("Pagination", "Watermark"):
        canvas.saveState()
        canvas.setFillAlpha(0.10)
        canvas.translate(size[0] / 2, size[1] / 2 - 20)
        canvas.rotate(52)
        canvas.text_line(line, -wide / 2, -40, style.size, (0.55, 0.08, 0.08))
        canvas.restoreState()
