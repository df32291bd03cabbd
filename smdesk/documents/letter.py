"""A letter from the school, tagged and ready for a window envelope (DOC-1).

``LetterData`` is plain data: the words come filled in from ``services.letters``. All of it is drawn as typed.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from pathlib import Path
from string import Template
from typing import TYPE_CHECKING

from smdesk.documents import page, paper_look
from smdesk.documents.page import Letterhead
from smdesk.documents.xmp import Ours
from smdesk.errors import Invalid
from smdesk.policy.words import written_day

if TYPE_CHECKING:
    from smdesk.documents.layout import Block, Page, Style
    from smdesk.documents.paper_look import Look
    from smdesk.documents.tagging import Element, TaggedCanvas


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
class LetterWords:
    """The words the page itself adds, in the letter's language. ``day`` is the letter's date as that language writes
    it and ``approved_day`` that of its approval, "" for the English way; ``approved`` holds $name, $day and $key,
    ``page`` $number and $total.
    """

    date: str = "Date"
    reference: str = "Our reference"
    enclosed: str = "Enclosed"
    copy_to: str = "Copy to"
    approved: str = "Approved by $name on $day. Signing key $key."
    page: str = "Page $number of $total"
    day: str = ""
    approved_day: str = ""


@dataclass(frozen=True, slots=True)
class LetterText:
    """What a letter says, in one language."""

    salutation: str
    heading: str
    body: tuple[BodyBlock, ...]
    closing: str = "Yours sincerely"
    footer: str = ""


@dataclass(frozen=True, slots=True)
class LetterData:
    """Everything on one letter. ``reference`` is None for a draft, which is then marked as one on each page.

    ``address`` excludes the addressee's name. ``marking`` is printed above the address, for example
    “Private and confidential”. ``footer`` says how the school keeps the record (privacy). ``look`` and ``envelope``
    are codes of ``paper_look``. ``language`` is the letter's own (a code such as "cy"), written from right to left
    where ``rtl`` says so; ``english`` is then the copy in English that follows on pages of its own.
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
    look: str = paper_look.STANDARD
    envelope: str = "dl"
    language: str = page.LANGUAGE
    rtl: bool = False
    words: LetterWords = field(default_factory=LetterWords)
    english: LetterText | None = None


DRAFT_REFERENCE = "Draft, not issued"

# How long the last paragraph or list, in lines, may be to go over to the next page whole with the signature. Of a
# longer one only the end goes: the more that went, the emptier the page before.
_TAKEN_ALONG = 4.5
_CLOSER = 0.16


def render_bytes(data: LetterData) -> bytes:
    """The letter as a PDF/UA-1 and PDF/A-2a file. Equal data gives equal bytes.

    Raises ``Invalid`` for an unusable logo, and for letters of a script that no bundled typeface has: a reader would
    find boxes in their place.
    """
    _check_drawable(data)
    look = paper_look.look(data.look, data.letterhead.colour, rtl=data.rtl)
    window = paper_look.envelope(data.envelope)
    sheet = page.Sheet(
        left=look.left, right=look.right, bottom=17 if data.look == paper_look.STANDARD else 20
    )
    reference = data.reference or DRAFT_REFERENCE
    foot = f"{data.letterhead.school}  ·  {reference}"

    def each(canvas: TaggedCanvas, number: int, total: int) -> None:
        page.draw_footer(canvas, sheet, foot, number, total, style=look.foot, words=data.words.page)
        if data.reference is None:
            _draft_mark(canvas, sheet.size)

    parts = [page.Part(_on_fewest_pages(data, look, sheet, window), each)]
    if data.english is not None:
        parts.append(page.Part(_copy(data, data.english, sheet), each))
    return page.build_parts(
        parts,
        title=f"{data.heading} – {reference}",
        author=data.letterhead.school,
        made_on=data.date,
        sheet=sheet,
        first_top=window.text_top,
        on_first=lambda canvas: _first_page(canvas, data, look, window, sheet),
        ours=_ours(data),
        language=data.language,
    )


def render(data: LetterData, file: Path) -> None:
    """Write the letter to ``file``, whole or not at all. Raises ``StorageProblem`` or ``Invalid``."""
    page.save_pdf(render_bytes(data), file)


def _ours(data: LetterData) -> Ours | None:
    # Whoever has the file can ask whether the school issued it, and as what.
    return None if data.reference is None else Ours(reference=data.reference)


def _check_drawable(data: LetterData) -> None:
    from smdesk.documents.text import undrawable

    for where, words in _all_words(data):
        wanting = undrawable(words)
        if wanting:
            char = wanting[0]
            name = unicodedata.name(char, f"U+{ord(char):04X}").lower()
            raise Invalid.one(
                where,
                f"This letter cannot be printed: SM Desk has no typeface for “{char}” ({name}), which stands in it. "
                "Please write it in another script, or send the letter in English.",
            )


def _all_words(data: LetterData) -> Iterator[tuple[str, str]]:
    yield "addressee", "\n".join((data.addressee, *data.address))
    yield "salutation", data.salutation
    yield "subject", data.heading
    yield "body", "".join(_said(part) for part in data.body)
    yield "body", data.closing + data.footer + "".join((*data.enclosures, *data.copies))
    if data.english is not None:
        yield "english_body", data.english.salutation + data.english.heading
        yield "english_body", "".join(_said(part) for part in data.english.body)


def _said(part: BodyBlock) -> str:
    return "".join(part.items) if isinstance(part, Bullets) else part.text


def _on_fewest_pages(
    data: LetterData, look: Look, sheet: page.Sheet, window: paper_look.Envelope
) -> list[Block]:
    """The letter as its look has it; a little closer where that spares a page with hardly more than a signature."""
    from smdesk.documents.layout import flow

    first, later = page.frame(sheet, window.text_top), page.frame(sheet, sheet.top)
    blocks = _own(data, look, sheet)
    pages = flow(blocks, first, later)
    used = [_used(page) for page in pages]
    # Of what stands on the pages before, setting it closer can win so much: where more is wanting it is not tried.
    won = sum(used[:-1]) * _CLOSER
    if len(pages) > 1 and used[-1] <= pages[-2].frame.height - used[-2] + won:
        closer = _own(data, paper_look.closer(look), sheet)
        if len(flow(closer, first, later)) < len(pages):
            return closer
    return blocks


def _used(page: Page) -> float:
    """How much of a page's height is taken, in points."""
    block, top = page.placed[-1]
    return page.frame.top - top + block.height(page.frame.width)


def _own(data: LetterData, look: Look, sheet: page.Sheet) -> list[Block]:
    """The letter in the addressee's language, with its signature."""
    from smdesk.documents.layout import MM, Gap, Rule, Text, Together, taken_along

    base = int(data.rtl)
    blocks: list[Block] = [Text(data.salutation, look.body, base=base)]
    blocks.append(Text(data.heading, look.heading, "H1", base=base))
    blocks += _body(data.body, look, "H2", rtl=data.rtl)
    plain = replace(look.body, after=0)
    sign: list[Block] = [
        Text(data.closing, replace(plain, before=6), base=base),
        Gap(look.sign_gap),
        Text(data.sign_name, replace(plain, bold=True), base=base),
        Text(data.sign_role, replace(plain, after=4), base=base),
    ]
    if data.approval is not None:
        small = replace(look.small, size=look.small.size + 0.5, leading=look.small.leading + 0.8, after=3)
        sign.append(Text(_approval_line(data.approval, data.words), small, base=base))
    sign.extend(_notes(data.words.enclosed, data.enclosures, look.note, base))
    sign.extend(_notes(data.words.copy_to, data.copies, look.note, base))
    if data.footer:
        sign += [Rule(before=6, after=5), Text(data.footer, look.small, base=base)]
    # With the signature: a second page with nothing but a note on it looks like a mistake.
    column = sheet.size[0] - (sheet.left + sheet.right) * MM
    blocks.append(Together([*taken_along(blocks, column, look.body.leading * _TAKEN_ALONG), *sign]))
    return blocks


def _copy(data: LetterData, english: LetterText, sheet: page.Sheet) -> list[Block]:
    """The same in English, on pages of its own. Nobody signs it: the letter is what the school sends."""
    from smdesk.documents.layout import Rule, Text
    from smdesk.documents.tagging import Element

    look = paper_look.look(data.look, data.letterhead.colour)
    part = Element("Sect", language=page.LANGUAGE)
    which = "the draft" if data.reference is None else f"the letter {data.reference}"
    plain = replace(look.body, after=0)
    title = replace(look.heading, size=look.heading.size * 1.25, leading=look.heading.leading * 1.25)
    blocks: list[Block] = [
        Text("English copy", title, "H2", parent=part),
        Text(
            f"This is what {which} of {written_day(data.date)} says in English.",
            look.small,
            parent=part,
        ),
        Rule(before=4, after=8),
        Text(english.salutation, look.body, parent=part),
        Text(english.heading, look.heading, "H3", parent=part),
        *_body(english.body, look, "H4", parent=part),
        Text(english.closing, replace(plain, before=6, after=6, keep_with_next=True), parent=part),
        Text(data.sign_name, replace(plain, bold=True, keep_with_next=True), parent=part),
        Text(data.sign_role, replace(plain, after=6), parent=part),
    ]
    if english.footer:
        blocks += [Rule(before=6, after=5), Text(english.footer, look.small, parent=part)]
    return blocks


def _body(
    body: Sequence[BodyBlock], look: Look, role: str, *, rtl: bool = False, parent: Element | None = None
) -> list[Block]:
    from smdesk.documents.layout import ListBlock, Text

    # A paragraph quoted from a post runs as its own letters do; the rest runs as the letter's language does.
    blocks: list[Block] = []
    for part in body:
        if isinstance(part, Paragraph):
            blocks.append(Text(part.text, look.body, base=int(rtl), parent=parent))
        elif isinstance(part, Heading):
            blocks.append(Text(part.text, look.subheading, role, base=int(rtl), parent=parent))
        elif part.items:
            blocks.append(
                ListBlock(
                    part.items, look.body, numbered=part.numbered, indent=look.indent, rtl=rtl, parent=parent
                )
            )
    return blocks


def _approval_line(approval: Approval, words: LetterWords) -> str:
    day = words.approved_day or written_day(approval.on)
    line = Template(words.approved)
    return line.safe_substitute(name=approval.name, day=day, key=approval.fingerprint)


def _notes(label: str, entries: Sequence[str], style: Style, base: int) -> list[Block]:
    from smdesk.documents.layout import Text
    from smdesk.documents.text import Span

    if not entries:
        return []
    return [Text([Span(f"{label}: ", bold=True), Span("; ".join(entries))], style, base=base)]


def _first_page(
    canvas: TaggedCanvas, data: LetterData, look: Look, window: paper_look.Envelope, sheet: page.Sheet
) -> None:
    from smdesk.documents.layout import MM, RULE, hairline

    width, height = sheet.size
    left, right = sheet.left * MM, width - sheet.right * MM
    page.draw_letterhead(
        canvas,
        data.letterhead,
        left,
        right,
        height - page.LETTERHEAD_MM * MM,
        name=look.school,
        small=look.contact,
        most=(window.top - 1.5 - page.LETTERHEAD_MM) * MM,
    )
    _address(canvas, data, look, window, height)
    _date_and_reference(canvas, data, look, window, right, height)
    with canvas.artifact("Layout"):
        for fold in window.folds:
            y = height - fold * MM
            hairline(canvas, 4 * MM, y, 8 * MM, y, RULE)


def _address(
    canvas: TaggedCanvas, data: LetterData, look: Look, window: paper_look.Envelope, height: float
) -> None:
    """Addressee and address, in a size at which even a long overseas address stays inside the window."""
    from smdesk.documents.layout import MM, Style, Text

    wide = (window.right - window.left) * MM
    room = (window.bottom - window.top) * MM
    lines = [line for line in (data.addressee, *data.address) if line.strip()]
    marking = [data.marking] if data.marking else []
    size = look.address
    while True:
        # Closer together where there are many: a post office reads size before space.
        leading = size * (1.27 if size > 8.5 else 1.19)
        style = Style(size=size, leading=leading, after=0)
        mark = look.address * 0.82 if data.look == paper_look.STANDARD else size
        mark_style = Style(size=min(size, mark), leading=leading, bold=True, after=0)
        texts = [Text(line, mark_style) for line in marking] + [
            Text(line, style, base=None) for line in lines
        ]
        if size <= 6.5 or sum(text.height(wide) for text in texts) <= room:
            break
        size -= 0.5
    y = height - window.top * MM
    for text in texts:
        text.draw(canvas, window.left * MM, y, wide)
        y -= text.height(wide)


def _date_and_reference(
    canvas: TaggedCanvas,
    data: LetterData,
    look: Look,
    window: paper_look.Envelope,
    right: float,
    height: float,
) -> None:
    from smdesk.documents.layout import MM, Text

    x = 134 * MM
    y = height - window.top * MM
    day = data.words.day or written_day(data.date)
    entries = [(data.words.date, day), (data.words.reference, data.reference or DRAFT_REFERENCE)]
    for name, text in entries:
        for block in (Text(name, look.label, base=None), Text(text, look.value, base=None)):
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
