"""Brings in people from the school's own system: the file, its columns, a check of everybody, then all or nothing."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path

from PySide6.QtWidgets import QWidget

from smdesk.documents.sheet_reading import Sheet
from smdesk.services import people_import
from smdesk.services.context import Context
from smdesk.services.import_headings import samples
from smdesk.services.import_people import Choice
from smdesk.services.list_files import Kind
from smdesk.services.list_files import Progress as CountedProgress
from smdesk.services.people_import import Imported, PeoplePlan, Result
from smdesk.services.people_import_fields import ColumnMap, Layout
from smdesk.ui.desk import Desk
from smdesk.ui.pages.people.import_check import CheckPage
from smdesk.ui.pages.people.import_columns import ColumnsPage
from smdesk.ui.tasks import Progress
from smdesk.ui.widgets.import_steps import COLUMNS, ImportSteps, Read, WriteReport

_EXPLAINED = """\
Brings in pupils, staff and contacts from a list that the school's management system gave out. First everybody in it \
is checked, and you see who is new, what would change and who has left. Nothing is written before you say so, and \
then all of it or nothing. A backup is made first.
People are found again by their number in the other system, else by their name and one more fact; where that is not \
certain you are asked. An empty cell changes nothing, and notes, other names, names online and merged records stay \
as the office wrote them."""


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
            name="people_import_dialog",
            title="Import people",
            explained=_EXPLAINED,
            keep="Keep the report with the file: it says for each line what became of it, and why.",
            columns=ColumnsPage(desk),
            check=CheckPage(desk),
            choose_report=choose_report,
        )
        self.columns.layout_chosen.connect(self._guess_again)
        self.check.all_chosen.connect(self._people_chosen)
        self.check.words_typed.connect(self._show_next)

    # What is shown

    def _next_words(self, page: int) -> tuple[str, bool]:
        if page == COLUMNS:
            return "C&heck everybody", True
        count = self.check.plan.to_write if self.check.plan is not None else 0
        people = "1 person" if count == 1 else f"{count:,} people"
        return (f"&Write {people}", self.check.confirmed) if count else ("Nothing to write", False)

    # The file and its columns

    def _reading(self, file: Path, sheet: str) -> Callable[[Progress], Read]:
        ctx = self._desk.ctx

        def work(progress: Progress) -> Read:
            found = people_import.read(ctx, file, sheet, progress.counted, lambda: progress.cancelled)
            return Read(found, samples(found), people_import.guess(ctx, found))

        return work

    def _guess_again(self, layout: Layout) -> None:
        sheet, ctx = self._sheet, self._desk.ctx
        if sheet is not None:
            self._desk.tasks.latest(
                self,
                "guess",
                lambda progress: people_import.guess(ctx, sheet, layout),
                self.columns.show_columns,
            )

    # The check

    def _checking(
        self, sheet: Sheet, columns: ColumnMap, choices: dict[str, Choice]
    ) -> Callable[[Progress], PeoplePlan]:
        ctx = self._desk.ctx

        def work(progress: Progress) -> PeoplePlan:
            made = people_import.plan(ctx, sheet, columns, choices, progress.counted)
            people_import.remember(ctx, sheet, columns)
            return made

        return work

    def _people_chosen(self, choices: Mapping[str, Choice]) -> None:
        self._choices.update(choices)
        self._check()

    # The import

    def _import(self) -> None:
        plan = self.check.plan
        if plan is None:
            return
        if not self._desk.messages.confirm(
            f"Write {_people(plan.to_write)}?", "Write them", "Go back", more=_in_words(plan)
        ):
            return
        ctx, confirmed = self._desk.ctx, self.check.words.text()

        def work(progress: Progress) -> Imported:
            progress.report(0, 0, "Making the backup")
            backup = people_import.back_up(ctx)
            return people_import.apply(ctx, plan, backup, confirmed, progress.counted)

        self._run(work, self._done, "Writing everybody")

    def _done(self, imported: Imported) -> None:
        total = imported.added + imported.changed + imported.left
        title = "1 person was written" if total == 1 else f"{total:,} people were written"
        parts = [
            f"{count:,} {words}"
            for count, words in (
                (imported.added, "new"),
                (imported.changed, "changed"),
                (imported.left, "marked as left"),
            )
            if count
        ]
        words = f"{', '.join(parts)}. "
        if imported.links:
            words += f"{imported.links:,} {'link' if imported.links == 1 else 'links'} between contacts and pupils. "
        plan = self.check.plan
        left = _left_out(plan) if plan is not None else 0
        if left:
            words += f"{_people(left)} stayed out: the report says why. "
        words += "The backup from before the import is among the backups of the school's folder."
        self._finished(imported, title, words)

    def _reporting(self, plan: PeoplePlan) -> WriteReport:
        return partial(_report, self._desk.ctx, plan, self._imported)


def _report(
    ctx: Context,
    plan: PeoplePlan,
    imported: Imported | None,
    file: Path,
    kind: Kind,
    progress: CountedProgress,
) -> int:
    return people_import.save_report(ctx, plan, file, kind, imported, progress)


def _people(count: int) -> str:
    return "1 person" if count == 1 else f"{count:,} people"


def _left_out(plan: PeoplePlan) -> int:
    return sum(plan.count(each) for each in (Result.CHOOSE, Result.PROBLEM, Result.LEFT_OUT))


def _in_words(plan: PeoplePlan) -> str:
    """What would be written, for the question before it."""
    parts = [
        f"{plan.count(result):,} {words}"
        for result, words in (
            (Result.NEW, "new"),
            (Result.CHANGED, "changed"),
            (Result.LEAVES, "marked as left"),
        )
        if plan.count(result)
    ]
    sentence = f"{', '.join(parts)}."
    left = _left_out(plan)
    if left:
        sentence += f" {_people(left)} {'stays' if left == 1 else 'stay'} out; the report says why."
    return f"{sentence} A backup is made first."
