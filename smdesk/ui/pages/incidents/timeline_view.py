"""Everything that happened with an incident, oldest first, with notes, corrections, letters and print (INC-14)."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QVBoxLayout, QWidget

from smdesk.policy.words import written_day
from smdesk.services import steps
from smdesk.services.incident_records import TimelineEntry
from smdesk.services.letter_records import LETTER_STATUS_LABELS, LetterRow, LetterStatus, titled
from smdesk.ui import theme
from smdesk.ui.desk import Desk
from smdesk.ui.widgets.buttons import button
from smdesk.ui.widgets.day_parsing import long_day
from smdesk.ui.widgets.forms import row
from smdesk.ui.widgets.service_dialog import ReasonService
from smdesk.ui.widgets.story_table import StoryLine, StoryTable
from smdesk.ui.widgets.text import PlainLabel
from smdesk.ui.words import narrow_moment


class TimelineView(QWidget):
    """A table of three columns: when, what happened, who wrote it down. Enter opens the letter of a line."""

    print_wanted = Signal()

    def __init__(self, desk: Desk, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._desk = desk
        self._incident_id = 0
        self._letters: tuple[LetterRow, ...] = ()
        self.setObjectName("timeline_view")
        self.table = StoryTable("timeline", "What happened, oldest first")
        self.waiting = PlainLabel("", self)
        self.waiting.setObjectName("timeline_letters")
        self.add = button("Add a &note…", "timeline_note", self._add_note)
        self.back = button("Ta&ke back…", "timeline_withdraw", self._withdraw)
        self.back.setToolTip("For a slip: the line stays, struck through, with the reason.")
        self.open = button("Open &letter", "timeline_letter", self._open_letter)
        self.print = button("P&rint…", "timeline_print", self.print_wanted.emit)
        column = QVBoxLayout(self)
        theme.roomy(column, theme.SMALL, theme.SMALL)
        column.addWidget(self.waiting)
        column.addWidget(self.table, 1)
        column.addWidget(row(self.add, self.back, self.open, None, self.print))
        self.table.currentCellChanged.connect(self._chosen)
        self.table.cellActivated.connect(self._open_letter)
        self.show_entries(0, (), (), may_add=False)

    def show_entries(
        self,
        incident_id: int,
        entries: Sequence[TimelineEntry],
        letters: Sequence[LetterRow],
        *,
        may_add: bool,
    ) -> None:
        """Draw the timeline; the chosen line stays chosen."""
        self._incident_id, self._letters = incident_id, tuple(letters)
        self.table.show_lines([_line(entry) for entry in entries])
        open_letters = [
            each for each in letters if each.status not in (LetterStatus.ISSUED, LetterStatus.WITHDRAWN)
        ]
        said = [
            f"{titled(each.kind, each.person_name)}: {LETTER_STATUS_LABELS[each.status].lower()}"
            for each in open_letters
        ]
        self.waiting.setText("Letters under way: " + "; ".join(said) if said else "")
        self.waiting.setVisible(bool(said))
        self.add.setVisible(may_add)
        self.back.setVisible(may_add)
        self._chosen()

    def _current(self) -> TimelineEntry | None:
        line = self.table.current()
        return None if line is None else line.what

    def _chosen(self) -> None:
        entry = self._current()
        self.back.setEnabled(entry is not None and entry.can_withdraw)
        self.open.setEnabled(self._letter() is not None)

    def _letter(self) -> int | None:
        entry = self._current()
        if entry is not None and entry.letter_id is not None:
            return entry.letter_id
        under_way = [
            each for each in self._letters if each.status not in (LetterStatus.ISSUED, LetterStatus.WITHDRAWN)
        ]
        return under_way[0].id if under_way else None

    def _open_letter(self) -> None:
        letter = self._letter()
        if letter is not None:
            self._desk.open_letter(letter)

    def _add_note(self) -> None:
        ctx, incident_id = self._desk.ctx, self._incident_id

        def service(text: str) -> object:
            return steps.note(ctx, incident_id, text)

        ReasonService(
            self._desk,
            "note_dialog",
            "Add a note",
            "Note",
            "&Add it",
            service,
            self,
            field="text",
            explanation="Write it as if the person it is about will read it.",
        ).open()

    def _withdraw(self) -> None:
        entry = self._current()
        if entry is None or not entry.can_withdraw:
            return
        ctx, entry_id = self._desk.ctx, entry.id

        def service(reason: str) -> object:
            return steps.withdraw(ctx, entry_id, reason)

        ReasonService(
            self._desk,
            "withdraw_dialog",
            "Take an entry back",
            "What was wrong with it",
            "&Take it back",
            service,
            self,
            explanation=f"“{entry.title}”, {written_day(entry.happened_on)}. It stays on the timeline, struck "
            "through, with your reason. What followed from it is undone.",
        ).open()


def _line(entry: TimelineEntry) -> StoryLine:
    at = f"\n{entry.happened_at}" if entry.happened_at else ""
    who = f"{entry.recorded_by}\n{narrow_moment(entry.recorded_at)}"
    if entry.withdrawn:
        who += f"\nTaken back: {entry.withdrawn_reason}"
    return StoryLine(
        entry.id,
        f"{long_day(entry.happened_on)}{at}",
        what_happened(entry),
        who,
        entry,
        struck=entry.withdrawn,
    )


def what_happened(entry: TimelineEntry) -> str:
    """A line of the timeline in words."""
    # "Evidence" above "Evidence kept: …" would only say it twice.
    title = "" if entry.text.startswith(entry.title) else entry.title
    head = title + (f": {entry.person_name}" if title and entry.person_name else "")
    parts = [head, entry.text]
    if entry.reason:
        parts.append(f"Reason: {entry.reason}")
    if entry.chase_on is not None:
        done = " (done)" if entry.chased else ""
        parts.append(f"Look again on {written_day(entry.chase_on)}{done}")
    if entry.rule:
        parts.append(f"Rule {entry.rule}")
    return "\n".join(part for part in parts if part)
