"""The list of policies: which there are, how each stands, and whose review is due (AUP-1, AUP-3).

A school has a few dozen policies at most, so the list is put in order here rather than in SQL.
"""

from __future__ import annotations

from array import array
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from smdesk.db.models import PolicyDocument, PolicyVersion
from smdesk.policy.vocabulary import PersonKind
from smdesk.security.permissions import Permission
from smdesk.services import agreement_state
from smdesk.services.agreement_records import (
    ASKED_LABELS,
    POLICY_KIND_LABELS,
    PolicyColumn,
    PolicyFilter,
    PolicyKind,
    PolicyRow,
    PolicySort,
    PolicyView,
    Tally,
)
from smdesk.services.context import Context, needs
from smdesk.services.people_records import kinds_of
from smdesk.services.policy_base import asked_of_words, reminder_days, review_words
from smdesk.services.settings import Shelf


@dataclass(frozen=True, slots=True)
class DueReview:
    """A policy whose review is overdue or near."""

    policy_id: int
    title: str
    label: str
    review_on: date
    overdue: bool
    reviewers: str


def _filter_from(held: Mapping[str, Any]) -> PolicyFilter:
    return PolicyFilter(
        view=PolicyView(held["view"]),
        text=str(held["text"]),
        kind=None if held["kind"] is None else PolicyKind(held["kind"]),
        asked=None if held["asked"] is None else PersonKind(held["asked"]),
    )


def _sort_from(column: str, descending: bool) -> PolicySort:
    return PolicySort(PolicyColumn(column), descending)


SHELF: Final = Shelf("policy_filters", _filter_from, _sort_from)
"""Where the saved filters of this list are kept."""


@needs(Permission.AGREEMENTS_READ)
def sorted_ids(ctx: Context, filter: PolicyFilter, sort: PolicySort) -> array[int]:
    """The ids of the policies shown, in order."""
    with ctx.database.reading() as session:
        shown = [row for row in _rows(session, ctx.today()) if _fits(row, filter)]
    filled = [row for row in shown if _key(row, sort.column) is not None]
    blank = [row for row in shown if _key(row, sort.column) is None]
    filled.sort(
        key=lambda row: (_key(row, sort.column), row.title.casefold(), row.id), reverse=sort.descending
    )
    return array("q", [row.id for row in (*filled, *blank)])


@needs(Permission.AGREEMENTS_READ)
def rows(ctx: Context, ids: Sequence[int]) -> list[PolicyRow]:
    """The policies with these ids, in the same order; ids that are gone are left out."""
    with ctx.database.reading() as session:
        found = {row.id: row for row in _rows(session, ctx.today())}
    return [found[each] for each in ids if each in found]


@needs(Permission.AGREEMENTS_READ)
def view_counts(ctx: Context) -> Mapping[PolicyView, int]:
    """How many policies each view holds."""
    with ctx.database.reading() as session:
        found = _rows(session, ctx.today())
    return {view: sum(_in_view(row, view) for row in found) for view in PolicyView}


def due_reviews(session: Session, day: date, ahead_days: int) -> list[DueReview]:
    """The policies in use whose review is overdue on ``day`` or due within ``ahead_days``, longest overdue first."""
    until = day + timedelta(days=ahead_days)
    found = [
        DueReview(
            policy.id,
            policy.title,
            version.label,
            version.review_on,
            version.review_on < day,
            policy.reviewers,
        )
        for policy, version in _with_current(session, day)
        if policy.retired_on is None
        and version is not None
        and version.review_on is not None
        and version.review_on <= until
    ]
    return sorted(found, key=lambda each: (each.review_on, each.title.casefold()))


def _with_current(session: Session, day: date) -> list[tuple[PolicyDocument, PolicyVersion | None]]:
    """Every policy with its version in use on ``day``."""
    current: dict[int, PolicyVersion] = {}
    for version in session.scalars(
        select(PolicyVersion)
        .where(PolicyVersion.adopted_on <= day)
        .order_by(PolicyVersion.adopted_on, PolicyVersion.id)
    ):
        current[version.policy_id] = version
    return [
        (policy, current.get(policy.id))
        for policy in session.scalars(select(PolicyDocument).order_by(PolicyDocument.id))
    ]


def _rows(session: Session, today: date) -> list[PolicyRow]:
    tallies = agreement_state.tallies(session, today)
    ahead = reminder_days(session)
    return [_row(policy, version, tallies, today, ahead) for policy, version in _with_current(session, today)]


def _row(
    policy: PolicyDocument,
    version: PolicyVersion | None,
    tallies: Mapping[int, Tally],
    today: date,
    ahead: int,
) -> PolicyRow:
    if policy.retired_on is not None:
        words, due = "Retired", False
    elif version is None:
        words, due = "No version in use yet", False
    else:
        words, due = review_words(version.review_on, today, ahead)
    return PolicyRow(
        id=policy.id,
        title=policy.title,
        kind=PolicyKind(policy.kind),
        label="" if version is None else version.label,
        adopted_on=None if version is None else version.adopted_on,
        review_on=None if version is None else version.review_on,
        review_words=words,
        review_due=due,
        reviewers=policy.reviewers,
        asked_of=asked_of_words(kinds_of("", policy.asked_of), policy.for_accounts),
        tally=tallies.get(policy.id, Tally()),
        retired_on=policy.retired_on,
    )


def _in_view(row: PolicyRow, view: PolicyView) -> bool:
    match view:
        case PolicyView.IN_USE:
            return row.retired_on is None
        case PolicyView.REVIEW:
            return row.review_due
        case PolicyView.RETIRED:
            return row.retired_on is not None
    return True


def _fits(row: PolicyRow, wanted: PolicyFilter) -> bool:
    words = f"{row.title} {row.reviewers} {row.label} {POLICY_KIND_LABELS[row.kind]}".casefold()
    return (
        _in_view(row, wanted.view)
        and all(each in words for each in wanted.text.casefold().split())
        and (wanted.kind is None or row.kind is wanted.kind)
        and (wanted.asked is None or ASKED_LABELS[wanted.asked].lower() in row.asked_of.lower())
    )


def _key(row: PolicyRow, column: PolicyColumn) -> Any:
    """What a column sorts by; None stands last either way."""
    match column:
        case PolicyColumn.TITLE:
            return row.title.casefold()
        case PolicyColumn.KIND:
            return POLICY_KIND_LABELS[row.kind]
        case PolicyColumn.VERSION:
            return row.label.casefold() or None
        case PolicyColumn.ADOPTED:
            return row.adopted_on
        case PolicyColumn.REVIEW:
            return row.review_on
        case PolicyColumn.REVIEWERS:
            return row.reviewers.casefold() or None
        case PolicyColumn.ASKED_OF:
            return row.asked_of.casefold() or None
        case PolicyColumn.SIGNED:
            return row.tally.signed
        case PolicyColumn.DECLINED:
            return row.tally.declined
    return row.tally.outstanding
