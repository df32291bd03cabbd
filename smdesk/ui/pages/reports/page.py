"""The reports tab: choose a term or a school year, make the governors' report, read, print and save it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TypeVar

from PySide6.QtWidgets import QComboBox, QProgressBar, QVBoxLayout, QWidget

from smdesk.errors import SmdeskError
from smdesk.policy.words import grouped
from smdesk.services import reports
from smdesk.services.context import Changes
from smdesk.services.periods import Period
from smdesk.ui import events as bus
from smdesk.ui import scratch, theme
from smdesk.ui.desk import Desk
from smdesk.ui.pages.reports import figures
from smdesk.ui.pages.reports.figures import Made
from smdesk.ui.tasks import Job, Progress
from smdesk.ui.widgets.buttons import button
from smdesk.ui.widgets.forms import row
from smdesk.ui.widgets.pdf_view import PdfView
from smdesk.ui.widgets.problem_bar import ProblemBar
from smdesk.ui.widgets.save_as import ChooseFile, asking, chosen_file
from smdesk.ui.widgets.text import PlainLabel, heading, muted, named

_Made = TypeVar("_Made")
_NO_REPORT = ("No report made yet", "Choose a term or a school year and press “Make report”.")


class Page(QWidget):
    """What the main window shows under "Reports"; for governors it is the only tab beside Today."""

    def __init__(
        self, desk: Desk, parent: QWidget | None = None, *, choose_file: ChooseFile | None = None
    ) -> None:
        super().__init__(parent)
        self.setObjectName("reports_page")
        self._choose_file = choose_file or asking("Save the figures")
        self._desk = desk
        self._periods: list[Period] = []
        self._job: Job | None = None
        self._stale = True

        self.choice = named(QComboBox(), "reports_period", "Term or school year")
        self.choice.setMinimumContentsLength(26)
        label = PlainLabel("Peri&od", wrap=False)
        label.setBuddy(self.choice)
        self.make = button("&Make report", "reports_make", self._make, look="primary", shortcut="Ctrl+Return")
        self.form = named(QComboBox(), "reports_form", "How much of it")
        for words, _form in figures.FORMS:
            self.form.addItem(words)
        self.excel = button("E&xcel…", "reports_excel", self._save_book)
        self.excel.setAccessibleName("Save the figures as an Excel workbook")
        self.excel.setToolTip("The same figures as a workbook, small numbers hidden as in the report")
        self.bar = named(QProgressBar(), "reports_progress", "Making the report")
        self.bar.setMaximumWidth(220)
        self.cancel = button("&Cancel", "reports_cancel", self._cancel)
        self.what_for = muted(figures.WHAT_FOR)
        self.what_for.setObjectName("reports_what_for")
        self.summary = PlainLabel("")
        self.summary.setObjectName("reports_summary")
        self.problems = ProblemBar("reports_problems")
        self.head = PlainLabel("", selectable=True)
        self.head.setObjectName("reports_head")
        # Not under it: the paper needs the room, on small screens above all. The help says it too.
        self.head.setToolTip(figures.WHAT_HEAD_IS_FOR)
        self.head.setAccessibleDescription(figures.WHAT_HEAD_IS_FOR)
        self.preview = PdfView(desk.tasks, desk.messages, "report_pdf", what="Governor report", ctx=desk.ctx)
        self.preview.clear(*_NO_REPORT)

        column = QVBoxLayout(self)
        theme.roomy(column, theme.NORMAL + theme.TIGHT, theme.SMALL)
        self.title = heading("Report to governors", 2)
        column.addWidget(self.title)
        column.addWidget(self.what_for)
        column.addWidget(
            row(label, self.choice, self.form, self.make, self.excel, self.bar, self.cancel, None)
        )
        column.addWidget(self.summary)
        column.addWidget(self.problems)
        column.addWidget(self.preview, 1)
        column.addWidget(self.head)
        self.choice.currentIndexChanged.connect(self._chosen)
        desk.tasks.progressed.connect(self._progressed)
        desk.events.changed.connect(self._changed)
        self._show_work(going_on=False)
        self.head.hide()

    # The page's agreement with the main window

    def activate(self) -> None:
        if not self._stale:
            return
        self._stale = False
        ctx = self._desk.ctx
        self._desk.tasks.latest(
            self, "periods", lambda progress: reports.periods(ctx), self._periods_read, self._failed
        )

    def open_record(self, record_id: int) -> None:
        self.activate()

    def new_record(self) -> None:
        if self.make.isEnabled():
            self._make()

    def focus_search(self) -> None:
        self.preview.search.setFocus()

    def unsaved(self) -> bool:
        return False

    def save_draft(self) -> None:
        """Nothing is typed here."""

    # Choosing

    @property
    def period(self) -> Period | None:
        place = self.choice.currentIndex()
        return self._periods[place] if 0 <= place < len(self._periods) else None

    def choose(self, label: str) -> None:
        """Choose a period by its label ("2026 autumn", "2025-26")."""
        for place, period in enumerate(self._periods):
            if period.label == label:
                self.choice.setCurrentIndex(place)

    def _periods_read(self, periods: Sequence[Period]) -> None:
        before = self.period
        self._periods = list(periods)
        today = self._desk.ctx.today()
        self.choice.blockSignals(True)
        self.choice.clear()
        for period in self._periods:
            self.choice.addItem(figures.period_label(period, today))
        place = self._periods.index(before) if before in self._periods else self._usual()
        self.choice.setCurrentIndex(place)
        self.choice.blockSignals(False)
        self._chosen()

    def _usual(self) -> int:
        """The term we are in: the committee meets every term."""
        return next((place for place, period in enumerate(self._periods) if period.kind == "term"), 0)

    def _chosen(self) -> None:
        period, ctx = self.period, self._desk.ctx
        self.make.setEnabled(period is not None and self._job is None)
        self.excel.setEnabled(self.make.isEnabled())
        self.problems.clear()
        if period is None:
            return
        self.summary.setText("Counting…")
        self._desk.tasks.latest(
            self, "summary", lambda progress: figures.summary(ctx, period, progress), self._say, self._failed
        )

    def _say(self, sentence: str) -> None:
        self.summary.setText(sentence)

    def _changed(self, changes: Changes) -> None:
        # Counted again when the tab is next looked at; a report that was made stays as it was printed.
        if bus.touches(changes, "incident"):
            self._stale = True
            if self.isVisible():
                self.activate()

    # Making

    def _make(self) -> None:
        period, ctx = self.period, self._desk.ctx
        if period is None or self._job is not None:
            return
        _, form = figures.FORMS[self.form.currentIndex()]
        self._start(
            "Making the report", lambda progress: figures.make(ctx, period, form, progress), self._made
        )

    def _save_book(self) -> None:
        period, ctx = self.period, self._desk.ctx
        if period is None or self._job is not None:
            return
        name = scratch.file_name(f"Governor report {period.label}", ".xlsx")
        file = chosen_file(self._choose_file, self, name, "Excel workbook (*.xlsx)")
        if file is None:
            return
        self._start(
            "Saving the figures",
            lambda progress: figures.save_book(ctx, period, file, progress),
            self._book_saved,
        )

    def _book_saved(self, name: str) -> None:
        self._desk.messages.info(f"Saved the figures as “{name}”.")

    def _start(self, title: str, work: Callable[[Progress], _Made], done: Callable[[_Made], None]) -> None:
        self.problems.clear()
        self.bar.setRange(0, 0)
        self._job = self._desk.tasks.run(self, work, done, self._failed, title, ended=self._ended, long=True)
        self._show_work(going_on=True)

    def _cancel(self) -> None:
        if self._job is not None:
            self._job.cancel()
            self.cancel.setEnabled(False)

    def _progressed(self, job: Job) -> None:
        if job is self._job:
            self.bar.setRange(0, job.total_pieces)
            self.bar.setValue(job.done_pieces)

    def _made(self, made: Made) -> None:
        self.preview.show_pdf(made.data, made.title, keep_place=False)
        self.summary.setText(figures.sentence(made.period, made.figures, self._desk.ctx.today()))
        head = grouped(made.figures.head_hash)
        self.head.setText(f"Printed on it: audit entry {made.figures.head_number:,}, {head}")
        # The paper needs the room now.
        self.title.hide()
        self.what_for.hide()
        self.head.show()
        self.preview.setFocus()

    def _failed(self, error: SmdeskError) -> None:
        from smdesk.errors import Cancelled

        if not isinstance(error, Cancelled):
            self.summary.setText("")
            self.problems.show_problems(error)

    def _ended(self) -> None:
        self._job = None
        self._show_work(going_on=False)

    def _show_work(self, *, going_on: bool) -> None:
        self.bar.setVisible(going_on)
        self.cancel.setVisible(going_on)
        self.cancel.setEnabled(going_on)
        self.make.setEnabled(not going_on and self.period is not None)
        for each in (self.choice, self.form):
            each.setEnabled(not going_on)
        self.excel.setEnabled(self.make.isEnabled())
