"""The accounts tab: the register, and what is done for the accounts on it (ACC-1 to ACC-9)."""

from __future__ import annotations

from PySide6.QtWidgets import QWidget

from smdesk.security.permissions import Permission
from smdesk.services.account_records import BlockDraft
from smdesk.ui.desk import Desk
from smdesk.ui.widgets.parts import Part, PartsPage


def _register(desk: Desk) -> QWidget:
    from smdesk.ui.pages.accounts.register_view import RegisterView

    return RegisterView(desk)


def _watching(desk: Desk) -> QWidget:
    from smdesk.ui.pages.accounts.watching_view import WatchingView

    return WatchingView(desk)


def _blocks(desk: Desk) -> QWidget:
    from smdesk.ui.pages.accounts.blocks_view import BlocksView

    return BlocksView(desk)


PARTS: tuple[Part, ...] = (
    Part("register", "Register", Permission.ACCOUNTS_READ, _register),
    Part("watching", "Watching", Permission.ACCOUNTS_READ, _watching),
    Part("blocks", "Blocks", Permission.ACCOUNTS_READ, _blocks),
)
"""In this order: register, watching, messages, sign_offs, blocks. Each ``make`` imports its view when it is wanted."""


class Page(PartsPage):
    """What the main window shows under "Accounts"."""

    def __init__(self, desk: Desk, parent: QWidget | None = None) -> None:
        super().__init__(desk, "accounts", "Parts of the accounts tab", PARTS, parent)

    def new_with(self, draft: object) -> None:
        """A new record begun elsewhere: a block from an incident (ACC-9), an account otherwise."""
        self.new_part_with("blocks" if isinstance(draft, BlockDraft) else "register", draft)
