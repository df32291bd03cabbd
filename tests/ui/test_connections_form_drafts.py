"""Nothing typed in a declaration is lost: other people's saves, leaving, locking, and drafts that come back."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from smdesk.policy.vocabulary import Capacity, Initiator, Link, PersonKind, Relationship
from smdesk.services import connections, drafts
from smdesk.services.connection_records import Agreement, DecisionKind, DeclarationDraft
from smdesk.services.incident_records import Confidentiality
from smdesk.ui.draft_banner import DRAFT_FORMS
from smdesk.ui.main_window import MainWindow
from smdesk.ui.pages.connections import draft_json, loading
from smdesk.ui.pages.connections.draft_json import HalfTyped
from smdesk.ui.tasks import Tasks
from smdesk.ui.widgets.dialogs import ConflictDialog
from tests.support.connection_form import (
    DeskFor,
    MakeExceptionForm,
    choose,
    decide,
    declared,
    fresh,
    make_form,
    opened,
    press,
    put_forward,
    settle,
)
from tests.support.school import SmallSchool
from tests.support.script import Script
from tests.ui.test_alt_keys import clashes

__all__ = ["make_form"]

FULL = DeclarationDraft(
    adult_id=5,
    adult_kind=PersonKind.VOLUNTEER,
    other_id=8,
    capacity=Capacity.FORMER_PUPIL,
    relationship=Relationship.STEP_FAMILY,
    relationship_note="“quoted” <b>bold</b>",
    known_how="one\ntwo",
    since_on=date(2015, 9, 14),
    since_words="since birth",
    platforms=("whatsapp", "Their own site"),
    links=(Link.FRIEND, Link.GAME),
    initiator=Initiator.BOTH,
    adult_joined_on=date(2020, 9, 1),
    other_joined_on=date(2019, 9, 2),
    declared_on=date(2026, 3, 11),
    declarant_id=8,
    evidence_seen="nothing yet",
    conditions_proposed="none",
    agreement=Agreement.DECLINED,
    agreement_on=date(2026, 3, 10),
    notes="green folder",
    confidentiality=Confidentiality.STAFF,
)


def test_a_declaration_survives_json_whole() -> None:
    assert draft_json.from_json(draft_json.to_json(FULL)) == FULL
    assert draft_json.from_json(draft_json.to_json(DeclarationDraft())) == DeclarationDraft()
    half = HalfTyped((("adult_id", "Zeb"),), (("since_on", "soon"),), "somebody")
    assert draft_json.half_from_json(draft_json.half_to_json(half)) == half


def test_a_draft_of_another_version_gives_back_what_can_be_read() -> None:
    data = draft_json.to_json(FULL)
    data |= {"relationship": "nemesis", "links": ["friend", "telepathy"], "declared_on": "yesterday"}
    data |= {"confidentiality": "top", "adult_id": True, "platforms": ["x", 7]}
    read = draft_json.from_json(data)
    assert read.relationship is None
    assert read.links == (Link.FRIEND,)
    assert read.declared_on is None
    assert read.adult_id is None
    assert read.platforms == ("x",)
    assert read.confidentiality is not Confidentiality.NORMAL, "rather too closed than too open"
    assert draft_json.half_from_json("nonsense") == HalfTyped()


def test_two_forms_and_the_second_to_save_chooses_field_by_field(
    qtbot: QtBot, make_form: MakeExceptionForm, school: SmallSchool
) -> None:
    number = declared(school)
    first, second = opened(make_form(), number), opened(make_form("headteacher"), number)
    first.fields.known_how.setPlainText("The office's words")
    second.fields.known_how.setPlainText("The head's words")
    box = second.fields.relationship
    box.setCurrentIndex(box.findData(str(Relationship.COUSIN)))
    first.save()
    settle(first)
    settle(second)
    assert second.elsewhere.isVisible()
    assert second.fields.known_how.toPlainText() == "The head's words"
    second.save()
    settle(second)
    asked = second.findChild(ConflictDialog)
    rows = [
        [asked.table.item(line, place).text() for place in range(3)] for line in range(asked.table.rowCount())
    ]
    assert rows == [
        ["The adult is their", "Aunt or uncle", "Cousin"],
        ["How the school knows it", "The office's words", "The head's words"],
    ]
    qtbot.mouseClick(asked.mine, Qt.MouseButton.LeftButton)
    settle(second)
    settle(first)
    draft = connections.open_exception(school.ctx_for("dsl"), number).draft
    assert (draft.known_how, draft.relationship) == ("The head's words", Relationship.COUSIN)
    assert first.fields.known_how.toPlainText() == "The head's words", "an untouched form follows"


def test_saving_over_a_decision_is_refused_and_theirs_can_still_be_kept(
    make_form: MakeExceptionForm, school: SmallSchool, qtbot: QtBot
) -> None:
    number = put_forward(school)
    form = opened(make_form(), number)
    form.fields.known_how.setPlainText("Rang the father again")
    decide(school, number, DecisionKind.APPROVE)
    form.save()
    settle(form)
    asked = form.findChild(ConflictDialog)
    qtbot.mouseClick(asked.mine, Qt.MouseButton.LeftButton)
    settle(form)
    assert "is decided" in "\n".join(form.problems.sentences)
    assert form.fields.known_how.toPlainText() == "Rang the father again", "nothing is lost"
    form.save()
    settle(form)
    again = form.findChild(ConflictDialog)
    qtbot.mouseClick(again.theirs, Qt.MouseButton.LeftButton)
    settle(form)
    assert form.record is not None
    assert form.record.sealed
    assert form.fields.known_how.toPlainText() != "Rang the father again"


def test_a_draft_comes_back_whole_after_a_lock(make_form: MakeExceptionForm, school: SmallSchool) -> None:
    form = fresh(make_form())
    choose(form, "adult", school, "teacher")
    form.fields.other.set_only_typed("Zebedee Nobo")
    form.fields.platforms.line.setText("Half ty")
    form.fields.since_on.line.setText("the 45th")
    form.fields.known_how.setPlainText("On the telephone")
    form.fields.declarant.set_only_typed("A neigh")
    form.save_draft()
    form.hide()
    again = fresh(make_form())
    assert again.draft_bar.isVisible()
    assert again.fields.adult.person().id == school.people["teacher"]
    assert again.fields.other.only_typed == "Zebedee Nobo"
    assert again.fields.platforms.value() == ("Half ty",)
    assert again.fields.since_on.text() == "the 45th"
    assert again.fields.declarant.only_typed == "A neigh"
    assert again.unsaved()
    assert fresh(make_form("dsl")).fields.known_how.toPlainText() == "", "a draft is its owner's alone"
    press(again, "exception_draft_discard")
    assert again.fields.known_how.toPlainText() == ""
    assert drafts.mine(school.ctx_for("business_manager")) == []


def test_a_draft_keeps_what_it_is_declared_anew_for(
    make_form: MakeExceptionForm, school: SmallSchool
) -> None:
    number = put_forward(school)
    decide(school, number, DecisionKind.REFUSE)
    form = opened(make_form(), number)
    press(form, "exception_do_anew")
    form.fields.evidence_seen.setPlainText("A birth certificate")
    form.save_draft()
    form.hide()
    again = fresh(make_form())
    again.save()
    settle(again)
    assert again.record.supersedes == (number, "2026/C0001")


def test_drafts_keep_themselves(qtbot: QtBot, make_form: MakeExceptionForm, school: SmallSchool) -> None:
    form = opened(make_form(), declared(school))
    form.keeper._timer.setInterval(50)
    form.fields.notes.setPlainText("Half typed")
    qtbot.waitUntil(lambda: form.header.note.text() == "Draft kept 09:30", timeout=4000)
    settle(form)
    kept = loading.kept_draft(school.ctx_for("business_manager"), form.object_id)
    assert kept.draft.notes == "Half typed"
    assert all(
        held[0] in DRAFT_FORMS or "." in held[0] for held in drafts.mine(school.ctx_for("business_manager"))
    )


@pytest.mark.parametrize(
    ("answer", "leaves", "notes", "kept"),
    [
        ("Go on typing", False, "", 0),
        ("Keep it as a draft", True, "", 1),
        ("Throw it away", True, "", 0),
        ("Save it", False, "Half typed", 0),
    ],
)
def test_leaving_asks(
    make_form: MakeExceptionForm,
    school: SmallSchool,
    script: Script,
    answer: str,
    leaves: bool,
    notes: str,
    kept: int,
) -> None:
    number = declared(school)
    form = opened(make_form(), number)
    closed: list[bool] = []

    def note() -> None:
        closed.append(True)

    form.closed.connect(note)
    assert form.may_leave()
    form.fields.notes.setPlainText("Half typed")
    script.will_answer(answer)
    assert form.may_leave() is leaves
    settle(form)
    ctx = school.ctx_for("business_manager")
    assert connections.open_exception(ctx, number).draft.notes == notes
    assert len(drafts.mine(ctx)) == kept
    assert closed == ([True] if answer == "Save it" else [])


def test_an_older_draft_is_saved_against_the_version_it_was_typed_on(
    make_form: MakeExceptionForm, school: SmallSchool
) -> None:
    number = declared(school)
    form = opened(make_form(), number)
    form.fields.notes.setPlainText("Mine")
    form.save_draft()
    form.hide()
    ctx = school.ctx_for("dsl")
    record = connections.open_exception(ctx, number)
    connections.save(ctx, replace(record.draft, notes="Theirs"), number, record.version)
    again = opened(make_form(), number)
    again.save()
    settle(again)
    asked = again.findChild(ConflictDialog)
    assert asked.table.item(0, 1).text() == "Theirs"
    asked.reject()
    settle(again)
    assert connections.open_exception(ctx, number).draft.notes == "Theirs"


@pytest.mark.parametrize("login", ["business_manager", "headteacher", "dsl"])
def test_no_alt_key_leads_to_two_places(
    qtbot: QtBot, desk_for: DeskFor, tasks: Tasks, school: SmallSchool, login: str
) -> None:
    waiting, approved = put_forward(school), put_forward(school, platforms=("instagram",))
    decide(school, approved, DecisionKind.APPROVE)
    window = MainWindow(desk_for(login), "Brambleford")
    qtbot.addWidget(window, before_close_func=MainWindow.close_without_asking)
    window.resize(1300, 740)
    window.show()
    for number in (waiting, approved):
        window.open_tab("connections", number)
        for _ in range(6):
            QApplication.processEvents()
            assert tasks.wait_all()
        form = window.page("connections").form()
        for place in range(form.tabs.count()):
            form.tabs.setCurrentIndex(place)
            QApplication.processEvents()
            assert clashes(window) == [], (number, place)
    settle(form)


def test_escape_in_a_field_does_not_lose_what_is_typed(
    make_form: MakeExceptionForm, school: SmallSchool
) -> None:
    form = opened(make_form(), declared(school))
    form.fields.notes.setFocus()
    QTest.keyClicks(form.fields.notes, "Half")
    QTest.keyClick(form.fields.notes, Qt.Key.Key_Escape)
    assert form.fields.notes.toPlainText() == "Half"
