"""Printing a paper through the system's dialog: pages at life size, so that an address meets the envelope's window.

A worker makes the picture of one page at a time; the GUI thread paints it, because a printer may only be painted
on there. A long report therefore never holds more than one page in memory.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from PySide6.QtCore import QMarginsF, QObject, QRectF, QSizeF, Signal
from PySide6.QtGui import QImage, QPageLayout, QPageSize, QPainter
from PySide6.QtPrintSupport import QPrinter, QPrinterInfo

from smdesk.errors import SmdeskError, StorageProblem
from smdesk.ui import pdf_pages, scratch
from smdesk.ui.pdf_pages import PageSize, Paper
from smdesk.ui.tasks import Progress, Tasks
from smdesk.ui.widgets.pdf_canvas import POINTS_PER_INCH

FINEST = 600
"""Dots per inch a page's picture is made with at most: finer shows no difference on text."""
BLANK: Final = -1
"""A page that stays empty, so that the next letter begins on a sheet of its own."""
SETTING: Final = "printing"
"""Where a user's habit is kept (``services.settings``)."""

_SIDES: Final = {
    "one": QPrinter.DuplexMode.DuplexNone,
    "long": QPrinter.DuplexMode.DuplexLongSide,
    "short": QPrinter.DuplexMode.DuplexShortSide,
    "auto": QPrinter.DuplexMode.DuplexAuto,
}


@dataclass(frozen=True, slots=True)
class Habit:
    """What this user chose when they printed last: the printer's name, and "one" side, or both turned over the "long"
    or "short" edge, or as the printer does ("auto"). Never the number of copies: thirty once are a mistake today.
    """

    printer: str = ""
    sides: str = ""

    def as_json(self) -> dict[str, str]:
        return {"printer": self.printer, "sides": self.sides}


def habit_from(held: object) -> Habit:
    """A habit as it was kept; nothing where it cannot be read."""
    if not isinstance(held, Mapping):
        return Habit()
    sides = str(held.get("sides", ""))
    return Habit(str(held.get("printer", "")), sides if sides in _SIDES else "")


def habit_of(printer: QPrinter) -> Habit | None:
    """What was chosen, to be remembered; None where the paper went into a file."""
    if printer.outputFormat() != QPrinter.OutputFormat.NativeFormat or not printer.printerName():
        return None
    sides = next(code for code, mode in _SIDES.items() if mode == printer.duplex())
    return Habit(printer.printerName(), sides)


def follow(printer: QPrinter, habit: Habit) -> None:
    """Choose the printer and the sides of the habit; a printer that is gone is passed over."""
    if habit.printer and habit.printer in QPrinterInfo.availablePrinterNames():
        printer.setPrinterName(habit.printer)
    if habit.sides:
        printer.setDuplex(_SIDES[habit.sides])


def printer_for(sheets: Sequence[PageSize], title: str, habit: Habit | None = None) -> QPrinter:
    """The printer of the habit, else the usual one, set to the paper's size, with the whole sheet as its page."""
    printer = QPrinter(QPrinter.PrinterMode.HighResolution)
    # First of all: another printer brings settings of its own.
    follow(printer, habit or Habit())
    # Qt makes the name of a printed file from it, and "2026/L0003" would be a folder that is not there.
    printer.setDocName(scratch.file_name(title, ""))
    printer.setCreator("SM Desk")
    if sheets:
        size = QSizeF(sheets[0].width, sheets[0].height)
        landscape = size.width() > size.height()
        page = QPageSize(size.transposed() if landscape else size, QPageSize.Unit.Point, "", _MATCH)
        way = QPageLayout.Orientation.Landscape if landscape else QPageLayout.Orientation.Portrait
        printer.setPageLayout(QPageLayout(page, way, QMarginsF()))
    printer.setFullPage(True)
    return printer


_MATCH = QPageSize.SizeMatchPolicy.FuzzyMatch


def pages_wanted(printer: QPrinter, total: int, starts: Collection[int] = ()) -> list[int]:
    """The pages (from 0) the person asked for, in the order and number the program itself must send them.

    On both sides of the paper, a page of ``starts`` and every copy begins a fresh sheet: BLANK fills the one before.
    """
    if printer.printRange() == QPrinter.PrintRange.PageRange and printer.fromPage():
        last = printer.toPage() or printer.fromPage()
        chosen = [number - 1 for number in range(printer.fromPage(), last + 1) if 0 < number <= total]
    else:
        chosen = list(range(total))
    copies = 1 if printer.supportsMultipleCopies() else max(1, printer.copyCount())
    both_sides = printer.duplex() != QPrinter.DuplexMode.DuplexNone
    # A page back to back with itself is no copy: on both sides, copies come one after another.
    if copies > 1 and not printer.collateCopies() and not both_sides:
        return _turned(printer, [number for number in chosen for _ in range(copies)])
    if both_sides:
        chosen = _on_both_sides(chosen, starts, even=copies > 1)
    return _turned(printer, chosen) * copies


def _on_both_sides(chosen: Sequence[int], starts: Collection[int], *, even: bool) -> list[int]:
    wanted, fresh = list[int](), set(starts)
    for number in chosen:
        if number in fresh and len(wanted) % 2:
            wanted.append(BLANK)
        wanted.append(number)
    if even and len(wanted) % 2:
        wanted.append(BLANK)
    return wanted


def _turned(printer: QPrinter, chosen: list[int]) -> list[int]:
    return chosen[::-1] if printer.pageOrder() == QPrinter.PageOrder.LastPageFirst else chosen


class PrintRun(QObject):
    """One print job. ``finished`` carries None, or the ``SmdeskError`` that ended it."""

    finished = Signal(object)
    progressed = Signal(int, int)
    """Pages sent and pages to send."""

    def __init__(self, tasks: Tasks, printer: QPrinter, paper: Paper, parent: QObject) -> None:
        super().__init__(parent)
        self._tasks = tasks
        self._printer = printer
        self._data = paper.data
        self._sheets = paper.sizes
        self._starts = paper.starts
        self._painter = QPainter()
        self._left: list[int] = []
        self._sent = 0
        self._total = 0
        self._over = False

    def start(self) -> None:
        self._left = pages_wanted(self._printer, len(self._sheets), self._starts)
        self._total = len(self._left)
        if not self._left:
            self._end(StorageProblem("There are no such pages in this paper. Choose others to print."))
        elif not self._painter.begin(self._printer):
            self._end(
                StorageProblem(
                    "The printer would not start. Check that it is switched on and connected, or choose another."
                )
            )
        else:
            self._next()

    def cancel(self) -> None:
        """Stop after the page being sent; the printer is told to forget the rest."""
        if not self._over:
            self._printer.abort()
            self._end(None)

    def _next(self) -> None:
        data, number = self._data, self._left[0]
        if number == BLANK:
            self._page_done()
            return
        scale = min(self._printer.resolution(), FINEST) / POINTS_PER_INCH

        def work(progress: Progress) -> QImage:
            return pdf_pages.draw(data, number, scale, for_print=True)

        self._tasks.run(self, work, self._paint, self._end, "Printing", long=True)

    def _paint(self, image: QImage) -> None:
        if self._over:
            return
        self._painter.drawImage(self._place(self._sheets[self._left[0]]), image)
        self._page_done()

    def _page_done(self) -> None:
        self._left.pop(0)
        self._sent += 1
        self.progressed.emit(self._sent, self._total)
        if not self._left:
            self._end(None)
        elif self._printer.newPage():
            self._next()
        else:
            self._end(
                StorageProblem(
                    f"The printer stopped after page {self._sent} of {self._total}. Look at it and print the rest."
                )
            )

    def _place(self, sheet: PageSize) -> QRectF:
        """Life size from the sheet's corner; smaller only where the paper in the printer is smaller."""
        per_point = self._printer.resolution() / POINTS_PER_INCH
        width, height = sheet.width * per_point, sheet.height * per_point
        paper = self._printer.paperRect(QPrinter.Unit.DevicePixel)
        # A millimetre is left to rounding: A4 in points and in a printer's dots never agree quite.
        leeway = per_point * 3
        if width > paper.width() + leeway or height > paper.height() + leeway:
            smaller = min(paper.width() / width, paper.height() / height)
            width, height = width * smaller, height * smaller
        return QRectF(0, 0, width, height)

    def _end(self, error: SmdeskError | None) -> None:
        if self._over:
            return
        self._over = True
        ended_well = self._painter.end() if self._painter.isActive() else True
        if error is None and not ended_well and self._sent == self._total:
            error = StorageProblem("The printer did not take the pages. Look at it and print again.")
        self.finished.emit(error)
