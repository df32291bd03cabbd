"""The letters to go out: chosen, looked at, saved, and recorded as gone only when somebody says so."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QWidget
from pytestqt.qtbot import QtBot
from sqlalchemy import text

from smdesk.services import letters, mail_out
from smdesk.services.letter_records import LETTER_KIND_LABELS, LetterKind, SentHow
from smdesk.ui.desk import Desk
from smdesk.ui.pages.letters.mail_out_dialog import GoneDialog, MailOutDialog
from smdesk.ui.tasks import Tasks
from smdesk.ui.widgets.preview_window import PreviewWindow
from tests.support.issued import issued_letter
from tests.support.pages import front, settle
from tests.support.school import SmallSchool
from tests.support.script import Script

INVITATION = LETTER_KIND_LABELS[LetterKind.INVITATION]


@pytest.fixture
def three(school: SmallSchool) -> list[int]:
    return [issued_letter(school) for _ in range(3)]


@pytest.fixture
def dialog(
    three: list[int], desk_for: Callable[[str], Desk], qtbot: QtBot, tasks: Tasks, tmp_path: Path
) -> MailOutDialog:
    around = QWidget()
    qtbot.addWidget(around)
    around.show()
    made = MailOutDialog(desk_for("business_manager"), around, choose_folder=lambda parent: str(tmp_path))
    made.around = around  # the dialog dies with it
    made.open()
    settle(tasks)
    return made


def test_all_that_did_not_go_are_listed_and_ticked(dialog: MailOutDialog) -> None:
    assert dialog.letters.texts() == [
        f"2026/L000{number} to Anna Quillfeather (DL): {INVITATION}" for number in (1, 2, 3)
    ]
    assert dialog.chosen.text() == "3 of 3 ticked"
    dialog.none_button.click()
    assert dialog.chosen.text() == "0 of 3 ticked"
    assert not dialog.print_button.isEnabled()
    dialog.all_button.click()
    assert dialog.print_button.isEnabled()


def test_the_ticked_ones_are_shown_as_one_paper_with_fresh_sheets(
    dialog: MailOutDialog, tasks: Tasks, three: list[int]
) -> None:
    dialog.letters.tick(1, on=False)
    QTest.keyClick(dialog, Qt.Key.Key_Return, Qt.KeyboardModifier.ControlModifier)
    settle(tasks)
    window = front(PreviewWindow, dialog)
    assert window.windowTitle() == "2 letters to go out"
    paper = window.view.paper
    assert paper is not None
    assert paper.starts[0] == 0
    assert len(paper.starts) == 3
    assert "2026/L0001" in paper.texts[paper.starts[1]]
    assert "2026/L0003" in paper.texts[paper.starts[2]]
    window.reject()
    # Printed is not sent, and what was not ticked stays so.
    assert len(mail_out.going_out(dialog._desk.ctx)) == 3
    assert dialog.chosen.text() == "2 of 3 ticked"


def test_files_are_saved_where_the_person_says(
    dialog: MailOutDialog, tasks: Tasks, tmp_path: Path, script: Script
) -> None:
    dialog.save_button.click()
    settle(tasks)
    assert sorted(file.name for file in tmp_path.glob("*.pdf")) == [
        f"Letter 2026-L000{number}.pdf" for number in (1, 2, 3)
    ]
    assert "3 letters saved" in script.texts[0]


def test_they_are_recorded_when_they_went_and_leave_the_list(
    dialog: MailOutDialog, tasks: Tasks, three: list[int]
) -> None:
    dialog.letters.tick(2, on=False)
    dialog.record_button.click()
    gone = front(GoneDialog, dialog)
    gone.sent.proof_edit.setText("CP 77")
    gone.ok.click()
    settle(tasks)
    assert dialog.letters.texts() == [f"2026/L0003 to Anna Quillfeather (DL): {INVITATION}"]
    # What was not ticked before is not ticked now.
    assert dialog.chosen.text() == "0 of 1 ticked"
    record = letters.get(dialog._desk.ctx, three[0])
    assert (record.sent_how, record.sent_proof) == (SentHow.POST, "CP 77")
    dialog.gone.setChecked(True)
    settle(tasks)
    assert dialog.letters.texts()[0] == f"2026/L0001 to Anna Quillfeather (DL, went already): {INVITATION}"
    assert dialog.letters.ticked() == ()
    # Printed again, but not recorded again over what was recorded.
    dialog.letters.tick(0)
    assert dialog.print_button.isEnabled()
    assert not dialog.record_button.isEnabled()


def test_what_cannot_have_gone_by_post_is_told(
    school: SmallSchool, dialog: MailOutDialog, tasks: Tasks, script: Script
) -> None:
    with school.database.writing() as session:
        session.execute(text("UPDATE person SET address = '', postcode = ''"))
    fourth = issued_letter(school)
    dialog.reload()
    settle(tasks)
    assert "(no address: by hand or by e-mail): " in dialog.letters.texts()[3]
    dialog.record_button.click()
    front(GoneDialog, dialog).ok.click()
    settle(tasks)
    assert "3 recorded, 1 not." in script.texts[0]
    assert dialog.letters.ids() == [fourth]


def test_a_day_that_cannot_be_read_is_refused_at_the_field(dialog: MailOutDialog, tasks: Tasks) -> None:
    dialog.record_button.click()
    gone = front(GoneDialog, dialog)
    gone.sent.on_edit.set_day(None)
    gone.ok.click()
    settle(tasks)
    assert gone.isVisible()
    assert "which day" in gone.problems.sentences[0]
    gone.reject()
    assert len(mail_out.going_out(dialog._desk.ctx)) == 3
