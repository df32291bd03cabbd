"""The fields of an account: what it is, who looks after it, and how (ACC-1, ACC-7, PPL-3)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import pairwise

from PySide6.QtCore import Signal
from PySide6.QtWidgets import (
    QCheckBox,
    QComboBox,
    QLineEdit,
    QSizePolicy,
    QVBoxLayout,
    QWidget,
)

from smdesk.errors import Invalid, Problem
from smdesk.policy.accounts import OPENNESS_LABELS, Openness
from smdesk.services.account_records import (
    CHECKLIST_LABELS,
    AccountDraft,
    AccountRecord,
    AccountRunnerDraft,
    ChecklistPoint,
)
from smdesk.services.people_records import PersonHit
from smdesk.ui import theme
from smdesk.ui.desk import Desk
from smdesk.ui.pages.accounts.runners_field import RunnersField
from smdesk.ui.pages.accounts.typed import Typed, TypedRunner
from smdesk.ui.widgets.dates import DateEdit
from smdesk.ui.widgets.day_parsing import long_day
from smdesk.ui.widgets.forms import Card, Form, row, sentences
from smdesk.ui.widgets.person_picker import PersonPicker
from smdesk.ui.widgets.text import PlainLabel, named

_LABELS_LIKE = "Where the password is kept"
WHERE_KEPT_HINT = "For example “office password manager”. Never the password itself."


class AccountFields(QWidget):
    """``changed`` whenever something is typed or chosen, not when a record is shown."""

    changed = Signal()

    def __init__(self, desk: Desk, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("account_fields")
        self._desk = desk
        self._quiet = False
        self._labels: dict[str, str] = {}
        self.note = PlainLabel("", self, look="muted")
        self.note.setObjectName("account_fields_note")
        self.note.hide()
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(theme.NORMAL)
        column.addWidget(self.note)
        self._forms = (self._make_what(), self._make_who(), self._make_how())
        for title, form in zip(
            ("The account", "Who looks after it", "How it is looked after"), self._forms, strict=True
        ):
            card = Card(title)
            card.body.addWidget(form)
            column.addWidget(card)
        column.addStretch(1)
        self.setFocusProxy(self.platform)
        self._order_keys()
        self._listen()

    def _make_what(self) -> Form:
        self.platform = named(QComboBox(self), "account_platform", "Platform: app or site")
        self.platform.setEditable(True)
        self.platform.setInsertPolicy(QComboBox.InsertPolicy.NoInsert)
        self.platform.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        line = self.platform.lineEdit()
        line.setPlaceholderText("App or site")
        named(line, "account_platform_line", "Platform: app or site")
        self.handle = named(QLineEdit(self), "account_handle", "Name on the platform")
        self.handle.setPlaceholderText("@name or title of the page")
        self.link = named(QLineEdit(self), "account_link", "Link to the account")
        self.link.setPlaceholderText("https://…")
        self.purpose = sentences(self, "account_purpose", "Purpose", 2)
        self.audience = named(QLineEdit(self), "account_audience", "Audience")
        self.audience.setPlaceholderText("Families, former pupils, the village …")
        self.openness = named(QComboBox(self), "account_openness", "Open or closed")
        for code, label in OPENNESS_LABELS.items():
            self.openness.addItem(label, str(code))
        self.opened_on = DateEdit("account_opened", "Opened on", self, clock=self._desk.ctx.today)
        form = Form(self, labels_like=_LABELS_LIKE)
        wide = row(self.platform)  # a box of choices by itself stays as narrow as its longest choice
        wide.setFocusProxy(self.platform)
        form.add("P&latform", wide, "platform")
        form.add("Na&me on the platform", self.handle, "handle")
        form.add("Lin&k", self.link, "link")
        form.add("P&urpose", self.purpose, "purpose")
        form.add("Au&dience", self.audience, "audience")
        form.add("Open or closed", row(self.openness, None), "openness")
        form.add("Op&ened on", self.opened_on, "opened_on")
        return form

    def _make_who(self) -> Form:
        self.responsible = PersonPicker(
            self._desk, "account_responsible", "Responsible: the named person", self, may_add=False
        )
        self.runners = RunnersField(self._desk, self)
        form = Form(self, labels_like=_LABELS_LIKE)
        form.add("&Responsible", self.responsible, "responsible_id")
        form.add("Run &by", self.runners, "runners")
        return form

    def _make_how(self) -> Form:
        self.review_on = DateEdit("account_review", "Review on", self, clock=self._desk.ctx.today, ahead=True)
        self.credentials = named(QLineEdit(self), "account_credentials", "Where the password is kept")
        self.checklist = {
            point: named(QCheckBox(_capital(label), self), f"account_check_{point}", f"Checklist: {label}")
            for point, label in CHECKLIST_LABELS.items()
        }
        points = QWidget(self)
        points.setObjectName("account_checklist")
        points.setAccessibleName("Checklist for posts")
        inside = QVBoxLayout(points)
        inside.setContentsMargins(0, 0, 0, 0)
        inside.setSpacing(theme.TIGHT)
        for box in self.checklist.values():
            inside.addWidget(box)
        points.setFocusProxy(self.checklist[ChecklistPoint.WHO_POSTS])
        self.notes = sentences(self, "account_notes", "Notes for the office", 3)
        form = Form(self, labels_like=_LABELS_LIKE)
        form.add("Review on", self.review_on, "review_on")
        form.add("&Where the password is kept", self.credentials, "credentials_place", hint=WHERE_KEPT_HINT)
        form.add("Checklist for posts (ACC-7)", points, "checklist")
        form.add("No&tes", self.notes, "notes")
        return form

    # What the form uses

    def fields(self) -> dict[str, QWidget]:
        """Widgets by the names services call them, for showing problems."""
        found: dict[str, QWidget] = {}
        for form in self._forms:
            found |= form.fields
        also = {"platform": self.platform, "openness": self.openness, "runners": self.runners.picker}
        return {**found, **also}

    def offer(self, platforms: Sequence[tuple[str, str]]) -> None:
        """The platforms to choose from, (code, label)."""
        self._quiet = True
        self._labels = dict(platforms)
        text = self.platform.currentText()
        self.platform.clear()
        for code, label in platforms:
            self.platform.addItem(label, code)
        self.platform.setEditText(text)
        self._quiet = False

    def typed_of(self, record: AccountRecord) -> Typed:
        """A saved account as it stands in the fields."""
        draft = record.draft
        return Typed(
            platform=record.platform_label,
            handle=draft.handle,
            link=draft.link,
            purpose=draft.purpose,
            audience=draft.audience,
            openness=str(draft.openness),
            responsible_id=draft.responsible_id,
            opened_text=long_day(draft.opened_on) if draft.opened_on else "",
            review_text=long_day(draft.review_on) if draft.review_on else "",
            credentials_place=draft.credentials_place,
            checklist=tuple(str(point) for point in draft.checklist),
            notes=draft.notes,
            runners=tuple(
                TypedRunner(
                    each.person_id,
                    each.name,
                    each.kinds,
                    long_day(each.from_on),
                    long_day(each.until_on) if each.until_on else "",
                    each.note,
                )
                for each in record.runners
            ),
        )

    def show_typed(self, typed: Typed, people: Mapping[int, PersonHit]) -> None:
        """Put this into the fields; ``people`` are those named in it."""
        self._quiet = True
        self.platform.setEditText(typed.platform)
        self.handle.setText(typed.handle)
        self.link.setText(typed.link)
        self.link.setCursorPosition(0)
        self.purpose.setPlainText(typed.purpose)
        self.audience.setText(typed.audience)
        self.openness.setCurrentIndex(max(0, self.openness.findData(typed.openness)))
        self.responsible.set_person(
            None if typed.responsible_id is None else people.get(typed.responsible_id)
        )
        if typed.responsible_text:
            self.responsible.setText(typed.responsible_text)
        self.opened_on.set_text(typed.opened_text)
        self.review_on.set_text(typed.review_text)
        self.credentials.setText(typed.credentials_place)
        for point, box in self.checklist.items():
            box.setChecked(str(point) in typed.checklist)
        self.notes.setPlainText(typed.notes)
        self.runners.show_runners(typed.runners)
        self._order_keys()
        self._quiet = False

    def typed(self) -> Typed:
        """Everything in the fields, word for word."""
        who = self.responsible.person()
        return Typed(
            platform=self.platform.currentText(),
            handle=self.handle.text(),
            link=self.link.text(),
            purpose=self.purpose.toPlainText(),
            audience=self.audience.text(),
            openness=str(self.openness.currentData()),
            responsible_id=None if who is None else who.id,
            responsible_text=self.responsible.text().strip() if who is None else "",
            opened_text=self.opened_on.text(),
            review_text=self.review_on.text(),
            credentials_place=self.credentials.text(),
            checklist=tuple(str(point) for point, box in self.checklist.items() if box.isChecked()),
            notes=self.notes.toPlainText(),
            runners=self.runners.typed(),
        )

    def draft(self) -> AccountDraft:
        """What is typed. Raises Invalid for days that cannot be read and names nobody was chosen for."""
        wrong: list[Problem] = []
        days = {}
        for field, edit in (("opened_on", self.opened_on), ("review_on", self.review_on)):
            try:
                days[field] = edit.day(field)
            except Invalid as error:
                wrong += error.problems
        runners: tuple[AccountRunnerDraft, ...] = ()
        try:
            runners = self.runners.drafts()
        except Invalid as error:
            wrong += error.problems
        typed = self.typed()
        if typed.responsible_text:
            wrong.append(
                Problem(
                    "responsible_id",
                    f"“{typed.responsible_text}” is nobody on record yet: choose somebody from the "
                    "list that opens as you type.",
                )
            )
        if wrong:
            raise Invalid(wrong)
        return AccountDraft(
            platform=typed.platform,
            handle=typed.handle,
            link=typed.link,
            purpose=typed.purpose,
            audience=typed.audience,
            openness=Openness(typed.openness),
            responsible_id=typed.responsible_id,
            opened_on=days["opened_on"],
            review_on=days["review_on"],
            credentials_place=typed.credentials_place,
            checklist=tuple(point for point, box in self.checklist.items() if box.isChecked()),
            notes=typed.notes,
            runners=runners,
        )

    def set_read_only(self, read_only: bool, why: str = "") -> None:
        """Show and take nothing; ``why`` says so above the fields."""
        for line in (self.handle, self.link, self.audience, self.credentials):
            line.setReadOnly(read_only)
            if line.placeholderText():
                line.setProperty("hint", line.placeholderText())
            # What may be typed is said only where something may be typed.
            line.setPlaceholderText("" if read_only else str(line.property("hint") or ""))
        for text in (self.purpose, self.notes):
            text.setReadOnly(read_only)
        for box in (self.platform, self.openness, *self.checklist.values()):
            box.setEnabled(not read_only)
        self.opened_on.set_read_only(read_only)
        self.review_on.set_read_only(read_only)
        self.responsible.set_read_only(read_only)
        self.runners.set_read_only(read_only)
        self.note.setText(why)
        self.note.setVisible(bool(why))

    def _listen(self) -> None:
        self.platform.editTextChanged.connect(self._touched)
        for line in (self.handle, self.link, self.audience, self.credentials, self.responsible):
            line.textChanged.connect(self._touched)
        self.responsible.chosen.connect(self._touched)
        for text in (self.purpose, self.notes):
            text.textChanged.connect(self._touched)
        self.openness.currentIndexChanged.connect(self._touched)
        for edit in (self.opened_on, self.review_on):
            edit.changed.connect(self._touched)
        for box in self.checklist.values():
            box.toggled.connect(self._touched)
        self.runners.changed.connect(self._runners_changed)

    def _runners_changed(self) -> None:
        self._order_keys()
        self._touched()

    def _touched(self, _what: object = None) -> None:
        if not self._quiet:
            self.changed.emit()

    def _order_keys(self) -> None:
        """Tab goes as one reads; lines of people come and go."""
        order = (
            self.platform,
            self.handle,
            self.link,
            self.purpose,
            self.audience,
            self.openness,
            self.opened_on.line,
            self.responsible,
            *self.runners.stops(),
            self.review_on.line,
            self.credentials,
            *self.checklist.values(),
            self.notes,
        )
        for before, after in pairwise(order):
            QWidget.setTabOrder(before, after)


def _capital(label: str) -> str:
    return label[:1].upper() + label[1:]
