"""The viewer of our own papers: what is drawn, read out, found, printed, saved and handed out."""

from __future__ import annotations

import os
import stat
import threading
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QDesktopServices, QWheelEvent
from PySide6.QtPrintSupport import QPrintDialog, QPrinter
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from smdesk.documents import governor_report, letter
from smdesk.errors import Damaged
from smdesk.ui import pdf_pages, scratch
from smdesk.ui.messages import Messages
from smdesk.ui.tasks import Tasks
from smdesk.ui.widgets import pdf_canvas, pdf_print
from smdesk.ui.widgets.pdf_view import PdfView
from tests.documents import samples
from tests.support.script import Script


@pytest.fixture(scope="module")
def letter_pdf() -> bytes:
    return letter.render_bytes(samples.letter_data())


@pytest.fixture(scope="module")
def report_pdf() -> bytes:
    return governor_report.render_bytes(samples.figures())


@pytest.fixture
def view(qtbot: QtBot, tasks: Tasks, messages: Messages) -> PdfView:
    made = PdfView(tasks, messages, "paper", what="Preview")
    qtbot.addWidget(made)
    made.resize(620, 700)
    made.show()
    qtbot.waitExposed(made)
    return made


def shown(qtbot: QtBot, view: PdfView, data: bytes, title: str = "Letter 2026/L0001") -> None:
    with qtbot.waitSignal(view.shown):
        view.show_pdf(data, title)
    qtbot.waitUntil(view.canvas.pictures_ready)


def ink(view: PdfView) -> int:
    """Dark dots on screen: words are there when it is large."""
    image = view.canvas.viewport().grab().toImage()
    return sum(
        image.pixelColor(x, y).lightness() < 110
        for x in range(0, image.width(), 2)
        for y in range(0, image.height(), 2)
    )


def read_pdf(file: Path) -> pdf_pages.Paper:
    return pdf_pages.read(file.read_bytes())


def test_a_paper_is_drawn_and_read_out(qtbot: QtBot, view: PdfView, letter_pdf: bytes) -> None:
    assert not view.print_button.isEnabled()
    shown(qtbot, view, letter_pdf)
    assert ink(view) > 200
    assert view.page_label.text() == "Page 1 of 1"
    assert "Dear" in view.canvas.accessibleDescription()
    assert view.canvas.accessibleName() == "Letter 2026/L0001, page 1 of 1"
    assert view.print_button.isEnabled()


def test_only_pages_in_sight_are_drawn(
    qtbot: QtBot, view: PdfView, report_pdf: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    drawn: list[int] = []
    draw = pdf_pages.draw

    def noting(data: bytes, number: int, scale: float, **more: bool) -> object:
        drawn.append(number)
        return draw(data, number, scale, **more)

    monkeypatch.setattr(pdf_pages, "draw", noting)
    shown(qtbot, view, report_pdf)
    pages = len(view.paper.sizes) if view.paper else 0
    assert pages > 2
    assert set(drawn) <= {0, 1}
    view.canvas.setFocus()
    qtbot.keyClick(view.canvas, Qt.Key.Key_End)
    qtbot.waitUntil(view.canvas.pictures_ready)
    assert pages - 1 in drawn
    assert view.page_label.text() == f"Page {pages} of {pages}"


def test_zoom_by_button_key_wheel_and_list(qtbot: QtBot, view: PdfView, letter_pdf: bytes) -> None:
    shown(qtbot, view, letter_pdf)
    wide = view.canvas.factor
    qtbot.mouseClick(view.zoom_in_button, Qt.MouseButton.LeftButton)
    assert view.canvas.factor == pytest.approx(wide * pdf_canvas.STEP)
    assert view.zoom_box.currentText().endswith("%")
    qtbot.keyClick(view.canvas, Qt.Key.Key_Minus, Qt.KeyboardModifier.ControlModifier)
    assert view.canvas.factor == pytest.approx(wide)
    wheel = QWheelEvent(
        QPointF(50, 50),
        view.canvas.viewport().mapToGlobal(QPointF(50, 50)),
        QPoint(),
        QPoint(0, 120),
        Qt.MouseButton.NoButton,
        Qt.KeyboardModifier.ControlModifier,
        Qt.ScrollPhase.NoScrollPhase,
        False,
    )
    QApplication.sendEvent(view.canvas.viewport(), wheel)
    assert view.canvas.factor == pytest.approx(wide * pdf_canvas.STEP)
    view.zoom_box.setCurrentIndex(1)
    view.zoom_box.activated.emit(1)
    assert view.canvas.zoom == pdf_canvas.FIT_PAGE
    assert view.canvas.verticalScrollBar().maximum() == 0
    qtbot.waitUntil(view.canvas.pictures_ready)


def test_a_live_preview_keeps_its_place(
    qtbot: QtBot, view: PdfView, letter_pdf: bytes, report_pdf: bytes
) -> None:
    shown(qtbot, view, letter_pdf)
    view.canvas.set_zoom(2.0)
    view.canvas.verticalScrollBar().setValue(400)
    other = letter.render_bytes(replace(samples.letter_data(), salutation="Dear Mrs Other"))
    shown(qtbot, view, other)
    assert view.canvas.zoom == 2.0
    assert view.canvas.verticalScrollBar().value() == 400
    with qtbot.waitSignal(view.shown):
        view.show_pdf(report_pdf, "Report", keep_place=False)
    assert view.canvas.verticalScrollBar().value() == 0


def test_words_are_found_and_gone_through(qtbot: QtBot, view: PdfView, letter_pdf: bytes) -> None:
    shown(qtbot, view, letter_pdf)
    view.search.setFocus()
    qtbot.keyClicks(view.search, "SCHOOL")
    qtbot.waitUntil(lambda: view.found_label.text().startswith("1 of "))
    qtbot.keyClick(view.search, Qt.Key.Key_Return)
    assert view.found_label.text().startswith("2 of ")
    view.search.setText("xyzzy")
    qtbot.waitUntil(lambda: view.found_label.text() == "Not found")


def test_a_damaged_paper_says_so(qtbot: QtBot, view: PdfView) -> None:
    view.show_pdf(b"%PDF-1.7 nonsense")
    qtbot.waitUntil(lambda: "damaged" in view._empty._text.text())
    assert view.paper is None
    assert not view.save_button.isEnabled()
    with pytest.raises(Damaged):
        pdf_pages.read(b"")


@pytest.fixture
def pdf_printer(tmp_path: Path) -> Callable[[PdfView], QPrinter]:
    def make(view: PdfView) -> QPrinter:
        assert view.paper is not None
        printer = pdf_print.printer_for(view.paper.sizes, "Test")
        printer.setOutputFormat(QPrinter.OutputFormat.PdfFormat)
        printer.setOutputFileName(str(tmp_path / "printed.pdf"))
        printer.setResolution(150)
        return printer

    return make


def test_printing_yields_every_page_at_life_size(
    qtbot: QtBot, view: PdfView, report_pdf: bytes, pdf_printer: Callable[[PdfView], QPrinter], tmp_path: Path
) -> None:
    shown(qtbot, view, report_pdf)
    assert view.paper is not None
    view.print_on(pdf_printer(view))
    assert not view.print_button.isEnabled()
    qtbot.waitUntil(view.print_button.isEnabled, timeout=20_000)
    printed = read_pdf(tmp_path / "printed.pdf")
    assert len(printed.sizes) == len(view.paper.sizes)
    for before, after in zip(view.paper.sizes, printed.sizes, strict=True):
        assert after.width == pytest.approx(before.width, abs=2)
        assert after.height == pytest.approx(before.height, abs=2)
    # The address must meet the envelope's window: ink lies where it lies in the paper.
    first = pdf_pages.draw(report_pdf, 0, 1.0)
    again = pdf_pages.draw((tmp_path / "printed.pdf").read_bytes(), 0, 1.0)
    assert _top_left_of_ink(first) == pytest.approx(_top_left_of_ink(again), abs=3)


def _top_left_of_ink(image: object) -> tuple[int, int]:
    dark = [
        (x, y)
        for y in range(image.height())
        for x in range(image.width())
        if image.pixelColor(x, y).lightness() < 128
    ]
    return min(x for x, _ in dark), min(y for _, y in dark)


def test_a_range_of_pages_is_printed(
    qtbot: QtBot, view: PdfView, report_pdf: bytes, pdf_printer: Callable[[PdfView], QPrinter], tmp_path: Path
) -> None:
    shown(qtbot, view, report_pdf)
    printer = pdf_printer(view)
    printer.setPrintRange(QPrinter.PrintRange.PageRange)
    printer.setFromTo(2, 2)
    view.print_on(printer)
    qtbot.waitUntil(view.print_button.isEnabled, timeout=20_000)
    assert len(read_pdf(tmp_path / "printed.pdf").sizes) == 1


def test_a_printed_file_is_named_after_the_paper_and_not_put_into_a_folder(qtbot: QtBot) -> None:
    printer = pdf_print.printer_for([], "Letter 2026/L0003")
    assert printer.docName() == "Letter 2026-L0003"


def test_last_page_first(
    qtbot: QtBot, view: PdfView, report_pdf: bytes, pdf_printer: Callable[[PdfView], QPrinter]
) -> None:
    shown(qtbot, view, report_pdf)
    printer = pdf_printer(view)
    printer.setPageOrder(QPrinter.PageOrder.LastPageFirst)
    assert pdf_print.pages_wanted(printer, 3) == [2, 1, 0]


@pytest.mark.qt_log_ignore("QPainter::begin", extend=True)
def test_a_printer_that_will_not_start_is_told(
    qtbot: QtBot, view: PdfView, letter_pdf: bytes, script: Script, tmp_path: Path
) -> None:
    shown(qtbot, view, letter_pdf)
    assert view.paper is not None
    printer = pdf_print.printer_for(view.paper.sizes, "Test")
    printer.setOutputFormat(QPrinter.OutputFormat.PdfFormat)
    printer.setOutputFileName(str(tmp_path / "no such folder" / "printed.pdf"))
    view.print_on(printer)
    qtbot.waitUntil(view.print_button.isEnabled)
    assert "printer would not start" in script.texts[0]


@pytest.mark.parametrize("accepted", [True, False])
def test_the_systems_dialog_decides(
    qtbot: QtBot,
    view: PdfView,
    letter_pdf: bytes,
    monkeypatch: pytest.MonkeyPatch,
    accepted: bool,
    tmp_path: Path,
) -> None:
    shown(qtbot, view, letter_pdf)
    ranges: list[tuple[int, int]] = []

    def answer(dialog: QPrintDialog) -> int:
        ranges.append((dialog.minPage(), dialog.maxPage()))
        printer = dialog.printer()
        printer.setOutputFormat(QPrinter.OutputFormat.PdfFormat)
        printer.setOutputFileName(str(tmp_path / "printed.pdf"))
        printer.setResolution(100)
        return int(QPrintDialog.DialogCode.Accepted if accepted else QPrintDialog.DialogCode.Rejected)

    monkeypatch.setattr(QPrintDialog, "exec", answer)
    view.canvas.setFocus()
    qtbot.keyClick(view.canvas, Qt.Key.Key_P, Qt.KeyboardModifier.ControlModifier)
    qtbot.waitUntil(view.print_button.isEnabled, timeout=20_000)
    assert ranges == [(1, 1)]
    assert (tmp_path / "printed.pdf").exists() is accepted


def test_save_as_writes_the_very_bytes(
    qtbot: QtBot, view: PdfView, letter_pdf: bytes, tmp_path: Path, tasks: Tasks, script: Script
) -> None:
    shown(qtbot, view, letter_pdf)
    view.save_to(tmp_path / "copy.pdf")
    assert tasks.wait_all()
    assert (tmp_path / "copy.pdf").read_bytes() == letter_pdf
    assert [file.name for file in tmp_path.iterdir()] == ["copy.pdf"]
    view.save_to(tmp_path / "gone" / "copy.pdf")
    assert tasks.wait_all()
    assert "missing" in script.texts[0]


def test_a_copy_for_another_program_is_private_and_taken_away(
    qtbot: QtBot,
    view: PdfView,
    letter_pdf: bytes,
    tasks: Tasks,
    script: Script,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    opened: list[Path] = []

    def open_url(url: object) -> bool:
        opened.append(Path(url.toLocalFile()))
        return True

    monkeypatch.setattr(QDesktopServices, "openUrl", staticmethod(open_url))
    shown(qtbot, view, letter_pdf)
    script.will_answer("Cancel")
    view.open_outside()
    assert tasks.wait_all()
    assert opened == []
    assert "does not protect" in script.seen[0].more
    script.will_answer("Open a copy")
    view.open_outside()
    assert tasks.wait_all()
    (file,) = opened
    assert file.read_bytes() == letter_pdf
    if os.name != "nt":
        assert stat.S_IMODE(file.stat().st_mode) == 0o400
        for folder in (file.parent, file.parent.parent):
            assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    scratch.forget()
    assert not file.parent.parent.exists()


def test_names_of_files_hold_nothing_that_leads_elsewhere() -> None:
    assert scratch.file_name("Letter 2026/L0003") == "Letter 2026-L0003.pdf"
    assert scratch.file_name("../../etc/passwd") == "etc-passwd.pdf"
    assert scratch.file_name("") == "paper.pdf"


def test_many_threads_share_the_library(letter_pdf: bytes, report_pdf: bytes) -> None:
    # PDFium crashes when two threads use it at once; without the lock this ends the process.
    failures: list[BaseException] = []

    def use(data: bytes) -> None:
        try:
            for _ in range(12):
                pdf_pages.read(data)
                pdf_pages.draw(data, 0, 0.5)
                pdf_pages.find(data, "school")
        except BaseException as error:  # noqa: BLE001 - told to the test below
            failures.append(error)

    threads = [threading.Thread(target=use, args=(data,)) for data in (letter_pdf, report_pdf) * 3]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not failures
