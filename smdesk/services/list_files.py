"""Any list as a file: PDF to print, CSV and XLSX to work with. What is in the list is its own service's matter."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, Generic, Literal, TypeVar

from sqlalchemy import select
from sqlalchemy.orm import Session

from smdesk.db import audit
from smdesk.db.models import School
from smdesk.errors import Invalid
from smdesk.policy.words import narrow_day
from smdesk.security.permissions import Permission
from smdesk.services import school as school_service
from smdesk.services.context import LOCAL, Context, needs

if TYPE_CHECKING:
    from smdesk.documents.page import Letterhead

C = TypeVar("C")
_PIECE: Final = 500
"""Rows read at a time."""

Kind = Literal["pdf", "csv", "xlsx"]
Progress = Callable[[int, int], None]
"""Called with rows (or pages) done and in all; raises Cancelled to stop. Then nothing is left behind."""

Cell = str | int | date | datetime | None
"""A datetime is local time. None and "" are empty cells."""


def unwatched(done: int, total: int) -> None:
    """Nobody is watching."""


@dataclass(frozen=True, slots=True)
class Made:
    """The school a list is of, who takes it out, and when (local time). ``head`` stands on a printed one."""

    school: str
    by: str
    at: datetime
    head: Letterhead | None = None


@dataclass(frozen=True, slots=True)
class Listed:
    """A list as it goes out. ``description`` says in words what was filtered and how it is sorted."""

    title: str
    description: str
    headings: Sequence[str]
    rows: Iterable[Sequence[Cell]]
    total: int
    made: Made
    right: frozenset[int] = frozenset()
    """Places of the columns that hold numbers."""


def require_columns(columns: Sequence[object]) -> None:
    """Raise Invalid where nothing was chosen to go out."""
    if not columns:
        raise Invalid.one("columns", "Choose at least one column to export.")


def write(listed: Listed, file: Path, kind: Kind, progress: Progress = unwatched) -> None:
    """Write the list to ``file``, whole or not at all.

    Raises Cancelled from ``progress``, StorageProblem, or Invalid for an unknown kind. Writes nothing to the audit
    log: the caller knows what it was.
    """
    match kind:
        case "pdf":
            from smdesk.documents import listing

            data = listing.ListingData(
                title=listed.title,
                description=listed.description,
                school=listed.made.school,
                printed_by=listed.made.by,
                printed_at=listed.made.at,
                columns=tuple(
                    listing.ListColumn(heading, "right" if at in listed.right else "left")
                    for at, heading in enumerate(listed.headings)
                ),
                rows=[[in_words(value) for value in row] for row in listed.rows],
                letterhead=listed.made.head,
            )
            listing.render(data, file, progress)
        case "csv":
            from smdesk.documents import sheets

            sheets.write_csv(listed.headings, listed.rows, file, listed.total, progress)
        case "xlsx":
            from smdesk.documents import sheets

            sheets.write_xlsx(listed.title, listed.headings, listed.rows, file, listed.total, progress)
        case _:
            raise Invalid.one("kind", "A list can be exported as PDF, CSV or XLSX.")


def in_words(value: Cell) -> str:
    """A cell as the printed list shows it."""
    if isinstance(value, datetime):
        return f"{narrow_day(value)}, {value:%H:%M}"
    if isinstance(value, date):
        return narrow_day(value)
    return "" if value is None else str(value)


def made(session: Session, ctx: Context) -> Made:
    """Who takes out a list now, and of which school."""
    school = session.scalars(select(School)).one()
    moment = ctx.now().astimezone(LOCAL)
    return Made(school.name, ctx.user.name, moment, school_service.letterhead(school))


@dataclass(frozen=True, slots=True)
class Going(Generic[C]):
    """A long list about to go out: which rows, and what each column of them says."""

    title: str
    object_kind: str
    """What the audit log calls the records."""
    description: str
    columns: Sequence[C]
    labels: Mapping[C, str]
    ids: Sequence[int]
    rows: Callable[[Context, Sequence[int]], Sequence[Any]]
    cell: Callable[[Any, C], Cell]
    numbers: frozenset[C] = frozenset()
    """Columns that hold numbers."""


@needs(Permission.LISTS_EXPORT)
def send_out(ctx: Context, going: Going[Any], file: Path, kind: Kind, progress: Progress = unwatched) -> int:
    """Write a long list to ``file``, whole or not at all, and to the audit log that it went out; gives the rows.

    The rows are read in pieces, so that no list has to fit into memory. Raises Cancelled from ``progress``,
    StorageProblem, Invalid for no columns or an unknown kind.
    """
    require_columns(going.columns)
    with ctx.database.reading() as session:
        who = made(session, ctx)

    def lines() -> Iterator[list[Cell]]:
        for start in range(0, len(going.ids), _PIECE):
            for row in going.rows(ctx, going.ids[start : start + _PIECE]):
                yield [going.cell(row, column) for column in going.columns]

    listed = Listed(
        title=going.title,
        description=going.description,
        headings=[going.labels[column] for column in going.columns],
        rows=lines(),
        total=len(going.ids),
        made=who,
        right=frozenset(at for at, column in enumerate(going.columns) if column in going.numbers),
    )
    write(listed, file, kind, progress)
    with ctx.database.writing() as session:
        audit.write(
            session,
            actor_id=ctx.user.id,
            at=ctx.now(),
            action="list.exported",
            object_kind=going.object_kind,
            object_id=None,
            detail={"kind": kind, "rows": listed.total, "filter": going.description},
        )
    return listed.total


def described(parts: Iterable[str], sorted_by: str, *, descending: bool, note: str = "") -> str:
    """What a list shows, as its printed heading says it. ``note`` is a sentence to read before how it is sorted."""
    way = "last first" if descending else "first to last"
    note = f"{note} " if note else ""
    return f"Shown: {', '.join(parts)}. {note}Sorted by “{sorted_by}”, {way}."
