"""Recording answers: one person, a class, everyone in a list (AUP-1)."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import timedelta

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QWidget
from pytestqt.qtbot import QtBot

from smdesk.policy.vocabulary import PersonKind
from smdesk.services import agreement_outstanding, agreements, policies
from smdesk.services.agreement_records import AnswerFilter, AnswerView, Recorded
from smdesk.ui.desk import Desk
from smdesk.ui.pages.agreements.answer_dialog import AnswerDialog
from smdesk.ui.tasks import Tasks
from smdesk.ui.widgets.preview_window import PreviewWindow
from tests.services.test_agreements import TODAY, policy, put
from tests.support.pages import settle
from tests.support.school import SmallSchool

Open = Callable[..., AnswerDialog]


@pytest.fixture
def dialog_for(desk_for: Callable[[str], Desk], qtbot: QtBot, tasks: Tasks) -> Iterator[Open]:
    window = QWidget()
    qtbot.addWidget(window)
    window.resize(900, 700)
    window.show()

    def make(policy_id: int, *person_ids: int) -> AnswerDialog:
        dialog = AnswerDialog(desk_for("business_manager"), policy_id, person_ids, window)
        dialog.open()
        settle(tasks)
        return dialog

    yield make
    settle(tasks)


def lines(dialog: AnswerDialog) -> list[str]:
    return dialog.list.texts()


def of_view(school: SmallSchool, view: AnswerView) -> list[str]:
    ctx = school.ctx_for("business_manager")
    from smdesk.services.agreement_records import AnswerSort

    return [
        row.name
        for row in agreement_outstanding.rows(
            ctx, agreement_outstanding.sorted_ids(ctx, AnswerFilter(view), AnswerSort())
        )
    ]


def test_the_people_given_are_ticked_and_recorded(
    dialog_for: Open, school: SmallSchool, tasks: Tasks, qtbot: QtBot
) -> None:
    number = policy(school)
    dialog = dialog_for(number, school.people["anna"], school.people["ben"])
    assert dialog.policy.currentText() == "Acceptable use"
    assert dialog.version.currentText() == "1, adopted 1 September 2025, in use"
    assert lines(dialog) == [
        "Anna Quillfeather  –  Outstanding  (Parent or carer of Sam Quillfeather)",
        "Ben Quillfeather  –  Outstanding  (Parent or carer of Sam Quillfeather)",
    ]
    assert dialog.number.text() == "2 people ticked"
    assert dialog.focusWidget() is dialog.signed
    # Space takes somebody out.
    dialog.list.setFocus()
    dialog.list.go_to(1)
    QTest.keyClick(dialog.list, Qt.Key.Key_Space)
    assert dialog.number.text() == "1 person ticked"
    with qtbot.waitSignal(dialog.accomplished) as told:
        QTest.mouseClick(dialog.ok, Qt.MouseButton.LeftButton)
    settle(tasks)
    assert isinstance(told.args[0], Recorded)
    assert of_view(school, AnswerView.SIGNED) == ["Anna Quillfeather"]


def test_a_class_is_added_and_declines_by_keyboard(
    dialog_for: Open, school: SmallSchool, tasks: Tasks
) -> None:
    number = policy(school, "Home and school", PersonKind.PARENT, PersonKind.PUPIL)
    put(school, "sam", class_name="5 Oak")
    agreements.record(school.ctx_for("business_manager"), number, [school.people["anna"]], "signed", TODAY)
    dialog = dialog_for(0)
    assert lines(dialog) == []
    place = [dialog.group.itemText(at) for at in range(dialog.group.count())].index("Class 5 Oak")
    dialog.group.setCurrentIndex(place)
    QTest.mouseClick(dialog.add_group, Qt.MouseButton.LeftButton)
    settle(tasks)
    # Who has answered is not asked again.
    assert [line.partition("  ")[0] for line in lines(dialog)] == ["Ben Quillfeather", "Sam Quillfeather"]
    QTest.mouseClick(dialog.declined, Qt.MouseButton.LeftButton)
    dialog.note.setPlainText("Told us at the gate")
    dialog.note.setFocus()
    QTest.keyClick(dialog.note, Qt.Key.Key_Return, Qt.KeyboardModifier.ControlModifier)
    settle(tasks)
    assert of_view(school, AnswerView.DECLINED) == ["Ben Quillfeather", "Sam Quillfeather"]


def test_what_is_wrong_is_said_and_nothing_is_lost(
    dialog_for: Open, school: SmallSchool, tasks: Tasks
) -> None:
    number = policy(school)
    dialog = dialog_for(number)
    QTest.mouseClick(dialog.ok, Qt.MouseButton.LeftButton)
    assert "Nobody is ticked" in " ".join(dialog.problems.sentences)
    dialog._person_chosen(None)
    dialog._load_people([school.people["anna"]])
    settle(tasks)
    dialog.on.set_day(TODAY + timedelta(days=1))
    QTest.mouseClick(dialog.ok, Qt.MouseButton.LeftButton)
    settle(tasks)
    assert "lies in the future" in " ".join(dialog.problems.sentences)
    assert dialog.isVisible()
    assert dialog.number.text() == "1 person ticked"
    assert dialog.ok.isEnabled()
    dialog.reject()


def test_a_policy_without_a_version_is_told_to_get_one(
    dialog_for: Open, school: SmallSchool, tasks: Tasks
) -> None:
    dialog = dialog_for(0)
    assert "No policy has a version in use yet" in " ".join(dialog.problems.sentences)
    assert not dialog.ok.isEnabled()
    dialog.reject()


def test_another_policy_is_chosen_for_the_same_people(
    dialog_for: Open, school: SmallSchool, tasks: Tasks
) -> None:
    first = policy(school, "A first")
    second = policy(school, "B second", versions=2)
    agreements.record(school.ctx_for("business_manager"), second, [school.people["anna"]], "signed", TODAY)
    dialog = dialog_for(first, school.people["anna"])
    dialog.policy.setCurrentIndex(1)
    settle(tasks)
    assert [dialog.version.itemText(at).partition(",")[0] for at in range(dialog.version.count())] == [
        "2",
        "1",
    ]
    assert "Signed 11 March 2026" in lines(dialog)[0]
    dialog.reject()


def test_slips_are_printed_for_those_who_are_ticked(
    dialog_for: Open, school: SmallSchool, tasks: Tasks
) -> None:
    dialog = dialog_for(policy(school), school.people["anna"])
    QTest.mouseClick(dialog.slips, Qt.MouseButton.LeftButton)
    settle(tasks)
    shown = dialog.findChild(PreviewWindow)
    assert shown is not None
    shown.reject()
    QApplication.processEvents()
    dialog.reject()


def test_the_office_is_told_what_was_recorded(dialog_for: Open, school: SmallSchool, tasks: Tasks) -> None:
    said: list[str] = []
    number = policy(school)
    dialog = dialog_for(number, school.people["anna"])
    dialog._desk.say = said.append
    QTest.mouseClick(dialog.ok, Qt.MouseButton.LeftButton)
    settle(tasks)
    assert said == ["Recorded for “Acceptable use”, version 1: Anna Quillfeather signed on 11 March 2026."]
    assert policies.open_policy(school.ctx_for("business_manager"), number).tally.signed == 1
