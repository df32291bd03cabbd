"""What is wrong with a folder that cannot be opened, and what can be done about it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

from PySide6.QtCore import Signal

from smdesk.paths import SchoolFolder
from smdesk.services.session import FolderState
from smdesk.ui.gate_pages import Centred
from smdesk.ui.messages import Messages
from smdesk.ui.tasks import Progress, Tasks
from smdesk.ui.widgets.buttons import button
from smdesk.ui.widgets.forms import row
from smdesk.ui.widgets.text import PlainLabel, muted

_TITLES = {
    "unsuitable": "This folder cannot hold a school's records",
    "damaged": "The school's records cannot be opened",
    "newer": "These records need a newer SM Desk",
}


class TroublePage(Centred):
    """What is wrong with the folder, in words, and what can be done about it."""

    mended = Signal()
    other_folder = Signal()
    leave = Signal()

    def __init__(
        self,
        folder: SchoolFolder,
        state: FolderState,
        tasks: Tasks,
        messages: Messages,
        now: Callable[[], datetime],
    ) -> None:
        super().__init__(_TITLES.get(state.state, "The folder cannot be used"), 620)
        self._folder, self._state, self._tasks, self._messages, self._now = (
            folder,
            state,
            tasks,
            messages,
            now,
        )
        body = self.card.body
        self.sentence = PlainLabel(state.sentence, selectable=True)
        self.sentence.setObjectName("trouble_sentence")
        body.addWidget(self.sentence)
        body.addWidget(muted(f"Folder: {folder.root}"))
        self.restore = button(
            "&Restore the newest backup…", "trouble_restore", self._ask_restore, look="primary"
        )
        self.restore.setVisible(state.state == "damaged" and state.backup is not None)
        self.again = button("&Try again", "trouble_again", self.mended.emit)
        self.other = button("&Choose another folder…", "trouble_folder", self.other_folder.emit)
        self.quit = button("&Quit", "trouble_quit", self.leave.emit)
        body.addWidget(row(self.quit, None, self.again, self.other, self.restore))

    def put_focus(self) -> None:
        (self.restore if self.restore.isVisibleTo(self) else self.again).setFocus()

    def _ask_restore(self) -> None:
        from pathlib import Path

        from smdesk.services import backups

        if self._state.backup is None:
            return
        backup = Path(self._state.backup)
        if not self._messages.confirm(
            f"Restore the backup of {backups.made_in_words(backup)}?",
            "Restore",
            more="The records go back to how they stood when it was made: what was entered since is missing from "
            "them. The damaged files are not deleted; they are moved into a folder beside them.",
            danger=True,
        ):
            return
        self.restore.setEnabled(False)
        folder, now = self._folder, self._now

        def work(progress: Progress) -> str:
            return restored_words(backups.restore(folder, backup, now()))

        self._tasks.run(self, work, self._restored, ended=self._ended, title="Restoring the backup")

    def _restored(self, words: str) -> None:
        self._messages.info("The backup is restored.", more=words)
        self.mended.emit()

    def _ended(self) -> None:
        self.restore.setEnabled(True)


def restored_words(restored: Any) -> str:
    """What a restore did, in words, from the service's ``Restored``."""
    parts = []
    if restored.kept_aside is not None:
        parts.append(f"The former files are kept in {restored.kept_aside}.")
    if restored.missing:
        parts.append(
            f"{len(restored.missing)} stored files named in the backup were not found: "
            + ", ".join(restored.missing[:5])
            + (" …" if len(restored.missing) > 5 else ".")
        )
    if restored.keys_restored:
        parts.append("Passwords are those of the day of the backup.")
    return " ".join(parts)
