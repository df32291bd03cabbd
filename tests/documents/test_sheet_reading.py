"""Tables that somebody else made: whatever they look like, they are read rightly or refused with a sentence."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Callable, Sequence
from datetime import date, datetime
from pathlib import Path

import openpyxl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from smdesk.documents import sheet_reading, sheets, xlsx_survey
from smdesk.documents.cells import clean_text
from smdesk.documents.sheet_reading import Sheet, read_sheet
from smdesk.errors import Cancelled, Invalid, StorageProblem

Write = Callable[..., Path]


@pytest.fixture
def csv_file(tmp_path: Path) -> Write:
    def write(text: str | bytes, encoding: str = "utf-8", name: str = "list.csv") -> Path:
        file = tmp_path / name
        file.write_bytes(text if isinstance(text, bytes) else text.encode(encoding))
        return file

    return write


def book(file: Path, rows: Sequence[Sequence[object]], **more: object) -> Path:
    made = openpyxl.Workbook()
    sheet = made.active
    for row in rows:
        sheet.append(list(row))
    for name, value in more.items():
        getattr(sheet, name)(value) if callable(getattr(sheet, name)) else setattr(sheet, name, value)
    made.save(file)
    return file


def cells(sheet: Sheet) -> list[tuple[object, ...]]:
    return [line.cells for line in sheet.lines]


def refused(file: Path, says: str, **more: object) -> None:
    with pytest.raises(Invalid, match=says) as caught:
        read_sheet(file, **more)
    assert file.name in str(caught.value)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "cp1252"])
@pytest.mark.parametrize("sign", [",", ";", "\t", "|"])
def test_any_encoding_and_any_sign_between_columns(csv_file: Write, encoding: str, sign: str) -> None:
    text = "\r\n".join(sign.join(row) for row in (("Name", "Class"), ("Zoë Müller", "5"), ("Ann Pear", "6")))
    sheet = read_sheet(csv_file(text, encoding))
    assert sheet.headings == ("Name", "Class")
    assert cells(sheet) == [("Zoë Müller", "5"), ("Ann Pear", "6")]
    assert [line.number for line in sheet.lines] == [2, 3]
    assert bool(sheet.remarks) == (encoding == "cp1252")


def test_a_name_with_a_comma_and_a_line_break_in_quotes(csv_file: Write) -> None:
    sheet = read_sheet(csv_file('Name,Note\n"Pear, Ann","first\nsecond ""x"""\n\n,\nBob,\n'))
    assert cells(sheet) == [("Pear, Ann", 'first\nsecond "x"'), ("Bob", None)]
    assert [line.number for line in sheet.lines] == [2, 6]


def test_excels_own_line_about_the_sign_is_not_a_row(csv_file: Write) -> None:
    sheet = read_sheet(csv_file("sep=;\nName;Since\nAnn;1,5\n"))
    assert (sheet.headings, cells(sheet), sheet.heading_line) == (("Name", "Since"), [("Ann", "1,5")], 2)


def test_a_quotation_mark_never_closed_would_swallow_the_rest(csv_file: Write) -> None:
    refused(csv_file('Name,Note\nAnn,ok\nBob,"oh\nCy,ok\nDi,ok\n'), "after line 2 that is never closed")


def test_sloppy_quotation_marks_are_read_and_said(csv_file: Write) -> None:
    sheet = read_sheet(csv_file('Name,Note\nAnn,"ok" \nBob,x\n'))
    assert len(sheet.lines) == 2
    assert "line 2" in sheet.remarks[0]


def test_what_our_own_export_wrote_comes_back(tmp_path: Path) -> None:
    rows = [["=1+1", "-", "+44 1632 960000"], ["'quoted'", "O'Neill", "@home"], ['="x', "Ann", ""]]
    headings = ["Name", "Note", "Tel"]
    for write, name in ((sheets.write_csv, "a.csv"), (None, "a.xlsx")):
        file = tmp_path / name
        if write is not None:
            write(headings, rows, file)
        else:
            sheets.write_xlsx("List", headings, rows, file)
        sheet = read_sheet(file)
        assert sheet.headings == tuple(headings)
        assert cells(sheet) == [tuple(cell or None for cell in row) for row in rows]


def test_a_number_kept_as_text_for_excel(csv_file: Write) -> None:
    assert cells(read_sheet(csv_file('Name,Tel\nAnn,"=""07700900123"""\n'))) == [("Ann", "07700900123")]


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=60)
@given(
    st.lists(
        st.lists(
            st.text(st.characters(codec="utf-8", exclude_categories=["Cs", "Cc"])), min_size=3, max_size=3
        )
    )
)
def test_any_text_survives_the_way_through_a_file(tmp_path: Path, rows: list[list[str]]) -> None:
    file = tmp_path / "any.csv"
    sheets.write_csv(["One", "Two", "Three"], rows, file)
    want = [tuple(clean_text(cell) for cell in row) for row in rows]
    known = {"One", "Two", "Three"}
    got = cells(read_sheet(file, known=known.__contains__))
    # A guard that was typed looks like one that was added; nothing else may change.
    assert [_bare(row) for row in got] == [_bare(row) for row in want if any(row)]


def _bare(row: tuple[object, ...]) -> tuple[str, ...]:
    return tuple(str(cell or "").lstrip("'").strip() for cell in row)


def test_xlsx_dates_numbers_and_truth_keep_their_kind(tmp_path: Path) -> None:
    file = book(
        tmp_path / "a.xlsx",
        [
            ("Name", "Since", "At", "Age", "Mark", "Ok"),
            ("Ann", date(2024, 9, 3), datetime(2024, 9, 3, 9, 30), 7.0, 7.5, True),  # noqa: DTZ001 - a sheet has no zone
        ],
    )
    sheet = read_sheet(file)
    assert cells(sheet) == [("Ann", date(2024, 9, 3), datetime(2024, 9, 3, 9, 30), 7, 7.5, True)]  # noqa: DTZ001 - a sheet has no zone
    assert sheet.sheet == "Sheet"


def test_a_formula_is_never_worked_out(tmp_path: Path) -> None:
    file = book(
        tmp_path / "a.xlsx", [("Name", "Sum"), ("Ann", "=1+1"), ("Bob", '=HYPERLINK("http://x","y")')]
    )
    sheet = read_sheet(file)
    assert cells(sheet) == [("Ann", None), ("Bob", None)]
    assert "cells B2, B3" in sheet.remarks[0]


def test_a_formula_gives_the_value_that_was_stored(tmp_path: Path) -> None:
    import xlsxwriter

    file = tmp_path / "a.xlsx"
    with xlsxwriter.Workbook(file) as made:
        sheet = made.add_worksheet()
        for column, heading in enumerate(("Name", "Sum", "Nothing")):
            sheet.write_string(0, column, heading)
        sheet.write_string(1, 0, "Ann")
        sheet.write_formula(1, 1, "=40+2", None, 42)
        sheet.write_formula(1, 2, '=""', None, "")

    def as_excel_does(name: str, data: bytes) -> bytes:
        return data.replace(b'<c r="C2"', b'<c r="C2" t="str"')

    found = read_sheet(repacked(file, as_excel_does))
    assert (cells(found), found.remarks) == ([("Ann", 42, None)], ())


def test_a_name_merged_over_several_rows_stands_in_each(tmp_path: Path) -> None:
    made = openpyxl.Workbook()
    sheet = made.active
    rows = [("Register",), ("Adult", "Pupil", "Note"), ("Tim", "Ann", "x"), (None, "Bob"), (None, "Cy", "y")]
    for row in rows:
        sheet.append(row)
    sheet.merge_cells("A1:C1")
    sheet.merge_cells("A3:A5")
    sheet.merge_cells("C3:C4")
    made.save(tmp_path / "a.xlsx")
    found = read_sheet(tmp_path / "a.xlsx")
    assert found.headings == ("Adult", "Pupil", "Note")
    assert cells(found) == [("Tim", "Ann", "x"), ("Tim", "Bob", "x"), ("Tim", "Cy", "y")]


def test_hidden_rows_are_read_and_said(tmp_path: Path) -> None:
    made = openpyxl.Workbook()
    for row in (("Name", "Class"), ("Ann", "5"), ("Bob", "6")):
        made.active.append(row)
    made.active.row_dimensions[3].hidden = True
    made.save(tmp_path / "a.xlsx")
    found = read_sheet(tmp_path / "a.xlsx")
    assert len(found.lines) == 2
    assert "1 hidden row is read" in found.remarks[0]


def test_the_sheet_can_be_chosen_and_empty_or_hidden_ones_are_passed(tmp_path: Path) -> None:
    made = openpyxl.Workbook()
    made.active.title = "Empty"
    hidden = made.create_sheet("Hidden")
    hidden.sheet_state = "hidden"
    hidden.append(("Secret", "Column"))
    for name, who in (("2024", "Ann"), ("2025", "Bob")):
        sheet = made.create_sheet(name)
        sheet.append(("Name", "Class"))
        sheet.append((who, "5"))
    made.save(tmp_path / "a.xlsx")
    first = read_sheet(tmp_path / "a.xlsx")
    assert (first.sheet, cells(first)) == ("2024", [("Ann", "5")])
    assert set(first.others) == {"Empty", "2025"}
    assert cells(read_sheet(tmp_path / "a.xlsx", "2025")) == [("Bob", "5")]
    refused(tmp_path / "a.xlsx", "no sheet called “2026”", sheet="2026")


def test_the_first_sheet_whose_headings_are_known_is_taken(tmp_path: Path) -> None:
    made = openpyxl.Workbook()
    made.active.title = "Read me"
    made.active.append(("About this file", "By"))
    made.active.append(("Ask the office", "A"))
    for name, who in (("2024", "Ann"), ("2025", "Bob")):
        sheet = made.create_sheet(name)
        sheet.append(("Register",))
        sheet.append(("Staff", "Pupil"))
        sheet.append((who, "Pear"))
    made.save(tmp_path / "a.xlsx")
    known = {"Staff", "Pupil"}.__contains__
    first = read_sheet(tmp_path / "a.xlsx", known=known)
    assert (first.sheet, first.others, cells(first)) == ("2024", ("Read me", "2025"), [("Ann", "Pear")])
    assert read_sheet(tmp_path / "a.xlsx", "Read me", known=known).sheet == "Read me"
    assert read_sheet(tmp_path / "a.xlsx").sheet == "Read me"


def test_headings_are_found_below_a_title_and_told_apart(csv_file: Write) -> None:
    text = "Register of exceptions,,,\nas at 3/9/2024,,,\n\nName,Name,,Date\nAnn,Pear,x,2/5/2026\n"
    sheet = read_sheet(csv_file(text))
    assert sheet.headings == ("Name", "Name (2)", "Column 3", "Date")
    assert sheet.heading_line == 4
    # What the reader looks for decides where it is not plain.
    text = "a,b,c\nx,y,z\nStaff,Pupil,Note\n1,2,3\n"
    assert read_sheet(csv_file(text), known={"Staff", "Pupil"}.__contains__).heading_line == 3
    refused(csv_file("1,2\n3,4\n"), "no row of headings")


def test_four_hundred_columns_and_a_row_that_is_too_wide(tmp_path: Path) -> None:
    wide = [tuple(f"H{n}" for n in range(400)), tuple(range(400))]
    sheet = read_sheet(book(tmp_path / "wide.xlsx", wide))
    assert len(sheet.headings) == 400
    assert sheet.lines[0].cells[399] == 399
    refused(book(tmp_path / "wider.xlsx", [[f"H{n}" for n in range(1100)]]), "more than 1,000 columns")


def test_too_many_rows_are_refused_and_none_lost(csv_file: Write, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sheet_reading, "MOST_ROWS", 10)
    text = "A,B\n" + "1,2\n" * 9
    assert len(read_sheet(csv_file(text)).lines) == 9
    refused(csv_file(text + "1,2\n"), "more than 10 filled rows")


def test_reading_can_be_stopped_and_tells_how_far_it_is(csv_file: Write) -> None:
    file = csv_file("A,B\n" + "1,2\n" * 1000)
    heard: list[int] = []
    read_sheet(file, progress=lambda done, total: heard.append(done))
    assert heard == sorted(heard)
    assert len(heard) >= 4
    with pytest.raises(Cancelled):
        read_sheet(file, cancelled=lambda: True)


@pytest.mark.parametrize(
    ("start", "says"),
    [
        (b"", "is empty"),
        (b"\n\n , \n", "nothing to read"),
        (b"%PDF-1.7 ...", "is a PDF"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600, "old Excel file"),
        (b"<html><table><tr><td>x</td></tr></table>", "web page"),
        (b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\0\x10", "no table of text"),
        (b"PK\x03\x04 and then nothing", "damaged"),
        (b"A\0B,\0\0\0\x01\x02\x03" * 40, "no table of text"),
    ],
)
def test_what_is_no_table_is_refused(csv_file: Write, start: bytes, says: str) -> None:
    refused(csv_file(start, name="what.xlsx"), says)


def test_a_file_that_is_gone_or_a_folder(tmp_path: Path) -> None:
    with pytest.raises(StorageProblem, match="not there any more"):
        read_sheet(tmp_path / "none.csv")
    with pytest.raises(StorageProblem, match="is a folder"):
        read_sheet(tmp_path)


def repacked(file: Path, change: Callable[[str, bytes], bytes | None]) -> Path:
    """The workbook with its parts changed."""
    out = io.BytesIO()
    with zipfile.ZipFile(file) as old, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as new:
        for part in old.infolist():
            data = change(part.filename, old.read(part))
            if data is not None:
                new.writestr(part.filename, data)
    file.write_bytes(out.getvalue())
    return file


def test_a_workbook_that_was_tampered_with_or_cut_off(tmp_path: Path) -> None:
    rows = [("Name", "Class"), ("Ann", "5")]

    def bomb(name: str, data: bytes) -> bytes:
        lol = b'<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;">]>'
        return data.replace(b"<worksheet", lol + b"<worksheet", 1) if "sheet1" in name else data

    refused(repacked(book(tmp_path / "bomb.xlsx", rows), bomb), "not read")
    refused(
        repacked(
            book(tmp_path / "a.xlsx", rows), lambda name, data: None if "workbook.xml" in name else data
        ),
        "damaged",
    )
    refused(
        repacked(
            book(tmp_path / "b.xlsx", rows), lambda name, data: data[:300] if "sheet1" in name else data
        ),
        "damaged",
    )
    whole = book(tmp_path / "c.xlsx", rows).read_bytes()
    (tmp_path / "c.xlsx").write_bytes(whole[: len(whole) // 2])
    refused(tmp_path / "c.xlsx", "damaged")


def test_a_row_beyond_the_end_of_any_sheet(tmp_path: Path) -> None:
    def far(name: str, data: bytes) -> bytes:
        return data.replace(b'r="2"', b'r="999999999"') if "sheet1" in name else data

    refused(repacked(book(tmp_path / "far.xlsx", [("Name", "Class"), ("Ann", "5")]), far), "damaged")


def test_an_open_document_sheet_is_named_as_such(tmp_path: Path) -> None:
    file = tmp_path / "a.ods"
    with zipfile.ZipFile(file, "w") as made:
        made.writestr("mimetype", "application/vnd.oasis.opendocument.spreadsheet")
    refused(file, "OpenDocument")
    with zipfile.ZipFile(file, "w") as made:
        made.writestr("readme.txt", "hello")
    refused(file, "no Excel workbook")


def test_what_swells_when_unpacked_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = book(tmp_path / "a.xlsx", [("Name", "Class"), *((f"Ann {n}", "5") for n in range(300))])
    monkeypatch.setattr(sheet_reading, "LARGEST_UNPACKED", 5_000)
    refused(file, "too large when unpacked")
    monkeypatch.setattr(sheet_reading, "LARGEST_FILE", 100)
    refused(file, "larger than")


SHEET = b'<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData>'
ROW = b'<row r="1"><c r="A1" t="inlineStr"><is><t>%s</t></is></c><c r="B1" t="str"><v>Pupil</v></c></row>'
END = b"</sheetData></worksheet>"


def hostile(folder: Path, part: str, content: bytes) -> Path:
    """A workbook one part of which somebody wrote by hand."""
    book = openpyxl.Workbook()
    book.active.append(["Name", "Pupil"])
    book.active.append(["a", "b"])
    book.save(folder / "plain.xlsx")
    file = folder / "made.xlsx"
    with (
        zipfile.ZipFile(folder / "plain.xlsx") as plain,
        zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as made,
    ):
        for each in plain.infolist():
            made.writestr(each.filename, content if each.filename == part else plain.read(each))
    return file


@pytest.mark.parametrize(
    "content",
    [
        SHEET + b"<row>" + b"<c/>" * 300_000 + b"</row>" + END,
        SHEET
        + ROW % b"Name"
        + b"</sheetData><mergeCells>"
        + b'<mergeCell ref="A1:A9"/>' * 300_000
        + b"</mergeCells>"
        b"</worksheet>",
        SHEET + b"<row/>" * 20_000 + END,
    ],
    ids=["cells", "merged", "rows"],
)
def test_a_small_file_that_swells_is_refused_soon(
    tmp_path: Path, content: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(xlsx_survey, "_MOST_ROWS", 10_000)
    file = hostile(tmp_path, "xl/worksheets/sheet1.xml", content)
    assert file.stat().st_size < 100_000
    with pytest.raises(Invalid, match="is damaged or no Excel workbook"):
        read_sheet(file)


def test_styles_without_end_are_not_taken_in(tmp_path: Path) -> None:
    styles = (
        b'<styleSheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main">'
        + b"<font/>" * 1_200_000
    )
    with pytest.raises(Invalid, match="far more styles"):
        read_sheet(hostile(tmp_path, "xl/styles.xml", styles + b"</styleSheet>"))


DECLARED = b'<!DOCTYPE x [<!ENTITY a "aaaa">]>'


@pytest.mark.parametrize(
    "content",
    [
        b'<?xml version="1.0"?>' + b" " * 70_000 + DECLARED + SHEET + ROW % b"&a;" + END,
        b"<!-- <worksheet> -->" + b" " * 70_000 + DECLARED + SHEET + ROW % b"&a;" + END,
        (b'<?xml version="1.0" encoding="UTF-16"?>' + DECLARED + SHEET + ROW % b"&a;" + END)
        .decode("ascii")
        .encode("utf-16"),
        b'<?xml version="1.0"?>' + DECLARED + SHEET + ROW % b"&a;" + END,
    ],
    ids=["far down", "behind a comment", "other letters", "plain"],
)
def test_a_workbook_that_declares_things_of_its_own_is_not_read(tmp_path: Path, content: bytes) -> None:
    with pytest.raises(Invalid, match="no ordinary Excel workbook"):
        read_sheet(hostile(tmp_path, "xl/worksheets/sheet1.xml", content))


def test_an_endless_cell_after_a_sloppy_quotation_mark_is_told(tmp_path: Path) -> None:
    file = tmp_path / "a.csv"
    file.write_text('Name,Pupil\n"a"b,c\n' + "x" * 200_000 + ",d\n")
    with pytest.raises(Invalid, match="longer than any table"):
        read_sheet(file)
