"""The reports tab: the governors' report, registers and blank forms, and what was issued (DOC-2, DOC-3)."""

from __future__ import annotations

from PySide6.QtWidgets import QWidget

from smdesk.security.permissions import Permission
from smdesk.ui.desk import Desk
from smdesk.ui.widgets.parts import Part, PartsPage


def _governors(desk: Desk) -> QWidget:
    from smdesk.ui.pages.reports.page import Page

    return Page(desk)


def _registers(desk: Desk) -> QWidget:
    from smdesk.ui.pages.reports.registers_view import RegistersView

    return RegistersView(desk)


def _papers(desk: Desk) -> QWidget:
    from smdesk.ui.pages.reports.papers_view import PapersView

    return PapersView(desk)


PARTS: tuple[Part, ...] = (
    Part("governors", "Report to governors", Permission.REPORTS_FIGURES, _governors),
    Part("registers", "Registers and forms", Permission.LISTS_EXPORT, _registers),
    Part("papers", "Issued papers", Permission.PAPERS_READ, _papers),
)


class ReportsPage(PartsPage):
    """What the main window shows under "Reports"."""

    def __init__(self, desk: Desk, parent: QWidget | None = None) -> None:
        super().__init__(desk, "reports_tab", "Parts of the reports tab", PARTS, parent)
