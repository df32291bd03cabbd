"""Settings, Check the records: is everything as it was written?"""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QDialog, QLineEdit, QListWidget, QVBoxLayout, QWidget

from smdesk.errors import Invalid, SmdeskError
from smdesk.security.permissions import Permission, allowed
from smdesk.services import search_mending, verify
from smdesk.ui import theme
from smdesk.ui.desk import Desk
from smdesk.ui.pages.settings.paper_dialog import PaperDialog
from smdesk.ui.tasks import Progress
from smdesk.ui.widgets.buttons import button
from smdesk.ui.widgets.dialogs import ProgressDialog
from smdesk.ui.widgets.forms import Card, Form, row
from smdesk.ui.widgets.problem_bar import ProblemBar
from smdesk.ui.widgets.status_chip import StatusChip
from smdesk.ui.widgets.text import PlainLabel, heading, muted, named


class VerifySection(QWidget):
    """Runs the check and lists what it found."""

    def __init__(self, desk: Desk, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("settings_verify")
        self._desk = desk
        self.problems = ProblemBar("verify_problems")
        self.head_line = named(QLineEdit(), "verify_head", "Line of the record chain from a governor report")
        self.head_line.setPlaceholderText("may be left empty")
        self.run_button = button("&Check everything now", "verify_run", self.check, look="primary")
        self.mend_button = button("&Make the search anew", "verify_mend_search", self.mend_search)
        self.paper_button = button("Check a &paper…", "verify_paper", self.check_paper)
        self.paper_button.setToolTip(
            "Is a letter, report, case file or decision the one that was issued, unchanged?"
        )
        self._may_mend = allowed(desk.ctx.user.roles, Permission.BACKUPS_MAKE)
        self.mend_button.setEnabled(self._may_mend)
        self.mend_button.setToolTip(
            "For when the check says that something cannot be found. It changes no record; nobody can save meanwhile."
            if self._may_mend
            else "The school business manager or an administrator can do this."
        )
        self.chip = StatusChip()
        self.chip.setObjectName("verify_chip")
        self.chip.hide()
        self.result = PlainLabel("")
        self.result.setObjectName("verify_result")
        self.faults = named(QListWidget(), "verify_faults", "Faults found")
        self.faults.setWordWrap(True)
        self.faults.hide()
        self.head = PlainLabel("", selectable=True)
        self.head.setObjectName("verify_chain_head")
        column = QVBoxLayout(self)
        theme.roomy(column)
        column.addWidget(heading("Check the records"))
        column.addWidget(
            PlainLabel(
                "Reads everything and compares it with what was written: the chain of who did what, signatures on "
                "letters and on decisions about connections, versions of the policy, evidence and letters on disk, and "
                "the database itself."
            )
        )
        column.addWidget(self.problems)
        form = Form()
        form.add(
            "&Line from a governor report",
            self.head_line,
            "head",
            "Each report prints the last line of the chain. Typed here, the check also proves that nothing written "
            "before that report was taken out or replaced.",
        )
        column.addWidget(form)
        column.addWidget(row(self.run_button, self.paper_button, self.mend_button, None))
        card = Card()
        card.body.addWidget(row(self.chip, self.result))
        card.body.addWidget(self.faults, 1)
        card.body.addWidget(muted("Last line of the chain now"))
        card.body.addWidget(self.head)
        column.addWidget(card)
        column.addStretch(1)
        self.result.setText("Not checked since you signed in.")

    def activate(self) -> None:
        ctx = self._desk.ctx
        self._desk.tasks.latest(self, "head", lambda progress: verify.head(ctx), self._head_read)

    def unsaved(self) -> bool:
        return False

    def save_draft(self) -> None:
        """Nothing here is worth keeping."""

    def check(self) -> None:
        """Run the check, with progress and a way to stop."""
        self.problems.clear()
        expected = None
        if self.head_line.text().strip():
            try:
                expected = verify.parse_head(self.head_line.text())
            except Invalid as error:
                self.problems.show_problems(error, {"head": self.head_line})
                return
        ctx = self._desk.ctx
        self.run_button.setEnabled(False)
        self.mend_button.setEnabled(False)

        def work(progress: Progress) -> list[str]:
            return verify.check(ctx, progress.report, expected)

        job = self._desk.tasks.run(
            self, work, self._checked, self._not_checked, "Checking the records", ended=self._ended, long=True
        )
        ProgressDialog(self._desk.tasks, job, "Checking the records", self).open()

    def check_paper(self) -> None:
        """Check one printed decision, from its file or its scanned code."""
        PaperDialog(self._desk, self).open()

    def mend_search(self) -> None:
        """Make the search anew, with progress and a way to stop."""
        ctx = self._desk.ctx
        self.run_button.setEnabled(False)
        self.mend_button.setEnabled(False)

        def work(progress: Progress) -> list[str]:
            return search_mending.rebuild_search(ctx, progress.report)

        job = self._desk.tasks.run(
            self,
            work,
            self._mended,
            self._not_checked,
            "Making the search anew",
            ended=self._ended,
            long=True,
        )
        ProgressDialog(self._desk.tasks, job, "Making the search anew", self).open()

    def _mended(self, left: list[str]) -> None:
        self.faults.clear()
        self.faults.addItems(left)
        self.faults.setVisible(bool(left))
        if left:
            self.chip.show_status("Not mended", "danger")
            self.result.setText(
                "The search was made anew and still does not hold everything. Show the sentences below to whoever "
                "looks after this computer."
            )
        else:
            self.chip.show_status("Search made anew", "ok")
            self.result.setText(
                "Every incident and every person can be found again. Check everything once more."
            )
        self.chip.show()
        self.activate()

    def _checked(self, faults: list[str]) -> None:
        self.faults.clear()
        self.faults.addItems(faults)
        self.faults.setVisible(bool(faults))
        if faults:
            self.chip.show_status("Faults found", "danger")
            count = "One thing is" if len(faults) == 1 else f"{len(faults)} things are"
            self.result.setText(
                f"{count} not as written. Do not restore or delete anything yet: note the sentences below and show "
                "them to the headteacher and to whoever looks after this computer."
            )
        else:
            self.chip.show_status("All intact", "ok")
            self.result.setText("Everything is as it was written.")
        self.chip.show()
        self.activate()

    def _not_checked(self, error: SmdeskError) -> None:
        self._desk.messages.error(error)

    def _ended(self) -> None:
        self.run_button.setEnabled(True)
        self.mend_button.setEnabled(self._may_mend)

    def _head_read(self, head: tuple[int, str]) -> None:
        self.head.setText(f"{head[0]}:{head[1]}")


class VerifyDialog(QDialog):
    """The same for somebody without the Settings tab, from the Help menu."""

    def __init__(self, desk: Desk, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("verify_dialog")
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle("Check the records")
        self.section = VerifySection(desk, self)
        self.close_button = button("Close", "verify_close", self.reject)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, theme.NORMAL)
        column.addWidget(self.section, 1)
        foot = row(None, self.close_button)
        foot.layout().setContentsMargins(theme.LARGE, 0, theme.LARGE, 0)
        column.addWidget(foot)
        theme.fit(self, 720, 560)
        self.section.activate()
