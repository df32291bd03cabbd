"""The floors of the papers: the same words and pages, untagged, in ReportLab as its manual teaches it.

Same typeface (embedded as a subset, as ReportLab does by itself), same sizes, letterhead, window address, fold
marks and footer. No shaping, no fallback for other scripts, no structure: what those cost is what is measured.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cache
from io import BytesIO
from typing import Any
from xml.sax.saxutils import escape

from reportlab.graphics.shapes import Drawing, Line, Rect, String
from reportlab.lib.colors import Color
from reportlab.lib.enums import TA_LEFT
from reportlab.lib.pagesizes import A4
from reportlab.lib.styles import ParagraphStyle
from reportlab.lib.units import mm
from reportlab.lib.utils import ImageReader
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.ttfonts import TTFont
from reportlab.platypus import (
    BaseDocTemplate,
    Flowable,
    Frame,
    HRFlowable,
    KeepTogether,
    ListFlowable,
    ListItem,
    NextPageTemplate,
    PageBreak,
    PageTemplate,
    Paragraph,
    Spacer,
    Table,
)

from smdesk.documents import governor_chapters
from smdesk.documents import letter as tagged_letter
from smdesk.documents.governor_chapters import Bars, Grid, Points, Topic, Words
from smdesk.documents.governor_figures import GovernorFigures
from smdesk.documents.letter import LetterData
from smdesk.documents.page import Letterhead
from smdesk.paths import resource
from smdesk.policy.suppression import Cell
from smdesk.policy.words import grouped, written_day

LEFT, RIGHT, TOP = 24 * mm, 22 * mm, 20 * mm
NAVY, GREY, RULE = Color(0.09, 0.17, 0.33), Color(0.33, 0.35, 0.38), Color(0.72, 0.76, 0.82)
PALE = Color(0.93, 0.95, 0.97)


@cache
def _fonts() -> None:
    """Open the typeface once, as any program would."""
    for name, file in (("Body", "NotoSans-Regular.ttf"), ("Body-Bold", "NotoSans-Bold.ttf")):
        pdfmetrics.registerFont(TTFont(name, str(resource("fonts", file))))


def _style(size: float, leading: float, **more: Any) -> ParagraphStyle:
    bold = more.pop("bold", False)
    return ParagraphStyle(
        f"s{size}{leading}{bold}",
        fontName="Body-Bold" if bold else "Body",
        fontSize=size,
        leading=leading,
        alignment=TA_LEFT,
        **more,
    )


def _build(
    story: Sequence[Flowable],
    title: str,
    author: str,
    first_top: float,
    bottom: float,
    on_first: Callable[[Any], None],
    foot: str,
) -> bytes:
    out = BytesIO()
    document = BaseDocTemplate(out, pagesize=A4, title=title, author=author, lang="en-GB")
    width, height = A4

    def footer(canvas: Any, _document: Any) -> None:
        canvas.setStrokeColor(RULE)
        canvas.setLineWidth(0.5)
        canvas.line(LEFT, 10 * mm + 11, width - RIGHT, 10 * mm + 11)
        canvas.setFillColor(GREY)
        canvas.setFont("Body", 7.8)
        canvas.drawString(LEFT, 10 * mm, foot)
        canvas.drawRightString(width - RIGHT, 10 * mm, f"Page {canvas.getPageNumber()}")

    def first(canvas: Any, document: Any) -> None:
        on_first(canvas)
        footer(canvas, document)

    def frame(top: float) -> Frame:
        return Frame(LEFT, bottom, width - LEFT - RIGHT, height - top - bottom, 0, 0, 0, 0)

    document.addPageTemplates(
        [
            PageTemplate("first", [frame(first_top)], onPage=first),
            PageTemplate("later", [frame(TOP)], onPage=footer),
        ]
    )
    document.build([NextPageTemplate("later"), *story])
    return out.getvalue()


def _letterhead(canvas: Any, head: Letterhead) -> None:
    width, height = A4
    top = height - 13 * mm
    x = LEFT
    if head.logo is not None:
        picture = ImageReader(BytesIO(head.logo))
        wide, tall = picture.getSize()
        tall, wide = 19 * mm, 19 * mm * wide / tall
        if wide > 46 * mm:
            wide, tall = 46 * mm, 46 * mm * tall / wide
        canvas.drawImage(picture, x, top - tall, wide, tall, mask="auto")
        x += wide + 6 * mm
    canvas.setFillColor(NAVY)
    canvas.setFont("Body-Bold", 17)
    canvas.drawString(x, top - 20, head.school)
    canvas.setFillColor(GREY)
    canvas.setFont("Body", 8.6)
    canvas.drawString(x, top - 34, ", ".join(head.address))
    canvas.drawString(x, top - 46, "  ·  ".join(head.contact))
    canvas.setStrokeColor(NAVY)
    canvas.setLineWidth(1.1)
    canvas.line(LEFT, top - 22.2 * mm, width - RIGHT, top - 22.2 * mm)


def letter(data: LetterData) -> bytes:
    """The letter's page."""
    _fonts()
    body = _style(10.5, 14.6, spaceAfter=7)
    story: list[Flowable] = [
        Paragraph(escape(data.salutation), body),
        Paragraph(
            escape(data.heading), _style(12.5, 16, bold=True, textColor=NAVY, spaceBefore=2, spaceAfter=6)
        ),
    ]
    for part in data.body:
        if isinstance(part, tagged_letter.Paragraph):
            story.append(Paragraph(escape(part.text), body))
        elif isinstance(part, tagged_letter.Heading):
            story.append(Paragraph(escape(part.text), _style(10.5, 14, bold=True, textColor=NAVY)))
        elif part.items:
            items = [ListItem(Paragraph(escape(item), body)) for item in part.items]
            kind = "1" if part.numbered else "bullet"
            story.append(ListFlowable(items, bulletType=kind, bulletFontName="Body", bulletFontSize=10.5))
    sign: list[Flowable] = [
        Paragraph(escape(data.closing), _style(10.5, 14.6, spaceBefore=6)),
        Spacer(1, 40),
        Paragraph(escape(data.sign_name), _style(10.5, 14.6, bold=True)),
        Paragraph(escape(data.sign_role), _style(10.5, 14.6, spaceAfter=4)),
    ]
    if data.approval is not None:
        when, key = written_day(data.approval.on), data.approval.fingerprint
        said = f"Approved by {data.approval.name} on {when}. Signing key {key}."
        sign.append(Paragraph(escape(said), _style(8.5, 11.6, textColor=GREY)))
    story.append(KeepTogether(sign))
    if data.footer:
        note = Paragraph(escape(data.footer), _style(8, 10.8, textColor=GREY))
        story.append(KeepTogether([HRFlowable("100%", 0.5, color=RULE, spaceBefore=6, spaceAfter=5), note]))

    def first(canvas: Any) -> None:
        height = A4[1]
        _letterhead(canvas, data.letterhead)
        canvas.setFillColorRGB(0, 0, 0)
        y = height - 47 * mm - 10
        if data.marking:
            canvas.setFont("Body-Bold", 8.6)
            canvas.drawString(LEFT, y, data.marking)
            y -= 13.3
        canvas.setFont("Body", 10.5)
        for line in (data.addressee, *data.address):
            canvas.drawString(LEFT, y, line)
            y -= 13.3
        y = height - 47 * mm - 9
        for name, text in (("Date", written_day(data.date)), ("Our reference", data.reference or "Draft")):
            canvas.setFillColor(GREY)
            canvas.setFont("Body", 8)
            canvas.drawString(134 * mm, y, name)
            canvas.setFillColorRGB(0, 0, 0)
            canvas.setFont("Body", 10.5)
            canvas.drawString(134 * mm, y - 12.5, text)
            y -= 30
        canvas.setStrokeColor(RULE)
        canvas.setLineWidth(0.5)
        for fold in (99, 198):
            canvas.line(4 * mm, height - fold * mm, 8 * mm, height - fold * mm)

    school = data.letterhead.school
    foot = f"{school}  ·  {data.reference or 'Draft'}"
    return _build(story, data.heading, school, 96.5 * mm, 21 * mm, first, foot)


def report(data: GovernorFigures) -> bytes:
    """The governors' report: the same cover, headings, sentences, tables and charts. Its contents are set once, without
    the page numbers that would need a second pass.
    """
    _fonts()
    body = _style(10.5, 14.6, spaceAfter=7)
    contents: list[Flowable] = []
    story: list[Flowable] = []
    for chapter in governor_chapters.chapters(data):
        contents.append(Paragraph(escape(chapter.title), _style(10.5, 14.6, spaceBefore=3)))
        waiting: list[Flowable] = [_heading(chapter.title, 14.5)]
        for part in chapter.parts:
            if isinstance(part, Topic):
                contents.append(Paragraph(escape(part.title), _style(9.6, 13.4, leftIndent=14)))
                waiting.append(_heading(part.title, 10.5))
            for inner in part.parts if isinstance(part, Topic) else (part,):
                waiting.append(_flowable(data, inner))
                if not isinstance(inner, Words):
                    story.append(KeepTogether(waiting))
                    waiting = []
        story += waiting
    cover: list[Flowable] = [
        Paragraph(governor_chapters.TITLE, _style(30, 36, bold=True, textColor=NAVY, spaceAfter=10)),
        Paragraph(escape(data.period_title), _style(17, 22, textColor=NAVY, spaceAfter=4)),
        Paragraph(f"Prepared on {written_day(data.generated_on)}.", body),
        Spacer(1, 220),
        Paragraph("This code stands for every entry of the record up to the day of this report.", body),
        Paragraph(f"Entry {data.head_number:,}", _style(10.5, 14.6, bold=True)),
        Paragraph(grouped(data.head_hash), _style(9.5, 13.5)),
        PageBreak(),
        _heading("Contents", 16),
        *contents,
        PageBreak(),
    ]
    school = data.letterhead.school
    foot = f"{school}  ·  Social media report, {data.period_title}"
    return _build(
        [*cover, *story],
        data.period_title,
        school,
        88 * mm,
        20 * mm,
        lambda canvas: _letterhead(canvas, data.letterhead),
        foot,
    )


def _heading(title: str, size: float) -> Paragraph:
    style = _style(size, size * 1.25, bold=True, textColor=NAVY, spaceBefore=10, spaceAfter=4, keepWithNext=1)
    return Paragraph(escape(title), style)


def _flowable(data: GovernorFigures, part: Words | Points | Grid | Bars) -> Flowable:
    body = _style(10.5, 14.6, spaceAfter=7)
    match part:
        case Words(text, note):
            return Paragraph(escape(text), _style(8.5, 11.6, textColor=GREY, spaceAfter=4) if note else body)
        case Points(items):
            return ListFlowable(
                [ListItem(Paragraph(escape(item), body)) for item in items], bulletType="bullet"
            )
        case Bars(_, bars):
            return _chart(bars)
        case Grid(columns, rows):
            lines = [[governor_chapters.text_of(value, data.threshold) for value in row] for row in rows]
            first = {2: 0.5, 3: 0.5, 4: 0.4}.get(len(columns), 0.225)
            return _grid([list(columns), *lines], 0.3 if part.words else first, wrapped=part.words)


def _grid(rows: list[list[str]], first: float, *, wrapped: bool) -> Table:
    """A plain table. Its first column wraps, as long labels must; figures are strings, the cheapest cell."""
    cell, head = _style(9.2, 12.4), _style(8.8, 11.8, bold=True, textColor=NAVY)
    room = A4[0] - LEFT - RIGHT
    widths = [room * first, *[room * (1 - first) / (len(rows[0]) - 1)] * (len(rows[0]) - 1)]

    def words(text: str) -> Paragraph:
        return Paragraph(escape(text), cell)

    return Table(
        [
            [Paragraph(escape(title), head) for title in rows[0]],
            *([words(row[0]), *(map(words, row[1:]) if wrapped else row[1:])] for row in rows[1:]),
        ],
        widths,
        repeatRows=1,
        style=[
            ("FONT", (0, 1), (-1, -1), "Body", 9.2),
            ("BACKGROUND", (0, 0), (-1, 0), PALE),
            ("ALIGN", (1, 0), (-1, -1), "RIGHT"),
            ("LINEBELOW", (0, 0), (-1, -1), 0.4, RULE),
            ("VALIGN", (0, 0), (-1, -1), "TOP"),
        ],
    )


def _chart(bars: Sequence[tuple[str, Cell]]) -> Drawing:
    """The bars as plain shapes: ReportLab's own chart class would take several times as long."""
    room, tall = A4[0] - LEFT - RIGHT, 120
    drawing = Drawing(room, 165)
    counts = [count if isinstance(count, int) else 0 for _, count in bars]
    top, slot = max([*counts, 1]), (room - 30) / max(len(counts), 1)
    for step in range(5):
        y = 30 + tall * step / 4
        drawing.add(Line(30, y, room, y, strokeColor=RULE, strokeWidth=0.4))
        drawing.add(String(0, y, str(top * step // 4), fontName="Body", fontSize=8, fillColor=GREY))
    for place, ((label, _), count) in enumerate(zip(bars, counts, strict=True)):
        x, high = 30 + slot * place, tall * count / top
        drawing.add(Rect(x, 30, slot * 0.62, high, fillColor=NAVY, strokeColor=None))
        drawing.add(String(x, 33 + high, f"{count:,}", fontName="Body-Bold", fontSize=8.2))
        for line, part in enumerate(label.split(" ", 1)):
            drawing.add(String(x, 20 - 10 * line, part, fontName="Body", fontSize=8))
    return drawing
