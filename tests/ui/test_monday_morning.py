"""A Monday morning by keyboard alone: from what is due to each form, done, and back (ACC-4, ACC-5, DOC-1)."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QDialog, QWidget
from pytestqt.qtbot import QtBot

from smdesk.policy.vocabulary import Step
from smdesk.services import letters, messages, steps, watching
from smdesk.services.incident_records import StepDraft
from smdesk.services.letter_records import LetterKind, LetterStatus
from smdesk.services.message_records import MessageDraft, MessageKind
from smdesk.ui.desk import Desk
from smdesk.ui.main_window import MainWindow
from smdesk.ui.pages.letters.dialogs import ApproveDialog
from smdesk.ui.pages.today.page import AFTER_A_CHANGE_MS, Page
from smdesk.ui.tasks import Tasks
from tests.support import due
from tests.support.pages import settle
from tests.support.school import SmallSchool

SATURDAY_NIGHT = datetime(2026, 3, 14, 22, 5, tzinfo=UTC)
MONDAY = datetime(2026, 3, 16, 8, 10, tzinfo=UTC)
ALT, CTRL = Qt.KeyboardModifier.AltModifier, Qt.KeyboardModifier.ControlModifier


class Morning:
    """A window somebody works in with the keyboard alone."""

    def __init__(self, window: MainWindow, tasks: Tasks) -> None:
        self.window, self.tasks = window, tasks
        self.wait()

    @property
    def today(self) -> Page:
        page: Any = self.window.page("today")
        return page

    def wait(self) -> None:
        settle(self.tasks)

    def press(self, key: Qt.Key, held: Qt.KeyboardModifier = Qt.KeyboardModifier.NoModifier) -> None:
        """A key, to whatever has the keyboard; in an open dialog, to that."""
        front = QApplication.activeModalWidget() or self.window
        front.activateWindow()
        QTest.qWaitForWindowActive(front)
        QTest.keyClick(front.focusWidget() or front, key, held)
        if held == ALT:
            QTest.qWait(150)  # a button pressed by its letter goes down, and up a moment later
        self.wait()

    def back(self) -> None:
        """Ctrl+1, and what has changed meanwhile."""
        self.press(Qt.Key.Key_1, CTRL)
        QTest.qWait(AFTER_A_CHANGE_MS + 50)
        self.wait()
        assert self.window.current_tab() == "today"

    def come_to(self, heading: str) -> None:
        """Alt+Down until the section with this heading is reached."""
        for _ in range(30):
            item = self.today.list.currentItem()
            head = item.parent() or item
            if self.headings()[self.today.list.indexOfTopLevelItem(head)].startswith(heading):
                return
            self.press(Qt.Key.Key_Down, ALT)
        raise AssertionError(f"{heading} was not reached; there are {self.headings()}")

    def headings(self) -> list[str]:
        return [title for title, why, _ in self.today.list.lines() if title.endswith(")") and not why]

    def shown(self, name: str) -> QWidget:
        """A widget that is to be seen, by its name."""
        for top in (QApplication.activeModalWidget(), self.window):
            found = [each for each in (top.findChildren(QWidget, name) if top else ()) if each.isVisible()]
            if found:
                return found[0]
        raise AssertionError(f"{name} is not to be seen")


@pytest.fixture
def morning_of(
    school: SmallSchool, desk_for: Callable[[str], Desk], qtbot: QtBot, tasks: Tasks
) -> Iterator[Callable[[str], Morning]]:
    def make(login: str) -> Morning:
        school.clock.now = MONDAY
        window = MainWindow(desk_for(login), "Brambleford Primary School")
        qtbot.addWidget(window, before_close_func=MainWindow.close_without_asking)
        window.resize(1366, 740)
        window.show()
        window.activateWindow()
        QTest.qWaitForWindowActive(window)
        return Morning(window, tasks)

    yield make
    settle(tasks)


def test_the_office_answers_and_looks(
    school: SmallSchool, morning_of: Callable[[str], Morning], tasks: Tasks
) -> None:
    ctx = school.ctx_for("business_manager")
    account = due.account(school, looked_on=MONDAY.date() - timedelta(days=1))
    school.clock.now = SATURDAY_NIGHT
    message = messages.save(
        ctx,
        MessageDraft(account, SATURDAY_NIGHT, MessageKind.COMPLAINT, "annaq_79", said="Nobody answers."),
    ).id
    morning = morning_of("business_manager")

    # The comment of Saturday night stands first, due by the end of the day, and the keyboard stands on it.
    assert morning.window.current_tab() == "today"
    assert morning.headings()[0] == "Comments and messages to answer (1)"
    title, why, when = morning.today.list.lines()[1]
    assert title == "Complaint from annaq_79 on @brambleford on Facebook"
    assert "Nobody answers." in why
    assert when == "due today"
    assert QApplication.focusWidget() is morning.today.list

    # Enter opens its form; it is acknowledged with the ready-made words.
    morning.press(Qt.Key.Key_Return)
    assert morning.window.current_tab() == "accounts"
    assert morning.shown("message_acknowledge").isVisible()
    morning.press(Qt.Key.Key_D, ALT)
    morning.press(Qt.Key.Key_Return, CTRL)
    record = messages.open_message(ctx, message)
    assert record.acknowledgement is not None

    # Back to what is left: nobody waits for a reply, the answer is still to come, the account still to be looked at.
    morning.back()
    assert not any(heading.startswith("Comments and messages to answer") for heading in morning.headings())
    assert "Comments and messages acknowledged, still to be answered (1)" in morning.headings()
    morning.come_to("Accounts to look at")
    morning.press(Qt.Key.Key_Return)
    assert morning.window.current_tab() == "accounts"
    assert morning.shown("watching_all_today").isEnabled()
    morning.press(Qt.Key.Key_L, ALT)
    assert [look.found for look in watching.looks(ctx, account, MONDAY.date(), MONDAY.date())] == [False]
    morning.back()
    assert not any(heading.startswith("Accounts to look at") for heading in morning.headings())


def test_the_headteacher_signs_a_letter(school: SmallSchool, morning_of: Callable[[str], Morning]) -> None:
    office = school.ctx_for("business_manager")
    incident = school.incident(summary="A post")
    day = school.clock.now.date()
    steps.record(office, incident, StepDraft(Step.TALK, school.people["anna"], day, "Talked"))
    letter = letters.draft(office, incident, LetterKind.WRITTEN_WARNING).id
    letters.submit(office, letter, letters.get(office, letter).version)
    morning = morning_of("headteacher")

    morning.come_to("Letters to sign")
    morning.press(Qt.Key.Key_Return)
    assert morning.window.current_tab() == "queue"
    assert "Written warning to Anna Quillfeather" in morning.shown("queue_list").currentItem().text()  # type: ignore[attr-defined]  # a list
    morning.press(Qt.Key.Key_Return, CTRL)
    assert isinstance(QApplication.activeModalWidget(), ApproveDialog)
    morning.press(Qt.Key.Key_Return, CTRL)
    assert letters.get(office, letter).status is LetterStatus.APPROVED
    morning.back()
    assert not any(heading.startswith("Letters to sign") for heading in morning.headings())


def test_every_target_leads_to_a_tab_that_takes_it(
    school: SmallSchool, morning_of: Callable[[str], Morning]
) -> None:
    """Each thing of a full morning is opened in turn; no page fails over it, and each stands in its own tab."""
    due.everything(school)
    morning = morning_of("headteacher")
    targets = [
        morning.today.list.topLevelItem(place).child(at).data(0, int(Qt.ItemDataRole.UserRole)).target
        for place in range(morning.today.list.topLevelItemCount())
        for at in range(morning.today.list.topLevelItem(place).childCount())
    ]
    assert len({target.tab for target in targets}) >= 5
    for target in targets:
        morning.today.open(target)
        morning.wait()
        assert morning.window.current_tab() == target.tab, target
        dialog = QApplication.activeModalWidget()
        if isinstance(dialog, QDialog):
            dialog.reject()
            morning.wait()
