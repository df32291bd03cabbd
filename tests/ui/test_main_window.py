"""The main window: who gets which tab, keys, badges, closing, drafts, and where it stands."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QAction, QGuiApplication
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QLabel, QWidget
from pytestqt.qtbot import QtBot

from smdesk.policy.vocabulary import Step
from smdesk.security.permissions import Role
from smdesk.services import letters, school, settings, steps
from smdesk.services.context import Context
from smdesk.services.incident_records import StepDraft
from smdesk.services.letter_records import LetterKind
from smdesk.ui import waiting
from smdesk.ui.desk import Desk
from smdesk.ui.main_window import MainWindow
from smdesk.ui.opening import WINDOW_KEY
from smdesk.ui.tabs import TABS, Tab, tabs_for
from smdesk.ui.tasks import Tasks
from tests.support.connections import declare, submit
from tests.support.pages import settle
from tests.support.school import SmallSchool
from tests.support.script import Script


class Page(QWidget):
    """A page that notes what the window asks of it."""

    def __init__(self, desk: Desk) -> None:
        super().__init__()
        self.desk = desk
        self.calls: list[Any] = []
        self.dirty = False
        self.fails = False

    def activate(self) -> None:
        self.calls.append("activate")

    def open_record(self, record_id: int) -> None:
        self.calls.append(record_id)

    def new_record(self) -> None:
        self.calls.append("new")

    def focus_search(self) -> None:
        self.calls.append("search")

    def unsaved(self) -> bool:
        return self.dirty

    def save_draft(self) -> None:
        if self.fails:
            raise RuntimeError("a bug in this page")
        self.calls.append("draft")


TEST_TABS = tuple(Tab(tab.name, tab.label, tab.permissions, Page) for tab in TABS)


@pytest.fixture
def window_for(desk_for: Callable[[str], Desk], qtbot: QtBot) -> Callable[..., MainWindow]:
    def make(login: str = "business_manager", **more: Any) -> MainWindow:
        window = MainWindow(desk_for(login), "Brambleford Primary School", tabs=TEST_TABS, **more)
        # A test ends without being asked about drafts.
        qtbot.addWidget(window, before_close_func=MainWindow.close_without_asking)
        window.show()
        window.activateWindow()
        QTest.qWaitForWindowActive(window)
        return window

    return make


def labels(window: MainWindow) -> list[str]:
    return [window._tabs.tabText(place) for place in range(window._tabs.count())]


OFFICE = [
    *("today", "incidents", "connections", "cases", "accounts", "reputation", "agreements"),
    *("people", "letters", "reports", "settings"),
]


@pytest.mark.parametrize(
    ("role", "names"),
    [
        (Role.BUSINESS_MANAGER, OFFICE),
        (Role.HEADTEACHER, [*OFFICE[:9], "queue", *OFFICE[9:]]),
        (Role.DSL, OFFICE),
        (Role.LEADERSHIP, ["today", "incidents", "cases", "accounts", "reputation", "letters"]),
        (Role.GOVERNOR, ["today", "reports"]),
        (
            Role.CHAIR_OF_GOVERNORS,
            ["today", "incidents", "connections", "letters", "queue", "reports", "settings"],
        ),
        (Role.ADMINISTRATOR, ["today", "settings"]),
    ],
)
def test_each_role_gets_its_tabs(role: Role, names: list[str]) -> None:
    assert [tab.name for tab in tabs_for(frozenset({role}))] == names


def test_only_the_tab_in_front_is_made(window_for: Callable[..., MainWindow]) -> None:
    window = window_for()
    assert list(window._pages) == ["today"]
    assert window.windowTitle().startswith("Today – Brambleford Primary School")
    QTest.keyClick(window, Qt.Key.Key_2, Qt.KeyboardModifier.ControlModifier)
    assert list(window._pages) == ["today", "incidents"]
    assert window.windowTitle().startswith("Incidents")
    assert window.page("incidents").calls == ["activate"]


def test_keys_reach_the_page_in_front(window_for: Callable[..., MainWindow], qtbot: QtBot) -> None:
    window = window_for()
    for key in (Qt.Key.Key_N, Qt.Key.Key_F):
        QTest.keyClick(window, key, Qt.KeyboardModifier.ControlModifier)
    assert window.page("today").calls[-2:] == ["new", "search"]
    with qtbot.waitSignal(window.lock_wanted):
        QTest.keyClick(window, Qt.Key.Key_L, Qt.KeyboardModifier.ControlModifier)
    with qtbot.waitSignal(window.help_wanted) as wanted:
        QTest.keyClick(window, Qt.Key.Key_F1)
    assert wanted.args == ["today"]


def test_pages_lead_to_each_other(window_for: Callable[..., MainWindow]) -> None:
    window = window_for()
    desk = window.page("incidents").desk
    desk.open_person(7)
    assert window.current_tab() == "people"
    assert window.page("people").calls[-1] == 7
    desk.open_exception(5)
    assert window.current_tab() == "connections"
    assert window.page("connections").calls[-1] == 5
    desk.open_letter(9)
    desk.set_badge("letters", 3)
    assert "Letters (3)" in labels(window)
    desk.set_badge("letters", 0)
    assert "Letters" in labels(window)


def test_a_tab_this_user_has_not_is_passed_over(window_for: Callable[..., MainWindow]) -> None:
    window = window_for("governor")
    assert labels(window) == ["Today", "Reports"]
    window.open_tab("incidents", 1)
    window.open_part("accounts", "messages", 1)
    assert window.current_tab() == "today"


def test_letters_that_wait_show_on_the_tab_of_whoever_decides_before_it_is_opened(
    school: SmallSchool, window_for: Callable[..., MainWindow], qtbot: QtBot
) -> None:
    office = school.ctx_for("business_manager")
    incident = school.incident()
    steps.record(
        office, incident, StepDraft(Step.TALK, school.people["anna"], school.clock.now.date(), "Talked")
    )
    letter = letters.draft(office, incident, LetterKind.WRITTEN_WARNING)
    letters.submit(office, letter.id, letter.version)
    window = window_for("headteacher")
    qtbot.waitUntil(lambda: "Letters (1)" in labels(window))
    letters.return_with_note(
        school.ctx_for("headteacher"), letter.id, letters.get(office, letter.id).version, "Please say when."
    )
    window._desk.events.tell(frozenset({("letter", letter.id)}))
    qtbot.waitUntil(lambda: "Letters" in labels(window))
    assert "letters" not in window._pages


def test_many_changes_at_once_are_counted_one_count_at_a_time(
    window_for: Callable[..., MainWindow], tasks: Tasks, monkeypatch: pytest.MonkeyPatch
) -> None:
    at_work: list[int] = []
    most: list[int] = []

    def counts(_ctx: Context, _shown: object) -> dict[str, int]:
        at_work.append(1)
        most.append(len(at_work))
        time.sleep(0.05)
        at_work.pop()
        return {"letters": len(most)}

    window = window_for("headteacher")
    settle(tasks)
    monkeypatch.setattr(waiting, "counts", counts)
    for number in range(20):
        window._desk.events.tell(frozenset({("letter", number)}))
    settle(tasks)
    assert most == [1, 1], "one for the first change, and one for all that came meanwhile"
    assert "Letters (2)" in labels(window)


def test_what_is_to_be_completed_shows_to_the_office_and_what_is_to_be_decided_to_the_headteacher(
    school: SmallSchool, window_for: Callable[..., MainWindow], qtbot: QtBot
) -> None:
    first = declare(school)
    declare(school, other="tariq")
    window = window_for("business_manager")
    qtbot.waitUntil(lambda: "Connections (2)" in labels(window))
    submit(school, first)
    window._desk.events.tell(frozenset({("exception", first)}))
    qtbot.waitUntil(lambda: "Connections (1)" in labels(window))
    head = window_for("headteacher")
    qtbot.waitUntil(lambda: "To decide (1)" in labels(head))
    assert "Connections" in labels(head)


def test_the_status_bar_says_who_and_where(window_for: Callable[..., MainWindow]) -> None:
    window = window_for(last_backup="Sat 2 May 2026, 15:30")
    said = [label.text() for label in window.statusBar().findChildren(QLabel)]
    assert "Ms B. Cedar · Business manager" in said
    assert "Brambleford Primary School" in said
    assert "Last backup: Sat 2 May 2026, 15:30" in said


def test_a_renamed_school_shows_at_once(window_for: Callable[..., MainWindow]) -> None:
    window = window_for()
    desk = window.page("incidents").desk
    record = school.get(desk.ctx)
    saved = school.save(desk.ctx, replace(record, name="Brambleford Academy"), record.version)
    desk.events.tell(saved.changes)
    assert desk.tasks.wait_all()
    assert "Brambleford Academy" in window.windowTitle()


def test_closing_with_something_unsaved_asks(window_for: Callable[..., MainWindow], script: Script) -> None:
    window = window_for()
    page = window.page("incidents")
    page.dirty = True
    script.will_answer("Go back")
    assert not window.close()
    assert "Incidents" in script.texts[0]
    script.will_answer("Keep as draft and close")
    assert window.close()
    assert page.calls[-1] == "draft"


def test_one_page_that_fails_does_not_cost_anothers_draft(window_for: Callable[..., MainWindow]) -> None:
    window = window_for()
    first, second = window.page("incidents"), window.page("people")
    first.dirty = second.dirty = True
    first.fails = True
    with pytest.raises(RuntimeError):
        window.save_drafts()
    assert second.calls == ["draft"]
    first.dirty = False


def test_the_window_comes_back_where_it_was(window_for: Callable[..., MainWindow]) -> None:
    window = window_for()
    window.resize(900, 500)
    window.move(20, 30)
    desk = window.page("incidents").desk
    window.close()
    assert desk.tasks.wait_all()
    kept = settings.get(desk.ctx, WINDOW_KEY)
    assert kept["at"][2:] == [900, 500]
    again = window_for(remembered=kept)
    assert (again.width(), again.height()) == (900, 500)


@pytest.mark.parametrize(
    "remembered",
    [
        {"at": [9000, 40, 900, 500]},
        {"at": [0, -3000, 900, 500]},
        {"at": [0, 0, 10, 10]},
        {"at": "nonsense"},
        {"at": [1, 2, 3]},
        "nonsense",
        None,
    ],
)
def test_a_place_off_the_screen_is_not_used(
    window_for: Callable[..., MainWindow], remembered: object
) -> None:
    window = window_for(remembered=remembered)
    room = QGuiApplication.primaryScreen().availableGeometry()
    assert room.intersects(window.geometry())
    assert window.width() >= 700


def test_drafts_are_offered_one_by_one(window_for: Callable[..., MainWindow]) -> None:
    window = window_for()
    when = datetime(2026, 5, 2, 13, 5, tzinfo=UTC)
    window.offer_drafts(
        [
            ("incident", 0, when),
            ("person", 4, when),
            ("exception", 0, when),
            ("incident.evidence", 0, when),
            ("settings.school", 0, when),
        ]
    )
    banner = window._drafts
    assert "a new incident, Sat 2 May 2026 at 14:05" in banner.text.text()
    assert "2 more" in banner.text.text()
    assert window.focusWidget() is banner.yes
    QTest.keyClick(banner.yes, Qt.Key.Key_Return)
    assert window.page("incidents").calls[-1] == "new"
    assert "changing a record of a person" in banner.text.text()
    banner.yes.click()
    assert window.page("people").calls[-1] == 4
    assert "a new declaration of a connection" in banner.text.text()
    banner.yes.click()
    assert window.page("connections").calls[-1] == "new"
    assert not banner.isVisible()


def test_a_draft_of_a_tab_this_user_lost_is_not_offered(window_for: Callable[..., MainWindow]) -> None:
    window = window_for("governor")
    window.offer_drafts([("incident", 0, datetime(2026, 5, 2, tzinfo=UTC))])
    assert not window._drafts.isVisible()


def test_every_menu_entry_has_a_name_and_no_two_share_a_key(window_for: Callable[..., MainWindow]) -> None:
    window = window_for()
    actions = [action for action in window.findChildren(QAction) if action.objectName().startswith("action_")]
    keys = [action.shortcut().toString() for action in actions if not action.shortcut().isEmpty()]
    assert len(keys) == len(set(keys))
    assert {"Ctrl+1", "Ctrl+9", "Ctrl+0", "Ctrl+PgDown", "Ctrl+N", "Ctrl+F", "Ctrl+L", "Ctrl+Q", "F1"} <= set(
        keys
    )
