"""Locking: the process that holds the keys ends, and a fresh one asks for the password.

A window that only covered itself would leave the keys in memory, where a crash dump or another program could find
them. So what is typed is put away as drafts, the records are closed, and the process is gone.
"""

from __future__ import annotations

import contextlib
import os
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Protocol

from PySide6.QtCore import QEvent, QObject, QTimer, Signal
from PySide6.QtWidgets import QApplication

import smdesk
from smdesk import crash
from smdesk.errors import SmdeskError
from smdesk.services import session
from smdesk.services.context import Context
from smdesk.ui import scratch
from smdesk.ui.tasks import Tasks

CHECK_EVERY_MS = 2_000
WARN_BEFORE = 30.0
"""Seconds before locking that the status bar says so."""
WAIT_FOR_SAVES = 3.0
"""Seconds that saves under way are given before the process ends. What is committed is safe either way."""

_ACTIVITY = frozenset(
    {
        QEvent.Type.KeyPress,
        QEvent.Type.MouseMove,
        QEvent.Type.MouseButtonPress,
        QEvent.Type.Wheel,
        QEvent.Type.TouchBegin,
        QEvent.Type.TabletPress,
        QEvent.Type.InputMethod,
    }
)

Spawn = Callable[[Sequence[str], dict[str, str]], object]


class LocksWindow(Protocol):
    """What locking needs of the main window."""

    def hide(self) -> None: ...

    def save_drafts(self) -> None: ...


class IdleWatch(QObject):
    """Tells when nobody has touched keyboard or mouse for the school's number of minutes."""

    idle = Signal()
    soon = Signal(int)
    """Seconds left, once, shortly before ``idle``."""
    back = Signal()
    """Somebody is there again after ``soon``."""

    def __init__(
        self,
        app: QApplication,
        minutes: float,
        parent: QObject | None = None,
        *,
        clock: Callable[[], float] = time.monotonic,
        wall: Callable[[], float] = time.time,
    ) -> None:
        super().__init__(parent)
        self._app = app
        self._clock, self._wall = clock, wall
        self._limit = minutes * 60.0
        self._last = clock()
        self._last_wall = wall()
        self._warned = False
        self._timer = QTimer(self)
        self._timer.setInterval(CHECK_EVERY_MS)
        self._timer.timeout.connect(self.check)
        app.installEventFilter(self)
        self._timer.start()

    def set_minutes(self, minutes: float) -> None:
        self._limit = minutes * 60.0

    def stop(self) -> None:
        self._timer.stop()
        self._app.removeEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        # Every event of the program passes here: only the look at its type may happen.
        if event.type() in _ACTIVITY:
            self._last = self._clock()
            self._last_wall = self._wall()
            if self._warned:
                self._warned = False
                self.back.emit()
        return False

    def check(self) -> None:
        """Whether it is time. Called by a timer; tests call it with their own clock."""
        # The steady clock may stand still while a laptop sleeps; the wall clock does not.
        away = max(self._clock() - self._last, self._wall() - self._last_wall)
        if away >= self._limit:
            self.stop()
            self.idle.emit()
        elif self._limit - away <= WARN_BEFORE and not self._warned:
            self._warned = True
            self.soon.emit(max(1, int(self._limit - away)))


def command(folder: Path, login: str) -> list[str]:
    """The command that starts a fresh sign-in for this folder and user."""
    start = [sys.executable] if getattr(sys, "frozen", False) else [sys.executable, "-m", "smdesk"]
    return [*start, "--data", str(folder), "--user", login]


def environment() -> dict[str, str]:
    """For the fresh process: as ours, able to find the package from any folder, and with no password in it."""
    env = {key: value for key, value in os.environ.items() if key != "SMDESK_PASSWORD"}
    if not getattr(sys, "frozen", False):
        home = str(Path(smdesk.__file__).resolve().parent.parent)
        others = [part for part in env.get("PYTHONPATH", "").split(os.pathsep) if part and part != home]
        env["PYTHONPATH"] = os.pathsep.join([home, *others])
    return env


def spawn_detached(arguments: Sequence[str], env: dict[str, str]) -> object:
    """Start a process that outlives this one."""
    more: dict[str, object] = {}
    if sys.platform == "win32":
        more["creationflags"] = subprocess.DETACHED_PROCESS | subprocess.CREATE_NEW_PROCESS_GROUP
    else:
        more["start_new_session"] = True
    return subprocess.Popen(  # noqa: S603 - our own interpreter with a folder and a user name, no shell.
        list(arguments),
        env=env,
        stdin=subprocess.DEVNULL,
        close_fds=True,
        **more,  # the keyword differs by system
    )


def lock(
    window: LocksWindow,
    ctx: Context,
    tasks: Tasks,
    *,
    spawn: Spawn = spawn_detached,
    end: Callable[[int], object] = os._exit,
) -> None:
    """Put drafts away, close the records, start a fresh sign-in and end this process.

    Whatever fails on the way is noted and does not keep the records open: the screen may be unattended.
    """
    window.hide()
    for step in (
        window.save_drafts,
        lambda: tasks.wait_all(WAIT_FOR_SAVES),
        lambda: session.sign_out(ctx),
        scratch.forget,
        lambda: spawn(command(ctx.folder.root, ctx.user.login), environment()),
    ):
        try:
            step()
        except (SmdeskError, OSError, RuntimeError) as error:
            crash.note(f"While locking: {type(error).__name__}")
        except Exception as error:  # noqa: BLE001 - a bug in one page must not leave the records open.
            crash.report(error, "locking")
    with contextlib.suppress(OSError, ValueError):
        sys.stdout.flush()
        sys.stderr.flush()
    # Not sys.exit: nothing may delay the end, and the keys go with the process.
    end(0)
