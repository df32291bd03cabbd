"""What the list's cells say: dates in words, and nothing by colour alone."""

from __future__ import annotations

import time
from array import array
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from smdesk.policy.vocabulary import Conduct, PersonKind, Step
from smdesk.services.incident_records import Confidentiality, IncidentRow
from smdesk.ui.desk import Desk
from smdesk.ui.models.chunked import ChunkedModel
from smdesk.ui.pages.incidents.list_columns import columns, due_in_words, exact
from smdesk.ui.widgets.record_table import RecordTable

NOW = datetime(2026, 5, 6, 9, 0, tzinfo=UTC)
"""A Wednesday, 10:00 at the school: summer time."""


def row(number: int = 1, **more: object) -> IncidentRow:
    fields: dict[str, object] = {
        "id": number,
        "reference": f"2026/{number:04}",
        "received_at": NOW - timedelta(days=3),
        "summary": "Rude comment",
        "author": "Anna Quillfeather",
        "author_kind": PersonKind.PARENT,
        "platform": "Facebook",
        "conduct": (Conduct.ABUSIVE,),
        "next_step": Step.ASK_REMOVAL,
        "due": None,
        "overdue": False,
        "urgent": False,
        "status": "open",
        "handled_by": "",
        "confidentiality": Confidentiality.NORMAL,
        "masked": False,
    }
    return IncidentRow(**{**fields, **more})


@pytest.mark.parametrize(
    ("due", "words"),
    [
        (datetime(2026, 5, 6, 15, 0, tzinfo=UTC), "today 16:00"),
        (datetime(2026, 5, 6, 22, 59, 59, tzinfo=UTC), "today"),
        (datetime(2026, 5, 6, 7, 30, tzinfo=UTC), "overdue since 08:30 today"),
        (datetime(2026, 5, 5, 22, 59, 59, tzinfo=UTC), "overdue since Tue 5 May"),
        (datetime(2025, 12, 5, 23, 59, 59, tzinfo=UTC), "overdue since Fri 5 Dec 2025"),
        (datetime(2026, 5, 7, 22, 59, 59, tzinfo=UTC), "tomorrow"),
        (datetime(2026, 5, 7, 8, 0, tzinfo=UTC), "tomorrow 09:00"),
        (datetime(2026, 5, 8, 22, 59, 59, tzinfo=UTC), "in 2 days"),
        (datetime(2026, 6, 8, 22, 59, 59, tzinfo=UTC), "Mon 8 Jun"),
    ],
)
def test_due_dates_are_said_as_people_say_them(due: datetime, words: str) -> None:
    assert due_in_words(due, NOW) == words


def test_a_closed_incident_is_never_overdue() -> None:
    assert due_in_words(datetime(2026, 5, 5, 22, 59, 59, tzinfo=UTC), NOW, closed=True) == "Tue 5 May"


def test_the_tool_tip_has_the_exact_time() -> None:
    assert exact(datetime(2026, 5, 5, 15, 0, tzinfo=UTC)) == "Tuesday 5 May 2026, 16:00"
    assert exact(datetime(2026, 5, 5, 22, 59, 59, tzinfo=UTC)) == "Tuesday 5 May 2026, end of the day"


def test_urgent_and_overdue_have_a_word_and_a_shape(qapp: QApplication) -> None:
    by_key = {column.key: column for column in columns(lambda: NOW)}
    late = row(due=NOW - timedelta(days=1), overdue=True, urgent=True, next_step=Step.POLICE)
    calm = row(due=NOW + timedelta(days=2))
    assert by_key["due"].text(late).startswith("overdue since")
    assert by_key["due"].icon is not None
    assert by_key["due"].icon(late) is not None
    assert by_key["due"].icon(calm) is None
    assert by_key["next_step"].text(late) == "Urgent: Tell the police"
    assert by_key["next_step"].icon is not None
    assert by_key["next_step"].icon(late) is not None
    assert by_key["next_step"].icon(calm) is None
    assert by_key["due"].accessible is not None
    assert by_key["due"].accessible(late) == f"Due: {by_key['due'].text(late)}"


def test_a_hundred_thousand_rows_stay_quick(desk_for: Callable[[str], Desk], qtbot: QtBot) -> None:
    """Only what is on the screen is fetched, wherever in the list that is."""
    desk = desk_for("headteacher")
    fetched: list[int] = []

    def fetch(ids: Sequence[int]) -> list[IncidentRow]:
        fetched.extend(ids)
        return [row(number) for number in ids]

    model = ChunkedModel(desk.tasks, columns(lambda: NOW), fetch)
    table = RecordTable(desk, model, "big_table", "Incidents", "test.columns")
    qtbot.addWidget(table)
    table.resize(1200, 600)
    table.show()
    began = time.perf_counter()
    table.show_ids(array("q", range(1, 100_001)))
    qtbot.waitUntil(lambda: model.record(0) is not None, timeout=5000)
    opened = time.perf_counter() - began
    assert model.rowCount() == 100_000
    assert str(model.index(0, 0).data()) == "2026/0001"
    began = time.perf_counter()
    QTest.keyClick(table, Qt.Key.Key_End)
    qtbot.waitUntil(lambda: model.record(99_999) is not None, timeout=5000)
    jumped = time.perf_counter() - began
    assert table.current_id() == 100_000
    assert str(model.index(99_999, 0).data(Qt.ItemDataRole.DisplayRole)) == "2026/100000"
    assert len(fetched) <= 1_600
    # Far above what it takes (a few hundredths of a second), far below what fetching everything would.
    assert opened < 1.5
    assert jumped < 1.5
    assert desk.tasks.wait_all()
    table.close()
