"""Issued papers in the reports tab: who sees which, and that each opens as it went out."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from PySide6.QtCore import Qt
from pytestqt.qtbot import QtBot

from smdesk.documents import listing
from smdesk.services import issued_papers
from smdesk.services.paper_records import PaperDraft, PaperKind
from smdesk.ui.desk import Desk
from smdesk.ui.pages.reports.papers_view import PapersView
from smdesk.ui.pages.reports.parts import ReportsPage
from smdesk.ui.tasks import Tasks
from smdesk.ui.widgets.preview_window import PreviewWindow
from tests.support.pages import front, settle, shown
from tests.support.school import SmallSchool

HOSTILE = "Case file <b>2026/0001</b> =HYPERLINK(“x”) $parent"


def content(title: str) -> bytes:
    from datetime import UTC, datetime

    made = datetime(2026, 3, 11, 9, tzinfo=UTC)
    return listing.render_bytes(listing.ListingData(title, "", "School", "Ms B. Cedar", made, (), ()))


@pytest.fixture
def papers(school: SmallSchool) -> tuple[int, int]:
    office = school.ctx_for("business_manager")
    report = PaperDraft(PaperKind.GOVERNOR_REPORT, "Governor report, Spring term 2026", "report", 1, pages=12)
    case = PaperDraft(
        PaperKind.CASE_FILE, HOSTILE, "incident", school.incident(), pages=3, note="Third parties named"
    )
    return (
        issued_papers.keep(office, report, content("Report")).id,
        issued_papers.keep(office, case, content("Case")).id,
    )


def view_of(login: str, desk_for: Callable[[str], Desk], qtbot: QtBot, tasks: Tasks) -> PapersView:
    page = shown(ReportsPage(desk_for(login)), qtbot, tasks, 1200, 700)
    page.open_part("papers")
    settle(tasks)
    view = page.part("papers")
    assert isinstance(view, PapersView)
    view.page_alive = page
    return view


def test_nobody_is_sent_to_a_tab_they_do_not_have(
    papers: tuple[int, int], desk_for: Callable[[str], Desk], qtbot: QtBot, tasks: Tasks
) -> None:
    assert "tab Letters" in view_of("business_manager", desk_for, qtbot, tasks).said.text()
    governors = view_of("governor", desk_for, qtbot, tasks)
    assert "Letters" not in governors.said.text()
    assert "case file" not in governors.said.text()


def test_the_newest_first_and_literally(
    papers: tuple[int, int], desk_for: Callable[[str], Desk], qtbot: QtBot, tasks: Tasks
) -> None:
    view = view_of("business_manager", desk_for, qtbot, tasks)
    assert view.table.cell_texts() == [
        [HOSTILE, "Case file", "11 March 2026, 09:30", "Ms B. Cedar", "3", "Third parties named"],
        [
            "Governor report, Spring term 2026",
            "Governor report",
            "11 March 2026, 09:30",
            "Ms B. Cedar",
            "12",
            "",
        ],
    ]
    assert view.count.text() == "2 papers"
    view.kind.setCurrentIndex(1)
    settle(tasks)
    assert [row[1] for row in view.table.cell_texts()] == ["Governor report"]


def test_a_governor_sees_the_reports_alone(
    papers: tuple[int, int], desk_for: Callable[[str], Desk], qtbot: QtBot, tasks: Tasks
) -> None:
    page = shown(ReportsPage(desk_for("governor")), qtbot, tasks, 1200, 700)
    assert [page.tabs.tabText(place) for place in range(page.tabs.count())] == [
        "Report to governors",
        "Issued papers",
    ]
    view = view_of("governor", desk_for, qtbot, tasks)
    assert [row[1] for row in view.table.cell_texts()] == ["Governor report"]


def test_enter_opens_the_paper_as_it_went_out(
    papers: tuple[int, int], desk_for: Callable[[str], Desk], qtbot: QtBot, tasks: Tasks
) -> None:
    view = view_of("business_manager", desk_for, qtbot, tasks)
    view.table.setFocus()
    qtbot.keyClick(view.table, Qt.Key.Key_Down)
    qtbot.keyClick(view.table, Qt.Key.Key_Return)
    settle(tasks)
    window = front(PreviewWindow, view)
    assert window.view.paper is not None
    assert window.view.paper.data == content("Report")
    assert window.windowTitle() == "Governor report, Spring term 2026"
    window.reject()


def test_a_new_paper_appears_and_none_is_said_in_words(
    school: SmallSchool, desk_for: Callable[[str], Desk], qtbot: QtBot, tasks: Tasks
) -> None:
    view = view_of("business_manager", desk_for, qtbot, tasks)
    assert view.stack.currentWidget() is view.empty
    assert not view.open_button.isEnabled()
    draft = PaperDraft(PaperKind.REGISTER, "Register of blocks", "register")
    saved = issued_papers.keep(school.ctx_for("business_manager"), draft, content("Blocks"))
    view._desk.events.tell(saved.changes)
    settle(tasks)
    assert view.table.cell_texts()[0][0] == "Register of blocks"
    view.open_button.click()
    settle(tasks)
    front(PreviewWindow, view).reject()
