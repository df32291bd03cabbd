"""Asking where a file is saved."""

from __future__ import annotations

from pathlib import Path

import pytest
from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QApplication, QFileDialog, QLineEdit, QWidget
from pytestqt.qtbot import QtBot

from smdesk.ui.widgets.save_as import asking, chosen_file


@pytest.mark.parametrize(
    ("typed", "saved"),
    [("ours", "ours.pdf"), ("ours.pdf", "ours.pdf"), ("ours.PDF", "ours.PDF"), ("ours.txt", "ours.txt.pdf")],
)
def test_a_file_has_the_ending_it_must_have(qtbot: QtBot, tmp_path: Path, typed: str, saved: str) -> None:
    window = QWidget()
    qtbot.addWidget(window)
    asked: list[tuple[str, str]] = []

    def choose(parent: QWidget, name: str, kinds: str) -> str:
        asked.append((name, kinds))
        return str(tmp_path / typed)

    assert chosen_file(choose, window, "suggested.pdf", "PDF (*.pdf)") == tmp_path / saved
    assert asked == [("suggested.pdf", "PDF (*.pdf)")]


def test_whoever_changed_their_mind_saves_nothing(qtbot: QtBot) -> None:
    window = QWidget()
    qtbot.addWidget(window)
    assert chosen_file(lambda *asked: "", window, "suggested.pdf", "PDF (*.pdf)") is None


def test_the_dialog_suggests_the_name_and_adds_the_ending(
    qtbot: QtBot, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(Path, "home", lambda: tmp_path)
    window = QWidget()
    qtbot.addWidget(window)
    seen: list[str] = []

    def answer() -> None:
        dialog = QApplication.activeModalWidget()
        assert isinstance(dialog, QFileDialog)
        line = dialog.findChild(QLineEdit, "fileNameEdit")
        assert line is not None
        seen.extend((dialog.windowTitle(), line.text()))
        line.setText("ours")
        dialog.accept()

    QTimer.singleShot(200, answer)
    found = asking("Save the list")(window, "list.csv", "Text table (*.csv)")
    assert seen[0] == "Save the list"
    assert Path(seen[1]).stem == "list"
    assert Path(found) == tmp_path / "ours.csv"
