"""The accounts tab by mouse and keyboard: register, what is missing, closing, and blocks (ACC-1 to ACC-9)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QAction
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QPushButton, QWidget
from pytestqt.qtbot import QtBot

from smdesk.db.models import Person
from smdesk.policy.accounts import GapKind
from smdesk.services import account_list, accounts, blocks, drafts, people
from smdesk.services.account_records import AccountFilter, AccountSort, AccountView, BlockDraft, BlockView
from smdesk.services.incident_records import Confidentiality
from smdesk.ui.desk import Desk
from smdesk.ui.main_window import MainWindow
from smdesk.ui.pages.accounts.block_form import BlockForm
from smdesk.ui.pages.accounts.form import AccountForm
from smdesk.ui.pages.accounts.page import Page
from smdesk.ui.pages.accounts.register_view import RegisterView
from smdesk.ui.pages.incidents.page import Page as Incidents
from tests.services.test_accounts import draft, save
from tests.support import due, pages
from tests.support.school import SmallSchool
from tests.support.script import Script
from tests.ui.test_accessible import nameless
from tests.ui.test_alt_keys import clashes

DeskFor = Callable[[str], Desk]
OFFICE = "business_manager"
TODAY = date(2026, 3, 11)


def page_for(desk: Desk, qtbot: QtBot, width: int = 1300, height: int = 700) -> Page:
    page = pages.shown(Page(desk), qtbot, desk.tasks, width, height)
    page.activateWindow()
    qtbot.waitUntil(page.isActiveWindow)
    return page


def settle(page: Page) -> None:
    pages.settle(page._desk.tasks)


def register(page: Page) -> RegisterView:
    part = page.part("register")
    assert isinstance(part, RegisterView)
    return part


def form_of(page: Page) -> AccountForm:
    form = register(page).form()
    assert isinstance(form, AccountForm)
    return form


def block_form(page: Page) -> BlockForm:
    form = page.part("blocks").form()
    assert isinstance(form, BlockForm)
    return form


def press(page: QWidget, name: str) -> None:
    found = [each for each in page.findChildren(QPushButton, name) if each.isVisible()]
    assert len(found) == 1, f"{len(found)} buttons called {name}"
    assert found[0].isEnabled()
    QTest.mouseClick(found[0], Qt.MouseButton.LeftButton)


def choose(page: Page, picker: QWidget, person_id: int) -> None:
    """As if somebody had been chosen from the answers."""
    (hit,) = people.rows(page._desk.ctx, [person_id])
    if picker.objectName() != "account_runner_picker":  # that one empties for the next
        picker.set_person(hit)
    picker.chosen.emit(hit)


def test_an_account_is_typed_saved_and_stands_in_the_register(
    school: SmallSchool, desk_for: DeskFor, qtbot: QtBot
) -> None:
    page = page_for(desk_for(OFFICE), qtbot)
    page.new_record()
    settle(page)
    form = form_of(page)
    fields = form.fields
    fields.platform.lineEdit().selectAll()
    QTest.keyClicks(fields.platform.lineEdit(), "Facebook")
    QTest.keyClicks(fields.handle, "@brambleford")
    QTest.keyClicks(fields.link, "https://instagram.com/brambleford")
    choose(page, fields.responsible, school.people["head"])
    choose(page, fields.runners.picker, school.people["teacher"])
    choose(page, fields.runners.picker, school.people["office"])
    assert [line.person_name for line in fields.runners.lines] == ["Tim Hazel", "Bea Cedar"]
    fields.handle.setFocus()
    QTest.keyClick(fields.handle, Qt.Key.Key_S, Qt.KeyboardModifier.ControlModifier)
    settle(page)
    assert form.problems.isVisible()
    assert form.focusWidget() is fields.link
    fields.link.clear()
    QTest.keyClicks(fields.link, "facebook.com/brambleford")
    press(form, "account_save")
    settle(page)
    ctx = school.ctx_for(OFFICE)
    (account_id,) = account_list.sorted_ids(ctx, AccountFilter(), AccountSort())
    record = accounts.open_account(ctx, account_id)
    assert (record.draft.platform, record.draft.link) == ("facebook", "https://facebook.com/brambleford")
    assert {each.name for each in record.runners} == {"Tim Hazel", "Bea Cedar"}
    assert form.header.title.text() == "@brambleford on Facebook"
    assert not form.unsaved()
    assert [gap.kind for gap in form.standing.gaps.gaps] == [gap.kind for gap in record.standing.gaps]
    assert register(page).back()
    settle(page)
    assert list(register(page).list.model.ids) == [account_id]


def test_one_person_twice_is_said_at_the_field(school: SmallSchool, desk_for: DeskFor, qtbot: QtBot) -> None:
    account_id = save(school)
    page = page_for(desk_for(OFFICE), qtbot)
    page.open_record(account_id)
    settle(page)
    form = form_of(page)
    choose(page, form.fields.runners.picker, school.people["teacher"])
    press(form, "account_save")
    settle(page)
    assert "Tim Hazel is named twice" in form.problems.findChild(QPushButton).text().replace("&&", "&")
    press(form.fields.runners.lines[-1], form.fields.runners.lines[-1].remove.objectName())
    assert not form.unsaved()


def test_whoever_leaves_turns_the_open_form_red(school: SmallSchool, desk_for: DeskFor, qtbot: QtBot) -> None:
    account_id = save(school)
    desk = desk_for(OFFICE)
    page = page_for(desk, qtbot)
    page.open_record(account_id)
    settle(page)
    form = form_of(page)
    assert GapKind.LEFT not in {gap.kind for gap in form.standing.gaps.gaps}
    with school.database.writing() as session:
        session.get_one(Person, school.people["teacher"]).left_on = TODAY
    desk.events.tell(frozenset({("person", school.people["teacher"])}))
    settle(page)
    assert GapKind.LEFT in {gap.kind for gap in form.standing.gaps.gaps}
    assert "Tim Hazel left the school" in " ".join(gap.text for gap in form.standing.gaps.gaps)


def test_the_buttons_beside_what_is_missing_lead_there(
    school: SmallSchool, desk_for: DeskFor, qtbot: QtBot
) -> None:
    account_id = save(school, runners=(), responsible_id=None, checklist=())
    school.clock.forward(days=20)
    desk = desk_for(OFFICE)
    begun: list[tuple[str, object]] = []
    desk.new_with = lambda tab, draft: begun.append((tab, draft))
    page = page_for(desk, qtbot)
    page.open_record(account_id)
    settle(page)
    form = form_of(page)
    place = {gap.kind: at for at, gap in enumerate(form.standing.gaps.gaps)}
    for kind, field in (
        (GapKind.NOBODY_RESPONSIBLE, form.fields.responsible),
        (GapKind.STAFF, form.fields.runners.picker),
        (GapKind.CHECKLIST, next(iter(form.fields.checklist.values()))),
    ):
        press(form, f"account_gaps_fix_{place[kind]}")
        QApplication.processEvents()
        assert form.focusWidget() is field
    press(form, f"account_gaps_fix_{place[GapKind.NOT_APPROVED]}")
    settle(page)
    ((tab, case),) = begun
    assert tab == "cases"
    assert case.account_id == account_id
    assert GapKind.NOT_WATCHED in place
    press(form, f"account_gaps_fix_{place[GapKind.NOT_WATCHED]}")
    settle(page)
    assert accounts.open_account(desk.ctx, account_id).looked_on == TODAY + timedelta(days=20)


def test_closing_and_reopening_by_the_menu(school: SmallSchool, desk_for: DeskFor, qtbot: QtBot) -> None:
    account_id = save(school)
    page = page_for(desk_for(OFFICE), qtbot)
    page.open_record(account_id)
    settle(page)
    form = form_of(page)
    form.close_it.trigger()
    dialog = QApplication.activeModalWidget() or form.findChild(QWidget, "account_close_dialog")
    press(dialog, "account_close_dialog_ok")
    settle(page)
    assert dialog.problems.isVisible()
    dialog.reason.setPlainText("Nobody reads it")
    press(dialog, "account_close_dialog_ok")
    settle(page)
    assert accounts.open_account(page._desk.ctx, account_id).closed_on == TODAY
    assert form.fields.handle.isReadOnly()
    assert not form.header.save.isVisible()
    form.reopen.trigger()
    again = form.findChild(QWidget, "account_reopen_dialog")
    again.edit.setPlainText("Wanted again")
    press(again, "account_reopen_dialog_ok")
    settle(page)
    assert accounts.open_account(page._desk.ctx, account_id).closed_on is None
    assert not form.fields.handle.isReadOnly()


def test_a_review_is_written_down_with_the_next_day(
    school: SmallSchool, desk_for: DeskFor, qtbot: QtBot
) -> None:
    account_id = save(school, review_on=TODAY - timedelta(days=3))
    page = page_for(desk_for(OFFICE), qtbot)
    page.open_record(account_id)
    settle(page)
    form = form_of(page)
    place = [gap.kind for gap in form.standing.gaps.gaps].index(GapKind.REVIEW_OVERDUE)
    press(form, f"account_gaps_fix_{place}")
    settle(page)
    dialog = form.findChild(QWidget, "account_review_dialog")
    dialog.reason.setPlainText("Still useful")
    press(dialog, "account_review_dialog_ok")
    settle(page)
    record = accounts.open_account(page._desk.ctx, account_id)
    assert record.draft.review_on == date(2027, 3, 11)
    assert GapKind.REVIEW_OVERDUE not in {gap.kind for gap in form.standing.gaps.gaps}


def test_what_is_half_typed_comes_back(
    school: SmallSchool, desk_for: DeskFor, qtbot: QtBot, script: Script
) -> None:
    desk = desk_for(OFFICE)
    page = page_for(desk, qtbot)
    page.new_record()
    settle(page)
    form = form_of(page)
    form.fields.handle.setText("bramble")
    form.fields.responsible.setText("Hel")
    form.fields.opened_on.line.setText("31 Feb")
    choose(page, form.fields.runners.picker, school.people["teacher"])
    form.fields.runners.lines[0].until_on.line.setText("someday")
    typed = form.fields.typed()
    assert page.unsaved()
    page.save_draft()
    assert [(form, number) for form, number, _ in drafts.mine(desk.ctx)] == [("account", 0)]
    other = page_for(desk_for(OFFICE), qtbot)
    other.new_record()
    settle(other)
    assert form_of(other).fields.typed() == typed
    assert form_of(other).draft_bar.isVisible()
    form_of(other).discard()
    settle(other)
    assert form_of(other).fields.typed().handle == ""


def test_a_leader_reads_without_a_way_to_write(school: SmallSchool, desk_for: DeskFor, qtbot: QtBot) -> None:
    account_id = save(school)
    page = page_for(desk_for("leadership"), qtbot)
    assert not register(page).list.new.isVisible()
    page.open_record(account_id)
    settle(page)
    form = form_of(page)
    assert form.fields.responsible.text().startswith("Helen Alder")
    assert form.fields.responsible.isReadOnly()
    assert [line.person_name for line in form.fields.runners.lines]
    assert not form.fields.runners.picker.isVisible()
    assert not form.header.save.isVisible()
    assert not form.close_it.isVisible()


def test_two_people_at_one_account_choose(school: SmallSchool, desk_for: DeskFor, qtbot: QtBot) -> None:
    account_id = save(school)
    page = page_for(desk_for(OFFICE), qtbot)
    page.open_record(account_id)
    settle(page)
    form = form_of(page)
    form.fields.purpose.setPlainText("Mine")
    accounts.save(school.ctx_for("headteacher"), draft(school, purpose="Theirs"), account_id, 1)
    press(form, "account_save")
    settle(page)
    dialog = form._conflict
    assert dialog is not None
    dialog.reject()
    settle(page)
    assert form.fields.purpose.toPlainText() == "Mine"
    form.discard()
    settle(page)
    assert form.fields.purpose.toPlainText() == "Theirs"


def test_views_show_what_is_missing_and_what_is_closed(
    school: SmallSchool, desk_for: DeskFor, qtbot: QtBot
) -> None:
    one = save(school)
    two = save(school, handle="old", link="")
    accounts.close(school.ctx_for(OFFICE), two, 1, "Unused", TODAY)
    page = page_for(desk_for("headteacher"), qtbot)
    listing = register(page).list
    assert listing.views[AccountView.OPEN].text() == "Open (1)"
    assert listing.views[AccountView.NOT_COMPLIANT].text() == "Something missing (1)"
    QTest.mouseClick(listing.views[AccountView.CLOSED], Qt.MouseButton.LeftButton)
    settle(page)
    assert list(listing.model.ids) == [two]
    QTest.mouseClick(listing.views[AccountView.NOT_COMPLIANT], Qt.MouseButton.LeftButton)
    settle(page)
    assert list(listing.model.ids) == [one]
    said = pages.all_of_row(register(page), one)
    assert "Not yet approved" in said
    assert "ACC-2" in said


# ------------------------------------------------------------------------------------------------------------- blocks


def test_a_block_from_an_incident_is_looked_at_and_saved(
    school: SmallSchool, desk_for: DeskFor, qtbot: QtBot
) -> None:
    incident_id = school.incident()
    account_id = save(school)
    desk = desk_for(OFFICE)
    page = page_for(desk, qtbot)
    page.new_with(blocks.draft_for_incident(desk.ctx, incident_id))
    settle(page)
    assert page.current_part == "blocks"
    form = block_form(page)
    assert form.who.text() == "Anna Quillfeather"
    press(form, "block_save")
    settle(page)
    assert form.problems.isVisible()  # where and why are missing
    form.account.setCurrentIndex(form.account.findData(account_id))
    assert not form.place.isEnabled()
    QTest.keyClicks(form.reason, "Insults under every post")
    press(form, "block_save")
    settle(page)
    record = blocks.open_block(desk.ctx, form.object_id)
    assert (record.where, record.incident) == ("@brambleford on Facebook", "2026/0001")
    assert record.draft.review_on == date(2026, 9, 11)
    assert form.incident.isVisible()
    opened: list[tuple[str, int]] = []
    desk.open_tab = lambda tab, number: opened.append((tab, number))
    press(form, "block_incident")
    assert opened == [("incidents", incident_id)]


def test_an_incident_begins_a_block(school: SmallSchool, desk_for: DeskFor, qtbot: QtBot) -> None:
    incident_id = school.incident()
    desk = desk_for(OFFICE)
    begun: list[tuple[str, object]] = []
    desk.new_with = lambda tab, draft: begun.append((tab, draft))
    page = pages.shown(Incidents(desk), qtbot, desk.tasks, 1300, 700)
    page.open_record(incident_id)
    pages.settle(desk.tasks)
    action = page.form().header.menu.findChild(QAction, "incident_action_block")
    assert action.isVisible()
    action.trigger()
    pages.settle(desk.tasks)
    ((tab, draft),) = begun
    assert tab == "accounts"
    assert (draft.incident_id, draft.who) == (incident_id, "Anna Quillfeather")


def test_a_block_is_reviewed_ended_and_brought_back(
    school: SmallSchool, desk_for: DeskFor, qtbot: QtBot
) -> None:
    ctx = school.ctx_for(OFFICE)
    block_id = blocks.save(
        ctx, BlockDraft(None, "E-mail", "oak", None, "Insults", date(2025, 9, 1), date(2026, 3, 1))
    ).id
    page = page_for(desk_for("leadership"), qtbot)
    page.open_part("blocks", block_id)
    settle(page)
    form = block_form(page)
    assert form.header.status.text == "Due for review"
    form.keep.trigger()
    settle(page)
    dialog = form.findChild(QWidget, "block_keep_dialog")
    dialog.reason.setPlainText("Began again in February")
    press(dialog, "block_keep_dialog_ok")
    settle(page)
    assert form.header.status.text == "In force"
    form.end.trigger()
    dialog = form.findChild(QWidget, "block_end_dialog")
    dialog.reason.setPlainText("Apologised")
    dialog.day.line.setText("")
    press(dialog, "block_end_dialog_ok")
    assert dialog.problems.isVisible()
    dialog.day.set_day(TODAY)
    press(dialog, "block_end_dialog_ok")
    settle(page)
    assert blocks.open_block(ctx, block_id).ended_on == TODAY
    assert form.who.isReadOnly()
    form.reopen.trigger()
    dialog = form.findChild(QWidget, "block_reopen_dialog")
    dialog.edit.setPlainText("A slip")
    press(dialog, "block_reopen_dialog_ok")
    settle(page)
    assert blocks.open_block(ctx, block_id).ended_on is None


def test_nothing_of_a_confidential_incident_shows_in_its_block(
    school: SmallSchool, desk_for: DeskFor, qtbot: QtBot
) -> None:
    incident_id = school.incident("dsl", confidentiality=Confidentiality.SAFEGUARDING)
    dsl = school.ctx_for("dsl")
    begun = blocks.draft_for_incident(dsl, incident_id)
    block_id = blocks.save(dsl, replace(begun, place="Facebook", reason="Threats")).id
    page = page_for(desk_for(OFFICE), qtbot)
    page.open_part("blocks", block_id)
    settle(page)
    form = block_form(page)
    assert form.masked.isVisible()
    assert not form.header.save.isVisible()
    assert not form.header.menu_button.isVisible()
    everything = " ".join(
        str(each.text())
        for each in page.findChildren(QWidget)
        if hasattr(each, "text") and callable(each.text)
    )
    assert page.part("blocks").back()
    settle(page)
    row = pages.all_of_row(page.part("blocks"), block_id)
    for secret in ("Quillfeather", "Threats"):
        assert secret not in everything + row
    assert "Facebook" in row


@pytest.mark.parametrize("login", [OFFICE, "leadership"])
def test_no_alt_key_leads_to_two_places(
    school: SmallSchool, desk_for: DeskFor, qtbot: QtBot, login: str
) -> None:
    account_id = save(school)
    block_id = blocks.save(
        school.ctx_for(OFFICE), BlockDraft(account_id, "", "oak", None, "Insults", TODAY)
    ).id
    window = MainWindow(desk_for(login), "Brambleford")
    qtbot.addWidget(window, before_close_func=MainWindow.close_without_asking)
    window.resize(1300, 740)
    window.show()
    window.open_tab("accounts")
    page = window.page("accounts")
    assert isinstance(page, Page)
    for part, record in (("register", 0), ("register", account_id), ("blocks", 0), ("blocks", block_id)):
        page.open_part(part, record)
        settle(page)
        assert clashes(window) == []


@pytest.mark.parametrize("part", ["register", "blocks"])
def test_every_control_has_its_names(school: SmallSchool, desk_for: DeskFor, qtbot: QtBot, part: str) -> None:
    account_id = save(school)
    ctx = school.ctx_for(OFFICE)
    block_id = blocks.save(ctx, BlockDraft(account_id, "", "oak", None, "Insults", TODAY)).id
    page = page_for(desk_for(OFFICE), qtbot)
    page.open_part(part, {"register": account_id, "blocks": block_id}[part])
    settle(page)
    assert nameless(page) == []
    assert page.part("blocks").list.views[BlockView.STANDING].text() in ("In force", "In force (1)")


def test_the_buttons_beside_an_account_lead_to_what_there_is_about_it(
    school: SmallSchool, desk_for: DeskFor, qtbot: QtBot
) -> None:
    ctx = school.ctx_for(OFFICE)
    account_id, other = save(school), save(school, handle="elsewhere", link="")
    mine = due.message(school, account_id, None)
    due.message(school, other, None)
    block_id = blocks.save(ctx, BlockDraft(account_id, "", "oak", None, "Insults", TODAY)).id
    blocks.save(ctx, BlockDraft(other, "", "ash", None, "Insults", TODAY))
    window = MainWindow(desk_for(OFFICE), "Brambleford")
    qtbot.addWidget(window, before_close_func=MainWindow.close_without_asking)
    window.resize(1300, 740)
    window.show()
    page = window.page("accounts")
    assert isinstance(page, Page)
    for button, part, expected in (("messages", "messages", mine), ("blocks", "blocks", block_id)):
        window.open_part("accounts", "register", account_id)
        settle(page)
        press(page, f"account_{button}")
        settle(page)
        view = page.part(part)
        assert page.current_part == part
        assert list(view.list.model.ids) == [expected]
        assert view.list.filters.account.currentText() == accounts.open_account(ctx, account_id).name
        # As if it had been chosen there: it is cleared there too.
        press(page, f"{view.list.listing.name}_filter_clear")
        settle(page)
        assert len(view.list.model.ids) == 2
    window.open_part("accounts", "register", account_id)
    settle(page)
    press(page, "account_watching")
    settle(page)
    watching = page.part("watching")
    qtbot.waitUntil(lambda: watching.focusWidget() is watching.row(account_id).look)


def test_an_account_that_was_added_is_there_to_narrow_to(
    school: SmallSchool, desk_for: DeskFor, qtbot: QtBot
) -> None:
    desk = desk_for(OFFICE)
    page = page_for(desk, qtbot)
    page.open_part("messages")
    settle(page)
    choice = page.part("messages").list.filters.account
    assert choice.count() == 1
    desk.events.tell(accounts.save(desk.ctx, draft(school)).changes)
    settle(page)
    assert choice.count() == 2
