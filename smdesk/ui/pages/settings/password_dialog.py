"""Changing one's own password, and giving somebody else a first one."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QDialog, QLineEdit, QVBoxLayout, QWidget

from smdesk.errors import Invalid, SmdeskError
from smdesk.services import users
from smdesk.services.context import Saved
from smdesk.ui import theme
from smdesk.ui.desk import Desk
from smdesk.ui.widgets.buttons import button
from smdesk.ui.widgets.forms import Form, closing
from smdesk.ui.widgets.password_pair import PasswordPair
from smdesk.ui.widgets.problem_bar import ProblemBar
from smdesk.ui.widgets.text import PlainLabel, heading, named


class PasswordDialog(QDialog):
    """The old password and a new one. Open it with ``open()``."""

    def __init__(self, desk: Desk, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._desk = desk
        self.setObjectName("password_dialog")
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle("Change my password")
        self.problems = ProblemBar("password_problems")
        self.old = named(QLineEdit(), "password_old", "Password now")
        self.old.setEchoMode(QLineEdit.EchoMode.Password)
        self.pair = PasswordPair("password_new", "New")
        self.pair.set_login(desk.ctx.user.login)
        self.ok = button("&Change it", "password_ok", self._try, look="primary")
        self.ok.setDefault(True)
        self.cancel = button("Cancel", "password_cancel", self.reject)
        form = Form(labels_like="Password now")
        form.add("Password &now", self.old, "old")
        column = QVBoxLayout(self)
        theme.roomy(column)
        for widget in (
            heading("Change my password", 2),
            self.problems,
            form,
            heading("New password", 3),
            self.pair,
        ):
            column.addWidget(widget)
        column.addStretch(1)
        column.addWidget(closing(self.cancel, self.ok))
        self.setMinimumWidth(440)
        self.old.setFocus()

    def _try(self) -> None:
        try:
            if not self.old.text():
                raise Invalid.one("old", "Type the password you use now.")
            new = self.pair.password()
        except Invalid as error:
            self._refused(error)
            return
        self.problems.clear()
        self.ok.setEnabled(False)
        ctx, old = self._desk.ctx, self.old.text()
        self._desk.tasks.run(
            self,
            lambda progress: users.change_my_password(ctx, old, new),
            self._changed,
            self._refused,
            ended=self._ended,
        )

    def _changed(self, _saved: Saved) -> None:
        self._desk.messages.info("Your password is changed.", more="Use the new one from the next sign-in.")
        self.accept()

    def _refused(self, error: SmdeskError) -> None:
        self.problems.show_problems(error, {"old": self.old, "password": self.pair.first})

    def _ended(self) -> None:
        self.ok.setEnabled(True)


class GivePasswordDialog(QDialog):
    """Asks for a first password for somebody else: ``password`` after ``exec()``."""

    def __init__(
        self, title: str, explanation: str, login: str, action: str, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self.password = ""
        self.setObjectName("give_password_dialog")
        self.setWindowTitle(title)
        self.problems = ProblemBar("give_password_problems")
        self.pair = PasswordPair("give_password", "First")
        self.pair.set_login(login)
        self.ok = button(action, "give_password_ok", self._try, look="primary")
        self.ok.setDefault(True)
        self.cancel = button("Cancel", "give_password_cancel", self.reject)
        column = QVBoxLayout(self)
        theme.roomy(column)
        for widget in (heading(title, 2), PlainLabel(explanation), self.problems, self.pair):
            column.addWidget(widget)
        column.addStretch(1)
        column.addWidget(closing(self.cancel, self.ok))
        self.setMinimumWidth(460)
        self.pair.first.setFocus()

    def _try(self) -> None:
        try:
            self.password = self.pair.password()
        except Invalid as error:
            self.problems.show_problems(error, {"password": self.pair.first})
            return
        self.accept()
