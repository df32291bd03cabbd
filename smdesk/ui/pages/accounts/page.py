"""The accounts tab: the register, and what is done for the accounts on it (ACC-1 to ACC-9)."""

from __future__ import annotations

from PySide6.QtWidgets import QWidget

from smdesk.security.permissions import Permission
from smdesk.services.account_records import BlockDraft
from smdesk.services.message_records import MessageDraft
from smdesk.services.sign_off_records import SignOffDraft
from smdesk.ui.desk import Desk
from smdesk.ui.widgets.parts import Part, PartsPage


def _register(desk: Desk) -> QWidget:
    from smdesk.ui.pages.accounts.register_view import RegisterView

    return RegisterView(desk)


def _watching(desk: Desk) -> QWidget:
    from smdesk.ui.pages.accounts.watching_view import WatchingView

    return WatchingView(desk)


def _messages(desk: Desk) -> QWidget:
    from smdesk.ui.pages.accounts.messages_view import MessagesView

    return MessagesView(desk)


def _sign_offs(desk: Desk) -> QWidget:
    from smdesk.ui.pages.accounts.sign_offs_view import SignOffsView

    return SignOffsView(desk)


def _blocks(desk: Desk) -> QWidget:
    from smdesk.ui.pages.accounts.blocks_view import BlocksView

    return BlocksView(desk)


PARTS: tuple[Part, ...] = (
    Part("register", "Register", Permission.ACCOUNTS_READ, _register),
    Part("watching", "Watching", Permission.ACCOUNTS_READ, _watching),
    Part("messages", "Messages", Permission.ACCOUNTS_READ, _messages),
    Part("sign_offs", "Sign-offs", Permission.ACCOUNTS_READ, _sign_offs),
    Part("blocks", "Blocks", Permission.ACCOUNTS_READ, _blocks),
)
"""In this order: register, watching, messages, sign_offs, blocks. Each ``make`` imports its view when it is wanted."""


_PART_OF = {BlockDraft: "blocks", MessageDraft: "messages", SignOffDraft: "sign_offs"}


class Page(PartsPage):
    """What the main window shows under "Accounts"."""

    def __init__(self, desk: Desk, parent: QWidget | None = None) -> None:
        super().__init__(desk, "accounts", "Parts of the accounts tab", PARTS, parent)

    def new_with(self, draft: object) -> None:
        """A new record begun elsewhere: a block from an incident (ACC-9), a message from a look (ACC-5) …; an account
        otherwise."""
        self.new_part_with(_PART_OF.get(type(draft), "register"), draft)
