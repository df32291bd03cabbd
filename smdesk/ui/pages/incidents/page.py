"""The incidents tab: the list, and the form that opens from it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtWidgets import QVBoxLayout, QWidget

from smdesk.services.context import Saved
from smdesk.services.incident_records import Column
from smdesk.ui.desk import Desk
from smdesk.ui.pages.incidents.list_view import IncidentListView
from smdesk.ui.widgets.list_and_record import ListAndRecord

if TYPE_CHECKING:
    from smdesk.ui.pages.incidents.form import IncidentForm

SPLIT_AT = 1600
"""Device-independent pixels of width from which list and form fit side by side."""


class Page(QWidget):
    """What the main window shows under "Incidents"."""

    def __init__(self, desk: Desk, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("incidents_page")
        self._desk = desk
        self._form: IncidentForm | None = None
        self.list = IncidentListView(desk)
        self.list.opened.connect(self.open_record)
        self.list.new_wanted.connect(self.new_record)
        self.list.export_wanted.connect(self._export)
        self.both = ListAndRecord(self.list, "incidents", split_at=SPLIT_AT)
        self.both.back_wanted.connect(self.back)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(self.both)

    # What the main window calls

    def activate(self) -> None:
        self.list.activate()
        if not self.both.record_shown and self.focusWidget() is None:
            self.list.focus_list()

    def open_record(self, record_id: int) -> None:
        """Open this incident in the form; what is typed there and not saved is asked about first."""
        if not self._may_leave(("open", record_id)):
            return
        self.list.select(record_id)
        self.form().open(record_id)
        self.both.show_record()
        self.form().setFocus()

    def new_record(self) -> None:
        """An empty form (Ctrl+N)."""
        if not self.list.may_add or not self._may_leave(("new", None)):
            return
        self.form().new()
        self.both.show_record()
        self.form().setFocus()

    def focus_search(self) -> None:
        if self.both.record_shown and not self.both.beside and not self.back():
            return
        self.list.focus_search()

    def unsaved(self) -> bool:
        return self._form is not None and self.both.record_shown and self._form.unsaved()

    def save_draft(self) -> None:
        if self._form is not None:
            self._form.save_draft()

    # List and form

    def form(self) -> IncidentForm:
        """The form, made when it is first needed: the list must be there first."""
        if self._form is None:
            from smdesk.ui.pages.incidents.form import IncidentForm

            self._form = IncidentForm(self._desk)
            self._form.closed.connect(self._show_list)
            self._form.saved.connect(self._form_saved)
            self.both.set_record(self._form)
        return self._form

    def back(self) -> bool:
        """Back to the list, selection and place as they were. False when the person stayed in the form."""
        if not self._may_leave(("close", None)):
            return False
        self._show_list()
        return True

    def _show_list(self) -> None:
        self.both.show_list()
        self.list.activate()
        self.list.focus_list()

    def _form_saved(self, saved: Saved) -> None:
        self.list.select(saved.id)

    def _may_leave(self, then: tuple[str, object]) -> bool:
        """Whether nothing is lost by leaving now; the form asks, and after a save goes on to ``then`` itself."""
        return not self.unsaved() or self.form().may_leave(then)

    # Printing and exporting

    def _export(self) -> None:
        from smdesk.ui.pages.incidents.export_dialog import ExportDialog, Wanted

        shown = tuple(Column(key) for key in self.list.table.shown_columns())
        wanted = Wanted(self.list.shown, self.list.sort, shown, len(self.list.model.ids))
        dialog = ExportDialog(self._desk, wanted, self)
        dialog.previewed.connect(self._preview)
        dialog.open()

    def _preview(self, data: object) -> None:
        from smdesk.ui.widgets.preview_window import PreviewWindow

        if isinstance(data, bytes):
            PreviewWindow(self._desk, data, "Incidents", self).open()
