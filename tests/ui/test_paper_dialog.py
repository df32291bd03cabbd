"""Settings, Check the records, Check a paper: by file, by drop and by scanned text."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from PySide6.QtCore import QMimeData, QPoint, Qt, QUrl
from PySide6.QtGui import QDropEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QFileDialog
from pytestqt.qtbot import QtBot

from smdesk.documents import decision_paper, signed_paper
from smdesk.documents.decision_paper import DecisionPaper
from smdesk.services import connection_papers, decision_words, letters, paper_code
from smdesk.ui.desk import Desk
from smdesk.ui.pages.settings.paper_dialog import PaperDialog
from smdesk.ui.pages.settings.verify_section import VerifySection
from tests.support.connections import approved
from tests.support.issued import issued_letter
from tests.support.school import SmallSchool


@pytest.fixture
def paper(school: SmallSchool, tmp_path: Path) -> Path:
    approved(school)
    file = tmp_path / "decision.pdf"
    file.write_bytes(connection_papers.decision_pdf(school.ctx_for("headteacher"), 1))
    return file


@pytest.fixture
def dialog(desk_for: Callable[[str], Desk], qtbot: QtBot) -> PaperDialog:
    """As a governor opens it from the section."""
    section = VerifySection(desk_for("governor"))
    qtbot.addWidget(section)
    section.show()
    section.paper_button.click()
    (made,) = section.findChildren(PaperDialog)
    made.section_alive = section  # the dialog dies with it
    return made


def settled(dialog: PaperDialog) -> None:
    assert dialog._desk.tasks.wait_all(20)


def test_a_file_that_holds(dialog: PaperDialog, paper: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(QFileDialog, "getOpenFileName", lambda *asked: (str(paper), ""))
    dialog.file_button.click()
    assert not dialog.file_button.isEnabled()
    settled(dialog)
    assert (dialog.chip.text, dialog.chip.kind) == ("Holds", "ok")
    assert dialog.verdict.text().startswith("This is the decision “Decision 1 on 2026/C0001”, issued on")
    assert "The paper holds" in dialog.report.toPlainText()
    assert "Signed with the key of Mrs H. Alder." in dialog.report.toPlainText()
    assert dialog.file_button.isEnabled()


def test_a_changed_file_dropped_on_it(dialog: PaperDialog, paper: Path) -> None:
    content = paper.read_bytes()
    embedded = signed_paper.embedded(content)
    assert embedded is not None
    changed = paper.with_name("changed.pdf")
    # The same file with another text inside: what is shown and what was signed part company.
    payload = paper_code.read_code(embedded.code).payload
    texts = {**embedded.texts, "reason": "They are friends."}
    part = decision_words.signed_part(payload, texts, embedded.code, "x")
    changed.write_bytes(decision_paper.render_bytes(DecisionPaper(part, embedded.unsigned), texts))
    data = QMimeData()
    data.setUrls([QUrl.fromLocalFile(str(changed))])
    dialog.dropEvent(
        QDropEvent(
            QPoint(5, 5),
            Qt.DropAction.CopyAction,
            data,
            Qt.MouseButton.LeftButton,
            Qt.KeyboardModifier.NoModifier,
        )
    )
    settled(dialog)
    assert (dialog.chip.text, dialog.chip.kind) == ("Does not hold", "danger")
    assert "The text of the reason in the file is not the one that was signed." in dialog.report.toPlainText()


def test_scanned_text_by_keyboard(dialog: PaperDialog, paper: Path) -> None:
    embedded = signed_paper.embedded(paper)
    assert embedded is not None
    dialog.code.setFocus()
    dialog.code.setPlainText(embedded.code)
    QTest.keyClick(dialog.code, Qt.Key.Key_Tab)
    dialog.code_button.click()
    settled(dialog)
    assert dialog.chip.text == "Holds"
    assert dialog.verdict.text().startswith("The code holds")


def test_what_is_no_code_and_no_paper_is_told_in_the_window(
    dialog: PaperDialog, tmp_path: Path, paper: Path
) -> None:
    dialog.check_file(paper)
    settled(dialog)
    assert dialog.chip.isVisible()
    dialog.code.setPlainText("https://example.org")
    dialog.code_button.click()
    settled(dialog)
    assert dialog.code.property("wrong") == "true"
    # What the paper before gave stands no more.
    assert not dialog.chip.isVisible()
    assert not dialog.report.isVisible()
    dialog.check_file(tmp_path / "none.pdf")
    settled(dialog)
    assert "cannot be read" in dialog.problems.sentences[0]


def test_an_issued_letter_and_one_that_was_changed(
    dialog: PaperDialog, school: SmallSchool, tmp_path: Path
) -> None:
    file = tmp_path / "letter.pdf"
    file.write_bytes(letters.issued_pdf(school.ctx_for("business_manager"), issued_letter(school)))
    dialog.check_file(file)
    settled(dialog)
    assert (dialog.chip.text, dialog.verdict.text()) == (
        "Holds",
        "This is letter 2026/L0001, issued on 11 March 2026, unchanged.",
    )
    file.write_bytes(file.read_bytes() + b"%")
    dialog.check_file(file)
    settled(dialog)
    assert dialog.chip.text == "Does not hold"
    assert "this file is not it: it was changed" in dialog.verdict.text()
