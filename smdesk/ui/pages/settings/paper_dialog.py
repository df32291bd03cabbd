"""Checking one paper: is its file what was issued, or the code scanned from it what was signed (CON-2, DOC-1)."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import Qt
from PySide6.QtGui import QDragEnterEvent, QDropEvent
from PySide6.QtWidgets import QDialog, QFileDialog, QPlainTextEdit, QVBoxLayout, QWidget

from smdesk.errors import Invalid, SmdeskError
from smdesk.services import paper_check, verify_papers
from smdesk.services.paper_check import PaperFinding
from smdesk.services.verify_papers import PaperVerdict
from smdesk.ui import theme
from smdesk.ui.desk import Desk
from smdesk.ui.widgets.buttons import button
from smdesk.ui.widgets.forms import Card, Form, row
from smdesk.ui.widgets.problem_bar import ProblemBar
from smdesk.ui.widgets.status_chip import StatusChip
from smdesk.ui.widgets.text import PlainLabel, heading, named


class PaperDialog(QDialog):
    """Choose or drop the file of a paper, or paste the code scanned from a decision. Open it with ``open()``."""

    def __init__(self, desk: Desk, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._desk = desk
        self.setObjectName("paper_check_dialog")
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setAcceptDrops(True)
        self.setWindowTitle("Check a paper")
        self.problems = ProblemBar("paper_check_problems")
        self.file_button = button("Choose the &file…", "paper_check_file", self._choose, look="primary")
        self.code = named(QPlainTextEdit(), "paper_check_code", "Text scanned from the paper")
        self.code.setPlaceholderText("SMDESK1:…")
        self.code.setTabChangesFocus(True)
        self.code.setFixedHeight(self.code.fontMetrics().lineSpacing() * 4 + theme.NORMAL)
        self.code_button = button("Check the &text", "paper_check_scanned", self._check_code)
        self.chip = StatusChip()
        self.chip.setObjectName("paper_check_chip")
        self.chip.hide()
        self.verdict = PlainLabel("Nothing checked yet.")
        self.verdict.setObjectName("paper_check_verdict")
        self.report = named(QPlainTextEdit(), "paper_check_report", "What was found")
        self.report.setReadOnly(True)
        self.report.hide()
        self.close_button = button("Close", "paper_check_close", self.reject)
        form = Form()
        form.add(
            "Text &scanned from the code",
            self.code,
            "code",
            "Scan the square code on the paper with a telephone and bring its text here.",
        )
        column = QVBoxLayout(self)
        theme.roomy(column)
        column.addWidget(heading("Check a paper", 2))
        column.addWidget(
            PlainLabel(
                "Is this letter, report, case file or decision the one that was issued here, unchanged? Its PDF file "
                "is compared byte for byte. Of a printed decision you may also scan the code, and compare the lines "
                "yourself."
            )
        )
        column.addWidget(self.problems)
        column.addWidget(row(self.file_button, PlainLabel("or drop the file here"), None))
        column.addWidget(form)
        column.addWidget(row(self.code_button, None))
        card = Card()
        card.body.addWidget(row(self.chip, self.verdict))
        card.body.addWidget(self.report, 1)
        # Before anything is checked the words stand at the top and not in the middle of the empty card.
        card.body.addStretch()
        column.addWidget(card, 1)
        column.addWidget(row(None, self.close_button))
        theme.fit(self, 720, 640)
        self.file_button.setFocus()

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        if any(url.isLocalFile() for url in event.mimeData().urls()):
            event.acceptProposedAction()

    def dropEvent(self, event: QDropEvent) -> None:
        files = [url.toLocalFile() for url in event.mimeData().urls() if url.isLocalFile()]
        if files:
            event.acceptProposedAction()
            self.check_file(Path(files[0]))

    def check_file(self, file: Path) -> None:
        """Check this PDF against itself and against the records."""
        ctx = self._desk.ctx
        self._begin()
        self._desk.tasks.run(
            self,
            lambda progress: verify_papers.check_here(ctx, file),
            self._judged,
            self._not_checked,
            "Checking the paper",
            ended=self._ended,
        )

    def _choose(self) -> None:
        name, _ = QFileDialog.getOpenFileName(self, "The file of a paper", "", "PDF (*.pdf)")
        if name:
            self.check_file(Path(name))

    def _check_code(self) -> None:
        ctx, typed = self._desk.ctx, self.code.toPlainText()
        self._begin()
        self._desk.tasks.run(
            self,
            lambda progress: paper_check.check_scanned_here(ctx, typed),
            self._found,
            self._not_checked,
            "Checking the code",
            ended=self._ended,
        )

    def _begin(self) -> None:
        # What an earlier paper gave must not stand beside the next one's name.
        self.problems.clear()
        self.chip.hide()
        self.report.hide()
        self.verdict.setText("Checking…")
        self.file_button.setEnabled(False)
        self.code_button.setEnabled(False)

    def _found(self, finding: PaperFinding) -> None:
        self._judged(PaperVerdict(finding.holds, paper_check.report(finding), finding.by_eye))

    def _judged(self, verdict: PaperVerdict) -> None:
        lines = verdict.lines
        if verdict.holds and verdict.by_eye:
            self.chip.show_status("Compare by eye", "warning")
        elif verdict.holds:
            self.chip.show_status("Holds", "ok")
        else:
            self.chip.show_status("Does not hold", "danger")
        self.chip.show()
        self.verdict.setText(lines[0])
        self.report.setPlainText("\n".join(lines[1:]))
        self.report.show()
        self.report.setFocus()

    def _not_checked(self, error: SmdeskError) -> None:
        self.verdict.setText("Nothing checked yet.")
        if isinstance(error, Invalid):
            self.problems.show_problems(error, {"code": self.code, "file": self.file_button})
        else:
            self._desk.messages.error(error)

    def _ended(self) -> None:
        self.file_button.setEnabled(True)
        self.code_button.setEnabled(True)
