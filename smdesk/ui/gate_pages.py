"""The pages of the gate: signing in, the recovery code, and a first password of one's own."""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from datetime import datetime

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtWidgets import (
    QHBoxLayout,
    QLineEdit,
    QPlainTextEdit,
    QVBoxLayout,
    QWidget,
)

from smdesk.errors import Damaged, Invalid, SmdeskError, WrongPassword
from smdesk.paths import APP_NAME, SchoolFolder, resource
from smdesk.services import session
from smdesk.services.context import utc_now
from smdesk.services.session import FolderState
from smdesk.ui import theme
from smdesk.ui.opening import Opened, enter, look_around, read_first
from smdesk.ui.tasks import Progress, Tasks
from smdesk.ui.widgets.buttons import button
from smdesk.ui.widgets.forms import Card, Form, Scrolled, row
from smdesk.ui.widgets.password_pair import PasswordPair
from smdesk.ui.widgets.problem_bar import ProblemBar
from smdesk.ui.widgets.text import PlainLabel, heading, muted, named


class Waiting(QWidget):
    def __init__(self, text: str) -> None:
        super().__init__()
        column = QVBoxLayout(self)
        label = muted(text)
        label.setAlignment(Qt.AlignmentFlag.AlignCenter)
        column.addWidget(label)


class Centred(Scrolled):
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


class SignInPage(Centred):
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


class RecoveryPage(Centred):
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
                "You also get a new signing key. Before it can sign a letter, the headteacher, the DSL or the chair "
                "of governors (not you) confirms in SM Desk that it is yours."
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


class NewPasswordPage(Centred):
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
            return read_first(ctx)

        self._tasks.run(self, work, self._changed, self._refused, ended=self._tried)

    def _changed(self, opened: Opened) -> None:
        self._old = ""
        self.pair.clear()
        self.entered.emit(opened)

    def _refused(self, error: SmdeskError) -> None:
        self.problems.show_problems(error, {"password": self.pair.first})

    def _tried(self) -> None:
        self.ok.setEnabled(True)
