"""The fields of a filter bar: a choice whose first line means "any", and a day as narrow as a day."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date
from typing import Any

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QComboBox, QLabel, QWidget

from smdesk.errors import Invalid
from smdesk.ui.widgets.dates import DateEdit
from smdesk.ui.widgets.text import named


def choice(
    object_name: str, accessible_name: str, nothing: str, labels: Iterable[tuple[Any, str]], width: int
) -> QComboBox:
    """A box of codes with their labels; ``nothing`` is the line that narrows nothing."""
    combo = named(QComboBox(), object_name, accessible_name)
    combo.setToolTip(accessible_name)
    combo.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
    combo.setMinimumContentsLength(8)
    combo.setMinimumWidth(width)
    combo.setMaxVisibleItems(30)
    combo.addItem(nothing, None)
    for code, label in labels:
        combo.addItem(label, code)
    # The list may be wider than the box: labels are sentences.
    combo.view().setMinimumWidth(combo.view().sizeHintForColumn(0) + 24)
    return combo


def choose(combo: QComboBox, code: object) -> None:
    """Show this code; "any" where the box has it not."""
    combo.setCurrentIndex(max(0, next((i for i in range(combo.count()) if combo.itemData(i) == code), 0)))


def choose_text(combo: QComboBox, code: str) -> None:
    """Show this code, added as it stands where its label has not been read yet; "" for any."""
    if code and combo.findData(code) < 0:
        combo.addItem(code, code)
    choose(combo, code or None)


def offer(combo: QComboBox, labels: Sequence[tuple[str, str]]) -> None:
    """Other codes to choose from, told to nobody; what was chosen stays so where it is among them."""
    chosen = combo.currentData()
    combo.blockSignals(True)
    while combo.count() > 1:
        combo.removeItem(1)
    for code, label in labels:
        combo.addItem(label, code)
    combo.blockSignals(False)
    choose(combo, chosen)


def code_in(codes: Any, combo: QComboBox) -> Any:
    """What is chosen as one of ``codes``, or None."""
    held = combo.currentData()
    return None if held is None else codes(held)


def narrow_day(field: DateEdit, hint: str) -> DateEdit:
    """Make a day field as narrow as the longest day."""
    field.line.setPlaceholderText(hint)
    field.line.setMinimumWidth(field.line.fontMetrics().horizontalAdvance("Wed 30 Nov 2026") + 18)
    field.line.setMaximumWidth(field.line.minimumWidth())
    return field


def day_in(field: DateEdit) -> date | None:
    """The day that is typed; None for nothing and for what is no day."""
    try:
        return field.day()
    except Invalid:
        return None


def label_for(text: str, field: QWidget) -> QLabel:
    """A label whose Alt key leads to its field."""
    shown = QLabel(text)
    shown.setTextFormat(Qt.TextFormat.PlainText)
    shown.setBuddy(field.focusProxy() or field)
    return shown
