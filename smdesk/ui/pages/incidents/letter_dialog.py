"""Which letter to write about an incident: every kind there is, with what the policy says of each now (DOC-1)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QComboBox, QListWidget, QListWidgetItem, QWidget

from smdesk.errors import Refused
from smdesk.services import letters
from smdesk.services.context import Context
from smdesk.services.letter_records import LETTER_KIND_LABELS, TO_AUTHORS, LetterChoice, LetterKind, LetterRow
from smdesk.ui.desk import Desk
from smdesk.ui.pages.letters.matters import under_way
from smdesk.ui.tasks import Progress
from smdesk.ui.widgets.service_dialog import ServiceDialog, Work
from smdesk.ui.widgets.text import PlainLabel, named

_KIND = Qt.ItemDataRole.UserRole


@dataclass(frozen=True, slots=True)
class Letters:
    """What the dialog shows: of each kind whether it is open, and what is written already."""

    choices: tuple[LetterChoice, ...]
    rows: tuple[LetterRow, ...]


def gather(ctx: Context, incident_id: int, person_id: int | None) -> Letters:
    """What may be written about an incident to one of those who posted. For a worker. Raises NotFound."""
    return Letters(
        tuple(letters.choices(ctx, incident_id, person_id)), tuple(letters.for_incident(ctx, incident_id))
    )


class LetterDialog(ServiceDialog):
    """Every kind of letter in a list, the one that comes next chosen. ``accomplished`` carries the letter's id."""

    def __init__(
        self,
        desk: Desk,
        incident_id: int,
        authors: Sequence[tuple[int, str]],
        found: Letters,
        wanted: LetterKind | None,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(
            desk,
            "write_letter_dialog",
            "Write a letter",
            "&Draft the letter",
            parent,
            explanation="The letter is drafted from the record. It goes out only when it is approved.",
        )
        self._incident_id = incident_id
        self._found = found
        self.to = named(QComboBox(self), "write_letter_to", "To which of those who posted")
        for person_id, name in authors:
            self.to.addItem(name, person_id)
        self.list = named(QListWidget(self), "write_letter_kinds", "Letters")
        self.list.setMinimumHeight(self.fontMetrics().lineSpacing() * 11)
        self.why = named(PlainLabel("", self), "write_letter_why")
        self.reason = self.note_field("write_letter_reason", "Why it is sent before its turn", 3)
        if len(authors) > 1:
            self.form.add("To", self.to, "person_id")
        else:
            self.to.hide()
        self.form.add("&Letter", self.list, "kind")
        self.form.add_wide(self.why)
        self._reason_label = self.form.add("&Reason", self.reason, "step_reason")
        self._width = 620
        self._fill(wanted)
        self.list.currentRowChanged.connect(self._show)
        self.list.itemActivated.connect(self._take)
        self.to.currentIndexChanged.connect(self._person_chosen)
        self.list.setFocus()

    @property
    def person_id(self) -> int | None:
        """Whom of those who posted; None: the first, or nobody is known."""
        found = self.to.currentData()
        return int(found) if found is not None else None

    def choice(self) -> LetterChoice | None:
        """The kind that is chosen, with what the policy says of it."""
        item = self.list.currentItem()
        kind = None if item is None else LetterKind(item.data(_KIND))
        return next((each for each in self._found.choices if each.kind is kind), None)

    def work(self) -> Work:
        choice, ctx, incident_id = self.choice(), self._desk.ctx, self._incident_id
        if choice is None:
            raise Refused("Choose a letter.")
        going = self._going(choice.kind)
        if going is not None:
            letter_id = going.id
            return lambda progress: letter_id
        if not choice.open:
            raise Refused(choice.why, choice.rule)
        to = self.person_id if choice.kind in TO_AUTHORS else None
        reason = self.reason.toPlainText() if choice.needs_reason else ""

        def do(progress: Progress) -> int:
            return letters.draft(ctx, incident_id, choice.kind, to, reason).id

        return do

    def _fill(self, wanted: LetterKind | None) -> None:
        self.list.clear()
        for choice in self._found.choices:
            item = QListWidgetItem(LETTER_KIND_LABELS[choice.kind])
            item.setData(_KIND, choice.kind.value)
            going = self._going(choice.kind)
            said = "under way" if going is not None else "" if choice.open else "not now"
            if said:
                item.setText(f"{item.text()} ({said})")
            if said == "not now":
                # Not disabled: it can be chosen, to read why.
                item.setForeground(self.palette().placeholderText())
            item.setToolTip(choice.why)
            self.list.addItem(item)
            if choice.kind is wanted:
                self.list.setCurrentItem(item)
        if self.list.currentRow() < 0:
            # Nothing comes next: the first that may be written.
            open_ones = (place for place, each in enumerate(self._found.choices) if each.open)
            self.list.setCurrentRow(next(open_ones, 0))
        self._show()

    def _show(self, _row: int = 0) -> None:
        """What the policy says of the one chosen, and whether it needs a reason."""
        choice = self.choice()
        if choice is None:
            return
        going = self._going(choice.kind)
        why = choice.why
        if why and choice.rule and choice.rule not in why:
            why = f"{why.rstrip('.')} ({choice.rule})."
        self.why.setText("It is drafted already." if going is not None else why)
        asks = going is None and choice.open and choice.needs_reason
        self.reason.setVisible(asks)
        self._reason_label.setVisible(asks)
        self.ok.setText("&Open the draft" if going is not None else "&Draft the letter")
        self.ok.setEnabled(choice.open or going is not None)
        if asks:
            self.grow()

    def _take(self) -> None:
        if self.ok.isEnabled():
            self.ok.click()

    def _going(self, kind: LetterKind) -> LetterRow | None:
        to = self.person_id if kind in TO_AUTHORS else None
        return under_way((each for each in self._found.rows if to is None or each.person_id == to), kind)

    def _person_chosen(self) -> None:
        self.ok.setEnabled(False)
        ask = partial(gather, self._desk.ctx, self._incident_id, self.person_id)

        def work(progress: Progress) -> Letters:
            return ask()

        self._desk.tasks.latest(self, "letters", work, self._asked)

    def _asked(self, found: Letters) -> None:
        choice = self.choice()
        self._found = found
        self._fill(choice.kind if choice is not None else None)
