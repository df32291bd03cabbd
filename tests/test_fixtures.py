"""The guards of conftest.py guard: each kind of leftover fails the test that left it, and only that one."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

LEAVING = """
import socket
import threading

import pytest
from PySide6.QtCore import QThread, QTimer
from PySide6.QtWidgets import QApplication, QDialog, QWidget

from tests import conftest
from tests.support import leaks

leaks.MODAL_LIMIT = 0.6
leaks.THREAD_GRACE = 0.1
kept = []
stop = threading.Event()


def test_tidy(qtbot):
    dialog = QDialog()
    qtbot.addWidget(dialog)
    dialog.show()
    timer = QTimer(dialog)
    timer.start(10)


def test_leaves_window(qapp):
    kept.append(QWidget())
    kept[-1].setObjectName("left_open")
    kept[-1].show()


def test_forgets_modal_dialog(qapp):
    QDialog().exec()


def test_leaves_timer(qapp):
    kept.append(QTimer())
    kept[-1].start(1000)


def test_leaves_thread():
    kept.append(threading.Thread(target=stop.wait, args=(5,)))
    kept[-1].start()


def test_leaves_qthread(qapp):
    kept.append(QThread())
    kept[-1].start()


def test_ends_what_was_left(qapp):
    stop.set()
    kept[-1].quit()
    assert kept[-1].wait(5000)
    kept.clear()


def test_reaches_for_the_network():
    with socket.socket() as plug, pytest.raises(AssertionError, match="network"):
        plug.connect(("127.0.0.1", 9))


def test_slot_fails(qtbot):
    def slot():
        raise ValueError("in a slot")

    QTimer.singleShot(0, slot)
    qtbot.wait(20)


def test_unread_error(messages):
    messages.error("The disk is full.")


def test_qt_warns(qapp):
    QTimer().start(-1)


def test_python_warns():
    import warnings

    warnings.warn("old", DeprecationWarning)


def test_no_window_here():
    assert QApplication.platformName() == "offscreen"
"""

EXPECTED = {
    "test_tidy": "PASSED",
    "test_leaves_window": "ERROR",
    "test_forgets_modal_dialog": "ERROR",
    "test_leaves_timer": "ERROR",
    "test_leaves_thread": "ERROR",
    "test_leaves_qthread": "ERROR",
    "test_ends_what_was_left": "PASSED",
    "test_reaches_for_the_network": "PASSED",
    "test_slot_fails": "FAILED",
    "test_unread_error": "ERROR",
    "test_qt_warns": "FAILED",
    "test_python_warns": "FAILED",
    "test_no_window_here": "PASSED",
}


def test_each_leftover_fails_the_test_that_left_it(tmp_path: Path) -> None:
    root = Path(__file__).resolve().parent.parent
    (tmp_path / "test_leaving.py").write_text(LEAVING, encoding="utf-8")
    (tmp_path / "conftest.py").write_text("from tests.conftest import *\n", encoding="utf-8")
    words = [sys.executable, "-m", "pytest", "-v", "-p", "no:cacheprovider", "-p", "no:xdist", "--tb=line"]
    done = subprocess.run(
        [*words, "-c", root / "pyproject.toml", "--rootdir", root, tmp_path],
        cwd=root,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    worst: dict[str, str] = {}
    for line in done.stdout.splitlines():
        name, _, rest = line.partition("::")[2].partition(" ")
        outcome = rest.split()[0] if rest.split() else ""
        if outcome in ("PASSED", "FAILED", "ERROR") and name in EXPECTED:
            worst[name] = outcome if worst.get(name, "PASSED") == "PASSED" else worst[name]
    assert worst == EXPECTED, done.stdout + done.stderr
    for words_of_reason in (
        "window QWidget(left_open) is still open",
        "modal dialog QDialog(unnamed) was open",
        "timer QTimer(unnamed) of nothing is still running",
        "thread QThread(unnamed) is still running",
        "an unexpected error was shown: 'The disk is full.'",
    ):
        assert words_of_reason in done.stdout
