"""The incidents tab's list: what it shows, in what order, and that nothing of the person's place is lost."""

from __future__ import annotations

import csv
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QAction
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLabel, QMenu
from pytestqt.qtbot import QtBot

from smdesk.policy.vocabulary import Conduct
from smdesk.services import exports, incident_list, incidents, settings
from smdesk.services.context import Saved
from smdesk.services.incident_records import Column, Confidentiality, IncidentFilter, Outcome, Sort, View
from smdesk.ui.desk import Desk
from smdesk.ui.pages.incidents.page import Page
from smdesk.ui.widgets.export_dialog import ExportDialog
from smdesk.ui.widgets.preview_window import PreviewWindow
from smdesk.ui.widgets.saved_filters import NameDialog
from tests.support import pages
from tests.support.pages import all_of_row, click_header, saved_filter_action, shown
from tests.support.school import SmallSchool
from tests.support.script import Script

DeskFor = Callable[[str], Desk]


@pytest.fixture
def logged(school: SmallSchool) -> list[int]:
    """Seven incidents, a day apart; the third confidential, the last closed."""
    summaries = ("Apple", "banana", "Cherry <b>bold</b>", "damson", "Elder", "fig", "Grape")
    authors = ("anna", "ben", "anna", "sam", "stranger", "ben", "anna")
    ids = []
    for place, (summary, author) in enumerate(zip(summaries, authors, strict=True)):
        ids.append(
            school.incident(
                summary=summary,
                author=author,
                conduct=(Conduct.ABUSIVE,) if place % 2 else (Conduct.BULLYING,),
                platform="facebook" if place < 3 else "whatsapp",
                confidentiality=Confidentiality.SAFEGUARDING if place == 2 else Confidentiality.NORMAL,
                received_at=school.clock.now - timedelta(days=20 - place),
            )
        )
    ctx = school.ctx_for("headteacher")
    version = incidents.open_incident(ctx, ids[-1]).version
    incidents.close(ctx, ids[-1], version, Outcome.REMOVED, "Taken down after a talk.")
    return ids


def shown_page(desk: Desk, qtbot: QtBot) -> Page:
    return shown(Page(desk), qtbot, desk.tasks, 1300, 700)


def settle(desk: Desk) -> None:
    """Everything asked for has arrived and is painted."""
    pages.settle(desk.tasks)


def summaries(page: Page) -> list[str]:
    """The summary column as it stands on the screen, from top to bottom."""
    model = page.list.model
    at = [column.key for column in model.columns].index("summary")
    return [str(model.index(row, at).data()) for row in range(model.rowCount())]


def search(page: Page, desk: Desk, text: str) -> None:
    page.list.search.setText(text)
    QTest.keyClick(page.list.search, Qt.Key.Key_Return)
    settle(desk)


def test_views_count_and_choose(desk_for: DeskFor, logged: list[int], qtbot: QtBot) -> None:
    desk = desk_for("headteacher")
    page = shown_page(desk, qtbot)
    counts = incident_list.view_counts(desk.ctx).counts
    assert page.list.views[View.OPEN].text() == f"Open ({counts[View.OPEN]})"
    assert counts[View.OPEN] == 6
    assert summaries(page) == ["fig", "Elder", "damson", "Cherry <b>bold</b>", "banana", "Apple"]
    for view in View:
        QTest.mouseClick(page.list.views[view], Qt.MouseButton.LeftButton)
        settle(desk)
        assert page.list.model.rowCount() == counts[view]
    assert page.list.views[View.ALL].accessibleName() == "All, 7"


def test_search_narrows_as_one_types(desk_for: DeskFor, logged: list[int], qtbot: QtBot) -> None:
    desk = desk_for("headteacher")
    page = shown_page(desk, qtbot)
    QTest.keyClicks(page.list.search, "quill ba")
    qtbot.waitUntil(lambda: page.list.shown.text == "quill ba", timeout=2000)
    settle(desk)
    assert summaries(page) == ["banana"]
    search(page, desk, "nobody wrote this")
    assert page.list.findChild(object, "incidents_no_match").isVisible()
    QTest.mouseClick(page.list.findChild(object, "incidents_no_match_action"), Qt.MouseButton.LeftButton)
    settle(desk)
    assert page.list.search.text() == ""
    assert len(summaries(page)) == 6


@pytest.mark.parametrize("column", [c for c in Column if c is not Column.HANDLED_BY])
def test_a_click_on_a_header_sorts_as_sql_does(
    desk_for: DeskFor, logged: list[int], qtbot: QtBot, column: Column
) -> None:
    desk = desk_for("headteacher")
    page = shown_page(desk, qtbot)
    seen = set()
    for _ in range(2):
        click_header(page, desk.tasks, str(column))
        sort = page.list.sort
        assert sort.column is column
        seen.add(sort.descending)
        assert list(page.list.model.ids) == list(incident_list.sorted_ids(desk.ctx, IncidentFilter(), sort))
    assert seen == {True, False}


def test_a_masked_row_tells_nothing(desk_for: DeskFor, logged: list[int], qtbot: QtBot) -> None:
    desk = desk_for("business_manager")
    page = shown_page(desk, qtbot)
    everything = all_of_row(page, logged[2])
    assert "Confidential" in everything
    assert "Cherry" not in everything
    assert "Quillfeather" not in everything
    assert "Bullying" not in everything
    search(page, desk, "cherry")
    assert page.list.model.rowCount() == 0


def test_filters_narrow_and_clear(
    desk_for: DeskFor, school: SmallSchool, logged: list[int], qtbot: QtBot
) -> None:
    desk = desk_for("headteacher")
    page = shown_page(desk, qtbot)
    filters = page.list.filters
    assert not filters.clear.isEnabled()
    filters.conduct.setCurrentIndex(filters.conduct.findData(str(Conduct.ABUSIVE)))
    filters.platform.setCurrentIndex(filters.platform.findData("whatsapp"))
    settle(desk)
    assert summaries(page) == ["fig", "damson"]
    day = (school.clock.now - timedelta(days=16)).date()
    QTest.keyClicks(filters.received_from.line, f"{day.day}/{day.month}/{day.year}")
    qtbot.waitUntil(lambda: page.list.shown.received_from == day, timeout=3000)
    settle(desk)
    assert summaries(page) == ["fig"]
    QTest.mouseClick(filters.clear, Qt.MouseButton.LeftButton)
    settle(desk)
    assert len(summaries(page)) == 6
    assert filters.received_from.text() == ""
    assert filters.conduct.currentText() == "Anything done"


def test_a_saved_filter_comes_back_whole(
    desk_for: DeskFor, school: SmallSchool, logged: list[int], qtbot: QtBot, script: Script
) -> None:
    desk = desk_for("headteacher")
    page = shown_page(desk, qtbot)
    page.list.views[View.ALL].click()
    page.list.filters.platform.setCurrentIndex(page.list.filters.platform.findData("facebook"))
    search(page, desk, "quill")
    page.list.sort_by("summary", False)
    settle(desk)
    before, order = page.list.shown, summaries(page)
    assert order == ["Apple", "banana", "Cherry <b>bold</b>"]
    saved_filter_action(page, "&Save the current filter as…").trigger()
    dialog = open_dialog(page, NameDialog)
    QTest.keyClick(dialog.edit, Qt.Key.Key_Return)
    settle(desk)
    assert dialog.problems.isVisible()
    QTest.keyClicks(dialog.edit, "Rude & loud")
    QTest.keyClick(dialog.edit, Qt.Key.Key_Return)
    settle(desk)
    page.list.clear_filters()
    page.list.views[View.OPEN].click()
    page.list.sort_by("received", True)
    settle(desk)
    assert summaries(page) != order
    # As after signing in again: another page of the same user.
    other = shown_page(desk, qtbot)
    saved_filter_action(other, "Rude && loud").trigger()
    settle(desk)
    assert other.list.shown == before
    assert other.list.sort == Sort(Column.SUMMARY, False)
    assert summaries(other) == order
    assert other.list.search.text() == "quill"
    assert other.list.views[View.ALL].isChecked()
    assert other.list.filters.platform.currentData() == "facebook"

    submenu_action(other, "saved_filter_rename").trigger()
    dialog = open_dialog(other, NameDialog)
    assert dialog.edit.text() == "Rude & loud"
    dialog.edit.setText("Quieter")
    dialog.ok.click()
    settle(desk)
    assert [each.name for each in settings.list_filters(desk.ctx, settings.INCIDENTS)] == ["Quieter"]
    script.will_answer("no", "yes")
    for left in (["Quieter"], []):
        submenu_action(other, "saved_filter_delete").trigger()
        settle(desk)
        assert [each.name for each in settings.list_filters(desk.ctx, settings.INCIDENTS)] == left


def submenu_action(page: Page, name: str) -> QAction:
    menus = [action.menu() for action in page.list.saved_filters.menu.actions()]
    return next(menu for menu in menus if isinstance(menu, QMenu) and menu.objectName() == name).actions()[0]


def open_dialog(page: Page, kind: type) -> object:
    QApplication.processEvents()
    return next(each for each in page.findChildren(kind) if each.isVisible())


def test_enter_opens_and_esc_comes_back_to_the_same_row(
    desk_for: DeskFor, logged: list[int], qtbot: QtBot
) -> None:
    desk = desk_for("headteacher")
    page = shown_page(desk, qtbot)
    page.list.focus_search()
    QTest.keyClick(page.list.search, Qt.Key.Key_Down)
    for _ in range(2):
        QTest.keyClick(page.list.table, Qt.Key.Key_Down)
    wanted = page.list.table.current_id()
    assert wanted == page.list.model.row_id(2)
    QTest.keyClick(page.list.table, Qt.Key.Key_Return)
    settle(desk)
    assert page.both.record_shown
    assert not page.list.isVisible()
    assert page.form().incident_id == wanted
    QTest.keyClick(page.form(), Qt.Key.Key_Escape)
    settle(desk)
    assert page.list.isVisible()
    assert page.list.table.current_id() == wanted
    QTest.keyClick(page.list.table, Qt.Key.Key_Down)
    assert page.list.table.current_id() == page.list.model.row_id(3)


def test_a_wide_window_shows_list_and_form(desk_for: DeskFor, logged: list[int], qtbot: QtBot) -> None:
    desk = desk_for("headteacher")
    page = shown_page(desk, qtbot)
    page.resize(1800, 800)
    page.open_record(logged[0])
    settle(desk)
    assert page.list.isVisible()
    assert page.form().isVisible()
    page.resize(1200, 800)
    QApplication.processEvents()
    assert not page.list.isVisible()
    QTest.mouseClick(page.both.back, Qt.MouseButton.LeftButton)
    settle(desk)
    assert page.list.isVisible()
    assert not page.form().isVisible()


def test_a_change_elsewhere_is_shown_and_the_place_kept(
    desk_for: DeskFor, school: SmallSchool, logged: list[int], qtbot: QtBot
) -> None:
    desk = desk_for("headteacher")
    page = shown_page(desk, qtbot)
    page.list.table.select_id(logged[1])
    ctx = school.ctx_for("business_manager")
    record = incidents.open_incident(ctx, logged[3])
    draft = school.draft(summary="Plum", author="sam", received_at=record.draft.received_at)
    saved = incidents.save(ctx, draft, logged[3], record.version)
    desk.events.tell(saved.changes)
    settle(desk)
    assert "Plum" in summaries(page)
    new = Saved(school.incident(summary="Quince"), 1, frozenset())
    desk.events.tell(frozenset({("incident", new.id)}))
    settle(desk)
    assert summaries(page)[0] == "Quince"
    assert page.list.views[View.OPEN].text() == "Open (7)"
    assert page.list.table.current_id() == logged[1]


def test_f5_reads_again(desk_for: DeskFor, school: SmallSchool, logged: list[int], qtbot: QtBot) -> None:
    desk = desk_for("headteacher")
    page = shown_page(desk, qtbot)
    school.incident(summary="Quince")
    assert "Quince" not in summaries(page)
    page.list.table.setFocus()
    QTest.keyClick(page.list.table, Qt.Key.Key_F5)
    settle(desk)
    assert summaries(page)[0] == "Quince"


def test_the_exported_csv_is_the_list(
    desk_for: DeskFor, logged: list[int], qtbot: QtBot, tmp_path: Path, script: Script
) -> None:
    desk = desk_for("business_manager")
    page = shown_page(desk, qtbot)
    page.list.sort_by("summary", False)
    settle(desk)
    target = tmp_path / "list"
    dialog = export_dialog(page, lambda parent, name, kinds: str(target))
    for place in range(dialog.columns.count()):
        item = dialog.columns.item(place)
        wanted = item.data(Qt.ItemDataRole.UserRole) in ("reference", "summary", "author", "status")
        item.setCheckState(Qt.CheckState.Checked if wanted else Qt.CheckState.Unchecked)
    dialog.columns.setCurrentRow(1)
    columns = dialog.chosen_columns()
    assert columns == (Column.REFERENCE, Column.SUMMARY, Column.AUTHOR, Column.STATUS)
    dialog.formats["csv"].setChecked(True)
    dialog.save.click()
    settle(desk)
    assert script.texts == ["Saved 6 incidents as “list.csv”."]
    with target.with_suffix(".csv").open(encoding="utf-8-sig", newline="") as stream:
        rows = list(csv.reader(stream))
    assert rows[0] == ["Reference", "Summary", "Posted by", "Status"]
    listed = incident_list.rows(desk.ctx, list(page.list.model.ids))
    assert [(row[0], row[1], row[2]) for row in rows[1:]] == [
        (row.reference, row.summary, row.author) for row in listed
    ]
    assert [row[1] for row in rows[1:]] == summaries(page)
    assert ("Confidential", "") in [(row[1], row[2]) for row in rows[1:]]
    # Overdue is said in words in the file too.
    assert all(
        row[3].endswith(", overdue") == mine.overdue for row, mine in zip(rows[1:], listed, strict=True)
    )


def test_a_cancelled_export_leaves_no_file(
    desk_for: DeskFor, logged: list[int], qtbot: QtBot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    desk = desk_for("business_manager")
    page = shown_page(desk, qtbot)
    real = exports.incidents

    def slow(*args: object, **kwargs: object) -> int:
        progress = args[6]
        assert callable(progress)
        while True:
            progress(0, 6)
            QTest.qSleep(5)

    monkeypatch.setattr(exports, "incidents", slow)
    dialog = export_dialog(page, lambda parent, name, kinds: str(tmp_path / "never.xlsx"))
    dialog.formats["xlsx"].setChecked(True)
    dialog.save.click()
    qtbot.waitUntil(lambda: dialog.findChild(object, "progress_cancel") is not None, timeout=2000)
    assert not dialog.save.isEnabled()
    dialog.findChild(object, "progress_cancel").click()
    settle(desk)
    assert dialog.save.isEnabled()
    assert list(tmp_path.glob("never*")) == []
    monkeypatch.setattr(exports, "incidents", real)
    dialog.reject()


def test_printing_shows_the_pages(desk_for: DeskFor, logged: list[int], qtbot: QtBot) -> None:
    desk = desk_for("business_manager")
    page = shown_page(desk, qtbot)
    page.list.export.click()
    dialog = open_dialog(page, ExportDialog)
    dialog.print.click()
    settle(desk)
    window = open_dialog(page, PreviewWindow)
    settle(desk)
    assert window.view.paper is not None
    assert "banana" in window.view.text
    assert "Cherry" not in window.view.text
    window.reject()
    QApplication.processEvents()


def export_dialog(page: Page, choose: Callable[..., str]) -> ExportDialog:
    dialog = ExportDialog(page._desk, page.list.going_out(), page, choose_file=choose)
    dialog.open()
    return dialog


@pytest.mark.parametrize(
    ("login", "says"), [("chair", "headteacher is the one"), ("leadership", "to you to handle")]
)
def test_who_sees_little_is_not_told_that_nothing_was_logged(
    desk_for: DeskFor, school: SmallSchool, qtbot: QtBot, login: str, says: str
) -> None:
    school.incident(author="anna")
    page = shown_page(desk_for(login), qtbot)
    nothing = page.list.findChild(object, "incidents_none")
    assert nothing.isVisible()
    words = " ".join(label.text() for label in nothing.findChildren(QLabel))
    assert says in words
    assert "logged" not in words


def test_an_empty_log_offers_the_first_incident(desk_for: DeskFor, qtbot: QtBot) -> None:
    desk = desk_for("business_manager")
    page = shown_page(desk, qtbot)
    assert page.list.findChild(object, "incidents_none").isVisible()
    QTest.mouseClick(page.list.findChild(object, "incidents_none_action"), Qt.MouseButton.LeftButton)
    settle(desk)
    assert page.both.record_shown
    assert page.form().incident_id == 0
    assert page.back()


def test_who_may_only_read_is_offered_nothing_else(
    desk_for: DeskFor, logged: list[int], qtbot: QtBot
) -> None:
    desk = desk_for("leadership")
    page = shown_page(desk, qtbot)
    assert not page.list.new.isVisible()
    assert not page.list.export.isVisible()
    assert page.list.filters.person is None
    page.new_record()
    assert not page.both.record_shown


def test_columns_are_remembered_for_their_user(desk_for: DeskFor, logged: list[int], qtbot: QtBot) -> None:
    desk = desk_for("headteacher")
    page = shown_page(desk, qtbot)
    menu = page.list.table.columns_menu()
    next(action for action in menu.actions() if action.text() == "Platform").trigger()
    menu.close()
    header = page.list.table.horizontalHeader()
    header.moveSection(header.visualIndex(2), 0)
    wanted = page.list.table.shown_columns()
    assert "platform" not in wanted
    assert wanted[0] == "summary"
    page.hide()
    settle(desk)
    assert shown_page(desk, qtbot).list.table.shown_columns() == wanted
    assert shown_page(desk_for("dsl"), qtbot).list.table.shown_columns() != wanted


def test_every_control_has_a_name(desk_for: DeskFor, logged: list[int], qtbot: QtBot) -> None:
    from PySide6.QtWidgets import QAbstractButton, QComboBox, QLineEdit, QTableView

    page = shown_page(desk_for("headteacher"), qtbot)
    for kind in (QAbstractButton, QComboBox, QLineEdit, QTableView):
        for control in page.list.findChildren(kind):
            if control.isVisible() and control.focusPolicy() != Qt.FocusPolicy.NoFocus:
                assert control.objectName(), control
                assert control.accessibleName() or control.objectName().startswith("qt_"), (
                    control.objectName()
                )
