"""The Settings tab: sections on the left, the chosen one on the right."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol, cast

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QHBoxLayout, QListWidget, QListWidgetItem, QStackedWidget, QWidget

from smdesk.security.permissions import Permission, allowed
from smdesk.ui.desk import Desk
from smdesk.ui.widgets.text import named


class Section(Protocol):
    """What a section of the tab offers."""

    def activate(self) -> None:
        """It became visible: read what it shows."""

    def unsaved(self) -> bool:
        """True while something typed is not saved."""

    def save_draft(self) -> None:
        """Keep what is typed as a draft, now."""


def _school(desk: Desk) -> QWidget:
    from smdesk.ui.pages.settings.school_section import SchoolSection

    return SchoolSection(desk)


def _users(desk: Desk) -> QWidget:
    from smdesk.ui.pages.settings.users_section import UsersSection

    return UsersSection(desk)


def _policy(desk: Desk) -> QWidget:
    from smdesk.ui.pages.settings.policy_section import PolicySection

    return PolicySection(desk)


def _letters(desk: Desk) -> QWidget:
    from smdesk.ui.pages.settings.wording_section import WordingSection

    return WordingSection(desk)


def _backups(desk: Desk) -> QWidget:
    from smdesk.ui.pages.settings.backups_section import BackupsSection

    return BackupsSection(desk)


def _verify(desk: Desk) -> QWidget:
    from smdesk.ui.pages.settings.verify_section import VerifySection

    return VerifySection(desk)


def _account(desk: Desk) -> QWidget:
    from smdesk.ui.pages.settings.account_section import AccountSection

    return AccountSection(desk)


@dataclass(frozen=True, slots=True)
class _Entry:
    name: str
    label: str
    permission: Permission
    make: Callable[[Desk], QWidget]


ENTRIES = (
    _Entry("school", "School", Permission.SCHOOL_READ, _school),
    _Entry("users", "Users and keys", Permission.USERS_READ, _users),
    _Entry("policy", "Policy", Permission.PROFILE_READ, _policy),
    _Entry("letters", "Letters", Permission.WORDINGS_READ, _letters),
    _Entry("backups", "Backups", Permission.BACKUPS_MAKE, _backups),
    _Entry("verify", "Check the records", Permission.VERIFY_RUN, _verify),
    _Entry("account", "My account", Permission.OWN_PASSWORD, _account),
)


class Page(QWidget):
    """The tab."""

    def __init__(self, desk: Desk, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("settings_page")
        self._desk = desk
        self._sections: dict[str, QWidget] = {}
        self._entries = [entry for entry in ENTRIES if allowed(desk.ctx.user.roles, entry.permission)]
        self.list = named(QListWidget(), "settings_sections", "Sections of the settings")
        self.list.setProperty("look", "sections")
        for entry in self._entries:
            item = QListWidgetItem(entry.label)
            item.setData(Qt.ItemDataRole.UserRole, entry.name)
            self.list.addItem(item)
        self.list.setFixedWidth(self.list.sizeHintForColumn(0) + 40)
        self.stack = QStackedWidget()
        outer = QHBoxLayout(self)
        outer.setContentsMargins(0, 0, 0, 0)
        outer.setSpacing(0)
        outer.addWidget(self.list)
        outer.addWidget(self.stack, 1)
        self.list.setCurrentRow(0)
        self.list.currentRowChanged.connect(self._chosen)

    def section(self, name: str) -> QWidget:
        """A section, made now if it was not yet. Raises StopIteration for one this user has not."""
        if name not in self._sections:
            entry = next(entry for entry in self._entries if entry.name == name)
            made = entry.make(self._desk)
            self._sections[name] = made
            self.stack.addWidget(made)
        return self._sections[name]

    def show_section(self, name: str) -> None:
        for row, entry in enumerate(self._entries):
            if entry.name == name:
                self.list.setCurrentRow(row)
                self._chosen(row)

    def activate(self) -> None:
        self._chosen(self.list.currentRow())

    def open_record(self, record_id: int) -> None:
        """Settings have no records to open."""

    def open_part(self, part: str, record_id: int) -> None:
        """Show a section; with an id, what was being written in it."""
        self.show_section(part)
        go_on = getattr(self.stack.currentWidget(), "open_draft", None)
        if record_id and go_on is not None:
            go_on()

    def new_record(self) -> None:
        """Ctrl+N adds a user where users are shown."""
        from smdesk.ui.pages.settings.users_section import UsersSection

        current = self.stack.currentWidget()
        if isinstance(current, UsersSection):
            current.add_user()

    def focus_search(self) -> None:
        self.list.setFocus()

    def unsaved(self) -> bool:
        return any(cast(Section, section).unsaved() for section in self._sections.values())

    def save_draft(self) -> None:
        for section in self._sections.values():
            if cast(Section, section).unsaved():
                cast(Section, section).save_draft()

    def _chosen(self, row: int) -> None:
        if 0 <= row < len(self._entries):
            section = self.section(self._entries[row].name)
            self.stack.setCurrentWidget(section)
            cast(Section, section).activate()
