"""A tab with a list, and the form that opens from it: what the main window calls, and the way between the two."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Protocol

from PySide6.QtCore import Qt, SignalInstance
from PySide6.QtWidgets import QVBoxLayout, QWidget

from smdesk.services.context import Saved
from smdesk.ui.desk import Desk
from smdesk.ui.widgets.list_and_record import ListAndRecord
from smdesk.ui.widgets.record_list import RecordList

SPLIT_AT = 1600
"""Device-independent pixels of width from which list and form fit side by side."""


class Form(Protocol):
    """What a form must offer; it is a widget too."""

    closed: SignalInstance
    """It is done with: nothing in it is unsaved."""
    saved: SignalInstance
    """Carries ``Saved``."""

    def open(self, record_id: int) -> None: ...

    def new(self, draft: Any = None) -> None:
        """An empty form, or one begun with a draft."""

    def unsaved(self) -> bool: ...

    def save_draft(self) -> None: ...

    def may_leave(self, then: tuple[str, object]) -> bool:
        """Whether nothing is lost by leaving now. It asks, and after a save goes on to ``then`` itself."""


class ListAndForm(QWidget):
    """``make_form`` is called when a form is first needed: the list must be there first."""

    def __init__(
        self,
        desk: Desk,
        listing: RecordList,
        make_form: Callable[[Desk], Form],
        name: str,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self.setObjectName(f"{name}_page")
        self._desk = desk
        self._make_form = make_form
        self._form: Form | None = None
        self.list = listing
        self.list.opened.connect(self.open_record)
        self.list.new_wanted.connect(self.new_record)
        self.both = ListAndRecord(self.list, name, split_at=SPLIT_AT)
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
        """Open this record in the form; what is typed there and not saved is asked about first."""
        if not self.may_leave(("open", record_id)):
            return
        self.list.select(record_id)
        self.form().open(record_id)
        self.show_form()

    def new_record(self) -> None:
        """An empty form (Ctrl+N)."""
        if not self.list.may_add or not self.may_leave(("new", None)):
            return
        self.form().new()
        self.show_form()

    def new_with(self, draft: Any) -> None:
        """A form begun with a draft, to be looked at and saved. What is typed and not saved is asked about first."""
        if not self.list.may_add or not self.may_leave(("new_with", draft)):
            return
        self.form().new(draft)
        self.show_form()

    def show_narrowed(self, wanted: Any, sort: Any = None) -> None:
        """The list with this filter, in front of the form unless somebody wants to stay in that."""
        if self.both.record_shown and not self.both.beside and not self.back():
            return
        self.list.show_filter(wanted, sort or self.list.sort)
        self.list.focus_list()

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

    def form(self) -> Form:
        """The form, made when it is first needed."""
        if self._form is None:
            self._form = self._make_form(self._desk)
            self._form.closed.connect(self._show_list)
            self._form.saved.connect(self._form_saved)
            self.both.set_record(self._form)
        return self._form

    def show_form(self) -> None:
        """Bring the form to the front, with the keyboard in it."""
        self.both.show_record()
        # So that a box to choose from is seen to have the keyboard, too: without Tab Qt would not draw it.
        self.window().setAttribute(Qt.WidgetAttribute.WA_KeyboardFocusChange)
        self.form().setFocus()

    def back(self) -> bool:
        """Back to the list, selection and place as they were. False when the person stayed in the form."""
        if not self.may_leave(("close", None)):
            return False
        self._show_list()
        return True

    def may_leave(self, then: tuple[str, object]) -> bool:
        """Whether nothing is lost by leaving the form now."""
        return not self.unsaved() or self.form().may_leave(then)

    def _show_list(self) -> None:
        self.both.show_list()
        self.list.activate()
        self.list.focus_list()

    def _form_saved(self, saved: Saved) -> None:
        self.list.select(saved.id)
