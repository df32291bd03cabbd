"""Adds somebody who is not on record yet, without leaving the record: the few things that matter now."""

from __future__ import annotations

from dataclasses import dataclass

from PySide6.QtWidgets import QCheckBox, QComboBox, QLineEdit, QPushButton, QSizePolicy, QWidget

from smdesk.policy.vocabulary import KIND_LABELS, PersonKind
from smdesk.services import people
from smdesk.services.context import Changes, Context
from smdesk.services.people_records import PersonDraft, PersonHit
from smdesk.ui.desk import Desk
from smdesk.ui.tasks import Progress
from smdesk.ui.widgets.buttons import button
from smdesk.ui.widgets.person_picker import label
from smdesk.ui.widgets.service_dialog import ServiceDialog, Work
from smdesk.ui.widgets.text import PlainLabel, named


@dataclass(frozen=True, slots=True)
class AddedPerson:
    """Somebody just added (or found to be on record already), ready for the form."""

    hit: PersonHit
    changes: Changes


@dataclass(frozen=True, slots=True)
class Duplicates:
    """Nothing was added: these may be the same person."""

    hits: tuple[PersonHit, ...]


def add(ctx: Context, draft: PersonDraft, knowing: bool) -> AddedPerson | Duplicates:
    """Add a person; unless ``knowing``, somebody who looks the same is offered first. Raises Invalid."""
    if not knowing:
        found = people.possible_duplicates(ctx, draft)
        if found:
            return Duplicates(tuple(found[:5]))
    saved = people.save(ctx, draft)
    return AddedPerson(people.rows(ctx, [saved.id])[0], saved.changes)


def split_name(text: str) -> tuple[str, str]:
    """ "Jo van Dyk" as given name and family name, as people type them."""
    parts = text.split()
    if len(parts) < 2:
        return "", text.strip()
    return parts[0], " ".join(parts[1:])


class NewPersonDialog(ServiceDialog):
    """``accomplished`` carries ``AddedPerson``; everything else can be filled in later under People."""

    def __init__(self, desk: Desk, typed: str, kind: PersonKind, parent: QWidget | None = None) -> None:
        super().__init__(
            desk,
            "person_dialog",
            "Add a person",
            "&Add",
            parent,
            explanation="Address and other details can be added later under People.",
        )
        given, family = split_name(typed)
        self.kind = named(QComboBox(self), "person_kind", "Who they are")
        for each, said in KIND_LABELS.items():
            self.kind.addItem(said, str(each))
        self.kind.setCurrentIndex(self.kind.findData(str(kind)))
        self.form.add("&Who they are", self.kind, "kind")
        self.title = named(QLineEdit(self), "person_title", "Title, for example Ms")
        self.form.add("&Title", self.title, "title")
        self.given = named(QLineEdit(given, self), "person_given", "Given name")
        self.form.add("&Given name", self.given, "given_name")
        self.family = named(QLineEdit(family, self), "person_family", "Family name, or name online")
        self.form.add("&Family name", self.family, "family_name")
        self.online = named(QLineEdit(self), "person_online", "Name on the platform")
        self.form.add("Name &online", self.online, "online_names")
        self.unidentified = named(
            QCheckBox("Nobody knows who this really &is (only the name online is known)", self),
            "person_unidentified",
            "Nobody knows who this really is",
        )
        self.form.add_wide(self.unidentified)
        self.found = PlainLabel("", self)
        self.found.hide()
        self.column.insertWidget(2, self.found)
        self._offers: list[QPushButton] = []
        self._hits: tuple[PersonHit, ...] = ()
        # A few single lines: Enter adds, as in every small dialog. Ctrl+Enter is for those with text in them.
        self.ok.setDefault(True)
        (self.family if not family else self.given).setFocus()

    def work(self) -> Work:
        ctx, knowing = self._desk.ctx, bool(self._hits)
        draft = PersonDraft(
            kind=PersonKind(self.kind.currentData()),
            title=self.title.text(),
            given_name=self.given.text(),
            family_name=self.family.text(),
            online_names=self.online.text(),
            identified=not self.unidentified.isChecked(),
        )

        def do(progress: Progress) -> object:
            return add(ctx, draft, knowing)

        return do

    def _accepted(self, result: object) -> None:
        if isinstance(result, Duplicates):
            self._offer(result.hits)
            return
        super()._accepted(result)

    def _offer(self, hits: tuple[PersonHit, ...]) -> None:
        self._hits = hits
        self.found.setText(
            "Is it one of these? Choosing the record that is there keeps everything about a person together."
        )
        self.found.show()
        for number, hit in enumerate(hits):
            offer = button(label(hit).replace("&", "&&"), f"person_use_{number}", self._use)
            offer.setProperty("number", number)
            self._offers.append(offer)
            # A long name must not make the dialog wider than its window.
            offer.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
            self.column.insertWidget(3 + number, offer)
            offer.show()
        self.ok.setText("No, &add a new person")
        self.ok.setAccessibleName("No, add a new person")
        self.grow()
        self._offers[0].setFocus()

    def _use(self) -> None:
        hit = self._hits[int(self.sender().property("number"))]
        self.accomplished.emit(AddedPerson(hit, frozenset()))
        self.accept()
