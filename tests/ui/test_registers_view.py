"""The registers and blank forms of the reports tab: each one click (DOC-3)."""

from __future__ import annotations

import csv
from collections.abc import Callable
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication, QPushButton
from pytestqt.qtbot import QtBot

from smdesk.services import registers
from smdesk.services.registers import FORMS, REGISTERS
from smdesk.ui.desk import Desk
from smdesk.ui.pages.reports.registers_view import RegistersView
from smdesk.ui.tasks import Tasks
from smdesk.ui.widgets.preview_window import PreviewWindow
from tests.support.script import Script


class Place:
    """Stands for the dialog that asks where to save."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.asked, self.answer = folder, [], ""

    def __call__(self, parent: object, name: str, kinds: str) -> str:
        self.asked.append((name, kinds))
        return self.answer and str(self.folder / self.answer)


@pytest.fixture
def place(tmp_path: Path) -> Place:
    return Place(tmp_path)


@pytest.fixture
def view(qtbot: QtBot, desk_for: Callable[[str], Desk], place: Place) -> RegistersView:
    made = RegistersView(desk_for("business_manager"), choose_file=place)
    qtbot.addWidget(made)
    made.resize(1000, 640)
    made.show()
    qtbot.waitExposed(made)
    made.activate()
    return made


def press(view: RegistersView, name: str, qtbot: QtBot, tasks: Tasks) -> None:
    found = view.findChild(QPushButton, name)
    assert found is not None, name
    found.setFocus()
    qtbot.keyClick(found, Qt.Key.Key_Space)
    for _ in range(4):
        QApplication.processEvents()
        assert tasks.wait_all(20.0)
    QApplication.processEvents()


def preview_of(view: RegistersView, qtbot: QtBot) -> PreviewWindow:
    qtbot.waitUntil(lambda: view.findChild(PreviewWindow) is not None, timeout=20_000)
    return view.findChild(PreviewWindow)


def test_every_register_and_form_has_its_buttons(view: RegistersView) -> None:
    names = {each.accessibleName() for each in view.findChildren(QPushButton)}
    for listed in REGISTERS.values():
        assert {f"Print: {listed.title}", f"Excel: {listed.title}", f"CSV: {listed.title}"} <= names
    for listed in FORMS.values():
        assert f"Print or save: {listed.title}" in names


def test_a_register_is_shown_to_be_printed(view: RegistersView, qtbot: QtBot, tasks: Tasks) -> None:
    press(view, "register_blocks_pdf", qtbot, tasks)
    window = preview_of(view, qtbot)
    assert window.windowTitle() == "Blocks"
    qtbot.waitUntil(lambda: "Blocks" in window.view.text, timeout=20_000)
    window.close()


def test_a_form_is_shown(view: RegistersView, qtbot: QtBot, tasks: Tasks) -> None:
    press(view, "form_incident", qtbot, tasks)
    window = preview_of(view, qtbot)
    qtbot.waitUntil(lambda: "Report of an incident" in window.view.text, timeout=20_000)
    window.close()


def test_a_register_is_saved_where_the_person_says(
    view: RegistersView, qtbot: QtBot, tasks: Tasks, place: Place, script: Script
) -> None:
    place.answer = "mine"
    press(view, "register_policies_csv", qtbot, tasks)
    file = place.folder / "mine.csv"
    qtbot.waitUntil(file.exists, timeout=20_000)
    heads, *lines = csv.reader(file.read_text(encoding="utf-8-sig").splitlines())
    assert (heads[0], lines) == ("Policy", [])
    name, kinds = place.asked[0]
    assert name.startswith("Policies and their reviews ")
    assert name.endswith(".csv")
    assert "csv" in kinds
    qtbot.waitUntil(lambda: bool(script.texts), timeout=20_000)
    assert script.texts == ["Saved “Policies and their reviews” with 0 lines as “mine.csv”."]


def test_whoever_changes_their_mind_gets_no_file(
    view: RegistersView, qtbot: QtBot, tasks: Tasks, place: Place
) -> None:
    press(view, "register_accounts_xlsx", qtbot, tasks)
    assert place.asked
    assert not list(place.folder.glob("*.xlsx"))


def test_a_register_that_cannot_be_written_says_why(
    view: RegistersView, qtbot: QtBot, tasks: Tasks, place: Place, script: Script
) -> None:
    place.answer = "no/such/folder.csv"
    press(view, "register_accounts_csv", qtbot, tasks)
    qtbot.waitUntil(lambda: bool(script.texts), timeout=20_000)
    assert "folder does not exist" in script.texts[-1]


def test_the_registers_are_those_of_the_service() -> None:
    assert list(registers.REGISTERS) == list(registers.Register)
