"""The small dialogs every page needs: somebody else's change, a reason, and work that takes a while."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtGui import QCloseEvent
from PySide6.QtWidgets import QDialog, QHeaderView, QPlainTextEdit, QProgressBar, QVBoxLayout, QWidget

from smdesk.errors import Conflict
from smdesk.ui import theme
from smdesk.ui.messages import Choice, Messages
from smdesk.ui.tasks import Job, Tasks
from smdesk.ui.widgets.buttons import button
from smdesk.ui.widgets.forms import closing, row
from smdesk.ui.widgets.plain_table import PlainTable
from smdesk.ui.widgets.text import PlainLabel, heading, named

PATIENCE_MS = 400
"""How long work may take before its progress is shown."""
THEIRS, MINE, BACK = "theirs", "mine", "back"


def about_unsaved(messages: Messages, question: str, opened_again: str) -> str:
    """Ask what becomes of something typed before it is left: "save", "draft", "discard", or "stay" (also Esc).

    ``opened_again`` ends the sentence that says when a draft comes back.
    """
    return messages.choose(
        question,
        (
            Choice("save", "Save it"),
            Choice("draft", "Keep it as a draft"),
            Choice("discard", "Throw it away", danger=True),
            Choice("stay", "Go on typing"),
        ),
        more=f"A draft is brought back when you open {opened_again} again. Nobody else can see it.",
        cancel="stay",
        default="save",
    )


class ConflictDialog(QDialog):
    """Somebody else saved first. Shows what differs; nothing is overwritten without a choice.

    After ``exec()``, ``choice`` is ``THEIRS`` (drop what was typed here), ``MINE`` (save over it, with
    ``conflict.current_version``) or ``BACK`` (change nothing, go on typing; also Esc and closing).
    """

    def __init__(self, conflict: Conflict, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.choice = BACK
        self.setObjectName("conflict_dialog")
        self.setWindowTitle("Changed by somebody else")
        column = QVBoxLayout(self)
        theme.roomy(column)
        column.addWidget(heading("Somebody else changed this while you had it open", 2))
        column.addWidget(PlainLabel(str(conflict)))
        self.table = PlainTable(
            ["Field", "As saved by them", "As you typed it"],
            "conflict_changes",
            "What differs between the two",
            wrap=True,
        )
        self.table.show_rows(
            [
                (change.label, change.theirs or "(empty)", change.mine or "(empty)")
                for change in conflict.changes
            ]
        )
        self.table.horizontalHeader().setSectionResizeMode(0, QHeaderView.ResizeMode.ResizeToContents)
        column.addWidget(self.table, 1)
        self.back = button("&Go back to what I typed", "conflict_back", self.reject, look="primary")
        self.back.setDefault(True)
        self.theirs = button("&Keep theirs, drop mine", "conflict_theirs", self._keep_theirs)
        self.mine = button("&Save mine over it", "conflict_mine", self._save_mine, look="danger")
        column.addWidget(row(None, self.theirs, self.mine, self.back))
        theme.fit(self, 860, 460)
        self.back.setFocus()

    def _keep_theirs(self) -> None:
        self.choice = THEIRS
        self.accept()

    def _save_mine(self) -> None:
        self.choice = MINE
        self.accept()


def ask_conflict(conflict: Conflict, parent: QWidget | None = None) -> str:
    """Ask, and give ``THEIRS``, ``MINE`` or ``BACK``."""
    dialog = ConflictDialog(conflict, parent)
    dialog.exec()
    dialog.deleteLater()
    return dialog.choice


class ReasonDialog(QDialog):
    """Asks for a reason in words and does not take an empty one (INC-5, INC-14). ``reason`` after ``exec()``."""

    def __init__(
        self,
        title: str,
        question: str,
        action: str = "&OK",
        parent: QWidget | None = None,
        *,
        explanation: str = "",
        text: str = "",
        required: bool = True,
    ) -> None:
        super().__init__(parent)
        self._required = required
        self.setObjectName("reason_dialog")
        self.setWindowTitle(title)
        column = QVBoxLayout(self)
        theme.roomy(column)
        asked = heading(question, 2)
        column.addWidget(asked)
        if explanation:
            column.addWidget(PlainLabel(explanation))
        self.edit = named(QPlainTextEdit(text), "reason_text", question)
        self.edit.setTabChangesFocus(True)
        asked.setBuddy(self.edit)
        column.addWidget(self.edit, 1)
        self.problem = PlainLabel("", look="danger")
        self.problem.hide()
        column.addWidget(self.problem)
        self.ok = button(
            action, "reason_ok", self._take, look="primary", shortcut="Ctrl+Return", tip="Ctrl+Enter"
        )
        self.cancel = button("Cancel", "reason_cancel", self.reject)
        column.addWidget(closing(self.cancel, self.ok))
        self.setTabOrder(self.edit, self.ok)
        self.setTabOrder(self.ok, self.cancel)
        theme.fit(self, 520, 280)
        self.edit.setFocus()

    @property
    def reason(self) -> str:
        return self.edit.toPlainText().strip()

    def _take(self) -> None:
        if self._required and len(self.reason) < 3:
            self.problem.setText("Please write the reason in a few words. It is kept with the record.")
            self.problem.show()
            self.edit.setFocus()
            return
        self.accept()


def ask_reason(
    title: str,
    question: str,
    action: str = "&OK",
    parent: QWidget | None = None,
    *,
    explanation: str = "",
    required: bool = True,
) -> str | None:
    """The reason in words, or None where the person changed their mind."""
    dialog = ReasonDialog(title, question, action, parent, explanation=explanation, required=required)
    taken = dialog.exec() == QDialog.DialogCode.Accepted
    reason = dialog.reason
    dialog.deleteLater()
    return reason if taken else None


class ProgressDialog(QDialog):
    """Shows how far a job is and lets it be cancelled. Closes by itself; use ``open()``, it does not block."""

    def __init__(self, tasks: Tasks, job: Job, title: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._job = job
        self.setObjectName("progress_dialog")
        self.setWindowTitle(title)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowModality(Qt.WindowModality.WindowModal)
        column = QVBoxLayout(self)
        theme.roomy(column)
        column.addWidget(heading(title, 2))
        self.bar = named(QProgressBar(), "progress_bar", title)
        self.bar.setRange(0, 0)
        self.text = PlainLabel("")
        self.cancel = button("&Cancel", "progress_cancel", self._cancel)
        column.addWidget(self.bar)
        column.addWidget(self.text)
        column.addWidget(row(None, self.cancel))
        self.setMinimumWidth(420)
        tasks.progressed.connect(self._progressed)
        tasks.finished.connect(self._finished)

    def reject(self) -> None:
        self._cancel()

    def closeEvent(self, event: QCloseEvent) -> None:
        if self._job.finished:
            event.accept()
        else:
            self._cancel()
            event.ignore()

    def _cancel(self) -> None:
        if self._job.finished:
            self.close()
            return
        self._job.cancel()
        self.cancel.setEnabled(False)
        self.text.setText("Stopping at the next safe place…")

    def _progressed(self, job: Job) -> None:
        if job is not self._job or job.cancelling:
            return
        self.bar.setRange(0, job.total_pieces)
        self.bar.setValue(job.done_pieces)
        if job.text:
            self.text.setText(job.text)

    def _finished(self, job: Job) -> None:
        if job is self._job:
            self.close()
