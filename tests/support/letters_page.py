"""The letters tab in tests: a page for each user, keys as a person presses them, and waiting for what they start."""

from __future__ import annotations

import weakref
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace

import shiboken6
from PySide6.QtCore import Qt
from PySide6.QtGui import QInputMethodEvent, QTextCursor
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QAbstractButton, QApplication, QDialog, QWidget
from pytestqt.qtbot import QtBot

from smdesk.db.models import Letter
from smdesk.policy.vocabulary import Step
from smdesk.services import letters, steps
from smdesk.services.incident_records import StepDraft
from smdesk.services.letter_records import LetterKind, LetterStatus
from smdesk.ui.desk import Desk
from smdesk.ui.pages.letters.page import Page
from smdesk.ui.tasks import Tasks
from tests.support.pages import settle, shown
from tests.support.school import SmallSchool

PageFor = Callable[[str], Page]


@contextmanager
def pages(qtbot: QtBot, desk_for: Callable[[str], Desk], tasks: Tasks) -> Iterator[PageFor]:
    """``make("headteacher")`` shows the tab as this user has it; all are put away at the end."""
    made: list[Page] = []

    def make(login: str) -> Page:
        made.append(shown(Page(desk_for(login)), qtbot, tasks, 1300, 760))
        return made[-1]

    yield make
    for page in made:
        page.screen.keeper.stop()
        page.screen._pause.stop()
        page.hide()
    settle(tasks)


def version(school: SmallSchool, letter: int) -> int:
    with school.database.reading() as session:
        return session.get_one(Letter, letter).version


def status(school: SmallSchool, letter: int) -> LetterStatus:
    return letters.get(school.ctx_for("headteacher"), letter).status


def opened(page: Page, letter: int, tasks: Tasks) -> None:
    page.open_record(letter)
    settle(tasks)


def add_text(page: Page, text: str) -> None:
    """Type a last paragraph for each line."""
    body = page.screen.form.body.text
    body.moveCursor(QTextCursor.MoveOperation.End)
    for line in text.splitlines():
        QTest.keyClick(body, Qt.Key.Key_Return)
        if line.isascii():
            QTest.keyClicks(body, line)
        else:
            # Qt's keys know no others; a person types them through an input method.
            composed = QInputMethodEvent()
            composed.setCommitString(line)
            QApplication.sendEvent(body, composed)


def type_over(page: Page, words: str, others: str) -> None:
    """Select words in the text, wherever they stand and whatever gave them, and type others."""
    editor = page.screen.form.body
    assert words in editor.body()[0]
    while (at := editor.body()[0].find(words)) >= 0:
        ((start, end),) = editor.spans_of([(at, at + len(words))])
        editor.text.setTextCursor(editor.cursor_over(start, end))
        QTest.keyClicks(editor.text, others)


def dialog_of(page: Page, kind: type[QDialog]) -> QDialog:
    found = [each for each in page.findChildren(kind) if each.isVisible()]
    assert len(found) == 1, f"expected one {kind.__name__}, found {found}"
    return found[0]


def press(
    qtbot: QtBot, page: QWidget, key: Qt.Key, held: Qt.KeyboardModifier = Qt.KeyboardModifier.NoModifier
) -> None:
    """A key to whatever has the keyboard, so that shortcuts work as they do for a person."""
    # The windowless platform does not give the keyboard back when a dialog closes, as a desktop does.
    page.window().activateWindow()
    QApplication.processEvents()
    target = QApplication.focusWidget() or page
    qtbot.keyClick(target, key, held)
    # A shortcut presses its button for a tenth of a second, so that it is seen.
    buttons = [weakref.ref(each) for each in page.window().findChildren(QAbstractButton) if each.isDown()]
    qtbot.waitUntil(lambda: not any(_down(each()) for each in buttons))
    QApplication.processEvents()


def _down(control: QAbstractButton | None) -> bool:
    return control is not None and shiboken6.isValid(control) and control.isDown()


def talked(school: SmallSchool, incident: int, person: str = "anna") -> None:
    """Write down that somebody was talked to, which comes first (INC-5)."""
    ctx = school.ctx_for("business_manager")
    steps.record(
        ctx,
        incident,
        StepDraft(Step.TALK, school.people[person], school.clock.now.date(), "Talked at the gate"),
    )


def drafted(
    school: SmallSchool, kind: LetterKind = LetterKind.WRITTEN_WARNING, summary: str = "A post"
) -> int:
    """The id of a draft to the incident's author."""
    incident = school.incident(summary=summary)
    talked(school, incident)
    return letters.draft(school.ctx_for("business_manager"), incident, kind).id


def waiting(school: SmallSchool, addition: str = "", summary: str = "A post") -> int:
    """The id of a letter that waits for approval, with words added."""
    letter = drafted(school, summary=summary)
    ctx = school.ctx_for("business_manager")
    record = letters.get(ctx, letter)
    if addition:
        edit = replace(record.edit, body=f"{record.edit.body}\n\n{addition}")
        letters.save(ctx, letter, edit, record.version)
        record = letters.get(ctx, letter)
    letters.submit(ctx, letter, record.version)
    return letter


def approved(school: SmallSchool) -> int:
    """The id of a letter that the headteacher approved."""
    letter = waiting(school)
    letters.approve(school.ctx_for("headteacher"), letter, version(school, letter))
    return letter
