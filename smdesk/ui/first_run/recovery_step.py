"""The last page: the recovery code, shown once. It must be printed or saved, and a part of it typed back."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from datetime import datetime
from pathlib import Path

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QFontDatabase
from PySide6.QtPrintSupport import QPrintDialog, QPrinter
from PySide6.QtWidgets import QDialog, QFileDialog, QGridLayout, QLineEdit

from smdesk.errors import Invalid
from smdesk.paths import SchoolFolder
from smdesk.services import setup
from smdesk.services.setup import SetupAnswers
from smdesk.ui import scratch, theme
from smdesk.ui.first_run.steps import Step
from smdesk.ui.messages import Messages
from smdesk.ui.tasks import Progress, Tasks
from smdesk.ui.widgets.buttons import button
from smdesk.ui.widgets.forms import Card, Form, row
from smdesk.ui.widgets.pdf_view import PdfView
from smdesk.ui.widgets.text import PlainLabel, muted, named


class RecoveryStep(Step):
    label = "Recovery code"
    saved = Signal()
    """The sheet was saved or handed to the printer."""

    def __init__(
        self,
        folder: SchoolFolder,
        answers: SetupAnswers,
        code: str,
        tasks: Tasks,
        messages: Messages,
        now: Callable[[], datetime],
    ) -> None:
        super().__init__(
            "Keep this code safe",
            "If every password is forgotten, only this code opens the school's records. It is shown this once and "
            "stored nowhere. Print the sheet and put it in the school's safe, in a sealed envelope.",
        )
        self._folder, self._answers, self._code = folder, answers, code
        self._tasks, self._messages, self._now = tasks, messages, now
        self.groups = code.split("-")
        card = Card("Recovery code")
        grid = QGridLayout()
        grid.setHorizontalSpacing(theme.SMALL)
        fixed = QFontDatabase.systemFont(QFontDatabase.SystemFont.FixedFont)
        fixed.setPointSizeF(self.font().pointSizeF() * 1.35)
        for place, group in enumerate(self.groups):
            shown = PlainLabel(group, wrap=False)
            shown.setFont(fixed)
            shown.setObjectName(f"recovery_group_{place + 1}")
            shown.setAccessibleName(f"Group {place + 1}: {' '.join(group)}")
            # Number, group, and a gap before the next.
            number = PlainLabel(f"{place + 1}", look="muted", wrap=False)
            grid.addWidget(number, place // 4, place % 4 * 3, Qt.AlignmentFlag.AlignRight)
            grid.addWidget(shown, place // 4, place % 4 * 3 + 1)
            grid.setColumnMinimumWidth(place % 4 * 3 + 2, theme.LARGE)
        grid.setColumnStretch(4 * 3, 1)
        card.body.addLayout(grid)
        self.print_button = button("&Print the sheet…", "recovery_print", self._print, look="primary")
        self.save_button = button("&Save the sheet as PDF…", "recovery_save", self._ask_save)
        card.body.addWidget(row(self.print_button, self.save_button, None))
        card.body.addWidget(
            muted(
                "A PDF on this computer opens the records to whoever finds it: keep it on a stick in the safe."
            )
        )
        self.done = PlainLabel("")
        self.done.setObjectName("recovery_done")
        self.done.hide()
        card.body.addWidget(self.done)
        self.body.addWidget(card)
        proof = Card("Show that you have it")
        self.asked = secrets.randbelow(len(self.groups))
        self.typed = named(
            QLineEdit(), "recovery_proof", f"Group {self.asked + 1} of the code, from the printed sheet"
        )
        self.typed.setMaxLength(12)
        form = Form()
        form.add(f"&Group {self.asked + 1}, from the sheet", self.typed, "recovery_proof")
        self.fields.update(form.fields)
        proof.body.addWidget(form)
        self.body.addWidget(proof)
        self.body.addStretch(1)
        # Draws nothing on screen: it only knows how to print a paper at its real size.
        self._paper = PdfView(tasks, messages, "recovery_sheet", self)
        self._paper.hide()
        self._paper.shown.connect(self._sheet_ready)

    def check(self) -> None:
        """Raise Invalid unless the group asked for was typed."""
        typed = self.typed.text().strip().upper().translate(str.maketrans({"O": "0", "I": "1", "L": "1"}))
        if typed != self.groups[self.asked]:
            raise Invalid.one(
                "recovery_proof",
                f"This is not group {self.asked + 1} of the code. Look at the sheet and type its five characters.",
            )

    def _print(self) -> None:
        file = scratch.place_for("recovery-sheet.pdf")
        self._make(file, print_it=True)

    def _ask_save(self) -> None:
        chosen, _ = QFileDialog.getSaveFileName(
            self, "Save the sheet", "SM Desk recovery sheet.pdf", "PDF (*.pdf)"
        )
        if chosen:
            self.save_to(Path(chosen))

    def save_to(self, file: Path) -> None:
        """Write the sheet."""
        self._make(file, print_it=False)

    def _make(self, file: Path, *, print_it: bool) -> None:
        folder, answers, code, now = self._folder, self._answers, self._code, self._now

        def work(progress: Progress) -> bytes | Path:
            setup.recovery_sheet(folder, answers, code, file, now)
            if not print_it:
                return file
            data = file.read_bytes()
            file.unlink()
            return data

        self._tasks.run(self, work, self._made, title="Making the sheet")

    def _made(self, made: bytes | Path) -> None:
        if isinstance(made, Path):
            self._say_done(f"✓  Saved as {made}.")
        else:
            self._paper.show_pdf(made, "SM Desk recovery sheet.pdf")

    def _sheet_ready(self) -> None:
        printer = QPrinter(QPrinter.PrinterMode.HighResolution)
        dialog = QPrintDialog(printer, self)
        if dialog.exec() == QDialog.DialogCode.Accepted:
            self._paper.print_on(printer)
            self._say_done("✓  Handed to the printer.")
        dialog.deleteLater()

    def _say_done(self, sentence: str) -> None:
        self.done.setText(sentence)
        self.done.show()
        self.saved.emit()
