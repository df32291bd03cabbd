"""The accounts tab: the register, and what is done for the accounts on it (ACC-1 to ACC-9)."""

from __future__ import annotations

from PySide6.QtWidgets import QWidget

from smdesk.security.permissions import Permission
from smdesk.ui.desk import Desk
from smdesk.ui.widgets.parts import Part, PartsPage


def _watching(desk: Desk) -> QWidget:
    from smdesk.ui.pages.accounts.watching_view import WatchingView

    return WatchingView(desk)


PARTS: tuple[Part, ...] = (Part("watching", "Watching", Permission.ACCOUNTS_READ, _watching),)
"""In this order: register, watching, messages, sign_offs, blocks. Each ``make`` imports its view when it is wanted."""


class Page(PartsPage):
    """What the main window shows under "Accounts"."""

    def __init__(self, desk: Desk, parent: QWidget | None = None) -> None:
        super().__init__(desk, "accounts", "Parts of the accounts tab", PARTS, parent)
