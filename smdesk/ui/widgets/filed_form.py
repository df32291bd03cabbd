"""What the forms of records with pictures do alike: fields, pictures and history on tabs, and a panel beside them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any, Final

from PySide6.QtGui import QAction
from PySide6.QtWidgets import QWidget

from smdesk.errors import Invalid, SmdeskError
from smdesk.security.permissions import Permission, allowed
from smdesk.services.context import Context, Saved
from smdesk.ui.desk import Desk
from smdesk.ui.draft_keeper import Write
from smdesk.ui.tasks import Progress
from smdesk.ui.widgets.attached_strip import AttachedStrip, StripWords
from smdesk.ui.widgets.bars import RecordHeader
from smdesk.ui.widgets.file_intake import FileIntake
from smdesk.ui.widgets.history_table import HistoryTable
from smdesk.ui.widgets.pending import Pending, SavedForm
from smdesk.ui.widgets.record_frame import FramedForm
from smdesk.ui.widgets.service_dialog import ReasonService

DETAILS, FILES, HISTORY = range(3)
"""Places of the tabs."""


class FiledForm(FramedForm):
    """One record with its pictures: a message, a post to be signed off, a finding.

    ``loading`` is the module that reads and writes it on a worker; ``asks`` is what whoever writes it must be allowed.
    A form says for itself what its header shows (``show_head``), why nothing can be changed (``why_fixed``), and what
    its buttons do (``do``).
    """

    asks = Permission.ACCOUNTS_WATCH

    def __init__(
        self,
        desk: Desk,
        words: StripWords,
        titles: tuple[str, str, str],
        happenings: Mapping[str, str],
        loading: Any,
        fields: Callable[[Desk], Any],
        panel: Callable[[Desk], Any],
        parent: QWidget | None = None,
    ) -> None:
        """``titles`` are those of the tabs, ``happenings`` says in words what each line of the history is."""
        super().__init__(desk, words.name, words.noun, words.name, loading.forget_draft, parent)
        self._titles: Final = titles
        self._loading = loading
        self._noun: Final = words.noun
        self._given: Any = None
        self.take_back: dict[str, QAction] = {}
        """What the menu takes back, by the code the panel knows it by."""
        self.header = RecordHeader(words.name, f"New {words.noun}", self)
        self.fields = fields(desk)
        self.panel = panel(desk)
        self.strip = AttachedStrip(desk, words, self)
        self.history = HistoryTable(words.name, happenings, self)
        self.scrolled.body.addWidget(self.fields)
        parts = (self.scrolled, self.strip, self.history)
        self.lay_out(self.fields, list(zip(parts, titles, strict=True)), self.panel, (5, 3))
        self.intake = FileIntake(
            desk, self.strip, self.keeper, self, kept_as=self.kept_as, add=loading.add_files, thing="file"
        )
        self.header.save.clicked.connect(self.save)
        self.fields.changed.connect(self._touched)
        self.intake.waiting_changed.connect(self.waiting_changed)
        self.intake.waiting_changed.connect(self._count_files)
        self.intake.taken.connect(desk.say)
        self.panel.action_wanted.connect(self.act)

    # What each form says for itself

    def show_head(self, record: Any) -> None:
        """Show what the record is called and how it stands; None for a new one."""
        raise NotImplementedError

    def why_fixed(self, record: Any) -> str:
        """Why a saved record cannot be changed any more, or ""."""
        raise NotImplementedError

    def do(self, code: str, record: Any) -> None:
        """What a button of the panel says. What was typed is saved by then."""
        raise NotImplementedError

    # Opening

    def reading(self, record_id: int) -> Callable[[], Any]:
        return partial(self._loading.load, self._desk.ctx, record_id)

    def show_parts(self, found: Any, waiting: tuple[Pending, ...]) -> None:
        record = found.record
        self.show_head(record)
        self.protect(record)
        self.panel.show_record(record)
        self.strip.show_files(
            record.files if record is not None else (),
            waiting,
            may_add=self.editable(),
            may_remove=self.may_write,
        )
        self.history.show_lines(record.history if record is not None else ())
        self.tabs.setTabText(HISTORY, self._titled(HISTORY, 0 if record is None else len(record.history)))
        self.tabs.setTabEnabled(HISTORY, record is not None)
        self._count_files()

    def protect(self, record: Any) -> None:
        """Fields that cannot be changed can only be read; above them stands why."""
        why = "" if record is None else self.why_fixed(record)
        self.fields.set_read_only(not self.may_write or bool(why), why)

    def _count_files(self) -> None:
        self.tabs.setTabText(FILES, self._titled(FILES, self.strip.count))

    def _titled(self, place: int, number: int) -> str:
        return f"{self._titles[place]} ({number})" if number else self._titles[place]

    # Typing and saving

    @property
    def may_write(self) -> bool:
        """Whether this user may write records of this kind."""
        return allowed(self._desk.ctx.user.roles, self.asks)

    def _touched(self) -> None:
        if self._ready:
            self.touched()

    def typed(self) -> object:
        return self.fields.typed()

    def keeping(self) -> Write:
        return partial(self._loading.keep_draft, typed=self.fields.typed(), version=self._version)

    def waiting(self) -> tuple[Pending, ...]:
        return self.strip.waiting

    @property
    def kept_as(self) -> str:
        return str(self._loading.WAITING)

    def editable(self) -> bool:
        record = self.record
        return self.editor_shown and self.may_write and (record is None or record.editable)

    def draft(self) -> Any:
        return self.fields.draft()

    def writing(self, draft: Any, version: int | None) -> Callable[[], SavedForm]:
        return partial(
            self._loading.save,
            self._desk.ctx,
            draft,
            self.object_id or None,
            version,
            self.strip.waiting,
            self.keeper.forgetting(),
        )

    def show_wrong(self, error: SmdeskError) -> None:
        if isinstance(error, Invalid):
            self.tabs.setCurrentIndex(DETAILS)
        self.problems.show_problems(error, self.fields.fields())
        self.bring_into_view(self.focusWidget())

    # Doing

    def act(self, code: str) -> None:
        """Do something to the saved record; what is typed is saved first."""
        if not self._ready or self.record is None:
            return
        self.problems.clear()
        if self.unsaved() and self.editable():
            self.save_then("act", code)
            return
        self.do(code, self.record)

    def enable(self) -> None:
        """Offer in the menu what can be taken back now."""
        record = self.record
        for code, action in self.take_back.items():
            action.setVisible(record is not None and not record.masked and self.panel.can(code, record))
        self.header.menu_button.setVisible(any(action.isVisible() for action in self.take_back.values()))

    def ask_reason(
        self,
        name: str,
        title: str,
        question: str,
        action: str,
        service: Callable[[str], Saved],
        explanation: str = "",
    ) -> None:
        """Ask why, and do it with that reason."""
        ReasonService(
            self._desk, name, title, question, action, service, self, explanation=explanation
        ).open()

    def hand_over(self, service: Callable[[Context, int, int], Saved], what_goes: str) -> None:
        """Make an incident of the record shown, once that is confirmed, and open it. Nothing is typed again."""
        record = self.record
        if record is None or not self._desk.messages.confirm(
            f"Make an incident of this {self._noun}?",
            "Make an incident",
            "Go back",
            more=f"{what_goes} The {self._noun} is settled here. You complete the incident in the next step.",
        ):
            return
        ctx, number, version = self._desk.ctx, record.id, record.version

        def work(progress: Progress) -> Saved:
            return service(ctx, number, version)

        self._desk.tasks.run(self, work, self._handed_over, self.show_wrong, "Making the incident")

    def _handed_over(self, saved: Saved) -> None:
        self._desk.open_incident(saved.id)

    def go_on(self, kind: str, argument: object) -> None:
        if kind == "act" and isinstance(argument, str):
            self.act(argument)
        elif kind == "new_with":
            self.new(argument)

    def new(self, draft: Any = None) -> None:
        """An empty form, or one begun with ``draft``; a draft of one that was never saved is brought back."""
        self._given = draft
        self._load(0)
