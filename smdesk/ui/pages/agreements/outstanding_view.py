"""The part "Outstanding" of the agreements tab: who has not answered which policy, who declined, who signed (AUP-1)."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial
from typing import Final

from PySide6.QtGui import QIcon
from PySide6.QtWidgets import QWidget

from smdesk.policy.vocabulary import KIND_LABELS, PersonKind
from smdesk.policy.words import narrow_day
from smdesk.security.permissions import Permission, allowed
from smdesk.services import agreement_outstanding
from smdesk.services.agreement_records import (
    ANSWER_COLUMN_LABELS,
    ANSWER_VIEW_LABELS,
    ASKED_LABELS,
    AnswerChoices,
    AnswerColumn,
    AnswerFilter,
    AnswerRow,
    AnswerSort,
    AnswerView,
)
from smdesk.services.context import Context
from smdesk.ui.desk import Desk
from smdesk.ui.models.chunked import Column, columns_named
from smdesk.ui.pages.agreements.answer_dialog import AnswerDialog
from smdesk.ui.pages.agreements.person_answers_dialog import PersonAnswersDialog
from smdesk.ui.pages.agreements.tones import ANSWER_TONES
from smdesk.ui.widgets.buttons import button
from smdesk.ui.widgets.filter_fields import choice, choose, choose_text, code_in, offer
from smdesk.ui.widgets.filter_row import FilterRow
from smdesk.ui.widgets.list_part import ListPart
from smdesk.ui.widgets.listing import Listing
from smdesk.ui.widgets.preview_window import Papers
from smdesk.ui.widgets.record_list import RecordList
from smdesk.ui.widgets.status_chip import status_icon

_EMPTY_VIEWS: Final = {
    AnswerView.OUTSTANDING: "Everybody who is asked has answered",
    AnswerView.DECLINED: "Nobody has declined",
    AnswerView.SIGNED: "Nobody has signed yet",
    AnswerView.ALL: "Nobody is asked for a policy yet",
}


class AnswerFilters(FilterRow):
    """Which policy, and whose answers. A class or year group brings its parents and carers along."""

    def __init__(self, desk: Desk, parent: QWidget | None = None) -> None:
        super().__init__(desk, "answer", AnswerFilter(), "One person", parent)
        self.policy = choice("answer_filter_policy", "Policy", "Any policy", (), 170)
        self.kind = choice("answer_filter_kind", "Who they are", "Anybody", ASKED_LABELS.items(), 125)
        self.group = choice("answer_filter_class", "Class, with its parents and carers", "Any class", (), 110)
        self.year = choice(
            "answer_filter_year", "Year group, with its parents and carers", "Any year", (), 110
        )
        combos = (self.policy, self.kind, self.group, self.year)
        self.fill(combos, combos, ())

    def offer_choices(self, choices: AnswerChoices) -> None:
        """What there is to choose from."""
        offer(self.policy, list(choices.policies))
        offer(self.group, [(name, name) for name in choices.classes])
        offer(self.year, [(name, name) for name in choices.year_groups])

    def narrow(self, wanted: AnswerFilter) -> AnswerFilter:
        return replace(
            wanted,
            policy_id=self.policy.currentData(),
            kind=code_in(PersonKind, self.kind),
            class_name=str(self.group.currentData() or ""),
            year_group=str(self.year.currentData() or ""),
            person_id=self.person_id(),
        )

    def put(self, wanted: AnswerFilter) -> None:
        choose(self.policy, wanted.policy_id)
        choose(self.kind, wanted.kind)
        choose_text(self.group, wanted.class_name)
        choose_text(self.year, wanted.year_group)


class OutstandingView(ListPart):
    """What the agreements tab shows under "Outstanding". A record is a pair, as ``agreement_outstanding.pair_id``."""

    def __init__(self, desk: Desk, parent: QWidget | None = None) -> None:
        may_edit = allowed(desk.ctx.user.roles, Permission.AGREEMENTS_EDIT)
        self.marked = button(
            "For those &marked…",
            "answer_marked",
            tip="Record one answer for the people whose rows are marked (Ctrl+A marks them all)",
        )
        self.marked.setVisible(may_edit)
        self.slips = button(
            "Print s&lips",
            "answer_print_slips",
            tip="A slip to sign for every row that is marked, or for all rows shown",
        )
        self.filters = AnswerFilters(desk)
        super().__init__(
            desk,
            "outstanding",
            RecordList(desk, _listing(may_edit), self.filters, beside_new=(self.marked, self.slips)),
            more_told_by=("policy", "person"),
            for_marked=self.marked,
            parent=parent,
        )
        self._papers = Papers(desk, self)
        self.marked.clicked.connect(self._record_for_marked)
        self.slips.clicked.connect(self._print_slips)

    def open_record(self, record_id: int) -> None:
        """Show what the person in this row answered. The id of a policy shows who is outstanding for it."""
        policy_id, person_id = agreement_outstanding.pair_of(int(record_id))
        if not policy_id:
            self.show_policy(int(record_id))
            return
        self.list.select(record_id)
        PersonAnswersDialog(self._desk, policy_id, person_id, self).open()

    def new_record(self) -> None:
        """Record answers (Ctrl+N), about the policy the list is narrowed to."""
        if self.list.may_add:
            AnswerDialog(self._desk, self.list.shown.policy_id or 0, (), self).open()

    def show_policy(self, policy_id: int, view: AnswerView = AnswerView.OUTSTANDING) -> None:
        """Narrow the list to one policy, in this view."""
        self.list.show_filter(AnswerFilter(view, policy_id=policy_id), self.list.sort)

    # Inside

    def _record_for_marked(self) -> None:
        pairs = [agreement_outstanding.pair_of(row) for row in self.list.table.selected_ids()]
        policies = {policy_id for policy_id, _ in pairs}
        if len(policies) > 1:
            self._desk.messages.info(
                "The rows that are marked are about more than one policy.",
                more="An answer is recorded for one policy at a time: choose the policy in the filters first.",
            )
        elif pairs:
            people = [person_id for _, person_id in pairs]
            AnswerDialog(self._desk, policies.pop(), people, self).open()

    def _print_slips(self) -> None:
        rows = list(self.list.table.selected_ids()) or list(self.list.model.ids)
        if rows:
            self._papers.show_many("Slips to sign", partial(_slips, self._desk.ctx, tuple(rows)))

    def load_more(self) -> None:
        ctx = self._desk.ctx
        self._desk.tasks.latest(
            self, "answer_choices", lambda progress: agreement_outstanding.choices(ctx), self._have_choices
        )

    def _have_choices(self, choices: AnswerChoices) -> None:
        self.filters.offer_choices(choices)
        if self.list.shown.policy_id is not None:
            choose(self.filters.policy, self.list.shown.policy_id)


def _slips(ctx: Context, rows: Sequence[int], progress: Callable[[int, int], None]) -> bytes:
    from smdesk.services import agreement_papers  # only here: the list is there sooner without it

    return agreement_papers.slips_pdf(ctx, rows, progress)


def _export(*wanted: object) -> int:
    from smdesk.services import agreement_papers  # only here: the list is there sooner without it

    return agreement_papers.export_answers(*wanted)


def _listing(may_edit: bool) -> Listing:
    return Listing(
        name="answer",
        title="Agreements",
        one="entry",
        many="entries",
        nothing=AnswerFilter(),
        sort=AnswerSort(),
        shelf=agreement_outstanding.SHELF,
        view_labels=ANSWER_VIEW_LABELS,
        whole=AnswerView.ALL,
        empty_views=_EMPTY_VIEWS,
        none=(
            "Nobody is asked for a policy yet",
            (
                "Under Policies, put a policy on record with who must acknowledge it, and add its version in use. "
                "Whoever has not answered then stands here."
            ),
        ),
        first="Record answers…",
        search="Search people by name",
        new="&Record answers…",
        new_tip="Record who signed or declined (Ctrl+N)",
        columns=_columns(),
        column_labels=ANSWER_COLUMN_LABELS,
        sorted_ids=agreement_outstanding.sorted_ids,
        rows=agreement_outstanding.rows,
        view_counts=agreement_outstanding.view_counts,
        export=_export,
        may_add=may_edit,
        # A row is a pair, so what changed is never told by its id; who runs an account is asked for more.
        also_on=("agreement", "policy", "person", "account", "case"),
    )


Name = AnswerColumn
_column = columns_named(ANSWER_COLUMN_LABELS)


def _columns() -> tuple[Column[AnswerRow], ...]:
    return (
        _column(Name.NAME, lambda row: row.name, 170, tooltip=lambda row: row.name),
        _column(Name.KIND, lambda row: KIND_LABELS[row.kind], 130),
        _column(Name.YEAR, lambda row: row.year_group, 75),
        _column(Name.CLASS, lambda row: row.class_name, 75),
        _column(Name.CHILDREN, lambda row: row.children, 180, tooltip=lambda row: row.children),
        _column(Name.POLICY, lambda row: row.policy, 210, tooltip=lambda row: row.policy),
        _column(Name.VERSION, lambda row: row.label, 115, hidden=True),
        _column(Name.STATE, lambda row: row.words, 230, tooltip=lambda row: row.words, icon=_icon),
        _column(Name.ANSWERED, _answered, 105, hidden=True),
        _column(Name.HOW, lambda row: row.how, 110, hidden=True),
    )


def _answered(row: AnswerRow) -> str:
    return "" if row.answered_on is None else narrow_day(row.answered_on)


def _icon(row: AnswerRow) -> QIcon:
    return status_icon(ANSWER_TONES[row.state])
