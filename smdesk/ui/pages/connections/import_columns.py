"""The import's second page: what each column of the file is taken for, and what counts where there is none."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from PySide6.QtCore import Signal
from PySide6.QtWidgets import (
    QCheckBox,
    QComboBox,
    QLineEdit,
    QVBoxLayout,
    QWidget,
)

from smdesk.documents.sheet_reading import Sheet
from smdesk.policy.vocabulary import CAPACITY_LABELS, KIND_LABELS, LINK_LABELS, Capacity, PersonKind
from smdesk.services import reference_data
from smdesk.services.import_fields import FIELD_LABELS, ColumnMap, Defaults, Field, ImportedDecision
from smdesk.services.import_headings import ColumnSample
from smdesk.ui import theme
from smdesk.ui.desk import Desk
from smdesk.ui.pages.connections.platforms_field import PlatformsField
from smdesk.ui.pages.connections.sides import ADULTS
from smdesk.ui.widgets.column_table import ColumnTable
from smdesk.ui.widgets.dates import DateEdit
from smdesk.ui.widgets.flow import flow
from smdesk.ui.widgets.forms import Form, Scrolled, row
from smdesk.ui.widgets.text import PlainLabel, heading, muted, named

DECISIONS = {
    ImportedDecision.APPROVED: "Approved",
    ImportedDecision.REFUSED: "Refused",
    ImportedDecision.UNDECIDED: "Not decided yet",
}


class ColumnsPage(Scrolled):
    """A choice beside each column with something in it. One field belongs to one column."""

    changed = Signal()

    def __init__(self, desk: Desk, parent: QWidget | None = None) -> None:
        super().__init__(parent, margin=theme.LARGE)
        self.setObjectName("import_columns_page")
        self.title = heading("What the columns are", 2)
        self.remarks = PlainLabel("", look="warning")
        self.remarks.setObjectName("import_remarks")
        self.choices = ColumnTable(self)
        self.choices.changed.connect(self.changed)
        self.body.addWidget(self.title)
        self.body.addWidget(self.remarks)
        self.body.addWidget(self.choices)
        self._make_defaults(desk)
        self.body.addStretch(1)

    def _make_defaults(self, desk: Desk) -> None:
        self.decision = _choices(self, "import_decision", "Decision", DECISIONS)
        self.decided_on = DateEdit("import_decided_on", "Decided on", self, clock=desk.ctx.today)
        self.decided_by = named(QLineEdit(self), "import_decided_by", "Decided by")
        self.decided_by.setPlaceholderText("For example: Mrs A. Head, headteacher")
        kinds = {kind: KIND_LABELS[kind] for kind in ADULTS}
        self.adult_kind = _choices(self, "import_adult_kind", "Who the adult is", kinds)
        self.capacity = _choices(self, "import_capacity", "Who the other person is", CAPACITY_LABELS)
        self.platforms = PlatformsField(self)
        self.platforms.offer([(each.code, each.label) for each in reference_data.platforms()])
        self.links = {
            link: named(QCheckBox(label, self), f"import_link_{link}", f"Kind of link: {label}")
            for link, label in LINK_LABELS.items()
        }
        links = flow(*self.links.values(), spacing=theme.NORMAL, parent=self, scrolls=True)
        self.add_people = named(
            QCheckBox("Add &people who are not on record", self),
            "import_add_people",
            "Add people who are not on record",
        )
        self.form = Form(self, labels_like="Who the other person is")
        self.form.add("&Decision", row(self.decision, None), "decision")
        self.form.add("Decided &on", row(self.decided_on, None), "decided_on")
        self.form.add("Decided b&y", self.decided_by, "decided_by")
        self.form.add("Who the &adult is", row(self.adult_kind, None), "adult_kind")
        self.form.add("Who the other person is", row(self.capacity, None), "capacity")
        self.form.add("Platforms", self.platforms, "platforms")
        self.form.add("Kind of link", links, "links")
        self.form.fields["decided_on"] = self.decided_on
        holder = QWidget(self)
        column = QVBoxLayout(holder)
        column.setContentsMargins(0, theme.SMALL, 0, 0)
        column.setSpacing(theme.SMALL)
        column.addWidget(heading("Where a column is missing or a cell is empty", 3))
        column.addWidget(muted("What you choose here is said of each line it is used for."))
        column.addWidget(self.form)
        column.addWidget(self.add_people)
        self.body.addWidget(holder)
        self.form.order_keys()

    def show_sheet(self, sheet: Sheet, columns: Sequence[ColumnSample], guessed: ColumnMap) -> None:
        """Show the columns that have something in them, with what they are likely to be."""
        self.remarks.setText("\n".join(sheet.remarks))
        self.remarks.setVisible(bool(sheet.remarks))
        offered = [(str(each), label) for each, label in FIELD_LABELS.items()]
        meant = {place: str(each) for each, place in guessed.columns.items()}
        self.choices.show_columns(columns, offered, meant)
        self._show_defaults(guessed)

    def _show_defaults(self, guessed: ColumnMap) -> None:
        held = guessed.defaults
        for box, code in (
            (self.decision, held.decision),
            (self.adult_kind, held.adult_kind),
            (self.capacity, held.capacity),
        ):
            box.setCurrentIndex(max(0, box.findData(str(code))))
        self.decided_on.set_day(held.decided_on)
        self.decided_by.setText(held.decided_by)
        self.platforms.set_value(held.platforms)
        for link, box in self.links.items():
            box.setChecked(link in held.links)
        self.add_people.setChecked(guessed.add_people)

    def columns(self) -> ColumnMap:
        """What is chosen. Raises Invalid for a day that cannot be read."""
        return ColumnMap(
            {Field(code): place for code, place in self.choices.chosen().items()},
            Defaults(
                decision=ImportedDecision(self.decision.currentData()),
                decided_on=self.decided_on.day("decided_on"),
                decided_by=self.decided_by.text(),
                adult_kind=PersonKind(self.adult_kind.currentData()),
                capacity=Capacity(self.capacity.currentData()),
                platforms=self.platforms.value(),
                links=tuple(link for link, box in self.links.items() if box.isChecked()),
            ),
            self.add_people.isChecked(),
        )

    def fields(self) -> dict[str, QWidget]:
        """Where each problem belongs."""
        first = self.choices.first()
        return {**self.form.fields, "adult": first, "other": first, "columns": first}

    def put_keyboard(self) -> None:
        """The keyboard goes to the first choice."""
        self.choices.first().setFocus()


def _choices(parent: QWidget, name: str, spoken: str, labels: Mapping[Any, str]) -> QComboBox:
    box = named(QComboBox(parent), name, spoken)
    for code, label in labels.items():
        box.addItem(label, str(code))
    return box
