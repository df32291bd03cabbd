"""Settings, School: letterhead, contacts and the few switches."""

from __future__ import annotations

import base64
from dataclasses import replace
from typing import Any

from PySide6.QtWidgets import QComboBox, QLineEdit, QSpinBox, QVBoxLayout, QWidget

from smdesk.errors import Conflict, SmdeskError
from smdesk.policy.vocabulary import Nation
from smdesk.security.permissions import Permission, allowed
from smdesk.services import drafts, school, school_look
from smdesk.services.context import Changes, Saved
from smdesk.services.letter_records import ENVELOPE_LABELS, Envelope
from smdesk.services.school import (
    CONTACT_LABELS,
    SETTING_BOUNDS,
    Contact,
    SchoolRecord,
    SchoolSettings,
)
from smdesk.ui import events as bus
from smdesk.ui import theme
from smdesk.ui.desk import Desk
from smdesk.ui.widgets.buttons import button
from smdesk.ui.widgets.dialogs import MINE, THEIRS, ask_conflict
from smdesk.ui.widgets.forms import Card, Form, Scrolled, row
from smdesk.ui.widgets.letterhead import Letterhead
from smdesk.ui.widgets.look_field import LookField
from smdesk.ui.widgets.problem_bar import ProblemBar
from smdesk.ui.widgets.text import PlainLabel, heading, muted, named

_FORM = "settings.school"

_SETTINGS = {
    "idle_minutes": ("&Lock after", " minutes", "Without a key press or mouse movement."),
    "small_numbers_threshold": (
        "Hide figu&res under",
        "",
        "In the governor report, smaller counts are shown as “fewer than”.",
    ),
    "evidence_limit_mb": ("Largest piece of e&vidence", " MB", ""),
}


class SchoolSection(QWidget):
    """The form. Read-only for roles that may not change it."""

    def __init__(self, desk: Desk, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("settings_school")
        self._desk = desk
        self._saved: SchoolRecord | None = None
        self._may_edit = allowed(desk.ctx.user.roles, Permission.SCHOOL_EDIT)
        self._make_fields()
        self.problems = ProblemBar("school_problems")
        self.save_button = button("&Save", "school_save", self.save, look="primary", shortcut="Ctrl+S")
        self.revert_button = button("&Undo changes", "school_revert", self._revert)
        self.state = PlainLabel("", look="muted", wrap=False)
        self.state.setObjectName("school_state")
        page = Scrolled(widest=820)
        page.body.addWidget(heading("School"))
        if not self._may_edit:
            page.body.addWidget(
                muted("Only the headteacher, the business manager or an administrator change this.")
            )
        for card in self._cards():
            page.body.addWidget(card)
        page.body.addStretch(1)
        foot = row(self.state, None, self.revert_button, self.save_button)
        foot.layout().setContentsMargins(theme.LARGE, theme.SMALL, theme.LARGE, theme.SMALL)
        foot.setVisible(self._may_edit)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self.problems)
        column.addWidget(page, 1)
        column.addWidget(foot)
        desk.events.changed.connect(self._changed)
        self._typed()

    def _make_fields(self) -> None:
        self.head = Letterhead()
        self.head.tell(self._typed)
        self.head.set_read_only(not self._may_edit)
        self.colour = LookField(self.head.logo.data)
        self.colour.set_read_only(not self._may_edit)
        self.colour.changed.connect(self._typed)
        self.head.logo.changed.connect(self.colour.refresh)
        self.envelope = named(QComboBox(), "school_envelope")
        for envelope, label in ENVELOPE_LABELS.items():
            self.envelope.addItem(label, envelope)
        self.envelope.setEnabled(self._may_edit)
        self.envelope.currentIndexChanged.connect(self._typed)
        self.contacts: dict[str, tuple[QLineEdit, QLineEdit]] = {}
        for code, label in CONTACT_LABELS.items():
            who = named(QLineEdit(), f"contact_{code}_name", f"{label}: name")
            how = named(QLineEdit(), f"contact_{code}_detail", f"{label}: telephone or e-mail")
            who.setPlaceholderText("Name")
            how.setPlaceholderText("Telephone or e-mail")
            self.contacts[code] = (who, how)
        self.numbers: dict[str, QSpinBox] = {}
        for key, (_, suffix, _) in _SETTINGS.items():
            least, most, _label = SETTING_BOUNDS[key]
            spin = named(QSpinBox(), f"school_{key}")
            spin.setRange(least, most)
            spin.setSuffix(suffix)
            self.numbers[key] = spin
        for line in (line for pair in self.contacts.values() for line in pair):
            line.setReadOnly(not self._may_edit)
            line.textChanged.connect(self._typed)
        for spin in self.numbers.values():
            spin.setEnabled(self._may_edit)
            spin.valueChanged.connect(self._typed)

    def _cards(self) -> list[Card]:
        head, letterhead = self.head, Card("Letterhead")
        # All but the contacts, whose labels are long, line up from card to card.
        widest = "Largest piece of evidence"
        form = Form(labels_like=widest)
        form.add("School's &name", head.name, "name")
        form.add("A&ddress", head.address, "address", "As on the letterhead, one line each.")
        form.add("&Telephone", head.phone, "phone")
        form.add("&E-mail", head.email, "email")
        form.add("&Website", head.website, "website")
        form.add("Nat&ion", head.nation, "nation", "Decides which bank holidays count in deadlines.")
        form.add("Logo", head.logo, "logo", "PNG, JPEG or SVG.")
        form.add("Heading colour", self.colour, "colour", "Of the school's name and of headings in letters.")
        letterhead.body.addWidget(form)
        words = Card("In letters")
        second = Form(labels_like=widest)
        second.add(
            "Complaints &procedure",
            head.complaints,
            "complaints_procedure",
            "Where parents find it. Completes the sentence “You can find it …”.",
        )
        second.add("&Official channels", head.channels, "official_channels", "Parted by commas.")
        second.add(
            "Fitting envelope",
            self.envelope,
            "envelope",
            "Decides where the address and the fold marks stand. A letter may use another one.",
        )
        words.body.addWidget(second)
        people = Card("Contacts for questions")
        people.body.addWidget(
            muted("Shown beside advice and printed where they are needed. Leave out what you do not have.")
        )
        third = Form()
        for code, label in CONTACT_LABELS.items():
            who, how = self.contacts[code]
            third.add(label, row(who, how), f"contacts.{code}")
        people.body.addWidget(third)
        program = Card("Program")
        fourth = Form(labels_like=widest)
        for key, (label, _, hint) in _SETTINGS.items():
            fourth.add(label, self.numbers[key], key, hint)
        program.body.addWidget(fourth)
        self._fields: dict[str, QWidget] = {
            **form.fields,
            **second.fields,
            "contacts": self.contacts["parents"][0],
            **fourth.fields,
        }
        return [letterhead, words, people, program]

    # The section

    def activate(self) -> None:
        if self._saved is None:
            self._load()

    def unsaved(self) -> bool:
        return self._may_edit and self._saved is not None and self.record() != self._saved

    def save_draft(self) -> None:
        drafts.put(self._desk.ctx, _FORM, 0, _to_json(self.record()))

    def record(self) -> SchoolRecord:
        """The school as typed."""
        contacts = tuple(
            Contact(code, who.text(), how.text())
            for code, (who, how) in self.contacts.items()
            if who.text().strip() or how.text().strip()
        )
        return SchoolRecord(
            **self.head.values(),
            contacts=contacts,
            settings=SchoolSettings(**{key: spin.value() for key, spin in self.numbers.items()}),
            look=self.colour.look(Envelope(self.envelope.currentData())),
            version=self._saved.version if self._saved else 1,
        )

    def save(self) -> None:
        """Save what is typed, unless somebody else saved meanwhile: then ask."""
        if self._saved is not None:
            self._save_over(self._saved.version)

    def _save_over(self, version: int) -> None:
        ctx, record = self._desk.ctx, self.record()
        self.problems.clear()
        self.save_button.setEnabled(False)

        def work(progress: object) -> Saved:
            saved = school.save(ctx, record, version)
            drafts.drop(ctx, _FORM, 0)
            return saved

        self._desk.tasks.run(self, work, self._was_saved, self._not_saved, ended=self._typed)

    def _was_saved(self, _saved: Saved) -> None:
        self._saved = None
        self._load()

    def _not_saved(self, error: SmdeskError) -> None:
        if not isinstance(error, Conflict):
            self.problems.show_problems(error, self._fields)
            return
        choice = ask_conflict(error, self)
        if choice == MINE:
            self._save_over(error.current_version)
        elif choice == THEIRS:
            self._saved = None
            self._load()

    # Reading and showing

    def _load(self) -> None:
        ctx = self._desk.ctx

        def work(progress: object) -> tuple[SchoolRecord, dict[str, Any] | None]:
            return school.get(ctx), drafts.get(ctx, _FORM, 0)

        self._desk.tasks.latest(self, "load", work, self._loaded)

    def _loaded(self, result: tuple[SchoolRecord, dict[str, Any] | None]) -> None:
        record, draft = result
        self._show(record)
        # What is shown, not what was stored: contacts come back in the form's order.
        self._saved = self.record()
        self._saved = replace(self._saved, version=record.version)
        if draft is not None and self._may_edit:
            self._show(_from_json(draft, record))
        self._typed()

    def _show(self, record: SchoolRecord) -> None:
        self.head.show_record(record)
        held = {contact.code: contact for contact in record.contacts}
        for code, (who, how) in self.contacts.items():
            contact = held.get(code, Contact(code, ""))
            who.setText(contact.name)
            how.setText(contact.detail)
        for key, spin in self.numbers.items():
            spin.setValue(getattr(record.settings, key))
        self.colour.set_look(record.look)
        self.envelope.setCurrentIndex(self.envelope.findData(record.look.envelope))

    def _revert(self) -> None:
        if self._saved is not None:
            ctx = self._desk.ctx
            self.problems.clear()
            self._show(self._saved)
            self._desk.tasks.run(self, lambda progress: drafts.drop(ctx, _FORM, 0))

    def _typed(self) -> None:
        changed = self.unsaved()
        self.save_button.setEnabled(changed)
        self.revert_button.setEnabled(changed)
        self.state.setText("Changed, not saved yet" if changed else "")

    def _changed(self, changes: Changes) -> None:
        if bus.touches(changes, "school") and not self.unsaved() and self.isVisible():
            self._load()


def _to_json(record: SchoolRecord) -> dict[str, Any]:
    return {
        "name": record.name,
        "address": record.address,
        "nation": record.nation.value,
        "phone": record.phone,
        "email": record.email,
        "website": record.website,
        "logo": base64.b64encode(record.logo).decode() if record.logo else None,
        "complaints_procedure": record.complaints_procedure,
        "official_channels": record.official_channels,
        "contacts": [[c.code, c.name, c.detail] for c in record.contacts],
        "settings": {key: getattr(record.settings, key) for key in SETTING_BOUNDS},
        "look": school_look.write(record.look),
    }


def _from_json(draft: dict[str, Any], saved: SchoolRecord) -> SchoolRecord:
    """A draft read back; one of another version's shape gives what is saved."""
    try:
        logo = draft["logo"]
        return replace(
            saved,
            name=str(draft["name"]),
            address=str(draft["address"]),
            nation=Nation(draft["nation"]),
            phone=str(draft["phone"]),
            email=str(draft["email"]),
            website=str(draft["website"]),
            logo=base64.b64decode(logo) if logo else None,
            complaints_procedure=str(draft["complaints_procedure"]),
            official_channels=str(draft["official_channels"]),
            contacts=tuple(
                Contact(str(code), str(name), str(detail)) for code, name, detail in draft["contacts"]
            ),
            settings=SchoolSettings(**{key: int(draft["settings"][key]) for key in SETTING_BOUNDS}),
            look=school_look.read(draft["look"]),
        )
    except (KeyError, TypeError, ValueError):
        return saved
