"""A decision the office recorded from paper: the scan beside what was recorded, to be confirmed or disputed (CON-2)."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtGui import QKeySequence, QShortcut
from PySide6.QtWidgets import QVBoxLayout, QWidget

from smdesk.security.signatures import fingerprint
from smdesk.services import connection_decisions
from smdesk.services.context import Saved
from smdesk.services.queue import QueueItem
from smdesk.ui import theme
from smdesk.ui.desk import Desk
from smdesk.ui.pages.connections import facts
from smdesk.ui.pages.queue import work
from smdesk.ui.pages.queue.item_screen import ItemScreen
from smdesk.ui.pages.queue.sides import Sides
from smdesk.ui.pages.queue.work import PaperMatter
from smdesk.ui.widgets.buttons import button
from smdesk.ui.widgets.fact_grid import FactGrid, section
from smdesk.ui.widgets.file_view import FileView
from smdesk.ui.widgets.flow import flow
from smdesk.ui.widgets.forms import Scrolled
from smdesk.ui.widgets.problem_bar import ProblemBar
from smdesk.ui.widgets.service_dialog import ReasonService
from smdesk.ui.widgets.text import PlainLabel, heading, muted


class PaperScreen(ItemScreen):
    """Ctrl+Enter confirms by signing; to dispute it takes a reason. What was recorded never changes under it."""

    def __init__(self, desk: Desk, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("queue_paper")
        self._desk = desk
        self.matter: PaperMatter | None = None
        self._wanted = 0
        self.busy = False
        self.title = heading("", 2)
        self.title.setObjectName("queue_paper_title")
        self.asked = PlainLabel("")
        self.recorded = FactGrid("queue_paper_recorded")
        self.problems = ProblemBar("queue_paper_problems")
        self.confirm_button = button(
            "Confirm and sign",
            "queue_paper_confirm",
            self.confirm,
            look="primary",
            tip="This is what I decided (Ctrl+Enter)",
        )
        keys = QShortcut(QKeySequence("Ctrl+Return"), self)
        keys.setContext(Qt.ShortcutContext.WindowShortcut)
        keys.setAutoRepeat(False)
        keys.activated.connect(self.confirm)
        self.dispute_button = button(
            "&No, that is wrong…",
            "queue_paper_dispute",
            self.dispute,
            look="danger",
            tip="It then counts for nothing, and the exception waits for a decision again",
        )
        self.open_record = button("&Open the record", "queue_paper_open", self._open, look="link")
        self.key = muted("")
        self.key.setObjectName("queue_paper_key")
        self.about_title, self.about = section("What it is about", "queue_paper_about")
        self.scan = FileView(desk, "queue_scan", "Scan of the decision")
        telling = Scrolled(margin=0)
        telling.body.setSpacing(theme.SMALL)
        telling.body.setContentsMargins(0, 0, theme.SMALL, 0)
        for widget in (
            self.title,
            self.asked,
            heading("What was recorded", 3),
            self.recorded,
            self.problems,
            flow(self.confirm_button, self.dispute_button, self.open_record),
            self.key,
            self.about_title,
            self.about,
        ):
            telling.body.addWidget(widget)
        telling.body.addStretch(1)
        self.split = Sides("queue_paper_split", "Record and scan", telling, self.scan, beside_from=600)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(self.split)

    def show_item(self, item: QueueItem) -> None:
        self._wanted = item.id
        self.problems.clear()
        ctx = self._desk.ctx
        # Not ``latest``: opening a confidential record is written to the audit log.
        self._desk.tasks.run(self, lambda progress: work.matter(ctx, item), self._opened, self.not_read)

    def put_keyboard(self) -> None:
        (self.confirm_button if self.confirm_button.isVisible() else self.dispute_button).setFocus()

    def _opened(self, matter: PaperMatter) -> None:
        if matter.decision.id != self._wanted:
            return
        self.matter = matter
        record, decision = matter.record, matter.decision
        self.title.setText(f"{record.adult_name} and {record.other_name}")
        able = not decision.only_dispute
        self.asked.setText(
            "The office recorded this decision for you from paper. Is it what you decided? It counts already; your "
            "signature makes it yours."
            if able
            else f"This was recorded for {decision.decider_name}, who does not decide here any more. You may dispute "
            "it, or open the record and decide yourself."
        )
        self.recorded.show_lines(facts.paper_lines(decision))
        self.about.show_lines(facts.exception_lines(record))
        self.confirm_button.setVisible(able)
        signing = self._desk.ctx.signing
        short = " ".join(fingerprint(signing.public).split()[:4]) if signing is not None else ""
        self.key.setVisible(able)
        self.key.setText(
            f"Ctrl+Enter. Signed with your key {short}."
            if short
            else "Your signing key is not at hand. Sign in again to confirm."
        )
        self._enable()
        if matter.file is not None and not matter.trouble:
            self.scan.show_file(matter.scan, matter.file.media_type, matter.file.name)
        else:
            self.scan.say("The scan cannot be shown", matter.trouble)
        self.have_read()

    def _enable(self) -> None:
        signs = self._desk.ctx.signing is not None
        self.confirm_button.setEnabled(signs and not self.busy)
        self.dispute_button.setEnabled(not self.busy)

    def confirm(self) -> None:
        """Sign what was recorded as one's own."""
        matter = self.matter
        if (
            matter is None
            or self.busy
            or self.confirm_button.isHidden()
            or not self.confirm_button.isEnabled()
        ):
            return
        if not self.isVisible():
            return
        ctx, decision_id = self._desk.ctx, matter.decision.id
        self.busy = True
        self._enable()
        self.problems.clear()
        self._desk.tasks.run(
            self,
            lambda progress: work.confirm(ctx, decision_id),
            self._done,
            self.problems.show_problems,
            "Signing",
            ended=self._ended,
        )

    def dispute(self) -> None:
        """Say what is wrong with it."""
        matter, ctx = self.matter, self._desk.ctx
        if matter is None or self.busy:
            return
        decision_id = matter.decision.id

        def service(reason: str) -> object:
            return connection_decisions.dispute_paper(ctx, decision_id, reason)

        dialog = ReasonService(
            self._desk,
            "queue_dispute",
            "This is not what I decided",
            "What is wrong with it",
            "&Dispute it",
            service,
            self,
            explanation="From then on it counts for nothing, as if it had not been made. It stays in the record with "
            "what you write here, and the exception waits for a decision again.",
        )
        dialog.accomplished.connect(self._done)
        dialog.open()

    def _done(self, _saved: Saved) -> None:
        self.busy = False
        self.decided.emit()

    def _ended(self) -> None:
        self.busy = False
        self._enable()

    def _open(self) -> None:
        if self.matter is not None:
            self._desk.open_exception(self.matter.record.id)
