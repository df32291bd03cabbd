"""Settings, My account: who I am here, and my password."""

from __future__ import annotations

from PySide6.QtWidgets import QVBoxLayout, QWidget

from smdesk.security.permissions import ROLE_LABELS, Role
from smdesk.security.signatures import fingerprint
from smdesk.ui.desk import Desk
from smdesk.ui.pages.settings.password_dialog import PasswordDialog
from smdesk.ui.widgets.buttons import button
from smdesk.ui.widgets.forms import Card, Form, Scrolled, row
from smdesk.ui.widgets.text import PlainLabel, heading, muted


class AccountSection(QWidget):
    """What the signed-in person may know and change about their own account."""

    def __init__(self, desk: Desk, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("settings_account")
        self._desk = desk
        user = desk.ctx.user
        page = Scrolled(widest=760)
        page.body.addWidget(heading("My account"))
        card = Card()
        form = Form()
        form.add("Name", PlainLabel(user.name))
        form.add("User name", PlainLabel(user.login))
        form.add("Roles", PlainLabel(", ".join(ROLE_LABELS[role] for role in Role if role in user.roles)))
        key = desk.ctx.signing
        if key is not None:
            mark = PlainLabel(fingerprint(key.public), selectable=True)
            mark.setObjectName("account_fingerprint")
            form.add("Signing key", mark)
        card.body.addWidget(form)
        card.body.addWidget(
            muted(
                "The signing key marks what you approve as yours. A colleague who confirms it compares these letters."
            )
        )
        page.body.addWidget(card)
        secret = Card("Password")
        self.change = button("&Change my password…", "account_change_password", self._change)
        secret.body.addWidget(row(self.change, None))
        page.body.addWidget(secret)
        page.body.addStretch(1)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(page)

    def activate(self) -> None:
        """Nothing to read: all of it is known since sign-in."""

    def unsaved(self) -> bool:
        return False

    def save_draft(self) -> None:
        """Nothing is typed here."""

    def _change(self) -> None:
        PasswordDialog(self._desk, self).open()
