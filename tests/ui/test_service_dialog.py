"""What somebody wrote in a small window is not lost by a quick Esc."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from smdesk.ui.desk import Desk
from smdesk.ui.pages.connections.attempt_dialog import AttemptDialog
from smdesk.ui.pages.connections.question_dialog import AskDialog
from smdesk.ui.widgets.service_dialog import ServiceDialog
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
