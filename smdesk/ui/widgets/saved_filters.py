"""The filters a user keeps: the menu that offers them, and saving, renaming and deleting one."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from PySide6.QtCore import QObject, Qt, Signal
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QDialog, QLineEdit, QMenu, QVBoxLayout, QWidget

from smdesk.errors import SmdeskError
from smdesk.services import settings
from smdesk.services.settings import SavedFilter, Shelf
from smdesk.ui import theme
from smdesk.ui.desk import Desk
from smdesk.ui.tasks import Progress
from smdesk.ui.widgets.buttons import button
from smdesk.ui.widgets.forms import closing
from smdesk.ui.widgets.problem_bar import ProblemBar
from smdesk.ui.widgets.text import PlainLabel, heading, named

Saved = SavedFilter[Any, Any]


class SavedFilters(QObject):
    """Owns ``menu``. ``chosen`` carries the ``SavedFilter`` to show; ``current`` gives filter and sorting shown now.

    ``untouched`` ends the question before one is deleted: "No incident is touched."
    """

    chosen = Signal(object)

    def __init__(
        self,
        desk: Desk,
        shelf: Shelf[Any, Any],
        current: Callable[[], tuple[Any, Any]],
        view: QWidget,
        untouched: str,
    ) -> None:
        super().__init__(view)
        self._desk, self._shelf, self._current, self._view = desk, shelf, current, view
        self._untouched = untouched
        self._naming: NameDialog | None = None
        self.menu = SavedFilterMenu(view)
        self.menu.chosen.connect(self.chosen)
        self.menu.save_wanted.connect(self._ask_name)
        self.menu.rename_wanted.connect(self._ask_new_name)
        self.menu.delete_wanted.connect(self._delete)

    def _ask_name(self) -> None:
        self._name_dialog("Save the current filter", "", self._save_as)

    def _ask_new_name(self, name: str) -> None:
        self._name_dialog("Rename the filter", name, self._rename)

    def _name_dialog(self, title: str, name: str, does: object) -> None:
        dialog = NameDialog(title, name, self._view)
        dialog.named_as.connect(does)
        dialog.destroyed.connect(self._naming_ended)
        self._naming = dialog
        dialog.open()

    def _naming_ended(self) -> None:
        self._naming = None

    def _save_as(self, name: str) -> None:
        ctx, shelf = self._desk.ctx, self._shelf
        wanted, sort = self._current()

        def work(progress: Progress) -> list[Saved]:
            settings.save_filter(ctx, shelf, name, wanted, sort)
            return settings.list_filters(ctx, shelf)

        taken = " ".join(name.split()).casefold()
        if any(saved.name.casefold() == taken for saved in self.menu.filters) and not (
            self._desk.messages.confirm(f"Replace the saved filter “{name.strip()}”?", "Replace it")
        ):
            return
        self._desk.tasks.run(self, work, self._kept, self._not_kept)

    def _rename(self, name: str) -> None:
        ctx, shelf = self._desk.ctx, self._shelf
        before = self._naming.before if self._naming is not None else ""

        def work(progress: Progress) -> list[Saved]:
            settings.rename_filter(ctx, shelf, before, name)
            return settings.list_filters(ctx, shelf)

        self._desk.tasks.run(self, work, self._kept, self._not_kept)

    def _delete(self, name: str) -> None:
        if not self._desk.messages.confirm(
            f"Delete the saved filter “{name}”?",
            "Delete the filter",
            more=self._untouched,
            danger=True,
        ):
            return
        ctx, shelf = self._desk.ctx, self._shelf

        def work(progress: Progress) -> list[Saved]:
            settings.delete_filter(ctx, shelf, name)
            return settings.list_filters(ctx, shelf)

        self._desk.tasks.run(self, work, self._kept)

    def _kept(self, filters: list[Saved]) -> None:
        self.menu.offer(filters)
        if self._naming is not None:
            self._naming.accept()

    def _not_kept(self, error: SmdeskError) -> None:
        if self._naming is not None:
            self._naming.refused(error)
        else:
            self._desk.messages.error(error)


class SavedFilterMenu(QMenu):
    """The user's saved filters, and what can be done with them. ``chosen`` carries a ``SavedFilter``."""

    chosen = Signal(object)
    save_wanted = Signal()
    rename_wanted = Signal(str)
    delete_wanted = Signal(str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("saved_filters_menu")
        self.setAccessibleName("Saved filters")
        self.setToolTipsVisible(True)
        self.filters: list[Saved] = []
        self.offer([])

    def offer(self, filters: list[Saved]) -> None:
        """Show these saved filters."""
        self.filters = filters
        for menu in self.findChildren(QMenu):
            menu.deleteLater()
        self.clear()
        for saved in filters:
            self._entry(self, saved.name, self._choose)
        if not filters:
            nothing = self.addAction("No saved filters yet")
            nothing.setEnabled(False)
        self.addSeparator()
        save = self.addAction("&Save the current filter as…")
        save.setObjectName("saved_filter_save")
        save.triggered.connect(self.save_wanted)
        if filters:
            rename, delete = QMenu("&Rename", self), QMenu("&Delete", self)
            for menu, name, does in (
                (rename, "saved_filter_rename", self._rename),
                (delete, "saved_filter_delete", self._delete),
            ):
                menu.setObjectName(name)
                for saved in filters:
                    self._entry(menu, saved.name, does)
                self.addMenu(menu)

    def _entry(self, menu: QMenu, name: str, does: Any) -> None:
        # The name was typed: "&" is a letter in it.
        action = QAction(name.replace("&", "&&"), menu)
        action.setData(name)
        action.triggered.connect(does)
        menu.addAction(action)

    def _name(self) -> str:
        action = self.sender()
        return str(action.data()) if isinstance(action, QAction) else ""

    def _choose(self) -> None:
        name = self._name()
        for saved in self.filters:
            if saved.name == name:
                self.chosen.emit(saved)

    def _rename(self) -> None:
        self.rename_wanted.emit(self._name())

    def _delete(self) -> None:
        self.delete_wanted.emit(self._name())


class NameDialog(QDialog):
    """Asks for the name of a filter. ``named_as`` carries it; the owner closes the dialog once it was kept."""

    named_as = Signal(str)

    def __init__(self, title: str, name: str = "", parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("filter_name_dialog")
        self.setWindowTitle(title)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowModality(Qt.WindowModality.WindowModal)
        self.before = name
        column = QVBoxLayout(self)
        theme.roomy(column)
        column.addWidget(heading(title, 2))
        column.addWidget(
            PlainLabel("Only you see your saved filters. They keep the view, the search and the sorting.")
        )
        self.problems = ProblemBar("filter_name_problems")
        column.addWidget(self.problems)
        self.edit = named(QLineEdit(name), "filter_name", "Name of the filter")
        self.edit.setMaxLength(80)
        self.edit.selectAll()
        column.addWidget(self.edit)
        self.ok = button("&Save", "filter_name_save", self._take, look="primary")
        self.ok.setDefault(True)
        self.cancel = button("Cancel", "filter_name_cancel", self.reject)
        column.addWidget(closing(self.cancel, self.ok))
        self.setMinimumWidth(440)
        self.edit.setFocus()

    def refused(self, error: SmdeskError) -> None:
        """It was not kept: say why and let it be put right."""
        self.problems.show_problems(error, {"name": self.edit})

    def _take(self) -> None:
        self.named_as.emit(self.edit.text())
