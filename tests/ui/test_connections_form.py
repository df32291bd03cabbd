"""The declaration of a connection as the office types it on the telephone, with real services behind it."""

from __future__ import annotations

from datetime import date

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import (
    QAbstractButton,
    QAbstractItemView,
    QApplication,
    QComboBox,
    QLineEdit,
    QPlainTextEdit,
    QWidget,
)
from pytestqt.qtbot import QtBot

from smdesk.policy.vocabulary import Capacity, Initiator, Link, PersonKind, Relationship
from smdesk.services import connections, people, profiles
from smdesk.services.connection_records import DecisionKind, ExceptionStatus
from smdesk.services.context import Saved
from smdesk.services.incident_records import Confidentiality
from smdesk.services.people_records import PersonDraft
from smdesk.ui.pages.connections.form_view import DECISIONS, DETAILS
from smdesk.ui.widgets.service_dialog import ServiceDialog
from tests.support.connection_form import (
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

__all__ = ["make_form"]


def type_in(qtbot: QtBot, text: str) -> None:
    focus = QApplication.focusWidget()
    assert focus is not None
    qtbot.keyClicks(focus, text)


def pick_by_keyboard(qtbot: QtBot, picker: QLineEdit, letters: str) -> None:
    picker.setFocus()
    type_in(qtbot, letters)
    popup = picker._completer.popup()
    qtbot.waitUntil(popup.isVisible, timeout=4000)
    qtbot.keyClick(popup, Qt.Key.Key_Return)


# Declaring


@pytest.mark.qt_log_ignore("This plugin does not support grabbing the keyboard", extend=True)
def test_a_connection_is_declared_and_put_forward_by_keyboard(
    qtbot: QtBot, make_form: MakeExceptionForm, school: SmallSchool
) -> None:
    form = fresh(make_form())
    stored: list[Saved] = []
    form.saved.connect(stored.append)
    assert form.fields.declared.day() == school.clock.now.date(), (
        "declared today unless somebody says otherwise"
    )
    form.setFocus()
    assert QApplication.focusWidget() is form.fields.adult.picker
    pick_by_keyboard(qtbot, form.fields.adult.picker, "hazel")
    pick_by_keyboard(qtbot, form.fields.other.picker, "sam")
    form.fields.relationship.setFocus()
    type_in(qtbot, "Aunt")
    form.fields.known_how.setFocus()
    type_in(qtbot, "His mother says so")
    form.fields.platforms.setFocus()
    type_in(qtbot, "whatsapp")
    qtbot.keyClick(form.fields.platforms.line, Qt.Key.Key_Return)
    type_in(qtbot, "The family's own site")
    form.fields.links[Link.MESSAGE].setFocus()
    qtbot.keyClick(form.fields.links[Link.MESSAGE], Qt.Key.Key_Space)
    qtbot.keyClick(form, Qt.Key.Key_S, Qt.KeyboardModifier.ControlModifier)
    qtbot.waitUntil(lambda: len(stored) == 1, timeout=4000)
    settle(form)
    draft = connections.open_exception(school.ctx_for("headteacher"), stored[0].id).draft
    assert (draft.adult_id, draft.other_id) == (school.people["teacher"], school.people["sam"])
    assert (draft.adult_kind, draft.capacity) == (PersonKind.STAFF, Capacity.PUPIL)
    assert draft.relationship is Relationship.AUNT_OR_UNCLE
    assert set(draft.platforms) == {"whatsapp", "The family's own site"}
    assert draft.links == (Link.MESSAGE,)
    assert draft.declarant_id == school.people["teacher"], "usually it is the adult who says so"
    assert form.header.title.text() == "2026/C0001"
    assert not form.unsaved()
    primary = form.findChild(QAbstractButton, "exception_do_submit")
    primary.setFocus()
    qtbot.keyClick(primary, Qt.Key.Key_Return)
    settle(form)
    assert form.record.status is ExceptionStatus.AWAITING
    assert "headteacher" in form.standing.says.text()


def test_what_is_missing_to_put_it_forward_is_marked_at_its_fields(
    make_form: MakeExceptionForm, school: SmallSchool
) -> None:
    number = declared(school, relationship=None, known_how="", links=(), platforms=())
    form = opened(make_form(), number)
    form.tabs.setCurrentIndex(DECISIONS)
    press(form, "exception_do_submit")
    assert form.tabs.currentIndex() == DETAILS
    assert len(form.problems.sentences) == 4
    assert form.fields.relationship.property("wrong") == "true"
    assert form.fields.known_how.property("wrong") == "true"
    assert form.fields.platforms.box.property("wrong") == "true"
    assert form.fields.links[Link.FRIEND].property("wrong") == "true"
    assert form.focusWidget() is form.fields.relationship
    form.fields.relationship.setCurrentIndex(2)
    assert form.fields.relationship.property("wrong") == "false"
    assert form.record.status is ExceptionStatus.DECLARED


def test_dates_and_names_that_cannot_be_read_are_said_and_nothing_is_lost(
    make_form: MakeExceptionForm,
) -> None:
    form = fresh(make_form())
    form.fields.adult.set_only_typed("Nobody At All")
    form.fields.since_on.line.setText("soon")
    form.fields.declared.line.setText("32/13/2026")
    form.save()
    settle(form)
    said = form.problems.sentences
    assert len(said) == 3
    assert "Nobody At All" in said[0]
    assert said[1].startswith("Since:")
    assert said[2].startswith("Declared on:")
    assert form.fields.since_on.line.property("wrong") == "true"
    assert form.fields.since_on.text() == "soon"
    assert form.record is None
    assert form.unsaved()


def test_one_person_is_not_both_sides(make_form: MakeExceptionForm, school: SmallSchool) -> None:
    form = fresh(make_form())
    choose(form, "adult", school, "office")
    choose(form, "other", school, "office")
    form.save()
    settle(form)
    assert "One person cannot be both sides" in " ".join(form.problems.sentences)
    assert form.fields.other.picker.property("wrong") == "true"


def test_a_new_person_is_added_without_leaving_the_form(
    make_form: MakeExceptionForm, school: SmallSchool
) -> None:
    form = fresh(make_form())
    form.fields.adult.kind.setCurrentIndex(form.fields.adult.kind.findData(str(PersonKind.VOLUNTEER)))
    form.fields.adult.set_only_typed("Vera Rowanberry")
    press(form, "exception_adult_new")
    asked = [each for each in form.findChildren(ServiceDialog) if each.isVisible()]
    assert [each.objectName() for each in asked] == ["person_dialog"]
    asked[0].ok.click()
    settle(form)
    hit = form.fields.adult.person()
    assert hit is not None
    record = people.record_of(school.ctx_for("dsl"), hit.id)
    assert (record.name, record.draft.kind) == ("Vera Rowanberry", PersonKind.VOLUNTEER)


# The words beside the fields


def test_joining_dates_come_from_the_people_and_can_be_changed(
    make_form: MakeExceptionForm, school: SmallSchool
) -> None:
    ctx = school.ctx_for("business_manager")
    for key, day in (("teacher", date(2020, 9, 1)), ("sam", date(2026, 3, 11)), ("tariq", date(2021, 9, 6))):
        record = people.record_of(ctx, school.people[key])
        people.save(ctx, _joined(record.draft, day), record.id, record.version)
    form = fresh(make_form())
    choose(form, "adult", school, "teacher")
    choose(form, "other", school, "sam")
    settle(form)
    assert form.fields.adult_joined.day() == date(2020, 9, 1)
    assert form.fields.other_joined.day() == date(2026, 3, 11)
    assert form.standing.late.text == "On entry"
    choose(form, "other", school, "tariq")
    settle(form)
    assert form.fields.other_joined.day() == date(2021, 9, 6), "another person, another date"
    assert form.standing.late.text == "Late by 1,647 days"
    assert "both had joined by 6 September 2021" in form.fields.timeliness.text()
    form.fields.other_joined.set_day(date(2026, 3, 2))
    settle(form)
    assert form.standing.late.text == "Late by 9 days"
    form.fields.declared.set_text("32/13/26")
    settle(form)
    assert form.standing.late.text == "Not known yet", "today's answer would be taken for that day's"
    form.fields.declared.set_day(date(2026, 3, 11))
    settle(form)
    choose(form, "adult", school, "dsl")
    settle(form)
    assert form.fields.other_joined.day() == date(2026, 3, 2), "what somebody typed stays"


def _joined(draft: PersonDraft, day: date) -> PersonDraft:
    from dataclasses import replace

    return replace(draft, joined_on=day)


def test_what_the_policy_says_follows_the_fields(make_form: MakeExceptionForm, school: SmallSchool) -> None:
    form = fresh(make_form())
    choose(form, "adult", school, "teacher")
    choose(form, "other", school, "sam")
    form.fields.links[Link.FOLLOW].setChecked(True)
    settle(form)
    assert form.standing.standing.text == "Without an exception: not allowed"
    assert "(CON-1)" in form.standing.ruling.text()
    assert not form.standing.refusal.isVisible()


def test_a_policy_without_exceptions_says_so_before_anybody_tries(
    make_form: MakeExceptionForm, school: SmallSchool
) -> None:
    profiles.adopt(school.ctx_for("headteacher"), "policy-r")
    form = opened(make_form(), declared(school))
    assert "CON-2" in form.standing.refusal.text()
    assert form.standing.refusal.isVisible()
    press(form, "exception_do_submit")
    assert "no exceptions" in " ".join(form.problems.sentences)
    assert form.record.status is ExceptionStatus.DECLARED


def test_a_pair_that_has_a_record_is_said_at_once_with_a_way_there(
    make_form: MakeExceptionForm, school: SmallSchool, script: Script
) -> None:
    number = declared(school)
    form = fresh(make_form())
    choose(form, "adult", school, "teacher")
    settle(form)
    assert not form.already.isVisible()
    choose(form, "other", school, "sam")
    settle(form)
    assert form.already.isVisible()
    assert "2026/C0001" in form.already.text.text()
    form.fields.platforms.set_value(("whatsapp",))
    form.save()
    settle(form)
    assert "2026/C0001" in form.problems.sentences[0], "and refused for the same platform"
    assert form.fields.platforms.box.property("wrong") == "true"
    script.will_answer("Throw it away")
    press(form, "exception_already_open")
    assert form.object_id == number
    assert not form.already.isVisible()


def test_what_else_is_between_the_two_is_linked(make_form: MakeExceptionForm, school: SmallSchool) -> None:
    first = put_forward(school)
    decide(school, first, DecisionKind.REFUSE)
    second = declared(school, platforms=("instagram",))
    form = opened(make_form(), second)
    assert [link.accessibleName() for link in form.standing.links] == ["2026/C0001: WhatsApp. Refused"]
    form.standing.links[0].click()
    settle(form)
    assert form.object_id == first


def test_platforms_are_several_and_leave_again_by_key(qtbot: QtBot, make_form: MakeExceptionForm) -> None:
    field = fresh(make_form()).fields.platforms
    field.setFocus()
    qtbot.keyClicks(field.line, "insta gram, TikTok,")
    assert field.labels() == ["insta gram", "TikTok"]
    qtbot.keyClicks(field.line, "tiktok")
    qtbot.keyClick(field.line, Qt.Key.Key_Return)
    assert field.value() == ("insta gram", "tiktok"), "each only once"
    qtbot.keyClicks(field.line, "Half ty")
    assert field.value()[-1] == "Half ty", "what stands in the box counts"
    field.line.clear()
    qtbot.keyClick(field.line, Qt.Key.Key_Backspace)
    assert field.value() == ("insta gram",)


# Who may see and change


def test_whoever_hands_a_confidential_one_over_is_asked_first(
    make_form: MakeExceptionForm, school: SmallSchool, script: Script
) -> None:
    number = declared(school)
    form = opened(make_form(), number)
    box = form.fields.confidentiality
    box.setCurrentIndex(box.findData(str(Confidentiality.SAFEGUARDING)))
    assert "Only the headteacher and the DSL" in form.fields.explained.text()
    script.will_answer("Go back")
    form.save()
    settle(form)
    assert connections.open_exception(school.ctx_for("dsl"), number).draft.confidentiality == "normal"
    script.will_answer("Save and hand it over")
    form.save()
    settle(form)
    assert form.masked.isVisible(), "whoever recorded it sees that it exists"
    assert "Sam" not in form.masked.text.text()
    assert form.header.summary.text() == ""
    assert not form.header.save.isVisible()
    assert not form.header.menu_button.isVisible()


def test_a_decided_one_is_read_only_but_for_the_office_notes(
    make_form: MakeExceptionForm, school: SmallSchool
) -> None:
    number = put_forward(school, declarant_id=school.people["anna"])
    decide(school, number, DecisionKind.APPROVE)
    form = opened(make_form(), number)
    fields = form.fields
    assert fields.known_how.isReadOnly()
    for picker in (fields.adult.picker, fields.other.picker, fields.declarant.picker):
        assert picker.text()
        assert not picker.isClearButtonEnabled(), "a cross that empties nothing"
    assert not fields.relationship.isEnabled()
    assert fields.adult.picker.isReadOnly()
    assert "declare it anew" in fields.sealed_note.text()
    fields.notes.setPlainText("Filed in the green folder")
    form.save()
    settle(form)
    record = connections.open_exception(school.ctx_for("dsl"), number)
    assert record.draft.notes == "Filed in the green folder"
    assert record.draft.known_how == "Both families say so"


def test_the_chair_reads_and_decides_without_a_button_to_save(
    make_form: MakeExceptionForm, school: SmallSchool
) -> None:
    number = put_forward(
        school,
        adult_id=school.people["head"],
        declarant_id=school.people["head"],
        other_id=school.people["tariq"],
    )
    form = opened(make_form("chair"), number)
    assert form.tabs.currentIndex() == DECISIONS
    assert form.decisions.panel.isVisible()
    assert not form.header.save.isVisible()
    assert form.fields.known_how.isReadOnly()
    head = opened(make_form("headteacher"), number)
    assert not head.decisions.panel.choices[DecisionKind.APPROVE].isVisible()


# Everything has a name


def test_every_control_has_a_name_to_find_it_by_and_one_to_say(
    make_form: MakeExceptionForm, school: SmallSchool
) -> None:
    number = put_forward(school)
    decide(school, number, DecisionKind.APPROVE)
    form = opened(make_form(), number)
    inputs = (QAbstractButton, QComboBox, QLineEdit, QPlainTextEdit, QAbstractItemView)
    nameless = [
        f"{type(each).__name__} {each.objectName()!r} in {each.parent().objectName()!r}"
        for kind in inputs
        for each in form.findChildren(kind)
        if not each.objectName().startswith("qt_")
        and not (each.objectName() and each.accessibleName())
        and each.parent().metaObject().className() not in OF_QT
    ]
    assert nameless == []


OF_QT = {
    "QComboBoxPrivateContainer",
    "QTableWidget",
    "QTabBar",
    "QTableView",
    "QLineEdit",
    "PersonPicker",
    "_Line",
    "QCompleter",
    "ShortTable",
    "StoryTable",
    "QComboBox",
    "QCalendarWidget",
}


def test_tab_goes_through_the_form_in_the_order_it_is_asked(make_form: MakeExceptionForm) -> None:
    form = fresh(make_form())
    form.fields.adult.picker.setFocus()
    seen: list[str] = []
    for _ in range(26):
        focus = QApplication.focusWidget()
        assert isinstance(focus, QWidget)
        seen.append(focus.objectName())
        QTest.keyClick(focus, Qt.Key.Key_Tab)
    wanted = [
        "exception_adult_picker",
        "exception_adult_kind",
        "exception_other_picker",
        "exception_relationship",
        "exception_known_how",
        "exception_since_line",
        "exception_platform",
        "exception_link_friend",
        "exception_initiator",
        "exception_adult_joined_line",
        "exception_declared_line",
    ]
    assert set(wanted) <= set(seen), seen
    places = [seen.index(name) for name in wanted]
    assert places == sorted(places), seen


def test_the_parts_are_reached_by_alt_and_a_digit(
    qtbot: QtBot, make_form: MakeExceptionForm, school: SmallSchool
) -> None:
    form = opened(make_form(), declared(school))
    qtbot.keyClick(form, Qt.Key.Key_5, Qt.KeyboardModifier.AltModifier)
    assert form.tabs.currentWidget() is form.history
    qtbot.keyClick(form, Qt.Key.Key_1, Qt.KeyboardModifier.AltModifier)
    assert form.tabs.currentIndex() == DETAILS


def test_who_began_it_is_kept(make_form: MakeExceptionForm, school: SmallSchool) -> None:
    form = opened(make_form(), declared(school))
    box = form.fields.initiator
    box.setCurrentIndex(box.findData(str(Initiator.OTHER)))
    form.save()
    settle(form)
    assert (
        connections.open_exception(school.ctx_for("dsl"), form.object_id).draft.initiator is Initiator.OTHER
    )
