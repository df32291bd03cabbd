"""Who told the school: usually one of the two themselves, so that nobody need be looked up."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QComboBox, QGridLayout, QWidget

from smdesk.services.people_records import PersonHit
from smdesk.ui import theme
from smdesk.ui.desk import Desk
from smdesk.ui.widgets.person_picker import PersonPicker
from smdesk.ui.widgets.text import named

ADULT, OTHER, SOMEBODY, NOBODY = "adult", "other", "somebody", ""
WAYS = {
    ADULT: "The adult",
    OTHER: "The pupil or parent",
    SOMEBODY: "Somebody else:",
    NOBODY: "Not recorded",
}

Pair = tuple[int | None, int | None]
"""The adult's and the other person's id."""


class DeclarantField(QWidget):
    """A choice, and a name where it is neither of the two."""

    changed = Signal()

    def __init__(self, desk: Desk, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("exception_declarant")
        self.setAccessibleName("Declared by")
        self.box = named(QComboBox(self), "exception_declarant_way", "Declared by")
        for code, label in WAYS.items():
            self.box.addItem(label, code)
        self.picker = PersonPicker(
            desk, "exception_declarant_picker", "Declared by: somebody else", self, may_add=False
        )
        self.picker.setAcceptDrops(False)
        grid = QGridLayout(self)
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setHorizontalSpacing(theme.SMALL)
        grid.addWidget(self.box, 0, 0)
        grid.addWidget(self.picker, 0, 1)
        grid.setColumnStretch(0, 2)
        grid.setColumnStretch(1, 3)
        self.setFocusProxy(self.box)
        self.box.currentIndexChanged.connect(self._way_changed)
        self.picker.chosen.connect(self._picked)
        self.picker.textEdited.connect(self.changed)
        self._show()

    def way(self) -> str:
        """Which of the ways is chosen."""
        return str(self.box.currentData())

    def choose(self, way: str) -> None:
        """Choose a way without telling anybody."""
        before = self.box.blockSignals(True)
        self.box.setCurrentIndex(max(0, self.box.findData(way)))
        self.box.blockSignals(before)
        self._show()

    def person_id(self, pair: Pair) -> int | None:
        """Whose id that is, None where it is not on record."""
        way = self.way()
        if way == SOMEBODY:
            hit = self.picker.person()
            return None if hit is None else hit.id
        return {ADULT: pair[0], OTHER: pair[1]}.get(way)

    def show_declarant(self, hit: PersonHit | None, pair: Pair) -> None:
        """Show who it was, without telling anybody. In an empty form that is the adult, as nearly always."""
        self.picker.set_person(None)
        if hit is None:
            self.choose(ADULT if pair == (None, None) else NOBODY)
        elif hit.id in pair:
            self.choose(ADULT if hit.id == pair[0] else OTHER)
        else:
            self.choose(SOMEBODY)
            self.picker.set_person(hit)
            self.picker.setCursorPosition(0)

    @property
    def only_typed(self) -> str:
        """What stands in the box without being anybody on record."""
        if self.way() != SOMEBODY or self.picker.person() is not None:
            return ""
        return self.picker.text().strip()

    def set_only_typed(self, text: str) -> None:
        """Put back a name nobody was chosen for, without telling anybody."""
        self.choose(SOMEBODY)
        self.picker.set_person(None)
        self.picker.setText(text)

    def set_read_only(self, read_only: bool) -> None:
        self.box.setEnabled(not read_only)
        self.picker.set_read_only(read_only)

    def _picked(self) -> None:
        self.picker.setCursorPosition(0)
        self.changed.emit()

    def _way_changed(self) -> None:
        self._show()
        if self.way() == SOMEBODY and self.box.hasFocus():
            self.picker.setFocus()
        self.changed.emit()

    def _show(self) -> None:
        self.picker.setVisible(self.way() == SOMEBODY)
        target = self.picker if self.way() == SOMEBODY else self.box
        self.setFocusProxy(target)
