"""The list of any length: what it fetches, what it shows meanwhile, and what it never does."""

from __future__ import annotations

import time
from array import array
from collections.abc import Sequence
from dataclasses import dataclass

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QTableView
from pytestqt.qtbot import QtBot

from smdesk.errors import StorageProblem
from smdesk.ui.events import Events
from smdesk.ui.models.chunked import CHUNK, KEEP_CHUNKS, LOADING, ROW_ROLE, ChunkedModel, Column
from smdesk.ui.tasks import Tasks


@dataclass(frozen=True)
class Row:
    id: int
    name: str


class Records:
    """Stands for a service: knows a name for every id, and notes what was asked for."""

    def __init__(self) -> None:
        self.asked: list[list[int]] = []
        self.names: dict[int, str] = {}
        self.gone: set[int] = set()

    def __call__(self, ids: Sequence[int]) -> list[Row]:
        self.asked.append(list(ids))
        return [Row(i, self.names.get(i, f"name {i}")) for i in ids if i not in self.gone]


COLUMNS = (
    Column[Row]("id", "Number", lambda row: str(row.id), alignment=Qt.AlignmentFlag.AlignRight),
    Column[Row](
        "name",
        "Name",
        lambda row: row.name,
        tooltip=lambda row: f"<b>{row.name}</b>",
        accessible=lambda row: f"called {row.name}",
        strong=lambda row: row.id % 2 == 1,
    ),
)


@pytest.fixture
def records() -> Records:
    return Records()


@pytest.fixture
def model(tasks: Tasks, events: Events, records: Records) -> ChunkedModel:
    return ChunkedModel(tasks, COLUMNS, records, events=events, kind="thing")


def text(model: ChunkedModel, row: int, column: int = 1) -> object:
    return model.index(row, column).data()


def settle(model: ChunkedModel, tasks: Tasks, qtbot: QtBot) -> None:
    """Let the model notice what was asked for, and wait for it."""
    qtbot.wait(5)
    assert tasks.wait_all()


def test_a_hundred_thousand_rows_are_there_at_once(
    model: ChunkedModel, records: Records, qtbot: QtBot
) -> None:
    view = QTableView()
    qtbot.addWidget(view)
    view.setModel(model)
    start = time.perf_counter()
    model.reload(array("q", range(1, 100_001)))
    assert time.perf_counter() - start < 0.5
    assert model.rowCount() == 100_000
    assert records.asked == []


def test_a_row_shows_dots_until_it_is_fetched(
    model: ChunkedModel, records: Records, tasks: Tasks, qtbot: QtBot
) -> None:
    model.reload(range(1000, 2000))
    assert text(model, 3) == LOADING
    assert model.index(3, 1).data(Qt.ItemDataRole.AccessibleTextRole) == "Name: loading"
    assert records.asked == []  # data() itself never asks
    settle(model, tasks, qtbot)
    assert text(model, 3) == "name 1003"
    assert records.asked == [list(range(1000, 1000 + CHUNK))]


def test_only_what_is_seen_is_fetched(
    model: ChunkedModel, records: Records, tasks: Tasks, qtbot: QtBot
) -> None:
    model.reload(range(100_000))
    text(model, 90_000)
    settle(model, tasks, qtbot)
    assert [len(ids) for ids in records.asked] == [CHUNK]
    assert 90_000 in records.asked[0]


def test_scrolling_fast_fetches_the_last_place_not_all_between(
    model: ChunkedModel, records: Records, tasks: Tasks, qtbot: QtBot
) -> None:
    model.reload(range(100_000))
    for row in range(0, 100_000, 500):
        text(model, row)
    settle(model, tasks, qtbot)
    assert sum(len(ids) for ids in records.asked) <= 4 * CHUNK
    assert text(model, 99_500) == "name 99500"


def test_a_screen_that_shows_two_chunks_gets_both(
    model: ChunkedModel, records: Records, tasks: Tasks, qtbot: QtBot
) -> None:
    model.reload(range(1000))
    for row in range(CHUNK - 10, CHUNK + 10):
        text(model, row)
    settle(model, tasks, qtbot)
    assert text(model, CHUNK - 1) == f"name {CHUNK - 1}"
    assert text(model, CHUNK) == f"name {CHUNK}"


def test_memory_stays_bounded(model: ChunkedModel, tasks: Tasks, qtbot: QtBot) -> None:
    model.reload(range(100_000))
    for row in range(0, 60 * CHUNK, CHUNK):
        text(model, row)
        settle(model, tasks, qtbot)
    loaded = sum(model.record(row) is not None for row in range(0, 60 * CHUNK, CHUNK))
    assert loaded == KEEP_CHUNKS
    assert model.record(59 * CHUNK) is not None


def test_a_changed_record_is_fetched_again_and_only_that(
    model: ChunkedModel, records: Records, tasks: Tasks, events: Events, qtbot: QtBot
) -> None:
    model.reload(range(1000))
    text(model, 0)
    settle(model, tasks, qtbot)
    records.asked.clear()
    records.names[7] = "renamed"
    events.tell(frozenset({("thing", 7), ("thing", 900), ("other", 8)}))
    settle(model, tasks, qtbot)
    assert records.asked == [[7]]  # 900 is not loaded, 8 is of another kind
    assert text(model, 7) == "renamed"


def test_a_new_order_keeps_showing_what_is_known(
    model: ChunkedModel, records: Records, tasks: Tasks, qtbot: QtBot
) -> None:
    model.reload(range(300))
    text(model, 0)
    settle(model, tasks, qtbot)
    model.reload(reversed(range(300)))
    assert text(model, 299) == "name 0"  # from before, no dots
    assert text(model, 0) == LOADING
    settle(model, tasks, qtbot)
    assert text(model, 0) == "name 299"


def test_rows_that_arrive_for_an_older_list_are_dropped(
    model: ChunkedModel, records: Records, tasks: Tasks, qtbot: QtBot
) -> None:
    model.reload(range(10))
    text(model, 0)
    qtbot.wait(5)
    model.reload([500, 501])
    assert tasks.wait_all()
    text(model, 0)
    settle(model, tasks, qtbot)
    assert [text(model, row) for row in range(2)] == ["name 500", "name 501"]


def test_a_deleted_record_does_not_shift_the_others(
    model: ChunkedModel, records: Records, tasks: Tasks, qtbot: QtBot
) -> None:
    records.gone.add(1)
    model.reload([0, 1, 2])
    text(model, 0)
    settle(model, tasks, qtbot)
    assert [text(model, row) for row in range(3)] == ["name 0", LOADING, "name 2"]


def test_a_failed_fetch_is_tried_again_when_seen_again(tasks: Tasks, records: Records, qtbot: QtBot) -> None:
    broken = [True]

    def fetch(ids: Sequence[int]) -> list[Row]:
        if broken[0]:
            raise StorageProblem("The disk is busy.")
        return records(ids)

    model = ChunkedModel(tasks, COLUMNS, fetch)
    model.reload(range(5))
    text(model, 0)
    settle(model, tasks, qtbot)
    assert text(model, 0) == LOADING
    broken[0] = False
    settle(model, tasks, qtbot)
    assert text(model, 0) == "name 0"


def test_what_a_cell_says_besides_its_text(model: ChunkedModel, tasks: Tasks, qtbot: QtBot) -> None:
    model.reload([1, 2])
    text(model, 0)
    settle(model, tasks, qtbot)
    number, name = model.index(0, 0), model.index(0, 1)
    assert number.data(Qt.ItemDataRole.AccessibleTextRole) == "Number: 1"
    assert name.data(Qt.ItemDataRole.AccessibleTextRole) == "called name 1"
    assert "&lt;b&gt;" in name.data(Qt.ItemDataRole.ToolTipRole)  # typed text is no HTML
    assert name.data(Qt.ItemDataRole.FontRole).bold()
    assert model.index(1, 1).data(Qt.ItemDataRole.FontRole) is None
    assert number.data(ROW_ROLE) == Row(1, "name 1")
    assert model.headerData(1, Qt.Orientation.Horizontal) == "Name"


def test_rows_and_ids_find_each_other(model: ChunkedModel) -> None:
    model.reload([30, 10, 20])
    assert [model.row_id(row) for row in range(3)] == [30, 10, 20]
    assert model.row_of(20) == 2
    assert model.row_of(99) == -1
