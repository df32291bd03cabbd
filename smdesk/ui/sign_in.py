"""The window before sign-in: it looks at the folder and shows the page that fits.

Nothing here has seen a record. ``opened`` carries an ``Opened`` once somebody is signed in.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from PySide6.QtCore import Signal
from PySide6.QtGui import QCloseEvent
from PySide6.QtWidgets import (
    QFileDialog,
    QStackedWidget,
    QVBoxLayout,
    QWidget,
)

from smdesk.errors import SmdeskError
from smdesk.paths import APP_NAME, SchoolFolder
from smdesk.services import session
from smdesk.services.context import utc_now
from smdesk.services.session import FolderState
from smdesk.ui import theme
from smdesk.ui.gate_pages import NewPasswordPage, RecoveryPage, SignInPage, Waiting
from smdesk.ui.messages import Messages
from smdesk.ui.opening import Opened
from smdesk.ui.tasks import Tasks
from smdesk.ui.trouble_page import TroublePage


class Gate(QWidget):
    """The window before sign-in. ``login`` fills in the user name (after a lock)."""

    opened = Signal(object)

    def __init__(
        self,
        folder: SchoolFolder,
        tasks: Tasks,
        messages: Messages,
        login: str = "",
        *,
        now: Callable[[], datetime] = utc_now,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self.folder = folder
        self._tasks = tasks
        self._messages = messages
        self._now = now
        self._login = login
        self._done = False
        self.setObjectName("gate")
        self.setWindowTitle(APP_NAME)
        self.stack = QStackedWidget()
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(self.stack)
        theme.fit(self, 880, 620)

    def start(self) -> None:
        """Look at the folder (on a worker) and show what fits it."""
        self._show(Waiting("Looking at the school's folder…"))
        folder = self.folder
        self._tasks.run(
            self, lambda progress: session.folder_state(folder), self._folder_seen, self._unusable
        )

    def use_folder(self, folder: SchoolFolder) -> None:
        """Another folder was chosen."""
        self.folder = folder
        self.start()

    def _folder_seen(self, state: FolderState) -> None:
        if state.state == "new":
            self.show_first_run()
        elif state.state == "ready":
            self.show_sign_in()
        else:
            self.show_trouble(state)

    def _unusable(self, error: SmdeskError) -> None:
        self.show_trouble(FolderState("unsuitable", str(error)))

    def show_sign_in(self, notice: str = "") -> None:
        page = SignInPage(self.folder, self._tasks, self._login, now=self._now)
        page.entered.connect(self._entered)
        page.forgotten.connect(self.show_recovery)
        page.damaged.connect(self.show_trouble)
        page.other_folder.connect(self.choose_folder)
        if notice:
            page.say(notice)
        self._show(page)
        page.put_focus()

    def show_recovery(self, login: str = "") -> None:
        page = RecoveryPage(self.folder, self._tasks, login, now=self._now)
        page.entered.connect(self._entered)
        page.back.connect(self.show_sign_in)
        self._show(page)
        page.code.setFocus()

    def show_trouble(self, state: FolderState) -> None:
        page = TroublePage(self.folder, state, self._tasks, self._messages, self._now)
        page.mended.connect(self.start)
        page.other_folder.connect(self.choose_folder)
        page.leave.connect(self.close)
        self._show(page)
        page.put_focus()

    def show_first_run(self) -> None:
        from smdesk.ui.first_run.assistant import FirstRun

        page = FirstRun(self.folder, self._tasks, self._messages, now=self._now)
        page.finished.connect(self._school_made)
        page.other_folder.connect(self.choose_folder)
        self._show(page)
        self.setWindowTitle(f"Setting up – {APP_NAME}")
        page.put_focus()

    def choose_folder(self) -> None:
        chosen = QFileDialog.getExistingDirectory(self, "The school's folder", str(self.folder.root.parent))
        if chosen:
            from pathlib import Path

            self.use_folder(SchoolFolder(Path(chosen)))

    def _school_made(self, login: str) -> None:
        self._login = login
        self.show_sign_in("Your school is ready. Sign in to begin.")

    def _entered(self, opened: Opened, password: str) -> None:
        if opened.ctx.user.must_change_password:
            page = NewPasswordPage(opened, password, self._tasks)
            page.entered.connect(self._finish)
            self._show(page)
            page.pair.first.setFocus()
        else:
            self._finish(opened)

    def _finish(self, opened: Opened) -> None:
        self._done = True
        self.opened.emit(opened)

    def _show(self, page: QWidget) -> None:
        self.setWindowTitle(APP_NAME)
        while self.stack.count():
            old = self.stack.widget(0)
            self.stack.removeWidget(old)
            old.deleteLater()
        self.stack.addWidget(page)
        self.stack.setCurrentWidget(page)

    def closeEvent(self, event: QCloseEvent) -> None:
        page = self.stack.currentWidget()
        may_leave = getattr(page, "may_leave", None)
        if not self._done and may_leave is not None and not may_leave():
            event.ignore()
            return
        super().closeEvent(event)
