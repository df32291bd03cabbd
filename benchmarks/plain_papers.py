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
    PageTemplate,
    Paragraph,
    Spacer,
    Table,
)

from smdesk.documents import governor_report
from smdesk.documents import letter as tagged_letter
from smdesk.documents.governor_report import CountRow, CountTable, FactTable, GovernorFigures
from smdesk.documents.letter import LetterData
from smdesk.documents.page import Letterhead
from smdesk.paths import resource
from smdesk.policy.words import written_day

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
    canvas.drawString(x, top - 46, head.contact)
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
    """The governors' report: the same headings, sentences, tables and chart."""
    _fonts()
    body, heading = (
        _style(10.5, 14.6, spaceAfter=7),
        _style(12.5, 16, bold=True, textColor=NAVY, spaceBefore=10),
    )
    small = _style(8.5, 11.6, textColor=GREY, spaceAfter=4)
    story: list[Flowable] = [
        Paragraph(
            "Social media report to governors", _style(19, 24, bold=True, textColor=NAVY, spaceAfter=5)
        ),
        Paragraph(escape(governor_report._subtitle(data)), _style(12, 16.5, spaceAfter=8)),
        Paragraph(escape(governor_report._opening(data)), body),
        Paragraph("Incidents at a glance", heading),
        _table(data, CountTable("Incidents", (data.incidents, data.still_open, data.overdue))),
        Paragraph("Month by month", heading),
        _chart(data),
        _grid([["Month", "Incidents recorded"], *_months(data)], 0.5),
    ]
    for table in data.tables:
        part: list[Flowable] = [Paragraph(escape(table.title), heading)]
        if table.note:
            part.append(Paragraph(escape(table.note), small))
        story.append(KeepTogether([*part, _table(data, table)]))
    for title, grid in (
        ("How quickly posts came down", governor_report._removal_table(data)),
        ("Replies on the school's own accounts", governor_report._reply_table(data)),
    ):
        lines = [[column.title for column in grid.columns], *(list(row) for row in grid.rows)]
        story.append(KeepTogether([Paragraph(title, heading), _grid(lines, 0.5)]))
    for section in data.sections:
        opening = [Paragraph(escape(section.title), heading), Paragraph(escape(section.opening), body)]
        for beside in section.tables or (None,):
            story.append(KeepTogether([*opening, *_beside(data, beside, small)]))
            opening = []
    story.append(Paragraph("How to read this report", heading))
    story.extend(Paragraph(escape(text), body) for text in governor_report._reading(data))
    story.append(
        KeepTogether(
            [
                Paragraph("Proof of the records behind this report", heading),
                Paragraph(
                    "This code stands for every entry of the record up to the day of this report.", body
                ),
                Paragraph(f"Entry {data.head_number:,}", _style(10.5, 14.6, bold=True)),
                Paragraph(governor_report._grouped(data.head_hash), _style(9.5, 13.5)),
            ]
        )
    )
    school = data.letterhead.school
    foot = f"{school}  ·  Social media report, {data.period_title}"
    return _build(
        story,
        data.period_title,
        school,
        46 * mm,
        20 * mm,
        lambda canvas: _letterhead(canvas, data.letterhead),
        foot,
    )


def _months(data: GovernorFigures) -> list[list[str]]:
    return [[month.label, governor_report.cell_text(month.count, data.threshold)] for month in data.months]


def _table(data: GovernorFigures, table: CountTable) -> Table:
    def line(row: CountRow) -> list[str]:
        return list(governor_report._count_line(data, row))

    rows = [governor_report._columns(data, table.title, "Change"), *(line(row) for row in table.rows)]
    if table.total is not None:
        rows.append(line(table.total))
    return _grid(rows, 0.40 if len(rows[0]) == 4 else 0.5)


def _beside(
    data: GovernorFigures, table: CountTable | FactTable | None, small: ParagraphStyle
) -> list[Flowable]:
    """One table of a section beside the incidents, under its note."""
    if table is None:
        return []
    note: list[Flowable] = [Paragraph(escape(table.note), small)] if table.note else []
    if isinstance(table, CountTable):
        return [*note, _table(data, table)]
    lines = [list(table.columns), *(list(row) for row in table.rows)]
    return [*note, _grid(lines, 0.40 if len(table.columns) == 4 else 0.5)]


def _grid(rows: list[list[str]], first: float) -> Table:
    """A plain table. Its first column wraps, as long labels must; figures are strings, the cheapest cell."""
    cell = _style(9.2, 12.4)
    room = A4[0] - LEFT - RIGHT
    widths = [room * first, *[room * (1 - first) / (len(rows[0]) - 1)] * (len(rows[0]) - 1)]
    return Table(
        [rows[0], *([Paragraph(escape(row[0]), cell), *row[1:]] for row in rows[1:])],
        widths,
        repeatRows=1,
        style=[
            ("FONT", (0, 0), (-1, 0), "Body-Bold", 8.8),
            ("FONT", (0, 1), (-1, -1), "Body", 9.2),
            ("TEXTCOLOR", (0, 0), (-1, 0), NAVY),
            ("BACKGROUND", (0, 0), (-1, 0), PALE),
            ("ALIGN", (1, 0), (-1, -1), "RIGHT"),
            ("LINEBELOW", (0, 0), (-1, -1), 0.4, RULE),
            ("VALIGN", (0, 0), (-1, -1), "TOP"),
        ],
    )


def _chart(data: GovernorFigures) -> Drawing:
    """The bars as plain shapes: ReportLab's own chart class would take several times as long."""
    room, tall = A4[0] - LEFT - RIGHT, 120
    drawing = Drawing(room, 165)
    counts = [month.count if isinstance(month.count, int) else 0 for month in data.months]
    top, slot = max([*counts, 1]), (room - 30) / max(len(counts), 1)
    for step in range(5):
        y = 30 + tall * step / 4
        drawing.add(Line(30, y, room, y, strokeColor=RULE, strokeWidth=0.4))
        drawing.add(String(0, y, str(top * step // 4), fontName="Body", fontSize=8, fillColor=GREY))
    for place, (month, count) in enumerate(zip(data.months, counts, strict=True)):
        x, high = 30 + slot * place, tall * count / top
        drawing.add(Rect(x, 30, slot * 0.62, high, fillColor=NAVY, strokeColor=None))
        drawing.add(String(x, 33 + high, f"{count:,}", fontName="Body-Bold", fontSize=8.2))
        for line, part in enumerate(month.label.split(" ", 1)):
            drawing.add(String(x, 20 - 10 * line, part, fontName="Body", fontSize=8))
    return drawing
