"""A new password, typed twice, with a sentence that says how good it is."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QCheckBox, QLineEdit, QVBoxLayout, QWidget

from smdesk.errors import Invalid
from smdesk.security import passwords
from smdesk.ui.widgets.forms import Form
from smdesk.ui.widgets.text import PlainLabel, named


def strength(password: str, login: str) -> tuple[bool, str]:
    """Whether the password may be used, and a sentence for the person. The rules are ``security.passwords``'."""
    if not password:
        return False, "Three or four words make a good password."
    try:
        passwords.check(password, login)
    except Invalid as error:
        return False, str(error)
    length = len(passwords.normal(password))
    if length < 14:
        return True, "This will do. Another word would make it strong."
    return True, "A strong password." if length < 20 else "A very strong password."


class PasswordPair(QWidget):
    """Two fields and the sentence. ``password()`` gives it once both agree."""

    changed = Signal()

    def __init__(self, object_name: str, whose: str = "", parent: QWidget | None = None) -> None:
        """``whose`` goes into the accessible names, for example "Headteacher"."""
        super().__init__(parent)
        self._login = ""
        self.setObjectName(object_name)
        prefix = f"{whose}: " if whose else ""
        self.first = named(QLineEdit(), f"{object_name}_first", f"{prefix}password")
        self.again = named(QLineEdit(), f"{object_name}_again", f"{prefix}password again")
        for line in (self.first, self.again):
            line.setEchoMode(QLineEdit.EchoMode.Password)
            line.textChanged.connect(self._typed)
        self.show_it = named(QCheckBox("Show"), f"{object_name}_show", f"{prefix}show the password")
        self.show_it.toggled.connect(self._show)
        self.says = PlainLabel("", look="muted")
        self.says.setObjectName(f"{object_name}_strength")
        form = Form(labels_like="User name")
        form.add("Password", self.first)
        form.add("And again", self.again)
        form.add("", self.show_it)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(4)
        column.addWidget(form)
        column.addWidget(self.says)
        self.setFocusProxy(self.first)
        self._typed()

    def set_login(self, login: str) -> None:
        """The user name the password must not repeat."""
        self._login = login
        self._typed()

    def password(self, field: str = "password") -> str:
        """The password. Raises Invalid (naming ``field``) where it may not be used or the two differ."""
        usable, sentence = strength(self.first.text(), self._login)
        if not usable:
            raise Invalid.one(field, sentence if self.first.text() else "Choose a password.")
        if self.first.text() != self.again.text():
            raise Invalid.one(field, "The two passwords are not the same. Type the second one again.")
        return self.first.text()

    def clear(self) -> None:
        self.first.clear()
        self.again.clear()

    def _typed(self) -> None:
        usable, sentence = strength(self.first.text(), self._login)
        if usable and self.again.text() and self.again.text() != self.first.text():
            sentence = "The two are not the same yet."
        self.says.setText(sentence)
        self.first.setAccessibleDescription(sentence)
        self.changed.emit()

    def _show(self, shown: bool) -> None:
        mode = QLineEdit.EchoMode.Normal if shown else QLineEdit.EchoMode.Password
        self.first.setEchoMode(mode)
        self.again.setEchoMode(mode)
