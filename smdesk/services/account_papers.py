"""The registers of accounts and of blocks, to take out as they are shown: PDF, CSV or XLSX (DOC-3).

Every one made is written to the audit log: what leaves the program is no longer protected by it.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

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


@needs(Permission.LISTS_EXPORT)
def export_accounts(
    ctx: Context,
    filter: AccountFilter,
    sort: AccountSort,
    columns: Sequence[AccountColumn],
    file: Path,
    kind: Kind,
    progress: Progress = unwatched,
) -> int:
    """Write the register of accounts as it is shown to ``file``, whole or not at all; returns the number of rows.

    Raises Cancelled from ``progress``, StorageProblem, Invalid for no columns or an unknown kind.
    """
    parts = [in_a_sentence(ACCOUNT_VIEW_LABELS[filter.view]), *_narrowed(ctx, filter)]
    if filter.openness is not None:
        parts.append(in_a_sentence(OPENNESS_LABELS[filter.openness]))
    going = list_files.Going(
        title="School accounts",
        object_kind="account",
        description=list_files.described(
            parts,
            ACCOUNT_COLUMN_LABELS[sort.column],
            descending=sort.descending,
            note=f"Standing as worked out on {written_day(ctx.today())}.",
        ),
        columns=columns,
        labels=ACCOUNT_COLUMN_LABELS,
        ids=account_list.sorted_ids(ctx, filter, sort),
        rows=account_list.rows,
        cell=_account_cell,
    )
    return list_files.send_out(ctx, going, file, kind, progress)


@needs(Permission.LISTS_EXPORT)
def export_blocks(
    ctx: Context,
    filter: BlockFilter,
    sort: BlockSort,
    columns: Sequence[BlockColumn],
    file: Path,
    kind: Kind,
    progress: Progress = unwatched,
) -> int:
    """Write the register of blocks as it is shown to ``file``, masked rows masked; returns the number of rows.

    Raises Cancelled from ``progress``, StorageProblem, Invalid for no columns or an unknown kind.
    """
    parts = [in_a_sentence(BLOCK_VIEW_LABELS[filter.view]), *_narrowed(ctx, filter)]
    if filter.account_id is not None:
        parts.append(f"on {accounts.open_account(ctx, filter.account_id).name}")
    going = list_files.Going(
        title="Blocks",
        object_kind="block",
        description=list_files.described(parts, BLOCK_COLUMN_LABELS[sort.column], descending=sort.descending),
        columns=columns,
        labels=BLOCK_COLUMN_LABELS,
        ids=block_list.sorted_ids(ctx, filter, sort),
        rows=block_list.rows,
        cell=_block_cell,
    )
    return list_files.send_out(ctx, going, file, kind, progress)


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
