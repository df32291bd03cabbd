"""The kinds of training the school asks for: who needs each, and for how long it counts (AUP-2, ACC-3)."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QCheckBox, QDialog, QLineEdit, QSpinBox, QVBoxLayout, QWidget

from smdesk.policy.vocabulary import KIND_LABELS, PersonKind
from smdesk.policy.words import listed, written_day
from smdesk.security.permissions import Permission, allowed
from smdesk.services import training
from smdesk.services.context import Changes
from smdesk.services.training_records import TrainingTypeDraft, TrainingTypeRecord
from smdesk.ui import theme
from smdesk.ui.desk import Desk
from smdesk.ui.events import touches
from smdesk.ui.tasks import Progress
from smdesk.ui.widgets.buttons import button
from smdesk.ui.widgets.edit_dialog import EditDialog
from smdesk.ui.widgets.forms import closing, row
from smdesk.ui.widgets.kind_boxes import KindBoxes
from smdesk.ui.widgets.service_dialog import Work
from smdesk.ui.widgets.short_table import Line, ShortTable
from smdesk.ui.widgets.text import PlainLabel, heading, named
from smdesk.ui.words import count

ASKED = {kind: label for kind, label in KIND_LABELS.items() if kind is not PersonKind.UNKNOWN}
"""Who can be asked for a training: somebody nobody has identified cannot."""


class TrainingTypeDialog(EditDialog):
    """A new kind of training, or one changed. ``accomplished`` carries ``Saved``."""

    def __init__(
        self, desk: Desk, kind: TrainingTypeRecord | None = None, parent: QWidget | None = None
    ) -> None:
        new = kind is None
        super().__init__(
            desk,
            "training_type_dialog",
            "Add a kind of training" if new else "Change this kind of training",
            "&Add" if new else "&Save",
            parent,
            version=None if kind is None else kind.version,
        )
        self._id = None if kind is None else kind.id
        draft = TrainingTypeDraft(valid_months=12) if kind is None else kind.draft
        self.name = named(QLineEdit(draft.name, self), "training_type_name", "Name of the training")
        self.name.setPlaceholderText("For example: Online safety for staff")
        self.form.add("&Name", self.name, "name")
        self.months = named(QSpinBox(self), "training_type_months", "Months it counts")
        self.months.setRange(0, training.MOST_MONTHS)
        self.months.setSpecialValueText("Does not lapse")
        self.months.setSuffix(" months")
        self.months.setValue(draft.valid_months)
        hint = "0: it does not lapse."
        if kind is not None and kind.recorded:
            hint += " A change counts for what is recorded from now on; what is on record keeps its last day."
        self.form.add("&Counts for", self.months, "valid_months", hint)
        self.asked = KindBoxes("training_type_asked", "Needed by", ASKED, self)
        self.asked.set_kinds(draft.asked_of)
        self.form.add("Needed &by", self.asked, "asked_of")
        self.accounts = named(
            QCheckBox("Whoever runs a school account needs it (ACC-3)", self),
            "training_type_accounts",
            "Whoever runs a school account needs it",
        )
        self.accounts.setChecked(draft.for_accounts)
        self.form.add_wide(self.accounts)
        self.notes = self.note_field("training_type_notes", "Notes", 2, draft.notes)
        self.form.add("N&otes", self.notes, "notes")
        self.name.setFocus()

    def work(self) -> Work:
        ctx, type_id, version = self._desk.ctx, self._id, self.version
        draft = TrainingTypeDraft(
            self.name.text(),
            self.months.value(),
            self.asked.kinds(),
            self.accounts.isChecked(),
            self.notes.toPlainText(),
        )

        def do(progress: Progress) -> object:
            return training.save_type(ctx, draft, type_id, version)

        return do


class TrainingTypesDialog(QDialog):
    """The list of kinds, to add to and to change. Use ``open()``."""

    def __init__(self, desk: Desk, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._desk = desk
        self._kinds: dict[int, TrainingTypeRecord] = {}
        self.setObjectName("training_types_dialog")
        self.setWindowTitle("Kinds of training")
        self.setAccessibleName("Kinds of training")
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowModality(Qt.WindowModality.WindowModal)
        may_edit = allowed(desk.ctx.user.roles, Permission.AGREEMENTS_EDIT)
        self.table = ShortTable(
            "training_types_table",
            "Kinds of training",
            ("Training", "Counts for", "Needed by", "On record", "Standing"),
            wide=2,
        )
        self.table.opened.connect(self._change)
        self.table.currentCellChanged.connect(self._show_possible)
        self.none = PlainLabel(
            "No kind of training is on the list yet. Add the ones the school’s policy asks for.", look="muted"
        )
        self.add = button("&Add…", "training_types_add", self.add_kind)
        self.edit = button(
            "&Change…", "training_types_change", self._change_current, tip="Enter or double click"
        )
        self.retire = button("A&sk no more", "training_types_retire", self._retire)
        for each in (self.add, self.edit, self.retire):
            each.setVisible(may_edit)
        self._may_edit = may_edit
        close = button("Close", "training_types_close", self.accept, look="primary")
        column = QVBoxLayout(self)
        theme.roomy(column, theme.LARGE, theme.SMALL)
        column.addWidget(heading("Kinds of training", 2))
        column.addWidget(self.none)
        column.addWidget(self.table, 1)
        column.addWidget(row(self.add, self.edit, self.retire, None))
        column.addWidget(closing(close, row()))
        theme.fit(self, 860, 460)
        desk.events.changed.connect(self._changed)
        self._load()

    def add_kind(self) -> None:
        """Ask for a new one."""
        TrainingTypeDialog(self._desk, None, self).open()

    def current(self) -> TrainingTypeRecord | None:
        """The kind that is marked."""
        key = self.table.current_key()
        return None if key is None else self._kinds.get(key)

    def _load(self) -> None:
        ctx = self._desk.ctx
        self._desk.tasks.latest(
            self, "types", lambda progress: training.types(ctx, retired=True), self._loaded
        )

    def _loaded(self, kinds: tuple[TrainingTypeRecord, ...]) -> None:
        self._kinds = {each.id: each for each in kinds}
        self.table.show_lines(
            [
                Line(
                    each.id,
                    (
                        each.draft.name,
                        _lasts(each.draft),
                        _needed_by(each.draft),
                        f"{each.recorded:,}",
                        "Asked for"
                        if each.retired_on is None
                        else f"Not asked for since {written_day(each.retired_on)}",
                    ),
                )
                for each in kinds
            ]
        )
        self.none.setVisible(not kinds)
        self.table.setVisible(bool(kinds))
        self._show_possible()

    def _show_possible(self, *_: int) -> None:
        chosen = self.current()
        self.edit.setEnabled(chosen is not None)
        self.retire.setEnabled(chosen is not None)
        words = "A&sk again" if chosen is not None and chosen.retired_on is not None else "A&sk no more"
        self.retire.setText(words)
        self.retire.setAccessibleName(words.replace("&", ""))

    def _change(self, type_id: int) -> None:
        kind = self._kinds.get(type_id)
        if kind is not None and self._may_edit:
            TrainingTypeDialog(self._desk, kind, self).open()

    def _change_current(self) -> None:
        key = self.table.current_key()
        if key is not None:
            self._change(key)

    def _retire(self) -> None:
        chosen = self.current()
        if chosen is None:
            return
        retire = chosen.retired_on is None
        if retire and not self._desk.messages.confirm(
            f"Ask for “{chosen.draft.name}” no more?",
            "Ask no more",
            more="What is recorded of it stays on record. Nobody is shown as lacking it any more, and it no longer "
            "counts for whoever runs a school account.",
        ):
            return
        ctx, type_id, version = self._desk.ctx, chosen.id, chosen.version

        def work(progress: Progress) -> object:
            does = training.retire_type if retire else training.unretire_type
            return does(ctx, type_id, version)

        self._desk.tasks.run(self, work, title="Saving the training")

    def _changed(self, changes: Changes) -> None:
        if touches(changes, "training_type") or touches(changes, "training"):
            self._load()


def _lasts(draft: TrainingTypeDraft) -> str:
    return count(draft.valid_months, "month") if draft.valid_months else "Does not lapse"


def _needed_by(draft: TrainingTypeDraft) -> str:
    groups = [KIND_LABELS[kind] for kind in draft.asked_of]
    if draft.for_accounts:
        groups.append("whoever runs an account")
    return listed(groups) or "Nobody in particular"
