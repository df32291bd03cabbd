"""Whoever signs in is told of decisions recorded on their behalf from paper, and led to them (CON-2)."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime

import pytest
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from smdesk.services import connection_decisions
from smdesk.ui.desk import Desk
from smdesk.ui.main_window import MainWindow
from smdesk.ui.pages.queue.page import Page
from smdesk.ui.pages.queue.paper_screen import PaperScreen
from smdesk.ui.paper_banner import PaperBanner
from smdesk.ui.tasks import Tasks
from tests.services.test_queue import paper
from tests.support import connections as make
from tests.support.school import SmallSchool

Signed = Callable[[str], MainWindow]


@pytest.fixture
def sign_in(desk_for: Callable[[str], Desk], qtbot: QtBot, tasks: Tasks) -> Signed:
    def make_window(login: str) -> MainWindow:
        window = MainWindow(desk_for(login), "Brambleford Primary School")
        qtbot.addWidget(window, before_close_func=MainWindow.close_without_asking)
        window.resize(1300, 720)
        window.show()
        window.activateWindow()
        QTest.qWaitForWindowActive(window)
        window._count_later.timeout.emit()  # in place of waiting for it
        window._count_later.stop()
        settle(tasks)
        return window

    return make_window


def settle(tasks: Tasks) -> None:
    for _ in range(6):
        QApplication.processEvents()
        assert tasks.wait_all()


def banner(window: MainWindow) -> PaperBanner:
    return window.findChild(PaperBanner)


def test_at_sign_in_it_leads_to_the_decision(school: SmallSchool, sign_in: Signed, tasks: Tasks) -> None:
    make.submit(school, make.declare(school))
    exception = paper(school, other="tariq")
    window = sign_in("headteacher")
    assert banner(window).isVisible()
    assert "A decision was recorded on your behalf from paper" in banner(window).text.text()
    banner(window).yes.click()
    settle(tasks)
    assert window.current_tab() == "queue"
    page = window.page("queue")
    assert isinstance(page, Page)
    screen = page.stack.currentWidget()
    assert isinstance(screen, PaperScreen)
    assert screen.matter is not None
    assert screen.matter.record.id == exception
    assert not banner(window).isVisible()


def test_several_are_counted_and_confirmed_ones_no_more(
    school: SmallSchool, sign_in: Signed, tasks: Tasks
) -> None:
    paper(school)
    paper(school, other="tariq")
    window = sign_in("headteacher")
    assert "2 decisions were recorded on your behalf" in banner(window).text.text()
    head = school.ctx_for("headteacher")
    for one in connection_decisions.to_confirm(head):
        saved = connection_decisions.confirm_paper(head, one.id)
        window._desk.events.tell(saved.changes)
        settle(tasks)
    assert not banner(window).isVisible()
    again = sign_in("headteacher")
    assert not banner(again).isVisible()


def test_not_now_puts_it_off_until_the_next_sign_in(
    school: SmallSchool, sign_in: Signed, tasks: Tasks
) -> None:
    exception = paper(school)
    window = sign_in("headteacher")
    banner(window).no.click()
    assert not banner(window).isVisible()
    window._desk.events.tell(frozenset({("exception", exception)}))
    window._count_later.timeout.emit()
    settle(tasks)
    assert not banner(window).isVisible()
    window.hide()
    assert banner(sign_in("headteacher")).isVisible()


@pytest.mark.parametrize("login", ["business_manager", "dsl", "chair", "governor"])
def test_nobody_else_is_told(school: SmallSchool, sign_in: Signed, login: str) -> None:
    paper(school)
    assert not banner(sign_in(login)).isVisible()


def test_a_decision_half_typed_before_locking_is_offered_back(
    school: SmallSchool, sign_in: Signed, tasks: Tasks
) -> None:
    from smdesk.services import drafts

    exception = make.submit(school, make.declare(school))
    head = school.ctx_for("headteacher")
    drafts.put(head, "decision", exception, {"kind": "refuse", "reason": "No need", "conditions": ""})
    window = sign_in("headteacher")
    window.offer_drafts([("decision", exception, datetime(2026, 3, 11, 9, 0, tzinfo=UTC))])
    assert "in the middle of a decision that is not signed yet" in window._drafts.text.text()
    window._drafts.yes.click()
    settle(tasks)
    page = window.page("queue")
    assert isinstance(page, Page)
    assert page.stack.currentWidget().panel.reason.toPlainText() == "No need"


def test_a_draft_of_what_somebody_else_decided_leads_to_the_record_and_is_forgotten(
    school: SmallSchool, sign_in: Signed, tasks: Tasks
) -> None:
    from smdesk.services import drafts

    exception = make.approved(school)
    head = school.ctx_for("headteacher")
    drafts.put(head, "decision", exception, {"kind": "refuse", "reason": "No need"})
    window = sign_in("headteacher")
    window.offer_drafts([("decision", exception, datetime(2026, 3, 11, 9, 0, tzinfo=UTC))])
    window._drafts.yes.click()
    settle(tasks)
    assert window.current_tab() == "connections"
    assert drafts.get(head, "decision", exception) is None
