"""A part of a tab that is a list and nothing else: what is opened or added has a dialog of its own."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtWidgets import QPushButton, QVBoxLayout, QWidget

from smdesk.services.context import Changes
from smdesk.ui.desk import Desk
from smdesk.ui.events import touches
from smdesk.ui.widgets.record_list import RecordList


class ListPart(QWidget):
    """A part gives ``open_record`` and ``new_record``, and ``load_more`` for what it reads besides the rows."""

    def __init__(
        self,
        desk: Desk,
        name: str,
        listing: RecordList,
        *,
        more_told_by: Sequence[str] = (),
        for_marked: QPushButton | None = None,
        parent: QWidget | None = None,
    ) -> None:
        """``more_told_by``: kinds of change after which ``load_more`` is called again. ``for_marked`` acts on the rows
        that are marked, and can be pressed while there are any.
        """
        super().__init__(parent)
        self.setObjectName(f"{name}_view")
        self._desk = desk
        self._more_told_by = tuple(more_told_by)
        self._active = False
        self._for_marked = for_marked
        self.list = listing
        self.list.opened.connect(self.open_record)
        self.list.new_wanted.connect(self.new_record)
        if for_marked is not None:
            for_marked.setEnabled(False)
            self.list.table.selectionModel().selectionChanged.connect(self._show_possible)
            self.list.model.modelReset.connect(self._show_possible)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(self.list)
        desk.events.changed.connect(self._changed)

    # What each part gives

    def open_record(self, record_id: int) -> None:
        """Show this record."""
        raise NotImplementedError

    def new_record(self) -> None:
        """Add something (Ctrl+N)."""
        raise NotImplementedError

    def load_more(self) -> None:
        """Read what is shown besides the rows: called when the part is first shown, and after changes."""

    # What the page of parts calls

    def activate(self) -> None:
        if not self._active:
            self._active = True
            self.load_more()
        self.list.activate()
        if self.focusWidget() is None:
            self.list.focus_list()

    def focus_search(self) -> None:
        self.list.focus_search()

    def unsaved(self) -> bool:
        return False

    def save_draft(self) -> None:
        """Nothing is typed in the list; a dialog keeps what is typed until it is recorded."""

    # Inside

    def _show_possible(self) -> None:
        if self._for_marked is not None:
            self._for_marked.setEnabled(self.list.table.selectionModel().hasSelection())

    def _changed(self, changes: Changes) -> None:
        if self._active and any(touches(changes, kind) for kind in self._more_told_by):
            self.load_more()
