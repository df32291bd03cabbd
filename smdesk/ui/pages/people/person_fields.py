"""The fields of a person's record, what stands in them, and how that is kept as a draft."""

from __future__ import annotations

from typing import Any

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QCheckBox, QComboBox, QLineEdit, QPlainTextEdit, QVBoxLayout, QWidget

from smdesk.errors import Invalid, Problem
from smdesk.policy.vocabulary import KIND_LABELS, PersonKind
from smdesk.services import languages
from smdesk.services.letter_records import PAPER_LOOK_LABELS, PaperLook
from smdesk.services.people_records import PersonDraft
from smdesk.ui import theme
from smdesk.ui.desk import Desk
from smdesk.ui.widgets.dates import DateEdit
from smdesk.ui.widgets.flow import flow
from smdesk.ui.widgets.forms import Card, Form, sentences
from smdesk.ui.widgets.text import named

_TITLES = ("", "Mr", "Mrs", "Miss", "Ms", "Mx", "Dr", "Prof", "Rev")


class PersonFields(QWidget):
    """``edited`` whenever the person typed or chose something (not when a record is shown)."""

    edited = Signal()

    def __init__(self, desk: Desk, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("person_fields")
        self._showing = False
        self.fields: dict[str, QWidget] = {}
        self._lines: dict[str, QLineEdit] = {}
        self._days: dict[str, DateEdit] = {}
        self._boxes: dict[str, QComboBox] = {}
        self._clock = desk.ctx.today
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(theme.NORMAL)
        column.addWidget(self._who())
        column.addWidget(self._contact())
        column.addWidget(self._school())
        column.addWidget(self._notes())

    # Groups

    def _who(self) -> QWidget:
        card, form = _card("Who it is")
        self.kind = named(QComboBox(), "person_kind", "Who they are")
        for kind, label in KIND_LABELS.items():
            self.kind.addItem(label, str(kind))
        self.kind.currentIndexChanged.connect(self._kind_chosen)
        form.add("&Who they are", self.kind, "kind")
        self._also: dict[PersonKind, QCheckBox] = {}
        for kind, label in KIND_LABELS.items():
            if kind is not PersonKind.UNKNOWN:
                box = named(QCheckBox(label), f"person_also_{kind}", f"Also: {label}")
                box.toggled.connect(self._typed)
                self._also[kind] = box
        also = flow(*self._also.values(), spacing=theme.NORMAL)
        also.setObjectName("person_also")
        form.add("Also", also, "also")
        self.identified = named(
            QCheckBox("We know who this really is"), "person_identified", "We know who this really is"
        )
        self.identified.setToolTip("Leave empty for a name online that nobody has put a face to.")
        self.identified.toggled.connect(self._typed)
        form.add("Identified", self.identified, "identified")
        self._box(form, "title", "&Title", _TITLES)
        self._line(form, "given_name", "Gi&ven name")
        self._line(
            form, "family_name", "Famil&y name", "For somebody known only online: the name used there."
        )
        self._line(
            form,
            "known_as",
            "Also &known as",
            "Short form, former name; commas between. Looked for in letters too.",
        )
        self._line(form, "online_names", "Names on&line", "Names used on social media, commas between.")
        self.fields.update(form.fields)
        return card

    def _contact(self) -> QWidget:
        card, form = _card("How to reach them")
        self.address = self._text("address", "Address", 4)
        form.add("A&ddress", self.address, "address", "At most nine lines, or it does not fit the envelope.")
        self._line(form, "postcode", "&Postcode")
        self._line(form, "email", "&E-mail")
        self._line(form, "phone", "Telephone")
        self._box(form, "language", "Lang&uage", tuple(each.name for each in languages.languages().values()))
        self._line(form, "letter_name", "Name in letters", "Where it is not title and family name.")
        self.paper_look = named(QComboBox(), "person_paper_look", "Papers to them")
        for look, label in PAPER_LOOK_LABELS.items():
            self.paper_look.addItem(label, str(look))
        self.paper_look.currentIndexChanged.connect(self._typed)
        form.add("Papers to them", self.paper_look, "paper_look", "How letters to them are set.")
        self.fields.update(form.fields)
        return card

    def _school(self) -> QWidget:
        card, form = _card("At the school")
        self._line(form, "year_group", "Yea&r group")
        self._line(form, "class_name", "&Class", "Class or registration group.")
        self._line(
            form,
            "outside_id",
            "Outside number",
            "What the school's management system calls them; an import finds them by it.",
        )
        self._day(form, "date_of_birth", "Date of &birth")
        self._day(form, "joined_on", "&Joined on")
        self._day(form, "left_on", "Left on", "Those who left stay on record and can still be found.")
        self.fields.update(form.fields)
        return card

    def _notes(self) -> QWidget:
        card, form = _card("")
        self.notes = self._text("notes", "Notes", 4)
        form.add("Notes", self.notes, "notes", "Written as if the person will read it: they may ask to.")
        self.fields.update(form.fields)
        return card

    def _line(self, form: Form, key: str, label: str, hint: str = "") -> None:
        field = named(QLineEdit(), f"person_{key}", label.replace("&", ""))
        field.textEdited.connect(self._typed)
        self._lines[key] = field
        form.add(label, field, key, hint)

    def _box(self, form: Form, key: str, label: str, offered: tuple[str, ...]) -> None:
        field = named(QComboBox(), f"person_{key}", label.replace("&", ""))
        field.setEditable(True)
        field.setInsertPolicy(QComboBox.InsertPolicy.NoInsert)
        field.addItems(list(offered))
        field.setMinimumContentsLength(12)  # a title or language that is typed must fit, too
        line = field.lineEdit()
        if line is not None:
            line.setObjectName(f"person_{key}_line")
            line.setAccessibleName(label.replace("&", ""))
        field.currentTextChanged.connect(self._typed)
        self._boxes[key] = field
        form.add(label, field, key)

    def _day(self, form: Form, key: str, label: str, hint: str = "") -> None:
        field = DateEdit(f"person_{key}", label.replace("&", ""), clock=self._clock)
        field.changed.connect(self._typed)
        self._days[key] = field
        form.add(label, field, key, hint)

    def _text(self, key: str, spoken: str, lines: int) -> QPlainTextEdit:
        field = sentences(self, f"person_{key}", spoken, lines)
        field.textChanged.connect(self._typed)
        return field

    # What stands in them

    def show_draft(self, draft: PersonDraft) -> None:
        """Show a record's fields; nobody is told."""
        self._showing = True
        self.kind.setCurrentIndex(self.kind.findData(str(draft.kind)))
        for kind, box in self._also.items():
            box.setChecked(kind in draft.also)
        self.identified.setChecked(draft.identified)
        for key, line in self._lines.items():
            line.setText(getattr(draft, key))
            line.setCursorPosition(0)
        for key, box_ in self._boxes.items():
            box_.setEditText(getattr(draft, key))
        for key, day in self._days.items():
            day.set_day(getattr(draft, key))
        self.address.setPlainText(draft.address)
        self.notes.setPlainText(draft.notes)
        self.paper_look.setCurrentIndex(self.paper_look.findData(str(draft.paper_look)))
        self._show_also()
        self._showing = False

    def draft(self) -> PersonDraft:
        """What is typed. Raises Invalid where a date cannot be read."""
        days, problems = {}, list[Problem]()
        for key, field in self._days.items():
            try:
                days[key] = field.day(key)
            except Invalid as error:
                problems.extend(error.problems)
        if problems:
            raise Invalid(problems)
        return PersonDraft(
            kind=self.chosen_kind(),
            also=tuple(kind for kind, box in self._also.items() if box.isChecked() and box.isEnabled()),
            identified=self.identified.isChecked(),
            address=self.address.toPlainText(),
            notes=self.notes.toPlainText(),
            paper_look=PaperLook(self.paper_look.currentData()),
            **{key: line.text() for key, line in self._lines.items()},
            **{key: box.currentText().strip() for key, box in self._boxes.items()},
            **days,
        )

    def readable(self) -> PersonDraft:
        """What is typed, dates that cannot be read left out: for looking whether somebody is on record."""
        try:
            return self.draft()
        except Invalid:
            return PersonDraft(
                kind=self.chosen_kind(),
                **{key: line.text() for key, line in self._lines.items()},
            )

    def chosen_kind(self) -> PersonKind:
        return PersonKind(self.kind.currentData())

    def to_json(self) -> dict[str, Any]:
        """Everything as typed, unreadable dates too, for a draft."""
        return {
            "kind": str(self.chosen_kind()),
            "also": [str(kind) for kind, box in self._also.items() if box.isChecked()],
            "identified": self.identified.isChecked(),
            "address": self.address.toPlainText(),
            "notes": self.notes.toPlainText(),
            "paper_look": self.paper_look.currentData(),
            "lines": {key: line.text() for key, line in self._lines.items()}
            | {key: box.currentText() for key, box in self._boxes.items()},
            "days": {key: day.text() for key, day in self._days.items()},
        }

    def from_json(self, data: dict[str, Any]) -> None:
        """Show a draft again. What this version does not know is passed over."""
        self._showing = True
        place = self.kind.findData(str(data.get("kind", "")))
        if place >= 0:
            self.kind.setCurrentIndex(place)
        also = data.get("also", [])
        for kind, box in self._also.items():
            box.setChecked(str(kind) in also)
        self.identified.setChecked(bool(data.get("identified", True)))
        self.address.setPlainText(str(data.get("address", "")))
        self.notes.setPlainText(str(data.get("notes", "")))
        look = self.paper_look.findData(str(data.get("paper_look", PaperLook.STANDARD)))
        self.paper_look.setCurrentIndex(max(0, look))
        lines, days = data.get("lines", {}), data.get("days", {})
        for key, line in self._lines.items():
            line.setText(str(lines.get(key, "")))
        for key, box_ in self._boxes.items():
            box_.setEditText(str(lines.get(key, "")))
        for key, day in self._days.items():
            day.set_text(str(days.get(key, "")))
        self._show_also()
        self._showing = False

    def set_read_only(self, read_only: bool) -> None:
        for line in self._lines.values():
            line.setReadOnly(read_only)
        for day in self._days.values():
            day.set_read_only(read_only)
        for text in (self.address, self.notes):
            text.setReadOnly(read_only)
        for each in (
            self.kind,
            self.identified,
            self.paper_look,
            *self._boxes.values(),
            *self._also.values(),
        ):
            each.setEnabled(not read_only)
        if not read_only:
            self._show_also()

    def focus_first(self) -> None:
        self._lines["given_name"].setFocus()

    def _kind_chosen(self) -> None:
        self._show_also()
        self._typed()

    def _show_also(self) -> None:
        for kind, box in self._also.items():
            box.setEnabled(kind is not self.chosen_kind())

    def _typed(self) -> None:
        if not self._showing:
            self.edited.emit()


def _card(title: str) -> tuple[Card, Form]:
    card = Card(title)
    form = Form(labels_like="Name in letters")  # the longest of all: the cards line up
    card.body.addWidget(form)
    return card, form
