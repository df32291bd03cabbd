"""Linked incidents, added by reference."""

from __future__ import annotations

from collections.abc import Iterable

from PySide6.QtCore import QEvent, QObject, Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QLineEdit, QListWidget, QListWidgetItem, QVBoxLayout, QWidget

from smdesk.errors import SmdeskError
from smdesk.ui import theme
from smdesk.ui.desk import Desk
from smdesk.ui.pages.incidents import loading
from smdesk.ui.tasks import Progress
from smdesk.ui.widgets.buttons import button
from smdesk.ui.widgets.forms import row
from smdesk.ui.widgets.text import PlainLabel, named

_ID = Qt.ItemDataRole.UserRole


class LinkedIncidents(QWidget):
    """Type a reference, press Enter. Enter on a line of the list opens that incident, Delete takes it out."""

    changed = Signal()

    def __init__(self, desk: Desk, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._desk = desk
        self._read_only = False
        self.setObjectName("incident_linked")
        self.line = named(QLineEdit(self), "incident_linked_reference", "Reference of an incident to link")
        self.line.setPlaceholderText("Reference, for example 2026/0042")
        self.add = button("&Link", "incident_linked_add", self._look_up)
        self.list = named(QListWidget(self), "incident_linked_list", "Linked incidents")
        self.list.setMaximumHeight(self.fontMetrics().lineSpacing() * 4)
        self.remove = button("Take out", "incident_linked_remove", self._remove)
        self.open = button("Open", "incident_linked_open", self._open)
        self.problem = PlainLabel("", self, look="danger")
        self.problem.hide()
        self.entry = row(self.line, self.add, parent=self)
        self.buttons = row(self.open, self.remove, None, parent=self)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(theme.TIGHT)
        for widget in (self.entry, self.problem, self.list, self.buttons):
            column.addWidget(widget)
        self.setFocusProxy(self.line)
        self.line.returnPressed.connect(self._look_up)
        self.list.itemActivated.connect(self._open)
        self.list.installEventFilter(self)
        self._tidy()

    def value(self) -> tuple[int, ...]:
        return tuple(int(self.list.item(place).data(_ID)) for place in range(self.list.count()))

    def set_value(self, linked: Iterable[tuple[int, str]]) -> None:
        """Pairs of id and reference, shown without telling anybody."""
        self.list.clear()
        for incident_id, reference in linked:
            self._append(incident_id, reference)
        self.line.clear()
        self._tidy()

    def references(self) -> tuple[tuple[int, str], ...]:
        """What is shown, with the references."""
        return tuple(
            (int(self.list.item(place).data(_ID)), self.list.item(place).text())
            for place in range(self.list.count())
        )

    def set_read_only(self, read_only: bool) -> None:
        self._read_only = read_only
        self.entry.setVisible(not read_only)
        self._tidy()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if (
            watched is self.list
            and event.type() == QEvent.Type.KeyPress
            and isinstance(event, QKeyEvent)
            and event.key() == Qt.Key.Key_Delete
        ):
            self._remove()
            return True
        return super().eventFilter(watched, event)

    def _look_up(self) -> None:
        text = self.line.text().strip()
        if not text:
            return
        ctx = self._desk.ctx

        def work(progress: Progress) -> tuple[int, str]:
            return loading.find_links(ctx, text)

        self._desk.tasks.latest(self, "link", work, self._found, self._not_found)

    def _found(self, found: tuple[int, str]) -> None:
        self.problem.hide()
        self.line.clear()
        if found[0] not in self.value():
            self._append(*found)
            self._tidy()
            self.changed.emit()

    def _not_found(self, error: SmdeskError) -> None:
        self.problem.setText(str(error))
        self.problem.show()
        self.line.selectAll()

    def _append(self, incident_id: int, reference: str) -> None:
        item = QListWidgetItem(reference)
        item.setData(_ID, incident_id)
        self.list.addItem(item)
        self.list.setCurrentRow(0)

    def _remove(self) -> None:
        place = self.list.currentRow()
        if place >= 0 and not self._read_only:
            self.list.takeItem(place)
            self._tidy()
            self.changed.emit()

    def _open(self) -> None:
        item = self.list.currentItem()
        if item is not None:
            self._desk.open_incident(int(item.data(_ID)))

    def _tidy(self) -> None:
        some = self.list.count() > 0
        self.list.setVisible(some)
        self.buttons.setVisible(some)
        self.remove.setVisible(some and not self._read_only)
