"""Takes over a register kept elsewhere: the file, its columns, a check of every line, and only then the import."""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from PySide6.QtCore import Qt, QTimer
from PySide6.QtGui import QCloseEvent, QDragEnterEvent, QDropEvent
from PySide6.QtWidgets import QComboBox, QDialog, QFileDialog, QStackedWidget, QVBoxLayout, QWidget

from smdesk.documents.sheet_reading import Sheet
from smdesk.errors import Cancelled, Invalid, SmdeskError
from smdesk.services import connection_import
from smdesk.services.connection_import import Imported, ImportPlan, Result
from smdesk.services.context import Context
from smdesk.services.import_fields import ColumnMap
from smdesk.services.import_people import Choice
from smdesk.ui import theme
from smdesk.ui.desk import Desk
from smdesk.ui.pages.connections.import_check import CheckPage
from smdesk.ui.pages.connections.import_columns import ColumnsPage
from smdesk.ui.tasks import Job, Progress
from smdesk.ui.widgets.buttons import button
from smdesk.ui.widgets.dialogs import ProgressDialog
from smdesk.ui.widgets.forms import Scrolled, row
from smdesk.ui.widgets.problem_bar import ProblemBar
from smdesk.ui.widgets.text import PlainLabel, heading, muted, named

PATIENCE_MS = 400
"""How long work may take before its progress is shown."""
FILE, COLUMNS, CHECK, DONE = range(4)
_REPORTS = "PDF to print (*.pdf);;Excel workbook (*.xlsx);;Text table (*.csv)"


@dataclass(frozen=True, slots=True)
class _Read:
    sheet: Sheet
    columns: ColumnMap
    file: Path


class ImportDialog(QDialog):
    """Four pages. Until the last button is pressed nothing is written."""

    def __init__(
        self,
        desk: Desk,
        parent: QWidget | None = None,
        *,
        choose_report: Callable[[QWidget, str], str] | None = None,
    ) -> None:
        super().__init__(parent)
        self._desk = desk
        self._choose_report = choose_report or _ask_report
        self._read: _Read | None = None
        self._choices: dict[str, Choice] = {}
        self._imported: Imported | None = None
        self._job: Job | None = None
        self._job_title = ""
        self._keyboard_to_next = False
        self.setObjectName("import_dialog")
        self.setWindowTitle("Import a register")
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowModality(Qt.WindowModality.WindowModal)
        self.setAcceptDrops(True)
        self._slow = QTimer(self)
        self._slow.setObjectName("import_slow")
        self._slow.setSingleShot(True)
        self._slow.setInterval(PATIENCE_MS)
        self._slow.timeout.connect(self._show_progress)
        self.pages = QStackedWidget()
        self.pages.addWidget(self._make_file_page())
        self.columns = ColumnsPage(desk)
        self.check = CheckPage(desk)
        self.check.chosen.connect(self._person_chosen)
        self.pages.addWidget(self.columns)
        self.pages.addWidget(self.check)
        self.pages.addWidget(self._make_done_page())
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

    # Pages

    def _make_file_page(self) -> QWidget:
        page = Scrolled(margin=theme.LARGE)
        page.setObjectName("import_file_page")
        body = page.body
        body.addWidget(heading("Import a register", 2))
        body.addWidget(
            PlainLabel(
                "Takes over exceptions that were kept in a spreadsheet. First every line is checked, and you see what "
                "would become of it. Nothing is added before you say so, and then all of it or nothing."
            )
        )
        body.addWidget(
            PlainLabel(
                "Approvals come in as “Approved before SM Desk”, unsigned: they count, and whoever looks at them later "
                "sees that they were not signed here (CON-2). What is in the register already is not added again."
            )
        )
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

    def _make_done_page(self) -> QWidget:
        page = Scrolled(margin=theme.LARGE)
        page.setObjectName("import_done_page")
        self.done_title = heading("", 2)
        self.done_title.setObjectName("import_done_title")
        self.done_words = PlainLabel("")
        self.done_words.setObjectName("import_done_words")
        page.body.addWidget(self.done_title)
        page.body.addWidget(self.done_words)
        page.body.addWidget(
            muted("Keep the report with the old register: it says for each line what became of it, and why.")
        )
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
        elif page == COLUMNS:
            self.columns.put_keyboard()
        elif page == CHECK:
            self.check.table.setFocus()
        else:
            self._keyboard_to_next = True

    def _show_next(self) -> None:
        page = self.pages.currentIndex()
        plan = self.check.plan
        words, possible = "&Next", self._read is not None
        if page == COLUMNS:
            words = "C&heck the lines"
        elif page == CHECK:
            count = plan.count(Result.NEW) if plan is not None else 0
            lines = "1 line" if count == 1 else f"{count:,} lines"
            words, possible = (f"&Add {lines}", True) if count else ("Nothing to add", False)
        elif page == DONE:
            words, possible = "&Close", True
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
        ctx = self._desk.ctx

        def work(progress: Progress) -> _Read:
            found = connection_import.read(ctx, file, sheet, lambda: progress.cancelled)
            return _Read(found, connection_import.guess(ctx, found), file)

        self._run(work, self._have_read, "Reading the file")

    def _have_read(self, found: _Read) -> None:
        self._read = found
        self._choices = {}
        sheet = found.sheet
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
        self.columns.show_sheet(sheet, found.columns)
        # Where there is a choice between sheets, the person sees it before going on.
        self._turn_to(FILE if sheet.others else COLUMNS)
        if sheet.others:
            self.sheets.setFocus()

    def _sheet_chosen(self) -> None:
        if self._read is not None and self.sheets.currentText() != self._read.sheet.sheet:
            self.read_file(self._read.file, self.sheets.currentText())

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
        if self._read is None:
            return
        try:
            columns = self.columns.columns()
        except Invalid as error:
            self.problems.show_problems(error, self.columns.fields())
            return
        ctx, sheet, choices = self._desk.ctx, self._read.sheet, dict(self._choices)

        def work(progress: Progress) -> ImportPlan:
            made = connection_import.plan(ctx, sheet, columns, choices, _told(progress))
            connection_import.remember(ctx, sheet, columns)
            return made

        self._run(work, self._checked, "Checking the lines")

    def _checked(self, plan: ImportPlan) -> None:
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

    # The import

    def _import(self) -> None:
        plan = self.check.plan
        if plan is None:
            return
        left = len(plan.lines) - plan.count(Result.NEW) - plan.count(Result.THERE)
        people = len(plan.people_to_add)
        lines = f"{plan.count(Result.NEW):,} {'exception' if plan.count(Result.NEW) == 1 else 'exceptions'}"
        more = []
        if people:
            more.append(f"{people:,} {'person comes' if people == 1 else 'people come'} on record with them.")
        if left:
            more.append(f"{left:,} {'line is' if left == 1 else 'lines are'} left out; the report says why.")
        more.append("What is added stays on record: it can be ended, not removed.")
        if not self._desk.messages.confirm(
            f"Add {lines} to the register?",
            "Add it" if plan.count(Result.NEW) == 1 else "Add them",
            "Go back",
            more=" ".join(more),
        ):
            return
        ctx = self._desk.ctx

        def work(progress: Progress) -> Imported:
            return connection_import.apply(ctx, plan, _told(progress))

        self._run(work, self._done, "Adding to the register")

    def _done(self, imported: Imported) -> None:
        self._imported = imported
        count = len(imported.added)
        self.done_title.setText("1 exception was added" if count == 1 else f"{count:,} exceptions were added")
        first, last = imported.added[0][2], imported.added[-1][2]
        words = f"They are {first} to {last}." if count > 1 else f"It is {first}."
        if imported.people_added:
            people = "1 person" if imported.people_added == 1 else f"{imported.people_added:,} people"
            words += f" {people} came on record with them: complete their details under People."
        plan = self.check.plan
        left = len(plan.lines) - count - plan.count(Result.THERE) if plan is not None else 0
        if left:
            words += f" {left:,} {'line was' if left == 1 else 'lines were'} left out."
        self.done_words.setText(words)
        self._turn_to(DONE)

    # The report

    def _save_report(self) -> None:
        plan = self.check.plan
        if plan is None:
            return
        name = f"Import report {self._desk.ctx.today():%Y-%m-%d}.pdf"
        place = self._choose_report(self, name)
        if not place:
            return
        file = Path(place)
        kind = next((each for each in ("pdf", "xlsx", "csv") if file.suffix.lower() == f".{each}"), None)
        if kind is None:
            kind, file = "pdf", file.with_name(f"{file.name}.pdf")
        ctx, imported, wanted = self._desk.ctx, self._imported, kind

        def work(progress: Progress) -> Path:
            connection_import.save_report(ctx, plan, file, wanted, imported, _told(progress))
            return file

        self._run(work, self._report_saved, "Writing the report")

    def _report_saved(self, file: Path) -> None:
        self._desk.messages.info(
            f"The report was saved as “{file.name}”.",
            more="The file is not encrypted. Keep it where only those who need it can open it.",
        )

    def _preview(self) -> None:
        plan = self.check.plan
        if plan is None:
            return
        ctx, imported = self._desk.ctx, self._imported
        self._run(_for_preview(ctx, plan, imported), self._previewed, "Preparing the pages")

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
        self.problems.show_problems(
            error, self.columns.fields() if self.pages.currentIndex() == COLUMNS else {}
        )

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


def _told(progress: Progress) -> Callable[[int, int], None]:
    def report(done: int, total: int) -> None:
        progress.report(done, total, f"{done:,} of {total:,}" if total else "")

    return report


def _for_preview(ctx: Context, plan: ImportPlan, imported: Imported | None) -> Callable[[Progress], bytes]:
    def work(progress: Progress) -> bytes:
        # In a folder only this person can look into, and gone before the pages are shown.
        with tempfile.TemporaryDirectory(prefix="smdesk-") as place:
            file = Path(place) / "report.pdf"
            connection_import.save_report(ctx, plan, file, "pdf", imported, _told(progress))
            return file.read_bytes()

    return work


def _dropped(event: QDropEvent) -> str:
    urls = [url for url in event.mimeData().urls() if url.isLocalFile()]
    return urls[0].toLocalFile() if len(urls) == 1 else ""


def _ask_file(parent: QWidget) -> str:
    return QFileDialog.getOpenFileName(
        parent,
        "Choose the register",
        str(Path.home()),
        "Tables (*.xlsx *.xlsm *.csv *.txt *.tsv);;All files (*)",
    )[0]


def _ask_report(parent: QWidget, name: str) -> str:
    return QFileDialog.getSaveFileName(parent, "Save the report", str(Path.home() / name), _REPORTS)[0]
