"""Choosing a person by keyboard: the answers stay under the arrow keys."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from PySide6.QtCore import QEvent, Qt
from PySide6.QtGui import QFocusEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from smdesk.policy.vocabulary import PersonKind
from smdesk.services import people
from smdesk.services.people_records import PersonDraft
from smdesk.ui.desk import Desk
from smdesk.ui.widgets.person_picker import NOT_CHOSEN, PersonPicker
from tests.support.school import SmallSchool

# A popup wants the keyboard for itself; the windowless platform cannot give it and says so.
pytestmark = pytest.mark.qt_log_ignore("This plugin does not support grabbing the keyboard")


def test_down_on_the_only_answer_keeps_it_so_that_enter_takes_it(
    desk_for: Callable[[str], Desk], qtbot: QtBot
) -> None:
    picker = PersonPicker(desk_for("business_manager"), "who", "Who posted it")
    qtbot.addWidget(picker)
    picker.show()
    QTest.keyClicks(picker, "Zebedee Nobody")
    popup = picker._completer.popup()
    qtbot.waitUntil(popup.isVisible, timeout=3000)
    with qtbot.waitSignal(picker.add_new, timeout=2000) as wanted:
        QTest.keyClick(popup, Qt.Key.Key_Down)
        QTest.keyClick(popup, Qt.Key.Key_Return)
    assert wanted.args == ["Zebedee Nobody"]


def texts(picker: PersonPicker) -> list[str]:
    model = picker._completer.completionModel()
    return [str(model.index(row, 0).data()) for row in range(model.rowCount())]


def test_namesakes_nothing_tells_apart_are_told_apart_by_their_record(
    desk_for: Callable[[str], Desk], school: SmallSchool, qtbot: QtBot
) -> None:
    office = school.ctx_for("business_manager")
    draft = PersonDraft(kind=PersonKind.PARENT, given_name="Marcia", family_name="Thornquist")
    first, second = people.save(office, draft).id, people.save(office, draft).id
    picker = PersonPicker(desk_for("business_manager"), "who", "Who posted it", may_add=False)
    other = PersonPicker(desk_for("business_manager"), "other", "Other", may_add=False, leave_out=(first,))
    for each in (picker, other):
        qtbot.addWidget(each)
        each.show()
        QTest.keyClicks(each, "thornquist")
        qtbot.waitUntil(each._completer.popup().isVisible, timeout=3000)
        each._completer.popup().hide()
    assert sorted(texts(picker)) == [
        f"Marcia Thornquist · Parent or carer · record {number}" for number in sorted((first, second))
    ]
    assert texts(other) == ["Marcia Thornquist · Parent or carer"]


def test_a_name_left_in_the_box_is_marked_until_somebody_is_chosen(
    desk_for: Callable[[str], Desk], qtbot: QtBot
) -> None:
    picker = PersonPicker(desk_for("business_manager"), "who", "Who posted it")
    qtbot.addWidget(picker)
    picker.show()
    QTest.keyClicks(picker, "quill")
    popup = picker._completer.popup()
    qtbot.waitUntil(popup.isVisible, timeout=3000)
    popup.hide()
    leave = QFocusEvent(QEvent.Type.FocusOut, Qt.FocusReason.TabFocusReason)
    QApplication.sendEvent(picker, leave)
    assert picker.property("wrong") == "true"
    assert picker.toolTip() == NOT_CHOSEN
    QTest.keyClick(picker, Qt.Key.Key_Down)
    qtbot.waitUntil(popup.isVisible, timeout=3000)
    QTest.keyClick(popup, Qt.Key.Key_Return)
    assert picker.person() is not None
    assert picker.property("wrong") == "false"
    QApplication.sendEvent(picker, leave)
    assert picker.property("wrong") == "false"
    # Whatever is typed next takes the whole place of who was chosen.
    picker.setCursorPosition(0)
    QTest.keyClicks(picker, "Bo")
    assert picker.text() == "Bo"
    assert picker.person() is None


def test_a_picker_to_read_only_offers_nothing_to_empty_it(
    desk_for: Callable[[str], Desk], qtbot: QtBot
) -> None:
    picker = PersonPicker(desk_for("business_manager"), "who", "Who posted it")
    qtbot.addWidget(picker)
    picker.set_read_only(True)
    assert picker.isReadOnly()
    assert not picker.isClearButtonEnabled()
    picker.set_read_only(False)
    assert picker.isClearButtonEnabled()
