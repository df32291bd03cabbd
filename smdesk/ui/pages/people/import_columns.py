"""The import's second page: what a row is, what each column is taken for, and whether the file holds everybody."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QCheckBox, QComboBox, QWidget

from smdesk.documents.sheet_reading import Sheet
from smdesk.policy.vocabulary import KIND_LABELS, PersonKind
from smdesk.services.import_headings import ColumnSample
from smdesk.services.people_import_fields import LAYOUT_LABELS, ColumnMap, Layout, Target, targets
from smdesk.services.people_import_records import SEVERAL
from smdesk.services.people_records import RELATION_LABELS, Relation
from smdesk.ui import theme
from smdesk.ui.desk import Desk
from smdesk.ui.widgets.column_table import ColumnTable
from smdesk.ui.widgets.dates import DateEdit
from smdesk.ui.widgets.flow import flow
from smdesk.ui.widgets.forms import Form, Scrolled, row
from smdesk.ui.widgets.text import PlainLabel, heading, muted, named

KINDS = tuple(kind for kind in PersonKind if kind not in (PersonKind.UNKNOWN, PersonKind.THIRD_PARTY))
RELATIONS = (Relation.PARENT_OF, Relation.CARER_OF, Relation.RELATED_TO)


class ColumnsPage(Scrolled):
    """``layout_chosen`` carries the layout for which the columns must be guessed anew: that is a service's work."""

    layout_chosen = Signal(object)

    def __init__(self, desk: Desk, parent: QWidget | None = None) -> None:
        super().__init__(parent, margin=theme.LARGE)
        self.setObjectName("import_columns_page")
        self._samples: Sequence[ColumnSample] = ()
        self.remarks = PlainLabel("", look="warning")
        self.remarks.setObjectName("import_remarks")
        self.layout_box = named(QComboBox(self), "import_layout", "What a row of the file is")
        for layout, label in LAYOUT_LABELS.items():
            self.layout_box.addItem(label, str(layout))
        self.layout_box.activated.connect(self._layout_chosen)
        self.kind = named(QComboBox(self), "import_kind", "Who the people in the file are")
        self.kind.addItem("Choose…", "")
        for kind in KINDS:
            self.kind.addItem(KIND_LABELS[kind], str(kind))
        self.relation = named(QComboBox(self), "import_relation", "What a contact is where nothing is said")
        for relation in RELATIONS:
            self.relation.addItem(RELATION_LABELS[relation], str(relation))
        self.form = Form(self, labels_like="A contact without a relation is")
        self.form.add("A &row is", row(self.layout_box, None), "layout")
        self.kind_label = self.form.add("The &people are", row(self.kind, None), "kind")
        self.relation_label = self.form.add(
            "A contact without a relation is", row(self.relation, None), "relation"
        )
        self.choices = ColumnTable(self)
        self.whole = {
            kind: named(
                QCheckBox(SEVERAL[kind].capitalize(), self), f"import_whole_{kind}", f"All {SEVERAL[kind]}"
            )
            for kind in KINDS
        }
        for box in self.whole.values():
            box.toggled.connect(self._whole_chosen)
        self.left_on = DateEdit("import_left_on", "Left on", self, clock=desk.ctx.today)
        self.whole_form = Form(self, labels_like="A contact without a relation is")
        boxes = flow(*self.whole.values(), spacing=theme.NORMAL, parent=self, scrolls=True)
        self.whole_form.add("The file holds all", boxes, "whole")
        self.whole_form.add("They left &on", row(self.left_on, None), "left_on")
        self.whole_form.fields["left_on"] = self.left_on
        for each in (
            heading("What the columns are", 2),
            self.remarks,
            self.form,
            self.choices,
            heading("Who is not in the file", 3),
            muted(
                "Only where the file holds everybody of a kind who is at the school now: whoever is on record and not "
                "in it is marked as left. You see who that would be before anything is written."
            ),
            self.whole_form,
        ):
            self.body.addWidget(each)
        self.body.addStretch(1)
        self._whole_chosen()

    def show_sheet(self, sheet: Sheet, samples: Sequence[ColumnSample], guessed: ColumnMap) -> None:
        """Show the columns that have something in them, with what they are likely to be."""
        self._samples = samples
        self.remarks.setText("\n".join(sheet.remarks))
        self.remarks.setVisible(bool(sheet.remarks))
        for box in self.whole.values():
            box.setChecked(False)
        self.left_on.set_day(None)
        self.show_columns(guessed)

    def show_columns(self, guessed: ColumnMap) -> None:
        """Show what the columns of the same file are likely to be in another layout."""
        layout = guessed.layout
        self.layout_box.setCurrentIndex(self.layout_box.findData(str(layout)))
        self.kind.setCurrentIndex(max(0, self.kind.findData(str(guessed.kind or ""))))
        self.relation.setCurrentIndex(max(0, self.relation.findData(str(guessed.relation))))
        beside = layout is Layout.PUPIL
        for each in (self.kind_label, self.kind):
            each.setVisible(not beside)
        offered = [(each.code, each.label) for each in targets(layout)]
        meant = {place: each.code for each, place in guessed.columns.items()}
        self.choices.show_columns(self._samples, offered, meant)

    def columns(self) -> ColumnMap:
        """What is chosen. Raises Invalid for a day that cannot be read."""
        layout = Layout(self.layout_box.currentData())
        known: dict[str, Target] = {each.code: each for each in targets(layout)}
        whole = frozenset(kind for kind, box in self.whole.items() if box.isChecked())
        kind = self.kind.currentData()
        return ColumnMap(
            layout=layout,
            columns={known[code]: place for code, place in self.choices.chosen().items()},
            kind=PersonKind(kind) if kind else None,
            relation=Relation(self.relation.currentData()),
            whole=whole,
            left_on=self.left_on.day("left_on") if whole else None,
        )

    def fields(self) -> dict[str, QWidget]:
        """Where each problem belongs."""
        return {"columns": self.choices.first(), "kind": self.kind, "left_on": self.left_on}

    def put_keyboard(self) -> None:
        """The keyboard goes to the first choice."""
        self.layout_box.setFocus()

    def _layout_chosen(self) -> None:
        self.layout_chosen.emit(Layout(self.layout_box.currentData()))

    def _whole_chosen(self) -> None:
        self.left_on.setEnabled(any(box.isChecked() for box in self.whole.values()))
