"""The form of a post put to a senior leader, the two lists, and the part they stand in (ACC-5, ACC-6)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication, QImage
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from smdesk.services import messages, sign_offs
from smdesk.services.message_records import MessageDraft, MessageKind, MessageView
from smdesk.services.sign_off_records import SignOffDraft, SignOffStatus, SignOffView, Verdict
from smdesk.ui.main_window import MainWindow
from smdesk.ui.pages.accounts.messages_view import MessagesView
from smdesk.ui.pages.accounts.page import Page
from smdesk.ui.pages.accounts.sign_off_dialogs import DecideDialog, PublishedDialog
from smdesk.ui.pages.accounts.sign_off_form import SignOffForm
from smdesk.ui.pages.accounts.sign_offs_view import SignOffsView
from smdesk.ui.tasks import Tasks
from smdesk.ui.widgets.filed_form import FILES
from smdesk.ui.widgets.paste import Offered
from smdesk.ui.widgets.service_dialog import ReasonService
from tests.support import forms, pages
from tests.support.accounts import an_account
from tests.support.forms import DeskFor, maker, settle
from tests.support.school import START, SmallSchool
from tests.ui.test_alt_keys import clashes

MakeForm = Callable[..., SignOffForm]
POST = "From September the tie is green."


@pytest.fixture
def make_form(qtbot: QtBot, desk_for: DeskFor) -> MakeForm:
    return maker(qtbot, desk_for, SignOffForm, 1200, 680)


def asked(school: SmallSchool, login: str = "business_manager", **more: object) -> int:
    fields: dict[str, object] = {
        "account_id": an_account(school),
        "title": "New uniform",
        "post": POST,
        "concern": "The cost.",
        **more,
    }
    return sign_offs.ask(school.ctx_for(login), SignOffDraft(**fields)).id


def opened(form: SignOffForm, number: int) -> SignOffForm:
    form.open(number)
    settle(form)
    return form


def press(form: SignOffForm, name: str) -> None:
    forms.press(form, name)
    settle(form)


def decide_dialog(form: SignOffForm) -> DecideDialog:
    (found,) = [each for each in form.findChildren(DecideDialog) if each.isVisible()]
    return found


def picture() -> QImage:
    image = QImage(40, 30, QImage.Format.Format_RGB32)
    image.fill(Qt.GlobalColor.green)
    return image


def test_a_post_is_put_to_a_leader_with_its_picture(make_form: MakeForm, school: SmallSchool) -> None:
    account = an_account(school)
    form = make_form()
    form.new()
    settle(form)
    assert form.fields.account.code() == account
    form.save()
    settle(form)
    assert len(form.problems.sentences) == 3
    QTest.keyClicks(form.fields.title, "New uniform")
    QTest.keyClicks(form.fields.post, POST)
    QTest.keyClicks(form.fields.concern, "The cost.")
    QTest.keyClicks(form.fields.planned.line, "friday")
    form.fields.asked_of.choose(school.users["leadership"])
    form.intake.take(Offered(images=(picture(),)))
    settle(form)
    form.save()
    settle(form)
    record = form.record
    assert (record.status, record.asked_of, len(record.files)) == (SignOffStatus.WAITING, "Mr L. Damson", 1)
    assert record.draft.planned_for == START.date() + timedelta(days=2)
    assert form.tabs.tabText(FILES) == "Pictures (1)"
    assert "leadership team decides" in form.panel.says.text()
    assert not form.panel.buttons["decide"].isVisible()
    assert not form.unsaved()


def test_a_leader_changes_it_and_the_office_publishes_that_text(
    make_form: MakeForm, school: SmallSchool
) -> None:
    number = asked(school)
    head = opened(make_form("headteacher"), number)
    press(head, "sign_off_decide")
    dialog = decide_dialog(head)
    dialog.ok.click()
    settle(head)
    assert "Choose whether" in " ".join(dialog.problems.sentences)
    dialog.choices[Verdict.CHANGE].setChecked(True)
    dialog.ok.click()
    settle(head)
    assert len(dialog.problems.sentences) == 2
    assert not dialog.text.isReadOnly()
    dialog.text.setPlainText("The tie will be green.")
    dialog.reason.setPlainText("Softer.")
    dialog.ok.click()
    settle(head)
    assert head.record.status is SignOffStatus.CHANGED
    office = opened(make_form(), number)
    assert office.panel.text.text() == "The tie will be green."
    press(office, "sign_off_copy")
    assert QGuiApplication.clipboard().text() == "The tie will be green."
    assert not office.header.save.isVisible()
    press(office, "sign_off_published")
    (published,) = [each for each in office.findChildren(PublishedDialog) if each.isVisible()]
    published.ok.click()
    settle(office)
    assert office.record.published_on == START.date()
    press(office, "sign_off_not_published")
    assert office.record.published_on is None


def test_a_post_changed_meanwhile_is_shown_anew_before_it_is_decided(
    make_form: MakeForm, school: SmallSchool
) -> None:
    number = asked(school)
    form = opened(make_form("headteacher"), number)
    press(form, "sign_off_decide")
    record = sign_offs.open_sign_off(school.ctx_for("business_manager"), number)
    changed = replace(record.draft, post="The tie is blue.")
    sign_offs.ask(school.ctx_for("business_manager"), changed, number, record.version)
    dialog = decide_dialog(form)
    dialog.choices[Verdict.APPROVE].setChecked(True)
    dialog.ok.click()
    settle(form)
    assert "Somebody else changed this post" in " ".join(dialog.problems.sentences)
    dialog.cancel.click()
    settle(form)
    assert form.fields.post.toPlainText() == "The tie is blue."
    press(form, "sign_off_decide")
    again = decide_dialog(form)
    again.choices[Verdict.APPROVE].setChecked(True)
    again.ok.click()
    settle(form)
    assert form.record.status is SignOffStatus.APPROVED


def test_a_picture_added_meanwhile_must_be_seen_first(make_form: MakeForm, school: SmallSchool) -> None:
    from smdesk.services import attached_files
    from smdesk.services.attached_files import Owner, OwnerKind

    number = asked(school)
    head = opened(make_form("headteacher"), number)
    press(head, "sign_off_decide")
    dialog = decide_dialog(head)
    attached_files.add(
        school.ctx_for("business_manager"), Owner(OwnerKind.SIGN_OFF, number), "a.txt", b"Words."
    )
    dialog.choices[Verdict.APPROVE].setChecked(True)
    dialog.ok.click()
    settle(head)
    assert "pictures meanwhile" in " ".join(dialog.problems.sentences)
    dialog.reject()
    opened(head, number)
    press(head, "sign_off_decide")
    again = decide_dialog(head)
    assert "1 picture belongs to it" in again.explanation.text()
    again.choices[Verdict.APPROVE].setChecked(True)
    again.ok.click()
    settle(head)
    assert head.record.status is SignOffStatus.APPROVED


def test_refused_asked_anew_and_withdrawn(make_form: MakeForm, school: SmallSchool) -> None:
    number = asked(school)
    sign_offs.decide(
        school.ctx_for("headteacher"), number, 1, Verdict.REFUSE, "Not before the governors met."
    )
    form = opened(make_form(), number)
    assert "Not before the governors met." in dict(form.panel.facts.lines).values()
    assert not form.panel.publish.isVisible()
    press(form, "sign_off_anew")
    assert form.record is None
    assert form.fields.post.toPlainText() == POST
    form.save()
    settle(form)
    assert form.record.id != number
    form.take_back["withdraw"].trigger()
    settle(form)
    (reason,) = [each for each in form.findChildren(ReasonService) if each.isVisible()]
    reason.edit.setPlainText("The governors decide.")
    reason.ok.click()
    settle(form)
    assert form.record.status is SignOffStatus.WITHDRAWN


def test_half_a_post_comes_back_as_a_draft(make_form: MakeForm, school: SmallSchool) -> None:
    an_account(school)
    form = make_form()
    form.new()
    settle(form)
    form.fields.planned.set_text("the day after")
    form.fields.post.setPlainText("Half a po")
    form.save_draft()
    form.hide()
    again = make_form()
    again.new()
    settle(again)
    assert (again.fields.planned.text(), again.fields.post.toPlainText()) == ("the day after", "Half a po")
    assert again.unsaved()


# The lists


def test_the_messages_open_from_their_list(
    qtbot: QtBot, desk_for: DeskFor, tasks: Tasks, school: SmallSchool
) -> None:
    account = an_account(school)
    office = school.ctx_for("business_manager")
    numbers = [
        messages.save(
            office, MessageDraft(account, START - timedelta(hours=hours), MessageKind.QUERY, said=said)
        ).id
        for hours, said in ((30, "Late one"), (1, "New one"))
    ]
    view = pages.shown(MessagesView(desk_for("business_manager")), qtbot, tasks, 1300, 700)
    first, second = (pages.all_of_row(view, number) for number in numbers)
    assert "6 hours overdue" in first
    assert "Waits for a reply, overdue" in first
    assert "23 hours left" in second
    assert view.list.shown.view is MessageView.WAITING
    view.list.table.enter()
    QTest.keyClick(view.list.table, Qt.Key.Key_Return)
    pages.settle(tasks)
    assert view.form().object_id == numbers[0], "what is due first stands first"
    view.new_with(MessageDraft(account_id=account, said="From a look"))
    pages.settle(tasks)
    assert view.form().fields.said.toPlainText() == "From a look"


def test_a_governor_has_neither_part_and_a_draft_leads_to_its_part(
    qtbot: QtBot, desk_for: DeskFor, tasks: Tasks, school: SmallSchool
) -> None:
    account = an_account(school)
    page = pages.shown(Page(desk_for("leadership")), qtbot, tasks, 1300, 700)
    page.new_with(MessageDraft(account_id=account))
    pages.settle(tasks)
    assert page.current_part == "messages"
    page.new_with(SignOffDraft(account_id=account, title="Ties"))
    pages.settle(tasks)
    assert page.current_part == "sign_offs"
    form = page.part("sign_offs").form()
    assert form.fields.title.text() == "Ties"
    none = Page(desk_for("governor"))
    qtbot.addWidget(none)
    assert none.current_part == ""


def test_what_waits_for_a_leader_is_listed_as_theirs(
    qtbot: QtBot, desk_for: DeskFor, tasks: Tasks, school: SmallSchool
) -> None:
    mine, own = asked(school, planned_for=START.date()), asked(school, "leadership")
    view = pages.shown(SignOffsView(desk_for("leadership")), qtbot, tasks, 1300, 700)
    assert "planned for today or before" in pages.all_of_row(view, mine)
    view.list.show_filter(view.list.listing.in_view(view.list.shown, SignOffView.MINE), view.list.sort)
    pages.settle(tasks)
    assert view.list.model.row_of(mine) == 0
    assert view.list.model.row_of(own) == -1


@pytest.mark.parametrize("login", ["business_manager", "headteacher"])
def test_no_alt_key_leads_to_two_places(
    qtbot: QtBot, desk_for: DeskFor, tasks: Tasks, school: SmallSchool, login: str
) -> None:
    account = an_account(school)
    office = school.ctx_for("business_manager")
    message = messages.save(office, MessageDraft(account, START, MessageKind.QUERY, said="A question")).id
    waiting, done = asked(school), asked(school)
    sign_offs.decide(school.ctx_for("headteacher"), done, 1, Verdict.APPROVE)
    window = MainWindow(desk_for(login), "Brambleford")
    qtbot.addWidget(window, before_close_func=MainWindow.close_without_asking)
    window.resize(1300, 740)
    window.show()
    window.open_tab("accounts", 0)
    pages.settle(tasks)
    page = window.page("accounts")
    assert isinstance(page, Page)
    for part, number in (
        ("messages", 0),
        ("messages", message),
        ("sign_offs", 0),
        ("sign_offs", waiting),
        ("sign_offs", done),
    ):
        page.open_part(part, number)
        pages.settle(tasks)
        assert clashes(window) == [], (part, number)
    messages.close_without_answer(office, message, 1, "Spam.")
    page.open_part("messages", message)
    pages.settle(tasks)
    assert clashes(window) == []
