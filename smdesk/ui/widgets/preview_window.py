"""A window that shows a paper made on the spot: a printed list, a timeline, a decision."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QObject, Qt, QTimer
from PySide6.QtWidgets import QDialog, QVBoxLayout, QWidget

from smdesk.ui import theme
from smdesk.ui.desk import Desk
from smdesk.ui.tasks import Job, Progress
from smdesk.ui.widgets.buttons import button
from smdesk.ui.widgets.dialogs import PATIENCE_MS, ProgressDialog
from smdesk.ui.widgets.forms import row
from smdesk.ui.widgets.pdf_view import PdfView


class PreviewWindow(QDialog):
    """A paper as pages, to print or save. Use ``open()``."""

    def __init__(
        self,
        desk: Desk,
        data: bytes,
        title: str,
        parent: QWidget | None = None,
        starts: tuple[int, ...] = (),
    ) -> None:
        """``starts`` are the pages (from 0) that begin a fresh sheet."""
        super().__init__(parent)
        self.setObjectName("list_preview")
        self.setWindowTitle(title)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowFlag(Qt.WindowType.WindowMaximizeButtonHint)
        column = QVBoxLayout(self)
        theme.roomy(column, theme.NORMAL)
        self.view = PdfView(desk.tasks, desk.messages, "list_pdf", what=title, ctx=desk.ctx)
        column.addWidget(self.view, 1)
        self.close_button = button("Close", "list_preview_close", self.reject, tip="Esc")
        column.addWidget(row(None, self.close_button))
        room = self.screen().availableGeometry()
        self.resize(min(1000, room.width() - 60), min(860, room.height() - 80))
        self.view.show_pdf(data, title, starts=starts)


class Papers(QObject):
    """Makes papers on a worker and shows each in a window of its own over ``window``."""

    def __init__(self, desk: Desk, window: QWidget) -> None:
        super().__init__(window)
        self._desk = desk
        self._window = window
        self._job: Job | None = None
        self._slow = QTimer(self)
        self._slow.setObjectName("papers_slow")
        self._slow.setSingleShot(True)
        self._slow.setInterval(PATIENCE_MS)
        self._slow.timeout.connect(self._show_progress)

    def show(self, title: str, make: Callable[[], bytes]) -> None:
        """Show what ``make`` gives. It is called on a worker and holds plain data only."""

        def work(progress: Progress) -> tuple[str, bytes]:
            return title, make()

        self._desk.tasks.run(self, work, self._made, title="Making the paper", long=True)

    def show_many(self, title: str, make: Callable[[Callable[[int, int], None]], bytes]) -> None:
        """``show`` for what may have hundreds of pages: ``make`` says how far it is, and can be stopped.

        While one is made, another is not begun: it was pressed twice.
        """
        if self._job is not None:
            return

        def work(progress: Progress) -> tuple[str, bytes]:
            return title, make(progress.counted)

        self._job = self._desk.tasks.run(
            self, work, self._made, title="Making the paper", ended=self._ended, long=True
        )
        self._slow.start()

    def _show_progress(self) -> None:
        if self._job is not None and not self._job.finished:
            ProgressDialog(self._desk.tasks, self._job, "Making the paper", self._window).open()

    def _ended(self) -> None:
        self._slow.stop()
        self._job = None

    def _made(self, result: tuple[str, bytes]) -> None:
        title, data = result
        PreviewWindow(self._desk, data, title, self._window).open()
