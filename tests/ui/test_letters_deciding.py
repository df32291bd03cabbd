"""Letters decided on their tab: one after the other, with names that stop them, and changed meanwhile."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import (
    QApplication,
    QWidget,
)
from pytestqt.qtbot import QtBot

from smdesk.services import letter_text, letters
from smdesk.services.letter_records import LetterStatus
from smdesk.ui.desk import Desk
from smdesk.ui.pages.letters.dialogs import ApproveDialog
from smdesk.ui.tasks import Tasks
from smdesk.ui.widgets.dialogs import ReasonDialog
from tests.support.letters_page import (
    PageFor,
    dialog_of,
    opened,
    pages,
    press,
    status,
    type_over,
    waiting,
)
from tests.support.pages import settle
from tests.support.school import SmallSchool
from tests.support.script import Script

CTRL, SHIFT = Qt.KeyboardModifier.ControlModifier, Qt.KeyboardModifier.ShiftModifier
RETURN = Qt.Key.Key_Return


@pytest.fixture
def page_for(qtbot: QtBot, desk_for: Callable[[str], Desk], tasks: Tasks) -> Iterator[PageFor]:
    with pages(qtbot, desk_for, tasks) as make:
        yield make


def test_the_headteacher_decides_one_after_the_other_by_keyboard(
    qtbot: QtBot, school: SmallSchool, page_for: PageFor, tasks: Tasks
) -> None:
    first, second = waiting(school), waiting(school, summary="Another post")
    page = page_for("headteacher")
    assert page.list.view == "waiting"
    assert list(page.list.model.ids) == [first, second]
    page.list.table.setFocus()
    press(qtbot, page, RETURN)
    settle(tasks)
    assert page.screen.letter_id == first
    assert page.screen.left.text() == "1 left"
    press(qtbot, page, RETURN, CTRL)
    settle(tasks)
    dialog = dialog_of(page, ApproveDialog)
    record = letters.get(school.ctx_for("headteacher"), first)
    shown = dialog.findChild(QWidget, "approve_text").toPlainText()
    for part in (record.edit.addressee, record.edit.salutation, record.edit.subject):
        assert part in shown
    assert letter_text.plain(record.edit.body) in shown
    assert not [line for line in shown.splitlines() if line.startswith(("# ", "- "))]
    assert "It is signed with your key" in dialog.key.text()
    assert status(school, first) is LetterStatus.SUBMITTED
    press(qtbot, dialog, RETURN, CTRL)
    settle(tasks)
    assert status(school, first) is LetterStatus.APPROVED
    assert page.screen.letter_id == second
    assert page.screen.left.text() == "Nothing else waits for you"
    press(qtbot, page, RETURN, CTRL | SHIFT)
    note = dialog_of(page, ReasonDialog)
    qtbot.keyClicks(QApplication.focusWidget(), "Please say it more kindly.")
    press(qtbot, note, RETURN, CTRL)
    settle(tasks)
    assert status(school, second) is LetterStatus.RETURNED
    assert not page.record_shown
    assert page.list.stack.currentWidget() is page.list.empty
    assert page.list.empty._title.text() == "Nothing waits for you"


def test_a_childs_name_stops_the_approval_until_a_reason_is_given(
    qtbot: QtBot, school: SmallSchool, page_for: PageFor, tasks: Tasks
) -> None:
    letter = waiting(school, "This upset Tariq Osei-Marsh.")
    page = page_for("headteacher")
    opened(page, letter, tasks)
    assert page.screen.names.hits
    press(qtbot, page, RETURN, CTRL)
    settle(tasks)
    dialog = dialog_of(page, ApproveDialog)
    assert "Tariq Osei-Marsh" in dialog.names.places.item(0).text()
    press(qtbot, dialog, RETURN, CTRL)
    settle(tasks)
    assert dialog.isVisible()
    assert "Say why the names must stand" in dialog.problem.text()
    assert status(school, letter) is LetterStatus.SUBMITTED
    qtbot.keyClicks(dialog.reason_edit, "His parents asked to be named")
    press(qtbot, dialog, RETURN, CTRL)
    settle(tasks)
    assert letters.get(school.ctx_for("headteacher"), letter).names_reason == "His parents asked to be named"
    opened(page, letter, tasks)
    notices = [
        page.screen._notices.itemAt(place).widget().accessibleName()
        for place in range(page.screen._notices.count())
    ]
    assert any("His parents asked" in notice for notice in notices)


def test_a_name_taken_out_lets_the_letter_through(
    qtbot: QtBot, school: SmallSchool, page_for: PageFor, tasks: Tasks, script: Script
) -> None:
    letter = waiting(school, "This upset Tariq Osei-Marsh.")
    page = page_for("headteacher")
    opened(page, letter, tasks)
    type_over(page, "Tariq Osei-Marsh", "another child")
    press(qtbot, page, RETURN, CTRL | SHIFT)  # returning what was changed here would lose the change
    assert script.texts == ["You have changed this letter."]
    assert not [each for each in page.findChildren(ReasonDialog) if each.isVisible()]
    press(qtbot, page, Qt.Key.Key_S, CTRL)
    settle(tasks)
    press(qtbot, page, RETURN, CTRL)  # a changed letter is a draft: hand it over
    settle(tasks)
    press(qtbot, page, RETURN, CTRL)
    settle(tasks)
    dialog = dialog_of(page, ApproveDialog)
    assert not dialog.reason_edit.isVisible()
    press(qtbot, dialog, RETURN, CTRL)
    settle(tasks)
    assert status(school, letter) is LetterStatus.APPROVED


def test_a_letter_changed_meanwhile_is_not_signed_unseen(
    qtbot: QtBot, school: SmallSchool, page_for: PageFor, tasks: Tasks, script: Script
) -> None:
    letter = waiting(school)
    page = page_for("headteacher")
    opened(page, letter, tasks)
    office = school.ctx_for("business_manager")
    record = letters.get(office, letter)
    saved = letters.save(
        office, letter, replace(record.edit, subject="Changed by the office"), record.version
    )
    letters.submit(office, letter, saved.version)
    press(qtbot, page, RETURN, CTRL)
    settle(tasks)
    assert "changed this letter" in script.texts[0]
    assert not [each for each in page.findChildren(ApproveDialog) if each.isVisible()]
    assert page.screen.form.subject.text() == "Changed by the office"
    assert status(school, letter) is LetterStatus.SUBMITTED


# From approval to the envelope
