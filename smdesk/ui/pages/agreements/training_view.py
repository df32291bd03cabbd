"""The part "Training" of the agreements tab: who has had what, who lacks what, whose lapses (AUP-2, ACC-3)."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from PySide6.QtGui import QIcon
from PySide6.QtWidgets import QCheckBox, QWidget

from smdesk.policy.vocabulary import KIND_LABELS, PersonKind
from smdesk.policy.words import narrow_day
from smdesk.security.permissions import Permission, allowed
from smdesk.services import training, training_list
from smdesk.services.training_records import (
    STANDING_LABELS,
    TRAINING_COLUMN_LABELS,
    TRAINING_VIEW_LABELS,
    TrainingColumn,
    TrainingFilter,
    TrainingRow,
    TrainingSort,
    TrainingStanding,
    TrainingTypeRecord,
)
from smdesk.services.training_records import TrainingView as View
from smdesk.ui.desk import Desk
from smdesk.ui.models.chunked import Column, columns_named
from smdesk.ui.pages.agreements.person_training_dialog import PersonTrainingDialog
from smdesk.ui.pages.agreements.tones import TRAINING_TONES
from smdesk.ui.pages.agreements.training_dialog import TrainingDialog
from smdesk.ui.pages.agreements.training_types_dialog import TrainingTypeDialog, TrainingTypesDialog
from smdesk.ui.widgets.buttons import button
from smdesk.ui.widgets.filter_fields import choice, choose, code_in, offer
from smdesk.ui.widgets.filter_row import FilterRow
from smdesk.ui.widgets.list_part import ListPart
from smdesk.ui.widgets.listing import Listing
from smdesk.ui.widgets.record_list import RecordList
from smdesk.ui.widgets.status_chip import status_icon
from smdesk.ui.widgets.text import named

_EMPTY_VIEWS: Final = {
    View.MISSING: "Everybody who needs a training has had it",
    View.LAPSED: "No training has lapsed",
    View.LAPSING: "No training lapses soon",
    View.VALID: "No training is in date",
    View.ALL: "No training is on record yet",
}

_BEGIN: Final = (
    "Add the kinds of training the school’s policy asks for and who needs them; then record who had them, one person "
    "or a whole room at once."
)


class TrainingFilters(FilterRow):
    """Which training, who they are, and whether only what is needed is shown."""

    def __init__(self, desk: Desk, parent: QWidget | None = None) -> None:
        super().__init__(desk, "training", TrainingFilter(), "One person", parent)
        self.type = choice("training_filter_type", "Training", "Any training", (), 150)
        self.kind = choice("training_filter_kind", "Who they are", "Anybody", KIND_LABELS.items(), 125)
        self.needed = named(QCheckBox("Only what is needed"), "training_filter_needed", "Only what is needed")
        self.needed.toggled.connect(self._told)
        self.fill((self.type, self.kind, self.needed), (self.type, self.kind), ())

    def offer_types(self, kinds: tuple[TrainingTypeRecord, ...]) -> None:
        """The trainings to choose from."""
        offer(self.type, [(each.id, each.draft.name) for each in kinds])

    def narrow(self, wanted: TrainingFilter) -> TrainingFilter:
        return replace(
            wanted,
            type_id=self.type.currentData(),
            kind=code_in(PersonKind, self.kind),
            needed_only=self.needed.isChecked(),
            person_id=self.person_id(),
        )

    def put(self, wanted: TrainingFilter) -> None:
        choose(self.type, wanted.type_id)
        choose(self.kind, wanted.kind)
        self.needed.setChecked(wanted.needed_only)


class TrainingView(ListPart):
    """What the agreements tab shows under "Training". A record here is a pair, as ``training_list.row_id_of``."""

    def __init__(self, desk: Desk, parent: QWidget | None = None) -> None:
        self._kinds: tuple[TrainingTypeRecord, ...] | None = None
        may_edit = allowed(desk.ctx.user.roles, Permission.AGREEMENTS_EDIT)
        self.marked = button(
            "For those &marked…",
            "training_marked",
            tip="Record a training for the people whose rows are marked",
        )
        self.marked.setVisible(may_edit)
        self.kinds = button(
            "&Kinds of training…", "training_kinds", tip="What is asked for, of whom, for how long"
        )
        self.filters = TrainingFilters(desk)
        super().__init__(
            desk,
            "training",
            RecordList(desk, _listing(may_edit), self.filters, beside_new=(self.marked, self.kinds)),
            more_told_by=("training_type",),
            for_marked=self.marked,
            parent=parent,
        )
        self.marked.clicked.connect(self._record_for_marked)
        self.kinds.clicked.connect(self._show_kinds)

    def open_record(self, record_id: int) -> None:
        """Show all that is recorded of one person and one training."""
        self.list.select(record_id)
        type_id, person_id = training_list.pair_of(int(record_id))
        PersonTrainingDialog(self._desk, type_id, person_id, self).open()

    def new_record(self) -> None:
        """Record a training (Ctrl+N); where no kind of training is on the list yet, that comes first."""
        if not self.list.may_add:
            return
        if self._kinds == ():
            TrainingTypeDialog(self._desk, None, self).open()
        else:
            TrainingDialog(self._desk, None, (), self).open()

    # Inside

    def _record_for_marked(self) -> None:
        pairs = [training_list.pair_of(row_id) for row_id in self.list.table.selected_ids()]
        types = {type_id for type_id, _ in pairs}
        people = list(dict.fromkeys(person_id for _, person_id in pairs))
        if people:
            TrainingDialog(self._desk, types.pop() if len(types) == 1 else None, people, self).open()

    def _show_kinds(self) -> None:
        TrainingTypesDialog(self._desk, self).open()

    def load_more(self) -> None:
        ctx = self._desk.ctx
        self._desk.tasks.latest(self, "types", lambda progress: training.types(ctx), self._have_kinds)

    def _have_kinds(self, kinds: tuple[TrainingTypeRecord, ...]) -> None:
        self._kinds = kinds
        self.filters.offer_types(kinds)


def _listing(may_edit: bool) -> Listing:
    return Listing(
        name="training",
        title="Training",
        one="training",
        many="trainings",
        nothing=TrainingFilter(),
        sort=TrainingSort(),
        shelf=training_list.SHELF,
        view_labels=TRAINING_VIEW_LABELS,
        whole=View.ALL,
        empty_views=_EMPTY_VIEWS,
        none=("No training is on record yet", _BEGIN),
        first="Begin",
        search="Search people, trainings and who gave them",
        new="&Record training…",
        new_tip="Record who was trained (Ctrl+N)",
        columns=_columns(),
        column_labels=TRAINING_COLUMN_LABELS,
        sorted_ids=training_list.sorted_ids,
        rows=training_list.rows,
        view_counts=training_list.view_counts,
        export=training_list.export,
        may_add=may_edit,
        # A row is a pair, so what changed is never told by its id; who runs an account needs other trainings.
        also_on=("training", "training_type", "person", "account"),
    )


Name = TrainingColumn
_column = columns_named(TRAINING_COLUMN_LABELS)


def _columns() -> tuple[Column[TrainingRow], ...]:
    return (
        _column(Name.PERSON, lambda row: row.person, 170, tooltip=lambda row: row.person, strong=_pressing),
        _column(Name.KIND, lambda row: KIND_LABELS[row.kind], 130),
        _column(Name.CLASS, lambda row: row.class_name, 70, hidden=True),
        _column(Name.TRAINING, lambda row: row.training, 185, tooltip=lambda row: row.training),
        _column(
            Name.STANDING,
            _standing,
            195,
            tooltip=lambda row: row.standing_words,
            icon=_icon,
            strong=_pressing,
        ),
        _column(Name.DONE, lambda row: "" if row.done_on is None else narrow_day(row.done_on), 105),
        _column(Name.UNTIL, _until, 115),
        _column(Name.NEEDED, lambda row: "Yes" if row.needed else "No", 75),
        _column(Name.GIVEN_BY, lambda row: row.given_by, 150, tooltip=lambda row: row.given_by),
    )


def _standing(row: TrainingRow) -> str:
    """In a word or two: the days stand in columns of their own."""
    return STANDING_LABELS[row.standing] if row.here else "Not needed any more"


def _until(row: TrainingRow) -> str:
    if row.done_on is None:
        return ""
    return "No end" if row.valid_until is None else narrow_day(row.valid_until)


def _pressing(row: TrainingRow) -> bool:
    return row.here and row.needed and row.standing in (TrainingStanding.MISSING, TrainingStanding.LAPSED)


def _icon(row: TrainingRow) -> QIcon:
    return status_icon(TRAINING_TONES[row.standing] if row.here else "neutral")
