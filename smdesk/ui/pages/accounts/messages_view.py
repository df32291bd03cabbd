"""The part "Messages" of the accounts tab: what came in, and the form that opens from it (ACC-5)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtWidgets import QWidget

from smdesk.ui.desk import Desk
from smdesk.ui.pages.accounts.message_list_view import message_list_view
from smdesk.ui.widgets.list_and_form import ListAndForm

if TYPE_CHECKING:
    from smdesk.ui.pages.accounts.message_form import MessageForm


class MessagesView(ListAndForm):
    """What the accounts tab shows under "Messages"."""

    def __init__(self, desk: Desk, parent: QWidget | None = None) -> None:
        super().__init__(desk, message_list_view(desk), _make_form, "messages", parent)


def _make_form(desk: Desk) -> MessageForm:
    from smdesk.ui.pages.accounts.message_form import MessageForm

    return MessageForm(desk)
