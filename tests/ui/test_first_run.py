"""Setting up a school, by keyboard alone where it matters."""

from __future__ import annotations

from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QImage
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QPushButton, QWidget
from pytestqt.qtbot import QtBot

from smdesk.paths import SchoolFolder
from smdesk.security import vault
from smdesk.security.permissions import Role
from smdesk.services import school, session, users
from smdesk.ui.first_run.assistant import FirstRun
from smdesk.ui.messages import Messages
from smdesk.ui.tasks import Tasks
from tests.support.gate import PASSWORD
from tests.support.script import Script

NEXT = (Qt.Key.Key_Return, Qt.KeyboardModifier.ControlModifier)


@pytest.fixture
def assistant(tmp_path: Path, tasks: Tasks, messages: Messages, qtbot: QtBot) -> FirstRun:
    page = FirstRun(SchoolFolder(tmp_path / "school"), tasks, messages, params=vault.TESTING)
    qtbot.addWidget(page)
    page.resize(880, 620)
    page.show()
    page.activateWindow()
    QTest.qWaitForWindowActive(page)
    page.put_focus()
    return page


def typed(text: str) -> None:
    """Type into whatever holds the keyboard, then go on with Tab."""
    field = QApplication.focusWidget()
    assert field is not None
    for place, line in enumerate(text.split("\n")):
        if place:
            QTest.keyClick(field, Qt.Key.Key_Return)
        QTest.keyClicks(field, line)
    QTest.keyClick(field, Qt.Key.Key_Tab)


def press_next() -> None:
    field = QApplication.focusWidget()
    assert field is not None
    window = field.window()
    QTest.keyClick(field, *NEXT)
    # A button pressed by its shortcut is shown pressed for a moment first, and longer on a crowded computer.
    QTest.qWait(20)
    for _ in range(300):
        if not any(button.isDown() for button in window.findChildren(QPushButton)):
            return
        QTest.qWait(20)
    raise AssertionError("The button stayed down.")


def focus_name() -> str:
    widget: QWidget | None = QApplication.focusWidget()
    return widget.objectName() if widget is not None else ""


def person(assistant: FirstRun, role: str, name: str) -> None:
    """Fill in one of the three people, the keyboard being in the name."""
    assert focus_name() == f"{role}_name"
    typed(name)
    assert focus_name() == f"{role}_job_title"
    typed("")
    assert focus_name() == f"{role}_login"
    typed("")
    typed(PASSWORD)
    typed(PASSWORD)
    assert focus_name() == f"{role}_password_show"
    typed("")


def test_a_school_is_set_up_by_keyboard(assistant: FirstRun, tasks: Tasks, qtbot: QtBot) -> None:
    press_next()
    assert focus_name() == "school_name"
    typed("Brambleford Primary School")
    typed("School Lane\nBrambleford\nZZ9 9ZZ")
    typed("01632 960000")
    press_next()
    press_next()  # the policy: the complete one is chosen
    person(assistant, "headteacher", "Mrs H. Alder")
    assert focus_name() == "dsl_same"
    QTest.keyClick(QApplication.focusWidget(), Qt.Key.Key_Down)  # "The headteacher as well"
    typed("")
    assert focus_name() == "business_manager_same"
    typed("")
    person(assistant, "business_manager", "Ms B. Cedar")
    press_next()
    assert assistant.current() is assistant.check
    assert not assistant._folder.exists
    press_next()
    assert tasks.wait_all()

    assert assistant.recovery is not None
    assert focus_name() == "recovery_print"
    assert not assistant.back.isVisible()  # a made school is not unmade by going back
    assert assistant.people.head.pair.first.text() == ""
    recovery = assistant.recovery
    recovery.typed.setFocus()
    typed("WRONG")
    press_next()
    assert "not group" in assistant.problems.sentences[0]
    recovery.typed.selectAll()
    recovery.typed.setFocus()
    typed(recovery.groups[recovery.asked].lower())
    with qtbot.waitSignal(assistant.finished) as finished:
        press_next()
    assert finished.args == ["cedar"]

    ctx = session.sign_in(assistant._folder, "alder", PASSWORD)
    try:
        assert school.get(ctx).name == "Brambleford Primary School"
        assert ctx.user.roles == {Role.HEADTEACHER, Role.DSL}
        assert [user.draft.login for user in users.list_users(ctx)] == ["alder", "cedar"]
    finally:
        session.sign_out(ctx)


def test_what_is_missing_is_said_and_back_keeps_what_was_typed(assistant: FirstRun) -> None:
    press_next()
    press_next()
    assert assistant.current() is assistant.school
    assert len(assistant.problems.sentences) == 2
    assert focus_name() == "school_name"
    assert assistant.school.head.name.property("wrong") == "true"
    typed("Brambleford Primary School")
    assert assistant.school.head.name.property("wrong") == "false"
    typed("School Lane")
    press_next()
    assistant.back.click()
    assert assistant.school.head.name.text() == "Brambleford Primary School"
    assert assistant.problems.isHidden()


def test_passwords_that_differ_or_are_weak_are_refused(assistant: FirstRun) -> None:
    assistant.school.head.name.setText("Brambleford Primary School")
    assistant.school.head.address.setPlainText("School Lane")
    for _ in range(3):
        assistant.next.click()
    people = assistant.people
    for part, name in zip(people.parts, ("Mrs H. Alder", "Mr D. Birch", "Ms B. Cedar"), strict=True):
        part.name.setText(name)
        part._suggest_login(name)
        part.pair.first.setText(PASSWORD)
        part.pair.again.setText(PASSWORD)
    people.dsl.pair.again.setText("something else here")
    assistant.next.click()
    assert assistant.current() is people
    assert "not the same" in assistant.problems.sentences[0]
    people.dsl.pair.first.setText("short")
    people.dsl.pair.again.setText("short")
    assistant.next.click()
    assert "at least 10" in assistant.problems.sentences[0]
    people.dsl.pair.first.setText(PASSWORD)
    people.dsl.pair.again.setText(PASSWORD)
    people.office.login.setText("ALDER")
    assistant.next.click()
    assert "twice" in assistant.problems.sentences[0]


def test_a_logo_is_judged_by_its_content(assistant: FirstRun, tmp_path: Path) -> None:
    logo = assistant.school.head.logo
    picture = QImage(40, 20, QImage.Format.Format_RGB32)
    picture.fill(Qt.GlobalColor.red)
    good, bad = tmp_path / "logo.png", tmp_path / "logo2.png"
    assert picture.save(str(good))
    bad.write_text("no picture")
    logo.load(good)
    assert logo.data() == good.read_bytes()
    assert not logo.preview.pixmap().isNull()
    logo.load(bad)
    assert "a PNG or JPEG picture or an SVG drawing; this file is none of them" in logo.problem.text()
    assert logo.data() == good.read_bytes()
    logo.load(tmp_path / "missing.png")
    assert "cannot be read" in logo.problem.text()
    logo.remove.click()
    assert logo.data() is None


def test_the_sheet_is_saved_with_the_code(assistant: FirstRun, tasks: Tasks, tmp_path: Path) -> None:
    import pypdfium2

    assistant.school.head.name.setText("Brambleford Primary School")
    assistant.school.head.address.setPlainText("School Lane")
    for part, name in zip(
        assistant.people.parts, ("Mrs H. Alder", "Mr D. Birch", "Ms B. Cedar"), strict=True
    ):
        part.name.setText(name)
        part._suggest_login(name)
        part.pair.first.setText(PASSWORD)
        part.pair.again.setText(PASSWORD)
    for _ in range(5):
        assistant.next.click()
    assert tasks.wait_all()
    assert assistant.recovery is not None
    sheet = tmp_path / "sheet.pdf"
    assistant.recovery.save_to(sheet)
    assert tasks.wait_all()
    assert str(sheet) in assistant.recovery.done.text()
    document = pypdfium2.PdfDocument(sheet)
    text = "".join(page.get_textpage().get_text_bounded() for page in document)
    document.close()
    assert all(group in text for group in assistant.recovery.groups)


def test_leaving_before_the_end_asks(assistant: FirstRun, script: Script) -> None:
    assert assistant.may_leave()  # nothing typed
    assistant.school.head.name.setText("Brambleford")
    script.will_answer("Go on")
    assert not assistant.may_leave()
    script.will_answer("Stop")
    assert assistant.may_leave()
