"""The registers of accounts and of blocks, to take out as they are shown: PDF, CSV or XLSX (DOC-3).

Every one made is written to the audit log: what leaves the program is no longer protected by it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Final, TypeVar

from smdesk.db import audit
from smdesk.policy.accounts import OPENNESS_LABELS, Openness
from smdesk.policy.words import in_a_sentence, written_day
from smdesk.security.permissions import Permission
from smdesk.services import account_list, accounts, block_list, list_files, reference_data
from smdesk.services.account_records import (
    ACCOUNT_COLUMN_LABELS,
    ACCOUNT_VIEW_LABELS,
    BLOCK_COLUMN_LABELS,
    BLOCK_VIEW_LABELS,
    AccountColumn,
    AccountFilter,
    AccountRow,
    AccountSort,
    BlockColumn,
    BlockFilter,
    BlockRow,
    BlockSort,
)
from smdesk.services.account_words import block_status
from smdesk.services.context import Context, needs
from smdesk.services.incident_fields import people_names
from smdesk.services.list_files import Cell, Kind, Progress, unwatched

_CHUNK: Final = 500
Row = TypeVar("Row")


@needs(Permission.LISTS_EXPORT)
def export_accounts(
    ctx: Context,
    filter: AccountFilter,  # noqa: A002  (as in the records)
    sort: AccountSort,
    columns: Sequence[AccountColumn],
    file: Path,
    kind: Kind,
    progress: Progress = unwatched,
) -> int:
    """Write the register of accounts as it is shown to ``file``, whole or not at all; returns the number of rows.

    Raises Cancelled from ``progress``, StorageProblem, Invalid for no columns or an unknown kind.
    """
    ids = account_list.sorted_ids(ctx, filter, sort)
    said = [in_a_sentence(ACCOUNT_VIEW_LABELS[filter.view]), *_narrowed(ctx, filter)]
    if filter.openness is not None:
        said.append(in_a_sentence(OPENNESS_LABELS[filter.openness]))
    return _write(
        ctx,
        "School accounts",
        f"Shown: {', '.join(said)}. Standing as worked out on {written_day(ctx.today())}. "
        f"{_sorted(ACCOUNT_COLUMN_LABELS[sort.column], sort.descending)}",
        ACCOUNT_COLUMN_LABELS,
        columns,
        _in_chunks(ctx, ids, account_list.rows),
        _account_cell,
        len(ids),
        (file, kind, progress),
    )


@needs(Permission.LISTS_EXPORT)
def export_blocks(
    ctx: Context,
    filter: BlockFilter,  # noqa: A002  (as in the records)
    sort: BlockSort,
    columns: Sequence[BlockColumn],
    file: Path,
    kind: Kind,
    progress: Progress = unwatched,
) -> int:
    """Write the register of blocks as it is shown to ``file``, masked rows masked; returns the number of rows.

    Raises Cancelled from ``progress``, StorageProblem, Invalid for no columns or an unknown kind.
    """
    ids = block_list.sorted_ids(ctx, filter, sort)
    said = [in_a_sentence(BLOCK_VIEW_LABELS[filter.view]), *_narrowed(ctx, filter)]
    if filter.account_id is not None:
        said.append(f"on {accounts.open_account(ctx, filter.account_id).name}")
    return _write(
        ctx,
        "Blocks",
        f"Shown: {', '.join(said)}. {_sorted(BLOCK_COLUMN_LABELS[sort.column], sort.descending)}",
        BLOCK_COLUMN_LABELS,
        columns,
        _in_chunks(ctx, ids, block_list.rows),
        _block_cell,
        len(ids),
        (file, kind, progress),
    )


def _narrowed(ctx: Context, wanted: AccountFilter | BlockFilter) -> Iterator[str]:
    """The search and the filters both registers have, in words."""
    if wanted.text.strip():
        yield f"holding “{wanted.text.strip()}”"
    if wanted.platform:
        yield f"on {reference_data.platform_label(wanted.platform)}"
    if wanted.person_id is not None:
        with ctx.database.reading() as session:
            name = people_names(session, [wanted.person_id]).get(wanted.person_id, "nobody")
        yield f"with {name}"


def _sorted(column: str, descending: bool) -> str:
    return f"Sorted by “{column}”, {'last first' if descending else 'first to last'}."


def _in_chunks(
    ctx: Context, ids: Sequence[int], rows: Callable[[Context, Sequence[int]], list[Row]]
) -> Iterator[Row]:
    for start in range(0, len(ids), _CHUNK):
        yield from rows(ctx, ids[start : start + _CHUNK])


def _write(
    ctx: Context,
    title: str,
    description: str,
    labels: Mapping[Any, str],
    columns: Sequence[Any],
    rows: Iterator[Row],
    cell: Callable[[Row, Any], Cell],
    total: int,
    out: tuple[Path, Kind, Progress],
) -> int:
    list_files.require_columns(columns)
    file, kind, progress = out
    with ctx.database.reading() as session:
        made = list_files.made(session, ctx)
    listed = list_files.Listed(
        title=title,
        description=description,
        headings=[labels[column] for column in columns],
        rows=([cell(row, column) for column in columns] for row in rows),
        total=total,
        made=made,
    )
    list_files.write(listed, file, kind, progress)
    with ctx.database.writing() as session:
        audit.write(
            session,
            actor_id=ctx.user.id,
            at=ctx.now(),
            action="list.exported",
            object_kind="list",
            object_id=None,
            detail={"list": title, "kind": kind, "rows": total, "filter": description},
        )
    return total


def _account_cell(row: AccountRow, column: AccountColumn) -> Cell:
    match column:
        case AccountColumn.NAME:
            return row.name
        case AccountColumn.PLATFORM:
            return row.platform
        case AccountColumn.STANDING:
            return row.standing.words
        case AccountColumn.RESPONSIBLE:
            return row.responsible
        case AccountColumn.RUNNERS:
            return row.runners
        case AccountColumn.OPENNESS:
            return OPENNESS_LABELS[row.openness] if row.openness is not Openness.NOT_ANSWERED else None
        case AccountColumn.APPROVED:
            return row.approved_on
        case AccountColumn.REVIEW:
            return row.review_on
        case AccountColumn.LOOKED:
            return row.looked_on
        case AccountColumn.CREDENTIALS:
            return row.credentials_place
        case AccountColumn.LINK:
            return row.link
        case AccountColumn.PURPOSE:
            return row.purpose
        case AccountColumn.AUDIENCE:
            return row.audience
        case AccountColumn.OPENED:
            return row.opened_on
        case AccountColumn.CLOSED:
            return row.closed_on


def _block_cell(row: BlockRow, column: BlockColumn) -> Cell:
    match column:
        case BlockColumn.WHO:
            return row.who
        case BlockColumn.WHERE:
            return row.where
        case BlockColumn.REASON:
            return row.reason
        case BlockColumn.SINCE:
            return row.since_on
        case BlockColumn.REVIEW:
            return None if row.ended_on is not None else row.review_on
        case BlockColumn.STATUS:
            return block_status(row)
        case BlockColumn.INCIDENT:
            return row.incident
