"""People brought in from the school's management system: a dry run person by person, then all of it or nothing.

Somebody is found again by their number, else by name and one more fact, else whoever imports is asked. What the office
wrote itself (notes, names online, other names, merged records) is never overwritten, and an empty cell says nothing.
A backup is made first; the import itself is one transaction.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from sqlalchemy.orm import Session

from smdesk.db import audit
from smdesk.documents.sheet_reading import Sheet, read_sheet
from smdesk.errors import Invalid, Refused
from smdesk.policy.vocabulary import KIND_LABELS, PersonKind
from smdesk.security.permissions import Permission
from smdesk.services import backups, import_report, people, people_import_fields, settings
from smdesk.services.context import Changes, Context, needs
from smdesk.services.driver import driver
from smdesk.services.import_headings import heading_words
from smdesk.services.import_people import Choice
from smdesk.services.list_files import Kind, Progress, unwatched
from smdesk.services.people_import_fields import ColumnMap, Field, Layout, Target
from smdesk.services.people_import_plan import work_out
from smdesk.services.people_import_records import (
    RESULT_LABELS,
    Leaving,
    PeoplePlan,
    PlanEntry,
    Result,
    outcome,
)
from smdesk.services.people_import_write import Writer
from smdesk.services.people_records import Relation

__all__ = [
    "RESULT_LABELS",
    "Imported",
    "Leaving",
    "PeoplePlan",
    "PlanEntry",
    "Result",
    "apply",
    "back_up",
    "guess",
    "plan",
    "read",
    "remember",
    "report_rows",
    "save_report",
]

_SETTING: Final = "people.import"
_SETS_KEPT: Final = 20
_HEADINGS_KEPT: Final = 600
_MOST_ASKED: Final = 2_000
"""Namesakes whose details are read for choosing; whoever has more to choose begins with these."""


@dataclass(frozen=True, slots=True)
class Imported:
    """What an import wrote: how many people of each result, and how many links."""

    changes: Changes
    added: int
    changed: int
    left: int
    links: int


@needs(Permission.PEOPLE_IMPORT)
def read(
    ctx: Context,
    file: Path,
    sheet: str = "",
    progress: Progress = unwatched,
    cancelled: Callable[[], bool] = lambda: False,
) -> Sheet:
    """The table in the file. Raises StorageProblem, Invalid where it is no table, Cancelled."""
    return read_sheet(
        file, sheet, known=people_import_fields.is_heading, progress=progress, cancelled=cancelled
    )


# Columns


@needs(Permission.PEOPLE_IMPORT)
def guess(ctx: Context, sheet: Sheet, layout: Layout | None = None) -> ColumnMap:
    """Which column is likely what: what this user chose for such a file before, else what the headings say.

    With ``layout`` the guess is for that one. Who has left is never remembered: it is said anew for each file.
    """
    held = _held(ctx)
    known = held["sets"].get(_signature(sheet), {}) if layout is None else {}
    try:
        layout = layout or Layout(known.get("layout", people_import_fields.guess_layout(sheet.headings)))
        kind = PersonKind(known["kind"]) if known.get("kind") else _kind_of(sheet)
        relation = Relation(known.get("relation", Relation.PARENT_OF))
    except ValueError:  # kept by a version with other codes
        return guess(ctx, sheet, people_import_fields.guess_layout(sheet.headings))
    remembered = held["headings"].get(str(layout), {})
    columns = people_import_fields.guess(sheet.headings, layout, remembered)
    return ColumnMap(layout, columns, kind, relation)


def _kind_of(sheet: Sheet) -> PersonKind | None:
    """Who the people in the file are, going by the name of the file and its sheet: "Staff list 2026.xlsx"."""
    found = people_import_fields.read_kind(heading_words(f"{sheet.sheet} {Path(sheet.file_name).stem}"))
    if found is None and not _PUPILS_ONLY.isdisjoint(heading_words(each) for each in sheet.headings):
        return PersonKind.PUPIL
    return found


_PUPILS_ONLY: Final = frozenset(
    {"upn", "unique pupil number", "year group", "ncy", "tutor group", "reg group"}
)
"""Headings of which only pupils have something."""


@needs(Permission.PEOPLE_IMPORT)
def remember(ctx: Context, sheet: Sheet, columns: ColumnMap) -> None:
    """Keep what was chosen, for the next file with such headings."""
    held = _held(ctx)
    chosen = {place: target.code for target, place in columns.columns.items()}
    layout = str(columns.layout)
    headings = dict(held["headings"].get(layout, {}))
    for place, heading in enumerate(sheet.headings):
        words = heading_words(heading)
        headings.pop(words, None)  # the newest stand last
        headings[words] = chosen.get(place, "")
    held["headings"][layout] = dict(list(headings.items())[-_HEADINGS_KEPT:])
    sets = {key: each for key, each in held["sets"].items() if key != _signature(sheet)}
    sets[_signature(sheet)] = {
        "layout": layout,
        "kind": str(columns.kind or ""),
        "relation": str(columns.relation),
    }
    held["sets"] = dict(list(sets.items())[-_SETS_KEPT:])
    settings.put(ctx, _SETTING, held)


def _held(ctx: Context) -> dict[str, Any]:
    held = settings.get(ctx, _SETTING, {})
    held = held if isinstance(held, dict) else {}
    return {"sets": dict(held.get("sets", {})), "headings": dict(held.get("headings", {}))}


def _signature(sheet: Sheet) -> str:
    """The same for every file with these headings, in whatever order."""
    words = sorted(heading_words(heading) for heading in sheet.headings)
    return hashlib.sha256("\n".join(words).encode()).hexdigest()[:16]


# The dry run


@needs(Permission.PEOPLE_IMPORT)
def plan(
    ctx: Context,
    sheet: Sheet,
    columns: ColumnMap,
    choices: Mapping[str, Choice] | None = None,
    progress: Progress = unwatched,
) -> PeoplePlan:
    """The dry run: who would be new, changed or have left. ``choices`` are those made for people of an earlier one.

    Raises Invalid where a column nobody can do without is not chosen, or what ``progress`` raises.
    """
    _check_columns(ctx, columns)
    with ctx.database.reading() as session:
        made = _work_out(ctx, session, sheet, columns, dict(choices or {}), progress)
    asked = [each for each in made.entries if each.match.candidates][:_MOST_ASKED]
    hits = {
        hit.id: hit
        for hit in people.rows(ctx, sorted({one for each in asked for one in each.match.candidates}))
    }
    for each in asked:
        each.candidates = tuple(hits[one] for one in each.match.candidates if one in hits)
    return made


def _work_out(
    ctx: Context,
    session: Session,
    sheet: Sheet,
    columns: ColumnMap,
    choices: Mapping[str, Choice],
    progress: Progress,
) -> PeoplePlan:
    return work_out(session, ctx.today(), audit.head(session)[0], sheet, columns, choices, progress)


def _check_columns(ctx: Context, columns: ColumnMap) -> None:
    chosen = columns.columns
    if Target(Field.NAME) not in chosen and Target(Field.FAMILY) not in chosen:
        raise Invalid.one("columns", "Choose the column that holds the name, or the family name.")
    twice = [place for place, times in Counter(chosen.values()).items() if times > 1]
    if twice:
        raise Invalid.one("columns", f"Column {twice[0] + 1} is chosen twice. A column means one thing.")
    if columns.layout is Layout.PERSON and columns.kind is None and Target(Field.KIND) not in chosen:
        raise Invalid.one("kind", "Say who the people in this file are: no column tells.")
    if columns.left_on is not None and columns.left_on > ctx.today():
        raise Invalid.one("left_on", "The day they left lies in the future. Check the date.")


# The import


@needs(Permission.PEOPLE_IMPORT)
def back_up(ctx: Context) -> Path:
    """Make the backup that an import begins with. Raises StorageProblem, Damaged."""
    return backups.make_before(ctx, "before people were imported")


@needs(Permission.PEOPLE_IMPORT)
def apply(
    ctx: Context,
    planned: PeoplePlan,
    backup: Path,
    confirmed: str = "",
    progress: Progress = unwatched,
) -> Imported:
    """Bring in everybody of a dry run who can be, all of them or none. ``backup`` is what ``back_up`` gave.

    Where people on record changed since the dry run it is done again inside the transaction. Raises Refused where
    its outcome is another one, where there is no backup, or where so many would leave that ``confirmed`` must say it
    in the words of ``planned.confirmation``; Invalid where there is nothing to write; whatever ``progress`` raises.
    """
    if not planned.to_write:
        raise Invalid.one("lines", "There is nobody to add and nothing to change. Nothing was written.")
    if not backup.exists():
        raise Refused(
            "The backup that was made before is not there. Nothing was written. Begin the import again."
        )
    wanted = planned.confirmation
    if wanted and " ".join(confirmed.split()).casefold() != wanted.casefold():
        raise Refused(
            f"Half a file looks as if many had left. If it is so, type “{wanted}”. Nothing was written."
        )
    with ctx.database.writing() as session:
        if _changed_since(session, planned.stamp):
            again = _work_out(
                ctx, session, planned.sheet, planned.columns, planned.choices, lambda done, total: None
            )
            if outcome(again) != outcome(planned):
                raise Refused(
                    "The records have changed since the check, and somebody would turn out otherwise. Nothing was "
                    "written. Check the file again and look at the result."
                )
        writer = Writer(session, ctx, planned, progress)
        writer.write()
        added = [writer.added.start, writer.added.stop - 1] if writer.added else []
        audit.write(
            session,
            actor_id=ctx.user.id,
            at=ctx.now(),
            action="person.import",
            object_kind="person",
            object_id=None,
            detail={
                "file": planned.sheet.file_name,
                "sha256": planned.sheet.sha256,
                "backup": backup.name,
                "lines": len(planned.sheet.lines),
                "added": added,
                "changed": len(writer.changed),
                "left": len(writer.left),
                "links": writer.links,
            },
        )
        return Imported(
            frozenset(writer.touched), len(writer.added), len(writer.changed), len(writer.left), writer.links
        )


def _changed_since(session: Session, stamp: int) -> bool:
    """Whether anybody's record, links or user account were written to since an audit line: each such write has one."""
    row = driver(session).execute(
        "SELECT 1 FROM audit_entry WHERE seq > ? AND object_kind IN ('person', 'user') LIMIT 1", (stamp,)
    )
    return row.fetchone() is not None


# The report


@needs(Permission.LISTS_EXPORT)
def save_report(
    ctx: Context,
    planned: PeoplePlan,
    file: Path,
    kind: Kind,
    imported: Imported | None = None,
    progress: Progress = unwatched,
) -> int:
    """Write what became, or would become, of each person to a file; gives the number of lines.

    Raises StorageProblem, Invalid, or what ``progress`` raises.
    """
    return import_report.write(
        ctx,
        "Import of people",
        import_report.description(
            planned.sheet,
            [(RESULT_LABELS[each], planned.count(each)) for each in Result],
            done=imported is not None,
        ),
        ("Line", "Name", "Who they are", "Result", "What changes", "Why, and what to know"),
        list(report_rows(planned, imported)),
        planned.sheet,
        file,
        kind,
        progress,
    )


def report_rows(
    planned: PeoplePlan, imported: Imported | None = None
) -> Iterator[tuple[str, str, str, str, str, str]]:
    """The report in words, a row for each person: line, name, who they are, result, what changes, why."""
    done = {Result.NEW: "Added", Result.CHANGED: "Changed", Result.LEAVES: "Marked as left"}
    for each in planned.entries:
        result = RESULT_LABELS[each.result]
        if imported is not None:
            result = done.get(each.result, result)
        why = " ".join((*each.sentences, *each.notes))
        lines = ", ".join(str(number) for number in each.lines[:5])
        yield lines, each.name, KIND_LABELS[each.kind], result, each.what, why
