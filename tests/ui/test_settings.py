"""The Settings tab on a real school."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QWidget
from pytestqt.qtbot import QtBot
from sqlalchemy import text

from smdesk.policy.profile import Strictness
from smdesk.security.permissions import Role
from smdesk.services import backups, drafts, profiles, school, session, users
from smdesk.ui.desk import Desk
from smdesk.ui.events import Events
from smdesk.ui.messages import Messages
from smdesk.ui.pages.settings import school_section
from smdesk.ui.pages.settings.page import Page
from smdesk.ui.pages.settings.policy_editor import PolicyEditor
from smdesk.ui.pages.settings.policy_words import differences
from smdesk.ui.pages.settings.user_dialog import UserDialog
from smdesk.ui.pages.settings.users_section import RecoveryDialog, UsersSection
from smdesk.ui.tasks import Tasks
from smdesk.ui.widgets.dialogs import BACK, MINE, THEIRS
from tests.support.gate import PASSWORD, make_school
from tests.support.script import Script


@pytest.fixture
def page_for(desk_for: Callable[[str], Desk], qtbot: QtBot) -> Callable[[str, str], QWidget]:
    """``page_for("headteacher", "school")``: that section, loaded."""

    def make(login: str, name: str) -> QWidget:
        page = Page(desk_for(login))
        qtbot.addWidget(page)
        page.resize(1000, 640)
        page.show()
        page.show_section(name)
        assert page._desk.tasks.wait_all()
        section = page.section(name)
        section.page_alive = page  # the section dies with its page
        return section

    return make


def sections(desk: Desk, qtbot: QtBot) -> list[str]:
    page = Page(desk)
    qtbot.addWidget(page)
    return [page.list.item(line).text() for line in range(page.list.count())]


def test_backups_are_for_those_who_look_after_them(desk_for: Callable[[str], Desk], qtbot: QtBot) -> None:
    assert "Backups" in sections(desk_for("business_manager"), qtbot)
    assert "Backups" not in sections(desk_for("headteacher"), qtbot)
    assert "My account" in sections(desk_for("chair"), qtbot)


# School


def test_the_schools_details_are_saved(page_for: Callable[[str, str], QWidget]) -> None:
    section = page_for("business_manager", "school")
    assert section.head.name.text() == "Brambleford Primary School"
    assert not section.save_button.isEnabled()
    section.head.name.setText("Brambleford Academy")
    section.contacts["parents"][0].setText("Mrs H. Alder")
    section.numbers["idle_minutes"].setValue(7)
    assert section.unsaved()
    section.save_button.click()
    assert section._desk.tasks.wait_all()
    kept = school.get(section._desk.ctx)
    assert kept.name == "Brambleford Academy"
    assert kept.settings.idle_minutes == 7
    assert [contact.name for contact in kept.contacts] == ["Mrs H. Alder"]
    assert not section.unsaved()


def test_what_is_wrong_is_said_at_its_field(page_for: Callable[[str, str], QWidget]) -> None:
    section = page_for("business_manager", "school")
    section.head.email.setText("no at sign")
    section.save_button.click()
    assert section._desk.tasks.wait_all()
    assert section.problems.isVisible()
    assert section.head.email.property("wrong") == "true"
    assert school.get(section._desk.ctx).email == "office@brambleford.example"
    assert section.save_button.isEnabled()


@pytest.mark.parametrize(("choice", "name"), [(MINE, "Mine"), (THEIRS, "Theirs"), (BACK, "Theirs")])
def test_two_windows_never_overwrite_in_silence(
    page_for: Callable[[str, str], QWidget],
    desk_for: Callable[[str], Desk],
    monkeypatch: pytest.MonkeyPatch,
    choice: str,
    name: str,
) -> None:
    section = page_for("business_manager", "school")
    other = desk_for("headteacher").ctx
    now = school.get(other)
    school.save(other, replace(now, name="Theirs"), now.version)
    asked = []

    def answer(conflict: object, parent: object) -> str:
        asked.append(conflict)
        return choice

    monkeypatch.setattr(school_section, "ask_conflict", answer)
    section.head.name.setText("Mine")
    section.save_button.click()
    assert section._desk.tasks.wait_all()
    assert [change.field for change in asked[0].changes] == ["name"]
    assert school.get(other).name == name
    assert section.head.name.text() == ("Mine" if choice == BACK else name)
    assert section.unsaved() == (choice == BACK)


def test_a_draft_of_the_school_comes_back_after_a_lock(page_for: Callable[[str, str], QWidget]) -> None:
    section = page_for("business_manager", "school")
    section.head.address.setPlainText("New Lane\nBrambleford")
    section.save_draft()
    again = page_for("business_manager", "school")
    assert again.head.address.toPlainText() == "New Lane\nBrambleford"
    assert again.unsaved()
    again._revert()
    assert again._desk.tasks.wait_all()
    assert drafts.mine(again._desk.ctx) == []


def test_those_who_may_not_change_it_see_it_read_only(page_for: Callable[[str, str], QWidget]) -> None:
    section = page_for("dsl", "school")
    assert section.head.name.isReadOnly()
    assert not section.save_button.isVisible()
    section.head.name.setText("x")
    assert not section.unsaved()


# Policy


def editor() -> PolicyEditor:
    return next(w for w in QApplication.topLevelWidgets() if isinstance(w, PolicyEditor) and w.isVisible())


def test_a_changed_policy_is_a_new_version_with_its_reason(page_for: Callable[[str, str], QWidget]) -> None:
    section = page_for("headteacher", "policy")
    assert "version 1" in section.title.text()
    section.edit_button.click()
    dialog = editor()
    dialog.numbers["removal_chase_days"].setValue(4)
    dialog.rule.setCurrentIndex(dialog.rule.findData("INC-4"))
    dialog.rule_words.setPlainText("We ask once, kindly.")
    dialog.ok.click()
    assert "why" in dialog.problems.sentences[0]
    dialog.note.setText("Governors' meeting")
    dialog.ok.click()
    tasks, ctx = section._desk.tasks, section._desk.ctx
    assert tasks.wait_all()
    now = profiles.current(ctx)
    assert (now.number, now.note) == (2, "Governors' meeting")
    assert now.profile.clocks.removal_chase_days == 4
    assert now.profile.rules["INC-4"].wording == "We ask once, kindly."
    assert "version 2" in section.title.text()
    assert section.table.rowCount() == 2
    what = [section.compare_table.item(line, 0).text() for line in range(section.compare_table.rowCount())]
    assert what == ["Working days until a removal request is chased", "Rule INC-4"]
    assert section.compare_table.item(0, 1).text() == "2"
    assert section.compare_table.item(0, 2).text() == "4"


def test_con_2_when_exceptions_end_and_are_announced_is_the_schools_to_say(
    page_for: Callable[[str, str], QWidget],
) -> None:
    section = page_for("headteacher", "policy")
    assert "An exception ends when the adult changes role" in section.rules.toPlainText()
    section.edit_button.click()
    dialog = editor()
    assert dialog.connection_switches["ends_on_role_change"].isChecked()
    assert dialog.profile() == profiles.current(section._desk.ctx).profile
    dialog.connection_switches["ends_on_role_change"].setChecked(False)
    dialog.numbers["exception_reminder_days"].setValue(14)
    follows = dialog.stances["pupil_follows"]
    follows.setCurrentIndex(follows.findText("Advised against"))
    dialog.note.setText("Governors' meeting")
    dialog.ok.click()
    assert section._desk.tasks.wait_all()
    now = profiles.current(section._desk.ctx).profile
    assert now.clocks.exception_reminder_days == 14
    assert now.connections.ends_on_role_change is False
    assert now.connections.pupil_follows is Strictness.DISCOURAGED
    shown = [
        [section.compare_table.item(line, column).text() for column in range(3)]
        for line in range(section.compare_table.rowCount())
    ]
    assert shown == [
        ["Days before that review from which it is announced", "28", "14"],
        ["Connections: A pupil follows an adult of the school", "Not allowed", "Advised against"],
        ["Connections: An exception ends when the adult changes role", "yes", "no"],
    ]


def test_acc_1_what_is_asked_of_accounts_is_the_schools_to_say(
    page_for: Callable[[str, str], QWidget],
) -> None:
    section = page_for("headteacher", "policy")
    assert "Members of the leadership team who must agree" in section.rules.toPlainText()
    section.edit_button.click()
    dialog = editor()
    assert dialog.profile() == profiles.current(section._desk.ctx).profile
    dialog.account_switches["training_required"].setChecked(False)
    dialog.account_numbers["members_to_agree"].setValue(3)
    dialog.account_numbers["unwatched_after_days"].setValue(5)
    dialog.monitored_by.setText("the deputy head")
    dialog.channels.setPlainText("The app\n\n  Letters  by e-mail \n")
    dialog.note.setText("Governors' meeting")
    dialog.ok.click()
    assert section._desk.tasks.wait_all()
    now = profiles.current(section._desk.ctx).profile.accounts
    assert (now.training_required, now.members_to_agree, now.unwatched_after_days) == (False, 3, 5)
    assert (now.monitored_by, now.official_channels) == ("the deputy head", ("The app", "Letters by e-mail"))
    what = {section.compare_table.item(line, 0).text() for line in range(section.compare_table.rowCount())}
    assert what == {
        "School accounts: Members of the leadership team who must agree",
        "School accounts: Whoever runs an account must have been trained",
        "School accounts: Days without a look after which it shows as not looked at",
        "School accounts: Who looks at the accounts",
        "School accounts: Official channels between school and home",
    }


def test_a_policy_nobody_changed_is_not_saved_twice(page_for: Callable[[str, str], QWidget]) -> None:
    section = page_for("headteacher", "policy")
    section.edit_button.click()
    dialog = editor()
    dialog.note.setText("no reason at all")
    dialog.ok.click()
    assert section._desk.tasks.wait_all()
    assert "Nothing was changed" in dialog.problems.sentences[0]
    dialog.cancel.click()
    assert len(profiles.versions(section._desk.ctx)) == 1


def test_leaving_a_changed_policy_asks(page_for: Callable[[str, str], QWidget], script: Script) -> None:
    section = page_for("headteacher", "policy")
    section.edit_button.click()
    dialog = editor()
    dialog.switches["bank_holidays_count_as_weekend"].setChecked(True)
    script.will_answer("Go back")
    dialog.cancel.click()
    assert dialog.isVisible()
    script.will_answer("Close without saving")
    dialog.cancel.click()
    assert not dialog.isVisible()


def test_the_office_reads_the_policy_but_does_not_change_it(page_for: Callable[[str, str], QWidget]) -> None:
    section = page_for("business_manager", "policy")
    assert "ladder" in section.rules.toPlainText()
    assert not section.edit_button.isVisible()


def test_what_a_school_typed_is_no_html(page_for: Callable[[str, str], QWidget]) -> None:
    section = page_for("headteacher", "policy")
    ctx = section._desk.ctx
    profile = profiles.current(ctx).profile
    rule = replace(profile.rules["INC-4"], wording="<img src='x'> & <b>bold</b>")
    saved = profiles.save_edit(ctx, replace(profile, rules={**profile.rules, "INC-4": rule}), "a test")
    section._desk.events.tell(saved.changes)
    assert section._desk.tasks.wait_all()
    assert "<img src='x'> & <b>bold</b>" in section.rules.toPlainText()


def test_every_shipped_policy_differs_from_the_complete_one() -> None:
    complete = profiles.load_shipped("complete")
    assert differences(complete, complete) == []
    for shipped in profiles.shipped()[1:]:
        found = differences(complete, profiles.load_shipped(shipped.name))
        assert found
        assert all(isinstance(part, str) for line in found for part in line)


# Users


def test_the_users_are_listed_with_their_keys(page_for: Callable[[str, str], QWidget]) -> None:
    section = page_for("administrator", "users")
    names = [section.table.item(line, 1).text() for line in range(section.table.rowCount())]
    assert set(names) == {
        "headteacher",
        "dsl",
        "business_manager",
        "leadership",
        "governor",
        "chair",
        "administrator",
    }
    assert section.keys_table.rowCount() == 7
    assert not section.reset_button.isEnabled()
    section.table.selectRow(names.index("administrator"))
    assert not section.close_button.isEnabled()  # not one's own
    section.table.selectRow(names.index("governor"))
    assert section.close_button.isEnabled()
    assert section.reset_button.isEnabled()


def test_closing_an_account_asks_first(page_for: Callable[[str, str], QWidget], script: Script) -> None:
    section = page_for("administrator", "users")
    names = [section.table.item(line, 1).text() for line in range(section.table.rowCount())]
    section.table.selectRow(names.index("governor"))
    script.will_answer("Cancel")
    section.close_button.click()
    assert all(user.active for user in users.list_users(section._desk.ctx))


def test_others_see_the_users_but_change_none(page_for: Callable[[str, str], QWidget]) -> None:
    section = page_for("headteacher", "users")
    assert not section.add_button.isVisible()
    assert section.confirm_button.isVisible()
    section.add_user()
    assert not any(w.objectName() == "user_dialog" and w.isVisible() for w in QApplication.topLevelWidgets())


@pytest.fixture
def administrator(tmp_path: Path, tasks: Tasks, events: Events, messages: Messages) -> Iterator[Desk]:
    """The business manager of a school with real keys, who administers it."""
    folder, _ = make_school(tmp_path / "real")
    ctx = session.sign_in(folder, "cedar", PASSWORD)
    yield Desk(ctx, tasks, events, messages)
    assert tasks.wait_all()
    session.sign_out(ctx)


def users_of(desk: Desk, qtbot: QtBot) -> tuple[Page, UsersSection]:
    page = Page(desk)
    qtbot.addWidget(page)
    page.show()
    page.show_section("users")
    assert desk.tasks.wait_all()
    section = page.section("users")
    assert isinstance(section, UsersSection)
    return page, section


def select(section: UsersSection, login: str) -> None:
    names = [section.table.item(line, 1).text() for line in range(section.table.rowCount())]
    section.table.selectRow(names.index(login))


def test_a_user_is_added_changed_closed_and_opened_again(
    administrator: Desk, qtbot: QtBot, script: Script, monkeypatch: pytest.MonkeyPatch
) -> None:
    page, section = users_of(administrator, qtbot)
    page.new_record()  # Ctrl+N
    dialog = next(w for w in QApplication.topLevelWidgets() if isinstance(w, UserDialog) and w.isVisible())
    dialog.ok.click()
    assert dialog.problems.isVisible()
    dialog.name.setText("Dr G. Elm")
    dialog.login.setText("elm")
    dialog.roles[Role.GOVERNOR].setChecked(True)
    dialog.pair.first.setText("walnut rain harvest")
    dialog.pair.again.setText("walnut rain harvest")
    dialog.ok.click()
    assert administrator.tasks.wait_all()
    assert not dialog.isVisible()
    select(section, "elm")
    user = section.user()
    assert user is not None
    assert (user.draft.roles, user.must_change_password) == ((Role.GOVERNOR,), True)

    section.edit_button.click()
    dialog = next(
        w for w in QApplication.topLevelWidgets() if isinstance(w, UserDialog) and w.isVisible() and w._user
    )
    assert dialog.name.text() == "Dr G. Elm"
    dialog.name.setText("Dr Grace Elm")
    dialog.ok.click()
    assert administrator.tasks.wait_all()
    select(section, "elm")
    assert section.user().draft.name == "Dr Grace Elm"  # it was selected

    script.will_answer("Close account")
    section.close_button.click()
    assert administrator.tasks.wait_all()
    select(section, "elm")
    assert section.table.item(section.table.currentRow(), 4).text() == "Closed"
    assert not section.reset_button.isEnabled()
    monkeypatch.setattr(section, "_ask_password", lambda *_: "another good password")
    section.close_button.click()
    assert administrator.tasks.wait_all()
    select(section, "elm")
    assert section.user().active  # it was selected


def test_a_reset_password_leaves_a_key_to_be_confirmed(
    administrator: Desk, qtbot: QtBot, script: Script, monkeypatch: pytest.MonkeyPatch
) -> None:
    _page, section = users_of(administrator, qtbot)
    select(section, "birch")
    monkeypatch.setattr(section, "_ask_password", lambda *_: "another good password")
    section.reset_button.click()
    assert administrator.tasks.wait_all()
    select(section, "birch")
    assert section.table.item(section.table.currentRow(), 4).text() == "Key not confirmed"

    head = session.sign_in(administrator.ctx.folder, "alder", PASSWORD)
    desk = Desk(head, administrator.tasks, administrator.events, administrator.messages)
    _other, confirming = users_of(desk, qtbot)
    line = next(
        line for line, key in enumerate(confirming._keys) if key.user_name == "Mr D. Birch" and key.flag
    )
    confirming.keys_table.selectRow(line)
    script.will_answer("Yes, I compared it")
    confirming.confirm_button.click()
    assert administrator.tasks.wait_all()
    session.sign_out(head)
    select(section, "birch")
    assert section.table.item(section.table.currentRow(), 4).text() == "Has to choose a password"
    assert "no chair of governors" in section.notices.accessibleName()


def test_a_new_recovery_code_is_shown_until_it_was_kept(
    administrator: Desk, qtbot: QtBot, script: Script
) -> None:
    _page, section = users_of(administrator, qtbot)
    script.will_answer("Make a new one")
    section.code_button.click()
    assert administrator.tasks.wait_all()
    dialog = next(
        w for w in QApplication.topLevelWidgets() if isinstance(w, RecoveryDialog) and w.isVisible()
    )
    script.will_answer("Go back")
    dialog.reject()
    assert dialog.isVisible()
    dialog.step.typed.setText("wrong")
    dialog.ok.click()
    assert dialog.problems.isVisible()
    dialog.step.typed.setText(dialog.step.groups[dialog.step.asked])
    dialog.ok.click()
    assert not dialog.isVisible()


# Backups and the check


def test_a_backup_is_made_and_listed(page_for: Callable[[str, str], QWidget]) -> None:
    section = page_for("business_manager", "backups")
    assert section.table.rowCount() == 0
    assert section.state.text() == "There is no backup yet."
    section.make_button.click()
    assert section._desk.tasks.wait_all(20)
    assert section.table.rowCount() == 1
    assert section.table.item(0, 1).text() == "Asked for"
    assert len(backups.listing(section._desk.ctx)) == 1
    assert section.make_button.isEnabled()


def test_everything_is_copied_to_another_disk(
    page_for: Callable[[str, str], QWidget], tmp_path: Path, script: Script
) -> None:
    section = page_for("business_manager", "backups")
    stick = tmp_path / "stick"
    stick.mkdir()
    section.copy_to(stick)
    assert section._desk.tasks.wait_all(20)
    assert "Everything is copied" in script.texts[0]
    assert any(path.name == "smdesk.db" for path in stick.rglob("*"))


def test_the_check_names_faults_and_says_when_all_is_well(
    page_for: Callable[[str, str], QWidget], monkeypatch: pytest.MonkeyPatch
) -> None:
    from smdesk.services import verify

    section = page_for("governor", "verify")
    assert section.head.text().split(":")[0].isdigit()
    section.head_line.setText("not a line")
    section.run_button.click()
    assert section.head_line.property("wrong") == "true"
    section.head_line.clear()
    section.run_button.click()
    assert section._desk.tasks.wait_all(20)
    # The small school has no keys.json: that is a fault, and it is named.
    assert section.chip.text == "Faults found"
    assert any("keys.json" in section.faults.item(i).text() for i in range(section.faults.count()))
    monkeypatch.setattr(verify, "check", lambda ctx, progress, expected: [])
    section.run_button.click()
    assert section._desk.tasks.wait_all(20)
    assert section.chip.text == "All intact"
    assert not section.faults.isVisible()


def test_the_search_is_made_anew(page_for: Callable[[str, str], QWidget]) -> None:
    assert not page_for("governor", "verify").mend_button.isEnabled()
    section = page_for("business_manager", "verify")
    with section._desk.ctx.database.writing() as db:
        db.execute(text("DELETE FROM person_search"))
    section.run_button.click()
    assert section._desk.tasks.wait_all(20)
    told = [section.faults.item(i).text() for i in range(section.faults.count())]
    assert any("cannot be found" in fault and "Make the search anew" in fault for fault in told)
    section.mend_button.click()
    assert section._desk.tasks.wait_all(20)
    assert section.chip.text == "Search made anew"
    assert "can be found again" in section.result.text()
    assert section.mend_button.isEnabled()
    with section._desk.ctx.database.reading() as db:
        assert db.scalar(text("SELECT count(*) FROM person_search")) > 0


def test_my_account_shows_my_key(page_for: Callable[[str, str], QWidget]) -> None:
    from smdesk.security.signatures import fingerprint

    section = page_for("headteacher", "account")
    shown = section.findChild(QWidget, "account_fingerprint")
    assert shown.text() == fingerprint(section._desk.ctx.signing.public)
    QTest.qWait(1)
