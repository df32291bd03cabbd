"""One exception to decide or to review: all that is known on the left, the decision on the right."""

from __future__ import annotations

from functools import partial

from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QVBoxLayout, QWidget

from smdesk.policy.vocabulary import Timeliness
from smdesk.policy.words import written_day
from smdesk.services.connection_records import KeptFile
from smdesk.services.connection_words import FOR_THE_CHAIR
from smdesk.services.context import Saved
from smdesk.services.question_records import STATUS_LABELS
from smdesk.services.queue import QueueItem
from smdesk.ui import theme
from smdesk.ui.desk import Desk
from smdesk.ui.draft_keeper import DraftKeeper
from smdesk.ui.pages.connections import facts
from smdesk.ui.pages.connections.decide_panel import DecidePanel
from smdesk.ui.pages.connections.words import tone
from smdesk.ui.pages.queue import work
from smdesk.ui.pages.queue.item_screen import ItemScreen
from smdesk.ui.pages.queue.sides import Sides
from smdesk.ui.pages.queue.work import ExceptionMatter
from smdesk.ui.widgets.buttons import button
from smdesk.ui.widgets.fact_grid import FactGrid, Line, section
from smdesk.ui.widgets.file_window import FileWindow
from smdesk.ui.widgets.flow import flow
from smdesk.ui.widgets.forms import Card, Scrolled, row
from smdesk.ui.widgets.status_chip import StatusChip
from smdesk.ui.widgets.text import PlainLabel, heading, muted


class ExceptionScreen(ItemScreen):
    """What is typed for a decision is kept as the reader's own draft until it is signed."""

    def __init__(self, desk: Desk, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("queue_exception")
        self._desk = desk
        self.matter: ExceptionMatter | None = None
        self._wanted = 0
        self.keeper = DraftKeeper(desk, work.forget, self)
        self.keeper.due.connect(self._keep_draft)
        self.keeper.failed.connect(desk.messages.error)
        self.title = heading("", 2)
        self.title.setObjectName("queue_exception_title")
        self.chip = StatusChip()
        self.chip.setObjectName("queue_exception_status")
        self.late = StatusChip("Late", "warning")
        self.late.setObjectName("queue_exception_late")
        self.confidential = StatusChip("Confidential", "warning")
        self.open_record = button(
            "&Open the record", "queue_exception_open", self._open, look="link", tip="In the Connections tab"
        )
        self.kept = muted("")
        self.kept.setObjectName("queue_exception_kept")
        self.facts = FactGrid("queue_exception_facts")
        self.files_title, self.files_place = heading("Files", 3), QWidget()
        self._files_column = QVBoxLayout(self.files_place)
        self._files_column.setContentsMargins(0, 0, 0, 0)
        self.decisions_title, self.decisions = section("Decided so far", "queue_exception_decisions")
        self.earlier_title, self.earlier = section("Earlier between these two", "queue_exception_earlier")
        self.policy_title, self.policy = section("What the policy says", "queue_exception_policy")
        self.panel = DecidePanel(desk)
        reading = Scrolled(margin=0)
        reading.setObjectName("queue_exception_reading")
        reading.body.setSpacing(theme.SMALL)
        reading.body.setContentsMargins(0, 0, theme.SMALL, 0)
        chips = flow(self.chip, self.late, self.confidential, self.open_record, spacing=theme.TIGHT)
        for widget in (
            self.title,
            chips,
            self.facts,
            self.files_title,
            self.files_place,
            self.decisions_title,
            self.decisions,
            self.earlier_title,
            self.earlier,
            self.policy_title,
            self.policy,
        ):
            reading.body.addWidget(widget)
        reading.body.addStretch(1)
        card = Card()
        card.body.addWidget(self.kept)
        card.body.addWidget(self.panel)
        deciding = Scrolled(margin=0)
        deciding.setObjectName("queue_exception_deciding")
        deciding.body.addWidget(card)
        deciding.body.addStretch(1)
        self.reading = reading
        self.split = Sides(
            "queue_exception_split", "Facts and decision", reading, deciding, shares=(3, 2), beside_from=680
        )
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(self.split)
        self.panel.decided.connect(self._signed)
        self.panel.outdated.connect(self._outdated)
        self.panel.edited.connect(self._edited)

    # What the page calls

    def show_item(self, item: QueueItem) -> None:
        self._wanted = item.id
        self._read(item.id)

    def put_keyboard(self) -> None:
        self.panel.put_keyboard()

    def unsaved(self) -> bool:
        return self.matter is not None and self.panel.unsaved()

    def save_draft(self) -> None:
        """Keep what is typed, now: the program is about to lock, or another item is opened."""
        if self.matter is not None and self.unsaved():
            self.keeper.keep_now(self.matter.record.id, partial(work.keep, typed=self.panel.typed()))

    @property
    def busy(self) -> bool:
        """A signature is on its way: nothing else may be opened."""
        return self.panel.busy

    def refresh(self) -> None:
        """The record changed elsewhere: read it again. What is typed stays."""
        if self.matter is not None and not self.panel.busy:
            self._read(self.matter.record.id)

    # Reading

    def _read(self, exception_id: int) -> None:
        ctx = self._desk.ctx
        # Not ``latest``: opening a confidential record is written to the audit log.
        self._desk.tasks.run(
            self, lambda progress: work.exception(ctx, exception_id), self._opened, self.not_read
        )

    def _opened(self, matter: ExceptionMatter) -> None:
        record = matter.record
        if record.id != self._wanted:
            return
        again = self.matter is not None and self.matter.record.id == record.id
        self.matter = matter
        self.title.setText(f"{record.adult_name} and {record.other_name}")
        self.chip.show_status(record.status_words, tone(record))
        late = record.timeliness is Timeliness.LATE
        self.late.setVisible(late)
        self.late.show_status(
            f"Late by {record.late_days} {'day' if record.late_days == 1 else 'days'}", "warning"
        )
        self.confidential.setVisible(record.draft.confidentiality != "normal")
        self.facts.show_lines(facts.exception_lines(record))
        self._show_files(record.files)
        self._show_section(self.decisions_title, self.decisions, facts.decision_lines(record.decisions))
        between = [
            *facts.earlier_lines(matter.earlier),
            *((reference, f"Incident: {summary}") for _, reference, summary in record.incidents),
            *(
                (
                    written_day(row.asked_on),
                    f"Asked: {row.question} {f'Answer: {row.answer}' if row.answer else STATUS_LABELS[row.status]}",
                )
                for row in matter.questions
            ),
        ]
        self._show_section(self.earlier_title, self.earlier, between)
        # Before the rules: they say that only the headteacher approves, and the chair reads them (CON-5).
        said = [("Who decides", FOR_THE_CHAIR)] if record.headteacher_concerned else []
        said += [] if matter.ruling is None else [("Without it", matter.ruling.why)]
        said += [(f"Rule {rule.id}", rule.wording) for rule in matter.rules]
        self._show_section(self.policy_title, self.policy, said)
        self.panel.show_exception(record)
        self.kept.hide()
        if not again:
            self.reading.verticalScrollBar().setValue(0)
            self._bring_back(matter)
        self.have_read()

    def _bring_back(self, matter: ExceptionMatter) -> None:
        if matter.kept is None or self.panel.unsaved():
            return
        self.panel.restore(matter.kept)
        if self.panel.unsaved():
            self.kept.setText("What you typed here before is back. It is not signed yet.")
            self.kept.show()

    def _show_section(self, title: PlainLabel, grid: FactGrid, lines: list[Line]) -> None:
        grid.show_lines(lines)
        title.setVisible(bool(lines))

    def _show_files(self, files: tuple[KeptFile, ...]) -> None:
        while self._files_column.count():
            widget = self._files_column.takeAt(0).widget()
            if widget is not None:
                widget.hide()
                widget.deleteLater()
        kept = [file for file in files if not file.removed]
        for file in kept:
            made = button(file.name.replace("&", "&&"), f"queue_file_{file.id}", look="link")
            made.setProperty("file_id", file.id)
            made.setToolTip("Look at it here")
            made.clicked.connect(self._look_at)
            self._files_column.addWidget(row(made, muted(file.note), None))
        self.files_title.setVisible(bool(kept))
        self.files_place.setVisible(bool(kept))

    def _look_at(self) -> None:
        wanted = self.sender().property("file_id")
        matter, ctx = self.matter, self._desk.ctx
        file = next((each for each in matter.record.files if each.id == wanted), None) if matter else None
        if file is not None:
            self._desk.tasks.run(
                self, lambda progress: work.file_content(ctx, file), self._show_file, title="Opening the file"
            )

    def _show_file(self, found: tuple[KeptFile, bytes]) -> None:
        FileWindow(self._desk, *found, self).open()

    def _open(self) -> None:
        if self.matter is not None:
            self._desk.open_exception(self.matter.record.id)

    # Deciding

    def _edited(self) -> None:
        self.kept.hide()
        self.keeper.touch()

    def _keep_draft(self) -> None:
        if self.matter is not None and self.unsaved():
            self.keeper.keep(self.matter.record.id, partial(work.keep, typed=self.panel.typed()))

    def _signed(self, _saved: Saved) -> None:
        # The page opens nothing else while the panel is busy: it is this one that was decided.
        if self.matter is not None:
            self.keeper.forget(self.matter.record.id)
            self.decided.emit()

    def _outdated(self, _exception_id: object) -> None:
        # Once the error has been shown: reading again brings what somebody else decided.
        QTimer.singleShot(0, self, self.refresh)
        self.outdated.emit()
