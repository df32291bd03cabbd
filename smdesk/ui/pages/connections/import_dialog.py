"""Takes over a register kept elsewhere: the file, its columns, a check of every line, and only then the import."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path

from PySide6.QtWidgets import QWidget

from smdesk.documents.sheet_reading import Sheet
from smdesk.services import connection_import
from smdesk.services.connection_import import Imported, ImportPlan, Result
from smdesk.services.context import Context
from smdesk.services.import_fields import ColumnMap
from smdesk.services.import_headings import samples
from smdesk.services.import_people import Choice
from smdesk.services.list_files import Kind
from smdesk.services.list_files import Progress as CountedProgress
from smdesk.ui.desk import Desk
from smdesk.ui.pages.connections.import_check import CheckPage
from smdesk.ui.pages.connections.import_columns import ColumnsPage
from smdesk.ui.tasks import Progress
from smdesk.ui.widgets.import_steps import CHECK, COLUMNS, DONE, FILE, ImportSteps, Read, WriteReport

__all__ = ["CHECK", "COLUMNS", "DONE", "FILE", "ImportDialog"]

_EXPLAINED = """\
Takes over exceptions that were kept in a spreadsheet. First every line is checked, and you see what would become of \
it. Nothing is added before you say so, and then all of it or nothing.
Approvals come in as “Approved before SM Desk”, unsigned: they count, and whoever looks at them later sees that they \
were not signed here (CON-2). What is in the register already is not added again."""


class ImportDialog(ImportSteps):
    """Four pages. Until the last button is pressed nothing is written."""

    def __init__(
        self,
        desk: Desk,
        parent: QWidget | None = None,
        *,
        choose_report: Callable[[QWidget, str], str] | None = None,
    ) -> None:
        super().__init__(
            desk,
            parent,
            name="import_dialog",
            title="Import a register",
            explained=_EXPLAINED,
            keep="Keep the report with the old register: it says for each line what became of it, and why.",
            columns=ColumnsPage(desk),
            check=CheckPage(desk),
            choose_report=choose_report,
        )

    # What is shown

    def _next_words(self, page: int) -> tuple[str, bool]:
        if page == COLUMNS:
            return "C&heck the lines", True
        count = self.check.plan.count(Result.NEW) if self.check.plan is not None else 0
        lines = "1 line" if count == 1 else f"{count:,} lines"
        return (f"&Add {lines}", True) if count else ("Nothing to add", False)

    # The file

    def _reading(self, file: Path, sheet: str) -> Callable[[Progress], Read]:
        ctx = self._desk.ctx

        def work(progress: Progress) -> Read:
            found = connection_import.read(ctx, file, sheet, lambda: progress.cancelled)
            return Read(found, samples(found), connection_import.guess(ctx, found))

        return work

    def _checking(
        self, sheet: Sheet, columns: ColumnMap, choices: dict[str, Choice]
    ) -> Callable[[Progress], ImportPlan]:
        ctx = self._desk.ctx

        def work(progress: Progress) -> ImportPlan:
            made = connection_import.plan(ctx, sheet, columns, choices, progress.counted)
            connection_import.remember(ctx, sheet, columns)
            return made

        return work

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
            return connection_import.apply(ctx, plan, progress.counted)

        self._run(work, self._done, "Adding to the register")

    def _done(self, imported: Imported) -> None:
        count = len(imported.added)
        title = "1 exception was added" if count == 1 else f"{count:,} exceptions were added"
        first, last = imported.added[0][2], imported.added[-1][2]
        words = f"They are {first} to {last}." if count > 1 else f"It is {first}."
        if imported.people_added:
            people = "1 person" if imported.people_added == 1 else f"{imported.people_added:,} people"
            words += f" {people} came on record with them: complete their details under People."
        plan = self.check.plan
        left = len(plan.lines) - count - plan.count(Result.THERE) if plan is not None else 0
        if left:
            words += f" {left:,} {'line was' if left == 1 else 'lines were'} left out."
        self._finished(imported, title, words)

    def _reporting(self, plan: ImportPlan) -> WriteReport:
        return partial(_report, self._desk.ctx, plan, self._imported)


def _report(
    ctx: Context,
    plan: ImportPlan,
    imported: Imported | None,
    file: Path,
    kind: Kind,
    progress: CountedProgress,
) -> int:
    return connection_import.save_report(ctx, plan, file, kind, imported, progress)
