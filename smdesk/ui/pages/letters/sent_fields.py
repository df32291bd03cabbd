"""How and when letters went, as it is asked for one letter and for many."""

from __future__ import annotations

from datetime import date

from PySide6.QtCore import QObject
from PySide6.QtWidgets import QComboBox, QLineEdit

from smdesk.services.context import Context
from smdesk.services.letter_records import LONGEST_PROOF, SENT_HOW_LABELS, SentHow
from smdesk.ui.widgets.dates import DateEdit
from smdesk.ui.widgets.forms import Form
from smdesk.ui.widgets.text import named

_LONGEST_NOTE = 2000


class SentFields(QObject):
    """The way, the day, the number on the proof of posting and a note, in ``form``."""

    def __init__(
        self, ctx: Context, form: Form, name: str, *, they: str, proof_hint: str, note_hint: str
    ) -> None:
        """``name`` begins the object names. ``they`` is what went, for whoever hears the fields: "it", "they"."""
        super().__init__(form)
        self.how_box = named(QComboBox(), f"{name}_how", f"How {they} went")
        for how in SentHow:
            self.how_box.addItem(SENT_HOW_LABELS[how], how)
        self.on_edit = DateEdit(f"{name}_on", f"Day {they} went", clock=ctx.today)
        self.on_edit.set_day(ctx.today())
        self.proof_edit = named(QLineEdit(), f"{name}_proof", "Number on the proof of posting")
        self.proof_edit.setMaxLength(LONGEST_PROOF)
        self.note_edit = named(QLineEdit(), f"{name}_note", "Note")
        self.note_edit.setMaxLength(_LONGEST_NOTE)
        form.add("&How", self.how_box, "how")
        form.add("&Day", self.on_edit, "on")
        form.add("&Proof of posting", self.proof_edit, "proof", hint=proof_hint)
        form.add("&Note", self.note_edit, "note", hint=note_hint)
        self.how_box.currentIndexChanged.connect(self._show_proof)
        self._show_proof()

    def _show_proof(self) -> None:
        """A proof of posting belongs to letters that went by post."""
        self.proof_edit.setEnabled(self.how is SentHow.POST)

    def choose(self, how: SentHow) -> None:
        """Show this way as the one that is chosen."""
        self.how_box.setCurrentIndex(list(SentHow).index(how))

    @property
    def how(self) -> SentHow:
        return list(SentHow)[self.how_box.currentIndex()]

    @property
    def on(self) -> date | None:
        """Raises Invalid (``on``) where it cannot be read."""
        return self.on_edit.day("on")

    @property
    def proof(self) -> str:
        return self.proof_edit.text().strip() if self.how is SentHow.POST else ""

    @property
    def note(self) -> str:
        return self.note_edit.text().strip()
