"""A register of exceptions that was kept elsewhere, taken over: a dry run line by line, then all of it or nothing.

Nothing is guessed about people: whoever is not certain is chosen by hand or their line stays out. Approvals come in
as "approved before SM Desk", unsigned (CON-2). What is there already is not taken over again.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final

from sqlalchemy.orm import Session

from smdesk.db import audit, search
from smdesk.documents.sheet_reading import Sheet, read_sheet
from smdesk.errors import Invalid, Refused
from smdesk.policy import connections as policy
from smdesk.policy import deadlines
from smdesk.policy.vocabulary import Link
from smdesk.policy.words import in_a_sentence
from smdesk.security.permissions import Permission, require
from smdesk.services import (
    connection_decisions,
    connection_sight,
    connection_state,
    connections,
    import_fields,
    import_people,
    import_report,
    incident_state,
    people,
    settings,
)
from smdesk.services.connection_records import DecisionKind
from smdesk.services.connection_words import reference
from smdesk.services.context import Changes, Context, needs
from smdesk.services.import_fields import FIELD_LABELS, NEEDED, ColumnMap, Defaults, ImportedDecision
from smdesk.services.import_headings import heading_words
from smdesk.services.import_people import Choice
from smdesk.services.import_plan import (
    RESULT_LABELS,
    ImportPlan,
    PersonNeed,
    PlanLine,
    Result,
    outcome,
    work_out,
)
from smdesk.services.list_files import Kind, Progress, unwatched
from smdesk.services.people_base import tidied as tidied_person
from smdesk.services.sight import Reader

__all__ = [
    "FIELD_LABELS",
    "RESULT_LABELS",
    "ImportPlan",
    "Imported",
    "PersonNeed",
    "PlanLine",
    "Result",
    "apply",
    "guess",
    "plan",
    "read",
    "recall",
    "remember",
    "report_rows",
    "save_report",
]

_SETTING: Final = "connections.import"


@dataclass(frozen=True, slots=True)
class Imported:
    """What an import wrote. ``added`` pairs the file's line with the new exception's id and reference."""

    changes: Changes
    added: tuple[tuple[int, int, str], ...]
    people_added: int


@needs(Permission.CONNECTIONS_EDIT)
def read(ctx: Context, file: Path, sheet: str = "", cancelled: Callable[[], bool] = lambda: False) -> Sheet:
    """The table in the file. Raises StorageProblem, Invalid where it is no table, Cancelled."""
    return read_sheet(file, sheet, known=import_fields.is_heading, cancelled=cancelled)


@needs(Permission.CONNECTIONS_EDIT)
def guess(ctx: Context, sheet: Sheet) -> ColumnMap:
    """Which column is likely what: what this user chose for such headings before, else what the headings say."""
    held = recall(ctx)
    return ColumnMap(import_fields.guess(sheet.headings, held.get("columns", {})), _defaults_from(held))


@needs(Permission.CONNECTIONS_EDIT)
def recall(ctx: Context) -> dict[str, Any]:
    """What this user chose at the last import."""
    held = settings.get(ctx, _SETTING, {})
    return held if isinstance(held, dict) else {}


@needs(Permission.CONNECTIONS_EDIT)
def remember(ctx: Context, sheet: Sheet, columns: ColumnMap) -> None:
    """Keep the columns and the defaults chosen, for the next file with such headings. The day is not kept."""
    held = dict(recall(ctx).get("columns", {}))
    chosen = {place: str(field) for field, place in columns.columns.items()}
    for place, heading in enumerate(sheet.headings):
        held[heading_words(heading)] = chosen.get(place, "")
    defaults = columns.defaults
    settings.put(
        ctx,
        _SETTING,
        {
            "columns": dict(list(held.items())[-500:]),
            "decision": str(defaults.decision),
            "decided_by": defaults.decided_by,
            "platforms": list(defaults.platforms),
            "links": [str(each) for each in defaults.links],
        },
    )


def _defaults_from(held: Mapping[str, Any]) -> Defaults:
    try:
        return Defaults(
            decision=ImportedDecision(held.get("decision", ImportedDecision.APPROVED)),
            decided_by=str(held.get("decided_by", "")),
            platforms=tuple(str(each) for each in held.get("platforms", ())),
            links=tuple(Link(each) for each in held.get("links", ())),
        )
    except (TypeError, ValueError):
        return Defaults()  # kept by a version with other codes


@needs(Permission.CONNECTIONS_EDIT)
def plan(
    ctx: Context,
    sheet: Sheet,
    columns: ColumnMap,
    choices: Mapping[str, Choice] | None = None,
    progress: Progress = unwatched,
) -> ImportPlan:
    """The dry run: what each line would become. ``choices`` are those made for the people of an earlier dry run.

    Raises Invalid where a column nobody can do without is not chosen, or what ``progress`` raises.
    """
    _check_columns(columns)
    with ctx.database.reading() as session:
        who = connection_sight.reader(session, ctx)
        made = work_out(session, ctx, who, sheet, columns, dict(choices or {}), progress)
    wanted = sorted({each for need in made.people for each in need.match.candidates})
    hits = {hit.id: hit for hit in people.rows(ctx, wanted)}
    needs = tuple(
        replace(need, candidates=tuple(hits[each] for each in need.match.candidates if each in hits))
        for need in made.people
    )
    return replace(made, people=needs)


def _check_columns(columns: ColumnMap) -> None:
    for either in NEEDED:
        if not any(field in columns.columns for field in either):
            raise Invalid.one(str(either[0]), f"Choose the column that holds “{FIELD_LABELS[either[0]]}”.")
    twice = [place for place, times in Counter(columns.columns.values()).items() if times > 1]
    if twice:
        raise Invalid.one("columns", f"Column {twice[0] + 1} is chosen twice. A column means one thing.")


@needs(Permission.CONNECTIONS_EDIT)
def apply(ctx: Context, planned: ImportPlan, progress: Progress = unwatched) -> Imported:
    """Take over the lines of a dry run that will be added, all of them or none.

    The dry run is done again inside the transaction. Raises Refused where its outcome is another one, because somebody
    changed the records meanwhile; Invalid where there is nothing to add; whatever ``progress`` raises.
    """
    if not planned.count(Result.NEW):
        raise Invalid.one("lines", "There is no line to add. Nothing was changed.")
    with ctx.database.writing() as session:
        who = connection_sight.reader(session, ctx)
        again = work_out(
            session, ctx, who, planned.sheet, planned.columns, planned.choices, lambda done, total: None
        )
        if outcome(again) != outcome(planned):
            raise Refused(
                "The records have changed since the check, and some lines would turn out otherwise. Nothing was added. "
                "Check the file again and look at the result."
            )
        changes: set[tuple[str, int]] = set()
        ids = _enter_people(session, ctx, who, again, changes)
        wanted = [line for line in again.lines if line.result is Result.NEW]
        added = []
        for done, line in enumerate(wanted):
            progress(done, len(wanted))
            added.append((line.number, *_enter(session, ctx, line, ids)))
        progress(len(wanted), len(wanted))
        audit.write(
            session,
            actor_id=ctx.user.id,
            at=ctx.now(),
            action="exception.import",
            object_kind="exception",
            object_id=None,
            detail={
                "file": planned.sheet.file_name,
                "sha256": planned.sheet.sha256,
                "lines": len(planned.lines),
                "added": [each[1] for each in added],
                "people": sorted(ids.values()),
            },
        )
        changes |= {("exception", exception_id) for _, exception_id, _ in added}
        return Imported(frozenset(changes), tuple(added), len(ids))


def _enter_people(
    session: Session, ctx: Context, who: Reader, made: ImportPlan, changes: set[tuple[str, int]]
) -> dict[str, int]:
    """Put on record those who are named by the lines added and are not there; their ids by key."""
    ids: dict[str, int] = {}
    capacities = {line.needs[1]: line.draft.capacity for line in made.lines}
    for need in made.people_to_add:
        require(who.roles, Permission.PEOPLE_EDIT)
        capacity = capacities.get(need.key) if need.named.side == "other" else None
        note = f"Added with line {need.lines[0]} of “{made.sheet.file_name}”."
        person = people.enter(
            session, ctx, tidied_person(import_people.person_draft(need.named, capacity, note))
        )
        ids[need.key] = person.id
        changes.add(("person", person.id))
    return ids


def _enter(session: Session, ctx: Context, line: PlanLine, ids: Mapping[str, int]) -> tuple[int, str]:
    adult_key, other_key = line.needs
    draft = replace(
        line.draft,
        adult_id=ids.get(adult_key, line.draft.adult_id),
        other_id=ids.get(other_key, line.draft.other_id),
    )
    exception = connections.enter(session, ctx, draft, origin="imported")
    decided = line.read.decided
    if decided is not None:
        approved = decided.kind is ImportedDecision.APPROVED
        review_on = decided.review_on
        if approved and review_on is None and decided.from_on is not None and decided.ended_on is None:
            profile = incident_state.stored_profile(session, exception.profile_id)
            review_on = deadlines.on_or_after(
                policy.review_default(profile, decided.from_on), incident_state.nation(session)
            )
        connection_decisions.enter_imported(
            session,
            ctx,
            exception,
            decided_on=decided.decided_on,
            from_on=decided.from_on,
            review_on=review_on,
            decider_name=decided.decided_by,
            reason=decided.reason,
            conditions=decided.conditions,
            kind=DecisionKind.APPROVE if approved else DecisionKind.REFUSE,
        )
        if decided.ended_on is not None:
            connection_decisions.enter_imported(
                session,
                ctx,
                exception,
                decided_on=min(decided.ended_on, ctx.today()),
                from_on=decided.ended_on,
                review_on=None,
                decider_name=decided.decided_by,
                reason="Ended before SM Desk",
                kind=DecisionKind.END,
            )
    connection_state.refresh(session, exception.id, ctx.today(), ctx.now())
    search.index_exception(session, exception.id)
    return exception.id, reference(exception.year, exception.number)


@needs(Permission.LISTS_EXPORT)
def save_report(
    ctx: Context,
    planned: ImportPlan,
    file: Path,
    kind: Kind,
    imported: Imported | None = None,
    progress: Progress = unwatched,
) -> int:
    """Write what became, or would become, of each line to a file; gives the number of lines.

    It names people and leaves the program, so it is written to the audit log. Raises StorageProblem, Invalid, or what
    ``progress`` raises.
    """
    return import_report.write(
        ctx,
        "Import of a register",
        import_report.description(
            planned.sheet,
            [(RESULT_LABELS[each], planned.count(each)) for each in Result],
            done=imported is not None,
        ),
        ("Line", "Adult", "Pupil or parent", "What", "Result", "Why, and what to know"),
        list(report_rows(planned, imported)),
        planned.sheet,
        file,
        kind,
        progress,
    )


def report_rows(
    planned: ImportPlan, imported: Imported | None = None
) -> Iterator[tuple[str, str, str, str, str, str]]:
    """The report in words, a row for each line of the file: line, adult, pupil or parent, what, result, why."""
    added = {number: name for number, _, name in imported.added} if imported is not None else {}
    for line in planned.lines:
        result = RESULT_LABELS[line.result]
        if line.number in added:
            result = f"Added as {added[line.number]}"
        elif imported is not None and line.result is not Result.THERE:
            result = f"Not added ({in_a_sentence(result)})"
        why = " ".join((*line.sentences, *line.notes))
        yield str(line.number), line.adult, line.other, line.what, result, why
