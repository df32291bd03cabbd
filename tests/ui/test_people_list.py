"""The people list: found as one types, by kind, with those who left, in SQL's order."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from smdesk.policy.vocabulary import PersonKind
from smdesk.services import people
from smdesk.services.people_records import PersonDraft
from smdesk.ui.desk import Desk
from smdesk.ui.pages.people.page import Page
from tests.support.school import SmallSchool

DeskFor = Callable[[str], Desk]


def settle(desk: Desk) -> None:
    for _ in range(4):
        QApplication.processEvents()
        assert desk.tasks.wait_all()


def shown_page(desk: Desk, qtbot: QtBot, width: int = 1000) -> Page:
    page = Page(desk)
    qtbot.addWidget(page)
    page.resize(width, 700)
    page.show()
    page.activate()
    settle(desk)
    return page


def names(page: Page) -> list[str]:
    """The names in the list's order; rows out of sight are fetched first."""
    model = page.list.model
    for row in range(model.rowCount()):
        model.index(row, 0).data()
    settle(page._desk)
    return [str(model.index(row, 0).data()) for row in range(model.rowCount())]


@pytest.fixture
def leaver(school: SmallSchool) -> int:
    draft = PersonDraft(
        kind=PersonKind.PUPIL,
        given_name="Zoë",
        family_name="Aldous",
        year_group="Year 6",
        left_on=date(2025, 7, 20),
    )
    return people.save(school.ctx_for("business_manager"), draft).id


def test_everybody_in_order(desk_for: DeskFor, leaver: int, qtbot: QtBot) -> None:
    page = shown_page(desk_for("business_manager"), qtbot)
    shown = names(page)
    assert shown[:2] == ["Helen Alder", "Zoë Aldous"]
    assert len(shown) == 11
    assert page.list.total.text() == "11 people shown"


def test_typing_narrows(desk_for: DeskFor, school: SmallSchool, qtbot: QtBot) -> None:
    desk = desk_for("business_manager")
    page = shown_page(desk, qtbot)
    QTest.keyClicks(page.list.search, "quill")
    qtbot.waitUntil(lambda: page.list.asked.text == "quill", timeout=2000)
    settle(desk)
    assert names(page) == ["Anna Quillfeather", "Ben Quillfeather", "Sam Quillfeather"]
    for typed, found in (("annaq_79", ["Anna Quillfeather"]), ("xyzzy", [])):
        page.list.search.setText(typed)
        QTest.keyClick(page.list.search, Qt.Key.Key_Return)
        settle(desk)
        assert names(page) == found
    assert page.list.findChild(object, "people_no_match").isVisible()
    page.list.findChild(object, "people_no_match_action").click()
    settle(desk)
    assert len(names(page)) == 10


def test_a_kind_and_those_who_left(desk_for: DeskFor, leaver: int, qtbot: QtBot) -> None:
    desk = desk_for("business_manager")
    page = shown_page(desk, qtbot)
    page.list.kind.setCurrentIndex(page.list.kind.findData(str(PersonKind.PUPIL)))
    settle(desk)
    assert names(page) == ["Zoë Aldous", "Tariq Osei-Marsh", "Sam Quillfeather"]
    QTest.mouseClick(page.list.left, Qt.MouseButton.LeftButton, pos=page.list.left.rect().center())
    settle(desk)
    assert names(page) == ["Tariq Osei-Marsh", "Sam Quillfeather"]
    page.list.clear_filters()
    page.list.kind.setCurrentIndex(page.list.kind.findData(str(PersonKind.PARENT)))
    settle(desk)
    assert "Bea Cedar" in names(page), "staff who are also parents are parents too"


@pytest.mark.parametrize("column", ["name", "kind", "year_group", "left"])
def test_sorting_is_sqls(desk_for: DeskFor, leaver: int, qtbot: QtBot, column: str) -> None:
    desk = desk_for("business_manager")
    page = shown_page(desk, qtbot)
    place = [each.key for each in page.list.model.columns].index(column)
    for order in (Qt.SortOrder.DescendingOrder, Qt.SortOrder.AscendingOrder):
        page.list.table.horizontalHeader().setSortIndicator(place, order)
        settle(desk)
        down = order == Qt.SortOrder.DescendingOrder
        wanted = people.sorted_ids(desk.ctx, sort_column=column, descending=down)
        assert list(page.list.model.ids) == list(wanted)


def test_the_keyboard_opens_and_comes_back(desk_for: DeskFor, school: SmallSchool, qtbot: QtBot) -> None:
    desk = desk_for("business_manager")
    page = shown_page(desk, qtbot)
    page.focus_search()
    QTest.keyClick(page.list.search, Qt.Key.Key_Down)
    QTest.keyClick(page.list.table, Qt.Key.Key_End)
    last = page.list.table.current_id()
    QTest.keyClick(page.list.table, Qt.Key.Key_Return)
    settle(desk)
    assert page.view().person_id == last
    assert not page.list.isVisible()
    QTest.keyClick(page.view().tabs, Qt.Key.Key_Escape)
    settle(desk)
    assert page.list.isVisible()
    assert page.list.table.current_id() == last
    assert page.list.table.hasFocus() or not page.isActiveWindow()


def test_beside_the_list_the_page_follows_the_arrows(
    desk_for: DeskFor, school: SmallSchool, qtbot: QtBot
) -> None:
    desk = desk_for("business_manager")
    page = shown_page(desk, qtbot, width=1400)
    page.activateWindow()
    page.list.table.setFocus()
    page.list.table.select_id(page.list.model.row_id(0))
    QTest.keyClick(page.list.table, Qt.Key.Key_Return)
    settle(desk)
    page.list.table.setFocus()
    QTest.keyClick(page.list.table, Qt.Key.Key_Down)
    settle(desk)
    assert page.view().person_id == page.list.model.row_id(1)
    page.view().fields._lines["phone"].setText("01632 960999")
    QTest.keyClick(page.list.table, Qt.Key.Key_Down)
    settle(desk)
    assert page.view().person_id == page.list.model.row_id(1), "never away from something typed"
    page.view().discard()
    settle(desk)


def test_every_control_has_a_name(desk_for: DeskFor, school: SmallSchool, qtbot: QtBot) -> None:
    from PySide6.QtWidgets import QAbstractButton, QComboBox, QLineEdit, QPlainTextEdit, QTableView

    desk = desk_for("business_manager")
    page = shown_page(desk, qtbot)
    page.open_record(school.people["anna"])
    settle(desk)
    for place in range(page.view().tabs.count()):
        page.view().tabs.setCurrentIndex(place)
        for kind in (QAbstractButton, QComboBox, QLineEdit, QPlainTextEdit, QTableView):
            for control in page.findChildren(kind):
                if control.isVisible() and control.focusPolicy() != Qt.FocusPolicy.NoFocus:
                    assert control.objectName(), control
                    inner = control.parent() if isinstance(control.parent(), QComboBox) else control
                    assert inner.accessibleName() or inner.objectName().startswith("qt_"), (
                        control.objectName()
                    )


def test_a_person_opened_from_elsewhere_is_the_lists_row_too(
    desk_for: DeskFor, school: SmallSchool, qtbot: QtBot
) -> None:
    desk = desk_for("business_manager")
    page = Page(desk)
    qtbot.addWidget(page)
    page.resize(1400, 700)
    page.show()
    page.open_record(school.people["sam"])
    page.activate()
    settle(desk)
    assert page.view().person_id == school.people["sam"]
    assert page.list.table.current_id() == school.people["sam"]
