"""One person and one training: all that is recorded of it, and taking back what was recorded by mistake (AUP-2)."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QDialog, QVBoxLayout, QWidget

from smdesk.policy.words import narrow_day
from smdesk.security.permissions import Permission, allowed
from smdesk.services import people_list, training
from smdesk.services.context import Changes, Context
from smdesk.services.people_records import PersonHit
from smdesk.services.training_records import PersonTraining, TrainingRecord
from smdesk.ui import theme
from smdesk.ui.desk import Desk
from smdesk.ui.events import touches
from smdesk.ui.pages.agreements.tones import TRAINING_TONES
from smdesk.ui.pages.agreements.training_dialog import TrainingDialog
from smdesk.ui.tasks import Progress
from smdesk.ui.widgets.buttons import button
from smdesk.ui.widgets.forms import closing, row
from smdesk.ui.widgets.service_dialog import ReasonService
from smdesk.ui.widgets.short_table import Line, ShortTable
from smdesk.ui.widgets.status_chip import StatusChip, status_icon
from smdesk.ui.widgets.text import PlainLabel, heading


class PersonTrainingDialog(QDialog):
    """Reads itself anew when something is recorded or withdrawn. Use ``open()``."""

    def __init__(self, desk: Desk, type_id: int, person_id: int, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._desk = desk
        self._type_id = type_id
        self._person_id = person_id
        self._records: dict[int, TrainingRecord] = {}
        self.setObjectName("person_training_dialog")
        self.setWindowTitle("Training of one person")
        self.setAccessibleName("Training of one person")
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowModality(Qt.WindowModality.WindowModal)
        self.title = heading("", 2)
        self.who = PlainLabel("", look="muted")
        self.standing = StatusChip()
        self.needed = PlainLabel("", look="muted", wrap=False)
        self.table = ShortTable(
            "person_training_table",
            "What is recorded of this training",
            ("Done on", "Counts until", "Given by", "Note", "Recorded by", "Standing"),
            wide=3,
        )
        self.table.currentCellChanged.connect(self._show_possible)
        self.table.remove_wanted.connect(self._withdraw)
        self.record = button("&Record training…", "person_training_record", self._record)
        self.withdraw = button(
            "&Withdraw…",
            "person_training_withdraw",
            self._withdraw,
            tip="Take back what was recorded by mistake (Delete)",
        )
        may_edit = allowed(desk.ctx.user.roles, Permission.AGREEMENTS_EDIT)
        self.record.setVisible(may_edit)
        self.withdraw.setVisible(may_edit)
        self._may_edit = may_edit
        self.show_person = button("&Open this person", "person_training_person", self._open_person)
        self.show_person.setVisible(allowed(desk.ctx.user.roles, Permission.PEOPLE_READ))
        close = button("Close", "person_training_close", self.accept, look="primary")
        column = QVBoxLayout(self)
        theme.roomy(column, theme.LARGE, theme.SMALL)
        column.addWidget(self.title)
        column.addWidget(self.who)
        column.addWidget(row(self.standing, self.needed, None))
        column.addWidget(self.table, 1)
        column.addWidget(row(self.record, self.withdraw, self.show_person, None))
        column.addWidget(closing(close, row()))
        theme.fit(self, 860, 440)
        desk.events.changed.connect(self._changed)
        self._load()

    def _load(self) -> None:
        ctx, person_id = self._desk.ctx, self._person_id

        def work(progress: Progress) -> tuple[list[PersonHit], tuple[PersonTraining, ...]]:
            return _read(ctx, person_id)

        self._desk.tasks.latest(self, "training", work, self._loaded)

    def _loaded(self, result: tuple[list[PersonHit], tuple[PersonTraining, ...]]) -> None:
        hits, trainings = result
        mine = next((each for each in trainings if each.type_id == self._type_id), None)
        self.who.setText(hits[0].hint if hits else "")
        name = hits[0].name if hits else ""
        self._records = {}
        lines = []
        if mine is not None:
            self.title.setText(f"{name}: {mine.type_name}" if name else mine.type_name)
            self.standing.show_status(mine.words, TRAINING_TONES[mine.standing])
            self.needed.setText("Needed" if mine.needed else "Not needed, but on record")
            self._records = {each.id: each for each in mine.records}
            lines = [_line(each) for each in mine.records]
        else:
            self.title.setText(name)
            self.standing.show_status("Neither needed nor on record", "neutral")
            self.needed.setText("")
        self.table.show_lines(lines)
        self._show_possible()

    def _show_possible(self, *_: int) -> None:
        chosen = self._chosen()
        self.withdraw.setEnabled(chosen is not None and not chosen.withdrawn)

    def _chosen(self) -> TrainingRecord | None:
        key = self.table.current_key()
        return None if key is None else self._records.get(key)

    def _record(self) -> None:
        TrainingDialog(self._desk, self._type_id, [self._person_id], self).open()

    def _withdraw(self) -> None:
        chosen = self._chosen()
        if chosen is None or chosen.withdrawn or not self._may_edit:
            return
        ctx, training_id = self._desk.ctx, chosen.id
        ReasonService(
            self._desk,
            "training_withdraw",
            "Withdraw this training",
            "&Why it is withdrawn",
            "Wi&thdraw",
            lambda reason: training.withdraw(ctx, training_id, reason),
            self,
            explanation=f"{chosen.type_name}, {narrow_day(chosen.done_on)}. It stays on record as withdrawn; the one "
            "before it counts again.",
        ).open()

    def _open_person(self) -> None:
        self.accept()
        self._desk.open_person(self._person_id)

    def _changed(self, changes: Changes) -> None:
        if touches(changes, "training") or touches(changes, "training_type"):
            self._load()


def _read(ctx: Context, person_id: int) -> tuple[list[PersonHit], tuple[PersonTraining, ...]]:
    return people_list.rows(ctx, [person_id]), training.of_person(ctx, person_id)


def _line(each: TrainingRecord) -> Line:
    words = each.standing_words
    if each.withdrawn:
        words = f"Withdrawn: {each.withdrawn_reason}"
    elif not each.newest:
        words = "Followed by a later one"
    tone = TRAINING_TONES[each.standing] if each.newest else "neutral"
    return Line(
        each.id,
        (
            narrow_day(each.done_on),
            "Does not lapse" if each.valid_until is None else narrow_day(each.valid_until),
            each.given_by,
            each.note,
            each.recorded_by,
            words,
        ),
        status_icon(tone),
        5,
    )
