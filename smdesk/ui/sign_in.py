"""What stands before the records: signing in, the recovery code, a first password, and folders that cannot be used.

Nothing here has seen a record. ``opened`` carries an ``Opened`` once somebody is signed in.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtGui import QCloseEvent
from PySide6.QtWidgets import (
    QFileDialog,
    QHBoxLayout,
    QLineEdit,
    QPlainTextEdit,
    QStackedWidget,
    QVBoxLayout,
    QWidget,
)

from smdesk.errors import Damaged, Invalid, SmdeskError, WrongPassword
from smdesk.paths import APP_NAME, SchoolFolder, resource
from smdesk.services import drafts, session, settings
from smdesk.services import school as school_service
from smdesk.services.context import Context, utc_now
from smdesk.services.session import FolderState
from smdesk.ui import theme
from smdesk.ui.messages import Messages
from smdesk.ui.tasks import Progress, Tasks
from smdesk.ui.widgets.buttons import button
from smdesk.ui.widgets.forms import Card, Form, Scrolled, row
from smdesk.ui.widgets.password_pair import PasswordPair
from smdesk.ui.widgets.problem_bar import ProblemBar
from smdesk.ui.widgets.text import PlainLabel, heading, muted, named

WINDOW_KEY = "window"
"""Where this user's main window stood, in their settings."""


@dataclass(frozen=True)
class Opened:
    """Somebody is signed in, and what the main window shows at once was read on the way."""

    ctx: Context
    school_name: str
    idle_minutes: int
    remembered: Any
    drafts: tuple[tuple[str, int, datetime], ...]


def enter(folder: SchoolFolder, login: str, password: str, now: Callable[[], datetime] = utc_now) -> Opened:
    """Sign in and read what the window needs first. On a worker: Argon2 takes its time on purpose."""
    return look_around(session.sign_in(folder, login, password, now))


def look_around(ctx: Context) -> Opened:
    """What the main window shows at once. Where it cannot be read, the records are closed again.

    Before a first password is chosen the services answer nothing else: then it is read afterwards.
    """
    if ctx.user.must_change_password:
        return Opened(ctx, "", 0, None, ())
    return _look_around(ctx)


def _look_around(ctx: Context) -> Opened:
    try:
        school = school_service.get(ctx)
        return Opened(
            ctx,
            school.name,
            school.settings.idle_minutes,
            settings.get(ctx, WINDOW_KEY, None),
            tuple(drafts.mine(ctx)),
        )
    except BaseException:
        ctx.database.dispose()
        raise


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
        self._show(_Waiting("Looking at the school's folder…"))
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
        self.setWindowTitle(APP_NAME)
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


class _Waiting(QWidget):
    def __init__(self, text: str) -> None:
        super().__init__()
        column = QVBoxLayout(self)
        label = muted(text)
        label.setAlignment(Qt.AlignmentFlag.AlignCenter)
        column.addWidget(label)


class _Centred(Scrolled):
    """A card in the middle of the window, under the program's name."""

    def __init__(self, title: str, width: int = 460) -> None:
        super().__init__()
        self.card = Card()
        self.card.setMinimumWidth(min(width, 420))
        self.card.setMaximumWidth(width)
        self.card.body.setContentsMargins(theme.LARGE, theme.LARGE, theme.LARGE, theme.LARGE)
        self.card.body.setSpacing(theme.NORMAL)
        self.card.body.addWidget(_name_line())
        self.title = heading(title)
        self.card.body.addWidget(self.title)
        line = QHBoxLayout()
        line.addStretch(1)
        line.addWidget(self.card, 100)
        line.addStretch(1)
        self.body.addStretch(1)
        self.body.addLayout(line)
        self.body.addStretch(2)


def _name_line() -> QWidget:
    from PySide6.QtGui import QIcon

    picture = PlainLabel(wrap=False)
    picture.setPixmap(QIcon(str(resource("icons", "smdesk.svg"))).pixmap(28, 28))
    return row(picture, muted(APP_NAME), None)


class SignInPage(_Centred):
    """User name and password. Wrong ones slow down; the window stays alive meanwhile."""

    entered = Signal(object, str)
    forgotten = Signal(str)
    damaged = Signal(object)
    other_folder = Signal()

    def __init__(
        self, folder: SchoolFolder, tasks: Tasks, login: str = "", *, now: Callable[[], datetime] = utc_now
    ) -> None:
        super().__init__("Sign in")
        self._folder, self._tasks, self._now = folder, tasks, now
        self._clear_until = 0.0
        self._wait_text = ""
        self.notice = PlainLabel("")
        self.notice.setObjectName("sign_in_notice")
        self.notice.hide()
        self.problems = ProblemBar("sign_in_problems")
        self.login = named(QLineEdit(login), "sign_in_login", "User name")
        self.password = named(QLineEdit(), "sign_in_password", "Password")
        self.password.setEchoMode(QLineEdit.EchoMode.Password)
        form = Form()
        form.add("&User name", self.login, "login")
        form.add("&Password", self.password, "password")
        self.enter_button = button("&Sign in", "sign_in_enter", self._try, look="primary")
        self.forgotten_button = button(
            "I have &forgotten my password", "sign_in_forgotten", self._forgot, look="link"
        )
        self.folder_button = button(
            "&Another school's folder…", "sign_in_folder", self.other_folder.emit, look="link"
        )
        body = self.card.body
        for widget in (self.notice, self.problems, form, self.enter_button):
            body.addWidget(widget)
        body.addWidget(row(self.forgotten_button, None))
        body.addWidget(row(self.folder_button, None))
        where = muted(f"Records in {folder.root}")
        body.addWidget(where)
        self.login.returnPressed.connect(self._to_password)
        self.password.returnPressed.connect(self._try)
        self._tick = QTimer(self)
        self._tick.setInterval(250)
        self._tick.timeout.connect(self._count_down)

    def put_focus(self) -> None:
        (self.password if self.login.text() else self.login).setFocus()

    def say(self, text: str) -> None:
        self.notice.setText(text)
        self.notice.show()

    def _to_password(self) -> None:
        self.password.setFocus()

    def _forgot(self) -> None:
        self.forgotten.emit(self.login.text().strip())

    def _try(self) -> None:
        if not self.enter_button.isEnabled():
            return
        if not self.login.text().strip() or not self.password.text():
            missing = "login" if not self.login.text().strip() else "password"
            sentence = "Type your user name." if missing == "login" else "Type your password."
            self.problems.show_problems(
                Invalid.one(missing, sentence), {"login": self.login, "password": self.password}
            )
            return
        self.problems.clear()
        self.enter_button.setEnabled(False)
        self.enter_button.setText("Opening…")
        folder, login, password, now = (
            self._folder,
            self.login.text().strip(),
            self.password.text(),
            self._now,
        )
        self._tasks.run(
            self,
            lambda progress: (enter(folder, login, password, now), password),
            self._opened,
            self._refused,
            ended=self._tried,
        )

    def _opened(self, result: tuple[Opened, str]) -> None:
        self.password.clear()
        self.entered.emit(*result)

    def _tried(self) -> None:
        if self._clear_until <= time.monotonic():
            self._ready_again()

    def _ready_again(self) -> None:
        self._tick.stop()
        self.enter_button.setText("&Sign in")
        self.enter_button.setEnabled(True)

    def _refused(self, error: SmdeskError) -> None:
        if isinstance(error, Damaged):
            self.damaged.emit(FolderState("damaged", str(error), error.backup))
            return
        self.problems.show_problems(error)
        self.password.selectAll()
        self.password.setFocus()
        wait = error.wait if isinstance(error, WrongPassword) else 0.0
        if wait > 0:
            self._clear_until = time.monotonic() + wait
            self._count_down()
            self._tick.start()

    def _count_down(self) -> None:
        left = self._clear_until - time.monotonic()
        if left <= 0:
            self._ready_again()
            return
        self.enter_button.setEnabled(False)
        self.enter_button.setText(f"Try again in {in_words(left)}")


def in_words(seconds: float) -> str:
    """A waiting time: "1 second", "45 seconds", "2 minutes"."""
    whole = max(1, math.ceil(seconds))
    if whole < 100:
        return f"{whole} second" + ("s" if whole != 1 else "")
    return f"{math.ceil(whole / 60)} minutes"


class RecoveryPage(_Centred):
    """A new password with the printed recovery code."""

    entered = Signal(object, str)
    back = Signal()

    def __init__(
        self, folder: SchoolFolder, tasks: Tasks, login: str = "", *, now: Callable[[], datetime] = utc_now
    ) -> None:
        super().__init__("New password with the recovery code", 560)
        self._folder, self._tasks, self._now = folder, tasks, now
        body = self.card.body
        body.addWidget(
            PlainLabel(
                "If somebody at your school manages users in SM Desk, ask them first: they can set a new password "
                "for you. If nobody can sign in any more, type the code from the sheet that was printed when your "
                "school was set up."
            )
        )
        self.problems = ProblemBar("recovery_problems")
        self.code = named(QPlainTextEdit(), "recovery_code", "Recovery code, eight groups of five characters")
        self.code.setTabChangesFocus(True)
        self.code.setPlaceholderText("8 groups of 5 characters. Capitals, spaces and hyphens do not matter.")
        self.code.setFixedHeight(self.code.fontMetrics().height() * 3 + 14)
        self.login = named(QLineEdit(login), "recovery_login", "User name")
        self.pair = PasswordPair("recovery_password", "New")
        form = Form()
        form.add("Recovery &code", self.code, "recovery_code")
        form.add("&User name", self.login, "login")
        self._fields = {**form.fields, "password": self.pair.first}
        body.addWidget(self.problems)
        body.addWidget(form)
        body.addWidget(heading("Your new password", 3))
        body.addWidget(self.pair)
        body.addWidget(
            muted(
                "You also get a new signing key. Until a colleague has confirmed in SM Desk that it is yours, "
                "what you sign is marked as not confirmed."
            )
        )
        self.ok = button("&Set the password and sign in", "recovery_ok", self._try, look="primary")
        self.back_button = button("&Back", "recovery_back", self.back.emit)
        body.addWidget(row(self.back_button, None, self.ok))
        self.login.textChanged.connect(self.pair.set_login)
        self.pair.set_login(login)

    def _try(self) -> None:
        try:
            password = self.pair.password()
            if not self.login.text().strip():
                raise Invalid.one("login", "Type the user name the new password is for.")
        except Invalid as error:
            self.problems.show_problems(error, self._fields)
            return
        self.problems.clear()
        self.ok.setEnabled(False)
        folder, code, login, now = self._folder, self.code.toPlainText(), self.login.text().strip(), self._now
        self._tasks.run(
            self,
            lambda progress: (look_around(session.recover(folder, code, login, password, now)), password),
            self._opened,
            self._refused,
            ended=self._tried,
        )

    def _opened(self, result: tuple[Opened, str]) -> None:
        self.pair.clear()
        self.code.clear()
        self.entered.emit(*result)

    def _refused(self, error: SmdeskError) -> None:
        self.problems.show_problems(error, self._fields)

    def _tried(self) -> None:
        self.ok.setEnabled(True)


class NewPasswordPage(_Centred):
    """Somebody else set this password: the person chooses their own before anything opens."""

    entered = Signal(object)

    def __init__(self, opened: Opened, old: str, tasks: Tasks) -> None:
        super().__init__("Choose your own password")
        self._opened, self._old, self._tasks = opened, old, tasks
        body = self.card.body
        body.addWidget(
            PlainLabel(
                f"{opened.ctx.user.name}, the password you used was given to you by somebody else. Choose one "
                "that only you know."
            )
        )
        self.problems = ProblemBar("new_password_problems")
        self.pair = PasswordPair("new_password", "New")
        self.pair.set_login(opened.ctx.user.login)
        self.ok = button("&Go on", "new_password_ok", self._try, look="primary")
        for widget in (self.problems, self.pair, row(None, self.ok)):
            body.addWidget(widget)
        self.pair.again.returnPressed.connect(self._try)

    def may_leave(self) -> bool:
        """The window is closed instead: the records that were opened on the way are closed too."""
        session.sign_out(self._opened.ctx)
        return True

    def _try(self) -> None:
        try:
            new = self.pair.password()
            if new == self._old:
                raise Invalid.one("password", "This is the password you were given. Choose another.")
        except Invalid as error:
            self.problems.show_problems(error, {"password": self.pair.first})
            return
        self.problems.clear()
        self.ok.setEnabled(False)
        ctx, old = self._opened.ctx, self._old

        def work(progress: Progress) -> Opened:
            from smdesk.services import users

            users.change_my_password(ctx, old, new)
            return _look_around(ctx)

        self._tasks.run(self, work, self._changed, self._refused, ended=self._tried)

    def _changed(self, opened: Opened) -> None:
        self._old = ""
        self.pair.clear()
        self.entered.emit(opened)

    def _refused(self, error: SmdeskError) -> None:
        self.problems.show_problems(error, {"password": self.pair.first})

    def _tried(self) -> None:
        self.ok.setEnabled(True)


_TITLES = {
    "unsuitable": "This folder cannot hold a school's records",
    "damaged": "The school's records cannot be opened",
    "newer": "These records need a newer SM Desk",
}


class TroublePage(_Centred):
    """What is wrong with the folder, in words, and what can be done about it."""

    mended = Signal()
    other_folder = Signal()
    leave = Signal()

    def __init__(
        self,
        folder: SchoolFolder,
        state: FolderState,
        tasks: Tasks,
        messages: Messages,
        now: Callable[[], datetime],
    ) -> None:
        super().__init__(_TITLES.get(state.state, "The folder cannot be used"), 620)
        self._folder, self._state, self._tasks, self._messages, self._now = (
            folder,
            state,
            tasks,
            messages,
            now,
        )
        body = self.card.body
        self.sentence = PlainLabel(state.sentence, selectable=True)
        self.sentence.setObjectName("trouble_sentence")
        body.addWidget(self.sentence)
        body.addWidget(muted(f"Folder: {folder.root}"))
        self.restore = button(
            "&Restore the newest backup…", "trouble_restore", self._ask_restore, look="primary"
        )
        self.restore.setVisible(state.state == "damaged" and state.backup is not None)
        self.again = button("&Try again", "trouble_again", self.mended.emit)
        self.other = button("&Choose another folder…", "trouble_folder", self.other_folder.emit)
        self.quit = button("&Quit", "trouble_quit", self.leave.emit)
        body.addWidget(row(self.quit, None, self.again, self.other, self.restore))

    def _ask_restore(self) -> None:
        from pathlib import Path

        if self._state.backup is None:
            return
        backup = Path(self._state.backup)
        if not self._messages.confirm(
            f"Restore the backup “{backup.name}”?",
            "Restore",
            more="The records go back to how they stood when it was made: what was entered since is missing from "
            "them. The damaged files are not deleted; they are moved into a folder beside them.",
            danger=True,
        ):
            return
        self.restore.setEnabled(False)
        folder, now = self._folder, self._now

        def work(progress: Progress) -> str:
            from smdesk.services import backups

            return restored_words(backups.restore(folder, backup, now()))

        self._tasks.run(self, work, self._restored, ended=self._ended, title="Restoring the backup")

    def _restored(self, words: str) -> None:
        self._messages.info("The backup is restored.", more=words)
        self.mended.emit()

    def _ended(self) -> None:
        self.restore.setEnabled(True)


def restored_words(restored: Any) -> str:
    """What a restore did, in words, from the service's ``Restored``."""
    parts = []
    if restored.kept_aside is not None:
        parts.append(f"The former files are kept in {restored.kept_aside}.")
    if restored.missing:
        parts.append(
            f"{len(restored.missing)} stored files named in the backup were not found: "
            + ", ".join(restored.missing[:5])
            + (" …" if len(restored.missing) > 5 else ".")
        )
    if restored.keys_restored:
        parts.append("Passwords are those of the day of the backup.")
    return " ".join(parts)
