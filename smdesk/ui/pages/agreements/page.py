"""The agreements tab: policies and who answered, what is outstanding, training, and education (AUP-1 to AUP-4)."""

from __future__ import annotations

from PySide6.QtWidgets import QWidget

from smdesk.security.permissions import Permission
from smdesk.ui.desk import Desk
from smdesk.ui.widgets.parts import Part, PartsPage


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
