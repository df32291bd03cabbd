"""A person's page: what they have agreed to and how they are trained, and doing what is still asked (AUP-1, AUP-2)."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import date, timedelta

import pytest
from PySide6.QtCore import QEvent, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from smdesk.policy.vocabulary import PersonKind
from smdesk.services import policies, training
from smdesk.services.agreement_records import PolicyDraft, VersionDraft
from smdesk.services.training_records import TrainingTypeDraft
from smdesk.ui.desk import Desk
from smdesk.ui.pages.agreements.answer_dialog import AnswerDialog
from smdesk.ui.pages.agreements.person_answers_dialog import PersonAnswersDialog
from smdesk.ui.pages.agreements.person_training_dialog import PersonTrainingDialog
from smdesk.ui.pages.agreements.training_dialog import TrainingDialog
from smdesk.ui.pages.people.page import Page
from smdesk.ui.pages.people.person_view import PARTS
from tests.support import pages
from tests.support.pages import click, front
from tests.support.school import SmallSchool
from tests.ui.test_accessible import nameless

DeskFor = Callable[[str], Desk]
TODAY = date(2026, 3, 11)


@pytest.fixture
def desk(desk_for: DeskFor) -> Iterator[Desk]:
    desk = desk_for("business_manager")
    yield desk
    pages.settle(desk.tasks)


def tab_of(page: Page) -> str:
    return page.view().tabs.tabText(PARTS.index("Agreements"))


def opened(desk: Desk, school: SmallSchool, qtbot: QtBot, who: str) -> Page:
    page = pages.shown(Page(desk), qtbot, desk.tasks, 1300, 700)
    page.open_record(school.people[who])
    pages.settle(desk.tasks)
    page.view().tabs.setCurrentIndex(PARTS.index("Agreements"))
    pages.settle(desk.tasks)
    return page


def test_what_is_asked_is_counted_and_done_from_here(desk: Desk, school: SmallSchool, qtbot: QtBot) -> None:
    head = school.ctx_for("headteacher")
    kind = training.save_type(head, TrainingTypeDraft("Online safety", 12, (PersonKind.STAFF,))).id
    draft = PolicyDraft(title="Acceptable use", asked_of=(PersonKind.STAFF,))
    policy = policies.save(head, draft).id
    policies.add_version(head, policy, VersionDraft(label="1", adopted_on=TODAY - timedelta(days=30)))
    page = opened(desk, school, qtbot, "teacher")
    section = page.view().agreements
    assert tab_of(page) == "Agreements (2 to do)"
    assert section.trainings.cell_texts() == [["Online safety", "Needed and missing", "", ""]]
    assert section.policies.cell_texts()[0][0] == "Acceptable use"
    assert nameless(section) == []

    click(section.record)
    pages.settle(desk.tasks)
    dialog = front(TrainingDialog, section)
    assert dialog.people.ids() == [school.people["teacher"]]
    click(dialog.ok)
    pages.settle(desk.tasks)
    assert tab_of(page) == "Agreements (1 to do)"
    assert section.trainings.cell_texts() == [
        ["Online safety", "In date until 11 March 2027", "11 Mar 2026", "11 Mar 2027"]
    ]

    section.trainings.setFocus()
    QTest.keyClick(section.trainings, Qt.Key.Key_Return)
    pages.settle(desk.tasks)
    history = front(PersonTrainingDialog, section)
    assert history.title.text() == "Tim Hazel: Online safety"
    history.reject()

    section.policies.setFocus()
    QTest.keyClick(section.policies, Qt.Key.Key_Return)
    pages.settle(desk.tasks)
    answers = front(PersonAnswersDialog, section)
    assert isinstance(answers, PersonAnswersDialog)
    assert answers.standing.text == "Outstanding"
    answers.reject()

    click(section.answer)
    pages.settle(desk.tasks)
    answer = front(AnswerDialog, section)
    answer.reject()
    QApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)
    assert kind


def test_nothing_is_asked_of_somebody(desk: Desk, school: SmallSchool, qtbot: QtBot) -> None:
    page = opened(desk, school, qtbot, "ben")
    section = page.view().agreements
    assert tab_of(page) == "Agreements"
    assert section.no_policies.isVisible()
    assert section.no_trainings.isVisible()
    assert not section.answer.isVisible()
    assert section.record.isVisible()


def test_the_page_of_another_person_shows_nothing_of_the_one_before(
    desk: Desk, school: SmallSchool, qtbot: QtBot
) -> None:
    head = school.ctx_for("headteacher")
    kind = training.save_type(head, TrainingTypeDraft("Online safety", 12)).id
    training.record(head, kind, [school.people["anna"]], TODAY)
    page = opened(desk, school, qtbot, "anna")
    assert len(page.view().agreements.trainings.cell_texts()) == 1
    page.open_record(school.people["ben"])
    pages.settle(desk.tasks)
    assert page.view().agreements.trainings.cell_texts() == []
