"""What every form of a record does: opens off the window's thread, keeps drafts, saves, asks before anything typed is
lost, and lets the person choose where somebody else saved first. The fields are the form's own.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from functools import partial
from typing import Any

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QDragEnterEvent, QDropEvent
from PySide6.QtWidgets import QWidget

from smdesk.errors import Conflict, Invalid, NotFound, SmdeskError
from smdesk.services.context import Changes
from smdesk.ui.desk import Desk
from smdesk.ui.draft_keeper import DraftKeeper, Write
from smdesk.ui.events import touches
from smdesk.ui.tasks import Progress
from smdesk.ui.widgets import paste, pending
from smdesk.ui.widgets.bars import Bar, RecordHeader
from smdesk.ui.widgets.dialogs import MINE, THEIRS, ConflictDialog, about_unsaved
from smdesk.ui.widgets.file_intake import FileIntake
from smdesk.ui.widgets.pending import Pending, SavedForm
from smdesk.ui.widgets.problem_bar import ProblemBar
from smdesk.ui.words import clock_time

Next = tuple[str, object]
"""What follows a save: ("close", None), ("open", id), ("new", None) or something of the form's own."""


class RecordForm(QWidget):
    """One record, new or opened. Nothing in it waits: reading and writing go through ``desk.tasks``.

    A form gives the methods of the section "What each form says for itself", ``header`` and, where files belong to
    the record, ``intake``. What it opens (``data``) has a ``record`` (None: a new one; with ``id``, ``version`` and
    ``masked``) and ``kept``, the draft of it or None (with ``version``, ``kept_at`` and ``pending``).
    """

    saved = Signal(object)
    """Carries ``Saved`` after the record was stored."""
    closed = Signal()
    """The form is done with: nothing in it is unsaved."""
    opened = Signal()
    """What was asked for is on screen."""

    header: RecordHeader
    intake: FileIntake | None = None
    """Takes files for the record; a form without one keeps none."""

    def __init__(
        self, desk: Desk, name: str, noun: str, kind: str, forget: Write, parent: QWidget | None = None
    ) -> None:
        """``name`` begins the object names, ``noun`` is what the person calls the record, ``kind`` what changes of it
        are told as, ``forget`` drops its drafts."""
        super().__init__(parent)
        self.setObjectName(f"{name}_form")
        self.setAccessibleName(noun.capitalize())
        self.setAcceptDrops(True)
        self._desk = desk
        self._noun = noun
        self._kind = kind
        self.data: Any = None
        self._wanted = 0
        self._base: object = None
        self._version: int | None = None
        self._saving = False
        self._just_saved = False
        self._ready = False
        self._next: Next | None = None
        self._conflict: ConflictDialog | None = None
        self.problems = ProblemBar(f"{name}_problems", self)
        self.draft_bar = Bar(f"{name}_draft_bar", "info", self)
        self.draft_bar.add("Throw the draft awa&y", f"{name}_draft_discard", self.discard)
        self.elsewhere = Bar(f"{name}_elsewhere", "warning", self)
        self.elsewhere.add("Show it anew", f"{name}_elsewhere_reload", self._reload_pressed)
        self.keeper = DraftKeeper(desk, forget, self)
        self.keeper.due.connect(self._draft_due)
        self.keeper.kept.connect(self._kept)
        self.keeper.failed.connect(self._not_kept)
        self.opened.connect(self._now_open)
        desk.events.changed.connect(self._changed)

    # What each form says for itself

    def reading(self, record_id: int) -> Callable[[], Any]:
        """What a worker calls to read all that is shown of a record (0: a new one). Holds plain data only."""
        raise NotImplementedError

    def show_masked(self, record: Any) -> None:
        """Show what somebody sees who may only know that the record exists."""
        raise NotImplementedError

    def show_saved(self, found: Any) -> None:
        """Put what is saved into the fields."""
        raise NotImplementedError

    def show_kept(self, kept: Any) -> None:
        """Put a draft that was kept into the fields."""
        raise NotImplementedError

    def show_parts(self, found: Any, waiting: tuple[Pending, ...]) -> None:
        """Show everything around the fields; called again when somebody else changes the record."""
        raise NotImplementedError

    def shown(self) -> None:
        """The record is on screen and may be typed in."""

    def typed(self) -> object:
        """Everything in the fields, to be compared."""
        raise NotImplementedError

    def keeping(self) -> Write:
        """Keeps what stands in the fields as a draft."""
        raise NotImplementedError

    def waiting(self) -> tuple[Pending, ...]:
        """Files that wait for the record to be saved."""
        return ()

    @property
    def kept_as(self) -> str:
        """The name under which files that wait are kept."""
        raise NotImplementedError

    def draft(self) -> Any:
        """What is typed, to be saved. Raises Invalid for what cannot be read."""
        raise NotImplementedError

    def meant(self, draft: Any) -> bool:
        """Ask before something that cannot be taken back by the person who saves it. True: go on."""
        return True

    def writing(self, draft: Any, version: int | None) -> Callable[[], SavedForm]:
        """What a worker calls to save this over ``version``. Holds plain data only."""
        raise NotImplementedError

    def show_wrong(self, error: SmdeskError) -> None:
        """Show what is wrong, each at its field."""
        raise NotImplementedError

    def editable(self) -> bool:
        """Whether what is on screen may be typed in."""
        raise NotImplementedError

    def enable(self) -> None:
        """Offer what fits the record and the reader, besides saving it."""

    def go_on(self, kind: str, argument: object) -> None:
        """Something of the form's own that waited for a save."""

    # What the page calls

    def open(self, record_id: int) -> None:
        """Show this record; a draft of changes to it is brought back."""
        self._load(record_id)

    def unsaved(self) -> bool:
        """True while something typed, or a file, is not saved."""
        if not self._ready or self._base is None:
            return False
        return bool(self.waiting()) or self.typed() != self._base

    def save_draft(self) -> None:
        """Keep what is typed before this returns; asks nothing."""
        if self.unsaved():
            writes = [self.keeping()]
            if self.intake is not None:
                writes.append(partial(pending.remember, form=self.kept_as, waiting=self.waiting()))
            self._kept(self.keeper.keep_now(self.object_id, *writes))

    def restore_draft(self) -> None:
        """Read the form anew with the draft that is kept of it."""
        self._load(self.object_id)

    def may_leave(self, then: Next = ("close", None)) -> bool:
        """True when nothing is lost by leaving now. Otherwise asks: save, keep as a draft, discard, or stay.

        After "Save" the answer is False for the moment; once saved, ``then`` follows: ("close", None) emits
        ``closed``, ("open", id) and ("new", None) go on to another record.
        """
        if not self.unsaved():
            return True
        answer = about_unsaved(
            self._desk.messages,
            f"What you typed in this {self._noun} is not saved yet.",
            f"the {self._noun}",
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
            self.keeper.forget_now(self.object_id)
            self._ready = False
            return True
        return False

    @property
    def record(self) -> Any:
        """The record as last read; None for one not saved yet."""
        return self.data.record if self.data is not None else None

    @property
    def object_id(self) -> int:
        """The record shown; 0 for one that is not saved yet."""
        return self.record.id if self.record is not None else 0

    # Opening

    def _load(self, record_id: int, *, with_draft: bool = True) -> None:
        self._wanted = record_id
        self._just_saved = False
        self._ready = False
        self.keeper.stop()
        if self.intake is not None:
            self.intake.aim(None)
        read = self.reading(record_id)

        def work(progress: Progress) -> tuple[Any, bool]:
            return read(), with_draft

        # Not ``latest``: opening a confidential record writes that it was opened.
        self._desk.tasks.run(self, work, self._loaded, self._not_loaded, title=f"Opening the {self._noun}")

    def _loaded(self, result: tuple[Any, bool]) -> None:
        found, with_draft = result
        record = found.record
        if (record.id if record is not None else 0) != self._wanted:
            return
        self.data = found
        self.problems.clear()
        self.elsewhere.hide()
        self.draft_bar.hide()
        self.header.note.setText("")
        if record is not None and record.masked:
            self._base = None
            self.show_masked(record)
            self._enable()
            self.opened.emit()
            return
        self.show_saved(found)
        found = self.data  # a form may have asked whether the draft that is kept is still wanted
        self._base = self.typed()
        self._version = record.version if record is not None else None
        waiting: tuple[Pending, ...] = ()
        if with_draft and found.kept is not None:
            waiting = found.kept.pending
            self._bring_back(found.kept)
        if self.intake is not None:
            self.intake.aim(self.object_id, waiting)
        self.show_parts(found, waiting)
        self._ready = True
        self.shown()
        self._enable()
        self.opened.emit()

    def _bring_back(self, kept: Any) -> None:
        if kept.kept_at is not None:
            self.show_kept(kept)
        if self.typed() == self._base and not kept.pending:
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

    def drops_kept(self) -> bool:
        """Whether the draft of a new record that was kept gives way to another one. It is never thrown away unasked."""
        gone = self._desk.messages.confirm(
            f"A draft of another new {self._noun} waits here.",
            "Throw that draft away",
            "Go on with that draft",
            danger=True,
        )
        if gone:
            self.keeper.forget_now(0)
        return gone

    # Typing

    def touched(self) -> None:
        """Something was typed: it is kept soon."""
        self.keeper.touch()
        self._enable()

    def _draft_due(self) -> None:
        if self.unsaved():
            self.keeper.keep(self.object_id, self.keeping())
        elif self._ready and self._base is not None:
            self.keeper.forget(self.object_id)
            self.header.note.setText("")

    def _kept(self, at: datetime) -> None:
        if self.unsaved():
            self.header.note.setText(f"Draft kept {clock_time(at, self._desk.ctx.now())}")

    def _not_kept(self, error: SmdeskError) -> None:
        self.header.note.setText("The draft could not be kept: save soon.")

    def discard(self) -> None:
        """Throw away what is typed and show the record as it is saved."""
        self.keeper.forget(self.object_id)
        self._load(self.object_id, with_draft=False)

    # Saving

    def save(self) -> None:
        """Save (Ctrl+S). What is wrong is said above the form, with the keyboard in the first field at fault."""
        if self._saving or not self._ready or not self.editable():
            return
        self.problems.clear()
        try:
            draft = self.draft()
        except Invalid as error:
            self._not_saved(error)
            return
        if not self.meant(draft):
            self._next = None
            return
        self._store(draft, self._version)

    def save_then(self, kind: str, argument: object) -> bool:
        """Save what is typed first and ``go_on`` then. False: nothing is unsaved, go on at once."""
        if not self.unsaved() and self.record is not None:
            return False
        self._next = (kind, argument)
        self.save()
        return True

    def _store(self, draft: Any, version: int | None) -> None:
        self._saving = True
        self._enable()
        self.keeper.stop()
        write = self.writing(draft, version)

        def work(progress: Progress) -> SavedForm:
            return write()

        title = f"Saving the {self._noun}"
        self._desk.tasks.run(
            self, work, self._have_saved, self._not_saved, title=title, ended=self._save_ended
        )

    def _have_saved(self, result: SavedForm) -> None:
        self._base = None
        self._ready = False
        self.header.note.setText("Saved")
        self.saved.emit(result.saved)
        if result.failures:
            self._desk.messages.warning(
                f"The {self._noun} is saved, but not everything that waited with it could be kept.",
                more="\n".join(f"{piece.name}: {sentence}" for piece, sentence in result.failures),
            )
        if self._next is not None and self._next[0] in _AWAY:
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
            self._load(0)
        else:
            self.go_on(kind, argument)

    def _now_open(self) -> None:
        if self._next is not None and self._next[0] not in _AWAY:
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
        self.show_wrong(error)

    def _conflict_answered(self) -> None:
        dialog, self._conflict = self._conflict, None
        if dialog is None:
            return
        if dialog.choice == MINE:
            opened = self._version
            self._version = int(dialog.property("version"))
            self.save()
            # For this once: where it is refused, the question comes again, or no way would lead on to theirs.
            self._version = opened
        elif dialog.choice == THEIRS:
            self.discard()

    def _save_ended(self) -> None:
        self._saving = False
        self._enable()

    # Files

    def waiting_changed(self) -> None:
        """What waits for the first save is not what it was."""
        self.keeper.touch()
        self._enable()

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        if self.intake is not None and paste.offered(event.mimeData()):
            event.acceptProposedAction()

    def dropEvent(self, event: QDropEvent) -> None:
        found = paste.offered(event.mimeData())
        if found and self.intake is not None:
            event.acceptProposedAction()
            self.intake.take(found)

    # Others change it too

    def look_again(self) -> None:
        """Read the record anew: somebody else changed it. What is typed stays."""
        self._changed(frozenset({(self._kind, self.object_id)}))

    def _changed(self, changes: Changes) -> None:
        if self.record is None or not self._ready or self._saving:
            return
        if touches(changes, self._kind, self.object_id):
            read = self.reading(self.object_id)

            def work(progress: Progress) -> Any:
                return read()

            # Not ``latest``: reading a confidential record writes that it was read.
            self._desk.tasks.run(self, work, self._refreshed, self._refresh_failed)

    def _refreshed(self, found: Any) -> None:
        record = found.record
        if record is None or not self._ready or self.record is None or record.id != self.object_id:
            return
        mine = self._version
        if record.masked or (record.version != mine and not self.unsaved()):
            self._loaded((found, False))
            return
        self.data = found
        self.show_parts(found, self.waiting())
        self.shown()
        self._enable()
        if record.version != mine:
            self.elsewhere.say(
                f"Somebody else changed this {self._noun}. Your typing is untouched; when you save, you are shown "
                "what differs and choose."
            )

    def _refresh_failed(self, error: SmdeskError) -> None:
        if isinstance(error, NotFound):
            self._ready = False
        self._desk.messages.error(error)

    def _reload_pressed(self) -> None:
        if self._desk.messages.confirm(
            f"Show the {self._noun} as it is saved now?", "Drop what I typed", "Go on typing", danger=True
        ):
            self.discard()

    # Frame

    def _enable(self) -> None:
        editable = self.editable()
        self.header.save.setVisible(editable)
        self.header.save.setEnabled(
            self._ready and not self._saving and (self.record is None or self.unsaved())
        )
        self.enable()


_AWAY = ("close", "open", "new")
"""What follows a save and shows something else than the record that was saved."""
