"""Two records of one person: chosen, compared side by side, and made one."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import (
    QDialog,
    QHeaderView,
    QTableWidget,
    QTableWidgetItem,
    QVBoxLayout,
    QWidget,
)

from smdesk.errors import SmdeskError
from smdesk.policy.vocabulary import KIND_LABELS
from smdesk.services import people
from smdesk.services.context import Saved
from smdesk.services.letter_records import PAPER_LOOK_LABELS
from smdesk.services.people_records import PersonHit, PersonRecord
from smdesk.ui import theme
from smdesk.ui.desk import Desk
from smdesk.ui.tasks import Progress
from smdesk.ui.widgets.buttons import button
from smdesk.ui.widgets.day_parsing import long_day
from smdesk.ui.widgets.forms import closing
from smdesk.ui.widgets.person_picker import PersonPicker
from smdesk.ui.widgets.problem_bar import ProblemBar
from smdesk.ui.widgets.text import PlainLabel, heading, named


class MergeDialog(QDialog):
    """``merged`` carries the id of the record kept. Use ``open()``."""

    merged = Signal(object)

    def __init__(self, desk: Desk, record: PersonRecord, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._desk = desk
        self._keep = record
        self._gone: PersonRecord | None = None
        self.setObjectName("merge_dialog")
        self.setWindowTitle("Merge two records of one person")
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowModality(Qt.WindowModality.WindowModal)
        column = QVBoxLayout(self)
        theme.roomy(column)
        column.addWidget(heading("Merge two records of one person", 2))
        column.addWidget(PlainLabel(f"Which other record is also {record.name}?"))
        self.problems = ProblemBar("merge_problems")
        column.addWidget(self.problems)
        self.other = PersonPicker(
            desk,
            "merge_other",
            "The other record of this person",
            may_add=False,
            leave_out=(record.id,),
        )
        self.other.chosen.connect(self._chosen)
        column.addWidget(self.other)
        self.table = named(QTableWidget(0, 3), "merge_table", "The two records side by side")
        self.table.verticalHeader().hide()
        self.table.setWordWrap(True)
        self.table.setEditTriggers(QTableWidget.EditTrigger.NoEditTriggers)
        self.table.setTabKeyNavigation(False)
        header = self.table.horizontalHeader()
        header.setSectionResizeMode(0, QHeaderView.ResizeMode.ResizeToContents)
        header.setSectionResizeMode(1, QHeaderView.ResizeMode.Stretch)
        header.setSectionResizeMode(2, QHeaderView.ResizeMode.Stretch)
        self.table.verticalHeader().setSectionResizeMode(QHeaderView.ResizeMode.ResizeToContents)
        # Its place stays empty until there is something to show, so that nothing above it moves.
        policy = self.table.sizePolicy()
        policy.setRetainSizeWhenHidden(True)
        self.table.setSizePolicy(policy)
        column.addWidget(self.table, 1)
        self.says = PlainLabel("")
        self.says.setObjectName("merge_says")
        column.addWidget(self.says)
        self.swap = button("S&wap: keep the other one", "merge_swap", self._swap)
        self.go = button("&Merge into one record", "merge_go", self._merge, look="primary")
        self.cancel = button("Cancel", "merge_cancel", self.reject)
        column.addWidget(closing(self.cancel, self.go, self.swap))
        room = self.screen().availableGeometry()
        self.resize(min(860, room.width() - 40), min(620, room.height() - 60))
        self._show()
        self.other.setFocus()

    def _chosen(self, hit: PersonHit | None) -> None:
        self.problems.clear()
        self._gone = None
        self._show()
        if hit is None:
            return
        if hit.id == self._keep.id:
            self.problems.show_problems(
                SmdeskError("That is the record you started from. Choose the other one.")
            )
            return
        ctx, person_id = self._desk.ctx, hit.id
        self._desk.tasks.latest(
            self, "other", lambda progress: people.record_of(ctx, person_id), self._read, self._refused
        )

    def _read(self, record: PersonRecord) -> None:
        self._gone = record
        self._show()
        self.go.setFocus()

    def _swap(self) -> None:
        if self._gone is not None:
            self._keep, self._gone = self._gone, self._keep
            self._show()

    def _show(self) -> None:
        gone = self._gone
        self.swap.setEnabled(gone is not None)
        self.go.setEnabled(gone is not None)
        self.table.setVisible(gone is not None)
        if gone is None:
            self.table.setRowCount(0)
            self.says.setText("Choose the other record to see both side by side.")
            return
        self.table.setHorizontalHeaderLabels(["", "Kept", "Merged into it"])
        lines = [
            line for line in zip(_lines(self._keep), _lines(gone), strict=True) if line[0][1] or line[1][1]
        ]
        self.table.setRowCount(len(lines))
        for place, ((label, kept), (_, other)) in enumerate(lines):
            same = kept.casefold() == other.casefold()
            for at, text in enumerate((label, kept or "–", other or "–")):
                item = QTableWidgetItem(text)
                font = item.font()
                font.setBold(at > 0 and not same and bool(kept and other))
                item.setFont(font)
                self.table.setItem(place, at, item)
        self.says.setText(what_moves(self._keep, gone))

    def _merge(self) -> None:
        if self._gone is None:
            return
        ctx, keep, gone = self._desk.ctx, self._keep.id, self._gone.id

        def work(progress: Progress) -> Saved:
            return people.merge(ctx, keep, gone)

        self.go.setEnabled(False)
        self._desk.tasks.run(self, work, self._done, self._refused, "Merging two records")

    def _done(self, _saved: Saved) -> None:
        self.merged.emit(self._keep.id)
        self.accept()

    def _refused(self, error: SmdeskError) -> None:
        self.go.setEnabled(self._gone is not None)
        self.problems.show_problems(error)


def what_moves(keep: PersonRecord, gone: PersonRecord) -> str:
    """What a merge does, in words."""
    parts = [
        _count(len({each.incident_id for each in gone.incidents}), "incident"),
        _count(len(gone.ladder), "step"),
        _count(len(gone.links), "link"),
        _count(len(gone.consents), "consent answer"),
    ]
    moving = [part for part in parts if part]
    what = (
        f"From the record on the right, {', '.join(moving)} and any letters"
        if moving
        else ("Whatever names the record on the right")
    )
    return (
        f"{what} will stand with {keep.name}, also what you may not see yourself. Details that are empty on the "
        "left are filled from the right; the other name is kept as “also known as”. Where both differ (in bold), "
        "the left one stays. The merge can be taken back on this person's page."
    )


def _lines(record: PersonRecord) -> list[tuple[str, str]]:
    draft = record.draft
    return [
        ("Name", record.name),
        ("Who they are", KIND_LABELS[draft.kind]),
        ("Also", ", ".join(KIND_LABELS[kind] for kind in draft.also)),
        ("Title", draft.title),
        ("Also known as", draft.known_as),
        ("Identified", "Yes" if draft.identified else "No"),
        ("Date of birth", long_day(draft.date_of_birth) if draft.date_of_birth else ""),
        ("Year group", draft.year_group),
        ("Address", draft.address.replace("\n", ", ")),
        ("Postcode", draft.postcode),
        ("E-mail", draft.email),
        ("Telephone", draft.phone),
        ("Names online", draft.online_names),
        ("Language", draft.language),
        ("Papers to them", PAPER_LOOK_LABELS[draft.paper_look]),
        ("Joined on", long_day(draft.joined_on) if draft.joined_on else ""),
        ("Left on", long_day(draft.left_on) if draft.left_on else ""),
        ("Family", "; ".join(each.label for each in record.links)),
        ("Consents", "; ".join(each.purpose for each in record.consents if each.current)),
        ("Steps taken", str(len(record.ladder) or "")),
        ("Incidents", ", ".join(dict.fromkeys(each.reference for each in record.incidents))),
    ]


def _count(number: int, thing: str) -> str:
    return "" if not number else f"{number} {thing}" if number == 1 else f"{number} {thing}s"
