"""What a test must not leave behind: windows, modal dialogs, threads and timers.

Nothing here imports Qt until a test that uses it asks, so that the many tests without a window stay fast.
"""

from __future__ import annotations

import contextlib
import threading
import time
import weakref
from collections.abc import Callable, Iterator
from typing import Any

THREAD_GRACE = 1.0
"""Seconds a thread that is just ending may take to be gone."""

MODAL_LIMIT = 5.0
"""Seconds one modal dialog may stay open before the test is taken to have forgotten it."""


class ThreadWatch:
    """The threads that were running before the test; ``leftovers`` names those that came and stayed."""

    def __init__(self) -> None:
        self._before = set(threading.enumerate())

    def leftovers(self) -> list[str]:
        deadline = time.monotonic() + THREAD_GRACE
        new = self._new()
        while new and time.monotonic() < deadline:
            new[0].join(0.02)
            new = self._new()
        return [f"thread {thread.name!r} is still running" for thread in new]

    def _new(self) -> list[threading.Thread]:
        return [t for t in threading.enumerate() if t not in self._before and t.is_alive() and not t.daemon]


class QtWatch:
    """Windows, dialogs, timers and threads of Qt that the test left, and dialogs it forgot to close."""

    def __init__(self) -> None:
        from PySide6.QtWidgets import QApplication

        self._before = {id(w) for w in QApplication.topLevelWidgets() if w.isVisible()}
        self._started: list[weakref.ref[Any]] = []
        self._forgotten: list[str] = []
        self._modal: tuple[int, float] | None = None

    @contextlib.contextmanager
    def watching(self) -> Iterator[None]:
        """Note every timer and thread started meanwhile, and close a modal dialog nobody closes.

        A forgotten modal dialog would otherwise run its own event loop for ever and hang the whole run.
        """
        from PySide6.QtCore import QThread, QTimer

        timer_start, thread_start = QTimer.start, QThread.start
        QTimer.start = self._noting(timer_start)
        QThread.start = self._noting(thread_start)
        ticker = QTimer()
        ticker.setInterval(500)
        ticker.timeout.connect(self._look_for_modal)
        timer_start(ticker)
        try:
            yield
        finally:
            ticker.stop()
            QTimer.start = timer_start
            QThread.start = thread_start

    def leftovers(self) -> list[str]:
        import shiboken6
        from PySide6.QtCore import QCoreApplication, QEvent, QThread
        from PySide6.QtWidgets import QApplication

        QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)
        found = list(self._forgotten)
        for window in QApplication.topLevelWidgets():
            if window.isVisible() and id(window) not in self._before:
                kind = "modal dialog" if window.isModal() else "window"
                found.append(f"{kind} {_name(window)} is still open")
                window.close()
                window.deleteLater()
        for reference in self._started:
            thing = reference()
            if thing is None or not shiboken6.isValid(thing):
                continue
            if isinstance(thing, QThread):
                if not thing.wait(int(THREAD_GRACE * 1000)):
                    found.append(f"thread {_name(thing)} is still running")
            elif thing.isActive():
                found.append(f"timer {_name(thing)} of {_name(thing.parent())} is still running")
                thing.stop()
        QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)
        return found

    def _noting(self, start: Callable[..., Any]) -> Callable[..., Any]:
        def noting(thing: Any, *args: Any) -> Any:
            self._started.append(weakref.ref(thing))
            return start(thing, *args)

        return noting

    def _look_for_modal(self) -> None:
        from PySide6.QtWidgets import QApplication

        window = QApplication.activeModalWidget()
        if window is None:
            self._modal = None
            return
        now = time.monotonic()
        if self._modal is None or self._modal[0] != id(window):
            self._modal = (id(window), now)
        elif now - self._modal[1] >= MODAL_LIMIT:
            self._forgotten.append(f"modal dialog {_name(window)} was open for {MODAL_LIMIT:.0f} s")
            self._modal = None
            window.close()


def _name(thing: Any) -> str:
    if thing is None:
        return "nothing"
    title = thing.windowTitle() if hasattr(thing, "windowTitle") else ""
    return f"{type(thing).__name__}({thing.objectName() or title or 'unnamed'})"
