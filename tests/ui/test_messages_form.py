"""The form of a message: logged, answered from ready-made words, handed over, and what a reader may not see (ACC-5)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication, QImage
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QDialog
from pytestqt.qtbot import QtBot

from smdesk.services import incidents, messages
from smdesk.services.incident_records import Confidentiality
from smdesk.services.message_records import MessageDraft, MessageKind, MessageStatus
from smdesk.ui.pages.accounts.message_form import MessageForm
from smdesk.ui.pages.accounts.reply_dialog import ReplyDialog
from smdesk.ui.widgets.filed_form import FILES
from smdesk.ui.widgets.paste import Offered
from smdesk.ui.widgets.service_dialog import ReasonService
from tests.support import forms
from tests.support.accounts import an_account
from tests.support.forms import DeskFor, maker
from tests.support.school import START, SmallSchool
from tests.support.script import Script

MakeForm = Callable[..., MessageForm]


@pytest.fixture
def make_form(qtbot: QtBot, desk_for: DeskFor) -> MakeForm:
    return maker(qtbot, desk_for, MessageForm, 1200, 680)


def settle(form: MessageForm) -> None:
    for _ in range(4):
        if form._pause.isActive():
            form._ask_due()
        assert form._desk.tasks.wait_all()
        QApplication.processEvents()


def opened(form: MessageForm, number: int) -> MessageForm:
    form.open(number)
    settle(form)
    return form


def fresh(form: MessageForm, draft: MessageDraft | None = None) -> MessageForm:
    form.new(draft)
    settle(form)
    return form


def press(form: MessageForm, name: str) -> None:
    forms.press(form, name)
    settle(form)


def dialog(form: MessageForm, kind: type[QDialog]) -> QDialog:
    found = [each for each in form.findChildren(kind) if each.isVisible()]
    assert len(found) == 1
    return found[0]


def give_reason(form: MessageForm, text: str) -> None:
    asked = dialog(form, ReasonService)
    assert isinstance(asked, ReasonService)
    asked.edit.setPlainText(text)
    asked.ok.click()
    settle(form)


def logged(school: SmallSchool, **more: object) -> int:
    draft = MessageDraft(
        an_account(school),
        START - timedelta(hours=1),
        MessageKind.COMPLAINT,
        "annaq_79",
        said="Nobody answers.",
    )
    return messages.save(school.ctx_for("business_manager"), replace(draft, **more)).id


def picture() -> QImage:
    image = QImage(40, 30, QImage.Format.Format_RGB32)
    image.fill(Qt.GlobalColor.white)
    return image


def test_a_message_is_logged_by_keyboard(make_form: MakeForm, school: SmallSchool) -> None:
    account = an_account(school)
    form = fresh(make_form("leadership"))
    assert form.fields.account.code() == account, "a school with one account need not choose it"
    form.fields.received.setFocus()
    QTest.keyClicks(form.fields.received.date.line, "today")
    QTest.keyClicks(form.fields.received.time, "8:15")
    form.fields.kind.choose(str(MessageKind.QUERY))
    QTest.keyClicks(form.fields.from_name, "a_parent")
    QTest.keyClicks(form.fields.said, "Is there school on Friday?")
    settle(form)
    assert form.panel.due.text() == "Saved like this, a reply is due by Thursday 12 March, 08:15."
    form.header.save.click()
    settle(form)
    assert (form.record.reference, form.record.draft.kind) == ("2026/M0001", MessageKind.QUERY)
    assert form.record.draft.received_at == datetime(2026, 3, 11, 8, 15, tzinfo=UTC)
    assert form.panel.left.text() == "22 hours 45 minutes left."
    assert form.header.title.text() == "2026/M0001"


def test_what_is_wrong_is_said_at_its_field(make_form: MakeForm, school: SmallSchool) -> None:
    an_account(school)
    form = fresh(make_form())
    form.fields.received.date.line.setText("tomorrow")
    form.fields.received.time.setText("9:00")
    form.save()
    settle(form)
    assert "future" in " ".join(form.problems.sentences)
    assert "Write down what was said" in " ".join(form.problems.sentences)
    form.fields.received.date.line.setText("the day before")
    form.save()
    assert "Received" in " ".join(form.problems.sentences)
    assert form.record is None


def test_the_hour_that_comes_twice_is_asked_about(make_form: MakeForm, school: SmallSchool) -> None:
    school.clock.now = datetime(2026, 10, 25, 9, 0, tzinfo=UTC)
    an_account(school)
    form = fresh(make_form())
    form.fields.received.set_texts("25/10/2026", "1:30", "")
    form.fields.said.setPlainText("In the night.")
    form.save()
    assert "twice" in " ".join(form.problems.sentences)
    which = form.fields.received.which
    assert which is not None
    assert which.isVisible()
    which.setCurrentIndex(which.findData("second"))
    form.save()
    settle(form)
    assert form.record.draft.received_at == datetime(2026, 10, 25, 1, 30, tzinfo=UTC)
    assert not form.unsaved(), "shown again it is the same moment"


def test_an_acknowledgement_begins_from_the_schools_words(make_form: MakeForm, school: SmallSchool) -> None:
    form = opened(make_form("leadership"), logged(school))
    assert form.header.status.text == "Waits for a reply"
    press(form, "message_acknowledge")
    reply = dialog(form, ReplyDialog)
    assert isinstance(reply, ReplyDialog)
    assert reply.canned.currentText() == "Acknowledge (ACC-5)"
    assert "has read it" in reply.text.toPlainText()
    assert reply.by.text() == "Mr L. Damson"
    forms.press(reply, "message_reply_copy")
    assert QGuiApplication.clipboard().text() == reply.text.toPlainText()
    reply.ok.click()
    settle(form)
    assert form.record.status is MessageStatus.ACKNOWLEDGED
    assert form.panel.left.text() == "First replied to in time, on 11 March 2026, 09:30."
    assert not form.panel.buttons["acknowledge"].isVisible()
    press(form, "message_answer")
    reply = dialog(form, ReplyDialog)
    assert isinstance(reply, ReplyDialog)
    labels = [reply.canned.itemText(place) for place in range(reply.canned.count())]
    assert "We do not talk about children here (PPL-5)" in labels
    assert not any(label.startswith("Acknowledge") for label in labels)
    reply.text.setPlainText("We will ring you.")
    reply.ok.click()
    settle(form)
    assert form.header.status.text == "Answered"
    assert form.record.answer.text == "We will ring you."


def test_own_words_are_not_overwritten_unasked(
    make_form: MakeForm, school: SmallSchool, script: Script
) -> None:
    form = opened(make_form(), logged(school))
    press(form, "message_answer")
    reply = dialog(form, ReplyDialog)
    assert isinstance(reply, ReplyDialog)
    reply.text.setPlainText("Dear parent, my own words.")
    script.will_answer("Keep mine")
    reply.canned.setCurrentIndex(1)
    reply.canned.activated.emit(1)
    assert reply.text.toPlainText() == "Dear parent, my own words."
    assert reply.canned.code() is None
    script.will_answer("Replace them")
    reply.canned.setCurrentIndex(1)
    reply.canned.activated.emit(1)
    assert reply.text.toPlainText() != "Dear parent, my own words."
    script.will_answer("Close")
    reply.reject()
    assert len(script.seen) == 3


def test_a_reply_before_the_message_is_refused_in_the_dialog(
    make_form: MakeForm, school: SmallSchool
) -> None:
    form = opened(make_form(), logged(school))
    press(form, "message_answer")
    reply = dialog(form, ReplyDialog)
    assert isinstance(reply, ReplyDialog)
    reply.text.setPlainText("Too early.")
    reply.at.set_moment(START - timedelta(hours=2))
    reply.ok.click()
    settle(form)
    assert "cannot be older" in " ".join(reply.problems.sentences)
    assert form.record.status is MessageStatus.WAITING
    reply.text.clear()
    reply.reject()


def test_overdue_stands_out_and_the_time_goes_on(make_form: MakeForm, school: SmallSchool) -> None:
    form = opened(make_form(), logged(school))
    school.clock.forward(days=1, hours=2)
    form.panel._show_left()
    assert (form.panel.status.text, form.panel.status.kind) == ("Overdue", "danger")
    assert form.panel.left.text() == "3 hours overdue."
    assert form.panel.buttons["acknowledge"].property("look") == "primary"


def test_handing_over_opens_the_incident(make_form: MakeForm, school: SmallSchool, script: Script) -> None:
    form = opened(make_form(), logged(school, person_id=school.people["anna"]))
    went: list[tuple[str, int]] = []
    form._desk.open_tab = lambda tab, number: went.append((tab, number))
    script.will_answer("Go back", "Make an incident")
    press(form, "message_incident")
    assert went == []
    press(form, "message_incident")
    assert went == [("incidents", 1)]
    assert form.record.status is MessageStatus.INCIDENT
    assert "handled as an incident" in form.fields.why.text()
    assert not form.header.save.isVisible()
    press(form, "message_open_incident")
    assert went[1:] == [("incidents", 1)]
    assert len(script.seen) == 2


def test_a_leader_logs_and_answers_but_makes_no_incident(make_form: MakeForm, school: SmallSchool) -> None:
    form = opened(make_form("leadership"), logged(school, person_id=school.people["anna"]))
    assert not form.panel.buttons["incident"].isVisible()
    assert form.panel.buttons["answer"].isVisible()
    assert not form.fields.person.isVisible()
    form.fields.notes.setPlainText("Rang twice.")
    form.save()
    settle(form)
    # Whom the office chose stays, though this reader cannot look people up.
    assert form.record.draft.person_id == school.people["anna"]


def test_the_words_of_a_confidential_matter_are_not_on_screen(
    make_form: MakeForm, school: SmallSchool
) -> None:
    number = logged(school, said="A terrible secret")
    office, head = school.ctx_for("business_manager"), school.ctx_for("headteacher")
    saved = messages.hand_over(office, number, 1)
    record = incidents.open_incident(head, saved.id)
    draft = replace(record.draft, confidentiality=Confidentiality.SAFEGUARDING)
    incidents.save(head, draft, saved.id, record.version)
    form = opened(make_form(), number)
    assert form.masked.isVisible()
    assert "2026/M0001" in form.masked.text.text()
    assert (
        "secret" not in form.masked.text.text() + form.header.summary._whole + form.fields.said.toPlainText()
    )
    assert not form.header.save.isVisible()
    assert not form.header.menu_button.isVisible()


def test_closing_opening_again_and_taking_back(make_form: MakeForm, school: SmallSchool) -> None:
    form = opened(make_form(), logged(school))
    press(form, "message_close")
    give_reason(form, "An advertisement.")
    assert form.panel.left.text() == "An advertisement."
    press(form, "message_reopen")
    give_reason(form, "Not one.")
    press(form, "message_answer")
    reply = dialog(form, ReplyDialog)
    assert isinstance(reply, ReplyDialog)
    reply.text.setPlainText("Answer to another message.")
    reply.ok.click()
    settle(form)
    form.take_back["take_back_answer"].trigger()
    settle(form)
    give_reason(form, "Meant for another.")
    assert form.record.status is MessageStatus.WAITING
    form.take_back["withdraw"].trigger()
    settle(form)
    give_reason(form, "Logged twice.")
    assert form.record.status is MessageStatus.WITHDRAWN
    assert form.panel.left.text() == "Withdrawn: Logged twice."
    assert form.history.table.rowCount() == 6


def test_half_typed_and_a_picture_come_back_as_a_draft(make_form: MakeForm, school: SmallSchool) -> None:
    an_account(school)
    an_account(school, "friends")
    form = fresh(make_form())
    form.fields.received.set_texts("31/2/2026", "25:00", "")
    form.fields.person.setText("Quillfe")
    form.fields.said.setPlainText("Half a sent")
    form.intake.take(Offered(images=(picture(),)))
    settle(form)
    assert form.tabs.tabText(FILES) == "Pictures (1)"
    form.save_draft()
    form.hide()
    again = fresh(make_form())
    assert again.fields.received.texts()[:2] == ("31/2/2026", "25:00")
    assert again.fields.person.text() == "Quillfe"
    assert again.fields.said.toPlainText() == "Half a sent"
    assert len(again.strip.waiting) == 1
    again.save()
    assert "nobody on record" in " ".join(again.problems.sentences)
    again.fields.person.clear()
    again.fields.account.setCurrentIndex(1)
    again.fields.received.set_moment(START)
    again.save()
    settle(again)
    (file,) = again.record.files
    assert file.media_type == "image/png"
    assert again.strip.waiting == ()


def test_a_look_that_found_something_begins_a_message(make_form: MakeForm, school: SmallSchool) -> None:
    an_account(school)
    second = an_account(school, "friends")
    form = fresh(make_form(), MessageDraft(account_id=second))
    assert form.fields.account.currentText() == "@friends on Facebook"
    assert form.unsaved() is False


def test_a_colleagues_reply_shows_at_once(make_form: MakeForm, school: SmallSchool) -> None:
    number = logged(school)
    form = opened(make_form(), number)
    saved = messages.acknowledge(school.ctx_for("leadership"), number, 1, START, "Mr L. Damson", "Seen.")
    form._desk.events.changed.emit(saved.changes)
    settle(form)
    assert form.record.status is MessageStatus.ACKNOWLEDGED
    assert date(2026, 3, 11) == form.record.replied_at.date()
