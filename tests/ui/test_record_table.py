"""The list on every tab: keyboard, columns that are remembered, and a current row that stays."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import pytest
from PySide6.QtCore import QModelIndex, QPersistentModelIndex, Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from smdesk.services import settings
from smdesk.ui.desk import Desk
from smdesk.ui.models.chunked import ChunkedModel, Column
from smdesk.ui.widgets.record_table import RecordTable

NOWHERE = QModelIndex()


@dataclass(frozen=True)
class Row:
    id: int
    name: str


COLUMNS = (
    Column[Row]("id", "Number", lambda row: str(row.id)),
    Column[Row]("name", "Name", lambda row: row.name),
    Column[Row]("more", "More", lambda row: f"more\nof {row.id}", hidden=True),
)


def rows(ids: Sequence[int]) -> list[Row]:
    return [Row(i, f"name {i}") for i in ids]


@pytest.fixture
def desk(desk_for: Callable[[str], Desk]) -> Desk:
    return desk_for("business_manager")


def make(desk: Desk, qtbot: QtBot) -> RecordTable:
    model = ChunkedModel(desk.tasks, COLUMNS, rows)
    table = RecordTable(desk, model, "things", "Things", "columns.things")
    model.setParent(table)
    qtbot.addWidget(table)
    table.resize(600, 300)
    table.show_ids(range(1, 1001))
    table.show()
    qtbot.wait(10)
    assert desk.tasks.wait_all()
    return table


def test_arrows_and_enter_open_a_row(desk: Desk, qtbot: QtBot) -> None:
    table = make(desk, qtbot)
    table.select_id(1)
    with qtbot.waitSignal(table.opened) as opened:
        QTest.keyClick(table, Qt.Key.Key_Down)
        QTest.keyClick(table, Qt.Key.Key_Return)
    assert opened.args == [2]
    QTest.keyClick(table, Qt.Key.Key_End)
    assert table.current_id() == 1000
    QTest.keyClick(table, Qt.Key.Key_Home)
    assert table.current_id() == 1


def test_a_double_click_opens_a_row(desk: Desk, qtbot: QtBot) -> None:
    table = make(desk, qtbot)
    place = table.visualRect(table.model().index(3, 0)).center()
    QTest.mouseClick(table.viewport(), Qt.MouseButton.LeftButton, pos=place)
    with qtbot.waitSignal(table.opened) as opened:
        QTest.mouseDClick(table.viewport(), Qt.MouseButton.LeftButton, pos=place)
    assert opened.args == [4]


def test_copying_gives_the_shown_cells(desk: Desk, qtbot: QtBot) -> None:
    table = make(desk, qtbot)
    table.setColumnHidden(2, False)
    table.select_id(2)
    QTest.keyClick(table, Qt.Key.Key_Down, Qt.KeyboardModifier.ShiftModifier)
    QTest.keyClick(table, Qt.Key.Key_C, Qt.KeyboardModifier.ControlModifier)
    assert QGuiApplication.clipboard().text() == "2\tname 2\tmore of 2\n3\tname 3\tmore of 3"


def test_a_click_on_the_header_asks_for_another_order(desk: Desk, qtbot: QtBot) -> None:
    table = make(desk, qtbot)
    with qtbot.waitSignal(table.sort_wanted) as wanted:
        table.horizontalHeader().setSortIndicator(1, Qt.SortOrder.DescendingOrder)
    assert wanted.args == ["name", True]
    with qtbot.assertNotEmitted(table.sort_wanted):
        table.show_sort("id", False)


def test_the_current_row_stays_current_in_another_order(desk: Desk, qtbot: QtBot) -> None:
    table = make(desk, qtbot)
    table.select_id(10)
    table.show_ids(list(range(1000, 0, -1)))
    assert table.current_id() == 10
    assert table.selected_ids() == [10]
    assert desk.tasks.wait_all()
    table.show_ids([1, 2, 3])
    assert table.current_id() is None


def test_columns_are_remembered_for_this_user(desk: Desk, qtbot: QtBot) -> None:
    table = make(desk, qtbot)
    table.horizontalHeader().moveSection(0, 1)
    table.setColumnWidth(1, 333)
    menu = table.columns_menu()
    menu.actions()[2].trigger()  # "More"
    menu.close()
    table.hide()  # at once, without waiting for the pause
    assert desk.tasks.wait_all()
    kept = settings.get(desk.ctx, "columns.things")
    assert kept["order"][:2] == ["name", "id"]
    assert kept["hidden"] == []

    again = make(desk, qtbot)
    again.restore_columns()
    assert desk.tasks.wait_all()
    assert again.shown_columns() == ["name", "id", "more"]
    assert again.columnWidth(1) == 333
    again._back_to_usual()
    assert again.shown_columns() == ["id", "name"]


def test_what_is_remembered_may_be_of_another_version(desk: Desk, qtbot: QtBot) -> None:
    table = make(desk, qtbot)
    table.dress(
        {"order": ["gone", "name"], "hidden": ["id", "name", "more"], "widths": {"name": "wide", "id": 9}}
    )
    assert table.shown_columns() == ["name", "id"]  # not everything can be hidden
    table.dress("nonsense")
    assert table.shown_columns() == ["name", "id"]


def test_the_last_column_cannot_be_hidden(desk: Desk, qtbot: QtBot) -> None:
    table = make(desk, qtbot)
    table.setColumnHidden(1, True)
    menu = table.columns_menu()
    assert [action.isEnabled() for action in menu.actions()[:3]] == [False, True, True]
    menu.close()


def test_rows_have_one_height(desk: Desk, qtbot: QtBot) -> None:
    table = make(desk, qtbot)
    assert len({table.rowHeight(row) for row in (0, 1, 500, 999)}) == 1


def test_the_usual_columns_follow_the_window_until_somebody_arranges_them(desk: Desk, qtbot: QtBot) -> None:
    columns = tuple(Column[Row](name, name.title(), lambda row: row.name, 200) for name in ("a", "b", "c"))
    model = ChunkedModel(desk.tasks, columns, rows)
    table = RecordTable(desk, model, "things", "Things", "columns.fitted")
    model.setParent(table)
    qtbot.addWidget(table)
    table.show_ids(range(1, 5))
    table.show()
    table.resize(560, 300)
    assert table.horizontalScrollBar().maximum() == 0
    assert table.columnWidth(0) < 200
    table.resize(720, 300)
    assert table.columnWidth(0) > 200
    assert not table._remember.isActive()
    table.resize(300, 300)
    assert table.columnWidth(0) == 160
    table.setColumnWidth(0, 111)
    table.resize(560, 300)
    assert table.columnWidth(0) == 111
    assert desk.tasks.wait_all()
    table._store_columns()
    assert desk.tasks.wait_all()
    assert settings.get(desk.ctx, "columns.fitted", None)["widths"]["a"] == 111
    table._back_to_usual()
    assert desk.tasks.wait_all()
    assert settings.get(desk.ctx, "columns.fitted", None) is None
    assert table.columnWidth(0) > 160


WORDS = "Brambleford Woodland School on Facebook, looked after by the office"
UNEVEN = (
    Column[Row]("name", "Name", lambda row: WORDS, 150),
    Column[Row]("day", "Day", lambda row: "1 May", 250),
    Column[Row]("more", "More", lambda row: "", 250),
)


def test_a_column_that_is_cut_gets_what_others_have_to_spare(desk: Desk, qtbot: QtBot) -> None:
    model = ChunkedModel(desk.tasks, UNEVEN, rows)
    table = RecordTable(desk, model, "things", "Things", "columns.things")
    model.setParent(table)
    qtbot.addWidget(table)
    table.resize(800, 300)
    table.show()
    qtbot.wait(10)
    before = [table.columnWidth(i) for i in range(3)]
    needed = table.fontMetrics().horizontalAdvance(WORDS)
    assert before[0] < needed
    table.show_ids(range(1, 31))
    qtbot.wait(10)
    assert desk.tasks.wait_all()
    for wide in (800, 1000, 760):
        table.resize(wide, 300)
        qtbot.wait(10)
        assert table.columnWidth(0) > needed
        assert table.columnWidth(1) > table.fontMetrics().horizontalAdvance("1 May")
        assert sum(table.columnWidth(i) for i in range(3)) == table.viewport().width()
        assert not table.horizontalScrollBar().isVisible()
    # Whoever arranged the columns keeps them so.
    table.setColumnWidth(0, 120)
    table.show_ids(range(1, 300))
    qtbot.wait(10)
    assert desk.tasks.wait_all()
    assert table.columnWidth(0) == 120


def test_marking_a_whole_long_list_does_not_look_at_each_row(desk: Desk, qtbot: QtBot) -> None:
    class Counting(ChunkedModel):
        asked = 0

        def rowCount(self, parent: QModelIndex | QPersistentModelIndex = NOWHERE) -> int:
            Counting.asked += 1
            return super().rowCount(parent)

    model = Counting(desk.tasks, COLUMNS, rows)
    table = RecordTable(desk, model, "things", "Things", "columns.things")
    model.setParent(table)
    qtbot.addWidget(table)
    table.show_ids(range(1, 20_001))
    table.show()
    qtbot.wait(10)
    assert desk.tasks.wait_all()
    Counting.asked = 0
    table.selectAll()
    table.grab()
    assert table.selected_ids() == list(range(1, 20_001))
    assert Counting.asked < 5_000, "somebody goes through all the rows on the GUI thread"


def test_the_marked_rows_are_given_in_the_order_of_the_list(desk: Desk, qtbot: QtBot) -> None:
    table = make(desk, qtbot)
    for number in (30, 10, 11, 31, 10):
        index = table.model().index(number - 1, 0)
        flags = table.selectionModel().SelectionFlag
        table.selectionModel().select(index, flags.Select | flags.Rows)
    assert table.selected_ids() == [10, 11, 30, 31]
