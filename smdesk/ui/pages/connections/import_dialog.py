"""Takes over a register kept elsewhere: the file, its columns, a check of every line, and only then the import."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from PySide6.QtWidgets import QWidget

from smdesk.documents.sheet_reading import Sheet
from smdesk.errors import Invalid
from smdesk.services import connection_import
from smdesk.services.connection_import import Imported, ImportPlan, Result
from smdesk.services.import_fields import ColumnMap
from smdesk.services.import_headings import ColumnSample, samples
from smdesk.services.import_people import Choice
from smdesk.services.list_files import Kind
from smdesk.ui.desk import Desk
from smdesk.ui.pages.connections.import_check import CheckPage
from smdesk.ui.pages.connections.import_columns import ColumnsPage
from smdesk.ui.tasks import Progress
from smdesk.ui.widgets.import_steps import CHECK, COLUMNS, DONE, FILE, ImportSteps, WriteReport, told

__all__ = ["CHECK", "COLUMNS", "DONE", "FILE", "ImportDialog"]

_EXPLAINED = """\
Takes over exceptions that were kept in a spreadsheet. First every line is checked, and you see what would become of \
it. Nothing is added before you say so, and then all of it or nothing.
Approvals come in as “Approved before SM Desk”, unsigned: they count, and whoever looks at them later sees that they \
were not signed here (CON-2). What is in the register already is not added again."""


@dataclass(frozen=True, slots=True)
class _Read:
    sheet: Sheet
    samples: tuple[ColumnSample, ...]
    columns: ColumnMap


class ImportDialog(ImportSteps):
    """Four pages. Until the last button is pressed nothing is written."""

    def __init__(
        self,
        desk: Desk,
        parent: QWidget | None = None,
        *,
        choose_report: Callable[[QWidget, str], str] | None = None,
    ) -> None:
        self._choices: dict[str, Choice] = {}
        self._imported: Imported | None = None
        self.columns = ColumnsPage(desk)
        self.check = CheckPage(desk)
        super().__init__(
            desk,
            parent,
            name="import_dialog",
            title="Import a register",
            explained=_EXPLAINED,
            keep="Keep the report with the old register: it says for each line what became of it, and why.",
            columns=self.columns,
            check=self.check,
            choose_report=choose_report,
        )
        self.check.chosen.connect(self._person_chosen)

    # What is shown

    def _next_words(self, page: int) -> tuple[str, bool]:
        if page == COLUMNS:
            return "C&heck the lines", True
        count = self.check.plan.count(Result.NEW) if self.check.plan is not None else 0
        lines = "1 line" if count == 1 else f"{count:,} lines"
        return (f"&Add {lines}", True) if count else ("Nothing to add", False)

    def _put_keyboard(self, page: int) -> None:
        if page == COLUMNS:
            self.columns.put_keyboard()
        else:
            self.check.table.setFocus()

    def _column_fields(self) -> dict[str, QWidget]:
        return self.columns.fields()

    def _chosen_by_hand(self) -> bool:
        return bool(self._choices)

    # The file

    def _reading(self, file: Path, sheet: str) -> Callable[[Progress], _Read]:
        ctx = self._desk.ctx

        def work(progress: Progress) -> _Read:
            found = connection_import.read(ctx, file, sheet, lambda: progress.cancelled)
            return _Read(found, samples(found), connection_import.guess(ctx, found))

        return work

    def _show_read(self, found: _Read) -> None:
        self._choices = {}
        self.columns.show_sheet(found.sheet, found.samples, found.columns)

    # The check

    def _check(self) -> None:
        if self._sheet is None:
            return
        try:
            columns = self.columns.columns()
        except Invalid as error:
            self.problems.show_problems(error, self.columns.fields())
            return
        ctx, sheet, choices = self._desk.ctx, self._sheet, dict(self._choices)

        def work(progress: Progress) -> ImportPlan:
            made = connection_import.plan(ctx, sheet, columns, choices, told(progress))
            connection_import.remember(ctx, sheet, columns)
            return made

        self._run(work, self._checked, "Checking the lines")

    def _checked(self, plan: ImportPlan) -> None:
        if self.pages.currentIndex() != CHECK:
            self._turn_to(CHECK)
        self.check.show_plan(plan)
        self._show_next()

    def _person_chosen(self, key: str, choice: Choice | None) -> None:
        if choice is None:
            self._choices.pop(key, None)
        else:
            self._choices[key] = choice
        self._check()

    # The import

    def _import(self) -> None:
        plan = self.check.plan
        if plan is None:
            return
        left = len(plan.lines) - plan.count(Result.NEW) - plan.count(Result.THERE)
        people = len(plan.people_to_add)
        lines = f"{plan.count(Result.NEW):,} {'exception' if plan.count(Result.NEW) == 1 else 'exceptions'}"
        more = []
        if people:
            more.append(f"{people:,} {'person comes' if people == 1 else 'people come'} on record with them.")
        if left:
            more.append(f"{left:,} {'line is' if left == 1 else 'lines are'} left out; the report says why.")
        more.append("What is added stays on record: it can be ended, not removed.")
        if not self._desk.messages.confirm(
            f"Add {lines} to the register?",
            "Add it" if plan.count(Result.NEW) == 1 else "Add them",
            "Go back",
            more=" ".join(more),
        ):
            return
        ctx = self._desk.ctx

        def work(progress: Progress) -> Imported:
            return connection_import.apply(ctx, plan, told(progress))

        self._run(work, self._done, "Adding to the register")

    def _done(self, imported: Imported) -> None:
        self._imported, self._written = imported, True
        count = len(imported.added)
        self.done_title.setText("1 exception was added" if count == 1 else f"{count:,} exceptions were added")
        first, last = imported.added[0][2], imported.added[-1][2]
        words = f"They are {first} to {last}." if count > 1 else f"It is {first}."
        if imported.people_added:
            people = "1 person" if imported.people_added == 1 else f"{imported.people_added:,} people"
            words += f" {people} came on record with them: complete their details under People."
        plan = self.check.plan
        left = len(plan.lines) - count - plan.count(Result.THERE) if plan is not None else 0
        if left:
            words += f" {left:,} {'line was' if left == 1 else 'lines were'} left out."
        self.done_words.setText(words)
        self._turn_to(DONE)

    # The report

    def _reporting(self) -> WriteReport | None:
        plan = self.check.plan
        if plan is None:
            return None
        ctx, imported = self._desk.ctx, self._imported

        def write(file: Path, kind: Kind, progress: Callable[[int, int], None]) -> int:
            return connection_import.save_report(ctx, plan, file, kind, imported, progress)

        return write
