"""The gate: wrong and right passwords, waiting, the recovery code, first passwords, damaged folders."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QWidget
from pytestqt.qtbot import QtBot

from smdesk.paths import SchoolFolder
from smdesk.security import vault
from smdesk.services import backups, session, users
from smdesk.ui.first_run.assistant import FirstRun
from smdesk.ui.gate_pages import NewPasswordPage, RecoveryPage, SignInPage, in_words
from smdesk.ui.messages import Messages
from smdesk.ui.opening import Opened
from smdesk.ui.sign_in import Gate
from smdesk.ui.tasks import Tasks
from smdesk.ui.trouble_page import TroublePage
from tests.support.gate import PASSWORD, make_school
from tests.support.script import Script


class Entrance:
    """The gate in front of a real folder; what it opened is closed at the end."""

    def __init__(self, gate: Gate, tasks: Tasks, code: str) -> None:
        self.gate, self.tasks, self.code = gate, tasks, code
        self.opened: list[Opened] = []
        gate.opened.connect(self.opened.append)

    def page(self) -> QWidget:
        assert self.tasks.wait_all()
        page = self.gate.stack.currentWidget()
        assert page is not None
        return page

    def sign_in(self, login: str, password: str) -> None:
        page = self.page()
        assert isinstance(page, SignInPage)
        page.login.setText(login)
        page.password.clear()
        QTest.keyClicks(page.password, password)
        QTest.keyClick(page.password, Qt.Key.Key_Return)


@pytest.fixture
def entrance(tmp_path: Path, tasks: Tasks, messages: Messages, qtbot: QtBot) -> Iterator[Entrance]:
    folder, code = make_school(tmp_path / "school")
    gate = Gate(folder, tasks, messages)
    qtbot.addWidget(gate)
    entrance = Entrance(gate, tasks, code)
    gate.show()
    gate.start()
    yield entrance
    assert tasks.wait_all()
    for opened in entrance.opened:
        session.sign_out(opened.ctx)


def test_a_wrong_password_then_the_right_one(entrance: Entrance) -> None:
    entrance.sign_in("cedar", "something wrong")
    page = entrance.page()
    assert isinstance(page, SignInPage)
    assert page.problems.isVisible()
    assert "not right" in page.problems.sentences[0]
    assert page.enter_button.isEnabled()
    entrance.sign_in(" CEDAR ", PASSWORD)
    entrance.page()
    assert [opened.ctx.user.login for opened in entrance.opened] == ["cedar"]
    assert entrance.opened[0].school_name == "Brambleford Primary School"
    assert page.password.text() == ""


def test_nothing_typed_is_not_a_try(entrance: Entrance) -> None:
    page = entrance.page()
    assert isinstance(page, SignInPage)
    page.enter_button.click()
    assert page.problems.sentences == ["Type your user name."]
    page.login.setText("cedar")
    page.enter_button.click()
    assert page.problems.sentences == ["Type your password."]
    assert not entrance.gate.folder.attempts.exists()


def test_many_wrong_passwords_are_slowed_down_with_a_countdown(entrance: Entrance) -> None:
    page = entrance.page()
    assert isinstance(page, SignInPage)
    for _ in range(10):
        entrance.sign_in("cedar", "something wrong")
        entrance.page()
        if not page.enter_button.isEnabled():
            break
    assert not page.enter_button.isEnabled()
    assert page.enter_button.text().startswith("Try again in")
    page._try()  # Enter in the field does nothing meanwhile
    assert not entrance.tasks.busy
    page._clear_until = 0.0
    page._count_down()
    assert page.enter_button.isEnabled()


def test_waiting_is_said_in_words() -> None:
    assert [in_words(s) for s in (0.2, 1.4, 59.0, 130.0)] == [
        "1 second",
        "2 seconds",
        "59 seconds",
        "3 minutes",
    ]


def test_the_recovery_code_gives_a_new_password(entrance: Entrance, monkeypatch: pytest.MonkeyPatch) -> None:
    page = entrance.page()
    assert isinstance(page, SignInPage)
    page.login.setText("alder")
    page.forgotten_button.click()
    recovery = entrance.page()
    assert isinstance(recovery, RecoveryPage)
    assert recovery.login.text() == "alder"
    new = "another good password"
    recovery.pair.first.setText(new)
    recovery.pair.again.setText(new)
    recovery.code.setPlainText(entrance.code[:-1] + ("2" if entrance.code[-1] != "2" else "3"))
    recovery.ok.click()
    entrance.page()
    assert "group 8" in recovery.problems.sentences[0].casefold() or "8" in recovery.problems.sentences[0]
    recovery.code.setPlainText(entrance.code.lower().replace("-", " "))
    recovery.ok.click()
    entrance.page()
    assert [opened.ctx.user.login for opened in entrance.opened] == ["alder"]


def test_a_password_somebody_else_set_is_changed_before_anything_opens(entrance: Entrance) -> None:
    admin = session.sign_in(entrance.gate.folder, "cedar", PASSWORD)
    head = next(user for user in users.list_users(admin) if user.draft.login == "alder")
    users.reset_password(admin, head.id, "given by the office", vault.TESTING)
    session.sign_out(admin)

    entrance.sign_in("alder", "given by the office")
    page = entrance.page()
    assert isinstance(page, NewPasswordPage)
    assert entrance.opened == []
    page.pair.first.setText("given by the office")
    page.pair.again.setText("given by the office")
    page.ok.click()
    assert "were given" in page.problems.sentences[0]
    page.pair.first.setText("my own long password")
    page.pair.again.setText("my own long password")
    page.ok.click()
    assert entrance.tasks.wait_all()
    assert [opened.ctx.user.login for opened in entrance.opened] == ["alder"]
    session.sign_out(session.sign_in(entrance.gate.folder, "alder", "my own long password"))


def test_a_new_folder_starts_the_assistant(
    tmp_path: Path, tasks: Tasks, messages: Messages, qtbot: QtBot
) -> None:
    gate = Gate(SchoolFolder(tmp_path / "empty"), tasks, messages)
    qtbot.addWidget(gate)
    gate.show()
    gate.start()
    assert tasks.wait_all()
    assert isinstance(gate.stack.currentWidget(), FirstRun)


def test_a_damaged_school_offers_its_newest_backup(entrance: Entrance, script: Script) -> None:
    folder = entrance.gate.folder
    ctx = session.sign_in(folder, "cedar", PASSWORD)
    backups.make(ctx, "before the damage")
    session.sign_out(ctx)
    folder.database.write_bytes(b"")
    entrance.gate.start()
    page = entrance.page()
    assert isinstance(page, TroublePage)
    assert "smdesk.db" in page.sentence.text()
    script.will_answer("Cancel")
    page.restore.click()
    assert folder.database.stat().st_size == 0
    script.will_answer("Restore")
    page.restore.click()
    assert isinstance(entrance.page(), SignInPage)
    assert "restored" in script.texts[-1]
    entrance.sign_in("cedar", PASSWORD)
    entrance.page()
    assert len(entrance.opened) == 1


def test_damage_seen_only_at_sign_in_leads_to_the_same_page(entrance: Entrance) -> None:
    folder = entrance.gate.folder
    entrance.page()
    data = bytearray(folder.database.read_bytes())
    data[100:4000] = bytes(3900)
    folder.database.write_bytes(bytes(data))
    entrance.sign_in("cedar", PASSWORD)
    page = entrance.page()
    assert isinstance(page, TroublePage)
    assert not page.restore.isVisible()  # there is no backup to offer
