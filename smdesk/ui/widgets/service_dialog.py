"""A dialog that asks something, has a service do it on a worker, and stays open when the service says no."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QSize, Qt, QTimer, Signal
from PySide6.QtWidgets import (
    QDialog,
    QHBoxLayout,
    QPlainTextEdit,
    QProgressBar,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from smdesk.errors import Cancelled, Conflict, Invalid, SmdeskError
from smdesk.ui import theme
from smdesk.ui.desk import Desk
from smdesk.ui.tasks import Job, Progress
from smdesk.ui.widgets.buttons import button
from smdesk.ui.widgets.dialogs import PATIENCE_MS
from smdesk.ui.widgets.forms import Form, Scrolled, closing, sentences
from smdesk.ui.widgets.problem_bar import ProblemBar
from smdesk.ui.widgets.record_form import RecordForm
from smdesk.ui.widgets.text import PlainLabel, heading, named

Work = Callable[[Progress], object]


class ServiceDialog(QDialog):
    """Fill ``form``; give ``work`` in a subclass or with ``work_with``. Use ``open()``: it does not block.

    What was typed stays until the service has accepted it. Meanwhile it says that something is done, how far it is
    where the work tells it, and Cancel (Esc) asks the work to stop: what does not stop is done, and said to be.
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
        long: bool = False,
    ) -> None:
        """``long``: what it does may take minutes, and gets a thread of its own."""
        super().__init__(parent)
        self._desk = desk
        self._long = long
        self._job: Job | None = None
        self._outdated = False
        self._begun: list[str] = []
        self.setObjectName(name)
        self.setWindowTitle(title)
        self.setAccessibleName(title)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowModality(Qt.WindowModality.WindowModal)
        # The middle scrolls, so that the buttons stay on a low screen and with large letters.
        self.scrolled = Scrolled(margin=theme.LARGE)
        self.column = self.scrolled.body
        self.column.setSpacing(theme.SMALL)
        self.column.addWidget(heading(title, 2))
        self.explanation = PlainLabel(explanation, self)
        self.explanation.setVisible(bool(explanation))
        self.column.addWidget(self.explanation)
        self.form = Form(self)
        self.column.addWidget(self.form)
        # What room there is more stays below the fields, not between them.
        self.column.addStretch(1)
        self.problems = ProblemBar(f"{name}_problems", self)
        self.ok = button(action, f"{name}_ok", self._submit, look=look, shortcut="Ctrl+Return")
        self.cancel = button("Cancel", f"{name}_cancel", self.reject)
        self.buttons = closing(self.cancel, self.ok)
        self.buttons.layout().setContentsMargins(theme.LARGE, theme.SMALL, theme.LARGE, theme.NORMAL)
        outer = QVBoxLayout(self)
        outer.setContentsMargins(0, 0, 0, 0)
        outer.setSpacing(0)
        outer.addWidget(self.scrolled, 1)
        told = QVBoxLayout()
        told.setContentsMargins(theme.LARGE, theme.TIGHT, theme.LARGE, 0)
        told.addWidget(self.problems)
        self.bar = named(QProgressBar(), f"{name}_progress", f"{title}: how far it is")
        self.bar.setTextVisible(False)
        self.bar.setMaximumHeight(theme.SMALL)
        self.bar.hide()
        told.addWidget(self.bar)
        self._slow = QTimer(self)
        self._slow.setObjectName(f"{name}_slow")
        self._slow.setSingleShot(True)
        self._slow.setInterval(PATIENCE_MS)
        self._slow.timeout.connect(self.bar.show)
        desk.tasks.progressed.connect(self._progressed)
        outer.addLayout(told)
        outer.addWidget(self.buttons)
        self._width = 540

    def sizeHint(self) -> QSize:
        """As high as what is in it, but never higher than the screen."""
        room = self.screen().availableGeometry()
        width = min(self._width, room.width() - 40)
        inside = self.scrolled.widget().layout()
        high = inside.heightForWidth(width) if inside.hasHeightForWidth() else inside.sizeHint().height()
        around = self.buttons.sizeHint().height() + theme.SMALL
        if self.problems.isVisible():
            around += self.problems.heightForWidth(width - 2 * theme.LARGE) + theme.TIGHT
        return QSize(width, min(high + around, room.height() - 60))

    def open(self) -> None:
        self._begun = self._written()
        self.form.order_keys()
        # Given its size: Qt would else let a dialog start with two thirds of the screen at most.
        self.resize(self.sizeHint())
        super().open()

    def grow(self) -> None:
        """More stands in it than before: make room, as far as the screen has any."""
        inside = self.scrolled.widget().layout()
        inside.activate()
        wanted = self.sizeHint()
        if wanted.height() > self.height():
            self.resize(self.width(), wanted.height())
            room = self.screen().availableGeometry()
            if self.geometry().bottom() > room.bottom():
                self.move(self.x(), max(room.top(), room.bottom() - self.height()))

    def reject(self) -> None:
        if self._job is not None and self._busy:
            # It is being written: closed now, it would be recorded by a window that is said to be cancelled.
            self._job.cancel()
        elif self._may_close():
            super().reject()

    @property
    def _busy(self) -> bool:
        return self._job is not None and not self._job.finished

    def done(self, result: int) -> None:
        super().done(result)
        if self._outdated:
            self._have_it_shown_anew()

    def _have_it_shown_anew(self) -> None:
        """Somebody else changed what this is about: without this the next try would be refused like this one."""
        around = self.parentWidget()
        while around is not None and not isinstance(around, RecordForm):
            around = around.parentWidget()
        if around is not None:
            around.look_again()

    def _may_close(self) -> bool:
        """Esc is quickly pressed: what somebody wrote is not thrown away unasked."""
        written = self._written()
        if written == self._begun or not any(written):
            return True
        return self._desk.messages.confirm(
            "Close without keeping what you wrote?",
            "Close",
            "Go on writing",
            more="What stands in this window is kept nowhere yet.",
        )

    def _written(self) -> list[str]:
        return [field.toPlainText().strip() for field in self.findChildren(QPlainTextEdit)]

    def work(self) -> Work:
        """What to do with what stands in the fields. Raises Invalid for what cannot be read."""
        raise NotImplementedError

    def add_button(self, made: QPushButton) -> None:
        """One more button, to the left of the others."""
        layout = self.buttons.layout()
        if isinstance(layout, QHBoxLayout):
            layout.insertWidget(0, made)

    def note_field(self, name: str, spoken: str, lines: int = 4, text: str = "") -> QPlainTextEdit:
        """A field for some sentences; Tab leaves it."""
        field = sentences(self, name, spoken, lines)
        field.setPlainText(text)
        return field

    def _submit(self) -> None:
        if self._busy:
            return
        try:
            work = self.work()
        except Invalid as error:
            self._refused(error)
            return
        self.ok.setEnabled(False)
        self.bar.setRange(0, 0)
        self._slow.start()
        self._job = self._desk.tasks.run(
            self,
            work,
            self._accepted,
            self._refused,
            self.windowTitle(),
            ended=self._ended,
            long=self._long,
        )

    def _progressed(self, job: Job) -> None:
        if job is self._job:
            self.bar.setRange(0, job.total_pieces)
            self.bar.setValue(job.done_pieces)

    def _accepted(self, result: object) -> None:
        self.accomplished.emit(result)
        self.accept()

    def _refused(self, error: SmdeskError) -> None:
        self._outdated = self._outdated or isinstance(error, Conflict)
        if not isinstance(error, Cancelled):
            self.problems.show_problems(error, self.form.fields)
            self.grow()
            # The sentences took room from the fields: the one to be put right must not lie below the edge.
            QTimer.singleShot(0, self, self._show_where_it_is_wrong)

    def _show_where_it_is_wrong(self) -> None:
        field = self.focusWidget()
        if field is not None and self.form.isAncestorOf(field):
            self.scrolled.ensureWidgetVisible(field)

    def _ended(self) -> None:
        if self._busy:
            # Refused, it was begun anew over somebody else's change, and that is still going on.
            return
        self._job = None
        self._slow.stop()
        self.bar.hide()
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

    def work(self) -> Work:
        service, reason = self._service, self.edit.toPlainText()

        def do(progress: Progress) -> object:
            return service(reason)

        return do
