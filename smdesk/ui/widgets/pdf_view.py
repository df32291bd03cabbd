"""Shows one of the program's own papers: pages drawn on a worker, zoom and scrolling by keyboard, print and save."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QPoint, QRectF, QSize, Qt, QUrl, Signal
from PySide6.QtGui import (
    QColor,
    QDesktopServices,
    QImage,
    QKeyEvent,
    QPainter,
    QPaintEvent,
    QPen,
    QResizeEvent,
    QWheelEvent,
)
from PySide6.QtPrintSupport import QPrintDialog, QPrinter
from PySide6.QtWidgets import QAbstractScrollArea, QDialog, QFileDialog, QFrame, QVBoxLayout, QWidget

from smdesk.errors import SmdeskError, StorageProblem
from smdesk.security.files import write_whole
from smdesk.ui import pdf_pages, scratch, theme
from smdesk.ui.messages import Messages
from smdesk.ui.pdf_pages import Paper
from smdesk.ui.tasks import Progress, Tasks
from smdesk.ui.widgets.buttons import button
from smdesk.ui.widgets.forms import row
from smdesk.ui.widgets.text import PlainLabel

GAP = 14
ZOOMS = (0.5, 0.67, 0.8, 1.0, 1.25, 1.5, 2.0, 3.0)
PRINT_DPI = 300
"""Fine enough for text on paper; a printer's own 1200 would take 400 MB a page."""


class PdfCanvas(QAbstractScrollArea):
    """The pages, one below the other. Only those in sight are drawn."""

    moved = Signal()
    """Another page is in sight, or another size is shown."""

    def __init__(self, tasks: Tasks, object_name: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._tasks = tasks
        self._paper: Paper | None = None
        self._zoom = 0.0
        self._pictures: dict[tuple[int, int], QImage] = {}
        self._asked: tuple[tuple[int, int], ...] = ()
        self.setObjectName(object_name)
        self.setAccessibleName("Preview of the paper")
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.verticalScrollBar().valueChanged.connect(self._scrolled)
        self.horizontalScrollBar().valueChanged.connect(self._scrolled)

    def show_paper(self, paper: Paper | None) -> None:
        before = self._paper
        self._paper = paper
        self._pictures.clear()
        self._asked = ()
        if before is None or paper is None or before.sizes != paper.sizes:
            self.verticalScrollBar().setValue(0)
        self.setAccessibleDescription("\n".join(paper.texts) if paper else "")
        self._lay_out()

    @property
    def pages(self) -> int:
        return len(self._paper.sizes) if self._paper else 0

    def page_in_sight(self) -> int:
        """The page in the middle of the view, from 1; 0 without a paper."""
        middle = self.verticalScrollBar().value() + self.viewport().height() / 2
        for number, box in enumerate(self._boxes()):
            if middle <= box.bottom() + GAP:
                return number + 1
        return self.pages

    def zoom(self) -> float:
        """Shown size: 1.0 is life size on a screen of 96 dots to the inch."""
        return self._scale() * 72 / 96

    def zoom_by(self, steps: int) -> None:
        """The next larger or smaller of the usual sizes."""
        now = self.zoom()
        if steps > 0:
            self._zoom = next((z for z in ZOOMS if z > now + 0.01), ZOOMS[-1])
        else:
            self._zoom = next((z for z in reversed(ZOOMS) if z < now - 0.01), ZOOMS[0])
        self._lay_out()

    def fit_width(self) -> None:
        self._zoom = 0.0
        self._lay_out()

    def sizeHint(self) -> QSize:
        return QSize(560, 640)

    # Layout and painting

    def _scale(self) -> float:
        """Device-independent pixels to the point."""
        if self._zoom:
            return self._zoom * 96 / 72
        if not self._paper or not self._paper.sizes:
            return 96 / 72
        widest = max(size.width for size in self._paper.sizes)
        return max(0.3, min((self.viewport().width() - 2 * GAP) / widest, 2.0))

    def _boxes(self) -> list[QRectF]:
        """Where each page lies, before scrolling."""
        if self._paper is None:
            return []
        scale, boxes, top = self._scale(), [], float(GAP)
        for size in self._paper.sizes:
            width, height = size.width * scale, size.height * scale
            left = max(float(GAP), (self.viewport().width() - width) / 2)
            boxes.append(QRectF(left, top, width, height))
            top += height + GAP
        return boxes

    def _lay_out(self) -> None:
        boxes = self._boxes()
        bottom = boxes[-1].bottom() + GAP if boxes else 0
        right = max((box.right() for box in boxes), default=0) + GAP
        view = self.viewport().size()
        vertical, horizontal = self.verticalScrollBar(), self.horizontalScrollBar()
        vertical.setRange(0, max(0, int(bottom - view.height())))
        vertical.setPageStep(max(1, view.height() - 40))
        vertical.setSingleStep(40)
        horizontal.setRange(0, max(0, int(right - view.width())) if self._zoom else 0)
        horizontal.setPageStep(max(1, view.width()))
        horizontal.setSingleStep(40)
        self.viewport().update()
        self.moved.emit()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._lay_out()

    def _scrolled(self) -> None:
        self.viewport().update()
        self.moved.emit()

    def paintEvent(self, event: QPaintEvent) -> None:
        colours = theme.colours()
        painter = QPainter(self.viewport())
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
        painter.fillRect(event.rect(), QColor(colours.neutral_ground))
        offset = QPoint(self.horizontalScrollBar().value(), self.verticalScrollBar().value())
        seen = QRectF(self.viewport().rect())
        fineness = round(self._scale() * self.devicePixelRatioF() * 100)
        wanted = []
        for number, box in enumerate(self._boxes()):
            place = box.translated(-offset.x(), -offset.y())
            if not place.intersects(seen):
                continue
            painter.fillRect(place, Qt.GlobalColor.white)
            picture = self._pictures.get((number, fineness))
            if picture is None:
                wanted.append((number, fineness))
                picture = next((p for (n, _), p in self._pictures.items() if n == number), None)
            if picture is not None:
                painter.drawImage(place, picture)
            painter.setPen(QPen(QColor(colours.border)))
            painter.drawRect(place)
        painter.end()
        if wanted:
            self._ask(tuple(wanted))

    def _ask(self, wanted: tuple[tuple[int, int], ...]) -> None:
        if self._paper is None or wanted == self._asked:
            return
        self._asked = wanted
        data = self._paper.data

        def work(progress: Progress) -> tuple[bytes, list[tuple[tuple[int, int], QImage]]]:
            drawn = []
            for number, fineness in wanted:
                progress.check_cancelled()
                drawn.append(((number, fineness), pdf_pages.draw(data, number, fineness / 100)))
            return data, drawn

        self._tasks.latest(self, "pages", work, self._drawn)

    def _drawn(self, result: tuple[bytes, list[tuple[tuple[int, int], QImage]]]) -> None:
        data, drawn = result
        self._asked = ()
        if self._paper is None or data is not self._paper.data:
            return
        fresh = {key for key, _ in drawn}
        # Other sizes of these pages, and pages scrolled far away, are not kept.
        self._pictures = {
            key: picture for key, picture in self._pictures.items() if key[0] not in {n for n, _ in fresh}
        }
        while len(self._pictures) > 6:
            del self._pictures[next(iter(self._pictures))]
        self._pictures.update(drawn)
        self.viewport().update()

    # Keys and wheel

    def keyPressEvent(self, event: QKeyEvent) -> None:
        bar = self.verticalScrollBar()
        key = event.key()
        if key in (Qt.Key.Key_Plus, Qt.Key.Key_Equal):
            self.zoom_by(1)
        elif key == Qt.Key.Key_Minus:
            self.zoom_by(-1)
        elif key == Qt.Key.Key_0:
            self.fit_width()
        elif key == Qt.Key.Key_Home:
            bar.setValue(0)
        elif key == Qt.Key.Key_End:
            bar.setValue(bar.maximum())
        elif key in (Qt.Key.Key_PageDown, Qt.Key.Key_Space):
            bar.setValue(bar.value() + bar.pageStep())
        elif key == Qt.Key.Key_PageUp:
            bar.setValue(bar.value() - bar.pageStep())
        elif key == Qt.Key.Key_Down:
            bar.setValue(bar.value() + bar.singleStep())
        elif key == Qt.Key.Key_Up:
            bar.setValue(bar.value() - bar.singleStep())
        else:
            super().keyPressEvent(event)

    def wheelEvent(self, event: QWheelEvent) -> None:
        if event.modifiers() & Qt.KeyboardModifier.ControlModifier:
            self.zoom_by(1 if event.angleDelta().y() > 0 else -1)
            event.accept()
            return
        super().wheelEvent(event)


class PdfView(QWidget):
    """A paper with its buttons. ``show_pdf`` may be called again while somebody types (the place is kept)."""

    shown = Signal()
    """The paper given last is on screen."""

    def __init__(
        self,
        tasks: Tasks,
        messages: Messages,
        object_name: str = "pdf",
        parent: QWidget | None = None,
        *,
        may_keep: bool = True,
    ) -> None:
        """``may_keep`` False leaves out print, save and open: a preview of a letter nobody approved is no letter."""
        super().__init__(parent)
        self._tasks = tasks
        self._messages = messages
        self._paper: Paper | None = None
        self._file_name = "paper.pdf"
        self._print: _Printing | None = None
        self.setObjectName(object_name)
        self.canvas = PdfCanvas(tasks, f"{object_name}_pages", self)
        self.zoom_out = button("−", f"{object_name}_zoom_out", self._smaller, tip="Smaller (−)")
        self.zoom_out.setAccessibleName("Smaller")
        self.zoom_in = button("+", f"{object_name}_zoom_in", self._larger, tip="Larger (+)")
        self.zoom_in.setAccessibleName("Larger")
        self.fit = button(
            "Fit &width", f"{object_name}_fit", self.canvas.fit_width, tip="As wide as the window (0)"
        )
        self.where = PlainLabel("", look="muted", wrap=False)
        self.where.setObjectName(f"{object_name}_where")
        self.print_button = button("&Print…", f"{object_name}_print", self.ask_and_print)
        self.save_button = button("&Save as…", f"{object_name}_save", self.ask_and_save)
        self.open_button = button("Open in my PDF &viewer", f"{object_name}_open", self.open_outside)
        self._keep_buttons = (self.print_button, self.save_button, self.open_button)
        line = row(self.zoom_out, self.zoom_in, self.fit, self.where, None, *self._keep_buttons)
        for each in self._keep_buttons:
            each.setVisible(may_keep)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(theme.SMALL)
        column.addWidget(line)
        column.addWidget(self.canvas, 1)
        self.setFocusProxy(self.canvas)
        self.canvas.moved.connect(self._say_where)
        self._enable()

    def show_pdf(self, data: bytes, file_name: str = "paper.pdf") -> None:
        """Show this PDF. ``file_name`` is what saving suggests."""
        self._file_name = file_name
        self._tasks.latest(self, "read", lambda progress: pdf_pages.read(data), self._read)

    def clear(self) -> None:
        self._tasks.cancel_reading(self)
        self._paper = None
        self.canvas.show_paper(None)
        self._enable()

    @property
    def paper(self) -> Paper | None:
        """What is on screen, once it was read."""
        return self._paper

    def _read(self, paper: Paper) -> None:
        self._paper = paper
        self.canvas.show_paper(paper)
        self._enable()
        self.shown.emit()

    def _enable(self) -> None:
        for each in (*self._keep_buttons, self.zoom_in, self.zoom_out, self.fit):
            each.setEnabled(self._paper is not None)
        self._say_where()

    def _say_where(self) -> None:
        if self._paper is None:
            self.where.setText("")
            return
        self.where.setText(
            f"Page {self.canvas.page_in_sight()} of {self.canvas.pages} · {self.canvas.zoom():.0%}"
        )

    def _larger(self) -> None:
        self.canvas.zoom_by(1)

    def _smaller(self) -> None:
        self.canvas.zoom_by(-1)

    # Out of the program

    def ask_and_save(self) -> None:
        """Save a copy where the person says."""
        if self._paper is None:
            return
        chosen, _ = QFileDialog.getSaveFileName(self, "Save the paper", self._file_name, "PDF (*.pdf)")
        if chosen:
            self.save_to(Path(chosen))

    def save_to(self, file: Path) -> None:
        """Write the paper to ``file``, whole or not at all."""
        if self._paper is None:
            return
        data = self._paper.data
        self._tasks.run(self, lambda progress: write_whole(file, data), title="Saving the paper")

    def open_outside(self) -> None:
        """Hand a copy to the system's PDF viewer. It lies in a private folder until the program ends or locks."""
        if self._paper is None:
            return
        data, name = self._paper.data, self._file_name

        def work(progress: Progress) -> Path:
            file = scratch.place_for(name)
            write_whole(file, data)
            return file

        self._tasks.run(self, work, self._open_file)

    def _open_file(self, file: Path) -> None:
        if not QDesktopServices.openUrl(QUrl.fromLocalFile(str(file))):
            self._messages.error("No program for PDF files answered. Save the paper and open it from there.")

    def ask_and_print(self) -> None:
        """Print through the system's dialog."""
        if self._paper is None or self._print is not None:
            return
        printer = QPrinter(QPrinter.PrinterMode.HighResolution)
        printer.setDocName(self._file_name)
        dialog = QPrintDialog(printer, self)
        dialog.setOption(QPrintDialog.PrintDialogOption.PrintPageRange, True)
        dialog.setMinMax(1, len(self._paper.sizes))
        if dialog.exec() == QDialog.DialogCode.Accepted:
            self.print_on(printer)
        dialog.deleteLater()

    def print_on(self, printer: QPrinter) -> None:
        """Print at real size: a letter's address must lie in the envelope's window."""
        if self._paper is None:
            return
        first = printer.fromPage() or 1
        last = printer.toPage() or len(self._paper.sizes)
        numbers = list(range(first - 1, min(last, len(self._paper.sizes))))
        printer.setFullPage(True)
        self._print = _Printing(self._paper, printer, numbers)
        self.print_button.setEnabled(False)
        self._next_page()

    def _next_page(self) -> None:
        job = self._print
        if job is None:
            return
        if not job.numbers:
            self._print_ended()
            return
        number, data = job.numbers[0], job.paper.data
        scale = min(job.printer.resolution(), PRINT_DPI) / 72
        # Drawn on a worker, put on the printer here: a printer's painter belongs to one thread.
        self._tasks.run(
            self,
            lambda progress: pdf_pages.draw(data, number, scale),
            self._page_ready,
            self._print_failed,
            title="Printing",
        )

    def _page_ready(self, picture: QImage) -> None:
        job = self._print
        if job is None:
            return
        try:
            job.put(picture)
        except SmdeskError as error:
            self._print_failed(error)
            return
        self._next_page()

    def _print_failed(self, error: SmdeskError) -> None:
        self._print_ended()
        self._messages.error(error)

    def _print_ended(self) -> None:
        if self._print is not None:
            self._print.end()
            self._print = None
        self.print_button.setEnabled(self._paper is not None)


class _Printing:
    """One print under way."""

    def __init__(self, paper: Paper, printer: QPrinter, numbers: list[int]) -> None:
        self.paper = paper
        self.printer = printer
        self.numbers = numbers
        self._painter: QPainter | None = None

    def put(self, picture: QImage) -> None:
        """Put the next page on paper. Raises StorageProblem when the printer does not take it."""
        number = self.numbers.pop(0)
        if self._painter is None:
            self._painter = QPainter()
            if not self._painter.begin(self.printer):
                self._painter = None
                raise StorageProblem("The printer did not take the paper. Check that it is on and try again.")
        elif not self.printer.newPage():
            raise StorageProblem("The printer stopped taking pages. Check its paper and try again.")
        size, dots = self.paper.sizes[number], self.printer.resolution() / 72
        self._painter.drawImage(QRectF(0, 0, size.width * dots, size.height * dots), picture)

    def end(self) -> None:
        if self._painter is not None:
            self._painter.end()
            self._painter = None
