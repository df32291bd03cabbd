"""The letters that are to go out: printed in one go, saved as files, and recorded as gone when they went."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QCheckBox, QDialog, QFileDialog, QVBoxLayout, QWidget

from smdesk.errors import Invalid, SmdeskError
from smdesk.services import mail_out
from smdesk.services.context import Changes
from smdesk.services.letter_records import SentHow
from smdesk.services.mail_out import Batch, GoingOut, Recorded
from smdesk.ui import events as bus
from smdesk.ui import theme
from smdesk.ui.desk import Desk
from smdesk.ui.pages.letters.sent_fields import SentFields
from smdesk.ui.tasks import Progress
from smdesk.ui.widgets.buttons import button
from smdesk.ui.widgets.dialogs import ProgressDialog
from smdesk.ui.widgets.flow import flow
from smdesk.ui.widgets.forms import row
from smdesk.ui.widgets.preview_window import PreviewWindow
from smdesk.ui.widgets.problem_bar import ProblemBar
from smdesk.ui.widgets.service_dialog import ServiceDialog, Work
from smdesk.ui.widgets.text import PlainLabel, heading, muted, named
from smdesk.ui.widgets.ticked_list import TickedList

ChooseFolder = Callable[[QWidget], str]
"""Asks for a folder. Gives "" when the person changed their mind."""


class MailOutDialog(QDialog):
    """Lists issued letters of which nobody recorded how they went. Open it with ``open()``.

    Printing records nothing: a printer that jams would have sent them.
    """

    def __init__(
        self, desk: Desk, parent: QWidget | None = None, *, choose_folder: ChooseFolder | None = None
    ) -> None:
        super().__init__(parent)
        self._desk = desk
        self._choose_folder = choose_folder or _ask_folder
        self._letters: dict[int, GoingOut] = {}
        self._busy = False
        self.setObjectName("mail_out")
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowModality(Qt.WindowModality.WindowModal)
        self.setWindowTitle("Letters to go out")
        self.letters = TickedList(
            "mail_out_letters", "Letters, the ticked ones are printed, saved or recorded"
        )
        self.chosen = PlainLabel("", wrap=False)
        self.chosen.setObjectName("mail_out_chosen")
        self.all_button = button("&All", "mail_out_all", self._tick_all, look="link")
        self.none_button = button("&None", "mail_out_none", self._tick_none, look="link")
        self.gone = named(
            QCheckBox("S&how letters that went already, to print or save them again"),
            "mail_out_gone",
            "Show letters that went already",
        )
        self.with_list = named(
            QCheckBox("A &list on top: who, which letter, pages, envelope"),
            "mail_out_list",
            "Print a list on top",
        )
        self.with_list.setChecked(True)
        self.file_copy = named(
            QCheckBox("A second &copy of each, for the file"),
            "mail_out_copy",
            "Print a second copy of each letter",
        )
        self.problems = ProblemBar("mail_out_problems")
        self.print_button = button(
            "Look and &print…",
            "mail_out_print",
            self._print,
            look="primary",
            shortcut="Ctrl+Return",
            tip="Shows them as one paper; on both sides each letter begins a fresh sheet",
        )
        self.save_button = button(
            "&Save as files…", "mail_out_save", self._save, tip="One PDF for each letter, into a folder"
        )
        self.record_button = button(
            "&Record that they went…", "mail_out_record", self._record, tip="When they have left the school"
        )
        self.close_button = button("Close", "mail_out_close", self.reject)
        column = QVBoxLayout(self)
        theme.roomy(column, theme.LARGE, theme.SMALL)
        column.addWidget(heading("Letters to go out", 2))
        column.addWidget(
            PlainLabel(
                "Issued letters of which nobody has recorded how they went. Printing records nothing: when they have "
                "left, press “Record that they went”."
            )
        )
        column.addWidget(row(self.chosen, None, self.all_button, self.none_button))
        column.addWidget(self.letters, 1)
        column.addWidget(self.gone)
        column.addWidget(self.with_list)
        column.addWidget(self.file_copy)
        column.addWidget(self.problems)
        column.addWidget(flow(self.print_button, self.save_button, self.record_button, self.close_button))
        theme.fit(self, 700, 620)
        self.letters.ticks_changed.connect(self._show_chosen)
        self.gone.toggled.connect(self.reload)
        desk.events.changed.connect(self._changed)
        self._show_chosen()
        self.letters.setFocus()
        self.reload()

    def reload(self) -> None:
        """Read the letters again; what was not ticked stays so."""
        ctx, gone = self._desk.ctx, self.gone.isChecked()
        self._desk.tasks.latest(
            self, "letters", lambda progress: mail_out.going_out(ctx, gone=gone), self._read, self._failed
        )

    def _read(self, found: list[GoingOut]) -> None:
        before, ticked = set(self._letters), set(self.letters.ticked())
        self._letters = {letter.id: letter for letter in found}
        self.letters.clear()
        self.letters.add((letter.id, _words(letter)) for letter in found)
        for place, letter in enumerate(found):
            # One that went already is only printed again where somebody means it.
            if letter.id not in ticked if letter.id in before else letter.gone:
                self.letters.tick(place, on=False)
        self._show_chosen()

    def _changed(self, changes: Changes) -> None:
        if any(bus.touches(changes, kind) for kind in ("letter", "incident", "exception")):
            self.reload()

    def _show_chosen(self) -> None:
        count, of = self.letters.number_ticked, len(self._letters)
        self.chosen.setText(
            f"{count:,} of {of:,} ticked" if of else "Every issued letter is recorded as gone."
        )
        for control in (self.print_button, self.save_button):
            control.setEnabled(count > 0 and not self._busy)
        self.record_button.setEnabled(bool(self._still_here()) and not self._busy)
        for link in (self.all_button, self.none_button):
            link.setEnabled(of > 0)

    def _tick_all(self) -> None:
        for place in range(len(self._letters)):
            self.letters.tick(place)

    def _tick_none(self) -> None:
        for place in range(len(self._letters)):
            self.letters.tick(place, on=False)

    # Printing and saving

    def _print(self) -> None:
        ctx, ids = self._desk.ctx, self.letters.ticked()
        with_list, file_copy = self.with_list.isChecked(), self.file_copy.isChecked()

        def work(progress: Progress) -> Batch:
            return mail_out.batch(
                ctx, ids, with_list=with_list, file_copy=file_copy, progress=progress.counted
            )

        self._do(work, self._show_batch, "Putting the letters together")

    def _show_batch(self, made: Batch) -> None:
        title = f"{made.letters:,} letter{'' if made.letters == 1 else 's'} to go out"
        PreviewWindow(self._desk, made.pdf, title, self, made.starts).open()

    def _save(self) -> None:
        place = self._choose_folder(self)
        if not place:
            return
        ctx, ids, folder = self._desk.ctx, self.letters.ticked(), Path(place)

        def work(progress: Progress) -> list[Path]:
            return mail_out.save_files(ctx, ids, folder, progress.counted)

        self._do(work, self._saved, "Saving the letters")

    def _saved(self, files: list[Path]) -> None:
        self._desk.messages.info(
            f"{len(files):,} letter{'' if len(files) == 1 else 's'} saved in “{files[0].parent.name}”.",
            more="Each is named by its number. The files are not encrypted: delete them when they are no longer "
            "needed.",
        )

    def _do(self, work: Work, done: Callable[..., None], title: str) -> None:
        self.problems.clear()
        self._busy = True
        self._show_chosen()
        job = self._desk.tasks.run(self, work, done, self._failed, title, ended=self._ended, long=True)
        ProgressDialog(self._desk.tasks, job, title, self).open()

    def _ended(self) -> None:
        self._busy = False
        self._show_chosen()

    def _failed(self, error: SmdeskError) -> None:
        self.problems.show_problems(error, {"letters": self.letters})

    # Recording

    def _record(self) -> None:
        dialog = GoneDialog(self._desk, self._still_here(), self)
        dialog.accomplished.connect(self._recorded)
        dialog.open()

    def _still_here(self) -> list[GoingOut]:
        """The ticked letters of which nobody has recorded how they went."""
        ticked = (self._letters[each] for each in self.letters.ticked() if each in self._letters)
        return [letter for letter in ticked if not letter.gone]

    def _recorded(self, result: object) -> None:
        if isinstance(result, Recorded) and result.faults:
            self._desk.messages.warning(
                f"{len(result.done):,} recorded, {len(result.faults):,} not.",
                more="\n".join(result.faults[:12]),
            )


class GoneDialog(ServiceDialog):
    """How and when several letters went."""

    def __init__(self, desk: Desk, letters: list[GoingOut], parent: QWidget | None = None) -> None:
        count = len(letters)
        what = f"{count:,} letters" if count > 1 else f"{letters[0].number} to {letters[0].to}"
        super().__init__(
            desk,
            "mail_out_gone_dialog",
            f"How did {what} go?",
            "&Record",
            parent,
            explanation="It is written into the history of what each letter is about.",
        )
        self._ids = tuple(letter.id for letter in letters)
        self.sent = SentFields(
            desk.ctx,
            self.form,
            "gone",
            they="they",
            proof_hint="The number on the post office's certificate for all of them. May stay empty.",
            note_hint="May stay empty.",
        )
        if not any(letter.by_post for letter in letters):
            self.sent.choose(SentHow.HAND)
        nowhere = sum(not letter.by_post for letter in letters)
        if nowhere and nowhere < count:
            self.form.add_wide(
                muted(
                    f"{nowhere:,} of them carr{'ies' if nowhere == 1 else 'y'} no address and cannot have gone by post."
                )
            )
        self.sent.how_box.setFocus()

    def work(self) -> Work:
        ctx, ids, how, on = self._desk.ctx, self._ids, self.sent.how, self.sent.on
        if on is None:
            raise Invalid.one("on", "Say on which day they went.")
        note, proof = self.sent.note, self.sent.proof

        def do(progress: Progress) -> Recorded:
            return mail_out.record_gone(ctx, ids, how, on, note, proof, progress.counted)

        return do


def _words(letter: GoingOut) -> str:
    how = letter.envelope if letter.by_post else "no address: by hand or by e-mail"
    went = ", went already" if letter.gone else ""
    return f"{letter.number} to {letter.to} ({how}{went}): {letter.kind_label}"


def _ask_folder(parent: QWidget) -> str:
    return QFileDialog.getExistingDirectory(parent, "Save the letters in this folder", str(Path.home()))
