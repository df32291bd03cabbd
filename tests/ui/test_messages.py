"""Boxes: plain text whatever was typed, safe defaults, and a bridge tests can read."""

from __future__ import annotations

import threading
from collections.abc import Callable
from pathlib import Path

import pytest
from PySide6.QtCore import QCoreApplication, Qt, QTimer, qWarning
from PySide6.QtWidgets import QApplication, QLabel, QPushButton, QWidget
from pytestqt.qtbot import QtBot

from smdesk.errors import Cancelled, StorageProblem
from smdesk.ui.messages import Choice, Kind, Message, MessageBox, Messages, clean, install_qt_log
from tests.support.script import Script

TYPED = "<b>Alder</b> &amp; <img src='file:///etc/hostname'> said “hello”"


def press(act: Callable[[MessageBox], None]) -> None:
    """Once the box is open, do this with it."""

    def now() -> None:
        box = QApplication.activeModalWidget()
        assert isinstance(box, MessageBox)
        act(box)

    QTimer.singleShot(0, now)


def click(name: str) -> Callable[[MessageBox], None]:
    def act(box: MessageBox) -> None:
        button = box.findChild(QPushButton, name)
        assert button is not None
        button.click()

    return act


def test_typed_text_stays_text(qtbot: QtBot) -> None:
    box = MessageBox(
        Message(Kind.WARNING, TYPED, more=TYPED, detail=TYPED, choices=(Choice("a", "A & B"),)), None
    )
    qtbot.addWidget(box)
    box.show()
    labels = [label for label in box.findChildren(QLabel) if label.text() == TYPED]
    assert len(labels) == 2
    assert {label.textFormat() for label in box.findChildren(QLabel)} == {Qt.TextFormat.PlainText}
    assert [button.text() for button in box.findChildren(QPushButton, "message_a")] == ["A && B"]
    assert box.accessibleName() == "SM Desk"
    assert box.accessibleDescription() == TYPED


def test_telling_opens_a_box_and_goes_on(qtbot: QtBot) -> None:
    window = QWidget()
    qtbot.addWidget(window)
    window.show()
    messages = Messages(window)
    messages.error(StorageProblem("The disk is full. Free some space and save again."))
    box = window.findChild(MessageBox)
    assert box is not None
    assert box.isVisible()
    assert box.windowTitle() == "The disk would not do it"
    assert box.text() == "The disk is full. Free some space and save again."
    qtbot.keyClick(box, Qt.Key.Key_Escape)
    assert not box.isVisible()


@pytest.mark.parametrize(("button", "answer"), [("message_yes", True), ("message_no", False)])
def test_a_question_gives_the_button_pressed(qtbot: QtBot, button: str, answer: bool) -> None:
    press(click(button))
    assert Messages().confirm("Withdraw the letter?", "Withdraw") is answer


def test_escape_is_the_careful_answer(qtbot: QtBot) -> None:
    press(lambda box: qtbot.keyClick(box, Qt.Key.Key_Escape))
    assert not Messages().confirm("Discard what you typed?", "Discard", "Keep", danger=True)


def test_enter_never_does_what_cannot_be_undone(qtbot: QtBot) -> None:
    press(lambda box: qtbot.keyClick(box, Qt.Key.Key_Return))
    assert not Messages().confirm("Discard what you typed?", "Discard", "Keep", danger=True)
    press(lambda box: qtbot.keyClick(box, Qt.Key.Key_Return))
    assert Messages().confirm("Save before closing?", "Save", "Go back")
    with pytest.raises(ValueError, match="Enter"):
        Messages().choose("Delete?", [Choice("d", "Delete", danger=True)], cancel="d")


def test_enter_presses_the_button_it_stands_on(qtbot: QtBot) -> None:
    def tab_to_it(box: MessageBox) -> None:
        wanted = box.findChild(QPushButton, "message_back")
        assert wanted is not None
        wanted.setFocus()
        qtbot.keyClick(wanted, Qt.Key.Key_Return)

    choices = [Choice("save", "Save it"), Choice("draft", "Keep it"), Choice("back", "Go on typing")]
    press(tab_to_it)
    assert Messages().choose("It is not saved yet.", choices, default="save", cancel="back") == "back"


def test_one_of_several(qtbot: QtBot) -> None:
    choices = [Choice("mine", "Save mine"), Choice("theirs", "Take theirs"), Choice("back", "Go back")]
    press(click("message_theirs"))
    assert Messages().choose("Somebody else saved this.", choices, cancel="back") == "theirs"
    with pytest.raises(ValueError, match="Esc"):
        Messages().choose("Somebody else saved this.", choices, cancel="missing")


def test_a_cancelled_job_is_no_message(messages: Messages, script: Script) -> None:
    messages.error(Cancelled("Cancelled."))
    assert script.seen == []


def test_a_worker_may_tell_but_not_ask(messages: Messages, script: Script, qtbot: QtBot) -> None:
    caught: list[BaseException] = []
    threads: list[bool] = []

    def work() -> None:
        messages.warning("The backup is old.")
        threads.append(bool(script.seen))
        try:
            messages.confirm("Go on?", "Go on")
        except RuntimeError as error:
            caught.append(error)

    worker = threading.Thread(target=work)
    worker.start()
    worker.join()
    assert threads == [False], "nothing is shown on the worker's own thread"
    QCoreApplication.processEvents()
    assert script.texts == ["The backup is old."]
    assert len(caught) == 1


def test_the_script_answers_by_label_or_key(messages: Messages, script: Script) -> None:
    script.will_answer("Discard", "no")
    assert messages.confirm("Discard what you typed?", "Discard", "Keep", danger=True)
    assert not messages.confirm("Discard what you typed?", "Discard", "Keep", danger=True)
    with pytest.raises(AssertionError, match="Nobody answers"):
        messages.confirm("And now?", "Yes")
    assert script.take().labels == ["Discard", "Keep"]


def test_a_message_the_test_never_read_is_a_loose_end(qapp: object) -> None:
    script = Script()
    messages = Messages(show=script)
    messages.info("Saved.")
    assert script.loose_ends() == []
    messages.error("The disk is full.")
    assert script.loose_ends() == ["an unexpected error was shown: 'The disk is full.'"]
    assert script.texts == ["Saved.", "The disk is full."]
    assert script.loose_ends() == []
    script.will_answer("Yes")
    assert script.loose_ends() == ["nobody asked for the answer 'Yes'"]


def test_a_bug_is_told_politely_with_the_file_to_pass_on(
    messages: Messages, script: Script, tmp_path: Path
) -> None:
    messages.crashed(tmp_path / "crash.log")
    message = script.take()
    assert message.kind == Kind.ERROR
    assert message.detail == str(tmp_path / "crash.log")
    assert "safe" in message.more


def test_qts_warnings_go_to_the_log_without_what_they_quote(qapp: object) -> None:
    written: list[str] = []
    undo = install_qt_log(written.append)
    try:
        qWarning("QImage: cannot open '/home/office/Alder letter.png' now")
    finally:
        undo()
    assert written == ["Qt warning [default] QImage: cannot open … now"]


def test_paths_and_quotations_are_left_out() -> None:
    assert clean('Could not parse "Robin Alder" at C:\\Users\\office\\x.png') == "Could not parse … at …"
    assert clean("open file:///home/office/x.png failed") == "open …"
    assert (
        clean("QTimer cannot be started from another thread")
        == "QTimer cannot be started from another thread"
    )
