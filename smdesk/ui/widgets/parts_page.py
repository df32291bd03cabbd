"""A tab that has parts of its own, each a page like any other, made when it is first shown."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, cast

from PySide6.QtWidgets import QTabWidget, QVBoxLayout, QWidget

from smdesk.security.permissions import Permission, allowed
from smdesk.ui.desk import Desk, PageProtocol
from smdesk.ui.widgets.text import named


@dataclass(frozen=True, slots=True)
class Part:
    """One part: its name (for ``open_part``), what stands on it, who gets it, and how it is made."""

    name: str
    label: str
    permission: Permission
    make: Callable[[Desk], QWidget]


class PartsPage(QWidget):
    """Offers ``PageProtocol`` itself: what the main window asks goes to the part in front.

    The first part is where the tab's own records are: ``open_record`` leads there. A part is a widget that offers
    ``PageProtocol`` too, and ``new_with`` where a draft of its kind may come from another tab.
    """

    def __init__(
        self, desk: Desk, name: str, label: str, parts: Sequence[Part], parent: QWidget | None = None
    ) -> None:
        """``name`` begins the object names, ``label`` says what the parts are parts of."""
        super().__init__(parent)
        self.setObjectName(f"{name}_page")
        self._desk = desk
        self._shown = tuple(part for part in parts if allowed(desk.ctx.user.roles, part.permission))
        self._made: dict[str, QWidget] = {}
        self._active = False
        self.tabs = named(QTabWidget(), f"{name}_parts", label)
        self.tabs.setDocumentMode(True)
        self.tabs.tabBar().setObjectName(f"{name}_parts_bar")
        self.tabs.tabBar().setAccessibleName(label)
        self.tabs.tabBar().setExpanding(False)
        for part in self._shown:
            place = QWidget()
            column = QVBoxLayout(place)
            column.setContentsMargins(0, 0, 0, 0)
            self.tabs.addTab(place, part.label)
        self.tabs.currentChanged.connect(self._part_chosen)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(self.tabs)

    # What the main window calls

    def activate(self) -> None:
        self._active = True
        if self._shown:
            self._page(self.current_part()).activate()

    def open_record(self, record_id: int) -> None:
        if self._shown:
            self.open_part(self._shown[0].name, record_id)

    def open_part(self, name: str, record_id: int = 0) -> None:
        """Show a part and, where ``record_id`` is not 0, a record in it. A part this user has not is passed over."""
        place = self._place_of(name)
        if place is None:
            return
        page = self._page(name)
        self.tabs.setCurrentIndex(place)
        page.activate()
        if record_id:
            page.open_record(record_id)

    def new_record(self) -> None:
        if self._shown:
            self._page(self.current_part()).new_record()

    def new_in(self, name: str) -> None:
        """Show a part and in it a new record (a draft of one is brought back there)."""
        if self._place_of(name) is not None:
            self.open_part(name)
            self._page(name).new_record()

    def new_part_with(self, name: str, draft: object) -> None:
        """Show a part and in it a new record begun with a draft of its kind."""
        if self._place_of(name) is not None:
            self.open_part(name)
            cast(Any, self.part(name)).new_with(draft)

    def focus_search(self) -> None:
        if self._shown:
            self._page(self.current_part()).focus_search()

    def unsaved(self) -> bool:
        return any(self._page(name).unsaved() for name in self._made)

    def save_draft(self) -> None:
        for name in self._made:
            if self._page(name).unsaved():
                self._page(name).save_draft()

    # The parts

    def current_part(self) -> str:
        """The name of the part in front."""
        return self._shown[self.tabs.currentIndex()].name

    def part(self, name: str) -> QWidget:
        """The part, made now if it was not yet. Raises KeyError for one this user has not."""
        if name not in self._made:
            place = self._place_of(name)
            if place is None:
                raise KeyError(name)
            made = self._shown[place].make(self._desk)
            holder = self.tabs.widget(place)
            holder.layout().addWidget(made)
            holder.setFocusProxy(made)
            self._made[name] = made
        return self._made[name]

    def set_count(self, name: str, number: int) -> None:
        """Say on a part how much waits behind it (0: nothing)."""
        place = self._place_of(name)
        if place is not None:
            label = self._shown[place].label
            self.tabs.setTabText(place, f"{label} ({number:,})" if number else label)

    def _page(self, name: str) -> PageProtocol:
        return cast(PageProtocol, self.part(name))

    def _place_of(self, name: str) -> int | None:
        return next((place for place, part in enumerate(self._shown) if part.name == name), None)

    def _part_chosen(self) -> None:
        if self._active:
            self._page(self.current_part()).activate()
