"""Settings, Backups: those in the school's folder, one more now, and a whole copy to another disk."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from PySide6.QtWidgets import QFileDialog, QVBoxLayout, QWidget

from smdesk.services import backups
from smdesk.services.backups import BackupRow
from smdesk.services.context import LOCAL, Changes
from smdesk.ui import events as bus
from smdesk.ui import theme
from smdesk.ui.desk import Desk
from smdesk.ui.tasks import Progress
from smdesk.ui.widgets.buttons import button
from smdesk.ui.widgets.day_parsing import long_day
from smdesk.ui.widgets.dialogs import ProgressDialog
from smdesk.ui.widgets.forms import row
from smdesk.ui.widgets.plain_table import PlainTable
from smdesk.ui.widgets.text import PlainLabel, heading, muted


class BackupsSection(QWidget):
    """The list and the two buttons."""

    def __init__(self, desk: Desk, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("settings_backups")
        self._desk = desk
        self.table = PlainTable(
            ("Made", "Why", "Size"), "backups_list", "Backups in the school's folder", stretch=1
        )
        self.make_button = button("&Back up now", "backups_make", self._make, look="primary")
        self.copy_button = button("&Copy everything to another disk…", "backups_copy", self._ask_copy)
        self.state = PlainLabel("")
        self.state.setObjectName("backups_state")
        column = QVBoxLayout(self)
        theme.roomy(column)
        column.addWidget(heading("Backups"))
        column.addWidget(
            PlainLabel(
                "A backup of the records is made on each day that SM Desk is used, and before every update of their "
                "layout. They lie in the school's folder on this computer: if its disk fails, they are lost with it. "
                "So copy everything to another disk regularly, for example to a stick that is kept in the safe."
            )
        )
        column.addWidget(row(self.make_button, self.copy_button, None))
        column.addWidget(self.state)
        column.addWidget(self.table, 1)
        column.addWidget(
            muted(
                "Backups are encrypted like the records and open with the same passwords. When the records cannot "
                "be opened, the sign-in window offers to restore the newest backup that is whole."
            )
        )
        desk.events.changed.connect(self._changed)

    def activate(self) -> None:
        ctx = self._desk.ctx
        self._desk.tasks.latest(self, "list", lambda progress: backups.listing(ctx), self._listed)

    def unsaved(self) -> bool:
        return False

    def save_draft(self) -> None:
        """Nothing is typed here."""

    def copy_to(self, destination: Path) -> None:
        """Copy the whole folder to a place on another disk, with progress and a way to stop."""
        ctx = self._desk.ctx

        def work(progress: Progress) -> Any:
            def told(done: int, whole: int) -> None:
                # In megabytes: a progress bar counts in 32 bits.
                progress.report(
                    done // 2**20, max(1, whole // 2**20), f"{done // 2**20} of {whole // 2**20} MB"
                )

            return backups.copy_to(ctx, destination, told)

        job = self._desk.tasks.run(self, work, self._copied, title="Copying to another disk", long=True)
        ProgressDialog(self._desk.tasks, job, "Copying to another disk", self).open()

    def _listed(self, rows: list[BackupRow]) -> None:
        lines = []
        for backup in rows:
            local = backup.made_at.astimezone(LOCAL)
            made = f"{long_day(local.date())}, {local:%H:%M}"
            lines.append((made, backup.reason.capitalize(), size_words(backup.size)))
        self.table.show_rows(lines)
        self.state.setText("" if rows else "There is no backup yet.")
        self.state.setVisible(bool(self.state.text()))

    def _make(self) -> None:
        ctx = self._desk.ctx
        self.make_button.setEnabled(False)
        self._desk.tasks.run(
            self,
            lambda progress: backups.make(ctx, "asked for"),
            self._made,
            title="Making a backup",
            long=True,
            ended=self._ended,
        )

    def _made(self, _path: Path) -> None:
        self._desk.events.tell(frozenset({("backup", 0)}))

    def _ended(self) -> None:
        self.make_button.setEnabled(True)

    def _ask_copy(self) -> None:
        chosen = QFileDialog.getExistingDirectory(self, "Copy everything to this disk or folder")
        if chosen:
            self.copy_to(Path(chosen))

    def _copied(self, copied: Any) -> None:
        missing = tuple(getattr(copied, "missing", ()))
        if missing:
            self._desk.messages.warning(
                f"The copy is made, but {len(missing)} stored files were not there to copy.",
                more="Run “Check the records”: it names the evidence or letters they belong to.",
                detail="\n".join(missing),
            )
            return
        self._desk.messages.info(
            "Everything is copied, and every file was read back and compared.",
            more=f"The copy is in {copied.path}." if hasattr(copied, "path") else "",
        )

    def _changed(self, changes: Changes) -> None:
        if bus.touches(changes, "backup") and self.isVisible():
            self.activate()


def size_words(size: int) -> str:
    """Bytes in words: "740 KB", "12.5 MB"."""
    return f"{size / 1024:.0f} KB" if size < 2**20 else f"{size / 2**20:.1f} MB"
