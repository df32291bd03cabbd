"""Shows slips to sign, to be printed or saved."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from PySide6.QtCore import QObject
from PySide6.QtWidgets import QWidget

from smdesk.ui.desk import Desk
from smdesk.ui.tasks import Progress
from smdesk.ui.widgets.dialogs import ProgressDialog
from smdesk.ui.widgets.preview_window import PreviewWindow

_MAKING = "Making the slips"


class Slips(QObject):
    """Makes slips off the window's thread and shows them over ``window``."""

    def __init__(self, desk: Desk, window: QWidget) -> None:
        super().__init__(window)
        self._desk = desk
        self._window = window

    def of_people(self, policy_id: int, person_ids: Sequence[int]) -> None:
        """Slips of one policy for these people; a page of blank ones for nobody."""
        ctx, people = self._desk.ctx, tuple(person_ids)

        def work(progress: Progress) -> bytes:
            from smdesk.services import agreement_papers  # only here: the tab is there sooner without it

            return agreement_papers.slip_pdf(ctx, policy_id, people, _reporting(progress))

        job = self._desk.tasks.run(self, work, self._shown, title=_MAKING, long=True)
        ProgressDialog(self._desk.tasks, job, _MAKING, self._window).open()

    def of_rows(self, row_ids: Sequence[int]) -> None:
        """Slips for rows of the list of answers."""
        ctx, rows = self._desk.ctx, tuple(row_ids)

        def work(progress: Progress) -> bytes:
            from smdesk.services import agreement_papers  # only here: the tab is there sooner without it

            return agreement_papers.slips_pdf(ctx, rows, _reporting(progress))

        job = self._desk.tasks.run(self, work, self._shown, title=_MAKING, long=True)
        ProgressDialog(self._desk.tasks, job, _MAKING, self._window).open()

    def _shown(self, data: bytes) -> None:
        PreviewWindow(self._desk, data, "Slips to sign", self._window).open()


def _reporting(progress: Progress) -> Callable[[int, int], None]:
    def report(done: int, total: int) -> None:
        progress.report(done, total, f"{done:,} of {total:,} pages" if total else "")

    return report
