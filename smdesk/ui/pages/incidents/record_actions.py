"""What can be done to the whole record, from the Actions menu and from the advice."""

from __future__ import annotations

from pathlib import Path
from tempfile import TemporaryDirectory

from PySide6.QtCore import QObject, Signal
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QWidget

from smdesk.policy.vocabulary import Conduct, Step
from smdesk.security.permissions import Permission
from smdesk.services import exports, incidents
from smdesk.services.incident_records import IncidentRecord, PersonRole
from smdesk.ui.desk import Desk
from smdesk.ui.pages.incidents import loading
from smdesk.ui.pages.incidents.advice_panel import AdvicePanel
from smdesk.ui.pages.incidents.form_parts import Header
from smdesk.ui.pages.incidents.step_actions import Situation, StepActions
from smdesk.ui.pages.incidents.step_dialogs import CloseDialog
from smdesk.ui.tasks import Progress
from smdesk.ui.widgets.service_dialog import ReasonService

_HELD = frozenset({Conduct.EXTREMISM, Conduct.SEXUAL_IMAGERY_OF_CHILD})
"""Conduct whose ordinary steps wait until the DSL clears them (INC-6, INC-9)."""


def _author(record: IncidentRecord) -> int:
    """The person who posted it; 0 where nobody is known, or where the record may not be read."""
    found = [line.person_id for line in record.draft.people if line.role is PersonRole.AUTHOR]
    return found[0] if found else 0


class RecordActions(QObject):
    """``wanted`` asks the form to save first, if need be, and then call ``do`` with the same words."""

    wanted = Signal(object)
    """Carries (what, step)."""

    def __init__(self, desk: Desk, header: Header, panel: AdvicePanel, form: QWidget) -> None:
        super().__init__(form)
        self._desk = desk
        self._form = form
        self._steps = StepActions(desk, form)
        self._situation: Situation | None = None
        self._lines: dict[str, QAction] = {}
        for what, label in (
            ("write", "&Write a letter…"),
            ("removed", "The post has &gone…"),
            ("replied", "The comment was &answered…"),
            ("letters", "Clear ordinary steps and &letters (DSL)…"),
            ("no_action", "Decide &not to act…"),
            ("block", "Register a &block…"),
            ("person", "Page and &ladder of who posted it"),
            ("print", "&Print the timeline…"),
            ("case_file", "Make a case &file…"),
            ("close", "&Close the incident…"),
            ("reopen", "&Open it again…"),
        ):
            action = header.add_action(label, f"incident_action_{what}", self._triggered)
            action.setData(what)
            self._lines[what] = action
        self._button = header.menu_button
        panel.step_wanted.connect(self._step)
        panel.skip_wanted.connect(self._skip)
        panel.reply_wanted.connect(self._reply)

    def enable(self, record: IncidentRecord | None, *, new: bool) -> None:
        """Offer what fits the record and the reader. ``new``: it is not saved yet, but can be."""
        ctx = self._desk.ctx
        masked = record is not None and record.masked
        can_act = loading.may(ctx, Permission.STEPS_RECORD) and not masked
        open_ = (record is not None or new) and (record is None or record.status == "open")
        there = record is not None and not masked
        may_close = loading.may(ctx, Permission.INCIDENTS_CLOSE)
        held = there and record is not None and bool(_HELD.intersection(record.draft.conduct))
        waiting = there and record is not None and record.dsl_cleared_at is None
        for what, shown in (
            ("write", record is not None and there and open_ and loading.may(ctx, Permission.LETTERS_DRAFT)),
            ("removed", there and open_ and can_act and record is not None and record.removed_on is None),
            (
                "replied",
                there and open_ and can_act and record is not None and record.draft.on_school_account,
            ),
            (
                "letters",
                bool(held and waiting and open_) and loading.may(ctx, Permission.PREVENT_DECIDE),
            ),
            ("no_action", there and open_ and can_act),
            ("block", record is not None and there and loading.may(ctx, Permission.ACCOUNTS_WATCH)),
            (
                "person",
                record is not None and _author(record) != 0 and loading.may(ctx, Permission.PEOPLE_READ),
            ),
            ("print", there),
            ("case_file", there and loading.may(ctx, Permission.CASE_FILES_MAKE)),
            ("close", there and open_ and may_close),
            ("reopen", there and not open_ and may_close),
        ):
            self._lines[what].setVisible(bool(shown))
        self._button.setVisible(there)

    def do(self, what: str, step: Step | None, situation: Situation) -> None:
        """Do it to the saved incident."""
        self._situation = situation
        match what, step:
            case "start", Step():
                self._steps.start(step, situation)
            case "skip", Step():
                self._steps.skip(step, situation)
            case "write", _:
                self._steps.write(situation)
            case "removed", _:
                self._steps.removed(situation)
            case "replied", _:
                self._steps.replied(situation)
            case "letters", _:
                self._steps.clear_letters(situation)
            case "no_action", _:
                self._steps.no_action(situation)
            case "withhold", _:
                self._steps.withhold(situation)
            case "block", _:
                self._block(situation.record)
            case "person", _:
                self._desk.open_person(_author(situation.record))
            case "print", _:
                self._print(situation.record)
            case "case_file", _:
                self._case_file(situation.record)
            case "close", _:
                record = situation.record
                CloseDialog(self._desk, record.id, record.reference, record.version, self._form).open()
            case "reopen", _:
                self._reopen(situation.record)

    def ask(self, what: str) -> None:
        """As if it had been chosen from the menu."""
        self.wanted.emit((what, None))

    def _triggered(self) -> None:
        action = self.sender()
        if isinstance(action, QAction):
            self.wanted.emit((str(action.data()), None))

    def _step(self, step: Step) -> None:
        self.wanted.emit(("start", step))

    def _skip(self, step: Step) -> None:
        self.wanted.emit(("skip", step))

    def _reply(self) -> None:
        self.wanted.emit(("replied", None))

    def _reopen(self, record: IncidentRecord) -> None:
        ctx, incident_id = self._desk.ctx, record.id

        def service(reason: str) -> object:
            return incidents.reopen(ctx, incident_id, reason)

        ReasonService(
            self._desk,
            "reopen_dialog",
            f"Open {record.reference} again",
            "Why it is opened again",
            "&Open it again",
            service,
            self._form,
            explanation="How it was closed stays on the timeline.",
        ).open()

    def _block(self, record: IncidentRecord) -> None:
        """Begin a block from here; it is looked at and saved under Accounts (ACC-9)."""
        ctx, incident_id = self._desk.ctx, record.id

        def work(progress: Progress) -> object:
            from smdesk.services import blocks

            return blocks.draft_for_incident(ctx, incident_id)

        self._desk.tasks.run(self, work, self._begin_block, title="Beginning the block")

    def _begin_block(self, draft: object) -> None:
        self._desk.new_with("accounts", draft)

    def _print(self, record: IncidentRecord) -> None:
        ctx, incident_id, reference = self._desk.ctx, record.id, record.reference

        def work(progress: Progress) -> tuple[str, bytes]:
            # The service writes a file; it is read back at once and leaves nothing unprotected behind.
            with TemporaryDirectory(prefix="smdesk-") as place:
                file = Path(place) / "timeline.pdf"
                exports.timeline_pdf(ctx, incident_id, file)
                return reference, file.read_bytes()

        self._desk.tasks.run(self, work, self._printed, title="Making the timeline", long=True)

    def _case_file(self, record: IncidentRecord) -> None:
        """Ask what goes into a case file (DOC-4)."""
        ctx, incident_id = self._desk.ctx, record.id

        def work(progress: Progress) -> object:
            from smdesk.services import case_files

            return case_files.options(ctx, incident_id)

        self._desk.tasks.run(self, work, self._ask_case_file, title="Looking what there is")

    def _ask_case_file(self, options: object) -> None:
        from smdesk.services.case_file_records import CaseOptions
        from smdesk.ui.pages.incidents.case_file_dialog import CaseFileDialog

        if isinstance(options, CaseOptions):
            CaseFileDialog(self._desk, options, self._form).open()

    def _printed(self, result: tuple[str, bytes]) -> None:
        from smdesk.ui.widgets.preview_window import PreviewWindow

        reference, data = result
        PreviewWindow(self._desk, data, f"Timeline of {reference}", self._form).open()
