"""The incident form: log it quickly, complete it later, with what the policy says beside it (section 4)."""

from __future__ import annotations

from datetime import datetime
from functools import partial

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QDragEnterEvent, QDropEvent, QHideEvent, QShowEvent
from PySide6.QtWidgets import QWidget

from smdesk.errors import Conflict, Invalid, NotFound, SmdeskError
from smdesk.policy.vocabulary import Conduct, Step
from smdesk.services.context import Changes
from smdesk.services.incident_records import IncidentDraft, IncidentRecord
from smdesk.ui.desk import Desk
from smdesk.ui.draft_keeper import DraftKeeper, Write
from smdesk.ui.events import touches
from smdesk.ui.messages import Choice
from smdesk.ui.pages.incidents import loading
from smdesk.ui.pages.incidents.draft_json import Typed
from smdesk.ui.pages.incidents.evidence_intake import EvidenceIntake
from smdesk.ui.pages.incidents.form_view import FormView
from smdesk.ui.pages.incidents.handover import hand_over_meant
from smdesk.ui.pages.incidents.live_advice import LiveAdvice
from smdesk.ui.pages.incidents.loading import Opened, SavedForm
from smdesk.ui.pages.incidents.record_actions import RecordActions
from smdesk.ui.pages.incidents.step_actions import Situation
from smdesk.ui.tasks import Progress
from smdesk.ui.widgets import paste, pending
from smdesk.ui.widgets.dialogs import MINE, THEIRS, ConflictDialog
from smdesk.ui.widgets.pending import Pending
from smdesk.ui.words import clock_time


class IncidentForm(FormView):
    """One incident, new or opened. Nothing in it waits: reading and writing go through ``desk.tasks``."""

    saved = Signal(object)
    """Carries ``Saved`` after the incident was stored."""
    closed = Signal()
    """The form is done with: nothing in it is unsaved."""
    opened = Signal()
    """What was asked for is on screen."""

    def __init__(self, desk: Desk, parent: QWidget | None = None) -> None:
        super().__init__(desk, parent)
        self._wanted = 0
        self._shown = -1
        self._data: Opened | None = None
        self._base: Typed | None = None
        self._version: int | None = None
        self._saving = False
        self._just_saved = False
        self._ready = False
        self._next: tuple[str, object] | None = None
        self._conflict: ConflictDialog | None = None

        self.draft_bar.add("Throw the draft awa&y", "incident_draft_discard", self.discard)
        self.elsewhere.add("Show it anew", "incident_elsewhere_reload", self._reload_pressed)
        self.header.save.clicked.connect(self.save)
        self.keeper = DraftKeeper(desk, loading.forget_draft, self)
        self.actions = RecordActions(desk, self.header, self.advice, self)
        self.intake = EvidenceIntake(desk, self.strip, self.keeper, self)
        self.live = LiveAdvice(desk, self.advice, self)
        self._listen()
        self._enable()

    # What the page calls

    def new(self) -> None:
        """An empty form; a draft of one that was never saved is brought back."""
        self._load(0)

    def open(self, incident_id: int) -> None:
        """Show this incident; a draft of changes to it is brought back."""
        self._load(incident_id)

    def unsaved(self) -> bool:
        """True while something typed, or a picture, is not saved."""
        if not self._ready or self._base is None:
            return False
        return bool(self.strip.waiting) or self.fields.typed() != self._base

    def save_draft(self) -> None:
        """Keep what is typed before this returns; asks nothing."""
        if self.unsaved():
            waiting = partial(pending.remember, form=loading.WAITING, waiting=self.strip.waiting)
            self._kept(self.keeper.keep_now(self._object_id, self._keeping(), waiting))

    def restore_draft(self) -> None:
        """Read the form anew with the draft that is kept of it."""
        self._load(self._object_id)

    def may_leave(self, then: tuple[str, object] = ("close", None)) -> bool:
        """True when nothing is lost by leaving now. Otherwise asks: save, keep as a draft, discard, or stay.

        After "Save" the answer is False for the moment; once saved, ``then`` follows: ("close", None) emits
        ``closed``, ("open", id) and ("new", None) go on to another record.
        """
        if not self.unsaved():
            return True
        answer = self._desk.messages.choose(
            "What you typed in this incident is not saved yet.",
            (
                Choice("save", "Save it"),
                Choice("draft", "Keep it as a draft"),
                Choice("discard", "Throw it away", danger=True),
                Choice("stay", "Go on typing"),
            ),
            more="A draft is brought back when you open the incident again. Nobody else can see it.",
            cancel="stay",
            default="save",
        )
        if answer == "save":
            self._next = then
            self.save()
            return False
        if answer == "draft":
            self.save_draft()
            self._ready = False
            return True
        if answer == "discard":
            self.keeper.forget_now(self._object_id)
            self._ready = False
            return True
        return False

    @property
    def incident_id(self) -> int:
        """The incident shown; 0 for one that is not saved yet."""
        return self._object_id

    @property
    def record(self) -> IncidentRecord | None:
        """The incident as last read from the records."""
        return self._data.record if self._data is not None else None

    # Opening

    @property
    def _object_id(self) -> int:
        return self.record.id if self.record is not None else 0

    def _load(self, incident_id: int, *, with_draft: bool = True) -> None:
        self._wanted = incident_id
        self._just_saved = False
        self._ready = False
        self.keeper.stop()
        self.intake.aim(None)
        ctx = self._desk.ctx

        def work(progress: Progress) -> tuple[Opened, bool]:
            return loading.load(ctx, incident_id), with_draft

        # Not ``latest``: opening a confidential record writes that it was opened.
        self._desk.tasks.run(self, work, self._loaded, self._not_loaded, title="Opening the incident")

    def _loaded(self, result: tuple[Opened, bool]) -> None:
        found, with_draft = result
        if (found.record.id if found.record is not None else 0) != self._wanted:
            return
        self._data = found
        self.problems.clear()
        self.elsewhere.hide()
        self.draft_bar.hide()
        self.header.note.setText("")
        record = found.record
        self.header.show_record(record)
        if record is not None and record.masked:
            self.masked.show_record(record)
            self._stack.setCurrentWidget(self.masked)
            self._base = None
            self._enable()
            self.opened.emit()
            return
        self._stack.setCurrentWidget(self._editor)
        self.fields.offer(found.lists)
        saved = record.draft if record is not None else IncidentDraft(received_at=self._desk.ctx.now())
        references = dict(record.linked_references) if record is not None else {}
        self.fields.show_draft(saved, references.items(), record is not None)
        self._base = self.fields.typed()
        self._version = record.version if record is not None else None
        waiting: tuple[Pending, ...] = ()
        if with_draft and found.kept is not None:
            waiting = found.kept.pending
            self._bring_back(found.kept, references)
        self.intake.aim(self._object_id, waiting)
        self.show_parts(found, waiting)
        self.fields.set_read_only(record is not None and not record.editable)
        if self._shown != (record.id if record is not None else 0):
            self._shown = record.id if record is not None else 0
            self.fields.more.open_up(record is not None)
            self.tabs.setCurrentIndex(0)
        self._ready = True
        self._enable()
        self._ask_advice()
        self.opened.emit()

    def _bring_back(self, kept: loading.KeptDraft, references: dict[int, str]) -> None:
        known = {**references, **dict(kept.references)}
        draft = kept.draft
        links = [(each, known.get(each, "an incident")) for each in draft.linked]
        if kept.kept_at is not None:
            self.fields.show_draft(draft, links, self.record is not None)
            if kept.half is not None:
                self.fields.show_half_typed(kept.half)
        if self.fields.typed() == self._base and not kept.pending:
            return
        # Saved over the version it was typed against, so that a colleague's later save is noticed.
        self._version = kept.version if kept.version is not None else self._version
        when = clock_time(kept.kept_at, self._desk.ctx.now()) if kept.kept_at is not None else "before"
        self.draft_bar.say(f"Your unsaved draft from {when} was brought back.")

    def _not_loaded(self, error: SmdeskError) -> None:
        self._base = None
        self._next = None
        if self._just_saved and isinstance(error, NotFound):
            self._desk.messages.info("Saved. Only those it is restricted to can open it from now on.")
        else:
            self._desk.messages.error(error)
        self.closed.emit()

    # Typing

    def _touched(self) -> None:
        if not self._ready:
            return
        self._watch_imagery()
        self.live.touch()
        self.keeper.touch()
        self._enable()

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

    def _draft_due(self) -> None:
        if self.unsaved():
            self.keeper.keep(self._object_id, self._keeping())
        elif self._ready and self._base is not None:
            self.keeper.forget(self._object_id)
            self.header.note.setText("")

    def _kept(self, at: datetime) -> None:
        if self.unsaved():
            self.header.note.setText(f"Draft kept {clock_time(at, self._desk.ctx.now())}")

    def _not_kept(self, error: SmdeskError) -> None:
        self.header.note.setText("The draft could not be kept: save soon.")

    def _keeping(self) -> Write:
        typed, links = self.fields.typed(), self.fields.more.linked.references()
        return partial(loading.keep_draft, typed=typed, version=self._version, references=links)

    def discard(self) -> None:
        """Throw away what is typed and show the record as it is saved."""
        self.keeper.forget(self._object_id)
        self._load(self._object_id, with_draft=False)

    # Advice

    def _ask_advice(self) -> None:
        if self._ready and self._data is not None:
            data = self._data
            self.live.ask(data.record, data.lists.nation, self.fields.rough_draft(), data.timeline)

    def situation(self) -> Situation | None:
        """What an action needs to know; None while the incident is not saved."""
        if self._data is None or self._data.record is None:
            return None
        return Situation(self._data.record, self.advice.view, self._data.letters)

    def act(self, wanted: tuple[str, Step | None]) -> None:
        """Do something to the saved incident; what is typed is saved first."""
        if not self._ready:
            return
        if self.unsaved() or self.record is None:
            self._next = ("act", wanted)
            self.save()
            return
        situation = self.situation()
        if situation is not None:
            self.actions.do(*wanted, situation)

    # Saving

    def save(self) -> None:
        """Save (Ctrl+S). What is wrong is said above the form, with the keyboard in the first field at fault."""
        if self._saving or not self._ready or not (self.record is None or self.record.editable):
            return
        self.problems.clear()
        try:
            draft = self.fields.draft()
        except Invalid as error:
            self._not_saved(error)
            return
        if not hand_over_meant(self._desk, self.record, draft):
            self._next = None
            return
        self._store(draft, self._version)

    def _store(self, draft: IncidentDraft, version: int | None) -> None:
        self._saving = True
        self._enable()
        self.keeper.stop()
        ctx, incident_id = self._desk.ctx, self._object_id or None
        waiting, forget = self.strip.waiting, self.keeper.forgetting()

        def work(progress: Progress) -> SavedForm:
            return loading.save(ctx, draft, incident_id, version, waiting, forget)

        self._desk.tasks.run(
            self, work, self._have_saved, self._not_saved, title="Saving the incident", ended=self._save_ended
        )

    def _have_saved(self, result: SavedForm) -> None:
        failures = result.failures
        self._base = None
        self._ready = False
        self.header.note.setText("Saved")
        self.saved.emit(result.saved)
        if failures:
            self._desk.messages.warning(
                "The incident is saved, but not everything that waited with it could be kept.",
                more="\n".join(f"{piece.name}: {sentence}" for piece, sentence in failures),
            )
        if self._next is not None and self._next[0] != "act":
            self._follow()
        else:
            self._load(result.saved.id, with_draft=False)
            self._just_saved = True

    def _follow(self) -> None:
        then, self._next = self._next, None
        if then is None:
            return
        kind, argument = then
        if kind == "close":
            self.closed.emit()
        elif kind == "open" and isinstance(argument, int):
            self.open(argument)
        elif kind == "new":
            self.new()
        elif kind == "act" and isinstance(argument, tuple):
            self.act(argument)

    def _now_open(self) -> None:
        if self._next is not None and self._next[0] == "act":
            self._follow()

    def _not_saved(self, error: SmdeskError) -> None:
        self._next = None
        self.keeper.touch()
        if isinstance(error, Conflict):
            self._conflict = ConflictDialog(error, self)
            self._conflict.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
            self._conflict.setProperty("version", error.current_version)
            self._conflict.finished.connect(self._conflict_answered)
            self._conflict.open()
            return
        self.tabs.setCurrentIndex(0)
        if isinstance(error, Invalid) and any(self.fields.is_in_more(each.field) for each in error.problems):
            self.fields.more.open_up()
        self.problems.show_problems(error, self.fields.fields())
        self.bring_into_view(self.focusWidget())

    def _conflict_answered(self) -> None:
        dialog, self._conflict = self._conflict, None
        if dialog is None:
            return
        if dialog.choice == MINE:
            self._version = int(dialog.property("version"))
            self.save()
        elif dialog.choice == THEIRS:
            self.discard()

    def _save_ended(self) -> None:
        self._saving = False
        self._enable()

    # Evidence

    def _waiting_changed(self) -> None:
        self.keeper.touch()
        self._enable()

    def _print(self) -> None:
        self.actions.ask("print")

    def _withhold(self) -> None:
        self.actions.ask("withhold")

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        if paste.offered(event.mimeData()):
            event.acceptProposedAction()

    def dropEvent(self, event: QDropEvent) -> None:
        found = paste.offered(event.mimeData())
        if found:
            event.acceptProposedAction()
            self.intake.take(found)

    # Others change it too

    def _changed(self, changes: Changes) -> None:
        if self.record is None or not self._ready or self._saving:
            return
        if touches(changes, "incident", self._object_id):
            ctx, incident_id = self._desk.ctx, self._object_id

            def work(progress: Progress) -> Opened:
                return loading.load(ctx, incident_id)

            # Not ``latest``: reading a confidential record writes that it was read.
            self._desk.tasks.run(self, work, self._refreshed, self._refresh_failed)

    def _refreshed(self, found: Opened) -> None:
        record = found.record
        if record is None or not self._ready or record.id != self._object_id or self._data is None:
            return
        mine = self._version
        if record.masked or (record.version != mine and not self.unsaved()):
            self._loaded((found, False))
            return
        self._data = found
        self.show_parts(found, self.strip.waiting)
        self._enable()
        self._ask_advice()
        if record.version != mine:
            self.elsewhere.say(
                "Somebody else changed this incident. Your typing is untouched; when you save, you are shown "
                "what differs and choose."
            )

    def _refresh_failed(self, error: SmdeskError) -> None:
        if isinstance(error, NotFound):
            self._ready = False
        self._desk.messages.error(error)

    def _reload_pressed(self) -> None:
        if self._desk.messages.confirm(
            "Show the incident as it is saved now?", "Drop what I typed", "Go on typing", danger=True
        ):
            self.discard()

    # Frame

    def _enable(self) -> None:
        record = self.record
        editable = self._stack.currentWidget() is self._editor and (record is None or record.editable)
        self.header.save.setVisible(editable)
        self.header.save.setEnabled(self._ready and not self._saving and (record is None or self.unsaved()))
        self.actions.enable(record, new=self._ready)

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self.live.run_clock(True)

    def hideEvent(self, event: QHideEvent) -> None:
        super().hideEvent(event)
        self.live.run_clock(False)

    def _listen(self) -> None:
        self.fields.changed.connect(self._touched)
        self.live.due.connect(self._ask_advice)
        self.keeper.due.connect(self._draft_due)
        self.keeper.kept.connect(self._kept)
        self.keeper.failed.connect(self._not_kept)
        self.intake.waiting_changed.connect(self._waiting_changed)
        self.intake.taken.connect(self.header.note.setText)
        self.strip.withhold_wanted.connect(self._withhold)
        self.timeline.print_wanted.connect(self._print)
        self.actions.wanted.connect(self.act)
        self.opened.connect(self._now_open)
        self._desk.events.changed.connect(self._changed)
