"""Settings, Users and keys: who may sign in, in which roles, and whose signing key is whose."""

from __future__ import annotations

from dataclasses import dataclass

from PySide6.QtCore import Qt
from PySide6.QtWidgets import (
    QDialog,
    QFrame,
    QVBoxLayout,
    QWidget,
)

from smdesk.security.permissions import Permission, allowed
from smdesk.services import school, users
from smdesk.services.context import LOCAL, Changes, Saved
from smdesk.services.setup import NewUser, SetupAnswers
from smdesk.services.user_records import KeyRow, UserRow
from smdesk.ui import events as bus
from smdesk.ui import theme
from smdesk.ui.desk import Desk
from smdesk.ui.first_run.recovery_step import RecoveryStep
from smdesk.ui.pages.settings.password_dialog import GivePasswordDialog
from smdesk.ui.pages.settings.user_dialog import UserDialog
from smdesk.ui.widgets.buttons import button
from smdesk.ui.widgets.day_parsing import long_day
from smdesk.ui.widgets.forms import Scrolled, row
from smdesk.ui.widgets.plain_table import PlainTable
from smdesk.ui.widgets.problem_bar import ProblemBar
from smdesk.ui.widgets.status_chip import status_icon
from smdesk.ui.widgets.text import PlainLabel, heading, muted


@dataclass(frozen=True)
class _Shown:
    users: list[UserRow]
    keys: list[KeyRow]
    notices: list[str]


class UsersSection(QWidget):
    """Two lists: users, and signing keys waiting to be confirmed or kept for what they signed."""

    def __init__(self, desk: Desk, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("settings_users")
        self._desk = desk
        roles = desk.ctx.user.roles
        self._may_manage = allowed(roles, Permission.USERS_MANAGE)
        self._may_confirm = allowed(roles, Permission.USERS_CONFIRM_KEY)
        self._users: list[UserRow] = []
        self._keys: list[KeyRow] = []
        self.notices = QFrame()
        self.notices.setObjectName("users_notices")
        self.notices.setProperty("tone", "warning")
        self._notice_lines = QVBoxLayout(self.notices)
        theme.roomy(self._notice_lines, theme.SMALL, 2)
        self.notices.hide()
        self.table = PlainTable(
            ("Name", "User name", "Roles", "Last signed in", "State"), "users_list", "Users", stretch=2
        )
        self.keys_table = PlainTable(
            ("Whose", "Key", "How it came to be", "State"), "keys_list", "Signing keys", stretch=2
        )
        self.add_button = button("Add a &user…", "users_add", self.add_user, look="primary")
        self.edit_button = button("&Change…", "users_edit", self._edit)
        self.reset_button = button("&Reset password…", "users_reset", self._reset)
        self.close_button = button("C&lose account…", "users_close", self._close_or_open)
        self.code_button = button("New reco&very code…", "users_recovery_code", self._new_code)
        self.confirm_button = button("C&onfirm key…", "keys_confirm", self._confirm)
        outer = QVBoxLayout(self)
        outer.setContentsMargins(0, 0, 0, 0)
        page = Scrolled()
        outer.addWidget(page)
        for table in (self.table, self.keys_table):
            table.setMinimumHeight(table.fontMetrics().height() * 11)
        column = page.body
        column.addWidget(heading("Users and keys"))
        column.addWidget(self.notices)
        if self._may_manage:
            column.addWidget(
                row(
                    self.add_button,
                    self.edit_button,
                    self.reset_button,
                    self.close_button,
                    None,
                    self.code_button,
                )
            )
        else:
            column.addWidget(muted("An administrator adds and changes users."))
        column.addWidget(self.table, 3)
        column.addWidget(heading("Signing keys", 2))
        column.addWidget(
            muted(
                "A key made by a password reset counts as not confirmed until the headteacher, the DSL or the chair "
                "of governors has compared it with its owner, in person or by telephone."
            )
        )
        column.addWidget(self.keys_table, 2)
        if self._may_confirm:
            column.addWidget(row(self.confirm_button, None))
        self.table.itemSelectionChanged.connect(self._enable)
        self.keys_table.itemSelectionChanged.connect(self._enable)
        self.table.itemActivated.connect(self._edit)
        desk.events.changed.connect(self._changed)
        self._enable()

    def activate(self) -> None:
        ctx = self._desk.ctx

        def work(progress: object) -> _Shown:
            return _Shown(users.list_users(ctx), users.keys(ctx), users.notices(ctx))

        self._desk.tasks.latest(self, "users", work, self._loaded)

    def unsaved(self) -> bool:
        return False

    def save_draft(self) -> None:
        """The dialogs save or are left; the lists hold nothing typed."""

    def add_user(self) -> None:
        if self._may_manage:
            UserDialog(self._desk, None, self).open()

    def user(self) -> UserRow | None:
        """The user chosen in the list."""
        line = self.table.currentRow()
        return self._users[line] if 0 <= line < len(self._users) and self.table.selectedItems() else None

    def key(self) -> KeyRow | None:
        """The key chosen in the list."""
        line = self.keys_table.currentRow()
        return self._keys[line] if 0 <= line < len(self._keys) and self.keys_table.selectedItems() else None

    # Showing

    def _loaded(self, shown: _Shown) -> None:
        chosen = self.user()
        self._users, self._keys = shown.users, shown.keys
        while self._notice_lines.count():
            old = self._notice_lines.takeAt(0).widget()
            if old is not None:
                old.deleteLater()
        for sentence in shown.notices:
            self._notice_lines.addWidget(PlainLabel(sentence))
        self.notices.setVisible(bool(shown.notices))
        self.notices.setAccessibleName(" ".join(shown.notices))
        states = [_user_state(user) for user in self._users]
        self.table.show_rows(
            [
                (
                    user.draft.name,
                    user.draft.login,
                    user.role_labels,
                    long_day(user.last_seen_at.astimezone(LOCAL).date()) if user.last_seen_at else "never",
                    state,
                )
                for user, (state, _) in zip(self._users, states, strict=True)
            ]
        )
        for line, (user, (_, kind)) in enumerate(zip(self._users, states, strict=True)):
            self.table.explain(line, 4, status_icon(kind), user.key_flag)
        key_states = [_key_state(key) for key in self._keys]
        self.keys_table.show_rows(
            [
                (
                    key.user_name,
                    key.fingerprint,
                    f"{key.origin_label}, {long_day(key.created_at.astimezone(LOCAL).date())}",
                    state,
                )
                for key, (state, _) in zip(self._keys, key_states, strict=True)
            ]
        )
        for line, (key, (_, kind)) in enumerate(zip(self._keys, key_states, strict=True)):
            self.keys_table.explain(line, 3, status_icon(kind), key.flag)
        if chosen is not None:
            for line, user in enumerate(self._users):
                if user.id == chosen.id:
                    self.table.selectRow(line)
        self._enable()

    def _enable(self) -> None:
        user = self.user()
        me = self._desk.ctx.user.id
        self.edit_button.setEnabled(user is not None)
        self.reset_button.setEnabled(user is not None and user.active and user.id != me)
        self.close_button.setEnabled(user is not None and user.id != me)
        closed = user is not None and not user.active
        self.close_button.setText("&Open account again…" if closed else "C&lose account…")
        self.close_button.setAccessibleName("Open account again" if closed else "Close account")
        key = self.key()
        self.confirm_button.setEnabled(key is not None and key.may_confirm)
        self.confirm_button.setToolTip(key.why_not if key is not None and not key.may_confirm else "")

    def _changed(self, changes: Changes) -> None:
        if (bus.touches(changes, "user") or bus.touches(changes, "key")) and self.isVisible():
            self.activate()

    # Doing

    def _edit(self) -> None:
        user = self.user()
        if user is not None and self._may_manage:
            UserDialog(self._desk, user, self).open()

    def _reset(self) -> None:
        user = self.user()
        if user is None:
            return
        password = self._ask_password(
            f"New password for {user.draft.name}",
            "Hand it over in person; they choose their own when they sign in. They also get a new signing key, "
            "which signs no letter until the headteacher, the DSL or the chair of governors (not you, and not they "
            "themselves) confirms it.",
            user,
            "&Set the password",
        )
        if password:
            ctx, user_id = self._desk.ctx, user.id
            self._desk.tasks.run(
                self, lambda progress: users.reset_password(ctx, user_id, password), self._done
            )

    def _close_or_open(self) -> None:
        user = self.user()
        if user is None:
            return
        ctx, user_id = self._desk.ctx, user.id
        if user.active:
            if self._desk.messages.confirm(
                f"Close the account of {user.draft.name}?",
                "Close account",
                more="Their password opens nothing from now on. What they did and signed stays as it is.",
                danger=True,
            ):
                self._desk.tasks.run(self, lambda progress: users.close_account(ctx, user_id), self._done)
            return
        password = self._ask_password(
            f"Open the account of {user.draft.name} again",
            "They get a new password, to be changed when they sign in, and a new signing key.",
            user,
            "&Open the account",
        )
        if password:
            self._desk.tasks.run(
                self, lambda progress: users.open_account(ctx, user_id, password), self._done
            )

    def _ask_password(self, title: str, explanation: str, user: UserRow, action: str) -> str:
        dialog = GivePasswordDialog(title, explanation, user.draft.login, action, self)
        taken = dialog.exec() == QDialog.DialogCode.Accepted
        password = dialog.password if taken else ""
        dialog.deleteLater()
        return password

    def _confirm(self) -> None:
        key = self.key()
        if key is None or not key.may_confirm:
            return
        if self._desk.messages.confirm(
            f"Is this really the key of {key.user_name}?\n\n{key.fingerprint}",
            "Yes, I compared it",
            more=f"Ask {key.user_name} to open Settings, My account, and to read out the letters of the signing "
            "key. Confirm only when they are the same.",
        ):
            ctx, key_id = self._desk.ctx, key.id
            self._desk.tasks.run(self, lambda progress: users.confirm_key(ctx, key_id), self._done)

    def _done(self, _saved: Saved) -> None:
        self.activate()

    def _new_code(self) -> None:
        if not self._desk.messages.confirm(
            "Make a new recovery code?",
            "Make a new one",
            more="The sheet printed before opens nothing any more. Have a printer ready: the new code is shown once.",
            danger=True,
        ):
            return
        ctx = self._desk.ctx

        def work(progress: object) -> tuple[str, SetupAnswers]:
            about = school.get(ctx)
            holders = tuple(
                NewUser(user.draft.login, user.draft.name, user.draft.job_title, user.draft.roles, "")
                for user in users.list_users(ctx)
                if user.active
            )
            return users.new_recovery_code(ctx), SetupAnswers(about.name, about.address, holders)

        self._desk.tasks.run(self, work, self._show_code)

    def _show_code(self, result: tuple[str, SetupAnswers]) -> None:
        code, answers = result
        RecoveryDialog(self._desk, code, answers, self).open()


class RecoveryDialog(QDialog):
    """Shows a new recovery code until a part of it was typed back."""

    def __init__(self, desk: Desk, code: str, answers: SetupAnswers, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("recovery_dialog")
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle("New recovery code")
        self._desk = desk
        self.problems = ProblemBar("recovery_dialog_problems")
        self.step = RecoveryStep(desk.ctx.folder, answers, code, desk.tasks, desk.messages, desk.ctx.now)
        self.ok = button("&Finish", "recovery_dialog_ok", self._finish, look="primary")
        column = QVBoxLayout(self)
        theme.roomy(column, theme.SMALL)
        column.addWidget(self.problems)
        column.addWidget(self.step, 1)
        column.addWidget(row(None, self.ok))
        theme.fit(self, 720, 560)

    def reject(self) -> None:
        if self._desk.messages.confirm(
            "Close without having kept the new code?",
            "Close without it",
            "Go back",
            more="The old sheet opens nothing any more, and this code cannot be shown again.",
            danger=True,
        ):
            super().reject()

    def _finish(self) -> None:
        from smdesk.errors import Invalid

        try:
            self.step.check()
        except Invalid as error:
            self.problems.show_problems(error, self.step.fields)
            return
        self.accept()


def _user_state(user: UserRow) -> tuple[str, str]:
    """A user's state in words, and its shape."""
    if not user.active:
        return "Closed", "neutral"
    if user.key_flag:
        return "Key not confirmed", "warning"
    return ("Has to choose a password", "info") if user.must_change_password else ("Open", "ok")


def _key_state(key: KeyRow) -> tuple[str, str]:
    """A signing key's state in words, and its shape."""
    if key.retired_at is not None:
        return "No longer used; what it signed stands", "neutral"
    if key.flag:
        return "Not confirmed", "warning"
    return (f"Confirmed by {key.confirmed_by}" if key.confirmed_by else "In order"), "ok"
