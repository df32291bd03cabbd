"""Today on screen: sections, keys, one step to each form, an empty day, and figures only for a governor."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from smdesk.services import messages as message_service
from smdesk.ui.desk import Desk
from smdesk.ui.overdue_strip import OverdueStrip
from smdesk.ui.pages.today.page import Page
from smdesk.ui.tasks import Tasks
from tests.support import due
from tests.support.due import TODAY, at
from tests.support.pages import settle, shown
from tests.support.school import SmallSchool

Opened = list[tuple[str, str, int]]


@pytest.fixture
def page_for(
    desk_for: Callable[[str], Desk], qtbot: QtBot, tasks: Tasks
) -> Callable[..., tuple[Page, Opened]]:
    """The page of a user at the size asked for, and what it opens."""

    def make(login: str = "business_manager", width: int = 1200, height: int = 640) -> tuple[Page, Opened]:
        desk = desk_for(login)
        opened: Opened = []
        desk.open_part = lambda tab, part, number: opened.append((tab, part, number))
        desk.open_tab = lambda tab, number: opened.append((tab, "", number))
        desk.new_with = lambda tab, draft: opened.append((tab, "new", 0))
        return shown(Page(desk), qtbot, tasks, width, height), opened

    return make


@pytest.fixture
def busy(school: SmallSchool) -> dict[str, int]:
    """A school with comments, a place and a block that are due; the ids of what is told."""
    account = due.account(school, looked_on=TODAY)
    return {
        "late": due.message(school, account, at(11, 8)),
        "later": due.message(school, account, at(11, 16, 5), from_name="", kind="query"),
        "place": due.place(school, TODAY),
        "block": due.block(school, TODAY - timedelta(days=2)),
    }


def titles(page: Page) -> list[str]:
    return [title for title, _, _ in page.list.lines()]


def press(
    page: Page, tasks: Tasks, key: Qt.Key, more: Qt.KeyboardModifier = Qt.KeyboardModifier.NoModifier
) -> None:
    QTest.keyClick(QApplication.focusWidget() or page, key, more)
    settle(tasks)


def test_what_is_due_stands_in_sections_with_its_words(
    page_for: Callable[..., tuple[Page, Opened]], busy: dict[str, int]
) -> None:
    page, _ = page_for()
    assert page.greeting.text() == "Good morning, Ms B. Cedar"
    assert "Wednesday 11 March 2026, 09:30" in page.day.text()
    lines = page.list.lines()
    assert lines[0] == ("Comments and messages to answer (2)", "", "1 overdue")
    assert lines[1][0] == "Comment from Anna Quillfeather on @brambleford on Facebook"
    assert lines[1][2] == "1 hour 30 minutes overdue"
    assert lines[2][2] == "due today at 16:05"
    assert "Places to check (1)" in titles(page)
    assert "Blocks to review (1)" in titles(page)
    assert "overdue" in page.summary.text()


def test_the_keyboard_stands_on_the_first_thing_and_enter_opens_it(
    page_for: Callable[..., tuple[Page, Opened]], busy: dict[str, int], tasks: Tasks
) -> None:
    page, opened = page_for()
    assert QApplication.focusWidget() is page.list
    press(page, tasks, Qt.Key.Key_Return)
    press(page, tasks, Qt.Key.Key_Down)
    press(page, tasks, Qt.Key.Key_Enter)
    assert opened == [("accounts", "messages", busy["late"]), ("accounts", "messages", busy["later"])]


def test_sections_are_gone_through_and_folded_by_keys(
    page_for: Callable[..., tuple[Page, Opened]], busy: dict[str, int], tasks: Tasks
) -> None:
    page, opened = page_for()
    alt = Qt.KeyboardModifier.AltModifier
    seen = []
    for _ in range(10):
        press(page, tasks, Qt.Key.Key_Down, alt)
        seen.append(page.list.current_key())
    assert f"place-reputation-{busy['place']}" in seen
    assert seen[-1] == seen[-2]  # the last section
    for _ in range(10):
        press(page, tasks, Qt.Key.Key_Up, alt)
    press(page, tasks, Qt.Key.Key_Up)
    press(page, tasks, Qt.Key.Key_Left)
    press(page, tasks, Qt.Key.Key_Down)
    assert page.list.current_key() != f"reply-accounts-{busy['late']}"
    page.reload()
    settle(tasks)
    assert not page.list.topLevelItem(0).isExpanded()  # folded in stays so
    press(page, tasks, Qt.Key.Key_Home)
    press(page, tasks, Qt.Key.Key_Return)
    assert opened == [("accounts", "messages", 0)]


def test_one_click_opens(
    page_for: Callable[..., tuple[Page, Opened]], busy: dict[str, int], tasks: Tasks
) -> None:
    page, opened = page_for()
    row = page.list.topLevelItem(0).child(1)
    QTest.mouseClick(
        page.list.viewport(), Qt.MouseButton.LeftButton, pos=page.list.visualItemRect(row).center()
    )
    assert opened == [("accounts", "messages", busy["later"])]


def test_the_rest_of_a_long_section_opens_as_its_list(
    page_for: Callable[..., tuple[Page, Opened]], school: SmallSchool, tasks: Tasks
) -> None:
    account = due.account(school)
    for minute in range(12):
        due.message(school, account, at(11, 14, minute))
    page, opened = page_for()
    assert "4 more: open the list" in titles(page)
    page.list.come_to("section-reply-more")
    press(page, tasks, Qt.Key.Key_Return)
    assert opened == [("accounts", "messages", 0)]


def test_what_was_done_goes_and_the_next_thing_takes_its_place(
    page_for: Callable[..., tuple[Page, Opened]], school: SmallSchool, busy: dict[str, int], tasks: Tasks
) -> None:
    page, _ = page_for()
    assert page.list.current_key() == f"reply-accounts-{busy['late']}"
    ctx = school.ctx_for("business_manager")
    saved = message_service.acknowledge(
        ctx, busy["late"], 1, school.clock.now, "Ms B. Cedar", "We have seen this."
    )
    page._desk.events.tell(saved.changes)
    QTest.qWait(300)
    settle(tasks)
    assert page.list.lines()[0] == ("Comments and messages to answer (1)", "", "")
    assert page.list.current_key() == f"reply-accounts-{busy['later']}"
    assert QApplication.focusWidget() is page.list


def test_a_clock_that_runs_out_shows_without_a_change(
    page_for: Callable[..., tuple[Page, Opened]], school: SmallSchool, busy: dict[str, int], tasks: Tasks
) -> None:
    page, _ = page_for()
    assert page._minute.isActive()
    school.clock.forward(hours=8)
    page._minute.timeout.emit()
    settle(tasks)
    assert page.list.lines()[0][2] == "2 overdue"
    assert page.greeting.text().startswith("Good afternoon")
    page.hide()
    assert not page._minute.isActive()


def test_a_day_on_which_nothing_is_due_says_so_and_what_comes(
    page_for: Callable[..., tuple[Page, Opened]], school: SmallSchool, tasks: Tasks
) -> None:
    place = due.place(school, TODAY + timedelta(days=9))
    page, opened = page_for()
    assert page.front.currentWidget() is page.done
    assert page.summary.text() == "Nothing is due, and nothing is overdue."
    assert page.done.coming.lines()[1] == ("Check what is said: Town reviews", "", "due on 20 March 2026")
    assert QApplication.focusWidget() is page.done.coming
    press(page, tasks, Qt.Key.Key_Return)
    assert opened == [("reputation", "places", place)]
    assert not page.print.isEnabled()


def test_a_governor_is_led_to_the_figures(
    page_for: Callable[..., tuple[Page, Opened]], busy: dict[str, int], tasks: Tasks
) -> None:
    page, opened = page_for("governor")
    assert page.front.currentWidget() is page.figures
    assert not page.print.isVisible()
    assert not page.calendar.isVisible()
    press(page, tasks, Qt.Key.Key_Return)
    assert opened == [("reports", "", 0)]


def test_an_administrator_is_led_to_the_settings(
    page_for: Callable[..., tuple[Page, Opened]], busy: dict[str, int], tasks: Tasks
) -> None:
    page, opened = page_for("administrator")
    press(page, tasks, Qt.Key.Key_Return)
    assert opened == [("settings", "", 0)]


def test_the_printed_one_opens_on_the_screen(
    page_for: Callable[..., tuple[Page, Opened]], busy: dict[str, int], tasks: Tasks, qtbot: QtBot
) -> None:
    page, _ = page_for()
    page.print.click()
    settle(tasks)
    preview = QApplication.activeModalWidget()
    assert preview is not None
    assert preview.windowTitle() == "What is due today"
    assert page.print.isEnabled()
    preview.close()
    settle(tasks)


def test_a_name_that_looks_like_markup_is_shown_as_it_is(
    page_for: Callable[..., tuple[Page, Opened]], school: SmallSchool
) -> None:
    due.message(school, due.account(school), at(11, 16), from_name="<b>Bold</b>", said="<img src=x>")
    page, _ = page_for()
    title, why, _ = page.list.lines()[1]
    assert "<b>Bold</b>" in title
    assert "<img src=x>" in why
    item = page.list.topLevelItem(0).child(0)
    assert "<img" not in item.toolTip(0)
    assert "<b>Bold</b>" in item.data(0, Qt.ItemDataRole.AccessibleTextRole)


# Overdue, on every tab


@pytest.fixture
def strip_for(
    desk_for: Callable[[str], Desk], qtbot: QtBot, tasks: Tasks
) -> Callable[[str], tuple[OverdueStrip, Opened]]:
    def make(login: str) -> tuple[OverdueStrip, Opened]:
        desk = desk_for(login)
        opened: Opened = []
        desk.open_part = lambda tab, part, number: opened.append((tab, part, number))
        strip = OverdueStrip(desk)
        qtbot.addWidget(strip)
        strip.resize(900, 40)
        strip.load()
        settle(tasks)
        return strip, opened

    return make


def test_an_overdue_comment_is_said_until_it_is_answered(
    strip_for: Callable[[str], tuple[OverdueStrip, Opened]],
    school: SmallSchool,
    busy: dict[str, int],
    tasks: Tasks,
) -> None:
    strip, opened = strip_for("leadership")
    assert strip.text.text() == (
        "A comment on school accounts is past the time for a reply: 1 hour 30 minutes overdue."
    )
    strip.show_button.click()
    assert opened == [("accounts", "messages", busy["late"])]
    school.clock.forward(hours=8)
    strip.load()
    settle(tasks)
    assert strip.text.text().startswith("2 comments on school accounts are past")
    for name in ("late", "later"):
        saved = message_service.acknowledge(
            school.ctx_for("dsl"), busy[name], 1, school.clock.now, "Mr D. Birch", "We have seen this."
        )
        strip._desk.events.tell(saved.changes)
    settle(tasks)
    assert strip.isHidden()


@pytest.mark.parametrize("login", ["chair", "governor", "administrator"])
def test_who_does_not_look_after_accounts_is_not_told(
    strip_for: Callable[[str], tuple[OverdueStrip, Opened]], busy: dict[str, int], login: str
) -> None:
    assert strip_for(login)[0].isHidden()
