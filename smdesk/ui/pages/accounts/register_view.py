"""The register of accounts: the list, and the form that opens from it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtWidgets import QWidget

from smdesk.ui.desk import Desk
from smdesk.ui.pages.accounts.list_view import account_list_view
from smdesk.ui.widgets.list_and_form import ListAndForm

if TYPE_CHECKING:
    from smdesk.ui.pages.accounts.form import AccountForm


class RegisterView(ListAndForm):
    """The first part of the accounts tab."""

    def __init__(self, desk: Desk, parent: QWidget | None = None) -> None:
        super().__init__(desk, account_list_view(desk), _make_form, "register", parent)


def _make_form(desk: Desk) -> AccountForm:
    from smdesk.ui.pages.accounts.form import AccountForm

    return AccountForm(desk)
