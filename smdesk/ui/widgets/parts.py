"""A tab of several parts, each a page of its own behind a smaller tab: what the main window calls, handed on."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, cast

from PySide6.QtWidgets import QTabWidget, QVBoxLayout, QWidget

from smdesk.security.permissions import Permission, allowed
from smdesk.ui.desk import Desk, PageProtocol


@dataclass(frozen=True, slots=True)
class Part:
    """One part: who gets it, and how it is made (imported only then)."""

    name: str
    label: str
    permission: Permission
    make: Callable[[Desk], QWidget]


class PartsPage(QWidget):
    """Each part offers the methods of ``PageProtocol``; it is made when it is first shown."""

    def __init__(
        self, desk: Desk, name: str, title: str, parts: Sequence[Part], parent: QWidget | None = None
    ) -> None:
        """``title`` says what the tab bar is of, to whoever hears it read."""
        super().__init__(parent)
        self.setObjectName(f"{name}_page")
        self._desk = desk
        self._parts = [part for part in parts if allowed(desk.ctx.user.roles, part.permission)]
        self._made: dict[str, QWidget] = {}
        self.tabs = QTabWidget()
        self.tabs.setObjectName(f"{name}_parts")
        self.tabs.setAccessibleName(title)
        self.tabs.tabBar().setAccessibleName(title)
        self.tabs.setDocumentMode(True)
        for part in self._parts:
            holder = QWidget()
            column = QVBoxLayout(holder)
            column.setContentsMargins(0, 0, 0, 0)
            self.tabs.addTab(holder, part.label)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(self.tabs)
        self.tabs.currentChanged.connect(self._part_chosen)

    def part(self, name: str) -> QWidget:
        """A part, made now if it was not yet. Raises KeyError for one this user has not."""
        if name not in self._made:
            place = self._place_of(name)
            made = self._parts[place].make(self._desk)
            layout = self.tabs.widget(place).layout()
            layout.addWidget(made)
            self._made[name] = made
        return self._made[name]

    def open_part(self, name: str, record_id: int = 0) -> None:
        """Show a part, and in it a record where ``record_id`` is not 0. One this user has not is passed over."""
        if name not in {part.name for part in self._parts}:
            return
        page = self._page(name)
        self.tabs.setCurrentIndex(self._place_of(name))
        if record_id:
            page.open_record(record_id)

    def new_part_with(self, name: str, draft: object) -> None:
        """Show a part and in it a new record begun with a draft: the part offers ``new_with``."""
        if name in {part.name for part in self._parts}:
            self.open_part(name)
            cast(Any, self.part(name)).new_with(draft)

    def narrow_part(self, name: str, wanted: object, sort: object = None) -> None:
        """Show of a part's list what a filter finds: the part offers ``show_narrowed``."""
        if name in {part.name for part in self._parts}:
            self.open_part(name)
            cast(Any, self.part(name)).show_narrowed(wanted, sort)

    @property
    def current_part(self) -> str:
        """The name of the part in front; "" where this user has none."""
        place = self.tabs.currentIndex()
        return self._parts[place].name if 0 <= place < len(self._parts) else ""

    # What the main window calls

    def activate(self) -> None:
        if self.current_part:
            self._page(self.current_part).activate()

    def open_record(self, record_id: int) -> None:
        """A record of the tab's own kind stands in its first part."""
        self.open_part(self._parts[0].name, record_id)

    def new_record(self) -> None:
        if self.current_part:
            self._page(self.current_part).new_record()

    def focus_search(self) -> None:
        if self.current_part:
            self._page(self.current_part).focus_search()

    def unsaved(self) -> bool:
        return any(cast(PageProtocol, page).unsaved() for page in self._made.values())

    def save_draft(self) -> None:
        for page in self._made.values():
            if cast(PageProtocol, page).unsaved():
                cast(PageProtocol, page).save_draft()

    def _page(self, name: str) -> PageProtocol:
        return cast(PageProtocol, self.part(name))

    def _place_of(self, name: str) -> int:
        for place, part in enumerate(self._parts):
            if part.name == name:
                return place
        raise KeyError(name)

    def _part_chosen(self, _place: int) -> None:
        if self.isVisible():
            self.activate()
