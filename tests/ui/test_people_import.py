"""Importing people by clicks and keys: file, columns, a check of everybody, and then all of it."""

from __future__ import annotations

import csv
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import QEvent, Qt
from PySide6.QtGui import QKeySequence
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QComboBox, QLabel, QPushButton
from pytestqt.qtbot import QtBot

from smdesk.policy.vocabulary import PersonKind
from smdesk.services import context, people, people_import
from smdesk.services.import_people import LEAVE
from smdesk.services.people_import import Result
from smdesk.services.people_import_fields import Field, Layout, Target
from smdesk.ui.desk import Desk
from smdesk.ui.pages.people.import_dialog import ImportDialog
from smdesk.ui.pages.people.page import Page
from smdesk.ui.widgets.import_steps import CHECK, COLUMNS, DONE, FILE
from tests.support.pages import settle as settle_tasks
from tests.support.pages import shown as on_screen
from tests.support.school import SmallSchool
from tests.support.script import Script
from tests.ui.test_accessible import nameless
from tests.ui.test_alt_keys import shown

HEADINGS = ["UPN", "Forename", "Surname", "Date of birth", "Year", "Reg group", "Postcode"]
SAM = ["B100", "Sam", "Quillfeather", "14/09/2015", "5", "5A", ""]
NORA = ["B101", "Nora", "Newcome", "02/11/2016", "4", "4B", "ZZ9 9AB"]
UNSURE = ["", "Tariq", "Osei-Marsh", "", "6", "6A", ""]
DeskFor = Callable[[str], Desk]
Write = Callable[..., Path]


@pytest.fixture
def write(tmp_path: Path) -> Write:
    def made(*rows: list[str], headings: list[str] = HEADINGS, name: str = "pupils.csv") -> Path:
        file = tmp_path / name
        with file.open("w", encoding="utf-8-sig", newline="") as stream:
            csv.writer(stream).writerows([headings, *rows])
        return file

    return made


@pytest.fixture
def importer(qtbot: QtBot, desk_for: DeskFor, school: SmallSchool, tmp_path: Path) -> ImportDialog:
    dialog = ImportDialog(
        desk_for("business_manager"), choose_report=lambda parent, name: str(tmp_path / "report.csv")
    )
    qtbot.addWidget(dialog, before_close_func=lambda closing: closing._choices.clear())
    dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose, False)
    dialog.open()
    return dialog


def settle(dialog: ImportDialog) -> None:
    settle_tasks(dialog._desk.tasks)


def press_next(dialog: ImportDialog) -> None:
    QTest.keyClick(dialog, Qt.Key.Key_Return, Qt.KeyboardModifier.ControlModifier)
    settle(dialog)


def checked(dialog: ImportDialog, file: Path) -> ImportDialog:
    dialog.read_file(file)
    settle(dialog)
    press_next(dialog)
    assert dialog.pages.currentIndex() == CHECK
    return dialog


def results(dialog: ImportDialog) -> list[Result]:
    assert dialog.check.plan is not None
    return [each.result for each in dialog.check.plan.entries]


def look_at(dialog: ImportDialog, place: int) -> None:
    dialog.check.table.selectRow(place)
    settle(dialog)


def detail(dialog: ImportDialog) -> str:
    labels = dialog.check.detail.findChildren(QLabel)
    return "\n".join(each.text() for each in labels if each.isVisibleTo(dialog))


def choice(dialog: ImportDialog) -> QComboBox:
    boxes = dialog.check.detail.findChildren(QComboBox, "import_person_choice")
    (box,) = (each for each in boxes if each.isVisibleTo(dialog))
    return box


def choose(dialog: ImportDialog, wanted: object) -> None:
    box = choice(dialog)
    place = box.findData(wanted)
    assert place >= 0
    box.setCurrentIndex(place)
    box.activated.emit(place)
    settle(dialog)


def test_from_the_people_tab_by_keyboard(
    desk_for: DeskFor, qtbot: QtBot, write: Write, script: Script, school: SmallSchool
) -> None:
    desk = desk_for("business_manager")
    page = on_screen(Page(desk), qtbot, desk.tasks, 1200, 700)
    QTest.mouseClick(page.list.bring_in, Qt.MouseButton.LeftButton)
    (dialog,) = page.findChildren(ImportDialog)
    assert not dialog.next.isEnabled()
    dialog.read_file(write(SAM, NORA))
    settle(dialog)
    assert dialog.pages.currentIndex() == COLUMNS
    assert dialog.columns.kind.currentText() == "Pupil"
    press_next(dialog)
    assert dialog.check.summary.text() == "2 people, from “pupils.csv”. New: 1 · Changed: 1."
    assert dialog.focusWidget() is dialog.check.table
    assert "Class: (nothing) → 5A" in detail(dialog)
    QTest.keyClick(dialog.check.table, Qt.Key.Key_Down)
    settle(dialog)
    assert "Nora Newcome, pupil, born 2 November 2016, 4B, number B101" in detail(dialog)
    assert dialog.next.text() == "&Write 2 people"
    script.will_answer("Write them")
    press_next(dialog)
    asked = script.take()
    assert (asked.text, asked.more) == ("Write 2 people?", "1 new, 1 changed. A backup is made first.")
    assert dialog.pages.currentIndex() == DONE
    assert dialog.done_title.text() == "2 people were written"
    assert dialog.focusWidget() is dialog.next, "Enter closes it"
    assert people.search(desk.ctx, "Nora Newcome")
    assert page.list.total.text() == "11 people shown", "the list behind has followed"
    press_next(dialog)


def test_who_may_not_is_not_offered_it(desk_for: DeskFor, qtbot: QtBot) -> None:
    desk = desk_for("dsl")
    page = on_screen(Page(desk), qtbot, desk.tasks, 1200, 700)
    assert not page.list.bring_in.isVisible()
    assert page.list.new.isVisible()


def test_somebody_uncertain_is_chosen_in_place(
    importer: ImportDialog, write: Write, school: SmallSchool
) -> None:
    checked(importer, write(UNSURE, NORA))
    assert results(importer) == [Result.CHOOSE, Result.NEW]
    look_at(importer, 0)
    assert "nothing else tells whether it is the same person" in detail(importer)
    choose(importer, school.people["tariq"])
    assert results(importer) == [Result.CHANGED, Result.NEW]
    assert "Chosen by hand" in detail(importer)
    choose(importer, LEAVE)
    assert results(importer) == [Result.LEFT_OUT, Result.NEW]
    choose(importer, "?")
    assert results(importer) == [Result.CHOOSE, Result.NEW]
    choose(importer, "add")
    assert results(importer) == [Result.NEW, Result.NEW]
    assert choice(importer).currentText() == "Somebody new: add Tariq Osei-Marsh"


def test_all_of_the_very_same_name_are_taken_at_once(
    importer: ImportDialog, write: Write, script: Script
) -> None:
    checked(importer, write(UNSURE, ["", "Sam", "Quillfeather", "", "5", "5A", ""]))
    look_at(importer, 0)
    (take_all,) = importer.check.detail.findChildren(QPushButton, "import_take_all")
    assert take_all.text() == "&Take all 2 like this for the people on record"
    script.will_answer("Take them all")
    QTest.mouseClick(take_all, Qt.MouseButton.LeftButton)
    settle(importer)
    assert results(importer) == [Result.CHANGED, Result.CHANGED]


def test_half_a_file_must_be_confirmed_in_words(importer: ImportDialog, write: Write, script: Script) -> None:
    importer.read_file(write(SAM))
    settle(importer)
    box = importer.columns.whole[PersonKind.PUPIL]
    assert not importer.columns.left_on.isEnabled()
    box.setFocus()
    QTest.keyClick(box, Qt.Key.Key_Space)
    assert importer.columns.left_on.isEnabled()
    press_next(importer)
    assert results(importer) == [Result.CHANGED, Result.LEAVES]
    words = importer.check.words
    assert words.isVisible()
    assert "1 pupil of 2 would be marked as left" in importer.check.asked_words.text()
    assert not importer.next.isEnabled()
    QTest.keyClicks(words, "1 pupil")
    assert not importer.next.isEnabled()
    QTest.keyClicks(words, " left")
    assert importer.next.isEnabled()
    script.will_answer("Write them")
    press_next(importer)
    assert importer.done_words.text().startswith("1 changed, 1 marked as left. ")


def test_another_layout_offers_other_fields(importer: ImportDialog, write: Write) -> None:
    headings = [
        "UPN",
        "Forename",
        "Surname",
        "DOB",
        "Contact 1 Name",
        "Contact 1 Email",
        "Contact 1 Relationship",
    ]
    importer.read_file(
        write(["B1", "Ann", "Ash", "1/2/2016", "Jo Ash", "jo@ash.example", "Mother"], headings=headings)
    )
    settle(importer)
    page = importer.columns
    assert page.columns().layout is Layout.PUPIL
    assert page.columns().columns[Target(Field.NAME, 1)] == 4
    assert not page.kind.isVisible()
    page.layout_box.setCurrentIndex(page.layout_box.findData("person"))
    page.layout_box.activated.emit(page.layout_box.currentIndex())
    settle(importer)
    assert page.columns().layout is Layout.PERSON
    assert page.kind.isVisible()
    page.layout_box.setCurrentIndex(page.layout_box.findData("pupil"))
    page.layout_box.activated.emit(page.layout_box.currentIndex())
    settle(importer)
    press_next(importer)
    assert results(importer) == [Result.NEW, Result.NEW]
    look_at(importer, 1)
    assert "Parent of Ann Ash" in detail(importer)


def test_what_is_not_chosen_is_said_and_the_place_shown(importer: ImportDialog, write: Write) -> None:
    importer.read_file(write(["Ann", "Ash"], headings=["Forename", "Surname"], name="list.csv"))
    settle(importer)
    press_next(importer)
    assert importer.pages.currentIndex() == COLUMNS
    assert importer.problems.sentences == ["Say who the people in this file are: no column tells."]
    importer.columns.kind.setCurrentIndex(importer.columns.kind.findText("Volunteer"))
    press_next(importer)
    assert results(importer) == [Result.NEW]


def test_four_hundred_columns_are_shown_at_once_and_typing_never_waits(
    importer: ImportDialog, write: Write, qtbot: QtBot
) -> None:
    headings = [*HEADINGS, *(f"Field {n} of the other system" for n in range(393))]
    rows = [[*SAM, *("x" for _ in range(393))], [*NORA, *("y" for _ in range(393))]]
    importer.read_file(write(*rows, headings=headings))
    settle(importer)
    table = importer.columns.choices
    assert len(table.boxes) == 400
    find = table.find
    assert find.isVisible()
    slowest = 0.0
    for letter in "field 317":
        start = time.perf_counter()
        QTest.keyClicks(find, letter)
        QApplication.processEvents()
        slowest = max(slowest, time.perf_counter() - start)
    left = [at for at in range(400) if not table.table.isRowHidden(at)]
    assert [table.table.item(at, 0).text() for at in left] == ["Field 317 of the other system"]
    assert slowest < 0.5  # some thirty milliseconds; far above, so that a busy machine does not fail it
    press_next(importer)
    assert results(importer) == [Result.CHANGED, Result.NEW]


def test_no_service_works_on_the_windows_own_thread(
    importer: ImportDialog, write: Write, script: Script, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Reading, guessing, checking and writing may take seconds; so may every look-up behind them."""
    real = context._standing
    asked: list[threading.Thread] = []

    def standing(ctx: context.Context) -> Any:
        asked.append(threading.current_thread())
        return real(ctx)

    monkeypatch.setattr(context, "_standing", standing)
    checked(importer, write(UNSURE, NORA))
    importer.back.click()
    box = importer.columns.choices.boxes[5]
    QTest.keyClicks(box, "Left")
    importer.columns.layout_box.activated.emit(0)
    settle(importer)
    press_next(importer)
    look_at(importer, 0)
    choose(importer, LEAVE)
    importer.report.click()
    settle(importer)
    script.take()
    script.will_answer("Write them")
    press_next(importer)
    assert importer.pages.currentIndex() == DONE
    assert len(asked) > 6
    assert threading.main_thread() not in asked


def test_cancelled_while_checking_everything_is_as_it_was(
    importer: ImportDialog, write: Write, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = people_import.apply
    checked(importer, write(NORA))

    def cancelled(ctx: Any, planned: Any, backup: Path, confirmed: str, progress: Any) -> Any:
        assert importer._job is not None
        importer._job.cancel()
        return real(ctx, planned, backup, confirmed, progress)

    monkeypatch.setattr(people_import, "apply", cancelled)
    monkeypatch.setattr(importer._desk.messages, "confirm", lambda *args, **more: True)
    press_next(importer)
    assert importer.pages.currentIndex() == CHECK
    assert importer.next.isEnabled()
    assert people.search(importer._desk.ctx, "Newcome") == []


def test_the_report_is_saved_and_a_wrong_file_is_said(
    importer: ImportDialog, write: Write, tmp_path: Path, script: Script
) -> None:
    wrong = tmp_path / "list.xlsx"
    wrong.write_bytes(b"%PDF-1.7")
    importer.read_file(wrong)
    settle(importer)
    assert importer.pages.currentIndex() == FILE
    assert "is a PDF" in importer.problems.sentences[0]
    checked(importer, write(NORA, ["B2", "Max", "", "", "", "", ""]))
    importer.report.click()
    settle(importer)
    assert script.take().text == "The report was saved as “report.csv”."
    text = (tmp_path / "report.csv").read_text(encoding="utf-8-sig")
    assert "The family name is missing" in text
    filters = [importer.check.filter.itemText(at) for at in range(importer.check.filter.count())]
    assert filters == ["Everybody (2)", "People who need somebody (1)", "New (1)", "Cannot be brought in (1)"]
    importer.check.filter.setCurrentIndex(1)
    assert [each.name for each in importer.check.model.lines if each.result is Result.PROBLEM] == ["Max"]


def test_every_page_is_named_for_those_who_hear_it_and_its_alt_keys_lead_to_one_place(
    importer: ImportDialog, write: Write
) -> None:
    def fault() -> list[str]:
        keys = [QKeySequence.mnemonic(text).toString() for text in shown(importer)]
        return nameless(importer) + [key for key in keys if key and keys.count(key) > 1]

    assert fault() == []
    importer.read_file(write(SAM, UNSURE, ["", "Sam", "Quill<b>", "", "", "", ""]))
    settle(importer)
    assert fault() == []
    importer.columns.whole[PersonKind.PUPIL].setChecked(True)
    press_next(importer)
    for place in range(3):
        look_at(importer, place)
        QApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)
        assert fault() == []
        labels = importer.check.detail.findChildren(QLabel)
        assert all(each.textFormat() is Qt.TextFormat.PlainText for each in labels)
