"""Brings in people from the school's own system: the file, its columns, a check of everybody, then all or nothing."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from PySide6.QtWidgets import QWidget

from smdesk.documents.sheet_reading import Sheet
from smdesk.errors import Invalid
from smdesk.services import people_import
from smdesk.services.import_headings import ColumnSample, samples
from smdesk.services.import_people import Choice
from smdesk.services.list_files import Kind
from smdesk.services.people_import import Imported, PeoplePlan, Result
from smdesk.services.people_import_fields import ColumnMap, Layout
from smdesk.ui.desk import Desk
from smdesk.ui.pages.people.import_check import CheckPage
from smdesk.ui.pages.people.import_columns import ColumnsPage
from smdesk.ui.tasks import Progress
from smdesk.ui.widgets.import_steps import COLUMNS, ImportSteps, WriteReport, told

_EXPLAINED = """\
Brings in pupils, staff and contacts from a list that the school's management system gave out. First everybody in it \
is checked, and you see who is new, what would change and who has left. Nothing is written before you say so, and \
then all of it or nothing. A backup is made first.
People are found again by their number in the other system, else by their name and one more fact; where that is not \
certain you are asked. An empty cell changes nothing, and notes, other names, names online and merged records stay \
as the office wrote them."""


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
            name="people_import_dialog",
            title="Import people",
            explained=_EXPLAINED,
            keep="Keep the report with the file: it says for each line what became of it, and why.",
            columns=self.columns,
            check=self.check,
            choose_report=choose_report,
        )
        self.columns.layout_chosen.connect(self._guess_again)
        self.check.chosen.connect(self._person_chosen)
        self.check.all_chosen.connect(self._people_chosen)
        self.check.words_typed.connect(self._show_next)

    # What is shown

    def _next_words(self, page: int) -> tuple[str, bool]:
        if page == COLUMNS:
            return "C&heck everybody", True
        count = self.check.plan.to_write if self.check.plan is not None else 0
        people = "1 person" if count == 1 else f"{count:,} people"
        return (f"&Write {people}", self.check.confirmed) if count else ("Nothing to write", False)

    def _put_keyboard(self, page: int) -> None:
        if page == COLUMNS:
            self.columns.put_keyboard()
        else:
            self.check.table.setFocus()

    def _column_fields(self) -> dict[str, QWidget]:
        return self.columns.fields()

    def _chosen_by_hand(self) -> bool:
        return bool(self._choices)

    # The file and its columns

    def _reading(self, file: Path, sheet: str) -> Callable[[Progress], _Read]:
        ctx = self._desk.ctx

        def work(progress: Progress) -> _Read:
            found = people_import.read(ctx, file, sheet, told(progress), lambda: progress.cancelled)
            return _Read(found, samples(found), people_import.guess(ctx, found))

        return work

    def _show_read(self, found: _Read) -> None:
        self._choices = {}
        self.columns.show_sheet(found.sheet, found.samples, found.columns)

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

    def _check(self) -> None:
        if self._sheet is None:
            return
        try:
            columns = self.columns.columns()
        except Invalid as error:
            self.problems.show_problems(error, self.columns.fields())
            return
        ctx, sheet, choices = self._desk.ctx, self._sheet, dict(self._choices)

        def work(progress: Progress) -> PeoplePlan:
            made = people_import.plan(ctx, sheet, columns, choices, told(progress))
            people_import.remember(ctx, sheet, columns)
            return made

        self._run(work, self._checked, "Checking everybody")

    def _checked(self, plan: PeoplePlan) -> None:
        if self.pages.currentWidget() is not self.check:
            self._turn_to(self.pages.indexOf(self.check))
        self.check.show_plan(plan)
        self._show_next()

    def _person_chosen(self, key: str, choice: Choice | None) -> None:
        if choice is None:
            self._choices.pop(key, None)
        else:
            self._choices[key] = choice
        self._check()

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
            return people_import.apply(ctx, plan, backup, confirmed, told(progress))

        self._run(work, self._done, "Writing everybody")

    def _done(self, imported: Imported) -> None:
        self._imported, self._written = imported, True
        total = imported.added + imported.changed + imported.left
        self.done_title.setText("1 person was written" if total == 1 else f"{total:,} people were written")
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
        self.done_words.setText(words)
        self._turn_to(self.pages.count() - 1)

    # The report

    def _reporting(self) -> WriteReport | None:
        plan = self.check.plan
        if plan is None:
            return None
        ctx, imported = self._desk.ctx, self._imported

        def write(file: Path, kind: Kind, progress: Callable[[int, int], None]) -> int:
            return people_import.save_report(ctx, plan, file, kind, imported, progress)

        return write


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
