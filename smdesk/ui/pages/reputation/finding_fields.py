"""What is typed of a finding: shown, read, kept half typed, and marked where it is wrong (REP-1, REP-2)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QCheckBox, QLineEdit, QVBoxLayout, QWidget

from smdesk.errors import Invalid, Problem
from smdesk.services.people_records import PersonHit
from smdesk.services.reputation_records import TONE_LABELS, FindingDraft, PlaceRow, Tone
from smdesk.ui.desk import Desk
from smdesk.ui.pages.reputation.finding_loading import Typed
from smdesk.ui.widgets.code_box import CodeBox
from smdesk.ui.widgets.dates import DateEdit
from smdesk.ui.widgets.forms import Form, sentences
from smdesk.ui.widgets.person_on_record import PersonOnRecord
from smdesk.ui.widgets.text import PlainLabel, named


class FindingFields(QWidget):
    """Everything of a finding that can be typed. ``changed`` when something was."""

    changed = Signal()

    def __init__(self, desk: Desk, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._quiet = False
        self._check_id: int | None = None
        self._check_place: int | None = None
        self.media: tuple[date | None, str] = (None, "")
        """When the media contact was told, and who: written down by a button of its own, and kept as it is here."""
        self.setObjectName("finding_fields")
        today = desk.ctx.today
        self.place = CodeBox("finding_place", "Where it was found", nothing="Choose the place…")
        self.place.setMinimumContentsLength(30)
        self.found = DateEdit("finding_found", "Found on", self, clock=today)
        self.posted = DateEdit("finding_posted", "Posted on", self, clock=today)
        self.tone = CodeBox("finding_tone", "Tone", TONE_LABELS.items())
        self.by_name = named(QLineEdit(self), "finding_by", "Who said it, as it stands there")
        self.by_name.setPlaceholderText("As it stands there, for example a screen name")
        self.person = PersonOnRecord(desk, "finding_person", "The person, where they are on record", self)
        self.said = sentences(self, "finding_said", "What was said", 7)
        self.link = named(QLineEdit(self), "finding_link", "Link to it")
        self.link.setPlaceholderText("https://…")
        self.journalist = named(
            QCheckBox("From a &journalist", self), "finding_journalist", "It comes from a journalist"
        )
        self.notes = sentences(self, "finding_notes", "Notes for the office", 3)
        self.why = PlainLabel("", self, look="muted")
        self.why.hide()
        self.form = Form(self)
        self.form.add_wide(self.why)
        self.form.add("Whe&re", self.place, "place_id")
        self.form.add("Foun&d on", self.found, "found_on")
        self.form.add("&Tone", self.tone, "tone")
        self.form.add("&What was said", self.said, "said")
        self.form.add("&Link", self.link, "link", "A screenshot belongs under “Pictures”: posts are deleted.")
        self.form.add("&By", self.by_name, "by_name")
        if self.person.offered:
            self.form.add("&Person", self.person, "person_id", "Only where you are sure who it is.")
        self.form.add("Posted o&n", self.posted, "posted_on")
        self.form.add(
            "",
            self.journalist,
            "journalist",
            "Whoever looks after the media policy is told before anybody replies (REP-3).",
        )
        self.form.add("Note&s", self.notes, "notes")
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(self.form)
        column.addStretch(1)
        self.form.order_keys()
        self.setFocusProxy(self.place)
        self._listen()

    # What the form uses

    def fields(self) -> dict[str, QWidget]:
        """Widgets by the names services call them, for showing problems."""
        return self.form.fields

    def offer(self, places: Sequence[PlaceRow], shown: int | None) -> None:
        """The places to choose from: those that are checked, and the one ``shown`` even where it is stopped by now."""
        self.place.offer(
            (each.id, f"{each.draft.name} (stopped)" if each.stopped_on else each.draft.name)
            for each in places
            if each.stopped_on is None or each.id == shown
        )

    def show_draft(self, draft: FindingDraft, person: PersonHit | None) -> None:
        """Put a draft into the fields."""
        self._quiet = True
        self._show_place(draft.place_id, draft.check_id)
        self.person.show_chosen(draft.person_id, person)
        self.found.set_day(draft.found_on)
        self.posted.set_day(draft.posted_on)
        self.tone.choose(str(draft.tone))
        self.by_name.setText(draft.by_name)
        self.said.setPlainText(draft.said)
        self.link.setText(draft.link)
        self.journalist.setChecked(draft.journalist)
        self.notes.setPlainText(draft.notes)
        self.media = (draft.media_told_on, draft.media_told)
        self._quiet = False

    def show_typed(self, typed: Typed, person: PersonHit | None) -> None:
        """Put back what was typed, readable or not."""
        self._quiet = True
        self._show_place(typed.place_id, typed.check_id)
        self.person.show_chosen(typed.person_id, person, typed.person_text)
        self.found.set_text(typed.found)
        self.posted.set_text(typed.posted)
        self.tone.choose(typed.tone)
        self.by_name.setText(typed.by_name)
        self.said.setPlainText(typed.said)
        self.link.setText(typed.link)
        self.journalist.setChecked(typed.journalist)
        self.notes.setPlainText(typed.notes)
        self._quiet = False

    def _show_place(self, place_id: int | None, check_id: int | None) -> None:
        self.place.choose(place_id)
        self._check_id, self._check_place = check_id, place_id

    def typed(self) -> Typed:
        """Everything in the fields, what no record can hold yet included."""
        return Typed(
            place_id=self._place_id(),
            check_id=self._check(),
            person_id=self.person.person_id(),
            found=self.found.text(),
            posted=self.posted.text(),
            tone=str(self.tone.code()),
            by_name=self.by_name.text(),
            person_text=self.person.only_typed(),
            said=self.said.toPlainText(),
            link=self.link.text(),
            notes=self.notes.toPlainText(),
            journalist=self.journalist.isChecked(),
        )

    def _place_id(self) -> int | None:
        place = self.place.code()
        return place if isinstance(place, int) else None

    def _check(self) -> int | None:
        """The check it was found in; none once another place is chosen."""
        return self._check_id if self._place_id() == self._check_place else None

    def draft(self) -> FindingDraft:
        """What is typed. Raises Invalid for a day that cannot be read and a name nobody was chosen for."""
        problems: list[Problem] = []
        days: dict[str, date | None] = {}
        for name, field in (("found_on", self.found), ("posted_on", self.posted)):
            try:
                days[name] = field.day(name)
            except Invalid as error:
                problems += error.problems
        problems += self.person.problems("person_id", "write the name under “By” instead")
        if problems:
            raise Invalid(problems)
        journalist = self.journalist.isChecked()
        told_on, told = self.media if journalist else (None, "")
        return FindingDraft(
            place_id=self._place_id(),
            check_id=self._check(),
            found_on=days["found_on"],
            posted_on=days["posted_on"],
            tone=Tone(str(self.tone.code())),
            said=self.said.toPlainText(),
            link=self.link.text(),
            by_name=self.by_name.text(),
            person_id=self.person.person_id(),
            journalist=journalist,
            media_told_on=told_on,
            media_told=told,
            notes=self.notes.toPlainText(),
        )

    def set_read_only(self, read_only: bool, why: str = "") -> None:
        """``why`` says above the fields why nothing can be changed."""
        for box in (self.place, self.tone, self.journalist):
            box.setEnabled(not read_only)
        for field in (self.by_name, self.said, self.link, self.notes):
            field.setReadOnly(read_only)
        for day in (self.found, self.posted):
            day.set_read_only(read_only)
        self.person.set_read_only(read_only)
        self.why.setText(why)
        self.why.setVisible(bool(why))

    # Typing

    def _listen(self) -> None:
        for box in (self.place, self.tone):
            box.currentIndexChanged.connect(self._touched)
        for line in (self.by_name, self.link):
            line.textChanged.connect(self._touched)
        for text in (self.said, self.notes):
            text.textChanged.connect(self._touched)
        for day in (self.found, self.posted):
            day.changed.connect(self._touched)
        self.journalist.toggled.connect(self._touched)
        self.person.chosen.connect(self._touched)
        self.person.textEdited.connect(self._touched)

    def _touched(self, _what: object = None) -> None:
        if not self._quiet:
            self.changed.emit()
