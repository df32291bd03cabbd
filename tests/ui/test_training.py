"""Training in the window: the list, recording, withdrawing, and the kinds of training (AUP-2, ACC-3)."""

from __future__ import annotations

import csv
from collections.abc import Callable, Iterator
from datetime import date, timedelta
from pathlib import Path

import pytest
from PySide6.QtCore import QEvent, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QDialog, QPushButton, QWidget
from pytestqt.qtbot import QtBot

from smdesk.policy.vocabulary import PersonKind
from smdesk.services import training, training_list
from smdesk.services.training_records import TrainingTypeDraft
from smdesk.services.training_records import TrainingView as View
from smdesk.ui.desk import Desk
from smdesk.ui.main_window import MainWindow
from smdesk.ui.pages.agreements.page import Page
from smdesk.ui.pages.agreements.person_training_dialog import PersonTrainingDialog
from smdesk.ui.pages.agreements.training_dialog import TrainingDialog
from smdesk.ui.pages.agreements.training_types_dialog import TrainingTypeDialog, TrainingTypesDialog
from smdesk.ui.pages.agreements.training_view import TrainingView
from smdesk.ui.pages.people.page import Page as People
from smdesk.ui.pages.people.person_view import PARTS
from smdesk.ui.tasks import Tasks
from smdesk.ui.widgets.dialogs import ConflictDialog
from smdesk.ui.widgets.export_dialog import ExportDialog
from smdesk.ui.widgets.service_dialog import ReasonService
from tests.support import pages
from tests.support.pages import click, front
from tests.support.school import SmallSchool
from tests.support.script import Script
from tests.ui.test_accessible import nameless
from tests.ui.test_alt_keys import clashes, window_for

__all__ = ["window_for"]

DeskFor = Callable[[str], Desk]
TODAY = date(2026, 3, 11)
Dialogs = TrainingDialog | TrainingTypeDialog


@pytest.fixture
def desk(desk_for: DeskFor) -> Iterator[Desk]:
    desk = desk_for("business_manager")
    yield desk
    pages.settle(desk.tasks)


@pytest.fixture
def online(school: SmallSchool) -> int:
    """All staff need it; one has it, one's has lapsed."""
    ctx = school.ctx_for("headteacher")
    kind = training.save_type(ctx, TrainingTypeDraft("Online safety", 12, (PersonKind.STAFF,), True)).id
    training.record(ctx, kind, [school.people["head"]], TODAY - timedelta(days=3), "A. Trainer")
    training.record(ctx, kind, [school.people["teacher"]], date(2024, 9, 1))
    return kind


def shown(desk: Desk, qtbot: QtBot) -> TrainingView:
    return pages.shown(TrainingView(desk), qtbot, desk.tasks, 1300, 700)


def settle(desk: Desk) -> None:
    pages.settle(desk.tasks)


def close(dialog: QDialog, desk: Desk) -> None:
    dialog.reject()
    QApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)
    settle(desk)


def listed(view: TrainingView) -> list[tuple[str, str]]:
    model = view.list.model
    keys = [column.key for column in model.columns]
    return [
        (
            model.index(row, keys.index("person")).data(),
            model.index(row, keys.index("standing")).data(),
        )
        for row in range(model.rowCount())
    ]


def test_what_is_to_be_done_stands_first(desk: Desk, online: int, qtbot: QtBot) -> None:
    view = shown(desk, qtbot)
    assert listed(view) == [
        ("Dan Birch", "Needed and missing"),
        ("Bea Cedar", "Needed and missing"),
        ("Tim Hazel", "Lapsed"),
        ("Helen Alder", "In date"),
    ]
    assert view.list.views[View.MISSING].text() == "Needed and missing (2)"
    click(view.list.views[View.LAPSED])
    settle(desk)
    assert [name for name, _ in listed(view)] == ["Tim Hazel"]
    click(view.list.views[View.LAPSING])
    settle(desk)
    assert view.list.findChild(QWidget, "trainings_view_empty").isVisible()
    assert nameless(view) == []


def test_it_narrows_by_training_kind_and_need(
    desk: Desk, school: SmallSchool, online: int, qtbot: QtBot
) -> None:
    ctx = school.ctx_for("headteacher")
    phones = training.save_type(ctx, TrainingTypeDraft("Phones in class")).id
    training.record(ctx, phones, [school.people["anna"]], TODAY)
    view = shown(desk, qtbot)
    assert len(listed(view)) == 5
    view.filters.type.setCurrentIndex(view.filters.type.findData(phones))
    settle(desk)
    assert [name for name, _ in listed(view)] == ["Anna Quillfeather"]
    click(view.filters.clear)
    settle(desk)
    click(view.filters.needed)
    settle(desk)
    assert "Anna Quillfeather" not in [name for name, _ in listed(view)]
    assert len(listed(view)) == 4


def test_recording_for_the_rows_that_are_marked(
    desk: Desk, school: SmallSchool, online: int, qtbot: QtBot
) -> None:
    said: list[str] = []
    desk.say = said.append
    view = shown(desk, qtbot)
    assert not view.marked.isEnabled()
    table = view.list.table
    table.selectRow(0)
    first = table.visualRect(view.list.model.index(1, 0)).center()
    QTest.mouseClick(table.viewport(), Qt.MouseButton.LeftButton, Qt.KeyboardModifier.ControlModifier, first)
    click(view.marked)
    settle(desk)
    dialog = front(TrainingDialog, view)
    assert dialog.type.currentText() == "Online safety"
    assert sorted(dialog.people.ids()) == sorted([school.people["dsl"], school.people["office"]])
    assert dialog.until.text() == "It counts until 11 March 2027, that day included."
    dialog.given_by.setText("A. Trainer")
    click(dialog.ok)
    settle(desk)
    assert said == ["Recorded for 2 people, counting until 11 March 2027."]
    assert [name for name, words in listed(view) if words == "Needed and missing"] == []
    assert len(listed(view)) == 4


# A popup wants the keyboard for itself; the windowless platform cannot give it and says so.
@pytest.mark.qt_log_ignore("This plugin does not support grabbing the keyboard")
def test_recording_by_name_and_for_everybody_who_lacks_it(
    desk: Desk, school: SmallSchool, online: int, script: Script, qtbot: QtBot
) -> None:
    view = shown(desk, qtbot)
    click(view.list.new)
    settle(desk)
    dialog = front(TrainingDialog, view)
    assert nameless(dialog) == []
    # One kind only: it is chosen at once.
    assert dialog.type.currentText() == "Online safety"
    picker, popup = dialog.people.picker, dialog.people.picker._completer.popup()
    picker.setFocus()
    QTest.keyClicks(picker, "quill")
    qtbot.waitUntil(lambda: popup.isVisible())
    # Somebody only typed is nobody.
    click(dialog.ok)
    assert any("only typed" in sentence for sentence in dialog.problems.sentences)
    QTest.keyClick(picker, Qt.Key.Key_Down)
    qtbot.waitUntil(lambda: popup.isVisible())
    QTest.keyClick(popup, Qt.Key.Key_Return)
    settle(desk)
    assert dialog.people.ids() == [school.people["anna"]]
    click(dialog.lacking)
    settle(desk)
    staff = {school.people[each] for each in ("dsl", "office", "teacher")}
    assert set(dialog.people.ids()) == staff | {school.people["anna"]}
    # One is taken off again by the keyboard.
    dialog.people.chosen.setCurrentRow(0)
    QTest.keyClick(dialog.people.chosen, Qt.Key.Key_Delete)
    assert set(dialog.people.ids()) == staff
    dialog.done_on.set_text("in the spring")
    click(dialog.ok)
    assert any("Done on" in sentence for sentence in dialog.problems.sentences)
    dialog.done_on.set_text("12/3/2026")
    click(dialog.ok)
    settle(desk)
    assert any("lies in the future" in sentence for sentence in dialog.problems.sentences)
    assert dialog.isVisible()
    dialog.done_on.set_text("today")
    click(dialog.ok)
    settle(desk)
    assert training.lacking(desk.ctx, online) == []


def test_who_had_it_already_is_named(
    desk: Desk, school: SmallSchool, online: int, script: Script, qtbot: QtBot
) -> None:
    parent = shown(desk, qtbot)
    dialog = TrainingDialog(desk, online, [school.people["head"], school.people["dsl"]], parent)
    got: list[object] = []
    dialog.accomplished.connect(got.append)
    dialog.open()
    settle(desk)
    dialog.done_on.set_day(TODAY - timedelta(days=3))
    click(dialog.ok)
    settle(desk)
    assert "passed over: Helen Alder" in script.take().text
    assert len(got) == 1


def test_a_row_opens_and_a_slip_is_withdrawn(
    desk: Desk, school: SmallSchool, online: int, qtbot: QtBot
) -> None:
    view = shown(desk, qtbot)
    row_id = training_list.row_id_of(online, school.people["head"])
    view.list.table.select_id(row_id)
    QTest.keyClick(view.list.table, Qt.Key.Key_Return)
    settle(desk)
    dialog = front(PersonTrainingDialog, view)
    assert dialog.title.text() == "Helen Alder: Online safety"
    assert dialog.standing.text == "In date until 8 March 2027"
    assert dialog.table.cell_texts()[0][:3] == ["8 Mar 2026", "8 Mar 2027", "A. Trainer"]
    assert nameless(dialog) == []
    click(dialog.withdraw)
    reason = front(ReasonService, dialog)
    click(reason.ok)
    settle(desk)
    assert any("Say why" in sentence for sentence in reason.problems.sentences)
    QTest.keyClicks(reason.edit, "It was another Helen")
    click(reason.ok)
    settle(desk)
    assert dialog.standing.text == "Needed and missing"
    assert dialog.table.cell_texts()[0][-1] == "Withdrawn: It was another Helen"
    assert not dialog.withdraw.isEnabled()
    close(dialog, desk)
    assert ("Helen Alder", "Needed and missing") in listed(view)


def test_the_first_kind_of_training(desk: Desk, script: Script, qtbot: QtBot) -> None:
    view = shown(desk, qtbot)
    none = view.list.findChild(QWidget, "trainings_none")
    assert none.isVisible()
    click(none.findChild(QPushButton, "trainings_none_action"))
    dialog = front(TrainingTypeDialog, view)
    assert nameless(dialog) == []
    click(dialog.ok)
    settle(desk)
    assert dialog.problems.sentences == ["Give the training a name."]
    QTest.keyClicks(dialog.name, "Online safety")
    dialog.months.setValue(24)
    click(dialog.asked.boxes[PersonKind.STAFF])
    click(dialog.accounts)
    click(dialog.ok)
    settle(desk)
    (kind,) = training.types(desk.ctx)
    assert kind.draft == TrainingTypeDraft("Online safety", 24, (PersonKind.STAFF,), True)
    # Whoever needs it is on the list at once.
    assert len(listed(view)) == 4


def test_a_kind_is_changed_and_asked_for_no_more(
    desk: Desk, school: SmallSchool, online: int, script: Script, qtbot: QtBot
) -> None:
    view = shown(desk, qtbot)
    click(view.kinds)
    settle(desk)
    kinds = front(TrainingTypesDialog, view)
    assert nameless(kinds) == []
    assert kinds.table.cell_texts() == [
        ["Online safety", "12 months", "Member of staff and whoever runs an account", "2", "Asked for"]
    ]
    click(kinds.edit)
    dialog = front(TrainingTypeDialog, kinds)
    dialog.months.setValue(0)
    click(dialog.ok)
    settle(desk)
    assert kinds.table.cell_texts()[0][1] == "Does not lapse"
    script.will_answer("Cancel", "Ask no more")
    click(kinds.retire)
    settle(desk)
    assert training.types(desk.ctx)
    click(kinds.retire)
    settle(desk)
    assert training.types(desk.ctx) == ()
    assert kinds.table.cell_texts()[0][4] == "Not asked for since 11 March 2026"
    assert kinds.retire.text() == "A&sk again"
    click(kinds.retire)
    settle(desk)
    assert len(training.types(desk.ctx)) == 1
    close(kinds, desk)


@pytest.mark.parametrize("answer", ["mine", "theirs"])
def test_somebody_else_changed_the_kind_meanwhile(
    desk: Desk, school: SmallSchool, online: int, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch, answer: str
) -> None:
    view = shown(desk, qtbot)
    (kind,) = training.types(desk.ctx)
    dialog = TrainingTypeDialog(desk, kind, view)
    dialog.open()
    training.save_type(
        school.ctx_for("headteacher"),
        TrainingTypeDraft("Online safety", 36, (PersonKind.STAFF,), True),
        online,
        1,
    )
    asked: list[list[str]] = []

    def press(self: ConflictDialog) -> int:
        asked.append([self.table.item(0, at).text() for at in range(3)])
        click(self.mine if answer == "mine" else self.theirs)
        return 0

    monkeypatch.setattr(ConflictDialog, "exec", press)
    dialog.months.setValue(6)
    click(dialog.ok)
    settle(desk)
    assert asked == [["Counts for", "36", "6"]]
    assert training.types(desk.ctx)[0].draft.valid_months == (6 if answer == "mine" else 36)


def test_the_list_goes_out(desk: Desk, online: int, qtbot: QtBot, script: Script, tmp_path: Path) -> None:
    view = shown(desk, qtbot)
    file = tmp_path / "training.csv"
    dialog = ExportDialog(desk, view.list.going_out(), view, choose_file=lambda *_: str(file))
    dialog.open()
    # Where the text is wider than the box, a click in its middle misses it.
    dialog.formats["csv"].click()
    click(dialog.save)
    settle(desk)
    assert "Saved 4 trainings" in script.take().text
    with file.open(encoding="utf-8-sig", newline="") as read:
        assert len(list(csv.reader(read))) == 5


def test_a_part_of_the_agreements_tab(desk: Desk, school: SmallSchool, online: int, qtbot: QtBot) -> None:
    page = pages.shown(Page(desk), qtbot, desk.tasks, 1300, 700)
    page.open_part("training", training_list.row_id_of(online, school.people["teacher"]))
    settle(desk)
    dialog = front(PersonTrainingDialog, page)
    assert dialog.title.text() == "Tim Hazel: Online safety"
    close(dialog, desk)
    assert page.current_part == "training"


@pytest.mark.parametrize("part", ["training", "education"])
def test_no_alt_key_leads_to_two_places(
    window_for: Callable[..., MainWindow], school: SmallSchool, online: int, tasks: Tasks, part: str
) -> None:
    window = window_for("business_manager", "agreements")
    page = window.page("agreements")
    assert isinstance(page, Page)
    page.open_part(part)
    pages.settle(tasks)
    assert page.current_part == part
    assert clashes(window) == []
    window.open_tab("people", school.people["teacher"])
    pages.settle(tasks)
    person = window.page("people")
    assert isinstance(person, People)
    person.view().tabs.setCurrentIndex(PARTS.index("Agreements"))
    pages.settle(tasks)
    assert person.view().agreements.record.isVisible()
    assert clashes(window) == []
