"""Every control has a stable name for tests and a spoken one for people who hear the screen."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from PySide6.QtWidgets import (
    QAbstractButton,
    QAbstractItemView,
    QAbstractSpinBox,
    QComboBox,
    QLineEdit,
    QMenuBar,
    QPlainTextEdit,
    QTabBar,
    QTabWidget,
    QTextEdit,
    QWidget,
)
from pytestqt.qtbot import QtBot

from smdesk.paths import SchoolFolder
from smdesk.security import vault
from smdesk.services import profiles
from smdesk.services.session import FolderState
from smdesk.ui.desk import Desk
from smdesk.ui.first_run.assistant import FirstRun
from smdesk.ui.gate_pages import RecoveryPage, SignInPage
from smdesk.ui.help import HelpWindow
from smdesk.ui.main_window import MainWindow
from smdesk.ui.messages import Messages
from smdesk.ui.pages.settings.page import ENTRIES, Page
from smdesk.ui.pages.settings.password_dialog import GivePasswordDialog, PasswordDialog
from smdesk.ui.pages.settings.policy_editor import PolicyEditor
from smdesk.ui.pages.settings.policy_section import AdoptDialog
from smdesk.ui.pages.settings.user_dialog import UserDialog
from smdesk.ui.tasks import Tasks
from smdesk.ui.trouble_page import TroublePage
from smdesk.ui.widgets.dates import DateTimeEdit
from smdesk.ui.widgets.dialogs import ReasonDialog
from smdesk.ui.widgets.pdf_view import PdfView

CONTROLS = (
    QAbstractButton,
    QAbstractItemView,
    QAbstractSpinBox,
    QComboBox,
    QLineEdit,
    QPlainTextEdit,
    QTextEdit,
    QTabWidget,
)


def nameless(root: QWidget) -> list[str]:
    """Controls somebody can reach that lack one of the two names, or share the first with another."""
    found, seen = [], set()
    for control in root.findChildren(QWidget):
        if not isinstance(control, CONTROLS) or _part_of_another(control):
            continue
        name = control.objectName()
        if not name or name.startswith("qt_"):
            found.append(f"{type(control).__name__} has no objectName ({control.accessibleName()!r})")
        elif name in seen:
            found.append(f"two controls are called {name}")
        seen.add(name)
        if not control.accessibleName().strip():
            found.append(f"{name or type(control).__name__} has no accessible name")
    return found


def _part_of_another(control: QWidget) -> bool:
    """A line inside a spin box, a header of a table, a popup's list: Qt's own parts, reached through their owner."""
    parent = control.parentWidget()
    while parent is not None:
        if isinstance(parent, (QAbstractItemView, QAbstractSpinBox, QComboBox, QLineEdit, QMenuBar, QTabBar)):
            return True
        parent = parent.parentWidget()
    return control.objectName().startswith(("qt_spinbox", "qt_calendar", "ScrollLeft", "ScrollRight")) or (
        type(control).__name__ in ("QTableCornerButton", "QHeaderView")
    )


@pytest.fixture(params=["gate", "recovery", "trouble", "first run", "pdf", "reason", "moment", "help"])
def standing_alone(
    request: pytest.FixtureRequest, tmp_path: Path, tasks: Tasks, messages: Messages, qtbot: QtBot
) -> Iterator[QWidget]:
    folder = SchoolFolder(tmp_path / "school")
    made: dict[str, Callable[[], QWidget]] = {
        "gate": lambda: SignInPage(folder, tasks),
        "recovery": lambda: RecoveryPage(folder, tasks),
        "trouble": lambda: TroublePage(folder, FolderState("damaged", "Broken.", "x"), tasks, messages, None),
        "first run": lambda: FirstRun(folder, tasks, messages, params=vault.TESTING),
        "pdf": lambda: PdfView(tasks, messages),
        "reason": lambda: ReasonDialog("Skip", "Why?"),
        "moment": lambda: DateTimeEdit("received", "Received"),
        "help": HelpWindow,
    }
    widget = made[request.param]()
    qtbot.addWidget(widget)
    yield widget
    assert tasks.wait_all()


def test_what_stands_alone_is_named(standing_alone: QWidget) -> None:
    assert nameless(standing_alone) == []


@pytest.mark.parametrize("section", [entry.name for entry in ENTRIES])
def test_settings_are_named(desk_for: Callable[[str], Desk], qtbot: QtBot, section: str) -> None:
    login = "business_manager" if section == "backups" else "administrator"
    page = Page(desk_for(login))
    qtbot.addWidget(page)
    page.show_section(section)
    assert page._desk.tasks.wait_all()
    assert nameless(page) == []


def test_dialogs_of_the_settings_are_named(desk_for: Callable[[str], Desk], qtbot: QtBot) -> None:
    desk = desk_for("headteacher")
    for dialog in (
        PasswordDialog(desk),
        GivePasswordDialog("New password", "Hand it over.", "cedar", "&Set"),
        UserDialog(desk),
        PolicyEditor(desk, profiles.current(desk.ctx)),
        AdoptDialog(profiles.shipped()),
    ):
        qtbot.addWidget(dialog)
        assert nameless(dialog) == [], type(dialog).__name__


def test_the_main_window_is_named(desk_for: Callable[[str], Desk], qtbot: QtBot) -> None:
    window = MainWindow(desk_for("governor"), "Brambleford", tabs=())
    qtbot.addWidget(window, before_close_func=MainWindow.close_without_asking)
    assert nameless(window) == []
    for menu in window.menuBar().actions():
        assert "&" in menu.text()
