"""Several people, chosen one by one or many at a time, each shown and easily taken off again."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QListWidget, QListWidgetItem, QVBoxLayout, QWidget

from smdesk.services.people_records import PersonHit
from smdesk.ui import theme
from smdesk.ui.desk import Desk
from smdesk.ui.widgets.buttons import button
from smdesk.ui.widgets.forms import row
from smdesk.ui.widgets.person_picker import PersonPicker, label
from smdesk.ui.widgets.text import PlainLabel, named
from smdesk.ui.words import count

_ID = Qt.ItemDataRole.UserRole
LINES = 5
"""How many people are seen without scrolling."""


class _Chosen(QListWidget):
    """Delete takes off whoever is marked."""

    remove_wanted = Signal()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in (Qt.Key.Key_Delete, Qt.Key.Key_Backspace):
            self.remove_wanted.emit()
            return
        super().keyPressEvent(event)


class PeopleField(QWidget):
    """A box to find people by name, and below it those chosen, in the order of their choice and each once."""

    changed = Signal()

    def __init__(self, desk: Desk, name: str, spoken: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName(name)
        self.setAccessibleName(spoken)
        self.picker = PersonPicker(
            desk, f"{name}_picker", f"{spoken}: add by name", may_add=False, keep=False
        )
        self.picker.setPlaceholderText("Type a name to add somebody")
        self.picker.chosen.connect(self._chosen)
        self.chosen = named(_Chosen(self), f"{name}_chosen", f"{spoken}: those chosen")
        self.chosen.setSelectionMode(QListWidget.SelectionMode.ExtendedSelection)
        self.chosen.setUniformItemSizes(True)
        self.chosen.setFixedHeight(self.fontMetrics().lineSpacing() * LINES + 24)
        self.chosen.remove_wanted.connect(self.remove_marked)
        self.chosen.itemSelectionChanged.connect(self._show_possible)
        self.total = PlainLabel("", look="muted", wrap=False)
        self.total.setObjectName(f"{name}_total")
        self.remove = button(
            "Take o&ff",
            f"{name}_remove",
            self.remove_marked,
            tip="Take whoever is marked off the list (Delete)",
        )
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(theme.TIGHT)
        column.addWidget(self.picker)
        column.addWidget(self.chosen)
        column.addWidget(row(self.total, None, self.remove))
        self.setFocusProxy(self.picker)
        self._show_possible()

    def ids(self) -> list[int]:
        """Who is chosen, as ids."""
        return [int(self.chosen.item(place).data(_ID)) for place in range(self.chosen.count())]

    def names(self) -> list[str]:
        """Who is chosen, as shown."""
        return [self.chosen.item(place).text() for place in range(self.chosen.count())]

    def only_typed(self) -> str:
        """What stands in the box without anybody chosen for it."""
        return self.picker.text().strip()

    def add_people(self, hits: Sequence[PersonHit]) -> int:
        """Add those who are not there yet; gives how many were new."""
        known = set(self.ids())
        fresh = [hit for hit in {hit.id: hit for hit in hits}.values() if hit.id not in known]
        for hit in fresh:
            item = QListWidgetItem(label(hit))
            item.setData(_ID, hit.id)
            self.chosen.addItem(item)
        if fresh:
            self._show_possible()
            self.changed.emit()
        return len(fresh)

    def remove_marked(self) -> None:
        """Take off whoever is marked; the next one stays marked, so that Delete can be pressed again."""
        places = sorted((self.chosen.row(item) for item in self.chosen.selectedItems()), reverse=True)
        for place in places:
            self.chosen.takeItem(place)
        if places:
            self.chosen.setCurrentRow(min(places[-1], self.chosen.count() - 1))
            self._show_possible()
            self.changed.emit()

    def _chosen(self, hit: PersonHit | None) -> None:
        if hit is not None:
            self.add_people([hit])
            self.chosen.scrollToBottom()

    def _show_possible(self) -> None:
        number = self.chosen.count()
        self.total.setText(count(number, "person", "people") if number else "Nobody chosen yet")
        self.remove.setEnabled(bool(self.chosen.selectedItems()))
