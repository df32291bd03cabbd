"""A box of codes with their labels: what a form's combo box does alike."""

from __future__ import annotations

from collections.abc import Iterable

from PySide6.QtWidgets import QComboBox, QWidget

from smdesk.ui.widgets.text import named


class CodeBox(QComboBox):
    """``code`` is what is chosen, None for the line that chooses nothing."""

    def __init__(
        self,
        object_name: str,
        accessible_name: str,
        labels: Iterable[tuple[object, str]] = (),
        parent: QWidget | None = None,
        *,
        nothing: str = "",
    ) -> None:
        """``nothing`` is the first line, which chooses nothing; "" for a box where something always is chosen."""
        super().__init__(parent)
        self._nothing = nothing
        named(self, object_name, accessible_name)
        self.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        self.setMinimumContentsLength(22)
        self.offer(labels)

    def offer(self, labels: Iterable[tuple[object, str]]) -> None:
        """Other codes to choose from, told to nobody; what was chosen stays so where it is among them."""
        chosen = self.code()
        self.blockSignals(True)
        self.clear()
        if self._nothing:
            self.addItem(self._nothing, None)
        for code, label in labels:
            self.addItem(label, code)
        self.blockSignals(False)
        self.choose(chosen)

    def choose(self, code: object, label: str = "") -> None:
        """Show this code; one that is not offered (any more) is added with its ``label``, else the first line shows."""
        places = [place for place in range(self.count()) if self.itemData(place) == code]
        if not places and code is not None and label:
            self.addItem(label, code)
            places = [self.count() - 1]
        self.setCurrentIndex(places[0] if places else 0)

    def code(self) -> object:
        return self.currentData()
