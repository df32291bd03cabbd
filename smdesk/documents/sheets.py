"""Lists as spreadsheets: CSV and XLSX. Nothing in a cell is ever a formula or a link, whatever was typed."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any, BinaryIO, Literal

from smdesk.documents.page import Progress, no_progress, written_whole
from smdesk.errors import Cancelled, Invalid

Value = str | int | float | date | datetime | None
XLSX_ROWS = 1_048_575
"""Rows below the heading that an XLSX sheet can hold."""

_CELL_CHARACTERS = 32_767
_STEP = 500
# A spreadsheet program may run a cell that starts like this. "\t" and "\r" hide such a start.
_FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")


def guarded(text: str) -> str:
    """The text as a CSV cell that no spreadsheet program takes for a formula: an apostrophe goes before it."""
    stripped = text.lstrip(" ")
    return "'" + text if stripped.startswith(_FORMULA_STARTS) or text.startswith(_FORMULA_STARTS) else text


_NAME = 31
"""Letters that Excel allows the name of a sheet."""


def write_csv(
    headings: Sequence[str],
    rows: Iterable[Sequence[Value]],
    file: Path,
    total: int = 0,
    progress: Progress = no_progress,
    cancelled: Callable[[], bool] = lambda: False,
) -> int:
    """Write a CSV file (UTF-8 with a mark, so that Excel reads names rightly); gives the number of rows.

    Date-times are written as local ISO text. Raises ``StorageProblem`` or ``Cancelled``; no part is left.
    """
    count = 0
    with written_whole(file) as stream:
        text = io.TextIOWrapper(stream, encoding="utf-8-sig", errors="replace", newline="")
        writer = csv.writer(text, quoting=csv.QUOTE_ALL)
        writer.writerow([guarded(heading) for heading in headings])
        for row in rows:
            _step(count, total, progress, cancelled)
            writer.writerow([_csv_cell(value) for value in row])
            count += 1
        text.flush()
        text.detach()
    progress(count, total or count)
    return count


def _csv_cell(value: Value) -> str:
    if value is None:
        return ""
    if isinstance(value, datetime):
        return value.strftime("%Y-%m-%d %H:%M")
    if isinstance(value, date):
        return value.isoformat()
    return guarded(value) if isinstance(value, str) else str(value)


def write_xlsx(
    title: str,
    headings: Sequence[str],
    rows: Iterable[Sequence[Value]],
    file: Path,
    total: int = 0,
    progress: Progress = no_progress,
    cancelled: Callable[[], bool] = lambda: False,
) -> int:
    """Write an XLSX file with a frozen heading row; gives the number of rows. Memory use does not grow.

    Raises ``StorageProblem``, ``Cancelled``, or ``Invalid`` where there are more rows than a sheet holds.
    """
    if total > XLSX_ROWS:
        raise Invalid.one("rows", f"An Excel sheet holds {XLSX_ROWS:,} rows. Narrow the list, or use CSV.")
    count = 0
    with written_whole(file) as stream, _workbook(stream, file.parent, title) as book:
        sheet = book.add_worksheet(_sheet_name(title))
        bold = book.add_format({"bold": True, "bg_color": "#E9EEF5", "text_wrap": True})
        whole_day = book.add_format({"num_format": "yyyy-mm-dd"})
        for column, heading in enumerate(headings):
            sheet.set_column(column, column, min(46, max(12, len(heading) + 4)))
            sheet.write_string(0, column, heading, bold)
        sheet.freeze_panes(1, 0)
        for row in rows:
            _step(count, total, progress, cancelled)
            count += 1
            if count > XLSX_ROWS:
                raise Invalid.one("rows", f"An Excel sheet holds {XLSX_ROWS:,} rows. Narrow the list.")
            for column, value in enumerate(row):
                _write(sheet, count, column, value, None, whole_day)
        if headings:
            sheet.autofilter(0, 0, max(count, 1), len(headings) - 1)
    progress(count, total or count)
    return count


@dataclass(frozen=True, slots=True)
class SheetRow:
    """One row of a sheet that is read rather than sorted: a heading, a table's first row, a line, a total, a note."""

    kind: Literal["heading", "columns", "line", "total", "note"]
    values: tuple[Value, ...] = ()


@dataclass(frozen=True, slots=True)
class SheetPage:
    """One sheet of a workbook."""

    title: str
    rows: Sequence[SheetRow]


def write_book(title: str, pages: Sequence[SheetPage], file: Path, progress: Progress = no_progress) -> None:
    """Write a workbook of several sheets with tables and words, as a report has them.

    Raises ``StorageProblem``, and whatever ``progress`` raises; no part is left then.
    """
    with written_whole(file) as stream, _workbook(stream, file.parent, title) as book:
        looks = {
            "heading": book.add_format({"bold": True, "font_size": 13}),
            "columns": book.add_format(
                {"bold": True, "bg_color": "#E9EEF5", "text_wrap": True, "valign": "top"}
            ),
            "line": book.add_format({"valign": "top"}),
            "total": book.add_format({"bold": True, "top": 1}),
            "note": book.add_format({"text_wrap": True, "valign": "top"}),
        }
        day = book.add_format({"num_format": "yyyy-mm-dd", "align": "left"})
        taken: set[str] = set()
        for done, each in enumerate(pages):
            progress(done, len(pages))
            sheet = book.add_worksheet(_free_name(each.title, taken))
            sheet.set_column(0, 0, 46)
            sheet.set_column(1, 9, 18)
            for place, row in enumerate(each.rows):
                if row.kind == "note":
                    # Excel does not make a merged row taller by itself: a line holds about a hundred letters.
                    sheet.set_row(place, 15 * (1 + len(str(row.values[0])) // 105))
                    sheet.merge_range(place, 0, place, 3, "", looks["note"])
                for column, value in enumerate(row.values):
                    _write(sheet, place, column, value, looks[row.kind], day)
        progress(len(pages), len(pages))


def _free_name(title: str, taken: set[str]) -> str:
    """A sheet's name that no other has: Excel looks at neither case nor anything past 31 letters."""
    name, number = _sheet_name(title), 1
    while name.casefold() in taken:
        number += 1
        name = f"{_sheet_name(title, _NAME - 4)} {number}"
    taken.add(name.casefold())
    return name


@contextmanager
def _workbook(stream: BinaryIO, folder: Path, title: str) -> Iterator[Any]:
    """A workbook in which nothing is a formula or a link. Its rows wait in temporary files in ``folder``, which belong
    beside the target and not on another disk; they are gone when the body raises.
    """
    import xlsxwriter

    book = xlsxwriter.Workbook(
        stream,
        {
            "constant_memory": True,
            "tmpdir": str(folder),
            "strings_to_formulas": False,
            "strings_to_urls": False,
            "strings_to_numbers": False,
            "remove_timezone": True,
            "default_date_format": "yyyy-mm-dd hh:mm",
        },
    )
    closed = False
    try:
        book.set_properties({"title": title, "comments": "Confidential"})
        yield book
        book.close()
        closed = True
    finally:
        if not closed:
            _abandon(book)


def _write(sheet: Any, row: int, column: int, value: Value, look: Any, whole_day: Any) -> None:
    if isinstance(value, str):
        sheet.write_string(row, column, _xml_safe(value)[:_CELL_CHARACTERS], look)
    elif isinstance(value, datetime):
        sheet.write_datetime(row, column, value, look)
    elif isinstance(value, date):
        sheet.write_datetime(row, column, value, whole_day)
    elif value is not None:
        sheet.write_number(row, column, value, look)


def _abandon(book: object) -> None:
    """Close the temporary files of a workbook that will not be finished."""
    for sheet in book.worksheets():  # type: ignore[attr-defined]  # XlsxWriter carries no types
        handle = getattr(sheet, "row_data_fh", None)
        if handle is not None and not handle.closed:
            handle.close()
        name = getattr(sheet, "row_data_filename", None)
        if name:
            Path(name).unlink(missing_ok=True)
    book.fileclosed = True  # type: ignore[attr-defined]  # else its destructor warns of a half-written file


def _step(done: int, total: int, progress: Progress, cancelled: Callable[[], bool]) -> None:
    if done % _STEP == 0:
        if cancelled():
            raise Cancelled("Stopped. No file was written.")
        progress(done, total)


def _xml_safe(text: str) -> str:
    """What XML can hold: line ends as one kind, other controls and half characters marked as unreadable."""
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    return "".join(
        "\ufffd" if (char < " " and char not in "\t\n") or "\ud800" <= char <= "\udfff" else char
        for char in text
    )


def _sheet_name(title: str, most: int = _NAME) -> str:
    # An apostrophe may stand inside a name and not at its ends; one that curves may stand anywhere.
    kept = "".join(" " if char in "[]:*?/\\" else char for char in title.replace("'", "\u2019"))
    name = " ".join(kept.split())
    if len(name) > most:
        # Cut between words; a name of one endless word is cut inside it.
        name = name[: most + 1].rsplit(" ", 1)[0][:most]
    return name or "List"
