"""The part "Policies" of the agreements tab: the list, and the policy that opens from it (AUP-1 to AUP-3)."""

from __future__ import annotations

from typing import Any

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QWidget

from smdesk.services.context import Saved
from smdesk.ui.desk import Desk
from smdesk.ui.pages.agreements.policies_list import policy_list_view
from smdesk.ui.pages.agreements.policy_dialogs import PolicyDialog
from smdesk.ui.pages.agreements.policy_panel import PolicyPanel
from smdesk.ui.widgets.list_and_form import ListAndForm


class PoliciesView(ListAndForm):
    """What the agreements tab shows under "Policies"."""

    answers_wanted = Signal(object, object)
    """Carries the policy and the view of the list of answers to show."""

    def __init__(self, desk: Desk, parent: QWidget | None = None) -> None:
        super().__init__(desk, policy_list_view(desk), PolicyPanel, "policies", parent)

    def new_record(self) -> None:
        """Put a policy on record (Ctrl+N)."""
        if self.list.may_add:
            dialog = PolicyDialog(self._desk, None, self)
            dialog.accomplished.connect(self._added)
            dialog.open()

    def form(self) -> Any:
        first = self._form is None
        form = super().form()
        if first and isinstance(form, PolicyPanel):
            form.answers_wanted.connect(self.answers_wanted)
        return form

    def _added(self, saved: Saved) -> None:
        self.open_record(saved.id)
