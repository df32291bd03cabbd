"""The business cases tab: the list, the form that opens from it, and the papers for the meeting (ACC-1, ACC-2)."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtWidgets import QWidget

from smdesk.services.context import Context
from smdesk.ui.desk import Desk
from smdesk.ui.pages.cases.list_view import case_list_view
from smdesk.ui.widgets.buttons import button
from smdesk.ui.widgets.list_and_form import ListAndForm
from smdesk.ui.widgets.preview_window import Papers

if TYPE_CHECKING:
    from smdesk.ui.pages.cases.form import CaseForm


class Page(ListAndForm):
    """What the main window shows under "Business cases"."""

    def __init__(self, desk: Desk, parent: QWidget | None = None) -> None:
        self.pack = button(
            "For the next &meeting…", "case_pack", tip="Everything that awaits the leadership team, on paper"
        )
        self.blank = button("&Blank form…", "case_blank_form", tip="A business case to fill in by hand")
        super().__init__(desk, case_list_view(desk, (self.pack, self.blank)), _make_form, "cases", parent)
        self._papers = Papers(desk, self)
        self.pack.clicked.connect(self._show_pack)
        self.blank.clicked.connect(self._show_blank)

    def _show_pack(self) -> None:
        self._papers.show("Business cases for the next meeting", partial(_pack, self._desk.ctx))

    def _show_blank(self) -> None:
        self._papers.show("Business case form", partial(_blank, self._desk.ctx))


def _make_form(desk: Desk) -> CaseForm:
    from smdesk.ui.pages.cases.form import CaseForm

    return CaseForm(desk)


def _pack(ctx: Context) -> bytes:
    from smdesk.services import case_papers

    return case_papers.pack_pdf(ctx)


def _blank(ctx: Context) -> bytes:
    from smdesk.services import case_papers

    return case_papers.blank_form_pdf(ctx)
