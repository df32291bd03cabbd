"""What every panel does in which a decision is typed and signed: it signs on a worker, and nothing typed is lost."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

from PySide6.QtCore import QEvent, QObject, Qt, QTimer, Signal
from PySide6.QtGui import QKeySequence, QShortcut
from PySide6.QtWidgets import QPushButton, QWidget

from smdesk.errors import Conflict, Invalid, SmdeskError
from smdesk.services.context import Saved
from smdesk.ui.desk import Desk
from smdesk.ui.tasks import Progress
from smdesk.ui.widgets.buttons import button
from smdesk.ui.widgets.forms import Form, row, scroll_to
from smdesk.ui.widgets.problem_bar import ProblemBar
from smdesk.ui.widgets.text import muted


class SigningPanel(QWidget):
    """A panel gives ``reason``, ``form`` and the methods of "What each panel says for itself". The record it shows
    (``_record``, None: nothing) has an ``id``.
    """

    decided = Signal(object)
    """Carries ``Saved`` once the decision is signed and stored."""
    edited = Signal()
    """Something was typed or chosen."""
    outdated = Signal(object)
    """Carries the record's id: it changed since it was read. Read it again; what is typed stays."""

    form: Form
    reason: QWidget

    def __init__(self, desk: Desk, name: str, parent: QWidget | None = None) -> None:
        """``name`` begins the object names of what is in it."""
        super().__init__(parent)
        self._desk = desk
        self._record: Any = None
        self._filling = False
        self._busy = False
        self.problems = ProblemBar(f"{name}_problems")
        self.sign_button = button(
            "Sign",
            f"{name}_sign",
            self.sign,
            look="primary",
            tip="Signs the decision with your key (Ctrl+Enter)",
        )
        # Only where the keyboard is in this panel: the record around it has a Ctrl+Enter of its own.
        keys = QShortcut(QKeySequence("Ctrl+Return"), self)
        keys.setContext(Qt.ShortcutContext.WidgetWithChildrenShortcut)
        keys.setAutoRepeat(False)
        keys.activated.connect(self.sign)
        self.key = muted("")
        self.key.setObjectName(f"{name}_key")
        self._signing = row(self.sign_button, self.key)
        self._signing.layout().setStretch(1, 1)

    # What each panel says for itself

    def draft(self) -> Any:
        """The decision as it stands here. Raises Invalid naming what cannot be read or is missing."""
        raise NotImplementedError

    def deciding(self, draft: Any) -> Callable[[Progress], Saved]:
        """What a worker calls to sign and store it. Holds plain data only."""
        raise NotImplementedError

    def clear(self) -> None:
        """Nothing is typed any more."""
        raise NotImplementedError

    def unsaved(self) -> bool:
        """Whether something is typed here that no decision has taken up. A choice alone is nothing to lose."""
        raise NotImplementedError

    def _show_kind(self) -> None:
        """Offer what fits what is chosen so far, and whether it is being signed."""
        raise NotImplementedError

    # Choosing and typing

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        # Qt presses a button a tenth of a second after its Alt key: the first letters of a reason would be lost.
        if event.type() == QEvent.Type.Shortcut and isinstance(watched, QPushButton):
            watched.click()
            return True
        return super().eventFilter(watched, event)

    # Signing

    @property
    def busy(self) -> bool:
        return self._busy

    def _typed(self, _what: object = None) -> None:
        if not self._filling:
            self.edited.emit()

    def sign(self) -> None:
        """Sign what stands here and store it (Ctrl+Enter). What is wrong is said above the fields."""
        if self._record is None or self._busy or not self.sign_button.isEnabled():
            return
        try:
            draft = self.draft()
        except Invalid as error:
            self._failed(error)
            return
        self._busy = True
        self.problems.clear()
        self._show_kind()
        self._desk.tasks.run(
            self, self.deciding(draft), self._signed, self._failed, "Signing", ended=self._ended
        )

    def _signed(self, saved: Saved) -> None:
        self.clear()
        self.decided.emit(saved)

    def _failed(self, error: SmdeskError) -> None:
        # A field is marked and given the keyboard only while it takes it.
        self._busy = False
        self._show_kind()
        self.problems.show_problems(error, self.form.fields)
        if not self.isAncestorOf(self.window().focusWidget() or self.window()):
            self.reason.setFocus()
        # The button stands below the fields: what is wrong would be said where nobody looks. It has no place yet.
        QTimer.singleShot(0, self.problems, partial(scroll_to, self.problems))
        if isinstance(error, Conflict) and self._record is not None:
            self.outdated.emit(self._record.id)

    def _ended(self) -> None:
        self._busy = False
        self._show_kind()
