"""The people tab: the list, and one person's page."""

from __future__ import annotations

from PySide6.QtWidgets import QVBoxLayout, QWidget

from smdesk.ui.desk import Desk
from smdesk.ui.pages.people.list_view import PeopleListView
from smdesk.ui.pages.people.person_view import PersonView
from smdesk.ui.widgets.dialogs import about_unsaved
from smdesk.ui.widgets.list_and_record import ListAndRecord

SPLIT_AT = 1150
"""Device-independent pixels of width from which list and person fit side by side."""

_BACK, _NEW = -1, 0


class Page(QWidget):
    """What the main window shows under "People"."""

    def __init__(self, desk: Desk, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("people_page")
        self._desk = desk
        self._view: PersonView | None = None
        self._then: int | None = None
        self.list = PeopleListView(desk)
        self.list.opened.connect(self.open_record)
        self.list.moved_to.connect(self._moved_to)
        self.list.new_wanted.connect(self.new_record)
        self.list.import_wanted.connect(self._import)
        self.both = ListAndRecord(self.list, "people", split_at=SPLIT_AT, list_share=2, record_share=3)
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
        """Show this person; what is typed and not saved is asked about first."""
        self._leave_for(record_id)

    def new_record(self) -> None:
        """An empty form (Ctrl+N)."""
        if self.list.may_add:
            self._leave_for(_NEW)

    def focus_search(self) -> None:
        if self.both.record_shown and not self.both.beside:
            self._leave_for(_BACK)
        if not self.both.record_shown or self.both.beside:
            self.list.focus_search()

    def unsaved(self) -> bool:
        return self._view is not None and self.both.record_shown and self._view.unsaved()

    def save_draft(self) -> None:
        if self._view is not None:
            self._view.save_draft()

    # List and person

    def view(self) -> PersonView:
        """The person's page, made when it is first needed."""
        if self._view is None:
            self._view = PersonView(self._desk)
            self._view.saved.connect(self._saved)
            self._view.not_saved.connect(self._not_saved)
            self._view.incident_wanted.connect(self._open_incident)
            self._view.person_wanted.connect(self.open_record)
            self.both.set_record(self._view)
        return self._view

    def back(self) -> None:
        """Back to the list, selection and place as they were."""
        self._leave_for(_BACK)

    def _leave_for(self, where: int) -> None:
        """Go to a person, a new form or back to the list, unless what is typed keeps the person here."""
        if self.unsaved():
            answer = about_unsaved(
                self._desk.messages, "What you typed about this person is not saved yet.", "this person"
            )
            if answer == "stay":
                return
            if answer == "save":
                self._then = where
                self.view().save()
                return
            if answer == "draft":
                self.view().save_draft()
            else:
                self.view().discard()
        self._go(where)

    def _go(self, where: int) -> None:
        if where == _BACK:
            self.both.show_list()
            self.list.activate()
            self.list.focus_list()
            return
        view = self.view()
        self.both.show_record()
        if where == _NEW:
            view.new()
        else:
            view.open(where)
            self.list.select(where)
            if not self.both.beside:
                view.tabs.setFocus()

    def _moved_to(self, person_id: object) -> None:
        # Beside the list, the page follows the arrow keys; never away from something typed.
        if (
            isinstance(person_id, int)
            and self.both.record_shown
            and self.both.beside
            and self.list.table.hasFocus()
            and not self.unsaved()
            and self.view().person_id != person_id
        ):
            self.view().open(person_id)

    def _saved(self, person_id: int) -> None:
        then, self._then = self._then, None
        if then is not None:
            self._go(then)
            return
        self.list.select(person_id)

    def _not_saved(self) -> None:
        self._then = None

    def _import(self) -> None:
        from smdesk.ui.pages.people.import_dialog import ImportDialog

        ImportDialog(self._desk, self).open()

    def _open_incident(self, incident_id: int) -> None:
        self._desk.open_incident(incident_id)
