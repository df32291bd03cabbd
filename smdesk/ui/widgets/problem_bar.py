"""Says what is wrong with what was typed, above the form, and leads to the field."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import Any

import shiboken6
from PySide6.QtGui import QAccessible, QAccessibleEvent
from PySide6.QtWidgets import (
    QCheckBox,
    QComboBox,
    QFrame,
    QLineEdit,
    QPlainTextEdit,
    QPushButton,
    QStackedWidget,
    QTextEdit,
    QVBoxLayout,
    QWidget,
)

from smdesk.errors import Invalid, SmdeskError
from smdesk.ui import theme
from smdesk.ui.widgets.text import PlainLabel, dress
from smdesk.ui.widgets.wrapped_link import WrappedLink


class ProblemBar(QFrame):
    """Hidden while nothing is wrong. ``show_problems`` marks the fields and puts the keyboard in the first."""

    def __init__(self, object_name: str = "problems", parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName(object_name)
        self.setProperty("tone", "danger")
        self._column = QVBoxLayout(self)
        theme.roomy(self._column, theme.SMALL, 2)
        self._marked: list[QWidget] = []
        self.setVisible(False)

    def show_problems(self, error: SmdeskError, fields: Mapping[str, QWidget] | None = None) -> None:
        """Show the sentences of ``error``; for ``Invalid``, each leads to its field among ``fields``."""
        self.clear()
        fields = fields or {}
        problems = error.problems if isinstance(error, Invalid) else ()
        first: QWidget | None = None
        for number, problem in enumerate(problems):
            field = fields.get(problem.field) or fields.get(problem.field.split(".")[0].split("[")[0])
            if field is None:
                self._column.addWidget(PlainLabel(problem.message, look="danger"))
                continue
            self._column.addWidget(self._link(problem.message, field, number))
            mark(field, problem.message)
            if field not in self._marked:
                self._marked.append(field)
                changed = _changed_signal(field)
                if changed is not None:
                    changed.connect(self._typed)
            first = first or field
        if not problems:
            self._column.addWidget(PlainLabel(str(error), look="danger"))
        self.setAccessibleName("Please put right: " + str(error))
        self.setVisible(True)
        QAccessible.updateAccessibility(QAccessibleEvent(self, QAccessible.Event.Alert))
        if first is not None:
            _focus(first)

    def clear(self) -> None:
        """Nothing is wrong any more."""
        for field in self._marked:
            self._let_go(field)
        self._marked.clear()
        while self._column.count():
            widget = self._column.takeAt(0).widget()
            if widget is not None:
                widget.hide()
                widget.deleteLater()
        self.setVisible(False)

    @property
    def sentences(self) -> list[str]:
        """What is shown, in order."""
        found = []
        for place in range(self._column.count()):
            widget = self._column.itemAt(place).widget()
            if isinstance(widget, (PlainLabel, QPushButton)):
                found.append(widget.accessibleName() or widget.text())
        return found

    def _typed(self) -> None:
        # The red border goes as soon as something is done about it; the sentence stays until the next try.
        sender = self.sender()
        for field in self._marked:
            if (field.focusProxy() or field) is sender:
                self._let_go(field)
                self._marked.remove(field)
                return

    def _let_go(self, field: QWidget) -> None:
        if not shiboken6.isValid(field):
            return
        changed = _changed_signal(field)
        if changed is not None:
            changed.disconnect(self._typed)
        mark(field, "")

    def _link(self, message: str, field: QWidget, number: int) -> QPushButton:
        link = WrappedLink(message, f"{self.objectName()}_{number}")
        # The partial holds the field, not this bar, and dies with the link.
        link.clicked.connect(partial(_focus, field))
        return link


def mark(field: QWidget, sentence: str) -> None:
    """Show that this field is wrong and why (an empty sentence takes the mark away)."""
    target = field.focusProxy() or field
    if target.property("wrong") != "true":
        target.setProperty("unmarked", (target.accessibleDescription(), target.toolTip()))
    # The field's own hint comes back when it is right again.
    hint, tip = target.property("unmarked")
    target.setAccessibleDescription(sentence or hint)
    target.setToolTip(sentence or tip)
    dress(target, wrong="true" if sentence else "false")


def _changed_signal(field: QWidget) -> Any:
    """The signal that says this field was edited, or None."""
    target = field.focusProxy() or field
    if isinstance(target, (QLineEdit, QPlainTextEdit, QTextEdit)):
        return target.textChanged
    if isinstance(target, QComboBox):
        return target.editTextChanged if target.isEditable() else target.currentIndexChanged
    return target.toggled if isinstance(target, QCheckBox) else None


def _focus(field: QWidget, _checked: bool = False) -> None:
    target = field.focusProxy() or field
    page: QWidget | None = target
    while page is not None:
        # A field on a page that lies behind another cannot be typed into before it is in front.
        around = page.parentWidget()
        if isinstance(around, QStackedWidget):
            around.setCurrentWidget(page)
        page = around
    target.setFocus()
