"""The governors' report as a spreadsheet: the same protected cells, a sheet for each chapter (DOC-2)."""

from __future__ import annotations

from pathlib import Path

from smdesk.documents import governor_chapters
from smdesk.documents.governor_chapters import (
    TITLE,
    Bars,
    Chapter,
    Grid,
    Points,
    Topic,
    Value,
    Words,
    text_of,
)
from smdesk.documents.governor_figures import GovernorFigures
from smdesk.documents.page import Progress, no_progress
from smdesk.documents.sheets import SheetPage, SheetRow, write_book
from smdesk.policy.words import grouped


def render(data: GovernorFigures, file: Path, progress: Progress = no_progress) -> None:
    """Write the workbook to ``file``, whole or not at all. Raises ``StorageProblem`` or ``Cancelled``."""
    pages = [_about(data), *(_sheet(data, chapter) for chapter in governor_chapters.chapters(data))]
    write_book(f"{TITLE}, {data.period_title}", pages, file, progress)


def _about(data: GovernorFigures) -> SheetPage:
    facts: list[tuple[str, str]] = [
        ("School", data.letterhead.school),
        ("Period", data.period_title),
        ("Compared with", data.previous_title or "no earlier period"),
        ("Audit entry", f"{data.head_number:,}"),
        ("Code of that entry", grouped(data.head_hash)),
    ]
    return SheetPage(
        "About",
        (
            SheetRow("heading", (TITLE,)),
            *(SheetRow("line", fact) for fact in facts),
            SheetRow("line", ("Prepared on", data.generated_on)),
            *([SheetRow("line", ("Not over: ends on", data.ends_on))] if data.ends_on is not None else []),
            SheetRow("line"),
            SheetRow(
                "note",
                ("Figures only: names nobody, and small numbers are hidden as in the printed report.",),
            ),
        ),
    )


def _sheet(data: GovernorFigures, chapter: Chapter) -> SheetPage:
    rows = [SheetRow("heading", (chapter.title,))]
    for part in chapter.parts:
        if isinstance(part, Topic):
            rows.append(SheetRow("heading", (part.title,)))
            for inner in part.parts:
                rows += _rows(data, inner)
        else:
            rows += _rows(data, part)
    return SheetPage(chapter.title, rows)


def _rows(data: GovernorFigures, part: Words | Points | Grid | Bars) -> list[SheetRow]:
    match part:
        case Words(text):
            return [SheetRow("note", (text,)), SheetRow("line")]
        case Points(items):
            return [*(SheetRow("note", (item,)) for item in items), SheetRow("line")]
        case Bars():
            return []  # the table after it has the same figures
        case Grid(columns, lines, strong_last, words):
            last = len(lines) - 1
            return [
                SheetRow("columns", columns),
                *(
                    SheetRow(
                        "total" if strong_last and place == last else "line",
                        (
                            text_of(line[0], data.threshold),
                            *(_value(data, value, words) for value in line[1:]),
                        ),
                    )
                    for place, line in enumerate(lines)
                ),
                SheetRow("line"),
            ]


def _value(data: GovernorFigures, value: Value, words: bool) -> str | int | float:
    """A figure as a number, so that it can be reckoned with; a hidden one in words."""
    if isinstance(value, int | float):
        return value
    text = text_of(value, data.threshold)
    plain = text.replace(",", "")
    is_number = plain.isdecimal() and str(int(plain)) == plain
    return int(plain) if is_number and not words else text
