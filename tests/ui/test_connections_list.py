"""The connections tab's list: views, filters, what was allowed on a day, and that nothing confidential shows."""

from __future__ import annotations

import csv
from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QAction
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QDialog, QLabel, QMenu
from pytestqt.qtbot import QtBot

from smdesk.policy.vocabulary import Capacity, PersonKind, Relationship, Timeliness
from smdesk.services import connection_list, connections, people, settings
from smdesk.services.connection_records import (
    DecisionKind,
    ExceptionColumn,
    ExceptionFilter,
    ExceptionSort,
    ExceptionView,
)
from smdesk.services.incident_records import Confidentiality
from smdesk.ui.desk import Desk
from smdesk.ui.pages.connections.day_bar import day_sentence
from smdesk.ui.pages.connections.page import Page
from smdesk.ui.pages.connections.words import tone
from smdesk.ui.widgets.export_dialog import ExportDialog
from smdesk.ui.widgets.preview_window import PreviewWindow
from smdesk.ui.widgets.saved_filters import NameDialog
from tests.support import pages
from tests.support.connections import approved, decide, declare, submit
from tests.support.pages import all_of_row, click_header, saved_filter_action, shown
from tests.support.school import SmallSchool
from tests.support.script import Script
from tests.ui.test_accessible import nameless

DeskFor = Callable[[str], Desk]
TODAY = date(2026, 3, 11)


@pytest.fixture
def register(school: SmallSchool) -> dict[str, int]:
    """One exception of each kind, by name; decided on different days."""
    made = {
        "approved": approved(school),
        "ended": approved(school, other="tariq", platforms=("whatsapp",), relationship=Relationship.COUSIN),
    }
    school.clock.forward(days=10)
    decide(school, made["ended"], DecisionKind.END, from_on=TODAY + timedelta(days=10))
    school.clock.forward(days=10)
    made["awaiting"] = submit(school, declare(school, "office", "tariq", login="dsl"), "dsl")
    made["declared"] = declare(school, "office", "sam", login="dsl")
    made["refused"] = decide(school, submit(school, declare(school, "dsl", "sam")), DecisionKind.REFUSE)
    made["confidential"] = declare(
        school, "dsl", "tariq", confidentiality=Confidentiality.SAFEGUARDING, platforms=("snapchat",)
    )
    return made


def shown_page(desk: Desk, qtbot: QtBot) -> Page:
    return shown(Page(desk), qtbot, desk.tasks, 1300, 700)


def settle(desk: Desk) -> None:
    """Everything asked for has arrived and is painted."""
    pages.settle(desk.tasks)


def names(page: Page, register: dict[str, int]) -> list[str]:
    """What is listed, by the names of the fixture."""
    called = {number: name for name, number in register.items()}
    return [called[number] for number in page.list.model.ids]


def view(page: Page, desk: Desk, wanted: ExceptionView) -> None:
    QTest.mouseClick(page.list.views[wanted], Qt.MouseButton.LeftButton)
    settle(desk)


def test_views_count_and_choose(desk_for: DeskFor, register: dict[str, int], qtbot: QtBot) -> None:
    desk = desk_for("headteacher")
    page = shown_page(desk, qtbot)
    assert names(page, register) == ["approved"]
    expected = {
        ExceptionView.AWAITING: {"awaiting"},
        ExceptionView.TO_COMPLETE: {"declared", "confidential"},
        ExceptionView.REVIEW_DUE: set(),
        ExceptionView.PAST: {"ended", "refused"},
        ExceptionView.ALL: set(register),
        ExceptionView.IN_FORCE: {"approved"},
    }
    for each, wanted in expected.items():
        assert page.list.views[each].text().endswith(f"({len(wanted)})")
        view(page, desk, each)
        assert set(names(page, register)) == wanted
    view(page, desk, ExceptionView.REVIEW_DUE)
    assert page.list.findChild(object, "exceptions_view_empty").isVisible()
    QTest.mouseClick(page.list.findChild(object, "exceptions_view_empty_action"), Qt.MouseButton.LeftButton)
    settle(desk)
    assert len(names(page, register)) == 6
    assert page.list.total.text() == "6 exceptions shown"


def test_a_state_has_one_shape_in_the_register_and_in_the_record(
    school: SmallSchool, register: dict[str, int]
) -> None:
    school.clock.forward(days=330)  # the review of the approved one is announced
    ctx = school.ctx_for("headteacher")
    shapes = {}
    for name, number in register.items():
        (row,) = connection_list.rows(ctx, [number])
        shapes[name] = tone(row)
        assert tone(connections.open_exception(ctx, number)) == shapes[name]
    assert (shapes["approved"], shapes["awaiting"], shapes["ended"]) == ("warning", "info", "neutral")


def test_a_confidential_one_says_so_in_the_usual_columns(
    desk_for: DeskFor, register: dict[str, int], qtbot: QtBot
) -> None:
    desk = desk_for("headteacher")
    page = shown_page(desk, qtbot)
    view(page, desk, ExceptionView.TO_COMPLETE)
    table, model = page.list.table, page.list.model
    usual = [at for at in range(model.columnCount()) if not table.isColumnHidden(at)]

    def said(name: str) -> list[str]:
        row = model.row_of(register[name])
        return [str(model.index(row, at).data()) for at in usual]

    assert "Confidential: declared, not put forward yet" in said("confidential")
    assert "Declared, not put forward yet" in said("declared")


@pytest.mark.parametrize("wide", [1300, 1200, 900])
def test_no_heading_is_cut_off(desk_for: DeskFor, register: dict[str, int], qtbot: QtBot, wide: int) -> None:
    desk = desk_for("headteacher")
    page = shown_page(desk, qtbot)
    page.resize(wide, 700)
    settle(desk)
    header = page.list.table.horizontalHeader()
    shown = [at for at in range(header.count()) if not header.isSectionHidden(at)]
    assert len(shown) > 6
    for at in shown:
        label = header.model().headerData(at, Qt.Orientation.Horizontal)
        assert header.sectionSize(at) >= header.sectionSizeHint(at), label
    assert page.list.table.horizontalScrollBar().isVisible() == (wide == 900)


def test_who_was_allowed_on_a_day(desk_for: DeskFor, register: dict[str, int], qtbot: QtBot) -> None:
    desk = desk_for("headteacher")
    page = shown_page(desk, qtbot)
    view(page, desk, ExceptionView.AWAITING)
    assert not page.day_bar.isVisible()
    QTest.keyClicks(page.list.filters.on_day.line, "20/3/2026")
    qtbot.waitUntil(lambda: page.list.shown.on_day == date(2026, 3, 20), timeout=3000)
    settle(desk)
    assert set(names(page, register)) == {"approved", "ended"}
    assert page.day_bar.isVisible()
    assert page.day_bar.text.text() == "Allowed on Friday 20 March. The status shown is today's."
    assert not any(each.isChecked() for each in page.list.views.values())
    QTest.mouseClick(page.day_bar.after, Qt.MouseButton.LeftButton)
    settle(desk)
    assert names(page, register) == ["approved"]
    assert page.list.filters.on_day.day() == date(2026, 3, 21)
    for _ in range(11):
        QTest.mouseClick(page.day_bar.before, Qt.MouseButton.LeftButton)
    settle(desk)
    assert page.list.shown.on_day == date(2026, 3, 10)
    nothing = page.list.findChild(object, "exceptions_no_match")
    assert nothing.isVisible()
    words = [label.text() for label in nothing.findChildren(QLabel)]
    assert "No connection was allowed on Tuesday 10 March" in words
    QTest.mouseClick(page.day_bar.leave, Qt.MouseButton.LeftButton)
    settle(desk)
    assert page.list.shown == ExceptionFilter(ExceptionView.AWAITING)
    assert page.list.views[ExceptionView.AWAITING].isChecked()
    assert not page.day_bar.isVisible()
    assert page.list.filters.on_day.text() == ""
    assert names(page, register) == ["awaiting"]


def test_a_view_leaves_the_day_and_keeps_the_other_filters(
    desk_for: DeskFor, register: dict[str, int], qtbot: QtBot
) -> None:
    desk = desk_for("headteacher")
    page = shown_page(desk, qtbot)
    filters = page.list.filters
    filters.platform.setCurrentIndex(filters.platform.findData("facebook"))
    page.show_day(date(2026, 3, 20))
    settle(desk)
    assert page.list.shown == ExceptionFilter(platform="facebook", on_day=date(2026, 3, 20))
    assert names(page, register) == ["approved"]
    # The view it came from is the one pressed: it must answer all the same.
    view(page, desk, ExceptionView.IN_FORCE)
    assert page.list.shown == ExceptionFilter(platform="facebook")
    assert filters.on_day.text() == ""
    assert filters.platform.currentData() == "facebook"
    assert page.list.views[ExceptionView.IN_FORCE].isChecked()
    assert not page.day_bar.isVisible()


def test_the_day_is_asked_for_from_the_menu(
    desk_for: DeskFor, register: dict[str, int], qtbot: QtBot
) -> None:
    desk = desk_for("headteacher")
    page = shown_page(desk, qtbot)
    page.list.filter_button.setChecked(False)
    page.findChild(QAction, "exception_on_day").trigger()
    settle(desk)
    assert page.list.shown.on_day == school_today(desk)
    assert page.list.filters.isVisible()
    assert page.list.filters.on_day.line.hasSelectedText()


def school_today(desk: Desk) -> date:
    return desk.ctx.today()


@pytest.mark.parametrize(
    ("day", "says"),
    [
        (TODAY, "Allowed today, Wednesday 11 March"),
        (date(2025, 3, 3), "Allowed on Monday 3 March 2025. The status shown is today's."),
        (
            date(2026, 3, 12),
            "Allowed on Thursday 12 March, if nothing changes until then. The status shown is today's.",
        ),
    ],
)
def test_a_day_is_said_in_words(day: date, says: str) -> None:
    assert day_sentence(day, TODAY) == says


@pytest.mark.parametrize("column", list(ExceptionColumn))
def test_a_click_on_a_header_sorts_as_sql_does(
    desk_for: DeskFor, register: dict[str, int], qtbot: QtBot, column: ExceptionColumn
) -> None:
    desk = desk_for("headteacher")
    page = shown_page(desk, qtbot)
    view(page, desk, ExceptionView.ALL)
    seen = set()
    for _ in range(2):
        click_header(page, desk.tasks, str(column))
        sort = page.list.sort
        assert sort.column is column
        seen.add(sort.descending)
        wanted = connection_list.sorted_ids(desk.ctx, ExceptionFilter(ExceptionView.ALL), sort)
        assert list(page.list.model.ids) == list(wanted)
    assert seen == {True, False}


def test_filters_narrow_and_clear(
    desk_for: DeskFor, school: SmallSchool, register: dict[str, int], qtbot: QtBot
) -> None:
    desk = desk_for("headteacher")
    page = shown_page(desk, qtbot)
    view(page, desk, ExceptionView.ALL)
    filters = page.list.filters
    assert not filters.clear.isEnabled()
    filters.relationship.setCurrentIndex(filters.relationship.findData(str(Relationship.COUSIN)))
    settle(desk)
    assert names(page, register) == ["ended"]
    QTest.mouseClick(filters.clear, Qt.MouseButton.LeftButton)
    settle(desk)
    assert len(names(page, register)) == 6
    filters.platform.setCurrentIndex(filters.platform.findData("snapchat"))
    settle(desk)
    assert names(page, register) == ["confidential"]
    filters.adult_kind.setCurrentIndex(filters.adult_kind.findData(str(PersonKind.GOVERNOR)))
    settle(desk)
    assert page.list.findChild(object, "exceptions_no_match").isVisible()
    assert not page.list.findChild(object, "exceptions_look_everywhere").isVisible(), "all is looked through"


def test_what_is_in_another_view_is_one_key_away(
    desk_for: DeskFor, qtbot: QtBot, register: dict[str, int]
) -> None:
    desk = desk_for("headteacher")
    page = shown_page(desk, qtbot)
    view(page, desk, ExceptionView.IN_FORCE)
    filters = page.list.filters
    filters.relationship.setCurrentIndex(filters.relationship.findData(str(Relationship.COUSIN)))
    settle(desk)
    assert names(page, register) == []
    QTest.mouseClick(page.list.findChild(object, "exceptions_look_everywhere"), Qt.MouseButton.LeftButton)
    settle(desk)
    assert names(page, register) == ["ended"]
    assert page.list.shown.relationship is Relationship.COUSIN
    page.list.clear_filters()
    for box, code in (
        (filters.capacity, Capacity.PUPIL),
        (filters.timeliness, Timeliness.ON_ENTRY),
        (filters.adult_kind, PersonKind.STAFF),
    ):
        box.setCurrentIndex(box.findData(str(code)))
    settle(desk)
    assert page.list.shown == ExceptionFilter(
        ExceptionView.ALL,
        capacity=Capacity.PUPIL,
        timeliness=Timeliness.ON_ENTRY,
        adult_kind=PersonKind.STAFF,
    )
    assert len(names(page, register)) == 6


def test_search_finds_both_names(desk_for: DeskFor, register: dict[str, int], qtbot: QtBot) -> None:
    desk = desk_for("headteacher")
    page = shown_page(desk, qtbot)
    view(page, desk, ExceptionView.ALL)
    QTest.keyClicks(page.list.search, "hazel osei")
    QTest.keyClick(page.list.search, Qt.Key.Key_Return)
    settle(desk)
    assert names(page, register) == ["ended"]


def test_a_masked_row_tells_nothing(desk_for: DeskFor, register: dict[str, int], qtbot: QtBot) -> None:
    desk = desk_for("business_manager")
    page = shown_page(desk, qtbot)
    view(page, desk, ExceptionView.ALL)
    everything = all_of_row(page, register["confidential"])
    assert "Confidential" in everything
    for secret in ("Birch", "Osei", "Snapchat", "Aunt", "Pupil:", "staff"):
        assert secret not in everything
    QTest.keyClicks(page.list.search, "birch")
    QTest.keyClick(page.list.search, Qt.Key.Key_Return)
    settle(desk)
    assert names(page, register) == ["refused"]


def test_the_chair_sees_only_what_the_chair_decides(
    desk_for: DeskFor, school: SmallSchool, register: dict[str, int], qtbot: QtBot
) -> None:
    page = shown_page(desk_for("chair"), qtbot)
    nothing = page.list.findChild(object, "exceptions_none")
    assert nothing.isVisible()
    assert "chair of governors decides" in " ".join(each.text() for each in nothing.findChildren(QLabel))
    assert not page.list.new.isVisible()
    assert not page.attempt.isVisible()
    assert page.findChild(QAction, "exception_import") is None
    register["own"] = submit(school, declare(school, "head", "sam"))
    desk = desk_for("chair")
    page = shown_page(desk, qtbot)
    view(page, desk, ExceptionView.ALL)
    assert names(page, register) == ["own"]


def test_enter_opens_and_esc_comes_back_to_the_same_row(
    desk_for: DeskFor, register: dict[str, int], qtbot: QtBot
) -> None:
    desk = desk_for("headteacher")
    page = shown_page(desk, qtbot)
    view(page, desk, ExceptionView.ALL)
    page.list.focus_search()
    QTest.keyClick(page.list.search, Qt.Key.Key_Down)
    assert page.list.table.hasFocus()
    for key in (Qt.Key.Key_Home, Qt.Key.Key_Down):
        QTest.keyClick(page.list.table, key)
    wanted = page.list.table.current_id()
    assert wanted == page.list.model.row_id(1)
    QTest.keyClick(page.list.table, Qt.Key.Key_Return)
    settle(desk)
    assert page.both.record_shown
    assert not page.list.isVisible()
    assert page.form().record.id == wanted
    QTest.keyClick(page.form(), Qt.Key.Key_Escape)
    settle(desk)
    assert page.list.isVisible()
    assert page.list.table.current_id() == wanted
    page.new_record()
    settle(desk)
    assert page.form().record is None
    assert page.back()


def test_a_day_asked_for_from_an_open_record_shows_the_list(
    desk_for: DeskFor, register: dict[str, int], qtbot: QtBot
) -> None:
    desk = desk_for("headteacher")
    page = shown_page(desk, qtbot)
    page.open_record(register["approved"])
    settle(desk)
    page.findChild(QAction, "exception_on_day").trigger()
    settle(desk)
    assert page.list.isVisible()
    assert page.day_bar.isVisible()


def test_who_may_not_add_is_given_no_form(desk_for: DeskFor, qtbot: QtBot) -> None:
    page = shown_page(desk_for("chair"), qtbot)
    page.new_record()
    assert not page.both.record_shown


def test_a_saved_filter_keeps_its_day(
    desk_for: DeskFor, register: dict[str, int], qtbot: QtBot, script: Script
) -> None:
    desk = desk_for("headteacher")
    page = shown_page(desk, qtbot)
    page.show_day(date(2026, 3, 20))
    page.list.sort_by("other", True)
    settle(desk)
    before = page.list.shown
    saved_filter_action(page, "&Save the current filter as…").trigger()
    QApplication.processEvents()
    dialog = next(each for each in page.findChildren(NameDialog) if each.isVisible())
    QTest.keyClicks(dialog.edit, "Day of the visit")
    QTest.keyClick(dialog.edit, Qt.Key.Key_Return)
    settle(desk)
    assert settings.list_filters(desk.ctx, settings.INCIDENTS) == []
    other = shown_page(desk, qtbot)
    saved_filter_action(other, "Day of the visit").trigger()
    settle(desk)
    assert other.list.shown == before
    assert other.list.sort == ExceptionSort(ExceptionColumn.OTHER, True)
    assert other.day_bar.isVisible()
    assert set(names(other, register)) == {"approved", "ended"}
    menus = [action.menu() for action in other.list.saved_filters.menu.actions()]
    delete = next(
        each for each in menus if isinstance(each, QMenu) and each.objectName() == "saved_filter_delete"
    )
    script.will_answer("yes")
    delete.actions()[0].trigger()
    settle(desk)
    assert settings.list_filters(desk.ctx, settings.CONNECTIONS) == []


def test_what_changes_elsewhere_is_shown(
    desk_for: DeskFor, school: SmallSchool, register: dict[str, int], qtbot: QtBot
) -> None:
    desk = desk_for("headteacher")
    page = shown_page(desk, qtbot)
    view(page, desk, ExceptionView.ALL)
    page.list.table.select_id(register["declared"])
    register["new"] = declare(school, "chair", "sam")
    desk.events.tell(frozenset({("exception", register["new"])}))
    settle(desk)
    assert "new" in names(page, register)
    assert page.list.table.current_id() == register["declared"]
    ctx = school.ctx_for("business_manager")
    person = people.record_of(ctx, school.people["teacher"])
    saved = people.save(ctx, replace(person.draft, family_name="Hazelwood"), person.id, person.version)
    desk.events.tell(saved.changes)
    settle(desk)
    at = [column.key for column in page.list.model.columns].index("adult")
    row = page.list.model.row_of(register["approved"])
    assert "Hazelwood" in str(page.list.model.index(row, at).data())


def test_the_exported_csv_is_the_list(
    desk_for: DeskFor, register: dict[str, int], qtbot: QtBot, tmp_path: Path, script: Script
) -> None:
    desk = desk_for("business_manager")
    page = shown_page(desk, qtbot)
    view(page, desk, ExceptionView.ALL)
    target = tmp_path / "list"
    dialog = ExportDialog(
        desk, page.list.going_out(), page, choose_file=lambda parent, name, kinds: str(target)
    )
    dialog.open()
    assert ExceptionColumn.ADULT in dialog.chosen_columns()
    dialog.formats["csv"].setChecked(True)
    dialog.save.click()
    settle(desk)
    assert script.texts == ["Saved 6 exceptions as “list.csv”."]
    with target.with_suffix(".csv").open(encoding="utf-8-sig", newline="") as stream:
        rows = list(csv.reader(stream))
    listed = connection_list.rows(desk.ctx, list(page.list.model.ids))
    assert [row[0] for row in rows[1:]] == [row.reference for row in listed]
    assert "Snapchat" not in str(rows)


def test_the_register_of_a_day_is_printed(desk_for: DeskFor, register: dict[str, int], qtbot: QtBot) -> None:
    desk = desk_for("business_manager")
    page = shown_page(desk, qtbot)
    page.show_day(date(2026, 3, 20))
    settle(desk)
    QTest.mouseClick(page.day_bar.print, Qt.MouseButton.LeftButton)
    settle(desk)
    window = next(each for each in page.findChildren(PreviewWindow) if each.isVisible())
    settle(desk)
    assert "Register on 20 March 2026" in window.windowTitle()
    assert "Hazel" in window.view.text
    assert "Birch" not in window.view.text
    window.reject()
    QApplication.processEvents()


def test_the_blank_form_is_shown(desk_for: DeskFor, qtbot: QtBot) -> None:
    desk = desk_for("business_manager")
    page = shown_page(desk, qtbot)
    page.findChild(QAction, "exception_blank_form").trigger()
    settle(desk)
    window = next(each for each in page.findChildren(PreviewWindow) if each.isVisible())
    settle(desk)
    assert "Brambleford Primary School" in window.view.text
    window.reject()
    QApplication.processEvents()


def test_the_office_prints_the_headteachers_pack(
    desk_for: DeskFor, register: dict[str, int], qtbot: QtBot
) -> None:
    page = shown_page(desk_for("business_manager"), qtbot)
    page.findChild(QAction, "exception_pack").trigger()
    settle(page._desk)
    window = next(each for each in page.findChildren(PreviewWindow) if each.isVisible())
    settle(page._desk)
    assert "pack for the headteacher" in window.view.text
    window.reject()
    QApplication.processEvents()
    assert shown_page(desk_for("chair"), qtbot).findChild(QAction, "exception_pack") is None


def test_every_control_has_a_name(desk_for: DeskFor, register: dict[str, int], qtbot: QtBot) -> None:
    desk = desk_for("headteacher")
    page = shown_page(desk, qtbot)
    page.show_day(TODAY)
    settle(desk)
    assert nameless(page) == []


def test_the_buttons_open_their_dialogs(desk_for: DeskFor, qtbot: QtBot) -> None:
    desk = desk_for("headteacher")
    page = shown_page(desk, qtbot)
    page.list.table.setFocus()
    QTest.mouseClick(page.attempt, Qt.MouseButton.LeftButton)
    page.findChild(QAction, "exception_questions").trigger()
    page.findChild(QAction, "exception_import").trigger()
    settle(desk)
    opened = {each.objectName(): each for each in page.findChildren(QDialog) if each.isVisible()}
    assert set(opened) == {"attempt_dialog", "questions_dialog", "import_dialog"}
    for each in opened.values():
        assert nameless(each) == []
        each.reject()
    settle(desk)
