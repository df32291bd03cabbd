"""The table of a few hundred lines at most: filled at once, and again without measuring every line for every cell."""

from __future__ import annotations

from pytestqt.qtbot import QtBot

from smdesk.ui.widgets.short_table import Line, ShortTable

COLUMNS = ("Paper", "Kind", "Made")


class Counting(ShortTable):
    """Counts how often a column is measured."""

    measured = 0

    def sizeHintForColumn(self, column: int) -> int:
        self.measured += 1
        return super().sizeHintForColumn(column)


def lines(count: int, kind: str = "Register") -> list[Line]:
    return [Line(each, (f"Paper {each}", kind, "11 March 2026")) for each in range(1, count + 1)]


def test_lines_come_into_a_table_in_sight_without_measuring_them_for_each_cell(qtbot: QtBot) -> None:
    table = Counting("papers", "Papers", COLUMNS, wide=0)
    qtbot.addWidget(table)
    table.resize(700, 400)
    table.show()
    table.show_lines(lines(200))
    table.setCurrentCell(149, 0)
    before = table.columnWidth(1)
    table.measured = 0
    table.show_lines(lines(200, "A much longer kind of paper"))
    assert table.measured <= 4 * len(COLUMNS)
    assert table.current_key() == 150
    assert table.cell_texts()[-1] == ["Paper 200", "A much longer kind of paper", "11 March 2026"]
    # The columns are as wide as what is in them, and the first has the rest.
    assert table.columnWidth(1) > before
    assert sum(table.columnWidth(at) for at in range(3)) == table.viewport().width()


def test_where_the_current_line_is_gone_the_first_is_current(qtbot: QtBot) -> None:
    table = ShortTable("papers", "Papers", COLUMNS, wide=0)
    qtbot.addWidget(table)
    table.show_lines(lines(5))
    table.setCurrentCell(4, 0)
    table.show_lines(lines(3))
    assert table.current_key() == 1
    table.show_lines([])
    assert table.current_key() is None
