"""The reports tab: a governor chooses a period, makes the report, reads and prints it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtPrintSupport import QPrinter
from PySide6.QtWidgets import QAbstractButton, QApplication, QComboBox, QLineEdit, QWidget
from pytestqt.qtbot import QtBot
from sqlalchemy import select

from smdesk.db.models import AuditEntry, User
from smdesk.policy.words import grouped
from smdesk.services import reports, users
from smdesk.ui import pdf_pages
from smdesk.ui.desk import Desk
from smdesk.ui.main_window import tabs_for
from smdesk.ui.pages.reports import figures
from smdesk.ui.pages.reports.page import Page
from smdesk.ui.tasks import Tasks
from smdesk.ui.widgets import pdf_print
from tests.support.school import USERS, SmallSchool
from tests.support.script import Script

PageFor = Callable[[str], Page]


@pytest.fixture
def page_for(qtbot: QtBot, desk_for: Callable[[str], Desk], tasks: Tasks) -> PageFor:
    def make(login: str) -> Page:
        page = Page(desk_for(login))
        qtbot.addWidget(page)
        page.resize(1000, 720)
        page.show()
        qtbot.waitExposed(page)
        page.activate()
        settle(tasks)
        return page

    return make


def settle(tasks: Tasks) -> None:
    for _ in range(4):
        QApplication.processEvents()
        assert tasks.wait_all(20.0)


def log(school: SmallSchool, count: int, days_ago: int = 1) -> None:
    for number in range(count):
        school.incident(
            summary=f"Post {number}", received_at=school.clock.now - timedelta(days=days_ago, minutes=number)
        )


def test_governors_have_this_tab_and_what_is_due() -> None:
    assert [tab.name for tab in tabs_for(frozenset(USERS["governor"][1]))] == ["today", "reports"]


def test_a_report_for_the_term(
    qtbot: QtBot, school: SmallSchool, page_for: PageFor, tasks: Tasks, tmp_path: Path
) -> None:
    log(school, 7)
    page = page_for("governor")
    assert page.choice.currentText() == "Spring term 2026 (so far)"
    assert page.summary.text().startswith("7 incidents so far.")
    page.choice.setFocus()
    page.activateWindow()
    with qtbot.waitSignal(page.preview.shown, timeout=20_000):
        qtbot.keyClick(page.choice, Qt.Key.Key_Return, Qt.KeyboardModifier.ControlModifier)
    settle(tasks)
    assert "Spring term 2026" in page.preview.text
    assert not page.bar.isVisible()
    assert page.make.isEnabled()
    # What the page calls the printed head is on the paper and in the audit chain.
    with school.database.reading() as session:
        number, head = session.execute(
            select(AuditEntry.seq, AuditEntry.hash).where(AuditEntry.action == "report.governors")
        ).one()
    assert f"audit entry {number:,}" in page.head.text()
    assert grouped(head) in page.head.text()
    assert head in page.preview.text.replace(" ", "").replace("\n", "")
    assert page.preview.paper is not None
    printer = pdf_print.printer_for(page.preview.paper.sizes, "Report")
    printer.setOutputFormat(QPrinter.OutputFormat.PdfFormat)
    printer.setOutputFileName(str(tmp_path / "report.pdf"))
    printer.setResolution(100)
    page.preview.print_on(printer)
    qtbot.waitUntil(page.preview.print_button.isEnabled, timeout=20_000)
    printed = pdf_pages.read((tmp_path / "report.pdf").read_bytes())
    assert len(printed.sizes) == len(page.preview.paper.sizes)


def test_small_numbers_are_said_to_be_hidden(school: SmallSchool, page_for: PageFor) -> None:
    log(school, 3)
    page = page_for("headteacher")
    assert page.summary.text().startswith("Fewer than 5 incidents so far.")
    assert "under the small-number rule" in page.summary.text()
    assert "3 incidents" not in page.summary.text()


def test_the_sentence_counts_what_the_report_hides(school: SmallSchool, page_for: PageFor) -> None:
    log(school, 9)
    ctx = school.ctx_for("headteacher")
    period = reports.parse_period("2026 spring")
    found = reports.governor_figures(ctx, period)
    few = sum(str(cell) == "Hidden.FEW" for cell in figures.cells(found))
    sentence = figures.sentence(period, found, ctx.today())
    assert (f"{few} figure" in sentence) if few else ("No figure had to be hidden" in sentence)


def test_one_page_for_the_term(qtbot: QtBot, school: SmallSchool, page_for: PageFor, tasks: Tasks) -> None:
    log(school, 7)
    page = page_for("governor")
    page.form.setCurrentIndex(1)
    with qtbot.waitSignal(page.preview.shown, timeout=20_000):
        page.make.click()
    settle(tasks)
    assert page.preview.paper is not None
    assert len(page.preview.paper.sizes) == 1
    assert "Social media at a glance: Spring term 2026" in page.preview.text


def test_the_figures_as_a_workbook(
    qtbot: QtBot, school: SmallSchool, desk_for: Callable[[str], Desk], tasks: Tasks, tmp_path: Path
) -> None:
    from openpyxl import load_workbook

    asked: list[str] = []

    def choose(_parent: QWidget, name: str, _kinds: str) -> str:
        asked.append(name)
        return str(tmp_path / "figures")

    log(school, 7)
    page = Page(desk_for("governor"), choose_file=choose)
    qtbot.addWidget(page)
    page.show()
    page.activate()
    settle(tasks)
    page.excel.click()
    assert not page.make.isEnabled()
    settle(tasks)
    assert asked == ["Governor report 2026 spring.xlsx"]
    book = load_workbook(tmp_path / "figures.xlsx")
    assert book.sheetnames[:3] == ["About", "Summary", "Incidents"]
    assert page.make.isEnabled()
    assert page.excel.isEnabled()


def test_no_place_chosen_writes_no_workbook(
    qtbot: QtBot, school: SmallSchool, desk_for: Callable[[str], Desk], tasks: Tasks
) -> None:
    page = Page(desk_for("governor"), choose_file=lambda _parent, _name, _kinds: "")
    qtbot.addWidget(page)
    page.show()
    page.activate()
    settle(tasks)
    page.excel.click()
    assert page.make.isEnabled()
    settle(tasks)


def test_an_empty_period_says_so(school: SmallSchool, page_for: PageFor, tasks: Tasks, qtbot: QtBot) -> None:
    log(school, 6, days_ago=200)
    page = page_for("chair")
    page.choose("2026 spring")
    settle(tasks)
    assert page.summary.text().startswith("No incident was received in this period so far.")
    with qtbot.waitSignal(page.preview.shown, timeout=20_000):
        page.make.click()
    settle(tasks)
    assert page.summary.text().startswith("No incident was received")


def test_a_school_year_can_be_chosen_and_a_new_incident_is_counted(
    school: SmallSchool, page_for: PageFor, tasks: Tasks
) -> None:
    log(school, 6)
    page = page_for("headteacher")
    page.choose("2025-26")
    settle(tasks)
    assert page.choice.currentText() == "School year 2025-26 (so far)"
    assert page.summary.text().startswith("6 incidents")
    log(school, 1, days_ago=2)
    page._desk.events.tell(frozenset({("incident", 1)}))
    settle(tasks)
    assert page.choice.currentText() == "School year 2025-26 (so far)"
    assert page.summary.text().startswith("7 incidents")


def test_cancelling_leaves_no_report_and_says_nothing(
    school: SmallSchool, page_for: PageFor, tasks: Tasks, monkeypatch: pytest.MonkeyPatch
) -> None:
    log(school, 6)
    page = page_for("headteacher")
    page.make.click()
    page.cancel.click()
    settle(tasks)
    assert page.make.isEnabled()
    assert page.preview.paper is None
    assert page.problems.sentences == []


def test_a_role_taken_away_meanwhile_is_told(
    school: SmallSchool, page_for: PageFor, tasks: Tasks, script: Script
) -> None:
    page = page_for("governor")
    admin = school.ctx_for("administrator")
    row = next(each for each in users.list_users(admin) if each.draft.login == "governor")
    with school.database.writing() as session:
        session.get_one(User, row.id).active = False
    page.make.click()
    settle(tasks)
    assert "account is closed" in page.problems.sentences[0]


def test_every_control_has_a_name(school: SmallSchool, page_for: PageFor) -> None:
    page = page_for("governor")
    for kind in (QAbstractButton, QComboBox, QLineEdit):
        for control in page.findChildren(kind):
            if control.isVisible() and not control.objectName().startswith("qt_"):
                assert control.objectName(), control
                assert control.accessibleName(), control.objectName()
