"""The letters that tell what became of a declaration: those written, and those that can be written now (DOC-1)."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QPushButton, QVBoxLayout, QWidget

from smdesk.errors import SmdeskError
from smdesk.policy.words import in_a_sentence
from smdesk.services import letters
from smdesk.services.context import Saved
from smdesk.services.letter_records import (
    LETTER_KIND_LABELS,
    LETTER_STATUS_LABELS,
    ExceptionLetterChoice,
    LetterRow,
)
from smdesk.ui import theme
from smdesk.ui.desk import Desk
from smdesk.ui.tasks import Progress
from smdesk.ui.widgets.buttons import button
from smdesk.ui.widgets.forms import Card, Scrolled
from smdesk.ui.widgets.short_table import Line, ShortTable
from smdesk.ui.widgets.text import PlainLabel, muted


class LettersView(QWidget):
    """Enter on a line opens the letter."""

    letter_wanted = Signal(object)

    def __init__(self, desk: Desk, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("exception_letters")
        self._desk = desk
        self._exception_id = 0
        self._choices: tuple[ExceptionLetterChoice, ...] = ()
        self._shown: list[QWidget] = []
        self.table = ShortTable(
            "exception_letters_table", "Letters about this declaration", ("Letter", "To", "State"), wide=1
        )
        self.table.opened.connect(self.letter_wanted)
        self.none = muted("No letter is written yet.")
        self.card = Card("Write a letter")
        self.offers = QVBoxLayout()
        self.offers.setSpacing(theme.TIGHT)
        self.card.body.addLayout(self.offers)
        scrolled = Scrolled(margin=theme.SMALL)
        for widget in (self.none, self.table, self.card):
            scrolled.body.addWidget(widget)
        scrolled.body.addStretch(1)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(scrolled)

    def show_letters(
        self, exception_id: int, rows: Sequence[LetterRow], choices: Sequence[ExceptionLetterChoice]
    ) -> None:
        """Draw what is written and what can be. Kinds that do not fit are left out where one does."""
        self._exception_id = exception_id
        self.table.show_lines(
            [
                Line(
                    row.id,
                    (LETTER_KIND_LABELS[row.kind], row.person_name, LETTER_STATUS_LABELS[row.status]),
                )
                for row in rows
            ]
        )
        self.table.setVisible(bool(rows))
        self.none.setVisible(not rows)
        for widget in self._shown:
            self.offers.removeWidget(widget)
            widget.hide()
            widget.deleteLater()
        self._shown = []
        self._choices = tuple(each for each in choices if each.open)
        for number, choice in enumerate(self._choices):
            self._show(self._offer(number, choice))
            if choice.why:
                self._show(muted(choice.why))
        if not self._choices:
            for sentence in dict.fromkeys(each.why for each in choices if each.why):
                self._show(PlainLabel(sentence, self, look="muted"))
        self.card.setVisible(bool(self._shown))

    def put_keyboard(self) -> None:
        """The keyboard to the first letter that can be written, else to those that are."""
        target = next((each for each in self._shown if isinstance(each, QPushButton)), self.table)
        target.setFocus()

    def _show(self, widget: QWidget) -> None:
        if isinstance(widget, QPushButton):
            self.offers.addWidget(widget, 0, Qt.AlignmentFlag.AlignLeft)
        else:
            self.offers.addWidget(widget)
        self._shown.append(widget)
        widget.show()

    def _offer(self, number: int, choice: ExceptionLetterChoice) -> QPushButton:
        label = (
            f"{LETTER_KIND_LABELS[choice.kind]}: to {choice.person_name}, {in_a_sentence(choice.audience)}"
        )
        made = button(label.replace("&", "&&"), f"exception_letter_{number}", self._write)
        made.setProperty("number", number)
        return made

    def _write(self) -> None:
        choice = self._choices[int(self.sender().property("number"))]
        ctx, exception_id = self._desk.ctx, self._exception_id
        kind, person_id = choice.kind, choice.person_id
        if person_id is None:
            return

        def work(progress: Progress) -> Saved:
            return letters.draft_for_exception(ctx, exception_id, kind, person_id)

        self._desk.tasks.run(self, work, self._written, self._not_written, "Writing the letter")

    def _written(self, saved: Saved) -> None:
        self.letter_wanted.emit(saved.id)

    def _not_written(self, error: SmdeskError) -> None:
        self._desk.messages.error(error)
