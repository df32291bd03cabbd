"""Choosing the colour of the school's letters: navy, the logo's, or one of its own; shown as it comes out on paper."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import Signal
from PySide6.QtGui import QColor
from PySide6.QtWidgets import QColorDialog, QComboBox, QLabel, QVBoxLayout, QWidget

from smdesk.errors import Invalid
from smdesk.services import school_look
from smdesk.services.letter_records import Envelope
from smdesk.services.school_look import COLOUR_FROM_LABELS, ColourFrom, SchoolLook
from smdesk.ui import theme
from smdesk.ui.widgets.buttons import button
from smdesk.ui.widgets.forms import row
from smdesk.ui.widgets.text import PlainLabel, muted, named


class LookField(QWidget):
    """The colour, with a sample on white. ``logo`` gives the picture it may be taken from."""

    changed = Signal()

    def __init__(self, logo: Callable[[], bytes | None], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("school_look")
        self.setAccessibleName("Colour")
        self._logo = logo
        self._own = ""
        self.choice = named(QComboBox(), "school_colour_from", "Colour of letters")
        for code, label in COLOUR_FROM_LABELS.items():
            self.choice.addItem(label, code)
        self.pick = button("Pic&k a colour…", "school_colour_pick", self._choose)
        self.sample = named(QLabel("Our school"), "school_colour_sample", "How the school's name comes out")
        self.sample.setContentsMargins(theme.SMALL, theme.TIGHT, theme.SMALL, theme.TIGHT)
        self.note = muted("")
        self.note.setObjectName("school_colour_note")
        self.problem = PlainLabel("", look="danger")
        self.problem.setObjectName("school_colour_problem")
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(theme.TIGHT)
        column.addWidget(row(self.choice, self.pick, self.sample, None))
        column.addWidget(self.note)
        column.addWidget(self.problem)
        self.setFocusProxy(self.choice)
        self.choice.currentIndexChanged.connect(self._chosen)
        self.refresh()

    def look(self, envelope: Envelope) -> SchoolLook:
        """What is chosen, with the envelope that the form holds beside it."""
        code = ColourFrom(self.choice.currentData())
        return SchoolLook(code, self._colour(code), envelope)

    def set_look(self, look: SchoolLook) -> None:
        self._own = look.colour if look.colour_from is ColourFrom.OWN else ""
        self.choice.setCurrentIndex(self.choice.findData(look.colour_from))
        self.refresh()

    def set_read_only(self, read_only: bool) -> None:
        self.choice.setEnabled(not read_only)
        self.pick.setEnabled(not read_only)

    def refresh(self) -> None:
        """Show the colour anew: the logo may be another one."""
        code = ColourFrom(self.choice.currentData())
        self.pick.setVisible(code is ColourFrom.OWN)
        try:
            shown = school_look.shown(SchoolLook(code, self._own), self._logo())
        except Invalid as fault:
            self._say(" ".join(problem.message for problem in fault.problems))
            return
        self._say("")
        self.sample.setStyleSheet(
            f"background: white; color: {shown.colour}; font-weight: bold; border: 1px solid #c3cad4;"
        )
        self.sample.setVisible(True)
        contrast = f"Contrast with white paper: {shown.contrast:.1f} to 1."
        self.note.setText(
            f"Darkened so that everybody can read it. {contrast}" if shown.darkened else contrast
        )

    def _colour(self, code: ColourFrom) -> str:
        if code is ColourFrom.OWN:
            return self._own
        try:
            return school_look.settled(SchoolLook(code), self._logo()).colour
        except Invalid:
            return ""  # saving tells why

    def _say(self, problem: str) -> None:
        self.problem.setText(problem)
        self.problem.setVisible(bool(problem))
        self.note.setVisible(not problem)
        if problem:
            self.sample.setVisible(False)

    def _chosen(self) -> None:
        if ColourFrom(self.choice.currentData()) is ColourFrom.OWN and not self._own:
            self._own = school_look.shown(SchoolLook(), None).colour
        self.refresh()
        self.changed.emit()

    def _choose(self) -> None:
        chosen = QColorDialog.getColor(QColor(self._own or "#172b54"), self, "The colour of our letters")
        if chosen.isValid():
            self._own = chosen.name()
            self.refresh()
            self.changed.emit()
