"""A tab on screen, and the small moves the tests of several tabs make."""

from __future__ import annotations

from typing import Any, TypeVar

from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QAction
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QDialog, QWidget
from pytestqt.qtbot import QtBot

from smdesk.ui.tasks import Tasks
from smdesk.ui.widgets.list_and_form import ListAndForm

P = TypeVar("P", bound=QWidget)
D = TypeVar("D", bound=QDialog)


def shown(page: P, qtbot: QtBot, tasks: Tasks, width: int, height: int) -> P:
    """The tab as it stands once everything it asked for has arrived."""
    qtbot.addWidget(page)
    page.resize(width, height)
    page.show()
    qtbot.waitExposed(page)
    page.activateWindow()
    page.activate()
    settle(tasks)
    return page


def settle(tasks: Tasks) -> None:
    """Wait for everything asked for so far and for what that asks for in turn, and paint it."""
    for _ in range(6):
        QApplication.processEvents()
        assert tasks.wait_all()


def click(widget: QWidget) -> None:
    """A click of the mouse in the middle."""
    QTest.mouseClick(widget, Qt.MouseButton.LeftButton)


def front(kind: type[D], among: QWidget) -> D:
    """The one dialog of this kind that is open."""
    (found,) = [each for each in among.findChildren(kind) if each.isVisible()]
    return found


# Tabs with a list


def click_header(page: ListAndForm, tasks: Tasks, key: str) -> None:
    """A click on the heading of a column, which is shown for it."""
    table = page.list.table
    place = [each.key for each in page.list.model.columns].index(key)
    table.setColumnHidden(place, False)
    header = table.horizontalHeader()
    table.scrollTo(page.list.model.index(0, place))
    at = header.sectionViewportPosition(place) + 20
    QTest.mouseClick(header.viewport(), Qt.MouseButton.LeftButton, pos=QPoint(at, 8))
    settle(tasks)


def all_of_row(page: ListAndForm, record_id: int) -> str:
    """Everything a row tells: what it shows, its tool tips, and what a screen reader says of it."""
    model = page.list.model
    cells = [model.index(model.row_of(record_id), at) for at in range(model.columnCount())]
    roles = (
        Qt.ItemDataRole.DisplayRole,
        Qt.ItemDataRole.ToolTipRole,
        Qt.ItemDataRole.AccessibleTextRole,
    )
    return " ".join(str(cell.data(role) or "") for cell in cells for role in roles)


def saved_filter_action(page: ListAndForm, text: str) -> QAction:
    """A line of the menu of saved filters."""
    menu: Any = page.list.saved_filters.menu
    return next(action for action in menu.actions() if action.text() == text)
