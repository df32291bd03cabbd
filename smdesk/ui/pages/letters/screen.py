"""One letter: what is typed on the left with the names found in it, the paper on the right, what can be done below."""

from __future__ import annotations

from dataclasses import replace
from functools import partial

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtGui import QKeyEvent, QResizeEvent
from PySide6.QtWidgets import QFrame, QSplitter, QVBoxLayout, QWidget

from smdesk.errors import Conflict, Invalid, SmdeskError
from smdesk.policy.words import in_a_sentence
from smdesk.services import letters, mail_out
from smdesk.services.letter_records import LetterRecord, LetterStatus, NameHit
from smdesk.ui import theme
from smdesk.ui.desk import Desk
from smdesk.ui.draft_keeper import DraftKeeper, Write
from smdesk.ui.pages.letters import words, work
from smdesk.ui.pages.letters.actions import Actions
from smdesk.ui.pages.letters.form import LetterForm, typed_of
from smdesk.ui.pages.letters.matters import open_matter
from smdesk.ui.pages.letters.names_panel import NamesPanel
from smdesk.ui.pages.letters.work import Opened, Typed
from smdesk.ui.tasks import Progress
from smdesk.ui.widgets.buttons import button
from smdesk.ui.widgets.dialogs import MINE, THEIRS, about_unsaved, ask_conflict
from smdesk.ui.widgets.forms import Scrolled, row
from smdesk.ui.widgets.pdf_view import PdfView
from smdesk.ui.widgets.problem_bar import ProblemBar
from smdesk.ui.widgets.status_chip import StatusChip
from smdesk.ui.widgets.text import PlainLabel, heading, muted, named

LOW = 540
"""Device-independent pixels: below this height the form needs the room more than the list of names."""
LOWEST = 400
"""Below this one (large type on a small screen) who drafted the letter, and when, is told by the tip of its state."""
PREVIEW_PAUSE_MS = 400
"""Long enough not to make a paper of every half word."""


class LetterScreen(QWidget):
    """Shows one letter at a time. ``show_letter`` may be called again for another."""

    back_wanted = Signal()
    decided = Signal(object)
    """The id of a letter that was approved or returned here: the next one may come."""
    left_for = Signal(object)
    """Carries ``then`` of ``may_leave`` once the letter was saved."""
    gone = Signal()
    """The letter cannot be shown any more."""

    def __init__(self, desk: Desk, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("letter_screen")
        self._desk = desk
        self.record: LetterRecord | None = None
        self._wanted = 0
        self._as_saved: Typed | None = None
        self._sent: Typed | None = None
        self._then: tuple[str, int] | None = None
        self.busy = False
        self.takes_keyboard = True
        """Whether a letter that is opened takes the keyboard; not beside a list that is gone through by keys."""
        self.actions = Actions(self, desk)
        self.keeper = DraftKeeper(desk, work.forget, self)
        self.keeper.due.connect(self._keep_draft)
        self.keeper.failed.connect(desk.messages.error)

        self.back = button(
            "← Back to list",
            "letter_back",
            look="link",
            shortcut="Alt+Left",
            tip="Back to the list (Esc or Alt+Left)",
        )
        self.back.clicked.connect(self.back_wanted)
        self.title = heading("", 2)
        self.title.setWordWrap(False)
        self.title.setObjectName("letter_title")
        self.chip = StatusChip()
        self.chip.setObjectName("letter_status")
        self.left = muted("")
        self.left.setWordWrap(False)
        self.left.setObjectName("letters_left")
        self.matter = button("", "letter_matter", self._open_matter, look="link")
        top = row(self.back, self.title, self.chip, self.matter, None, self.left)
        self.history = muted("")
        self.history.setObjectName("letter_history")
        self.problems = ProblemBar("letter_problems")
        self._notices = QVBoxLayout()
        self._notices.setSpacing(theme.TIGHT)

        self.form = LetterForm(desk)
        self.names = NamesPanel()
        self._typing = QWidget()
        typing = QVBoxLayout(self._typing)
        typing.setContentsMargins(0, 0, 0, 0)
        typing.setSpacing(theme.SMALL)
        # In a low window the fields scroll rather than shrink.
        self._fields = Scrolled(margin=0)
        self._fields.setObjectName("letter_fields")
        self._fields.body.addWidget(self.form, 1)
        typing.addWidget(self._fields, 1)
        typing.addWidget(self.names)
        self.preview = PdfView(
            desk.tasks, desk.messages, "letter_pdf", what="Preview of the letter", ctx=desk.ctx
        )
        self.preview.left.connect(self._left_program)
        self.split = named(QSplitter(Qt.Orientation.Horizontal), "letter_split", "Letter and preview")
        self.split.addWidget(self._typing)
        self.split.addWidget(self.preview)
        self.split.setChildrenCollapsible(False)
        self.split.setHandleWidth(theme.NORMAL)
        self.split.setStretchFactor(0, 1)
        self.split.setStretchFactor(1, 1)
        self.split.setSizes([500, 500])

        column = QVBoxLayout(self)
        theme.roomy(column, theme.NORMAL, theme.SMALL)
        column.addWidget(top)
        column.addWidget(self.history)
        column.addLayout(self._notices)
        column.addWidget(self.problems)
        column.addWidget(self.split, 1)
        column.addWidget(self.actions.bar)

        self._pause = QTimer(self)
        self._pause.setObjectName("letter_preview_pause")
        self._pause.setSingleShot(True)
        self._pause.setInterval(PREVIEW_PAUSE_MS)
        self._pause.timeout.connect(self._look)
        self.form.edited.connect(self._edited)
        self.names.chosen.connect(self._go_to_name)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        # Reached only when nothing inside had a use for Esc (a search box clears itself first).
        if event.key() == Qt.Key.Key_Escape:
            self.back_wanted.emit()
            return
        super().keyPressEvent(event)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        low = self.height() < LOW
        self.names.show_at_most(1 if low else 3)
        self.form.save_room(low)
        self.history.setVisible(self.height() >= LOWEST)

    # What the page calls

    def show_letter(self, letter_id: int, *, left: int | None = None) -> None:
        """Read a letter and show it. ``left`` is how many wait after this one, where the reader goes through them."""
        self._wanted = letter_id
        self._pause.stop()
        self.keeper.stop()
        self.left.setText("" if left is None else words.left_in_words(left))
        ctx = self._desk.ctx
        self._desk.tasks.latest(
            self, "letter", lambda progress: work.opened(ctx, letter_id), self._opened, self._not_opened
        )

    @property
    def letter_id(self) -> int:
        return self.record.id if self.record is not None else 0

    def unsaved(self) -> bool:
        """True while something typed differs from the saved letter."""
        if self.record is None or self._as_saved is None or not self.record.may_edit:
            return False
        return not self.form.typed().same_text(self._as_saved)

    def save_draft(self) -> None:
        """Keep what is typed, now: the program is about to lock or end."""
        if self.record is not None and self.unsaved():
            self.keeper.keep_now(self.record.id, self._keeping())

    def may_leave(self, then: tuple[str, int]) -> bool:
        """Whether nothing is lost by leaving now. Asks; after a save ``left_for`` goes on to ``then``."""
        if self.busy:
            return False
        if not self.unsaved() or self.record is None:
            return True
        answer = about_unsaved(
            self._desk.messages, "What you changed in this letter is not saved yet.", "the letter"
        )
        if answer == "save":
            self._then = then
            self.save()
            return False
        if answer == "draft":
            self.keeper.keep_now(self.record.id, self._keeping())
        elif answer == "discard":
            self.keeper.forget(self.record.id)
        if answer != "stay":
            self._as_saved = self.form.typed()
        return answer != "stay"

    def changed_elsewhere(self) -> None:
        """This letter was changed in another tab: shown anew, unless something is being typed or done here."""
        if self.record is not None and not self.busy and not self.unsaved():
            self.show_letter(self.record.id)

    # Saving

    def save(self) -> None:
        """Save what is typed (Ctrl+S)."""
        if self.record is not None and self.unsaved():
            self._save_over(self.form.version)

    def _save_over(self, version: int) -> None:
        assert self.record is not None  # noqa: S101 - the callers looked
        try:
            edit = self.form.edit()
        except Invalid as error:
            self._show_problems(error)
            self._then = None
            return
        ctx, letter_id, forget = self._desk.ctx, self.record.id, self.keeper.forgetting()
        self.keeper.stop()

        def saving(progress: Progress) -> Opened:
            done = work.after(ctx, letter_id, lambda: letters.save(ctx, letter_id, edit, version))
            forget(ctx, letter_id)
            return done

        self._sent = self.form.typed()
        self.start(freeze=False)
        self._desk.tasks.run(self, saving, self._saved, self.failed, "Saving the letter", ended=self.ended)

    def _saved(self, done: Opened) -> None:
        now = self.form.typed()
        self.show_opened(done)
        if self._sent is not None and not now.same_text(self._sent):
            # Somebody types on while it is being saved: what was typed since stays.
            self.form.fill(replace(now, version=done.record.version))
            self._edited()
        then, self._then = self._then, None
        if then is not None:
            self.left_for.emit(then)

    # What the actions share with the screen

    def start(self, *, freeze: bool = True) -> None:
        """Something is being done with the letter: its buttons wait, and with ``freeze`` the typing too."""
        self.busy = True
        if freeze:
            self.form.setEnabled(False)
        self.problems.clear()
        self.actions.refresh()

    def ended(self) -> None:
        self.busy = False
        self.form.setEnabled(True)
        self.actions.refresh()

    def failed(self, error: SmdeskError) -> None:
        """What was wanted did not happen; say why where it can be mended."""
        self._then = None
        if isinstance(error, Conflict) and error.changes:
            answer = ask_conflict(error, self)
            if answer == MINE:
                self._save_over(error.current_version)
            elif answer == THEIRS:
                self._take_theirs()
        elif isinstance(error, Conflict):
            self._desk.messages.error(error)
            if not self.unsaved():
                self.show_letter(self.letter_id)
        else:
            # A field that waits takes no keyboard, and what is wrong leads to its field.
            self.form.setEnabled(True)
            self._show_problems(error)

    def _take_theirs(self) -> None:
        ctx, letter_id, forget = self._desk.ctx, self.letter_id, self.keeper.forgetting()
        self.keeper.stop()

        def taking(progress: Progress) -> Opened:
            forget(ctx, letter_id)
            return work.opened(ctx, letter_id)

        self._desk.tasks.run(self, taking, self._opened, self._not_opened)

    def show_opened(self, found: Opened) -> None:
        """Show a letter that was read."""
        record = found.record
        before = self.record
        self.record = record
        self.problems.clear()
        self.title.setText(words.title(record))
        self.chip.show_status(words.status(record), words.chip_kind(record))
        about = words.matter(record)
        self.matter.setText(about)
        self.matter.setAccessibleName(f"Open {in_a_sentence(about)}")
        history = "  ".join(words.history(record))
        self.history.setText(history)
        self.chip.setToolTip(history)
        self._show_notices(record, found.kept)
        self._as_saved = typed_of(record)
        issued = record.status is LetterStatus.ISSUED
        self._typing.setVisible(not issued)
        if not issued:
            self.form.show_record(record, found.kept)
        if before is None or before.id != record.id:
            self.form.go_to_start()
            self.preview.clear("The preview is being made…")
        self.names.setVisible(
            record.status in (LetterStatus.DRAFT, LetterStatus.RETURNED, LetterStatus.SUBMITTED)
        )
        self.actions.refresh()
        self._look()

    # Reading

    def _opened(self, found: Opened) -> None:
        if found.record.id == self._wanted:
            self.show_opened(found)
            self._put_keyboard()

    def _not_opened(self, error: SmdeskError) -> None:
        self.record = None
        self._desk.messages.error(error)
        self.gone.emit()

    def _put_keyboard(self) -> None:
        record = self.record
        if record is None or not self.isVisible() or not self.takes_keyboard:
            return
        if record.may_edit and record.status is not LetterStatus.SUBMITTED:
            self.form.body.setFocus()
            self._bring_into_sight()
        else:
            # Whoever decides reads: the paper takes the keys for scrolling, Ctrl+Enter approves.
            self.preview.setFocus()

    def _show_notices(self, record: LetterRecord, kept: Typed | None) -> None:
        while self._notices.count():
            widget = self._notices.takeAt(0).widget()
            if widget is not None:
                widget.hide()
                widget.deleteLater()
        for number, (tone, sentence) in enumerate(words.notices(record)):
            self._notices.addWidget(_notice(sentence, tone, f"letter_notice_{number}"))
        if kept is not None:
            when = f" on {kept.kept_at}" if kept.kept_at else ""
            drop = button("Show the saved letter instead", "letter_drop_draft", self._drop_draft)
            stale = "" if kept.version == record.version else " Somebody has saved the letter since."
            self._notices.addWidget(
                _notice(
                    f"Your draft{when} is shown; it is not saved yet.{stale}", "info", "letter_kept", drop
                )
            )

    def _drop_draft(self) -> None:
        if self.record is None:
            return
        self.keeper.forget(self.record.id)
        self.show_opened(Opened(self.record, None))

    # Typing

    def _edited(self) -> None:
        self.names.show_checking()
        self._pause.start()
        self.keeper.touch()
        self.actions.refresh()

    def _keep_draft(self) -> None:
        if self.record is not None and self.unsaved():
            self.keeper.keep(self.record.id, self._keeping())

    def _keeping(self) -> Write:
        typed = replace(self.form.typed(), kept_at=words.moment(self._desk.ctx.now()))
        return partial(work.keep, typed=typed)

    def _look(self) -> None:
        """Make the preview and look for names, on workers, from what stands in the form."""
        record, ctx = self.record, self._desk.ctx
        if record is None:
            return
        letter_id, edit = record.id, None
        if record.may_edit and self.unsaved():
            try:
                edit = self.form.edit()
            except Invalid:
                # A day half typed: the preview keeps the last one that could be read.
                return
        name = words.paper_name(record)
        self._desk.tasks.latest(
            self,
            "preview",
            lambda progress: (letter_id, name, letters.preview_pdf(ctx, letter_id, edit)),
            self._preview_made,
            self._no_preview,
        )
        if not self.names.isHidden():
            body = (edit or record.edit).body
            self._desk.tasks.latest(
                self,
                "names",
                lambda progress: (letter_id, body, tuple(letters.name_check(ctx, letter_id, edit))),
                self._names_found,
                self._names_not_checked,
            )

    def _preview_made(self, made: tuple[int, str, bytes]) -> None:
        letter_id, name, data = made
        if letter_id == self.letter_id:
            self.preview.show_pdf(data, name)

    def _left_program(self, how: str) -> None:
        """Write down that the letter was printed, saved or opened outside."""
        if self.record is not None:
            ctx, letter_id = self._desk.ctx, self.record.id
            self._desk.tasks.run(
                self,
                lambda progress: mail_out.note_left(ctx, letter_id, mail_out.Left(how)),
                title="Writing down where the letter went",
            )

    def _no_preview(self, error: SmdeskError) -> None:
        self.preview.clear("No preview", str(error))

    def _names_found(self, found: tuple[int, str, tuple[NameHit, ...]]) -> None:
        letter_id, body, hits = found
        if letter_id == self.letter_id:
            self.names.show_hits(hits)
            self.form.mark_names(hits, body)

    def _names_not_checked(self, error: SmdeskError) -> None:
        self.names.show_failure(str(error))

    def _go_to_name(self, hit: NameHit) -> None:
        self.form.go_to(hit)
        self._bring_into_sight()

    def _show_problems(self, error: SmdeskError) -> None:
        self.problems.show_problems(error, self.form.fields)
        self._bring_into_sight()

    def _bring_into_sight(self) -> None:
        field = self.form.focusWidget()
        if field is not None:
            self._fields.ensureWidgetVisible(field)

    def _open_matter(self) -> None:
        if self.record is not None:
            open_matter(self._desk, self.record)


def _notice(sentence: str, tone: str, object_name: str, action: QWidget | None = None) -> QFrame:
    frame = QFrame()
    frame.setObjectName(object_name)
    frame.setProperty("tone", tone)
    frame.setAccessibleName(sentence)
    column = QVBoxLayout(frame)
    theme.roomy(column, theme.SMALL, theme.TIGHT)
    label = PlainLabel(sentence)
    if action is None:
        column.addWidget(label)
    else:
        line = row(label, action)
        line.layout().setStretch(0, 1)
        column.addWidget(line)
    return frame
