"""How a letter in this wording would look, beside the wording: about a sample, or about a record."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import Signal
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QComboBox, QMenu, QSizePolicy, QVBoxLayout, QWidget

from smdesk.errors import SmdeskError
from smdesk.services import wording_previews
from smdesk.services.wording_records import RealCase, WordingDraft, WordingRecord
from smdesk.ui import theme
from smdesk.ui.desk import Desk
from smdesk.ui.tasks import Progress
from smdesk.ui.widgets.buttons import button
from smdesk.ui.widgets.forms import row
from smdesk.ui.widgets.pdf_view import PdfView
from smdesk.ui.widgets.text import PlainLabel, named


class WordingPreview(QWidget):
    """``wanted`` asks for a new picture: another case was chosen."""

    wanted = Signal()

    def __init__(self, desk: Desk, record: WordingRecord, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._desk = desk
        self._key = record.row.key
        self.case = named(QComboBox(), "wording_case", "What the preview is about")
        self.case.addItem("A sample", None)
        self.case.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        self.case.setMinimumContentsLength(16)
        self.case.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.holds = button("&What holds in it", "wording_holds", tip="Which parts the sample shows")
        self._menu = QMenu(self.holds)
        self._menu.setObjectName("wording_conditions")
        for code, words in record.conditions.items():
            action = self._menu.addAction(words[:1].upper() + words[1:].replace("&", "&&"))
            action.setCheckable(True)
            action.setChecked(code in record.usual)
            action.setData(code)
            action.toggled.connect(self._toggled)
        self.holds.setMenu(self._menu)
        label = PlainLabel("Preview wit&h", wrap=False)
        label.setBuddy(self.case)
        self._choices = row(label, self.case, self.holds)
        self.view = PdfView(
            desk.tasks, desk.messages, "wording_pdf", may_keep=False, what="Preview of the letter"
        )
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(theme.SMALL)
        column.addWidget(self._choices)
        column.addWidget(self.view, 1)
        self._choices.setVisible(bool(record.usual))
        self.case.currentIndexChanged.connect(self._case_chosen)

    def find_cases(self) -> None:
        """Look for records that such a letter could be written about."""
        ctx, key = self._desk.ctx, self._key

        def work(progress: Progress) -> list[RealCase]:
            return wording_previews.real_cases(ctx, key.kind, key.audience)

        self._desk.tasks.latest(self, "cases", work, self._cases_found)

    def show_draft(self, draft: WordingDraft) -> None:
        """Show a letter in this wording; what keeps it from being one is said in its place."""
        self._desk.tasks.latest(self, "preview", self._work(draft), self._made, self._failed)

    def conditions(self) -> list[QAction]:
        """What may hold in the sample, as lines of the menu. Asked of the menu each time: wrappers that are kept go
        stale while their lines are still there.
        """
        return self._menu.actions()

    def _work(self, draft: WordingDraft) -> Callable[[Progress], bytes]:
        ctx, key, case = self._desk.ctx, self._key, self.case.currentData()
        held = {str(action.data()) for action in self.conditions() if action.isChecked()}

        def work(progress: Progress) -> bytes:
            if isinstance(case, RealCase):
                return wording_previews.real(ctx, key, draft, case)
            return wording_previews.sample(ctx, key, draft, held)

        return work

    def _cases_found(self, cases: list[RealCase]) -> None:
        for case in cases:
            self.case.addItem(case.label, case)

    def _case_chosen(self) -> None:
        self.holds.setEnabled(self.case.currentData() is None)
        self.wanted.emit()

    def _toggled(self) -> None:
        self.wanted.emit()

    def _made(self, content: bytes) -> None:
        self.view.show_pdf(content, self._key.title)

    def _failed(self, error: SmdeskError) -> None:
        self.view.clear("No letter could be made from this yet", str(error))
