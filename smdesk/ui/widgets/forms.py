"""Cards, scrolling pages and forms, all with the same spaces."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise

from PySide6.QtCore import QEvent, QSize, Qt
from PySide6.QtWidgets import (
    QComboBox,
    QFormLayout,
    QFrame,
    QHBoxLayout,
    QLabel,
    QLayout,
    QPlainTextEdit,
    QScrollArea,
    QSizePolicy,
    QSpinBox,
    QVBoxLayout,
    QWidget,
)

from smdesk.ui import theme
from smdesk.ui.widgets.text import heading, muted, named


class Card(QFrame):
    """A group of things that belong together, with an optional heading. Fill ``body``."""

    def __init__(self, title: str = "", parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setProperty("card", "true")
        self.body = QVBoxLayout(self)
        theme.roomy(self.body, theme.NORMAL + theme.TIGHT, theme.SMALL)
        if title:
            self.body.addWidget(heading(title, 2))


class Form(QWidget):
    """Labels beside fields, each label a keyboard way to its field. Long labels go above when it is narrow."""

    def __init__(self, parent: QWidget | None = None, *, labels_like: str = "") -> None:
        """``labels_like``: the labels' column is at least as wide as this text, so that two forms line up."""
        super().__init__(parent)
        self.fields: dict[str, QWidget] = {}
        self._again = False
        self._least = self.fontMetrics().horizontalAdvance(labels_like) + 4 if labels_like else 0
        self._layout = QFormLayout(self)
        self._layout.setContentsMargins(0, 0, 0, 0)
        self._layout.setHorizontalSpacing(theme.NORMAL)
        self._layout.setVerticalSpacing(theme.SMALL)
        self._layout.setLabelAlignment(Qt.AlignmentFlag.AlignLeft)
        self._layout.setRowWrapPolicy(QFormLayout.RowWrapPolicy.WrapLongRows)
        self._layout.setFieldGrowthPolicy(QFormLayout.FieldGrowthPolicy.ExpandingFieldsGrow)

    def add(self, label: str, field: QWidget, key: str = "", hint: str = "") -> QLabel:
        """A row. ``key`` is the field's name in ``Invalid.problems``; ``hint`` stands below the field."""
        shown = QLabel(label, self)
        shown.setTextFormat(Qt.TextFormat.PlainText)
        shown.setMinimumWidth(self._least)
        shown.setBuddy(field.focusProxy() or field)
        if not field.accessibleName():
            field.setAccessibleName(label.replace("&", "").rstrip(":"))
        if key:
            self.fields[key] = field
        if isinstance(field, QLabel):
            field.setSizePolicy(QSizePolicy.Policy.Expanding, field.sizePolicy().verticalPolicy())
        if hint:
            field.setAccessibleDescription(hint)
            box = QWidget(self)
            box.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Preferred)
            column = QVBoxLayout(box)
            column.setContentsMargins(0, 0, 0, 0)
            column.setSpacing(2)
            if isinstance(field, (QComboBox, QSpinBox)):
                column.addWidget(field, 0, Qt.AlignmentFlag.AlignLeft)
            else:
                column.addWidget(field)
            column.addWidget(muted(hint))
            self._layout.addRow(shown, box)
        else:
            self._layout.addRow(shown, field)
        return shown

    def event(self, event: QEvent) -> bool:
        handled = super().event(event)
        if event.type() == QEvent.Type.LayoutRequest:
            # QFormLayout gives rows of wrapping text the heights of a narrower form when something in it has come or
            # gone, and cuts off other rows to make up for it; done a second time it gets them right.
            self._again = not self._again
            if self._again:
                self._layout.invalidate()
        return handled

    def add_wide(self, widget: QWidget) -> None:
        """Something across both columns."""
        self._layout.addRow(widget)

    def order_keys(self) -> None:
        """Let Tab go through the fields as they stand, row by row. Left to itself Qt goes in the order in which things
        came to their places, and fields side by side come last.
        """
        stops = list(_stops(self._layout))
        # Qt passes over what takes no focus itself, and hands a policy on to whatever the focus is handed on to.
        policies = [(each, each.focusPolicy()) for stop in stops for each in _handed_on(stop)]
        for each, policy in policies:
            if policy == Qt.FocusPolicy.NoFocus:
                each.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        for before, after in pairwise(stops):
            QWidget.setTabOrder(before, after)
        for each, policy in policies:
            each.setFocusPolicy(policy)


def _stops(layout: QLayout) -> Iterator[QWidget]:
    """Where Tab stops in a layout, from its top left."""
    for place in range(layout.count()):
        item = layout.itemAt(place)
        widget = item.widget()
        inside = item.layout() if widget is None else widget.layout()
        stop = widget is not None and bool(widget.focusPolicy() & Qt.FocusPolicy.TabFocus)
        if widget is not None and (stop or _compound(widget)):
            yield widget
        if inside is not None and not stop:
            yield from _stops(inside)


def _handed_on(widget: QWidget) -> Iterator[QWidget]:
    """A widget and those it hands the keyboard on to, one after the other."""
    at: QWidget | None = widget
    while at is not None:
        yield at
        at = at.focusProxy()


def _compound(widget: QWidget) -> bool:
    """Whether it hands the keyboard on to one of its own parts. It is moved before them: left behind, it would draw Tab
    back to that part from further down, and Tab would go round in a circle.
    """
    to = widget.focusProxy()
    return to is not None and widget.isAncestorOf(to)


_AROUND = 40
"""Pixels above and below what is scrolled to."""


class Scrolled(QScrollArea):
    """A page that scrolls down when the window is low; never sideways. Fill ``body``."""

    def __init__(self, parent: QWidget | None = None, *, margin: int = theme.LARGE, widest: int = 0) -> None:
        super().__init__(parent)
        self.setProperty("plain", "true")
        self.setWidgetResizable(True)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        # The scroll area itself is no stop for Tab: its fields are.
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        inside = QWidget(self)
        inside.setObjectName("scrolled")
        column = QWidget(inside)
        if widest:
            column.setMaximumWidth(widest)
            column.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Preferred)
        self.body = QVBoxLayout(column)
        theme.roomy(self.body, margin, theme.NORMAL)
        outer = QHBoxLayout(inside)
        outer.setContentsMargins(0, 0, 0, 0)
        outer.addWidget(column, 1)
        if widest:
            outer.addStretch(0)
        self.setWidget(inside)

    def minimumSizeHint(self) -> QSize:
        # Wide enough for what it holds, since it never scrolls sideways; as low as need be.
        hint = super().minimumSizeHint()
        inside = self.widget()
        if inside is not None:
            hint.setWidth(inside.minimumSizeHint().width() + self.verticalScrollBar().sizeHint().width())
        return hint


def scroll_to(widget: QWidget) -> None:
    """Scroll whatever page the widget stands on so that it is seen."""
    around = widget.parentWidget()
    while around is not None and not isinstance(around, Scrolled):
        around = around.parentWidget()
    if around is not None:
        around.ensureWidgetVisible(widget, 0, _AROUND)


def row(*widgets: QWidget | None, spacing: int = theme.SMALL, parent: QWidget | None = None) -> QWidget:
    """Widgets side by side. ``None`` is a stretch."""
    made = QWidget(parent)
    line = QHBoxLayout(made)
    line.setContentsMargins(0, 0, 0, 0)
    line.setSpacing(spacing)
    for widget in widgets:
        if widget is None:
            line.addStretch(1)
        else:
            line.addWidget(widget)
    return made


def pair(first: QWidget, second: QWidget, shares: tuple[int, int] = (2, 3)) -> QWidget:
    """Two fields that belong together, side by side; the keyboard goes to the first."""
    made = row(first, second)
    for place, share in enumerate(shares):
        made.layout().setStretch(place, share)
    made.setFocusProxy(first)
    return made


def sentences(parent: QWidget, name: str, spoken: str, lines: int) -> QPlainTextEdit:
    """A field for some sentences, so many lines high; Tab leaves it."""
    field = named(QPlainTextEdit(parent), name, spoken)
    field.setTabChangesFocus(True)
    field.setFixedHeight(field.fontMetrics().lineSpacing() * lines + 18)
    return field


def closing(cancel: QWidget, action: QWidget, *left: QWidget) -> QWidget:
    """The last line of a dialog. Tab comes to the action before Cancel: Enter on Cancel throws away what was typed."""
    made = QWidget()
    # Tab goes in the order in which they come to be here, whatever their places.
    for widget in (*left, action, cancel):
        widget.setParent(made)
    line = QHBoxLayout(made)
    line.setContentsMargins(0, 0, 0, 0)
    line.setSpacing(theme.SMALL)
    for widget in left:
        line.addWidget(widget)
    line.addStretch(1)
    line.addWidget(cancel)
    line.addWidget(action)
    return made
