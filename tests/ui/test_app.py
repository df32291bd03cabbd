"""The whole program: from the gate to the window, and through a lock back to the gate of a fresh process."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLineEdit, QPlainTextEdit, QWidget
from pytestqt.qtbot import QtBot

from smdesk.app import Program, app_icon
from smdesk.paths import SchoolFolder
from smdesk.services import session
from smdesk.ui.gate_pages import SignInPage
from smdesk.ui.help import HelpWindow
from smdesk.ui.messages import Messages
from tests.support.gate import PASSWORD, make_school


class Run:
    """One start of the program, signed in as the business manager."""

    def __init__(self, qapp: QApplication, folder: Path, messages: Messages) -> None:
        self.started: list[Sequence[str]] = []
        self.ended: list[int] = []
        self.program = Program(
            qapp,
            SchoolFolder(folder),
            "cedar",
            messages=messages,
            spawn=lambda args, env: self.started.append(args),
            end=self.ended.append,
        )
        self.finished = False

    def sign_in(self) -> None:
        self.program.start()
        self.settle()
        assert self.program.gate is not None
        page = self.program.gate.stack.currentWidget()
        assert isinstance(page, SignInPage)
        assert page.login.text() == "cedar"
        QTest.keyClicks(page.password, PASSWORD)
        QTest.keyClick(page.password, Qt.Key.Key_Return)
        self.settle()
        assert self.program.window is not None

    def settle(self) -> None:
        assert self.program.tasks.wait_all(30)

    def find(self, name: str) -> Any:
        assert self.program.window is not None
        found = self.program.window.findChild(QWidget, name)
        assert found is not None, name
        return found

    def close(self) -> None:
        if self.finished:
            return
        self.finished = True
        window = self.program.window
        if window is not None:
            window.close_without_asking()
            window.deleteLater()
        if self.program.gate is not None:
            self.program.gate.close()
        self.program.finish()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    made, _ = make_school(tmp_path / "school")
    return made.root


@pytest.fixture
def run(qapp: QApplication, folder: Path, messages: Messages) -> Iterator[Run]:
    run = Run(qapp, folder, messages)
    yield run
    run.close()


def test_the_program_opens_and_closes_cleanly(run: Run, folder: Path) -> None:
    run.sign_in()
    window = run.program.window
    assert window is not None
    assert window.isVisible()
    assert run.program.gate is None
    assert "Brambleford Primary School" in window.windowTitle()
    run.settle()
    assert len(list((folder / "backups").iterdir())) == 1  # the daily backup
    assert "Last backup" in run.find("status_backup").text()
    run.close()
    again = session.sign_in(SchoolFolder(folder), "cedar", PASSWORD)
    session.sign_out(again)


def test_a_half_typed_incident_survives_a_lock(
    run: Run, folder: Path, qapp: QApplication, messages: Messages, qtbot: QtBot
) -> None:
    run.sign_in()
    window = run.program.window
    assert window is not None
    window.open_tab("incidents")
    page = window.page("incidents")
    page.new_record()
    run.settle()
    summary = run.find("incident_summary")
    typed = "Rude comment about the office on the village page"
    summary.setFocus()
    if isinstance(summary, (QLineEdit, QPlainTextEdit)):
        QTest.keyClicks(summary, typed)
    assert page.unsaved()
    window.activateWindow()  # without a screen the gate's end took the keyboard with it
    assert QTest.qWaitForWindowActive(window)
    QTest.keyClick(window, Qt.Key.Key_L, Qt.KeyboardModifier.ControlModifier)
    assert run.ended == [0]
    assert list(run.started[0][-4:]) == ["--data", str(folder), "--user", "cedar"]
    assert not window.isVisible()
    window._closing_agreed = True
    run.close()

    fresh = Run(qapp, folder, messages)
    try:
        fresh.sign_in()
        fresh.settle()
        banner = fresh.find("draft_banner")
        assert banner.isVisible()
        assert "a new incident" in fresh.find("draft_text").text()
        fresh.find("draft_go_on").click()
        fresh.settle()
        shown = fresh.find("incident_summary")
        text = shown.toPlainText() if isinstance(shown, QPlainTextEdit) else shown.text()
        assert text == typed
    finally:
        fresh.close()


def test_an_idle_desk_locks(run: Run, qtbot: QtBot) -> None:
    run.sign_in()
    assert run.program.idle is not None
    run.program.idle.soon.emit(25)
    assert run.program.window is not None
    assert "locks in 25 seconds" in run.program.window.statusBar().currentMessage()
    run.program.idle.back.emit()
    assert run.program.window.statusBar().currentMessage() == ""
    run.program.idle._last -= 4 * 60
    run.program.idle.check()
    assert run.ended == [0]
    assert len(run.started) == 1


def test_the_schools_minutes_reach_the_watch(run: Run) -> None:
    from dataclasses import replace

    from smdesk.services import school

    run.sign_in()
    assert run.program.desk is not None
    assert run.program.idle is not None
    ctx = run.program.desk.ctx
    record = school.get(ctx)
    changed = replace(record, settings=replace(record.settings, idle_minutes=9))
    run.program.events.tell(school.save(ctx, changed, record.version).changes)
    run.settle()
    assert run.program.idle._limit == 9 * 60


def test_help_opens_at_the_tab_in_front(run: Run) -> None:
    run.sign_in()
    assert run.program.window is not None
    QTest.keyClick(run.program.window, Qt.Key.Key_F1)
    help_window = run.program._help
    assert isinstance(help_window, HelpWindow)
    assert help_window.list.currentItem().text() == "Today"
    help_window.close()


def test_the_icon_is_there(qapp: QApplication) -> None:
    assert not app_icon().pixmap(64, 64).isNull()
