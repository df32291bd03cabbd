"""Spreadsheets: what was typed stays text."""

from __future__ import annotations

import csv
import zipfile
from datetime import UTC, date, datetime
from pathlib import Path

import openpyxl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from smdesk.documents import sheets
from smdesk.errors import Cancelled, Invalid
from tests.documents.samples import HOSTILE_NAMES, SHAPED_NAMES

DANGEROUS = (
    "=1+1",
    "+441632",
    "-2+3",
    "@SUM(A1)",
    "\t=1",
    "\r=1",
    "\n=1",
    "  =1",
    "＝1+1",
    '=HYPERLINK("x")',
)
AT = datetime(2026, 5, 2, 23, 50, tzinfo=UTC)


def rows_of(file: Path) -> list[list[str]]:
    with file.open(encoding="utf-8-sig", newline="") as stream:
        return list(csv.reader(stream))


@pytest.mark.parametrize("text", DANGEROUS)
def test_a_formula_is_guarded_in_csv(text: str, tmp_path: Path) -> None:
    file = tmp_path / "list.csv"
    assert sheets.write_csv(["=Name"], [[text]], file) == 1
    assert rows_of(file) == [["'=Name"], ["'" + text]]


@given(st.text(max_size=30))
def test_no_csv_cell_starts_like_a_formula(text: str) -> None:
    assert not sheets.guarded(text).lstrip(" ").startswith(("=", "+", "-", "@", "\t", "\r", "\n"))
    assert sheets.guarded(text).endswith(text)


def test_csv_opens_with_every_name_intact(tmp_path: Path) -> None:
    file = tmp_path / "list.csv"
    names = [name for name in (*HOSTILE_NAMES, *SHAPED_NAMES) if not name.startswith("=")]
    sheets.write_csv(["Name", "Days", "At", "None"], [(name, -3, AT, None) for name in names], file)
    assert file.read_bytes().startswith(b"\xef\xbb\xbf")
    assert rows_of(file)[1:] == [[name, "-3", "2026-05-02 23:50", ""] for name in names]


def test_xlsx_holds_text_numbers_and_dates_but_no_formula_or_link(tmp_path: Path) -> None:
    file = tmp_path / "list.xlsx"
    texts = [*DANGEROUS, *HOSTILE_NAMES, "https://example.org/a", "007"]
    sheets.write_xlsx("In[ci]dents: 2026/27", ["Name", "Days", "At"], [(text, 3, AT) for text in texts], file)
    book = openpyxl.load_workbook(file)
    sheet = book.active
    found = [row[0] for row in sheet.iter_rows(min_row=2)]
    assert [cell.data_type for cell in found] == ["s"] * len(texts)
    assert [cell.value for cell in found] == [text.replace("\r", "\n") for text in texts]
    assert all(cell.hyperlink is None for cell in found)
    assert sheet["B2"].value == 3
    assert sheet["C2"].value == AT.replace(tzinfo=None)
    assert sheet.freeze_panes == "A2"
    with zipfile.ZipFile(file) as parts:
        assert b"<f>" not in parts.read("xl/worksheets/sheet1.xml")


def test_control_and_half_characters_do_not_break_the_files(tmp_path: Path) -> None:
    row = ["a\x00b\x07\ud800c"]
    sheets.write_csv(["N"], [row], tmp_path / "list.csv")
    sheets.write_xlsx("N", ["N"], [row], tmp_path / "list.xlsx")
    assert openpyxl.load_workbook(tmp_path / "list.xlsx").active["A2"].value == "a\ufffdb\ufffd\ufffdc"


@pytest.mark.parametrize("kind", ["csv", "xlsx"])
def test_progress_and_cancel(kind: str, tmp_path: Path) -> None:
    seen: list[tuple[int, int]] = []
    stop = False

    def watch(done: int, total: int) -> None:
        nonlocal stop
        seen.append((done, total))
        stop = done >= 1000

    rows = [(f"row {number}", number) for number in range(3000)]

    def write(file: Path, *, stoppable: bool) -> int:
        if kind == "csv":
            return sheets.write_csv(["A", "B"], rows, file, 3000, watch, lambda: stoppable and stop)
        return sheets.write_xlsx("T", ["A", "B"], rows, file, 3000, watch, lambda: stoppable and stop)

    with pytest.raises(Cancelled):
        write(tmp_path / "stopped", stoppable=True)
    assert list(tmp_path.iterdir()) == []
    assert write(tmp_path / "whole", stoppable=False) == 3000
    assert seen[-1] == (3000, 3000)
    assert [entry.name for entry in tmp_path.iterdir()] == ["whole"]


def test_too_many_rows_for_excel_are_refused_before_writing(tmp_path: Path) -> None:
    with pytest.raises(Invalid, match="1,048,575 rows"):
        sheets.write_xlsx("T", ["A"], [], tmp_path / "x.xlsx", total=1_048_576)
    assert list(tmp_path.iterdir()) == []


def test_a_day_stays_a_day(tmp_path: Path) -> None:
    sheets.write_csv(["On"], [[date(2026, 5, 2)]], tmp_path / "list.csv")
    assert rows_of(tmp_path / "list.csv")[1] == ["2026-05-02"]
    sheets.write_xlsx("N", ["On"], [[date(2026, 5, 2)]], tmp_path / "list.xlsx")
    cell = openpyxl.load_workbook(tmp_path / "list.xlsx").active["A2"]
    assert cell.is_date
    assert cell.value == datetime(2026, 5, 2)  # noqa: DTZ001 - as the sheet has it
    assert cell.number_format == "yyyy-mm-dd"


def test_the_name_of_a_sheet_is_cut_between_words(tmp_path: Path) -> None:
    titles = (
        "What came in on the school's accounts",
        "What came in on the school's pages",
        "x" * 40,
        "a/b:c",
    )
    file = tmp_path / "book.xlsx"
    sheets.write_book("Book", [sheets.SheetPage(title, ()) for title in titles], file)
    assert openpyxl.load_workbook(file).sheetnames == [
        "What came in on the school’s",
        "What came in on the 2",
        "x" * 31,
        "a b c",
    ]
