"""What somebody wrote in a small window is not lost by a quick Esc."""

from __future__ import annotations

import threading
from collections.abc import Callable

from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from smdesk.ui.desk import Desk
from smdesk.ui.pages.connections.attempt_dialog import AttemptDialog
from smdesk.ui.pages.connections.question_dialog import AskDialog
from smdesk.ui.tasks import Progress, Tasks
from smdesk.ui.widgets.service_dialog import ServiceDialog, Work
from tests.support.pages import settle
from tests.support.script import Script

DeskFor = Callable[..., Desk]


def opened(qtbot: QtBot, dialog: ServiceDialog) -> ServiceDialog:
    dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose, False)
    qtbot.addWidget(dialog)
    dialog.open()
    return dialog


def test_nothing_written_nothing_asked(qtbot: QtBot, desk_for: DeskFor, script: Script) -> None:
    dialog = opened(qtbot, AskDialog(desk_for("headteacher")))
    QTest.keyClick(dialog, Qt.Key.Key_Escape)
    assert not dialog.isVisible()
    assert script.seen == []


def test_what_was_written_goes_only_when_it_may(qtbot: QtBot, desk_for: DeskFor, script: Script) -> None:
    dialog = opened(qtbot, AskDialog(desk_for("headteacher")))
    dialog.question.setPlainText("Since when have they known each other, and how does the school know?")
    script.will_answer("Go on writing")
    QTest.keyClick(dialog, Qt.Key.Key_Escape)
    assert dialog.isVisible()
    assert dialog.question.toPlainText().startswith("Since when")
    script.will_answer("Go on writing")
    dialog.close()
    assert dialog.isVisible()
    script.will_answer("Close")
    dialog.cancel.click()
    assert not dialog.isVisible()
    assert [message.text for message in script.seen] == ["Close without keeping what you wrote?"] * 3


def test_looking_at_the_exception_found_keeps_what_was_seen(
    qtbot: QtBot, desk_for: DeskFor, script: Script
) -> None:
    desk = desk_for("dsl")
    gone: list[int] = []
    desk.open_tab = lambda tab, record: gone.append(record)
    dialog = opened(qtbot, AttemptDialog(desk))
    assert isinstance(dialog, AttemptDialog)
    dialog.said.setPlainText("He showed the request to his form teacher.")
    script.will_answer("Go on writing")
    dialog.found.open_wanted.emit(7)
    assert (gone, dialog.isVisible()) == ([], True)
    script.will_answer("Close")
    dialog.found.open_wanted.emit(7)
    assert (gone, dialog.isVisible()) == ([7], False)


class Slow(ServiceDialog):
    """Its work goes on until it is let go; with ``heeds`` it stops when asked."""

    def __init__(self, desk: Desk, *, heeds: bool) -> None:
        super().__init__(desk, "slow", "Slow", "&Do it")
        self.heeds = heeds
        self.go = threading.Event()

    def work(self) -> Work:
        heeds, go = self.heeds, self.go

        def do(progress: Progress) -> object:
            while not go.wait(0.01):
                if heeds:
                    progress.counted(3, 10)
            return "done"

        return do


def test_long_work_says_how_far_it_is_and_can_be_stopped(
    qtbot: QtBot, desk_for: DeskFor, tasks: Tasks
) -> None:
    dialog = Slow(desk_for("business_manager"), heeds=True)
    opened(qtbot, dialog)
    QTest.mouseClick(dialog.ok, Qt.MouseButton.LeftButton)
    assert not dialog.bar.isVisible(), "what is quickly done does not flicker"
    qtbot.waitUntil(dialog.bar.isVisible, timeout=3000)
    qtbot.waitUntil(lambda: (dialog.bar.value(), dialog.bar.maximum()) == (3, 10), timeout=3000)
    QTest.keyClick(dialog, Qt.Key.Key_Escape)
    settle(tasks)
    assert dialog.isVisible()
    assert not dialog.bar.isVisible()
    assert dialog.ok.isEnabled()
    # Nothing is at work any more: now it closes.
    QTest.keyClick(dialog, Qt.Key.Key_Escape)
    assert not dialog.isVisible()


def test_what_cannot_be_stopped_is_not_said_to_be(qtbot: QtBot, desk_for: DeskFor, tasks: Tasks) -> None:
    dialog = Slow(desk_for("business_manager"), heeds=False)
    opened(qtbot, dialog)
    told: list[object] = []
    dialog.accomplished.connect(told.append)
    QTest.mouseClick(dialog.ok, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: tasks.busy)
    dialog.cancel.click()
    assert dialog.isVisible(), "it would be recorded after the window was cancelled"
    dialog.go.set()
    settle(tasks)
    assert told == ["done"]
    assert not dialog.isVisible()
