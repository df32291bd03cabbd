"""What every import of a file is in the window: the file, its columns, a check, and only then the import.

A subclass gives the two pages in the middle and says what is read, checked, written and reported. Everything that
touches a file or the records is done on a worker; the dialog only shows what came of it.
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from PySide6.QtCore import Qt, QTimer
from PySide6.QtGui import QCloseEvent, QDragEnterEvent, QDropEvent
from PySide6.QtWidgets import QComboBox, QDialog, QFileDialog, QStackedWidget, QVBoxLayout, QWidget

from smdesk.documents.sheet_reading import Sheet
from smdesk.errors import Cancelled, Invalid, SmdeskError
from smdesk.services.import_headings import ColumnSample
from smdesk.services.import_people import Choice
from smdesk.services.list_files import Kind
from smdesk.ui import theme
from smdesk.ui.desk import Desk
from smdesk.ui.tasks import Job, Progress
from smdesk.ui.widgets.buttons import button
from smdesk.ui.widgets.dialogs import PATIENCE_MS, ProgressDialog
from smdesk.ui.widgets.forms import Scrolled, row
from smdesk.ui.widgets.problem_bar import ProblemBar
from smdesk.ui.widgets.save_as import asking
from smdesk.ui.widgets.text import PlainLabel, heading, muted, named

FILE, COLUMNS, CHECK, DONE = range(4)
_REPORTS = "PDF to print (*.pdf);;Excel workbook (*.xlsx);;Text table (*.csv)"
WriteReport = Callable[[Path, Kind, Callable[[int, int], None]], object]


@dataclass(frozen=True, slots=True)
class Read:
    """A file as read: its table, its columns with something in them, and what they are likely to be."""

    sheet: Sheet
    samples: tuple[ColumnSample, ...]
    columns: Any


class ImportSteps(QDialog):
    """Four pages. Until the last button is pressed nothing is written."""

    def __init__(
        self,
        desk: Desk,
        parent: QWidget | None,
        *,
        name: str,
        title: str,
        explained: str,
        keep: str,
        columns: Any,
        check: Any,
        choose_report: Callable[[QWidget, str], str] | None = None,
    ) -> None:
        """``explained`` stands on the first page, a paragraph a line; ``keep`` (why to keep the report) on the last.

        ``columns`` is a page with ``columns()``, ``fields()`` and ``put_keyboard()``; ``check`` is a ``LinesPage`` with
        ``plan`` and ``show_plan()``.
        """
        super().__init__(parent)
        self._desk = desk
        self._title = title
        self._choose_report = choose_report or _ask_report
        self._file: Path | None = None
        self._sheet: Sheet | None = None
        self.columns = columns
        self.check = check
        self.check.chosen.connect(self._person_chosen)
        self._choices: dict[str, Choice] = {}
        self._imported: Any = None
        self._job: Job | None = None
        self._job_title = ""
        self._keyboard_to_next = False
        self.setObjectName(name)
        self.setWindowTitle(title)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowModality(Qt.WindowModality.WindowModal)
        self.setAcceptDrops(True)
        self._slow = QTimer(self)
        self._slow.setObjectName("import_slow")
        self._slow.setSingleShot(True)
        self._slow.setInterval(PATIENCE_MS)
        self._slow.timeout.connect(self._show_progress)
        self.pages = QStackedWidget()
        self.pages.addWidget(self._make_file_page(explained))
        self.pages.addWidget(columns)
        self.pages.addWidget(check)
        self.pages.addWidget(self._make_done_page(keep))
        self.problems = ProblemBar("import_problems", self)
        self._make_buttons()
        told = QVBoxLayout()
        told.setContentsMargins(theme.LARGE, 0, theme.LARGE, 0)
        told.addWidget(self.problems)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self.pages, 1)
        column.addLayout(told)
        column.addWidget(self.foot)
        theme.fit(self, 1080, 700)
        self._turn_to(FILE)

    # What a subclass says

    def _reading(self, file: Path, sheet: str) -> Callable[[Progress], Read]:
        """The work that reads a file and guesses its columns."""
        raise NotImplementedError

    def _checking(self, sheet: Sheet, columns: Any, choices: dict[str, Choice]) -> Callable[[Progress], Any]:
        """The work that checks the lines and gives a plan."""
        raise NotImplementedError

    def _next_words(self, page: int) -> tuple[str, bool]:
        """What the last button says on the columns or check page, and whether it can be pressed."""
        raise NotImplementedError

    def _import(self) -> None:
        """Ask whether to write what was checked, and do it."""
        raise NotImplementedError

    def _reporting(self, plan: Any) -> WriteReport:
        """The work that writes the report."""
        raise NotImplementedError

    # Pages

    def _make_file_page(self, explained: str) -> QWidget:
        page = Scrolled(margin=theme.LARGE)
        page.setObjectName("import_file_page")
        body = page.body
        body.addWidget(heading(self._title, 2))
        for each in explained.splitlines():
            body.addWidget(PlainLabel(each))
        self.choose = button("&Choose a file…", "import_choose", self._choose_pressed, look="primary")
        body.addWidget(row(self.choose, None))
        body.addWidget(
            muted("An Excel workbook (.xlsx) or a text table (.csv). A file can be dropped here too.")
        )
        self.file_name = PlainLabel("")
        self.file_name.setObjectName("import_file_name")
        self.sheets = named(QComboBox(), "import_sheet", "Sheet of the workbook")
        self.sheets.activated.connect(self._sheet_chosen)
        self.sheet_row = row(PlainLabel("Sheet", wrap=False), self.sheets, None)
        self.sheet_row.hide()
        body.addWidget(self.file_name)
        body.addWidget(self.sheet_row)
        body.addStretch(1)
        return page

    def _make_done_page(self, keep: str) -> QWidget:
        page = Scrolled(margin=theme.LARGE)
        page.setObjectName("import_done_page")
        self.done_title = heading("", 2)
        self.done_title.setObjectName("import_done_title")
        self.done_words = PlainLabel("")
        self.done_words.setObjectName("import_done_words")
        page.body.addWidget(self.done_title)
        page.body.addWidget(self.done_words)
        page.body.addWidget(muted(keep))
        page.body.addStretch(1)
        return page

    def _make_buttons(self) -> None:
        self.back = button("&Back", "import_back", self._back)
        self.report = button("&Save the report…", "import_report", self._save_report)
        self.print = button("&Print preview…", "import_print", self._preview)
        self.next = button("&Next", "import_next", self._next, look="primary", shortcut="Ctrl+Return")
        self.cancel = button("Cancel", "import_cancel", self.reject)
        self.foot = row(self.back, self.report, self.print, None, self.cancel, self.next)
        self.foot.layout().setContentsMargins(theme.LARGE, theme.SMALL, theme.LARGE, theme.NORMAL)

    def _turn_to(self, page: int) -> None:
        self.problems.clear()
        self.pages.setCurrentIndex(page)
        self.back.setVisible(page in (COLUMNS, CHECK))
        self.report.setVisible(page in (CHECK, DONE))
        self.print.setVisible(page in (CHECK, DONE))
        self.cancel.setVisible(page != DONE)
        self._show_next()
        if page == FILE:
            self.choose.setFocus()
        elif page == DONE:
            self._keyboard_to_next = True
        elif page == COLUMNS:
            self.columns.put_keyboard()
        else:
            self.check.table.setFocus()

    def _show_next(self) -> None:
        page = self.pages.currentIndex()
        if page == FILE:
            words, possible = "&Next", self._sheet is not None
        elif page == DONE:
            words, possible = "&Close", True
        else:
            words, possible = self._next_words(page)
        self.next.setText(words)
        self.next.setAccessibleName(words.replace("&", ""))
        self.next.setEnabled(possible and self._job is None)
        for each in (self.back, self.report, self.print, self.choose):
            each.setEnabled(self._job is None)

    def _back(self) -> None:
        self._turn_to(self.pages.currentIndex() - 1)

    def _next(self) -> None:
        page = self.pages.currentIndex()
        if page == FILE:
            self._turn_to(COLUMNS)
        elif page == COLUMNS:
            self._check()
        elif page == CHECK:
            self._import()
        else:
            self.accept()

    # The file

    def _choose_pressed(self) -> None:
        place = _ask_file(self)
        if place:
            self.read_file(Path(place))

    def read_file(self, file: Path, sheet: str = "") -> None:
        """Read this file and go on to its columns."""
        self._file = file
        self._run(self._reading(file, sheet), self._have_read, "Reading the file")

    def _have_read(self, found: Read) -> None:
        sheet = self._sheet = found.sheet
        self._choices = {}
        lines = (
            "1 line"
            if len(sheet.lines) == 1
            else f"{len(sheet.lines):,} lines"
            if sheet.lines
            else "no lines"
        )
        place = f" of the sheet “{sheet.sheet}”" if sheet.others else ""
        self.file_name.setText(
            f"“{sheet.file_name}”: {lines} below the headings in row {sheet.heading_line}{place}."
        )
        self.sheets.clear()
        self.sheets.addItems([sheet.sheet, *sheet.others])
        self.sheet_row.setVisible(bool(sheet.others))
        self.columns.show_sheet(sheet, found.samples, found.columns)
        # Where there is a choice between sheets, the person sees it before going on.
        self._turn_to(FILE if sheet.others else COLUMNS)
        if sheet.others:
            self.sheets.setFocus()

    def _sheet_chosen(self) -> None:
        if self._sheet is None or self._file is None:
            return
        if self.sheets.currentText() != self._sheet.sheet:
            self.read_file(self._file, self.sheets.currentText())

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        if self.pages.currentIndex() == FILE and _dropped(event):
            event.acceptProposedAction()

    def dropEvent(self, event: QDropEvent) -> None:
        place = _dropped(event)
        if self.pages.currentIndex() == FILE and place and self._job is None:
            event.acceptProposedAction()
            self.read_file(Path(place))

    # The check

    def _check(self) -> None:
        if self._sheet is None:
            return
        try:
            columns = self.columns.columns()
        except Invalid as error:
            self.problems.show_problems(error, self.columns.fields())
            return
        self._run(
            self._checking(self._sheet, columns, dict(self._choices)), self._checked, "Checking the lines"
        )

    def _checked(self, plan: Any) -> None:
        if self.pages.currentIndex() != CHECK:
            self._turn_to(CHECK)
        self.check.show_plan(plan)
        self._show_next()

    def _person_chosen(self, key: str, choice: Choice | None) -> None:
        if choice is None:
            self._choices.pop(key, None)
        else:
            self._choices[key] = choice
        self._check()

    def _finished(self, imported: Any, title: str, words: str) -> None:
        """Everything is written: say what."""
        self._imported = imported
        self.done_title.setText(title)
        self.done_words.setText(words)
        self._turn_to(DONE)

    # The report

    def _save_report(self) -> None:
        if self.check.plan is None:
            return
        write = self._reporting(self.check.plan)
        name = f"Import report {self._desk.ctx.today():%Y-%m-%d}.pdf"
        place = self._choose_report(self, name)
        if not place:
            return
        file = Path(place)
        kinds: tuple[Kind, ...] = ("pdf", "xlsx", "csv")
        kind = next((each for each in kinds if file.suffix.lower() == f".{each}"), None)
        if kind is None:
            kind, file = "pdf", file.with_name(f"{file.name}.pdf")
        wanted: Kind = kind

        def work(progress: Progress) -> Path:
            write(file, wanted, progress.counted)
            return file

        self._run(work, self._report_saved, "Writing the report")

    def _report_saved(self, file: Path) -> None:
        self._desk.messages.info(
            f"The report was saved as “{file.name}”.",
            more="The file is not encrypted. Keep it where only those who need it can open it.",
        )

    def _preview(self) -> None:
        if self.check.plan is not None:
            write = self._reporting(self.check.plan)
            self._run(_for_preview(write), self._previewed, "Preparing the pages")

    def _previewed(self, data: bytes) -> None:
        from smdesk.ui.widgets.preview_window import PreviewWindow

        PreviewWindow(self._desk, data, "Import report", self).open()

    # Work

    def _run(self, work: Callable[[Progress], object], done: Callable[..., object], title: str) -> None:
        if self._job is not None:
            return
        self.problems.clear()
        self._job_title = title
        self._job = self._desk.tasks.run(
            self, work, done, self._failed, title=title, ended=self._ended, long=True
        )
        self._slow.start()
        self._show_next()

    def _show_progress(self) -> None:
        if self._job is not None and not self._job.finished:
            ProgressDialog(self._desk.tasks, self._job, self._job_title, self).open()

    def _failed(self, error: SmdeskError) -> None:
        if isinstance(error, Cancelled):
            return
        fields = self.columns.fields() if self.pages.currentIndex() == COLUMNS else {}
        self.problems.show_problems(error, fields)

    def _ended(self) -> None:
        self._slow.stop()
        self._job = None
        self._show_next()
        if self._keyboard_to_next:
            # Only now: while something is at work the button is off, and a button that is off takes no keyboard.
            self._keyboard_to_next = False
            self.next.setFocus()

    def reject(self) -> None:
        if self._may_close():
            super().reject()

    def closeEvent(self, event: QCloseEvent) -> None:
        if self._may_close():
            super().closeEvent(event)
        else:
            event.ignore()

    def _may_close(self) -> bool:
        """While something is written the window stays; what was chosen by hand is not thrown away unasked."""
        if self._job is not None:
            return False
        if not self._choices or self._imported is not None:
            return True
        return self._desk.messages.confirm(
            "Close without importing?",
            "Close",
            "Go on",
            more="Nothing was added. Whom you chose for the names in the file is not kept.",
        )


def _for_preview(write: WriteReport) -> Callable[[Progress], bytes]:
    def work(progress: Progress) -> bytes:
        # In a folder only this person can look into, and gone before the pages are shown.
        with tempfile.TemporaryDirectory(prefix="smdesk-") as place:
            file = Path(place) / "report.pdf"
            write(file, "pdf", progress.counted)
            return file.read_bytes()

    return work


def _dropped(event: QDropEvent) -> str:
    urls = [url for url in event.mimeData().urls() if url.isLocalFile()]
    return urls[0].toLocalFile() if len(urls) == 1 else ""


def _ask_file(parent: QWidget) -> str:
    return QFileDialog.getOpenFileName(
        parent,
        "Choose the file",
        str(Path.home()),
        "Tables (*.xlsx *.xlsm *.csv *.txt *.tsv);;All files (*)",
    )[0]


def _ask_report(parent: QWidget, name: str) -> str:
    return asking("Save the report")(parent, name, _REPORTS)
