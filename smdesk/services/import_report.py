"""What became, or would become, of each line of an imported file, as a file of its own. Shared by every import."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path

from smdesk.db import audit
from smdesk.documents.sheet_reading import Sheet
from smdesk.policy.words import in_a_sentence
from smdesk.security.permissions import Permission
from smdesk.services import list_files
from smdesk.services.context import Context, needs
from smdesk.services.list_files import Kind, Progress, unwatched


@needs(Permission.LISTS_EXPORT)
def write(
    ctx: Context,
    title: str,
    description: str,
    headings: Sequence[str],
    rows: Sequence[Sequence[str]],
    sheet: Sheet,
    file: Path,
    kind: Kind,
    progress: Progress = unwatched,
) -> int:
    """Write the report; gives the number of lines. ``headings`` begin with the line's number.

    It names people and leaves the program, so it is written to the audit log. Raises StorageProblem, Invalid, or what
    ``progress`` raises.
    """
    with ctx.database.reading() as session:
        made = list_files.made(session, ctx)
    report = list_files.Listed(
        title=title,
        description=description,
        headings=headings,
        rows=rows,
        total=len(rows),
        made=made,
        right=frozenset({0}),
    )
    list_files.write(report, file, kind, progress)
    with ctx.database.writing() as session:
        audit.write(
            session,
            actor_id=ctx.user.id,
            at=ctx.now(),
            action="list.exported",
            object_kind="list",
            object_id=None,
            detail={"list": title, "format": kind, "rows": len(rows), "file": sheet.file_name},
        )
    return len(rows)


def description(sheet: Sheet, counts: Iterable[tuple[str, int]], *, done: bool) -> str:
    """Where the lines came from, whether anything was written, and how many came to what result (by its label)."""
    source = f"From “{sheet.file_name}”" + (f", sheet “{sheet.sheet}”" if sheet.sheet else "")
    what = "Imported" if done else "Checked, nothing changed yet"
    told = ", ".join(f"{in_a_sentence(label)}: {count:,}" for label, count in counts if count)
    return f"{source}. {what}. {told[:1].upper()}{told[1:]}."
