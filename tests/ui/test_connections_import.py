"""The import dialog: file, columns, a check of every line, people chosen by hand, and then all of it."""

from __future__ import annotations

import csv
from collections.abc import Callable
from pathlib import Path

import openpyxl
import pytest
from PySide6.QtCore import QEvent, QMimeData, QPointF, Qt, QUrl
from PySide6.QtGui import QDragEnterEvent, QDropEvent, QKeySequence
from PySide6.QtWidgets import QApplication, QComboBox, QLabel
from pytestqt.qtbot import QtBot

from smdesk.errors import SmdeskError
from smdesk.policy.vocabulary import Link
from smdesk.services import connection_import, connections, people
from smdesk.services.connection_import import Result
from smdesk.services.import_people import ADD, LEAVE
from smdesk.ui.desk import Desk
from smdesk.ui.pages.connections.import_dialog import CHECK, COLUMNS, DONE, FILE, ImportDialog
from smdesk.ui.widgets.person_picker import PersonPicker
from smdesk.ui.widgets.preview_window import PreviewWindow
from tests.support.school import SmallSchool
from tests.support.script import Script
from tests.ui.test_accessible import nameless
from tests.ui.test_alt_keys import shown

HEADINGS = (
    "Staff name", "Pupil", "Relationship", "Platform", "Kind of link", "Declared", "Decision", "Decided on",
)  # fmt: skip
SAM = ["Tim Hazel", "Sam Quillfeather", "Nephew", "Facebook", "friend", "1/9/2024", "Approved", "3/9/2024"]
DeskFor = Callable[[str], Desk]


def line(pupil: str, platform: str = "Facebook", staff: str = "Tim Hazel") -> list[str]:
    return [staff, pupil, "Nephew", platform, "friend", "1/9/2024", "Approved", "3/9/2024"]


@pytest.fixture
def register(tmp_path: Path) -> Callable[..., Path]:
    def write(*rows: list[str], name: str = "register.csv") -> Path:
        file = tmp_path / name
        with file.open("w", encoding="utf-8-sig", newline="") as stream:
            csv.writer(stream).writerows([HEADINGS, *rows])
        return file

    return write


@pytest.fixture
def importer(qtbot: QtBot, desk_for: DeskFor, school: SmallSchool, tmp_path: Path) -> ImportDialog:
    school.clock.forward(days=365)
    dialog = ImportDialog(
        desk_for("business_manager"), choose_report=lambda parent, name: str(tmp_path / "report.csv")
    )
    qtbot.addWidget(dialog, before_close_func=lambda closing: closing._choices.clear())
    dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose, False)
    dialog.open()
    return dialog


def settle(dialog: ImportDialog) -> None:
    for _ in range(5):
        assert dialog._desk.tasks.wait_all()
        QApplication.processEvents()


def checked(dialog: ImportDialog, file: Path) -> ImportDialog:
    dialog.read_file(file)
    settle(dialog)
    dialog.next.click()
    settle(dialog)
    assert dialog.pages.currentIndex() == CHECK
    return dialog


def results(dialog: ImportDialog) -> list[Result]:
    assert dialog.check.plan is not None
    return [each.result for each in dialog.check.plan.lines]


def look_at(dialog: ImportDialog, place: int) -> None:
    dialog.check.table.selectRow(place)
    settle(dialog)


def detail(dialog: ImportDialog) -> str:
    shown = dialog.check.detail.findChildren(QLabel)
    return "\n".join(each.text() for each in shown if each.isVisibleTo(dialog))


def choose(dialog: ImportDialog, name: str, choice: object) -> None:
    # Those of the line before are hidden and wait to be deleted.
    (box,) = (each for each in dialog.check.detail.findChildren(QComboBox, name) if each.isVisibleTo(dialog))
    place = box.findData(choice)
    assert place >= 0
    box.setCurrentIndex(place)
    box.activated.emit(place)
    settle(dialog)


def test_from_the_file_to_the_register_by_keyboard(
    importer: ImportDialog, register: Callable[..., Path], qtbot: QtBot, script: Script
) -> None:
    assert not importer.next.isEnabled()
    importer.read_file(register(SAM))
    settle(importer)
    assert importer.pages.currentIndex() == COLUMNS
    assert importer.columns.columns().columns.keys() >= {"adult", "other", "platforms"}
    qtbot.keyClick(importer, Qt.Key.Key_Return, Qt.KeyboardModifier.ControlModifier)
    settle(importer)
    assert "1 line in “register.csv”. Will be added: 1." in importer.check.summary.text()
    assert importer.next.text() == "&Add 1 line"
    script.will_answer("Add it")
    qtbot.keyClick(importer, Qt.Key.Key_Return, Qt.KeyboardModifier.ControlModifier)
    settle(importer)
    assert script.take().text == "Add 1 exception to the register?"
    assert importer.pages.currentIndex() == DONE
    assert importer.done_words.text() == "It is 2027/C0001."
    assert importer.focusWidget() is importer.next, "Enter closes it"
    ctx = importer._desk.ctx
    assert connections.open_exception(ctx, connections.find_by_reference(ctx, "2027/C0001")).imported


def test_somebody_ambiguous_is_chosen_in_place(importer: ImportDialog, register: Callable[..., Path]) -> None:
    checked(importer, register(line("Samuel Quillfeather"), line("S Quillfeather", "WhatsApp")))
    assert results(importer) == [Result.CHOOSE, Result.CHOOSE]
    assert importer.next.text() == "Nothing to add"
    assert not importer.next.isEnabled()
    sam = people.search(importer._desk.ctx, "Sam Quill")[0].id
    look_at(importer, 0)
    assert "come near it" in detail(importer)
    choose(importer, "import_other_choice", sam)
    assert results(importer) == [Result.NEW, Result.CHOOSE]
    assert "Chosen by hand" in detail(importer)
    choose(importer, "import_other_choice", "?")
    assert results(importer) == [Result.CHOOSE, Result.CHOOSE]
    choose(importer, "import_other_choice", ADD)
    assert results(importer) == [Result.NEW, Result.CHOOSE]
    look_at(importer, 1)
    choose(importer, "import_other_choice", LEAVE)
    assert results(importer) == [Result.NEW, Result.LEFT_OUT]


def test_somebody_under_quite_another_name_is_found_by_searching(
    importer: ImportDialog, register: Callable[..., Path]
) -> None:
    checked(importer, register(line("Nick Name")))
    tariq = people.search(importer._desk.ctx, "Tariq")[0]
    picker = importer.check.detail.findChild(PersonPicker, "import_other_search")
    assert picker is not None
    picker.chosen.emit(tariq)
    settle(importer)
    assert importer.check.plan is not None
    assert importer.check.plan.lines[0].draft.other_id == tariq.id
    boxes = importer.check.detail.findChildren(QComboBox, "import_other_choice")
    (box,) = (each for each in boxes if each.isVisibleTo(importer))
    assert box.currentText().startswith("Tariq Osei-Marsh")


def test_the_lines_that_need_somebody_can_be_shown_alone(
    importer: ImportDialog, register: Callable[..., Path]
) -> None:
    checked(importer, register(SAM, line("Tariq Osei-Marsh", ""), line("Samuel Quillfeather")))
    texts = [importer.check.filter.itemText(place) for place in range(importer.check.filter.count())]
    assert texts[:2] == ["All lines (3)", "Lines that need somebody (2)"]
    look_at(importer, 1)
    assert "Platforms: none stands here" in detail(importer)
    importer.check.filter.setCurrentIndex(1)
    assert [each.number for each in importer.check.model.lines] == [3, 4]


def test_what_is_chosen_for_empty_cells_counts_and_a_field_belongs_to_one_column(
    importer: ImportDialog, register: Callable[..., Path]
) -> None:
    importer.read_file(register(line("Sam Quillfeather", "")))
    settle(importer)
    page = importer.columns
    adult, other = page.choices.boxes[0], page.choices.boxes[1]
    other.setCurrentIndex(other.findData("adult"))
    assert adult.currentData() == ""
    importer.next.click()
    settle(importer)
    assert importer.pages.currentIndex() == COLUMNS
    assert importer.problems.sentences == ["Choose the column that holds “Pupil or parent: name”."]
    adult.setCurrentIndex(adult.findData("adult"))
    other.setCurrentIndex(other.findData("other"))
    page.decided_on.set_text("neverday")
    importer.next.click()
    assert "is not a date" in importer.problems.sentences[0]
    page.decided_on.set_text("")
    page.platforms.set_value(("whatsapp",))
    page.links[Link.GAME].setChecked(True)
    importer.next.click()
    settle(importer)
    assert importer.check.plan is not None
    assert importer.check.plan.lines[0].draft.platforms == ("whatsapp",)
    assert connection_import.recall(importer._desk.ctx)["platforms"] == ["whatsapp"]
    importer.back.click()
    assert importer.pages.currentIndex() == COLUMNS


def test_a_file_that_cannot_be_read_says_so_and_another_can_be_chosen(
    importer: ImportDialog, register: Callable[..., Path], tmp_path: Path
) -> None:
    wrong = tmp_path / "picture.xlsx"
    wrong.write_bytes(b"%PDF-1.7")
    importer.read_file(wrong)
    settle(importer)
    assert importer.pages.currentIndex() == FILE
    assert "is a PDF" in importer.problems.sentences[0]
    importer.read_file(register(SAM))
    settle(importer)
    assert importer.pages.currentIndex() == COLUMNS
    assert importer.problems.isHidden()


def test_a_workbook_with_several_sheets_lets_one_be_chosen(importer: ImportDialog, tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    book.active.title = "2023"
    other = book.create_sheet("2024")
    for sheet, pupil in ((book.active, "Sam Quillfeather"), (other, "Tariq Osei-Marsh")):
        sheet.append(HEADINGS)
        sheet.append(line(pupil))
    book.save(tmp_path / "register.xlsx")
    importer.read_file(tmp_path / "register.xlsx")
    settle(importer)
    assert importer.pages.currentIndex() == FILE
    assert not importer.sheet_row.isHidden()
    assert f"of the sheet “{importer.sheets.currentText()}”" in importer.file_name.text()
    assert importer.focusWidget() is importer.sheets
    importer.sheets.setCurrentIndex(importer.sheets.findText("2024"))
    importer.sheets.activated.emit(importer.sheets.currentIndex())
    settle(importer)
    importer.next.click()
    importer.next.click()
    settle(importer)
    assert importer.check.plan is not None
    assert importer.check.plan.lines[0].other == "Tariq Osei-Marsh"


def test_a_file_is_dropped_on_the_first_page(importer: ImportDialog, register: Callable[..., Path]) -> None:
    mime = QMimeData()
    mime.setUrls([QUrl.fromLocalFile(str(register(SAM)))])
    buttons, keys = Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier
    enter = QDragEnterEvent(QPointF(5, 5).toPoint(), Qt.DropAction.CopyAction, mime, buttons, keys)
    importer.dragEnterEvent(enter)
    assert enter.isAccepted()
    importer.dropEvent(QDropEvent(QPointF(5, 5), Qt.DropAction.CopyAction, mime, buttons, keys))
    settle(importer)
    assert importer.pages.currentIndex() == COLUMNS


def test_the_report_is_saved_and_shown(
    importer: ImportDialog, register: Callable[..., Path], tmp_path: Path, script: Script, qtbot: QtBot
) -> None:
    checked(importer, register(SAM, line("Tariq Osei-Marsh", "")))
    importer.report.click()
    settle(importer)
    assert script.take().text == "The report was saved as “report.csv”."
    text = (tmp_path / "report.csv").read_text(encoding="utf-8-sig")
    assert "Will be added" in text
    assert "none stands here" in text
    importer.print.click()
    settle(importer)
    (window,) = importer.findChildren(PreviewWindow)
    assert window.isVisible()
    window.reject()
    settle(importer)


def test_what_failed_leaves_everything_as_it_was(
    importer: ImportDialog, register: Callable[..., Path], script: Script, school: SmallSchool
) -> None:
    from tests.support import connections as made

    checked(importer, register(SAM))
    made.declare(school, platforms=("facebook",))
    script.will_answer("Add it")
    importer.next.click()
    settle(importer)
    assert importer.pages.currentIndex() == CHECK
    assert "changed since the check" in importer.problems.sentences[0]
    assert importer.next.isEnabled()


def test_going_back_from_the_question_adds_nothing(
    importer: ImportDialog, register: Callable[..., Path], script: Script
) -> None:
    checked(importer, register(SAM))
    script.will_answer("Go back")
    importer.next.click()
    settle(importer)
    assert importer.pages.currentIndex() == CHECK
    with pytest.raises(SmdeskError):
        connections.find_by_reference(importer._desk.ctx, "2027/C0001")


def test_choices_made_by_hand_are_not_thrown_away_unasked(
    importer: ImportDialog, register: Callable[..., Path], script: Script
) -> None:
    checked(importer, register(line("Samuel Quillfeather")))
    choose(importer, "import_other_choice", LEAVE)
    script.will_answer("Go on")
    importer.reject()
    assert importer.isVisible()
    script.will_answer("Close")
    importer.reject()
    assert not importer.isVisible()


def test_a_name_that_looks_like_a_page_is_shown_as_it_stands(
    importer: ImportDialog, register: Callable[..., Path]
) -> None:
    checked(importer, register(line("<b>Bold</b> <img src=x>")))
    look_at(importer, 0)
    assert "<b>Bold</b>" in detail(importer)
    labels = importer.check.detail.findChildren(QLabel)
    assert all(each.textFormat() is Qt.TextFormat.PlainText for each in labels)


def test_every_page_is_named_for_those_who_hear_it_and_its_alt_keys_lead_to_one_place(
    importer: ImportDialog, register: Callable[..., Path]
) -> None:
    def fault() -> list[str]:
        keys = [QKeySequence.mnemonic(text).toString() for text in shown(importer)]
        return nameless(importer) + [key for key in keys if key and keys.count(key) > 1]

    assert fault() == []
    importer.read_file(register(SAM, line("Samuel Quillfeather"), line("Tariq Osei-Marsh", "")))
    settle(importer)
    assert fault() == []
    importer.next.click()
    settle(importer)
    for place in range(3):
        look_at(importer, place)
        QApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)
        assert fault() == []
