"""One person's page: details to edit, family, consents, the ladder, and the incidents and exceptions they are in."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Any

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QFrame, QHBoxLayout, QTabWidget, QVBoxLayout, QWidget

from smdesk.errors import Conflict, Invalid, SmdeskError
from smdesk.policy.vocabulary import KIND_LABELS
from smdesk.policy.words import written_day
from smdesk.security.permissions import Permission, allowed
from smdesk.services import drafts, people
from smdesk.services.context import LOCAL, Changes, Context, Saved
from smdesk.services.people_records import PersonDraft, PersonHit, PersonRecord
from smdesk.ui import events as bus
from smdesk.ui import theme
from smdesk.ui.desk import Desk
from smdesk.ui.draft_keeper import DraftKeeper, Write
from smdesk.ui.messages import Choice
from smdesk.ui.pages.people.agreements_section import AgreementsSection
from smdesk.ui.pages.people.connections_section import ConnectionsSection
from smdesk.ui.pages.people.duplicates import DuplicatesPanel
from smdesk.ui.pages.people.family_section import FamilySection
from smdesk.ui.pages.people.merge_dialog import MergeDialog
from smdesk.ui.pages.people.person_fields import PersonFields
from smdesk.ui.pages.people.sections import (
    ConsentSection,
    IncidentsSection,
    LadderSection,
    MergedSection,
)
from smdesk.ui.tasks import Progress
from smdesk.ui.widgets.buttons import button
from smdesk.ui.widgets.dialogs import MINE, THEIRS, ask_conflict
from smdesk.ui.widgets.forms import Scrolled, row
from smdesk.ui.widgets.problem_bar import ProblemBar
from smdesk.ui.widgets.status_chip import StatusChip
from smdesk.ui.widgets.text import PlainLabel, heading, named

FORM = "person"
"""The name drafts of this form are kept under."""
PARTS = ("Details", "Family", "Consents", "Ladder", "Incidents", "Connections", "Agreements")
_CONNECTIONS, _AGREEMENTS = PARTS.index("Connections"), PARTS.index("Agreements")


@dataclass(frozen=True, slots=True)
class _Opened:
    record: PersonRecord | None
    draft: dict[str, Any] | None


@dataclass(frozen=True, slots=True)
class _Likeness:
    """Nothing was saved: these may be the same person."""

    hits: tuple[PersonHit, ...]


class PersonView(QWidget):
    """``saved`` carries the id; ``incident_wanted`` and ``person_wanted`` the record to go to."""

    saved = Signal(object)
    not_saved = Signal()
    incident_wanted = Signal(object)
    person_wanted = Signal(object)

    def __init__(self, desk: Desk, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("person_view")
        self._desk = desk
        self._id = 0
        self._version: int | None = None
        self._record: PersonRecord | None = None
        self._clean: dict[str, Any] = {}
        self._offered: dict[str, Any] | None = None
        self._saving = False
        column = QVBoxLayout(self)
        column.setContentsMargins(theme.LARGE, theme.SMALL, theme.LARGE, theme.NORMAL)
        column.setSpacing(theme.SMALL)
        column.addLayout(self._make_head())
        column.addWidget(self._make_offer())
        self.problems = ProblemBar("person_problems")
        column.addWidget(self.problems)
        self.fields = PersonFields(desk)
        self.fields.edited.connect(self._edited)
        self.duplicates = DuplicatesPanel(desk)
        self.duplicates.opened.connect(self.person_wanted)
        self.merged = MergedSection(desk)
        details = Scrolled(margin=theme.SMALL, widest=900)
        details.body.addWidget(self.duplicates)
        details.body.addWidget(self.fields)
        details.body.addWidget(self.merged)
        details.body.addStretch(1)
        self.family = FamilySection(desk)
        self.family.opened.connect(self.person_wanted)
        self.consents = ConsentSection(desk)
        self.ladder = LadderSection()
        self.ladder.opened.connect(self.incident_wanted)
        self.incidents = IncidentsSection()
        self.incidents.opened.connect(self.incident_wanted)
        self.connections = ConnectionsSection(desk)
        self.connections.opened.connect(desk.open_exception)
        self.connections.counted.connect(self._name_connections)
        self.agreements = AgreementsSection(desk)
        self.agreements.counted.connect(self._name_agreements)
        self.tabs = named(QTabWidget(), "person_tabs", "Parts of this person's record")
        self.tabs.tabBar().setAccessibleName("Parts of this person's record")
        self.tabs.setDocumentMode(True)
        parts = (
            details,
            self.family,
            self.consents,
            self.ladder,
            self.incidents,
            self.connections,
            self.agreements,
        )
        for widget, label in zip(parts, PARTS, strict=True):
            self.tabs.addTab(widget, label)
        column.addWidget(self.tabs, 1)
        self.keeper = DraftKeeper(desk, _forget, self)
        self.keeper.due.connect(self._keep_draft)
        self.keeper.failed.connect(desk.messages.error)
        desk.events.changed.connect(self._changed)

    # What the page uses

    @property
    def person_id(self) -> int:
        """Whose page it is; 0 for somebody being added."""
        return self._id

    @property
    def record(self) -> PersonRecord | None:
        return self._record

    def new(self, family_name: str = "") -> None:
        """An empty form. A draft of one left earlier is offered."""
        self._start(0)
        self._record = None
        self.fields.set_read_only(False)
        self.fields.show_draft(PersonDraft(family_name=family_name))
        self._clean = self.fields.to_json()
        self._name_tabs()
        self._show_head()
        self.merged.show_record(None, may_undo=False)
        self.connections.show_person(0)
        self.agreements.show_person(0)
        self.tabs.setCurrentIndex(0)
        self.fields.focus_first()
        ctx = self._desk.ctx
        self._desk.tasks.latest(
            self, "open", lambda progress: _Opened(None, drafts.get(ctx, FORM, 0)), self._opened
        )

    def open(self, person_id: int) -> None:
        """Show this person."""
        if person_id != self._id:
            self._start(person_id)
        ctx = self._desk.ctx

        def work(progress: Progress) -> _Opened:
            record = people.record_of(ctx, person_id)
            return _Opened(record, drafts.get(ctx, FORM, record.id) if record.editable else None)

        self._desk.tasks.latest(self, "open", work, self._opened)

    def unsaved(self) -> bool:
        """Whether something typed differs from what is saved."""
        return bool(self._clean) and self.fields.to_json() != self._clean

    def save_draft(self) -> None:
        """Keep what is typed, now and on this thread."""
        if self.unsaved():
            self.keeper.keep_now(self._id, self._keeping())

    def discard(self) -> None:
        """Throw away what is typed, and its draft."""
        if self._record is not None:
            self.fields.show_draft(self._record.draft)
        else:
            self.fields.show_draft(PersonDraft())
        self._clean = self.fields.to_json()
        self.keeper.forget(self._id)

    def save(self, *, knowing: bool = False, version: int | None = None) -> None:
        """Save what is typed. ``knowing`` adds a person although somebody alike is on record."""
        if self._saving:
            return
        try:
            draft = self.fields.draft()
        except Invalid as error:
            self._refused(error)
            return
        ctx, person_id, expected = self._desk.ctx, self._id, version if version is not None else self._version
        forget = self.keeper.forgetting()

        def work(progress: Progress) -> Saved | _Likeness:
            if not person_id and not knowing:
                hits = people.possible_duplicates(ctx, draft)
                if hits:
                    return _Likeness(tuple(hits))
            saved = people.save(ctx, draft, person_id or None, expected)
            forget(ctx, person_id)
            return saved

        self.keeper.stop()
        self._saving = True
        self.save_button.setEnabled(False)
        self._desk.tasks.run(self, work, self._done, self._refused, "Saving", ended=self._ended)

    # Parts

    def _make_head(self) -> QVBoxLayout:
        self.name = heading("")
        self.name.setObjectName("person_name")
        self.chips = [StatusChip() for _ in range(3)]
        self.state = PlainLabel("", look="muted", wrap=False)
        self.state.setObjectName("person_state")
        self.merge_button = button(
            "&Merge with a duplicate…", "person_merge", self._merge, tip="Make two records of one person one"
        )
        self.save_button = button(
            "&Save", "person_save", self._save_pressed, look="primary", shortcut="Ctrl+S"
        )
        first = QHBoxLayout()
        first.addWidget(self.name, 1)
        first.addWidget(self.state)
        first.addWidget(self.merge_button)
        first.addWidget(self.save_button)
        head = QVBoxLayout()
        head.setSpacing(theme.TIGHT)
        head.addLayout(first)
        head.addWidget(row(*self.chips, None))
        return head

    def _make_offer(self) -> QFrame:
        """The bar that offers a draft left earlier."""
        self.offer = QFrame()
        self.offer.setObjectName("person_draft_offer")
        self.offer.setProperty("tone", "info")
        line = QHBoxLayout(self.offer)
        theme.roomy(line, theme.SMALL, theme.SMALL)
        self.offer_text = PlainLabel("")
        self.restore_button = button("Bring it ba&ck", "person_draft_restore", self.restore_draft)
        self.drop_button = button("Throw it away", "person_draft_drop", self._throw_away)
        line.addWidget(self.offer_text, 1)
        line.addWidget(self.restore_button)
        line.addWidget(self.drop_button)
        self.offer.hide()
        return self.offer

    # Opening

    def _start(self, person_id: int) -> None:
        self.keeper.stop()
        self._id, self._version, self._clean = person_id, None, {}
        self._offered = None
        self.offer.hide()
        self.problems.clear()
        self.duplicates.clear()

    def _opened(self, opened: _Opened) -> None:
        if opened.record is not None:
            self._id = opened.record.id
            self._show_record(opened.record)
        if opened.draft is not None:
            self._offered = opened.draft
            at = opened.draft.get("at", "")
            self.offer_text.setText(f"You left this form with something unsaved{_when(at)}.")
            self.offer.show()

    def _show_record(self, record: PersonRecord) -> None:
        self._version = record.version
        self._record = record
        self.fields.show_draft(record.draft)
        self._clean = self.fields.to_json()
        self.fields.set_read_only(not record.editable)
        self._show_sections(record)
        self._show_head()

    def _show_sections(self, record: PersonRecord) -> None:
        self.family.show_record(record)
        self.consents.show_record(record)
        self.ladder.show_record(record)
        self.incidents.show_record(record)
        self.merged.show_record(record, may_undo=self._may_merge())
        self.connections.show_person(record.id)
        self.agreements.show_person(record.id)
        current = sum(each.current for each in record.consents)
        incidents = len({each.incident_id for each in record.incidents})
        self._name_tabs((0, len(record.links), current, len(record.ladder), incidents))

    def _name_tabs(self, numbers: tuple[int, ...] = (0, 0, 0, 0, 0)) -> None:
        for place, (label, number) in enumerate(zip(PARTS, numbers, strict=False)):
            self.tabs.setTabText(place, f"{label} ({number})" if number else label)

    def _name_connections(self, number: int) -> None:
        label = PARTS[_CONNECTIONS]
        self.tabs.setTabText(_CONNECTIONS, f"{label} ({number})" if number else label)

    def _name_agreements(self, number: int) -> None:
        """What is still asked of them, and not all they have ever agreed to: that is what there is to do."""
        label = PARTS[_AGREEMENTS]
        self.tabs.setTabText(_AGREEMENTS, f"{label} ({number} to do)" if number else label)

    def _show_head(self) -> None:
        record = self._record
        editable = record is None or record.editable
        self.name.setText(record.name if record is not None else "New person")
        shown: list[tuple[str, str]] = []
        if record is not None:
            shown.append((KIND_LABELS[record.draft.kind], "info"))
            if not record.draft.identified:
                shown.append(("Not identified", "warning"))
            if record.draft.left_on is not None and record.draft.left_on <= self._desk.ctx.today():
                shown.append(("Left", "neutral"))
        for place, chip in enumerate(self.chips):
            chip.setVisible(place < len(shown))
            if place < len(shown):
                chip.show_status(*shown[place])
        for place in range(1, self.tabs.count()):
            self.tabs.setTabEnabled(place, record is not None)
            self.tabs.setTabToolTip(place, "" if record is not None else "Save the new person first")
        self.save_button.setVisible(editable)
        self.merge_button.setVisible(record is not None and self._may_merge())
        self._show_state()

    def _show_state(self) -> None:
        self.state.setText("Not saved yet" if self.unsaved() else "")

    def _may_merge(self) -> bool:
        return allowed(self._desk.ctx.user.roles, Permission.PEOPLE_MERGE)

    # Typing, drafts

    def _edited(self) -> None:
        self._show_state()
        self.keeper.touch()
        if not self._id:
            self.duplicates.look_for(self.fields.readable())

    def _keeping(self) -> Write:
        data = {
            "fields": self.fields.to_json(),
            "version": self._version,
            "at": self._desk.ctx.now().isoformat(),
        }
        return partial(_keep, data=data)

    def _keep_draft(self) -> None:
        if self.unsaved():
            self.keeper.keep(self._id, self._keeping())
        elif self._offered is None:
            # What was typed was taken out again, and no earlier draft waits to be looked at.
            self.keeper.forget(self._id)

    def restore_draft(self) -> None:
        """Bring back the draft that is offered."""
        held, self._offered = self._offered, None
        self.offer.hide()
        if held is None:
            return
        self.fields.from_json(held.get("fields", {}))
        version = held.get("version")
        # Against the version it was typed on: somebody's later change must not be overwritten unseen.
        if isinstance(version, int):
            self._version = version
        self.tabs.setCurrentIndex(0)
        self._show_state()

    def _throw_away(self) -> None:
        self._offered = None
        self.offer.hide()
        self.keeper.forget(self._id)

    # Saving

    def _save_pressed(self) -> None:
        self.save()

    def _done(self, result: Saved | _Likeness) -> None:
        if isinstance(result, _Likeness):
            self._ask_whether_same(result.hits)
            return
        self.problems.clear()
        self.duplicates.clear()
        self.offer.hide()
        self._offered = None
        self._id, self._version = result.id, result.version
        self._clean = self.fields.to_json()
        self._show_state()
        self.open(result.id)
        self.saved.emit(result.id)

    def _ask_whether_same(self, hits: tuple[PersonHit, ...]) -> None:
        self._saving = False
        names = "; ".join(f"{hit.name} ({hit.hint})" for hit in hits[:3])
        answer = self._desk.messages.choose(
            "Is this the same person?",
            (Choice("look", "Go back and look"), Choice("add", "Add as another person")),
            more=f"On record already: {names}.",
            cancel="look",
            default="look",
        )
        if answer == "add":
            self.save(knowing=True)
        else:
            self.duplicates.look_for(self.fields.readable())
            self.not_saved.emit()

    def _refused(self, error: SmdeskError) -> None:
        self._saving = False
        self.keeper.touch()
        if isinstance(error, Conflict):
            choice = ask_conflict(error, self)
            if choice == MINE:
                self.save(version=error.current_version)
                return
            if choice == THEIRS:
                self.discard()
                self.open(self._id)
        else:
            self.tabs.setCurrentIndex(0)
            self.problems.show_problems(error, self.fields.fields)
        self.not_saved.emit()

    def _ended(self) -> None:
        self._saving = False
        self.save_button.setEnabled(True)

    # Others' changes

    def _changed(self, changes: Changes) -> None:
        if not self._id or self._saving:
            return
        if bus.touches(changes, "person", self._id) or (
            self._record is not None and bus.touches(changes, "incident")
        ):
            ctx, person_id = self._desk.ctx, self._id
            self._desk.tasks.latest(
                self, "again", lambda progress: people.record_of(ctx, person_id), self._read_again
            )

    def _read_again(self, record: PersonRecord) -> None:
        if record.id != self._id and self._record is not None and self._id != self._record.id:
            return
        self._id = record.id
        if self.unsaved():
            # What is typed stays; saving will show what somebody else changed.
            self._record = record
            self._show_sections(record)
            return
        self._show_record(record)

    def _merge(self) -> None:
        if self._record is None:
            return
        if self.unsaved():
            self._desk.messages.info("Save what you typed first, then merge the two records.")
            return
        dialog = MergeDialog(self._desk, self._record, self)
        dialog.merged.connect(self.person_wanted)
        dialog.open()


def _keep(ctx: Context, person_id: int, data: dict[str, Any]) -> None:
    drafts.put(ctx, FORM, person_id, data)


def _forget(ctx: Context, person_id: int) -> None:
    drafts.drop(ctx, FORM, person_id)


def _when(at: object) -> str:
    try:
        local = datetime.fromisoformat(str(at)).astimezone(LOCAL)
    except ValueError:
        return ""
    return f" on {written_day(local)} at {local:%H:%M}"
