"""The agreements tab: policies and who answered, what is outstanding, training, and education (AUP-1 to AUP-4)."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from PySide6.QtWidgets import QWidget

from smdesk.security.permissions import Permission
from smdesk.services.agreement_records import AnswerView
from smdesk.ui.desk import Desk
from smdesk.ui.widgets.parts import Part, PartsPage

if TYPE_CHECKING:
    from smdesk.ui.pages.agreements.outstanding_view import OutstandingView
    from smdesk.ui.pages.agreements.policies_view import PoliciesView


def _policies(desk: Desk) -> QWidget:
    from smdesk.ui.pages.agreements.policies_view import PoliciesView

    return PoliciesView(desk)


def _outstanding(desk: Desk) -> QWidget:
    from smdesk.ui.pages.agreements.outstanding_view import OutstandingView

    return OutstandingView(desk)


def _training(desk: Desk) -> QWidget:
    from smdesk.ui.pages.agreements.training_view import TrainingView

    return TrainingView(desk)


def _education(desk: Desk) -> QWidget:
    from smdesk.ui.pages.agreements.education_view import EducationView

    return EducationView(desk)


PARTS = (
    Part("policies", "Policies", Permission.AGREEMENTS_READ, _policies),
    Part("outstanding", "Outstanding", Permission.AGREEMENTS_READ, _outstanding),
    Part("training", "Training", Permission.AGREEMENTS_READ, _training),
    Part("education", "Education", Permission.AGREEMENTS_READ, _education),
)


class Page(PartsPage):
    """What the main window shows under "Agreements"."""

    def __init__(self, desk: Desk, parent: QWidget | None = None) -> None:
        super().__init__(desk, "agreements", "Parts of agreements and training", PARTS, parent)

    def part(self, name: str) -> QWidget:
        fresh = name not in self._made
        made = super().part(name)
        if fresh and name == "policies":
            cast("PoliciesView", made).answers_wanted.connect(self._show_answers)
        return made

    def _show_answers(self, policy_id: int, view: AnswerView) -> None:
        """Who answered one policy so, from the policy's own page."""
        self.open_part("outstanding")
        cast("OutstandingView", self.part("outstanding")).show_policy(policy_id, view)
