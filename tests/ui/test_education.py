"""The education log in the window: logging, changing, withdrawing, and its figures (AUP-4)."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import date

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QPushButton
from pytestqt.qtbot import QtBot

from smdesk.policy.vocabulary import PersonKind
from smdesk.services import education, education_list
from smdesk.services.education_records import (
    EducationCount,
    EducationDraft,
    EducationFigures,
    EducationFilter,
    EducationKind,
    EducationSort,
)
from smdesk.services.education_records import EducationView as View
from smdesk.ui.desk import Desk
from smdesk.ui.pages.agreements.education_dialog import EducationDialog
from smdesk.ui.pages.agreements.education_view import EducationView, figures_in_words
from smdesk.ui.widgets.dialogs import ConflictDialog
from smdesk.ui.widgets.service_dialog import ReasonService
from tests.support import pages
from tests.support.pages import click, front
from tests.support.school import SmallSchool
from tests.support.script import Script
from tests.ui.test_accessible import nameless

DeskFor = Callable[[str], Desk]
ASSEMBLY = EducationDraft(
    date(2026, 2, 10),
    EducationKind.ASSEMBLY,
    "Safer Internet Day",
    (PersonKind.PUPIL,),
    "Year 5 and 6",
    58,
    "T. Hazel",
)


@pytest.fixture
def desk(desk_for: DeskFor) -> Iterator[Desk]:
    desk = desk_for("business_manager")
    yield desk
    pages.settle(desk.tasks)


@pytest.fixture
def logged(school: SmallSchool) -> int:
    ctx = school.ctx_for("headteacher")
    education.save(
        ctx,
        EducationDraft(date(2025, 6, 20), EducationKind.LEAFLET, "Summer and screens", (PersonKind.PARENT,)),
    )
    return education.save(ctx, ASSEMBLY).id


def shown(desk: Desk, qtbot: QtBot) -> EducationView:
    return pages.shown(EducationView(desk), qtbot, desk.tasks, 1300, 700)


def settle(desk: Desk) -> None:
    pages.settle(desk.tasks)


def entry(view: EducationView) -> EducationDialog:
    dialog = front(EducationDialog, view)
    return dialog


def titles(view: EducationView) -> list[str]:
    model = view.list.model
    place = [column.key for column in model.columns].index("title")
    return [model.index(row, place).data() for row in range(model.rowCount())]


def test_the_log_and_its_figures(desk: Desk, logged: int, qtbot: QtBot) -> None:
    view = shown(desk, qtbot)
    assert titles(view) == ["Safer Internet Day"]
    assert view.figures.period.currentText() == "School year 2025-26"
    assert view.figures.words.text() == (
        "1 event, 58 people reached. By audience: pupils 1 event, 58 people reached."
    )
    assert nameless(view) == []
    click(view.list.views[View.ALL])
    settle(desk)
    assert titles(view) == ["Safer Internet Day", "Summer and screens"]
    # Another period by the keyboard.
    place = view.figures.period.findText("School year 2024-25")
    view.figures.period.setFocus()
    for _ in range(place):
        QTest.keyClick(view.figures.period, Qt.Key.Key_Down)
    settle(desk)
    assert view.figures.words.text().startswith("1 event, nobody counted.")


def test_the_first_entry(desk: Desk, script: Script, qtbot: QtBot) -> None:
    view = shown(desk, qtbot)
    assert view.figures.words.text() == "Nothing was logged in this time."
    none = next(
        each for each in view.findChildren(QPushButton) if each.isVisible() and "first" in each.text()
    )
    click(none)
    dialog = entry(view)
    assert nameless(dialog) == []
    click(dialog.ok)
    settle(desk)
    assert len(dialog.problems.sentences) == 2
    dialog.held_on.set_text("sometime")
    dialog.reached.setText("sixty")
    click(dialog.ok)
    assert [sentence.split(":")[0] for sentence in dialog.problems.sentences] == ["Day", "People reached"]
    dialog.held_on.set_text("10/2/2026")
    QTest.keyClicks(dialog.title, "Safer Internet Day")
    dialog.kind.setCurrentIndex(dialog.kind.findData("assembly"))
    click(dialog.audience.boxes[PersonKind.PUPIL])
    QTest.keyClicks(dialog.audience_note, "Year 5 and 6")
    dialog.reached.setText("58")
    QTest.keyClicks(dialog.led_by, "T. Hazel")
    click(dialog.ok)
    settle(desk)
    (number,) = education_list.sorted_ids(desk.ctx, EducationFilter(), EducationSort())
    assert education.open_event(desk.ctx, number).draft == ASSEMBLY
    assert titles(view) == ["Safer Internet Day"]
    assert view.figures.words.text().startswith("1 event, 58 people reached.")


def test_an_entry_is_changed_and_withdrawn(desk: Desk, logged: int, qtbot: QtBot) -> None:
    view = shown(desk, qtbot)
    view.list.table.select_id(logged)
    QTest.keyClick(view.list.table, Qt.Key.Key_Return)
    settle(desk)
    dialog = entry(view)
    assert dialog.title.text() == "Safer Internet Day"
    dialog.reached.setText("1,060")
    click(dialog.ok)
    settle(desk)
    assert education.open_event(desk.ctx, logged).draft.reached == 1060
    view.open_record(logged)
    settle(desk)
    click(entry(view).withdraw)
    reason = front(ReasonService, view)
    QTest.keyClicks(reason.edit, "It was postponed")
    click(reason.ok)
    settle(desk)
    assert titles(view) == []
    click(view.list.views[View.WITHDRAWN])
    settle(desk)
    view.open_record(logged)
    settle(desk)
    kept = entry(view)
    assert not kept.ok.isVisible()
    assert not kept.withdraw.isVisible()
    assert kept.title.isReadOnly()
    assert kept.explanation.text().startswith("Withdrawn: It was postponed")
    click(kept.cancel)
    settle(desk)


def test_words_are_not_thrown_away_unasked(desk: Desk, script: Script, qtbot: QtBot) -> None:
    view = shown(desk, qtbot)
    view.new_record()
    dialog = entry(view)
    QTest.keyClicks(dialog.title, "An evening")
    script.will_answer("Go on writing", "Close")
    QTest.keyClick(dialog, Qt.Key.Key_Escape)
    assert dialog.isVisible()
    QTest.keyClick(dialog, Qt.Key.Key_Escape)
    settle(desk)
    assert not view.findChildren(EducationDialog) or not view.findChildren(EducationDialog)[0].isVisible()


def test_somebody_else_changed_it_meanwhile(
    desk: Desk, school: SmallSchool, logged: int, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    view = shown(desk, qtbot)
    view.open_record(logged)
    settle(desk)
    dialog = entry(view)
    education.save(school.ctx_for("headteacher"), replace(ASSEMBLY, reached=60), logged, 1)

    def go_back(self: ConflictDialog) -> int:
        click(self.back)
        return 0

    monkeypatch.setattr(ConflictDialog, "exec", go_back)
    dialog.reached.setText("61")
    click(dialog.ok)
    settle(desk)
    # Nothing of what is typed is lost, and nothing was written over.
    assert dialog.isVisible()
    assert dialog.reached.text() == "61"
    assert education.open_event(desk.ctx, logged).draft.reached == 60

    def save_mine(self: ConflictDialog) -> int:
        click(self.mine)
        return 0

    monkeypatch.setattr(ConflictDialog, "exec", save_mine)
    click(dialog.ok)
    settle(desk)
    assert education.open_event(desk.ctx, logged).draft.reached == 61


def test_figures_in_words() -> None:
    found = EducationFigures(
        date(2025, 9, 1),
        date(2026, 8, 31),
        EducationCount(3, 1250, 1),
        ((PersonKind.PUPIL, EducationCount(2, 1250, 0)), (PersonKind.PARENT, EducationCount(1, 0, 1))),
        (),
    )
    assert figures_in_words(found) == (
        "3 events, 1,250 people reached (1 not counted). By audience: pupils 2 events, 1,250 people reached; "
        "parents and carers 1 event, nobody counted. What was for several audiences counts under each."
    )
