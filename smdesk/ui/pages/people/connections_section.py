"""The connection exceptions a person is in, on either side, as far as the reader may open them."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QVBoxLayout, QWidget

from smdesk.policy.vocabulary import RELATIONSHIP_LABELS
from smdesk.services.connection_records import (
    ExceptionColumn,
    ExceptionFilter,
    ExceptionRow,
    ExceptionSort,
    ExceptionView,
)
from smdesk.services.context import Changes
from smdesk.ui import events as bus
from smdesk.ui import theme
from smdesk.ui.desk import Desk
from smdesk.ui.pages.connections.words import short_status, tone
from smdesk.ui.tasks import Progress
from smdesk.ui.widgets.buttons import button
from smdesk.ui.widgets.forms import row
from smdesk.ui.widgets.short_table import Line, ShortTable
from smdesk.ui.widgets.status_chip import status_icon
from smdesk.ui.widgets.text import muted


class ConnectionsSection(QWidget):
    """Reads by itself whose page it is told. ``opened`` carries the exception, ``counted`` how many there are."""

    opened = Signal(object)
    counted = Signal(object)

    def __init__(self, desk: Desk, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("person_connections")
        self._desk = desk
        self._person_id = 0
        column = QVBoxLayout(self)
        theme.roomy(column, theme.NORMAL, theme.SMALL)
        columns = ("Reference", "Adult", "Pupil or parent", "The adult is their", "Platforms", "Status")
        self.table = ShortTable(
            "person_connections_table", "Connection exceptions of this person", columns, wide=5
        )
        self.table.opened.connect(self.opened)
        column.addWidget(self.table, 1)
        self.none = muted("No exception that you may open names this person.")
        column.addWidget(self.none)
        self.show_button = button(
            "Op&en exception", "person_connection_open", self._open_current, tip="Enter or double click"
        )
        column.addWidget(row(self.show_button, None))
        desk.events.changed.connect(self._changed)

    def show_person(self, person_id: int) -> None:
        """Whose page it is; 0 for somebody not on record yet."""
        if person_id != self._person_id:
            self._show([])
        self._person_id = person_id
        self._load()

    def _load(self) -> None:
        ctx, person_id = self._desk.ctx, self._person_id
        if not person_id:
            return

        def work(progress: Progress) -> tuple[int, list[ExceptionRow]]:
            from smdesk.services import (
                connection_list,
            )  # only here: a person's page is there sooner without it

            wanted = ExceptionFilter(ExceptionView.ALL, person_id=person_id)
            newest_first = ExceptionSort(ExceptionColumn.REFERENCE, descending=True)
            return person_id, connection_list.rows(ctx, connection_list.sorted_ids(ctx, wanted, newest_first))

        self._desk.tasks.latest(self, "connections", work, self._found)

    def _found(self, result: tuple[int, list[ExceptionRow]]) -> None:
        person_id, found = result
        if person_id == self._person_id:
            self._show(found)

    def _show(self, found: list[ExceptionRow]) -> None:
        lines = []
        for each in found:
            is_their = "" if each.relationship is None else RELATIONSHIP_LABELS[each.relationship]
            cells = (each.reference, each.adult, each.other, is_their, each.platforms, short_status(each))
            lines.append(Line(each.id, cells, status_icon(tone(each)), 5))
        self.table.show_lines(lines)
        self.table.setVisible(bool(lines))
        self.show_button.setVisible(bool(lines))
        self.none.setVisible(not lines)
        self.counted.emit(len(lines))

    def _changed(self, changes: Changes) -> None:
        if bus.touches(changes, "exception"):
            self._load()

    def _open_current(self) -> None:
        key = self.table.current_key()
        if key is not None:
            self.opened.emit(key)
