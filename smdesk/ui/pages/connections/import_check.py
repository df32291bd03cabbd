"""The import's third page: what each line would become, and who is meant where that is not certain."""

from __future__ import annotations

from collections import Counter
from collections.abc import Hashable

from PySide6.QtWidgets import QVBoxLayout, QWidget

from smdesk.services.connection_import import RESULT_LABELS, ImportPlan, PersonNeed, PlanLine, Result
from smdesk.services.import_people import ADD, Found
from smdesk.ui.desk import Desk
from smdesk.ui.widgets.import_lines import Asked, Filter, LinesPage, Shown
from smdesk.ui.widgets.text import PlainLabel, heading, muted

HEADINGS = ("Line", "Result", "Adult", "Pupil or parent", "What")
_ATTENTION = (Result.CHOOSE, Result.PROBLEM)
TONES = {
    Result.NEW: "ok",
    Result.THERE: "neutral",
    Result.CHOOSE: "warning",
    Result.PROBLEM: "danger",
    Result.LEFT_OUT: "neutral",
}


class CheckPage(LinesPage):
    """The lines of a register as they would come in."""

    def __init__(self, desk: Desk, parent: QWidget | None = None) -> None:
        super().__init__(desk, "What each line would become", HEADINGS, (7, 24, 18, 20), 1, parent)
        self.plan: ImportPlan | None = None
        self._needs: dict[str, PersonNeed] = {}

    def show_plan(self, plan: ImportPlan) -> None:
        """Show a dry run; the line looked at stays so."""
        self.plan = plan
        self._needs = {need.key: need for need in plan.people}
        counts = Counter(line.result for line in plan.lines)
        parts = [f"{RESULT_LABELS[each]}: {counts[each]:,}" for each in Result if counts[each]]
        people = len(plan.people_to_add)
        if people:
            parts.append(f"People added with them: {people:,}")
        lines = "1 line" if len(plan.lines) == 1 else f"{len(plan.lines):,} lines"
        summary = f"{lines} in “{plan.sheet.file_name}”. {' · '.join(parts)}."
        self.show_lines(summary, plan.remarks, plan.lines, _filters(counts))

    def _key(self, line: PlanLine) -> Hashable:
        return line.number

    def _shown(self, line: PlanLine) -> Shown:
        texts = (str(line.number), RESULT_LABELS[line.result], line.adult, line.other, line.what)
        return Shown(texts, TONES[line.result], " ".join(line.sentences))

    def _fill(self, body: QVBoxLayout, line: PlanLine) -> None:
        body.addWidget(heading(f"Line {line.number}: {RESULT_LABELS[line.result]}", 3))
        if line.result is not Result.CHOOSE:  # who is to be chosen, and why, is said with the person
            for sentence in line.sentences:
                body.addWidget(PlainLabel(sentence, look="danger" if line.result is Result.PROBLEM else ""))
        for note in line.notes:
            body.addWidget(muted(f"To know: {note}"))
        sides = list(zip(("Adult", "Pupil or parent"), line.needs, strict=True))
        sides.sort(key=lambda side: self._needs[side[1]].match.state is not Found.CHOOSE)
        for side, key in sides:
            self._add_person(body, side, self._needs[key])

    def _add_person(self, body: QVBoxLayout, side: str, need: PersonNeed) -> None:
        words = f"{side} in the file: {need.words if need.named.name else 'nobody'}"
        state = need.match
        if state.state is Found.FOUND and not state.candidates:
            self._person_card(body, words, "On record under this name.", None)
            return
        others = len(need.lines) - 1
        after = f"Named in {others:,} other {'line' if others == 1 else 'lines'} too." if others else ""
        chosen = self.plan.choices.get(need.key) if self.plan is not None else None
        if chosen is None and state.state is Found.ADDED:
            chosen = ADD
        asked = Asked(
            key=need.key,
            name="import_adult" if side == "Adult" else "import_other",
            side=side,
            candidates=need.candidates,
            add_label=f"Somebody new: add {need.named.name}" if need.can_add else "",
            leave_label="Leave the lines with this name out",
            chosen=chosen,
            settled_new=state.state is Found.ADDED and not state.candidates,
        )
        self._person_card(body, words, state.why, asked, after)


def _filters(counts: Counter[Result]) -> list[Filter]:
    attention = sum(counts[each] for each in _ATTENTION)
    found = [
        Filter(f"All lines ({sum(counts.values()):,})", "all", lambda line: True),
        Filter(
            f"Lines that need somebody ({attention:,})", "attention", lambda line: line.result in _ATTENTION
        ),
    ]
    for each in Result:
        if counts[each]:
            found.append(_only(each, counts[each]))
    return found


def _only(result: Result, count: int) -> Filter:
    return Filter(f"{RESULT_LABELS[result]} ({count:,})", str(result), lambda line: line.result is result)
