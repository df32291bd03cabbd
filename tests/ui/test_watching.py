"""Watching the accounts from the window: one click, the strip, the rota, cover and the calendar (ACC-4)."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path
from typing import TypeVar

import pytest
from icalendar import Calendar
from PySide6.QtCore import Qt
from PySide6.QtGui import QAccessible
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QDialog, QPushButton, QWidget
from pytestqt.qtbot import QtBot

from smdesk.db.models import SchoolAccount
from smdesk.policy.vocabulary import PersonKind
from smdesk.policy.watching import Cell, Mark
from smdesk.services import watching, watching_rota
from smdesk.services.message_records import MessageDraft
from smdesk.services.people_records import PersonHit
from smdesk.services.watching_records import CoverDraft, OnRota
from smdesk.ui.calendar_dialog import CalendarDialog
from smdesk.ui.desk import Desk
from smdesk.ui.pages.accounts.cover_dialogs import CoverDialog, CoversDialog, NameCoverDialog
from smdesk.ui.pages.accounts.look_dialogs import LookDialog, LooksDialog
from smdesk.ui.pages.accounts.rota_dialog import RotaDialog
from smdesk.ui.pages.accounts.watching_view import WatchingView
from smdesk.ui.tasks import Tasks
from smdesk.ui.widgets.heat_strip import HeatStrip, cell_words
from smdesk.ui.widgets.service_dialog import ReasonService
from tests.support.pages import settle
from tests.support.pages import shown as on_screen
from tests.support.school import SmallSchool
from tests.support.script import Script
from tests.support.watching import TODAY, account, looked, put_on_rota, turn, version
from tests.ui.test_accessible import nameless

DeskFor = Callable[[str], Desk]
D = TypeVar("D", bound=QDialog)
YESTERDAY = TODAY - timedelta(days=1)


class Screen:
    def __init__(self, qtbot: QtBot, desk: Desk, tasks: Tasks) -> None:
        self.bot, self.desk, self.tasks = qtbot, desk, tasks
        self.drafts: list[tuple[str, object]] = []
        desk.new_with = lambda tab, draft: self.drafts.append((tab, draft))
        self.view = on_screen(WatchingView(desk), qtbot, tasks, 1300, 700)
        self.view.activateWindow()
        QTest.qWaitForWindowActive(self.view)

    def click(self, widget: QWidget) -> None:
        self.bot.mouseClick(widget, Qt.MouseButton.LeftButton)
        settle(self.tasks)

    def key(self, widget: QWidget, key: Qt.Key, *, ctrl: bool = False) -> None:
        held = Qt.KeyboardModifier.ControlModifier if ctrl else Qt.KeyboardModifier.NoModifier
        self.bot.keyClick(widget, key, held)
        settle(self.tasks)

    def alt(self, key: Qt.Key, pressed: QPushButton) -> None:
        """By its underlined letter a button stays down for a moment before it counts as pressed."""
        with self.bot.waitSignal(pressed.clicked):
            self.bot.keyClick(self.view, key, Qt.KeyboardModifier.AltModifier)
        settle(self.tasks)

    def dialog(self, kind: type[D], parent: QWidget | None = None) -> D:
        (found,) = (each for each in (parent or self.view).findChildren(kind) if each.isVisible())
        return found

    def undo(self) -> QPushButton:
        found = self.view.findChild(QPushButton, "watching_undo")
        assert isinstance(found, QPushButton)
        return found


@pytest.fixture
def screen(school: SmallSchool, qtbot: QtBot, desk_for: DeskFor, tasks: Tasks) -> Callable[..., Screen]:
    def make(login: str = "business_manager") -> Screen:
        return Screen(qtbot, desk_for(login), tasks)

    return make


MakeScreen = Callable[..., Screen]


def person(school: SmallSchool, key: str, name: str) -> PersonHit:
    return PersonHit(school.people[key], name, PersonKind.STAFF, "", False)


# One click


def test_one_click_writes_it_down_and_one_more_takes_it_back(screen: MakeScreen, school: SmallSchool) -> None:
    page = account(school)
    account(school, "friends", "instagram")
    here = screen()
    row = here.view.row(page)
    assert row is not None
    assert here.view.summary.text() == "Wednesday 11 March: 0 of 2 accounts looked at so far."
    assert row.chip.text.startswith("Nobody for")
    row.look.setFocus()
    here.click(row.look)
    assert row.chip.text == "Looked at today"
    assert row.strip.current().mark is Mark.LOOKED
    assert here.view.row(page) is row  # not drawn anew: the keyboard is where it was
    assert here.view.summary.text().endswith("1 of 2 accounts looked at so far.")
    (look,) = watching.looks(here.desk.ctx, page, TODAY, TODAY)
    assert (look.looked_by, look.found) == ("Ms B. Cedar", False)
    here.click(here.undo())
    (look,) = watching.looks(here.desk.ctx, page, TODAY, TODAY)
    assert look.withdrawn_reason == "Pressed by mistake"
    assert row.strip.current().mark is Mark.TODAY
    assert not here.view.done.isVisible()


def test_all_of_todays_by_keyboard(screen: MakeScreen, school: SmallSchool) -> None:
    pages = [account(school, f"page{number}") for number in range(3)]
    looked(school, pages[0], TODAY)
    here = screen("leadership")
    here.alt(Qt.Key.Key_L, here.view.all_today)
    assert here.view.summary.text() == "Wednesday 11 March: 3 accounts asked for, all looked at."
    assert not here.view.all_today.isEnabled()
    assert [len(watching.looks(here.desk.ctx, each, TODAY, TODAY)) for each in pages] == [1, 1, 1]
    here.alt(Qt.Key.Key_U, here.undo())
    assert len(watching.board(here.desk.ctx).to_do) == 2  # what somebody else wrote down stays


def test_an_account_closed_meanwhile_is_told_in_words(
    screen: MakeScreen, school: SmallSchool, script: Script
) -> None:
    page = account(school)
    here = screen()
    with school.database.writing() as session:
        session.get_one(SchoolAccount, page).closed_on = TODAY
    row = here.view.row(page)
    assert row is not None
    here.click(row.look)
    assert "was closed on 11 March 2026" in script.take().text
    assert here.view.empty.isVisible()


def test_without_accounts_there_is_something_to_read(screen: MakeScreen) -> None:
    here = screen()
    assert here.view.empty.isVisible()
    assert not here.view.all_today.isEnabled()
    here.view.new_record()
    here.view.focus_search()


def test_whoever_looks_elsewhere_is_seen_here(screen: MakeScreen, school: SmallSchool) -> None:
    page = account(school)
    here = screen()
    saved = watching.look(school.ctx_for("dsl"), [page])
    here.desk.events.tell(saved.changes)
    settle(here.tasks)
    row = here.view.row(page)
    assert row is not None
    assert "Looked at by Mr D. Birch." in row.who.text()
    school.clock.forward(days=1)
    here.view.activate()
    settle(here.tasks)
    assert here.view.summary.text().startswith("Thursday 12 March")
    assert row.chip.text == "To look at today"


# Found something


def test_what_was_found_goes_on_to_the_messages(
    screen: MakeScreen, school: SmallSchool, script: Script
) -> None:
    page = account(school)
    here = screen()
    row = here.view.row(page)
    assert row is not None
    here.click(row.find)
    dialog = here.dialog(LookDialog)
    here.key(dialog, Qt.Key.Key_Return, ctrl=True)
    assert dialog.problems.sentences == ["Say in a few words what was found."]
    dialog.note.setPlainText("A rude comment under the sports day picture")
    script.will_answer("Log a message")
    here.key(dialog, Qt.Key.Key_Return, ctrl=True)
    assert here.drafts == [("accounts", MessageDraft(account_id=page))]
    assert row.chip.text == "Found something today"
    assert watching.looks(here.desk.ctx, page, TODAY, TODAY)[0].found


def test_another_day_and_somebody_else(screen: MakeScreen, school: SmallSchool) -> None:
    page = account(school)
    here = screen()
    here.view.new_record()
    settle(here.tasks)
    dialog = here.dialog(LookDialog)
    dialog.nothing.setChecked(True)
    dialog.on.set_text("tomorrow-ish")
    here.key(dialog, Qt.Key.Key_Return, ctrl=True)
    assert "is not a date" in dialog.problems.sentences[0]
    dialog.on.set_day(YESTERDAY)
    dialog.who.setText("Tim")
    here.key(dialog, Qt.Key.Key_Return, ctrl=True)
    assert "Choose who looked from the list" in dialog.problems.sentences[0]
    dialog.who.set_person(person(school, "teacher", "Tim Hazel"))
    here.key(dialog, Qt.Key.Key_Return, ctrl=True)
    (look,) = watching.looks(here.desk.ctx, page, YESTERDAY, TODAY)
    assert (look.looked_on, look.looked_by, look.found) == (YESTERDAY, "Tim Hazel", False)
    assert here.drafts == []


# The strip


def test_the_strip_is_gone_through_with_the_arrow_keys_and_heard(
    screen: MakeScreen, school: SmallSchool
) -> None:
    page = account(school, opened_on=date(2026, 3, 2))
    looked(school, page, date(2026, 3, 9))
    here = screen()
    row = here.view.row(page)
    assert row is not None
    strip = row.strip
    strip.setFocus()
    assert row.words.text() == "Looked at on 1 of 9 days; gaps: 2 to 8 March and 10 March 2026."
    assert strip.accessibleDescription() == row.words.text()
    here.key(strip, Qt.Key.Key_Left)
    here.key(strip, Qt.Key.Key_Left)
    assert strip.current().day == date(2026, 3, 9)
    assert strip.accessibleName().endswith("Monday 9 March 2026: looked at")
    here.key(strip, Qt.Key.Key_PageUp)
    assert cell_words(strip.current()) == "Monday 2 March 2026: nobody looked"
    here.key(strip, Qt.Key.Key_Home)
    assert strip.current().mark is Mark.OUTSIDE
    here.key(strip, Qt.Key.Key_Left)
    here.key(strip, Qt.Key.Key_End)
    assert strip.current().mark is Mark.TODAY
    assert QAccessible.queryAccessibleInterface(strip) is not None
    strip.go_to(date(2026, 3, 9))
    here.key(strip, Qt.Key.Key_Return)
    dialog = here.dialog(LooksDialog)
    assert dialog.table.current().what.looked_on == date(2026, 3, 9)
    dialog.close()


def test_a_click_on_a_day_chooses_it(qtbot: QtBot) -> None:
    strip = HeatStrip("strip", "Three days")
    qtbot.addWidget(strip)
    strip.resize(300, strip.sizeHint().height())
    strip.show()
    days = [Cell(TODAY + timedelta(days=each), Mark.LOOKED, True) for each in range(3)]
    strip.show_cells(days, "Looked at on 3 of 3 days; no gaps.")
    heard: list[object] = []
    strip.chosen.connect(heard.append)
    qtbot.mouseClick(strip, Qt.MouseButton.LeftButton, pos=strip.box_of(1).center().toPoint())
    assert heard == [TODAY + timedelta(days=1)]
    # The same day stays chosen when another one joins.
    strip.show_cells([*days, Cell(TODAY + timedelta(days=3), Mark.TODAY, True)], "")
    assert strip.current().day == TODAY + timedelta(days=1)
    pixels = strip.grab().toImage()
    box = strip.box_of(0).center().toPoint()
    other = strip.box_of(3).center().toPoint()
    assert pixels.pixelColor(box) != pixels.pixelColor(other)


def test_every_day_of_a_strip_looks_different_without_colour(qtbot: QtBot) -> None:
    strip = HeatStrip("strip", "Every mark")
    qtbot.addWidget(strip)
    marks = [Mark.LOOKED, Mark.FOUND, Mark.MISSED, Mark.TODAY, Mark.NOT_ASKED, Mark.OUTSIDE]
    strip.resize(200, strip.sizeHint().height())
    strip.show()
    strip.show_cells([Cell(TODAY + timedelta(days=n), mark, True) for n, mark in enumerate(marks)], "")
    image = strip.grab().toImage()
    ratio = image.devicePixelRatio()
    seen = set()
    for place in range(len(marks)):
        box = strip.box_of(place).toAlignedRect()
        greys = tuple(
            image.pixelColor(int(x * ratio), int(y * ratio)).lightness() // 64
            for x in range(box.left() + 3, box.right() - 2)
            for y in range(box.top(), box.bottom())
        )
        seen.add(greys)
    assert len(seen) == len(marks)


def test_a_slip_is_taken_back_from_the_list(screen: MakeScreen, school: SmallSchool) -> None:
    page = account(school)
    looked(school, page, YESTERDAY, TODAY)
    here = screen()
    row = here.view.row(page)
    assert row is not None
    here.click(row.history)
    dialog = here.dialog(LooksDialog)
    assert dialog.table.rowCount() == 2
    assert dialog.table.current().what.looked_on == TODAY
    here.click(dialog.take_back)
    asked = here.dialog(ReasonService, dialog)
    asked.edit.setPlainText("That was the other page")
    here.click(asked.ok)
    assert dialog.table.current().struck
    assert "Taken back: That was the other page" in dialog.table.item(0, 1).text()
    assert not dialog.take_back.isEnabled()
    assert row.strip.current().mark is Mark.TODAY
    dialog.close()


# Rota


def test_a_rota_is_made_by_clicking(screen: MakeScreen, school: SmallSchool) -> None:
    page = account(school)
    here = screen()
    row = here.view.row(page)
    assert row is not None
    assert row.who.text() == "Nobody is on the rota; the policy asks for every day, holidays included."
    here.click(row.rota)
    dialog = here.dialog(RotaDialog)
    (first,) = dialog.lines
    first.picker.set_person(person(school, "teacher", "Tim Hazel"))
    here.click(first.week)
    assert dialog.lacks.text().startswith("Nobody looks on Saturday and Sunday")
    here.click(dialog.add)
    second = dialog.lines[1]
    second.picker.setText("Bea")
    here.click(dialog.ok)
    assert dialog.problems.sentences == ["Line 2: choose who looks from the list of people found."]
    second.picker.set_person(person(school, "office", "Bea Cedar"))
    here.click(dialog.ok)
    assert dialog.problems.sentences == ["Bea Cedar: tick at least one day of the week."]
    for box in second.days[5:]:
        box.setChecked(True)
    assert dialog.lacks.text() == ""
    here.click(dialog.ok)
    assert row.who.text() == (
        "Today: Tim Hazel. Rota: Tim Hazel Monday to Friday; Bea Cedar Saturday and Sunday."
    )
    here.click(row.rota)
    again = here.dialog(RotaDialog)
    assert [line.chosen_days() for line in again.lines] == [31, 96]
    here.click(again.lines[0].remove)
    here.click(again.ok)
    assert [turn.name for turn in watching_rota.rota(here.desk.ctx, page).turns] == ["Bea Cedar"]


def test_a_rota_changed_meanwhile_is_shown_before_it_is_written_over(
    screen: MakeScreen, school: SmallSchool, monkeypatch: pytest.MonkeyPatch
) -> None:
    page = account(school)
    here = screen()
    row = here.view.row(page)
    assert row is not None
    here.click(row.rota)
    dialog = here.dialog(RotaDialog)
    dialog.lines[0].picker.set_person(person(school, "dsl", "Dan Birch"))
    here.click(dialog.lines[0].every)
    put_on_rota(school, page, turn(school, "teacher"))
    answers = ["back", "mine"]
    told = []

    def choose(conflict: object, parent: object) -> str:
        told.append(conflict)
        return answers.pop(0)

    monkeypatch.setattr("smdesk.ui.pages.accounts.rota_dialog.ask_conflict", choose)
    here.click(dialog.ok)
    assert dialog.isVisible()
    assert dialog.ok.isEnabled()
    here.click(dialog.ok)
    assert len(told) == 2
    assert [turn.name for turn in watching_rota.rota(here.desk.ctx, page).turns] == ["Dan Birch"]


def test_what_was_ticked_is_not_thrown_away_unasked(
    screen: MakeScreen, school: SmallSchool, script: Script
) -> None:
    page = account(school)
    here = screen()
    row = here.view.row(page)
    assert row is not None
    here.click(row.rota)
    dialog = here.dialog(RotaDialog)
    here.click(dialog.lines[0].every)
    script.will_answer("Go on writing", "Close")
    here.click(dialog.cancel)
    assert dialog.isVisible()
    here.click(dialog.cancel)
    assert watching_rota.rota(here.desk.ctx, page).turns == ()


def test_a_leader_reads_the_rota_and_does_not_change_it(screen: MakeScreen, school: SmallSchool) -> None:
    page = account(school)
    put_on_rota(school, page, turn(school, "teacher"))
    here = screen("leadership")
    row = here.view.row(page)
    assert row is not None
    here.click(row.rota)
    dialog = here.dialog(RotaDialog)
    assert not dialog.ok.isVisible()
    assert not dialog.lines[0].days[0].isEnabled()
    dialog.close()
    assert version(school, page) == 2


# Cover


def test_an_absence_is_written_down_covered_and_ended(
    screen: MakeScreen, school: SmallSchool, script: Script
) -> None:
    page = account(school)
    put_on_rota(school, page, turn(school, "teacher"))
    here = screen()
    here.alt(Qt.Key.Key_V, here.view.cover)
    listed = here.dialog(CoversDialog)
    here.click(listed.add)
    dialog = here.dialog(CoverDialog, listed)
    here.click(dialog.ok)
    assert dialog.problems.sentences == ["Say until which day; the last day away is meant."]
    dialog.until_on.set_day(TODAY + timedelta(days=1))
    here.click(dialog.ok)
    assert here.view.warnings.text.text() == (
        "Tim Hazel is away and nobody covers: @bramblefordprimary on Facebook, 11 to 12 March 2026."
    )
    assert listed.table.cell_texts()[0][:3] == ["Tim Hazel", "11 to 12 March 2026", "Nobody yet"]
    here.click(listed.name_cover)
    naming = here.dialog(NameCoverDialog, listed)
    naming.cover.set_person(person(school, "office", "Bea Cedar"))
    here.click(naming.ok)
    assert listed.table.cell_texts()[0][2] == "Bea Cedar"
    row = here.view.row(page)
    assert row is not None
    assert row.who.text().startswith("Today: Bea Cedar, instead of Tim Hazel.")
    assert not here.view.warnings.isVisible()
    script.will_answer("They are back")
    here.click(listed.end)
    assert listed.table.rowCount() == 0
    assert row.who.text().startswith("Today: Tim Hazel.")
    listed.close()


def test_without_a_rota_nobody_can_be_away(screen: MakeScreen, school: SmallSchool) -> None:
    account(school)
    here = screen()
    here.click(here.view.cover)
    listed = here.dialog(CoversDialog)
    assert not listed.add.isEnabled()
    assert "Nobody stands on the rota" in listed.none.text()
    listed.close()


def test_the_accounts_of_whoever_is_away_are_offered(
    qtbot: QtBot, desk_for: DeskFor, school: SmallSchool
) -> None:
    people = [OnRota(1, "Ada", ((7, "@one on X"),)), OnRota(2, "Bob", ((7, "@one on X"), (8, "@two on X")))]
    dialog = CoverDialog(desk_for("dsl"), people)
    qtbot.addWidget(dialog)
    dialog.absent.setCurrentIndex(1)
    assert [dialog.account.itemData(place) for place in range(dialog.account.count())] == [None, 7, 8]
    dialog.absent.setCurrentIndex(0)
    assert dialog.account.count() == 2


# Calendar


def test_the_calendar_is_saved(
    qtbot: QtBot, desk_for: DeskFor, school: SmallSchool, tasks: Tasks, tmp_path: Path, script: Script
) -> None:
    page = account(school)
    put_on_rota(school, page, turn(school, "office"))
    asked: list[str] = []
    places = ["", str(tmp_path / "ours")]

    def choose(parent: QWidget, name: str, kinds: str) -> str:
        asked.append(name)
        return places.pop(0)

    dialog = CalendarDialog(desk_for("business_manager"), choose_file=choose)
    dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose, False)
    qtbot.addWidget(dialog)
    dialog.open()
    dialog.rota.setChecked(False)
    dialog.due.setChecked(False)
    qtbot.mouseClick(dialog.ok, Qt.MouseButton.LeftButton)
    assert "Choose what the calendar is to hold" in dialog.problems.sentences[0]
    dialog.rota.setChecked(True)
    dialog.mine.setChecked(True)
    dialog.weeks.setValue(2)
    qtbot.mouseClick(dialog.ok, Qt.MouseButton.LeftButton)
    settle(tasks)
    assert dialog.isVisible()  # no file was chosen: nothing typed is lost
    qtbot.mouseClick(dialog.ok, Qt.MouseButton.LeftButton)
    settle(tasks)
    assert asked[0] == "SM Desk calendar 2026-03-11.ics"
    assert script.take().text == "Saved as “ours.ics”."
    calendar = Calendar.from_ical((tmp_path / "ours.ics").read_bytes())
    assert len(list(calendar.walk("VEVENT"))) == 14


# For everybody


def test_everything_has_a_name(screen: MakeScreen, school: SmallSchool, qtbot: QtBot) -> None:
    page = account(school)
    account(school, "friends")
    put_on_rota(school, page, turn(school, "teacher"))
    watching_rota.add_cover(school.ctx_for("dsl"), CoverDraft(school.people["teacher"], None, TODAY, TODAY))
    here = screen()
    assert nameless(here.view) == []
    row = here.view.row(page)
    assert row is not None
    assert row.look.accessibleName() == "Looked, nothing new: @bramblefordprimary on Facebook"
    for opener, kind in (
        (row.rota, RotaDialog),
        (row.find, LookDialog),
        (row.history, LooksDialog),
        (here.view.cover, CoversDialog),
        (here.view.calendar, CalendarDialog),
    ):
        here.click(opener)
        dialog = here.dialog(kind)
        assert nameless(dialog) == []
        dialog.close()
        settle(here.tasks)


def test_a_name_that_looks_like_html_is_text(screen: MakeScreen, school: SmallSchool) -> None:
    page = account(school, "<b>bold</b><img src=x>")
    here = screen()
    row = here.view.row(page)
    assert row is not None
    assert "<b>bold</b><img src=x> on Facebook" in row.name.accessibleName()
    assert row.name.textFormat() is Qt.TextFormat.PlainText
    here.click(row.look)
    assert here.view.done.text.textFormat() is Qt.TextFormat.PlainText


def test_from_elsewhere_an_account_comes_into_view(screen: MakeScreen, school: SmallSchool) -> None:
    pages = [account(school, f"page{number:02}") for number in range(45)]
    here = screen()
    assert here.view.more.text() == "Show 5 &more accounts"
    assert here.view.row(pages[44]) is None
    here.view.open_record(pages[44])
    settle(here.tasks)
    row = here.view.row(pages[44])
    assert row is not None
    assert here.view.focusWidget() is row.look
    here.view.open_record(9999)
