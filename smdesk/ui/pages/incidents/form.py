"""The incident form: log it quickly, complete it later, with what the policy says beside it (section 4)."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from PySide6.QtGui import QHideEvent, QShowEvent
from PySide6.QtWidgets import QWidget

from smdesk.errors import Invalid, SmdeskError
from smdesk.policy.vocabulary import Conduct, Step
from smdesk.services.incident_records import IncidentDraft, IncidentRecord
from smdesk.ui.desk import Desk
from smdesk.ui.draft_keeper import Write
from smdesk.ui.pages.incidents import form_parts, loading
from smdesk.ui.pages.incidents.form_view import FormView
from smdesk.ui.pages.incidents.handover import hand_over_meant
from smdesk.ui.pages.incidents.live_advice import LiveAdvice
from smdesk.ui.pages.incidents.loading import KeptDraft, Opened
from smdesk.ui.pages.incidents.record_actions import RecordActions
from smdesk.ui.pages.incidents.step_actions import Situation
from smdesk.ui.widgets.file_intake import FileIntake
from smdesk.ui.widgets.pending import Pending, SavedForm


class IncidentForm(FormView):
    """One incident, new or opened."""

    def __init__(self, desk: Desk, parent: QWidget | None = None) -> None:
        super().__init__(desk, parent)
        self._shown = -1
        self._given: IncidentDraft | None = None
        self.header.save.clicked.connect(self.save)
        self.actions = RecordActions(desk, self.header, self.advice, self)
        self.intake = FileIntake(
            desk,
            self.strip,
            self.keeper,
            self,
            kept_as=self.kept_as,
            add=loading.add_evidence,
            thing="piece of evidence",
            things="pieces of evidence",
        )
        self.live = LiveAdvice(desk, self.advice, self)
        self._listen()
        self._enable()

    def new(self, draft: IncidentDraft | None = None) -> None:
        """An empty form, or one begun with ``draft``; a draft of one that was never saved is brought back."""
        self._given = draft
        self._load(0)

    @property
    def incident_id(self) -> int:
        """The incident shown; 0 for one that is not saved yet."""
        return self.object_id

    # Opening

    def reading(self, record_id: int) -> Callable[[], Opened]:
        return partial(loading.load, self._desk.ctx, record_id)

    def show_masked(self, record: IncidentRecord) -> None:
        self.header.show_record(record)
        self.masked.say(form_parts.masked_words(record))
        self.show_editor(False)

    def show_saved(self, found: Opened) -> None:
        record = found.record
        self.header.show_record(record)
        self.show_editor(True)
        self.fields.offer(found.lists)
        saved = record.draft if record is not None else IncidentDraft(received_at=self._desk.ctx.now())
        references = dict(record.linked_references) if record is not None else {}
        self.fields.show_draft(saved, references.items(), record is not None)
        self.fields.set_read_only(record is not None and not record.editable)
        if self._shown != self.object_id:
            self._shown = self.object_id
            self.fields.more.open_up(record is not None)
            self.tabs.setCurrentIndex(0)

    def show_kept(self, kept: KeptDraft) -> None:
        references = dict(self.record.linked_references) if self.record is not None else {}
        known = {**references, **dict(kept.references)}
        links = [(each, known.get(each, "an incident")) for each in kept.draft.linked]
        self.fields.show_draft(kept.draft, links, self.record is not None)
        if kept.half is not None:
            self.fields.show_half_typed(kept.half)

    def shown(self) -> None:
        given, self._given = self._given, None
        if given is not None and self.record is None and (not self.unsaved() or self.drops_kept()):
            self.intake.set_waiting(())
            # Put in after what is saved, which is nothing: so it counts as typed, and is kept as a draft.
            self.draft_bar.hide()
            self.fields.show_draft(given, (), False)
            self.fields.more.open_up()
            self.touched()
        self._ask_advice()

    # Typing

    def _touched(self) -> None:
        if not self._ready:
            return
        self._watch_imagery()
        self.live.touch()
        self.touched()

    def _watch_imagery(self) -> None:
        """Nothing that waits may be kept once the incident is marked as imagery of a child (INC-6)."""
        on = Conduct.SEXUAL_IMAGERY_OF_CHILD in self.fields.conduct.value()
        if on and self.strip.waiting:
            gone = self._desk.messages.confirm(
                "You ticked sexual imagery of a child. The pictures and files that wait here must not be kept.",
                "Take them out now",
                "I ticked it by mistake",
                more="Nothing of them stays in SM Desk. The original is not touched: tell the DSL.",
            )
            if gone:
                self.intake.set_waiting(())
            else:
                kept = tuple(
                    each
                    for each in self.fields.conduct.value()
                    if each is not Conduct.SEXUAL_IMAGERY_OF_CHILD
                )
                self.fields.conduct.set_value(kept)
                on = False
        self.strip.set_imagery(on)

    def typed(self) -> object:
        return self.fields.typed()

    def keeping(self) -> Write:
        typed, links = self.fields.typed(), self.fields.more.linked.references()
        return partial(loading.keep_draft, typed=typed, version=self._version, references=links)

    def waiting(self) -> tuple[Pending, ...]:
        return self.strip.waiting

    @property
    def kept_as(self) -> str:
        return loading.WAITING

    # Advice

    def _ask_advice(self) -> None:
        if self._ready and self.data is not None:
            data = self.data
            self.live.ask(data.record, data.lists.nation, self.fields.rough_draft(), data.timeline)

    def situation(self) -> Situation | None:
        """What an action needs to know; None while the incident is not saved."""
        if self.record is None:
            return None
        return Situation(self.record, self.advice.view, self.data.letters)

    def act(self, wanted: tuple[str, Step | None]) -> None:
        """Do something to the saved incident; what is typed is saved first."""
        if not self._ready or self.save_then("act", wanted):
            return
        situation = self.situation()
        if situation is not None:
            self.actions.do(*wanted, situation)

    def go_on(self, kind: str, argument: object) -> None:
        if kind == "act" and isinstance(argument, tuple):
            self.act(argument)
        elif kind == "new_with" and isinstance(argument, IncidentDraft):
            self.new(argument)

    # Saving

    def editable(self) -> bool:
        return self.editor_shown and (self.record is None or self.record.editable)

    def draft(self) -> IncidentDraft:
        return self.fields.draft()

    def meant(self, draft: IncidentDraft) -> bool:
        return hand_over_meant(self._desk, self.record, draft)

    def writing(self, draft: IncidentDraft, version: int | None) -> Callable[[], SavedForm]:
        return partial(
            loading.save,
            self._desk.ctx,
            draft,
            self.object_id or None,
            version,
            self.strip.waiting,
            self.keeper.forgetting(),
        )

    def show_wrong(self, error: SmdeskError) -> None:
        self.tabs.setCurrentIndex(0)
        if isinstance(error, Invalid) and any(self.fields.is_in_more(each.field) for each in error.problems):
            self.fields.more.open_up()
        self.problems.show_problems(error, self.fields.fields())
        self.bring_into_view(self.focusWidget())

    # Frame

    def _print(self) -> None:
        self.actions.ask("print")

    def _withhold(self) -> None:
        self.actions.ask("withhold")

    def enable(self) -> None:
        self.actions.enable(self.record, new=self._ready)

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self.live.run_clock(True)

    def hideEvent(self, event: QHideEvent) -> None:
        super().hideEvent(event)
        self.live.run_clock(False)

    def _listen(self) -> None:
        self.fields.changed.connect(self._touched)
        self.live.due.connect(self._ask_advice)
        self.intake.waiting_changed.connect(self.waiting_changed)
        self.intake.taken.connect(self.header.note.setText)
        self.strip.withhold_wanted.connect(self._withhold)
        self.timeline.print_wanted.connect(self._print)
        self.advice.exception_wanted.connect(self._desk.open_exception)
        self.actions.wanted.connect(self.act)
