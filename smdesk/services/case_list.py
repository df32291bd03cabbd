"""The list of business cases: ids in order, rows by id, how many each view holds, and the list as a file.

Sorting and filtering happen in SQL, and only the ids travel. What a case still lacks is worked out for the rows that
are shown, because it follows from people, answers and trainings that change by themselves (ACC-3).
"""

from __future__ import annotations

import json
from array import array
from collections.abc import Mapping, Sequence
from operator import itemgetter
from pathlib import Path
from typing import Any, Final

from sqlalchemy import select

from smdesk.db.models import BusinessCase
from smdesk.policy.accounts import OPENNESS_LABELS, Openness
from smdesk.policy.words import in_a_sentence
from smdesk.security.permissions import Permission
from smdesk.services import case_fields, case_state, list_files, reference_data
from smdesk.services.case_records import (
    CASE_COLUMN_LABELS,
    CASE_STATUS_LABELS,
    CASE_VIEW_LABELS,
    OPEN,
    CaseColumn,
    CaseFilter,
    CaseRow,
    CaseSort,
    CaseStatus,
    CaseView,
)
from smdesk.services.context import Context, needs
from smdesk.services.driver import driver, stored_day
from smdesk.services.list_files import Cell, Kind, Progress, unwatched
from smdesk.services.list_sql import Query, count_each, holds_words, ranked, selected
from smdesk.services.settings import Shelf

_CHUNK: Final = 500

_PROPOSER: Final = (
    "coalesce((SELECT ltrim(p.given_name || ' ' || p.family_name) FROM person p"
    " WHERE p.id = business_case.proposer_id), business_case.proposer_name)"
)
_RUNNERS: Final = (
    "(SELECT group_concat(name, ', ') FROM (SELECT ltrim(p.given_name || ' ' || p.family_name) AS name"
    " FROM case_runner r JOIN person p ON p.id = r.person_id WHERE r.case_id = business_case.id"
    " ORDER BY r.position, r.id))"
)
_STATUS: Final = ranked("business_case.status", CASE_STATUS_LABELS)

_KEYS: Final[dict[CaseColumn, tuple[str, ...]]] = {
    CaseColumn.REFERENCE: ("business_case.year", "business_case.number"),
    CaseColumn.NAME: ("business_case.proposed_name COLLATE NOCASE",),
    CaseColumn.PLATFORM: ("business_case.platform COLLATE NOCASE",),
    CaseColumn.PROPOSER: (f"{_PROPOSER} COLLATE NOCASE",),
    CaseColumn.RUNNERS: (f"{_RUNNERS} COLLATE NOCASE",),
    CaseColumn.OPENNESS: (ranked("business_case.openness", OPENNESS_LABELS),),
    CaseColumn.STATUS: (_STATUS,),
    # What is missing is no column: what is still open stands together.
    CaseColumn.MISSING: ("business_case.sealed", _STATUS),
    CaseColumn.SUBMITTED: ("business_case.submitted_on",),
    CaseColumn.DECIDED: ("business_case.decided_on",),
}
_BLANKS_LAST: Final = frozenset({CaseColumn.RUNNERS, CaseColumn.SUBMITTED, CaseColumn.DECIDED})

_VIEWS: Final[dict[CaseView, str]] = {
    CaseView.TO_COMPLETE: "business_case.status IN ('draft', 'more_wanted')",
    CaseView.AWAITING: "business_case.status = 'submitted'",
    CaseView.APPROVED: "business_case.status = 'approved'",
    CaseView.PAST: "business_case.status IN ('rejected', 'withdrawn')",
    CaseView.ALL: "1",
}

_FOUND: Final = (
    "business_case.words LIKE :word ESCAPE '\\'"
    " OR EXISTS (SELECT 1 FROM person p WHERE p.id = business_case.proposer_id"
    " AND p.sort_name LIKE :word ESCAPE '\\')"
    " OR EXISTS (SELECT 1 FROM case_runner r JOIN person p ON p.id = r.person_id"
    " WHERE r.case_id = business_case.id AND p.sort_name LIKE :word ESCAPE '\\')"
)
"""The people are looked for by their records: a name may change."""


def _filter_kept(held: Mapping[str, Any]) -> CaseFilter:
    return CaseFilter(
        view=CaseView(held["view"]),
        text=str(held["text"]),
        platform=str(held["platform"]),
        existing_only=held["existing_only"] is True,
    )


def _sort_kept(column: str, descending: bool) -> CaseSort:
    return CaseSort(CaseColumn(column), descending)


SHELF: Final = Shelf("case_filters", _filter_kept, _sort_kept)
"""Where a user's saved filters of this list are kept."""


@needs(Permission.CASES_READ)
def sorted_ids(ctx: Context, filter: CaseFilter, sort: CaseSort) -> array[int]:
    """The ids the list shows, in order."""
    query = ids_query(filter, sort)
    with ctx.database.raw_reading() as cursor:
        return array("q", map(itemgetter(0), cursor.execute(query.sql, query.params)))


def ids_query(wanted: CaseFilter, sort: CaseSort) -> Query:
    """The statement behind ``sorted_ids``."""
    params: dict[str, int | str] = {}
    conditions = [_VIEWS[wanted.view]]
    for name in holds_words(wanted.text, "word", params):
        conditions.append(_FOUND.replace(":word", f":{name}"))
    if wanted.platform:
        params["platform"] = wanted.platform
        conditions.append("business_case.platform = :platform COLLATE NOCASE")
    if wanted.existing_only:
        conditions.append("business_case.exists_already")
    where = " AND ".join(f"({condition})" for condition in conditions)
    return selected(
        "business_case",
        where,
        _KEYS[sort.column],
        params,
        blanks_last=sort.column in _BLANKS_LAST,
        descending=sort.descending,
    )


@needs(Permission.CASES_READ)
def rows(ctx: Context, ids: Sequence[int]) -> list[CaseRow]:
    """The rows for these ids, in the same order, with what each still lacks today. Ids that are gone are left out."""
    found: list[CaseRow] = []
    with ctx.database.reading() as session:
        for start in range(0, len(ids), _CHUNK):
            chunk = [int(each) for each in ids[start : start + _CHUNK]]
            held = driver(session).execute(
                "SELECT business_case.id, printf('%d/B%04d', year, number), proposed_name, business_case.platform,"  # noqa: S608 - our pieces
                f" {_PROPOSER}, {_RUNNERS}, business_case.openness, status, exists_already, submitted_on, decided_on,"
                " account.approved_on FROM json_each(?) AS wanted"
                " JOIN business_case ON business_case.id = wanted.value"
                " LEFT JOIN school_account AS account ON account.id = business_case.account_id ORDER BY wanted.key",
                (json.dumps(chunk),),
            )
            lines = held.fetchall()
            missing = _missing(ctx, session, [line[0] for line in lines if line[7] in OPEN])
            found += [_row(line, missing.get(line[0])) for line in lines]
    return found


def _missing(ctx: Context, session: Any, ids: Sequence[int]) -> dict[int, int]:
    cases = session.scalars(select(BusinessCase).where(BusinessCase.id.in_(ids))).all()
    drafts = [case_fields.stored(session, case) for case in cases]
    if not drafts:
        return {}
    gaps = case_state.gaps_of_all(session, drafts, ctx.today())
    return {case.id: len(each) for case, each in zip(cases, gaps, strict=True)}


def _row(line: tuple[Any, ...], missing: int | None) -> CaseRow:
    (
        case_id, reference, name, platform, proposer, runners, openness, stored, exists, submitted, decided, approved,
    ) = line  # fmt: skip
    status = CaseStatus(stored)
    return CaseRow(
        id=case_id,
        reference=reference,
        name=name,
        platform=reference_data.platform_label(platform),
        proposer=proposer,
        runners=runners or "",
        openness=Openness(openness),
        status=status,
        status_words=case_state.status_words(status, bool(exists), approved is not None),
        missing=missing,
        submitted_on=stored_day(submitted),
        decided_on=stored_day(decided),
    )


@needs(Permission.CASES_READ)
def view_counts(ctx: Context) -> dict[CaseView, int]:
    """How many cases each view holds."""
    with ctx.database.raw_reading() as cursor:
        return count_each(cursor, "business_case", _VIEWS)


@needs(Permission.LISTS_EXPORT)
def export(
    ctx: Context,
    filter: CaseFilter,
    sort: CaseSort,
    columns: Sequence[CaseColumn],
    file: Path,
    kind: Kind,
    progress: Progress = unwatched,
) -> int:
    """Write the list as it is shown to ``file``, whole or not at all; returns the number of rows.

    Raises Cancelled from ``progress``, StorageProblem, Invalid for no columns or an unknown kind.
    """
    going = list_files.Going(
        title="Business cases",
        object_kind="case",
        description=_described(filter, sort),
        columns=columns,
        labels=CASE_COLUMN_LABELS,
        ids=sorted_ids(ctx, filter, sort),
        rows=rows,
        cell=_cell,
        numbers=frozenset({CaseColumn.MISSING}),
    )
    return list_files.send_out(ctx, going, file, kind, progress)


def _described(wanted: CaseFilter, sort: CaseSort) -> str:
    parts = [in_a_sentence(CASE_VIEW_LABELS[wanted.view])]
    if wanted.text.strip():
        parts.append(f"holding “{wanted.text.strip()}”")
    if wanted.platform:
        parts.append(f"on {reference_data.platform_label(wanted.platform)}")
    if wanted.existing_only:
        parts.append("accounts that exist already")
    return list_files.described(parts, CASE_COLUMN_LABELS[sort.column], descending=sort.descending)


def _cell(row: CaseRow, column: CaseColumn) -> Cell:
    match column:
        case CaseColumn.REFERENCE:
            return row.reference
        case CaseColumn.NAME:
            return row.name
        case CaseColumn.PLATFORM:
            return row.platform
        case CaseColumn.PROPOSER:
            return row.proposer
        case CaseColumn.RUNNERS:
            return row.runners
        case CaseColumn.OPENNESS:
            return OPENNESS_LABELS[row.openness] if row.openness else ""
        case CaseColumn.STATUS:
            return row.status_words
        case CaseColumn.MISSING:
            return row.missing
        case CaseColumn.SUBMITTED:
            return row.submitted_on
        case CaseColumn.DECIDED:
            return row.decided_on
