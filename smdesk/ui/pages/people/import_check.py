"""The import's third page: who would be new, changed or have left, field by field, and who is meant where asked."""

from __future__ import annotations

from collections.abc import Hashable

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QLineEdit, QVBoxLayout, QWidget

from smdesk.policy.vocabulary import KIND_LABELS
from smdesk.services.import_people import ADD, Choice, Found, exact
from smdesk.services.people_import import RESULT_LABELS, PeoplePlan, PlanEntry, Result
from smdesk.services.people_import_records import counted
from smdesk.ui.desk import Desk
from smdesk.ui.widgets.buttons import button
from smdesk.ui.widgets.forms import row
from smdesk.ui.widgets.import_lines import Asked, Filter, LinesPage, Shown
from smdesk.ui.widgets.text import PlainLabel, heading, muted, named

HEADINGS = ("Line", "Result", "Name", "Who they are", "What changes")
_ATTENTION = (Result.CHOOSE, Result.PROBLEM)
TONES = {
    Result.NEW: "ok",
    Result.CHANGED: "info",
    Result.SAME: "neutral",
    Result.LEAVES: "warning",
    Result.CHOOSE: "warning",
    Result.PROBLEM: "danger",
    Result.LEFT_OUT: "neutral",
}


class CheckPage(LinesPage):
    """Everybody in the file as they would come in. ``all_chosen`` carries choices for several people at once."""

    all_chosen = Signal(object)
    words_typed = Signal()

    def __init__(self, desk: Desk, parent: QWidget | None = None) -> None:
        super().__init__(desk, "What would become of everybody", HEADINGS, (7, 24, 24, 18), 1, parent)
        self.plan: PeoplePlan | None = None
        self.asked_words = PlainLabel("", look="warning")
        self.asked_words.setObjectName("import_confirm_asked")
        self.words = named(QLineEdit(self), "import_confirm_words", "Type how many have left")
        self.words.textChanged.connect(self.words_typed)
        self.confirm_row = row(self.asked_words, self.words)
        self.confirm_row.layout().setStretch(0, 3)
        self.confirm_row.layout().setStretch(1, 2)
        self.confirm_row.hide()
        layout = self.layout()
        if layout is not None:
            layout.addWidget(self.confirm_row)

    @property
    def confirmed(self) -> bool:
        """Whether what must be said in words has been."""
        wanted = self.plan.confirmation if self.plan is not None else ""
        return not wanted or " ".join(self.words.text().split()).casefold() == wanted.casefold()

    def show_plan(self, plan: PeoplePlan) -> None:
        """Show a dry run; the line looked at stays so."""
        before = self.plan.confirmation if self.plan is not None else ""
        self.plan = plan
        if plan.confirmation != before:
            self.words.clear()
        self.confirm_row.setVisible(bool(plan.confirmation))
        if plan.confirmation:
            parts = [
                f"{counted(each.leaving, each.kind)} of {each.here:,}"
                for each in plan.leaving
                if each.leaving
            ]
            self.asked_words.setText(
                f"{', '.join(parts)} would be marked as left: half a file looks like this. If it is so, type "
                f"“{plan.confirmation}”."
            )
        parts = [f"{RESULT_LABELS[each]}: {plan.count(each):,}" for each in Result if plan.count(each)]
        people = "1 person" if len(plan.entries) == 1 else f"{len(plan.entries):,} people"
        summary = f"{people}, from “{plan.sheet.file_name}”. {' · '.join(parts)}."
        self.show_lines(summary, plan.remarks, plan.entries, _filters(plan))

    def _key(self, line: PlanEntry) -> Hashable:
        return line.key

    def _shown(self, line: PlanEntry) -> Shown:
        texts = (
            str(line.line or ""),
            RESULT_LABELS[line.result],
            line.name,
            KIND_LABELS[line.kind],
            " ".join(line.sentences) or line.what,
        )
        return Shown(texts, TONES[line.result], " ".join(line.notes))

    def _fill(self, body: QVBoxLayout, line: PlanEntry) -> None:
        where = "Not in the file" if not line.line else f"Line {line.line}"
        result = RESULT_LABELS[line.result]
        body.addWidget(heading(f"{where}: {result}" if line.line else result, 3))
        if line.result is not Result.CHOOSE:  # who is to be chosen, and why, is said with the person
            for sentence in line.sentences:
                body.addWidget(PlainLabel(sentence, look="danger" if line.result is Result.PROBLEM else ""))
        if line.result is not Result.NEW:
            for change in line.changes:
                body.addWidget(PlainLabel(change.words))
        for link in line.links:
            body.addWidget(PlainLabel(link.words))
        for note in line.notes:
            body.addWidget(muted(f"To know: {note}"))
        others = len(line.lines) - 1
        after = f"Named in {others:,} other {'line' if others == 1 else 'lines'} too." if others > 0 else ""
        self._person_card(body, line.words, line.match.why, self._asked(line), after)
        if line.result is Result.CHOOSE and len(self._same_names()) > 1:
            words = f"&Take all {len(self._same_names()):,} like this for the people on record"
            body.addWidget(row(button(words, "import_take_all", self._take_all), None))

    def _asked(self, line: PlanEntry) -> Asked | None:
        chosen = self.plan.choices.get(line.key) if self.plan is not None else None
        if chosen is None and line.result is not Result.CHOOSE:
            return None
        return Asked(
            key=line.key,
            name="import_person",
            side=line.name,
            candidates=line.candidates,
            add_label=f"Somebody new: add {line.name}" if line.may_add else "",
            leave_label="Leave this person out",
            chosen=ADD if chosen is None and line.match.state is Found.ADDED else chosen,
        )

    def _same_names(self) -> list[PlanEntry]:
        """Those asked about of whom just one person on record has the very name."""
        entries = self.plan.entries if self.plan is not None else ()
        return [
            each
            for each in entries
            if each.result is Result.CHOOSE
            and each.may_add
            and len(each.candidates) == 1
            and exact(each.candidates[0].name) == exact(each.name)
        ]

    def _take_all(self) -> None:
        chosen: dict[str, Choice] = {each.key: each.candidates[0].id for each in self._same_names()}
        if self._desk.messages.confirm(
            f"Are all {len(chosen):,} the people on record of the same name?",
            "Take them all",
            "Go back",
            more="Look at a few of them first: a namesake would be given somebody else's details.",
        ):
            self.all_chosen.emit(chosen)


def _filters(plan: PeoplePlan) -> list[Filter]:
    attention = sum(plan.count(each) for each in _ATTENTION)
    found = [
        Filter(f"Everybody ({len(plan.entries):,})", "all", lambda line: True),
        Filter(
            f"People who need somebody ({attention:,})", "attention", lambda line: line.result in _ATTENTION
        ),
    ]
    return found + [_only(each, plan.count(each)) for each in Result if plan.count(each)]


def _only(result: Result, count: int) -> Filter:
    return Filter(f"{RESULT_LABELS[result]} ({count:,})", str(result), lambda line: line.result is result)
