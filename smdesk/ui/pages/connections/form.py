"""The form of a declaration: two people, what is between them, what the policy says, and what was decided (CON-2)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import partial

from PySide6.QtCore import QTimer
from PySide6.QtGui import QHideEvent, QKeySequence, QShortcut
from PySide6.QtWidgets import QWidget

from smdesk.errors import Conflict, Invalid, NotFound, SmdeskError
from smdesk.security.permissions import Permission, Sight, may_see_exception
from smdesk.services.connection_records import DeclarationDraft, ExceptionRecord, ExceptionStatus
from smdesk.services.context import Changes, Saved
from smdesk.services.people_records import PersonHit
from smdesk.ui.desk import Desk
from smdesk.ui.draft_keeper import Write
from smdesk.ui.events import touches
from smdesk.ui.pages.connections import loading
from smdesk.ui.pages.connections.actions import RecordActions
from smdesk.ui.pages.connections.form_view import DECISIONS, DETAILS, FILES, LETTERS, FormView
from smdesk.ui.pages.connections.loading import KeptDraft, Opened, Supersedes, Words
from smdesk.ui.pages.connections.words import tone
from smdesk.ui.tasks import Progress
from smdesk.ui.widgets.file_intake import FileIntake
from smdesk.ui.widgets.pending import Pending, SavedForm
from smdesk.ui.words import moment_in_words

PAUSE_MS = 300
_STANDS = (
    ExceptionStatus.DECLARED,
    ExceptionStatus.AWAITING,
    ExceptionStatus.MORE_WANTED,
    ExceptionStatus.APPROVED,
)
"""A record that stands so is said at once when the same two are declared again."""


class ExceptionForm(FormView):
    """One declaration, new or opened."""

    def __init__(self, desk: Desk, parent: QWidget | None = None) -> None:
        super().__init__(desk, parent)
        self._shown = -1
        self._supersedes: Supersedes | None = None
        self._begun_for: Supersedes | None = None
        self._given: tuple[DeclarationDraft, dict[int, PersonHit], Supersedes | None] | None = None
        self._fill_dates = False
        self.actions = RecordActions(desk, self.header, self)
        self.intake = FileIntake(
            desk, self.strip, self.keeper, self, kept_as=self.kept_as, add=loading.add_files, thing="file"
        )
        self._pause = QTimer(self)
        self._pause.setObjectName("exception_pause")
        self._pause.setSingleShot(True)
        self._pause.setInterval(PAUSE_MS)
        self._pause.timeout.connect(self._ask_words)
        self._listen()
        self._enable()

    # What the page calls

    def new(self, draft: DeclarationDraft | None = None, supersedes: Supersedes | None = None) -> None:
        """An empty form, or one begun with ``draft``; a draft of one that was never saved is brought back."""
        self._given = None
        if draft is None:
            self._load(0)
            return
        ctx, given = self._desk.ctx, draft

        def work(progress: Progress) -> tuple[DeclarationDraft, dict[int, PersonHit]]:
            return given, loading.named_in(ctx, given)

        self._begun_for = supersedes
        self._desk.tasks.run(self, work, self._begin, self._failed, "Opening the declaration")

    def declare_anew(self, exception_id: int) -> None:
        """A new declaration in place of a decided one."""
        record = self.record
        if record is None or record.id != exception_id:
            return
        ctx, supersedes = self._desk.ctx, (record.id, record.reference)

        def work(progress: Progress) -> tuple[DeclarationDraft, dict[int, PersonHit]]:
            draft = loading.successor(ctx, exception_id)
            return draft, loading.named_in(ctx, draft)

        self._begun_for = supersedes
        self._desk.tasks.run(self, work, self._begin, self._failed, "Declaring anew")

    def _begin(self, result: tuple[DeclarationDraft, dict[int, PersonHit]]) -> None:
        self._given = (*result, self._begun_for)
        self._load(0)

    # Opening

    def reading(self, record_id: int) -> Callable[[], Opened]:
        return partial(loading.load, self._desk.ctx, record_id)

    def show_masked(self, record: ExceptionRecord) -> None:
        self._show_head(record)
        state = record.status_words.lower()
        self.masked.say(
            f"You recorded {record.reference} on {moment_in_words(record.recorded_at)}. It stands so: {state}.\n\n"
            "Only those it is restricted to can open it. If you know something more about it, tell the headteacher "
            "or the designated safeguarding lead."
        )
        self.show_editor(False)

    def show_saved(self, found: Opened) -> None:
        record = found.record
        self.show_editor(True)
        self.fields.offer(found.platforms, found.also_called)
        given, self._given = self._given, None
        self._supersedes = None
        if record is not None:
            self.fields.show_draft(record.draft, found.people)
        elif given is not None:
            self._supersedes = given[2]
            self.fields.show_draft(given[0], given[1])
            if found.kept is not None and not self.drops_kept():
                self._supersedes = None
                self.fields.show_draft(self._empty(), {})
            elif found.kept is not None:
                self.data = replace(found, kept=None)
        else:
            self.fields.show_draft(self._empty(), {})
        self._show_head(record)
        self.show_already(None)
        self._protect(record)
        if self._shown != self.object_id:
            self._shown = self.object_id
            self.decisions.panel.clear()
            decides = record is not None and (
                (record.may_decide and record.status is ExceptionStatus.AWAITING) or bool(found.to_confirm)
            )
            self.tabs.setCurrentIndex(DECISIONS if decides else DETAILS)

    def _empty(self) -> DeclarationDraft:
        return DeclarationDraft(declared_on=self._desk.ctx.today())

    def show_kept(self, kept: KeptDraft) -> None:
        self._supersedes = kept.supersedes
        people = {**(self.data.people if self.data is not None else {}), **kept.people}
        self.fields.show_draft(kept.draft, people)
        self.fields.show_half_typed(kept.half)
        self._half_decision = dict(kept.decision)

    def _protect(self, record: ExceptionRecord | None) -> None:
        edits = loading.may(self._desk.ctx, Permission.CONNECTIONS_EDIT)
        facts = record is not None and not record.may_edit
        why = ""
        if record is not None and record.sealed and edits:
            why = "This is decided and does not change any more. If something is different now, declare it anew."
        elif facts and edits:
            why = "This was withdrawn. Bring it back to change it."
        self.fields.set_read_only(facts, not edits, why)

    def shown(self) -> None:
        if self._half_decision:
            held, self._half_decision = self._half_decision, {}
            self.decisions.panel.restore(held)
        self._ask_words()

    def show_parts(self, found: Opened, waiting: tuple[Pending, ...]) -> None:
        record = found.record
        edits = loading.may(self._desk.ctx, Permission.CONNECTIONS_EDIT)
        self._show_head(record)
        self.standing.show_record(
            found, self.actions.can, supersedes=self._supersedes[1] if self._supersedes is not None else ""
        )
        self.strip.show_files(record.files if record is not None else (), waiting, may_add=edits)
        self.decisions.show_record(record, found.to_confirm)
        self.letters.show_letters(self.object_id, found.letters, found.letter_choices)
        self.history.show_lines(record.history if record is not None else (), may_add=edits)
        self.count_parts(found)

    def _show_head(self, record: ExceptionRecord | None) -> None:
        header = self.header
        if record is None:
            header.title.setText("New declaration")
            header.status.hide()
            header.confidential.hide()
            header.summary.show_text("")
            return
        header.title.setText(record.reference)
        header.status.show()
        header.status.show_status(record.status_words, tone(record))
        header.confidential.setVisible(record.masked or record.draft.confidentiality != "normal")
        header.summary.show_text("" if record.masked else f"{record.adult_name} and {record.other_name}")

    # Typing

    def _touched(self) -> None:
        if self._ready:
            self._pause.start()
            self.touched()

    def _pair_changed(self) -> None:
        self._fill_dates = True

    def typed(self) -> object:
        return self.fields.typed()

    def keeping(self) -> Write:
        panel = self.decisions.panel
        return partial(
            loading.keep_draft,
            typed=self.fields.typed(),
            version=self._version,
            supersedes=self._supersedes,
            decision=panel.typed() if panel.unsaved() else {},
        )

    def waiting(self) -> tuple[Pending, ...]:
        return self.strip.waiting

    @property
    def kept_as(self) -> str:
        return loading.WAITING

    # The words beside the fields

    def _ask_words(self) -> None:
        self._pause.stop()
        if not self._ready or self.data is None:
            return
        ctx, draft, number = self._desk.ctx, self.fields.rough_draft(), self.object_id

        def work(progress: Progress) -> Words:
            return loading.words(ctx, draft, number)

        self._desk.tasks.latest(self, "words", work, self._have_words, self._no_words)

    def _have_words(self, words: Words) -> None:
        if self._fill_dates and words.pair == self.fields.pair:
            self._fill_dates = False
            before = self.fields.rough_draft()
            self.fields.fill_joined(*words.joined)
            if self.fields.rough_draft() != before:
                self._ask_words()
                return
        self.standing.show_words(words)
        standing = words.between if self.record is None and self._supersedes is None else ()
        self.show_already(next((row for row in standing if row.status in _STANDS), None))
        self.fields.show_timeliness(words.timeliness, words.timeliness_words)

    def _no_words(self, error: SmdeskError) -> None:
        self.standing.ruling.setText(str(error))

    # Saving

    def editable(self) -> bool:
        if not self.editor_shown:
            return False
        return loading.may(self._desk.ctx, Permission.CONNECTIONS_EDIT)

    def draft(self) -> DeclarationDraft:
        return self.fields.draft()

    def meant(self, draft: DeclarationDraft) -> bool:
        record, user = self.record, self._desk.ctx.user
        if record is not None and record.draft.confidentiality is draft.confidentiality:
            return True
        concerned = record is not None and record.headteacher_concerned
        sight = may_see_exception(
            user.roles, draft.confidentiality, recorded_by_me=True, headteacher_concerned=concerned
        )
        if sight is Sight.FULL:
            return True
        return self._desk.messages.confirm(
            "After saving, you can no longer open this declaration.",
            "Save and hand it over",
            "Go back",
            more="It is marked as confidential: only the headteacher and the DSL will see what is in it. Whoever "
            "recorded it still sees that it exists. Make sure everything you know is in it, and tell one of them.",
        )

    def writing(self, draft: DeclarationDraft, version: int | None) -> Callable[[], SavedForm]:
        return partial(
            loading.save,
            self._desk.ctx,
            draft,
            self.object_id or None,
            version,
            self._supersedes[0] if self._supersedes is not None else None,
            self.strip.waiting,
            self.keeper.forgetting(),
        )

    def show_wrong(self, error: SmdeskError) -> None:
        if isinstance(error, Invalid):
            self.tabs.setCurrentIndex(DETAILS)
        self.problems.show_problems(error, self.fields.fields())
        self.bring_into_view(self.focusWidget())

    # Doing

    def act(self, what: str) -> None:
        """Do something to the saved declaration; what is typed is saved first."""
        if not self._ready or self.record is None:
            return
        self.problems.clear()
        if self.fields_unsaved() and self.editable():
            self._next = ("act", what)
            self.save()
            return
        self.actions.do(what, self.record)

    def go_on(self, kind: str, argument: object) -> None:
        if kind == "act" and isinstance(argument, str):
            self.act(argument)
        elif kind == "new_with" and isinstance(argument, DeclarationDraft):
            self.new(argument)

    def _elsewhere(self, what: str, argument: object) -> None:
        if what == "wrong" and isinstance(argument, SmdeskError):
            self._failed(argument)
        elif what == "open" and isinstance(argument, int):
            self.go_to(argument)
        elif what == "confirm":
            self.tabs.setCurrentIndex(DECISIONS)
            self.decisions.put_keyboard()
        elif what == "decide":
            self.tabs.setCurrentIndex(DECISIONS)
            self.decisions.panel.put_keyboard()
        elif what == "letters":
            self.tabs.setCurrentIndex(LETTERS)
            self.letters.put_keyboard()
        elif what == "anew" and isinstance(argument, int):
            self.declare_anew(argument)

    def _failed(self, error: SmdeskError) -> None:
        """Something could not be done. What is missing is marked at its field, as after saving."""
        if isinstance(error, Conflict):
            self._desk.messages.error(error)
            self._load(self.object_id)
        elif isinstance(error, NotFound):
            self._desk.messages.error(error)
        else:
            self.show_wrong(error)

    def _decided(self, saved: Saved) -> None:
        self.keeper.forget(self.object_id)
        self.header.note.setText("Signed")
        self.saved.emit(saved)

    def _outdated(self, exception_id: int) -> None:
        if exception_id == self.object_id:
            self._changed(frozenset({("exception", exception_id)}))

    def _show_file(self, file_id: int) -> None:
        self.tabs.setCurrentIndex(FILES)
        self.strip.choose_file(file_id)
        self.strip.table.setFocus()

    def _show_decision(self, decision_id: int) -> None:
        self.tabs.setCurrentIndex(DECISIONS)
        self.decisions.bring(decision_id)

    def _question(self, question_id: int) -> None:
        from smdesk.ui.pages.connections.question_dialog import QuestionDialog

        QuestionDialog(self._desk, question_id, self).open()

    def _note(self) -> None:
        self.act("note")

    def _changed(self, changes: Changes) -> None:
        super()._changed(changes)
        # A question or a letter of it is told with the exception's own change; a person's with theirs.
        if self._ready and self.record is not None and touches(changes, "person"):
            draft = self.record.draft
            if any(touches(changes, "person", each) for each in (draft.adult_id, draft.other_id) if each):
                self._outdated(self.object_id)

    # Frame

    def enable(self) -> None:
        masked = not self.editor_shown
        self.actions.enable(None if masked else self.record)

    def hideEvent(self, event: QHideEvent) -> None:
        super().hideEvent(event)
        self._pause.stop()

    def _listen(self) -> None:
        self.header.save.clicked.connect(self.save)
        self.fields.changed.connect(self._touched)
        self.fields.pair_changed.connect(self._pair_changed)
        self.intake.waiting_changed.connect(self.waiting_changed)
        self.intake.waiting_changed.connect(self.count_files)
        self.intake.taken.connect(self.header.note.setText)
        self.actions.wanted.connect(self.act)
        self.actions.elsewhere.connect(self._elsewhere)
        self.standing.action_wanted.connect(self.act)
        self.standing.record_wanted.connect(self.go_to)
        self.standing.incident_wanted.connect(self._desk.open_incident)
        self.standing.question_wanted.connect(self._question)
        self.decisions.panel.decided.connect(self._decided)
        self.decisions.panel.edited.connect(self._decision_edited)
        self.decisions.panel.outdated.connect(self._outdated)
        self.decisions.print_wanted.connect(self.actions.print_decision)
        self.decisions.scan_wanted.connect(self._show_file)
        self.letters.letter_wanted.connect(self._desk.open_letter)
        self.history.note_wanted.connect(self._note)
        self.history.letter_wanted.connect(self._desk.open_letter)
        self.history.decision_wanted.connect(self._show_decision)
        self.history.file_wanted.connect(self._show_file)
        for number in range(self.tabs.count()):
            keys = QShortcut(QKeySequence(f"Alt+{number + 1}"), self)
            keys.setProperty("place", number)
            keys.activated.connect(self._tab_keyed)

    def _tab_keyed(self) -> None:
        place = int(self.sender().property("place"))
        if self.tabs.isTabEnabled(place):
            self.tabs.setCurrentIndex(place)
            self.tabs.tabBar().setFocus()
