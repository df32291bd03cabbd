"""One person's page, done by clicks and keys: add, edit, duplicates, links, consents, ladder, merge and back."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

from PySide6.QtCore import Qt, QTimer
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QPushButton
from pytestqt.qtbot import QtBot

from smdesk.policy.vocabulary import PersonKind, Step
from smdesk.services import drafts, people, steps
from smdesk.services.connection_records import DecisionKind
from smdesk.services.incident_records import Confidentiality, StepDraft
from smdesk.services.people_records import PersonDraft, Relation
from smdesk.ui.desk import Desk
from smdesk.ui.pages.people.merge_dialog import MergeDialog
from smdesk.ui.pages.people.page import Page
from smdesk.ui.pages.people.person_view import FORM, PersonView
from smdesk.ui.pages.people.sections import LADDER_EXPLAINED, school_year
from smdesk.ui.widgets.dialogs import ConflictDialog
from tests.support.connections import approved, decide, declare
from tests.support.school import SmallSchool
from tests.support.script import Script
from tests.ui.test_people_list import DeskFor, names, settle, shown_page


def line(view: PersonView, key: str, text: str) -> None:
    """Type into a field, replacing what stands there."""
    field = view.fields._lines[key]
    field.selectAll()
    QTest.keyClicks(field, text)


def click(button: QPushButton, desk: Desk) -> None:
    QTest.mouseClick(button, Qt.MouseButton.LeftButton)
    settle(desk)


def open_person(page: Page, desk: Desk, person_id: int) -> PersonView:
    page.open_record(person_id)
    settle(desk)
    return page.view()


def test_adding_somebody(desk_for: DeskFor, school: SmallSchool, qtbot: QtBot) -> None:
    desk = desk_for("business_manager")
    page = shown_page(desk, qtbot)
    click(page.list.new, desk)
    view = page.view()
    assert not view.tabs.isTabEnabled(1)
    click(view.save_button, desk)
    assert view.problems.sentences == [
        "The family name is missing. For somebody known only online, put that name here."
    ]
    view.fields.kind.setCurrentIndex(view.fields.kind.findData(str(PersonKind.PUPIL)))
    view.fields._also[PersonKind.PARENT].setChecked(False)
    line(view, "given_name", "Nora")
    line(view, "family_name", "Ellacott")
    view.fields._days["date_of_birth"].line.setText("2/3/2016")
    assert view.unsaved()
    click(view.save_button, desk)
    assert not view.unsaved()
    assert not view.problems.isVisible()
    record = people.record_of(desk.ctx, view.person_id)
    assert record.name == "Nora Ellacott"
    assert record.draft.kind is PersonKind.PUPIL
    assert record.draft.date_of_birth == date(2016, 3, 2)
    assert view.name.text() == "Nora Ellacott"
    assert view.tabs.isTabEnabled(1)
    assert "Nora Ellacott" in names(page)


def test_an_unreadable_date_is_said_and_nothing_saved(
    desk_for: DeskFor, school: SmallSchool, qtbot: QtBot
) -> None:
    desk = desk_for("business_manager")
    page = shown_page(desk, qtbot)
    view = open_person(page, desk, school.people["sam"])
    view.fields._days["left_on"].line.setText("soonish")
    click(view.save_button, desk)
    assert view.problems.isVisible()
    assert "soonish" in view.problems.sentences[0]
    assert people.record_of(desk.ctx, view.person_id).version == view.record.version
    view.discard()
    settle(desk)


def test_is_this_the_same_person(
    desk_for: DeskFor, school: SmallSchool, qtbot: QtBot, script: Script
) -> None:
    desk = desk_for("business_manager")
    page = shown_page(desk, qtbot)
    page.new_record()
    settle(desk)
    view = page.view()
    line(view, "given_name", "Anna")
    line(view, "family_name", "Quillfeather")
    qtbot.waitUntil(lambda: view.duplicates.isVisible(), timeout=3000)
    assert [hit.id for hit in view.duplicates.hits] == [school.people["anna"]]
    script.will_answer("look")
    click(view.save_button, desk)
    assert "Anna Quillfeather" in script.take().more
    assert names(page).count("Anna Quillfeather") == 1
    script.will_answer("discard")
    click(view.duplicates._buttons[0], desk)
    assert view.person_id == school.people["anna"]
    assert drafts.get(desk.ctx, FORM, 0) is None
    page.new_record()
    settle(desk)
    line(view, "given_name", "Anna")
    line(view, "family_name", "Quillfeather")
    script.will_answer("add")
    click(view.save_button, desk)
    assert view.person_id not in (0, school.people["anna"])
    assert names(page).count("Anna Quillfeather") == 2


def test_editing_and_going_on(desk_for: DeskFor, school: SmallSchool, qtbot: QtBot, script: Script) -> None:
    desk = desk_for("business_manager")
    page = shown_page(desk, qtbot)
    view = open_person(page, desk, school.people["anna"])
    line(view, "phone", "01632 960111")
    script.will_answer("stay")
    QTest.mouseClick(page.both.back, Qt.MouseButton.LeftButton)
    assert page.both.record_shown
    script.will_answer("save")
    page.open_record(school.people["ben"])
    settle(desk)
    assert view.person_id == school.people["ben"]
    assert people.record_of(desk.ctx, school.people["anna"]).draft.phone == "01632 960111"
    line(view, "phone", "01632 960222")
    script.will_answer("discard")
    page.back()
    settle(desk)
    assert not page.both.record_shown
    assert people.record_of(desk.ctx, school.people["ben"]).draft.phone == ""


def test_saving_that_fails_keeps_the_person_here(
    desk_for: DeskFor, school: SmallSchool, qtbot: QtBot, script: Script
) -> None:
    desk = desk_for("business_manager")
    page = shown_page(desk, qtbot)
    view = open_person(page, desk, school.people["anna"])
    line(view, "email", "no address")
    script.will_answer("save")
    page.back()
    settle(desk)
    assert page.both.record_shown
    assert view.problems.isVisible()
    assert view.fields._lines["email"].property("wrong") == "true"
    line(view, "email", "a@b.example")
    click(view.save_button, desk)
    assert page.both.record_shown, "the way back was given up with the failed save"


def test_a_draft_comes_back(desk_for: DeskFor, school: SmallSchool, qtbot: QtBot, script: Script) -> None:
    desk = desk_for("business_manager")
    anna = school.people["anna"]
    page = shown_page(desk, qtbot)
    view = open_person(page, desk, anna)
    line(view, "phone", "01632 960333")
    view.fields._days["left_on"].line.setText("31 Feb")
    assert page.unsaved()
    page.save_draft()
    # As after a lock: another window of the same person. Nobody else is offered it.
    other_page = shown_page(desk_for("headteacher"), qtbot)
    other = open_person(other_page, desk, anna)
    assert not other.offer.isVisible()
    again_page = shown_page(desk, qtbot)
    again = open_person(again_page, desk, anna)
    assert again.offer.isVisible()
    assert again.fields._lines["phone"].text() == ""
    click(again.restore_button, desk)
    assert again.fields._lines["phone"].text() == "01632 960333"
    assert again.fields._days["left_on"].text() == "31 Feb"
    assert again.unsaved()
    again.fields._days["left_on"].line.setText("")
    click(again.save_button, desk)
    assert people.record_of(desk.ctx, anna).draft.phone == "01632 960333"
    assert drafts.get(desk.ctx, FORM, anna) is None
    view.discard()
    settle(desk)


def test_what_is_typed_keeps_itself(desk_for: DeskFor, school: SmallSchool, qtbot: QtBot) -> None:
    desk = desk_for("business_manager")
    page = shown_page(desk, qtbot)
    view = open_person(page, desk, school.people["anna"])
    view.keeper._timer.setInterval(10)
    line(view, "phone", "01632 960444")
    qtbot.waitUntil(lambda: drafts.get(desk.ctx, FORM, school.people["anna"]) is not None, timeout=3000)
    view.fields._lines["phone"].selectAll()
    QTest.keyClick(view.fields._lines["phone"], Qt.Key.Key_Delete)
    qtbot.waitUntil(lambda: drafts.get(desk.ctx, FORM, school.people["anna"]) is None, timeout=3000)
    assert not view.unsaved()
    settle(desk)


def test_somebody_else_saved_first(desk_for: DeskFor, school: SmallSchool, qtbot: QtBot) -> None:
    desk = desk_for("business_manager")
    anna = school.people["anna"]
    page = shown_page(desk, qtbot)
    view = open_person(page, desk, anna)
    for answer, phone in (("back", "theirs"), ("theirs", "theirs"), ("mine", "mine")):
        line(view, "phone", "mine")
        head = school.ctx_for("headteacher")
        record = people.record_of(head, anna)
        fresh = replace(record.draft, phone="theirs", notes=f"seen {answer}")
        people.save(head, fresh, anna, record.version)
        asked: list[str] = []

        def press(answer: str = answer, asked: list[str] = asked) -> None:
            dialog = QApplication.activeModalWidget()
            assert isinstance(dialog, ConflictDialog)
            asked.append(dialog.table.item(0, 0).text())
            getattr(dialog, answer).click()

        QTimer.singleShot(400, press)
        QTest.mouseClick(view.save_button, Qt.MouseButton.LeftButton)
        qtbot.waitUntil(lambda asked=asked: bool(asked), timeout=3000)
        settle(desk)
        assert asked == ["Telephone"]
        assert people.record_of(desk.ctx, anna).draft.phone == phone
        if answer == "back":
            assert view.fields._lines["phone"].text() == "mine"
            view.discard()
            view.open(anna)
            settle(desk)


def test_links_by_clicks(desk_for: DeskFor, school: SmallSchool, qtbot: QtBot, script: Script) -> None:
    desk = desk_for("business_manager")
    page = shown_page(desk, qtbot)
    view = open_person(page, desk, school.people["anna"])
    family = view.family
    view.tabs.setCurrentWidget(family)
    assert family.table.cell_texts() == [["Parent of Sam Quillfeather", "Pupil", "", ""]]
    click(family.add, desk)
    assert family.problems.isVisible()
    family.relation.setCurrentIndex(family.relation.findData(str(Relation.CARER_OF)))
    family.other.set_person(people.search(desk.ctx, "Tariq")[0])
    QTest.keyClicks(family.note, "on Fridays")
    family.new_responsible.setCurrentIndex(family.new_responsible.findText("No"))
    click(family.add, desk)
    assert family.table.cell_texts()[1] == ["Carer of Tariq Osei-Marsh", "Pupil", "No", "on Fridays"]
    assert view.tabs.tabText(1) == "Family (2)"
    assert family.note.text() == ""
    family.table.setCurrentCell(1, 0)
    script.will_answer("yes")
    QTest.keyClick(family.table, Qt.Key.Key_Delete)
    settle(desk)
    assert len(family.table.cell_texts()) == 1
    family.table.setCurrentCell(0, 0)
    family.responsible.setFocus()
    QTest.keyClicks(family.responsible, "Y")
    family.responsible.activated.emit(family.responsible.currentIndex())
    settle(desk)
    assert family.table.cell_texts() == [["Parent of Sam Quillfeather", "Pupil", "Yes", ""]]
    family.table.setFocus()
    QTest.keyClick(family.table, Qt.Key.Key_Return)
    settle(desk)
    assert view.person_id == school.people["sam"]
    assert ["Child of Anna Quillfeather", "Parent or carer", "Yes", ""] in view.family.table.cell_texts()


def test_consents_each_for_one_purpose(desk_for: DeskFor, school: SmallSchool, qtbot: QtBot) -> None:
    desk = desk_for("business_manager")
    page = shown_page(desk, qtbot)
    view = open_person(page, desk, school.people["sam"])
    consents = view.consents
    view.tabs.setCurrentWidget(consents)
    consents.purpose.setEditText("Class Dojo")
    click(consents.add, desk)
    assert consents.problems.sentences == ["Say whether consent was given or refused."]
    for given, day in ((True, "1/9/2025"), (False, "2/2/2026")):
        consents.purpose.setEditText("Class Dojo")
        (consents.given if given else consents.refused).click()
        consents.day.line.setText(day)
        QTest.keyClicks(consents.by, "Anna Quillfeather")
        click(consents.add, desk)
        assert not consents.problems.isVisible()
    assert [row[:3] for row in consents.table.cell_texts()] == [["Class Dojo", "Refused", "Mon 2 Feb 2026"]]
    consents.earlier.click()
    assert [row[1] for row in consents.table.cell_texts()] == ["Refused", "Given (earlier answer)"]
    assert view.tabs.tabText(2) == "Consents (1)"


def test_the_ladder_runs_across_incidents_and_years(
    desk_for: DeskFor, school: SmallSchool, qtbot: QtBot
) -> None:
    head = school.ctx_for("headteacher")
    today = school.clock.now
    first = school.incident(summary="Last year's", received_at=today - timedelta(days=300))
    second = school.incident(summary="This year's", received_at=today - timedelta(days=20))
    anna = school.people["anna"]
    steps.record(head, first, StepDraft(Step.TALK, anna, (today - timedelta(days=299)).date(), "Rang her."))
    steps.record(
        head, second, StepDraft(Step.ASK_REMOVAL, anna, (today - timedelta(days=19)).date(), "Wrote.")
    )
    desk = desk_for("business_manager")
    asked: list[tuple[str, int]] = []
    desk.open_tab = lambda tab, number: asked.append((tab, number))
    page = shown_page(desk, qtbot)
    view = open_person(page, desk, anna)
    view.tabs.setCurrentWidget(view.ladder)
    shown = view.ladder.table.cell_texts()
    assert [row[0] for row in shown] == ["2024–25", "2025–26"]
    assert [row[2] for row in shown] == ["Talk in private", "Ask for the post to be removed"]
    assert [row[4] for row in shown] == ["Rang her.", "Wrote."]
    assert "ladder of their own" in LADDER_EXPLAINED
    view.ladder.table.setCurrentCell(1, 0)
    QTest.keyClick(view.ladder.table, Qt.Key.Key_Return)
    assert asked == [("incidents", second)]
    view.tabs.setCurrentWidget(view.incidents)
    assert [row[3] for row in view.incidents.table.cell_texts()] == ["This year's", "Last year's"]
    # A co-parent has a ladder of their own.
    view.open(school.people["ben"])
    settle(desk)
    assert view.ladder.table.cell_texts() == []
    assert school_year(date(2026, 8, 31)) == "2025–26"
    assert school_year(date(2026, 9, 1)) == "2026–27"


def test_the_exceptions_a_person_is_in_lead_to_the_register(
    desk_for: DeskFor, school: SmallSchool, qtbot: QtBot
) -> None:
    decided = approved(school, "teacher", "sam")
    declare(school, "dsl", "tariq")
    confidential = declare(school, "chair", "sam", confidentiality=Confidentiality.SAFEGUARDING)
    desk = desk_for("business_manager")
    asked: list[tuple[str, int]] = []
    desk.open_tab = lambda tab, number: asked.append((tab, number))
    page = shown_page(desk, qtbot)
    view = open_person(page, desk, school.people["sam"])
    table = view.connections.table
    assert [row[1] for row in table.cell_texts()] == ["Tim Hazel"]
    assert view.tabs.tabText(view.tabs.indexOf(view.connections)) == "Connections (1)"
    view.tabs.setCurrentWidget(view.connections)
    table.setCurrentCell(0, 0)
    QTest.keyClick(table, Qt.Key.Key_Return)
    assert asked == [("connections", decided)]
    decide(school, decided, DecisionKind.REVOKE)
    desk.events.tell(frozenset({("exception", decided)}))
    settle(desk)
    assert "Never began" in table.cell_texts()[0][5]
    view.open(school.people["stranger"])
    settle(desk)
    assert table.cell_texts() == []
    assert view.tabs.tabText(view.tabs.indexOf(view.connections)) == "Connections"
    # Who may open the confidential one sees it here as well.
    safeguarding = desk_for("dsl")
    other = shown_page(safeguarding, qtbot)
    view = open_person(other, safeguarding, school.people["sam"])
    assert len(view.connections.table.cell_texts()) == 2
    assert view.connections.table.item(0, 0).data(Qt.ItemDataRole.UserRole) == confidential


def test_merging_and_taking_it_back(
    desk_for: DeskFor, school: SmallSchool, qtbot: QtBot, script: Script
) -> None:
    desk = desk_for("business_manager")
    anna = school.people["anna"]
    twice = people.save(
        desk.ctx, PersonDraft(given_name="Annie", family_name="Quillfeather", phone="01632 960555")
    ).id
    school.people["twice"] = twice
    incident = school.incident(summary="Under the other name")
    incident_draft = school.draft(summary="Second", author=None)
    from smdesk.services import incidents
    from smdesk.services.incident_records import PersonInIncident, PersonRole

    as_twice = (PersonInIncident(twice, PersonRole.AUTHOR, PersonKind.PARENT),)
    moved = incidents.save(desk.ctx, replace(incident_draft, people=as_twice)).id
    page = shown_page(desk, qtbot)
    view = open_person(page, desk, anna)
    assert [i.incident_id for i in view.record.incidents] == [incident]
    click(view.merge_button, desk)
    dialog = next(each for each in view.findChildren(MergeDialog) if each.isVisible())
    assert not dialog.go.isEnabled()
    dialog.other.set_person(people.search(desk.ctx, "Annie")[0])
    dialog.other.chosen.emit(dialog.other.person())
    settle(desk)
    cells = {
        dialog.table.item(row, 0).text(): (dialog.table.item(row, 1).text(), dialog.table.item(row, 2).text())
        for row in range(dialog.table.rowCount())
    }
    assert cells["Name"] == ("Anna Quillfeather", "Annie Quillfeather")
    assert cells["Telephone"] == ("–", "01632 960555")
    assert "1 incident" in dialog.says.text()
    assert "can be taken back" in dialog.says.text()
    click(dialog.go, desk)
    settle(desk)
    assert view.person_id == anna
    assert {i.incident_id for i in view.record.incidents} == {incident, moved}
    assert view.fields._lines["phone"].text() == "01632 960555"
    assert "Annie Quillfeather" not in names(page)
    assert view.merged.isVisible()
    script.will_answer("yes")
    click(view.merged.undo, desk)
    assert not view.merged.isVisible()
    assert "Annie Quillfeather" in names(page)
    assert [i.incident_id for i in view.record.incidents] == [incident]
    assert view.fields._lines["phone"].text() == ""


def test_two_births_are_two_people(desk_for: DeskFor, school: SmallSchool, qtbot: QtBot) -> None:
    desk = desk_for("business_manager")
    page = shown_page(desk, qtbot)
    view = open_person(page, desk, school.people["sam"])
    click(view.merge_button, desk)
    dialog = next(each for each in view.findChildren(MergeDialog) if each.isVisible())
    dialog.other.set_person(people.search(desk.ctx, "Tariq")[0])
    dialog.other.chosen.emit(dialog.other.person())
    settle(desk)
    click(dialog.go, desk)
    assert dialog.isVisible()
    assert "two people" in dialog.problems.sentences[0]
    dialog.reject()
    QApplication.processEvents()


def test_typed_markup_stays_text(desk_for: DeskFor, school: SmallSchool, qtbot: QtBot) -> None:
    from PySide6.QtWidgets import QLabel

    desk = desk_for("business_manager")
    draft = PersonDraft(given_name="<b>Bo</b>", family_name="<img src=x>")
    saved = people.save(desk.ctx, draft)
    page = shown_page(desk, qtbot)
    view = open_person(page, desk, saved.id)
    assert view.name.text() == "<b>Bo</b> <img src=x>"
    assert {label.textFormat() for label in view.findChildren(QLabel) if label.text()} == {
        Qt.TextFormat.PlainText
    }
