"""Saving an issued letter as a ready-made e-mail, and opening it in the person's own mail program. Nothing is sent."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from PySide6.QtCore import QObject, QUrl
from PySide6.QtGui import QDesktopServices
from PySide6.QtWidgets import QWidget

from smdesk.services import eml
from smdesk.services.letter_records import LetterRecord
from smdesk.ui.desk import Desk
from smdesk.ui.tasks import Progress
from smdesk.ui.widgets.save_as import asking, chosen_file


@dataclass(frozen=True, slots=True)
class _Made:
    file: Path
    to: str


class EmailFile(QObject):
    """Makes e-mail files for ``screen``."""

    def __init__(self, desk: Desk, screen: QWidget) -> None:
        super().__init__(screen)
        self._desk = desk
        self._screen = screen
        self._choose_file = asking("Save the e-mail")

    def make(self, record: LetterRecord) -> None:
        """Ask where, save it, and offer to open it."""
        name = eml.file_name(record.number)
        file = chosen_file(self._choose_file, self._screen, name, "E-mail (*.eml)")
        if file is None:
            return
        ctx, letter_id = self._desk.ctx, record.id

        def work(progress: Progress) -> _Made:
            return _Made(file, eml.save_email(ctx, letter_id, file))

        self._desk.tasks.run(self._screen, work, self._made, title="Making the e-mail")

    def _made(self, made: _Made) -> None:
        to = (
            f"It is to {made.to}: check that this is the right person."
            if made.to
            else "No e-mail address is on record: fill in whom it is to."
        )
        wanted = self._desk.messages.confirm(
            f"Saved as “{made.file.name}”. Open it in your mail program?",
            "Open it",
            "Not now",
            more=f"{to} Nothing has been sent. The file is not encrypted: delete it when the e-mail has gone, then "
            "record how the letter went.",
        )
        if wanted and not QDesktopServices.openUrl(QUrl.fromLocalFile(str(made.file))):
            self._desk.messages.error(
                "No program for e-mail files was found on this computer.",
                more="Open the file in Outlook or Thunderbird.",
            )
