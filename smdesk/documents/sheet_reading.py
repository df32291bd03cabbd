"""Tables out of CSV and XLSX files that somebody else made: read, never run.

What a file is follows from its content, not from its name. A formula gives the value that was stored with it; one
without a stored value gives nothing and is said. Dates written as text are read day first, and only whole ones.
"""

from __future__ import annotations

import csv
import hashlib
import io
import re
import warnings
import zipfile
import zlib
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from smdesk.documents.cells import Value, as_text, csv_values, read_day_or_none, xlsx_value
from smdesk.documents.page import Progress, no_progress
from smdesk.documents.sheets import XLSX_ROWS
from smdesk.documents.xlsx_survey import survey_of
from smdesk.errors import Cancelled, Invalid, StorageProblem

LARGEST_FILE: Final = 40_000_000
LARGEST_UNPACKED: Final = 120_000_000
"""Bytes an XLSX file may take when unpacked: a small file can be made to swell without end."""
_LARGEST_BESIDE: Final = 8_000_000
"""The same for one part that is neither a sheet nor its texts: styles and the like are taken in whole."""
_MOST_TEXTS: Final = 1_000_000
MOST_ROWS: Final = 50_100
"""50,000 lines, and what may stand above them."""
MOST_COLUMNS: Final = 1_000

_HEADING_WITHIN: Final = 25
"""Filled rows from the top among which the headings are looked for, below a title or a note."""
_STEP: Final = 200
_DELIMITERS: Final = (",", ";", "\t", "|")
Known = Callable[[str], bool]


@dataclass(frozen=True, slots=True)
class Line:
    """One filled row. ``number`` is the row as a spreadsheet program shows it (in CSV the line of the file).

    There are as many cells as the sheet has columns.
    """

    number: int
    cells: tuple[Value, ...]


@dataclass(frozen=True, slots=True)
class Sheet:
    """One table. ``headings`` are unlike each other and never empty: "Name (2)", "Column 4".

    ``others`` are further sheets of the workbook that are not hidden; ``remarks`` are sentences about the reading
    that somebody should know; ``sha256`` is of the file.
    """

    file_name: str
    sheet: str
    others: tuple[str, ...]
    headings: tuple[str, ...]
    heading_line: int
    lines: tuple[Line, ...]
    remarks: tuple[str, ...]
    sha256: str


@dataclass(frozen=True, slots=True)
class _Raw:
    sheet: str
    others: tuple[str, ...]
    rows: list[Line]
    remarks: list[str]


def read_sheet(
    file: Path,
    sheet: str = "",
    *,
    known: Known = lambda heading: False,
    progress: Progress = no_progress,
    cancelled: Callable[[], bool] = lambda: False,
) -> Sheet:
    """The table in a CSV or XLSX file; ``sheet`` names one of a workbook's sheets ("": the first with headings that are
    ``known``, else the first with content).

    ``known`` tells whether a text is a heading the reader looks for: the row with most of them is taken for the
    headings, or without any the first that looks like headings. Rows with nothing in them are left out.
    ``progress`` hears rows read; how many there are is not known before (0).
    Raises StorageProblem where the file cannot be opened, Invalid where it cannot be read as a table, Cancelled.
    """
    size, sha256, start = _look_at(file)
    if size > LARGEST_FILE:
        raise _unreadable(file, f"is larger than {LARGEST_FILE // 1_000_000} MB. Split it into several files")

    def tick(rows: int) -> None:
        if cancelled():
            raise Cancelled("Stopped. Nothing was read.")
        progress(rows, 0)

    try:
        zipped = start.startswith(b"PK\x03\x04")
        raw = _read_xlsx(file, sheet, known, tick) if zipped else _read_csv(file, start, tick)
    except OSError as error:
        raise _unopened(file, error) from error
    if not raw.rows:
        raise _unreadable(
            file, "holds nothing to read" + (f" in the sheet “{raw.sheet}”" if raw.sheet else "")
        )
    return _as_sheet(file, sha256, raw, known)


def _look_at(file: Path) -> tuple[int, str, bytes]:
    """Size, hash and beginning; refuses what is plainly something else."""
    digest = hashlib.sha256()
    start = b""
    size = 0
    try:
        with file.open("rb") as stream:
            while piece := stream.read(1 << 20):
                start = start or piece[:8192]
                size += len(piece)
                digest.update(piece)
                if size > LARGEST_FILE:
                    break
    except OSError as error:
        raise _unopened(file, error) from error
    if not size:
        raise _unreadable(file, "is empty")
    if start.startswith(b"\xd0\xcf\x11\xe0"):
        raise _unreadable(
            file,
            "is an old Excel file (.xls) or has a password. Open it in Excel and save it as .xlsx without a password",
        )
    if start.startswith(b"%PDF"):
        raise _unreadable(file, "is a PDF. Ask for the table as .xlsx or .csv")
    if re.match(rb"\s*<(!doctype|html|table|\?xml)", start, re.IGNORECASE):
        raise _unreadable(file, "is a web page, whatever it is called. Open it in Excel and save it as .xlsx")
    return size, digest.hexdigest(), start


def _unopened(file: Path, error: OSError) -> StorageProblem:
    why = {
        FileNotFoundError: "is not there any more",
        PermissionError: "cannot be opened: it is open in another program or closed to you",
        IsADirectoryError: "is a folder",
    }.get(type(error), f"cannot be read ({error.strerror or error})")
    return StorageProblem(f"“{file.name}” {why}.")


def _unreadable(file: Path, why: str) -> Invalid:
    return Invalid.one("file", f"“{file.name}” {why}.")


# CSV


def _read_csv(file: Path, start: bytes, tick: Callable[[int], None]) -> _Raw:
    encoding = _encoding(file, start)
    remarks: list[str] = []
    with file.open(encoding=encoding, errors="replace", newline="") as stream:
        sample = stream.read(65_536)
    if "\0" in sample:
        raise _unreadable(file, "is no table of text. Ask for it as .xlsx or .csv")
    first, _, _ = sample.partition("\n")
    told = re.fullmatch(r"\ufeff?sep=(.)\r?", first, re.IGNORECASE)
    delimiter = told[1] if told else _delimiter(sample)
    try:
        rows = _csv_rows(file, encoding, delimiter, tick, marked=bool(told), strict=True)
    except csv.Error:  # rare: only then is the file read again to say where
        remarks.append(
            f"Quotation marks on line {_sloppy_line(file, encoding, delimiter)} do not follow the rules of CSV. "
            "Look at that line: columns may have run together."
        )
        rows = _csv_rows(file, encoding, delimiter, tick, marked=bool(told), strict=False)
    if encoding == "cp1252":
        remarks.append(
            "The file does not say how it writes accents. Look at a name with an accent: if it is wrong, save the "
            "file as “CSV UTF-8” or as .xlsx."
        )
    return _Raw("", (), rows, remarks)


def _csv_rows(
    file: Path, encoding: str, delimiter: str, tick: Callable[[int], None], *, marked: bool, strict: bool
) -> list[Line]:
    """The rows, without the first where that only says how the file is ``marked``. Raises csv.Error if ``strict``."""
    rows: list[Line] = []
    widest = 0
    with file.open(encoding=encoding, errors="replace", newline="") as stream:
        reader = csv.reader(stream, delimiter=delimiter, strict=strict)
        before = 0
        try:
            for cells in reader:
                number, before = before + 1, reader.line_num
                if marked and number == 1:
                    continue
                values = csv_values(cells)
                widest = max(widest, _width(values))
                if widest > MOST_COLUMNS:
                    raise _unreadable(
                        file, f"has more than {MOST_COLUMNS:,} columns. Leave out those not needed"
                    )
                _keep(file, rows, number, values, tick)
        except csv.Error as error:
            if strict:
                raise
            raise _unreadable(
                file, f"has a cell after line {before} that is longer than any table's. Save it as .xlsx"
            ) from error
    return _squared(rows, widest)


def _encoding(file: Path, start: bytes) -> str:
    if start.startswith(b"\xef\xbb\xbf"):
        return "utf-8-sig"
    if start.startswith((b"\xff\xfe", b"\xfe\xff")):
        return "utf-16"
    if b"\0" in start:
        # Text without a mark: in UTF-16 every second byte of English is nought.
        even, odd = start[0::2].count(0), start[1::2].count(0)
        if max(even, odd) > 0.4 * len(start) / 2 and min(even, odd) < 0.1 * len(start) / 2:
            return "utf-16-le" if odd > even else "utf-16-be"
        raise _unreadable(file, "is no table of text. Ask for it as .xlsx or .csv")
    try:
        with file.open(encoding="utf-8", newline="") as stream:
            while stream.read(1 << 20):
                pass
    except UnicodeDecodeError:
        return "cp1252"
    return "utf-8"


def _delimiter(sample: str) -> str:
    """The sign between the columns: the one that cuts the first lines into most columns, and into equally many."""
    whole = sample if len(sample) < 65_536 else sample[: sample.rfind("\n") + 1] or sample
    best, chosen = 0.0, ","
    for sign in _DELIMITERS:
        try:
            widths = [len(cells) for cells in csv.reader(io.StringIO(whole), delimiter=sign) if any(cells)]
        except csv.Error:
            continue
        if not widths:
            continue
        usual = max(set(widths), key=widths.count)
        if usual < 2:
            continue
        score = widths.count(usual) / len(widths) * min(usual, 20)
        if score > best:
            best, chosen = score, sign
    return chosen


def _sloppy_line(file: Path, encoding: str, delimiter: str) -> int:
    """The first line whose quotation marks break the rules. Raises Invalid for one never closed: it would swallow the
    rest.
    """
    with file.open(encoding=encoding, errors="replace", newline="") as stream:
        reader = csv.reader(stream, delimiter=delimiter, strict=True)
        begun = 0
        try:
            for _ in reader:
                begun = reader.line_num
        except csv.Error as error:
            if "end of data" in str(error) or "field larger" in str(error):
                raise _unreadable(
                    file,
                    f"has a quotation mark after line {begun} that is never closed. Close it, or save the "
                    "table as .xlsx",
                ) from error
            return begun + 1
    return 0


# XLSX


def _read_xlsx(file: Path, wanted: str, known: Known, tick: Callable[[int], None]) -> _Raw:
    _check_parts(file)
    try:
        # openpyxl warns of styles and extensions it leaves out; none of them bears on what is read.
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return _read_book(file, wanted, known, tick)
    except (Invalid, Cancelled, OSError):
        raise
    except (
        ArithmeticError, AttributeError, EOFError, LookupError, NotImplementedError, RuntimeError, SyntaxError,
        TypeError, ValueError, zipfile.BadZipFile, zlib.error,
    ) as error:  # fmt: skip
        # A damaged workbook trips the reader anywhere.
        raise _unreadable(
            file, "is damaged or no Excel workbook. Open it in Excel and save it again as .xlsx"
        ) from error


def _check_parts(file: Path) -> None:
    """Refuses what is another kind of file, what swells, and XML that declares things of its own."""
    try:
        with zipfile.ZipFile(file) as archive:
            parts = archive.infolist()
            names = {part.filename for part in parts}
            if "mimetype" in names and b"opendocument" in archive.read("mimetype")[:200]:
                raise _unreadable(file, "is an OpenDocument sheet. Save it as .xlsx")
            if "[Content_Types].xml" not in names or not any(name.startswith("xl/") for name in names):
                raise _unreadable(file, "is no Excel workbook. Save the table as .xlsx")
            if any(name.endswith(".bin") and name.startswith("xl/work") for name in names):
                raise _unreadable(file, "is a binary workbook (.xlsb). Save it as .xlsx")
            if sum(part.file_size for part in parts) > LARGEST_UNPACKED:
                raise _unreadable(file, "is too large when unpacked. Leave out what is not needed")
            for part in parts:
                if part.filename.endswith((".xml", ".rels")):
                    with archive.open(part) as stream:
                        # A workbook never declares entities; a file that does is made to do harm.
                        if not _begins_at_once(stream.read(65_536)):
                            raise _unreadable(file, "is no ordinary Excel workbook and is not read")
                _check_size(file, archive, part)
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError) as error:
        raise _unreadable(
            file, "is damaged or has a password. Open it in Excel and save it again as .xlsx"
        ) from error


def _begins_at_once(start: bytes) -> bool:
    """Whether the XML goes straight to its content: nothing declared before it, and in letters that can be read here.

    Spaces or comments before a declaration, or another way of writing letters, would hide it.
    """
    rest = start.removeprefix(b"\xef\xbb\xbf").lstrip()
    while rest.startswith((b"<?", b"<!--")):
        _, end, rest = rest.partition(b"?>" if rest.startswith(b"<?") else b"-->")
        if not end:
            return False
        rest = rest.lstrip()
    return re.match(rb"<[A-Za-z_]", rest) is not None


def _check_size(file: Path, archive: zipfile.ZipFile, part: zipfile.ZipInfo) -> None:
    """Refuses parts that are taken in whole and would fill the memory."""
    if part.filename.endswith("sharedStrings.xml"):
        texts = 0
        with archive.open(part) as stream:
            while piece := stream.read(1 << 20):
                texts += piece.count(b"<si")
        if texts > _MOST_TEXTS:
            raise _unreadable(file, f"holds more than {_MOST_TEXTS:,} texts. Split it into several files")
    elif (
        part.filename.endswith((".xml", ".rels"))
        and not part.filename.startswith("xl/worksheets/sheet")
        and part.file_size > _LARGEST_BESIDE
    ):
        raise _unreadable(file, "holds far more styles or settings than a table needs. Save it anew as .csv")


def _read_book(file: Path, wanted: str, known: Known, tick: Callable[[int], None]) -> _Raw:
    import openpyxl

    with file.open("rb") as stream:
        book = openpyxl.load_workbook(stream, read_only=True, data_only=True, keep_links=False)
        try:
            shown = [each for each in book.worksheets if each.sheet_state == "visible"] or list(
                book.worksheets
            )
            if not shown:
                raise _unreadable(file, "has no sheet with a table")
            chosen = [each for each in shown if each.title == wanted or not wanted]
            if not chosen:
                raise _unreadable(file, f"has no sheet called “{wanted}”")
            if len(chosen) > 1:
                chosen.sort(key=lambda each: not _has_known(each, known))
            raw = None
            for sheet in chosen:
                rows, remarks = _read_rows(file, sheet, tick)
                others = tuple(each.title for each in shown if each is not sheet)
                if raw is None or rows:
                    raw = _Raw(sheet.title, others, rows, remarks)
                if rows:
                    break
            return raw or _Raw(chosen[0].title, (), [], [])
        finally:
            book.close()


def _has_known(sheet: Any, known: Known) -> bool:
    sheet.reset_dimensions()
    top = sheet.iter_rows(max_row=_HEADING_WITHIN, values_only=True)
    return any(sum(isinstance(cell, str) and known(cell) for cell in row) >= 2 for row in top)


def _read_rows(file: Path, sheet: Any, tick: Callable[[int], None]) -> tuple[list[Line], list[str]]:
    survey = survey_of(sheet)
    # What a program wrote as the sheet's size may be wrong, and rows would be missing.
    sheet.reset_dimensions()
    rows: list[Line] = []
    widest = 0
    carried: dict[int, tuple[int, Value]] = {}
    for number, cells in enumerate(sheet.iter_rows(values_only=True), start=1):
        if number > XLSX_ROWS + 1:
            raise ValueError("A row lies beyond the end of any sheet.")
        values = [xlsx_value(cell) for cell in cells]
        for column, last in survey.merged.get(number, ()):
            carried[column] = (last, values[column] if column < len(values) else None)
        for column, (last, value) in carried.items():
            if number <= last and value is not None:
                values.extend([None] * (column + 1 - len(values)))
                values[column] = value
        widest = max(widest, _width(values))
        if widest > MOST_COLUMNS:
            raise _unreadable(file, f"has more than {MOST_COLUMNS:,} columns. Leave out those not needed")
        _keep(file, rows, number, tuple(values), tick)
    return _squared(rows, widest), survey.remarks()


# Rows of either kind


def _width(values: Sequence[Value]) -> int:
    for place in range(len(values), 0, -1):
        if values[place - 1] is not None:
            return place
    return 0


def _keep(
    file: Path, rows: list[Line], number: int, values: tuple[Value, ...], tick: Callable[[int], None]
) -> None:
    if number % _STEP == 0:
        tick(len(rows))
    width = _width(values)
    if not width:
        return
    if len(rows) >= MOST_ROWS:
        raise _unreadable(file, f"has more than {MOST_ROWS:,} filled rows. Split it into several files")
    rows.append(Line(number, values[:width]))


def _squared(rows: list[Line], widest: int) -> list[Line]:
    return [
        row if len(row.cells) == widest else Line(row.number, row.cells + (None,) * (widest - len(row.cells)))
        for row in rows
    ]


def _as_sheet(file: Path, sha256: str, raw: _Raw, known: Known) -> Sheet:
    place = _heading_place(raw.rows, known)
    if place is None:
        raise _unreadable(
            file,
            "has no row of headings. Put a heading above each column, for example “Name”, and read it again",
        )
    return Sheet(
        file_name=file.name,
        sheet=raw.sheet,
        others=raw.others,
        headings=tuple(_headings(raw.rows[place].cells)),
        heading_line=raw.rows[place].number,
        lines=tuple(raw.rows[place + 1 :]),
        remarks=tuple(raw.remarks),
        sha256=sha256,
    )


def _heading_place(rows: Sequence[Line], known: Known) -> int | None:
    top = rows[:_HEADING_WITHIN]
    counts = [sum(isinstance(cell, str) and known(cell) for cell in row.cells) for row in top]
    if max(counts) >= 2:
        return counts.index(max(counts))
    filled = [_texts(row) for row in top]
    for place, texts in enumerate(filled):
        # A title stands alone; headings are words, most of them unlike each other, over most of the columns.
        if (
            len(texts) >= 0.6 * max(map(len, filled))
            and all(any(map(str.isalpha, text)) and read_day_or_none(text) is None for text in texts)
            and 2 * len({text.casefold() for text in texts}) > len(texts)
        ):
            return place
    return None


def _texts(row: Line) -> list[str]:
    return [as_text(cell) for cell in row.cells if cell is not None]


def _headings(cells: Iterable[Value]) -> Iterator[str]:
    given: set[str] = set()
    for place, cell in enumerate(cells, 1):
        base = " ".join(as_text(cell).split()) or f"Column {place}"
        name, again = base, 1
        while name.casefold() in given:
            again += 1
            name = f"{base} ({again})"
        given.add(name.casefold())
        yield name
