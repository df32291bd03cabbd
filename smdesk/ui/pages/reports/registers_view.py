"""The part "Registers and forms" of the reports tab: every register and every blank form, each one click (DOC-3)."""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QGridLayout, QLabel, QVBoxLayout, QWidget

from smdesk.services import registers
from smdesk.services.context import Context
from smdesk.services.list_files import Kind
from smdesk.services.registers import FORMS, REGISTERS, BlankForm, Listed, Register
from smdesk.ui import scratch, theme
from smdesk.ui.desk import Desk
from smdesk.ui.tasks import Progress
from smdesk.ui.widgets.buttons import button
from smdesk.ui.widgets.dialogs import ProgressDialog
from smdesk.ui.widgets.forms import Card, Scrolled, row
from smdesk.ui.widgets.preview_window import Papers
from smdesk.ui.widgets.save_as import ChooseFile, asking, chosen_file
from smdesk.ui.widgets.text import PlainLabel, heading, muted

_SAVED_AS: dict[Kind, str] = {"xlsx": "Excel workbook (*.xlsx)", "csv": "Text table (*.csv)"}


@dataclass(frozen=True, slots=True)
class _Written:
    title: str
    file: Path
    rows: int


class RegistersView(QWidget):
    """What the reports tab shows under "Registers and forms". ``choose_file`` asks where to save."""

    def __init__(
        self, desk: Desk, parent: QWidget | None = None, *, choose_file: ChooseFile | None = None
    ) -> None:
        super().__init__(parent)
        self.setObjectName("registers_view")
        self._desk = desk
        self._choose_file = choose_file or asking("Save the register")
        self._papers = Papers(desk, self)
        scrolled = Scrolled()
        scrolled.setObjectName("registers_scrolled")
        scrolled.body.addWidget(
            muted(
                "A register goes out as it stands today, in its usual columns. For other columns or a selection, "
                "use “Print or export” on its own tab. What goes out is no longer protected by SM Desk; who took "
                "out what is kept on record."
            )
        )
        scrolled.body.addWidget(self._registers())
        scrolled.body.addWidget(self._forms())
        scrolled.body.addStretch(1)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(scrolled)

    # The page's agreement with the main window

    def activate(self) -> None:
        """Nothing to read: every register is read when it is taken out."""

    def open_record(self, record_id: int) -> None:
        """Registers are not records."""

    def new_record(self) -> None:
        """There is nothing to begin here."""

    def focus_search(self) -> None:
        self.first.setFocus(Qt.FocusReason.ShortcutFocusReason)

    def unsaved(self) -> bool:
        return False

    def save_draft(self) -> None:
        """Nothing is typed here."""

    # Parts

    def _registers(self) -> Card:
        card = Card()
        card.body.addWidget(heading("Registers", 2))
        grid = _grid()
        for place, (register, listed) in enumerate(REGISTERS.items()):
            _say(grid, place, listed)
            see = button("Print…", f"register_{register}_pdf", partial(self._show, register))
            see.setAccessibleName(f"Print: {listed.title}")
            see.setToolTip("Shows the pages; print or save them from there")
            parts = [see]
            for kind, label in (("xlsx", "Excel…"), ("csv", "CSV…")):
                save = button(label, f"register_{register}_{kind}", partial(self._save, register, kind))
                save.setAccessibleName(f"{label.rstrip('…')}: {listed.title}")
                parts.append(save)
            grid.addWidget(row(*parts), place, 1, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
            if place == 0:
                self.first = see
        card.body.addLayout(grid)
        return card

    def _forms(self) -> Card:
        card = Card()
        card.body.addWidget(heading("Blank forms", 2))
        card.body.addWidget(
            muted("To fill in by hand, or on screen: save the form and open it in any program for PDF files.")
        )
        grid = _grid()
        for place, (form, listed) in enumerate(FORMS.items()):
            _say(grid, place, listed)
            see = button("Print or save…", f"form_{form}", partial(self._show_form, form))
            see.setAccessibleName(f"Print or save: {listed.title}")
            grid.addWidget(row(see), place, 1, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        card.body.addLayout(grid)
        return card

    # Taking out

    def _show(self, register: Register) -> None:
        ctx = self._desk.ctx

        def make(progress: Callable[[int, int], None]) -> bytes:
            # In a folder only this person can look into, and gone before the pages are shown.
            with tempfile.TemporaryDirectory(prefix="smdesk-") as place:
                file = Path(place) / "register.pdf"
                registers.write(ctx, register, file, "pdf", progress)
                return file.read_bytes()

        self._papers.show_many(REGISTERS[register].title, make)

    def _show_form(self, form: BlankForm) -> None:
        ctx = self._desk.ctx
        self._papers.show(FORMS[form].title, partial(registers.form_pdf, ctx, form))

    def _save(self, register: Register, kind: Kind) -> None:
        title = REGISTERS[register].title
        name = scratch.file_name(f"{title} {self._desk.ctx.today():%Y-%m-%d}", f".{kind}")
        file = chosen_file(self._choose_file, self, name, _SAVED_AS[kind])
        if file is None:
            return
        work = _writing(self._desk.ctx, register, file, kind)
        job = self._desk.tasks.run(self, work, self._written, title="Saving the register", long=True)
        ProgressDialog(self._desk.tasks, job, "Saving the register", self).open()

    def _written(self, written: _Written) -> None:
        lines = "1 line" if written.rows == 1 else f"{written.rows:,} lines"
        self._desk.messages.info(
            f"Saved “{written.title}” with {lines} as “{written.file.name}”.",
            more="The file is not encrypted. Keep it where only those who need it can open it, and delete it when "
            "it is no longer needed.",
        )


def _writing(ctx: Context, register: Register, file: Path, kind: Kind) -> Callable[[Progress], _Written]:
    def work(progress: Progress) -> _Written:
        rows = registers.write(ctx, register, file, kind, progress.counted)
        return _Written(REGISTERS[register].title, file, rows)

    return work


def _grid() -> QGridLayout:
    grid = QGridLayout()
    grid.setColumnStretch(0, 1)
    grid.setHorizontalSpacing(theme.NORMAL)
    grid.setVerticalSpacing(theme.SMALL)
    return grid


def _say(grid: QGridLayout, place: int, listed: Listed) -> None:
    words = QVBoxLayout()
    words.setSpacing(0)
    title: QLabel = PlainLabel(listed.title)
    font = title.font()
    font.setBold(True)
    title.setFont(font)
    words.addWidget(title)
    words.addWidget(muted(listed.about))
    grid.addLayout(words, place, 0)
