"""What narrows a list to one school account; its accounts are read once, on a worker."""

from __future__ import annotations

from typing import Any

from PySide6.QtWidgets import QWidget

from smdesk.services import accounts
from smdesk.services.account_records import AccountHit
from smdesk.services.context import Changes
from smdesk.ui.desk import Desk
from smdesk.ui.events import touches
from smdesk.ui.tasks import Progress
from smdesk.ui.widgets.filter_fields import choice, choose, code_in, offer
from smdesk.ui.widgets.filter_row import FilterRow


class AccountFilterRow(FilterRow):
    """A filter row with a choice of account, closed ones too: what came in on them is still looked for."""

    def __init__(
        self, desk: Desk, name: str, nothing: Any, person: str, parent: QWidget | None = None
    ) -> None:
        super().__init__(desk, name, nothing, person, parent)
        self.account = choice(f"{name}_filter_account", "School account", "Any account", (), 150)
        self._desk = desk
        desk.events.changed.connect(self._changed)
        self._read()

    def account_id(self) -> int | None:
        """The account chosen; None for any."""
        held = code_in(int, self.account)
        return None if held is None else int(held)

    def put_account(self, account_id: int | None) -> None:
        """Show this account, under its name as soon as that was read; None for any."""
        if account_id is not None and self.account.findData(account_id) < 0:
            self.account.addItem("One account", account_id)
        choose(self.account, account_id)

    def _read(self) -> None:
        ctx = self._desk.ctx

        def work(progress: Progress) -> list[AccountHit]:
            return accounts.choices(ctx, closed=True)

        self._desk.tasks.latest(self, "accounts", work, self._offer_accounts, title="Reading the accounts")

    def _changed(self, changes: Changes) -> None:
        if touches(changes, "account"):
            self._read()

    def _offer_accounts(self, hits: list[AccountHit]) -> None:
        offer(self.account, [(hit.id, f"{hit.name} (closed)" if hit.closed else hit.name) for hit in hits])
