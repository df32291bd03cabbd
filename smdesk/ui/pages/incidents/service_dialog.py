"""A dialog that asks something, has a service do it on a worker, and stays open when the service says no."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QDialog, QPlainTextEdit, QVBoxLayout, QWidget

from smdesk.errors import Cancelled, Invalid, SmdeskError
from smdesk.ui import theme
from smdesk.ui.desk import Desk
from smdesk.ui.tasks import Progress
from smdesk.ui.widgets.buttons import button
from smdesk.ui.widgets.forms import Form, row
from smdesk.ui.widgets.problem_bar import ProblemBar
from smdesk.ui.widgets.text import PlainLabel, heading, named

Work = Callable[[Progress], object]


class ServiceDialog(QDialog):
    """Fill ``form``; give ``work`` in a subclass or with ``work_with``. Use ``open()``: it does not block.

    What was typed stays until the service has accepted it.
    """

    accomplished = Signal(object)
    """Carries what the service gave back."""

    def __init__(
        self,
        desk: Desk,
        name: str,
        title: str,
        action: str,
        parent: QWidget | None = None,
        *,
        explanation: str = "",
        look: str = "primary",
    ) -> None:
        super().__init__(parent)
        self._desk = desk
        self._busy = False
        self.setObjectName(name)
        self.setWindowTitle(title)
        self.setAccessibleName(title)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowModality(Qt.WindowModality.WindowModal)
        self.column = QVBoxLayout(self)
        theme.roomy(self.column, theme.LARGE, theme.SMALL)
        self.column.addWidget(heading(title, 2))
        if explanation:
            self.column.addWidget(PlainLabel(explanation))
        self.problems = ProblemBar(f"{name}_problems", self)
        self.column.addWidget(self.problems)
        self.form = Form(self)
        self.column.addWidget(self.form, 1)
        self.ok = button(action, f"{name}_ok", self._submit, look=look, shortcut="Ctrl+Return")
        self.cancel = button("Cancel", f"{name}_cancel", self.reject)
        self.extra = QWidget(self)
        self.buttons = row(self.extra, None, self.cancel, self.ok)
        self.extra.hide()
        self.column.addWidget(self.buttons)
        self.setMinimumWidth(460)

    def work(self) -> Work:
        """What to do with what stands in the fields. Raises Invalid for what cannot be read."""
        raise NotImplementedError

    def note_field(self, name: str, spoken: str, lines: int = 4, text: str = "") -> QPlainTextEdit:
        """A field for some sentences; Tab leaves it."""
        field = named(QPlainTextEdit(text, self), name, spoken)
        field.setTabChangesFocus(True)
        field.setMinimumHeight(self.fontMetrics().lineSpacing() * lines + 16)
        return field

    def _submit(self) -> None:
        if self._busy:
            return
        try:
            work = self.work()
        except Invalid as error:
            self.problems.show_problems(error, self.form.fields)
            return
        self._busy = True
        self.ok.setEnabled(False)
        self._desk.tasks.run(self, work, self._accepted, self._refused, self.windowTitle(), ended=self._ended)

    def _accepted(self, result: object) -> None:
        self.accomplished.emit(result)
        self.accept()

    def _refused(self, error: SmdeskError) -> None:
        if not isinstance(error, Cancelled):
            self.problems.show_problems(error, self.form.fields)

    def _ended(self) -> None:
        self._busy = False
        self.ok.setEnabled(True)


class ReasonService(ServiceDialog):
    """Asks for a reason in words and hands it to a service (INC-5, INC-14)."""

    def __init__(
        self,
        desk: Desk,
        name: str,
        title: str,
        question: str,
        action: str,
        service: Callable[[str], object],
        parent: QWidget | None = None,
        *,
        explanation: str = "",
        field: str = "reason",
        look: str = "primary",
    ) -> None:
        """``service`` is called on a worker and must close over plain data only."""
        super().__init__(desk, name, title, action, parent, explanation=explanation, look=look)
        self._service = service
        self.edit = self.note_field(f"{name}_text", question)
        self.form.add(question, self.edit, field)
        self.edit.setFocus()
        self.resize(540, 260)

    def work(self) -> Work:
        service, reason = self._service, self.edit.toPlainText()

        def do(progress: Progress) -> object:
            return service(reason)

        return do
