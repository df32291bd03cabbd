"""The form of a business case: the five points, what is missing, what was decided, and what happened (ACC-1, ACC-2)."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from PySide6.QtCore import QTimer
from PySide6.QtGui import QHideEvent, QKeySequence, QShortcut
from PySide6.QtWidgets import QVBoxLayout, QWidget

from smdesk.errors import Conflict, Invalid, NotFound, SmdeskError
from smdesk.policy.accounts import Gap
from smdesk.security.permissions import Permission
from smdesk.services import business_cases
from smdesk.services.case_records import CaseDraft, CaseRecord
from smdesk.services.context import Changes, Saved
from smdesk.services.history import History
from smdesk.services.people_records import PersonHit
from smdesk.ui import gap_fixes, theme
from smdesk.ui.desk import Desk
from smdesk.ui.draft_keeper import Write
from smdesk.ui.pages.cases import loading
from smdesk.ui.pages.cases.actions import RecordActions
from smdesk.ui.pages.cases.decisions_view import DecisionsView
from smdesk.ui.pages.cases.draft_json import Typed
from smdesk.ui.pages.cases.fields import CaseFields
from smdesk.ui.pages.cases.loading import KeptDraft, Opened, Supersedes
from smdesk.ui.pages.cases.standing import StandingPanel
from smdesk.ui.pages.cases.words import TONES
from smdesk.ui.tasks import Progress
from smdesk.ui.widgets.bars import RecordHeader
from smdesk.ui.widgets.day_parsing import long_day
from smdesk.ui.widgets.deciding_form import DecidingForm
from smdesk.ui.widgets.pending import Pending, SavedForm
from smdesk.ui.widgets.story_table import StoryLine, StoryTable
from smdesk.ui.words import narrow_moment

PAUSE_MS = 300
DETAILS, DECISIONS, HISTORY = range(3)
"""Places of the tabs."""
_TITLES = ("Details", "Decisions", "History")
_MATTERS = frozenset({"person", "policy", "agreement", "training", "training_type", "profile", "school"})
"""Kinds of change after which something else may be missing (ACC-3)."""


class CaseForm(DecidingForm):
    """One case, new or opened."""

    def __init__(self, desk: Desk, parent: QWidget | None = None) -> None:
        super().__init__(desk, "case", "business case", "case", loading.forget_draft, parent)
        self.setAcceptDrops(False)
        self._shown = -1
        self._supersedes: Supersedes | None = None
        self._begun_for: Supersedes | None = None
        self._given: tuple[CaseDraft, dict[int, PersonHit], Supersedes | None] | None = None
        self._half_decision: dict[str, object] = {}
        self.header = RecordHeader("case", "New business case", self)
        self.header.confidential.hide()
        self.fields = CaseFields(desk, self)
        self.decisions = DecisionsView(desk, self)
        self.panel = self.decisions.panel
        self.history = StoryTable("case_history", "What happened, oldest first")
        self.standing = StandingPanel(desk, self)
        self.actions = RecordActions(desk, self.header, self)
        self.scrolled.body.addWidget(self.fields)
        page = QWidget()
        column = QVBoxLayout(page)
        theme.roomy(column, theme.SMALL, theme.SMALL)
        column.addWidget(self.history)
        parts = (self.scrolled, self.decisions, page)
        self.lay_out(self.fields, list(zip(parts, _TITLES, strict=True)), self.standing, (5, 3))
        self._pause = QTimer(self)
        self._pause.setObjectName("case_pause")
        self._pause.setSingleShot(True)
        self._pause.setInterval(PAUSE_MS)
        self._pause.timeout.connect(self._ask_gaps)
        self._listen()
        self._enable()

    @property
    def case(self) -> CaseRecord | None:
        """The case as last read; None for one not saved yet."""
        return self.record.case if self.record is not None else None

    # What the page calls

    def new(self, draft: CaseDraft | None = None, supersedes: Supersedes | None = None) -> None:
        """An empty form, or one begun with ``draft``; a draft of one that was never saved is brought back."""
        self._given = None
        if draft is None:
            self._load(0)
            return
        ctx, given = self._desk.ctx, draft

        def work(progress: Progress) -> tuple[CaseDraft, dict[int, PersonHit]]:
            return given, loading.named_in(ctx, given)

        self._begun_for = supersedes
        self._desk.tasks.run(self, work, self._begin, self._failed, "Opening the case")

    def propose_anew(self) -> None:
        """A new case after a decided one."""
        case = self.case
        if case is None:
            return
        ctx, case_id = self._desk.ctx, case.id

        def work(progress: Progress) -> tuple[CaseDraft, dict[int, PersonHit]]:
            draft = business_cases.propose_anew(ctx, case_id)
            return draft, loading.named_in(ctx, draft)

        self._begun_for = (case.id, case.reference)
        self._desk.tasks.run(self, work, self._begin, self._failed, "Proposing anew")

    def _begin(self, result: tuple[CaseDraft, dict[int, PersonHit]]) -> None:
        self._given = (*result, self._begun_for)
        self._load(0)

    # Opening

    def reading(self, record_id: int) -> Callable[[], Opened]:
        return partial(loading.load, self._desk.ctx, record_id)

    def show_saved(self, found: Opened) -> None:
        self.show_editor(True)
        self.fields.offer(found.platforms, found.accounts)
        given, self._given = self._given, None
        self._supersedes = None
        case = found.record.case if found.record is not None else None
        if case is not None:
            self.fields.show_typed(Typed(case.draft), found.people)
        elif given is not None:
            self._supersedes = given[2]
            self.fields.show_typed(Typed(given[0]), given[1])
            if found.kept is not None and not self.drops_kept():
                self._supersedes = None
                self.fields.show_typed(Typed(CaseDraft()), {})
            elif found.kept is not None:
                self.data = Opened(None, found.people, found.platforms, found.accounts, None, None)
        else:
            self.fields.show_typed(Typed(CaseDraft()), {})
        self._show_head(case)
        self._protect(case)
        if self._shown != self.object_id:
            self._shown = self.object_id
            self.decisions.panel.clear()
            self.tabs.setCurrentIndex(DECISIONS if found.deciding is not None else DETAILS)

    def show_kept(self, kept: KeptDraft) -> None:
        self._supersedes = kept.supersedes
        people = {**(self.data.people if self.data is not None else {}), **kept.people}
        self.fields.show_typed(kept.typed, people)
        self._half_decision = dict(kept.decision)

    def _protect(self, case: CaseRecord | None) -> None:
        edits = self.actions.edits
        why = ""
        if case is not None and case.sealed and edits:
            why = "This is decided and does not change any more. If something is different now, propose it anew."
        elif case is not None and not case.editable and edits:
            why = "This was withdrawn. Bring it back to change it."
        self.fields.set_read_only(not edits or (case is not None and not case.editable), not edits, why)

    def shown(self) -> None:
        if self._half_decision:
            held, self._half_decision = self._half_decision, {}
            self.decisions.panel.restore(held)
        self._ask_gaps()

    def show_parts(self, found: Opened, waiting: tuple[Pending, ...]) -> None:
        case = found.record.case if found.record is not None else None
        self._show_head(case)
        supersedes = self._supersedes[1] if self._supersedes is not None else ""
        self.standing.show_record(case, self.actions.edits, supersedes, self.actions.writes)
        self.standing.show_gaps(case.gaps if case is not None else ())
        self.decisions.show_record(case, found.deciding)
        history = case.history if case is not None else ()
        self.history.show_lines([_line(each) for each in history])
        numbers = (0, len(case.decisions) if case is not None else 0, len(history))
        for place, (title, number) in enumerate(zip(_TITLES, numbers, strict=True)):
            self.tabs.setTabText(place, f"{title} ({number})" if number else title)
            self.tabs.setTabToolTip(place, f"Alt+{place + 1}")
            self.tabs.setTabEnabled(place, case is not None or place == DETAILS)

    def _show_head(self, case: CaseRecord | None) -> None:
        header = self.header
        header.confidential.hide()
        if case is None:
            header.title.setText("New business case")
            header.status.hide()
            header.summary.show_text("")
            return
        header.title.setText(case.reference)
        header.status.show()
        header.status.show_status(case.status_words, TONES[case.status])
        header.summary.show_text(
            " on ".join(part for part in (case.draft.proposed_name, case.platform_label) if part)
        )

    # Typing

    def _touched(self) -> None:
        if self._ready:
            self._pause.start()
            self.touched()

    def typed(self) -> object:
        return self.fields.typed()

    def keeping(self) -> Write:
        panel = self.decisions.panel
        return partial(
            loading.keep_draft,
            typed=self.fields.typed(),
            version=self._version,
            supersedes=self._supersedes,
            decision=panel.typed() if panel.unsaved() else {},
        )

    # What is missing

    def _ask_gaps(self) -> None:
        self._pause.stop()
        if not self._ready or self.data is None or not self.standing.missing.isVisibleTo(self):
            return
        ctx, draft = self._desk.ctx, self.fields.rough_draft()

        def work(progress: Progress) -> tuple[Gap, ...]:
            return loading.gaps(ctx, draft)

        self._desk.tasks.latest(self, "gaps", work, self.standing.show_gaps)

    def _fix(self, gap: Gap) -> None:
        if gap_fixes.fix(self._desk, gap, self):
            return
        self.tabs.setCurrentIndex(DETAILS)
        self.fields.focus_on(gap.field)

    def _slip(self, gap: Gap) -> None:
        gap_fixes.slip(self._desk, gap, self)

    # Saving

    def editable(self) -> bool:
        return self.editor_shown and loading.may(self._desk.ctx, Permission.CASES_EDIT)

    def draft(self) -> CaseDraft:
        return self.fields.draft()

    def writing(self, draft: CaseDraft, version: int | None) -> Callable[[], SavedForm]:
        return partial(
            loading.save,
            self._desk.ctx,
            draft,
            self.object_id or None,
            version,
            self._supersedes[0] if self._supersedes is not None else None,
            self.keeper.forgetting(),
        )

    def show_wrong(self, error: SmdeskError) -> None:
        if isinstance(error, Invalid):
            self.tabs.setCurrentIndex(DETAILS)
        self.problems.show_problems(error, self.fields.fields())
        self.bring_into_view(self.focusWidget())

    # Doing

    def act(self, what: str) -> None:
        """Do something to the saved case; what is typed is saved first."""
        case = self.case
        if not self._ready or case is None:
            return
        self.problems.clear()
        if self.fields_unsaved() and self.editable():
            self._next = ("act", what)
            self.save()
            return
        self.actions.do(what, case)

    def go_on(self, kind: str, argument: object) -> None:
        if kind == "act" and isinstance(argument, str):
            self.act(argument)
        elif kind == "new_with" and isinstance(argument, CaseDraft):
            self.new(argument)

    def _elsewhere(self, what: str, argument: object) -> None:
        if what == "wrong" and isinstance(argument, SmdeskError):
            self._failed(argument)
        elif what == "open" and isinstance(argument, int):
            if self.may_leave(("open", argument)):
                self.open(argument)
        elif what == "decide":
            self.tabs.setCurrentIndex(DECISIONS)
            self.decisions.put_keyboard()
        elif what == "anew":
            self.propose_anew()

    def _failed(self, error: SmdeskError) -> None:
        """Something could not be done. What is missing is marked at its field, as after saving."""
        if isinstance(error, Conflict):
            self._desk.messages.error(error)
            self._load(self.object_id)
        elif isinstance(error, NotFound):
            self._desk.messages.error(error)
        else:
            self.show_wrong(error)

    def _decided(self, saved: Saved) -> None:
        self.keeper.forget(self.object_id)
        self.header.note.setText("Signed")
        # The panel goes, and the keyboard would end up in whatever stands first in the window.
        self.tabs.tabBar().setFocus()
        self.saved.emit(Saved(self.object_id, saved.version, saved.changes))

    def _outdated(self, case_id: int) -> None:
        if case_id == self.object_id:
            self._changed(frozenset({("case", case_id)}))

    def _print_decision(self, decision_id: int) -> None:
        case = self.case
        if case is not None:
            self.actions.print_decision(decision_id, case.reference)

    def _changed(self, changes: Changes) -> None:
        super()._changed(changes)
        if self._ready and not self._saving and any(kind in _MATTERS for kind, _ in changes):
            self._ask_gaps()
            if self.record is not None:
                self._outdated(self.object_id)

    # Frame

    def enable(self) -> None:
        self.actions.enable(self.case if self.editor_shown else None)

    def hideEvent(self, event: QHideEvent) -> None:
        super().hideEvent(event)
        self._pause.stop()

    def _listen(self) -> None:
        self.header.save.clicked.connect(self.save)
        self.fields.changed.connect(self._touched)
        self.actions.wanted.connect(self.act)
        self.actions.elsewhere.connect(self._elsewhere)
        self.standing.action_wanted.connect(self.act)
        panel = self.decisions.panel
        for gaps in (self.standing, panel):
            gaps.fix_wanted.connect(self._fix)
            gaps.slip_wanted.connect(self._slip)
        panel.decided.connect(self._decided)
        panel.edited.connect(self._decision_edited)
        panel.outdated.connect(self._outdated)
        self.decisions.print_wanted.connect(self._print_decision)
        for number in range(self.tabs.count()):
            keys = QShortcut(QKeySequence(f"Alt+{number + 1}"), self)
            keys.setProperty("place", number)
            keys.activated.connect(self._tab_keyed)

    def _tab_keyed(self) -> None:
        place = int(self.sender().property("place"))
        if self.tabs.isTabEnabled(place):
            self.tabs.setCurrentIndex(place)
            self.tabs.tabBar().setFocus()


def _line(line: History) -> StoryLine:
    parts = [line.text]
    if line.reason:
        parts.append(f"Reason: {line.reason}")
    if line.rule:
        parts.append(f"Rule {line.rule}")
    who = f"{line.who}\n{narrow_moment(line.recorded_at)}"
    return StoryLine(line.id, long_day(line.happened_on), "\n".join(parts), who, line)
