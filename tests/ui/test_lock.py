"""Locking: drafts first, records closed, a fresh process started, this one ended."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path

import pytest
from PySide6.QtCore import QEvent
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QApplication, QWidget
from pytestqt.qtbot import QtBot
from sqlalchemy import select

from smdesk.db.models import AuditEntry
from smdesk.errors import StorageProblem
from smdesk.services import session
from smdesk.ui.lock import IdleWatch, command, environment, lock, spawn_detached
from smdesk.ui.tasks import Tasks
from tests.support.gate import PASSWORD, make_school


class Window:
    """What locking sees of the main window."""

    def __init__(self, *, broken: bool = False) -> None:
        self.done: list[str] = []
        self.broken = broken

    def hide(self) -> None:
        self.done.append("hidden")

    def save_drafts(self) -> None:
        self.done.append("drafts")
        if self.broken:
            raise StorageProblem("The disk is full.")


class Clock:
    def __init__(self) -> None:
        self.steady = 1000.0
        self.wall = 5_000_000.0

    def pass_seconds(self, seconds: float) -> None:
        self.steady += seconds
        self.wall += seconds


def test_locking_closes_the_records_and_starts_a_fresh_sign_in(tmp_path: Path, tasks: Tasks) -> None:
    folder, _ = make_school(tmp_path / "school")
    ctx = session.sign_in(folder, "cedar", PASSWORD)
    started: list[tuple[Sequence[str], dict[str, str]]] = []
    ended: list[int] = []
    window = Window()
    lock(window, ctx, tasks, spawn=lambda args, env: started.append((args, env)), end=ended.append)
    assert window.done == ["hidden", "drafts"]
    assert started[0][0] == [sys.executable, "-m", "smdesk", "--data", str(folder.root), "--user", "cedar"]
    assert PASSWORD not in " ".join(started[0][0])
    assert ended == [0]
    again = session.sign_in(folder, "cedar", PASSWORD)
    with again.database.reading() as reading:
        actions = list(reading.scalars(select(AuditEntry.action).order_by(AuditEntry.seq)))
    session.sign_out(again)
    assert actions[-3:] == ["session.signed_in", "session.signed_out", "session.signed_in"]


def test_a_draft_that_cannot_be_kept_does_not_leave_the_records_open(tmp_path: Path, tasks: Tasks) -> None:
    folder, _ = make_school(tmp_path / "school")
    ctx = session.sign_in(folder, "cedar", PASSWORD)
    ended: list[int] = []

    def refuse(args: Sequence[str], env: dict[str, str]) -> object:
        raise OSError("no more processes")

    lock(Window(broken=True), ctx, tasks, spawn=refuse, end=ended.append)
    assert ended == [0]


def test_the_command_line_takes_the_command(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from smdesk import app, cli

    opened: list[tuple[Path, str | None]] = []
    monkeypatch.setattr(app, "main", lambda folder, login: opened.append((folder, login)) or 0)
    assert cli.main(command(tmp_path, "cedar")[3:]) == 0
    assert opened == [(tmp_path, "cedar")]


def test_a_frozen_program_starts_itself(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(sys, "frozen", True, raising=False)
    assert command(tmp_path, "cedar") == [sys.executable, "--data", str(tmp_path), "--user", "cedar"]


def test_the_fresh_process_gets_no_password(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SMDESK_PASSWORD", "secret")
    assert "SMDESK_PASSWORD" not in environment()


def test_a_real_process_is_started_that_outlives_us(tmp_path: Path, qtbot: QtBot) -> None:
    file = tmp_path / "started"
    process = spawn_detached([sys.executable, "-c", f"open({str(file)!r}, 'w').write('yes')"], environment())
    qtbot.waitUntil(lambda: file.exists() and file.read_text() == "yes", timeout=10_000)
    process.wait(10)  # a Popen; the program itself never waits for it


def test_idleness_locks_and_activity_does_not(qapp: QApplication, qtbot: QtBot) -> None:
    clock = Clock()
    watch = IdleWatch(qapp, 4, clock=lambda: clock.steady, wall=lambda: clock.wall)
    widget = QWidget()
    qtbot.addWidget(widget)
    try:
        clock.pass_seconds(200)
        with qtbot.assertNotEmitted(watch.idle):
            watch.check()
        key = QKeyEvent(QEvent.Type.KeyPress, 0x41, qapp.keyboardModifiers(), "a")
        QApplication.sendEvent(widget, key)
        clock.pass_seconds(200)
        with qtbot.assertNotEmitted(watch.idle):
            watch.check()
        clock.pass_seconds(15)
        with qtbot.waitSignal(watch.soon) as soon:
            watch.check()
        assert soon.args == [25]
        with qtbot.assertNotEmitted(watch.soon):
            watch.check()  # said once
        with qtbot.waitSignal(watch.back):
            QApplication.sendEvent(widget, key)
        with qtbot.assertNotEmitted(watch.back):
            QApplication.sendEvent(widget, key)
        clock.pass_seconds(240)
        with qtbot.waitSignal(watch.idle):
            watch.check()
    finally:
        watch.stop()


def test_a_laptop_that_slept_locks_on_waking(qapp: QApplication, qtbot: QtBot) -> None:
    clock = Clock()
    watch = IdleWatch(qapp, 4, clock=lambda: clock.steady, wall=lambda: clock.wall)
    try:
        clock.wall += 3600  # the steady clock stood still
        with qtbot.waitSignal(watch.idle):
            watch.check()
    finally:
        watch.stop()


def test_the_minutes_are_the_schools(qapp: QApplication, qtbot: QtBot) -> None:
    clock = Clock()
    watch = IdleWatch(qapp, 4, clock=lambda: clock.steady, wall=lambda: clock.wall)
    try:
        watch.set_minutes(10)
        clock.pass_seconds(500)
        with qtbot.assertNotEmitted(watch.idle):
            watch.check()
        clock.pass_seconds(101)
        with qtbot.waitSignal(watch.idle):
            watch.check()
    finally:
        watch.stop()
