"""Outward steps: a summary for POSH, the police or a legal adviser, and the platform's own reporting route."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from pathlib import Path

from PySide6.QtCore import QUrl
from PySide6.QtGui import QDesktopServices, QGuiApplication
from PySide6.QtWidgets import QFileDialog, QPlainTextEdit, QWidget

from smdesk.errors import StorageProblem
from smdesk.policy.vocabulary import STEP_LABELS, Step
from smdesk.policy.words import written_day
from smdesk.services import advice
from smdesk.services.context import Context
from smdesk.services.reference_data import ReportingRoute
from smdesk.ui.desk import Desk
from smdesk.ui.pages.incidents.step_dialogs import RecordStepDialog
from smdesk.ui.tasks import Progress
from smdesk.ui.widgets.buttons import button
from smdesk.ui.widgets.forms import row
from smdesk.ui.widgets.text import PlainLabel, heading, named

READERS: dict[Step, advice.AnyReader] = {
    Step.POSH: "posh",
    Step.POLICE: "police",
    Step.LEGAL_ADVICE: "legal",
    Step.LEGAL_ACTION: "legal",
    Step.REPORT_TO_PLATFORM: "platform",
}
"""Whom the summary of a step is for."""


@dataclass(frozen=True, slots=True)
class Outward:
    """What the dialog shows, gathered on a worker."""

    text: str
    route: ReportingRoute | None


def gather(ctx: Context, incident_id: int, step: Step) -> Outward:
    """The summary for a step's reader, and for a report to the platform its route. Raises NotFound."""
    route = advice.platform_route(ctx, incident_id) if step is Step.REPORT_TO_PLATFORM else None
    return Outward(advice.summary_text(ctx, incident_id, READERS[step]), route)


def write_text(file: Path, text: str) -> None:
    """Write a summary for somebody outside. Raises StorageProblem in words."""
    try:
        file.write_text(text, encoding="utf-8")
    except OSError as error:
        raise StorageProblem(
            f"“{file.name}” could not be written: {error.strerror}. Choose another place."
        ) from error


class OutwardDialog(RecordStepDialog):
    """A summary to copy or save, how to hand it in, and below it the record that it was done."""

    def __init__(
        self,
        desk: Desk,
        incident_id: int,
        step: Step,
        people: tuple[tuple[int, str], ...],
        chase_on: date | None,
        outward: Outward,
        contacts: tuple[str, ...],
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(desk, incident_id, step, people, chase_on, parent)
        self._route = outward.route
        place = 1
        for widget in self._route_widgets(outward.route, contacts):
            self.column.insertWidget(place, widget)
            place += 1
        self.summary = named(
            QPlainTextEdit(outward.text, self), "summary_text", f"Summary: {STEP_LABELS[step]}"
        )
        self.summary.setReadOnly(True)
        self.summary.setTabChangesFocus(True)
        self.summary.setMinimumHeight(self.fontMetrics().lineSpacing() * 7)
        self.copy = button("&Copy the summary", "summary_copy", self._copy)
        self.save = button("&Save the summary…", "summary_save", self._save)
        self.said = PlainLabel("", self, look="muted")
        self.column.insertWidget(place, self.summary, 2)
        self.column.insertWidget(place + 1, row(self.copy, self.save, self.said, None))
        self.column.insertWidget(place + 2, heading("When it is done, record it", 3))
        self.column.removeWidget(self.explanation)
        self.column.insertWidget(place + 3, self.explanation)
        self._width = 680
        self.copy.setFocus()

    def _route_widgets(self, route: ReportingRoute | None, contacts: tuple[str, ...]) -> list[QWidget]:
        made: list[QWidget] = []
        if route is not None:
            made.append(PlainLabel(f"{route.label}: {route.text}", self, selectable=True))
            if route.checked_on is not None:
                made.append(PlainLabel(f"Checked on {written_day(route.checked_on)}.", self, look="muted"))
            if route.url:
                made.append(PlainLabel(route.url, self, selectable=True))
                self.open_page = button("&Open the reporting page…", "summary_open", self._open_page)
                made.append(row(self.open_page, None))
        elif contacts:
            made.append(PlainLabel("\n".join(contacts), self, selectable=True))
        return made

    def _copy(self) -> None:
        QGuiApplication.clipboard().setText(self.summary.toPlainText())
        self.said.setText("Copied. It holds personal details: paste it only where it belongs.")

    def _save(self) -> None:
        name, _ = QFileDialog.getSaveFileName(self, "Save the summary", "summary.txt", "Plain text (*.txt)")
        if not name:
            return
        file, text = Path(name), self.summary.toPlainText()

        def work(progress: Progress) -> str:
            write_text(file, text)
            return file.name

        self._desk.tasks.run(self, work, self._saved)

    def _saved(self, name: str) -> None:
        self.said.setText(f"Saved as {name}. The file is not protected: delete it when it was handed in.")

    def _open_page(self) -> None:
        if self._route is None:
            return
        # The browser leaves the school's machine: never without a question, and only to the web.
        url = QUrl(self._route.url)
        if url.scheme() != "https":
            self._desk.messages.error("This address cannot be opened from here. Type it into your browser.")
        elif self._desk.messages.confirm(
            f"Open {url.host()} in your web browser?", "Open the page", more=self._route.url
        ):
            QDesktopServices.openUrl(url)
