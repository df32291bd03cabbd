"""Makes a case file: with or without the names of third parties, with which letters and pictures (DOC-4)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from PySide6.QtWidgets import QButtonGroup, QCheckBox, QRadioButton, QWidget

from smdesk.services import case_files
from smdesk.services.case_file_records import CaseOptions, CaseWish, MadeCaseFile
from smdesk.ui import theme
from smdesk.ui.desk import Desk
from smdesk.ui.tasks import Job, Progress
from smdesk.ui.widgets.preview_window import PreviewWindow
from smdesk.ui.widgets.save_as import ChooseFile, asking, chosen_file
from smdesk.ui.widgets.service_dialog import ServiceDialog, Work
from smdesk.ui.widgets.text import PlainLabel, muted, named
from smdesk.ui.widgets.ticked_list import TickedList

_MOST_SHOWN = 64 * 1024 * 1024
"""Bytes up to which the finished file is shown at once; a larger one is opened from where it was saved."""
_LINES = 4
_EXPLANATION = (
    "Everything on record about this incident in one PDF: what happened, steps and their reasons, letters as issued, "
    "evidence with its hashes, signatures and an extract of the audit log."
)


@dataclass(frozen=True, slots=True)
class _Done:
    """What was made, with its bytes for showing. ``changes`` are told to the other pages."""

    made: MadeCaseFile
    file: Path
    content: bytes | None

    @property
    def changes(self) -> frozenset[tuple[str, int]]:
        return self.made.changes


class CaseFileDialog(ServiceDialog):
    """Choose what goes in, then where to save it. The work goes on in the background, with Cancel."""

    def __init__(
        self,
        desk: Desk,
        options: CaseOptions,
        parent: QWidget | None = None,
        *,
        choose_file: ChooseFile | None = None,
    ) -> None:
        super().__init__(
            desk,
            "case_file_dialog",
            f"Make a case file of {options.reference}",
            "&Make and save…",
            parent,
            explanation=_EXPLANATION,
            long=True,
        )
        self._options = options
        self._choose_file = choose_file or asking("Save the case file")
        self._file: Path | None = None
        self.all_names = named(
            QRadioButton("With &all names: for police, a solicitor, a panel", self),
            "case_file_all_names",
            "With all names",
        )
        self.no_names = named(
            QRadioButton(
                "&Without the names of third parties: “Person A (parent or carer)” in their place", self
            ),
            "case_file_no_names",
            "Without the names of third parties",
        )
        self.names = QButtonGroup(self)
        self.names.addButton(self.all_names)
        self.names.addButton(self.no_names)
        self.all_names.setChecked(True)
        self.form.add_wide(self.all_names)
        self.form.add_wide(self.no_names)
        self.keep = self._list(
            "case_file_keep",
            "Whose names stay",
            ((each.person_id, f"{each.name} ({each.what})") for each in options.people),
        )
        for row, person in enumerate(options.people):
            self.keep.tick(row, on=person.author)
        self._offer("Names that &stay", self.keep, "keep", "Tick whoever the file is about or for.")
        self.also = self.note_field("case_file_also", "Further words to take out, one to a line", 2)
        self.form.add(
            "&Take out as well",
            self.also,
            "also",
            "Nicknames and hints no record knows, one to a line. Names on record are found by themselves.",
        )
        self.letters = self._list(
            "case_file_letters",
            "Letters that go in as issued",
            ((each.letter_id, each.title) for each in options.letters),
        )
        self._offer("&Letters as issued", self.letters, "letters")
        self.pictures = self._list(
            "case_file_pictures",
            "Pictures that go in",
            ((each.evidence_id, each.title) for each in options.pictures),
        )
        self._offer("&Pictures", self.pictures, "pictures")
        self.told = muted("")
        self.form.add_wide(self.told)
        if options.no_pictures:
            self.form.add_wide(PlainLabel(options.no_pictures))
        self.linked = named(
            QCheckBox(f"A line on each lin&ked incident ({', '.join(options.linked)})", self),
            "case_file_linked",
            "A line on each linked incident",
        )
        self.linked.setChecked(True)
        self.linked.setVisible(bool(options.linked))
        self.form.add_wide(self.linked)
        self.how_far = PlainLabel("", self)
        self.how_far.setObjectName("case_file_how_far")
        self.how_far.hide()
        self.column.addWidget(self.how_far)
        self._width = 680
        self.names.buttonToggled.connect(self._names_chosen)
        self.keep.ticks_changed.connect(self._keep_changed)
        self.accomplished.connect(self._made)
        self._names_chosen()
        self.all_names.setFocus()

    def _list(self, name: str, spoken: str, lines: Iterable[tuple[int, str]]) -> TickedList:
        made = TickedList(name, spoken, self)
        made.add(lines)
        shown = max(1, min(_LINES, len(made.ids())))
        made.setFixedHeight(made.sizeHintForRow(0) * shown + 2 * theme.TIGHT if made.ids() else 0)
        return made

    def _offer(self, label: str, made: TickedList, key: str, hint: str = "") -> None:
        """Show a list to tick, where there is something in it."""
        if made.ids():
            self.form.add(label, made, key, hint)
        else:
            made.hide()

    def _names_chosen(self) -> None:
        """With all names everything goes in; without, what could show one waits to be ticked."""
        without = self.no_names.isChecked()
        self.keep.setEnabled(without)
        self.also.setEnabled(without)
        self._tick_by_names()
        self.told.setText(
            "A letter that names somebody else, and every picture, is left out unless you tick it: they go in as they "
            "are, with whatever can be read or seen in them. Read the finished file before you hand it on."
            if without
            else "Pictures go in without their hidden data. What is not ticked is named in the lists and left out."
        )
        if self.isVisible():
            self.grow()

    def _keep_changed(self) -> None:
        if self.no_names.isChecked():
            self._tick_by_names()

    def _tick_by_names(self) -> None:
        without, kept = self.no_names.isChecked(), set(self.keep.ticked())
        for row, letter in enumerate(self._options.letters):
            self.letters.tick(row, on=not without or letter.names <= kept)
        for row in range(len(self._options.pictures)):
            self.pictures.tick(row, on=not without)

    def wish(self) -> CaseWish:
        """What stands in the fields."""
        without = self.no_names.isChecked()
        return CaseWish(
            all_names=not without,
            keep=frozenset(self.keep.ticked()) if without else frozenset(),
            also=tuple(self.also.toPlainText().splitlines()) if without else (),
            letters=frozenset(self.letters.ticked()),
            pictures=frozenset(self.pictures.ticked()),
            linked=self.linked.isChecked(),
        )

    def _submit(self) -> None:
        if self._busy:
            return
        ending = " without names" if self.no_names.isChecked() else ""
        name = f"{self._options.suggested_name}{ending}.pdf"
        self._file = chosen_file(self._choose_file, self, name, "PDF (*.pdf)")
        if self._file is not None:
            super()._submit()

    def work(self) -> Work:
        assert self._file is not None  # noqa: S101 - chosen in _submit, which alone asks for the work.
        ctx, incident_id, wish, file = self._desk.ctx, self._options.incident_id, self.wish(), self._file

        def do(progress: Progress) -> object:
            made = case_files.make(ctx, incident_id, wish, file, progress.counted)
            return _Done(made, file, file.read_bytes() if made.size <= _MOST_SHOWN else None)

        return do

    def _progressed(self, job: Job) -> None:
        super()._progressed(job)
        if job is self._job and job.text:
            self.how_far.setText(f"Page {job.text}")
            self.how_far.show()

    def _ended(self) -> None:
        super()._ended()
        self.how_far.hide()

    def _made(self, done: _Done) -> None:
        parent = self.parentWidget()
        if done.content is not None:
            PreviewWindow(self._desk, done.content, done.file.name, parent).open()
        left_out = "\n".join(done.made.left_out)
        pages = "1 page" if done.made.pages == 1 else f"{done.made.pages:,} pages"
        self._desk.messages.info(
            f"The case file was saved as “{done.file.name}” ({pages}).",
            more="The file is not encrypted. Read it before you hand it on; SM Desk keeps it as it went out."
            + (f"\n\n{left_out}" if left_out else ""),
        )
