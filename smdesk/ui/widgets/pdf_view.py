"""Shows one of our own papers: its pages, with zoom and search, printing, saving, and opening elsewhere."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import Qt, QUrl, Signal
from PySide6.QtGui import QDesktopServices, QKeyEvent
from PySide6.QtPrintSupport import QPrintDialog, QPrinter
from PySide6.QtWidgets import (
    QComboBox,
    QHBoxLayout,
    QLabel,
    QSizePolicy,
    QStackedWidget,
    QVBoxLayout,
    QWidget,
)

from smdesk.errors import SmdeskError
from smdesk.security.files import write_whole
from smdesk.services import settings
from smdesk.services.context import Context
from smdesk.ui import pdf_pages, scratch, theme
from smdesk.ui.messages import Messages
from smdesk.ui.pdf_pages import Found, Paper
from smdesk.ui.tasks import Progress, Tasks
from smdesk.ui.widgets import pdf_canvas, pdf_print
from smdesk.ui.widgets.buttons import button
from smdesk.ui.widgets.empty_state import EmptyState
from smdesk.ui.widgets.forms import row
from smdesk.ui.widgets.pdf_canvas import PdfCanvas
from smdesk.ui.widgets.save_as import asking, chosen_file
from smdesk.ui.widgets.search_box import SearchBox
from smdesk.ui.widgets.text import named

_ZOOMS: tuple[tuple[str, float | str], ...] = (
    ("Fit width", pdf_canvas.FIT_WIDTH),
    ("Whole page", pdf_canvas.FIT_PAGE),
    ("50 %", 0.5),
    ("75 %", 0.75),
    ("100 %", 1.0),
    ("125 %", 1.25),
    ("150 %", 1.5),
    ("200 %", 2.0),
    ("300 %", 3.0),
)
_NOTHING = ("Nothing to show", "")


class PdfView(QWidget):
    """A paper with its buttons. ``object_name`` begins the ``objectName`` of every control in it."""

    shown = Signal()
    """The paper given last is on screen (its pictures may still be on their way)."""

    left = Signal(str)
    """The paper left the program: "printed", "copied" or "opened_outside"."""

    def __init__(
        self,
        tasks: Tasks,
        messages: Messages,
        object_name: str = "pdf",
        parent: QWidget | None = None,
        *,
        may_keep: bool = True,
        what: str = "Paper",
        ctx: Context | None = None,
    ) -> None:
        """``may_keep`` False leaves out print, save and open. ``what`` is what a screen reader calls it. With ``ctx``
        the printer is remembered for this user.
        """
        super().__init__(parent)
        self._ctx = ctx
        self._tasks = tasks
        self._messages = messages
        self._paper: Paper | None = None
        self._title = what
        self._found: tuple[Found, ...] = ()
        self._at = -1
        self._printing: pdf_print.PrintRun | None = None
        self._keep_place = False
        self.setObjectName(object_name)
        self.setAccessibleName(what)

        self.print_button = button("&Print…", f"{object_name}_print", self.ask_and_print)
        self.save_button = button("Sav&e as…", f"{object_name}_save", self.ask_and_save)
        self.open_button = button(
            "Open in my PDF &viewer",
            f"{object_name}_open",
            self.open_outside,
            tip="Opens a read-only copy that lies outside SM Desk's protection until SM Desk ends",
        )
        self.stop_button = button("S&top printing", f"{object_name}_stop", self.stop_printing)
        self.stop_button.hide()
        self._work = _label("", f"{object_name}_work")
        top = row(self.print_button, self.save_button, self.open_button, self.stop_button, self._work, None)

        self.canvas = named(PdfCanvas(tasks), f"{object_name}_pages", what)
        self.canvas.viewport().setObjectName(f"{object_name}_sheet")
        self._empty = EmptyState(*_NOTHING, object_name=f"{object_name}_empty")
        self._stack = QStackedWidget()
        self._stack.addWidget(self._empty)
        self._stack.addWidget(self.canvas)

        self.zoom_out_button = button(
            "−", f"{object_name}_zoom_out", self.canvas.zoom_out, tip="Smaller (Ctrl+−)"
        )
        self.zoom_out_button.setAccessibleName("Smaller")
        self.zoom_in_button = button(
            "+", f"{object_name}_zoom_in", self.canvas.zoom_in, tip="Larger (Ctrl++)"
        )
        self.zoom_in_button.setAccessibleName("Larger")
        self.zoom_box = named(QComboBox(), f"{object_name}_zoom", "Size of the paper on screen")
        for label, _ in _ZOOMS:
            self.zoom_box.addItem(label)
        self.page_label = _label("", f"{object_name}_page")
        self.search = SearchBox("Find in this paper", f"{object_name}_find")
        self.search.setMaximumWidth(200)
        self.found_label = _label("", f"{object_name}_found")
        bottom = QHBoxLayout()
        bottom.setSpacing(theme.TIGHT)
        for widget in (self.zoom_out_button, self.zoom_box, self.zoom_in_button, self.page_label):
            bottom.addWidget(widget)
        bottom.addStretch(1)
        bottom.addWidget(self.found_label)
        bottom.addWidget(self.search)

        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(theme.TIGHT)
        column.addWidget(top)
        column.addWidget(self._stack, 1)
        column.addLayout(bottom)
        for narrow in (self.zoom_out_button, self.zoom_in_button):
            narrow.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
            narrow.setMaximumWidth(narrow.fontMetrics().height() * 2)

        self.zoom_box.activated.connect(self._zoom_chosen)
        self.canvas.zoom_changed.connect(self._say_zoom)
        self.canvas.page_changed.connect(self._say_page)
        self.canvas.failed.connect(messages.error)
        self.search.searched.connect(self._search)
        self.search.returnPressed.connect(self._next_found)
        for each in (self.print_button, self.save_button, self.open_button):
            each.setVisible(may_keep)
        self.setFocusProxy(self.canvas)
        self._enable()

    # What the page uses

    @property
    def paper(self) -> Paper | None:
        """What is on screen, once it was read."""
        return self._paper

    @property
    def text(self) -> str:
        """What the paper says, all pages."""
        return "\n".join(self._paper.texts) if self._paper else ""

    def show_pdf(
        self, data: bytes, title: str = "paper", *, keep_place: bool = True, starts: tuple[int, ...] = ()
    ) -> None:
        """Show a paper. ``title`` names the print job and the file; ``starts`` are pages that begin a fresh sheet.

        May be called again while somebody types: zoom and place are kept unless ``keep_place`` is False.
        """
        self._keep_place = keep_place and self._paper is not None
        self._title = title.removesuffix(".pdf")
        self._tasks.latest(
            self, "read", lambda progress: pdf_pages.read(data, starts), self._read, self._unreadable
        )

    def clear(self, title: str = "Nothing to show", text: str = "") -> None:
        """Take the paper away and say why there is none."""
        self._tasks.cancel_reading(self)
        self._paper = None
        self.canvas.show_paper(None)
        self._empty.say(title, text)
        self._stack.setCurrentWidget(self._empty)
        self._enable()

    def _read(self, paper: Paper) -> None:
        self._paper = paper
        self.canvas.show_paper(paper, keep_place=self._keep_place)
        self._stack.setCurrentWidget(self.canvas)
        self._enable()
        self._say_page(self.canvas.current_page)
        if self.search.text().strip():
            self._search(self.search.text().strip())
        self.shown.emit()

    def _unreadable(self, error: SmdeskError) -> None:
        self.clear("This paper cannot be shown", str(error))

    def _enable(self) -> None:
        there = self._paper is not None
        for control in (
            self.print_button,
            self.save_button,
            self.open_button,
            self.zoom_box,
            self.zoom_in_button,
            self.zoom_out_button,
            self.search,
        ):
            control.setEnabled(there)
        if not there:
            self.page_label.setText("")
            self.found_label.setText("")
        self._say_zoom()

    # Zoom, page, search

    def _zoom_chosen(self, place: int) -> None:
        self.canvas.set_zoom(_ZOOMS[place][1])

    def _say_zoom(self) -> None:
        zoom = self.canvas.zoom
        exact = [place for place, (_, value) in enumerate(_ZOOMS) if value == zoom]
        while self.zoom_box.count() > len(_ZOOMS):
            self.zoom_box.removeItem(len(_ZOOMS))
        if exact:
            self.zoom_box.setCurrentIndex(exact[0])
        else:
            self.zoom_box.addItem(f"{100 * self.canvas.factor:.0f} %")
            self.zoom_box.setCurrentIndex(len(_ZOOMS))
            # The odd size is only shown, not offered again.
            self.zoom_box.setItemData(len(_ZOOMS), 0, Qt.ItemDataRole.UserRole - 1)

    def _say_page(self, number: int) -> None:
        if self._paper is None:
            return
        texts = self._paper.texts
        words = f"Page {number + 1} of {len(texts)}"
        self.page_label.setText(words)
        # A screen reader cannot read a picture: the page's own words stand beside it.
        self.canvas.setAccessibleName(f"{self._title}, {words.lower()}")
        self.canvas.setAccessibleDescription(texts[number] if number < len(texts) else "")

    def _search(self, text: str) -> None:
        if not text or self._paper is None:
            self._found, self._at = (), -1
            self.canvas.show_found((), -1)
            self.found_label.setText("")
            return
        data = self._paper.data
        self._tasks.latest(self, "find", lambda progress: pdf_pages.find(data, text), self._has_found)

    def _has_found(self, found: tuple[Found, ...]) -> None:
        self._found, self._at = found, -1
        self.canvas.show_found(found, -1)
        if found:
            self._next_found()
        else:
            self.found_label.setText("Not found")

    def _next_found(self) -> None:
        if self._found:
            self._at = (self._at + 1) % len(self._found)
            self.canvas.show_found(self._found, self._at)
            self.found_label.setText(f"{self._at + 1} of {len(self._found)}")

    def keyPressEvent(self, event: QKeyEvent) -> None:
        control = bool(event.modifiers() & Qt.KeyboardModifier.ControlModifier)
        if self._paper and event.key() == Qt.Key.Key_F3:
            self._next_found()
        elif self._paper and control and event.key() == Qt.Key.Key_P:
            self.ask_and_print()
        else:
            super().keyPressEvent(event)

    # Printing

    def ask_and_print(self) -> None:
        """Ask the system's dialog where to print, then print. What was chosen last stands in it."""
        if self._paper is None or self._printing is not None:
            return
        ctx = self._ctx
        if ctx is None:
            self._ask(pdf_print.Habit())
            return

        def work(progress: Progress) -> pdf_print.Habit:
            return pdf_print.habit_from(settings.get(ctx, pdf_print.SETTING))

        self._tasks.latest(self, "habit", work, self._ask)

    def _ask(self, habit: pdf_print.Habit) -> None:
        if self._paper is None or self._printing is not None:
            return
        printer = pdf_print.printer_for(self._paper.sizes, self._title, habit)
        dialog = QPrintDialog(printer, self)
        dialog.setObjectName(f"{self.objectName()}_print_dialog")
        dialog.setOption(QPrintDialog.PrintDialogOption.PrintPageRange)
        dialog.setMinMax(1, len(self._paper.sizes))
        wanted = dialog.exec() == QPrintDialog.DialogCode.Accepted
        dialog.deleteLater()
        if wanted:
            self._remember(pdf_print.habit_of(printer), habit)
            self.print_on(printer)

    def _remember(self, chosen: pdf_print.Habit | None, before: pdf_print.Habit) -> None:
        ctx = self._ctx
        if ctx is None or chosen is None or chosen == before:
            return
        held = chosen.as_json()
        self._tasks.run(
            self, lambda progress: settings.put(ctx, pdf_print.SETTING, held), title="Remembering the printer"
        )

    def stop_printing(self) -> None:
        """Stop after the page that is being sent."""
        if self._printing is not None:
            self._printing.cancel()
            self._work.setText("Stopped. Look at what the printer has taken already.")

    def print_on(self, printer: QPrinter) -> None:
        """Print on this printer, at life size: a letter's address must lie in the envelope's window."""
        if self._paper is None or self._printing is not None:
            return
        run = pdf_print.PrintRun(self._tasks, printer, self._paper, self)
        self._printing = run
        run.progressed.connect(self._say_printing)
        run.finished.connect(self._printed)
        self.print_button.setEnabled(False)
        self._work.setText("Printing…")
        self.stop_button.show()
        run.start()

    def _say_printing(self, sent: int, total: int) -> None:
        self._work.setText(f"Printing page {sent} of {total}…" if sent < total else "Sent to the printer")

    def _printed(self, error: SmdeskError | None) -> None:
        if self._printing is not None:
            self._printing.deleteLater()
            self._printing = None
        self.print_button.setEnabled(self._paper is not None)
        self.stop_button.hide()
        if error is not None:
            self._work.setText("")
            self._messages.error(error)
        else:
            self.left.emit("printed")

    # Copies

    def ask_and_save(self) -> None:
        """Save a copy where the person says."""
        if self._paper is None:
            return
        name = scratch.file_name(self._title)
        file = chosen_file(asking("Save a copy"), self, name, "PDF (*.pdf)")
        if file is not None:
            self.save_to(file)

    def save_to(self, file: Path) -> None:
        """Write the paper to this file, whole or not at all."""
        if self._paper is None:
            return
        data = self._paper.data

        def work(progress: Progress) -> str:
            write_whole(file, data)
            return file.name

        self._tasks.run(self, work, self._kept, title="Saving a copy")

    def _kept(self, file_name: str) -> None:
        self._work.setText(f"Saved as {file_name}")
        self.left.emit("copied")

    def open_outside(self) -> None:
        """Show a copy in the person's own PDF program, after saying what that means."""
        if self._paper is None:
            return
        if not self._messages.confirm(
            "Open a copy outside SM Desk?",
            "Open a copy",
            more="Your PDF program reads a copy that SM Desk does not protect: whoever uses this computer while it "
            "is open can see it, and the program may keep traces. The copy is read-only and is deleted when SM Desk "
            "ends or locks.",
        ):
            return
        data, title = self._paper.data, self._title
        self._tasks.run(
            self,
            lambda progress: scratch.copy_for_viewing(data, scratch.file_name(title)),
            self._copied,
            title="Making a copy",
        )

    def _copied(self, file: Path) -> None:
        self.left.emit("opened_outside")
        if QDesktopServices.openUrl(QUrl.fromLocalFile(str(file))):
            self._work.setText("Opened in your PDF viewer")
        else:
            self._messages.error(
                "No program for PDF files was found on this computer.",
                more="Save the paper with “Save as…” and open it where there is one.",
            )


def _label(text: str, object_name: str) -> QLabel:
    label = QLabel(text)
    label.setTextFormat(Qt.TextFormat.PlainText)
    label.setObjectName(object_name)
    label.setProperty("look", "muted")
    return label
