"""Logging an attempt, and asking about a relationship, from the window (CON-3, CON-4)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QKeySequence
from PySide6.QtWidgets import QApplication, QDialog, QLabel, QPushButton, QWidget
from pytestqt.qtbot import QtBot

from smdesk.policy.vocabulary import Capacity, Conduct, Initiator, Link, PersonKind
from smdesk.services import connection_questions as questions
from smdesk.services import incident_list
from smdesk.services.connection_records import DeclarationDraft
from smdesk.services.incident_records import (
    Confidentiality,
    IncidentDraft,
    IncidentFilter,
    PersonRole,
    Sort,
    View,
)
from smdesk.services.people_records import PersonHit
from smdesk.services.question_records import QuestionOutcome, QuestionStatus
from smdesk.ui.desk import Desk
from smdesk.ui.main_window import MainWindow
from smdesk.ui.pages.connections.attempt_dialog import NOTHING_YET, AttemptDialog
from smdesk.ui.pages.connections.question_dialog import (
    AnswerDialog,
    AskDialog,
    CloseDialog,
    QuestionDialog,
    QuestionsDialog,
)
from smdesk.ui.pages.connections.sides import both
from smdesk.ui.pages.incidents.form import IncidentForm
from smdesk.ui.widgets.service_dialog import ReasonService, ServiceDialog
from tests.support import connections as made
from tests.support.forms import settle
from tests.support.incident_form import fresh, make_form, texts
from tests.support.school import SmallSchool
from tests.support.script import Script
from tests.ui.test_accessible import nameless
from tests.ui.test_alt_keys import shown as on_screen

__all__ = ["make_form"]

DeskFor = Callable[[str], Desk]
MakeForm = Callable[..., IncidentForm]


class Begun:
    """What a dialog handed on to another tab."""

    def __init__(self, desk: Desk) -> None:
        self.desk = desk
        self.drafts: list[tuple[str, object]] = []
        self.opened: list[tuple[str, int]] = []
        desk.new_with = lambda tab, draft: self.drafts.append((tab, draft))
        desk.open_tab = lambda tab, number: self.opened.append((tab, number))


@pytest.fixture
def begun(desk_for: DeskFor) -> Begun:
    return Begun(desk_for("dsl"))


def done(desk: Desk) -> None:
    for _ in range(4):
        assert desk.tasks.wait_all()
        QApplication.processEvents()


def shown(widget: QWidget) -> str:
    return "\n".join(each.text() for each in widget.findChildren(QLabel) if each.isVisibleTo(widget))


def keep(qtbot: QtBot, dialog: QDialog) -> QDialog:
    """On screen, and there until the test has ended."""
    dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose, False)
    qtbot.addWidget(dialog)
    dialog.open()
    qtbot.waitExposed(dialog)
    return dialog


def teacher(school: SmallSchool) -> PersonHit:
    return PersonHit(school.people["teacher"], "Tim Hazel", PersonKind.STAFF, "", False)


def pupil(school: SmallSchool) -> PersonHit:
    return PersonHit(school.people["sam"], "Sam Quillfeather", PersonKind.PUPIL, "", False)


def attempt_of(qtbot: QtBot, begun: Begun, school: SmallSchool) -> AttemptDialog:
    dialog = AttemptDialog(begun.desk)
    keep(qtbot, dialog)
    dialog.adult.show_person(teacher(school), "staff")
    dialog.other.show_person(pupil(school), "pupil")
    dialog.platform.setEditText("Facebook")
    dialog.initiator.setCurrentIndex(dialog.initiator.findData(str(Initiator.OTHER)))
    look(dialog)
    return dialog


def look(dialog: AttemptDialog) -> None:
    dialog._pause.stop()
    dialog._look()
    done(dialog._desk)


def test_what_the_policy_says_appears_while_one_types(
    qtbot: QtBot, begun: Begun, school: SmallSchool
) -> None:
    empty = AttemptDialog(begun.desk)
    keep(qtbot, empty)
    look(empty)
    assert NOTHING_YET in shown(empty.found)
    empty.on.set_text("neverday")
    look(empty)
    assert "is not a date" in shown(empty.found)
    dialog = attempt_of(qtbot, begun, school)
    said = shown(dialog.found)
    assert "Not allowed" in said
    assert "Tell: Designated safeguarding lead." in said
    assert "No exception for these two covers this or comes near to it." in said
    dialog.initiator.setCurrentIndex(dialog.initiator.findData(str(Initiator.ADULT)))
    assert dialog._pause.isActive()
    look(dialog)
    assert "Tell: Headteacher." in shown(dialog.found)


def test_it_goes_on_to_the_incident_form_with_what_was_typed(
    qtbot: QtBot, begun: Begun, school: SmallSchool
) -> None:
    dialog = attempt_of(qtbot, begun, school)
    dialog.link.setCurrentIndex(dialog.link.findData(str(Link.MESSAGE)))
    dialog.accepted.setCurrentIndex(dialog.accepted.findData("no"))
    dialog.said.setPlainText("“Are you there?”")
    qtbot.keyClick(dialog, Qt.Key.Key_Return, Qt.KeyboardModifier.ControlModifier)
    done(begun.desk)
    ((tab, draft),) = begun.drafts
    assert (tab, dialog.isVisible()) == ("incidents", False)
    assert isinstance(draft, IncidentDraft)
    assert (draft.platform, draft.said) == ("facebook", "“Are you there?”")
    assert draft.summary == "Message request on Facebook from a pupil to a member of staff, not accepted"
    assert incidents_of(begun.desk) == []  # the person looks at it first


def test_where_an_exception_covers_it_a_reason_is_asked_for(
    qtbot: QtBot, begun: Begun, school: SmallSchool
) -> None:
    held = made.approved(school)
    dialog = attempt_of(qtbot, begun, school)
    assert "An exception allows this" in shown(dialog.found)
    assert dialog.reason.isVisibleTo(dialog)
    dialog.ok.click()
    done(begun.desk)
    assert begun.drafts == []
    assert "2026/C0001 allows this" in dialog.problems.sentences[0]
    opener = dialog.found.findChild(QPushButton, f"attempt_open_{held}")
    assert opener is not None
    dialog.platform.setEditText("Instagram")
    look(dialog)
    assert not dialog.reason.isVisibleTo(dialog)
    assert "It is for Facebook, not Instagram." in shown(dialog.found)
    dialog.platform.setEditText("Facebook")
    look(dialog)
    dialog.reason.setPlainText("Against the conditions: at night.")
    dialog.ok.click()
    done(begun.desk)
    assert "although 2026/C0001 covers it" in begun.drafts[0][1].said


def test_the_exception_found_can_be_opened_instead(qtbot: QtBot, begun: Begun, school: SmallSchool) -> None:
    held = made.approved(school)
    dialog = attempt_of(qtbot, begun, school)
    dialog.found.findChild(QPushButton, f"attempt_open_{held}").click()
    assert begun.opened == [("connections", held)]
    assert not dialog.isVisible()


def test_two_people_known_already_are_chosen(qtbot: QtBot, begun: Begun, school: SmallSchool) -> None:
    two = both(
        (school.people["teacher"], "Tim Hazel"),
        (school.people["sam"], "Sam"),
        PersonKind.STAFF,
        Capacity.PUPIL,
    )
    dialog = AttemptDialog(begun.desk, about=two)
    keep(qtbot, dialog)
    look(dialog)
    assert "Not allowed" in shown(dialog.found)
    assert dialog.attempt().other_id == school.people["sam"]


def test_a_name_only_typed_is_not_passed_over(qtbot: QtBot, begun: Begun, school: SmallSchool) -> None:
    dialog = attempt_of(qtbot, begun, school)
    dialog.other.show_person(None, "pupil")
    dialog.other.set_only_typed("Samm")
    dialog.ok.click()
    done(begun.desk)
    assert "“Samm” is typed but nobody is chosen" in dialog.problems.sentences[0]
    assert begun.drafts == []


# The incident form


def prefilled(school: SmallSchool) -> IncidentDraft:
    return school.draft(
        "Friend request", author="sam", named="teacher", conduct=(Conduct.CONTACT_REQUEST,), platform="facebook",
        confidentiality=Confidentiality.SAFEGUARDING,
    )  # fmt: skip


def test_a_form_begun_with_a_draft_counts_as_typed_and_saves(
    make_form: MakeForm, school: SmallSchool
) -> None:
    form = make_form("dsl")
    form.new(prefilled(school))
    settle(form)
    assert form.unsaved()
    assert form.fields.draft().platform == "facebook"
    form.save()
    settle(form)
    assert form.record is not None
    assert [line.role for line in form.record.draft.people] == [PersonRole.AUTHOR, PersonRole.NAMED]
    # The next new one is empty again.
    fresh(form)
    assert form.fields.rough_draft().summary == ""


def test_a_draft_that_waits_is_not_thrown_away_unasked(
    make_form: MakeForm, school: SmallSchool, script: Script
) -> None:
    form = fresh(make_form("dsl"))
    form.fields.summary.setPlainText("Half typed")
    form.save_draft()
    script.will_answer("Go on with that draft")
    form.new(prefilled(school))
    settle(form)
    assert form.fields.rough_draft().summary == "Half typed"
    form.save_draft()
    script.will_answer("Throw that draft away")
    form.new(prefilled(school))
    settle(form)
    assert form.fields.rough_draft().summary == "Friend request"
    form.discard()
    settle(form)


def test_the_form_shows_what_the_register_holds_and_leads_there(
    make_form: MakeForm, school: SmallSchool, qtbot: QtBot
) -> None:
    held = made.approved(school)
    form = make_form("dsl")
    opened: list[tuple[str, int]] = []
    form._desk.open_tab = lambda tab, number: opened.append((tab, number))
    form.new(prefilled(school))
    settle(form)
    qtbot.waitUntil(
        lambda: form.advice.findChild(QPushButton, "advice_exception_0_open") is not None, timeout=3000
    )
    assert "2026/C0001" in texts(form.advice)
    form.advice.findChild(QPushButton, "advice_exception_0_open").click()
    assert opened == [("connections", held)]
    form.discard()
    settle(form)


def test_the_window_begins_a_record_of_another_tab(
    qtbot: QtBot, desk_for: DeskFor, school: SmallSchool, script: Script
) -> None:
    desk = desk_for("dsl")
    window = MainWindow(desk, "Brambleford Primary School")
    qtbot.addWidget(window)
    window.show()
    qtbot.waitExposed(window)
    desk.new_with("connections", made.draft(school))
    done(desk)
    assert window.current_tab() == "connections"
    assert window.page("connections").form().fields.typed().draft.other_id == school.people["sam"]
    desk.new_with("incidents", prefilled(school))
    done(desk)
    assert window.current_tab() == "incidents"
    form = window.page("incidents").form()
    assert form.fields.rough_draft().summary == "Friend request"
    # What is typed there is asked about before another is begun, and after a save the other follows.
    script.will_answer("Save it")
    desk.new_with("incidents", replace(prefilled(school), summary="A second one"))
    done(desk)
    assert form.fields.rough_draft().summary == "A second one"
    assert len(incidents_of(desk)) == 1
    form.discard()
    done(desk)
    desk.new_with("queue", None)  # a tab the DSL has not
    assert window.current_tab() == "incidents"


def incidents_of(desk: Desk) -> list[int]:
    return list(incident_list.sorted_ids(desk.ctx, IncidentFilter(view=View.ALL), Sort()))


# Questions


def ask(school: SmallSchool, adult: str = "teacher", other: str = "anna") -> int:
    return questions.ask(
        school.ctx_for("headteacher"),
        school.people[adult],
        school.people[other],
        "Since when do you know her?",
    ).id


def one(qtbot: QtBot, desk: Desk, question_id: int) -> QuestionDialog:
    dialog = QuestionDialog(desk, question_id)
    keep(qtbot, dialog)
    done(desk)
    return dialog


def child(dialog: QDialog, kind: type[ServiceDialog]) -> ServiceDialog:
    found = [each for each in dialog.findChildren(kind) if each.isVisible()]
    assert len(found) == 1
    return found[0]


def test_asked_answered_and_closed_in_the_window(
    qtbot: QtBot, desk_for: DeskFor, school: SmallSchool
) -> None:
    head, office = desk_for("headteacher"), desk_for("business_manager")
    ask_dialog = AskDialog(head)
    keep(qtbot, ask_dialog)
    ask_dialog.ok.click()
    assert ask_dialog.problems.sentences == ["Choose the adult who works with the school."]
    ask_dialog.adult.show_person(teacher(school), "staff")
    ask_dialog.other.show_person(pupil(school), "pupil")
    ask_dialog.question.setPlainText("How do you know him?")
    ask_dialog.ok.click()
    done(head)
    (row,) = questions.rows(head.ctx)

    dialog = one(qtbot, office, row.id)
    assert "How do you know him?" in shown(dialog)
    assert (dialog.answer.isVisibleTo(dialog), dialog.close_it.isVisibleTo(dialog)) == (True, False)
    dialog.answer.click()
    answer = child(dialog, AnswerDialog)
    answer.answer.setPlainText("He is my sister's son.")
    answer.by.setText("Mr T. Hazel")
    answer.ok.click()
    done(office)
    assert "He is my sister's son." in shown(dialog)

    dialog = one(qtbot, head, row.id)
    dialog.close_it.click()
    closing = child(dialog, CloseDialog)
    closing.ok.click()
    assert closing.problems.sentences == ["Choose what came of it."]
    closing.outcome.setCurrentIndex(closing.outcome.findData(str(QuestionOutcome.TO_BE_DECLARED)))
    closing.reason.setPlainText("A family link.")
    closing.ok.click()
    done(head)
    assert questions.get(head.ctx, row.id).status is QuestionStatus.CLOSED
    handed: list[tuple[str, object]] = []
    head.new_with = lambda tab, draft: handed.append((tab, draft))
    dialog.declare.click()
    assert handed == [
        ("connections", DeclarationDraft(
            adult_id=school.people["teacher"], adult_kind=PersonKind.STAFF, other_id=school.people["sam"],
            capacity=Capacity.PUPIL, declared_on=head.ctx.today(),
        ))
    ]  # fmt: skip


def test_a_closed_question_is_opened_again(qtbot: QtBot, desk_for: DeskFor, school: SmallSchool) -> None:
    head = desk_for("headteacher")
    question_id = ask(school)
    questions.close(head.ctx, question_id, 1, QuestionOutcome.INCIDENT, "A breach.")
    dialog = one(qtbot, head, question_id)
    assert dialog.attempt.isVisibleTo(dialog)
    dialog.attempt.click()
    attempts = [each for each in dialog.findChildren(AttemptDialog) if each.isVisible()]
    assert attempts[0].attempt().adult_id == school.people["teacher"]
    assert attempts[0].attempt().capacity is Capacity.PARENT
    attempts[0].reject()
    done(head)
    dialog.again.click()
    reason = child(dialog, ReasonService)
    reason.edit.setPlainText("There is more to say.")
    reason.ok.click()
    done(head)
    assert dialog.close_it.isVisibleTo(dialog)


def test_a_second_window_is_told(
    qtbot: QtBot, desk_for: DeskFor, school: SmallSchool, script: Script
) -> None:
    head = desk_for("headteacher")
    question_id = ask(school)
    dialog = one(qtbot, head, question_id)
    dialog.close_it.click()
    closing = child(dialog, CloseDialog)
    ctx = school.ctx_for("business_manager")
    questions.answer(ctx, question_id, 1, "An old friend.", "Mr T. Hazel", ctx.today())
    closing.outcome.setCurrentIndex(1)
    closing.reason.setPlainText("No answer.")
    closing.ok.click()
    done(head)
    assert "Somebody else wrote to this question meanwhile" in closing.problems.sentences[0]
    assert closing.reason.toPlainText() == "No answer."
    script.will_answer("Close")
    closing.reject()
    assert script.take().text == "Close without keeping what you wrote?"


def test_the_list_of_questions(qtbot: QtBot, desk_for: DeskFor, school: SmallSchool) -> None:
    office = desk_for("business_manager")
    listed = QuestionsDialog(office)
    keep(qtbot, listed)
    done(office)
    assert listed.nothing.isVisibleTo(listed)
    assert not listed.ask.isVisibleTo(listed)
    first = ask(school)
    questions.close(school.ctx_for("headteacher"), first, 1, QuestionOutcome.NO_CONCERN, "Known.")
    second = ask(school, other="ben")
    office.events.tell(frozenset({("question", second)}))
    done(office)
    assert [row[1:3] for row in listed.table.cell_texts()] == [["Tim Hazel", "Ben Quillfeather"]]
    listed.closed.setChecked(True)
    done(office)
    assert [row[4] for row in listed.table.cell_texts()] == ["Waits for an answer", "Closed: no concern"]
    qtbot.keyClick(listed.table, Qt.Key.Key_Return)
    done(office)
    dialogs = [each for each in listed.findChildren(QuestionDialog) if each.isVisible()]
    assert dialogs[0].row is not None
    assert dialogs[0].row.id == second
    dialogs[0].reject()
    done(office)


def test_a_question_that_is_not_open_to_the_reader_closes_with_a_sentence(
    qtbot: QtBot, desk_for: DeskFor, school: SmallSchool, script: Script
) -> None:
    desk = desk_for("chair")
    dialog = one(qtbot, desk, ask(school))
    assert not dialog.isVisible()
    assert "no such question" in script.take().text


@pytest.mark.parametrize("login", ["headteacher", "business_manager"])
def test_every_control_is_named_and_its_alt_key_leads_to_one_place(
    qtbot: QtBot, desk_for: DeskFor, school: SmallSchool, login: str
) -> None:
    desk = desk_for(login)
    made.approved(school)
    question_id = ask(school)
    questions.answer(school.ctx_for("dsl"), question_id, 1, "An old friend.", "Mr T. Hazel", desk.ctx.today())
    row = questions.get(desk.ctx, question_id)
    two = both(
        (school.people["teacher"], "Tim"), (school.people["sam"], "Sam"), PersonKind.STAFF, Capacity.PUPIL
    )
    dialogs = [
        AttemptDialog(desk, about=two),
        AskDialog(desk),
        AnswerDialog(desk, row),
        CloseDialog(desk, row),
    ]
    for dialog in (*dialogs, QuestionDialog(desk, question_id), QuestionsDialog(desk)):
        keep(qtbot, dialog)
        if isinstance(dialog, AttemptDialog):
            look(dialog)
        done(desk)
        keys = [QKeySequence.mnemonic(text).toString() for text in on_screen(dialog)]
        assert [key for key in keys if key and keys.count(key) > 1] == []
        assert nameless(dialog) == []
        dialog.reject()
