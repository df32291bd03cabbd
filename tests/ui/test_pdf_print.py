"""Printing many letters: fresh sheets on both sides, copies, the remembered printer, and stopping."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from PySide6.QtPrintSupport import QPrintDialog, QPrinter, QPrinterInfo
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from smdesk.documents import governor_report, letter
from smdesk.services import settings
from smdesk.ui import pdf_pages
from smdesk.ui.desk import Desk
from smdesk.ui.widgets import pdf_print
from smdesk.ui.widgets.pdf_print import BLANK, Habit
from smdesk.ui.widgets.pdf_view import PdfView
from tests.documents import samples

LONG_SIDE = QPrinter.DuplexMode.DuplexLongSide


def to_file(printer: QPrinter, file: Path) -> QPrinter:
    printer.setOutputFormat(QPrinter.OutputFormat.PdfFormat)
    printer.setOutputFileName(str(file))
    printer.setResolution(72)
    return printer


def turning(printer: QPrinter, patch: pytest.MonkeyPatch) -> None:
    """A printer that prints on both sides. Qt's own writer of files, which stands in for one, never says so."""
    patch.setattr(printer, "duplex", lambda: LONG_SIDE)


@pytest.fixture
def printer(qapp: QApplication, tmp_path: Path) -> QPrinter:
    return to_file(QPrinter(QPrinter.PrinterMode.HighResolution), tmp_path / "printed.pdf")


def test_on_one_side_nothing_is_put_between_letters(printer: QPrinter) -> None:
    printer.setDuplex(QPrinter.DuplexMode.DuplexNone)
    assert pdf_print.pages_wanted(printer, 6, (0, 1, 4)) == [0, 1, 2, 3, 4, 5]


def test_on_both_sides_each_letter_begins_a_sheet_of_its_own(
    printer: QPrinter, monkeypatch: pytest.MonkeyPatch
) -> None:
    turning(printer, monkeypatch)
    # A list of one page, a letter of three, one of two.
    assert pdf_print.pages_wanted(printer, 6, (0, 1, 4)) == [0, BLANK, 1, 2, 3, BLANK, 4, 5]
    printer.setPrintRange(QPrinter.PrintRange.PageRange)
    printer.setFromTo(2, 6)
    assert pdf_print.pages_wanted(printer, 6, (0, 1, 4)) == [1, 2, 3, BLANK, 4, 5]


def test_copies_on_both_sides_do_not_share_a_sheet(
    printer: QPrinter, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(printer, "supportsMultipleCopies", lambda: False)
    printer.setCopyCount(2)
    printer.setCollateCopies(False)
    assert pdf_print.pages_wanted(printer, 2) == [0, 0, 1, 1]
    turning(printer, monkeypatch)
    printer.setCollateCopies(True)
    assert pdf_print.pages_wanted(printer, 3) == [0, 1, 2, BLANK, 0, 1, 2, BLANK]
    printer.setCollateCopies(False)
    # Page one on the back of page one would be no letter at all.
    assert pdf_print.pages_wanted(printer, 1) == [0, BLANK, 0, BLANK]


def test_a_habit_is_read_back_and_nonsense_is_none() -> None:
    habit = Habit("Office", "long")
    assert pdf_print.habit_from(habit.as_json()) == habit
    for held in (None, [], "x", {"printer": "", "sides": "both?"}):
        assert pdf_print.habit_from(held) == Habit()


def test_what_goes_into_a_file_is_no_habit(printer: QPrinter) -> None:
    assert pdf_print.habit_of(printer) is None


def test_a_printer_that_is_gone_is_passed_over(qapp: QApplication, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(QPrinterInfo, "availablePrinterNames", staticmethod(lambda: ["Other"]))
    chosen: list[str] = []
    monkeypatch.setattr(QPrinter, "setPrinterName", lambda printer, name: chosen.append(name))
    pdf_print.printer_for([], "Paper", Habit("Office", "long"))
    assert chosen == []
    pdf_print.printer_for([], "Paper", Habit("Other", "long"))
    assert chosen == ["Other"]


@pytest.fixture
def desk(desk_for: Callable[[str], Desk]) -> Desk:
    return desk_for("business_manager")


@pytest.fixture
def view(qtbot: QtBot, desk: Desk) -> PdfView:
    made = PdfView(desk.tasks, desk.messages, "paper", what="Preview", ctx=desk.ctx)
    qtbot.addWidget(made)
    made.show()
    with qtbot.waitSignal(made.shown):
        made.show_pdf(letter.render_bytes(samples.letter_data()), "Letter 2026/L0001")
    return made


def test_the_chosen_printer_and_sides_are_remembered_for_the_next_time(
    qtbot: QtBot, desk: Desk, view: PdfView, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    met: list[Habit] = []

    def follow(printer: QPrinter, habit: Habit) -> None:
        met.append(habit)

    def accept(dialog: QPrintDialog) -> int:
        to_file(dialog.printer(), tmp_path / "printed.pdf")
        return int(QPrintDialog.DialogCode.Accepted)

    monkeypatch.setattr(pdf_print, "follow", follow)
    monkeypatch.setattr(pdf_print, "habit_of", lambda printer: Habit("Office", "long"))
    monkeypatch.setattr(QPrintDialog, "exec", accept)
    for _ in range(2):
        view.print_button.click()
        qtbot.waitUntil((tmp_path / "printed.pdf").exists, timeout=10_000)
        qtbot.waitUntil(view.print_button.isEnabled, timeout=10_000)
        assert desk.tasks.wait_all()
        (tmp_path / "printed.pdf").unlink()
    assert met == [Habit(), Habit("Office", "long")]
    assert settings.get(desk.ctx, pdf_print.SETTING) == {"printer": "Office", "sides": "long"}


def test_blank_sides_come_out_of_the_printer(
    qtbot: QtBot, tmp_path: Path, view: PdfView, monkeypatch: pytest.MonkeyPatch
) -> None:
    report = governor_report.render_bytes(samples.figures())
    with qtbot.waitSignal(view.shown):
        view.show_pdf(report, "Report", starts=(0, 1))
    assert view.paper is not None
    count = len(view.paper.sizes)
    assert count > 1
    printer = to_file(pdf_print.printer_for(view.paper.sizes, "Report"), tmp_path / "printed.pdf")
    turning(printer, monkeypatch)
    view.print_on(printer)
    qtbot.waitUntil(view.print_button.isEnabled, timeout=30_000)
    printed = pdf_pages.read((tmp_path / "printed.pdf").read_bytes())
    assert len(printed.sizes) == count + 1
    blank = pdf_pages.draw((tmp_path / "printed.pdf").read_bytes(), 1, 0.2)
    assert all(
        blank.pixelColor(x, y).lightness() > 250 for x in range(blank.width()) for y in range(blank.height())
    )


def test_printing_can_be_stopped(qtbot: QtBot, desk: Desk, view: PdfView, tmp_path: Path) -> None:
    with qtbot.waitSignal(view.shown):
        view.show_pdf(governor_report.render_bytes(samples.figures()), "Report")
    assert view.paper is not None
    assert not view.stop_button.isVisible()
    view.print_on(to_file(pdf_print.printer_for(view.paper.sizes, "Report"), tmp_path / "printed.pdf"))
    assert view.stop_button.isVisible()
    view.stop_button.click()
    assert view.print_button.isEnabled()
    assert not view.stop_button.isVisible()
    assert "Stopped" in view._work.text()
    assert desk.tasks.wait_all()
