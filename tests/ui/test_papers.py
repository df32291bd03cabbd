"""A paper of hundreds of pages says how far it is and can be stopped; a short one is simply there."""

from __future__ import annotations

import threading
from collections.abc import Callable

import pytest
from PySide6.QtWidgets import QWidget
from pytestqt.qtbot import QtBot

from smdesk.ui.desk import Desk
from smdesk.ui.tasks import Tasks
from smdesk.ui.widgets.dialogs import ProgressDialog
from smdesk.ui.widgets.preview_window import Papers, PreviewWindow
from tests.support.pages import settle

Counted = Callable[[int, int], None]


@pytest.fixture
def window(qtbot: QtBot) -> QWidget:
    made = QWidget()
    qtbot.addWidget(made)
    made.show()
    return made


def shown(window: QWidget, kind: type[QWidget]) -> list[QWidget]:
    return [each for each in window.findChildren(kind) if each.isVisible()]


def test_a_long_paper_can_be_stopped(
    desk_for: Callable[[str], Desk], window: QWidget, qtbot: QtBot, tasks: Tasks
) -> None:
    going = threading.Event()
    begun: list[int] = []

    def make(progress: Counted) -> bytes:
        begun.append(1)
        for page in range(1, 1_000_000):
            progress(page, 2_000)
            going.wait(0.01)
        return b"%PDF"

    papers = Papers(desk_for("business_manager"), window)
    papers.show_many("Slips", make)
    papers.show_many("Slips", make)  # pressed twice
    qtbot.waitUntil(lambda: bool(shown(window, ProgressDialog)), timeout=3000)
    (dialog,) = shown(window, ProgressDialog)
    qtbot.waitUntil(lambda: dialog.bar.maximum() == 2_000, timeout=3000)
    assert "of 2,000" in dialog.text.text()
    dialog.cancel.click()
    settle(tasks)
    assert begun == [1]
    assert shown(window, ProgressDialog) == []
    assert shown(window, PreviewWindow) == [], "what was cancelled is not shown"


def test_a_short_paper_is_shown_without_more_ado(
    desk_for: Callable[[str], Desk], window: QWidget, tasks: Tasks, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened: list[tuple[bytes, str]] = []

    class Window:
        def __init__(self, _desk: Desk, data: bytes, title: str, _parent: QWidget) -> None:
            opened.append((data, title))

        def open(self) -> None:
            assert shown(window, ProgressDialog) == []

    monkeypatch.setattr("smdesk.ui.widgets.preview_window.PreviewWindow", Window)
    papers = Papers(desk_for("business_manager"), window)
    for _ in range(2):
        papers.show_many("Slips", lambda progress: b"%PDF")
        settle(tasks)
    assert opened == [(b"%PDF", "Slips")] * 2
