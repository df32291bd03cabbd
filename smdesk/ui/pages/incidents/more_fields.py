"""The rest of an incident: everything that can be completed after the quick part."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import (
    QCheckBox,
    QComboBox,
    QFrame,
    QLineEdit,
    QSizePolicy,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from smdesk.policy.vocabulary import FOUR_C_LABELS, FourC
from smdesk.services.incident_records import (
    CONFIDENTIALITY_LABELS,
    Confidentiality,
    IncidentDraft,
    PersonInIncident,
)
from smdesk.ui import theme
from smdesk.ui.desk import Desk
from smdesk.ui.pages.incidents.linked import LinkedIncidents
from smdesk.ui.pages.incidents.loading import Lists
from smdesk.ui.pages.incidents.people_rows import OtherPeople
from smdesk.ui.widgets.forms import Form, row, sentences
from smdesk.ui.widgets.text import PlainLabel, named

FOUR_CS_EXPLAINED = {
    FourC.CONTENT: "Seeing something harmful",
    FourC.CONTACT: "Being approached by somebody harmful",
    FourC.CONDUCT: "How somebody behaves online",
    FourC.COMMERCE: "Gambling, scams, advertising",
}

CONFIDENTIALITY_EXPLAINED = {
    Confidentiality.NORMAL: "Headteacher, DSL and business manager can open it, and whoever it is assigned to.",
    Confidentiality.SAFEGUARDING: "Only the headteacher and the DSL can open it. Whoever logged it sees that it "
    "exists, no more.",
    Confidentiality.STAFF: "Only the headteacher and the DSL can open it. Whoever logged it sees that it exists, "
    "no more. Where it is about the headteacher, the chair of governors and the DSL.",
}


class MoreFields(QFrame):
    """Folded away until wanted; what is typed in it counts either way."""

    changed = Signal()
    unfolded = Signal()
    """Somebody opened it, and wants to see it."""

    def __init__(self, desk: Desk, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setProperty("card", "true")
        self.setObjectName("incident_more")
        self._names: dict[int, str] = {}
        self.fold = named(QToolButton(self), "incident_more_fold", "More: the complete form")
        self.fold.setAutoRaise(True)
        self.fold.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        self.fold.setText("Mor&e: people, what was said, confidentiality, links …")
        self.fold.setArrowType(Qt.ArrowType.RightArrow)
        self.fold.setFont(theme.heading_font(self.font(), 3))
        self.form = Form(self)
        column = QVBoxLayout(self)
        edge = theme.NORMAL + theme.TIGHT  # as the cards above it
        column.setContentsMargins(edge, theme.SMALL, edge, theme.SMALL)
        column.addWidget(self.fold)
        column.addWidget(self.form)

        self.people = OtherPeople(desk, self)
        self.said = sentences(self, "incident_said", "What was said, word for word", 5)
        self.link = named(QLineEdit(self), "incident_link", "Link to the post")
        self.link.setPlaceholderText("https://…")
        self.four_cs = {
            each: named(
                QCheckBox(label, self),
                f"incident_four_c_{each}",
                f"{label}: {FOUR_CS_EXPLAINED[each]}",
                FOUR_CS_EXPLAINED[each],
            )
            for each, label in FOUR_C_LABELS.items()
        }
        self.consent_notes = sentences(self, "incident_consent_notes", "Consent notes", 2)
        self.data_protection = named(
            QCheckBox("For the data protection lead to look at", self),
            "incident_data_protection",
            "For the data protection lead to look at",
        )
        self.confidentiality = named(QComboBox(self), "incident_confidentiality", "Confidentiality")
        for code, label in CONFIDENTIALITY_LABELS.items():
            self.confidentiality.addItem(label, str(code))
        self.explained = PlainLabel("", self, look="muted")
        self.explained.setObjectName("incident_confidentiality_explained")
        self.retention = named(QComboBox(self), "incident_retention", "Retention class")
        self.handled_by = named(QComboBox(self), "incident_handled_by", "Handled by")
        self.linked = LinkedIncidents(desk, self)
        self._lay_out()
        self._shrink()
        self.open_up(False)
        self._listen()

    def open_up(self, on: bool = True) -> None:
        """Show or fold away."""
        self.form.setVisible(on)
        self.fold.setAccessibleName(f"{'Hide' if on else 'Show'} the complete form")
        self.fold.setArrowType(Qt.ArrowType.DownArrow if on else Qt.ArrowType.RightArrow)

    def _fold_pressed(self) -> None:
        self.open_up(not self.form.isVisible())
        if self.form.isVisible():
            self.unfolded.emit()

    def offer(self, lists: Lists) -> None:
        """Fill the lists to choose from."""
        _refill(self.retention, (("", "Not chosen yet"), *lists.retention))
        self._names = dict(lists.handlers)
        _refill(self.handled_by, ((None, "Nobody yet"), *lists.handlers))

    def show_draft(
        self, draft: IncidentDraft, people: Sequence[PersonInIncident], references: Iterable[tuple[int, str]]
    ) -> None:
        """Put the draft into these fields; ``people`` are those besides the author."""
        self.people.set_lines(people)
        self.said.setPlainText(draft.said)
        self.link.setText(draft.link)
        for each, box in self.four_cs.items():
            box.setChecked(each in draft.four_cs)
        self.consent_notes.setPlainText(draft.consent_notes)
        self.data_protection.setChecked(draft.data_protection)
        self.confidentiality.setCurrentIndex(self.confidentiality.findData(str(draft.confidentiality)))
        _choose(self.retention, draft.retention_class, draft.retention_class)
        _choose(self.handled_by, draft.handled_by, "Somebody whose account is closed")
        self.linked.set_value(references)
        self._explain()

    def into(self, draft: IncidentDraft) -> IncidentDraft:
        """The draft with what stands in these fields."""
        return replace(
            draft,
            said=self.said.toPlainText(),
            link=self.link.text(),
            four_cs=tuple(each for each, box in self.four_cs.items() if box.isChecked()),
            consent_notes=self.consent_notes.toPlainText(),
            data_protection=self.data_protection.isChecked(),
            confidentiality=Confidentiality(self.confidentiality.currentData()),
            retention_class=str(self.retention.currentData() or ""),
            handled_by=self.handled_by.currentData(),
            linked=tuple(sorted(self.linked.value())),
        )

    def set_read_only(self, read_only: bool) -> None:
        for text in (self.said, self.consent_notes, self.link):
            text.setReadOnly(read_only)
        for widget in (
            *self.four_cs.values(),
            self.data_protection,
            self.confidentiality,
            self.retention,
            self.handled_by,
        ):
            widget.setEnabled(not read_only)
        self.people.set_read_only(read_only)
        self.linked.set_read_only(read_only)

    def _lay_out(self) -> None:
        form = self.form
        form.add("Others in it", self.people, "others")
        form.add("What was said", self.said, "said")
        form.add("Link", self.link, "link")
        form.add("Four Cs", row(*self.four_cs.values(), None, parent=self), "four_cs")
        form.add("Confidentiality", self.confidentiality, "confidentiality")
        form.add_wide(self.explained)
        form.add("Handled by", self.handled_by, "handled_by")
        form.add("Consent", self.consent_notes, "consent_notes")
        form.add_wide(self.data_protection)
        form.add("Kept as", self.retention, "retention_class")
        form.add("Linked to", self.linked, "linked")
        self.retention.setAccessibleName("Retention class: how long the record is kept before it is reviewed")

    def _shrink(self) -> None:
        # A long entry must not push the form wider than its pane.
        for box in (self.confidentiality, self.retention, self.handled_by):
            box.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
            box.setMinimumContentsLength(12)
            box.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)

    def _listen(self) -> None:
        self.fold.clicked.connect(self._fold_pressed)
        self.people.changed.connect(self.changed)
        self.said.textChanged.connect(self.changed)
        self.link.textChanged.connect(self.changed)
        self.consent_notes.textChanged.connect(self.changed)
        self.linked.changed.connect(self.changed)
        self.data_protection.toggled.connect(self.changed)
        for box in self.four_cs.values():
            box.toggled.connect(self.changed)
        for choice in (self.confidentiality, self.retention, self.handled_by):
            choice.currentIndexChanged.connect(self.changed)
        self.confidentiality.currentIndexChanged.connect(self._explain)

    def _explain(self) -> None:
        self.explained.setText(CONFIDENTIALITY_EXPLAINED[Confidentiality(self.confidentiality.currentData())])


def _refill(box: QComboBox, entries: Iterable[tuple[object, str]]) -> None:
    before = box.blockSignals(True)
    held = box.currentData()
    box.clear()
    for code, label in entries:
        box.addItem(label, code)
    box.setCurrentIndex(max(0, box.findData(held)))
    box.blockSignals(before)


def _choose(box: QComboBox, code: object, label: str) -> None:
    """Choose an entry; one that is no longer offered is added, so that saving does not silently drop it."""
    place = box.findData(code) if code else 0
    if place < 0:
        box.addItem(label, code)
        place = box.count() - 1
    box.setCurrentIndex(place)
