"""Lists and timelines as files: PDF to print, CSV and XLSX to work with. Every one made is written to the audit log.

What leaves the program is no longer protected by it, so who took out what, and how much, stays on record.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

from smdesk.db import audit
from smdesk.policy.vocabulary import CONDUCT_LABELS, KIND_LABELS, ROUTE_LABELS, STEP_LABELS
from smdesk.policy.words import in_a_sentence, written_day
from smdesk.security.permissions import Permission
from smdesk.services import (
    evidence,
    incident_fields,
    incident_list,
    incident_paper_words,
    list_files,
    reference_data,
    sight,
    steps,
)
from smdesk.services import (
    incidents as incident_service,
)
from smdesk.services.context import LOCAL, Context, needs
from smdesk.services.incident_records import (
    COLUMN_LABELS,
    CONFIDENTIALITY_LABELS,
    VIEW_LABELS,
    Column,
    IncidentFilter,
    IncidentRow,
    Sort,
)
from smdesk.services.list_files import Kind, Progress, unwatched


@needs(Permission.LISTS_EXPORT)
def incidents(
    ctx: Context,
    filter: IncidentFilter,
    sort: Sort,
    columns: Sequence[Column],
    file: Path,
    kind: Kind,
    progress: Progress = unwatched,
) -> int:
    """Write the list as it is shown to ``file``, whole or not at all; returns the number of rows.

    Only what this reader's list shows goes out, masked rows masked. Raises Cancelled from ``progress``,
    StorageProblem, Invalid for no columns or an unknown kind.
    """
    going = list_files.Going(
        title="Incidents",
        object_kind="incident",
        description=_in_words(ctx, filter, sort),
        columns=columns,
        labels=COLUMN_LABELS,
        ids=incident_list.sorted_ids(ctx, filter, sort),
        rows=incident_list.rows,
        cell=_value,
    )
    return list_files.send_out(ctx, going, file, kind, progress)


@needs(Permission.INCIDENTS_READ)
def timeline_pdf(ctx: Context, incident_id: int, file: Path) -> None:
    """Write one incident's chronology to ``file``, withdrawn entries marked. Raises NotFound, StorageProblem."""
    from smdesk.documents import timeline

    record = incident_service.open_incident(ctx, incident_id)
    entries = steps.timeline(ctx, incident_id)
    held = evidence.list_for(ctx, incident_id)
    with ctx.database.reading() as session:
        made = list_files.made(session, ctx)
    data = timeline.TimelineData(
        school=made.school,
        reference=record.reference,
        summary=record.draft.summary,
        facts=tuple(incident_paper_words.facts(record)),
        said=record.draft.said,
        rows=tuple(
            timeline.TimelineRow(
                on=entry.happened_on,
                time=entry.happened_at,
                what=incident_paper_words.what(entry),
                who=entry.recorded_by,
                detail=incident_paper_words.detail(entry),
                withdrawn=entry.withdrawn_reason if entry.withdrawn else "",
            )
            for entry in entries
        ),
        printed_by=made.by,
        printed_at=made.at,
        evidence=tuple(incident_paper_words.evidence_line(item) for item in held),
    )
    timeline.render(data, file)
    with ctx.database.writing() as session:
        sight.require_full(session, sight.reader(session, ctx), incident_id)
        audit.write(
            session,
            actor_id=ctx.user.id,
            at=ctx.now(),
            action="incident.printed",
            object_kind="incident",
            object_id=incident_id,
            detail={"entries": len(entries)},
        )


def _value(row: IncidentRow, column: Column) -> str | datetime | None:
    """One cell. Whatever a masked row hides is empty."""
    match column:
        case Column.REFERENCE:
            return row.reference
        case Column.RECEIVED:
            return row.received_at.astimezone(LOCAL)
        case Column.SUMMARY:
            return row.summary
        case Column.STATUS:
            return incident_paper_words.STATUS_LABELS.get(row.status, row.status) + (
                ", overdue" if row.overdue else ""
            )
        case Column.CONFIDENTIALITY:
            return "Confidential" if row.masked else CONFIDENTIALITY_LABELS[row.confidentiality]
    if row.masked:
        return None
    match column:
        case Column.AUTHOR:
            return row.author
        case Column.AUTHOR_KIND:
            return KIND_LABELS[row.author_kind]
        case Column.PLATFORM:
            return row.platform
        case Column.CONDUCT:
            return "; ".join(CONDUCT_LABELS[each] for each in row.conduct)
        case Column.NEXT_STEP:
            step = "" if row.next_step is None else STEP_LABELS[row.next_step]
            return f"{step} (urgent)" if row.urgent and step else step
        case Column.DUE:
            return None if row.due is None else row.due.astimezone(LOCAL)
        case Column.HANDLED_BY:
            return row.handled_by


def _in_words(ctx: Context, wanted: IncidentFilter, sort: Sort) -> str:
    """What a list shows, as its printed heading says it."""
    parts = [in_a_sentence(VIEW_LABELS[wanted.view])]
    if wanted.text.strip():
        parts.append(f"holding “{wanted.text.strip()}”")
    if wanted.conduct is not None:
        parts.append(CONDUCT_LABELS[wanted.conduct].lower())
    if wanted.author_kind is not None:
        parts.append(f"posted by: {KIND_LABELS[wanted.author_kind].lower()}")
    if wanted.platform:
        parts.append(f"on {reference_data.platform_label(wanted.platform)}")
    if wanted.route is not None:
        parts.append(f"route: {ROUTE_LABELS[wanted.route].lower()}")
    if wanted.person_id is not None:
        with ctx.database.reading() as session:
            name = incident_fields.people_names(session, [wanted.person_id]).get(wanted.person_id, "nobody")
        parts.append(f"with {name}")
    if wanted.received_from is not None:
        parts.append(f"received from {written_day(wanted.received_from)}")
    if wanted.received_to is not None:
        parts.append(f"received up to {written_day(wanted.received_to)}")
    return list_files.described(parts, COLUMN_LABELS[sort.column], descending=sort.descending)
