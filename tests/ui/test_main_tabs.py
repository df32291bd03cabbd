"""A dozen tabs in any window: set closer, moved, and listed in a menu; letters of their own in the menu Go."""

from __future__ import annotations

import pytest
from PySide6.QtWidgets import QApplication, QWidget
from pytestqt.qtbot import QtBot

from smdesk.security.permissions import Permission
from smdesk.ui.desk import Desk
from smdesk.ui.main_tabs import MainTabs, with_keys
from smdesk.ui.tabs import Tab

LABELS = (
    *("Today", "Incidents", "Connections", "Business cases", "Accounts", "Reputation"),
    *("Agreements", "People", "Letters", "To decide", "Reports", "Settings"),
)


def _page(desk: Desk) -> QWidget:
    return QWidget()


@pytest.fixture
def tabs(qtbot: QtBot) -> MainTabs:
    made = MainTabs([Tab(label.casefold(), label, (Permission.TODAY_READ,), _page) for label in LABELS])
    qtbot.addWidget(made)
    made.resize(2400, 300)
    made.show()
    made.fit()
    return made


def at(tabs: MainTabs, width: int) -> bool:
    """Whether the list of all tabs is offered at this width."""
    tabs.resize(width, 300)
    for _ in range(3):
        QApplication.processEvents()
    return tabs.all.isVisible()


def test_where_there_is_room_nothing_is_added(tabs: MainTabs) -> None:
    assert not at(tabs, 2400)
    assert not tabs.tabBar().property("close")


def test_where_there_is_none_all_are_listed_with_their_counts(tabs: MainTabs) -> None:
    assert at(tabs, 500)
    middle = tabs.all.mapTo(tabs, tabs.all.rect().center()).y()
    assert abs(middle - tabs.tabBar().geometry().center().y()) <= 2  # in line with the tabs
    tabs.set_count("people", 0)
    tabs.set_count("accounts", 1234)
    tabs._menu.aboutToShow.emit()
    shown = [action.text() for action in tabs._menu.actions()]
    assert shown[4] == "Accounts (1,234)"
    assert shown[7] == "People"
    assert [action.isChecked() for action in tabs._menu.actions()].index(True) == 0
    tabs._menu.actions()[11].trigger()
    assert tabs.currentIndex() == 11
    assert tabs.tabBar().tabRect(11).right() <= tabs.tabBar().width()  # moved into sight
    assert not at(tabs, 2400)


def test_a_count_is_said_in_words_and_may_crowd_the_tabs(tabs: MainTabs) -> None:
    wide = sum(tabs.tabBar().tabRect(place).width() for place in range(12))
    assert not at(tabs, wide + 40)
    for label in LABELS:
        tabs.set_count(label.casefold(), 4_000)
    at(tabs, wide + 40)
    assert tabs.tabToolTip(0) == "Today: 4,000 waiting"
    assert tabs.tabText(0) == "Today (4,000)"
    assert tabs.tabBar().property("close") or tabs.all.isVisible()
    tabs.set_count("nonsense", 1)
    tabs.set_count("today", 0)
    assert (tabs.tabText(0), tabs.tabToolTip(0)) == ("Today", "")


def test_each_has_a_letter_of_its_own() -> None:
    made = with_keys(LABELS)
    letters = [label[label.index("&") + 1].casefold() for label in made]
    assert len(set(letters)) == len(LABELS)
    assert [label.replace("&", "") for label in made] == list(LABELS)
    assert made[0] == "&Today"
