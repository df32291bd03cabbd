"""Alt and an underlined letter: on no screen may it lead to two places, or Qt presses neither."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator
from datetime import timedelta

import pytest
from PySide6.QtGui import QKeySequence
from PySide6.QtWidgets import QAbstractButton, QApplication, QLabel, QTabBar, QWidget
from pytestqt.qtbot import QtBot

from smdesk.policy.vocabulary import Conduct, Step
from smdesk.services import letters, policies, steps
from smdesk.services.connection_records import DecisionKind
from smdesk.services.incident_records import StepDraft
from smdesk.services.letter_records import LetterKind
from smdesk.services.queue import QueueKind
from smdesk.ui.desk import Desk
from smdesk.ui.main_window import MainWindow
from smdesk.ui.pages.agreements.answer_dialog import AnswerDialog
from smdesk.ui.pages.agreements.page import Page as Agreements
from smdesk.ui.pages.agreements.person_answers_dialog import PersonAnswersDialog
from smdesk.ui.pages.agreements.policy_dialogs import PolicyDialog, VersionDialog
from smdesk.ui.pages.connections.page import Page as Connections
from smdesk.ui.pages.queue.page import Page as Queue
from smdesk.ui.pages.settings.page import ENTRIES
from smdesk.ui.pages.settings.page import Page as Settings
from smdesk.ui.tasks import Tasks
from tests.services.test_agreements import policy
from tests.services.test_queue import letter_waiting, paper, question_answered
from tests.support import connections as make
from tests.support.connections import decide, declare, submit
from tests.support.school import SmallSchool

Open = Callable[..., MainWindow]


@pytest.fixture
def window_for(desk_for: Callable[[str], Desk], qtbot: QtBot, tasks: Tasks) -> Iterator[Open]:
    def make(login: str, tab: str, record: int = 0) -> MainWindow:
        window = MainWindow(desk_for(login), "Brambleford")
        qtbot.addWidget(window, before_close_func=MainWindow.close_without_asking)
        window.resize(1300, 740)
        window.show()
        window.open_tab(tab, record)
        settle(tasks)
        return window

    yield make
    settle(tasks)


def settle(tasks: Tasks) -> None:
    for _ in range(6):
        QApplication.processEvents()
        assert tasks.wait_all()


def clashes(window: QWidget) -> list[str]:
    """The Alt keys of what is to be seen that lead to more than one place."""
    places = defaultdict(list)
    menus = window.menuBar().actions() if isinstance(window, MainWindow) else []
    for text in (*(action.text() for action in menus), *shown(window)):
        key = QKeySequence.mnemonic(text).toString()
        if key:
            places[key].append(text)
    return [f"{key}: {', '.join(texts)}" for key, texts in places.items() if len(texts) > 1]


def shown(window: QWidget) -> Iterator[str]:
    for widget in window.findChildren(QWidget):
        if not widget.isVisible() or widget.window() is not window:
            continue
        if isinstance(widget, QAbstractButton) or (isinstance(widget, QLabel) and widget.buddy() is not None):
            yield widget.text()
        elif isinstance(widget, QTabBar):
            yield from (widget.tabText(place) for place in range(widget.count()))


@pytest.mark.parametrize("login", ["business_manager", "headteacher"])
@pytest.mark.parametrize("tab", ["today", "incidents", "connections", "people", "letters", "reports"])
def test_lists(window_for: Open, school: SmallSchool, login: str, tab: str) -> None:
    school.incident(summary="A post")
    assert clashes(window_for(login, tab)) == []


@pytest.mark.parametrize("login", ["business_manager", "headteacher"])
def test_the_register_on_a_day(window_for: Open, school: SmallSchool, tasks: Tasks, login: str) -> None:
    window = window_for(login, "connections")
    page = window.page("connections")
    assert isinstance(page, Connections)
    page.show_day(school.clock.now.date())
    settle(tasks)
    assert page.day_bar.isVisible()
    assert clashes(window) == []


@pytest.mark.parametrize("login", ["business_manager", "headteacher"])
def test_an_exception_on_its_way(window_for: Open, school: SmallSchool, login: str) -> None:
    number = declare(school)
    assert clashes(window_for(login, "connections", number)) == []
    submit(school, number)
    assert clashes(window_for(login, "connections", number)) == []
    decide(school, number, DecisionKind.APPROVE)
    assert clashes(window_for(login, "connections", number)) == []


def test_what_waits_for_the_headteacher(window_for: Open, school: SmallSchool) -> None:
    submit(school, declare(school))
    assert clashes(window_for("headteacher", "queue")) == []


@pytest.mark.parametrize("login", ["business_manager", "headteacher"])
def test_an_incident_and_a_person(window_for: Open, school: SmallSchool, login: str) -> None:
    number = school.incident(summary="A post")
    assert clashes(window_for(login, "incidents", number)) == []
    assert clashes(window_for(login, "people", school.people["anna"])) == []


def test_a_letter_on_its_way(window_for: Open, school: SmallSchool) -> None:
    office, head = school.ctx_for("business_manager"), school.ctx_for("headteacher")
    number = school.incident(summary="A post")
    day = school.clock.now.date()
    steps.record(office, number, StepDraft(Step.TALK, school.people["anna"], day, "Talked at the gate"))
    letter = letters.draft(office, number, LetterKind.WRITTEN_WARNING).id

    def both() -> list[str]:
        return [
            clash
            for login in ("business_manager", "headteacher")
            for clash in clashes(window_for(login, "letters", letter))
        ]

    assert both() == []
    letters.submit(office, letter, letters.get(office, letter).version)
    assert both() == []
    letters.approve(head, letter, letters.get(head, letter).version)
    assert both() == []
    letters.issue(office, letter, letters.get(office, letter).version)
    assert both() == []


def test_the_queue(window_for: Open, school: SmallSchool, tasks: Tasks) -> None:
    """Each kind of thing that waits, with a decision taken up."""
    paper(school)
    make.submit(school, make.declare(school, other="tariq"))
    make.approved(school, adult="dsl", other="sam", review_on=school.clock.now.date() + timedelta(days=9))
    letter_waiting(school)
    question_answered(school, other="ben")
    school.incident(
        summary="Friend request", author="teacher", named="sam", conduct=(Conduct.CONTACT_REQUEST,)
    )
    window = window_for("headteacher", "queue")
    page = window.page("queue")
    assert isinstance(page, Queue)
    assert {item.kind for item in page.list.items} == set(QueueKind)
    for item in page.list.items:
        page._chosen(item)
        settle(tasks)
        assert clashes(window) == [], item
        panel = getattr(page.stack.currentWidget(), "panel", None)
        for kind, choice in panel.choices.items() if panel is not None else ():
            if choice.isVisible():
                panel.choose(kind)
                assert clashes(window) == [], kind
    for screen in page._screens.values():
        keeper = getattr(getattr(screen, "screen", screen), "keeper", None)
        if keeper is not None:
            keeper.stop()


@pytest.mark.parametrize("section", [entry.name for entry in ENTRIES])
def test_settings(window_for: Open, tasks: Tasks, section: str) -> None:
    for login in ("administrator", "headteacher"):
        window = window_for(login, "settings")
        page = window.page("settings")
        assert isinstance(page, Settings)
        page.show_section(section)
        settle(tasks)
        assert clashes(window) == [], login


@pytest.mark.parametrize("login", ["business_manager", "headteacher"])
def test_agreements(window_for: Open, school: SmallSchool, tasks: Tasks, login: str) -> None:
    number = policy(school)
    window = window_for(login, "agreements")
    page = window.page("agreements")
    assert isinstance(page, Agreements)
    assert clashes(window) == []
    page.open_record(number)
    settle(tasks)
    for place in range(3):
        page.part("policies").form().tabs.setCurrentIndex(place)
        assert clashes(window) == [], place
    page.open_part("outstanding")
    settle(tasks)
    assert clashes(window) == []
    record = policies.open_policy(school.ctx_for(login), number)
    for dialog in (
        PolicyDialog(page._desk, None, page),
        VersionDialog(page._desk, record, None, page),
        AnswerDialog(page._desk, number, (school.people["anna"],), page),
        PersonAnswersDialog(page._desk, number, school.people["anna"], page),
    ):
        dialog.open()
        settle(tasks)
        assert clashes(dialog) == []
        dialog.reject()
