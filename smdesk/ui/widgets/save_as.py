"""Where a file is saved: asked with the system's own dialog, and with the ending the file must have."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from PySide6.QtWidgets import QDialog, QFileDialog, QWidget

ChooseFile = Callable[[QWidget, str, str], str]
"""Asks where to save: parent, suggested name, filter. Gives "" when the person changed their mind."""


def asking(title: str) -> ChooseFile:
    """The system's dialog under this title, beginning in the person's own folder."""

    def ask(parent: QWidget, name: str, kinds: str) -> str:
        dialog = QFileDialog(parent, title, str(Path.home()), kinds)
        dialog.setAcceptMode(QFileDialog.AcceptMode.AcceptSave)
        dialog.setFileMode(QFileDialog.FileMode.AnyFile)
        # Added by the dialog, so that it asks before a file of the whole name is written over.
        dialog.setDefaultSuffix(Path(name).suffix.lstrip("."))
        dialog.selectFile(name)
        taken = dialog.exec() == QDialog.DialogCode.Accepted
        chosen = dialog.selectedFiles()
        dialog.deleteLater()
        return chosen[0] if taken and chosen else ""

    return ask


def chosen_file(choose: ChooseFile, parent: QWidget, name: str, kinds: str) -> Path | None:
    """The file to save, with the ending of the suggested ``name``; None when the person changed their mind."""
    place = choose(parent, name, kinds)
    if not place:
        return None
    file, ending = Path(place), Path(name).suffix
    return file if file.suffix.lower() == ending.lower() else file.with_name(f"{file.name}{ending}")
